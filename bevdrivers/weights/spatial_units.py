"""The units that a recipe links: their ids, their shapes on the map, checked, and columns of one
value a unit.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ..errors import WeightsError, first_five
from ..ids import repeated


@dataclass
class SpatialUnits:
    """The units between which a recipe makes links: their ids, and their map or panel.

    Attributes
    ----------
    ids : tuple, length N
    geometry : GeoDataFrame or None
    panel : Panel or None
    notes, islands : list of str
        What was done on the way and must be told, in words; recipes add to them.
    """

    ids: tuple[Hashable, ...]
    geometry: Any = None
    panel: Any = None
    notes: list[str] = field(default_factory=list)
    islands: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, given: Any) -> SpatialUnits:
        """The units of a `Panel` or a GeoDataFrame indexed by id."""
        if hasattr(given, "units") and hasattr(given, "periods"):
            return cls(given.units, given.geometry, given)
        if not hasattr(given, "geometry"):
            raise WeightsError(
                "panel_or_geometry",
                expected="a Panel or a GeoDataFrame",
                got=type(given).__name__,
            )
        ids = tuple(given.index)
        if ids == tuple(range(len(ids))):
            raise WeightsError(
                "geometry",
                expected="the unit ids as its index",
                got="row numbers",
                remedy='Set them first: geometry.set_index("province").',
            )
        if repeated(ids):
            raise WeightsError(
                "geometry",
                expected="each id once",
                got=f"repeated {first_five(repeated(ids))}",
                remedy='Parts of one unit belong in one row: geometry.dissolve(by="province").',
            )
        return cls(ids, given)

    @cached_property
    def _checked(self) -> Any:
        if self.geometry is None:
            raise WeightsError(
                "geometry",
                expected="a geometry of the units",
                got="none" if self.panel is None else "a panel without one",
                remedy=(
                    "Pass geometry= to Panel.from_frame(), or fit the recipe on the "
                    "GeoDataFrame itself."
                ),
            )
        shapes = self.geometry.geometry
        empty = np.flatnonzero(shapes.isna().to_numpy() | shapes.is_empty.to_numpy())
        if empty.size:
            lost = first_five([self.ids[i] for i in empty])
            raise WeightsError(
                "geometry",
                expected="a shape for every unit",
                got=f"none for {lost}",
            )
        self._check_degrees(shapes)
        broken = ~shapes.is_valid.to_numpy()
        if broken.any():
            named = ", ".join(str(self.ids[i]) for i in np.flatnonzero(broken)[:5])
            self.notes.append(
                f"{broken.sum()} invalid shapes repaired (shapely.make_valid): {named}"
            )
            shapes = shapes.make_valid()
        return shapes

    def polygons(self) -> Any:
        """The shapes as a GeoSeries in the order of `ids`: all there, valid (repaired ones are
        noted).
        """
        return self._checked

    def _check_degrees(self, shapes: Any) -> None:
        if shapes.crs is None or not shapes.crs.is_geographic:
            return
        bounds = shapes.bounds.to_numpy()
        wrong = (np.abs(bounds[:, [0, 2]]) > 180 + 1e-6).any(axis=1) | (
            np.abs(bounds[:, [1, 3]]) > 90 + 1e-6
        ).any(axis=1)
        if wrong.any():
            raise WeightsError(
                "geometry",
                expected="longitude in [-180, 180] and latitude in [-90, 90]",
                got=(
                    f"others for {wrong.sum()} units: "
                    f"{first_five([self.ids[i] for i in np.flatnonzero(wrong)])}"
                ),
                remedy=(
                    "Longitude comes first: were the two swapped? Or are the coordinates "
                    "metres of a projection?"
                ),
            )

    @property
    def plane(self) -> str:
        """An equal-area projection about the middle of the map, in metres (PROJ text).

        Lengths in it are true within 1 % up to 1,800 km from the middle of the map and 4 % up to
        3,500 km.
        """
        shapes = self.polygons()
        if shapes.crs is None:
            raise WeightsError(
                "geometry",
                expected="a coordinate reference system",
                got="none",
                remedy=(
                    'Say what the coordinates are: geometry.set_crs("EPSG:4326") for '
                    "longitude and latitude."
                ),
            )
        west, south, east, north = shapes.to_crs(4326).total_bounds
        return (
            f"+proj=laea +lon_0={(west + east) / 2:.6f} +lat_0={(south + north) / 2:.6f} "
            "+datum=WGS84"
        )

    def nearest(self, i: int) -> int:
        """The unit whose shape lies nearest to that of unit i, border to border."""
        flat = self._flat
        distance = flat.distance(flat.iloc[i]).to_numpy(copy=True)
        distance[i] = np.inf
        return int(np.argmin(distance))

    @cached_property
    def _flat(self) -> Any:
        return self.polygons().to_crs(self.plane)

    def flat(self) -> np.ndarray:
        """The shapes in `plane`, coordinates in metres, as an object array of length N."""
        return np.asarray(self._flat.array)

    def column(self, name: str, argument: str) -> np.ndarray:
        """A column of the geometry or the panel with one value a unit, (N,); `argument` names it in
        errors.
        """
        if self.geometry is not None and name in self.geometry.columns:
            return self.geometry[name].to_numpy()
        if self.panel is None or name not in self.panel.columns:
            raise WeightsError(
                argument,
                expected="a column of the geometry or the panel",
                got=repr(name),
            )
        values = self.panel[name]
        first = values[0]
        same = (values == first) | (pd.isna(values) & pd.isna(first))
        moving = np.flatnonzero(~same.all(axis=0))
        if moving.size:
            moved = first_five([self.ids[i] for i in moving])
            raise WeightsError(
                argument,
                expected=f"one value a unit in column {name!r}",
                got=f"several for {moved}",
            )
        return first
