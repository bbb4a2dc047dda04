"""Covariances of adjusted scores against the matrices of their quadratic forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bevdrivers.models.quasi_score.covariance import (
    Forms,
    cell_variances,
    clusters_of_units,
    expected_slope,
    moments_of_errors,
    one_variance,
    unequal_variances,
)
from bevdrivers.models.quasi_score.score import QuasiScore

from .small import BOTH, Paper, unbalanced


def symmetric(C: np.ndarray) -> np.ndarray:
    return (C + C.T) / 2


@pytest.fixture(params=[False, True], ids=["one variance", "robust"])
def forms(request):
    return Forms(QuasiScore.of(unbalanced(), request.param).at(BOTH))


def matrices(forms: Forms) -> list[np.ndarray]:
    """C of rho, lam and sigma2, as on paper."""
    paper = Paper(forms.state.of.data, BOTH)
    Q = paper.Q
    made = [symmetric(Q @ paper.G), symmetric(Q @ paper.H @ Q), Q]
    if not forms.state.of.robust:
        return made
    for k, diagonal in enumerate((np.diag(Q @ paper.G), np.diag(Q @ paper.H @ Q))):
        d = np.linalg.solve(Q * Q, diagonal)
        made[k] = made[k] - Q @ np.diag(d) @ Q
    return made


def test_quadratic_forms_are_those_of_the_equations(forms):
    identity = np.eye(forms.state.of.data.n)
    for k, C in zip(forms.quadratic, matrices(forms), strict=True):
        np.testing.assert_allclose(forms.times(k, identity), C, atol=1e-9)
        np.testing.assert_allclose(forms.of_probes[k], C, atol=1e-9)


def test_robust_forms_have_no_diagonal():
    forms = Forms(QuasiScore.of(unbalanced(), True).at(BOTH))
    np.testing.assert_allclose(forms.diagonals[:, 2:4], 0.0, atol=1e-9)


def test_sums_of_products_are_double_sums(forms):
    w = np.random.default_rng(0).uniform(0.5, 2.0, forms.state.of.data.n)
    Cs = matrices(forms)
    found = forms.products(w)
    for k, C in zip(forms.quadratic, Cs, strict=True):
        for m, D in zip(forms.quadratic, Cs, strict=True):
            assert found[k, m] == pytest.approx(w @ (C * D) @ w, abs=1e-9)


def test_error_of_the_effects_is_taken_off(forms):
    w = np.random.default_rng(0).uniform(0.5, 2.0, forms.state.of.data.n)
    paper = Paper(forms.state.of.data, BOTH)
    K = paper.Q @ paper.G @ (np.eye(len(w)) - paper.Q)
    assert forms.of_effects(w) == pytest.approx(w @ (K * K) @ w, abs=1e-9)


def test_variance_under_one_distribution_by_its_definition():
    # var(a'v + v'Cv) of iid v, written out with its four kinds of terms
    forms = Forms(QuasiScore.of(unbalanced(), False).at(BOTH))
    state, Cs = forms.state, matrices(forms)
    third, fourth = moments_of_errors(state)
    s2 = state.sigma2
    expected = s2 * forms.linear.T @ forms.linear
    for k, C in zip(forms.quadratic, Cs, strict=True):
        for j in range(forms.P):
            expected[j, k] += third * forms.linear[:, j] @ np.diag(C)
            expected[k, j] += third * forms.linear[:, j] @ np.diag(C)
        for m, D in zip(forms.quadratic, Cs, strict=True):
            excess = (fourth - 3 * s2**2) * np.diag(C) @ np.diag(D)
            expected[k, m] += 2 * s2**2 * np.trace(C @ D) + excess
    expected[2, 2] -= forms.of_effects(np.full(state.of.data.n, s2))
    np.testing.assert_allclose(one_variance(forms, normal=False), expected, atol=1e-9)


def test_moments_of_errors_undo_the_projection():
    # residuals of known third and fourth moments: their expectations over the law of v, term by term
    state = QuasiScore.of(unbalanced(K=0), False).at(BOTH)
    Q = Paper(state.of.data, BOTH).Q
    third, fourth = moments_of_errors(state)
    e, s2 = state.e, state.sigma2
    assert np.mean(e**3) == pytest.approx(third * np.mean(np.sum(Q**3, axis=1)), rel=1e-9)
    normal = 3 * s2**2 * np.mean(np.sum(Q**2, axis=1) ** 2 - np.sum(Q**4, axis=1))
    of_fourth = fourth * np.mean(np.sum(Q**4, axis=1))
    assert np.mean(e**4) == pytest.approx(of_fourth + normal, rel=1e-9)


def test_expected_slope_is_the_mean_of_slopes():
    # the equations are quadratic in the errors, and so are their slopes: their expectation over
    # unit vectors is exact. Without regressors b has no part in it.
    data = unbalanced(K=0, seed=1)
    paper = Paper(data, BOTH)
    mean = data.D.toarray() @ np.random.default_rng(2).standard_normal(data.D.shape[1])
    sigma2 = 1.0

    def slope(e: np.ndarray) -> np.ndarray:
        state = QuasiScore.of(replace(data, y=paper.outcome(mean, e)), False).at(BOTH)
        # e'e - (n - r) sigma2 is zero at its own sigma2: so is what depends on it
        J = state.jacobian()
        w = state.variances
        for row, (_, slopes) in enumerate(state._expectations):
            J[row, :-1] += (w - sigma2) @ slopes
        return J

    nothing = slope(np.zeros(data.n) + 1e-12)
    total = nothing.copy()
    for u in np.eye(data.n):
        total += (slope(u) + slope(-u)) / 2 - nothing
    state = QuasiScore.of(replace(data, y=paper.outcome(mean, np.zeros(data.n))), False).at(BOTH)
    expected = expected_slope(Forms(state))
    # that of the truth: sigma2 and what the effects add to R B y are known there
    Q, G, H = paper.Q, paper.G, paper.H
    a = Q @ paper.R @ paper.B @ np.linalg.solve(paper.A, mean)
    of_traces = np.array(
        [
            [np.trace(G.T @ Q @ G) + np.trace(Q @ G @ G), np.trace(G.T @ Q @ H + Q @ G @ H)],
            [
                np.trace(Q @ G.T @ Q @ H) + np.trace(Q @ H @ Q @ G),
                np.trace(Q @ H.T @ Q @ H) + np.trace(Q @ H @ Q @ H),
            ],
        ]
    )
    of_traces[0, 0] += a @ a
    np.testing.assert_allclose(-total[:2, :2], of_traces, atol=1e-8)
    # and the function has these traces times its sigma2, the errors of effects in a'a apart
    drawn = QuasiScore.of(data, False).at(BOTH)
    P = np.eye(data.n) - Q
    found = expected_slope(Forms(drawn))[:2, :2] / drawn.sigma2
    own = Forms(drawn).linear[:, 0] @ Forms(drawn).linear[:, 0] / drawn.sigma2
    of_traces[0, 0] += own - a @ a - np.sum((Q @ G @ P) ** 2)
    np.testing.assert_allclose(found, of_traces, atol=1e-9)
    assert np.isfinite(expected).all()


def test_clusters_are_sums_over_units_and_pairs_of_units(forms):
    state = forms.state
    data, e = state.of.data, state.e
    units = np.unique(data.unit)
    Cs = [np.zeros((data.n, data.n))] * 2 + matrices(forms)
    expected = np.zeros((forms.P, forms.P))
    for g in units:
        own = data.unit == g
        sums = forms.linear[own].T @ e[own]
        for k in forms.quadratic:
            sums[k] += e[own] @ Cs[k][np.ix_(own, own)] @ e[own]
            if not state.of.robust:
                sums[k] -= state.sigma2 * np.trace(Cs[k][np.ix_(own, own)])
        expected += np.outer(sums, sums)
        for h in units[units > g]:
            other = data.unit == h
            pair = np.array([2 * e[own] @ C[np.ix_(own, other)] @ e[other] for C in Cs])
            expected += np.outer(pair, pair)
    scale = len(units) / (len(units) - 1)
    with pytest.warns(match="7 clusters"):
        found = clusters_of_units(forms)
    quadratic = slice(2, None)
    np.testing.assert_allclose(found[quadratic, quadratic], scale * expected[quadratic, quadratic])
    np.testing.assert_allclose(found, scale * expected, rtol=1e-9, atol=1e-9)


def test_unequal_variances_by_their_definition(forms):
    state, Cs = forms.state, matrices(forms)
    w = cell_variances(state)
    v = np.sign(state.e) * np.sqrt(np.maximum(w, 0.0))
    linear = forms.linear
    expected = (linear * w[:, None]).T @ linear
    if not state.of.robust:
        sums = linear * v[:, None]
        for k, C in zip(forms.quadratic, Cs, strict=True):
            sums[:, k] += np.diag(C) * (w - state.sigma2)
        expected = sums.T @ sums
    for k, C in zip(forms.quadratic, Cs, strict=True):
        for m, D in zip(forms.quadratic, Cs, strict=True):
            both = C * D
            if not state.of.robust:
                both = both - np.diag(np.diag(both))
            expected[k, m] += 2 * w @ both @ w
    expected[2, 2] -= forms.of_effects(w)
    # of sigma2 in robust scores nothing is used
    last = forms.P - state.of.robust
    found = unequal_variances(forms)
    np.testing.assert_allclose(found[:last, :last], expected[:last, :last], atol=1e-9)


def test_cell_variances_are_unbiased():
    # E e_i^2 = sum_j m_ij^2 w_j with the projection off effects and regressors
    data = unbalanced()
    w = np.random.default_rng(3).uniform(0.5, 2.0, data.n)
    state = QuasiScore.of(data, True).at(BOTH)
    whole = state.orthonormal.and_columns(state.filtered[:, :2])
    np.testing.assert_allclose(whole.variances(whole.dense**2 @ w), w, atol=1e-9)
