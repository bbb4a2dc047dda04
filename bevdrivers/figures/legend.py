"""Keys of legends: a patch, a line or a marker with its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch


def patch_key(label: str, look: dict[str, Any]) -> Patch:
    """A filled rectangle in a look of matplotlib's patches."""
    from matplotlib.patches import Patch

    return Patch(**look, label=label)


def line_key(label: str, **look: Any) -> Line2D:
    """A line in a look of matplotlib's lines."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=label, **look)


def marker_key(label: str, **look: Any) -> Line2D:
    """A marker without a line."""
    return line_key(label, linestyle="none", **look)


def counted(label: str, count: int) -> str:
    """The words of a key with the number of units or links that it stands for: "Hot spot  (3)"."""
    return f"{label}  ({count})"
