"""Maps of the world and of the Pacific: no middle of the map, no edge at 180 degrees.

Compared with PROJ's own ellipsoidal projections and geodesics (pyproj), one shape at a time, and with
sums over small cells.
"""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer
from shapely.affinity import translate
from shapely.geometry import MultiPolygon, Point, box

import bevdrivers as bd
from bevdrivers.weights.points import locations
from bevdrivers.weights.spatial_units import SpatialUnits

from .maps import grid_map, pairs

GEOD = Geod(ellps="WGS84")
# two ways over ellipsoid and projections agree to metres
METRES = 5.0

WORLD = {
    "Long": box(20, 50, 170, 72),  # a long country
    "South": box(60, 10, 100, 30),
    "Strip": MultiPolygon([box(170, -20, 180, -10), box(-180, -20, -150, -10)]),
    "Russia": MultiPolygon([box(172, 60, 180, 70), box(-180, 60, -172, 70)]),
    "USA": MultiPolygon([box(-172, 60, -140, 70), box(-120, 30, -80, 48), box(172, 52, 174, 53)]),
    "Fiji": box(176, -9, 180, -5),
    "Tonga": box(-180, -9, -174, -5),
}


def shapes(named: dict) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(geometry=list(named.values()), index=list(named), crs=4326)


@pytest.fixture(scope="module")
def world():
    return shapes(WORLD)


@pytest.fixture(scope="module")
def turned(world):
    """The same map in longitudes from 0 to 360."""
    return world.set_geometry([beyond_180(shape) for shape in world.geometry], crs=4326)


def places(geometry) -> np.ndarray:
    return locations(SpatialUnits.of(geometry), "centroid")


def beyond_180(shape):
    """A shape as maps of longitudes 0 to 360 draw it."""
    east, west = (shapely.box(0, -90, 180, 90), shapely.box(-180, -90, 0, 90))
    return shapely.union_all(
        [shape.intersection(east), translate(shape.intersection(west), xoff=360)]
    )


def cells_of(shape, step: float = 0.25):
    """Middles (lon, lat) of the cells of a grid in a shape of whole steps, and their areas on the
    ellipsoid.
    """
    lon, lat, area = [], [], []
    for part in shapely.get_parts(shape):
        west, south, east, north = part.bounds
        for y in np.arange(south, north, step):
            ring = [0, step, step, 0], [y, y, y + step, y + step]
            size = abs(GEOD.polygon_area_perimeter(*ring)[0])
            across = np.arange(west, east, step) + step / 2
            lon.append(across)
            lat.append(np.full(across.size, y + step / 2))
            area.append(np.full(across.size, size))
    return np.concatenate(lon), np.concatenate(lat), np.concatenate(area)


def balance_point(shape) -> tuple[float, float]:
    """The mean of the cells as vectors from the middle of the Earth."""
    lon, lat, area = cells_of(shape)
    lon, lat = np.radians(lon), np.radians(lat)
    at = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]) @ area
    return np.degrees(np.arctan2(at[1], at[0])), np.degrees(np.arctan2(at[2], np.hypot(*at[:2])))


