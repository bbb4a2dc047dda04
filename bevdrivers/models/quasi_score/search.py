"""Where the adjusted score is zero.

A root counts where the score falls through zero, as that of a likelihood does at a maximum and not
at a minimum. Of several such roots the estimate is the one with the largest rise: the integral of
the score along the straight line from one root to another, which of a likelihood is the difference
of its logarithm. Where contrasts exist the rule is that of Lee and Yu's likelihood, its highest
maximum. The root nearest to the maximum of direct maximum likelihood can be another: that maximum is
where the effects have moved it.

The score need not have a root. Under row-normalised W with time effects it stays finite where rho
comes to one, for the effects take out what I - W makes zero: if it is still positive there, the
integral is highest at the end of the range. That end is then the estimate, as it is of Lee and Yu's
likelihood, and a warning says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.polynomial.legendre import leggauss

from ...errors import EstimationError, IdentificationError
from ..ml.identification import exchanged
from ..ml.maximisation import EDGE
from .lines import Along, Line, line_of
from .operators import usable_bounds
from .projection import EXACT_CELLS
from .score import QuasiScore

# Points over the range of one parameter at which a search looks first, and over each of two.
ONE_PARAMETER, TWO_PARAMETERS = 13, 6
# The same in large samples, where each costs seconds.
FEW = 3
# Roots are found to this share of the range.
STEP_TOLERANCE = 1e-10
MAX_STEPS = 100
# Two searches that end nearer to each other than this have found one root.
SAME_ROOT = 1e-6
# No step goes farther than this share of the way to the bound.
SHARE_OF_ROOM = 0.9
# Roots whose rises differ by less are a near tie, as of likelihoods: a ratio of 1.2.
NEAR_TIE = 0.2
# Points of the quadrature of a rise.
RISE_NODES = 20


class Root(NamedTuple):
    """Where the adjusted score falls through zero.

    Attributes
    ----------
    p : array of shape (q,)
    rise : float
        How far below the estimate it lies, in integrals of the score: zero or less.
    """

    p: np.ndarray
    rise: float


@dataclass(frozen=True, eq=False)
class RootSearch:
    """How the search went.

    Attributes
    ----------
    steps : int
        Steps to the root that was taken.
    remaining : float
        Length of the step that Newton's method would still take, as a share of the range.
    others : tuple of Root
        Further roots, the nearest in rise before.
    at_bound : bool
        Whether rho or lam lies at the end of its range, where the score is not zero.
    """

    steps: int
    remaining: float
    others: tuple[Root, ...] = ()
    at_bound: bool = False

    @property
    def converged(self) -> bool:
        """Whether the score is zero where the search ended."""
        return self.remaining < 1e-6

    @property
    def near_ties(self) -> tuple[Root, ...]:
        """Other roots that are nearly as good."""
        return tuple(root for root in self.others if root.rise > -NEAR_TIE)


class Found(NamedTuple):
    """The end of one search."""

    p: np.ndarray
    steps: int
    remaining: float
    at_bound: bool = False


def find_root(score: QuasiScore) -> tuple[np.ndarray, RootSearch]:
    """The parameters at which the adjusted score is zero, or the end of a range, by the rule above.

    Raises
    ------
    EstimationError
        The scores of rho and lam do not fall through zero anywhere in their ranges, nor does one of
        them where the other is at an end.
    """
    bounds = usable_bounds(score.data)
    found = _candidates(score, bounds)
    if not found:
        raise _no_root(score, bounds)
    best = found[0]
    for other in found[1:]:
        if _rise(score, best.p, other.p) > 0.0:
            best = other
    roots = [one for one in found if not one.at_bound]
    _check_roles(score, best, roots, bounds)
    others = []
    for root in roots:
        if root is not best:
            others.append(Root(root.p, _rise(score, best.p, root.p)))
    others.sort(key=lambda root: -root.rise)
    return best.p, RootSearch(best.steps, best.remaining, tuple(others), best.at_bound)


def _candidates(score: QuasiScore, bounds: np.ndarray) -> list[Found]:
    """Where the integral of the score may be highest. Ends of two ranges are looked at where there
    is no root inside: each takes a search of its own.
    """
    if len(bounds) == 1:
        return _along(score, Along(np.zeros(1), 0), bounds[0])
    return _in_plane(score, bounds) or _at_edges(score, bounds)


def _no_root(score: QuasiScore, bounds: np.ndarray) -> EstimationError:
    names = " and ".join(_names(score))
    within = ", ".join(f"({low:.4g}, {high:.4g})" for low, high in bounds)
    return EstimationError(
        f"The adjusted score of {names} has no root in {within}: these data do not have an "
        "estimate of this kind. The weights may link units that the effects make equal, or "
        "the model may have a lag too many: use one with fewer lags, or other effects."
    )


def _check_roles(
    score: QuasiScore,
    best: Found,
    found: list[Found],
    bounds: np.ndarray,
) -> None:
    """Refuse rho and lam that may change places without a difference."""
    if len(bounds) == 1:
        return
    mirror = exchanged(best.p, bounds)
    for other in found:
        if other is best or not np.allclose(other.p, mirror, atol=SAME_ROOT):
            continue
        if abs(_rise(score, best.p, other.p)) > SAME_ROOT:
            continue
        raise IdentificationError(
            "error_weights",
            expected="a lag of y and a lag of the error that can be told apart",
            got=f"scores that are zero at rho = {best.p[0]:.4f}, lam = {best.p[1]:.4f} and at these "
            "values exchanged",
            remedy="Use other weights for the error, another regressor, or a model with one lag.",
        )


def _names(score: QuasiScore) -> list[str]:
    names = {"rho": score.B, "lam": score.M}
    return [name for name, W in names.items() if W is not None]


def _rise(
    score: QuasiScore,
    start: np.ndarray,
    end: np.ndarray,
) -> float:
    """The integral of the score along the line from one p to another."""
    nodes, weights = leggauss(RISE_NODES)
    shares = (nodes + 1.0) / 2.0
    along = end - start
    values = []
    if len(along) == 1:
        line = line_of(score, Along(start, 0))
        for share in shares:
            x = start[0] + share * along[0]
            values.append(along[0] * line.value(float(x)))
    else:
        for share in shares:
            state = score.at(start + share * along)
            values.append(along @ state.value())
    total = float(weights @ np.array(values))
    return total / 2.0


def _grid(bounds: np.ndarray, points: int) -> np.ndarray:
    """Chebyshev points over a range: dense near the ends, where traces bend."""
    low, high = bounds
    angles = np.pi * (np.arange(points) + 0.5) / points
    shares = (1.0 - np.cos(angles)) / 2.0
    grid: np.ndarray = low + (high - low) * shares
    return grid


def _along(
    score: QuasiScore,
    along: Along,
    bounds: np.ndarray,
) -> list[Found]:
    """All roots at which the score of one parameter falls through zero, as far as a grid can tell,
    and the ends of its range towards which it stays positive, or negative.
    """
    line = line_of(score, along)
    width = float(np.ptp(bounds))
    probed = score.data.n > EXACT_CELLS and score.M is not None
    found: list[Found] = []
    if probed:
        # near the ends series converge slowly: they are looked at where there is no root inside
        found, _ = _falling(line, _grid(bounds, FEW), width)
    if not found:
        ends = bounds + EDGE * width * np.array([1.0, -1.0])
        inside = _grid(bounds, FEW if probed else ONE_PARAMETER)
        grid = np.concatenate([ends[:1], inside, ends[1:]])
        found, values = _falling(line, grid, width)
        if values[0] < 0.0:
            found.append(Found(ends[:1], 0, 0.0, at_bound=True))
        if values[-1] > 0.0:
            found.append(Found(ends[1:], 0, 0.0, at_bound=True))
    return [one._replace(p=along.point(float(one.p[0]))) for one in found]


def _falling(
    line: Line,
    grid: np.ndarray,
    width: float,
) -> tuple[list[Found], list[float]]:
    """The roots between neighbours on a grid, and the score at its points."""
    values = [line.value(float(x)) for x in grid]
    brackets = _falls(grid, values)
    # a quick value is rough in large samples
    if not all(_is_fall(line, start, end) for start, end in brackets):
        values = [line.at(float(x))[0] for x in grid]
        brackets = _falls(grid, values)
    roots = []
    for start, end in brackets:
        roots.append(_bracketed(line, start, end, width))
    return roots, values


def _is_fall(
    line: Line,
    start: float,
    end: float,
) -> bool:
    """Whether the score falls through zero from one point to another."""
    first, _ = line.at(start)
    second, _ = line.at(end)
    return first > 0.0 >= second


def _at_edges(score: QuasiScore, bounds: np.ndarray) -> list[Found]:
    """Roots of the score of one parameter with the other at an end of its range, towards which the
    other's score stays positive, or negative.
    """
    found = []
    for free, fixed in ((0, 1), (1, 0)):
        low, high = bounds[fixed]
        room = EDGE * (high - low)
        for end, outwards in ((low + room, -1.0), (high - room, 1.0)):
            along = Along(np.full(2, end), free)
            for root in _along(score, along, bounds[free]):
                presses = outwards * score.at(root.p).value()[fixed] > 0.0
                if presses and not root.at_bound:
                    found.append(root._replace(at_bound=True))
    return found


def _falls(grid: np.ndarray, values: list[float]) -> list[tuple[float, float]]:
    """The neighbours on a grid between which a score falls through zero."""
    falls = []
    for k in range(len(grid) - 1):
        if values[k] > 0.0 >= values[k + 1]:
            falls.append((float(grid[k]), float(grid[k + 1])))
    return falls


def _bracketed(
    line: Line,
    low: float,
    high: float,
    width: float,
) -> Found:
    """The root between two points of one parameter, the score positive at the first and not at
    the second: Newton's steps, halves of the bracket where they leave it.
    """
    x = (low + high) / 2.0
    moved = np.inf
    steps = 0
    while moved >= STEP_TOLERANCE and steps < MAX_STEPS:
        value, slope = line.at(x)
        if value > 0.0:
            low = x
        else:
            high = x
        after = np.nan
        if slope < 0.0:
            after = x - value / slope
        if not low <= after <= high:
            after = (low + high) / 2.0
        moved = abs(after - x) / width
        x = after
        steps += 1
    return Found(np.array([x]), steps, moved)


def _in_plane(score: QuasiScore, bounds: np.ndarray) -> list[Found]:
    """The roots of rho and lam at which both scores fall, that Newton's method finds from a
    grid.
    """
    found: list[Found] = []
    waiting = _starts(score, bounds)
    while waiting:
        start = waiting.pop(0)
        ended = _climb(score, start, bounds)
        if ended is None:
            continue
        same = [np.allclose(ended.p, known.p, atol=SAME_ROOT) for known in found]
        if any(same):
            continue
        found.append(ended)
        # where rho and lam are hard to tell apart, a root has a rival with exchanged roles
        waiting.append(exchanged(ended.p, bounds))
    return found


def _starts(score: QuasiScore, bounds: np.ndarray) -> list[np.ndarray]:
    """Points of a coarse grid at which the scores are no farther from zero than at their neighbours
    on it, the nearest before.
    """
    points = FEW if score.data.n > EXACT_CELLS else TWO_PARAMETERS
    axes = [_grid(b, points) for b in bounds]
    far = []
    for p in product(*axes):
        values = score.at(np.array(p)).value()
        far.append(np.linalg.norm(values))
    distance = np.array(far).reshape(points, points)
    framed = np.full((points + 2, points + 2), np.inf)
    framed[1:-1, 1:-1] = distance
    nearest = np.ones(distance.shape, bool)
    for row, column in product(range(3), range(3)):
        neighbour = framed[row : row + points, column : column + points]
        nearest &= distance <= neighbour
    places = sorted(np.argwhere(nearest), key=lambda at: float(distance[tuple(at)]))
    starts = []
    for i, j in places:
        starts.append(np.array([axes[0][i], axes[1][j]]))
    return starts


def _climb(
    score: QuasiScore,
    start: np.ndarray,
    bounds: np.ndarray,
) -> Found | None:
    """Newton's method from one start, steps halved until the scores come closer to zero; None
    where it does not arrive at a root at which they fall.
    """
    p = start
    width = np.ptp(bounds, axis=1)
    state = score.at(p)
    value = state.value()
    for step in range(1, MAX_STEPS + 1):
        slope = state.slope()
        if abs(np.linalg.det(slope)) < 1e-300:
            return None
        direction = -np.linalg.solve(slope, value)
        length = float(np.max(np.abs(direction) / width))
        if length < STEP_TOLERANCE:
            roots = np.linalg.eigvals(slope)
            falls = bool((roots.real < 0.0).all())
            return Found(p + direction, step, length) if falls else None
        longest = direction * _share(p, direction, bounds)
        moved = _closer(score, p, longest, value)
        if moved is None:
            return None
        p = moved
        state = score.at(p)
        value = state.value()
    return None


def _share(
    p: np.ndarray,
    direction: np.ndarray,
    bounds: np.ndarray,
) -> float:
    """How much of a step stays within the bounds."""
    low, high = bounds.T
    room = np.where(direction > 0.0, high - p, p - low)
    size = np.maximum(np.abs(direction), 1e-300)
    share = SHARE_OF_ROOM * room / size
    return float(min(1.0, share.min()))


def _closer(
    score: QuasiScore,
    p: np.ndarray,
    step: np.ndarray,
    value: np.ndarray,
) -> np.ndarray | None:
    """The end of the longest of a step, its half and so on that brings the scores closer to
    zero.
    """
    before = np.linalg.norm(value)
    for _ in range(20):
        new = score.at(p + step).value()
        if np.linalg.norm(new) < before:
            closer: np.ndarray = p + step
            return closer
        step = step / 2.0
    return None
