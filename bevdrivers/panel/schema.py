"""The schema of a long panel frame, checked as one before anything is built from it (pandera)."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError, first_five
from ..ids import id_key
from .identifiers import FILL, check_ids, unit_labels
from .matching import did_you_mean
from .periods import whole_years

# numbers that no reading option turns into numbers -> what does
CELL_FORMS = (
    (
        re.compile(r"[\d.,]+\s*[%％]"),
        'Take the signs away: frame[...].str.rstrip("%").astype(float). ',
    ),
    (re.compile(r"[+-]?[\d.]+", re.ASCII), "Convert the texts with pandas.to_numeric. "),
    (
        re.compile(r"\D?[０-９．，]+"),
        'Full-width digits: pandas.to_numeric(frame[...].str.normalize("NFKC")). ',
    ),
    (
        re.compile(r"\d{4}-\d\d?-\d\d?.*"),
        "Dates are no numbers: take what is meant of them first. ",
    ),
)


@dataclass(frozen=True)
class LongFrame:
    """A long frame whose index columns are checked.

    Attributes
    ----------
    frame : DataFrame
        The user's, with the levels of its index that are unit or time as columns.
    ids : tuple, length rows
        The unit of each row, as it comes.
    years : int array of shape (rows,)
    labels : dict
        Key of a unit (by `id_key`) -> its label.
    notes : tuple of str
        What was read as something else.
    """

    frame: pd.DataFrame
    ids: tuple[Hashable, ...]
    years: np.ndarray
    labels: dict[Hashable, Hashable]
    notes: tuple[str, ...]


def check_frame(
    frame: pd.DataFrame,
    unit: str,
    time: str,
) -> LongFrame:
    """Check the index columns of a long frame: there, filled, and each (unit, period) once.

    Raises
    ------
    DataError
        With the first five offending rows.
    """
    if not isinstance(frame, pd.DataFrame):
        raise DataError(
            "frame",
            expected="a pandas DataFrame",
            got=type(frame).__name__,
            remedy=("Read the file first, by pd.read_csv(path), or pass pd.DataFrame(...)."),
        )
    check_index_names(unit, time)
    _refuse_levels_of_names(frame)
    long = with_index_as_columns(frame, (unit, time))
    _check_columns(long, unit, time)
    if long.empty:
        raise DataError(
            "frame",
            expected="at least one row",
            got="none",
            remedy="Is the file more than its header?",
        )
    _check_filled(long, unit, time)
    ids = tuple(long[unit].tolist())
    check_ids(ids, unit)
    labels, cleaned = unit_labels(ids, unit)
    years, from_dates = whole_years(long[time], time)
    _check_unique(ids, years, unit, time)
    notes = (*([cleaned] if cleaned else []), *from_dates)
    return LongFrame(long, ids, years, labels, notes)


def check_index_names(unit: str, time: str) -> None:
    """Unit and time are the names of two columns."""
    for argument, name in (("unit", unit), ("time", time)):
        if not isinstance(name, str):
            remedy = "Rename the column: frame.rename(columns=...)."
            raise DataError(
                argument,
                expected="the name of a column, a text",
                got=repr(name),
                remedy=remedy,
            )
    if unit == time:
        raise DataError(
            "time",
            expected="another column than unit",
            got=repr(time),
            remedy="Name the column of the years as time.",
        )


def _refuse_levels_of_names(frame: pd.DataFrame) -> None:
    if frame.columns.nlevels > 1:
        raise DataError(
            "frame",
            expected="one name a column",
            got=f"{frame.columns.nlevels} levels of names: {first_five(frame.columns)}",
            remedy='Join them, frame.columns = ["_".join(names) for names in frame.columns], or '
            "take one with frame.droplevel(0, axis=1).",
        )


def with_index_as_columns(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The frame with unit and time as columns, where they are levels of its index.

    Where one is both, the two have to say the same.
    """
    levels = [name for name in names if name in frame.index.names]
    for name in levels:
        if frame.index.names.count(name) > 1:
            raise DataError(
                "frame",
                expected=f"one level {name!r}",
                got="several in the index",
                remedy="Rename the levels of the index: frame.rename_axis([...]).",
            )
    both = [name for name in levels if name in frame.columns]
    for name in both:
        if frame.index.get_level_values(name).tolist() != frame[name].tolist():
            got = f"a column {name!r} and a level of the index that differ"
            remedy = "Rename or drop one of them."
            raise DataError(
                "frame",
                expected="one of a name",
                got=got,
                remedy=remedy,
            )
    own = [name for name in levels if name not in both]
    return frame.reset_index(own) if own else frame


