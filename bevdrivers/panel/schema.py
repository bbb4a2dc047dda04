"""The schema of a long panel frame, checked as one before anything is built from it (pandera)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError, first_five
from ..ids import id_key


def check_frame(frame: pd.DataFrame, unit: str, time: str) -> np.ndarray:
    """Check the index columns of a long frame: there, filled, and each (unit, period) once.

    Returns
    -------
    int array of shape (rows,)
        The period of each row.

    Raises
    ------
    DataError
        With the first five offending rows.
    """
    if not isinstance(frame, pd.DataFrame):
        raise DataError("frame", expected="a pandas DataFrame", got=type(frame).__name__)
    lacking = [name for name in (unit, time) if name not in frame.columns]
    if lacking:
        raise DataError(
            "frame",
            expected=f"columns {unit!r} (unit) and {time!r} (time)",
            got=f"no column {first_five(lacking)} among {first_five(frame.columns)}",
        )
    repeated_columns = frame.columns[frame.columns.duplicated()]
    if len(repeated_columns):
        raise DataError("frame", expected="each column name once", got=first_five(repeated_columns))
    if frame.empty:
        raise DataError("frame", expected="at least one row", got="none")
    _check_filled(frame, unit, time)
    years = whole_years(frame[time], time)
    _check_unique(frame[unit], years, unit, time)
    return years


def check_cells(
    long: pd.DataFrame, *, unit: str, time: str, numbers: Sequence[str], categories: Sequence[str]
) -> None:
    """Check the cells that a formula uses: filled, and finite numbers in the columns that it uses
    as numbers.

    Parameters
    ----------
    long : DataFrame
        One row a (unit, period), with columns `unit`, `time` and those named below.
    numbers, categories : sequence of str
        Columns used as numbers, and as categories, in ``C()``.

    Raises
    ------
    DataError
        Naming the first five (unit, period, column): missing cells first, then texts, then
        infinities.
    """
    import pandera.pandas as pa

    finite = pa.Check(np.isfinite, name="finite")
    readable = [name for name in numbers if pd.api.types.is_numeric_dtype(long[name])]
    checks = {name: finite if name in readable else None for name in (*numbers, *categories)}
    schema = pa.DataFrameSchema(
        {name: pa.Column(checks=check, nullable=False) for name, check in checks.items()}
    )
    cases = _failures(long, schema)
    missing = _labels(cases[cases["check"] == "not_nullable"], long, unit, time)
    if missing:
        raise DataError(
            "panel",
            expected="every cell that the formula uses",
            got=f"{len(missing)} missing (unit, period, column): {first_five(missing)}",
            remedy=(
                'Fill them, or balance: panel.balance(drop="units", '
                f'columns={list(checks)!r}) or drop="periods".'
            ),
        )
    _check_numbers(long, unit, time, [name for name in numbers if name not in readable])
    infinite = _labels(cases[cases["check"] == "finite"], long, unit, time)
    if infinite:
        got = f"{len(infinite)} infinite (unit, period, column): {first_five(infinite)}"
        raise DataError(
            "panel", expected="finite numbers in the columns that the formula uses", got=got
        )


def _check_numbers(long: pd.DataFrame, unit: str, time: str, texts: Sequence[str]) -> None:
    """Refuse texts in the columns used as numbers, with the cells that do not read as one."""
    if not texts:
        return
    cells = []
    for name in texts:
        unreadable = pd.to_numeric(long[name], errors="coerce").isna()
        rows = long[unreadable] if unreadable.any() else long
        cells += [
            (*label, name, text)
            for label, text in zip(_index(rows, unit, time), rows[name], strict=True)
        ]
    raise DataError(
        "formula",
        expected=f"numbers in {first_five(texts)}",
        got=f"{len(cells)} (unit, period, column, text): {first_five(cells)}",
        remedy='Read the file with thousands="," or na_values=["—"], convert with '
        "pandas.to_numeric, "
        f"or write C({texts[0]}) for a category.",
    )


def _check_filled(frame: pd.DataFrame, unit: str, time: str) -> None:
    import pandera.pandas as pa

    schema = pa.DataFrameSchema({name: pa.Column(nullable=False) for name in (unit, time)})
    cases = _failures(frame[[unit, time]].reset_index(drop=True), schema)
    for name in (unit, time):
        rows = [int(row) for row in cases.loc[cases["column"] == name, "index"]]
        if rows:
            raise DataError(
                name,
                expected="a value in every row",
                got=f"empty in {len(rows)} rows: {first_five(rows)}",
            )


def _check_unique(ids: pd.Series, years: np.ndarray, unit: str, time: str) -> None:
    """Refuse a (unit, period) that stands in two rows, however its id is written."""
    import pandera.pandas as pa

    index = pd.DataFrame({unit: [id_key(value) for value in ids], time: years})
    cases = _failures(index, pa.DataFrameSchema(unique=[unit, time]))
    if len(cases):
        rows = sorted({int(row) for row in cases["index"]})
        pairs = list(dict.fromkeys((index[unit][row], int(years[row])) for row in rows))
        raise DataError(
            "frame",
            expected=f"one row a ({unit}, {time})",
            got=f"{len(pairs)} pairs more than once: {first_five(pairs)}",
            remedy="Drop or merge the duplicates first.",
        )


def _failures(frame: pd.DataFrame, schema: Any) -> pd.DataFrame:
    """The cases in which `frame` breaks `schema`, with `column`, `check` and `index`; no row if
    there are none.
    """
    from pandera.errors import SchemaErrors

    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        cases: pd.DataFrame = error.failure_cases
        return cases
    return pd.DataFrame({"column": [], "check": [], "index": []})


def _labels(
    cases: pd.DataFrame, long: pd.DataFrame, unit: str, time: str
) -> list[tuple[Hashable, int, str]]:
    """The cells of pandera's cases as (unit, period, column)."""
    rows = _index(long.loc[[int(row) for row in cases["index"]]], unit, time)
    return [(*label, str(column)) for label, column in zip(rows, cases["column"], strict=True)]


def _index(rows: pd.DataFrame, unit: str, time: str) -> list[tuple[Hashable, int]]:
    """(unit, period) of each row, as plain Python values."""
    return list(zip(rows[unit].tolist(), rows[time].tolist(), strict=True))


def whole_years(column: pd.Series, name: str) -> np.ndarray:
    """The periods as int64 of shape (rows,); dates and texts such as "2011" and "2011年" are
    read.
    """
    if pd.api.types.is_datetime64_any_dtype(column) or isinstance(column.dtype, pd.PeriodDtype):
        years: np.ndarray = column.dt.year.to_numpy(dtype=np.int64)
        return years
    values = column
    if not pd.api.types.is_numeric_dtype(column):
        values = pd.to_numeric(
            column.astype(str).str.strip().str.removesuffix("年"), errors="coerce"
        )
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    wrong = ~np.isfinite(numbers) | (numbers != np.round(numbers))
    if wrong.any():
        raise DataError(name, expected="whole years", got=first_five(column.to_numpy()[wrong]))
    return numbers.astype(np.int64)
