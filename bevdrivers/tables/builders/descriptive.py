"""The table of descriptive statistics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ...errors import InputError
from ...options import Language
from ..language.labels import DESCRIPTIVES, term_label
from ..language.symbols import DASH, N
from ..layout import Cell, Heading, Row, Section, Span, enough_digits, number
from ..table import Table
from .reading import Style


def descriptive_table(
    frame: pd.DataFrame,
    *,
    labels: Mapping[str, str] | None = None,
    digits: int = 3,
    language: Language = "en",
    title: str = "",
    label: str = "",
) -> Table:
    """Statistics of variables: one row a variable, one column a statistic.

    Parameters
    ----------
    frame : DataFrame
        Indexed by variable, with columns such as N, mean, std, min, median, max. Counts and columns of integers are
        shown without decimals, texts as they are, what is missing as a dash.
    labels : mapping, optional
        Variable or column -> label.
    digits : int
        Decimals.
    language : {"en", "zh"}
        Of the words that the package writes; labels and titles stay as given.
    title, label : str
        Caption, and name for cross-references.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        For something that is no frame, or an empty one.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"N": [434], "mean": [9.25]}, index=["gdp_pc"])
    >>> print(descriptive_table(frame, labels={"gdp_pc": "GDP per capita"}, digits=2))
    | Variable       | *N* | Mean |
    | :------------- | --: | ---: |
    | GDP per capita | 434 | 9.25 |
    """
    if not isinstance(frame, pd.DataFrame) or frame.empty:
        raise InputError("frame", expected="a frame of statistics indexed by variable", got=_described(frame))
    style, labels = Style.checked("std_error", None, digits, language), dict(labels or {})
    names = [str(name) for name in frame.columns]
    decimals = [_decimals(frame.iloc[:, place], name, style.digits) for place, name in enumerate(names)]
    rows = tuple(
        Row(str(variable), term_label(str(variable), labels), tuple(map(_cell, values, decimals)))
        for variable, *values in frame.itertuples(name=None)
    )
    words = style.words
    spans = tuple(Span(labels.get(name, words.say(DESCRIPTIVES.get(name, name))), key=name) for name in names)
    sections = (Section("statistics", rows, ruled=True),)
    head = Heading(words.say("Variable"), spans)
    return Table(headings=(head,), sections=sections, title=title, anchor=label, language=language)


def _described(frame: object) -> str:
    return "an empty frame" if isinstance(frame, pd.DataFrame) else f"a {type(frame).__name__}"


def _decimals(column: pd.Series, name: str, digits: int) -> int:
    return 0 if DESCRIPTIVES.get(name) == N or pd.api.types.is_integer_dtype(column) else digits


def _cell(value: Any, digits: int) -> Cell:
    if isinstance(value, str):
        return value
    return DASH if pd.isna(value) else _number(float(value), digits)


def _number(value: float, digits: int) -> Cell:
    return number(value, enough_digits(value, digits))
