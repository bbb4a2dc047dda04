"""New figures and axes, their spines and ticks, and the texts around them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..options import whole_number
from .style import HAIRLINE, INK, LARGE, NORMAL, SMALL, families, text_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def new_figure(
    width: float,
    height: float,
    *,
    bottom: float = 0.0,
) -> Figure:
    """A figure in inches that no pyplot knows of; the lowest `bottom` inches are left free for a
    text.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    share = bottom / height
    layout = ConstrainedLayoutEngine(
        w_pad=0.05,
        h_pad=0.08,
        rect=(0, share, 1, 1 - share),
    )
    return Figure(figsize=(width, height), layout=layout)


def new_axes(width: float, height: float) -> Axes:
    """Axes on a figure of its own, in inches."""
    return new_figure(width, height).add_subplot()


def plots_per_row(columns: int | None, n_plots: int) -> int:
    """How many of `n_plots` stand side by side: as many as `columns` says, or three (two of
    four).
    """
    if columns is None:
        return 2 if n_plots == 4 else min(n_plots, 3)
    asked = whole_number(
        "columns",
        columns,
        at_least=1,
        expected="how many plots stand in a row, a whole number of 1 or more, or None",
    )
    return min(asked, n_plots)


def rows_needed(n_items: int, per_row: int) -> int:
    """How many rows hold `n_items`, the last one perhaps not full."""
    return -(-n_items // per_row)


def dress(ax: Axes, *, hide: Iterable[str] = ("top", "right")) -> None:
    """Thin spines and ticks, small tick labels; the spines named in `hide` are left out."""
    ax.tick_params(
        width=HAIRLINE,
        length=2.5,
        labelsize=SMALL,
        labelfontfamily=families(),
        colors=INK,
    )
    for side, spine in ax.spines.items():
        spine.set(
            linewidth=HAIRLINE,
            edgecolor=INK,
            visible=side not in hide,
        )


def name_axes(
    ax: Axes,
    *,
    xlabel: str,
    ylabel: str,
) -> None:
    """Write what is on the two axes."""
    ax.set_xlabel(xlabel, **text_style(NORMAL))
    ax.set_ylabel(ylabel, **text_style(NORMAL))


def write_title(
    ax: Axes,
    title: str,
    *,
    pad: float | None = None,
) -> None:
    """Write the title over the axes, `pad` points above them; an empty one is no title."""
    if title:
        ax.set_title(title, pad=pad, **text_style(LARGE))
