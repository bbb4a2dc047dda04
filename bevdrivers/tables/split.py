"""A table that is too wide in several parts, and a part's place among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..language.words import Words
from .layout import Heading, Layout, Row, Span

MOST_COLUMNS = 9  # that a part has unless it is said otherwise


def parts(table: Layout, columns: int | None) -> list[Layout]:
    """The table in parts of at most `columns` columns, about equally wide.

    Columns under one heading stay together where they have room together. A row that has nothing in
    a part is left out of it.
    """
    if columns is None or table.width <= columns:
        return [table]
    fewest = len(_ends(table, columns))
    # the narrowest parts of which no more are needed are about equally wide
    most_columns = 1
    while len(_ends(table, most_columns)) != fewest:
        most_columns += 1
    table_parts = []
    start = 0
    for end in _ends(table, most_columns):
        table_parts.append(_part(table, start, end))
        start = end
    return continued(table_parts)


def continued(table_parts: Sequence[Layout]) -> list[Layout]:
    """Parts of one table: the first has its name, the last its notes, and the others' titles say
    what they are.
    """
    *before, last = table_parts
    without_notes = [replace(part, notes=()) for part in before]
    first, *following = [*without_notes, last]
    return [first, *(_continuation(part) for part in following)]


def _continuation(part: Layout) -> Layout:
    title = part.title
    if title:
        title = Words(part.language).say("{title} (continued)", title=title)
    return replace(part, title=title, anchor="")


def _ends(table: Layout, most_columns: int) -> list[int]:
    """Where the parts end when each takes as many columns as it may hold."""
    unbroken = _inside_headings(table, most_columns)
    ends = []
    start = 0
    while start < table.width:
        reach = min(start + most_columns, table.width)
        allowed = [end for end in range(start + 1, reach + 1) if end not in unbroken]
        start = max(allowed, default=reach)
        ends.append(start)
    return ends


def _inside_headings(table: Layout, most_columns: int) -> set[int]:
    """Between which columns a heading stands that is no wider than a part."""
    inside: set[int] = set()
    for heading in table.headings:
        for span, end in zip(heading.spans, heading.ends, strict=True):
            if span.width <= most_columns:
                inside.update(range(end - span.width + 1, end))
    return inside


def _part(
    table: Layout,
    start: int,
    end: int,
) -> Layout:
    """Columns `start` to `end`, the last not included."""
    sections = []
    for section in table.sections:
        rows = []
        for row in section.rows:
            if not _stands_elsewhere(row, start, end):
                rows.append(_cut(row, start, end))
        if rows:
            sections.append(replace(section, rows=tuple(rows)))
    headings = []
    for heading in table.headings:
        spans = _cut_spans(heading, start, end)
        headings.append(Heading(heading.label, spans))
    return replace(
        table,
        headings=tuple(headings),
        sections=tuple(sections),
    )


def _cut(
    row: Row,
    start: int,
    end: int,
) -> Row:
    return replace(
        row,
        cells=row.cells[start:end],
        below=row.below[start:end],
    )


def _stands_elsewhere(
    row: Row,
    start: int,
    end: int,
) -> bool:
    """Whether all that a row holds is outside these columns."""
    anywhere = any(cell != "" for cell in row.cells)
    here = any(cell != "" for cell in row.cells[start:end])
    return anywhere and not here


def _cut_spans(
    heading: Heading,
    start: int,
    end: int,
) -> tuple[Span, ...]:
    """The spans over these columns, as wide as they are there."""
    spans = []
    for span, last in zip(heading.spans, heading.ends, strict=True):
        width = min(end, last) - max(start, last - span.width)
        if width > 0:
            spans.append(replace(span, width=width))
    return tuple(spans)
