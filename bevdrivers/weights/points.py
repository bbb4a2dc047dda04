"""Where a unit is: longitude and latitude of centroids or of named points, never planar on degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import WeightsError, first_five

if TYPE_CHECKING:
    from .recipes import Source

# Mean radius of the Earth, km (International Union of Geodesy and Geophysics)
EARTH_RADIUS_KM = 6371.0088


def locations(source: Source, points: str | tuple[str, str]) -> np.ndarray:
    """Longitude and latitude in degrees, (N, 2): centroids, or two named columns of the geometry or the panel."""
    if points == "centroid":
        found = _centroids(source.polygons())
    elif isinstance(points, tuple) and len(points) == 2:
        found = np.column_stack([_column(source, name) for name in points])
    else:
        raise WeightsError("points", expected="'centroid' or two column names (longitude, latitude)", got=repr(points))
    wrong = ~np.isfinite(found).all(axis=1) | (np.abs(found[:, 0]) > 180) | (np.abs(found[:, 1]) > 90)
    if wrong.any():
        cells = [(source.ids[i], *map(float, found[i])) for i in np.flatnonzero(wrong)]
        raise WeightsError(
            "points",
            expected="longitude in [-180, 180] and latitude in [-90, 90]",
            got=f"{len(cells)} (unit, lon, lat): {first_five(cells)}",
            remedy="Longitude comes first: were the two swapped?",
        )
    return found


def on_sphere(lonlat: np.ndarray) -> np.ndarray:
    """Points on the unit sphere, (N, 3), of longitudes and latitudes in degrees, (N, 2)."""
    lon, lat = np.radians(lonlat).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _centroids(geometry: Any) -> np.ndarray:
    """Centroids in an equal-area projection about the middle of the map, as longitude and latitude."""
    if geometry.crs is None:
        raise WeightsError(
            "geometry",
            expected="a coordinate reference system",
            got="none",
            remedy='Say what the coordinates are: geometry.set_crs("EPSG:4326") for longitude and latitude.',
        )
    west, south, east, north = geometry.to_crs(4326).total_bounds
    plane = f"+proj=laea +lon_0={(west + east) / 2:.6f} +lat_0={(south + north) / 2:.6f} +datum=WGS84"
    points = geometry.geometry.to_crs(plane).centroid.to_crs(4326)
    return np.column_stack([points.x, points.y])


def _column(source: Source, name: str) -> np.ndarray:
    if source.geometry is not None and name in source.geometry.columns:
        return source.geometry[name].to_numpy(dtype=float)
    if source.panel is None or name not in source.panel.columns:
        raise WeightsError("points", expected="columns of the geometry or the panel", got=repr(name))
    values = source.panel[name]
    moving = np.flatnonzero(np.ptp(values, axis=0) != 0)
    if len(moving):
        moved = first_five([source.ids[i] for i in moving])
        raise WeightsError("points", expected=f"one place a unit in column {name!r}", got=f"several for {moved}")
    return values[0]
