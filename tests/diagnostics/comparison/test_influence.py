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
    fit, influence = durbin
    units = [unit for unit in bev.units if unit != "Shanghai"]
    position = [bev.units.index(unit) for unit in units]
    cut = bd.SpatialWeights.from_matrix(queen.links[position][:, position], units)
    again = bd.SpatialDurbin(FORMULA).fit(bev.select(units=units), cut)
    row = influence.without.loc[("unit", "Shanghai")]
    assert row["rho"] == pytest.approx(again.rho, abs=1e-9)
    assert row["indirect policy"] == pytest.approx(again.impacts().indirect["policy"], abs=1e-9)
    later = bd.SpatialDurbin(FORMULA).fit(bev.select(periods=list(bev.periods)[1:]), queen)
    first = influence.without.loc[("period", bev.periods[0])]
    assert first["W_policy"] == pytest.approx(later.params["W_policy"], abs=1e-9)
    change = (row["rho"] - fit.rho) / fit.std_errors["rho"]
    assert influence.changes.loc[("unit", "Shanghai"), "rho"] == pytest.approx(change, rel=1e-9)


def test_layout(durbin, bev):
    _, influence = durbin
    assert len(influence.without) == bev.n_units + bev.n_periods
    tidy = influence.tidy()
    assert list(tidy.columns) == list(TIDY_COLUMNS)
    assert len(tidy) == influence.without.size
    row = tidy[(tidy["term"] == "rho") & (tidy["component"] == "without Shanghai")].iloc[0]
    assert row["estimate"] == influence.without.loc[("unit", "Shanghai"), "rho"]
    glance = influence.glance().iloc[0]
    assert abs(glance["largest_change"]) == np.nanmax(influence.changes.abs().to_numpy())


def test_no_fit_where_a_unit_loses_its_neighbours(durbin):
    _, influence = durbin
    assert influence.without.loc[("unit", "Guangdong")].isna().all()
    assert "Hainan" in influence.reasons[("unit", "Guangdong")]
    assert influence.glance().iloc[0]["no_fit"] == 1
    assert "Guangdong: " in repr(influence)


def test_series_that_must_not_be_broken(bev, queen):
    influence = bd.influence(
        bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc)", dynamic="time").fit(bev, queen)
    )
    missing = influence.without.loc["period"].isna().all(axis=1)
    assert list(missing) == [False, *[True] * (bev.n_periods - 2), False]


def test_least_squares_has_parameters_alone(bev):
    influence = bd.influence(bd.NonSpatial(FORMULA).fit(bev))
    assert list(influence.full.index) == ["log(gdp_pc)", "policy"]
    assert isinstance(influence.changes, pd.DataFrame)
    assert influence.without.notna().all().all()
