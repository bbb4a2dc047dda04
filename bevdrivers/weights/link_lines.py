"""Links as lines, for maps of connectivity."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy import sparse

from ..errors import WeightsError, first_five
from ..ids import positions
from .points import Points, chord_to_km, locations, on_sphere
from .spatial_units import SpatialUnits

if TYPE_CHECKING:
    import geopandas


def lines_between(
    ids: tuple[Hashable, ...],
    W: sparse.csr_array,
    geometry: Any,
    points: Points,
) -> geopandas.GeoDataFrame:
    """One row a pair of linked units; see `SpatialWeights.edges`."""
    import geopandas

    at = _ends(ids, geometry, points)
    i, j, there, back = _linked_pairs(W)
    on = on_sphere(at)
    names = np.array(ids, dtype=object)
    columns = {
        "focal": names[i],
        "neighbor": names[j],
        "weight": there,
        "weight_back": back,
        "mutual": back > 0,
        "distance_km": chord_to_km(np.linalg.norm(on[i] - on[j], axis=1)),
    }
    return geopandas.GeoDataFrame(columns, geometry=_lines(at[i], at[j]), crs=4326)


def _lines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Lines between points in degrees, (M, 2); the way across 180 degrees in two parts where it is
    the shorter one.
    """
    if not len(first):
        return np.empty(0, dtype=object)
    lines: np.ndarray = shapely.linestrings(np.stack([first, second], axis=1))
    for row in np.flatnonzero(np.abs(first[:, 0] - second[:, 0]) > 180.0):
        edge = np.copysign(180.0, first[row, 0])
        beyond = second[row] + [2.0 * edge, 0.0]
        share = (edge - first[row, 0]) / (beyond[0] - first[row, 0])
        lat = first[row, 1] + share * (second[row, 1] - first[row, 1])
        halves = [[first[row], (edge, lat)], [(-edge, lat), second[row]]]
        lines[row] = shapely.multilinestrings(halves)
    return lines


def _ends(
    ids: tuple[Hashable, ...],
    geometry: Any,
    points: Points,
) -> np.ndarray:
    """Longitude and latitude of each unit of the weights, (N, 2)."""
    units = SpatialUnits.of(geometry)
    position = positions(ids, units.ids)
    lost = [ids[i] for i in np.flatnonzero(position < 0)]
    if lost:
        raise WeightsError(
            "geometry",
            expected="a place for every unit of the weights",
            got=f"none for {first_five(lost)}",
            remedy="Add them to the geometry; ids have to be spelt as in the weights.",
        )
    ends: np.ndarray = locations(units, points)[position]
    return ends


def _linked_pairs(W: sparse.csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pairs i, j that are linked one way or both, w_ij and w_ji, each (M,)."""
    both = sparse.triu(W + W.T, k=1).tocoo()
    first, second = both.row, both.col
    there = _cells(W, first, second)
    back = _cells(W, second, first)

    # where only the second has the first as a neighbour, it is the focal one
    turn = there == 0
    i = np.where(turn, second, first)
    j = np.where(turn, first, second)
    return i, j, np.where(turn, back, there), np.where(turn, 0, back)


def _cells(
    W: sparse.csr_array,
    rows: np.ndarray,
    columns: np.ndarray,
) -> np.ndarray:
    if not rows.size:
        # an empty choice from a sparse matrix is sparse, others are arrays
        return np.zeros(0)
    return np.asarray(W[rows, columns]).ravel()
