"""The spatial weights of a study: made by a recipe, or read from a file that the study names."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from ...errors import InputError, WeightsError
from ...panel import Panel, standardise_provinces
from ...weights import FromFile, SpatialWeights
from ...weights.file_recipe import with_blanks
from ..errors import StudyError, did_you_mean, errors_at
from .config import CHINA, StudyConfig
from .inputs import existing
from .records import WeightsConfig
from .weights_kinds import FROM_FILE, RECIPES

# argument of the weights -> the remedy in the words of a study file
REMEDIES = {
    "islands": (
        'Join them: islands = { "the unit" = ["its neighbour"] } or islands = "nearest"; or '
        '"keep" them alone.'
    ),
    "points": (
        'Say how far apart they count, as in least_km = 1, or points = ["lon", "lat"], columns of '
        "other places."
    ),
    "path": (
        "Write the file as a square matrix with the ids of the units in the first row and column, "
        "or with the columns focal, neighbor, weight, and numbers with a decimal point."
    ),
    "ids": "Write the ids of the units into the file, each unit once.",
    "weights": "Write a row for every unit of the data, or leave units out by drop_units.",
}


def make_weights(config: StudyConfig, panel: Panel) -> dict[str, SpatialWeights]:
    """The study's weights by name, aligned with the panel; the first is the main one.

    Raises
    ------
    StudyError
        Naming the section of the weights that cannot be made.
    """
    return {one.name: _aligned_weights(config, one, panel) for one in config.weights}


def _aligned_weights(config: StudyConfig, wanted: WeightsConfig, panel: Panel) -> SpatialWeights:
    section = f"weights.{wanted.name}"
    _check_points(config, wanted, panel)
    key = "file" if wanted.kind == FROM_FILE else "kind"
    with errors_at(config.location(section, key)):
        try:
            return _fitted(config, wanted, panel).align(panel.units)
        except WeightsError as error:
            raise _in_words_of_study(config, wanted, error) from error


def _fitted(config: StudyConfig, wanted: WeightsConfig, panel: Panel) -> SpatialWeights:
    if wanted.kind == FROM_FILE:
        return _from_file(config, wanted, panel)
    recipe, keys = RECIPES[wanted.kind]
    own = {key: getattr(wanted, key) for key in keys}
    return recipe(**own, **_shared_options(wanted)).fit(panel)


def _shared_options(wanted: WeightsConfig) -> dict[str, Any]:
    """The options that weights of all kinds take."""
    islands = wanted.islands if isinstance(wanted.islands, str) else dict(wanted.islands)
    normalise = None if wanted.normalise == "none" else wanted.normalise
    return {"islands": islands, "normalise": normalise}


def _check_points(config: StudyConfig, wanted: WeightsConfig, panel: Panel) -> None:
    """The columns of longitude and latitude have to be there."""
    if not isinstance(wanted.points, tuple):
        return
    known = [*panel.columns, *_columns_of_map(panel)]
    for name in wanted.points:
        if name not in known:
            raise StudyError(
                config.location(f"weights.{wanted.name}", "points"),
                expected="columns of the data or the map",
                got=f"no column {name!r}",
                remedy=did_you_mean(name, known),
            )


def _columns_of_map(panel: Panel) -> list[str]:
    if panel.geometry is None:
        return []
    return [str(name) for name in panel.geometry.columns if name != "geometry"]


def _in_words_of_study(
    config: StudyConfig, wanted: WeightsConfig, error: WeightsError
) -> InputError:
    """The error at the key that it is about, with a remedy that a study file understands."""
    in_python = "=" in error.remedy
    remedy = REMEDIES.get(error.argument, "") if in_python else error.remedy
    key = error.argument if error.argument in ("islands", "k", "points") else ""
    if not key and not in_python:
        return error
    if not key:
        key = "file" if wanted.kind == FROM_FILE else "kind"
    location = config.location(f"weights.{wanted.name}", key)
    return StudyError(location, expected=error.expected, got=error.got, remedy=remedy)


def _from_file(config: StudyConfig, wanted: WeightsConfig, panel: Panel) -> SpatialWeights:
    """Weights from a file, of all units that it names."""
    path = existing(config, f"weights.{wanted.name}", "file", wanted.file or "")
    named, links = FromFile(path).read()
    ids: Sequence[Hashable] = with_blanks(named, panel.units)
    if config.data.geometry == CHINA:
        ids = standardise_provinces(ids)
    name = wanted.label or path.stem
    return SpatialWeights.from_matrix(links, ids=ids, name=name, **_shared_options(wanted))
