"""The spatial weights of a study: made by a recipe, or read from a file that the study names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from ...cells import original_text
from ...errors import InputError
from ...panel import Panel, read_csv, standardise_provinces
from ...weights import SpatialWeights
from ...weights.recipe import Recipe
from ..errors import StudyError, did_you_mean, errors_at
from .config import CHINA, StudyConfig
from .inputs import existing
from .records import WeightsConfig
from .weights_kinds import FROM_FILE, KINDS

LINKS = ["focal", "neighbor", "weight"]


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
    key = FROM_FILE if wanted.kind == FROM_FILE else "kind"
    with errors_at(config.location(section, key)):
        return _fitted(config, wanted, panel).align(panel.units)


def _fitted(config: StudyConfig, wanted: WeightsConfig, panel: Panel) -> SpatialWeights:
    section = f"weights.{wanted.name}"
    if wanted.kind == FROM_FILE:
        return _from_file(config, wanted)
    recipe = _recipe(config, wanted, section, panel)
    with _keys_of_study(config, wanted, section):
        return recipe.fit(panel)


def _recipe(config: StudyConfig, wanted: WeightsConfig, section: str, panel: Panel) -> Recipe:
    """The recipe of weights, and of those inside them."""
    _check_points(config, wanted, section, panel)
    options = dict(wanted.options)
    for key, value in options.items():
        if isinstance(value, WeightsConfig):
            options[key] = _recipe(config, value, f"{section}.{key}", panel)
    name = options.pop("file", None)
    if name is not None:
        options["frame"] = _rows(config, existing(config, section, "file", name), wanted)
    with _keys_of_study(config, wanted, section):
        return KINDS[wanted.kind].recipe(**options, **_shared_options(wanted))


def _rows(config: StudyConfig, path: Path, wanted: WeightsConfig) -> pd.DataFrame:
    """The rows of a file of flows, whose ends have the form of the panel's ids."""
    frame = read_csv(path)
    ends = [wanted.option(key) for key in ("origin", "destination")]
    named = [name for name in ends if name in frame.columns]
    return frame.assign(**{name: _ids(config, frame[name]) for name in named})


def _shared_options(wanted: WeightsConfig) -> dict[str, Any]:
    """The options that weights of all kinds take."""
    islands = wanted.islands if isinstance(wanted.islands, str) else dict(wanted.islands)
    normalise = None if wanted.normalise == "none" else wanted.normalise
    return {"islands": islands, "normalise": normalise}


def _check_points(config: StudyConfig, wanted: WeightsConfig, section: str, panel: Panel) -> None:
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
def _keys_of_study(config: StudyConfig, wanted: WeightsConfig, section: str) -> Iterator[None]:
    """Put errors at the key that they are about, with a remedy that a study file understands."""
    try:
        yield
    except StudyError:
        raise
    except InputError as error:
        if error.argument not in ("islands", *KINDS[wanted.kind].keys):
            raise
        remedy = error.remedy
        if error.argument == "islands":
            remedy = (
                'Join them: islands = { "the unit" = ["its neighbour"] } or islands = '
                '"nearest"; or "keep" them alone.'
            )
        location = config.location(section, error.argument)
        raise StudyError(location, expected=error.expected, got=error.got, remedy=remedy) from error


def _from_file(config: StudyConfig, wanted: WeightsConfig) -> SpatialWeights:
    """Weights from a CSV file: a square matrix with ids in the first row and column, or focal,
    neighbor, weight.
    """
    section = f"weights.{wanted.name}"
    path = existing(config, section, "file", wanted.option("file"))
    matrix = _square(read_csv(path))
    rows, columns = _ids(config, matrix.index), _ids(config, matrix.columns)
    row_texts, column_texts = list(map(str, rows)), list(map(str, columns))
    if sorted(row_texts) != sorted(column_texts):
        raise StudyError(
            config.location(section, "file"),
            expected=(
                "the ids of the units in the first column and, the same ones, in the first row"
            ),
            got=f"{len(rows)} rows and {len(columns)} columns whose ids differ",
            remedy="A file with the columns focal, neighbor, weight does as well.",
        )
    named = matrix.set_axis(row_texts, axis=0).set_axis(column_texts, axis=1)
    # the columns in the order of the rows
    square = named[row_texts]
    name = wanted.label or path.stem
    return SpatialWeights.from_matrix(square, ids=rows, name=name, **_shared_options(wanted))


def _square(table: pd.DataFrame) -> pd.DataFrame:
    """The matrix of a file, in either of its two forms, with ids as labels."""
    if list(table.columns) != LINKS:
        return table.set_index(table.columns[0])
    matrix = table.pivot(index="focal", columns="neighbor", values="weight")
    ids = sorted({*table["focal"], *table["neighbor"]}, key=str)
    return matrix.reindex(index=ids, columns=ids).fillna(0.0)


def _ids(config: StudyConfig, labels: Any) -> list[Any]:
    """Ids of a weights file, in the form of the panel's."""
    ids = [original_text(label) for label in labels]
    return standardise_provinces(ids) if config.data.geometry == CHINA else ids
