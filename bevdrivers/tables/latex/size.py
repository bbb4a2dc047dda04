"""How large a table gets in print, and the font, spacing and orientation in which it fits the page.

Widths are in em of Computer Modern, heights in points; the page is that of the standard classes at 10 pt, the narrowest
in use, so that a table that fits there fits a journal's text block too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..language.symbols import display_width
from ..layout import Layout, Number, Section, cell_text
from ..split import continued, parts
from .align import aligned_numbers, column_digits
from .text import SUBSCRIPTS, SUPERSCRIPTS

TEXT_WIDTH, TEXT_HEIGHT = 345.0, 550.0
WIDEST_STUB = 15.0  # em; longer row labels are broken
SIZES = {"small": (9.25, 11.0), "footnotesize": (8.5, 9.5), "scriptsize": (8.0, 8.0)}  # quad and leading in points
NARROW, WIDE = frozenset("ijltfI.,:;'|!()[]"), frozenset("mwMWQO@%&×𝑊")

EAST_ASIAN = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
BREAKABLE = re.compile("[\u3040-\u9fff\uac00-\ud7af][，。、；：）】]*|[^\u3040-\u9fff\uac00-\ud7af]+")
CHINESE_TYPE = 1.1  # ctex sets 10.5 pt


@dataclass(frozen=True)
class Fit:
    """How a table is set.

    Attributes
    ----------
    size : str
        Name of the font size.
    gap : float
        `tabcolsep`, points.
    environment : str
        "table" or, turned by a right angle, "sidewaystable".
    leading : float
        From one line to the next, points.
    share : float
        Share of the line that the table takes.
    squeezed : bool
        Whether it is too wide all the same, and must be scaled.
    """

    size: str
    gap: float
    environment: str
    leading: float
    share: float
    squeezed: bool = False

    @property
    def page(self) -> float:
        """Height that there is for the table."""
        return {"table": TEXT_HEIGHT, "longtable": math.inf, "sidewaystable": TEXT_WIDTH}[self.environment]

    @property
    def line(self) -> float:
        """Width that there is for it."""
        return TEXT_HEIGHT if self.environment == "sidewaystable" else TEXT_WIDTH


def text_em(text: str) -> float:
    """Estimated width of a text."""
    scripts = sum(character in SUPERSCRIPTS or character in SUBSCRIPTS for character in text)
    narrow, wide = (sum(character in kind for character in text) for kind in (NARROW, WIDE))
    capitals = sum(character.isupper() and character not in WIDE for character in text)
    east_asian = max(0, display_width(text) - len(text))
    return 0.5 * len(text) - 0.2 * narrow + 0.38 * wide + 0.22 * capitals - 0.1 * scripts + 0.5 * east_asian


def column_em(table: Layout, column: int, *, headings: bool = True) -> float:
    """Width of a column: its numbers aligned at the point, its texts and, if asked for, its broken headings."""
    numbers = column_digits(aligned_numbers(table, column)) * 0.5 + 0.3
    texts = [text_em(cell_text(cell)) for cell in table.column(column) if not isinstance(cell, Number)]
    width = max(numbers, *texts, 0.0)
    if not headings:
        return width
    heads = [h.spans[column].text for h in table.headings if len(h.spans) == table.width]
    return max(width, *(text_em(piece) for head in heads for piece in wrapped(head, width)), 0.0)


def wrapped(text: str, em: float) -> list[str]:
    """The words of `text` in lines of about `em`.

    Chinese text may be broken between any two characters, but not before a comma; a name that is too long for a line
    after an underscore. No line is narrower than its longest part.

    >>> wrapped("share_of_the_tertiary_sector (%)", 8.0)
    ['share_of_the_', 'tertiary_sector (%)']
    """
    lines: list[str] = []
    atoms = [
        (part, " " if place == 0 else "") for word in text.split(" ") for place, part in enumerate(_parts(word, em))
    ]
    limit = max(em * 1.15, *(text_em(atom) for atom, _ in atoms))
    for atom, glue in atoms:
        if lines and text_em(f"{lines[-1]}{glue}{atom}") <= limit:
            lines[-1] += glue + atom
        else:
            lines.append(atom)
    return lines


def _parts(word: str, em: float) -> list[str]:
    """Where a word may be broken."""
    found = []
    for part in BREAKABLE.findall(word) or [word]:
        found += re.findall(r"[^_]*_+|[^_]+", part) if text_em(part) > em else [part]
    return found


def best_fit(table: Layout, environments: Sequence[str] = ("table", "sidewaystable")) -> Fit:
    """The largest type in which the table fits upright, else turned; one that is too tall is made to fit the width.

    `environments` are those to try: "table", "longtable" (a table that may be as tall as it likes), "sidewaystable".
    """
    labels = [*(row.label for row in table.rows), *(heading.label for heading in table.headings)]
    stub = max((text_em(piece) + 1.0 * (place > 0) for label in labels for place, piece in _pieces(label)), default=0.0)
    larger = CHINESE_TYPE if any(map(EAST_ASIAN.search, labels)) else 1.0
    em = larger * (stub + sum(column_em(table, column) for column in range(table.width)))
    wide_enough = []
    for environment in environments:
        for size, (quad, leading) in SIZES.items():
            for gap in (6.0, 3.0, 1.5):
                fit = Fit(size, gap, environment, leading, 1.0)
                share = (em * quad + 2 * gap * table.width) / fit.line
                fit = fit if table.width > 2 or share > 0.7 else replace(fit, share=0.7)
                if share <= 1 and _height(table, fit) <= fit.page:
                    return fit
                if share <= 1:
                    wide_enough.append(replace(fit, share=1.0))
    return wide_enough[0] if wide_enough else Fit("scriptsize", 2.0, environments[-1], 8.0, 1.0, squeezed=True)


def fitted(
    table: Layout, columns: int | None, environments: Sequence[str] = ("table", "sidewaystable")
) -> list[tuple[Layout, Fit]]:
    """The table in parts of at most `columns` columns, each with its fit; more parts where these would be too wide."""
    for room in range(min(columns, table.width) if columns else table.width, 0, -1):
        found = [(part, best_fit(part, environments)) for part in parts(table, room)]
        if not any(fit.squeezed for _, fit in found) or columns is None:
            return found
    return [(part, best_fit(part, environments)) for part in parts(table, columns)]


def pages(table: Layout, fit: Fit) -> list[Layout]:
    """The table in as many parts as it needs pages; sections stay whole, and the notes come last."""
    filled: list[tuple[Section, ...]] = []
    for section in table.sections:
        longer = (*filled[-1], section) if filled else (section,)
        if filled and _height(replace(table, sections=longer), fit) <= fit.page:
            filled[-1] = longer
        else:
            filled.append((section,))
    return continued([replace(table, sections=sections) for sections in filled or [()]])


def _pieces(label: str) -> Iterator[tuple[int, str]]:
    return iter(enumerate(wrapped(label, WIDEST_STUB)))


def _height(table: Layout, fit: Fit) -> float:
    """Estimated height with caption and notes."""
    titles = sum(bool(section.title) + bool(panel) for section, panel, _ in table.blocks)
    lines = len(table.headings) + sum(len(row.lines) for row in table.rows) + titles
    note_lines = math.ceil(sum(map(display_width, table.notes)) * 4.1 / (fit.share * fit.line))
    return lines * fit.leading + 9.0 * len(table.sections) + 9.5 * note_lines + (30.0 if table.title else 6.0)
