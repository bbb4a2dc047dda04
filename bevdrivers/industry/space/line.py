"""How much of an industry lies east of a line across the map, such as Hu's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import shapely

from ...errors import OptionError
from ...weights.points import Points, locations
from ...weights.spatial_units import SpatialUnits
from ..measures import Measures
from ..shares import check_values

if TYPE_CHECKING:
    from ...panel import Panel

Line = tuple[tuple[float, float], tuple[float, float]]


def share_east(
    panel: Panel, variable: str, line: Line, *, split: Points | Literal["area"] = "area"
) -> Measures:
    """What share of a variable lies east of a line, by period.

    The line goes through two points, straight on a map of longitude and latitude, and on beyond
    them. What a unit has lies east by the share of its area that does, as if it were spread evenly
    (`split="area"`); or as a whole, by where a point of it is.

    Parameters
    ----------
    panel : Panel
        With a geometry, but for two columns as points.
    variable : str
        A column or an expression that adds up over units, nowhere negative.
    line : ((float, float), (float, float))
        Longitude and latitude of two points with different latitudes;
        `bevdrivers.industry.HU_LINE` goes from Heihe to Tengchong.
    split : "area", "centroid" or (str, str)
        How units are split: by area; by their centroid; or by two columns, longitude and latitude,
        such as those of their capital. Say which: the shares differ.

    Returns
    -------
    Measures
        One row a period: total, east (both in the unit of the variable), share.

    Raises
    ------
    DataError
        Missing or negative values, a period of zeros only.
    OptionError
        A line that is none, or runs from west to east.
    WeightsError
        No geometry, or points that are not longitudes and latitudes.
    """
    x = panel.evaluate(variable, "variable")
    check_values(panel, variable, x)
    east = unit_shares_east(panel, line, split)
    total = x.sum(axis=1)
    amount = x @ east
    frame = pd.DataFrame(
        {"period": list(panel.periods), "total": total, "east": amount, "share": amount / total}
    )
    how = "by area" if split == "area" else f"by {split}"
    return Measures(f"Share of {variable} east of a line, {how}", ("period",), ("share",), frame)


def unit_shares_east(panel: Panel, line: Line, split: Points | Literal["area"]) -> np.ndarray:
    """How much of each unit lies east of the line, (N,): shares, or zeros and ones by points."""
    (lon1, lat1), (lon2, lat2) = _checked_line(line)
    slope = (lon2 - lon1) / (lat2 - lat1)
    units = SpatialUnits.of(panel)
    if split != "area":
        lon, lat = locations(units, split).T
        return (lon > lon1 + slope * (lat - lat1)).astype(float)
    south, north = (lon1 + slope * (lat - lat1) for lat in (-90.0, 90.0))
    far = 720.0
    half = shapely.Polygon([(south, -90), (far, -90), (far, 90), (north, 90)])
    # the line is straight in degrees, so it is cut there, and areas are taken on the plane
    shapes = units.polygons().to_crs(4326)
    whole = shapes.to_crs(units.plane).area.to_numpy()
    part = shapes.intersection(half).to_crs(units.plane).area.to_numpy()
    shares: np.ndarray = np.clip(part / whole, 0.0, 1.0)
    return shares


def _checked_line(line: Line) -> Line:
    ends = np.asarray(line, dtype=float)
    if ends.shape != (2, 2) or not np.isfinite(ends).all() or ends[0, 1] == ends[1, 1]:
        raise OptionError(
            "line",
            expected="two points (longitude, latitude) of different latitudes",
            got=repr(line),
            remedy="Write for instance ((127.5, 50.25), (98.5, 25.0)).",
        )
    return line
