"""Which files a study may read: those below its folder, and those where the user says."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bevdrivers.study import StudyError, check_study
from bevdrivers.study.names import fault_of_name

from ..conftest import edit


@pytest.fixture
def inside(small: Path) -> Path:
    """The small study in a folder below its data."""
    folder = small.parent / "mine"
    folder.mkdir()
    return Path(shutil.copyfile(small, folder / "study.toml"))


@pytest.mark.parametrize("form", ["../data.csv", "{}/data.csv", "link.csv"])
def test_a_file_outside_is_read_only_where_the_user_says(
    form: str, inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = inside.parents[1]
    (inside.parent / "link.csv").symlink_to(outside / "data.csv")
    edit(inside, '"data.csv"', f'"{form.format(outside)}"')
    with pytest.raises(
        StudyError, match=r"\[data\] file: expected a file below the folder .*BEVDRIVERS_DATA"
    ):
        check_study(inside)
    monkeypatch.setenv("BEVDRIVERS_DATA", os.pathsep.join(["/nowhere", str(outside)]))
    assert check_study(inside).panel.n_units == 12


@pytest.mark.parametrize("key", ["[map]\nbase", "[data]\ngeometry"])
@pytest.mark.parametrize(
    "name", ["/vsicurl/http://127.0.0.1:9/a.geojson", "http://127.0.0.1:9/a.geojson", "PG:a", "."]
)
def test_a_map_is_a_file(key: str, name: str, small: Path) -> None:
    section, _, word = key.partition("\n")
    if section == "[data]":
        edit(small, 'time = "year"', f'time = "year"\n{word} = "{name}"')
    else:
        edit(small, "[outputs]", f'[map]\n{word} = "{name}"\n[outputs]')
    with pytest.raises(StudyError, match="expected a file; got no file"):
        check_study(small)


def test_a_map_that_sends_gdal_elsewhere_is_refused_by_the_study(small: Path) -> None:
    small.with_name("a.geojson").write_text("<OGRVRTDataSource/>", encoding="utf-8")
    edit(small, 'time = "year"', 'time = "year"\ngeometry = "a.geojson"')
    with pytest.raises(StudyError, match=r"\[data\] geometry: expected GeoJSON"):
        check_study(small)


@pytest.mark.parametrize(
    "name", ["data.csv", "数据/面板 2024.csv", "a/b/c.geojson", "console.txt", "a.b.c", " a", "-x"]
)
def test_names_that_real_studies_have_pass(name: str) -> None:
    assert fault_of_name(name) == ""
