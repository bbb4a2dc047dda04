"""What linearmodels and statsmodels say of a least-squares fit, each under its own conventions."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...models import FitResult
from ...panel.time_axis import TimeAxis
from .program_result import ProgramResult, long_frame, matched_fit, obstacle_to_any


def _obstacle(fit: FitResult) -> str:
    """Why least squares cannot answer for the fit; empty where it can."""
    model = fit.estimator
    if model.lag_y or model.lag_u or model.random_effects is not None:
        return (
            "it has no model with a lag of y or of the error, and its random effects are not "
            "by maximum likelihood"
        )
    return obstacle_to_any(fit)


def ask_linearmodels(fit: FitResult) -> ProgramResult | str:
    """PanelOLS with entity and time effects, under the covariance of the fit where it has that
    one.
    """
    obstacle = _obstacle(fit)
    if obstacle:
        return obstacle
    from linearmodels import PanelOLS

    matched = fit
    reasons: list[str] = []
    covariance = _linearmodels_covariance(fit)
    said = ", ".join(f"{key}={value!r}" for key, value in covariance.items())
    if not covariance:
        covariance = {"cov_type": "unadjusted"}
        matched, reasons = matched_fit(fit)
    effects = {
        "entity_effects": fit.sample.within.unit,
        "time_effects": fit.sample.within.time,
    }
    frame, names = long_frame(fit)
    indexed = frame.set_index(["unit", "time"]).sort_index()
    answer = PanelOLS(indexed["y"], indexed[names], **effects).fit(**covariance)
    asked = ", ".join(f"{key}={value}" for key, value in effects.items())
    return ProgramResult(
        f"PanelOLS(y, X, {asked}).fit({said})",
        fit.sample.names,
        answer.params[names].to_numpy(),
        answer.std_errors[names].to_numpy(),
        matched,
        reasons,
    )


def _linearmodels_covariance(fit: FitResult) -> dict[str, Any]:
    """The options of linearmodels for the covariance of a fit; none where it has no such
    covariance.
    """
    model = fit.estimator
    if model.cov_type == "classical":
        return {"cov_type": "unadjusted"}
    if model.cov_type == "robust":
        return {"cov_type": "robust"}
    if model.cov_type == "clustered":
        return {
            "cov_type": "clustered",
            "cluster_entity": model.cluster != "time",
            "cluster_time": model.cluster in ("time", "both"),
        }
    # its kernels count periods and not the time between them
    has_gaps = bool(TimeAxis.of(fit.sample.design.periods).gaps)
    if model.cov_type == "driscoll-kraay" and not has_gaps:
        kernel: str = model.kernel or "bartlett"
        if kernel == "quadratic-spectral":
            kernel = "qs"
        return {
            "cov_type": "kernel",
            "kernel": kernel,
            "bandwidth": model.bandwidth,
        }
    return {}


def ask_statsmodels(fit: FitResult) -> ProgramResult | str:
    """OLS with explicit dummies, classical covariance."""
    obstacle = _obstacle(fit)
    if obstacle:
        return obstacle
    import statsmodels.api as sm

    matched, reasons = matched_fit(fit)
    frame, names = long_frame(fit)
    dummies = _dummies(frame, fit)
    regressors = pd.concat([frame[names], *dummies], axis=1)
    answer = sm.OLS(frame["y"], regressors).fit()
    beside = ", and dummies" if dummies else ""
    return ProgramResult(
        f"OLS(y, X{beside}).fit()",
        fit.sample.names,
        answer.params[names].to_numpy(),
        answer.bse[names].to_numpy(),
        matched,
        reasons,
    )


def _dummies(frame: pd.DataFrame, fit: FitResult) -> list[pd.DataFrame]:
    """Dummies of units and periods: all of the first kind, all but one of the second."""
    dummies: list[pd.DataFrame] = []
    for kind, wanted in (
        ("unit", fit.sample.within.unit),
        ("time", fit.sample.within.time),
    ):
        if not wanted:
            continue
        every = pd.get_dummies(frame[kind], prefix=kind, dtype=float)
        dummies.append(every.iloc[:, 1:] if dummies else every)
    return dummies
