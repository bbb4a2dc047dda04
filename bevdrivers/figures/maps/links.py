"""The links of spatial weights, drawn over the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, first_five
from ...ids import positions
from ..style import BLUE, GREY, HAIRLINE, VERMILLION
from .shapes import project
from .sheet import Sheet, Texts, one_map

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from matplotlib.axes import Axes

_LAND: dict[str, Any] = {"facecolor": "#F4F4F4", "edgecolor": "#B0B0B0", "linewidth": HAIRLINE}
_WIDEST = 2.0  # points, of the largest weight
_DASHES = (0, (4, 2))
_COLUMNS = ("focal", "neighbor")


def connectivity_map(
    geometry: GeoDataFrame,
    links: Any,
    *,
    by_weight: bool = False,
    ax: Axes | None = None,
    title: str = "",
    legend_title: str = "",
    legend_loc: Any = "best",
    base: GeoDataFrame | None = None,
    crs: Any = None,
    caption: str = "",
) -> Axes:
    """The links of spatial weights as lines between the units, over their map.

    Links in both directions are solid, those in one direction only (asymmetric weights) are dashed and of another
    colour. Units without any link are hollow points; the legend counts all three.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons, indexed by unit. Not changed.
    links : GeoDataFrame or SpatialWeights
        Lines as ``weights.edges(panel, points=...)`` gives them, with columns `focal` and `neighbor`, and `mutual`,
        `weight` and `weight_back` where known; or the weights themselves, whose lines are then drawn between centroids.
    by_weight : bool
        Make a line the wider and darker, the larger the weight (the larger one of the two directions).
        For weights that link all units, such as inverse distances.
    ax : Axes, optional
        Where to draw; else a new figure.
    title, legend_title, legend_loc, base, crs, caption
        As in `choropleth`.

    Returns
    -------
    Axes with one patch a unit, then the lines, then the points

    Raises
    ------
    DataError
        Links without their units, or between units that the geometry lacks; `by_weight` without weights.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> nearest = bd.KNearest(4).fit(panel)
    >>> ax = bd.connectivity_map(panel.geometry, nearest)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['Neighbours of each other  (42)', 'In one direction only  (40)']
    """
    sheet = Sheet.of(geometry, base, crs)
    edges = links.edges(geometry) if callable(getattr(links, "edges", None)) else links
    ends = _ends(edges, sheet.units.index)
    lines = project(edges.geometry, sheet.units.crs, "links")
    segments = np.array([np.asarray(line.coords)[[0, -1], :2] for line in lines]).reshape(-1, 2, 2)
    mutual = edges["mutual"].to_numpy(bool) if "mutual" in edges else np.ones(len(edges), bool)
    points = np.array([(shape.x, shape.y) for shape in sheet.units.representative_point()])
    points[ends.ravel()] = segments.reshape(-1, 2)
    alone = ~np.isin(np.arange(len(points)), ends)
    keys = _keys(int(mutual.sum()), int((~mutual).sum()), int(alone.sum()))
    ax = one_map(sheet, [_LAND] * len(points), keys, Texts(title, legend_title, caption), ax=ax, legend_loc=legend_loc)
    _draw(ax, segments, mutual, _strengths(edges, by_weight), by_weight)
    ax.scatter(points[~alone, 0], points[~alone, 1], s=6, c="#262626", linewidths=0, zorder=3)
    if alone.any():
        ax.scatter(points[alone, 0], points[alone, 1], s=14, c="white", edgecolors=VERMILLION, linewidths=0.9, zorder=3)
    return ax


def _ends(edges: Any, units: pd.Index) -> np.ndarray:
    """Where the two ends of each link stand among the units, an int array of shape (links, 2)."""
    if not hasattr(edges, "geometry") or not set(_COLUMNS) <= set(getattr(edges, "columns", ())):
        raise DataError(
            "links",
            expected="lines with columns 'focal' and 'neighbor', or weights",
            got=type(edges).__name__,
            remedy="Use weights.edges(panel).",
        )
    ends = np.column_stack([positions(list(edges[name]), list(units)) for name in _COLUMNS])
    lost = dict.fromkeys(name for column in range(2) for name in edges[_COLUMNS[column]][ends[:, column] < 0])
    if lost:
        raise DataError("links", expected="units of the geometry", got=f"others: {first_five(list(lost))}")
    return ends


def _strengths(edges: Any, by_weight: bool) -> np.ndarray:
    """The weight of each line over the largest one, of shape (links,); the same for all unless `by_weight`."""
    if not by_weight:
        return np.full(len(edges), 0.4)
    if "weight" not in edges:
        raise DataError("links", expected="a column 'weight' for by_weight=True", got=f"{list(edges.columns)}")
    columns = [name for name in ("weight", "weight_back") if name in edges]
    larger = edges[columns].to_numpy(float).max(axis=1)
    return larger / larger.max(initial=np.finfo(float).tiny)


def _draw(ax: Axes, segments: np.ndarray, mutual: np.ndarray, strengths: np.ndarray, fade: bool) -> None:
    """The lines, the strongest above the others."""
    from matplotlib.collections import LineCollection

    order = np.argsort(strengths, kind="stable")
    for wanted, colour, dashes in ((True, BLUE, "solid"), (False, VERMILLION, _DASHES)):
        rows = order[mutual[order] == wanted]
        if rows.size:
            look: dict[str, Any] = {"linewidths": _WIDEST * strengths[rows], "linestyles": [dashes], "zorder": 2}
            faint = np.clip(1.5 * strengths[rows], 0.1, 1.0) if fade else np.ones(rows.size)
            look["colors"] = [(colour, float(alpha)) for alpha in faint]
            ax.add_collection(LineCollection(list(segments[rows]), **look), autolim=False)


def _keys(mutual: int, one_way: int, alone: int) -> list[Any]:
    from matplotlib.lines import Line2D

    keys = [Line2D([], [], color=BLUE, linewidth=1.0, label=f"Neighbours of each other  ({mutual})")] if mutual else []
    if one_way:
        label = f"In one direction only  ({one_way})"
        keys.append(Line2D([], [], color=VERMILLION, linewidth=1.0, linestyle=_DASHES, label=label))
    if alone:
        look: dict[str, Any] = {
            "marker": "o",
            "markersize": 4,
            "markerfacecolor": "white",
            "markeredgecolor": VERMILLION,
        }
        keys.append(Line2D([], [], color=GREY, linestyle="none", label=f"No neighbours  ({alone})", **look))
    return keys
