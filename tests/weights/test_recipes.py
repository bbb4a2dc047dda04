"""Recipes against libpysal, spdep's definitions on tiny maps, and formulas by hand."""

from __future__ import annotations

import pickle

import geopandas
import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from shapely.geometry import Point

import bevdrivers as bd
from bevdrivers.weights.points import EARTH_RADIUS_KM

from .maps import grid_map, pairs

# degrees of a great circle to km
DEGREE = np.pi / 180 * EARTH_RADIUS_KM


@pytest.fixture
def line() -> geopandas.GeoDataFrame:
    """Points on the equator, 1, 2 and 3 degrees apart, with a covariate."""
    at = [Point(x, 0) for x in (0, 1, 3, 6)]
    return geopandas.GeoDataFrame(
        {"x": [1.0, 2.0, 4.0, 9.0]}, geometry=at, index=list("abcd"), crs=4326
    )


@pytest.fixture
def economy() -> bd.Panel:
    """Three units, four years, points on the equator."""
    at = geopandas.GeoDataFrame(
        geometry=[Point(x, 0) for x in (0, 1, 3)], index=list("abc"), crs=4326
    )
    x = np.array([[1.0, 2, 4], [3, 4, 6], [5, 9, 20], [7, 5, 30]])
    return bd.Panel.from_arrays(
        {"x": x}, units=list("abc"), periods=[2001, 2002, 2003, 2004], geometry=at
    )


def raw(recipe, source) -> np.ndarray:
    return recipe.fit(source).links.toarray()


class TestContiguity:
    @pytest.mark.parametrize("rook", [False, True])
    def test_is_libpysal_on_a_clean_map(self, rook, bev):
        for shapes in (grid_map(5, 7), bev.geometry):
            theirs = Graph.build_contiguity(shapes, rook=rook, strict=True)
            ours = (bd.Rook if rook else bd.Queen)(islands="keep").fit(shapes)
            assert pairs(ours) == {pair for pair, value in theirs._adjacency.items() if value > 0}

    @pytest.mark.parametrize("order", [1, 2, 3])
    @pytest.mark.parametrize("lower", [False, True])
    def test_higher_order_is_libpysal(self, order, lower, bev):
        base = Graph.build_contiguity(bev.geometry.drop("Hainan"), rook=False, strict=True)
        theirs = base.higher_order(order, lower_order=lower) if order > 1 else base
        ours = bd.HigherOrder(bd.Queen(), order, lower).fit(bev.geometry.drop("Hainan"))
        assert pairs(ours) == {pair for pair, value in theirs._adjacency.items() if value > 0}

    def test_higher_order_follows_the_direction_of_links(self):
        ring = pd.DataFrame({"from": list("abcd"), "to": list("bcda")})
        base = bd.FromFlows(ring, "from", "to")
        shapes = grid_map(2, 2).set_axis(list("abcd"))
        assert pairs(bd.HigherOrder(base, 2).fit(shapes)) == {
            ("a", "c"),
            ("b", "d"),
            ("c", "a"),
            ("d", "b"),
        }
        assert pairs(bd.HigherOrder(base, 3).fit(shapes)) == {
            ("a", "d"),
            ("b", "a"),
            ("c", "b"),
            ("d", "c"),
        }

    def test_what_was_done_inside_is_told(self, bev):
        weights = bd.HigherOrder(bd.Queen(islands={"Hainan": ["Guangdong"]}), 2).fit(bev)
        assert weights.islands == ("Hainan joined to Guangdong",)
        with pytest.raises(bd.OptionError, match="on the outer recipe"):
            bd.HigherOrder(bd.Queen(islands="drop"), 2).fit(bev)


