"""`Departures`: the specifications one choice away from the base model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..display import Shown
from .specifications import Specifications


@dataclass(frozen=True, eq=False, repr=False)
class Departures(Shown):
    """The base model and what becomes of it with one choice changed.

    Attributes
    ----------
    frame : DataFrame
        The tidy frame of these fits, with columns ``axis`` (what is changed; empty for the base
        model) and ``value`` (to what).
    described : DataFrame, one row
        Of the grid.
    """

    frame: pd.DataFrame
    described: pd.DataFrame

    @classmethod
    def of(
        cls,
        checked: Specifications,
        estimates: pd.DataFrame,
        described: pd.DataFrame,
    ) -> Departures:
        """The departures among all estimates of a grid.

        A choice that comes to the same regression as the base model is no departure.
        """
        choices = checked.choices
        changed = choices.points > 0
        by_number = dict(tuple(estimates.groupby("specification", sort=False)))
        base = by_number[0].assign(axis="", value="")
        parts = [base]
        for number in np.flatnonzero(changed.sum(axis=1) == 1):
            fitted = checked.same.get(int(number), int(number))
            if fitted == 0 or fitted not in by_number:
                continue
            place = int(np.flatnonzero(changed[number])[0])
            axis = choices.axes[place]
            value = axis.labels[choices.points[number, place]]
            parts.append(by_number[fitted].assign(axis=axis.name, value=str(value)))
        return cls(pd.concat(parts, ignore_index=True), described)

    def tidy(self) -> pd.DataFrame:
        """Long frame: `TIDY_COLUMNS`, the axis that is changed and to what."""
        return self.frame

    def glance(self) -> pd.DataFrame:
        """One row, as of the whole grid."""
        return self.described

    def __repr__(self) -> str:
        totals = self.frame[self.frame["component"] == "total"]
        columns = ["axis", "value", "term", "estimate", "std_error", "p_value"]
        return str(totals[columns].to_string(index=False, float_format="{:.4g}".format))
