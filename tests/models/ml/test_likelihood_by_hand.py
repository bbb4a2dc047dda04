"""Log-likelihood, information and log-determinants against dense matrices."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.models.ml.information import slope_beyond_variance
from bevdrivers.models.ml.likelihood import Likelihood
from bevdrivers.models.ml.operators import LagOperator
from bevdrivers.numerics.eigenvalue_log_determinants import Spectrum
from bevdrivers.numerics.linalg import RHO_FLOOR
from bevdrivers.numerics.series_log_determinants import SeriesSpectrum

from ...made_up import drawn, scattered, uneven

REGIONS = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2])


@pytest.mark.parametrize("effects", ["unit", None])
def test_value_is_the_normal_density_with_the_rest_concentrated_out(effects):
    """t ln|I - rho W| - n / 2 [ln(2 pi e'e / n) + 1], n = N t, at many rho and at one."""
    W = scattered()
    panel = drawn(bd.SpatialLag, W, effects=effects)
    fit = bd.SpatialLag("y ~ x1 + x2", fixed_effects=effects).fit(panel, W)
    demean = 1.0 if effects else 0.0
    y, x1, x2 = (v - demean * v.mean(axis=0) for v in (panel["y"], panel["x1"], panel["x2"]))
    X = np.column_stack([x1.ravel(), x2.ravel(), *([] if effects else [np.ones(y.size)])])
    t = len(y) - (effects == "unit")
    n = 12 * t

    def density(rho: float) -> float:
        left = (y - rho * y @ W.dense.T).ravel()
        e = left - X @ np.linalg.lstsq(X, left, rcond=None)[0]
        volume = t * np.linalg.slogdet(np.eye(12) - rho * W.dense)[1]
        return volume - n / 2 * (np.log(2 * np.pi * (e @ e) / n) + 1)

    rhos = np.array([-0.7, 0.0, 0.2, 0.8])
    likelihood = Likelihood.of(fit.sample)
    expected = [density(rho) for rho in rhos]
    np.testing.assert_allclose(likelihood.values(rhos), expected, rtol=1e-11)
    for rho, value in zip(rhos, expected, strict=True):
        p = np.array([rho])
        assert likelihood.value(p) == pytest.approx(value, rel=1e-11)
        assert likelihood.score(p)[0] == pytest.approx(value, rel=1e-11)


@pytest.mark.parametrize("formula", ["y ~ x1", "y ~ x1 + x2"])
def test_adjusted_score_has_a_slope_beyond_its_variance_in_rho_alone(formula):
    """t (tr QGG - tr QGQG), Q the projection off the regions."""
    W = scattered()
    panel = drawn(bd.SpatialLag, W)
    panel = panel.with_columns(region=np.tile(REGIONS * 1.0, (8, 1)))
    fit = bd.SpatialLag(formula, absorb=[f"region:{panel.time}"]).fit(panel, W)
    same = (REGIONS[:, None] == REGIONS) * 1.0
    Q = np.eye(12) - same / same.sum(axis=1)
    G = W.dense @ np.linalg.inv(np.eye(12) - fit.rho * W.dense)
    expected = np.zeros((len(fit.params) + 1,) * 2)
    expected[-2, -2] = 7 * (np.trace(Q @ G @ G) - np.trace(Q @ G @ Q @ G))
    assert abs(expected[-2, -2]) > 0.1
    computed = slope_beyond_variance(fit.sample, fit.estimate.point)
    np.testing.assert_allclose(computed, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("other", [None, scattered(seed=5)])
def test_operator_of_the_lag_in_the_filter_of_another_W(other):
    """G = W (I - rho W)^-1 and R G R^-1, R = I - lam M, which commute for M = W only."""
    W = scattered()
    G = W.dense @ np.linalg.inv(np.eye(12) - 0.4 * W.dense)
    expected = G
    if other is not None:
        R = np.eye(12) - 0.3 * other.dense
        expected = R @ G @ np.linalg.inv(R)
    operator = LagOperator(W, 0.4, other, 0.3)
    values = np.random.default_rng(0).standard_normal((5, 12))
    np.testing.assert_allclose(operator.matrix, expected, atol=1e-12)
    np.testing.assert_allclose(operator.over_units(values), values @ expected.T, atol=1e-12)
    np.testing.assert_allclose(operator._apply(values.T), expected @ values.T, atol=1e-12)


def test_bounds_where_all_eigenvalues_are_small_or_of_one_sign():
    """One over the extreme real ones; without a negative one `RHO_FLOOR` over the largest size."""
    assert Spectrum(np.array([0.5, -0.25])).bounds == (-4.0, 2.0)
    turning = np.array([0.5, 0.25j, -0.25j])
    assert Spectrum(turning).bounds == (RHO_FLOOR / 0.5, 2.0)
    assert Spectrum(-turning).bounds == (-2.0, -RHO_FLOOR / 0.5)
    # no real one at all: any rho will do, and the search needs ends
    assert Spectrum(np.zeros(3)).bounds == (RHO_FLOOR, -RHO_FLOOR)


def test_determinant_and_its_derivatives_at_many_rho_are_those_of_the_matrix():
    W = scattered()
    rhos = np.array([-0.6, 0.0, 0.3, 0.9])
    expected = np.empty((3, 4))
    for k, rho in enumerate(rhos):
        G = W.dense @ np.linalg.inv(np.eye(12) - rho * W.dense)
        determinant = np.linalg.slogdet(np.eye(12) - rho * W.dense)[1]
        expected[:, k] = determinant, -np.trace(G), -np.trace(G @ G)
    spectrum = Spectrum(np.linalg.eigvals(W.dense))
    np.testing.assert_allclose(spectrum.many(rhos), expected, rtol=1e-10, atol=1e-11)
    for k, rho in enumerate(rhos):
        np.testing.assert_allclose(spectrum.at(rho), expected[:, k], rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(spectrum.log_determinant(rhos), expected[0], atol=1e-11)


def test_series_hold_the_trace_of_the_square_whatever_the_probes_say():
    """Near rho = 0 ln|I - rho W| is -rho^2 tr WW / 2, and what is probed is of order rho^3."""
    W = uneven(60, normalise="row")
    series = SeriesSpectrum(W.sparse, W.links, 1.0, True)
    missed = np.abs(series._moments[1][1].mean())
    rho = 0.004
    # the probes miss tr WW by more than the series may
    assert rho**2 / 2 * missed > 1e-8
    exact = np.linalg.slogdet(np.eye(60) - rho * W.dense)[1]
    assert series.at(rho)[0] == pytest.approx(exact, abs=2e-9)
    assert series.at(0.0)[2] == pytest.approx(-np.trace(W.dense @ W.dense), rel=1e-12)
