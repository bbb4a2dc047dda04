"""Impacts by order of neighbour: how much of them stays at home, comes from neighbours, from
theirs, and so on.

With D = d_0 I + d_1 W + d_2 W^2 + ... (d_q = rho^q in a static model) the impact matrix of a
regressor falls into

    S = D (I beta + W_x theta),    of order q:  d_q W^q beta + d_{q-1} W^{q-1} W_x theta.

With W_x = W the part of order q is a multiple of W^q, whose entries belong to paths of q links. Its
diagonal is feedback: paths that come back. What is left beyond the last order is the difference to
the whole.

Source: LeSage and Pace (2009), Introduction to Spatial Econometrics, sections 2.7 and 5.6,
doi:10.1201/9781420064254, for the model with a lag of y.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...weights import SpatialWeights
from ..fitted import Fitted
from .mean_multipliers import MeanMultipliers, Role, parts_with_shares
from .multipliers import Horizon, power_series

# columns of powers of a sparse W that are held at once
COLUMNS = 256


def by_order(
    fit: Fitted[Any],
    whole: MeanMultipliers,
    draws: np.ndarray | None,
    horizon: Horizon,
    q: int,
) -> dict[str, MeanMultipliers]:
    """The mean multipliers of order "0" to "q", and "beyond", which sum to the whole.

    Parameters
    ----------
    fit : Fitted
    whole : MeanMultipliers
    draws : array of shape (R, P) or None
        Draws of the parameters.
    horizon : int or str
    q : int
        The last order that is shown apart.
    """
    sample = fit.sample
    terms = fit.terms
    powers = _powers(sample.W or sample.Wx, sample.Wx, q)
    names: list[str] = [name for name in ("tau", "eta", "rho") if name in terms]

    def series(values: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """(q + 1, ...) coefficients at parameters (..., P), and their derivatives."""
        at: dict[str, np.ndarray] = {"rho": np.zeros(values.shape[:-1])}
        for name in names:
            column = terms.index(name)
            at[name] = values[..., column]
        return power_series(at, horizon, q)

    d, slopes = series(fit.values)
    values = _spread(powers, d)
    by = {name: _spread(powers, slopes[name]) for name in names}
    drawn: list[np.ndarray | None] = [None] * (q + 1)
    if draws is not None:
        d_of_draws, _ = series(draws)
        drawn = list(_spread(powers, d_of_draws))

    # what the orders leave of the whole lies beyond them
    parts = {}
    beyond = whole
    for k in range(q + 1):
        own_slopes = {name: by[name][k] for name in names}
        part = MeanMultipliers(values[k], own_slopes, drawn[k])
        parts[str(k)] = part
        beyond = beyond.less(part)
    return {**parts, "beyond": beyond}


def _spread(powers: np.ndarray, d: np.ndarray) -> np.ndarray:
    """The mean multipliers of each order, (q + 1, ..., 4), from those of the powers (q + 1, 4) and
    d (q + 1, ...).
    """
    # beta comes with d_q W^q, theta with d_{q-1} W^{q-1} W_x
    zero = np.zeros_like(d[:1])
    before = np.concatenate([zero, d[:-1]])
    factors = np.stack([d, before, d, before], axis=-1)
    # axes of one for those of d beyond the order
    ones = [1] * (d.ndim - 1)
    aligned = powers.reshape(len(powers), *ones, 4)
    spread: np.ndarray = factors * aligned
    return spread


def _powers(W: Role, Wx: Role, q: int) -> np.ndarray:
    """The means of `_powers_of` over all observations: of weights by period each period's, by the
    number of units that are there.
    """
    means = np.zeros((q + 1, 4))
    for of_y, of_x, share in parts_with_shares(W, Wx):
        means += share * _powers_of(of_y, of_x, q)
    return means


def _powers_of(W: SpatialWeights | None, Wx: SpatialWeights | None, q: int) -> np.ndarray:
    """(tr W^k, tr W^(k-1) W_x, 1'W^k 1, 1'W^(k-1) W_x 1) / N for k = 0, ..., q, of shape (q + 1,
    4).
    """
    means = np.zeros((q + 1, 4))
    means[0] = [1.0, 0.0, 1.0, 0.0]
    if W is None:
        return means
    N = W.n_units
    for start in range(0, N, COLUMNS):
        stop = min(start + COLUMNS, N)
        rows = np.arange(start, stop)
        # these columns of W^k and of W^(k-1) W_x, from those of I and of W_x
        block = np.zeros((N, len(rows)))
        block[rows, np.arange(len(rows))] = 1.0
        lagged = np.zeros_like(block)
        if Wx is not None:
            lagged = Wx.operator @ block
        for k in range(1, q + 1):
            block = W.operator @ block
            traces = [_trace(block, rows), _trace(lagged, rows)]
            sums = [block.sum(), lagged.sum()]
            means[k] += [*traces, *sums]
            lagged = W.operator @ lagged
    means[1:] /= N
    return means


def _trace(block: np.ndarray, rows: np.ndarray) -> float:
    """What some columns (N, m) of a matrix add to its trace."""
    columns = np.arange(len(rows))
    on_diagonal = block[rows, columns]
    return float(on_diagonal.sum())
