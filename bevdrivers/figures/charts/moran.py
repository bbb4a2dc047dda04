"""The Moran scatter plot (Anselin 1996), of one year and of several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from ...errors import DataError, InputError, first_five, suggestion
from ...ids import positions
from ...language.words import Words
from ...options import Language
from ..axes import (
    dress,
    name_axes,
    new_axes,
    new_figure,
    plots_per_row,
    rows_needed,
    write_title,
)
from ..labels import label_points
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
    text_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class _Quadrant(NamedTuple):
    """A quadrant of the plot: its name, the look of its points, and where its name stands (shares
    of the axes).
    """

    name: str
    colour: str
    marker: str
    filled: bool
    right: float
    up: float

    def holds(self, z: np.ndarray, lag: np.ndarray) -> np.ndarray:
        """Which points lie in it, a bool array of shape (N,)."""
        high, high_lag = (letter == "H" for letter in self.name)
        held: np.ndarray = ((z > 0) == high) & ((lag > 0) == high_lag)
        return held


# clusters are filled, outliers hollow
_QUADRANTS = (
    _Quadrant("HH", VERMILLION, "o", True, 0.98, 0.98),
    _Quadrant("LL", BLUE, "s", True, 0.02, 0.02),
    _Quadrant("LH", BLUE, "^", False, 0.02, 0.98),
    _Quadrant("HL", VERMILLION, "D", False, 0.98, 0.02),
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
    language: Language = "en",
) -> Axes:
    """A variable against its spatial lag, both in standard deviations of the variable; the slope is
    Moran's I.

    Points in the quadrants HH and LL (filled) are like their neighbours, those in HL and LH
    (hollow) are not.

    Parameters
    ----------
    x, lag : arrays of shape (N,)
        The variable and W x, with the rows of W summing to one. With islands (rows of zeros), or
        another W, give x as deviations from its mean, and their lag; the slope is then I times the
        sum of the weights over N.
    labels : sequence of str, length N, optional
        Names of the units; by default the index where `x` is a Series.
    n_labels : int
        How many points to name, the farthest from the origin first. A name that finds no free place
        is left out.
    ax : Axes, optional
        Where to draw; else a new figure.
    title : str, optional
        By default "Moran’s I = ...".
    language : {"en", "zh"}
        Of the words that you do not give: axes, quadrants, title.

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
    Anselin (1996), The Moran scatterplot as an ESDA tool to assess local instability in spatial
    association, in Fischer, Scholten and Unwin, Spatial Analytical Perspectives on GIS.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> ax = bd.moran_scatter([1.0, 2.0, 4.0, 3.0], [2.0, 2.5, 3.0, 4.0])
    >>> ax.get_title()
    'Moran’s I = 0.450'
    """
    words = Words.checked(language)
    variable, variable_lag, names = _checked_variable(x, lag, labels)
    mean, std = variable.mean(), variable.std()
    z, wz = (variable - mean) / std, (variable_lag - mean) / std
    slope = float(z @ wz / (z @ z))
    if ax is None:
        ax = new_axes(1.25 * ONE_COLUMN, 1.2 * ONE_COLUMN)
    quadrant_names = _draw_points(ax, z, wz, words)
    line_points = _draw_line(ax, z, slope, float(wz.mean()))
    if title is None:
        value = f"{slope:.3f}".replace("-", "\u2212")
        title = words.say("Moran\u2019s I = {value}", value=value)
    write_title(ax, title)
    name_axes(ax, xlabel=words.said(xlabel), ylabel=words.said(ylabel))
    dress(ax)
    if names is not None and n_labels > 0:
        farthest = np.argsort(-np.hypot(z, wz), kind="stable")[:n_labels]
        points = np.column_stack([z, wz])
        label_points(
            ax,
            points,
            [(points[i], names[i]) for i in farthest],
            lines=line_points,
            boxes=quadrant_names,
        )
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
    language: Language = "en",
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
    labels, n_labels, xlabel, ylabel, language
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
    words = Words.checked(language)
    both_frames = isinstance(x, pd.DataFrame) and isinstance(lag, pd.DataFrame)
    if both_frames and not x.columns.equals(lag.columns):
        raise DataError(
            "lag",
            expected=f"the columns of x in their order, {first_five(x.columns)}",
            got=first_five(lag.columns),
            remedy="Use lag[x.columns], where lag has the same units.",
        )
    variable, variable_lag = _rows_of(x, years, "x"), _rows_of(lag, years, "lag")
    if titles is not None and len(titles) != len(years):
        raise InputError(
            "titles",
            expected=f"{len(years)} titles, one a year",
            got=f"{len(titles)}",
            remedy="Write a title for each of the years, or leave titles out.",
        )
    if labels is None and isinstance(x, pd.DataFrame):
        labels = [str(unit) for unit in x.columns]

    per_row = plots_per_row(columns, len(years))
    n_rows = rows_needed(len(years), per_row)
    figure = new_figure(per_row * ONE_COLUMN, n_rows * ONE_COLUMN)
    cells = figure.subplots(n_rows, per_row, squeeze=False).ravel()
    for empty in cells[len(years) :]:
        empty.remove()
    for index, year in enumerate(years):
        cell = cells[index]
        moran_scatter(
            variable[index],
            variable_lag[index],
            labels=labels,
            n_labels=n_labels,
            ax=cell,
            title=None if titles is None else titles[index],
            xlabel=xlabel,
            ylabel=ylabel,
            language=language,
        )
        if titles is None:
            title = words.say("{year}: {title}", year=year, title=cell.get_title())
            cell.set_title(title, **text_style(LARGE))
    return figure


def _rows_of(
    values: Any,
    years: Sequence[Any],
    argument: str,
) -> np.ndarray:
    """One row a year, (len(years), N)."""
    if isinstance(values, pd.DataFrame):
        rows = positions(list(years), list(values.index))
        absent = [year for year, row in zip(years, rows, strict=True) if row < 0]
        if absent:
            raise DataError(
                "years",
                expected=f"years in the index of {argument}, of {first_five(values.index)}",
                got=f"no row for {first_five(absent)}",
                remedy=suggestion(absent[0], list(values.index)),
            )
        values = values.iloc[rows]
    array = np.asarray(values, dtype=float)
    if array.ndim != 2 or len(array) != len(years) or not len(array):
        raise DataError(
            argument,
            expected=f"a row for each of {len(years)} years, one at least",
            got=f"{array.shape}",
            remedy=("Leave the other years out of the array, or name them in years as well."),
        )
    return array


def _checked_variable(
    x: Any,
    lag: Any,
    labels: Sequence[str] | None,
) -> tuple[np.ndarray, np.ndarray, list[str] | None]:
    """The variable and its lag, checked, each (N,), and the names of the units where there are
    any.
    """
    both_series = isinstance(x, pd.Series) and isinstance(lag, pd.Series)
    if both_series and not x.index.equals(lag.index):
        raise DataError(
            "lag",
            expected=f"the index of x in its order, {first_five(x.index)}",
            got=first_five(lag.index),
            remedy="Use lag.reindex(x.index), where lag has the same units.",
        )
    if labels is None and isinstance(x, pd.Series):
        labels = list(x.index)
    names = None if labels is None else [str(label) for label in labels]
    variable, variable_lag = np.asarray(x, dtype=float), np.asarray(lag, dtype=float)
    if variable.ndim != 1 or variable.shape != variable_lag.shape:
        raise InputError(
            "x, lag",
            expected="two arrays of one shape (N,)",
            got=f"{variable.shape} and {variable_lag.shape}",
            remedy=("Pass one year at a time, x[t] and W.lag(x)[t], or use moran_scatter_years."),
        )
    if names is not None and len(names) != len(variable):
        raise InputError(
            "labels",
            expected=f"{len(variable)} labels, one a unit",
            got=f"{len(names)}",
            remedy="Pass the units of the panel: labels=panel.units.",
        )
    _check_numbers(variable, variable_lag, names)
    return variable, variable_lag, names


def _check_numbers(
    variable: np.ndarray,
    variable_lag: np.ndarray,
    names: list[str] | None,
) -> None:
    """Refuse missing and infinite numbers, and a constant."""
    bad = np.flatnonzero(~np.isfinite(variable) | ~np.isfinite(variable_lag))
    if bad.size:
        where = first_five(bad if names is None else [names[i] for i in bad])
        raise DataError(
            "x, lag",
            expected="finite numbers",
            got=f"missing or infinite ones at {where}",
            remedy="Leave these units out of x, lag and labels before drawing.",
        )
    if not variable.size or np.ptp(variable) == 0:
        raise DataError(
            "x",
            expected="values that differ between units, without which there is no Moran's I",
            got="a constant" if variable.size else "no units",
            remedy="Choose a period or a variable in which the units differ.",
        )


def _draw_points(
    ax: Axes,
    z: np.ndarray,
    wz: np.ndarray,
    words: Words,
) -> list[Any]:
    """Quadrant lines, the points in the look of their quadrant, the quadrants' names; the names are
    returned.
    """
    ax.axhline(0, color=GREY, linewidth=HAIRLINE, zorder=1)
    ax.axvline(0, color=GREY, linewidth=HAIRLINE, zorder=1)
    names = [_draw_quadrant(ax, quadrant, z, wz, words) for quadrant in _QUADRANTS]
    ax.margins(0.12)
    return names


def _draw_quadrant(
    ax: Axes,
    quadrant: _Quadrant,
    z: np.ndarray,
    wz: np.ndarray,
    words: Words,
) -> Any:
    """The points of a quadrant, and its name in the corner, which is returned."""
    inside = quadrant.holds(z, wz)
    face, edge = "white", quadrant.colour
    if quadrant.filled:
        face, edge = edge, face
    ax.scatter(
        z[inside],
        wz[inside],
        s=25 if quadrant.filled else 17,
        c=face,
        edgecolors=edge,
        marker=quadrant.marker,
        linewidths=0.6,
        label=words.said(quadrant.name),
    )
    return ax.text(
        quadrant.right,
        quadrant.up,
        words.said(quadrant.name),
        ha="right" if quadrant.right > 0.5 else "left",
        va="top" if quadrant.up > 0.5 else "bottom",
        transform=ax.transAxes,
        **text_style(NORMAL, color=quadrant.colour, fontweight="bold"),
    )


def _draw_line(
    ax: Axes,
    z: np.ndarray,
    slope: float,
    level: float,
) -> np.ndarray:
    """The least-squares line over the range of `z`; points on it and on the quadrant lines, shape
    (P, 2).
    """
    along = np.linspace(z.min(), z.max(), 160)
    heights = level + slope * along
    ax.plot(
        along[[0, -1]],
        level + slope * along[[0, -1]],
        color=BLACK,
        linewidth=LINE,
        zorder=1.5,
    )
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    across, up = np.linspace(west, east, 80), np.linspace(south, north, 80)
    zeros = np.zeros(80)
    return np.vstack(
        [
            np.column_stack([along, heights]),
            np.column_stack([across, zeros]),
            np.column_stack([zeros, up]),
        ]
    )
