"""Identifiers of units: the same code as a number, a float or a text is the same unit, and so is the
same text in other letters of Unicode.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from numbers import Integral, Real
from unicodedata import category, decomposition, normalize

import numpy as np

# letters without a shape: zero-width spaces, marks of direction, soft hyphens, control characters
INVISIBLE = ("Cf", "Cc")
# letters that are others in another width: full-width Latin, half-width katakana
WIDTHS = ("<wide>", "<narrow>")


# an id stands in as many rows as it has periods
@lru_cache(maxsize=1 << 16)
def clean_text(text: str) -> str:
    """A text as it looks: one form of each letter, no letters without a shape, single blanks.

    Accents composed and decomposed become one form (NFC), full-width letters and digits those of
    plain width, hard and wide blanks plain ones. Case, hyphens and accents stay as they are, and so
    do letters with a meaning of their own, such as superscripts.

    >>> clean_text("New\\u00a0York"), clean_text("Bei\\u200bjing "), clean_text("１１")
    ('New York', 'Beijing', '11')

    Source: Unicode Standard Annexes 11 and 15, https://www.unicode.org/reports/tr15/
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    plain = "".join(map(_plain_width, text))
    shown = (letter for letter in plain if letter.isspace() or category(letter) not in INVISIBLE)
    return " ".join(normalize("NFC", "".join(shown)).split())


def _plain_width(letter: str) -> str:
    """A full-width or half-width letter as the one that it is."""
    return normalize("NFKC", letter) if decomposition(letter).startswith(WIDTHS) else letter


def id_key(value: Hashable) -> Hashable:
    """A key under which 110000, 110000.0 and "110000" are the same, and texts that look alike.

    >>> id_key(110000.0), id_key(" 110000"), id_key("Inner Mongolia ")
    ('110000', '110000', 'Inner Mongolia')
    """
    if isinstance(value, str):
        text = clean_text(value)
        head, _, tail = text.partition(".")
        return head if head.isdigit() and tail and not tail.strip("0") else text
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real) and float(value).is_integer():
        return str(int(value))
    return value


def repeated(ids: Iterable[Hashable]) -> list[Hashable]:
    """The ids that occur more than once (by `id_key`), each once, in order of appearance."""
    seen: set[Hashable] = set()
    twice: dict[Hashable, Hashable] = {}
    for value in ids:
        key = id_key(value)
        if key in seen:
            twice.setdefault(key, value)
        seen.add(key)
    return list(twice.values())


def positions(wanted: Sequence[Hashable], available: Sequence[Hashable]) -> np.ndarray:
    """Where each of `wanted` stands in `available`, matched by `id_key`.

    Returns
    -------
    int array of shape (len(wanted),), -1 where it is absent.
    """
    where = {id_key(value): position for position, value in enumerate(available)}
    return np.array([where.get(id_key(value), -1) for value in wanted], dtype=np.intp)
