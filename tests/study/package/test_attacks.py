"""Attacked packages: each has its verdict, message and exit code, and nothing is written outside
the room.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bevdrivers.cli import main
from bevdrivers.study import PackageError, StudyError, package_study, verify_package
from bevdrivers.study.package import verify
from bevdrivers.study.results.folder import files_in, sha256

from ..conftest import SMALL
from .attacks import ATTACKS, HASHES, README, TOP, Entries, rehashed, zipped

VERDICTS = {0: "Reproduced", 1: "NOT reproduced.", 3: "COULD NOT BE CHECKED"}


class Watch:
    """What the process opens for writing, while it looks."""

    def __init__(self) -> None:
        self.on, self.written, self.done = False, [], []

    def __call__(self, event: str, values: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if (
            event == "open"
            and isinstance(values[0], str)
            and values[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        ):
            self.written.append(Path(values[0]).absolute())
        if event in (
            "subprocess.Popen",
            "os.system",
            "os.exec",
            "socket.connect",
            "urllib.Request",
        ):
            self.done.append((event, values))


WATCH = Watch()
sys.addaudithook(WATCH)  # it cannot be taken away, and is off outside these tests


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, small_data: Any) -> Path:
    """The zip file of a small study."""
    folder = tmp_path_factory.mktemp("good")
    small_data.to_csv(folder / "data.csv", index=False)
    (folder / "study.toml").write_text(SMALL, encoding="utf-8")
    return package_study(folder / "study.toml", folder / "made" / "study.zip")


@pytest.fixture(scope="module")
def entries(good: Path) -> Entries:
    """Name -> content of the files of the package."""
    with zipfile.ZipFile(good) as archive:
        return {
            entry.filename.removeprefix(f"{TOP}/"): archive.read(entry)
            for entry in archive.infolist()
        }


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for all temporary files of a test."""
    folder = tmp_path / "room"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    WATCH.on = False


