"""Outcomes fitted together meet the likelihoods without a maximum, and the mirror images, that
outcomes fitted one by one do.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.models.interface import sample_of
from bevdrivers.models.ml.likelihood import Likelihood
from bevdrivers.models.ml.maximisation import maximise
from bevdrivers.simulation.batch import fitter


def panel_on(links: np.ndarray, T: int) -> tuple[bd.Panel, bd.SpatialWeights]:
    N = len(links)
    units = [f"u{i}" for i in range(N)]
    y, x = np.random.default_rng(0).normal(size=(2, T, N))
    panel = bd.Panel.from_arrays(
        {"y": 1 + x + y, "x": x}, units=units, periods=range(2000, 2000 + T)
    )
    return panel, bd.SpatialWeights.from_matrix(links, units, normalise=None)


REQUEST = bd.SpatialError("y ~ x", fixed_effects=None)


def test_draws_without_bound_have_failed():
    """Two periods, two regressors, all neighbours."""
    panel, W = panel_on((np.ones((6, 6)) - np.eye(6)) / 5, 2)
    sample = sample_of(REQUEST, panel, W, None, W)
    outcomes = np.random.default_rng(1).normal(size=(2, 6, 5))
    fits = fitter(REQUEST, sample, panel)
    fits.add(outcomes)
    assert fits.batch().failed.all()
    for y in np.moveaxis(outcomes, 2, 0):
        with pytest.raises(bd.IdentificationError, match="without bound"):
            maximise(Likelihood.of(replace(sample, y=y)))


def test_of_mirror_images_the_one_nearer_to_zero():
    """A directed ring of five."""
    M = np.roll(np.eye(5), 1, axis=1)
    panel, W = panel_on(M, 20)
    sample = sample_of(REQUEST, panel, W, None, W)
    e = np.random.default_rng(2).normal(size=(12, 20, 5))
    outcomes = np.moveaxis(np.linalg.solve(np.eye(5) + 0.3 * M, e[..., None])[..., 0], 0, 2)
    fits = fitter(REQUEST, sample, panel)
    fits.add(outcomes)
    together = fits.batch().values[:, -1]
    apart = [
        maximise(Likelihood.of(replace(sample, y=y))).point.p[0]
        for y in np.moveaxis(outcomes, 2, 0)
    ]
    np.testing.assert_allclose(together, apart, atol=1e-7)
    assert (np.abs(together) < 1).all()
