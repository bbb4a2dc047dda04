"""Duranton and Overman's density of distances between plants, with global bands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.distance import pdist

from ...errors import DataError, OptionError
from ...numerics.streams import generator
from ...options import real_number
from ...weights.points import chord_to_km, on_sphere
from ..measures import Measures
from .bands import lower_band, upper_band
from .patterns import checked_band, checked_distances
from .window import checked_points


def duranton_overman(
    sites: Any,
    member: Any,
    distances: Sequence[float] | np.ndarray,
    *,
    bandwidth: float | None = None,
    simulations: int = 999,
    level: float = 0.95,
    seed: int | None = None,
) -> Measures:
    """At which distances the plants of an industry are localised or dispersed, against plants drawn
    from all sites where industry is.

    With the n (n - 1) / 2 great-circle distances d_ij between the n plants of the industry and a
    normal kernel f of bandwidth h, reflected at zero,

        K(d) = 2 / (n (n - 1)) sum_i<j [f(d - d_ij; h) + f(d + d_ij; h)],

    a density over d >= 0. (Duranton and Overman leave out the 2, so that theirs integrates to one
    half.) By chance the n plants are at any n of the sites. The bands hold a whole curve of chance:
    (1 - level) / 2 of the simulated curves ever rise above the one, and as many fall below the
    other.

    Parameters
    ----------
    sites : array-like of shape (M, 2)
        Longitude and latitude in degrees of all sites, those of the industry among them.
    member : array-like of bool, shape (M,)
        Which of the sites are the industry's, three or more and not all.
    distances : sequence of float
        d in km, ascending; Duranton and Overman end at the median distance of all sites.
    bandwidth : float, optional
        h in km. By default Silverman's rule for the industry's distances: 0.9 min(standard
        deviation, interquartile range / 1.34) m^(-1/5), m the number of distances.
    simulations, level, seed
        As for `ripley_l`.

    Returns
    -------
    Measures
        One row a distance: K, low, high, localisation = max(K - high, 0), dispersion = max(low - K,
        0). An industry that is localised at a distance counts as dispersed at no distance.

    Raises
    ------
    DataError
        Points that are none; fewer than three plants; an industry at all sites.
    OptionError
        Distances that do not ascend, a bandwidth that is not positive, too few simulations.

    References
    ----------
    Duranton and Overman (2005), Review of Economic Studies 72, 1077-1106,
    doi:10.1111/0034-6527.00362.
    """
    r = checked_distances(distances)
    S, alpha = checked_band(simulations, level)
    lonlat = checked_points(sites, argument="sites")
    chosen = _checked_member(member, len(lonlat))
    xyz = on_sphere(lonlat)
    apart = _distances(xyz[chosen])
    h = _bandwidth(apart) if bandwidth is None else real_number("bandwidth", bandwidth, above=0.0)
    rng = generator(seed, "sites at random")
    n = int(chosen.sum())
    curves = np.empty((S, r.size))
    for s in range(S):
        drawn = rng.choice(len(xyz), n, replace=False)
        curves[s] = _density(_distances(xyz[drawn]), r, h)
    K = _density(apart, r, h)
    low, high = lower_band(curves, alpha / 2), upper_band(curves, alpha / 2)
    localisation = np.maximum(K - high, 0.0)
    dispersion = np.maximum(low - K, 0.0) * (not localisation.any())
    frame = pd.DataFrame(
        {
            "distance": r,
            "K": K,
            "low": low,
            "high": high,
            "localisation": localisation,
            "dispersion": dispersion,
        }
    )
    title = (
        f"K-density of {n} of {len(xyz)} sites (Duranton-Overman), bandwidth {h:.4g} km,"
        f" {level:.0%} global bands of {S} simulations"
    )
    return Measures(title, ("distance",), ("K", "low", "high", "localisation", "dispersion"), frame)


def _checked_member(member: Any, M: int) -> np.ndarray:
    chosen = np.asarray(member)
    if chosen.dtype != bool or chosen.shape != (M,) or not 3 <= chosen.sum() < M:
        raise DataError(
            "member",
            expected=f"true or false for each of {M} sites, true for three or more and not for all",
            got=f"{chosen.dtype} of shape {chosen.shape}, {np.count_nonzero(chosen)} true",
            remedy="Pass for instance (firms['segment'] == 'upstream').",
        )
    return chosen


def _distances(xyz: np.ndarray) -> np.ndarray:
    """Great-circle distances in km between all pairs, (n (n - 1) / 2,)."""
    apart: np.ndarray = chord_to_km(pdist(xyz))
    return apart


def _bandwidth(apart: np.ndarray) -> float:
    low, high = np.quantile(apart, [0.25, 0.75])
    spread = min(float(apart.std(ddof=1)), float(high - low) / 1.34)
    if not spread > 0:
        raise OptionError(
            "bandwidth",
            expected="distances that differ, for a bandwidth by Silverman's rule",
            got="half of the distances, or all of them, the same",
            remedy="Write a bandwidth in km.",
        )
    return float(0.9 * spread * apart.size ** (-1 / 5))


def _density(
    apart: np.ndarray,
    r: np.ndarray,
    h: float,
) -> np.ndarray:
    """The density of distances at r, (D,), with a normal kernel reflected at zero."""
    near, mirrored = ((r[:, None] - sign * apart) / h for sign in (1, -1))
    kernel = np.exp(-0.5 * near**2) + np.exp(-0.5 * mirrored**2)
    density: np.ndarray = kernel.mean(axis=1) / (h * np.sqrt(2 * np.pi))
    return density