class TestCentroids:
    @pytest.mark.parametrize("unit", list(WORLD))
    def test_cells_balance_about_them(self, world, unit):
        """In PROJ's equal-area plane about the centroid, the areas of all cells balance at 0."""
        lon, lat = places(world)[list(WORLD).index(unit)]
        there = Transformer.from_crs(
            4326, f"+proj=laea +lon_0={lon} +lat_0={lat} +datum=WGS84", always_xy=True
        )
        *at, area = cells_of(WORLD[unit])
        x, y = there.transform(*at)
        away = np.hypot(np.average(x, weights=area), np.average(y, weights=area))
        assert away < 20.0  # metres; the middle of a cell is not quite its centroid

    def test_each_province_in_its_own_plane(self, bev):
        points = places(bev.geometry)
        for (lon, lat), unit in zip(points, bev.geometry.index, strict=True):
            own = f"+proj=laea +lon_0={lon} +lat_0={lat} +datum=WGS84"
            drawn = bev.geometry.geometry.loc[[unit]].segmentize(0.05)
            middle = drawn.to_crs(own).centroid.iloc[0]
            assert np.hypot(middle.x, middle.y) < METRES, unit

    def test_a_strip_across_the_pacific(self, world):
        """By symmetry in the middle of 170 E and 150 W, and within its own box."""
        lon, lat = places(world)[list(WORLD).index("Strip")]
        assert lon == pytest.approx(-170.0, abs=1e-8)
        assert -20 < lat < -10

    def test_small_shapes_and_shapes_at_the_pole(self):
        yard = box(179.9999, 60, 180, 60.0001)
        cap = box(-180, 80, 180, 90)
        points = places(shapes({"yard": yard, "cap": cap}))
        assert GEOD.inv(*points[0], 179.99995, 60.00005)[2] < 0.01
        assert points[1, 1] == pytest.approx(90, abs=1e-5)

    def test_points_stay(self):
        points = shapes({"a": Point(-179.5, 10), "b": Point(12.25, -45), "c": Point(0, 89)})
        np.testing.assert_allclose(
            places(points), [[-179.5, 10], [12.25, -45], [0, 89]], rtol=0, atol=1e-9
        )

    def test_a_map_does_not_move_its_units(self, bev):
        """Where a unit is does not depend on the other units of the map."""
        few = bev.geometry.loc[["Hainan", "Xinjiang"]]
        np.testing.assert_allclose(
            places(few), places(bev.geometry)[[bev.units.index(u) for u in few.index]], atol=1e-9
        )

    def test_a_projected_map(self, world):
        flat = world.to_crs("+proj=laea +lat_0=0 +lon_0=180 +datum=WGS84")
        pacific = ["Strip", "Fiji", "Tonga"]
        ours = dict(zip(world.index, places(world), strict=True))
        theirs = dict(zip(flat.index, places(flat), strict=True))
        for unit in pacific:
            # straight lines of a projection are others than those of degrees
            assert GEOD.inv(*ours[unit], *theirs[unit])[2] < 30_000, unit

    def test_weighted_centres(self):
        parts = geopandas.GeoDataFrame(
            {"unit": ["a", "a", "b"]},
            geometry=[box(178, 0, 180, 2), box(-180, 0, -178, 2), box(0, 0, 2, 2)],
            crs=4326,
        )
        centres = bd.weighted_centres(parts, unit="unit")
        assert abs(centres.loc["a", "lon"]) == pytest.approx(180)
        assert centres.loc["b", "lon"] == pytest.approx(1)

    def test_the_nearest_by_geodesics(self, world):
        """Nearest neighbours by geodesics between the balance points of cells."""
        own = {unit: balance_point(shape) for unit, shape in WORLD.items()}
        expected = set()
        for unit, (lon, lat) in own.items():
            others = [other for other in own if other != unit]
            km = [GEOD.inv(lon, lat, *own[other])[2] for other in others]
            expected.add((unit, others[int(np.argmin(km))]))
        assert pairs(bd.KNearest(1).fit(world)) == expected


