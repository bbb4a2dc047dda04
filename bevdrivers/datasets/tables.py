"""The bundled tables and the map, each as a new frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..panel.provinces import PROVINCES
from .files import data_path, read_bundled

if TYPE_CHECKING:
    import geopandas


def load_provinces() -> geopandas.GeoDataFrame:
    """The 31 provinces of mainland China: polygons, capitals, official areas and regions.

    Returns
    -------
    GeoDataFrame of shape (31, 9), WGS 84 (EPSG:4326), one row a province in the order of the
    official codes

        - `province`: English name (str)
        - `name_zh`: Chinese short name (str)
        - `adcode`: GB/T 2260 code (int, six digits)
        - `capital`: capital city (str)
        - `capital_lon`, `capital_lat`: its position (degrees)
        - `official_area_km2`: land area as commonly printed in official texts (km2)
        - `region`: east, central, west or northeast, as the National Bureau of Statistics groups
          them (str)
        - `geometry`: (multi)polygons (degrees)

    Notes
    -----
    Natural Earth 1:10m, version 4.1.0 (public domain), simplified lines. Areas of the polygons
    differ from the official ones by up to 21.5 percent (Ningxia): take `official_area_km2` for
    densities. Hong Kong, Macao and Taiwan are not included. Details and limits: ``SOURCE_nbs.md``
    beside the data.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> provinces = bd.load_provinces()
    >>> provinces["region"].value_counts().to_dict()
    {'west': 12, 'east': 10, 'central': 6, 'northeast': 3}
    """
    import geopandas

    shapes = geopandas.read_file(data_path("provinces_natural_earth.geojson"))
    capitals = read_bundled("province_capitals.csv")
    capitals = capitals.rename(columns={"lon": "capital_lon", "lat": "capital_lat"})
    areas = read_bundled("province_land_area.csv")[["adcode", "official_area_km2"]]
    names = pd.DataFrame(
        [(p.name, p.short, int(p.code) * 10_000, p.region) for p in PROVINCES],
        columns=["province", "name_zh", "adcode", "region"],
    )
    table = (
        names.merge(capitals.drop(columns="province"), on="adcode", validate="1:1")
        .merge(areas, on="adcode", validate="1:1")
        .merge(shapes[["adcode", "geometry"]].astype({"adcode": int}), on="adcode", validate="1:1")
    )
    columns = [
        "province",
        "name_zh",
        "adcode",
        "capital",
        "capital_lon",
        "capital_lat",
        "official_area_km2",
        "region",
    ]
    return geopandas.GeoDataFrame(
        table[[*columns, "geometry"]], geometry="geometry", crs="EPSG:4326"
    )


def load_firms() -> pd.DataFrame:
    """Known firms of China's battery electric vehicle (BEV) chain, by headquarters.

    Returns
    -------
    DataFrame of shape (289, 14), one row a firm

        - `firm_id`: running number, CNBEV001 ... (str)
        - `name_en`, `name_zh`: short name in English and in Chinese (str)
        - `province`, `city`: present headquarters (str)
        - `segment`: upstream (materials), midstream (battery, motor, control, parts) or downstream
          (vehicles, charging, recycling) (str)
        - `activity`: main activity in the chain, one a firm (str)
        - `founded`: year of establishment of the firm or of the enterprise it continues (year,
          Int64)
        - `bev_entry`: year of entry into the chain, where known and later than `founded` (year,
          Int64, else missing)
        - `listed_code`: exchange codes, or unlisted, subsidiary of ..., parent of ... (str)
        - `ownership`: private, state_owned, mixed, joint_venture or foreign (str)
        - `status_exit_year`: year of bankruptcy filing or end of operation (year, Int64, else
          missing)
        - `source`: addresses of the public texts (str)
        - `verified`: yes (a text confirms place and year), partly (one of the two), no (general
          knowledge) (str)

    Notes
    -----
    A curated sample of known firms, not a census: listed and widely reported firms are
    over-represented, and firms that vanished early are mostly missing. Limits:
    ``SOURCE_firms_policy.md`` beside the data.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> bd.load_firms()["segment"].value_counts().to_dict()
    {'midstream': 113, 'downstream': 94, 'upstream': 82}
    """
    years = dict.fromkeys(("founded", "bev_entry", "status_exit_year"), "Int64")
    return read_bundled("bev_firms.csv", dtype=years)


def load_policies() -> pd.DataFrame:
    """Cities in four national pilot programmes for new energy vehicles, 2009-2025.

    Returns
    -------
    DataFrame of shape (139, 8), one row a city and programme

        - `province`, `city`: place; members of a city group are listed one by one (str)
        - `programme`: ten_cities_thousand_vehicles, nev_promotion_2013_2015, battery_swap_pilot or
          public_sector_electrification_pilot (str)
        - `batch`: first, second, third; or the kind of battery-swap pilot (str)
        - `year_start`, `year_end`: first and planned last year of the programme for that batch
          (year, int)
        - `source`: addresses of the public texts (str)
        - `verified`: yes, or partly (the notice and its total are confirmed, the city is general
          knowledge) (str)

    Notes
    -----
    A pilot is an announcement, not a measure of money or vehicles. Limits:
    ``SOURCE_firms_policy.md`` beside the data.
    """
    return read_bundled("nev_policy.csv")


def load_statistics() -> pd.DataFrame:
    """Official statistics of the 31 provinces, 2010-2024, as published by the National Bureau of
    Statistics.

    Returns
    -------
    DataFrame of shape (465, 17), one row a province and year; a cell is missing where no usable
    text was found

        - `province` (str), `adcode` (GB/T 2260 code, int), `year` (int)
        - `gdp_100m_yuan`: gross regional product, current prices (100 million yuan)
        - `population_10k`: resident population at the end of the year (10,000 persons)
        - `urban_share_pct`: urban share of the resident population (percent)
        - `primary_share_pct`, `secondary_share_pct`, `tertiary_share_pct`: shares of value added,
          2010-2020 (percent)
        - `secondary_share_first_pct`: secondary share as first published, 2019-2023 (percent)
        - `patents_granted`, `inventions_granted`: domestic patents of all kinds, and of inventions,
          from 2011 (pieces)
        - `tech_market_100m_yuan`: turnover of the technology market, from 2011, Tibet from 2017
          (100 million yuan)
        - `budget_100m_yuan`: local general public budget expenditure, from 2011 (100 million yuan)
        - `budget_science_100m_yuan`: of it on science and technology, 2011-2023 (100 million yuan)
        - `rd_expenditure_100m_yuan`: research and development expenditure, from 2017 (100 million
          yuan)
        - `trade_100m_yuan`: goods imports and exports, from 2016 (100 million yuan)

    Notes
    -----
    Vintages and breaks of the series: ``SOURCE_nbs.md`` beside the data.
    """
    return read_bundled("nbs_province_panel.csv")


def load_adjacency() -> pd.DataFrame:
    """Land neighbours among the 31 provinces, from geographic knowledge: a check of contiguity
    computed from a map.

    Returns
    -------
    DataFrame of shape (136, 2): `province` and `neighbour` (str), each of the 68 pairs in both
    directions. Hainan is an island and has no row.
    """
    return read_bundled("known_adjacency.csv")
