"""The adjusted score of rho in a large sample without a lag of the error, at any rho from products
that are taken once.

G = B + rho B^2 + rho^2 B^3 + ..., so that with probing vectors z

    sum_i w_i (M_D G)_ii = sum_k rho^(k-1) E (M_D (w o z))'B^k z.

The first two terms are known exactly; the others are probed. Residuals are linear in rho once b is
concentrated out, so their squares, and the variances w that follow from them, are quadratic: three
sets of weights serve all rho.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import sparse

from .projection import Orthonormal
from .score import QuasiScore

# Terms are added until those left out are below this share of the first.
LEFT_OUT = 1e-8
# Where a search looks first, near the ends of the range too, so many terms show the sign.
ROUGH_TERMS = 48


@dataclass(frozen=True, eq=False)
class LineOfRho:
    """Value and slope of the score of rho, b and the variances concentrated out.

    Attributes
    ----------
    score : QuasiScore
        Without a lag of the error.
    """

    score: QuasiScore
    _products: list[np.ndarray] = field(default_factory=list)
    _last: list[np.ndarray] = field(default_factory=list)

    def value(self, rho: float) -> float:
        """The score in units of sigma2, near the ends of the range roughly."""
        return self._at(rho, min(ROUGH_TERMS, self._terms(rho)))[0]

    def at(self, rho: float) -> tuple[float, float]:
        """The score in units of sigma2, and its slope."""
        return self._at(rho, self._terms(rho))

    def _at(self, rho: float, terms: int) -> tuple[float, float]:
        of_lag, products = self._sums
        powers = np.array([1.0, -2.0 * rho, rho**2])
        slopes = np.array([0.0, -2.0, 2.0 * rho])
        traces, of_traces = self._traces(rho, terms)
        f = of_lag[0] - rho * of_lag[1]
        f -= powers @ traces
        by_rho = -of_lag[1]
        by_rho -= slopes @ traces + powers @ of_traces
        sigma2 = float(powers @ products)
        of_sigma2 = float(slopes @ products)
        slope = by_rho / sigma2 - f * of_sigma2 / sigma2**2
        return float(f / sigma2), float(slope)

    @cached_property
    def _sums(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the residuals e_0 - rho e_1: (By)'e_0 and (By)'e_1; e_0'e_0, e_0'e_1 and e_1'e_1 over
        n - r.
        """
        residuals = self._residuals
        squares = residuals.T @ residuals
        products = squares[[0, 0, 1], [0, 1, 1]] / self._degrees
        of_lag = self.score.columns[:, -1] @ residuals
        return of_lag, products

    @cached_property
    def _left(self) -> np.ndarray:
        """M_D of Z, y and By."""
        return self._projection.off(self.score.columns)

    @cached_property
    def _residuals(self) -> np.ndarray:
        """What effects and regressors leave of y and By, (n, 2)."""
        K = self.score.data.n_regressors
        basis = np.linalg.qr(self._left[:, :K])[0]
        both = self._left[:, K:]
        explained = basis @ (basis.T @ both)
        residuals: np.ndarray = both - explained
        return residuals

    @property
    def _projection(self) -> Orthonormal:
        projection = self.score.effects.at(0.0)
        assert isinstance(projection, Orthonormal)
        return projection

    @property
    def _degrees(self) -> int:
        return self.score.data.n - self._projection.rank

    @cached_property
    def _weights(self) -> np.ndarray:
        """The variances that belong to e0 o e0, e0 o e1 and e1 o e1, (n, 3)."""
        e0, e1 = self._residuals.T
        squares = np.column_stack([e0 * e0, e0 * e1, e1 * e1])
        if self.score.robust:
            return self._projection.variances(squares)
        means = squares.sum(axis=0) / self._degrees
        return np.broadcast_to(means, squares.shape)

    def _traces(self, rho: float, terms: int) -> tuple[np.ndarray, np.ndarray]:
        """sum_i w_i (M_D G)_ii for the three weights, and the derivatives by rho, (3,) each."""
        products = self._up_to(terms)
        k = np.arange(len(products))
        powers = rho**k
        slopes = k * rho ** np.maximum(k - 1, 0)
        return powers @ products, slopes @ products

    def _terms(self, rho: float) -> int:
        """How many terms a rho takes."""
        assert self.score.B is not None
        ratio = min(abs(rho) * self.score.B.radius, 1.0 - 1e-4)
        if ratio == 0.0:
            return 2
        left_out = LEFT_OUT * (1.0 - ratio)
        terms = math.log(left_out) / math.log(ratio)
        return max(2, math.ceil(terms))

    def _up_to(self, terms: int) -> np.ndarray:
        """The products of B, B^2, ... with the three weights, (terms, 3)."""
        B = self.score.B
        assert B is not None
        if not self._products:
            lag = B.lag(self.score.z)
            self._products.extend(self._exact)
            self._last.append(B.lag(lag))
        while len(self._products) < terms:
            power = B.lag(self._last[0])
            self._products.append(self._probed(power))
            self._last[0] = power
        return np.array(self._products[:terms])

    @cached_property
    def _weighted(self) -> list[np.ndarray]:
        """M_D (w o z) for the three weights; one array where they are the same in all cells."""
        z = self.score.z
        off = self._projection.off
        if not self.score.robust:
            return [off(z)]
        return [off(w[:, None] * z) for w in self._weights.T]

    def _probed(self, power: np.ndarray) -> np.ndarray:
        """E (M_D (w o z))'B^k z from B^k z, for the three weights."""
        sums = [np.einsum("ik,ik->", left, power) for left in self._weighted]
        found = np.array(sums)
        if self.score.robust:
            return found
        of_one_variance: np.ndarray = found[0] * self._weights[0]
        return of_one_variance

    @cached_property
    def _exact(self) -> np.ndarray:
        """The products of B and of BB, (2, 3)."""
        B = self.score.B
        assert B is not None
        matrix = B.matrix
        products = matrix * matrix.T
        diagonals = (matrix.diagonal(), _sums_of_rows(products))
        V = lagged_V = self._projection.V
        F = lagged_F = self._projection.F
        rows = []
        for diagonal in diagonals:
            lagged_V = B.lag(lagged_V, transposed=True)
            of_cells = diagonal - np.sum(V * lagged_V, axis=1)
            if F is not None:
                lagged_F = sparse.csr_array(matrix.T @ lagged_F)
                of_cells = of_cells - _sums_of_rows(F.multiply(lagged_F))
            rows.append(of_cells @ self._weights)
        return np.array(rows)


def _sums_of_rows(matrix: sparse.csr_array) -> np.ndarray:
    """Sums of the rows of a sparse matrix (n, k), (n,)."""
    return np.asarray(matrix.sum(axis=1)).ravel()
