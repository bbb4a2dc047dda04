"""What R's spatialreg says of a fit by maximum likelihood, through Rscript and files."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ...models import FitResult
from .program_result import ProgramResult, long_frame, matched_fit, obstacle_to_any

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...weights import SpatialWeights

# spatialreg is given the Kronecker product of I_T and W as a dense matrix
LARGEST_STACK = 1500
R_SECONDS = 300
FUNCTIONS = {
    "lag": "lagsarlm",
    "error": "errorsarlm",
    "sac": "sacsarlm",
}


def ask_spatialreg(fit: FitResult) -> ProgramResult | str:
    """Maximum likelihood with explicit dummies on I (x) W, or why there is none."""
    obstacle = _obstacle(fit)
    if obstacle:
        return obstacle
    matched, reasons = matched_fit(fit, demean="after-lag")
    kind = _kind(fit.estimator)
    table = _run_r(fit, kind)
    if isinstance(table, str):
        return table
    regressors = "X + WX" if fit.sample.lagged else "X"
    dummies = " + dummies" if fit.estimator.effects else ""
    return ProgramResult(
        f"spatialreg::{FUNCTIONS[kind]}(y ~ {regressors}{dummies}, listw = I (x) W)",
        [_our_label(name, fit) for name in table["term"].str.strip()],
        table["estimate"].to_numpy(float),
        table["std_error"].to_numpy(float),
        matched,
        reasons,
    )


def _obstacle(fit: FitResult) -> str:
    """Why spatialreg cannot answer for the fit; empty where it can."""
    obstacle = obstacle_to_any(fit)
    if obstacle:
        return obstacle
    if fit.estimator.random_effects is not None or not fit.estimator.is_ml:
        return "it has no random effects and is not asked about least squares"
    size = fit.sample.y.size
    if size > LARGEST_STACK:
        return f"it would need a dense matrix of {size} x {size}"
    if not _has_spatialreg():
        return "Rscript or its package spatialreg is not installed"
    return ""


def _has_spatialreg() -> bool:
    if shutil.which("Rscript") is None:
        return False
    question = "quit(status = !requireNamespace('spatialreg', quietly = TRUE))"
    answer = subprocess.run(
        ["Rscript", "-e", question],
        capture_output=True,
        timeout=R_SECONDS,
        check=False,
    )
    return answer.returncode == 0


def _kind(model: Estimator) -> str:
    if model.lag_y and model.lag_u:
        return "sac"
    return "lag" if model.lag_y else "error"


def _our_label(name: str, fit: FitResult) -> str:
    """The term behind ``x0`` and so on; rho and lam have our names there already."""
    return fit.sample.names[int(name[1:])] if name.startswith("x") else name


def _run_r(fit: FitResult, kind: str) -> pd.DataFrame | str:
    """The table that `spatialreg.R` writes, or why there is none."""
    with tempfile.TemporaryDirectory() as path:
        folder = Path(path)
        _write_inputs(fit, folder)
        with as_file(files(__package__) / "spatialreg.R") as script:
            command = [
                "Rscript",
                str(script),
                path,
                kind,
                fit.estimator.effects or "none",
            ]
            try:
                run = subprocess.run(
                    command,
                    capture_output=True,
                    text=True,
                    timeout=R_SECONDS,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return f"it took more than {R_SECONDS} seconds"
        if run.returncode:
            said = [line for line in run.stderr.splitlines() if line.strip()]
            return f"it stopped: {' '.join(said[-1:])}"
        return pd.read_csv(folder / "result.csv", skipinitialspace=True)


def _write_inputs(fit: FitResult, folder: Path) -> None:
    design = long_frame(fit)[0]
    design.to_csv(folder / "design.csv", index=False, float_format="%.17g")
    for name, W in (
        ("weights.csv", fit.sample.W),
        ("error_weights.csv", fit.sample.M),
    ):
        if W is not None:
            _links(W).to_csv(folder / name, index=False, float_format="%.17g")


def _links(W: SpatialWeights) -> pd.DataFrame:
    """Row, column (from 1, as R counts) and normalised weight of each link."""
    links = W.sparse.tocoo()
    return pd.DataFrame(
        {
            "i": links.row + 1,
            "j": links.col + 1,
            "w": links.data,
        }
    )
