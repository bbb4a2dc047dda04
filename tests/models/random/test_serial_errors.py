"""Autocorrelated errors: a published joint test, a dense likelihood, special cases, what fits
answer, refusals.

The likelihood with random effects beside them is checked in `test_random_effects`.
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.models.interface import sample_of
from bevdrivers.models.random.information import score_and_information
from bevdrivers.models.random.likelihood import RandomLikelihood
from bevdrivers.simulation.panels import autoregression

from ...conftest import MUNNELL, reference
from ...made_up import ALL, scattered, uneven
from .test_random_effects import dense_loglik, estimates, small


def test_joint_score_test_equals_splm(munnell, states):
    """Baltagi, Song, Jung and Koh's joint LM test of lam = psi = phi = 0: score and information of
    all three.
    """
    pooled = bd.NonSpatial(MUNNELL, fixed_effects=None).fit(munnell)
    request = bd.SpatialError(MUNNELL, random_effects="baltagi", serial_errors=True)
    sample = sample_of(request, munnell, states)
    at = np.concatenate([pooled.params, [0.0, 0.0, 0.0, np.mean(pooled.resids.to_numpy() ** 2)]])
    score, information = score_and_information(sample, "baltagi", at)
    truth = reference("munnell/tests")["bsjktest_J"]["statistic"]["LM"]
    assert score @ np.linalg.solve(information, score) == pytest.approx(truth, rel=1e-10)


@pytest.mark.parametrize("model", ALL)
def test_without_random_effects(model):
    """The log-likelihood is that of the NT x NT covariance, and the estimates its maximum."""
    fit = small(model, None, uneven(), serial_errors=True, fixed_effects=None)
    assert fit.variance_components is None
    point = np.array([*fit.params, 0.0, fit.sigma2])
    assert fit.loglik == pytest.approx(dense_loglik(fit, point), abs=1e-9)
    steps = np.diag([*(1e-3 * fit.std_errors), 0.0, 1e-3 * fit.sigma2 * np.sqrt(2 / fit.nobs)])
    slopes = [dense_loglik(fit, point + m) - dense_loglik(fit, point - m) for m in steps]
    assert np.abs(slopes).max() < 2e-8
    assert fit.n_params == len(fit.params) + 1


class TestCollapse:
    @pytest.mark.parametrize("kind", ["baltagi", "kkp"])
    def test_psi_zero_is_the_likelihood_without(self, kind):
        sample = small(bd.SpatialCombined, kind, scattered(), serial_errors=True).sample
        without = small(bd.SpatialCombined, kind, scattered()).estimator
        plain = sample_of(without, sample_panel(sample), scattered())
        p = np.array([0.2, -0.3, 0.0, 0.4])
        here, there = RandomLikelihood.of(sample, kind), RandomLikelihood.of(plain, kind)
        assert here.value(p) == pytest.approx(there.value(np.delete(p, 2)), abs=1e-9)
        np.testing.assert_allclose(
            np.delete(here.gradient(p), 2), there.gradient(np.delete(p, 2)), rtol=1e-8
        )

    def test_order_of_units(self):
        W = scattered()
        fit = small(bd.SpatialError, "baltagi", W, serial_errors=True)
        order = np.random.default_rng(0).permutation(len(W.ids))
        panel = fit.panel
        turned = bd.Panel.from_arrays(
            {name: panel[name][:, order] for name in ("y", "x1", "x2")},
            units=[panel.units[i] for i in order],
            periods=panel.periods,
        )
        there = fit.estimator.fit(turned, W)
        np.testing.assert_allclose(estimates(there), estimates(fit), rtol=1e-6)


def sample_panel(sample) -> bd.Panel:
    """The panel that a sample of y ~ x1 + x2 is of."""
    columns = {"y": sample.y, "x1": sample.Z[:, :, 1], "x2": sample.Z[:, :, 2]}
    return bd.Panel.from_arrays(columns, units=sample.M.ids, periods=sample.design.periods)


class TestTests:
    def test_psi_zero(self):
        W = scattered(N=30)
        fit = small(bd.SpatialError, "kkp", W, serial_errors=True)
        without = fit.estimator.replace(serial_errors=False).fit(fit.panel, W)
        ratio = fit.lr_test(without)
        assert ratio.df == (1,)
        assert "autocorrelated" in ratio.name
        assert ratio.statistic == pytest.approx(2 * (fit.loglik - without.loglik))
        assert fit.wald_test("psi = 0").statistic == pytest.approx(fit.tstats["psi"] ** 2)
        # phi = 0 beside autocorrelated errors, which stay under the null
        pooled = fit.estimator.replace(random_effects=None, fixed_effects=None).fit(fit.panel, W)
        expected = max(0.0, 2 * (fit.loglik - pooled.loglik))
        assert bd.random_effects_test(fit).statistic == pytest.approx(expected, abs=1e-7)
        with pytest.raises(bd.InputError, match="random effects"):
            bd.random_effects_test(pooled)

    @pytest.mark.slow
    def test_size(self):
        """5 % of 200 panels without autocorrelation: a standard error of 1.5 points."""
        W = scattered(N=30)
        request = bd.NonSpatial("y ~ x1", random_effects="kkp", serial_errors=True)
        truth = {"Intercept": 1.0, "x1": 1.0, "psi": 0.0}
        panels = (
            bd.simulate_panel(request, W, params=truth, periods=6, seed=seed) for seed in range(200)
        )
        rejected = [request.fit(panel).wald_test("psi").rejected for panel in panels]
        assert np.mean(rejected) == pytest.approx(0.05, abs=0.045)


class TestResult:
    def test_what_it_answers(self):
        W = scattered(N=30)
        fit = small(bd.GeneralNesting, "kkp", W, serial_errors=True, seed=0)
        assert fit.terms[-3:] == ("rho", "lam", "psi")
        assert fit.psi == fit.params["psi"]
        assert fit.tidy().set_index("term").loc["psi", "component"] == "serial"
        assert fit.glance()["serial_errors"].item() == "ar1"
        assert "autocorrelated errors" in fit.summary()
        table = bd.regression_table([fit]).to_markdown()
        for needed in ("ψ", "φ", "autoregression"):
            assert needed in table
        assert np.isnan(small(bd.SpatialLag, "kkp", W).psi)

    def test_simulated_errors_of_impacts_are_those_of_the_delta_method(self):
        """Where rho is known well: in a model with both lags of 30 units it is not."""
        fit = small(bd.SpatialLag, "kkp", scattered(N=30), serial_errors=True)
        np.testing.assert_allclose(
            fit.impacts(draws=4000, seed=1).errors, fit.impacts().errors, rtol=0.1
        )

    def test_residuals_are_innovations(self):
        W = scattered()
        fit = small(bd.SpatialError, "kkp", W, serial_errors=True)
        u = fit.panel["y"] - fit.predict().to_numpy()
        nu = u - fit.lam * fit.sample.M.lag(u)
        e = fit.resids.to_numpy()
        np.testing.assert_allclose(e[1:], nu[1:] - fit.psi * nu[:-1], atol=1e-12)
        np.testing.assert_allclose(e[0], np.sqrt(1 - fit.psi**2) * nu[0], atol=1e-12)

    def test_simulated_errors(self):
        """Variances and first autocovariances of 40,000 paths are those of the stationary process,
        to 1 %.
        """
        nu = autoregression(np.random.default_rng(0).standard_normal((4, 40_000)), 0.6)
        np.testing.assert_allclose(np.mean(nu**2, axis=1), 1 / 0.64, rtol=0.03)
        np.testing.assert_allclose(np.mean(nu[1:] * nu[:-1], axis=1), 0.6 / 0.64, rtol=0.03)


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"serial_errors": True}, "serial_errors"),
        ({"serial_errors": 1, "fixed_effects": None}, "serial_errors"),
        ({"serial_errors": True, "fixed_effects": "unit"}, "serial_errors"),
        ({"serial_errors": True, "random_effects": "kkp", "dynamic": "time"}, "dynamic"),
        ({"serial_errors": True, "fixed_effects": None, "dynamic": "time"}, "dynamic"),
        ({"serial_errors": True, "fixed_effects": None, "demean": "before-lag"}, "demean"),
        ({"serial_errors": True, "fixed_effects": None, "cov_type": "robust"}, "cov_type"),
    ],
)
def test_options_that_do_not_go_together(options, argument):
    with pytest.raises(bd.OptionError) as caught:
        bd.SpatialLag("y ~ x", **options)
    assert caught.value.argument == argument


def test_data_that_cannot_tell(munnell, states):
    request = bd.SpatialError(MUNNELL, random_effects="kkp", serial_errors=True)
    with pytest.raises(bd.IdentificationError, match="3 periods"):
        request.fit(munnell.select(periods=[1985, 1986]), states)
    plain, params = (
        bd.NonSpatial("y ~ x", random_effects="kkp", serial_errors=True),
        {"Intercept": 1.0, "x": 1.0},
    )
    with pytest.raises(bd.InputError, match="psi"):
        bd.simulate_panel(plain, states, params=params | {"psi": 1.0})
    with pytest.raises(bd.OptionError, match="serial_errors"):
        bd.lm_tests(bd.NonSpatial(MUNNELL, fixed_effects=None, serial_errors=True), munnell, states)
