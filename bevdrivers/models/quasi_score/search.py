"""Where the adjusted score is zero.

A root counts where the score falls through zero, as that of a likelihood does at a maximum and not
at a minimum. Of several such roots the estimate is the one with the largest rise: the integral of
the score along the straight line from one root to another, which of a likelihood is the difference
of its logarithm. Where contrasts exist the rule is that of Lee and Yu's likelihood, its highest
maximum. The root nearest to the maximum of direct maximum likelihood can be another: that maximum is
where the effects have moved it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, Protocol

import numpy as np
from numpy.polynomial.legendre import leggauss

from ...errors import EstimationError, IdentificationError
from ..ml.identification import exchanged
from .moments import LineOfRho
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


class Line(Protocol):
    """The score of one parameter."""

    def value(self, x: float) -> float:
        """The score at x."""

    def at(self, x: float) -> tuple[float, float]:
        """The score at x, and its slope."""


@dataclass(frozen=True, eq=False)
class LineOfStates:
    """The score of one parameter, from the equations at each of its values.

    Attributes
    ----------
    score : QuasiScore
    """

    score: QuasiScore

    def value(self, x: float) -> float:
        """The score at x."""
        return float(self.score.at(np.array([x])).value()[0])

    def at(self, x: float) -> tuple[float, float]:
        """The score at x, and its slope."""
        state = self.score.at(np.array([x]))
        return float(state.value()[0]), float(state.slope()[0, 0])


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
    """

    steps: int
    remaining: float
    others: tuple[Root, ...] = ()

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


def find_root(score: QuasiScore) -> tuple[np.ndarray, RootSearch]:
    """The parameters at which the adjusted score is zero, by the rule above.

    Raises
    ------
    EstimationError
        The score does not fall through zero anywhere in the range.
    """
    bounds = usable_bounds(score.data)
    line = len(bounds) == 1
    found = _along(score, bounds[0]) if line else _in_plane(score, bounds)
    if not found:
        names = " and ".join(_names(score))
        within = ", ".join(f"({low:.4g}, {high:.4g})" for low, high in bounds)
        raise EstimationError(
            f"The adjusted score of {names} has no root in {within}: these data do not have an "
            "estimate of this kind. The weights may link units that the effects make equal, or "
            "the model may have a lag too many: use one with fewer lags, or other effects."
        )
    best = found[0]
    for other in found[1:]:
        if _rise(score, best.p, other.p) > 0.0:
            best = other
    _check_roles(score, best, found, bounds)
    others = [Root(o.p, _rise(score, best.p, o.p)) for o in found if o is not best]
    others.sort(key=lambda root: -root.rise)
    return best.p, RootSearch(best.steps, best.remaining, tuple(others))


def _check_roles(score: QuasiScore, best: Found, found: list[Found], bounds: np.ndarray) -> None:
    """Refuse rho and lam that may change places without a difference."""
    for other in found if len(bounds) == 2 else []:
        mirrored = np.allclose(other.p, exchanged(best.p, bounds), atol=SAME_ROOT)
        if other is best or not mirrored or abs(_rise(score, best.p, other.p)) > SAME_ROOT:
            continue
        raise IdentificationError(
            "error_weights",
            expected="a lag of y and a lag of the error that can be told apart",
            got=f"scores that are zero at rho = {best.p[0]:.4f}, lam = {best.p[1]:.4f} and at these "
            "values exchanged",
            remedy="Use other weights for the error, another regressor, or a model with one lag.",
        )


def _names(score: QuasiScore) -> list[str]:
    return ["rho"] * (score.B is not None) + ["lam"] * (score.M is not None)


def _rise(score: QuasiScore, start: np.ndarray, end: np.ndarray) -> float:
    """The integral of the score along the line from one p to another."""
    nodes, weights = leggauss(RISE_NODES)
    shares = (nodes + 1.0) / 2.0
    along = end - start
    if len(along) == 1:
        line = _line(score)
        values = [along[0] * line.value(float(start[0] + share * along[0])) for share in shares]
    else:
        values = [along @ score.at(start + share * along).value() for share in shares]
    return float(weights @ np.array(values)) / 2.0


def _line(score: QuasiScore) -> Line:
    """The score of the one parameter."""
    large = score.data.n > EXACT_CELLS
    return LineOfRho(score) if large and score.M is None else LineOfStates(score)


def _grid(bounds: np.ndarray, points: int) -> np.ndarray:
    """Chebyshev points over a range: dense near the ends, where traces bend."""
    low, high = bounds
    shares = (1.0 - np.cos(np.pi * (np.arange(points) + 0.5) / points)) / 2.0
    grid: np.ndarray = low + (high - low) * shares
    return grid


