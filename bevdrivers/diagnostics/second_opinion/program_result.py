"""What one program answers, and our own numbers under its conventions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from ...models import FitResult
from ...models.interface import with_covariance

DIRECT = (
    "Direct maximum likelihood: the program does not correct the bias that fixed effects cause."
)
CLASSICAL = "The program has no such covariance: classical ones are compared."


class Estimates(Protocol):
    """Numbers with labels and standard errors: a fit, or `Labelled`."""

    @property
    def params(self) -> pd.Series: ...

    @property
    def std_errors(self) -> pd.Series: ...


@dataclass(frozen=True, eq=False)
class Labelled:
    """Estimates that are no fit."""

    params: pd.Series
    std_errors: pd.Series


@dataclass(frozen=True)
class ProgramResult:
    """What one program says.

    Attributes
    ----------
    call : str
        How it was asked.
    terms : sequence of str
        Our labels of its parameters.
    params, std_errors : array of shape (P,)
        NaN where it has none.
    matched : FitResult or Labelled
        Our estimates under its conventions.
    reasons : sequence of str
        What separates its conventions from those of the fit, and its known faults.
    faulty : bool
        Whether a known fault of the program, and no convention, keeps it from agreeing.
    """

    call: str
    terms: Sequence[str]
    params: np.ndarray
    std_errors: np.ndarray
    matched: Estimates
    reasons: Sequence[str] = ()
    faulty: bool = False


def obstacle_to_any(fit: FitResult) -> str:
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


def matched_fit(fit: FitResult, **options: Any) -> tuple[FitResult, list[str]]:
    """The fit under other options, and what changes with the correction and the covariance."""
    model = fit.estimator
    reasons = []
    corrected = model.lee_yu or model.correction == "elhorst"
    if model.is_ml and model.effects is not None and corrected:
        reasons.append(DIRECT)
    if model.cov_type != "classical":
        reasons.append(CLASSICAL)
    request = with_covariance(model, **{"correction": None, **options})
    sample = fit.sample
    further_weights = {}
    if sample.Wx is not None:
        further_weights["x_weights"] = sample.Wx
    if sample.M is not None:
        further_weights["error_weights"] = sample.M
    weights = sample.W or sample.Wx or sample.M
    return request.fit(fit.panel, weights, **further_weights), reasons


def long_frame(fit: FitResult) -> tuple[pd.DataFrame, list[str]]:
    """Outcome ``y``, regressors ``x0`` ... and the numbers of units and periods, one row an
    observation.

    Rows go by period, then by unit. The names of the regressors come beside the frame.
    """
    sample = fit.sample
    T, N = sample.shape
    names = [f"x{k}" for k in range(sample.n_regressors)]
    frame = pd.DataFrame(sample.Z.reshape(T * N, -1), columns=names)
    frame["y"] = sample.y.ravel()
    frame["unit"] = np.tile(np.arange(N), T)
    frame["time"] = np.repeat(np.arange(T), N)
    return frame, names
