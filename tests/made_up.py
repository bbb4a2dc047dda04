"""Made-up weights and panels that the tests of several rooms share, and the lists of models that
they go through.
"""

from __future__ import annotations

import numpy as np

import bevdrivers as bd

ML = [
    bd.SpatialLag,
    bd.SpatialError,
    bd.SpatialDurbin,
    bd.SpatialDurbinError,
    bd.SpatialCombined,
    bd.GeneralNesting,
]
ALL = [bd.NonSpatial, bd.SpatialLagX, *ML]


def ring(N: int, *, both: bool = True) -> bd.SpatialWeights:
    W = np.roll(np.eye(N), 1, axis=1)
    return bd.SpatialWeights.from_matrix(W + W.T if both else W, [f"u{i:02d}" for i in range(N)])


def scattered(N: int = 12, seed: int = 0, k: int = 3, normalise="row") -> bd.SpatialWeights:
    """k nearest of random points: asymmetric, with complex eigenvalues."""
    at = np.random.default_rng(seed).uniform(size=(N, 2))
    distance = np.linalg.norm(at[:, None] - at[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    near = (distance <= np.sort(distance, axis=1)[:, [k - 1]]).astype(float)
    return bd.SpatialWeights.from_matrix(near, [f"u{i:02d}" for i in range(N)], normalise=normalise)


def uneven(N: int = 12, seed: int = 0, normalise="spectral") -> bd.SpatialWeights:
    """Inverse distances of random points: rows of different sums."""
    at = np.random.default_rng(seed).uniform(size=(N, 2))
    distance = np.linalg.norm(at[:, None] - at[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    return bd.SpatialWeights.from_matrix(
        1 / distance, [f"u{i:02d}" for i in range(N)], normalise=normalise
    )


TRUTH = {"x1": 1.0, "x2": -0.5, "W_x1": 0.4, "W_x2": 0.3, "rho": 0.3, "lam": 0.2}


def drawn(
    model: type, W: bd.SpatialWeights, T: int = 8, seed: int = 0, effects="two-way"
) -> bd.Panel:
    request = model("y ~ x1 + x2", fixed_effects=effects)
    wanted = {"x1", "x2"} | ({"W_x1", "W_x2"} if request.lag_x else set())
    wanted |= {"rho"} if request.lag_y else set()
    wanted |= {"lam"} if request.lag_u else set()
    params = {name: TRUTH[name] for name in wanted} | (
        {"Intercept": 1.0} if effects is None else {}
    )
    return bd.simulate_panel(request, W, params=params, periods=T, sigma2=0.5, seed=seed)


def dummies(T: int, N: int) -> np.ndarray:
    """Unit and time dummies of full rank, rows by period, then unit."""
    units = np.tile(np.eye(N), (T, 1))
    return np.hstack([units, np.repeat(np.eye(T), N, axis=0)[:, 1:]])
