"""The few linear algebra steps that every spatial model shares: lags of (T, N, ...) arrays, spectra, determinants."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.polynomial.chebyshev import chebder, chebfit, chebpts1, chebval
from numpy.polynomial.legendre import leggauss
from scipy import sparse
from scipy.linalg import lu_factor, lu_solve
from scipy.sparse.linalg import eigs, eigsh, splu

# Where W has no negative real eigenvalue (a directed ring of odd length), I - rho W is regular for every negative rho
# and the likelihood has no lower end: the search then stops at this multiple of 1 / (spectral radius of W).
RHO_FLOOR = -10.0

# An eigenvalue counts as real when its imaginary part is rounding error beside the spectral radius.
REAL_TOLERANCE = 1e-8


def spatial_lag(W: Any, values: np.ndarray) -> np.ndarray:
    """W applied to the unit axis: (W values)[t, i] = sum_j W[i, j] values[t, j].

    Parameters
    ----------
    W : array or sparse array of shape (N, N)
    values : array of shape (T, N) or (T, N, K)

    Returns
    -------
    array of the shape of `values`
    """
    if isinstance(W, np.ndarray) and values.ndim == 2:
        return values @ W.T
    by_unit = np.moveaxis(values, 1, 0)
    lagged = W @ by_unit.reshape(by_unit.shape[0], -1)
    return np.moveaxis(lagged.reshape(by_unit.shape), 0, 1)


def off_basis(values: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """The columns of `values` (n, k) less their projection on the orthonormal columns of `basis` (n, q)."""
    return values - basis @ (basis.T @ values)


def eigenvalues(W: np.ndarray, links: np.ndarray | None = None) -> np.ndarray:
    """All eigenvalues of W, complex ones kept.

    Parameters
    ----------
    W : array of shape (N, N)
    links : array of shape (N, N), optional
        Non-negative links of which W is a row scaling. When they are symmetric, W is similar to a symmetric matrix and
        the symmetric solver serves.

    Returns
    -------
    array of shape (N,): real and ascending from the symmetric solver, else as they come, complex where any is.
    """
    if links is not None and np.array_equal(links, links.T):
        total, scaled = links.sum(axis=1), W.sum(axis=1)
        root = np.sqrt(np.divide(scaled, total, out=np.zeros_like(total), where=total > 0))
        return np.linalg.eigvalsh(root[:, None] * links * root)
    found = np.linalg.eigvals(W)
    return found.real if np.all(found.imag == 0) else found


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The eigenvalues of W and what follows: bounds of rho, ln|I - rho W| and its derivatives.

    Attributes
    ----------
    values : array of shape (N,), real or complex
    """

    values: np.ndarray

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """The open interval of rho around zero in which I - rho W is regular: (1/omega_min, 1/omega_max).

        From the real eigenvalues. Without a negative one the lower end is `RHO_FLOOR` over the spectral radius;
        without a positive one the upper end is minus that.
        """
        radius = float(np.abs(self.values).max(initial=0.0))
        if radius == 0.0:
            return -np.inf, np.inf
        real = self.values.real[np.abs(self.values.imag) <= REAL_TOLERANCE * radius]
        low, high = float(real.min(initial=0.0)), float(real.max(initial=0.0))
        small = REAL_TOLERANCE * radius
        return (1.0 / low if low < -small else RHO_FLOOR / radius, 1.0 / high if high > small else -RHO_FLOOR / radius)

    @cached_property
    def without_unit(self) -> Spectrum:
        """The spectrum of W in contrasts over the units: one unit eigenvalue (of the constant vector) is left out."""
        return Spectrum(np.delete(self.values, np.argmin(np.abs(self.values - 1.0))))

    def log_determinant(self, rho: Any) -> Any:
        """ln|I - rho W| for a scalar rho or an array of them (same shape out)."""
        terms = 1.0 - np.multiply.outer(np.asarray(rho), self.values)
        return np.log(np.abs(terms)).sum(axis=-1)

    def at(self, rho: float) -> tuple[float, float, float]:
        """ln|I - rho W| and its first and second derivative by rho."""
        terms = 1.0 - rho * self.values
        ratio = self.values / terms
        return float(np.log(np.abs(terms)).sum()), -float(ratio.sum().real), -float((ratio * ratio).sum().real)

    def derivatives(self, rho: float) -> tuple[float, float]:
        """First and second derivative of ln|I - rho W| by rho: -tr G and -tr GG with G = W (I - rho W)^-1."""
        return self.at(rho)[1:]


