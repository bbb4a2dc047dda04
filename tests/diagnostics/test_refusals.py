"""Wrong input is answered in the package's words, what does not apply has its reason, and text fits
a page.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.diagnostics.time_series.published_moments import WESTERLUND
from bevdrivers.models.ml.likelihood import Likelihood
from bevdrivers.results import WIDTH, TestGroup, TestResult

from ..conftest import MUNNELL, reference

F = "log1p(bev_density) ~ log(gdp_pc) + science_share"
OF_FITS = (
    bd.residual_tests,
    bd.influence,
    bd.common_factor_test,
    bd.cross_section_exponent,
    bd.spatial_hausman_test,
    bd.random_effects_test,
    bd.mundlak_test,
    bd.crosscheck,
    bd.calibrate,
)
OF_REQUESTS = {
    "lm_tests": {},
    "conditional_lm_tests": {},
    "random_effects_lm_tests": {},
    "effects_tests": {},
    "hausman_test": {},
    "select_model": {},
    "collinearity": {},
    "compare_stages": {"split": 2016},
    "search_split": {"draws": 0},
    "compare_groups": {"group": "region"},
    "driver_shares": {"groups": {"all": ["gdp_pc", "science_share"]}},
}
OF_WEIGHTS = ("lm_tests", "conditional_lm_tests", "random_effects_lm_tests", "select_model")


@pytest.mark.parametrize("test", OF_FITS, ids=lambda test: test.__name__)
def test_a_request_is_no_fit(test):
    with pytest.raises(bd.InputError, match=r"^fit: .*model\.fit\(panel, weights\)"):
        test(bd.SpatialLag(F))


@pytest.mark.parametrize("name", OF_REQUESTS)
@pytest.mark.parametrize("given", ["formula", "fit"])
def test_a_formula_or_a_fit_is_no_request(name, given, bev, queen):
    model = F if given == "formula" else bd.NonSpatial(F).fit(bev)
    with pytest.raises(bd.InputError, match="^model: expected a request") as raised:
        getattr(bd, name)(model, bev, queen, **OF_REQUESTS[name])
    assert ("fit.estimator" in str(raised.value)) == (given == "fit")


@pytest.mark.parametrize("name", OF_WEIGHTS)
def test_weights_are_asked_for_and_recipes_are_fitted(name, bev):
    with pytest.raises(bd.WeightsError, match="^weights: "):
        getattr(bd, name)(bd.SpatialDurbin(F), bev, None)
    # the recipe's own fault: Hainan has no border
    with pytest.raises(bd.WeightsError, match=r"^islands: .*\['Hainan'\]"):
        getattr(bd, name)(bd.SpatialDurbin(F), bev, bd.Queen())


CALLS = {
    "level": lambda p, q: bd.cross_section_exponent(bd.NonSpatial(F).fit(p), level=5),
    "draws": lambda p, q: bd.j_tests(bd.SpatialLag(F), p, {"a": q, "b": q}, draws=-1),
    "draws of a search": lambda p, q: bd.search_split(bd.SpatialLag(F), p, q, draws=-1),
    "draws of shares": lambda p, q: bd.driver_shares(
        bd.NonSpatial(F), p, groups={"a": ["gdp_pc", "science_share"]}, draws=-1
    ),
    "draws of unit roots": lambda p, q: bd.unit_root_test(p, "urban_share", draws=1.5),
    "max_lags": lambda p, q: bd.unit_root_test(p, "urban_share", lags=1, max_lags=2),
    "lags": lambda p, q: bd.unit_root_test(p, "urban_share", test="fisher-pp", lags=3),
    "lags of cointegration": lambda p, q: bd.cointegration_test(
        p, "urban_share", ["log(gdp_pc)"], lags=1.5
    ),
    "shortest": lambda p, q: bd.search_split(bd.SpatialLag(F), p, q, shortest=0, draws=0),
    "splits": lambda p, q: bd.search_split(bd.SpatialLag(F), p, q, splits=2014, draws=0),
    "split": lambda p, q: bd.compare_stages(bd.NonSpatial(F), p, split="2016"),
    "groups": lambda p, q: bd.driver_shares(bd.NonSpatial(F), p, groups=["gdp_pc"]),
    "columns": lambda p, q: bd.describe(p, []),
    "columns of numbers": lambda p, q: bd.describe(p, [1]),
    "variable": lambda p, q: bd.unit_root_test(p, ["urban_share"]),
    "weights": lambda p, q: bd.outcome_check(p, "bev_density", weights=q),
    "formula": lambda p, q: bd.hausman_test(bd.NonSpatial("log1p(bev_density) ~ 1"), p),
    "regressors": lambda p, q: bd.cointegration_test(p, "urban_share", ["urban_share"]),
}


@pytest.mark.parametrize("case", CALLS)
def test_options_out_of_range_or_without_effect_are_refused(case, bev, queen):
    with pytest.raises(bd.InputError, match=f"^{case.split()[0]}: "):
        CALLS[case](bev, queen)


def test_effects_that_poisson_cannot_have_are_refused(bev):
    model = bd.NonSpatial(F, absorb=["region:year"])
    with pytest.raises(bd.OptionError, match="unit and time effects alone"):
        bd.outcome_check(bev, "bev_density", model=model)


def test_series_that_a_trend_or_the_common_factor_explains_exactly_are_refused(bev):
    line = np.tile(np.arange(10.0)[:, None], (1, 31))
    walk = np.tile(np.random.default_rng(0).standard_normal(10).cumsum()[:, None], (1, 31))
    panel = bev.with_columns(line=line, walk=walk)
    for name, test in (("line", "ips"), ("line", "fisher-pp"), ("walk", "cips")):
        lags = {} if test == "fisher-pp" else {"lags": 0}
        with pytest.raises(bd.DataError, match="do not explain exactly"):
            bd.unit_root_test(panel, name, test=test, **lags)


class TestOptionsOfTheRequest:
    """The covariance of the request is not that of the tests, and must not stand in their way."""

    @pytest.mark.parametrize("form", ["classical", "mundlak"])
    def test_hausman(self, form, munnell):
        plain, clustered, kernel = (
            bd.hausman_test(bd.NonSpatial(MUNNELL, **options), munnell, form=form)
            for options in (
                {},
                {"cov_type": "clustered", "cluster": "unit"},
                {"cov_type": "driscoll-kraay", "bandwidth": 2},
            )
        )
        assert plain == clustered == kernel

    def test_outcome_check(self, bev):
        plain, kernel = (
            bd.outcome_check(bev, "bev_density", model=bd.NonSpatial(F, **options)).signs
            for options in ({}, {"cov_type": "driscoll-kraay", "bandwidth": 2})
        )
        assert plain.equals(kernel)


class TestNoRegressors:
    FLAT = "lgsp ~ 1"

    def test_lag_and_error_have_one_score(self, munnell, states):
        tests = bd.lm_tests(bd.NonSpatial(self.FLAT, fixed_effects=None), munnell, states)
        assert tests["LM lag"].statistic == pytest.approx(tests["LM error"].statistic, rel=1e-10)
        assert not tests["Robust LM lag"].applies
        assert "same score" in tests["Robust LM error"].reason

    @pytest.mark.parametrize("correction", [None, "lee-yu"])
    @pytest.mark.parametrize("kind", [bd.SpatialLag, bd.SpatialError])
    def test_spatial_models_without_regressors_have_standard_errors(
        self, kind, correction, munnell, states
    ):
        """Under effects nothing but rho or lam is estimated: the Hessian is the second difference
        by it.
        """
        fit = kind(self.FLAT, correction=correction, cov_type="hessian").fit(munnell, states)
        name, h = ("rho" if kind is bd.SpatialLag else "lam"), 1e-4
        value = Likelihood.of(fit.sample).value
        low, mid, high = (value(np.array([fit.params[name] + step])) for step in (-h, 0.0, h))
        assert mid == pytest.approx(fit.loglik, abs=1e-8)
        # rounding of the likelihood, 1e-12, over h^2
        assert fit.std_errors[name] == pytest.approx(
            (-(high - 2 * mid + low) / h**2) ** -0.5, rel=1e-4
        )


def test_j_tests_of_the_same_weights_do_not_apply(bev, queen):
    tests = bd.j_tests(bd.SpatialLag(F), bev, {"one": queen, "other": queen})
    assert not any(test.applies for test in tests)
    assert all("weights the same" in test.reason for test in tests)


class TestShortPanels:
    def test_one_period(self, bev, queen):
        year = bev.select(periods=[2015])
        fit = bd.NonSpatial(F, fixed_effects=None).fit(year)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tests = bd.residual_tests(fit, queen)
        assert tests["Moran's I"].applies
        for name in ("Pesaran CD", "Weighted CD", "Bartlett by unit", "Wooldridge AR(1)"):
            assert not tests[name].applies
            assert tests[name].reason
        with pytest.raises(bd.DataError, match="3 periods"):
            bd.cross_section_exponent(fit)

    @pytest.mark.parametrize(("serial", "periods"), [(False, [2011]), (True, [2011, 2012])])
    def test_error_components(self, serial, periods, bev, queen):
        with pytest.raises(bd.DataError, match="periods"):
            bd.random_effects_lm_tests(
                bd.NonSpatial(F), bev.select(periods=periods), queen, serial=serial
            )


@pytest.mark.filterwarnings(
    "ignore::bevdrivers.errors.SampleWarning"
)  # four clusters are the point
def test_more_restrictions_than_clusters_do_not_apply(bev):
    """Sums of clusters span no more dimensions than there are clusters."""
    model = bd.NonSpatial(F, fixed_effects="unit", cov_type="clustered", cluster="time")
    short = bev.select(periods=[2011, 2012, 2013, 2014])
    comparison = bd.compare_groups(model, short, group="region")
    assert not comparison.tests["All slopes"].applies
    assert "singular" in comparison.tests["All slopes"].reason
    assert comparison.tests["science_share"].df[0] == 3


def test_wald_is_the_quadratic_form_in_any_units():
    rng = np.random.default_rng(0)
    A, gap, scale = rng.standard_normal((3, 6)), rng.standard_normal(3), np.array([1e-8, 1.0, 1e8])
    V = A @ A.T
    plain = TestResult.wald("a", "b", gap, V)
    assert plain.statistic == pytest.approx(gap @ np.linalg.inv(V) @ gap, rel=1e-10)
    scaled = TestResult.wald("a", "b", scale * gap, V * np.outer(scale, scale))
    assert scaled.statistic == pytest.approx(plain.statistic, rel=1e-8)
    by_f = TestResult.wald("a", "b", gap, V, 20)
    assert (by_f.statistic, by_f.df) == (pytest.approx(plain.statistic / 3), (3, 20))


def test_moments_of_westerlunds_tests_are_those_of_xtwest():
    """All 144, from the matrices of Stata's xtwest 1.5 (July 2010)."""
    truth = reference("cointegration/xtwest")
    for name, kind in (("Gt", "gt"), ("Ga", "ga"), ("Pt", "pt"), ("Pa", "pa")):
        for position, moment in enumerate(("mean", "var")):
            rows = [
                list(WESTERLUND[terms][name][position]) for terms in ("none", "constant", "trend")
            ]
            assert rows == truth[kind + moment]


