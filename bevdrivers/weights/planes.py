"""Equal-area planes about any place on Earth, in which shapes are measured: no map is too wide, and
none has an edge at 180 degrees.

The Earth's ellipsoid is laid on the sphere of the same area by the equal-area cylinder of PROJ. From
there Lambert's azimuthal projection leads to a plane about any point, for each shape its own.

Source: Snyder, J. P. (1987). Map Projections: A Working Manual. U.S. Geological Survey Professional
Paper 1395, pp. 16 (authalic latitude), 81-85 (cylinder), 182-190 (azimuthal). doi:10.3133/pp1395
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy.spatial import cKDTree

from ..numerics.longitudes import as_lists

# The WGS 84 ellipsoid: its radius at the equator, its eccentricity, and the radius of the sphere of
# the same area.
EQUATOR_KM = 6378.137
FLATTENING = 1.0 / 298.257223563
ECCENTRICITY = np.sqrt(FLATTENING * (2.0 - FLATTENING))
HALF_AREA = 0.5 + (1.0 - ECCENTRICITY**2) / (2.0 * ECCENTRICITY) * np.arctanh(ECCENTRICITY)
AUTHALIC_KM = EQUATOR_KM * np.sqrt(HALF_AREA)

# Lambert's cylinder on it, in metres: x = a lon, y = R^2 sin(authalic latitude) / a
CYLINDER = "+proj=cea +datum=WGS84"

# Lines that are straight on the map have a point at least every so many degrees, or km of a
# projected map, before they are bent: between them a great circle at 60 degrees north leaves its
# parallel by 7 m.
STEP_DEGREES = 0.25
STEP_KM = 30.0

# The middle of a shape is found in the plane about a point near it, then in the plane about itself.
ROUNDS = 4


@dataclass(frozen=True, eq=False)
class Parts:
    """The connected parts of all shapes of a map, their corners on the authalic sphere.

    Attributes
    ----------
    shapes : array of P polygons, lines and points
        As drawn, with more corners on long straight lines.
    owner : int array of shape (P,)
        Position of the unit that a part belongs to.
    corners : array of shape (M, 3)
        All corners of all parts on the unit sphere.
    part : int array of shape (M,)
        Position of the part that a corner belongs to.
    """

    shapes: np.ndarray
    owner: np.ndarray
    corners: np.ndarray
    part: np.ndarray

    @classmethod
    def of(cls, shapes: Any) -> Parts:
        """The parts of a GeoSeries that has a coordinate reference system."""
        import geopandas

        crs = shapes.crs
        step = STEP_DEGREES
        if not crs.is_geographic:
            step = 1000.0 * STEP_KM / crs.axis_info[0].unit_conversion_factor
        # collections hold multi-part shapes, which hold simple ones: two levels down
        halves, first = shapely.get_parts(np.asarray(shapes.array), return_index=True)
        simple, second = shapely.get_parts(halves, return_index=True)
        simple = shapely.force_2d(shapely.segmentize(simple, step))

        on_cylinder = geopandas.GeoSeries(simple, crs=crs).to_crs(CYLINDER)
        xy, part = shapely.get_coordinates(on_cylinder.to_numpy(), return_index=True)
        return cls(simple, first[second], _from_cylinder(xy), part)

    def flat(self, which: np.ndarray, centre: np.ndarray) -> np.ndarray:
        """The parts `which`, (P,), each in the plane about its `centre`, (P, 3); in km."""
        chosen = self.shapes[which].copy()
        _, row = shapely.get_coordinates(chosen, return_index=True)
        counts = np.bincount(self.part, minlength=len(self.shapes))
        start = np.cumsum(counts) - counts
        first_row = np.cumsum(counts[which]) - counts[which]
        corner = start[which][row] + np.arange(len(row)) - first_row[row]
        flat = to_plane(self.corners[corner], centre[row])
        drawn: np.ndarray = shapely.set_coordinates(chosen, flat)
        return drawn

    def boxes(self) -> np.ndarray:
        """The box in space that holds the corners of each part: lower and upper ends, (P, 6)."""
        start = np.searchsorted(self.part, np.arange(len(self.shapes)))
        lower = np.minimum.reduceat(self.corners, start)
        upper = np.maximum.reduceat(self.corners, start)
        return np.hstack([lower, upper])


def to_plane(at: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Points on the unit sphere, (M, 3), in the equal-area planes about `centre`, (M, 3); km, (M,
    2).
    """
    east, north = _axes(centre)
    along = np.sum(at * centre, axis=1)
    # the point opposite of the centre is the rim of the plane
    scale = AUTHALIC_KM * np.sqrt(2.0 / np.maximum(1.0 + along, 1e-15))
    x = np.sum(at * east, axis=1)
    y = np.sum(at * north, axis=1)
    return np.column_stack([scale * x, scale * y])


