"""`residual_tests`: what the residuals of a fit say of the errors that it supposes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ...esda import ResidualMoran
from ...models.interface import by_least_squares, check_fit, effects_in_words, has_random_effects
from ...panel.time_axis import TimeAxis
from ...results import TestGroup, TestResult
from ..specification.conditional_lm import ERROR, LAG, score_test
from .cross_section import cross_section_tests
from .heteroskedasticity import variance_tests
from .normality import normality_test
from .serial import serial_tests

if TYPE_CHECKING:
    from ...models import FitResult
    from ...weights import SpatialWeights

MORAN = "Moran's I"
NO_AUTOCORRELATION = "no spatial autocorrelation"


def residual_tests(
    fit: FitResult,
    weights: SpatialWeights | None = None,
    *,
    seed: int = 0,
) -> TestGroup:
    """Tests of the residuals e: correlation in space, across units and over time, variances by
    unit, normality.

    Parameters
    ----------
    fit : FitResult
    weights : SpatialWeights, optional
        Of Moran's I after least squares. Fits with spatial lags are tested with their own weights.
    seed : int
        Of the random signs of the weighted CD.

    Returns
    -------
    TestGroup. After least squares "Moran's I" and one by period; after maximum likelihood with one
    lag the LM test of the other ("LM error given lag", "LM lag given error"). "Pesaran CD",
    "Weighted CD" (Juodis and Reese 2022) and "Scaled LM, bias-corrected" (Baltagi, Feng and Kao
    2012). By unit "Breusch-Pagan", "Koenker", "Bartlett" and "Modified Wald". "Wooldridge AR(1)"
    and "Wooldridge differences", and Born and Breitung's "LM(1)", "Q(2)" and "HR". "Jarque-Bera".

    Notes
    -----
    Which of them keep their size in a short panel with two-way effects, and which see anything
    there: the page on residuals. They are many: at 5 % one in twenty rejects without cause.

    References
    ----------
    Pesaran (2015), doi:10.1080/07474938.2014.956623. Juodis and Reese (2022),
    doi:10.1080/07350015.2021.1906687. Baltagi, Feng and Kao (2012), J. Econometrics 170, 164-177.
    Koenker (1981), doi:10.1016/0304-4076(81)90062-2. Modified Wald: Greene, Econometric Analysis,
    groupwise heteroskedasticity. Wooldridge (2010), section 10.5.4. Born and Breitung (2016),
    doi:10.1080/07474938.2014.976524. Jarque and Bera (1980), doi:10.1016/0165-1765(80)90024-5.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> fit = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + policy").fit(panel, queen)
    >>> bd.residual_tests(fit)["Pesaran CD"].applies
    False
    """
    check_fit(fit)
    e = fit.estimate.residuals
    sample = fit.sample
    T, N = e.shape
    df = T * N - sample.within.absorbed(T, N) - len(fit.terms)
    tests = [
        *_spatial_tests(fit, weights),
        *cross_section_tests(e, time_effects=sample.within.time, seed=seed),
        *variance_tests(e, df),
        *serial_tests(e, TimeAxis.of(sample.design.periods).gaps_in_words),
        normality_test(e),
    ]
    model = type(fit.estimator).__name__
    title = f"Residuals of {model} ({sample.design.outcome}, {effects_in_words(sample.within)})"
    return TestGroup(title, tuple(tests))


def _spatial_tests(
    fit: FitResult,
    weights: SpatialWeights | None,
) -> list[TestResult]:
    """Moran's I after least squares; after maximum likelihood with one lag the LM test of the
    other.
    """
    sample = fit.sample
    if sample.within.terms:
        reason = "Its moments are for unit and time effects, not absorb=."
        return [TestResult.not_applicable(MORAN, NO_AUTOCORRELATION, reason)]
    no_lag = sample.W is None and sample.M is None
    if no_lag and by_least_squares(fit):
        return _moran_tests(fit, weights)
    both_lags = sample.W is not None and sample.M is not None
    fixed_ml = not fit.method.by_moments and not has_random_effects(fit.estimate)
    if no_lag or both_lags or not fixed_ml or sample.dynamic or sample.before_lag:
        reason = (
            "Its moments are those of least squares, and LM tests are for static fits by "
            "maximum likelihood."
        )
        return [TestResult.not_applicable(MORAN, NO_AUTOCORRELATION, reason)]
    return [_other_lag_test(fit)]


def _moran_tests(
    fit: FitResult,
    weights: SpatialWeights | None,
) -> list[TestResult]:
    """Moran's I of least-squares residuals, of all periods and of each."""
    if weights is None:
        reason = "No weights: residual_tests(fit, weights)."
        return [TestResult.not_applicable(MORAN, NO_AUTOCORRELATION, reason)]
    frame = ResidualMoran(by_period=True).fit(fit, weights).frame
    tests = []
    for k, row in frame.iterrows():
        name = MORAN if k == 0 else f"{MORAN} {row['period']}"
        tests.append(
            TestResult(
                name,
                NO_AUTOCORRELATION,
                row["z_normal"],
                (),
                row["p_normal"],
            )
        )
    return tests


def _other_lag_test(fit: FitResult) -> TestResult:
    """LM test of a lag of the error beside one of y, or of a lag of y beside one of the error."""
    sample = fit.sample
    tested, name = (
        (ERROR, "LM error given lag") if sample.M is None else (LAG, "LM lag given error")
    )
    W = sample.W or sample.M
    assert W is not None
    if sample.within.time and not W.row_normalised:
        null = "lam = 0" if tested == ERROR else "rho = 0"
        reason = "Time effects need weights whose rows sum to one."
        return TestResult.not_applicable(name, null, reason)
    if tested == ERROR:
        at = np.array([fit.rho, 0.0])
        return score_test(
            replace(sample, M=W),
            at,
            [ERROR],
            name,
            "lam = 0, rho estimated",
        )
    at = np.array([0.0, fit.lam])
    return score_test(replace(sample, W=W), at, [LAG], name, "rho = 0, lam estimated")
