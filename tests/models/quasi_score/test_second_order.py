"""The second-order bias correction of adjusted scores: on complete panels that of Lee and Yu's
likelihood, with missing cells the bias that refitted draws have.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.models.interface import sample_of
from bevdrivers.models.quasi_score import method as method_module
from bevdrivers.models.quasi_score.method import AdjustedScore
from bevdrivers.models.quasi_score.score import QuasiScore
from bevdrivers.models.quasi_score.second_order import DrawnScores, _derivatives, _outcomes, bias
from bevdrivers.models.quasi_score.stacked import stacked
from bevdrivers.simulation.calibration import _label

from ...made_up import ML, drawn, scattered
from .small import BOTH, Paper, unbalanced
from .test_method import long_frame, with_gaps

FORMULA = "y ~ x1 + x2"
# The derivatives of the likelihood are exact to the second, here they are differences.
SAME = 5e-8


@pytest.mark.parametrize("model", ML, ids=lambda model: model.__name__)
@pytest.mark.parametrize("effects", ["unit", "two-way"])
def test_on_complete_panels_it_is_the_correction_of_lee_and_yu(model, effects):
    W, M = scattered(seed=2, k=4), scattered(seed=5)
    panel = drawn(model, W, seed=3, effects=effects)
    request = model(FORMULA, fixed_effects=effects, correction="second-order")
    others = {"error_weights": M} if model.lag_u else {}
    fit = request.fit(panel, W, **others)
    sample = sample_of(request, panel, W, **others)
    estimate = AdjustedScore(robust=False, second_order=True).estimate(sample)
    np.testing.assert_allclose(estimate.values, fit.values, atol=SAME)
    assert estimate.sigma2 == pytest.approx(fit.sigma2, abs=SAME)
    plain = AdjustedScore(robust=False).estimate(sample)
    # what is corrected is far larger than what the two differ by
    assert np.abs(plain.values - fit.values).max() > 1e-3
    kind = request.covariance_kind
    method = AdjustedScore(robust=False, second_order=True)
    found = method.covariance(sample, estimate, kind, panel)
    np.testing.assert_allclose(found, fit.covariance, rtol=1e-5)


@pytest.mark.parametrize("lags", ["y", "error", "both"])
def test_derivatives_are_those_of_each_draws_own_scores(lags):
    data = unbalanced(lags=lags)
    p = {"y": BOTH[:1], "error": BOTH[1:], "both": BOTH}[lags]
    score = QuasiScore.of(data, False)
    y = data.y[:, None] + np.random.default_rng(0).standard_normal((data.n, 5))
    found = _derivatives(DrawnScores(score, y), score.at(p))
    steps = np.diag(2e-4 * np.ones(len(p)))
    thirds = []
    for r in range(5):
        own = QuasiScore.of(replace(data, y=y[:, r]), False)
        state = own.at(p)
        np.testing.assert_allclose(found.slopes[r], state.value(), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(found.curvatures[r], state.slope(), rtol=1e-5, atol=1e-5)
        ahead = [
            (own.at(p + step).slope() - own.at(p - step).slope()) / (2 * step.sum())
            for step in steps
        ]
        thirds.append(np.stack(ahead, axis=-1))
    np.testing.assert_allclose(found.thirds, np.mean(thirds, axis=0), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("lags", ["y", "error", "both"])
def test_controls_have_expectation_zero(lags):
    # quadratic in independent errors: over unit vectors and their negatives the mean is exact
    data = unbalanced(lags=lags)
    p = {"y": BOTH[:1], "error": BOTH[1:], "both": BOTH}[lags]
    paper = Paper(data, p)
    score = QuasiScore.of(data, False)
    state = score.at(p)
    systematic = data.Z @ state.b + state.effects
    errors = np.sqrt(state.sigma2) * np.concatenate([np.eye(data.n), -np.eye(data.n)], axis=1)
    zero = np.zeros((data.n, 1))
    made = [paper.outcome(systematic[:, None], e) for e in (errors, zero)]
    with_errors, without = (DrawnScores(score, y).scores(state) for y in made)
    mean = (with_errors - without).sum(axis=0) / 2 + without[0]
    np.testing.assert_allclose(mean, 0.0, atol=1e-8)
    # and they are not zero as such
    assert np.abs(without[0]).max() > 1e-2


def test_draws_are_of_the_process():
    W = scattered(seed=2, k=4)
    panel = with_gaps(drawn(bd.SpatialCombined, W, T=6, seed=3))
    sample = sample_of(bd.SpatialCombined(FORMULA), panel, W)
    score = QuasiScore.of(stacked(sample), False)
    state = score.at(np.array([0.3, 0.2]))
    y = _outcomes(state, sample, 4000)
    paper = Paper(score.data, state.p)
    e = paper.R @ (paper.A @ y - (score.data.Z @ state.b + state.effects)[:, None])
    # five Monte Carlo standard errors of means, and of mean squares
    assert np.abs(e.mean(axis=1)).max() < 5 * np.sqrt(state.sigma2 / 4000)
    squares = np.mean(e**2, axis=1) / state.sigma2
    assert np.abs(squares - 1.0).max() < 5 * np.sqrt(2 / 4000)


@pytest.mark.slow
@pytest.mark.parametrize("model", [bd.SpatialDurbin, bd.SpatialError])
def test_bias_is_that_of_refitted_draws(model):
    """Mean of 1,000 refits less the truth; what both leave out is of third order."""
    W = scattered(16, k=5)
    panel = with_gaps(drawn(bd.SpatialLag, W, T=6))
    fit = model(FORMULA).fit(panel, W)
    score = QuasiScore.of(stacked(fit.sample), False)
    (found,) = bias(score, fit.sample, fit.values[-1:])
    draws = bd.bootstrap(fit, 1000, seed=2).batch.values[:, -1]
    error = draws.std() / np.sqrt(len(draws))
    refitted = draws.mean() - fit.values[-1]
    assert refitted < -6 * error
    assert found == pytest.approx(refitted, abs=4 * error + 0.1 * abs(refitted))


def test_order_of_rows_and_names_of_units_change_nothing():
    W = scattered(seed=2, k=4)
    panel = with_gaps(drawn(bd.SpatialDurbin, W, T=6, seed=3))
    request = bd.SpatialDurbin(FORMULA, correction="second-order")
    fit = request.fit(panel, W)
    frame = long_frame(panel).dropna().sample(frac=1.0, random_state=1)
    names = dict(zip(W.ids, np.random.default_rng(0).permutation(W.ids), strict=True))
    renamed = frame.assign(**{panel.unit: frame[panel.unit].map(names)})
    again = bd.Panel.from_frame(renamed, unit=panel.unit, time=panel.time)
    links = bd.SpatialWeights.from_matrix(W.links.toarray(), [names[unit] for unit in W.ids])
    np.testing.assert_allclose(request.fit(again, links).values, fit.values, atol=1e-7)


def test_the_fit_says_what_it_is():
    W = scattered(seed=2, k=4)
    panel = with_gaps(drawn(bd.SpatialLag, W, T=6, seed=3))
    fit = bd.SpatialLag(FORMULA, correction="second-order").fit(panel, W)
    assert fit.described["correction"] == "second-order"
    assert "adjusted score, second-order bias correction" in str(fit.summary())
    note = str(bd.regression_table(fit))
    assert "corrected for their bias of second order, after Yang (2015)" in note
    assert fit.rho != bd.SpatialLag(FORMULA).fit(panel, W).rho
    assert _label(fit.estimator, irregular=True) == "second-order"


def test_large_samples_are_refused(monkeypatch):
    W = scattered(seed=2, k=4)
    panel = with_gaps(drawn(bd.SpatialLag, W, seed=3))
    monkeypatch.setattr(method_module, "EXACT_CELLS", 10)
    with pytest.raises(bd.OptionError, match="'second-order' in"):
        bd.SpatialLag(FORMULA, correction="second-order").fit(panel, W)
