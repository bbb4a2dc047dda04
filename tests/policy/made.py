"""Panels with a policy whose effects are known."""

from __future__ import annotations

import numpy as np

import bevdrivers as bd

from ..made_up import ring

PERIODS = np.arange(2000, 2012)


def adoption_years(N: int = 24) -> np.ndarray:
    """Two cohorts side by side, units around them that are never treated."""
    years = np.full(N, np.nan)
    years[:6] = 2005
    years[8:12] = 2008
    return years


def since(years: np.ndarray) -> np.ndarray:
    """Event times (T, N)."""
    return PERIODS[:, None] - years[None, :]


def made_panel(
    years: np.ndarray, effect: np.ndarray, noise: float, seed: int = 0
) -> tuple[bd.Panel, bd.SpatialWeights]:
    """A panel on a ring with two-way effects, a regressor of coefficient 0.5, and what the policy
    does, (T, N).
    """
    rng = np.random.default_rng(seed)
    T, N = len(PERIODS), len(years)
    W = ring(N)
    x = rng.normal(size=(T, N))
    effects = rng.normal(size=N) + rng.normal(size=(T, 1))
    y = effects + 0.5 * x + effect + noise * rng.normal(size=(T, N))
    first = np.tile(years, (T, 1))
    columns = {"y": y, "x": x, "first": first}
    return bd.Panel.from_arrays(columns, units=W.ids, periods=PERIODS), W
