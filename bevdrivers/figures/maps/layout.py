"""The layout of one map, and of several with one legend: title, legend, caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...language.symbols import display_width
from ..axes import new_axes, new_figure, plots_per_row, rows_needed, write_title
from ..fonts import extent_of, settle
from ..style import LARGE, SMALL, TWO_COLUMNS, legend_style, text_style
from .map_frame import MapFrame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.patches import Patch

# inches
_TALLEST = 6.0
_TITLE_HEIGHT = 0.25
_CAPTION_HEIGHT = 0.2
_LEGEND_LINE, _LEGEND_TITLE_LINE = 0.17, 0.14
_KEY_WIDTH, _LETTER_WIDTH = 0.55, 0.056
_BESIDE = 0.15  # between a map and the legend beside it
# A legend is taken off the map where more than this share of its area lies on units, seen at so
# many points along each side.
_MOST_COVERED, _POINTS = 0.05, 12


@dataclass(frozen=True)
class MapTexts:
    """What is written around a map: above it, above the legend's keys, and below all."""

    title: str = ""
    legend: str = ""
    caption: str = ""


def one_map(
    map_frame: MapFrame,
    looks: Sequence[dict[str, Any]],
    keys: Sequence[Any],
    texts: MapTexts,
    *,
    ax: Axes | None = None,
    legend_loc: Any = "best",
) -> Axes:
    """Draw the N units, each in its look, with a legend of the `keys` on the map, or beside it
    where the map leaves no room.
    """
    own_figure = ax is None
    if ax is None:
        ax = _axes_for(map_frame, texts)
    map_frame.draw(ax, looks)
    write_title(ax, texts.title)
    if texts.caption:
        ax.set_xlabel(texts.caption, loc="left", **text_style(SMALL))
    if keys:
        style = _map_legend_style() | {"handles": keys, "title": texts.legend}
        legend = ax.legend(loc=legend_loc, **style)
        if legend_loc == "best" and _covers_units(ax, legend):
            _make_room(ax, legend, style, own_figure=own_figure)
    return ax


def _covers_units(ax: Axes, legend: Legend) -> bool:
    """Whether units lie beneath more of the legend than may be overlooked."""
    settle(ax)
    box = extent_of(legend).transformed(ax.transData.inverted())
    across, up = np.meshgrid(
        np.linspace(box.x0, box.x1, _POINTS),
        np.linspace(box.y0, box.y1, _POINTS),
    )
    points = np.column_stack([across.ravel(), up.ravel()])
    is_covered = np.zeros(len(points), dtype=bool)
    for unit in ax.patches:
        is_covered |= unit.get_path().contains_points(points)
    return bool(is_covered.mean() > _MOST_COVERED)


def _make_room(
    ax: Axes,
    legend: Legend,
    style: dict[str, Any],
    *,
    own_figure: bool,
) -> None:
    """Put the legend to the right of the map; on axes of the user's, whose figure is not ours to
    widen, give it a white ground.
    """
    if not own_figure:
        legend.set_frame_on(True)
        legend.get_frame().set(
            facecolor="white",
            edgecolor="none",
            alpha=0.85,
        )
        return
    figure = ax.figure.canvas.figure
    legend_width = extent_of(legend).width / figure.dpi
    figure.set_figwidth(figure.get_figwidth() + legend_width + _BESIDE)
    # to the left in its cell, so that what the proportions leave free goes to the legend
    ax.set_anchor("W")
    ax.legend(
        loc="upper left",
        bbox_to_anchor=(1.0, 1.0),
        **style,
    )


def _axes_for(map_frame: MapFrame, texts: MapTexts) -> Axes:
    """New axes in the proportions of the map, with room for what is written around it."""
    width = min(0.7 * TWO_COLUMNS, _TALLEST * map_frame.aspect)
    height = width / map_frame.aspect
    height = height + _TITLE_HEIGHT * bool(texts.title) + _CAPTION_HEIGHT * bool(texts.caption)
    return new_axes(width, height)


def several_maps(
    map_frame: MapFrame,
    years: Sequence[Any],
    looks: Sequence[Sequence[dict[str, Any]]],
    keys: Sequence[Patch],
    texts: MapTexts,
    *,
    columns: int | None = None,
) -> Figure:
    """Draw a map a year, whose `looks` are a row of N, and one legend below all."""
    per_row = plots_per_row(columns, len(looks))
    n_rows = rows_needed(len(looks), per_row)
    legend_lines = _legend_lines(keys)
    caption_height = _CAPTION_HEIGHT if texts.caption else 0.05
    foot = _foot_height(caption_height, legend_lines, texts.legend)
    map_width = TWO_COLUMNS / per_row - 0.1
    map_height = min(map_width / map_frame.aspect, _TALLEST)
    maps_height = n_rows * (map_height + _TITLE_HEIGHT)
    height = maps_height + _TITLE_HEIGHT * bool(texts.title) + foot

    figure = new_figure(TWO_COLUMNS, height, bottom=foot)
    cells = figure.subplots(n_rows, per_row, squeeze=False).ravel()
    for empty in cells[len(looks) :]:
        empty.remove()
    for cell, year, row_of_looks in zip(cells, years, looks, strict=False):
        map_frame.draw(cell, row_of_looks)
        write_title(cell, str(year), pad=2)

    _legend_below(figure, keys, texts.legend, legend_lines, caption_height / height)
    if texts.title:
        figure.suptitle(texts.title, **text_style(LARGE))
    if texts.caption:
        figure.text(
            0.01,
            0.05 / height,
            texts.caption,
            ha="left",
            va="bottom",
            **text_style(SMALL),
        )
    return figure


def _legend_below(
    figure: Figure,
    keys: Sequence[Patch],
    title: str,
    lines: int,
    bottom: float,
) -> None:
    """One legend in so many lines in the middle, its lower edge at `bottom` (a share of the
    height).
    """
    style = _map_legend_style() | {
        "alignment": "center",
        "ncols": rows_needed(len(keys), lines),
        "borderaxespad": 0,
    }
    figure.legend(
        handles=keys,
        title=title,
        loc="lower center",
        bbox_to_anchor=(0.5, bottom),
        **style,
    )


def _map_legend_style() -> dict[str, Any]:
    """Keywords of a legend of patches as large as a map's classes need."""
    return legend_style() | {
        "alignment": "left",
        "handlelength": 1.8,
        "handleheight": 1.1,
        "labelspacing": 0.35,
    }


def _legend_lines(keys: Sequence[Patch]) -> int:
    """How many lines the legend takes across two columns."""
    longest = max(display_width(str(key.get_label())) for key in keys)
    room = (TWO_COLUMNS - 0.2) / (_KEY_WIDTH + _LETTER_WIDTH * longest)
    return rows_needed(len(keys), max(1, int(room)))


def _foot_height(
    caption_height: float,
    lines: int,
    legend_title: str,
) -> float:
    """Inches below the maps: caption, legend of so many lines, its title, and a little air."""
    title_lines = len(legend_title.splitlines())
    keys = _LEGEND_LINE * lines
    titles = _LEGEND_TITLE_LINE * title_lines
    return caption_height + keys + titles + 0.03 * bool(title_lines) + 0.05
