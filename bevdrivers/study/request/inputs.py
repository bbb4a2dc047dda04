"""The files that a study names: where they are, and which may be read."""

from __future__ import annotations

import os
from pathlib import Path

from ...datasets import data_path
from ..errors import StudyError, did_you_mean
from .config import CHINA, StudyConfig

BUNDLED_FILES = (
    "bev_panel.csv",
    "provinces_natural_earth.geojson",
    "province_capitals.csv",
    "province_land_area.csv",
)
MAP_FILES = BUNDLED_FILES[1:]
# folders from which studies may read besides their own, as the user says and no study can
ALLOWED = "BEVDRIVERS_DATA"


def existing(
    config: StudyConfig,
    section: str,
    key: str,
    name: str,
) -> Path:
    """The path of a file that the study names, relative to the study's folder.

    A study file may come from a stranger. So what it names has to be a file below its folder, or
    below one of the folders that the user names in the environment variable `BEVDRIVERS_DATA`.
    """
    path = config.folder / name
    location = config.location(section, key)
    if not path.is_file():
        remedy = _nearest_file(path)
        raise StudyError(
            location,
            expected="a file",
            got=f"no file {name!r}",
            remedy=remedy,
        )
    whole = path.resolve()
    if not any(whole.is_relative_to(folder) for folder in _allowed_folders(config)):
        raise StudyError(
            location,
            expected="a file below the folder of the study",
            got=repr(name),
            remedy=(
                f"Move it there, or name the folder that it is in: {ALLOWED}=FOLDER bevdrivers ..."
            ),
        )
    return path


def _nearest_file(path: Path) -> str:
    """What the user may have meant by a file that is not there."""
    folder = path.parent
    names = []
    if folder.is_dir():
        names = sorted(item.name for item in folder.iterdir() if item.is_file())
    if not names:
        return "Paths start at the folder of the study file."
    return did_you_mean(path.name, names)


def _allowed_folders(config: StudyConfig) -> list[Path]:
    named = os.environ.get(ALLOWED, "").split(os.pathsep)
    folders = [config.folder, *(Path(name) for name in named if name)]
    return [folder.resolve() for folder in folders]


def input_files(config: StudyConfig) -> dict[str, Path]:
    """Name as written -> path, of all files that the study reads."""
    paths = _data_files(config)
    if config.map.base:
        paths |= _map_files(config, config.map.base)
    parts = [part for weights in config.weights for part in weights.parts]
    for name in filter(None, (part.option("file") for part in parts)):
        paths[name] = config.folder / name
    return paths


def _data_files(config: StudyConfig) -> dict[str, Path]:
    """The files of the panel and its map."""
    data = config.data
    if data.source:
        return _bundled(BUNDLED_FILES)
    paths = {name: config.folder / name for name in data.paths}
    if data.geometry == CHINA:
        paths |= _bundled(MAP_FILES)
    elif data.geometry:
        paths |= _map_files(config, data.geometry)
    return paths


def _bundled(names: tuple[str, ...]) -> dict[str, Path]:
    return {f"bundled/{name}": data_path(name) for name in names}


def _map_files(config: StudyConfig, name: str) -> dict[str, Path]:
    """The files of a map: a Shapefile is several of one name."""
    path = config.folder / name
    parts = [path]
    if path.suffix.lower() == ".shp":
        parts = sorted(path.parent.glob(f"{path.stem}.*"))
    return {(Path(name).parent / part.name).as_posix(): part for part in parts}
