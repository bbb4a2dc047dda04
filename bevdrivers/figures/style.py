"""What all figures share: palette, sizes, fonts, a new pair of axes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito (2008): told apart by colour-blind readers
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
# the order keeps neighbours apart in grey, too; a marker goes with each colour
SERIES = (BLUE, VERMILLION, BLACK, GREEN, PURPLE, SKY, ORANGE)
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (6, 2, 1, 2)), (0, (3, 1.5)), (0, (8, 3)), (0, (1, 3)))

INK, GREY, PALE = "#262626", "#8C8C8C", "#E9E9E9"
HAIRLINE, LINE = 0.35, 0.8  # points
SMALL, NORMAL, LARGE = 7.0, 8.0, 9.0  # points
ONE_COLUMN, TWO_COLUMNS = 3.5, 7.2  # inches: 89 and 183 mm

_LATIN = ("Arial", "Helvetica", "Liberation Sans", "DejaVu Sans")
# of a collection of fonts matplotlib before 3.11 knows the first only, which of Noto is the Japanese one
_CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "SimHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Noto Sans CJK JP",
)


def families() -> list[str]:
    """The user's fonts where rcParams name any, else the first Latin and the first Chinese sans serif installed."""
    from matplotlib import rcParams, rcParamsDefault

    if any(rcParams[key] != rcParamsDefault[key] for key in ("font.family", "font.sans-serif")):
        return list(rcParams["font.family"])
    return list(_installed())


@lru_cache(maxsize=1)
def _installed() -> tuple[str, ...]:
    from matplotlib.font_manager import fontManager

    names = set(fontManager.get_font_names())
    found = [next((name for name in group if name in names), "") for group in (_LATIN, _CHINESE)]
    return tuple(dict.fromkeys([*filter(None, found), "DejaVu Sans"]))


def text_style(size: float = NORMAL, **more: Any) -> dict[str, Any]:
    """Keywords of a text: its size in points, fonts and colour."""
    return {"fontsize": size, "fontfamily": families(), "color": INK, **more}


def legend_style(size: float = SMALL) -> dict[str, Any]:
    """Keywords of a legend without a frame."""
    fonts = {"family": families(), "size": size}
    return {"prop": fonts, "title_fontproperties": fonts, "labelcolor": INK, "frameon": False, "borderaxespad": 0.3}


def new_figure(width: float, height: float, *, bottom: float = 0.0) -> Figure:
    """A figure in inches that no pyplot knows of; the lowest `bottom` inches are left free for a text."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    share = bottom / height
    layout = ConstrainedLayoutEngine(w_pad=0.05, h_pad=0.08, rect=(0, share, 1, 1 - share))
    return Figure(figsize=(width, height), layout=layout)


def new_axes(width: float, height: float) -> Axes:
    """Axes on a figure of its own, in inches."""
    return new_figure(width, height).add_subplot()


def dress(ax: Axes, *, hide: Iterable[str] = ("top", "right")) -> None:
    """Thin spines and ticks, small tick labels; the spines named in `hide` are left out."""
    ax.tick_params(width=HAIRLINE, length=2.5, labelsize=SMALL, labelfontfamily=families(), colors=INK)
    for side, spine in ax.spines.items():
        spine.set(linewidth=HAIRLINE, edgecolor=INK, visible=side not in hide)
