"""Tables as an Excel workbook: a sheet each, numbers as numbers.

A cell holds the unrounded value; decimals, parentheses and stars are its number format, so that a
formula can use it.
"""

from __future__ import annotations

import io
import math
import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...language.symbols import MINUS, display_width, upright
from ...language.words import Words
from ..cells import Cell, Interval, Number, cell_text, number_text
from ..layout import Heading, Layout, Row, Section, Span
from .packages import clean, office_package, undated

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FONT = "Calibri"
WIDEST_LABEL, WIDEST_HEADING, NARROWEST = 48, 24, 10  # characters
LINE, NOTE_LINE = 15.0, 13.0  # points
LONGEST_NAME = 31  # characters of the name of a sheet
MOST_UPRIGHT = 7  # columns of a page that is not turned


def render_excel(tables: Sequence[Layout]) -> bytes:
    """The workbook."""
    openpyxl = office_package("openpyxl", "openpyxl", "An Excel file")
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for table, name in zip(tables, _sheet_names(tables), strict=True):
        sheet = workbook.create_sheet(name)
        _SheetWriter(sheet, table).write()
    content = io.BytesIO()
    workbook.save(content)
    return undated(content.getvalue())


def _sheet_names(tables: Sequence[Layout]) -> list[str]:
    """Names of sheets: the anchor, the title or the number; at most 31 characters, all
    different.
    """
    names: list[str] = []
    for position, table in enumerate(tables, 1):
        words = Words(table.language)
        numbered = f"{words.say('Table')} {position}"
        wanted = table.anchor.removeprefix("tab:") or table.title or numbered
        text = clean(upright(wanted))
        allowed = re.sub(r"[\[\]:*?/\\]", " ", text)
        name = allowed.strip(" '")[:LONGEST_NAME] or str(position)
        taken = {other.lower() for other in names}
        if name.lower() in taken:
            # room for a blank, two parentheses and the number
            room = LONGEST_NAME - 3 - len(str(position))
            name = f"{name[:room]} ({position})"
        names.append(name)
    return names


def number_format(cell: Number, most_stars: int) -> str:
    """The format under which Excel shows a value as the table prints it, the points of a column one
    below the other.

    >>> number_format(Number(-0.1234, 3, stars=2), 3)
    '0.000"**"_*;-0.000"**"_*'
    """
    whole = number_text(cell.value, cell.digits).lstrip(MINUS).partition(".")[0]
    shape = "#,##0" if "," in whole else "0"
    if cell.digits:
        shape += "." + "0" * cell.digits
    before, after = "", ""
    if cell.stars:
        after += f'"{"*" * cell.stars}"'
    if cell.parentheses:
        before = '"("'
        after += '")"'
    # room for the stars and parentheses of others
    after += "_*" * (most_stars - cell.stars - cell.parentheses)
    if cell.floor:
        least = f"{10.0**-cell.digits:.{cell.digits}f}"
        return f'[<{least}]{before}"<{least}"{after};{before}{shape}{after}'
    return f"{before}{shape}{after};{before}-{shape}{after}"


