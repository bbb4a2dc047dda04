"""Impacts by order of neighbour: how much of them stays at home, comes from neighbours, from theirs, and so on.

With D = d_0 I + d_1 W + d_2 W^2 + ... (d_q = rho^q in a static model) the impact matrix of a regressor falls into

    S = D (I beta + W_x theta),    of order q:  d_q W^q beta + d_{q-1} W^{q-1} W_x theta.

With W_x = W the part of order q is a multiple of W^q, whose entries belong to paths of q links. Its diagonal is
feedback: paths that come back. What is left beyond the last order is the difference to the whole.

Source: LeSage and Pace (2009), Introduction to Spatial Econometrics, sections 2.7 and 5.6,
doi:10.1201/9781420064254, for the model with a lag of y.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...errors import OptionError
from ...weights import SpatialWeights
from .mean_multipliers import Numbers
from .multipliers import power_series

if TYPE_CHECKING:
    from .impacts import Impacts

# columns of powers of a sparse W that are held at once
COLUMNS = 256


@dataclass(frozen=True, eq=False, repr=False)
class ImpactOrders:
    """Impacts by order of neighbour, which sum to the whole.

    Attributes
    ----------
    whole : Impacts
    parts : dict of str to Impacts
        By order: "0", "1", ..., and "beyond".
    """

    whole: Impacts
    parts: dict[str, Impacts]

    @property
    def frame(self) -> pd.DataFrame:
        """Estimates, one row an order and term: columns direct, indirect, total."""
        return pd.concat({order: part.frame for order, part in self.parts.items()}, names=["order", "term"])

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """The tidy frames of the orders, with a column ``order`` before."""
        frames = [part.tidy(level).assign(order=order) for order, part in self.parts.items()]
        whole = pd.concat(frames, ignore_index=True)
        return whole[["order", *(name for name in whole if name != "order")]]

    def glance(self) -> pd.DataFrame:
        """One row: that of the whole, and the last order that is shown apart."""
        return self.whole.glance().assign(last_order=len(self.parts) - 2)

    def __repr__(self) -> str:
        return f"ImpactOrders ({self.glance().iloc[0]['method']})\n{self.frame}"


def impact_orders(whole: Impacts, q: int) -> ImpactOrders:
    """Impacts of order 0 to q and beyond; see `Impacts.orders`."""
    if not isinstance(q, (int, np.integer)) or isinstance(q, bool) or q < 0:
        raise OptionError("q", expected="a number of orders from 0", got=repr(q))
    source = whole.source
    if source is None:
        raise OptionError("orders", expected="impacts from fit.impacts()", got="impacts made by hand")
    sample, terms = source.fit.sample, source.fit.terms
    powers = _powers(sample.W or sample.Wx, sample.Wx, int(q))
    names = [name for name in ("tau", "eta", "rho") if name in terms]

    def series(values: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """(q + 1, ...) coefficients at parameters (..., P), and their derivatives."""
        at: dict[str, np.ndarray] = {"rho": np.zeros(values.shape[:-1])}
        at |= {name: values[..., terms.index(name)] for name in names}
        return power_series(at, whole.horizon, int(q))

    d, slopes = series(source.fit.estimate.values)
    parts = _spread(powers, d)
    by = {name: _spread(powers, slopes[name]) for name in names}
    drawn = None if source.draws is None else _spread(powers, series(source.draws)[0])
    found = [
        Numbers(parts[k], {name: by[name][k] for name in names}, None if drawn is None else drawn[k])
        for k in range(int(q) + 1)
    ]
    rest = source.numbers
    for part in found:
        rest = rest.less(part)
    labels = [*map(str, range(int(q) + 1)), "beyond"]
    return ImpactOrders(whole, {label: whole.of(part) for label, part in zip(labels, [*found, rest], strict=True)})


def _spread(powers: np.ndarray, d: np.ndarray) -> np.ndarray:
    """The four numbers of each order, (q + 1, ..., 4), from those of the powers (q + 1, 4) and d (q + 1, ...)."""
    before = np.concatenate([np.zeros_like(d[:1]), d[:-1]])
    factors = np.stack([d, before, d, before], axis=-1)
    return factors * powers.reshape(len(powers), *[1] * (d.ndim - 1), 4)


def _powers(W: SpatialWeights | None, Wx: SpatialWeights | None, q: int) -> np.ndarray:
    """(tr W^k, tr W^(k-1) W_x, 1'W^k 1, 1'W^(k-1) W_x 1) / N for k = 0, ..., q, of shape (q + 1, 4)."""
    found = np.zeros((q + 1, 4))
    found[0] = [1.0, 0.0, 1.0, 0.0]
    if W is None:
        return found
    N = W.n_units
    for start in range(0, N, COLUMNS):
        rows = np.arange(start, min(start + COLUMNS, N))
        block = np.zeros((N, len(rows)))
        block[rows, np.arange(len(rows))] = 1.0
        lagged = np.zeros_like(block) if Wx is None else Wx.operator @ block
        for k in range(1, q + 1):
            block = W.operator @ block
            found[k] += [_trace(block, rows), _trace(lagged, rows), block.sum(), lagged.sum()]
            lagged = W.operator @ lagged
    found[1:] /= N
    return found


def _trace(block: np.ndarray, rows: np.ndarray) -> float:
    """What some columns (N, m) of a matrix add to its trace."""
    return float(block[rows, np.arange(len(rows))].sum())
