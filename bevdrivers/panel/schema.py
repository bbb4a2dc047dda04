"""The schema of a long panel frame, checked as one before anything is built from it (pandera)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import DataError, first_five
from ..ids import id_key


def check_frame(frame: pd.DataFrame, unit: str, time: str) -> None:
    """Check the index columns of a long frame: there, filled, and each (unit, period) once.

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
    _check_index(frame, unit, time)


def _check_index(frame: pd.DataFrame, unit: str, time: str) -> None:
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors

    index = pd.DataFrame({"unit": frame[unit].map(id_key, na_action="ignore"), "time": frame[time]})
    index = index.reset_index(drop=True)
    schema = pa.DataFrameSchema(
        {"unit": pa.Column(nullable=False), "time": pa.Column(nullable=False)},
        unique=["unit", "time"],
    )
    try:
        schema.validate(index, lazy=True)
    except SchemaErrors as error:
        _report(error.failure_cases, frame, unit, time)


def _report(cases: pd.DataFrame, frame: pd.DataFrame, unit: str, time: str) -> None:
    """Turn pandera's cases into one error in the package's words: empty ids first, then duplicates."""
    empty = cases[cases["check"] == "not_nullable"]
    if len(empty):
        name = unit if (empty["column"] == "unit").any() else time
        rows = [int(row) for row in empty["index"]]
        raise DataError(name, expected="a value in every row", got=f"empty in {len(rows)} rows: {first_five(rows)}")
    pairs = frame.loc[frame.duplicated([unit, time], keep=False).to_numpy(), [unit, time]]
    if pairs.empty:  # the same code written in two ways
        pairs = frame.iloc[sorted({int(row) for row in cases["index"]})][[unit, time]]
    distinct = list(dict.fromkeys(map(tuple, pairs.itertuples(index=False))))
    raise DataError(
        "frame",
        expected=f"one row a ({unit}, {time})",
        got=f"{len(distinct)} pairs more than once: {first_five(distinct)}",
        remedy="Drop or merge the duplicates first.",
    )


def whole_years(column: pd.Series, name: str) -> np.ndarray:
    """The periods as int64 of shape (rows,); texts such as "2011" and "2011年" are read."""
    if pd.api.types.is_datetime64_any_dtype(column) or isinstance(column.dtype, pd.PeriodDtype):
        return column.dt.year.to_numpy(dtype=np.int64)
    values = column
    if not pd.api.types.is_numeric_dtype(column):
        values = pd.to_numeric(column.astype(str).str.strip().str.removesuffix("年"), errors="coerce")
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    wrong = ~np.isfinite(numbers) | (numbers != np.round(numbers))
    if wrong.any():
        raise DataError(name, expected="whole years", got=first_five(column.to_numpy()[wrong]))
    return numbers.astype(np.int64)
