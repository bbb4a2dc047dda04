"""Where a unit is, and how far from the others: great-circle distances in km, never planar on
degrees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial import cKDTree

from ..errors import WeightsError, first_five
from ..ids import id_key
from ..numerics.longitudes import wrapped
from .planes import areas, centroids

if TYPE_CHECKING:
    import geopandas

    from .spatial_units import SpatialUnits

# Mean radius of the Earth, km (International Union of Geodesy and Geophysics)
EARTH_RADIUS_KM = 6371.0088

Points = str | tuple[str, str]


def locations(units: SpatialUnits, points: Points) -> np.ndarray:
    """Longitude and latitude in degrees, (N, 2): centroids, or two named columns of the geometry or
    the panel.
    """
    if points == "centroid":
        lonlat = centroids(units.parts, len(units.ids))
    elif isinstance(points, tuple) and len(points) == 2:
        lonlat = _of_columns(units, points)
    else:
        raise WeightsError(
            "points",
            expected="'centroid' or two column names (longitude, latitude)",
            got=repr(points),
            remedy=('Write "centroid", or ("lon", "lat") with columns of the data or the map.'),
        )
    wrong = (
        ~np.isfinite(lonlat).all(axis=1)
        | (np.abs(lonlat[:, 0]) > 180)
        | (np.abs(lonlat[:, 1]) > 90)
    )
    if wrong.any():
        cells = [(units.ids[i], *map(float, lonlat[i])) for i in np.flatnonzero(wrong)]
        raise WeightsError(
            "points",
            expected="longitude in [-180, 180] or [0, 360] and latitude in [-90, 90]",
            got=f"{len(cells)} (unit, lon, lat): {first_five(cells)}",
            remedy="Longitude comes first: were the two swapped?",
        )
    return lonlat


def _of_columns(units: SpatialUnits, names: tuple[str, str]) -> np.ndarray:
    """Longitude and latitude in degrees, (N, 2), of two columns of numbers; longitudes of 0 to 360
    are wrapped, which the notes say.
    """
    lonlat = np.column_stack([_degrees(units, name) for name in names])
    lon = lonlat[:, 0]
    beyond = np.flatnonzero((np.abs(lon) > 180) & (np.abs(lon) <= 360))
    if beyond.size and np.nanmax(lon) - np.nanmin(lon) <= 360:
        lonlat[beyond, 0] = wrapped(lon[beyond])
        named = first_five([units.ids[i] for i in beyond])
        units.notes.append(
            f"longitudes beyond 180 degrees wrapped to -180 to 180 for {beyond.size} units: {named}"
        )
    return lonlat


def _degrees(units: SpatialUnits, name: str) -> np.ndarray:
    """A column of degrees, (N,)."""
    column = units.column(name, "points")
    try:
        return np.asarray(column, dtype=float)
    except (TypeError, ValueError):
        cells = [(unit, cell) for unit, cell in zip(units.ids, column, strict=True)]
        texts = [cell for cell in cells if not _is_number(cell[1])]
        raise WeightsError(
            "points",
            expected=f"decimal degrees as numbers in column {name!r}",
            got=f"text (unit, cell): {first_five(texts)}",
            remedy=(
                "Write degrees and minutes as one number, 116.4 for 116°24′E and -33.9 for "
                "33°54′S, with a decimal point."
            ),
        ) from None


def _is_number(cell: object) -> bool:
    try:
        float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return True


def on_sphere(lonlat: np.ndarray) -> np.ndarray:
    """Points on the unit sphere, (N, 3), of longitudes and latitudes in degrees, (N, 2)."""
    lon, lat = np.radians(lonlat).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def great_circle(at: np.ndarray) -> np.ndarray:
    """Distances in km, (N, N), between points on the unit sphere given as (N, 3)."""
    chord = np.linalg.norm(at[:, None, :] - at[None, :, :], axis=2)
    return chord_to_km(chord)


def pairs_within(at: np.ndarray, km: float | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs i < j of points on the unit sphere, (N, 3), at most `km` apart (all when None), and
    their distance.

    Returns
    -------
    i, j : int arrays of shape (M,)
    distance : array of shape (M,), km
    """
    if km is None or km >= np.pi * EARTH_RADIUS_KM:
        i, j = np.triu_indices(len(at), 1)
    else:
        # the chord grows with the great circle, so a tree in space serves; a little more, then
        # exactly
        chord = 2.0 * np.sin(km / (2.0 * EARTH_RADIUS_KM))
        reach = chord * (1 + 1e-9) + 1e-12
        first, second = cKDTree(at).query_pairs(reach, output_type="ndarray").T
        i = np.minimum(first, second)
        j = np.maximum(first, second)
    distance = chord_to_km(np.linalg.norm(at[i] - at[j], axis=1))
    if km is None:
        return i, j, distance
    # a distance that is the threshold itself, but for rounding, is within it
    near = distance <= km * (1 + 1e-12) + 1e-9
    return i[near], j[near], distance[near]


