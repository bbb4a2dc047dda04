"""The common factor restriction: spatialreg, known truth."""

from __future__ import annotations

import pytest

import bevdrivers as bd
from bevdrivers.models.hypotheses import durbin_wald_tests

from ...conftest import MUNNELL, reference
from ...made_up import drawn, scattered, uneven

R = reference("munnell/residual_tests")


@pytest.mark.parametrize("correction", ["auto", None])
def test_common_factor_is_wald_and_lr(correction, munnell, states):
    fit = bd.SpatialDurbin(MUNNELL, correction=correction).fit(munnell, states)
    test = bd.common_factor_test(fit)
    error = bd.SpatialError(MUNNELL, correction=correction).fit(munnell, states)
    assert test["Wald common factor"].statistic == pytest.approx(
        durbin_wald_tests(fit)[1].statistic, rel=1e-12
    )
    assert test["LR common factor"].statistic == pytest.approx(
        2 * (fit.loglik - error.loglik), rel=1e-9
    )


def test_common_factor_holds_where_the_restriction_does():
    """With theta = -rho beta in the data and hardly any noise, neither test rejects; with another
    theta both do.
    """
    W = scattered(20)
    near = {"x1": 1.0, "x2": -0.5, "rho": 0.5, "W_x1": -0.5, "W_x2": 0.25}
    panel = bd.simulate_panel(
        bd.SpatialDurbin("y ~ x1 + x2"), W, params=near, periods=8, sigma2=0.01, seed=0
    )
    assert not any(
        test.rejected
        for test in bd.common_factor_test(bd.SpatialDurbin("y ~ x1 + x2").fit(panel, W))
    )
    off = near | {"W_x1": -0.3}
    panel = bd.simulate_panel(
        bd.SpatialDurbin("y ~ x1 + x2"), W, params=off, periods=8, sigma2=0.01, seed=0
    )
    assert all(
        test.rejected
        for test in bd.common_factor_test(bd.SpatialDurbin("y ~ x1 + x2").fit(panel, W))
    )


def test_common_factor_says_where_it_does_not_apply(munnell, states):
    partial = bd.common_factor_test(bd.SpatialDurbin(MUNNELL, durbin=["lpc"]).fit(munnell, states))
    assert not any(test.applies for test in partial)
    moments = bd.common_factor_test(bd.SpatialDurbin(MUNNELL, method="gmm").fit(munnell, states))
    assert [test.applies for test in moments] == [True, False]
    with pytest.raises(bd.InputError, match="SpatialDurbin"):
        bd.common_factor_test(bd.SpatialLag(MUNNELL).fit(munnell, states))


@pytest.mark.parametrize("effects", [None, "unit"])
def test_an_intercept_needs_rows_that_sum_to_one(effects):
    """W times 1 is a constant only then: the Durbin model does not hold the error model else."""
    W = uneven(20)
    model = bd.SpatialDurbin("y ~ x1 + x2", fixed_effects=effects)
    fit = model.fit(drawn(bd.SpatialDurbin, W, effects=effects), W)
    result = bd.common_factor_test(fit)
    assert all(test.applies for test in result) is (effects == "unit")
    if effects is None:
        assert all("rows of W sum to one" in test.reason for test in result)
