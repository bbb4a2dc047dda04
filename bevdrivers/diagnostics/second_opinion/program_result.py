"""What spreg, linearmodels, statsmodels and R's spatialreg say of a fit, each under its own conventions."""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...models import FitResult
from ...models.requests import under

if TYPE_CHECKING:
    from ...weights import SpatialWeights

# spatialreg is given the Kronecker product of I_T and W as a dense matrix
LARGEST_STACK = 1500
R_SECONDS = 300
DIRECT = "Direct maximum likelihood: the program does not correct the bias that fixed effects cause."
BEFORE = (
    "spreg removes unit effects only and is given data demeaned by period, so that it lags after demeaning "
    "(demean='before-lag'), which is not the likelihood of the model with dummies."
)
CLASSICAL = "The program has no such covariance: classical ones are compared."
RANDOM_LAG = "Its standard errors are neither those of the expected information nor those of the Hessian."
RANDOM_ERROR = "It takes the eigenvectors of W as if W were symmetric."


@dataclass(frozen=True)
class Opinion:
    """What one program says.

    Attributes
    ----------
    call : str
        How it was asked.
    terms : sequence of str
        Our labels of its parameters.
    params, std_errors : array of shape (P,)
        NaN where it has none.
    matched : FitResult
        Our fit under its conventions.
    reasons : sequence of str
        What separates its conventions from those of the fit, and its known faults.
    faulty : bool
        Whether a known fault of the program, and no convention, keeps it from agreeing.
    """

    call: str
    terms: Sequence[str]
    params: np.ndarray
    std_errors: np.ndarray
    matched: FitResult
    reasons: Sequence[str] = ()
    faulty: bool = False


def _static(fit: FitResult) -> str:
    """Why no program can be asked about the fit; empty where some can."""
    model = fit.estimator
    if model.dynamic is not None:
        return "dynamic models have no counterpart there"
    if model.serial_errors:
        return "autocorrelated errors have no counterpart there"
    if model.method == "gmm":
        return "its moments are others"
    if model.absorb is not None:
        return "effects beyond units and periods (absorb=) have no counterpart there"
    return ""


def _matched(fit: FitResult, reasons: list[str], **options: Any) -> FitResult:
    """The fit under other options; what changes with the correction and the covariance is added to `reasons`."""
    model = fit.estimator
    if model.is_ml and model.effects is not None and (model.lee_yu or model.correction == "elhorst"):
        reasons.append(DIRECT)
    if model.cov_type != "classical":
        reasons.append(CLASSICAL)
    request = under(model, **{"correction": None, **options})
    sample = fit.sample
    given = {"x_weights": sample.Wx, "error_weights": sample.M}
    return request.fit(
        fit.panel,
        sample.W or sample.Wx or sample.M,
        **{name: W for name, W in given.items() if W is not None},
    )


# ---- spreg


