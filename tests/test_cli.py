"""The command line: what it prints, its exit codes, and that help comes at once."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bevdrivers import __version__
from bevdrivers.cli import Exit, main
from bevdrivers.study import StudyError, init_study


@pytest.mark.parametrize("module", ["bevdrivers", "bevdrivers.cli"])
def test_a_module_is_run_as_the_command(module: str, tmp_path: Path) -> None:
    code = [sys.executable, "-m", module, "check", "no.toml"]
    done = subprocess.run(code, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == Exit.FAILED
    assert done.stderr.startswith("bevdrivers: no.toml: expected a study file")


def test_help_and_version_load_no_heavy_package() -> None:
    code = (
        "import sys; from bevdrivers.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'numpy', 'pandas', 'matplotlib', 'geopandas'} & set(sys.modules), 'heavy'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for command in ("study", "run", "robustness", "check", "package", "verify", "init"):
        assert re.search(rf"^    {command}\s", done.stdout, re.M)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"bevdrivers {__version__}\n"


def test_no_command_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "bevdrivers init" in capsys.readouterr().out


ROBUSTNESS = '[robustness]\nmodels = ["sar"]\n'


@pytest.fixture
def varied(tmp_path: Path) -> str:
    """The template's study with a section on robustness: four specifications."""
    path = init_study(tmp_path / "new")[0]
    path.write_text(path.read_text(encoding="utf-8") + ROBUSTNESS, encoding="utf-8")
    return str(path)


def test_robustness_in_parts_then_as_a_whole(
    varied: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, out = str(tmp_path / "store"), tmp_path / "out"
    for part, done in (("1/2", 2), ("2/2", 4)):
        assert main(["robustness", varied, "--store", store, "--shard", part]) == Exit.DONE
        said = capsys.readouterr()
        assert said.out == f"{done} specifications are in {store}.\n"
        # what is no terminal gets no progress
        assert said.err == ""
    assert main(["robustness", varied, "--store", store, "--out", str(out)]) == Exit.DONE
    assert "robustness" in capsys.readouterr().out
    assert (out / "tables" / "robustness.md").exists()


@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "a/b", "1/2/3"])
def test_parts_that_do_not_exist(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["robustness", "study.toml", "--store", "store", "--shard", part])
    assert "expected i/N such as 1/4" in capsys.readouterr().err


def test_a_part_needs_a_store(varied: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["robustness", varied, "--shard", "1/2"]) == Exit.FAILED
    assert "Add --store DIR." in capsys.readouterr().err


@pytest.mark.slow
def test_init_check_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = str(tmp_path / "new"), str(tmp_path / "results")
    assert main(["init", folder]) == 0
    assert main(["check", f"{folder}/study.toml"]) == 0
    assert "The study can be run." in capsys.readouterr().out
    assert not Path(out).exists()
    assert main(["run", f"{folder}/study.toml", "--out", out]) == 0
    printed = capsys.readouterr().out
    assert "[12/12] Other weights" in printed
    assert "Note:" not in printed
    assert (tmp_path / "results" / "report.html").is_file()


def test_an_error_is_one_message_without_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "nowhere.toml"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("bevdrivers: nowhere.toml: expected a study file")
    assert printed.err.count("\n") == 1


def test_debug_shows_the_traceback() -> None:
    with pytest.raises(StudyError):
        main(["check", "nowhere.toml", "--debug"])


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("study") / "new"
    init_study(folder)
    return str(folder / "study.toml")


@pytest.fixture
def at_work(study: str, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A run of another process, in the middle of its steps; results of the user's stand in its
    folder.
    """
    (tmp_path / "notes.txt").write_text("mine")
    # a shell that runs the tests in the background lets its children ignore Ctrl-C
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from bevdrivers.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "run", study, "--out", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    while not process.stdout.readline().startswith("[2/"):
        assert process.poll() is None
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_says_what_it_left(
    number: signal.Signals, code: int, at_work: subprocess.Popen[str], tmp_path: Path
) -> None:
    at_work.send_signal(number)
    printed = at_work.communicate(timeout=60)[1]
    assert printed == "bevdrivers: stopped; no result was changed\n"
    assert at_work.returncode == code
    assert contents(tmp_path) == {"notes.txt": b"mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_two_runs_into_one_folder_and_a_killed_one(
    at_work: subprocess.Popen[str], study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", study, "--out", str(tmp_path)]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith(
        f"bevdrivers: {tmp_path}: expected a folder in which no other run works; "
    )
    assert f"got process {at_work.pid} on " in printed
    assert printed.count("\n") == 1
    at_work.kill()
    at_work.communicate()
    assert len(list(tmp_path.iterdir())) == 2, "its draft is left"
    assert main(["init", str(tmp_path)]) == 0
    assert set(contents(tmp_path)) == {"notes.txt", "study.toml", "data.csv", "README.md"}
    assert len(list(tmp_path.iterdir())) == 4


def test_a_run_that_is_stopped_when_all_is_done_says_so(
    study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while the files take their places."""
    out = tmp_path / "out"

    def interrupted(*values: object, **more: object) -> None:
        out.mkdir()
        (out / "manifest.json").write_text("new")
        raise KeyboardInterrupt

    monkeypatch.setattr("bevdrivers.study.run_study", interrupted)
    assert main(["run", study, "--out", str(out)]) == 130
    assert capsys.readouterr().err == "bevdrivers: stopped; the new results are complete\n"


@pytest.mark.parametrize("command", ["run", "study", "init", "package", "check"])
def test_no_command_shows_a_bare_error_of_the_system(
    command: str,
    study: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wherever the disk turns out to be full."""
    out = str(tmp_path / ("out.zip" if command == "package" else "out"))
    given = {"run": [study, "--out", out], "study": ["--out", out], "init": [out], "check": [study]}
    given |= {"package": [study, "--out", out]}
    names = {"run": "run_study", "study": "run_study", "init": "init_study", "check": "check_study"}
    names |= {"package": "package_study"}

    def refuse(*values: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"bevdrivers.study.{names[command]}", refuse)
    assert main([command, *given[command]]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("bevdrivers: ")
    assert printed.endswith(": expected room on the disk; got no space left on device.\n")
    assert (study if command == "check" else out) in printed


def test_a_run_on_a_full_disk_names_the_file_and_what_is_intact(
    study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, plain = tmp_path / "out", Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        if "figures" in self.parts:
            plain(self, content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return plain(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    assert main(["run", study, "--out", str(out)]) == 2
    assert capsys.readouterr().err == (
        f"bevdrivers: {out}/figures/moran_scatter.pdf: expected room on the disk; got no space "
        "left on device. "
        f"Nothing in '{out}' has changed.\n"
    )
    assert not out.exists()


def test_a_termination_is_what_it_was_after_a_command(study: str) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert main(["check", study]) == 0
    assert signal.getsignal(signal.SIGTERM) == before


def test_the_root_is_no_folder_for_results(study: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(os.listdir("/"))
    assert main(["run", study, "--out", "/"]) == 2
    assert capsys.readouterr().err.startswith(
        "bevdrivers: --out: expected a folder for the results alone; got '/': "
    )
    assert sorted(os.listdir("/")) == before


def test_the_page_lists_every_exit_code_once() -> None:
    page = Path(__file__).parents[1] / "docs" / "howto" / "study.md"
    rows = re.findall(r"^\| (\d+) \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [str(int(code)) for code in Exit]
