"""Shocks, impact matrices and impacts by order where cells are missing or weights differ by period:
means over the periods in which a unit is there, against dense matrices.
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd

from ...made_up import scattered
from .panels import YEARS, N, long_frame, panel_of

PANEL = panel_of(long_frame())
W, OTHER = scattered(N, k=4), scattered(N, seed=9, k=4)
BY_PERIOD = {year: OTHER if year % 3 else W for year in YEARS}
MODELS = [bd.SpatialDurbin, bd.SpatialLag, bd.SpatialLagX, bd.SpatialDurbinError]


def fitted(model: type, missing: str = "cut", weights=BY_PERIOD) -> bd.FitResult:
    return model("y ~ x + z", missing=missing).fit(PANEL, weights)


def by_hand(fit: bd.FitResult, term: str) -> tuple[np.ndarray, np.ndarray]:
    """The matrix of responses of each period, zero for absent units, (T, N, N), and who is there."""
    rho = fit.params.get("rho", 0.0)
    theta = fit.params.get(f"W_{term}", 0.0)
    responses = []
    there = fit.sample.there
    for year, row in zip(YEARS, there, strict=True):
        V = BY_PERIOD[year].links.toarray() * np.outer(row, row)
        V = V / np.maximum(V.sum(axis=1, keepdims=True), 1e-300)
        S = np.linalg.solve(np.eye(N) - rho * V, fit.params[term] * np.eye(N) + theta * V)
        responses.append(S * np.outer(row, row))
    return np.array(responses), there


@pytest.mark.filterwarnings("ignore::bevdrivers.BoundWarning")
@pytest.mark.parametrize("model", MODELS)
def test_the_matrix_is_the_mean_over_the_periods_of_a_unit(model):
    fit = fitted(model)
    responses, there = by_hand(fit, "x")
    expected = responses.sum(axis=0) / there.sum(axis=0)[:, None]
    matrix = fit.impact_matrix("x")
    np.testing.assert_allclose(matrix, expected, rtol=1e-9, atol=1e-12)
    # weighted by their periods, its means are the impacts
    shares = there.sum(axis=0) / there.sum()
    impacts = fit.impacts().frame.loc["x"]
    assert shares @ np.diag(matrix) == pytest.approx(impacts["direct"], rel=1e-9)
    assert shares @ matrix.sum(axis=1) == pytest.approx(impacts["total"], rel=1e-9)


def test_a_shock_is_the_matrix_times_the_changes():
    fit = fitted(bd.SpatialDurbin)
    found = fit.shock("x", {"u01": 2.0, "u09": -1.0})
    matrix = fit.impact_matrix("x")
    np.testing.assert_allclose(found.values[0], 2 * matrix["u01"] - matrix["u09"], rtol=1e-9)


def test_standard_errors_of_a_shock_are_those_of_its_derivatives():
    fit = fitted(bd.SpatialDurbin)
    changes = {"u01": 1.0, "u05": 1.0}

    def effect(values: np.ndarray) -> np.ndarray:
        params = dict(zip(fit.terms, values, strict=True))
        d = np.isin(fit.panel.units, list(changes)).astype(float)
        total = np.zeros(N)
        for year, row in zip(YEARS, fit.sample.there, strict=True):
            V = BY_PERIOD[year].links.toarray() * np.outer(row, row)
            V = V / np.maximum(V.sum(axis=1, keepdims=True), 1e-300)
            source = params["x"] * (d * row) + params["W_x"] * (V @ (d * row))
            total += row * np.linalg.solve(np.eye(N) - params["rho"] * V, source)
        return total / fit.sample.there.sum(axis=0)

    step = 1e-5
    columns = [
        (effect(fit.values + step * one) - effect(fit.values - step * one)) / (2 * step)
        for one in np.eye(len(fit.values))
    ]
    slopes = np.stack(columns, axis=1)
    expected = np.sqrt(np.einsum("ip,pq,iq->i", slopes, fit.covariance, slopes))
    found = fit.shock("x", changes)
    np.testing.assert_allclose(found.errors[0], expected, rtol=1e-7)
    drawn = fit.shock("x", changes, draws=400, seed=1)
    assert drawn.sample_of_draws is not None
    np.testing.assert_allclose(drawn.values, found.values)


def test_a_unit_that_never_is_there_has_no_effect():
    frame = long_frame()
    frame.loc[frame["id"] == "u07", "y"] = np.nan
    fit = bd.SpatialLag("y ~ x + z").fit(panel_of(frame), W)
    found = fit.shock("x", {"u01": 1.0}).frame["estimate"]
    assert np.isnan(found["u07"])
    assert np.isfinite(found.drop("u07")).all()


@pytest.mark.parametrize("missing", ["cut", "keep-weights"])
@pytest.mark.parametrize("model", [bd.SpatialDurbin, bd.SpatialLagX])
def test_orders_are_means_over_observations(model, missing):
    fit = fitted(model, missing, W)
    orders = fit.impacts().orders(2)
    rho = fit.params.get("rho", 0.0)
    beta, theta = fit.params["x"], fit.params["W_x"]
    sums = np.zeros((3, 2))
    for row in fit.sample.there:
        raw = W.links.toarray() if missing == "cut" else W.dense
        V = raw * np.outer(row, row)
        if missing == "cut":
            V = V / np.maximum(V.sum(axis=1, keepdims=True), 1e-300)
        V = V[row][:, row]
        eye = np.eye(len(V))
        parts = [
            beta * eye,
            rho * beta * V + theta * V,
            rho**2 * beta * V @ V + rho * theta * V @ V,
        ]
        sums += [[np.trace(part), part.sum()] for part in parts]
    expected = sums / fit.nobs
    for order in range(3):
        found = orders.frame.loc[(str(order), "x")]
        assert found["direct"] == pytest.approx(expected[order, 0], rel=1e-9, abs=1e-13)
        assert found["total"] == pytest.approx(expected[order, 1], rel=1e-9, abs=1e-13)
    # all orders and what is beyond make the whole
    whole = orders.frame.groupby("term").sum()
    np.testing.assert_allclose(whole.loc["x"], fit.impacts().frame.loc["x"], rtol=1e-9)


def test_on_a_complete_panel_all_is_as_under_one_w():
    panel = bd.simulate_panel(
        bd.SpatialDurbin("y ~ x"), W, params={"x": 1.0, "W_x": 0.5, "rho": 0.3}, periods=6, seed=2
    )
    request = bd.SpatialDurbin("y ~ x", correction="adjusted-score")
    same = request.fit(panel, dict.fromkeys(panel.periods, W))
    one = request.fit(panel, W)
    assert same.sample.irregular
    np.testing.assert_allclose(same.impact_matrix("x"), one.impact_matrix("x"), rtol=1e-6)
    found, expected = (fit.shock("x", {"u03": 1.0}) for fit in (same, one))
    np.testing.assert_allclose(found.errors, expected.errors, rtol=1e-5)
    found, expected = (fit.impacts().orders(3).tidy() for fit in (same, one))
    np.testing.assert_allclose(found["std_error"], expected["std_error"], rtol=1e-5)
