"""A replication package: complete, the same bytes twice, reproduced elsewhere, and honest when it
is not.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from bevdrivers.cli import main
from bevdrivers.errors import FileError
from bevdrivers.study import StudyError, package_study, verify_package
from bevdrivers.study.package import package
from bevdrivers.study.package.comparison import differences
from bevdrivers.study.package.package import pinned
from bevdrivers.study.request.config import load_config

from ..conftest import edit


@pytest.fixture
def packed(small: Path, tmp_path: Path) -> Path:
    return package_study(small, tmp_path / "made" / "study.zip")


def unpacked(packed: Path, folder: Path) -> Path:
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    return folder / "study"


@pytest.mark.slow
def test_a_package_holds_all_that_it_lists_and_is_the_same_twice(
    small: Path, packed: Path, tmp_path: Path
) -> None:
    assert (
        packed.read_bytes() == package_study(small, tmp_path / "again" / "study.zip").read_bytes()
    )
    folder = unpacked(packed, tmp_path / "out")
    hashes = dict(
        reversed(line.split("  ", 1)) for line in (folder / "hashes.txt").read_text().splitlines()
    )
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(hashes) == there - {"hashes.txt"}
    assert all(
        hashlib.sha256((folder / name).read_bytes()).hexdigest() == recorded
        for name, recorded in hashes.items()
    )
    assert {"study.toml", "data.csv", "run.py", "requirements.txt", "code/LICENSE"} <= there
    assert {
        "code/bevdrivers/cli.py",
        "code/bevdrivers/study/report/report.css",
        "code/bevdrivers/data/bev_panel.csv",
    } <= there
    assert (folder / "data.csv").read_bytes() == small.with_name("data.csv").read_bytes()
    assert str(tmp_path) not in (folder / "README.md").read_text()


def test_only_the_folder_of_data_at_the_top_is_no_code(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A room of the package that is called data is packed with the rest."""
    source = tmp_path / "source" / "bevdrivers"
    for name in ("a.py", "data/old.csv", "room/data/b.py", "room/__pycache__/b.pyc"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("")
    monkeypatch.setattr(package, "files", lambda name: source)
    (tmp_path / "out").mkdir()
    package._put_inputs(load_config(small), small, tmp_path / "out")
    code = tmp_path / "out" / "code" / "bevdrivers"
    computed = {path.relative_to(code).as_posix() for path in code.rglob("*") if path.is_file()}
    assert {"a.py", "room/data/b.py", "data/bev_panel.csv"} <= computed
    assert not computed & {"data/old.csv", "room/__pycache__/b.pyc"}


def test_the_readme_has_the_sections_of_the_template_and_every_exhibit(
    packed: Path, tmp_path: Path
) -> None:
    folder = unpacked(packed, tmp_path / "out")
    text = (folder / "README.md").read_text()
    heads = [line.lstrip("# ") for line in text.splitlines() if line.startswith("## ")]
    assert heads == [
        "Overview",
        "Data availability and provenance statements",
        "Computational requirements",
        "Description of programs",
        "Instructions to replicators",
        "List of tables and programs",
        "References",
    ]
    made = [
        p for kind in ("tables", "figures", "texts") for p in (folder / "results" / kind).iterdir()
    ]
    assert all(f"`{path.relative_to(folder).as_posix()}`" in text for path in made)
    assert "$" not in text


@pytest.mark.slow
def test_one_command_in_the_unpacked_folder_reproduces_it_from_its_own_code(
    packed: Path, tmp_path: Path
) -> None:
    folder = unpacked(packed, tmp_path / "elsewhere")
    done = subprocess.run(
        [sys.executable, "run.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Reproduced.\n")


@pytest.mark.slow
def test_a_number_that_was_changed_is_named_with_its_file(packed: Path, tmp_path: Path) -> None:
    folder = unpacked(packed, tmp_path / "out")
    table = folder / "results" / "tables" / "models.md"
    text = table.read_text(encoding="utf-8")
    position = text.index("Log likelihood")
    at = next(k for k in range(position, len(text)) if text[k].isdigit())
    table.write_text(f"{text[:at]}{(int(text[at]) + 5) % 10}{text[at + 1 :]}", encoding="utf-8")
    verdict = verify_package(folder)
    assert verdict.changed == ("results/tables/models.md",)
    wrong = verdict.frame[verdict.frame["outcome"] != "identical"]
    assert list(wrong["file"]) == ["tables/models.md"]
    assert wrong["outcome"].item() == "different"
    assert wrong["detail"].item().startswith("1 of ")
    assert not verdict.reproduced
    assert verdict.summary().endswith("NOT reproduced.")
    assert main(["verify", str(folder)]) == 1


@pytest.mark.slow
def test_data_that_may_not_be_shared_are_left_out_and_asked_for(
    small: Path, tmp_path: Path
) -> None:
    edit(
        small,
        "[outputs]",
        '[package]\nshare_data = false\nstatement = "Ask the bureau."\n[outputs]',
    )
    packed = package_study(small, tmp_path / "study.zip")
    folder = unpacked(packed, tmp_path / "out")
    assert not (folder / "data.csv").exists()
    text = (folder / "README.md").read_text()
    assert "Ask the bureau." in text
    assert hashlib.sha256(small.with_name("data.csv").read_bytes()).hexdigest() in text
    with pytest.raises(
        StudyError, match=r"\[data\] file: expected a file; got no file 'data\.csv'"
    ):
        verify_package(packed)
    (folder / "data.csv").write_bytes(small.with_name("data.csv").read_bytes())
    assert verify_package(folder).reproduced


def test_what_no_package_can_hold_is_refused(
    small: Path, tmp_path: Path, small_data: pd.DataFrame
) -> None:
    with pytest.raises(StudyError, match=r"--out: expected a name that ends in \.zip"):
        package_study(small, tmp_path / "study.tar")
    small_data.to_csv(tmp_path.parent / "far.csv", index=False)
    with pytest.raises(StudyError, match=r"below the folder of the study.*'\.\./far\.csv'"):
        package_study(edit(small, '"data.csv"', '"../far.csv"'), tmp_path / "study.zip")
    assert not (tmp_path / "study.zip").exists()


def test_a_package_takes_the_place_of_no_folder(small: Path, tmp_path: Path) -> None:
    (tmp_path / "study.zip").mkdir()
    with pytest.raises(StudyError, match=r"the name of a zip file; got a folder"):
        package_study(small, tmp_path / "study.zip")
    with pytest.raises(
        FileError, match=r"study\.zip: expected a place that is free; got file exists"
    ):
        package._zipped(tmp_path / "study.zip", small / "study.zip")


def test_what_is_no_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no such file"):
        verify_package(tmp_path / "none.zip")
    (tmp_path / "text.zip").write_text("text")
    with pytest.raises(StudyError, match="another file"):
        verify_package(tmp_path / "text.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a/b.txt", "b")
    with pytest.raises(StudyError, match=r"no hashes\.txt in it"):
        verify_package(tmp_path / "other.zip")


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ("a 0.10 b", "a 0.11 b", "same up to the last digit"),
        ("a −0.100", "a −0.101", "same up to the last digit"),
        ("a 0.10", "a 0.12", "different"),
        ("N = 31", "N = 30", "different"),
        ("1.2e-05", "1.3e-05", "same up to the last digit"),
        ("1.2e-05", "1.2e-04", "different"),
        ("0.10***", "0.10**", "different"),
        ("0.1", "0.10", "different"),
    ],
)
def test_printed_numbers_are_compared_to_their_last_digit(
    before: str, after: str, outcome: str
) -> None:
    assert differences(before, after)[0] == outcome


def test_every_package_that_is_imported_is_pinned() -> None:
    names = pinned()
    assert {
        "numpy",
        "scipy",
        "pandas",
        "formulaic",
        "libpysal",
        "geopandas",
        "matplotlib",
        "packaging",
    } <= set(names)
    assert "pytest" not in names
    assert "bevdrivers" not in names
