"""Classes of a map: bounds that hold every value exactly once, and labels that say so."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...errors import OptionError, first_five
from ...language.words import Words
from ...options import check_option, whole_number

Scheme = Literal["quantiles", "equal", "fisher", "std_mean", "box", "headtails"]
# bounds that mean something of themselves are not moved to a rounder number
_EXACT = ("equal", "std_mean", "box", "headtails")

TO = " to "  # between bounds of which one is negative: a dash would look like a minus

_SLACK = 0.005  # of the range: how far the ends, and bounds between intervals of one width, may be rounded

_HEAD = 0.4  # a larger head than this share ends head/tail breaks

_MOST_LEVELS = 4000  # natural breaks need the square of this in numbers, some 0.5 GB


@dataclass(frozen=True)
class Classes:
    """Intervals (lower, upper], the first one closed at both ends, after a class of zeros where
    `zero` says so.

    Attributes
    ----------
    bounds : tuple of float
        Ascending, one more than there are intervals; empty where all values are zeros.
    zero : bool
        Whether class 0 holds the zeros and nothing else.
    whole : bool
        Values and bounds are whole numbers: an interval is written from the first one that it
        holds.
    """

    bounds: tuple[float, ...]
    zero: bool = False
    whole: bool = False

    def __len__(self) -> int:
        intervals = max(len(self.bounds) - 1, 0)
        return intervals + self.zero

    def classify(self, values: np.ndarray) -> np.ndarray:
        """The class of each value, an int array of the same shape; -1 where the value is NaN."""
        index = np.searchsorted(self.bounds[1:-1], values, side="left") + int(self.zero)
        if self.zero:
            index = np.where(values == 0, 0, index)
        return np.where(np.isnan(values), -1, index)

    @property
    def labels(self) -> list[str]:
        """The classes in words, for instance ``["0", "1\u20133", "4\u201312"]``."""
        needed = max((_decimals_of(bound) for bound in self.bounds), default=0)
        # more decimals than two are written only where they are needed
        decimals = needed if needed <= 2 else None
        labels = ["0"] if self.zero else []
        for index, (low, high) in enumerate(itertools.pairwise(self.bounds)):
            labels.append(self._interval(low, high, index, decimals))
        return labels

    def _interval(
        self,
        low: float,
        high: float,
        index: int,
        decimals: int | None,
    ) -> str:
        """An interval in words; of whole numbers it is written from the first one that it holds."""
        holds_lower_bound = index == 0 and not self.zero
        if self.whole and not holds_lower_bound:
            low += 1
        first, last = _number_text(low, decimals), _number_text(high, decimals)
        if np.isinf(low):
            return f"\u2264 {last}"
        if np.isinf(high):
            return f"\u2265 {first}" if self.whole else f"> {first}"
        if low == high:
            return first
        has_negative = any(-np.inf < bound < 0 for bound in self.bounds)
        between = TO if has_negative else "\u2013"
        return first + between + last


def in_words(label: str, words: Words) -> str:
    """The label of a class in a language."""
    return label.replace(TO, words.say(TO))


def _decimals_of(value: float) -> int:
    """How many decimals a number has; none of an infinite one."""
    if not np.isfinite(value):
        return 0
    _, _, decimals = np.format_float_positional(value, trim="-").partition(".")
    return len(decimals)


def _number_text(value: float, decimals: int | None) -> str:
    """A number with thousands set apart; with its own decimals where none are given."""
    # minus zero is zero
    value += 0.0
    if decimals is None:
        decimals = _decimals_of(value)
    return f"{value:,.{decimals}f}".replace("-", "\u2212")


def significant(value: float, digits: int) -> str:
    """A number with `digits` significant ones, none of those before the point lost."""
    if abs(value) >= 10 ** (digits - 1):
        kept: float = round(value)
    else:
        kept = float(f"{value:.{digits}g}")
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
        doi:10.1080/01621459.1958.10501479). Bounds are the roundest numbers that part the values in
        the same way. The others give as many classes as they find, whatever `k` is: bounds one and
        two standard deviations (of the sample, over n - 1) below and above the mean; quartiles, and
        1.5 times their distance below the first and above the third, as in a box plot; head/tail
        breaks (Jiang 2013, doi:10.1080/00330124.2012.700499), each bound the mean of the values
        above the one before, while these are fewer than 40 % of the values that had been left.
    breaks : sequence of float, optional
        All bounds from lowest to highest, instead of `k` and `scheme`; ``-inf`` and ``inf`` are
        allowed at the ends.
    zero_class : bool, optional
        Whether zeros are a class of their own. By default where no value is negative, at least one
        in `k` is zero, and no `breaks` are given.

    Raises
    ------
    OptionError
    """
    check_option("scheme", scheme, Scheme)
    whole_number("k", k, at_least=1, expected="a number of classes, 1 or more")
    known = np.sort(values[np.isfinite(values)])
    if not known.size:
        raise OptionError(
            "values",
            expected="at least one number to draw",
            got="none that is finite",
            remedy="Pass a year or a column that is not missing everywhere.",
        )
    zero = _wants_zero(known, k, breaks, zero_class)
    classed = known[known != 0] if zero else known
    whole = _all_whole(known)
    if breaks is not None:
        bounds = _checked_breaks(classed, breaks)
    elif classed.size:
        bounds = _made_bounds(classed, max(k - zero, 1), scheme, from_zero=zero, whole=whole)
    else:
        return Classes((), zero=True)
    finite = [bound for bound in bounds if np.isfinite(bound)]
    return Classes(tuple(bounds), zero, whole and _all_whole(np.array(finite)))


