"""The variance of a score under errors that are dependent in some way: the middle of a sandwich.

Scores that are quadratic in the errors are split as in `covariance`: observations, and products of
pairs of units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import OptionError, SampleWarning, warn
from ..panel import Panel
from ..panel.time_axis import TimeAxis
from ..weights.points import great_circle, locations, on_sphere
from ..weights.spatial_units import SpatialUnits
from .design.sample import Sample

# Below this number of clusters a cluster covariance is too small by a tenth and more (Cameron and
# Miller 2015).
FEW_CLUSTERS = 20
# Sums of scores count as zero below this share of what they would be without cancelling, and
# eigenvalues of their variance as negative below minus this share of the largest: far above
# rounding.
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
        Column of a parameter and its symmetric matrix a_ij + a_ji with zero diagonal, scaled as the
        score: the off-diagonal part is half of e_t' S e_t, summed over periods.
    """

    linear: np.ndarray
    e: np.ndarray
    quadratic: tuple[tuple[int, np.ndarray], ...]

    def by_period(self) -> np.ndarray:
        """The whole score of each period, (T, P)."""
        total: np.ndarray = self.linear.sum(axis=1)
        for column, S in self.quadratic:
            total[:, column] += 0.5 * np.einsum("ti,ij,tj->t", self.e, S, self.e)
        return total


def independent(scores: Scores, *, by_unit: bool) -> np.ndarray:
    """Variance under independence over units and periods, or over units only with any dependence
    over time.
    """
    P = scores.linear.shape[2]
    rows = scores.linear.sum(axis=0) if by_unit else scores.linear.reshape(-1, P)
    variance: np.ndarray = rows.T @ rows
    # products of pairs of units: (sum_t e_it e_jt)^2, or sum_t (e_it e_jt)^2
    pairs = (scores.e.T @ scores.e) ** 2 if by_unit else (scores.e**2).T @ scores.e**2
    for row, S in scores.quadratic:
        for column, V in scores.quadratic:
            variance[row, column] += 0.5 * np.sum(S * V * pairs)
    return variance


def autocovariances(
    totals: np.ndarray,
    time_axis: TimeAxis,
    kernel: str,
    bandwidth: float | None,
) -> np.ndarray:
    """Kernel-weighted autocovariances of the periods' scores (T, P), by their distance in time.

    Driscoll and Kraay (1998), Rev. Econ. Statist. 80, 549-560, doi:10.1162/003465398557825.
    """
    T = len(totals)
    reach = np.floor(4 * (T / 100) ** (2 / 9)) if bandwidth is None else bandwidth
    # A period that is missing adds nothing: with a zero in its row the others keep their distances.
    steps = int(time_axis.positions[-1]) + 1
    every_step = np.zeros((steps, totals.shape[1]))
    every_step[time_axis.positions] = totals
    if not reach < steps:
        expected = f"fewer lags than periods, {steps}"
        raise OptionError(
            "bandwidth",
            expected=expected,
            got=f"{reach:g}",
            remedy=f"Use bandwidth={max(steps - 1, 0)} or less, or leave it out.",
        )
    variance: np.ndarray = totals.T @ totals
    for lag, weight in enumerate(_time_kernel(kernel, reach, steps), start=1):
        product = every_step[lag:].T @ every_step[:-lag]
        variance += weight * (product + product.T)
    return variance


def _time_kernel(
    kernel: str,
    bandwidth: float,
    T: int,
) -> np.ndarray:
    """Weights of lags 1, 2, ... as in linearmodels."""
    if kernel == "quadratic-spectral":
        if bandwidth == 0:
            return np.zeros(0)
        z = 6 * np.pi * np.arange(1, T) / (5 * bandwidth)
        weight: np.ndarray = 3 / z**2 * (np.sin(z) / z - np.cos(z))
        return weight
    z = np.arange(1, int(bandwidth) + 1) / (int(bandwidth) + 1)
    if kernel == "bartlett":
        return 1 - z
    return np.where(z <= 0.5, 1 - 6 * z**2 + 6 * z**3, 2 * (1 - z) ** 3)


def within_distance(
    scores: Scores,
    panel: Panel,
    cutoff_km: float,
    kernel: str,
) -> np.ndarray:
    """Products of the scores of units within the cut-off, period by period, weighted by distance.

    Conley (1999), J. Econometrics 92, 1-45, doi:10.1016/S0304-4076(98)00084-0. The quadratic part
    of the score counts as under independence.
    """
    distance = great_circle(on_sphere(locations(SpatialUnits.of(panel), "centroid")))
    inside = distance <= cutoff_km
    if kernel == "bartlett" and cutoff_km > 0:
        weight = np.where(inside, 1 - distance / cutoff_km, 0.0)
    else:
        weight = inside.astype(float)
    linear = scores.linear
    near = np.einsum("tip,ij,tjq->pq", linear, weight, linear, optimize=True)
    flat = linear.reshape(-1, linear.shape[2])
    variance: np.ndarray = near + independent(scores, by_unit=False) - flat.T @ flat
    return variance


