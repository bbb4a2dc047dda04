"""Are the residuals normal?"""

from __future__ import annotations

import numpy as np
from scipy import stats

from ...results import TestResult


def normality_test(e: np.ndarray) -> TestResult:
    """Jarque and Bera's test of residuals e (T, N): n (skewness^2 + (kurtosis - 3)^2 / 4) / 6."""
    statistic = float(stats.jarque_bera(e, axis=None).statistic)
    skewness = float(stats.skew(e, axis=None))
    kurtosis = float(stats.kurtosis(e, axis=None, fisher=False))
    reason = (
        f"skewness {skewness:.3g}, kurtosis {kurtosis:.3g}; averaging over effects brings "
        "residuals nearer normal"
    )
    return TestResult.chi2("Jarque-Bera", "normal errors", statistic, 2, reason=reason)
