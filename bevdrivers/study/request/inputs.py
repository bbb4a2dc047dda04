"""What a study file names, read: the panel, its map, the weights; and the files that this took."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...cells import original_text
from ...datasets import data_path, load_panel, load_provinces
from ...errors import InputError, WeightsError
from ...panel import Panel, read_csv, read_excel, read_stata, standardise_provinces
from ...panel.foreign import read_map
from ...panel.terms import read_formula
from ...weights import InverseDistance, KNearest, Queen, Rook, SpatialWeights
from ..errors import StudyError, did_you_mean, placed
from .config import CHINA, StudyConfig
from .records import WeightsConfig

if TYPE_CHECKING:
    import geopandas

BUNDLED_FILES = (
    "bev_panel.csv",
    "provinces_natural_earth.geojson",
    "province_capitals.csv",
    "province_land_area.csv",
)
MAP_FILES = BUNDLED_FILES[1:]
# folders from which studies may read besides their own, as the user says and no study can
ALLOWED = "BEVDRIVERS_DATA"


def read_panel(config: StudyConfig) -> Panel:
    """The panel of a study: read, cut to its units and years, balanced where asked.

    Raises
    ------
    StudyError
        A file, column, unit or year that is not there, or data that make no panel.
    """
    data = config.data
    if data.source:
        panel = load_panel()
    else:
        with placed(config.place("data", "file")):
            panel = Panel.from_frame(
                _frame(config),
                unit=data.unit,
                time=data.time,
                geometry=_geometry(config) if data.geometry else None,
            )
    if data.units is not None:
        with placed(config.place("data", "units")):
            panel = panel.select(units=data.units)
    if data.drop_units:
        with placed(config.place("data", "drop_units")):
            panel = panel.drop_units(*data.drop_units)
    if data.years is not None:
        panel = panel.select(periods=years_within(panel, data.years, config.place("data", "years")))
    if data.balance != "none":
        with placed(config.place("model", "formula")):
            columns = columns_in(config.model.formula, panel)
        with placed(config.place("data", "balance")):
            panel = panel.balance(drop=data.balance, columns=columns)  # type: ignore[arg-type]
    return panel


def years_within(panel: Panel, years: tuple[int, int], place: str) -> list[int]:
    """The panel's years from the first to the last of `years`, both of which it must have."""
    first, last = years
    if first not in panel.periods or last not in panel.periods:
        expected = f"years of the sample, {panel.periods[0]} to {panel.periods[-1]}"
        raise StudyError(place, expected=expected, got=f"{first} to {last}")
    return [year for year in panel.periods if first <= year <= last]


def columns_in(formula: str, panel: Panel) -> list[str]:
    """The panel's columns that a formula names: those of the outcome, then the others as they
    come.
    """
    return [name for name in read_formula(formula).columns if name in panel.columns]


def _frame(config: StudyConfig) -> pd.DataFrame:
    """The data file, with its index columns checked and the names of provinces in their standard
    form.
    """
    data = config.data
    path = existing(config, "data", "file", data.file)
    frame = _read(config, path)
    for key, column in (("unit", data.unit), ("time", data.time)):
        if column not in frame.columns:
            remedy = did_you_mean(column, frame.columns)
            got = f"no column {column!r}"
            raise StudyError(
                config.place("data", key),
                expected=f"a column of {path.name}",
                got=got,
                remedy=remedy,
            )
    if data.geometry == CHINA:
        with placed(config.place("data", "unit")):
            frame = frame.assign(**{data.unit: standardise_provinces(frame[data.unit])})
    return frame


def _read(config: StudyConfig, path: Path) -> pd.DataFrame:
    """A CSV, Excel or Stata file as a frame."""
    kind = path.suffix.lower()
    if config.data.sheet is not None and kind not in (".xlsx", ".xls"):
        raise StudyError(
            config.place("data", "sheet"), expected="a sheet of an Excel file", got=path.name
        )
    if kind == ".xlsx" and find_spec("openpyxl") is None:
        remedy = "Install it with pip install 'bevdrivers[excel-word]', or save the sheet as CSV."
        raise StudyError(
            config.place("data", "file"), expected="the package openpyxl", got="none", remedy=remedy
        )
    with placed(config.place("data", "file")):
        if kind == ".csv":
            return read_csv(path)
        if kind == ".dta":
            return read_stata(path)
        return read_excel(path, sheet_name=config.data.sheet or 0)


