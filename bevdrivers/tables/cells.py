"""The cells of a table: numbers with the way they are shown, intervals, texts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import InputError
from .language.symbols import DASH, MINUS

_MORE_DIGITS = 4  # at most, for a number that would be shown as zero


@dataclass(frozen=True)
class Number:
    """A number with the way it is to be shown; the value itself stays unrounded.

    Attributes
    ----------
    value : float
    digits : int
        Decimals.
    stars : int
    parentheses : bool
    floor : bool
        Show "<0.001" instead of more decimals: for p-values.
    p_value : float or None
        From which `stars` was counted.
    """

    value: float
    digits: int = 3
    stars: int = 0
    parentheses: bool = False
    floor: bool = False
    p_value: float | None = None


@dataclass(frozen=True)
class Interval:
    """Two bounds, shown in square brackets."""

    low: float
    high: float
    digits: int = 3


Cell = Number | Interval | str


def number(
    value: float,
    digits: int = 3,
    *,
    parentheses: bool = False,
    floor: bool = False,
) -> Number | str:
    """A `Number`, or a dash where there is none."""
    if math.isnan(value):
        return DASH
    return Number(float(value), digits, 0, parentheses, floor)


def starred(
    value: float,
    digits: int,
    p_value: float,
    levels: Iterable[float],
) -> Number | str:
    """A `Number` with a star for each level that its p-value lies below; at a level itself it does
    not.
    """
    if math.isnan(value):
        return DASH
    known = None if math.isnan(p_value) else float(p_value)
    return Number(float(value), digits, count_stars(known, levels), p_value=known)


def count_stars(p_value: float | None, levels: Iterable[float]) -> int:
    """How many of the levels a p-value lies below; none without one.

    >>> count_stars(0.05, (0.10, 0.05, 0.01))
    1
    """
    if p_value is None:
        return 0
    return sum(p_value < level for level in levels)


def checked_levels(levels: Iterable[float] | None) -> tuple[float, ...]:
    """Levels of stars from the weakest to the strongest; none for None."""
    ordered = tuple(sorted(levels or (), reverse=True))
    different = len(set(ordered)) == len(ordered)
    if not different or not all(0 < level < 1 for level in ordered):
        raise InputError(
            "stars",
            expected="different levels between 0 and 1, or none",
            got=repr(levels),
            remedy="Write stars=(0.1, 0.05, 0.01), for instance.",
        )
    return ordered


def enough_digits(size: float, digits: int) -> int:
    """`digits`, or as many decimals (at most four more) as show the first significant digit of a
    smaller `size`.

    >>> enough_digits(0.0021, 3), enough_digits(0.00004, 3), enough_digits(0.0, 3)
    (3, 5, 3)
    """
    vanishes = 0 < abs(size) < 0.5 * 10.0**-digits
    if not digits or not vanishes:
        return digits
    first_significant = -math.floor(math.log10(abs(size)))
    return min(first_significant, digits + _MORE_DIGITS)


def number_text(value: float, digits: int, *, floor: bool = False) -> str:
    """`value` as it is read: with a real minus, and commas from five digits on.

    >>> number_text(-1234.5678, 2), number_text(46500, 0), number_text(0.0001, 3, floor=True)
    ('−1234.57', '46,500', '<0.001')
    """
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if floor and 0 <= value < 10.0**-digits:
        return f"<{10.0**-digits:.{digits}f}"
    sign = MINUS if value < 0 else ""
    whole, point, decimals = f"{abs(value):.{digits}f}".partition(".")
    if len(whole) > 4:
        whole = f"{int(whole):,}"
    return sign + whole + point + decimals


def cell_text(cell: Cell) -> str:
    """The cell as plain Unicode text, stars included."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Interval):
        low, high = (number_text(bound, cell.digits) for bound in (cell.low, cell.high))
        return f"[{low}, {high}]"
    text = number_text(cell.value, cell.digits, floor=cell.floor) + "*" * cell.stars
    return f"({text})" if cell.parentheses else text
