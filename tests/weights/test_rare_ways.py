"""Forms and refusals of weights that are met rarely, each once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd

from .maps import grid_map, pairs


@pytest.fixture
def written(tmp_path):
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


class TestTables:
    MATRIX = np.array([[0, 1, 2, 4], [1, 0, 3, 5], [2, 3, 0, 6], [4, 5, 6, 0]], dtype=float)

    def test_a_matrix_with_names_on_the_left_alone(self, written):
        path = written("w.csv", "a,0,1,2,4\nb,1,0,3,5\nc,2,3,0,6\nd,4,5,6,0\n")
        W = bd.FromFile(path, normalise=None).fit()
        assert W.ids == ("a", "b", "c", "d")
        np.testing.assert_array_equal(W.dense, self.MATRIX)

    def test_a_matrix_with_names_above_alone(self, written):
        path = written("w.csv", "a,b,c,d\n0,1,2,4\n1,0,3,5\n2,3,0,6\n4,5,6,0\n")
        W = bd.FromFile(path, normalise=None).fit()
        assert W.ids == ("a", "b", "c", "d")
        np.testing.assert_array_equal(W.dense, self.MATRIX)

    def test_texts_that_may_be_the_diagonal_are_neighbours(self, written):
        """Each unit has as many neighbours as a matrix has columns, by names that are no numbers."""
        path = written("w.txt", "2\na b\nb a\n")
        assert pairs(bd.FromFile(path).fit()) == {("a", "b"), ("b", "a")}

    def test_a_count_without_rows(self, written):
        with pytest.raises(bd.WeightsError, match="3 rows after the first line") as caught:
            bd.FromFile(written("w.txt", "3\n")).fit()
        assert caught.value.argument == "path"


class TestR:
    def test_units_without_neighbours(self, written):
        text = 'structure(list(2L, 1L, integer(0)), region.id = c("a", "b", "c"))\n'
        W = bd.FromFile(written("w.txt", text), islands="keep").fit()
        assert pairs(W) == {("a", "b"), ("b", "a")}
        assert W.ids == ("a", "b", "c")

    def test_quoted_names_with_escaped_quotes_and_brackets(self, written):
        text = 'structure(list(2L, 1L), region.id = c("a \\") b", "c"))\n'
        assert len(bd.FromFile(written("w.txt", text)).fit().ids) == 2


class TestRefusals:
    def test_years_of_a_covariate(self):
        for years in ([], [2010.5]):
            with pytest.raises(bd.OptionError, match="one or more whole years") as caught:
                bd.EconomicDistance("x", years=years)
            assert caught.value.argument == "years"

    @pytest.mark.parametrize("power", [0, np.inf, np.nan])
    def test_powers_of_flows(self, power):
        flows = pd.DataFrame({"o": ["a", "b"], "d": ["b", "a"], "n": [1.0, 2.0]})
        with pytest.raises(bd.OptionError, match="a number other than 0") as caught:
            bd.FromFlows(flows, "o", "d", "n", power=power)
        assert caught.value.argument == "power"

    def test_points_that_are_no_columns(self):
        with pytest.raises(bd.WeightsError, match="'centroid' or two column names") as caught:
            bd.KNearest(2, points=("lon",)).fit(grid_map(3, 3))
        assert caught.value.argument == "points"

    def test_a_graph_that_is_none(self):
        with pytest.raises(bd.WeightsError, match="a libpysal Graph or W") as caught:
            bd.SpatialWeights.from_libpysal({"a": ["b"]})
        assert caught.value.argument == "graph"

    def test_lags_that_do_not_vary_have_no_correlation(self):
        W = bd.SpatialWeights.from_matrix(1 - np.eye(4), list("abcd"))
        V = bd.SpatialWeights.from_matrix(np.roll(np.eye(4), 1, axis=1), list("abcd"))
        panel = bd.Panel.from_arrays(
            {"x": np.ones((2, 4))}, units=list("abcd"), periods=[2000, 2001]
        )
        with pytest.raises(bd.WeightsError, match="varies over the units") as caught:
            bd.compare_weights([W, V], panel, variable="x")
        assert caught.value.argument == "variable"


def test_flows_say_what_they_are():
    flows = pd.DataFrame({"o": ["a", "b"], "d": ["b", "a"], "n": [1.0, 2.0]})
    recipe = bd.FromFlows(flows, "o", "d", "n")
    assert repr(recipe) == "FromFlows(2 flows, 'o', 'd', 'n')"
