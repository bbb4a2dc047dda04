"""Local statistics with one unit fixed and the others moving: their moments, and their tails by
permutation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from .cross_products import lagged, operator
from .panel_variable import deviations
from .permutation import Orders, over_orders


@dataclass(frozen=True, eq=False)
class LocalMeasure:
    """A local statistic of each unit in each period, and its moments with the unit fixed and the
    others moving.

    Attributes
    ----------
    W : sparse array of shape (N, N)
    moved : array of shape (T, N, S)
        The S arrays whose lags the statistic is made of (the value; for Geary its square too).
    of_lags : function
        Lags of shape (N, R, T, S) -> statistics (N, R, T).
    expected, variance : array of shape (T, N)
    total : tuple of two such arrays, optional
        The moments when all values move, the unit's own too.
    direction : int
        -1 where small values mean that a unit is like its neighbours.
    """

    W: sparse.csr_array
    moved: np.ndarray
    of_lags: Callable[[np.ndarray], np.ndarray]
    expected: np.ndarray
    variance: np.ndarray
    total: tuple[np.ndarray, np.ndarray] | None = None
    direction: int = 1

    @cached_property
    def values(self) -> np.ndarray:
        """The moved arrays, (N, T, S): the history of a unit moves as one piece."""
        return np.ascontiguousarray(np.swapaxes(self.moved, 0, 1))

    @cached_property
    def observed(self) -> np.ndarray:
        """(N, T)."""
        return self.of_lags(lagged(operator(self.W), self.values[:, None]))[:, 0]


def conditional_tails(
    measure: LocalMeasure,
    permutations: int,
    seed: int | None,
    n_jobs: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Draws at least as large, and at least as small, as what was observed, each (T, N).

    A uniform order p of all units is turned into one that leaves unit i in its place by an
    exchange: i gets its own value back and the place that had it gets what i had. That is uniform
    over the orders that fix i, and changes the lag of i only where that place is a neighbour: so
    one product with W serves all units.
    """
    links = measure.W.tocoo()
    W = operator(measure.W)
    values = measure.values
    observed = measure.observed[:, None]
    # a draw that reproduces the map counts, whatever the last digits
    sd = np.sqrt(measure.variance.T)[:, None]
    slack = 1e-9 * sd + 1e-14 * np.abs(observed)

    def exchanged_lags(order: np.ndarray) -> np.ndarray:
        """Lags (N, R, T, S) of each unit with its own value back in its place."""
        mixed = values.take(order.T, axis=0)
        lags = lagged(W, mixed)
        # the draws in which a neighbour of a unit was given that unit's own value
        draw, link = np.nonzero(order[:, links.col] == links.row)
        unit = links.row[link]
        exchange = values[order[draw, unit]] - values[unit]
        lags[unit, draw] += links.data[link, None, None] * exchange
        return lags

    def counts_of(orders: Orders) -> np.ndarray:
        counts = np.zeros((2, *measure.observed.shape), dtype=np.int64)
        for order in orders:
            permuted = measure.of_lags(exchanged_lags(order))
            counts[0] += (permuted >= observed - slack).sum(axis=1)
            counts[1] += (permuted <= observed + slack).sum(axis=1)
        return counts

    parts = over_orders(
        counts_of,
        measure.W.shape[0],
        permutations,
        seed,
        width=max(measure.moved.size, links.nnz),
        n_jobs=n_jobs,
    )
    larger, smaller = sum(parts, np.zeros((), int))
    return larger.T, smaller.T


def of_the_others(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the other units' values, for each unit, (T, N) each; deviations first,
    for the digits.
    """
    n = x.shape[1]
    z = deviations(x)
    # sum z = 0: what the others sum to is -z_i
    mean = -z / (n - 1)
    squares = z**2
    square = (squares.sum(axis=1, keepdims=True) - squares) / (n - 1)
    variance = square - mean**2
    return mean + x.mean(axis=1, keepdims=True), variance