def _geometry(config: StudyConfig) -> geopandas.GeoDataFrame:
    """The map of the study, with the ids in a column named like the panel's unit."""
    data, place = config.data, config.place("data", "geometry")
    if data.geometry == CHINA:
        return load_provinces().rename(columns={"province": data.unit})
    path = existing(config, "data", "geometry", data.geometry or "")
    shapes = _shapes(path, place)
    column = data.geometry_unit or data.unit
    if column not in shapes.columns:
        remedy = (
            f"{did_you_mean(column, [c for c in shapes.columns if c != 'geometry'])} Set "
            "geometry_unit."
        )
        got = f"no column {column!r}"
        raise StudyError(
            config.place("data", "geometry_unit"),
            expected=f"a column of {path.name}",
            got=got,
            remedy=remedy,
        )
    return shapes.assign(**{data.unit: shapes[column]})


def _shapes(path: Path, place: str) -> geopandas.GeoDataFrame:
    """A map from a file."""
    with placed(place):
        return read_map(path)


def read_base(config: StudyConfig) -> geopandas.GeoDataFrame | None:
    """The map to draw beneath the maps, where the study names one."""
    if config.map.base is None:
        return None
    return _shapes(existing(config, "map", "base", config.map.base), config.place("map", "base"))


def existing(config: StudyConfig, section: str, key: str, name: str) -> Path:
    """The path of a file that the study names, relative to the study's folder.

    A study file may come from a stranger. So what it names has to be a file below its folder, or
    below one of the folders that the user names in the environment variable `BEVDRIVERS_DATA`.
    """
    path = config.folder / name
    if not path.is_file():
        near = (
            [item.name for item in path.parent.iterdir() if item.is_file()]
            if path.parent.is_dir()
            else []
        )
        remedy = (
            did_you_mean(path.name, sorted(near))
            if near
            else "Paths start at the folder of the study file."
        )
        raise StudyError(
            config.place(section, key), expected="a file", got=f"no file {name!r}", remedy=remedy
        )
    if not any(path.resolve().is_relative_to(place) for place in _allowed_places(config)):
        raise StudyError(
            config.place(section, key),
            expected="a file below the folder of the study",
            got=repr(name),
            remedy=(
                f"Move it there, or name the folder that it is in: {ALLOWED}=FOLDER bevdrivers ..."
            ),
        )
    return path


def _allowed_places(config: StudyConfig) -> list[Path]:
    named = [place for place in os.environ.get(ALLOWED, "").split(os.pathsep) if place]
    return [place.resolve() for place in (config.folder, *map(Path, named))]


def input_files(config: StudyConfig) -> dict[str, Path]:
    """Name as written -> path, of all files that the study reads."""
    data = config.data
    if data.source:
        found = {f"bundled/{name}": data_path(name) for name in BUNDLED_FILES}
    else:
        found = {data.file: config.folder / data.file}
        if data.geometry == CHINA:
            found |= {f"bundled/{name}": data_path(name) for name in MAP_FILES}
        elif data.geometry:
            found |= _map_files(config, data.geometry)
    if config.map.base:
        found |= _map_files(config, config.map.base)
    return found | {one.file: config.folder / one.file for one in config.weights if one.file}


def _map_files(config: StudyConfig, name: str) -> dict[str, Path]:
    """The files of a map: a Shapefile is several of one name."""
    path = config.folder / name
    parts = sorted(path.parent.glob(f"{path.stem}.*")) if path.suffix.lower() == ".shp" else [path]
    return {(Path(name).parent / part.name).as_posix(): part for part in parts}


