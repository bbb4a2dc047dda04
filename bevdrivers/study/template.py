"""`bevdrivers init`: a study file, data to replace and a page on what to fill in."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from ..files import write_whole
from ..models import SpatialDurbin
from ..panel import Panel
from ..simulation import simulate_panel
from ..weights import KNearest
from .errors import StudyError
from .results.staging import staged

SEED = 20240101
FIRST_YEAR, PERIODS = 2011, 10
# five rows of six places, one degree and a half apart
ROWS, ACROSS, STEP = 5, 6, 1.5
PARAMS = {
    "x1": 0.3,
    "x2": 0.25,
    "W_x1": 0.1,
    "W_x2": 0.15,
    "rho": 0.4,
}


def init_study(folder: str | Path) -> tuple[Path, ...]:
    """Write ``study.toml``, ``data.csv`` (made-up) and ``README.md`` into a folder.

    Returns
    -------
    tuple of Path

    Raises
    ------
    StudyError
        One of the files is there already, or the folder is a root or a home folder: nothing is
        overwritten.
    FileError
        The files cannot be written; none of them is there.
    """
    target = Path(folder)
    texts = {
        "study.toml": _resource("template.toml"),
        "README.md": _resource("template.md"),
        "data.csv": made_up_data().to_csv(index=False, lineterminator="\n"),
    }
    there = [name for name in texts if os.path.lexists(target / name)]
    if there:
        remedy = "Choose another folder, or move them away."
        got = f"{', '.join(there)} in {str(target)!r}"
        raise StudyError(
            "init",
            expected="a folder without these files",
            got=got,
            remedy=remedy,
        )
    with staged(target) as draft:
        for name, text in texts.items():
            write_whole(draft.folder / name, text)
    return tuple(target / name for name in texts)


def _resource(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def made_up_data() -> pd.DataFrame:
    """A panel drawn from a spatial Durbin model: place, year, lon, lat, output, income,
    innovation.
    """
    rng = np.random.default_rng(SEED)
    N = ROWS * ACROSS
    names = [f"Place {number:02d}" for number in range(1, N + 1)]
    grid = np.stack(np.meshgrid(np.arange(ACROSS), np.arange(ROWS)), axis=-1).reshape(N, 2)
    points = np.array([100.0, 28.0]) + STEP * grid + rng.uniform(-0.4, 0.4, (N, 2))
    lon, lat = (np.tile(np.round(column, 3), (PERIODS, 1)) for column in points.T)
    years = range(FIRST_YEAR, FIRST_YEAR + PERIODS)
    drawn = {
        name: rng.standard_normal(N) + 0.5 * rng.standard_normal((PERIODS, N))
        for name in ("x1", "x2")
    }
    start = Panel.from_arrays(
        drawn | {"lon": lon, "lat": lat},
        units=names,
        periods=years,
        unit="place",
    )
    weights = KNearest(4, points=("lon", "lat")).fit(start)
    panel = simulate_panel(
        SpatialDurbin("y ~ x1 + x2"),
        weights,
        params=PARAMS,
        periods=start,
        sigma2=0.05,
        time_effects=0.2,
        seed=rng,
    )
    columns = {
        "lon": lon,
        "lat": lat,
        "output": np.exp(2.0 + panel["y"]).round(3),
        "income": np.exp(10.0 + 0.3 * panel["x1"]).round(0),
        "innovation": (5.0 + panel["x2"]).round(3),
    }
    made = Panel.from_arrays(
        columns,
        units=names,
        periods=years,
        unit="place",
    )
    return made.frame.sort_values(["place", "year"], ignore_index=True)
