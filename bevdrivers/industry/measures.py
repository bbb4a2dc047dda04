"""What every measure of an industry hands back: rows that say what they are about, and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..display import Shown
from ..results import TIDY_COLUMNS

# Rows of a frame that are printed: half of them from its head, half from its end.
MOST_PRINTED = 30
_BOUNDS = ["conf_low", "conf_high"]


@dataclass(frozen=True, eq=False, repr=False)
class Measures(Shown):
    """Measures of an industry, one row a period, unit or pair.

    Attributes
    ----------
    title : str
        What was measured, in words.
    keys : tuple of str
        The columns of `frame` that say what a row is about, such as period and unit.
    measures : tuple of str
        The columns of `frame` that are measures. Bounds `conf_low` and `conf_high`, where the frame
        has them, belong to the first.
    frame : DataFrame
        The keys, the measures, and what they were computed from. A measure that is not defined for
        a row, such as a share of nothing, is NaN.
    """

    title: str
    keys: tuple[str, ...]
    measures: tuple[str, ...]
    frame: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """One row a measure and row of `frame` in the layout of every tidy frame: term is the
        measure, component the keys, joined by a comma.
        """
        component = self.frame[list(self.keys)].astype(str).agg(", ".join, axis=1)
        parts = []
        for name in self.measures:
            part = pd.DataFrame(
                {
                    "term": name,
                    "component": component,
                    "estimate": self.frame[name].astype(float),
                }
            )
            if name == self.measures[0] and set(_BOUNDS) <= set(self.frame.columns):
                part[_BOUNDS] = self.frame[_BOUNDS]
            parts.append(part.reindex(columns=list(TIDY_COLUMNS)))
        return pd.concat(parts, ignore_index=True)

    def glance(self) -> pd.DataFrame:
        """One row: what was measured, how many values each key has, and the smallest, mean and
        largest value of each measure.
        """
        row: dict[str, Any] = {"title": self.title, "n_rows": len(self.frame)}
        row |= {f"n_{key}": self.frame[key].nunique() for key in self.keys}
        for name in self.measures:
            values = self.frame[name]
            row |= {
                f"{name}_min": values.min(),
                f"{name}_mean": values.mean(),
                f"{name}_max": values.max(),
            }
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        table = self.frame.to_string(
            index=False,
            float_format="{:.4g}".format,
            max_rows=MOST_PRINTED,
        )
        cut = len(self.frame) > MOST_PRINTED
        rest = f"\n{len(self.frame):,} rows; see .frame" if cut else ""
        return f"{self.title}\n{table}{rest}"
