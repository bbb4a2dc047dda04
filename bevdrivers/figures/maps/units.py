"""Values by unit, put in the order of the geometry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ...errors import DataError, first_five, suggestion
from ...ids import positions, repeated


def unit_positions(
    names: Iterable[Any],
    units: pd.Index,
    argument: str,
) -> np.ndarray:
    """Where each of the names stands among the units, an int array; a stranger raises
    `DataError`.
    """
    listed = list(names)
    indices = positions(listed, list(units))
    strangers = [name for name, position in zip(listed, indices, strict=True) if position < 0]
    if strangers:
        raise DataError(
            argument,
            expected=f"units of the geometry, such as {first_five(units[:2])}",
            got=f"others: {first_five(dict.fromkeys(strangers))}",
            remedy=(
                "Leave them out, or add their shapes; ids have to be spelt as in the geometry."
            ),
        )
    return indices


def values_by_unit(values: pd.Series, units: pd.Index) -> np.ndarray:
    """The number of each unit, a float array of shape (N,), NaN where there is none."""
    if not isinstance(values, pd.Series):
        raise DataError(
            "values",
            expected="a Series by unit, with the units in its index",
            got=type(values).__name__,
            remedy="Write pd.Series(panel['x'][-1], index=panel.units) for the last period.",
        )
    of_units: np.ndarray = matched(values.to_frame().T, units)[0]
    return of_units


def values_by_year(
    values: Any,
    years: Sequence[Any],
    units: pd.Index,
) -> np.ndarray:
    """The numbers of the years, a float array of shape (len(years), N)."""
    if not years:
        raise DataError(
            "years",
            expected="at least one year",
            got="none",
            remedy="Write years=panel.periods, or a list of some of them.",
        )
    if isinstance(values, pd.DataFrame):
        rows = positions(years, list(values.index))
        absent = [year for year, row in zip(years, rows, strict=True) if row < 0]
        if absent:
            raise DataError(
                "years",
                expected=f"years in the index of the frame, of {first_five(values.index)}",
                got=f"no row for {first_five(absent)}",
                remedy=suggestion(absent[0], list(values.index)),
            )
        return matched(values.iloc[rows], units)
    array = np.asarray(values, dtype=float)
    shape = (len(years), len(units))
    if array.shape != shape:
        raise DataError(
            "values",
            expected=f"an array of shape {shape} or a frame",
            got=f"shape {array.shape}",
            remedy=(
                "Order the array as periods x units, or pass a frame with units in its columns."
            ),
        )
    return _finite(array)


def matched(frame: pd.DataFrame, units: pd.Index) -> np.ndarray:
    """The columns of `frame` in the order of the N `units`, a float array of shape (rows, N)."""
    twice = repeated(frame.columns)
    if twice:
        raise DataError(
            "values",
            expected="each unit once",
            got=f"twice {first_five(twice)}",
            remedy="Keep one value of each unit, or take their mean.",
        )
    known = positions(list(frame.columns), list(units)) >= 0
    strangers = frame.columns[~known]
    if len(strangers):
        raise DataError(
            "values",
            expected=f"units of the geometry, such as {first_five(units[:2])}",
            got=f"{len(strangers)} that it lacks: {first_five(strangers)}",
            remedy=(
                "Name the geometry's units in the same way, by geometry.set_index(column), or "
                "leave these values out."
            ),
        )
    try:
        array = frame.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as fault:
        raise DataError(
            "values",
            expected="numbers",
            got=f"what cannot be one ({fault})",
            remedy="Turn texts into numbers first: pandas.to_numeric(values).",
        ) from None
    columns = positions(list(units), list(frame.columns))
    return _finite(np.where(columns >= 0, array[:, columns], np.nan))


def _finite(array: np.ndarray) -> np.ndarray:
    if np.isinf(array).any():
        raise DataError(
            "values",
            expected="finite numbers, NaN where missing",
            got="infinite ones",
            remedy="Put NaN in their place: such units are drawn as missing.",
        )
    return array
