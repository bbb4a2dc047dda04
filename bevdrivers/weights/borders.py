"""Which polygons touch, over what length, and which only nearly do: geometry for contiguity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from ..errors import WeightsError, first_five
from .points import chord_to_km, on_sphere
from .spatial_units import SpatialUnits

# Borders that are closer than this without touching are told of: about the 0.001 degrees of a
# careless simplification.
NEAR_MISS_KM = 0.2

# Where two borders meet in a corner, they are within a short reach of each other over a few times
# that reach, more so the sharper the corner. A stretch is longer than this many times the reach.
STRETCH = 100.0

Pairs = tuple[np.ndarray, np.ndarray]


def touching(units: SpatialUnits) -> Pairs:
    """Pairs i < j of shapes that share at least a point, rounding errors aside; overlapping ones
    are noted.

    Shapes are compared as they were drawn, so that borders with different vertices on one line
    still count.
    """
    shapes = _polygons(units)
    i, j = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_rounding(shapes))
    first = i < j
    i = i[first]
    j = j[first]
    _tell_overlaps(units, shapes, i, j)
    return i, j


def within_tolerance(units: SpatialUnits, km: float) -> Pairs:
    """Pairs i < j of shapes at most `km` apart, border to border, in an equal-area projection."""
    _polygons(units)
    flat = units.flat()
    i, j = shapely.STRtree(flat).query(flat, predicate="dwithin", distance=1000.0 * km)
    first = i < j
    return i[first], j[first]


def shares_stretch(units: SpatialUnits, pairs: Pairs) -> np.ndarray:
    """Whether borders share more than points, rounding errors aside, bool (M,). Overlapping shapes
    do.
    """
    shapes = _polygons(units)
    rounding = _rounding(shapes)
    least = STRETCH * rounding
    i, j = pairs
    common = shapely.intersection(shapes[i], shapes[j])
    long: np.ndarray = shapely.length(common) > 2.0 * least

    # what is left are borders that rounding keeps from meeting; there is no stretch where even the
    # boxes around the shapes have none in common
    rest = np.flatnonzero(~long & (_common_side(shapes[i], shapes[j]) > least))
    first, second = _common_borders(shapes, (i[rest], j[rest]), rounding)
    mean_length = (shapely.length(first) + shapely.length(second)) / 2.0
    long[rest] = mean_length > least
    return long


def _common_side(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The longer side of what the boxes around each pair of shapes have in common, (M,); below 0 if
    nothing.
    """
    box_a = shapely.bounds(a)
    box_b = shapely.bounds(b)
    upper = np.minimum(box_a[:, 2:], box_b[:, 2:])
    lower = np.maximum(box_a[:, :2], box_b[:, :2])
    common: np.ndarray = (upper - lower).max(axis=1)
    return common


def border_km(units: SpatialUnits, pairs: Pairs) -> np.ndarray:
    """Length of the shared border of each pair, km, (M,), along great circles; in an overlap the
    mean of both sides.
    """
    shapes = _polygons(units)
    lines = _common_borders(shapes, pairs, _rounding(shapes))
    km: np.ndarray = (_length_km(units, lines[0]) + _length_km(units, lines[1])) / 2.0
    return km


def near_border_km(units: SpatialUnits, pairs: Pairs, km: float) -> np.ndarray:
    """Length of the border of each of a pair that is within `km` of the other, km, (M,), mean of
    both.
    """
    lines = _common_borders(units.flat(), pairs, 1000.0 * km)
    near_km: np.ndarray = (shapely.length(lines[0]) + shapely.length(lines[1])) / 2000.0
    return near_km


