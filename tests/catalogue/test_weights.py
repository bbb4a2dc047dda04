"""Bad weights by hand: files of every format, matrices, ids, recipes, maps, and what stands beside a
panel.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.io import savemat
from shapely.geometry import Point, box

import bevdrivers as bd

from .cases import Case, rows

Make = Callable[[Path], Any]
COMMA = "decimal point: 1.5, not 1,5"
TWO_FORMS = "rows of origin, destination, weight"


def text(name: str, content: str | bytes, **options: Any) -> Make:
    """A file of weights with this content, read."""

    def make(folder: Path) -> Any:
        held = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(held)
        return bd.FromFile(folder / name, **options).fit()

    return make


def mat(options: dict[str, Any] | None = None, **content: Any) -> Make:
    """A MATLAB file with this content, read."""

    def make(folder: Path) -> Any:
        savemat(folder / "w.mat", content)
        return bd.FromFile(folder / "w.mat", **(options or {})).fit()

    return make


def dta(**columns: Any) -> Make:
    """A Stata file with these columns, read."""

    def make(folder: Path) -> Any:
        pd.DataFrame(columns).to_stata(folder / "w.dta", write_index=False)
        return bd.FromFile(folder / "w.dta").fit()

    return make


def xlsx(cells: list[list[Any]], **options: Any) -> Make:
    """A workbook with these cells, read."""

    def make(folder: Path) -> Any:
        pytest.importorskip("openpyxl")
        pd.DataFrame(cells).to_excel(folder / "w.xlsx", header=False, index=False)
        return bd.FromFile(folder / "w.xlsx", **options).fit()

    return make


def matrix(values: Any, ids: Any = ("a", "b"), **options: Any) -> Make:
    return lambda _: bd.SpatialWeights.from_matrix(values, ids, **options)


def fitted(recipe: Any, geometry: Any) -> Make:
    return lambda _: recipe.fit(geometry)


def places(**named: Any) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(geometry=list(named.values()), index=list(named), crs=4326)


THREE = places(a=Point(0, 0), b=Point(1, 0), c=Point(1, 1))
TWIN = places(a=Point(0, 0), b=Point(0, 0), c=Point(1, 1))
SQUARES = places(a=box(0, 0, 1, 1), b=box(1, 0, 2, 1))
TEXTS = THREE.assign(lon=["116°24′E", "117°E", "118"], lat=["39.9", "40", "41"])
PAIR = np.array([[0.0, 1.0], [1.0, 0.0]])
LABELLED = pd.DataFrame(PAIR, index=["a", "b"], columns=["a", "b"])
PANEL = bd.Panel.from_arrays(
    {"y": np.arange(6.0).reshape(2, 3), "x": np.ones((2, 3)) * [1, 1, 2]},
    units=["a", "b", "c"],
    periods=[1, 2],
)
W = bd.SpatialWeights.from_matrix(PAIR, ["a", "b"])
FLOWS = pd.DataFrame({"o": ["a", "b"], "d": ["b", "a"], "n": [1.0, -1.0]})
E_ = bd.WeightsError

FILES = [
    Case("csv: empty", text("w.csv", ""), E_, ("an empty file", TWO_FORMS)),
    Case("csv: blanks only", text("w.csv", "\n \n"), E_, ("an empty file",)),
    Case("csv: header only", text("w.csv", "focal,neighbor,weight\n"), E_, ("path",)),
    Case("csv: UTF-16", text("w.csv", "a,b,1".encode("utf-16")), E_, ("utf-16", "encoding")),
    Case("csv: binary", text("w.csv", b"\x00\x01\xff"), E_, ("binary file", "UTF-8")),
    Case("csv: no encoding", text("w.csv", b"a,b\xff,1\n"), E_, ("cp1252", "UTF-8")),
    Case("csv: decimal comma", text("w.csv", "a;b;1,5\nb;a;1\n"), E_, ("['1,5']", COMMA)),
    Case(
        "csv: matrix with a decimal comma",
        text("w.csv", ";a;b\na;0;1,5\nb;1,5;0\n"),
        E_,
        ("['1,5', '1,5']", COMMA),
    ),
    Case(
        "csv: a first link with a bad weight",
        text("w.csv", "a,b,x\nb,a,1\na,c,1\nc,a,1\n"),
        E_,
        ("numbers as weights; got ['x']",),
    ),
    Case(
        "csv: a first link with a missing weight",
        text("w.csv", "p,q,NA\na,b,1\nb,a,1\n"),
        E_,
        ("numbers as weights; got ['NA']",),
    ),
    Case("csv: words", text("w.csv", "a,b,far\nb,a,near\n"), E_, ("['far', 'near']",)),
    Case("csv: a pair twice", text("w.csv", "a,b,1\na,b,2\n"), E_, ("('a', 'b')", "Add their")),
    Case("csv: a lost id", text("w.csv", "a,b,1\n,a,1\n"), E_, ("two ids in every row", "[2]")),
    Case("csv: not square", text("w.csv", "1,2\n3,4\n5,6\n7,8\n"), E_, ("4 rows and 2", TWO_FORMS)),
    Case(
        "csv: ids that differ",
        text("w.csv", "id,a,b\na,0,1\nc,1,0\n"),
        E_,
        ("whose ids differ: ['b', 'c']", TWO_FORMS),
    ),
    Case("csv: ids twice", text("w.csv", ",a,a\na,0,1\na,1,0\n"), E_, ("ids", "repeated ['a']")),
    Case("csv: NaN", text("w.csv", "a,b,nan\nb,a,1\n"), E_, ("finite", "('a', 'b', nan)")),
    Case("csv: infinite", text("w.csv", "a,b,inf\nb,a,1\n"), E_, ("finite", "Write 0")),
    Case("csv: negative", text("w.csv", "a,b,-1\nb,a,1\n"), E_, ("zero or more", "-1.0")),
    Case("csv: diagonal", text("w.csv", "a,a,1\na,b,1\nb,a,1\n"), E_, ("diagonal", "to 0")),
    Case("csv: island", text("w.csv", "a,b,1\nc,c,0\n"), E_, ("islands", "islands='keep'")),
    Case("csv: ragged", text("w.csv", "a,b,1\nb,a,1,7,8\n"), E_, (".csv file", TWO_FORMS)),
    Case("csv: no ids", text("w.csv", "0,1\n1,0\n"), E_, ("ids of the rows", "ids=[...]")),
    Case(
        "csv: distances of 0",
        text("w.csv", ",a,b\na,0,0\nb,1,0\n", values="distance"),
        E_,
        ("1 distances of 0", "least distance"),
    ),
    Case(
        "csv: text as a distance",
        text("w.csv", "a,b,1 km\nb,a,1\n", values="distance"),
        E_,
        ("['1 km']",),
    ),
    Case("gwt: empty", text("w.gwt", ""), E_, ("an empty file",)),
    Case("gwt: a bad first weight", text("w.gwt", "0 2 m id\n1 2 x\n2 1 1\n"), E_, ("['x']",)),
    Case("gwt: a bad third weight", text("w.gwt", "0 2 m id\n1 2 1\n2 1 x\n"), E_, ("['x']",)),
    Case("gwt: no header", text("w.gwt", "1 2 1\n2 1 1\n"), E_, ("'0 N name id'", "'1 2 1'")),
    Case("gwt: header only", text("w.gwt", "0 2 m id\n"), E_, ("rows of links; got none",)),
    Case("gwt: four columns", text("w.gwt", "0 2 m id\n1 2 1 9\n"), E_, ("'1 2 1 9'", "blanks")),
    Case("gwt: fewer units", text("w.gwt", "0 3 m id\n1 2 1\n2 1 1\n"), E_, ("links of 3 units",)),
    Case(
        "gwt: a number out of range",
        text("w.gwt", "0 2 m id\n1 2 1\n9 1 1\n", ids=["a", "b"]),
        E_,
        ("['9']", "from 1"),
    ),
    Case("gal: empty", text("w.gal", " "), E_, ("an empty file",)),
    Case("gal: other text", text("w.gal", "hello world\n"), E_, ("a GAL file", "blanks")),
    Case("gal: breaks off", text("w.gal", "0 3 m id\na 1\nb\n"), E_, ("1 units", "of 3")),
    Case("gal: unknown", text("w.gal", "0 1 m id\na 1\nz\n"), E_, ("['z']", "Every unit has")),
    Case("gal: a count in words", text("w.gal", "0 x m id\na 0\n"), E_, ("a GAL file",)),
    Case("gal: a huge count", text("w.gal", "0 1 m id\na 999999999\n"), E_, ("path",)),
    Case("txt: a count alone", text("w.txt", "4\n"), E_, ("4 rows after", TWO_FORMS)),
    Case("txt: a banded matrix", text("w.txt", "2 1 1\n1 0\n0 1\n"), E_, ("banded", "nlist")),
    Case("txt: nb out of range", text("n.txt", "list(2L, 9L)", ids=["a", "b"]), E_, ("up to 2",)),
    Case("txt: nb of 200 million", text("n.txt", "list(1:200000000)", ids=["a"]), E_, ("up to 1",)),
    Case("txt: nb with halves", text("n.txt", "list(1.5, 1L)", ids=["a", "b"]), E_, ("'1.5'",)),
    Case("txt: nb below 0", text("n.txt", "list(-2L, 1L)", ids=["a", "b"]), E_, ("'-2L'",)),
    Case(
        "txt: nb with code",
        text("n.txt", "list(system('ls'), 1L)", ids=["a", "b"]),
        E_,
        ("whole numbers", "dput(nb)"),
    ),
    Case("txt: nb breaks off", text("n.txt", "list(2L, c(1L"), E_, ("breaks off",)),
    Case("mat: empty", text("w.mat", ""), E_, ("an empty file",)),
    Case("mat: text", text("w.mat", "W = [0 1; 1 0]"), E_, (".mat file",)),
    Case("mat: several", mat(V=PAIR, W=PAIR), E_, ("one square matrix", "variable=")),
    Case("mat: unknown", mat({"variable": "Q"}, W=PAIR, V=PAIR), E_, ("'Q'", "variable=")),
    Case("mat: none square", mat(W=np.ones((2, 3))), E_, ("one square matrix",)),
    Case("mat: no ids", mat(W=PAIR), E_, ("ids of the rows", "ids=[...]")),
    Case("mat: other ids", mat(W=PAIR, ids=np.arange(3.0)), E_, ("2 ids", "got 3")),
    Case("mat: complex", mat({"ids": ["a", "b"]}, W=PAIR * 1j), E_, ("complex",)),
    Case("mat: by year", mat({"ids": ["a", "b"]}, W=np.ones((2, 2, 3))), E_, ("every year",)),
    Case("dta: empty", text("w.dta", ""), E_, ("an empty file",)),
    Case("dta: text", text("w.dta", "a,b,1"), E_, ("dta",)),
    Case("dta: not square", dta(id=[1, 2, 3, 4], v1=[0.0, 1.0, 2.0, 3.0]), E_, ("path", TWO_FORMS)),
    Case("xlsx: empty", text("w.xlsx", ""), E_, ("an empty file",)),
    Case("xlsx: text", text("w.xlsx", "a,b,1"), E_, ("xlsx",)),
    Case("xlsx: an empty sheet", xlsx([]), E_, ("an empty table", TWO_FORMS)),
    Case("xlsx: an empty cell", xlsx([["", "a", "b"], ["a", 0, None], ["b", 1, 0]]), E_, ("nan",)),
    Case("xlsx: no such sheet", xlsx([["a", "b", 1]], variable="Q"), E_, ("Q",)),
    Case("another ending", text("w.doc", "a,b,1"), bd.OptionError, ("endings", "CSV")),
    Case("no file", lambda _: bd.FromFile("none.csv").fit(), E_, ("none at 'none.csv'",)),
    Case("units that the file lacks", lambda f: _lacking(f), E_, ("['c']", "drop_units")),
]


def _lacking(folder: Path) -> Any:
    (folder / "w.csv").write_text("a,b,1\nb,a,1\n")
    return bd.FromFile(folder / "w.csv").fit(PANEL)


MATRICES = [
    Case("no ids", matrix(PAIR, None), E_, ("ids", "panel.units")),
    Case("a text for ids", matrix(PAIR, "ab"), E_, ("the unit of each row; got 'ab'",)),
    Case("a number for ids", matrix(PAIR, 2), E_, ("a sequence of texts or numbers",)),
    Case("ids that are lists", matrix(PAIR, [["a"], ["b"]]), E_, ("texts or numbers",)),
    Case("an id that is missing", matrix(PAIR, ["a", None]), E_, ("an id for each row", "[1]")),
    Case("too few ids", matrix(PAIR, ["a"]), E_, ("2 ids", "got 1")),
    Case("ids twice", matrix(PAIR, ["1", 1.0]), E_, ("each id once", "add them up")),
    Case("not square", matrix(np.ones((2, 3))), E_, ("shape (2, 3)", "FromFlows")),
    Case("no matrix", matrix(None), E_, ("matrix", "numbers")),
    Case("ragged", matrix([[0, 1], [1]]), E_, ("N x N matrix of numbers",)),
    Case("texts with commas", matrix([["0", "1,5"], ["1,5", "0"]]), E_, ("'1,5'", COMMA)),
    Case("complex", matrix(PAIR * 1j), E_, ("complex",)),
    Case("masked", matrix(np.ma.masked_equal(PAIR, 1)), E_, ("finite weights",)),
    Case("NaN", matrix(PAIR * np.nan), E_, ("finite weights", "Write 0")),
    Case("negative", matrix(-PAIR), E_, ("zero or more", "logarithms")),
    Case("a diagonal", matrix(PAIR + np.eye(2)), E_, ("('a', 'a', 1.0)", "diagonal to 0")),
    Case("a sparse diagonal", matrix(sparse.eye_array(2)), E_, ("diagonal to 0",)),
    Case("all zero", matrix(PAIR * 0), E_, ("none for 2 units", "islands='keep'")),
    Case("one a year", matrix([PAIR, PAIR]), E_, ("2 matrices", "pass a mapping to fit")),
    Case(
        "labels of others", matrix(LABELLED, ["a", "c"]), E_, ("labelled with the ids", "to_numpy")
    ),
    Case(
        "labels on one side",
        matrix(LABELLED.set_axis([0, 1], axis=1)),
        E_,
        ("columns [0, 1], ids ['a', 'b']", "to_numpy"),
    ),
    Case("an unknown word", matrix(PAIR, normalise="rows"), bd.OptionError, ("normalise", "'row'")),
    Case("islands unknown", matrix(PAIR, islands={"z": ["a"]}), E_, ("unknown ['z']",)),
    Case("lag of others", lambda _: W.lag(LABELLED.set_axis(["a", "z"], axis=1)), E_, ("'z'",)),
]

RECIPES = [
    Case(
        "a panel for options", lambda _: bd.Queen(PANEL), bd.OptionError, ("Queen(...).fit(panel)",)
    ),
    Case("a map for options", lambda _: bd.KNearest(THREE), bd.OptionError, (".fit(geometry)",)),
    Case("k of 0", lambda _: bd.KNearest(0), bd.OptionError, ("k", "at least 1")),
    Case("k in words", lambda _: bd.KNearest("four"), bd.OptionError, ("k", "'four'")),
    Case("a threshold in words", lambda _: bd.DistanceBand("far"), bd.OptionError, ("'smallest'",)),
    Case("a power in words", lambda _: bd.InverseDistance("2"), bd.OptionError, ("power", "'2'")),
    Case("least of 0", lambda _: bd.InverseDistance(least_km=0), bd.OptionError, ("least_km",)),
    Case("decay of 0", lambda _: bd.Exponential(0.0), bd.OptionError, ("decay", "per km")),
    Case("too many neighbours", fitted(bd.KNearest(3), THREE), E_, ("fewer than N = 3", "smaller")),
    Case("one place", fitted(bd.InverseDistance(), TWIN), E_, ("('a', 'b')", "least_km=1")),
    Case("one place in a kernel", fitted(bd.Kernel(k=1), TWIN), E_, ("['a', 'b']", "larger k")),
    Case(
        "degrees as text",
        fitted(bd.KNearest(1, points=("lon", "lat")), TEXTS),
        E_,
        ("('a', '116°24′E'), ('b', '117°E')", "116.4 for 116°24′E"),
    ),
    Case("no such column", fitted(bd.KNearest(1, points=("x", "y")), THREE), E_, ("points", "'x'")),
    Case("points for queen", fitted(bd.Queen(), THREE), E_, ("polygons", "KNearest")),
    Case("no map", fitted(bd.Queen(), PANEL), E_, ("a panel without one", "geometry=")),
    Case("a frame for a map", fitted(bd.Queen(), FLOWS), E_, ("got DataFrame", "from_frame")),
    Case("row numbers", fitted(bd.Queen(), SQUARES.reset_index(drop=True)), E_, ("set_index",)),
    Case(
        "no projection",
        fitted(bd.KNearest(1), SQUARES.set_crs(None, allow_override=True)),
        E_,
        ("set_crs",),
    ),
    Case("a path that is none", fitted(bd.Queen(), "none.geojson"), E_, ("none.geojson",)),
    Case("tied covariate", fitted(bd.EconomicDistance("x"), PANEL), E_, ("a-b", "more years")),
    Case("no such covariate", fitted(bd.EconomicDistance("q"), PANEL), bd.DataError, ("q",)),
    Case(
        "no frame of flows", lambda _: bd.FromFlows([1], "o", "d"), bd.OptionError, ("a DataFrame",)
    ),
    Case("no such flow", lambda _: bd.FromFlows(FLOWS, "o", "q"), bd.DataError, ("['q']",)),
    Case("negative flows", lambda _: bd.FromFlows(FLOWS, "o", "d", "n"), bd.DataError, ("-1.0",)),
    Case(
        "flows as text",
        lambda _: bd.FromFlows(FLOWS.assign(n=["1,5", "2"]), "o", "d", "n"),
        bd.DataError,
        ("'1,5'", COMMA),
    ),
]

SAR = bd.SAR("y ~ x", fixed_effects=None)
BESIDE = [
    Case("a model without weights", lambda _: SAR.fit(PANEL), E_, ("fit(panel, weights)",)),
    Case("Moran without weights", lambda _: bd.Moran("y").fit(PANEL), E_, ("fit(panel, weights)",)),
    Case(
        "a matrix", lambda _: SAR.fit(PANEL, PAIR), E_, ("got ndarray", "from_matrix(matrix, ids=")
    ),
    Case("a recipe not called", lambda _: SAR.fit(PANEL, bd.Queen), E_, ("Call it: Queen(...)",)),
    Case("a recipe without a map", lambda _: SAR.fit(PANEL, bd.Queen()), E_, ("geometry=",)),
    Case("too few units", lambda _: SAR.fit(PANEL, W), E_, ("['c']", "drop_units")),
    Case("no list of weights", lambda _: bd.Moran("y").fit(PANEL, []), E_, ("got none",)),
    Case("one to compare", lambda _: bd.compare_weights([W]), bd.OptionError, ("two or more",)),
]


@rows([*FILES, *MATRICES, *RECIPES, *BESIDE])
def test_bad_weights(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_as_many_as_promised() -> None:
    assert len([*FILES, *MATRICES, *RECIPES, *BESIDE]) >= 45
