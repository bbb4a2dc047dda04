"""Spatial weights: recipes against known links, normalisation, islands, alignment by id, refusals,
files.
"""

from __future__ import annotations

import pickle

import geopandas
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from shapely.geometry import Point, box

import bevdrivers as bd
from bevdrivers.numerics.eigenvalue_log_determinants import Spectrum
from bevdrivers.numerics.linalg import eigenvalues, spatial_lag
from bevdrivers.weights.points import EARTH_RADIUS_KM


def pairs(weights: bd.SpatialWeights) -> set[tuple]:
    coo = weights.links.tocoo()
    return {(weights.ids[i], weights.ids[j]) for i, j in zip(coo.row, coo.col, strict=True)}


@pytest.fixture
def grid() -> geopandas.GeoDataFrame:
    """3 x 3 squares a..i on the equator."""
    squares = [box(x, y, x + 1, y + 1) for y in range(3) for x in range(3)]
    return geopandas.GeoDataFrame(geometry=squares, index=list("abcdefghi"), crs=4326)


class TestRecipes:
    def test_queen_on_the_bundled_map_is_the_known_adjacency(self, bev):
        known = set(map(tuple, bd.load_adjacency()[["province", "neighbour"]].to_numpy()))
        assert len(known) == 136
        weights = bd.Queen(islands="keep").fit(bev)
        assert pairs(weights) == known
        joined = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(bev)
        assert pairs(joined) == known | {("Hainan", "Guangdong"), ("Guangdong", "Hainan")}
        assert joined.islands == ("Hainan joined to Guangdong",)
        assert pairs(bd.Queen(islands="nearest").fit(bev)) == pairs(joined)

    def test_rook_leaves_corners_out(self, grid):
        assert ("a", "e") in pairs(bd.Queen().fit(grid))
        assert ("a", "e") not in pairs(bd.Rook().fit(grid))
        assert len(pairs(bd.Rook().fit(grid))) == 24
        assert len(pairs(bd.Queen().fit(grid))) == 40

    def test_neighbours_by_distance_and_their_ties(self):
        at = geopandas.GeoDataFrame(
            geometry=[Point(x, 0) for x in (0, 1, 2, 10)], index=list("abcd"), crs=4326
        )
        weights = bd.KNearest(1).fit(at)
        # b is equally far from a and c: the earlier id is taken
        assert pairs(weights) == {("a", "b"), ("b", "a"), ("c", "b"), ("d", "c")}
        assert pairs(bd.KNearest(2).fit(at)) == {
            *{("a", "b"), ("a", "c"), ("b", "a"), ("b", "c")},
            *{("c", "b"), ("c", "a"), ("d", "c"), ("d", "b")},
        }

    def test_nearest_by_great_circle_not_by_degrees(self):
        """At 60 degrees north a degree of longitude is half as long as one of latitude."""
        at = geopandas.GeoDataFrame(
            geometry=[Point(0, 60), Point(1.5, 60), Point(0, 61)],
            index=["here", "east", "north"],
            crs=4326,
        )
        assert ("here", "east") in pairs(bd.KNearest(1).fit(at))

    def test_inverse_distance_in_km(self):
        at = geopandas.GeoDataFrame(
            geometry=[Point(0, 0), Point(1, 0), Point(0, 3)], index=list("abc"), crs=4326
        )
        degree = np.pi / 180 * EARTH_RADIUS_KM
        matrix = bd.InverseDistance(2, normalise=None).fit(at).dense
        # relative to the largest weight, that of the two points one degree apart
        assert matrix[0, 1] == pytest.approx(1)
        assert matrix[0, 2] == pytest.approx(1 / 9)
        cut = bd.InverseDistance(1, cutoff_km=1.5 * degree, islands="keep").fit(at)
        assert pairs(cut) == {("a", "b"), ("b", "a")}

    def test_points_from_columns(self, bev):
        capitals = bd.KNearest(4, points=("capital_lon", "capital_lat")).fit(bev)
        assert ("Beijing", "Tianjin") in pairs(capitals)
        assert np.all(np.diff(capitals.links.indptr) == 4)
        frame = pd.DataFrame(
            {
                "id": list("abc") * 2,
                "year": [1] * 3 + [2] * 3,
                "lon": [0.0, 1, 5] * 2,
                "lat": [0.0] * 6,
            }
        )
        panel = bd.Panel.from_frame(frame, unit="id", time="year")
        assert ("c", "b") in pairs(bd.KNearest(1, points=("lon", "lat")).fit(panel))

    def test_moving_or_swapped_points_are_refused(self, bev):
        frame = pd.DataFrame(
            {"id": list("ab") * 2, "year": [1, 1, 2, 2], "lon": [0.0, 1, 0, 2], "lat": [0.0] * 4}
        )
        panel = bd.Panel.from_frame(frame, unit="id", time="year")
        with pytest.raises(bd.WeightsError, match=r"several for \['b'\]"):
            bd.KNearest(1, points=("lon", "lat")).fit(panel)
        with pytest.raises(bd.WeightsError, match="were the two swapped"):
            bd.KNearest(4, points=("capital_lat", "capital_lon")).fit(bev)

    def test_recipes_are_requests(self):
        a = bd.Queen(islands={"Hainan": ["Guangdong"]})
        assert a == bd.Queen(islands={"Hainan": ["Guangdong"]})
        assert hash(a) == hash(pickle.loads(pickle.dumps(a)))
        assert bd.KNearest(4) != bd.KNearest(5)
        for wrong in (
            lambda: bd.Queen(normalise="rows"),
            lambda: bd.KNearest(0),
            lambda: bd.InverseDistance(-1),
        ):
            with pytest.raises(bd.OptionError):
                wrong()
        with pytest.raises(bd.OptionError, match="islands"):
            bd.Queen(islands="join")

    def test_refusals(self, grid, munnell):
        with pytest.raises(bd.WeightsError, match="a panel without one"):
            bd.Queen().fit(munnell)
        with pytest.raises(bd.WeightsError, match="row numbers"):
            bd.Queen().fit(grid.reset_index(drop=True))
        with pytest.raises(bd.WeightsError, match=r"repeated \['a'\]"):
            bd.Queen().fit(grid.rename(index={"b": "a"}))
        with pytest.raises(bd.WeightsError, match="coordinate reference system"):
            bd.KNearest(2).fit(grid.set_crs(None, allow_override=True))
        with pytest.raises(bd.WeightsError, match="fewer than N = 9"):
            bd.KNearest(9).fit(grid)
        with pytest.raises(bd.WeightsError, match="Panel or a GeoDataFrame"):
            bd.Queen().fit([1, 2])


