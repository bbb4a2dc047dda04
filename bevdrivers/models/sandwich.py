"""The variance of a score under errors that are dependent in some way: the middle of a sandwich.

Scores that are quadratic in the errors are split as in `covariance.py`: observations, and products of pairs of units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, OptionError, SampleWarning, warn

if TYPE_CHECKING:
    from ..panel import Panel
    from .covariance import CovarianceRequest

# Below this number of clusters a cluster covariance is too small by a tenth and more (Cameron and Miller 2015).
FEW_CLUSTERS = 20
# Sums of scores count as zero below this share of what they would be without cancelling, and eigenvalues of their
# variance as negative below minus this share of the largest: far above rounding.
CANCELLED = 1e-10


@dataclass(frozen=True, eq=False)
class Scores:
    """The score in parts.

    Attributes
    ----------
    linear : array of shape (T, N, P)
        Contributions of observations: linear in e, and the diagonal of the quadratic part, centred.
    e : array of shape (T, N)
    quadratic : tuple of (int, array of shape (N, N))
        Place of a parameter and its symmetric matrix a_ij + a_ji with zero diagonal, scaled as the score: the
        off-diagonal part is half of e_t' S e_t, summed over periods.
    """

    linear: np.ndarray
    e: np.ndarray
    quadratic: tuple[tuple[int, np.ndarray], ...]

    def by_period(self) -> np.ndarray:
        """The whole score of each period, (T, P)."""
        total = self.linear.sum(axis=1)
        for place, S in self.quadratic:
            total[:, place] += 0.5 * np.einsum("ti,ij,tj->t", self.e, S, self.e)
        return total


def middle_of(scores: Scores, request: CovarianceRequest, panel: Panel) -> np.ndarray:
    """Estimated variance of the score, (P, P), before small-sample scaling.

    Raises
    ------
    OptionError
        Fewer than two clusters, no geometry, or sums of the score that are zero by construction.
    """
    if request.cov_type == "clustered":
        check_clusters(request.cluster or "unit", scores.e.shape)
    if request.cov_type == "driscoll-kraay":
        check_clusters("time", scores.e.shape)
    middle = summed(scores, request, panel)
    return middle if request.cov_type == "robust" else _usable(middle, scores, request)


def summed(scores: Scores, request: CovarianceRequest, panel: Panel) -> np.ndarray:
    """The same before it is looked at, (P, P)."""
    kind = request.cov_type
    if kind == "robust":
        return independent(scores, by_unit=False)
    if kind == "clustered":
        cluster = request.cluster or "unit"
        of_time = scores.by_period()
        if cluster == "unit":
            return independent(scores, by_unit=True)
        if cluster == "time":
            return of_time.T @ of_time
        return independent(scores, by_unit=True) + of_time.T @ of_time - independent(scores, by_unit=False)
    if kind == "driscoll-kraay":
        return _driscoll_kraay(scores.by_period(), request)
    return _conley(scores, request, panel)


def _usable(middle: np.ndarray, scores: Scores, request: CovarianceRequest) -> np.ndarray:
    """A variance of the score (P, P) that is positive semi-definite, none of its diagonal zero.

    Two-way clusters (a difference) and kernels over distances need not give one. Negative eigenvalues are put to zero
    (Cameron, Gelbach and Miller 2011, J. Bus. Econ. Statist. 29, 238-249, doi:10.1198/jbes.2010.07136), here of the
    scores in units of their own spread, so that the scale of the regressors does not matter.
    """
    spread = np.sqrt(np.diag(independent(scores, by_unit=False)))
    scale = np.outer(spread, spread)
    scale[scale == 0.0] = 1.0
    values, vectors = np.linalg.eigh(middle / scale)
    if values[0] < -CANCELLED * max(values[-1], 1.0):
        warn(
            f"The {request.cov_type!r} covariance is not positive semi-definite in this sample: the negative "
            "eigenvalues of the variance of the score are put to zero (Cameron, Gelbach and Miller 2011).",
            SampleWarning,
        )
        middle = (vectors * np.maximum(values, 0.0)) @ vectors.T * scale
    # the parameters with a quadratic part, and sigma2, come after the regressors
    K = min((place for place, _ in scores.quadratic), default=len(spread))
    gone = (np.diag(middle) <= CANCELLED * spread**2)[:K] & (spread[:K] > 0.0)
    if gone.all() and K:
        raise OptionError(
            "cov_type",
            expected="groups over which the score does not add up to zero",
            got=f"{request.cov_type!r}, with sums of zero for all regressors",
            remedy="The effects make them so: with as few periods or so wide a cut-off use another covariance.",
        )
    if gone.any():
        warn(
            f"Standard errors of {gone.sum()} regressors are zero under {request.cov_type!r} and mean nothing: their "
            "score adds up to zero in each group that it is summed over, as that of dummies of the groups does.",
            SampleWarning,
        )
    return middle


def independent(scores: Scores, *, by_unit: bool) -> np.ndarray:
    """Variance under independence over units and periods, or over units only with any dependence over time."""
    P = scores.linear.shape[2]
    rows = scores.linear.sum(axis=0) if by_unit else scores.linear.reshape(-1, P)
    middle = rows.T @ rows
    # products of pairs of units: (sum_t e_it e_jt)^2, or sum_t (e_it e_jt)^2
    pairs = (scores.e.T @ scores.e) ** 2 if by_unit else (scores.e**2).T @ scores.e**2
    for place, S in scores.quadratic:
        for other, V in scores.quadratic:
            middle[place, other] += 0.5 * np.sum(S * V * pairs)
    return middle


def _driscoll_kraay(totals: np.ndarray, request: CovarianceRequest) -> np.ndarray:
    """Kernel-weighted autocovariances of the periods' scores (T, P).

    Driscoll and Kraay (1998), Rev. Econ. Statist. 80, 549-560, doi:10.1162/003465398557825.
    """
    T = len(totals)
    bandwidth = np.floor(4 * (T / 100) ** (2 / 9)) if request.bandwidth is None else request.bandwidth
    if not bandwidth < T:
        raise OptionError("bandwidth", expected=f"fewer lags than periods, {T}", got=f"{bandwidth:g}")
    middle = totals.T @ totals
    for lag, weight in enumerate(_time_kernel(request.kernel or "bartlett", bandwidth, T), start=1):
        product = totals[lag:].T @ totals[:-lag]
        middle += weight * (product + product.T)
    return middle


def _time_kernel(kernel: str, bandwidth: float, T: int) -> np.ndarray:
    """Weights of lags 1, 2, ... as in linearmodels."""
    if kernel == "quadratic-spectral":
        if bandwidth == 0:
            return np.zeros(0)
        z = 6 * np.pi * np.arange(1, T) / (5 * bandwidth)
        return 3 / z**2 * (np.sin(z) / z - np.cos(z))
    z = np.arange(1, int(bandwidth) + 1) / (int(bandwidth) + 1)
    if kernel == "bartlett":
        return 1 - z
    return np.where(z <= 0.5, 1 - 6 * z**2 + 6 * z**3, 2 * (1 - z) ** 3)


def _conley(scores: Scores, request: CovarianceRequest, panel: Panel) -> np.ndarray:
    """Products of the scores of units within the cut-off, period by period, weighted by distance.

    Conley (1999), J. Econometrics 92, 1-45, doi:10.1016/S0304-4076(98)00084-0. The quadratic part of the score counts
    as under independence.
    """
    from ..weights.points import great_circle, locations, on_sphere
    from ..weights.spatial_units import SpatialUnits

    assert request.cutoff_km is not None
    if panel.geometry is None:
        raise InputError("panel", expected="a geometry for cov_type='spatial-hac'", got="a panel without one")
    distance = great_circle(on_sphere(locations(SpatialUnits.of(panel), "centroid")))
    inside = distance <= request.cutoff_km
    if (request.kernel or "bartlett") == "bartlett" and request.cutoff_km > 0:
        weight = np.where(inside, 1 - distance / request.cutoff_km, 0.0)
    else:
        weight = inside.astype(float)
    near = np.einsum("tip,ij,tjq->pq", scores.linear, weight, scores.linear, optimize=True)
    flat = scores.linear.reshape(-1, scores.linear.shape[2])
    return near + independent(scores, by_unit=False) - flat.T @ flat


def check_clusters(cluster: str, shape: tuple[int, ...]) -> None:
    """Refuse sums over one cluster, which are zero at the estimates, and warn of few.

    Raises
    ------
    OptionError
    """
    counts = {"time": shape[0], "unit": shape[1], "both": min(shape)}
    if counts[cluster] < 2:
        raise OptionError(
            "cov_type",
            expected="at least 2 periods for sums over periods",
            got=f"T = {shape[0]}",
            remedy='Use "classical", "robust", or clusters of units.',
        )
    if counts[cluster] < FEW_CLUSTERS:
        warn(
            f"{counts[cluster]} clusters ({cluster}): a covariance made of sums over them needs some {FEW_CLUSTERS} "
            "and is too small with fewer.",
            SampleWarning,
        )
