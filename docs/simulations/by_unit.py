"""Size of the tests of variances by unit, over N and T; writes by_unit.csv beside this file (some
ten minutes of one core).

    python docs/simulations/by_unit.py [samples]

Independent standard normal errors, less the means of their units and periods: what least squares
with two-way effects leaves. Every row is the share of samples that a test of level 5 % rejects by
chi-squared, with 2,000 samples to within 0.5 points (standard error at 5 %). T is the first whole
number from the given multiple of the square root of N on, and at least 3.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from bevdrivers.diagnostics.residuals.heteroskedasticity import NAMES, variance_statistics

LEVEL = 0.05
UNITS = (10, 31, 100, 300)
MULTIPLES = (0.5, 1.0, 2.0, 4.0, 6.0, 10.0, 20.0, 40.0, 80.0)
CELLS_AT_ONCE = 2_000_000


def residuals(rng: np.random.Generator, samples: int, T: int, N: int) -> np.ndarray:
    """Errors less their means by unit and period, (samples, T, N)."""
    e = rng.standard_normal((samples, T, N))
    e -= e.mean(axis=-2, keepdims=True)
    e -= e.mean(axis=-1, keepdims=True)
    return e


def rejected(samples: int, T: int, N: int) -> np.ndarray:
    """The share of samples that each of the four tests rejects."""
    rng = np.random.default_rng([N, T])
    at_once = max(1, CELLS_AT_ONCE // (T * N))
    degrees = np.array([N - 1, N - 1, N - 1, N])
    critical = stats.chi2.isf(LEVEL, degrees)

    count = np.zeros(len(NAMES))
    for first in range(0, samples, at_once):
        e = residuals(rng, min(at_once, samples - first), T, N)
        statistics = variance_statistics(e, df=(N - 1) * (T - 1))
        count += np.sum(statistics > critical[:, None], axis=1)
    return count / samples


def main(samples: int = 2_000) -> None:
    rows = []
    for N in UNITS:
        for multiple in MULTIPLES:
            T = max(3, math.ceil(multiple * math.sqrt(N)))
            shares = rejected(samples, T, N)
            rows += [
                {
                    "N": N,
                    "T": T,
                    "multiple": multiple,
                    "test": f"{name} by unit",
                    "rejected": f"{share:.4f}",
                    "samples": samples,
                }
                for name, share in zip(NAMES, shares, strict=True)
            ]
    pd.DataFrame(rows).to_csv(Path(__file__).with_suffix(".csv"), index=False, lineterminator="\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
