"""Effects of changes in some units: the matrix by its formula, errors by differences, sums that must agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bevdrivers as bd

from ..conftest import MUNNELL
from .test_properties import drawn, scattered, uneven


@pytest.mark.parametrize(
    "model", [bd.SpatialDurbin, bd.SpatialLag, bd.SpatialLagX, bd.SpatialDurbinError, bd.NonSpatial]
)
def test_matrix_is_its_formula(model, munnell, states):
    fit = model(MUNNELL).fit(munnell, states)
    W = states.align(munnell.units).dense
    rho = 0.0 if np.isnan(fit.rho) else fit.rho
    theta = fit.params.get("W_lemp", 0.0)
    expected = np.linalg.inv(np.eye(48) - rho * W) @ (fit.params["lemp"] * np.eye(48) + theta * W)
    found = fit.impact_matrix("lemp")
    np.testing.assert_allclose(found, expected, atol=1e-12)
    impacts = fit.impacts()
    assert np.trace(found) / 48 == pytest.approx(impacts.direct["lemp"], abs=1e-12)
    assert found.to_numpy().sum() / 48 == pytest.approx(impacts.total["lemp"], abs=1e-12)


def test_shock_is_columns_of_the_matrix(munnell, states):
    fit = bd.SpatialDurbin(MUNNELL).fit(munnell, states)
    found = fit.shock("lemp", {"TEXAS": 0.1, "OHIO": -0.2})
    S = fit.impact_matrix("lemp")
    np.testing.assert_allclose(found["estimate"], 0.1 * S["TEXAS"] - 0.2 * S["OHIO"], atol=1e-13)
    assert list(found.index) == list(munnell.units)


@pytest.mark.parametrize("model", [bd.SpatialDurbin, bd.SpatialLag, bd.SpatialLagX])
def test_errors_are_those_of_numerical_derivatives(model):
    W = uneven(10)
    fit = model("y ~ x1 + x2", fixed_effects="unit").fit(drawn(model, scattered(10), effects="unit"), W)

    def effects(values: np.ndarray) -> np.ndarray:
        moved = replace(fit, estimate=replace(fit.estimate, values=values))
        return moved.shock("x1", {"u03": 1.0})["estimate"].to_numpy()

    point = fit.estimate.values
    steps = 1e-6 * np.eye(len(point))
    J = np.column_stack([(effects(point + s) - effects(point - s)) / 2e-6 for s in steps])
    expected = np.sqrt(np.einsum("ip,pq,iq->i", J, fit.covariance, J))
    np.testing.assert_allclose(fit.shock("x1", {"u03": 1.0})["std_error"], expected, rtol=1e-6, atol=1e-9)


def test_refusals(munnell, states, monkeypatch):
    fit = bd.SpatialDurbin(MUNNELL).fit(munnell, states)
    with pytest.raises(bd.InputError, match=r"unknown \['UTOPIA'\]"):
        fit.shock("lemp", {"UTOPIA": 1})
    with pytest.raises(bd.InputError, match="term.*'W_lemp'"):
        fit.shock("W_lemp", {"OHIO": 1})
    with pytest.raises(bd.InputError, match="changes"):
        fit.shock("lemp", {})
    monkeypatch.setattr("bevdrivers.models.shock.MATRIX_UNITS", 10)
    with pytest.raises(bd.OptionError, match="shock"):
        fit.impact_matrix("lemp")
