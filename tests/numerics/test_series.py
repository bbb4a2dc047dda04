"""Weights whose factors do not fit: series in polynomials of W against eigenvalues and factors, and
what they cost.
"""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from scipy.linalg import hadamard
from scipy.spatial import cKDTree

import bevdrivers as bd
from bevdrivers.models.impacts import mean_multipliers
from bevdrivers.models.ml import operators
from bevdrivers.numerics import linalg, series_log_determinants
from bevdrivers.numerics.eigenvalue_log_determinants import Spectrum
from bevdrivers.numerics.factored_log_determinants import FactoredSpectrum
from bevdrivers.numerics.linalg import Pencil, eigenvalues
from bevdrivers.numerics.series_log_determinants import SeriesSpectrum, expected_fill
from bevdrivers.weights import weights as weights_module

from .test_scale import draw, grid, nearest

# with as many probing vectors as units, all orthogonal, a trace is a sum over them without error;
# what is left is the series, 128 terms of it, and rounding
ROUNDING = 1e-9


def decaying(
    N: int, reach: float = 0.4, seed: int = 0, normalise: str | None = "row"
) -> bd.SpatialWeights:
    """One over the distance up to `reach`: symmetric links."""
    points = cKDTree(np.random.default_rng(seed).uniform(size=(N, 2)))
    links = sparse.csr_array(points.sparse_distance_matrix(points, reach, output_type="coo_matrix"))
    links.eliminate_zeros()
    links.data = 1.0 / links.data
    return bd.SpatialWeights.from_matrix(
        links, [f"u{i:06d}" for i in range(N)], normalise=normalise
    )


@pytest.fixture
def forced(monkeypatch):
    """Send small samples down the path of weights whose factors do not fit."""
    for name in (
        "EIGEN_UNITS",
        "EIGEN_UNITS_ASYMMETRIC",
        "DENSE_UNITS",
        "MATRIX_UNITS",
        "MOST_FILL",
    ):
        monkeypatch.setattr(weights_module, name, 0)
    monkeypatch.setattr(operators, "DENSE_UNITS", 0)
    monkeypatch.setattr(mean_multipliers, "DENSE_UNITS", 0)


@pytest.fixture
def all_signs(monkeypatch):
    """Probing with all rows of a Hadamard matrix."""
    for module in (series_log_determinants, operators):
        monkeypatch.setattr(module, "signs", lambda N: hadamard(N).astype(float))


