"""A result folder belongs to one run at a time; what dead runs left is cleared away, and nothing
else.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bevdrivers.errors import FileError
from bevdrivers.study import StudyError
from bevdrivers.study.results import claim, owner
from bevdrivers.study.results.claim import WORK, claimed
from bevdrivers.study.results.owner import RECORD, Owner, born, owner_of, this_machine
from bevdrivers.study.results.staging import staged

from .kills import look, read, write


@pytest.fixture(scope="module")
def dead() -> Owner:
    """The owner that a process was which has ended."""
    code = "from bevdrivers.study.results.owner import Owner; print(Owner.this_process().text())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    record = json.loads(done.stdout)
    record.pop("program")
    return Owner(**record)


def room(folder: Path, one: Owner, name: str = WORK) -> Path:
    """A working folder with a half-made draft."""
    write(folder / name, {RECORD: one.text(), "new/report.html": "half"})
    return folder / name


def test_a_process_is_known_by_its_number_and_its_birth(dead: Owner) -> None:
    assert not dead.may_live
    alive = Owner.this_process()
    assert born(os.getppid())
    assert replace(alive, pid=os.getppid(), born=born(os.getppid())).may_live
    assert not replace(alive, pid=os.getppid(), born="another birth").may_live, (
        "its number was given out again"
    )
    assert replace(dead, machine="elsewhere").may_live, "nobody can know"
    assert replace(dead, born="").may_live, "nobody can know"


def test_processes_of_other_systems_are_asked_for_by_ps(
    monkeypatch: pytest.MonkeyPatch, dead: Owner
) -> None:
    try:
        subprocess.run(["ps", "-o", "lstart=", "-p", "1"], capture_output=True, check=False)
    except OSError:
        pytest.skip("the system has no ps")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert born(os.getpid()) == born(os.getpid()) != ""
    assert born(dead.pid) == ""


def test_a_second_run_is_refused_with_the_first_ones_process(tmp_path: Path) -> None:
    with claimed(tmp_path) as first:
        before = read(tmp_path)
        with pytest.raises(
            StudyError, match="expected a folder in which no other run works"
        ) as caught:
            look(tmp_path)
        assert f"got process {os.getpid()} on " in str(caught.value)
        assert f"begun {first.owner.began}" in str(caught.value)
        assert read(tmp_path) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [WORK, "aside"])
def test_what_a_dead_run_left_is_cleared_away(name: str, dead: Owner, tmp_path: Path) -> None:
    room(tmp_path, dead, WORK if name == WORK else f"{WORK}-{dead.token}")
    look(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_run_of_this_process_that_ended_badly_is_no_obstacle(tmp_path: Path) -> None:
    """In a notebook, say, whose process lives on."""
    room(tmp_path, Owner.this_process())
    look(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_may_be_at_work_stays(dead: Owner, tmp_path: Path) -> None:
    """On another machine, or about to claim the folder."""
    elsewhere = room(tmp_path / "a", replace(dead, machine="elsewhere"))
    with pytest.raises(
        StudyError, match="on elsewhere, begun .* If it is dead for certain, remove"
    ):
        look(tmp_path / "a")
    assert (elsewhere / "new" / "report.html").is_file()
    other = Owner.this_process()
    claiming = replace(other, pid=os.getppid(), born=born(os.getppid()))
    room(tmp_path / "b", claiming, f"{WORK}-{claiming.token}")
    look(tmp_path / "b")
    assert (tmp_path / "b" / f"{WORK}-{claiming.token}" / "new" / "report.html").is_file()


@pytest.mark.parametrize(
    "record",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"program": "another", "token": "%s"}' % ("0" * 32),
        json.dumps({"program": "bevdrivers", **asdict(Owner("../../stolen", 1, "m", "b", "t"))}),
        json.dumps({"program": "bevdrivers", **asdict(Owner("0" * 32, 1, "", "", ""))}),
        json.dumps(
            {"program": "bevdrivers", **asdict(Owner("0" * 32, 1, "m", "b", "t")), "pid": "1"}
        ),
        "x" * 5000,
    ],
)
def test_a_folder_that_looks_alike_is_left_alone(record: str, tmp_path: Path) -> None:
    names = [f"{WORK}-{'0' * 32}", f"{WORK}-mine", ".results.a1b2c3"]
    for name in names:
        write(tmp_path / name, {RECORD: record, "notes.txt": "mine"})
    before = read(tmp_path)
    look(tmp_path)
    assert read(tmp_path) == before
    write(tmp_path / WORK, {RECORD: record, "notes.txt": "mine"})
    with pytest.raises(StudyError, match="expected a name that is free for the working folder"):
        look(tmp_path)
    assert (tmp_path / WORK / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("kind", ["link", "file", "empty"])
def test_nothing_else_of_the_working_folders_name_is_touched(
    kind: str, dead: Owner, tmp_path: Path
) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    room(elsewhere, dead)
    if kind == "link":
        (out / WORK).symlink_to(elsewhere / WORK)
    elif kind == "file":
        (out / WORK).write_text("mine")
    else:
        (out / WORK).mkdir()
    (out / f"{WORK}-{dead.token}").symlink_to(elsewhere / WORK)
    with pytest.raises(StudyError, match="expected a name that is free for the working folder"):
        look(out)
    assert sorted(path.name for path in out.iterdir()) == sorted([WORK, f"{WORK}-{dead.token}"])
    assert (elsewhere / WORK / "new" / "report.html").is_file()


def test_a_folder_that_vanishes_below_a_run_is_said(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def run() -> None:
        with staged(out) as draft:
            write(draft.folder, {"report.html": "new"})
            (out / WORK).rename(tmp_path / "gone")

    with pytest.raises(StudyError, match="got one that was removed or taken over in the meantime"):
        run()
    assert not out.exists()


@pytest.mark.parametrize("number", ["EACCES", "EROFS", "ENOSPC"])
def test_a_folder_that_cannot_be_written_is_one_line(
    number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = getattr(errno, number)

    def refuse(operation: object, *values: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(claim, "act", refuse)
    with pytest.raises(FileError) as caught:
        look(tmp_path / "out")
    needs = {
        "EACCES": "permission to use it",
        "EROFS": "a disk that can be written",
        "ENOSPC": "room on the disk",
    }
    assert str(caught.value).startswith(f"{tmp_path / 'out'}: expected {needs[number]}; got ")
    assert str(caught.value).endswith(f"Nothing in {str(tmp_path / 'out')!r} has changed.")


def test_the_record_says_what_it_is(tmp_path: Path) -> None:
    with claimed(tmp_path) as claim_of_this:
        assert owner_of(tmp_path / WORK) == claim_of_this.owner
        assert claim_of_this.owner.machine == this_machine()
        assert claim_of_this.owner.token in owner.UNDER_WAY
    assert claim_of_this.owner.token not in owner.UNDER_WAY
