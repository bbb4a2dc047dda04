"""Hausman tests with and without spatial lags: plm, statsmodels, splm, spatialreg, dense
matrices.
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd

from ...conftest import MUNNELL, reference
from ...made_up import drawn, scattered
from .dense import Dense

R = reference("munnell/residual_tests")
TESTS = reference("munnell/tests")
# the optimum of R's search for lam
OPTIMISER = 1e-5


def test_spatial_hausman_equals_spatialreg_for_a_symmetric_w(munnell, states):
    """For row-normalised W spatialreg takes (R'R)^-1 as R^-1 R^-1 (7.150 for 7.428)."""
    year = munnell.select(periods=[1986])
    W = bd.SpatialWeights.from_matrix(states.links, states.ids, normalise="spectral")
    test = bd.spatial_hausman_test(bd.SpatialError(MUNNELL, fixed_effects=None).fit(year, W))
    assert test.statistic == pytest.approx(R["hausman_error_1986_B"]["statistic"], rel=OPTIMISER)
    assert test.df == (5,)


@pytest.mark.parametrize("effects", ["two-way", "unit", "time"])
@pytest.mark.parametrize("kind", [bd.SpatialError, bd.SpatialDurbinError])
def test_spatial_hausman_in_explicit_contrasts(effects, kind):
    W = scattered(9)
    panel = drawn(bd.SpatialDurbin, W, T=6, effects=effects)
    fit = kind("y ~ x1 + x2", fixed_effects=effects).fit(panel, W)
    d = Dense(W, panel, effects, lags=kind is bd.SpatialDurbinError)
    B = d.eye - fit.lam * d.V
    bread = np.linalg.inv(d.X.T @ d.X)
    ols = fit.sigma2 * bread @ d.X.T @ np.linalg.inv(B.T @ B) @ d.X @ bread
    error = fit.sigma2 * np.linalg.inv(d.X.T @ B.T @ B @ d.X)
    gap = bread @ d.X.T @ d.y - fit.params.to_numpy()[:-1]
    test = bd.spatial_hausman_test(fit)
    assert test.statistic == pytest.approx(gap @ np.linalg.solve(ols - error, gap), rel=1e-7)


def test_spatial_hausman_wants_an_error_model(munnell, states):
    with pytest.raises(bd.InputError, match="SpatialError"):
        bd.spatial_hausman_test(bd.SpatialLag(MUNNELL).fit(munnell, states))


@pytest.mark.parametrize(("kind", "code"), [("kkp", "KKP"), ("baltagi", "BSK")])
def test_fixed_against_random_effects_equals_splm(kind, code, munnell, states):
    """splm divides the fixed-effects variance by NT: the fit without correction."""
    model = bd.SpatialError(MUNNELL, random_effects=kind, correction=None)
    test = bd.hausman_test(model, munnell, states)
    truth = TESTS[f"sphtest_error_{code}_ML"]
    assert test.statistic == pytest.approx(truth["statistic"]["chisq"], rel=1e-4)
    assert test.df == (truth["parameter"]["df"],)


def test_hausman_with_weights_needs_lags_and_the_classical_form(munnell, states):
    with pytest.raises(bd.OptionError, match="lag of y"):
        bd.hausman_test(bd.NonSpatial(MUNNELL), munnell, states)
    with pytest.raises(bd.OptionError, match="mundlak"):
        bd.hausman_test(bd.SpatialLag(MUNNELL), munnell, states, form="mundlak")
    assert bd.hausman_test(bd.SpatialLag(MUNNELL), munnell, states).df == (5,)


def test_hausman_equals_plm(munnell):
    test = bd.hausman_test(bd.NonSpatial(MUNNELL), munnell)
    truth = TESTS["phtest_ols_fe_re_individual"]
    assert test.statistic == pytest.approx(truth["statistic"]["chisq"], rel=1e-8)
    assert test.p_value == pytest.approx(truth["p.value"], rel=1e-7)
    assert "not positive definite" in test.reason


def test_mundlak_form_is_the_robust_form_of_plm(munnell):
    """plm's auxiliary regression has no small-sample factor (HC0), and its statistic is
    chi-squared.
    """
    test = bd.hausman_test(bd.NonSpatial(MUNNELL), munnell, form="mundlak")
    N, T, K = 48, 17, 4
    factor = N / (N - 1) * (N * T - 1) / (N * T - 2 * K - 1)
    assert K * test.statistic * factor == pytest.approx(
        reference("munnell/hausman_robust")["robust"], rel=1e-8
    )


def test_mundlak_form_equals_statsmodels(munnell):
    import statsmodels.api as sm

    test = bd.hausman_test(bd.NonSpatial(MUNNELL), munnell, form="mundlak")
    frame = munnell.frame
    names = ["lpcap", "lpc", "lemp", "unemp"]
    means = frame.groupby("state")[names].transform("mean").add_prefix("mean_")
    X = sm.add_constant(frame[names].join(means))
    groups = frame["state"].astype("category").cat.codes
    fit = sm.OLS(frame["lgsp"], X).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    truth = fit.f_test(np.eye(9)[5:])
    assert test.statistic == pytest.approx(float(np.squeeze(truth.fvalue)), rel=1e-6)
    assert test.df == (4, 47)
    assert test.p_value == pytest.approx(float(truth.pvalue), rel=1e-5)


def test_without_variance_of_unit_effects_random_effects_are_pooled_least_squares(munnell):
    """Errors whose unit means are gone vary less between units than within: the effects' variance
    is held at zero.
    """
    rng = np.random.default_rng(2)
    x, e = rng.standard_normal((2, 17, 48))
    panel = munnell.with_columns(x=x, y=x + e - e.mean(axis=0))
    test = bd.hausman_test(bd.NonSpatial("y ~ x"), panel)
    within = bd.NonSpatial("y ~ x", fixed_effects="unit").fit(panel)
    pooled = bd.NonSpatial("y ~ x", fixed_effects=None).fit(panel)
    gap, difference = (
        within.params["x"] - pooled.params["x"],
        within.std_errors["x"] ** 2 - pooled.std_errors["x"] ** 2,
    )
    assert test.statistic == pytest.approx(gap**2 / difference, rel=1e-8)
