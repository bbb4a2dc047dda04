"""The way of a centre of gravity, and its ellipses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import DataError, OptionError, first_five, suggestion
from ...ids import positions
from ...language.words import Words
from ...options import Language
from ..estimates import described
from ..fonts import extent_of, settle
from ..labels import label_points
from ..legend import line_key
from ..style import BLACK, BLUE, GREEN, INK, SMALL, VERMILLION, text_style
from .layout import MapTexts, one_map
from .map_frame import MapFrame
from .palette import LAND, OUTLINE
from .shapes import project, to_path

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from matplotlib.axes import Axes

# colour and dashes of each ellipse
_ELLIPSES: tuple[tuple[str, Any], ...] = (
    (BLUE, (0, (4, 2))),
    (VERMILLION, "solid"),
    (BLACK, (0, (1, 1.2))),
    (GREEN, (0, (6, 2, 1, 2))),
)
_ELLIPSE_WIDTH = 1.2  # points
_ROUND_STEPS = (1, 2, 5)  # lengths of a scale bar, times a power of ten
_INSET_WIDTH, _INSET_HEIGHT = 0.36, 0.33  # shares of the axes
_TRIALS = 25  # positions of the inset that are tried along each side
_SIMPLIFIED = 0.003  # of the width of the map: enough detail to see what the inset covers


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
    language: Language = "en",
) -> Axes:
    """The centres of gravity of several periods, joined in their order, and ellipses of some of
    them.

    A centre moves by little beside the size of a country, so its way is drawn again, larger, in an
    inset with a scale and the periods. The inset shows what is in the small frame on the map.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons, indexed by unit. Not changed.
    centres : CentreOfGravity or GeoDataFrame
        From `centre_of_gravity`; or ellipses as polygons, indexed by period, with columns `lon` and
        `lat` of the centres, as ``centres.ellipses(scale)`` gives them.
    ellipses : sequence, optional
        Periods whose ellipse to draw, 4 at most; by default the first and the last.
    inset : bool or tuple of float
        West, south, width and height of the inset as shares of the axes. By default it lies where
        it covers least.
    ax : Axes, optional
        Where to draw; else a new figure.
    title, legend_title, legend_loc, base, crs, caption, language
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

    words = Words.checked(language)
    map_frame = MapFrame.of(geometry, base, crs)
    plane = map_frame.units.crs
    by_period = _read_centres(centres)
    periods = list(by_period.index)
    points = geopandas.GeoSeries.from_xy(by_period["lon"], by_period["lat"], crs=4326)
    points = project(points, plane, "centres")
    path = np.column_stack([points.x, points.y])
    chosen = _ellipse_rows(by_period, ellipses)
    keys = [_ellipse_key(index, periods[row], words) for index, row in enumerate(chosen)]
    keys.append(_path_key(periods, words))
    ax = one_map(
        map_frame,
        [LAND] * len(map_frame.units),
        keys,
        MapTexts(title, legend_title, caption),
        ax=ax,
        legend_loc=legend_loc,
    )
    _draw_ellipses(ax, project(by_period.geometry.iloc[chosen], plane, "centres"))
    ax.plot(
        *path.T,
        color=INK,
        linewidth=0.8,
        marker="o",
        markersize=1.6,
        zorder=4,
        gid="centres",
    )
    moves = len(path) > 1 and np.ptp(path, axis=0).max() > 0
    if inset is not False and moves:
        bounds = _free_bounds(ax, map_frame.units) if inset is True else inset
        _draw_inset(ax, bounds, map_frame, path, [str(period) for period in periods])
    return ax


def _read_centres(centres: Any) -> Any:
    """Ellipses by period, a GeoDataFrame with the longitude and latitude of the centres."""
    by_period = centres
    if callable(getattr(centres, "ellipses", None)):
        by_period = centres.ellipses()
    columns = set(getattr(by_period, "columns", ()))
    if not hasattr(by_period, "geometry") or not {"lon", "lat"} <= columns:
        raise DataError(
            "centres",
            expected="the result of centre_of_gravity, or ellipses with columns 'lon' and 'lat'",
            got=described(centres),
            remedy="Pass what bd.centre_of_gravity or its ellipses returned.",
        )
    return by_period


