"""Removing fixed effects from (T, N, ...) arrays, and how many observations that leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Within:
    """The projection Q that removes unit effects, time effects or both from a balanced panel.

    Attributes
    ----------
    unit, time : bool
    """

    unit: bool
    time: bool

    @classmethod
    def of(cls, effects: str | None) -> Within:
        """From the option ``fixed_effects``: "two-way", "unit", "time" or None."""
        return cls(effects in ("unit", "two-way"), effects in ("time", "two-way"))

    @property
    def name(self) -> str:
        return {(True, True): "two-way", (True, False): "unit", (False, True): "time"}.get(
            (self.unit, self.time), "none"
        )

    def demean(self, values: np.ndarray) -> np.ndarray:
        """Q applied to an array of shape (T, N) or (T, N, K)."""
        if self.unit:
            values = values - values.mean(axis=0, keepdims=True)
        if self.time:
            values = values - values.mean(axis=1, keepdims=True)
        return values

    def absorbed(self, T: int, N: int) -> int:
        """Number of linearly independent dummies that Q stands for."""
        return {"two-way": N + T - 1, "unit": N, "time": T, "none": 0}[self.name]


@dataclass(frozen=True)
class Contrasts:
    """The dimensions in which a likelihood lives.

    Direct maximum likelihood keeps N units and T periods whatever was demeaned. The transformation of Lee and Yu (2010,
    J. Econometrics 154, 165-185, doi:10.1016/j.jeconom.2009.08.001) goes to orthonormal contrasts: T - 1 periods
    when unit effects are removed, N - 1 units when time effects are. With y of the period before among the regressors
    the periods stay T: contrasts over time would mix the outcome's past and future.

    Attributes
    ----------
    periods, units : int
        Effective T and N.
    over_units : bool
        Whether the units are in contrasts, so that W loses its unit eigenvalue.
    """

    periods: int
    units: int
    over_units: bool

    @classmethod
    def of(cls, within: Within, T: int, N: int, *, lee_yu: bool, dynamic: bool = False) -> Contrasts:
        if not lee_yu:
            return cls(T, N, False)
        return cls(T if dynamic else T - within.unit, N - within.time, within.time)

    @property
    def nobs(self) -> int:
        return self.periods * self.units

    def project(self, matrix: np.ndarray) -> np.ndarray:
        """An (N, N) matrix as the contrasts see it: with centred columns where units are in contrasts.

        For matrices with constant row sums (powers and inverses of a row-normalised W) traces of products of the
        projected matrices equal those of the (N - 1, N - 1) matrices in contrasts.
        """
        return matrix - matrix.mean(axis=0) if self.over_units else matrix
