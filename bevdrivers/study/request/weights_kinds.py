"""The kinds of weights that a study file can name: the recipe of each, and the keys that it takes.

To add a kind, add its recipe to `KINDS` and its keys to the template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args

from ...options import CovariatePeriod, FlowRows, KernelShape, NestedBy, RatioTo
from ...weights import (
    Blocks,
    DistanceBand,
    EconomicDistance,
    EconomicGeographic,
    Exponential,
    FromFile,
    FromFlows,
    HigherOrder,
    InverseDistance,
    Kernel,
    KNearest,
    Nested,
    Queen,
    Rook,
)
from ...weights.recipe import Recipe
from .section import Section, kept

# a section and a key of it -> the value, or None where the file does not give the key
Reader = Callable[[Section, str], Any]


def _positive(section: Section, key: str) -> float | None:
    return section.number(key, None, above=0)


def _some_number(section: Section, key: str) -> float | None:
    return section.number(key, None, above=float("-inf"))


def _needed_number(section: Section, key: str) -> float:
    if not section.has(key):
        section.refuse(key, "a number above 0", "no such key", f"Add {key} = ...")
    return section.number(key, None, above=0) or 0.0


def _whole(at_least: int) -> Reader:
    def read(section: Section, key: str) -> int | None:
        return section.whole(key, at_least, at_least=at_least) if section.has(key) else None

    return read


def _flag(section: Section, key: str) -> bool | None:
    return section.flag(key, False) if section.has(key) else None


def _word(words: Any) -> Reader:
    """One word out of those of an option."""

    def read(section: Section, key: str) -> str | None:
        return section.choice(key, get_args(words), "") if section.has(key) else None

    return read


def _text(section: Section, key: str) -> str | None:
    return section.text(key)


def _needed_text(expected: str) -> Reader:
    return lambda section, key: section.required(key, expected)


def _needed_path(expected: str) -> Reader:
    return lambda section, key: section.required_path(key, expected)


def _years(section: Section, key: str) -> tuple[int, ...] | None:
    return section.some_years(key)


@kept
def _points(section: Section, key: str) -> str | tuple[str, str] | None:
    """Where a unit is: the centroid of its polygon, or two columns of longitude and latitude."""
    expected = '"centroid" or two columns, such as ["lon", "lat"]'
    value = section.take(key, (str, list), expected, "centroid")
    if value == "centroid":
        return "centroid"
    if isinstance(value, list) and len(value) == 2 and all(isinstance(one, str) for one in value):
        return value[0], value[1]
    raise section.error(key, expected, value)


@kept
def _threshold(section: Section, key: str) -> float | str | None:
    """A distance, or the smallest one that leaves no unit without a neighbour."""
    if section.take(key, (int, float, str), 'a number above 0 or "smallest"', None) == "smallest":
        return "smallest"
    return section.number(key, None, above=0)


@kept
def _other_weights(section: Section, key: str) -> Section | None:
    """Weights inside others, as a table with a kind of its own."""
    expected = 'a table of weights, such as { kind = "inverse-distance" }'
    value = section.take(key, dict, expected, None)
    if value is None:
        section.refuse(key, expected, "no such key", f'Add {key} = {{ kind = "..." }}.')
        return None
    return Section.of(section.file, f"{section.name}.{key}", value, section.faults)


@dataclass(frozen=True)
class Kind:
    """What makes weights of a kind, and how each of its keys is read.

    The keys are called like the options of the recipe; ``file`` is a path.
    """

    recipe: type[Recipe]
    keys: Mapping[str, Reader]

    def default(self, key: str) -> Any:
        """What the recipe takes where the file does not say it."""
        defaults = {field.name: field.default for field in fields(self.recipe)}
        return defaults.get(key)


_COLUMN = _needed_text("a column of the data or the map")
_DISTANCE: Mapping[str, Reader] = {"cutoff_km": _positive, "points": _points}
_COVARIATE: Mapping[str, Reader] = {
    "column": _COLUMN,
    "period": _word(CovariatePeriod),
    "years": _years,
}
FROM_FILE = "file"
KINDS: Mapping[str, Kind] = {
    "queen": Kind(Queen, {"tolerance_km": _positive}),
    "rook": Kind(Rook, {"tolerance_km": _positive, "min_border_km": _positive}),
    "higher-order": Kind(
        HigherOrder,
        {
            "base": _other_weights,
            "order": _whole(2),
            "lower": _flag,
        },
    ),
    "knearest": Kind(KNearest, {"k": _whole(1), "points": _points}),
    "distance-band": Kind(DistanceBand, {"threshold_km": _threshold, "points": _points}),
    "inverse-distance": Kind(
        InverseDistance,
        {
            "power": _positive,
            "least_km": _positive,
            **_DISTANCE,
        },
    ),
    "exponential": Kind(Exponential, {"decay": _needed_number, **_DISTANCE}),
    "kernel": Kind(
        Kernel,
        {
            "k": _whole(1),
            "kernel": _word(KernelShape),
            "adaptive": _flag,
            "points": _points,
        },
    ),
    "economic": Kind(EconomicDistance, _COVARIATE),
    "economic-geographic": Kind(
        EconomicGeographic,
        {
            "geographic": _other_weights,
            **_COVARIATE,
            "relative_to": _word(RatioTo),
        },
    ),
    "nested": Kind(
        Nested,
        {
            "geographic": _other_weights,
            "economic": _other_weights,
            "by": _word(NestedBy),
            "share": _positive,
        },
    ),
    "blocks": Kind(Blocks, {"region": _COLUMN}),
    "flows": Kind(
        FromFlows,
        {
            "file": _needed_path("a CSV file with a row a flow"),
            "origin": _needed_text("the column of the origins"),
            "destination": _needed_text("the column of the destinations"),
            "flow": _text,
            "rows": _word(FlowRows),
            "power": _some_number,
            "time": _text,
        },
    ),
    FROM_FILE: Kind(FromFile, {"file": _needed_path("a file with the weights")}),
}
# every key that some kinds take and others do not, in the order in which they are checked
KEYS_OF_KINDS = tuple(dict.fromkeys(key for kind in KINDS.values() for key in kind.keys))
