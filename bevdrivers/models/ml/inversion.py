"""Intervals that invert the likelihood-ratio test, of the spatial parameter, the coefficients and
the impacts.

Given the spatial parameter p (rho or lam), every coefficient and every impact is a linear function
r(p)'b of the coefficients. Holding it at c raises the sum of squares from S(p) to

    S(p) + (c - r'b(p))^2 / v(p),    v = r'(Z'Z)^-1 r,

with b(p) the coefficients at p and Z the filtered regressors there. The test at c keeps it as long
as some p has a log-likelihood that is not lower than the maximum by more than half the critical
value. At each p that is so up to a sum of squares S_most(p), so that the c that are kept are the
union over p of

    r'b(p) +- sqrt(v(p) (S_most(p) - S(p))),

and the bounds of the interval are the extremes of two curves over the p that are kept themselves:
one range, or several where the likelihood has more than one maximum. No refit with a restriction is
needed; the restricted refits have these bounds. Where r(p) is zero the quantity is zero whatever
the coefficients are (an indirect impact without lags of X, at rho = 0).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from .likelihood import Likelihood
from .maximisation import EDGE

# Values of p at which the log-likelihood is looked at for where the region ends: evenly over the
# range, and on either side of the estimate ever further from it. The range may be a thousand times
# wider than what the test keeps, where the smallest eigenvalue of W is nearly zero.
LOOKS = 201
LOOKS_BESIDE = 100
NEAREST = 1e-7
# Angles at which the two curves are looked at before the search for their extremes.
ANGLES = 49
# Of the search for an extreme, in the angle.
CLOSE = 1e-10
# A curve that grows as one over the distance from an end doubles at half the distance; others do not
# grow there at all.
DOUBLES = 1.5

# p -> r(p) of m quantities, (m, K)
Rows = Callable[[float], np.ndarray]


@dataclass(frozen=True, eq=False)
class Inversion:
    """The likelihood-ratio tests of a model with one spatial parameter.

    Attributes
    ----------
    likelihood : Likelihood
    top : float
        The maximum of the log-likelihood.
    p : float
        Where it is.
    critical : float
        Critical value of the likelihood ratio.
    """

    likelihood: Likelihood
    top: float
    p: float
    critical: float

    @property
    def range(self) -> tuple[float, float]:
        """The values that p can have, the very ends apart."""
        low, high = map(float, self.likelihood.bounds[0])
        room = EDGE * (high - low)
        return low + room, high - room

    def pieces(self) -> list[tuple[float, float]]:
        """The ranges of p that the test keeps, from the lowest to the highest; an end of `range`
        where it keeps all up to there.
        """
        grid = self._grid()
        kept = np.array([p == self.p or self._slack(p) >= 0.0 for p in grid])
        outside = np.concatenate([[False], kept, [False]])
        changes = np.flatnonzero(outside[1:] != outside[:-1])
        pieces = []
        for start, stop in changes.reshape(-1, 2):
            low, high = grid[start], grid[stop - 1]
            if start > 0:
                low = brentq(self._slack, grid[start - 1], low, xtol=CLOSE)
            if stop < len(grid):
                high = brentq(self._slack, high, grid[stop], xtol=CLOSE)
            pieces.append((float(low), float(high)))
        return pieces

    def _grid(self) -> np.ndarray:
        """Where the log-likelihood is looked at, from the lowest to the highest; the estimate and
        both ends of `range` among them.
        """
        low, high = self.range
        steps = np.geomspace(NEAREST, 1.0, LOOKS_BESIDE, endpoint=False)
        below = self.p - steps * max(self.p - low, 0.0)
        above = self.p + steps * max(high - self.p, 0.0)
        evenly = np.linspace(low, high, LOOKS)
        return np.unique(np.concatenate([evenly, below, above, [self.p]]))

    def region(self) -> tuple[float, float]:
        """The smallest and the largest p that the test keeps."""
        pieces = self.pieces()
        return pieces[0][0], pieces[-1][1]

    def limits(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Bounds (m,), (m,) of quantities that are linear in the coefficients given p; infinite where
        the test keeps all p up to an end of the range and the quantity grows without bound there.

        Parameters
        ----------
        rows : callable
            p -> r(p) of the m quantities, (m, K).
        """
        of_pieces = [self._limits_on(piece, rows) for piece in self.pieces()]
        low = np.min([bounds[0] for bounds in of_pieces], axis=0)
        high = np.max([bounds[1] for bounds in of_pieces], axis=0)
        return low, high

    def _limits_on(self, piece: tuple[float, float], rows: Rows) -> np.ndarray:
        """The bounds over one range of p, (2, m)."""
        middle, half = sum(piece) / 2, (piece[1] - piece[0]) / 2
        # in the angle the curves are smooth at the ends of the piece, too
        angles = np.linspace(np.pi, 0.0, ANGLES)
        curves = np.array([self._curves(middle + half * np.cos(a), rows) for a in angles])
        grows = {0: self._grows(piece[0], rows), ANGLES - 1: self._grows(piece[1], rows)}
        bounds = np.empty(curves.shape[1:])
        for side, sign in enumerate((-1.0, 1.0)):
            for j in range(curves.shape[2]):
                best = int(np.argmax(sign * curves[:, side, j]))
                if best in grows and grows[best][side, j]:
                    bounds[side, j] = sign * np.inf
                    continue

                def height(angle: float, side: int = side, j: int = j, sign: float = sign) -> float:
                    p = middle + half * np.cos(angle)
                    return -sign * float(self._curves(p, rows)[side, j])

                around = angles[min(best + 1, ANGLES - 1)], angles[max(best - 1, 0)]
                found = minimize_scalar(
                    height, bounds=around, method="bounded", options={"xatol": CLOSE}
                )
                bounds[side, j] = sign * max(-found.fun, sign * curves[best, side, j])
        return bounds

    def _grows(self, p: float, rows: Rows) -> np.ndarray:
        """Which of the curves grow without bound towards the end of the range that p has come to,
        (2, m); none where it has not.
        """
        low, high = map(float, self.likelihood.bounds[0])
        end, inwards = (low, 1.0) if p - low < high - p else (high, -1.0)
        distance = abs(p - end)
        curves = self._curves(p, rows)
        # the ends of `range` are EDGE away; rounding may add to that, a search does not come so near
        if distance > 2.0 * EDGE * (high - low):
            return np.zeros(curves.shape, bool)
        further = self._curves(end + 2.0 * inwards * distance, rows)
        grows: np.ndarray = np.abs(curves) > DOUBLES * np.abs(further)
        return grows

    def ratio_at(self, p: float) -> float:
        """Likelihood ratio of the spatial parameter itself, held at p."""
        return 2.0 * (self.top - self.likelihood.value(np.array([p])))

    def ratios(self, rows: Rows) -> np.ndarray:
        """Likelihood ratios (m,) of the quantities held at zero."""
        # at p = 0 a quantity may be zero whatever the coefficients are, and nowhere beside it
        grid = np.union1d(self._grid(), 0.0)
        heights = np.array([self._held_at_zero(p, rows) for p in grid])
        best = heights.argmax(axis=0)
        ratios = np.empty(len(best))
        for j, k in enumerate(best):

            def depth(p: float, j: int = j) -> float:
                return -float(self._held_at_zero(p, rows)[j])

            around = grid[max(k - 1, 0)], grid[min(k + 1, len(grid) - 1)]
            found = minimize_scalar(depth, bounds=around, method="bounded")
            ratios[j] = 2.0 * (self.top - max(-found.fun, heights[k, j]))
        return np.maximum(ratios, 0.0)

    def _held_at_zero(self, p: float, rows: Rows) -> np.ndarray:
        """Log-likelihood at p with each of the quantities held at zero, (m,)."""
        at = np.array([p])
        b, ssr = self.likelihood.solve(at)
        r = rows(p)
        spread = self._spread(p, r)
        with np.errstate(divide="ignore", invalid="ignore"):
            rise = np.where(spread > 0.0, r @ b / spread, 0.0) ** 2
        base = self.likelihood.at(at, ssr)
        heights: np.ndarray = base - self.likelihood.nobs / 2 * np.log1p(rise / ssr)
        return heights

    def _spread(self, p: float, r: np.ndarray) -> np.ndarray:
        """The roots of v(p), (m,)."""
        root = self.likelihood.root(np.array([p]))
        spread: np.ndarray = np.linalg.norm(np.linalg.solve(root.T, r.T), axis=0)
        return spread

    def _slack(self, p: float) -> float:
        """By how much the log-likelihood at p is above what the test asks for."""
        return self.likelihood.value(np.array([p])) - self.top + self.critical / 2

    def _curves(self, p: float, rows: Rows) -> np.ndarray:
        """r'b(p) minus and plus what the test allows, (2, m)."""
        at, n = np.array([p]), self.likelihood.nobs
        b, ssr = self.likelihood.solve(at)
        r = rows(p)
        spread = self._spread(p, r)
        # the log-likelihood falls by n/2 times the logarithm of the sum of squares
        slack = max(self.likelihood.at(at, ssr) - self.top + self.critical / 2, 0.0)
        reach = spread * np.sqrt(ssr * np.expm1(2 * slack / n))
        return np.stack([r @ b - reach, r @ b + reach])
