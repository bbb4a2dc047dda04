"""The joint covariance of (b, rho, lam) by generalised moments, and the tests that come with the instruments.

All estimates are linear in the same moments: b_hat - b = c'e and, with a lag of the error,
lam_hat - lam = -(J'VJ)^-1 J'V (e'A e + a'e), so one variance of (c'e, e'A e + a'e) gives everything, cross terms too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...results import TestGroup, TestResult
from ..covariance import CovarianceRequest, _error_moments, counted_effects
from ..design.sample import Sample
from ..estimate import Estimate
from ..sandwich import Scores, middle_of
from .instruments import first_stage_tests, overidentification_test
from .moments import GmmFit, contrasts_of, filtered_columns, influence, moment_scores
from .random_effects import random_gmm_covariance, random_overidentification

if TYPE_CHECKING:
    from ...panel import Panel


def gmm_covariance(sample: Sample, estimate: Estimate, request: CovarianceRequest, panel: Panel) -> np.ndarray:
    """Covariance of (b, rho, lam), (P, P), for those that the model has.

    "classical": iid errors, with their third and fourth moments. The others: the variance of the moments under
    heteroskedasticity, clusters, and so on. Small-sample convention, as for least squares: times NT over the residual
    degrees of freedom, which count the effects (not where the clusters are the effects).

    Sources: Kelejian and Prucha (2010), doi:10.1016/j.jeconom.2009.10.025, theorem 4; Drukker, Egger and Prucha (2013),
    doi:10.1080/07474938.2013.741020.
    """
    fit = estimate.gmm
    assert fit is not None
    if fit.random is not None:
        return random_gmm_covariance(sample, estimate, request)
    lam, b = _parts(sample, estimate)
    weights = influence(sample, fit.instruments, lam)
    linear = weights * estimate.residuals[:, :, None]
    quadratic: tuple[tuple[int, np.ndarray], ...] = ()
    step = np.eye(weights.shape[2])
    if fit.moments is not None:
        of_lam, slope = moment_scores(sample, fit, b, lam)
        P = len(step)
        linear = np.concatenate([linear, of_lam.linear], axis=2)
        quadratic = tuple((P + place, S) for place, S in of_lam.quadratic)
        image = fit.moments.weight @ slope
        step = np.block([[step, np.zeros((P, len(slope)))], [np.zeros((1, P)), -image / (slope @ image)]])
    scores = Scores(linear, estimate.residuals, quadratic)
    if request.cov_type == "classical":
        middle = _iid_variance(sample, fit, scores)
    else:
        middle = middle_of(scores, request, panel)
    return step @ middle @ step.T * _scale(sample, request)


def _parts(sample: Sample, estimate: Estimate) -> tuple[float, np.ndarray]:
    """lam (0 where there is none) and the coefficients of (Z, Wy)."""
    if sample.M is None:
        return 0.0, estimate.values
    return float(estimate.values[-1]), estimate.values[:-1]


def _scale(sample: Sample, request: CovarianceRequest) -> float:
    T, N = sample.shape
    own = sample.n_regressors + (sample.W is not None)
    return T * N / (T * N - own - counted_effects(sample, request))


def _iid_variance(sample: Sample, fit: GmmFit, scores: Scores) -> np.ndarray:
    """Variance of the moments under iid errors, with sigma2 as the mean of squares over NT.

    The quadratic form of the original errors has the diagonal q_t a_ii, q_t that of Q over time (1 - 1/T with unit
    effects); skewness and kurtosis enter through it alone.
    """
    T, N = sample.shape
    dims = contrasts_of(sample)
    e = scores.e
    s2 = float(np.sum(e**2)) / dims.nobs
    coefficients = np.divide(scores.linear, e[:, :, None], out=np.zeros_like(scores.linear), where=e[:, :, None] != 0)
    flat = coefficients.reshape(T * N, -1)
    variance = s2 * flat.T @ flat
    if fit.moments is not None:
        A = fit.moments.matrices
        q = len(A)
        own = np.zeros((N, flat.shape[1]))
        own[:, -q:] = np.diagonal(A, axis1=1, axis2=2).T
        of_time = sample.within.shares(T, N)[0]
        third, fourth = _error_moments(e, sample, s2)
        skew = np.einsum("t,tip,iq->pq", of_time, coefficients, own, optimize=True)
        variance += third * (skew + skew.T) + (fourth - 3 * s2**2) * float(of_time @ of_time) * own.T @ own
        variance[-q:, -q:] += 2.0 * s2**2 * dims.periods * np.einsum("kij,lji->kl", A, A)
    return variance * dims.nobs / (T * N)


def first_stage(sample: Sample, estimate: Estimate) -> TestGroup:
    """Tests of the strength of the instruments, on the data before any spatial filter."""
    assert estimate.gmm is not None
    instruments, step = estimate.gmm.instruments, estimate.gmm.random
    if step is not None:
        return first_stage_tests(instruments, step.columns(sample, 0.0)[0], step.nobs(sample))
    T, N = sample.shape
    return first_stage_tests(instruments, filtered_columns(sample, 0.0)[0], T * N - sample.within.absorbed(T, N))


def overidentification(sample: Sample, estimate: Estimate, request: CovarianceRequest, panel: Panel) -> TestResult:
    """Sargan's test with classical covariance, Hansen's with another; on filtered data where the model has lam."""
    assert estimate.gmm is not None
    if estimate.gmm.random is not None:
        return random_overidentification(sample, estimate, request)
    instruments = estimate.gmm.instruments
    lam, b = _parts(sample, estimate)
    X, y = filtered_columns(sample, lam)
    e = y - X @ b
    T, N = sample.shape
    classical = request.cov_type == "classical"
    if classical:
        variance = np.eye(len(instruments.names)) * float(np.sum(e**2)) / contrasts_of(sample).nobs
    else:
        scores = Scores(instruments.basis * e[:, :, None], e, ())
        # sums over clusters lose nothing by demeaning within them
        share = 1.0 if request.cov_type == "clustered" else T * N / contrasts_of(sample).nobs
        variance = middle_of(scores, request, panel) * share
    return overidentification_test(instruments, X, y, variance, classical=classical)