class TestDistance:
    def test_band_and_the_smallest(self, line):
        assert pairs(bd.DistanceBand(2.5 * DEGREE, islands="keep").fit(line)) == {
            *{("a", "b"), ("b", "a")},
            *{("b", "c"), ("c", "b")},
        }
        smallest = bd.DistanceBand("smallest").fit(line)
        assert ("c", "d") in pairs(smallest)
        assert ("b", "d") not in pairs(smallest)
        assert smallest.notes == (
            f"links up to {3 * DEGREE:.1f} km, the smallest band without islands",
        )
        less = bd.DistanceBand(3 * DEGREE - 0.001, islands="keep").fit(line)
        assert less.islands == ("d kept without neighbours",)
        assert pairs(bd.DistanceBand(3 * DEGREE).fit(line)) == pairs(smallest)

    def test_band_is_libpysal(self, bev):
        capitals = np.column_stack([bev.geometry["capital_lon"], bev.geometry["capital_lat"]])
        theirs = _precomputed(capitals, 900.0)
        ours = bd.DistanceBand(900, points=("capital_lon", "capital_lat"), islands="keep").fit(bev)
        assert pairs(ours) == {(bev.units[i], bev.units[j]) for i, j in theirs}

    def test_inverse_distance_with_a_cutoff_is_the_whole_one_cut(self, bev):
        whole = raw(bd.InverseDistance(2), bev)
        cut = raw(bd.InverseDistance(2, cutoff_km=900, islands="keep"), bev)
        np.testing.assert_allclose(cut[cut > 0], whole[cut > 0], rtol=1e-9)

    def test_exponential(self, line):
        links = raw(bd.Exponential(0.002), line)
        assert links[0, 3] == pytest.approx(np.exp(-0.002 * 6 * DEGREE), rel=1e-9)
        assert links[1, 0] == pytest.approx(np.exp(-0.002 * DEGREE), rel=1e-9)
        assert raw(bd.Exponential(0.002, cutoff_km=3.5 * DEGREE), line)[0, 3] == 0

    @pytest.mark.parametrize(
        ("kernel", "K"),
        [
            ("triangular", lambda z: 1 - z),
            ("uniform", lambda z: 0.5),
            ("epanechnikov", lambda z: 0.75 * (1 - z**2)),
            ("quartic", lambda z: 15 / 16 * (1 - z**2) ** 2),
            ("gaussian", lambda z: np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)),
        ],
    )
    def test_kernels(self, line, kernel, K):
        """Bandwidths to the second nearest: a 3, b 2, c 3, d 5 degrees; the largest is 5."""
        adaptive = raw(bd.Kernel(2, kernel), line)
        assert adaptive[0, 1] == pytest.approx(K(1 / 3))
        assert adaptive[1, 0] == pytest.approx(K(1 / 2))
        assert adaptive[1, 2] == pytest.approx(K(1.0), abs=1e-9)
        # c: b is 2 away, a and d both 3, at the bandwidth
        assert adaptive[2, 0] == pytest.approx(K(1.0), abs=1e-9)
        assert adaptive[2, 3] == pytest.approx(K(1.0), abs=1e-9)
        assert adaptive[0, 3] == 0
        fixed = raw(bd.Kernel(2, kernel, adaptive=False), line)
        np.testing.assert_allclose(fixed, fixed.T)
        assert fixed[0, 2] == pytest.approx(K(3 / 5))
        assert fixed[0, 3] == 0

    def test_kernel_is_libpysal(self, bev):
        from libpysal.graph import Graph as Theirs

        capitals = np.column_stack([bev.geometry["capital_lon"], bev.geometry["capital_lat"]])
        distance = _distances(capitals)
        width = np.sort(distance, axis=1)[:, 5].max()
        theirs = Theirs.build_kernel(
            distance, kernel="triangular", bandwidth=width, metric="precomputed"
        )
        ours = raw(bd.Kernel(5, adaptive=False, points=("capital_lon", "capital_lat")), bev)
        expected = theirs.sparse.toarray()
        np.fill_diagonal(expected, 0)
        np.testing.assert_allclose(ours, np.maximum(expected, 0), atol=1e-9)

    def test_units_at_one_place(self):
        at = geopandas.GeoDataFrame(
            geometry=[Point(0, 0)] * 2 + [Point(1, 0)], index=list("abc"), crs=4326
        )
        with pytest.raises(bd.WeightsError, match=r"units at one place: \[\('a', 'b'\)\]"):
            bd.InverseDistance().fit(at)
        with pytest.raises(bd.WeightsError, match="neighbours at other places"):
            bd.Kernel(1).fit(at)

    def test_options(self):
        wrong = (
            lambda: bd.DistanceBand(0),
            lambda: bd.DistanceBand("small"),
            lambda: bd.Exponential(0),
            lambda: bd.Kernel(0),
            lambda: bd.Kernel(3, "box"),
            lambda: bd.Queen(tolerance_km=-1),
            lambda: bd.Rook(min_border_km="far"),
            lambda: bd.HigherOrder(bd.Queen, 2),
            lambda: bd.HigherOrder(bd.Queen(), 0),
            lambda: bd.InverseDistance(cutoff_km=0),
        )
        for make in wrong:
            with pytest.raises(bd.OptionError):
                make()