def _all_whole(values: np.ndarray) -> bool:
    return bool(np.all(values == np.round(values)))


def _wants_zero(
    known: np.ndarray,
    k: int,
    breaks: Sequence[float] | None,
    asked: bool | None,
) -> bool:
    """Whether zeros among the sorted values are a class of their own."""
    if asked and known[0] < 0:
        raise OptionError(
            "zero_class",
            expected="False where values are negative",
            got=f"True with {known[0]:g} as the lowest value",
            remedy="Leave zero_class out: values below zero are in classes with the others.",
        )
    if asked is not None:
        return bool(asked)
    if breaks is not None or k == 1:
        return False
    if known[0] < 0 or known[-1] == 0:
        return False
    return float(np.mean(known == 0)) >= 1 / k


def _checked_breaks(
    values: np.ndarray,
    breaks: Sequence[float],
) -> list[float]:
    """The user's own bounds, which have to ascend and to hold all of the sorted `values`."""
    bounds = np.asarray(list(breaks), dtype=float)
    if bounds.size < 2 or np.isnan(bounds).any() or not np.all(bounds[1:] > bounds[:-1]):
        raise OptionError(
            "breaks",
            expected="two or more ascending bounds, lowest to highest",
            got=repr(list(breaks)),
            remedy=("Write for instance [0, 10, 100], from the least value to the greatest."),
        )
    lowest, highest = bounds[0], bounds[-1]
    outside = values[(values < lowest) | (values > highest)]
    if outside.size:
        raise OptionError(
            "breaks",
            expected=f"bounds that hold all values, {values[0]:g} to {values[-1]:g}",
            got=f"{lowest:g} to {highest:g}, {outside.size} values outside: {first_five(outside)}",
            remedy="Begin with -inf, or end with inf, for open classes.",
        )
    return [float(bound) for bound in bounds]


def _made_bounds(
    values: np.ndarray,
    k: int,
    scheme: Scheme,
    *,
    from_zero: bool,
    whole: bool,
) -> list[float]:
    """All bounds of `k` classes of the sorted `values`, as round as they can be."""
    slack = _SLACK * float(np.ptp(values)) if scheme in _EXACT else np.inf
    inner = [_roundest(values, bound, slack, whole) for bound in _inner_bounds(values, k, scheme)]
    lowest = 0.0 if from_zero else _outward(values, -1)
    return [lowest, *(float(bound) for bound in np.unique(inner)), _outward(values, 1)]


