"""Ids that find no match: what the other side has, and why they may differ."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from difflib import get_close_matches
from unicodedata import normalize

from ..errors import first_five
from ..ids import id_key
from .provinces import find_province

Pairs = dict[Hashable, Hashable]
Finder = Callable[[Sequence[Hashable], Sequence[Hashable]], Pairs]

SHOWN = 3
# how like two names are, from 0 to 1 (difflib's ratio): a name that may be meant, and one that is
# the same but for a slip (Hainan and Hunan, at 0.73, are not)
LIKE, SLIP = 0.6, 0.85
# an encoding in which a text may have been read by mistake, and its own
MISREADINGS = (
    ("cp1252", "utf-8"),
    ("latin-1", "utf-8"),
    ("latin-1", "gb18030"),
    ("gb18030", "cp1252"),
    ("gb18030", "utf-8"),
)


def why_unmatched(
    lost: Sequence[Hashable],
    available: Sequence[Hashable],
    side: str,
) -> str:
    """Sentences for the remedy of an error about ids without a match.

    Parameters
    ----------
    lost : sequence
        Ids that were looked for.
    available : sequence
        The ids of the other side.
    side : str
        What that is: ``"map"``.

    Returns
    -------
    str
        What the other side has, then each likely reason with its pairs of ids, the nearest ids of
        those that are left last.

    Examples
    --------
    >>> why_unmatched(["Ohio"], ["OHIO", "IOWA"], "map")
    "The map has ['OHIO', 'IOWA']. They differ by case: 'Ohio' ~ 'OHIO'."
    """
    return " ".join([f"The {side} has {first_five(available)}.", *likely_reasons(lost, available)])


def likely_reasons(lost: Sequence[Hashable], available: Sequence[Hashable]) -> list[str]:
    """A sentence for each likely reason, with its pairs of ids."""
    said = []
    left = list(lost)
    for reason, pairs_of in REASONS.items():
        pairs = pairs_of(left, available)
        if pairs:
            said.append(f"{reason}: {_shown(pairs)}.")
            left = [value for value in left if value not in pairs]
    return said


def did_you_mean(name: str, known: Sequence[Hashable]) -> str:
    """The nearest of some names as a question, whatever their case; empty without one."""
    near = _nearest(name, known, LIKE)
    return f"Did you mean {near[0]!r}?" if near else ""


def _without_zeros(value: Hashable) -> str:
    key = str(id_key(value))
    return key.lstrip("0") if key.isdecimal() else ""


def _folded(value: Hashable) -> str:
    return str(id_key(value)).casefold()


def _letters(value: Hashable) -> str:
    """Letters and digits alone, without accents."""
    return "".join(letter for letter in normalize("NFD", _folded(value)) if letter.isalnum())


def _province(value: Hashable) -> str:
    return find_province(value) or ""


def _of_one(form: Callable[[Hashable], str]) -> Finder:
    """Finds, to a lost id, the available one that has the same form."""

    def find(lost: Sequence[Hashable], available: Sequence[Hashable]) -> Pairs:
        forms = {form(value): value for value in available}
        forms_of_lost = {value: form(value) for value in lost}
        return {
            value: forms[text] for value, text in forms_of_lost.items() if text and text in forms
        }

    return find


def _misread(lost: Sequence[Hashable], available: Sequence[Hashable]) -> Pairs:
    """Lost id -> the available one that is the same bytes in another encoding."""
    keys = {str(id_key(value)): value for value in available}
    by_mistake = {text: value for key, value in keys.items() for text in _other_readings(key)}
    pairs = {}
    for value in lost:
        texts = [str(value), *_other_readings(str(value))]
        matches = [known[text] for known in (keys, by_mistake) for text in texts if text in known]
        if matches:
            pairs[value] = matches[0]
    return pairs


def _other_readings(text: str) -> list[str]:
    """What a text may be if it was read in a wrong encoding."""
    readings = []
    for wrong, right in MISREADINGS:
        try:
            readings.append(text.encode(wrong).decode(right))
        except UnicodeError:
            continue
    return [reading for reading in readings if reading != text]


def _near(lost: Sequence[Hashable], available: Sequence[Hashable]) -> Pairs:
    """Lost id -> the available one that differs by a slip, of the first that have one."""
    pairs = {value: _nearest(value, available, SLIP) for value in lost[:SHOWN]}
    return {value: near[0] for value, near in pairs.items() if near}


def _nearest(
    name: Hashable,
    known: Sequence[Hashable],
    cutoff: float,
) -> list[Hashable]:
    """The nearest of some names, case aside; empty where none is as near as `cutoff`."""
    folded = {_folded(value): value for value in known}
    return [folded[text] for text in get_close_matches(_folded(name), folded, n=1, cutoff=cutoff)]


REASONS: dict[str, Finder] = {
    "Zeros in front were lost on one side, read the ids as text there": _of_one(_without_zeros),
    "They differ by case": _of_one(_folded),
    "They differ by blanks, accents or punctuation": _of_one(_letters),
    "They are provinces of China, which bd.standardise_provinces() writes in one way": _of_one(
        _province
    ),
    "One side was read in another encoding, pass encoding= there": _misread,
    "Nearest": _near,
}


def _shown(pairs: Pairs) -> str:
    shown = [f"{one!r} ~ {other!r}" for one, other in list(pairs.items())[:SHOWN]]
    return "; ".join(shown) + ("; ..." if len(pairs) > SHOWN else "")
