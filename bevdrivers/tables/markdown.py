"""A table as Markdown: the pipe table that GitHub and Pandoc read, and that a terminal shows as it
is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..language.symbols import HARD_SPACE, display_width, letter_runs
from ..language.words import Words
from .cells import cell_text
from .layout import Layout

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~^$&])")
NARROWEST = 3  # a column of a pipe table needs three dashes


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it stands; letters of mathematics become emphasis.

    >>> escape_markdown("R&D_share* |x|")
    'R\\\\&D\\\\_share\\\\* \\\\|x\\\\|'
    """
    one_line = " ".join(text.replace(HARD_SPACE, " ").split())
    parts = []
    for run, italic in letter_runs(SPECIAL.sub(r"\\\1", one_line)):
        parts.append(f"*{run}*" if italic else run)
    return "".join(parts)


def render_markdown(table: Layout) -> str:
    """The table in Markdown, with its caption above and its notes below."""
    lines = [[escape_markdown(text) for text in line] for line in _lines(table)]
    widths = [_width(column) for column in zip(*lines, strict=True)]
    head, *body = [_pipes(line, widths) for line in lines]
    parts = ["\n".join([head, _rule(widths), *body])]
    if table.title:
        parts.insert(0, f"**{escape_markdown(table.title)}**")
    if table.notes:
        parts.append(_notes(table))
    return "\n\n".join(parts) + "\n"


def _notes(table: Layout) -> str:
    words = Words(table.language)
    heading = words.say("Notes:")
    if words.gap:
        heading = f"*{heading}*"
    return words.gap.join([heading, *(escape_markdown(note) for note in table.notes)])


def _lines(table: Layout) -> Iterator[list[str]]:
    """Every line of the table as plain texts; a heading over several columns is repeated in
    each.
    """
    for heading in table.headings:
        yield [heading.label, *heading.texts]
    for section, panel, _ in table.blocks:
        for title in (panel, section.title):
            if title:
                yield [title, *[""] * table.width]
        for row in section.rows:
            label = row.label
            for line in row.lines:
                yield [label, *map(cell_text, line)]
                label = ""


def _width(texts: Sequence[str]) -> int:
    """Characters of a column."""
    return max(NARROWEST, *(display_width(text) for text in texts))


def _rule(widths: Sequence[int]) -> str:
    """The line under the head, whose colons say where a column is aligned."""
    left, *right = ["-" * (width - 1) for width in widths]
    cells = [f":{left}", *(f"{dashes}:" for dashes in right)]
    return f"| {' | '.join(cells)} |"


def _pipes(texts: Sequence[str], widths: Sequence[int]) -> str:
    """One line between pipes: the first text to the left, the others to the right."""
    cells = []
    for index, (text, width) in enumerate(zip(texts, widths, strict=True)):
        blanks = " " * (width - display_width(text))
        cells.append(text + blanks if index == 0 else blanks + text)
    return f"| {' | '.join(cells)} |"