def _common_borders(
    shapes: np.ndarray, pairs: Pairs, reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """The part of the border of each first that is within `reach` of the second, or in it; and the
    other way round.
    """
    used, position = np.unique(np.concatenate(pairs), return_inverse=True)
    border = shapely.boundary(shapes[used])
    wide = shapely.buffer(shapes[used], reach, quad_segs=2)
    i, j = np.split(position, 2)
    return shapely.intersection(border[i], wide[j]), shapely.intersection(border[j], wide[i])


def _rounding(shapes: np.ndarray) -> float:
    """A distance below which coordinates of a map are the same: a billionth of its width,
    millimetres in a country.
    """
    west, south, east, north = shapely.total_bounds(shapes)
    rounding: float = 1e-9 * max(east - west, north - south)
    return rounding


def near_misses(units: SpatialUnits, pairs: Pairs) -> Pairs:
    """Pairs i < j that do not touch and yet are within `NEAR_MISS_KM`; none where the map has no
    coordinate system.
    """
    if units.polygons().crs is None:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    flat = units.flat()
    N = len(units.ids)
    reach = 1000.0 * NEAR_MISS_KM
    west, south, east, north = shapely.bounds(flat).T
    i, j = shapely.STRtree(flat).query(
        shapely.box(west - reach, south - reach, east + reach, north + reach)
    )
    first = i < j
    code = np.setdiff1d(i[first] * N + j[first], pairs[0] * N + pairs[1])
    i, j = np.divmod(code, N)
    close = shapely.dwithin(flat[i], flat[j], reach)
    return i[close], j[close]


def named_pairs(ids: Sequence[Any], i: np.ndarray, j: np.ndarray) -> str:
    """The first five pairs by id."""
    return first_five([f"{ids[p]}-{ids[q]}" for p, q in zip(i, j, strict=True)])


def _polygons(units: SpatialUnits) -> np.ndarray:
    shapes = np.asarray(units.polygons().array)
    other = np.flatnonzero(shapely.get_dimensions(shapes) < 2)
    if other.size:
        raise WeightsError(
            "geometry",
            expected="polygons, whose borders can touch",
            got=f"{shapes[other[0]].geom_type} for {first_five([units.ids[i] for i in other])}",
            remedy="For points use KNearest, DistanceBand or InverseDistance.",
        )
    return shapes


def _tell_overlaps(units: SpatialUnits, shapes: np.ndarray, i: np.ndarray, j: np.ndarray) -> None:
    inside = np.flatnonzero(~shapely.touches(shapes[i], shapes[j]))
    if not inside.size:
        return
    i = i[inside]
    j = j[inside]
    common = shapely.area(shapely.intersection(shapes[i], shapes[j]))
    size = shapely.area(shapes)
    same = np.flatnonzero(common > 0.5 * np.maximum(size[i], size[j]))
    if same.size:
        raise WeightsError(
            "geometry",
            expected="units that lie side by side",
            got=(
                "units that lie on one another for more than half: "
                f"{named_pairs(units.ids, i[same], j[same])}"
            ),
            remedy="Is a unit in the map twice, under two ids? Drop one of them.",
        )
    # what is left of an overlap after rounding is none
    share = common / np.minimum(size[i], size[j])
    real = share > 1e-9
    if real.any():
        told = named_pairs(units.ids, i[real], j[real])
        units.notes.append(
            f"{real.sum()} pairs of shapes overlap and count as neighbours (at most "
            f"{share.max():.2g} of the smaller "
            f"unit's area): {told}"
        )


def _length_km(units: SpatialUnits, lines: np.ndarray) -> np.ndarray:
    """Lengths (M,) in km, along great circles, of the lines among geometries that may be
    anything.
    """
    import geopandas

    crs = units.polygons().crs
    if crs is None:
        _ = units.plane  # raises, with the remedy

    # collections hold multi-part lines, which hold lines: two levels down, each with its owner
    # above
    parts, owner = shapely.get_parts(lines, return_index=True)
    simple, part = shapely.get_parts(parts, return_index=True)
    owner = owner[part]
    straight = shapely.get_dimensions(simple) == 1
    if not straight.any():
        return np.zeros(len(lines))

    in_degrees = geopandas.GeoSeries(simple[straight], crs=crs).to_crs(4326)
    at, line = shapely.get_coordinates(in_degrees.to_numpy(), return_index=True)
    chord = np.linalg.norm(np.diff(on_sphere(at), axis=0), axis=1)
    step = chord_to_km(chord)
    within = line[1:] == line[:-1]
    length = np.bincount(line[1:], np.where(within, step, 0.0))
    return np.bincount(owner[straight], length, minlength=len(lines))
