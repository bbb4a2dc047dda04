"""Tests that belong to random effects: is there any, and are they uncorrelated with the
regressors?
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from ...errors import BoundWarning, InputError
from ...models.interface import check_fit, chi2_at_bound, pooled_loglik, result_of
from ...options import PValues
from ...results import TestResult
from ...simulation.batch import fitter
from ...simulation.replication import sample_beside
from ..bootstrap_p_values import (
    DRAWS,
    check_p_values,
    outcomes_under,
    quadratic_forms,
    with_drawn_p,
)
from .hausman import UNCORRELATED

if TYPE_CHECKING:
    from ...models import FitResult


def random_effects_test(fit: FitResult) -> TestResult:
    """Likelihood-ratio test of phi = 0, that there are no random unit effects.

    Parameters
    ----------
    fit : FitResult
        With random effects, by maximum likelihood. Where errors are autocorrelated, they are so
        under the null too.

    Returns
    -------
    TestResult. phi cannot be negative, so under the null the statistic is 0 with probability one
    half and chi-squared with one degree of freedom otherwise: the p-value is half of that of
    chi2(1).

    References
    ----------
    Chernoff (1954), Ann. Math. Statist. 25, 573-578, doi:10.1214/aoms/1177728725. Self and Liang
    (1987), doi:10.1080/01621459.1987.10478472.
    """
    check_fit(fit)
    pooled = pooled_loglik(fit)
    if pooled is None:
        expected = "a fit with random effects by maximum likelihood"
        raise InputError(
            "fit",
            expected=expected,
            got=repr(fit),
            remedy="Fit the model with random_effects='baltagi' or 'kkp' and method='ml'.",
        )
    statistic = 2.0 * (fit.loglik - pooled)
    return chi2_at_bound("LR random effects", "phi = 0", statistic, 1)


def mundlak_test(
    fit: FitResult,
    *,
    p: PValues = "asymptotic",
    draws: int = DRAWS,
    seed: int | None = 0,
) -> TestResult:
    """Wald test that the coefficients of the unit means of the regressors are zero (Mundlak's form
    of Hausman's test).

    Parameters
    ----------
    fit : FitResult
        Of an estimator with ``random_effects=..., mundlak=True``.
    p : {"asymptotic", "bootstrap"}
        Where the p-value comes from: chi-squared, which with few units rejects a true null too
        often; or statistics of outcomes that the model without the means draws, with normal effects
        and errors, each fitted again with them.
    draws, seed : int
        Of the bootstrap.

    Returns
    -------
    TestResult, chi-squared with as many degrees of freedom as there are means. Rejection speaks for
    fixed effects, or for keeping the means.

    References
    ----------
    Mundlak (1978), doi:10.2307/1913646. With spatial lags: Debarsy (2012),
    doi:10.1080/17421772.2011.647059.
    """
    check_fit(fit)
    own_terms = fit.sample.design.terms
    means = [term for term in fit.terms if term.startswith("mean_") and term not in own_terms]
    if not fit.estimator.mundlak or not means:
        raise InputError(
            "fit",
            expected="a fit with unit means of the regressors",
            got=repr(fit),
            remedy="Fit with random_effects='baltagi' or 'kkp' and mundlak=True.",
        )
    wald = fit.wald_test(", ".join(f"{term} = 0" for term in means))
    reason = f"{', '.join(means)} = 0"
    test = TestResult.chi2("Mundlak", UNCORRELATED, wald.statistic, len(means), reason=reason)
    if not check_p_values(p, draws):
        return test
    return with_drawn_p(test, _drawn(fit, means, draws, seed))


def _drawn(
    fit: FitResult,
    means: list[str],
    draws: int,
    seed: int | None,
) -> np.ndarray:
    """Statistics of outcomes drawn from the model without the means, (draws,)."""
    without = fit.estimator.replace(mundlak=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BoundWarning)
        null = result_of(without, sample_beside(fit, without), fit.panel)
    columns = [fit.terms.index(name) for name in means]
    statistics = []
    for outcomes in outcomes_under(null, draws, seed):
        fits = fitter(fit.estimator, fit.sample, fit.panel)
        fits.add(outcomes)
        batch = fits.batch()
        variances = batch.covariances[:, columns][:, :, columns]
        statistics.append(quadratic_forms(batch.values[:, columns], variances))
    return np.concatenate(statistics)
