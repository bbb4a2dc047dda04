"""Coverage of the 95 % intervals of the delta method in every static cell with iid errors, 1000 samples
each, fitted together: delta.csv beside this file.

    python docs/simulations/delta.py [--replications 1000]

The designs and the regressors are those of intervals.py.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from intervals import Cell, cells, matrix, samples, truths

import bevdrivers as bd
from bevdrivers.results import critical_value
from bevdrivers.simulation.batch import Batch, fitter

FILE = Path(__file__).with_suffix(".csv")
LEVEL = 0.95


def run(cell: Cell, replications: int) -> pd.DataFrame:
    """One row a parameter and impact."""
    W = matrix(cell)
    drawn = samples(cell, W)
    first = bd.SpatialDurbin("y ~ x1 + x2").fit(next(drawn), W)
    outcomes = [first.sample.y]
    outcomes += [next(drawn)["y"] for _ in range(replications - 1)]
    together = fitter(first.estimator, first.sample, first.panel)
    together.add(np.stack(outcomes, axis=2))
    batch = together.batch().without_failed()
    true = truths(cell, first)
    rows = []
    for key, estimates, errors in zip(
        places(batch), batch.estimates.T, batch.std_errors.T, strict=True
    ):
        half = critical_value(LEVEL) * errors
        above = np.mean(estimates - half > true[key])
        below = np.mean(estimates + half < true[key])
        rows.append((*key, true[key], 1 - above - below, above, below, np.median(2 * half)))
    names = ["term", "quantity", "truth", "coverage", "above", "below", "width"]
    found = pd.DataFrame(rows, columns=names)
    found.insert(4, "se", np.sqrt(found["coverage"] * (1 - found["coverage"]) / len(batch.values)))
    for place, name in enumerate(("weights", "N", "T", "rho")):
        found.insert(place, name, getattr(cell, name))
    return found.assign(replications=len(batch.values), failed=replications - len(batch.values))


def places(batch: Batch) -> list[tuple[str, str]]:
    """(term, quantity) in the order of `Batch.estimates`."""
    parameters = [(term, "parameter") for term in batch.terms]
    components = ("direct", "indirect", "total")
    impacts = [(term, f"short {row}") for row in components for term in batch.impact_terms]
    return [*parameters, *impacts]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--replications", type=int, default=1000)
    given = parser.parse_args()
    warnings.simplefilter("ignore", bd.errors.BevdriversWarning)
    static = [cell for cell in cells() if cell.errors == "iid" and not cell.dynamic]
    parts: list[pd.DataFrame] = []
    for cell in static:
        parts.append(run(cell, given.replications))
        pd.concat(parts).to_csv(FILE, index=False, float_format="%.4g", lineterminator="\n")
        print(cell, flush=True)


if __name__ == "__main__":
    main()
