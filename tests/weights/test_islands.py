"""Islands and components; normalisation; weights that vary by year."""

from __future__ import annotations

from dataclasses import replace

import geopandas
import numpy as np
import pytest
from scipy import sparse
from shapely.geometry import Point

import bevdrivers as bd

from .maps import grid_map, pairs


class TestDrop:
    def test_the_weights_lack_the_unit_and_say_so(self, bev):
        weights = bd.Queen(islands="drop").fit(bev)
        assert weights.dropped == ("Hainan",)
        assert "Hainan" not in weights.ids
        assert weights.islands == ("Hainan dropped, without neighbours",)
        for text in (repr(weights), weights.summary(), weights.glance().loc[0, "islands"]):
            assert "Hainan dropped" in text
        with pytest.raises(
            bd.WeightsError, match=r"left out with islands='drop'.*drop_units\('Hainan'\)"
        ):
            weights.align(bev.units)
        aligned = weights.align(bev.drop_units("Hainan").units)
        assert aligned.row_normalised
        assert aligned.islands == weights.islands

    def test_until_none_is_left(self):
        """b leads only to c and c nowhere: both go."""
        links = np.array([[0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0]], float)
        weights = bd.SpatialWeights.from_matrix(links, list("abcd"), islands="drop")
        assert (weights.ids, weights.dropped) == (("a", "d"), ("b", "c"))
        with pytest.raises(bd.WeightsError, match="every unit is an island"):
            bd.SpatialWeights.from_matrix(np.zeros((3, 3)), list("abc"), islands="drop")


class TestJoined:
    def test_nearest_by_points(self):
        at = [Point(x, 0) for x in (0, 1, 2, 9)]
        line = geopandas.GeoDataFrame(geometry=at, index=list("abcd"), crs=4326)
        weights = bd.InverseDistance(cutoff_km=150, islands="nearest").fit(line)
        assert weights.islands == ("d joined to c",)
        # as weak as the weakest other link
        assert weights.links[3, 2] == weights.links[2, 3] == pytest.approx(weights.links[0, 1])

    def test_nearest_needs_places(self):
        links = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
        with pytest.raises(bd.WeightsError, match=r"places are known.*islands=\{'c'"):
            bd.SpatialWeights.from_matrix(links, list("abc"), islands="nearest")

    def test_a_link_that_is_there_stays_as_it_is(self):
        links = np.array([[0, 2.0, 0], [4.0, 0, 0], [0, 0, 0]])
        weights = bd.SpatialWeights.from_matrix(
            links, list("abc"), islands={"a": "b", "c": ["a"]}, normalise=None
        )
        np.testing.assert_array_equal(weights.dense, [[0, 2, 2], [4, 0, 0], [2, 0, 0]])

    def test_refusals(self):
        links = 1 - np.eye(3)
        with pytest.raises(bd.WeightsError, match="joined to itself"):
            bd.SpatialWeights.from_matrix(links, list("abc"), islands={"a": ["a"]})
        with pytest.raises(bd.OptionError, match="islands"):
            bd.SpatialWeights.from_matrix(links, list("abc"), islands="join")


def test_components():
    two = grid_map(1, 5).drop(index="u2")
    weights = bd.Queen().fit(two)
    assert weights.components == 2
    assert len(set(weights.component_labels[:2])) == 1
    row = weights.glance().iloc[0]
    assert (row["components"], row["largest_component"]) == (2, 2)


class TestNormalisation:
    RAW = np.array([[0, 1, 3], [1, 0, 0], [2, 2, 0]], float)

    def test_min_max(self):
        """Largest row sum 4, largest column sum 3."""
        weights = bd.SpatialWeights.from_matrix(self.RAW, list("abc"), normalise="min-max")
        np.testing.assert_allclose(weights.dense, self.RAW / 3)
        assert np.abs(np.linalg.eigvals(weights.dense)).max() <= 1 + 1e-12  # rounding
        assert (
            bd.Queen(normalise="min-max", islands="nearest").fit(bd.load_panel()).links.max() == 1
        )

    def test_links_that_lead_nowhere(self):
        """A directed path: all eigenvalues are 0, and every rho is admissible."""
        path = np.diag([1.0, 1.0], 1)
        made = {"ids": list("abc"), "islands": "keep"}
        with pytest.raises(bd.WeightsError, match="spectral radius above 0"):
            _ = bd.SpatialWeights.from_matrix(path, normalise="spectral", **made).sparse
        with pytest.raises(bd.WeightsError, match="row and column sum above 0"):
            _ = bd.SpatialWeights.from_matrix(path * 0, normalise="min-max", **made).sparse

    @pytest.mark.parametrize("how", ["row", "spectral", "min-max", None])
    @pytest.mark.parametrize("recipe", [bd.Queen(), bd.Rook(), bd.KNearest(5)])
    def test_large_weights_like_small_ones(self, how, recipe, monkeypatch):
        """The sparse solvers against all eigenvalues, on 12 x 13 squares."""
        weights = replace(recipe.fit(grid_map(12, 13)), normalise=how)
        low, high = weights.spectrum.bounds
        dense = weights.dense
        monkeypatch.setattr("bevdrivers.weights.normalisation.DENSE_EIGENVALUES", 10)
        monkeypatch.setattr("bevdrivers.weights.weights.EIGEN_UNITS", 10)
        monkeypatch.setattr("bevdrivers.weights.weights.EIGEN_UNITS_ASYMMETRIC", 10)
        large = replace(weights, _aligned={})
        np.testing.assert_allclose(large.sparse.toarray(), dense, rtol=1e-5)
        bounds = large.rho_bounds
        # inside the true range, and near its ends where the links are symmetric
        assert low * (1 + 1e-5) <= bounds[0] < 0
        assert bounds[1] == pytest.approx(high, rel=0.01)
        if not isinstance(recipe, bd.KNearest):
            assert bounds[0] == pytest.approx(low, rel=0.01)


class TestByYear:
    @pytest.mark.parametrize(
        "several",
        [
            [1 - np.eye(3)] * 4,
            (1 - np.eye(3), sparse.csr_array(1 - np.eye(3))),
            {2001: 1 - np.eye(3), 2002: 1 - np.eye(3)},
            np.ones((4, 3, 3)) - np.eye(3),
        ],
    )
    def test_refused_with_the_way_out(self, several):
        with pytest.raises(
            bd.WeightsError,
            match=r"the same in every year; got \d matrices.*year before the sample",
        ):
            bd.SpatialWeights.from_matrix(several, list("abc"))

    def test_a_matrix_as_lists_is_one_matrix(self):
        weights = bd.SpatialWeights.from_matrix([[0, 1], [1, 0]], ["a", "b"])
        assert pairs(weights) == {("a", "b"), ("b", "a")}
