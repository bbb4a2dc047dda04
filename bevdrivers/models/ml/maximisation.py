"""Maximising the concentrated likelihood: a coarse look at the whole range, then Newton from every hill it shows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

import numpy as np

from ...errors import EstimationError
from ...numerics.factored_log_determinants import SEARCH_POINTS, search_points
from .likelihood import Likelihood

# Newton stops when its step is this small beside the width of the range: the optimum is then good to 1e-8 and better,
# for the last step of a quadratically convergent iteration overstates the error that is left.
STEP_TOLERANCE = 1e-9
MAX_STEPS = 200
# Nearer to the end of its range than this share of it, an estimate counts as lying at the bound.
EDGE = 1e-7
# Two optima closer than this in log-likelihood are a near tie: a likelihood ratio of 1.2 tells nothing apart.
NEAR_TIE = 0.2


@dataclass(frozen=True)
class MlFit:
    """The maximum.

    Attributes
    ----------
    p : array of shape (1,) or (2,)
        rho, lam, or both.
    b : array of shape (K,)
    sigma2 : float
    loglik : float
    steps : int
        Newton steps.
    at_bound : bool
        Whether an estimate lies at the edge of its range.
    others : tuple of (array, float)
        Other local maxima, with their log-likelihoods.
    """

    p: np.ndarray
    b: np.ndarray
    sigma2: float
    loglik: float
    steps: int
    at_bound: bool
    others: tuple[tuple[np.ndarray, float], ...] = ()

    @property
    def near_ties(self) -> tuple[tuple[np.ndarray, float], ...]:
        return tuple(other for other in self.others if self.loglik - other[1] < NEAR_TIE)


class Maximand(Protocol):
    """A concentrated log-likelihood: see `Likelihood` and `RandomLikelihood`."""

    @property
    def bounds(self) -> np.ndarray: ...

    @property
    def nobs(self) -> int: ...

    def value(self, p: np.ndarray) -> float: ...

    def score(self, p: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]: ...

    def solve(self, p: np.ndarray) -> tuple[np.ndarray, float]: ...


def maximise(likelihood: Maximand) -> MlFit:
    """The global maximum within the bounds, as far as a grid of starts can tell.

    Raises
    ------
    EstimationError
        Newton's iteration did not settle from any start.
    """
    climb = _climb if isinstance(likelihood, Likelihood) and len(likelihood.bounds) == 1 else _newton
    peaks: list[tuple[np.ndarray, float, int]] = []
    rough = likelihood.rough if isinstance(likelihood, Likelihood) else None
    for start in _hills(likelihood):
        near = None if rough is None else climb(rough, start)
        found = climb(likelihood, start if near is None else near[0])
        if found is not None and not any(np.allclose(found[0], peak[0], atol=1e-6) for peak in peaks):
            peaks.append(found)
    if not peaks:
        raise EstimationError(f"The likelihood has no maximum that Newton's method could find in {likelihood.bounds}.")
    peaks.sort(key=lambda peak: -peak[1])
    p, value, steps = peaks[0]
    b, ssr = likelihood.solve(p)
    low, high = likelihood.bounds.T
    edge = bool(np.any(np.minimum(p - low, high - p) < 2 * EDGE * (high - low)))
    others = tuple((q, v) for q, v, _ in peaks[1:])
    return MlFit(p, b, ssr / likelihood.nobs, value, steps, edge, others)


def _hills(likelihood: Maximand) -> list[np.ndarray]:
    """Points of a coarse grid that are no lower than their neighbours on it, highest first."""
    axes = [search_points(bounds) for bounds in likelihood.bounds]
    if isinstance(likelihood, Likelihood) and not likelihood.has_lam:
        values = likelihood.values(axes[0])
    else:
        values = np.array([likelihood.value(np.array(p)) for p in product(*axes)]).reshape([SEARCH_POINTS] * len(axes))
    # a frame of minus infinity, so that every point has neighbours on all sides
    framed = np.full([SEARCH_POINTS + 2] * values.ndim, -np.inf)
    framed[(slice(1, -1),) * values.ndim] = values
    top = np.ones(values.shape, bool)
    for move in product((-1, 0, 1), repeat=values.ndim):
        window = tuple(slice(1 + d, 1 + d + SEARCH_POINTS) for d in move)
        top &= values >= framed[window]
    places = sorted(np.argwhere(top), key=lambda place: -values[tuple(place)])
    return [np.array([axis[i] for axis, i in zip(axes, place, strict=True)]) for place in places]


def _climb(likelihood: Any, start: np.ndarray) -> tuple[np.ndarray, float, int] | None:
    """`_newton` for one parameter, in plain numbers: thousands of small fits a second hang on it."""
    low, high = (float(end) for end in likelihood.bounds[0])
    width, x = high - low, float(start[0])
    value, slope, bend = likelihood.line(x)
    for step in range(1, MAX_STEPS + 1):
        room = high - x if slope > 0 else x - low
        move = 0.0 if room < EDGE * width else slope / (abs(bend) + 1e-300)
        move = max(-0.9 * room, min(0.9 * room, move))
        while True:
            trial = likelihood.line(x + move)
            small = abs(move) <= STEP_TOLERANCE * width
            if small or trial[0] >= value:
                break
            move = move / 2
        x, (value, slope, bend) = x + move, trial
        if small:
            return np.array([x]), value, step
    return None


def _newton(likelihood: Maximand, start: np.ndarray) -> tuple[np.ndarray, float, int] | None:
    """Ascent by Newton steps that keep inside the bounds and never go down; None when it does not settle."""
    low, high = likelihood.bounds.T
    width = high - low
    p = start
    value, gradient, hessian = likelihood.score(p)
    for step in range(1, MAX_STEPS + 1):
        # a parameter that is pressed against its end stays there, the others go on
        pressed = np.where(gradient > 0, high - p, p - low) < EDGE * width
        free = ~pressed
        move = np.zeros(len(p))
        if free.any():
            move[free] = _uphill(gradient[free], hessian[np.ix_(free, free)])
        room = np.where(move > 0, high - p, p - low)
        move = move * min(1.0, float(np.min(0.9 * room[free] / np.maximum(np.abs(move[free]), 1e-300), initial=1.0)))
        while True:
            trial = likelihood.score(p + move)
            small = bool(np.all(np.abs(move) <= STEP_TOLERANCE * width))
            if small or trial[0] >= value:
                break
            move = move / 2
        p = p + move
        value, gradient, hessian = trial
        if small:
            return p, value, step
    return None


def _uphill(gradient: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """The Newton step, with the Hessian's eigenvalues turned negative where they are not."""
    size, axes = np.linalg.eigh(hessian)
    curvature = np.maximum(np.abs(size), 1e-8 * np.abs(size).max() + 1e-300)
    return axes @ ((axes.T @ gradient) / curvature)