def _along(score: QuasiScore, bounds: np.ndarray) -> list[Found]:
    """All roots at which the score of one parameter falls through zero, as far as a grid can
    tell.
    """
    line = _line(score)
    probed = score.data.n > EXACT_CELLS and score.M is not None
    grid = _grid(bounds, FEW if probed else ONE_PARAMETER)
    brackets = _falls(grid, [line.value(float(x)) for x in grid])
    exact = [(line.at(low)[0], line.at(high)[0]) for low, high in brackets]
    if any(not first > 0.0 >= second for first, second in exact):
        brackets = _falls(grid, [line.at(float(x))[0] for x in grid])
    return [_bracketed(line, low, high, float(np.ptp(bounds))) for low, high in brackets]


def _falls(grid: np.ndarray, values: list[float]) -> list[tuple[float, float]]:
    """The neighbours on a grid between which a score falls through zero."""
    falls = []
    for k in range(len(grid) - 1):
        if values[k] > 0.0 >= values[k + 1]:
            falls.append((float(grid[k]), float(grid[k + 1])))
    return falls


def _bracketed(line: Line, low: float, high: float, width: float) -> Found:
    """The root between two points of one parameter, the score positive at the first and not at
    the second: Newton's steps, halves of the bracket where they leave it.
    """
    x, moved, steps = (low + high) / 2.0, np.inf, 0
    while moved >= STEP_TOLERANCE and steps < MAX_STEPS:
        value, slope = line.at(x)
        low, high = (x, high) if value > 0.0 else (low, x)
        after = x - value / slope if slope < 0.0 else np.nan
        if not low <= after <= high:
            after = (low + high) / 2.0
        moved, x = abs(after - x) / width, after
        steps += 1
    return Found(np.array([x]), steps, moved)


def _in_plane(score: QuasiScore, bounds: np.ndarray) -> list[Found]:
    """The roots of rho and lam at which both scores fall, that Newton's method finds from a
    grid.
    """
    found: list[Found] = []
    waiting = _starts(score, bounds)
    while waiting:
        ended = _climb(score, waiting.pop(0), bounds)
        if ended is None:
            continue
        if any(np.allclose(ended.p, known.p, atol=SAME_ROOT) for known in found):
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
    far = [np.linalg.norm(score.at(np.array(p)).value()) for p in product(*axes)]
    distance = np.array(far).reshape(points, points)
    framed = np.full((points + 2, points + 2), np.inf)
    framed[1:-1, 1:-1] = distance
    nearest = np.ones(distance.shape, bool)
    for row, column in product(range(3), range(3)):
        neighbour = framed[row : row + points, column : column + points]
        nearest &= distance <= neighbour
    places = sorted(np.argwhere(nearest), key=lambda at: float(distance[tuple(at)]))
    return [np.array([axes[0][i], axes[1][j]]) for i, j in places]


def _climb(score: QuasiScore, start: np.ndarray, bounds: np.ndarray) -> Found | None:
    """Newton's method from one start, steps halved until the scores come closer to zero; None
    where it does not arrive at a root at which they fall.
    """
    p, width = start, np.ptp(bounds, axis=1)
    state = score.at(p)
    value = state.value()
    for step in range(1, MAX_STEPS + 1):
        slope = state.slope()
        if abs(np.linalg.det(slope)) < 1e-300:
            return None
        direction = -np.linalg.solve(slope, value)
        length = float(np.max(np.abs(direction) / width))
        if length < STEP_TOLERANCE:
            falls = bool((np.linalg.eigvals(slope).real < 0.0).all())
            return Found(p + direction, step, length) if falls else None
        moved = _closer(score, p, direction * _share(p, direction, bounds), value)
        if moved is None:
            return None
        p = moved
        state = score.at(p)
        value = state.value()
    return None


def _share(p: np.ndarray, direction: np.ndarray, bounds: np.ndarray) -> float:
    """How much of a step stays within the bounds."""
    low, high = bounds.T
    room = np.where(direction > 0.0, high - p, p - low)
    share = SHARE_OF_ROOM * room / np.maximum(np.abs(direction), 1e-300)
    return float(min(1.0, share.min()))


def _closer(
    score: QuasiScore, p: np.ndarray, step: np.ndarray, value: np.ndarray
) -> np.ndarray | None:
    """The end of the longest of a step, its half and so on that brings the scores closer to
    zero.
    """
    for _ in range(20):
        new = score.at(p + step).value()
        if np.linalg.norm(new) < np.linalg.norm(value):
            closer: np.ndarray = p + step
            return closer
        step = step / 2.0
    return None
