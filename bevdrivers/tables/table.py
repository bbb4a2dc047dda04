"""The table: immutable content, verbs that return changed copies, and files."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import InputError, OptionError, first_five
from .html import render_fragment, render_page
from .labels import row_label
from .latex import render_latex
from .layout import Cell, Layout, Row, Section, number
from .markdown import render_markdown

WRITERS: dict[str, Callable[[Layout], str]] = {
    ".tex": render_latex,
    ".md": render_markdown,
    ".html": render_page,
}


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

    def to_latex(self) -> str:
        """The table as LaTeX (booktabs, dcolumn, threeparttable); the first line names the packages."""
        return render_latex(self)

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

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the table in the format that the suffix names.

        The file is written under a temporary name beside its place and then renamed: a failure leaves an older file
        as it was. Folders that are missing are made.

        Parameters
        ----------
        path : str or Path
            Ends in ``.tex``, ``.md`` or ``.html``.

        Returns
        -------
        Path
            Where the table was written.

        Raises
        ------
        OptionError
            For another suffix.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in WRITERS:
            raise OptionError("path", expected=f"a name that ends in one of {list(WRITERS)}", got=repr(path.name))
        _write_atomically(path, WRITERS[suffix](self))
        return path

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


def _cell(value: str | float, digits: int) -> Cell:
    if isinstance(value, str):
        return value
    return number(value, 0 if float(value).is_integer() else digits)


def _write_atomically(path: Path, text: str) -> None:
    """Write `text` beside `path` and rename, so that a reader sees the old file or the new one and nothing between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
