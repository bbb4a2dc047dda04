"""Input that is odd but clear: what a panel makes of it, and that it says so."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from shapely.geometry import Point, box

import bevdrivers as bd
from bevdrivers.ids import clean_text, id_key
from bevdrivers.panel.encodings import decoded, level_one
from bevdrivers.panel.foreign import read_map


def panel_of(**columns: object) -> bd.Panel:
    return bd.Panel.from_frame(pd.DataFrame(columns), unit="id", time="year")


def from_csv(folder: Path, text: str, written: str = "utf-8", **read: object) -> bd.Panel:
    (folder / "p.csv").write_bytes(text.encode(written))
    return bd.Panel.from_csv(folder / "p.csv", unit="id", time="year", **read)


# --- rows and headers of a file -------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "id,year,x\n0,2011,5,\n1,2011,7,\n",
        "id,year,x\n0,2011,5,\n1,2011,7\n",
        "id,year,x,\n0,2011,5,\n1,2011,7,\n",
    ],
)
def test_a_surplus_comma_moves_no_column(tmp_path: Path, text: str) -> None:
    panel = from_csv(tmp_path, text)
    assert (panel.units, panel.periods) == ((0, 1), (2011,))
    np.testing.assert_array_equal(panel["x"], [[5.0, 7.0]])


def test_names_that_only_look_numbered_are_two_columns(tmp_path: Path) -> None:
    panel = from_csv(tmp_path, "id,year,x,x.1\na,2011,1,2\n")
    assert list(panel.columns) == ["x", "x.1"]


def test_zeros_in_front_of_ids_stay_in_csv_and_excel(tmp_path: Path) -> None:
    text = "id,year,x\n01,2011,1\n10,2011,2\n"
    assert from_csv(tmp_path, text).units == ("01", "10")
    frame = pd.DataFrame({"id": ["01", "10"], "year": 2011, "x": [1, 2]})
    frame.to_excel(tmp_path / "p.xlsx", index=False)
    assert bd.Panel.from_excel(tmp_path / "p.xlsx", unit="id", time="year").units == ("01", "10")
    assert from_csv(tmp_path, text.replace("01,", "11,", 1)).units == (10, 11)


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a"], "year": [2011], "x": [1.0]})
    for suffix in ("gz", "bz2", "xz"):
        frame.to_csv(tmp_path / f"p.csv.{suffix}", index=False)
        panel = bd.Panel.from_csv(tmp_path / f"p.csv.{suffix}", unit="id", time="year")
        assert panel.units == ("a",)


# --- letters of a file ----------------------------------------------------------------------------

PROVINCES = ["北京市", "内蒙古自治区", "重庆市", "亳州", "衢州"]


def test_the_encoding_of_a_csv_is_noted(tmp_path: Path) -> None:
    text = "id,year,x\n" + "".join(f"{name},2011,1\n" for name in PROVINCES)
    for encoding, note in (("utf-8", ()), ("gbk", ("p.csv read as GB 18030",))):
        panel = from_csv(tmp_path, text, encoding)
        assert set(panel.units) == set(PROVINCES)
        assert panel.notes == note
    german = "id,year,x\nMünchen,2011,1\n"
    panel = from_csv(tmp_path, german, "cp1252", encoding="cp1252")
    assert (panel.units, panel.notes) == (("München",), ("p.csv read as cp1252",))


def test_old_stata_files_have_their_letters(tmp_path: Path) -> None:
    as_bytes = [name.encode("gbk").decode("latin-1") for name in PROVINCES]
    kinds = pd.Categorical([as_bytes[0]] * len(as_bytes))
    frame = pd.DataFrame({"id": as_bytes, "year": 2011, "kind": kinds})
    frame.to_stata(tmp_path / "old.dta", write_index=False, version=114)
    panel = bd.Panel.from_stata(tmp_path / "old.dta", unit="id", time="year")
    assert set(panel.units) == set(PROVINCES)
    assert set(panel["kind"][0]) == {PROVINCES[0]}
    assert panel.notes == ("old.dta read as GB 18030",)
    german = pd.DataFrame({"id": ["München"], "year": 2011, "x": 1.0})
    german.to_stata(tmp_path / "german.dta", write_index=False, version=114)
    panel = bd.Panel.from_stata(tmp_path / "german.dta", unit="id", time="year", encoding="cp1252")
    assert panel.units == ("München",)


def test_a_shapefile_without_cpg_has_its_letters(tmp_path: Path) -> None:
    squares = [box(position, 0, position + 1, 1) for position in range(len(PROVINCES))]
    shapes = geopandas.GeoDataFrame({"id": PROVINCES}, geometry=squares, crs=4326)
    path = tmp_path / "map.shp"
    shapes.to_file(path, encoding="gbk")
    path.with_suffix(".cpg").unlink()
    assert read_map(path)["id"].tolist() == PROVINCES
    frame = pd.DataFrame({"id": PROVINCES, "year": 2011, "x": 1.0})
    panel = bd.Panel.from_frame(frame, unit="id", time="year", geometry=path)
    assert panel.notes == ("map.dbf read as GB 18030",)
    path.with_suffix(".cpg").write_text("GBK")
    assert bd.Panel.from_frame(frame, unit="id", time="year", geometry=path).notes == ()


def test_level_one_has_the_letters_that_the_standard_counts() -> None:
    # GB/T 2312-1980: 3,755 Han in level 1, from 啊 to 座
    assert len(level_one()) == 3755
    assert {"啊", "座", "京"} <= level_one()
    assert "亳" not in level_one()


PLAIN = st.sampled_from("abcmnrstxyzABCMNRSTXYZ")
ACCENTED = st.sampled_from("äöüéèêñçåøàáíóúãõæðÄÖÜÉÅØÇ")


@given(st.lists(st.tuples(PLAIN, ACCENTED, PLAIN).map("".join), min_size=1, max_size=9))
def test_words_of_western_europe_are_never_read_as_chinese(words: list[str]) -> None:
    for text in (" ".join(words), "".join(words), ",2011\n".join(words)):
        with pytest.raises(bd.DataError, match="cp1252"):
            decoded(text.encode("latin-1"), "p.csv")


# --- periods --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "years",
    [
        pd.to_datetime(["2011-12-31", "2012-12-30"]),
        [datetime.date(2011, 12, 31), datetime.date(2012, 12, 31)],
        pd.Categorical(pd.to_datetime(["2011-12-31", "2012-12-31"])),
    ],
)
def test_dates_of_one_month_are_years_and_noted(years: object) -> None:
    panel = panel_of(id=["a", "a"], year=years, x=[1.0, 2.0])
    assert panel.periods == (2011, 2012)
    assert panel.notes == ("year: dates such as 2011-12-31 stand for their years",)


@pytest.mark.parametrize(
    "years",
    [
        ["２０１１", "２０１２年"],
        [" 2011 ", "2012.0"],
        pd.PeriodIndex(["2011", "2012"], freq="Y"),
        pd.array([2011, 2012], dtype="Int64"),
        pd.Categorical([2011, 2012]),
        [Decimal(2011), Decimal(2012)],
        np.array([2011, 2012], dtype=np.uint16),
    ],
)
def test_years_in_other_forms_are_years_without_a_note(years: object) -> None:
    panel = panel_of(id=["a", "a"], year=years, x=[1.0, 2.0])
    assert (panel.periods, panel.notes) == ((2011, 2012), ())


# --- ids ------------------------------------------------------------------------------------------

ALIKE = [
    ("Bei\u200bjing", "Beijing"),
    ("New\u00a0York", "New York"),
    ("New  York", "New York"),
    ("Ko\u0308ln", "K\u00f6ln"),
    ("ＢＪ", "BJ"),
    ("１１", "11"),
    ("\ufeffa", "a"),
    ("Ba\u00adden", "Baden"),
    ("a\u200e", "a"),
    ("\uf900", "\u8c48"),
    ("北\u3000京", "北 京"),
]


@pytest.mark.parametrize(("odd", "plain"), ALIKE)
def test_ids_that_look_alike_are_one_unit_and_noted(odd: str, plain: str) -> None:
    for ids in ([odd, plain], [plain, odd]):
        panel = panel_of(id=ids, year=[2011, 2012], x=[1.0, 2.0])
        assert panel.units == (plain,)
        assert panel.notes == (f"id: letters that look alike made one: {ascii(odd)} as {plain!r}",)
    arrays = bd.Panel.from_arrays({}, units=[odd, "z"], periods=[2011])
    assert arrays.units == (plain, "z")
    assert arrays.notes


@pytest.mark.parametrize(("odd", "plain"), ALIKE)
def test_one_rule_for_panels_maps_and_weights(odd: str, plain: str) -> None:
    frame = pd.DataFrame({"id": [plain, "z"], "year": 2011, "x": [1.0, 2.0]})
    places = geopandas.GeoDataFrame({"id": ["z", odd]}, geometry=[Point(0, 0), Point(1, 1)])
    panel = bd.Panel.from_frame(frame, unit="id", time="year", geometry=places)
    assert panel.geometry.geometry.x.loc[plain] == 1.0
    W = bd.SpatialWeights.from_matrix(np.array([[0.0, 1.0], [1.0, 0.0]]), ["z", odd])
    assert W.align(panel.units).ids == panel.units
    assert panel.select(units=[odd]).units == (plain,)


@pytest.mark.parametrize(
    ("one", "other"),
    [("A²", "A2"), ("Ⅱ", "II"), ("¼", "1⁄4"), ("a", "A"), ("ü", "u"), ("京", "亰")],
)
def test_ids_with_another_meaning_stay_two_units(one: str, other: str) -> None:
    assert len(panel_of(id=[one, other], year=2011, x=[1.0, 2.0]).units) == 2


@given(st.text(max_size=12))
def test_cleaning_a_text_twice_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)
    assert id_key(clean_text(text)) == id_key(text)


# --- cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (pd.array([1, None], dtype="Int64"), [1.0, np.nan]),
        (pd.array([True, None], dtype="boolean"), [1.0, np.nan]),
        (pd.array([1.5, None], dtype="Float64"), [1.5, np.nan]),
        ([Decimal("1.5"), None], [1.5, np.nan]),
        ([Fraction(1, 2), 1], [0.5, 1.0]),
        (pd.arrays.SparseArray([0.0, 1.0]), [0.0, 1.0]),
        (np.array([1, 2], dtype=np.uint8), [1.0, 2.0]),
    ],
)
def test_cells_that_are_numbers_are_floats(cells: object, numbers: list[float]) -> None:
    np.testing.assert_array_equal(panel_of(id=["a", "b"], year=2011, x=cells)["x"], [numbers])


def test_masked_cells_are_missing() -> None:
    masked = np.ma.masked_array([[1.0, 2.0]], mask=[[True, False]])
    panel = bd.Panel.from_arrays({"x": masked}, units=["a", "b"], periods=[2011])
    for values in (panel["x"], panel.with_columns(z=masked)["z"]):
        np.testing.assert_array_equal(values, [[np.nan, 2.0]])


def test_a_frame_of_values_is_put_in_the_order_of_the_panel() -> None:
    table = pd.DataFrame([[2.0, 1.0], [4.0, 3.0]], columns=["b", "a"], index=[2012, 2011])
    panel = bd.Panel.from_arrays({"x": table}, units=["a", "b"], periods=[2011, 2012])
    for values in (panel["x"], panel.with_columns(z=table)["z"]):
        np.testing.assert_array_equal(values, [[3.0, 4.0], [1.0, 2.0]])


def test_a_column_called_geometry_is_kept_where_it_is_no_geometry() -> None:
    panel = panel_of(id=["a", "b"], year=2011, geometry=[1.0, 2.0])
    np.testing.assert_array_equal(panel["geometry"], [[1.0, 2.0]])
    shapes = geopandas.GeoDataFrame(
        {"id": ["a"], "year": 2011, "x": 1.0}, geometry=[Point(0, 0)]
    ).rename_geometry("shape")
    assert list(bd.Panel.from_frame(shapes, unit="id", time="year").columns) == ["x"]


# --- the index of a frame -------------------------------------------------------------------------


def test_levels_of_the_index_are_unit_and_time() -> None:
    plain = pd.DataFrame({"id": ["a", "b"], "year": [2011, 2011], "x": [1.0, 2.0]})
    for frame in (
        plain.set_index(["year", "id"]),
        plain.set_index("id"),
        plain.set_index(["id", "year"], drop=False),
    ):
        before = frame.copy()
        panel = bd.Panel.from_frame(frame, unit="id", time="year")
        assert (panel.units, panel.periods, list(panel.columns)) == (("a", "b"), (2011,), ["x"])
        pd.testing.assert_frame_equal(frame, before)


def test_a_map_of_shapes_alone_is_taken_by_its_index() -> None:
    shapes = geopandas.GeoSeries([Point(0, 0), Point(1, 1)], index=["b", "a"], crs=4326)
    frame = pd.DataFrame({"id": ["a", "b"], "year": 2011, "x": 1.0})
    panel = bd.Panel.from_frame(frame, unit="id", time="year", geometry=shapes)
    assert panel.geometry.geometry.x.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("kind", ["double", "int64", "bool", "decimal"])
def test_columns_of_arrow_are_floats(kind: str) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    # pandas reads no name of a decimal type, which has parameters
    arrow = pyarrow.decimal128(5, 2) if kind == "decimal" else pyarrow.type_for_alias(kind)
    one = {"decimal": Decimal(1), "bool": True}.get(kind, 1)
    values = pd.array([one, None], dtype=pd.ArrowDtype(arrow))
    panel = panel_of(id=pd.array(["a", "b"], dtype="string[pyarrow]"), year=2011, x=values)
    np.testing.assert_array_equal(panel["x"], [[1.0, np.nan]])
