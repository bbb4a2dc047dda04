"""Labels beside points, each where it covers least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

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
    canvas = ax.figure.canvas.figure
    canvas.draw_without_rendering()  # places follow from the layout, which is made when drawing
    taken = [box.get_window_extent() for box in boxes]
    dots, soft = ax.transData.transform(points), ax.transData.transform(lines)
    radius = _MARKER * canvas.dpi / 72
    for point, text in labels:
        costs = []
        for rank, place in enumerate(_PLACES):
            trial = place.write(ax, point, text)
            box = trial.get_window_extent()
            trial.remove()
            free = not (any(box.overlaps(other) for other in taken) or _inside(dots, box, radius).any())
            free = free and ax.bbox.x0 <= box.x0 and box.x1 <= ax.bbox.x1
            free = free and ax.bbox.y0 <= box.y0 and box.y1 <= ax.bbox.y1
            costs.append(_inside(soft, box, 1.0).sum() + 0.3 * rank if free else np.inf)
        if np.isfinite(min(costs)):
            best = _PLACES[int(np.argmin(costs))]
            taken.append(best.write(ax, point, text, lead=True).get_window_extent())


def _inside(dots: np.ndarray, box: Any, margin: float) -> np.ndarray:
    """Which `dots` (pixels) are in `box` or nearer to it than `margin`."""
    x, y = dots.T
    return (x > box.x0 - margin) & (x < box.x1 + margin) & (y > box.y0 - margin) & (y < box.y1 + margin)
