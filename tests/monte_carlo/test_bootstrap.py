"""Coverage of bootstrap intervals on the map of a provincial study: they mend what the normal ones
get wrong.
"""

from __future__ import annotations

import numpy as np
import pytest

import bevdrivers as bd

pytestmark = pytest.mark.slow

DRAWS = 200  # the standard error of a coverage of 95 % is then 1.5 percentage points
REPLICATIONS = 199
TRUTH = {"x1": 1.0, "x2": -0.5, "W_x1": 0.5, "W_x2": 0.25, "rho": 0.3}


def covered(model: bd.SpatialDurbin, weights: bd.SpatialWeights) -> dict[str, float]:
    """Share of samples whose 95 % interval of rho holds the true one, by kind of interval."""
    rng = np.random.default_rng(1)
    held = {"normal": 0, "bootstrap-t": 0, "percentile": 0}
    for draw in range(DRAWS):
        panel = bd.simulate_panel(model, weights, params=TRUTH, periods=12, seed=rng)
        fit = model.fit(panel, weights)
        bootstrap = bd.bootstrap(fit, REPLICATIONS, seed=draw)
        intervals = {
            "normal": fit.conf_int(),
            **{m: bootstrap.conf_int(method=m) for m in ("bootstrap-t", "percentile")},
        }
        for kind, interval in intervals.items():
            held[kind] += int(
                interval.loc["rho", "lower"] < TRUTH["rho"] < interval.loc["rho", "upper"]
            )
    return {kind: count / DRAWS for kind, count in held.items()}


def test_bootstrap_t_covers_where_direct_maximum_likelihood_does_not(queen):
    """Its percentiles carry the bias of rho twice; the distribution of t carries it away."""
    coverage = covered(bd.SpatialDurbin("y ~ x1 + x2", correction=None), queen)
    assert coverage["normal"] < 0.85, coverage
    assert coverage["percentile"] < coverage["normal"], coverage
    assert 0.91 <= coverage["bootstrap-t"] <= 0.985, coverage


def test_bootstrap_t_covers_beside_lee_yu(queen):
    coverage = covered(bd.SpatialDurbin("y ~ x1 + x2"), queen)
    assert 0.91 <= coverage["bootstrap-t"] <= 0.985, coverage
