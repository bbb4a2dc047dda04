"""Labels beside points, each where it covers least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .fonts import extent_of, settle
from .style import GREY, SMALL, text_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

# offset from the point (points to the right, points up) and alignment of the text, best side first
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
# distances from the point, as multiples of the offsets; a leader goes from the outer ones to it
_RINGS = (1.0, 2.5, 4.5)
_MARKER_RADIUS = 2.5  # points
_CLEARANCE = 1.0  # pixels that lines and leaders keep from a label
_RANK_COST = 0.3  # of each step down the list of positions, in covered points of a line


@dataclass(frozen=True)
class _Position:
    """Where a label stands beside its point: offset in points, alignment, and whether a leader
    joins them.
    """

    dx: float
    dy: float
    horizontal: Any
    vertical: Any
    has_leader: bool

    def leader(self, anchor: np.ndarray, pixels: float) -> np.ndarray:
        """Points along the leader from `anchor` to the label, in pixels; none where the label is
        near.

        Parameters
        ----------
        anchor : array of shape (2,)
            The labelled point, pixels.
        pixels : float
            Pixels a typographic point.
        """
        n_points = 12 if self.has_leader else 0
        steps = np.linspace(0.2, 1.0, n_points)[:, None]
        offset = np.array([self.dx, self.dy]) * pixels
        return anchor + steps * offset

    def write(
        self,
        ax: Axes,
        point: np.ndarray,
        text: str,
        *,
        with_leader: bool = False,
    ) -> Annotation:
        """Write the text at this position of `point`, which is in the units of the axes."""
        leader = None
        if with_leader and self.has_leader:
            leader = {
                "arrowstyle": "-",
                "linewidth": 0.35,
                "color": GREY,
                "shrinkA": 0.5,
                "shrinkB": _MARKER_RADIUS,
            }
        return ax.annotate(
            text,
            (float(point[0]), float(point[1])),
            xytext=(self.dx, self.dy),
            textcoords="offset points",
            ha=self.horizontal,
            va=self.vertical,
            arrowprops=leader,
            **text_style(SMALL - 0.5),
        )


_POSITIONS = tuple(
    _Position(dx * ring, dy * ring, horizontal, vertical, has_leader=ring > 1)
    for ring in _RINGS
    for dx, dy, horizontal, vertical in _SIDES
)


def label_points(
    ax: Axes,
    points: np.ndarray,
    labels: Sequence[tuple[np.ndarray, str]],
    *,
    lines: np.ndarray,
    boxes: Sequence[Any] = (),
) -> None:
    """Write each text beside its point, first come first served; one that finds no free place is
    left out.

    Parameters
    ----------
    points : array of shape (N, 2)
        All points that are drawn, which no label may cover, in the units of the axes.
    labels : sequence of (point of shape (2,), text)
    lines : array of shape (P, 2)
        Points along lines, which labels had better not cover.
    boxes : sequence of texts that are there already
    """
    # positions follow from the layout, which is made when drawing
    pixels = settle(ax) / 72
    occupied = _Occupied(
        frame=ax.bbox,
        texts=[extent_of(box) for box in boxes],
        points=ax.transData.transform(points),
        lines=ax.transData.transform(lines),
        point_radius=_MARKER_RADIUS * pixels,
    )
    for point, text in labels:
        _write_label(ax, point, text, occupied, pixels)


def _write_label(
    ax: Axes,
    point: np.ndarray,
    text: str,
    occupied: _Occupied,
    pixels: float,
) -> None:
    """Write a label at its cheapest position, if there is a free one, and note what it occupies."""
    anchor = ax.transData.transform(point)
    leaders = [position.leader(anchor, pixels) for position in _POSITIONS]
    costs = []
    for rank, position in enumerate(_POSITIONS):
        trial = position.write(ax, point, text)
        covered = occupied.cost(extent_of(trial), leaders[rank])
        costs.append(covered + _RANK_COST * rank)
        trial.remove()
    best = int(np.argmin(costs))
    if not np.isfinite(costs[best]):
        return
    # the extent of a label with a leader would hold the leader
    bare = _POSITIONS[best].write(ax, point, text)
    occupied.texts.append(extent_of(bare))
    occupied.leaders = np.vstack([occupied.leaders, leaders[best]])
    bare.remove()
    _POSITIONS[best].write(ax, point, text, with_leader=True)


@dataclass
class _Occupied:
    """What stands on the axes, in pixels.

    Attributes
    ----------
    frame : Bbox
        Of the axes; a label has to lie within.
    texts : list of Bbox
    points : array of shape (N, 2)
    lines : array of shape (P, 2)
        Points along lines.
    point_radius : float
    leaders : array of shape (L, 2)
        Points along the leaders of labels.
    """

    frame: Any
    texts: list[Any]
    points: np.ndarray
    lines: np.ndarray
    point_radius: float
    leaders: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))

    def cost(self, box: Any, leader: np.ndarray) -> float:
        """How many points of lines a label in `box` covers; infinite where it would hide anything
        else.
        """
        if not self._within_frame(box):
            return np.inf
        for text in self.texts:
            if box.overlaps(text) or _inside(leader, text, _CLEARANCE).any():
                return np.inf
        if _inside(self.points, box, self.point_radius).any():
            return np.inf
        if _inside(self.leaders, box, _CLEARANCE).any():
            return np.inf
        return float(_inside(self.lines, box, _CLEARANCE).sum())

    def _within_frame(self, box: Any) -> bool:
        horizontally = self.frame.x0 <= box.x0 and box.x1 <= self.frame.x1
        vertically = self.frame.y0 <= box.y0 and box.y1 <= self.frame.y1
        return bool(horizontally and vertically)


def _inside(
    points: np.ndarray,
    box: Any,
    margin: float,
) -> np.ndarray:
    """Which of the `points`, (P, 2) in pixels, are in `box` or nearer to it than `margin`."""
    x, y = points.T
    horizontally = (x > box.x0 - margin) & (x < box.x1 + margin)
    vertically = (y > box.y0 - margin) & (y < box.y1 + margin)
    inside: np.ndarray = horizontally & vertically
    return inside
