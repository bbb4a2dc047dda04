"""Classes hold every value exactly once, and their labels say which."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from bevdrivers import OptionError
from bevdrivers.figures.maps.classes import Classes, make_classes, significant

MAPCLASSIFY = json.loads(
    (Path(__file__).parents[1] / "reference/classes/mapclassify.json").read_text()
)
SAMPLES = {
    "lognormal": np.random.default_rng(1).lognormal(size=200),
    "negative": np.random.default_rng(2).normal(size=50),
    "tiny": np.random.default_rng(3).normal(size=31) * 1e-9,
    "large": np.random.default_rng(4).lognormal(11, 1, size=31),
    "offset": 1e6 + np.random.default_rng(9).random(40),
    "counts": np.random.default_rng(5).poisson(3, size=100).astype(float),
    "zeros": np.where(
        np.random.default_rng(6).random(60) < 0.5, 0.0, np.random.default_rng(7).random(60)
    ),
    "ties": np.array([1.0] * 10 + [2.0] + [3.0] * 10),
    "two": np.array([1.5, 2.5]),
    "constant": np.full(7, 3.25),
    "zero": np.zeros(4),
    "one": np.array([-4.0]),
}


def holds(classes: Classes, value: float) -> list[int]:
    """The classes that hold `value`, by the definition of the intervals."""
    members = [0] if classes.zero and value == 0 else []
    if classes.zero and value == 0:
        return members
    for i, (low, high) in enumerate(itertools.pairwise(classes.bounds)):
        closed = i == 0 and not classes.zero
        # where the lowest class is the lowest value alone, both of its ends are that value
        if (low <= value <= high) if closed else (low < value <= high):
            members.append(i + classes.zero)
    return members


@pytest.mark.parametrize("scheme", ["quantiles", "equal", "fisher"])
@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("k", [1, 2, 5, 9])
def test_every_value_is_in_exactly_one_class(name: str, scheme: str, k: int) -> None:
    values = SAMPLES[name]
    classes = make_classes(values, k=k, scheme=scheme)  # type: ignore[arg-type]
    placed = classes.classify(values)
    assert [holds(classes, v) for v in values] == [[c] for c in placed]
    assert 1 <= len(classes) <= k
    assert len(set(classes.labels)) == len(classes.labels) == len(classes)
    if scheme != "equal":
        assert set(placed) == set(range(len(classes)))  # no empty class


@pytest.mark.parametrize("scheme", ["std_mean", "box", "headtails"])
@pytest.mark.parametrize("name", SAMPLES)
def test_schemes_that_find_their_number_hold_every_value_once(name: str, scheme: str) -> None:
    values = SAMPLES[name]
    classes = make_classes(values, scheme=scheme)  # type: ignore[arg-type]
    assert [holds(classes, v) for v in values] == [[c] for c in classes.classify(values)]
    assert len(set(classes.labels)) == len(classes)


@pytest.mark.parametrize("scheme", ["std_mean", "box", "headtails", "fisher"])
def test_classes_are_those_of_mapclassify(scheme: str) -> None:
    """The same values together, and bounds that mean something within half a percent of the
    range.
    """
    values, theirs = np.array(MAPCLASSIFY["values"]), np.array(MAPCLASSIFY[scheme])
    classes = make_classes(values, k=4, scheme=scheme)  # type: ignore[arg-type]
    placed = np.searchsorted(theirs, values)
    assert np.array_equal(
        np.unique(placed, return_inverse=True)[1],
        np.unique(classes.classify(values), return_inverse=True)[1],
    )
    if scheme != "fisher":
        inner = theirs[(theirs > values.min()) & (theirs < values.max())]
        assert classes.bounds[1:-1] == pytest.approx(inner, abs=0.005 * np.ptp(values))


def test_head_tail_breaks_end_where_the_head_is_no_minority() -> None:
    """Mean 3.625: a head of 1 in 4. Of 1.25 to 4.75 the head is one half: one bound, and no
    more.
    """
    heavy = make_classes(np.array([1.5, 1.5, 1.5, 10.0]), scheme="headtails")
    assert heavy.bounds[1:-1] == pytest.approx([3.625], abs=0.005 * 8.5)
    assert len(make_classes(np.array([1.25, 2.5, 3.5, 4.75]), scheme="headtails")) == 2


def test_quantiles_have_equal_counts_without_ties() -> None:
    values = np.random.default_rng(8).permutation(100) + 0.5
    placed = make_classes(values, k=5).classify(values)
    assert np.bincount(placed).tolist() == [20] * 5


def test_quantile_classes_agree_with_numpy() -> None:
    values = SAMPLES["lognormal"]
    expected = np.searchsorted(np.quantile(values, [0.25, 0.5, 0.75]), values, side="left")
    assert np.array_equal(make_classes(values, k=4).classify(values), expected)


def test_equal_intervals_are_of_one_width() -> None:
    values = SAMPLES["lognormal"]
    widths = np.diff(make_classes(values, k=4, scheme="equal").bounds)
    # bounds are rounded by up to 0.5 % of the range, a quarter of which is a class
    assert np.ptp(widths) <= 0.02 * np.ptp(values)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_fisher_has_the_least_squares_of_all_partitions(k: int) -> None:
    values = np.sort(np.random.default_rng(k).lognormal(size=11))

    def squares(cuts: tuple[int, ...]) -> float:
        return sum(float(np.sum((part - part.mean()) ** 2)) for part in np.split(values, cuts))

    least = min(squares(cuts) for cuts in itertools.combinations(range(1, 11), k - 1))
    placed = make_classes(values, k=k, scheme="fisher").classify(values)
    cuts = tuple(int(cut) for cut in np.flatnonzero(np.diff(placed)) + 1)
    assert squares(cuts) == pytest.approx(least, rel=1e-9)


def test_bounds_are_round_and_whole_numbers_read_as_counts() -> None:
    assert make_classes(np.array([0.0, 1, 2, 3, 4, 5, 6, 7, 52]), k=3).labels == [
        "0–2",
        "3–5",
        "6–52",
    ]
    assert make_classes(np.array([0.0, 0, 0, 0, 1, 2, 3, 9]), k=3).labels == ["0", "1–2", "3–9"]
    assert make_classes(np.array([36_912.0, 51_333.0, 71_801.0, 175_222.5]), k=2).labels == [
        "36,900–60,000",
        "60,000–175,300",
    ]
    assert make_classes(np.full(5, 3.25)).labels == ["3.25"]
    assert make_classes(np.array([-0.5, -0.2, 0.1, 0.4]), k=2).labels == [
        "−0.5 to 0.0",
        "0.0 to 0.4",
    ]


def test_own_breaks_are_kept() -> None:
    classes = make_classes(np.array([0.2, 1.0, 1.5, 7.0]), breaks=[0, 1, 5, np.inf])
    assert classes.labels == ["0–1", "1–5", "> 5"]
    assert make_classes(np.array([1.0, 9.0]), breaks=[-np.inf, 2, 5, np.inf]).labels == [
        "≤ 2",
        "3–5",
        "≥ 6",
    ]
    assert make_classes(np.array([0.1, 0.9]), breaks=[0, 0.25, 1]).labels == [
        "0.00–0.25",
        "0.25–1.00",
    ]
    assert classes.classify(np.array([0.2, 1.0, 1.5, 7.0, np.nan])).tolist() == [0, 0, 1, 2, -1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"breaks": [0, 5]}, ["breaks", "2 values outside", "6.0", "-inf"]),
        ({"breaks": [5, 1]}, ["ascending"]),
        ({"k": 0}, ["k", "1 or more"]),
        ({"k": 2.5}, ["k", "2.5"]),
        ({"scheme": "jenks"}, ["scheme", "quantiles", "fisher"]),
    ],
)
def test_errors_name_the_option(options: dict, words: list[str]) -> None:
    with pytest.raises(OptionError) as caught:
        make_classes(np.array([1.0, 6.0, 7.0]), **options)
    assert all(word in str(caught.value) for word in words)


def test_natural_breaks_of_very_many_values_are_refused() -> None:
    with pytest.raises(OptionError, match="quantiles"):
        make_classes(np.arange(5000) / 3, scheme="fisher")


def test_negative_values_have_no_zero_class() -> None:
    with pytest.raises(OptionError, match="zero_class"):
        make_classes(np.array([-1.0, 0.0, 1.0]), zero_class=True)
    assert not make_classes(np.array([-1.0, 0.0, 0.0, 0.0, 1.0])).zero


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1234567.8, "1,234,568"),
        (-12.3456, "−12.3"),
        (0.00045678, "0.000457"),
        (99.96, "100"),
        (0, "0"),
    ],
)
def test_three_significant_digits(value: float, shown: str) -> None:
    assert significant(value, 3) == shown
