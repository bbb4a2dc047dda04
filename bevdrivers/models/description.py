"""A fit in words and shares: what was estimated, on what, how, and how much it explains."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..panel.time_axis import TimeAxis
from .fitted import Fitted
from .options import OF_COVARIANCE
from .prediction import reduced_form


def described(fit: Fitted[Any]) -> dict[str, Any]:
    """What a table note needs; see `FitResult.described`."""
    sample, estimator = fit.sample, fit.estimator
    T, N = sample.shape
    W = sample.W or sample.M or sample.Wx
    periods = sample.design.periods
    return {
        "model": estimator.model,
        "outcome": sample.design.outcome,
        "nobs": T * N,
        "n_units": N,
        "n_periods": T,
        "first_period": periods[0],
        "last_period": periods[-1],
        "period_step": TimeAxis.of(fit.panel.periods).step,
        "fixed_effects": sample.within.name,
        "absorb": ", ".join(sample.within.terms) or "none",
        "random_effects": estimator.random_effects or "none",
        "serial_errors": "ar1" if sample.serial else "none",
        "dynamic": estimator.dynamic or "none",
        "estimation": fit.method.in_short,
        "two_stage": fit.method.two_stage_form,
        "correction": fit.method.correction_name(sample),
        **{name: getattr(estimator, name) for name in OF_COVARIANCE},
        "weights": "" if W is None else W.name,
        "normalise": "" if W is None else W.normalise or "none",
        "islands": "" if W is None else "; ".join((*W.islands, *W.notes)),
    }


def rsquared(fit: Fitted[Any]) -> dict[str, float]:
    """Measures of fit; see `FitResult.rsquared`."""
    sample = fit.sample
    y = sample.y
    left = y - fit.systematic
    if sample.Wy is not None:
        left = left - fit.rho * sample.Wy
    constant = "Intercept" in fit.terms
    with_effects = constant or sample.within.takes_constant
    plain = sample.M is None and not sample.serial
    inclusive = fit.estimate.residuals if plain else left - fit.fixed_part
    explained = sample.within.demean(reduced_form(sample, fit.rho, fit.systematic))
    return {
        "within": _share(left - left.mean(axis=0), y - y.mean(axis=0)),
        "between": _share(left.mean(axis=0), y.mean(axis=0) - (y.mean() if constant else 0.0)),
        "overall": _share(left, y - (y.mean() if constant else 0.0)),
        "inclusive": _share(inclusive, y - (y.mean() if with_effects else 0.0)),
        "correlation": _squared_correlation(sample.within.demean(y), explained),
    }


def _share(left: np.ndarray, total: np.ndarray) -> float:
    """1 - SSR/TSS; NaN where there is nothing to explain."""
    tss = float(np.sum(total**2))
    return 1.0 - float(np.sum(left**2)) / tss if tss > 0 else np.nan


def _squared_correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    spread = float(np.sum(a**2) * np.sum(b**2))
    return float(np.sum(a * b)) ** 2 / spread if spread > 0 else np.nan
