"""Coverage of rho with trends of units and with effects of regions by year, on the map of a
provincial study.
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd
from bevdrivers.numerics.linalg import Resolvent

pytestmark = pytest.mark.slow

DRAWS = 120  # three standard errors of a coverage of 95 % are then six percentage points
PERIODS = 12
SDM = bd.SpatialDurbin("y ~ x1 + x2")
TRUTH = {"x1": 1.0, "x2": -0.5, "W_x1": 0.5, "W_x2": 0.25, "rho": 0.4}


def coverage(
    model: bd.SpatialDurbin, panel: bd.Panel, W: bd.SpatialWeights, seed: int
) -> np.ndarray:
    """Share of samples whose 95 % interval holds rho, by `model` and by it under direct maximum
    likelihood.
    """
    rng = np.random.default_rng(seed)
    region = np.tile(panel["region"][0], (PERIODS, 1))
    code = np.unique(region[0], return_inverse=True)[1]
    resolvent = Resolvent(W.operator, TRUTH["rho"])
    held = np.zeros(2)
    for _ in range(DRAWS):
        drawn = bd.simulate_panel(SDM, W, params=TRUTH, periods=PERIODS, seed=rng)
        if "unit[year]" in model.absorb:
            further = 0.3 * rng.standard_normal(31) * np.arange(PERIODS)[:, None]
        else:
            further = 1.5 * rng.standard_normal((PERIODS, code.max() + 1))[:, code]
        drawn = drawn.with_columns(y=drawn["y"] + resolvent.over_units(further), region=region)
        fits = [request.fit(drawn, W) for request in (model, model.replace(correction=None))]
        intervals = [fit.conf_int().loc["rho"] for fit in fits]
        held += [interval["lower"] <= TRUTH["rho"] <= interval["upper"] for interval in intervals]
    return held / DRAWS


@pytest.mark.parametrize(("terms", "gap"), [(["unit[year]"], 0.1), (["region:year"], 0.4)])
def test_intervals_of_rho(bev, queen, terms, gap):
    """The transformation, or the adjusted score, covers; direct maximum likelihood does not."""
    W = queen.align(bev.units)
    shares, direct = coverage(SDM.replace(absorb=terms), bev, W, seed=11)
    assert shares >= 0.89
    assert direct <= shares - gap
