"""The scripts of `examples/` run as they stand, without a warning, and leave what they promise."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

# script -> arguments that keep it short, words it prints, files it leaves
RUNS = {
    "own_data.py": (
        [],
        ["24 units (district) x 8 periods (year 2015-2022)", "Chosen: SpatialDurbin"],
        ["out/own_data.tex", "out/own_data.md"],
    ),
    "bev_study.py": (
        ["out"],
        ["Chosen:", "7 files in out/"],
        ["out/models.tex", "out/map.png", "out/impacts.pdf"],
    ),
    "robustness_over_weights.py": (["out"], ["Queen", "2016–2020"], ["out/robustness.csv"]),
    "elhorst_cigarettes.py": (
        ["out"],
        ["**Impacts**", "LM lag, two-way                       46.900    46.901"],
        ["out/cigarettes.tex", "out/cigarettes.md", "out/cigarettes.html"],
    ),
    "custom_weights.py": (
        ["out"],
        ["Queen and ferry", "Gaussian kernel"],
        ["out/ferry.gal", "out/flows.csv"],
    ),
    "unbalanced_provinces.py": (
        ["out"],
        ["All cells            428 observations", "Without Tibet        420 observations"],
        ["out/unbalanced.md"],
    ),
    "bias_of_direct_ml.py": (["8"], ["8 samples", "Lee-Yu", "direct"], []),
    "make_own_data.py": ([], [], ["own_panel.csv", "own_weights.csv"]),
}


def run(script: str, arguments: list[str], folder: Path) -> str:
    """What a copy of the script prints when it runs in `folder`; every warning is an error."""
    for path in EXAMPLES.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    command = [sys.executable, "-W", "error", "-X", "utf8", script, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


# scripts that take more than five seconds
LONG = ("bev_study.py", "make_own_data.py")


@pytest.mark.parametrize(
    "script",
    [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in RUNS],
)
def test_example_runs(script, tmp_path):
    arguments, words, files = RUNS[script]
    printed = run(script, arguments, tmp_path)
    assert [word for word in words if word not in printed] == []
    assert [name for name in files if not (tmp_path / name).is_file()] == []


def test_every_script_is_run():
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(RUNS)


def test_every_script_is_listed_in_the_readme():
    listed = set(re.findall(r"\((\w+\.py)\)", (EXAMPLES / "README.md").read_text(encoding="utf-8")))
    assert listed == set(RUNS) - {"make_own_data.py"}


def test_own_data_are_what_their_script_makes(tmp_path):
    run("make_own_data.py", [], tmp_path)
    for name in ("own_panel.csv", "own_weights.csv"):
        assert (tmp_path / name).read_text("utf-8") == (EXAMPLES / name).read_text("utf-8"), name