class TestIslands:
    def test_raise_by_default_with_the_remedy(self, bev):
        with pytest.raises(
            bd.WeightsError, match=r"\['Hainan'\].*islands=\{'Hainan': \[\.\.\.\]\}"
        ):
            bd.Queen().fit(bev)

    def test_kept_islands_lag_to_zero(self, bev):
        W = bd.Queen(islands="keep").fit(bev)
        lagged = W.lag(np.ones((1, 31)))[0]
        assert lagged[W.ids.index("Hainan")] == 0
        assert np.isfinite(lagged).all()
        assert not W.row_normalised

    def test_unknown_names(self, bev):
        with pytest.raises(bd.WeightsError, match=r"unknown \['Kanton'\]"):
            bd.Queen(islands={"Hainan": ["Kanton"]}).fit(bev)


class TestMatrix:
    IDS = ("a", "b", "c")

    @pytest.mark.parametrize(
        ("cells", "message"),
        [
            ({(0, 0): 1.0}, r"zero diagonal.*\('a', 'a', 1.0\)"),
            ({(0, 1): -1.0}, r"zero or more.*\('a', 'b', -1.0\)"),
            ({(2, 1): np.nan}, r"finite.*\('c', 'b', nan\)"),
            ({(2, 1): np.inf}, "finite"),
        ],
    )
    def test_cells_at_fault_are_named(self, cells, message):
        matrix = np.ones((3, 3)) - np.eye(3)
        for position, value in cells.items():
            matrix[position] = value
        with pytest.raises(bd.WeightsError, match=message):
            bd.SpatialWeights.from_matrix(matrix, self.IDS)

    def test_shape_and_ids(self):
        with pytest.raises(bd.WeightsError, match="square"):
            bd.SpatialWeights.from_matrix(np.ones((2, 3)), self.IDS)
        with pytest.raises(bd.WeightsError, match="3 ids"):
            bd.SpatialWeights.from_matrix(1 - np.eye(3), ["a", "b"])
        with pytest.raises(bd.WeightsError, match="each id once"):
            bd.SpatialWeights.from_matrix(1 - np.eye(3), [110000, "110000", "c"])
        with pytest.raises(bd.WeightsError, match="the unit of each row"):
            bd.SpatialWeights.from_matrix(1 - np.eye(3), None)

    def test_normalisation(self):
        raw = np.array([[0, 1, 3], [1, 0, 0], [2, 2, 0]], float)
        row = bd.SpatialWeights.from_matrix(raw, self.IDS)
        np.testing.assert_allclose(row.dense.sum(axis=1), 1)
        np.testing.assert_allclose(row.dense[0], [0, 0.25, 0.75])
        spectral = bd.SpatialWeights.from_matrix(raw, self.IDS, normalise="spectral")
        assert np.abs(np.linalg.eigvals(spectral.dense)).max() == pytest.approx(1)
        np.testing.assert_array_equal(
            bd.SpatialWeights.from_matrix(raw, self.IDS, normalise=None).dense, raw
        )
        np.testing.assert_array_equal(row.links.toarray(), raw)

    def test_input_is_copied(self):
        raw = sparse.csr_array(1.0 - np.eye(3))
        weights = bd.SpatialWeights.from_matrix(raw, self.IDS)
        raw.data[:] = 7
        assert weights.links.max() == 1