class TestText:
    def test_a_long_result_is_broken(self):
        test = TestResult.chi2("LM", "rho = 0", 3.0, 1, reason="word " * 60)
        group = TestGroup(
            "title " * 30, (test, TestResult.not_applicable("None", "x", "why " * 60))
        )
        assert max(map(len, str(group).splitlines())) <= WIDTH
        assert " ".join(str(test).split()).count("word") == 60
        assert str(TestResult.chi2("LM", "rho = 0", 3.0, 1)).count("\n") == 0

    def test_summaries_fit_a_page(self, bev, queen):
        fit = bd.SpatialDurbin(F).fit(bev, queen)
        columns = [name for name in bev.columns if bev[name].dtype.kind == "f"][:12]
        shown = [
            bd.residual_tests(fit),
            bd.effects_tests(bd.SpatialDurbin(F), bev, queen),
            bd.random_effects_lm_tests(bd.NonSpatial(F), bev, queen),
            bd.influence(fit),
            bd.correlations(bev, columns),
            bd.select_model(bd.SpatialDurbin(F), bev, queen, permutations=9),
            bd.crosscheck(fit, programs=["linearmodels", "statsmodels"]),
        ]
        for result in shown:
            assert max(map(len, str(result).splitlines())) <= WIDTH, type(result)

    def test_titles_name_no_effects(self, bev, queen):
        tests = bd.lm_tests(bd.NonSpatial(F, fixed_effects=None), bev, queen)
        assert tests.title == "LM tests (corrected form, no effects, Queen)"

    def test_one_program_may_be_a_word(self, bev):
        check = bd.crosscheck(bd.NonSpatial(F).fit(bev), programs="statsmodels")
        assert list(check.calls) == ["statsmodels"]
