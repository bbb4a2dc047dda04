"""Data in which what is tested has no meaning: W, a regressor, or the outcome in random places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import sparse

from ..models import FitResult
from ..models.interface import Sample, sample_of
from ..panel import Panel
from ..weights import SpatialWeights
from .refits import Draw, Made

# Tries at exchanging the ends of two links, for each link that there is: a link is picked twenty times
# on average.
TRIES = 10


def relabelled(fit: FitResult, draw: Draw) -> Made:
    """The weights with the names of their units in random order; all of a fit in the same one."""
    order = np.random.default_rng(draw).permutation(fit.sample.shape[1])
    return _with_weights(fit, lambda W: W.links[order][:, order])


def rewired(fit: FitResult, draw: Draw) -> Made:
    """Weights with random neighbours; see `random_links`. Weights that are one stay one."""

    def links(W: SpatialWeights) -> sparse.csr_array:
        return random_links(W.links, np.random.default_rng(draw))

    return _with_weights(fit, links)


def over_units(
    fit: FitResult,
    draw: Draw,
    columns: tuple[str, ...],
) -> Made:
    """The panel with the whole paths of columns given to other units, all columns in one order."""
    order = np.random.default_rng(draw).permutation(fit.panel.n_units)
    return _with_columns(fit, {name: fit.panel[name][:, order] for name in columns})


def over_periods(
    fit: FitResult,
    draw: Draw,
    columns: tuple[str, ...],
) -> Made:
    """The panel with the periods of columns in one random order for all units."""
    order = np.random.default_rng(draw).permutation(fit.panel.n_periods)
    return _with_columns(fit, {name: fit.panel[name][order] for name in columns})


def outcome_within(
    fit: FitResult,
    draw: Draw,
    axis: int,
) -> Made:
    """The outcome in random order within each unit (axis 0) or within each period (axis 1)."""
    y = np.random.default_rng(draw).permuted(fit.sample.y, axis=axis)
    return replace(fit.sample, y=y), fit.panel


def _with_columns(fit: FitResult, columns: dict[str, np.ndarray]) -> Made:
    panel = fit.panel.with_columns(**columns)
    return sample_again(fit, panel), panel


def _with_weights(fit: FitResult, links_of: Callable[[SpatialWeights], sparse.csr_array]) -> Made:
    """The sample with other links in each of its weights."""
    made: dict[int, SpatialWeights] = {}

    def other(W: SpatialWeights | None) -> SpatialWeights | None:
        if W is None:
            return None
        if id(W) not in made:
            made[id(W)] = replace(W, links=sparse.csr_array(links_of(W)), _aligned={})
        return made[id(W)]

    sample = fit.sample
    weights = other(sample.W or sample.Wx or sample.M)
    again = sample_of(fit.estimator, fit.panel, weights, other(sample.Wx), other(sample.M))
    return again, fit.panel


def sample_again(fit: FitResult, panel: Panel) -> Sample:
    """The sample of the fit's request on another panel, with the weights of the fit."""
    sample = fit.sample
    weights = sample.W or sample.Wx or sample.M
    return sample_of(fit.estimator, panel, weights, sample.Wx, sample.M)


def random_links(links: sparse.csr_array, rng: np.random.Generator) -> sparse.csr_array:
    """Links (N, N) with random neighbours, as many for each unit as it has.

    Where links are mutual and of one weight in each row (contiguity), two links exchange their ends,
    again and again, so that they stay mutual and every unit keeps its number of neighbours (Maslov
    and Sneppen 2002, Science 296, 910-913). Otherwise the weights of each row go to random
    other units: each unit keeps how many neighbours it has and their weights, not how many have it.
    """
    dense = links.toarray()
    linked = dense != 0
    of_row = dense.max(axis=1, keepdims=True)
    if (linked == linked.T).all() and np.array_equal(dense, linked * of_row):
        return sparse.csr_array(_exchanged(linked, rng) * of_row)
    N = len(dense)
    found = np.zeros_like(dense)
    for i in range(N):
        others = np.delete(np.arange(N), i)
        weights = dense[i, linked[i]]
        found[i, rng.choice(others, size=len(weights), replace=False)] = rng.permutation(weights)
    return sparse.csr_array(found)


def _exchanged(linked: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mutual links, bool of shape (N, N), after many exchanges of ends that leave each unit its
    number of neighbours: a-b and c-d become a-d and c-b.
    """
    linked = linked.copy()
    ends = np.argwhere(np.triu(linked))
    E = len(ends)
    if E < 2:
        return linked
    picks = rng.integers(E, size=(TRIES * E, 2))
    turned = rng.random(TRIES * E) < 0.5
    for (one, other), turn in zip(picks.tolist(), turned.tolist(), strict=True):
        a, b = ends[one]
        c, d = ends[other][::-1] if turn else ends[other]
        if a == d or c == b or linked[a, d] or linked[c, b]:
            continue
        for i, j, there in ((a, b, False), (c, d, False), (a, d, True), (c, b, True)):
            linked[i, j] = linked[j, i] = there
        ends[one], ends[other] = (a, d), (c, b)
    return linked
