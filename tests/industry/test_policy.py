"""Programmes in force by region and year."""

from __future__ import annotations

import pandas as pd
import pytest

import bevdrivers as bd


@pytest.fixture
def pilots() -> pd.DataFrame:
    rows = [
        ("A", "x", "p", 2009, 2013),
        ("A", "x", "q", 2013, 2015),
        ("A", "y", "q", 2013, 2015),
        ("B", "z", "q", 2013, 2015),
    ]
    return pd.DataFrame(rows, columns=["province", "city", "programme", "year_start", "year_end"])


def test_first_and_last_year_count(pilots: pd.DataFrame) -> None:
    intensity = bd.policy_intensity(pilots, ["B", "A", "C"], range(2008, 2017)).set_index(
        ["province", "year"]
    )
    assert intensity.loc["A", "policy"].tolist() == [0, 1, 1, 1, 1, 3, 2, 2, 0]
    assert intensity.loc["A", "policy_cities"].tolist() == [0, 1, 1, 1, 1, 2, 2, 2, 0]
    assert intensity.loc["C", "policy"].tolist() == [0] * 9
    assert list(intensity.index.unique("province")) == ["B", "A", "C"]


def test_rows_follow_regions_then_years(pilots: pd.DataFrame) -> None:
    intensity = bd.policy_intensity(pilots, ["B", "A"], [2014, 2013])
    assert intensity[["province", "year"]].to_numpy().tolist() == [
        ["B", 2013],
        ["B", 2014],
        ["A", 2013],
        ["A", 2014],
    ]
    assert intensity.dtypes["policy"] == "int64"


def test_doubles_and_strangers_are_refused(pilots: pd.DataFrame) -> None:
    with pytest.raises(bd.DataError, match=r"once; got more for \[\('A', 'x', 'p'\)\]"):
        bd.policy_intensity(pd.concat([pilots, pilots.iloc[[0]]]), ["A", "B"], [2011])
    with pytest.raises(bd.DataError, match=r"provinces among the regions; got others: \['B'\]"):
        bd.policy_intensity(pilots, ["A"], [2011])


def test_no_city_of_the_list_is_lost() -> None:
    policies, provinces = bd.load_policies(), bd.load_provinces()["province"].tolist()
    total = (
        bd.policy_intensity(policies, provinces, range(2009, 2026)).groupby("year")["policy"].sum()
    )
    assert total[2012] == 25
    assert total[2014] == 88
    assert total[2022] == 11
    assert total[2023] == 11 + 15
    assert total[2017] == 0
