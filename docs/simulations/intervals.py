"""Coverage of the intervals of `conf_int` and `impacts`, cell by cell, in intervals.csv beside this
file.

    python docs/simulations/intervals.py [--replications 40] [--minutes 60] [--processes 2]
        [--only 0,1]

Every cell is written as soon
as it is done, and one that is in the file is not run again, so that the table can be continued:
delete its rows to run it anew. Each row has the number of replications, the coverage with its Monte
Carlo standard error, the shares of samples whose interval lies wholly above or below the truth, the
median width, and the share of intervals without a bound.

Intervals that run the fit again do so 399 times, which makes the level of 5 % exact, and all of
them look at the same refits.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from run import SLOPES, weights_of

import bevdrivers as bd
from bevdrivers.models.impacts.many import ImpactsAsked
from bevdrivers.simulation.intervals import Resampled

HERE = Path(__file__).parent
FILE = HERE / "intervals.csv"
SEED = 14
TRUTH = SLOPES | {"sigma2": 1.0}
# of the outcome of the period before, in the dynamic cells
TAU = 0.5
LEVEL = 0.95
# all kinds where thousands of refits are one computation; a few where each is a fit of its own
RESAMPLING = ("percentile", "bootstrap-t", "bca")
STATIC = ("delta", "simulated", *RESAMPLING, "profile")
SANDWICH = ("delta", "simulated")
DYNAMIC = ("delta", "simulated", "fieller")
REFITS = 399
SIMULATED = 999
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
    """All cells, those of 31 units first."""
    first = [
        Cell("1/d", 31, 12, 0.6),
        Cell("1/d", 31, 10, 0.3, dynamic=True),
        Cell("queen", 31, 10, 0.3, dynamic=True),
    ]
    kinds = ("1/d", "1/d^2", "queen", "4 nearest")
    rhos = (0.6, 0.3, 0.8, 0.0, -0.2)
    iid = {
        N: [Cell(kind, N, T, rho) for rho, T, kind in product(rhos, (12, 5), kinds)]
        for N in (31, 100)
    }
    dynamic = [Cell(kind, 31, 10, rho, dynamic=True) for kind in kinds for rho in (0.3, 0.0)]
    others = [
        Cell(kind, N, T, rho, errors)
        for N, rho, errors, T, kind in product(
            (31, 100), (0.3, 0.6, 0.8, 0.0, -0.2), ("AR(1)", "uneven", "t5"), (12, 5), kinds
        )
    ]
    return list(dict.fromkeys([*first, *iid[31], *dynamic, *others[:16], *iid[100], *others]))


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
    fit: bd.FitResult, methods: tuple[str, ...], horizon: str, seed: int
) -> Iterator[tuple[str, str, str, float, float]]:
    """(method, term, quantity, lower, upper) of all intervals of a fit at a horizon."""
    refits = None
    if any(method in RESAMPLING for method in methods):
        refits = Resampled.of(fit, REFITS, seed, "bootstrap-t")
    for method in methods:
        if horizon == "short" and method != "fieller":
            of_parameters = parameter_bounds(fit, method, seed, refits)
            for term, low, high in zip(fit.terms, *of_parameters, strict=True):
                yield method, term, "parameter", low, high
        if horizon == "long" or method != "fieller":
            of_impacts = impact_bounds(fit, method, horizon, seed, refits)
            rows = (
                fit.impacts(horizon=horizon).tidy()[["term", "component"]].itertuples(index=False)
            )
            for (term, component), low, high in zip(rows, *of_impacts, strict=True):
                yield method, term, f"{horizon} {component}", low, high


def parameter_bounds(
    fit: bd.FitResult, method: str, seed: int, refits: Resampled | None
) -> np.ndarray:
    """Lower and upper bounds, (2, P)."""
    if method in RESAMPLING:
        return np.array(refits.limits(method, None).at(LEVEL))
    draws = SIMULATED if method == "simulated" else 0
    return fit.conf_int(LEVEL, method, draws=draws, seed=seed).to_numpy().T


def impact_bounds(
    fit: bd.FitResult, method: str, horizon: str, seed: int, refits: Resampled | None
) -> np.ndarray:
    """Lower and upper bounds of direct, indirect and total impacts, (2, 3 K)."""
    if method in RESAMPLING:
        asked = ImpactsAsked(fit.impacts(horizon=horizon).source.select, horizon)
        return np.array(refits.limits(method, asked).at(LEVEL))
    draws = SIMULATED if method == "simulated" else 0
    impacts = fit.impacts(interval=method, draws=draws, seed=seed, horizon=horizon)
    if impacts.limits is not None:
        # a table would compute p-values, too, which are half the work of a profile
        return np.array(impacts.limits.at(LEVEL))
    return impacts.tidy(LEVEL)[["conf_low", "conf_high"]].to_numpy().T


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
            rows = [
                (method, term, quantity, true[term, quantity], low, high)
                for horizon in horizons
                for method, term, quantity, low, high in intervals(fit, methods, horizon, r)
            ]
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


def run_quietly(cell: Cell, replications: int) -> pd.DataFrame:
    """`run` in a process of its own, with the design in the first columns."""
    warnings.simplefilter("ignore", bd.errors.BevdriversWarning)
    part = run(cell, replications)
    for place, (name, value) in enumerate(vars(cell).items()):
        part.insert(place, name, value)
    return part


def is_done(cell: Cell) -> bool:
    if not FILE.exists():
        return False
    design = vars(cell)
    done = pd.read_csv(FILE)[list(design)]
    return bool((done == list(design.values())).all(axis=1).any())


def add(part: pd.DataFrame) -> None:
    """Write the rows of a cell below those that are there."""
    parts = [pd.read_csv(FILE), part] if FILE.exists() else [part]
    pd.concat(parts).to_csv(FILE, index=False, float_format="%.4g", lineterminator="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--replications", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", help="numbers of cells, from 0, separated by commas")
    given = parser.parse_args()
    wanted = cells()
    if given.only:
        wanted = [wanted[int(number)] for number in given.only.split(",")]
    start = time.perf_counter()
    with ProcessPoolExecutor(given.processes) as pool:
        runs = {
            pool.submit(run_quietly, cell, given.replications): cell
            for cell in wanted
            if not is_done(cell)
        }
        for done in as_completed(runs):
            add(done.result())
            seconds = time.perf_counter() - start
            print(f"{runs[done]}: {seconds:.0f} s", flush=True)
            if seconds > 60 * given.minutes:
                pool.shutdown(cancel_futures=True)
                break


if __name__ == "__main__":
    main()
