"""Classes of a map: bounds that hold every value exactly once, and labels that say so."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...errors import OptionError, first_five
from ...options import check_option

Scheme = Literal["quantiles", "equal", "fisher", "std_mean", "box", "headtails"]
# bounds that mean something of themselves are not moved to a rounder number
_EXACT = ("equal", "std_mean", "box", "headtails")

_SLACK = 0.005  # of the range: how far the ends, and bounds between intervals of one width, may be rounded

_HEAD = 0.4  # a larger head than this share ends head/tail breaks

_MOST_LEVELS = 4000  # natural breaks need the square of this in numbers, some 0.5 GB


@dataclass(frozen=True)
class Classes:
    """Intervals (lower, upper], the first one closed at both ends, after a class of zeros where `zero` says so.

    Attributes
    ----------
    bounds : tuple of float
        Ascending, one more than there are intervals; empty where all values are zeros.
    zero : bool
        Whether class 0 holds the zeros and nothing else.
    whole : bool
        Values and bounds are whole numbers: an interval is written from the first one that it holds.
    """

    bounds: tuple[float, ...]
    zero: bool = False
    whole: bool = False

    def __len__(self) -> int:
        return max(len(self.bounds) - 1, 0) + self.zero

    def place(self, values: np.ndarray) -> np.ndarray:
        """The class of each value, an int array of the same shape; -1 where the value is NaN."""
        found = np.searchsorted(self.bounds[1:-1], values, side="left") + int(self.zero)
        if self.zero:
            found = np.where(values == 0, 0, found)
        return np.where(np.isnan(values), -1, found)

    @property
    def labels(self) -> list[str]:
        """The classes in words, for instance ``["0", "1\u20133", "4\u201312"]``."""
        needed = max((_decimals_of(bound) for bound in self.bounds), default=0)
        same = needed if needed <= 2 else None  # more decimals are written only where they are needed
        pairs = enumerate(itertools.pairwise(self.bounds))
        texts = [self._interval(low, high, place, same) for place, (low, high) in pairs]
        return ["0", *texts] if self.zero else texts

    def _interval(self, low: float, high: float, place: int, decimals: int | None) -> str:
        if self.whole and (place > 0 or self.zero):
            low += 1
        first, last = _number(low, decimals), _number(high, decimals)
        if np.isinf(low) or np.isinf(high):
            return f"\u2264 {last}" if np.isinf(low) else f"\u2265 {first}" if self.whole else f"> {first}"
        between = " to " if any(-np.inf < bound < 0 for bound in self.bounds) else "\u2013"
        return first if low == high else first + between + last


def _decimals_of(value: float) -> int:
    return len(np.format_float_positional(value, trim="-").partition(".")[2]) if np.isfinite(value) else 0


def _number(value: float, decimals: int | None) -> str:
    """With thousands set apart; with its own decimals where none are given."""
    value += 0.0  # minus zero is zero
    return f"{value:,.{_decimals_of(value) if decimals is None else decimals}f}".replace("-", "\u2212")


def significant(value: float, digits: int) -> str:
    """A number with `digits` significant ones, none of those before the point lost."""
    kept = round(value) if abs(value) >= 10 ** (digits - 1) else float(f"{value:.{digits}g}")
    return f"{kept:,.15g}".replace("-", "\u2212")


def make_classes(
    values: np.ndarray,
    *,
    k: int = 5,
    scheme: Scheme = "quantiles",
    breaks: Sequence[float] | None = None,
    zero_class: bool | None = None,
) -> Classes:
    """Classes of the finite numbers among `values`.

    Parameters
    ----------
    values : float array of any shape, NaN where missing
    k : int
        Classes, the class of zeros included. There are fewer where the values have ties.
    scheme : {"quantiles", "equal", "fisher", "std_mean", "box", "headtails"}
        As many values in each; intervals of one width; least squares within classes (Fisher 1958,
        doi:10.1080/01621459.1958.10501479). Bounds are the roundest numbers that part the values in the same way. The
        others give as many classes as they find, whatever `k` is: bounds one and two standard deviations (of the
        sample, over n - 1) below and above the mean; quartiles, and 1.5 times their distance below the first and above
        the third, as in a box plot; head/tail breaks (Jiang 2013, doi:10.1080/00330124.2012.700499), each bound the
        mean of the values above the one before, while these are fewer than 40 % of the values that had been left.
    breaks : sequence of float, optional
        All bounds from lowest to highest, instead of `k` and `scheme`; ``-inf`` and ``inf`` are allowed at the ends.
    zero_class : bool, optional
        Whether zeros are a class of their own. By default where no value is negative, at least one in `k` is zero, and
        no `breaks` are given.

    Raises
    ------
    OptionError
    """
    check_option("scheme", scheme, Scheme)
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise OptionError("k", expected="a number of classes, 1 or more", got=repr(k))
    known = np.sort(values[np.isfinite(values)])
    if not known.size:
        raise OptionError("values", expected="at least one number to draw", got="none")
    zero = _wants_zero(known, k, breaks, zero_class)
    rest = known[known != 0] if zero else known
    whole = bool(np.all(known == np.round(known)))
    if breaks is not None:
        return _given(rest, breaks, zero, whole)
    if not rest.size:
        return Classes((), zero=True)
    inner = _inner_bounds(rest, max(k - zero, 1), scheme)
    slack = _SLACK * float(np.ptp(rest)) if scheme in _EXACT else np.inf  # intervals of one width stay so
    middle = np.unique([_roundest(rest, bound, slack, whole) for bound in inner])
    ends = [0.0 if zero else _outward(rest, -1), _outward(rest, 1)]
    return _classes([ends[0], *middle, ends[1]], zero, whole)


def _classes(bounds: Sequence[float], zero: bool, whole: bool) -> Classes:
    finite = np.array([bound for bound in bounds if np.isfinite(bound)])
    return Classes(tuple(float(bound) for bound in bounds), zero, whole and bool(np.all(finite == np.round(finite))))


def _wants_zero(known: np.ndarray, k: int, breaks: Sequence[float] | None, asked: bool | None) -> bool:
    if asked and known[0] < 0:
        raise OptionError("zero_class", expected="False where values are negative", got="True")
    if asked is not None:
        return bool(asked)
    return breaks is None and k > 1 and known[0] == 0 < known[-1] and float(np.mean(known == 0)) >= 1 / k


def _given(values: np.ndarray, breaks: Sequence[float], zero: bool, whole: bool) -> Classes:
    """Classes with the user's own bounds."""
    bounds = np.asarray(list(breaks), dtype=float)
    if bounds.size < 2 or np.isnan(bounds).any() or not np.all(bounds[1:] > bounds[:-1]):
        raise OptionError("breaks", expected="two or more ascending bounds, lowest to highest", got=repr(list(breaks)))
    outside = values[(values < bounds[0]) | (values > bounds[-1])]
    if outside.size:
        raise OptionError(
            "breaks",
            expected=f"bounds that hold all values, {values[0]:g} to {values[-1]:g}",
            got=f"{bounds[0]:g} to {bounds[-1]:g}, {outside.size} values outside: {first_five(outside)}",
            remedy="Begin with -inf or end with inf for open classes.",
        )
    return _classes(bounds.tolist(), zero, whole)


