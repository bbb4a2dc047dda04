"""The equations of the adjusted score against dummies, matrices and expectations without any
algebra of theirs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bevdrivers.errors import IdentificationError
from bevdrivers.models.quasi_score.projection import Effects
from bevdrivers.models.quasi_score.score import QuasiScore

from .small import BOTH, Paper, unbalanced

EFFECTS = ["two-way", "unit", "time", None]
LAGS = ["y", "error", "both"]


def parameters(lags: str) -> np.ndarray:
    return {"y": BOTH[:1], "error": BOTH[1:], "both": BOTH}[lags]


@pytest.mark.parametrize("effects", EFFECTS)
@pytest.mark.parametrize("lags", LAGS)
def test_residuals_and_coefficients_are_those_with_explicit_dummies(effects, lags):
    data = unbalanced(effects, lags)
    p = parameters(lags)
    paper = Paper(data, p)
    state = QuasiScore.of(data, False).at(p)
    columns = paper.R @ np.hstack([data.Z, data.D.toarray()])
    outcome = paper.R @ paper.A @ data.y
    all_coefficients = np.linalg.lstsq(columns, outcome, rcond=None)[0]
    e = outcome - columns @ all_coefficients
    np.testing.assert_allclose(state.b, all_coefficients[:2], atol=1e-10)
    np.testing.assert_allclose(state.e, e, atol=1e-10)
    dummies = data.D.toarray()
    # old versions of NumPy have no rank of a matrix without columns
    rank = np.linalg.matrix_rank(dummies) if dummies.size else 0
    assert state.sigma2 == pytest.approx(e @ e / (data.n - rank), rel=1e-12)
    # what the dummies add to y
    added = data.D.toarray() @ all_coefficients[2:]
    np.testing.assert_allclose(state.effects, added, atol=1e-9)


@pytest.mark.parametrize("effects", EFFECTS)
@pytest.mark.parametrize("robust", [False, True])
def test_values_are_the_formulas_in_matrices(effects, robust):
    data = unbalanced(effects)
    paper = Paper(data, BOTH)
    state = QuasiScore.of(data, robust).at(BOTH)
    e, Q = state.e, paper.Q
    w = np.linalg.solve(Q * Q, e * e) if robust else np.full(data.n, state.sigma2)
    of_rho = (paper.R @ paper.B @ data.y) @ e - w @ np.diag(Q @ paper.G)
    of_lam = e @ paper.H @ e - w @ np.diag(Q @ paper.H @ Q)
    expected = np.array([of_rho, of_lam]) / state.sigma2
    np.testing.assert_allclose(state.value(), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("effects", EFFECTS)
@pytest.mark.parametrize("lags", LAGS)
@pytest.mark.parametrize("robust", [False, True])
def test_expectations_are_zero_at_the_truth(effects, lags, robust):
    # quadratic in independent errors: E f(v) - f(0) = sum_i w_i [f(u_i) + f(-u_i) - 2 f(0)] / 2
    # with the unit vectors u_i, whatever f is made of
    data = unbalanced(effects, lags, K=0, seed=1)
    p = parameters(lags)
    paper = Paper(data, p)
    rng = np.random.default_rng(2)
    mean = data.D.toarray() @ rng.standard_normal(data.D.shape[1])
    w = rng.uniform(0.2, 3.0, data.n) if robust else np.ones(data.n)

    def equations(e: np.ndarray) -> np.ndarray:
        state = QuasiScore.of(replace(data, y=paper.outcome(mean, e)), robust).at(p)
        return state.value() * state.sigma2

    assert np.abs(equations(10 * rng.standard_normal(data.n))).min() > 1e-3
    expectation = np.zeros(len(p))
    for weight, u in zip(w, np.eye(data.n), strict=True):
        expectation += weight * (equations(u) + equations(-u)) / 2
    assert np.abs(expectation).max() < 1e-9


def test_one_variance_is_not_enough_under_unequal_ones():
    # the same expectation is far from zero for the scores that suppose one variance
    data = unbalanced("unit", "y", K=0, seed=1)
    paper = Paper(data, BOTH[:1])
    w = np.random.default_rng(2).uniform(0.2, 3.0, data.n)
    C = paper.Q @ paper.G
    total = w @ np.diag(C) - (w @ np.diag(paper.Q)) / np.trace(paper.Q) * np.trace(C)
    assert abs(total) > 0.01


@pytest.mark.parametrize("effects", EFFECTS)
@pytest.mark.parametrize("lags", LAGS)
@pytest.mark.parametrize("robust", [False, True])
def test_slopes_are_differences(effects, lags, robust):
    score = QuasiScore.of(unbalanced(effects, lags), robust)
    p = parameters(lags)
    step = 1e-5
    for column, direction in enumerate(np.eye(len(p)) * step):
        higher, lower = score.at(p + direction), score.at(p - direction)
        difference = (higher.value() - lower.value()) / (2 * step)
        np.testing.assert_allclose(score.at(p).slope()[:, column], difference, rtol=1e-6, atol=1e-6)


def test_dummies_may_be_dependent_and_in_any_order():
    data = unbalanced("two-way", "y")
    D = data.D.toarray()
    twice = replace(data, D=data.D[:, ::-1])
    more = np.hstack([D, D[:, :3].sum(axis=1, keepdims=True), np.zeros((data.n, 1))])
    plain, turned = (QuasiScore.of(one, False).at(BOTH[:1]) for one in (data, twice))
    spanned = QuasiScore.of(replace(data, D=type(data.D)(more)), False).at(BOTH[:1])
    assert plain.projection.rank == np.linalg.matrix_rank(D) == spanned.projection.rank
    np.testing.assert_allclose(turned.e, plain.e, atol=1e-12)
    np.testing.assert_allclose(spanned.e, plain.e, atol=1e-12)


def test_slopes_of_units_are_dummies_like_others():
    data = unbalanced("two-way", "both")
    trend = data.D.toarray()[:, :7] * data.period[:, None]
    D = type(data.D)(np.hstack([data.D.toarray(), trend]))
    trended = replace(data, D=D)
    paper = Paper(trended, BOTH)
    state = QuasiScore.of(trended, False).at(BOTH)
    np.testing.assert_allclose(state.of_rho, np.diag(paper.Q @ paper.G), atol=1e-9)
    assert state.projection.rank == np.linalg.matrix_rank(D.toarray())


def test_two_periods_with_unit_effects_are_refused():
    data = unbalanced("unit", "y", T=2, missing=0.0)
    with pytest.raises(IdentificationError, match="two periods of a unit"):
        QuasiScore.of(data, True).at(BOTH[:1]).value()
    QuasiScore.of(data, False).at(BOTH[:1]).value()


def test_a_cell_with_a_dummy_of_its_own_counts_for_nothing():
    data = unbalanced("unit", "y")
    own = np.zeros((data.n, 1))
    own[3] = 1.0
    state = QuasiScore.of(
        replace(data, D=type(data.D)(np.hstack([data.D.toarray(), own]))), True
    ).at(BOTH[:1])
    assert state.variances[3] == 0.0
    assert np.isfinite(state.value()).all()


def test_squared_projections_without_the_matrix():
    data = unbalanced("two-way", "y")
    projection = Effects.of(data.D, None).at(0.0).and_columns(data.Z)
    x = np.random.default_rng(0).standard_normal(data.n)
    np.testing.assert_allclose(projection.squares(x), projection.dense**2 @ x, atol=1e-12)
