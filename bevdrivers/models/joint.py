"""Fits of the same units in periods that do not overlap: the covariance between their estimates, and refits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import OptionError
from .covariance import _ml_scale, _ml_scores, counted_effects
from .estimation import estimate
from .ml.information import expected_information, invert_information
from .sandwich import Scores

if TYPE_CHECKING:
    from .result import FitResult

# step of the derivative by rho, tau and eta; the impacts are linear in all other parameters, where any step will do
STEP = 1e-5


def cross_covariance(first: FitResult, second: FitResult) -> np.ndarray:
    """Covariance between the estimates of two fits of the same units in periods that do not overlap, (P1, P2).

    Zero under every covariance that takes periods as independent of each other. With clusters of units the scores of a
    unit in the two are summed and multiplied; the off-diagonal part of the quadratic scores of rho and lam adds

        1/2 sum_{i != j} S_ij V_ij (sum_{t in 1} e_it e_jt) (sum_{t in 2} e_it e_jt),

    as in `covariance`.

    Raises
    ------
    OptionError
        Random effects or autocorrelated errors, which the two fits share, a Driscoll-Kraay covariance, which reaches
        across the gap, or clusters for GMM.
    """
    request = first.estimator
    if request.random_effects is not None:
        raise OptionError("random_effects", expected="fixed effects or none", got=repr(request.random_effects))
    if request.serial_errors:
        raise OptionError("serial_errors", expected="False: such errors link the two", got="True")
    if request.cov_type == "driscoll-kraay":
        raise OptionError("cov_type", expected="a covariance without lags over periods", got="'driscoll-kraay'")
    zero = np.zeros((len(first.terms), len(second.terms)))
    if request.cov_type != "clustered" or request.cluster == "time":
        return zero
    if request.method == "gmm":
        raise OptionError("cov_type", expected="'classical' or 'robust' with method='gmm'", got="'clustered'")
    (bread, scores, scale), (other_bread, other, other_scale) = _parts(first), _parts(second)
    middle = scores.linear.sum(axis=0).T @ other.linear.sum(axis=0)
    pairs = (scores.e.T @ scores.e) * (other.e.T @ other.e)
    for place, S in scores.quadratic:
        for column, V in other.quadratic:
            middle[place, column] += 0.5 * np.sum(S * V * pairs)
    found = bread @ middle @ other_bread * np.sqrt(scale * other_scale)
    return found[: zero.shape[0], : zero.shape[1]]


def _parts(fit: FitResult) -> tuple[np.ndarray, Scores, float]:
    """Inverse information, scores, and the small-sample scale of the score's variance under clusters of units."""
    sample, (T, N) = fit.sample, fit.sample.shape
    if fit.estimate.optimum is not None:
        bread = invert_information(expected_information(sample, fit.estimate.optimum))
        scale = _ml_scale(fit.estimator._covariance_request, fit.estimate)
        return bread, _ml_scores(sample, fit.estimate), scale
    K = sample.n_regressors
    Z = sample.columns[:, :, :K]
    R: Any = np.linalg.qr(Z.reshape(T * N, K), mode="r")
    root = np.linalg.inv(R)
    absorbed = counted_effects(sample, fit.estimator._covariance_request)
    scores = Scores(Z * fit.estimate.residuals[:, :, None], fit.estimate.residuals, ())
    return root @ root.T, scores, T * N / (T * N - K - absorbed)


def impacts_jacobian(fit: FitResult) -> tuple[np.ndarray, np.ndarray]:
    """Short-run impacts (3, K), direct, indirect, total, and their derivatives by the parameters (3, K, P)."""
    values = fit.estimate.values
    columns = []
    for place in range(len(values)):
        ends = []
        for sign in (1.0, -1.0):
            moved = values.copy()
            moved[place] += sign * STEP
            ends.append(replace(fit, estimate=replace(fit.estimate, values=moved)).impacts().values)
        columns.append((ends[0] - ends[1]) / (2 * STEP))
    return fit.impacts().values, np.stack(columns, axis=2)


def refit(fit: FitResult, y: np.ndarray) -> FitResult:
    """The same request on the same regressors with another outcome y (T, N); not for dynamic models, whose y is lagged
    among the regressors."""
    sample = replace(fit.sample, y=y, design=replace(fit.sample.design, y=y))
    return fit.estimator._result(sample, fit.panel, estimate(sample, fit.estimator))
