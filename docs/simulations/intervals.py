"""Coverage of the intervals of `conf_int` and `impacts`, cell by cell, in intervals.csv beside this
file.

    python docs/simulations/intervals.py [--replications 200] [--minutes 60] [--only 0,1]

The hardest cells come first. Every cell is written as soon as it is done, and one that is in the
file is not run again, so that the table can be continued: delete its rows to run it anew. Each row
has the number of replications, the coverage with its Monte Carlo standard error, the shares of
samples whose interval lies wholly above or below the truth, the median width, and the share of
intervals without a bound.
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

HERE = Path(__file__).parent
FILE = HERE / "intervals.csv"
SEED = 14
TRUTH = SLOPES | {"sigma2": 1.0}
# of the outcome of the period before, in the dynamic cells
TAU = 0.5
LEVEL = 0.95
# all kinds where thousands of refits are one computation; a few where each is a fit of its own
STATIC = ("delta", "simulated", "percentile", "bootstrap-t", "bca", "profile")
SANDWICH = ("delta", "simulated")
DYNAMIC = ("delta", "simulated", "fieller")
DRAWS = {"simulated": 999, "percentile": 999, "bootstrap-t": 999, "bca": 999}
COVARIANCES = {"iid": "classical", "t5": "classical", "AR(1)": "clustered", "uneven": "robust"}


@dataclass(frozen=True)
class Cell:
    """A design; `dynamic` for a model with y of the period before."""

    weights: str
    N: int
    T: int
    rho: float
    errors: str = "iid"
    dynamic: bool = False

    @property
    def seed(self) -> list[int]:
        text = f"{self}".encode()
        return [SEED, *text]


def cells() -> list[Cell]:
    """All cells, the hardest first."""
    first = [
        Cell("1/d", 31, 12, 0.6),
        Cell("1/d", 31, 10, 0.3, dynamic=True),
        Cell("queen", 31, 10, 0.3, dynamic=True),
        Cell("1/d^2", 31, 12, 0.6),
        Cell("queen", 31, 12, 0.6),
        Cell("1/d", 31, 12, 0.3),
        Cell("1/d", 31, 12, 0.8),
    ]
    kinds = ("1/d", "1/d^2", "queen", "4 nearest")
    rest = product(COVARIANCES, (31, 100), (0.6, 0.8, 0.3, 0.0, -0.2), kinds, (12, 5))
    listed = [Cell(kind, N, T, rho, errors) for errors, N, rho, kind, T in rest]
    dynamic = [Cell(kind, 31, 10, rho, dynamic=True) for kind in kinds for rho in (0.3, 0.0)]
    return list(dict.fromkeys([*first, *listed, *dynamic]))


def matrix(cell: Cell) -> bd.SpatialWeights:
    """The weights of a cell, those of run.py and squared inverse distances."""
    if cell.weights != "1/d^2":
        return weights_of(cell.N, cell.weights)
    if cell.N == 31:
        capitals = ("capital_lon", "capital_lat")
        return bd.InverseDistance(2, points=capitals).fit(bd.load_panel())
    # row-normalised weights keep the ratios of a row
    once = weights_of(cell.N, "1/d")
    return bd.SpatialWeights.from_matrix(once.dense**2, once.ids, name="1/d^2")


def noise(cell: Cell, rng: np.random.Generator) -> np.ndarray:
    """Errors (T + 50, N) of variance one."""
    shape = cell.T + 50, cell.N
    e = rng.standard_normal(shape)
    if cell.errors == "t5":
        return rng.standard_t(5, shape) / np.sqrt(5 / 3)
    if cell.errors == "AR(1)":
        for t in range(1, len(e)):
            e[t] = 0.7 * e[t - 1] + np.sqrt(1 - 0.7**2) * e[t]
    if cell.errors == "uneven":
        # the same standard deviations in every sample
        spread = np.exp(0.6 * np.random.default_rng(SEED).standard_normal(cell.N))
        e = e * spread / np.sqrt(np.mean(spread**2))
    return e


def samples(cell: Cell, W: bd.SpatialWeights) -> Iterator[bd.Panel]:
    """Panels of a cell, the same regressors in all."""
    T, N = cell.T, cell.N
    rng = np.random.default_rng(cell.seed)
    x1, x2 = rng.standard_normal((2, 1, N)) + rng.standard_normal((2, T + 50, N))
    mean = x1 - 0.5 * x2 + 0.5 * W.lag(x1) + 0.25 * W.lag(x2)
    inverse = np.linalg.inv(np.eye(N) - cell.rho * W.dense)
    tau = TAU if cell.dynamic else 0.0
    while True:
        right = mean + noise(cell, rng)
        y = np.zeros_like(right)
        for t in range(len(right)):
            y[t] = inverse @ (tau * y[t - 1] + right[t])
        # a dynamic model takes one more period, for the lag
        last = slice(50 - cell.dynamic, None)
        columns = {"y": y[last], "x1": x1[last], "x2": x2[last]}
        yield bd.Panel.from_arrays(columns, units=W.ids, periods=range(1, len(y[last]) + 1))


def intervals(
    fit: bd.FitResult, method: str, horizon: str, seed: int
) -> dict[tuple[str, str], tuple[float, float]]:
    """(term, component) -> interval."""
    draws = DRAWS.get(method, 0)
    found = {}
    if method != "fieller" and horizon == "short":
        limits = fit.conf_int(LEVEL, method, draws=draws, seed=seed)
        for term, low, high in limits.itertuples():
            found[term, "parameter"] = (low, high)
    impacts = fit.impacts(interval=method, draws=draws, seed=seed, horizon=horizon)
    for row in impacts.tidy(LEVEL).itertuples():
        found[row.term, f"{horizon} {row.component}"] = (row.conf_low, row.conf_high)
    return found


def truths(cell: Cell, fit: bd.FitResult) -> dict[tuple[str, str], float]:
    """The same of the truth."""
    true = {**SLOPES, "rho": cell.rho, "tau": TAU}
    values = np.array([true[term] for term in fit.terms])
    there = replace(fit, estimate=replace(fit.estimate, values=values))
    found = {(term, "parameter"): true[term] for term in fit.terms}
    for horizon in ("short", "long") if cell.dynamic else ("short",):
        for row in there.impacts(horizon=horizon).tidy().itertuples():
            found[row.term, f"{horizon} {row.component}"] = row.estimate
    return found


def run(cell: Cell, replications: int) -> pd.DataFrame:
    """One row a method and quantity."""
    W = matrix(cell)
    model = bd.SpatialDurbin("y ~ x1 + x2", cov_type=COVARIANCES[cell.errors])
    methods = STATIC if COVARIANCES[cell.errors] == "classical" else SANDWICH
    if cell.dynamic:
        model, methods = model.replace(dynamic="time"), DYNAMIC
    horizons = ("short", "long") if cell.dynamic else ("short",)
    parts = []
    failed = 0
    for r, panel in zip(range(replications), samples(cell, W), strict=False):
        try:
            fit = model.fit(panel, W)
            true = truths(cell, fit)
            rows = []
            for method, horizon in product(methods, horizons):
                if method == "fieller" and horizon == "short":
                    continue
                for key, (low, high) in intervals(fit, method, horizon, r).items():
                    rows.append((method, *key, true[key], low, high))
        except (bd.errors.BevdriversError, np.linalg.LinAlgError):
            # no stable estimate: there is no interval of any kind
            failed += 1
            continue
        parts.append(pd.DataFrame(rows, columns=["method", "term", "quantity", *"tlh"]))
    return summary(pd.concat(parts), len(parts)).assign(failed=failed)


def summary(drawn: pd.DataFrame, n: int) -> pd.DataFrame:
    """Coverage and width of each interval over n samples."""
    drawn = drawn.assign(
        above=drawn["l"] > drawn["t"],
        below=drawn["h"] < drawn["t"],
        width=drawn["h"] - drawn["l"],
        unbounded=~np.isfinite(drawn["h"] - drawn["l"]),
    )
    groups = drawn.groupby(["method", "term", "quantity"], sort=False)
    found = groups[["above", "below", "unbounded"]].mean()
    found["width"] = groups["width"].median()
    found.insert(0, "truth", groups["t"].first())
    found.insert(1, "coverage", 1 - found["above"] - found["below"])
    found.insert(2, "se", np.sqrt(found["coverage"] * (1 - found["coverage"]) / n))
    return found.reset_index().assign(replications=n)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--only", help="numbers of cells, from 0, separated by commas")
    given = parser.parse_args()
    warnings.simplefilter("ignore", bd.errors.BevdriversWarning)
    wanted = cells()
    if given.only:
        wanted = [wanted[int(number)] for number in given.only.split(",")]
    start = time.perf_counter()
    for cell in wanted:
        design = vars(cell)
        done = pd.read_csv(FILE) if FILE.exists() else pd.DataFrame(columns=list(design))
        if (done[list(design)] == list(design.values())).all(axis=1).any():
            continue
        if time.perf_counter() - start > 60 * given.minutes:
            break
        part = run(cell, given.replications)
        for place, (name, value) in enumerate(design.items()):
            part.insert(place, name, value)
        done = pd.read_csv(FILE) if FILE.exists() else None
        frame = part if done is None else pd.concat([done, part])
        frame.to_csv(FILE, index=False, float_format="%.4g", lineterminator="\n")
        print(f"{cell}: {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
