"""The score as a function of one of its parameters: rho or lam alone, or one of them with the other
held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .moments import LineOfRho
from .projection import EXACT_CELLS
from .score import QuasiScore


class Line(Protocol):
    """The score of one parameter."""

    def value(self, x: float) -> float:
        """The score at x."""

    def at(self, x: float) -> tuple[float, float]:
        """The score at x, and its slope."""


@dataclass(frozen=True, eq=False)
class Along:
    """The line along which one parameter moves.

    Attributes
    ----------
    start : array of shape (q,)
        Where the others are.
    free : int
        The place of the one that moves.
    """

    start: np.ndarray
    free: int

    def point(self, x: float) -> np.ndarray:
        """The parameters with x in the place of the one that moves, (q,)."""
        p = self.start.copy()
        p[self.free] = x
        return p


@dataclass(frozen=True, eq=False)
class LineOfStates:
    """The score of one parameter, from the equations at each of its values.

    Attributes
    ----------
    score : QuasiScore
    along : Along
    """

    score: QuasiScore
    along: Along

    def value(self, x: float) -> float:
        """The score at x."""
        values = self.score.at(self.along.point(x)).value()
        return float(values[self.along.free])

    def at(self, x: float) -> tuple[float, float]:
        """The score at x, and its slope."""
        state = self.score.at(self.along.point(x))
        free = self.along.free
        return float(state.value()[free]), float(state.slope()[free, free])


def line_of(score: QuasiScore, along: Along) -> Line:
    """The score along a line: from products that are taken once in a large sample with rho alone."""
    large = score.data.n > EXACT_CELLS
    if large and score.M is None:
        return LineOfRho(score)
    return LineOfStates(score, along)
