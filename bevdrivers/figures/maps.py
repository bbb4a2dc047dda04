"""Choropleth maps, of one year and of several with one legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import DataError, OptionError, first_five
from ..ids import positions, repeated
from .classes import Classes, Scheme, make_classes
from .shapes import equal_area, is_area, project, read_units, to_path
from .style import GREY, HAIRLINE, LARGE, SMALL, TWO_COLUMNS, legend_style, new_axes, new_figure, text_style

if TYPE_CHECKING:
    from geopandas import GeoDataFrame, GeoSeries
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

_EDGE = "#1F1F1F"
_TALLEST = 6.0  # inches
_MISSING: dict[str, Any] = {"facecolor": "#F2F2F2", "hatch": "//////", "edgecolor": "#A6A6A6", "linewidth": HAIRLINE}


def choropleth(
    geometry: GeoDataFrame,
    values: pd.Series,
    *,
    ax: Axes | None = None,
    k: int = 5,
    scheme: Scheme = "quantiles",
    breaks: Sequence[float] | None = None,
    zero_class: bool | None = None,
    title: str = "",
    legend_title: str = "",
    legend_loc: Any = "best",
    cmap: Any = "YlGnBu",
    missing: str = "No data",
    base: GeoDataFrame | None = None,
    crs: Any = None,
    caption: str = "",
) -> Axes:
    """A map with one colour a class of values, and a legend with class bounds and numbers of units.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons, indexed by unit. Not changed.
    values : Series
        Numbers by unit, in any order; ids match across their int, float and text forms. Units without a number are
        hatched in grey.
    ax : Axes, optional
        Where to draw; else a new figure.
    k : int
        Classes, a class of zeros included; fewer where the values have ties.
    scheme : {"quantiles", "equal", "fisher"}
        As many units in each class, classes of one width, or natural breaks. Each class is (lower, upper], the first
        one holds its lower bound, too; bounds are the roundest numbers that part the units in the same way.
    breaks : sequence of float, optional
        Your own bounds from lowest to highest, instead of `k` and `scheme`; the ends may be infinite.
    zero_class : bool, optional
        Whether zeros are a class of their own. By default where there are many and no value is negative.
    title, legend_title, caption : str
        The legend's title is the place for the unit of `values`; the caption, below the map, for a source or a map
        approval number.
    legend_loc : str
        matplotlib's ``loc``: "best" covers as little of the map as it can.
    cmap : str, Colormap or sequence of colours
        Light to dark, so that it can be read in grey. One colour a class if a sequence.
    missing : str
        Legend entry of the units without a number.
    base : GeoDataFrame, optional
        Your own base map (polygons or lines), drawn beneath in grey. The view covers it: cut it to the part wanted.
    crs : optional
        Any projection that geopandas takes. By default an equal-area one for the extent of the map: Albers' conic
        (standard parallels 25N and 47N for China). Geometry without a CRS is drawn as it is.

    Returns
    -------
    Axes with one patch a unit (its id is the patch's ``gid``)

    Raises
    ------
    DataError
        Units twice, values for units that the geometry lacks, geometry without polygons.
    OptionError
        Unknown scheme, bounds that do not hold the values, too few colours.

    Examples
    --------
    >>> import pandas as pd, bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> density = pd.Series(panel["bev_density"][-1], index=panel.units)
    >>> ax = bd.choropleth(panel.geometry, density, legend_title="Firms per 10,000 km\u00b2")
    >>> len(ax.patches)
    31
    """
    sheet = _Sheet.of(geometry, base, crs)
    numbers = _by_unit(values, sheet.units.index)
    classes = make_classes(numbers, k=k, scheme=scheme, breaks=breaks, zero_class=zero_class)
    colours = _colours(cmap, classes)
    if ax is None:
        width = min(0.7 * TWO_COLUMNS, _TALLEST * sheet.aspect)
        ax = new_axes(width, width / sheet.aspect + 0.25 * bool(title) + 0.2 * bool(caption))
    placed = classes.place(numbers)
    sheet.draw(ax, placed, colours)
    counts = [int(np.sum(placed == c)) for c in (*range(len(classes)), -1)]
    ax.legend(handles=_keys(classes, colours, missing, counts), title=legend_title, loc=legend_loc, **_legend_style())
    if title:
        ax.set_title(title, **text_style(LARGE))
    if caption:
        ax.set_xlabel(caption, loc="left", **text_style(SMALL))
    return ax


def choropleth_years(
    geometry: GeoDataFrame,
    values: pd.DataFrame | np.ndarray,
    years: Sequence[Any],
    *,
    k: int = 5,
    scheme: Scheme = "quantiles",
    breaks: Sequence[float] | None = None,
    zero_class: bool | None = None,
    title: str = "",
    legend_title: str = "",
    columns: int | None = None,
    cmap: Any = "YlGnBu",
    missing: str = "No data",
    base: GeoDataFrame | None = None,
    crs: Any = None,
    caption: str = "",
) -> Figure:
    """Maps of several years with the same classes, which are made from all of them, and one legend.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons, indexed by unit.
    values : DataFrame, periods x units; or array of shape (len(years), N)
        Rows of a frame are looked up by year and its columns matched by id. An array has its rows in the order of
        `years` and its columns in the order of `geometry`, as `panel[column]` and `panel.geometry` have.
    years : sequence
        The years to draw, in this order.
    columns : int, optional
        Maps a row.
    k, scheme, breaks, zero_class, title, legend_title, cmap, missing, base, crs, caption
        As in `choropleth`.

    Returns
    -------
    Figure with one Axes a year

    Raises
    ------
    DataError, OptionError
        As `choropleth`; a year that the frame lacks, an array of another shape.

    Examples
    --------
    >>> import pandas as pd, bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> frame = pd.DataFrame(panel["bev_density"], index=panel.periods, columns=panel.units)
    >>> figure = bd.choropleth_years(panel.geometry, frame, [2011, 2015, 2020])
    >>> [ax.get_title() for ax in figure.axes]
    ['2011', '2015', '2020']
    """
    sheet = _Sheet.of(geometry, base, crs)
    numbers = _by_year(values, list(years), sheet.units.index)
    classes = make_classes(numbers, k=k, scheme=scheme, breaks=breaks, zero_class=zero_class)
    colours = _colours(cmap, classes)
    placed = classes.place(numbers)
    across = _across(columns, len(numbers))
    down = -(-len(numbers) // across)
    keys = _keys(classes, colours, missing if (placed < 0).any() else "")
    lines = _lines(keys)
    strip = 0.2 if caption else 0.05
    foot = strip + 0.17 * (lines + bool(legend_title)) + 0.05
    tall = min((TWO_COLUMNS / across - 0.1) / sheet.aspect, _TALLEST)
    height = down * (tall + 0.25) + 0.25 * bool(title) + foot
    figure = new_figure(TWO_COLUMNS, height, bottom=foot)
    cells = figure.subplots(down, across, squeeze=False).ravel()
    for cell in cells[len(numbers) :]:
        cell.remove()
    for cell, year, row in zip(cells, years, placed, strict=False):
        sheet.draw(cell, row, colours)
        cell.set_title(str(year), pad=2, **text_style(LARGE))
    style = {**_legend_style(), "alignment": "center", "ncols": -(-len(keys) // lines), "borderaxespad": 0}
    figure.legend(handles=keys, title=legend_title, loc="lower center", bbox_to_anchor=(0.5, strip / height), **style)
    if title:
        figure.suptitle(title, **text_style(LARGE))
    if caption:
        figure.text(0.01, 0.05 / height, caption, ha="left", va="bottom", **text_style(SMALL))
    return figure


@dataclass(frozen=True, eq=False)
class _Sheet:
    """The units and the base map on the plane of the drawing."""

    units: GeoSeries
    base: GeoSeries | None

    @classmethod
    def of(cls, geometry: GeoDataFrame, base: GeoDataFrame | None, crs: Any) -> _Sheet:
        units = read_units(geometry)
        plane = equal_area(units) if crs is None else crs
        beneath = None if base is None else base.geometry[base.geom_type.notna() & ~base.is_empty]
        return cls(project(units, plane, "geometry"), None if beneath is None else project(beneath, plane, "base"))

    @property
    def view(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all that is drawn, with a margin of two percent."""
        boxes = np.array([s.total_bounds for s in (self.units, self.base) if s is not None and len(s)])
        west, south = boxes[:, :2].min(axis=0)
        east, north = boxes[:, 2:].max(axis=0)
        margin = 0.02 * max(east - west, north - south)
        return west - margin, south - margin, east + margin, north + margin

    @property
    def aspect(self) -> float:
        west, south, east, north = self.view
        return float((east - west) / (north - south))

    def draw(self, ax: Axes, placed: np.ndarray, colours: Sequence[Any]) -> None:
        """One patch a unit, in the colour of its class, over the base map; `placed` is of shape (N,)."""
        from matplotlib.patches import PathPatch

        self._draw_base(ax)
        for unit, shape, c in zip(self.units.index, self.units, placed, strict=True):
            look = {"facecolor": colours[c], "edgecolor": _EDGE, "linewidth": HAIRLINE} if c >= 0 else _MISSING
            ax.add_patch(PathPatch(to_path(shape), gid=str(unit), joinstyle="round", **look))
        west, south, east, north = self.view
        ax.set(xlim=(west, east), ylim=(south, north), aspect="equal", xticks=[], yticks=[])
        for spine in ax.spines.values():
            spine.set_visible(False)

    def _draw_base(self, ax: Axes) -> None:
        from matplotlib.collections import PathCollection

        if self.base is None:
            return
        areas = is_area(self.base)
        for mask, fill in ((areas, "#F5F5F5"), (~areas, "none")):
            paths = [to_path(shape) for shape in self.base[mask]]
            ax.add_collection(PathCollection(paths, facecolor=fill, edgecolor=GREY, linewidth=HAIRLINE, zorder=0.5))


def _by_unit(values: pd.Series, units: pd.Index) -> np.ndarray:
    """The number of each unit, a float array of shape (N,), NaN where there is none."""
    if not isinstance(values, pd.Series):
        raise DataError(
            "values",
            expected="a Series by unit",
            got=type(values).__name__,
            remedy="Use pd.Series(panel['x'][-1], index=panel.units).",
        )
    return _matched(values.to_frame().T, units)[0]


def _by_year(values: Any, years: list[Any], units: pd.Index) -> np.ndarray:
    """The numbers of the years, a float array of shape (len(years), N)."""
    if not years:
        raise DataError("years", expected="at least one year", got="none")
    if isinstance(values, pd.DataFrame):
        rows = positions(years, list(values.index))
        absent = [year for year, row in zip(years, rows, strict=True) if row < 0]
        if absent:
            raise DataError("years", expected="rows of the frame", got=f"no row for {first_five(absent)}")
        return _matched(values.iloc[rows], units)
    array = np.asarray(values, dtype=float)
    if array.shape != (len(years), len(units)):
        raise DataError(
            "values", expected=f"an array of shape {(len(years), len(units))} or a frame", got=f"shape {array.shape}"
        )
    return _finite(array)


def _matched(frame: pd.DataFrame, units: pd.Index) -> np.ndarray:
    """The columns of `frame` in the order of `units`."""
    twice = repeated(frame.columns)
    if twice:
        raise DataError("values", expected="each unit once", got=f"twice {first_five(twice)}")
    strangers = frame.columns[positions(list(frame.columns), list(units)) < 0]
    if len(strangers):
        raise DataError(
            "values",
            expected=f"units of the geometry, such as {first_five(units[:2])}",
            got=f"{len(strangers)} that it lacks: {first_five(strangers)}",
            remedy="Set the geometry's index with geometry.set_index(column), or drop these values.",
        )
    try:
        array = frame.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as fault:
        raise DataError("values", expected="numbers", got=str(fault)) from None
    where = positions(list(units), list(frame.columns))
    return _finite(np.where(where >= 0, array[:, where], np.nan))


def _finite(array: np.ndarray) -> np.ndarray:
    if np.isinf(array).any():
        raise DataError("values", expected="finite numbers, NaN where missing", got="infinite ones")
    return array


def _colours(cmap: Any, classes: Classes) -> list[Any]:
    """One colour a class, light to dark; almost white for the class of zeros."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    n = len(classes)
    if not isinstance(cmap, str) and not callable(cmap):
        if len(cmap) < n:
            raise OptionError("cmap", expected=f"{n} colours, one a class", got=f"{len(cmap)}")
        return [to_hex(colour) for colour in cmap[:n]]
    if isinstance(cmap, str) and cmap not in colormaps:
        raise OptionError("cmap", expected="the name of a colour map of matplotlib", got=repr(cmap))
    scale = colormaps[cmap] if isinstance(cmap, str) else cmap
    steps = [to_hex(scale(at)) for at in np.linspace(0.1, 0.88, n - classes.zero)]
    return ["#FCFCFC", *steps] if classes.zero else steps


def _keys(classes: Classes, colours: Sequence[Any], missing: str, counts: Sequence[int] = ()) -> list[Patch]:
    """The legend's patches; `counts` (one a class, then the missing ones) go behind the bounds."""
    from matplotlib.patches import Patch

    keys = [
        Patch(facecolor=colour, edgecolor=_EDGE, linewidth=HAIRLINE, label=label)
        for colour, label in zip(colours, classes.labels, strict=True)
    ]
    if missing and (not counts or counts[-1]):
        keys.append(Patch(**_MISSING, label=missing))
    for key, count in zip(keys, counts, strict=False):
        key.set_label(f"{key.get_label()}  ({count})")
    return keys


def _legend_style() -> dict[str, Any]:
    return {**legend_style(), "alignment": "left", "handlelength": 1.8, "handleheight": 1.1, "labelspacing": 0.35}


def _lines(keys: Sequence[Patch]) -> int:
    """How many lines the legend takes across two columns."""
    longest = max(len(str(key.get_label())) for key in keys)
    return -(-len(keys) // max(1, int((TWO_COLUMNS - 0.2) / (0.55 + 0.056 * longest))))


def _across(columns: int | None, n: int) -> int:
    if columns is None:
        return n if n <= 3 else 2 if n == 4 else 3
    if isinstance(columns, bool) or columns < 1:
        raise OptionError("columns", expected="a number of maps a row, 1 or more", got=repr(columns))
    return min(int(columns), n)
