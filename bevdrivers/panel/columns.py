"""Columns of a panel as read-only arrays of shape (T, N): numbers as float with NaN, anything else
as objects with None.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError, first_five
from ..ids import positions

REAL_PART = "Take its real part, or its absolute value, first."


def column_names(names: Iterable[Hashable], index: tuple[str, str]) -> dict[Hashable, str]:
    """Names as texts, each once and none of them a name of the panel's index.

    Parameters
    ----------
    names : iterable
        As they come: the number 0 is a name, too, and is the text "0" in a formula.
    index : (unit, time)

    Raises
    ------
    DataError
    """
    listed = list(names)
    texts = [str(name) for name in listed]
    twice = [name for name, text in zip(listed, texts, strict=True) if texts.count(text) > 1]
    if twice:
        raise DataError(
            "columns",
            expected="each column name once",
            got=first_five(twice),
            remedy="Rename one of them, or leave it out.",
        )
    taken = [text for text in texts if text in index]
    if taken:
        raise DataError(
            "columns",
            expected="names other than those of the panel's index",
            got=first_five(taken),
            remedy="Rename them, or give the index other names: unit=..., time=....",
        )
    return dict(zip(listed, texts, strict=True))


def spread(
    column: pd.Series,
    name: str,
    row: np.ndarray,
    col: np.ndarray,
    shape: tuple[int, int],
) -> np.ndarray:
    """A long column on the (T, N) grid.

    Parameters
    ----------
    column : Series of shape (rows,)
    name : str
        For messages.
    row, col : int arrays of shape (rows,)
        Period and unit of each row.
    shape : (T, N)

    Raises
    ------
    DataError
        Complex numbers, or numbers that no float holds.
    """
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        if pd.api.types.is_complex_dtype(column):
            raise _complex(name, column)
        grid = np.full(shape, np.nan)
        grid[row, col] = column.to_numpy(dtype=float, na_value=np.nan)
        return frozen(grid)
    cells = np.full(shape, None, dtype=object)
    cells[row, col] = column.astype(object).where(column.notna(), None).to_numpy()
    return of_objects(cells, name) if pd.api.types.is_object_dtype(column) else frozen(cells)


def held(values: Any, name: str) -> np.ndarray:
    """A read-only copy of an array (T, N); masked cells are missing ones.

    Raises
    ------
    DataError
        Complex numbers, or numbers that no float holds.
    """
    if np.ma.isMaskedArray(values):
        cells = np.array(np.ma.getdata(values), dtype=object)
        cells[np.ma.getmaskarray(values)] = None
        return of_objects(cells, name)
    array = np.asarray(values)
    if array.dtype.kind == "c":
        raise _complex(name, array)
    if array.dtype.kind in "fiub":
        return frozen(np.array(array, dtype=float))
    return of_objects(np.array(array, dtype=object), name)


def of_objects(cells: np.ndarray, name: str) -> np.ndarray:
    """An array of objects, as floats where each is a number or missing."""
    there = ~pd.isna(cells)
    values = cells[there].tolist()
    if any(isinstance(cell, complex | np.complexfloating) for cell in values):
        raise _complex(name, values)
    if not values or not all(isinstance(cell, Real | Decimal) for cell in values):
        return frozen(cells)
    grid = np.full(cells.shape, np.nan)
    try:
        grid[there] = [float(cell) for cell in values]
    except OverflowError:
        got = "a number beyond 1e308"
        raise DataError(
            name,
            expected="numbers that a float holds",
            got=got,
            remedy="Divide them by a power of ten, and say so in the column's name.",
        ) from None
    return frozen(grid)


def aligned(
    values: Any,
    name: str,
    periods: Sequence[int],
    units: Sequence[Hashable],
) -> Any:
    """An array (T, N) as it is; of a frame, the cells in the order of the panel, by its labels.

    Raises
    ------
    DataError
        The frame's columns are not the units, or its rows not the periods.
    """
    if isinstance(values, pd.Series):
        remedy = 'Add it to the frame, or shape it: series.unstack("unit").'
        raise DataError(
            name,
            expected="an array of shape (T, N)",
            got="a Series",
            remedy=remedy,
        )
    if not isinstance(values, pd.DataFrame):
        return values
    rows = positions(list(periods), values.index.tolist())
    cols = positions(list(units), values.columns.tolist())
    if values.shape != (len(rows), len(cols)) or (rows < 0).any() or (cols < 0).any():
        shown = f"rows {first_five(values.index)}, columns {first_five(values.columns)}"
        raise DataError(
            name,
            expected="a frame with one row a period and one column a unit, by their names",
            got=shown,
            remedy="Name them, or pass values.to_numpy() if they are in the panel's order.",
        )
    return values.to_numpy()[np.ix_(rows, cols)]


def frozen(values: np.ndarray) -> np.ndarray:
    """The array itself, read-only from here on."""
    values.setflags(write=False)
    return values


def shape_of(values: Any) -> tuple[int, ...] | str:
    """The shape of an array, or of what becomes one; in words where its rows differ in length."""
    try:
        shape: tuple[int, ...] = np.shape(values)
        return shape
    except ValueError:
        return "rows of different lengths"


def _complex(name: str, values: Any) -> DataError:
    got = f"complex ones, such as {first_five(np.ravel(np.asarray(values)))}"
    return DataError(
        name,
        expected="real numbers",
        got=got,
        remedy=REAL_PART,
    )
