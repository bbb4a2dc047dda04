"""Are residuals correlated over time within a unit?"""

from __future__ import annotations

import numpy as np

from ...numerics.residual_statistics import first_order as first_order_statistic
from ...results import TestResult

NAMES = (
    "Wooldridge AR(1)",
    "Wooldridge differences",
    "Born-Breitung LM(1)",
    "Born-Breitung Q(2)",
    "Born-Breitung HR",
)
FIRST_ORDER = "no serial correlation of order 1"
# shorter series leave Wooldridge's regressions without a degree of freedom
LEAST_PERIODS = 4
# lags of Born and Breitung's Q
LAGS = 2


def serial_tests(e: np.ndarray, gaps: str = "") -> list[TestResult]:
    """Wooldridge's two tests and those of Born and Breitung, on deviations from unit means.

    They do not apply to a short series, nor to one with a gap in time, where residuals that stand
    side by side are not one step apart.

    Parameters
    ----------
    e : array of shape (T, N)
        Residuals, demeaned by unit here, so that it does not matter whether unit effects are in
        them.
    gaps : str
        Where periods are missing between the T periods, in words; empty where none is.
    """
    T = len(e)
    reason = gaps
    if T < LEAST_PERIODS:
        reason = f"fewer than {LEAST_PERIODS} periods"
    if reason:
        return [TestResult.not_applicable(name, "no serial correlation", reason) for name in NAMES]
    e = e - e.mean(axis=0)
    lm = float(_lm(e))
    q = float(_q(e))
    hr = float(_hr(e))
    return [
        first_order(NAMES[0], e, -1 / (T - 1)),
        first_order(NAMES[1], np.diff(e, axis=0), -0.5),
        TestResult.normal(NAMES[2], FIRST_ORDER, lm),
        TestResult.chi2(NAMES[3], f"no serial correlation up to order {LAGS}", q, LAGS),
        TestResult.normal(NAMES[4], f"{FIRST_ORDER}, variances free over time", hr),
    ]


def serial_statistics(e: np.ndarray) -> np.ndarray:
    """The statistics of `serial_tests` for residuals (..., T, N), (5, ...)."""
    T = e.shape[-2]
    if T < LEAST_PERIODS:
        return np.full((len(NAMES), *e.shape[:-2]), np.nan)
    e = e - e.mean(axis=-2, keepdims=True)
    de = np.diff(e, axis=-2)
    statistics = (
        first_order_statistic(e, -1 / (T - 1)),
        first_order_statistic(de, -0.5),
        _lm(e),
        _q(e),
        _hr(e),
    )
    return np.stack(statistics)


def first_order(
    name: str,
    e: np.ndarray,
    slope: float,
) -> TestResult:
    """e_t on a constant and e_{t-1}, clustered by unit: `slope` where the errors behind e are not
    correlated.

    Parameters
    ----------
    name : str
        Of the test.
    e : array of shape (T, N)
    slope : float
        -1 / (T - 1) for deviations from unit means, -1/2 for first differences.
    """
    T, N = e.shape
    statistic = float(first_order_statistic(e, slope))
    df = (T - 1) * N - 2
    return TestResult.f(name, FIRST_ORDER, statistic, (1, df))


def _lm(e: np.ndarray) -> np.ndarray:
    """sum_t e_t e_{t-1} + e_{t-1}^2 / (T-1) of each unit, which has mean zero; e (..., T, N)."""
    T = e.shape[-2]
    current = e[..., 1:, :]
    previous = e[..., :-1, :]
    terms = current * previous + previous**2 / (T - 1)
    return _mean_zero(np.sum(terms, axis=-2))


def _q(e: np.ndarray) -> np.ndarray:
    """Quadratic form of the sums of e_t e_{t-k} + (T-k) / (T (T-1)) e_t^2 over t, k = 1, ...,
    `LAGS`; e (..., T, N).
    """
    T, N = e.shape[-2:]
    squares = np.sum(e**2, axis=-2)
    by_lag = []
    for k in range(1, LAGS + 1):
        current = e[..., k:, :]
        previous = e[..., :-k, :]
        products = np.sum(current * previous, axis=-2)
        share = (T - k) / (T * (T - 1))
        by_lag.append(products + share * squares)

    # s'V^-1 s, with the sum s over units of z_i and its variance V = sum z_i z_i' - s s'/N
    z = np.stack(by_lag, axis=-2)
    s = z.sum(axis=-1)
    squares_of_z = z @ np.swapaxes(z, -1, -2)
    square_of_s = s[..., :, None] * s[..., None, :]
    V = squares_of_z - square_of_s / N
    solved = np.linalg.solve(V, s[..., None])[..., 0]
    return np.asarray(np.sum(s * solved, axis=-1))


def _hr(e: np.ndarray) -> np.ndarray:
    """Deviations from the mean of what follows times those from the mean of what came before, one
    period earlier.

    Mean zero whatever the variances of the periods; e (..., T, N).
    """
    T = e.shape[-2]
    count = np.arange(1, T + 1)[:, None]
    sums_before = np.cumsum(e, axis=-2)
    sums_after = np.cumsum(e[..., ::-1, :], axis=-2)[..., ::-1, :]
    back = e - sums_before / count
    forward = e - sums_after / count[::-1]
    products = forward[..., 1:, :] * back[..., :-1, :]
    return _mean_zero(np.sum(products, axis=-2))


def _mean_zero(z: np.ndarray) -> np.ndarray:
    """Sum of z (..., N) over its standard deviation."""
    N = z.shape[-1]
    total = z.sum(axis=-1)
    variance = np.sum(z**2, axis=-1) - total**2 / N
    return np.asarray(total / np.sqrt(variance))
