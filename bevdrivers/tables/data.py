"""A table as data: every cell in a row of a frame, for other programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields

import pandas as pd

from ..cells import csv_text
from .cells import Cell, Number, cell_text
from .layout import Layout, Section

NAN = float("nan")


@dataclass(frozen=True)
class _Record:
    """One cell, and where it stands."""

    panel: str
    section: str
    key: str
    label: str
    column: int
    heading: str
    line: str
    value: float
    p_value: float
    text: str


def tidy_cells(table: Layout) -> pd.DataFrame:
    """Every cell that is not empty, as in `Table.tidy`."""
    headings = _column_headings(table)
    records = []
    for section in table.sections:
        records += [asdict(record) for record in _records(section, headings)]
    names = [field.name for field in fields(_Record)]
    return pd.DataFrame(records, columns=names)


def _column_headings(table: Layout) -> list[str]:
    """All that stands over each column: "East / (1) / Spatial Durbin"."""
    lines = [heading.texts for heading in table.headings]
    headings = []
    for texts in zip(*lines, strict=True):
        different = dict.fromkeys(text for text in texts if text)
        headings.append(" / ".join(different))
    return headings


def _records(section: Section, headings: Sequence[str]) -> Iterator[_Record]:
    """A record for each cell of the section."""
    for row in section.rows:
        for line, cells in zip(("above", "below"), row.lines, strict=False):
            for index, cell in enumerate(cells):
                if cell == "":
                    continue
                value, p_value = _values(cell)
                yield _Record(
                    panel=section.panel,
                    section=section.title or section.name,
                    key=row.key,
                    label=row.label,
                    column=index + 1,
                    heading=headings[index],
                    line=line,
                    value=value,
                    p_value=p_value,
                    text=cell_text(cell),
                )


def _values(cell: Cell) -> tuple[float, float]:
    """The value and the p-value of a cell, NaN where it has none."""
    if not isinstance(cell, Number):
        return NAN, NAN
    return cell.value, NAN if cell.p_value is None else cell.p_value


def render_csv(tables: Sequence[Layout]) -> str:
    """The cells of the tables as comma-separated values; texts that a spreadsheet would compute are
    marked as texts.
    """
    return csv_text(_stacked(tables))


def render_json(tables: Sequence[Layout]) -> str:
    """The cells of the tables as a list of objects."""
    text: str = _stacked(tables).to_json(
        orient="records",
        force_ascii=False,
        indent=1,
        double_precision=15,
    )
    return text + "\n"


def _stacked(tables: Sequence[Layout]) -> pd.DataFrame:
    """The cells under each other; several tables are told apart by a column."""
    if len(tables) == 1:
        return tidy_cells(tables[0])
    frames = []
    for position, table in enumerate(tables, 1):
        name = table.anchor or table.title or str(position)
        frames.append(tidy_cells(table).assign(table=name))
    return pd.concat(frames)