class TestAlignment:
    def test_by_id_in_any_order_and_form(self):
        codes = [110000, 120000, 130000, 140000]
        raw = np.random.default_rng(0).uniform(size=(4, 4)) * (1 - np.eye(4))
        weights = bd.SpatialWeights.from_matrix(raw, codes)
        wanted = ["140000", 110000.0, "120000", 130000]
        position = [3, 0, 1, 2]
        np.testing.assert_allclose(
            weights.align(wanted).dense, weights.dense[np.ix_(position, position)]
        )
        assert weights.align(codes) is weights
        assert weights.align(wanted) is weights.align(wanted)

    def test_missing_units_are_named(self):
        weights = bd.SpatialWeights.from_matrix(1 - np.eye(3), ["a", "b", "c"])
        with pytest.raises(
            bd.WeightsError,
            match=r"none for 2 units: \['Hainan', 'Tibet'\].*drop_units\('Hainan', 'Tibet'\)",
        ):
            weights.align(["a", "Hainan", "b", "Tibet"])

    def test_cut_on_raw_links_and_normalised_again(self, queen):
        few = [name for name in queen.ids if name not in ("Hebei", "Henan")]
        cut = queen.align(few)
        np.testing.assert_allclose(cut.dense.sum(axis=1), 1)
        position = [queen.ids.index(name) for name in few]
        np.testing.assert_array_equal(
            cut.links.toarray(), queen.links.toarray()[np.ix_(position, position)]
        )
        assert "cut from 31 to 29 units" in cut.notes[0]
        assert cut.islands == ("Hainan joined to Guangdong",)
        east = queen.align(["Shanghai", "Jiangsu", "Zhejiang", "Fujian", "Guangdong", "Jiangxi"])
        assert east.islands == (), "the note must not speak of a unit that was cut"
        with pytest.raises(bd.WeightsError, match=r"after the cut.*\['Hainan'\]"):
            queen.align([name for name in queen.ids if name != "Guangdong"])


