"""The same numbers with one or two threads of the linear algebra, one or two workers, and another
order of rows and of W.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import bevdrivers as bd

FORMULA = "log1p(bev_density) ~ log(gdp_pc) + policy"
# what another order of sums leaves
ROUNDING = {"rtol": 1e-10, "atol": 1e-10}


def numbers(panel: bd.Panel, W: bd.SpatialWeights) -> dict[str, list[float]]:
    """Estimates, and a number of every kind that a seed makes."""
    fit = bd.SpatialDurbin(FORMULA).fit(panel, W)
    moran = bd.Moran("log1p(bev_density)", permutations=499, seed=1).fit(panel, W)
    tests = bd.residual_tests(fit, p="bootstrap", draws=39, seed=1)
    frame = {
        "values": fit.values,
        "covariance": fit.covariance,
        "impacts": fit.impacts(draws=50, seed=1).errors,
        "bootstrap": bd.bootstrap(fit, 19, seed=1).draws,
        "moran": moran.frame["p_permutation"],
        "tests": [test.p_value for test in tests],
    }
    return {name: np.ravel(value).tolist() for name, value in frame.items()}


def assert_same(one: dict[str, list[float]], other: dict[str, list[float]]) -> None:
    for name, values in one.items():
        np.testing.assert_allclose(other[name], values, err_msg=name, **ROUNDING)


def by_threads(threads: int) -> dict[str, list[float]]:
    """`numbers` of a process of its own."""
    code = (
        "import json, bevdrivers as bd\n"
        "from tests.simulation.test_determinism import numbers\n"
        "panel = bd.load_panel()\n"
        "queen = bd.Queen(islands={'Hainan': ['Guangdong']}).fit(panel)\n"
        "print(json.dumps(numbers(panel, queen)))\n"
    )
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    environment = os.environ | dict.fromkeys(names, str(threads))
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.slow
def test_threads_of_the_linear_algebra():
    assert_same(by_threads(1), by_threads(2))


@pytest.mark.parametrize("request_", [bd.Moran, bd.LocalMoran])
def test_workers(request_, bev, queen):
    """To the last bit: each chunk of permutations has a stream of its own."""
    request = request_("log1p(bev_density)", permutations=999, seed=1)
    one, two = (request.fit(bev, queen, n_jobs=n).tidy() for n in (1, 2))
    assert one.equals(two)


def test_order_of_rows_and_of_the_weights(bev, queen):
    """Units are sorted when the panel is made, so that draws belong to units and not to rows."""
    frame = bev.frame.sample(frac=1, random_state=1)
    panel = bd.Panel.from_frame(frame, unit="province", time="year")
    order = np.random.default_rng(2).permutation(queen.n_units)
    ids = [queen.ids[i] for i in order]
    shuffled = bd.SpatialWeights.from_matrix(queen.dense[np.ix_(order, order)], ids, normalise=None)
    given = bd.SpatialWeights.from_matrix(queen.dense, list(queen.ids), normalise=None)
    plain = bd.Panel.from_frame(bev.frame, unit="province", time="year")
    assert_same(numbers(plain, given), numbers(panel, shuffled))
