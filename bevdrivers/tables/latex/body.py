"""The inside of a LaTeX table: columns, head and rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, zip_longest

from ..layout import Cell, Heading, Interval, Layout, Number, Row, Section, cell_text
from .align import Alignment, aligned_numbers
from .size import WIDEST_STUB, column_em, wrapped
from .text import escape_latex


def specification(table: Layout, alignment: Alignment) -> str:
    """The columns: labels to the left, numbers aligned, columns of texts in the middle."""
    numbers = [aligned_numbers(table, column) for column in range(table.width)]
    return "".join(["l", *(alignment.column(found) if found else "c" for found in numbers)])


def head(table: Layout) -> Iterator[str]:
    """The lines of the head."""
    for heading in table.headings:
        yield from _heading(table, heading)


def body(table: Layout, alignment: Alignment) -> Iterator[str]:
    """The rows under the head; it begins with a rule."""
    for place, (section, panel, ruled) in enumerate(table.blocks):
        yield r"\midrule" if place == 0 or ruled else r"\addlinespace"
        if panel:
            yield _title(rf"\textbf{{{escape_latex(panel)}}}", table)
        yield from _section(section, table, alignment)


def _heading(table: Layout, heading: Heading) -> Iterator[str]:
    """A line of the head, broken into as many as its longest text needs, with rules under shared headings."""
    room = [column_em(table, column, headings=False) for column in range(table.width)]
    ends = list(accumulate(span.width for span in heading.spans))
    pieces = [
        wrapped(span.text, sum(room[end - span.width : end]) + (1.3 * (span.width - 1) if table.width > 1 else 8.0))
        for span, end in zip(heading.spans, ends, strict=True)
    ]
    depth = max(map(len, pieces))
    for line in range(depth):
        cells = [escape_latex(heading.label) if line == depth - 1 else ""]
        for span, end, piece in zip(heading.spans, ends, pieces, strict=True):
            text = ([""] * (depth - len(piece)) + piece)[line]
            empty = "& " * (span.width - 1)
            cells.append(_across(escape_latex(text), span.width, last=end == table.width) if text else empty)
        yield _line(cells)
    if heading is not table.headings[-1]:
        yield from _rules(heading, ends)


def _rules(heading: Heading, ends: list[int]) -> Iterator[str]:
    """Rules under headings that span several columns."""
    rules = [
        rf"\cmidrule({'l' if end == ends[-1] else 'lr'}){{{end - span.width + 2}-{end + 1}}}"
        for span, end in zip(heading.spans, ends, strict=True)
        if span.width > 1 and span.text
    ]
    if rules:
        yield "".join(rules)


def _section(section: Section, table: Layout, alignment: Alignment) -> Iterator[str]:
    if section.title:
        yield _title(rf"\textit{{{escape_latex(section.title)}}}", table)
    for row in section.rows:
        yield from _row(row, table.decimal_columns, alignment)


def _title(text: str, table: Layout) -> str:
    return rf"\multicolumn{{{table.width + 1}}}{{@{{}}l@{{}}}}{{{text}}} \\"


def _row(row: Row, decimals: frozenset[int], alignment: Alignment) -> Iterator[str]:
    """The lines of a row; a label that is broken goes on beside the second."""
    labels = wrapped(row.label, WIDEST_STUB)
    for line, label in zip_longest(row.lines, labels):
        cells = [
            _cell(cell, place in decimals, alignment, last=place == len(row.cells) - 1)
            for place, cell in enumerate(line or [""] * len(row.cells))
        ]
        indent = r"\quad " if label and label is not labels[0] else ""
        yield _line([indent + escape_latex(label or ""), *cells])


def _line(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(cell: Cell, decimals: bool, alignment: Alignment, *, last: bool) -> str:
    """A number as the column aligns it; texts, intervals and counts in a column of decimals stand in the middle."""
    if isinstance(cell, Number) and (cell.digits or not decimals):
        return alignment.cell(cell)
    if cell == "":
        return ""
    text = escape_latex(cell_text(cell))
    return _across(text.replace(", ", r",\,") if isinstance(cell, Interval) else text, 1, last=last)


def _across(text: str, width: int, *, last: bool) -> str:
    return rf"\multicolumn{{{width}}}{{c{'@{}' if last else ''}}}{{{text}}}"
