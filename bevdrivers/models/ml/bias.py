"""Corrections of maximum-likelihood estimates for the bias that fixed effects leave in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..design.sample import Sample
from ..dynamic import EVALUATIONS, score_bias
from ..estimate import labels
from .information import expected_information, invert_information
from .optimum import Point


def elhorst(sample: Sample, point: Point) -> Point:
    """The plug-in correction of Elhorst (2014) for direct estimates of a model with a lag of y.

    With unit effects sigma2 is multiplied by T / (T - 1). With two-way effects all parameters move
    first,

        (b, rho, s2) + (1 / N) Sigma^-1 (0, 1 / (1 - rho), 1 / (2 s2)),

    Sigma the expected information per observation, in its published form.

    References
    ----------
    Elhorst (2014), Spatial Econometrics, section 3.3, doi:10.1007/978-3-642-40340-8, after Lee and
    Yu (2010).
    """
    T, N = sample.shape
    values = point.with_sigma2
    if sample.within.time:
        # the bias of the score, that of rho and of sigma2
        slope = np.zeros(len(values))
        slope[-2] = 1.0 / (1.0 - point.p[0])
        slope[-1] = 1.0 / (2.0 * point.sigma2)
        information = expected_information(sample, point, demean_lag=False)
        per_observation = information / (N * T)
        values = values + np.linalg.solve(per_observation, slope) / N

    moved = Point.split(values, len(point.b))
    sigma2 = moved.sigma2 * T / (T - 1)
    return replace(moved, sigma2=sigma2)


def yu_de_jong_lee(sample: Sample, point: Point) -> Point:
    """Maximum-likelihood estimates of a dynamic model with unit effects, corrected for their bias
    of order 1/T.

        theta_c = theta_hat - B / T,   -B / T = -I^-1 E[score],

    I the expected information and E[score] as in `score_bias`. Yu, de Jong and Lee take both at
    theta_hat. Its tau is too small, and so is B then: both are evaluated once more at the first
    theta_c (`EVALUATIONS` in all), which is the same to the order of the correction.

    References
    ----------
    Yu, de Jong and Lee (2008), J. Econometrics 146, 118-134, doi:10.1016/j.jeconom.2008.08.002.
    With time effects: Lee and Yu (2010), Econometric Theory 26, 564-597,
    doi:10.1017/S0266466609100099.
    """
    names = labels(sample)
    corrected = point
    for _ in range(EVALUATIONS):
        values = dict(zip(names, corrected.values, strict=True))
        mean_score = score_bias(sample, values, corrected.sigma2)
        information = expected_information(sample, corrected)
        # B / T
        bias = invert_information(information) @ mean_score
        moved = point.with_sigma2 - bias
        corrected = Point.split(moved, len(point.b))
    return corrected
