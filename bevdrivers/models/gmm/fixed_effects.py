"""Two-stage least squares and generalised moments with fixed effects or none.

Without a lag of the error: b and rho by two-stage least squares on demeaned arrays. With one:

1. two-stage least squares, residuals u;
2. lam from moments e_t' A_k e_t of e = Q(u - lam M u), quadratic in lam;
3. two-stage least squares of Q(I - lam M) y on Q(I - lam M)(Z, Wy), the spatial Cochrane-Orcutt
   step;
4. ("robust" only) lam again, from the residuals of step 3 and with efficient weights.

All estimates are linear in the same moments: b_hat - b = c'e and, with a lag of the error, lam_hat
- lam = -(J'VJ)^-1 J'V (e'A e + a'e), so one variance of (c'e, e'A e + a'e) gives everything, cross
terms too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from ...panel import Panel
from ...results import TestGroup, TestResult
from ..covariance import Classical, Clustered, CovarianceKind, Sandwich, counted_effects
from ..design.sample import Sample
from ..estimate import Estimate, spatial_names
from ..least_squares import check_covariance
from ..options import Options, refuse
from ..sandwich import Scores, error_moments, independent
from .error_moments import (
    ErrorMoments,
    check_slope,
    gram,
    iid_moments,
    inverse_variance,
    lowest,
    residuals_and_lag,
    robust_moments,
)
from .instruments import Instruments, first_stage_tests, make_instruments, overidentification_test
from .method import (
    MomentsMethod,
    check_moments,
    check_residuals,
    coefficients,
    n_columns,
    warn_at_bound,
    warn_outside,
)
from .two_stage import (
    check_filtered,
    contrasts_of,
    filtered_columns,
    influence,
    two_stage,
)


@dataclass(frozen=True, eq=False)
class TwoStageEstimate(Estimate):
    """Two-stage least-squares estimates of (b, rho).

    Attributes
    ----------
    instruments : Instruments
    """

    instruments: Instruments


@dataclass(frozen=True, eq=False)
class MomentsEstimate(TwoStageEstimate):
    """Estimates of (b, rho, lam), lam by moments of the error.

    Attributes
    ----------
    moments : ErrorMoments
    filtered : bool
        Whether the residuals that lam came from are those of the filtered regression (else of the
        plain one).
    """

    moments: ErrorMoments
    filtered: bool


# Classical covariance: iid errors, with their third and fourth moments. The others: the variance of
# the moments under heteroskedasticity, clusters, and so on. Small-sample convention, as for least
# squares: times NT over the residual degrees of freedom, which count the effects (not where the
# clusters are the effects).
#
# Sources: Kelejian and Prucha (2010), doi:10.1016/j.jeconom.2009.10.025, theorem 4; Drukker, Egger
# and Prucha (2013), doi:10.1080/07474938.2013.741020.


def of_iid_errors(
    sample: Sample,
    estimate: TwoStageEstimate,
    kind: CovarianceKind,
    panel: Panel,
) -> np.ndarray:
    """Covariance of (b, rho, lam), (P, P), under iid errors."""
    scores, response = linearised(sample, estimate)
    variance = _iid_variance(sample, estimate, scores)
    covariance: np.ndarray = response @ variance @ response.T * _degrees_scale(sample, kind)
    return covariance


def of_dependent_errors(
    sample: Sample,
    estimate: TwoStageEstimate,
    kind: Sandwich,
    panel: Panel,
) -> np.ndarray:
    """Covariance of (b, rho, lam), (P, P), under errors that are dependent or of different
    variances.
    """
    scores, response = linearised(sample, estimate)
    variance = kind.variance(scores, panel)
    covariance: np.ndarray = response @ variance @ response.T * _degrees_scale(sample, kind)
    return covariance


COVARIANCES = {
    "classical": of_iid_errors,
    "robust": of_dependent_errors,
    "clustered": of_dependent_errors,
    "driscoll-kraay": of_dependent_errors,
    "spatial-hac": of_dependent_errors,
}


@dataclass(frozen=True)
class GeneralisedMoments(MomentsMethod[TwoStageEstimate]):
    """Two-stage least squares, and moments of lam where the model has a lag of the error.

    Attributes
    ----------
    moments : {"initial", "fullweights", "robust"} or None
        None without a lag of the error.
    """

    moments: str | None

    covariances = COVARIANCES

    @classmethod
    def applies(cls, options: Options) -> bool:
        return options.method == "gmm" and options.random_effects is None

    @classmethod
    def of(cls, options: Options, kind: CovarianceKind) -> Self:
        check_covariance(kind, cls.covariances)
        check_moments(options, kind)
        moments = None
        if options.lag_u:
            moments = options.gmm or "robust"
        if options.two_stage is not None:
            refuse(
                "two_stage",
                "None without random effects",
                repr(options.two_stage),
                "Leave two_stage out.",
            )
        if options.gmm == "weights":
            refuse(
                "gmm",
                "'initial' without random effects: there is one set of moments to weight",
                "'weights'",
                "Leave gmm out, or use gmm='initial'.",
            )
        if moments in ("initial", "fullweights") and not kind.supposes_iid:
            refuse(
                "cov_type",
                f"'classical' with gmm={options.gmm!r}, or gmm='robust'",
                repr(options.cov_type),
                "Use cov_type='classical', or gmm='robust'.",
            )
        if options.lag_u and options.before_lag and options.effects in ("time", "two-way"):
            refuse(
                "demean",
                "'after-lag' for generalised moments with time effects",
                "'before-lag'",
                "Leave demean out.",
            )
        return cls(moments)

    def estimate(self, sample: Sample) -> TwoStageEstimate:
        instruments = make_instruments(sample)
        if self.moments is None:
            estimate = two_stage_estimate(sample, instruments)
        else:
            estimate = moments_estimate(sample, instruments, self.moments)
        warn_outside(sample, estimate)
        return estimate

    def first_stage(self, sample: Sample, estimate: TwoStageEstimate) -> TestGroup:
        T, N = sample.shape
        columns, _ = filtered_columns(sample, 0.0)
        nobs = T * N - sample.within.absorbed(T, N)
        return first_stage_tests(estimate.instruments, columns, nobs)

    def overidentification(
        self,
        sample: Sample,
        estimate: TwoStageEstimate,
        kind: CovarianceKind,
        panel: Panel,
    ) -> TestResult:
        """Sargan's test with classical covariance, Hansen's with another."""
        instruments = estimate.instruments
        lam, b = coefficients(sample, estimate)
        X, y = filtered_columns(sample, lam)
        e = y - X @ b
        nobs = contrasts_of(sample).nobs
        if isinstance(kind, Sandwich):
            scores = Scores(instruments.basis * e[:, :, None], e, ())
            scale = e.size / nobs
            if isinstance(kind, Clustered):
                # sums over clusters lose nothing by demeaning within them
                scale = 1.0
            variance = kind.variance(scores, panel) * scale
        else:
            L = len(instruments.names)
            variance = np.eye(L) * float(np.sum(e**2)) / nobs
        classical = isinstance(kind, Classical)
        return overidentification_test(instruments, X, y, variance, classical=classical)


def two_stage_estimate(sample: Sample, instruments: Instruments) -> TwoStageEstimate:
    """Estimates of (b, rho) for those that the model has."""
    X, y = filtered_columns(sample, 0.0)
    values = two_stage(X, y, instruments)
    e = y - X @ values
    check_residuals(sample, e)
    return TwoStageEstimate(
        values=values,
        sigma2=float(np.sum(e**2)) / _degrees(sample),
        loglik=np.nan,
        residuals=e,
        df_resid=None,
        spatial=spatial_names(sample),
        instruments=instruments,
    )


def moments_estimate(
    sample: Sample,
    instruments: Instruments,
    weighting: str,
) -> MomentsEstimate:
    """Estimates of (b, rho, lam) for those that the model has; `weighting` of the moments of
    lam.
    """
    robust = weighting == "robust"
    # 1. residuals of the plain regression
    X, y = filtered_columns(sample, 0.0)
    b = two_stage(X, y, instruments)

    # 2. lam from them
    if robust:
        moments = robust_moments(sample)
    else:
        moments = iid_moments(sample, full=False)
    lam = _minimise(sample, moments, b)
    if weighting == "fullweights":
        moments = iid_moments(sample, full=True)
        lam = _minimise(sample, moments, b)
    check_filtered(sample, lam)

    # 3. the filtered regression
    X, y = filtered_columns(sample, lam)
    b = two_stage(X, y, instruments)

    # 4. lam from its residuals
    if robust:
        weight = _efficient_weight(sample, instruments, moments, b, lam)
        moments = ErrorMoments(moments.matrices, weight)
        lam = _minimise(sample, moments, b)
        check_filtered(sample, lam)

    warn_at_bound(sample, lam)
    X, y = filtered_columns(sample, lam)
    e = y - X @ b
    return MomentsEstimate(
        values=np.append(b, lam),
        sigma2=float(np.sum(e**2)) / _degrees(sample),
        loglik=np.nan,
        residuals=e,
        df_resid=None,
        spatial=spatial_names(sample),
        instruments=instruments,
        moments=moments,
        filtered=robust,
    )


def _degrees(sample: Sample) -> int:
    """Residual degrees of freedom; lam is not a regressor: it costs none."""
    T, N = sample.shape
    return T * N - sample.within.absorbed(T, N) - n_columns(sample)


def _degrees_scale(sample: Sample, kind: CovarianceKind) -> float:
    """NT over the residual degrees of freedom, with the effects that the kind counts."""
    T, N = sample.shape
    df = T * N - n_columns(sample) - counted_effects(sample, kind)
    return T * N / df


def _minimise(
    sample: Sample,
    moments: ErrorMoments,
    b: np.ndarray,
) -> float:
    """The lam in its range that minimises g(lam)' weight g(lam), a polynomial of degree four: no
    search is needed.
    """
    u, Mu = residuals_and_lag(sample, b)
    check_residuals(sample, u)
    c = moments.values(u, Mu) / np.sum(u**2)
    return lowest(sample, c.T @ moments.weight @ c)


def _efficient_weight(
    sample: Sample,
    instruments: Instruments,
    moments: ErrorMoments,
    b: np.ndarray,
    lam: float,
) -> np.ndarray:
    """Inverse of the moments' variance under independent errors of any variances."""
    scores, _ = moment_scores(sample, instruments, moments, b, lam, filtered=True)
    return inverse_variance(independent(scores, by_unit=False))


