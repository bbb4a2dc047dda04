"""Hausman's test with spatial lags: least squares against the error model, and fixed against random unit effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import InputError, OptionError
from ...models import FitResult
from ...models.interface import check_fit, has_random_effects, with_covariance
from ...results import TestResult

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights

INDEFINITE = "the difference of the covariances is not positive definite"


def spatial_hausman_test(fit: FitResult) -> TestResult:
    """Do least squares and the error model estimate the same coefficients?

    Parameters
    ----------
    fit : FitResult
        Of `SpatialError` or `SpatialDurbinError` by maximum likelihood, without random effects.

    Returns
    -------
    TestResult, chi-squared with K degrees of freedom. Under the error model both are consistent, and differ by chance
    only; a rejection says that the error model is not the right one (a lag of y or of X is missing, say), not which is.

    Notes
    -----
    d' (V_0 - V)^-1 d with d the difference of the estimates, V the covariance in the error model, and V_0 =
    s2 (Z'Z)^-1 Z' (R'R)^-1 Z (Z'Z)^-1 that of least squares under the error model, Z after Q and R = I - lam M.

    Raises
    ------
    InputError

    References
    ----------
    Pace and LeSage (2008), Economics Letters 101, 282-284.
    """
    check_fit(fit)
    sample, estimate = fit.sample, fit.estimate
    fitting = sample.W is None and sample.M is not None and not sample.within.terms
    fitting = fitting and not fit.method.by_moments and not has_random_effects(estimate)
    if not fitting or sample.M is None or sample.lagged_columns is None or sample.before_lag:
        raise InputError(
            "fit",
            expected="a fit of SpatialError or SpatialDurbinError by maximum likelihood, no random effects, no absorb=",
            got=repr(fit),
        )
    K = sample.n_regressors
    demean = sample.within.demean
    Z, y = sample.columns[:, :, :K], sample.columns[:, :, K]
    flat = Z.reshape(-1, K)
    bread = np.linalg.inv(flat.T @ flat)
    d = bread @ (flat.T @ y.ravel()) - estimate.values[:K]
    back = demean(_transposed(sample.M, float(fit.lam), Z)).reshape(-1, K)
    of_ols = fit.sigma2 * bread @ back.T @ back @ bread
    filtered = (sample.columns - fit.lam * sample.lagged_columns)[:, :, :K].reshape(-1, K)
    of_error = fit.sigma2 * np.linalg.inv(filtered.T @ filtered)
    null = "least squares and the error model agree"
    return contrast("Spatial Hausman", null, d, of_ols - of_error)


def _transposed(M: SpatialWeights, lam: float, values: np.ndarray) -> np.ndarray:
    """(I - lam M')^-1 of each period of an array of shape (T, N, K)."""
    resolvent = M.pencil.at(lam)
    return np.stack([resolvent.solve(period, transposed=True) for period in values])


def contrast(name: str, null: str, d: np.ndarray, difference: np.ndarray, remark: str = "") -> TestResult:
    """d' difference^-1 d; where the difference is not positive definite the reason says so."""
    statistic = float(d @ np.linalg.solve(difference, d))
    definite = np.linalg.eigvalsh(difference).min() > 0
    if statistic < 0:
        reason = f"The statistic is negative ({statistic:.3f}): {INDEFINITE}."
        return TestResult.not_applicable(name, null, reason)
    reason = "; ".join(text for text in (remark, "" if definite else INDEFINITE) if text)
    return TestResult.chi2(name, null, statistic, len(d), reason=reason)


def fixed_or_random(model: Estimator, panel: Panel, weights: SpatialWeights, null: str) -> TestResult:
    """The contrast of fixed and random unit effects in a model with spatial lags, both by maximum likelihood.

    Source: Mutl and Pfaffermayr (2011), Econometrics Journal 14, 48-76, by instruments and moments there.
    """
    if not (model.lag_y or model.lag_u):
        raise OptionError(
            "weights",
            expected="a model with a lag of y or of the error beside weights",
            got=type(model).__name__,
            remedy="Leave the weights out.",
        )
    kind = model.random_effects or "kkp"
    fixed = with_covariance(model, serial_errors=False, random_effects=None, mundlak=False, fixed_effects="unit")
    random = fixed.replace(random_effects=kind, fixed_effects=None, correction="auto")
    within, mixed = fixed.fit(panel, weights), random.fit(panel, weights)
    # lam belongs to the errors, not to what the effects may be correlated with
    terms = [term for term in within.terms if term != "lam"]
    d = (within.params[terms] - mixed.params[terms]).to_numpy()
    difference = (within.cov.loc[terms, terms] - mixed.cov.loc[terms, terms]).to_numpy()
    remark = f"{type(model).__name__}, random effects '{kind}'"
    return contrast("Hausman (spatial)", null, d, difference, remark)