class TestSpectrum:
    def test_complex_eigenvalues_are_kept(self):
        rng = np.random.default_rng(0)
        W = rng.uniform(size=(30, 30)) * (rng.uniform(size=(30, 30)) < 0.15) * (
            1 - np.eye(30)
        ) + np.roll(np.eye(30), 1, 1)
        W /= W.sum(axis=1, keepdims=True)
        spectrum = Spectrum(eigenvalues(W))
        assert np.abs(spectrum.values.imag).max() > 0.1
        low, high = spectrum.bounds
        for rho in (0.9 * low, -0.3, 0.0, 0.5, 0.99 * high):
            assert spectrum.log_determinant(rho) == pytest.approx(
                np.linalg.slogdet(np.eye(30) - rho * W)[1], abs=1e-9
            )
            G = W @ np.linalg.inv(np.eye(30) - rho * W)
            first, second = spectrum.derivatives(rho)
            assert first == pytest.approx(-np.trace(G), rel=1e-9, abs=1e-9)
            assert second == pytest.approx(-np.trace(G @ G), rel=1e-9)
        # the determinant changes sign only at the bounds
        assert (
            np.linalg.det(np.eye(30) - (low - 1e-6) * W)
            * np.linalg.det(np.eye(30) - (low + 1e-6) * W)
            < 0
        )

    def test_symmetric_links_take_the_symmetric_solver(self, queen):
        values = queen.spectrum.values
        assert values.dtype == float
        np.testing.assert_allclose(np.sort(np.linalg.eigvals(queen.dense).real), values, atol=1e-12)
        rho = np.array([-0.5, 0.2])
        expected = [np.linalg.slogdet(np.eye(31) - r * queen.dense)[1] for r in rho]
        np.testing.assert_allclose(queen.spectrum.log_determinant(rho), expected)

    def test_without_unit_eigenvalue_is_the_spectrum_in_contrasts(self, queen):
        F = np.linalg.svd(np.eye(31) - 1 / 31)[0][:, :30]
        expected = np.sort(np.linalg.eigvals(F.T @ queen.dense @ F).real)
        np.testing.assert_allclose(
            np.sort(queen.spectrum.without_unit.values), expected, atol=1e-12
        )

    def test_lag_of_arrays(self, queen):
        rng = np.random.default_rng(0)
        values = rng.normal(size=(4, 31, 3))
        expected = np.einsum("ij,tjk->tik", queen.dense, values)
        np.testing.assert_allclose(spatial_lag(queen.dense, values), expected)
        np.testing.assert_allclose(spatial_lag(queen.sparse, values), expected)
        np.testing.assert_allclose(queen.lag(values[:, :, 0]), expected[:, :, 0])


class TestFiles:
    def test_libpysal_there_and_back(self, queen):
        graph = queen.to_libpysal()
        again = bd.SpatialWeights.from_libpysal(graph)
        assert again.ids == queen.ids
        np.testing.assert_allclose(again.dense, queen.dense)

    def test_untransformed_weights_of_an_old_w(self, grid):
        from libpysal.weights import W

        w = W({"a": ["b"], "b": ["a", "c"], "c": ["b"]}, silence_warnings=True)
        w.transform = "r"
        weights = bd.SpatialWeights.from_libpysal(w, normalise=None)
        assert weights.links.max() == 1
        assert w.transform == "R"

    def test_isolates_survive_libpysal(self, bev):
        kept = bd.Queen(islands="keep").fit(bev)
        graph = kept.to_libpysal()
        assert list(graph.isolates) == ["Hainan"]
        assert pairs(bd.SpatialWeights.from_libpysal(graph, islands="keep")) == pairs(kept)

    def test_written_files_are_read_back(self, queen, tmp_path):
        from libpysal.graph import read_gal
        from scipy.io import loadmat

        frame = pd.read_csv(queen.to_csv(tmp_path / "new" / "w.csv"))
        assert len(frame) == queen.links.nnz
        assert frame.groupby("focal")["weight"].sum().to_numpy() == pytest.approx(1)
        held = loadmat(queen.to_mat(tmp_path / "w.mat"))
        np.testing.assert_allclose(held["W"].toarray(), queen.dense)
        neighbours = read_gal(queen.to_gal(tmp_path / "w.gal"))
        assert neighbours.n == 31
        assert sorted(p.name for p in tmp_path.iterdir()) == ["new", "w.gal", "w.mat"]

    def test_a_failed_write_leaves_the_old_file(self, queen, tmp_path, monkeypatch):
        target = tmp_path / "w.csv"
        target.write_text("old")

        def fail(*args, **kwargs):
            raise OSError("disk full")

        monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
        with pytest.raises(OSError, match="disk full"):
            queen.to_csv(target)
        assert target.read_text() == "old"
        assert list(tmp_path.iterdir()) == [target]


def test_summary_and_glance(queen):
    row = queen.glance().iloc[0]
    assert (row["links"], row["components"], row["min_neighbours"], row["max_neighbours"]) == (
        138,
        1,
        1,
        8,
    )
    assert row["rho_max"] == pytest.approx(1)
    assert "Hainan joined to Guangdong" in queen.summary()
    assert "Hainan joined to Guangdong" in repr(queen)
