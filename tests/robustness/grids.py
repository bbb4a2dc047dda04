"""A small panel with known columns, and grids on it, that the tests of this room share."""

from __future__ import annotations

from typing import Any

import numpy as np

import bevdrivers as bd
from tests.made_up import drawn, scattered

NEAR, FAR = scattered(k=3), scattered(k=5)


def panel() -> bd.Panel:
    """12 units, 8 periods: y, x1, x2, a control z, a positive p, a dummy and two regions."""
    rng = np.random.default_rng(5)
    made = drawn(bd.SDM, NEAR)
    shape = (made.n_periods, made.n_units)
    regions = np.broadcast_to(np.array(["north", "south"], object)[np.arange(12) % 2], shape)
    return made.with_columns(
        z=rng.normal(size=shape),
        p=rng.uniform(1, 2, size=shape),
        dummy=(rng.uniform(size=shape) > 0.5).astype(float),
        region=regions,
    )


def grid(base: bd.Estimator | None = None, **choices: Any) -> bd.SpecGrid:
    """A grid around the Durbin model; two W where nothing else is said."""
    base = bd.SDM("y ~ x1 + x2") if base is None else base
    return bd.SpecGrid(base, **{"weights": {"near": NEAR, "far": FAR}, **choices})


def varied() -> bd.SpecGrid:
    """All kinds of axes at once: 384 specifications."""
    return grid(
        models=[bd.SAR, bd.NonSpatial],
        outcomes=["exp(y)"],
        controls=["x2", "z"],
        options={"fixed_effects": ["unit"], "cov_type": ["robust"]},
        samples={"without u01": bd.Subsample(drop_units=["u01"])},
        outliers={"winsorised": bd.Winsorise(0.05, 0.95)},
    )
