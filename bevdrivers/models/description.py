"""A fit in words and shares: what was estimated, on what, how, and how much it explains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .result import FitResult


def described(fit: FitResult) -> dict[str, Any]:
    """What a table note needs; see `FitResult.described`."""
    T, N = fit.sample.shape
    W = fit.sample.W or fit.sample.M or fit.sample.Wx
    periods = fit.sample.design.periods
    return {
        "model": type(fit.estimator).__name__,
        "outcome": fit.sample.design.outcome,
        "nobs": T * N,
        "n_units": N,
        "n_periods": T,
        "first_period": periods[0],
        "last_period": periods[-1],
        "fixed_effects": fit.sample.within.name,
        "absorb": ", ".join(fit.sample.within.terms) or "none",
        "random_effects": fit.estimator.random_effects or "none",
        "serial_errors": "ar1" if fit.sample.serial else "none",
        "dynamic": fit.estimator.dynamic or "none",
        "estimation": _estimation(fit),
        "two_stage": (fit.estimate.gmm and fit.estimate.gmm.random and fit.estimate.gmm.random.form) or "none",
        "correction": _correction(fit),
        "cov_type": fit.estimator.cov_type,
        **{name: getattr(fit.estimator, name) for name in ("cluster", "kernel", "bandwidth", "cutoff_km")},
        "weights": "" if W is None else W.name,
        "normalise": "" if W is None else W.normalise or "none",
        "islands": "" if W is None else "; ".join((*W.islands, *W.notes)),
    }


def _estimation(fit: FitResult) -> str:
    if fit.estimate.gmm is None:
        return "maximum likelihood" if fit.estimator.is_ml else "least squares"
    return "GMM" if fit.estimator.lag_u else "2SLS"


def _correction(fit: FitResult) -> str:
    if fit.sample.contrasts.adjusted:
        return "adjusted-score"
    # dummies that neither units nor periods are part of leave nothing to transform
    if fit.estimator.lee_yu and fit.sample.within.name != "none":
        return "lee-yu"
    if fit.estimator.corrected and not fit.estimator.lee_yu:
        return "yu-de-jong-lee"
    return "elhorst" if fit.estimator.correction == "elhorst" else "none"


def rsquared(fit: FitResult) -> dict[str, float]:
    """Measures of fit; see `FitResult.rsquared`."""
    y, left = fit.sample.y, fit.sample.y - fit._systematic
    if fit.sample.Wy is not None:
        left = left - fit.rho * fit.sample.Wy
    constant = "Intercept" in fit.terms
    plain = fit.sample.M is None and not fit.sample.serial
    inclusive = fit.estimate.residuals if plain else left - fit.fixed_part
    reduced = fit.sample.within.demean(fit.predict(effects=False).to_numpy())
    outcome = fit.sample.within.demean(y)
    with_effects = constant or fit.sample.within.takes_constant
    return {
        "within": _share(left - left.mean(axis=0), y - y.mean(axis=0)),
        "between": _share(left.mean(axis=0), y.mean(axis=0) - (y.mean() if constant else 0.0)),
        "overall": _share(left, y - (y.mean() if constant else 0.0)),
        "inclusive": _share(inclusive, y - (y.mean() if with_effects else 0.0)),
        "correlation": _squared_correlation(outcome, reduced),
    }


def _share(left: np.ndarray, total: np.ndarray) -> float:
    """1 - SSR/TSS; NaN where there is nothing to explain."""
    tss = float(np.sum(total**2))
    return 1.0 - float(np.sum(left**2)) / tss if tss > 0 else np.nan


def _squared_correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    spread = float(np.sum(a**2) * np.sum(b**2))
    return float(np.sum(a * b)) ** 2 / spread if spread > 0 else np.nan
