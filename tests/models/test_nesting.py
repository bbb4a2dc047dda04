"""Likelihood-ratio tests are of nested fits: what is a special case of what, model by model."""

from __future__ import annotations

import pytest

import bevdrivers as bd
from bevdrivers.models.nesting import nesting_obstacle

from ..made_up import drawn, scattered, uneven

F = "y ~ x1 + x2"
# larger -> its special cases, Elhorst (2014), figure 2.1
NESTED = {
    bd.GeneralNesting: (
        bd.SpatialCombined,
        bd.SpatialDurbin,
        bd.SpatialDurbinError,
        bd.SpatialLag,
        bd.SpatialError,
        bd.SpatialLagX,
        bd.NonSpatial,
    ),
    bd.SpatialCombined: (bd.SpatialLag, bd.SpatialError, bd.NonSpatial),
    bd.SpatialDurbin: (bd.SpatialLag, bd.SpatialError, bd.SpatialLagX, bd.NonSpatial),
    bd.SpatialDurbinError: (bd.SpatialError, bd.SpatialLagX, bd.NonSpatial),
    bd.SpatialLag: (bd.NonSpatial,),
    bd.SpatialError: (bd.NonSpatial,),
    bd.SpatialLagX: (bd.NonSpatial,),
    bd.NonSpatial: (),
}


@pytest.fixture(scope="module")
def W() -> bd.SpatialWeights:
    return scattered()


@pytest.fixture(scope="module")
def panel(W: bd.SpatialWeights) -> bd.Panel:
    return drawn(bd.SpatialDurbin, W, T=6)


@pytest.fixture(scope="module")
def fits(panel: bd.Panel, W: bd.SpatialWeights) -> dict[type, bd.FitResult]:
    return {kind: kind(F).fit(panel, W) for kind in NESTED}


@pytest.mark.parametrize("large", NESTED, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("small", NESTED, ids=lambda kind: kind.__name__)
def test_the_family_of_models(large, small, fits):
    nested = small is large or small in NESTED[large]
    assert (nesting_obstacle(fits[large], fits[small]) == "") == nested


def test_what_is_not_nested_is_refused_by_name(fits):
    with pytest.raises(
        bd.InputError, match=r"^other: .*SpatialLag beside SpatialDurbinError: .*no lag of y"
    ) as raised:
        fits[bd.SpatialDurbinError].lr_test(fits[bd.SpatialLag])
    assert "aic" in str(raised.value)


def test_the_other_way_round_is_refused_too(fits):
    with pytest.raises(bd.InputError, match="SpatialLag beside SpatialDurbinError"):
        fits[bd.SpatialLag].lr_test(fits[bd.SpatialDurbinError])


def test_another_w_is_refused(panel, W, fits):
    other = bd.SpatialLag(F).fit(panel, scattered(seed=5))
    with pytest.raises(bd.InputError, match="no lag of y with the same W"):
        fits[bd.SpatialDurbin].lr_test(other)
    error = bd.SpatialError(F).fit(panel, scattered(seed=5))
    with pytest.raises(bd.InputError, match="no lag of the error with the same W"):
        fits[bd.SpatialDurbin].lr_test(error)
    lags = bd.SpatialLagX(F, correction=None).fit(panel, scattered(seed=5))
    direct = bd.SpatialDurbin(F, correction=None).fit(panel, W)
    with pytest.raises(bd.InputError, match="not all regressors"):
        direct.lr_test(lags)


def test_the_same_w_made_twice_is_one(panel, fits):
    again = bd.SpatialLag(F).fit(panel, scattered())
    assert fits[bd.SpatialDurbin].lr_test(again).statistic == pytest.approx(
        fits[bd.SpatialDurbin].lr_test(fits[bd.SpatialLag]).statistic, abs=1e-6
    )


def test_other_regressors_are_refused(panel, W):
    large = bd.SpatialDurbin("y ~ x1").fit(panel, W)
    with pytest.raises(bd.InputError, match="not all regressors"):
        large.lr_test(bd.SpatialLag("y ~ x2").fit(panel, W))


def test_regressors_are_compared_by_what_they_span(panel, W):
    sums = panel.with_columns(total=panel["x1"] + panel["x2"])
    large = bd.SpatialLag(F).fit(sums, W)
    assert large.lr_test(bd.SpatialLag("y ~ total").fit(sums, W)).df == (1,)


def test_a_durbin_subset_does_not_hold_the_error_model(panel, W, fits):
    subset = bd.SpatialDurbin(F, durbin=["x1"]).fit(panel, W)
    with pytest.raises(bd.InputError, match="lags of all regressors"):
        subset.lr_test(fits[bd.SpatialError])
    assert subset.lr_test(fits[bd.SpatialLag]).df == (1,)


def test_weights_of_x_of_its_own_do_not_hold_the_error_model(panel, W, fits):
    apart = bd.SpatialDurbin(F).fit(panel, W, x_weights=scattered(seed=5))
    assert "lags of all regressors" in nesting_obstacle(apart, fits[bd.SpatialError])


def test_an_intercept_whose_lag_is_none_is_no_common_factor():
    """With rows of other sums W 1 is no intercept: the error model has a pattern that the Durbin
    model has not.
    """
    for W, nested in ((uneven(), False), (scattered(), True)):
        panel = drawn(bd.SpatialDurbin, scattered(), T=6)
        durbin, error = (
            kind(F, fixed_effects=None).fit(panel, W)
            for kind in (bd.SpatialDurbin, bd.SpatialError)
        )
        assert (nesting_obstacle(durbin, error) == "") == nested


def test_demeaning_before_and_after_lagging_are_two_likelihoods(panel, W, fits):
    """With W of other row sums they differ; so that no statistic depends on it, they are refused
    always.
    """
    before = bd.SpatialDurbin(F, correction=None, demean="before-lag").fit(panel, W)
    after = bd.SpatialLag(F, correction=None).fit(panel, W)
    with pytest.raises(bd.InputError, match="before lagging"):
        before.lr_test(after)


def test_effects_are_nested_or_not(panel, W):
    two_way, unit, time, none = (
        bd.SpatialLag(F, fixed_effects=kind, correction=None).fit(panel, W)
        for kind in ("two-way", "unit", "time", None)
    )
    for large, small in ((two_way, unit), (two_way, time), (two_way, none), (unit, none)):
        assert nesting_obstacle(large, small) == ""
    assert "effects" in nesting_obstacle(unit, time)


def test_random_effects_and_serial_errors_of_the_smaller_alone(panel, W):
    pooled = bd.SpatialDurbin(F, fixed_effects=None).fit(panel, W)
    random = bd.SpatialLag(F, random_effects="kkp").fit(panel, W)
    assert "random effects" in nesting_obstacle(pooled, random)
    assert nesting_obstacle(random, bd.SpatialLag(F, fixed_effects=None).fit(panel, W)) == ""
