"""How large a table gets in print, and the font, spacing and orientation in which it fits the page.

Widths are in em of Computer Modern, heights in points; the page is that of the standard classes at 10 pt, the narrowest
in use, so that a table that fits there fits a journal's text block too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .latex_text import SUBSCRIPTS, SUPERSCRIPTS, latex_number
from .layout import Layout, Number, Section, cell_text
from .symbols import display_width

TEXT_WIDTH, TEXT_HEIGHT = 345.0, 550.0
WIDEST_STUB = 15.0  # em; longer row labels are broken
SIZES = {"small": (9.25, 11.0), "footnotesize": (8.5, 9.5), "scriptsize": (8.0, 8.0)}  # quad and leading in points
NARROW, WIDE = frozenset("ijltfI.,:;'|!()[]"), frozenset("mwMWQO@%&×𝑊")


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
    """

    size: str
    gap: float
    environment: str
    leading: float
    share: float

    @property
    def page(self) -> float:
        """Height that there is for the table."""
        return TEXT_HEIGHT if self.environment == "table" else TEXT_WIDTH


def text_em(text: str) -> float:
    """Estimated width of a text."""
    scripts = sum(character in SUPERSCRIPTS or character in SUBSCRIPTS for character in text)
    narrow, wide = (sum(character in kind for character in text) for kind in (NARROW, WIDE))
    capitals = sum(character.isupper() and character not in WIDE for character in text)
    east_asian = max(0, display_width(text) - len(text))
    return 0.5 * len(text) - 0.2 * narrow + 0.38 * wide + 0.22 * capitals - 0.1 * scripts + 0.5 * east_asian


def number_rooms(table: Layout, column: int) -> list[tuple[int, int]]:
    """Digits left and right of the point of those numbers of a column that are aligned there."""
    counts = column in table.decimal_columns
    numbers = (cell for cell in table.column(column) if isinstance(cell, Number))
    return [latex_number(cell).room for cell in numbers if cell.digits or not counts]


def column_em(table: Layout, column: int, *, headings: bool = True) -> float:
    """Width of a column: its numbers aligned at the point, its texts and, if asked for, its broken headings."""
    rooms = number_rooms(table, column)
    numbers = sum(max(side) for side in zip(*rooms, strict=True)) * 0.5 + 0.3
    texts = [text_em(cell_text(cell)) for cell in table.column(column) if not isinstance(cell, Number)]
    width = max(numbers, *texts, 0.0)
    if not headings:
        return width
    heads = [h.spans[column].text for h in table.headings if len(h.spans) == table.width]
    return max(width, *(text_em(piece) for head in heads for piece in wrapped(head, width)), 0.0)


def wrapped(text: str, em: float) -> list[str]:
    """The words of `text` in lines of about `em`, none narrower than its longest word."""
    lines: list[str] = []
    words = text.split(" ")
    limit = max(em * 1.15, *map(text_em, words))
    for word in words:
        if lines and text_em(f"{lines[-1]} {word}") <= limit:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def best_fit(table: Layout) -> Fit:
    """The largest type in which the table fits upright, else turned; one that is too tall is made to fit the width."""
    labels = [*(row.label for row in table.rows), *(heading.label for heading in table.headings)]
    stub = max((text_em(piece) + 1.0 * (place > 0) for label in labels for place, piece in _pieces(label)), default=0.0)
    em = stub + sum(column_em(table, column) for column in range(table.width))
    wide_enough = []
    for environment, line in (("table", TEXT_WIDTH), ("sidewaystable", TEXT_HEIGHT)):
        for size, (quad, leading) in SIZES.items():
            for gap in (6.0, 3.0):
                share = (em * quad + 2 * gap * table.width) / line
                fit = Fit(size, gap, environment, leading, 1.0 if table.width > 2 or share > 0.7 else 0.7)
                if share <= 1 and _height(table, fit) <= fit.page:
                    return fit
                if share <= 1:
                    wide_enough.append(replace(fit, share=1.0))
    return wide_enough[0] if wide_enough else Fit("scriptsize", 2.0, "sidewaystable", 8.0, 1.0)


def pages(table: Layout, fit: Fit) -> list[Layout]:
    """The table in as many parts as it needs pages; sections stay whole, and the notes come last."""
    parts: list[tuple[Section, ...]] = []
    for section in table.sections:
        longer = (*parts[-1], section) if parts else (section,)
        if parts and _height(replace(table, sections=longer), fit) <= fit.page:
            parts[-1] = longer
        else:
            parts.append((section,))
    title = f"{table.title} (continued)" if table.title else ""
    return [
        replace(
            table,
            sections=sections,
            title=title if place else table.title,
            anchor="" if place else table.anchor,
            notes=table.notes if place == len(parts) - 1 else (),
        )
        for place, sections in enumerate(parts or [()])
    ]


def _pieces(label: str) -> Iterator[tuple[int, str]]:
    return iter(enumerate(wrapped(label, WIDEST_STUB)))


def _height(table: Layout, fit: Fit) -> float:
    """Estimated height with caption and notes."""
    lines = len(table.headings) + sum(len(row.lines) for row in table.rows) + sum(bool(s.title) for s in table.sections)
    width = fit.share * (TEXT_WIDTH if fit.environment == "table" else TEXT_HEIGHT)
    note_lines = math.ceil(sum(map(len, table.notes)) * 4.1 / width)
    return lines * fit.leading + 9.0 * len(table.sections) + 9.5 * note_lines + (30.0 if table.title else 6.0)
