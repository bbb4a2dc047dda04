"""One index of several indicators, with weights by how much each tells units apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from ...errors import DataError, OptionError, first_five
from ..measures import Measures
from .segments import checked_names

if TYPE_CHECKING:
    from ...panel import Panel


@dataclass(frozen=True, eq=False, repr=False)
class EntropyIndex(Measures):
    """A composite index, one row a period and unit, with its weights.

    Attributes
    ----------
    title, keys, measures, frame
        As in `Measures`; the measure is index, in [0, 1].
    weights : DataFrame, one row an indicator
        indicator, entropy, weight (which add up to one).
    """

    weights: pd.DataFrame


def entropy_index(
    panel: Panel,
    indicators: Sequence[str],
    *,
    negative: Sequence[str] = (),
) -> EntropyIndex:
    """One index of several indicators, in which those count more that differ more among regions and
    years.

    With z_ik in [0, 1] of indicator k in cell i of n = T N, (x - min) / (max - min) over all cells,
    or 1 minus it for a negative indicator, and p_ik = z_ik / sum_i z_ik:

    - entropy E_k = -sum_i p_ik log p_ik / log n;
    - weight w_k = (1 - E_k) / sum_k (1 - E_k);
    - index sum_k w_k z_ik.

    One set of weights for all periods makes years comparable. The weights describe the sample, and
    say nothing of importance: an indicator that is nearly the same everywhere gets next to none.

    Parameters
    ----------
    panel : Panel
    indicators : sequence of str
        Two or more columns or expressions, of any sign and unit.
    negative : sequence of str
        Those of the indicators of which less is better.

    Returns
    -------
    EntropyIndex

    Raises
    ------
    DataError
        Missing values, an indicator that is the same in all cells.
    OptionError
        Fewer than two indicators, a negative one that is none of them.

    References
    ----------
    Shannon (1948), Bell System Technical Journal 27, 379-423,
    doi:10.1002/j.1538-7305.1948.tb01338.x, for the entropy.
    """
    names = checked_names("indicators", indicators, 2)
    strangers = [name for name in negative if name not in names]
    if strangers:
        raise OptionError(
            "negative",
            expected="some of the indicators",
            got=first_five(strangers),
            remedy="Write these as they stand in indicators.",
        )
    z = np.stack([_scaled(panel, name, name in negative) for name in names], axis=2)
    T, N, K = z.shape
    p = z / z.sum(axis=(0, 1))
    entropy = special.entr(p).sum(axis=(0, 1)) / np.log(T * N)
    spread = 1 - entropy
    weight = spread / spread.sum()
    frame = pd.DataFrame(
        {
            "period": np.repeat(list(panel.periods), N),
            "unit": np.tile(list(panel.units), T),
            "index": (z @ weight).ravel(),
        }
    )
    weights = pd.DataFrame({"indicator": names, "entropy": entropy, "weight": weight})
    title = f"Index of {K} indicators, weighted by entropy"
    return EntropyIndex(title, ("period", "unit"), ("index",), frame, weights)


def _scaled(
    panel: Panel,
    name: str,
    negative: bool,
) -> np.ndarray:
    """The indicator from 0, the worst of all cells, to 1, the best; (T, N)."""
    x = panel.evaluate(name, "indicators")
    low, high = x.min(), x.max()
    if not high > low:
        raise DataError(
            name,
            expected="an indicator that differs between cells",
            got=f"{low:g} in all of them",
            remedy="Leave it out: it cannot tell regions or years apart.",
        )
    z: np.ndarray = (x - low) / (high - low)
    return 1 - z if negative else z
