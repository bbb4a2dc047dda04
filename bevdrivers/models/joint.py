"""Fits of the same units in periods that do not overlap: the covariance between their estimates,
and refits.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import OptionError
from .covariance import Clustered
from .least_squares import LeastSquaresEstimate, degrees_scale, inverse_of_products, scores
from .ml.covariance import MlEstimate, inverse_slope, scores_for, small_sample_scale
from .quasi_score.method import ScoreEstimate
from .result import FitResult
from .sandwich import Scores

# step of the derivative by rho, tau and eta; the impacts are linear in all other parameters, where
# any step will do
STEP = 1e-5


def cross_covariance(first: FitResult[Any], second: FitResult[Any]) -> np.ndarray:
    """Covariance between the estimates of two fits of the same units in periods that do not
    overlap, (P1, P2).

    Zero under every covariance that takes periods as independent of each other. With clusters of
    units the scores of a unit in the two are summed and multiplied; the off-diagonal part of the
    quadratic scores of rho and lam adds

        1/2 sum_{i != j} S_ij V_ij (sum_{t in 1} e_it e_jt) (sum_{t in 2} e_it e_jt),

    as in `covariance`.

    Raises
    ------
    OptionError
        Random effects or autocorrelated errors, which the two fits share, a Driscoll-Kraay
        covariance, which reaches across the gap, or clusters for GMM.
    """
    request = first.estimator
    if request.random_effects is not None:
        raise OptionError(
            "random_effects",
            expected="fixed effects or none",
            got=repr(request.random_effects),
            remedy="Fit both with fixed effects.",
        )
    if request.serial_errors:
        raise OptionError(
            "serial_errors",
            expected="False: such errors link the two",
            got="True",
            remedy=("Fit both without serial_errors; cov_type='clustered' allows for such errors."),
        )
    kind = first.kind
    if kind.reaches_over_periods:
        expected = "a covariance without lags over periods"
        raise OptionError(
            "cov_type",
            expected=expected,
            got=repr(kind.name),
            remedy="Use fit.with_cov('classical') or fit.with_cov('clustered').",
        )
    zero = np.zeros((len(first.terms), len(second.terms)))
    if not isinstance(kind, Clustered) or kind.by == "time":
        return zero
    by_scores = isinstance(first.estimate, ScoreEstimate)
    if first.method.by_moments or by_scores:
        way = 'correction="robust-score"' if by_scores else "method='gmm'"
        expected = f"'classical' or 'robust' with {way}"
        raise OptionError(
            "cov_type",
            expected=expected,
            got=repr(kind.name),
            remedy="Use fit.with_cov('robust').",
        )
    bread, own, scale = _parts(first)
    other_bread, other, other_scale = _parts(second)
    middle = own.linear.sum(axis=0).T @ other.linear.sum(axis=0)
    pairs = (own.e.T @ own.e) * (other.e.T @ other.e)
    for row, S in own.quadratic:
        for column, V in other.quadratic:
            middle[row, column] += 0.5 * np.sum(S * V * pairs)
    covariance = bread @ middle @ other_bread * np.sqrt(scale * other_scale)
    block: np.ndarray = covariance[: zero.shape[0], : zero.shape[1]]
    return block


def _parts(fit: FitResult[Any]) -> tuple[np.ndarray, Scores, float]:
    """Inverse slope of the score, the scores, and the small-sample scale of their variance under
    clusters of units.
    """
    sample, estimate = fit.sample, fit.estimate
    if isinstance(estimate, MlEstimate):
        bread = inverse_slope(sample, estimate.point)
        own = scores_for(sample, estimate.point, fit.kind)
        return bread, own, small_sample_scale(estimate, fit.kind)
    if isinstance(estimate, LeastSquaresEstimate):
        bread = inverse_of_products(sample)
        return bread, scores(sample, estimate, fit.kind), degrees_scale(sample, fit.kind)
    raise TypeError(f"no scores of a {type(estimate).__name__}")


def impacts_jacobian(fit: FitResult[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Short-run impacts (3, K), direct, indirect, total, and their derivatives by the parameters
    (3, K, P).
    """
    values = fit.estimate.values
    columns = []
    for column in range(len(values)):
        ends = []
        for sign in (1.0, -1.0):
            moved = values.copy()
            moved[column] += sign * STEP
            ends.append(replace(fit, estimate=replace(fit.estimate, values=moved)).impacts().values)
        columns.append((ends[0] - ends[1]) / (2 * STEP))
    return fit.impacts().values, np.stack(columns, axis=2)


def refit(fit: FitResult[Any], y: np.ndarray) -> FitResult:
    """The same request on the same regressors with another outcome y (T, N); not for dynamic
    models, whose y is lagged among the regressors.
    """
    sample = replace(fit.sample, y=y, design=replace(fit.sample.design, y=y))
    return FitResult.of(fit.estimator, sample, fit.panel, fit.method.estimate(sample))
