"""Lines over time with their names at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, OptionError, first_five
from ..fonts import settle
from ..style import (
    DASHES,
    HAIRLINE,
    LARGE,
    LINE,
    MARKERS,
    NORMAL,
    ONE_COLUMN,
    SERIES,
    SMALL,
    VERMILLION,
    dress,
    new_axes,
    text_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_APART = 1.15  # heights of a text: names at the ends are at least that far apart


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
        No numbers, a period or group twice, intervals of other periods, or an estimate outside its interval.
    OptionError
        More than 7 groups, or only one end of the intervals.

    Examples
    --------
    >>> import pandas as pd, bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> segments = ("upstream", "midstream", "downstream")
    >>> frame = pd.DataFrame({name: panel[f"firms_{name}"].sum(axis=1) for name in segments}, index=panel.periods)
    >>> ax = bd.trend_plot(frame, ylabel="Firms")
    >>> [text.get_text() for text in ax.texts]
    ['upstream', 'midstream', 'downstream']
    """
    values, words = _checked(frame), labels or {}
    ends = _ends(frame, low, high)
    if ax is None:
        ax = new_axes(1.4 * ONE_COLUMN, ONE_COLUMN)
    at = frame.index.to_numpy()
    for period, text in (events or {}).items():
        ax.axvline(period, color="#BFBFBF", linewidth=LINE, linestyle="--", zorder=0.5)
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
    for s, name in enumerate(frame.columns):
        if ends is not None:
            ax.fill_between(at, ends[0][:, s], ends[1][:, s], color=SERIES[s], alpha=0.16, linewidth=0, zorder=1)
        look: dict[str, Any] = {"color": SERIES[s], "marker": MARKERS[s], "linestyle": DASHES[s], "zorder": 2}
        ax.plot(at, values[:, s], markersize=3.6, linewidth=1.2, markevery=max(1, len(at) // 12), label=name, **look)
    ax.set_xlabel(xlabel, **text_style(NORMAL))
    ax.set_ylabel(ylabel, **text_style(NORMAL))
    dress(ax)
    if np.issubdtype(at.dtype, np.integer):
        from matplotlib.ticker import MaxNLocator

        ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    if title:
        ax.set_title(title, **text_style(LARGE))
    _name_ends(ax, at, values, [str(words.get(name, name)) for name in frame.columns])
    return ax


def _checked(frame: Any) -> np.ndarray:
    """The numbers, (T, G)."""
    if not isinstance(frame, pd.DataFrame) or not frame.size:
        raise DataError("frame", expected="a frame of periods x groups", got=type(frame).__name__)
    if frame.shape[1] > len(SERIES):
        raise OptionError(
            "frame",
            expected=f"at most {len(SERIES)} groups, which can be told apart",
            got=f"{frame.shape[1]}",
            remedy="Choose some, or add up small ones: frame[['a', 'b']].",
        )
    for what, index in (("period", frame.index), ("group", frame.columns)):
        if index.has_duplicates:
            raise DataError("frame", expected=f"each {what} once", got=f"twice {first_five(index[index.duplicated()])}")
    values = frame.to_numpy(float)
    empty = frame.columns[~np.isfinite(values).any(axis=0)]
    if len(empty):
        raise DataError("frame", expected="a number for each group", got=f"none for {first_five(empty)}")
    return values


def _ends(frame: pd.DataFrame, low: Any, high: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Both ends of the intervals, each (T, G), NaN for groups without."""
    if low is None and high is None:
        return None
    if low is None or high is None:
        raise OptionError("low, high", expected="both ends of the intervals, or none", got="one")
    for name, end in (("low", low), ("high", high)):
        if not end.index.equals(frame.index):
            raise DataError(name, expected="the periods of the frame", got="others")
    down, up = (end.reindex(columns=frame.columns).to_numpy(float) for end in (low, high))
    values = frame.to_numpy(float)
    if ((values < down) | (values > up)).any():
        raise DataError(
            "low, high", expected="intervals around the values", got="values outside: were the two swapped?"
        )
    return down, up


def _name_ends(ax: Axes, at: np.ndarray, values: np.ndarray, names: Sequence[str]) -> None:
    """Each name beside the last point of its line, moved up or down where two would touch; a thin line leads there."""
    last = [int(np.flatnonzero(np.isfinite(column))[-1]) for column in values.T]
    dpi = settle(ax)  # heights in pixels follow from the layout
    wanted = np.array([ax.transData.transform((_number(ax, at[t]), values[t, s]))[1] for s, t in enumerate(last)])
    gap = _APART * SMALL * dpi / 72
    moved = _spread(wanted, gap) - wanted
    for s, (t, name) in enumerate(zip(last, names, strict=True)):
        up = moved[s] * 72 / dpi
        lead = {"arrowstyle": "-", "linewidth": HAIRLINE, "color": SERIES[s], "shrinkA": 0, "shrinkB": 3}
        ax.annotate(
            name,
            (at[t], values[t, s]),
            xytext=(9 if abs(up) > 1 else 6, up),
            textcoords="offset points",
            va="center",
            ha="left",
            arrowprops=lead if abs(up) > 1 else None,
            annotation_clip=False,
            **text_style(SMALL, color=_DARK.get(SERIES[s], SERIES[s])),
        )


_DARK = {VERMILLION: "#B04C00", "#56B4E9": "#1F7CB4", "#E69F00": "#9A6A00", "#CC79A7": "#A34B7D"}


def _number(ax: Axes, period: Any) -> float:
    """A period as a number of the axis (dates have units)."""
    return float(ax.xaxis.convert_units(period))


def _spread(wanted: np.ndarray, gap: float) -> np.ndarray:
    """Heights in the order of the `wanted` ones, `gap` apart at least, with the least sum of squared moves.

    Least squares under an order are means over blocks that touch (pool adjacent violators).
    """
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    blocks: list[list[float]] = []
    for value in wanted[order] - steps:
        blocks.append([value, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, count = blocks.pop()
            blocks[-1] = [
                (blocks[-1][0] * blocks[-1][1] + mean * count) / (blocks[-1][1] + count),
                blocks[-1][1] + count,
            ]
    level = np.concatenate([np.full(int(count), mean) for mean, count in blocks])
    found = np.empty(len(wanted))
    found[order] = level + steps
    return found
