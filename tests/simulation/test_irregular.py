"""The bootstrap and `calibrate` where cells are missing, or weights differ by period: outcomes are
those of the model in the cells that are there.
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.simulation.disturbances import drawn_errors
from bevdrivers.simulation.process import Process
from bevdrivers.simulation.replication import sample_beside

from ..made_up import drawn, scattered
from ..models.irregular.panels import YEARS, N, complete, cut, long_frame, panel_of

pytestmark = [
    # of nineteen draws some end at a bound, and few clusters are named
    pytest.mark.filterwarnings("ignore::bevdrivers.BoundWarning"),
    pytest.mark.filterwarnings("ignore::bevdrivers.SampleWarning"),
]

FRAME = long_frame()
PANEL = panel_of(FRAME)
W = scattered(N)
BY_PERIOD = {year: scattered(N, seed=year, k=4) for year in YEARS}
WHOLE = PANEL.with_columns(
    **{name: lambda p, n=name: np.nan_to_num(p[n]) for name in ("x", "y", "z")}
)
FORMULA = "y ~ x + z"
# solves with N x N matrices of moderate condition
ROUNDING = 1e-9
# two ways to the same root
SAME_ROOT = 1e-7


def its_own_outcome(fit: bd.FitResult) -> np.ndarray:
    errors = fit.estimate.residuals[:, :, None]
    return Process.of(fit).outcomes(errors, np.random.default_rng(0))[:, :, 0]


@pytest.mark.parametrize(
    "request_",
    [
        bd.NonSpatial(FORMULA),
        bd.SpatialLagX(FORMULA, fixed_effects="unit"),
        bd.SpatialLag(FORMULA),
        bd.SpatialLag(FORMULA, missing="keep-weights"),
        bd.SpatialError(FORMULA, fixed_effects="time"),
        bd.SpatialCombined(FORMULA, fixed_effects="unit"),
        bd.SpatialDurbin("y ~ x + lag(z)"),
    ],
)
@pytest.mark.parametrize("data", [(PANEL, W), (WHOLE, BY_PERIOD)], ids=["missing", "by period"])
def test_its_own_errors_give_its_own_outcome(request_, data):
    fit = request_.fit(*data)
    made = its_own_outcome(fit)
    there = fit.sample.there
    np.testing.assert_allclose(made[there], fit.sample.y[there], atol=ROUNDING)
    assert (made[~there] == 0.0).all()


def test_outcomes_are_those_of_one_system_over_all_cells():
    fit = bd.SpatialCombined(FORMULA).fit(PANEL, W)
    errors = np.random.default_rng(0).standard_normal((*fit.sample.shape, 1))
    made = Process.of(fit).outcomes(errors, np.random.default_rng(0))
    there = fit.sample.there
    B = cut(W, complete(FRAME))
    identity = np.eye(len(B))
    systematic = fit.sample.Z[there] @ fit.values[:2] + fit.fixed_part[there]
    u = np.linalg.solve(identity - fit.lam * B, errors[there, 0])
    y = np.linalg.solve(identity - fit.rho * B, systematic + u)
    np.testing.assert_allclose(made[there, 0], y, atol=ROUNDING)


def test_the_same_weights_in_all_periods_give_the_draws_of_weights():
    panel = drawn(bd.SpatialDurbin, W, T=6, seed=3)
    request = bd.SpatialDurbin("y ~ x1 + x2")
    fits = [request.fit(panel, W), request.fit(panel, dict.fromkeys(panel.periods, W))]
    assert [fit.sample.irregular for fit in fits] == [False, True]
    for kind in ("parametric", "wild"):
        one, other = (bd.bootstrap(fit, 19, kind=kind, seed=1).batch for fit in fits)
        np.testing.assert_allclose(other.values, one.values, atol=SAME_ROOT)
        np.testing.assert_allclose(other.std_errors, one.std_errors, rtol=1e-5)


@pytest.mark.slow
def test_the_same_weights_in_all_periods_give_the_figures_of_weights():
    panel = drawn(bd.SpatialDurbin, W, T=6, seed=3)
    request = bd.SpatialDurbin("y ~ x1 + x2")
    fits = [request.fit(panel, W), request.fit(panel, dict.fromkeys(panel.periods, W))]
    for errors in ("normal", "resampled", "heteroskedastic", "clustered"):
        one, other = (bd.calibrate(fit, 19, errors=errors, seed=1) for fit in fits)
        rows = one.frame[one.frame["estimator"].str.startswith("lee-yu")]
        own = other.frame[other.frame["estimator"].str.startswith("adjusted-score")]
        for measure in ("truth", "bias", "rmse", "coverage", "size", "power"):
            np.testing.assert_allclose(own[measure], rows[measure], atol=1e-5, err_msg=measure)


@pytest.mark.parametrize("kind", ["parametric", "wild"])
def test_order_of_rows_changes_nothing(kind):
    mixed = panel_of(FRAME.sample(frac=1.0, random_state=1))
    request = bd.SpatialLag(FORMULA)
    draws = [bd.bootstrap(request.fit(p, W), 19, kind=kind, seed=2) for p in (PANEL, mixed)]
    assert np.array_equal(draws[0].batch.values, draws[1].batch.values)
    assert np.array_equal(draws[0].batch.covariances, draws[1].batch.covariances)


def test_laws_of_errors_are_those_of_the_cells_that_are_there():
    process = Process.of(bd.SpatialLag(FORMULA).fit(PANEL, W))
    there = process.sample.there
    e = process.residuals[there]
    assert np.mean(e**2) == pytest.approx(process.sigma2, rel=1e-12)
    resampled = drawn_errors(process, "resampled", 50, np.random.default_rng(0))
    assert set(np.unique(resampled)) <= set(e)
    R = 4000
    uneven = drawn_errors(process, "heteroskedastic", R, np.random.default_rng(0))
    variances = [np.mean(process.residuals[there[:, i], i] ** 2) for i in range(N)]
    found = np.mean(uneven**2, axis=(0, 2))
    # five Monte Carlo standard errors of a variance of T R normal draws
    np.testing.assert_allclose(found, variances, rtol=5 * np.sqrt(2 / (len(there) * R)))


def test_a_bootstrap_is_centred_at_the_estimates():
    # a lag of y alone, for which the mean of the draws is near the truth in these weights
    fit = bd.SpatialLag(FORMULA, fixed_effects="unit").fit(PANEL, W)
    found = bd.bootstrap(fit, 60, seed=3)
    assert found.replications == 60
    spread = found.std_errors / np.sqrt(60)
    assert (found.bias[["x", "z"]].abs() < 5 * spread[["x", "z"]]).all()
    ratio = found.std_errors / fit.std_errors
    assert ratio.between(0.7, 1.4).all()


def test_whole_paths_need_every_cell():
    fit = bd.SpatialLag(FORMULA).fit(PANEL, W)
    with pytest.raises(bd.OptionError, match="'clustered' with .* cells that are missing"):
        bd.calibrate(fit, 19, errors="clustered")


@pytest.mark.slow
def test_calibration_names_the_way_of_estimating():
    fit = bd.SpatialLag(FORMULA).fit(PANEL, W)
    others = {"direct effects": bd.SpatialLag(FORMULA, cov_type="robust")}
    found = bd.calibrate(fit, 19, estimators=others, seed=1)
    assert list(found.counts.index) == ["adjusted-score", "direct effects"]
    assert found.frame.loc[found.frame["term"] == "rho", "truth"].unique() == fit.rho
    regular = bd.SpatialLag("y ~ x1 + x2", correction="robust-score", cov_type="robust").fit(
        drawn(bd.SpatialLag, W, T=6, seed=3), W
    )
    label = "robust-score, robust"
    assert list(bd.calibrate(regular, 19, seed=1).counts.index) == [label]


@pytest.mark.parametrize("data", [(PANEL, W), (WHOLE, BY_PERIOD)], ids=["missing", "by period"])
def test_another_request_gets_the_weights_as_they_were_given(data):
    fit = bd.SpatialLag(FORMULA).fit(*data)
    request = bd.SpatialDurbin(FORMULA)
    beside = sample_beside(fit, request)
    own = request.fit(*data).sample
    assert np.array_equal(beside.Z, own.Z)
    assert beside.W.sha256 == own.W.sha256


def test_other_cells_are_refused():
    rng = np.random.default_rng(0)
    frame = FRAME.assign(w=np.where(FRAME["year"] == 2012, np.nan, rng.normal(size=len(FRAME))))
    fit = bd.SpatialLag(FORMULA).fit(panel_of(frame), W)
    others = {"other": bd.SpatialLag("y ~ x + z + w")}
    with pytest.raises(bd.InputError, match="observations of the fit"):
        bd.calibrate(fit, 19, estimators=others)


def test_a_wild_bootstrap_by_period_is_refused_for_adjusted_scores():
    fit = bd.SpatialLag(FORMULA).fit(PANEL, W)
    with pytest.raises(bd.OptionError, match="products of errors of one period"):
        bd.bootstrap(fit, 19, kind="wild", by="time")
