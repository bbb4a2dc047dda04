"""LM tests against Durbin models and conditional LM tests: spreg, spatialreg, dense matrices in
explicit contrasts.
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd

from ...conftest import MUNNELL, reference
from ...made_up import drawn, scattered, uneven
from .dense import Dense

SPREG = reference("munnell/koley_bera")
R = reference("munnell/residual_tests")
# spreg inverts products of the raw regressors; its LM lag is 1.2e-7 off R's
SPREG_DIGITS = 3e-7
# the optimum of R's search for rho
OPTIMISER = 1e-6


@pytest.mark.parametrize("form", ["published", "corrected"])
@pytest.mark.parametrize("against", ["sdm", "sdem"])
def test_pooled_tests_equal_spreg(form, against, munnell, states):
    tests = bd.lm_tests(
        bd.NonSpatial(MUNNELL, fixed_effects=None), munnell, states, form=form, against=against
    )
    for test in tests:
        assert test.statistic == pytest.approx(SPREG[test.name]["statistic"], rel=SPREG_DIGITS)
        assert test.p_value == pytest.approx(SPREG[test.name]["p.value"], rel=1e-4)


@pytest.mark.parametrize("effects", ["two-way", "unit", "time", None])
@pytest.mark.parametrize("kind", [bd.NonSpatial, bd.SpatialLagX])
def test_conditional_tests_equal_dense_scores(effects, kind):
    """Numerical differences of the score leave about 1e-7."""
    W = scattered(8)
    panel = drawn(bd.GeneralNesting, W, T=4, seed=1, effects=effects)
    tests = bd.conditional_lm_tests(kind("y ~ x1 + x2", fixed_effects=effects), panel, W)
    lagged = kind is bd.SpatialLagX
    lag, error = (
        (bd.SpatialDurbin, bd.SpatialDurbinError) if lagged else (bd.SpatialLag, bd.SpatialError)
    )
    rho = lag("y ~ x1 + x2", fixed_effects=effects).fit(panel, W).rho
    lam = error("y ~ x1 + x2", fixed_effects=effects).fit(panel, W).lam
    dense = Dense(W, panel, effects, lags=lagged)
    assert tests["LM lag and error"].statistic == pytest.approx(dense.lm(0, 0, [0, 1]), rel=1e-5)
    assert tests["LM lag given error"].statistic == pytest.approx(dense.lm(0, lam, [0]), rel=1e-5)
    assert tests["LM error given lag"].statistic == pytest.approx(dense.lm(rho, 0, [1]), rel=1e-5)


@pytest.mark.parametrize("effects", ["two-way", "unit", "time", None])
def test_joint_test_is_a_marginal_and_a_robust_one(effects):
    """Debarsy and Ertur's joint test: the corrected marginal and robust tests are of the same
    likelihood.
    """
    W = scattered()
    panel = drawn(bd.SpatialDurbin, W, effects=effects)
    model = bd.NonSpatial("y ~ x1 + x2", fixed_effects=effects)
    parts = bd.lm_tests(model, panel, W)
    joint = bd.conditional_lm_tests(model, panel, W)["LM lag and error"]
    assert joint.statistic == pytest.approx(
        parts["LM lag"].statistic + parts["Robust LM error"].statistic, rel=1e-9
    )
    assert joint.df == (2,)


def test_error_given_lag_equals_spatialreg(munnell, states):
    year = munnell.select(periods=[1986])
    test = bd.conditional_lm_tests(bd.NonSpatial(MUNNELL, fixed_effects=None), year, states)[
        "LM error given lag"
    ]
    assert test.statistic == pytest.approx(R["lagsarlm_LMtest_1986"]["statistic"], rel=OPTIMISER)


@pytest.mark.parametrize("effects", ["two-way", "unit", "time"])
def test_corrected_durbin_tests_are_the_textbook_ones_in_contrasts(effects):
    """Score and information of (rho, theta) at zero, with tr W* kept and sigma2 estimated."""
    W = scattered(10)
    panel = drawn(bd.SpatialLag, W, T=6)
    d = Dense(W, panel, effects)
    b, s2 = d.restricted(0.0, 0.0)
    e, n = d.y - d.X @ b, len(d.y)
    M = d.eye - d.X @ np.linalg.pinv(d.X)
    trace = np.trace(d.V @ d.V + d.V.T @ d.V) - 2 * np.trace(d.V) ** 2 / n
    wide = M @ np.column_stack([d.V @ d.X @ b, d.WX])
    information = wide.T @ wide / s2
    information[0, 0] += trace
    score = np.append(e @ d.V @ d.y / s2 - np.trace(d.V), d.WX.T @ e / s2)
    inverse = np.linalg.inv(information)
    tests = bd.lm_tests(
        bd.NonSpatial("y ~ x1 + x2", fixed_effects=effects), panel, W, against="sdm"
    )
    joint = score @ inverse @ score
    assert tests["LM lag and WX"].statistic == pytest.approx(joint, rel=1e-9)
    alone = score[1:] @ np.linalg.solve(information[1:, 1:], score[1:])
    assert tests["LM WX"].statistic == pytest.approx(alone, rel=1e-9)
    assert tests["LM lag given WX"].statistic == pytest.approx(joint - alone, rel=1e-8)
    error = e @ d.V @ e / s2 - np.trace(d.V)
    sdem = bd.lm_tests(
        bd.NonSpatial("y ~ x1 + x2", fixed_effects=effects), panel, W, against="sdem"
    )
    assert sdem["LM error and WX"].statistic == pytest.approx(alone + error**2 / trace, rel=1e-9)


@pytest.mark.parametrize("form", ["published", "corrected"])
def test_beside_all_lags_of_x_a_lag_of_y_cannot_be_told_from_an_error(form):
    W = scattered()
    panel = drawn(bd.SpatialDurbin, W)
    model = bd.SpatialDurbin("y ~ x1 + x2")
    lag = bd.lm_tests(model, panel, W, form=form, against="sdm")["LM lag given WX"]
    error = bd.lm_tests(model, panel, W, form=form, against="sdem")["LM error"]
    assert lag.statistic == pytest.approx(error.statistic, rel=1e-9)
    part = bd.lm_tests(model.replace(durbin=["x1"]), panel, W, form=form, against="sdm")[
        "LM lag given WX"
    ]
    assert part.statistic != pytest.approx(error.statistic, rel=1e-3)


@pytest.mark.parametrize("form", ["published", "corrected"])
@pytest.mark.parametrize("weights", ["row", "uneven"])
def test_durbin_identity(form, weights):
    W = scattered() if weights == "row" else uneven()
    panel = drawn(bd.SpatialDurbin, scattered())
    model = bd.NonSpatial("y ~ x1 + x2")
    t = {
        test.name: test.statistic for test in bd.lm_tests(model, panel, W, form=form, against="sdm")
    }
    assert t["LM lag"] + t["LM WX given lag"] == pytest.approx(
        t["LM WX"] + t["LM lag given WX"], rel=1e-10
    )
    assert t["LM lag and WX"] == pytest.approx(t["LM lag"] + t["LM WX given lag"], rel=1e-10)


def test_durbin_tests_need_something_to_lag(munnell, states):
    with pytest.raises(bd.OptionError, match="regressors that can be lagged"):
        bd.lm_tests(bd.NonSpatial("lgsp ~ 1", fixed_effects=None), munnell, states, against="sdm")
    with pytest.raises(bd.OptionError, match="against"):
        bd.lm_tests(bd.NonSpatial(MUNNELL), munnell, states, against="gns")
