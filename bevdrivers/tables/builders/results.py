"""What the builders read of a result: its estimates by component and term, and the facts of its
one-row frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...errors import InputError, first_five
from ...results import TIDY_COLUMNS, Result, two_sided_p


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

    @property
    def is_fixed(self) -> bool:
        """Whether the model fixes the value: a standard error of zero."""
        return self.std_error == 0

    @property
    def is_tested(self) -> bool:
        """Whether there is a p-value."""
        return not math.isnan(self.p_value)


Estimates = Mapping[tuple[str, str], Estimate]
Facts = Mapping[str, Any]

LEAST_SQUARES = ("NonSpatial", "SpatialLagX")  # models with t statistics


class KnownFacts(dict[str, Any]):
    """A mapping whose unknown names are empty texts."""

    def __missing__(self, name: str) -> str:
        return ""


def as_list(
    results: Any,
    argument: str,
    *,
    gaps: bool = False,
) -> list[Any]:
    """`results` as a list, a single one included; each must have `tidy` and `glance`, or be None if
    `gaps`.
    """
    listed = [results] if isinstance(results, Result) else list(results)
    strangers = []
    for item in listed:
        allowed_gap = gaps and item is None
        if not allowed_gap and not isinstance(item, Result):
            strangers.append(type(item).__name__)
    if strangers:
        raise InputError(
            argument,
            expected="results with tidy() and glance()",
            got=first_five(strangers),
            remedy="Pass fits, impacts or statistics of this package.",
        )
    if not listed:
        raise InputError(
            argument,
            expected="at least one result",
            got="none",
            remedy="Pass one result or more.",
        )
    return listed


def in_groups(results: Any, argument: str) -> tuple[dict[str, int], list[Any]]:
    """The headings of a mapping with the number of results under each, and all results in one
    list.
    """
    if not isinstance(results, Mapping):
        return {}, as_list(results, argument)
    widths, listed = {}, []
    for heading, group in results.items():
        of_group = as_list(group, argument)
        widths[str(heading)] = len(of_group)
        listed += of_group
    return widths, as_list(listed, argument)


def check_length(
    argument: str,
    values: Sequence[Any],
    other: str,
    length: int,
) -> None:
    """Raise `InputError` unless there is one of `values` for each of the `length` items of the
    argument `other`.
    """
    if len(values) != length:
        raise InputError(
            argument,
            expected=f"one for each of the {length} {other}",
            got=f"{len(values)}",
            remedy=(
                f"Give {argument} in the order of {other}, with None or '' where there is "
                "nothing to show."
            ),
        )


def read_estimates(result: Result, argument: str) -> Estimates:
    """The rows of `result.tidy()` by (component, term), in their order."""
    frame = result.tidy()
    missing = [column for column in TIDY_COLUMNS if column not in frame.columns]
    if missing:
        raise InputError(
            argument,
            expected=f"tidy frames with the columns {list(TIDY_COLUMNS)}",
            got=f"none of {missing}",
            remedy="Let tidy() return these columns.",
        )
    estimates: dict[tuple[str, str], Estimate] = {}
    rows = frame[list(TIDY_COLUMNS)].itertuples(index=False, name=None)
    for term, component, *values in rows:
        key = (str(component), str(term))
        if key in estimates:
            raise InputError(
                argument,
                expected="each term once a component",
                got=f"{key[1]!r} twice in {key[0]!r}",
                remedy="Leave one of them out, or put it into a group of its own.",
            )
        numbers = [float(value) for value in values]
        estimates[key] = Estimate(key[1], key[0], *numbers)
    return estimates


def read_facts(result: Result) -> Facts:
    """The one row of `result.glance()`; what is missing there reads as an empty text."""
    facts = KnownFacts()
    for name, value in result.glance().iloc[0].items():
        is_missing = value is None or value is pd.NaT
        facts[str(name)] = "" if is_missing else value
    return facts


def least_squares(facts: Facts) -> bool:
    """Whether the model was estimated by least squares: it has t statistics, and these are not those
    of maximum likelihood with few clusters.
    """
    return uses_t(facts) and str(facts["estimation"]) != "maximum likelihood"


def uses_t(facts: Facts) -> bool:
    """Whether the statistics are t statistics; impacts of elsewhere know it by their model."""
    if facts["statistic"]:
        return bool(facts["statistic"] == "t")
    return str(facts["model"]) in LEAST_SQUARES


def is_dynamic(facts: Facts) -> bool:
    """Whether the model has an outcome of the period before among its regressors."""
    return facts["dynamic"] not in ("", "none")


def in_order(sequences: Iterable[Sequence[str]]) -> list[str]:
    """All names of several sequences, each once; a new one stands before what follows it in its
    sequence, or last.
    """
    merged: list[str] = []
    for names in sequences:
        position = len(merged)
        for name in reversed(names):
            if name in merged:
                position = merged.index(name)
            else:
                merged.insert(position, name)
    return merged


def interval_level(estimates: Estimates, facts: Facts) -> float:
    """Coverage of the intervals: as stated by the result, or worked out from symmetric ones; else
    NaN.
    """
    if facts["level"] != "":
        return float(facts["level"])
    if facts["method"] == "simulated":
        return math.nan
    df = float(facts["df_resid"] or "nan") if uses_t(facts) else None
    for estimate in estimates.values():
        half_width = (estimate.conf_high - estimate.conf_low) / 2
        if estimate.std_error > 0 and not math.isnan(half_width):
            critical = np.array(half_width / estimate.std_error)
            return round(1 - float(two_sided_p(critical, df)), 4)
    return math.nan
