"""Small maps that the tests of weights share."""

from __future__ import annotations

import geopandas
from shapely.geometry import box

import bevdrivers as bd


def grid_map(
    rows: int, cols: int, *, gap: float = 0.0, step: float = 1.0
) -> geopandas.GeoDataFrame:
    """Squares u0, u1, ... by row from the equator northwards, `gap` degrees apart."""
    squares = [
        box(
            x * step + gap / 2,
            y * step + gap / 2,
            (x + 1) * step - gap / 2,
            (y + 1) * step - gap / 2,
        )
        for y in range(rows)
        for x in range(cols)
    ]
    return geopandas.GeoDataFrame(
        geometry=squares, index=[f"u{i}" for i in range(rows * cols)], crs=4326
    )


def pairs(weights: bd.SpatialWeights) -> set[tuple]:
    """The links as pairs of ids."""
    coo = weights.links.tocoo()
    return {(weights.ids[i], weights.ids[j]) for i, j in zip(coo.row, coo.col, strict=True)}
