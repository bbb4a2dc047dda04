"""What is left of the bias of rho by `correction="second-order"` where cells are missing; writes
adjusted_second_order.csv beside this file.

    python docs/simulations/adjusted_second_order.py [samples [cell [cell ...]]]

Cells are those of adjusted_score.py by their number, with the same samples. For each the mean bias of
rho, its Monte Carlo error, its standard deviation and the coverage of its 95 % interval by adjusted
scores and with the second-order correction on top, the median of the total impact of x1, whose truth
is 2.5, and the coverage of its interval. Samples with rho at the end of its range count for rho, not
for the impact. A cell that is named is made again; the others stay.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
from adjusted_score import RHO, Cell, cells, observed, samples
from run import weights_of

import bevdrivers as bd

FILE = Path(__file__).with_suffix(".csv")
MODEL = bd.SpatialDurbin("y ~ x1 + x2")
CORRECTIONS = {"adjusted-score": "auto", "second-order": "second-order"}
TOTAL = 2.5
Z = 1.959964


def one(panel: bd.Panel, W: bd.SpatialWeights, correction: str) -> dict[str, float]:
    """Figures of one fit."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", bd.BoundWarning)
        fit = MODEL.replace(correction=correction).fit(panel, W)
    at_bound = any(issubclass(warning.category, bd.BoundWarning) for warning in caught)
    covers = abs(fit.rho - RHO) <= Z * fit.std_errors["rho"]
    found = {"rho": fit.rho, "covers": covers, "at_bound": at_bound}
    if at_bound:
        return {**found, "total": np.nan, "total_covers": np.nan}
    impacts = fit.impacts()
    total = impacts.total["x1"]
    reach = Z * impacts.std_errors("total")["x1"]
    return {**found, "total": total, "total_covers": abs(total - TOTAL) <= reach}


def rows(cell: Cell, number: int) -> list[dict]:
    """Rows of one cell, one for each correction."""
    W = weights_of(cell.N, cell.weights)
    if cell.weights != "1/d":
        # a unit may lose all of its neighbours
        W = replace(W, keeps_islands=True)
    there = observed(cell, np.random.default_rng([*cell.seed, 1]))
    drawn: dict[str, list[dict]] = {name: [] for name in CORRECTIONS}
    for _, panel in zip(range(number), samples(cell, W, there), strict=False):
        for name, correction in CORRECTIONS.items():
            drawn[name].append(one(panel, W, correction))
    made = []
    for name, found in drawn.items():
        frame = pd.DataFrame(found).astype(float)
        sd = frame["rho"].std()
        own = {
            "bias": frame["rho"].mean() - RHO,
            "bias_se": sd / np.sqrt(number),
            "sd": sd,
            "coverage": frame["covers"].mean(),
            "total_median": frame["total"].median(),
            "total_coverage": frame["total_covers"].mean(),
            "at_bound": int(frame["at_bound"].sum()),
            "samples": number,
        }
        made.append({**asdict(cell), "correction": name, **own})
    return made


def main(number: int = 400, *numbers: int) -> None:
    warnings.simplefilter("ignore", bd.BevdriversWarning)
    names = list(Cell.__dataclass_fields__)
    for cell in [cells()[k] for k in numbers]:
        made = pd.DataFrame(rows(cell, number))
        known = pd.read_csv(FILE) if FILE.is_file() else made[:0]
        other = (known[names] != list(asdict(cell).values())).any(axis=1)
        table = pd.concat([known[other], made], ignore_index=True)
        table.to_csv(FILE, index=False, float_format="%.5g", lineterminator="\n")
        print(cell, flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
