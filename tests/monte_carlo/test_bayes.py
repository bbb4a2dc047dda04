"""Posterior probabilities of models: the truth is found, and what has probability p is true with
frequency p.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.models.design.transforms import Within

pytestmark = pytest.mark.slow

MODELS = [bd.SpatialLagX, bd.SpatialLag, bd.SpatialDurbin, bd.SpatialError, bd.SpatialDurbinError]
TRUTH = {"x1": 1.0, "x2": -0.5, "W_x1": 1.0, "W_x2": 0.8, "rho": 0.6, "lam": 0.7}


@pytest.mark.parametrize("model", MODELS)
def test_the_model_that_made_the_data_is_found(model, bev, queen):
    """Twenty samples of 31 units and 15 periods, two-way effects, five models with the right and a
    wrong W.
    """
    request = model("y ~ x1 + x2", fixed_effects="two-way")
    wanted = {"x1", "x2"} | ({"W_x1", "W_x2"} if request.lag_x else set())
    wanted |= ({"rho"} if request.lag_y else set()) | ({"lam"} if request.lag_u else set())
    params = {name: value for name, value in TRUTH.items() if name in wanted}
    wrong = bd.KNearest(4, points=("capital_lon", "capital_lat")).fit(bev)
    rng = np.random.default_rng(1)
    best = []
    for _ in range(20):
        panel = bd.simulate_panel(request, queen, params=params, periods=15, seed=rng)
        best.append(
            bd.compare_models(request, panel, [queen, wrong])
            .glance()[["model", "weights"]]
            .iloc[0]
            .tolist()
        )
    models, weights = zip(*best, strict=True)
    assert models.count(model.__name__) >= 17
    assert weights.count("Queen") >= 19


def test_probabilities_are_frequencies(queen):
    """Models and parameters drawn from the very prior that `compare_models` states, in contrasts.

    Then the truth of a model has the claimed probability as its mean. (sigma2 is one throughout:
    models and priors are of the same form in any unit of y, so that the probabilities hold at each
    sigma2.)
    """
    T, N, g, samples = 4, queen.n_units, 6.0, 300
    within, rng = Within.of("two-way"), np.random.default_rng(3)
    low, high = queen.rho_bounds
    x = rng.standard_normal((T, N, 2))
    ids = {"unit": np.tile(queen.ids, T), "year": np.repeat(np.arange(T), N)}
    frame = pd.DataFrame({**ids, "y": 0.0, "x1": x[:, :, 0].ravel(), "x2": x[:, :, 1].ravel()})
    empty = bd.Panel.from_frame(frame, unit="unit", time="year")
    x = np.stack([empty["x1"], empty["x2"]], axis=2)
    W = queen.align(empty.units).dense
    claimed, true = np.zeros((samples, len(MODELS))), np.zeros((samples, len(MODELS)))
    for s in range(samples):
        drawn = rng.integers(len(MODELS))
        model = MODELS[drawn]
        A = np.eye(N) - rng.uniform(low, high) * W
        Z = np.concatenate([x, np.einsum("ij,tjk->tik", W, x)], axis=2) if model.lag_x else x
        filtered = np.einsum("ij,tjk->tik", A, Z) if model.lag_u else Z
        flat = within.demean(filtered).reshape(T * N, -1)
        beta = np.linalg.cholesky(g * np.linalg.inv(flat.T @ flat)) @ rng.standard_normal(
            flat.shape[1]
        )
        y = filtered @ beta + rng.standard_normal((T, N))
        if model.lag_y or model.lag_u:
            y = np.linalg.solve(A, y.T).T
        panel = empty.with_columns(y=y)
        comparison = bd.compare_models(
            bd.SpatialDurbin("y ~ x1 + x2"), panel, queen, models=MODELS, g=g
        )
        claimed[s] = comparison.model_probabilities
        true[s, drawn] = 1.0
    spread = np.sqrt(np.sum(claimed * (1 - claimed), axis=0))
    z = np.sum(true - claimed, axis=0) / spread
    assert np.abs(z).max() < 3
    # and among those of middling probability
    middle = (claimed > 0.25) & (claimed < 0.75)
    assert middle.sum() > 100
    gap = np.sum((true - claimed)[middle]) / np.sqrt(np.sum((claimed * (1 - claimed))[middle]))
    assert abs(gap) < 3
