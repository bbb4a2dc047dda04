"""A seed has a stream of its own for each use: no use draws the numbers of another."""

from __future__ import annotations

from importlib import import_module
from typing import get_args
from zlib import crc32

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.numerics.streams import Use, generator
from bevdrivers.simulation.disturbances import drawn_errors

from ..made_up import scattered


def test_no_two_uses_share_a_stream():
    uses = get_args(Use)
    assert len({crc32(use.encode()) for use in uses}) == len(uses)
    first = {use: generator(1, use).standard_normal() for use in uses}
    assert len(set(first.values())) == len(uses)
    assert np.random.default_rng(1).standard_normal() not in first.values()


def test_a_stream_begins_anew():
    again = [generator(3, "bootstrap").standard_normal(5) for _ in range(2)]
    np.testing.assert_array_equal(*again)


@pytest.mark.parametrize("seed", [-1, 1.0, "1", True])
def test_what_is_no_seed(seed):
    with pytest.raises(bd.OptionError) as caught:
        generator(seed, "impacts")
    assert caught.value.argument == "seed"


def test_errors_of_a_bootstrap_are_not_the_regressors_of_the_same_seed(monkeypatch):
    """Made by numpy from seed 1, and then bootstrapped with seed 1."""
    W = scattered()
    x = np.random.default_rng(1).standard_normal((8, 12))
    start = bd.Panel.from_arrays({"x": x}, units=W.ids, periods=range(2001, 2009))
    model = bd.SpatialLag("y ~ x")
    panel = bd.simulate_panel(model, W, params={"x": 1.0, "rho": 0.3}, periods=start, seed=1)
    fit = model.fit(panel, W)
    # the function has the name of its module
    module = import_module("bevdrivers.simulation.bootstrap")
    seen = []

    def watched(process, kind, R, rng):
        seen.append(drawn_errors(process, kind, R, rng))
        return seen[-1]

    monkeypatch.setattr(module, "drawn_errors", watched)
    bd.bootstrap(fit, 19, seed=1)
    first = seen[0][:, :, 0]
    assert abs(np.corrcoef(first.ravel(), x.ravel())[0, 1]) < 0.4
    # of the panel itself, too
    assert abs(np.corrcoef(fit.resids.to_numpy().ravel(), x.ravel())[0, 1]) < 0.4
