"""What figures read of a result: its tidy frame, and the coverage of the intervals in it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..errors import InputError, OptionError
from ..language.words import ENGLISH, Words
from ..results import TIDY_COLUMNS


def read_tidy(result: Any, level: float | None, argument: str) -> pd.DataFrame:
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
            expected=f"tidy() with columns {list(TIDY_COLUMNS)}",
            got=f"none of {absent}",
            remedy="Pass what fit() returned, or a frame with these columns.",
        )
    return frame


def check_level(level: float | None) -> None:
    """Refuse a coverage that is not between 0 and 1; None stands for intervals as they are."""
    if level is not None and not 0 < level < 1:
        raise OptionError(
            "level",
            expected="a coverage between 0 and 1, or None",
            got=repr(level),
            remedy="Write 0.95, for instance, or None for no intervals.",
        )


def interval_label(quantity: str, level: float | None, words: Words = ENGLISH) -> str:
    """The name of an axis with the coverage of the intervals: "Impact (95% interval)"."""
    named = words.said(quantity)
    if level is None:
        return named
    return words.say("{quantity} ({level:g}% interval)", quantity=named, level=100 * level)
