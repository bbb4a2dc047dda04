"""Choropleth maps, of one year and of several with one legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, OptionError, first_five
from ...ids import positions, repeated
from .classes import Classes, Scheme, make_classes
from .sheet import MISSING, OUTLINE, Sheet, Texts, one_map, several_maps

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch


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
    scheme : {"quantiles", "equal", "fisher", "std_mean", "box", "headtails"}
        As many units in each class, classes of one width, or natural breaks; or, whatever `k` is, standard deviations
        about the mean, the bounds of a box plot, head/tail breaks (for values with many small and few large ones).
        Each class is (lower, upper], the first one holds its lower bound, too; bounds are the roundest numbers that
        part the units in the same way.
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
    sheet = Sheet.of(geometry, base, crs)
    numbers = values_by_unit(values, sheet.units.index)
    classes = make_classes(numbers, k=k, scheme=scheme, breaks=breaks, zero_class=zero_class)
    colours = class_colours(cmap, classes)
    placed = classes.place(numbers)
    counts = [int(np.sum(placed == c)) for c in (*range(len(classes)), -1)]
    looks, keys = _looks(colours), _keys(classes, colours, missing, counts)
    texts = Texts(title, legend_title, caption)
    return one_map(sheet, [looks[c] for c in placed], keys, texts, ax=ax, legend_loc=legend_loc)


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
    sheet = Sheet.of(geometry, base, crs)
    numbers = by_year(values, list(years), sheet.units.index)
    classes = make_classes(numbers, k=k, scheme=scheme, breaks=breaks, zero_class=zero_class)
    colours = class_colours(cmap, classes)
    placed = classes.place(numbers)
    looks, keys = _looks(colours), _keys(classes, colours, missing if (placed < 0).any() else "")
    texts = Texts(title, legend_title, caption)
    return several_maps(sheet, years, [[looks[c] for c in row] for row in placed], keys, texts, columns=columns)


def values_by_unit(values: pd.Series, units: pd.Index) -> np.ndarray:
    """The number of each unit, a float array of shape (N,), NaN where there is none."""
    if not isinstance(values, pd.Series):
        raise DataError(
            "values",
            expected="a Series by unit",
            got=type(values).__name__,
            remedy="Use pd.Series(panel['x'][-1], index=panel.units).",
        )
    return matched(values.to_frame().T, units)[0]


def by_year(values: Any, years: list[Any], units: pd.Index) -> np.ndarray:
    """The numbers of the years, a float array of shape (len(years), N)."""
    if not years:
        raise DataError("years", expected="at least one year", got="none")
    if isinstance(values, pd.DataFrame):
        rows = positions(years, list(values.index))
        absent = [year for year, row in zip(years, rows, strict=True) if row < 0]
        if absent:
            raise DataError("years", expected="rows of the frame", got=f"no row for {first_five(absent)}")
        return matched(values.iloc[rows], units)
    array = np.asarray(values, dtype=float)
    if array.shape != (len(years), len(units)):
        raise DataError(
            "values", expected=f"an array of shape {(len(years), len(units))} or a frame", got=f"shape {array.shape}"
        )
    return _finite(array)


def matched(frame: pd.DataFrame, units: pd.Index) -> np.ndarray:
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


def class_colours(cmap: Any, classes: Classes) -> list[Any]:
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


def _looks(colours: Sequence[Any]) -> list[dict[str, Any]]:
    """The look of each class, and at the end, which is place -1, that of units without a number."""
    return [*({"facecolor": colour, **OUTLINE} for colour in colours), MISSING]


def _keys(classes: Classes, colours: Sequence[Any], missing: str, counts: Sequence[int] = ()) -> list[Patch]:
    """The legend's patches; `counts` (one a class, then the missing ones) go behind the bounds."""
    from matplotlib.patches import Patch

    keys = [
        Patch(facecolor=colour, **OUTLINE, label=label) for colour, label in zip(colours, classes.labels, strict=True)
    ]
    if missing and (not counts or counts[-1]):
        keys.append(Patch(**MISSING, label=missing))
    for key, count in zip(keys, counts, strict=False):
        key.set_label(f"{key.get_label()}  ({count})")
    return keys