def _ellipse_rows(by_period: Any, wanted: Sequence[Any] | None) -> list[int]:
    """The rows of the periods whose ellipse is drawn: those wanted, else the first and the last."""
    first_and_last = dict.fromkeys([by_period.index[0], by_period.index[-1]])
    listed = list(first_and_last if wanted is None else wanted)
    if len(listed) > len(_ELLIPSES):
        raise OptionError(
            "ellipses",
            expected=f"at most {len(_ELLIPSES)} periods",
            got=f"{len(listed)}",
            remedy=f"Name fewer of them: ellipses={[listed[0], listed[-1]]}.",
        )
    rows = positions(listed, list(by_period.index))
    lost = [period for period, row in zip(listed, rows, strict=True) if row < 0]
    if lost:
        raise DataError(
            "ellipses",
            expected=f"periods of the centres, of {first_five(by_period.index)}",
            got=first_five(lost),
            remedy=suggestion(lost[0], list(by_period.index)),
        )
    return [int(row) for row in rows]


def _draw_ellipses(ax: Axes, shapes: Any) -> None:
    """Draw each of the ellipses, a GeoSeries by period."""
    from matplotlib.patches import PathPatch

    for (period, shape), (colour, dashes) in zip(shapes.items(), _ELLIPSES, strict=False):
        outline = PathPatch(
            to_path(shape),
            gid=f"ellipse {period}",
            zorder=3,
            facecolor="none",
            edgecolor=colour,
            linestyle=dashes,
            linewidth=_ELLIPSE_WIDTH,
        )
        ax.add_patch(outline)


def _ellipse_key(
    index: int,
    period: Any,
    words: Words,
) -> Any:
    colour, dashes = _ELLIPSES[index]
    return line_key(
        words.say("Ellipse of {period}", period=period),
        color=colour,
        linestyle=dashes,
        linewidth=_ELLIPSE_WIDTH,
    )


def _path_key(periods: Sequence[Any], words: Words) -> Any:
    label = words.say("Centre of {period}", period=periods[0])
    if len(periods) > 1:
        label = words.say("Centres, {first} to {last}", first=periods[0], last=periods[-1])
    return line_key(
        label,
        color=INK,
        linewidth=0.8,
        marker="o",
        markersize=2.5,
    )


def _free_bounds(ax: Axes, units: Any) -> tuple[float, float, float, float]:
    """Where on the axes the inset covers least of the units, and nothing of the legend."""
    from shapely import area, box, intersection, union_all

    # the position of the legend follows from the layout
    settle(ax)
    legend: Any = ax.get_legend()
    occupied = extent_of(legend).transformed(ax.transAxes.inverted())
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    width, height = _INSET_WIDTH, _INSET_HEIGHT

    # trial positions of the lower left corner, as shares of the axes and on the map
    across = np.linspace(0, 1 - width, _TRIALS)
    down = np.linspace(1 - height, 0, _TRIALS)
    x, y = (corner.ravel() for corner in np.meshgrid(across, down))
    left = west + x * (east - west)
    low = south + y * (north - south)
    right = left + width * (east - west)
    top = low + height * (north - south)

    beside = (x < occupied.x1) & (x + width > occupied.x0)
    level = (y < occupied.y1) & (y + height > occupied.y0)
    simple = units.simplify(_SIMPLIFIED * (east - west)).buffer(0)
    land = union_all(simple.to_numpy())
    covered = area(intersection(box(left, low, right, top), land))
    covered = covered + np.where(beside & level, np.inf, 0.0)
    best = int(np.argmin(covered))
    return float(x[best]), float(y[best]), width, height


