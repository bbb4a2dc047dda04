"""Mean multipliers, orders, shocks and draws against dense matrices, differences and quantiles."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.models.impacts import orders
from bevdrivers.models.impacts.draws import _root
from bevdrivers.models.impacts.mean_multipliers import _AtHorizon, _ShortRun

from ...made_up import drawn, scattered, uneven

# central differences in steps of 1e-5
DIFFERENCES = 1e-8
STEP = 1e-5


def lopsided(seed: int) -> bd.SpatialWeights:
    """Links of random sizes, rows and columns of different sums."""
    links = np.random.default_rng(seed).exponential(size=(12, 12)) * (1 - np.eye(12))
    ids = [f"u{i:02d}" for i in range(12)]
    return bd.SpatialWeights.from_matrix(links, ids, normalise="spectral")


# asymmetric, row-normalised or not; the W of X is another one, or there is none
WEIGHTS = {"row": scattered(), "spectral": lopsided(2)}
OTHERS = {"none": None, "row": scattered(seed=3), "spectral": lopsided(3)}


def four_numbers(D: np.ndarray, Wx: bd.SpatialWeights | None) -> np.ndarray:
    """(tr D, tr D Wx, 1'D1, 1'D Wx 1) / N, written out."""
    N = len(D)
    DWx = np.zeros_like(D) if Wx is None else D @ Wx.dense
    return np.array([np.trace(D), np.trace(DWx), D.sum(), DWx.sum()]) / N


def multiplier_by_recursion(W: np.ndarray, tau: float, eta: float, rho: float, h) -> np.ndarray:
    identity = np.eye(len(W))
    if h == "long":
        return np.linalg.inv((1 - tau) * identity - (rho + eta) * W)
    B = np.linalg.inv(identity - rho * W)
    A = B @ (tau * identity + eta * W)
    return sum(np.linalg.matrix_power(A, s) for s in range(h + 1)) @ B


@pytest.mark.parametrize("w", WEIGHTS)
@pytest.mark.parametrize("wx", OTHERS)
def test_short_run_numbers_and_slopes_are_dense_ones(w, wx):
    W, Wx = WEIGHTS[w], OTHERS[wx]
    means, slopes = _ShortRun(W, Wx).at({"rho": 0.4})

    def expected(rho: float) -> np.ndarray:
        return four_numbers(np.linalg.inv(np.eye(12) - rho * W.dense), Wx)

    # without lags of X the numbers of W_x belong to no parameter
    used = [0, 2] if Wx is None else [0, 1, 2, 3]
    np.testing.assert_allclose(means[used], expected(0.4)[used], rtol=1e-11)
    by_rho = (expected(0.4 + STEP) - expected(0.4 - STEP)) / (2 * STEP)
    np.testing.assert_allclose(slopes["rho"][used], by_rho[used], atol=DIFFERENCES)


@pytest.mark.parametrize("horizon", [1, 3, "long"])
@pytest.mark.parametrize("w", WEIGHTS)
@pytest.mark.parametrize("wx", OTHERS)
def test_numbers_and_slopes_of_a_horizon_are_dense_ones(horizon, w, wx):
    W, Wx = WEIGHTS[w], OTHERS[wx]
    at = {"tau": 0.3, "eta": -0.1, "rho": 0.4}
    means, slopes = _AtHorizon(W, Wx, horizon).at(at)

    def expected(**values: float) -> np.ndarray:
        return four_numbers(multiplier_by_recursion(W.dense, **values, h=horizon), Wx)

    np.testing.assert_allclose(means, expected(**at), rtol=1e-11, atol=1e-14)
    for name, value in at.items():
        up, down = expected(**at | {name: value + STEP}), expected(**at | {name: value - STEP})
        np.testing.assert_allclose(slopes[name], (up - down) / (2 * STEP), atol=DIFFERENCES)


@pytest.mark.parametrize("columns", [5, 12, 256])
def test_powers_in_blocks_of_columns_are_those_of_the_matrix(columns, monkeypatch):
    monkeypatch.setattr(orders, "COLUMNS", columns)
    W, Wx = WEIGHTS["spectral"], OTHERS["row"]
    powers = orders._powers(W, Wx, 3)
    for k in range(1, 4):
        power = np.linalg.matrix_power(W.dense, k)
        before = np.linalg.matrix_power(W.dense, k - 1) @ Wx.dense
        expected = [np.trace(power), np.trace(before), power.sum(), before.sum()]
        np.testing.assert_allclose(powers[k], np.array(expected) / 12, rtol=1e-12, atol=1e-15)


def test_shock_of_the_first_unit_is_its_column_of_the_multiplier():
    W = uneven()
    fit = bd.SpatialDurbin("y ~ x1 + x2", fixed_effects="unit").fit(
        drawn(bd.SpatialDurbin, scattered(), effects="unit"), W
    )
    shock = fit.shock("x1", {W.ids[0]: 2.0})
    B = np.linalg.inv(np.eye(12) - fit.rho * W.dense)
    own = fit.params["x1"] * np.eye(12)[:, 0] + fit.params["W_x1"] * W.dense[:, 0]
    np.testing.assert_allclose(shock.values[0], 2.0 * B @ own, rtol=1e-10)
    with pytest.raises(bd.InputError, match=r"unknown \['nowhere'\]"):
        fit.shock("x1", {W.ids[0]: 2.0, "nowhere": 1.0})


class TestDraws:
    def test_root_of_a_covariance_without_full_rank(self):
        """As sums over one cluster give it; powers of two, so that no rounding gives it a rank."""
        size = np.array([1.0, 2.0**10, 2.0**-10])
        covariance = np.outer(size, size)
        with pytest.raises(np.linalg.LinAlgError):
            np.linalg.cholesky(covariance)
        root = _root(covariance)
        np.testing.assert_allclose(root @ root.T, covariance, rtol=1e-12)

    def test_intervals_are_quantiles_of_each_impact(self):
        W = scattered()
        fit = bd.SpatialDurbin("y ~ x1 + x2").fit(drawn(bd.SpatialDurbin, W), W)
        impacts = fit.impacts(draws=200, seed=3)
        frame = impacts.tidy(level=0.8).set_index(["term", "component"])
        for k, component in enumerate(("direct", "indirect", "total")):
            for m, term in enumerate(impacts.terms):
                drawn_values = impacts.sample_of_draws[:, k, m]
                low, high = np.quantile(drawn_values, [0.1, 0.9])
                row = frame.loc[(term, component)]
                assert (row["conf_low"], row["conf_high"]) == pytest.approx((low, high), rel=1e-12)

    def test_glance_names_the_distribution(self):
        W = scattered()
        panel = drawn(bd.SpatialDurbin, W)
        for model, statistic in ((bd.SpatialDurbin, "z"), (bd.SpatialLagX, "t")):
            glance = model("y ~ x1 + x2").fit(panel, W).impacts().glance()
            assert glance["statistic"].item() == statistic
