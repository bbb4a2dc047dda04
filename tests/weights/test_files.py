"""Files as GeoDa, R, Stata and MATLAB write them, and our own read back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.io import savemat

import bevdrivers as bd

from .maps import grid_map, pairs

IDS = ["20029", "33003", "41021", "48227"]
# the example of Stata's manual, [SP] spmatrix export
STATA = """4
20029 0 .225898983673981 .259698923068494 .746562405514367
33003 .225898983673981 0 .123515701241913 .187089086384635
41021 .259698923068494 .123515701241913 0 .264715523882705
48227 .746562405514367 .187089086384635 .264715523882705 0
"""
MATRIX = np.array([line.split()[1:] for line in STATA.splitlines()[1:]], float)

# what spdep writes for cell2nb(2, 2)
GAL = "0 4 my file ID\n1:1 2\n2:1 1:2\n2:1 2\n1:1 2:2\n1:2 2\n1:1 2:2\n2:2 2\n2:1 1:2\n"
GWT = "0 4 m ID\n1 2 1\n1 3 1\n2 1 1\n2 4 1\n3 1 1\n3 4 1\n4 2 1\n4 3 1\n"
DAT = "2 1 1\n3 1 1\n1 2 1\n4 2 1\n1 3 1\n4 3 1\n2 4 1\n3 4 1\n"
NB = """structure(list(2:3, c(1L, 4L), c(1L, 4L), 2:3), call = cell2nb(nrow = 2,
    ncol = 2), region.id = c("1:1", "2:1", "1:2", "2:2"), cell = TRUE, rook = TRUE, sym = TRUE)
