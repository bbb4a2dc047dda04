"""Lines over time with their names at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, OptionError, first_five
from ..axes import dress, name_axes, new_axes, write_title
from ..fonts import settle
from ..style import (
    DASHES,
    HAIRLINE,
    LINE,
    MARKERS,
    ONE_COLUMN,
    ORANGE,
    PURPLE,
    SERIES,
    SKY,
    SMALL,
    VERMILLION,
    text_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_APART = 1.15  # heights of a text: names at the ends are at least that far apart
_EVENT = "#BFBFBF"
# darker shades of colours in which a text would be hard to read
_DARK = {
    VERMILLION: "#B04C00",
    SKY: "#1F7CB4",
    ORANGE: "#9A6A00",
    PURPLE: "#A34B7D",
}


def trend_plot(
    frame: pd.DataFrame,
    *,
    low: pd.DataFrame | None = None,
    high: pd.DataFrame | None = None,
    labels: Mapping[str, str] | None = None,
    events: Mapping[Any, str] | None = None,
    ax: Axes | None = None,
    title: str = "",
    xlabel: str = "",
    ylabel: str = "",
) -> Axes:
    """A line for each group over the periods, with its name at the end instead of a legend.

    Lines differ in colour, marker and dashes, so that they can be told apart in grey.

    Parameters
    ----------
    frame : DataFrame, periods x groups
        Periods (numbers or dates) as the index, one column a group, 7 at most. Gaps are left open.
    low, high : DataFrame, optional
        Ends of intervals, periods x groups like `frame`; groups that they lack have none.
    labels : mapping of str, optional
        Groups in words.
    events : mapping, optional
        Period -> text of a vertical line, such as the start of a programme.
    ax : Axes, optional
        Where to draw; else a new figure.
    ylabel : str
        What is on the axis, with its unit.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        No numbers, a period or group twice, intervals of other periods, or an estimate outside its
        interval.
    OptionError
        More than 7 groups, or only one end of the intervals.

    Examples
    --------
    >>> import pandas as pd, bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> segments = ("upstream", "midstream", "downstream")
    >>> firms = {name: panel[f"firms_{name}"].sum(axis=1) for name in segments}
    >>> frame = pd.DataFrame(firms, index=panel.periods)
    >>> ax = bd.trend_plot(frame, ylabel="Firms")
    >>> [text.get_text() for text in ax.texts]
    ['upstream', 'midstream', 'downstream']
    """
    values = _checked_values(frame)
    bounds = _checked_bounds(frame, low, high)
    if ax is None:
        ax = new_axes(1.4 * ONE_COLUMN, ONE_COLUMN)
    periods = frame.index.to_numpy()
    for period, text in (events or {}).items():
        _draw_event(ax, period, text)
    for index, name in enumerate(frame.columns):
        if bounds is not None:
            _draw_band(ax, periods, bounds[:, :, index], SERIES[index])
        ax.plot(
            periods,
            values[:, index],
            color=SERIES[index],
            marker=MARKERS[index],
            linestyle=DASHES[index],
            markersize=3.6,
            linewidth=1.2,
            markevery=max(1, len(periods) // 12),
            zorder=2,
            label=name,
        )
    name_axes(ax, xlabel=xlabel, ylabel=ylabel)
    dress(ax)
    if np.issubdtype(periods.dtype, np.integer):
        from matplotlib.ticker import MaxNLocator

        ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    write_title(ax, title)
    group_labels = labels or {}
    names = [str(group_labels.get(name, name)) for name in frame.columns]
    _name_ends(ax, periods, values, names)
    return ax


def _draw_event(
    ax: Axes,
    period: Any,
    text: str,
) -> None:
    """A vertical line with a text at its top."""
    ax.axvline(
        period,
        color=_EVENT,
        linewidth=LINE,
        linestyle="--",
        zorder=0.5,
    )
    ax.annotate(
        text,
        (period, 1),
        xycoords=("data", "axes fraction"),
        xytext=(2, -1),
        textcoords="offset points",
        va="top",
        gid="event",
        **text_style(SMALL),
    )


def _draw_band(
    ax: Axes,
    periods: np.ndarray,
    bounds: np.ndarray,
    colour: str,
) -> None:
    """Shade between the lower and the upper bounds, (2, T)."""
    ax.fill_between(
        periods,
        bounds[0],
        bounds[1],
        color=colour,
        alpha=0.16,
        linewidth=0,
        zorder=1,
    )


def _checked_values(frame: Any) -> np.ndarray:
    """The numbers of the groups, (T, G)."""
    if not isinstance(frame, pd.DataFrame) or not frame.size:
        empty_frame = isinstance(frame, pd.DataFrame)
        raise DataError(
            "frame",
            expected="a frame of periods x groups",
            got="one without cells" if empty_frame else type(frame).__name__,
            remedy='Make one: frame.pivot(index="year", columns="group", values="y").',
        )
    if frame.shape[1] > len(SERIES):
        raise OptionError(
            "frame",
            expected=f"at most {len(SERIES)} groups, which can be told apart",
            got=f"{frame.shape[1]}",
            remedy=f"Choose some of them, as by frame[{list(frame.columns[:2])}], or add small ones up.",
        )
    _check_once(frame)
    values = _numbers_of("frame", frame)
    empty = frame.columns[~np.isfinite(values).any(axis=0)]
    if len(empty):
        raise DataError(
            "frame",
            expected="a number in some period for each group",
            got=f"none for {first_five(empty)}",
            remedy="Leave these groups out: frame.drop(columns=[...]).",
        )
    return values


def _check_once(frame: pd.DataFrame) -> None:
    """Refuse a period or a group that is there twice."""
    axes = (
        ("period", frame.index, "frame.groupby(level=0).mean()"),
        ("group", frame.columns, "frame.T.groupby(level=0).mean().T"),
    )
    for what, index, mean in axes:
        if index.has_duplicates:
            twice = index[index.duplicated()].unique()
            raise DataError(
                "frame",
                expected=f"each {what} once",
                got=f"{first_five(twice)} twice",
                remedy=f"Keep one of them, or take their mean: {mean}.",
            )


def _numbers_of(argument: str, frame: pd.DataFrame) -> np.ndarray:
    """The cells of a frame as floats; texts are refused."""
    try:
        values: np.ndarray = frame.to_numpy(float, na_value=np.nan)
    except (TypeError, ValueError):
        texts = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
        raise DataError(
            argument,
            expected="numbers in every column",
            got=f"others in {first_five(texts)}",
            remedy="Leave these columns out, or make numbers of them: pandas.to_numeric.",
        ) from None
    return values


def _checked_bounds(
    frame: pd.DataFrame,
    low: Any,
    high: Any,
) -> np.ndarray | None:
    """Lower and upper bounds of the intervals, (2, T, G), NaN for groups without; None where there
    are no intervals.
    """
    if low is None and high is None:
        return None
    if low is None or high is None:
        raise OptionError(
            "low, high",
            expected="both ends of the intervals, or neither",
            got="low alone" if high is None else "high alone",
            remedy="Pass both low and high, or leave both out.",
        )
    for name, end in (("low", low), ("high", high)):
        if not isinstance(end, pd.DataFrame):
            raise DataError(
                name,
                expected="a frame of periods x groups, as frame is",
                got=type(end).__name__,
                remedy=f"Write {name}=pd.DataFrame(..., index=frame.index, columns=frame.columns).",
            )
        if not end.index.equals(frame.index):
            raise DataError(
                name,
                expected=f"the periods of the frame, {first_five(frame.index)}",
                got=first_five(end.index),
                remedy=f"Use {name}.reindex(frame.index).",
            )
    lower = _numbers_of("low", low.reindex(columns=frame.columns))
    upper = _numbers_of("high", high.reindex(columns=frame.columns))
    values = frame.to_numpy(float)
    if ((values < lower) | (values > upper)).any():
        raise DataError(
            "low, high",
            expected="intervals around the values",
            got="values outside: were the two swapped?",
            remedy="Pass the lower ends as low and the upper ends as high.",
        )
    return np.stack([lower, upper])


def _name_ends(
    ax: Axes,
    periods: np.ndarray,
    values: np.ndarray,
    names: Sequence[str],
) -> None:
    """Each name beside the last point of its line, moved up or down where two would touch; a leader
    goes there.
    """
    # heights in pixels follow from the layout
    dpi = settle(ax)
    last_rows = [int(np.flatnonzero(np.isfinite(column))[-1]) for column in values.T]
    heights = []
    for index, row in enumerate(last_rows):
        point = (_axis_number(ax, periods[row]), values[row, index])
        heights.append(ax.transData.transform(point)[1])
    wanted = np.array(heights)
    shifts = _spread(wanted, _APART * SMALL * dpi / 72) - wanted
    for index, (row, name) in enumerate(zip(last_rows, names, strict=True)):
        end = (periods[row], values[row, index])
        _name_end(ax, end, name, shifts[index] * 72 / dpi, SERIES[index])


def _name_end(
    ax: Axes,
    end: tuple[Any, float],
    name: str,
    shift: float,
    colour: str,
) -> None:
    """Write a name to the right of the end of its line, `shift` points higher."""
    moved = abs(shift) > 1
    leader = {
        "arrowstyle": "-",
        "linewidth": HAIRLINE,
        "color": colour,
        "shrinkA": 0,
        "shrinkB": 3,
    }
    ax.annotate(
        name,
        end,
        xytext=(9 if moved else 6, shift),
        textcoords="offset points",
        va="center",
        ha="left",
        arrowprops=leader if moved else None,
        annotation_clip=False,
        **text_style(SMALL, color=_DARK.get(colour, colour)),
    )


def _axis_number(ax: Axes, period: Any) -> float:
    """A period as a number of the axis (dates have units)."""
    axis: Any = ax.xaxis  # matplotlib leaves the method without types
    return float(axis.convert_units(period))


def _spread(wanted: np.ndarray, gap: float) -> np.ndarray:
    """Heights in the order of the `wanted` ones, `gap` apart at least, with the least sum of
    squared moves.

    Least squares under an order are means over blocks that touch (pool adjacent violators).
    """
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    # mean and number of heights of each block
    blocks: list[tuple[float, float]] = []
    for value in wanted[order] - steps:
        blocks.append((value, 1.0))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, count = blocks.pop()
            lower_mean, lower_count = blocks.pop()
            total = lower_mean * lower_count + mean * count
            merged_count = lower_count + count
            blocks.append((total / merged_count, merged_count))
    level = np.concatenate([np.full(int(count), mean) for mean, count in blocks])
    heights = np.empty(len(wanted))
    heights[order] = level + steps
    return heights
