"""Wide tables, one row a unit and one column a year, as statistical yearbooks print them -> one long
frame.

A variable has a table of its own, whose columns are years; or one table holds several variables, in
columns such as ``gdp_2011``.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError, OptionError, first_five
from ..ids import id_key, repeated
from .foreign import NOTES
from .identifiers import check_ids, unit_labels
from .matching import did_you_mean, why_unmatched
from .periods import whole_years
from .schema import check_index_names, with_index_as_columns

DIGIT = re.compile(r"\d")
OTHER_UNITS = "Take these rows out of the other tables, or add them here: empty cells are missing."
OTHER_YEARS = (
    "Take the columns of these years out of the other tables, or add empty ones here: their cells "
    "are missing."
)


@dataclass(frozen=True)
class WideTable:
    """The table of one variable.

    Attributes
    ----------
    name : str
        The variable's.
    ids : tuple, length rows
        The unit of each row, as it comes.
    cells : DataFrame of shape (rows, years)
        Indexed by the units' keys (by `id_key`), its columns are years.
    notes : tuple of str
        What was read as something else.
    """

    name: str
    ids: tuple[Hashable, ...]
    cells: pd.DataFrame
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        table: pd.DataFrame,
        name: str,
        unit: str,
    ) -> WideTable:
        """The table of `name`: a column `unit`, perhaps in the index, all others are years.

        Raises
        ------
        DataError
            About `name`: no column `unit`, ids that are none or stand in two rows, columns that are
            no years or the same year, or no row or year at all.
        """
        frame = _with_unit(table, name, unit)
        ids = _checked_ids(frame[unit], name, unit)
        cells = frame.drop(columns=unit)
        years, notes = _years_of(cells.columns, name, unit)
        cells = cells.set_axis(years, axis=1).set_axis(list(map(id_key, ids)), axis=0)
        return cls(name, ids, cells, (*table.attrs.get(NOTES, ()), *notes))


def tables_by_stub(
    table: pd.DataFrame,
    stubs: Sequence[str],
    separator: str,
    unit: str,
    time: str,
) -> tuple[list[WideTable], pd.DataFrame]:
    """The tables of several variables that stand side by side in one, by the beginnings of the names
    of its columns.

    Parameters
    ----------
    table : DataFrame
        Columns `unit`, ``<stub><separator><year>`` and others, which hold for every year.
    stubs : sequence of str
        The variables.
    separator : str
        What stands between a variable and its year, perhaps nothing.
    unit, time : str
        The column of the units, and the name that the years will have.

    Returns
    -------
    tables : list of WideTable
    constants : DataFrame
        The other columns, indexed by the units' keys.

    Raises
    ------
    DataError
        A stub matches nothing or has a column whose year cannot be read, or as `WideTable.of`.
    """
    frame = _with_unit(table, "stubs", unit)
    _refuse_long(frame, time)
    others = [column for column in frame.columns if column != unit]
    columns = _columns_of_stubs(others, stubs, separator)
    tables = []
    for stub, names in columns.items():
        part = frame[[unit, *names]].set_axis([unit, *names.values()], axis=1)
        tables.append(WideTable.of(part, stub, unit))
    taken = {name for names in columns.values() for name in names}
    kept = [name for name in others if name not in taken and str(frame.dtypes[name]) != "geometry"]
    constants = frame[kept].set_axis(tables[0].cells.index, axis=0)
    noted = replace(tables[0], notes=tuple(table.attrs.get(NOTES, ())))
    return [noted, *tables[1:]], constants


def long_frame(
    tables: Sequence[WideTable],
    unit: str,
    time: str,
    constants: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Wide tables as one frame with a row for each unit and year that any of them has.

    What was done is among its `attrs`, for the panel that is made of it.

    Raises
    ------
    DataError
        A variable is called as the index, or ids differ by zeros in front alone.
    """
    check_index_names(unit, time)
    for table in tables:
        if table.name in (unit, time):
            got = f"{table.name!r}, which is the unit or the time"
            raise DataError(
                "tables",
                expected="variables with names of their own",
                got=got,
                remedy="Rename the variable, or the unit or time column.",
            )
    labels, cleaned = unit_labels([value for table in tables for value in table.ids], unit)
    years = sorted({int(year) for table in tables for year in table.cells.columns})
    columns: dict[Hashable, Any] = {
        unit: np.repeat(np.array(list(labels.values()), dtype=object), len(years)),
        time: np.tile(years, len(labels)),
    }
    for table in tables:
        cells = table.cells.reindex(index=list(labels), columns=years)
        columns[table.name] = cells.to_numpy().ravel()
    if constants is not None:
        held = constants.reindex(list(labels))
        for name in held.columns:
            if name in columns:
                got = f"a variable and a column {name!r}"
                raise DataError(
                    "stubs",
                    expected="each name once",
                    got=got,
                    remedy="Rename the column or the variable.",
                )
            columns[name] = held[name].repeat(len(years)).to_numpy()
    frame = pd.DataFrame(columns)
    noted = [note for table in tables for note in table.notes]
    done = _what_was_done(tables, years, constants)
    frame.attrs[NOTES] = tuple(dict.fromkeys([*noted, *filter(None, [cleaned]), *done]))
    return frame


