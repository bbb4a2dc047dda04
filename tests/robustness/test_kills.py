"""kill -9 of the runner and of its workers: the next run has the same table."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="runners are forked")
@pytest.mark.parametrize(("runners", "workers"), [(50, 0), (0, 4)])
def test_a_run_that_is_killed_goes_on(tmp_path: Path, runners: int, workers: int) -> None:
    command = [sys.executable, "-m", "tests.robustness.kills", tmp_path, runners, workers]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"{runners} runners killed" in done.stdout
