"""How wide texts and columns get in print, estimated in em of Computer Modern, and where texts are
broken.
"""

from __future__ import annotations

import re

from ...language.symbols import display_width
from ..cells import Number, cell_text
from ..layout import Layout
from .alignment import aligned_numbers, column_digits
from .text import SUBSCRIPTS, SUPERSCRIPTS

WIDEST_STUB = 15.0  # em; longer row labels are broken
NARROW, WIDE = frozenset("ijltfI.,:;'|!()[]"), frozenset("mwMWQO@%&×𝑊")
SCRIPTS = frozenset([*SUPERSCRIPTS, *SUBSCRIPTS])
TOLERANCE = 1.15  # by which a line may be longer than it should

EAST_ASIAN = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
BREAKABLE = re.compile(
    "[\u3040-\u9fff\uac00-\ud7af][，。、；：）】]*|[^\u3040-\u9fff\uac00-\ud7af]+"
)


def text_em(text: str) -> float:
    """Estimated width of a text: half an em a letter, more or less for those of other widths."""
    scripts = sum(character in SCRIPTS for character in text)
    narrow = sum(character in NARROW for character in text)
    wide = sum(character in WIDE for character in text)
    capitals = sum(character.isupper() and character not in WIDE for character in text)
    east_asian = max(0, display_width(text) - len(text))
    letters = 0.5 * len(text) - 0.2 * narrow + 0.38 * wide + 0.22 * capitals
    return letters - 0.1 * scripts + 0.5 * east_asian


def column_em(
    table: Layout,
    column: int,
    *,
    headings: bool = True,
) -> float:
    """Width of a column: its numbers aligned at the point, its texts and, if asked for, its broken
    headings.
    """
    numbers = column_digits(aligned_numbers(table, column)) * 0.5 + 0.3
    texts = []
    for cell in table.column(column):
        if not isinstance(cell, Number):
            texts.append(text_em(cell_text(cell)))
    width = max(numbers, *texts, 0.0)
    if not headings:
        return width
    lines = []
    for heading in table.headings:
        # only a heading of this column alone makes it wider
        if len(heading.spans) == table.width:
            lines += wrapped(heading.spans[column].text, width)
    return max(width, *(text_em(line) for line in lines), 0.0)


def wrapped(text: str, em: float) -> list[str]:
    """The words of `text` in lines of about `em`.

    Chinese text may be broken between any two characters, but not before a comma; a name that is
    too long for a line after an underscore. No line is narrower than its longest part.

    >>> wrapped("share_of_the_tertiary_sector (%)", 8.0)
    ['share_of_the_', 'tertiary_sector (%)']
    """
    # each unbreakable part, and what joins it to the one before
    parts: list[tuple[str, str]] = []
    for word in text.split(" "):
        first, *others = _breakable_parts(word, em)
        parts.append((first, " "))
        parts += [(part, "") for part in others]
    limit = max(em * TOLERANCE, *(text_em(part) for part, _ in parts))
    lines: list[str] = []
    for part, glue in parts:
        longer = f"{lines[-1]}{glue}{part}" if lines else part
        if lines and text_em(longer) <= limit:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def _breakable_parts(word: str, em: float) -> list[str]:
    """The parts between which a word may be broken."""
    parts: list[str] = []
    for part in BREAKABLE.findall(word) or [word]:
        if text_em(part) > em:
            parts += re.findall(r"[^_]*_+|[^_]+", part)
        else:
            parts.append(part)
    return parts
