"""Panel unit root tests against R's plm and the package arch, by brute force, and by simulation."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats
from statsmodels.tsa.adfvalues import mackinnonp

import bevdrivers as bd
from bevdrivers.diagnostics.time_series import published_moments as tables
from bevdrivers.diagnostics.time_series.dickey_fuller import adf, phillips_perron
from bevdrivers.diagnostics.time_series.unit_root_statistics import _fisher

from ...conftest import REFERENCE

PLM = json.loads((REFERENCE / "unit_roots" / "plm.json").read_text(encoding="utf-8"))
ARCH = json.loads((REFERENCE / "unit_roots" / "arch.json").read_text(encoding="utf-8"))
NAMES = {"none": "none", "constant": "intercept", "trend": "trend"}
CODES = {"none": "n", "constant": "c", "trend": "ct"}
LAGS = (0, 2, "aic", "bic", "hall")
FISHER = {
    "P": "Fisher P",
    "Pm": "Fisher modified P",
    "Z": "Fisher inverse normal Z",
    "L": "Fisher logit L*",
}
# both sides are least squares in double precision; the reference was printed with 12 digits
SAME = 1e-8


def test_of(panel, test, **options):
    return bd.unit_root_test(panel, "lsales", test=test, **options)


test_of.__test__ = False


def ruled(lags: int | str) -> dict:
    """At most 4 lags where a rule chooses them."""
    return {"lags": lags, "max_lags": 4} if isinstance(lags, str) else {"lags": lags}


@pytest.mark.parametrize("deterministics", ["constant", "trend"])
@pytest.mark.parametrize("lags", LAGS)
def test_ips_equals_plm(deterministics, lags, cigarettes):
    truth = PLM["purtest"][NAMES[deterministics]][str(lags)]["ips"]
    result = test_of(cigarettes, "ips", deterministics=deterministics, **ruled(lags))
    assert result.units["t"].to_numpy() == pytest.approx(truth["t"], rel=SAME)
    assert list(result.units["lags"]) == truth["lags"]
    test = result.tests["IPS W-t-bar"]
    assert test.statistic == pytest.approx(truth["statistic"], rel=SAME)
    assert test.p_value == pytest.approx(truth["p_value"], rel=1e-6)


@pytest.mark.parametrize("deterministics", NAMES)
@pytest.mark.parametrize("lags", LAGS)
@pytest.mark.parametrize("code", FISHER)
def test_fisher_equals_plm(deterministics, lags, code, cigarettes):
    truth = PLM["purtest"][NAMES[deterministics]][str(lags)][code]
    test = test_of(cigarettes, "fisher-adf", deterministics=deterministics, **ruled(lags))
    # plm follows the polynomial beyond the t statistic up to which it holds (0.70 with a trend): a
    # unit or two differ
    assert test.tests[FISHER[code]].statistic == pytest.approx(
        truth["statistic"], rel=5e-3, abs=2e-3
    )


@pytest.mark.parametrize("deterministics", NAMES)
@pytest.mark.parametrize(
    "lags", LAGS[:-1]
)  # plm's rule of Hall takes the variance over n for this test
def test_llc_equals_plm_at_the_periods_at_which_it_enters_the_table(
    deterministics, lags, cigarettes, monkeypatch
):
    """plm enters the table at T = 30, the paper at T - mean lags - 1."""
    truth = PLM["purtest"][NAMES[deterministics]][str(lags)]["llc"]
    assert tables.levin_lin_chu(30, deterministics) == pytest.approx(truth["adjustment"], abs=1e-12)
    ours = test_of(cigarettes, "llc", deterministics=deterministics, **ruled(lags))
    monkeypatch.setattr(tables, "levin_lin_chu", lambda periods, kind: truth["adjustment"])
    theirs = test_of(cigarettes, "llc", deterministics=deterministics, **ruled(lags))
    assert theirs.tests["LLC adjusted t"].statistic == pytest.approx(truth["statistic"], rel=SAME)
    assert ours.tests["LLC adjusted t"].statistic == pytest.approx(
        truth["statistic"], rel=0.2, abs=0.2
    )


@pytest.mark.parametrize("deterministics", NAMES)
@pytest.mark.parametrize("lags", [1, 2, 3])
@pytest.mark.parametrize("truncated", [False, True])
def test_cips_equals_plm(deterministics, lags, truncated, cigarettes):
    kind = {"constant": "drift"}.get(deterministics, deterministics)
    truth = PLM["cips"][kind][str(lags)]["truncated" if truncated else "plain"]
    test = test_of(
        cigarettes, "cips", deterministics=deterministics, lags=lags, truncated=truncated
    )
    assert test.units["t"].to_numpy() == pytest.approx(truth["t"], rel=1e-7)
    assert test.tests["CIPS"].statistic == pytest.approx(truth["statistic"], rel=SAME)
    # plm interpolates over 200 steps and takes the middle of one
    assert test.tests["CIPS"].p_value == pytest.approx(truth["p_value"], abs=1e-3)


@pytest.mark.parametrize("deterministics", NAMES)
@pytest.mark.parametrize("bandwidth", [0, 3])
def test_phillips_perron_equals_arch(deterministics, bandwidth, cigarettes):
    z_t = phillips_perron(cigarettes["lsales"].T, bandwidth, deterministics)
    assert z_t == pytest.approx(ARCH[f"{CODES[deterministics]}_{bandwidth}"], rel=1e-7)


@pytest.mark.parametrize("lags", [0, 3])
def test_adf_equals_statsmodels(lags, cigarettes):
    import statsmodels.api as sm
    from statsmodels.tsa.tsatools import lagmat

    y = cigarettes["lsales"].T
    truth = []
    for row in y:
        change = np.diff(row)
        X = np.column_stack([row[lags:-1], lagmat(change, lags)[lags:]])
        truth.append(sm.OLS(change[lags:], sm.tsa.add_trend(X, "ct")).fit().tvalues[0])
    assert adf(y, np.full(len(y), lags), "trend").t == pytest.approx(truth, rel=1e-7)


def test_cips_without_lags_is_one_regression_a_unit(cigarettes):
    y = cigarettes["lsales"].T
    mean, computed = y.mean(axis=0), []
    for row in y:
        X = np.column_stack([row[:-1], np.ones(29), mean[:-1], np.diff(mean)])
        b, ssr = np.linalg.lstsq(X, np.diff(row), rcond=None)[:2]
        computed.append(b[0] / np.sqrt(ssr[0] / 25 * np.linalg.inv(X.T @ X)[0, 0]))
    assert test_of(cigarettes, "cips", lags=0).units["t"].to_numpy() == pytest.approx(
        computed, rel=1e-8
    )


def test_means_taken_out_beforehand_are_those_of_the_option(cigarettes):
    apart = cigarettes.with_columns(
        lsales=cigarettes["lsales"] - cigarettes["lsales"].mean(axis=1, keepdims=True)
    )
    plain, option = test_of(apart, "ips", lags=1), test_of(cigarettes, "ips", lags=1, demean=True)
    assert plain.tests["IPS W-t-bar"].statistic == pytest.approx(
        option.tests["IPS W-t-bar"].statistic, rel=1e-10
    )


def lags_of(test: str, lags: int) -> dict[str, int]:
    """Phillips-Perron regressions have none."""
    return {} if test == "fisher-pp" else {"lags": lags}


@pytest.mark.parametrize("test", ["llc", "ips", "fisher-adf", "fisher-pp", "cips"])
def test_scale_and_level_do_not_matter(test, cigarettes):
    moved = cigarettes.with_columns(lsales=3.0 * cigarettes["lsales"] - 7.0)
    first, second = (
        test_of(panel, test, **lags_of(test, 1)).tests.tests[0].statistic
        for panel in (cigarettes, moved)
    )
    assert first == pytest.approx(second, rel=1e-6)


def test_moments_of_ips_are_those_of_simulated_series():
    """Table 3 at 10 effective periods: 4 lags leave four degrees of freedom, which tells what "T"
    means there.
    """
    rng = np.random.default_rng(5)
    walks = np.cumsum(rng.standard_normal((40_000, 15)), axis=1)
    t = adf(walks, np.full(len(walks), 4), "constant").t
    mean, variance = tables.im_pesaran_shin(np.array([10]), np.array([4]), "constant")
    # the standard error of the mean of 40,000 draws with variance 2.08 is 0.007; that of the
    # variance is larger
    assert t.mean() == pytest.approx(mean[0], abs=0.03)
    assert t.var() == pytest.approx(variance[0], rel=0.08)


def test_critical_values_of_cips_are_those_of_simulated_panels():
    """N = 30, 20 effective periods: the printed 1, 5 and 10 % points have those shares of simulated
    panels below.
    """
    rng = np.random.default_rng(6)
    walks = np.cumsum(rng.standard_normal((3000, 30, 21)), axis=2)
    t = adf(
        walks.reshape(-1, 21),
        np.zeros(90_000, int),
        "constant",
        np.repeat(walks.mean(axis=1), 30, axis=0),
    ).t
    means = t.reshape(3000, 30).mean(axis=1)
    shares = [(means < value).mean() for value in tables.cips(30, 20, "constant", truncated=False)]
    # three standard errors of a share of 10 % in 3,000 panels are 0.016
    assert shares == pytest.approx([0.01, 0.05, 0.10], abs=0.016)


class TestShortPanels:
    def test_tables_that_end_say_so(self, bev):
        ips = bd.unit_root_test(bev, "log(gdp_pc)", test="ips", lags=1)
        assert not ips.tests["IPS W-t-bar"].applies
        assert "draws=" in ips.tests["IPS W-t-bar"].reason
        for test, first in (("llc", 25), ("cips", 10)):
            result = bd.unit_root_test(bev, "log(gdp_pc)", test=test, lags=1).tests.tests[0]
            assert not result.applies
            assert f"begins at {first}" in result.reason

    def test_levin_lin_chu_is_centred_where_its_long_run_variance_is_not_biased(self):
        """Independent walks, N = 31, T = 100: with bandwidth 0 it is standard normal, with the
        paper's it is not.
        """
        walks = np.cumsum(np.random.default_rng(2).standard_normal((150, 31, 100)), axis=2)
        panels = [
            bd.Panel.from_arrays({"y": y.T}, units=range(31), periods=range(1, 101)) for y in walks
        ]
        z = {}
        for width in (0, None):
            result = [
                bd.unit_root_test(panel, "y", test="llc", lags=0, bandwidth=width)
                for panel in panels
            ]
            z[width] = np.mean([test.tests.tests[0].statistic for test in result])
        # three standard errors of the mean of 150 standard normals are 0.24
        assert abs(z[0]) < 0.25
        assert z[None] < -0.5

    @pytest.mark.parametrize("test", ["llc", "ips", "fisher-adf", "fisher-pp", "cips"])
    def test_simulated_p_values_have_a_seed_and_a_name(self, test, bev):
        options = {"test": test, "draws": 59, "seed": 3, **lags_of(test, 0)}
        first, again = (bd.unit_root_test(bev, "log(gdp_pc)", **options) for _ in range(2))
        assert first.tidy().equals(again.tidy())
        assert first.tests.tests[0].distribution == "simulated (59)"
        assert 1 / 60 <= first.tests.tests[0].p_value <= 1

    def test_stationary_series_are_told_from_walks(self, bev):
        rng = np.random.default_rng(1)
        noise, walk = rng.standard_normal((10, 31)), rng.standard_normal((10, 31)).cumsum(axis=0)
        panel = bev.with_columns(noise=noise, walk=walk)
        p = {
            name: bd.unit_root_test(panel, name, test="ips", lags=0, draws=199, seed=2)
            .tests["IPS t-bar"]
            .p_value
            for name in ("noise", "walk")
        }
        assert p["noise"] < 0.01 < 0.05 < p["walk"]


class TestRefused:
    def test_too_short_for_the_lags(self, bev):
        with pytest.raises(bd.DataError, match="at least 12 periods for 2 lags"):
            bd.unit_root_test(bev, "log(gdp_pc)", test="cips", lags=2)

    def test_a_series_that_does_not_vary(self, bev):
        flat = bev.with_columns(flat=np.ones((10, 31)))
        with pytest.raises(bd.DataError, match="31 that do not: \\['Anhui'"):
            bd.unit_root_test(flat, "flat", test="ips", lags=0)

    @pytest.mark.parametrize(
        "options",
        [
            {"test": "adf"},
            {"lags": -1},
            {"lags": "t"},
            {"test": "ips", "deterministics": "none"},
            {"test": "ips", "truncated": True},
            {"test": "cips", "demean": True},
            {"test": "ips", "bandwidth": 2},
        ],
    )
    def test_options(self, options, cigarettes):
        with pytest.raises(bd.OptionError):
            bd.unit_root_test(cigarettes, "lsales", **options)


def test_glance_says_what_was_tested(cigarettes):
    test = test_of(cigarettes, "cips", lags="bic")
    row = test.glance().iloc[0]
    assert (row["variable"], row["test"], row["n_units"], row["n_periods"]) == (
        "lsales",
        "cips",
        46,
        30,
    )
    assert list(test.critical_values.index) == [0.01, 0.05, 0.10]
    assert "CIPS" in str(test)


@pytest.mark.parametrize("N", [2, 46])
def test_logit_statistic_has_the_variance_of_its_t_distribution(N):
    """A sum of N logistic variables, scaled to the variance of t with 5N + 4 degrees of freedom."""
    t = np.linspace(-3.0, -0.5, N)[None]
    p = np.array([mackinnonp(value, regression="c") for value in t[0]])
    scale = np.sqrt(stats.t(5 * N + 4).var() / (N * stats.logistic.var()))
    assert _fisher(t, "constant")["Fisher logit L*"][0] == pytest.approx(
        scale * np.log(p / (1 - p)).sum(), rel=1e-10
    )
