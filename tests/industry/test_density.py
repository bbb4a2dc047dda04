"""Firms alive at the end of a year, by the rule, on a registry small enough to count by hand."""

from __future__ import annotations

import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.industry import entry_years, firm_density

AREA = pd.Series({"A": 20_000.0, "B": 5_000.0, "C": 10_000.0})


@pytest.fixture
def firms() -> pd.DataFrame:
    rows = [
        ("A", "upstream", 1950, None, None),  # from 2001 on
        ("A", "downstream", 1950, 2012, None),  # from its entry on
        ("A", "midstream", 2011, None, 2013),  # 2011 and 2012
        ("B", "midstream", 2010, None, None),
    ]
    frame = pd.DataFrame(
        rows, columns=["province", "segment", "founded", "bev_entry", "status_exit_year"]
    )
    return frame.astype(dict.fromkeys(["founded", "bev_entry", "status_exit_year"], "Int64"))


def counts(frame: pd.DataFrame, column: str) -> list[list[float]]:
    return frame.pivot(index="province", columns="year", values=column).to_numpy().tolist()


def test_entry_is_given_or_not_before_the_programme(firms: pd.DataFrame) -> None:
    assert entry_years(firms).tolist() == [2001, 2012, 2011, 2010]
    assert entry_years(firms, earliest=2009).tolist() == [2009, 2012, 2011, 2010]


def test_alive_from_entry_to_the_year_before_exit(firms: pd.DataFrame) -> None:
    density = firm_density(firms, AREA, [2000, 2001, 2010, 2011, 2012, 2013])
    assert counts(density, "firms") == [[0, 1, 1, 2, 3, 2], [0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0]]
    assert counts(density, "firms_midstream")[0] == [0, 0, 0, 1, 1, 0]


def test_density_is_per_ten_thousand_square_kilometres(firms: pd.DataFrame) -> None:
    density = firm_density(firms, AREA, [2012])
    assert density["bev_density"].tolist() == [1.5, 2.0, 0.0]
    assert density["density_upstream"].tolist() == [0.5, 0.0, 0.0]
    segments = density[["density_upstream", "density_midstream", "density_downstream"]].sum(axis=1)
    assert segments.tolist() == density["bev_density"].tolist()


def test_every_region_and_year_has_a_row_in_order(firms: pd.DataFrame) -> None:
    density = firm_density(firms, AREA, [2012, 2011, 2012])
    assert density[["province", "year"]].to_numpy().tolist() == [
        ["A", 2011],
        ["A", 2012],
        ["B", 2011],
        ["B", 2012],
        ["C", 2011],
        ["C", 2012],
    ]


def test_row_order_and_input_do_not_matter(firms: pd.DataFrame) -> None:
    before = firms.copy()
    one = firm_density(firms, AREA, range(2009, 2015))
    pd.testing.assert_frame_equal(one, firm_density(firms.iloc[::-1], AREA, range(2009, 2015)))
    pd.testing.assert_frame_equal(firms, before)


def test_no_firms_is_zeros(firms: pd.DataFrame) -> None:
    assert firm_density(firms.iloc[:0], AREA, [2011])["firms"].tolist() == [0, 0, 0]


def test_what_cannot_be_counted_is_named(firms: pd.DataFrame) -> None:
    with pytest.raises(
        bd.DataError, match=r"an area for every region with firms; got none for \['B'\]"
    ):
        firm_density(firms, AREA.drop("B"), [2011])
    with pytest.raises(bd.DataError, match=r"positive areas in km2; got none for \['C'\]"):
        firm_density(firms, AREA.where(AREA.index != "C"), [2011])
    with pytest.raises(bd.DataError, match=r"founded or bev_entry; got neither in rows \[3\]"):
        firm_density(firms.assign(founded=firms["founded"].where(firms.index != 3)), AREA, [2011])


def test_both_starting_years_give_the_same_counts_from_2010_on() -> None:
    area = bd.load_provinces().set_index("province")["official_area_km2"]
    one, other = (
        firm_density(bd.load_firms(), area, range(2010, 2025), earliest=year)
        for year in (2001, 2009)
    )
    pd.testing.assert_frame_equal(one, other)
