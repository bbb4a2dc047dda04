"""The bundled panel, built from the bundled tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import pandas as pd

from ..datasets.tables import (
    load_firms,
    load_policies,
    load_provinces,
    load_statistics,
)
from .density import firm_density
from .policy import policy_intensity

_DRIVERS = (
    "gdp_pc",
    "primary_share",
    "secondary_share",
    "tertiary_share",
    "inventions",
    "science_share",
    "urban_share",
)
_TOTALS = (
    "gdp_100m_yuan",
    "population_10k",
    "patents_granted",
    "inventions_granted",
    "budget_100m_yuan",
)
_ORDER = (
    "policy_per_10m",
    *_DRIVERS,
    "pop_density",
    *_TOTALS,
    "budget_science_100m_yuan",
    "region",
)

# From Heihe to Tengchong, longitude and latitude: the line that Hu drew in 1935
HU_LINE = ((127.5, 50.25), (98.5, 25.0))
# Belts of provinces as industry studies draw them: a copy of this mapping is there to be changed
BELTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Yangtze delta": ("Shanghai", "Jiangsu", "Zhejiang", "Anhui"),
        "Pearl delta": ("Guangdong",),
        "Beijing-Tianjin-Hebei": ("Beijing", "Tianjin", "Hebei"),
        "Chengdu-Chongqing": ("Sichuan", "Chongqing"),
        "Central": ("Henan", "Hubei", "Hunan", "Jiangxi", "Shanxi"),
        "Northeast": ("Liaoning", "Jilin", "Heilongjiang"),
    }
)


def build_panel(years: Iterable[int] = range(2010, 2025)) -> pd.DataFrame:
    """The panel that ships as ``bev_panel.csv``, from the tables of firms, programmes, statistics
    and areas.

    - Firms: see `firm_density`; a firm is alive at the end of year t if entry <= t and (no exit or
      t < exit), where entry is `bev_entry` where given, else max(founded, 2001). Densities refer to
      the official land area.
    - Programmes: see `policy_intensity`; `policy_per_10m` divides by residents at the end of the
      year.
    - Drivers: ratios of official statistics of the same year, in current prices. `gdp_pc` divides
      by residents at the end of the year, so it differs a little from the official figure, which
      takes the mean of two years.

    A cell is missing where a statistic is; none is interpolated.

    Parameters
    ----------
    years : iterable of int
        Within 2010-2024.

    Returns
    -------
    DataFrame, one row a province (in the order of the official codes) and year; columns and units
    as in `load_panel`.
    """
    provinces = load_provinces().set_index("province")
    span = sorted(set(years))
    firms = firm_density(load_firms(), provinces["official_area_km2"], span)
    programmes = policy_intensity(load_policies(), list(provinces.index), span)
    key = ["province", "year"]
    merged = (
        firms.merge(programmes, on=key, validate="1:1")
        .merge(load_statistics(), on=key, validate="1:1")
        .merge(
            provinces[["official_area_km2", "region"]],
            left_on="province",
            right_index=True,
        )
    )
    made = merged.assign(
        policy_per_10m=merged["policy"] / (merged["population_10k"] / 1000),
        **_drivers(merged),
    )
    return made[[*firms.columns, "policy", "policy_cities", *_ORDER]]


def _drivers(table: pd.DataFrame) -> dict[str, pd.Series]:
    """The drivers, from statistics with their units in the names."""
    people = table["population_10k"]
    return {
        "gdp_pc": table["gdp_100m_yuan"] / people * 1e4,
        "primary_share": table["primary_share_pct"],
        "secondary_share": table["secondary_share_pct"],
        "tertiary_share": table["tertiary_share_pct"],
        "inventions": table["inventions_granted"] / people,
        "science_share": table["budget_science_100m_yuan"] / table["budget_100m_yuan"] * 100,
        "urban_share": table["urban_share_pct"],
        "pop_density": people * 1e4 / table["official_area_km2"],
    }
