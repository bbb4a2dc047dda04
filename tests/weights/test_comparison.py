"""Comparison of weights, links as lines, and what a hundred thousand units cost."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.results import TIDY_COLUMNS, Result

from .maps import grid_map, pairs


@pytest.fixture(scope="module")
def several(bev):
    return [
        bd.Queen(islands="nearest").fit(bev),
        bd.KNearest(4).fit(bev),
        bd.InverseDistance().fit(bev),
    ]


class TestCompare:
    def test_links_and_lags_by_hand(self, several, bev):
        comparison = bd.compare_weights(several, bev, variable="log(gdp_pc)")
        assert isinstance(comparison, Result)
        row = comparison.frame.iloc[0]
        shared = len(pairs(several[0]) & pairs(several[1]))
        assert row["shared_links"] == shared
        assert row["share_of_first"] == shared / 138
        assert row["share_of_second"] == shared / 124
        assert row["jaccard"] == pytest.approx(shared / (138 + 124 - shared))
        y = np.log(bev["gdp_pc"])
        lags = [y @ W.dense.T for W in several[:2]]
        flat = [(lag - lag.mean(axis=1, keepdims=True)).ravel() for lag in lags]
        assert row["lag_correlation"] == pytest.approx(np.corrcoef(*flat)[0, 1])

    def test_random_fields_have_the_correlation_of_the_matrices(self, several):
        """E corr = tr(A'QB) / sqrt(tr(A'QA) tr(B'QB)) with Q the demeaning, as draws grow; here 1 %
        of noise.
        """
        comparison = bd.compare_weights(several, draws=20000, seed=1)
        A, B = (W.dense - W.dense.mean(axis=0) for W in several[1:])
        expected = (A * B).sum() / np.sqrt((A * A).sum() * (B * B).sum())
        assert comparison.correlation.iloc[1, 2] == pytest.approx(expected, abs=0.01)

    def test_seed(self, several):
        one, two, other = (bd.compare_weights(several, seed=seed).frame for seed in (3, 3, 4))
        assert one.equals(two)
        assert not one.equals(other)

    def test_frames(self, several):
        comparison = bd.compare_weights({"q": several[0], "k": several[1], "d": several[2]})
        tidy = comparison.tidy()
        assert list(tidy.columns) == list(TIDY_COLUMNS)
        assert set(tidy["term"]) == {"q ~ k", "q ~ d", "k ~ d"}
        glance = comparison.glance().iloc[0]
        assert (glance["n_weights"], glance["n_units"], glance["draws"], glance["seed"]) == (
            3,
            31,
            99,
            0,
        )
        assert list(comparison.summaries["name"]) == ["q", "k", "d"]
        np.testing.assert_allclose(comparison.summaries["rho_max"], 1)
        assert "99 random fields, seed 0" in str(comparison)

    def test_same_weights_and_names(self, several):
        comparison = bd.compare_weights([several[0], several[0]])
        assert comparison.names == ("Queen", "Queen (2)")
        assert comparison.frame.loc[0, "lag_correlation"] == pytest.approx(1)
        assert comparison.frame.loc[0, "jaccard"] == 1

    def test_order_of_units_does_not_matter(self, several):
        turned = several[1].align(several[1].ids[::-1])
        assert bd.compare_weights([several[1], turned]).frame.loc[0, "jaccard"] == 1

    def test_refusals(self, several, bev):
        with pytest.raises(bd.OptionError, match="two or more"):
            bd.compare_weights(several[:1])
        with pytest.raises(bd.WeightsError, match="Fit it first"):
            bd.compare_weights([several[0], bd.Queen()])
        with pytest.raises(bd.OptionError, match="without a panel"):
            bd.compare_weights(several, variable="gdp_pc")
        with pytest.raises(bd.WeightsError, match="none for 1 units"):
            bd.compare_weights([several[1], bd.Queen(islands="drop").fit(bev)])


class TestEdges:
    def test_one_line_a_pair(self, queen, bev):
        lines = queen.edges(bev, points=("capital_lon", "capital_lat"))
        assert len(lines) == 69
        assert lines["mutual"].all()
        assert lines.crs == 4326
        row = lines.set_index(["focal", "neighbor"]).loc[("Beijing", "Tianjin")]
        assert row["weight"] == queen.dense[queen.ids.index("Beijing"), queen.ids.index("Tianjin")]
        assert (
            row["weight_back"]
            == queen.dense[queen.ids.index("Tianjin"), queen.ids.index("Beijing")]
        )
        assert row["distance_km"] == pytest.approx(110, abs=10)
        position = bev.geometry.loc["Beijing", ["capital_lon", "capital_lat"]].to_list()
        assert list(row["geometry"].coords[0]) == position

    def test_one_way(self):
        shapes = grid_map(1, 3)
        weights = bd.SpatialWeights.from_matrix(
            [[0, 0, 0], [2, 0, 0], [1, 1, 0]], shapes.index, islands="keep"
        )
        lines = weights.edges(shapes)
        assert set(zip(lines["focal"], lines["neighbor"], strict=True)) == {
            ("u1", "u0"),
            ("u2", "u0"),
            ("u2", "u1"),
        }
        assert not lines["mutual"].any()
        assert (lines["weight"] > 0).all()

    def test_a_larger_map_and_a_smaller_one(self, queen, bev):
        few = queen.align([name for name in bev.units if name != "Hebei"])
        assert not (few.edges(bev)[["focal", "neighbor"]] == "Hebei").any(axis=None)
        with pytest.raises(bd.WeightsError, match=r"none for \['Hebei'\]"):
            queen.edges(bev.drop_units("Hebei"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "recipe", [bd.KNearest(6), bd.Queen(), bd.DistanceBand(20), bd.InverseDistance(cutoff_km=20)]
)
def test_forty_thousand_units(recipe):
    """No N x N array: that of 40,000 units would take 13 GB; measured at 45 to 63 MB."""
    shapes = grid_map(200, 200, step=0.125).translate(70, 10)
    shapes = shapes.to_frame("geometry").set_geometry("geometry")
    tracemalloc.start()
    weights = recipe.fit(shapes)
    aligned = weights.align(weights.ids[::-1])
    assert aligned.lag(np.ones((2, aligned.n_units))).max() == pytest.approx(1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6
    low, high = aligned.rho_bounds
    assert low < 0 < high
