"""Sizes of the tests where the errors are what they suppose: 5 % level, bands of five standard
errors.
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.diagnostics.residuals.cross_section import cross_section_tests
from bevdrivers.diagnostics.residuals.heteroskedasticity import variance_tests
from bevdrivers.diagnostics.residuals.normality import normality_test
from bevdrivers.diagnostics.residuals.serial import serial_tests

from ..made_up import uneven

pytestmark = pytest.mark.slow
LEVEL = 0.05


def band(samples: int) -> float:
    return 5 * np.sqrt(LEVEL * (1 - LEVEL) / samples)


def test_corrected_tests_against_durbin_models_keep_their_size():
    """Two-way effects, 1/d, N = 30: demeaned as published, LM lag given WX rejects a true null far
    too often.
    """
    W, samples = uneven(30, normalise="row"), 120
    model = bd.NonSpatial("y ~ x1 + x2")
    rejected = {form: np.zeros(5) for form in ("corrected", "published")}
    for seed in range(samples):
        panel = bd.simulate_panel(model, W, params={"x1": 1.0, "x2": 1.0}, periods=12, seed=seed)
        for form, count in rejected.items():
            count += [
                test.rejected for test in bd.lm_tests(model, panel, W, form=form, against="sdm")
            ]
    assert (rejected["corrected"] / samples < LEVEL + band(samples)).all()
    # LM lag, LM lag given WX, LM WX, LM WX given lag, LM lag and WX
    assert rejected["published"][1] / samples > LEVEL + 2 * band(samples)


def test_conditional_tests_keep_their_size_far_from_zero():
    W, samples = uneven(30, normalise="row"), 80
    plain = bd.NonSpatial("y ~ x1 + x2")
    for kind, name, truth in (
        (bd.SpatialLag, "LM error given lag", {"rho": 0.5}),
        (bd.SpatialError, "LM lag given error", {"lam": 0.5}),
    ):
        count = 0
        for seed in range(samples):
            params = {"x1": 1.0, "x2": 1.0, **truth}
            panel = bd.simulate_panel(kind("y ~ x1 + x2"), W, params=params, periods=12, seed=seed)
            count += bd.conditional_lm_tests(plain, panel, W)[name].rejected
        assert count / samples < LEVEL + band(samples)


def test_residual_tests_under_two_way_demeaned_normal_errors():
    """N = 31, T = 12. The modified Wald test is the one that does not keep its size, as its
    docstring's page says.
    """
    rng, samples = np.random.default_rng(0), 600
    counts: dict[str, int] = {}
    for _ in range(samples):
        e = rng.standard_normal((12, 31))
        e = e - e.mean(axis=0) - e.mean(axis=1, keepdims=True) + e.mean()
        tests = [*cross_section_tests(e, time_effects=True, seed=0), *variance_tests(e, 330.0)]
        for test in [*tests, *serial_tests(e), normality_test(e)]:
            counts[test.name] = counts.get(test.name, 0) + test.rejected
    shares = {name: count / samples for name, count in counts.items()}
    assert shares.pop("Pesaran CD") == 0
    assert shares.pop("Modified Wald by unit") > 0.5
    for name in (
        "Weighted CD",
        "Bartlett by unit",
        "Koenker by unit",
        "Jarque-Bera",
        "Born-Breitung LM(1)",
    ):
        assert abs(shares[name] - LEVEL) < band(samples), name
    for name in (
        "Wooldridge AR(1)",
        "Wooldridge differences",
        "Born-Breitung Q(2)",
        "Born-Breitung HR",
        "Breusch-Pagan by unit",
    ):
        assert shares[name] < LEVEL + 2 * band(samples), name
