"""What users pass as weights beside a panel: made and aligned ones, a recipe, or a graph of
libpysal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import WeightsError
from .by_period import PeriodWeights
from .libpysal_bridge import is_graph
from .recipe import Recipe
from .weights import SpatialWeights

if TYPE_CHECKING:
    from ..panel import Panel


# what `fit` takes beside a panel, or a mapping from periods to such; Any stands for the Graph and the
# W of libpysal, which need not be installed
GivenWeights = SpatialWeights | PeriodWeights | Recipe | Any


def weights_of_periods(
    weights: Any,
    panel: Panel,
    argument: str = "weights",
) -> PeriodWeights:
    """Weights by period of a panel, in the order of its units and periods.

    Parameters
    ----------
    weights : PeriodWeights, recipe or mapping
        A recipe of weights by period is fitted on the panel. Of a mapping: period -> weights, as
        `made_weights` takes them.
    panel : Panel
    argument : str
        Names the weights in errors.

    Raises
    ------
    WeightsError
        Periods or units are missing.
    """
    if isinstance(weights, Mapping):
        made = {period: made_weights(W, panel, argument) for period, W in weights.items()}
        aligned = {period: W.align(panel.units) for period, W in made.items()}
        return PeriodWeights.of(aligned, panel.periods)
    by_period: Any = weights
    if isinstance(weights, Recipe):
        by_period = weights.fit(panel)
    of_panel: PeriodWeights = by_period.align(panel.units, panel.periods)
    return of_panel


def is_by_period(weights: Any) -> bool:
    """Whether weights are given by period, or asked for so."""
    if isinstance(weights, Recipe):
        return weights.by_period
    return isinstance(weights, Mapping | PeriodWeights)


def aligned_weights(
    weights: GivenWeights | None,
    panel: Panel,
    argument: str = "weights",
) -> SpatialWeights:
    """Weights of the units of a panel, in their order; see `made_weights`.

    Raises
    ------
    WeightsError
        They are no weights, lack units of the panel, or link none of them.
    """
    aligned = made_weights(weights, panel, argument).align(panel.units)
    if aligned.links.nnz == 0:
        raise WeightsError(
            argument,
            expected="a link between at least two units of the panel",
            got=f"none: all {aligned.n_units} units are islands",
            remedy="Choose weights that give neighbours, such as bd.KNearest(4), or another cut-off.",
        )
    return aligned


def made_weights(
    weights: GivenWeights | None,
    panel: Panel | None,
    argument: str = "weights",
) -> SpatialWeights:
    """Weights of whatever a user gives as such.

    Parameters
    ----------
    weights : SpatialWeights, recipe, or Graph or W of libpysal
        A recipe is fitted on the panel, a graph converted and normalised by rows.
    panel : Panel or None
        Without one a recipe is refused.
    argument : str
        Names the weights in errors.

    Raises
    ------
    WeightsError
    """
    if isinstance(weights, Recipe) and panel is not None:
        weights = weights.fit(panel)
    if is_graph(weights):
        return _converted(weights)
    if isinstance(weights, SpatialWeights):
        return weights
    remedy = (
        "Make them with bd.SpatialWeights.from_matrix(matrix, ids=...), a recipe such as "
        "bd.Queen(), or a graph of libpysal."
    )
    if weights is None:
        remedy = "Pass them beside the panel: fit(panel, weights)."
    elif isinstance(weights, Recipe):
        remedy = "Fit it first on a map or a panel: .fit(geometry)."
    elif isinstance(weights, str | Path):
        remedy = "Read the file: bd.FromFile(path)."
    elif isinstance(weights, type) and issubclass(weights, Recipe):
        remedy = f"Call it: {weights.__name__}(...)."
    raise WeightsError(
        argument,
        expected="SpatialWeights, or a recipe such as bd.Queen()",
        got="none" if weights is None else _kind(weights),
        remedy=remedy,
    )


def _kind(weights: Any) -> str:
    return weights.__name__ if isinstance(weights, type) else type(weights).__name__


def _converted(graph: Any) -> SpatialWeights:
    """A graph of libpysal as weights, with a note of what was done."""
    try:
        made = SpatialWeights.from_libpysal(graph)
    except WeightsError as error:
        if error.argument != "islands":
            raise
        raise WeightsError(
            "weights",
            expected=error.expected,
            got=error.got,
            remedy="Convert it first and say what to do: "
            "bd.SpatialWeights.from_libpysal(graph, islands='keep').",
        ) from None
    return replace(made, notes=(*made.notes, "from libpysal, normalised by rows"))
