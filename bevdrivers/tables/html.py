"""A table as HTML that a screen reader can follow and that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from ..language.symbols import letter_runs
from ..language.words import Words
from .cells import Cell, Number, cell_text
from .layout import Heading, Layout, Row, Section, Span

STYLE = """\
<style>
.bevdrivers-table { border-collapse: collapse; border-top: 2px solid; border-bottom: 2px solid; margin: 1em auto;
  font-variant-numeric: lining-nums tabular-nums; line-height: 1.3; }
.bevdrivers-table caption { text-align: left; font-weight: bold; padding: 0.4em 0.6em; }
.bevdrivers-table th, .bevdrivers-table td { border: 0; padding: 0.1em 0.6em; text-align: center;
  vertical-align: top; font-weight: normal; background: none; }
.bevdrivers-table th[scope="row"], .bevdrivers-table th[scope="rowgroup"], .bevdrivers-table thead th.stub {
  text-align: left; }
.bevdrivers-table th[scope="row"] { min-width: 9em; max-width: 26em; overflow-wrap: anywhere; }
.bevdrivers-table th[scope="rowgroup"] { font-style: italic; }
.bevdrivers-table th.panel { font-style: normal; font-weight: bold; }
.bevdrivers-table th[scope="colgroup"] { border-bottom: 1px solid; }
.bevdrivers-table tbody.ruled { border-top: 1px solid; }
.bevdrivers-table tbody:not(.ruled) > tr:first-child > * { padding-top: 0.6em; }
.bevdrivers-table td.number { text-align: right; white-space: nowrap; }
.bevdrivers-table td.number > span { display: inline-block; text-align: left; }
.bevdrivers-table tfoot { border-top: 1px solid; }
.bevdrivers-table tfoot td { text-align: left; font-size: 0.85em; max-width: 1px; padding-top: 0.4em; }
</style>"""


@dataclass(frozen=True)
class _Column:
    """How the numbers of a column stand.

    Attributes
    ----------
    decimals : int
        Of the number that has most.
    padding : float
        Characters to the right, which centre the numbers under a wide heading.
    """

    decimals: int = 0
    padding: float = 0.0


def escape_html(text: str) -> str:
    """Text that HTML shows as it stands; letters of mathematics become italic.

    >>> escape_html("R&D <share>")
    'R&amp;D &lt;share&gt;'
    """
    parts = []
    for run, italic in letter_runs(escape(text)):
        parts.append(f"<i>{run}</i>" if italic else run)
    return "".join(parts)


def render_page(tables: Sequence[Layout]) -> str:
    """The tables as a page of their own."""
    first = tables[0]
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{first.language}">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(first.title) or 'Table'}</title>",
        "</head>",
        "<body>",
        STYLE,
    ]
    elements = "".join(_element(table) for table in tables)
    return "\n".join(lines) + f"\n{elements}</body>\n</html>\n"


def render_fragment(table: Layout) -> str:
    """The table as one element, with the style that it needs."""
    return f"{STYLE}\n{_element(table)}"


def _element(table: Layout) -> str:
    anchor = f' id="{escape(table.anchor)}"' if table.anchor else ""
    lines = [f'<table class="bevdrivers-table"{anchor}>']
    if table.title:
        lines.append(f"<caption>{escape_html(table.title)}</caption>")
    lines.append("<thead>")
    for heading in table.headings:
        lines.append(_heading(heading, last=heading is table.headings[-1]))
    lines.append("</thead>")
    columns = [_column(table, index) for index in range(table.width)]
    for section, panel, ruled in table.blocks:
        lines += _section(section, panel, columns, ruled=ruled)
    if table.notes:
        notes = f'<td colspan="{table.width + 1}">{_notes(table)}</td>'
        lines += ["<tfoot>", f"<tr>{notes}</tr>", "</tfoot>"]
    return "\n".join([*lines, "</table>"]) + "\n"


def _notes(table: Layout) -> str:
    words = Words(table.language)
    heading = words.say("Notes:")
    if words.gap:
        heading = f"<i>{heading}</i>"
    return words.gap.join([heading, *(escape_html(note) for note in table.notes)])


def _heading(heading: Heading, *, last: bool) -> str:
    """A line of the head; only headings over several columns are named as the head of a group."""
    stub = "<td></td>"
    if heading.label:
        scope = "col" if last else "row"
        stub = f'<th scope="{scope}" class="stub">{escape_html(heading.label)}</th>'
    cells = "".join(_span(span) for span in heading.spans)
    return f"<tr>{stub}{cells}</tr>"


def _span(span: Span) -> str:
    if not span.text:
        return f'<td colspan="{span.width}"></td>'
    scope = 'scope="col"'
    if span.width > 1:
        scope = f'scope="colgroup" colspan="{span.width}"'
    return f"<th {scope}>{escape_html(span.text)}</th>"


def _section(
    section: Section,
    panel: str,
    columns: Sequence[_Column],
    *,
    ruled: bool,
) -> Iterator[str]:
    """The lines of a section, under its titles."""
    across = f'<th scope="rowgroup" colspan="{len(columns) + 1}"'
    yield '<tbody class="ruled">' if ruled else "<tbody>"
    if panel:
        yield f'<tr>{across} class="panel">{escape_html(panel)}</th></tr>'
    if section.title:
        yield f"<tr>{across}>{escape_html(section.title)}</th></tr>"
    for row in section.rows:
        yield from _row(row, columns)
    yield "</tbody>"


def _row(row: Row, columns: Sequence[_Column]) -> Iterator[str]:
    """The one or two lines of a row, both under one row heading."""
    span = ' rowspan="2"' if len(row.lines) > 1 else ""
    head = f'<th scope="row"{span}>{escape_html(row.label)}</th>'
    for line in row.lines:
        cells = [_cell(cell, column) for cell, column in zip(line, columns, strict=True)]
        yield f"<tr>{head}{''.join(cells)}</tr>"
        head = ""


def _cell(cell: Cell, column: _Column) -> str:
    """A cell; what follows the last digit stands in a box, so that the decimal points of a column
    meet.
    """
    text = cell_text(cell)
    aligned = isinstance(cell, Number) and (cell.digits > 0 or not column.decimals)
    if not aligned:
        return f"<td>{escape_html(text)}</td>"
    digits, tail = _split(text)
    missing = column.decimals - _decimals(digits)
    # characters: stars and parenthesis, the decimals that others have, and half a one for the point
    box = 3 + missing
    point = 0.5 if missing == column.decimals and column.decimals else 0
    style = ""
    if column.padding:
        style = f' style="padding-right:{column.padding:g}ch"'
    width = f"{box + point:g}"
    return (
        f'<td class="number"{style}>{escape(digits)}<span '
        f'style="width:{width}ch">{tail}</span></td>'
    )


def _split(text: str) -> tuple[str, str]:
    """A number's text up to its last digit, and the stars or parenthesis after it."""
    digits = text.rstrip("*)")
    return digits, text[len(digits) :]


def _decimals(digits: str) -> int:
    return len(digits.partition(".")[2])


def _column(table: Layout, index: int) -> _Column:
    """Measure the numbers of a column against its heading and its texts."""
    numbers, others = [], [table.headings[-1].texts[index]]
    for cell in table.column(index):
        text = cell_text(cell)
        if isinstance(cell, Number):
            numbers.append(_split(text)[0])
        else:
            others.append(text)
    if not numbers:
        return _Column()
    decimals = max(_decimals(digits) for digits in numbers)
    whole = max(len(digits.partition(".")[0]) for digits in numbers)
    widest = max(len(text) for text in others)
    # four characters: the point, and the box after the last digit
    return _Column(decimals, max(0.0, (widest - whole - decimals - 4) / 2))
