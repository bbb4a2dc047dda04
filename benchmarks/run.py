"""Speed and memory against peers, as ratios measured in one process.

    python benchmarks/run.py [--full] [--out benchmarks/results]

Every row times one task here and in a peer on the same data, and reports the ratio of the best times, so that
a busy machine slows both. Peers: spreg (two-way data are demeaned for it beforehand, which is not timed), linearmodels,
esda. --full adds N = 3,000, 100,000 and, where memory allows, 1,000,000 units.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import platform
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.spatial import cKDTree

import bevdrivers as bd
from bevdrivers.results import installed_versions

REGRESSORS = [f"x{k}" for k in range(4)]
FORMULA = "y ~ " + " + ".join(REGRESSORS)


def best(task: Callable[[], Any], repeats: int, number: int = 1) -> float:
    """Seconds of the fastest of `repeats` runs, each of `number` calls."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(number):
            task()
        times.append((time.perf_counter() - start) / number)
    return min(times)


def nearest(N: int, k: int = 6, seed: int = 0) -> bd.SpatialWeights:
    """k nearest of random points."""
    at = np.random.default_rng(seed).uniform(size=(N, 2))
    near = cKDTree(at).query(at, k=k + 1)[1][:, 1:]
    links = sparse.csr_array((np.ones(N * k), (np.repeat(np.arange(N), k), near.ravel())), shape=(N, N))
    return bd.SpatialWeights.from_matrix(links, [f"u{i:07d}" for i in range(N)])


def panel_of(W: bd.SpatialWeights, T: int) -> bd.Panel:
    """A spatial Durbin panel with rho = 0.3."""
    from bevdrivers.linalg import Resolvent

    rng = np.random.default_rng(1)
    X = rng.normal(size=(4, T, W.n_units))
    mean = 0.5 * X.sum(axis=0) + 0.2 * W.lag(X.sum(axis=0)) + rng.normal(size=(T, W.n_units))
    y = Resolvent(W.operator, 0.3).over_units(mean)
    return bd.Panel.from_arrays({"y": y, **dict(zip(REGRESSORS, X, strict=True))}, units=W.ids, periods=range(1, T + 1))


def spreg_task(panel: bd.Panel, W: bd.SpatialWeights) -> Callable[[], Any]:
    """spreg's SDM with unit effects and all impacts, on the long arrays that it wants."""
    import libpysal
    import spreg

    y = panel["y"].reshape(-1, 1)
    X = np.column_stack([panel[name].ravel() for name in REGRESSORS])
    w = libpysal.weights.WSP(sparse.csr_matrix(W.sparse)).to_W(silence_warnings=True)
    w.transform = "r"

    def task() -> Any:
        with contextlib.redirect_stdout(io.StringIO()):
            return spreg.ML_LagFE(y, X, w, slx_lags=1, spat_impacts="full")

    return task


def durbin(N: int, T: int, repeats: int, number: int, *, peer: bool) -> list[dict[str, Any]]:
    """Two-way SDM with covariance and impacts with standard errors as a frame, W ready and W fresh."""
    W = nearest(N)
    panel = panel_of(W, T)
    model = bd.SpatialDurbin(FORMULA)

    def ready() -> Any:
        fit = model.fit(panel, W)
        return fit.std_errors, fit.impacts().tidy()

    def fresh() -> Any:
        return model.fit(panel, bd.SpatialWeights.from_matrix(W.links, W.ids)).impacts().tidy()

    ready()
    ours, new = best(ready, repeats, number), best(fresh, max(2, repeats // 2))
    theirs = best(spreg_task(panel, W), 2 if N > 100 else repeats) if peer else np.nan
    common = {"N": N, "T": T, "peer": "spreg ML_LagFE" if peer else ""}
    return [
        {"task": "SDM, W ready", **common, "seconds": ours, "peer_seconds": theirs},
        {"task": "SDM, W fresh", **common, "seconds": new, "peer_seconds": theirs},
    ]


def least_squares(repeats: int) -> dict[str, Any]:
    """Two-way least squares with clustered errors against linearmodels."""
    from linearmodels import PanelOLS

    panel = panel_of(nearest(300), 15)
    frame = panel.frame.set_index(["unit", "year"])
    model = bd.NonSpatial(FORMULA, cov_type="clustered")

    def theirs() -> Any:
        peer = PanelOLS(frame["y"], frame[REGRESSORS], entity_effects=True, time_effects=True)
        return peer.fit(cov_type="clustered", cluster_entity=True).std_errors

    ours = best(lambda: model.fit(panel).std_errors, repeats, 5)
    return {
        "task": "least squares, clustered",
        "N": 300,
        "T": 15,
        "peer": "linearmodels PanelOLS",
        "seconds": ours,
        "peer_seconds": best(theirs, repeats),
    }


def moran(repeats: int) -> dict[str, Any]:
    """Moran's I of 20 periods with 9,999 permutations against esda, 2,852 units."""
    import esda
    import libpysal

    W = nearest(2852)
    panel = panel_of(W, 20)
    w = libpysal.weights.WSP(sparse.csr_matrix(W.sparse)).to_W(silence_warnings=True)
    w.transform = "r"
    ours = best(lambda: bd.Moran("y", permutations=9999, seed=1).fit(panel, W), repeats)
    theirs = best(lambda: esda.Moran(panel["y"][0], w, permutations=9999), 1) * 20
    return {
        "task": "Moran, 9,999 permutations",
        "N": 2852,
        "T": 20,
        "peer": "esda Moran (one period timed, x 20)",
        "seconds": ours,
        "peer_seconds": theirs,
    }


def machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_at_start": os.getloadavg()[0],
        **installed_versions(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="3,000 and 100,000 units as well")
    parser.add_argument("--million", action="store_true", help="one million units as well")
    parser.add_argument("--out", type=Path, help="folder for results.csv and machine.json")
    options = parser.parse_args()
    about = machine()
    rows = durbin(31, 15, 8, 20, peer=True) + durbin(300, 15, 5, 2, peer=True) + durbin(1000, 15, 3, 1, peer=True)
    rows += [least_squares(3), moran(1)]
    if options.full:
        rows += durbin(3000, 15, 2, 1, peer=True) + durbin(100_000, 10, 1, 1, peer=False)
    if options.million:
        rows += durbin(1_000_000, 5, 1, 1, peer=False)
    frame = pd.DataFrame(rows)
    frame["ratio"] = frame["peer_seconds"] / frame["seconds"]
    print(frame.to_string(index=False, float_format=lambda value: f"{value:.4g}"))
    about["peak_memory_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        frame.to_csv(options.out / "results.csv", index=False, float_format="%.6g")
        (options.out / "machine.json").write_text(json.dumps(about, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