def _inner_bounds(values: np.ndarray, k: int, scheme: Scheme) -> np.ndarray:
    """Ascending bounds between the classes of sorted `values`, each at least the lowest and below the highest value."""
    if scheme == "quantiles":
        inner = np.quantile(values, np.arange(1, k) / k)
        # the highest value below each bound: equal ones leave an empty class between them
        inner = values[np.searchsorted(values, inner, side="right") - 1]
    elif scheme == "equal":
        inner = np.linspace(values[0], values[-1], k + 1)[1:-1]
    elif scheme == "fisher":
        inner = _fisher(values, k)
    elif scheme == "std_mean":
        spread = values.std(ddof=1) if values.size > 1 else 0.0
        inner = values.mean() + spread * np.array([-2.0, -1.0, 1.0, 2.0])
    elif scheme == "box":
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        inner = np.array([low - 1.5 * (high - low), low, middle, high, high + 1.5 * (high - low)])
    else:
        inner = _head_tail(values)
    return np.unique(inner[(inner >= values[0]) & (inner < values[-1])])


def _head_tail(values: np.ndarray) -> np.ndarray:
    """The mean of the values, of those above it, and so on while the head is a minority."""
    found, head = [], values
    while head.size > 1 and np.ptp(head) > 0:
        mean = head.mean()
        found.append(mean)
        rest = head[head > mean]
        if rest.size > _HEAD * head.size:
            break
        head = rest
    return np.array(found)


def _fisher(values: np.ndarray, k: int) -> np.ndarray:
    """The highest value of each class but the last, with the least sum of squares within classes, exactly."""
    levels, counts = np.unique(values, return_counts=True)
    if len(levels) > _MOST_LEVELS:
        raise OptionError(
            "scheme",
            expected=f"another than 'fisher' for more than {_MOST_LEVELS} different values",
            got=f"{len(levels)} values",
            remedy="Use scheme='quantiles', or round the values.",
        )
    k, centred = min(k, len(levels)), levels - values.mean()
    sums = [np.concatenate([[0.0], np.cumsum(counts * centred**power)]) for power in (0, 1, 2)]
    n, s, q = (total[None, 1:] - total[:-1, None] for total in sums)
    # cost[i, j]: squares within a class of the levels i to j
    cost = np.where(n > 0, q - s**2 / np.where(n > 0, n, 1.0), np.inf)
    best, firsts = cost[0], []
    for _ in range(1, k):
        before = np.concatenate([[np.inf], best[:-1]])
        total = before[:, None] + cost
        firsts.append(total.argmin(axis=0))
        best = total.min(axis=0)
    ends, last = [], len(levels) - 1
    for first in reversed(firsts):
        last = int(first[last]) - 1
        ends.append(levels[last])
    return np.array(ends[::-1])


def _roundest(values: np.ndarray, bound: float, slack: float, whole: bool) -> float:
    """The number with the fewest decimals that parts the sorted `values` as `bound` does, `slack` away at most.

    Without a limit it is sought halfway between the two values that it parts. Whole numbers part whole numbers.
    """
    place = int(np.searchsorted(values, bound, side="right"))
    below, above = float(values[place - 1]), float(values[place])
    target = bound if np.isfinite(slack) else (below + above) / 2
    target = float(np.floor(target)) if whole else target
    for decimals in _decimals(values):
        rounded = float(np.round(target, decimals))
        if below <= rounded < above and abs(rounded - target) <= slack:
            return rounded
    return float(bound)


def _outward(values: np.ndarray, side: int) -> float:
    """The roundest number at the lower (-1) or upper (1) end of the sorted `values` that leaves none outside."""
    end, slack = float(values[-1 if side > 0 else 0]), _SLACK * float(np.ptp(values))
    for decimals in _decimals(values):
        rounded = float(np.round(end, decimals))
        if side * (rounded - end) < 0:
            rounded = float(np.round(rounded + side * 10.0**-decimals, decimals))
        if 0 <= side * (rounded - end) <= slack:
            return rounded
    return end


def _decimals(values: np.ndarray) -> range:
    """From none of the digits of the largest number to all of them."""
    size = float(np.abs(values[[0, -1]]).max())
    first = -int(np.floor(np.log10(size))) - 1 if size > 0 else 0
    return range(first, first + 18)