CASES = {
    "symmetric": lambda: decaying(128),
    "asymmetric": lambda: nearest(128, k=20),
    "not normalised": lambda: decaying(128, normalise=None),
    "spectral": lambda: decaying(128, normalise="spectral"),
    "kept island": lambda: bd.SpatialWeights.from_matrix(
        np.pad(decaying(127).links.toarray(), (0, 1)), range(128), islands="keep"
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("without_unit", [False, True])
def test_series_equal_eigenvalues(case, without_unit, forced, all_signs):
    W = CASES[case]()
    computed, exact = W.spectrum, Spectrum(eigenvalues(W.dense))
    assert isinstance(computed, SeriesSpectrum)
    low, high = computed.bounds
    assert exact.bounds[0] <= low < 0 < high <= exact.bounds[1] * (1 + 1e-12)
    if without_unit:
        if not W.row_normalised:
            return
        computed, exact = computed.without_unit, exact.without_unit
    for share in (-0.85, -0.3, 1e-9, 0.2, 0.6, 0.8):
        rho = share * high
        # the second derivative of the left-out terms is some MOMENTS^2 times them
        for got, true, slack in zip(computed.at(rho), exact.at(rho), (1, 1e2, 1e4), strict=True):
            assert got == pytest.approx(true, rel=ROUNDING * slack, abs=ROUNDING * slack * 128)
        assert computed.log_determinant(rho) == computed.at(rho)[0]


@pytest.mark.parametrize("case", ["symmetric", "asymmetric"])
def test_stated_errors_hold(case, forced):
    W = CASES[case]()
    exact = Spectrum(eigenvalues(W.dense))
    for rho in (-0.6, 0.3, 0.9):
        value, slope, left = W.spectrum.errors(rho)
        computed, true = W.spectrum.at(rho), exact.at(rho)
        # 500 vectors: beyond 4 standard errors once in 16,000
        assert abs(computed[0] - true[0]) < 4 * value + left
        assert abs(computed[1] - true[1]) < 4 * slope + left * series_log_determinants.MOMENTS
        assert value < 0.2


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("share", [-0.7, 0.0, 0.5, 0.97])
def test_solves_and_transposes(case, share, forced):
    W = CASES[case]()
    rho = share * W.spectrum.bounds[1]
    A = np.eye(128) - rho * W.dense
    right = np.random.default_rng(0).normal(size=(128, 3))
    resolvent = W.pencil.at(rho)
    np.testing.assert_allclose(resolvent.solve(right), np.linalg.solve(A, right), atol=1e-9)
    np.testing.assert_allclose(
        resolvent.solve(right[:, 0]), np.linalg.solve(A, right[:, 0]), atol=1e-9
    )
    np.testing.assert_allclose(
        resolvent.solve(right, transposed=True), np.linalg.solve(A.T, right), atol=1e-9
    )
    np.testing.assert_allclose(
        resolvent.over_units(right.T), np.linalg.solve(A, right).T, atol=1e-9
    )


@pytest.mark.parametrize(
    "model", [bd.SpatialLag, bd.SpatialError, bd.SpatialDurbin, bd.GeneralNesting]
)
@pytest.mark.parametrize(
    "make", [CASES["symmetric"], CASES["asymmetric"]], ids=["symmetric", "asymmetric"]
)
def test_estimates_at_the_seam_agree(model, make, request):
    W = make()
    panel = draw(W, model, T=20)
    exact = model("y ~ x1 + x2").fit(panel, W)
    request.getfixturevalue("forced")
    plain = model("y ~ x1 + x2").fit(panel, make())
    text = plain.summary()
    assert "probed traces" in text
    # off by what the summary says: a twentieth of a standard error or so here, with 500 vectors on
    # 128 units
    assert np.all(np.abs(plain.params - exact.params) < 0.2 * exact.std_errors)
    request.getfixturevalue("all_signs")
    again = make()
    large = model("y ~ x1 + x2").fit(panel, again)
    spectrum = (large.sample.W or large.sample.M).spectrum
    assert isinstance(spectrum, SeriesSpectrum)
    np.testing.assert_allclose(large.params, exact.params, atol=1e-6)
    np.testing.assert_allclose(large.std_errors, exact.std_errors, rtol=1e-5)
    a, b = exact.impacts(), large.impacts()
    np.testing.assert_allclose(b.frame, a.frame, atol=1e-5)
    np.testing.assert_allclose(b.errors, a.errors, rtol=1e-4, atol=1e-12)


def test_nothing_is_factorised_and_no_square_array_made(forced, monkeypatch):
    """4,000 units with 60 links: an N x N array of floats would be 128 MB."""

    def refuse(*args, **kwargs):
        raise AssertionError("factorised")

    monkeypatch.setattr(linalg, "splu", refuse)
    W = nearest(4000, k=60)
    panel = draw(W, T=3)
    fresh = nearest(4000, k=60)
    tracemalloc.start()
    fit = bd.SpatialDurbin("y ~ x1 + x2").fit(panel, fresh)
    fit.impacts()
    fit.summary()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64e6


@pytest.mark.parametrize(
    "W", [nearest(3000), nearest(3000, k=30), grid(60)], ids=["6", "30", "grid"]
)
def test_expected_fill(W):
    true = Pencil(W.sparse).factor(0.3).nnz
    assert true / 2 < expected_fill(W.sparse) < 5 * true


def test_what_is_chosen():
    """Neighbours in the plane have sparse factors, links at random have not."""
    rng = np.random.default_rng(0)
    ends = rng.integers(0, 1500, size=(2, 6000))
    links = sparse.csr_array((np.ones(6000), ends), shape=(1500, 1500))
    links = sparse.csr_array(
        links + sparse.eye_array(1500, k=1) - sparse.diags_array(links.diagonal())
    )
    links.eliminate_zeros()
    links.data[:] = 1.0
    at_random = bd.SpatialWeights.from_matrix(links, range(1500), islands={1499: [0]})
    assert isinstance(at_random.pencil.W, np.ndarray)
    assert isinstance(at_random.spectrum, FactoredSpectrum)
    assert sparse.issparse(nearest(1500).pencil.W)


def test_weights_whose_factors_do_not_fit_choose_series(monkeypatch):
    monkeypatch.setattr(weights_module, "MATRIX_UNITS", 1000)
    monkeypatch.setattr(weights_module, "MOST_FILL", 1e6)
    assert isinstance(nearest(1500).spectrum, FactoredSpectrum)
    assert isinstance(decaying(1500, reach=0.3).spectrum, SeriesSpectrum)
