"""The spatial weights of a study: made by a recipe, or read from a file that the study names."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from ...cells import original_text
from ...errors import InputError
from ...panel import Panel, read_csv, standardise_provinces
from ...weights import FromFile, PeriodWeights, SpatialWeights
from ...weights.file_recipe import with_blanks
from ...weights.recipe import Recipe
from ..errors import StudyError, did_you_mean, errors_at
from .config import CHINA, StudyConfig
from .faults import Faults
from .inputs import existing
from .records import WeightsConfig
from .weights_kinds import FROM_FILE, KINDS

# The same in all periods, or one W a period.
StudyWeights = SpatialWeights | PeriodWeights

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
    "geometry": 'Give the map as geometry in [data], or places as points = ["lon", "lat"].',
    "years": "Write for instance years = [2006, 2007, 2008].",
    "ids": "Write the ids of the units into the file, each unit once.",
    "weights": "Write a row for every unit of the data, or leave units out by drop_units.",
}


def make_weights(config: StudyConfig, panel: Panel) -> dict[str, StudyWeights]:
    """The study's weights by name, aligned with the panel; the first is the main one.

    Raises
    ------
    StudyError
        Naming the section of the weights that cannot be made.
    """
    faults = Faults()
    made = {}
    for one in config.weights:
        with faults.collected():
            made[one.name] = _aligned_weights(config, one, panel)
    faults.raise_collected()
    return made


def recipes(
    config: StudyConfig,
    panel: Panel,
    weights: Mapping[str, SpatialWeights],
) -> dict[str, SpatialWeights | Recipe]:
    """What each of the weights is made by, so that it can be made again of a part of the panel; weights
    that a file holds are themselves.
    """
    made: dict[str, SpatialWeights | Recipe] = {}
    for one in config.weights:
        if one.name not in weights:
            continue
        if one.kind == FROM_FILE:
            made[one.name] = weights[one.name]
        else:
            made[one.name] = _recipe(config, one, f"weights.{one.name}", panel)
    return made


def _aligned_weights(config: StudyConfig, wanted: WeightsConfig, panel: Panel) -> StudyWeights:
    section = f"weights.{wanted.name}"
    with _keys_of_study(config, wanted, section):
        made = _fitted(config, wanted, section, panel)
        if isinstance(made, PeriodWeights):
            return made.align(panel.units, panel.periods)
        return made.align(panel.units)


def _fitted(config: StudyConfig, wanted: WeightsConfig, section: str, panel: Panel) -> StudyWeights:
    if wanted.kind == FROM_FILE:
        return _from_file(config, wanted, section, panel)
    return _recipe(config, wanted, section, panel).fit(panel)


def _recipe(
    config: StudyConfig,
    wanted: WeightsConfig,
    section: str,
    panel: Panel,
) -> Recipe:
    """The recipe of weights, and of those inside them."""
    with _keys_of_study(config, wanted, section):
        _check_points(config, wanted, section, panel)
        options = dict(wanted.options)
        for key, value in options.items():
            if isinstance(value, WeightsConfig):
                options[key] = _recipe(config, value, f"{section}.{key}", panel)
        name = options.pop("file", None)
        if name is not None:
            options["frame"] = _rows(config, existing(config, section, "file", name), wanted)
        return KINDS[wanted.kind].recipe(**options, **_shared_options(wanted))


def _rows(
    config: StudyConfig,
    path: Path,
    wanted: WeightsConfig,
) -> pd.DataFrame:
    """The rows of a file of flows, whose ends have the form of the panel's ids."""
    frame = read_csv(path)
    ends = [wanted.option(key) for key in ("origin", "destination")]
    named = [name for name in ends if name in frame.columns]
    return frame.assign(**{name: _ids(config, frame[name]) for name in named})


def _ids(config: StudyConfig, labels: Any) -> list[Any]:
    """Ids of a file, in the form of the panel's."""
    ids = [original_text(label) for label in labels]
    return standardise_provinces(ids) if config.data.geometry == CHINA else ids


def _shared_options(wanted: WeightsConfig) -> dict[str, Any]:
    """The options that weights of all kinds take."""
    islands = wanted.islands if isinstance(wanted.islands, str) else dict(wanted.islands)
    normalise = None if wanted.normalise == "none" else wanted.normalise
    return {"islands": islands, "normalise": normalise}


def _check_points(
    config: StudyConfig,
    wanted: WeightsConfig,
    section: str,
    panel: Panel,
) -> None:
    """The columns of longitude and latitude have to be there."""
    points = wanted.option("points")
    if not isinstance(points, tuple):
        return
    known = [*panel.columns, *_columns_of_map(panel)]
    for name in points:
        if name not in known:
            raise StudyError(
                config.location(section, "points"),
                expected="columns of the data or the map",
                got=f"no column {name!r}",
                remedy=did_you_mean(name, known),
            )


def _columns_of_map(panel: Panel) -> list[str]:
    if panel.geometry is None:
        return []
    return [str(name) for name in panel.geometry.columns if name != "geometry"]


@contextmanager
def _keys_of_study(
    config: StudyConfig,
    wanted: WeightsConfig,
    section: str,
) -> Iterator[None]:
    """Put errors at the key that they are about, with a remedy that a study file understands."""
    key = FROM_FILE if wanted.kind == FROM_FILE else "kind"
    with errors_at(config.location(section, key)):
        try:
            yield
        except StudyError:
            raise
        except InputError as error:
            in_python = "=" in error.remedy
            remedy = REMEDIES.get(error.argument) if in_python else None
            argument = "file" if error.argument == "frame" else error.argument
            if argument in ("islands", *KINDS[wanted.kind].keys):
                key = argument
            raise StudyError.at(config.location(section, key), error, remedy=remedy) from error


def _from_file(
    config: StudyConfig,
    wanted: WeightsConfig,
    section: str,
    panel: Panel,
) -> SpatialWeights:
    """Weights from a file, of all units that it names."""
    path = existing(config, section, "file", wanted.option("file"))
    named, links = FromFile(path).read()
    ids: Sequence[Hashable] = with_blanks(named, panel.units)
    if config.data.geometry == CHINA:
        ids = standardise_provinces(ids)
    name = wanted.label or path.stem
    return SpatialWeights.from_matrix(
        links,
        ids=ids,
        name=name,
        **_shared_options(wanted),
    )
