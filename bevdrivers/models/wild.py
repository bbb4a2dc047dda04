"""The wild cluster bootstrap-t with the null hypothesis imposed, for few clusters.

For least squares it is that of Cameron, Gelbach and Miller (2008), Rev. Econ. Statist. 90, 414-427,
doi:10.1162/rest.90.3.414: the residuals under the hypothesis c'b = r, which are linear in
u = c'b_hat - r,

    e(u) = e + u X B c / (c'Bc),    B = (X'X)^-1,

are multiplied by a random sign for each cluster, the coefficients estimated again, and |t*|
compared with |t|. An interval keeps the r that are not rejected. All draws share the products of
regressors and residuals, so that t* is a ratio of polynomials in u, and no refit is needed. Where
there are no more sign vectors than draws were asked for, all of them are taken, each once.

For maximum likelihood it is the score bootstrap of Kline and Santos (2012), J. Econometric Methods
1, 23-41, doi:10.1515/2156-6674.1006: the scores are multiplied in the place of the residuals and
the estimates move by one step of Newton's method, with X and B as in `bias_reduction`. Pairs of
units in the score of rho and lam take the product of the two signs, so that the variance of the
draws is that of the clustered covariance. Impacts are linear combinations by their gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from ..numerics.streams import generator
from ..results import critical_value
from .bias_reduction import Leverage
from .sandwich import Scores

# |t*| that differ from |t| by less than this share are ties: sums of the same numbers in another
# order.
TIE = 1e-9
# Distances from the estimate, in standard errors, at which an end of an interval is looked for.
LOOKS = (*np.arange(0.25, 10.0, 0.25), *np.geomspace(10.0, 1e6, 51))
# Steps of bisection: the error is below rounding.
HALVINGS = 60


@dataclass(frozen=True, eq=False)
class WildTest:
    """The test of one linear combination of the estimates at any value of it.

    Attributes
    ----------
    spread : float
        Clustered standard error of the combination, before small-sample scaling.
    moves : (array, array) of shape (R,)
        What the draws move the combination by: the first, and u times the second.
    variances : (array, array, array) of shape (R,)
        Squares of the draws' standard errors: coefficients in 1, u, u^2.
    every : bool
        Whether the draws are all there are.
    """

    spread: float
    moves: tuple[np.ndarray, np.ndarray]
    variances: tuple[np.ndarray, np.ndarray, np.ndarray]
    every: bool

    def p_value(self, u: float) -> float:
        """Of the hypothesis that the combination is its estimate less u; NaN of what the model
        fixes.
        """
        if self.spread == 0.0:
            return np.nan
        start, slope = self.moves
        constant, linear, square = self.variances
        variance = np.maximum(constant + u * linear + u * u * square, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn = np.abs(start + u * slope) / np.sqrt(variance)
        # a draw without variance is as large as any
        as_large = np.nan_to_num(drawn, nan=np.inf) >= abs(u) / self.spread * (1.0 - TIE)
        if self.every:
            return float(as_large.mean())
        return float(1 + as_large.sum()) / (1 + len(drawn))

    def reach(self, side: float, level: float) -> float:
        """How far from the estimate the test keeps values at a level, on the side where u has the
        sign of `side`; infinite where it rejects none.
        """
        outside = next((u for u in LOOKS if self._rejects(side * u, level)), np.inf)
        if np.isinf(outside) or self.spread == 0.0:
            return outside * self.spread if self.spread else 0.0
        inside = max((u for u in LOOKS if u < outside), default=0.0)
        for _ in range(HALVINGS):
            middle = (inside + outside) / 2
            if self._rejects(side * middle, level):
                outside = middle
            else:
                inside = middle
        return inside * self.spread

    def _rejects(self, standard_errors: float, level: float) -> bool:
        return self.p_value(standard_errors * self.spread) <= 1.0 - level


@dataclass(frozen=True, eq=False)
class WildClusters:
    """Intervals of m linear combinations of the estimates.

    Attributes
    ----------
    estimates : array of shape (m,)
    tests : tuple of WildTest, length m
    """

    estimates: np.ndarray
    tests: tuple[WildTest, ...]

    def at(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        critical_value(level)
        below = [test.reach(1.0, level) for test in self.tests]
        above = [test.reach(-1.0, level) for test in self.tests]
        return self.estimates - np.array(below), self.estimates + np.array(above)

    @property
    def pvalues(self) -> np.ndarray:
        pairs = zip(self.estimates, self.tests, strict=True)
        return np.array([test.p_value(u) for u, test in pairs])


@dataclass(frozen=True, eq=False)
class ClusterScores:
    """The score of an estimate by cluster.

    Attributes
    ----------
    own : array of shape (G, P)
        What belongs to one cluster.
    pairs : tuple of (int, array of shape (G, G))
        Column of a parameter and what belongs to pairs of clusters, half of it on either side of
        the diagonal.
    e : array of shape (G, n)
        Residuals.
    inverse : array of shape (P, P)
        Inverse slope of the score.
    leverage : Leverage
        With the slopes X of the first parameters.
    scale : float
        The score of these is scale X'e: 1 for least squares, 1 / sigma2 for a likelihood.
    """

    own: np.ndarray
    pairs: tuple[tuple[int, np.ndarray], ...]
    e: np.ndarray
    inverse: np.ndarray
    leverage: Leverage
    scale: float

    @classmethod
    def of(
        cls,
        scores: Scores,
        inverse: np.ndarray,
        leverage: Leverage,
        scale: float,
    ) -> ClusterScores:
        e = leverage.clustered(scores.e)
        if leverage.by == "time":
            return cls(scores.by_period(), (), e, inverse, leverage, scale)
        products = e @ e.T
        pairs = tuple((column, S * products) for column, S in scores.quadratic)
        return cls(scores.linear.sum(axis=0), pairs, e, inverse, leverage, scale)

    def test(
        self,
        contrast: np.ndarray,
        signs: np.ndarray,
        *,
        every: bool,
    ) -> WildTest:
        """The test of a linear combination (P,) with signs (G, R)."""
        direction = self.inverse @ contrast
        variance = float(contrast @ direction)
        X = self.leverage.clustered(self.leverage.X)
        K = X.shape[2]
        explained = X @ direction[:K]
        # the score by X under the hypothesis, for each u
        information = np.zeros_like(self.own)
        information[:, :K] = self.scale * np.einsum("gik,gi->gk", X, explained)
        per_u = information / variance if variance > 0.0 else information
        # the draws' scores, whole, and what a step of Newton's method does with them
        whole = self.own.T @ signs + self._of_pairs(signs)
        whole_per_u = per_u.T @ signs
        back = information @ self.inverse
        along = self.own @ direction
        plain = along - self.scale * np.sum(explained * self.e, axis=1)
        left = self.scale * self._demeaned(explained, self.e) @ signs + plain[:, None] * signs
        left = left - back @ whole
        slope = explained / variance if variance > 0.0 else explained
        left_per_u = self.scale * self._demeaned(explained, slope) @ signs - back @ whole_per_u
        kappa = sum((direction[k] * S for k, S in self.pairs), np.zeros((1, 1)))
        of_pairs = 0.5 * float(np.sum(kappa**2))
        return WildTest(
            spread=float(np.sqrt(along @ along + of_pairs)),
            moves=(direction @ whole, direction @ whole_per_u),
            variances=(
                np.sum(left**2, axis=0) + of_pairs,
                2.0 * np.sum(left * left_per_u, axis=0),
                np.sum(left_per_u**2, axis=0),
            ),
            every=every,
        )

    def _of_pairs(self, signs: np.ndarray) -> np.ndarray:
        """The part of the score that belongs to pairs, each with the product of two signs, (P, R)."""
        found = np.zeros((self.own.shape[1], signs.shape[1]))
        for column, S in self.pairs:
            found[column] = 0.5 * np.sum(signs * (S @ signs), axis=0)
        return found

    def _demeaned(self, x: np.ndarray, e: np.ndarray) -> np.ndarray:
        """Matrix (G, G) that makes x_g' (Q e*)_g of the signs, e*_h = sign_h e_h, x and e (G, n)."""
        inside, across = self.leverage.factors
        matrix: np.ndarray = x @ inside @ e.T * across
        rest = self.leverage.rest
        if rest is not None:
            of_x = np.einsum("gir,gi->gr", rest, x)
            of_e = np.einsum("gir,gi->gr", rest, e)
            matrix = matrix - of_x @ of_e.T
        return matrix


def signs_of(
    clusters: int,
    draws: int,
    seed: int | None,
) -> tuple[np.ndarray, bool]:
    """Signs (G, R) of the clusters, and whether they are all 2^G vectors: where these are no more than
    the draws asked for.
    """
    if 2**clusters <= draws:
        return np.array(list(product((-1.0, 1.0), repeat=clusters))).T, True
    uniform = generator(seed, "bootstrap").random((draws, clusters))
    return np.where(uniform < 0.5, -1.0, 1.0).T, False


def wild_clusters(
    scores: ClusterScores,
    estimates: np.ndarray,
    contrasts: np.ndarray,
    draws: int,
    seed: int | None,
) -> WildClusters:
    """Intervals of linear combinations (m, P) with their estimates (m,)."""
    signs, every = signs_of(len(scores.own), draws, seed)
    tests = [scores.test(contrast, signs, every=every) for contrast in contrasts]
    return WildClusters(estimates, tuple(tests))
