"""Statistics of residuals that tests and cautions share: variances by unit, correlation over time."""

from __future__ import annotations

import numpy as np


def koenker_by_unit(e: np.ndarray) -> np.ndarray:
    """Koenker's statistic of one variance for all units, of residuals (..., T, N), (...).

    T sum_i (v_i - v)^2 over the variance of the squared residuals, v_i the mean of those of unit i.

    Source: Koenker (1981), doi:10.1016/0304-4076(81)90062-2.
    """
    T = e.shape[-2]
    squares = e**2
    by_unit = squares.mean(axis=-2)
    common = by_unit.mean(axis=-1)

    deviations = by_unit - common[..., None]
    explained = T * np.sum(deviations**2, axis=-1)
    variance = np.var(squares, axis=(-2, -1))
    return np.asarray(explained / variance)


def koenker_by_unit_of_cells(e: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Koenker's statistic where cells are missing: sum_i n_i (v_i - v)^2 over the variance of the
    squared residuals, n_i the cells of unit i.

    Parameters
    ----------
    e : array of shape (R, T, N)
        Zero in the cells that are not there.
    there : array of bool of shape (T, N)
    """
    cells = there.sum(axis=0)
    squares = e**2
    common = squares.sum(axis=(1, 2)) / cells.sum()
    by_unit = squares.sum(axis=1) / np.maximum(cells, 1)

    deviations = by_unit - common[:, None]
    explained = np.sum(cells * deviations**2, axis=1)
    of_cells = squares[:, there] - common[:, None]
    variance = np.mean(of_cells**2, axis=1)
    return np.asarray(explained / variance)


def first_order_of_cells(e: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Wooldridge's F statistic where cells are missing: e_t on e_{t-1} over the neighbouring periods
    in which a unit is there, clustered by unit.

    Where the errors are not correlated, deviations from the means of n_i cells have the covariance
    -s2 / n_i and the variance s2 (1 - 1 / n_i), from which the slope to compare with follows.

    Parameters
    ----------
    e : array of shape (R, T, N)
        Deviations from unit means, zero in the cells that are not there.
    there : array of bool of shape (T, N)
    """
    pairs = there[1:] & there[:-1]
    cells = np.maximum(there.sum(axis=0), 1)

    # the slope where the errors are not correlated: sum -p_i / n_i over sum p_i (1 - 1 / n_i)
    share = pairs.sum(axis=0) / cells
    uncorrelated = -share.sum() / (pairs.sum() - share.sum())

    current = e[:, 1:] * pairs
    previous = e[:, :-1] * pairs
    length = np.sum(previous**2, axis=(1, 2))
    slope = np.sum(previous * current, axis=(1, 2)) / length

    # its variance, clustered by unit
    residuals = current - slope[:, None, None] * previous
    scores_by_unit = np.sum(previous * residuals, axis=1)
    variance = np.sum(scores_by_unit**2, axis=1) / length**2
    return np.asarray((slope - uncorrelated) ** 2 / variance)


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
    current = e[..., 1:, :]
    previous = e[..., :-1, :]

    # the constant is taken out first
    both = (-2, -1)
    x = previous - previous.mean(axis=both, keepdims=True)
    y = current - current.mean(axis=both, keepdims=True)
    length = np.sum(x**2, axis=both)
    b = np.sum(x * y, axis=both) / length

    # the variance of b, clustered by unit
    residuals = y - b[..., None, None] * x
    scores_by_unit = np.sum(x * residuals, axis=-2)
    variance = np.sum(scores_by_unit**2, axis=-1) / length**2
    return np.asarray((b - slope) ** 2 / variance)
