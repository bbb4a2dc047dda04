"""Labels beside points, each where it covers least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .fonts import settle
from .style import GREY, SMALL, text_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

_SIDES = (
    (4, 0, "left", "center"),
    (-4, 0, "right", "center"),
    (0, 4, "center", "bottom"),
    (0, -4, "center", "top"),
    (3, 3, "left", "bottom"),
    (-3, 3, "right", "bottom"),
    (3, -3, "left", "top"),
    (-3, -3, "right", "top"),
)
_RINGS = (1.0, 2.5, 4.5)  # distances from the point; a thin line leads from the outer ones to it
_MARKER = 2.5  # radius of a point, in points


@dataclass(frozen=True)
class _Place:
    """Offset of a text from its point, in points, and its alignment."""

    dx: float
    dy: float
    ha: Any
    va: Any
    far: bool

    def lead(self, start: np.ndarray, pixels: float) -> np.ndarray:
        """Points on the line from `start` to the text, in pixels; none where the text is near."""
        steps = np.linspace(0.2, 1.0, 12 if self.far else 0)[:, None]
        return start + steps * np.array([self.dx, self.dy]) * pixels

    def write(self, ax: Axes, point: np.ndarray, text: str, *, lead: bool = False) -> Annotation:
        line = {"arrowstyle": "-", "linewidth": 0.35, "color": GREY, "shrinkA": 0.5, "shrinkB": _MARKER}
        return ax.annotate(
            text,
            (float(point[0]), float(point[1])),
            xytext=(self.dx, self.dy),
            textcoords="offset points",
            ha=self.ha,
            va=self.va,
            arrowprops=line if lead and self.far else None,
            **text_style(SMALL - 0.5),
        )


_PLACES = tuple(_Place(dx * r, dy * r, ha, va, r > 1) for r in _RINGS for dx, dy, ha, va in _SIDES)


def label_points(
    ax: Axes,
    points: np.ndarray,
    labels: Sequence[tuple[np.ndarray, str]],
    *,
    lines: np.ndarray,
    boxes: Sequence[Any] = (),
) -> None:
    """Write each text beside its point, first come first served; one that finds no free place is left out.

    Parameters
    ----------
    points : array of shape (N, 2)
        All points that are drawn, which no label may cover, in the units of the axes.
    labels : sequence of (point of shape (2,), text)
    lines : array of shape (P, 2)
        Points along lines, which labels had better not cover.
    boxes : sequence of texts that are there already
    """
    pixels = settle(ax) / 72  # places follow from the layout, which is made when drawing
    page = _Page(
        frame=ax.bbox,
        taken=[box.get_window_extent() for box in boxes],
        dots=ax.transData.transform(points),
        lines=ax.transData.transform(lines),
        radius=_MARKER * pixels,
    )
    for point, text in labels:
        start = ax.transData.transform(point)
        leads = [place.lead(start, pixels) for place in _PLACES]
        costs = []
        for rank, (place, lead) in enumerate(zip(_PLACES, leads, strict=True)):
            trial = place.write(ax, point, text)
            costs.append(page.cost(trial.get_window_extent(), lead) + 0.3 * rank)
            trial.remove()
        best = int(np.argmin(costs))
        if np.isfinite(costs[best]):
            label = _PLACES[best].write(ax, point, text)
            page.taken.append(label.get_window_extent())
            page.leads = np.vstack([page.leads, leads[best]])
            label.remove()
            _PLACES[best].write(ax, point, text, lead=True)


@dataclass
class _Page:
    """What stands on the axes, in pixels: texts, points, lines, and the lines that lead to labels."""

    frame: Any
    taken: list[Any]
    dots: np.ndarray
    lines: np.ndarray
    radius: float
    leads: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))

    def cost(self, box: Any, lead: np.ndarray) -> float:
        """How many points of lines a label at `box` covers; infinite where it would hide a text, point or lead."""
        outside = box.x0 < self.frame.x0 or box.x1 > self.frame.x1 or box.y0 < self.frame.y0 or box.y1 > self.frame.y1
        if outside or any(box.overlaps(other) or _inside(lead, other, 1.0).any() for other in self.taken):
            return np.inf
        if _inside(self.dots, box, self.radius).any() or _inside(self.leads, box, 1.0).any():
            return np.inf
        return float(_inside(self.lines, box, 1.0).sum())


def _inside(dots: np.ndarray, box: Any, margin: float) -> np.ndarray:
    """Which `dots` (pixels) are in `box` or nearer to it than `margin`."""
    x, y = dots.T
    return (x > box.x0 - margin) & (x < box.x1 + margin) & (y > box.y0 - margin) & (y < box.y1 + margin)
