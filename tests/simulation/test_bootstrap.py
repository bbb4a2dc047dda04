"""The bootstrap against formulas where there are any, its intervals against their definition, and
what it refuses.
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.results import TIDY_COLUMNS
from bevdrivers.simulation.process import Process

from ..made_up import drawn, scattered

# Monte Carlo standard errors that a simulated figure may lie from its expectation
MONTE_CARLO = 5.0
DRAWS = 4000


@pytest.fixture(scope="module")
def W() -> bd.SpatialWeights:
    return scattered(25, k=4)


@pytest.fixture(scope="module")
def panel(W) -> bd.Panel:
    return drawn(bd.SpatialDurbin, W)


@pytest.fixture(scope="module")
def sdm(W, panel) -> bd.FitResult:
    return bd.SpatialDurbin("y ~ x1 + x2").fit(panel, W)


@pytest.fixture(scope="module")
def least_squares(panel) -> bd.FitResult:
    return bd.NonSpatial("y ~ x1 + x2").fit(panel)


def assert_covariance(values: np.ndarray, expected: np.ndarray) -> None:
    """A covariance of draws (P, P) within Monte Carlo error, of errors with no more than normal
    tails.
    """
    size = np.diag(expected)
    error = np.sqrt((np.outer(size, size) + expected**2) / DRAWS)
    assert (np.abs(values - expected) < MONTE_CARLO * error).all()


class TestFormulas:
    """Least squares: what the bootstrap simulates is known."""

    def test_parametric_covariance_is_the_classical_one(self, least_squares):
        bootstrap = bd.bootstrap(least_squares, DRAWS, seed=1)
        assert_covariance(bootstrap.cov.to_numpy(), least_squares.covariance)
        assert (
            bootstrap.bias.abs() < MONTE_CARLO * least_squares.std_errors / np.sqrt(DRAWS)
        ).all()

    @pytest.mark.parametrize("by", ["cell", "unit", "time"])
    @pytest.mark.parametrize("multipliers", ["rademacher", "mammen"])
    def test_wild_covariance_is_the_clustered_one(self, least_squares, by, multipliers):
        """(Z'Z)^-1 sum_g s_g s_g' (Z'Z)^-1 with the scores s_g of what shares a multiplier."""
        bootstrap = bd.bootstrap(
            least_squares, DRAWS, kind="wild", by=by, multipliers=multipliers, seed=1
        )
        Z = least_squares.sample.columns[:, :, :2]
        scores = Z * Process.of(least_squares).residuals[:, :, None]
        scores = {
            "cell": scores.reshape(-1, 2),
            "unit": scores.sum(axis=0),
            "time": scores.sum(axis=1),
        }[by]
        bread = np.linalg.inv(np.einsum("tik,til->kl", Z, Z))
        assert_covariance(bootstrap.cov.to_numpy(), bread @ scores.T @ scores @ bread)

    def test_bootstrap_t_of_normal_errors_is_student_t(self, least_squares):
        """t* is exactly Student's t: interval and p-value are those of the fit."""
        tidy = bd.bootstrap(least_squares, DRAWS, seed=2).tidy().iloc[:2]
        own = least_squares.tidy()
        assert list(tidy["std_error"]) == list(own["std_error"])
        # a quantile at 2.5 % has a standard error of sqrt(p (1 - p) / R) / density, 0.042 of t
        error = MONTE_CARLO * 0.042 * own["std_error"]
        assert ((tidy["conf_low"] - own["conf_low"]).abs() < error).all()
        assert ((tidy["conf_high"] - own["conf_high"]).abs() < error).all()
        assert (tidy["p_value"] >= 2 / (DRAWS + 1)).all()


class TestIntervals:
    def test_percentiles_are_quantiles_of_the_draws(self, sdm):
        bootstrap = bd.bootstrap(sdm, 199, seed=1)
        frame = bootstrap.tidy(level=0.9, method="percentile")
        drawn_ = np.concatenate([bootstrap.draws, bootstrap.impact_draws.reshape(199, -1)], axis=1)
        np.testing.assert_allclose(frame["conf_low"], np.quantile(drawn_, 0.05, axis=0), rtol=1e-12)
        np.testing.assert_allclose(
            frame["conf_high"], np.quantile(drawn_, 0.95, axis=0), rtol=1e-12
        )
        np.testing.assert_allclose(frame["std_error"][:5], bootstrap.std_errors, rtol=1e-12)

    @pytest.mark.parametrize("method", ["bootstrap-t", "percentile"])
    def test_p_values_go_with_the_intervals(self, sdm, method):
        """Zero lies outside the interval of level 1 - p and inside that of the next level up."""
        bootstrap = bd.bootstrap(sdm, 999, seed=3)
        p_values = bootstrap.tidy(method=method)["p_value"]
        assert ((p_values > 0.02) & (p_values < 0.98)).any()
        for at in np.flatnonzero((p_values > 0.02) & (p_values < 0.98)):
            p = p_values[at]
            inside, outside = (
                bootstrap.tidy(1 - q, method).loc[at] for q in (p - 0.006, p + 0.006)
            )
            assert inside["conf_low"] < 0 < inside["conf_high"]
            assert not outside["conf_low"] < 0 < outside["conf_high"]

    def test_it_corrects_the_bias_of_direct_maximum_likelihood(self, W, panel):
        """It is biased downwards: the percentile interval lies lower still, that of bootstrap-t
        higher.
        """
        fit = bd.SpatialDurbin("y ~ x1 + x2", correction=None).fit(panel, W)
        bootstrap = bd.bootstrap(fit, 499, seed=1)
        assert bootstrap.bias["rho"] < -0.03
        assert bootstrap.corrected["rho"] == pytest.approx(
            fit.rho - bootstrap.bias["rho"], rel=1e-12
        )
        t, percentile, own = (
            interval.loc["rho"].mean()
            for interval in (
                bootstrap.conf_int(),
                bootstrap.conf_int(method="percentile"),
                fit.conf_int(),
            )
        )
        assert percentile < own < t

    def test_what_the_model_fixes_has_no_interval(self, least_squares):
        frame = bd.bootstrap(least_squares, 99, seed=1).tidy()
        fixed = frame[frame["component"] == "indirect"]
        assert (fixed[["estimate", "conf_low", "conf_high"]] == 0).all(axis=None)
        assert fixed[["statistic", "p_value"]].isna().all(axis=None)


class TestResult:
    def test_frames(self, sdm):
        bootstrap = bd.bootstrap(sdm, 99, kind="wild", seed=1)
        frame = bootstrap.tidy()
        assert tuple(frame.columns) == TIDY_COLUMNS
        assert list(frame["term"][:5]) == list(sdm.terms)
        assert list(frame["component"].unique()) == [
            "main",
            "wx",
            "spatial",
            "direct",
            "indirect",
            "total",
        ]
        own = np.concatenate([sdm.params, sdm.impacts().values.ravel()])
        np.testing.assert_array_equal(frame["estimate"], own)
        row = bootstrap.glance().iloc[0]
        expected = {
            "bootstrap": "wild",
            "by": "unit",
            "multipliers": "rademacher",
            "replications": 99,
            "seed": 1,
        }
        assert {name: row[name] for name in expected} == expected
        assert bootstrap.draws.shape == (99, 5)
        assert bootstrap.impact_draws.shape == (99, 3, 2)
        assert "wild, rademacher, by unit, 99 replications" in bootstrap.summary()

    def test_seed(self, sdm):
        first, again, other = (
            bd.bootstrap(sdm, 19, seed=seed).draws.to_numpy() for seed in (1, 1, 2)
        )
        assert (first == again).all()
        assert (first != other).all()

    def test_other_requests_are_bootstrapped_too(self, W, panel):
        for request in (
            bd.SpatialLag("y ~ x1 + x2", method="gmm"),
            bd.SpatialDurbin("y ~ x1 + x2", dynamic="time"),
            bd.SpatialLag("y ~ x1 + x2", random_effects="baltagi"),
        ):
            fit = request.fit(panel, W)
            bootstrap = bd.bootstrap(fit, 39, seed=1)
            assert bootstrap.replications == 39
            assert bootstrap.std_errors["x1"] == pytest.approx(fit.std_errors["x1"], rel=0.5)

    def test_terms_without_impacts(self, W, panel):
        fit = bd.SpatialLag("y ~ x1 + x1:x2").fit(panel, W)
        assert len(bd.bootstrap(fit, 19, seed=1).tidy()) == len(fit.params)


class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "argument"),
        [
            ({"kind": "pairs"}, "kind"),
            ({"by": "unit"}, "by"),
            ({"multipliers": "mammen"}, "by"),
            ({"kind": "wild", "by": "year"}, "by"),
            ({"replications": 18}, "replications"),
            ({"replications": 99.5}, "replications"),
            ({"kind": "wild", "by": "time"}, "by"),
        ],
    )
    def test_options(self, sdm, options, argument):
        with pytest.raises(bd.OptionError) as caught:
            bd.bootstrap(sdm, **options)
        assert caught.value.argument == argument

    def test_wild_by_period_needs_moments_that_are_linear_in_the_errors(self, W, panel):
        """Two-stage least squares has such moments: the draws are centred."""
        fit = bd.SpatialLag("y ~ x1 + x2", method="gmm").fit(panel, W)
        bootstrap = bd.bootstrap(fit, 199, kind="wild", by="time", seed=1)
        assert (bootstrap.bias.abs() < 0.5 * bootstrap.std_errors).all()

    def test_wild_random_effects(self, W, panel):
        fit = bd.SpatialLag("y ~ x1 + x2", random_effects="kkp").fit(panel, W)
        with pytest.raises(bd.OptionError, match="parametric"):
            bd.bootstrap(fit, 19, kind="wild")

    @pytest.mark.parametrize(("name", "value"), [("level", 95), ("method", "bca")])
    def test_intervals(self, sdm, name, value):
        bootstrap = bd.bootstrap(sdm, 19, seed=1)
        with pytest.raises(bd.OptionError) as caught:
            bootstrap.tidy(**{name: value})
        assert caught.value.argument == name
