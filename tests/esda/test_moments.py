"""Exact moments against the enumeration of all orders, and the permutation engine."""

from __future__ import annotations

import tracemalloc
from itertools import permutations

import numpy as np
import pytest
from scipy import sparse

import bevdrivers as bd
from bevdrivers.esda.cross_products import (
    JointProducts,
    NeighbourProducts,
    SquaredDifferences,
    ValueProducts,
)
from bevdrivers.esda.permutation import CHUNK, over_orders, tail_p

ORDERS = np.array(list(permutations(range(6))))


def forms() -> list:
    """Each kind of sum over pairs for two periods of six units and weights without symmetry."""
    rng = np.random.default_rng(0)
    W = sparse.csr_array(
        rng.uniform(size=(6, 6)) * (1 - np.eye(6)) * (rng.uniform(size=(6, 6)) < 0.7)
    )
    x, y = rng.normal(size=(2, 6)) ** 3, rng.normal(size=(2, 6))
    return [
        ValueProducts(W, x + 1),
        SquaredDifferences(W, x),
        JointProducts(W, x, y),
        NeighbourProducts(W, x, y),
    ]


@pytest.mark.parametrize("form", forms(), ids=lambda form: type(form).__name__)
def test_moments_are_those_of_all_permutations(form):
    """Mean and variance equal those over all 720 orders, period by period and of the sum over the
    periods.
    """
    every = form.reordered(ORDERS)
    mean, variance = form.moments()
    np.testing.assert_allclose(every.mean(axis=0), mean, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(every.var(axis=0), variance, rtol=1e-9)
    mean, variance = form.moments(pooled=True)
    assert every.sum(axis=1).mean() == pytest.approx(mean.item(), rel=1e-10, abs=1e-12)
    assert every.sum(axis=1).var() == pytest.approx(variance.item(), rel=1e-9)


@pytest.mark.parametrize("form", forms(), ids=lambda form: type(form).__name__)
def test_sums_are_their_definition(form):
    W, x = form.W.toarray(), form.x
    y = getattr(form, "y", x)
    for t, observed in enumerate(form.observed):
        if isinstance(form, SquaredDifferences):
            expected = (W * (x[t][:, None] - x[t]) ** 2).sum()
        else:
            expected = x[t] @ W @ y[t]
        assert observed == pytest.approx(expected, rel=1e-10)


def draws(permutations, n_jobs=1, width=5):
    parts = over_orders(
        lambda orders: np.concatenate(list(orders)), 5, permutations, 7, width=width, n_jobs=n_jobs
    )
    return np.concatenate(parts)


def test_orders_do_not_depend_on_workers_nor_on_blocks():
    whole = draws(2 * CHUNK + 17)
    np.testing.assert_array_equal(whole, draws(2 * CHUNK + 17, n_jobs=3))
    np.testing.assert_array_equal(whole, draws(2 * CHUNK + 17, width=2**14))
    np.testing.assert_array_equal(whole[:CHUNK], draws(CHUNK))


def test_orders_are_uniform():
    """Each of the 120 orders of five as often as chance has it: a chi-squared test that fails once
    in 10,000 seeds.
    """
    drawn = draws(12_000)
    assert (np.sort(drawn, axis=1) == np.arange(5)).all()
    counts = np.unique(drawn @ 5 ** np.arange(5), return_counts=True)[1]
    assert len(counts) == 120
    assert ((counts - 100) ** 2 / 100).sum() < 185  # quantile 0.9999 of chi2(119)


def test_results_do_not_depend_on_workers(bev, queen):
    for request in (
        bd.Moran("log1p(bev_density)", permutations=999, seed=1),
        bd.Geary("log1p(bev_density)", permutations=999, seed=1),
        bd.LocalMoran("log1p(bev_density)", permutations=999, seed=1),
        bd.DirectionalLisa("log1p(bev_density)", permutations=999, seed=1),
    ):
        one, three = request.fit(bev, queen), request.fit(bev, queen, n_jobs=3)
        assert one.tidy().equals(three.tidy())


def test_memory_does_not_grow_with_permutations():
    """2,852 units and 20 years: blocks, not all permuted maps (500 of which would be 228 MB), are
    held.
    """
    N, T = 2852, 20
    rng = np.random.default_rng(0)
    ends = np.repeat(np.arange(N), 6), rng.integers(N, size=6 * N)
    links = sparse.csr_array((np.ones(6 * N), ends), shape=(N, N))
    links.setdiag(0)
    links = links + sparse.csr_array(np.roll(np.eye(N), 1, axis=0))
    W = bd.SpatialWeights.from_matrix(links, list(range(N)))
    panel = bd.Panel.from_arrays(
        {"x": rng.normal(size=(T, N))}, units=list(range(N)), periods=range(2000, 2020)
    )
    for request in (
        bd.Moran("x", permutations=500, seed=1),
        bd.LocalMoran("x", permutations=500, seed=1),
    ):
        tracemalloc.start()
        request.fit(panel, W)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 60e6


def test_tails():
    larger, smaller = np.array([0, 50, 99]), np.array([99, 60, 0])
    np.testing.assert_allclose(tail_p(larger, smaller, 99, "greater"), [0.01, 0.51, 1.0])
    np.testing.assert_allclose(tail_p(larger, smaller, 99, "less"), [1.0, 0.61, 0.01])
    np.testing.assert_allclose(tail_p(larger, smaller, 99), [0.02, 1.0, 0.02])


def test_bad_numbers_are_refused(bev, queen):
    with pytest.raises(bd.OptionError, match="n_jobs"):
        bd.Moran("firms", seed=1).fit(bev, queen, n_jobs=0)
    with pytest.raises(bd.OptionError, match="seed"):
        bd.Moran("firms", seed=-1)
    with pytest.raises(bd.OptionError, match="permutations"):
        bd.LocalMoran("firms", permutations=9.5)
