"""A table as HTML that a screen reader can follow and that needs nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from .language.symbols import UPRIGHT
from .language.words import Words
from .layout import Cell, Heading, Layout, Number, Row, Section, cell_text

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

Rooms = list[tuple[int, float]]  # of each column: decimals, and padding in characters
LETTERS = re.compile(f"[{''.join(UPRIGHT)}]+")


def escape_html(text: str) -> str:
    """Text that HTML shows as it stands; letters of mathematics become italic.

    >>> escape_html("R&D <share>")
    'R&amp;D &lt;share&gt;'
    """
    return LETTERS.sub(lambda run: f"<i>{''.join(UPRIGHT[letter] for letter in run.group())}</i>", escape(text))


def render_page(tables: Sequence[Layout]) -> str:
    """The tables as a page of their own."""
    first = tables[0]
    fragments = "".join([STYLE, "\n", *(_element(table) for table in tables)])
    return (
        f'<!DOCTYPE html>\n<html lang="{first.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(first.title) or 'Table'}</title>\n</head>\n<body>\n{fragments}</body>\n</html>\n"
    )


def render_fragment(table: Layout) -> str:
    """The table as one element, with the style that it needs."""
    return f"{STYLE}\n{_element(table)}"


def _element(table: Layout) -> str:
    words = Words(table.language)
    anchor = f' id="{escape(table.anchor)}"' if table.anchor else ""
    lines = [f'<table class="bevdrivers-table"{anchor}>']
    if table.title:
        lines.append(f"<caption>{escape_html(table.title)}</caption>")
    lines += ["<thead>", *(_heading(h, last=h is table.headings[-1]) for h in table.headings), "</thead>"]
    rooms = [_room(table, column) for column in range(table.width)]
    for section, panel, ruled in table.blocks:
        lines += _section(section, panel, table.width, rooms, ruled=ruled)
    if table.notes:
        said = words.say("Notes:") if words.gap == "" else f"<i>{words.say('Notes:')}</i>"
        text = words.gap.join([said, *(escape_html(note) for note in table.notes)])
        lines += ["<tfoot>", f'<tr><td colspan="{table.width + 1}">{text}</td></tr>', "</tfoot>"]
    return "\n".join([*lines, "</table>"]) + "\n"


def _heading(heading: Heading, *, last: bool) -> str:
    """A line of the head; only headings over several columns are named as the head of a group."""
    if heading.label:
        cells = [f'<th scope="{"col" if last else "row"}" class="stub">{escape_html(heading.label)}</th>']
    else:
        cells = ["<td></td>"]
    for span in heading.spans:
        scope = f'scope="colgroup" colspan="{span.width}"' if span.width > 1 else 'scope="col"'
        cells.append(f"<th {scope}>{escape_html(span.text)}</th>" if span.text else f'<td colspan="{span.width}"></td>')
    return f"<tr>{''.join(cells)}</tr>"


def _section(section: Section, panel: str, width: int, rooms: Rooms, *, ruled: bool) -> Iterator[str]:
    yield '<tbody class="ruled">' if ruled else "<tbody>"
    if panel:
        yield f'<tr><th scope="rowgroup" colspan="{width + 1}" class="panel">{escape_html(panel)}</th></tr>'
    if section.title:
        yield f'<tr><th scope="rowgroup" colspan="{width + 1}">{escape_html(section.title)}</th></tr>'
    for row in section.rows:
        yield from _row(row, rooms)
    yield "</tbody>"


def _row(row: Row, rooms: Rooms) -> Iterator[str]:
    """The one or two lines of a row, both under one row heading."""
    span = ' rowspan="2"' if len(row.lines) > 1 else ""
    head = f'<th scope="row"{span}>{escape_html(row.label)}</th>'
    for line in row.lines:
        yield f"<tr>{head}{''.join(_cell(cell, room) for cell, room in zip(line, rooms, strict=True))}</tr>"
        head = ""


def _cell(cell: Cell, room: tuple[int, float]) -> str:
    """A cell; what follows the last digit stands in a box, so that the decimal points of a column meet."""
    text = cell_text(cell)
    if not isinstance(cell, Number) or (room[0] and not cell.digits):
        return f"<td>{escape_html(text)}</td>"
    decimals, padding = room
    digits, tail = _split(text)
    missing = decimals - _decimals(digits)
    box = 3 + missing + (0.5 if missing == decimals and decimals else 0)
    style = f' style="padding-right:{padding:g}ch"' if padding else ""
    return f'<td class="number"{style}>{escape(digits)}<span style="width:{box:g}ch">{tail}</span></td>'


def _split(text: str) -> tuple[str, str]:
    """A number's text up to its last digit, and the stars or parenthesis after it."""
    digits = text.rstrip("*)")
    return digits, text[len(digits) :]


def _decimals(digits: str) -> int:
    return len(digits.partition(".")[2])


def _room(table: Layout, column: int) -> tuple[int, float]:
    """Decimals of a column, and the padding in characters that centres its numbers under a wide heading."""
    numbers = [_split(cell_text(cell))[0] for cell in table.column(column) if isinstance(cell, Number)]
    if not numbers:
        return 0, 0.0
    decimals = max(map(_decimals, numbers))
    whole = max(len(digits.partition(".")[0]) for digits in numbers)
    others = [cell_text(cell) for cell in table.column(column) if not isinstance(cell, Number)]
    wide = max(map(len, [table.headings[-1].texts[column], *others]))
    return decimals, max(0.0, (wide - whole - decimals - 4) / 2)
