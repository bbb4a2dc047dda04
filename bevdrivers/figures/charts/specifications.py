"""The specification curve (Simonsohn, Simmons and Nelson 2020)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, OptionError, first_five, suggestion
from ...language.words import Words
from ...options import Language
from ..axes import dress, new_figure, write_title
from ..estimates import check_chosen, check_level, described, interval_label
from ..legend import marker_key
from ..style import (
    BLUE,
    GREY,
    INK,
    LINE,
    NORMAL,
    SMALL,
    TWO_COLUMNS,
    VERMILLION,
    legend_style,
    text_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NUMBERS = ("estimate", "conf_low", "conf_high")
# columns of a tidy frame that are no choice of the author
_NOT_CHOICES = (*_NUMBERS, "std_error", "statistic", "p_value", "term", "component")
_VALUES = ("yes", "no", "none")  # what the package calls True, False and what is missing
_MOST_VALUES = 30  # of a choice
_CURVE_HEIGHT, _LINE_HEIGHT = 2.3, 0.145  # inches: the curve, and a line of the matrix
_GAP = 0.9  # lines of the matrix between two choices, for the name of the lower one
_MANY = 150  # specifications from which on points touch
_PALE, _FAINT = "#B9CFE3", "#EDEDED"


def specification_curve(
    frame: pd.DataFrame,
    *,
    choices: Sequence[str] | None = None,
    main: Any = None,
    labels: Mapping[str, str] | None = None,
    level: float | None = 0.95,
    title: str = "",
    ylabel: str = "Estimate",
    language: Language = "en",
) -> Figure:
    """Estimates of one coefficient or impact under many specifications, sorted, above the choices
    that made each.

    Estimates whose interval excludes zero are dark and filled, the others pale and hollow. The main
    specification is a diamond, with a line down through its choices.

    Parameters
    ----------
    frame : DataFrame, one row a specification
        `estimate`, `conf_low`, `conf_high`, and a column for each choice (weights, controls,
        sample, ...). Not changed.
    choices : sequence of str, optional
        Columns of choices, from top to bottom. By default all but those of a tidy frame; of these,
        the ones that are the same in all rows are left out.
    main : optional
        Index label of the main specification.
    labels : mapping of str, optional
        Names of choices and of their values in words.
    level : float or None
        The coverage of the intervals, for the name of the axis.
    ylabel : str
        What is estimated, and its unit.
    language : {"en", "zh"}
        Of the words that you do not give: axis, legend, the line below.

    Returns
    -------
    Figure with two Axes: the curve, and the matrix of choices below it

    Raises
    ------
    DataError
        Columns that are missing, no rows, an estimate that is missing, a choice with more than 30
        values.
    OptionError
        Columns or a main specification that the frame does not have.

    References
    ----------
    Simonsohn, Simmons and Nelson (2020), doi:10.1038/s41562-020-0912-z.

    Examples
    --------
    >>> import pandas as pd, bevdrivers as bd
    >>> frame = pd.DataFrame({
    ...     "estimate": [0.3, 0.1, 0.2],
    ...     "conf_low": [0.1, -0.1, 0.1],
    ...     "conf_high": [0.5, 0.3, 0.3],
    ...     "weights": ["queen", "knn", "queen"],
    ...     "effects": ["two-way", "two-way", "unit"],
    ... })
    >>> figure = bd.specification_curve(frame, main=0)
    >>> curve, matrix = figure.axes
    >>> [label.get_text() for label in matrix.get_yticklabels()]
    ['queen', 'knn', 'two-way', 'unit']
    """
    check_level(level)
    words = Words.checked(language)
    curve = _Curve.of(frame, choices, main, labels or {}, words)
    matrix_height = _LINE_HEIGHT * (len(curve.lines) + _GAP * len(curve.choices)) + 0.3
    figure = new_figure(TWO_COLUMNS, _CURVE_HEIGHT + matrix_height + 0.25 * bool(title))
    top, matrix = figure.subplots(
        2,
        1,
        sharex=True,
        height_ratios=[_CURVE_HEIGHT, matrix_height],
    )
    _draw_curve(top, curve)
    # the coverage stands on a line of its own
    named = interval_label(words.said(ylabel) + "\n", level, words)
    top.set_ylabel(named.replace("\n ", "\n").rstrip(), **text_style(NORMAL))
    _draw_matrix(matrix, curve)
    write_title(top, title)
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
    words : Words
    """

    numbers: np.ndarray
    choices: dict[str, np.ndarray]
    main: int | None
    labels: Mapping[str, str]
    words: Words

    @classmethod
    def of(
        cls,
        frame: Any,
        choices: Sequence[str] | None,
        main: Any,
        labels: Mapping[str, str],
        words: Words,
    ) -> _Curve:
        """The rows of a frame in the order of their estimates, checked."""
        numbers = _checked_numbers(frame)
        names = _chosen_columns(frame, choices)
        for name in names:
            n_values = frame[name].nunique(dropna=False)
            if n_values > _MOST_VALUES:
                raise DataError(
                    "frame",
                    expected=f"at most {_MOST_VALUES} values of the choice {name!r}",
                    got=f"{n_values}",
                    remedy=(
                        "Leave this column out of choices, or put its values into fewer groups."
                    ),
                )
        row_labels = list(frame.index)
        _check_main(main, row_labels)
        order = np.argsort(numbers[:, 0], kind="stable")
        main_rank = None
        if main is not None:
            main_rank = int(np.flatnonzero(order == row_labels.index(main))[0])
        values = {}
        for name in names:
            values[name] = frame[name].map(_value_text).to_numpy(object)[order]
        return cls(numbers[order], values, main_rank, labels, words)

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def excludes_zero(self) -> np.ndarray:
        """Whether the interval excludes zero, a bool array of shape (R,)."""
        return (self.numbers[:, 1] > 0) | (self.numbers[:, 2] < 0)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """(choice, value) from top to bottom; values as they first come from the right, where
        estimates are large.
        """
        return [
            (name, value)
            for name, values in self.choices.items()
            for value in dict.fromkeys(values[::-1])
        ]

    def label(self, name: str) -> str:
        """A choice or a value in words."""
        if name in self.labels:
            return self.labels[name]
        return self.words.say(name) if name in _VALUES else name

    def summary(self) -> str:
        """How many there are, and how many are surely above or below zero."""
        above = int(np.sum(self.numbers[:, 1] > 0))
        below = int(np.sum(self.numbers[:, 2] < 0))
        return self.words.say(
            "{count} specifications; intervals wholly above zero: {above}, below: {below}",
            count=f"{len(self):,}",
            above=f"{above:,}",
            below=f"{below:,}",
        )


