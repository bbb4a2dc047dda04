"""Estimates, standard errors, log-likelihoods and impacts against independent software."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd

from ..conftest import MUNNELL, reference

# The exact references (lag models by spatialreg, linearmodels) agree to the digits they print.
EXACT = 1e-7
# spatialreg's error and SARAR models, and the brute-force contrasts, stop at their optimiser's
# tolerance.
OPTIMISER = 3e-5

MODELS = {
    "sar": bd.SpatialLag,
    "sem": bd.SpatialError,
    "sdm": bd.SpatialDurbin,
    "sdem": bd.SpatialDurbinError,
    "sac": bd.SpatialCombined,
    "sarar": bd.SpatialCombined,
    "sar_durbin": bd.SpatialDurbin,
    "sem_durbin": bd.SpatialDurbinError,
}
EFFECTS = {"individual": "unit", "time": "time", "twoways": "two-way", "pooled": None}
LSDV = reference("munnell/lsdv")
CONTRASTS = reference("munnell/contrasts")
BEFORE_LAG = reference("munnell/before_lag")
LEAST_SQUARES = reference("munnell/linearmodels")


def theirs(name: str) -> str:
    """Our label in R's or linearmodels' words."""
    return {"lam": "lambda", "Intercept": "(Intercept)"}.get(name, name.replace("W_", "w_"))


@pytest.mark.parametrize("case", LSDV)
def test_direct_ml_equals_the_likelihood_with_explicit_dummies(case, munnell, states):
    truth = LSDV[case]
    model, effects = case.split("_lsdv_")
    fit = MODELS[model](MUNNELL, fixed_effects=EFFECTS[effects], correction=None).fit(
        munnell, states
    )
    tolerance = OPTIMISER if "lam" in fit.params else EXACT
    for name in fit.params.index:
        assert fit.params[name] == pytest.approx(
            truth["coefficients"][theirs(name)], rel=tolerance, abs=tolerance
        )
        assert fit.std_errors[name] == pytest.approx(truth["se"][theirs(name)], rel=tolerance)
    assert fit.sigma2 == pytest.approx(truth["s2_ml"], rel=tolerance)
    # spatialreg's error models print up to 3e-7 more than their own parameters give
    assert fit.loglik == pytest.approx(truth["logLik"], abs=4e-7)


@pytest.mark.parametrize("case", [case for case in LSDV if "derived_exact_impacts" in LSDV[case]])
def test_impacts_equal_the_exact_ones(case, munnell, states):
    model, effects = case.split("_lsdv_")
    fit = MODELS[model](MUNNELL, fixed_effects=EFFECTS[effects], correction=None).fit(
        munnell, states
    )
    frame = fit.impacts().frame
    for term, truth in LSDV[case]["derived_exact_impacts"].items():
        for component in ("direct", "indirect", "total"):
            assert frame.loc[term, component] == pytest.approx(truth[component], abs=EXACT)


@pytest.mark.parametrize("case", CONTRASTS)
def test_lee_yu_equals_explicit_contrasts(case, munnell, states):
    _, model, effects, correction = case.split("/")
    truth = CONTRASTS[case]
    fit = MODELS[model](MUNNELL, fixed_effects=effects, correction=correction).fit(munnell, states)
    k = len(truth["beta"])
    np.testing.assert_allclose(fit.params.iloc[:k], truth["beta"], rtol=OPTIMISER, atol=1e-7)
    np.testing.assert_allclose(fit.params.iloc[k:], truth["params"], rtol=OPTIMISER)
    assert fit.sigma2 == pytest.approx(truth["s2"], rel=OPTIMISER)
    assert fit.loglik == pytest.approx(truth["loglik"], abs=1e-7)
    assert fit.loglik >= truth["loglik"] - 1e-8
    if "se" in truth:
        np.testing.assert_allclose(fit.std_errors, truth["se"], rtol=1e-6)
    if "impacts" in truth:
        np.testing.assert_allclose(fit.impacts().frame, truth["impacts"], atol=1e-6)


@pytest.mark.parametrize("case", [case for case in BEFORE_LAG if case.startswith("static")])
def test_demeaning_before_lagging_equals_splm(case, munnell, states):
    truth = BEFORE_LAG[case]
    _, model, effects = case.split("_")
    request = MODELS[model](
        MUNNELL, fixed_effects=EFFECTS[effects], correction=None, demean="before-lag"
    )
    fit = request.fit(munnell, states)
    expected = {**truth["coefficients"], "rho": truth["rho"]}
    for name in fit.params.index:
        assert fit.params[name] == pytest.approx(expected[theirs(name)], rel=EXACT, abs=1e-8)
        assert fit.std_errors[name] == pytest.approx(truth["se"][theirs(name)], rel=EXACT)
    assert fit.loglik == pytest.approx(truth["logLik"], abs=1e-9)


@pytest.mark.parametrize(
    "case", [case for case in BEFORE_LAG if case.startswith("s") and "_within_" in case]
)
def test_error_models_demeaned_before_lagging_equal_splm(case, munnell, states):
    truth = BEFORE_LAG[case]
    model, effects = case.split("_within_")
    request = MODELS[model](
        MUNNELL, fixed_effects=EFFECTS[effects], correction=None, demean="before-lag"
    )
    fit = request.fit(munnell, states)
    # splm calls the error's parameter rho and the lag's lambda; its optimiser leaves up to 5e-7 in
    # them
    names = {"lam": "rho", "rho": "lambda"}
    for name in fit.params.index:
        assert fit.params[name] == pytest.approx(
            truth["coefficients"][names.get(name, theirs(name))], abs=5e-7
        )
    assert fit.loglik == pytest.approx(truth["derived"]["logLik_full"], abs=1e-9)


@pytest.mark.parametrize(
    "case", [case for case in LEAST_SQUARES if case.endswith(("unadjusted", "pooled"))]
)
def test_least_squares_equals_linearmodels(case, munnell, states):
    truth = LEAST_SQUARES[case]
    kind, effects = case.split("_")[:2]
    model = bd.NonSpatial if kind == "ols" else bd.SpatialLagX
    # the likelihood of linearmodels is of the levels
    request = model(MUNNELL, fixed_effects=EFFECTS[effects], correction=None)
    fit = request.fit(munnell, states)
    for name in fit.params.index:
        label = {"Intercept": "const"}.get(name, name.replace("W_", "w_"))
        assert fit.params[name] == pytest.approx(truth["params"][label], rel=1e-8)
        assert fit.std_errors[name] == pytest.approx(truth["std_errors"][label], rel=1e-8)
        assert fit.tstats[name] == pytest.approx(truth["tstats"][label], rel=1e-8)
    assert fit.df_resid == truth["df_resid"]
    assert fit.sigma2 == pytest.approx(truth["s2"], rel=1e-10)
    assert fit.loglik == pytest.approx(truth["loglik"], rel=1e-10)
    for measure in ("within", "between", "overall"):
        assert fit.rsquared[measure] == pytest.approx(truth[f"rsquared_{measure}"], rel=1e-8)


CROSS_SECTION = reference("munnell/cross_section_1986")


@pytest.mark.parametrize(
    ("case", "model"),
    [
        ("lagsarlm_eigen", bd.SpatialLag),
        ("lagsarlm_Durbin_eigen", bd.SpatialDurbin),
        ("errorsarlm_eigen", bd.SpatialError),
        ("errorsarlm_Durbin_eigen", bd.SpatialDurbinError),
        ("sacsarlm_eigen", bd.SpatialCombined),
    ],
)
def test_one_period_without_effects_is_the_cross_section(case, model, munnell, states):
    truth = CROSS_SECTION[case]
    fit = model(MUNNELL, fixed_effects=None).fit(munnell.select(periods=[1986]), states)
    spatial = {"rho": truth["rho.se"], "lam": truth["lambda.se"]}
    # errorsarlm labels its standard errors by the filtered regressors
    errors = {
        label.removeprefix("I(x - lambda * WX)"): value for label, value in truth["se"].items()
    }
    for name in fit.params.index:
        label = theirs(name).replace("w_", "lag.")
        # spatialreg's own optimiser stops at about 1e-5 in rho and lambda
        assert fit.params[name] == pytest.approx(truth["coefficients"][label], rel=2e-4, abs=1e-5)
        error = spatial[name] if name in spatial else errors[label]
        assert fit.std_errors[name] == pytest.approx(error, rel=2e-4)
    assert fit.loglik == pytest.approx(truth["LL"], abs=1e-6)


def test_simulated_impacts_agree_with_spatialreg(munnell, states):
    truth = CROSS_SECTION["impacts_sdm_eigen_R10000"]
    fit = bd.SpatialDurbin(MUNNELL, fixed_effects=None).fit(munnell.select(periods=[1986]), states)
    impacts = fit.impacts(draws=10_000, seed=1)
    np.testing.assert_allclose(impacts.direct, truth["point"]["direct"], atol=2e-5)
    for component in ("direct", "indirect", "total"):
        errors = np.array([truth["sim_sd"][component][term] for term in impacts.terms])
        # 10,000 draws on each side: the ratio of two standard deviations is good to about 1 %;
        # spatialreg keeps sigma2 among its draws and near rho = 1 the tail of the multiplier makes
        # it rougher
        np.testing.assert_allclose(impacts.std_errors(component), errors, rtol=0.06)


@pytest.mark.parametrize(
    ("case", "model"),
    [("impacts_slx", bd.SpatialLagX), ("impacts_sdem_eigen", bd.SpatialDurbinError)],
)
def test_impacts_without_a_lag_of_y(case, model, munnell, states):
    truth = CROSS_SECTION[case]
    impacts = (
        model(MUNNELL, fixed_effects=None).fit(munnell.select(periods=[1986]), states).impacts()
    )
    for component in ("direct", "indirect", "total"):
        for term in impacts.terms:
            assert impacts.frame.loc[term, component] == pytest.approx(
                truth["impacts"][component][term], abs=1e-5
            )


class TestCigarettes:
    """Cigarette demand, 46 states x 1963-1992 (Baltagi and Li 2004; Elhorst 2014, chapter 3)."""

    MODEL = "lsales ~ lprice + lincome"

    def test_lag_after_demeaning_is_the_maximum(self, cigarettes, cigarette_weights):
        # values of the exact likelihood and of splm's convention, both from independent runs
        model = bd.SpatialDurbin(self.MODEL, correction=None)
        exact = model.fit(cigarettes, cigarette_weights)
        printed = model.replace(demean="before-lag").fit(cigarettes, cigarette_weights)
        assert exact.rho == pytest.approx(0.229200, abs=5e-7)
        assert exact.loglik == pytest.approx(1691.5383, abs=5e-5)
        assert printed.rho == pytest.approx(0.226879, abs=5e-7)
        assert printed.loglik == pytest.approx(1691.2942, abs=5e-5)

    def test_standard_error_in_contrasts(self, cigarettes, cigarette_weights):
        fit = bd.SpatialDurbin(self.MODEL).fit(cigarettes, cigarette_weights)
        assert fit.std_errors["rho"] == pytest.approx(0.03461, abs=5e-6)

    def test_plug_in_correction(self, cigarettes, cigarette_weights):
        # both values from an independent run; printed (Elhorst 2014, table 3.4): 0.264 with rho on
        # a grid
        for demean, rho in (("after-lag", 0.26882), ("before-lag", 0.26650)):
            fit = bd.SpatialDurbin(self.MODEL, correction="elhorst", demean=demean).fit(
                cigarettes, cigarette_weights
            )
            assert fit.rho == pytest.approx(rho, abs=5.1e-6)
        direct = bd.SpatialLag(self.MODEL, fixed_effects="unit", correction=None).fit(
            cigarettes, cigarette_weights
        )
        unit = bd.SpatialLag(self.MODEL, fixed_effects="unit", correction="elhorst").fit(
            cigarettes, cigarette_weights
        )
        assert unit.sigma2 == pytest.approx(direct.sigma2 * 30 / 29)
        np.testing.assert_array_equal(unit.params, direct.params)

    @pytest.mark.parametrize(
        ("effects", "loglik", "lm"),
        [
            (None, 370.3, (66.47, 58.26, 153.04, 144.84)),
            ("unit", 1425.2, (136.43, 29.51, 255.72, 148.80)),
            ("time", 503.9, (44.04, 0.33, 62.86, 19.15)),
            ("two-way", 1661.7, (46.90, 1.16, 54.65, 8.91)),
        ],
    )
    def test_printed_least_squares_and_lm_tests(
        self, effects, loglik, lm, cigarettes, cigarette_weights
    ):
        # Elhorst (2014), table 3.2; LM lag, robust LM lag, LM error, robust LM error, as printed to
        # two decimals
        model = bd.NonSpatial(self.MODEL, fixed_effects=effects, correction=None)
        assert model.fit(cigarettes).loglik == pytest.approx(loglik, abs=0.051)
        tests = bd.lm_tests(model, cigarettes, cigarette_weights, form="published")
        np.testing.assert_allclose([test.statistic for test in tests], lm, atol=0.0051)
