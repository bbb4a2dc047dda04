"""Are the residuals normal?"""

from __future__ import annotations

import numpy as np

from ...results import TestResult


def normality_test(e: np.ndarray) -> TestResult:
    """Jarque and Bera's test of residuals e (T, N): n (skewness^2 + (kurtosis - 3)^2 / 4) / 6."""
    skewness, kurtosis = _shape(e)
    reason = (
        f"skewness {skewness:.3g}, kurtosis {kurtosis:.3g}; averaging over effects brings "
        "residuals nearer normal"
    )
    statistic = float(normality_statistic(e))
    return TestResult.chi2("Jarque-Bera", "normal errors", statistic, 2, reason=reason)


def normality_statistic(e: np.ndarray) -> np.ndarray:
    """The statistic of `normality_test` for residuals (..., T, N), (...)."""
    skewness, kurtosis = _shape(e)
    n = e.shape[-2] * e.shape[-1]
    return np.asarray(n / 6 * (skewness**2 + (kurtosis - 3) ** 2 / 4))


def _shape(e: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Skewness and kurtosis of residuals (..., T, N), (...) each."""
    deviations = e - e.mean(axis=(-2, -1), keepdims=True)
    squares = deviations**2
    variance = squares.mean(axis=(-2, -1))
    third, fourth = (np.mean(squares * power, axis=(-2, -1)) for power in (deviations, squares))
    return third / variance**1.5, fourth / variance**2
