"""Coverage of intervals when errors are dependent within units: clusters hold it, the information
matrix does not.
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd

from ..made_up import scattered

DRAWS = 300


@pytest.mark.slow
def test_clusters_by_unit_cover_under_serial_correlation():
    """Two-way SDM, N = 60, T = 10, errors AR(1) 0.7, trending regressor; 300 draws: a standard
    error of 1.3 points.
    """
    N, T = 60, 10
    W = scattered(N, k=4, seed=4)
    rng = np.random.default_rng(0)
    inside = {"classical": np.zeros(2), "clustered": np.zeros(2)}
    for _ in range(DRAWS):
        x = (
            0.5 * rng.normal(size=(T, N))
            + 0.7 * rng.normal(size=N) * np.linspace(-1, 1, T)[:, None]
        )
        e = rng.normal(size=(T, N))
        for t in range(1, T):
            e[t] = 0.7 * e[t - 1] + np.sqrt(1 - 0.49) * e[t]
        effects = rng.normal(size=(T, 1)) + rng.normal(size=N)
        y = W.pencil.at(0.3).over_units(x + 0.4 * W.lag(x) + effects + e)
        panel = bd.Panel.from_arrays({"y": y, "x": x}, units=W.ids, periods=range(1, T + 1))
        fit = bd.SpatialDurbin("y ~ x").fit(panel, W)
        gap = np.abs(fit.params[["x", "rho"]].to_numpy() - [1.0, 0.3])
        for kind, count in inside.items():
            count += gap < 1.96 * fit.with_cov(kind).std_errors[["x", "rho"]].to_numpy()
    covered = {kind: count / DRAWS for kind, count in inside.items()}
    assert ((covered["clustered"] > 0.90) & (covered["clustered"] < 0.985)).all(), covered
    assert covered["classical"][0] < covered["clustered"][0] - 0.05, covered


@pytest.mark.slow
def test_clusters_by_unit_cover_with_random_effects():
    """Lag model, N = 60, T = 8, AR(1) 0.6 heavy-tailed errors and skewed unit effects; 150 draws:
    1.8 points.
    """
    N, T, draws = 60, 8, 150
    W = scattered(N, k=5, seed=4)
    rng = np.random.default_rng(0)
    request = bd.SpatialLag("y ~ x", random_effects="kkp")
    inside = {"classical": np.zeros(2), "clustered": np.zeros(2)}
    for _ in range(draws):
        x, e = rng.normal(size=(T, N)), rng.standard_t(6, size=(T, N))
        for t in range(1, T):
            x[t] = 0.7 * x[t - 1] + x[t]
            e[t] = 0.6 * e[t - 1] + e[t]
        mu = 1.2 * (rng.exponential(size=N) - 1)
        y = W.pencil.at(0.3).over_units(1 + x + mu + e)
        fit = request.fit(
            bd.Panel.from_arrays({"y": y, "x": x}, units=W.ids, periods=range(1, T + 1)), W
        )
        gap = np.abs(fit.params[["x", "rho"]].to_numpy() - [1.0, 0.3])
        for kind, count in inside.items():
            count += gap < 1.96 * fit.with_cov(kind).std_errors[["x", "rho"]].to_numpy()
    covered = {kind: count / draws for kind, count in inside.items()}
    assert ((covered["clustered"] > 0.89) & (covered["clustered"] < 0.99)).all(), covered
    assert covered["classical"][0] < covered["clustered"][0] - 0.03, covered
