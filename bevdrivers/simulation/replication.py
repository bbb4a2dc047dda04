"""Outcomes of a process drawn and fitted, in pieces that memory holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..models import Estimator, FitResult
from ..models.interface import Sample, sample_of
from ..options import whole_number
from ..panel import Panel
from ..weights.by_period import PeriodWeights
from .batch import Batch, fitter
from .process import Process

# The fewest replications that a level of 5 % can be told from.
FEWEST = 19
# Numbers in an array of outcomes (16 MB).
PIECE = 2_000_000


def replicate(
    process: Process,
    draw: Callable[[int, np.random.Generator], np.ndarray],
    requests: Sequence[tuple[Estimator, Sample]],
    panel: Panel,
    replications: int,
    rng: np.random.Generator,
) -> list[Batch]:
    """The fits of each request to the same outcomes of a process.

    Parameters
    ----------
    process : Process
    draw : callable
        Number of draws and generator -> errors (T, N, R).
    requests : sequence of (Estimator, Sample)
    panel : Panel
    replications : int
    rng : Generator
    """
    fitters = [fitter(request, sample, panel) for request, sample in requests]
    for outcomes in outcomes_in_pieces(process, draw, replications, rng):
        for fits in fitters:
            fits.add(outcomes)
    return [fits.batch() for fits in fitters]


def outcomes_in_pieces(
    process: Process,
    draw: Callable[[int, np.random.Generator], np.ndarray],
    replications: int,
    rng: np.random.Generator,
) -> Iterator[np.ndarray]:
    """Outcomes (T, N, R) of a process, R in all pieces together the replications; see
    `replicate`.
    """
    size = max(1, PIECE // process.residuals.size)
    for done in range(0, replications, size):
        R = min(size, replications - done)
        errors = draw(R, rng)
        yield process.outcomes(errors, rng)


def sample_beside(fit: FitResult, request: Estimator) -> Sample:
    """The sample of another request on the panel and with the weights of a fit."""
    sample = fit.sample
    of_y, of_u, of_x = (_as_given(W) for W in (sample.W, sample.M, sample.Wx))
    weights = next((W for W in (of_y, of_u, of_x) if W is not None), None)
    if not request.lag_x:
        of_x = None
    if not request.lag_u:
        of_u = None
    return sample_of(request, fit.panel, weights, of_x, of_u)


def _as_given(W: Any) -> Any:
    """Weights as the user gave them, before links to absent units were cut."""
    if not isinstance(W, PeriodWeights):
        return W
    if W.changes:
        return PeriodWeights.of(dict(zip(W.periods, W.given, strict=True)), W.periods)
    return W.given[0]


def check_replications(replications: Any) -> None:
    """Raise `OptionError` unless a whole number of at least 19, the fewest that a level of 5 % can
    be told from.
    """
    expected = f"a whole number, at least {FEWEST}"
    whole_number("replications", replications, FEWEST, expected=expected)