"""
CELLS = {("1:1", "2:1"), ("1:1", "1:2"), ("2:1", "2:2"), ("1:2", "2:2")}
CELLS |= {(j, i) for i, j in CELLS}


@pytest.fixture
def written(tmp_path):
    def write(name: str, text: str, encoding: str = "utf-8"):
        path = tmp_path / name
        path.write_text(text, encoding=encoding)
        return path

    return write


class TestR:
    def test_gal(self, written):
        assert pairs(bd.FromFile(written("w.gal", GAL)).fit()) == CELLS
        assert pairs(bd.FromFile(written("w.txt", GAL)).fit()) == CELLS

    def test_gal_of_the_old_style_has_row_numbers(self, written):
        old = written("w.gal", "4\n1 2\n2 3\n2 2\n1 4\n3 2\n1 4\n4 2\n2 3\n")
        assert bd.FromFile(old).fit().ids == ("1", "2", "3", "4")
        named = bd.FromFile(old, ids=["1:1", "2:1", "1:2", "2:2"]).fit()
        assert pairs(named) == CELLS

    def test_gal_with_an_island(self, written):
        text = "0 3 m id\na 1\nb\nb 1\na\nc 0\n\n"
        with pytest.raises(bd.WeightsError, match=r"\['c'\]"):
            bd.FromFile(written("w.gal", text)).fit()
        assert bd.FromFile(written("w.gal", text), islands="drop").fit().dropped == ("c",)

    def test_gwt_and_dat(self, written):
        names = ["1:1", "2:1", "1:2", "2:2"]
        assert pairs(bd.FromFile(written("w.gwt", GWT), ids=names).fit()) == CELLS
        assert pairs(bd.FromFile(written("w.dat", DAT), ids=names).fit()) == CELLS
        short = GWT.replace("0 4", "0 5")
        with pytest.raises(bd.WeightsError, match=r"links of 5 units.*name all units"):
            bd.FromFile(written("w.gwt", short)).fit()
        kept = bd.FromFile(written("w.gwt", short), ids=[1, 2, 3, 4, 5], islands="keep").fit()
        assert kept.islands == ("5 kept without neighbours",)

    def test_nb(self, written):
        assert pairs(bd.FromFile(written("nb.txt", NB)).fit()) == CELLS
        lone = 'structure(list(2L, 1L, 0L), class = "nb", region.id = c("a, (1)", "b", "c"))'
        weights = bd.FromFile(written("nb.txt", lone), islands="keep").fit()
        assert weights.ids == ("a, (1)", "b", "c")
        assert pairs(weights) == {("a, (1)", "b"), ("b", "a, (1)")}
        numbered = "structure(list(2L, c(1L, 3L), 2L), region.id = 11:13)"
        assert bd.FromFile(written("nb.txt", numbered)).fit().ids == (11, 12, 13)
        with pytest.raises(bd.WeightsError, match="region.id of 3 units"):
            bd.FromFile(written("nb.txt", "list(2L, c(1L, 3L), 2L)")).fit()


class TestStata:
    def test_matrix(self, written):
        weights = bd.FromFile(written("w.txt", STATA), normalise=None).fit()
        assert weights.ids == tuple(IDS)
        np.testing.assert_array_equal(weights.dense, MATRIX)

    def test_without_ids(self, written):
        bare = "4\n" + "\n".join(" ".join(line.split()[1:]) for line in STATA.splitlines()[1:])
        with pytest.raises(
            bd.WeightsError, match=r"ids of the rows.*shape \(4, 4\).*FromFile\(path, ids="
        ):
            bd.FromFile(written("w.txt", bare)).fit()
        np.testing.assert_array_equal(
            bd.FromFile(written("w.txt", bare), ids=IDS, normalise=None).fit().dense, MATRIX
        )

    def test_neighbour_list(self, written):
        weights = bd.FromFile(
            written("w.txt", "4\n10 20 30\n20 10\n30 10\n40\n"), islands="keep"
        ).fit()
        assert pairs(weights) == {("10", "20"), ("10", "30"), ("20", "10"), ("30", "10")}
        assert weights.ids == ("10", "20", "30", "40")

    def test_banded(self, written):
        with pytest.raises(bd.WeightsError, match="a banded one"):
            bd.FromFile(
                written(
                    "w.txt",
                    "4 1 1\n1 0 1\n2 1 0 1\n3 1 0 1\n4 1 0\n".replace("\n1 0 1", "\n1 0 1 0"),
                )
            ).fit()

    def test_dta(self, tmp_path):
        wide = pd.DataFrame(MATRIX, columns=["v1", "v2", "v3", "v4"])
        wide.insert(0, "_ID", [int(name) for name in IDS])
        wide.to_stata(tmp_path / "w.dta", write_index=False)
        weights = bd.FromFile(tmp_path / "w.dta", normalise=None).fit()
        assert weights.ids == tuple(map(int, IDS))
        np.testing.assert_array_equal(weights.dense, MATRIX)
        long = pd.DataFrame({"origin": ["a", "b"], "dest": ["b", "a"], "w": [2.0, 3.0]})
        long.to_stata(tmp_path / "l.dta", write_index=False)
        np.testing.assert_array_equal(
            bd.FromFile(tmp_path / "l.dta", normalise=None).fit().dense, [[0, 2], [3, 0]]
        )


class TestTables:
    def test_columns_in_another_order(self, written):
        text = ",c,a,b\na,3,0,2\nb,6,5,0\nc,0,8,9\n"
        weights = bd.FromFile(written("w.csv", text), normalise=None).fit()
        np.testing.assert_array_equal(weights.dense, [[0, 2, 3], [5, 0, 6], [8, 9, 0]])

    def test_links(self, written):
        for name, text in (
            ("w.csv", "from,to,w\n北京,天津,2\n天津,北京,1\n"),
            ("w.csv", "北京;天津;2\n天津;北京;1\n"),
            ("w.txt", "北京\t天津\t2\n天津\t北京\t1\n"),
        ):
            for encoding in ("utf-8", "utf-8-sig", "gb18030"):
                weights = bd.FromFile(written(name, text, encoding), normalise=None).fit()
                assert weights.ids == ("北京", "天津")
                np.testing.assert_array_equal(weights.dense, [[0, 2], [1, 0]])

    def test_xlsx(self, tmp_path):
        pytest.importorskip("openpyxl")
        frame = pd.DataFrame(
            MATRIX, index=[int(name) for name in IDS], columns=[int(name) for name in IDS]
        )
        with pd.ExcelWriter(tmp_path / "w.xlsx") as book:
            frame.to_excel(book, sheet_name="first")
            (frame * 2).iloc[::-1].to_excel(book, sheet_name="second")
        weights = bd.FromFile(tmp_path / "w.xlsx", normalise=None).fit()
        np.testing.assert_allclose(weights.align(IDS).dense, MATRIX)
        second = bd.FromFile(tmp_path / "w.xlsx", variable="second", normalise=None).fit()
        np.testing.assert_allclose(second.align(IDS).dense, 2 * MATRIX)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (",a,b\na,0,1\nc,1,0\n", "whose ids differ: \\['b', 'c'\\]"),
            ("a,b\n1,2\n3,4\n5,6\n7,8\n", "a square matrix"),
            ("a,b,1\na,b,2\n", r"each pair once; got repeated \[\('a', 'b'\)\]"),
            (",a,b\na,0,far\nb,1,0\n", "numbers as weights; got \\['far'\\]"),
            (",a,b\na,0,\nb,1,0\n", r"finite weights.*\('a', 'b', nan\)"),
            ("a,b,-1\nb,a,1\n", "zero or more"),
            ("a,b,1\n,a,1\n", "two ids in every row"),
        ],
    )
    def test_refusals(self, written, text, message):
        with pytest.raises(bd.WeightsError, match=message):
            bd.FromFile(written("w.csv", text)).fit()

    def test_values(self, written):
        text = "from,to,w\na,b,4\nb,a,2\n"
        assert bd.FromFile(written("w.csv", text), values="binary").fit().links.max() == 1
        np.testing.assert_array_equal(
            bd.FromFile(written("w.csv", text), values="distance", normalise=None).fit().dense,
            [[0, 0.25], [0.5, 0]],
        )
        with pytest.raises(bd.WeightsError, match="distances above 0"):
            bd.FromFile(written("w.csv", ",a,b\na,0,0\nb,1,0\n"), values="distance").fit()


class TestMatlab:
    def test_full_and_sparse(self, tmp_path):
        savemat(tmp_path / "full.mat", {"W": MATRIX, "x": np.ones(4)})
        np.testing.assert_array_equal(
            bd.FromFile(tmp_path / "full.mat", ids=IDS, normalise=None).fit().dense, MATRIX
        )
        savemat(
            tmp_path / "s.mat", {"W": sparse.csc_array(MATRIX), "ids": np.array(IDS, dtype=object)}
        )
        assert bd.FromFile(tmp_path / "s.mat").fit().ids == tuple(IDS)
        savemat(tmp_path / "n.mat", {"W": MATRIX, "ids": np.arange(1.0, 5)})
        assert bd.FromFile(tmp_path / "n.mat").fit().ids == (1.0, 2.0, 3.0, 4.0)

    def test_several_and_by_year(self, tmp_path):
        savemat(tmp_path / "w.mat", {"W1": MATRIX, "W2": 2 * MATRIX})
        with pytest.raises(bd.WeightsError, match="the name of one square matrix"):
            bd.FromFile(tmp_path / "w.mat", ids=IDS).fit()
        two = bd.FromFile(tmp_path / "w.mat", ids=IDS, variable="W2", normalise=None).fit()
        np.testing.assert_array_equal(two.dense, 2 * MATRIX)
        savemat(tmp_path / "y.mat", {"W": np.ones((4, 4, 3))})
        with pytest.raises(bd.WeightsError, match="the same in every year"):
            bd.FromFile(tmp_path / "y.mat", ids=IDS).fit()


class TestOurs:
    @pytest.mark.parametrize("write", ["to_gal", "to_csv", "to_mat"])
    def test_there_and_back(self, queen, bev, tmp_path, write):
        ending = {"to_gal": "gal", "to_csv": "csv", "to_mat": "mat"}[write]
        path = getattr(queen, write)(tmp_path / f"w.{ending}")
        np.testing.assert_allclose(bd.FromFile(path).fit(bev).dense, queen.dense)
        assert bd.FromFile(path).fit(bev).ids == bev.units

    def test_an_island_there_and_back(self, bev, tmp_path):
        kept = bd.Queen(islands="keep").fit(bev)
        for path in (kept.to_csv(tmp_path / "w.csv"), kept.to_gal(tmp_path / "w.gal")):
            again = bd.FromFile(path, islands="nearest").fit(bev)
            assert again.islands == ("Hainan joined to Guangdong",)

    def test_blanks_in_names(self, tmp_path):
        shapes = grid_map(1, 3).set_axis(["Inner Mongolia", "b c", "d_e"])
        path = bd.Queen().fit(shapes).to_gal(tmp_path / "w.gal")
        assert pairs(bd.FromFile(path).fit(shapes)) == pairs(bd.Queen().fit(shapes))

    def test_fewer_and_other_units(self, queen, bev, tmp_path):
        path = queen.to_csv(tmp_path / "w.csv")
        few = bev.drop_units("Hebei")
        assert "cut from 31 units of the file to 30" in bd.FromFile(path).fit(few).notes
        with pytest.raises(bd.WeightsError, match=r"none for 4 units: \['u0'.*ids= where"):
            bd.FromFile(path).fit(grid_map(2, 2))

    def test_paths(self, tmp_path):
        with pytest.raises(bd.OptionError, match=r"one of the endings"):
            bd.FromFile("w.shp")
        with pytest.raises(bd.WeightsError, match="a file; got none at"):
            bd.FromFile(tmp_path / "no.csv").fit()


class TestFirstRows:
    """Whether the first of some rows of links names the columns."""

    @pytest.mark.parametrize(
        "text",
        [
            "a,b,2\nb,a,1\na,c,3\nc,a,4\n",
            "from,to,w\na,b,2\nb,a,1\na,c,3\nc,a,4\n",
            "origin,destination,weight_2\na,b,2\nb,a,1\na,c,3\nc,a,4\n",
        ],
    )
    def test_none_is_lost(self, written, text):
        weights = bd.FromFile(written("w.csv", text), normalise=None).fit()
        assert weights.ids == ("a", "b", "c")
        np.testing.assert_array_equal(weights.dense, [[0, 2, 3], [1, 0, 0], [4, 0, 0]])

    def test_three_rows_are_links_too(self, written):
        for text in ("a,b,2\nb,a,1\nb,c,3\n", "1,2,2\n2,1,1\n2,3,3\n"):
            weights = bd.FromFile(written("w.csv", text), normalise=None, islands="keep").fit()
            np.testing.assert_array_equal(weights.dense, [[0, 2, 0], [1, 0, 3], [0, 0, 0]])

    def test_two_units_as_a_matrix(self, written):
        for corner in ("", "id"):
            text = f"{corner},b,a\na,2,0\nb,0,3\n"
            weights = bd.FromFile(written("w.csv", text), normalise=None).fit()
            np.testing.assert_array_equal(weights.dense, [[0, 2], [3, 0]])

    def test_namibia_is_no_missing_id(self, written):
        weights = bd.FromFile(written("w.csv", "NA,ZA,1\nZA,NA,1\n")).fit()
        assert weights.ids == ("NA", "ZA")
