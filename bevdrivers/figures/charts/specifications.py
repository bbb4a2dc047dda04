"""The specification curve (Simonsohn, Simmons and Nelson 2020)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, OptionError, first_five
from ..style import (
    BLUE,
    GREY,
    INK,
    LARGE,
    LINE,
    NORMAL,
    SMALL,
    TWO_COLUMNS,
    VERMILLION,
    dress,
    legend_style,
    new_figure,
    text_style,
)
from .intervals import axis_label, check_level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NUMBERS = ("estimate", "conf_low", "conf_high")
# columns of a tidy frame that are no choice of the author
_NOT_CHOICES = (*_NUMBERS, "std_error", "statistic", "p_value", "term", "component")
_TOP, _LINE = 2.3, 0.145  # inches: the curve, and a line of the matrix
_MANY = 150  # specifications from which on points touch
_PALE = "#B9CFE3"


def specification_curve(
    frame: pd.DataFrame,
    *,
    choices: Sequence[str] | None = None,
    main: Any = None,
    labels: Mapping[str, str] | None = None,
    level: float | None = 0.95,
    title: str = "",
    ylabel: str = "Estimate",
) -> Figure:
    """Estimates of one coefficient or impact under many specifications, sorted, above the choices that made each.

    Estimates whose interval excludes zero are dark and filled, the others pale and hollow. The main specification is a
    diamond, with a line down through its choices.

    Parameters
    ----------
    frame : DataFrame, one row a specification
        `estimate`, `conf_low`, `conf_high`, and a column for each choice (weights, controls, sample, ...). Not changed.
    choices : sequence of str, optional
        Columns of choices, from top to bottom. By default all but those of a tidy frame; of these, the ones that are
        the same in all rows are left out.
    main : optional
        Index label of the main specification.
    labels : mapping of str, optional
        Names of choices and of their values in words.
    level : float or None
        The coverage of the intervals, for the name of the axis.
    ylabel : str
        What is estimated, and its unit.

    Returns
    -------
    Figure with two Axes: the curve, and the matrix of choices below it

    Raises
    ------
    DataError
        Columns that are missing, no rows, an estimate that is missing, a choice with more than 30 values.
    OptionError
        Columns or a main specification that the frame does not have.

    References
    ----------
    Simonsohn, Simmons and Nelson (2020), doi:10.1038/s41562-020-0912-z.

    Examples
    --------
    >>> import pandas as pd, bevdrivers as bd
    >>> frame = pd.DataFrame({"estimate": [0.3, 0.1, 0.2], "conf_low": [0.1, -0.1, 0.1], "conf_high": [0.5, 0.3, 0.3],
    ...                       "weights": ["queen", "knn", "queen"], "effects": ["two-way", "two-way", "unit"]})
    >>> figure = bd.specification_curve(frame, main=0)
    >>> curve, matrix = figure.axes
    >>> [label.get_text() for label in matrix.get_yticklabels()]
    ['queen', 'knn', 'two-way', 'unit']
    """
    check_level(level)
    curve = _Curve.of(frame, choices, main, labels or {})
    lines = curve.lines
    tall = _LINE * (len(lines) + 0.9 * len(curve.choices)) + 0.3
    figure = new_figure(TWO_COLUMNS, _TOP + tall + 0.25 * bool(title))
    top, matrix = figure.subplots(2, 1, sharex=True, height_ratios=[_TOP, tall])
    _draw_curve(top, curve)
    top.set_ylabel(axis_label(ylabel + "\n", level).replace("\n ", "\n").rstrip(), **text_style(NORMAL))
    _draw_matrix(matrix, curve, lines)
    if title:
        top.set_title(title, **text_style(LARGE))
    return figure


@dataclass(frozen=True, eq=False)
class _Curve:
    """R specifications from the lowest estimate to the highest.

    Attributes
    ----------
    numbers : array of shape (R, 3)
        Estimate and ends of the interval.
    choices : dict of str to array of shape (R,)
        Values of each choice.
    main : int or None
        Place of the main specification.
    labels : mapping
    """

    numbers: np.ndarray
    choices: dict[str, np.ndarray]
    main: int | None
    labels: Mapping[str, str]

    @classmethod
    def of(cls, frame: Any, choices: Sequence[str] | None, main: Any, labels: Mapping[str, str]) -> _Curve:
        columns = list(getattr(frame, "columns", ()))
        absent = [name for name in _NUMBERS if name not in columns]
        if absent or not len(frame):
            raise DataError("frame", expected=f"rows with columns {list(_NUMBERS)}", got=f"none of {absent or 'rows'}")
        numbers = frame[list(_NUMBERS)].to_numpy(float)
        lost = frame.index[~np.isfinite(numbers[:, 0])]
        if len(lost):
            raise DataError("frame", expected="an estimate in each row", got=f"none for {first_five(lost)}")
        named = _chosen(frame, choices)
        for name in named:
            if frame[name].nunique(dropna=False) > 30:
                raise DataError("frame", expected=f"at most 30 values of the choice {name!r}", got="more")
        if main is not None and list(frame.index).count(main) != 1:
            raise OptionError("main", expected=f"an index label, such as {first_five(frame.index[:2])}", got=repr(main))
        order = np.argsort(numbers[:, 0], kind="stable")
        place = None if main is None else int(np.flatnonzero(order == list(frame.index).index(main))[0])
        values = {name: frame[name].map(_word).to_numpy(object) for name in named}
        return cls(numbers[order], {name: v[order] for name, v in values.items()}, place, labels)

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def sure(self) -> np.ndarray:
        """Whether the interval excludes zero, (R,)."""
        return (self.numbers[:, 1] > 0) | (self.numbers[:, 2] < 0)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """(choice, value) from top to bottom; values as they first come from the right, where estimates are large."""
        return [(name, value) for name, values in self.choices.items() for value in dict.fromkeys(values[::-1])]

    def summary(self) -> str:
        """How many there are, and how many are surely above or below zero."""
        above, below = (int(np.sum(self.numbers[:, column] * sign > 0)) for column, sign in ((1, 1), (2, -1)))
        return f"{len(self):,} specifications; intervals wholly above zero: {above:,}, below: {below:,}"


def _word(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    return "none" if value is None or value is pd.NA or value != value else str(value)


def _chosen(frame: pd.DataFrame, choices: Sequence[str] | None) -> list[str]:
    if choices is None:
        free = [name for name in frame.columns if name not in _NOT_CHOICES]
        return [name for name in free if frame[name].nunique(dropna=False) > 1]
    absent = [name for name in choices if name not in frame.columns]
    if absent:
        raise OptionError("choices", expected=f"columns of the frame {list(frame.columns)}", got=first_five(absent))
    return list(choices)


def _draw_curve(ax: Axes, curve: _Curve) -> None:
    at, sure = np.arange(len(curve)), curve.sure
    many = len(curve) > _MANY
    width = min(1.1, 330 / len(curve))  # points: lines side by side fill the page at most
    ax.axhline(0, color=GREY, linewidth=LINE, zorder=1)
    for mask, line, point in ((~sure, _PALE, "white"), (sure, BLUE, BLUE)):
        low, middle, high = curve.numbers[mask][:, [1, 0, 2]].T
        ax.vlines(at[mask], low, high, color=line, linewidth=width, zorder=2, alpha=0.5 if many else 1.0)
        size, edge = (2.0, 0.3) if many else (13.0, 0.7)
        ax.scatter(at[mask], middle, s=size, c=point, edgecolors=BLUE, linewidths=edge, zorder=3)
    if curve.main is not None:
        low, middle, high = curve.numbers[curve.main, [1, 0, 2]]
        ax.vlines(curve.main, low, high, color=VERMILLION, linewidth=1.4, zorder=4)
        ax.scatter(curve.main, middle, s=34, marker="D", c=VERMILLION, edgecolors="white", linewidths=0.6, zorder=5)
    dress(ax, hide=("top", "right", "bottom"))
    ax.tick_params(axis="x", length=0, labelbottom=False)
    ax.legend(handles=_curve_keys(curve), loc="upper left", handletextpad=0.2, **legend_style())


def _curve_keys(curve: _Curve) -> list[Any]:
    from matplotlib.lines import Line2D

    rows = [("white", "Interval holds zero", (~curve.sure).any()), (BLUE, "Interval excludes zero", curve.sure.any())]
    look: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 3.6, "markeredgecolor": BLUE}
    keys = [Line2D([], [], markerfacecolor=face, label=words, **look) for face, words, there in rows if there]
    if curve.main is not None:
        look = {"linestyle": "none", "marker": "D", "markersize": 5, "color": VERMILLION, "markeredgecolor": "white"}
        keys.append(Line2D([], [], label="Main specification", **look))
    return keys


def _draw_matrix(ax: Axes, curve: _Curve, lines: Sequence[tuple[str, str]]) -> None:
    heights, gap, last = [], 0.0, None
    for place, (name, _) in enumerate(lines):
        gap += 0.9 * (name != last)
        heights.append(place + gap)
        last = name
    at = np.arange(len(curve))
    size = (min(4.5, 380 / len(curve)), 5.5)  # points: width and height of a mark
    for height, (name, value) in zip(heights, lines, strict=True):
        ax.axhline(height, color="#EDEDED", linewidth=LINE, zorder=0.5)
        there = curve.choices[name] == value
        ax.vlines(at[there], height - 0.34, height + 0.34, color=INK, linewidth=size[0], zorder=2, label=value)
    for name in curve.choices:
        first = next(height for height, line in zip(heights, lines, strict=True) if line[0] == name)
        words = text_style(SMALL, fontweight="bold")
        ax.text(
            0,
            first - 0.95,
            curve.labels.get(name, name),
            transform=ax.get_yaxis_transform(),
            va="center",
            ha="right",
            **words,
        )
    if curve.main is not None:
        ax.axvline(curve.main, color=VERMILLION, linewidth=LINE, zorder=1)
    ax.set(yticks=heights, ylim=(max(heights, default=0) + 0.6, -0.6), xlim=(-1, len(curve)))
    ax.set_yticklabels([curve.labels.get(value, value) for _, value in lines])
    dress(ax, hide=("top", "right", "left", "bottom"))
    ax.tick_params(axis="both", length=0, labelbottom=False)
    ax.set_xlabel(curve.summary(), **text_style(SMALL))
