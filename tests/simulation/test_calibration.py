"""Calibration: exact theory for least squares, brute force, the known bias of direct likelihood,
and refusals.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.numerics.streams import generator
from bevdrivers.results import TIDY_COLUMNS
from bevdrivers.simulation.calibration import MEASURES
from bevdrivers.simulation.disturbances import drawn_errors
from bevdrivers.simulation.process import Process

from ..made_up import drawn, scattered

# Monte Carlo standard errors that a simulated figure may lie from its expectation
MONTE_CARLO = 5.0


@pytest.fixture(scope="module")
def W() -> bd.SpatialWeights:
    return scattered(25, k=4)


@pytest.fixture(scope="module")
def sdm(W) -> bd.FitResult:
    return bd.SpatialDurbin("y ~ x1 + x2").fit(drawn(bd.SpatialDurbin, W), W)


@pytest.fixture(scope="module")
def calibrated(sdm) -> bd.Calibration:
    return bd.calibrate(sdm, 400, seed=1)


def figures(calibrated: bd.Calibration, estimator: str) -> pd.DataFrame:
    return calibrated.frame[calibrated.frame["estimator"] == estimator].set_index(
        ["term", "component"]
    )


def test_least_squares_is_exact(W):
    """Normal errors: no bias, root mean squared error the standard error, 95 % and 5 % by Student's
    t.
    """
    fit = bd.NonSpatial("y ~ x1 + x2").fit(drawn(bd.SpatialDurbin, W))
    calibrated = bd.calibrate(fit, 3000, seed=1)
    frame = calibrated.frame[calibrated.frame["component"].isin(["main", "total"])]
    expected = {"bias": 0.0, "rmse": np.tile(fit.std_errors, 2), "coverage": 0.95, "size": 0.05}
    for measure, value in expected.items():
        assert ((frame[measure] - value).abs() < MONTE_CARLO * frame[f"{measure}_se"]).all(), (
            measure
        )
    fixed = calibrated.frame[calibrated.frame["component"] == "indirect"]
    assert fixed[["coverage", "size", "power"]].isna().all(axis=None)
    assert list(calibrated.counts.index) == ["least squares"]
    assert "intervals for x" in calibrated.note


def test_figures_by_hand(sdm):
    """The same outcomes fitted one by one, and the definitions."""
    R = 20
    calibrated = figures(bd.calibrate(sdm, R, estimators={}, seed=5), "lee-yu")
    process = Process.of(sdm)
    estimates, errors = {}, {}
    for design, values in (("truth", {}), ("rho", {"rho": 0.0}), ("x2", {"x2": 0.0, "W_x2": 0.0})):
        rng = generator(5, "calibration")
        at = process.at(values)
        outcomes = at.outcomes(drawn_errors(at, "normal", R, rng), rng)
        fits = [
            sdm.estimator.fit(sdm.panel.with_columns(y=outcomes[:, :, r]), sdm.sample.W)
            for r in range(R)
        ]
        frames = [
            pd.concat([fit.tidy(), fit.impacts().tidy()]).set_index(["term", "component"])
            for fit in fits
        ]
        estimates[design], errors[design] = (
            pd.concat([frame[name] for frame in frames], axis=1, keys=range(R)).loc[
                calibrated.index
            ]
            for name in ("estimate", "std_error")
        )
    truth = (
        pd.concat([sdm.tidy(), sdm.impacts().tidy()])
        .set_index(["term", "component"])["estimate"]
        .loc[calibrated.index]
    )
    gap = estimates["truth"].sub(truth, axis=0)
    close = {"rtol": 1e-5, "atol": 1e-7}  # two optimisers
    np.testing.assert_allclose(calibrated["truth"], truth, rtol=1e-12)
    np.testing.assert_allclose(calibrated["bias"], gap.mean(axis=1), **close)
    np.testing.assert_allclose(calibrated["rmse"], np.sqrt((gap**2).mean(axis=1)), **close)
    inside = (gap.abs() <= 1.959963984540054 * errors["truth"]).mean(axis=1)
    np.testing.assert_allclose(calibrated["coverage"], inside, rtol=1e-12)
    rejected = {
        d: (estimates[d].abs() > 1.959963984540054 * errors[d]).mean(axis=1) for d in estimates
    }
    np.testing.assert_allclose(calibrated["power"], rejected["truth"], rtol=1e-12)
    assert calibrated.loc[("rho", "spatial"), "size"] == rejected["rho"][("rho", "spatial")]
    for label in (("x2", "main"), ("W_x2", "wx"), ("x2", "direct"), ("x2", "total")):
        assert calibrated.loc[label, "size"] == rejected["x2"][label]


def test_direct_likelihood_is_biased_and_lee_yu_is_not(calibrated):
    """As the score says (explanation/fixed_effects.md): far more than Monte Carlo error."""
    lee_yu, direct = (
        figures(calibrated, name).loc[("rho", "spatial")] for name in ("lee-yu", "direct")
    )
    assert direct["bias"] < lee_yu["bias"] - 10 * direct["bias_se"]
    assert direct["size"] > 0.10
    assert abs(lee_yu["size"] - 0.05) < MONTE_CARLO * lee_yu["size_se"]
    assert lee_yu["coverage"] > direct["coverage"] + 0.05


def test_result(calibrated, sdm):
    assert list(calibrated.counts.index) == ["lee-yu", "direct", "elhorst"]
    assert calibrated.used == "lee-yu"
    tidy = calibrated.tidy()
    assert tuple(tidy.columns) == (*TIDY_COLUMNS, "estimator", "measure")
    assert set(tidy["measure"]) == set(MEASURES)
    assert len(tidy) == 5 * 3 * (5 + 6)
    row = tidy[
        (tidy["measure"] == "coverage") & (tidy["term"] == "rho") & (tidy["estimator"] == "lee-yu")
    ].iloc[0]
    share = row["estimate"]
    assert row["std_error"] == pytest.approx(np.sqrt(share * (1 - share) / 400), rel=1e-12)
    assert row["statistic"] == pytest.approx((share - 0.95) / row["std_error"], rel=1e-9)
    assert calibrated.note.startswith(
        f"nominal 95 % intervals for rho cover {100 * share:.1f} % in this design"
    )
    assert calibrated.glance().iloc[0]["note"] == calibrated.note
    text = calibrated.summary()
    assert "For comparison:" in text
    assert calibrated.note[1:] in text
    # every quantity has a size: each parameter is zero in one of the designs
    assert calibrated.frame["size"].notna().all()


def test_seed(sdm):
    first, again, other = (bd.calibrate(sdm, 19, seed=seed).frame["bias"] for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).all()


def test_other_truth(sdm):
    calibrated = figures(
        bd.calibrate(sdm, 50, params={"rho": -0.4, "sigma2": 2.0}, seed=1), "lee-yu"
    )
    assert calibrated.loc[("rho", "spatial"), "truth"] == -0.4
    own = sdm.params
    assert calibrated.loc[("x1", "total"), "truth"] == pytest.approx(
        (own["x1"] + own["W_x1"]) / 1.4, rel=1e-9
    )
    plain = figures(bd.calibrate(sdm, 50, seed=1), "lee-yu")
    # four times the variance of sigma2 = 0.5 under the same errors: twice the error
    assert calibrated.loc[("x1", "main"), "rmse"] == pytest.approx(
        np.sqrt(2.0 / sdm.sigma2) * plain.loc[("x1", "main"), "rmse"], rel=0.1
    )


@pytest.mark.parametrize(
    ("errors", "sandwich"), [("heteroskedastic", "robust"), ("clustered", "clustered")]
)
def test_sandwich_beside_errors_that_need_it(sdm, errors, sandwich):
    calibrated = bd.calibrate(sdm, 30, errors=errors, seed=1)
    plain, other = (figures(calibrated, name) for name in ("lee-yu", f"lee-yu, {sandwich}"))
    # the same estimates, another covariance
    np.testing.assert_allclose(plain["bias"], other["bias"], rtol=1e-5, atol=1e-7)
    assert (plain["coverage"] != other["coverage"]).any()


def test_other_models_are_compared_on_what_they_share(sdm):
    others = {"sar": bd.SpatialLag("y ~ x1 + x2"), "slx": bd.SpatialLagX("y ~ x1 + x2")}
    calibrated = bd.calibrate(sdm, 30, estimators=others, seed=1)
    sar, slx = (figures(calibrated, name) for name in others)
    assert set(sar.index.get_level_values("term")) == {"x1", "x2", "rho"}
    assert set(slx.index.get_level_values("term")) == {"x1", "x2", "W_x1", "W_x2"}
    assert sar.loc[("x1", "total"), "truth"] == slx.loc[("x1", "total"), "truth"]


@pytest.mark.parametrize(
    ("request_", "labels"),
    [
        (bd.SpatialDurbin("y ~ x1 + x2", correction=None), ["direct", "lee-yu", "elhorst"]),
        (bd.SpatialError("y ~ x1 + x2", fixed_effects="unit"), ["lee-yu", "direct"]),
        (bd.SpatialLag("y ~ x1 + x2", method="gmm"), ["gmm"]),
        (bd.SpatialLag("y ~ x1 + x2", random_effects="kkp"), ["random effects, kkp"]),
        (bd.SpatialLag("y ~ x1 + x2", fixed_effects=None), ["ml"]),
        (bd.SpatialLag("y ~ x1 + x2", fixed_effects=None, serial_errors=True), ["ml, ar1"]),
        (bd.SpatialDurbin("y ~ x1 + x2", dynamic="time"), ["lee-yu", "direct"]),
        (bd.SpatialCombined("y ~ x1 + x2", cov_type="qml"), ["lee-yu, qml", "direct, qml"]),
    ],
)
def test_every_kind_of_request(request_, labels, W):
    calibrated = bd.calibrate(request_.fit(drawn(bd.SpatialDurbin, W), W), 19, seed=1)
    assert list(calibrated.counts.index) == labels
    own = figures(calibrated, labels[0])
    varies = own[own["truth"] != 0.0]  # without a lag of y or X the indirect impact is zero
    assert np.isfinite(varies[["bias", "rmse", "coverage"]]).all(axis=None)


class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "argument"),
        [
            ({"replications": 5}, "replications"),
            ({"errors": "cauchy"}, "errors"),
            ({"params": {"lam": 0.3}}, "params"),
            ({"params": {"rho": 1.5}}, "params"),
            ({"estimators": {"lee-yu": bd.SpatialLag("y ~ x1")}}, "estimators"),
            ({"estimators": {"late": bd.SpatialLag("y ~ lag(x1, 1)")}}, "estimators"),
        ],
    )
    def test_options(self, sdm, options, argument):
        with pytest.raises(bd.InputError) as caught:
            bd.calibrate(sdm, **options)
        assert caught.value.argument == argument

    def test_errors_of_random_effects(self, W):
        fit = bd.SpatialLag("y ~ x1 + x2", random_effects="kkp").fit(drawn(bd.SpatialDurbin, W), W)
        with pytest.raises(bd.OptionError, match="normal"):
            bd.calibrate(fit, 19, errors="resampled")