def from_plane(xy: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """The inverse of `to_plane`: km, (M, 2), to points on the unit sphere, (M, 3)."""
    east, north = _axes(centre)
    x, y = (xy / AUTHALIC_KM).T[:, :, None]
    half = (x**2 + y**2) / 4.0
    outwards = (x * east + y * north) * np.sqrt(np.maximum(1.0 - half, 0.0))
    on_sphere: np.ndarray = outwards + centre * (1.0 - 2.0 * half)
    return on_sphere


def _axes(centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Directions of east and north at points of the unit sphere, each (M, 3); any, at the poles."""
    east = np.column_stack([-centre[:, 1], centre[:, 0], np.zeros(len(centre))])
    length = np.linalg.norm(east, axis=1, keepdims=True)
    pole = length[:, 0] == 0
    east[pole] = [0.0, 1.0, 0.0]
    length[pole] = 1.0
    east = east / length
    return east, np.cross(centre, east)


def _from_cylinder(xy: np.ndarray) -> np.ndarray:
    lon = xy[:, 0] / (1000.0 * EQUATOR_KM)
    z = np.clip(xy[:, 1] * EQUATOR_KM / (1000.0 * AUTHALIC_KM**2), -1.0, 1.0)
    radius = np.sqrt(1.0 - z**2)
    return np.column_stack([radius * np.cos(lon), radius * np.sin(lon), z])


def _to_degrees(at: np.ndarray) -> np.ndarray:
    from pyproj import Transformer

    lon = np.arctan2(at[:, 1], at[:, 0])
    x = 1000.0 * EQUATOR_KM * lon
    y = 1000.0 * AUTHALIC_KM**2 / EQUATOR_KM * np.clip(at[:, 2], -1.0, 1.0)
    there = Transformer.from_crs(4326, CYLINDER, always_xy=True)
    lonlat = np.column_stack(there.transform(*as_lists(x, y), direction="INVERSE"))
    # PROJ's inverse is a series, good to a millimetre; its forward formula is exact
    plane = there.transform(*as_lists(*lonlat.T))
    _, again = there.transform(*plane, direction="INVERSE")
    corrected: np.ndarray = lonlat + np.column_stack([np.zeros(len(lonlat)), lonlat[:, 1] - again])
    return corrected


def centroids(parts: Parts, N: int) -> np.ndarray:
    """Longitude and latitude in degrees, (N, 2), of the centroid of each unit in the equal-area
    plane about that very centroid.
    """
    return _to_degrees(_middles(parts, N))


def areas(parts: Parts, N: int) -> np.ndarray:
    """Area of each unit in square km, (N,)."""
    flat = parts.flat(np.arange(len(parts.shapes)), _middles(parts, N)[parts.owner])
    return np.bincount(parts.owner, shapely.area(flat), minlength=N)


def _middles(parts: Parts, N: int) -> np.ndarray:
    """The centroids on the authalic sphere, (N, 3)."""
    everyone = np.arange(len(parts.shapes))
    unit_of_corner = parts.owner[parts.part]
    total = [np.bincount(unit_of_corner, axis, minlength=N) for axis in parts.corners.T]
    centre = _unit_length(np.column_stack(total))
    for _ in range(ROUNDS):
        flat = parts.flat(everyone, centre[parts.owner])
        middle = shapely.get_coordinates(shapely.centroid(_together(flat, parts.owner, N)))
        centre = _unit_length(from_plane(middle, centre))
    return centre


def _together(
    parts: np.ndarray,
    owner: np.ndarray,
    N: int,
) -> np.ndarray:
    """The parts of each unit as one collection, an array of N."""
    order = np.argsort(owner, kind="stable")
    collected: np.ndarray = shapely.geometrycollections(
        parts[order], indices=owner[order], out=np.empty(N, object)
    )
    return collected


def _unit_length(at: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(at, axis=1, keepdims=True)
    # corners all round the Earth have no middle: the one on the equator at 0 degrees is as good
    at = np.where(length > 1e-12, at, [1.0, 0.0, 0.0])
    return at / np.where(length > 1e-12, length, 1.0)


def near_parts(parts: Parts, km: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parts p, q of units i < j that may be within `km` of one another, and a point between them.

    Returns
    -------
    p, q : int arrays of shape (M,)
    middle : array of shape (M, 3)
        On the authalic sphere, near both.
    """
    boxes = parts.boxes()
    # what a line between two corners leaves a box by is far less
    reach = (km + 0.1) / AUTHALIC_KM
    lower = boxes[:, :3] - reach
    upper = boxes[:, 3:] + reach
    from_above = shapely.box(lower[:, 0], lower[:, 1], upper[:, 0], upper[:, 1])
    p, q = shapely.STRtree(from_above).query(from_above)
    first = parts.owner[p] < parts.owner[q]
    p, q = p[first], q[first]
    low = np.maximum(lower[p], lower[q])
    high = np.minimum(upper[p], upper[q])
    meet = (low <= high).all(axis=1)
    return p[meet], q[meet], _unit_length((low[meet] + high[meet]) / 2.0)


def _outlines(shapes: np.ndarray) -> np.ndarray:
    """The borders of polygons; lines and points as they are."""
    areal = shapely.get_dimensions(shapes) == 2
    return np.where(areal, shapely.boundary(shapes), shapes)


def nearest_unit(
    parts: Parts,
    unit: int,
    N: int,
) -> int:
    """The unit whose outline lies nearest to that of `unit`; of equally near ones the first."""
    mine = (parts.owner == unit)[parts.part]
    own_corners = parts.corners[mine]
    chord, own_corner = cKDTree(own_corners).query(parts.corners)
    chord[mine] = np.inf
    nearest = int(np.argmin(chord))
    between = _unit_length(parts.corners[[nearest]] + own_corners[[own_corner[nearest]]])
    # corners are close enough that an outline is not nearer by more than their distance
    step = np.radians(2.0 * STEP_DEGREES)
    least = np.full(len(parts.shapes), np.inf)
    np.minimum.at(least, parts.part, chord)
    near = np.flatnonzero(least <= least.min() + step)

    centre = np.repeat(between, len(parts.shapes), axis=0)
    # parts on the other side of the Earth are bent beyond use
    this_side = parts.corners @ between[0] > -1e-9
    own = np.unique(parts.part[mine & this_side])
    ours = shapely.union_all(_outlines(parts.flat(own, centre[own])))
    theirs = _outlines(parts.flat(near, centre[near]))
    distance = np.full(N, np.inf)
    # metres that rounding adds are none
    np.minimum.at(distance, parts.owner[near], np.round(shapely.distance(theirs, ours), 9))
    return int(np.argmin(distance))