class TestCentres:
    def test_by_weight_and_by_area(self):
        parts = grid_map(1, 2).assign(unit="u", people=[3.0, 1.0])
        by_area = bd.weighted_centres(parts, unit="unit")
        assert by_area.loc["u", "lon"] == pytest.approx(1.0, abs=1e-6)
        by_people = bd.weighted_centres(parts, unit="unit", weight="people")
        # vectors 3 at 0.5 and 1 at 1.5 degrees: tan(lon) from the sum, near the planar 0.75
        assert by_people.loc["u", "lon"] == pytest.approx(0.75, abs=1e-3)
        points = parts.set_geometry([Point(0, 0), Point(90, 0)])
        quarter = bd.weighted_centres(points, unit="unit", weight="people")
        assert quarter.loc["u", "lon"] == pytest.approx(np.degrees(np.arctan2(1, 3)), abs=1e-6)

    def test_are_a_source(self):
        parts = grid_map(2, 4).assign(unit=list("aabbccdd"))
        centres = bd.weighted_centres(parts, unit="unit")
        assert list(centres.index) == list("abcd")
        assert np.all(np.diff(bd.KNearest(2).fit(centres).links.indptr) == 2)

    def test_refusals(self):
        parts = grid_map(1, 2).assign(unit="u", people=[-1.0, 1.0], none=0.0)
        for weight, message in (
            ("people", "zero or more"),
            ("none", "positive sum"),
            ("what", "no \\['what'\\]"),
        ):
            with pytest.raises(bd.WeightsError, match=message):
                bd.weighted_centres(parts, unit="unit", weight=weight)


