"""A fit run again: its own errors give its own outcome back; drawn errors have the moments that
they should have.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.simulation.disturbances import drawn_errors, wild_errors
from bevdrivers.simulation.process import Process

from ..made_up import drawn, scattered

# solves with N x N matrices of moderate condition
ROUNDING = 1e-9
# moments of draws: five Monte Carlo standard errors
MONTE_CARLO = 5.0


def process_of(request: bd.Estimator, model: type = bd.SpatialDurbin) -> Process:
    W = scattered(12)
    return Process.of(request.fit(drawn(model, W), W))


@pytest.mark.parametrize(
    "request_",
    [
        bd.NonSpatial("y ~ x1 + x2"),
        bd.SpatialLagX("y ~ x1 + x2", fixed_effects="time"),
        bd.SpatialLag("y ~ x1 + x2", fixed_effects=None),
        bd.SpatialDurbin("y ~ x1 + x2"),
        bd.SpatialDurbin("y ~ x1 + x2", correction="elhorst"),
        bd.SpatialDurbin("y ~ x1 + x2", method="gmm"),
        bd.SpatialDurbinError("y ~ x1 + x2", fixed_effects="unit"),
        bd.GeneralNesting("y ~ x1 + x2", fixed_effects="unit"),
        bd.SpatialDurbin("y ~ x1", absorb=["unit[x2]"]),
        bd.SpatialDurbin("y ~ x1 + x2", dynamic="both"),
        bd.SpatialLag("y ~ x1 + x2", dynamic="time"),
        bd.NonSpatial("y ~ x1 + x2", dynamic="time"),
    ],
)
def test_its_own_errors_give_its_own_outcome(request_):
    W = scattered(12)
    fit = request_.fit(drawn(bd.SpatialDurbin, W), W)
    made = Process.of(fit).outcomes(fit.estimate.residuals[:, :, None], np.random.default_rng(0))
    np.testing.assert_allclose(
        made[:, :, 0], fit.sample.y, atol=ROUNDING * np.abs(fit.sample.y).max() * 10
    )


@pytest.mark.parametrize("kind", ["baltagi", "kkp"])
def test_random_effects_stand_where_they_should(kind):
    """Covariance over units of y in one period at b = 0: s2 (phi I + B B') or s2 (1 + phi) B B', B
    = (I - lam M)^-1.
    """
    W = scattered(6, k=2)
    request = bd.SpatialError("y ~ x1", random_effects=kind)
    panel = drawn(bd.SpatialError, W, effects="unit")
    fit = request.fit(panel, W)
    process = Process.of(fit).at({"lam": 0.4, "x1": 0.0, "Intercept": 0.0})
    phi, s2 = fit.estimate.phi, fit.sigma2
    rng = np.random.default_rng(1)
    R = 20_000
    y = process.outcomes(drawn_errors(process, "normal", R, rng), rng)[0]
    B = np.linalg.inv(np.eye(6) - 0.4 * W.dense)
    expected = s2 * (phi * np.eye(6) + B @ B.T) if kind == "baltagi" else s2 * (1 + phi) * B @ B.T
    size = np.diag(expected)
    error = np.sqrt((np.outer(size, size) + expected**2) / R)
    assert (np.abs(y @ y.T / R - expected) < MONTE_CARLO * error).all()


def test_autocorrelated_errors_are_stationary():
    """Variance s2 / (1 - psi^2) in every period, psi times that between neighbouring ones."""
    W = scattered(6, k=2)
    request = bd.NonSpatial("y ~ x1", fixed_effects=None, serial_errors=True)
    fit = request.fit(drawn(bd.SpatialError, W, effects="unit"))
    process = Process.of(fit).at({"psi": 0.6, "x1": 0.0, "Intercept": 0.0})
    rng, R = np.random.default_rng(1), 20_000
    y = process.outcomes(drawn_errors(process, "normal", R, rng), rng)[:, 0]
    expected = (
        fit.sigma2 / (1 - 0.6**2) * 0.6 ** np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
    )
    size = np.diag(expected)
    error = np.sqrt((np.outer(size, size) + expected**2) / R)
    assert (np.abs(y @ y.T / R - expected) < MONTE_CARLO * error).all()


@pytest.fixture(scope="module")
def process() -> Process:
    return process_of(bd.SpatialDurbin("y ~ x1 + x2"))


class TestErrors:
    def test_residuals_have_the_variance_of_the_errors(self, process):
        assert np.mean(process.residuals**2) == pytest.approx(process.sigma2, rel=1e-12)

    @pytest.mark.parametrize("kind", ["normal", "resampled", "heteroskedastic", "clustered"])
    def test_mean_and_variance(self, process, kind):
        R = 4000
        e = drawn_errors(process, kind, R, np.random.default_rng(0))
        assert e.shape == (*process.residuals.shape, R)
        square = (e**2).mean(axis=(0, 1))
        assert abs(square.mean() - process.sigma2) < MONTE_CARLO * square.std() / np.sqrt(R)
        mean = e.mean(axis=(0, 1))
        # whole paths are demeaned over time, so their mean is zero but for rounding
        assert abs(mean.mean()) < MONTE_CARLO * mean.std() / np.sqrt(R) + 1e-12

    def test_each_unit_keeps_its_variance(self, process):
        R = 4000
        e = drawn_errors(process, "heteroskedastic", R, np.random.default_rng(0))
        own, T = np.mean(process.residuals**2, axis=0), len(e)
        computed = (e**2).mean(axis=(0, 2))
        assert (np.abs(computed - own) < MONTE_CARLO * own * np.sqrt(2 / (R * T))).all()

    def test_clustered_errors_are_paths_of_residuals(self, process):
        e = drawn_errors(process, "clustered", 3, np.random.default_rng(0))
        paths = {path.tobytes() for path in np.ascontiguousarray(process.residuals.T)}
        assert all(
            np.ascontiguousarray(e[:, i, r]).tobytes() in paths for i in range(12) for r in range(3)
        )

    @pytest.mark.parametrize(("by", "axis"), [("unit", 0), ("time", 1)])
    @pytest.mark.parametrize("multipliers", ["rademacher", "mammen"])
    def test_multipliers_are_shared(self, process, by, axis, multipliers):
        v = (
            wild_errors(process, by, multipliers, 5, np.random.default_rng(0))
            / process.residuals[:, :, None]
        )
        assert np.ptp(v, axis=axis).max() < 1e-9
        assert np.ptp(v, axis=1 - axis).max() > 0.5

    @pytest.mark.parametrize(("multipliers", "third"), [("rademacher", 0.0), ("mammen", 1.0)])
    def test_moments_of_multipliers(self, process, multipliers, third):
        v = (
            wild_errors(process, "cell", multipliers, 2000, np.random.default_rng(0))
            / process.residuals[:, :, None]
        )
        for power, expected in ((1, 0.0), (2, 1.0), (3, third)):
            values = v**power
            assert (
                abs(values.mean() - expected) < MONTE_CARLO * values.std() / np.sqrt(v.size) + 1e-12
            )

    @pytest.mark.parametrize("draw", [drawn_errors, wild_errors])
    def test_few_draws_are_the_first_of_many(self, process, draw):
        kinds = ("resampled",) if draw is drawn_errors else ("unit", "mammen")
        make = partial(draw, process, *kinds)
        few, many = (make(R, np.random.default_rng(3)) for R in (2, 6))
        assert (many[:, :, :2] == few).all()


class TestRefusals:
    def test_unknown_labels_and_values_out_of_range(self, process):
        for params in ({"lam": 0.1}, {"rho": 1.1}, {"sigma2": 0.0}):
            with pytest.raises(bd.InputError) as caught:
                process.at(params)
            assert caught.value.argument == "params"
        moved = process.at({"rho": 0.0, "sigma2": 4.0})
        assert moved.values["rho"] == 0.0
        assert np.mean(moved.residuals**2) == pytest.approx(4.0, rel=1e-12)
        assert process.values["rho"] != 0.0

    def test_lags_of_the_outcome_among_the_regressors(self):
        """They would stay those of the sample while y is drawn anew. A name that holds the
        outcome's is none of it.
        """
        W = scattered(12)
        panel = drawn(bd.SpatialLag, W)
        panel = panel.with_columns(yield_=panel["x2"])
        with pytest.raises(bd.OptionError, match="dynamic="):
            Process.of(bd.SpatialLag("y ~ x1 + lag(y, 1)").fit(panel, W))
        assert Process.of(bd.SpatialLag("y ~ x1 + yield_").fit(panel, W)).values["yield_"] != 0.0

    def test_endogenous_regressors(self):
        W = scattered(12)
        panel = drawn(bd.SpatialLag, W)
        panel = panel.with_columns(
            z=panel["x2"] + np.random.default_rng(0).standard_normal(panel["x2"].shape)
        )
        request = bd.SpatialLag("y ~ x1 + x2", method="gmm", endogenous=["x2"], instruments=["z"])
        with pytest.raises(bd.OptionError, match="no equation"):
            Process.of(request.fit(panel, W))
