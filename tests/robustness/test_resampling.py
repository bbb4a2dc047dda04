"""Resampling: a draw by plain least squares, the jackknife by its formula, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.numerics.streams import stream
from tests.robustness.grids import FAR, NEAR, panel

EXACT = 1e-9
DRAWS = 19


def within_slopes(y: np.ndarray, Z: np.ndarray) -> np.ndarray:
    """Least squares with unit effects, of (T, N) and (T, N, K)."""
    y = y - y.mean(axis=0)
    Z = Z - Z.mean(axis=0)
    return np.linalg.lstsq(Z.reshape(-1, Z.shape[2]), y.ravel(), rcond=None)[0]


def arrays(data: bd.Panel) -> tuple[np.ndarray, np.ndarray]:
    """Outcome, and x1 with its spatial lag."""
    x = data["x1"]
    return data["y"], np.stack([x, x @ NEAR.dense.T], axis=2)


def rng_of(draw: int) -> np.random.Generator:
    return np.random.default_rng(stream(3, "resampling").spawn(DRAWS)[draw])


def test_pairs_take_whole_paths_with_their_spatial_lags():
    fit = bd.SLX("y ~ x1", fixed_effects="unit").fit(panel(), NEAR)
    found = bd.resample(fit, "pairs", draws=DRAWS, seed=3)
    y, Z = arrays(panel())
    for draw in (0, DRAWS - 1):
        units = rng_of(draw).integers(12, size=12)
        slopes = within_slopes(y[:, units], Z[:, units])
        row = found.draws.iloc[draw]
        assert row["x1", "main"] == pytest.approx(slopes[0], abs=EXACT)
        assert row["W_x1", "wx"] == pytest.approx(slopes[1], abs=EXACT)


def test_blocks_take_runs_of_periods_that_go_round():
    fit = bd.SLX("y ~ x1", fixed_effects="unit").fit(panel(), NEAR)
    found = bd.resample(fit, "blocks", block=3, draws=DRAWS, seed=3)
    y, Z = arrays(panel())
    for draw in (0, DRAWS - 1):
        starts = rng_of(draw).integers(8, size=3)
        periods = [(start + step) % 8 for start in starts for step in range(3)][:8]
        slopes = within_slopes(y[periods], Z[periods])
        assert found.draws["x1", "main"].iloc[draw] == pytest.approx(slopes[0], abs=EXACT)


def test_blocks_of_a_model_with_a_lag_of_y_are_its_fit_on_those_periods():
    data = panel()
    fit = bd.SAR("y ~ x1", fixed_effects="unit").fit(data, NEAR)
    found = bd.resample(fit, "blocks", block=2, draws=DRAWS, seed=3)
    starts = rng_of(0).integers(8, size=4)
    periods = [(start + step) % 8 for start in starts for step in range(2)]
    drawn = data.with_columns(y=data["y"][periods], x1=data["x1"][periods])
    again = fit.estimator.fit(drawn, NEAR)
    assert found.draws["rho", "spatial"].iloc[0] == pytest.approx(again.params["rho"], abs=1e-8)


def test_the_default_block_is_the_cube_root_of_the_periods():
    fit = bd.NonSpatial("y ~ x1").fit(panel())
    assert bd.resample(fit, "blocks", draws=DRAWS, seed=3).block == 2


def test_the_jackknife_by_its_formula():
    data = panel()
    request = bd.SAR("y ~ x1 + x2")
    found = bd.resample(request.fit(data, FAR), "jackknife")
    again = [request.fit(data.drop_units(unit), FAR).params["rho"] for unit in data.units]
    own = request.fit(data, FAR).params["rho"]
    mean = np.mean(again)
    row = found.tidy().set_index(["term", "component"]).loc[("rho", "spatial")]
    expected = np.sqrt(11 / 12 * np.sum((np.array(again) - mean) ** 2))
    assert row["std_error"] == pytest.approx(expected)
    assert row["bias"] == pytest.approx(11 * (mean - own))
    assert row["draws_mean"] == pytest.approx(mean)
    # t with 11 degrees of freedom: 2.200985
    assert row["conf_high"] - own == pytest.approx(2.200985 * expected, rel=1e-6)


def test_the_jackknife_of_a_mean_is_its_textbook_standard_error():
    """Of a regression on a constant alone the jackknife by units is the standard error of a mean of
    unit means, s / root N.
    """
    data = panel()
    fit = bd.NonSpatial("y ~ 1", fixed_effects=None).fit(data)
    error = bd.resample(fit, "jackknife").tidy()["std_error"].iloc[0]
    means = data["y"].mean(axis=0)
    assert error == pytest.approx(means.std(ddof=1) / np.sqrt(12))


def test_frames_and_intervals():
    fit = bd.SLX("y ~ x1").fit(panel(), NEAR)
    found = bd.resample(fit, "pairs", draws=99, seed=3)
    tidy = found.tidy(0.9).set_index(["term", "component"])
    drawn = found.draws["x1", "total"]
    row = tidy.loc[("x1", "total")]
    assert row["std_error"] == pytest.approx(drawn.std())
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(list(drawn.quantile([0.05, 0.95])))
    assert found.glance()["draws"].iloc[0] == 99
    assert "pairs bootstrap over units" in found.summary()
    assert bd.draws_table(found).to_markdown().count("x1") >= 2


@pytest.mark.slow
def test_draws_do_not_depend_on_processes():
    fit = bd.SLX("y ~ x1").fit(panel(), NEAR)
    one = bd.resample(fit, "pairs", draws=DRAWS, seed=3)
    two = bd.resample(fit, "pairs", draws=DRAWS, seed=3, n_jobs=2)
    assert one.draws.equals(two.draws)


def test_requests_are_refused():
    lag = bd.SAR("y ~ x1").fit(panel(), NEAR)
    with pytest.raises(bd.OptionError, match="rho"):
        bd.resample(lag, "pairs", draws=DRAWS)
    with pytest.raises(bd.OptionError, match="block"):
        bd.resample(lag, "blocks", block=9, draws=DRAWS)
    with pytest.raises(bd.OptionError, match="block"):
        bd.resample(lag, "jackknife", block=2)
    with pytest.raises(bd.OptionError, match="kind"):
        bd.resample(lag, "nosuch")
    dynamic = bd.SAR("y ~ x1", dynamic="time").fit(panel(), NEAR)
    with pytest.raises(bd.OptionError, match="dynamic"):
        bd.resample(dynamic, "blocks", draws=DRAWS)
