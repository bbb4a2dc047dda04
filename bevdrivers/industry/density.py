"""How many firms of a registry are alive in each region and year, and how densely they lie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from ..errors import DataError, first_five

SEGMENTS = ("upstream", "midstream", "downstream")


def entry_years(firms: pd.DataFrame, *, earliest: int = 2001) -> pd.Series:
    """The year in which each firm enters the chain: `bev_entry` where given, else ``max(founded,
    earliest)``.

    Parameters
    ----------
    firms : DataFrame
        With columns `founded` and `bev_entry` (years, the latter may be missing).
    earliest : int
        Before it no firm counts as part of the chain unless `bev_entry` says so. 2001: start of the
        national research programme for electric vehicles; 2009, start of the demonstration
        programme, gives the same panels from 2010 on.

    Returns
    -------
    Series of int, shape (firms,)

    Raises
    ------
    DataError
        A firm has neither year.
    """
    known = firms["bev_entry"].notna()
    entry = firms["bev_entry"].where(known, firms["founded"].clip(lower=earliest))
    if entry.isna().any():
        raise DataError(
            "firms",
            expected="founded or bev_entry",
            got=f"neither in rows {first_five(entry.index[entry.isna()])}",
            remedy="Fill one of the two in these rows, or leave the firms out.",
        )
    return entry.astype(int)


def firm_density(
    firms: pd.DataFrame,
    area_km2: pd.Series,
    years: Iterable[int],
    *,
    segments: Sequence[str] = SEGMENTS,
    earliest: int = 2001,
) -> pd.DataFrame:
    """Firms alive at the end of each year in each region, and firms per 10,000 km2.

    A firm is alive in year t if it has entered, ``entry <= t`` (see `entry_years`), and has not
    left, ``t < exit`` where an exit year is known.

    Parameters
    ----------
    firms : DataFrame
        One row a firm: `province`, `segment`, `founded`, `bev_entry`, `status_exit_year`, as from
        `load_firms`. Pass a part of it to count a part.
    area_km2 : Series
        Land area by region (km2), indexed by the names used in ``firms["province"]``. Its index
        says which regions, and in which order; a region without a firm has zeros.
    years : iterable of int
    segments : sequence of str
        Segments that get columns of their own; the total counts every firm.
    earliest : int
        See `entry_years`.

    Returns
    -------
    DataFrame, one row a region and year (regions in the order of `area_km2`, years ascending
    within)
        `province`, `year`, `firms`, ``firms_<segment>`` (counts), `bev_density`,
        ``density_<segment>`` (firms per 10,000 km2).

    Raises
    ------
    DataError
        Firms sit in regions without an area, or an area is missing or not positive.

    Examples
    --------
    >>> import pandas as pd
    >>> from bevdrivers.industry import firm_density
    >>> firms = pd.DataFrame({
    ...     "province": ["A", "A"],
    ...     "segment": ["upstream", "downstream"],
    ...     "founded": [1950, 2012],
    ...     "bev_entry": [2010, pd.NA],
    ...     "status_exit_year": [pd.NA, 2013],
    ... })
    >>> density = firm_density(firms, pd.Series({"A": 20_000.0}), [2011, 2012, 2013], segments=["upstream"])
    >>> density[["year", "firms", "bev_density"]].to_numpy().tolist()
    [[2011.0, 1.0, 0.5], [2012.0, 2.0, 1.0], [2013.0, 1.0, 0.5]]
    """
    _check_regions(firms, area_km2)
    span = sorted(set(years))
    alive = _alive(firms, span, earliest)
    region = pd.Index(area_km2.index).get_indexer(firms["province"])
    within = {"firms": np.ones(len(firms), bool)} | {
        f"firms_{s}": (firms["segment"] == s).to_numpy() for s in segments
    }
    counts = {name: _count(alive & some, region, len(area_km2)) for name, some in within.items()}
    densities = {
        _density_name(name): grid / (area_km2.to_numpy()[:, None] / 1e4)
        for name, grid in counts.items()
    }
    index = {
        "province": np.repeat(area_km2.index.to_numpy(), len(span)),
        "year": np.tile(span, len(area_km2)),
    }
    return pd.DataFrame(index | {name: grid.ravel() for name, grid in (counts | densities).items()})


def _alive(
    firms: pd.DataFrame,
    years: Sequence[int],
    earliest: int,
) -> np.ndarray:
    """Whether each firm is alive at the end of each year: bool of shape (years, firms)."""
    t = np.array(years)[:, None]
    entry = entry_years(firms, earliest=earliest).to_numpy()
    leaves = firms["status_exit_year"].astype("Float64").to_numpy(dtype=float, na_value=np.inf)
    return (entry <= t) & (t < leaves)


def _count(
    alive: np.ndarray,
    region: np.ndarray,
    n_regions: int,
) -> np.ndarray:
    """Firms alive by region and year: int of shape (regions, years)."""
    member = region == np.arange(n_regions)[:, None]
    counts: np.ndarray = member.astype(int) @ alive.T.astype(int)
    return counts


def _density_name(count: str) -> str:
    return "bev_density" if count == "firms" else count.replace("firms_", "density_")


def _check_regions(firms: pd.DataFrame, area_km2: pd.Series) -> None:
    strangers = sorted(set(firms["province"]) - set(area_km2.index))
    if strangers:
        raise DataError(
            "area_km2",
            expected="an area for every region with firms",
            got=f"none for {first_five(strangers)}",
            remedy="Add their areas, or leave their firms out.",
        )
    wrong = area_km2.index[~(area_km2 > 0)]
    if len(wrong):
        raise DataError(
            "area_km2",
            expected="positive areas in km2",
            got=f"none for {first_five(wrong)}",
            remedy="Write the areas of these regions in square kilometres.",
        )
