"""Choropleth maps, of one year and of several with one legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...language.words import Words
from ...options import Language
from ..legend import counted, patch_key
from .classes import Classes, Scheme, in_words, make_classes
from .layout import MapTexts, one_map, several_maps
from .map_frame import MapFrame
from .palette import MISSING, class_colours, outlined
from .units import values_by_unit, values_by_year

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
    language: Language = "en",
) -> Axes:
    """A map with one colour a class of values, and a legend with class bounds and numbers of units.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons, indexed by unit. Not changed.
    values : Series
        Numbers by unit, in any order; ids match across their int, float and text forms. Units
        without a number are hatched in grey.
    ax : Axes, optional
        Where to draw; else a new figure.
    k : int
        Classes, a class of zeros included; fewer where the values have ties.
    scheme : {"quantiles", "equal", "fisher", "std_mean", "box", "headtails"}
        As many units in each class, classes of one width, or natural breaks; or, whatever `k` is,
        standard deviations about the mean, the bounds of a box plot, head/tail breaks (for values
        with many small and few large ones). Each class is (lower, upper], the first one holds its
        lower bound, too; bounds are the roundest numbers that part the units in the same way.
    breaks : sequence of float, optional
        Your own bounds from lowest to highest, instead of `k` and `scheme`; the ends may be
        infinite.
    zero_class : bool, optional
        Whether zeros are a class of their own. By default where there are many and no value is
        negative.
    title, legend_title, caption : str
        The legend's title is the place for the unit of `values`; the caption, below the map, for a
        source or a map approval number.
    legend_loc : str
        matplotlib's ``loc``. "best" covers as little of the map as it can; where the units fill the
        frame, the legend stands beside the map (on your own `ax`: on a white ground).
    cmap : str, Colormap or sequence of colours
        Light to dark, so that it can be read in grey. One colour a class if a sequence.
    missing : str
        Legend entry of the units without a number.
    base : GeoDataFrame, optional
        Your own base map (polygons or lines), drawn beneath in grey. The view covers it: cut it to
        the part wanted.
    language : {"en", "zh"}
        Of the words that you do not give: the legend's.
    crs : optional
        Any projection that geopandas takes. By default an equal-area one for the extent of the map:
        Albers' conic (standard parallels 25N and 47N for China). Geometry without a CRS is drawn as
        it is.

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
    words = Words.checked(language)
    map_frame = MapFrame.of(geometry, base, crs)
    numbers = values_by_unit(values, map_frame.units.index)
    classes = make_classes(
        numbers,
        k=k,
        scheme=scheme,
        breaks=breaks,
        zero_class=zero_class,
    )
    colours = class_colours(cmap, classes)
    class_of_unit = classes.classify(numbers)
    keys = _class_keys(classes, colours, words, class_of_unit)
    n_missing = int(np.sum(class_of_unit < 0))
    if missing and n_missing:
        keys.append(patch_key(counted(words.said(missing), n_missing), MISSING))
    return one_map(
        map_frame,
        _looks(class_of_unit, colours),
        keys,
        MapTexts(title, legend_title, caption),
        ax=ax,
        legend_loc=legend_loc,
    )


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
    language: Language = "en",
) -> Figure:
    """Maps of several years with the same classes, which are made from all of them, and one legend.

    Parameters
    ----------
    geometry : GeoDataFrame or GeoSeries
        N polygons, indexed by unit.
    values : DataFrame, periods x units; or array of shape (len(years), N)
        Rows of a frame are looked up by year and its columns matched by id. An array has its rows
        in the order of `years` and its columns in the order of `geometry`, as `panel[column]` and
        `panel.geometry` have.
    years : sequence
        The years to draw, in this order.
    columns : int, optional
        Maps a row.
    k, scheme, breaks, zero_class, title, legend_title, cmap, missing, base, crs, caption, language
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
    words = Words.checked(language)
    map_frame = MapFrame.of(geometry, base, crs)
    numbers = values_by_year(values, list(years), map_frame.units.index)
    classes = make_classes(
        numbers,
        k=k,
        scheme=scheme,
        breaks=breaks,
        zero_class=zero_class,
    )
    colours = class_colours(cmap, classes)
    class_of_unit = classes.classify(numbers)
    keys = _class_keys(classes, colours, words)
    if missing and (class_of_unit < 0).any():
        keys.append(patch_key(words.said(missing), MISSING))
    return several_maps(
        map_frame,
        years,
        [_looks(of_year, colours) for of_year in class_of_unit],
        keys,
        MapTexts(title, legend_title, caption),
        columns=columns,
    )


def _looks(
    class_of_unit: np.ndarray,
    colours: Sequence[Any],
) -> list[dict[str, Any]]:
    """The look of each unit; those of class -1 have no number."""
    looks = [outlined(colour) for colour in colours]
    return [MISSING if index < 0 else looks[index] for index in class_of_unit]


def _class_keys(
    classes: Classes,
    colours: Sequence[Any],
    words: Words,
    class_of_unit: np.ndarray | None = None,
) -> list[Patch]:
    """A legend key for each class, with its number of units where `class_of_unit` is given."""
    keys = []
    for index, (label, colour) in enumerate(zip(classes.labels, colours, strict=True)):
        label = in_words(label, words)
        if class_of_unit is not None:
            label = counted(label, int(np.sum(class_of_unit == index)))
        keys.append(patch_key(label, outlined(colour)))
    return keys
