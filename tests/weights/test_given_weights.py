"""Weights as users bring them: frames with labels, recipes, graphs of libpysal."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.numerics.linalg import RHO_FLOOR

from ..made_up import drawn, scattered

FORMULA = "log1p(bev_density) ~ log(gdp_pc) + tertiary_share"


@pytest.fixture(scope="module")
def frame(queen):
    """The raw links with rows and columns shuffled alike."""
    labelled = pd.DataFrame(queen.links.toarray(), index=queen.ids, columns=queen.ids)
    order = np.random.default_rng(3).permutation(queen.n_units)
    return labelled.iloc[order, order]


class TestLabels:
    def test_shuffled_alike_or_apart(self, frame, queen, bev):
        for shuffled in (frame, frame.iloc[::-1], frame.iloc[:, ::-1]):
            weights = bd.SpatialWeights.from_matrix(shuffled, ids=sorted(queen.ids))
            np.testing.assert_array_equal(weights.align(queen.ids).dense, queen.dense)
        rho = bd.SAR(FORMULA).fit(bev, weights).params["rho"]
        assert rho == pytest.approx(bd.SAR(FORMULA).fit(bev, queen).params["rho"], rel=1e-12)

    def test_codes_as_numbers_and_as_texts(self):
        codes = [30, 10, 20]
        links = pd.DataFrame([[0, 1, 2], [3, 0, 4], [5, 6, 0]], index=codes, columns=codes)
        weights = bd.SpatialWeights.from_matrix(links, ids=["10", "20", "30"], normalise=None)
        np.testing.assert_array_equal(weights.dense, [[0, 4, 3], [6, 0, 5], [1, 2, 0]])

    def test_numbered_rows_and_columns_are_no_labels(self, queen):
        bare = pd.DataFrame(queen.links.toarray())
        weights = bd.SpatialWeights.from_matrix(bare, ids=queen.ids)
        np.testing.assert_array_equal(weights.dense, queen.dense)

    def test_other_labels_are_refused(self, frame, queen):
        renamed = frame.rename(index={"Hebei": "Hopei"}, columns={"Hebei": "Hopei"})
        one_side = frame.set_axis(range(31), axis=1)
        twice = frame.set_axis(["Hebei"] * 31, axis=1)
        for wrong in (renamed, one_side, twice):
            with pytest.raises(bd.WeightsError, match=r"labelled with the ids.*matrix\.to_numpy"):
                bd.SpatialWeights.from_matrix(wrong, ids=queen.ids)

    def test_lags_of_a_frame(self, queen, bev):
        values = pd.DataFrame(bev["gdp_pc"], index=bev.periods, columns=bev.units)
        expected = queen.lag(bev["gdp_pc"])
        np.testing.assert_array_equal(queen.lag(values.iloc[:, ::-1]), expected)
        np.testing.assert_array_equal(queen.lag(values.set_axis(range(31), axis=1)), expected)
        with pytest.raises(bd.WeightsError, match="a column for each unit"):
            queen.lag(values.rename(columns={"Hebei": "Hopei"}))


class TestBesideAPanel:
    def test_a_recipe_is_fitted_on_the_panel(self, bev):
        recipe = bd.KNearest(4)
        fit = bd.SDM(FORMULA).fit(bev, recipe)
        expected = bd.SDM(FORMULA).fit(bev, recipe.fit(bev))
        pd.testing.assert_series_equal(fit.params, expected.params, rtol=1e-12)
        tests = bd.lm_tests(bd.NonSpatial(FORMULA), bev, recipe).tidy()
        pd.testing.assert_frame_equal(
            tests, bd.lm_tests(bd.NonSpatial(FORMULA), bev, recipe.fit(bev)).tidy()
        )
        both = bd.compare_weights([recipe, bd.KNearest(6)], bev, variable="gdp_pc")
        assert both.names == ("4 nearest", "6 nearest")

    @pytest.mark.parametrize("kind", ["Graph", "W"])
    def test_a_graph_is_converted(self, kind, queen, bev):
        graph = queen.to_libpysal()
        given = graph if kind == "Graph" else graph.to_W()
        fit = bd.SAR(FORMULA).fit(bev, given)
        expected = bd.SAR(FORMULA).fit(bev, queen)
        pd.testing.assert_series_equal(fit.params, expected.params, rtol=1e-9)
        assert "from libpysal, normalised by rows" in fit.sample.W.notes
        moran = bd.Moran("gdp_pc", permutations=0).fit(bev, given)
        assert moran.frame["I"].to_numpy() == pytest.approx(
            bd.Moran("gdp_pc", permutations=0).fit(bev, queen).frame["I"].to_numpy()
        )

    def test_a_graph_goes_through_the_same_checks(self, bev):
        kept = bd.Queen(islands="keep").fit(bev).to_libpysal()
        with pytest.raises(bd.WeightsError, match=r"\['Hainan'\].*from_libpysal\(graph, islands="):
            bd.SAR(FORMULA).fit(bev, kept)
        few = bd.Queen().fit(bev.drop_units("Hainan")).to_libpysal()
        with pytest.raises(bd.WeightsError, match="a row for every unit of the panel"):
            bd.SAR(FORMULA).fit(bev, few)

    def test_draws_need_units(self, queen):
        drawn = {"x": 1.0, "Intercept": 0.0, "rho": 0.3}
        request = bd.SAR("y ~ x", fixed_effects=None)
        again = bd.simulate_panel(request, queen.to_libpysal(), params=drawn, seed=1)
        expected = bd.simulate_panel(request, queen, params=drawn, seed=1)
        np.testing.assert_allclose(again["y"], expected["y"], rtol=1e-12)
        with pytest.raises(bd.WeightsError, match="Fit it first"):
            bd.simulate_panel(request, bd.Queen(), params=drawn, seed=1)

    def test_a_map_by_its_path(self, bev, tmp_path):
        file = tmp_path / "map.geojson"
        bev.geometry.reset_index(names="unit")[["unit", "geometry"]].to_file(file)
        weights = bd.Queen(islands="nearest").fit(file)
        expected = bd.Queen(islands="nearest").fit(bev)
        np.testing.assert_array_equal(weights.align(bev.units).dense, expected.dense)


class TestZeroEigenvalues:
    """Walks on iterated line digraphs of a digraph: the eigenvalues of its own walk, else zeros
    that lack eigenvectors.

    Rounding makes 1e-4 of these zeros, of either sign by the order of the rows.
    """

    # the walk 1 -> 2, 3; 2 -> 3; 3 -> 1: 1 and a complex pair
    EDGES = (("1", "2"), ("1", "3"), ("2", "3"), ("3", "1"))

    def iterated(self, times: int) -> tuple[np.ndarray, list]:
        nodes, edges = ["1", "2", "3"], list(self.EDGES)
        for _ in range(times):
            nodes, edges = edges, [(a, b) for a in edges for b in edges if a[1] == b[0]]
        where = {node: at for at, node in enumerate(nodes)}
        links = np.zeros((len(nodes), len(nodes)))
        for a, b in edges:
            links[where[a], where[b]] = 1.0
        return links, [f"u{at}" for at in range(len(nodes))]

    @pytest.mark.parametrize("times", [2, 4, 5])
    def test_bounds_do_not_depend_on_the_order_of_units(self, times):
        links, ids = self.iterated(times)
        for seed in range(6):
            order = np.random.default_rng(seed).permutation(len(ids))
            W = bd.SpatialWeights.from_matrix(
                links[np.ix_(order, order)], [ids[at] for at in order]
            )
            assert W.rho_bounds == pytest.approx((RHO_FLOOR, 1.0), rel=1e-12)
            values = W.full_spectrum.values
            assert (values != 0).sum() == 3
            # the walk of the digraph itself: (z - 1)(z^2 + z + 1/2)
            own = sorted(values[values != 0], key=lambda z: (z.real, z.imag))
            np.testing.assert_allclose(own, [-0.5 - 0.5j, -0.5 + 0.5j, 1.0], atol=1e-9)

    def test_no_path_back_is_zero(self):
        """A cycle of three that two units look at: 1 and a complex pair."""
        links = np.zeros((5, 5))
        links[[0, 1, 2, 3, 4, 4], [1, 2, 0, 0, 3, 1]] = 1.0
        W = bd.SpatialWeights.from_matrix(links, list("abcde"))
        assert (W.full_spectrum.values == 0).sum() == 2
        assert W.rho_bounds == pytest.approx((RHO_FLOOR, 1.0))

    def test_small_ones_that_are_none_of_rounding_stay(self):
        """Two pairs of units, one of them in weak links: eigenvalues of 1 and of 1e-6."""
        links = np.zeros((4, 4))
        links[[0, 1, 2, 3], [1, 0, 3, 2]] = [1.0, 1.0, 2e-6, 5e-7]
        W = bd.SpatialWeights.from_matrix(links, list("abcd"), normalise=None)
        small = np.sort(np.abs(W.full_spectrum.values))[:2]
        np.testing.assert_allclose(small, 1e-6, rtol=1e-9)

    def test_a_double_eigenvalue_beside_zero(self):
        """Eigenvalues of 1, -1/2 twice with one vector, and 0: trace 0, trace of W^2 3/2."""
        links = np.zeros((4, 4))
        links[[0, 1, 1, 2, 3, 3], [3, 0, 3, 3, 1, 2]] = 1.0
        for seed in range(6):
            order = np.random.default_rng(seed).permutation(4)
            W = bd.SpatialWeights.from_matrix(links[np.ix_(order, order)], list("abcd"))
            assert W.rho_bounds == pytest.approx((-2.0, 1.0), rel=1e-12)
            values = np.sort(W.full_spectrum.values)
            np.testing.assert_allclose(values, [-0.5, -0.5, 0.0, 1.0], atol=1e-12)


def test_small_eigenvalues_of_a_random_matrix_stay():
    """Determinant by elimination against the product of eigenvalues."""
    links = np.random.default_rng(5).uniform(size=(40, 40)) * (1 - np.eye(40))
    W = bd.SpatialWeights.from_matrix(links, [f"u{i}" for i in range(40)])
    sign, log = np.linalg.slogdet(np.eye(40) - 0.6 * W.dense)
    assert sign == 1
    assert W.spectrum.log_determinant(0.6) == pytest.approx(log, rel=1e-10)


@pytest.mark.parametrize(
    "ask",
    [
        lambda panel, W: bd.Moran("y").fit(panel, W),
        lambda panel, W: bd.Geary("y").fit(panel, W),
        lambda panel, W: bd.LocalMoran("y").fit(panel, W),
        lambda panel, W: bd.ResidualMoran().fit(bd.NonSpatial("y ~ x1").fit(panel), W),
        lambda panel, W: bd.SpatialLag("y ~ x1", fixed_effects=None).fit(panel, W),
    ],
)
def test_weights_that_link_nobody_are_refused(ask):
    panel = drawn(bd.SpatialLag, scattered(6))
    none = bd.SpatialWeights.from_matrix(np.zeros((6, 6)), panel.units, islands="keep")
    with pytest.raises(bd.WeightsError, match="a link between at least two units"):
        ask(panel, none)
