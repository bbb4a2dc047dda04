"""The common factor restriction theta = -rho beta, under which the Durbin model is the error
model.
"""

from __future__ import annotations

from ...errors import InputError
from ...models import FitResult, SpatialError
from ...models.interface import check_fit, common_factor_obstacle, durbin_wald_tests, lr_test
from ...results import TestGroup, TestResult

NULL = "theta = -rho beta"
WALD = "Wald common factor"
LR = "LR common factor"


def common_factor_test(fit: FitResult) -> TestGroup:
    """Wald and likelihood-ratio test that a spatial Durbin model is the error model with common
    factors.

    Parameters
    ----------
    fit : FitResult
        Of `SpatialDurbin`.

    Returns
    -------
    TestGroup of "Wald common factor" (delta method) and "LR common factor" (against a fit of
    `SpatialError` on the same data), chi-squared with as many degrees of freedom as there are W
    terms. They do not apply where the error model is not a special case: not every regressor
    lagged, another W of X, a dynamic model; LR not after ``method="gmm"``.

    References
    ----------
    Burridge (1981), J. R. Stat. Soc. B 43, 41-45. Elhorst (2014), section 2.9,
    doi:10.1007/978-3-642-40340-8.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> fit = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + policy").fit(panel, queen)
    >>> [test.df for test in bd.common_factor_test(fit)]
    [(2,), (2,)]
    """
    check_fit(fit)
    sample = fit.sample
    if sample.W is None or sample.Wx is None or sample.M is not None:
        raise InputError(
            "fit",
            expected="a fit of SpatialDurbin, which has lags of y and of X",
            got=repr(fit),
            remedy="Fit the same formula with SpatialDurbin: fit.estimator.to(bd.SpatialDurbin).",
        )
    obstacle = common_factor_obstacle(fit)
    if obstacle:
        tests = [TestResult.not_applicable(name, NULL, obstacle) for name in (WALD, LR)]
    else:
        wald = durbin_wald_tests(fit)[1]
        tests = [
            TestResult.chi2(WALD, NULL, wald.statistic, int(wald.df[0])),
            _likelihood_ratio(fit),
        ]
    return TestGroup("Common factor", tuple(tests))


def _likelihood_ratio(fit: FitResult) -> TestResult:
    """The Durbin fit against the error model on the same data, where that has a likelihood to
    compare.
    """
    if fit.method.by_moments:
        return TestResult.not_applicable(LR, NULL, "Moments have no likelihood.")
    if fit.sample.within.terms:
        reason = "With absorb= the error model has no likelihood."
        return TestResult.not_applicable(LR, NULL, reason)
    if fit.estimator.correction == "elhorst":
        reason = "The error model has no correction 'elhorst'."
        return TestResult.not_applicable(LR, NULL, reason)
    error_model = fit.estimator.to(SpatialError).fit(fit.panel, fit.sample.W)
    test = lr_test(fit, error_model)
    return TestResult.chi2(LR, NULL, test.statistic, int(test.df[0]))
