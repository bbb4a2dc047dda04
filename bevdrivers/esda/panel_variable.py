"""What a request reads of a panel: the variable, by period or by stage, and the checks that all
requests share.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError, OptionError, first_five

if TYPE_CHECKING:
    from ..panel import Panel

# name of a stage, its first and its last period
Stage = tuple[str, int, int]


def frozen_stages(stages: Any) -> tuple[Stage, ...] | None:
    """`stages` as given, {"name": (first, last)} or [(first, last)], as a tuple that hashes."""
    if stages is None:
        return None
    given = stages.items() if isinstance(stages, Mapping) else stages
    try:
        rows = [row if len(row) == 3 else (f"{row[0]}-{row[1]}", *row) for row in map(_flat, given)]
        frozen = tuple((str(name), int(first), int(last)) for name, first, last in rows)
    except (TypeError, ValueError):
        frozen = ()
    if (
        not frozen
        or any(first > last for _, first, last in frozen)
        or len({name for name, *_ in frozen}) < len(frozen)
    ):
        raise OptionError(
            "stages",
            expected=(
                "differently named spans of periods such as {'early': (2011, 2015), 'late': "
                "(2016, 2020)}"
            ),
            got=repr(stages),
            remedy=("Give each span a name of its own and write its first year before its last."),
        )
    return frozen


def _flat(row: Any) -> tuple[Any, ...]:
    """("name", (first, last)) as ("name", first, last); others as they are."""
    return (row[0], *row[1]) if len(row) == 2 and isinstance(row[1], (tuple, list)) else tuple(row)


def read_variable(
    panel: Panel,
    variable: str,
    stages: tuple[Stage, ...] | None,
) -> tuple[list[Any], np.ndarray]:
    """Labels of the periods (or stages) and the variable as (T, N); a stage's value is the mean
    over its periods.
    """
    values = panel.evaluate(variable, "variable")
    if values.shape[1] < 4:
        raise DataError(
            "panel",
            expected="at least 4 units",
            got=str(values.shape[1]),
            remedy="Use a panel with more units: its moments need four.",
        )
    if stages is None:
        return list(panel.periods), values
    periods = np.array(panel.periods)
    inside = [(periods >= first) & (periods <= last) for _, first, last in stages]
    empty = [name for (name, *_), rows in zip(stages, inside, strict=True) if not rows.any()]
    if empty:
        got = f"none in {first_five(empty)}"
        raise DataError(
            "stages",
            expected=f"periods of the panel, {periods[0]}-{periods[-1]}",
            got=got,
            remedy="Choose stages inside them.",
        )
    return [name for name, *_ in stages], np.array([values[rows].mean(axis=0) for rows in inside])


def check_varies(
    values: np.ndarray,
    labels: list[Any],
    name: str = "variable",
) -> None:
    """Refuse a period in which all units have one value."""
    flat = np.flatnonzero(np.ptp(values, axis=1) == 0)
    if len(flat):
        raise DataError(
            name,
            expected="values that differ between units in every period",
            got=f"one value for all in {first_five([labels[t] for t in flat])}",
            remedy="Leave these periods out with panel.select(periods=...).",
        )


def deviations(values: np.ndarray) -> np.ndarray:
    """Deviations from the period's mean, (T, N)."""
    away: np.ndarray = values - values.mean(axis=1, keepdims=True)
    return away
