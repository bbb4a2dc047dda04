"""Are the residuals normal?"""

from __future__ import annotations

import numpy as np

from ...results import TestResult


def normality_test(e: np.ndarray) -> TestResult:
    """Jarque and Bera's test of residuals e (T, N): n (skewness^2 + (kurtosis - 3)^2 / 4) / 6."""
    deviations = e - e.mean()
    variance = np.mean(deviations**2)
    skewness = float(np.mean(deviations**3) / variance**1.5)
    kurtosis = float(np.mean(deviations**4) / variance**2)
    statistic = e.size / 6 * (skewness**2 + (kurtosis - 3) ** 2 / 4)
    reason = (
        f"skewness {skewness:.3g}, kurtosis {kurtosis:.3g}; averaging over effects brings "
        "residuals nearer normal"
    )
    return TestResult.chi2("Jarque-Bera", "normal errors", statistic, 2, reason=reason)
