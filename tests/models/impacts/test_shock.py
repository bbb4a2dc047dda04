"""Effects of changes in some units: the matrix by its formula, errors by differences, sums that
must agree.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd

from ...conftest import MUNNELL
from ...made_up import drawn, scattered, uneven


@pytest.mark.parametrize(
    "model", [bd.SpatialDurbin, bd.SpatialLag, bd.SpatialLagX, bd.SpatialDurbinError, bd.NonSpatial]
)
def test_matrix_is_its_formula(model, munnell, states):
    fit = model(MUNNELL).fit(munnell, states)
    W = states.align(munnell.units).dense
    rho = 0.0 if np.isnan(fit.rho) else fit.rho
    theta = fit.params.get("W_lemp", 0.0)
    expected = np.linalg.inv(np.eye(48) - rho * W) @ (fit.params["lemp"] * np.eye(48) + theta * W)
    matrix = fit.impact_matrix("lemp")
    np.testing.assert_allclose(matrix, expected, atol=1e-12)
    impacts = fit.impacts()
    assert np.trace(matrix) / 48 == pytest.approx(impacts.direct["lemp"], abs=1e-12)
    assert matrix.to_numpy().sum() / 48 == pytest.approx(impacts.total["lemp"], abs=1e-12)


def test_shock_is_columns_of_the_matrix(munnell, states):
    fit = bd.SpatialDurbin(MUNNELL).fit(munnell, states)
    shock = fit.shock("lemp", {"TEXAS": 0.1, "OHIO": -0.2})
    S = fit.impact_matrix("lemp")
    np.testing.assert_allclose(
        shock.frame["estimate"], 0.1 * S["TEXAS"] - 0.2 * S["OHIO"], atol=1e-13
    )
    assert list(shock.frame.index) == list(munnell.units)


@pytest.mark.parametrize("model", [bd.SpatialDurbin, bd.SpatialLag, bd.SpatialLagX])
def test_errors_are_those_of_numerical_derivatives(model):
    W = uneven(10)
    fit = model("y ~ x1 + x2", fixed_effects="unit").fit(
        drawn(model, scattered(10), effects="unit"), W
    )

    def effects(values: np.ndarray) -> np.ndarray:
        moved = replace(fit, estimate=replace(fit.estimate, values=values))
        return moved.shock("x1", {"u03": 1.0}).frame["estimate"].to_numpy()

    point = fit.estimate.values
    steps = 1e-6 * np.eye(len(point))
    J = np.column_stack([(effects(point + s) - effects(point - s)) / 2e-6 for s in steps])
    expected = np.sqrt(np.einsum("ip,pq,iq->i", J, fit.covariance, J))
    np.testing.assert_allclose(
        fit.shock("x1", {"u03": 1.0}).frame["std_error"], expected, rtol=1e-6, atol=1e-9
    )


DYNAMIC = bd.SpatialDurbin(MUNNELL, dynamic="both")
PATH = [0, 1, 2, 7, "long"]


def response(fit: bd.FitResult, changes: np.ndarray, permanent: bool, periods: int) -> np.ndarray:
    """What the dynamic equation makes of changes (N,) of log employment, period by period, by dense
    solves.
    """
    W = fit.sample.W.dense
    tau, eta, rho = (fit.params[name] for name in ("tau", "eta", "rho"))
    path, before = [], np.zeros(len(W))
    for h in range(periods):
        x = changes if permanent or h == 0 else np.zeros(len(W))
        source = (
            fit.params["lemp"] * x
            + fit.params["W_lemp"] * (W @ x)
            + tau * before
            + eta * (W @ before)
        )
        before = np.linalg.solve(np.eye(len(W)) - rho * W, source)
        path.append(before)
    return np.array(path)


class TestPath:
    @pytest.mark.parametrize("permanent", [True, False])
    def test_it_is_the_equation_run_forward(self, permanent, munnell, states):
        fit = DYNAMIC.fit(munnell, states)
        changes = np.zeros(48)
        changes[[munnell.units.index("TEXAS"), munnell.units.index("OHIO")]] = [0.1, -0.2]
        expected = response(fit, changes, permanent, 400)
        horizons = PATH if permanent else PATH[:-1]
        shock = fit.shock(
            "lemp", {"TEXAS": 0.1, "OHIO": -0.2}, horizon=horizons, permanent=permanent
        )
        for h in horizons:
            # with a root of 0.9, 400 periods are as good as for ever
            truth = expected[-1 if h == "long" else h]
            np.testing.assert_allclose(shock.frame.loc[h, "estimate"], truth, atol=1e-12)

    @pytest.mark.parametrize("permanent", [True, False])
    def test_errors_are_those_of_numerical_derivatives(self, permanent, munnell, states):
        fit = DYNAMIC.fit(munnell, states)
        options = {"horizon": PATH if permanent else PATH[:-1], "permanent": permanent}
        point = fit.estimate.values

        def effects(values: np.ndarray) -> np.ndarray:
            moved = replace(fit, estimate=replace(fit.estimate, values=values))
            return moved.shock("lemp", {"TEXAS": 1.0}, **options).values

        steps = 1e-6 * np.eye(len(point))
        J = np.stack([(effects(point + s) - effects(point - s)) / 2e-6 for s in steps], axis=-1)
        expected = np.sqrt(np.einsum("hip,pq,hiq->hi", J, fit.covariance, J))
        errors = fit.shock("lemp", {"TEXAS": 1.0}, **options).errors
        np.testing.assert_allclose(errors, expected, rtol=1e-5, atol=1e-9)

    @pytest.mark.parametrize("horizon", ["short", 3, "long"])
    def test_averages_are_impacts(self, horizon, munnell, states):
        fit = DYNAMIC.fit(munnell, states)
        impacts = fit.impacts(horizon=horizon)
        everywhere = fit.shock("lemp", dict.fromkeys(munnell.units, 1.0), horizon=horizon)
        assert everywhere.values.mean() == pytest.approx(impacts.total["lemp"], abs=1e-12)
        S = fit.impact_matrix("lemp", horizon=horizon)
        assert np.trace(S) / 48 == pytest.approx(impacts.direct["lemp"], abs=1e-12)
        np.testing.assert_allclose(S.sum(axis=1), everywhere.values[0], atol=1e-12)

    def test_frame_of_a_path(self, munnell, states):
        shock = DYNAMIC.fit(munnell, states).shock("lemp", {"TEXAS": 0.1}, horizon=range(3))
        assert shock.frame.index.names == ["horizon", "state"]
        assert list(shock.frame.loc[2].index) == list(munnell.units)
        assert list(shock.tidy()["horizon"].unique()) == [0, 1, 2]
        row = shock.glance().iloc[0]
        assert (row["changes"], row["horizon"], row["method"]) == ("TEXAS: 0.1", "0, 1, 2", "delta")
        assert "TEXAS: 0.1" in repr(shock)


class TestDraws:
    def test_they_agree_with_the_delta_method_and_are_counted(self, munnell, states):
        # a root near one: some draws are unstable
        fit = DYNAMIC.fit(munnell, states)
        assert 0.85 < fit.largest_root < 1
        delta = fit.shock("lemp", {"TEXAS": 0.1}, horizon=[0, 2])
        shock = fit.shock("lemp", {"TEXAS": 0.1}, horizon=[0, 2], draws=3000, seed=1)
        np.testing.assert_allclose(shock.errors, delta.errors, rtol=0.15, atol=1e-5)
        np.testing.assert_array_equal(shock.values, delta.values)
        same = fit.impacts(draws=3000, seed=1)
        assert shock.rejected == same.rejected
        # the draws of all units' effects and those of the impacts are of the same parameters
        everywhere = fit.shock("lemp", dict.fromkeys(munnell.units, 1.0), draws=3000, seed=1)
        total = same.sample_of_draws[:, 2, same.terms.index("lemp")]
        np.testing.assert_allclose(everywhere.sample_of_draws[:, 0].mean(axis=1), total, atol=1e-10)
        low, high = np.quantile(shock.sample_of_draws[:, 1, 5], [0.05, 0.95])
        row = shock.tidy(level=0.9).iloc[48 + 5]
        assert (row["conf_low"], row["conf_high"]) == pytest.approx((low, high), rel=1e-12)
        assert shock.glance()["draws"][0] == 3000

    def test_unstable_draws_are_rejected(self, munnell, states):
        fit = DYNAMIC.replace(correction=None).fit(munnell, states)
        wide = replace(fit, covariance=fit.covariance * 25)
        shock = wide.shock("lemp", {"TEXAS": 0.1}, horizon="long", draws=200, seed=3)
        assert shock.rejected > 0
        assert np.isfinite(shock.sample_of_draws).all()

    @pytest.mark.parametrize("model", [bd.SpatialDurbin, bd.SpatialLagX])
    def test_many_units_go_through_nodes(self, model, monkeypatch):
        W = scattered(12)
        fit = model("y ~ x1 + x2").fit(drawn(model, W), W)
        expected = fit.shock("x1", {"u03": 1.0, "u07": 2.0}, draws=300, seed=1)
        monkeypatch.setattr("bevdrivers.models.impacts.shock.DENSE_UNITS", 5)
        shock = fit.shock("x1", {"u03": 1.0, "u07": 2.0}, draws=300, seed=1)
        # sixteen nodes over the draws of rho
        np.testing.assert_allclose(shock.sample_of_draws, expected.sample_of_draws, atol=1e-6)


def test_refusals(munnell, states, monkeypatch):
    fit = bd.SpatialDurbin(MUNNELL).fit(munnell, states)
    with pytest.raises(bd.InputError, match=r"unknown \['UTOPIA'\]"):
        fit.shock("lemp", {"UTOPIA": 1})
    with pytest.raises(bd.InputError, match="term.*'W_lemp'"):
        fit.shock("W_lemp", {"OHIO": 1})
    with pytest.raises(bd.InputError, match="changes"):
        fit.shock("lemp", {})
    monkeypatch.setattr("bevdrivers.models.impacts.shock.MATRIX_UNITS", 10)
    with pytest.raises(bd.OptionError, match="shock"):
        fit.impact_matrix("lemp")


def test_refusals_over_time(munnell, states):
    static, fit = bd.SpatialDurbin(MUNNELL).fit(munnell, states), DYNAMIC.fit(munnell, states)
    with pytest.raises(bd.OptionError, match="^horizon: .*not dynamic"):
        static.shock("lemp", {"OHIO": 1}, horizon=3)
    with pytest.raises(bd.OptionError, match="^horizon: .*when it is gone"):
        fit.shock("lemp", {"OHIO": 1}, horizon="long", permanent=False)
    with pytest.raises(bd.OptionError, match="^horizon: .*several different"):
        fit.shock("lemp", {"OHIO": 1}, horizon=[])
    with pytest.raises(bd.OptionError, match="^draws"):
        fit.shock("lemp", {"OHIO": 1}, draws=-1)


@pytest.mark.parametrize("model", [bd.NonSpatial, bd.SpatialLagX])
@pytest.mark.parametrize("horizon", [0, 3, "long"])
def test_without_a_lag_of_y_it_grows_by_the_powers_of_tau(model, horizon):
    panel = bd.load_panel()
    W = bd.KNearest(4).fit(panel)
    fit = model("log1p(bev_density) ~ log(gdp_pc) + tertiary_share", dynamic="time").fit(panel, W)
    size = 1 / (1 - fit.tau) if horizon == "long" else sum(fit.tau**s for s in range(horizon + 1))
    source = pd.Series(0.0, index=panel.units)
    source["Anhui"] = fit.params["tertiary_share"]
    source += (
        fit.params.get("W_tertiary_share", 0.0)
        * W.align(panel.units).dense[:, panel.units.index("Anhui")]
    )
    effect = fit.shock("tertiary_share", {"Anhui": 1.0}, horizon=horizon).frame["estimate"]
    np.testing.assert_allclose(effect, size * source, atol=1e-14)
    # summed over all units that change it is the total impact, with its standard error
    impacts = fit.impacts(horizon=horizon)
    orders = impacts.orders(1)
    np.testing.assert_allclose(
        orders.frame.groupby(level="term").sum().loc[list(impacts.terms)], impacts.frame, atol=1e-14
    )


def test_long_run_standard_errors_are_quartiles():
    W = scattered()
    request = bd.SpatialLag("y ~ x1 + x2", dynamic="time")
    params = {"x1": 1.0, "x2": -0.5, "rho": 0.2, "tau": 0.4}
    panel = bd.simulate_panel(request, W, params=params, periods=9, seed=2)
    shock = request.fit(panel, W).shock(
        "x1", {W.ids[0]: 1.0}, horizon=[0, "long"], draws=400, seed=1
    )
    short, long = np.moveaxis(shock.sample_of_draws, 1, 0)
    low, high = np.quantile(long, [0.25, 0.75], axis=0)
    np.testing.assert_allclose(shock.errors[0], short.std(axis=0, ddof=1), rtol=1e-12)
    # the quartiles of a standard normal lie at 0.6744897502 (any table of it)
    np.testing.assert_allclose(shock.errors[1], (high - low) / (2 * 0.6744897502), rtol=1e-9)
