"""Every model with every combination of options, on every kind of panel and weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, strategies as st

import bevdrivers as bd

from .data import Data, data
from .invariants import (
    check_fit,
    check_frame,
    check_impacts,
    check_test,
    check_tests,
    check_tidy,
)
from .outcome import answer, is_refusal
from .profiles import fuzzed
from .requests import Call, calls

USUAL = ("y ~ x1 + x2", "y ~ x1", "y ~ x1 + C(group)", "y ~ x1 + I(x1**2)", "asinh(y) ~ x2")


def fitted(given: Data, call: Call, **options: Any) -> Any:
    """The fit, or the refusal of the panel, the weights, the request or the fit."""

    def fit() -> bd.FitResult[Any]:
        model = call.request(**options)
        needs = model.lag_y or model.lag_x or model.lag_u or "W(" in call.formula
        return model.fit(given.panel, given.weights if needs else None)

    return answer(fit)


@fuzzed
@given(data(), calls())
def test_a_fit_keeps_its_promises_or_is_refused(given: Data, call: Call) -> None:
    fit = fitted(given, call)
    if not is_refusal(fit):
        answer(lambda: check_fit(fit))


# What can be asked of a fit, with the promises of the answer.
Question = tuple[str, Callable[[bd.FitResult[Any]], Any], Callable[[Any], None]]
QUESTIONS: tuple[Question, ...] = (
    ("impacts", lambda fit: fit.impacts(), check_impacts),
    ("impacts at the means", lambda fit: fit.impacts(at={}), check_impacts),
    ("simulated impacts", lambda fit: fit.impacts(draws=30, seed=1), check_impacts),
    ("impacts later", lambda fit: fit.impacts(horizon=2, at={}), check_impacts),
    ("impacts in the long run", lambda fit: fit.impacts(horizon="long"), check_impacts),
    ("orders", lambda fit: fit.impacts().orders(2), lambda found: check_frame(found.frame)),
    ("matrix", lambda fit: fit.impact_matrix(fit.terms[0]), check_frame),
    (
        "shock",
        lambda fit: fit.shock("x1", {fit.panel.units[0]: 0.5}, draws=20, seed=2, at={}),
        lambda found: check_frame(found.frame[["estimate", "std_error"]]),
    ),
    (
        "path of a shock",
        lambda fit: fit.shock("x1", {fit.panel.units[0]: 0.5}, horizon=range(3), permanent=False),
        lambda found: check_frame(found.frame[["estimate", "std_error"]]),
    ),
    ("effects", lambda fit: fit.effects.tidy(), check_tidy),
    ("predictions", lambda fit: fit.predict(), check_frame),
    ("structural", lambda fit: fit.predict(reduced=False, effects=False), check_frame),
    ("elsewhere", lambda fit: fit.predict(fit.panel, effects="unit"), check_frame),
    ("restriction", lambda fit: fit.wald_test(f"{fit.terms[0]} = 0"), check_test),
    ("first stage", lambda fit: fit.first_stage, check_tests),
    ("surplus", lambda fit: fit.overidentification, check_test),
    (
        "variances",
        lambda fit: fit.variance_components.tidy() if fit.variance_components else None,
        lambda found: found is None or check_tidy(found),
    ),
    ("clusters", lambda fit: fit.with_cov("clustered", cluster="time"), check_fit),
    ("robust", lambda fit: fit.with_cov("robust"), check_fit),
    ("in blocks", lambda fit: fit.with_cov("driscoll-kraay", bandwidth=1.5), check_fit),
    ("to the lag model", lambda fit: fit.estimator.to(bd.SpatialLag).title, lambda title: None),
    ("to the error model", lambda fit: fit.estimator.to(bd.SEM).title, lambda title: None),
    (
        "bootstrap",
        lambda fit: bd.bootstrap(fit, 9, seed=3),
        lambda found: check_tidy(found.tidy()),
    ),
    (
        "wild bootstrap",
        lambda fit: bd.bootstrap(fit, 9, kind="wild", by="unit", seed=3),
        lambda found: check_tidy(found.tidy()),
    ),
)


@fuzzed
@given(data(units=3, periods=2), calls(), st.sampled_from(QUESTIONS))
def test_what_is_asked_of_a_fit_has_an_answer_or_a_refusal(
    given: Data, call: Call, question: Question
) -> None:
    fit = fitted(given, call)
    if is_refusal(fit):
        return
    _, ask, check = question
    found = answer(lambda: ask(fit))
    if not is_refusal(found):
        answer(lambda: check(found))


def _same(there: bd.FitResult[Any], here: bd.FitResult[Any], factor: np.ndarray) -> None:
    """Estimates that are equal, and equally precise, but for what rounding does to a search."""
    tolerance = 1e-4 * here.std_errors.to_numpy() + 1e-6 * np.abs(here.params.to_numpy())
    assert (np.abs(there.params / factor - here.params.to_numpy()) <= tolerance).all()
    np.testing.assert_allclose(
        there.std_errors / factor, here.std_errors.to_numpy(), rtol=1e-3, atol=1e-9
    )


@fuzzed
@given(data(units=5, periods=3, healthy=True), calls(USUAL), st.integers(0, 99))
def test_names_and_order_change_nothing(given: Data, call: Call, seed: int) -> None:
    here, there = fitted(given, call), fitted(given.renamed(seed), call)
    assert is_refusal(here) == is_refusal(there), (here, there)
    if not is_refusal(here):
        _same(there, here, np.ones(len(here.terms)))


@fuzzed
@given(data(units=5, periods=3, healthy=True), calls(("y ~ x1 + x2", "y ~ x1")))
def test_units_of_measurement_change_nothing(given: Data, call: Call) -> None:
    here, there = fitted(given, call), fitted(given.scaled(y=1000.0, x1=0.01), call)
    assert is_refusal(here) == is_refusal(there), (here, there)
    if is_refusal(here):
        return
    own = {"rho", "lam", "psi", "tau", "eta"}
    factor = [1.0 if term in own else 1e5 if "x1" in term else 1e3 for term in here.terms]
    _same(there, here, np.array(factor))


@fuzzed
@given(data(units=5, periods=3, healthy=True), calls(("y ~ x1 + x2", "y ~ x1")))
def test_location_of_a_regressor_changes_nothing_under_effects(given: Data, call: Call) -> None:
    here, there = fitted(given, call), fitted(given.moved(x1=5.0), call)
    assert is_refusal(here) == is_refusal(there), (here, there)
    # the lag of a constant is one only where rows sum to one
    if is_refusal(here) or "Intercept" in here.terms or given.normalise != "row":
        return
    if given.links.any(axis=1).all():
        _same(there, here, np.ones(len(here.terms)))
