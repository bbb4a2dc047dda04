"""Large samples: series, probing and sparse factors against the dense path, on samples small enough
for both.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.models.quasi_score import (
    covariance,
    lines,
    method,
    operators,
    projection,
    score,
    search,
)
from bevdrivers.models.quasi_score.covariance import (
    Forms,
    clusters_of_units,
    moments_of_errors,
    one_variance,
    sandwich,
    unequal_variances,
)
from bevdrivers.models.quasi_score.moments import LineOfRho
from bevdrivers.models.quasi_score.score import QuasiScore
from bevdrivers.models.quasi_score.search import find_root

from ...made_up import drawn, scattered
from .small import unbalanced
from .test_method import with_gaps

LAGS = {"y": [0.3], "error": [0.3], "both": [0.3, -0.25]}


def panel(lags: str, **options):
    return unbalanced(lags=lags, N=24, T=6, row=True, seed=4, **options)


@pytest.fixture
def large(monkeypatch):
    """Takes every sample for a large one."""

    def switch() -> None:
        for module in (operators, projection, score, search, covariance, method, lines):
            monkeypatch.setattr(module, "EXACT_CELLS", 10)
        for module in (operators, covariance):
            monkeypatch.setattr(module, "PROBES", 30_000)
        monkeypatch.setattr(covariance, "ROWS", 120)

    return switch


@pytest.mark.parametrize("lags", LAGS)
def test_series_and_sparse_factors_are_the_dense_path(large, lags):
    data, p = panel(lags), np.array(LAGS[lags])
    dense = QuasiScore.of(data, False).at(p)
    z = np.eye(data.n)
    expected = [dense.projection.off(z), dense.b, dense.e, dense.effects]
    if data.B is not None:
        expected += [dense.operators.G(z), dense.operators.G(z, transposed=True)]
    if data.M is not None:
        expected += [dense.operators.H(z), dense.operators.H(z, transposed=True)]
    large()
    sparse = QuasiScore.of(data, False).at(p)
    found = [sparse.projection.off(z), sparse.b, sparse.e, sparse.effects]
    if data.B is not None:
        found += [sparse.operators.G(z), sparse.operators.G(z, transposed=True)]
    if data.M is not None:
        found += [sparse.operators.H(z), sparse.operators.H(z, transposed=True)]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-8)


@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.2, 0.7])
def test_line_of_rho_is_the_score_itself(robust, rho):
    # with unit vectors for probes the traces are exact
    q = QuasiScore.of(panel("y"), robust)
    state = q.at(np.array([rho]))
    value, slope = LineOfRho(q).at(rho)
    assert value == pytest.approx(state.value()[0], rel=1e-7)
    assert slope == pytest.approx(state.slope()[0, 0], rel=1e-7)


def test_variances_by_iteration(large):
    data = panel("y")
    squares = np.random.default_rng(0).uniform(size=data.n)
    dense = QuasiScore.of(data, True).effects.at(0.0).variances(squares)
    large()
    np.testing.assert_allclose(
        QuasiScore.of(data, True).effects.at(0.0).variances(squares), dense, atol=1e-6
    )


@pytest.mark.parametrize(
    "lags", ["y", *(pytest.param(lags, marks=pytest.mark.slow) for lags in ("error", "both"))]
)
def test_probed_estimates_are_near_the_exact_ones(large, lags):
    data = panel(lags)
    exact, _ = find_root(QuasiScore.of(data, False))
    error = errors_of(data, exact)
    large()
    probed, _ = find_root(QuasiScore.of(data, False))
    # some 200 vectors: their noise is a fourteenth of that of the sample
    np.testing.assert_allclose(probed, exact, atol=0.15 * error)


def errors_of(data, p) -> float:
    forms = Forms(QuasiScore.of(data, False).at(p))
    covariance_ = sandwich(forms, one_variance(forms, normal=True))
    return float(np.sqrt(np.diag(covariance_)[2:]).min())


@pytest.mark.parametrize("kind", ["classical", "qml", "robust", "clustered"])
def test_probed_covariances_are_near_the_exact_ones(large, kind):
    variances = {
        "classical": lambda forms: one_variance(forms, normal=True),
        "qml": lambda forms: one_variance(forms, normal=False),
        "robust": unequal_variances,
        "clustered": clusters_of_units,
    }
    data, p = panel("both"), np.array([0.3, -0.25])
    forms = Forms(QuasiScore.of(data, False).at(p))
    exact = np.sqrt(np.diag(sandwich(forms, variances[kind](forms))))
    large()
    forms = Forms(QuasiScore.of(data, False).at(p))
    probed = np.sqrt(np.diag(sandwich(forms, variances[kind](forms))))
    # robust: without a factor the leverage of each cell is not known, only its mean
    np.testing.assert_allclose(probed, exact, rtol=0.15 if kind == "robust" else 0.03)


def test_robust_scores_with_a_lag_of_the_error_need_a_small_sample(large):
    data = panel("error")
    large()
    with pytest.raises(ValueError, match="lag of the error in more than 10 observations"):
        QuasiScore.of(data, True).at(np.array([0.3])).value()


def test_moments_from_some_rows(large):
    data = panel("y")
    exact = moments_of_errors(QuasiScore.of(data, False).at(np.array([0.3])))
    large()
    some = moments_of_errors(QuasiScore.of(data, False).at(np.array([0.3])))
    assert some == pytest.approx(exact, rel=0.05)


@pytest.mark.parametrize("lags", LAGS)
def test_probing_errors_are_the_spread_over_seeds(large, monkeypatch, lags):
    data, p = panel(lags), np.array(LAGS[lags])
    large()
    # some 20 vectors, so that there is something to see
    monkeypatch.setattr(operators, "PROBES", 20 * data.n)
    values = []
    errors = []
    for seed in range(60):
        monkeypatch.setattr(operators, "PROBE_SEED", seed)
        q = QuasiScore.of(data, False)
        operators._signs.cache_clear()
        state = q.at(p)
        values.append(LineOfRho(q).at(p[0])[:1] if lags == "y" else state.value())
        errors.append(state.probing_errors())
    operators._signs.cache_clear()
    spread = np.std(values, axis=0, ddof=1)
    # 60 draws tell a standard deviation to 9 %
    np.testing.assert_allclose(np.mean(errors, axis=0), spread, rtol=0.3)


def test_the_summary_says_how_far_probing_moves_the_estimates(large):
    W = scattered(24, seed=2, k=4)
    missing = with_gaps(drawn(bd.SpatialLag, W, T=6, seed=3))
    large()
    fit = bd.SpatialLag("y ~ x1 + x2").fit(missing, W)
    said = " ".join(str(fit.summary()).split())
    assert re.search(r"their standard error moves rho by 0\.\d+ of a standard error", said)


def test_small_samples_have_no_probing_errors():
    state = QuasiScore.of(panel("both"), False).at(np.array(LAGS["both"]))
    np.testing.assert_array_equal(state.probing_errors(), 0.0)