def _check_columns(
    frame: pd.DataFrame,
    unit: str,
    time: str,
) -> None:
    """Unit and time are there, and each name once."""
    lacking = [name for name in (unit, time) if name not in frame.columns]
    if lacking:
        raise DataError(
            "frame",
            expected=f"columns {unit!r} (unit) and {time!r} (time)",
            got=f"no column {first_five(lacking)} among {first_five(frame.columns)}",
            remedy=_where_it_may_be(lacking[0], frame),
        )
    repeated_columns = frame.columns[frame.columns.duplicated()]
    if len(repeated_columns):
        raise DataError(
            "frame",
            expected="each column name once",
            got=first_five(repeated_columns),
            remedy="Rename one of them, or leave it out.",
        )


def _where_it_may_be(name: str, frame: pd.DataFrame) -> str:
    """What the user may have meant by a column that is not there."""
    columns = list(frame.columns)
    near = did_you_mean(name, columns)
    if near:
        return near
    sign = next((sign for sign in (";", "\t", "|") if sign in str(columns[:1])), "")
    if len(columns) == 1 and sign:
        return f'Are the cells divided by {sign!r}? Pass sep="{sign}".'
    if frame.index.nlevels > 1:
        return 'Name the levels of the index: frame.rename_axis(["unit", "year"]).'
    return "Name the columns as they are called in the frame: unit=..., time=...."


def check_cells(
    long: pd.DataFrame,
    *,
    unit: str,
    time: str,
    numbers: Sequence[str],
    categories: Sequence[str],
    may_lack: bool = False,
    needed_by: str = "",
) -> None:
    """Check the cells that a formula uses: filled, and finite numbers in the columns that it uses
    as numbers.

    Parameters
    ----------
    long : DataFrame
        One row a (unit, period), with columns `unit`, `time` and those named below.
    numbers, categories : sequence of str
        Columns used as numbers, and as categories, in ``C()``.
    may_lack : bool
        Whether cells may be missing.
    needed_by : str
        What needs those that are, for the message.

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
        {name: pa.Column(checks=check, nullable=may_lack) for name, check in checks.items()}
    )
    cases = _failures(long, schema)
    missing = _labels(cases[cases["check"] == "not_nullable"], long, unit, time)
    if missing:
        raise DataError(
            "panel",
            expected="every cell that the formula uses"
            + (f", for {needed_by}" if needed_by else ""),
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
            "panel",
            expected="finite numbers in the columns that the formula uses",
            got=got,
            remedy=(
                "Look for divisions by zero or overflow where the data were made, and put missing "
                "cells in their place."
            ),
        )


def _check_numbers(
    long: pd.DataFrame,
    unit: str,
    time: str,
    texts: Sequence[str],
) -> None:
    """Refuse texts in the columns used as numbers, with the cells that do not read as one."""
    if not texts:
        return
    cells: list[Any] = []
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
        remedy=_how_to_read(cells[0][-1], texts[0]),
    )


def _how_to_read(cell: object, name: str) -> str:
    """How a cell that is no number becomes one."""
    text = str(cell).strip()
    hint = next((hint for form, hint in CELL_FORMS if form.fullmatch(text)), "")
    options = 'thousands=",", decimal="," or na_values=["—"]'
    return f"{hint}Read the file with {options}, or write C({name}) for a category."


def _check_filled(
    frame: pd.DataFrame,
    unit: str,
    time: str,
) -> None:
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
                remedy=FILL,
            )


def _check_unique(
    ids: Sequence[Hashable],
    years: np.ndarray,
    unit: str,
    time: str,
) -> None:
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
    return pd.DataFrame(
        {
            "column": [],
            "check": [],
            "index": [],
        }
    )


def _labels(
    cases: pd.DataFrame,
    long: pd.DataFrame,
    unit: str,
    time: str,
) -> list[tuple[Hashable, int, str]]:
    """The cells of pandera's cases as (unit, period, column)."""
    rows = _index(long.loc[[int(row) for row in cases["index"]]], unit, time)
    return [(*label, str(column)) for label, column in zip(rows, cases["column"], strict=True)]


def _index(
    rows: pd.DataFrame,
    unit: str,
    time: str,
) -> list[tuple[Hashable, int]]:
    """(unit, period) of each row, as plain Python values."""
    return list(zip(rows[unit].tolist(), rows[time].tolist(), strict=True))


def with_one_period(frame: Any, time: str) -> Any:
    """A frame with a column of periods, all of them 1 where it has none; what is no frame as it is."""
    if not isinstance(frame, pd.DataFrame):
        return frame
    if time in frame.columns or time in frame.index.names:
        return frame
    return frame.assign(**{time: 1})
