"""The effects that Q removes, put back: what they add to the outcome.

With R = I - lam M (R = I without a lag of the error) and P = I - Q, the effects D d of y - rho Wy -
Z b are R^-1 P R (y - rho Wy - Z b), the dummies of maximum likelihood.
"""

from __future__ import annotations

import numpy as np

from ...weights.by_period import PeriodWeights
from .sample import Sample


def filtered(
    sample: Sample,
    lam: float,
    values: np.ndarray,
) -> np.ndarray:
    """R applied to an array of shape (T, N) or (T, N, K)."""
    return values if sample.M is None else values - lam * sample.M.lag(values)


def at_edge(sample: Sample, lam: float) -> bool:
    """Whether lam lies where R has no inverse, so that effects have no values; the fit warned of
    it.
    """
    if sample.M is None:
        return False
    low, high = sample.spatial_ranges["lam"]
    return not low < lam < high


def effects_of(
    sample: Sample,
    lam: float,
    values: np.ndarray,
) -> np.ndarray:
    """R^-1 P of an array of shape (T, N) or (T, N, K) that R was applied to; NaN where R has no
    inverse.
    """
    # P takes the part that Q leaves out
    removed: np.ndarray = values - sample.within.demean(values)
    if sample.observed is not None:
        removed[~sample.observed] = 0.0
    if sample.M is None or not sample.within.takes_constant:
        return removed
    if at_edge(sample, lam):
        return np.full_like(removed, np.nan)
    if isinstance(sample.M, PeriodWeights):
        return sample.M.solved(lam, removed)
    resolvent = sample.M.pencil.at(lam)
    if removed.ndim == 2:
        return resolvent.over_units(removed)
    columns = [resolvent.over_units(column) for column in np.moveaxis(removed, 2, 0)]
    return np.stack(columns, axis=2)
