"""Tables as a Word document, in styles that the user can change in one place.

The fonts are Times New Roman and, for Chinese, SimSun. Decimal points are aligned by a decimal tabulator, which Word
applies in table cells by itself. A table of many columns stands on a page turned by a right angle.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from ..language.symbols import display_width
from ..language.words import Words
from ..latex.latex import MOST_COLUMNS
from ..layout import Cell, Heading, Layout, Number, Row, cell_text
from ..split import parts
from .inline import runs
from .packages import clean, office_package, undated
from .word_styles import PORTRAIT, TableStyles, border, make_styles, orient, properties, sequence_number

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import _Cell, _Row
    from docx.text.paragraph import Paragraph


def render_word(tables: Sequence[Layout]) -> bytes:
    """The document."""
    document = office_package("docx", "python-docx", "A Word file").Document()
    styles, number, first = make_styles(document), 0, True
    for table in tables:
        number += bool(table.title)
        for place, part in enumerate(parts(table, MOST_COLUMNS)):
            turned = sum(_needed(part, styles)) > PORTRAIT
            width = orient(document, landscape=turned, first=first)
            _Writer(document, styles, part, width).write(number=number, continued=place > 0)
            first = False
    document.core_properties.author = ""
    document.core_properties.title = clean(tables[0].title)
    made = io.BytesIO()
    document.save(made)
    return undated(made.getvalue())


WIDEST_LABEL = 190.0  # points


class _Writer:
    """A table that is being written into a document; `room` is the width of the text in points."""

    def __init__(self, document: Document, styles: TableStyles, table: Layout, room: float) -> None:
        self.document, self.styles, self.table = document, styles, table
        self.words = Words(table.language)
        self.stub, self.column = _widths(table, room, styles)
        self.most_lines, self.whole = (50 if room <= PORTRAIT else 30), False

    def write(self, *, number: int, continued: bool) -> None:
        table = self.table
        if table.title:
            self._caption(number, continued=continued)
        lines = len(table.headings) + sum(bool(panel) + bool(section.title) for section, panel, _ in table.blocks)
        lines += sum(len(row.lines) for row in table.rows)
        self.whole = lines <= self.most_lines
        made = self.document.add_table(lines, table.width + 1, style=self.styles.table)
        made.autofit = False
        properties(made, clean(table.title))
        rows = iter(made.rows)
        for heading in table.headings:
            row = next(rows)
            self._heading(row, heading)
        border(row, "bottom")
        self._sections(rows)
        for row in made.rows:
            for cell, width in zip(row._tr.tc_lst, self._cell_widths(row), strict=True):
                cell.width = self.styles.points(width)
        self._notes()

    def _sections(self, rows: Iterator[_Row]) -> None:
        for place, (section, panel, ruled) in enumerate(self.table.blocks):
            line = None
            for title, bold in ((panel, True), (section.title, False)):
                if title:
                    row = next(rows)
                    line = line or row
                    cell = row.cells[0].merge(row.cells[-1])
                    self._write(cell.paragraphs[0], title, bold=bold, italic=not bold, keep=True)
            for each in section.rows:
                row = self._row(rows, each)
                line = line or row
            if place and line is not None:
                if ruled:
                    border(line, "top")
                else:
                    self.styles.space_above(line)

    def _cell_widths(self, row: _Row) -> list[float]:
        spans = [cell.grid_span for cell in row._tr.tc_lst]
        ends = list(accumulate(spans))
        single = [self.stub, *[self.column] * self.table.width]
        return [sum(single[end - span : end]) for span, end in zip(spans, ends, strict=True)]

    def _caption(self, number: int, *, continued: bool) -> None:
        paragraph = self.document.add_paragraph(style=self.styles.caption)
        paragraph.add_run(f"{self.words.say('Table')} ")
        sequence_number(paragraph, number, again=continued)
        self._write(paragraph, f". {self.table.title}" if self.words.gap else f"　{self.table.title}", keep=True)

    def _heading(self, row: _Row, heading: Heading) -> None:
        cells = row.cells
        self._write(cells[0].paragraphs[0], heading.label, keep=True)
        ends = accumulate(span.width for span in heading.spans)
        for span, end in zip(heading.spans, ends, strict=True):
            cell = cells[end - span.width + 1]
            if span.width > 1:
                cell = cell.merge(cells[end])
                if span.text and heading is not self.table.headings[-1]:
                    border(cell, "bottom")
            self._write(cell.paragraphs[0], span.text, centred=True, keep=True)
        self.styles.repeat(row)

    def _row(self, rows: Iterator[_Row], row: Row) -> _Row:
        """The one or two lines of a row, under one label; the first of them."""
        lines = [next(rows) for _ in row.lines]
        found = [line.cells for line in lines]
        self._write(found[0][0].merge(found[-1][0]).paragraphs[0], row.label)
        for place, cells in enumerate(row.lines):
            for column, cell in enumerate(cells):
                self._cell(found[place][column + 1], cell, column, keep=place < len(lines) - 1)
        return lines[0]

    def _cell(self, place: _Cell, cell: Cell, column: int, *, keep: bool) -> None:
        paragraph = place.paragraphs[0]
        if not isinstance(cell, Number) or (column in self.table.decimal_columns and not cell.digits):
            self._write(paragraph, cell_text(cell), centred=True, keep=keep)
            return
        text = cell_text(cell)
        digits = text.rstrip("*")
        self._write(paragraph, digits, keep=keep)
        if len(text) > len(digits):
            paragraph.add_run(text[len(digits) :]).font.superscript = True
        self.styles.decimal_tab(paragraph, self._point(column))

    def _point(self, column: int) -> float:
        """Where the decimal points of a column stand, so that its numbers are in the middle."""
        numbers = [cell_text(c).rstrip("*").partition(".") for c in self.table.column(column) if isinstance(c, Number)]
        left, right = (max(len(number[side]) for number in numbers) for side in (0, 2))
        return (self.column - self.styles.margins + (left - right) * self.styles.size / 2) / 2

    def _write(
        self,
        paragraph: Paragraph,
        text: str,
        *,
        bold: bool = False,
        italic: bool = False,
        centred: bool = False,
        keep: bool = False,
    ) -> None:
        for run in runs(clean(text)):
            made = paragraph.add_run(run.text)
            made.bold, made.italic = bold or None, (italic or run.italic) or None
        self.styles.lay(paragraph, centred=centred, keep=keep or self.whole)

    def _notes(self) -> None:
        self.whole = False
        paragraph = self.document.add_paragraph(style=self.styles.notes)
        if self.table.notes:
            paragraph.add_run(self.words.say("Notes:") + self.words.gap).italic = bool(self.words.gap) or None
            self._write(paragraph, self.words.gap.join(self.table.notes))


def _needed(table: Layout, styles: TableStyles) -> tuple[float, float]:
    """Points that the labels want, up to a limit, and that all other columns together need."""
    digit = styles.size / 2
    labels = [*(row.label for row in table.rows), *(heading.label for heading in table.headings)]
    stub = max(map(display_width, labels), default=0) * digit + styles.margins
    cells = [len(cell_text(cell)) for column in range(table.width) for cell in table.column(column)]
    words = [display_width(word) for text in table.headings[-1].texts for word in text.split()]
    return min(stub, WIDEST_LABEL), table.width * (max([*cells, *words], default=0) * digit + styles.margins)


def _widths(table: Layout, room: float, styles: TableStyles) -> tuple[float, float]:
    """Points of the labels' column and of each other one."""
    stub, columns = _needed(table, styles)
    stub = max(stub if stub + columns <= room else room - columns, 0.15 * room)
    return stub, min((room - stub) / table.width, 0.3 * room)
