"""The Moran scatter plot (Anselin 1996), of one year and of several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, InputError, first_five
from ...ids import positions
from ..labels import label_points
from ..maps.sheet import n_across
from ..style import (
    BLACK,
    BLUE,
    GREY,
    HAIRLINE,
    LARGE,
    LINE,
    NORMAL,
    ONE_COLUMN,
    VERMILLION,
    dress,
    new_axes,
    new_figure,
    text_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# name, colour, marker, filled, corner of the axes: clusters are filled, outliers hollow
_QUADRANTS = (
    ("HH", VERMILLION, "o", True, (0.98, 0.98)),
    ("LL", BLUE, "s", True, (0.02, 0.02)),
    ("LH", BLUE, "^", False, (0.02, 0.98)),
    ("HL", VERMILLION, "D", False, (0.98, 0.02)),
)


def moran_scatter(
    x: Any,
    lag: Any,
    *,
    labels: Sequence[str] | None = None,
    n_labels: int = 8,
    ax: Axes | None = None,
    title: str | None = None,
    xlabel: str = "Standardised variable",
    ylabel: str = "Spatial lag",
) -> Axes:
    """A variable against its spatial lag, both in standard deviations of the variable; the slope is Moran's I.

    Points in the quadrants HH and LL (filled) are like their neighbours, those in HL and LH (hollow) are not.

    Parameters
    ----------
    x, lag : arrays of shape (N,)
        The variable and W x, with the rows of W summing to one. With islands (rows of zeros), or another W, give x
        as deviations from its mean, and their lag; the slope is then I times the sum of the weights over N.
    labels : sequence of str, length N, optional
        Names of the units; by default the index where `x` is a Series.
    n_labels : int
        How many points to name, the farthest from the origin first. A name that finds no free place is left out.
    ax : Axes, optional
        Where to draw; else a new figure.
    title : str, optional
        By default "Moran’s I = ...".

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        Missing or infinite values, a constant variable, Series with different indexes.
    InputError
        Lengths that differ.

    References
    ----------
    Anselin (1996), The Moran scatterplot as an ESDA tool to assess local instability in spatial association, in
    Fischer, Scholten and Unwin, Spatial Analytical Perspectives on GIS.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> ax = bd.moran_scatter([1.0, 2.0, 4.0, 3.0], [2.0, 2.5, 3.0, 4.0])
    >>> ax.get_title()
    'Moran’s I = 0.450'
    """
    raw, raw_lag, names = _read(x, lag, labels)
    centre, spread = raw.mean(), raw.std()
    z, wz = (raw - centre) / spread, (raw_lag - centre) / spread
    slope = float(z @ wz / (z @ z))
    if ax is None:
        ax = new_axes(1.25 * ONE_COLUMN, 1.2 * ONE_COLUMN)
    corners = _draw_points(ax, z, wz)
    line = _draw_line(ax, z, slope, float(wz.mean()))
    ax.set_title(
        f"Moran\u2019s I = {slope:.3f}".replace("-", "\u2212") if title is None else title, **text_style(LARGE)
    )
    ax.set_xlabel(xlabel, **text_style(NORMAL))
    ax.set_ylabel(ylabel, **text_style(NORMAL))
    dress(ax)
    if names is not None and n_labels > 0:
        far = np.argsort(-np.hypot(z, wz), kind="stable")[:n_labels]
        points = np.column_stack([z, wz])
        label_points(ax, points, [(points[i], names[i]) for i in far], lines=line, boxes=corners)
    return ax


def moran_scatter_years(
    x: Any,
    lag: Any,
    years: Sequence[Any],
    *,
    labels: Sequence[str] | None = None,
    n_labels: int = 8,
    columns: int | None = None,
    titles: Sequence[str] | None = None,
    xlabel: str = "Standardised variable",
    ylabel: str = "Spatial lag",
) -> Figure:
    """Moran scatter plots of several years side by side.

    Parameters
    ----------
    x, lag : DataFrame, periods x units; or array of shape (len(years), N)
        Rows of a frame are looked up by year; see `moran_scatter` for what they hold.
    years : sequence
        The years to draw, in this order.
    columns : int, optional
        Plots a row; by default 2, or 3 for three years and more than four.
    titles : sequence of str, optional
        One a year; by default the year and Moran's I.
    labels, n_labels, xlabel, ylabel
        As in `moran_scatter`. By default labels are the columns of a frame.

    Returns
    -------
    Figure with one Axes a year

    Raises
    ------
    DataError, InputError
        As `moran_scatter`; a year that a frame lacks, arrays of another shape.
    OptionError
        Fewer than one column.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> density = panel.evaluate("log1p(bev_density)")[[0, -1]]
    >>> figure = bd.moran_scatter_years(density, queen.lag(density), [2011, 2020], labels=panel.units)
    >>> [ax.get_title() for ax in figure.axes]
    ['2011: Moran’s I = 0.459', '2020: Moran’s I = 0.425']
    """
    first, second = _rows_of(x, years, "x"), _rows_of(lag, years, "lag")
    if titles is not None and len(titles) != len(years):
        raise InputError("titles", expected=f"{len(years)}, one a year", got=f"{len(titles)}")
    if labels is None and isinstance(x, pd.DataFrame):
        labels = [str(unit) for unit in x.columns]
    across = n_across(columns, len(years))
    down = -(-len(years) // across)
    figure = new_figure(across * ONE_COLUMN, down * ONE_COLUMN)
    cells = figure.subplots(down, across, squeeze=False).ravel()
    for cell in cells[len(years) :]:
        cell.remove()
    for place, (cell, year) in enumerate(zip(cells, years, strict=False)):
        own: dict[str, Any] = {"labels": labels, "n_labels": n_labels, "xlabel": xlabel, "ylabel": ylabel}
        moran_scatter(first[place], second[place], ax=cell, title=None if titles is None else titles[place], **own)
        if titles is None:
            cell.set_title(f"{year}: {cell.get_title()}", **text_style(LARGE))
    return figure


def _rows_of(values: Any, years: Sequence[Any], argument: str) -> np.ndarray:
    """One row a year, (len(years), N)."""
    if isinstance(values, pd.DataFrame):
        rows = positions(list(years), list(values.index))
        absent = [year for year, row in zip(years, rows, strict=True) if row < 0]
        if absent:
            raise DataError("years", expected=f"rows of {argument}", got=f"no row for {first_five(absent)}")
        values = values.iloc[rows]
    array = np.asarray(values, dtype=float)
    if array.ndim != 2 or len(array) != len(years) or not len(array):
        raise DataError(argument, expected=f"a row for each of {len(years)} years, one at least", got=f"{array.shape}")
    return array


def _read(x: Any, lag: Any, labels: Sequence[str] | None) -> tuple[np.ndarray, np.ndarray, list[str] | None]:
    """The two arrays, checked, and the names of the units."""
    if isinstance(x, pd.Series) and isinstance(lag, pd.Series) and not x.index.equals(lag.index):
        raise DataError("lag", expected="the index of x", got="another", remedy="Use lag.reindex(x.index).")
    if labels is None and isinstance(x, pd.Series):
        labels = list(x.index)
    names = None if labels is None else [str(label) for label in labels]
    first, second = np.asarray(x, dtype=float), np.asarray(lag, dtype=float)
    if first.ndim != 1 or first.shape != second.shape:
        raise InputError("x, lag", expected="two arrays of one shape (N,)", got=f"{first.shape} and {second.shape}")
    if names is not None and len(names) != len(first):
        raise InputError("labels", expected=f"{len(first)}, one a unit", got=f"{len(names)}")
    bad = np.flatnonzero(~np.isfinite(first) | ~np.isfinite(second))
    if bad.size:
        where = first_five(bad if names is None else [names[i] for i in bad])
        raise DataError("x, lag", expected="finite numbers", got=f"missing or infinite ones at {where}")
    if not first.size or np.ptp(first) == 0:
        raise DataError("x", expected="values that differ", got="a constant", remedy="Moran's I is not defined.")
    return first, second, names


def _draw_points(ax: Axes, z: np.ndarray, wz: np.ndarray) -> list[Any]:
    """Quadrant lines, the points in the look of their quadrant, the quadrants' names; the names are returned."""
    ax.axhline(0, color=GREY, linewidth=HAIRLINE, zorder=1)
    ax.axvline(0, color=GREY, linewidth=HAIRLINE, zorder=1)
    corners = []
    for name, colour, marker, filled, (right, up) in _QUADRANTS:
        inside = ((z > 0) == (name[0] == "H")) & ((wz > 0) == (name[1] == "H"))
        face = colour if filled else "white"
        edge = "white" if filled else colour
        ax.scatter(
            z[inside],
            wz[inside],
            s=25 if filled else 17,
            c=face,
            edgecolors=edge,
            marker=marker,
            linewidths=0.6,
            label=name,
        )
        ha, va = ("right" if right > 0.5 else "left"), ("top" if up > 0.5 else "bottom")
        style = text_style(NORMAL, color=colour, fontweight="bold")
        corners.append(ax.text(right, up, name, ha=ha, va=va, transform=ax.transAxes, **style))
    ax.margins(0.12)
    return corners


def _draw_line(ax: Axes, z: np.ndarray, slope: float, level: float) -> np.ndarray:
    """The least-squares line over the range of `z`; points on it and on the quadrant lines, shape (P, 2)."""
    along = np.linspace(z.min(), z.max(), 160)
    ax.plot(along[[0, -1]], level + slope * along[[0, -1]], color=BLACK, linewidth=LINE, zorder=1.5)
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    across, up, zeros = np.linspace(west, east, 80), np.linspace(south, north, 80), np.zeros(80)
    pairs = [(along, level + slope * along), (across, zeros), (zeros, up)]
    return np.vstack([np.column_stack(pair) for pair in pairs])
