"""A table as data: every cell in a row of a frame, for other programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields

import pandas as pd

from ..cells import csv_text
from .layout import Cell, Layout, Number, Section, cell_text


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
    lines = [heading.texts for heading in table.headings]
    heads = [" / ".join(dict.fromkeys(filter(None, texts))) for texts in zip(*lines, strict=True)]
    found = [asdict(record) for section in table.sections for record in _records(section, heads)]
    return pd.DataFrame(found, columns=[field.name for field in fields(_Record)])


def _records(section: Section, heads: Sequence[str]) -> Iterable[_Record]:
    for row in section.rows:
        for line, cells in zip(("above", "below"), row.lines, strict=False):
            for column, (cell, head) in enumerate(zip(cells, heads, strict=True), 1):
                if cell != "":
                    values = _values(cell)
                    place = (section.panel, section.title or section.name, row.key, row.label)
                    yield _Record(*place, column, head, line, *values, cell_text(cell))


def _values(cell: Cell) -> tuple[float, float]:
    if not isinstance(cell, Number):
        return float("nan"), float("nan")
    return cell.value, float("nan") if cell.p_value is None else cell.p_value


def render_csv(tables: Sequence[Layout]) -> str:
    """The cells of the tables as comma-separated values; texts that a spreadsheet would compute are marked as texts."""
    return csv_text(_frames(tables))


def render_json(tables: Sequence[Layout]) -> str:
    """The cells of the tables as a list of objects."""
    text: str = _frames(tables).to_json(orient="records", force_ascii=False, indent=1, double_precision=15)
    return text + "\n"


def _frames(tables: Sequence[Layout]) -> pd.DataFrame:
    """The cells under each other; several tables are told apart by a column."""
    if len(tables) == 1:
        return tidy_cells(tables[0])
    names = [table.anchor or table.title or str(place) for place, table in enumerate(tables, 1)]
    return pd.concat([tidy_cells(t).assign(table=name) for name, t in zip(names, tables, strict=True)])
