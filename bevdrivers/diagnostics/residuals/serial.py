"""Are residuals correlated over time within a unit?"""

from __future__ import annotations

import numpy as np

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
    reason = f"fewer than {LEAST_PERIODS} periods" if T < LEAST_PERIODS else gaps
    if reason:
        return [TestResult.not_applicable(name, "no serial correlation", reason) for name in NAMES]
    e = e - e.mean(axis=0)
    return [
        first_order(NAMES[0], e, -1 / (T - 1)),
        first_order(NAMES[1], np.diff(e, axis=0), -0.5),
        _lm(e),
        _q(e, 2),
        _hr(e),
    ]


def first_order(name: str, e: np.ndarray, slope: float) -> TestResult:
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
    current, previous = e[1:], e[:-1]
    X = np.stack([np.ones_like(previous), previous], axis=2)
    flat = X.reshape(-1, 2)
    bread = np.linalg.inv(flat.T @ flat)
    b = bread @ (flat.T @ current.ravel())
    scores_by_unit = np.einsum("tik,ti->ik", X, current - X @ b)
    V = bread @ scores_by_unit.T @ scores_by_unit @ bread
    statistic = float((b[1] - slope) ** 2 / V[1, 1])
    return TestResult.f(name, FIRST_ORDER, statistic, (1, (T - 1) * N - 2))


def _lm(e: np.ndarray) -> TestResult:
    """sum_t e_t e_{t-1} + e_{t-1}^2 / (T-1) of each unit, which has mean zero; e (T, N)."""
    T = len(e)
    current, previous = e[1:], e[:-1]
    terms = current * previous + previous**2 / (T - 1)
    z = np.sum(terms, axis=0)
    return _mean_zero("Born-Breitung LM(1)", FIRST_ORDER, z)


def _q(e: np.ndarray, lags: int) -> TestResult:
    """Quadratic form of the sums of e_t e_{t-k} + (T-k) / (T (T-1)) e_t^2 over t, k = 1, ...,
    `lags`; e (T, N).
    """
    T, N = e.shape
    squares = np.sum(e**2, axis=0)
    z = np.empty((N, lags))
    for k in range(1, lags + 1):
        products = np.sum(e[k:] * e[:-k], axis=0)
        share = (T - k) / (T * (T - 1))
        z[:, k - 1] = products + share * squares
    total = z.sum(axis=0)
    variance = z.T @ z - np.outer(total, total) / N
    statistic = float(total @ np.linalg.solve(variance, total))
    name, null = (
        f"Born-Breitung Q({lags})",
        f"no serial correlation up to order {lags}",
    )
    return TestResult.chi2(name, null, statistic, lags)


def _hr(e: np.ndarray) -> TestResult:
    """Deviations from the mean of what follows times those from the mean of what came before, one
    period earlier.

    Mean zero whatever the variances of the periods; e (T, N).
    """
    T = len(e)
    count = np.arange(1, T + 1)[:, None]
    sums_before = np.cumsum(e, axis=0)
    sums_after = np.cumsum(e[::-1], axis=0)[::-1]
    back = e - sums_before / count
    forward = e - sums_after / count[::-1]
    z = np.sum(forward[1:] * back[:-1], axis=0)
    null = "no serial correlation of order 1, variances free over time"
    return _mean_zero("Born-Breitung HR", null, z)


def _mean_zero(name: str, null: str, z: np.ndarray) -> TestResult:
    """Sum of z (N,) over its standard deviation."""
    total = float(z.sum())
    variance = np.sum(z**2) - total**2 / len(z)
    return TestResult.normal(name, null, total / float(np.sqrt(variance)))