class TestOneLine:
    def test_neighbours_across_180(self, world):
        expected = {("Russia", "USA"), ("Fiji", "Tonga")}
        expected |= {(j, i) for i, j in expected}
        for recipe in (bd.Queen, bd.Rook):
            assert pairs(recipe(islands="keep").fit(world)) == expected
            assert pairs(recipe(islands="keep", tolerance_km=5).fit(world)) == expected
        degree = GEOD.inv(180, -9, 180, -5)[2] / 1000
        near = bd.Rook(islands="keep", min_border_km=degree - 3).fit(world)
        assert ("Fiji", "Tonga") in pairs(near)
        far = bd.Rook(islands="keep", min_border_km=degree + 3).fit(world)
        assert ("Fiji", "Tonga") not in pairs(far)

    def test_a_gap_at_180(self):
        """0.01 degrees on the equator are 1.11 km, half of them on either side of 180."""
        two = shapes({"a": box(170, 0, 179.995, 5), "b": box(-179.995, 0, -170, 5)})
        assert not pairs(bd.Queen(islands="keep", tolerance_km=1.0).fit(two))
        assert pairs(bd.Queen(islands="keep", tolerance_km=1.2).fit(two))

    def test_a_corner_at_180_is_no_stretch(self):
        two = shapes({"a": box(170, 0, 180, 5), "b": box(-180, 5, -170, 9)})
        assert pairs(bd.Queen().fit(two)) == {("a", "b"), ("b", "a")}
        assert not pairs(bd.Rook(islands="keep").fit(two))

    def test_overlaps_across_180_are_told_once(self):
        around = MultiPolygon([box(170, 0, 180, 5), box(-180, 0, -179.9, 5)])
        weights = bd.Queen().fit(shapes({"a": around, "b": box(-180, 0, -170, 5)}))
        assert weights.notes[0].startswith("1 pairs of shapes overlap")

    def test_the_nearest_across_180(self):
        three = shapes(
            {"a": box(177, 0, 179, 2), "b": box(-179, 0, -177, 2), "c": box(160, 0, 170, 2)}
        )
        weights = bd.Queen(islands="nearest").fit(three)
        assert ("a", "b") in pairs(weights)
        assert ("b", "c") not in pairs(weights)

    def test_the_nearest_is_not_on_the_other_side_of_the_earth(self):
        """A country that holds the point opposite of an island is far from it."""
        shape = {"island": box(174, -42, 175, -41), "opposite": box(-10, 36, 0, 44)}
        weights = bd.Queen(islands="nearest").fit(shapes(shape | {"near": box(140, -40, 150, -20)}))
        assert ("island", "near") in pairs(weights)
        assert ("island", "opposite") not in pairs(weights)

    def test_lines_across_180_take_the_short_way(self, world):
        lines = bd.Rook(islands="keep").fit(world).edges(world)
        line = lines.set_index("focal").geometry["Fiji"]
        assert line.geom_type == "MultiLineString"
        assert line.length < 10


class TestTheOtherConvention:
    """Longitudes from 0 to 360."""

    @pytest.mark.parametrize(
        "recipe",
        [
            bd.Queen(islands="keep"),
            bd.Rook(islands="nearest"),
            bd.KNearest(2),
            bd.InverseDistance(),
        ],
    )
    def test_the_same_weights(self, world, turned, recipe):
        result = recipe.fit(turned)
        np.testing.assert_allclose(result.dense, recipe.fit(world).dense, rtol=1e-9)
        assert "longitudes beyond 180 degrees wrapped" in result.notes[0]

    def test_points(self):
        frame = geopandas.GeoDataFrame(
            {"lon": [179.0, 181.0, 10.0], "lat": [0.0, 0.0, 0.0]},
            geometry=[Point(0, 0)] * 3,
            index=["a", "b", "c"],
            crs=4326,
        )
        weights = bd.KNearest(1, points=("lon", "lat")).fit(frame)
        assert {("a", "b"), ("b", "a")} < pairs(weights)
        assert weights.notes == (
            "longitudes beyond 180 degrees wrapped to -180 to 180 for 1 units: ['b']",
        )

    def test_neither_convention(self):
        for west in (-181.0, 350.0):
            two = shapes({"a": box(west, 0, west + 15, 5), "b": box(170, 0, 180, 5)})
            if west < 0:
                two.loc["b", "geometry"] = box(190, 0, 200, 5)
            with pytest.raises(bd.WeightsError, match=r"or \[0, 360\]"):
                bd.Queen().fit(two)


def test_the_middle_of_a_map_is_circular():
    two = shapes({"a": box(170, 0, 180, 10), "b": box(-180, 0, -160, 10)})
    assert (
        SpatialUnits.of(two).plane == "+proj=laea +lon_0=-175.000000 +lat_0=5.000000 +datum=WGS84"
    )


def test_many_units_are_quick_enough():
    """No plane is made unit by unit through PROJ: a map of 2,500 squares takes no minute."""
    geometry = grid_map(50, 50, step=0.5)
    points = places(geometry)
    boxes = geometry.bounds
    assert ((points[:, 0] > boxes["minx"]) & (points[:, 0] < boxes["maxx"])).all()
    assert ((points[:, 1] > boxes["miny"]) & (points[:, 1] < boxes["maxy"])).all()