def make_weights(config: StudyConfig, panel: Panel) -> dict[str, SpatialWeights]:
    """The study's weights by name, aligned with the panel; the first is the main one.

    Raises
    ------
    StudyError
        Naming the section of the weights that cannot be made.
    """
    found = {}
    for one in config.weights:
        section = f"weights.{one.name}"
        _check_points(config, one, panel)
        with placed(config.place(section, "file" if one.kind == "file" else "kind")):
            try:
                fitted = (
                    _from_file(config, one)
                    if one.kind == "file"
                    else RECIPES[one.kind](one).fit(panel)
                )
                found[one.name] = fitted.align(panel.units)
            except WeightsError as error:
                raise _in_toml(config, section, error) from error
    return found


def _check_points(config: StudyConfig, one: WeightsConfig, panel: Panel) -> None:
    """The columns of longitude and latitude have to be there."""
    mapped = (
        []
        if panel.geometry is None
        else [str(name) for name in panel.geometry.columns if name != "geometry"]
    )
    known = [*panel.columns, *mapped]
    for name in one.points if isinstance(one.points, tuple) else ():
        if name not in known:
            expected, remedy = "columns of the data or the map", did_you_mean(name, known)
            place = config.place(f"weights.{one.name}", "points")
            raise StudyError(place, expected=expected, got=f"no column {name!r}", remedy=remedy)


def _in_toml(config: StudyConfig, section: str, error: WeightsError) -> InputError:
    """The error at the key that it is about, with a remedy that a study file understands."""
    if error.argument not in ("islands", "k", "points"):
        return error
    remedy = error.remedy
    if error.argument == "islands":
        remedy = (
            'Join them: islands = { "the unit" = ["its neighbour"] } or islands = '
            '"nearest"; or "keep" them alone.'
        )
    place = config.place(section, error.argument)
    return StudyError(place, expected=error.expected, got=error.got, remedy=remedy)


def _shared(one: WeightsConfig) -> dict[str, Any]:
    islands = one.islands if isinstance(one.islands, str) else dict(one.islands)
    return {"islands": islands, "normalise": None if one.normalise == "none" else one.normalise}


RECIPES: dict[str, Callable[[WeightsConfig], Any]] = {
    "queen": lambda one: Queen(**_shared(one)),
    "rook": lambda one: Rook(**_shared(one)),
    "knearest": lambda one: KNearest(one.k, points=one.points, **_shared(one)),
    "inverse-distance": lambda one: InverseDistance(
        one.power, cutoff_km=one.cutoff_km, points=one.points, **_shared(one)
    ),
}


def _from_file(config: StudyConfig, one: WeightsConfig) -> SpatialWeights:
    """Weights from a CSV file: a square matrix with ids in the first row and column, or focal,
    neighbor, weight.
    """
    path = existing(config, f"weights.{one.name}", "file", one.file or "")
    frame = read_csv(path)
    if list(frame.columns) == ["focal", "neighbor", "weight"]:
        matrix = frame.pivot(index="focal", columns="neighbor", values="weight")
        ids = sorted({*frame["focal"], *frame["neighbor"]}, key=str)
        matrix = matrix.reindex(index=ids, columns=ids).fillna(0.0)
    else:
        matrix = frame.set_index(frame.columns[0])
    rows, columns = _names(config, matrix.index), _names(config, matrix.columns)
    if sorted(map(str, rows)) != sorted(map(str, columns)):
        raise StudyError(
            config.place(f"weights.{one.name}", "file"),
            expected=(
                "the ids of the units in the first column and, the same ones, in the first row"
            ),
            got=f"{len(rows)} rows and {len(columns)} columns whose ids differ",
            remedy="A file with the columns focal, neighbor, weight does as well.",
        )
    square = matrix.set_axis(list(map(str, rows)), axis=0).set_axis(list(map(str, columns)), axis=1)
    square = square[list(map(str, rows))]
    return SpatialWeights.from_matrix(square, ids=rows, name=one.label or path.stem, **_shared(one))


def _names(config: StudyConfig, ids: Any) -> list[Any]:
    """Ids of a weights file, in the form of the panel's."""
    names = [original_text(name) for name in ids]
    return standardise_provinces(names) if config.data.geometry == CHINA else names
