"""One number a unit from a column of a panel or a map: its mean over the sample, or over years
before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import OptionError, WeightsError, first_five
from ..options import CovariatePeriod, check_option
from ..panel.missing_cells import cells_with
from ..panel.terms import read_expression
from .spatial_units import SpatialUnits

if TYPE_CHECKING:
    from ..panel import Panel


def frozen_years(
    period: CovariatePeriod, years: int | Iterable[int] | None
) -> tuple[int, ...] | None:
    """`years` as a sorted tuple, or an error where `period` and `years` do not go together."""
    check_option("period", period, CovariatePeriod)
    if period == "each" and years is not None:
        raise OptionError(
            "years",
            expected="None with period='each', where each period has its own values",
            got=repr(years),
            remedy="Leave years out, or take the mean of some years.",
        )
    if years is None:
        if period == "pre-sample":
            raise OptionError(
                "years",
                expected="the years before the sample whose mean is taken",
                got="None",
                remedy="For instance period='pre-sample', years=(2006, 2007, 2008).",
            )
        return None
    listed = [years] if isinstance(years, int) else list(years)
    if not listed or not all(float(year).is_integer() for year in listed):
        raise OptionError(
            "years",
            expected="one or more whole years",
            got=repr(years),
            remedy="Write for instance [2006, 2007, 2008].",
        )
    return tuple(sorted({int(year) for year in listed}))


def covariate(
    units: SpatialUnits,
    column: str,
    period: CovariatePeriod,
    years: tuple[int, ...] | None,
) -> np.ndarray:
    """The mean of a column by unit, (N,); which years it is of goes to the notes.

    Parameters
    ----------
    units : SpatialUnits
    column : str
        Column or expression of the panel, such as ``"log(gdp_pc)"``; column of the geometry without
        a panel.
    period, years : as in `EconomicDistance`
    """
    if units.panel is None:
        values = _of_map(units, column, years)
    else:
        values = _of_panel(units, column, period, years)
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        raise WeightsError(
            "column",
            expected=f"a finite {column!r} for every unit and year that is used",
            got=f"none for {wrong.size} units: {first_five([units.ids[i] for i in wrong])}",
            remedy=(
                "Choose years= in which it is complete, or drop the units with "
                "panel.drop_units(...)."
            ),
        )
    return values


def _of_map(
    units: SpatialUnits,
    column: str,
    years: tuple[int, ...] | None,
) -> np.ndarray:
    if years is not None:
        raise WeightsError(
            "years",
            expected="a panel to take years from",
            got="a map",
            remedy="Fit the recipe on the panel.",
        )
    return units.column(column, "column").astype(float)


def _of_panel(
    units: SpatialUnits,
    column: str,
    period: CovariatePeriod,
    years: tuple[int, ...] | None,
) -> np.ndarray:
    panel = units.panel
    if period == "each":
        panel = panel.select(periods=[units.period])
    values = panel[column] if column in panel.columns else panel.evaluate(column, "column")
    if values.dtype.kind != "f":
        raise WeightsError(
            "column",
            expected="numbers",
            got=f"text in {column!r}",
            remedy="Choose a column of numbers.",
        )
    chosen = panel.periods if years is None else years
    lost = sorted(set(chosen) - set(panel.periods))
    if lost:
        raise WeightsError(
            "years",
            expected=f"years of the panel, {panel.periods[0]} to {panel.periods[-1]}",
            got=first_five(lost),
            remedy=(
                "Fit the weights on a panel that has them, then the model on "
                "panel.select(periods=...)."
            ),
        )
    if period == "pre-sample" and max(chosen) >= panel.periods[-1]:
        raise WeightsError(
            "years",
            expected=f"years before the sample, so before {panel.periods[-1]}",
            got=spelled(chosen),
            remedy="Choose earlier years, or period='mean'.",
        )
    rows = [panel.periods.index(year) for year in chosen]
    units.notes.append(_in_words(column, period, chosen))
    units.made_of.append((column, tuple(chosen)))
    means: np.ndarray = values[rows].mean(axis=0)
    return means


def _in_words(column: str, period: CovariatePeriod, chosen: Sequence[int]) -> str:
    """Which values of a covariate the weights are made of."""
    if period == "each":
        return f"{column} of each period"
    before = ", before the sample" if period == "pre-sample" else ""
    if len(chosen) == 1:
        return f"{column} of {chosen[0]}{before}"
    return f"{column}: mean of {spelled(chosen)}{before}"


def with_values(panel: Panel, expression: str) -> np.ndarray:
    """The cells of a panel in which a column or expression has what it is made of, (T, N)."""
    if expression in panel.columns:
        missing: np.ndarray = pd.isna(panel[expression])
        return ~missing
    return cells_with(panel, read_expression(expression, "column"))


def spelled(years: Iterable[Any]) -> str:
    """Years as text: "2006-2008, 2011"."""
    listed = sorted(int(year) for year in years)
    runs: list[list[int]] = []
    for year in listed:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