def _draw_inset(
    ax: Axes,
    bounds: Any,
    map_frame: MapFrame,
    path: np.ndarray,
    names: Sequence[str],
) -> None:
    """The way of the centre on its own scale, in a frame that is also on the map.

    Parameters
    ----------
    bounds : tuple of float
        West, south, width and height of the inset, shares of the axes.
    path : array of shape (T, 2)
        The centres in the order of the periods.
    names : sequence of str, length T
    """
    inset = ax.inset_axes(bounds, zorder=6)
    # the shape of the inset follows from the layout
    settle(ax)
    view = _inset_view(extent_of(inset), path)
    west, south, east, north = view
    map_frame.draw(inset, [LAND] * len(map_frame.units))
    inset.set(
        xlim=(west, east),
        ylim=(south, north),
        facecolor="white",
    )
    for spine in inset.spines.values():
        spine.set(visible=True, linewidth=0.5, edgecolor=INK)
    _frame_on_map(ax, view)
    _draw_steps(inset, path)
    bar_text = _draw_scale_bar(inset, view)
    # the first and the last name before those between
    order = dict.fromkeys([0, len(path) - 1, *range(1, len(path) - 1)])
    steps = zip(path[:-1], path[1:], strict=True)
    label_points(
        inset,
        path,
        [(path[index], names[index]) for index in order],
        lines=np.vstack([np.linspace(start, end, 20) for start, end in steps]),
        boxes=[bar_text],
    )


def _inset_view(
    frame: Any,
    path: np.ndarray,
) -> tuple[float, float, float, float]:
    """West, south, east, north that the inset shows, in the proportions of its `frame`."""
    lowest, highest = path.min(axis=0), path.max(axis=0)
    middle, half = (lowest + highest) / 2, np.ptp(path, axis=0) / 2
    # a margin for the names
    scale = 1.6 * max(half[0] / frame.width, half[1] / frame.height)
    reach = scale * np.array([frame.width, frame.height])
    (west, south), (east, north) = middle - reach, middle + reach
    return west, south, east, north


def _frame_on_map(ax: Axes, view: tuple[float, float, float, float]) -> None:
    """Show on the map what the inset shows."""
    from matplotlib.patches import Rectangle

    west, south, east, north = view
    rectangle = Rectangle(
        (west, south),
        east - west,
        north - south,
        gid="inset",
        zorder=5,
        facecolor="none",
        **OUTLINE,
    )
    ax.add_patch(rectangle)


def _draw_steps(inset: Axes, path: np.ndarray) -> None:
    """An arrow from each centre to the next, and the centres, the later the darker."""
    arrow = {
        "arrowstyle": "-|>",
        "linewidth": 0.8,
        "color": INK,
        "shrinkA": 2.5,
        "shrinkB": 2.5,
        "mutation_scale": 6,
    }
    for start, end in zip(path[:-1], path[1:], strict=True):
        inset.annotate("", end, start, arrowprops=arrow)
    inset.scatter(
        path[:, 0],
        path[:, 1],
        s=12,
        c=np.linspace(0, 1, len(path)),
        cmap="Greys",
        edgecolors=INK,
        linewidths=0.6,
        zorder=4,
    )


def _draw_scale_bar(
    inset: Axes,
    view: tuple[float, float, float, float],
) -> Any:
    """A bar of a round number of km (of the unit of the plane, 1000); its text."""
    west, south, east, north = view
    width, height = east - west, north - south
    # a third of the width at most
    longest = width / 3000
    power = 10.0 ** np.floor(np.log10(longest))
    km = max(step * power for step in _ROUND_STEPS if step * power <= longest)
    left, low = west + 0.05 * width, south + 0.06 * height
    inset.plot(
        [left, left + 1000 * km],
        [low, low],
        color=INK,
        linewidth=1.2,
        solid_capstyle="butt",
        gid="scale",
    )
    style = text_style(SMALL - 0.5)
    return inset.text(left, low + 0.02 * height, f"{km:g} km", va="bottom", **style)
