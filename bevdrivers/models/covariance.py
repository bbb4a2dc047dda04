"""Covariances of the estimates: classical, observed, and sandwiches for other errors than iid normal ones.

A sandwich is B C B with B the inverse information (or (Z'Z)^-1) and C the variance of the score. The score of b is a
sum over observations, but that of rho and lam is quadratic in the errors,

    s_rho = sum_it m_it e_it + sum_t (e_t' A e_t - s2 tr A),

which is no sum over units. With errors that are independent over units, its variance is that of its linear and
diagonal part, which is a sum, plus that of its off-diagonal part, whose terms e_i e_j (i < j) are uncorrelated with
each other and with the first part (the martingale-difference form of Kelejian and Prucha 2001, J. Econometrics 104,
219-257, doi:10.1016/S0304-4076(01)00064-1): sum_{i<j} (a_ij + a_ji)^2 (sum_t e_it e_jt)^2. That does not depend on
the order of the units. The diagonal part a_ii (e_it^2 - s2) is squared as it stands, so that variances that differ
between observations count as noise: "robust" is then too large rather than too small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import OptionError
from ..options import Cluster, CovType, Kernel, check_option
from .design.sample import Sample
from .estimate import Estimate
from .ml.information import drift, expected_information, invert_information, observed_information, pieces
from .sandwich import CANCELLED, Scores, middle_of

if TYPE_CHECKING:
    from ..panel import Panel

# which further options a kind of covariance takes
_TAKES = {
    "clustered": ("cluster",),
    "driscoll-kraay": ("kernel", "bandwidth"),
    "spatial-hac": ("kernel", "cutoff_km"),
}
_KERNELS = {"driscoll-kraay": ("bartlett", "parzen", "quadratic-spectral"), "spatial-hac": ("bartlett", "uniform")}


@dataclass(frozen=True)
class CovarianceRequest:
    """A kind of covariance with its options, checked.

    Attributes
    ----------
    cov_type : {"classical", "hessian", "qml", "robust", "clustered", "driscoll-kraay", "spatial-hac"}
    cluster : {"unit", "time", "both"} or None
    kernel : {"bartlett", "parzen", "quadratic-spectral", "uniform"} or None
    bandwidth : float or None
        Lags of Driscoll and Kraay's covariance; 4 (T / 100)^(2/9), rounded down, by default.
    cutoff_km : float or None
        Distance beyond which errors are taken as uncorrelated.
    """

    cov_type: str = "classical"
    cluster: str | None = None
    kernel: str | None = None
    bandwidth: float | None = None
    cutoff_km: float | None = None

    def check(self, *, is_ml: bool) -> None:
        """Raise `OptionError` for values or combinations that make no sense."""
        for name, allowed in (("cov_type", CovType), ("cluster", Cluster), ("kernel", Kernel)):
            check_option(name, getattr(self, name), allowed)
        takes = _TAKES.get(self.cov_type, ())
        for name in ("cluster", "kernel", "bandwidth", "cutoff_km"):
            if getattr(self, name) is not None and name not in takes:
                raise OptionError(
                    name, expected=f"no {name} with cov_type={self.cov_type!r}", got=repr(getattr(self, name))
                )
        if self.cov_type in ("hessian", "qml") and not is_ml:
            raise OptionError(
                "cov_type", expected="another covariance for least squares and GMM", got=repr(self.cov_type)
            )
        kernels = _KERNELS.get(self.cov_type)
        if kernels and self.kernel is not None and self.kernel not in kernels:
            raise OptionError("kernel", expected=f"one of {list(kernels)} for {self.cov_type}", got=repr(self.kernel))
        for name in ("bandwidth", "cutoff_km"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, (int, float)) and np.isfinite(value) and value >= 0):
                raise OptionError(name, expected="a number, 0 or more", got=repr(value))
        if self.cov_type == "spatial-hac" and self.cutoff_km is None:
            raise OptionError("cutoff_km", expected="a distance in km for cov_type='spatial-hac'", got="None")


def covariance(sample: Sample, estimate: Estimate, request: CovarianceRequest, panel: Panel) -> np.ndarray:
    """Covariance of (b, rho, lam), (P, P), for those that the model has.

    Small-sample conventions. Least squares: as linearmodels, the residual degrees of freedom, which count the effects
    (not in a cluster covariance whose clusters are the effects). Maximum likelihood: the variance of the score is
    scaled by sigma2 over the mean square of the demeaned errors, which are too small: NT / n, n the number of contrasts
    under Lee-Yu; with clusters by G / (G - 1) instead, G their number. Under the adjusted score, which is none of a
    likelihood, "classical" and "hessian" are sandwiches, too.
    """
    if estimate.optimum is None:
        return _least_squares(sample, estimate, request, panel)
    of_hessian = request.cov_type == "hessian"
    beyond = drift(sample, estimate.optimum)
    if of_hessian:
        information = observed_information(sample, estimate.optimum) - beyond
    else:
        information = expected_information(sample, estimate.optimum)
    bread = invert_information(information + beyond)
    if of_hessian or request.cov_type == "classical":
        return ((bread @ information @ bread) if beyond.any() else bread)[:-1, :-1]
    scores = _ml_scores(sample, estimate)
    if request.cov_type == "qml":
        middle = information + _excess(sample, estimate, scores)
    else:
        middle = middle_of(scores, request, panel) * _ml_scale(request, estimate)
    return (bread @ middle @ bread)[:-1, :-1]


def _ml_scale(request: CovarianceRequest, estimate: Estimate) -> float:
    T, N = estimate.residuals.shape
    groups: int = {"unit": N, "time": T, "both": min(N, T)}[request.cluster or "unit"]
    if request.cov_type == "clustered":
        return groups / (groups - 1)
    return estimate.sigma2 / float(np.mean(estimate.residuals**2))


def counted_effects(sample: Sample, request: CovarianceRequest) -> int:
    """The effects as degrees of freedom: none where they are the clusters, as in linearmodels."""
    if request.cov_type == "clustered" and sample.within.name == (request.cluster or "unit"):
        return 0 if not sample.within.terms else sample.within.absorbed(*sample.shape)
    return sample.within.absorbed(*sample.shape)


def _least_squares(sample: Sample, estimate: Estimate, request: CovarianceRequest, panel: Panel) -> np.ndarray:
    T, N = sample.shape
    K = sample.n_regressors
    Z = sample.columns[:, :, :K]
    R: Any = np.linalg.qr(Z.reshape(T * N, K), mode="r")
    root = np.linalg.inv(R)
    bread = root @ root.T
    if request.cov_type == "classical":
        return estimate.sigma2 * bread
    scores = Scores(Z * estimate.residuals[:, :, None], estimate.residuals, ())
    absorbed = counted_effects(sample, request)
    middle = middle_of(scores, request, panel) * (T * N / (T * N - K - absorbed))
    return bread @ middle @ bread


def _ml_scores(sample: Sample, estimate: Estimate) -> Scores:
    """Score contributions of (b, rho, lam, sigma2) at the estimates."""
    assert estimate.optimum is not None
    at, dims, s2 = pieces(sample, estimate.optimum), sample.contrasts, estimate.sigma2
    T, N = sample.shape
    K = sample.n_regressors
    linear = np.empty((T, N, K + len(at.operators) + 1))
    linear[:, :, :K] = at.Z * at.e[:, :, None] / s2
    square = at.e**2
    # the variance of e_it, and what Q leaves of it, which the traces in the scores stand for
    variance = float(square.mean()) * T * N / dims.nobs
    of_time, of_units = sample.within.shares(T, N)
    share = np.ones(T) if dims.periods == T else of_time
    left = np.multiply.outer(share, of_units if dims.over_units else np.ones(N))
    quadratic = []
    for k, (operator, m) in enumerate(zip(at.operators, at.means, strict=True), start=K):
        A = dims.both_sides(operator.matrix)
        own = np.diag(A)
        linear[:, :, k] = (m * at.e + own * (square - share[:, None] * variance)) / s2
        S = (A + A.T) / s2
        np.fill_diagonal(S, 0.0)
        quadratic.append((k, S))
    linear[:, :, -1] = (square - left * variance) / (2 * s2**2)
    if sample.dynamic:
        # the score has a mean there, which the correction of the estimates takes away
        linear -= linear.mean(axis=(0, 1))
    return Scores(linear, at.e, tuple(quadratic))


def _excess(sample: Sample, estimate: Estimate, scores: Scores) -> np.ndarray:
    """What skewness and kurtosis of iid errors add to the variance of the score, (P, P).

    The score is a quadratic form v'Bv + c'v in the original errors v, of which the demeaned ones are e = Qv, so that
    B has the diagonal b_it = q_t a_ii, q_t that of Q over time (1 - 1/T with unit effects), and c is Q's image of the
    linear coefficients. Lee and Yu (2010, appendix): the contrasts of iid errors are uncorrelated but not independent.
    """
    dims, s2 = sample.contrasts, estimate.sigma2
    T, N = sample.shape
    K = sample.n_regressors
    assert estimate.optimum is not None
    at = pieces(sample, estimate.optimum)
    third, fourth = _error_moments(at.e, sample, s2)
    P = scores.linear.shape[2]
    coefficients = np.zeros((T, N, P))
    own = np.zeros((N, P))
    coefficients[:, :, :K] = at.Z / s2
    of_time, of_units = sample.within.shares(T, N)
    for k, (A, m) in enumerate(zip(at.operators, at.means, strict=True), start=K):
        coefficients[:, :, k] = m / s2
        own[:, k] = np.diag(dims.both_sides(A.matrix)) / s2
    own[:, -1] = of_units / (2 * s2**2)
    skew = np.einsum("t,tip,iq->pq", of_time, coefficients, own, optimize=True)
    return third * (skew + skew.T) + (fourth - 3 * s2**2) * float(of_time @ of_time) * own.T @ own


def _error_moments(e: np.ndarray, sample: Sample, s2: float) -> tuple[float, float]:
    """Third and fourth moment of the original errors from those of the demeaned ones.

    e_it = sum_js q_js v_js with the row q of the projection, so E e^3 = mu3 sum q^3 and
    E e^4 = mu4 sum q^4 + 3 s2^2 [(sum q^2)^2 - sum q^4], each averaged over the rows.
    """
    rows = sample.within.rows(*sample.shape)
    # where the errors come in mirrored pairs (unit effects and two periods) there is no skewness to be seen in them,
    # and none matters: the coefficients it comes with sum to zero
    cubes, fourths = (float(np.prod([np.mean(np.sum(Q**power, axis=1)) for Q in rows])) for power in (3, 4))
    squares = float(np.prod([np.mean(np.diag(Q) ** 2) for Q in rows]))
    third = float(np.mean(e**3)) / cubes if cubes > CANCELLED else 0.0
    fourth = (float(np.mean(e**4)) - 3 * s2**2 * (squares - fourths)) / fourths
    return third, fourth
