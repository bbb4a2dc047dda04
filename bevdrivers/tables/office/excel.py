"""Tables as an Excel workbook: a sheet each, numbers as numbers.

A cell holds the unrounded value; decimals, parentheses and stars are its number format, so that a formula can use it.
"""

from __future__ import annotations

import io
import math
import re
import textwrap
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from ..language.symbols import UPRIGHT, display_width
from ..language.words import Words
from ..layout import Cell, Heading, Interval, Layout, Number, Row, cell_text, number_text
from .packages import clean, office_package, undated

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FONT = "Calibri"
WIDEST_LABEL, NARROWEST = 48, 10  # characters
LINE, NOTE_LINE = 15.0, 13.0  # points


def render_excel(tables: Sequence[Layout]) -> bytes:
    """The workbook."""
    book = office_package("openpyxl", "openpyxl", "An Excel file").Workbook()
    book.remove(book.active)
    for table, name in zip(tables, _sheet_names(tables), strict=True):
        _Sheet(book.create_sheet(name), table).write()
    made = io.BytesIO()
    book.save(made)
    return undated(made.getvalue())


def _sheet_names(tables: Sequence[Layout]) -> list[str]:
    """Names of sheets: the anchor, the title or the number; at most 31 characters, all different."""
    names: list[str] = []
    for place, table in enumerate(tables, 1):
        wanted = table.anchor.removeprefix("tab:") or table.title or Words(table.language).say("Table") + f" {place}"
        name = re.sub(r"[\[\]:*?/\\]", " ", clean(_upright(wanted))).strip(" '")[:31] or str(place)
        taken = {other.lower() for other in names}
        names.append(name if name.lower() not in taken else f"{name[: 28 - len(str(place))]} ({place})")
    return names


def number_format(cell: Number, most_stars: int) -> str:
    """The format under which Excel shows a value as the table prints it, the points of a column one below the other.

    >>> number_format(Number(-0.1234, 3, stars=2), 3)
    '0.000"**"_*;-0.000"**"_*'
    """
    large = len(number_text(cell.value, cell.digits).lstrip("−").partition(".")[0]) > 4
    shape = ("#,##0" if large else "0") + ("." + "0" * cell.digits if cell.digits else "")
    before = '"("' if cell.parentheses else ""
    after = (f'"{"*" * cell.stars}"' if cell.stars else "") + ('")"' if cell.parentheses else "")
    after += "_*" * (most_stars - cell.stars - cell.parentheses)
    if cell.floor:
        least = f"{10.0**-cell.digits:.{cell.digits}f}"
        return f'[<{least}]{before}"<{least}"{after};{before}{shape}{after}'
    return f"{before}{shape}{after};{before}-{shape}{after}"


