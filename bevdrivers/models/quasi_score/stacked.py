"""`Stacked`: the cells of a sample that are there, one below the other, which is all that the
adjusted score sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from ...weights.by_period import over_cells
from ..design.irregular import IrregularWithin
from ..design.sample import Sample
from ..design.transforms import Within
from .projection import EXACT_CELLS


@dataclass(frozen=True, eq=False)
class Stacked:
    """A sample over its n cells, ordered by period, then unit.

    Attributes
    ----------
    y : array of shape (n,)
    Z : array of shape (n, K)
        Regressors with their lags, before any effect is removed.
    B : sparse array of shape (n, n) or None
        Weights of y, block-diagonal by period; None without a lag of y.
    M : sparse array of shape (n, n) or None
        Weights of the error; None without a lag of the error.
    D : sparse array of shape (n, q)
        Dummies of all effects, which need not be linearly independent.
    unit, period : arrays of int of shape (n,)
        Where each cell belongs.
    bounds : array of shape (number of spatial parameters, 2)
        The ranges of rho and lam, of those that the model has; infinite in samples so large that
        series limit them first.
    """

    y: np.ndarray
    Z: np.ndarray
    B: sparse.csr_array | None
    M: sparse.csr_array | None
    D: sparse.csr_array
    unit: np.ndarray
    period: np.ndarray
    bounds: np.ndarray

    @property
    def n(self) -> int:
        """Number of cells."""
        return len(self.y)

    @property
    def n_regressors(self) -> int:
        return int(self.Z.shape[1])

    def split(self, p: np.ndarray) -> tuple[float, float]:
        """(rho, lam) of the spatial parameters; zero for the one that the model does not have."""
        rho = float(p[0]) if self.B is not None else 0.0
        lam = float(p[-1]) if self.M is not None else 0.0
        return rho, lam


def stacked(sample: Sample) -> Stacked:
    """The cells of a sample that are there."""
    there = sample.there
    T = len(there)
    period, unit = np.nonzero(there)
    return Stacked(
        y=sample.y[there],
        Z=sample.Z[there],
        B=None if sample.W is None else over_cells(sample.W, T),
        M=None if sample.M is None else over_cells(sample.M, T),
        D=_dummies(sample.within, unit, period),
        unit=unit,
        period=period,
        bounds=_bounds(sample),
    )


def _bounds(sample: Sample) -> np.ndarray:
    """The ranges of rho and lam, (q, 2)."""
    if sample.nobs > EXACT_CELLS:
        unbounded = [-np.inf, np.inf]
        return np.array([unbounded] * len(sample.lags))
    ranges = sample.spatial_ranges
    return np.array([ranges[name] for name in sample.lags])


def _dummies(
    within: Within,
    unit: np.ndarray,
    period: np.ndarray,
) -> sparse.csr_array:
    """The dummies of all effects over the cells, (n, q)."""
    if isinstance(within, IrregularWithin):
        return within.dummies
    T = int(period.max()) + 1
    N = int(unit.max()) + 1
    columns = []
    if within.over_time is not None:
        columns.append(sparse.kron(within.over_time, sparse.eye_array(N)))
    elif within.unit:
        columns.append(_indicator(unit))
    if within.over_units is not None:
        columns.append(sparse.kron(sparse.eye_array(T), within.over_units))
    elif within.time:
        columns.append(_indicator(period))
    if within.rest is not None:
        columns.append(sparse.csr_array(within.rest.reshape(T * N, -1)))
    if not columns:
        return sparse.csr_array((len(unit), 0))
    joined: Any = sparse.hstack(columns, "csr")
    return sparse.csr_array(joined)


def _indicator(groups: np.ndarray) -> sparse.csr_array:
    """A column for each group, (n, number of groups)."""
    n = len(groups)
    return sparse.csr_array((np.ones(n), (np.arange(n), groups)))
