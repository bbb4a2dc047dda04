"""Registries of firms small enough to count by hand, and those that cannot be counted."""

from __future__ import annotations

from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

import bevdrivers as bd
from bevdrivers import industry
from bevdrivers.industry import Registry

AREA = pd.Series({"A": 20_000.0, "B": 5_000.0, "C": 10_000.0})


def registry(**changes: Any) -> Registry:
    rows = [
        ("A", "cells", 2001, None),
        ("A", "cars", 2010, 2013),
        ("A", "cells", 2011, 2011),  # founded and gone in one year
        ("B", "cars", 2011, None),
    ]
    frame = pd.DataFrame(rows, columns=["region", "segment", "entry", "exit"])
    return Registry(frame.astype({"entry": "Int64", "exit": "Int64"}).assign(**changes))


def test_flows_by_hand() -> None:
    found = industry.firm_flows(registry(), range(2010, 2014)).frame
    whole = found[found["segment"] == "all"]
    assert whole["alive"].tolist() == [2, 3, 3, 2]
    assert whole["entries"].tolist() == [1, 2, 0, 0]
    assert whole["exits"].tolist() == [0, 1, 0, 1]
    assert whole["entry_rate"].tolist() == [1, 1, 0, 0]
    assert whole["exit_rate"].tolist() == pytest.approx([0, 1 / 2, 0, 1 / 3])
    assert np.isnan(found[found["segment"] == "cars"]["entry_rate"].iloc[0])


def test_stocks_and_flows_add_up() -> None:
    """Of 400 firms at random, by segment and year."""
    rng = np.random.default_rng(2)
    entry = rng.integers(2000, 2020, 400)
    exit_ = np.where(rng.random(400) < 0.5, entry + rng.integers(0, 9, 400), np.nan)
    frame = pd.DataFrame(
        {
            "region": rng.choice(["A", "B"], 400),
            "segment": rng.choice(["x", "y", "z"], 400),
            "entry": entry,
            "exit": exit_,
        }
    )
    found = industry.firm_flows(Registry(frame), range(1999, 2031)).frame
    for _, part in found.groupby("segment"):
        change = part["alive"].diff().iloc[1:]
        assert (change == (part["entries"] - part["exits"]).iloc[1:]).all()
    table = found.pivot(index="year", columns="segment", values="alive")
    assert (table["all"] == table[["x", "y", "z"]].sum(axis=1)).all()


def test_panel_by_hand() -> None:
    people = pd.Series(
        [4e6, 4e6, 1e6, 2e6, 3e6, 3e6],
        index=pd.MultiIndex.from_product([["A", "B", "C"], [2010, 2011]]),
    )
    found = industry.registry_panel(registry(), AREA, [2011, 2010], residents=people)
    assert found["region"].tolist() == ["A", "A", "B", "B", "C", "C"]
    assert found["firms"].tolist() == [2, 2, 0, 1, 0, 0]
    assert found["firms_cars"].tolist() == [1, 1, 0, 1, 0, 0]
    assert found["density"].tolist() == [1, 1, 0, 2, 0, 0]
    assert found["per_million"].tolist() == [0.5, 0.5, 0, 0.5, 0, 0]
    parts = found[["density_cars", "density_cells"]].sum(axis=1)
    assert parts.tolist() == found["density"].tolist()
    assert bd.Panel.from_frame(found, unit="region", time="year")["firms"].sum() == 5


def test_panel_is_that_of_the_bundle() -> None:
    """The general way from a registry gives the counts that ship with the package."""
    firms = bd.load_firms()
    general = firms.assign(entry=industry.entry_years(firms))
    named = Registry(general, region="province", exit="status_exit_year")
    areas = bd.load_provinces().set_index("province")["official_area_km2"]
    found = industry.registry_panel(named, areas, range(2010, 2025))
    shipped = industry.build_panel()
    for name in ("firms", "firms_upstream", "firms_midstream", "firms_downstream"):
        assert found[name].tolist() == shipped[name].tolist()
    assert found["density"].to_numpy() == pytest.approx(shipped["bev_density"].to_numpy())


def test_survival_by_hand() -> None:
    """Ages 1 (left), 2 (there still), 3 (left), 3 (there still): 3/4, then half of it."""
    frame = pd.DataFrame(
        {
            "region": "A",
            "segment": "cars",
            "entry": [2010, 2018, 2010, 2017],
            "exit": [2011, None, 2013, 2025],
        }
    )
    found = industry.firm_survival(Registry(frame), 2020).frame
    assert found["age"].tolist() == [1, 3]
    assert found["survival"].tolist() == pytest.approx([3 / 4, 3 / 8])
    assert found["at_risk"].tolist() == [4, 2]


