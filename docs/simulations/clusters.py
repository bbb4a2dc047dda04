"""Coverage of 95 % intervals with 31 clusters of units, of every covariance and method for few
clusters, in clusters.csv beside this file.

    python docs/simulations/clusters.py [--replications 200] [--seed 15]

Errors follow an autoregression of 0.7 within a unit, or have variances that differ by unit. The
models are least squares (SLX) and maximum likelihood (SDM, rho = 0.3, queen weights of the 31
provinces). x2 hardly varies but in three provinces, whose clusters have much leverage.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from intervals import Cell, noise
from run import weights_of

import bevdrivers as bd
from bevdrivers.models.impacts.many import ImpactsAsked
from bevdrivers.models.intervals import limits_of

FILE = Path(__file__).with_suffix(".csv")
RHO = 0.3
# so many provinces have ten times the spread of x2 of the others
PROVINCES = 3
SLOPES = {"x1": 1.0, "x2": -0.5, "W_x1": 0.5, "W_x2": 0.25, "rho": RHO}
MODELS = {"slx": bd.SpatialLagX, "sdm": bd.SpatialDurbin}
DESIGNS = [(m, T, errors) for errors, T, m in product(("AR(1)", "uneven"), (5, 12), ("sdm", "slx"))]
LEVEL = 0.95
DRAWS = 999
TYPES = (None, "CR1", "CR2", "CR3")


def panels(
    model: str, T: int, errors: str, seed: int
) -> Iterator[tuple[bd.Panel, bd.SpatialWeights]]:
    """Samples, the regressors drawn anew in each, but for where x2 varies."""
    W = weights_of(31, "queen")
    N = W.n_units
    rng = np.random.default_rng([seed, *f"{model} {T} {errors}".encode()])
    rho = RHO if model == "sdm" else 0.0
    inverse = np.linalg.inv(np.eye(N) - rho * W.dense)
    own = np.where(np.arange(N) < PROVINCES, 3.0, 0.3)
    cell = Cell("queen", N, T, rho, errors)
    while True:
        x1 = rng.standard_normal((1, N)) + rng.standard_normal((T, N))
        x2 = own * rng.standard_normal((T, N))
        mean = x1 - 0.5 * x2 + 0.5 * W.lag(x1) + 0.25 * W.lag(x2)
        y = (mean + noise(cell, rng)[-T:]) @ inverse.T
        columns = {"y": y, "x1": x1, "x2": x2}
        yield bd.Panel.from_arrays(columns, units=W.ids, periods=range(1, T + 1)), W


def covered(
    fit: bd.FitResult, true: dict[tuple[str, str], float], seed: int
) -> Iterator[tuple[str, str, str, bool, float]]:
    """(method, term, quantity, whether the interval has the truth, its width) of all methods."""
    for kind in TYPES:
        own = fit.with_cov("clustered", cluster_type=kind)
        for (term, quantity), low, high in symmetric(own):
            inside = low <= true[term, quantity] <= high
            yield kind or "plain", term, quantity, inside, high - low
    clustered = fit.with_cov("clustered")
    impacts = clustered.impacts()
    asked = ImpactsAsked(impacts.source.select, "short")
    rows = impacts.tidy()
    places = [
        [(term, "parameter") for term in fit.terms],
        list(zip(rows["term"], rows["component"], strict=True)),
    ]
    for of, keys in zip((None, asked), places, strict=True):
        limits = limits_of(clustered, "wild", DRAWS, seed, of)
        for key, test, estimate in zip(keys, limits.tests, limits.estimates, strict=True):
            # the interval has what the test does not reject
            yield "wild", *key, test.p_value(estimate - true[key]) > 1 - LEVEL, np.nan


def symmetric(fit: bd.FitResult) -> Iterator[tuple[tuple[str, str], float, float]]:
    """((term, quantity), lower, upper) from standard errors."""
    for term, low, high in fit.conf_int(LEVEL).itertuples():
        yield (term, "parameter"), low, high
    for row in fit.impacts().tidy(LEVEL).itertuples():
        yield (row.term, row.component), row.conf_low, row.conf_high


def truths(model: str, W: bd.SpatialWeights) -> dict[tuple[str, str], float]:
    """Of coefficients, rho and impacts."""
    rho = RHO if model == "sdm" else 0.0
    inverse = np.linalg.inv(np.eye(W.n_units) - rho * W.dense)
    found = {(term, "parameter"): value for term, value in SLOPES.items()}
    for term in ("x1", "x2"):
        effects = inverse @ (SLOPES[term] * np.eye(W.n_units) + SLOPES[f"W_{term}"] * W.dense)
        direct, total = np.trace(effects) / W.n_units, effects.sum() / W.n_units
        parts = {"direct": direct, "indirect": total - direct, "total": total}
        found |= {(term, component): value for component, value in parts.items()}
    return found


def run(model: str, T: int, errors: str, replications: int, seed: int) -> pd.DataFrame:
    """One row a method and quantity."""
    rows = []
    request = MODELS[model]("y ~ x1 + x2")
    for r, (panel, W) in zip(range(replications), panels(model, T, errors, seed), strict=False):
        true = truths(model, W)
        rows += covered(request.fit(panel, W), true, r)
    drawn = pd.DataFrame(rows, columns=["method", "term", "quantity", "coverage", "width"])
    groups = drawn.groupby(["method", "term", "quantity"], sort=False)
    found = groups.agg(coverage=("coverage", "mean"), width=("width", "median")).reset_index()
    design = {"model": model, "T": T, "errors": errors}
    for place, (name, value) in enumerate(design.items()):
        found.insert(place, name, value)
    return found.assign(replications=replications, seed=seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--seed", type=int, default=15)
    given = parser.parse_args()
    warnings.simplefilter("ignore", bd.errors.BevdriversWarning)
    start = time.perf_counter()
    parts: list[pd.DataFrame] = []
    for model, T, errors in DESIGNS:
        parts.append(run(model, T, errors, given.replications, given.seed))
        frame = pd.concat(parts)
        frame.to_csv(FILE, index=False, float_format="%.4g", lineterminator="\n")
        print(f"{model}, T = {T}, {errors}: {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
