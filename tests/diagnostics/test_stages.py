"""Stages, splits, groups of units, shares of drivers: against interacted regressions, by brute force, by simulation."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import statsmodels.api as sm

import bevdrivers as bd
from bevdrivers.diagnostics.comparison.breaks import Resampler
from bevdrivers.diagnostics.comparison.shares import SPATIAL, shapley
from bevdrivers.diagnostics.comparison.stages import fit_stages
from bevdrivers.models.joint import cross_covariance, impacts_jacobian, refit

from ..conftest import MUNNELL
from ..made_up import drawn, scattered

NAMES = ["lpcap", "lpc", "lemp", "unemp"]
# the same least squares by another route
SAME = 1e-7


def dummies(T: int, N: int) -> np.ndarray:
    """Unit and time dummies of full rank, rows by period, then unit."""
    units = np.tile(np.eye(N), (T, 1))
    return np.hstack([units, np.repeat(np.eye(T), N, axis=0)[:, 1:]])


def interacted(panel: bd.Panel, lengths: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, regressors times each stage with dummies by stage, and clusters by unit, of a panel in two stages."""
    N = panel.n_units
    X = np.stack([panel[name] for name in NAMES], axis=2)
    blocks, start = [], 0
    for length in lengths:
        part = X[start : start + length].reshape(-1, 4)
        blocks.append(np.hstack([part, dummies(length, N)]))
        start += length
    widths = [block.shape[1] for block in blocks]
    Z = np.zeros((sum(len(block) for block in blocks), sum(widths)))
    Z[: len(blocks[0]), : widths[0]] = blocks[0]
    Z[len(blocks[0]) :, widths[0] :] = blocks[1]
    return panel["lgsp"].ravel(), Z, np.tile(np.arange(N), sum(lengths))


class TestStages:
    def test_clustered_wald_test_is_that_of_one_interacted_regression(self, munnell):
        panel = munnell.select(periods=munnell.periods[:16])
        model = bd.NonSpatial(MUNNELL, cov_type="clustered")
        found = bd.compare_stages(model, panel, split=1978)
        y, Z, groups = interacted(panel, (8, 8))
        fit = sm.OLS(y, Z).fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
        R = np.zeros((4, Z.shape[1]))
        R[np.arange(4), np.arange(4)] = -1.0
        R[np.arange(4), 4 + 48 + 7 + np.arange(4)] = 1.0
        gap = R @ fit.params
        # our small-sample factor of each stage: 8 N observations less coefficients and effects
        scale = 8 * 48 / (8 * 48 - 4 - 55)
        wald = gap @ np.linalg.solve(R @ fit.cov_params() @ R.T, gap) / scale
        assert found.tests["All coefficients"].statistic * 4 == pytest.approx(wald, rel=1e-6)
        assert found.differences["estimate"][:4].to_numpy() == pytest.approx(gap, rel=1e-6)
        assert np.abs(cross_covariance(*found.fits)).max() > 0

    def test_chow_is_the_f_test_of_the_interacted_regression(self, munnell):
        found = bd.compare_stages(bd.NonSpatial(MUNNELL), munnell, split=1978)
        y, Z, _ = interacted(munnell, (8, 9))
        split = 4 + 48 + 7
        common = Z[:, :4] + Z[:, split : split + 4]
        small = np.hstack([common, Z[:, 4:split], Z[:, split + 4 :]])
        statistic, p, df = sm.OLS(y, Z).fit().compare_f_test(sm.OLS(y, small).fit())
        test = found.tests["Chow"]
        assert (test.statistic, test.p_value) == pytest.approx((statistic, p), rel=1e-6)
        assert test.df == (df, y.size - Z.shape[1])

    @pytest.mark.parametrize("kind", [bd.SpatialDurbin, bd.SpatialError, bd.GeneralNesting, bd.SpatialLagX])
    def test_covariance_with_itself_is_the_clustered_covariance(self, kind):
        """The blocks of the joint covariance and its diagonal follow one formula, the quadratic score included."""
        W = scattered(24)
        fit = kind("y ~ x1 + x2", cov_type="clustered").fit(drawn(kind, W), W)
        assert cross_covariance(fit, fit) == pytest.approx(fit.covariance, rel=1e-9, abs=1e-15)
        independent = fit.with_cov("robust")
        assert not cross_covariance(independent, independent).any()

    def test_random_effects_and_kernels_over_time_are_refused(self, munnell, states):
        for options in ({"random_effects": "baltagi"}, {"cov_type": "driscoll-kraay"}):
            with pytest.raises(bd.OptionError), pytest.warns(bd.SampleWarning) if "cov_type" in options else _nothing():
                bd.compare_stages(bd.SpatialLag(MUNNELL, **options), munnell, states, split=1978)

    def test_jacobian_gives_the_standard_errors_of_the_impacts(self, munnell, states):
        fit = bd.SpatialDurbin(MUNNELL).fit(munnell, states)
        values, J = impacts_jacobian(fit)
        errors = np.sqrt(np.einsum("ckp,pq,ckq->ck", J, fit.covariance, J))
        # central differences by rho
        assert errors == pytest.approx(fit.impacts().errors, rel=1e-7)
        assert values == pytest.approx(fit.impacts().values)

    def test_differences_of_impacts_are_those_of_the_fits(self, munnell, states):
        found = bd.compare_stages(bd.SpatialDurbin(MUNNELL), munnell, states, split=1978)
        first, second = (fit.impacts() for fit in found.fits)
        total = found.differences[found.differences["component"] == "total"]
        assert total["estimate"].to_numpy() == pytest.approx((second.total - first.total).to_numpy())
        together = np.sqrt(first.std_errors("total") ** 2 + second.std_errors("total") ** 2)
        assert total["std_error"].to_numpy() == pytest.approx(together.to_numpy(), rel=1e-6)
        assert found.stages == ("1970-1977", "1978-1986")
        assert found.glance().iloc[0]["statistic"] == found.tests["All coefficients"].statistic
        assert "rho" in str(found)

    def test_a_stage_that_cannot_be_estimated_is_named(self, bev, queen):
        with pytest.raises(
            bd.IdentificationError, match="in the stage 2016-2020; got no variation left in \\['policy'"
        ):
            bd.compare_stages(bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc) + policy"), bev, queen, split=2016)
        with pytest.raises(bd.InputError, match="leaves two and more"):
            bd.compare_stages(bd.NonSpatial("bev_density ~ gdp_pc"), bev, split=2020)