def test_survival_is_that_of_statsmodels() -> None:
    from statsmodels.duration.survfunc import SurvfuncRight

    rng = np.random.default_rng(5)
    entry = rng.integers(2000, 2020, 60)
    exit_ = entry + rng.integers(0, 20, 60)
    frame = pd.DataFrame({"region": "A", "segment": "s", "entry": entry, "exit": exit_})
    found = industry.firm_survival(Registry(frame), 2020).frame
    left = exit_ <= 2020
    other = SurvfuncRight(np.where(left, exit_, 2020) - entry + 1.0, left.astype(int))
    assert found["survival"].to_numpy() == pytest.approx(other.surv_prob)
    # Greenwood's standard error, back from the interval on the scale log(-log S)
    S = found["survival"].to_numpy()[:-1]
    upper = found["conf_high"].to_numpy()[:-1]
    width = -np.log(np.log(upper) / np.log(S))
    error = width / 1.959963984540054 * -np.log(S) * S
    assert error == pytest.approx(other.surv_prob_se[:-1], rel=1e-6)


MAP = geopandas.GeoDataFrame(
    geometry=[box(0, 0, 2, 2), box(2, 0, 4, 2)], index=["west", "east"], crs=4326
)


def test_firms_are_placed_or_listed() -> None:
    firms = pd.DataFrame(
        {"lon": [1.0, 3.0, 2.0, 9.0, None], "lat": [1.0, 1.0, 1.0, 1.0, 1.0]}, index=list("abcde")
    )
    before = firms.copy()
    found = industry.place_firms(firms, MAP)
    assert found.firms["placed"].tolist() == [
        "placed",
        "placed",
        "ambiguous",
        "outside",
        "no point",
    ]
    assert found.firms["region"].tolist()[:2] == ["west", "east"]
    assert found.firms["region"].isna().tolist() == [False, False, True, True, True]
    assert sorted(found.ambiguous.itertuples(index=False, name=None)) == [
        ("c", "east"),
        ("c", "west"),
    ]
    assert found.unplaced.index.tolist() == ["c", "d", "e"]
    assert found.glance().to_dict("records") == [
        {"n_firms": 5, "placed": 2, "ambiguous": 1, "outside": 1, "no_point": 1}
    ]
    assert "2 of 5 firms placed" in str(found.summary())
    pd.testing.assert_frame_equal(firms, before)


def test_firms_that_cannot_be_placed_at_all() -> None:
    with pytest.raises(bd.DataError, match=r"firms: .*no \['lat'\]"):
        industry.place_firms(pd.DataFrame({"lon": [1.0]}), MAP)
    with pytest.raises(bd.DataError, match=r"lon: .*numbers.*'1° E'"):
        industry.place_firms(pd.DataFrame({"lon": ["1° E"], "lat": [1.0]}), MAP)
    twice = pd.DataFrame({"lon": [1.0, 1.0], "lat": [1.0, 1.0]}, index=["a", "a"])
    with pytest.raises(bd.DataError, match="label"):
        industry.place_firms(twice, MAP)
    with pytest.raises(bd.DataError, match=r"none called region.*'region'"):
        industry.place_firms(pd.DataFrame({"lon": [1.0], "lat": [1.0], "region": ["x"]}), MAP)


def test_registries_that_are_refused() -> None:
    with pytest.raises(bd.DataError, match=r"exit: .*before the entry.*1 rows: \[1\]"):
        registry(exit=[None, 2009, 2011, None])
    with pytest.raises(bd.DataError, match=r"entry: .*each firm.*\[0\]"):
        registry(entry=[None, 2010, 2011, 2011])
    with pytest.raises(bd.DataError, match=r"region: .*\[3\]"):
        registry(region=["A", "A", "A", None])
    with pytest.raises(bd.DataError, match=r"entry: .*whole years.*2010.5"):
        registry(entry=[2001, 2010.5, 2011, 2011])
    with pytest.raises(bd.DataError, match=r"entry: .*whole years.*'soon'"):
        registry(entry=[2001, "soon", 2011, 2011])
    with pytest.raises(bd.DataError, match=r"firms: .*'segments'"):
        Registry(registry().firms, segment="segments")
    with pytest.raises(bd.DataError, match=r"area_km2: .*none for \['B'\]"):
        industry.registry_panel(registry(), AREA.drop("B"), [2011])
    with pytest.raises(bd.DataError, match=r"area_km2: .*above zero.*'C'"):
        industry.registry_panel(registry(), AREA.where(AREA.index != "C"), [2011])
    people = pd.Series([1.0], index=pd.MultiIndex.from_tuples([("A", 2011)]))
    with pytest.raises(bd.DataError, match=r"residents: .*'B', 2011"):
        industry.registry_panel(registry(), AREA, [2011], residents=people)
    with pytest.raises(bd.DataError, match="'all'"):
        industry.firm_flows(registry(segment="all"), [2011])
    with pytest.raises(bd.OptionError, match="years"):
        industry.firm_flows(registry(), [])
