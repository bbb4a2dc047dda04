"""Links as lines, for maps of connectivity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy import sparse

from ..errors import WeightsError, first_five
from ..ids import positions
from .points import EARTH_RADIUS_KM, Points, locations, on_sphere
from .spatial_units import SpatialUnits

if TYPE_CHECKING:
    import geopandas

    from .weights import SpatialWeights


def edges(weights: SpatialWeights, geometry: Any, points: Points) -> geopandas.GeoDataFrame:
    """One row a pair of linked units; see `SpatialWeights.edges`."""
    import geopandas

    units = SpatialUnits.of(geometry)
    place = positions(weights.ids, units.ids)
    if (place < 0).any():
        lost = first_five([weights.ids[i] for i in np.flatnonzero(place < 0)])
        raise WeightsError(
            "geometry",
            expected="a place for every unit of the weights",
            got=f"none for {lost}",
        )
    at = locations(units, points)[place]
    both = sparse.triu(weights.sparse + weights.sparse.T, k=1).tocoo()
    i = both.row
    j = both.col
    # an empty choice from a sparse matrix is sparse, others are arrays
    there, back = (np.asarray(weights.sparse[p, q]).ravel() if p.size else np.zeros(0) for p, q in ((i, j), (j, i)))
    # where only the second has the first as a neighbour, it is the focal one
    turn = there == 0
    i, j, there, back = (
        np.where(turn, j, i),
        np.where(turn, i, j),
        np.where(turn, back, there),
        np.where(turn, 0, back),
    )
    names = np.array(weights.ids, dtype=object)
    on = on_sphere(at)
    chord = np.linalg.norm(on[i] - on[j], axis=1)
    columns = {
        "focal": names[i],
        "neighbor": names[j],
        "weight": there,
        "weight_back": back,
        "mutual": back > 0,
        "distance_km": 2.0 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2.0, 1.0)),
    }
    lines = shapely.linestrings(np.stack([at[i], at[j]], axis=1)) if i.size else []
    return geopandas.GeoDataFrame(columns, geometry=lines, crs=4326)
