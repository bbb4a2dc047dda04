"""Shapley contributions of groups of drivers: brute force over orders, known truth."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import statsmodels.api as sm

import bevdrivers as bd
from bevdrivers.diagnostics.comparison.driver_contributions import SPATIAL, shapley

from ...conftest import MUNNELL
from ...made_up import dummies

NAMES = ["lpcap", "lpc", "lemp", "unemp"]


class TestShares:
    GROUPS = {"capital": ["lpcap", "lpc"], "labour": ["lemp"], "cycle": ["unemp"]}  # noqa: RUF012

    def test_least_squares_by_all_orders_of_explicit_regressions(self, munnell):
        shares = bd.driver_shares(bd.NonSpatial(MUNNELL), munnell, groups=self.GROUPS)
        D = dummies(17, 48)
        y = munnell["lgsp"].ravel()
        total = sm.OLS(y, D).fit().ssr

        def r2(names):
            return (
                1
                - sm.OLS(y, np.column_stack([D, *(munnell[name].ravel() for name in names)]))
                .fit()
                .ssr
                / total
            )

        truth = dict.fromkeys(self.GROUPS, 0.0)
        for order in permutations(self.GROUPS):
            names: list[str] = []
            for group in order:
                before = r2(names) if names else 0.0
                names += self.GROUPS[group]
                truth[group] += (r2(names) - before) / 6
        assert shares.contributions["1970-1986"].to_dict() == pytest.approx(truth, rel=1e-7)
        assert shares.r2["1970-1986"] == pytest.approx(r2(NAMES), rel=1e-9)

    @pytest.mark.parametrize(
        "kind",
        [bd.NonSpatial, bd.SpatialLagX, bd.SpatialDurbin, bd.SpatialError, bd.GeneralNesting],
    )
    def test_contributions_sum_to_r2(self, kind, munnell, states):
        fit = kind(MUNNELL).fit(munnell, states)
        shares = bd.driver_shares(kind(MUNNELL), munnell, states, groups=self.GROUPS)
        assert shares.contributions.sum().to_numpy() == pytest.approx(
            shares.r2.to_numpy(), rel=1e-12
        )
        assert (shares.contributions.to_numpy() >= -1e-12).all()
        assert (SPATIAL in shares.shares.index) == bool(fit.estimate.spatial)

    def test_values_of_a_spatial_model_are_likelihoods_of_fits(self, munnell, states):
        """Two groups and rho, from the log-likelihoods of eight fits of their own."""
        groups = {"a": ["lpcap", "lpc"], "b": ["lemp", "unemp"]}
        shares = bd.driver_shares(
            bd.SpatialLag(MUNNELL, correction=None), munnell, states, groups=groups
        )
        level = {}
        for a in (0, 1):
            for b in (0, 1):
                names = a * groups["a"] + b * groups["b"]
                formula = f"lgsp ~ {' + '.join(names) or 'one - one'}"
                for rho, kind in ((0, bd.NonSpatial), (1, bd.SpatialLag)):
                    if names:
                        request = kind(formula, correction=None)
                        level[a, b, rho] = request.fit(munnell, states).loglik
        within = (
            munnell["lgsp"]
            - munnell["lgsp"].mean(axis=0)
            - munnell["lgsp"].mean(axis=1, keepdims=True)
        )
        within = within + munnell["lgsp"].mean()
        n = within.size
        level[0, 0, 0] = -n / 2 * (np.log(2 * np.pi * np.mean(within**2)) + 1)
        full = 1 - np.exp(-2 * (level[1, 1, 1] - level[0, 0, 0]) / n)
        assert shares.r2.iloc[0] == pytest.approx(full, rel=1e-9)
        # what rho adds last is a third of its value: the other orders need the fit of rho alone
        values = shares.contributions.iloc[:, 0]
        worth = {key: 1 - np.exp(-2 * (value - level[0, 0, 0]) / n) for key, value in level.items()}
        a_less_b = (worth[1, 0, 0] - worth[0, 1, 0]) / 2 + (worth[1, 0, 1] - worth[0, 1, 1]) / 2
        assert values["a"] - values["b"] == pytest.approx(a_less_b, rel=1e-7)

    def test_orthogonal_regressors_keep_their_own_r2(self):
        rng = np.random.default_rng(0)
        x1, x2, e = np.moveaxis(
            np.linalg.qr(rng.standard_normal((40, 3)))[0].reshape(8, 5, 3), 2, 0
        )
        panel = bd.Panel.from_arrays(
            {"x1": x1, "x2": x2, "y": 2 * x1 + x2 + e}, units=range(5), periods=range(1, 9)
        )
        model = bd.NonSpatial("y ~ x1 + x2 - 1", fixed_effects=None)
        shares = bd.driver_shares(model, panel, groups={"a": ["x1"], "b": ["x2"]})
        assert shares.contributions.iloc[:, 0].to_numpy() == pytest.approx([4 / 6, 1 / 6], rel=1e-9)

    def test_a_group_is_one_player(self, munnell):
        """What all groups but one are worth together does not depend on how they are divided for
        the last one alone.
        """
        sample = bd.NonSpatial(MUNNELL).fit(munnell).sample
        values, whole = shapley(sample, [(0, 1, 2, 3)])
        assert values[0] == pytest.approx(whole)

    def test_stages_draws_and_impacts(self, bev, queen):
        model = bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc) + log1p(inventions)")
        groups = {"market": ["gdp_pc"], "technology": ["inventions"]}
        shares, again = (
            bd.driver_shares(model, bev, queen, groups=groups, split=2016, draws=19, seed=2)
            for _ in range(2)
        )
        assert shares.tidy().equals(again.tidy())
        assert list(shares.shares.columns) == ["2011-2015", "2016-2020"]
        assert shares.shares.sum().to_numpy() == pytest.approx([1, 1])
        rows = shares.tidy().set_index(["component", "term"])
        gap = rows.loc["share 2016-2020 less 2011-2015", "estimate"]
        assert gap["market"] == pytest.approx(shares.shares.loc["market"].diff().iloc[-1])
        fit = model.fit(bev.select(periods=range(2016, 2021)), queen)
        scale = np.std(fit.sample.columns[:, :, 0]) / np.std(fit.sample.columns[:, :, 2])
        total = rows.loc[("standardised total 2016-2020", "log(gdp_pc)"), "estimate"]
        assert total == pytest.approx(fit.impacts().total["log(gdp_pc)"] * scale)
        assert list(shares.glance()["draws"]) == [19, 19]

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


def test_standardising_impacts_does_not_change_their_t_statistics(bev):
    model = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc) + science_share")
    groups = {"market": ["log(gdp_pc)"], "science": ["science_share"]}
    impacts = bd.driver_shares(model, bev, groups=groups).impacts
    direct = impacts[impacts["component"].str.startswith("standardised direct")].set_index("term")
    assert direct["statistic"].to_numpy() == pytest.approx(
        model.fit(bev).tstats[direct.index].to_numpy(), rel=1e-8
    )
