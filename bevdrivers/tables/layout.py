"""What a table is made of, before any format: rows, sections, headings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ..errors import InputError
from ..options import Language
from .cells import Cell, Number


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
        if any(cell != "" for cell in self.below):
            return (self.cells, self.below)
        return (self.cells,)


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

    @classmethod
    def of(
        cls,
        texts: Sequence[str],
        *,
        label: str = "",
        width: int = 1,
    ) -> Heading:
        """Each of the texts over `width` columns."""
        return cls(label, tuple(Span(text, width) for text in texts))

    @property
    def texts(self) -> tuple[str, ...]:
        """The heading of each column."""
        return tuple(span.text for span in self.spans for _ in range(span.width))

    @property
    def ends(self) -> list[int]:
        """For each span, how many columns there are up to its last one."""
        return list(accumulate(span.width for span in self.spans))


def merged(
    texts: Sequence[str],
    keys: Sequence[str] | None = None,
    each: int = 1,
) -> tuple[Span, ...]:
    """Spans over `each` columns a text; equal neighbours that say something become one span."""
    spans: list[Span] = []
    for text, key in zip(texts, keys or texts, strict=True):
        width = each
        if spans and text and text == spans[-1].text and key == spans[-1].key:
            width += spans.pop().width
        spans.append(Span(text, width, key))
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
            raise InputError(
                "headings",
                expected="at least one line of headings",
                got="none",
                remedy="Give the table a line of headings, one a column.",
            )
        for heading in self.headings:
            n_columns = len(heading.texts)
            if n_columns != self.width:
                raise InputError(
                    "headings",
                    expected=f"{self.width} columns",
                    got=f"{n_columns}",
                    remedy="Give each column a heading; those that span several count as many.",
                )
        for row in self.rows:
            for line in (row.cells, row.below or row.cells):
                if len(line) != self.width:
                    raise InputError(
                        f"row {row.key!r}",
                        expected=f"{self.width} cells",
                        got=f"{len(line)}",
                        remedy="Give each column a cell, an empty text where there is none.",
                    )

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
        """Each section with the title of the panel that begins with it, if one does, and whether a
        rule goes before.
        """
        panel = ""
        for section in self.sections:
            begins = section.panel if section.panel != panel else ""
            panel = section.panel
            yield section, begins, section.ruled or bool(begins)

    @property
    def decimal_columns(self) -> frozenset[int]:
        """The columns in which some number has decimals."""
        return frozenset(index for index in range(self.width) if self._has_decimals(index))

    def _has_decimals(self, index: int) -> bool:
        return any(isinstance(cell, Number) and cell.digits for cell in self.column(index))

    def column(self, index: int) -> Iterator[Cell]:
        """The cells of one column, top to bottom."""
        return (line[index] for row in self.rows for line in row.lines)
