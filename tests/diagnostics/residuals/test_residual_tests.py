"""Tests of residuals: R's plm, lmtest and tseries; formulas written out; what each must not see."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.diagnostics.residuals.cross_section import cross_section_tests
from bevdrivers.diagnostics.residuals.heteroskedasticity import variance_tests
from bevdrivers.diagnostics.residuals.normality import normality_test
from bevdrivers.diagnostics.residuals.serial import first_order, serial_tests
from bevdrivers.numerics.streams import generator

from ...conftest import MUNNELL, reference
from ...made_up import drawn, scattered

R = reference("munnell/residual_tests")
TESTS = reference("munnell/tests")
KINDS = {"individual": "unit", "twoways": "two-way"}


def residuals(munnell, effects: str) -> np.ndarray:
    return bd.NonSpatial(MUNNELL, fixed_effects=effects).fit(munnell).estimate.residuals


def test_cd_equals_plm(munnell):
    test = cross_section_tests(residuals(munnell, "unit"), time_effects=False, seed=0)
    truth = TESTS["pcdtest_cd_within"]
    assert test[0].statistic == pytest.approx(truth["statistic"]["z"], rel=1e-9)
    assert test[0].p_value == pytest.approx(truth["p.value"], rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_scaled_lm_equals_plm(kind, munnell):
    test = cross_section_tests(residuals(munnell, KINDS[kind]), time_effects=False, seed=0)[2]
    assert test.statistic == pytest.approx(R[f"pcdtest_bcsclm_{kind}"]["statistic"], rel=1e-9)


def test_cd_does_not_apply_with_time_effects_and_says_what_it_is(munnell):
    test = bd.residual_tests(bd.NonSpatial(MUNNELL).fit(munnell))["Pesaran CD"]
    assert not test.applies
    assert f"{TESTS['pcdtest_cd_within_twoways']['statistic']['z']:.4g}" in test.reason


def test_weighted_cd_is_a_sum_over_pairs():
    """N = 9 and T = 40: correlations beyond 2 sqrt(ln N / T) = 0.47 count in full."""
    rng = np.random.default_rng(3)
    e = rng.standard_normal((40, 9))
    e[:, 1] = e[:, 0] + 0.3 * e[:, 1]
    test = cross_section_tests(e, time_effects=True, seed=7)[1]
    signs = generator(7, "signs of units").choice([-1.0, 1.0], 9)
    scaled = (e - e.mean(axis=0)) / e.std(axis=0)
    raw = e * signs / np.sqrt(np.mean(e**2, axis=0))
    total, large = 0.0, 0.0
    for i in range(9):
        for j in range(i):
            total += float(np.sum(raw[:, i] * raw[:, j]))
            r = float(np.mean(scaled[:, i] * scaled[:, j]))
            large += abs(r) * (abs(r) > 2 * np.sqrt(np.log(9) / 40))
    assert large > 0.9
    assert test.statistic == pytest.approx(np.sqrt(2 / (40 * 9 * 8)) * total + large, rel=1e-10)
    assert cross_section_tests(e, time_effects=True, seed=8)[1].statistic != test.statistic


def test_exponent_from_none_to_all(munnell):
    fit = bd.NonSpatial(MUNNELL, fixed_effects="unit").fit(munnell)
    # every correlation above the threshold: all N^2 pairs count; none: the N of a unit with itself
    rng = np.random.default_rng(3)
    alike = munnell.with_columns(
        y=rng.standard_normal((17, 1)) + 0.01 * rng.standard_normal((17, 48))
    )
    common = bd.NonSpatial("y ~ unemp", fixed_effects="unit").fit(alike)
    assert bd.cross_section_exponent(common, level=0.5) == pytest.approx(1.0)
    assert bd.cross_section_exponent(fit, level=1e-9) == pytest.approx(0.5)
    r = np.corrcoef(fit.estimate.residuals.T)
    from scipy.stats import norm

    count = np.sum(np.abs(r) > norm.ppf(1 - 0.2 / (48 * 47)) / np.sqrt(17))
    assert bd.cross_section_exponent(fit, level=0.2) == pytest.approx(
        np.log(count) / (2 * np.log(48))
    )
    # the level at which one pair stands on the threshold: the correction for the number of pairs is
    # N (N - 1), no other
    largest = np.sort(np.abs(r[np.triu_indices(48, 1)]))[-10]
    level = 48 * 47 * norm.sf(largest * np.sqrt(17))
    assert 0 < level < 1
    below, above = (
        bd.cross_section_exponent(fit, level=level * factor) for factor in (0.9999, 1.0001)
    )
    assert 48 ** (2 * above) - 48 ** (2 * below) == pytest.approx(2.0)


@pytest.mark.parametrize("kind", KINDS)
def test_wooldridge_and_jarque_bera_equal_r(kind, munnell):
    e = residuals(munnell, KINDS[kind])
    wooldridge, truth = serial_tests(e)[0], R[f"pwartest_{kind}"]
    assert wooldridge.statistic == pytest.approx(truth["statistic"], rel=1e-9)
    assert list(wooldridge.df) == truth["parameter"]
    assert wooldridge.p_value == pytest.approx(truth["p.value"], rel=1e-6)
    assert normality_test(e).statistic == pytest.approx(
        R[f"jarque_bera_{kind}"]["statistic"], rel=1e-9
    )


def test_wooldridge_in_differences_equals_plm(munnell):
    """plm takes the residuals of the regression in first differences, here those of within
    estimates.
    """
    names = ["lpcap", "lpc", "lemp", "unemp"]
    dy, dX = (
        np.diff(munnell["lgsp"], axis=0),
        np.stack([np.diff(munnell[name], axis=0) for name in names], axis=2),
    )
    X = np.concatenate([np.ones((*dy.shape, 1)), dX], axis=2).reshape(dy.size, -1)
    d = dy - (X @ np.linalg.lstsq(X, dy.ravel(), rcond=None)[0]).reshape(dy.shape)
    computed, truth = first_order("", d, -0.5), R["pwfdtest_fe"]
    assert computed.statistic == pytest.approx(truth["statistic"], rel=1e-8)
    assert list(computed.df) == truth["parameter"]
    e = residuals(munnell, "unit")
    assert serial_tests(e)[1].statistic == pytest.approx(
        first_order("", np.diff(e, axis=0), -0.5).statistic, rel=1e-12
    )


@pytest.mark.parametrize("kind", KINDS)
def test_bartlett_equals_r(kind, munnell):
    """R counts T - 1 degrees of freedom a unit."""
    tests = {test.name: test for test in variance_tests(residuals(munnell, KINDS[kind]), 48 * 16)}
    assert tests["Bartlett by unit"].statistic == pytest.approx(
        R[f"bartlett_{kind}"]["statistic"], rel=1e-9
    )
    assert tests["Bartlett by unit"].df == (47,)


def test_breusch_pagan_and_koenker_equal_lmtest(munnell):
    tests = {test.name: test for test in variance_tests(residuals(munnell, "unit"), 764)}
    for name, code in (("Breusch-Pagan by unit", "bptest"), ("Koenker by unit", "bptest_koenker")):
        truth = R[f"{code}_individual"]
        assert tests[name].statistic == pytest.approx(truth["statistic"], rel=1e-9)
        assert tests[name].p_value == pytest.approx(truth["p.value"], rel=1e-6)


def test_modified_wald_written_out():
    e = np.random.default_rng(0).standard_normal((6, 4))
    whole = np.mean(e**2)
    total = 0.0
    for i in range(4):
        own = np.mean(e[:, i] ** 2)
        variance = sum((x**2 - own) ** 2 for x in e[:, i]) / 5 / 6
        total += (own - whole) ** 2 / variance
    assert variance_tests(e, 20)[3].statistic == pytest.approx(total, rel=1e-12)


def test_born_breitung_written_out():
    """LM and Q as in the matrices of the paper: Z_k = L^k M e + (T-k) / (T^2-T) e, products with M
    e.
    """
    rng = np.random.default_rng(1)
    T, N = 7, 9
    e = rng.standard_normal((T, N)) + rng.standard_normal(N)
    m = e - e.mean(axis=0)
    lm, q = [], []
    for i in range(N):
        lm.append(sum(m[t, i] * m[t - 1, i] + m[t - 1, i] ** 2 / (T - 1) for t in range(1, T)))
        Z = np.column_stack(
            [
                np.concatenate([np.zeros(k), m[: T - k, i]]) + (T - k) / (T**2 - T) * e[:, i]
                for k in (1, 2)
            ]
        )
        q.append(Z.T @ m[:, i])
    z, Zm = np.array(lm), np.array(q)
    tests = {test.name: test.statistic for test in serial_tests(e)}
    assert tests["Born-Breitung LM(1)"] == pytest.approx(
        z.sum() / np.sqrt(np.sum(z**2) - z.sum() ** 2 / N), rel=1e-10
    )
    total = Zm.sum(axis=0)
    middle = Zm.T @ Zm - np.outer(total, total) / N
    assert tests["Born-Breitung Q(2)"] == pytest.approx(
        total @ np.linalg.solve(middle, total), rel=1e-10
    )


def test_hr_written_out_and_free_of_the_variances_of_periods():
    T, N = 6, 5
    e = np.random.default_rng(2).standard_normal((T, N))
    m = e - e.mean(axis=0)
    z = []
    for i in range(N):
        total = 0.0
        for t in range(2, T - 1):
            forward = m[t, i] - sum(m[s, i] for s in range(t, T)) / (T - t)
            back = m[t - 1, i] - sum(m[s, i] for s in range(t)) / t
            total += forward * back
        z.append(total)
    z = np.array(z)
    tests = {test.name: test.statistic for test in serial_tests(e)}
    assert tests["Born-Breitung HR"] == pytest.approx(
        z.sum() / np.sqrt(np.sum(z**2) - z.sum() ** 2 / N), rel=1e-10
    )


@pytest.mark.parametrize("test", range(5))
def test_serial_tests_ignore_unit_effects_and_need_periods(test):
    e = np.random.default_rng(0).standard_normal((8, 6))
    moved = serial_tests(e + np.arange(6.0))[test]
    assert moved.statistic == pytest.approx(serial_tests(e)[test].statistic, rel=1e-8)
    assert not serial_tests(e[:3])[test].applies


def test_spatial_part_depends_on_the_fit(munnell, states):
    names = [test.name for test in bd.residual_tests(bd.NonSpatial(MUNNELL).fit(munnell), states)]
    assert names[:2] == ["Moran's I", "Moran's I 1970"]
    assert not bd.residual_tests(bd.NonSpatial(MUNNELL).fit(munnell))["Moran's I"].applies
    conditional = bd.conditional_lm_tests(bd.NonSpatial(MUNNELL), munnell, states)
    for kind, name in (
        (bd.SpatialLag, "LM error given lag"),
        (bd.SpatialError, "LM lag given error"),
    ):
        result = bd.residual_tests(kind(MUNNELL).fit(munnell, states))[name]
        assert result.statistic == pytest.approx(conditional[name].statistic, rel=1e-6)
    for fit in (
        bd.SpatialCombined(MUNNELL).fit(munnell, states),
        bd.SpatialLag(MUNNELL, method="gmm").fit(munnell, states),
        bd.SpatialLag(MUNNELL, random_effects="kkp").fit(munnell, states),
    ):
        assert not bd.residual_tests(fit)["Moran's I"].applies


def test_moran_by_period_equals_brute_force():
    """Residual maker and the weights of one period as dense matrices; ratio of quadratic forms in
    normal errors.
    """
    W = scattered(8)
    for effects in ("two-way", "unit", "time", None):
        panel = drawn(bd.NonSpatial, W, T=5, effects=effects)
        fit = bd.NonSpatial("y ~ x1 + x2", fixed_effects=effects).fit(panel)
        frame = bd.ResidualMoran(by_period=True).fit(fit, W).frame
        T, N = fit.sample.shape
        n = T * N
        Q = np.eye(n)
        if effects in ("unit", "two-way"):
            Q = Q @ np.kron(np.eye(T) - 1 / T, np.eye(N))
        if effects in ("time", "two-way"):
            Q = Q @ np.kron(np.eye(T), np.eye(N) - 1 / N)
        X = Q @ fit.sample.Z.reshape(n, -1)
        M = Q - X @ np.linalg.pinv(X)
        e, free = M @ panel["y"].ravel(), round(np.trace(M))
        assert frame["I"][1:].mean() == pytest.approx(frame["I"][0], rel=1e-10)
        for t in range(T):
            pick = np.zeros((T, T))
            pick[t, t] = 1.0
            A = np.kron(pick, W.dense)
            scale = n / W.dense.sum()
            MS = M @ (A + A.T) / 2
            expected = scale * np.trace(MS) / free
            second = scale**2 * (2 * np.trace(MS @ MS) + np.trace(MS) ** 2) / (free * (free + 2))
            row = frame.iloc[t + 1]
            assert row["I"] == pytest.approx(scale * (e @ A @ e) / (e @ e), rel=1e-9)
            assert row["expected"] == pytest.approx(expected, rel=1e-9)
            assert row["variance_normal"] == pytest.approx(second - expected**2, rel=1e-9)


def test_further_effects_have_no_moran(bev, queen):
    """The moments are for unit and time effects; the other tests go on."""
    panel = bev.with_columns(
        zone=np.broadcast_to(np.arange(31) % 3, (bev.n_periods, 31)).astype(float)
    )
    fit = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc) + policy", absorb=["zone:year"]).fit(
        panel
    )
    tests = bd.residual_tests(fit, queen)
    assert not tests["Moran's I"].applies
    assert tests["Born-Breitung LM(1)"].applies
    durbin = bd.SpatialDurbin(
        "log1p(bev_density) ~ log(gdp_pc) + policy", absorb=["zone:year"]
    ).fit(panel, queen)
    assert [test.applies for test in bd.common_factor_test(durbin)] == [True, False]


def test_two_periods_with_unit_effects_leave_nothing_for_the_modified_wald_test():
    """One residual is the negative of the other: their squares do not vary within a unit."""
    e = np.random.default_rng(0).normal(size=(1, 8))
    tests = {test.name: test for test in variance_tests(np.concatenate([e, -e]), 7)}
    assert not tests["Modified Wald by unit"].applies
    assert "two periods with unit effects" in tests["Modified Wald by unit"].reason
    assert tests["Bartlett by unit"].applies


def test_two_periods_with_unit_effects_leave_nothing_for_koenkers_test():
    """Units explain all of the squares: T N times an R2 of one, whatever the errors."""
    for seed in range(5):
        e = np.random.default_rng(seed).normal(size=(1, 8))
        tests = {test.name: test for test in variance_tests(np.concatenate([e, -e]), 7)}
        assert not tests["Koenker by unit"].applies
        assert "whatever the data" in tests["Koenker by unit"].reason
    uneven = np.concatenate([e, -e * np.linspace(0.5, 1.5, 8)])
    assert all(test.applies for test in variance_tests(uneven, 7))
