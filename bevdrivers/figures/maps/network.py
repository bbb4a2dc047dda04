"""Flows between units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import numpy as np
import pandas as pd

from ...errors import DataError, first_five
from ...language.words import Words
from ...options import Language, check_option, whole_number
from ..legend import line_key, marker_key
from ..style import BLUE, VERMILLION
from .classes import significant
from .layout import MapTexts, one_map
from .map_frame import MapFrame
from .palette import LAND
from .shapes import project
from .units import unit_positions

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from matplotlib.axes import Axes

Strength = Literal["in", "out", "both"]

# paler borders than under points, for arrows cross them
_LAND: dict[str, Any] = LAND | {"edgecolor": "#B8B8B8"}
_COLUMNS = ["origin", "destination", "value"]
_WIDEST, _THINNEST = 4.0, 0.15  # points
_LARGEST, _SMALLEST = 150.0, 3.0  # square points, areas of nodes
_CURVATURE = 0.18  # of the length of an arrow
_SUMS = {
    "in": "Sum of what comes in: {value}",
    "out": "Sum of what goes out: {value}",
    "both": "Sum of both directions: {value}",
}


def network_map(
    geometry: GeoDataFrame,
    flows: pd.DataFrame,
    *,
    points: tuple[str, str] | None = None,
    strength: Strength = "both",
    top: int | None = 100,
    ax: Axes | None = None,
    title: str = "",
    legend_title: str = "",
    legend_loc: Any = "best",
    base: GeoDataFrame | None = None,
    crs: Any = None,
    caption: str = "",
    language: Language = "en",
) -> Axes:
    """Flows as curved arrows whose width is the value, and nodes whose area is the sum of a unit's
    flows.

    An arrow bends to its left, so that the two directions between a pair lie side by side. The
    strongest are drawn above the others and darker.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons, indexed by unit. Not changed.
    flows : DataFrame
        `origin`, `destination` (units) and `value` (above zero); several rows of one pair are added
        up. Flows within a unit are left out of arrows and sums.
    points : (str, str), optional
        Columns of the geometry with longitude and latitude of the nodes; by default a point within
        each polygon.
    strength : {"both", "in", "out"}
        What the area of a node is: the sum of the values that go out, come in, or both.
    top : int or None
        How many of the largest flows to draw; the legend says how many there are. Sums are of all
        flows.
    ax : Axes, optional
        Where to draw; else a new figure.
    title, legend_title, legend_loc, base, crs, caption, language
        As in `choropleth`.

    Returns
    -------
    Axes with one patch a unit, then one arrow a flow (its ``gid`` is "origin > destination"), then
    the nodes

    Raises
    ------
    DataError
        Columns that are missing, units that the geometry lacks, values that are negative or
        missing, no flows.
    OptionError
        Another strength or number of flows.

    Examples
    --------
    >>> import pandas as pd, bevdrivers as bd
    >>> rows = [("Hubei", "Hunan", 3.0), ("Hubei", "Anhui", 1.0)]
    >>> flows = pd.DataFrame(rows, columns=["origin", "destination", "value"])
    >>> ax = bd.network_map(bd.load_panel().geometry, flows)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['3', '0.6', 'Sum of both directions: 4']
    """
    check_option("strength", strength, Strength)
    words = Words.checked(language)
    map_frame = MapFrame.of(geometry, base, crs)
    units = map_frame.units.index
    matrix = _flow_matrix(flows, units)
    pairs = np.argwhere(matrix > 0)
    if not len(pairs):
        raise DataError(
            "flows",
            expected="a value above zero between two units",
            got="none",
            remedy="Pass flows between different units; those of a unit to itself are not drawn.",
        )
    if top is not None:
        whole_number("top", top, at_least=1, expected="how many flows, 1 or more, or None for all")
    values = matrix[tuple(pairs.T)]
    # the largest flows, the strongest last and so above the others
    drawn = np.argsort(values, kind="stable")[-(top or len(values)) :]
    sums = _sums(matrix, strength)
    nodes = _nodes(geometry, map_frame, points)
    if len(drawn) < len(values):
        note = words.say(
            "{drawn} largest of {all} flows",
            drawn=f"{len(drawn):,}",
            all=f"{len(values):,}",
        )
        legend_title = f"{legend_title}\n{note}" if legend_title else note
    ax = one_map(
        map_frame,
        [_LAND] * len(units),
        _legend_keys(values[drawn], float(sums.max()), strength, words),
        MapTexts(title, legend_title, caption),
        ax=ax,
        legend_loc=legend_loc,
    )
    _draw_arrows(ax, nodes, pairs[drawn], values[drawn], list(units))
    _draw_nodes(ax, nodes, sums)
    return ax


def _flow_matrix(flows: Any, units: pd.Index) -> np.ndarray:
    """Values from row to column, (N, N), zeros on the diagonal."""
    if not isinstance(flows, pd.DataFrame):
        _refuse_flows(type(flows).__name__)
    if not set(_COLUMNS) <= set(flows.columns):
        _refuse_flows(str(list(flows.columns)))
    names = [*flows["origin"], *flows["destination"]]
    origins, destinations = unit_positions(names, units, "flows").reshape(2, -1)
    values = flows["value"].to_numpy(float)
    wrong = flows.index[~np.isfinite(values) | (values < 0)]
    if len(wrong):
        raise DataError(
            "flows",
            expected="finite values, zero or above",
            got=f"missing, infinite or negative ones in rows {first_five(wrong)}",
            remedy="Leave these rows out, or set their flow to 0.",
        )
    matrix = np.zeros((len(units), len(units)))
    np.add.at(matrix, (origins, destinations), values)
    np.fill_diagonal(matrix, 0.0)
    return matrix


def _refuse_flows(got: str) -> NoReturn:
    raise DataError(
        "flows",
        expected=f"a frame with the columns {list(_COLUMNS)}",
        got=got,
        remedy="Make a frame of a row for each flow, with its columns named so.",
    )


def _sums(matrix: np.ndarray, strength: Strength) -> np.ndarray:
    """What comes into each unit, goes out of it, or both, (N,)."""
    incoming, outgoing = matrix.sum(axis=0), matrix.sum(axis=1)
    if strength == "both":
        total: np.ndarray = incoming + outgoing
        return total
    one_way: np.ndarray = incoming if strength == "in" else outgoing
    return one_way


def _nodes(
    geometry: Any,
    map_frame: MapFrame,
    points: tuple[str, str] | None,
) -> np.ndarray:
    """Where the nodes are on the plane, (N, 2)."""
    import geopandas

    if points is None:
        nodes = map_frame.units.representative_point()
        return np.column_stack([nodes.x, nodes.y])
    absent = [name for name in points if name not in getattr(geometry, "columns", ())]
    if absent:
        raise DataError(
            "points",
            expected="two columns of the geometry, with longitude and latitude",
            got=f"{absent}, which it lacks",
            remedy=(
                "Name two columns of the geometry, or leave points out for the "
                "middles of the shapes."
            ),
        )
    longitude, latitude = (geometry[name] for name in points)
    nodes = geopandas.GeoSeries.from_xy(longitude, latitude, crs=4326)
    nodes = project(nodes, map_frame.units.crs, "points")
    return np.column_stack([nodes.x, nodes.y])


def _draw_arrows(
    ax: Axes,
    nodes: np.ndarray,
    pairs: np.ndarray,
    values: np.ndarray,
    units: Sequence[Any],
) -> None:
    """An arrow for each flow, in the order of the `values`, the later above the earlier.

    Parameters
    ----------
    nodes : array of shape (N, 2)
    pairs : int array of shape (flows, 2)
        Origin and destination among the `units`.
    values : array of shape (flows,)
    """
    for rank, (origin, destination) in enumerate(pairs):
        _draw_arrow(
            ax,
            nodes[origin],
            nodes[destination],
            share=float(values[rank] / values.max()),
            zorder=2 + rank / len(pairs),
            name=f"{units[origin]} > {units[destination]}",
        )


def _draw_arrow(
    ax: Axes,
    start: np.ndarray,
    end: np.ndarray,
    *,
    share: float,
    zorder: float,
    name: str,
) -> None:
    """A flow as an arrow from `start` to `end`; `share` is its value over the largest one."""
    from matplotlib.patches import FancyArrowPatch

    width = _arrow_width(share)
    arrow = FancyArrowPatch(
        tuple(start),
        tuple(end),
        connectionstyle=f"arc3,rad={-_CURVATURE}",
        arrowstyle="-|>",
        mutation_scale=4 + 1.3 * width,
        shrinkA=1.5,
        shrinkB=3.0,
        linewidth=width,
        color=_arrow_colour(share),
        joinstyle="miter",
        zorder=zorder,
        gid=name,
    )
    ax.add_patch(arrow)


def _draw_nodes(
    ax: Axes,
    nodes: np.ndarray,
    sums: np.ndarray,
) -> None:
    """The units that have flows, each with its sum as the area."""
    active = sums > 0
    areas = _LARGEST * np.asarray(sums[active] / sums.max())
    ax.scatter(
        nodes[active, 0],
        nodes[active, 1],
        s=np.maximum(areas, _SMALLEST),
        c=VERMILLION,
        edgecolors="white",
        linewidths=0.5,
        zorder=4,
        gid="nodes",
    )


def _arrow_width(share: float) -> float:
    return max(_WIDEST * share, _THINNEST)


def _arrow_colour(share: float) -> tuple[str, float]:
    """Colour and opacity."""
    return BLUE, 0.25 + 0.65 * share


def _legend_keys(
    values: np.ndarray,
    largest_sum: float,
    strength: Strength,
    words: Words,
) -> list[Any]:
    """The largest flow and one of about a fifth of it, and the largest node."""
    largest = float(values.max())
    shown = [largest]
    if values.min() < largest:
        shown.append(float(f"{0.2 * largest:.1g}"))
    keys = []
    for value in shown:
        key = line_key(
            significant(value, 3),
            color=_arrow_colour(value / largest),
            linewidth=_arrow_width(value / largest),
        )
        keys.append(key)
    node = marker_key(
        words.say(_SUMS[strength], value=significant(largest_sum, 3)),
        color=VERMILLION,
        marker="o",
        markersize=float(np.sqrt(_LARGEST)),
        markeredgecolor="white",
    )
    return [*keys, node]
