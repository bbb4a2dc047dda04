"""Tables of simulated sizes and power in the pages are those of `docs/simulations/*.csv`."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from .pages import DOCS

PAGE = (DOCS / "explanation" / "test_sizes.md").read_text(encoding="utf-8")
TABLES = re.findall(r"((?:^\|.*\n)+)", PAGE, re.MULTILINE)


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
