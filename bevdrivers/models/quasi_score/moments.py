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
        f = of_lag[0] - rho * of_lag[1]
        by_rho = -of_lag[1]
        powers, slopes = np.array([1.0, -2.0 * rho, rho**2]), np.array([0.0, -2.0, 2.0 * rho])
        traces, of_traces = self._traces(rho, terms)
        f -= powers @ traces
        by_rho -= slopes @ traces + powers @ of_traces
        sigma2, of_sigma2 = float(powers @ products), float(slopes @ products)
        return float(f / sigma2), float(by_rho / sigma2 - f * of_sigma2 / sigma2**2)

    @cached_property
    def _sums(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the residuals e_0 - rho e_1: (By)'e_0 and (By)'e_1; e_0'e_0, e_0'e_1 and e_1'e_1 over
        n - r.
        """
        squares = self._residuals.T @ self._residuals
        products = squares[[0, 0, 1], [0, 1, 1]] / self._degrees
        return self.score.columns[:, -1] @ self._residuals, products

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
        residuals: np.ndarray = both - basis @ (basis.T @ both)
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
        return max(2, math.ceil(math.log(LEFT_OUT * (1.0 - ratio)) / math.log(ratio)))

    def _up_to(self, terms: int) -> np.ndarray:
        """The products of B, B^2, ... with the three weights, (terms, 3)."""
        assert self.score.B is not None
        if not self._products:
            self._products.extend(self._exact)
            self._last.append(self.score.B.lag(self.score.B.lag(self.score.z)))
        while len(self._products) < terms:
            self._last[0] = self.score.B.lag(self._last[0])
            self._products.append(self._probed(self._last[0]))
        return np.array(self._products[:terms])

    @cached_property
    def _weighted(self) -> list[np.ndarray]:
        """M_D (w o z) for the three weights; one array where they are the same in all cells."""
        z = self.score.z
        if not self.score.robust:
            return [self._projection.off(z)]
        return [self._projection.off(w[:, None] * z) for w in self._weights.T]

    def _probed(self, power: np.ndarray) -> np.ndarray:
        """E (M_D (w o z))'B^k z from B^k z, for the three weights."""
        found = np.array([np.einsum("ik,ik->", left, power) for left in self._weighted])
        return found if self.score.robust else found[0] * self._weights[0]

    @cached_property
    def _exact(self) -> np.ndarray:
        """The products of B and of BB, (2, 3)."""
        assert self.score.B is not None
        B = self.score.B
        square = np.asarray((B.matrix * B.matrix.T).sum(axis=1)).ravel()
        diagonals = (B.matrix.diagonal(), square)
        V, F = self._projection.V, self._projection.F
        rows = []
        for diagonal in diagonals:
            V = B.lag(V, transposed=True)
            of_cells = diagonal - np.sum(self._projection.V * V, axis=1)
            if F is not None and self._projection.F is not None:
                F = sparse.csr_array(B.matrix.T @ F)
                of_cells = of_cells - np.asarray(self._projection.F.multiply(F).sum(axis=1)).ravel()
            rows.append(of_cells @ self._weights)
        return np.array(rows)
