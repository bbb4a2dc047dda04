"""Influence of units and periods: the same fits by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.results import TIDY_COLUMNS

FORMULA = "log1p(bev_density) ~ log(gdp_pc) + policy"


@pytest.fixture(scope="module")
def durbin(bev, queen):
    fit = bd.SpatialDurbin(FORMULA).fit(bev, queen)
    return fit, bd.influence(fit)


def test_rows_are_the_fits_by_hand(durbin, bev, queen):
    fit, found = durbin
    units = [unit for unit in bev.units if unit != "Shanghai"]
    place = [bev.units.index(unit) for unit in units]
    cut = bd.SpatialWeights.from_matrix(queen.links[place][:, place], units)
    again = bd.SpatialDurbin(FORMULA).fit(bev.select(units=units), cut)
    row = found.without.loc[("unit", "Shanghai")]
    assert row["rho"] == pytest.approx(again.rho, abs=1e-9)
    assert row["indirect policy"] == pytest.approx(again.impacts().indirect["policy"], abs=1e-9)
    later = bd.SpatialDurbin(FORMULA).fit(bev.select(periods=list(bev.periods)[1:]), queen)
    first = found.without.loc[("period", bev.periods[0])]
    assert first["W_policy"] == pytest.approx(later.params["W_policy"], abs=1e-9)
    change = (row["rho"] - fit.rho) / fit.std_errors["rho"]
    assert found.changes.loc[("unit", "Shanghai"), "rho"] == pytest.approx(change, rel=1e-9)


def test_layout(durbin, bev):
    _, found = durbin
    assert len(found.without) == bev.n_units + bev.n_periods
    tidy = found.tidy()
    assert list(tidy.columns) == list(TIDY_COLUMNS)
    assert len(tidy) == found.without.size
    row = tidy[(tidy["term"] == "rho") & (tidy["component"] == "without Shanghai")].iloc[0]
    assert row["estimate"] == found.without.loc[("unit", "Shanghai"), "rho"]
    glance = found.glance().iloc[0]
    assert abs(glance["largest_change"]) == np.nanmax(found.changes.abs().to_numpy())


def test_no_fit_where_a_unit_loses_its_neighbours(durbin):
    _, found = durbin
    assert found.without.loc[("unit", "Guangdong")].isna().all()
    assert "Hainan" in found.reasons[("unit", "Guangdong")]
    assert found.glance().iloc[0]["no_fit"] == 1
    assert "Guangdong: " in repr(found)


def test_series_that_must_not_be_broken(bev, queen):
    found = bd.influence(
        bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc)", dynamic="time").fit(bev, queen)
    )
    missing = found.without.loc["period"].isna().all(axis=1)
    assert list(missing) == [False, *[True] * (bev.n_periods - 2), False]


def test_least_squares_has_parameters_alone(bev):
    found = bd.influence(bd.NonSpatial(FORMULA).fit(bev))
    assert list(found.full.index) == ["log(gdp_pc)", "policy"]
    assert isinstance(found.changes, pd.DataFrame)
    assert found.without.notna().all().all()