def check_years(
    tables: Iterable[WideTable],
    periods: Sequence[int],
    remedy: str = OTHER_YEARS,
) -> None:
    """Refuse variables without a column for some of the periods.

    Raises
    ------
    DataError
        About the first such variable.
    """
    for table in tables:
        lacking = [year for year in periods if year not in table.cells.columns]
        if lacking:
            raise DataError(
                table.name,
                expected="a column for every year that another variable has",
                got=f"none of {table.name!r} for {len(lacking)} years: {first_five(lacking)}",
                remedy=remedy,
            )


def check_units(
    tables: Iterable[WideTable],
    units: Sequence[Hashable],
    remedy: str = OTHER_UNITS,
) -> None:
    """Refuse variables without a row for some of the units.

    Raises
    ------
    DataError
        About the first such variable.
    """
    for table in tables:
        lacking = [unit for unit in units if id_key(unit) not in table.cells.index]
        if lacking:
            reasons = why_unmatched(lacking, list(dict.fromkeys(table.ids)), "table")
            raise DataError(
                table.name,
                expected="a row for every unit that another variable has",
                got=f"none of {table.name!r} for {len(lacking)} units: {first_five(lacking)}",
                remedy=f"{remedy} {reasons}".strip(),
            )


def check_layout(tables: object, stubs: Sequence[str] | None) -> None:
    """Either one table with stubs, or a mapping from variables to tables."""
    several = isinstance(tables, Mapping)
    if several and not tables:
        raise DataError(
            "tables",
            expected="at least one variable and its table",
            got="none",
            remedy="Pass {'gdp': table}, a table for each variable.",
        )
    names = list(tables) if isinstance(tables, Mapping) else list(stubs or ())
    texts = [name for name in names if not isinstance(name, str) or not name]
    if texts or isinstance(stubs, str):
        got = repr(stubs) if isinstance(stubs, str) else first_five(texts)
        raise OptionError(
            "stubs",
            expected="names of variables, as a list of texts",
            got=got,
            remedy="Write them as stubs=['gdp'].",
        )
    if len(set(names)) < len(names):
        raise OptionError(
            "stubs",
            expected="each variable once",
            got=first_five(names),
            remedy="Name each variable once.",
        )
    if several == bool(stubs):
        raise OptionError(
            "stubs",
            expected="either one table with stubs, or a table for each variable",
            got="both" if several else "one table without stubs",
            remedy='Pass {"gdp": table} where all columns are years, or stubs=["gdp"] where they are '
            "called gdp2011, gdp2012.",
        )


def _with_unit(
    table: pd.DataFrame,
    name: str,
    unit: str,
) -> pd.DataFrame:
    """The table with `unit` as a column and every column once."""
    if not isinstance(table, pd.DataFrame):
        raise DataError(
            name,
            expected="a pandas DataFrame",
            got=type(table).__name__,
            remedy="Pass one: pandas reads tables from files and arrays.",
        )
    if table.columns.nlevels > 1:
        raise DataError(
            name,
            expected="one name a column",
            got=f"{table.columns.nlevels} levels of names: {first_five(table.columns)}",
            remedy="Give each variable a table of its own, such as frame[name] for each name.",
        )
    frame = with_index_as_columns(table, (unit,))
    if unit not in frame.columns:
        raise DataError(
            name,
            expected=f"a column {unit!r} with the units",
            got=f"no such column among {first_five(frame.columns)}",
            remedy=did_you_mean(unit, list(frame.columns)),
        )
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise DataError(
            name,
            expected="each column name once",
            got=first_five(twice),
            remedy="Rename or drop the columns that stand there twice.",
        )
    return frame


