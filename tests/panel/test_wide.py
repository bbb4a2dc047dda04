"""Tables with one column a year become the panel that the long frame of the same data gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import bevdrivers as bd
from bevdrivers.errors import DataError, OptionError

LONG = pd.DataFrame(
    {
        "id": [*"aabb"],
        "year": [2011, 2012] * 2,
        "gdp": [1.5, 2.5, 3.5, np.nan],
        "gdp_growth": [0.1, 0.2, 0.3, 0.4],
        "region": [*"nnss"],
    }
)
GDP = LONG.pivot(index="id", columns="year", values="gdp")
GROWTH = LONG.pivot(index="id", columns="year", values="gdp_growth")
# both variables in one table, with what pandas needs to take it apart again
SIDE_BY_SIDE = pd.concat(
    [
        GDP.add_prefix("gdp_"),
        GROWTH.add_prefix("gdp_growth_"),
        LONG.groupby("id")[["region"]].first(),
    ],
    axis=1,
).reset_index()


def test_a_table_for_each_variable() -> None:
    panel = bd.Panel.from_wide({"gdp": GDP, "gdp_growth": GROWTH}, unit="id")
    long = bd.Panel.from_frame(LONG.drop(columns="region"), unit="id", time="year")
    assert_frame_equal(panel.frame, long.frame)
    assert panel.notes == (
        "gdp, gdp_growth: tables with one column a year made long, 2011 to 2012",
    )


def test_one_table_is_taken_apart_as_pandas_does() -> None:
    panel = bd.Panel.from_wide(SIDE_BY_SIDE, unit="id", stubs=["gdp", "gdp_growth"], separator="_")
    by_pandas = pd.wide_to_long(SIDE_BY_SIDE, ["gdp", "gdp_growth"], "id", "year", sep="_")
    long = bd.Panel.from_frame(by_pandas, unit="id", time="year")
    columns = ["id", "year", "gdp", "gdp_growth", "region"]
    assert_frame_equal(panel.frame[columns], long.frame[columns])
    assert "region: the same in every year, from columns without one" in panel.notes


def test_units_are_matched_by_their_ids_and_years_by_their_names() -> None:
    gdp = pd.DataFrame({"code": ["20", "10"], "2012年": [1.0, 2.0], "2011年": [3.0, 4.0]})
    price = pd.DataFrame({2011: [5.0, 6.0], 2012: [7.0, 8.0], "code": [10, 20]})
    panel = bd.Panel.from_wide({"gdp": gdp, "price": price}, unit="code", time="t")
    assert (panel.units, panel.periods, panel.time) == ((10, 20), (2011, 2012), "t")
    np.testing.assert_array_equal(panel["gdp"], [[4.0, 3.0], [2.0, 1.0]])
    np.testing.assert_array_equal(panel["price"], [[5.0, 6.0], [7.0, 8.0]])


def test_files_are_read_with_the_options_of_their_reader(tmp_path: Path) -> None:
    text = "A title\ncode;2011;2012\n01;1.234,5;—\n02;2;3\n"
    for name in ("gdp", "price"):
        (tmp_path / f"{name}.csv").write_bytes(text.replace("title", "Übersicht").encode("cp1252"))
    files = {name: tmp_path / f"{name}.csv" for name in ("gdp", "price")}
    read: dict[str, Any] = {"sep": ";", "decimal": ",", "thousands": ".", "na_values": ["—"]}
    panel = bd.Panel.from_wide(files, unit="code", encoding="cp1252", skiprows=1, **read)
    assert panel.units == ("01", "02")
    np.testing.assert_array_equal(panel["price"], [[1234.5, 2.0], [np.nan, 3.0]])
    assert "price.csv read as cp1252" in panel.notes


def test_sheets_of_a_workbook(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    with pd.ExcelWriter(tmp_path / "book.xlsx") as book:
        GDP.to_excel(book, sheet_name="gdp")
        GROWTH.to_excel(book, sheet_name="growth")
    panel = bd.Panel.from_wide(pd.read_excel(tmp_path / "book.xlsx", sheet_name=None), unit="id")
    np.testing.assert_array_equal(panel["growth"], GROWTH.T)


def wide(**changes: Any) -> pd.DataFrame:
    return GDP.reset_index().assign(**changes)


@pytest.mark.parametrize(
    ("tables", "options", "message"),
    [
        ({"gdp": wide(total=1)}, {}, r"gdp: expected columns that are years.*got .*total"),
        ({"gdp": wide(**{"20l3": 1})}, {}, r"gdp: .*years, beside 'id'; got .*20l3"),
        (
            {"gdp": wide(**{"2011": 1})},
            {},
            r"gdp: expected each year in one column; got \[2011, '2",
        ),
        ({"gdp": GDP, "x": GDP[[2011]]}, {}, r"x: expected a column for every year.*\[2012\]"),
        ({"gdp": GDP, "x": GDP[:1]}, {}, r"x: expected a row for every unit .*1 units: \['b'\]"),
        ({"gdp": pd.concat([GDP, GDP[:1]])}, {}, r"gdp: expected one row a unit; got .*\['a'\]"),
        ({"gdp": GDP.rename(index={"a": None})}, {}, r"gdp: expected a unit in every row.*\[0\]"),
        ({"gdp": LONG}, {}, r"gdp: expected one row a unit.*long one"),
        ({"gdp": wide().drop(columns="id")}, {}, r"gdp: expected a column 'id' with the units"),
        ({"gdp": GDP.drop(columns=GDP.columns)}, {}, r"gdp: expected columns that are years.*none"),
        ({"gdp": GDP[:0]}, {}, r"gdp: expected a row for each unit; got no row"),
        ({"id": GDP}, {}, r"tables: expected variables with names of their own; got 'id'"),
        ({}, {}, r"tables: expected at least one variable"),
        ({"gdp": GDP}, {"stubs": ["gdp"]}, r"stubs: expected either one table.*got both"),
        (GDP, {}, r"stubs: expected either one table.*got one table without stubs"),
        (SIDE_BY_SIDE, {"stubs": "gdp"}, r"stubs: expected names of variables.*got 'gdp'"),
        (SIDE_BY_SIDE, {"stubs": ["gdp", "gdp"]}, r"stubs: expected each variable once"),
        (SIDE_BY_SIDE, {"stubs": ["gpd"]}, r"stubs: .*'gpd_' and end.*Did you mean 'gdp'\?"),
        (SIDE_BY_SIDE, {"stubs": ["gdp"], "separator": ""}, r"stubs: .*stands '_', not ''"),
        (LONG.assign(gdp2011=1), {"stubs": ["gdp"], "separator": ""}, r"time: .*a column 'year'"),
        (
            SIDE_BY_SIDE.rename(columns={"gdp_2011": "gdp_2O11"}),
            {"stubs": ["gdp"]},
            r"gdp: expected columns that are years.*2O11",
        ),
        (
            SIDE_BY_SIDE.drop(columns="gdp_2011"),
            {"stubs": ["gdp", "gdp_growth"]},
            r"gdp: expected a column for every year.*\[2011\]",
        ),
        (SIDE_BY_SIDE.assign(gdp=1), {"stubs": ["gdp"]}, r"stubs: expected each name once.*'gdp'"),
        ("map.geojson", {"stubs": ["gdp"]}, r"path: expected a name that ends in one of"),
    ],
)
def test_what_is_no_wide_table_is_refused(
    tables: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises((DataError, OptionError), match=message):
        bd.Panel.from_wide(tables, unit="id", **{"separator": "_", **options})


def test_tables_are_not_changed() -> None:
    before = SIDE_BY_SIDE.copy(deep=True)
    bd.Panel.from_wide(SIDE_BY_SIDE, unit="id", stubs=["gdp"], separator="_")
    assert_frame_equal(SIDE_BY_SIDE, before)
