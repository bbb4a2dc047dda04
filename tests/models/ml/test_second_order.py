"""The second-order bias correction of rho and lam: its terms by brute force, and the bias that
refitted draws have.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.models.interface import Likelihood, Sample
from bevdrivers.models.ml import second_order

from ...made_up import drawn, scattered

MODELS = [bd.SpatialLag, bd.SpatialError, bd.SpatialDurbin, bd.SpatialCombined]
EFFECTS = ["two-way", "unit", None]
DRAWS = 7


def fitted(model: type, effects: str | None) -> bd.FitResult:
    W = scattered(9)
    panel = drawn(bd.SpatialLag, W, effects=effects)
    return model("y ~ x1 + x2", fixed_effects=effects).fit(panel, W)


def again(fit: bd.FitResult) -> list[Sample]:
    """The sample with each of the outcomes that its point draws."""
    rng = np.random.default_rng(3)
    outcomes = second_order._outcomes(fit.sample, fit.estimate.point, rng, DRAWS)
    return [replace(fit.sample, y=y) for y in np.moveaxis(outcomes, 2, 0)]


@pytest.fixture
def same_draws(monkeypatch):
    """The correction draws from the stream of `again`."""
    monkeypatch.setattr(second_order, "generator", lambda seed, use: np.random.default_rng(3))


@pytest.mark.parametrize("effects", EFFECTS)
@pytest.mark.parametrize("model", MODELS)
def test_slopes_are_those_of_each_draws_own_likelihood(model, effects, same_draws):
    fit = fitted(model, effects)
    likelihood, point = Likelihood.of(fit.sample), fit.estimate.point
    derivatives = second_order._derivatives(fit.sample, likelihood, point, DRAWS)
    step = 1e-4 * np.ptp(likelihood.bounds, axis=1)
    thirds = []
    for r, sample in enumerate(again(fit)):
        one = Likelihood.of(sample)
        _, slope, curvature = one.score(point.p)
        np.testing.assert_allclose(derivatives.slopes[r], slope, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(derivatives.curvatures[r], curvature, rtol=1e-8, atol=1e-7)
        ahead = [
            (one.score(point.p + h)[2] - one.score(point.p - h)[2]) / (2 * h.sum())
            for h in np.diag(step)
        ]
        thirds.append(np.stack(ahead, axis=-1))
    np.testing.assert_allclose(derivatives.thirds, np.mean(thirds, axis=0), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_scores_are_slopes_of_the_whole_likelihood(model, same_draws):
    """By differences of -n/2 ln(2 pi s2) - e'e / (2 s2) + t ln|A||B| for one draw."""
    fit = fitted(model, "two-way")
    likelihood, point = Likelihood.of(fit.sample), fit.estimate.point
    scores = second_order._derivatives(fit.sample, likelihood, point, DRAWS).scores[0]
    sample = again(fit)[0]
    K = sample.n_regressors
    spatial = "rho" if sample.W is not None else "lam"

    def whole(values: np.ndarray) -> float:
        b, p, s2 = values[:K], values[K:-1], values[-1]
        rho = p[0] if sample.W is not None else 0.0
        lam = p[-1] if sample.M is not None else 0.0
        left = sample.y - sample.Z @ b
        left = left - rho * (sample.W.lag(sample.y) if sample.W is not None else 0.0)
        left = left - lam * (sample.M.lag(left) if sample.M is not None else 0.0)
        e = sample.within.demean(left)
        volume = likelihood.periods * likelihood.volumes(p)[:, 0].sum()
        return volume - likelihood.nobs / 2 * np.log(s2) - (e**2).sum() / (2 * s2)

    at = point.with_sigma2
    steps = np.diag(1e-6 * np.maximum(np.abs(at), 1.0))
    expected = [(whole(at + h) - whole(at - h)) / (2 * h.sum()) for h in steps]
    np.testing.assert_allclose(scores, expected, rtol=1e-5, atol=1e-4, err_msg=spatial)


@pytest.mark.parametrize("model", [bd.SpatialLag, bd.SpatialError, bd.SpatialDurbin])
def test_bias_is_that_of_refitted_draws(model):
    """Mean of 4,000 refits less the truth; what both leave out is of third order."""
    W = scattered(16)
    fit = model("y ~ x1 + x2").fit(drawn(bd.SpatialLag, W, T=6), W)
    (bias,) = second_order.bias(fit.sample, Likelihood.of(fit.sample), fit.estimate.point)
    draws = bd.bootstrap(fit, 4000, seed=2).batch.values[:, -1]
    error = draws.std() / np.sqrt(len(draws))
    refitted = draws.mean() - fit.estimate.point.p[0]
    assert refitted < -6 * error
    assert bias == pytest.approx(refitted, abs=4 * error + 0.1 * abs(refitted))


def test_estimates_move_by_less_than_the_bias_at_a_bound_only():
    bounds = np.array([[-1.5, 1.0]])
    moved = second_order.kept_inside(np.array([0.3]), np.array([0.9]), bounds)
    assert moved == pytest.approx(0.05)
    moved = second_order.kept_inside(np.array([0.03]), np.array([0.4]), bounds)
    assert moved == pytest.approx(0.03)


def test_coefficients_follow_and_the_data_are_those_of_lee_and_yu():
    W = scattered(12)
    panel = drawn(bd.SpatialDurbin, W)
    plain = bd.SpatialDurbin("y ~ x1 + x2").fit(panel, W)
    fit = bd.SpatialDurbin("y ~ x1 + x2", correction="second-order").fit(panel, W)
    likelihood = Likelihood.of(plain.sample)
    b, ssr = likelihood.solve(np.array([fit.rho]))
    np.testing.assert_allclose(fit.params.iloc[:-1], b)
    assert fit.sigma2 == pytest.approx(ssr / likelihood.nobs)
    assert fit.rho > plain.rho
    assert (fit.loglik, fit.nobs) == (plain.loglik, plain.nobs)
    assert "second-order bias correction" in fit.summary()


def test_refusals_say_what_it_needs():
    for request in (
        lambda: bd.NonSpatial("y ~ x1", correction="second-order"),
        lambda: bd.SpatialLag("y ~ x1", correction="second-order", dynamic="time"),
        lambda: bd.SpatialLag("y ~ x1", correction="second-order", random_effects="kkp"),
        lambda: bd.SpatialLag("y ~ x1", correction="second-order", method="gmm"),
    ):
        with pytest.raises(bd.OptionError, match="correction"):
            request()
