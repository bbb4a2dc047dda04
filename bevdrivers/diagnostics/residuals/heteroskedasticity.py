"""Have all units one variance? Breusch-Pagan, Koenker, Bartlett and the modified Wald test, by
unit.
"""

from __future__ import annotations

import math

import numpy as np

from ...numerics.residual_statistics import koenker_by_unit
from ...results import TestResult

NULL = "one variance for all units"
NAMES = ("Breusch-Pagan", "Koenker", "Bartlett", "Modified Wald")
# Squared residuals of a unit are equal where they vary by less than this share of their mean's
# square: rounding leaves 1e-30.
ROUNDING = 1e-24
WALD_OF_EQUAL_SQUARES = (
    "It divides by how much the squared residuals of a unit vary, and those of a unit are equal: of "
    "two periods with unit effects one residual is the negative of the other. See Bartlett's test."
)
KOENKER_OF_EQUAL_SQUARES = (
    "The squared residuals of each unit are equal, as those of two periods with unit effects are: "
    "units then explain all of their variation, and the statistic is T N whatever the data. See "
    "Bartlett's test."
)
# T / sqrt(N) from which on chi-squared fits a test: its size at 5 % is then 7.5 % or less. The mean
# of a statistic is off by a multiple of N / T, and its standard deviation is sqrt(2 N). Found by
# simulation over N and T, docs/simulations/by_unit.py.
LONG_ENOUGH = {
    "Breusch-Pagan by unit": 10.0,
    "Koenker by unit": 10.0,
    "Modified Wald by unit": 80.0,
}


def variance_tests(e: np.ndarray, df: float) -> list[TestResult]:
    """Breusch and Pagan's LM, Koenker's form of it, Bartlett's LR, and the modified Wald test, by
    unit.

    Parameters
    ----------
    e : array of shape (T, N)
        Residuals.
    df : float
        Residual degrees of freedom, which Bartlett's test shares equally among the units.
    """
    T, N = e.shape
    if T < 2:
        return [TestResult.not_applicable(f"{name} by unit", NULL, "one period") for name in NAMES]
    # N - 1 differences of variances; the Wald test asks of each unit whether it differs
    degrees = (N - 1, N - 1, N - 1, N)
    # why a statistic of these is not a number
    reasons = {"Koenker": KOENKER_OF_EQUAL_SQUARES, "Modified Wald": WALD_OF_EQUAL_SQUARES}
    statistics = variance_statistics(e, df)
    tests = []
    for name, statistic, count in zip(NAMES, statistics, degrees, strict=True):
        by_unit = f"{name} by unit"
        if name in reasons and np.isnan(statistic):
            test = TestResult.not_applicable(by_unit, NULL, reasons[name])
        else:
            test = TestResult.chi2(by_unit, NULL, float(statistic), count)
        tests.append(test)
    return tests


def variance_statistics(e: np.ndarray, df: float) -> np.ndarray:
    """The statistics of `variance_tests` for residuals (..., T, N), (4, ...)."""
    T = e.shape[-2]
    if T < 2:
        return np.full((len(NAMES), *e.shape[:-2]), np.nan)
    squares = e**2
    by_unit = squares.mean(axis=-2)
    common = by_unit.mean(axis=-1)
    off = (by_unit - common[..., None]) ** 2

    # how the squares vary within a unit, from which the variance of their mean is estimated
    around = np.sum((squares - by_unit[..., None, :]) ** 2, axis=-2)
    sampling_variances = around / (T * (T - 1))
    varies = around > ROUNDING * T * by_unit**2

    # under normal errors the squares have the variance 2 v^2
    explained = T * off.sum(axis=-1)
    breusch_pagan = explained / (2 * common**2)
    koenker = np.where(varies.any(axis=-1), koenker_by_unit(e), np.nan)
    bartlett = _bartlett(by_unit, common, df)
    wald = _modified_wald(off, sampling_variances, varies.all(axis=-1))
    return np.stack([breusch_pagan, koenker, bartlett, wald])


def _modified_wald(
    off: np.ndarray,
    variances: np.ndarray,
    varies: np.ndarray,
) -> np.ndarray:
    """Sum over units of `off` over `variances`, (..., N) both; NaN where it is not `varies`."""
    ratios = np.divide(off, variances, out=np.zeros_like(off), where=varies[..., None])
    return np.where(varies, np.sum(ratios, axis=-1), np.nan)


def in_long_panels(
    test: TestResult,
    T: int,
    N: int,
) -> TestResult:
    """The test where chi-squared is its distribution; where the panel is too short, why it is
    not.
    """
    needed = math.ceil(LONG_ENOUGH.get(test.name, 0.0) * math.sqrt(N))
    if needed <= T or not test.applies:
        return test
    reason = (
        f"It is {test.statistic:.4g}, but with {N} units it is chi-squared from about {needed} "
        f"periods on, and with {T} it rejects a true null too often. See Bartlett's test, or "
        'residual_tests(fit, p="bootstrap").'
    )
    return TestResult.not_applicable(test.name, test.null, reason)


def _bartlett(
    by_unit: np.ndarray,
    common: np.ndarray,
    df: float,
) -> np.ndarray:
    """Bartlett's corrected likelihood ratio for the variances of N units, (..., N), on df / N
    degrees of freedom each.
    """
    N = by_unit.shape[-1]
    # the likelihood ratio, df ln v - sum_i (df / N) ln v_i, and Bartlett's correction of its mean
    share = df / N
    logs = np.sum(np.log(by_unit), axis=-1)
    ratio = df * np.log(common) - share * logs
    correction = 1 + (N / share - 1 / df) / (3 * (N - 1))
    return np.asarray(ratio / correction)
