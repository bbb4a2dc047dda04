"""What the builders read of a result: its estimates by component and term, and the facts of its one-row frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...errors import InputError, first_five
from ...options import Language, Parentheses, check_option
from ...results import TIDY_COLUMNS, Result, two_sided_p
from ..language.words import Words
from ..layout import Cell, Interval, checked_levels, enough_digits, number, starred


@dataclass(frozen=True)
class Estimate:
    """One row of a tidy frame."""

    term: str
    component: str
    estimate: float
    std_error: float
    statistic: float
    p_value: float
    conf_low: float
    conf_high: float


Estimates = Mapping[tuple[str, str], Estimate]
Facts = Mapping[str, Any]

LEAST_SQUARES = {"NonSpatial": "t", "SpatialLagX": "t"}


def as_list(results: Any, argument: str, *, gaps: bool = False) -> list[Any]:
    """`results` as a list, a single one included; each must have `tidy` and `glance`, or be None if `gaps`."""
    listed = [results] if isinstance(results, Result) else list(results)
    strangers = [type(item).__name__ for item in listed if not (isinstance(item, Result) or (gaps and item is None))]
    if strangers:
        raise InputError(argument, expected="results with tidy() and glance()", got=first_five(strangers))
    if not listed:
        raise InputError(argument, expected="at least one result", got="none")
    return listed


def in_groups(results: Any, argument: str) -> tuple[dict[str, int], list[Any]]:
    """The headings of a mapping with the number of results under each, and all results in one list."""
    if not isinstance(results, Mapping):
        return {}, as_list(results, argument)
    listed = {str(head): as_list(group, argument) for head, group in results.items()}
    return {head: len(group) for head, group in listed.items()}, as_list(sum(listed.values(), []), argument)


def check_length(argument: str, values: Sequence[Any], other: str, length: int) -> None:
    """Raise `InputError` unless there is one of `values` for each of the `length` items of the argument `other`."""
    if len(values) != length:
        raise InputError(
            argument,
            expected=f"one for each of the {length} {other}",
            got=f"{len(values)}",
            remedy=f"Give {argument} in the order of {other}, with None or '' where there is nothing to show.",
        )


def read_estimates(result: Result, argument: str) -> Estimates:
    """The rows of `result.tidy()` by (component, term), in their order."""
    frame = result.tidy()
    missing = [column for column in TIDY_COLUMNS if column not in frame.columns]
    if missing:
        raise InputError(
            argument, expected=f"tidy frames with the columns {list(TIDY_COLUMNS)}", got=f"none of {missing}"
        )
    found: dict[tuple[str, str], Estimate] = {}
    for term, component, *values in frame[list(TIDY_COLUMNS)].itertuples(index=False, name=None):
        key = (str(component), str(term))
        if key in found:
            raise InputError(argument, expected="each term once a component", got=f"{key[1]!r} twice in {key[0]!r}")
        found[key] = Estimate(key[1], key[0], *(float(value) for value in values))
    return found


def read_facts(result: Result) -> Facts:
    """The one row of `result.glance()`; what is missing there reads as an empty text."""
    row = result.glance().iloc[0]
    return Known({str(name): "" if value is None or value is pd.NaT else value for name, value in row.items()})


class Known(dict[str, Any]):
    """A mapping whose unknown names are empty texts."""

    def __missing__(self, name: str) -> str:
        return ""


def least_squares(facts: Facts) -> bool:
    """Whether the model was estimated by least squares, with t statistics; impacts know it by their model."""
    return (facts["statistic"] or LEAST_SQUARES.get(str(facts["model"]), "z")) == "t"


def in_order(sequences: Iterable[Sequence[str]]) -> list[str]:
    """All names of several sequences, each once; a new one stands before what follows it in its sequence, or last."""
    merged: list[str] = []
    for names in sequences:
        place = len(merged)
        for name in reversed(names):
            if name in merged:
                place = merged.index(name)
            else:
                merged.insert(place, name)
    return merged


@dataclass(frozen=True)
class Style:
    """How estimates are shown: what stands below them, the levels of the stars, the decimals, the language."""

    parentheses: Parentheses = "std_error"
    stars: tuple[float, ...] = (0.10, 0.05, 0.01)
    digits: int = 3
    words: Words = Words()

    @classmethod
    def checked(
        cls, parentheses: Parentheses, stars: Iterable[float] | None, digits: int, language: Language = "en"
    ) -> Style:
        """A style of options that were checked; the levels go from the weakest to the strongest."""
        check_option("parentheses", parentheses, Parentheses)
        if not isinstance(digits, int) or isinstance(digits, bool) or digits < 0:
            raise InputError("digits", expected="a number of decimals, 0 or more", got=repr(digits))
        return cls(parentheses, checked_levels(stars), digits, Words.checked(language))

    def above(self, found: Estimate | None) -> Cell:
        """The estimate with its stars; nothing where the model has no such term."""
        if found is None:
            return ""
        return starred(found.estimate, self._decimals(found), found.p_value, self.stars)

    def below(self, found: Estimate | None) -> Cell:
        """What stands under the estimate; nothing where the model fixes it (a standard error of zero)."""
        if found is None or found.std_error == 0:
            return ""
        if self.parentheses == "conf_int":
            bounds = (found.conf_low, found.conf_high)
            return Interval(*bounds, self._decimals(found)) if all(bound == bound for bound in bounds) else ""
        value: float = getattr(found, self.parentheses)
        digits = self._decimals(found) if self.parentheses == "std_error" else self.digits
        shown = number(value, digits, parentheses=True, floor=self.parentheses == "p_value")
        return "" if isinstance(shown, str) else shown

    def _decimals(self, found: Estimate) -> int:
        """Decimals of an estimate and its standard error: more where the standard error would vanish."""
        return enough_digits(found.std_error if found.std_error > 0 else found.estimate, self.digits)


def interval_level(estimates: Estimates, facts: Facts) -> float:
    """Coverage of the intervals: as stated by the result, or worked out from symmetric ones; else NaN."""
    if facts["level"] != "":
        return float(facts["level"])
    if facts["method"] == "simulated":
        return float("nan")
    df = float(facts["df_resid"] or "nan") if least_squares(facts) else None
    for found in estimates.values():
        half = (found.conf_high - found.conf_low) / 2
        if found.std_error > 0 and half == half:
            return round(1 - float(two_sided_p(np.array(half / found.std_error), df)), 4)
    return float("nan")
