"""Tests of one spatial lag while the other is estimated, in the likelihood of the model with
both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...models import (
    GeneralNesting,
    SpatialCombined,
    SpatialDurbin,
    SpatialDurbinError,
    SpatialError,
    SpatialLag,
)
from ...models.interface import (
    Likelihood,
    Point,
    Sample,
    aligned,
    effects_in_words,
    expected_information,
    in_scope,
    invert_information,
    sample_of,
)
from ...results import TestGroup, TestResult
from ..fit_or_request import subject_of

if TYPE_CHECKING:
    from ...models import FitResult
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights.given import GivenWeights

# positions of rho and lam among the spatial parameters
LAG, ERROR = 0, 1


def conditional_lm_tests(
    model: Estimator | FitResult,
    panel: Panel | None = None,
    weights: GivenWeights | None = None,
) -> TestGroup:
    """LM tests for a lag of y and of the error: both, and each given the other one's
    maximum-likelihood estimate.

    Parameters
    ----------
    model : Estimator or FitResult
        Its formula, fixed effects and correction are used; W X stays where the model has it, other
        lags are not used. A fit brings its own request, panel and weights.
    panel : Panel, optional
        Left out beside a fit.
    weights : SpatialWeights, recipe, or Graph or W of libpysal, optional
        Of y and of the error. Left out beside a fit that has its own.

    Returns
    -------
    TestGroup of "LM lag and error" (chi-squared with 2 degrees of freedom), "LM lag given error"
    and "LM error given lag" (1 degree each).

    Notes
    -----
    The score of the SAC model (with W X: GNS) and its expected information at the restricted
    estimates. Unlike the robust LM tests, which allow for the other lag near zero only, these hold
    for any value of it. The first equals LM lag + robust LM error of `lm_tests` in the corrected
    form. With unit effects these are the joint and conditional tests of Debarsy and Ertur (2010);
    with two-way effects the same in the contrasts of Lee and Yu.

    References
    ----------
    Debarsy and Ertur (2010), doi:10.1016/j.regsciurbeco.2010.03.003. Lee and Yu (2010),
    doi:10.1016/j.jeconom.2009.08.001.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> model = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc) + policy")
    >>> [test.name for test in bd.conditional_lm_tests(model, panel, queen)]
    ['LM lag and error', 'LM lag given error', 'LM error given lag']
    """
    model, panel, weights = subject_of(model, panel, weights)
    model = in_scope(model, "LM tests")
    W = aligned(weights, panel)
    both = model.to(GeneralNesting if model.lag_x else SpatialCombined)
    sample = sample_of(both, panel, W)
    with_lag = model.to(SpatialDurbin if model.lag_x else SpatialLag).fit(panel, W)
    with_error = model.to(SpatialDurbinError if model.lag_x else SpatialError).fit(panel, W)
    at_zero = np.zeros(2)
    at_rho = np.array([with_lag.rho, 0.0])
    at_lam = np.array([0.0, with_error.lam])
    tests = (
        score_test(
            sample,
            at_zero,
            [LAG, ERROR],
            "LM lag and error",
            "rho = 0, lam = 0",
        ),
        score_test(
            sample,
            at_lam,
            [LAG],
            "LM lag given error",
            "rho = 0, lam estimated",
        ),
        score_test(
            sample,
            at_rho,
            [ERROR],
            "LM error given lag",
            "lam = 0, rho estimated",
        ),
    )
    title = f"Conditional LM tests ({effects_in_words(with_lag.sample.within)}, {W.name})"
    return TestGroup(title, tests)


def score_test(
    sample: Sample,
    p: np.ndarray,
    tested: list[int],
    name: str,
    null: str,
) -> TestResult:
    """LM test at p = (rho, lam) of those among them that `tested` names; the score of all others is
    zero there.
    """
    likelihood = Likelihood.of(sample)
    b, ssr = likelihood.solve(p)
    _, gradient, _ = likelihood.score(p)
    restricted = Point(b, p, ssr / likelihood.nobs)
    covariance = invert_information(expected_information(sample, restricted))
    # rho and lam follow the coefficients of the regressors
    rows = sample.n_regressors + np.array(tested)
    score = gradient[tested]
    statistic = float(score @ covariance[np.ix_(rows, rows)] @ score)
    return TestResult.chi2(name, null, statistic, len(tested))
