"""`residual_tests`: what the residuals of a fit say of the errors that it supposes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ...esda import ResidualMoran
from ...models.interface import (
    Sample,
    aligned,
    by_least_squares,
    check_fit,
    effects_in_words,
    has_random_effects,
    regular_only,
)
from ...options import PValues
from ...panel.time_axis import TimeAxis
from ...results import TestGroup, TestResult
from ...simulation.batch import Batch, fitter, redrawn
from ...simulation.replication import PIECE
from ..bootstrap_p_values import DRAWS, check_p_values, outcomes_under, with_drawn_p
from ..specification.conditional_lm import ERROR, LAG, score_test
from .cross_section import cross_section_statistics, cross_section_tests
from .heteroskedasticity import in_long_panels, variance_statistics, variance_tests
from .normality import normality_statistic, normality_test
from .serial import serial_statistics, serial_tests

if TYPE_CHECKING:
    import pandas as pd

    from ...models import FitResult
    from ...weights import SpatialWeights
    from ...weights.given import GivenWeights

MORAN = "Moran's I"
NO_AUTOCORRELATION = "no spatial autocorrelation"


def residual_tests(
    fit: FitResult,
    weights: GivenWeights | None = None,
    *,
    p: PValues = "asymptotic",
    draws: int = DRAWS,
    seed: int = 0,
) -> TestGroup:
    """Tests of the residuals e: correlation in space, across units and over time, variances by
    unit, normality.

    Parameters
    ----------
    fit : FitResult
    weights : SpatialWeights, recipe, or Graph or W of libpysal, optional
        Of Moran's I after least squares. Fits with spatial lags are tested with their own weights.
    p : {"asymptotic", "bootstrap"}
        Where p-values come from. "asymptotic": chi-squared, F and normal distributions; tests that
        these do not fit in a panel of this length do not apply, and say so. "bootstrap": the
        statistics of outcomes that the fit itself draws, with independent normal errors of one
        variance, each fitted again. Every test then keeps its size, Pesaran's CD with time effects
        and the tests by unit in a short panel too.
    draws : int
        Of the bootstrap.
    seed : int
        Of the bootstrap, and of the random signs of the weighted CD.

    Returns
    -------
    TestGroup. After least squares "Moran's I" and one by period; after maximum likelihood with one
    lag the LM test of the other ("LM error given lag", "LM lag given error"). "Pesaran CD",
    "Weighted CD" (Juodis and Reese 2022) and "Scaled LM, bias-corrected" (Baltagi, Feng and Kao
    2012). By unit "Breusch-Pagan", "Koenker", "Bartlett" and "Modified Wald". "Wooldridge AR(1)"
    and "Wooldridge differences", and Born and Breitung's "LM(1)", "Q(2)" and "HR". "Jarque-Bera".

    Raises
    ------
    InputError, OptionError
        No fit; another word for `p`, or fewer than 19 draws; a bootstrap of a fit that has no
        equation for its regressors (endogenous ones, or ones made of the outcome).

    Notes
    -----
    Which of them keep their size in a short panel with two-way effects, and which see anything
    there: the page on residuals. They are many: at 5 % one in twenty rejects without cause. The
    bootstrap takes all that the fit supposes for the null: a test may reject because errors are
    not normal although it is named for something else.

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
    >>> bd.residual_tests(fit)["Modified Wald by unit"].applies
    False
    >>> bd.residual_tests(fit, p="bootstrap", draws=99)["Modified Wald by unit"].p_value
    0.01
    """
    check_fit(fit)
    regular_only(fit, "residual_tests()")
    bootstrap = check_p_values(p, draws)
    e = fit.estimate.residuals
    within = fit.sample.within
    battery = _Battery.of(fit, weights, seed)
    tests = battery.tests(fit, centred=within.time and not bootstrap)
    if bootstrap:
        drawn = battery.drawn(fit, draws)
        tests = [with_drawn_p(test, row) for test, row in zip(tests, drawn, strict=True)]
    else:
        tests = [in_long_panels(test, *e.shape) for test in tests]
    model = type(fit.estimator).__name__
    title = f"Residuals of {model} ({fit.sample.design.outcome}, {effects_in_words(within)})"
    return TestGroup(title, tuple(tests))


@dataclass(frozen=True, eq=False)
class _Battery:
    """The tests, as they are made of the fit and of each fit to an outcome drawn from it.

    Attributes
    ----------
    df : int
        Residual degrees of freedom.
    seed : int
    moran : _Moran or None
        After least squares with weights.
    obstacle : str
        Why there is neither Moran's I nor the LM test of the other lag; empty where there is one.
    """

    df: int
    seed: int
    moran: _Moran | None
    obstacle: str

    @classmethod
    def of(
        cls,
        fit: FitResult,
        weights: GivenWeights | None,
        seed: int,
    ) -> _Battery:
        """The tests that a fit has."""
        T, N = fit.sample.shape
        absorbed = fit.sample.within.absorbed(T, N)
        df = T * N - absorbed - len(fit.terms)
        obstacle = _obstacle(fit, weights)
        moran = None
        if not obstacle and weights is not None and by_least_squares(fit):
            moran = _Moran.of(fit, weights)
        return cls(df, seed, moran, obstacle)

    def tests(self, fit: FitResult, *, centred: bool) -> list[TestResult]:
        """All tests of a fit; `centred` says that time effects have taken Pesaran's CD its
        reference distribution.
        """
        e = fit.estimate.residuals
        time = TimeAxis.of(fit.sample.design.periods)
        return [
            *self._spatial_tests(fit),
            *cross_section_tests(e, time_effects=centred, seed=self.seed),
            *variance_tests(e, self.df),
            *serial_tests(e, time.gaps_in_words),
            normality_test(e),
        ]

    def _spatial_tests(self, fit: FitResult) -> list[TestResult]:
        """Moran's I, or the LM test of the other lag."""
        if self.obstacle:
            return [TestResult.not_applicable(MORAN, NO_AUTOCORRELATION, self.obstacle)]
        if self.moran is not None:
            return self.moran.tests(fit.estimate.residuals)
        return [_other_lag_test(fit.sample, fit.values)]

    def drawn(self, fit: FitResult, draws: int) -> np.ndarray:
        """Statistics of outcomes drawn from the fit, tests x draws; NaN where there is no fit."""
        statistics = []
        for outcomes in outcomes_under(fit, draws, self.seed):
            fits = fitter(fit.estimator, fit.sample, fit.panel, residuals=True)
            fits.add(outcomes)
            batch = fits.batch()
            spatial = self._drawn_spatial(fit.sample, outcomes, batch)
            rows = np.concatenate([spatial, self._of_residuals(batch.residuals)])
            rows[:, batch.failed] = np.nan
            statistics.append(rows)
        return np.concatenate(statistics, axis=1)

    def _drawn_spatial(
        self,
        sample: Sample,
        outcomes: np.ndarray,
        batch: Batch,
    ) -> np.ndarray:
        """Statistics of `_spatial_tests`, tests x draws."""
        draws = len(batch.values)
        if self.obstacle:
            return np.full((1, draws), np.nan)
        if self.moran is not None:
            assert batch.residuals is not None
            z = [self.moran.statistics(e)[1] for e in batch.residuals]
            return np.stack(z, axis=1)
        statistics = np.full((1, draws), np.nan)
        for r, drawn in enumerate(redrawn(sample, outcomes)):
            if not batch.failed[r]:
                statistics[0, r] = _other_lag_test(drawn, batch.values[r]).statistic
        return statistics

    def _of_residuals(self, residuals: np.ndarray | None) -> np.ndarray:
        """Statistics of residuals (R, T, N), tests x draws, as many at a time as memory holds."""
        assert residuals is not None
        R, T, N = residuals.shape
        size = max(1, PIECE // (N * max(T, N)))
        statistics = []
        for start in range(0, R, size):
            e = np.ascontiguousarray(residuals[start : start + size])
            parts = (
                cross_section_statistics(e, seed=self.seed),
                variance_statistics(e, self.df),
                serial_statistics(e),
                normality_statistic(e)[None],
            )
            statistics.append(np.concatenate(parts))
        return np.concatenate(statistics, axis=1)


@dataclass(frozen=True, eq=False)
class _Moran:
    """Moran's I of least-squares residuals, of all periods and of each.

    Attributes
    ----------
    W : SpatialWeights
    names : tuple of str, length 1 + T
    expected, spread : arrays of shape (1 + T,)
        Of I; they depend on regressors, effects and W alone.
    """

    W: SpatialWeights
    names: tuple[str, ...]
    expected: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, fit: FitResult, weights: GivenWeights) -> _Moran:
        frame: pd.DataFrame = ResidualMoran(by_period=True).fit(fit, weights).frame
        periods = [f"{MORAN} {period}" for period in frame["period"][1:]]
        return cls(
            W=aligned(weights, fit.panel),
            names=(MORAN, *periods),
            expected=frame["expected"].to_numpy(),
            spread=np.sqrt(frame["variance_normal"].to_numpy()),
        )

    def statistics(self, e: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """I and z of residuals e (T, N), (1 + T,) each."""
        # I of period t, (NT / S0) e_t'W e_t / e'e; that of all periods is their mean
        S0 = self.W.sparse.sum()
        products = (e * self.W.lag(e)).sum(axis=1)
        by_period = e.size / S0 * products / np.sum(e**2)
        values = np.array([by_period.mean(), *by_period])
        z = (values - self.expected) / self.spread
        return values, z

    def tests(self, e: np.ndarray) -> list[TestResult]:
        """Of residuals e (T, N)."""
        values, z = self.statistics(e)
        return [
            TestResult.normal(name, NO_AUTOCORRELATION, statistic, estimate=value)
            for name, statistic, value in zip(self.names, z, values, strict=True)
        ]


def _obstacle(fit: FitResult, weights: GivenWeights | None) -> str:
    """Why a fit has neither Moran's I nor the LM test of the other lag; empty where it has one."""
    sample = fit.sample
    if sample.within.terms:
        return "Its moments are for unit and time effects, not absorb=."
    no_lag = sample.W is None and sample.M is None
    if no_lag and by_least_squares(fit):
        if weights is None:
            return "No weights: residual_tests(fit, weights)."
        return ""
    both_lags = sample.W is not None and sample.M is not None
    one_lag = not no_lag and not both_lags
    fixed_ml = fit.method.by_likelihood and not has_random_effects(fit.estimate)
    static = not sample.dynamic and not sample.before_lag
    if not (one_lag and fixed_ml and static):
        return (
            "Its moments are those of least squares, and LM tests are for static fits by "
            "maximum likelihood."
        )
    return ""


def _other_lag_test(sample: Sample, values: np.ndarray) -> TestResult:
    """LM test of a lag of the error beside one of y, or of a lag of y beside one of the error, at
    estimates (P,) whose last is rho or lam.
    """
    estimate = float(values[-1])
    W = sample.W or sample.M
    assert W is not None
    if sample.M is None:
        tested, name, null = ERROR, "LM error given lag", "lam = 0"
        estimated = "rho"
        at = np.array([estimate, 0.0])
        both_lags = replace(sample, M=W)
    else:
        tested, name, null = LAG, "LM lag given error", "rho = 0"
        estimated = "lam"
        at = np.array([0.0, estimate])
        both_lags = replace(sample, W=W)
    if sample.within.time and not W.row_normalised:
        reason = "Time effects need weights whose rows sum to one."
        return TestResult.not_applicable(name, null, reason)
    return score_test(both_lags, at, [tested], name, f"{null}, {estimated} estimated")
