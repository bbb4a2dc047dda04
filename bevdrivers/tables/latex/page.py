"""How large a table gets in print, and the font, spacing and orientation in which it fits the page.

Widths are in em of Computer Modern, heights in points; the page is that of the standard classes at
10 pt, the narrowest in use, so that a table that fits there fits a journal's text block too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ...language.symbols import display_width
from ..layout import Layout, Section
from ..split import continued, parts
from .widths import EAST_ASIAN, WIDEST_STUB, column_em, text_em, wrapped

# points
TEXT_WIDTH, TEXT_HEIGHT = 345.0, 550.0
SIZES = {
    "small": (9.25, 11.0),
    "footnotesize": (8.5, 9.5),
    "scriptsize": (8.0, 8.0),
}  # quad and leading
GAPS = (6.0, 3.0, 1.5)  # beside a column
NARROW_SHARE = 0.7  # of the line that a table of one or two columns takes at least
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
        heights = {
            "table": TEXT_HEIGHT,
            "longtable": math.inf,
            "sidewaystable": TEXT_WIDTH,
        }
        return heights[self.environment]

    @property
    def line(self) -> float:
        """Width that there is for it."""
        return TEXT_HEIGHT if self.environment == "sidewaystable" else TEXT_WIDTH


def best_fit(
    table: Layout,
    environments: Sequence[str] = ("table", "sidewaystable"),
) -> Fit:
    """The largest type in which the table fits upright, else turned; one that is too tall is made
    to fit the width.

    `environments` are those to try: "table", "longtable" (a table that may be as tall as it likes),
    "sidewaystable".
    """
    fits_width = []
    for fit in _fits(table, environments):
        if _height(table, fit) <= fit.page:
            return fit
        fits_width.append(replace(fit, share=1.0))
    if fits_width:
        return fits_width[0]
    return Fit("scriptsize", 2.0, environments[-1], 8.0, 1.0, squeezed=True)


def _fits(table: Layout, environments: Sequence[str]) -> Iterator[Fit]:
    """The ways to set the table in which it is no wider than the line, the best first."""
    em = _table_em(table)
    for environment in environments:
        for size, (quad, leading) in SIZES.items():
            for gap in GAPS:
                fit = Fit(size, gap, environment, leading, 1.0)
                share = (em * quad + 2 * gap * table.width) / fit.line
                if share > 1:
                    continue
                if table.width <= 2 and share <= NARROW_SHARE:
                    fit = replace(fit, share=NARROW_SHARE)
                yield fit


def _table_em(table: Layout) -> float:
    """Estimated width of labels and columns, without the space between them."""
    labels = [row.label for row in table.rows]
    labels += [heading.label for heading in table.headings]
    stub = 0.0
    for label in labels:
        first, *others = wrapped(label, WIDEST_STUB)
        # the following lines of a label are indented
        stub = max(stub, text_em(first), *(text_em(line) + 1.0 for line in others), 0.0)
    em = stub + sum(column_em(table, index) for index in range(table.width))
    larger = any(EAST_ASIAN.search(label) for label in labels)
    return CHINESE_TYPE * em if larger else em


def fitted(
    table: Layout,
    columns: int | None,
    environments: Sequence[str] = ("table", "sidewaystable"),
) -> list[tuple[Layout, Fit]]:
    """The table in parts of at most `columns` columns, each with its fit; more parts where these
    would be too wide.
    """
    if columns is None:
        return _fitted_parts(table, table.width, environments)
    for most in range(min(columns, table.width), 0, -1):
        fits = _fitted_parts(table, most, environments)
        if not any(fit.squeezed for _, fit in fits):
            return fits
    return _fitted_parts(table, columns, environments)


def _fitted_parts(
    table: Layout,
    columns: int,
    environments: Sequence[str],
) -> list[tuple[Layout, Fit]]:
    return [(part, best_fit(part, environments)) for part in parts(table, columns)]


def pages(table: Layout, fit: Fit) -> list[Layout]:
    """The table in as many parts as it needs pages; sections stay whole, and the notes come
    last.
    """
    filled: list[tuple[Section, ...]] = []
    for section in table.sections:
        longer = (*filled[-1], section) if filled else (section,)
        if filled and _height(replace(table, sections=longer), fit) <= fit.page:
            filled[-1] = longer
        else:
            filled.append((section,))
    return continued([replace(table, sections=sections) for sections in filled or [()]])


def _height(table: Layout, fit: Fit) -> float:
    """Estimated height with caption and notes, in points."""
    lines = len(table.headings)
    for section, panel, _ in table.blocks:
        lines += bool(section.title) + bool(panel)
        lines += sum(len(row.lines) for row in section.rows)
    letters = sum(display_width(note) for note in table.notes)
    note_lines = math.ceil(letters * 4.1 / (fit.share * fit.line))
    caption = 30.0 if table.title else 6.0
    return lines * fit.leading + 9.0 * len(table.sections) + 9.5 * note_lines + caption
