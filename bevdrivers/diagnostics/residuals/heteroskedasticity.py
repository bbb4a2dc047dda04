"""Have all units one variance? Breusch-Pagan, Koenker, Bartlett and the modified Wald test, by
unit.
"""

from __future__ import annotations

import math

import numpy as np

from ...results import TestResult

NULL = "one variance for all units"
NAMES = ("Breusch-Pagan", "Koenker", "Bartlett", "Modified Wald")
# T / sqrt(N) from which on chi-squared fits a test: its size at 5 % is then 7 % or less. The mean
# of the statistic is off by a multiple of N / T, its standard deviation is sqrt(2 N). Found by
# simulation: docs/simulations/by_unit.py.
LONG_ENOUGH = {
    "Breusch-Pagan by unit": 6.0,
    "Koenker by unit": 6.0,
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
    squares = e**2
    by_unit = squares.mean(axis=0)
    common = float(squares.mean())
    # half of this, over the square of the common variance, is the LM statistic under normal errors
    explained = T * float(np.sum((by_unit - common) ** 2))
    around = np.sum((squares - by_unit) ** 2, axis=0)
    sampling_variances = around / (T * (T - 1))
    modified_wald = float(np.sum((by_unit - common) ** 2 / sampling_variances))
    statistics = (
        (explained / (2 * common**2), N - 1),
        (explained / float(np.var(squares)), N - 1),
        (_bartlett(by_unit, common, df), N - 1),
        (modified_wald, N),
    )
    return [
        TestResult.chi2(f"{name} by unit", NULL, statistic, degrees)
        for name, (statistic, degrees) in zip(NAMES, statistics, strict=True)
    ]


def in_long_panels(test: TestResult, T: int, N: int) -> TestResult:
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


def _bartlett(by_unit: np.ndarray, common: float, df: float) -> float:
    """Bartlett's corrected likelihood ratio for the variances of N units, (N,), on df / N degrees
    of freedom each.
    """
    N = len(by_unit)
    share = df / N
    logs = float(np.sum(np.log(by_unit)))
    ratio = df * np.log(common) - share * logs
    correction = 1 + (N / share - 1 / df) / (3 * (N - 1))
    return float(ratio / correction)
