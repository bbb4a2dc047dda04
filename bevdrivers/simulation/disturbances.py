"""Errors drawn for a fitted process: of a law, from its residuals, or its residuals with random
signs and sizes.
"""

from __future__ import annotations

import numpy as np

from ..errors import OptionError
from .process import Process

# Mammen's (1993) two points: mean 0, variance 1, third moment 1
_LOW = (1 - np.sqrt(5)) / 2
_HIGH = (1 + np.sqrt(5)) / 2
_SHARE_LOW = (np.sqrt(5) + 1) / (2 * np.sqrt(5))


def drawn_errors(
    process: Process,
    kind: str,
    R: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Errors of variance sigma2, (T, N, R); those of cells that are not there do not matter.

    Parameters
    ----------
    process : Process
    kind : {"normal", "resampled", "heteroskedastic", "clustered"}
        "normal": iid. "resampled": residuals of all cells, with replacement. "heteroskedastic":
        normal, with the mean square of each unit's residuals as its variance. "clustered": whole
        paths of residuals, of units drawn with replacement, so that the dependence over time within
        a unit is that of the data.
    R : int
    rng : Generator
        Draws one outcome after the other: the first of many are those of few.

    Raises
    ------
    OptionError
        "clustered" with missing cells: the path of one unit has no error where another one needs it.
    """
    e = process.residuals
    T, N = e.shape
    if kind == "clustered":
        _check_paths(process)
        units = rng.integers(N, size=(R, N))
        paths = e[:, units]
        return np.moveaxis(paths, 1, 2)
    if kind == "resampled":
        known = e[process.sample.there]
        drawn = known[rng.integers(known.size, size=(R, T, N))]
        return np.moveaxis(drawn, 0, 2)
    variance: float | np.ndarray = process.sigma2
    if kind == "heteroskedastic":
        periods = process.sample.there.sum(axis=0)
        variance = np.sum(e**2, axis=0) / np.maximum(periods, 1)
    scale = np.sqrt(variance)
    normal = rng.standard_normal((R, T, N))
    return np.moveaxis(scale * normal, 0, 2)


def _check_paths(process: Process) -> None:
    """Refuse whole paths of residuals where cells are missing."""
    missing = process.residuals.size - process.sample.nobs
    if missing:
        raise OptionError(
            "errors",
            expected="'normal', 'resampled' or 'heteroskedastic' with missing cells",
            got=f"'clustered' with {missing} cells that are missing",
            remedy="Choose another law, or make the panel complete: panel.balance(...).",
        )


def wild_errors(
    process: Process,
    by: str,
    multipliers: str,
    R: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Residuals times random multipliers of mean 0 and variance 1, (T, N, R).

    Parameters
    ----------
    process : Process
    by : {"cell", "unit", "time"}
        What shares a multiplier: nothing, all periods of a unit, or all units of a period.
        Dependence within is kept.
    multipliers : {"rademacher", "mammen"}
        Signs; or Mammen's two points, which keep the third moment too (Mammen 1993,
        doi:10.1214/aos/1176349025).
    R : int
    rng : Generator
    """
    e = process.residuals
    T, N = e.shape
    shapes = {"cell": (T, N), "unit": (1, N), "time": (T, 1)}
    uniform = rng.random((R, *shapes[by]))
    if multipliers == "rademacher":
        v = np.where(uniform < 0.5, -1.0, 1.0)
    else:
        v = np.where(uniform < _SHARE_LOW, _LOW, _HIGH)
    return e[:, :, None] * np.moveaxis(v, 0, 2)
