"""Units on the plane of the drawing, and the layout of one map and of several with one legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import OptionError
from ..style import GREY, HAIRLINE, LARGE, SMALL, TWO_COLUMNS, legend_style, new_axes, new_figure, text_style
from .shapes import equal_area, is_area, project, read_units, to_path

if TYPE_CHECKING:
    from geopandas import GeoDataFrame, GeoSeries
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

_TALLEST = 6.0  # inches
OUTLINE: dict[str, Any] = {"edgecolor": "#1F1F1F", "linewidth": HAIRLINE}
MISSING: dict[str, Any] = {"facecolor": "#F2F2F2", "hatch": "//////", "edgecolor": "#A6A6A6", "linewidth": HAIRLINE}


@dataclass(frozen=True)
class Texts:
    """What is written around a map: above it, above the legend's keys, and below all."""

    title: str = ""
    legend: str = ""
    caption: str = ""


@dataclass(frozen=True, eq=False)
class Sheet:
    """The units and the base map on the plane of the drawing."""

    units: GeoSeries
    base: GeoSeries | None

    @classmethod
    def of(cls, geometry: GeoDataFrame, base: GeoDataFrame | None, crs: Any) -> Sheet:
        units = read_units(geometry)
        plane = equal_area(units) if crs is None else crs
        beneath = None if base is None else base.geometry[base.geom_type.notna() & ~base.is_empty]
        return cls(project(units, plane, "geometry"), None if beneath is None else project(beneath, plane, "base"))

    @property
    def view(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all that is drawn, with a margin of two percent."""
        boxes = np.array([s.total_bounds for s in (self.units, self.base) if s is not None and len(s)])
        west, south = boxes[:, :2].min(axis=0)
        east, north = boxes[:, 2:].max(axis=0)
        margin = 0.02 * max(east - west, north - south)
        return west - margin, south - margin, east + margin, north + margin

    @property
    def aspect(self) -> float:
        west, south, east, north = self.view
        return float((east - west) / (north - south))

    def draw(self, ax: Axes, looks: Sequence[dict[str, Any]]) -> None:
        """One patch a unit, in its look (N of them), over the base map."""
        from matplotlib.patches import PathPatch

        self._draw_base(ax)
        for unit, shape, look in zip(self.units.index, self.units, looks, strict=True):
            ax.add_patch(PathPatch(to_path(shape), gid=str(unit), joinstyle="round", **look))
        west, south, east, north = self.view
        ax.set(xlim=(west, east), ylim=(south, north), aspect="equal", xticks=[], yticks=[])
        for spine in ax.spines.values():
            spine.set_visible(False)

    def _draw_base(self, ax: Axes) -> None:
        from matplotlib.collections import PathCollection

        if self.base is None:
            return
        areas = is_area(self.base)
        for mask, fill in ((areas, "#F5F5F5"), (~areas, "none")):
            paths = [to_path(shape) for shape in self.base[mask]]
            ax.add_collection(PathCollection(paths, facecolor=fill, edgecolor=GREY, linewidth=HAIRLINE, zorder=0.5))


def one_map(
    sheet: Sheet,
    looks: Sequence[dict[str, Any]],
    keys: Sequence[Any],
    texts: Texts,
    *,
    ax: Axes | None = None,
    legend_loc: Any = "best",
) -> Axes:
    """The units in their looks, of which there are N, with a legend of the `keys` on the map."""
    if ax is None:
        width = min(0.7 * TWO_COLUMNS, _TALLEST * sheet.aspect)
        ax = new_axes(width, width / sheet.aspect + 0.25 * bool(texts.title) + 0.2 * bool(texts.caption))
    sheet.draw(ax, looks)
    if keys:
        ax.legend(handles=keys, title=texts.legend, loc=legend_loc, **_legend_style())
    if texts.title:
        ax.set_title(texts.title, **text_style(LARGE))
    if texts.caption:
        ax.set_xlabel(texts.caption, loc="left", **text_style(SMALL))
    return ax


def several_maps(
    sheet: Sheet,
    years: Sequence[Any],
    looks: Sequence[Sequence[dict[str, Any]]],
    keys: Sequence[Patch],
    texts: Texts,
    *,
    columns: int | None = None,
) -> Figure:
    """A map a year, whose `looks` are a row of N, and one legend below all."""
    across = n_across(columns, len(looks))
    down = -(-len(looks) // across)
    lines = _lines(keys)
    strip = 0.2 if texts.caption else 0.05
    titles = len(texts.legend.splitlines())
    foot = strip + 0.17 * lines + 0.14 * titles + 0.03 * bool(titles) + 0.05
    tall = min((TWO_COLUMNS / across - 0.1) / sheet.aspect, _TALLEST)
    height = down * (tall + 0.25) + 0.25 * bool(texts.title) + foot
    figure = new_figure(TWO_COLUMNS, height, bottom=foot)
    cells = figure.subplots(down, across, squeeze=False).ravel()
    for cell in cells[len(looks) :]:
        cell.remove()
    for cell, year, row in zip(cells, years, looks, strict=False):
        sheet.draw(cell, row)
        cell.set_title(str(year), pad=2, **text_style(LARGE))
    style = {**_legend_style(), "alignment": "center", "ncols": -(-len(keys) // lines), "borderaxespad": 0}
    anchor = (0.5, strip / height)
    figure.legend(handles=keys, title=texts.legend, loc="lower center", bbox_to_anchor=anchor, **style)
    if texts.title:
        figure.suptitle(texts.title, **text_style(LARGE))
    if texts.caption:
        figure.text(0.01, 0.05 / height, texts.caption, ha="left", va="bottom", **text_style(SMALL))
    return figure


def _legend_style() -> dict[str, Any]:
    return {**legend_style(), "alignment": "left", "handlelength": 1.8, "handleheight": 1.1, "labelspacing": 0.35}


def _lines(keys: Sequence[Patch]) -> int:
    """How many lines the legend takes across two columns."""
    longest = max(len(str(key.get_label())) for key in keys)
    return -(-len(keys) // max(1, int((TWO_COLUMNS - 0.2) / (0.55 + 0.056 * longest))))


def n_across(columns: int | None, n: int) -> int:
    """Of `n` plots, how many stand side by side."""
    if columns is None:
        return n if n <= 3 else 2 if n == 4 else 3
    if isinstance(columns, bool) or columns < 1:
        raise OptionError("columns", expected="a number of maps a row, 1 or more", got=repr(columns))
    return min(int(columns), n)