@pytest.fixture(autouse=True)
def replay(entries: Entries, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the study and its data are the good ones, the run is not repeated: it gives the good
    results.

    That it does is what `test_package.py` shows by real runs.
    """
    run = verify.run_study

    def run_or_replay(config: Any, out: Path, **more: Any) -> Any:
        there = {name: config.folder / name for name in ("study.toml", "data.csv")}
        as_it_was = all(
            path.is_file() and path.read_bytes() == entries[name] for name, path in there.items()
        )
        if not as_it_was or out.is_file():
            return run(config, out, **more)
        for name, content in entries.items():
            if name.startswith("results/"):
                path = out / name.removeprefix("results/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        return SimpleNamespace(files=[path.relative_to(out).as_posix() for path in files_in(out)])

    monkeypatch.setattr(verify, "run_study", run_or_replay)


def verified(package: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    """Exit code and everything that the command said."""
    capsys.readouterr()
    WATCH.written, WATCH.done, WATCH.on = [], [], True
    code = main(["verify", str(package), *options])
    WATCH.on = False
    said = capsys.readouterr()
    return code, said.out + said.err


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def test_there_are_attacks_of_every_kind() -> None:
    assert len(ATTACKS) >= 40
    assert {code for _, (_, code), _ in ATTACKS.values()} == {0, 1, 3}


def test_the_good_package_is_reproduced(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = verified(good, capsys)
    assert code == 0
    assert said.endswith(f"SHA-256: {sha256(good)}\nReproduced.\n")


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attacked_package_has_its_verdict(
    name: str, entries: Entries, tmp_path: Path, room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    attack, (verdict, code), message = ATTACKS[name]
    package = tmp_path / "attacked.zip"
    package.write_bytes(attack(dict(entries)))
    before = snapshot(tmp_path)
    outcome, said = verified(package, capsys)
    assert (outcome, verdict in said) == (code, True), said
    assert message in said
    assert "Traceback" not in said
    assert "\x1b" not in said
    assert snapshot(tmp_path) == before
    outside = [
        path for path in WATCH.written if not path.is_relative_to(room) and path != Path(os.devnull)
    ]
    assert outside == []
    assert WATCH.done == []


@pytest.mark.slow
@pytest.mark.parametrize("content", ["bits", "ends"])
def test_a_damaged_package_has_a_verdict(
    content: str, good: Path, entries: Entries, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held, rng = good.read_bytes(), random.Random(1)
    package = tmp_path / "damaged.zip"
    directory = held.rindex(b"PK\x05\x06") - 3000
    places = [*range(0, 60, 3), *rng.sample(range(len(held)), 40), *range(directory, len(held), 53)]
    for position in places:
        damaged = bytearray(held)
        damaged[position] ^= 1 << rng.randrange(8)
        package.write_bytes(damaged if content == "bits" else held[:position])
        code, said = verified(package, capsys)
        assert code in VERDICTS, position
        assert VERDICTS[code] in said
        assert "Traceback" not in said
        if code == 0:
            with zipfile.ZipFile(package) as archive:
                there = {
                    e.filename.removeprefix(f"{TOP}/"): archive.read(e) for e in archive.infolist()
                }
            assert there == entries, f"reproduced with other content: bit at {position}"


def folder_of(good: Path, path: Path) -> Path:
    with zipfile.ZipFile(good) as archive:
        archive.extractall(path)
    return path / TOP


def test_a_folder_is_copied_and_left_as_it_is(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(good, tmp_path / "out")
    before = snapshot(folder)
    code, said = verified(folder, capsys)
    assert code == 0
    assert f"SHA-256: {sha256(folder / HASHES)}" in said
    assert snapshot(folder) == before


def test_links_and_pipes_in_a_folder_are_refused(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.txt").write_text("key")

    def pipe(path: Path) -> None:
        if not hasattr(os, "mkfifo"):
            pytest.skip("no pipes on this system")
        os.mkfifo(path)

    makers = {
        "a link to a file": lambda path: path.symlink_to(secret / "key.txt"),
        "a link to a folder": lambda path: path.symlink_to(secret),
        "a link to nothing": lambda path: path.symlink_to(tmp_path / "nothing"),
        "a pipe": pipe,
    }
    for number, (name, make) in enumerate(makers.items()):
        folder = folder_of(good, tmp_path / f"out{number}")
        make(folder / "odd")
        code, said = verified(folder, capsys)
        assert code == 3, name
        assert "'odd', which is a" in said
    folder = folder_of(good, tmp_path / "out")
    (folder / README).unlink()
    (folder / README).symlink_to(secret / "key.txt")
    code, said = verified(folder, capsys)
    assert code == 3
    assert "'README.md', which is a link" in said


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes")
def test_a_pipe_in_the_place_of_a_package_is_refused_and_not_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "study.zip")
    for path in (tmp_path / "study.zip", Path("/dev/zero")):
        code, said = verified(path, capsys)
        assert (code, "CHECKED" in said, "a device or a pipe" in said) == (3, True, True)


def test_names_that_a_disk_can_hold_and_a_package_cannot(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(good, tmp_path / "out")
    (folder / "aux.txt").write_text("x")
    code, said = verified(folder, capsys)
    assert (code, "is a device" in said) == (3, True)


def test_a_published_hash_is_compared_before_anything_is_opened(
    good: Path, entries: Entries, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verified(good, capsys, "--sha256", sha256(good).upper())[0] == 0
    code, said = verified(good, capsys, "--sha256", "0" * 64)
    assert (code, "another package than the published one" in said) == (3, True)
    code, said = verified(good, capsys, "--sha256", "12")
    assert (code, "64 hexadecimal digits" in said) == (2, True)
    forged = tmp_path / "forged.zip"
    forged.write_bytes(zipped(rehashed(entries | {README: b"We thank nobody."})))
    assert verified(forged, capsys)[0] == 0, "the list inside cannot tell"
    assert verified(forged, capsys, "--sha256", sha256(good))[0] == 3, "the hash outside can"


def test_what_the_user_can_mend_is_no_verdict(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = verified(tmp_path / "none.zip", capsys)
    assert (code, "no such file" in said, "CHECKED" in said) == (2, True, False)
    code, said = verified(tmp_path / ("x" * 5000), capsys)
    assert (code, "name too long" in said, "CHECKED" in said) == (2, True, False)
    (tmp_path / "file").write_text("x")
    assert verified(good, capsys, "--out", str(tmp_path / "file"))[0] == 2
    folder = folder_of(good, tmp_path / "out")
    code, said = verified(folder, capsys, "--out", str(folder / "again"))
    assert (code, "a folder outside the package" in said) == (2, True)
    assert not (folder / "again").exists()


@pytest.mark.parametrize(
    "fault", [ZeroDivisionError("by zero"), MemoryError(), RecursionError("deep"), OSError("disk")]
)
def test_a_crash_is_no_verdict(
    fault: Exception,
    good: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise fault

    monkeypatch.setattr(verify, "run_study", crash)
    code, said = verified(good, capsys)
    assert code == 3
    assert type(fault).__name__ in said
    assert "Traceback" not in said
    code, said = verified(good, capsys, "--debug")
    assert code == 3, "a traceback must not end with the code of a verdict"
    assert "Traceback" in said
    with pytest.raises(PackageError) as raised:
        verify_package(good)
    assert raised.value.verdict == "could not be checked"
    assert raised.value.__cause__ is fault


def test_controls_in_texts_of_the_package_are_written_out(
    entries: Entries, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "p.zip"
    toml = entries["study.toml"].replace(b'"log(output)', b'"\\u001b[2Jlog(output)')
    package.write_bytes(zipped(rehashed(entries | {"study.toml": toml})))
    code, said = verified(package, capsys)
    assert code == 3
    assert "\x1b" not in said


def test_a_package_that_could_not_be_verified_is_not_made(small: Path, tmp_path: Path) -> None:
    for name, fault in {
        "aux.csv": "is a device",
        "a\u202eb.csv": "invisible",
        "results/data.csv": "names other",
    }.items():
        (small.parent / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(small.with_name("data.csv"), small.parent / name)
        small.write_text(SMALL.replace("data.csv", name), encoding="utf-8")
        with pytest.raises(StudyError, match=fault):
            package_study(small, tmp_path / "made.zip")
    assert not (tmp_path / "made.zip").exists()
