"""Log-determinants and traces of I - rho W for many units: factorised at a few rho, interpolated between."""

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
from scipy.sparse.linalg import eigs, eigsh

from .linalg import REAL_TOLERANCE, RHO_FLOOR, Pencil, symmetric_form

# Interpolation of a function of rho: nodes a cell, and the width of a cell in u, where rho = middle + half tanh(u). In
# u the singularities at the ends of the range are pushed to infinity and those beyond them lie pi/2 off the real line,
# so that eight Chebyshev nodes on a cell of width 1/4 leave a relative error of (pi / (1/8))^-8, below 1e-11.
CELL_NODES = 8
CELL_WIDTH = 0.25
# Standard errors need no more than 1e-7.
CROSS_NODES = 6
# Nearer to an end of the range than this share of it, (I - rho W)'(I - rho W) is too ill-conditioned to factorise.
CLOSE = 0.01
# Points at which a search looks first.
SEARCH_POINTS = 9
_SEARCH_SHARES = (1.0 + chebpts1(SEARCH_POINTS)) / 2


def search_points(bounds: tuple[float, float]) -> np.ndarray:
    """Chebyshev points over a range, ascending, (SEARCH_POINTS,): dense near the ends, where determinants bend."""
    low, high = bounds
    return low + (high - low) * _SEARCH_SHARES


@dataclass(frozen=True, eq=False)
class Cells:
    """A smooth function of rho that is dear to evaluate, interpolated in cells of its range, each made on demand.

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
        low, high = self.bounds
        half = (high - low) / 2
        tanh = (rho - (low + high) / 2) / half
        u = math.atanh(tanh) / CELL_WIDTH
        cell = math.floor(u)
        # T_k(x) = cos(k arccos x), times the coefficients of the value and of its two derivatives by u
        value, by_u, by_uu = self._series(cell) @ np.cos(np.arange(self.nodes) * math.acos(2 * (u - cell) - 1))
        # rho' = half (1 - tanh^2), rho'' = -2 tanh rho'
        slope = half * (1 - tanh**2)
        first = float(by_u) / slope
        return float(value), first, (float(by_uu) + 2 * tanh * slope * first) / slope**2

    def _series(self, cell: int) -> np.ndarray:
        """Chebyshev coefficients of one cell, (3, nodes): of the function and of its derivatives by u."""
        if cell not in self._made:
            low, high = self.bounds
            nodes = chebpts1(self.nodes)
            rho = (low + high) / 2 + (high - low) / 2 * np.tanh(CELL_WIDTH * (cell + (nodes + 1) / 2))
            values = np.array([self.exact(float(value)) for value in rho])
            self._made[cell] = _with_derivatives(chebfit(nodes, values, self.nodes - 1), 2 / CELL_WIDTH)
        return self._made[cell]


def _with_derivatives(series: np.ndarray, scale: float) -> np.ndarray:
    """Chebyshev coefficients of a series and of its first two derivatives, times `scale` each, (3, length)."""
    found = np.zeros((3, len(series)))
    for order in range(3):
        found[order, : len(series) - order] = chebder(series, order) * scale**order
    return found


@dataclass(frozen=True, eq=False)
class FactoredSpectrum:
    """What `Spectrum` offers, by factorisations instead of eigenvalues, for many units.

    ln|I - rho W| is exact (an LU) where it is asked for by `log_determinant`, and interpolated between exact values by
    `at`, which gives the two derivatives, and so tr G and tr GG, for nothing. What was computed is kept.

    Attributes
    ----------
    pencil : Pencil
    bounds : (float, float)
    row_normalised : bool
    drop_unit : bool
        Whether the unit eigenvalue of a row-normalised W is left out, as in contrasts over the units.
    """

    pencil: Pencil
    bounds: tuple[float, float]
    row_normalised: bool
    drop_unit: bool = False
    _known: dict[float, float] = field(default_factory=dict)

    @cached_property
    def without_unit(self) -> FactoredSpectrum:
        """The same without the unit eigenvalue; what was computed is shared."""
        found = replace(self, drop_unit=True)
        found.__dict__["_cells"] = self._cells
        return found

    def log_determinant(self, rho: Any) -> Any:
        """ln|I - rho W| for a scalar rho or an array of them (same shape out), by factorisation."""
        rho = np.asarray(rho, dtype=float)
        found = np.array([self._exact(float(value)) for value in rho.ravel()]).reshape(rho.shape)
        return found - np.log1p(-rho) if self.drop_unit else found

    def at(self, rho: float) -> tuple[float, float, float]:
        """ln|I - rho W| and its first and second derivative by rho, interpolated."""
        return self._with_one(rho, *self._cells.at(rho))

    def derivatives(self, rho: float) -> tuple[float, float]:
        """First and second derivative of ln|I - rho W| by rho: -tr G and -tr GG with G = W (I - rho W)^-1."""
        return self.at(rho)[1:]

    @cached_property
    def rough(self) -> RoughSpectrum:
        """A polynomial through the exact values at `search_points`: where the maximum is, to about 1e-3."""
        values = [self._without_one(float(rho)) for rho in search_points(self.bounds)]
        return RoughSpectrum(self, chebfit(chebpts1(SEARCH_POINTS), values, SEARCH_POINTS - 1))

    @cached_property
    def _cells(self) -> Cells:
        return Cells(self._without_one, self.bounds)

    def _exact(self, rho: float) -> float:
        if rho not in self._known:
            self._known[rho] = self.pencil.at(rho).log_determinant
        return self._known[rho]

    def _without_one(self, rho: float) -> float:
        """The exact value without the unit eigenvalue of a row-normalised W, which is what is interpolated."""
        return self._exact(rho) - math.log1p(-rho) if self.row_normalised else self._exact(rho)

    def _with_one(self, rho: float, value: float, first: float, second: float) -> tuple[float, float, float]:
        """What was interpolated, with the unit eigenvalue unless it is dropped."""
        if not self.row_normalised or self.drop_unit:
            return value, first, second
        gap = 1 - rho
        return value + math.log(gap), first - 1 / gap, second - 1 / gap**2


@dataclass(frozen=True, eq=False)
class RoughSpectrum:
    """A stand-in for a `FactoredSpectrum` that costs no factorisation more, good enough to find the hills.

    Attributes
    ----------
    of : FactoredSpectrum
    series : array of shape (SEARCH_POINTS,)
        Chebyshev coefficients over the whole range of rho.
    """

    of: FactoredSpectrum
    series: np.ndarray

    def at(self, rho: float) -> tuple[float, float, float]:
        """ln|I - rho W| and its first and second derivative by rho, roughly."""
        low, high = self.of.bounds
        found = chebval((2 * rho - low - high) / (high - low), _with_derivatives(self.series, 2 / (high - low)).T)
        return self.of._with_one(rho, *map(float, found))


@dataclass(frozen=True, eq=False)
class CrossTrace:
    """tr G'G, G = W (I - rho W)^-1, in contrasts over the units or not: exact at nodes of rho, interpolated between.

    Eigenvalues do not tell it, but with S = (I - rho W)'(I - rho W) it is tr S^-1 W'W, which takes one Cholesky factor:
    a third of the work of G itself.

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
    def _cells(self) -> tuple[Cells, Cells]:
        def cells(which: int) -> Cells:
            return Cells(lambda rho: self._exact(rho)[which], self.bounds, CROSS_NODES)

        return cells(0), cells(1)

    @cached_property
    def _parts(self) -> tuple[np.ndarray, np.ndarray]:
        """W'W and W + W', symmetric."""
        return np.asfortranarray(self.W.T @ self.W), np.asfortranarray(self.W + self.W.T)

    def _exact(self, rho: float) -> tuple[float, float]:
        """tr G'G and tr G'JG."""
        low, high = self.bounds
        if min(rho - low, high - rho) < CLOSE * (high - low):
            G = np.linalg.solve(np.eye(len(self.W)) - rho * self.W.T, self.W.T).T
            return float(np.sum(G * G)), float(np.sum((G - G.mean(axis=0)) ** 2))
        square, both = self._parts
        S = rho * rho * square
        S -= rho * both
        np.fill_diagonal(S, S.diagonal() + 1.0)
        factor = lapack.dpotrf(S, lower=1, clean=1, overwrite_a=1)[0]
        lower = lapack.dpotri(factor, lower=1, overwrite_c=1)[0]
        whole = float(2.0 * np.vdot(lower.T, square.T) - lower.diagonal() @ square.diagonal())
        # G'1 = (I - rho W) S^-1 W'1
        through = blas.dsymv(1.0, lower, self.W.sum(axis=0), lower=1)
        sums = through - rho * (self.W @ through)
        return whole, whole - float(sums @ sums) / len(sums)


