"""Size of the stage tests and of the search for a split, coverage of the shares' intervals; writes
stages.csv.

    python docs/simulations/stages.py

Spatial lag models on the queen weights of China's provinces, N = 31, T = 10, two-way effects, rho =
0.3. "iid": standard normal errors. "uneven": standard deviations from 0.3 to 2 by unit and
correlation 0.6 from year to year, of the regressor and the error alike. Shares: a spatial Durbin
model with three drivers, T = 8, against the values of a panel of 600 years.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import bevdrivers as bd

SPREAD = np.linspace(0.3, 2.0, 31)
FIXED, SEARCHES, DRAWS, COVERAGE = 400, 80, 39, 150


def panel_of(kind: str, weights: bd.SpatialWeights, rng: np.random.Generator) -> bd.Panel:
    shocks = rng.standard_normal((2, 10, 31))
    if kind == "uneven":
        shocks *= rng.permutation(SPREAD)
        shocks[:, 0] /= 0.8
        for t in range(1, 10):
            shocks[:, t] += 0.6 * shocks[:, t - 1]
    x, e = shocks
    y = np.linalg.solve(np.eye(31) - 0.3 * weights.dense, (0.5 * x + e).T).T
    return bd.Panel.from_arrays({"x": x, "y": y}, units=weights.ids, periods=range(1, 11))


def fixed_split(weights: bd.SpatialWeights) -> list[tuple]:
    rows = []
    for kind in ("iid", "uneven"):
        for cov_type in ("classical", "robust", "clustered"):
            rng = np.random.default_rng(1)
            model = bd.SpatialLag("y ~ x", cov_type=cov_type)
            names = ("All coefficients", "Total impacts")
            count = np.zeros(2)
            for _ in range(FIXED):
                tests = bd.compare_stages(
                    model, panel_of(kind, weights, rng), weights, split=6
                ).tests
                count += [tests[name].rejected for name in names]
            rows += [
                (f"{name}, split fixed", kind, cov_type, share)
                for name, share in zip(names, count / FIXED, strict=True)
            ]
    return rows


def searched_split(weights: bd.SpatialWeights) -> list[tuple]:
    """At 10 %, which 39 draws can give: 4.605 is the 10 % point of chi-squared with two degrees of
    freedom.
    """
    rows = []
    for kind in ("iid", "uneven"):
        for cov_type in ("classical", "clustered"):
            rng = np.random.default_rng(2)
            model = bd.SpatialLag("y ~ x", cov_type=cov_type)
            bootstrap = naive = 0
            for seed in range(SEARCHES):
                panel = panel_of(kind, weights, rng)
                found = bd.search_split(model, panel, weights, shortest=4, draws=DRAWS, seed=seed)
                bootstrap += found.test.p_value <= 0.10
                naive += found.test.statistic > 4.605
            rows.append(
                ("Split searched, bootstrap, at 10 %", kind, cov_type, bootstrap / SEARCHES)
            )
            rows.append(("Split searched, chi2(2), at 10 %", kind, cov_type, naive / SEARCHES))
    return rows


def drivers(T: int, weights: bd.SpatialWeights, rng: np.random.Generator) -> bd.Panel:
    truth = {"x1": 0.3, "x2": 0.1, "x3": 0.0, "W_x1": 0.1, "W_x2": 0.0, "W_x3": 0.0, "rho": 0.3}
    columns = {
        name: rng.standard_normal(31) + rng.standard_normal((T, 31)) for name in ("x1", "x2", "x3")
    }
    base = bd.Panel.from_arrays(columns, units=weights.ids, periods=range(1, T + 1))
    return bd.simulate_panel(
        bd.SpatialDurbin("y ~ x1 + x2 + x3"), weights, params=truth, periods=base, seed=rng
    )


def shares(weights: bd.SpatialWeights) -> list[tuple]:
    model, rng = bd.SpatialDurbin("y ~ x1 + x2 + x3"), np.random.default_rng(3)
    groups = {"large": ["x1"], "small": ["x2"], "none": ["x3"]}
    truth = bd.driver_shares(model, drivers(600, weights, rng), weights, groups=groups).shares.iloc[
        :, 0
    ]
    held = pd.Series(0.0, index=truth.index)
    for seed in range(COVERAGE):
        panel = drivers(8, weights, rng)
        found = bd.driver_shares(model, panel, weights, groups=groups, draws=99, seed=seed).tidy()
        rows = found[found["component"] == "share 1-8"].set_index("term")
        held += (rows["conf_low"] <= truth) & (truth <= rows["conf_high"])
    return [
        (
            f"Coverage of the share of {name} ({truth[name]:.2f})",
            "iid",
            "bootstrap",
            held[name] / COVERAGE,
        )
        for name in held.index
    ]


def main() -> None:
    panel = bd.load_panel()
    weights = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bd.BoundWarning)
        rows = fixed_split(weights) + shares(weights) + searched_split(weights)
    frame = pd.DataFrame(rows, columns=["what", "errors", "inference", "share"])
    frame.round(3).to_csv(Path(__file__).with_suffix(".csv"), index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
