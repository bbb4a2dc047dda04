"""The way of a centre of gravity, and its ellipses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import DataError, OptionError, first_five
from ...ids import positions
from ..fonts import settle
from ..labels import label_points
from ..style import BLACK, BLUE, HAIRLINE, INK, SMALL, VERMILLION, text_style
from .shapes import project, to_path
from .sheet import OUTLINE, Sheet, Texts, one_map

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from matplotlib.axes import Axes

_LAND: dict[str, Any] = {"facecolor": "#F4F4F4", "edgecolor": "#B0B0B0", "linewidth": HAIRLINE}
_RIMS: tuple[tuple[str, Any], ...] = (
    (BLUE, (0, (4, 2))),
    (VERMILLION, "solid"),
    (BLACK, (0, (1, 1.2))),
    ("#009E73", (0, (6, 2, 1, 2))),
)
_ROUND = (1, 2, 5)
_INSET = (0.36, 0.33)  # width and height, shares of the axes


def centre_map(
    geometry: GeoDataFrame,
    centres: Any,
    *,
    ellipses: Sequence[Any] | None = None,
    inset: bool | tuple[float, float, float, float] = True,
    ax: Axes | None = None,
    title: str = "",
    legend_title: str = "",
    legend_loc: Any = "lower right",
    base: GeoDataFrame | None = None,
    crs: Any = None,
    caption: str = "",
) -> Axes:
    """The centres of gravity of several periods, joined in their order, and ellipses of some of them.

    A centre moves by little beside the size of a country, so its way is drawn again, larger, in an inset with a scale
    and the periods. The inset shows what is in the small frame on the map.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons, indexed by unit. Not changed.
    centres : CentreOfGravity or GeoDataFrame
        From `centre_of_gravity`; or ellipses as polygons, indexed by period, with columns `lon` and `lat` of the
        centres, as ``centres.ellipses(scale)`` gives them.
    ellipses : sequence, optional
        Periods whose ellipse to draw, 4 at most; by default the first and the last.
    inset : bool or tuple of float
        West, south, width and height of the inset as shares of the axes. By default it lies where it covers least.
    ax : Axes, optional
        Where to draw; else a new figure.
    title, legend_title, legend_loc, base, crs, caption
        As in `choropleth`.

    Returns
    -------
    Axes; the inset is the first of its ``child_axes``

    Raises
    ------
    DataError
        Another kind of `centres`, periods that it lacks.
    OptionError
        More than 4 ellipses.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> way = bd.centre_of_gravity(panel, "firms", points=("capital_lon", "capital_lat"))
    >>> ax = bd.centre_map(panel.geometry, way, legend_title="Firms")
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['Ellipse of 2011', 'Ellipse of 2020', 'Centres, 2011 to 2020']
    """
    import geopandas

    sheet = Sheet.of(geometry, base, crs)
    found = centres.ellipses() if callable(getattr(centres, "ellipses", None)) else centres
    if not hasattr(found, "geometry") or not {"lon", "lat"} <= set(getattr(found, "columns", ())):
        raise DataError(
            "centres",
            expected="the result of centre_of_gravity, or ellipses with columns 'lon' and 'lat'",
            got=type(centres).__name__,
        )
    periods = list(found.index)
    points = geopandas.GeoSeries.from_xy(found["lon"], found["lat"], crs=4326)
    points = project(points, sheet.units.crs, "centres")
    path = np.column_stack([points.x, points.y])
    rims = _rims(found, ellipses)
    keys = [*_rim_keys([str(periods[place]) for place in rims]), _path_key(periods)]
    texts = Texts(title, legend_title, caption)
    ax = one_map(sheet, [_LAND] * len(sheet.units), keys, texts, ax=ax, legend_loc=legend_loc)
    _draw_rims(ax, project(found.geometry.iloc[rims], sheet.units.crs, "centres"))
    ax.plot(*path.T, color=INK, linewidth=0.8, marker="o", markersize=1.6, zorder=4, gid="centres")
    if inset is not False and len(path) > 1 and np.ptp(path, axis=0).max() > 0:
        place = _free_place(ax, sheet.units) if inset is True else inset
        _draw_inset(ax, place, sheet, path, [str(period) for period in periods])
    return ax


def _rims(found: Any, wanted: Sequence[Any] | None) -> list[int]:
    """Places of the periods whose ellipse is drawn."""
    listed = list(dict.fromkeys([found.index[0], found.index[-1]])) if wanted is None else list(wanted)
    if len(listed) > len(_RIMS):
        raise OptionError("ellipses", expected=f"at most {len(_RIMS)} periods", got=f"{len(listed)}")
    places = positions(listed, list(found.index))
    lost = [period for period, place in zip(listed, places, strict=True) if place < 0]
    if lost:
        raise DataError("ellipses", expected="periods of the centres", got=f"others: {first_five(lost)}")
    return [int(place) for place in places]


def _draw_rims(ax: Axes, shapes: Any) -> None:
    from matplotlib.patches import PathPatch

    for (period, shape), (colour, dashes) in zip(shapes.items(), _RIMS, strict=False):
        look: dict[str, Any] = {"facecolor": "none", "edgecolor": colour, "linestyle": dashes, "linewidth": 1.2}
        ax.add_patch(PathPatch(to_path(shape), gid=f"ellipse {period}", zorder=3, **look))


def _rim_keys(names: Sequence[str]) -> list[Any]:
    from matplotlib.lines import Line2D

    rows = zip(names, _RIMS, strict=False)
    return [Line2D([], [], color=c, linestyle=d, linewidth=1.2, label=f"Ellipse of {name}") for name, (c, d) in rows]


def _path_key(periods: Sequence[Any]) -> Any:
    from matplotlib.lines import Line2D

    span = f"Centres, {periods[0]} to {periods[-1]}" if len(periods) > 1 else f"Centre of {periods[0]}"
    return Line2D([], [], color=INK, linewidth=0.8, marker="o", markersize=2.5, label=span)


def _free_place(ax: Axes, units: Any) -> tuple[float, float, float, float]:
    """Where on the axes the inset covers least of the units, and nothing of the legend."""
    from shapely import area, box, intersection, union_all

    settle(ax)  # the place of the legend follows from the layout
    legend: Any = ax.get_legend()
    seen = legend.get_window_extent().transformed(ax.transAxes.inverted())
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    wide, high = _INSET
    x, y = (side.ravel() for side in np.meshgrid(np.linspace(0, 1 - wide, 25), np.linspace(1 - high, 0, 25)))
    hides = (x < seen.x1) & (x + wide > seen.x0) & (y < seen.y1) & (y + high > seen.y0)
    left, low = west + x * (east - west), south + y * (north - south)
    boxes = box(left, low, left + wide * (east - west), low + high * (north - south))
    land = union_all(units.simplify(0.003 * (east - west)).buffer(0).to_numpy())
    covered = area(intersection(boxes, land)) + np.where(hides, np.inf, 0.0)
    best = int(np.argmin(covered))
    return float(x[best]), float(y[best]), wide, high


def _draw_inset(ax: Axes, place: Any, sheet: Sheet, path: np.ndarray, names: Sequence[str]) -> None:
    """The way of the centre on its own scale, in a frame that is also on the map."""
    from matplotlib.patches import Rectangle

    box = ax.inset_axes(place, zorder=6)
    settle(ax)  # the shape of the inset follows from the layout
    frame = box.get_window_extent()
    middle, half = (path.min(axis=0) + path.max(axis=0)) / 2, np.ptp(path, axis=0) / 2
    # a margin for the names, and the proportions of the inset
    scale = 1.6 * max(half[0] / frame.width, half[1] / frame.height)
    reach = scale * np.array([frame.width, frame.height])
    (west, south), (east, north) = middle - reach, middle + reach
    sheet.draw(box, [_LAND] * len(sheet.units))
    box.set(xlim=(west, east), ylim=(south, north), facecolor="white")
    for spine in box.spines.values():
        spine.set(visible=True, linewidth=0.5, edgecolor=INK)
    ax.add_patch(
        Rectangle((west, south), east - west, north - south, gid="inset", zorder=5, facecolor="none", **OUTLINE)
    )
    for start, end in zip(path[:-1], path[1:], strict=True):
        arrow = {
            "arrowstyle": "-|>",
            "linewidth": 0.8,
            "color": INK,
            "shrinkA": 2.5,
            "shrinkB": 2.5,
            "mutation_scale": 6,
        }
        box.annotate("", end, start, arrowprops=arrow)
    box.scatter(
        path[:, 0],
        path[:, 1],
        s=12,
        c=np.linspace(0, 1, len(path)),
        cmap="Greys",
        edgecolors=INK,
        linewidths=0.6,
        zorder=4,
    )
    between = np.vstack([np.linspace(a, b, 20) for a, b in zip(path[:-1], path[1:], strict=True)])
    bar = _scale_bar(box, west, south, east - west, north - south)
    order = [0, len(path) - 1, *range(1, len(path) - 1)]
    label_points(box, path, [(path[i], names[i]) for i in dict.fromkeys(order)], lines=between, boxes=[bar])


def _scale_bar(box: Axes, west: float, south: float, width: float, height: float) -> Any:
    """A bar of a round number of km (of the unit of the plane, 1000); its text."""
    goal = width / 3000
    power = 10.0 ** np.floor(np.log10(goal))
    km = max(step * power for step in _ROUND if step * power <= goal)
    left, low = west + 0.05 * width, south + 0.06 * height
    box.plot([left, left + 1000 * km], [low, low], color=INK, linewidth=1.2, solid_capstyle="butt", gid="scale")
    return box.text(left, low + 0.02 * height, f"{km:g} km", va="bottom", **text_style(SMALL - 0.5))
