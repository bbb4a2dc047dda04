"""Firms with coordinates put into the regions of a map: none is guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from ...display import Shown
from ...errors import DataError, first_five
from ...results import TIDY_COLUMNS
from ...weights.spatial_units import SpatialUnits


@dataclass(frozen=True, eq=False, repr=False)
class PlacedFirms(Shown):
    """Firms with the region that the map puts them into.

    Attributes
    ----------
    firms : DataFrame
        The firms as they came, with the columns region (missing where there is no single one) and
        placed: "placed", "ambiguous" (in two regions or more, or on their border), "outside" the
        map, or "no point".
    ambiguous : DataFrame, one row a firm and region that it may be in
        firm (its label in the index) and region.
    """

    firms: pd.DataFrame
    ambiguous: pd.DataFrame

    @property
    def unplaced(self) -> pd.DataFrame:
        """The firms without a single region."""
        return self.firms[self.firms["placed"] != "placed"]

    def tidy(self) -> pd.DataFrame:
        """One row a way in which firms were placed or not: estimate is their number."""
        counts = self.firms["placed"].value_counts()
        ways = ["placed", "ambiguous", "outside", "no point"]
        rows = {"term": ways, "estimate": [float(counts.get(way, 0)) for way in ways]}
        return pd.DataFrame(rows).reindex(columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: the numbers of firms."""
        numbers = self.tidy().set_index("term")["estimate"].astype(int)
        row = {str(name).replace(" ", "_"): number for name, number in numbers.items()}
        return pd.DataFrame([{"n_firms": len(self.firms)} | row])

    def __repr__(self) -> str:
        row = self.glance().iloc[0]
        head = f"{row['placed']} of {row['n_firms']} firms placed"
        rest = self.unplaced
        if rest.empty:
            return head
        return f"{head}; not placed:\n{rest[['placed']].to_string(index=True)}"


def place_firms(
    firms: pd.DataFrame,
    units: Any,
    *,
    lon: str = "lon",
    lat: str = "lat",
) -> PlacedFirms:
    """Find the region of each firm from its coordinates.

    A firm that lies in no region, in more than one, or on a border is listed, and gets no region.

    Parameters
    ----------
    firms : DataFrame
        One row a firm, with an index of different labels. It is not changed.
    units : Panel, GeoDataFrame indexed by region, or path
        The map.
    lon, lat : str
        Columns of degrees; missing where a firm has no point.

    Returns
    -------
    PlacedFirms

    Raises
    ------
    DataError
        No such columns; something else than numbers in them; firms of one label; a column region
        or placed that stands already.
    """
    _check_firms(firms, lon, lat)
    lonlat = firms[[lon, lat]].apply(pd.to_numeric, errors="raise").to_numpy(dtype=float)
    spatial = SpatialUnits.of(units)
    shapes = np.asarray(spatial.polygons().to_crs(4326).array)
    here = np.isfinite(lonlat).all(axis=1)
    points = shapely.points(np.where(here[:, None], lonlat, np.nan))
    # a shape holds its border, so that a point on one is in two regions, or at the edge of the map
    firm, unit = shapely.STRtree(shapes).query(points[here], predicate="intersects")
    firm = np.flatnonzero(here)[firm]
    found = np.bincount(firm, minlength=len(firms))
    how = np.select([~here, found == 0, found > 1], ["no point", "outside", "ambiguous"], "placed")
    region = np.full(len(firms), None, dtype=object)
    single = found[firm] == 1
    ids = np.array(spatial.ids, dtype=object)
    region[firm[single]] = ids[unit[single]]
    several = pd.DataFrame(
        {"firm": firms.index[firm[~single]].to_numpy(), "region": ids[unit[~single]]}
    )
    return PlacedFirms(firms.assign(region=region, placed=how), several)


def _check_firms(
    firms: pd.DataFrame,
    lon: str,
    lat: str,
) -> None:
    lost = [name for name in (lon, lat) if name not in firms.columns]
    taken = [name for name in ("region", "placed") if name in firms.columns]
    if lost or taken:
        raise DataError(
            "firms",
            expected=f"columns {lon!r} and {lat!r}, and none called region or placed",
            got=f"no {first_five(lost)}" if lost else first_five(taken),
            remedy="Name the columns in lon= and lat=, and rename what stands already.",
        )
    for name in (lon, lat):
        numbers = pd.to_numeric(firms[name], errors="coerce")
        broken = numbers.isna() & firms[name].notna()
        if broken.any():
            raise DataError(
                name,
                expected="degrees as numbers",
                got=f"others in {broken.sum()} rows: {first_five(firms[name][broken])}",
                remedy="Write decimal degrees, and nothing where a firm has no point.",
            )
    if not firms.index.is_unique:
        raise DataError(
            "firms",
            expected="a label of its own for each firm in the index",
            got=f"more than one of {first_five(firms.index[firms.index.duplicated()])}",
            remedy="Write firms.reset_index(drop=True), or set_index a column of ids.",
        )
