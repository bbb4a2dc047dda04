"""The gates of continuous integration close when they should, and the bounds that setup.cfg states
are those that are tried.
"""

from __future__ import annotations

import configparser
import json
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
# extras whose libraries the package itself uses; "test", "docs" and "cluster" are tools around it
OF_THE_PACKAGE = ("maps", "excel-word")


def lower_bounds() -> dict[str, Version]:
    """Library -> the oldest version that setup.cfg allows."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    texts = [setup["options"]["install_requires"]]
    texts += [setup["options.extras_require"][extra] for extra in OF_THE_PACKAGE]
    needs = [Requirement(line) for text in texts for line in text.split("\n") if line]
    return {canonicalize_name(need.name): _least(need) for need in needs}


def _least(need: Requirement) -> Version:
    (least,) = [bound.version for bound in need.specifier if bound.operator == ">="]
    return Version(least)


def pinned(name: str) -> dict[str, Version]:
    """Library -> the version in constraints/<name>.txt."""
    lines = (ROOT / "constraints" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(library): Version(version) for library, version in pins}


def test_the_oldest_libraries_are_tried():
    pins = pinned("oldest")
    assert {name: pins[name] for name in lower_bounds()} == lower_bounds()


def test_the_newest_libraries_are_tried():
    newest = pinned("newest")
    behind = [name for name, least in lower_bounds().items() if newest[name] < least]
    assert behind == []


@pytest.mark.parametrize(
    ("lines", "branches", "closes"),
    [(950, 900, False), (949, 1000, True), (1000, 899, True), (1000, 1000, False)],
)
def test_the_gate_of_coverage(tmp_path, lines, branches, closes):
    totals = {
        "covered_lines": lines,
        "num_statements": 1000,
        "covered_branches": branches,
        "num_branches": 1000,
    }
    report = tmp_path / "coverage.json"
    report.write_text(json.dumps({"totals": totals}), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "coverage", report], capture_output=True, check=False
    )
    assert done.returncode == int(closes)
