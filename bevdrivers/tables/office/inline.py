"""Runs of a text that are set upright or in italics, for formats without mathematics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..language.symbols import UPRIGHT


class Run(NamedTuple):
    """A piece of text in one style."""

    text: str
    italic: bool = False


_LETTERS = re.compile(f"([{''.join(UPRIGHT)}]+)")


def runs(text: str) -> Iterator[Run]:
    """The pieces of a text: letters of mathematics become italic ones.

    >>> [run.text for run in runs("the 𝑊 of")], [run.italic for run in runs("the 𝑊 of")]
    (['the ', 'W', ' of'], [False, True, False])
    """
    for piece in filter(None, _LETTERS.split(text)):
        letters = piece[0] in UPRIGHT
        yield Run("".join(UPRIGHT[letter] for letter in piece) if letters else piece, letters)
