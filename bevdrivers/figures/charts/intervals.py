"""Point estimates with intervals, grouped by term: what impacts and coefficients have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import InputError, OptionError
from ...results import TIDY_COLUMNS
from ..style import (
    GREY,
    HAIRLINE,
    LARGE,
    LINE,
    MARKERS,
    NORMAL,
    ONE_COLUMN,
    SERIES,
    SMALL,
    dress,
    legend_style,
    new_axes,
    text_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def read_tidy(result: Any, level: float | None, argument: str) -> pd.DataFrame:
    """`result.tidy(level=level)`, or `result.tidy()` with `level` None, with the columns that every result has."""
    if not hasattr(result, "tidy"):
        raise InputError(argument, expected="a result with tidy()", got=type(result).__name__)
    check_level(level)
    frame = result.tidy() if level is None else result.tidy(level=level)
    absent = [column for column in TIDY_COLUMNS if column not in frame.columns]
    if absent:
        raise InputError(argument, expected=f"tidy() with columns {list(TIDY_COLUMNS)}", got=f"none of {absent}")
    return frame


def check_level(level: float | None) -> None:
    if level is not None and not 0 < level < 1:
        raise OptionError("level", expected="a coverage between 0 and 1, or None", got=repr(level))


def draw_intervals(
    series: Mapping[str, pd.DataFrame],
    terms: Sequence[str],
    *,
    labels: Mapping[str, str] | None,
    ax: Axes | None,
    title: str,
    xlabel: str,
) -> Axes:
    """Draw each of the S `series` (frames with one row a term) in a look of its own, terms from top to bottom."""
    if ax is None:
        ax = new_axes(1.35 * ONE_COLUMN, 0.85 + len(terms) * (0.16 + 0.13 * len(series)))
    rows = np.arange(len(terms), dtype=float)
    steps = (np.arange(len(series)) - (len(series) - 1) / 2) * min(0.22, 0.75 / len(series))
    ax.axvline(0, color=GREY, linewidth=LINE, zorder=1)
    for s, (name, frame) in enumerate(series.items()):
        known = frame.drop_duplicates("term").set_index("term").reindex(list(terms))
        colour, marker = SERIES[s % len(SERIES)], MARKERS[s % len(MARKERS)]
        heights = rows + steps[s]
        ax.hlines(heights, known["conf_low"], known["conf_high"], color=colour, linewidth=1.1, label="_intervals")
        ax.plot(known["estimate"], heights, marker, color=colour, markersize=3.8, label=name)
    for between in rows[:-1] + 0.5:
        ax.axhline(between, color=GREY, linewidth=HAIRLINE, linestyle=":", zorder=0.5)
    ax.set(yticks=rows, ylim=(len(terms) - 0.5, -0.5))
    ax.set_yticklabels([_words(term, labels or {}) for term in terms])
    ax.set_xlabel(xlabel, **text_style(NORMAL))
    dress(ax, hide=("top", "right", "left"))
    ax.tick_params(axis="y", length=0, labelsize=NORMAL)
    across = min(len(series), 4)
    lines = -(-len(series) // across) if len(series) > 1 else 0
    if title:
        ax.set_title(title, pad=6.0 + 2.0 * SMALL * lines, **text_style(LARGE))  # points: above the legend
    if lines:
        ax.legend(
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=across,
            handletextpad=0.1,
            columnspacing=1.2,
            **legend_style(),
        )
    return ax


def _words(term: str, labels: Mapping[str, str]) -> str:
    """The label of a term; that of a spatial lag follows from the label of the variable."""
    if term in labels:
        return labels[term]
    if term.startswith("W_") and term[2:] in labels:
        return f"W \u00d7 {labels[term[2:]]}"
    return {"rho": "\u03c1", "lam": "\u03bb", "tau": "\u03c4", "eta": "\u03b7"}.get(term, term)


def axis_label(what: str, level: float | None) -> str:
    """The name of the axis with the coverage of the intervals: "Impact (95% interval)"."""
    return what if level is None else f"{what} ({100 * level:g}% interval)"
