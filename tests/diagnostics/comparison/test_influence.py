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


def test_distances_of_parameters_are_cooks(bev):
    """Of least squares without effects: d' X'X d / (K s2), written out."""
    fit = bd.NonSpatial(FORMULA, fixed_effects=None).fit(bev)
    found = bd.influence(fit)
    X = np.stack([np.ones(bev.present.shape), np.log(bev["gdp_pc"]), bev["policy"]], axis=-1)
    y = np.log1p(bev["bev_density"])
    names = ["Intercept", "log(gdp_pc)", "policy"]
    flat = X.reshape(-1, 3)
    b = np.linalg.lstsq(flat, y.ravel(), rcond=None)[0]
    e = y.ravel() - flat @ b
    s2 = e @ e / (len(e) - 3)
    kept = [bev.units.index(unit) for unit in bev.units if unit != "Beijing"]
    smaller = np.linalg.lstsq(X[:, kept].reshape(-1, 3), y[:, kept].ravel(), rcond=None)[0]
    d = smaller - b
    by_hand = d @ (flat.T @ flat) @ d / (3 * s2)
    assert set(found.full.index) == set(names)
    assert found.distances.loc[("unit", "Beijing"), "parameters"] == pytest.approx(by_hand)


def test_distances_of_impacts_use_their_joint_covariance(bev, queen):
    """Direct and indirect impacts of a lag model: derivatives of the mean of (I - rho W)^-1 b."""
    fit = bd.SpatialLag(FORMULA).fit(bev, queen)
    found = bd.influence(fit)
    W, N = queen.dense, bev.n_units
    inverse = np.linalg.inv(np.eye(N) - fit.rho * W)
    slope = inverse @ W @ inverse
    b = fit.params["policy"]
    direct, total = np.trace(inverse) / N, inverse.sum() / N
    by_rho = np.array([np.trace(slope) / N, slope.sum() / N]) * b
    J = np.zeros((2, len(fit.params)))
    J[:, list(fit.params.index).index("policy")] = direct, total - direct
    J[:, list(fit.params.index).index("rho")] = by_rho[0], by_rho[1] - by_rho[0]
    V = J @ fit.covariance @ J.T
    pair = ["direct policy", "indirect policy"]
    d = (found.without.loc[("unit", "Hebei"), pair] - found.full[pair]).to_numpy()
    by_hand = d @ np.linalg.solve(V, d) / 2
    assert found.distances.loc[("unit", "Hebei"), "policy"] == pytest.approx(by_hand, rel=1e-5)


def test_there_is_no_distance_where_there_is_no_fit(durbin):
    _, found = durbin
    assert found.distances.loc[("unit", "Guangdong")].isna().all()
    assert list(found.distances.columns) == ["parameters", "log(gdp_pc)", "policy"]


def test_ranges_are_the_ends_of_the_smaller_fits(durbin):
    _, found = durbin
    row = found.ranges.loc["total policy"]
    values = found.without["total policy"]
    assert row["lowest"] == values.min()
    assert row["highest"] == values.max()
    lowest, highest = values.idxmin()[1], values.idxmax()[1]
    assert row["lowest_without"] == str(lowest)
    assert row["highest_without"] == str(highest)
    summary = found.summary()
    assert str(highest) in summary
    assert "Guangdong: " in summary


def test_table_shows_the_ranges(durbin):
    _, found = durbin
    labels = {"policy": "Pilots"}
    table = bd.influence_table(found, quantities=["rho", "total policy"], labels=labels)
    [section] = table.sections
    assert [row.label for row in section.rows][1] == "Total, Pilots"
    row = found.ranges.loc["total policy"]
    full, lowest, without, highest, without_too = section.rows[1].cells
    assert [cell.value for cell in (full, lowest, highest)] == [
        row["full"],
        row["lowest"],
        row["highest"],
    ]
    assert [without, without_too] == [row["lowest_without"], row["highest_without"]]
    assert "剔除" in str(bd.influence_table(found, language="zh"))
    assert r"\begin{tabular" in table.to_latex()


def test_figure_shows_each_fit_in_order(durbin):
    fit, found = durbin
    ax = bd.influence_plot(found, "total policy", labels={"Shanghai": "SH"})
    values = found.without["total policy"].dropna().sort_values()
    line, units, periods = ax.get_lines()
    assert line.get_xdata()[0] == fit.impacts().total["policy"]
    drawn = pd.Series(
        [*units.get_xdata(), *periods.get_xdata()],
        index=[*units.get_ydata(), *periods.get_ydata()],
    )
    np.testing.assert_array_equal(drawn.sort_index(), values)
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names == ["SH" if which == "Shanghai" else str(which) for _, which in values.index]


def test_what_is_no_influence_is_refused(durbin):
    fit, found = durbin
    with pytest.raises(bd.InputError, match=r"influence: expected a result of influence\(\)"):
        bd.influence_table(fit)
    with pytest.raises(bd.InputError, match=r"influence: expected a result of influence\(\)"):
        bd.influence_plot(fit, "rho")
    with pytest.raises(bd.OptionError, match="quantities: expected some of"):
        bd.influence_table(found, quantities=["lam"])
    with pytest.raises(bd.OptionError, match="quantity: expected one of"):
        bd.influence_plot(found, "lam")
