"""Every test and comparison of the package, of a request or a fit, on every kind of data."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, get_args

from hypothesis import given, strategies as st

import bevdrivers as bd
from bevdrivers import options as of

from .data import Data, data
from .invariants import check_result
from .outcome import answer, is_refusal
from .profiles import fuzzed
from .requests import Call, calls

# (request, panel, weights) -> result
Subject = Callable[..., Any]


def _with(function: Callable[..., Any], **options: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """A function with each of its options drawn from some values."""
    drawn = {name: st.sampled_from(values) for name, values in options.items()}
    return st.tuples(st.just(function), st.fixed_dictionaries({}, optional=drawn))


SEEDS = (None, 0, 7)
OF_A_REQUEST = st.one_of(
    _with(bd.lm_tests, form=get_args(of.LmForm), against=get_args(of.LmAgainst)),
    _with(bd.conditional_lm_tests),
    _with(bd.random_effects_lm_tests, serial=(True, False)),
    _with(bd.effects_tests),
    _with(bd.hausman_test, form=get_args(of.HausmanForm)),
    _with(bd.collinearity),
    _with(bd.select_model, permutations=(0, 19), seed=SEEDS),
    *(
        _with(partial(bd.compare_groups, group=group), terms=(None, ["x1"]))
        for group in ("group", "x1", "nobody")
    ),
    *(_with(partial(bd.compare_stages, split=split)) for split in (1999, 2002, 2003, 2004)),
    _with(bd.search_split, shortest=(2, 3), draws=(0, 9), seed=SEEDS),
    *(
        _with(partial(bd.driver_shares, groups=groups), split=(None, 2003), draws=(0, 20))
        for groups in ({"one": ["x1"], "two": ["x2"]}, {"all": ["x1", "x2"]}, {"one": ["x1"]})
    ),
)
OF_A_FIT = st.one_of(
    _with(bd.residual_tests, seed=(0, 1)),
    _with(bd.common_factor_test),
    _with(bd.mundlak_test),
    _with(bd.random_effects_test),
    _with(bd.spatial_hausman_test),
    _with(bd.cross_section_exponent, level=(0.05, 0.5)),
    _with(bd.influence),
    _with(bd.calibrate, replications=(2, 3), errors=get_args(of.ErrorLaw), seed=SEEDS),
)
OF_A_COLUMN = st.one_of(
    _with(
        bd.unit_root_test,
        test=get_args(of.UnitRoot),
        deterministics=get_args(of.Deterministics),
        lags=("aic", "bic", "hall", 0, 1, 3),
        max_lags=(None, 0, 2),
        bandwidth=(None, 0, 2),
        demean=(True, False),
        truncated=(True, False),
        draws=(0, 9),
        seed=SEEDS,
    ),
    _with(bd.outcome_check),
)


@fuzzed
@given(data(units=2, periods=2), calls(), OF_A_REQUEST)
def test_tests_of_a_request(given: Data, call: Call, asked: Any) -> None:
    function, options = asked
    found = answer(lambda: function(call.request(), given.panel, given.weights, **options))
    if not is_refusal(found):
        answer(lambda: check_result(found))


@fuzzed
@given(data(units=3, periods=2), calls(), OF_A_FIT)
def test_tests_of_a_fit(given: Data, call: Call, asked: Any) -> None:
    function, options = asked
    found = answer(lambda: function(call.request().fit(given.panel, given.weights), **options))
    if not is_refusal(found):
        answer(lambda: check_result(found))


@fuzzed
@given(data(periods=2), OF_A_COLUMN, st.sampled_from(["y", "x1", "log(y)", "group", "nobody"]))
def test_tests_of_a_series(given: Data, asked: Any, column: str) -> None:
    function, options = asked
    found = answer(lambda: function(given.panel, column, **options))
    if not is_refusal(found):
        answer(lambda: check_result(found))


@fuzzed
@given(
    data(units=2, periods=4),
    st.sampled_from([["x1"], ["x1", "x2"], ["y"], []]),
    _with(
        bd.cointegration_test,
        deterministics=get_args(of.Deterministics),
        lags=(1, 0, (0, 2), (1, 1), -1),
        leads=(0, 1, (0, 1)),
        bandwidth=(None, 0, 1),
        draws=(0, 9),
        seed=SEEDS,
    ),
)
def test_cointegration(given: Data, regressors: list[str], asked: Any) -> None:
    function, options = asked
    found = answer(lambda: function(given.panel, "y", regressors, **options))
    if not is_refusal(found):
        answer(lambda: check_result(found))


@fuzzed
@given(
    data(),
    st.lists(st.sampled_from(["y", "x1", "x2", "positive", "group"]), max_size=4),
    st.one_of(_with(bd.describe), _with(bd.correlations, of=get_args(of.CorrelationOf))),
)
def test_descriptions(given: Data, columns: list[str], asked: Any) -> None:
    function, options = asked
    found = answer(lambda: function(given.panel, columns, **options))
    if not is_refusal(found):
        answer(lambda: check_result(found))
