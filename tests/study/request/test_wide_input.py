"""A study of tables with one column a year: the same panel as from the long file, every file recorded
and packed.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bevdrivers.study import StudyError, check_study, package_study, run_study, verify_package
from bevdrivers.study.request.config import load_config
from bevdrivers.study.results.folder import sha256

from ..conftest import edit

VARIABLES = ("lon", "lat", "output", "income", "innovation")
LONG = 'file = "data.csv"\nunit = "place"\ntime = "year"'
FILES = (
    "files = { "
    + ", ".join(f'{name} = "tables/{name}.csv"' for name in VARIABLES)
    + ' }\nunit = "place"'
)
STUBS = (
    'file = "wide.csv"\nunit = "place"\nstubs = ["output", "income", "innovation"]\nseparator = "_"'
)


def table(data: pd.DataFrame, name: str) -> pd.DataFrame:
    return data.pivot(index="place", columns="year", values=name)


@pytest.fixture
def wide(small: Path, small_data: pd.DataFrame) -> Path:
    """The small study with a file for each variable."""
    folder = small.parent / "tables"
    folder.mkdir()
    for name in VARIABLES:
        table(small_data, name).to_csv(folder / f"{name}.csv")
    side_by_side = [table(small_data, name).add_prefix(f"{name}_") for name in VARIABLES[2:]]
    places = small_data.groupby("place")[["lon", "lat"]].first()
    pd.concat([places, *side_by_side], axis=1).to_csv(small.with_name("wide.csv"))
    return small


@pytest.mark.parametrize("layout", [FILES, STUBS])
def test_the_panel_is_that_of_the_long_file(wide: Path, layout: str) -> None:
    plain = check_study(wide).panel
    panel = check_study(edit(wide, LONG, layout)).panel
    assert (panel.units, panel.periods, panel.time) == (plain.units, plain.periods, "year")
    for name in VARIABLES:
        np.testing.assert_array_equal(panel[name], plain[name])
    assert "one column a year made long, 2011 to 2016" in panel.notes[0]


def test_sheets_of_one_workbook(wide: Path, small_data: pd.DataFrame) -> None:
    pytest.importorskip("openpyxl")
    with pd.ExcelWriter(wide.with_name("book.xlsx")) as book:
        for name in VARIABLES:
            table(small_data, name).to_excel(book, sheet_name=f"Table {name}", startrow=2)
    sheets = ", ".join(f'{name} = "Table {name}"' for name in VARIABLES)
    lines = f'file = "book.xlsx"\nskiprows = 2\nsheets = {{ {sheets} }}\nunit = "place"'
    plain = check_study(wide).panel
    panel = check_study(edit(wide, LONG, lines)).panel
    for name in VARIABLES:
        np.testing.assert_allclose(panel[name], plain[name], rtol=1e-15)


def test_every_file_is_recorded(wide: Path, tmp_path: Path) -> None:
    run_study(edit(wide, LONG, FILES), tmp_path / "results")
    manifest = json.loads((tmp_path / "results" / "manifest.json").read_text())
    files = {f"tables/{name}.csv": wide.parent / "tables" / f"{name}.csv" for name in VARIABLES}
    assert {name: sha256(path) for name, path in files.items()}.items() <= manifest[
        "inputs"
    ].items()
    assert manifest["study"]["data"]["files"] == [
        [name, f"tables/{name}.csv"] for name in VARIABLES
    ]
    assert "made long" in manifest["panel"]["notes"][0]


@pytest.mark.slow
def test_a_package_holds_every_file(wide: Path, tmp_path: Path) -> None:
    made = package_study(edit(wide, LONG, FILES), tmp_path / "study.zip")
    verification = verify_package(made)
    assert verification.verdict == "reproduced"
    assert not verification.added
    assert not verification.missing


@pytest.mark.slow
def test_files_that_are_not_shared_are_all_named(wide: Path, tmp_path: Path) -> None:
    edit(wide, LONG, FILES)
    wide.write_text(wide.read_text() + "[package]\nshare_data = false\n")
    made = package_study(wide, tmp_path / "study.zip")
    folder = tmp_path / "out"
    with zipfile.ZipFile(made) as archive:
        archive.extractall(folder)
    unpacked = folder / "study"
    readme = (unpacked / "README.md").read_text()
    assert not (unpacked / "tables").exists()
    for name in VARIABLES:
        assert f"`tables/{name}.csv` is **not** in this package" in readme
    (wide.parent / "tables").rename(unpacked / "tables")
    assert verify_package(unpacked).verdict == "reproduced"


def test_nothing_of_it_is_recorded_in_other_studies(small: Path) -> None:
    data = load_config(small).as_dict()["data"]
    assert not {"files", "sheets", "stubs", "separator"} & set(data)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (FILES + '\nfile = "data.csv"', r"\[data\] files: expected either file or files; got both"),
        (FILES + '\nstubs = ["x"]', r"\[data\] stubs: expected one of .*; got files and stubs"),
        (FILES + '\nseparator = "_"', r"\[data\] separator: expected no such key without stubs"),
        (LONG + '\nseparator = "_"', r"\[data\] separator: expected no such key without stubs"),
        (
            FILES.replace("income.csv", "income.txt"),
            r"\[data\] files\.income: expected a name that",
        ),
        (FILES.replace("income.csv", "incme.csv"), r"\[data\] files\.income: .*mean 'income\.csv'"),
        (LONG + '\nfiles = "x"', r"\[data\] files: expected .*"),
        ('files = {}\nunit = "place"', r"\[data\] files: expected a file for each variable"),
        (
            STUBS.replace("wide.csv", "data.csv"),
            r"\[data\] stubs: .*a column 'year'.*keys are file, unit and time",
        ),
        (STUBS.replace('"_"', '""'), r"\[data\] stubs: .*stands '_', not '': set separator"),
        (STUBS.replace('"output"', '"outptu"'), r"\[data\] stubs: .*Did you mean 'output'\?"),
        (STUBS.replace('"place"', '"plac"'), r"\[data\] stubs: .*a column 'plac'.*mean 'place'"),
        (
            STUBS + '\nsheets = { output = "A" }',
            r"\[data\] stubs: expected one of .*sheets and stubs",
        ),
        (STUBS + '\nsheet = "A"', r"\[data\] sheet: expected a sheet of an Excel file"),
        (
            FILES + '\nencoding = "klingon"',
            r"\[data\] files\.lon: expected the name of an encoding",
        ),
        ('source = "bev"\nstubs = ["x"]', r"\[data\] stubs: expected no such key with source"),
    ],
)
def test_a_layout_that_cannot_be_read(wide: Path, lines: str, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        check_study(edit(wide, LONG, lines))


def test_what_one_table_lacks_can_be_left_out(wide: Path, small_data: pd.DataFrame) -> None:
    lacking = table(small_data, "income").drop(columns=2011).drop(index="Place 01")
    lacking.to_csv(wide.parent / "tables" / "income.csv")
    edit(wide, LONG, FILES)
    with pytest.raises(
        StudyError, match=r"files\.income: expected a row for every unit.*drop_units"
    ):
        check_study(wide)
    edit(wide, 'unit = "place"', 'unit = "place"\ndrop_units = ["Place 01"]')
    with pytest.raises(
        StudyError, match=r"files\.income: expected a column for every year.*years ="
    ):
        check_study(wide)
    edit(wide, 'unit = "place"', 'unit = "place"\nyears = [2012, 2016]')
    assert check_study(wide).panel.periods == tuple(range(2012, 2017))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda one: one.assign(total=1.0),
            r"files\.income: expected columns that are years.*total",
        ),
        (
            lambda one: pd.concat([one, one[:1]]),
            r"files\.income: expected one row a unit.*keys are file, unit and time",
        ),
        (
            lambda one: one.rename(index={"Place 01": ""}),
            r"files\.income: expected a unit in every",
        ),
    ],
)
def test_a_table_that_is_none_is_named(wide: Path, change: object, message: str) -> None:
    path = wide.parent / "tables" / "income.csv"
    one = pd.read_csv(path, index_col=0)
    change(one).to_csv(path)  # type: ignore[operator]
    with pytest.raises(StudyError, match=message):
        check_study(edit(wide, LONG, FILES))
