"""Ids of units: texts or numbers, one unit for all ways of writing one, and what was made alike."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from ..errors import DataError, first_five
from ..ids import clean_text, id_key

FILL = (
    "Rows count from 0. Leave out rows of totals and notes; of merged cells only the first has the "
    "value: frame[...].ffill(). A text NA is read as empty unless keep_default_na=False."
)
# from here on two whole numbers may be one float
EXACT = 2**53


def check_ids(ids: Iterable[Any], name: str) -> None:
    """Refuse ids that are neither texts nor numbers, or are empty.

    Parameters
    ----------
    ids : iterable
    name : str
        Of the column or argument, for messages.

    Raises
    ------
    DataError
        With the first five.
    """
    listed = list(ids)
    _refuse(name, "texts or numbers", [value for value in listed if not _is_id(value)])
    empty = [row for row, value in enumerate(listed) if _is_empty(value)]
    if empty:
        got = f"empty in {len(empty)} rows: {first_five(empty)}"
        raise DataError(
            name,
            expected="a value in every row",
            got=got,
            remedy=FILL,
        )
    rounded = [value for value in listed if isinstance(value, float) and abs(value) >= EXACT]
    _refuse(name, f"texts, where numbers reach {EXACT} and floats round them", rounded)


def _refuse(
    name: str,
    expected: str,
    wrong: list[Any],
) -> None:
    if wrong:
        shown = first_five(wrong)
        remedy = "Read the ids as texts, or make texts of them: frame[...].astype(str)."
        raise DataError(
            name,
            expected=f"ids that are {expected}",
            got=shown,
            remedy=remedy,
        )


def _is_id(value: Any) -> bool:
    """Whether a value can be an id: a text, or a finite number that is no flag."""
    if isinstance(value, str):
        return True
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        return False
    return isinstance(value, Integral) or bool(np.isfinite(float(value)))


def _is_empty(value: Any) -> bool:
    return isinstance(value, str) and not clean_text(value)


def unit_labels(ids: Sequence[Hashable], name: str) -> tuple[dict[Hashable, Hashable], str]:
    """One label for each unit, however it is written.

    Parameters
    ----------
    ids : sequence
        As they come, each perhaps many times.
    name : str
        Of their column, for messages.

    Returns
    -------
    labels : dict
        Key (by `id_key`) -> label: a number where the unit is written as one, else its cleaned
        text.
    note : str
        Which texts were cleaned, or made one; empty without any.

    Raises
    ------
    DataError
        Ids that differ by zeros in front alone.
    """
    labels: dict[Hashable, Hashable] = {}
    cleaned: dict[Hashable, Hashable] = {}
    for value in dict.fromkeys(ids):
        key, label = id_key(value), _label(value)
        if isinstance(value, str) and label != value.strip():
            cleaned[value] = label
        known = labels.setdefault(key, label)
        labels[key] = min(known, label, key=_by_kind)
    _refuse_zeros_in_front(labels, name)
    return labels, _note(cleaned, name)


def _label(value: Hashable) -> Hashable:
    """An id as it is shown: a whole float becomes an int, a text is cleaned."""
    if isinstance(value, str):
        return clean_text(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _by_kind(label: Hashable) -> tuple[bool, int, str]:
    """Numbers before texts, the shorter text before the longer: whatever the order of the rows."""
    return isinstance(label, str), len(str(label)), str(label)


def _refuse_zeros_in_front(labels: Iterable[Hashable], name: str) -> None:
    """Refuse "01" beside "1": one lost its zero on the way, and nobody can tell which."""
    seen: dict[str, str] = {}
    twins = []
    for key in map(str, labels):
        bare = key.lstrip("0") if key.isdecimal() else key
        if bare in seen:
            twins += [seen[bare], key]
        seen.setdefault(bare, key)
    if twins:
        raise DataError(
            name,
            expected="codes of one form",
            got=f"codes that differ by zeros in front: {first_five(twins)}",
            remedy="Write them alike, for instance as texts of one length: "
            "frame[...].astype(str).str.zfill(2).",
        )


def _note(cleaned: dict[Hashable, Hashable], name: str) -> str:
    if not cleaned:
        return ""
    shown = [f"{ascii(before)} as {after!r}" for before, after in list(cleaned.items())[:5]]
    more = f" and {len(cleaned) - 5} more" if len(cleaned) > 5 else ""
    return f"{name}: letters that look alike made one: {', '.join(shown)}{more}"


def sorted_units(labels: dict[Hashable, Hashable]) -> tuple[Hashable, ...]:
    """The labels, sorted: numbers, also those written as text, by size, anything else by its
    text.
    """
    numeric = all(str(key).isdecimal() for key in labels)
    order = sorted(labels, key=(lambda key: int(str(key))) if numeric else str)
    return tuple(labels[key] for key in order)