def is_row_normalised(W: sparse.csr_array, tolerance: float = 1e-10) -> bool:
    """Whether every row of W sums to one (a zero row of an island does not)."""
    return bool(np.all(np.abs(W.sum(axis=1) - 1.0) <= tolerance))


@dataclass(frozen=True, eq=False)
class Resolvent:
    """I - rho W factorised once, for solves along the unit axis.

    Attributes
    ----------
    W : array or sparse array of shape (N, N)
    rho : float
    """

    W: Any
    rho: float

    @cached_property
    def _factor(self) -> Any:
        N = self.W.shape[0]
        if isinstance(self.W, np.ndarray):
            return lu_factor(np.eye(N) - self.rho * self.W)
        matrix = sparse.csc_array(sparse.eye_array(N, format="csc") - self.rho * sparse.csc_array(self.W))
        # I - rho W is diagonally dominant for row-normalised W and |rho| < 1: symmetric mode keeps the fill low
        return splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.001, options={"SymmetricMode": True})

    def solve(self, right: np.ndarray, *, transposed: bool = False) -> np.ndarray:
        """(I - rho W)^-1, or its transpose, times `right` of shape (N,) or (N, K)."""
        if isinstance(self.W, np.ndarray):
            return lu_solve(self._factor, right, trans=int(transposed))
        return self._factor.solve(np.ascontiguousarray(right), trans="T" if transposed else "N")

    def over_units(self, values: np.ndarray) -> np.ndarray:
        """(I - rho W)^-1 applied to the unit axis of an array of shape (T, N)."""
        return np.ascontiguousarray(self.solve(np.ascontiguousarray(values.T)).T)

    @property
    def log_determinant(self) -> float:
        """ln|I - rho W|."""
        diagonal = np.diag(self._factor[0]) if isinstance(self.W, np.ndarray) else self._factor.U.diagonal()
        return float(np.log(np.abs(diagonal)).sum())


# Interpolation of ln|I - rho W|: nodes a cell, and the width of a cell in u, where rho = middle + half tanh(u). In u
# the singularities at the ends of the range are pushed to infinity and those beyond them lie pi/2 off the real line, so
# that eight Chebyshev nodes on a cell of width 1/4 leave a relative error of (pi / (1/8))^-8, below 1e-11.
CELL_NODES = 8
CELL_WIDTH = 0.25


