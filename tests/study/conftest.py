"""A small study: twelve made-up places on a grid of squares, six years, with lon/lat, a map and a W
file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bevdrivers.study.template import made_up_data

SMALL = """
[study]
title = "Small study"
seed = 7
[data]
file = "data.csv"
unit = "place"
time = "year"
[weights.near]
kind = "knearest"
k = 3
points = ["lon", "lat"]
[weights.far]
kind = "knearest"
k = 5
points = ["lon", "lat"]
[model]
formula = "log(output) ~ log(income) + innovation"
compare = ["pooled", "sar", "sdm"]
[moran]
permutations = 19
[impacts]
draws = 50
[calibration]
replications = 20
[stages]
split = 2014
[labels]
innovation = "Innovation & ideas"
[outputs]
tables = ["tex", "md", "html"]
figures = ["svg"]
"""


@pytest.fixture(scope="session")
def small_data() -> pd.DataFrame:
    frame = made_up_data()
    places = sorted(frame["place"].unique())[:12]
    return frame[frame["place"].isin(places) & (frame["year"] <= 2016)].reset_index(drop=True)


@pytest.fixture
def small(tmp_path: Path, small_data: pd.DataFrame) -> Path:
    """Path of the small study's file, in a folder of its own."""
    small_data.to_csv(tmp_path / "data.csv", index=False)
    path = tmp_path / "study.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def edit(path: Path, old: str, new: str) -> Path:
    """Exchange a text of the study file, which must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def document(**sections: Any) -> dict[str, Any]:
    """A least document of a study, with sections exchanged."""
    least: dict[str, Any] = {
        "data": {"file": "data.csv", "unit": "place", "time": "year"},
        "weights": {"near": {"kind": "knearest"}},
        "model": {"formula": "y ~ x"},
    }
    return least | sections
