"""The cells of a table: numbers with the way they are shown, intervals, texts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import InputError
from ..language.symbols import DASH, MINUS

_MORE_DIGITS = 4  # at most, for a number that would be shown as zero
_USEFUL_DIGITS = 2  # of a standard error
_MOST_DECIMALS = 12  # of an estimate and its standard error


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


def useful_digits(std_error: float, digits: int) -> int:
    """`digits`, or as many decimals as show two digits of a smaller standard error: those that an
    estimate is known to. None where no number of digits is asked for.

    >>> useful_digits(0.012, 3), useful_digits(0.0021, 3), useful_digits(2.1e-9, 3)
    (3, 4, 10)
    """
    if not digits or not 0 < std_error < math.inf:
        return digits
    # rounded first: 0.00996 is shown as 0.010, whose first digit stands one place higher
    rounded = float(f"{std_error:.{_USEFUL_DIGITS - 1}e}")
    shown = _USEFUL_DIGITS - 1 - math.floor(math.log10(rounded))
    return max(digits, shown)


def is_beyond_decimals(digits: int) -> bool:
    """Whether so many decimals cannot be read any more: a power of ten says it."""
    return digits > _MOST_DECIMALS


def as_power(value: float, digits: int) -> str:
    """`value` to the last of so many decimals, with its power of ten.

    >>> as_power(-4.81e-15, 16)
    '−4.8e-15'
    """
    size = abs(value)
    magnitude = math.floor(math.log10(size)) if size > 0 else -digits
    text = f"{value:.{max(0, digits + magnitude)}e}"
    return text.replace("-", MINUS, 1) if value < 0 else text


def least_grouped(digits: int) -> int:
    """From how many digits on commas group the thousands: whole numbers of four may be years."""
    return 4 if digits else 5


def number_text(
    value: float,
    digits: int,
    *,
    floor: bool = False,
) -> str:
    """`value` as it is read: with a real minus, and commas from a thousand on; in whole numbers
    from ten thousand on.

    >>> number_text(-1234.5678, 2), number_text(46500, 0), number_text(0.0001, 3, floor=True)
    ('−1,234.57', '46,500', '<0.001')
    """
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if floor and 0 <= value < 10.0**-digits:
        return f"<{10.0**-digits:.{digits}f}"
    sign = MINUS if value < 0 else ""
    whole, point, decimals = f"{abs(value):.{digits}f}".partition(".")
    if len(whole) >= least_grouped(digits):
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
