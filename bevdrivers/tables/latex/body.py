"""The inside of a LaTeX table: columns, head and rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from ..cells import Cell, Interval, Number, cell_text
from ..layout import Heading, Layout, Row, Section
from .alignment import Alignment, aligned_numbers
from .text import escape_latex
from .widths import WIDEST_STUB, column_em, wrapped

COLUMN_GAP = 1.3  # em between two columns
LONE_COLUMN = 8.0  # em more that the heading of an only column may take


def specification(table: Layout, alignment: Alignment) -> str:
    """The columns: labels to the left, numbers aligned, columns of texts in the middle."""
    columns = ["l"]
    for index in range(table.width):
        numbers = aligned_numbers(table, index)
        columns.append(alignment.column(numbers) if numbers else "c")
    return "".join(columns)


def head(table: Layout) -> Iterator[str]:
    """The lines of the head."""
    for heading in table.headings:
        yield from _heading(table, heading)


def body(table: Layout, alignment: Alignment) -> Iterator[str]:
    """The rows under the head; it begins with a rule."""
    for position, (section, panel, ruled) in enumerate(table.blocks):
        yield r"\midrule" if position == 0 or ruled else r"\addlinespace"
        if panel:
            yield _title(rf"\textbf{{{escape_latex(panel)}}}", table)
        yield from _section(section, table, alignment)


def _heading(table: Layout, heading: Heading) -> Iterator[str]:
    """A line of the head, broken into as many as its longest text needs, with rules under shared
    headings.
    """
    texts = _broken_headings(table, heading)
    depth = max(len(lines) for lines in texts)
    for line in range(depth):
        is_last = line == depth - 1
        cells = [escape_latex(heading.label) if is_last else ""]
        for span, end, lines in zip(heading.spans, heading.ends, texts, strict=True):
            # shorter headings stand at the bottom
            text = ([""] * (depth - len(lines)) + lines)[line]
            if text:
                cells.append(_across(escape_latex(text), span.width, last=end == table.width))
            else:
                cells.append("& " * (span.width - 1))
        yield _line(cells)
    if heading is not table.headings[-1]:
        yield from _rules(heading)


def _broken_headings(table: Layout, heading: Heading) -> list[list[str]]:
    """Each heading in lines that its columns have room for."""
    widths = [column_em(table, index, headings=False) for index in range(table.width)]
    texts = []
    for span, end in zip(heading.spans, heading.ends, strict=True):
        more = LONE_COLUMN
        if table.width > 1:
            more = COLUMN_GAP * (span.width - 1)
        room = sum(widths[end - span.width : end]) + more
        texts.append(wrapped(span.text, room))
    return texts


def _rules(heading: Heading) -> Iterator[str]:
    """Rules under headings that span several columns."""
    rules = []
    for span, end in zip(heading.spans, heading.ends, strict=True):
        if span.width > 1 and span.text:
            trim = "l" if end == heading.ends[-1] else "lr"
            rules.append(rf"\cmidrule({trim}){{{end - span.width + 2}-{end + 1}}}")
    if rules:
        yield "".join(rules)


def _section(
    section: Section,
    table: Layout,
    alignment: Alignment,
) -> Iterator[str]:
    if section.title:
        yield _title(rf"\textit{{{escape_latex(section.title)}}}", table)
    for row in section.rows:
        yield from _row(row, table.decimal_columns, alignment)


def _title(text: str, table: Layout) -> str:
    return rf"\multicolumn{{{table.width + 1}}}{{@{{}}l@{{}}}}{{{text}}} \\"


def _row(
    row: Row,
    decimal_columns: frozenset[int],
    alignment: Alignment,
) -> Iterator[str]:
    """The lines of a row; a label that is broken goes on beside the second."""
    n_columns = len(row.cells)
    labels = wrapped(row.label, WIDEST_STUB)
    for line, label in zip_longest(row.lines, labels):
        texts = []
        for index, cell in enumerate(line or [""] * n_columns):
            last = index == n_columns - 1
            texts.append(_cell(cell, index in decimal_columns, alignment, last=last))
        continues = bool(label) and label is not labels[0]
        indent = r"\quad " if continues else ""
        yield _line([indent + escape_latex(label or ""), *texts])


def _line(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(
    cell: Cell,
    has_decimals: bool,
    alignment: Alignment,
    *,
    last: bool,
) -> str:
    """A number as the column aligns it; texts, intervals and counts in a column of decimals stand
    in the middle.
    """
    if isinstance(cell, Number) and (cell.digits or not has_decimals):
        return alignment.cell(cell)
    if cell == "":
        return ""
    text = escape_latex(cell_text(cell))
    if isinstance(cell, Interval):
        text = text.replace(", ", r",\,")
    return _across(text, 1, last=last)


def _across(
    text: str,
    width: int,
    *,
    last: bool,
) -> str:
    """A text in the middle of `width` columns; nothing follows the last column."""
    after = "@{}" if last else ""
    return rf"\multicolumn{{{width}}}{{c{after}}}{{{text}}}"
