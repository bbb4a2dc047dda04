"""The units that a recipe links: their ids, their shapes on the map, checked, and columns of one
value a unit.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from ..errors import DataError, WeightsError, first_five
from ..ids import repeated
from ..numerics.longitudes import extent, wrapped
from ..panel.foreign import read_map
from .planes import Parts, nearest_unit

# Degrees by which the edge of a map may be wrong, from rounding
DEGREES = 1e-6


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
    made_of : list of (str, tuple of int)
        Covariates and flows that links are made of, with the periods of each; recipes add to them.
    period : int or None
        Of which period the weights are to be, for recipes that make one W a period.
    """

    ids: tuple[Hashable, ...]
    geometry: Any = None
    panel: Any = None
    notes: list[str] = field(default_factory=list)
    islands: list[str] = field(default_factory=list)
    made_of: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    period: int | None = None

    @classmethod
    def of(cls, given: Any) -> SpatialUnits:
        """The units of a `Panel`, a GeoDataFrame indexed by id, or a map file with ids in its one
        column.
        """
        if isinstance(given, str | Path):
            given = _map_at(given)
        if hasattr(given, "units") and hasattr(given, "periods"):
            return cls(given.units, given.geometry, given)
        if not hasattr(given, "geometry"):
            raise WeightsError(
                "panel_or_geometry",
                expected="a Panel or a GeoDataFrame indexed by unit, or the path of a map",
                got=given.__name__ if isinstance(given, type) else type(given).__name__,
                remedy='Make one: bd.Panel.from_frame(frame, unit="...", time="...", geometry=...).',
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
                remedy=("Add the shapes of these units to the geometry, or leave the units out."),
            )
        self._check_degrees(shapes)
        broken = ~shapes.is_valid.to_numpy()
        if broken.any():
            named = ", ".join(str(self.ids[i]) for i in np.flatnonzero(broken)[:5])
            self.notes.append(
                f"{broken.sum()} invalid shapes repaired (shapely.make_valid): {named}"
            )
            shapes = shapes.make_valid()
        return self._wrapped(shapes)

    def polygons(self) -> Any:
        """The shapes as a GeoSeries in the order of `ids`: all there, valid (repaired ones are
        noted).
        """
        return self._checked

    def _check_degrees(self, shapes: Any) -> None:
        if shapes.crs is None or not shapes.crs.is_geographic:
            return
        bounds = shapes.bounds.to_numpy()
        west, _, east, _ = shapes.total_bounds
        too_wide = east - west > 360 + DEGREES
        wrong = (np.abs(bounds[:, [0, 2]]) > (180 if too_wide else 360) + DEGREES).any(axis=1) | (
            np.abs(bounds[:, [1, 3]]) > 90 + DEGREES
        ).any(axis=1)
        if wrong.any():
            raise WeightsError(
                "geometry",
                expected="longitude in [-180, 180] or [0, 360] and latitude in [-90, 90]",
                got=(
                    f"others for {wrong.sum()} units: "
                    f"{first_five([self.ids[i] for i in np.flatnonzero(wrong)])}"
                ),
                remedy=(
                    "Longitude comes first: were the two swapped? Or are the coordinates "
                    "metres of a projection?"
                ),
            )

    def _wrapped(self, shapes: Any) -> Any:
        """The shapes with longitudes in [-180, 180]; those that cross 180 degrees are cut there."""
        import geopandas

        if shapes.crs is None or not shapes.crs.is_geographic:
            return shapes
        bounds = shapes.bounds.to_numpy()
        beyond = np.flatnonzero((np.abs(bounds[:, [0, 2]]) > 180 + DEGREES).any(axis=1))
        if not beyond.size:
            return shapes
        named = first_five([self.ids[i] for i in beyond])
        self.notes.append(
            f"longitudes beyond 180 degrees wrapped to -180 to 180 for {beyond.size} units: {named}"
        )
        held = np.asarray(shapes.array).copy()
        held[beyond] = [_within_180(shape) for shape in held[beyond]]
        return geopandas.GeoSeries(held, index=shapes.index, crs=shapes.crs)

    @cached_property
    def parts(self) -> Parts:
        """The connected parts of the shapes, to be measured in equal-area planes.

        Raises
        ------
        WeightsError
            The map has no coordinate reference system.
        """
        self.check_crs()
        return Parts.of(self.polygons())

    def check_crs(self) -> None:
        """Raise `WeightsError` where nobody knows what the coordinates of the map are."""
        if self.polygons().crs is None:
            raise WeightsError(
                "geometry",
                expected="a coordinate reference system",
                got="none",
                remedy=(
                    'Say what the coordinates are: geometry.set_crs("EPSG:4326") for '
                    "longitude and latitude."
                ),
            )

    @property
    def plane(self) -> str:
        """An equal-area projection about the middle of the map, in metres (PROJ text), for what needs
        one plane for all units.

        Lengths in it are true within 1 % up to 1,800 km from the middle of the map and 4 % up to
        3,500 km.
        """
        self.check_crs()
        bounds = self.polygons().to_crs(4326).explode(ignore_index=True).bounds
        west, east = extent(bounds["minx"].to_numpy(), bounds["maxx"].to_numpy())
        lon = (west + east) / 2.0
        lat = (bounds["miny"].min() + bounds["maxy"].max()) / 2.0
        return (
            f"+proj=laea +lon_0={float(wrapped(np.array(lon))):.6f} +lat_0={lat:.6f} +datum=WGS84"
        )

    def nearest(self, i: int) -> int:
        """The unit whose shape lies nearest to that of unit i, border to border."""
        return nearest_unit(self.parts, i, len(self.ids))

    def column(self, name: str, argument: str) -> np.ndarray:
        """A column of the geometry or the panel with one value a unit, (N,); `argument` names it in
        errors.
        """
        if self.geometry is not None and name in self.geometry.columns:
            column: np.ndarray = self.geometry[name].to_numpy()
            return column
        if self.panel is None or name not in self.panel.columns:
            raise WeightsError(
                argument,
                expected="a column of the geometry or the panel",
                got=repr(name),
                remedy="Name a column as it is spelt there.",
            )
        values = self.panel[name]
        # a row that the panel does not have says nothing
        present = self.panel.present
        first: np.ndarray = values[present.argmax(axis=0), np.arange(values.shape[1])]
        same = (values == first) | (pd.isna(values) & pd.isna(first)) | ~present
        moving = np.flatnonzero(~same.all(axis=0))
        if moving.size:
            moved = first_five([self.ids[i] for i in moving])
            raise WeightsError(
                argument,
                expected=f"one value a unit in column {name!r}",
                got=f"several for {moved}",
                remedy=("Take a column that does not change over the years, or its mean by unit."),
            )
        return first


