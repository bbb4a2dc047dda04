"""Statistics of residuals that tests and cautions share: variances by unit, correlation over time."""

from __future__ import annotations

import numpy as np


def koenker_by_unit(e: np.ndarray) -> np.ndarray:
    """Koenker's statistic of one variance for all units, of residuals (..., T, N), (...).

    T sum_i (v_i - v)^2 over the variance of the squared residuals, v_i the mean of those of unit i.

    Source: Koenker (1981), doi:10.1016/0304-4076(81)90062-2.
    """
    squares = e**2
    by_unit = squares.mean(axis=-2)
    common = by_unit.mean(axis=-1)
    explained = e.shape[-2] * np.sum((by_unit - common[..., None]) ** 2, axis=-1)
    return np.asarray(explained / np.var(squares, axis=(-2, -1)))


def first_order(e: np.ndarray, slope: float) -> np.ndarray:
    """Wooldridge's F statistic of residuals (..., T, N), (...): e_t on a constant and e_{t-1},
    clustered by unit.

    Parameters
    ----------
    e : array of shape (..., T, N)
    slope : float
        What it is where the errors are not correlated: -1 / (T - 1) for deviations from unit means,
        -1/2 for first differences.

    Source: Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, section 10.5.4.
    """
    current, previous = e[..., 1:, :], e[..., :-1, :]
    both = (-2, -1)
    x = previous - previous.mean(axis=both, keepdims=True)
    y = current - current.mean(axis=both, keepdims=True)
    length = np.sum(x**2, axis=both)
    b = np.sum(x * y, axis=both) / length
    residuals = y - b[..., None, None] * x
    scores_by_unit = np.sum(x * residuals, axis=-2)
    variance = np.sum(scores_by_unit**2, axis=-1) / length**2
    return np.asarray((b - slope) ** 2 / variance)
