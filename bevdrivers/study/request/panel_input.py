"""The panel of a study and its maps, read from the files that the study names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...datasets import load_panel, load_provinces
from ...panel import Panel, read_table, standardise_provinces
from ...panel.foreign import read_map
from ...panel.terms import read_formula
from ...panel.wide import WideTable
from ..errors import StudyError, did_you_mean, errors_at
from .config import CHINA, StudyConfig
from .faults import Faults
from .inputs import existing
from .reading_options import EXCEL
from .wide_input import check_tables, read_wide

if TYPE_CHECKING:
    import geopandas


def read_panel(config: StudyConfig) -> Panel:
    """The panel of a study: read, cut to its units and years, balanced where asked.

    Raises
    ------
    StudyError
        A file, column, unit or year that is not there, or data that make no panel.
    """
    data = config.data
    tables: Sequence[WideTable] = ()
    if data.source:
        panel = load_panel()
    elif data.is_wide:
        frame, tables = read_wide(config, partial(_read_table, config))
        panel = _panel_of(config, frame)
    else:
        panel = _panel_of(config, _read_frame(config))
    panel = _chosen_part(config, panel)
    if data.balance != "none":
        panel = _balanced(config, panel)
    check_tables(config, tables, panel)
    return panel


def _chosen_part(config: StudyConfig, panel: Panel) -> Panel:
    """The units and years that the study asks for."""
    data = config.data
    faults = Faults()
    if data.units is not None:
        with faults.collected(), errors_at(config.location("data", "units")):
            panel = panel.select(units=data.units)
    if data.drop_units:
        with faults.collected(), errors_at(config.location("data", "drop_units")):
            panel = panel.drop_units(*data.drop_units)
    if data.years is not None:
        with faults.collected():
            location = config.location("data", "years")
            panel = panel.select(periods=years_within(panel, data.years, location))
    faults.raise_collected()
    return panel


def _panel_of(config: StudyConfig, frame: pd.DataFrame) -> Panel:
    data = config.data
    with errors_at(config.location("data", "files" if data.files else "file")):
        return Panel.from_frame(
            frame,
            unit=data.unit,
            time=data.time,
            geometry=_read_geometry(config) if data.geometry else None,
        )


def _balanced(config: StudyConfig, panel: Panel) -> Panel:
    """The panel without the units or years in which a column of the formula has a gap."""
    with errors_at(config.location("model", "formula")):
        columns = columns_in(config.model.formula, panel)
    with errors_at(config.location("data", "balance")):
        return panel.balance(drop=config.data.balance, columns=columns)  # type: ignore[arg-type]


def years_within(
    panel: Panel,
    years: tuple[int, int],
    location: str,
) -> list[int]:
    """The panel's years from the first to the last of `years`, both of which it must have."""
    first, last = years
    if first not in panel.periods or last not in panel.periods:
        expected = f"years of the sample, {panel.periods[0]} to {panel.periods[-1]}"
        raise StudyError(
            location,
            expected=expected,
            got=f"{first} to {last}",
            remedy="Choose a first and a last year among them.",
        )
    return [year for year in panel.periods if first <= year <= last]


def columns_in(formula: str, panel: Panel) -> list[str]:
    """The panel's columns that a formula names: those of the outcome, then the others as they
    come.
    """
    return [name for name in read_formula(formula).columns if name in panel.columns]


def _read_frame(config: StudyConfig) -> pd.DataFrame:
    """The data file, with its index columns checked and the names of provinces in their standard
    form.
    """
    data = config.data
    frame = _read_table(config, "file", data.file, data.sheet)
    faults = Faults()
    for key, column in (("unit", data.unit), ("time", data.time)):
        if column not in frame.columns:
            fault = StudyError(
                config.location("data", key),
                expected=f"a column of {Path(data.file).name}",
                got=f"no column {column!r}",
                remedy=did_you_mean(column, frame.columns),
            )
            faults.add(fault)
    faults.raise_collected()
    return frame


def _read_table(
    config: StudyConfig,
    key: str,
    file: str,
    sheet: str | None,
) -> pd.DataFrame:
    """A file that a key of ``[data]`` names, with the names of provinces in their standard form."""
    path = existing(config, "data", key, file)
    data = config.data
    frame = _read_file(config, key, path, sheet)
    if data.geometry == CHINA and data.unit in frame.columns:
        with errors_at(config.location("data", "unit")):
            names = standardise_provinces(frame[data.unit])
        frame = frame.assign(**{data.unit: names})
    return frame


def _read_file(
    config: StudyConfig,
    key: str,
    path: Path,
    sheet: str | None,
) -> pd.DataFrame:
    """A CSV, Excel or Stata file as a frame."""
    _check_excel(config, key, path, sheet)
    options: dict[str, Any] = dict(config.data.reading)
    if path.suffix.lower() in EXCEL:
        options["sheet_name"] = sheet or 0
    with errors_at(config.location("data", key)):
        return read_table(path, ids=config.data.unit, **options)


def _check_excel(
    config: StudyConfig,
    key: str,
    path: Path,
    sheet: str | None,
) -> None:
    """Refuse a sheet of a file that has none, and a workbook that nothing here can read."""
    suffix = path.suffix.lower()
    if sheet is not None and suffix not in EXCEL:
        location = config.location("data", "sheets" if config.data.sheets else "sheet")
        raise StudyError(
            location,
            expected="a sheet of an Excel file",
            got=path.name,
            remedy="Delete the line, or name a workbook (.xlsx) in file.",
        )
    if suffix == ".xlsx" and find_spec("openpyxl") is None:
        location = config.location("data", key)
        remedy = "Install it with pip install 'bevdrivers[excel-word]', or save the sheet as CSV."
        raise StudyError(
            location,
            expected="the package openpyxl",
            got="none",
            remedy=remedy,
        )


def _read_geometry(config: StudyConfig) -> geopandas.GeoDataFrame:
    """The map of the study, with the ids in a column named like the panel's unit."""
    data = config.data
    if data.geometry == CHINA:
        return load_provinces().rename(columns={"province": data.unit})
    path = existing(config, "data", "geometry", data.geometry or "")
    shapes = _read_shapes(path, config.location("data", "geometry"))
    column = data.geometry_unit or data.unit
    if column not in shapes.columns:
        known = [name for name in shapes.columns if name != "geometry"]
        raise StudyError(
            config.location("data", "geometry_unit"),
            expected=f"a column of {path.name}",
            got=f"no column {column!r}",
            remedy=f"{did_you_mean(column, known)} Set geometry_unit.",
        )
    return shapes.assign(**{data.unit: shapes[column]})


def _read_shapes(path: Path, location: str) -> geopandas.GeoDataFrame:
    with errors_at(location):
        return read_map(path)


def read_base(config: StudyConfig) -> geopandas.GeoDataFrame | None:
    """The map to draw beneath the maps, where the study names one."""
    if config.map.base is None:
        return None
    path = existing(config, "map", "base", config.map.base)
    return _read_shapes(path, config.location("map", "base"))