def _checked_ids(
    column: pd.Series,
    name: str,
    unit: str,
) -> tuple[Hashable, ...]:
    """The units of the rows: filled, and each in one row."""
    if column.empty:
        raise DataError(
            name,
            expected="a row for each unit",
            got="no row",
            remedy="Give the table its rows.",
        )
    empty = np.flatnonzero(column.isna()).tolist()
    if empty:
        raise DataError(
            name,
            expected=f"a unit in every row, in the column {unit!r}",
            got=f"none in {len(empty)} rows: {first_five(empty)}",
            remedy="Rows count from 0. Leave out rows of totals and notes.",
        )
    ids = tuple(column.tolist())
    check_ids(ids, name)
    if repeated(ids):
        raise DataError(
            name,
            expected="one row a unit",
            got=f"{len(repeated(ids))} units more than once: {first_five(repeated(ids))}",
            remedy="Merge the rows of each; a table with a row for each unit and year is a long one.",
        )
    return ids


def _years_of(
    columns: Iterable[Hashable],
    name: str,
    unit: str,
) -> tuple[list[int], tuple[str, ...]]:
    """The years that columns are called by, each once."""
    labels = list(columns)
    remedy = (
        "Years are columns such as 2011 or 2011年. Take other columns out of the table; a table with "
        "a row for each unit and year is a long one."
    )
    expected = f"columns that are years, beside {unit!r}"
    if not labels:
        raise DataError(
            name,
            expected=expected,
            got="none",
            remedy=remedy,
        )
    try:
        years, notes = whole_years(pd.Series(labels, dtype=object), name)
    except DataError as error:
        raise DataError(
            name,
            expected=expected,
            got=error.got,
            remedy=remedy,
        ) from None
    if len(set(years.tolist())) < len(labels):
        twice = [
            label
            for label, year in zip(labels, years, strict=True)
            if np.count_nonzero(years == year) > 1
        ]
        raise DataError(
            name,
            expected="each year in one column",
            got=first_five(twice),
            remedy="Keep one column a year.",
        )
    return years.tolist(), notes


def _refuse_long(frame: pd.DataFrame, time: str) -> None:
    if time in frame.columns:
        raise DataError(
            "time",
            expected="a name for the years, which stand in the names of columns",
            got=f"a column {time!r} of the table",
            remedy="Choose another name; where it holds the years, the table is a long one.",
        )


def _columns_of_stubs(
    columns: Sequence[Hashable],
    stubs: Sequence[str],
    separator: str,
) -> dict[str, dict[Hashable, str]]:
    """Stub -> its columns, and the year of each as it is written.

    A column belongs to the longest stub that it begins with, where a digit comes next: ``gdp_2011``
    is one of ``gdp``, ``gdp_growth_2011`` is not.
    """
    found: dict[str, dict[Hashable, str]] = {stub: {} for stub in stubs}
    for column in columns:
        text = str(column)
        fitting = [stub for stub in stubs if text.startswith(stub + separator)]
        stub = max(fitting, key=len, default="")
        year = text.removeprefix(stub + separator)
        if fitting and DIGIT.match(year):
            found[stub][column] = year
    for stub, names in found.items():
        if not names:
            raise DataError(
                "stubs",
                expected=f"columns that begin with {stub + separator!r} and end in a year",
                got=f"none among {first_five(columns)}",
                remedy=_nearest_stub(stub, separator, columns),
            )
    return found


def _nearest_stub(
    stub: str,
    separator: str,
    columns: Sequence[Hashable],
) -> str:
    """What the user may have meant by a stub without a column."""
    begun = [str(column) for column in columns if str(column).startswith(stub)]
    dated = [name for name in begun if DIGIT.search(name.removeprefix(stub))]
    if dated:
        between = re.split(r"\d", dated[0].removeprefix(stub), maxsplit=1)[0]
        return f"Between name and year stands {between!r}, not {separator!r}: set separator."
    known = [re.sub(r"[\W_]*\d+\D*$", "", str(column)) for column in columns]
    return did_you_mean(stub, list(dict.fromkeys(known)))


def _what_was_done(
    tables: Sequence[WideTable],
    years: Sequence[int],
    constants: pd.DataFrame | None,
) -> list[str]:
    names = ", ".join(table.name for table in tables)
    done = [f"{names}: tables with one column a year made long, {years[0]} to {years[-1]}"]
    if constants is not None and len(constants.columns):
        same = ", ".join(map(str, constants.columns))
        done.append(f"{same}: the same in every year, from columns without one")
    return done
