"""Slopes by group of units: interacted regressions, brute force."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd


class TestGroups:
    model = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + science_share")

    def test_slopes_are_those_of_columns_made_by_hand(self, bev, queen):
        regions = bev["region"]
        columns = {
            f"s_{name}": np.where(regions == name, bev["science_share"], 0.0)
            for name in set(regions[0])
        }
        names = sorted(columns)
        by_hand = bd.SpatialDurbin(f"log1p(bev_density) ~ log(gdp_pc) + {' + '.join(names)}")
        truth = by_hand.fit(bev.with_columns(**columns), queen)
        comparison = bd.compare_groups(
            self.model, bev, queen, group="region", terms=["science_share"]
        )
        for kind, labels in (("main", names), ("wx", [f"W_{name}" for name in names])):
            rows = comparison.slopes[comparison.slopes["component"] == kind]
            assert rows["estimate"].to_numpy() == pytest.approx(
                truth.params[labels].to_numpy(), rel=1e-7
            )
        equal = ", ".join(f"{names[0]} = {name}" for name in names[1:])
        assert comparison.tests["science_share"].statistic == pytest.approx(
            truth.wald_test(equal).statistic, rel=1e-6
        )
        lagged = ", ".join(f"W_{names[0]} = W_{name}" for name in names[1:])
        both = truth.wald_test(f"{equal}, {lagged}")
        assert comparison.tests["All slopes"].statistic == pytest.approx(both.statistic, rel=1e-6)
        assert comparison.tests["All slopes"].df == (6,)

    def test_impacts_are_effects_of_changes_in_single_units(self, bev, queen):
        comparison = bd.compare_groups(
            self.model, bev, queen, group="region", terms=["science_share"]
        )
        p, W = comparison.fit.params, queen.align(bev.units).dense
        east = np.flatnonzero(bev["region"][0] == "east")
        own, all_ = [], []
        for j in east:
            unit = np.eye(31)[j]
            moved = p["C(region)[east]:science_share"] * unit + p[
                "W_C(region)[east]:science_share"
            ] * (W @ unit)
            effect = np.linalg.solve(np.eye(31) - p["rho"] * W, moved)
            own.append(effect[j])
            all_.append(effect.sum())
        rows = comparison.tidy().set_index(["term", "component"])["estimate"]
        assert rows["science_share: east", "direct"] == pytest.approx(np.mean(own), rel=1e-9)
        assert rows["science_share: east", "total"] == pytest.approx(np.mean(all_), rel=1e-9)
        assert rows["science_share: east", "indirect"] == pytest.approx(
            np.mean(all_) - np.mean(own), rel=1e-9
        )

    def test_one_slope_for_all_gives_the_impacts_of_the_model(self, bev, queen):
        """Weighted by their sizes, the groups' impacts are the usual ones where the slopes are
        equal.
        """
        from bevdrivers.diagnostics.comparison.groups import _impacts

        fit = self.model.fit(bev, queen)
        labels = bev["region"][0].astype(str)
        groups = tuple(sorted(set(labels)))
        rows = {
            kind: np.tile(np.eye(5)[fit.terms.index(name)], (4, 1))
            for kind, name in (("main", "science_share"), ("wx", "W_science_share"))
        }
        values, jacobian = _impacts(fit, rows, labels, groups)
        sizes = np.array([(labels == name).mean() for name in groups])
        whole = fit.impacts()
        assert values @ sizes == pytest.approx(
            whole.frame.loc["science_share"].to_numpy(), rel=1e-9
        )
        J = np.einsum("cgp,g->cp", jacobian, sizes)
        errors = np.sqrt(np.einsum("cp,pq,cq->c", J, fit.covariance, J))
        truth = [
            whole.std_errors(name)["science_share"] for name in ("direct", "indirect", "total")
        ]
        assert errors == pytest.approx(truth, rel=1e-8)

    @pytest.mark.parametrize("model", [bd.NonSpatial, bd.SpatialLag, bd.SpatialDurbinError])
    @pytest.mark.parametrize("effects", ["two-way", None])
    def test_other_models(self, model, effects, bev, queen):
        request = model("log1p(bev_density) ~ log(gdp_pc) + science_share", fixed_effects=effects)
        comparison = bd.compare_groups(request, bev, queen, group="region")
        assert comparison.tests["All slopes"].applies
        assert comparison.tests["Indirect impact of science_share"].applies == (
            model is not bd.NonSpatial
        )
        assert comparison.glance().iloc[0]["groups"] == "central, east, northeast, west"

    def test_intercepts_of_groups_without_effects_have_no_w_terms(self, bev, queen):
        comparison = bd.compare_groups(
            self.model.replace(fixed_effects=None), bev, queen, group="region"
        )
        assert {"C(region)[T.east]", "W_C(region)[east]:science_share"} <= set(comparison.fit.terms)
        assert "W_C(region)[T.east]" not in comparison.fit.terms

    def test_only_some_have_w_terms(self, bev, queen):
        comparison = bd.compare_groups(
            self.model.replace(durbin=["science_share"]), bev, queen, group="region"
        )
        assert {"W_science_share", "log(gdp_pc)"} <= {test.name for test in comparison.tests}
        assert "W_log(gdp_pc)" not in {test.name for test in comparison.tests}

    def test_refused(self, bev, queen):
        moving = bev["region"].copy()
        moving[3, 4] = "west" if moving[3, 4] != "west" else "east"
        for panel, message in (
            (bev.with_columns(region=moving), "constant over time"),
            (bev.with_columns(region=np.full((10, 31), "x", object)), "two groups"),
        ):
            with pytest.raises(bd.DataError, match=message):
                bd.compare_groups(self.model, panel, queen, group="region")
        with pytest.raises(bd.InputError, match="unknown \\['policy'\\]"):
            bd.compare_groups(self.model, bev, queen, group="region", terms=["policy"])
        with pytest.raises(bd.OptionError):
            bd.compare_groups(self.model.replace(dynamic="time"), bev, queen, group="region")
