"""Maps as they come, with gaps, slivers, overlaps, invalid shapes, wrong coordinates: a right
result or an error.
"""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
from shapely import affinity
from shapely.geometry import MultiPolygon, Point, Polygon, box

import bevdrivers as bd

from .maps import grid_map, pairs


def shapes(**named) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(geometry=list(named.values()), index=list(named), crs=4326)


class TestGaps:
    GAP = 0.001

    def test_borders_that_do_not_meet(self):
        clean, gapped = grid_map(4, 4), grid_map(4, 4, gap=self.GAP)
        with pytest.raises(bd.WeightsError, match=r"none for 16 units.*Try tolerance_km=0\.2"):
            bd.Queen().fit(gapped)
        for recipe in (bd.Queen, bd.Rook):
            result = recipe(tolerance_km=0.2).fit(gapped)
            assert pairs(result) == pairs(recipe().fit(clean))
            assert result.notes == ("borders within 0.2 km count as touching",)

    def test_the_bundled_map_with_each_province_shrunk(self, bev):
        away = (
            bev.geometry.geometry.to_crs("+proj=laea +lon_0=104 +lat_0=36").buffer(-50).to_crs(4326)
        )
        shrunk = bev.geometry.set_geometry(away)
        with pytest.raises(bd.WeightsError, match="none for 31 units"):
            bd.Queen().fit(shrunk)
        expected = pairs(bd.Queen(islands="keep").fit(bev))
        assert pairs(bd.Queen(tolerance_km=0.2, islands="keep").fit(shrunk)) == expected
        assert pairs(bd.Rook(tolerance_km=0.5, islands="keep").fit(bev)) == pairs(
            bd.Rook(islands="keep").fit(bev)
        )

    def test_a_border_that_nearly_meets_is_told(self):
        moved = grid_map(1, 3)
        moved.loc["u2", "geometry"] = affinity.translate(moved.geometry["u2"], 0.001)
        weights = bd.Queen(islands="keep").fit(moved)
        assert pairs(weights) == {("u0", "u1"), ("u1", "u0")}
        assert "1 pairs of units within 0.2 km do not touch" in weights.notes[0]
        assert "['u1-u2']" in repr(weights)

    def test_rounding_is_no_gap(self):
        """0.1 + 70 and the like: borders that should be one differ in the last digit."""
        tenth = grid_map(30, 30, step=0.1).translate(70, 10)
        exact = grid_map(30, 30)
        tenth = exact.set_geometry(tenth)
        assert pairs(bd.Queen().fit(tenth)) == pairs(bd.Queen().fit(exact))
        assert pairs(bd.Rook().fit(tenth)) == pairs(bd.Rook().fit(exact))

    def test_tolerance_needs_a_coordinate_system(self):
        bare = grid_map(2, 2).set_crs(None, allow_override=True)
        assert len(pairs(bd.Queen().fit(bare))) == 12
        with pytest.raises(bd.WeightsError, match="coordinate reference system"):
            bd.Queen(tolerance_km=1).fit(bare)
        with pytest.raises(bd.WeightsError, match="coordinate reference system"):
            bd.Rook(min_border_km=1).fit(bare)

    def test_tolerance_is_in_km_wherever_the_map_is(self):
        """0.01 degrees of longitude are 1.11 km at the equator and 0.38 km at 70 degrees north."""
        for south, tolerance, joined in (
            (0, 1.0, False),
            (0, 1.2, True),
            (69.5, 0.35, False),
            (69.5, 0.42, True),
        ):
            two = shapes(a=box(0, south, 1, south + 1), b=box(1.01, south, 2, south + 1))
            weights = bd.Queen(tolerance_km=tolerance, islands="keep").fit(two)
            assert bool(pairs(weights)) is joined, (south, tolerance)


class TestSlivers:
    def test_some_metres_of_border_where_there_should_be_a_point(self):
        """a and d share 0.001 degrees (0.11 km) in the middle, b and c nothing."""
        e = 0.001
        four = shapes(
            a=Polygon([(0, 0), (1, 0), (1, 1 + e), (0, 1 + e)]),
            b=Polygon([(1, 0), (2, 0), (2, 1), (1, 1)]),
            c=Polygon([(0, 1 + e), (1, 1 + e), (1, 2), (0, 2)]),
            d=Polygon([(1, 1), (2, 1), (2, 2), (1, 2)]),
        )
        assert ("a", "d") in pairs(bd.Rook().fit(four))
        weights = bd.Rook(min_border_km=1).fit(four)
        assert ("a", "d") not in pairs(weights)
        assert len(pairs(weights)) == 8
        assert "1 shared borders of at most 1 km left out: ['a-d']" in weights.notes

    def test_length_of_a_border(self):
        """One degree along a meridian is 111.195 km on the sphere, wherever it is."""
        two = shapes(a=box(0, 60, 1, 61), b=box(1, 60, 2, 61))
        assert pairs(bd.Rook(min_border_km=111.19).fit(two))
        assert not pairs(bd.Rook(min_border_km=111.20, islands="keep").fit(two))

    def test_a_border_drawn_with_different_vertices(self):
        two = shapes(
            a=box(0, 0, 1, 1), b=Polygon([(1, 0), (2, 0), (2, 1), (1, 1), (1, 0.7), (1, 0.3)])
        )
        thirds = shapes(
            a=Polygon([(0, 0), (1, 3), (0, 3)]),
            b=Polygon([(0, 0), (1 / 3, 1), (2 / 3, 2), (1, 3), (2, 0)]),
        )
        for shape in (two, thirds):
            assert pairs(bd.Rook().fit(shape)) == {("a", "b"), ("b", "a")}


