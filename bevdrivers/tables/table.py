"""The table: immutable content, verbs that return changed copies, and files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ..errors import InputError, first_five
from ..language.labels import lag_label, term_label
from ..language.words import Words
from ..options import LatexAlign, LatexForm
from .cells import Cell, Number, checked_levels, count_stars, number
from .data import tidy_cells
from .files import write_tables
from .html import render_fragment
from .latex.document import LatexOptions, render_latex
from .layout import Heading, Layout, Row, Section
from .markdown import render_markdown
from .split import MOST_COLUMNS

FOOT = "foot"  # the section of statistics


@dataclass(frozen=True)
class Table(Layout):
    """An immutable, format-free table. The builders of this package make it; every verb returns a
    changed copy.

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
        self,
        *,
        form: LatexForm = "float",
        align: LatexAlign = "siunitx",
        columns: int | None = MOST_COLUMNS,
    ) -> str:
        r"""The table as LaTeX, with booktabs and threeparttable; the first lines name the packages
        as a comment.

        Parameters
        ----------
        form : {"float", "sideways", "longtable", "tabular", "document"}
            A float, upright or turned as the width asks for; always turned; a table that breaks
            over pages; the bare ``tabular`` without caption and notes, for ``\input``; or the float
            in a document that compiles as it is.
        align : {"siunitx", "dcolumn", "plain"}
            What aligns the decimal points: siunitx (its version 3, in TeX Live since 2021), dcolumn
            (in every TeX), or nothing.
        columns : int or None
            A table with more columns goes on in a second one of the same number; None: however
            wide.

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

    __repr__ = __str__

    def tidy(self) -> pd.DataFrame:
        """Every cell that is not empty: panel, section, key, label, column, heading, line, value,
        p_value, text.

        `column` counts from 1; `line` is "above" or "below"; `value` is the unrounded number, NaN
        for texts and intervals; `text` is what is printed.
        """
        return tidy_cells(self)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        form: LatexForm = "float",
        align: LatexAlign = "siunitx",
    ) -> Path:
        """Write the table in the format that the suffix names.

        The file is written under a temporary name beside its place and then renamed: a failure
        leaves an older file as it was. Folders that are missing are made.

        Parameters
        ----------
        path : str or Path
            Ends in ``.tex``, ``.docx``, ``.xlsx``, ``.html``, ``.md``, or, for `tidy`, in ``.csv``
            or ``.json``.
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

        A label also serves the spatial lag of its term ("𝑊 × label") and its impacts. Names that
        the table does not have are passed over, so that one mapping serves all tables of a paper.
        """
        headings = tuple(_relabelled_heading(heading, mapping) for heading in self.headings)
        table = self._rebuilt(lambda rows: [_relabelled_row(row, mapping) for row in rows])
        return replace(table, headings=headings)

    def note(self, text: str) -> Table:
        """Add a sentence to the notes."""
        return replace(self, notes=(*self.notes, text))

    def stars(self, levels: Iterable[float] | None) -> Table:
        """Count the stars again, at these levels; None takes them away. The note says the new
        levels.

        Raises
        ------
        InputError
            For levels that are not between 0 and 1, or occur twice.
        """
        new_levels = checked_levels(levels)

        def restarred(row: Row) -> Row:
            return replace(row, cells=tuple(_restarred(cell, new_levels) for cell in row.cells))

        words = Words(self.language)
        old_note, new_note = words.stars_note(self.levels), words.stars_note(new_levels)
        notes = [note for note in self.notes if note != old_note]
        if new_note:
            # where the old one stood, else after what is said of the parentheses
            position = min(1, len(self.notes))
            if old_note in self.notes:
                position = self.notes.index(old_note)
            notes.insert(position, new_note)
        table = self._rebuilt(lambda rows: [restarred(row) for row in rows])
        return replace(table, notes=tuple(notes), levels=new_levels)

    def panel(self, title: str, other: Table | None = None) -> Table:
        """Give the rows a panel's title, or add another table's rows below under one.

        Lines of the head in which the two differ become rows of their panels; those that they share
        stay. What the notes of the other table add is said after the panel's title.

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
            sections = [replace(section, panel=section.panel or title) for section in self.sections]
            return replace(self, sections=tuple(sections))
        if other.width != self.width:
            raise InputError(
                "other",
                expected=f"a table of {self.width} columns",
                got=f"one of {other.width}",
                remedy="Make both of the same number of columns.",
            )
        shared = tuple(heading for heading in self.headings if heading in other.headings)
        above = _with_head_rows(self, shared)
        below = [replace(section, panel=title) for section in _with_head_rows(other, shared)]
        words = Words(self.language)
        notes = list(self.notes)
        for note in other.notes:
            if note not in self.notes:
                notes.append(words.say("{topic}: {text}", topic=title, text=note))
        numbered = Heading.of([f"({number})" for number in range(1, self.width + 1)])
        return replace(
            self,
            headings=shared or (numbered,),
            sections=(*above, *below),
            notes=tuple(notes),
        )

    def keep(self, terms: Sequence[str]) -> Table:
        """Keep only these terms; statistics in the foot of the table stay.

        Raises
        ------
        InputError
            For a name that the table does not have.
        """
        names = self._known(terms)
        return self._rebuilt(
            lambda rows: [row for row in rows if row.key in names],
            with_foot=False,
        )

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
        """Put these terms first in their sections, in this order; a lagged term can be named by the
        term itself.

        Raises
        ------
        InputError
            For a name that the table does not have.
        """
        names = self._known(terms)

        def rank(row: Row) -> int:
            for name in (row.key, row.lag_of):
                if name in names:
                    return names.index(name)
            return len(names)

        return self._rebuilt(lambda rows: sorted(rows, key=rank))

    def add_rows(
        self,
        rows: Mapping[str, Sequence[str | float]],
        *,
        digits: int = 3,
    ) -> Table:
        """Add rows at the foot of the table, as label -> one text or number a column.

        Integers are shown as they are, other numbers with `digits` decimals.
        """
        *others, last = self.sections or (Section(FOOT, ()),)
        added = []
        for label, values in rows.items():
            cells = tuple(_given_cell(value, digits) for value in values)
            added.append(Row(label, label, cells))
        foot = replace(last, rows=(*last.rows, *added))
        return replace(self, sections=(*others, foot))

    def _rebuilt(
        self,
        change: Callable[[tuple[Row, ...]], Iterable[Row]],
        *,
        with_foot: bool = True,
    ) -> Table:
        """A copy whose sections went through `change`; sections that lost all rows go."""
        sections = []
        for section in self.sections:
            if with_foot or section.name != FOOT:
                section = replace(section, rows=tuple(change(section.rows)))
            if section.rows:
                sections.append(section)
        return replace(self, sections=tuple(sections))

    def _known(self, terms: Sequence[str]) -> list[str]:
        """`terms` as a list, checked against the names of the table."""
        names = [terms] if isinstance(terms, str) else list(terms)
        known: dict[str, None] = {}
        for row in self.rows:
            known |= {name: None for name in (row.key, row.lag_of) if name}
        missing = [name for name in names if name not in known]
        if missing:
            raise InputError(
                "terms",
                expected=f"names of the table, such as {first_five(known)}",
                got=first_five(missing),
                remedy="Use these names.",
            )
        return names


