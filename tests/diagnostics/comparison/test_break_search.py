"""The search for a break: known truth, the bootstrap by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.diagnostics.comparison.resampling import Resampler
from bevdrivers.models.joint import refit

from ...made_up import scattered


def broken(gap: float, seed: int = 1) -> tuple[bd.Panel, bd.SpatialWeights]:
    """Ten periods, the slope of x1 larger by `gap` in the last four."""
    W = scattered()
    parts = [
        bd.simulate_panel(
            bd.SpatialLag("y ~ x1 + x2"),
            W,
            params={"x1": slope, "x2": 0.5, "rho": 0.3},
            periods=T,
            seed=seed + k,
        )
        for k, (slope, T) in enumerate([(0.5, 6), (0.5 + gap, 4)])
    ]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in ("x1", "x2", "y")}
    return bd.Panel.from_arrays(columns, units=W.ids, periods=range(2001, 2011)), W


class TestSplit:
    model = bd.SpatialLag("y ~ x1 + x2")

    def test_it_finds_the_break(self):
        panel, W = broken(0.8)
        search = bd.search_split(self.model, panel, W, draws=39, seed=1)
        assert search.split == 2007
        assert search.test.p_value == 1 / 40
        assert search.test.distribution == "bootstrap (39)"

    def test_statistics_are_those_of_the_comparison(self):
        panel, W = broken(0.0)
        search = bd.search_split(self.model, panel, W, draws=19, seed=1)
        assert list(search.statistics.index) == list(range(2004, 2009))
        one = (
            bd.compare_stages(self.model, panel, W, split=2006).tests["All coefficients"].statistic
        )
        assert search.statistics[2006] == pytest.approx(one, rel=1e-10)
        assert search.test.statistic == search.statistics.max()
        assert search.test.p_value > 0.05
        again = bd.search_split(self.model, panel, W, draws=19, seed=1)
        assert np.array_equal(search.draws, again.draws)
        assert search.glance().iloc[0]["draws"] == 19

    def test_one_split_fixed_beforehand(self):
        panel, W = broken(0.8)
        search = bd.search_split(self.model, panel, W, splits=[2007], draws=39, seed=1)
        assert search.statistics.to_dict() == {2007: search.test.statistic}
        assert search.test.p_value == 1 / 40
        with pytest.raises(bd.InputError, match="leaves two and more"):
            bd.search_split(self.model, panel, W, splits=[2002], draws=1)

    def test_refit_on_the_same_outcome_is_the_same_fit(self):
        panel, W = broken(0.0)
        for kind in (bd.SpatialDurbin, bd.SpatialError, bd.NonSpatial):
            fit = kind("y ~ x1 + x2").fit(panel, None if kind is bd.NonSpatial else W)
            assert refit(fit, panel["y"]).params.to_numpy() == pytest.approx(
                fit.params.to_numpy(), rel=1e-9
            )

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
    W = (
        np.eye(panel.n_units)
        if fit.sample.W is None
        else np.eye(panel.n_units) - fit.rho * fit.sample.W.dense
    )
    M = (
        np.eye(panel.n_units)
        if fit.sample.M is None
        else np.eye(panel.n_units) - fit.lam * fit.sample.M.dense
    )
    effects = fit.effects
    mean = fit.sample.Z @ fit.params[list(fit.sample.names)].to_numpy()
    mean = mean + effects.unit.to_numpy() + effects.time.to_numpy()[:, None] + effects.intercept
    u = np.linalg.solve(M, fit.resids.to_numpy().T)
    return np.linalg.solve(W, mean.T + u).T


class TestFailedDraws:
    """A panel that its regressors explain wholly has no maximum of the likelihood of both lags: such
    a draw is left out, and said.
    """

    model = bd.SpatialCombined("y ~ x1 + x2")

    @staticmethod
    def explained(monkeypatch, every: int) -> None:
        """Make every `every`-th draw one without errors."""
        own = Resampler.draw
        number = iter(range(1, 1000))

        def draw(self, rng):
            y = own(self, rng)
            if next(number) % every == 0:
                return self.of_y.over_units(self.mean)
            return y

        monkeypatch.setattr(Resampler, "draw", draw)

    def test_of_a_search(self, monkeypatch):
        panel, W = broken(0.0)
        whole = bd.search_split(self.model, panel, W, splits=[2006], draws=6, seed=1)
        self.explained(monkeypatch, 3)
        with pytest.warns(bd.SampleWarning, match="2 of 6 draws could not be fitted"):
            search = bd.search_split(self.model, panel, W, splits=[2006], draws=6, seed=1)
        assert list(search.draws) == list(np.delete(whole.draws, [2, 5]))
        assert search.glance().iloc[0]["draws"] == 4
        larger = (search.draws >= search.test.statistic).sum()
        assert search.test.p_value == (1 + larger) / 5

    def test_of_contributions(self, monkeypatch):
        panel, W = broken(0.0)
        groups = {"first": ["x1"], "second": ["x2"]}
        whole = bd.driver_shares(self.model, panel, W, groups=groups, draws=4, seed=1)
        self.explained(monkeypatch, 3)
        with pytest.warns(bd.SampleWarning, match="1 of 4 draws could not be fitted"):
            shares = bd.driver_shares(self.model, panel, W, groups=groups, draws=4, seed=1)
        [drawn] = shares.draws.values()
        [before] = whole.draws.values()
        assert np.isnan(drawn[2]).all()
        assert np.array_equal(drawn[[0, 1, 3]], before[[0, 1, 3]])
        assert shares.glance().iloc[0]["draws"] == 3
        assert np.isfinite(shares.tidy()["std_error"]).all()

    def test_most_of_them(self, monkeypatch):
        panel, W = broken(0.0)
        self.explained(monkeypatch, 1)
        with pytest.raises(bd.EstimationError, match="3 of 3 draws"):
            bd.search_split(self.model, panel, W, splits=[2006], draws=3, seed=1)
