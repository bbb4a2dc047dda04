"""Eigenvalues that are zero or multiple are found whether or not an estimate spares the singular
values.
"""

from __future__ import annotations

import numpy as np
import pytest

from bevdrivers.numerics import linalg


def nearest(N: int, k: int, seed: int) -> np.ndarray:
    at = np.random.default_rng(seed).uniform(size=(N, 2))
    distance = np.linalg.norm(at[:, None] - at[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    links = (distance <= np.sort(distance, axis=1)[:, [k - 1]]).astype(float)
    return links / k


def sparse_links(N: int, share: float, seed: int) -> np.ndarray:
    links = (np.random.default_rng(seed).uniform(size=(N, N)) < share).astype(float)
    np.fill_diagonal(links, 0.0)
    return links


CASES = {
    "nearest": nearest(40, 3, 0),
    "many zeros": sparse_links(25, 0.08, 1),
    "one way": np.triu(np.ones((9, 9)), 1),
    "ring": np.roll(np.eye(12), 1, axis=1),
    "all": (np.ones((8, 8)) - np.eye(8)) / 7,
    "dense": np.random.default_rng(2).uniform(size=(30, 30)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_estimate_changes_no_eigenvalue(name, monkeypatch):
    spectrum = linalg.eigenvalues(CASES[name])
    monkeypatch.setattr(linalg, "_is_regular", lambda S, rounding: False)
    assert np.array_equal(spectrum, linalg.eigenvalues(CASES[name]))


def test_regular_is_never_said_of_a_matrix_without_full_rank():
    rng = np.random.default_rng(3)
    for N in (2, 5, 20, 60):
        for rank in range(N):
            S = rng.standard_normal((N, rank)) @ rng.standard_normal((rank, N))
            assert not linalg._is_regular(S, 10 * N * np.finfo(float).eps * np.linalg.norm(S))
        assert linalg._is_regular(np.eye(N) + 0.01 * rng.standard_normal((N, N)), 1e-12)