@dataclass(frozen=True, eq=False)
class FactoredSpectrum:
    """What `Spectrum` offers, by sparse factorisations instead of eigenvalues, for many units.

    ln|I - rho W| is exact (a sparse LU) where it is asked for by `log_determinant`, and interpolated between exact
    values by `at`, which gives the two derivatives, and so tr G and tr GG, for nothing. Exact values are kept.

    Attributes
    ----------
    W : sparse array of shape (N, N)
    bounds : (float, float)
    drop_unit : bool
        Whether the unit eigenvalue of a row-normalised W is left out, as in contrasts over the units.
    """

    W: sparse.csr_array
    bounds: tuple[float, float]
    row_normalised: bool
    drop_unit: bool = False
    _known: dict[float, float] = field(default_factory=dict)
    _cells: dict[int, np.ndarray] = field(default_factory=dict)

    @cached_property
    def without_unit(self) -> FactoredSpectrum:
        """The same without the unit eigenvalue; the exact values are shared."""
        return replace(self, drop_unit=True)

    def log_determinant(self, rho: Any) -> Any:
        """ln|I - rho W| for a scalar rho or an array of them (same shape out), by factorisation."""
        rho = np.asarray(rho, dtype=float)
        found = np.array([self._exact(float(value)) for value in rho.ravel()]).reshape(rho.shape)
        return found - np.log1p(-rho) if self.drop_unit else found

    def at(self, rho: float) -> tuple[float, float, float]:
        """ln|I - rho W| and its first and second derivative by rho, interpolated."""
        middle, half = self._frame
        u = float(np.arctanh((rho - middle) / half))
        cell = int(np.floor(u / CELL_WIDTH))
        series = self._series(cell)
        x = 2 * (u / CELL_WIDTH - cell) - 1
        value, by_u, by_uu = (float(chebval(x, s)) for s in (series, chebder(series), chebder(series, 2)))
        by_u, by_uu = by_u * 2 / CELL_WIDTH, by_uu * (2 / CELL_WIDTH) ** 2
        # rho' = half (1 - tanh^2), rho'' = -2 tanh rho'
        tanh = (rho - middle) / half
        slope = half * (1 - tanh**2)
        first = by_u / slope
        second = (by_uu + 2 * tanh * slope * first) / slope**2
        unit = self.row_normalised - self.drop_unit
        if unit:  # the cells leave the unit eigenvalue of a row-normalised W out
            gap = 1 - rho
            return value + np.log(gap), first - 1 / gap, second - 1 / gap**2
        return value, first, second

    def derivatives(self, rho: float) -> tuple[float, float]:
        """First and second derivative of ln|I - rho W| by rho: -tr G and -tr GG with G = W (I - rho W)^-1."""
        return self.at(rho)[1:]

    @property
    def _frame(self) -> tuple[float, float]:
        low, high = self.bounds
        return (low + high) / 2, (high - low) / 2

    def _exact(self, rho: float) -> float:
        if rho not in self._known:
            self._known[rho] = Resolvent(self.W, rho).log_determinant
        return self._known[rho]

    def _series(self, cell: int) -> np.ndarray:
        """Chebyshev coefficients of one cell."""
        if cell not in self._cells:
            nodes = chebpts1(CELL_NODES)
            middle, half = self._frame
            rho = middle + half * np.tanh(CELL_WIDTH * (cell + (nodes + 1) / 2))
            values = np.array([self._exact(float(value)) for value in rho])
            if self.row_normalised:
                values = values - np.log1p(-rho)
            self._cells[cell] = chebfit(nodes, values, CELL_NODES - 1)
        return self._cells[cell]


@dataclass(frozen=True, eq=False)
class QuotientSpectrum:
    """A factored spectrum less some eigenvalues: of W in contrasts that leave out more than the constant.

    Attributes
    ----------
    whole : FactoredSpectrum
    removed : array of shape (q,), real or complex
        The eigenvalues of W on the subspace that is left out.
    """

    whole: FactoredSpectrum
    removed: np.ndarray

    @cached_property
    def _part(self) -> Spectrum:
        return Spectrum(self.removed)

    @property
    def bounds(self) -> tuple[float, float]:
        return self.whole.bounds

    def log_determinant(self, rho: Any) -> Any:
        """ln|I - rho W| in contrasts, for a scalar rho or an array of them."""
        return self.whole.log_determinant(rho) - self._part.log_determinant(rho)

    def at(self, rho: float) -> tuple[float, float, float]:
        """The same with its first and second derivative by rho."""
        whole, part = self.whole.at(rho), self._part.at(rho)
        return whole[0] - part[0], whole[1] - part[1], whole[2] - part[2]

    def derivatives(self, rho: float) -> tuple[float, float]:
        """First and second derivative by rho: minus the traces of G and GG in contrasts."""
        return self.at(rho)[1:]


# Gauss-Legendre nodes of the integral below. In u, where rho = middle + half tanh(u), the integrand has no singularity
# nearer than pi/2 to the real line: 32 nodes leave less than 1e-9 up to 1e-6 of the range's width from its ends.
QUADRATURE = leggauss(32)


