"""Are residuals correlated over time within a unit?"""

from __future__ import annotations

import numpy as np

from ...results import TestResult


def serial_tests(e: np.ndarray) -> list[TestResult]:
    """Wooldridge's two tests and those of Born and Breitung, on deviations from unit means.

    Parameters
    ----------
    e : array of shape (T, N)
        Residuals, demeaned by unit here, so that it does not matter whether unit effects are in them.
    """
    T = len(e)
    names = ("Wooldridge AR(1)", "Wooldridge differences", *(f"Born-Breitung {x}" for x in ("LM(1)", "Q(2)", "HR")))
    if T < 4:
        return [TestResult.not_applicable(name, "no serial correlation", "fewer than 4 periods") for name in names]
    e = e - e.mean(axis=0)
    return [
        first_order(names[0], e, -1 / (T - 1)),
        first_order(names[1], np.diff(e, axis=0), -0.5),
        _lm(e),
        _q(e, 2),
        _hr(e),
    ]


def first_order(name: str, e: np.ndarray, slope: float) -> TestResult:
    """e_t on a constant and e_{t-1}, clustered by unit: `slope` where the errors behind e are not correlated.

    Parameters
    ----------
    e : array of shape (T, N)
    slope : float
        -1 / (T - 1) for deviations from unit means, -1/2 for first differences.
    """
    T, N = e.shape
    now, before = e[1:], e[:-1]
    X = np.stack([np.ones_like(before), before], axis=2)
    flat = X.reshape(-1, 2)
    bread = np.linalg.inv(flat.T @ flat)
    b = bread @ (flat.T @ now.ravel())
    scores = np.einsum("tik,ti->ik", X, now - X @ b)
    variance = (bread @ scores.T @ scores @ bread)[1, 1]
    statistic = float((b[1] - slope) ** 2 / variance)
    return TestResult.f(name, "no serial correlation of order 1", statistic, (1, (T - 1) * N - 2))


def _lm(e: np.ndarray) -> TestResult:
    """sum_t e_t e_{t-1} + e_{t-1}^2 / (T-1) of each unit, which has mean zero."""
    z = np.sum(e[1:] * e[:-1] + e[:-1] ** 2 / (len(e) - 1), axis=0)
    return _mean_zero("Born-Breitung LM(1)", "no serial correlation of order 1", z)


def _q(e: np.ndarray, lags: int) -> TestResult:
    """Quadratic form of the sums of e_t e_{t-k} + (T-k) / (T (T-1)) e_t^2 over t, k = 1, ..., `lags`."""
    T, N = e.shape
    sums = [np.sum(e[k:] * e[:-k], axis=0) + (T - k) / (T * (T - 1)) * np.sum(e**2, axis=0) for k in range(1, lags + 1)]
    z = np.stack(sums, axis=1)
    total = z.sum(axis=0)
    statistic = float(total @ np.linalg.solve(z.T @ z - np.outer(total, total) / N, total))
    return TestResult.chi2(f"Born-Breitung Q({lags})", f"no serial correlation up to order {lags}", statistic, lags)


def _hr(e: np.ndarray) -> TestResult:
    """Deviations from the mean of what follows times those from the mean of what came before, one period earlier.

    Mean zero whatever the variances of the periods.
    """
    T = len(e)
    count = np.arange(1, T + 1)[:, None]
    back = e - np.cumsum(e, axis=0) / count
    forward = e - np.cumsum(e[::-1], axis=0)[::-1] / count[::-1]
    z = np.sum(forward[1:] * back[:-1], axis=0)
    return _mean_zero("Born-Breitung HR", "no serial correlation of order 1, variances free over time", z)


def _mean_zero(name: str, null: str, z: np.ndarray) -> TestResult:
    """Sum of z (N,) over its standard deviation."""
    total = float(z.sum())
    statistic = total / float(np.sqrt(np.sum(z**2) - total**2 / len(z)))
    return TestResult.normal(name, null, statistic)
