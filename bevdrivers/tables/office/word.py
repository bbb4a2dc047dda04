"""Tables as a Word document, in styles that the user can change in one place.

The fonts are Times New Roman and, for Chinese, SimSun. Decimal points are aligned by a decimal
tabulator, which Word applies in table cells by itself. A table of many columns stands on a page
turned by a right angle.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from ...language.symbols import display_width, letter_runs
from ...language.words import Words
from ..cells import Cell, Number, cell_text
from ..layout import Heading, Layout, Row, Section
from ..split import MOST_COLUMNS, parts
from .packages import clean, office_package, undated
from .word_styles import (
    PORTRAIT,
    TableStyles,
    border,
    make_styles,
    orient,
    properties,
    sequence_number,
)

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table as WordTable, _Cell, _Row
    from docx.text.paragraph import Paragraph

WIDEST_LABEL = 190.0  # points
MOST_LINES, MOST_LINES_TURNED = 50, 30  # of a table that is kept on one page
NARROWEST_STUB, WIDEST_COLUMN = 0.15, 0.3  # shares of the width of the text


def render_word(tables: Sequence[Layout]) -> bytes:
    """The document."""
    docx = office_package("docx", "python-docx", "A Word file")
    document = docx.Document()
    styles = make_styles(document)
    number = 0
    first = True
    for table in tables:
        if table.title:
            number += 1
        for position, part in enumerate(parts(table, MOST_COLUMNS)):
            wanted = sum(_wanted_widths(part, styles))
            room = orient(document, landscape=wanted > PORTRAIT, first=first)
            writer = _TableWriter(document, styles, part, room)
            writer.write(number=number, continued=position > 0)
            first = False
    document.core_properties.author = ""
    document.core_properties.title = clean(tables[0].title)
    content = io.BytesIO()
    document.save(content)
    return undated(content.getvalue())


class _TableWriter:
    """A table that is being written into a document; `room` is the width of the text in points."""

    def __init__(
        self,
        document: Document,
        styles: TableStyles,
        table: Layout,
        room: float,
    ) -> None:
        self.document, self.styles, self.table = document, styles, table
        self.words = Words(table.language)
        self.stub_width, self.column_width = _widths(table, room, styles)
        self.n_lines = _line_count(table)
        most_lines = MOST_LINES if room <= PORTRAIT else MOST_LINES_TURNED
        self.on_one_page = self.n_lines <= most_lines

    def write(self, *, number: int, continued: bool) -> None:
        """Write caption, table and notes; a part that is `continued` repeats the number."""
        table = self.table
        if table.title:
            self._caption(number, continued=continued)
        word_table = self.document.add_table(self.n_lines, table.width + 1, style=self.styles.table)
        word_table.autofit = False
        properties(word_table, clean(table.title))
        lines = iter(word_table.rows)
        for heading in table.headings:
            line = next(lines)
            self._heading(line, heading)
        border(line, "bottom")
        for position, (section, panel, ruled) in enumerate(table.blocks):
            first = self._section(lines, section, panel)
            if position == 0 or first is None:
                continue
            if ruled:
                border(first, "top")
            else:
                self.styles.space_above(first)
        self._set_widths(word_table)
        self._notes()

    def _section(
        self,
        lines: Iterator[_Row],
        section: Section,
        panel: str,
    ) -> _Row | None:
        """The titles and rows of a section; its first line, if it has any."""
        written: list[_Row] = []
        if panel:
            written.append(self._title(lines, panel, bold=True))
        if section.title:
            written.append(self._title(lines, section.title, italic=True))
        for row in section.rows:
            written.append(self._row(lines, row))
        return written[0] if written else None

    def _title(
        self,
        lines: Iterator[_Row],
        text: str,
        *,
        bold: bool = False,
        italic: bool = False,
    ) -> _Row:
        """A text across a line, which is returned."""
        line = next(lines)
        cells = line.cells
        across = cells[0].merge(cells[-1])
        self._text(
            across.paragraphs[0],
            text,
            bold=bold,
            italic=italic,
            keep=True,
        )
        return line

    def _set_widths(self, word_table: WordTable) -> None:
        """The width of each cell, merged ones included."""
        columns = [self.stub_width, *[self.column_width] * self.table.width]
        for line in word_table.rows:
            cells = line._tr.tc_lst
            ends = accumulate(cell.grid_span for cell in cells)
            for cell, end in zip(cells, ends, strict=True):
                start = end - cell.grid_span
                width = sum(columns[start:end])
                cell.width = self.styles.points(width)

    def _caption(self, number: int, *, continued: bool) -> None:
        paragraph = self.document.add_paragraph(style=self.styles.caption)
        paragraph.add_run(f"{self.words.say('Table')} ")
        sequence_number(paragraph, number, again=continued)
        # Chinese has a wide blank and no point
        separator = ". " if self.words.gap else "　"
        self._text(paragraph, separator + self.table.title, keep=True)

    def _heading(self, line: _Row, heading: Heading) -> None:
        """A line of the head, which is repeated on every page."""
        cells = line.cells
        is_last = heading is self.table.headings[-1]
        stub = cells[0].paragraphs[0]
        self._text(stub, heading.label, keep=True)
        for span, end in zip(heading.spans, heading.ends, strict=True):
            cell = cells[end - span.width + 1]
            if span.width > 1:
                cell = cell.merge(cells[end])
                if span.text and not is_last:
                    border(cell, "bottom")
            paragraph = cell.paragraphs[0]
            self._text(paragraph, span.text, centred=True, keep=True)
        self.styles.repeat(line)

    def _row(self, lines: Iterator[_Row], row: Row) -> _Row:
        """The one or two lines of a row, under one label; the first of them is returned."""
        row_lines = [next(lines) for _ in row.lines]
        grid = [line.cells for line in row_lines]
        first = grid[0]
        last = grid[-1]
        stub = first[0].merge(last[0])
        self._text(stub.paragraphs[0], row.label)
        for word_cells, cells in zip(grid, row.lines, strict=True):
            is_last = word_cells is last
            for column, cell in enumerate(cells):
                word_cell = word_cells[column + 1]
                self._cell(word_cell, cell, column, keep=not is_last)
        return row_lines[0]

    def _cell(
        self,
        word_cell: _Cell,
        cell: Cell,
        column: int,
        *,
        keep: bool,
    ) -> None:
        """A number aligned at its point, with raised stars; anything else in the middle."""
        paragraph = word_cell.paragraphs[0]
        text = cell_text(cell)
        in_decimals = column in self.table.decimal_columns
        if not isinstance(cell, Number) or (in_decimals and not cell.digits):
            self._text(paragraph, text, centred=True, keep=keep)
            return
        digits = text.rstrip("*")
        stars = text[len(digits) :]
        self._text(paragraph, digits, keep=keep)
        if stars:
            paragraph.add_run(stars).font.superscript = True
        self.styles.decimal_tab(paragraph, self._point(column))

    def _point(self, column: int) -> float:
        """Where the decimal points of a column stand, so that its numbers are in the middle."""
        whole = []
        decimals = []
        for cell in self.table.column(column):
            if isinstance(cell, Number):
                digits = cell_text(cell).rstrip("*")
                left, _, right = digits.partition(".")
                whole.append(len(left))
                decimals.append(len(right))
        room = self.column_width - self.styles.margins
        more_before = max(whole) - max(decimals)
        surplus = more_before * self.styles.size / 2
        return (room + surplus) / 2

    def _text(
        self,
        paragraph: Paragraph,
        text: str,
        *,
        bold: bool = False,
        italic: bool = False,
        centred: bool = False,
        keep: bool = False,
    ) -> None:
        """Write a text in the style of the table; `keep` holds it on the page of the next line."""
        for letters, italic_letters in letter_runs(clean(text)):
            run = paragraph.add_run(letters)
            # None leaves it to the style
            run.bold = bold or None
            run.italic = (italic or italic_letters) or None
        self.styles.lay(paragraph, centred=centred, keep=keep or self.on_one_page)

    def _notes(self) -> None:
        """The notes, in a paragraph that is there without any, too: it parts this table from the
        next.
        """
        self.on_one_page = False
        paragraph = self.document.add_paragraph(style=self.styles.notes)
        if self.table.notes:
            gap = self.words.gap
            heading = paragraph.add_run(self.words.say("Notes:") + gap)
            heading.italic = bool(gap) or None
            self._text(paragraph, gap.join(self.table.notes))


def _line_count(table: Layout) -> int:
    """Lines of headings, titles and rows."""
    lines = len(table.headings)
    for section, panel, _ in table.blocks:
        lines += bool(panel) + bool(section.title)
        lines += sum(len(row.lines) for row in section.rows)
    return lines


def _wanted_widths(table: Layout, styles: TableStyles) -> tuple[float, float]:
    """Points that the labels want, up to a limit, and that all other columns together need."""
    digit = styles.size / 2
    labels = [row.label for row in table.rows]
    labels += [heading.label for heading in table.headings]
    longest_label = max(map(display_width, labels), default=0)
    stub = longest_label * digit + styles.margins

    lengths = []
    for column in range(table.width):
        lengths += [len(cell_text(cell)) for cell in table.column(column)]
    for heading in table.headings[-1].texts:
        lengths += [display_width(word) for word in heading.split()]
    longest = max(lengths, default=0)
    column_width = longest * digit + styles.margins
    return min(stub, WIDEST_LABEL), table.width * column_width


def _widths(
    table: Layout,
    room: float,
    styles: TableStyles,
) -> tuple[float, float]:
    """Points of the labels' column and of each other one."""
    stub, columns = _wanted_widths(table, styles)
    if stub + columns > room:
        stub = room - columns
    stub = max(stub, NARROWEST_STUB * room)
    return stub, min((room - stub) / table.width, WIDEST_COLUMN * room)