# The extreme eigenvalues of a large W are found to this relative error, and the range of rho is drawn in by as much.
BOUND_TOLERANCE = 1e-3


def factored_bounds(W: sparse.csr_array, links: sparse.csr_array, *, row_normalised: bool) -> tuple[float, float]:
    """An interval of rho around zero in which I - rho W is regular, from the extreme eigenvalues of a sparse W.

    For a W that is not similar to a symmetric matrix (a row scaling of symmetric `links`) the ends are one over the
    extreme real parts, which lie inside the admissible range. The upper end of a row-normalised W is 1.
    """
    alike = symmetric_form(W, links)
    start = np.cos(np.arange(W.shape[0]))
    found = []
    for end in ("S",) if row_normalised else ("S", "L"):
        if alike is None:
            value = eigs(W, k=1, which=f"{end}R", v0=start, tol=BOUND_TOLERANCE, return_eigenvectors=False)[0].real
        else:
            value = eigsh(alike, k=1, which=f"{end}A", v0=start, tol=BOUND_TOLERANCE, return_eigenvectors=False)[0]
        # nothing on that side of zero: the same stop as that of `Spectrum`
        stop = RHO_FLOOR if end == "S" else -RHO_FLOOR
        value = float(value)
        found.append((1 - BOUND_TOLERANCE) / value if value * stop > REAL_TOLERANCE else stop)
    return found[0], found[1] if len(found) == 2 else 1.0