class TestOverlaps:
    def test_narrow_ones_are_neighbours_and_told(self):
        two = shapes(a=box(0, 0, 1.01, 1), b=box(1, 0, 2, 1), c=box(2, 0, 3, 1))
        for recipe in (bd.Queen(), bd.Rook(), bd.Rook(min_border_km=50)):
            result = recipe.fit(two)
            assert pairs(result) == {("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")}
            assert result.notes[0].startswith(
                "1 pairs of shapes overlap and count as neighbours (at most 0.01"
            )

    def test_an_enclave_without_a_hole(self):
        weights = bd.Queen().fit(shapes(city=box(4, 4, 5, 5), province=box(0, 0, 10, 10)))
        assert pairs(weights) == {("city", "province"), ("province", "city")}

    def test_one_unit_twice_is_refused(self):
        twice = shapes(a=box(0, 0, 1, 1), b=box(0, 0, 1, 1), c=box(1, 0, 2, 1))
        with pytest.raises(bd.WeightsError, match=r"on one another for more than half: \['a-b'\]"):
            bd.Queen().fit(twice)


class TestShapes:
    def test_invalid_ones_are_repaired_and_told(self):
        bow = Polygon([(1, 0), (2, 1), (2, 0), (1, 1)])
        weights = bd.Queen().fit(shapes(a=box(0, 0, 1, 1), bow=bow, c=box(2, 0, 3, 1)))
        assert pairs(weights) == {("a", "bow"), ("bow", "a"), ("bow", "c"), ("c", "bow")}
        assert weights.notes == ("1 invalid shapes repaired (shapely.make_valid): bow",)
        near = bd.KNearest(1).fit(shapes(a=box(0, 0, 1, 1), bow=bow, c=box(9, 0, 10, 1)))
        assert ("a", "bow") in pairs(near)

    def test_parts_of_a_unit(self):
        parts = MultiPolygon([box(1, 0, 2, 1), box(5, 0, 6, 1)])
        weights = bd.Queen().fit(shapes(west=box(0, 0, 1, 1), both=parts, east=box(6, 0, 7, 1)))
        assert pairs(weights) == {
            ("west", "both"),
            ("both", "west"),
            ("both", "east"),
            ("east", "both"),
        }

    def test_parts_as_rows(self):
        rows = grid_map(1, 3).set_axis(["a", "b", "a"])
        with pytest.raises(bd.WeightsError, match=r"repeated \['a'\].*dissolve"):
            bd.Queen().fit(rows)
        with pytest.raises(bd.WeightsError, match="each id once"):
            bd.KNearest(1).fit(rows)

    def test_points_and_missing_shapes(self):
        with pytest.raises(bd.WeightsError, match=r"polygons.*got Point for \['b'\].*KNearest"):
            bd.Queen().fit(shapes(a=box(0, 0, 1, 1), b=Point(0, 0)))
        for lost in (None, Polygon()):
            with pytest.raises(
                bd.WeightsError, match=r"a shape for every unit; got none for \['b'\]"
            ):
                bd.Rook().fit(shapes(a=box(0, 0, 1, 1), b=lost))

    def test_swapped_coordinates(self, bev):
        turned = bev.geometry.set_geometry(bev.geometry.geometry.map(lambda one: _swapped(one)))
        turned = turned.set_crs(4326, allow_override=True)
        for recipe in (bd.Queen(), bd.KNearest(4), bd.InverseDistance()):
            with pytest.raises(bd.WeightsError, match="were the two swapped"):
                recipe.fit(turned)

    def test_metres_that_are_called_degrees(self):
        metres = grid_map(2, 2).to_crs(3857).set_crs(4326, allow_override=True)
        with pytest.raises(bd.WeightsError, match="metres of a projection"):
            bd.Queen().fit(metres)

    def test_a_projected_map_is_the_same_map(self, bev):
        plane = bev.geometry.to_crs("+proj=laea +lon_0=104 +lat_0=36 +datum=WGS84")
        for recipe in (
            bd.Queen(islands="nearest"),
            bd.KNearest(4),
            bd.Rook(islands="nearest", min_border_km=30),
        ):
            assert pairs(recipe.fit(plane)) == pairs(recipe.fit(bev))

    def test_order_of_rows_and_of_vertices_does_not_matter(self, bev):
        turned = bev.geometry.iloc[np.random.default_rng(0).permutation(31)]
        turned = turned.set_geometry(turned.geometry.reverse())
        for recipe in (
            bd.Queen(islands="nearest"),
            bd.Rook(islands="nearest"),
            bd.InverseDistance(),
        ):
            ours, theirs = recipe.fit(bev), recipe.fit(turned).align(bev.units)
            assert pairs(ours) == pairs(theirs)
            np.testing.assert_allclose(ours.dense, theirs.dense, rtol=1e-9)


def _swapped(shape):
    from shapely import transform

    return transform(shape, lambda at: at[:, ::-1])
