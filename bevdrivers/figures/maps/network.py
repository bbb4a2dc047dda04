"""Flows between units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ...errors import DataError, OptionError, first_five
from ...ids import positions
from ...options import check_option
from ..style import BLUE, HAIRLINE, VERMILLION
from .classes import significant
from .shapes import project
from .sheet import Sheet, Texts, one_map

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from matplotlib.axes import Axes

Strength = Literal["in", "out", "both"]

_LAND: dict[str, Any] = {"facecolor": "#F4F4F4", "edgecolor": "#B8B8B8", "linewidth": HAIRLINE}
_COLUMNS = ["origin", "destination", "value"]
_WIDEST, _THINNEST = 4.0, 0.15  # points
_LARGEST, _SMALLEST = 150.0, 3.0  # square points, areas of nodes
_BEND = 0.18  # of the length of a line
_WORDS = {"in": "Sum of what comes in", "out": "Sum of what goes out", "both": "Sum of both directions"}


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
) -> Axes:
    """Flows as curved arrows whose width is the value, and nodes whose area is the sum of a unit's flows.

    An arrow bends to its left, so that the two directions between a pair lie side by side. The strongest are drawn
    above the others and darker.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons, indexed by unit. Not changed.
    flows : DataFrame
        `origin`, `destination` (units) and `value` (above zero); several rows of one pair are added up. Flows within a
        unit are left out of arrows and sums.
    points : (str, str), optional
        Columns of the geometry with longitude and latitude of the nodes; by default a point within each polygon.
    strength : {"both", "in", "out"}
        What the area of a node is: the sum of the values that go out, come in, or both.
    top : int or None
        How many of the largest flows to draw; the legend says how many there are. Sums are of all flows.
    ax : Axes, optional
        Where to draw; else a new figure.
    title, legend_title, legend_loc, base, crs, caption
        As in `choropleth`.

    Returns
    -------
    Axes with one patch a unit, then one arrow a flow (its ``gid`` is "origin > destination"), then the nodes

    Raises
    ------
    DataError
        Columns that are missing, units that the geometry lacks, values that are negative or missing, no flows.
    OptionError
        Another strength or number of flows.

    Examples
    --------
    >>> import pandas as pd, bevdrivers as bd
    >>> flows = pd.DataFrame({"origin": ["Hubei", "Hubei"], "destination": ["Hunan", "Anhui"], "value": [3.0, 1.0]})
    >>> ax = bd.network_map(bd.load_panel().geometry, flows)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['3', '0.6', 'Sum of both directions: 4']
    """
    check_option("strength", strength, Strength)
    sheet = Sheet.of(geometry, base, crs)
    units = sheet.units.index
    matrix = _matrix(flows, units)
    pairs = np.argwhere(matrix > 0)
    if not len(pairs):
        raise DataError("flows", expected="a value above zero between two units", got="none")
    if top is not None and (isinstance(top, bool) or top < 1):
        raise OptionError("top", expected="a number of flows, 1 or more, or None", got=repr(top))
    values = matrix[tuple(pairs.T)]
    order = np.argsort(values, kind="stable")[-(top or len(values)) :]
    sums = {"in": matrix.sum(axis=0), "out": matrix.sum(axis=1)}
    size = sums["in"] + sums["out"] if strength == "both" else sums[strength]
    at = _nodes(geometry, sheet, points)
    keys = _keys(values[order], float(size.max()), strength)
    note = f"{len(order):,} largest of {len(values):,} flows" if len(order) < len(values) else ""
    texts = Texts(title, "\n".join(filter(None, [legend_title, note])), caption)
    ax = one_map(sheet, [_LAND] * len(units), keys, texts, ax=ax, legend_loc=legend_loc)
    for rank, place in enumerate(order):
        i, j = pairs[place]
        share = float(values[place] / values.max())
        _arrow(ax, at[i], at[j], share, 2 + rank / len(order), f"{units[i]} > {units[j]}")
    shown = size > 0
    area = _area(size[shown] / size.max())
    ax.scatter(
        at[shown, 0], at[shown, 1], s=area, c=VERMILLION, edgecolors="white", linewidths=0.5, zorder=4, gid="nodes"
    )
    return ax


def _matrix(flows: Any, units: pd.Index) -> np.ndarray:
    """Values from row to column, (N, N), zeros on the diagonal."""
    if not isinstance(flows, pd.DataFrame) or not set(_COLUMNS) <= set(flows.columns):
        got = list(flows.columns) if isinstance(flows, pd.DataFrame) else type(flows).__name__
        raise DataError("flows", expected=f"a frame with columns {_COLUMNS}", got=str(got))
    ends = np.column_stack([positions(list(flows[name]), list(units)) for name in _COLUMNS[:2]]).reshape(-1, 2)
    lost = dict.fromkeys(name for c in range(2) for name in flows[_COLUMNS[c]][ends[:, c] < 0])
    if lost:
        raise DataError("flows", expected="units of the geometry", got=f"others: {first_five(list(lost))}")
    values = flows["value"].to_numpy(float)
    wrong = flows.index[~np.isfinite(values) | (values < 0)]
    if len(wrong):
        raise DataError("flows", expected="finite values, zero or above", got=f"others in rows {first_five(wrong)}")
    matrix = np.zeros((len(units), len(units)))
    np.add.at(matrix, tuple(ends.T), values)
    np.fill_diagonal(matrix, 0.0)
    return matrix


def _nodes(geometry: Any, sheet: Sheet, points: tuple[str, str] | None) -> np.ndarray:
    """Where the nodes are on the plane, (N, 2)."""
    import geopandas

    if points is None:
        at = sheet.units.representative_point()
    else:
        absent = [name for name in points if name not in getattr(geometry, "columns", ())]
        if absent:
            raise DataError("points", expected="columns of the geometry", got=f"others: {absent}")
        found = geopandas.GeoSeries.from_xy(*(geometry[name] for name in points), crs=4326)
        at = project(found, sheet.units.crs, "points")
    return np.column_stack([at.x, at.y])


def _arrow(ax: Axes, start: np.ndarray, end: np.ndarray, share: float, zorder: float, name: str) -> None:
    from matplotlib.patches import FancyArrowPatch

    width = _width(share)
    ax.add_patch(
        FancyArrowPatch(
            tuple(start),
            tuple(end),
            connectionstyle=f"arc3,rad={-_BEND}",
            arrowstyle="-|>",
            mutation_scale=4 + 1.3 * width,
            shrinkA=1.5,
            shrinkB=3.0,
            linewidth=width,
            color=(BLUE, 0.25 + 0.65 * share),
            joinstyle="miter",
            zorder=zorder,
            gid=name,
        )
    )


def _width(share: float) -> float:
    return max(_WIDEST * share, _THINNEST)


def _area(share: Any) -> Any:
    return np.maximum(_LARGEST * np.asarray(share), _SMALLEST)


def _keys(values: np.ndarray, largest: float, strength: Strength) -> list[Any]:
    """The largest flow and one of about a fifth of it, and the largest node."""
    from matplotlib.lines import Line2D

    most = float(values.max())
    rows = [most, float(f"{0.2 * most:.1g}")] if values.min() < most else [most]
    keys = [
        Line2D([], [], color=(BLUE, 0.25 + 0.65 * v / most), linewidth=_width(v / most), label=significant(v, 3))
        for v in rows
    ]
    look: dict[str, Any] = {"marker": "o", "markersize": float(np.sqrt(_LARGEST)), "markeredgecolor": "white"}
    label = f"{_WORDS[strength]}: {significant(largest, 3)}"
    return [*keys, Line2D([], [], linestyle="none", color=VERMILLION, label=label, **look)]
