"""Writes the tables of docs/explanation/intervals.md from intervals.csv: python
docs/simulations/intervals_page.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
PAGE = HERE.parent / "explanation" / "intervals.md"
STATIC = ("delta", "simulated", "percentile", "bootstrap-t", "bca", "profile")
DYNAMIC = ("delta", "simulated", "fieller")
CELL = ["weights", "N", "T", "rho", "errors"]
PLACE = re.compile(r"(<!-- table: (?P<name>\w+) -->\n).*?(<!-- end of table -->)", re.DOTALL)


def tables() -> dict[str, str]:
    """Each table of the page in Markdown, by name."""
    found = pd.read_csv(HERE / "intervals.csv")
    shown = {
        "static": [
            ("x1", "parameter"),
            ("W_x1", "parameter"),
            ("rho", "parameter"),
            ("x1", "short direct"),
            ("x1", "short indirect"),
            ("x1", "short total"),
            ("x2", "short total"),
        ],
        "dynamic": [
            ("tau", "parameter"),
            ("rho", "parameter"),
            ("x1", "short total"),
            ("x1", "long direct"),
            ("x1", "long indirect"),
            ("x1", "long total"),
            ("x2", "long total"),
        ],
    }
    return {
        "static": _coverage(found[~found["dynamic"]], shown["static"], STATIC),
        "dynamic": _coverage(found[found["dynamic"]], shown["dynamic"], DYNAMIC),
    }


def _coverage(
    found: pd.DataFrame, quantities: list[tuple[str, str]], methods: tuple[str, ...]
) -> str:
    """Coverage by cell, quantity and method, with the share of unbounded intervals."""
    rows = []
    for cell, part in found.groupby(CELL, sort=False):
        replications = part["replications"].iloc[0]
        for term, quantity in quantities:
            own = part[(part["term"] == term) & (part["quantity"] == quantity)]
            by_method = own.set_index("method")
            figures = [_figure(by_method, method) for method in methods]
            what = quantity.replace("parameter", "").replace("short ", "")
            rows.append([*map(str, cell), str(replications), f"{what} {term}".strip(), *figures])
    heads = ["W", "N", "T", "ρ", "errors", "samples", "quantity", *methods]
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _figure(by_method: pd.DataFrame, method: str) -> str:
    """ "94.5", or "93.0 (58 ∞)" where 58 % of the intervals have no bound."""
    if method not in by_method.index:
        return ""
    row = by_method.loc[method]
    figure = f"{100 * row['coverage']:.1f}"
    if row["unbounded"] > 0:
        figure += f" ({100 * row['unbounded']:.0f} ∞)"
    return figure


def filled(text: str) -> str:
    """The page with its tables written anew."""
    made = tables()
    return PLACE.sub(lambda place: f"{place[1]}\n{made[place['name']]}\n\n{place[3]}", text)


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
