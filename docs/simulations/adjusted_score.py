"""Adjusted scores on panels with missing cells: bias of rho and coverage of rho, beta and impacts,
cell by cell, in adjusted_score.csv beside this file.

    python docs/simulations/adjusted_score.py [--replications 500] [--minutes 60] [--only 0,1]

A spatial Durbin model with two-way effects, its outcome made in each period among the units that are
there, with W cut and normalised again. The regressors and the missing cells are the same in all
samples of a cell. Every cell is written as soon as it is done, and one that is in the file is not
run again.

Estimators: "adjusted" (the default with missing cells), "robust" (correction="robust-score"), and
"balanced": the default for complete panels on the units, or the periods, that have all their cells,
whichever are more observations; it is left out where that is less than a third of the panel.

Where rho comes out at the end of its range ("at_bound"), impacts are of the order of its distance
from one: such samples count for the parameters, not for the impacts.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from run import SLOPES, weights_of

import bevdrivers as bd
from bevdrivers.weights.by_period import PeriodWeights

HERE = Path(__file__).parent
FILE = HERE / "adjusted_score.csv"
SEED = 15
RHO = 0.4
TRUTH = {**SLOPES, "rho": RHO}
# the covariance that belongs to each kind of errors
COVARIANCES = {"iid": "classical", "t5": "qml", "by unit": "robust", "by size": "robust"}
MISSING = ("10 %", "30 %", "late entry", "5 %")
WEIGHTS = ("4 nearest", "1/d", "queen")
LEAST_SHARE = 1 / 3


@dataclass(frozen=True)
class Cell:
    """A design."""

    N: int
    T: int
    missing: str
    weights: str
    errors: str

    @property
    def seed(self) -> list[int]:
        return [SEED, *f"{self}".encode()]


def cells() -> list[Cell]:
    """All cells, those of a provincial study first."""
    sizes = ((31, 10), (31, 5), (31, 20), (100, 5), (100, 10), (100, 20))
    listed = product(sizes, ("iid", "by unit", "t5", "by size"), MISSING, WEIGHTS)
    return [Cell(*size, missing, weights, errors) for size, errors, missing, weights in listed]


def observed(cell: Cell, rng: np.random.Generator) -> np.ndarray:
    """Which cells are there, (T, N)."""
    shape = cell.T, cell.N
    if cell.missing == "late entry":
        # a third of the units enter in the second to the middle period
        first = np.zeros(cell.N, int)
        late = rng.permutation(cell.N)[: cell.N // 3]
        first[late] = rng.integers(1, cell.T // 2 + 1, len(late))
        return np.arange(cell.T)[:, None] >= first
    share = float(cell.missing.split()[0]) / 100
    there = rng.random(shape) >= share
    # three periods a unit, of which variances can be told
    for i in np.flatnonzero(there.sum(axis=0) < 3):
        there[rng.permutation(cell.T)[:3], i] = True
    return there


def spread(cell: Cell, size: np.ndarray) -> np.ndarray:
    """Standard deviations of the errors, mean square one, (T, N)."""
    shape = cell.T, cell.N
    sd = np.ones(shape)
    if cell.errors == "by unit":
        sd = np.broadcast_to(np.exp(0.6 * np.random.default_rng(SEED).normal(size=cell.N)), shape)
    if cell.errors == "by size":
        sd = np.exp(0.4 * size)
    return sd / np.sqrt(np.mean(sd**2))


def samples(cell: Cell, W: bd.SpatialWeights, there: np.ndarray) -> Iterator[bd.Panel]:
    """Panels of a cell, the same regressors in all."""
    T, N = cell.T, cell.N
    rng = np.random.default_rng(cell.seed)
    x1, x2 = rng.standard_normal((2, 1, N)) + rng.standard_normal((2, T, N))
    by_period = PeriodWeights.constant(W, range(1, T + 1)).among(there)
    effects = rng.standard_normal(N) + rng.standard_normal((T, 1))
    mean = x1 - 0.5 * x2 + 0.5 * by_period.lag(x1) + 0.25 * by_period.lag(x2) + effects
    inverses = [np.linalg.inv(np.eye(N) - RHO * B.toarray()) for B in by_period.operators]
    sd = spread(cell, x1)
    units, periods = np.tile(W.ids, T), np.repeat(np.arange(1, T + 1), N)
    frame = pd.DataFrame({"unit": units, "year": periods, "x1": x1.ravel(), "x2": x2.ravel()})
    while True:
        e = rng.standard_normal((T, N))
        if cell.errors == "t5":
            e = rng.standard_t(5, (T, N)) / np.sqrt(5 / 3)
        right = np.where(there, mean + sd * e, 0.0)
        y = np.stack([B @ row for B, row in zip(inverses, right, strict=True)])
        full = frame.assign(y=y.ravel())
        yield bd.Panel.from_frame(full[there.ravel()], unit="unit", time="year")


def balanced(panel: bd.Panel, W: bd.SpatialWeights) -> tuple[bd.Panel, bd.SpatialWeights] | None:
    """The largest complete part of a panel, with weights among its units."""
    parts = []
    for drop in ("units", "periods"):
        try:
            parts.append(panel.balance(drop=drop))
        except bd.errors.BevdriversError:
            continue
    parts = [part for part in parts if len(part.units) > 5 and len(part.periods) > 2]
    if not parts:
        return None
    part = max(parts, key=lambda one: len(one.units) * len(one.periods))
    if len(part.units) * len(part.periods) < LEAST_SHARE * len(panel.units) * len(panel.periods):
        return None
    rows = [W.ids.index(unit) for unit in part.units]
    links = W.links.toarray()[np.ix_(rows, rows)]
    if not links.sum(axis=1).all():
        return None
    return part, bd.SpatialWeights.from_matrix(links, list(part.units), name="cut")


def figures(fit: bd.FitResult, at_bound: bool) -> dict[str, tuple[float, float, float]]:
    """Estimate, standard error and truth of each quantity."""
    found = {}
    for term in fit.terms:
        error = float(fit.errors[fit.terms.index(term)])
        found[term] = (fit.value(term), error, TRUTH[term])
    if at_bound:
        return found
    values = np.array([TRUTH[term] for term in fit.terms])
    true = replace(fit, estimate=replace(fit.estimate, values=values)).impacts().tidy()
    for row, at in zip(fit.impacts().tidy().itertuples(), true.itertuples(), strict=True):
        found[f"{row.component} {row.term}"] = (row.estimate, row.std_error, at.estimate)
    return found


@dataclass(frozen=True)
class Fitted:
    """A fit of a sample; none where it was refused."""

    estimator: str
    fit: bd.FitResult | None
    at_bound: bool


def fits(cell: Cell, panel: bd.Panel, W: bd.SpatialWeights) -> Iterator[Fitted]:
    """The fits of a sample."""
    model = bd.SpatialDurbin("y ~ x1 + x2", cov_type=COVARIANCES[cell.errors])
    robust = model.replace(correction="robust-score", cov_type="robust")
    part = balanced(panel, W)
    asked = [("adjusted", model, (panel, W)), ("robust", robust, (panel, W))]
    if part is not None:
        asked.append(("balanced", model, part))
    for name, request, data in asked:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", bd.BoundWarning)
            try:
                fit = request.fit(*data)
            except bd.errors.BevdriversError:
                fit = None
        at_bound = any(issubclass(warning.category, bd.BoundWarning) for warning in caught)
        yield Fitted(name, fit, at_bound)


def run(cell: Cell, replications: int) -> pd.DataFrame:
    """One row an estimator and quantity."""
    W = weights_of(cell.N, cell.weights)
    if cell.weights != "1/d":
        # a unit may lose all of its neighbours
        W = replace(W, keeps_islands=True)
    there = observed(cell, np.random.default_rng([*cell.seed, 1]))
    rows = []
    counts = []
    for _, panel in zip(range(replications), samples(cell, W, there), strict=False):
        for fitted in fits(cell, panel, W):
            name = fitted.estimator
            counts.append((name, fitted.fit is None, fitted.at_bound))
            if fitted.fit is None:
                continue
            for quantity, numbers in figures(fitted.fit, fitted.at_bound).items():
                rows.append((name, quantity, *numbers))
    drawn = pd.DataFrame(rows, columns=["estimator", "quantity", "estimate", "error", "truth"])
    counted = pd.DataFrame(counts, columns=["estimator", "failed", "at_bound"])
    how_many = counted.groupby("estimator").sum()
    return summary(drawn).join(how_many, on="estimator").assign(replications=replications)


def summary(drawn: pd.DataFrame) -> pd.DataFrame:
    """Bias, spread, mean standard error and coverage of 95 % intervals."""
    miss = drawn["estimate"] - drawn["truth"]
    drawn = drawn.assign(miss=miss, covers=miss.abs() < 1.959964 * drawn["error"])
    groups = drawn.groupby(["estimator", "quantity"], sort=False)
    found = pd.DataFrame(
        {
            "truth": groups["truth"].mean(),
            "bias": groups["miss"].mean(),
            "sd": groups["miss"].std(),
            "mean_error": groups["error"].mean(),
            "coverage": groups["covers"].mean(),
            "fits": groups.size(),
        }
    )
    return found.reset_index()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--replications", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--only", help="numbers of cells, by commas")
    asked = parser.parse_args()
    listed = cells()
    if asked.only:
        listed = [listed[int(k)] for k in asked.only.split(",")]
    warnings.simplefilter("ignore", bd.errors.BevdriversWarning)
    end = time.monotonic() + 60 * asked.minutes
    for cell in listed:
        if time.monotonic() > end:
            return
        known = pd.read_csv(FILE) if FILE.exists() else pd.DataFrame()
        names = list(cell.__dataclass_fields__)
        own = [getattr(cell, name) for name in names]
        if len(known) and (known[names] == own).all(axis=1).any():
            continue
        found = run(cell, asked.replications).assign(**dict(zip(names, own, strict=True)))
        table = pd.concat([known, found[[*names, *found.columns.difference(names, sort=False)]]])
        table.to_csv(FILE, index=False, float_format="%.5g")
        print(cell, flush=True)


if __name__ == "__main__":
    main()
