"""Adjusted scores as a way of estimating: fits of panels with missing cells, with weights by period,
and under unequal variances.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.models.interface import sample_of
from bevdrivers.models.quasi_score.method import AdjustedScore
from bevdrivers.weights.by_period import PeriodWeights

from ...made_up import ML, drawn, scattered, uneven

FORMULA = "y ~ x1 + x2"
KINDS = ["classical", "qml"]


def long_frame(panel: bd.Panel) -> pd.DataFrame:
    """A row a cell, unit and period as columns."""
    return panel.frame.reset_index()


def with_gaps(panel: bd.Panel, share: float = 0.15, seed: int = 0) -> bd.Panel:
    frame = long_frame(panel)
    kept = np.random.default_rng(seed).uniform(size=len(frame)) >= share
    return bd.Panel.from_frame(frame[kept], unit=panel.unit, time=panel.time)


@pytest.mark.parametrize("model", ML, ids=lambda model: model.__name__)
@pytest.mark.parametrize("effects", ["unit", "two-way"])
def test_balanced_panels_have_the_estimates_of_lee_and_yu(model, effects):
    W, M = scattered(seed=2, k=4), scattered(seed=5)
    panel = drawn(model, W, seed=3, effects=effects)
    request = model(FORMULA, fixed_effects=effects)
    others = {"error_weights": M} if model.lag_u else {}
    fit = request.fit(panel, W, **others)
    sample = sample_of(request, panel, W, **others)
    method = AdjustedScore(robust=False)
    estimate = method.estimate(sample)
    np.testing.assert_allclose(estimate.values, fit.values, atol=1e-8)
    assert estimate.sigma2 == pytest.approx(fit.sigma2, abs=1e-8)
    np.testing.assert_allclose(estimate.fixed_part(sample), fit.fixed_part, atol=1e-7)
    for name in KINDS:
        kind = request.replace(cov_type=name).covariance_kind
        expected = fit.method.covariance(sample, fit.estimate, kind, panel)
        found = method.covariance(sample, estimate, kind, panel)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-10)


def test_without_contrasts_it_is_the_adjusted_score_of_balanced_panels():
    W = uneven()
    panel = drawn(bd.SpatialDurbin, W, seed=4)
    request = bd.SpatialDurbin(FORMULA, correction="adjusted-score")
    fit = request.fit(panel, W)
    sample = sample_of(request, panel, W)
    method = AdjustedScore(robust=False)
    estimate = method.estimate(sample)
    np.testing.assert_allclose(estimate.values, fit.values, atol=1e-8)
    found = method.covariance(sample, estimate, fit.kind, panel)
    np.testing.assert_allclose(found, fit.covariance, rtol=1e-6)


@pytest.mark.parametrize("correction", ["auto", "robust-score"])
def test_order_of_rows_and_names_of_units_change_nothing(correction):
    W = scattered(seed=2, k=4)
    panel = with_gaps(drawn(bd.SpatialDurbin, W, T=6, seed=3))
    request = bd.SpatialDurbin(FORMULA, correction=correction, cov_type="robust")
    fit = request.fit(panel, W)
    frame = long_frame(panel).dropna()
    shuffled = frame.sample(frac=1.0, random_state=1)
    names = dict(zip(W.ids, np.random.default_rng(0).permutation(W.ids), strict=True))
    renamed = shuffled.assign(**{panel.unit: shuffled[panel.unit].map(names)})
    again = bd.Panel.from_frame(renamed, unit=panel.unit, time=panel.time)
    links = bd.SpatialWeights.from_matrix(W.links.toarray(), [names[unit] for unit in W.ids])
    other = request.fit(again, links)
    np.testing.assert_allclose(other.values, fit.values, atol=1e-9)
    np.testing.assert_allclose(other.covariance, fit.covariance, rtol=1e-6)


def test_the_same_weights_in_all_periods_are_weights():
    W = scattered(seed=2, k=4)
    panel = drawn(bd.SpatialCombined, W, T=6, seed=3)
    request = bd.SpatialCombined(FORMULA)
    fit = request.fit(panel, W)
    by_period = request.fit(panel, dict.fromkeys(panel.periods, W))
    np.testing.assert_allclose(by_period.values, fit.values, atol=1e-8)
    np.testing.assert_allclose(by_period.covariance, fit.covariance, rtol=1e-6)


def test_weights_by_period_are_those_of_each_period():
    # the outcome follows other weights in the second half, exactly: no errors to speak of
    first, second = scattered(seed=2, k=4), scattered(seed=7, k=3)
    rng = np.random.default_rng(0)
    weights = {period: first if period < 4 else second for period in range(1, 7)}
    W = PeriodWeights.of(weights, list(weights))
    x = rng.standard_normal((6, 12))
    e = 1e-4 * rng.standard_normal((6, 12))
    mean = 2.0 * x + rng.standard_normal(12) + rng.standard_normal((6, 1)) + e
    inverses = [np.linalg.inv(np.eye(12) - 0.4 * B.toarray()) for B in W.operators]
    y = np.stack([B @ row for B, row in zip(inverses, mean, strict=True)])
    panel = bd.Panel.from_arrays({"y": y, "x": x}, units=first.ids, periods=list(weights))
    fit = bd.SpatialLag("y ~ x").fit(panel, weights)
    assert fit.rho == pytest.approx(0.4, abs=1e-3)
    assert fit.value("x") == pytest.approx(2.0, abs=1e-3)
    # direct and total: means over all cells of the rows of each period's multiplier
    whole = np.mean(
        [np.linalg.inv(np.eye(12) - fit.rho * B.toarray()) for B in W.operators], axis=0
    )
    impacts = fit.impacts().frame.loc["x"]
    assert impacts["direct"] == pytest.approx(fit.value("x") * np.trace(whole) / 12, rel=1e-9)
    assert impacts["total"] == pytest.approx(fit.value("x") * whole.sum() / 12, rel=1e-9)


def test_impacts_are_means_over_the_cells_that_are_there():
    W = uneven()
    panel = with_gaps(drawn(bd.SpatialDurbin, W, T=6, seed=3))
    fit = bd.SpatialDurbin(FORMULA).fit(panel, W)
    B, n = fit.sample.W.over_cells.toarray(), fit.nobs
    S = np.linalg.inv(np.eye(n) - fit.rho * B)
    S = S @ (fit.value("x1") * np.eye(n) + fit.value("W_x1") * B)
    found = fit.impacts().frame.loc["x1"]
    assert found["direct"] == pytest.approx(np.trace(S) / n, rel=1e-9)
    assert found["total"] == pytest.approx(S.sum() / n, rel=1e-9)
    # simulated errors are near those of the delta method
    delta, simulated = fit.impacts().tidy(), fit.impacts(draws=2000, seed=1).tidy()
    direct = delta["component"] == "direct"
    errors = (frame.loc[direct, "std_error"] for frame in (simulated, delta))
    np.testing.assert_allclose(*errors, rtol=0.2)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"cov_type": "hessian"}, "'robust' or 'clustered' by unit with adjusted scores"),
        ({"cov_type": "clustered", "cluster": "time"}, "'clustered' by time"),
        ({"cov_type": "driscoll-kraay"}, "driscoll-kraay"),
        ({"correction": "elhorst"}, "'auto', 'second-order' or 'robust-score' with missing"),
        ({"correction": None}, "'auto', 'second-order' or 'robust-score' with missing"),
    ],
)
def test_what_is_not_offered_is_refused_by_name(options, named):
    W = scattered(seed=2, k=4)
    panel = with_gaps(drawn(bd.SpatialLag, W, seed=3))
    with pytest.raises(bd.errors.OptionError, match=named):
        bd.SpatialLag(FORMULA, **options).fit(panel, W)


@pytest.mark.parametrize(
    "options",
    [
        {"cov_type": "classical"},
        {"cov_type": "qml"},
        {"cov_type": "robust", "dynamic": "time"},
        {"cov_type": "robust", "random_effects": "kkp"},
        {"cov_type": "robust", "demean": "before-lag"},
        {"cov_type": "robust", "method": "gmm"},
    ],
)
def test_robust_scores_refuse_what_they_do_not_have(options):
    with pytest.raises(bd.errors.OptionError):
        bd.SpatialLag(FORMULA, correction="robust-score", **options)


def test_least_squares_have_no_score_to_adjust():
    with pytest.raises(bd.errors.OptionError, match="a model with a lag of y or of the error"):
        bd.SpatialLagX(FORMULA, correction="robust-score")


def test_the_fit_says_what_it_is():
    W = scattered(seed=2, k=4)
    panel = drawn(bd.SpatialLag, W, seed=3)
    fit = bd.SpatialLag(FORMULA, correction="robust-score", cov_type="robust").fit(panel, W)
    assert "adjusted score, for unequal variances" in str(fit.summary())
    assert "there is no likelihood" in str(fit.summary())
    assert fit.described["correction"] == "robust-score"
    assert np.isnan(fit.loglik)
    assert fit.converged


def test_tests_of_maximum_likelihood_do_not_take_robust_scores_for_it():
    W = scattered(seed=2, k=4)
    options = {"correction": "robust-score", "cov_type": "robust"}
    lag = bd.SpatialLag(FORMULA, **options).fit(drawn(bd.SpatialLag, W, seed=3), W)
    reasons = [test.reason for test in bd.residual_tests(lag)]
    assert any("LM tests are for static fits by maximum likelihood" in (r or "") for r in reasons)
    durbin = bd.SpatialDurbin(FORMULA, **options).fit(drawn(bd.SpatialDurbin, W, seed=3), W)
    likelihood_ratio = list(bd.common_factor_test(durbin))[-1]
    assert likelihood_ratio.reason == "Adjusted scores have no likelihood."
