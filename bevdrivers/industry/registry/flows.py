"""Firms alive, entering and leaving by region, segment and year; and the panel made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from ...errors import DataError, OptionError, first_five
from ..measures import Measures
from ..structure.segments import ratio
from .columns import Registry


def firm_flows(registry: Registry, years: Iterable[int]) -> Measures:
    """How many firms enter, leave and are there, by segment and year.

    Alive at the end of year t, L_t = L_(t-1) + entries_t - exits_t. Rates divide by L_(t-1).

    Parameters
    ----------
    registry : Registry
    years : iterable of int

    Returns
    -------
    Measures
        One row a segment and year, and for all segments with the name "all": alive, entries, exits,
        entry_rate, exit_rate; rates are NaN where nobody was there before.

    Raises
    ------
    DataError
        A segment of the name "all".
    OptionError
        No years.
    """
    span = checked_years(years)
    of = registry.firms[registry.segment].astype(str).to_numpy()
    if (of == "all").any():
        raise DataError(
            registry.segment,
            expected="no segment of the name 'all'",
            got="one",
            remedy="Give this segment another name.",
        )
    before = registry.alive([year - 1 for year in span])
    flows = {
        "alive": registry.alive(span),
        "entries": registry.entries == np.array(span)[:, None],
        "exits": registry.exits == np.array(span)[:, None],
    }
    frames = []
    for name in ["all", *sorted(set(of.tolist()))]:
        some = np.ones(len(of), bool) if name == "all" else of == name
        counts = {flow: grid[:, some].sum(axis=1) for flow, grid in flows.items()}
        there = before[:, some].sum(axis=1).astype(float)
        rates = {
            "entry_rate": ratio(counts["entries"].astype(float), there),
            "exit_rate": ratio(counts["exits"].astype(float), there),
        }
        frames.append(pd.DataFrame({"segment": name, "year": span} | counts | rates))
    return Measures(
        f"Entry and exit of {len(of)} firms",
        ("segment", "year"),
        ("alive", "entries", "exits", "entry_rate", "exit_rate"),
        pd.concat(frames, ignore_index=True),
    )


def registry_panel(
    registry: Registry,
    area_km2: pd.Series,
    years: Iterable[int],
    *,
    residents: pd.Series | None = None,
) -> pd.DataFrame:
    """Counts and densities of firms by region and year, ready to be joined with other columns and
    read by `Panel.from_frame`.

    Parameters
    ----------
    registry : Registry
    area_km2 : Series
        Land area (km2) by region; its index says which regions there are, and in which order. One
        without a firm has zeros.
    years : iterable of int
    residents : Series, optional
        Persons, indexed by (region, year).

    Returns
    -------
    DataFrame, one row a region and year
        region and year; firms and ``firms_<segment>``; density and ``density_<segment>``, firms
        per 10,000 km2; with residents per_million and ``per_million_<segment>``.

    Raises
    ------
    DataError
        Firms in regions without an area; an area or a number of residents that is missing or not
        positive.
    OptionError
        No years.
    """
    span = checked_years(years)
    regions = pd.Index(area_km2.index)
    where = registry.firms[registry.region]
    strangers = sorted(set(where) - set(regions), key=str)
    if strangers:
        raise DataError(
            "area_km2",
            expected="an area for every region with firms",
            got=f"none for {first_five(strangers)}",
            remedy="Add their areas, or leave their firms out.",
        )
    _check_positive("area_km2", area_km2)
    frame = pd.DataFrame(
        {
            "region": np.repeat(regions.to_numpy(), len(span)),
            "year": np.tile(span, len(regions)),
        }
    )
    alive = registry.alive(span)
    at = regions.get_indexer(where)
    of = registry.firms[registry.segment].astype(str).to_numpy()
    segments = sorted(set(of.tolist()))
    some = {"": np.ones(len(of), bool)} | {f"_{name}": of == name for name in segments}
    counts = {end: _by_region(alive[:, kept], at[kept], len(regions)) for end, kept in some.items()}
    area = np.repeat(area_km2.to_numpy(dtype=float), len(span))
    frame = frame.assign(**{f"firms{end}": count for end, count in counts.items()})
    frame = frame.assign(**{f"density{end}": count / (area / 1e4) for end, count in counts.items()})
    if residents is None:
        return frame
    cells = pd.MultiIndex.from_frame(frame[["region", "year"]])
    people = residents.reindex(cells)
    _check_positive("residents", people)
    head = people.to_numpy(dtype=float) / 1e6
    return frame.assign(**{f"per_million{end}": count / head for end, count in counts.items()})


def checked_years(years: Iterable[int]) -> list[int]:
    """The different years, ascending."""
    span = sorted(set(years))
    if not span:
        raise OptionError(
            "years",
            expected="one year or more",
            got="none",
            remedy="Write for instance range(2011, 2021).",
        )
    return span


def _by_region(
    alive: np.ndarray,
    at: np.ndarray,
    n: int,
) -> np.ndarray:
    """Firms alive by region and year, one after another, (regions * years,)."""
    counts = np.zeros((n, len(alive)), dtype=int)
    np.add.at(counts, at, alive.T.astype(int))
    return counts.ravel()


def _check_positive(argument: str, values: pd.Series) -> None:
    wrong: Sequence[object] = values.index[~(values > 0)].tolist()
    if wrong:
        raise DataError(
            argument,
            expected="a number above zero for each region",
            got=f"none for {first_five(wrong)}",
            remedy="Add it, or leave these regions or years out.",
        )