class TestEconomic:
    def test_mean_and_pre_sample(self, economy):
        mean = economy["x"].mean(axis=0)
        gap = np.abs(mean[:, None] - mean)
        expected = np.divide(1.0, gap, out=np.zeros((3, 3)), where=gap > 0)
        weights = bd.EconomicDistance("x", normalise=None).fit(economy)
        np.testing.assert_allclose(weights.dense, expected / expected.max())
        assert weights.notes == ("x: mean of 2001-2004",)
        before = bd.EconomicDistance("x", period="pre-sample", years=[2001, 2002]).fit(economy)
        # means 2, 3, 5
        np.testing.assert_allclose(
            before.links.toarray(), [[0, 1, 1 / 3], [1, 0, 1 / 2], [1 / 3, 1 / 2, 0]]
        )
        assert before.notes == ("x: mean of 2001-2002, before the sample",)
        assert "before the sample" in repr(before)
        one = bd.EconomicDistance("log(x)", years=2001).fit(economy)
        np.testing.assert_allclose(one.links.toarray()[0], [0, 1, 0.5])
        assert one.notes == ("log(x) of 2001",)

    def test_of_a_map(self, line):
        np.testing.assert_allclose(raw(bd.EconomicDistance("x"), line)[0], [0, 1, 1 / 3, 1 / 8])
        with pytest.raises(bd.WeightsError, match="a panel to take years from"):
            bd.EconomicDistance("x", years=2001).fit(line)

    def test_refusals(self, economy):
        with pytest.raises(bd.WeightsError, match=r"1 ties: \['a-b'\]"):
            bd.EconomicDistance("y").fit(economy.with_columns(y=np.array([[1.0, 1, 2]] * 4)))
        gap = economy["x"].copy()
        gap[1, 2] = np.nan
        with pytest.raises(bd.WeightsError, match=r"none for 1 units: \['c'\]"):
            bd.EconomicDistance("x").fit(economy.with_columns(x=gap))
        bd.EconomicDistance("x", years=2001).fit(economy.with_columns(x=gap))
        for recipe, message in (
            (
                bd.EconomicDistance("x", years=1999),
                "years of the panel, 2001 to 2004; got \\[1999\\]",
            ),
            (
                bd.EconomicDistance("x", period="pre-sample", years=2004),
                "before the sample, so before 2004",
            ),
        ):
            with pytest.raises(bd.WeightsError, match=message):
                recipe.fit(economy)
        with pytest.raises(bd.OptionError, match="the years before the sample"):
            bd.EconomicDistance("x", period="pre-sample")
        with pytest.raises(bd.OptionError, match="period"):
            bd.EconomicDistance("x", period="each year")

    def test_nested(self, economy):
        g, e = bd.InverseDistance(), bd.EconomicDistance("x")
        share = bd.Nested(g, e, share=0.7).fit(economy)
        np.testing.assert_allclose(
            share.dense, 0.7 * g.fit(economy).dense + 0.3 * e.fit(economy).dense
        )
        assert share.row_normalised
        product = bd.Nested(g, e, by="product").fit(economy)
        np.testing.assert_allclose(product.links.toarray(), raw(g, economy) * raw(e, economy))
        assert bd.Nested(g, e).share == 0.5
        assert hash(bd.Nested(g, e)) == hash(pickle.loads(pickle.dumps(bd.Nested(g, e))))
        for make in (
            lambda: bd.Nested(g, e, share=1),
            lambda: bd.Nested(g, e, by="product", share=0.5),
        ):
            with pytest.raises(bd.OptionError, match="share"):
                make()

    def test_economic_geographic(self, economy):
        g = bd.InverseDistance(normalise=None)
        mean = economy["x"].mean(axis=0)
        national = bd.EconomicGeographic(g, "x", normalise=None).fit(economy).dense
        np.testing.assert_allclose(national, g.fit(economy).dense @ np.diag(mean / mean.mean()))
        own = bd.EconomicGeographic(g, "x", relative_to="own", normalise=None).fit(economy).dense
        np.testing.assert_allclose(own, g.fit(economy).dense * mean / mean[:, None])
        rows = [
            bd.EconomicGeographic(g, "x", relative_to=to).fit(economy).dense
            for to in ("mean", "own")
        ]
        np.testing.assert_allclose(*rows)
        with pytest.raises(bd.WeightsError, match="positive values"):
            bd.EconomicGeographic(g, "z").fit(economy.with_columns(z=economy["x"] - 5))


class TestNetworks:
    def test_blocks(self, line, bev):
        weights = bd.Blocks("r", islands="keep").fit(line.assign(r=[1, 1, 2, 1]))
        assert pairs(weights) == {(i, j) for i in "abd" for j in "abd" if i != j}
        np.testing.assert_allclose(weights.dense[0], [0, 0.5, 0, 0.5])
        with pytest.raises(bd.WeightsError, match=r"'r' of every unit; got none for \['c'\]"):
            bd.Blocks("r").fit(line.assign(r=["x", "y", None, "x"]))
        assert bd.Blocks("region").fit(bev).components == len(set(bev["region"][0]))

    FLOWS = pd.DataFrame(
        {
            "o": ["a", "a", "b", "c", "a", "z"],
            "d": ["b", "b", "a", "c", "c", "a"],
            "n": [1, 2, 4, 8, 5, 20],
        }
    )

    def test_flows(self, line):
        weights = bd.FromFlows(self.FLOWS, "o", "d", "n", islands="keep").fit(line)
        expected = np.zeros((4, 4))
        expected[0, 1], expected[0, 2], expected[1, 0] = 3, 5, 4
        np.testing.assert_array_equal(weights.links.toarray(), expected)
        assert weights.notes == (
            "flows of 1 other units left out (50.0% of all): ['z']",
            "1 flows of units to themselves left out",
        )
        back = bd.FromFlows(self.FLOWS, "o", "d", "n", rows="destination", islands="keep").fit(line)
        np.testing.assert_array_equal(back.links.toarray(), expected.T)
        both = bd.FromFlows(self.FLOWS, "o", "d", "n", rows="both", islands="keep").fit(line)
        np.testing.assert_array_equal(both.links.toarray(), expected + expected.T)
        counted = bd.FromFlows(self.FLOWS, "o", "d", islands="keep").fit(line)
        assert counted.links[0, 1] == 2

    def test_travel_times(self, line):
        hours = pd.DataFrame({"o": ["a", "b"], "d": ["b", "a"], "h": [2.0, 4.0]})
        weights = bd.FromFlows(hours, "o", "d", "h", power=-1, islands="keep").fit(line)
        assert weights.links[0, 1] == 0.5
        with pytest.raises(bd.WeightsError, match="each pair once"):
            bd.FromFlows(pd.concat([hours, hours]), "o", "d", "h", power=-1).fit(line)

    def test_without_a_map(self):
        weights = bd.FromFlows(self.FLOWS, "o", "d", "n", islands="drop").fit()
        assert weights.ids == ("a", "b", "z")
        assert weights.dropped == ("c",)
        with pytest.raises(bd.WeightsError, match="geometry"):
            bd.FromFlows(self.FLOWS, "o", "d", islands="nearest").fit()

    def test_is_a_request(self):
        one, two = (bd.FromFlows(self.FLOWS, "o", "d", "n") for _ in range(2))
        assert one == two
        assert hash(one) == hash(pickle.loads(pickle.dumps(two)))

    def test_refusals(self):
        with pytest.raises(bd.DataError, match=r"no \['m'\]"):
            bd.FromFlows(self.FLOWS, "o", "d", "m")
        with pytest.raises(bd.DataError, match=r"1 rows: \[\('b', 'a', -1.0\)\]"):
            bd.FromFlows(pd.DataFrame({"o": ["b"], "d": ["a"], "n": [-1]}), "o", "d", "n")
        with pytest.raises(bd.OptionError, match="a DataFrame"):
            bd.FromFlows([1], "o", "d")