class _nothing:
    def __enter__(self):
        return None

    def __exit__(self, *_):
        return False


def broken(gap: float, seed: int = 3) -> tuple[bd.Panel, bd.SpatialWeights]:
    """Ten periods, the slope of x1 larger by `gap` in the last four."""
    W = scattered()
    parts = [
        bd.simulate_panel(
            bd.SpatialLag("y ~ x1 + x2"), W, params={"x1": slope, "x2": 0.5, "rho": 0.3}, periods=T, seed=seed + k
        )
        for k, (slope, T) in enumerate([(0.5, 6), (0.5 + gap, 4)])
    ]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in ("x1", "x2", "y")}
    return bd.Panel.from_arrays(columns, units=W.ids, periods=range(2001, 2011)), W


class TestSplit:
    model = bd.SpatialLag("y ~ x1 + x2")

    def test_it_finds_the_break(self):
        panel, W = broken(0.8)
        found = bd.search_split(self.model, panel, W, draws=39, seed=1)
        assert found.split == 2007
        assert found.test.p_value == 1 / 40
        assert found.test.distribution == "bootstrap (39)"

    def test_statistics_are_those_of_the_comparison(self):
        panel, W = broken(0.0)
        found = bd.search_split(self.model, panel, W, draws=19, seed=1)
        assert list(found.statistics.index) == list(range(2004, 2009))
        one = bd.compare_stages(self.model, panel, W, split=2006).tests["All coefficients"].statistic
        assert found.statistics[2006] == pytest.approx(one, rel=1e-10)
        assert found.test.statistic == found.statistics.max()
        assert found.test.p_value > 0.05
        again = bd.search_split(self.model, panel, W, draws=19, seed=1)
        assert np.array_equal(found.draws, again.draws)
        assert found.glance().iloc[0]["draws"] == 19

    def test_one_split_fixed_beforehand(self):
        panel, W = broken(0.8)
        found = bd.search_split(self.model, panel, W, splits=[2007], draws=39, seed=1)
        assert found.statistics.to_dict() == {2007: found.test.statistic}
        assert found.test.p_value == 1 / 40
        with pytest.raises(bd.InputError, match="leaves two and more"):
            bd.search_split(self.model, panel, W, splits=[2002], draws=1)

    def test_refit_on_the_same_outcome_is_the_same_fit(self):
        panel, W = broken(0.0)
        for kind in (bd.SpatialDurbin, bd.SpatialError, bd.NonSpatial):
            fit = kind("y ~ x1 + x2").fit(panel, None if kind is bd.NonSpatial else W)
            assert refit(fit, panel["y"]).params.to_numpy() == pytest.approx(fit.params.to_numpy(), rel=1e-9)

    def test_resampled_outcomes_have_the_structure_of_the_fit(self):
        """Without flipped signs and scaling the resampler gives back the outcome."""
        panel, W = broken(0.0)
        for kind in (bd.GeneralNesting, bd.SpatialLag, bd.SpatialError):
            fit = kind("y ~ x1 + x2").fit(panel, W)
            make = Resampler.of(fit)
            plain = replace(make, e=fit.estimate.residuals)
            assert plain.draw(_Ones()) == pytest.approx(_recovered(fit, panel), rel=1e-8)
            assert make.e.var() > fit.estimate.residuals.var()

    def test_refused(self, bev, queen):
        for model in (
            bd.SpatialLag("bev_density ~ gdp_pc", dynamic="time"),
            bd.SpatialLag("bev_density ~ gdp_pc", random_effects="baltagi"),
            bd.SpatialLag("bev_density ~ gdp_pc", method="gmm"),
            bd.SpatialLag("bev_density ~ lag(urban_share)"),
        ):
            with pytest.raises(bd.OptionError):
                bd.search_split(model, bev, queen, draws=0)
        with pytest.raises(bd.InputError, match="at least 12 periods"):
            bd.search_split(bd.NonSpatial("bev_density ~ urban_share"), bev, shortest=6)


