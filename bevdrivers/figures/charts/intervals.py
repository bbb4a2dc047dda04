"""Point estimates with intervals, grouped by term: what impacts and coefficients have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...language.labels import plain_name
from ..axes import dress, new_axes, rows_needed, write_title
from ..style import (
    GREY,
    HAIRLINE,
    LINE,
    MARKERS,
    NORMAL,
    ONE_COLUMN,
    SERIES,
    SMALL,
    legend_style,
    text_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KEYS_PER_LINE = 4  # of the legend
_PARAMETERS = {
    "rho": "\u03c1",
    "lam": "\u03bb",
    "tau": "\u03c4",
    "eta": "\u03b7",
}


def draw_intervals(
    series: Mapping[str, pd.DataFrame],
    terms: Sequence[str],
    *,
    labels: Mapping[str, str] | None,
    ax: Axes | None,
    title: str,
    xlabel: str,
) -> Axes:
    """Draw each of the S `series` (frames with one row a term) in a look of its own, terms from top
    to bottom.
    """
    n_series = len(series)
    if ax is None:
        height = 0.85 + len(terms) * (0.16 + 0.13 * n_series)
        ax = new_axes(1.35 * ONE_COLUMN, height)
    rows = np.arange(len(terms), dtype=float)
    # the series of a term lie symmetrically about the term's row
    steps = np.arange(n_series) - (n_series - 1) / 2
    offsets = steps * min(0.22, 0.75 / n_series)

    ax.axvline(0, color=GREY, linewidth=LINE, zorder=1)
    for index, (name, frame) in enumerate(series.items()):
        estimates = frame.drop_duplicates("term").set_index("term")
        estimates = estimates.reindex(list(terms))
        _draw_series(ax, name, estimates, rows + offsets[index], index)
    for between in rows[:-1] + 0.5:
        ax.axhline(
            between,
            color=GREY,
            linewidth=HAIRLINE,
            linestyle=":",
            zorder=0.5,
        )

    ax.set(yticks=rows, ylim=(len(terms) - 0.5, -0.5))
    ax.set_yticklabels([_term_label(term, labels or {}) for term in terms])
    ax.set_xlabel(xlabel, **text_style(NORMAL))
    dress(ax, hide=("top", "right", "left"))
    ax.tick_params(axis="y", length=0, labelsize=NORMAL)
    _write_head(ax, title, n_series)
    return ax


def _draw_series(
    ax: Axes,
    name: str,
    estimates: pd.DataFrame,
    heights: np.ndarray,
    index: int,
) -> None:
    """Intervals and points of one series, whose look follows from its `index`."""
    colour = SERIES[index % len(SERIES)]
    marker = MARKERS[index % len(MARKERS)]
    ax.hlines(
        heights,
        estimates["conf_low"],
        estimates["conf_high"],
        color=colour,
        linewidth=1.1,
        label="_intervals",
    )
    ax.plot(
        estimates["estimate"],
        heights,
        marker,
        color=colour,
        markersize=3.8,
        label=name,
    )


def _write_head(
    ax: Axes,
    title: str,
    n_series: int,
) -> None:
    """The title, and below it the legend where there are several series."""
    per_line = min(n_series, _KEYS_PER_LINE)
    legend_lines = rows_needed(n_series, per_line) if n_series > 1 else 0
    # points: above the legend
    write_title(ax, title, pad=6.0 + 2.0 * SMALL * legend_lines)
    if legend_lines:
        ax.legend(
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=per_line,
            handletextpad=0.1,
            columnspacing=1.2,
            **legend_style(),
        )


def _term_label(term: str, labels: Mapping[str, str]) -> str:
    """The label of a term; that of a spatial lag follows from the label of the variable."""
    if term in labels:
        return labels[term]
    variable = term.removeprefix("W_")
    if variable != term and variable in labels:
        return f"W \u00d7 {labels[variable]}"
    return _PARAMETERS.get(term) or plain_name(term)