def moment_scores(
    sample: Sample,
    instruments: Instruments,
    moments: ErrorMoments,
    b: np.ndarray,
    lam: float,
    *,
    filtered: bool,
) -> tuple[Scores, np.ndarray]:
    """The moments g as contributions of observations, and their slope by lam, (q,).

    g at the estimated b is e'A e + a'e: the linear part is what estimating b adds to the error.
    `filtered` as in `MomentsEstimate`.
    """
    A = moments.matrices
    u, Mu = residuals_and_lag(sample, b)
    e = u - lam * Mu

    # slopes of g_k = e'A_k e by lam and by b
    by_e = 2.0 * (e @ A)
    X, _ = filtered_columns(sample, lam)
    by_lam = -np.sum(by_e * Mu, axis=(1, 2))
    by_b = -np.einsum("tip,kti->pk", X, by_e)

    # what the error of b does to g
    a = influence(sample, instruments, lam, filtered=filtered) @ by_b
    quadratic = []
    for k, matrix in enumerate(A):
        S = 2.0 * matrix
        np.fill_diagonal(S, 0.0)
        quadratic.append((k, S))
    return Scores(a * e[:, :, None], e, tuple(quadratic)), by_lam


def linearised(sample: Sample, estimate: TwoStageEstimate) -> tuple[Scores, np.ndarray]:
    """The moments (c'e, e'Ae + a'e) by observation, and the response of the estimates to them, (P,
    P or P + q).
    """
    lam, b = coefficients(sample, estimate)
    weights = influence(sample, estimate.instruments, lam)
    e = estimate.residuals
    linear = weights * e[:, :, None]
    P = weights.shape[2]
    if not isinstance(estimate, MomentsEstimate):
        return Scores(linear, e, ()), np.eye(P)

    moments = estimate.moments
    of_lam, J = moment_scores(
        sample, estimate.instruments, moments, b, lam, filtered=estimate.filtered
    )
    linear = np.concatenate([linear, of_lam.linear], axis=2)
    quadratic = tuple((P + column, S) for column, S in of_lam.quadratic)

    # lam_hat - lam = -(J'VJ)^-1 J'V g with the slope J and the weight V
    check_slope(sample, moments, b, lam, J)
    VJ = moments.weight @ J
    of_b = [np.eye(P), np.zeros((P, len(J)))]
    row_of_lam = [np.zeros((1, P)), -VJ / (J @ VJ)]
    response = np.block([of_b, row_of_lam])
    return Scores(linear, e, quadratic), response