class _Ones:
    def choice(self, _, size):
        return np.ones(size)


def _recovered(fit: bd.FitResult, panel: bd.Panel) -> np.ndarray:
    """(I - rho W)^-1 [Zb + effects + (I - lam W)^-1 e] by dense algebra."""
    W = np.eye(panel.n_units) if fit.sample.W is None else np.eye(panel.n_units) - fit.rho * fit.sample.W.dense
    M = np.eye(panel.n_units) if fit.sample.M is None else np.eye(panel.n_units) - fit.lam * fit.sample.M.dense
    effects = fit.effects
    mean = fit.sample.Z @ fit.params[list(fit.sample.names)].to_numpy()
    mean = mean + effects.unit.to_numpy() + effects.time.to_numpy()[:, None] + effects.intercept
    u = np.linalg.solve(M, fit.resids.to_numpy().T)
    return np.linalg.solve(W, mean.T + u).T


class TestGroups:
    model = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + science_share")

    def test_slopes_are_those_of_columns_made_by_hand(self, bev, queen):
        regions = bev["region"]
        columns = {f"s_{name}": np.where(regions == name, bev["science_share"], 0.0) for name in set(regions[0])}
        names = sorted(columns)
        by_hand = bd.SpatialDurbin(f"log1p(bev_density) ~ log(gdp_pc) + {' + '.join(names)}")
        truth = by_hand.fit(bev.with_columns(**columns), queen)
        found = bd.compare_groups(self.model, bev, queen, group="region", terms=["science_share"])
        for kind, labels in (("main", names), ("wx", [f"W_{name}" for name in names])):
            rows = found.slopes[found.slopes["component"] == kind]
            assert rows["estimate"].to_numpy() == pytest.approx(truth.params[labels].to_numpy(), rel=1e-7)
        equal = ", ".join(f"{names[0]} = {name}" for name in names[1:])
        assert found.tests["science_share"].statistic == pytest.approx(truth.wald_test(equal).statistic, rel=1e-6)
        lagged = ", ".join(f"W_{names[0]} = W_{name}" for name in names[1:])
        both = truth.wald_test(f"{equal}, {lagged}")
        assert found.tests["All slopes"].statistic == pytest.approx(both.statistic, rel=1e-6)
        assert found.tests["All slopes"].df == (6,)

    def test_impacts_are_effects_of_changes_in_single_units(self, bev, queen):
        found = bd.compare_groups(self.model, bev, queen, group="region", terms=["science_share"])
        p, W = found.fit.params, queen.align(bev.units).dense
        east = np.flatnonzero(bev["region"][0] == "east")
        own, all_ = [], []
        for j in east:
            unit = np.eye(31)[j]
            moved = p["C(region)[east]:science_share"] * unit + p["W_C(region)[east]:science_share"] * (W @ unit)
            effect = np.linalg.solve(np.eye(31) - p["rho"] * W, moved)
            own.append(effect[j])
            all_.append(effect.sum())
        rows = found.tidy().set_index(["term", "component"])["estimate"]
        assert rows["science_share: east", "direct"] == pytest.approx(np.mean(own), rel=1e-9)
        assert rows["science_share: east", "total"] == pytest.approx(np.mean(all_), rel=1e-9)
        assert rows["science_share: east", "indirect"] == pytest.approx(np.mean(all_) - np.mean(own), rel=1e-9)

    def test_one_slope_for_all_gives_the_impacts_of_the_model(self, bev, queen):
        """Weighted by their sizes, the groups' impacts are the usual ones where the slopes are equal."""
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
        assert values @ sizes == pytest.approx(whole.frame.loc["science_share"].to_numpy(), rel=1e-9)
        J = np.einsum("cgp,g->cp", jacobian, sizes)
        errors = np.sqrt(np.einsum("cp,pq,cq->c", J, fit.covariance, J))
        truth = [whole.std_errors(name)["science_share"] for name in ("direct", "indirect", "total")]
        assert errors == pytest.approx(truth, rel=1e-8)

    @pytest.mark.parametrize("model", [bd.NonSpatial, bd.SpatialLag, bd.SpatialDurbinError])
    @pytest.mark.parametrize("effects", ["two-way", None])
    def test_other_models(self, model, effects, bev, queen):
        request = model("log1p(bev_density) ~ log(gdp_pc) + science_share", fixed_effects=effects)
        found = bd.compare_groups(request, bev, queen, group="region")
        assert found.tests["All slopes"].applies
        assert found.tests["Indirect impact of science_share"].applies == (model is not bd.NonSpatial)
        assert found.glance().iloc[0]["groups"] == "central, east, northeast, west"

    def test_intercepts_of_groups_without_effects_have_no_w_terms(self, bev, queen):
        found = bd.compare_groups(self.model.replace(fixed_effects=None), bev, queen, group="region")
        assert {"C(region)[T.east]", "W_C(region)[east]:science_share"} <= set(found.fit.terms)
        assert "W_C(region)[T.east]" not in found.fit.terms

    def test_only_some_have_w_terms(self, bev, queen):
        found = bd.compare_groups(self.model.replace(durbin=["science_share"]), bev, queen, group="region")
        assert {"W_science_share", "log(gdp_pc)"} <= {test.name for test in found.tests}
        assert "W_log(gdp_pc)" not in {test.name for test in found.tests}

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


