"""Covariances of maximum-likelihood estimates: of the information, and sandwiches for errors that
are not iid normal.

Small-sample conventions. The variance of the score is scaled by sigma2 over the mean square of the
demeaned errors, which are too small: NT / n, n the number of contrasts under Lee-Yu; with clusters
by G / (G - 1) instead, G their number; CR2, whose residuals are put right, needs none, and CR3 that
of the jackknife. Under the adjusted score, which is none of a likelihood, "classical" and "hessian"
are sandwiches, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...panel import Panel
from ..bias_reduction import Leverage
from ..covariance import Clustered, CovarianceKind, Sandwich
from ..design.sample import Sample
from ..estimate import Estimate
from ..sandwich import Scores, error_moments
from ..wild import ClusterScores
from .information import (
    expected_information,
    invert_information,
    observed_information,
    score_terms,
    slope_beyond_variance,
)
from .optimum import Point, Search


@dataclass(frozen=True, eq=False)
class MlEstimate(Estimate):
    """Maximum-likelihood estimates of (b, rho, lam).

    Attributes
    ----------
    point : Point
        The same numbers in parts, corrected for the bias of fixed effects where the values are.
    search : Search
        How the maximum was found.
    """

    point: Point
    search: Search

    @property
    def converged(self) -> bool:
        return self.search.converged


def of_expected_information(
    sample: Sample,
    estimate: MlEstimate,
    kind: CovarianceKind,
    panel: Panel,
) -> np.ndarray:
    """The inverse of the expected information, without sigma2."""
    variance = expected_information(sample, estimate.point)
    return _of_information(sample, estimate.point, variance)


def of_observed_information(
    sample: Sample,
    estimate: MlEstimate,
    kind: CovarianceKind,
    panel: Panel,
) -> np.ndarray:
    """The inverse of the observed information, without sigma2."""
    observed = observed_information(sample, estimate.point)
    beyond = slope_beyond_variance(sample, estimate.point)
    return _of_information(sample, estimate.point, observed - beyond)


def _of_information(
    sample: Sample,
    point: Point,
    variance: np.ndarray,
) -> np.ndarray:
    """The covariance, given the variance of the score (P, P)."""
    beyond = slope_beyond_variance(sample, point)
    bread = invert_information(variance + beyond)
    # of a likelihood the variance of the score is its slope: the sandwich is its own bread
    covariance = bread
    if beyond.any():
        covariance = bread @ variance @ bread
    return covariance[:-1, :-1]


def of_iid_errors(
    sample: Sample,
    estimate: MlEstimate,
    kind: CovarianceKind,
    panel: Panel,
) -> np.ndarray:
    """The sandwich for iid errors of any skewness and kurtosis."""
    bread = inverse_slope(sample, estimate.point)
    of_normal_errors = expected_information(sample, estimate.point)
    variance = of_normal_errors + excess(sample, estimate.point)
    covariance: np.ndarray = bread @ variance @ bread
    return covariance[:-1, :-1]


def of_dependent_errors(
    sample: Sample,
    estimate: MlEstimate,
    kind: Sandwich,
    panel: Panel,
) -> np.ndarray:
    """The sandwich for errors that are dependent, or of different variances."""
    bread = inverse_slope(sample, estimate.point)
    scores = scores_for(sample, estimate.point, kind)
    variance = kind.variance(scores, panel)
    scale = small_sample_scale(estimate, kind)
    covariance: np.ndarray = bread @ (variance * scale) @ bread
    return covariance[:-1, :-1]


COVARIANCES = {
    "classical": of_expected_information,
    "hessian": of_observed_information,
    "qml": of_iid_errors,
    "robust": of_dependent_errors,
    "clustered": of_dependent_errors,
    "driscoll-kraay": of_dependent_errors,
    "spatial-hac": of_dependent_errors,
}


def inverse_slope(sample: Sample, point: Point) -> np.ndarray:
    """The inverse of minus the expected slope of the score, (P, P): of the information, for a
    likelihood.
    """
    variance = expected_information(sample, point)
    beyond = slope_beyond_variance(sample, point)
    return invert_information(variance + beyond)


def small_sample_scale(estimate: Estimate, kind: CovarianceKind) -> float:
    """By what the variance of the score is multiplied; see the module."""
    T, N = estimate.residuals.shape
    if isinstance(kind, Clustered):
        return kind.scale((T, N))
    mean_square = float(np.mean(estimate.residuals**2))
    return estimate.sigma2 / mean_square


def scores_for(
    sample: Sample,
    point: Point,
    kind: CovarianceKind,
) -> Scores:
    """Score contributions of (b, rho, lam, sigma2), of residuals as the kind of covariance takes
    them.
    """
    if not (isinstance(kind, Clustered) and kind.type is not None and kind.reduces_bias):
        return ml_scores(sample, point)
    e = score_terms(sample, point).e
    of_clusters = _leverage_of(sample, point, kind)
    adjusted = of_clusters.adjusted(e, kind.type)
    return ml_scores(sample, point, adjusted)


def degrees_of_freedom(
    sample: Sample,
    point: Point,
    kind: Clustered,
    contrasts: np.ndarray,
) -> np.ndarray:
    """Those of t for linear combinations (m, P) of (b, rho, lam) under CR2, (m,): Satterthwaite's, at
    most one less than there are clusters.
    """
    of_clusters = _leverage_of(sample, point, kind)
    satterthwaite = of_clusters.satterthwaite(contrasts)
    clusters = kind.count(sample.shape)
    degrees: np.ndarray = np.minimum(satterthwaite, clusters - 1)
    return degrees


def _leverage_of(
    sample: Sample,
    point: Point,
    kind: Clustered,
) -> Leverage:
    """What estimating takes from the errors of clusters, as CR2 or CR3 has it."""
    B = inverse_slope(sample, point)
    if kind.type == "CR2":
        # what is left of the variance of the errors: of a likelihood, the inverse information
        variance = expected_information(sample, point)
        B = 2.0 * B - B @ variance @ B
    return leverage(sample, point, B, kind.by)


def leverage(
    sample: Sample,
    point: Point,
    B: np.ndarray,
    by: str,
) -> Leverage:
    """What estimating takes from the errors of clusters, given the inverse slope of the score of
    (b, rho, lam, sigma2), (P, P).
    """
    terms = score_terms(sample, point)
    means = [mean[:, :, None] for mean in terms.means]
    X = np.concatenate([terms.Z, *means], axis=2)
    of_coefficients = B[:-1, :-1] / point.sigma2
    return Leverage(X, of_coefficients, sample.within, by)


def wild_scores(
    sample: Sample,
    point: Point,
    by: str,
) -> ClusterScores:
    """The score of (b, rho, lam, sigma2) by cluster, for the wild score bootstrap."""
    inverse = inverse_slope(sample, point)
    of_clusters = leverage(sample, point, inverse, by)
    scores = ml_scores(sample, point)
    return ClusterScores.of(scores, inverse, of_clusters, 1.0 / point.sigma2)


def ml_scores(
    sample: Sample,
    point: Point,
    e: np.ndarray | None = None,
) -> Scores:
    """Score contributions of (b, rho, lam, sigma2) at a point, of its errors or of others (T, N) in
    their place.
    """
    terms = score_terms(sample, point)
    if e is None:
        e = terms.e
    dims = sample.contrasts
    s2 = point.sigma2
    T, N = sample.shape
    K = sample.n_regressors
    P = K + len(terms.operators) + 1
    linear = np.empty((T, N, P))

    # of b: z_it e_it
    linear[:, :, :K] = terms.Z * e[:, :, None] / s2

    # the variance of e_it, and what Q leaves of it, which the traces in the scores stand for
    square = e**2
    variance = float(square.mean()) * T * N / dims.nobs
    of_periods, of_units = _kept_by_contrasts(sample)

    # of rho and lam: m_it e_it, and e'Ae by its diagonal, a sum over observations, and the rest
    quadratic = []
    beyond_variance = square - of_periods[:, None] * variance
    lags = zip(terms.operators, terms.means, strict=True)
    for k, (operator, mean) in enumerate(lags, start=K):
        A = dims.both_sides(operator.matrix)
        by_diagonal = np.diag(A) * beyond_variance
        linear[:, :, k] = (mean * e + by_diagonal) / s2

        off_diagonal = (A + A.T) / s2
        np.fill_diagonal(off_diagonal, 0.0)
        quadratic.append((k, off_diagonal))

    # of sigma2
    kept = np.multiply.outer(of_periods, of_units)
    linear[:, :, -1] = (square - kept * variance) / (2 * s2**2)
    if sample.dynamic:
        # the score has a mean there, which the correction of the estimates takes away
        linear -= linear.mean(axis=(0, 1))
    return Scores(linear, e, tuple(quadratic))


def _kept_by_contrasts(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """The shares of a variance that Q leaves over time (T,) and over units (N,), one where the
    likelihood is not that of contrasts.
    """
    T, N = sample.shape
    dims = sample.contrasts
    of_time, of_units = sample.within.shares(T, N)
    if dims.periods == T:
        of_time = np.ones(T)
    if not dims.over_units:
        of_units = np.ones(N)
    return of_time, of_units


def excess(sample: Sample, point: Point) -> np.ndarray:
    """What skewness and kurtosis of iid errors add to the variance of the score, (P, P).

    The score is a quadratic form v'Bv + c'v in the original errors v, of which the demeaned ones
    are e = Qv, so that B has the diagonal b_it = q_t a_ii, q_t that of Q over time (1 - 1/T with
    unit effects), and c is Q's image of the linear coefficients. Lee and Yu (2010, appendix): the
    contrasts of iid errors are uncorrelated but not independent.
    """
    terms = score_terms(sample, point)
    dims = sample.contrasts
    s2 = point.sigma2
    T, N = sample.shape
    K = sample.n_regressors
    P = K + len(terms.operators) + 1
    of_time, of_units = sample.within.shares(T, N)

    # c, and the diagonals of B without q_t
    c = np.zeros((T, N, P))
    a = np.zeros((N, P))
    c[:, :, :K] = terms.Z / s2
    lags = zip(terms.operators, terms.means, strict=True)
    for k, (operator, mean) in enumerate(lags, start=K):
        A = dims.both_sides(operator.matrix)
        c[:, :, k] = mean / s2
        a[:, k] = np.diag(A) / s2
    a[:, -1] = of_units / (2 * s2**2)

    # the covariance of v'Bv with c'v takes the third moment, the variance of v'Bv the fourth
    third, fourth = error_moments(terms.e, sample, s2)
    beyond_normal = fourth - 3 * s2**2
    skew = np.einsum("t,tip,iq->pq", of_time, c, a, optimize=True)
    kurtosis = float(of_time @ of_time) * a.T @ a
    of_third = third * (skew + skew.T)
    of_fourth = beyond_normal * kurtosis
    excess: np.ndarray = of_third + of_fourth
    return excess
