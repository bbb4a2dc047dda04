"""Data files of a study with one column a year: read, made one long frame, and compared once the
panel is cut to its units and years.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pandas as pd

from ...panel import Panel
from ...panel.wide import WideTable, check_units, check_years, long_frame, tables_by_stub
from ..errors import StudyError, errors_at
from .config import StudyConfig
from .faults import Faults

# a key of [data], a file and perhaps a sheet of it -> the table there
Reader = Callable[[str, str, str | None], pd.DataFrame]

OTHER_UNITS = (
    "Leave these units out, drop_units = [...] in [data], or add their rows: empty cells are "
    "missing."
)
OTHER_YEARS = (
    "Choose years that all have, years = [first, last] in [data], or add empty columns: their cells "
    "are missing."
)


def read_wide(config: StudyConfig, read: Reader) -> tuple[pd.DataFrame, list[WideTable]]:
    """The long frame of all tables, and the tables themselves.

    Raises
    ------
    StudyError
        At the table that is none with one column a year.
    """
    data = config.data
    if data.stubs:
        frame = read("file", data.file, data.sheet)
        with _at(config, "stubs"):
            tables, constants = tables_by_stub(
                frame, data.stubs, data.separator, data.unit, data.time
            )
            return long_frame(tables, data.unit, data.time, constants), tables
    faults = Faults()
    tables = []
    for name in _variables(config):
        with faults.collected():
            tables.append(_table(config, read, name))
    faults.raise_collected()
    with _at(config, _key(config)):
        return long_frame(tables, data.unit, data.time), tables


def check_tables(
    config: StudyConfig,
    tables: Sequence[WideTable],
    panel: Panel,
) -> None:
    """Each variable has a row for every unit of the panel, and a column for every year.

    Raises
    ------
    StudyError
        At the variable that lacks some.
    """
    faults = Faults()
    for table in tables:
        with faults.collected(), errors_at(config.location("data", _key_of(config, table.name))):
            check_units([table], panel.units, OTHER_UNITS)
            check_years([table], panel.periods, OTHER_YEARS)
    faults.raise_collected()


def _variables(config: StudyConfig) -> list[str]:
    return [name for name, _ in (*config.data.files, *config.data.sheets)]


def _table(
    config: StudyConfig,
    read: Reader,
    name: str,
) -> WideTable:
    """The table of one variable, from a file or a sheet of its own."""
    data = config.data
    key = _key_of(config, name)
    file = dict(data.files).get(name, data.file)
    frame = read(key, file, dict(data.sheets).get(name, data.sheet))
    with _at(config, key):
        return WideTable.of(frame, name, data.unit)


def _key(config: StudyConfig) -> str:
    """The key of the layout."""
    data = config.data
    if data.files:
        return "files"
    return "sheets" if data.sheets else "stubs"


def _key_of(config: StudyConfig, name: str) -> str:
    """The key of a variable's table."""
    return "stubs" if config.data.stubs else f"{_key(config)}.{name}"


@contextmanager
def _at(config: StudyConfig, key: str) -> Iterator[None]:
    """Errors of tables at their key, which say what a file needs that is a long one after all."""
    try:
        with errors_at(config.location("data", key)):
            yield
    except StudyError as error:
        if not error.remedy.endswith("a long one."):
            raise
        remedy = f"{error.remedy} Its keys are file, unit and time, without {_key(config)}."
        raise StudyError.at(error.argument, error, remedy=remedy) from error