def _check_main(main: Any, row_labels: list[Any]) -> None:
    """Refuse a main specification that is not the label of one row."""
    count = row_labels.count(main)
    if main is None or count == 1:
        return
    if count:
        raise OptionError(
            "main",
            expected="the index label of one row",
            got=f"{main!r}, the label of {count} rows",
            remedy="Number the rows with frame.reset_index(drop=True), and pass the number of one.",
        )
    raise OptionError(
        "main",
        expected=f"an index label of the frame, of {first_five(row_labels)}",
        got=repr(main),
        remedy=suggestion(main, row_labels),
    )


def _checked_numbers(frame: Any) -> np.ndarray:
    """Estimates and ends of their intervals, (R, 3), an estimate in each row."""
    columns = getattr(frame, "columns", ())
    if not set(_NUMBERS) <= set(columns) or not len(frame):
        raise DataError(
            "frame",
            expected=f"rows of specifications with the columns {list(_NUMBERS)}",
            got="no rows" if set(_NUMBERS) <= set(columns) else described(frame),
            remedy=(
                "Stack rows of fit.tidy(), one a specification: pd.concat([...], ignore_index=True)."
            ),
        )
    numbers: np.ndarray = frame[list(_NUMBERS)].to_numpy(float)
    lost = frame.index[~np.isfinite(numbers[:, 0])]
    if len(lost):
        raise DataError(
            "frame",
            expected="an estimate in each row",
            got=f"none for {first_five(lost)}",
            remedy='Leave these rows out: frame.dropna(subset=["estimate"]).',
        )
    return numbers


