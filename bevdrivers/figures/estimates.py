"""What figures read of a result: its tidy frame, and the coverage of the intervals in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ..errors import InputError, OptionError, first_five, suggestion
from ..language.words import ENGLISH, Words
from ..options import real_number
from ..results import TIDY_COLUMNS


def read_tidy(
    result: Any,
    level: float | None,
    argument: str,
) -> pd.DataFrame:
    """The frame that `result.tidy(level=level)` gives, or `result.tidy()` where `level` is None.

    Raises
    ------
    InputError
        For something without `tidy()`, or whose frame lacks columns that every result has.
    """
    if not hasattr(result, "tidy"):
        raise InputError(
            argument,
            expected="a result with tidy()",
            got=type(result).__name__,
            remedy="Pass what fit() returned.",
        )
    check_level(level)
    frame: pd.DataFrame = result.tidy() if level is None else result.tidy(level=level)
    absent = [column for column in TIDY_COLUMNS if column not in frame.columns]
    if absent:
        raise InputError(
            argument,
            expected=f"a result whose tidy() has the columns {list(TIDY_COLUMNS)}",
            got=f"one without {absent}",
            remedy="Pass what fit() returned, or add these columns to what tidy() returns.",
        )
    return frame


def described(given: Any) -> str:
    """What came in place of a result or a frame, for a message: the columns of a frame, else the
    type.
    """
    if isinstance(given, pd.DataFrame):
        return f"a frame with the columns {first_five(given.columns)}"
    return type(given).__name__


def check_level(level: float | None) -> None:
    """Refuse a coverage that is not between 0 and 1; None stands for intervals as they are."""
    if level is not None:
        expected = "the coverage of the intervals, between 0 and 1"
        real_number(
            "level",
            level,
            above=0,
            below=1,
            expected=expected,
        )


def check_chosen(
    argument: str,
    chosen: Sequence[Any],
    available: Sequence[Any],
) -> None:
    """Refuse a choice of nothing, or of what is not among the names that are `available`."""
    if isinstance(chosen, str):
        raise OptionError(
            argument,
            expected="a list of names",
            got=repr(chosen),
            remedy=f"Write {argument}=[{chosen!r}].",
        )
    absent = [name for name in chosen if name not in available]
    if absent:
        raise OptionError(
            argument,
            expected=f"some of {first_five(available)}",
            got=first_five(absent),
            remedy=suggestion(absent[0], available),
        )
    if not len(chosen):
        raise OptionError(
            argument,
            expected=f"some of {first_five(available)}",
            got="an empty list",
            remedy=f"Name at least one of them, or leave {argument} out.",
        )


def interval_label(
    quantity: str,
    level: float | None,
    words: Words = ENGLISH,
) -> str:
    """The name of an axis with the coverage of the intervals: "Impact (95% interval)"."""
    named = words.said(quantity)
    if level is None:
        return named
    return words.say("{quantity} ({level:g}% interval)", quantity=named, level=100 * level)
