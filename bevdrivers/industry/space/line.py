"""How much of an industry lies east of a line across the map, such as Hu's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import shapely
from pyproj import Geod, Transformer

from ...errors import OptionError
from ...numerics.longitudes import as_lists
from ...weights.points import Points, locations
from ...weights.spatial_units import SpatialUnits
from ..measures import Measures
from ..shares import check_values

if TYPE_CHECKING:
    from ...panel import Panel

# beyond every point of the plane, in metres: it ends at twice the Earth's radius
_FAR = 2e7
Line = tuple[tuple[float, float], tuple[float, float]]


def share_east(
    panel: Panel,
    variable: str,
    line: Line,
    *,
    split: Points | Literal["area"] = "area",
) -> Measures:
    """What share of a variable lies east of a line, by period.

    The line goes along the great circle through two points, and on beyond them: straight on the
    equal-area plane about their middle. (Straight in degrees, Hu's line would leave Chengdu and
    Xi'an on its western side.) What a unit has lies east by the share of its area that does, as if
    it were spread evenly (`split="area"`); or as a whole, by where a point of it is.

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


def unit_shares_east(
    panel: Panel,
    line: Line,
    split: Points | Literal["area"],
) -> np.ndarray:
    """How much of each unit lies east of the line, (N,): shares, or zeros and ones by points."""
    plane, ahead = _plane_along(_checked_line(line))
    units = SpatialUnits.of(panel)
    if split != "area":
        there = Transformer.from_crs(4326, plane, always_xy=True)
        x, y = there.transform(*as_lists(*locations(units, split).T))
        right_of_it = np.asarray(x) * ahead[1] - np.asarray(y) * ahead[0]
        east: np.ndarray = (right_of_it > 0).astype(float)
        return east
    right = np.array([ahead[1], -ahead[0]])
    half = shapely.Polygon(_FAR * np.array([-ahead, ahead, ahead + right, right - ahead]))
    shapes = units.polygons().to_crs(plane)
    # a shape that is valid in degrees need not be so on a plane
    part = shapes.make_valid().intersection(half).area.to_numpy()
    shares: np.ndarray = np.clip(part / shapes.area.to_numpy(), 0.0, 1.0)
    return shares


def _plane_along(line: Line) -> tuple[str, np.ndarray]:
    """The equal-area plane about the middle of the line, where its great circle is straight through
    the origin, and the direction to its northern end there, of length one.
    """
    ends = sorted(line, key=lambda end: end[1])
    geod = Geod(ellps="WGS84")
    ((lon, lat),) = geod.npts(*ends[0], *ends[1], 1)
    plane = f"+proj=laea +lon_0={lon:.9f} +lat_0={lat:.9f} +datum=WGS84"
    there = Transformer.from_crs(4326, plane, always_xy=True)
    ahead = np.array(there.transform(*ends[1]))
    return plane, ahead / np.hypot(*ahead)


def _checked_line(line: Line) -> Line:
    ends = np.asarray(line, dtype=float)
    if ends.shape != (2, 2) or not np.isfinite(ends).all() or ends[0, 1] == ends[1, 1]:
        raise OptionError(
            "line",
            expected="two points (longitude, latitude) of different latitudes",
            got=repr(line),
            remedy="Write for instance ((127.5, 50.25), (98.5, 25.0)).",
        )
    return (float(ends[0, 0]), float(ends[0, 1])), (float(ends[1, 0]), float(ends[1, 1]))
