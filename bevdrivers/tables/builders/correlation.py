"""The table of correlations: the lower triangle, with stars and p-values where they are known."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from ...errors import InputError, first_five
from ...language.symbols import P
from ...options import Language, check_flag
from ...results import Result
from ..cells import Cell, number, starred
from ..layout import Heading, Row, Section
from ..table import Table
from .results import read_estimates
from .style import Style

PAIR = re.compile(r", (?![^()]*\))")  # the comma between two variables, not one within log(x, 2)
ROUNDING = 1e-9  # by which a correlation may lie outside its range


def correlation_table(
    correlations: pd.DataFrame | Result,
    p_values: pd.DataFrame | None = None,
    *,
    below: bool = False,
    labels: Mapping[str, str] | None = None,
    stars: Iterable[float] | None = (0.10, 0.05, 0.01),
    digits: int = 3,
    language: Language = "en",
    title: str = "",
    label: str = "",
) -> Table:
    """Correlations of variables, below the diagonal of ones; columns go by the numbers of the rows.

    Parameters
    ----------
    correlations : DataFrame of shape (K, K), or result
        The same labels on both axes, as ``frame.corr()`` gives; or what `correlations` returns,
        whose tidy frame has a row a pair, ``"x, z"``.
    p_values : DataFrame of shape (K, K), optional
        For the stars; a result brings its own.
    below : bool
        Whether p-values stand below the correlations.
    labels, stars, digits, language, title, label
        As in `regression_table`.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        For a frame that is not square with the same labels on both axes, values outside -1 and 1,
        or p-values of other variables.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"gdp": [1.0, 2.0, 3.0], "firms": [1.0, 2.0, 2.5]})
    >>> print(correlation_table(frame.corr()))
    | Variable  |   (1) |   (2) |
    | :-------- | ----: | ----: |
    | (1) gdp   | 1.000 |       |
    | (2) firms | 0.982 | 1.000 |
    """
    check_flag("below", below)
    style = Style.checked(
        "p_value",
        stars=stars,
        digits=digits,
        language=language,
        labels=labels,
    )
    if isinstance(correlations, pd.DataFrame):
        values = _square(correlations, "correlations")
    else:
        values, p_values = _from_pairs(correlations)
    _check_range(values)
    notes = []
    if p_values is None:
        # nothing is tested: no stars, and nothing to say of them
        style = replace(style, stars=())
        known = np.full(values.shape, np.nan)
    else:
        known = _p_values_of(values, p_values)
        if below:
            letters = style.words.say("{letter}-values", letter=P)
            notes.append(style.words.say("{first} in parentheses.", first=letters))
        notes.append(style.words.stars_note(style.stars))
    names = [str(name) for name in values.index]
    rows = []
    for index, name in enumerate(names):
        above = _correlation_cells(index, values.to_numpy()[index], known[index], style)
        beneath = _p_value_cells(index, known[index], style) if below else ()
        rows.append(Row(name, f"({index + 1}) {style.term(name)}", above, beneath))
    numbers = [f"({number})" for number in range(1, len(names) + 1)]
    return style.table(
        [Heading.of(numbers, label=style.words.say("Variable"))],
        [Section("correlations", tuple(rows), ruled=True)],
        notes=notes,
        title=title,
        label=label,
    )


def _square(frame: pd.DataFrame, argument: str) -> pd.DataFrame:
    """The frame in floats, which has to have the same labels on both axes."""
    if frame.empty or list(frame.index) != list(frame.columns):
        raise InputError(
            argument,
            expected="a square frame, the same labels on both axes",
            got=f"shape {frame.shape}",
            remedy="Pass what bd.correlations(panel, columns) returns, or a square frame.",
        )
    return frame.astype(float)


def _check_range(values: pd.DataFrame) -> None:
    if (values.abs() > 1 + ROUNDING).any(axis=None):
        largest = float(values.abs().to_numpy().max())
        raise InputError(
            "correlations",
            expected="values between -1 and 1",
            got=f"{largest:.4g}",
            remedy="Pass correlations, not covariances.",
        )


def _p_values_of(values: pd.DataFrame, p_values: pd.DataFrame) -> np.ndarray:
    """The p-values in the order of the correlations, (K, K)."""
    square = _square(p_values, "p_values")
    strange = set(values.index) ^ set(square.index)
    if strange:
        raise InputError(
            "p_values",
            expected="the variables of the correlations",
            got=first_five(sorted(strange, key=str)),
            remedy="Use the same labels in both frames.",
        )
    return square.loc[values.index, values.index].to_numpy()


def _from_pairs(result: Result) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Square frames of the pairs of a result; both halves, and ones on the diagonal."""
    pairs = {}
    for (_, term), estimate in read_estimates(result, "correlations").items():
        pair = tuple(PAIR.split(term))
        pairs[pair] = estimate
    strange = [", ".join(pair) for pair in pairs if len(pair) != 2]
    if strange:
        raise InputError(
            "correlations",
            expected='terms of two variables, such as "x, z"',
            got=first_five(strange),
            remedy="Pass what bd.correlations(panel, columns) returns.",
        )
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    values = np.full((len(names), len(names)), np.nan)
    p_values = values.copy()
    for (first, second), estimate in pairs.items():
        i = names.index(first)
        j = names.index(second)
        values[[i, j], [j, i]] = estimate.estimate
        p_values[[i, j], [j, i]] = estimate.p_value
    np.fill_diagonal(values, 1.0)
    return (
        pd.DataFrame(values, index=names, columns=names),
        pd.DataFrame(p_values, index=names, columns=names),
    )


def _correlation_cells(
    index: int,
    values: np.ndarray,
    p_values: np.ndarray,
    style: Style,
) -> tuple[Cell, ...]:
    """The correlations of a variable with those before it and itself, of the K that there are."""
    cells: list[Cell] = [""] * len(values)
    for other in range(index + 1):
        # the one on the diagonal is not tested
        p_value = math.nan if other == index else float(p_values[other])
        cells[other] = starred(float(values[other]), style.digits, p_value, style.stars)
    return tuple(cells)


def _p_value_cells(
    index: int,
    p_values: np.ndarray,
    style: Style,
) -> tuple[Cell, ...]:
    """The p-values of a variable with those before it, where they are known."""
    cells: list[Cell] = [""] * len(p_values)
    for other in range(index):
        p_value = float(p_values[other])
        if not math.isnan(p_value):
            cells[other] = number(p_value, style.digits, parentheses=True, floor=True)
    return tuple(cells)
