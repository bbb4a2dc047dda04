"""A table that is too wide in several parts, and a part's place among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from .language.words import Words
from .layout import Heading, Layout, Row, Span


def parts(table: Layout, columns: int | None) -> list[Layout]:
    """The table in parts of at most `columns` columns, about equally wide.

    Columns under one heading stay together where they have room together. A row that has nothing in a part is left out
    of it.
    """
    if columns is None or table.width <= columns:
        return [table]
    fewest = len(_breaks(table, columns))
    room = next(room for room in range(1, columns + 1) if len(_breaks(table, room)) == fewest)
    ends = _breaks(table, room)
    return continued([_part(table, start, end) for start, end in zip([0, *ends], ends, strict=False)])


def continued(pieces: Sequence[Layout]) -> list[Layout]:
    """Pieces of one table: the first has its name, the last its notes, and the others' titles say what they are."""
    *before, last = pieces
    following = [*(replace(piece, notes=()) for piece in before), last]
    return [_after(piece) if place else piece for place, piece in enumerate(following)]


def _after(piece: Layout) -> Layout:
    title = Words(piece.language).say("{title} (continued)", title=piece.title) if piece.title else ""
    return replace(piece, title=title, anchor="")


def _breaks(table: Layout, room: int) -> list[int]:
    """Where the parts end when each takes as many columns as it has room for."""
    inside = {
        place
        for heading in table.headings
        for span, end in zip(heading.spans, accumulate(span.width for span in heading.spans), strict=True)
        if span.width <= room
        for place in range(end - span.width + 1, end)
    }
    ends = [0]
    while ends[-1] < table.width:
        reach = min(ends[-1] + room, table.width)
        ends.append(next((end for end in range(reach, ends[-1], -1) if end not in inside), reach))
    return ends[1:]


def _part(table: Layout, start: int, end: int) -> Layout:
    """Columns `start` to `end`, the last not included."""
    sections = [
        replace(section, rows=tuple(cut for row in section.rows for cut in _cut(row, start, end)))
        for section in table.sections
    ]
    return replace(
        table,
        headings=tuple(Heading(h.label, tuple(_spans(h, start, end))) for h in table.headings),
        sections=tuple(section for section in sections if section.rows),
    )


def _cut(row: Row, start: int, end: int) -> tuple[Row, ...]:
    """The row's cells in a part; nothing where they are all in the others."""
    cells = row.cells[start:end]
    elsewhere = any(cell != "" for cell in row.cells) and not any(cell != "" for cell in cells)
    return () if elsewhere else (replace(row, cells=cells, below=row.below[start:end]),)


def _spans(heading: Heading, start: int, end: int) -> list[Span]:
    ends = accumulate(span.width for span in heading.spans)
    cut = [
        replace(span, width=min(end, last) - max(start, last - span.width))
        for span, last in zip(heading.spans, ends, strict=True)
    ]
    return [span for span in cut if span.width > 0]
