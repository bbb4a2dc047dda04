"""Size and power of the joint tests of a specification curve at N = 31 and T = 10; writes
curve_tests.csv beside this file (some twenty minutes of one core).

    python docs/simulations/curve_tests.py [samples]

Units and weights are those of the bundled map (queen contiguity, row-normalised). A spatial Durbin
process with rho = 0.4 and three standard normal regressors; the two controls x2 and x3 have
coefficients 1 and 0.5, their lags 0.5 and 0. The focal x1 has the coefficient of the scenario, and
half of it for its lag. Errors have variance 1. Two-way effects; sample number s has seed s. The grid
has 12 specifications: queen and 4 nearest neighbours; Durbin, lag and error model; with x3 and without
it. "rejected" is a share of samples whose p-value for the total effect, from 99 draws with a sign a
unit, is 5 % or less.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import bevdrivers as bd

PERIODS = 10
DRAWS = 99
LEVEL = 0.05
RHO = 0.4
MODEL = bd.SpatialDurbin("y ~ x1 + x2 + x3")
QUEEN = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(bd.load_panel())
NEAREST = bd.KNearest(4).fit(bd.load_panel())
GRID = bd.SpecGrid(
    MODEL,
    weights={"queen": QUEEN, "4 nearest": NEAREST},
    models=[bd.SpatialLag, bd.SpatialError],
    controls=["x3"],
    focus=["x1"],
)
FILE = Path(__file__).with_name("curve_tests.csv")

# scenario -> (coefficient of x1, autocorrelation of the errors)
SCENARIOS = {
    "no effect": (0.0, 0.0),
    "no effect, errors with psi = 0.5": (0.0, 0.5),
    "effect of 0.1": (0.1, 0.0),
    "effect of 0.2": (0.2, 0.0),
}
# power needs fewer samples than size
SHARES = {"effect of 0.1": 0.25, "effect of 0.2": 0.25}


def drawn(effect: float, psi: float, seed: int) -> bd.Panel:
    """A sample whose errors follow an autoregression, of variance 1 in every period."""
    params = {
        **{"x1": effect, "x2": 1.0, "x3": 0.5},
        **{"W_x1": effect / 2, "W_x2": 0.5, "W_x3": 0.0, "rho": RHO},
    }
    quiet = bd.simulate_panel(MODEL, QUEEN, params=params, periods=PERIODS, sigma2=1e-20, seed=seed)
    e = np.random.default_rng([seed, 1]).standard_normal((PERIODS, QUEEN.n_units))
    for t in range(1, PERIODS):
        e[t] = psi * e[t - 1] + np.sqrt(1 - psi**2) * e[t]
    back = np.linalg.inv(np.eye(QUEEN.n_units) - RHO * QUEEN.dense)
    return quiet.with_columns(y=quiet["y"] + e @ back.T)


def p_values(panel: bd.Panel, seed: int) -> dict[str, float]:
    """Of the total effect of x1, by test."""
    test = bd.curve_test(bd.run_grid(GRID, panel), "x1", draws=DRAWS, seed=seed)
    return {one.name: one.p_value for one in test.tests}


def rows_of(name: str, samples: int) -> pd.DataFrame:
    effect, psi = SCENARIOS[name]
    rows = []
    samples = int(samples * SHARES.get(name, 1.0))
    for seed in range(samples):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", bd.BevdriversWarning)
            rows.append(p_values(drawn(effect, psi, seed), seed))
    small = pd.DataFrame(rows) <= LEVEL
    frame = small.mean().rename("rejected").rename_axis("test").reset_index()
    error = np.sqrt(frame["rejected"] * (1 - frame["rejected"]) / samples)
    frame.insert(0, "truth", name)
    return frame.assign(std_error=error, samples=samples)


def main(samples: int = 400) -> None:
    frames = []
    for name in SCENARIOS:
        frames.append(rows_of(name, samples))
        frame = pd.concat(frames)
        frame.to_csv(FILE, index=False, float_format="%.4f", lineterminator="\n")
        print(frames[-1].to_string(index=False), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
