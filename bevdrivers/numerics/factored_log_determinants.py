"""Log-determinants and traces of I - rho W for many units: factorised at a few rho, interpolated
between.

An LU factorisation gives ln|I - rho W| = sum_i ln|u_ii| for one rho. A search needs it, and its
derivatives, at many: so it is factorised at Chebyshev nodes and interpolated by polynomials whose
derivatives are exact.

Source: Pace and Barry (1997), Geographical Analysis 29, 232-247,
doi:10.1111/j.1538-4632.1997.tb00959.x, for sparse factors; Trefethen (2013), Approximation Theory
and Approximation Practice, chapter 8, for the error of interpolation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.polynomial.chebyshev import chebder, chebfit, chebpts1, chebval
from scipy import sparse
from scipy.linalg import blas, lapack
from scipy.sparse import csgraph
from scipy.sparse.linalg import eigs, eigsh

from .linalg import REAL_TOLERANCE, RHO_FLOOR, Pencil, symmetric_form

# Interpolation of a function of rho: nodes a cell, and the width of a cell in u, where rho = middle
# + half tanh(u). In u the singularities at the ends of the range are pushed to infinity and those
# beyond them lie pi/2 off the real line, so that eight Chebyshev nodes on a cell of width 1/4 leave
# a relative error of (pi / (1/8))^-8, below 1e-11.
CELL_NODES = 8
CELL_WIDTH = 0.25
# Standard errors need no more than 1e-7.
CROSS_NODES = 6
# Nearer to an end of the range than this share of it, (I - rho W)'(I - rho W) is too
# ill-conditioned to factorise.
CLOSE = 0.01
# Points at which a search looks first.
SEARCH_POINTS = 9
_SEARCH_SHARES = (1.0 + chebpts1(SEARCH_POINTS)) / 2


def search_points(bounds: tuple[float, float]) -> np.ndarray:
    """Chebyshev points over a range, ascending, (SEARCH_POINTS,): dense near the ends, where
    determinants bend.
    """
    low, high = bounds
    width = high - low
    return low + width * _SEARCH_SHARES


@dataclass(frozen=True, eq=False)
class ChebyshevCells:
    """A smooth function of rho that is dear to evaluate, interpolated in cells of its range, each
    made on demand.

    Attributes
    ----------
    exact : function of a float
    bounds : (float, float)
        The range of rho; the function may be singular at its ends.
    nodes : int
        Each takes a factor 25 off the error.
    """

    exact: Callable[[float], float]
    bounds: tuple[float, float]
    nodes: int = CELL_NODES
    _made: dict[int, np.ndarray] = field(default_factory=dict)

    def at(self, rho: float) -> tuple[float, float, float]:
        """The function and its first and second derivative at rho."""
        # rho = middle + half tanh(u), with u counted in cells
        low, high = self.bounds
        middle = (low + high) / 2
        half = (high - low) / 2
        tanh = (rho - middle) / half
        u = math.atanh(tanh) / CELL_WIDTH
        cell = math.floor(u)

        # T_k(x) = cos(k arccos x), x from -1 to 1 over the cell, times the coefficients of the
        # value and of its two derivatives by u
        x = 2 * (u - cell) - 1
        degrees = np.arange(self.nodes)
        polynomials = np.cos(degrees * math.acos(x))
        value, by_u, by_uu = self._coefficients(cell) @ polynomials

        # the chain rule from u to rho, with rho' = half (1 - tanh^2) and rho'' = -2 tanh rho'
        slope = half * (1 - tanh**2)
        first = float(by_u) / slope
        second = (float(by_uu) + 2 * tanh * slope * first) / slope**2
        return float(value), first, second

    def _coefficients(self, cell: int) -> np.ndarray:
        """Chebyshev coefficients of one cell, (3, nodes): of the function and of its derivatives by
        u.
        """
        if cell not in self._made:
            # the nodes lie in (-1, 1): u takes them to the cell, and tanh(u) to the range of rho
            nodes = chebpts1(self.nodes)
            u = CELL_WIDTH * (cell + (nodes + 1) / 2)
            low, high = self.bounds
            middle = (low + high) / 2
            half = (high - low) / 2
            rhos = middle + half * np.tanh(u)

            values = np.array([self.exact(float(rho)) for rho in rhos])
            degree = self.nodes - 1
            coefficients = chebfit(nodes, values, degree)
            self._made[cell] = _with_derivatives(coefficients, 2 / CELL_WIDTH)
        return self._made[cell]


def _with_derivatives(coefficients: np.ndarray, scale: float) -> np.ndarray:
    """Chebyshev coefficients of a polynomial and of its first two derivatives, times `scale` each,
    (3, length).
    """
    length = len(coefficients)
    rows = np.zeros((3, length))
    for order in range(3):
        derivative = chebder(coefficients, order)
        rows[order, : length - order] = derivative * scale**order
    return rows


@dataclass(frozen=True, eq=False)
class FactoredSpectrum:
    """What `Spectrum` offers, by factorisations instead of eigenvalues, for many units.

    ln|I - rho W| is exact (an LU) where it is asked for by `log_determinant`, and interpolated
    between exact values by `at`, which gives the two derivatives, and so tr G and tr GG, for
    nothing. What was computed is kept.

    Attributes
    ----------
    pencil : Pencil
    bounds : (float, float)
    row_normalised : bool
    drop_unit : bool
        Whether the unit eigenvalue of a row-normalised W is left out, as in contrasts over the
        units.
    """

    pencil: Pencil
    bounds: tuple[float, float]
    row_normalised: bool
    drop_unit: bool = False
    _known: dict[float, float] = field(default_factory=dict)

    @cached_property
    def without_unit(self) -> FactoredSpectrum:
        """The same without the unit eigenvalue; what was computed is shared."""
        contrasts = replace(self, drop_unit=True)
        contrasts.__dict__["_cells"] = self._cells
        return contrasts

    def log_determinant(self, rho: Any) -> Any:
        """ln|I - rho W| for a scalar rho or an array of them (same shape out), by factorisation."""
        rho = np.asarray(rho, dtype=float)
        exact = [self._exact(float(value)) for value in rho.ravel()]
        values = np.array(exact).reshape(rho.shape)
        if self.drop_unit:
            return values - np.log1p(-rho)
        return values

    def at(self, rho: float) -> tuple[float, float, float]:
        """ln|I - rho W| and its first and second derivative by rho, interpolated."""
        return self._with_one(rho, *self._cells.at(rho))

    def derivatives(self, rho: float) -> tuple[float, float]:
        """First and second derivative of ln|I - rho W| by rho: -tr G and -tr GG with G = W (I - rho
        W)^-1.
        """
        return self.at(rho)[1:]

    @cached_property
    def rough(self) -> RoughSpectrum:
        """A polynomial through the exact values at `search_points`: where the maximum is, to about
        1e-3.
        """
        rhos = search_points(self.bounds)
        values = [self._without_one(float(rho)) for rho in rhos]
        nodes = chebpts1(SEARCH_POINTS)
        coefficients = chebfit(nodes, values, SEARCH_POINTS - 1)
        return RoughSpectrum(self, coefficients)

    @cached_property
    def _cells(self) -> ChebyshevCells:
        return ChebyshevCells(self._without_one, self.bounds)

    def _exact(self, rho: float) -> float:
        if rho not in self._known:
            self._known[rho] = self.pencil.at(rho).log_determinant
        return self._known[rho]

    def _without_one(self, rho: float) -> float:
        """The exact value without the unit eigenvalue of a row-normalised W, which is what is
        interpolated.

        ln(1 - rho) goes to minus infinity at the upper end: without it the rest is smooth there.
        """
        if self.row_normalised:
            return self._exact(rho) - math.log1p(-rho)
        return self._exact(rho)

    def _with_one(
        self,
        rho: float,
        value: float,
        first: float,
        second: float,
    ) -> tuple[float, float, float]:
        """What was interpolated, with the unit eigenvalue unless it is dropped."""
        if not self.row_normalised or self.drop_unit:
            return value, first, second
        # ln(1 - rho) and its derivatives
        gap = 1 - rho
        return (
            value + math.log(gap),
            first - 1 / gap,
            second - 1 / gap**2,
        )


@dataclass(frozen=True, eq=False)
class RoughSpectrum:
    """A stand-in for a `FactoredSpectrum` that costs no factorisation more, good enough to bracket
    the maxima.

    Attributes
    ----------
    of : FactoredSpectrum
    coefficients : array of shape (SEARCH_POINTS,)
        Chebyshev coefficients over the whole range of rho.
    """

    of: FactoredSpectrum
    coefficients: np.ndarray

    def at(self, rho: float) -> tuple[float, float, float]:
        """ln|I - rho W| and its first and second derivative by rho, roughly."""
        low, high = self.of.bounds
        width = high - low
        x = (2 * rho - low - high) / width
        of_all_three = _with_derivatives(self.coefficients, 2 / width)
        value, first, second = map(float, chebval(x, of_all_three.T))
        return self.of._with_one(rho, value, first, second)


@dataclass(frozen=True, eq=False)
class CrossTrace:
    """tr G'G, G = W (I - rho W)^-1, in contrasts over the units or not: exact at nodes of rho,
    interpolated between.

    Eigenvalues do not tell it, but with S = (I - rho W)'(I - rho W) it is tr S^-1 W'W, which takes
    one Cholesky factor: a third of the work of G itself.

    Attributes
    ----------
    W : array of shape (N, N)
    bounds : (float, float)
        The range of rho.
    """

    W: np.ndarray
    bounds: tuple[float, float]

    def at(self, rho: float, *, over_units: bool) -> float:
        """tr G'G, or tr G'JG with J = I - 11'/N."""
        return self._cells[over_units].at(rho)[0]

    @cached_property
    def _cells(self) -> tuple[ChebyshevCells, ChebyshevCells]:
        def cells(which: int) -> ChebyshevCells:
            return ChebyshevCells(lambda rho: self._exact(rho)[which], self.bounds, CROSS_NODES)

        return cells(0), cells(1)

    @cached_property
    def _parts(self) -> tuple[np.ndarray, np.ndarray]:
        """W'W and W + W', symmetric."""
        square = self.W.T @ self.W
        both = self.W + self.W.T
        return np.asfortranarray(square), np.asfortranarray(both)

    def _exact(self, rho: float) -> tuple[float, float]:
        """tr G'G and tr G'JG."""
        low, high = self.bounds
        to_nearer_end = min(rho - low, high - rho)
        if to_nearer_end < CLOSE * (high - low):
            return self._by_solving(rho)
        return self._by_cholesky(rho)

    def _by_solving(self, rho: float) -> tuple[float, float]:
        """From G itself, of G' = (I - rho W')^-1 W', where S is too ill-conditioned."""
        system = np.eye(len(self.W)) - rho * self.W.T
        G = np.linalg.solve(system, self.W.T).T
        deviations = G - G.mean(axis=0)
        trace = np.sum(G * G)
        trace_over_units = np.sum(deviations**2)
        return float(trace), float(trace_over_units)

    def _by_cholesky(self, rho: float) -> tuple[float, float]:
        """From the Cholesky factor of S = I - rho (W + W') + rho^2 W'W."""
        square, both = self._parts
        S = rho * rho * square
        S -= rho * both
        np.fill_diagonal(S, S.diagonal() + 1.0)
        factor = lapack.dpotrf(S, lower=1, clean=1, overwrite_a=1)[0]
        inverse = lapack.dpotri(factor, lower=1, overwrite_c=1)[0]

        # tr S^-1 W'W of two symmetric matrices, of which the first has its lower triangle only
        twice = 2.0 * np.vdot(inverse.T, square.T)
        of_diagonals = inverse.diagonal() @ square.diagonal()
        trace = float(twice - of_diagonals)

        # tr G'JG = tr G'G - |G'1|^2 / N, with G'1 = (I - rho W) S^-1 W'1
        column_sums = self.W.sum(axis=0)
        solved = blas.dsymv(1.0, inverse, column_sums, lower=1)
        sums_of_g = solved - rho * (self.W @ solved)
        of_the_mean = float(sums_of_g @ sums_of_g) / len(sums_of_g)
        return trace, trace - of_the_mean


