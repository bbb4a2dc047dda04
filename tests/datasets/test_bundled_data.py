"""The bundled data: each file is the one that its descriptor speaks of, and each loader gives what
it documents.
"""

from __future__ import annotations

import csv
import hashlib
import re
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.datasets import data_catalogue, data_path

RESOURCES = {resource["path"]: resource for resource in data_catalogue()["resources"]}
TABLES = {path: resource for path, resource in RESOURCES.items() if path.endswith(".csv")}
CHECKOUT = Path(__file__).parents[2]


# --- the files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", RESOURCES)
def test_hash_and_size(path: str) -> None:
    content = data_path(path).read_bytes()
    assert RESOURCES[path]["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert RESOURCES[path]["bytes"] == len(content)


@pytest.mark.parametrize("path", RESOURCES)
def test_each_resource_says_title_source_and_licence(path: str) -> None:
    resource = RESOURCES[path]
    assert resource["title"]
    assert all(source["title"] for source in resource["sources"])
    assert all(licence["name"] for licence in resource["licenses"])


def test_the_catalogue_lists_every_file_and_no_other() -> None:
    held = {path.name for path in data_path("datapackage.json").parent.iterdir() if path.is_file()}
    assert held - {"datapackage.json", ".gitattributes"} == set(RESOURCES)


@pytest.mark.parametrize("path", TABLES)
def test_columns_types_and_keys(path: str) -> None:
    schema = TABLES[path]["schema"]
    frame = pd.read_csv(data_path(path))
    assert list(frame.columns) == [field["name"] for field in schema["fields"]]
    assert not frame.duplicated(schema.get("primaryKey")).any()
    for field in schema["fields"]:
        assert field["description"]
        _check_type(frame[field["name"]].dropna(), field)


def _check_type(cells: pd.Series, field: dict[str, Any]) -> None:
    if field["type"] == "string":
        assert not pd.api.types.is_numeric_dtype(cells)
    else:
        assert pd.api.types.is_numeric_dtype(cells)
        assert field.get("unit") or field["name"] == "adcode"
    if field["type"] in {"integer", "year"}:
        assert (cells == cells.round()).all()


def test_one_copy_that_the_wheel_carries() -> None:
    text = (CHECKOUT / "setup.cfg").read_text() + (CHECKOUT / "setup.py").read_text()
    assert re.search(r"package_dir =\n\s+bevdrivers\.data = data\n", text)
    assert "bevdrivers.data = *" in text
    assert '"bevdrivers.data"]' in text
    assert not (CHECKOUT / "bevdrivers" / "data").exists()


def test_an_unknown_file_is_named() -> None:
    with pytest.raises(bd.DataError, match="a file of the bundled data; got 'nothing.csv'"):
        data_path("nothing.csv")


# --- provinces ------------------------------------------------------------------------------------


def test_provinces_are_complete() -> None:
    provinces = bd.load_provinces()
    assert isinstance(provinces, geopandas.GeoDataFrame)
    assert list(provinces.columns) == [
        "province",
        "name_zh",
        "adcode",
        "capital",
        "capital_lon",
        "capital_lat",
        "official_area_km2",
        "region",
        "geometry",
    ]
    assert len(provinces) == provinces["province"].nunique() == 31
    assert provinces.notna().all(axis=None)
    assert provinces.crs.to_epsg() == 4326
    assert provinces.geometry.is_valid.all()
    assert provinces["official_area_km2"].sum() == pytest.approx(9_643_335, abs=1)


def test_names_codes_and_map_agree() -> None:
    provinces = bd.load_provinces()
    for column in ("name_zh", "adcode", "province"):
        assert bd.standardise_provinces(provinces[column]) == provinces["province"].tolist()
    shapes = geopandas.read_file(data_path("provinces_natural_earth.geojson")).set_index("province")
    assert (shapes["adcode"].astype(int) == provinces.set_index("province")["adcode"]).all()
    points = geopandas.points_from_xy(provinces["capital_lon"], provinces["capital_lat"], crs=4326)
    assert provinces.geometry.contains(geopandas.GeoSeries(points)).all()


def test_regions_are_those_of_the_statistics_bureau() -> None:
    region = bd.load_provinces().set_index("province")["region"]
    assert region.value_counts().to_dict() == {"west": 12, "east": 10, "central": 6, "northeast": 3}
    assert region[["Hainan", "Shanxi", "Guangxi", "Jilin"]].tolist() == [
        "east",
        "central",
        "west",
        "northeast",
    ]


def test_adjacency_is_queen_contiguity_of_the_map() -> None:
    provinces = bd.load_provinces().set_index("province")
    pairs = provinces[["geometry"]].sjoin(provinces[["geometry"]], predicate="intersects")
    touching = {(a, b) for a, b in zip(pairs.index, pairs["province_right"], strict=True) if a != b}
    known = set(bd.load_adjacency().itertuples(index=False, name=None))
    assert len(known) == 136
    assert touching == known


# --- tables ---------------------------------------------------------------------------------------


def test_firms() -> None:
    firms = bd.load_firms()
    assert len(firms) == firms["firm_id"].nunique() == 289
    assert set(firms["segment"]) == {"upstream", "midstream", "downstream"}
    assert set(firms["province"]) <= set(bd.load_provinces()["province"])
    assert firms["founded"].between(1900, 2025).all()
    assert (firms["bev_entry"].dropna() > firms["founded"][firms["bev_entry"].notna()]).all()
    assert firms["status_exit_year"].notna().sum() == 16


def test_policies() -> None:
    policies = bd.load_policies()
    assert len(policies) == 139
    assert (policies["year_start"] <= policies["year_end"]).all()
    assert not policies.duplicated(["city", "programme"]).any()
    assert policies["programme"].value_counts().to_dict() == {
        "nev_promotion_2013_2015": 88,
        "ten_cities_thousand_vehicles": 25,
        "public_sector_electrification_pilot": 15,
        "battery_swap_pilot": 11,
    }


def test_statistics() -> None:
    table = bd.load_statistics()
    assert table.shape == (465, 17)
    assert table.drop(columns=["province", "adcode", "year"]).notna().sum().sum() == 5233
    shares = table[["primary_share_pct", "secondary_share_pct", "tertiary_share_pct"]]
    assert shares.notna().all(axis=1).sum() == 31 * 11
    np.testing.assert_allclose(shares.dropna().sum(axis=1), 100.0, atol=0.011)  # two decimals each
    assert not (table["inventions_granted"] > table["patents_granted"]).any()


def test_loaders_give_new_objects() -> None:
    firms = bd.load_firms()
    firms["province"] = "nowhere"
    assert "nowhere" not in set(bd.load_firms()["province"])


# --- the panel ------------------------------------------------------------------------------------


def test_the_panel_has_no_missing_cell() -> None:
    panel = bd.load_panel()
    assert (panel.n_units, panel.n_periods) == (31, 10)
    assert (panel.unit, panel.time, panel.periods[0], panel.periods[-1]) == (
        "province",
        "year",
        2011,
        2020,
    )
    assert panel.balance(drop="units") is panel
    assert panel.geometry is not None
    assert tuple(panel.geometry.index) == panel.units


def test_longer_panels_come_without_the_shares() -> None:
    panel = bd.load_panel(start=2011, end=2024, shares=False)
    assert panel.n_periods == 14
    assert "secondary_share" not in panel.columns
    assert not np.isnan(panel["bev_density"]).any()
    with pytest.raises(bd.DataError, match=r"31 missing .*\('Anhui', 2024, 'science_share'\)"):
        panel.evaluate("science_share")


def test_years_outside_the_data_are_refused() -> None:
    with pytest.raises(
        bd.DataError,
        match=r"2020 or earlier with the industry shares; got 2024\. Pass shares=False",
    ):
        bd.load_panel(end=2024)
    with pytest.raises(bd.DataError, match="years from 2010 to 2024, in order; got 2005, 2020"):
        bd.load_panel(start=2005)
    with pytest.raises(bd.DataError, match="in order; got 2015, 2012"):
        bd.load_panel(2015, 2012)


def test_the_docstring_names_every_column() -> None:
    panel = bd.load_panel()
    assert [name for name in panel.columns if f"`{name}`" not in bd.load_panel.__doc__] == []
    for loader in (
        bd.load_provinces,
        bd.load_firms,
        bd.load_policies,
        bd.load_statistics,
        bd.load_adjacency,
    ):
        assert [name for name in loader().columns if f"`{name}`" not in loader.__doc__] == []


def test_values_that_can_be_checked_by_hand() -> None:
    panel = bd.load_panel().select(units=["Beijing"], periods=[2011])
    assert panel["gdp_pc"][0, 0] == pytest.approx(17653.3e8 / 2024e4)
    assert panel["inventions"][0, 0] == pytest.approx(15880 / 2024)
    assert panel["science_share"][0, 0] == pytest.approx(100 * 183.07 / 3245.23)
    assert panel["pop_density"][0, 0] == pytest.approx(20_240_000 / 16_410)
    assert panel["policy_per_10m"][0, 0] == pytest.approx(1 / 2.024)
    assert panel["bev_density"][0, 0] == pytest.approx(12 / 1.641)


def test_density_clusters_in_space_as_the_map_shows() -> None:
    """Moran's I of log1p(bev_density), queen contiguity with Hainan joined to Guangdong, computed
    from scratch.
    """
    panel = bd.load_panel()
    position = {unit: n for n, unit in enumerate(panel.units)}
    W = np.zeros((31, 31))
    pairs = [
        *bd.load_adjacency().itertuples(index=False, name=None),
        ("Hainan", "Guangdong"),
        ("Guangdong", "Hainan"),
    ]
    for one, other in pairs:
        W[position[one], position[other]] = 1.0
    W /= W.sum(axis=1, keepdims=True)
    z = panel.evaluate("log1p(bev_density)")
    z = z - z.mean(axis=1, keepdims=True)
    moran = np.einsum("tn,nm,tm->t", z, W, z) / (z**2).sum(axis=1)
    np.testing.assert_allclose(moran[[0, -1]], [0.459, 0.425], atol=0.0005)


def test_the_csv_is_plain() -> None:
    with data_path("bev_panel.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 1 + 31 * 15
    assert {len(row) for row in rows} == {28}
