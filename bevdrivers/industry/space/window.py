"""The map as a window on the plane, and points in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

from ...errors import DataError, first_five
from ...numerics.longitudes import as_lists
from ...weights.spatial_units import SpatialUnits

_KM = 1000.0


@dataclass(frozen=True, eq=False)
class Window:
    """A region on an equal-area plane, in km.

    Attributes
    ----------
    crs : str
        The projection, in metres.
    shape : shapely geometry
    """

    crs: str
    shape: Any

    @classmethod
    def of(cls, units: Any) -> Window:
        """The map of a panel, of a GeoDataFrame or of a file, all its units as one."""
        spatial = SpatialUnits.of(units)
        whole = spatial.polygons().to_crs(spatial.plane).union_all()
        shape = shapely.transform(whole, lambda xy: xy / _KM)
        shapely.prepare(shape)
        return cls(spatial.plane, shape)

    @property
    def area(self) -> float:
        """In km2."""
        return float(self.shape.area)

    def place(self, points: Any, at_least: int = 3) -> np.ndarray:
        """Longitudes and latitudes, (n, 2), as points on the plane in km; refused outside it."""
        lonlat = checked_points(points, at_least)
        there = Transformer.from_crs(4326, self.crs, always_xy=True)
        xy = np.column_stack(there.transform(*as_lists(*lonlat.T))) / _KM
        outside = ~shapely.intersects_xy(self.shape, *xy.T)
        if outside.any():
            raise DataError(
                "points",
                expected="points on the map",
                got=f"{outside.sum()} outside, in rows {first_five(np.flatnonzero(outside))}",
                remedy="Correct their places, or leave these points out.",
            )
        return xy

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """n points anywhere in the window with equal chance, (n, 2) in km."""
        west, south, east, north = self.shape.bounds
        kept = np.empty((0, 2))
        while len(kept) < n:
            tried = rng.uniform((west, south), (east, north), (2 * n, 2))
            inside = shapely.contains_xy(self.shape, *tried.T)
            kept = np.concatenate([kept, tried[inside]])
        return kept[:n]


def checked_points(
    points: Any,
    at_least: int = 3,
    argument: str = "points",
) -> np.ndarray:
    """Longitude and latitude in degrees, (n, 2), from what holds them."""
    lonlat = np.asarray(points, dtype=float)
    if lonlat.ndim != 2 or lonlat.shape[1] != 2 or len(lonlat) < at_least:
        raise DataError(
            argument,
            expected=f"{at_least} points or more, an array of shape (n, 2): longitude, latitude",
            got=f"shape {lonlat.shape}",
            remedy="Pass for instance firms[['lon', 'lat']].",
        )
    size = np.abs(lonlat)
    wrong = ~np.isfinite(lonlat).all(axis=1) | (size[:, 0] > 180) | (size[:, 1] > 90)
    if wrong.any():
        raise DataError(
            argument,
            expected="longitudes in [-180, 180] and latitudes in [-90, 90], none missing",
            got=f"{wrong.sum()} others, in rows {first_five(np.flatnonzero(wrong))}",
            remedy="Longitude comes first: were the two swapped? Leave out what has no place.",
        )
    return lonlat