class TestShares:
    GROUPS = {"capital": ["lpcap", "lpc"], "labour": ["lemp"], "cycle": ["unemp"]}  # noqa: RUF012

    def test_least_squares_by_all_orders_of_explicit_regressions(self, munnell):
        found = bd.driver_shares(bd.NonSpatial(MUNNELL), munnell, groups=self.GROUPS)
        D = dummies(17, 48)
        y = munnell["lgsp"].ravel()
        total = sm.OLS(y, D).fit().ssr

        def r2(names):
            return 1 - sm.OLS(y, np.column_stack([D, *(munnell[name].ravel() for name in names)])).fit().ssr / total

        truth = dict.fromkeys(self.GROUPS, 0.0)
        for order in permutations(self.GROUPS):
            names: list[str] = []
            for group in order:
                before = r2(names) if names else 0.0
                names += self.GROUPS[group]
                truth[group] += (r2(names) - before) / 6
        assert found.contributions["1970-1986"].to_dict() == pytest.approx(truth, rel=1e-7)
        assert found.r2["1970-1986"] == pytest.approx(r2(NAMES), rel=1e-9)

    @pytest.mark.parametrize(
        "kind", [bd.NonSpatial, bd.SpatialLagX, bd.SpatialDurbin, bd.SpatialError, bd.GeneralNesting]
    )
    def test_contributions_sum_to_r2(self, kind, munnell, states):
        fit = kind(MUNNELL).fit(munnell, states)
        found = bd.driver_shares(kind(MUNNELL), munnell, states, groups=self.GROUPS)
        assert found.contributions.sum().to_numpy() == pytest.approx(found.r2.to_numpy(), rel=1e-12)
        assert (found.contributions.to_numpy() >= -1e-12).all()
        assert (SPATIAL in found.shares.index) == bool(fit.estimate.spatial)

    def test_values_of_a_spatial_model_are_likelihoods_of_fits(self, munnell, states):
        """Two groups and rho, from the log-likelihoods of eight fits of their own."""
        groups = {"a": ["lpcap", "lpc"], "b": ["lemp", "unemp"]}
        found = bd.driver_shares(bd.SpatialLag(MUNNELL, correction=None), munnell, states, groups=groups)
        level = {}
        for a in (0, 1):
            for b in (0, 1):
                names = a * groups["a"] + b * groups["b"]
                formula = f"lgsp ~ {' + '.join(names) or 'one - one'}"
                for rho, kind in ((0, bd.NonSpatial), (1, bd.SpatialLag)):
                    options = {"correction": None} if rho else {}
                    if names:
                        level[a, b, rho] = kind(formula, **options).fit(munnell, states).loglik
        within = munnell["lgsp"] - munnell["lgsp"].mean(axis=0) - munnell["lgsp"].mean(axis=1, keepdims=True)
        within = within + munnell["lgsp"].mean()
        n = within.size
        level[0, 0, 0] = -n / 2 * (np.log(2 * np.pi * np.mean(within**2)) + 1)
        full = 1 - np.exp(-2 * (level[1, 1, 1] - level[0, 0, 0]) / n)
        assert found.r2.iloc[0] == pytest.approx(full, rel=1e-9)
        # what rho adds last is a third of its value: the other orders need the fit of rho alone
        values = found.contributions.iloc[:, 0]
        worth = {key: 1 - np.exp(-2 * (value - level[0, 0, 0]) / n) for key, value in level.items()}
        a_less_b = (worth[1, 0, 0] - worth[0, 1, 0]) / 2 + (worth[1, 0, 1] - worth[0, 1, 1]) / 2
        assert values["a"] - values["b"] == pytest.approx(a_less_b, rel=1e-7)

    def test_orthogonal_regressors_keep_their_own_r2(self):
        rng = np.random.default_rng(0)
        x1, x2, e = np.moveaxis(np.linalg.qr(rng.standard_normal((40, 3)))[0].reshape(8, 5, 3), 2, 0)
        panel = bd.Panel.from_arrays({"x1": x1, "x2": x2, "y": 2 * x1 + x2 + e}, units=range(5), periods=range(1, 9))
        model = bd.NonSpatial("y ~ x1 + x2 - 1", fixed_effects=None)
        found = bd.driver_shares(model, panel, groups={"a": ["x1"], "b": ["x2"]})
        assert found.contributions.iloc[:, 0].to_numpy() == pytest.approx([4 / 6, 1 / 6], rel=1e-9)

    def test_a_group_is_one_player(self, munnell):
        """What all groups but one are worth together does not depend on how they are divided for the last one alone."""
        sample = bd.NonSpatial(MUNNELL).fit(munnell).sample
        values, whole = shapley(sample, [(0, 1, 2, 3)])
        assert values[0] == pytest.approx(whole)

    def test_stages_draws_and_impacts(self, bev, queen):
        model = bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc) + log1p(inventions)")
        groups = {"market": ["gdp_pc"], "technology": ["inventions"]}
        found, again = (
            bd.driver_shares(model, bev, queen, groups=groups, split=2016, draws=19, seed=2) for _ in range(2)
        )
        assert found.tidy().equals(again.tidy())
        assert list(found.shares.columns) == ["2011-2015", "2016-2020"]
        assert found.shares.sum().to_numpy() == pytest.approx([1, 1])
        rows = found.tidy().set_index(["component", "term"])
        gap = rows.loc["share 2016-2020 less 2011-2015", "estimate"]
        assert gap["market"] == pytest.approx(found.shares.loc["market"].diff().iloc[-1])
        fit = model.fit(bev.select(periods=range(2016, 2021)), queen)
        scale = np.std(fit.sample.columns[:, :, 0]) / np.std(fit.sample.columns[:, :, 2])
        total = rows.loc[("standardised total 2016-2020", "log(gdp_pc)"), "estimate"]
        assert total == pytest.approx(fit.impacts().total["log(gdp_pc)"] * scale)
        assert list(found.glance()["draws"]) == [19, 19]

    def test_refused(self, munnell):
        model = bd.NonSpatial(MUNNELL)
        for groups, message in (
            ({"a": ["lpcap"]}, "none for \\['lpc', 'lemp', 'unemp'\\]"),
            ({"a": NAMES, "b": ["lpc"]}, "'lpc' in two"),
            ({"a": [*NAMES, "gsp"]}, "'gsp' in 'a'"),
        ):
            with pytest.raises(bd.InputError, match=message):
                bd.driver_shares(model, munnell, groups=groups)
        for options in ({"dynamic": "time"}, {"absorb": ["region:year"]}):
            with pytest.raises(bd.OptionError):
                bd.driver_shares(bd.SpatialLag(MUNNELL, **options), munnell, groups={"a": NAMES})


