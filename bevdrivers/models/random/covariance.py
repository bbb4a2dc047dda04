"""Covariances of maximum-likelihood fits with random effects or autocorrelated errors.

"clustered" is a sandwich B C B. Let w = P (y - mean) be the whitened errors, independent over
units: rho and lam tie units together by quadratic forms w'Dw in one matrix D for all directions of
time. C is then that of `covariance`, in martingale-difference form, with w for e: units are
independent, and may be dependent over time in any way and of different variances. B is the inverse
of the observed information: where the variance is misspecified, the expected one is not minus the
mean slope of the score.

With unit effects outside the error's filter ("baltagi" with a lag of the error) w mixes the mu of
all units with their e, which the data do not tell apart: w is uncorrelated but not independent over
units, and the form does not apply.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...panel import Panel
from ..covariance import CovarianceKind
from ..design.sample import Sample
from ..estimate import RandomEffectsEstimate
from ..ml.information import invert_information
from ..ml.optimum import Point, Search
from ..sandwich import Scores, check_clusters, independent
from .information import Block, blocks_of, score_and_information
from .serial import direction, slope_of_variance

# Central differences of the score for the observed information, in standard errors: leaves about
# 1e-6 of an entry.
DIFFERENCE = 1e-3


@dataclass(frozen=True, eq=False)
class RandomMlEstimate(RandomEffectsEstimate):
    """Maximum-likelihood estimates of (b, rho, lam, psi) with random effects or autocorrelated
    errors.

    Attributes
    ----------
    point : Point
        The same in parts; its p is (rho, lam, psi, phi).
    search : Search
        How the maximum was found.
    pooled_loglik : float
        Log-likelihood of the same model without unit effects.
    """

    point: Point
    search: Search
    pooled_loglik: float

    @property
    def converged(self) -> bool:
        return self.search.converged

    @property
    def free(self) -> np.ndarray:
        """Which of (b, rho, lam, psi, phi, sigma2) have a covariance, bool of shape (P,): phi at
        its bound has not.
        """
        free = np.ones(len(self.point.with_sigma2), bool)
        free[-2] = self.phi != 0.0
        return free


def of_expected_information(sample: Sample, estimate: RandomMlEstimate) -> np.ndarray:
    """The inverse of the expected information, (P, P)."""
    return _among_all(_inverse_expected(sample, estimate), estimate.free)


def of_observed_information(sample: Sample, estimate: RandomMlEstimate) -> np.ndarray:
    """The inverse of the observed information, (P, P)."""
    return _among_all(_inverse_observed(sample, estimate), estimate.free)


def of_clustered_units(sample: Sample, estimate: RandomMlEstimate) -> np.ndarray:
    """The sandwich for units that are independent, (P, P)."""
    B = _inverse_observed(sample, estimate)
    check_clusters("unit", sample.shape)
    _, N = sample.shape
    values = estimate.point.with_sigma2
    scores = unit_scores(sample, estimate.effects, values)
    C = independent(scores, by_unit=True) * N / (N - 1)
    half = B @ _root(_among_free(C, estimate.free))
    return _among_all(half @ half.T, estimate.free)


def _root(C: np.ndarray) -> np.ndarray:
    """S with S S' = C, a sum of squares: what is made of S has no negative variance by rounding,
    however nearly collinear the regressors are.
    """
    size = np.sqrt(np.diag(C))
    size = np.where(size > 0.0, size, 1.0)
    values, vectors = np.linalg.eigh(C / np.outer(size, size))
    root: np.ndarray = size[:, None] * vectors * np.sqrt(np.maximum(values, 0.0))
    return root


# Covariances of (b, rho, lam, psi, phi, sigma2), (P, P). With phi = 0 at its bound phi is taken as
# given: its row and column are NaN, and the rest is the covariance of the pooled fit.
OF_ALL = {
    "classical": of_expected_information,
    "hessian": of_observed_information,
    "clustered": of_clustered_units,
}


def of_values(
    sample: Sample,
    estimate: RandomMlEstimate,
    kind: CovarianceKind,
    panel: Panel,
) -> np.ndarray:
    """Covariance of (b, rho, lam, psi), (P, P), for those that the model has."""
    of_all = OF_ALL[kind.name](sample, estimate)
    return of_all[:-2, :-2]


COVARIANCES = dict.fromkeys(OF_ALL, of_values)


def _among_all(covariance: np.ndarray, free: np.ndarray) -> np.ndarray:
    """A covariance of the free parameters among all of them; NaN for the others."""
    P = len(free)
    full = np.full((P, P), np.nan)
    full[np.ix_(free, free)] = covariance
    return full


def _among_free(matrix: np.ndarray, free: np.ndarray) -> np.ndarray:
    """The rows and columns of the free parameters."""
    part: np.ndarray = matrix[np.ix_(free, free)]
    return part


def _inverse_expected(sample: Sample, estimate: RandomMlEstimate) -> np.ndarray:
    """The inverse of the expected information of the free parameters."""
    values = estimate.point.with_sigma2
    _, information = score_and_information(sample, estimate.effects, values)
    return invert_information(_among_free(information, estimate.free))


def _inverse_observed(sample: Sample, estimate: RandomMlEstimate) -> np.ndarray:
    """The inverse of the observed information of the free parameters: a central difference of the
    exact score.
    """
    values = estimate.point.with_sigma2
    free = estimate.free
    expected = _inverse_expected(sample, estimate)
    steps = DIFFERENCE * np.sqrt(np.diag(expected))
    directions = np.eye(len(values))[free]
    rows = []
    for axis, step in zip(directions, steps, strict=True):
        shift = axis * step
        above, _ = score_and_information(sample, estimate.effects, values + shift)
        below, _ = score_and_information(sample, estimate.effects, values - shift)
        # minus the slope of the score
        fall = (below - above)[free]
        rows.append(fall / (2 * step))

    observed = np.array(rows)
    symmetric = (observed + observed.T) / 2
    return invert_information(symmetric)


def unit_scores(
    sample: Sample,
    effects: str | None,
    values: np.ndarray,
) -> Scores:
    """The score of (b, rho, lam, psi, phi, sigma2) in contributions of units, where V is a number
    times I.
    """
    T, N = sample.shape
    K = sample.n_regressors
    P = len(values)
    psi = 0.0
    if sample.serial:
        psi = float(values[-3])
    s2 = float(values[-1])

    # both blocks together are the whitened errors w, and what explains them
    deviations, unit_means = blocks_of(sample, effects, values)
    w_mean = unit_means.w[0]
    a = direction(T, psi)
    w = deviations.w + np.outer(a, w_mean)
    of_unit_means = np.multiply.outer(a, unit_means.means[0])
    means = deviations.means + of_unit_means
    beyond_variance = w**2 - 1.0

    # of the mean: m_it w_it
    k = means.shape[2]
    linear = np.zeros((T, N, P))
    linear[:, :, :k] = means * w[:, :, None]

    # of rho and lam by the variance: (w_t' D w_t - tr D) / 2, diagonal of D and off-diagonal
    quadratic = []
    for column, D in enumerate(deviations.D[:-2], start=K):
        diagonal = np.diag(D)
        linear[:, :, column] += diagonal * beyond_variance / 2
        off_diagonal = D - np.diag(diagonal)
        quadratic.append((column, off_diagonal))

    # of psi, phi and sigma2, each the share of a unit
    if sample.serial:
        linear[:, :, -3] = _scores_of_psi(deviations, unit_means, psi)
    D_phi = np.diag(unit_means.D[-2])
    linear[:, :, -2] = D_phi * (w_mean**2 - 1.0) / (2 * T)
    linear[:, :, -1] = beyond_variance / (2 * s2)
    return Scores(linear, w, tuple(quadratic))


def _scores_of_psi(
    deviations: Block,
    unit_means: Block,
    psi: float,
) -> np.ndarray:
    """(z'E z - its mean) / 2 of each unit, spread over its periods, (T, N); z is w with P, here a
    number, applied once more to the unit means.
    """
    T = len(deviations.w)
    E = slope_of_variance(T, psi)
    a = direction(T, psi)
    P = unit_means.root[0, 0]
    z = deviations.w + P * np.outer(a, unit_means.w[0])
    form = z * (E @ z)

    along = float(a @ E @ a)
    trace = float(np.trace(E))
    mean = (trace - along + along * P**2) / T
    return np.asarray((form - mean) / 2)
