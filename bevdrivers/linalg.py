"""The few linear algebra steps that every spatial model shares: lags of (T, N, ...) arrays, spectra, determinants."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.polynomial.chebyshev import chebder, chebfit, chebpts1, chebval
from numpy.polynomial.legendre import leggauss
from scipy import sparse
from scipy.linalg import blas, lapack, lu_factor, lu_solve
from scipy.sparse.linalg import eigs, eigsh, splu

if TYPE_CHECKING:
    from .series import SeriesSpectrum

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

    def many(self, rho: np.ndarray) -> np.ndarray:
        """`at` for an array of rho (R,), (3, R)."""
        terms = 1.0 - np.multiply.outer(rho, self.values)
        ratio = self.values / terms
        volume = np.log(np.abs(terms)).sum(axis=-1)
        return np.stack([volume, -ratio.sum(axis=-1).real, -(ratio * ratio).sum(axis=-1).real])

    def derivatives(self, rho: float) -> tuple[float, float]:
        """First and second derivative of ln|I - rho W| by rho: -tr G and -tr GG with G = W (I - rho W)^-1."""
        return self.at(rho)[1:]


def is_row_normalised(W: sparse.csr_array, tolerance: float = 1e-10) -> bool:
    """Whether every row of W sums to one (a zero row of an island does not)."""
    return bool(np.all(np.abs(W.sum(axis=1) - 1.0) <= tolerance))


@dataclass(frozen=True, eq=False)
class Pencil:
    """I - rho W for many rho. What they share, the sparsity pattern in an order that keeps the fill low, is found once.

    Attributes
    ----------
    W : array or sparse array of shape (N, N)
    """

    W: Any

    def at(self, rho: float) -> Resolvent:
        """(I - rho W)^-1, as solves."""
        return Resolvent(self, rho)

    def dense(self, rho: float) -> np.ndarray:
        """I - rho W as an array, (N, N)."""
        return np.eye(self.W.shape[0]) - rho * (self.W if isinstance(self.W, np.ndarray) else self.W.toarray())

    @cached_property
    def order(self) -> np.ndarray:
        """Order of the units (N,) in which a sparse W is eliminated: minimum degree."""
        # any diagonal that dominates will do: the order follows from the pattern alone
        heavy = 1.0 + 2.0 * float(abs(self.W).sum(axis=1).max(initial=0.0))
        diagonal = heavy * sparse.eye_array(self.W.shape[0], format="csc")
        return np.argsort(_sparse_lu(sparse.csc_array(diagonal - self.W), "MMD_AT_PLUS_A").perm_c)

    @cached_property
    def _pattern(self) -> sparse.csc_array:
        """W in that order as the real part and the identity as the imaginary part of one sparse array."""
        ordered = sparse.csc_array(self.W)[self.order][:, self.order]
        found = sparse.csc_array(ordered + 1j * sparse.eye_array(len(self.order), format="csc"))
        found.sort_indices()
        return found

    def factor(self, rho: float) -> Any:
        """LU factors of I - rho W: SciPy's pair for a dense W, a SuperLU object in `order` for a sparse one."""
        if isinstance(self.W, np.ndarray):
            return lu_factor(self.dense(rho))
        both = self._pattern
        data = both.data.imag - rho * both.data.real
        return _sparse_lu(sparse.csc_array((data, both.indices, both.indptr), shape=both.shape), "NATURAL")


def _sparse_lu(matrix: sparse.csc_array, order: str) -> Any:
    # I - rho W is diagonally dominant for row-normalised W and |rho| < 1: symmetric mode keeps the fill low. Few units
    # share their neighbours, so that panels of several columns only cost time (half of it at 100,000 units).
    options = {"SymmetricMode": True}
    return splu(matrix, permc_spec=order, diag_pivot_thresh=0.001, panel_size=1, relax=1, options=options)


@dataclass(frozen=True, eq=False)
class Resolvent:
    """I - rho W factorised once, for solves along the unit axis.

    Attributes
    ----------
    W : Pencil, or array or sparse array of shape (N, N)
        A `Pencil` where there are several rho.
    rho : float
    """

    W: Any
    rho: float

    @cached_property
    def pencil(self) -> Pencil:
        return self.W if isinstance(self.W, Pencil) else Pencil(self.W)

    @cached_property
    def _factor(self) -> Any:
        return self.pencil.factor(self.rho)

    @property
    def _is_dense(self) -> bool:
        return isinstance(self.pencil.W, np.ndarray)

    def solve(self, right: np.ndarray, *, transposed: bool = False) -> np.ndarray:
        """(I - rho W)^-1, or its transpose, times `right` of shape (N,) or (N, K)."""
        if self._is_dense:
            return lu_solve(self._factor, right, trans=int(transposed))
        found = np.empty(np.shape(right))
        order = self.pencil.order
        found[order] = self._factor.solve(np.asarray(right, float)[order], trans="T" if transposed else "N")
        return found

    def over_units(self, values: np.ndarray) -> np.ndarray:
        """(I - rho W)^-1 applied to the unit axis of an array of shape (T, N)."""
        return np.ascontiguousarray(self.solve(np.ascontiguousarray(values.T)).T)

    @property
    def log_determinant(self) -> float:
        """ln|I - rho W|."""
        diagonal = np.diag(self._factor[0]) if self._is_dense else self._factor.U.diagonal()
        return float(np.log(np.abs(diagonal)).sum())


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


@dataclass(frozen=True, eq=False)
class QuotientSpectrum:
    """A factored spectrum less some eigenvalues: of W in contrasts that leave out more than the constant.

    Attributes
    ----------
    whole : FactoredSpectrum or SeriesSpectrum
    removed : array of shape (q,), real or complex
        The eigenvalues of W on the subspace that is left out.
    """

    whole: FactoredSpectrum | SeriesSpectrum
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
    whole : Spectrum, FactoredSpectrum or SeriesSpectrum
        Of W.
    W : array or sparse array of shape (N, N)
    pencil : Pencil
        I - rho W.
    basis : array of shape (N, q)
        P, orthonormal.
    """

    whole: Spectrum | FactoredSpectrum | SeriesSpectrum
    W: Any
    pencil: Any
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
        resolvent = self.pencil.at(rho)
        once = self.W @ resolvent.solve(self.basis)
        return float(np.sum(self.basis * once)), float(np.sum(self.basis * (self.W @ resolvent.solve(once))))

    def _first(self, rhos: np.ndarray) -> np.ndarray:
        """tr P'GP at each of several rho."""
        if isinstance(self.W, np.ndarray):
            systems = np.eye(len(self.W)) - rhos[:, None, None] * self.W
            solved = np.linalg.solve(systems, self.basis)
        else:
            solved = np.array([self.pencil.at(float(rho)).solve(self.basis) for rho in rhos])
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


def symmetric_form(W: sparse.csr_array, links: sparse.csr_array) -> sparse.csr_array | None:
    """The symmetric matrix that W is similar to when it is a row scaling of symmetric links; else None."""
    if (links != links.T).nnz:
        return None
    total, scaled = links.sum(axis=1), W.sum(axis=1)
    scale = sparse.diags_array(np.sqrt(np.divide(scaled, total, out=np.zeros_like(total), where=total > 0)))
    return sparse.csr_array(scale @ links @ scale)