def _map_at(path: str | Path) -> Any:
    """A map from a file, indexed by its one column of ids."""
    try:
        shapes = read_map(path)
    except DataError as error:
        raise WeightsError(
            "panel_or_geometry",
            expected=error.expected,
            got=f"{error.got} at {str(path)!r}",
            remedy=error.remedy,
        ) from None
    columns = [name for name in shapes.columns if name != shapes.geometry.name]
    if len(columns) != 1:
        raise WeightsError(
            "panel_or_geometry",
            expected="a map with one column beside the shapes, that of the unit ids",
            got=f"{len(columns)} columns: {first_five(columns)}",
            remedy='Say which holds the ids: geopandas.read_file(path).set_index("province").',
        )
    return shapes.set_index(columns[0])


def _within_180(shape: Any) -> Any:
    """A shape drawn beyond 180 degrees, brought back: each piece turned by whole circles."""
    pieces = []
    for west in (-540.0, -180.0, 180.0):
        window = shapely.box(west, -91.0, west + 360.0, 91.0)
        piece = shapely.intersection(shape, window)
        if shapely.get_dimensions(piece) == shapely.get_dimensions(shape):
            turn = np.array([-180.0 - west, 0.0])
            pieces.append(shapely.transform(piece, lambda at, turn=turn: at + turn))
    return shapely.union_all(pieces)
