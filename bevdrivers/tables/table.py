"""The table: immutable content, verbs that return changed copies, and files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ..errors import InputError, first_five
from ..options import LatexAlign, LatexForm
from .builders.notes import stars_note
from .data import tidy_cells
from .files import write_tables
from .html import render_fragment
from .language.labels import row_label
from .language.words import Words
from .latex.latex import MOST_COLUMNS, LatexOptions, render_latex
from .layout import Cell, Heading, Layout, Number, Row, Section, Span, checked_levels, count_stars, number
from .markdown import render_markdown


@dataclass(frozen=True)
class Table(Layout):
    """An immutable, format-free table. The builders of this package make it; every verb returns a changed copy.

    Examples
    --------
    >>> import pandas as pd
    >>> from bevdrivers.tables import descriptive_table
    >>> frame = pd.DataFrame({"N": [434], "mean": [9.25]}, index=["gdp_pc"])
    >>> print(descriptive_table(frame, digits=2).label({"gdp_pc": "GDP per capita"}))
    | Variable       | *N* | Mean |
    | :------------- | --: | ---: |
    | GDP per capita | 434 | 9.25 |
    """

    def to_latex(
        self, *, form: LatexForm = "float", align: LatexAlign = "siunitx", columns: int | None = MOST_COLUMNS
    ) -> str:
        r"""The table as LaTeX, with booktabs and threeparttable; the first lines name the packages as a comment.

        Parameters
        ----------
        form : {"float", "sideways", "longtable", "tabular", "document"}
            A float, upright or turned as the width asks for; always turned; a table that breaks over pages; the bare
            ``tabular`` without caption and notes, for ``\input``; or the float in a document that compiles as it is.
        align : {"siunitx", "dcolumn", "plain"}
            What aligns the decimal points: siunitx (its version 3, in TeX Live since 2021), dcolumn (in every TeX), or
            nothing.
        columns : int or None
            A table with more columns goes on in a second one of the same number; None: however wide.

        Raises
        ------
        OptionError
            For an unknown `form` or `align`.
        InputError
            For a label that LaTeX cannot take.
        """
        return render_latex(self, LatexOptions(form, align, columns))

    def to_markdown(self) -> str:
        """The table as a pipe table of GitHub's and Pandoc's Markdown."""
        return render_markdown(self)

    def to_html(self) -> str:
        """The table as one HTML element with its style; nothing is loaded from elsewhere."""
        return render_fragment(self)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        return self.to_markdown().rstrip("\n")

    def tidy(self) -> pd.DataFrame:
        """Every cell that is not empty: panel, section, key, label, column, heading, line, value, p_value, text.

        `column` counts from 1; `line` is "above" or "below"; `value` is the unrounded number, NaN for texts and
        intervals; `text` is what is printed.
        """
        return tidy_cells(self)

    def save(self, path: str | os.PathLike[str], *, form: LatexForm = "float", align: LatexAlign = "siunitx") -> Path:
        """Write the table in the format that the suffix names.

        The file is written under a temporary name beside its place and then renamed: a failure leaves an older file
        as it was. Folders that are missing are made.

        Parameters
        ----------
        path : str or Path
            Ends in ``.tex``, ``.docx``, ``.xlsx``, ``.html``, ``.md``, or, for `tidy`, in ``.csv`` or ``.json``.
        form, align
            Of LaTeX, as in `to_latex`.

        Returns
        -------
        Path
            Where the table was written.

        Raises
        ------
        OptionError
            For another suffix.
        MissingPackageError
            For Word and Excel where python-docx and openpyxl are not installed.
        FileError
            The file cannot be written; what stood there before is unchanged.
        """
        return write_tables([self], path, LatexOptions(form, align))

    def label(self, mapping: Mapping[str, str]) -> Table:
        """Print the terms, statistics and outcomes that `mapping` names under other labels.

        A label also serves the spatial lag of its term ("𝑊 × label") and its impacts. Names that the table does not
        have are passed over, so that one mapping serves all tables of a paper.
        """

        def relabelled(row: Row) -> Row:
            text = row_label(row, mapping)
            return row if text is None else replace(row, label=text)

        headings = tuple(
            replace(h, spans=tuple(replace(s, text=mapping.get(s.key, s.text)) for s in h.spans)) for h in self.headings
        )
        return replace(self._rebuilt(lambda rows: [relabelled(row) for row in rows]), headings=headings)

    def note(self, text: str) -> Table:
        """Add a sentence to the notes."""
        return replace(self, notes=(*self.notes, text))

    def stars(self, levels: Iterable[float] | None) -> Table:
        """Count the stars again, at these levels; None takes them away. The note says the new levels.

        Raises
        ------
        InputError
            For levels that are not between 0 and 1, or occur twice.
        """
        new, words = checked_levels(levels), Words(self.language)

        def restarred(cell: Cell) -> Cell:
            return replace(cell, stars=count_stars(cell.p_value, new)) if isinstance(cell, Number) else cell

        rows = self._rebuilt(lambda rows: [replace(row, cells=tuple(map(restarred, row.cells))) for row in rows])
        said, now = stars_note(self.levels, words), stars_note(new, words)
        place = self.notes.index(said) if said in self.notes else min(1, len(self.notes))
        others = [note for note in self.notes if note != said]
        return replace(rows, notes=(*others[:place], *([now] if now else []), *others[place:]), levels=new)

    def panel(self, title: str, other: Table | None = None) -> Table:
        """Give the rows a panel's title, or add another table's rows below under one.

        Lines of the head in which the two differ become rows of their panels; those that they share stay. What the
        notes of the other table add is said after the panel's title.

        Parameters
        ----------
        title : str
            Such as "Panel A: all years".
        other : Table, optional
            With as many columns; without it, the title goes over the rows that have none yet.

        Raises
        ------
        InputError
            For a table with another number of columns.

        Examples
        --------
        >>> import pandas as pd
        >>> from bevdrivers.tables import descriptive_table
        >>> early = descriptive_table(pd.DataFrame({"mean": [9.25]}, index=["gdp_pc"]), digits=2)
        >>> late = descriptive_table(pd.DataFrame({"mean": [11.5]}, index=["gdp_pc"]), digits=2)
        >>> print(early.panel("A: 2010").panel("B: 2020", late))
        | Variable |  Mean |
        | :------- | ----: |
        | A: 2010  |       |
        | gdp\\_pc  |  9.25 |
        | B: 2020  |       |
        | gdp\\_pc  | 11.50 |
        """
        if other is None:
            sections = (replace(section, panel=section.panel or title) for section in self.sections)
            return replace(self, sections=tuple(sections))
        if other.width != self.width:
            raise InputError("other", expected=f"a table of {self.width} columns", got=f"one of {other.width}")
        shared = tuple(heading for heading in self.headings if heading in other.headings)
        apart = [[h for h in table.headings if h not in shared] for table in (self, other)]
        above = [_with_heads(table.sections, heads) for table, heads in zip((self, other), apart, strict=True)]
        below = tuple(replace(section, panel=title) for section in above[1])
        told = Words(self.language)
        added = [told.say("{topic}: {text}", topic=title, text=note) for note in other.notes if note not in self.notes]
        return replace(
            self,
            headings=shared or (Heading("", tuple(Span(f"({place})") for place in range(1, self.width + 1))),),
            sections=(*above[0], *below),
            notes=(*self.notes, *added),
        )

    def keep(self, terms: Sequence[str]) -> Table:
        """Keep only these terms; statistics in the foot of the table stay.

        Raises
        ------
        InputError
            For a name that the table does not have.
        """
        names = self._known(terms)
        return self._rebuilt(lambda rows: [row for row in rows if row.key in names], everywhere=False)

    def drop(self, terms: Sequence[str]) -> Table:
        """Leave out these terms or statistics.

        Raises
        ------
        InputError
            For a name that the table does not have.
        """
        names = self._known(terms)
        return self._rebuilt(lambda rows: [row for row in rows if row.key not in names])

    def order(self, terms: Sequence[str]) -> Table:
        """Put these terms first in their sections, in this order; a lagged term can be named by the term itself.

        Raises
        ------
        InputError
            For a name that the table does not have.
        """
        names = self._known(terms)

        def place(row: Row) -> int:
            return next((names.index(name) for name in (row.key, row.lag_of) if name in names), len(names))

        return self._rebuilt(lambda rows: sorted(rows, key=place))

    def add_rows(self, rows: Mapping[str, Sequence[str | float]], *, digits: int = 3) -> Table:
        """Add rows at the foot of the table, as label -> one text or number a column.

        Integers are shown as they are, other numbers with `digits` decimals.
        """
        *others, last = self.sections or (Section("foot", ()),)
        added = tuple(Row(label, label, tuple(_cell(value, digits) for value in row)) for label, row in rows.items())
        return replace(self, sections=(*others, replace(last, rows=last.rows + added)))

    def _rebuilt(self, change: Callable[[tuple[Row, ...]], Iterable[Row]], *, everywhere: bool = True) -> Table:
        """A copy whose sections went through `change`; sections that lost all rows go."""
        sections = (
            replace(section, rows=tuple(change(section.rows))) if everywhere or section.name != "foot" else section
            for section in self.sections
        )
        return replace(self, sections=tuple(section for section in sections if section.rows))

    def _known(self, terms: Sequence[str]) -> list[str]:
        """`terms` as a list, checked against the names of the table."""
        names = [terms] if isinstance(terms, str) else list(terms)
        known = {name: None for row in self.rows for name in (row.key, row.lag_of) if name}
        missing = [name for name in names if name not in known]
        if missing:
            raise InputError(
                "terms", expected=f"names of the table, such as {first_five(known)}", got=first_five(missing)
            )
        return names


def save_tables(
    tables: Iterable[Table],
    path: str | os.PathLike[str],
    *,
    form: LatexForm = "float",
    align: LatexAlign = "siunitx",
) -> Path:
    """Write several tables into one file: a Word document, a workbook with a sheet each, a LaTeX file, a page.

    Parameters
    ----------
    tables : iterable of Table
        In this order; a sheet of a workbook goes by the table's `anchor`, or its title.
    path, form, align
        As in `Table.save`.

    Returns
    -------
    Path
        Where the tables were written.

    Raises
    ------
    InputError
        For no table, or something that is none.
    OptionError
        For an unknown suffix.
    MissingPackageError
        For Word and Excel where python-docx and openpyxl are not installed.
    FileError
        The file cannot be written; what stood there before is unchanged.
    """
    listed = list(tables)
    strangers = [type(table).__name__ for table in listed if not isinstance(table, Table)]
    if strangers or not listed:
        raise InputError("tables", expected="tables", got=first_five(strangers) if strangers else "none")
    return write_tables(listed, path, LatexOptions(form, align))


def _with_heads(sections: tuple[Section, ...], heads: Sequence[Heading]) -> tuple[Section, ...]:
    """Each panel under lines of a head that became rows; what all columns share is said once."""
    if not heads:
        return sections
    rows = tuple(_head_row(f"heading {place}", head) for place, head in enumerate(heads, 1))
    made: list[Section] = []
    for section in sections:
        begins = not made or section.panel != made[-1].panel
        if begins:
            made.append(Section("head", rows, panel=section.panel, ruled=True))
        made.append(replace(section, ruled=False) if begins else section)
    return tuple(made)


def _head_row(key: str, head: Heading) -> Row:
    if len(set(head.texts)) > 1:
        return Row(key, head.label, head.texts)
    return Row(key, ": ".join(filter(None, [head.label, head.texts[0]])), ("",) * len(head.texts))


def _cell(value: str | float, digits: int) -> Cell:
    if isinstance(value, str):
        return value
    return number(value, 0 if float(value).is_integer() else digits)
