"""p-values from outcomes that the fitted null draws."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.diagnostics.bootstrap_p_values import outcomes_under, quadratic_forms, with_drawn_p
from bevdrivers.results import TestResult

from ..made_up import drawn, scattered

UPPER = TestResult.chi2("t", "null", 3.0, 2)
TWO_SIDED = TestResult.normal("t", "null", -1.5)


def test_p_is_a_share_of_draws():
    tests = with_drawn_p(UPPER, np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]))
    assert tests.p_value == (1 + 6) / 10
    assert tests.distribution == "bootstrap (9)"
    assert tests.statistic == UPPER.statistic
    tests = with_drawn_p(TWO_SIDED, np.array([-2.0, -1.0, 0.0, 1.0]))
    assert tests.p_value == 2 * (1 + 1) / 5


def test_lost_draws_are_counted():
    tests = with_drawn_p(UPPER, np.array([np.nan, 1.0, 2.0, 4.0]))
    assert tests.p_value == (1 + 1) / 4
    assert "1 of 4 draws could not be fitted" in tests.reason
    assert not with_drawn_p(UPPER, np.array([np.nan, np.nan, 2.0])).applies


@pytest.mark.parametrize(
    "model",
    [bd.NonSpatial, bd.SpatialLag, bd.SpatialError, bd.SpatialDurbin, bd.SpatialCombined],
)
def test_drawn_statistics_are_those_of_fits_to_drawn_outcomes(model, monkeypatch):
    """Each outcome in a panel of its own, fitted and tested as any other."""
    from bevdrivers.diagnostics.residuals import battery as module

    W = scattered()
    fit = model("y ~ x1 + x2").fit(drawn(model, W), *([W] if model.lag_y or model.lag_u else []))
    weights = W if model is bd.NonSpatial else None
    kept = []

    def watched(test, row):
        kept.append((test.name, row))
        return with_drawn_p(test, row)

    monkeypatch.setattr(module, "with_drawn_p", watched)
    bd.residual_tests(fit, weights, p="bootstrap", draws=19, seed=4)
    [outcomes] = list(outcomes_under(fit, 19, 4))
    for r in (0, 18):
        panel = fit.panel.with_columns(y=outcomes[:, :, r])
        again = fit.estimator.fit(panel, *([W] if model.lag_y or model.lag_u else []))
        tests = {test.name: test for test in bd.residual_tests(again, weights, seed=4)}
        for name, row in kept:
            if tests[name].applies:
                assert row[r] == pytest.approx(tests[name].statistic, rel=1e-5, abs=1e-6), name


def test_what_does_not_apply_by_its_distribution_does_by_the_bootstrap():
    W = scattered()
    fit = bd.SpatialDurbin("y ~ x1 + x2").fit(drawn(bd.SpatialDurbin, W), W)
    plain, again = bd.residual_tests(fit), bd.residual_tests(fit, p="bootstrap", draws=19)
    names = {"Pesaran CD"} | {f"{kind} by unit" for kind in ("Breusch-Pagan", "Koenker")}
    names |= {"Modified Wald by unit"}
    assert {test.name for test in plain if not test.applies} == names
    assert all(test.applies for test in again)
    assert {test.distribution for test in again} == {"bootstrap (19)"}
    assert 'p="bootstrap"' in plain["Modified Wald by unit"].reason


def test_a_seed_gives_the_same_p_values():
    W = scattered()
    fit = bd.SpatialLag("y ~ x1 + x2").fit(drawn(bd.SpatialLag, W), W)
    first, second, other = (
        [test.p_value for test in bd.residual_tests(fit, p="bootstrap", draws=39, seed=seed)]
        for seed in (1, 1, 2)
    )
    assert first == second
    assert first != other


@pytest.mark.parametrize("form", ["classical", "mundlak"])
def test_hausman_without_lags(form):
    W = scattered()
    model = bd.NonSpatial("y ~ x1 + x2")
    panel = drawn(bd.NonSpatial, W, effects=None)
    plain = bd.hausman_test(model, panel, form=form)
    test = bd.hausman_test(model, panel, form=form, p="bootstrap", draws=39, seed=1)
    assert test.applies == plain.applies
    if plain.applies:
        assert test.statistic == plain.statistic
        assert test.distribution == "bootstrap (39)"
        assert 1 / 40 <= test.p_value <= 1


def test_tests_of_effects_with_a_lag():
    """Effects that follow x1 are seen; the statistic is that of the test without a bootstrap."""
    W = scattered(N=20)
    model = bd.SpatialLag("y ~ x1 + x2", random_effects="kkp")
    panel = drawn(bd.SpatialLag, W, T=6, effects=None)
    moved = panel.with_columns(y=panel["y"] + 3 * panel["x1"].mean(axis=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bd.BoundWarning)
        fit = model.replace(mundlak=True).fit(moved, W)
        plain = bd.mundlak_test(fit)
        test = bd.mundlak_test(fit, p="bootstrap", draws=19, seed=1)
        hausman = bd.hausman_test(model, moved, W, p="bootstrap", draws=19, seed=1)
    assert test.statistic == plain.statistic
    assert test.p_value == 1 / 20
    assert hausman.distribution.startswith("bootstrap") or not hausman.applies


def test_quadratic_forms():
    rng = np.random.default_rng(0)
    gaps, roots = rng.standard_normal((3, 2)), rng.standard_normal((3, 2, 2))
    V = roots @ np.swapaxes(roots, 1, 2)
    V[1] = np.nan
    forms_of_gaps = quadratic_forms(gaps, V)
    assert np.isnan(forms_of_gaps[1])
    for r in (0, 2):
        assert forms_of_gaps[r] == pytest.approx(gaps[r] @ np.linalg.inv(V[r]) @ gaps[r], rel=1e-9)


def test_one_singular_variance_does_not_end_the_others():
    V = np.stack([4.0 * np.eye(2), np.zeros((2, 2))])
    forms_of_gaps = quadratic_forms(np.ones((2, 2)), V)
    np.testing.assert_array_equal(forms_of_gaps, [0.5, np.nan])


@pytest.mark.parametrize(
    ("options", "argument"), [({"p": "exact"}, "p"), ({"p": "bootstrap", "draws": 5}, "draws")]
)
def test_options_are_checked(options, argument):
    W = scattered()
    fit = bd.SpatialLag("y ~ x1 + x2").fit(drawn(bd.SpatialLag, W), W)
    with pytest.raises(bd.OptionError) as caught:
        bd.residual_tests(fit, **options)
    assert caught.value.argument == argument
