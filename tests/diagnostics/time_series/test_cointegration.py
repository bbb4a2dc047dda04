"""Westerlund's tests against another package, by hand, and by simulation."""

from __future__ import annotations

import json

import numpy as np
import pytest
import statsmodels.api as sm

import bevdrivers as bd
from bevdrivers.diagnostics.time_series.published_moments import WESTERLUND
from bevdrivers.diagnostics.time_series.westerlund import null_process, regress

from ...conftest import REFERENCE

TRUTH = json.loads((REFERENCE / "cointegration" / "westerlund.json").read_text(encoding="utf-8"))
FOUR = ("Gt", "Ga", "Pt", "Pa")
X = ["lprice", "lincome"]


@pytest.mark.parametrize("case", TRUTH)
def test_statistics_equal_the_package_westerlund(case, cigarettes):
    kind, m, lags, leads, window = case.split("_")
    cointegration = bd.cointegration_test(
        cigarettes,
        "lsales",
        X[: int(m)],
        deterministics=kind,
        lags=int(lags),
        leads=int(leads),
        bandwidth=int(window),
    )
    # both are least squares in double precision
    for name in FOUR:
        assert cointegration.tests[name].statistic == pytest.approx(
            TRUTH[case]["z"][name], rel=1e-7
        )
        assert f"{TRUTH[case]['raw'][name]:.3f}" in cointegration.tests[name].reason


def test_one_regression_by_statsmodels(cigarettes):
    y, x = (cigarettes[name].T[7] for name in ("lsales", "lprice"))
    dy, dx = np.diff(y), np.diff(x)
    Z = np.column_stack([y[1:-2], np.ones(27), x[1:-2], dy[:-2], dx[2:], dx[1:-1], dx[:-2]])
    fit = sm.OLS(dy[1:-1], Z).fit()
    unit = bd.cointegration_test(cigarettes, "lsales", ["lprice"], lags=1, leads=1).units.iloc[7]
    assert unit["alpha"] == pytest.approx(fit.params[0], rel=1e-8)
    assert unit["t"] == pytest.approx(fit.tvalues[0], rel=1e-8)


def test_units_choose_lags_by_aic_on_one_sample(cigarettes):
    unit = bd.cointegration_test(cigarettes, "lsales", ["lprice"], lags=(0, 2)).units.iloc[3]
    y, x = (cigarettes[name].T[3] for name in ("lsales", "lprice"))
    dy, dx = np.diff(y), np.diff(x)
    score = []
    for p in range(3):
        lagged = [d[2 - j : len(d) - j] for j in range(1, p + 1) for d in (dy, dx)]
        Z = np.column_stack([np.ones(27), y[2:-1], x[2:-1], dx[2:], *lagged])
        fit = sm.OLS(dy[2:], Z).fit()
        score.append(np.log(fit.ssr / 27) + 2 * Z.shape[1] / 27)
    assert unit["lags"] == np.argmin(score)


def test_moments_are_those_of_long_simulated_series():
    """Table 1 for one regressor and a constant; N = 1, T = 400: standard errors of mean and
    variance are below 0.02.
    """
    rng = np.random.default_rng(3)
    y, x = np.cumsum(rng.standard_normal((2, 4000, 400)), axis=2)
    computed = regress(y, x[:, :, None], 0, 0, "constant", 0)
    mean, variance = (row[0] for row in WESTERLUND["constant"]["Gt"])
    assert computed.t.mean() == pytest.approx(mean, abs=0.05)
    assert computed.t.var() == pytest.approx(variance, abs=0.06)


class TestBootstrap:
    def test_it_tells_cointegration_from_none(self):
        p = {}
        for adjusts in (0.0, 0.5):
            panel = _panel(adjusts)
            cointegration = bd.cointegration_test(panel, "y", ["x"], lags=0, draws=199, seed=4)
            p[adjusts] = [cointegration.tests[f"{name} (bootstrap)"].p_value for name in FOUR]
        assert max(p[0.5]) <= 0.01
        assert min(p[0.0]) > 0.02

    def test_seed_and_name(self):
        panel = _panel(0.2)
        first, again = (
            bd.cointegration_test(panel, "y", ["x"], lags=(0, 1), draws=39, seed=4)
            for _ in range(2)
        )
        assert first.tidy().equals(again.tidy())
        assert first.tests["Gt (bootstrap)"].distribution == "bootstrap (39)"
        assert first.glance().iloc[0]["test"] == "westerlund"
        assert len(first.tests) == 8


def _panel(adjusts: float, seed: int = 9) -> bd.Panel:
    """y follows x by so much of the gap a period; a common shock makes units depend on each
    other.
    """
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.standard_normal((30, 20)), axis=0)
    y = np.zeros((30, 20))
    e = rng.standard_normal((30, 20)) + 0.5 * rng.standard_normal((30, 1))
    for t in range(1, 30):
        y[t] = y[t - 1] - adjusts * (y[t - 1] - x[t - 1]) + e[t]
    return bd.Panel.from_arrays({"y": y, "x": x}, units=range(20), periods=range(1, 31))


def test_scale_and_level_do_not_matter(cigarettes):
    moved = cigarettes.with_columns(
        lsales=3 * cigarettes["lsales"] - 7, lprice=0.1 * cigarettes["lprice"] + 2
    )
    first, second = (
        bd.cointegration_test(panel, "lsales", ["lprice"]) for panel in (cigarettes, moved)
    )
    for name in FOUR:
        assert first.tests[name].statistic == pytest.approx(second.tests[name].statistic, rel=1e-6)


def test_refused(cigarettes, bev):
    with pytest.raises(bd.DataError, match="at least 12 periods for 2 lags"):
        bd.cointegration_test(bev, "log(gdp_pc)", ["urban_share"], lags=2)
    with pytest.raises(bd.DataError, match="one to six"):
        bd.cointegration_test(cigarettes, "lsales", [])
    for options in ({"lags": (2, 1)}, {"leads": -1}, {"deterministics": "drift"}, {"draws": 1.5}):
        with pytest.raises(bd.OptionError):
            bd.cointegration_test(cigarettes, "lsales", ["lprice"], **options)


def test_bootstrap_draws_no_drift_of_x(cigarettes):
    """x is a random walk under the null: the growth of incomes is not drawn with its mean."""
    y, x = cigarettes["lsales"].T, cigarettes["lincome"].T[:, :, None]
    process = null_process(y, x, np.ones((len(y), 2), int), "constant")
    assert np.abs(process.dx.mean(axis=1)).max() < 1e-12
    assert np.abs(np.diff(x, axis=1).mean(axis=1)).max() > 0.01
