"""Nine squares on a 3 x 3 grid, and their values."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

UNITS = [f"u{i}" for i in range(9)]


@pytest.fixture
def squares() -> geopandas.GeoDataFrame:
    shapes = [box(100 + i % 3, 30 + i // 3, 101 + i % 3, 31 + i // 3) for i in range(9)]
    return geopandas.GeoDataFrame(
        index=pd.Index(UNITS, name="unit"), geometry=shapes, crs="EPSG:4326"
    )


@pytest.fixture
def values() -> pd.Series:
    return pd.Series([0.31, 2.75, 1.1, 8.4, 3.9, 0.07, 5.5, 12.25, 6.1], index=UNITS)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)
