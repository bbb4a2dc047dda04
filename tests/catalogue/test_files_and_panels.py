"""Files and panels that cannot be used, each with the message that it gets.

What a panel makes of input that is odd but clear (letters that look alike, dates of one month, a
surplus comma) is in `tests/panel/test_silent_faults.py`.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import openpyxl
import pandas as pd
import pytest
from shapely.geometry import Point

import bevdrivers as bd

from .cases import Case, rows

PLAIN = "id,year,x\na,2011,1\nb,2011,2\n"
UMLAUTS = "id,year,x\nMünchen,2011,1\nKöln,2011,2\n"
TAIPEI = "id,year,x\n臺北,2011,1\n高雄,2011,2\n"
MOSCOW = "id,year,x\nМосква,2011,1\nКазань,2011,2\n"


def csv(content: str | bytes, written: str = "utf-8", **read: Any) -> Callable[[Path], bd.Panel]:
    """A panel from a CSV file of this content, written in an encoding."""

    def make(folder: Path) -> bd.Panel:
        path = folder / "panel.csv"
        path.write_bytes(content.encode(written) if isinstance(content, str) else content)
        return bd.Panel.from_csv(path, unit="id", time="year", **read)

    return make


def sheet(*cells: Sequence[Any], merged: str = "", **read: Any) -> Callable[[Path], bd.Panel]:
    """A panel from a workbook with these rows."""

    def make(folder: Path) -> bd.Panel:
        book = openpyxl.Workbook()
        page = book.active
        for row in cells:
            page.append(list(row))
        if merged:
            page.merge_cells(merged)
        book.save(folder / "panel.xlsx")
        return bd.Panel.from_excel(folder / "panel.xlsx", unit="id", time="year", **read)

    return make


def stata(content: bytes) -> Callable[[Path], bd.Panel]:
    """A panel from a file .dta of these bytes."""

    def make(folder: Path) -> bd.Panel:
        (folder / "panel.dta").write_bytes(content)
        return bd.Panel.from_stata(folder / "panel.dta", unit="id", time="year")

    return make


def old_stata(ids: Sequence[str], encoding: str) -> Callable[[Path], bd.Panel]:
    """A panel from a file of Stata 13 or before, whose texts are in a local code page."""

    def make(folder: Path) -> bd.Panel:
        as_bytes = [name.encode(encoding).decode("latin-1") for name in ids]
        frame = pd.DataFrame({"id": as_bytes, "year": 2011, "x": range(len(ids))})
        frame.to_stata(folder / "old.dta", write_index=False, version=114)
        return bd.Panel.from_stata(folder / "old.dta", unit="id", time="year")

    return make


def repeated_labels(folder: Path) -> bd.Panel:
    frame = pd.DataFrame({"id": [1, 2], "year": 2011, "x": [1.0, 2.0]})
    labels = {"id": {1: "Ohio", 2: "Ohio"}}
    frame.to_stata(folder / "labels.dta", write_index=False, value_labels=labels)
    return bd.Panel.from_stata(folder / "labels.dta", unit="id", time="year")


def frame(unit: str = "id", time: str = "year", **columns: Any) -> Callable[[Path], bd.Panel]:
    """A panel from a frame of two rows, with these columns in the place of plain ones."""
    table = pd.DataFrame({"id": ["a", "b"], "year": 2011, "x": [1.0, 2.0]} | columns)
    return lambda folder: bd.Panel.from_frame(table, unit=unit, time=time)


def given(table: Any, **geometry: Any) -> Callable[[Path], bd.Panel]:
    """A panel from this object."""
    return lambda folder: bd.Panel.from_frame(table, unit="id", time="year", **geometry)


def arrays(columns: Any = None, **index: Any) -> Callable[[Path], bd.Panel]:
    """A panel from arrays of one period and two units, with these in the place of plain ones."""
    plain = {"units": ["a", "b"], "periods": [2011]}
    held = {"x": np.ones((1, 2))} if columns is None else columns
    return lambda folder: bd.Panel.from_arrays(held, **(plain | index))


def evaluated(x: Any) -> Callable[[Path], np.ndarray]:
    """The column x of a panel, used as a number."""
    return lambda folder: frame(x=x)(folder).evaluate("x")


def on(action: Callable[[bd.Panel], Any]) -> Callable[[Path], Any]:
    """What is done with a plain panel of two units in two years."""
    table = pd.DataFrame({"id": list("abab"), "year": [2011, 2011, 2012, 2012], "x": range(4)})
    return lambda folder: action(bd.Panel.from_frame(table, unit="id", time="year"))


def places(ids: Sequence[Any]) -> geopandas.GeoDataFrame:
    """A map of points with these ids."""
    points = [Point(position, 0) for position in range(len(ids))]
    return geopandas.GeoDataFrame({"id": ids}, geometry=points, crs=4326)


def shapefile(names: Sequence[str], encoding: str) -> Callable[[Path], bd.Panel]:
    """A panel with a Shapefile that does not say its encoding."""

    def make(folder: Path) -> bd.Panel:
        path = folder / "map.shp"
        places(names).to_file(path, encoding=encoding)
        path.with_suffix(".cpg").unlink()
        table = pd.DataFrame({"id": names, "year": 2011, "x": 1.0})
        return bd.Panel.from_frame(table, unit="id", time="year", geometry=path)

    return make


def mapped(ids: Sequence[Any], on_map: Sequence[Any]) -> Callable[[Path], bd.Panel]:
    """A panel of these ids, with a map of those."""
    table = pd.DataFrame({"id": ids, "year": 2011, "x": 1.0})
    return given(table, geometry=places(on_map))


def indexed(ids: Sequence[str], names: Sequence[str | None], **columns: Any) -> pd.DataFrame:
    """A frame with two levels in its index."""
    index = pd.MultiIndex.from_arrays([ids, [2011] * len(ids)], names=names)
    return pd.DataFrame({"x": np.ones(len(ids))} | columns, index=index)


def fitted(
    units: int, periods: int, *, constant: bool = False, effects: str | None = "two-way"
) -> Callable[[Path], Any]:
    """A model of a panel of so many units and periods."""

    def make(folder: Path) -> Any:
        draw = np.random.default_rng(0).normal
        names = [f"u{position}" for position in range(units)]
        x = np.ones((periods, units)) if constant else draw(size=(periods, units))
        columns = {"y": draw(size=(periods, units)), "x": x}
        panel = bd.Panel.from_arrays(columns, units=names, periods=range(1, periods + 1))
        return bd.NonSpatial("y ~ x", fixed_effects=effects).fit(panel)

    return make


DATA, OPTION = bd.DataError, bd.OptionError
UNKNOWN = bd.IdentificationError

FILES = [
    Case(
        "no file",
        lambda folder: bd.Panel.from_csv(folder / "no.csv", unit="id", time="year"),
        DATA,
        ("no.csv", "a file of this machine", "No such file", "working folder"),
    ),
    Case(
        "a folder",
        lambda folder: bd.Panel.from_csv(folder, unit="id", time="year"),
        DATA,
        ("a file", "a folder"),
    ),
    Case(
        "an address",
        lambda folder: bd.Panel.from_csv("https://e.org/a.csv", unit="id", time="year"),
        DATA,
        ("https://e.org/a.csv", "a file of this machine", "Download it first"),
    ),
    Case(
        "an empty csv", csv(""), DATA, ("panel.csv", "a file with content", "an empty one", "saved")
    ),
    Case("blank lines alone", csv("\n\n\n"), DATA, ("panel.csv", "read as csv", "No columns")),
    Case("a header alone", csv("id,year,x\n"), DATA, ("at least one row", "none", "header")),
    Case(
        "a longer row",
        csv(PLAIN + "c,2011,3,4\n"),
        DATA,
        ("panel.csv", "line 4, saw 4", "as many cells as the header"),
    ),
    Case(
        "surplus cells in all rows",
        csv("id,year,x\n1,2011,5,9\n2,2011,2,9\n"),
        DATA,
        ("panel.csv", "as many cells in each row", "'2,2011,2,9'", "a name in the header"),
    ),
    Case(
        "a surplus cell of rows 0, 1",
        csv("id,year,x\n0,2011,5,9\n1,2011,2,9\n"),
        DATA,
        ("panel.csv", "as many cells", "'1,2011,2,9'"),
    ),
    Case(
        "two surplus cells",
        csv("id,year,x\n1,2011,5,9,8\n2,2011,2,9,8\n"),
        DATA,
        ("as many cells in each row", "'2,2011,2,9,8'", "in quotes"),
    ),
    Case(
        "a quote without end",
        csv('id,year,x\n"a,2011,1\nb,2011,2\n'),
        DATA,
        ("panel.csv", "EOF inside string"),
    ),
    Case(
        "two columns of one name",
        csv("id,year,x,x\na,2011,1,2\n"),
        DATA,
        ("panel.csv", "each column name once", "['x']", "Rename"),
    ),
    Case(
        "two columns of ids",
        csv("id,year,id,x\na,2011,1,2\n"),
        DATA,
        ("each column name once", "['id']"),
    ),
    Case(
        "two names below a title",
        csv("A title\nid,year,x,x\na,2011,1,2\n", header=1),
        DATA,
        ("each column name once", "['x']"),
    ),
    Case("semicolons", csv(PLAIN.replace(",", ";")), DATA, ("'id' (unit)", "id;year;x", 'sep=";"')),
    Case(
        "UTF-16", csv(PLAIN, "utf-16"), DATA, ("panel.csv", "begin as utf-16", 'encoding="utf-16"')
    ),
    Case("UTF-32", csv(PLAIN, "utf-32"), DATA, ("begin as utf-32", 'encoding="utf-32"')),
    Case("UTF-16 without its mark", csv(PLAIN, "utf-16-le"), DATA, ("zero bytes", "utf-16")),
    Case("a picture", csv(b"\x89PNG\r\n\x1a\n" + bytes(99)), DATA, ("panel.csv", "a binary file")),
    Case("a zero byte", csv(b"id,year,x\na\x00,2011,1\n"), DATA, ("a binary file", "zero bytes")),
    Case(
        "Latin-1",
        csv(UMLAUTS, "latin-1"),
        DATA,
        ("cp1252 ('München')", "gb18030 ('M黱chen')", 'encoding="cp1252"'),
    ),
    Case("Big5", csv(TAIPEI, "big5"), DATA, ("panel.csv", "big5 ('臺北')", "encoding=")),
    Case("Cyrillic", csv(MOSCOW, "cp1251"), DATA, ("panel.csv", "cp1251 ('Москва')")),
    Case("Shift-JIS", csv("id,year,x\n東京,2011,1\n", "shift_jis"), DATA, ("shift_jis ('東京')",)),
    Case(
        "another encoding than given",
        csv(UMLAUTS, "latin-1", encoding="utf-8"),
        DATA,
        ("['utf-8']", "cp1252 ('München')"),
    ),
    Case(
        "an encoding that is none",
        csv(PLAIN, encoding="klingon"),
        DATA,
        ("encoding", "'klingon'", '"gb18030"'),
    ),
    Case("an encoding that is a number", csv(PLAIN, encoding=8), DATA, ("encoding", "got 8")),
    Case(
        "an option that is none",
        csv(PLAIN, colour="red"),
        OPTION,
        ("read", "csv", "'colour'", "pandas"),
    ),
    Case("pieces of a file", csv(PLAIN, chunksize=1), OPTION, ("one table", "chunksize")),
    Case(
        "a damaged archive",
        lambda folder: (
            (folder / "panel.csv.gz").write_bytes(b"\x1f\x8b\x08broken"),
            bd.Panel.from_csv(folder / "panel.csv.gz", unit="id", time="year"),
        ),
        DATA,
        ("panel.csv.gz", "whole"),
    ),
    Case(
        "an empty id",
        csv("id,year,x\na,2011,1\n,2011,2\n"),
        DATA,
        ("id", "a value in every row", "[1]", "totals"),
    ),
    Case(
        "Namibia's NA",
        csv("id,year,x\nNA,2011,1\nZA,2011,2\n"),
        DATA,
        ("empty in 1 rows: [0]", "keep_default_na=False"),
    ),
    Case(
        "years with commas",
        csv('id,year,x\na,"2,011",1\n'),
        DATA,
        ("year", "whole years", "'2,011'"),
    ),
    Case(
        "dates as texts",
        csv("id,year,x\na,2011-12-31,1\n"),
        DATA,
        ("year", "'2011-12-31'", ".dt.year"),
    ),
    Case(
        "no sheet of that name",
        sheet(["id", "year", "x"], ["a", 2011, 1], sheet_name="data"),
        DATA,
        ("sheet_name", "['Sheet']", "'data'"),
    ),
    Case(
        "a sheet misspelled",
        sheet(["id", "year"], ["a", 2011], sheet_name="shet"),
        DATA,
        ("'shet'", "Did you mean 'Sheet'?"),
    ),
    Case(
        "a sheet beyond the last",
        sheet(["id", "year"], ["a", 2011], sheet_name=7),
        DATA,
        ("sheet_name", "['Sheet']", "7"),
    ),
    Case(
        "all sheets",
        sheet(["id", "year"], ["a", 2011], sheet_name=None),
        OPTION,
        ("sheet_name", "one sheet", "['Sheet']"),
    ),
    Case(
        "merged cells",
        sheet(["id", "year", "x"], ["a", 2011, 1], [None, 2012, 2], merged="A2:A3"),
        DATA,
        ("id", "empty in 1 rows: [1]", "merged cells", "ffill()"),
    ),
    Case(
        "two names in a sheet",
        sheet(["id", "year", "x", "x"], ["a", 2011, 1, 2]),
        DATA,
        ("panel.xlsx", "each column name once", "['x']"),
    ),
    Case(
        "months in a sheet",
        sheet(
            ["id", "year", "x"],
            ["a", datetime.date(2011, 3, 31), 1],
            ["a", datetime.date(2011, 6, 30), 2],
        ),
        DATA,
        ("year", "dates in 2 months", "2011-06-30", "Aggregate"),
    ),
    Case(
        "days as Excel counts them",
        sheet(["id", "year", "x"], ["a", 40544, 1]),
        DATA,
        ("year", "40544", "days as Excel counts"),
    ),
    Case(
        "an empty workbook",
        lambda folder: (
            (folder / "a.xlsx").write_bytes(b""),
            bd.Panel.from_excel(folder / "a.xlsx", unit="id", time="year"),
        ),
        DATA,
        ("a.xlsx", "an empty one"),
    ),
    Case(
        "a csv called xlsx",
        lambda folder: (
            (folder / "a.xlsx").write_text(PLAIN),
            bd.Panel.from_excel(folder / "a.xlsx", unit="id", time="year"),
        ),
        DATA,
        ("a.xlsx", "read as xlsx", "spreadsheet"),
    ),
    Case("an empty dta", stata(b""), DATA, ("panel.dta", "an empty one")),
    Case("a csv called dta", stata(b"id,year\n1,2\n"), DATA, ("panel.dta", "read as dta", "CSV")),
    Case(
        "a workbook called dta",
        stata(b"PK\x03\x04 and more"),
        DATA,
        ("panel.dta", "read as dta", "another kind"),
    ),
    Case(
        "a dta cut short",
        stata(b"<stata_dta><header><release>118</release>"),
        DATA,
        ("panel.dta", "read as dta", "Save it in Stata"),
    ),
    Case("value labels twice", repeated_labels, DATA, ("labels.dta", "convert_categoricals=False")),
    Case(
        "an old dta from Germany",
        old_stata(["München", "Köln"], "cp1252"),
        DATA,
        ("old.dta", "cp1252 ('München')", 'encoding="cp1252"'),
    ),
    Case(
        "an old Shapefile from Germany",
        shapefile(["München", "Köln"], "ISO-8859-1"),
        DATA,
        ("map.dbf", "cp1252 ('München')", "map.cpg"),
    ),
]

PERIODS = [
    Case("fractions", frame(year=[2010.2, 2010.7]), DATA, ("year", "whole years", "2010.2")),
    Case(
        "fractions of arrays",
        arrays({"x": np.ones((2, 2))}, periods=[2010.2, 2010.7]),
        DATA,
        ("periods", "whole years", "2010.2"),
    ),
    Case(
        "a number beyond all years",
        frame(year=[2e19, 2e19]),
        DATA,
        ("year", "up to 9999", "20000000000000000000"),
    ),
    Case(
        "unsigned and beyond",
        frame(year=np.array([2**63 + 5] * 2, dtype=np.uint64)),
        DATA,
        ("year", "up to 9999"),
    ),
    Case("days of a spreadsheet", frame(year=[40544, 40909]), DATA, ("40544", "days as Excel")),
    Case("months as numbers", frame(year=[201101, 201102]), DATA, ("201101", "are months")),
    Case("days as numbers", frame(year=[20110331, 20110630]), DATA, ("20110331", "are days")),
    Case("infinite", frame(year=[np.inf, 2011]), DATA, ("year", "whole years", "inf")),
    Case("flags", frame(year=[True, False]), DATA, ("year", "True")),
    Case("flags as objects", frame(year=pd.Series([True, 2011], dtype=object)), DATA, ("[True]",)),
    Case("complex years", frame(year=[2011 + 0j, 2012 + 1j]), DATA, ("year", "complex")),
    Case("quarters as texts", frame(year=["2011Q1", "2011Q2"]), DATA, ("year", "'2011Q1'")),
    Case(
        "quarters",
        frame(year=pd.PeriodIndex(["2011Q1", "2011Q2"], freq="Q")),
        DATA,
        ("frequency Q", "2011Q1", "Aggregate"),
    ),
    Case(
        "dates of two months",
        frame(year=pd.to_datetime(["2011-03-31", "2011-06-30"])),
        DATA,
        ("in one month of each year", "2011-03-31", "Aggregate"),
    ),
    Case(
        "a time zone",
        frame(year=pd.to_datetime(["2011-12-31"] * 2).tz_localize("Asia/Shanghai")),
        DATA,
        ("without a time zone", "Asia/Shanghai", "tz_localize(None)"),
    ),
    Case(
        "dates beside numbers",
        frame(year=pd.Series([pd.Timestamp("2011"), 2012], dtype=object)),
        DATA,
        ("dates beside other cells",),
    ),
    Case(
        "lengths of time",
        frame(year=pd.to_timedelta([1, 2], unit="D")),
        DATA,
        ("year", "Timedelta"),
    ),
    Case(
        "an empty year",
        frame(year=pd.array([2011, None], dtype="Int64")),
        DATA,
        ("year", "empty in 1 rows: [1]"),
    ),
    Case(
        "descending",
        arrays({"x": np.ones((2, 2))}, periods=[2012, 2011]),
        DATA,
        ("periods", "ascending"),
    ),
    Case("no periods", arrays({}, periods=[]), DATA, ("periods", "at least one year")),
    Case(
        "one number for periods", arrays(periods=2011), DATA, ("periods", "a list of years", "2011")
    ),
    Case("no number", arrays(periods=[np.nan]), DATA, ("periods", "whole years", "nan")),
]

IDS = [
    Case(
        "lists", frame(id=[["a"], ["b"]]), DATA, ("id", "texts or numbers", "['a']", "astype(str)")
    ),
    Case("dicts", frame(id=[{"a": 1}, {"b": 1}]), DATA, ("id", "texts or numbers")),
    Case("pairs", frame(id=[("a", 1), ("b", 2)]), DATA, ("id", "texts or numbers", "('a', 1)")),
    Case("flags as ids", frame(id=[True, False]), DATA, ("id", "texts or numbers", "True")),
    Case("bytes", frame(id=[b"a", b"b"]), DATA, ("id", "b'a'")),
    Case(
        "dates as ids",
        frame(id=pd.to_datetime(["2011-01-01", "2012-01-01"])),
        DATA,
        ("id", "Timestamp"),
    ),
    Case("complex ids", frame(id=[1 + 1j, 2]), DATA, ("id", "(1+1j)")),
    Case("an infinite id", frame(id=[np.inf, 1.0]), DATA, ("id", "inf")),
    Case(
        "ids that floats round",
        frame(id=[1e20, 2e20]),
        DATA,
        ("id", "floats round them", "as texts"),
    ),
    Case("blank ids", frame(id=["  ", "a"]), DATA, ("id", "a value in every row", "[0]")),
    Case(
        "an id of zero width",
        frame(id=["\u200b", "a"]),
        DATA,
        ("id", "a value in every row", "[0]"),
    ),
    Case(
        "01 beside 1", frame(id=["01", "1"]), DATA, ("id", "zeros in front", "['01', '1']", "zfill")
    ),
    Case(
        "01 beside the number",
        frame(id=pd.Series(["01", 1], dtype=object)),
        DATA,
        ("zeros in front",),
    ),
    Case(
        "a pair twice", frame(id=["a", "a"]), DATA, ("one row a (id, year)", "('a', 2011)", "merge")
    ),
    Case(
        "a pair twice in two letters",
        frame(id=["New York", "New\u00a0York"]),
        DATA,
        ("one row a (id, year)", "('New York', 2011)"),
    ),
    Case("full-width twice", frame(id=["１１", "11"]), DATA, ("('11', 2011)",)),
    Case(
        "composed and decomposed", frame(id=["Ko\u0308ln", "K\u00f6ln"]), DATA, ("('Köln', 2011)",)
    ),
    Case("a list of ids that is a text", arrays(units="ab"), DATA, ("units", "a list", "['ab']")),
    Case("no ids", arrays({}, units=[]), DATA, ("units", "at least one id")),
    Case("an id that is None", arrays(units=["a", None]), DATA, ("units", "[None]")),
    Case("an id twice", arrays(units=["a", "a"]), DATA, ("units", "each id once", "['a']")),
    Case(
        "an id in two letters", arrays(units=["a b", "a\u00a0b"]), DATA, ("units", "each id once")
    ),
]

COLUMNS = [
    Case("no frame", given([1, 2]), DATA, ("frame", "DataFrame", "list")),
    Case("no unit", frame(unit="State"), DATA, ("'State' (unit)", "['id', 'year', 'x']")),
    Case("a unit in another case", frame(unit="ID"), DATA, ("'ID' (unit)", "Did you mean 'id'?")),
    Case("a unit that is a number", frame(unit=0), DATA, ("unit", "got 0", "Rename")),
    Case("one column for both", frame(time="id"), DATA, ("time", "another column than unit")),
    Case(
        "0 and '0'",
        given(pd.DataFrame({"id": ["a"], "year": 2011, 0: 1.0, "0": 2.0})),
        DATA,
        ("columns", "once", "[0, '0']"),
    ),
    Case(
        "a number called as the unit",
        lambda folder: bd.Panel.from_frame(
            pd.DataFrame({"0": ["a"], "year": 2011, 0: 1.0}), unit="0", time="year"
        ),
        DATA,
        ("columns", "['0']", "Rename"),
    ),
    Case(
        "two columns of a frame",
        given(pd.DataFrame([["a", 2011, 1, 2]], columns=["id", "year", "x", "x"])),
        DATA,
        ("each column name once", "['x']"),
    ),
    Case(
        "levels of names",
        given(pd.concat({"A": pd.DataFrame({"id": ["a"], "year": 2011})}, axis=1)),
        DATA,
        ("frame", "one name a column", "2 levels", "join"),
    ),
    Case(
        "an index without names",
        given(indexed(["a", "b"], [None, None])),
        DATA,
        ("'id' (unit)", "rename_axis"),
    ),
    Case(
        "an index that says otherwise",
        given(indexed(["a", "b"], ["id", "year"], id=["b", "a"])),
        DATA,
        ("frame", "differ", "Rename or drop"),
    ),
    Case(
        "an array called as the unit",
        arrays({"unit": np.ones((1, 2))}),
        DATA,
        ("columns", "index", "['unit']", "Rename"),
    ),
    Case(
        "arrays 0 and '0'", arrays({0: np.ones((1, 2)), "0": np.ones((1, 2))}), DATA, ("[0, '0']",)
    ),
    Case(
        "an array for all columns", arrays(np.ones((1, 2))), DATA, ("columns", "mapping", "ndarray")
    ),
    Case(
        "an array of another shape",
        arrays({"x": np.ones((2, 1))}),
        DATA,
        ("(1, 2)", "(2, 1) for 'x'"),
    ),
    Case(
        "rows of different lengths",
        arrays({"x": [[1, 2], [3]]}, periods=[2011, 2012]),
        DATA,
        ("columns", "(T, N) = (2, 2)", "different lengths"),
    ),
    Case(
        "texts as arrays",
        arrays({"x": [["1", "2"]]}),
        DATA,
        ("arrays of numbers", "['x']", "with_columns"),
    ),
    Case(
        "a frame of other units",
        arrays({"x": pd.DataFrame([[1.0, 2.0]], index=[2011])}),
        DATA,
        ("x", "by their names", "[0, 1]", "to_numpy()"),
    ),
    Case("a series", arrays({"x": pd.Series([1.0, 2.0])}), DATA, ("x", "a Series", "unstack")),
    Case(
        "complex numbers", frame(x=[1 + 2j, 2]), DATA, ("x", "real numbers", "(1+2j)", "real part")
    ),
    Case("complex objects", frame(x=pd.Series([1j, 2], dtype=object)), DATA, ("x", "real numbers")),
    Case("complex arrays", arrays({"x": np.ones((1, 2)) * 1j}), DATA, ("x", "real numbers", "1j")),
    Case(
        "complex additions",
        on(lambda panel: panel.with_columns(z=panel["x"] * 1j)),
        DATA,
        ("z", "real"),
    ),
    Case(
        "a number beyond floats",
        frame(x=pd.Series([10**400, 1], dtype=object)),
        DATA,
        ("x", "float"),
    ),
    Case("thousands", evaluated(["1,234", "2,345"]), DATA, ("['x']", "'1,234'", 'thousands=","')),
    Case("decimal commas", evaluated(["1,5", "2,5"]), DATA, ("'1,5'", 'decimal=","')),
    Case("percent signs", evaluated(["12%", "13%"]), DATA, ("'12%'", 'rstrip("%")')),
    Case("full-width digits", evaluated(["１２", "１３"]), DATA, ("'１２'", "Full-width", "NFKC")),
    Case("numbers as texts", evaluated(["12", "13"]), DATA, ("'12'", "to_numeric")),
    Case("dashes", evaluated(["—", "1"]), DATA, ("'—'", "na_values=")),
    Case(
        "dates as numbers",
        evaluated(pd.to_datetime(["2011", "2012"])),
        DATA,
        ("Dates are no numbers",),
    ),
    Case("lists as cells", evaluated([[1], [2]]), DATA, ("numbers in ['x']", "[1]")),
    Case("an infinite cell", evaluated([np.inf, 2.0]), DATA, ("finite", "('a', 2011, 'x')")),
    Case(
        "a masked cell",
        lambda folder: arrays({"x": np.ma.masked_array([[1.0, 2.0]], mask=[[True, False]])})(
            folder
        ).evaluate("x"),
        DATA,
        ("1 missing", "('a', 2011, 'x')", "balance"),
    ),
]

PARTS = [
    Case(
        "a unit that is none",
        on(lambda panel: panel.select(units=["A"])),
        DATA,
        ("units", "['A']", "differ by case: 'A' ~ 'a'"),
    ),
    Case(
        "letters of a text",
        on(lambda panel: panel.select(units="ab")),
        DATA,
        ("units", "a list", "['ab']"),
    ),
    Case(
        "a period alone",
        on(lambda panel: panel.select(periods=2011)),
        DATA,
        ("periods", "a list", "[2011]"),
    ),
    Case(
        "half a period",
        on(lambda panel: panel.select(periods=[2011.5])),
        DATA,
        ("periods", "[2011.5]", "2011"),
    ),
    Case(
        "a list as a unit",
        on(lambda panel: panel.select(units=[["a"]])),
        DATA,
        ("units", "[['a']]"),
    ),
    Case(
        "a unit to drop",
        on(lambda panel: panel.drop_units("z")),
        DATA,
        ("units", "['z']", "['a', 'b']"),
    ),
    Case(
        "columns as a text",
        on(lambda panel: panel.balance(drop="units", columns="x")),
        DATA,
        ("columns", "a list", "['x']"),
    ),
    Case(
        "a column to describe", on(lambda panel: panel.describe("x")), DATA, ("columns", "a list")
    ),
    Case("a column that is a number", on(lambda panel: panel[0]), DATA, ("column", "['x']", "0")),
    Case(
        "a column in another case", on(lambda panel: panel["X"]), DATA, ("'X'", "Did you mean 'x'?")
    ),
    Case(
        "an addition to the index",
        on(lambda panel: panel.with_columns(id=panel["x"])),
        DATA,
        ("with_columns", "['id']"),
    ),
]

SIZES = [
    Case("one unit", fitted(1, 5), UNKNOWN, ("panel", "at least 3 units", "1")),
    Case("two units", fitted(2, 5), UNKNOWN, ("panel", "at least 3 units", "2")),
    Case("one period with effects", fitted(9, 1), UNKNOWN, ("2 periods", "T = 1", "Use")),
    Case("a constant column", fitted(9, 5, constant=True), UNKNOWN, ("no variation", "['x']")),
    Case("two constants", fitted(9, 5, constant=True, effects=None), UNKNOWN, ("Drop one",)),
]

MAPS = [
    Case(
        "a dict as a map",
        given(pd.DataFrame({"id": ["a"], "year": 2011}), geometry={}),
        DATA,
        ("geometry", "GeoDataFrame", "dict", "read_file"),
    ),
    Case(
        "no such map",
        given(pd.DataFrame({"id": ["a"], "year": 2011}), geometry="no.gpkg"),
        DATA,
        ("no.gpkg", "a file of this machine"),
    ),
    Case(
        "a unit twice on the map",
        mapped(["a"], ["a", "a"]),
        DATA,
        ("geometry", "one row a unit", "['a']"),
    ),
    Case(
        "another case",
        mapped(["Alabama"], ["ALABAMA", "OHIO"]),
        DATA,
        ("geometry", "['Alabama']", "The map has ['ALABAMA', 'OHIO']", "differ by case"),
    ),
    Case(
        "zeros lost",
        mapped([1, 2], ["01", "02"]),
        DATA,
        ("[1, 2]", "The map has ['01', '02']", "Zeros in front", "1 ~ '01'"),
    ),
    Case(
        "underscores",
        mapped(["New York"], ["New_York"]),
        DATA,
        ("blanks", "'New York' ~ 'New_York'"),
    ),
    Case("no accents", mapped(["Malaga"], ["Málaga"]), DATA, ("accents", "'Malaga' ~ 'Málaga'")),
    Case(
        "letters misread",
        mapped(["München"], ["MÃ¼nchen"]),
        DATA,
        ("another encoding", "'München'"),
    ),
    Case("Han misread", mapped(["北京"], ["±±¾©"]), DATA, ("another encoding", "'北京' ~ '±±¾©'")),
    Case("a slip", mapped(["Pennsylvnia"], ["Pennsylvania"]), DATA, ("Nearest", "'Pennsylvania'")),
    Case(
        "provinces",
        mapped(["Beijing"], ["北京市"]),
        DATA,
        ("standardise_provinces", "'Beijing' ~ '北京市'"),
    ),
]


@rows([*FILES, *PERIODS, *IDS, *COLUMNS, *PARTS, *SIZES, *MAPS])
@pytest.mark.filterwarnings("ignore:One or more strings in the dta file")
def test_bad_input_is_refused_in_words(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_provinces_are_spoken_of_only_where_ids_look_like_them() -> None:
    table = pd.DataFrame({"id": ["Ohio"], "year": 2011})
    with pytest.raises(bd.DataError) as refusal:
        bd.Panel.from_frame(table, unit="id", time="year", geometry=places(["Iowa"]))
    assert "rovinces" not in str(refusal.value)