def _inner_bounds(
    values: np.ndarray,
    k: int,
    scheme: Scheme,
) -> np.ndarray:
    """Ascending bounds between the classes of sorted `values`, each at least the lowest and below
    the highest value.
    """
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
        whisker = 1.5 * (high - low)
        inner = np.array([low - whisker, low, middle, high, high + whisker])
    else:
        inner = _head_tail(values)
    return np.unique(inner[(inner >= values[0]) & (inner < values[-1])])


def _head_tail(values: np.ndarray) -> np.ndarray:
    """The mean of the values, of those above it, and so on while the head is a minority."""
    means, head = [], values
    while head.size > 1 and np.ptp(head) > 0:
        mean = head.mean()
        means.append(mean)
        above = head[head > mean]
        if above.size > _HEAD * head.size:
            break
        head = above
    return np.array(means)


def _fisher(values: np.ndarray, k: int) -> np.ndarray:
    """The highest value of each class but the last, with the least sum of squares within classes,
    exactly.
    """
    levels, counts = np.unique(values, return_counts=True)
    if len(levels) > _MOST_LEVELS:
        raise OptionError(
            "scheme",
            expected=f"another than 'fisher' for more than {_MOST_LEVELS} different values",
            got=f"{len(levels)} values",
            remedy="Use scheme='quantiles', or round the values.",
        )
    cost = _within_squares(levels - values.mean(), counts)
    # best[j]: least squares of the levels up to j in as many classes as were made so far
    best, first_levels = cost[0], []
    for _ in range(1, min(k, len(levels))):
        before = np.concatenate([[np.inf], best[:-1]])
        # total[i, j]: the last class holds the levels i to j
        total = before[:, None] + cost
        first_levels.append(total.argmin(axis=0))
        best = total.min(axis=0)
    # back from the last class to the first
    ends, last = [], len(levels) - 1
    for first in reversed(first_levels):
        last = int(first[last]) - 1
        ends.append(levels[last])
    return np.array(ends[::-1])


def _within_squares(levels: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Sum of squares about the mean of a class of the levels i to j, (L, L); infinite where j is
    below i.
    """
    sums = []
    for power in (0, 1, 2):
        cumulated = np.concatenate([[0.0], np.cumsum(counts * levels**power)])
        sums.append(cumulated[None, 1:] - cumulated[:-1, None])
    n, total, squares = sums
    size = np.where(n > 0, n, 1.0)
    return np.where(n > 0, squares - total**2 / size, np.inf)


def _roundest(
    values: np.ndarray,
    bound: float,
    slack: float,
    whole: bool,
) -> float:
    """The number with the fewest decimals that parts the sorted `values` as `bound` does, `slack`
    away at most.

    Without a limit it is sought halfway between the two values that it parts. Whole numbers part
    whole numbers.
    """
    index = int(np.searchsorted(values, bound, side="right"))
    below, above = float(values[index - 1]), float(values[index])
    target = bound if np.isfinite(slack) else (below + above) / 2
    if whole:
        target = float(np.floor(target))
    for decimals in _candidate_decimals(values):
        rounded = float(np.round(target, decimals))
        if below <= rounded < above and abs(rounded - target) <= slack:
            return rounded
    return float(bound)


def _outward(values: np.ndarray, side: int) -> float:
    """The roundest number at the lower (-1) or upper (1) end of the sorted `values` that leaves
    none outside.
    """
    end = float(values[-1 if side > 0 else 0])
    slack = _SLACK * float(np.ptp(values))
    for decimals in _candidate_decimals(values):
        rounded = float(np.round(end, decimals))
        if side * (rounded - end) < 0:
            # rounding went inward: one step out
            rounded = float(np.round(rounded + side * 10.0**-decimals, decimals))
        if 0 <= side * (rounded - end) <= slack:
            return rounded
    return end


def _candidate_decimals(values: np.ndarray) -> Iterable[int]:
    """From none of the digits of the largest number to all of them."""
    size = float(np.abs(values[[0, -1]]).max())
    first = -int(np.floor(np.log10(size))) - 1 if size > 0 else 0
    return range(first, first + 18)
