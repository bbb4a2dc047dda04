"""How numbers stand in a LaTeX table: aligned at the point by siunitx or by dcolumn, or centred as
they are.

siunitx is the default: it follows the font and the decimal marker of the document, and a column is
as wide as its longest number. dcolumn belongs to LaTeX's own tools and has been the same for thirty
years. In both, parentheses and stars stand beside the aligned number and move nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ...language.symbols import MINUS
from ...options import LatexAlign
from ..cells import Number, cell_text, least_grouped
from ..layout import Layout
from .text import latex_number


@dataclass(frozen=True)
class Alignment:
    """One way to align.

    Attributes
    ----------
    package : str
        What it needs; may be empty.
    column : callable
        Column specification for the numbers that are to be aligned.
    cell : callable
        Source of a number.
    setup : str
        Stands before the table.
    """

    package: str
    column: Callable[[list[Number]], str]
    cell: Callable[[Number], str]
    setup: str = ""


class NumberParts(NamedTuple):
    """What stands before the digits, the digits with their sign, what stands after them."""

    before: str
    digits: str
    after: str


def number_parts(cell: Number) -> NumberParts:
    """A number for siunitx, taken apart.

    >>> number_parts(Number(-0.1234, 3, stars=2))
    NumberParts(before='', digits='-0.123', after='$^{**}$')
    """
    text = cell_text(cell).replace(MINUS, "-").replace(",", "").replace("∞", r"$\infty$")
    before = re.match(r"\(?<?", text).group()  # type: ignore[union-attr]  # it matches the empty text
    digits = text[len(before) :].rstrip("*)")
    after = text[len(before) + len(digits) :]
    return NumberParts(
        before.replace("<", "$<$"),
        digits,
        re.sub(r"\*+", r"$^{\g<0>}$", after),
    )


class _Widest(NamedTuple):
    """The longest of each part among the numbers of a column."""

    before: str
    sign: str
    whole: int
    decimals: int
    after: str


def _widest(numbers: list[Number]) -> _Widest:
    """The room that a column of numbers needs; an infinite number has no digits."""
    parts = [number_parts(cell) for cell in numbers]
    parts = [part for part in parts if "infty" not in part.digits]
    sides = [part.digits.lstrip("-").partition(".") for part in parts]
    wholes = [len(left) for left, _, _ in sides]
    decimals = [len(right) for _, _, right in sides]
    befores = [part.before for part in parts]
    afters = [part.after for part in parts]
    negative = any(part.digits.startswith("-") for part in parts)
    return _Widest(
        before=max(befores, key=len, default=""),
        sign="-" if negative else "",
        whole=max(wholes, default=1),
        decimals=max(decimals, default=0),
        after=max(afters, key=len, default=""),
    )


def column_digits(numbers: list[Number]) -> float:
    """The width of a column of aligned numbers, in digits: siunitx keeps room for the longest of
    each part.
    """
    if not numbers:
        return 0.0
    before, sign, whole, decimals, after = _widest(numbers)
    stars = after.count("*")
    commas = (whole - 1) // 3 if whole >= least_grouped(decimals) else 0
    opening = 0.8 * before.count("(") + 1.6 * before.count("<")
    closing = max(0.8 * bool(after), 0.9 * stars)
    beside = opening + 1.6 * len(sign) + closing
    return whole + decimals + 0.6 * (bool(decimals) + commas) + beside


def _siunitx_column(numbers: list[Number]) -> str:
    before, sign, whole, decimals, after = _widest(numbers)
    form = f"table-format={_braced(before)}{sign}{whole}.{decimals}{_braced(after)}"
    # the setting of the table is that of whole numbers
    grouped = f",group-minimum-digits={least_grouped(decimals)}" if decimals and whole >= 4 else ""
    return f"S[{form}{grouped}]"


def _siunitx_cell(cell: Number) -> str:
    before, digits, after = number_parts(cell)
    if "infty" in digits:
        return f"{{{before}{digits}{after}}}"
    return f"{_braced(before)}{digits}{_braced(after)}"


def _braced(text: str) -> str:
    return f"{{{text}}}" if text else ""


def _dcolumn_column(numbers: list[Number]) -> str:
    rooms = [latex_number(cell).room for cell in numbers]
    left = max(left for left, _ in rooms)
    right = max(right for _, right in rooms)
    return f"D{{.}}{{.}}{{{left}.{right}}}"


def aligned_numbers(table: Layout, column: int) -> list[Number]:
    """The numbers of a column that are aligned: counts in a column of decimals stand in the
    middle.
    """
    has_decimals = column in table.decimal_columns
    numbers = [cell for cell in table.column(column) if isinstance(cell, Number)]
    return [cell for cell in numbers if cell.digits or not has_decimals]


ALIGNMENTS: Mapping[LatexAlign, Alignment] = {
    "siunitx": Alignment(
        "siunitx",
        _siunitx_column,
        _siunitx_cell,
        r"\sisetup{table-align-text-before=false,table-align-text-after=false,"
        "group-digits=integer,group-minimum-digits=5,group-separator={,}}",
    ),
    "dcolumn": Alignment(
        "dcolumn",
        _dcolumn_column,
        lambda cell: latex_number(cell).source,
    ),
    "plain": Alignment(
        "",
        lambda numbers: "c",
        lambda cell: f"${latex_number(cell).source}$",
    ),
}
