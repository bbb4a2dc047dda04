"""What `print(impacts)` shows: every impact with its uncertainty, and where and when it is."""

import re

import numpy as np
import pytest

import bevdrivers as bd

from ..test_reference import MUNNELL

COMPONENTS = ("direct", "indirect", "total")


def rows_of(text):
    """(component, term) -> the numbers of the line."""
    rows, component = {}, ""
    for line in text.splitlines():
        if line in COMPONENTS:
            component = line
        elif component and line.startswith("  "):
            term, *numbers = line.split()
            rows[component, term] = numbers
    return rows


@pytest.fixture(scope="module")
def fit(munnell, states):
    return bd.SpatialDurbin(MUNNELL).fit(munnell, states)


@pytest.mark.parametrize("options", [{}, {"draws": 200, "seed": 1}])
def test_every_impact_stands_beside_its_uncertainty(fit, options):
    impacts = fit.impacts(**options)
    shown = rows_of(str(impacts))
    tidy = impacts.tidy().set_index(["component", "term"])
    columns = ["estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]
    assert set(shown) == set(tidy.index)
    for key, numbers in shown.items():
        values = tidy.loc[key, columns].to_numpy(float)
        # four decimals of p, three of the statistic, five digits of the others
        tolerance = np.maximum([0, 0, 5.1e-4, 5.1e-5, 0, 0], 5.1e-5 * np.abs(values))
        assert (np.abs(np.array(numbers, float) - values) <= tolerance).all()


def test_the_level_is_that_of_the_intervals(fit):
    wide, narrow = (rows_of(fit.impacts().summary(level)) for level in (0.99, 0.5))
    assert "99 % interval" in fit.impacts().summary(0.99)
    key = ("total", "lpc")
    assert float(wide[key][4]) < float(narrow[key][4]) < float(narrow[key][5]) < float(wide[key][5])


def test_it_says_how_the_errors_were_got(fit):
    assert "delta method" in str(fit.impacts())
    drawn = str(fit.impacts(draws=100, seed=7))
    assert "100 draws (seed 7), 0 rejected; intervals are percentiles" in drawn
    assert "100 draws (no seed)" in str(fit.impacts(draws=100))
    assert re.search(r"Covariance +classical", drawn)
    assert re.search(r"Covariance +clustered by unit", str(fit.with_cov("clustered").impacts()))


def test_without_a_lag_indirect_impacts_are_fixed(munnell):
    impacts = bd.NonSpatial(MUNNELL).fit(munnell).impacts()
    shown = rows_of(str(impacts))
    assert shown["indirect", "lpc"] == ["0", "fixed", "by", "the", "model"]
    assert "nan" not in str(impacts)
    assert re.search(r"std. error +t +p", str(impacts))


@pytest.mark.filterwarnings("ignore:The dynamic estimates")
def test_dynamic_impacts_say_when(munnell, states):
    fit = bd.SpatialLag("lgsp ~ unemp", dynamic="time", fixed_effects="unit").fit(munnell, states)
    assert re.search(r"Horizon +short run", str(fit.impacts()))
    assert re.search(r"Horizon +3 periods on", str(fit.impacts(horizon=3)))


def test_where_the_variables_stand_is_printed_and_noted(munnell, states):
    model = bd.SpatialLag("lgsp ~ lpc * unemp")
    fit = model.fit(munnell, states)
    low, high = (fit.impacts(at={"unemp": value}) for value in (4, 9))
    assert re.search(r"At +lpc = [\d.]+, unemp = 4\n", str(low))
    note = " ".join(bd.impacts_table([low, high]).notes)
    assert re.search(r"Impacts at: lpc = [\d.]+, unemp = 4 in .*; lpc = [\d.]+, unemp = 9 in", note)
    beside = " ".join(bd.regression_table(fit, [low]).notes)
    assert re.search(r"Impacts at: lpc = [\d.]+, unemp = 4\.", beside)
    chinese = " ".join(bd.impacts_table(low, language="zh").notes)
    assert "效应的取值点：lpc" in chinese
    plain = bd.SpatialLag("lgsp ~ lpc").fit(munnell, states).impacts()
    assert "Impacts at" not in " ".join(bd.impacts_table(plain).notes)


def test_orders_have_their_uncertainty_too(fit):
    orders = fit.impacts().orders(1)
    text = str(orders)
    assert {"order 0, direct", "order 1, indirect", "order beyond, total"} <= set(text.splitlines())
    assert "fixed by the model" in text
    assert text == orders.summary()
