"""Have the units one variance, and are the residuals normal?"""

from __future__ import annotations

import numpy as np

from ...results import TestResult

NULL = "one variance for all units"
NAMES = ("Breusch-Pagan", "Koenker", "Bartlett", "Modified Wald")


def variance_tests(e: np.ndarray, df: float) -> list[TestResult]:
    """Breusch and Pagan's LM, Koenker's form of it, Bartlett's LR, and the modified Wald test, by unit.

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
    own, whole = squares.mean(axis=0), float(squares.mean())
    spread = T * float(np.sum((own - whole) ** 2))
    share = df / N
    ratio = df * np.log(whole) - share * float(np.sum(np.log(own)))
    bartlett = ratio / (1 + (N / share - 1 / df) / (3 * (N - 1)))
    of_own = np.sum((squares - own) ** 2, axis=0) / (T * (T - 1))
    return [
        TestResult.chi2("Breusch-Pagan by unit", NULL, spread / (2 * whole**2), N - 1),
        TestResult.chi2("Koenker by unit", NULL, spread / float(np.var(squares)), N - 1),
        TestResult.chi2("Bartlett by unit", NULL, bartlett, N - 1),
        TestResult.chi2("Modified Wald by unit", NULL, float(np.sum((own - whole) ** 2 / of_own)), N),
    ]


def normality_test(e: np.ndarray) -> TestResult:
    """Jarque and Bera's test: n (skewness^2 + (kurtosis - 3)^2 / 4) / 6."""
    left = e - e.mean()
    variance = float(np.mean(left**2))
    skewness, kurtosis = float(np.mean(left**3)) / variance**1.5, float(np.mean(left**4)) / variance**2
    statistic = e.size * (skewness**2 + (kurtosis - 3) ** 2 / 4) / 6
    reason = f"skewness {skewness:.3g}, kurtosis {kurtosis:.3g}; averaging over effects brings residuals nearer normal"
    return TestResult.chi2("Jarque-Bera", "normal errors", statistic, 2, reason=reason)
