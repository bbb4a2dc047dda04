"""The command line: what it prints, its exit codes, and that help comes at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bevdrivers import __version__
from bevdrivers.cli import main
from bevdrivers.study import StudyError


def test_help_and_version_load_no_heavy_package() -> None:
    code = (
        "import sys; from bevdrivers.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'numpy', 'pandas', 'matplotlib', 'geopandas'} & set(sys.modules), 'heavy'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for command in ("study", "run", "check", "package", "verify", "init"):
        assert f"    {command} " in done.stdout


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"bevdrivers {__version__}\n"


def test_no_command_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "bevdrivers init" in capsys.readouterr().out


def test_init_check_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = str(tmp_path / "new"), str(tmp_path / "results")
    assert main(["init", folder]) == 0
    assert main(["check", f"{folder}/study.toml"]) == 0
    assert "The study can be run." in capsys.readouterr().out
    assert not Path(out).exists()
    assert main(["run", f"{folder}/study.toml", "--out", out]) == 0
    printed = capsys.readouterr().out
    assert "[11/11] Other weights" in printed
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
