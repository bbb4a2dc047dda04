"""Standard errors of recovered effects where cells are missing or weights differ by period."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.formula.api as smf

import bevdrivers as bd

from ...made_up import scattered
from .panels import UNITS, YEARS, N, T, complete, cut, dummies, long_frame, panel_of

FRAME = long_frame()
PANEL = panel_of(FRAME)
W = scattered(N, k=4)


def by_term(fit: bd.FitResult) -> dict[str, float]:
    frame = fit.effects.tidy()
    return dict(zip(frame["component"] + " " + frame["term"], frame["std_error"], strict=True))


@pytest.mark.parametrize("effects", ["two-way", "unit", "time"])
def test_least_squares_equal_explicit_dummies(effects):
    parts = {"two-way": "C(id, Sum) + C(year, Sum)", "unit": "C(id, Sum)", "time": "C(year, Sum)"}
    theirs = smf.ols(f"y ~ x + z + {parts[effects]}", complete(FRAME)).fit().bse
    found = by_term(bd.NonSpatial("y ~ x + z", fixed_effects=effects).fit(PANEL))
    assert found["intercept Intercept"] == pytest.approx(theirs["Intercept"], rel=1e-8)
    if effects != "time":
        for unit in UNITS[:-1]:
            own = theirs[f"C(id, Sum)[S.{unit}]"]
            assert found[f"unit {unit}"] == pytest.approx(own, rel=1e-8)
    if effects != "unit":
        for year in YEARS[:-1]:
            own = theirs[f"C(year, Sum)[S.{year}]"]
            assert found[f"time {year}"] == pytest.approx(own, rel=1e-8)


def solved(fit: bd.FitResult, values: np.ndarray) -> np.ndarray:
    """Unit effects, time effects and intercept at other values of the parameters, by least squares on
    dense dummies.
    """
    frame = complete(FRAME)
    V = cut(W, frame)
    params = dict(zip(fit.terms, values, strict=True))
    columns = {"x": frame["x"], "z": frame["z"], "W_x": V @ frame["x"], "W_z": V @ frame["z"]}
    r = frame["y"].to_numpy() - params.get("rho", 0.0) * (V @ frame["y"])
    for name, column in columns.items():
        r = r - params.get(name, 0.0) * np.asarray(column)
    R = np.eye(len(frame)) - params.get("lam", 0.0) * V
    D = dummies(frame, "id", "year")
    d = np.linalg.lstsq(R @ D, R @ r, rcond=None)[0]
    unit, time = d[:N], d[N:]
    return np.concatenate([unit - unit.mean(), time - time.mean(), [unit.mean() + time.mean()]])


@pytest.mark.parametrize(
    "model", [bd.SpatialLag, bd.SpatialError, bd.SpatialDurbinError, bd.SpatialCombined]
)
def test_they_are_those_of_derivatives_on_dense_matrices(model):
    fit = model("y ~ x + z").fit(PANEL, W)
    step = 1e-6
    slopes = [
        (solved(fit, fit.values + step * one) - solved(fit, fit.values - step * one)) / (2 * step)
        for one in np.eye(len(fit.values))
    ]
    B = np.stack(slopes, axis=1)
    frame = complete(FRAME)
    R = np.eye(len(frame)) - fit.params.get("lam", 0.0) * cut(W, frame)
    RD = R @ dummies(frame, "id", "year")
    K = np.linalg.pinv(RD.T @ RD)
    units, years = np.eye(N) - 1 / N, np.eye(T) - 1 / T
    C = np.zeros((N + T + 1, N + T))
    C[:N, :N], C[N:-1, N:], C[-1] = units, years, [*np.full(N, 1 / N), *np.full(T, 1 / T)]
    own = fit.sigma2 * np.diag(C @ K @ C.T)
    expected = np.sqrt(own + np.einsum("kp,pq,kq->k", B, fit.covariance, B))
    effects = fit.effects
    estimates = np.concatenate([effects.unit, effects.time, [effects.intercept]])
    np.testing.assert_allclose(estimates, solved(fit, fit.values), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(effects.tidy()["std_error"], expected, rtol=1e-6)


def test_a_unit_that_never_is_there_has_none():
    frame = long_frame()
    frame.loc[frame["id"] == "u07", "y"] = np.nan
    found = by_term(bd.SpatialLag("y ~ x + z").fit(panel_of(frame), W))
    assert np.isnan(found.pop("unit u07"))
    assert np.isfinite(list(found.values())).all()


def test_dependent_errors_have_none():
    fit = bd.NonSpatial("y ~ x + z", cov_type="robust").fit(PANEL)
    with pytest.raises(bd.OptionError, match="iid errors"):
        fit.effects.tidy()
