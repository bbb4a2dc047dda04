"""Bands that a whole curve stays within by chance, from simulated curves."""

from __future__ import annotations

import numpy as np
from scipy import stats


def upper_band(curves: np.ndarray, alpha: float) -> np.ndarray:
    """The lowest band of one pointwise rank above which at most `alpha` of the curves ever rise.

    Parameters
    ----------
    curves : array of shape (S, D)
        Simulated curves at D distances.
    alpha : float
        At least 1 / S, for a band below the highest curve.

    Returns
    -------
    array of shape (D,)
    """
    highest = -np.sort(-curves, axis=0)
    # how many curves are as high or higher, at the distance where the curve stands out most
    rank = stats.rankdata(-curves, method="max", axis=0).min(axis=1)
    S = len(curves)
    allowed = [k for k in range(1, S + 1) if (rank < k).mean() <= alpha]
    band: np.ndarray = highest[allowed[-1] - 1]
    return band


def lower_band(curves: np.ndarray, alpha: float) -> np.ndarray:
    """The same from below, (D,)."""
    return -upper_band(-curves, alpha)
