"""A panel of one period: no fixed effects by default, the numbers of R's spatialreg, and refusals by
name.
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd

from ..conftest import MUNNELL, reference
from .test_reference import theirs

TRUTH = reference("munnell/cross_section_1986")
MODELS = {
    "lagsarlm_eigen": bd.SpatialLag,
    "lagsarlm_Durbin_eigen": bd.SpatialDurbin,
    "errorsarlm_eigen": bd.SpatialError,
}


@pytest.fixture(scope="module")
def states_of_1986(munnell_frame):
    frame = munnell_frame[munnell_frame["year"] == 1986].drop(columns="year")
    return bd.Panel.from_cross_section(frame, unit="state")


@pytest.mark.parametrize("case", MODELS)
def test_the_defaults_give_the_cross_section_of_spatialreg(case, states_of_1986, states):
    truth = TRUTH[case]
    fit = MODELS[case](MUNNELL).fit(states_of_1986, states)
    assert fit.estimator.fixed_effects is None
    for name in fit.params.index:
        label = theirs(name).replace("w_", "lag.")
        # spatialreg's own optimiser stops at about 1e-5 in rho and lambda
        expected = truth["coefficients"][label]
        assert fit.params[name] == pytest.approx(expected, rel=2e-4, abs=1e-5)
    spatial = fit.params.index[-1]
    error = truth["rho.se" if spatial == "rho" else "lambda.se"]
    assert fit.std_errors[spatial] == pytest.approx(error, rel=2e-4)
    assert fit.loglik == pytest.approx(truth["LL"], abs=1e-6)


def test_a_panel_cut_to_one_period_is_the_same(states_of_1986, munnell, states):
    one = munnell.select(periods=[1986])
    for model in (bd.SpatialDurbin, bd.NonSpatial):
        by_default = model(MUNNELL).fit(one, states)
        said = model(MUNNELL, fixed_effects=None).fit(states_of_1986, states)
        np.testing.assert_array_equal(by_default.values, said.values)
        assert "One period: there are no fixed effects" in by_default.summary()


def test_the_note_stands_in_tables(states_of_1986, states):
    fit = bd.SpatialLag(MUNNELL).fit(states_of_1986, states)
    assert "a cross-section: models have no fixed effects" in states_of_1986.notes[-1]
    assert "a cross-section: models have no fixed effects" in fit.summary()


def test_tests_of_a_request_take_no_effects_either(states_of_1986, states):
    request, plain = bd.NonSpatial(MUNNELL), bd.NonSpatial(MUNNELL, fixed_effects=None)
    tests = [bd.lm_tests(one, states_of_1986, states).tidy() for one in (request, plain)]
    assert tests[0].equals(tests[1])
    compared = bd.compare_models(bd.SpatialDurbin(MUNNELL), states_of_1986, states)
    assert compared.glance().filter(like="effects").iloc[0, 0] == "none"


def test_robust_score_and_moments_work_without_effects(states_of_1986, states):
    """With no effects the score of the robust correction differs from that of maximum likelihood by
    the diagonal alone, so that both are near; GMM takes its instruments from the same sample.
    """
    model = bd.SpatialLag(MUNNELL)
    likely = model.fit(states_of_1986, states)
    robust = model.replace(correction="robust-score", cov_type="robust")
    score = robust.fit(states_of_1986, states)
    moments = model.replace(method="gmm", cov_type="robust").fit(states_of_1986, states)
    assert abs(score.rho - likely.rho) < likely.std_errors["rho"]
    assert np.isfinite(moments.values).all()


REFUSED = {
    "two-way": {"fixed_effects": "two-way"},
    "unit": {"fixed_effects": "unit"},
    "random": {"random_effects": "baltagi"},
    "dynamic": {"dynamic": "time"},
    "driscoll-kraay": {"cov_type": "driscoll-kraay"},
    "by time": {"cov_type": "clustered", "cluster": "time"},
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_needs_periods_is_refused_by_name(case, states_of_1986, states):
    with pytest.raises(bd.InputError, match=r"at least 2 periods.*T = 1"):
        bd.SpatialLag(MUNNELL, **REFUSED[case]).fit(states_of_1986, states)


ASKED = {
    "select_model": lambda panel, W: bd.select_model(bd.SpatialDurbin(MUNNELL), panel, W),
    "effects_tests": lambda panel, W: bd.effects_tests(bd.NonSpatial(MUNNELL), panel),
    "random_effects_lm_tests": lambda panel, W: bd.random_effects_lm_tests(
        bd.NonSpatial(MUNNELL), panel, W
    ),
    "search_split": lambda panel, W: bd.search_split(bd.SpatialLag(MUNNELL), panel, W),
    "cross_section_exponent": lambda panel, W: bd.cross_section_exponent(
        bd.NonSpatial(MUNNELL).fit(panel)
    ),
    "SpatialMarkov": lambda panel, W: bd.SpatialMarkov("lgsp").fit(panel, W),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_looks_over_time_is_refused_by_name(name, states_of_1986, states):
    with pytest.raises(bd.InputError, match="periods"):
        ASKED[name](states_of_1986, states)


def test_a_column_of_periods_is_kept_and_several_are_refused(munnell_frame):
    one = munnell_frame[munnell_frame["year"] == 1986]
    panel = bd.Panel.from_cross_section(one, unit="state", time="year")
    assert panel.periods == (1986,)
    assert "year" not in panel.columns
    with pytest.raises(bd.DataError, match="frame: expected one period.*17 periods in 'year'"):
        bd.Panel.from_cross_section(munnell_frame, unit="state", time="year")
    with pytest.raises(bd.DataError, match="ALABAMA"):
        bd.Panel.from_cross_section(munnell_frame.drop(columns="year"), unit="state")
    frame = one.drop(columns="year")
    before = list(frame.columns)
    bd.Panel.from_cross_section(frame, unit="state")
    assert list(frame.columns) == before
    by_index = bd.Panel.from_cross_section(frame.set_index("state"), unit="state")
    np.testing.assert_array_equal(by_index["lgsp"][0], np.array(frame["lgsp"]))
    with pytest.raises(bd.DataError, match="expected"):
        bd.Panel.from_cross_section([1, 2], unit="state")
