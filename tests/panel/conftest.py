"""A small panel with known numbers: three units, four years, one flag and one text."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

UNITS = ["a", "b", "c"]
YEARS = [2011, 2012, 2013, 2014]


@pytest.fixture
def frame() -> pd.DataFrame:
    rows = [(unit, year) for year in YEARS for unit in UNITS]
    rng = np.random.default_rng(20)
    return pd.DataFrame(
        {
            "id": [unit for unit, _ in rows],
            "year": [year for _, year in rows],
            "y": rng.normal(size=12),
            "x": np.arange(1.0, 13.0),
            "z": rng.uniform(1.0, 2.0, size=12),
            "count": np.arange(12),
            "coastal": [unit == "a" for unit, _ in rows],
            "kind": [{"a": "east", "b": "west", "c": "west"}[unit] for unit, _ in rows],
        }
    )
