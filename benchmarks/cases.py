"""What is timed: each case makes its data, times a task here and in a peer on the same data, and
returns rows.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

import bevdrivers as bd

MUNICIPALITIES = ["Beijing", "Shanghai", "Tianjin", "Chongqing"]
REGRESSORS = [f"x{k}" for k in range(4)]
FORMULA = "y ~ " + " + ".join(REGRESSORS)
Row = dict[str, Any]
Task = Callable[[], Any]


def paired(ours: Task, theirs: Task | None, repeats: int, number: int = 1) -> tuple[float, float]:
    """Seconds of the fastest run of either, in turns, which a busy machine slows alike; our turn is
    many calls.
    """
    ours()
    best = [np.inf, np.inf if theirs else np.nan]
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(number):
            ours()
        best[0] = min(best[0], (time.perf_counter() - start) / number)
        if theirs:
            start = time.perf_counter()
            theirs()
            best[1] = min(best[1], time.perf_counter() - start)
    return best[0], best[1]


def row(task: str, N: int, T: int, peer: str, seconds: tuple[float, float]) -> Row:
    ours, theirs = seconds
    return {"task": task, "N": N, "T": T, "seconds": ours, "peer": peer, "peer_seconds": theirs}


def nearest(N: int, k: int = 6, seed: int = 0) -> bd.SpatialWeights:
    """k nearest of random points."""
    at = np.random.default_rng(seed).uniform(size=(N, 2))
    near = cKDTree(at).query(at, k=k + 1)[1][:, 1:]
    links = sparse.csr_array(
        (np.ones(N * k), (np.repeat(np.arange(N), k), near.ravel())), shape=(N, N)
    )
    return bd.SpatialWeights.from_matrix(links, [f"u{i:07d}" for i in range(N)])


def within(N: int, links: int, seed: int = 0) -> bd.SpatialWeights:
    """One over the distance, up to where a unit has some `links` neighbours."""
    points = cKDTree(np.random.default_rng(seed).uniform(size=(N, 2)))
    distance = points.sparse_distance_matrix(
        points, np.sqrt(links / np.pi / N), output_type="coo_matrix"
    )
    found = sparse.csr_array(distance)
    found.eliminate_zeros()
    found.data = 1.0 / found.data
    return bd.SpatialWeights.from_matrix(found, [f"u{i:07d}" for i in range(N)])


def panel_of(W: bd.SpatialWeights, T: int) -> bd.Panel:
    """A spatial Durbin panel with rho = 0.3."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(4, T, W.n_units))
    mean = 0.5 * X.sum(axis=0) + 0.2 * W.lag(X.sum(axis=0)) + rng.normal(size=(T, W.n_units))
    y = W.pencil.at(0.3).over_units(mean)
    return bd.Panel.from_arrays(
        {"y": y, **dict(zip(REGRESSORS, X, strict=True))}, units=W.ids, periods=range(1, T + 1)
    )


@dataclass(frozen=True)
class Durbin:
    """Two-way SDM with covariance, standard errors and impacts as a frame."""

    W: bd.SpatialWeights
    panel: bd.Panel
    model: bd.Estimator = bd.SpatialDurbin(FORMULA)

    def again(self) -> Any:
        """W was used before, and so was the sample: another covariance, say."""
        fit = self.model.fit(self.panel, self.W)
        return fit.std_errors, fit.impacts().tidy()

    def ready(self) -> Any:
        """W was used before, the sample was not: another model, say."""
        self.panel._cache.pop("samples", None)
        return self.again()

    def fresh(self) -> Any:
        """W is new."""
        fit = self.model.fit(self.panel, bd.SpatialWeights.from_matrix(self.W.links, self.W.ids))
        return fit.std_errors, fit.impacts().tidy()


def libpysal_weights(W: bd.SpatialWeights) -> Any:
    import libpysal

    found = libpysal.weights.WSP(sparse.csr_matrix(W.sparse)).to_W(silence_warnings=True)
    found.transform = "r"
    return found


