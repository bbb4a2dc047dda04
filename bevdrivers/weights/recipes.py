"""Recipes: frozen requests for weights, `.fit(panel_or_geometry)` -> `SpatialWeights`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from ..errors import OptionError, WeightsError, first_five
from ..ids import repeated
from ..options import Normalise, check_option
from .points import EARTH_RADIUS_KM, locations, on_sphere
from .weights import SpatialWeights, join_islands

if TYPE_CHECKING:
    from ..panel import Panel


@dataclass(frozen=True, kw_only=True)
class Recipe(ABC):
    """What every recipe takes.

    Parameters
    ----------
    islands : "raise", "keep", "nearest" or mapping
        What to do with a unit without a neighbour: raise an error (default); keep its zero row; join it to the unit
        whose shape is nearest, border to border; or join it as told, ``{"Hainan": ["Guangdong"]}``.
    normalise : {"row", "spectral", None}
    """

    islands: Any = "raise"
    normalise: Normalise = "row"

    def __post_init__(self) -> None:
        check_option("normalise", self.normalise, Normalise)
        if isinstance(self.islands, Mapping):
            frozen = tuple((key, (v,) if isinstance(v, str) else tuple(v)) for key, v in self.islands.items())
            object.__setattr__(self, "islands", frozen)
        elif isinstance(self.islands, str) and self.islands not in ("raise", "keep", "nearest"):
            raise OptionError("islands", expected="'raise', 'keep', 'nearest' or a mapping", got=repr(self.islands))

    @abstractmethod
    def _links(self, source: Source) -> sparse.csr_array:
        """Raw links, (N, N), units in the order of the source."""

    @property
    def name(self) -> str:
        """What the weights are called in tables."""
        return type(self).__name__

    def fit(self, panel_or_geometry: Panel | Any) -> SpatialWeights:
        """The weights of a panel's units, or of the rows of a GeoDataFrame (its index holds the ids).

        Raises
        ------
        WeightsError
            No geometry, no coordinate reference system, repeated ids, or islands.
        """
        source = Source.of(panel_or_geometry)
        links = self._links(source)
        islands = dict(self.islands) if isinstance(self.islands, tuple) else self.islands
        if islands == "nearest":
            alone = np.flatnonzero(np.diff(links.indptr) == 0)
            islands = {source.ids[i]: [source.ids[_nearest(source, int(i))]] for i in alone}
        links, done = join_islands(links, source.ids, islands)
        return SpatialWeights(source.ids, links, self.normalise, self.name, done)


@dataclass(frozen=True)
class Source:
    """Ids and geometry from which a recipe makes links; `panel` is there when one was given."""

    ids: tuple[Hashable, ...]
    geometry: Any
    panel: Any = None

    @classmethod
    def of(cls, given: Any) -> Source:
        if hasattr(given, "units") and hasattr(given, "periods"):
            return cls(given.units, given.geometry, given)
        if not hasattr(given, "geometry"):
            raise WeightsError("panel_or_geometry", expected="a Panel or a GeoDataFrame", got=type(given).__name__)
        ids = tuple(given.index)
        if ids == tuple(range(len(ids))):
            raise WeightsError(
                "geometry",
                expected="the unit ids as its index",
                got="row numbers",
                remedy='Set them first: geometry.set_index("province").',
            )
        if repeated(ids):
            raise WeightsError("geometry", expected="each id once", got=f"repeated {first_five(repeated(ids))}")
        return cls(ids, given)

    def polygons(self) -> Any:
        if self.geometry is None:
            raise WeightsError(
                "panel",
                expected="a geometry",
                got="a panel without one",
                remedy="Pass geometry= to Panel.from_frame(), or fit the recipe on the GeoDataFrame itself.",
            )
        empty = [
            i for i, shape in zip(self.ids, self.geometry.geometry, strict=True) if shape is None or shape.is_empty
        ]
        if empty:
            raise WeightsError("geometry", expected="a shape for every unit", got=f"none for {first_five(empty)}")
        return self.geometry


@dataclass(frozen=True, kw_only=True)
class Queen(Recipe):
    """Contiguity: units are neighbours that share a point of their border; w_ij = 1."""

    def _links(self, source: Source) -> sparse.csr_array:
        from .libpysal_seam import contiguity

        return contiguity(source.polygons(), rook=False)


@dataclass(frozen=True, kw_only=True)
class Rook(Recipe):
    """Contiguity: units are neighbours that share a stretch of their border, not only a point; w_ij = 1."""

    def _links(self, source: Source) -> sparse.csr_array:
        from .libpysal_seam import contiguity

        return contiguity(source.polygons(), rook=True)


@dataclass(frozen=True)
class KNearest(Recipe):
    """The k nearest units by great-circle distance; w_ij = 1, in general not symmetric.

    Parameters
    ----------
    k : int
        Of equally distant units the one earlier in the order of ids is taken.
    points : "centroid" or (str, str)
        Where a unit is: the centroid of its polygon (computed in an equal-area projection), or two columns of the
        geometry or the panel with longitude and latitude in degrees, such as ``("capital_lon", "capital_lat")``.
    """

    k: int = 4
    points: str | tuple[str, str] = "centroid"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.k, int) or self.k < 1:
            raise OptionError("k", expected="a whole number of neighbours, at least 1", got=repr(self.k))

    @property
    def name(self) -> str:
        return f"{self.k} nearest"

    def _links(self, source: Source) -> sparse.csr_array:
        N = len(source.ids)
        if self.k >= N:
            raise WeightsError("k", expected=f"fewer than N = {N} neighbours", got=str(self.k))
        at = on_sphere(locations(source, self.points))
        near = _k_nearest(at, self.k)
        rows = np.repeat(np.arange(N), self.k)
        return sparse.csr_array((np.ones(rows.size), (rows, near.ravel())), shape=(N, N))


@dataclass(frozen=True)
class InverseDistance(Recipe):
    """w_ij = 1 / d_ij^power with d_ij the great-circle distance in km.

    Parameters
    ----------
    power : float
        1 for 1/d, 2 for gravity.
    cutoff_km : float, optional
        No link beyond this distance.
    points : "centroid" or (str, str)
        As in `KNearest`.
    """

    power: float = 1.0
    cutoff_km: float | None = None
    points: str | tuple[str, str] = "centroid"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.power > 0:
            raise OptionError("power", expected="a number above 0", got=repr(self.power))
        if self.cutoff_km is not None and not self.cutoff_km > 0:
            raise OptionError("cutoff_km", expected="a distance in km above 0, or None", got=repr(self.cutoff_km))

    @property
    def name(self) -> str:
        kind = "1/d" if self.power == 1 else f"1/d^{self.power:g}"
        return kind if self.cutoff_km is None else f"{kind} within {self.cutoff_km:g} km"

    def _links(self, source: Source) -> sparse.csr_array:
        distance = great_circle(on_sphere(locations(source, self.points)))
        np.fill_diagonal(distance, np.inf)
        same = np.argwhere(np.triu(distance == 0))
        if len(same):
            pairs = [(source.ids[i], source.ids[j]) for i, j in same]
            raise WeightsError("points", expected="different places", got=f"units at one place: {first_five(pairs)}")
        weight = distance**-self.power
        if self.cutoff_km is not None:
            weight[distance > self.cutoff_km] = 0.0
        # in units of the largest weight, so that small numbers do not vanish among rounding errors
        return sparse.csr_array(weight / weight.max(initial=0.0)) if weight.any() else sparse.csr_array(weight)


def great_circle(at: np.ndarray) -> np.ndarray:
    """Distances in km, (N, N), between points on the unit sphere given as (N, 3)."""
    chord = np.linalg.norm(at[:, None, :] - at[None, :, :], axis=2)
    return 2.0 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2.0, 1.0))


def _k_nearest(at: np.ndarray, k: int) -> np.ndarray:
    """The k nearest other points of each, (N, k); the chord grows with the great circle, so a tree in space serves."""
    N = len(at)
    distance, near = cKDTree(at).query(at, k=min(N, 2 * k + 2))
    distance = np.where(near == np.arange(N)[:, None], np.inf, np.round(distance, 12))
    order = np.lexsort((near, distance), axis=1)[:, :k]
    return np.take_along_axis(near, order, axis=1)


def _nearest(source: Source, i: int) -> int:
    """The unit whose shape lies nearest to that of unit i, border to border, in a projection true from unit i."""
    shapes = source.polygons()
    lon, lat = locations(source, "centroid")[i]
    plane = shapes.geometry.to_crs(f"+proj=aeqd +lon_0={lon:.6f} +lat_0={lat:.6f} +datum=WGS84")
    distance = plane.distance(plane.iloc[i]).to_numpy(copy=True)
    distance[i] = np.inf
    return int(np.argmin(distance))
