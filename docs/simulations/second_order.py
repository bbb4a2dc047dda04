"""What is left of the bias of rho by `correction="second-order"`; writes second_order.csv beside
this file (some hours of one core for all, a quarter of an hour for weights of 31 units).

    python docs/simulations/second_order.py [samples [weights [units]]]

A Durbin model with two regressors, unit and time effects, as in run.py. For each cell the mean bias
of rho, its standard deviation and the coverage of its 95 % interval (normal, classical standard
errors), by the transformation of Lee and Yu and with the second-order correction on top, on the
same samples. Weights and a number of units named on the command line are made again; the rows of
the others stay.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

import bevdrivers as bd

sys.path.insert(0, str(Path(__file__).parent))
from run import SLOPES, weights_of

FILE = Path(__file__).with_suffix(".csv")
MODEL = bd.SpatialDurbin("y ~ x1 + x2")
CORRECTIONS = ("lee-yu", "second-order")
WEIGHTS = ("1/d", "4 nearest", "queen")
RHO = (-0.2, 0.0, 0.3, 0.6, 0.8)
UNITS, PERIODS = (31, 100), (5, 12)
SEED = 90000


def normal(rng: np.random.Generator, T: int, N: int) -> np.ndarray:
    return rng.standard_normal((T, N))


def heavy(rng: np.random.Generator, T: int, N: int) -> np.ndarray:
    """t(5), of variance one."""
    return rng.standard_t(5, (T, N)) / np.sqrt(5 / 3)


def serial(rng: np.random.Generator, T: int, N: int) -> np.ndarray:
    """AR(1) with 0.5, of variance one."""
    e = rng.standard_normal((T, N))
    for t in range(1, T):
        e[t] = 0.5 * e[t - 1] + np.sqrt(1 - 0.5**2) * e[t]
    return e


def uneven(rng: np.random.Generator, T: int, N: int) -> np.ndarray:
    """Standard deviations between 1/2 and 3/2, by unit."""
    return rng.standard_normal((T, N)) * np.linspace(0.5, 1.5, N)


ERRORS: dict[str, Callable[[np.random.Generator, int, int], np.ndarray]] = {
    "iid": normal,
    "t5": heavy,
    "AR(1)": serial,
    "heteroskedastic": uneven,
}


def drawn(W: bd.SpatialWeights, rho: float, T: int, errors: str, seed: int) -> bd.Panel:
    """A panel of the model with errors of a kind."""
    params = SLOPES | {"rho": rho}
    quiet = bd.simulate_panel(MODEL, W, params=params, periods=T, sigma2=1e-20, seed=seed)
    e = ERRORS[errors](np.random.default_rng([seed, 1]), T, W.n_units)
    back = np.linalg.inv(np.eye(W.n_units) - rho * W.dense)
    return quiet.with_columns(y=quiet["y"] + e @ back.T)


def cell(W: bd.SpatialWeights, rho: float, T: int, errors: str, samples: int) -> list[dict]:
    """Rows of one cell, one for each correction."""
    estimates: dict[str, list[tuple[float, float]]] = {name: [] for name in CORRECTIONS}
    for seed in range(SEED, SEED + samples):
        panel = drawn(W, rho, T, errors, seed)
        for name in CORRECTIONS:
            fit = MODEL.replace(correction=name).fit(panel, W)
            estimates[name].append((fit.params["rho"], fit.std_errors["rho"]))
    rows = []
    for name, pairs in estimates.items():
        value, error = np.array(pairs).T
        rows.append(
            {
                "correction": name,
                "bias": value.mean() - rho,
                "sd": value.std(ddof=1),
                "coverage": np.mean(np.abs(value - rho) <= 1.959964 * error),
                "bias_se": value.std(ddof=1) / np.sqrt(samples),
                "samples": samples,
            }
        )
    return rows


def main(samples: int = 1000, weights: str = "", units: int = 0) -> None:
    for kind, N in product(WEIGHTS, UNITS):
        if weights in ("", kind) and units in (0, N):
            made = pd.DataFrame(rows_of(kind, N, samples))
            kept = pd.read_csv(FILE) if FILE.is_file() else made[:0]
            kept = kept[(kept["weights"] != kind) | (kept["N"] != N)]
            frame = pd.concat([kept, made], ignore_index=True)
            frame.to_csv(FILE, index=False, float_format="%.5f", lineterminator="\n")


def rows_of(kind: str, N: int, samples: int) -> list[dict]:
    """Rows of all cells with these weights and this number of units."""
    W, rows = weights_of(N, kind), []
    for T, rho, errors in product(PERIODS, RHO, ERRORS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", bd.BevdriversWarning)
            found = cell(W, rho, T, errors, samples)
        where = {"weights": kind, "N": N, "T": T, "rho": rho, "errors": errors}
        rows += [where | row for row in found]
        print(rows[-2], rows[-1], sep="\n", flush=True)
    return rows


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]), *sys.argv[2:3], *map(int, sys.argv[3:4]))