def against_spreg(N: int, repeats: int, number: int) -> list[Row]:
    """spreg's SDM has unit effects; it gets long arrays and weights of its own class, ready."""
    import spreg

    W = nearest(N)
    panel = panel_of(W, 15)
    y = panel["y"].reshape(-1, 1)
    X = np.column_stack([panel[name].ravel() for name in REGRESSORS])
    w = libpysal_weights(W)

    def theirs() -> Any:
        with contextlib.redirect_stdout(io.StringIO()):
            return spreg.ML_LagFE(y, X, w, slx_lags=1, spat_impacts="full")

    ours = Durbin(W, panel)
    peer = "spreg ML_LagFE"
    return [
        row("SDM, W and sample ready", N, 15, peer, paired(ours.again, theirs, repeats, number)),
        row("SDM, W ready", N, 15, peer, paired(ours.ready, theirs, repeats, number)),
        row("SDM, W fresh", N, 15, peer, paired(ours.fresh, theirs, repeats, max(1, number // 4))),
    ]


def against_statspai(N: int, repeats: int) -> list[Row]:
    """StatsPAI's two-way SDM has no impacts with standard errors: they are left out here, too."""
    import statspai

    W = nearest(N)
    panel = panel_of(W, 15)
    model, frame = bd.SpatialDurbin(FORMULA), panel.frame

    def theirs() -> Any:
        with contextlib.redirect_stdout(io.StringIO()):
            return statspai.spatial_panel(
                frame, FORMULA, "unit", "year", W.sparse, model="sdm", effects="twoways"
            )

    seconds = paired(lambda: model.fit(panel, W).std_errors, theirs, repeats, 10)
    return [
        row("SDM without impacts, W and sample ready", N, 15, "StatsPAI spatial_panel", seconds)
    ]


def alone(N: int, T: int) -> list[Row]:
    """Many units, without a peer."""
    W = nearest(N)
    panel = panel_of(W, T)
    ours = Durbin(W, panel)
    start = time.perf_counter()
    ours.fresh()
    return [
        row("SDM, W fresh", N, T, "", (time.perf_counter() - start, np.nan)),
        row("SDM, W ready", N, T, "", paired(ours.ready, None, 1)),
    ]


def with_gaps(panel: bd.Panel, share: float = 0.1, seed: int = 2) -> bd.Panel:
    """The panel without a share of its cells, at random."""
    frame = panel.frame.reset_index()
    kept = np.random.default_rng(seed).random(len(frame)) >= share
    return bd.Panel.from_frame(frame[kept], unit=panel.unit, time=panel.time)


def unbalanced(N: int, T: int, repeats: int = 1) -> list[Row]:
    """Two-way SDM by adjusted scores with a tenth of the cells missing, W cut and normalised again in
    each period: no peer fits one. The fit with its standard errors, then with impacts and theirs.
    """
    # some unit may lose all six neighbours in a period
    W = replace(nearest(N), keeps_islands=True)
    ours = Durbin(W, with_gaps(panel_of(W, T)))

    def fitted() -> Any:
        ours.panel._cache.pop("samples", None)
        fit = ours.model.fit(ours.panel, W)
        return fit, fit.std_errors

    def with_impacts() -> Any:
        fit, _ = fitted()
        return fit.impacts().tidy()

    rows = []
    for task, what in (("", fitted), (", with impacts", with_impacts)):
        start = time.perf_counter()
        what()
        seconds = (time.perf_counter() - start, np.nan)
        if repeats > 1:
            seconds = paired(what, None, repeats)
        rows.append(row(f"SDM, a tenth of the cells missing{task}", N, T, "", seconds))
    return rows


def beyond_factors() -> list[Row]:
    """Some 200 links a unit: the factors would not fit, series in W take their place."""
    N, T = 100_000, 5
    W = within(N, 200)
    panel = panel_of(W, T)
    ours = Durbin(W, panel)
    start = time.perf_counter()
    ours.fresh()
    return [row("SDM, 200 links a unit, W fresh", N, T, "", (time.perf_counter() - start, np.nan))]


def grid() -> list[Row]:
    """Regressors left out and in, models and covariances on one W: seconds of a fit with its
    standard errors.
    """
    W = nearest(31)
    panel = panel_of(W, 15)
    sets = [[x for k, x in enumerate(REGRESSORS) if size >> k & 1] for size in range(1, 16)]
    requests = [
        model("y ~ " + " + ".join(chosen), cov_type=cov_type)
        for chosen in sets
        for model in (bd.SpatialLag, bd.SpatialError, bd.SpatialDurbin)
        for cov_type in ("classical", "hessian", "robust")
    ]
    seconds = paired(lambda: [request.fit(panel, W).std_errors for request in requests], None, 5)
    return [
        row(
            f"one fit of a grid of {len(requests)}",
            31,
            15,
            "",
            (seconds[0] / len(requests), np.nan),
        )
    ]


def many_specifications() -> list[Row]:
    """Some 10,000 specifications of the bundled study with impacts and their delta-method errors, in
    one process and in two, and read again from a finished store.
    """
    panel = bd.load_panel()
    capitals = ("capital_lon", "capital_lat")
    grid = bd.SpecGrid(
        bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc)", fixed_effects="two-way"),
        weights=[
            bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel),
            *(bd.KNearest(k, points=capitals).fit(panel) for k in (4, 5, 6)),
            bd.InverseDistance(1, points=capitals).fit(panel),
        ],
        models=[bd.SpatialLag, bd.SpatialDurbinError],
        outcomes=["asinh(bev_density)"],
        controls=["science_share", "tertiary_share", "policy", "log1p(inventions)", "urban_share"],
        options={"fixed_effects": ["unit"], "cov_type": ["robust", "clustered"]},
        samples={"without municipalities": bd.Subsample(drop_units=MUNICIPALITIES)},
    )
    task = f"{len(grid):,} specifications with impacts"
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        calls: dict[str, dict[str, Any]] = {
            "one process": {},
            "two processes, into a store": {"n_jobs": 2, "store": folder},
            "from a finished store": {"store": folder},
        }
        for how, options in calls.items():
            start = time.perf_counter()
            bd.run_grid(grid, panel, progress=False, **options)
            seconds = (time.perf_counter() - start, np.nan)
            rows.append(row(f"{task}, {how}", 31, 10, "", seconds))
    return rows


def bootstrap() -> list[Row]:
    """999 parametric replications of the two-way SDM (another seed than that of the panel, or
    errors would be X).
    """
    if not hasattr(bd, "bootstrap"):
        return []
    W = nearest(31)
    fit = bd.SpatialDurbin(FORMULA).fit(panel_of(W, 15), W)
    seconds = paired(lambda: bd.bootstrap(fit, replications=999, seed=2), None, 2)
    return [row("bootstrap, 999 replications", 31, 15, "", seconds)]


def least_squares() -> list[Row]:
    """Two-way least squares with clustered errors."""
    from linearmodels import PanelOLS

    panel = panel_of(nearest(300), 15)
    frame = panel.frame.set_index(["unit", "year"])
    model = bd.NonSpatial(FORMULA, cov_type="clustered")

    def theirs() -> Any:
        peer = PanelOLS(frame["y"], frame[REGRESSORS], entity_effects=True, time_effects=True)
        return peer.fit(cov_type="clustered", cluster_entity=True).std_errors

    seconds = paired(lambda: model.fit(panel).std_errors, theirs, 3, 5)
    return [row("least squares, clustered", 300, 15, "linearmodels PanelOLS", seconds)]


def moran() -> list[Row]:
    """Moran's I of 20 periods with 9,999 permutations; esda takes one period, and is timed on
    one.
    """
    import esda

    N, T = 2852, 20
    W = nearest(N)
    panel = panel_of(W, T)
    w = libpysal_weights(W)
    ours, theirs = paired(
        lambda: bd.Moran("y", permutations=9999, seed=1).fit(panel, W),
        lambda: esda.Moran(panel["y"][0], w, permutations=9999),
        1,
    )
    return [
        row(
            "Moran, 9,999 permutations",
            N,
            T,
            "esda Moran (one period, times 20)",
            (ours, theirs * T),
        )
    ]


R_SCRIPT = """
d <- read.csv(file.path(dir, "data.csv")); links <- read.csv(file.path(dir, "links.csv"))
near <- split(links$j, factor(links$i, levels = seq_len(max(links$i))))
nb <- structure(unname(near), class = "nb", region.id = as.character(seq_along(near)))
listw <- spdep::nb2listw(nb, style = "W")
"""
R_TIMES = """
times <- replicate(3, system.time(task())[["elapsed"]])
cat("seconds", min(times), "\\n")
"""
R_PEERS = {
    "splm": """
task <- function() splm::spml(y ~ x0 + x1 + x2 + x3 + W_x0 + W_x1 + W_x2 + W_x3,
  data = d, index = c("unit", "year"), listw = listw, model = "within", effect = "twoways",
  lag = TRUE, spatial.error = "none")
""",
    "spatialreg": """
task <- function() spatialreg::lagsarlm(y ~ x0 + x1 + x2 + x3, data = d, listw = listw, Durbin = TRUE,
  method = "LU")
""",
}


def against_r(package: str, N: int, T: int) -> list[Row]:
    """R's splm (two-way), or spatialreg (a cross-section, without effects), in a process of its
    own; no impacts.
    """
    W = nearest(N)
    panel = panel_of(W, T)
    effects = "two-way" if T > 1 else None
    frame = panel.frame
    lags = W.lag(np.stack([panel[name] for name in REGRESSORS], axis=2))
    for k, name in enumerate(REGRESSORS):
        frame[f"W_{name}"] = lags[:, :, k].ravel()
    with tempfile.TemporaryDirectory() as folder:
        frame.to_csv(Path(folder) / "data.csv", index=False)
        i, j = W.sparse.nonzero()
        np.savetxt(
            Path(folder) / "links.csv",
            np.stack([i, j], 1) + 1,
            "%d",
            ",",
            header="i,j",
            comments="",
        )
        text = f"dir <- {json.dumps(folder)}\n" + R_SCRIPT + R_PEERS[package] + R_TIMES
        done = subprocess.run(["Rscript", "-e", text], capture_output=True, text=True, check=True)
    theirs = float(done.stdout.split("seconds")[1].split()[0])
    model = bd.SpatialDurbin(FORMULA, fixed_effects=effects)
    ours = paired(
        lambda: model.fit(panel, bd.SpatialWeights.from_matrix(W.links, W.ids)).std_errors, None, 5
    )[0]
    return [row("SDM without impacts, W fresh", N, T, f"R {package}", (ours, theirs))]


def has_r(package: str) -> bool:
    """Whether Rscript is there and has the package."""
    if shutil.which("Rscript") is None:
        return False
    text = f'cat(requireNamespace("{package}", quietly = TRUE))'
    return (
        "TRUE"
        in subprocess.run(
            ["Rscript", "-e", text], capture_output=True, text=True, check=False
        ).stdout
    )


def start() -> list[Row]:
    """Import and help, as seen from a shell, less the start of Python itself."""
    bare = _command("pass")
    names = {
        "import bevdrivers": "import bevdrivers",
        "bevdrivers --help": "from bevdrivers.cli import main; main()",
    }
    return [row(name, 0, 0, "", (_command(text) - bare, np.nan)) for name, text in names.items()]


def _command(text: str) -> float:
    def task() -> Any:
        quiet = subprocess.DEVNULL
        return subprocess.run(
            [sys.executable, "-c", text, "--help"], check=False, stdout=quiet, stderr=quiet
        )

    return paired(task, None, 5)[0]
