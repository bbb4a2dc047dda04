"""Tables of simulated sizes and power in the pages are those of `docs/simulations/*.csv`."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from bevdrivers.diagnostics.residuals.heteroskedasticity import LONG_ENOUGH

from .pages import DOCS

PAGE = (DOCS / "explanation" / "test_sizes.md").read_text(encoding="utf-8")
TABLES = [
    table
    for table in re.findall(r"((?:^\|.*\n)+)", PAGE, re.MULTILINE)
    if not table.startswith("| T / sqrt(N)")
]


@pytest.mark.parametrize("table", TABLES, ids=range(len(TABLES)))
def test_sizes_of_the_page_are_simulated(table: str) -> None:
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()
    ]
    prefix, columns = head[0], [tuple(text.rsplit("; ", 1)) for text in head[1:]]
    file = "bootstrap_p_values.csv" if prefix == "bootstrap" else "tests.csv"
    frame = pd.read_csv(DOCS / "simulations" / file)
    frame = frame.set_index(["truth", "effects", "test"])["rejected"]
    assert rows
    for name, *cells in rows:
        test = name if prefix in ("test", "bootstrap") else f"{prefix}: {name}"
        for column, cell in zip(columns, cells, strict=True):
            assert cell == f"{100 * frame[(*column, test)]:.1f}", (test, column)


def by_unit() -> pd.DataFrame:
    return pd.read_csv(DOCS / "simulations" / "by_unit.csv")


def test_tests_by_unit_of_the_page_are_simulated() -> None:
    (table,) = re.findall(r"^\| T / sqrt\(N\).*\n(?:^\|.*\n)+", PAGE, re.MULTILINE)
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()
    ]
    frame = by_unit().set_index(["multiple", "test", "N"])["rejected"]
    assert len(rows) == by_unit()["multiple"].nunique()
    for multiple, *cells in rows:
        for column, cell in zip(head[1:], cells, strict=True):
            test, N = column.split("; ")
            assert cell == f"{100 * frame[float(multiple), f'{test} by unit', int(N)]:.1f}"


@pytest.mark.parametrize("test", LONG_ENOUGH)
def test_panels_that_are_long_enough_keep_the_size(test: str) -> None:
    cells = by_unit()
    cells = cells[(cells["test"] == test) & (cells["multiple"] >= LONG_ENOUGH[test])]
    assert set(cells["N"]) == {10, 31, 100, 300}
    assert (cells["rejected"] <= 0.075).all()
