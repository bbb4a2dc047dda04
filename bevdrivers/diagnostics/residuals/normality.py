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
    T, N = e.shape[-2:]
    n = T * N
    excess = kurtosis - 3
    return np.asarray(n / 6 * (skewness**2 + excess**2 / 4))


def _shape(e: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Skewness and kurtosis of residuals (..., T, N), (...) each."""
    both = (-2, -1)
    deviations = e - e.mean(axis=both, keepdims=True)
    squares = deviations**2
    variance = squares.mean(axis=both)
    third = np.mean(squares * deviations, axis=both)
    fourth = np.mean(squares * squares, axis=both)
    skewness = third / variance**1.5
    kurtosis = fourth / variance**2
    return skewness, kurtosis
