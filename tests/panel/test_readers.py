"""CSV in the encodings met in China, and exports of the National Bureau of Statistics."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.panel import read_csv, read_nbs

TITLE = "数据库：分省年度数据\n指标：地区生产总值(亿元)\n时间：最近20年\n"
BODY = (
    "地区,2023年,2022年,2021年\n"
    "北京市,\t43760.7,\t41540.9,\t41045.6\n"
    "内蒙古自治区,\t24627.0,,\t21166.0\n"
    "西藏自治区,,,\n"
    "陕西省,33786.1,32837.9,30121.7\n"
)
NOTES = "数据来源：国家统计局\n注：1.分省数据之和,不等于全国,\n2023年为初步数。\n"


def export(
    folder: Path, text: str = TITLE + BODY + NOTES, name: str = "gdp.csv", encoding: str = "gb18030"
) -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("text", [TITLE + BODY + NOTES, BODY, TITLE + BODY.replace("\n", "\r\n")])
def test_an_export_becomes_a_long_frame(tmp_path: Path, encoding: str, text: str) -> None:
    frame = read_nbs({"gdp": export(tmp_path, text, encoding=encoding)})
    assert list(frame.columns) == ["province", "year", "gdp"]
    assert frame["gdp"].dtype == float
    assert list(frame["province"].unique()) == ["Beijing", "Inner Mongolia", "Shaanxi", "Tibet"]
    assert frame.loc[frame["province"] == "Beijing", "year"].tolist() == [2021, 2022, 2023]
    assert frame.loc[frame["province"] == "Beijing", "gdp"].tolist() == [41045.6, 41540.9, 43760.7]
    np.testing.assert_array_equal(
        frame.loc[frame["province"] == "Inner Mongolia", "gdp"], [21166.0, np.nan, 24627.0]
    )
    assert frame.loc[frame["province"] == "Tibet", "gdp"].isna().all()


def test_indicators_are_joined_by_province_and_year(tmp_path: Path) -> None:
    people = "地区,2022年,2020年\n陕西,3956,3955\n北京,2184,2189\n"
    frame = read_nbs({"gdp": export(tmp_path), "people": export(tmp_path, people, "people.csv")})
    beijing = frame[frame["province"] == "Beijing"]
    assert beijing["year"].tolist() == [2020, 2021, 2022, 2023]
    np.testing.assert_array_equal(beijing["gdp"], [np.nan, 41045.6, 41540.9, 43760.7])
    np.testing.assert_array_equal(beijing["people"], [2189.0, np.nan, 2184.0, np.nan])


def test_an_excel_export(tmp_path: Path) -> None:
    rows = [
        ["数据库：分省年度数据", None, None],
        ["地区", "2023年", "2022年"],
        ["北京市", 43760.7, None],
        ["注：x", None, None],
    ]
    pd.DataFrame(rows).to_excel(tmp_path / "gdp.xlsx", header=False, index=False)
    frame = read_nbs({"gdp": tmp_path / "gdp.xlsx"})
    np.testing.assert_array_equal(frame["gdp"], [np.nan, 43760.7])


def test_english_names_codes_and_thousands(tmp_path: Path) -> None:
    text = 'Region,2023,2022\nBeijing,"43,760.7",—\n610000,1,2\n'
    frame = read_nbs({"gdp": export(tmp_path, text)})
    np.testing.assert_array_equal(frame["gdp"], [np.nan, 43760.7, 2.0, 1.0])


def test_from_nbs_gives_a_panel_in_english(tmp_path: Path) -> None:
    panel = bd.Panel.from_nbs({"gdp": export(tmp_path)})
    assert panel.units == ("Beijing", "Inner Mongolia", "Shaanxi", "Tibet")
    assert panel.periods == (2021, 2022, 2023)
    assert (panel.unit, panel.time) == ("province", "year")
    assert panel.notes == ("gdp.csv read as GB 18030",)
    with pytest.raises(bd.DataError, match=r"4 missing .*\('Tibet', 2021, 'gdp'\)"):
        panel.evaluate("gdp")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TITLE + NOTES, "a header row such as 地区,2023年,2022年; got 6 rows without one"),
        (
            BODY.replace("北京市", "北平市"),
            "provinces of mainland China; got 1 unknown: ['北平市']",
        ),
        (BODY + "北京,1,2,3\n", "one row a province; got more for ['Beijing']"),
        (
            BODY.replace("30121.7", "30121.7,5"),
            "at most 3 cells a province; got more for ['陕西省']",
        ),
        (BODY.replace("41045.6", "c."), "1 (province, year, cell): [('Beijing', 2021, 'c.')]"),
    ],
)
def test_exports_that_cannot_be_read_say_why(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(bd.DataError) as caught:
        read_nbs({"gdp": export(tmp_path, text)})
    assert message in str(caught.value)


def test_no_file_is_an_error() -> None:
    with pytest.raises(bd.DataError, match="at least one column and its file"):
        read_nbs({})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_csv_is_read_in_any_of_the_encodings(tmp_path: Path, encoding: str) -> None:
    path = export(tmp_path, "省份,年份,值\n北京,2011,1.5\n", encoding=encoding)
    frame = read_csv(path)
    assert list(frame.columns) == ["省份", "年份", "值"]
    assert frame.to_numpy().tolist() == [["北京", 2011, 1.5]]


def test_csv_options_go_to_pandas(tmp_path: Path) -> None:
    path = export(tmp_path, 'a;b\n"1,234";—\n', encoding="utf-8")
    frame = read_csv(path, sep=";", thousands=",", na_values=["—"])
    assert frame["a"].tolist() == [1234]
    assert frame["b"].isna().all()


def test_bytes_in_no_known_encoding_are_refused_plainly(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes("a,b\n北京,1\n".encode("utf-16"))
    for read in (lambda: read_csv(path), lambda: read_nbs({"x": path})):
        with pytest.raises(bd.DataError) as caught:
            read()
        assert "text in one of the encodings ['utf-8-sig', 'gb18030']" in str(caught.value)
        assert "pass encoding=" in str(caught.value)
    assert read_csv(path, encoding="utf-16")["b"].tolist() == [1]
