"""Effects of changes where cells are missing, or weights differ by period: means over periods.

In period t the units that are there respond to a change d by

    S_t d_t,    S_t = (I - rho W_t)^-1 (I beta + W_x,t theta),

with d_t the part of d in the units that are there: a unit that is absent changes nothing, and has no
response. The effect on unit i is the mean of its responses over the T_i periods in which it is there.
Weighted by T_i, the means over units are those over all observations, as impacts are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...weights import SpatialWeights
from ..design.sample import Sample


class Response(Protocol):
    """Effects on the units of a period as a function of the parameters."""

    def values(self, point: np.ndarray) -> np.ndarray:
        """Effects (H, N, m) at parameters (P,)."""

    def with_gradient(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Effects (H, N) of one column of changes, and their gradient (H, N, P)."""

    def many(self, draws: np.ndarray) -> np.ndarray:
        """Effects of one column of changes at draws (R, P), (R, H, N)."""


# Weights of y and of X, and changes (N, m), all among the units of a period -> their response.
Make = Callable[[SpatialWeights | None, SpatialWeights | None, np.ndarray], Response]


@dataclass(frozen=True, eq=False)
class MeanResponse:
    """The mean of the responses of the periods, by unit; NaN for units that never are there.

    Attributes
    ----------
    responses : sequence of Response, length G
        Of periods that differ in their weights or units.
    there : array of bool of shape (G, N)
        The units of each.
    periods : array of int of shape (G,)
        How many periods are such.
    """

    responses: Sequence[Response]
    there: np.ndarray
    periods: np.ndarray

    @classmethod
    def of(cls, sample: Sample, d: np.ndarray, make: Make) -> MeanResponse:
        """Of changes (N, m) in every period of an irregular sample."""
        found: dict[Any, Response] = {}
        rows: dict[Any, np.ndarray] = {}
        counts: dict[Any, int] = {}
        for t, row in enumerate(sample.there):
            if not row.any():
                continue
            of_y, of_x = (_in_period(W, t) for W in (sample.W, sample.Wx))
            key = (id(of_y), id(of_x), row.tobytes())
            counts[key] = counts.get(key, 0) + 1
            if key not in found:
                found[key] = make(of_y, of_x, d[row])
                rows[key] = row
        there = np.array([rows[key] for key in found])
        return cls(list(found.values()), there, np.array([counts[key] for key in found]))

    def values(self, point: np.ndarray) -> np.ndarray:
        """Effects (H, N, m) at parameters (P,)."""
        return self._mean([response.values(point) for response in self.responses])

    def with_gradient(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Effects (H, N) of one column of changes, and their gradient (H, N, P)."""
        both = [response.with_gradient(point) for response in self.responses]
        return self._mean([values for values, _ in both]), self._mean([slope for _, slope in both])

    def many(self, draws: np.ndarray) -> np.ndarray:
        """Effects of one column of changes at draws (R, P), (R, H, N)."""
        drawn = [response.many(draws) for response in self.responses]
        units_second = [np.moveaxis(part, 2, 1) for part in drawn]
        return np.moveaxis(self._mean(units_second), 1, 2)

    def _mean(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """The mean over periods of arrays (H, N_g, ...) of the units that are there, (H, N, ...)."""
        first = parts[0]
        shape = (first.shape[0], self.there.shape[1], *first.shape[2:])
        total = np.zeros(shape)
        for part, row, count in zip(parts, self.there, self.periods, strict=True):
            total[:, row] += count * part
        of_unit = self.periods @ self.there
        total[:, of_unit == 0] = np.nan
        beside = [1] * (len(shape) - 2)
        mean: np.ndarray = total / np.maximum(of_unit, 1).reshape(1, -1, *beside)
        return mean


def _in_period(W: Any, t: int) -> SpatialWeights | None:
    """The weights among the units of a period."""
    return None if W is None else W.parts[t]
