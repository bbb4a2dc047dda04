"""Columns whose variation is small against their level: the same estimates, or an error that says
so, never "no variation".
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.errors import IdentificationError

from ...made_up import scattered


def fitted(which: str, level: float) -> bd.FitResult:
    W, rng = scattered(12), np.random.default_rng(0)
    arrays = {name: rng.normal(size=(8, 12)) for name in ("y", "x", "z")}
    arrays[which] = arrays[which] + level
    panel = bd.Panel.from_arrays(arrays, units=W.ids, periods=range(2000, 2008))
    return bd.SpatialLag("y ~ x + z").fit(panel, W)


@pytest.mark.parametrize("which", ["y", "x"])
def test_a_level_that_effects_remove_does_not_matter(which: str) -> None:
    expected = fitted(which, 0.0).values
    np.testing.assert_allclose(fitted(which, 1e8).values, expected, atol=1e-6)


@pytest.mark.parametrize("which", ["y", "x"])
def test_too_little_variation_against_the_level_is_said_to_be_that(which: str) -> None:
    with pytest.raises(
        IdentificationError, match=rf"'{which}'.* varies by .* of 1e\+11\. Subtract"
    ):
        fitted(which, 1e11)


def test_what_effects_absorb_is_still_said_to_be_absorbed() -> None:
    W, rng = scattered(12), np.random.default_rng(0)
    arrays = {name: rng.normal(size=(8, 12)) for name in ("y", "z")}
    arrays["x"] = np.tile(rng.uniform(1e9, 2e9, 12), (8, 1))
    panel = bd.Panel.from_arrays(arrays, units=W.ids, periods=range(2000, 2008))
    with pytest.raises(IdentificationError, match=r"no variation left in \['x'\]"):
        bd.SpatialLag("y ~ x + z").fit(panel, W)
