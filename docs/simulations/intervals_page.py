"""Writes the tables of docs/explanation/intervals.md from intervals.csv, delta.csv and clusters.csv:
python docs/simulations/intervals_page.py.
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
        "delta": _of_delta(),
        "clusters": _of_clusters(),
    }


def _of_delta() -> str:
    """Lowest and highest coverage of the delta method over N and T, by weights and rho."""
    found = pd.read_csv(HERE / "delta.csv")
    quantities = [
        ("x1", "parameter"),
        ("rho", "parameter"),
        ("x1", "short direct"),
        ("x1", "short indirect"),
        ("x1", "short total"),
    ]
    heads = ["W", "ρ", "x1", "rho", "direct x1", "indirect x1", "total x1"]
    lines = [heads, ["---"] * len(heads)]
    for (kind, rho), part in found.groupby(["weights", "rho"], sort=True):
        spans = []
        for term, quantity in quantities:
            own = part[(part["term"] == term) & (part["quantity"] == quantity)]
            share = 100 * own["coverage"]
            spans.append(f"{share.min():.0f}–{share.max():.0f}")
        lines.append([str(kind), str(rho), *spans])
    return _lines(lines)


def _of_clusters() -> str:
    """Coverage with 31 clusters by method."""
    found = pd.read_csv(HERE / "clusters.csv")
    methods = ("plain", "CR1", "CR2", "CR3", "wild")
    quantities = [
        ("x1", "parameter"),
        ("x2", "parameter"),
        ("rho", "parameter"),
        ("x1", "direct"),
        ("x2", "direct"),
        ("x1", "total"),
        ("x2", "total"),
    ]
    heads = ["model", "T", "errors", "samples", "quantity", *methods]
    lines = [heads, ["---"] * len(heads)]
    for cell, part in found.groupby(["model", "T", "errors"], sort=False):
        replications = str(part["replications"].iloc[0])
        for term, quantity in quantities:
            own = part[(part["term"] == term) & (part["quantity"] == quantity)]
            if own.empty:
                continue
            by_method = own.set_index("method")["coverage"]
            figures = [f"{100 * by_method[method]:.1f}" for method in methods]
            what = f"{quantity.replace('parameter', '')} {term}".strip()
            lines.append([*map(str, cell), replications, what, *figures])
    return _lines(lines)


def _lines(lines: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


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
    return _lines(lines)


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
