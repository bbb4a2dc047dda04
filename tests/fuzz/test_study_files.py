"""Study files with random keys and values, and random command lines: one error, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, strategies as st

from bevdrivers.cli import main
from bevdrivers.study import check_study
from bevdrivers.study.errors import StudyError

from .outcome import answer, is_refusal
from .profiles import fuzzed

WORDS = (
    "y ~ x1 + x2",
    "y ~ x1",
    "x1",
    "u01",
    "sdm",
    "none",
    "unit",
    "queen",
    "file",
    "w.csv",
    "panel.csv",
    "china-provinces",
    "year",
    "",
    " ",
    "a\nb",
    "..",
    "=1+1",
    "nearest",
    "keep",
    "bev",
    "x" * 300,
)
VALUES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from([0, 1, 3, -1, 2003, 10**30, 0.5, -0.0, 1e308, True, False]),
    st.lists(st.sampled_from([2001, 2003, 2005, "x1", "tex", "u01", True]), max_size=3),
    st.dictionaries(st.sampled_from(["x1", "a", "u01"]), st.sampled_from([1, "x1", [2001, 2003]])),
)
KEYS: dict[str, tuple[str, ...]] = {
    "study": ("title", "seed", "tile"),
    "data": (
        "file",
        "unit",
        "time",
        "years",
        "units",
        "drop_units",
        "balance",
        "geometry",
        "sheet",
    ),
    "weights.w": ("kind", "file", "k", "power", "islands", "normalise", "label", "points"),
    "model": (
        *("formula", "main", "compare", "fixed_effects", "random_effects", "correction", "durbin"),
        *("cov_type", "cluster", "method", "dynamic", "absorb", "endogenous", "instruments"),
        *("bandwidth", "mundlak", "gmm", "formulas"),
    ),
    "moran": ("variable", "permutations", "alternative", "seed"),
    "map": ("variable", "years", "label", "base", "caption"),
    "impacts": ("draws", "seed", "at"),
    "spillover": ("unit", "term", "change"),
    "calibration": ("replications", "seed", "path_replications"),
    "stages": ("split", "names", "ranges", "drop", "year"),
    "labels": ("x1", "y", "rho", "nobody"),
    "outputs": ("tables", "figures", "digits"),
    "package": ("authors", "share_data", "licence"),
    "nobody": ("key",),
}
SOUND: dict[str, dict[str, Any]] = {
    "data": {"file": "panel.csv", "unit": "unit", "time": "year"},
    "weights.w": {"kind": "file", "file": "w.csv"},
    "model": {"formula": "y ~ x1 + x2", "main": "sdm"},
}


def toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {toml(item)}" for key, item in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A sound study file in which some keys were changed, added or taken away."""
    sections = {name: dict(keys) for name, keys in SOUND.items()}
    for _ in range(draw(st.integers(0, 4))):
        name = draw(st.sampled_from(sorted(KEYS)))
        key = draw(st.sampled_from(KEYS[name]))
        if draw(st.integers(0, 9)) == 9:
            sections.get(name, {}).pop(key, None)
        else:
            sections.setdefault(name, {})[key] = draw(VALUES)
    lines = []
    for name, keys in sections.items():
        lines += [f"[{name}]", *(f"{key} = {toml(value)}" for key, value in keys.items())]
    return "\n".join(lines) + "\n"


def write_data(folder: Path) -> None:
    """The files that the sound study names."""
    rng = np.random.default_rng(0)
    units = [f"u{k:02d}" for k in range(9)]
    index = [(unit, year) for unit in units for year in range(2001, 2007)]
    frame = pd.DataFrame(index, columns=["unit", "year"])
    for name in ("y", "x1", "x2"):
        frame[name] = rng.standard_normal(len(frame))
    frame.to_csv(folder / "panel.csv", index=False)
    ring = np.roll(np.eye(9), 1, axis=1)
    pd.DataFrame(ring + ring.T, units, units).to_csv(folder / "w.csv")


@fuzzed
@given(documents())
def test_a_study_file_can_be_run_or_is_refused(tmp_path_factory: Any, text: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "study"
    if not folder.exists():
        folder.mkdir()
        write_data(folder)
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    found = answer(lambda: check_study(path))
    if is_refusal(found):
        assert isinstance(found, StudyError)
        assert "study.toml" in found.argument
    else:
        assert found.describe()


ARGUMENTS = (
    "check",
    "run",
    "package",
    "verify",
    "init",
    "study.toml",
    "",
    "--out",
    "-x",
    "nowhere",
)


@fuzzed
@given(st.lists(st.sampled_from(ARGUMENTS), max_size=4))
def test_a_command_line_ends_with_a_documented_code(
    tmp_path_factory: Any, arguments: list[str]
) -> None:
    """Nothing is there to run: what is asked for is refused, or is help."""
    folder = tmp_path_factory.getbasetemp()
    placed = [
        str(folder / word) if word in ("nowhere", "study.toml") else word for word in arguments
    ]
    if placed[:1] == ["init"]:
        return  # that command writes where it stands
    try:
        code = answer(lambda: main(placed))
    except SystemExit as stop:  # argparse
        code = stop.code
    assert code in (0, 2, 3)
