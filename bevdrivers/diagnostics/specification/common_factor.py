"""The common factor restriction theta = -rho beta, under which the Durbin model is the error model."""

from __future__ import annotations

from ...errors import InputError
from ...models import FitResult, SpatialError
from ...models.interface import check_fit, common_factor_obstacle, durbin_wald_tests, lr_test
from ...results import TestGroup, TestResult

NULL = "theta = -rho beta"


def common_factor_test(fit: FitResult) -> TestGroup:
    """Wald and likelihood-ratio test that a spatial Durbin model is the error model with common factors.

    Parameters
    ----------
    fit : FitResult
        Of `SpatialDurbin`.

    Returns
    -------
    TestGroup of "Wald common factor" (delta method) and "LR common factor" (against a fit of `SpatialError` on the same
    data), chi-squared with as many degrees of freedom as there are W terms. They do not apply where the error model is
    not a special case: not every regressor lagged, another W of X, a dynamic model; LR not after ``method="gmm"``.

    References
    ----------
    Burridge (1981), J. R. Stat. Soc. B 43, 41-45. Elhorst (2014), section 2.9, doi:10.1007/978-3-642-40340-8.

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
        raise InputError("fit", expected="a fit of SpatialDurbin", got=repr(fit))
    names = ("Wald common factor", "LR common factor")
    obstacle = common_factor_obstacle(fit)
    if obstacle:
        return TestGroup("Common factor", tuple(TestResult.not_applicable(name, NULL, obstacle) for name in names))
    wald = durbin_wald_tests(fit)[1]
    tests = [TestResult.chi2(names[0], NULL, wald.statistic, int(wald.df[0]))]
    if fit.method.by_moments:
        tests.append(TestResult.not_applicable(names[1], NULL, "Moments have no likelihood."))
    elif sample.within.terms:
        tests.append(TestResult.not_applicable(names[1], NULL, "With absorb= the error model has no likelihood."))
    elif fit.estimator.correction == "elhorst":
        tests.append(TestResult.not_applicable(names[1], NULL, "The error model has no correction 'elhorst'."))
    else:
        found = lr_test(fit, fit.estimator.to(SpatialError).fit(fit.panel, sample.W))
        tests.append(TestResult.chi2(names[1], NULL, found.statistic, int(found.df[0])))
    return TestGroup("Common factor", tuple(tests))
