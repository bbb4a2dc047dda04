"""The spatial weights of a study: made by a recipe, or read from a file that the study names."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...cells import original_text
from ...errors import InputError, WeightsError
from ...panel import Panel, read_csv, standardise_provinces
from ...weights import SpatialWeights
from ..errors import StudyError, did_you_mean, errors_at
from .config import CHINA, StudyConfig
from .inputs import existing
from .records import WeightsConfig
from .weights_kinds import FROM_FILE, RECIPES

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
    _check_points(config, wanted, panel)
    key = "file" if wanted.kind == FROM_FILE else "kind"
    with errors_at(config.location(section, key)):
        try:
            return _fitted(config, wanted, panel).align(panel.units)
        except WeightsError as error:
            raise _in_words_of_study(config, section, error) from error


def _fitted(config: StudyConfig, wanted: WeightsConfig, panel: Panel) -> SpatialWeights:
    if wanted.kind == FROM_FILE:
        return _from_file(config, wanted)
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


def _in_words_of_study(config: StudyConfig, section: str, error: WeightsError) -> InputError:
    """The error at the key that it is about, with a remedy that a study file understands."""
    if error.argument not in ("islands", "k", "points"):
        return error
    remedy = error.remedy
    if error.argument == "islands":
        remedy = (
            'Join them: islands = { "the unit" = ["its neighbour"] } or islands = '
            '"nearest"; or "keep" them alone.'
        )
    location = config.location(section, error.argument)
    return StudyError(location, expected=error.expected, got=error.got, remedy=remedy)


def _from_file(config: StudyConfig, wanted: WeightsConfig) -> SpatialWeights:
    """Weights from a CSV file: a square matrix with ids in the first row and column, or focal,
    neighbor, weight.
    """
    section = f"weights.{wanted.name}"
    path = existing(config, section, "file", wanted.file or "")
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