def _iid_variance(
    sample: Sample,
    estimate: TwoStageEstimate,
    scores: Scores,
) -> np.ndarray:
    """Variance of the moments under iid errors, with sigma2 as the mean of squares over NT.

    The quadratic form of the original errors has the diagonal q_t a_ii, q_t that of Q over time (1
    - 1/T with unit effects); skewness and kurtosis enter through it alone.
    """
    T, N = sample.shape
    dims = contrasts_of(sample)
    e = scores.e
    s2 = float(np.sum(e**2)) / dims.nobs

    # of c'e
    errors = e[:, :, None]
    none = np.zeros_like(scores.linear)
    c = np.divide(scores.linear, errors, out=none, where=errors != 0)
    flat = c.reshape(T * N, -1)
    variance = s2 * flat.T @ flat

    # of e'Ae, and of both together
    if isinstance(estimate, MomentsEstimate):
        A = estimate.moments.matrices
        q = len(A)
        diagonals = np.zeros((N, flat.shape[1]))
        diagonals[:, -q:] = np.diagonal(A, axis1=1, axis2=2).T
        of_time, _ = sample.within.shares(T, N)
        third, fourth = error_moments(e, sample, s2)
        beyond_normal = fourth - 3 * s2**2
        skew = np.einsum("t,tip,iq->pq", of_time, c, diagonals, optimize=True)
        kurtosis = float(of_time @ of_time) * diagonals.T @ diagonals
        variance += third * (skew + skew.T) + beyond_normal * kurtosis
        variance[-q:, -q:] += 2.0 * s2**2 * dims.periods * gram(A)
    scaled: np.ndarray = variance * dims.nobs / (T * N)
    return scaled
