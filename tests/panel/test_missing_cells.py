"""Which cells a formula can use, by what stands in it and what is missing."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.panel.formula import build_design
from bevdrivers.panel.missing_cells import observed_cells

UNITS, YEARS = ["a", "b", "c"], [2011, 2012, 2013, 2014]


@pytest.fixture
def panel() -> bd.Panel:
    x = np.arange(1.0, 13.0).reshape(4, 3)
    z = x**2
    x[1, 0] = np.nan
    z[3, 2] = np.nan
    columns = {"y": np.cos(np.arange(12.0)).reshape(4, 3), "x": x, "z": z}
    return bd.Panel.from_arrays(columns, units=UNITS, periods=YEARS)


def missing(panel: bd.Panel, formula: str) -> list[tuple[int, str]]:
    observed = observed_cells(panel, formula)
    if observed is None:
        return []
    return [(YEARS[t], UNITS[i]) for t, i in np.argwhere(~observed)]


FIRST = [(2011, unit) for unit in UNITS]
CASES = {
    "y ~ 1": [],
    "y ~ x": [(2012, "a")],
    "y ~ log(x):z": [(2012, "a"), (2014, "c")],
    "y ~ lag(x)": [*FIRST, (2013, "a")],
    "y ~ x + lag(x)": [*FIRST, (2012, "a"), (2013, "a")],
    "y ~ lag(x, 2)": [*FIRST, *[(2012, unit) for unit in UNITS], (2014, "a")],
    "y ~ lag(z)": [],  # the cell that is missing stands before none
    "y ~ I(x - lag(z))": [*FIRST, (2012, "a")],
    "y ~ W(x)": [(2012, "a")],
}


@pytest.mark.parametrize("formula", CASES)
def test_which_cells_are_left_out(panel, formula):
    assert missing(panel, formula) == CASES[formula]


def test_values_of_the_cells_that_are_there(panel):
    formula = "y ~ log(x) + lag(z)"
    observed = observed_cells(panel, formula)
    design = build_design(panel, formula, observed=observed)
    assert design.lost == 1
    assert design.observed.sum() == 8
    assert not design.X[~design.observed].any()
    there = design.observed
    lagged = design.X[:, :, design.terms.index("lag(z)")]
    np.testing.assert_array_equal(lagged[there], panel["z"][:-1][there])


def test_a_lag_of_a_comparison_of_lags_loses_both_periods(panel):
    """The first value of the inner lag is unknown, and so is whether it is above 3."""
    w = np.arange(12.0).reshape(4, 3)
    design = build_design(panel.with_columns(w=w), "y ~ lag(I(lag(w) > 3))")
    assert design.lost == 2
    np.testing.assert_array_equal(design.X[:, :, 1], w[:2] > 3)


def test_lagged_weights_are_refused(panel):
    with pytest.raises(bd.InputError, match=r"W\(\) outside of lag\(\).*lag\(W\(x\)\)"):
        observed_cells(panel, "y ~ lag(W(x))")
    assert observed_cells(panel, "y ~ lag(W(y))") is None


def test_what_is_out_of_a_domain_where_cells_are_left_out_is_no_fault(panel):
    z = panel["z"].copy()
    z[1, 0] = -1.0  # where x is missing
    changed = panel.with_columns(z=z)
    assert bd.NonSpatial("y ~ x + log(z)", fixed_effects=None).fit(changed).nobs == 10
    z[0, 0] = -1.0
    with pytest.raises(bd.DataError, match=r"\('a', 2011\)"):
        bd.NonSpatial("y ~ x + log(z)", fixed_effects=None).fit(panel.with_columns(z=z))


@pytest.mark.parametrize("term", ["poly(x, 2)", "bs(x, df=4)", "scale(x)", "center(x)"])
def test_functions_learn_of_the_sample_alone(term):
    rng = np.random.default_rng(4)
    y, x = rng.normal(size=(2, 6, 5))
    units, years = list("abcde"), range(2011, 2017)
    gone = np.zeros((6, 5), bool)
    gone[2, 1] = gone[5, 4] = gone[0, 0] = True
    fits = []
    for value in (0.1, 50.0):  # whatever stands in cells without an outcome
        columns = {"y": np.where(gone, np.nan, y), "x": np.where(gone, value, x)}
        panel = bd.Panel.from_arrays(columns, units=units, periods=years)
        fits.append(bd.NonSpatial(f"y ~ {term}", fixed_effects=None).fit(panel))
    np.testing.assert_allclose(fits[0].values, fits[1].values, rtol=1e-12)
