"""The values of an industry's segments, read from a panel and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, OptionError, first_five
from ..shares import check_not_negative, check_totals

if TYPE_CHECKING:
    from ...panel import Panel


@dataclass(frozen=True, eq=False)
class Segments:
    """Values by period, unit and segment.

    Attributes
    ----------
    panel : Panel
    names : tuple of str
        The S expressions.
    values : array of shape (T, N, S)
        Nowhere negative, with a total above zero in each period.
    """

    panel: Panel
    names: tuple[str, ...]
    values: np.ndarray

    def long(self, **columns: np.ndarray) -> pd.DataFrame:
        """Arrays of shape (T, N, S) as a frame of one row a period, unit and segment."""
        T, N, S = self.values.shape
        keys = {
            "period": np.repeat(list(self.panel.periods), N * S),
            "unit": np.tile(np.repeat(list(self.panel.units), S), T),
            "segment": np.tile(list(self.names), T * N),
        }
        return pd.DataFrame(keys | {name: x.ravel() for name, x in columns.items()})

    def by_unit(self, **columns: np.ndarray) -> pd.DataFrame:
        """Arrays of shape (T, N) as a frame of one row a period and unit."""
        T, N, _ = self.values.shape
        keys = {
            "period": np.repeat(list(self.panel.periods), N),
            "unit": np.tile(list(self.panel.units), T),
        }
        return pd.DataFrame(keys | {name: x.ravel() for name, x in columns.items()})


def read_segments(
    panel: Panel,
    segments: Sequence[str],
    *,
    at_least: int = 2,
) -> Segments:
    """The values of `segments`, each a column or an expression of `panel`.

    Raises
    ------
    OptionError
        Fewer than `at_least` segments, or the same one twice.
    DataError
        Missing or negative values, a period in which all segments are zero everywhere.
    """
    names = checked_names("segments", segments, at_least)
    grids = []
    for name in names:
        grid = panel.evaluate(name, "segments")
        check_not_negative(panel, name, grid)
        grids.append(grid)
    values = np.stack(grids, axis=2)
    check_totals(panel, "segments", values.sum(axis=2))
    return Segments(panel, names, values)


def checked_names(
    argument: str,
    given: Any,
    at_least: int,
) -> tuple[str, ...]:
    """The names in `given`, a sequence of different texts."""
    listed = [] if isinstance(given, str) else list(given)
    texts = all(isinstance(name, str) for name in listed)
    if not texts or len(listed) < at_least or len(set(listed)) < len(listed):
        raise OptionError(
            argument,
            expected=f"{at_least} or more different columns or expressions, as a list",
            got=repr(given),
            remedy="Write for instance ['firms_upstream', 'firms_downstream'].",
        )
    return tuple(listed)


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, NaN where the whole is zero: a share of nothing is no number."""
    shape = np.broadcast_shapes(part.shape, whole.shape)
    quotient: np.ndarray = np.divide(part, whole, out=np.full(shape, np.nan), where=whole > 0)
    return quotient


def reference_shares(
    panel: Panel,
    variable: str,
    argument: str,
) -> np.ndarray:
    """Each unit's share of a total, (T, N), of units with which segments are compared."""
    x = panel.evaluate(variable, argument)
    check_not_negative(panel, variable, x)
    check_totals(panel, variable, x)
    share: np.ndarray = x / x.sum(axis=1, keepdims=True)
    alone = [p for p, row in zip(panel.periods, share, strict=True) if (row > 0).sum() < 2]
    if alone:
        raise DataError(
            variable,
            expected="two units or more above zero in each period",
            got=f"one in {first_five(alone)}",
            remedy="Add the other regions: nothing can agglomerate in a single one.",
        )
    return share