def save_tables(
    tables: Iterable[Table],
    path: str | os.PathLike[str],
    *,
    form: LatexForm = "float",
    align: LatexAlign = "siunitx",
) -> Path:
    """Write several tables into one file: a Word document, a workbook with a sheet each, a LaTeX
    file, a page.

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
    if not listed:
        raise InputError(
            "tables",
            expected="tables",
            got="none",
            remedy="Pass one table or more.",
        )
    strangers = [type(table).__name__ for table in listed if not isinstance(table, Table)]
    if strangers:
        raise InputError(
            "tables",
            expected="tables",
            got=first_five(strangers),
            remedy="Pass tables of this package.",
        )
    return write_tables(listed, path, LatexOptions(form, align))


def _relabelled_heading(
    heading: Heading,
    labels: Mapping[str, str],
) -> Heading:
    spans = []
    for span in heading.spans:
        text = labels.get(span.key, span.text)
        spans.append(replace(span, text=text))
    return replace(heading, spans=tuple(spans))


def _relabelled_row(row: Row, labels: Mapping[str, str]) -> Row:
    """The row under its label of `labels`; as it is where they do not speak of it."""
    # a label of a part serves an interaction, too
    names = {row.key, row.lag_of, *row.key.split(":"), *row.lag_of.split(":")}
    names.discard("")
    if names.isdisjoint(labels):
        return row
    if row.lag_of:
        return replace(row, label=lag_label(row.key, row.lag_of, labels))
    return replace(row, label=term_label(row.key, labels))


def _restarred(cell: Cell, levels: Sequence[float]) -> Cell:
    if isinstance(cell, Number):
        return replace(cell, stars=count_stars(cell.p_value, levels))
    return cell


def _with_head_rows(table: Layout, shared: Sequence[Heading]) -> list[Section]:
    """The sections, each panel under the lines of the head that are not `shared`, as rows."""
    apart = [heading for heading in table.headings if heading not in shared]
    if not apart:
        return list(table.sections)
    rows = tuple(
        _head_row(f"heading {position}", heading) for position, heading in enumerate(apart, 1)
    )
    sections: list[Section] = []
    panel: str | None = None
    for section in table.sections:
        if section.panel != panel:
            panel = section.panel
            sections.append(Section("head", rows, panel=panel, ruled=True))
            # no rule between the head of a panel and its first section
            section = replace(section, ruled=False)
        sections.append(section)
    return sections


def _head_row(key: str, heading: Heading) -> Row:
    """A line of the head as a row; what all columns share is said once, in the label."""
    if len(set(heading.texts)) > 1:
        return Row(key, heading.label, heading.texts)
    label = ": ".join(text for text in (heading.label, heading.texts[0]) if text)
    return Row(key, label, ("",) * len(heading.texts))


def _given_cell(value: str | float, digits: int) -> Cell:
    """A cell of the user's own row: integers as they are, other numbers with `digits` decimals."""
    if isinstance(value, str):
        return value
    return number(value, 0 if float(value).is_integer() else digits)
