"""Shapes of units: checked, projected onto an equal-area plane, and as paths that matplotlib
draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import DataError, first_five
from ...ids import repeated
from ...numerics.longitudes import extent, wrapped

if TYPE_CHECKING:
    from geopandas import GeoSeries
    from matplotlib.path import Path

_POLYGONS = ("Polygon", "MultiPolygon")

# how near to 180 degrees a map's cut lies, and how far apart its two sides may be once projected:
# rounding only, invisible on paper
SEAM_DEGREES = 1e-6
SEAM_METRES = 0.1

# West, south, east, north (degrees) of a country whose maps have a customary projection, and that
# projection. China: standard parallels 25N and 47N; the southern limit depends on which islands the
# map holds.
_CUSTOMARY = (
    (
        ((71.0, 3.0, 133.0, 52.0), (76.0, 22.0, 138.0, 55.0)),
        "+proj=aea +lat_1=25 +lat_2=47 +lat_0=36 +lon_0=105 +datum=WGS84 +units=m +no_defs",
    ),
)


def read_units(geometry: Any) -> GeoSeries:
    """The polygons of a GeoDataFrame or GeoSeries by unit; refuse what cannot be filled with a
    colour.
    """
    shapes = getattr(geometry, "geometry", None)
    if shapes is None:
        raise DataError(
            "geometry",
            expected="a GeoDataFrame or GeoSeries indexed by unit",
            got=type(geometry).__name__,
            remedy='Pass panel.geometry, or a GeoDataFrame that has been .set_index("unit").',
        )
    twice = repeated(shapes.index)
    if twice:
        raise DataError(
            "geometry",
            expected="each unit once in the index",
            got=f"twice {first_five(twice)}",
            remedy='Join the shapes of a unit first: geometry.dissolve(by="unit").',
        )
    fillable = shapes.geom_type.isin(_POLYGONS) & ~shapes.is_empty
    strange = shapes.index[~fillable]
    if len(strange) or not len(shapes):
        raise DataError(
            "geometry",
            expected="a polygon for each unit",
            got=f"none for {first_five(strange)}" if len(shapes) else "no units",
            remedy="Add a polygon for these units, or leave them out of the geometry.",
        )
    return shapes


def equal_area(shapes: GeoSeries) -> str | None:
    """An equal-area projection for the extent of `shapes`, as a PROJ text; None where they have no
    CRS.

    Albers' conic with standard parallels one sixth of the height from the southern and northern
    edge (the usual parallels for China), Lambert's azimuthal projection for maps that meet the
    equator, Equal Earth for the world.
    """
    if shapes.crs is None:
        return None
    parts = shapes.to_crs("EPSG:4326").explode(ignore_index=True).bounds
    west, east = extent(parts["minx"].to_numpy(), parts["maxx"].to_numpy())
    south, north = parts["miny"].min(), parts["maxy"].max()
    bounds = np.array([west, south, east, north])
    for (low, high), customary in _CUSTOMARY:
        if np.all(np.array(low) <= bounds) and np.all(bounds <= np.array(high)):
            return customary
    lon, lat = float(wrapped(np.array((west + east) / 2))), (south + north) / 2
    centre = f"+lat_0={lat:.4f} +lon_0={lon:.4f}"
    units = "+datum=WGS84 +units=m +no_defs"
    if east - west > 180:
        return f"+proj=eqearth +lon_0={lon:.4f} {units}"
    if south <= 0 <= north:
        return f"+proj=laea {centre} {units}"
    sixth = (north - south) / 6
    parallels = f"+lat_1={south + sixth:.4f} +lat_2={north - sixth:.4f}"
    return f"+proj=aea {parallels} {centre} {units}"


def in_one_view(degrees: GeoSeries) -> tuple[GeoSeries, tuple[float, float]]:
    """Shapes in degrees as one map without a gap, and its western and eastern longitude.

    Where the map crosses 180 degrees, what lies beyond it goes on past 180 instead of coming back
    at -180.
    """
    parts = degrees.explode(ignore_index=True).bounds
    west, east = extent(parts["minx"].to_numpy(), parts["maxx"].to_numpy())
    if east <= 180:
        return degrees, (west, east)
    moved = degrees.copy()
    for place, shape in enumerate(degrees):
        if shape.bounds[0] < west - SEAM_DEGREES:
            moved.iloc[place] = _beyond_180(shape, west)
    return moved, (west, east)


def _beyond_180(shape: Any, west: float) -> Any:
    """The shape with its parts that begin west of `west` a turn further east; parts that then touch
    are joined.
    """
    from shapely import union_all
    from shapely.affinity import translate
    from shapely.geometry import MultiPolygon

    parts = []
    for part in getattr(shape, "geoms", [shape]):
        outside = part.bounds[0] < west - SEAM_DEGREES
        parts.append(translate(part, xoff=360.0) if outside else part)
    if all(part.is_valid for part in parts):
        return union_all(parts)
    return MultiPolygon(parts)


def project(
    shapes: GeoSeries,
    crs: Any,
    argument: str,
) -> GeoSeries:
    """`shapes` in `crs`, or as they are where either has none."""
    if crs is None or shapes.crs is None:
        return shapes
    moved = shapes.to_crs(crs)
    bad = moved.index[~np.isfinite(moved.bounds.to_numpy()).all(axis=1)]
    if len(bad):
        raise DataError(
            argument,
            expected="shapes that the projection can show",
            got=f"{first_five(bad)}, which reach beyond it",
            remedy=f"Cut them first, for instance {argument}.clip((west, south, east, north)).",
        )
    return _without_seam(moved, shapes)


def _without_seam(moved: GeoSeries, shapes: GeoSeries) -> GeoSeries:
    """Projected shapes, of which those that their map cuts at 180 degrees are whole again: no
    border is there.
    """
    from shapely import union_all

    degrees = shapes.to_crs("EPSG:4326").bounds
    around = (degrees["minx"] < -180 + SEAM_DEGREES) & (degrees["maxx"] > 180 - SEAM_DEGREES)
    cut = (around & (moved.geom_type == "MultiPolygon")).to_numpy()
    joined = moved.copy()
    for place in np.flatnonzero(cut):
        parts = moved.iloc[place].geoms
        if all(part.is_valid for part in parts):
            joined.iloc[place] = union_all(list(parts), grid_size=SEAM_METRES)
    return joined


def to_path(shape: Any) -> Path:
    """A (multi)polygon, line or collection as one path: outer rings against the clock, holes with
    it, lines open.
    """
    from matplotlib.path import Path
    from shapely.geometry.polygon import orient

    if shape.geom_type == "Polygon":
        turned = orient(shape)
        rings = []
        for ring in (turned.exterior, *turned.interiors):
            rings.append(Path(np.asarray(ring.coords)[:, :2], closed=True))
        return Path.make_compound_path(*rings)
    if shape.geom_type in ("LineString", "LinearRing"):
        return Path(np.asarray(shape.coords)[:, :2])
    parts = [part for part in getattr(shape, "geoms", ()) if not part.is_empty]
    return Path.make_compound_path(*(to_path(part) for part in parts))


def is_area(shapes: GeoSeries) -> np.ndarray:
    """Which shapes are polygons, a bool array of shape (len(shapes),)."""
    areas: np.ndarray = shapes.geom_type.isin(_POLYGONS).to_numpy()
    return areas