def _spreg(fit: FitResult) -> Opinion | str:
    if find_spec("spreg") is None:
        return "it is not installed (pip install spreg)"
    model, sample = fit.estimator, fit.sample
    why = _static(fit)
    if not why and (model.lag_y == model.lag_u or not model.is_ml):
        why = "it has lag and error models with panel effects, and no others"
    random = model.random_effects is not None
    if not why and (model.mundlak or (random and model.random_effects != "baltagi" and model.lag_u)):
        why = "it has no such random effects"
    if not why and not random and model.effects not in ("unit", "two-way"):
        why = "it has unit effects, and no model without"
    if why:
        return why
    import spreg

    reasons: list[str] = []
    y, Z, names = sample.y, sample.Z, list(sample.names)
    options: dict[str, Any] = {}
    if model.effects == "two-way":
        options, reasons = {"demean": "before-lag"}, [BEFORE]
        y, Z = y - y.mean(axis=1, keepdims=True), Z - Z.mean(axis=1, keepdims=True)
    keep = [k for k, name in enumerate(names) if name != "Intercept"]
    name = f"ML_{'Lag' if model.lag_y else 'Error'}{'RE' if random else 'FE'}"
    matched = _matched(fit, reasons, **options)
    weights: Any = sample.W or sample.M
    arrays = y.reshape(-1, 1), Z[:, :, keep].reshape(y.size, -1), weights.to_libpysal()
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are about its own code
        found = _spreg_class(spreg, name)(*arrays, epsilon=1e-12)
    if random:
        reasons.append(RANDOM_LAG if model.lag_y else RANDOM_ERROR)
    terms = [names[k] for k in keep] + ["rho" if model.lag_y else "lam"]
    if random and "Intercept" in names:
        terms = ["Intercept", *terms]
    betas, errors = np.ravel(found.betas)[: len(terms)], np.ravel(found.std_err)[: len(terms)]
    call = f"spreg.{name}(y, [X, WX], w)" if sample.lagged else f"spreg.{name}(y, X, w)"
    return Opinion(call, terms, betas, errors, matched, reasons, faulty=random)


def _spreg_class(spreg: Any, name: str) -> Any:
    """Its random-effects classes are not among its public names."""
    return getattr(spreg, name, None) or getattr(spreg.panel_re, name)


# ---- linearmodels and statsmodels


def _least_squares_only(fit: FitResult) -> str:
    if fit.estimator.lag_y or fit.estimator.lag_u or fit.estimator.random_effects is not None:
        return "it has no model with a lag of y or of the error, and its random effects are not by maximum likelihood"
    return _static(fit)


def _long(fit: FitResult) -> tuple[pd.DataFrame, list[str]]:
    """Outcome ``y``, regressors ``x0`` ... and the places of units and periods, one row an observation."""
    sample = fit.sample
    T, N = sample.shape
    names = [f"x{k}" for k in range(sample.n_regressors)]
    frame = pd.DataFrame(sample.Z.reshape(T * N, -1), columns=names)
    return frame.assign(y=sample.y.ravel(), unit=np.tile(np.arange(N), T), time=np.repeat(np.arange(T), N)), names


def _linearmodels(fit: FitResult) -> Opinion | str:
    why = _least_squares_only(fit)
    if why:
        return why
    from linearmodels import PanelOLS

    model = fit.estimator
    by_type: dict[str, dict[str, Any]] = {
        "classical": {"cov_type": "unadjusted"},
        "robust": {"cov_type": "robust"},
        "clustered": {
            "cov_type": "clustered",
            "cluster_entity": model.cluster != "time",
            "cluster_time": model.cluster in ("time", "both"),
        },
        "driscoll-kraay": {
            "cov_type": "kernel",
            "kernel": "qs" if model.kernel == "quadratic-spectral" else (model.kernel or "bartlett"),
            "bandwidth": model.bandwidth,
        },
    }
    options = by_type.get(model.cov_type, {})
    reasons: list[str] = []
    matched = fit if options else _matched(fit, reasons)
    frame, names = _long(fit)
    indexed = frame.set_index(["unit", "time"]).sort_index()
    effects = {"entity_effects": fit.sample.within.unit, "time_effects": fit.sample.within.time}
    found = PanelOLS(indexed["y"], indexed[names], **effects).fit(**(options or {"cov_type": "unadjusted"}))
    said = ", ".join(f"{key}={value!r}" for key, value in options.items())
    kinds = ", ".join(f"{key}={value}" for key, value in effects.items())
    call = f"PanelOLS(y, X, {kinds}).fit({said})"
    params, errors = found.params[names].to_numpy(), found.std_errors[names].to_numpy()
    return Opinion(call, fit.sample.names, params, errors, matched, reasons)