class _Sheet:
    """A sheet that is being written, line by line."""

    def __init__(self, sheet: Worksheet, table: Layout) -> None:
        from openpyxl import styles

        self.sheet, self.table, self.styles, self.line = sheet, table, styles, 0
        self.width = table.width + 1
        self.most_stars = max((c.stars for row in table.rows for c in row.cells if isinstance(c, Number)), default=0)

    def write(self) -> None:
        table = self.table
        if table.title:
            self._text(table.title, bold=True)
        first = self.line + 1
        for heading in table.headings:
            self._heading(heading)
        self.sheet.freeze_panes = self.sheet.cell(self.line + 1, 2)
        self.sheet.print_title_rows = f"{first}:{self.line}"
        self._rule(first, top="medium")
        self._rule(self.line, bottom="thin")
        for place, (section, panel, ruled) in enumerate(table.blocks):
            begin = self.line + 1
            for title, bold in ((panel, True), (section.title, False)):
                if title:
                    self._text(title, bold=bold, italic=not bold)
            for row in section.rows:
                self._row(row)
            if place and ruled:
                self._rule(begin, top="thin")
        self._rule(self.line, bottom="medium")
        self._notes()
        self._page()

    def _cell(self, column: int, value: object, **alignment: Any) -> Any:
        cell = self.sheet.cell(self.line, column)
        cell.value = clean(_upright(value)) if isinstance(value, str) else value
        if isinstance(value, str):
            cell.data_type = "s"  # a label that begins with "=" is no formula
        cell.alignment = self.styles.Alignment(vertical="top", **alignment)
        return cell

    def _text(self, text: str, **font: Any) -> None:
        self.line += 1
        self._cell(1, text).font = self.styles.Font(name=FONT, **font)

    def _heading(self, heading: Heading) -> None:
        self.line += 1
        self._cell(1, heading.label)
        for span, end in zip(heading.spans, accumulate(span.width for span in heading.spans), strict=True):
            self._cell(end - span.width + 2, span.text, horizontal="center", wrap_text=True)
            if span.width > 1:
                self.sheet.merge_cells(
                    start_row=self.line, end_row=self.line, start_column=end - span.width + 2, end_column=end + 1
                )
                if span.text and heading is not self.table.headings[-1]:
                    self._rule(self.line, bottom="thin", columns=range(end - span.width + 2, end + 2))

    def _row(self, row: Row) -> None:
        """The one or two lines of a row, under one label that may be broken."""
        first = self.line + 1
        for place, cells in enumerate(row.lines):
            self.line += 1
            if place == 0:
                self._cell(1, row.label, wrap_text=True)
            for column, cell in enumerate(cells, 2):
                self._value(column, cell)
        if self.line > first:
            self.sheet.merge_cells(start_row=first, end_row=self.line, start_column=1, end_column=1)
        wide = math.ceil(display_width(row.label) / WIDEST_LABEL)
        more = max(wide, len(textwrap.wrap(row.label, WIDEST_LABEL - 4))) - (self.line - first)
        if more > 1:
            self.sheet.row_dimensions[self.line].height = LINE * more

    def _value(self, column: int, cell: Cell) -> None:
        if isinstance(cell, Number) and math.isfinite(cell.value):
            bounds = any(isinstance(other, Interval) for other in self.table.column(column - 2))
            shown = self._cell(column, cell.value, horizontal="center" if bounds else "right")
            shown.number_format = number_format(cell, self.most_stars)
        elif cell != "":
            self._cell(column, cell_text(cell), horizontal="center")

    def _rule(self, line: int, *, columns: range | None = None, **sides: str) -> None:
        for column in columns or range(1, self.width + 1):
            cell = self.sheet.cell(line, column)
            old = cell.border
            new = {name: self.styles.Side(style=style) for name, style in sides.items()}
            cell.border = self.styles.Border(**({"top": old.top, "bottom": old.bottom} | new))

    def _notes(self) -> None:
        if not self.table.notes:
            return
        words = Words(self.table.language)
        text = words.gap.join([words.say("Notes:"), *self.table.notes])
        self.line += 1
        self._cell(1, text, wrap_text=True).font = self.styles.Font(name=FONT, size=9)
        self.sheet.merge_cells(start_row=self.line, end_row=self.line, start_column=1, end_column=self.width)
        room = sum(self._widths())
        self.sheet.row_dimensions[self.line].height = NOTE_LINE * math.ceil(display_width(text) / room)

    def _widths(self) -> list[int]:
        """Characters of each column: labels and cells in full; a heading may be broken."""
        labels = max((display_width(row.label) for row in self.table.rows), default=0)
        cells = (max((len(cell_text(c)) for c in self.table.column(k)), default=0) for k in range(self.table.width))
        heads = [0] * self.table.width
        for heading in self.table.headings:
            for span, end in zip(heading.spans, accumulate(span.width for span in heading.spans), strict=True):
                longest = max(map(display_width, span.text.split(" ")))
                heads[end - 1] = max(heads[end - 1], longest if span.width > 1 else display_width(span.text))
        pairs = zip(cells, heads, strict=True)
        return [min(labels, WIDEST_LABEL) + 2, *(max(NARROWEST, cell + 3, min(head + 2, 24)) for cell, head in pairs)]

    def _page(self) -> None:
        from openpyxl.utils import get_column_letter

        for column, width in enumerate(self._widths(), 1):
            self.sheet.column_dimensions[get_column_letter(column)].width = width
        self.sheet.sheet_view.showGridLines = False
        self.sheet.page_setup.orientation = "landscape" if self.width > 7 else "portrait"
        self.sheet.page_setup.fitToHeight = 0
        self.sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _upright(text: str) -> str:
    """Letters of mathematics as plain ones: Excel has one style a cell."""
    return "".join(UPRIGHT.get(letter, letter) for letter in text)
