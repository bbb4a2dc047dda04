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
from .information import blocks_of, score_and_information
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
    bread = _inverse_observed(sample, estimate)
    check_clusters("unit", sample.shape)
    N = sample.shape[1]
    scores = unit_scores(sample, estimate.effects, estimate.point.with_sigma2)
    middle = independent(scores, by_unit=True) * N / (N - 1)
    free = np.ix_(estimate.free, estimate.free)
    return _among_all(bread @ middle[free] @ bread, estimate.free)


# Covariances of (b, rho, lam, psi, phi, sigma2), (P, P). With phi = 0 at its bound phi is taken as
# given: its row and column are NaN, and the rest is the covariance of the pooled fit.
OF_ALL = {
    "classical": of_expected_information,
    "hessian": of_observed_information,
    "clustered": of_clustered_units,
}


def of_values(
    sample: Sample, estimate: RandomMlEstimate, kind: CovarianceKind, panel: Panel
) -> np.ndarray:
    """Covariance of (b, rho, lam, psi), (P, P), for those that the model has."""
    return OF_ALL[kind.name](sample, estimate)[:-2, :-2]


COVARIANCES = dict.fromkeys(OF_ALL, of_values)


def _among_all(covariance: np.ndarray, free: np.ndarray) -> np.ndarray:
    """A covariance of the free parameters among all of them; NaN for the others."""
    full = np.full((len(free), len(free)), np.nan)
    full[np.ix_(free, free)] = covariance
    return full


def _inverse_expected(sample: Sample, estimate: RandomMlEstimate) -> np.ndarray:
    """The inverse of the expected information of the free parameters."""
    values, free = estimate.point.with_sigma2, estimate.free
    information = score_and_information(sample, estimate.effects, values)[1]
    return invert_information(information[np.ix_(free, free)])


def _inverse_observed(sample: Sample, estimate: RandomMlEstimate) -> np.ndarray:
    """The inverse of the observed information of the free parameters: a central difference of the
    exact score.
    """
    values, free = estimate.point.with_sigma2, estimate.free
    errors = np.sqrt(np.diag(_inverse_expected(sample, estimate)))
    rows = []
    for column, step in zip(np.flatnonzero(free), DIFFERENCE * errors, strict=True):
        shift = np.eye(len(values))[column] * step
        above = score_and_information(sample, estimate.effects, values + shift)[0]
        below = score_and_information(sample, estimate.effects, values - shift)[0]
        rows.append((below - above)[free] / (2 * step))
    observed = np.array(rows)
    return invert_information((observed + observed.T) / 2)


def unit_scores(sample: Sample, effects: str | None, values: np.ndarray) -> Scores:
    """The score of (b, rho, lam, psi, phi, sigma2) in contributions of units, where V is a number
    times I.
    """
    (T, N), K, P = sample.shape, sample.n_regressors, len(values)
    deviations, unit_means = blocks_of(sample, effects, values)
    psi, s2 = float(values[-3]) if sample.serial else 0.0, float(values[-1])
    a = direction(T, psi)
    # both blocks together are the whitened errors w, and what explains them
    w = deviations.w + np.outer(a, unit_means.w[0])
    means = deviations.means + np.multiply.outer(a, unit_means.means[0])
    linear = np.zeros((T, N, P))
    linear[:, :, : means.shape[2]] = means * w[:, :, None]
    quadratic = []
    for column, D in enumerate(deviations.D[:-2], start=K):
        linear[:, :, column] += np.diag(D) * (w**2 - 1.0) / 2
        quadratic.append((column, D - np.diag(np.diag(D))))
    if sample.serial:
        E, scale = slope_of_variance(T, psi), unit_means.root[0, 0]
        along = float(a @ E @ a)
        z = deviations.w + scale * np.outer(a, unit_means.w[0])
        mean = (float(np.trace(E)) - along + along * scale**2) / T
        linear[:, :, -3] = (z * (E @ z) - mean) / 2
    linear[:, :, -2] = np.diag(unit_means.D[-2]) * (unit_means.w[0] ** 2 - 1.0) / (2 * T)
    linear[:, :, -1] = (w**2 - 1.0) / (2 * s2)
    return Scores(linear, w, tuple(quadratic))
