"""Which letters of a figure no font has."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import FontWarning, warn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN = 12  # letters that the warning names


def warn_of_boxes(figure: Figure) -> None:
    """Give a `FontWarning` where letters would be drawn as empty boxes."""
    lost = _letters_without_font(figure)
    if not lost:
        return
    shown = "".join(lost[:_SHOWN])
    if len(lost) > _SHOWN:
        shown += "..."
    warn(
        f"No font of this figure has the {len(lost)} letters {shown}: boxes stand in their place. "
        "Install a Chinese font (Debian: fonts-noto-cjk) and delete the folder "
        "matplotlib.get_cachedir(), or name one that is installed: "
        'matplotlib.rcParams["font.family"] = ["Arial", "SimHei"] before drawing.',
        FontWarning,
    )


def _letters_without_font(figure: Figure) -> list[str]:
    """The letters beyond ASCII that no font of their text has, each once."""
    from matplotlib.text import Text

    lost: dict[str, None] = {}
    for text in figure.findobj(Text):
        if not text.get_visible():
            continue
        fonts = tuple(text.get_fontfamily())
        for letter in text.get_text():
            if letter > "~" and not _can_be_drawn(letter, fonts):
                lost[letter] = None
    return list(lost)


@contextmanager
def quiet_glyphs() -> Iterator[None]:
    """Without matplotlib's own warning for each letter and each time it is drawn."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore",
            message=r"Glyph .* missing from",
            category=UserWarning,
        )
        yield


def settle(artist: Any) -> float:
    """Lay the figure of `artist` out, so that positions are known; its dots per inch are
    returned.
    """
    figure = artist.figure.canvas.figure
    with quiet_glyphs():
        figure.draw_without_rendering()
    return float(figure.dpi)


def extent_of(artist: Any) -> Any:
    """What a text, legend or frame takes on the settled figure, in pixels."""
    with quiet_glyphs():
        return artist.get_window_extent()


@lru_cache(maxsize=4096)
def _can_be_drawn(letter: str, families: tuple[str, ...]) -> bool:
    """Whether a letter needs no glyph, or one of the fonts has one."""
    if not letter.isprintable() or letter.isspace():
        return True
    return any(_has_glyph(family, letter) for family in families)


def _has_glyph(family: str, letter: str) -> bool:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    try:
        file = findfont(FontProperties(family=[family]), fallback_to_default=False)
    except ValueError:
        return False
    return get_font(file).get_char_index(ord(letter)) > 0
