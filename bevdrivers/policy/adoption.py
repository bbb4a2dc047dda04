"""Who was treated when: a column of first treatment years, read and checked."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import DataError, first_five
from ..panel import Panel


@dataclass(frozen=True, eq=False)
class Adoption:
    """First treatment years of units; a treatment stays once it is there.

    Attributes
    ----------
    units : tuple, length N
    periods : array of shape (T,)
    years : array of shape (N,)
        First year of treatment; NaN of units that are never treated.
    """

    units: tuple[Hashable, ...]
    periods: np.ndarray
    years: np.ndarray

    @classmethod
    def of(cls, panel: Panel, column: str) -> Adoption:
        """From a column of the panel, which is the same in all periods of a unit.

        Raises
        ------
        DataError
            The column is not there or no whole years, changes within a unit, or nobody is treated
            within the panel.
        """
        values = _years_of(panel, column)
        _check_constant(values, panel, column)
        filled = pd.DataFrame(values).bfill().iloc[0].to_numpy()
        periods = np.array(panel.periods, float)
        if not np.any(filled <= periods[-1]):
            raise DataError(
                column,
                expected=f"first treatment years of some units until {panel.periods[-1]}",
                got="none: nobody is treated in the panel",
                remedy="Fill in the year of the first treatment; leave it empty for never.",
            )
        return cls(panel.units, periods, filled)

    @property
    def event_time(self) -> np.ndarray:
        """Years since the first treatment, below zero before it, (T, N); NaN where never."""
        since: np.ndarray = self.periods[:, None] - self.years[None, :]
        return since

    @property
    def treated(self) -> np.ndarray:
        """Whether a unit is treated in a period, (T, N)."""
        return np.asarray(self.event_time >= 0.0)

    @property
    def cohorts(self) -> np.ndarray:
        """The first years that occur until the last period, ascending."""
        return np.unique(self.years[self.years <= self.periods[-1]])

    @property
    def facts(self) -> dict[str, int]:
        """Counts for one-row frames."""
        treated = self.treated
        return {
            "cohorts": len(self.cohorts),
            "treated_units": int(treated.any(axis=0).sum()),
            "never_treated": int((~treated).all(axis=0).sum()),
            "always_treated": int(treated.all(axis=0).sum()),
        }

    def of_neighbours(self, links: np.ndarray) -> Adoption:
        """The first year in which a neighbour is treated, given links (N, N), rows of neighbours."""
        years = np.where(np.isnan(self.years), np.inf, self.years)
        of_neighbours = np.where(links != 0.0, years[None, :], np.inf)
        first = of_neighbours.min(axis=1)
        return Adoption(self.units, self.periods, np.where(np.isinf(first), np.nan, first))


def _years_of(panel: Panel, column: str) -> np.ndarray:
    """The column as floats (T, N), refused unless all that is there are whole years."""
    raw = panel[column]
    missing = pd.isna(raw)
    numbers = pd.to_numeric(pd.Series(raw.ravel()), errors="coerce").to_numpy(float)
    values = numbers.reshape(raw.shape)
    # a large year that stands for never would be taken for one beyond the panel: the same
    whole = np.isfinite(values) & (values == np.round(values))
    wrong = ~missing & ~whole
    if wrong.any():
        raise DataError(
            column,
            expected="whole years of the first treatment, empty for units never treated",
            got=first_five(pd.unique(raw[wrong])),
            remedy="Write years such as 2013; leave the cell empty for never.",
        )
    return values


def _check_constant(
    values: np.ndarray,
    panel: Panel,
    column: str,
) -> None:
    """Refuse a unit with two years, or with a year in some of its periods and none in others."""
    there = panel.present
    filled = np.isfinite(values)
    frame = pd.DataFrame(values)
    several = frame.nunique().to_numpy() > 1
    partly = (filled & there).any(axis=0) & (~filled & there).any(axis=0)
    wrong = several | partly
    if wrong.any():
        raise DataError(
            column,
            expected="the same first treatment year in all periods of a unit",
            got=f"others for {first_five(np.array(panel.units, object)[wrong])}",
            remedy="Give each unit the year of its first treatment in each of its rows.",
        )


def permuted(
    panel: Panel,
    column: str,
    order: np.ndarray,
) -> Panel:
    """The panel whose unit i has the first treatment year of unit order[i]."""
    years = Adoption.of(panel, column).years[order]
    everywhere = np.broadcast_to(years, panel.present.shape)
    return panel.with_columns(**{column: everywhere.copy()})
