"""Distances against sums over all pairs, scalings and links of small graphs by hand, and names."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

import bevdrivers as bd
from bevdrivers.weights.islands import listed
from bevdrivers.weights.points import EARTH_RADIUS_KM, great_circle, on_sphere, pairs_within

from .maps import grid_map, pairs

# rounding of an arc on the Earth, in km
ROUNDING = 1e-6


def places(*lonlat: tuple[float, float]) -> geopandas.GeoDataFrame:
    names = [f"u{k}" for k in range(len(lonlat))]
    return geopandas.GeoDataFrame(
        geometry=[Point(*point) for point in lonlat], index=names, crs=4326
    )


def haversine(lonlat: np.ndarray) -> np.ndarray:
    lon, lat = np.radians(lonlat).T
    half = np.sin((lat[:, None] - lat) / 2) ** 2 + np.cos(lat[:, None]) * np.cos(lat) * (
        np.sin((lon[:, None] - lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))


class TestDistances:
    LONLAT = np.random.default_rng(0).uniform([-180, -90], [180, 90], size=(40, 2))

    def test_great_circle_is_the_haversine_formula(self):
        distances = great_circle(on_sphere(self.LONLAT))
        np.testing.assert_allclose(distances, haversine(self.LONLAT), atol=ROUNDING)

    @pytest.mark.parametrize("km", [300, 1000, 2500, 6000, 12_000, 19_000, 25_000])
    def test_pairs_within_are_those_of_the_whole_matrix(self, km):
        distance = haversine(self.LONLAT)
        expected = {(i, j) for i, j in np.argwhere(distance <= km) if i < j}
        i, j, computed = pairs_within(on_sphere(self.LONLAT), km)
        assert set(zip(i.tolist(), j.tolist(), strict=True)) == expected
        np.testing.assert_allclose(computed, distance[i, j], atol=ROUNDING)

    def test_units_as_far_as_the_bandwidth_are_within_it_whatever_the_rounding(self):
        """One unit west and one east of the middle, as far as each other."""
        for lat in (1, 20, 40, 60):
            source = places((0, lat), (0.1, lat), (-0.1, lat))
            links = bd.Kernel(1, "uniform").fit(source).links.toarray()
            np.testing.assert_array_equal(links[0], [0, 0.5, 0.5])

    def test_a_cutoff_without_any_pair_leaves_islands(self):
        recipe = bd.InverseDistance(cutoff_km=1, islands="keep")
        assert recipe.fit(places((0, 0), (1, 0), (2, 1))).links.nnz == 0

    def test_a_decay_to_zero_is_no_link(self):
        with pytest.raises(bd.WeightsError, match="a neighbour for every unit"):
            bd.Exponential(10).fit(places((0, 0), (1, 0), (2, 1)))


class TestScaling:
    def test_min_max_is_the_smaller_of_the_largest_row_and_column_sum(self):
        """Row sums 0.7, 0.1, 0.2 and column sums 0.3, 0.3, 0.4 (Kelejian and Prucha 2010)."""
        links = np.array([[0, 0.3, 0.4], [0.1, 0, 0], [0.2, 0, 0]])
        weights = bd.SpatialWeights.from_matrix(links, list("abc"), normalise="min-max")
        np.testing.assert_allclose(weights.dense, links / 0.4)


class TestHigherOrder:
    def test_a_last_unit_to_which_no_link_leads(self):
        """c leads to a and a to b, so that b is two steps from c."""
        flows = pd.DataFrame({"from": list("abc"), "to": list("baa")})
        shapes = grid_map(1, 3).set_axis(list("abc"))
        base = bd.FromFlows(flows, "from", "to")
        assert pairs(bd.HigherOrder(base, 2, islands="keep").fit(shapes)) == {("c", "b")}


class TestEconomic:
    def shapes(self) -> geopandas.GeoDataFrame:
        return places((0, 0), (1, 0), (3, 0)).assign(x=[0.5, 0.25, 2.0])

    def test_values_below_one_are_positive(self):
        shapes = self.shapes()
        recipe = bd.EconomicGeographic(
            bd.InverseDistance(normalise=None), "x", relative_to="own", normalise=None
        )
        plain = bd.InverseDistance(normalise=None).fit(shapes).dense
        ratio = shapes["x"].to_numpy() / shapes["x"].to_numpy()[:, None]
        np.testing.assert_allclose(recipe.fit(shapes).dense, plain * ratio, rtol=1e-12)

    def test_options_of_economic_geographic(self):
        with pytest.raises(bd.OptionError, match="relative_to"):
            bd.EconomicGeographic(bd.Queen(), "x", relative_to="row")
        with pytest.raises(bd.OptionError, match="the years before the sample"):
            bd.EconomicGeographic(bd.Queen(), "x", period="pre-sample")


def test_names():
    assert bd.KNearest(6).name == "6 nearest"
    product = bd.Nested(bd.KNearest(6), bd.InverseDistance(), by="product")
    assert product.name == "(6 nearest) x (1/d)"


def test_up_to_ten_names_are_listed():
    names = list("abcdefghijk")
    assert listed(names[:10]) == "a, b, c, d, e, f, g, h, i, j"
    assert listed(names) == "a, b, c, d, e and 6 more"


@pytest.mark.parametrize("cycle", [False, True])
def test_what_a_notebook_shows(cycle):
    class Printer:
        shown = ""

        def text(self, words: str) -> None:
            self.shown += words

    printer = Printer()
    bd.Queen()._repr_pretty_(printer, cycle)
    assert printer.shown == ("..." if cycle else str(bd.Queen()))
