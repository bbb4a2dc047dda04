"""How often `fit.cautions` finds something; writes cautions.csv beside this file (some minutes of
one core).

    python docs/simulations/cautions.py [replications]

Units are those of the bundled map (N = 31), weights its contiguity and the four nearest
neighbours. Spatial Durbin model with two-way effects and classical covariance, two standard normal
regressors. "clean": independent errors of one variance, normal or t with five degrees of freedom; a
caution there is a false alarm. The other rows have one thing that is wrong. Each row is a share of
samples; with 400 of them the standard error of a share of 5 % is 1.1 points.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

import bevdrivers as bd

MAP = bd.load_panel()
WEIGHTS = {
    "queen": bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(MAP),
    "4 nearest": bd.KNearest(4, points=("capital_lon", "capital_lat")).fit(MAP),
}
TRUTHS = ("clean, normal", "clean, t5", "variances by unit", "AR(1) 0.5")


def errors(truth: str, rng: np.random.Generator, T: int, N: int) -> np.ndarray:
    """Errors (T, N) of variance about one."""
    e = rng.standard_normal((T, N))
    if truth == "clean, t5":
        return rng.standard_t(5, (T, N)) * np.sqrt(0.6)
    if truth == "variances by unit":
        return e * np.exp(rng.uniform(-1, 1, N))
    if truth == "AR(1) 0.5":
        for t in range(1, T):
            e[t] = 0.5 * e[t - 1] + np.sqrt(0.75) * e[t]
    return e


def sample(truth: str, W: bd.SpatialWeights, T: int, rho: float, seed: int) -> bd.Panel:
    """A panel (T, N) of the Durbin model."""
    rng = np.random.default_rng([seed, T])
    N = W.n_units
    x1, x2 = rng.standard_normal((2, T, N))
    effects = rng.standard_normal(N) + rng.standard_normal((T, 1))
    right = x1 - 0.5 * x2 + W.lag(0.5 * x1 + 0.25 * x2) + effects + errors(truth, rng, T, N)
    y = np.linalg.solve(np.eye(N) - rho * W.sparse.toarray(), right.T).T
    columns = {"y": y, "x1": x1, "x2": x2}
    return bd.Panel.from_arrays(columns, units=list(W.ids), periods=range(T))


def shares(truth: str, W: bd.SpatialWeights, T: int, rho: float, replications: int) -> Counter:
    """How many samples have each caution, and any."""
    found: Counter = Counter()
    for seed in range(replications):
        fit = bd.SpatialDurbin("y ~ x1 + x2").fit(sample(truth, W, T, rho, seed), W)
        names = {caution.name for caution in fit.cautions}
        found.update(names)
        found["any"] += bool(names)
    return found


def main(replications: int) -> None:
    rows = []
    for weights, W in WEIGHTS.items():
        for T in (6, 12):
            for rho in (0.0, 0.6):
                for truth in TRUTHS:
                    found = shares(truth, W, T, rho, replications)
                    cell = {"weights": weights, "T": T, "rho": rho, "truth": truth}
                    cell |= {name: count / replications for name, count in found.items()}
                    rows.append(cell)
    frame = pd.DataFrame(rows).fillna(0.0).assign(replications=replications)
    frame.to_csv(Path(__file__).with_name("cautions.csv"), index=False)
    print(frame.to_string(index=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
