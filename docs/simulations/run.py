"""The simulation tables of docs/explanation/simulations.md: `bevdrivers.calibrate` over sizes,
weights and errors.

    python docs/simulations/run.py [estimators] [covariances] [--share 1.0]

Writes estimators.csv and covariances.csv beside this file, every figure with its Monte Carlo
standard error (a quarter of an hour on one core). --share 0.1 draws a tenth of the replications.
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
from scipy.spatial import Delaunay

import bevdrivers as bd

HERE = Path(__file__).parent
SEED = 20250
UNITS, PERIODS, WEIGHTS = (31, 100, 300), (5, 12, 20), ("queen", "4 nearest", "1/d")
RHO = (0.3, -0.2, 0.6)  # the last two not for N = 300
SLOPES = {"x1": 1.0, "x2": -0.5, "W_x1": 0.5, "W_x2": 0.25}
SDM = bd.SpatialDurbin("y ~ x1 + x2")
# likelihoods are maximised together, moments one by one
LIKELIHOOD_DRAWS = {31: 2000, 100: 2000, 300: 1000}
MOMENT_DRAWS = {31: 400, 100: 400, 300: 200}
SANDWICH_DRAWS = 1000


def weights_of(N: int, kind: str) -> bd.SpatialWeights:
    """The 31 provinces on the bundled map; else random points in a square, neighbours in their
    Voronoi cells.
    """
    if N == 31:
        provinces = bd.load_panel()
        capitals = ("capital_lon", "capital_lat")
        recipes = {
            "queen": bd.Queen(islands={"Hainan": ["Guangdong"]}),
            "4 nearest": bd.KNearest(4, points=capitals),
            "1/d": bd.InverseDistance(1, points=capitals),
        }
        return recipes[kind].fit(provinces)
    at = np.random.default_rng([SEED, N]).uniform(size=(N, 2))
    distance = np.linalg.norm(at[:, None] - at[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    if kind == "queen":
        corners = Delaunay(at).simplices
        links = np.zeros((N, N))
        for a, b in ((0, 1), (1, 2), (2, 0)):
            links[corners[:, a], corners[:, b]] = links[corners[:, b], corners[:, a]] = 1.0
    elif kind == "4 nearest":
        links = (distance <= np.sort(distance, axis=1)[:, [3]]).astype(float)
    else:
        links = 1.0 / distance
    return bd.SpatialWeights.from_matrix(links, [f"u{i:03d}" for i in range(N)], name=kind)


def rows(found: bd.Calibration, **cell: object) -> pd.DataFrame:
    """The figures of a calibration with the cell that they belong to."""
    return found.frame.assign(**cell, replications=found.replications).join(
        found.counts, on="estimator"
    )


def estimators(share: float) -> Iterator[pd.DataFrame]:
    """Direct maximum likelihood, Elhorst, Lee-Yu and two-stage least squares under normal
    errors.
    """
    for rho, N, kind, T in product(RHO, UNITS, WEIGHTS, PERIODS):
        if N == 300 and rho != RHO[0]:
            continue
        W, seed = weights_of(N, kind), SEED + 100 * N + T
        slopes = SLOPES | {"rho": rho}
        fit = SDM.fit(bd.simulate_panel(SDM, W, params=slopes, periods=T, seed=seed), W)
        truth, cell = slopes | {"sigma2": 1.0}, {"N": N, "T": T, "weights": kind, "rho": rho}
        yield rows(
            bd.calibrate(fit, int(share * LIKELIHOOD_DRAWS[N]), params=truth, seed=seed), **cell
        )
        if rho == RHO[0]:
            draws, others = int(share * MOMENT_DRAWS[N]), {"gmm": SDM.replace(method="gmm")}
            found = bd.calibrate(fit, draws, params=truth, estimators=others, seed=seed)
            yield rows(found, **cell).query("estimator == 'gmm'")


def uneven_panel(W: bd.SpatialWeights, T: int, errors: str, seed: int) -> bd.Panel:
    """A panel whose errors break the classical covariance, with regressors that make it matter.

    "heteroskedastic": the standard deviations of a unit's errors, and of its regressors over time,
    are lognormal, the same for both. "clustered": errors and regressors are AR(1) with 0.7 within a
    unit.
    """
    rng = np.random.default_rng(seed)
    N = W.n_units
    noise = rng.standard_normal((3, T + 50, N))
    if errors == "clustered":
        for t in range(1, T + 50):
            noise[:, t] = 0.7 * noise[:, t - 1] + np.sqrt(1 - 0.7**2) * noise[:, t]
    else:
        spread = np.exp(0.6 * rng.standard_normal(N))
        noise = noise * spread / np.sqrt(np.mean(spread**2))
    x1, x2, e = noise[:, 50:]
    x1, x2 = x1 + rng.standard_normal(N), x2 + rng.standard_normal(N)
    mean = x1 - 0.5 * x2 + 0.5 * W.lag(x1) + 0.25 * W.lag(x2)
    y = np.linalg.solve(np.eye(N) - 0.3 * W.dense, (mean + e).T).T
    return bd.Panel.from_arrays({"y": y, "x1": x1, "x2": x2}, units=W.ids, periods=range(1, T + 1))


def covariances(share: float) -> Iterator[pd.DataFrame]:
    """Classical, robust and clustered covariances of Lee-Yu, and robust moments, under errors that
    are not iid.
    """
    truth = SLOPES | {"rho": 0.3, "sigma2": 1.0}
    for errors, N, kind, T in product(
        ("heteroskedastic", "clustered"), (31, 100), ("queen", "4 nearest"), PERIODS
    ):
        W, seed = weights_of(N, kind), SEED + 100 * N + T
        sandwich = "robust" if errors == "heteroskedastic" else "clustered"
        others = {
            f"lee-yu, {sandwich}": SDM.replace(cov_type=sandwich),
            f"gmm, {sandwich}": SDM.replace(method="gmm", cov_type=sandwich),
        }
        fit = SDM.fit(uneven_panel(W, T, errors, seed), W)
        draws = int(share * SANDWICH_DRAWS)
        found = bd.calibrate(fit, draws, params=truth, errors=errors, estimators=others, seed=seed)
        yield rows(found, errors=errors, N=N, T=T, weights=kind)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tables", nargs="*", default=["estimators", "covariances"])
    parser.add_argument("--share", type=float, default=1.0)
    given = parser.parse_args()
    # estimates of the first sample at the edge of their range do not matter: the truth is set
    warnings.simplefilter("ignore", bd.BoundWarning)
    for name in given.tables:
        start = time.perf_counter()
        parts = []
        for part in {"estimators": estimators, "covariances": covariances}[name](given.share):
            parts.append(part)
            print(f"{name}: {len(parts)} parts, {time.perf_counter() - start:.0f} s", flush=True)
            cell = [c for c in ("errors", "N", "T", "weights", "rho") if c in part]
            frame = pd.concat(parts, ignore_index=True)
            frame = frame[[*cell, *(c for c in frame.columns if c not in cell)]]
            frame.to_csv(
                HERE / f"{name}.csv", index=False, float_format="%.4g", lineterminator="\n"
            )


if __name__ == "__main__":
    main()
