"""The links of spatial weights, drawn over the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError
from ...language.words import Words
from ...options import Language
from ..estimates import described
from ..legend import counted, line_key, marker_key
from ..style import BLUE, GREY, INK, VERMILLION
from .layout import MapTexts, one_map
from .map_frame import MapFrame
from .palette import LAND
from .shapes import project
from .units import unit_positions

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from matplotlib.axes import Axes

_WIDEST = 2.0  # points, of the largest weight
_PLAIN = 0.4  # of the widest line, where all are of one width
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
    language: Language = "en",
) -> Axes:
    """The links of spatial weights as lines between the units, over their map.

    Links in both directions are solid, those in one direction only (asymmetric weights) are dashed
    and of another colour. Units without any link are hollow points; the legend counts all three.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons, indexed by unit. Not changed.
    links : GeoDataFrame or SpatialWeights
        Lines as ``weights.edges(panel, points=...)`` gives them, with columns `focal` and
        `neighbor`, and `mutual`, `weight` and `weight_back` where known; or the weights themselves,
        whose lines are then drawn between centroids.
    by_weight : bool
        Make a line the wider and darker, the larger the weight (the larger one of the two
        directions). For weights that link all units, such as inverse distances.
    ax : Axes, optional
        Where to draw; else a new figure.
    title, legend_title, legend_loc, base, crs, caption, language
        As in `choropleth`.

    Returns
    -------
    Axes with one patch a unit, then the lines, then the points

    Raises
    ------
    DataError
        Links without their units, or between units that the geometry lacks; `by_weight` without
        weights.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> nearest = bd.KNearest(4).fit(panel)
    >>> ax = bd.connectivity_map(panel.geometry, nearest)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['Neighbours of each other  (42)', 'In one direction only  (40)']
    """
    words = Words.checked(language)
    map_frame = MapFrame.of(geometry, base, crs)
    edges = links
    if callable(getattr(links, "edges", None)):
        edges = links.edges(geometry)
    ends = _ends(edges, map_frame.units.index)
    segments = _segments(edges, map_frame)
    mutual = np.ones(len(edges), bool)
    if "mutual" in edges:
        mutual = edges["mutual"].to_numpy(bool)
    # units without links keep a point of their own; the others' are where their lines end
    inner = map_frame.units.representative_point()
    points = np.column_stack([inner.x, inner.y])
    points[ends.ravel()] = segments.reshape(-1, 2)
    alone = ~np.isin(np.arange(len(points)), ends)
    ax = one_map(
        map_frame,
        [LAND] * len(points),
        _legend_keys(int(mutual.sum()), int((~mutual).sum()), int(alone.sum()), words),
        MapTexts(title, legend_title, caption),
        ax=ax,
        legend_loc=legend_loc,
    )
    _draw_lines(ax, segments, mutual, _strengths(edges, by_weight), fade=by_weight)
    _draw_points(ax, points, alone)
    return ax


def _ends(edges: Any, units: pd.Index) -> np.ndarray:
    """Where the two ends of each link stand among the units, an int array of shape (links, 2)."""
    columns = set(getattr(edges, "columns", ()))
    if not hasattr(edges, "geometry") or not set(_COLUMNS) <= columns:
        raise DataError(
            "links",
            expected="weights, or lines with columns 'focal' and 'neighbor'",
            got=described(edges),
            remedy="Pass the weights themselves, or what weights.edges(panel) returned.",
        )
    names = [name for column in _COLUMNS for name in edges[column]]
    return unit_positions(names, units, "links").reshape(2, -1).T


def _segments(edges: Any, map_frame: MapFrame) -> np.ndarray:
    """First and last point of each line on the plane of the map, (links, 2, 2)."""
    lines = project(edges.geometry, map_frame.units.crs, "links")
    ends = [np.asarray(line.coords)[[0, -1], :2] for line in lines]
    return np.array(ends).reshape(-1, 2, 2)


def _strengths(edges: Any, by_weight: bool) -> np.ndarray:
    """The weight of each line over the largest one, of shape (links,); the same for all unless
    `by_weight`.
    """
    if not by_weight:
        return np.full(len(edges), _PLAIN)
    if "weight" not in edges:
        raise DataError(
            "links",
            expected="a column 'weight' for by_weight=True",
            got=f"{list(edges.columns)}",
            remedy=("Leave by_weight out, or pass the weights themselves in place of links."),
        )
    columns = [name for name in ("weight", "weight_back") if name in edges]
    larger = edges[columns].to_numpy(float).max(axis=1)
    relative: np.ndarray = larger / larger.max(initial=np.finfo(float).tiny)
    return relative


def _draw_lines(
    ax: Axes,
    segments: np.ndarray,
    mutual: np.ndarray,
    strengths: np.ndarray,
    *,
    fade: bool,
) -> None:
    """The lines, the strongest above the others; `fade` draws weak ones transparent."""
    from matplotlib.collections import LineCollection

    order = np.argsort(strengths, kind="stable")
    for kind, colour, dashes in ((True, BLUE, "solid"), (False, VERMILLION, _DASHES)):
        rows = order[mutual[order] == kind]
        if not rows.size:
            continue
        opacity = np.ones(rows.size)
        if fade:
            opacity = np.clip(1.5 * strengths[rows], 0.1, 1.0)
        look: dict[str, Any] = {
            "linewidths": _WIDEST * strengths[rows],
            "linestyles": [dashes],
            "colors": [(colour, float(alpha)) for alpha in opacity],
            "zorder": 2,
        }
        lines = LineCollection(list(segments[rows]), **look)
        ax.add_collection(lines, autolim=False)


def _draw_points(
    ax: Axes,
    points: np.ndarray,
    alone: np.ndarray,
) -> None:
    """The units: filled points, and larger hollow ones for those without links."""
    linked = points[~alone]
    ax.scatter(
        linked[:, 0],
        linked[:, 1],
        s=6,
        c=INK,
        linewidths=0,
        zorder=3,
    )
    if alone.any():
        ax.scatter(
            points[alone, 0],
            points[alone, 1],
            s=14,
            c="white",
            edgecolors=VERMILLION,
            linewidths=0.9,
            zorder=3,
        )


def _legend_keys(
    n_mutual: int,
    n_one_way: int,
    n_alone: int,
    words: Words,
) -> list[Any]:
    """Keys of the kinds of links and units that there are."""
    keys = []
    if n_mutual:
        label = counted(words.say("Neighbours of each other"), n_mutual)
        keys.append(line_key(label, color=BLUE, linewidth=1.0))
    if n_one_way:
        label = counted(words.say("In one direction only"), n_one_way)
        keys.append(
            line_key(
                label,
                color=VERMILLION,
                linewidth=1.0,
                linestyle=_DASHES,
            )
        )
    if n_alone:
        hollow = marker_key(
            counted(words.say("No neighbours"), n_alone),
            color=GREY,
            marker="o",
            markersize=4,
            markerfacecolor="white",
            markeredgecolor=VERMILLION,
        )
        keys.append(hollow)
    return keys
