"""Tests that take a request, a panel and weights also take a fit, and mean the same by it."""

from __future__ import annotations

import inspect
from typing import Any

import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers import diagnostics

F = "log1p(bev_density) ~ log(gdp_pc) + science_share"
# test -> its options, few draws for the ones that have any
TESTS: dict[str, dict[str, Any]] = {
    "lm_tests": {},
    "conditional_lm_tests": {},
    "random_effects_lm_tests": {},
    "effects_tests": {},
    "hausman_test": {},
    "j_tests": {},
    "select_model": {"permutations": 9},
    "collinearity": {},
    "compare_stages": {"split": 2016},
    "compare_groups": {"group": "region"},
    "search_split": {"splits": [2015, 2016], "draws": 2, "seed": 1},
    "driver_shares": {"groups": {"all": ["gdp_pc", "science_share"]}, "draws": 2, "seed": 1},
}
# they take the weights of X and of the error beside those of y
THREE_WEIGHTS = ("collinearity", "compare_stages", "compare_groups")


@pytest.fixture(scope="module")
def near(bev: bd.Panel) -> bd.SpatialWeights:
    return bd.KNearest(4, points=("capital_lon", "capital_lat")).fit(bev)


@pytest.fixture(scope="module")
def fit(bev: bd.Panel, queen: bd.SpatialWeights) -> bd.FitResult:
    return bd.SpatialDurbin(F, fixed_effects="unit").fit(bev, queen)


def same(one: Any, other: Any) -> None:
    pd.testing.assert_frame_equal(one.tidy(), other.tidy())
    assert str(one) == str(other)


def test_every_test_of_a_request_is_here():
    """Public functions of the room that take a model first and a panel second."""
    tests = []
    for name in diagnostics.__all__:
        value = getattr(diagnostics, name)
        if inspect.isfunction(value) and list(inspect.signature(value).parameters)[:2] == [
            "model",
            "panel",
        ]:
            tests.append(name)
    assert set(tests) == set(TESTS)


@pytest.mark.parametrize("name", TESTS)
def test_a_fit_brings_its_request_panel_and_weights(name, bev, queen, near, fit):
    function, options = getattr(bd, name), TESTS[name]
    if name == "j_tests":
        same(
            function(fit, weights={"near": near}),
            function(fit.estimator, bev, {"Queen": queen, "near": near}),
        )
    else:
        same(function(fit, **options), function(fit.estimator, bev, queen, **options))


@pytest.mark.parametrize("name", TESTS)
def test_a_fit_beside_a_panel_or_weights_is_refused(name, bev, queen, near, fit):
    function, options = getattr(bd, name), TESTS[name]
    with pytest.raises(
        bd.InputError, match=r"^model: expected a request beside panel.*fit\.estimator"
    ):
        function(fit, bev, **options)
    if name == "j_tests":
        with pytest.raises(bd.InputError, match="^weights: expected names other than 'Queen'"):
            function(fit, weights={"Queen": near})
        return
    with pytest.raises(
        bd.InputError, match=r"^model: expected a request beside weights.*fit\.estimator"
    ):
        function(fit, weights=queen, **options)


@pytest.mark.parametrize("name", TESTS)
def test_a_request_needs_a_panel(name, queen):
    with pytest.raises(
        bd.InputError, match=r"^panel: expected a Panel beside a request; got none.*or a fit alone"
    ):
        getattr(bd, name)(bd.SpatialLag(F), **TESTS[name])


@pytest.mark.parametrize("name", TESTS)
def test_weights_of_x_of_its_own_come_along_or_are_refused(name, bev, queen, near):
    """A test with one W for every lag would be one of another model."""
    model = bd.SpatialDurbin(F, fixed_effects="unit")
    apart = model.fit(bev, queen, x_weights=near)
    function, options = getattr(bd, name), TESTS[name]
    if name in THREE_WEIGHTS:
        same(function(apart, **options), function(model, bev, queen, x_weights=near, **options))
        with pytest.raises(bd.InputError, match="^model: expected a request beside x_weights"):
            function(apart, x_weights=near, **options)
        return
    rivals = {"weights": {"near": near}} if name == "j_tests" else {}
    with pytest.raises(bd.InputError, match=r"^model: expected a fit with one W.*fit\.panel"):
        function(apart, **rivals, **options)


@pytest.mark.parametrize(
    "name", ["lm_tests", "conditional_lm_tests", "random_effects_lm_tests", "select_model"]
)
def test_least_squares_has_no_weights_and_is_given_some(name, bev, queen):
    fit = bd.NonSpatial(F).fit(bev)
    function, options = getattr(bd, name), TESTS[name]
    same(function(fit, weights=queen, **options), function(fit.estimator, bev, queen, **options))
    with pytest.raises(bd.WeightsError, match="^weights: expected .*SpatialWeights"):
        function(fit, **options)


@pytest.mark.parametrize(
    "name", ["lm_tests", "conditional_lm_tests", "random_effects_lm_tests", "select_model"]
)
def test_weights_beside_a_fit_may_be_a_recipe(name, bev):
    fit = bd.NonSpatial(F).fit(bev)
    recipe = bd.KNearest(4, points=("capital_lon", "capital_lat"))
    function, options = getattr(bd, name), TESTS[name]
    same(
        function(fit, weights=recipe, **options), function(fit, weights=recipe.fit(bev), **options)
    )


def test_hausman_of_least_squares_is_without_lags(bev):
    fit = bd.NonSpatial(F).fit(bev)
    same(bd.hausman_test(fit), bd.hausman_test(fit.estimator, bev))
