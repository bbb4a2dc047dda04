"""Writes the tables of docs/explanation/intervals.md from intervals.csv, delta.csv and clusters.csv:
python docs/simulations/intervals_page.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
PAGE = HERE.parent / "explanation" / "intervals.md"
# in the order of what they cost, and so of what is recommended where several hold
STATIC = ("delta", "simulated", "percentile", "bootstrap-t", "bca", "profile")
DYNAMIC = ("delta", "simulated", "fieller")
# Coverage in per cent of what is recommended.
HELD = (93.0, 97.0)
# From here on rho is large.
LARGE = 0.6
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
    static = found[~found["dynamic"]]
    by_errors = {
        name: _recommended(static[static["errors"] == errors], shown["static"][:-1], STATIC)
        for name, errors in (("", "iid"), ("_serial", "AR(1)"), ("_uneven", "uneven"))
    }
    return {
        **{f"recommended{name}": table for name, table in by_errors.items()},
        "recommended_dynamic": _recommended(found[found["dynamic"]], shown["dynamic"], DYNAMIC),
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


def _recommended(
    found: pd.DataFrame, quantities: list[tuple[str, str]], methods: tuple[str, ...]
) -> str:
    """By weights, size of rho and quantity: the first of the methods that covers 93 to 97 % over all
    samples, and in no cell less than 93 % by more than two standard errors, or that which comes
    nearest, with the side on which it misses.
    """
    size = found["rho"].ge(LARGE).map({False: f"below {LARGE}", True: f"{LARGE} and more"})
    rows = []
    for (kind, rho), part in found.groupby(["weights", size], sort=True):
        for term, quantity in quantities:
            own = part[(part["term"] == term) & (part["quantity"] == quantity)]
            shares = pd.DataFrame(
                {
                    method: _over_samples(own[own["method"] == method])
                    for method in methods
                    if method in set(own["method"])
                }
            ).T
            what = f"{quantity.replace('parameter', '').replace('short ', '')} {term}".strip()
            rows.append([kind, rho, what, *_choice(shares)])
    heads = ["W", "ρ", "quantity", "cells", "samples", "recommended", "covers", "lowest cell"]
    heads = [*heads, "too high / too low", "∞"]
    return _lines([heads, ["---"] * len(heads), *rows])


def _over_samples(own: pd.DataFrame) -> pd.Series:
    """Shares over the samples of all cells, in per cent."""
    weights = own["replications"] / own["replications"].sum()
    shares = own[["coverage", "above", "below", "unbounded"]].mul(weights, axis=0).sum()
    extremes = {"lowest": own["coverage"].min()}
    error = np.sqrt(0.95 * 0.05 / own["replications"])
    short = HELD[0] / 100 - own["coverage"] - 2.0 * error
    extremes["short"] = short.max()
    counts = {"cells": len(own), "samples": own["replications"].sum()}
    return pd.concat([100 * shares, 100 * pd.Series(extremes), pd.Series(counts)])


def _choice(shares: pd.DataFrame) -> list[str]:
    """What the table says of the method that is chosen."""
    rounded = shares["coverage"].round(1)
    held = shares[rounded.between(*HELD) & (shares["short"] <= 0.0)]
    if len(held):
        method = held.index[0]
        name = f"`{method}`"
    else:
        method = (shares["coverage"] - 95.0).abs().idxmin()
        name = f"none; nearest `{method}`"
    row = shares.loc[method]
    figures = [f"{row[name]:.1f}" for name in ("coverage", "lowest")]
    sides = f"{row['above']:.1f} / {row['below']:.1f}"
    unbounded = f"{row['unbounded']:.0f}" if row["unbounded"] > 0 else ""
    return [f"{row['cells']:.0f}", f"{row['samples']:.0f}", name, *figures, sides, unbounded]


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