def _distances(lonlat: np.ndarray) -> np.ndarray:
    """Great-circle distances by the haversine formula."""
    lon, lat = np.radians(lonlat).T
    a = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(a))


def _precomputed(lonlat: np.ndarray, threshold: float) -> set[tuple[int, int]]:
    distance = _distances(lonlat)
    i, j = np.nonzero((distance <= threshold) & ~np.eye(len(distance), dtype=bool))
    return set(zip(i.tolist(), j.tolist(), strict=True))


@pytest.mark.parametrize(
    "recipe", [bd.Queen(), bd.KNearest(3), bd.Nested(bd.Queen(), bd.EconomicDistance("gdp_pc"))]
)
class TestHowARecipePrints:
    def test_it_says_that_it_is_a_request_for_weights(self, recipe):
        assert str(recipe).startswith(f"Request for spatial weights ({recipe.name})")
        assert ".fit(panel)" in str(recipe)

    def test_its_repr_is_an_expression(self, recipe):
        assert eval(repr(recipe), {**_RECIPES}) == recipe


_RECIPES = {name: getattr(bd, name) for name in ("Queen", "KNearest", "Nested", "EconomicDistance")}


@pytest.mark.parametrize("k", [True, 0, 2.0, "4"])
def test_a_number_of_neighbours_is_a_whole_number(k):
    with pytest.raises(
        bd.OptionError, match="k: expected a whole number of neighbours, at least 1"
    ):
        bd.KNearest(k)


def test_a_whole_number_of_numpy_is_one():
    assert bd.KNearest(np.int64(3)) == bd.KNearest(3)
    assert type(bd.KNearest(np.int64(3)).k) is int


@pytest.mark.parametrize("recipe", [bd.KNearest, bd.Kernel])
def test_a_refused_k_says_that_it_counts_neighbours(recipe):
    with pytest.raises(
        bd.OptionError, match="k: expected a whole number of neighbours, at least 1"
    ):
        recipe(0)


def test_units_at_one_place_with_a_least_distance():
    """1/d of the distances by hand: two units at one place count as 2 km apart."""
    import geopandas
    from shapely.geometry import Point

    at = [Point(0, 0), Point(0, 0), Point(1, 0)]
    three = geopandas.GeoDataFrame(geometry=at, index=["a", "b", "c"], crs=4326)
    degree = 6371.0088 * np.pi / 180
    weights = bd.InverseDistance(least_km=2, normalise=None).fit(three)
    np.testing.assert_allclose(
        weights.dense,
        [[0, 1, 2 / degree], [1, 0, 2 / degree], [2 / degree, 2 / degree, 0]],
        rtol=1e-9,
    )
    assert weights.notes == ("1 pairs nearer than 2 km count as so far apart",)