class _SheetWriter:
    """A sheet that is being written, line by line; `line` is the last one written, counted from
    1.
    """

    def __init__(self, sheet: Worksheet, table: Layout) -> None:
        from openpyxl import styles

        self.sheet = sheet
        self.table = table
        self.styles = styles
        self.line = 0
        self.width = table.width + 1
        cells = [cell for row in table.rows for cell in row.cells]
        stars = [cell.stars for cell in cells if isinstance(cell, Number)]
        self.most_stars = max(stars, default=0)

    def write(self) -> None:
        """Write the whole table."""
        if self.table.title:
            self._text(self.table.title, bold=True)
        self._head()
        for position, (section, panel, ruled) in enumerate(self.table.blocks):
            self._section(section, panel, ruled=ruled and position > 0)
        self._rule(self.line, bottom="medium")
        self._notes()
        self._page()

    def _head(self) -> None:
        """The headings between rules; they stay in view and are printed on each page."""
        first = self.line + 1
        for heading in self.table.headings:
            self._heading(heading)
        self.sheet.freeze_panes = self.sheet.cell(self.line + 1, 2)
        self.sheet.print_title_rows = f"{first}:{self.line}"
        self._rule(first, top="medium")
        self._rule(self.line, bottom="thin")

    def _section(
        self,
        section: Section,
        panel: str,
        *,
        ruled: bool,
    ) -> None:
        first = self.line + 1
        if panel:
            self._text(panel, bold=True, italic=False)
        if section.title:
            self._text(section.title, bold=False, italic=True)
        for row in section.rows:
            self._row(row)
        if ruled:
            self._rule(first, top="thin")

    def _cell(
        self,
        column: int,
        value: object,
        **alignment: Any,
    ) -> Any:
        """Put a value into a column of the current line, with options of openpyxl's alignment."""
        cell = self.sheet.cell(self.line, column)
        if isinstance(value, str):
            cell.value = clean(upright(value))
            # a label that begins with "=" is no formula
            cell.data_type = "s"
        else:
            cell.value = value
        cell.alignment = self.styles.Alignment(vertical="top", **alignment)
        return cell

    def _text(self, text: str, **font: Any) -> None:
        """A line of its own, with options of openpyxl's font."""
        self.line += 1
        self._cell(1, text).font = self.styles.Font(name=FONT, **font)

    def _heading(self, heading: Heading) -> None:
        self.line += 1
        self._cell(1, heading.label)
        is_last = heading is self.table.headings[-1]
        for span, end in zip(heading.spans, heading.ends, strict=True):
            self._span(span, end, ruled=not is_last)

    def _span(
        self,
        span: Span,
        end: int,
        *,
        ruled: bool,
    ) -> None:
        """A heading over the columns up to `end`, with a rule below where it has several."""
        # the label has the first column
        first = end - span.width + 2
        last = end + 1
        self._cell(first, span.text, horizontal="center", wrap_text=True)
        if span.width == 1:
            return
        self._merge(first_column=first, last_column=last)
        if span.text and ruled:
            self._rule(self.line, bottom="thin", columns=range(first, last + 1))

    def _merge(
        self,
        *,
        first_column: int = 1,
        last_column: int = 1,
        first_line: int | None = None,
    ) -> None:
        """Merge cells up to the current line, by default of this line alone."""
        self.sheet.merge_cells(
            start_row=first_line or self.line,
            end_row=self.line,
            start_column=first_column,
            end_column=last_column,
        )

    def _row(self, row: Row) -> None:
        """The one or two lines of a row, under one label that may be broken."""
        first = self.line + 1
        for cells in row.lines:
            self.line += 1
            if self.line == first:
                self._cell(1, row.label, wrap_text=True)
            for column, cell in enumerate(cells, 2):
                self._value(column, cell)
        if self.line > first:
            self._merge(first_line=first)
        # the last line is as high as the lines of the label that the others have no room for
        lines_left = _label_lines(row.label) - (self.line - first)
        if lines_left > 1:
            self.sheet.row_dimensions[self.line].height = LINE * lines_left

    def _value(self, column: int, cell: Cell) -> None:
        """A number with its format, or a text; an empty cell stays untouched."""
        if isinstance(cell, Number) and math.isfinite(cell.value):
            column_cells = self.table.column(column - 2)
            has_intervals = any(isinstance(other, Interval) for other in column_cells)
            side = "center" if has_intervals else "right"
            shown = self._cell(column, cell.value, horizontal=side)
            shown.number_format = number_format(cell, self.most_stars)
        elif cell != "":
            text = cell_text(cell)
            self._cell(column, text, horizontal="center")

    def _rule(
        self,
        line: int,
        *,
        columns: range | None = None,
        **sides: str,
    ) -> None:
        """Rules on sides of the cells of a line, beside those that are there."""
        new = {side: self.styles.Side(style=style) for side, style in sides.items()}
        for column in columns or range(1, self.width + 1):
            cell = self.sheet.cell(line, column)
            old = {"top": cell.border.top, "bottom": cell.border.bottom}
            cell.border = self.styles.Border(**(old | new))

    def _notes(self) -> None:
        if not self.table.notes:
            return
        words = Words(self.table.language)
        text = words.gap.join([words.say("Notes:"), *self.table.notes])
        self.line += 1
        cell = self._cell(1, text, wrap_text=True)
        cell.font = self.styles.Font(name=FONT, size=9)
        self._merge(last_column=self.width)
        room = sum(self._widths())
        lines = math.ceil(display_width(text) / room)
        self.sheet.row_dimensions[self.line].height = NOTE_LINE * lines

    def _widths(self) -> list[int]:
        """Characters of each column: labels and cells in full; a heading may be broken."""
        table = self.table
        of_labels = [display_width(row.label) for row in table.rows]
        longest_label = max(of_labels, default=0)
        widths = [min(longest_label, WIDEST_LABEL) + 2]
        for index, heading in enumerate(self._heading_widths()):
            lengths = [len(cell_text(cell)) for cell in table.column(index)]
            of_cells = max(lengths, default=0) + 3
            of_heading = min(heading + 2, WIDEST_HEADING)
            widths.append(max(NARROWEST, of_cells, of_heading))
        return widths

    def _heading_widths(self) -> list[int]:
        """Characters of the widest heading of each column; of one over several columns, of its
        longest word.
        """
        widths = [0] * self.table.width
        for heading in self.table.headings:
            for span, end in zip(heading.spans, heading.ends, strict=True):
                # a heading of several columns breaks between words
                parts = [span.text]
                if span.width > 1:
                    parts = span.text.split(" ")
                width = max(display_width(part) for part in parts)
                widths[end - 1] = max(widths[end - 1], width)
        return widths

    def _page(self) -> None:
        """Column widths, and how the sheet is printed."""
        from openpyxl.utils import get_column_letter

        sheet = self.sheet
        for column, width in enumerate(self._widths(), 1):
            letter = get_column_letter(column)
            sheet.column_dimensions[letter].width = width
        sheet.sheet_view.showGridLines = False
        turned = self.width > MOST_UPRIGHT
        sheet.page_setup.orientation = "landscape" if turned else "portrait"
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _label_lines(label: str) -> int:
    """Lines that a label takes in its column."""
    by_width = math.ceil(display_width(label) / WIDEST_LABEL)
    by_words = len(textwrap.wrap(label, WIDEST_LABEL - 4))
    return max(by_width, by_words)
