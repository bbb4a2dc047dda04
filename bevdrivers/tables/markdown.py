"""A table as Markdown: the pipe table that GitHub and Pandoc read, and that a terminal shows as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .language.symbols import HARD_SPACE, UPRIGHT, display_width
from .language.words import Words
from .layout import Layout, cell_text

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~^$&])")
LETTERS = re.compile(f"[{''.join(UPRIGHT)}]+")


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it stands; letters of mathematics become emphasis.

    >>> escape_markdown("R&D_share* |x|")
    'R\\\\&D\\\\_share\\\\* \\\\|x\\\\|'
    """
    escaped = SPECIAL.sub(r"\\\1", " ".join(text.replace(HARD_SPACE, " ").split()))
    return LETTERS.sub(lambda run: f"*{''.join(UPRIGHT[letter] for letter in run.group())}*", escaped)


def render_markdown(table: Layout) -> str:
    """The table in Markdown, with its caption above and its notes below."""
    lines = [[escape_markdown(text) for text in line] for line in _lines(table)]
    widths = [max(3, *(display_width(text) for text in column)) for column in zip(*lines, strict=True)]
    head, *body = [_pipes(line, widths) for line in lines]
    rule = ["-" * width for width in widths]
    marks = _pipes([f":{rule[0][1:]}", *(f"{dashes[1:]}:" for dashes in rule[1:])], widths)
    words = Words(table.language)
    notes = words.gap.join(escape_markdown(note) for note in table.notes)
    said = f"{words.say('Notes:')}{notes}" if words.gap == "" else f"*{words.say('Notes:')}* {notes}"
    parts = [f"**{escape_markdown(table.title)}**" if table.title else "", "\n".join([head, marks, *body])]
    return "\n\n".join(part for part in [*parts, said if notes else ""] if part) + "\n"


def _lines(table: Layout) -> Iterator[list[str]]:
    """Every line of the table as plain texts; a heading over several columns is repeated in each."""
    for heading in table.headings:
        yield [heading.label, *heading.texts]
    for section, panel, _ in table.blocks:
        for title in filter(None, [panel, section.title]):
            yield [title, *[""] * table.width]
        for row in section.rows:
            for place, line in enumerate(row.lines):
                yield [row.label if place == 0 else "", *map(cell_text, line)]


def _pipes(texts: Sequence[str], widths: Sequence[int]) -> str:
    """One line between pipes: the first text to the left, the others to the right."""
    blanks = [" " * (width - display_width(text)) for text, width in zip(texts, widths, strict=True)]
    cells = [texts[0] + blanks[0], *(blank + text for blank, text in zip(blanks[1:], texts[1:], strict=True))]
    return f"| {' | '.join(cells)} |"
