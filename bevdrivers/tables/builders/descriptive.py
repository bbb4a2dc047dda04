"""The table of descriptive statistics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ...errors import InputError
from ...language.labels import DESCRIPTIVES
from ...language.symbols import DASH, N
from ...options import Language
from ..cells import Cell, enough_digits, number
from ..layout import Heading, Row, Section, Span
from ..table import Table
from .style import Style


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
        Indexed by variable, with columns such as N, mean, std, min, median, max. Counts and columns
        of integers are shown without decimals, texts as they are, what is missing as a dash.
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
    _check_frame(frame)
    style = Style.checked(
        stars=None,
        digits=digits,
        language=language,
        labels=labels,
    )
    names = [str(name) for name in frame.columns]
    spans = []
    for name in names:
        text = style.label(name, DESCRIPTIVES.get(name, name))
        spans.append(Span(text, key=name))
    heading = Heading(style.words.say("Variable"), tuple(spans))
    decimals = []
    for index, name in enumerate(names):
        decimals.append(_decimals(frame.iloc[:, index], name, style.digits))
    rows = []
    for variable, *values in frame.itertuples(name=None):
        cells = tuple(_cell(*pair) for pair in zip(values, decimals, strict=True))
        rows.append(Row(str(variable), style.term(str(variable)), cells))
    section = Section("statistics", tuple(rows), ruled=True)
    return style.table([heading], [section], title=title, label=label)


def _check_frame(frame: object) -> None:
    expected = "a frame of statistics indexed by variable"
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            "frame",
            expected=expected,
            got=f"a {type(frame).__name__}",
            remedy="Pass panel.describe() or a frame of numbers.",
        )
    if frame.empty:
        raise InputError(
            "frame",
            expected=expected,
            got="an empty frame",
            remedy="Describe at least one column.",
        )


def _decimals(
    column: pd.Series,
    name: str,
    digits: int,
) -> int:
    """None for counts and whole numbers."""
    is_count = DESCRIPTIVES.get(name) == N
    if is_count or pd.api.types.is_integer_dtype(column):
        return 0
    return digits


def _cell(value: Any, digits: int) -> Cell:
    """A statistic; a text as it is, a dash where it is missing."""
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return DASH
    return number(float(value), enough_digits(float(value), digits))
