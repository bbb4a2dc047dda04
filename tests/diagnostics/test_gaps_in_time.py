"""Diagnostics of fits whose periods have a gap, or lose one."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd

FORMULA = "log1p(bev_density) ~ log(gdp_pc) + policy"
WITHOUT_POLICY = "log1p(bev_density) ~ log(gdp_pc)"
SERIAL = (
    "Wooldridge AR(1)",
    "Wooldridge differences",
    "Born-Breitung LM(1)",
    "Born-Breitung Q(2)",
    "Born-Breitung HR",
)


@pytest.fixture(scope="module")
def gappy(bev):
    return bev.select(periods=[2011, 2012, 2013, 2016, 2017, 2018])


def test_serial_tests_of_residuals_do_not_apply(bev, gappy):
    tests = bd.residual_tests(bd.NonSpatial(FORMULA).fit(gappy))
    for name in SERIAL:
        assert not tests[name].applies
        assert tests[name].reason == "a gap after [2013]"
    assert tests["Jarque-Bera"].applies
    every_second = bev.select(periods=[2012, 2014, 2016, 2018, 2020])
    assert bd.residual_tests(bd.NonSpatial(FORMULA).fit(every_second))[SERIAL[0]].applies


def test_lm_tests_of_serial_errors_are_refused(gappy, queen):
    model = bd.NonSpatial(FORMULA)
    with pytest.raises(bd.DataError, match=r"serial: .*a gap after \[2013\]"):
        bd.random_effects_lm_tests(model, gappy, queen, serial=True)
    assert bd.random_effects_lm_tests(model, gappy, queen)["LM joint"].applies


def test_linearmodels_is_not_asked_for_distances_in_time(gappy):
    model = bd.NonSpatial(FORMULA, fixed_effects="unit", cov_type="driscoll-kraay")
    with pytest.warns(bd.SampleWarning, match="clusters"):
        check = bd.crosscheck(model.fit(gappy), programs=["linearmodels"])
    text = str(check)
    assert "kernel" not in text
    assert "classical ones are compared" in text


def test_leaving_out_a_period_inside_breaks_a_series_of_errors(bev):
    """psi over the gap that is left would be another parameter."""
    model = bd.NonSpatial(WITHOUT_POLICY, fixed_effects=None, serial_errors=True)
    panel = bev.select(periods=range(2016, 2021))
    without = bd.influence(model.fit(panel)).without.loc["period"]
    assert without.isna().all(axis=1).tolist() == [False, True, True, True, False]


def test_two_periods_that_are_left_are_no_step(bev):
    """2018 and 2020, without 2019, have one common distance, which is not that of the fit."""
    model = bd.NonSpatial(WITHOUT_POLICY, fixed_effects=None, serial_errors=True)
    influence = bd.influence(model.fit(bev.select(periods=[2018, 2019, 2020])))
    assert influence.without.loc[("period", 2019)].isna().all()
    assert "steps of 2" in influence.reasons[("period", 2019)]
    static = bd.influence(
        bd.NonSpatial(WITHOUT_POLICY, fixed_effects=None).fit(
            bev.select(periods=[2018, 2019, 2020])
        )
    )
    assert np.isfinite(static.without.loc[("period", 2019)]).all()


@pytest.mark.parametrize(
    "model",
    [
        bd.NonSpatial("y ~ firms", fixed_effects=None, serial_errors=True),
        bd.SpatialLag("y ~ firms", dynamic="time"),
    ],
)
def test_no_series_is_drawn_over_a_gap(gappy, queen, model):
    with pytest.raises(bd.DataError, match=r"periods: .*a gap after \[2013\]"):
        bd.simulate_panel(model, queen, params={}, periods=gappy)
