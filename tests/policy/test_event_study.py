"""Event studies: the regression is the package's own with dummies made by hand, effects that are
known come back, bands have the critical values that can be had in closed form.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

import bevdrivers as bd
from bevdrivers.errors import DataError, IdentificationError, InputError, OptionError
from bevdrivers.numerics.streams import generator
from bevdrivers.policy.paths import EventPath, largest_t

from ..made_up import ring
from .made import PERIODS, adoption_years, made_panel, since

# of 200,000 draws; the standard error of a 95 % quantile of |t| is below 0.006
SIMULATED = 0.02
WINDOW = (-3, 3)


def path_of_truth(event_time: np.ndarray) -> np.ndarray:
    """An effect of 1 in the first year that grows by a half each year until the third."""
    after = np.clip(event_time, 0, 3)
    return np.where(event_time >= 0, 1 + 0.5 * np.nan_to_num(after), 0.0)


@pytest.fixture(scope="module")
def spilling() -> tuple[bd.Panel, bd.SpatialWeights]:
    years = adoption_years()
    own = path_of_truth(since(years))
    around = own @ ring(len(years)).dense.T
    return made_panel(years, own + 0.4 * around, noise=1e-6)


@pytest.mark.parametrize("model", [bd.SLX, bd.SDEM])
def test_direct_and_indirect_paths_come_back(model, spilling) -> None:
    panel, W = spilling
    result = bd.EventStudy(model("y ~ x"), first="first", window=WINDOW).fit(panel, W, seed=1)
    frame = result.tidy().set_index(["component", "event_time"])
    truth = np.array([0, 0, 0, 1, 1.5, 2, 2.5])
    np.testing.assert_allclose(frame.loc["direct", "estimate"], truth, atol=1e-5)
    np.testing.assert_allclose(frame.loc["indirect", "estimate"], 0.4 * truth, atol=1e-5)
    assert frame.loc[("direct", -1.0), "std_error"] == 0.0
    assert result.overall == pytest.approx(1.4 * truth[3:].mean(), abs=1e-5)


CR2 = {"cov_type": "clustered", "cluster": "unit", "cluster_type": "CR2"}


@pytest.mark.parametrize(
    ("model", "options"),
    [(bd.NonSpatial, {}), (bd.NonSpatial, CR2), (bd.SLX, CR2), (bd.SAR, {}), (bd.SDM, {})],
)
def test_it_is_the_regression_with_dummies(model, options) -> None:
    years = adoption_years()
    panel, W = made_panel(years, path_of_truth(since(years)), noise=0.5)
    event_time = since(years)
    by_hand = {
        "d_m3": (event_time <= -3).astype(float),
        "d_m2": (event_time == -2).astype(float),
        "d_0": (event_time == 0).astype(float),
        "d_1": (event_time == 1).astype(float),
        "d_2": (event_time == 2).astype(float),
        "d_3": (event_time >= 3).astype(float),
    }
    formula = " + ".join(["y ~ x", *by_hand])
    fit = model(formula, **options).fit(panel.with_columns(**by_hand), W)
    impacts = fit.impacts().tidy().set_index(["component", "term"])
    study = bd.EventStudy(model("y ~ x", **options), first="first", window=WINDOW)
    result = study.fit(panel, W, seed=1)
    np.testing.assert_allclose(result.fit.values, fit.values, rtol=1e-9, atol=1e-12)
    frame = result.tidy()
    frame = frame[frame["event_time"] != -1]
    for component in ("direct", "indirect", "total"):
        mine = frame[frame["component"] == component]
        theirs = impacts.loc[component].loc[list(by_hand)]
        for column in ("estimate", "std_error", "conf_low", "conf_high"):
            np.testing.assert_allclose(mine[column], theirs[column], rtol=1e-7, atol=1e-10)


def test_missing_cells_are_those_of_the_regression() -> None:
    years = adoption_years()
    panel, W = made_panel(years, path_of_truth(since(years)), noise=0.5)
    x = panel["x"].copy()
    x[3, 4] = np.nan
    panel = panel.with_columns(x=x)
    study = bd.EventStudy(bd.SLX("y ~ x"), first="first", window=WINDOW)
    result = study.fit(panel, W, seed=1)
    assert result.fit.nobs == x.size - 1
    impacts = result.fit.impacts()
    direct = result.tidy().query("component == 'direct' and event_time == 2").iloc[0]
    assert direct["estimate"] == pytest.approx(impacts.direct["lag_2"])
    assert direct["std_error"] == pytest.approx(impacts.std_errors("direct")["lag_2"])


def test_leads_are_tested_as_a_hypothesis_is() -> None:
    years = adoption_years()
    panel, W = made_panel(years, path_of_truth(since(years)), noise=0.5)
    result = bd.EventStudy(bd.SDM("y ~ x"), first="first", window=WINDOW).fit(panel, W, seed=1)
    own, around, both = result.leads_tests
    assert own.statistic == pytest.approx(result.fit.wald_test("lead_3, lead_2").statistic)
    theirs = result.fit.wald_test("W_lead_3, W_lead_2")
    assert around.p_value == pytest.approx(theirs.p_value)
    assert both.df == (4,)
    assert result.glance()["leads_p"].iloc[0] == both.p_value


def test_dummies_join_a_list_of_lagged_regressors() -> None:
    years = adoption_years()
    panel, W = made_panel(years, path_of_truth(since(years)), noise=0.5)
    model = bd.SDM("y ~ x", durbin=["x"])
    result = bd.EventStudy(model, first="first", window=WINDOW).fit(panel, W, seed=1)
    assert {"W_x", "W_lead_2", "W_lag_0"} <= set(result.fit.terms)


def test_the_band_of_independent_estimates_has_a_closed_form() -> None:
    E, level = 6, 0.95
    rng = generator(1, "sup-t bands")
    maxima = largest_t(np.diag(np.arange(1.0, E + 1)), None, 200_000, rng)
    exact = stats.norm.ppf((1 + level ** (1 / E)) / 2)
    assert np.quantile(maxima, level) == pytest.approx(exact, abs=SIMULATED)


def test_the_band_of_correlated_estimates_is_that_of_the_bivariate_normal() -> None:
    covariance = np.array([[4.0, 1.6], [1.6, 1.0]])
    normal = stats.multivariate_normal(cov=[[1.0, 0.8], [0.8, 1.0]])

    def beyond(c: float) -> float:
        return normal.cdf([c, c], lower_limit=[-c, -c]) - 0.95

    exact = optimize.brentq(beyond, 1.5, 3.0)
    maxima = largest_t(covariance, None, 200_000, generator(1, "sup-t bands"))
    assert np.quantile(maxima, 0.95) == pytest.approx(exact, abs=SIMULATED)


def test_the_band_of_one_estimate_with_few_degrees_of_freedom_is_t() -> None:
    maxima = largest_t(np.eye(1), 5, 200_000, generator(1, "sup-t bands"))
    # the density of |t| at its quantile is a third of the normal one: three times the error
    assert np.quantile(maxima, 0.95) == pytest.approx(stats.t.ppf(0.975, 5), abs=3 * SIMULATED)


def test_an_estimate_that_is_fixed_has_no_band_of_its_own() -> None:
    covariance = np.diag([0.0, 1.0])
    maxima = largest_t(covariance, None, 1000, generator(1, "sup-t bands"))
    path = EventPath("direct", (-1, 0), ("-1", "0"), np.array([0.0, 2.0]), covariance, maxima)
    frame = path.tidy(0.95)
    assert frame["band_low"].iloc[0] == frame["band_high"].iloc[0] == 0.0
    assert largest_t(np.zeros((2, 2)), None, 100, generator(1, "sup-t bands")).size == 0


def test_bands_hold_the_intervals_and_the_seed_fixes_them() -> None:
    years = adoption_years()
    panel, W = made_panel(years, path_of_truth(since(years)), noise=0.5)
    study = bd.EventStudy(bd.SDM("y ~ x"), first="first", window=WINDOW)
    frame = study.fit(panel, W, seed=1).tidy()
    assert (frame["band_low"] <= frame["conf_low"]).all()
    assert (frame["band_high"] >= frame["conf_high"]).all()
    np.testing.assert_array_equal(
        frame["band_high"], study.fit(panel, W, seed=1).tidy()["band_high"]
    )


def test_staggered_adoption_is_said() -> None:
    years = adoption_years()
    panel, W = made_panel(years, path_of_truth(since(years)), noise=0.5)
    study = bd.EventStudy(bd.SLX("y ~ x"), first="first", window=WINDOW)
    result = study.fit(panel, W, seed=1)
    assert "staggered (2 first years)" in result.summary()
    at_once = np.where(np.isnan(years), np.nan, 2005)
    panel, W = made_panel(at_once, path_of_truth(since(at_once)), noise=0.5)
    assert study.fit(panel, W, seed=1).notes == ()


def test_first_years_that_cannot_be_used() -> None:
    years = adoption_years()
    panel, W = made_panel(years, path_of_truth(since(years)), noise=0.5)
    study = bd.EventStudy(bd.SLX("y ~ x"), first="first", window=WINDOW)
    changing = panel["first"].copy()
    changing[3:, 0] = 2007
    with pytest.raises(DataError, match=r"first: expected the same .* got others for \['u00'\]"):
        study.fit(panel.with_columns(first=changing), W)
    partly = panel["first"].copy()
    partly[0, 0] = np.nan
    with pytest.raises(DataError, match=r"others for \['u00'\]"):
        study.fit(panel.with_columns(first=partly), W)
    with pytest.raises(DataError, match=r"whole years .* got \[2005.5\]"):
        study.fit(panel.with_columns(first=np.full_like(changing, 2005.5)), W)
    with pytest.raises(DataError, match="nobody is treated"):
        study.fit(panel.with_columns(first=np.full_like(changing, 2050.0)), W)
    with pytest.raises(DataError, match="columns with the names of event times"):
        study.fit(panel.with_columns(lag_0=changing), W)
    with pytest.raises(DataError, match="unknown|expected one of"):
        bd.EventStudy(bd.SLX("y ~ x"), first="frist").fit(panel, W)


def test_event_times_that_nobody_passes_through() -> None:
    years = adoption_years()
    panel, W = made_panel(years, path_of_truth(since(years)), noise=0.5)
    wide = bd.EventStudy(bd.SLX("y ~ x"), first="first", window=(-10, 3))
    with pytest.raises(DataError, match=r"window: .* none at \[-10, -9\]"):
        wide.fit(panel, W)


def test_without_untreated_units_two_references_are_needed() -> None:
    """A linear trend in event time is the sum of unit and period effects; of cohorts that are more
    than a year apart a cycle would be one, too.
    """
    years = np.where(np.arange(24) < 12, 2005.0, 2006.0)
    panel, W = made_panel(years, path_of_truth(since(years)), noise=0.5)
    everything = (-6, 6)
    model = bd.NonSpatial("y ~ x")
    with pytest.raises(IdentificationError):
        bd.EventStudy(model, first="first", window=everything).fit(panel, W)
    two = bd.EventStudy(model, first="first", window=everything, reference=(-1, -6))
    result = two.fit(panel, W, seed=1)
    assert "No unit is untreated throughout" in result.summary()


@pytest.mark.parametrize("window", [(0, 3), (-2, -1), (-2.5, 3), 3, (-2, 3, 4), None])
def test_windows_that_are_none(window) -> None:
    with pytest.raises(OptionError, match="window: expected two whole numbers"):
        bd.EventStudy(bd.SLX("y ~ x"), first="first", window=window)


@pytest.mark.parametrize("reference", [-4, 1.5, (), "a", (0, 1, 2, 3), True])
def test_references_that_are_none(reference) -> None:
    with pytest.raises(InputError, match="reference: expected event times from -3 to 3"):
        bd.EventStudy(bd.SLX("y ~ x"), first="first", window=(-3, 3), reference=reference)


def test_a_table_and_a_figure() -> None:
    years = adoption_years()
    panel, W = made_panel(years, path_of_truth(since(years)), noise=0.5)
    result = bd.EventStudy(bd.SDM("y ~ x"), first="first", window=WINDOW).fit(panel, W, seed=1)
    table = bd.estimates_table(result, statistics=["treated_units"]).to_markdown()
    assert "-3 and before" in table
    ax = result.plot(components=["direct", "indirect"])
    points = [line for line in ax.lines if line.get_marker() in ("o", "s")]
    frame = result.tidy()
    for line, component in zip(points, ("direct", "indirect"), strict=True):
        np.testing.assert_array_equal(
            line.get_ydata(), frame.loc[frame["component"] == component, "estimate"]
        )
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    direct = frame[frame["component"] == "direct"]
    assert band.max() == direct["band_high"].max()
    assert band.min() == direct["band_low"].min()
    with pytest.raises(InputError, match="result: expected a result by event time"):
        bd.event_plot(result.fit)


def test_years_count_and_not_rows_of_the_panel() -> None:
    """Every second year: adoption in 2005 is seen in 2006, one year after it."""
    years = np.full(24, np.nan)
    years[:8] = 2005
    panel, W = made_panel(years, path_of_truth(since(years)), noise=0.5)
    part = panel.select(periods=PERIODS[::2])
    study = bd.EventStudy(bd.NonSpatial("y ~ x"), first="first", window=(-3, 1))
    with pytest.raises(DataError, match=r"none at \[-2, 0\]"):
        study.dummies(part)
    assert study.dummies(panel)["lag_0"].sum() == 8