def k_nearest(at: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest other points of each, (N, k), nearest first (ties by position), and their
    distances in km.
    """
    N = len(at)
    # some more than k, for ties and for the unit itself, which is its own nearest
    chord, near = cKDTree(at).query(at, k=min(N, 2 * k + 2))
    itself = near == np.arange(N)[:, None]
    chord = np.where(itself, np.inf, np.round(chord, 12))
    order = np.lexsort((near, chord), axis=1)[:, :k]
    near = np.take_along_axis(near, order, axis=1)
    exact = np.linalg.norm(at[:, None, :] - at[near], axis=2)
    return near, chord_to_km(exact)


def chord_to_km(chord: np.ndarray) -> np.ndarray:
    """Great-circle distances in km, of chords between points on the unit sphere (any shape)."""
    return 2.0 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2.0, 1.0))


def weighted_centres(
    parts: geopandas.GeoDataFrame,
    *,
    unit: str,
    weight: str | None = None,
) -> geopandas.GeoDataFrame:
    """Centres of units that consist of parts, such as provinces of prefectures: weighted by
    population, or by area.

    The centre of unit i with parts p is the point of the sphere below sum_p m_p c_p, with c_p the
    part's centroid (in an equal-area plane about itself) as a vector and m_p its weight.

    Parameters
    ----------
    parts : GeoDataFrame
        Polygons or points, several rows a unit, with a coordinate reference system.
    unit : str
        Column with the unit that a part belongs to.
    weight : str, optional
        Column of non-negative weights, such as population; the area of the part when absent.

    Returns
    -------
    GeoDataFrame of points (EPSG:4326), indexed by unit, with columns `lon` and `lat` in degrees. A
    recipe takes it as it is, ``bd.KNearest(4).fit(centres)``, or as columns of a panel or map.

    Raises
    ------
    WeightsError
        A column is missing, weights are negative or missing, or a unit's weights sum to zero.
    """
    import geopandas
    import pandas as pd

    from .spatial_units import SpatialUnits

    lost = [name for name in (unit, weight) if name is not None and name not in parts.columns]
    if lost:
        raise WeightsError(
            "parts",
            expected=f"columns {unit!r} and {weight!r}",
            got=f"no {first_five(lost)}",
            remedy="Name the columns of the frame by unit and weight.",
        )
    units = SpatialUnits(tuple(f"row {i}" for i in parts.index), parts)
    mass = _mass(units, parts, weight)
    keys = [id_key(value) for value in parts[unit].tolist()]
    group, first = pd.factorize(np.array(keys, dtype=object))
    total = np.column_stack(
        [np.bincount(group, mass * c) for c in on_sphere(locations(units, "centroid")).T]
    )
    bare = np.bincount(group, mass) <= 0
    if bare.any():
        raise WeightsError(
            "weight",
            expected="a positive sum for every unit",
            got=f"none for {first_five(first[bare])}",
            remedy="Give one part of these units a weight above zero.",
        )
    x, y, z = total.T
    lon = np.degrees(np.arctan2(y, x))
    lat = np.degrees(np.arctan2(z, np.hypot(x, y)))
    names = pd.Index([parts[unit].tolist()[keys.index(key)] for key in first], name=unit)
    return geopandas.GeoDataFrame(
        {"lon": lon, "lat": lat},
        index=names,
        geometry=geopandas.points_from_xy(lon, lat),
        crs=4326,
    )


def _mass(
    units: SpatialUnits,
    parts: Any,
    weight: str | None,
) -> np.ndarray:
    if weight is None:
        area = areas(units.parts, len(units.ids))
        return area if area.any() else np.ones(len(area))
    mass: np.ndarray = parts[weight].to_numpy(dtype=float)
    wrong = np.flatnonzero(~(np.isfinite(mass) & (mass >= 0)))
    if wrong.size:
        cells = [(units.ids[i], float(mass[i])) for i in wrong]
        raise WeightsError(
            "weight",
            expected="weights of zero or more",
            got=f"{len(cells)} others: {first_five(cells)}",
            remedy="Correct these weights, or leave the parts out.",
        )
    return mass
