"""Maximising the concentrated likelihood: a coarse look at the whole range, then Newton from every
local top.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ...errors import EstimationError
from ...numerics.factored_log_determinants import SEARCH_POINTS, search_points
from .identification import (
    AT_END,
    check_bounded,
    check_ends,
    check_fold,
    exchanged,
    mirror_image,
)
from .likelihood import Likelihood
from .optimum import Maximand, Maximum, Optimum, Point, Search

# Newton stops when its step is this small beside the width of the range: the optimum is then good
# to 1e-8 and better, for the last step of a quadratically convergent iteration overstates the error
# that is left.
STEP_TOLERANCE = 1e-9
MAX_STEPS = 200
# Nearer to the end of its range than this share of it, an estimate counts as lying at the bound.
EDGE = 1e-7
# Two climbs that end nearer to each other than this have found one maximum.
SAME_TOP = 1e-6
# No step goes farther than this share of the way to the bound.
SHARE_OF_ROOM = 0.9
# Keeps quotients finite where a curvature, or a step, is zero.
TINY = 1e-300


class _Top(NamedTuple):
    """Where a climb ended.

    Attributes
    ----------
    p : array of shape (q,)
    value : float
    steps : int
    remaining : float
        See `Search`.
    settled : bool
        Whether it ended because it had arrived.
    """

    p: np.ndarray
    value: float
    steps: int
    remaining: float
    settled: bool = True


Climb = Callable[[Any, np.ndarray], _Top]


def maximise(likelihood: Maximand) -> Maximum:
    """The global maximum within the bounds, as far as a grid of starts can tell.

    Raises
    ------
    IdentificationError
        There is none: the likelihood rises without bound, or is highest where I - rho W or
        I - lam M has no inverse.
    EstimationError
        Newton's iteration did not settle from any start, or the likelihood is even about its
        maximum.
    """
    check_bounded(likelihood)
    found = sorted(_tops(likelihood), key=lambda top: -top.value)
    highest = found[0]
    if not highest.settled:
        check_ends(likelihood, highest.p)
    tops = [top for top in found if top.settled]
    if not tops:
        raise EstimationError(
            f"The likelihood has no maximum that Newton's method could find in {likelihood.bounds}."
        )
    best, *others = tops
    check_fold(likelihood, best.p)
    b, ssr = likelihood.solve(best.p)
    point = Point(b, best.p, ssr / likelihood.nobs)

    low, high = likelihood.bounds.T
    room = np.minimum(best.p - low, high - best.p)
    at_bound = bool(np.any(room < AT_END * (high - low)))
    if at_bound:
        check_ends(likelihood, best.p)
    search = Search(
        value=best.value,
        steps=best.steps,
        remaining=best.remaining,
        at_bound=at_bound,
        rivals=tuple(Optimum(top.p, top.value) for top in others),
    )
    return Maximum(point, search)


def _tops(likelihood: Maximand) -> list[_Top]:
    """The different local maxima that climbs from the grid lead to, and from these with exchanged
    roles: where rho and lam are hard to tell apart each optimum has such a rival. Of two that are
    each other's mirror images only the one nearer to zero. Climbs that did not settle are there,
    too.
    """
    climb: Climb = _climb
    rough = None
    if isinstance(likelihood, Likelihood):
        rough = likelihood.rough
        if len(likelihood.bounds) == 1:
            climb = _climb_in_numbers

    tops: list[_Top] = []
    waiting = _starts(likelihood)
    while waiting:
        start = waiting.pop(0)
        if rough is not None:
            near = climb(rough, start)
            if near.settled:
                start = near.p
        top = climb(likelihood, start)
        if _is_among(tops, top.p):
            continue
        tops.append(top)
        if likelihood.has_both_lags and top.settled:
            waiting.append(exchanged(top.p, likelihood.bounds))
    return _without_farther_images(likelihood, tops, climb)


def _without_farther_images(
    likelihood: Maximand,
    tops: list[_Top],
    climb: Climb,
) -> list[_Top]:
    """The tops, each that has a mirror image nearer to zero replaced by it."""
    images = [mirror_image(likelihood, top.p) for top in tops]
    nearest = [top for top, image in zip(tops, images, strict=True) if image is None]
    for image in images:
        if image is not None and not _is_among(nearest, image):
            nearest.append(climb(likelihood, image))
    return nearest


def _is_among(tops: list[_Top], p: np.ndarray) -> bool:
    """Whether p (q,) is one of the tops, but for what a search leaves."""
    return any(np.allclose(p, top.p, atol=SAME_TOP) for top in tops)


def _starts(likelihood: Maximand) -> list[np.ndarray]:
    """Points of a coarse grid that are no lower than their neighbours on it, highest first."""
    axes = [search_points(bounds) for bounds in likelihood.bounds]
    if isinstance(likelihood, Likelihood) and not likelihood.has_lam:
        values = likelihood.values(axes[0])
    else:
        each = [likelihood.value(np.array(p)) for p in product(*axes)]
        values = np.array(each).reshape([SEARCH_POINTS] * len(axes))

    cells = np.argwhere(_no_lower_than_neighbours(values))
    highest_first = sorted(cells, key=lambda cell: -values[tuple(cell)])
    starts = []
    for cell in highest_first:
        start = [axis[i] for axis, i in zip(axes, cell, strict=True)]
        starts.append(np.array(start))
    return starts


def _no_lower_than_neighbours(values: np.ndarray) -> np.ndarray:
    """Which points of a grid are, diagonal neighbours included; bool, of the shape of the grid."""
    # a frame of minus infinity, so that every point has neighbours on all sides
    framed = np.full([SEARCH_POINTS + 2] * values.ndim, -np.inf)
    inside = (slice(1, -1),) * values.ndim
    framed[inside] = values

    no_lower = np.ones(values.shape, bool)
    for offsets in product((-1, 0, 1), repeat=values.ndim):
        neighbours = tuple(slice(1 + d, 1 + d + SEARCH_POINTS) for d in offsets)
        no_lower &= values >= framed[neighbours]
    return no_lower


def _climb_in_numbers(likelihood: Any, start: np.ndarray) -> _Top:
    """`_climb` for one parameter, in plain numbers: thousands of small fits a second hang on it."""
    low, high = map(float, likelihood.bounds[0])
    width = high - low
    x = float(start[0])
    value, slope, curvature = likelihood.line(x)
    for steps in range(1, MAX_STEPS + 1):
        room = high - x if slope > 0 else x - low
        step = 0.0
        if room >= EDGE * width:
            step = slope / (abs(curvature) + TINY)
        longest = SHARE_OF_ROOM * room
        step = max(-longest, min(longest, step))

        while True:
            trial = likelihood.line(x + step)
            small = abs(step) <= STEP_TOLERANCE * width
            if small or trial[0] >= value:
                break
            step = step / 2

        x = x + step
        value, slope, curvature = trial
        if small:
            room = high - x if slope > 0 else x - low
            remaining = 0.0
            if room >= EDGE * width:
                remaining = abs(slope) / (abs(curvature) + TINY) ** 0.5
            return _Top(np.array([x]), value, steps, remaining)
    return _Top(np.array([x]), value, MAX_STEPS, np.inf, settled=False)


def _climb(likelihood: Maximand, start: np.ndarray) -> _Top:
    """Ascent by Newton steps that keep inside the bounds and never go down."""
    low, high = likelihood.bounds.T
    width = high - low
    p = start
    value, gradient, hessian = likelihood.score(p)
    for steps in range(1, MAX_STEPS + 1):
        step = _step_inside(p, gradient, hessian, likelihood.bounds)
        while True:
            trial = likelihood.score(p + step)
            small = bool(np.all(np.abs(step) <= STEP_TOLERANCE * width))
            if small or trial[0] >= value:
                break
            step = step / 2

        p = p + step
        value, gradient, hessian = trial
        if small:
            free = ~_pressed(p, gradient, low, high)
            remaining = _remaining(gradient, hessian, free)
            return _Top(p, value, steps, remaining)
    return _Top(p, value, MAX_STEPS, np.inf, settled=False)


def _step_inside(
    p: np.ndarray,
    gradient: np.ndarray,
    hessian: np.ndarray,
    bounds: np.ndarray,
) -> np.ndarray:
    """The Newton step of the parameters that are free to move, kept within the bounds, (q,).

    One that the gradient presses against an end of its range stays there, and one that the joint
    step would press there though the gradient does not: the others go on without it.
    """
    low, high = bounds.T
    step = np.zeros(len(p))
    free = ~_pressed(p, gradient, low, high)
    while free.any():
        step[free] = _uphill(gradient[free], hessian[np.ix_(free, free)])
        stopped = free & _pressed(p, step, low, high)
        if not stopped.any():
            break
        free = free & ~stopped
        step = np.zeros(len(p))

    # the share of the step that the parameter with the least room allows
    room = np.where(step > 0, high - p, p - low)[free]
    length = np.maximum(np.abs(step[free]), TINY)
    longest = SHARE_OF_ROOM * room / length
    share = min(1.0, float(np.min(longest, initial=1.0)))
    return step * share


def _pressed(
    p: np.ndarray,
    direction: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
) -> np.ndarray:
    """Which parameters a direction presses against an end of their ranges, bool of shape (q,)."""
    room = np.where(direction > 0, high - p, p - low)
    pressed: np.ndarray = room < EDGE * (high - low)
    return pressed


def _uphill(gradient: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """The Newton step, with the Hessian's eigenvalues turned negative where they are not."""
    values, axes = np.linalg.eigh(hessian)
    size = np.abs(values)
    least = 1e-8 * size.max() + TINY
    curvature = np.maximum(size, least)
    step: np.ndarray = axes @ ((axes.T @ gradient) / curvature)
    return step


def _remaining(
    gradient: np.ndarray,
    hessian: np.ndarray,
    free: np.ndarray,
) -> float:
    """(g' |H|^-1 g)^(1/2) over the free parameters."""
    if not free.any():
        return 0.0
    slope = gradient[free]
    step = _uphill(slope, hessian[np.ix_(free, free)])
    square = max(slope @ step, 0.0)
    return float(np.sqrt(square))
