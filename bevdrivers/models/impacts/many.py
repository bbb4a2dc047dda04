"""Impacts and their delta-method standard errors at many values of the parameters, each with a
covariance of its own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..design.sample import Sample
from .impacts import combine, errors_along, gradient_at
from .mean_multipliers import multipliers_at, without_lag_of_y
from .multipliers import Horizon


class ImpactsAsked(NamedTuple):
    """Which impacts.

    Attributes
    ----------
    select : (array, array) of shape (K, P)
        What makes beta and theta of each change out of the parameters.
    horizon : int or str
    """

    select: tuple[np.ndarray, np.ndarray]
    horizon: Horizon


def impacts_at(
    sample: Sample,
    asked: ImpactsAsked,
    terms: tuple[str, ...],
    values: np.ndarray,
    covariances: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Impacts and standard errors, (R, 3 K) each: direct, indirect, total of all changes.

    Parameters
    ----------
    sample : Sample
    asked : ImpactsAsked
    terms : tuple of str, length P
    values : array of shape (R, P)
    covariances : array of shape (R, P, P)
    """
    beta, theta = asked.select
    impacts = []
    errors = []
    for at, covariance in zip(values, covariances, strict=True):
        means, slopes = _multipliers(sample, asked.horizon, terms, at)
        of_changes = combine(means, beta @ at, theta @ at)
        impacts.append(of_changes.ravel())

        gradient = gradient_at(at, terms, asked.select, means, slopes)
        errors_of_changes = errors_along(gradient, covariance)
        errors.append(errors_of_changes.ravel())
    return np.array(impacts), np.array(errors)


def impact_gradient(
    sample: Sample,
    asked: ImpactsAsked,
    terms: tuple[str, ...],
    values: np.ndarray,
) -> np.ndarray:
    """Derivatives of the impacts by the parameters at values (P,), (3 K, P)."""
    means, slopes = _multipliers(sample, asked.horizon, terms, values)
    gradient = gradient_at(values, terms, asked.select, means, slopes)
    return gradient.reshape(-1, len(values))


def _multipliers(
    sample: Sample,
    horizon: Horizon,
    terms: tuple[str, ...],
    values: np.ndarray,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The four numbers and their derivatives at values (P,)."""
    multipliers = multipliers_at(sample, horizon)
    if multipliers is None:
        return without_lag_of_y(sample.Wx), {}
    parameters = dict(zip(terms, map(float, values), strict=True))
    return multipliers.at(parameters)