@pytest.mark.slow
def test_size_of_the_clustered_stage_test():
    """Errors of a unit with correlation 0.6 from year to year and a variance of its own, no break, N = 60.

    The clustered joint covariance keeps the level of 5 % up to what 60 clusters cost, the classical one does not: it
    rejects in 14 % of 400 samples. Two standard errors of 100 samples are 0.044 and 0.069.
    """
    kinds = [bd.NonSpatial("y ~ x", cov_type=kind) for kind in ("clustered", "classical")]
    rng = np.random.default_rng(7)
    rejected = np.zeros(2)
    for _ in range(100):
        shocks = rng.standard_normal((2, 10, 60)) * np.linspace(0.3, 2.0, 60)
        shocks[:, 0] /= 0.8
        for t in range(1, 10):
            shocks[:, t] += 0.6 * shocks[:, t - 1]
        x, e = shocks
        panel = bd.Panel.from_arrays({"x": x, "y": 0.5 * x + e}, units=range(60), periods=range(1, 11))
        for k, model in enumerate(kinds):
            first, second = fit_stages(model, panel, 6)
            V = first.covariance + second.covariance - 2 * cross_covariance(first, second)
            rejected[k] += (second.params["x"] - first.params["x"]) ** 2 / V[0, 0] > 3.84
    assert rejected[0] / 100 < 0.10
    assert rejected[1] / 100 > max(0.08, rejected[0] / 100)


def test_impacts_of_least_squares_are_compared_as_the_coefficients_they_are(bev):
    """Under clusters too, where the two stages share the sums of a unit's scores."""
    model = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc) + science_share", cov_type="clustered")
    found = bd.compare_stages(model, bev, split=2016)
    coefficients, impacts = found.tests["All coefficients"], found.tests["Total impacts"]
    assert impacts.statistic == pytest.approx(coefficients.statistic, rel=1e-6)
    assert impacts.df == coefficients.df
    errors = found.tidy().pivot(index="term", columns="component", values="std_error")
    assert errors["total"].to_numpy() == pytest.approx(errors["coefficient"].to_numpy(), rel=1e-6)


def test_standardising_impacts_does_not_change_their_t_statistics(bev):
    model = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc) + science_share")
    groups = {"market": ["log(gdp_pc)"], "science": ["science_share"]}
    found = bd.driver_shares(model, bev, groups=groups).impacts
    direct = found[found["component"].str.startswith("standardised direct")].set_index("term")
    assert direct["statistic"].to_numpy() == pytest.approx(model.fit(bev).tstats[direct.index].to_numpy(), rel=1e-8)
