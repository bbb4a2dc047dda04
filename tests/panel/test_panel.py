"""The promises of `Panel`: any row order, nothing dropped in silence, nothing changed behind the
user's back.
"""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

import bevdrivers as bd


def panel_of(frame: pd.DataFrame) -> bd.Panel:
    return bd.Panel.from_frame(frame, unit="id", time="year")


def points(ids: list[object]) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(
        {"id": ids}, geometry=[Point(k, 0) for k in range(len(ids))], crs=4326
    )


# --- making one -----------------------------------------------------------------------------------


def test_columns_are_t_by_n_whatever_the_order_of_the_rows(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    shuffled = panel_of(frame.sample(frac=1, random_state=4))
    assert panel.units == shuffled.units == ("a", "b", "c")
    assert panel.periods == shuffled.periods == (2011, 2012, 2013, 2014)
    assert panel["x"].shape == (4, 3)
    np.testing.assert_array_equal(panel["x"], np.arange(1.0, 13.0).reshape(4, 3))
    for name in panel.columns:
        np.testing.assert_array_equal(panel[name], shuffled[name])


def test_numbers_and_flags_are_float_and_texts_are_objects(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    assert {name: panel[name].dtype.kind for name in ("x", "count", "coastal", "kind")} == {
        "x": "f",
        "count": "f",
        "coastal": "f",
        "kind": "O",
    }


def test_objects_that_are_all_numbers_are_float(frame: pd.DataFrame) -> None:
    frame["mixed"] = pd.Series([1, 2.5, None] * 4, dtype=object)
    values = panel_of(frame)["mixed"]
    assert values.dtype.kind == "f"
    np.testing.assert_array_equal(values[0], [1.0, 2.5, np.nan])


def test_nullable_columns_keep_their_gaps(frame: pd.DataFrame) -> None:
    frame["n"] = pd.array([1, None, 3] * 4, dtype="Int64")
    np.testing.assert_array_equal(panel_of(frame)["n"][0], [1.0, np.nan, 3.0])


def test_duplicates_are_refused_with_their_names(frame: pd.DataFrame) -> None:
    with pytest.raises(bd.DataError) as caught:
        panel_of(pd.concat([frame, frame.iloc[[4]]]))
    assert "one row a (id, year)" in str(caught.value)
    assert "1 pairs more than once: [('b', 2012)]" in str(caught.value)
    assert "Drop or merge the duplicates" in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second"), [(110000, "110000"), (110000, 110000.0), ("A", " A ")]
)
def test_one_id_written_in_two_ways_is_a_duplicate(first: object, second: object) -> None:
    frame = pd.DataFrame(
        {"id": pd.Series([first, second], dtype=object), "year": 2011, "x": [1.0, 2.0]}
    )
    with pytest.raises(bd.DataError, match="1 pairs more than once"):
        panel_of(frame)


def test_one_period_written_in_two_ways_is_a_duplicate() -> None:
    texts = pd.DataFrame({"id": "a", "year": ["2011", "2011年"], "x": [1.0, 2.0]})
    days = pd.DataFrame(
        {"id": "a", "year": pd.to_datetime(["2011-01-30", "2011-01-31"]), "x": [1.0, 2.0]}
    )
    for frame in (texts, days):
        with pytest.raises(bd.DataError, match=r"1 pairs more than once: \[\('a', 2011\)\]"):
            panel_of(frame)


def test_one_id_written_in_two_ways_is_one_unit() -> None:
    frame = pd.DataFrame({"id": pd.Series([110000, "110000", 120000.0, 120000], dtype=object)})
    frame = frame.assign(year=[2011, 2012, 2011, 2012], x=[1.0, 2.0, 3.0, 4.0])
    panel = panel_of(frame)
    assert [str(unit) for unit in panel.units] == ["110000", "120000"]
    np.testing.assert_array_equal(panel["x"], [[1.0, 3.0], [2.0, 4.0]])
    assert panel.present.all()


@pytest.mark.parametrize("kind", [int, float, str])
def test_codes_as_int_float_or_text_give_the_same_panel(kind: type) -> None:
    codes = [9, 10, 110000]
    frame = pd.DataFrame({"id": [kind(code) for code in codes], "year": 2011, "x": [1.0, 2.0, 3.0]})
    panel = panel_of(frame)
    np.testing.assert_array_equal(panel["x"], [[1.0, 2.0, 3.0]])
    assert not any(isinstance(unit, float) for unit in panel.units)
    assert panel.select(units=["110000"]).n_units == panel.select(units=[110000.0]).n_units == 1


@pytest.mark.parametrize(
    "years",
    [
        ["2011", "2012"],
        ["2011年", "2012年"],
        [2011.0, 2012.0],
        pd.to_datetime(["2011-12-31", "2012-12-31"]),
    ],
)
def test_years_are_read_from_texts_floats_and_dates(years: object) -> None:
    panel = panel_of(pd.DataFrame({"id": "a", "year": years, "x": [1.0, 2.0]}))
    assert panel.periods == (2011, 2012)


def test_wrong_frames_say_what_is_wrong(frame: pd.DataFrame) -> None:
    cases = {
        "a pandas DataFrame; got list": [1],
        "columns 'id' (unit) and 'year' (time); got no column ['year']": frame.drop(columns="year"),
        "at least one row": frame.iloc[:0],
        "each column name once; got ['x']": pd.concat([frame, frame["x"]], axis=1),
        "id: expected a value in every row; got empty in 1 rows: [0]": frame.assign(
            id=frame["id"].shift()
        ),
        "year: expected a value in every row; got empty in 1 rows: [1]": frame.assign(
            year=frame["year"].where(frame.index != 1)
        ),
        "year: expected whole years; got [2011.5]": frame.assign(year=[2011.5, *frame["year"][1:]]),
    }
    for message, wrong in cases.items():
        with pytest.raises(bd.DataError) as caught:
            bd.Panel.from_frame(wrong, unit="id", time="year")
        assert message in str(caught.value)


@pytest.mark.parametrize(
    "quarters", [["2011Q1", "2011Q2"], ["2011-Q1", "2011-Q2"], ["Q1 2011", "Q2 2011"]]
)
def test_quarters_as_texts_are_refused_each_named_once_with_what_to_do(quarters: list[str]) -> None:
    frame = pd.DataFrame({"id": list("aabb"), "quarter": quarters * 2, "x": 1.0})
    with pytest.raises(bd.DataError) as caught:
        bd.Panel.from_frame(frame, unit="id", time="quarter")
    assert f"whole years; got {quarters}. Aggregate to years first" in str(caught.value)


def test_missing_rows_are_no_error_until_they_matter(frame: pd.DataFrame) -> None:
    panel = panel_of(frame.drop(index=4))
    assert not panel.present[1, 1]
    assert panel.present.sum() == 11
    assert "1 rows missing" in repr(panel)
    assert len(panel.frame) == 12
    with pytest.raises(bd.DataError) as caught:
        panel.evaluate("x")
    assert "1 missing (unit, period, column): [('b', 2012, 'x')]" in str(caught.value)
    assert "panel.balance(drop=\"units\", columns=['x'])" in str(caught.value)


def test_from_arrays_checks_shape_ids_and_periods() -> None:
    values = {"x": np.ones((2, 2))}
    assert bd.Panel.from_arrays(values, units=["b", "a"], periods=[2011, 2012]).units == ("b", "a")
    with pytest.raises(
        bd.DataError, match=r"arrays of shape \(T, N\) = \(2, 3\); got \(2, 2\) for 'x'"
    ):
        bd.Panel.from_arrays(values, units=["a", "b", "c"], periods=[2011, 2012])
    with pytest.raises(bd.DataError, match="each id once; got \\['a'\\]"):
        bd.Panel.from_arrays(values, units=["a", "a"], periods=[2011, 2012])
    with pytest.raises(bd.DataError, match="ascending years"):
        bd.Panel.from_arrays(values, units=["a", "b"], periods=[2012, 2011])


# --- looking into it ------------------------------------------------------------------------------


def test_unit_and_time_are_columns_too(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    assert panel["id"][2].tolist() == ["a", "b", "c"]
    assert panel["year"][:, 0].tolist() == [2011, 2012, 2013, 2014]


def test_an_unknown_column_offers_the_nearest(frame: pd.DataFrame) -> None:
    with pytest.raises(bd.DataError, match=r"got 'coastel'\. Did you mean 'coastal'\?"):
        panel_of(frame)["coastel"]


def test_frame_gives_the_rows_back(frame: pd.DataFrame) -> None:
    again = panel_of(frame).frame
    assert again[["id", "year"]].to_numpy().tolist() == frame[["id", "year"]].to_numpy().tolist()
    np.testing.assert_array_equal(again["x"], frame["x"])


def test_evaluate_gives_a_complete_array(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    np.testing.assert_allclose(panel.evaluate("log1p(x)"), np.log1p(panel["x"]), rtol=1e-15)
    with pytest.raises(bd.InputError, match="without lag"):
        panel.evaluate("lag(x, 1)")
    with pytest.raises(bd.DataError, match="numbers in \\['kind'\\]"):
        panel.evaluate("kind")


def test_describe_splits_the_spread_between_and_within(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    table = panel.describe()
    assert list(table.index) == ["y", "x", "z", "count", "coastal"]
    x = panel["x"]
    assert table.loc["x", "N"] == 12
    assert table.loc["x", "std"] == pytest.approx(x.std(ddof=1))
    assert table.loc["x", "std_between"] == pytest.approx(x.mean(axis=0).std(ddof=1))
    assert table.loc["x", "std_within"] == pytest.approx(
        np.sqrt(((x - x.mean(axis=0)) ** 2).sum() / 11)
    )
    assert list(panel.describe(["log(x)"]).index) == ["log(x)"]
    with pytest.raises(bd.DataError, match="a column of text"):
        panel.describe(["kind"])


def test_describe_leaves_missing_cells_out(frame: pd.DataFrame) -> None:
    frame.loc[frame["id"] == "b", "x"] = np.nan
    frame["nothing"] = np.nan
    table = panel_of(frame).describe()
    assert table.loc["x", "N"] == 8
    assert table.loc["x", "mean"] == pytest.approx(frame["x"].mean())
    assert table.loc["nothing", "N"] == 0
    assert np.isnan(table.loc["nothing", "mean"])


# --- parts and additions --------------------------------------------------------------------------


def test_select_keeps_the_panels_own_order(frame: pd.DataFrame) -> None:
    part = panel_of(frame).select(units=["c", "a", "c"], periods=[2014, 2012])
    assert part.units == ("a", "c")
    assert part.periods == (2012, 2014)
    np.testing.assert_array_equal(part["x"], [[4.0, 6.0], [10.0, 12.0]])


def test_select_and_drop_name_what_is_unknown(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    with pytest.raises(bd.DataError, match=r"units of the panel; got unknown ones: \['d'\]"):
        panel.select(units=["a", "d"])
    with pytest.raises(bd.DataError, match=r"periods of the panel; got unknown ones: \[2010\]"):
        panel.select(periods=range(2010, 2013))
    with pytest.raises(bd.DataError, match=r"unknown ones: \['d'\]"):
        panel.drop_units("d")
    with pytest.raises(bd.DataError, match="at least one unit and one period"):
        panel.drop_units("a", "b", "c")


def test_drop_units_leaves_a_note(frame: pd.DataFrame) -> None:
    panel = panel_of(frame).drop_units("b")
    assert panel.units == ("a", "c")
    assert panel.notes == ("b dropped",)


def test_balance_drops_units_or_periods_and_says_which(frame: pd.DataFrame) -> None:
    frame.loc[4, "x"] = np.nan
    panel = panel_of(frame)
    by_unit = panel.balance(drop="units")
    by_period = panel.balance(drop="periods")
    assert by_unit.units == ("a", "c")
    assert by_unit.notes == ("1 unit dropped for missing cells: b",)
    assert by_period.periods == (2011, 2013, 2014)
    assert by_period.notes == ("1 period dropped for missing cells: 2012",)
    assert "1 unit dropped for missing cells: b" in repr(by_unit)
    assert panel.balance(drop="units", columns=["y"]) is panel


def test_balance_drops_units_with_a_missing_row(frame: pd.DataFrame) -> None:
    assert panel_of(frame.drop(index=4)).balance(drop="units", columns=[]).units == ("a", "c")


def test_balance_refuses_what_leaves_nothing(frame: pd.DataFrame) -> None:
    frame.loc[frame["year"] == 2012, "x"] = np.nan
    with pytest.raises(bd.DataError, match=r'Try drop="periods", or fewer columns='):
        panel_of(frame).balance(drop="units")
    with pytest.raises(bd.OptionError, match=r"one of \['units', 'periods'\]; got 'rows'"):
        panel_of(frame).balance(drop="rows")


def test_with_columns_takes_arrays_and_functions(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    more = panel.with_columns(
        double=lambda p: 2 * p["x"], flag=panel["x"] > 3, word=np.full((4, 3), "w")
    )
    np.testing.assert_array_equal(more["double"], 2 * panel["x"])
    assert (more["flag"].dtype.kind, more["word"].dtype.kind) == ("f", "O")
    assert "double" not in panel.columns
    assert "flag" in more.describe().index


def test_with_columns_refuses_other_shapes_and_the_index(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    with pytest.raises(
        bd.DataError, match=r"w: expected an array of shape \(T, N\) = \(4, 3\); got shape \(3, 4\)"
    ):
        panel.with_columns(w=np.ones((3, 4)))
    with pytest.raises(bd.DataError, match="other than the panel's index"):
        panel.with_columns(year=panel["x"])


# --- nothing changes ------------------------------------------------------------------------------


def test_the_users_objects_are_left_alone(frame: pd.DataFrame) -> None:
    before, places = frame.copy(), points(["c", "b", "a"])
    places_before = places.copy()
    panel = bd.Panel.from_frame(frame, unit="id", time="year", geometry=places)
    panel.balance(drop="units").with_columns(w=panel["x"])
    bd.panel.build_design(panel, "y ~ log(x) + C(kind)")
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(places, places_before)


def test_the_panel_does_not_follow_the_users_frame(frame: pd.DataFrame) -> None:
    own = np.ones((4, 3))
    panel = panel_of(frame).with_columns(own=own)
    frame["x"] = 0.0
    own[:] = 0.0
    assert panel["x"].min() == 1.0
    assert panel["own"].min() == 1.0


def test_everything_is_read_only(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    again = pickle.loads(pickle.dumps(panel))
    for part in (panel, panel.select(units=["a", "b"]), panel.with_columns(w=panel["x"]), again):
        with pytest.raises(ValueError, match="read-only"):
            part["x"][0, 0] = 5.0
        with pytest.raises(ValueError, match="read-only"):
            part.present[0, 0] = False
        with pytest.raises(TypeError):
            part.columns["x"] = part["y"]
        with pytest.raises(AttributeError):
            part.unit = "other"


def test_copies_and_pickles_hold_the_same(frame: pd.DataFrame) -> None:
    panel = panel_of(frame)
    for again in (pickle.loads(pickle.dumps(panel)), copy.deepcopy(panel)):
        assert (again.units, again.periods, again.notes) == (
            panel.units,
            panel.periods,
            panel.notes,
        )
        np.testing.assert_array_equal(again["y"], panel["y"])


# --- geometry -------------------------------------------------------------------------------------


def test_geometry_follows_the_units(frame: pd.DataFrame) -> None:
    panel = bd.Panel.from_frame(
        frame, unit="id", time="year", geometry=points(["x", "c", "b", "a"])
    )
    assert panel.geometry is not None
    assert list(panel.geometry.index) == ["a", "b", "c"]
    assert panel.geometry.geometry.x.tolist() == [3.0, 2.0, 1.0]
    cut = panel.drop_units("b")
    assert cut.geometry is not None
    assert list(cut.geometry.index) == ["a", "c"]
    assert panel.geometry.reset_index()["id"].tolist() == ["a", "b", "c"]


def test_geometry_may_be_indexed_by_unit_in_another_form() -> None:
    frame = pd.DataFrame({"id": ["110000", "120000"], "year": 2011, "x": [1.0, 2.0]})
    places = points([120000.0, 110000.0]).set_index("id")
    panel = bd.Panel.from_frame(frame, unit="id", time="year", geometry=places)
    assert panel.geometry is not None
    assert panel.geometry.geometry.x.tolist() == [1.0, 0.0]


def test_geometry_that_does_not_fit_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(bd.DataError, match=r"none for 1 units: \['c'\]\. Rename the ids"):
        bd.Panel.from_frame(frame, unit="id", time="year", geometry=points(["a", "b"]))
    with pytest.raises(bd.DataError, match=r"repeated ids \['a'\]"):
        bd.Panel.from_frame(frame, unit="id", time="year", geometry=points(["a", "b", "c", "a"]))
    with pytest.raises(bd.DataError, match="a GeoDataFrame; got DataFrame"):
        bd.Panel.from_frame(frame, unit="id", time="year", geometry=frame)


# --- files ----------------------------------------------------------------------------------------


def same(panel: bd.Panel, other: bd.Panel) -> None:
    assert (panel.units, panel.periods) == (other.units, other.periods)
    for name in panel.columns:
        if panel[name].dtype.kind == "f":  # an Excel file holds 16 digits, a float has up to 17
            np.testing.assert_allclose(panel[name], other[name], rtol=1e-15)
        else:
            np.testing.assert_array_equal(panel[name], other[name])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_round_trip(frame: pd.DataFrame, tmp_path: Path, encoding: str) -> None:
    chinese = frame.assign(id=frame["id"].map({"a": "北京市", "b": "内蒙古自治区", "c": "陕西省"}))
    chinese.to_csv(tmp_path / "panel.csv", index=False, encoding=encoding)
    same(bd.Panel.from_csv(tmp_path / "panel.csv", unit="id", time="year"), panel_of(chinese))


def test_excel_round_trip(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.to_excel(tmp_path / "panel.xlsx", index=False, sheet_name="data")
    same(
        bd.Panel.from_excel(tmp_path / "panel.xlsx", unit="id", time="year", sheet_name="data"),
        panel_of(frame),
    )


def test_stata_round_trip(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.assign(kind=pd.Categorical(frame["kind"])).to_stata(
        tmp_path / "panel.dta", write_index=False
    )
    same(bd.Panel.from_stata(tmp_path / "panel.dta", unit="id", time="year"), panel_of(frame))