def _value_text(value: Any) -> str:
    """The value of a choice in words."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if value is None or value is pd.NA or value != value:
        return "none"
    return str(value)


def _chosen_columns(
    frame: pd.DataFrame,
    choices: Sequence[str] | None,
) -> list[str]:
    """The columns of choices: those asked for, else all that are choices and differ between
    rows.
    """
    if choices is None:
        return [
            name
            for name in frame.columns
            if name not in _NOT_CHOICES and frame[name].nunique(dropna=False) > 1
        ]
    check_chosen("choices", choices, list(frame.columns))
    return list(choices)


def _draw_curve(ax: Axes, curve: _Curve) -> None:
    """Sorted estimates with their intervals; the main one as a diamond."""
    at, excludes_zero = np.arange(len(curve)), curve.excludes_zero
    many = len(curve) > _MANY
    # points: lines side by side fill the page at most
    width = min(1.1, 330 / len(curve))
    size, edge = (2.0, 0.3) if many else (13.0, 0.7)
    ax.axhline(0, color=GREY, linewidth=LINE, zorder=1)
    for rows, colour, face in (
        (~excludes_zero, _PALE, "white"),
        (excludes_zero, BLUE, BLUE),
    ):
        estimate, low, high = curve.numbers[rows].T
        ax.vlines(
            at[rows],
            low,
            high,
            color=colour,
            linewidth=width,
            zorder=2,
            alpha=0.5 if many else 1.0,
        )
        ax.scatter(
            at[rows],
            estimate,
            s=size,
            c=face,
            edgecolors=BLUE,
            linewidths=edge,
            zorder=3,
        )
    if curve.main is not None:
        _draw_main(ax, curve.main, curve.numbers[curve.main])
    dress(ax, hide=("top", "right", "bottom"))
    ax.tick_params(axis="x", length=0, labelbottom=False)
    ax.legend(
        handles=_legend_keys(curve),
        loc="upper left",
        handletextpad=0.2,
        **legend_style(),
    )


def _draw_main(
    ax: Axes,
    rank: int,
    numbers: np.ndarray,
) -> None:
    """The main specification: a diamond and its interval, above all others."""
    estimate, low, high = numbers
    ax.vlines(
        rank,
        low,
        high,
        color=VERMILLION,
        linewidth=1.4,
        zorder=4,
    )
    ax.scatter(
        rank,
        estimate,
        s=34,
        marker="D",
        c=VERMILLION,
        edgecolors="white",
        linewidths=0.6,
        zorder=5,
    )


def _legend_keys(curve: _Curve) -> list[Any]:
    """Keys of the kinds of points that the curve has."""
    keys = []
    circle: dict[str, Any] = {
        "marker": "o",
        "markersize": 3.6,
        "markeredgecolor": BLUE,
    }
    hollow = curve.words.say("Interval holds zero")
    filled = curve.words.say("Interval excludes zero")
    if (~curve.excludes_zero).any():
        keys.append(marker_key(hollow, markerfacecolor="white", **circle))
    if curve.excludes_zero.any():
        keys.append(marker_key(filled, markerfacecolor=BLUE, **circle))
    if curve.main is not None:
        diamond = marker_key(
            curve.words.say("Main specification"),
            marker="D",
            markersize=5,
            color=VERMILLION,
            markeredgecolor="white",
        )
        keys.append(diamond)
    return keys


def _draw_matrix(ax: Axes, curve: _Curve) -> None:
    """A line for each value of each choice, with a mark under the estimates that made it."""
    heights = _line_heights(curve.lines)
    at = np.arange(len(curve))
    mark_width = min(4.5, 380 / len(curve))  # points
    named: set[str] = set()
    for height, (name, value) in zip(heights, curve.lines, strict=True):
        ax.axhline(height, color=_FAINT, linewidth=LINE, zorder=0.5)
        made = at[curve.choices[name] == value]
        ax.vlines(
            made,
            height - 0.34,
            height + 0.34,
            color=INK,
            linewidth=mark_width,
            zorder=2,
            label=value,
        )
    for height, (name, _) in zip(heights, curve.lines, strict=True):
        if name not in named:
            named.add(name)
            _name_choice(ax, curve.label(name), height)
    if curve.main is not None:
        ax.axvline(
            curve.main,
            color=VERMILLION,
            linewidth=LINE,
            zorder=1,
        )
    lowest = max(heights, default=0)
    ax.set(
        yticks=heights,
        ylim=(lowest + 0.6, -0.6),
        xlim=(-1, len(curve)),
    )
    ax.set_yticklabels([curve.label(value) for _, value in curve.lines])
    dress(ax, hide=("top", "right", "left", "bottom"))
    ax.tick_params(axis="both", length=0, labelbottom=False)
    ax.set_xlabel(curve.summary(), **text_style(SMALL))


def _line_heights(lines: Sequence[tuple[str, str]]) -> list[float]:
    """Where the lines of the matrix stand, from the top, with a gap above each choice."""
    heights, gap, above = [], 0.0, None
    for index, (name, _) in enumerate(lines):
        if name != above:
            gap += _GAP
        heights.append(index + gap)
        above = name
    return heights


def _name_choice(
    ax: Axes,
    label: str,
    height: float,
) -> None:
    """Write the name of a choice over the first of its values."""
    ax.text(
        0,
        height - 0.95,
        label,
        transform=ax.get_yaxis_transform(),
        va="center",
        ha="right",
        **text_style(SMALL, fontweight="bold"),
    )
