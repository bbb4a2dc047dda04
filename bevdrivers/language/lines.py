"""Lines of a given width: English breaks at blanks, Chinese between any two characters, but not
before a closing mark or after an opening one.
"""

from __future__ import annotations

import re
import textwrap

from .symbols import display_width

_OPENING, _CLOSING = "（“《【", "，。；：、）”》】！？%"
# a wide character with the marks that stay with it, or a run of others with the blank behind it
_PIECE = re.compile(
    rf"[{_OPENING}]*[\u2e80-\uffef][{_CLOSING}]*|[{_OPENING}]*[^\s\u2e80-\uffef]+[{_CLOSING}]*[ ]?|\s"
)


def lines_of(
    text: str,
    width: int,
    *,
    break_on_hyphens: bool = True,
) -> list[str]:
    """The text in lines of at most `width` columns; a wide character takes two.

    >>> lines_of("局部莫兰指数I，双侧。", 12)
    ['局部莫兰指数', 'I，双侧。']
    """
    if display_width(text) == len(text):
        return textwrap.wrap(text, width, break_on_hyphens=break_on_hyphens)
    lines = [""]
    for piece in _PIECE.findall(text):
        if lines[-1] and display_width(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines]
