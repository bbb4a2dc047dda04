"""Whether 95 % intervals hold the truth in 95 % of samples, on the map and the sample size of a
provincial study.
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd

pytestmark = pytest.mark.slow

DRAWS = 500  # the standard error of a coverage of 95 % is then one percentage point
PERIODS = 12
SDM = bd.SpatialDurbin("y ~ x1 + x2", fixed_effects="two-way")


def coverage(
    models: list[bd.SpatialDurbin], weights: bd.SpatialWeights, rho: float, seed: int
) -> list[float]:
    """Share of samples whose 95 % interval of rho holds the true one, for each model on the same
    samples.
    """
    rng = np.random.default_rng(seed)
    truth = {"x1": 1.0, "x2": -0.5, "W_x1": 0.5, "W_x2": 0.25, "rho": rho}
    held = np.zeros(len(models))
    for _ in range(DRAWS):
        panel = bd.simulate_panel(SDM, weights, params=truth, periods=PERIODS, seed=rng)
        intervals = [model.fit(panel, weights).conf_int().loc["rho"] for model in models]
        held += [interval["lower"] <= rho <= interval["upper"] for interval in intervals]
    return list(held / DRAWS)


@pytest.mark.parametrize("rho", [0.0, 0.3])
def test_intervals_of_rho(queen, rho):
    """Lee and Yu's transformation covers; direct maximum likelihood, biased downwards, does not."""
    assert queen.n_units == 31
    lee_yu, direct = coverage([SDM, SDM.replace(correction=None)], queen, rho, seed=1)
    assert 0.92 <= lee_yu <= 0.97
    assert direct <= lee_yu - 0.05
