"""Identifiers of units: the same code as a number, a float or a text is the same unit."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from numbers import Integral, Real

import numpy as np


def id_key(value: Hashable) -> Hashable:
    """A key under which 110000, 110000.0 and "110000" are the same; other texts lose outer white
    space only.

    >>> id_key(110000.0), id_key(" 110000"), id_key("Inner Mongolia ")
    ('110000', '110000', 'Inner Mongolia')
    """
    if isinstance(value, str):
        text = value.strip()
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
