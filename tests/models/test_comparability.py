"""Likelihoods that compare: least squares beside models with a lag, and what stays apart."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.linalg import null_space

import bevdrivers as bd
from bevdrivers.models.ml.likelihood import Likelihood

from .test_reference import MUNNELL

EFFECTS = ("two-way", "unit", "time", None)


@pytest.fixture(scope="module")
def fits(munnell, states):
    """Least squares and models with a lag of y or of the error, two-way, by their classes."""
    models = (bd.NonSpatial, bd.SpatialLagX, bd.SpatialLag, bd.SpatialError, bd.SpatialDurbin)
    return {model: model(MUNNELL).fit(munnell, states) for model in models}


def contrasts_of(values, effects):
    """Orthonormal contrasts (t n,) of an array (T, N)."""
    T, N = values.shape
    over_time = null_space(np.ones((1, T))) if effects in ("two-way", "unit") else np.eye(T)
    over_units = null_space(np.ones((1, N))) if effects in ("two-way", "time") else np.eye(N)
    return (over_time.T @ values @ over_units).ravel()


@pytest.mark.parametrize("effects", ["two-way", "unit", "time"])
def test_least_squares_has_the_likelihood_of_explicit_contrasts(effects, munnell):
    names = ("lpc", "lpcap", "lemp", "unemp")
    X = np.column_stack([contrasts_of(munnell[name], effects) for name in names])
    explicit = sm.OLS(contrasts_of(munnell["lgsp"], effects), X).fit()
    fit = bd.NonSpatial(f"lgsp ~ {' + '.join(names)}", fixed_effects=effects).fit(munnell)
    assert fit.loglik == pytest.approx(explicit.llf, rel=1e-10)
    np.testing.assert_allclose(fit.params, explicit.params, rtol=1e-7)
    # statsmodels does not count the variance among the parameters
    assert fit.aic == pytest.approx(explicit.aic + 2, rel=1e-10)
    assert fit.bic == pytest.approx(explicit.bic + np.log(explicit.nobs), rel=1e-10)


@pytest.mark.parametrize("correction", ["auto", None])
@pytest.mark.parametrize("effects", EFFECTS)
@pytest.mark.parametrize(
    ("lagged", "plain"),
    [
        (bd.SpatialDurbin, bd.SpatialLagX),
        (bd.SpatialLag, bd.NonSpatial),
        (bd.SpatialError, bd.NonSpatial),
    ],
)
def test_at_zero_the_models_with_a_lag_are_least_squares(
    lagged, plain, effects, correction, munnell, states
):
    request = lagged(MUNNELL, fixed_effects=effects, correction=correction)
    fit = request.fit(munnell, states)
    restricted = request.to(plain).fit(munnell, states)
    at_zero = Likelihood.of(fit.sample).value(np.zeros(1))
    assert restricted.loglik == pytest.approx(at_zero, abs=1e-9)
    assert fit.n_params - restricted.n_params == 1
    test = fit.lr_test(restricted)
    assert test.df == (1,)
    assert test.statistic == 2 * (fit.loglik - restricted.loglik)


@pytest.mark.filterwarnings("ignore:The dynamic estimates")
@pytest.mark.parametrize("effects", ["two-way", "time"])
def test_dynamic_least_squares_compare_too(effects, munnell, states):
    request = bd.SpatialDurbin(MUNNELL, dynamic="time", fixed_effects=effects)
    fit = request.fit(munnell, states)
    restricted = request.to(bd.SpatialLagX).fit(munnell, states)
    assert fit.lr_test(restricted).statistic == 2 * (fit.loglik - restricted.loglik)


def test_the_correction_changes_neither_estimates_nor_errors(munnell):
    after, direct = (bd.NonSpatial(MUNNELL, correction=c).fit(munnell) for c in ("auto", None))
    np.testing.assert_array_equal(after.params, direct.params)
    np.testing.assert_array_equal(after.cov, direct.cov)
    assert after.sigma2 == direct.sigma2


def test_the_selection_path_tests_slx_by_the_same_statistic(munnell, states, fits):
    path = bd.select_model(bd.SpatialDurbin(MUNNELL), munnell, states, permutations=19)
    of_path = path.steps[3].tests["LR SDM against SLX"].statistic
    of_fits = fits[bd.SpatialDurbin].lr_test(fits[bd.SpatialLagX]).statistic
    assert of_path == pytest.approx(of_fits, abs=1e-8)


def test_least_squares_do_not_win_by_their_scale(fits):
    """Models that nest others have the higher likelihood; the criteria follow."""
    loglik = {model: fit.loglik for model, fit in fits.items()}
    assert loglik[bd.NonSpatial] < loglik[bd.SpatialLagX] < loglik[bd.SpatialDurbin]
    assert loglik[bd.NonSpatial] < loglik[bd.SpatialLag] < loglik[bd.SpatialDurbin]
    assert loglik[bd.NonSpatial] < loglik[bd.SpatialError]
    assert {fit.glance()["likelihood"][0] for fit in fits.values()} == {"contrasts: two-way"}


def test_glance_and_summary_say_what_the_likelihood_is_of(munnell, states, fits):
    T, N = 17, 48
    said = fits[bd.SpatialLagX].summary()
    assert f"are of {(T - 1) * (N - 1)} contrasts (two-way)" in said
    direct = bd.SpatialLag(MUNNELL, correction=None).fit(munnell, states)
    assert direct.glance()["likelihood"][0] == "levels"
    assert "are of the levels" in direct.summary()
    pooled = bd.NonSpatial(MUNNELL, fixed_effects=None).fit(munnell)
    assert pooled.glance()["likelihood"][0] == "levels"
    assert "contrasts" not in pooled.summary()
    moments = bd.SpatialLag(MUNNELL, method="gmm").fit(munnell, states)
    assert moments.glance()["likelihood"][0] == "none"
    assert "Log-likelihood, AIC" not in moments.summary()


@pytest.mark.parametrize("model", [bd.NonSpatial, bd.SpatialLag])
def test_levels_and_contrasts_are_not_tested_against_each_other(model, munnell, states, fits):
    direct = model(MUNNELL, correction=None).fit(munnell, states)
    with pytest.raises(bd.InputError, match=r"same data \(contrasts: two-way\); got levels"):
        fits[bd.SpatialDurbin].lr_test(direct)


def test_a_table_sets_likelihoods_of_other_data_apart(munnell, states, fits):
    direct = bd.SpatialDurbin(MUNNELL, correction=None).fit(munnell, states)
    listed = [fits[bd.SpatialLagX], fits[bd.SpatialDurbin], direct]
    table = bd.regression_table(listed)
    rows = [row for row in table.rows if row.key in ("loglik", "aic", "bic")]
    assert [row.label for row in rows] == [
        "Log likelihood (contrasts, unit and time)",
        "AIC (contrasts, unit and time)",
        "BIC (contrasts, unit and time)",
        "Log likelihood (levels)",
    ]
    assert [row.cells[2] for row in rows[:3]] == ["–"] * 3
    assert rows[0].cells[1].value == fits[bd.SpatialDurbin].loglik
    assert rows[3].cells[:2] == ("–", "–")
    assert rows[3].cells[2].value == direct.loglik
    assert "compare within a row only" in " ".join(table.notes)


def test_a_table_of_one_family_has_one_row_a_measure(fits):
    table = bd.regression_table(list(fits.values()))
    rows = {row.key: row for row in table.rows}
    assert [rows[key].label for key in ("loglik", "aic", "bic")] == ["Log likelihood", "AIC", "BIC"]
    assert len([row for row in table.rows if row.key in ("loglik", "aic", "bic")]) == 3
    assert "compare within a row only" not in " ".join(table.notes)


def test_a_table_says_what_its_kind_of_r2_is(fits):
    fit = fits[bd.SpatialDurbin]
    plain = bd.regression_table(fit)
    assert [row.key for row in plain.rows if "squared" in row.key] == ["corr_squared"]
    assert "Squared correlation (spatial pseudo-𝑅², Elhorst 2014)" in " ".join(plain.notes)
    both = bd.regression_table(fit, rsquared=["within", "inclusive"])
    keys = ["rsquared_within", "rsquared_inclusive"]
    assert [row.key for row in both.rows if "squared" in row.key] == keys
    assert "𝑅² within: share" in " ".join(both.notes)
    assert "𝑅² with effects: share" in " ".join(both.notes)
    none = bd.regression_table(fit, rsquared=None)
    assert not [row.key for row in none.rows if "squared" in row.key]
    with pytest.raises(bd.OptionError, match="rsquared"):
        bd.regression_table(fit, rsquared="adjusted")