def usable(
    variance: np.ndarray,
    scores: Scores,
    name: str,
) -> np.ndarray:
    """A variance of the score (P, P) that is positive semi-definite, none of its diagonal zero.

    Two-way clusters (a difference) and kernels over distances need not give one. Negative
    eigenvalues are put to zero (Cameron, Gelbach and Miller 2011, J. Bus. Econ. Statist. 29,
    238-249, doi:10.1198/jbes.2010.07136), here of the scores in units of their own spread, so that
    the scale of the regressors does not matter.

    Parameters
    ----------
    variance : array of shape (P, P)
    scores : Scores
    name : str
        Of the covariance, for messages.
    """
    spread = np.sqrt(np.diag(independent(scores, by_unit=False)))
    scale = np.outer(spread, spread)
    scale[scale == 0.0] = 1.0
    values, vectors = np.linalg.eigh(variance / scale)
    if values[0] < -CANCELLED * max(values[-1], 1.0):
        warn(
            f"The {name!r} covariance is not positive semi-definite in this sample: the negative "
            "eigenvalues of the variance of the score are put to zero (Cameron, Gelbach and "
            "Miller 2011).",
            SampleWarning,
        )
        variance = (vectors * np.maximum(values, 0.0)) @ vectors.T * scale
    _check_sums(variance, spread, scores, name)
    return variance


def _check_sums(
    variance: np.ndarray,
    spread: np.ndarray,
    scores: Scores,
    name: str,
) -> None:
    """Refuse sums that are zero for all regressors, and warn of those that are zero for some."""
    # the parameters with a quadratic part, and sigma2, come after the regressors
    K = min((column for column, _ in scores.quadratic), default=len(spread))
    cancelled = (np.diag(variance) <= CANCELLED * spread**2)[:K] & (spread[:K] > 0.0)
    if cancelled.all() and K:
        raise OptionError(
            "cov_type",
            expected="groups over which the score does not add up to zero",
            got=f"{name!r}, with sums of zero for all regressors",
            remedy=(
                "The effects make them so: with as few periods or so wide a cut-off use "
                "another covariance."
            ),
        )
    if cancelled.any():
        warn(
            f"Standard errors of {cancelled.sum()} regressors are zero under {name!r} and mean "
            "nothing: their "
            "score adds up to zero in each group that it is summed over, as that of dummies of "
            "the groups does.",
            SampleWarning,
        )


def check_clusters(
    by: str,
    shape: tuple[int, int],
    *,
    warns: bool = True,
    reducible: bool = True,
) -> None:
    """Refuse sums over one cluster, which are zero at the estimates, and warn of few unless told
    otherwise.

    Parameters
    ----------
    by : {"unit", "time", "both"}
    shape : (int, int)
        T, N.
    warns : bool
    reducible : bool
        Whether there is a covariance of these clusters with less bias.

    Raises
    ------
    OptionError
    """
    T, N = shape
    count = {
        "time": T,
        "unit": N,
        "both": min(T, N),
    }[by]
    if count < 2:
        raise OptionError(
            "cov_type",
            expected="at least 2 periods for sums over periods",
            got=f"T = {T}",
            remedy='Use "classical", "robust", or clusters of units.',
        )
    if warns and count < FEW_CLUSTERS:
        remedy = (
            'Maximum likelihood and least squares have cov_type="clustered", cluster_type="CR2".'
        )
        if not reducible:
            remedy = 'Clusters of units are more, if they are what is wanted: cluster="unit".'
        if not reducible and N < FEW_CLUSTERS:
            remedy = "Say so beside the standard errors."
        warn(
            f"{count} clusters ({by}): a covariance made of sums over them needs some "
            f"{FEW_CLUSTERS} and is too small with fewer. {remedy}",
            SampleWarning,
        )


def error_moments(
    e: np.ndarray,
    sample: Sample,
    s2: float,
) -> tuple[float, float]:
    """Third and fourth moment of the original errors from those of the demeaned ones.

    e_it = sum_js q_js v_js with the row q of the projection, so E e^3 = mu3 sum q^3 and
    E e^4 = mu4 sum q^4 + 3 s2^2 [(sum q^2)^2 - sum q^4], each averaged over the rows.

    Parameters
    ----------
    e : array of shape (T, N)
        Errors after Q.
    sample : Sample
        Whose effects are removed.
    s2 : float
        Variance of the original errors.
    """
    rows = sample.within.rows(*sample.shape)
    # where the errors come in mirrored pairs (unit effects and two periods) there is no skewness to
    # be seen in them, and none matters: the coefficients it comes with sum to zero
    cubes, fourths = (
        float(np.prod([np.mean(np.sum(Q**power, axis=1)) for Q in rows])) for power in (3, 4)
    )
    squares = float(np.prod([np.mean(np.diag(Q) ** 2) for Q in rows]))
    third = float(np.mean(e**3)) / cubes if cubes > CANCELLED else 0.0
    fourth = (float(np.mean(e**4)) - 3 * s2**2 * (squares - fourths)) / fourths
    return third, fourth