# The extreme eigenvalues of a large W are found to this relative error, and the range of rho is
# drawn in by as much.
BOUND_TOLERANCE = 1e-3


def factored_bounds(
    W: sparse.csr_array,
    links: sparse.csr_array,
    *,
    row_normalised: bool,
) -> tuple[float, float]:
    """An interval of rho around zero in which I - rho W is regular, from the extreme eigenvalues of
    a sparse W.

    For a W that is not similar to a symmetric matrix (a row scaling of symmetric `links`) the ends
    are one over the extreme real parts, which lie inside the admissible range. The upper end of a
    row-normalised W is 1. Links that never lead back have eigenvalues of zero only. As with
    `Spectrum.bounds`, the lower end is `RHO_FLOOR` over the spectral radius where no eigenvalue is
    negative.
    """
    groups, _ = csgraph.connected_components(W, directed=True, connection="strong")
    if groups == W.shape[0]:
        return RHO_FLOOR, -RHO_FLOOR

    # weights are not negative and some lead back: the largest is the spectral radius, above zero
    similar = symmetric_form(W, links)
    if row_normalised:
        largest = 1.0
        high = 1.0
    else:
        largest = _extreme_eigenvalue(W, similar, "L")
        high = (1 - BOUND_TOLERANCE) / largest

    smallest = _extreme_eigenvalue(W, similar, "S")
    low = RHO_FLOOR / largest
    if smallest < -REAL_TOLERANCE * largest:
        low = (1 - BOUND_TOLERANCE) / smallest
    return low, high


def _extreme_eigenvalue(
    W: sparse.csr_array,
    similar: sparse.csr_array | None,
    end: str,
) -> float:
    """The smallest ("S") or largest ("L") eigenvalue of W, or where it has no symmetric form that
    real part.
    """
    options = {
        "k": 1,
        # a start that no seed moves
        "v0": np.cos(np.arange(W.shape[0])),
        "tol": BOUND_TOLERANCE,
        "return_eigenvectors": False,
    }
    if similar is None:
        found = eigs(W, which=f"{end}R", **options)
        return float(found[0].real)
    found = eigsh(similar, which=f"{end}A", **options)
    return float(found[0])
