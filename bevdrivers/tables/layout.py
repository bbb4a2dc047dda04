"""What a table is made of, before any format: cells, rows, sections, headings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..errors import InputError
from ..options import Language
from .language.symbols import DASH, MINUS


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


def number(value: float, digits: int = 3, *, parentheses: bool = False, floor: bool = False) -> Number | str:
    """A `Number`, or a dash where there is none."""
    return DASH if math.isnan(value) else Number(float(value), digits, 0, parentheses, floor)


def starred(value: float, digits: int, p_value: float, levels: Iterable[float]) -> Number | str:
    """A `Number` with a star for each level that its p-value lies below; at a level itself it does not."""
    if math.isnan(value):
        return DASH
    known = None if math.isnan(p_value) else float(p_value)
    return Number(float(value), digits, count_stars(known, levels), p_value=known)


def count_stars(p_value: float | None, levels: Iterable[float]) -> int:
    """How many of the levels a p-value lies below; none without one.

    >>> count_stars(0.05, (0.10, 0.05, 0.01))
    1
    """
    return 0 if p_value is None else sum(p_value < level for level in levels)


def checked_levels(levels: Iterable[float] | None) -> tuple[float, ...]:
    """Levels of stars from the weakest to the strongest; none for None."""
    found = tuple(sorted(levels or (), reverse=True))
    if len(set(found)) < len(found) or not all(0 < level < 1 for level in found):
        raise InputError("stars", expected="different levels between 0 and 1, or none", got=repr(levels))
    return found


def enough_digits(size: float, digits: int) -> int:
    """`digits`, or as many decimals (at most four more) as show the first significant digit of a smaller `size`.

    >>> enough_digits(0.0021, 3), enough_digits(0.00004, 3), enough_digits(0.0, 3)
    (3, 5, 3)
    """
    if not digits or not 0 < abs(size) < 0.5 * 10.0**-digits:
        return digits
    return min(-math.floor(math.log10(abs(size))), digits + 4)


def number_text(value: float, digits: int, *, floor: bool = False) -> str:
    """`value` as it is read: with a real minus, and commas from five digits on.

    >>> number_text(-1234.5678, 2), number_text(46500, 0), number_text(0.0001, 3, floor=True)
    ('−1234.57', '46,500', '<0.001')
    """
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if floor and 0 <= value < 10.0**-digits:
        return f"<{10.0**-digits:.{digits}f}"
    shown = f"{abs(value):.{digits}f}"
    sign = MINUS if value < 0 else ""
    whole, point, decimals = shown.partition(".")
    return sign + (f"{int(whole):,}" if len(whole) > 4 else whole) + point + decimals


def cell_text(cell: Cell) -> str:
    """The cell as plain Unicode text, stars included."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Interval):
        return f"[{number_text(cell.low, cell.digits)}, {number_text(cell.high, cell.digits)}]"
    text = number_text(cell.value, cell.digits, floor=cell.floor) + "*" * cell.stars
    return f"({text})" if cell.parentheses else text


@dataclass(frozen=True)
class Row:
    """A line of cells and, where there is one, the line of what stands below them.

    Attributes
    ----------
    key : str
        The term or statistic that the row is about; verbs of the table find it by this name.
    label : str
        What is printed.
    cells : tuple of Cell
    below : tuple of Cell
        As long as `cells`, or empty.
    lag_of : str
        For a spatially lagged term, the term that is lagged.
    """

    key: str
    label: str
    cells: tuple[Cell, ...]
    below: tuple[Cell, ...] = ()
    lag_of: str = ""

    @property
    def lines(self) -> tuple[tuple[Cell, ...], ...]:
        """The one or two lines of cells that are not wholly empty."""
        return (self.cells, self.below) if any(cell != "" for cell in self.below) else (self.cells,)


@dataclass(frozen=True)
class Section:
    """Rows that belong together.

    Attributes
    ----------
    name : str
    rows : tuple of Row
    title : str
        Printed over the rows; none when empty.
    ruled : bool
        Whether a line sets the section off from the one before; else a little space does.
    panel : str
        Title of the panel that the section belongs to; printed over the first of its sections.
    """

    name: str
    rows: tuple[Row, ...]
    title: str = ""
    ruled: bool = False
    panel: str = ""


@dataclass(frozen=True)
class Span:
    """A heading over `width` columns; `key` is the name that `label` finds it by."""

    text: str
    width: int = 1
    key: str = ""


@dataclass(frozen=True)
class Heading:
    """One line of the table's head: the text over the row labels, then spans over all columns."""

    label: str
    spans: tuple[Span, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The heading of each column."""
        return tuple(span.text for span in self.spans for _ in range(span.width))


def merged(texts: list[str], keys: list[str] | None = None, each: int = 1) -> tuple[Span, ...]:
    """Spans over `each` columns a text; equal neighbours that say something become one span."""
    spans: list[Span] = []
    for text, key in zip(texts, keys or texts, strict=True):
        if spans and text and (spans[-1].text, spans[-1].key) == (text, key):
            spans[-1] = Span(text, spans[-1].width + each, key)
        else:
            spans.append(Span(text, each, key))
    return tuple(spans)


@dataclass(frozen=True)
class Layout:
    """The content of a table.

    Attributes
    ----------
    headings : tuple of Heading
        Top to bottom; the last one stands directly over the cells.
    sections : tuple of Section
    notes : tuple of str
        Sentences under the table.
    title : str
        Caption.
    anchor : str
        Name for cross-references (LaTeX's label, HTML's id).
    levels : tuple of float
        Levels of the stars, from the weakest to the strongest.
    language : {"en", "zh"}
        Of the words that the package writes.
    """

    headings: tuple[Heading, ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()
    title: str = ""
    anchor: str = ""
    levels: tuple[float, ...] = ()
    language: Language = "en"

    def __post_init__(self) -> None:
        if not self.headings:
            raise InputError("headings", expected="at least one line of headings", got="none")
        for heading in self.headings:
            if len(heading.texts) != self.width:
                raise InputError("headings", expected=f"{self.width} columns", got=f"{len(heading.texts)}")
        for row in self.rows:
            for line in (row.cells, row.below or row.cells):
                if len(line) != self.width:
                    raise InputError(f"row {row.key!r}", expected=f"{self.width} cells", got=f"{len(line)}")

    @property
    def width(self) -> int:
        """Number of columns, the row labels not counted."""
        return len(self.headings[-1].texts)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all sections."""
        return tuple(row for section in self.sections for row in section.rows)

    @property
    def blocks(self) -> Iterator[tuple[Section, str, bool]]:
        """Each section with the title of the panel that begins with it, if one does, and whether a rule goes before."""
        panel = ""
        for section in self.sections:
            begins = section.panel if section.panel != panel else ""
            panel = section.panel
            yield section, begins, section.ruled or bool(begins)

    @property
    def decimal_columns(self) -> frozenset[int]:
        """The columns in which some number has decimals."""
        return frozenset(
            place
            for place in range(self.width)
            if any(isinstance(cell, Number) and cell.digits for cell in self.column(place))
        )

    def column(self, index: int) -> Iterator[Cell]:
        """The cells of one column, top to bottom."""
        return (line[index] for row in self.rows for line in row.lines)
