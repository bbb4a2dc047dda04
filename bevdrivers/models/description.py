"""A fit in words and shares: what was estimated, on what, how, and how much it explains."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..panel.time_axis import TimeAxis
from ..weights.by_period import PeriodWeights
from .design.sample import Sample
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
        "nobs": sample.nobs,
        "n_units": N,
        "n_periods": T,
        **(cell_counts(sample) if sample.irregular else {}),
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


def cell_counts(sample: Sample) -> dict[str, Any]:
    """What a table says in the place of N x T where cells are missing, or weights differ by
    period: units and periods with an observation, and the fewest, mean and most periods a unit.
    """
    by_unit = sample.there.sum(axis=0)
    by_unit = by_unit[by_unit > 0]
    in_period = sample.there.any(axis=1)
    return {
        "n_units": len(by_unit),
        "n_periods": int(in_period.sum()),
        "missing_cells": sample.y.size - sample.nobs,
        "periods_min": int(by_unit.min()),
        "periods_mean": float(by_unit.mean()),
        "periods_max": int(by_unit.max()),
        "missing": _missing(sample),
        "weights_by_period": _differ(sample),
    }


def _missing(sample: Sample) -> str:
    """What became of links to units that are not there; empty where there is no lag, or no missing
    cell.
    """
    weights = sample.W or sample.M or sample.Wx
    if sample.observed is None or not isinstance(weights, PeriodWeights):
        return ""
    return weights.missing


def _differ(sample: Sample) -> bool:
    """Whether weights were given by period."""
    weights = (sample.W, sample.M, sample.Wx)
    return any(isinstance(W, PeriodWeights) and W.changes for W in weights)


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
    if sample.observed is not None:
        arrays = (left, inclusive, explained)
        return _of_cells(sample, *arrays, constant=constant, with_effects=with_effects)
    return {
        "within": _share(left - left.mean(axis=0), y - y.mean(axis=0)),
        "between": _share(left.mean(axis=0), y.mean(axis=0) - (y.mean() if constant else 0.0)),
        "overall": _share(left, y - (y.mean() if constant else 0.0)),
        "inclusive": _share(inclusive, y - (y.mean() if with_effects else 0.0)),
        "correlation": _squared_correlation(sample.within.demean(y), explained),
    }


def _of_cells(
    sample: Sample,
    left: np.ndarray,
    inclusive: np.ndarray,
    explained: np.ndarray,
    *,
    constant: bool,
    with_effects: bool,
) -> dict[str, float]:
    """The measures of fit over the cells that are there; unit means count once each, whatever the
    number of their cells.
    """
    there = sample.there
    y, left_over = sample.y[there], left[there]
    y_means, left_means = _unit_means(sample.y, there), _unit_means(left, there)
    units = np.nonzero(there)[1]
    of_means = y_means - (np.nanmean(y_means) if constant else 0.0)
    return {
        "within": _share(left_over - left_means[units], y - y_means[units]),
        "between": _share(left_means[there.any(axis=0)], of_means[there.any(axis=0)]),
        "overall": _share(left_over, y - (y.mean() if constant else 0.0)),
        "inclusive": _share(inclusive[there], y - (y.mean() if with_effects else 0.0)),
        "correlation": _squared_correlation(
            sample.within.demean(sample.y)[there], explained[there]
        ),
    }


def _unit_means(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Means of each unit over the cells that are there, (N,); NaN of units without one."""
    count = there.sum(axis=0)
    sums = np.where(there, values, 0.0).sum(axis=0)
    means: np.ndarray = np.divide(sums, count, out=np.full(len(count), np.nan), where=count > 0)
    return means


def _share(left: np.ndarray, total: np.ndarray) -> float:
    """1 - SSR/TSS; NaN where there is nothing to explain."""
    tss = float(np.sum(total**2))
    return 1.0 - float(np.sum(left**2)) / tss if tss > 0 else np.nan


def _squared_correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    spread = float(np.sum(a**2) * np.sum(b**2))
    return float(np.sum(a * b)) ** 2 / spread if spread > 0 else np.nan
