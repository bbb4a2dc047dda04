"""Which polygons touch, over what length, and which only nearly do: geometry for contiguity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from ..errors import WeightsError, first_five
from .planes import near_parts
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
    still count. 180 degrees east and west are one line.
    """
    shapes = _polygons(units)
    drawn = _Drawn.of(units)
    i, j = shapely.STRtree(drawn.shapes).query(
        drawn.shapes, predicate="dwithin", distance=_rounding(shapes)
    )
    # a copy with a copy is what the shapes themselves are with one another
    first = (i < j) & (i < len(shapes)) & (drawn.owner[i] != drawn.owner[j])
    i = i[first]
    j = j[first]
    _tell_overlaps(units, drawn, i, j)
    return _each_once(drawn.owner[i], drawn.owner[j], len(shapes))


def _each_once(
    i: np.ndarray,
    j: np.ndarray,
    N: int,
) -> Pairs:
    """Pairs as i < j, each once, in their order."""
    codes = np.unique(np.minimum(i, j) * N + np.maximum(i, j))
    i, j = np.divmod(codes, N)
    return i, j


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Shapes in the plane of their map, and a copy one turn to the east of each that begins at 180
    degrees west: there it meets those that end at 180 degrees east.
    """

    shapes: np.ndarray
    owner: np.ndarray
    copy: np.ndarray  # position of the copy of each unit, -1 where there is none

    @classmethod
    def of(cls, units: SpatialUnits) -> _Drawn:
        shapes = _polygons(units)
        crs = units.polygons().crs
        N = len(shapes)
        copy = np.full(N, -1)
        if crs is None or not crs.is_geographic:
            return cls(shapes, np.arange(N), copy)
        rounding = _rounding(shapes)
        west = np.flatnonzero(shapely.bounds(shapes)[:, 0] <= -180.0 + rounding)
        copy[west] = N + np.arange(west.size)
        turned = shapely.transform(shapes[west], lambda at: at + [360.0, 0.0])
        return cls(np.r_[shapes, turned], np.r_[np.arange(N), west], copy)

    def versions(self, pairs: Pairs) -> tuple[Pairs, np.ndarray]:
        """The ways in which each pair can meet, and which pair each of them is a way of."""
        i, j = pairs
        which = np.arange(len(i))
        first = self.copy[i] >= 0
        second = self.copy[j] >= 0
        ways = (
            np.r_[i, self.copy[i[first]], i[second]],
            np.r_[j, j[first], self.copy[j[second]]],
        )
        return ways, np.r_[which, which[first], which[second]]


def within_tolerance(units: SpatialUnits, km: float) -> Pairs:
    """Pairs i < j of shapes at most `km` apart, border to border, each pair in an equal-area plane
    about a point between them.
    """
    _polygons(units)
    p, q, middle = near_parts(units.parts, km)
    close = shapely.dwithin(units.parts.flat(p, middle), units.parts.flat(q, middle), km)
    owner = units.parts.owner
    return _each_once(owner[p[close]], owner[q[close]], len(units.ids))


def shares_stretch(units: SpatialUnits, pairs: Pairs) -> np.ndarray:
    """Whether borders share more than points, rounding errors aside, bool (M,). Overlapping shapes
    do.
    """
    rounding = _rounding(_polygons(units))
    least = STRETCH * rounding
    drawn = _Drawn.of(units)
    shapes = drawn.shapes
    (i, j), which = drawn.versions(pairs)
    common = shapely.intersection(shapes[i], shapes[j])
    long: np.ndarray = shapely.length(common) > 2.0 * least

    # what is left are borders that rounding keeps from meeting; there is no stretch where even the
    # boxes around the shapes have none in common
    rest = np.flatnonzero(~long & (_common_side(shapes[i], shapes[j]) > least))
    first, second = _common_borders(shapes, (i[rest], j[rest]), rounding)
    mean_length = (shapely.length(first) + shapely.length(second)) / 2.0
    long[rest] = mean_length > least
    return np.bincount(which, long, minlength=len(pairs[0])) > 0


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
    drawn = _Drawn.of(units)
    ways, which = drawn.versions(pairs)
    lines = _common_borders(drawn.shapes, ways, _rounding(_polygons(units)))
    length = (_length_km(units, lines[0]) + _length_km(units, lines[1])) / 2.0
    return np.bincount(which, length, minlength=len(pairs[0]))


def near_border_km(
    units: SpatialUnits,
    pairs: Pairs,
    km: float,
) -> np.ndarray:
    """Length of the border of each of a pair that is within `km` of the other, km, (M,), mean of
    both.
    """
    parts = units.parts
    N = len(units.ids)
    p, q, middle = near_parts(parts, km)
    pair_of = {code: at for at, code in enumerate((pairs[0] * N + pairs[1]).tolist())}
    which = np.array([pair_of.get(code, -1) for code in parts.owner[p] * N + parts.owner[q]], int)
    wanted = which >= 0
    first = parts.flat(p[wanted], middle[wanted])
    second = parts.flat(q[wanted], middle[wanted])
    lines = _within_reach(first, second, km), _within_reach(second, first, km)
    length = (shapely.length(lines[0]) + shapely.length(lines[1])) / 2.0
    return np.bincount(which[wanted], length, minlength=len(pairs[0]))


def _within_reach(
    shapes: np.ndarray,
    others: np.ndarray,
    reach: float,
) -> np.ndarray:
    """The part of the border of each shape that is within `reach` of the other, or in it."""
    around = shapely.buffer(others, reach, quad_segs=2)
    within: np.ndarray = shapely.intersection(shapely.boundary(shapes), around)
    return within


def _common_borders(
    shapes: np.ndarray,
    pairs: Pairs,
    reach: float,
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
    parts = units.parts
    N = len(units.ids)
    p, q, middle = near_parts(parts, NEAR_MISS_KM)
    known = np.isin(parts.owner[p] * N + parts.owner[q], pairs[0] * N + pairs[1])
    p, q, middle = p[~known], q[~known], middle[~known]
    close = shapely.dwithin(parts.flat(p, middle), parts.flat(q, middle), NEAR_MISS_KM)
    return _each_once(parts.owner[p[close]], parts.owner[q[close]], N)


def named_pairs(
    ids: Sequence[Any],
    i: np.ndarray,
    j: np.ndarray,
) -> str:
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


def _tell_overlaps(
    units: SpatialUnits,
    drawn: _Drawn,
    i: np.ndarray,
    j: np.ndarray,
) -> None:
    shapes = drawn.shapes
    inside = np.flatnonzero(~shapely.touches(shapes[i], shapes[j]))
    if not inside.size:
        return
    i = i[inside]
    j = j[inside]
    common = shapely.area(shapely.intersection(shapes[i], shapes[j]))
    size = shapely.area(shapes)
    a = drawn.owner[i]
    b = drawn.owner[j]
    same = np.flatnonzero(common > 0.5 * np.maximum(size[i], size[j]))
    if same.size:
        raise WeightsError(
            "geometry",
            expected="units that lie side by side",
            got=(
                "units that lie on one another for more than half: "
                f"{named_pairs(units.ids, a[same], b[same])}"
            ),
            remedy="Is a unit in the map twice, under two ids? Drop one of them.",
        )
    # what is left of an overlap after rounding is none
    share = common / np.minimum(size[i], size[j])
    real = share > 1e-9
    if real.any():
        told = named_pairs(units.ids, a[real], b[real])
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

    units.check_crs()
    crs = units.polygons().crs

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