@dataclass(frozen=True, eq=False)
class AdjustedSpectrum:
    """tr Q ln(I - rho W) for a projection Q = I - PP' that W need not commute with, and its derivatives by rho.

    The derivatives are -tr QG and -tr QGG with G = W (I - rho W)^-1. Where W maps the columns of P into their own span
    it is the log-determinant in contrasts: that of `Spectrum.without_unit` for the constant.

    Attributes
    ----------
    whole : Spectrum or FactoredSpectrum
        Of W.
    W : array or sparse array of shape (N, N)
    basis : array of shape (N, q)
        P, orthonormal.
    """

    whole: Spectrum | FactoredSpectrum
    W: Any
    basis: np.ndarray
    _known: dict[float, float] = field(default_factory=dict)

    @property
    def bounds(self) -> tuple[float, float]:
        return self.whole.bounds

    def log_determinant(self, rho: Any) -> Any:
        """tr Q ln(I - rho W) for a scalar rho or an array of them (same shape out)."""
        rho = np.asarray(rho, dtype=float)
        removed = np.array([self._removed(float(value)) for value in rho.ravel()]).reshape(rho.shape)
        return self.whole.log_determinant(rho) - removed

    def at(self, rho: float) -> tuple[float, float, float]:
        """tr Q ln(I - rho W) and its first and second derivative by rho."""
        value, first, second = self.whole.at(rho)
        by_one, by_two = self._traces(rho)
        return value - self._removed(rho), first + by_one, second + by_two

    def derivatives(self, rho: float) -> tuple[float, float]:
        """-tr QG and -tr QGG."""
        return self.at(rho)[1:]

    def _traces(self, rho: float) -> tuple[float, float]:
        """tr P'GP and tr P'GGP."""
        resolvent = Resolvent(self.W, rho)
        once = self.W @ resolvent.solve(self.basis)
        return float(np.sum(self.basis * once)), float(np.sum(self.basis * (self.W @ resolvent.solve(once))))

    def _first(self, rhos: np.ndarray) -> np.ndarray:
        """tr P'GP at each of several rho."""
        if isinstance(self.W, np.ndarray):
            systems = np.eye(len(self.W)) - rhos[:, None, None] * self.W
            solved = np.linalg.solve(systems, self.basis)
        else:
            solved = np.array([Resolvent(self.W, float(rho)).solve(self.basis) for rho in rhos])
        back = self.W.T @ self.basis
        return np.einsum("iq,riq->r", back, solved)

    def _removed(self, rho: float) -> float:
        """tr P' ln(I - rho W) P: minus the integral of tr P'GP from 0 to rho."""
        if rho not in self._known:
            low, high = self.bounds
            middle, half = (low + high) / 2, (high - low) / 2
            start, stop = np.arctanh(-middle / half), np.arctanh((rho - middle) / half)
            nodes, weights = QUADRATURE
            tanh = np.tanh(start + (nodes + 1) / 2 * (stop - start))
            values = self._first(middle + half * tanh)
            self._known[rho] = -float((stop - start) / 2 * np.sum(weights * values * half * (1 - tanh**2)))
        return self._known[rho]


# The extreme eigenvalues of a large W are found to this relative error, and the range of rho is drawn in by as much.
BOUND_TOLERANCE = 1e-3


def factored_bounds(W: sparse.csr_array, links: sparse.csr_array, *, row_normalised: bool) -> tuple[float, float]:
    """An interval of rho around zero in which I - rho W is regular, from the extreme eigenvalues of a sparse W.

    For a W that is not similar to a symmetric matrix (a row scaling of symmetric `links`) the ends are one over the
    extreme real parts, which lie inside the admissible range. The upper end of a row-normalised W is 1.
    """
    alike = _symmetric_form(W, links)
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


def _symmetric_form(W: sparse.csr_array, links: sparse.csr_array) -> sparse.csr_array | None:
    """The symmetric matrix that W is similar to when it is a row scaling of symmetric links; else None."""
    if (links != links.T).nnz:
        return None
    total, scaled = links.sum(axis=1), W.sum(axis=1)
    scale = sparse.diags_array(np.sqrt(np.divide(scaled, total, out=np.zeros_like(total), where=total > 0)))
    return sparse.csr_array(scale @ links @ scale)
