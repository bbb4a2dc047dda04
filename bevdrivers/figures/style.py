"""What all figures share: palette, sizes of type and lines, fonts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

# Okabe and Ito (2008): told apart by colour-blind readers
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
# the order keeps neighbours apart in grey, too; a marker goes with each colour
SERIES = (BLUE, VERMILLION, BLACK, GREEN, PURPLE, SKY, ORANGE)
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
DASHES: tuple[Any, ...] = (
    "-",
    (0, (5, 2)),
    (0, (1, 1.2)),
    (0, (6, 2, 1, 2)),
    (0, (3, 1.5)),
    (0, (8, 3)),
    (0, (1, 3)),
)

INK, GREY, PALE = "#262626", "#8C8C8C", "#E9E9E9"
HAIRLINE, LINE = 0.35, 0.8  # points
SMALL, NORMAL, LARGE = 7.0, 8.0, 9.0  # points
ONE_COLUMN, TWO_COLUMNS = 3.5, 7.2  # inches: 89 and 183 mm

_LATIN = ("Arial", "Helvetica", "Liberation Sans", "DejaVu Sans")
# of a collection of fonts matplotlib before 3.11 knows the first only, which of Noto is the
# Japanese one
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
    """The user's fonts where rcParams name any, else the first Latin and the first Chinese sans
    serif installed.
    """
    from matplotlib import rcParams, rcParamsDefault

    for key in ("font.family", "font.sans-serif"):
        if rcParams[key] != rcParamsDefault[key]:
            return list(rcParams["font.family"])
    return list(_installed())


@lru_cache(maxsize=1)
def _installed() -> tuple[str, ...]:
    """The first Latin and the first Chinese font that is installed, then the one that matplotlib
    brings.
    """
    from matplotlib.font_manager import fontManager

    names = set(fontManager.get_font_names())
    chosen = []
    for group in (_LATIN, _CHINESE):
        chosen += [name for name in group if name in names][:1]
    return tuple(dict.fromkeys([*chosen, "DejaVu Sans"]))


def text_style(size: float = NORMAL, **more: Any) -> dict[str, Any]:
    """Keywords of a text: its size in points, fonts and colour."""
    return {
        "fontsize": size,
        "fontfamily": families(),
        "color": INK,
        **more,
    }


def legend_style(size: float = SMALL) -> dict[str, Any]:
    """Keywords of a legend without a frame."""
    fonts = {"family": families(), "size": size}
    return {
        "prop": fonts,
        "title_fontproperties": fonts,
        "labelcolor": INK,
        "frameon": False,
        "borderaxespad": 0.3,
    }
