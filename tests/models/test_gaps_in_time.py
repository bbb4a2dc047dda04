"""Periods that are missing, or further apart than a year: distances are those in time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from linearmodels import PanelOLS
from numpy.testing import assert_allclose

import bevdrivers as bd

PSI = 0.7
TRUTH = {"Intercept": 1.0, "x": 1.0, "psi": PSI}
AR1 = bd.NonSpatial("y ~ x", fixed_effects=None, serial_errors=True)
KERNELS = ("bartlett", "parzen", "quadratic-spectral")
# years that are there of 2000 to 2019: gaps of one, two and three years
THERE = [2000, 2001, 2002, 2004, 2005, 2006, 2009, 2010, 2014, 2015, 2016, 2018, 2019]


def ring(N: int) -> bd.SpatialWeights:
    links = np.roll(np.eye(N), 1, axis=1)
    return bd.SpatialWeights.from_matrix(links + links.T, list(range(N)))


@pytest.fixture(scope="module")
def autoregressive() -> bd.Panel:
    return bd.simulate_panel(AR1, ring(60), params=TRUTH, periods=80, seed=1)


def test_every_fourth_year_has_the_fourth_power_of_psi(autoregressive):
    """An autoregression that is seen every fourth year is one with psi^4."""
    seen = autoregressive.select(periods=autoregressive.periods[::4])
    fit = AR1.fit(seen)
    assert abs(fit.params["psi"] - PSI**4) < 2 * fit.std_errors["psi"] < 0.06
    assert "A period is a step of 4 (year)." in fit.summary()


def test_pairs_of_years_have_no_psi(autoregressive):
    """Counted by position they gave 0.487 where the truth is 0.7."""
    pairs = [period for period in autoregressive.periods if period % 4 in (1, 2)]
    with pytest.raises(bd.DataError, match=r"serial_errors: .*a gap after \[2, 6, 10"):
        AR1.fit(autoregressive.select(periods=pairs))


@pytest.mark.parametrize("dynamic", ["time", "both"])
def test_dynamics_need_every_period(bev, queen, dynamic):
    model = bd.SpatialLag("log1p(bev_density) ~ policy", dynamic=dynamic)
    with pytest.raises(bd.DataError, match=r"a gap after \[2014\]"):
        model.fit(bev.select(periods=[2011, 2012, 2013, 2014, 2017, 2018, 2019]), queen)


def test_dynamics_name_the_period_one_step_before(bev, queen):
    model = bd.SpatialLag("log1p(bev_density) ~ policy", dynamic="time", correction=None)
    fit = model.fit(bev.select(periods=[2012, 2014, 2016, 2018, 2020]), queen)
    assert "given the outcome of 2012" in fit.summary()
    assert "A period is a step of 2 (year)." in fit.summary()


def long_frame(seed: int = 4) -> pd.DataFrame:
    """y and two regressors of twelve units in twenty years, shared shocks in all of them."""
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([range(12), range(2000, 2020)], names=["unit", "year"])
    shared = rng.normal(size=(3, 20)).cumsum(axis=1)
    noise = rng.normal(size=(3, 12, 20))
    y, x, z = (shared[:, None] + noise).reshape(3, -1)
    return pd.DataFrame({"y": y, "x": x, "z": z}, index=index)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("bandwidth", [2, 5])
def test_driscoll_kraay_goes_by_the_distance_in_time(kernel, bandwidth):
    """linearmodels counts periods: with rows of zeros for those that are missing, which add nothing
    to any sum, it counts years.
    """
    frame = long_frame()
    is_there = frame.index.get_level_values("year").isin(THERE)
    panel = bd.Panel.from_frame(frame[is_there].reset_index(), unit="unit", time="year")
    model = bd.NonSpatial(
        "y ~ 0 + x + z",
        fixed_effects=None,
        cov_type="driscoll-kraay",
        kernel=kernel,
        bandwidth=bandwidth,
    )
    with pytest.warns(bd.SampleWarning, match="clusters"):
        fit = model.fit(panel)
    filled = frame.mul(is_there, axis=0)
    name = "qs" if kernel == "quadratic-spectral" else kernel
    answer = PanelOLS(filled["y"], filled[["x", "z"]]).fit(
        cov_type="kernel", kernel=name, bandwidth=bandwidth, debiased=False
    )
    n = is_there.sum()
    assert_allclose(fit.params, answer.params, rtol=1e-10)
    assert_allclose(fit.covariance, answer.cov * n / (n - 2), rtol=1e-9)


@pytest.mark.parametrize("model", [bd.SpatialLag, bd.SpatialError, bd.SpatialDurbin])
def test_periods_beyond_the_bandwidth_are_independent(bev, queen, model):
    """With all periods further apart than the kernel reaches, sums are those of clusters of
    periods.
    """
    apart = bev.select(periods=[2011, 2014, 2018, 2020])
    by_distance = model(
        "log1p(bev_density) ~ log(gdp_pc)",
        fixed_effects="unit",
        cov_type="driscoll-kraay",
        bandwidth=1,
    )
    clustered = by_distance.replace(cov_type="clustered", cluster="time", bandwidth=None)
    with pytest.warns(bd.SampleWarning, match="clusters"):
        fits = by_distance.fit(apart, queen), clustered.fit(apart, queen)
    assert_allclose(fits[0].covariance, fits[1].covariance, rtol=1e-12)
    assert "a gap after [2011, 2014, 2018]" in fits[0].summary()


def test_a_lag_in_the_formula_leaves_the_distances(bev):
    """The first period is lost to lag(): the others keep theirs."""
    model = bd.NonSpatial(
        "log1p(bev_density) ~ lag(policy)", fixed_effects="unit", cov_type="driscoll-kraay"
    )
    every_second = bev.select(periods=[2012, 2014, 2016, 2018, 2020])
    with pytest.warns(bd.SampleWarning, match="clusters"):
        fit = model.fit(every_second)
    by_hand = every_second.with_columns(before=np.roll(every_second["policy"], 1, axis=0))
    plain = model.replace(formula="log1p(bev_density) ~ before")
    with pytest.warns(bd.SampleWarning, match="clusters"):
        other = plain.fit(by_hand.select(periods=[2014, 2016, 2018, 2020]))
    assert_allclose(fit.covariance, other.covariance, rtol=1e-12)


def test_the_bandwidth_may_be_longer_than_the_number_of_periods(bev):
    """2011, 2012 and 2020 span ten years."""
    model = bd.NonSpatial("log1p(bev_density) ~ policy", fixed_effects=None)
    model = model.replace(cov_type="driscoll-kraay", bandwidth=9)
    panel = bev.select(periods=[2011, 2012, 2020])
    with pytest.warns(bd.SampleWarning):
        model.fit(panel)
    with (
        pytest.warns(bd.SampleWarning),
        pytest.raises(bd.OptionError, match="fewer lags than periods, 10"),
    ):
        model.replace(bandwidth=10).fit(panel)
