"""Whether points lie nearer together than by chance: nearest neighbours and Ripley's L."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ...errors import OptionError
from ...numerics.streams import generator
from ...options import real_number, whole_number
from ..measures import Measures
from .bands import lower_band, upper_band
from .window import Window


def nearest_neighbour(
    points: Any,
    window: Any,
    *,
    simulations: int = 999,
    seed: int | None = None,
) -> Measures:
    """Whether firms lie nearer to their nearest neighbour than points thrown at the map would.

    Clark and Evans's ratio R is the mean distance to the nearest neighbour over 1 / (2 sqrt(n /
    A)), that of n points at random in an area A without a border. Below 1 points are clustered,
    above 1 regular. At a border neighbours are missing, so that R of random points is a little
    above 1: the p-value comes from points drawn in the same window, which has the same border.

    Parameters
    ----------
    points : array-like of shape (n, 2)
        Longitude and latitude in degrees of three points or more. Firms known by their city only
        lie at the same point: R then measures how places were coded.
    window : Panel, GeoDataFrame or path
        The map; all its units are one window.
    simulations : int
    seed : int, optional

    Returns
    -------
    Measures
        One row: n, distance (mean, km), R, expected (mean R of the simulated patterns), p_value
        (two-sided, (1 + number as extreme) / (1 + simulations), twice the smaller tail).

    Raises
    ------
    DataError
        Points outside the map, missing, or fewer than three.
    OptionError
        Fewer than 19 simulations.

    References
    ----------
    Clark and Evans (1954), Ecology 35, 445-453, doi:10.2307/1931034.
    """
    S = whole_number("simulations", simulations, at_least=19)
    where = Window.of(window)
    xy = where.place(points)
    n = len(xy)
    rng = generator(seed, "points at random")
    scale = 0.5 / np.sqrt(n / where.area)
    drawn = np.array([_mean_nearest(where.draw(n, rng)) for _ in range(S)]) / scale
    R = _mean_nearest(xy) / scale
    tail = min((drawn <= R).sum(), (drawn >= R).sum())
    row = {
        "n": n,
        "distance": R * scale,
        "R": R,
        "expected": drawn.mean(),
        "p_value": min(1.0, 2 * (1 + tail) / (1 + S)),
    }
    return Measures(
        f"Nearest neighbours of {n} points (Clark-Evans), {S} simulations",
        ("n",),
        ("R", "expected", "p_value"),
        pd.DataFrame([row]),
    )


def ripley_l(
    points: Any,
    window: Any,
    distances: Sequence[float] | np.ndarray,
    *,
    simulations: int = 999,
    level: float = 0.95,
    seed: int | None = None,
) -> Measures:
    """At which distances firms have more neighbours than points thrown at the map would have.

    K(r) = A / (n (n - 1)) times the ordered pairs of points no further apart than r, and L(r) =
    sqrt(K(r) / pi) - r: 0 by chance but for the border, above 0 where points cluster. There is no
    correction at the border. L is low there, and as low for the simulated points of the same
    window, with which it is compared. The band holds a whole curve of random points with the
    probability `level`: looking at many distances costs nothing more.

    Parameters
    ----------
    points, window, seed
        As for `nearest_neighbour`.
    distances : sequence of float
        r in km, ascending.
    simulations : int
    level : float
        Of the band, both sides together; (1 - level) / 2 of the simulations have to be one or more.

    Returns
    -------
    Measures
        One row a distance: L, expected, low, high, outside ("above", "below" or "").

    Raises
    ------
    DataError
        Points outside the map, missing, or fewer than three.
    OptionError
        Distances that do not ascend from above zero; too few simulations for the level.

    References
    ----------
    Ripley (1977), Journal of the Royal Statistical Society B 39, 172-192,
    doi:10.1111/j.2517-6161.1977.tb01615.x. L is Besag's, in the discussion of that paper.
    """
    r = checked_distances(distances)
    S, alpha = checked_band(simulations, level)
    where = Window.of(window)
    xy = where.place(points)
    rng = generator(seed, "points at random")
    curves = np.array([_l_curve(where.draw(len(xy), rng), r, where.area) for _ in range(S)])
    L = _l_curve(xy, r, where.area)
    low, high = lower_band(curves, alpha / 2), upper_band(curves, alpha / 2)
    frame = pd.DataFrame(
        {
            "distance": r,
            "L": L,
            "expected": curves.mean(axis=0),
            "low": low,
            "high": high,
            "outside": np.select([high < L, low > L], ["above", "below"], ""),
        }
    )
    title = f"Ripley's L of {len(xy)} points, {level:.0%} global band of {S} simulations"
    return Measures(title, ("distance",), ("L", "expected", "low", "high"), frame)


def checked_distances(distances: Sequence[float] | np.ndarray) -> np.ndarray:
    """Distances in km, ascending from above zero."""
    r = np.asarray(distances, dtype=float)
    ascending = r.ndim == 1 and r.size > 0 and (np.diff(r) > 0).all()
    if not ascending or not np.isfinite(r).all() or r[0] <= 0:
        raise OptionError(
            "distances",
            expected="distances in km, ascending from above zero",
            got=repr(distances),
            remedy="Write for instance range(50, 1001, 50).",
        )
    return r


def checked_band(simulations: int, level: float) -> tuple[int, float]:
    """The number of simulations, and what lies outside both bands."""
    S = whole_number("simulations", simulations, at_least=1)
    alpha = 1 - real_number("level", level, above=0.0, below=1.0)
    if alpha / 2 * S < 1 - 1e-9:
        raise OptionError(
            "simulations",
            expected=f"{int(np.ceil(2 / alpha - 1e-9))} or more for a level of {level:g}",
            got=repr(simulations),
            remedy="Take more simulations, or a lower level.",
        )
    return S, alpha


def _mean_nearest(xy: np.ndarray) -> float:
    distance, _ = cKDTree(xy).query(xy, k=2)
    return float(distance[:, 1].mean())


def _l_curve(
    xy: np.ndarray,
    r: np.ndarray,
    area: float,
) -> np.ndarray:
    """L at the distances r, (D,)."""
    n = len(xy)
    tree = cKDTree(xy)
    # each point is its own neighbour, which does not count
    pairs = tree.count_neighbors(tree, r) - n
    curve: np.ndarray = np.sqrt(area * pairs / (n * (n - 1) * np.pi)) - r
    return curve
