"""Factorised and interpolated log-determinants against closed forms and dense matrices."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import Polynomial
from scipy import sparse

from bevdrivers.numerics import factored_log_determinants
from bevdrivers.numerics.factored_log_determinants import (
    CELL_NODES,
    SEARCH_POINTS,
    ChebyshevCells,
    CrossTrace,
    FactoredSpectrum,
    factored_bounds,
    search_points,
)
from bevdrivers.numerics.linalg import RHO_FLOOR, Pencil

# a range that is neither centred at zero nor of length two
RANGE = (-2.5, 0.8)
RHOS = [-2.4999, -2.3, -1.1, -0.85, 0.0, 0.3, 0.77, 0.7999]


def links(N: int = 30, seed: int = 0, symmetric: bool = False) -> np.ndarray:
    """Weights between units at random, uneven, with a zero diagonal."""
    rng = np.random.default_rng(seed)
    W = rng.uniform(0.2, 1.0, size=(N, N)) * (rng.uniform(size=(N, N)) < 0.2)
    W += np.roll(np.eye(N), 1, axis=1)
    if symmetric:
        W = W + W.T
    np.fill_diagonal(W, 0.0)
    return W


def spectrum(W: np.ndarray, **options: bool) -> FactoredSpectrum:
    bounds = _exact_bounds(W)
    return FactoredSpectrum(Pencil(sparse.csr_array(W)), bounds, **options)


def _exact_bounds(W: np.ndarray) -> tuple[float, float]:
    real = np.linalg.eigvals(W).real
    return 1 / real.min(), 1 / real.max()


def row_normalised(W: np.ndarray) -> np.ndarray:
    return W / W.sum(axis=1, keepdims=True)


def by_dense(W: np.ndarray, rho: float) -> tuple[float, float, float]:
    """ln|I - rho W|, -tr G and -tr GG."""
    system = np.eye(len(W)) - rho * W
    G = W @ np.linalg.inv(system)
    return np.linalg.slogdet(system)[1], -np.trace(G), -np.trace(G @ G)


def assert_near(computed: tuple[float, ...], expected: tuple[float, ...]) -> None:
    """A value and its two derivatives; each derivative loses some two digits."""
    assert computed[0] == pytest.approx(expected[0], rel=1e-9, abs=1e-9)
    assert computed[1] == pytest.approx(expected[1], rel=1e-7, abs=1e-7)
    assert computed[2] == pytest.approx(expected[2], rel=1e-5, abs=1e-5)


class TestSearchPoints:
    def test_are_the_roots_of_a_chebyshev_polynomial_ascending(self):
        k = np.arange(SEARCH_POINTS)
        roots = -np.cos((2 * k + 1) * np.pi / (2 * SEARCH_POINTS))
        expected = -2.5 + 3.3 * (roots + 1) / 2
        np.testing.assert_allclose(search_points(RANGE), expected, atol=1e-14)


class TestChebyshevCells:
    @pytest.mark.parametrize("rho", RHOS)
    def test_a_function_that_is_singular_at_both_ends(self, rho):
        def exact(r: float) -> float:
            return np.log(1 - r / 0.8) + 3 * np.log(1 + r / 2.5)

        value, first, second = ChebyshevCells(exact, RANGE).at(rho)
        above, below = rho - 0.8, rho + 2.5
        # below 1e-11 of the value; each derivative by u loses some two digits
        assert value == pytest.approx(exact(rho), rel=1e-10, abs=1e-10)
        assert first == pytest.approx(1 / above + 3 / below, rel=2e-8, abs=1e-9)
        assert second == pytest.approx(-1 / above**2 - 3 / below**2, rel=1e-6)

    def test_a_cell_is_made_once_where_it_is_asked_for(self):
        asked = []

        def exact(rho: float) -> float:
            asked.append(rho)
            return rho

        cells = ChebyshevCells(exact, RANGE)
        cells.at(0.3)
        cells.at(0.301)
        assert len(asked) == CELL_NODES == 8
        assert min(asked) < 0.3 < 0.301 < max(asked)
        cells.at(-1.0)
        assert len(asked) == 16
        assert len({*asked}) == 16

    def test_fewer_nodes_are_less_exact(self):
        def error(nodes: int) -> float:
            rhos = np.linspace(-2.4, 0.7, 57)
            cells = ChebyshevCells(np.exp, RANGE, nodes)
            return max(abs(cells.at(rho)[0] - np.exp(rho)) for rho in rhos)

        # tanh is singular at pi/2 off the line, 4 pi half cells: each node takes a factor
        # 4 pi + sqrt(16 pi^2 - 1), some 25, off the error
        assert error(6) > 20 * error(7) > 20**2 * error(8) > 0


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("share", [-0.9, -0.3, 0.2, 0.5, 0.9, 0.99])
class TestFactoredSpectrum:
    def test_of_weights_that_are_not_normalised(self, symmetric, share):
        W = links(symmetric=symmetric)
        factored = spectrum(W, row_normalised=False)
        rho = share * (factored.bounds[1] if share > 0 else -factored.bounds[0])
        value, first, second = by_dense(W, rho)
        assert factored.log_determinant(rho) == pytest.approx(value, abs=1e-11)
        assert_near(factored.at(rho), (value, first, second))
        assert factored.derivatives(rho) == factored.at(rho)[1:]

    def test_of_normalised_rows_with_and_without_the_unit_eigenvalue(self, symmetric, share):
        W = row_normalised(links(symmetric=symmetric))
        factored = spectrum(W, row_normalised=True)
        rho = share * (factored.bounds[1] if share > 0 else -factored.bounds[0])
        value, first, second = by_dense(W, rho)
        assert factored.log_determinant(rho) == pytest.approx(value, abs=1e-11)
        assert_near(factored.at(rho), (value, first, second))

        gap = 1 - rho
        contrasts = factored.without_unit
        expected = (value - np.log(gap), first + 1 / gap, second + 1 / gap**2)
        assert contrasts.log_determinant(rho) == pytest.approx(expected[0], abs=1e-11)
        assert_near(contrasts.at(rho), expected)
        assert contrasts.derivatives(rho) == contrasts.at(rho)[1:]


class TestWhatIsKept:
    def test_factors_serve_once_also_in_contrasts(self, monkeypatch):
        W = row_normalised(links())
        factored = spectrum(W, row_normalised=True)
        asked = []
        plain = Pencil.at

        def counted(pencil: Pencil, rho: float):
            asked.append(rho)
            return plain(pencil, rho)

        monkeypatch.setattr(Pencil, "at", counted)
        factored.log_determinant([0.1, 0.2, 0.1])
        assert asked == [0.1, 0.2]
        contrasts = factored.without_unit
        contrasts.log_determinant(0.2)
        assert asked == [0.1, 0.2]
        contrasts.at(0.3)
        factored.at(0.3)
        assert len(asked) == 2 + CELL_NODES
        assert contrasts is factored.without_unit

    def test_shape_of_rho_is_that_of_the_values(self):
        W = row_normalised(links())
        rho = np.array([[0.1, 0.2, -0.3], [0.4, 0.0, 0.7]])
        expected = [[by_dense(W, value)[0] for value in row] for row in rho]
        factored = spectrum(W, row_normalised=True)
        np.testing.assert_allclose(factored.log_determinant(rho), expected, atol=1e-11)
        np.testing.assert_allclose(
            factored.without_unit.log_determinant(rho), expected - np.log1p(-rho), atol=1e-11
        )
        assert factored.log_determinant(0.2).shape == ()


@pytest.mark.parametrize("normalised", [False, True])
def test_rough_is_the_polynomial_through_the_search_points(normalised):
    """Of what is left without the unit eigenvalue of normalised rows, with its derivatives."""
    W = row_normalised(links()) if normalised else links()
    factored = spectrum(W, row_normalised=normalised)
    points = search_points(factored.bounds)

    def unit(rho):
        return np.log(1 - rho) if normalised else 0.0 * rho

    left = [by_dense(W, rho)[0] - unit(rho) for rho in points]
    through = Polynomial.fit(points, left, SEARCH_POINTS - 1)
    for share in (0.07, 0.4, 0.83):
        rho = factored.bounds[0] + share * np.ptp(factored.bounds)
        value, first, second = factored.rough.at(rho)
        gap = 1 - rho
        of_unit = (np.log(gap), -1 / gap, -1 / gap**2) if normalised else (0.0, 0.0, 0.0)
        assert value == pytest.approx(through(rho) + of_unit[0], abs=1e-10)
        assert first == pytest.approx(through.deriv()(rho) + of_unit[1], rel=1e-8)
        assert second == pytest.approx(through.deriv(2)(rho) + of_unit[2], rel=1e-7)


class TestCrossTrace:
    @pytest.mark.parametrize("share", [0.001, 0.02, 0.3, 0.5, 0.8, 0.98, 0.999])
    @pytest.mark.parametrize("symmetric", [False, True])
    def test_of_weights_that_are_not_normalised(self, share, symmetric):
        W = links(symmetric=symmetric)
        low, high = bounds = _exact_bounds(W)
        rho = low + share * (high - low)
        G = W @ np.linalg.inv(np.eye(30) - rho * W)
        J = np.eye(30) - 1 / 30
        cross = CrossTrace(W, bounds)
        # six nodes a cell
        expected = np.trace(G.T @ G)
        assert cross.at(rho, over_units=False) == pytest.approx(expected, rel=1e-6)
        assert cross.at(rho, over_units=True) == pytest.approx(np.trace(G.T @ J @ G), rel=1e-6)

    def test_both_ways_give_the_same_numbers(self):
        W = links()
        cross = CrossTrace(W, _exact_bounds(W))
        for rho in (-0.1, 0.0, 0.2):
            np.testing.assert_allclose(cross._by_solving(rho), cross._by_cholesky(rho), rtol=1e-10)

    def test_solves_within_a_hundredth_of_the_range_from_either_end(self, monkeypatch):
        monkeypatch.setattr(CrossTrace, "_by_solving", lambda self, rho: (1.0, 1.0))
        monkeypatch.setattr(CrossTrace, "_by_cholesky", lambda self, rho: (2.0, 2.0))
        low, high = RANGE
        cross = CrossTrace(links(), RANGE)
        for inside, expected in ((0.03, 1.0), (0.036, 2.0)):
            assert cross._exact(low + inside)[0] == expected
            assert cross._exact(high - inside)[0] == expected

    def test_a_cell_takes_six_factors(self, monkeypatch):
        asked = []
        plain = CrossTrace._exact
        monkeypatch.setattr(
            CrossTrace, "_exact", lambda self, rho: asked.append(rho) or plain(self, rho)
        )
        cross = CrossTrace(links(), (-1.0, 0.1))
        cross.at(0.05, over_units=False)
        assert len(asked) == factored_log_determinants.CROSS_NODES == 6


class TestBounds:
    @pytest.mark.parametrize("scale", [1e-10, 1.0, 1e6])
    @pytest.mark.parametrize("symmetric", [False, True])
    def test_are_one_over_the_extreme_real_parts_drawn_in(self, symmetric, scale):
        """Whatever the unit in which the weights are measured."""
        W = links(80, symmetric=symmetric)
        low, high = _exact_bounds(W)
        as_sparse = sparse.csr_array(scale * W)
        bounds = factored_bounds(as_sparse, as_sparse, row_normalised=False)
        # found to a thousandth, and drawn in by a thousandth
        assert low * (1 - 2e-3) >= scale * bounds[0] > low
        assert high * (1 - 2e-3) <= scale * bounds[1] < high

    def test_of_normalised_rows_of_symmetric_links(self):
        both = links(80, symmetric=True)
        W = row_normalised(both)
        low = 1 / np.linalg.eigvals(W).real.min()
        bounds = factored_bounds(sparse.csr_array(W), sparse.csr_array(both), row_normalised=True)
        assert low < bounds[0] <= low * (1 - 2e-3)
        assert bounds[1] == 1.0

    def test_of_links_that_never_lead_back(self):
        W = sparse.csr_array(np.triu(links(20)))
        assert factored_bounds(W, W, row_normalised=False) == (RHO_FLOOR, -RHO_FLOOR)

    def test_without_a_negative_eigenvalue(self):
        """2 on the diagonal and a half beside it: eigenvalues from 1 to 3."""
        line = sparse.diags_array([0.5, 2.0, 0.5], offsets=[-1, 0, 1], shape=(40, 40))
        W = sparse.csr_array(line)
        largest = 2 + np.cos(np.pi / 41)
        low, high = factored_bounds(W, W, row_normalised=False)
        assert low == pytest.approx(RHO_FLOOR / largest, rel=1e-3)
        assert (1 - 2e-3) / largest <= high < 1 / largest

    def test_of_normalised_rows_without_a_negative_eigenvalue(self):
        """Half on the diagonal, a quarter on either side of a ring: eigenvalues from 0 to 1."""
        ring = np.eye(40, k=1) + np.eye(40, k=39)
        W = sparse.csr_array(0.5 * np.eye(40) + 0.25 * (ring + ring.T))
        assert factored_bounds(W, W, row_normalised=True) == (RHO_FLOOR, 1.0)

    def test_an_eigenvalue_of_zero_is_no_end(self):
        """A matrix of ones: N once, and zero but for rounding."""
        W = sparse.csr_array(np.ones((40, 40)))
        low, high = factored_bounds(W, W, row_normalised=False)
        assert low == pytest.approx(RHO_FLOOR / 40, rel=1e-9)
        assert high == pytest.approx(1 / 40, rel=2e-3)