def _statsmodels(fit: FitResult) -> Opinion | str:
    why = _least_squares_only(fit)
    if why:
        return why
    import statsmodels.api as sm

    reasons: list[str] = []
    matched = _matched(fit, reasons)
    frame, names = _long(fit)
    within = fit.sample.within
    kinds = [name for name, has in (("unit", within.unit), ("time", within.time)) if has]
    dummies = [
        pd.get_dummies(frame[kind], prefix=kind, dtype=float).iloc[:, min(k, 1) :] for k, kind in enumerate(kinds)
    ]
    found = sm.OLS(frame["y"], pd.concat([frame[names], *dummies], axis=1)).fit()
    call = f"OLS(y, X{', and dummies' if kinds else ''}).fit()"
    return Opinion(
        call, fit.sample.names, found.params[names].to_numpy(), found.bse[names].to_numpy(), matched, reasons
    )


# ---- spatialreg, through Rscript


def _spatialreg(fit: FitResult) -> Opinion | str:
    model, sample = fit.estimator, fit.sample
    why = _static(fit)
    if not why and (model.random_effects is not None or not model.is_ml):
        why = "it has no random effects and is not asked about least squares"
    if not why and sample.y.size > LARGEST_STACK:
        why = f"it would need a dense matrix of {sample.y.size} x {sample.y.size}"
    if not why and not _has_spatialreg():
        why = "Rscript or its package spatialreg is not installed"
    if why:
        return why
    reasons: list[str] = []
    matched = _matched(fit, reasons, demean="after-lag")
    kind = "sac" if model.lag_y and model.lag_u else "lag" if model.lag_y else "error"
    found = _run_r(fit, kind)
    if isinstance(found, str):
        return found
    terms = [sample.names[int(name[1:])] if name.startswith("x") else name for name in found["term"].str.strip()]
    call = {"lag": "lagsarlm", "error": "errorsarlm", "sac": "sacsarlm"}[kind]
    dummies = " + dummies" if model.effects else ""
    return Opinion(
        f"spatialreg::{call}(y ~ X{' + WX' if sample.lagged else ''}{dummies}, listw = I (x) W)",
        terms,
        found["estimate"].to_numpy(float),
        found["std_error"].to_numpy(float),
        matched,
        reasons,
    )


def _has_spatialreg() -> bool:
    if shutil.which("Rscript") is None:
        return False
    ask = ["Rscript", "-e", "quit(status = !requireNamespace('spatialreg', quietly = TRUE))"]
    return subprocess.run(ask, capture_output=True, timeout=R_SECONDS, check=False).returncode == 0


def _run_r(fit: FitResult, kind: str) -> pd.DataFrame | str:
    """The table that `spatialreg.R` writes, or why there is none."""
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        _long(fit)[0].to_csv(folder / "design.csv", index=False, float_format="%.17g")
        for name, W in (("weights.csv", fit.sample.W), ("error_weights.csv", fit.sample.M)):
            if W is not None:
                _links(W).to_csv(folder / name, index=False, float_format="%.17g")
        with as_file(files(__package__) / "spatialreg.R") as script:
            call = ["Rscript", str(script), room, kind, fit.estimator.effects or "none"]
            try:
                done = subprocess.run(call, capture_output=True, text=True, timeout=R_SECONDS, check=False)
            except subprocess.TimeoutExpired:
                return f"it took more than {R_SECONDS} seconds"
        if done.returncode:
            last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
            return f"it stopped: {' '.join(last)}"
        return pd.read_csv(folder / "result.csv", skipinitialspace=True)


def _links(W: SpatialWeights) -> pd.DataFrame:
    """Row, column (from 1, as R counts) and normalised weight of each link."""
    links = W.sparse.tocoo()
    return pd.DataFrame({"i": links.row + 1, "j": links.col + 1, "w": links.data})


PROGRAMS: dict[str, Callable[[FitResult], Opinion | str]] = {
    "spreg": _spreg,
    "linearmodels": _linearmodels,
    "statsmodels": _statsmodels,
    "spatialreg": _spatialreg,
}
