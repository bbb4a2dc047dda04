"""Spatial Hausman tests, the common factor and J tests: splm, spatialreg, linearmodels, dense matrices."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.models.hypotheses import durbin_wald_tests

from ..conftest import MUNNELL, reference
from ..made_up import drawn, ring, scattered, uneven
from .test_lm_durbin import Dense

R = reference("munnell/residual_tests")
TESTS = reference("munnell/tests")
# the optimum of R's search for lam
OPTIMISER = 1e-5


def test_spatial_hausman_equals_spatialreg_for_a_symmetric_w(munnell, states):
    """For row-normalised W spatialreg takes (R'R)^-1 as R^-1 R^-1 (7.150 for 7.428)."""
    year = munnell.select(periods=[1986])
    W = bd.SpatialWeights.from_matrix(states.links, states.ids, normalise="spectral")
    found = bd.spatial_hausman_test(bd.SpatialError(MUNNELL, fixed_effects=None).fit(year, W))
    assert found.statistic == pytest.approx(R["hausman_error_1986_B"]["statistic"], rel=OPTIMISER)
    assert found.df == (5,)


@pytest.mark.parametrize("effects", ["two-way", "unit", "time"])
@pytest.mark.parametrize("kind", [bd.SpatialError, bd.SpatialDurbinError])
def test_spatial_hausman_in_explicit_contrasts(effects, kind):
    W = scattered(9)
    panel = drawn(bd.SpatialDurbin, W, T=6, effects=effects)
    fit = kind("y ~ x1 + x2", fixed_effects=effects).fit(panel, W)
    d = Dense(W, panel, effects, lags=kind is bd.SpatialDurbinError)
    B = d.eye - fit.lam * d.V
    bread = np.linalg.inv(d.X.T @ d.X)
    ols = fit.sigma2 * bread @ d.X.T @ np.linalg.inv(B.T @ B) @ d.X @ bread
    error = fit.sigma2 * np.linalg.inv(d.X.T @ B.T @ B @ d.X)
    gap = bread @ d.X.T @ d.y - fit.params.to_numpy()[:-1]
    found = bd.spatial_hausman_test(fit)
    assert found.statistic == pytest.approx(gap @ np.linalg.solve(ols - error, gap), rel=1e-7)


def test_spatial_hausman_wants_an_error_model(munnell, states):
    with pytest.raises(bd.InputError, match="SpatialError"):
        bd.spatial_hausman_test(bd.SpatialLag(MUNNELL).fit(munnell, states))


@pytest.mark.parametrize(("kind", "code"), [("kkp", "KKP"), ("baltagi", "BSK")])
def test_fixed_against_random_effects_equals_splm(kind, code, munnell, states):
    """splm divides the fixed-effects variance by NT: the fit without correction."""
    model = bd.SpatialError(MUNNELL, random_effects=kind, correction=None)
    found = bd.hausman_test(model, munnell, states)
    truth = TESTS[f"sphtest_error_{code}_ML"]
    assert found.statistic == pytest.approx(truth["statistic"]["chisq"], rel=1e-4)
    assert found.df == (truth["parameter"]["df"],)


def test_hausman_with_weights_needs_lags_and_the_classical_form(munnell, states):
    with pytest.raises(bd.OptionError, match="lag of y"):
        bd.hausman_test(bd.NonSpatial(MUNNELL), munnell, states)
    with pytest.raises(bd.OptionError, match="mundlak"):
        bd.hausman_test(bd.SpatialLag(MUNNELL), munnell, states, form="mundlak")
    assert bd.hausman_test(bd.SpatialLag(MUNNELL), munnell, states).df == (5,)


@pytest.mark.parametrize("correction", ["auto", None])
def test_common_factor_is_wald_and_lr(correction, munnell, states):
    fit = bd.SpatialDurbin(MUNNELL, correction=correction).fit(munnell, states)
    found = bd.common_factor_test(fit)
    error = bd.SpatialError(MUNNELL, correction=correction).fit(munnell, states)
    assert found["Wald common factor"].statistic == pytest.approx(durbin_wald_tests(fit)[1].statistic, rel=1e-12)
    assert found["LR common factor"].statistic == pytest.approx(2 * (fit.loglik - error.loglik), rel=1e-9)


def test_common_factor_holds_where_the_restriction_does():
    """With theta = -rho beta in the data and hardly any noise, neither test rejects; with another theta both do."""
    W = scattered(20)
    near = {"x1": 1.0, "x2": -0.5, "rho": 0.5, "W_x1": -0.5, "W_x2": 0.25}
    panel = bd.simulate_panel(bd.SpatialDurbin("y ~ x1 + x2"), W, params=near, periods=8, sigma2=0.01, seed=0)
    assert not any(test.rejected for test in bd.common_factor_test(bd.SpatialDurbin("y ~ x1 + x2").fit(panel, W)))
    off = near | {"W_x1": -0.3}
    panel = bd.simulate_panel(bd.SpatialDurbin("y ~ x1 + x2"), W, params=off, periods=8, sigma2=0.01, seed=0)
    assert all(test.rejected for test in bd.common_factor_test(bd.SpatialDurbin("y ~ x1 + x2").fit(panel, W)))


def test_common_factor_says_where_it_does_not_apply(munnell, states):
    partial = bd.common_factor_test(bd.SpatialDurbin(MUNNELL, durbin=["lpc"]).fit(munnell, states))
    assert not any(test.applies for test in partial)
    moments = bd.common_factor_test(bd.SpatialDurbin(MUNNELL, method="gmm").fit(munnell, states))
    assert [test.applies for test in moments] == [True, False]
    with pytest.raises(bd.InputError, match="SpatialDurbin"):
        bd.common_factor_test(bd.SpatialLag(MUNNELL).fit(munnell, states))


@pytest.mark.parametrize("kind", [bd.SpatialLag, bd.SpatialDurbin])
def test_j_test_equals_two_stage_least_squares_of_linearmodels(kind):
    from linearmodels.iv import IV2SLS

    W, other = scattered(15), uneven(15, normalise="row")
    panel = drawn(kind, W, T=7)
    found = bd.j_tests(kind("y ~ x1 + x2"), panel, {"a": W, "b": other})["J a against b"]

    def within(values: np.ndarray) -> np.ndarray:
        values = values - values.mean(axis=0)
        return (values - values.mean(axis=1, keepdims=True)).ravel()

    def columns(V: bd.SpatialWeights) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        X = [panel["x1"], panel["x2"]]
        Z = X + ([V.lag(x) for x in X] if kind is bd.SpatialDurbin else [])
        H = Z + [V.lag(z) for z in Z] + [V.lag(V.lag(z)) for z in Z]
        # W Z repeats W X in Durbin models
        H = H if kind is bd.SpatialLag else [*Z, *[V.lag(z) for z in Z[2:]], *[V.lag(V.lag(z)) for z in Z[2:]]]
        return tuple(np.column_stack([within(v) for v in part]) for part in (Z, H, [V.lag(panel["y"])]))

    y = within(panel["y"])
    (Z, H, Wy), (Z1, H1, Wy1) = columns(W), columns(other)
    rival = IV2SLS(y, Z1, Wy1, H1[:, Z1.shape[1] :]).fit(cov_type="unadjusted")
    predicted = np.column_stack([Z1, Wy1]) @ rival.params.to_numpy()
    extra = [v for v in np.hstack([H[:, Z.shape[1] :], H1]).T]
    kept = Z.copy()
    chosen = []
    for v in extra:  # instruments that are no combination of those before
        if np.linalg.norm(v - kept @ np.linalg.lstsq(kept, v, rcond=None)[0]) > 1e-8 * np.linalg.norm(v):
            kept = np.column_stack([kept, v])
            chosen.append(v)
    wide = IV2SLS(y, Z, np.column_stack([Wy, predicted]), np.column_stack(chosen)).fit(cov_type="unadjusted")
    t = float(wide.tstats.iloc[-1])
    df = len(y) - (15 + 7 - 1) - Z.shape[1] - 2
    assert found.statistic == pytest.approx(t**2 * df / len(y), rel=1e-6)


def test_j_tests_find_the_weights_that_made_the_data():
    W, other = ring(20), uneven(20, normalise="row")
    W = bd.SpatialWeights.from_matrix(W.links, other.ids)
    truth = {"x1": 1.0, "x2": -0.5, "rho": 0.5}
    panel = bd.simulate_panel(bd.SpatialLag("y ~ x1 + x2"), W, params=truth, periods=10, sigma2=0.25, seed=2)
    found = bd.j_tests(bd.SpatialLag("y ~ x1 + x2"), panel, {"ring": W, "distance": other}, draws=49, seed=1)
    assert found["J distance against ring"].p_value == pytest.approx(1 / 50)
    assert not found["J ring against distance"].rejected
    again = bd.j_tests(bd.SpatialLag("y ~ x1 + x2"), panel, {"ring": W, "distance": other}, draws=49, seed=1)
    assert [test.p_value for test in found] == [test.p_value for test in again]


def test_j_tests_refuse(munnell, states):
    with pytest.raises(bd.OptionError, match="SpatialLag or SpatialDurbin"):
        bd.j_tests(bd.SpatialError(MUNNELL), munnell, {"a": states, "b": states})
    with pytest.raises(bd.InputError, match="at least two"):
        bd.j_tests(bd.SpatialLag(MUNNELL), munnell, {"a": states})
