"""The table of correlations: the lower triangle, with stars and p-values where they are known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from ...errors import InputError, first_five
from ...options import Language
from ...results import Result
from ..language.labels import term_label
from ..language.symbols import P
from ..layout import Cell, Heading, Row, Section, Span, number, starred
from ..table import Table
from . import notes
from .reading import Style, read_estimates

PAIR = re.compile(r", (?![^()]*\))")  # the comma between two variables, not one within log(x, 2)


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
        The same labels on both axes, as ``frame.corr()`` gives; or what `correlations` returns, whose tidy frame has a
        row a pair, ``"x, z"``.
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
        For a frame that is not square with the same labels on both axes, values outside -1 and 1, or p-values of other
        variables.

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
    style, labels = Style.checked("p_value", stars, digits, language), dict(labels or {})
    if isinstance(correlations, pd.DataFrame):
        values, tested = _square(correlations, "correlations"), p_values
    else:
        values, tested = _from_pairs(correlations)
    if tested is not None:
        tested = _square(tested, "p_values")
        strange = sorted(set(values.index) ^ set(tested.index), key=str)
        if strange:
            raise InputError("p_values", expected="the variables of the correlations", got=first_five(strange))
        tested = tested.loc[values.index, values.index]
    if (values.abs() > 1 + 1e-9).any(axis=None):
        largest = float(values.abs().to_numpy().max())
        raise InputError("correlations", expected="values between -1 and 1", got=f"{largest:.4g}")
    names = [str(name) for name in values.index]
    known = np.full(values.shape, np.nan) if tested is None else tested.to_numpy()
    rows = tuple(
        Row(name, f"({k + 1}) {term_label(name, labels)}", *_cells(k, values.to_numpy()[k], known[k], style, below))
        for k, name in enumerate(names)
    )
    return Table(
        headings=(Heading(style.words.say("Variable"), tuple(Span(f"({k + 1})") for k in range(len(names)))),),
        sections=(Section("correlations", rows, ruled=True),),
        notes=() if tested is None else _notes(style, below=below),
        title=title,
        anchor=label,
        levels=() if tested is None else style.stars,
        language=language,
    )


def _square(frame: pd.DataFrame, argument: str) -> pd.DataFrame:
    if frame.empty or list(frame.index) != list(frame.columns):
        raise InputError(argument, expected="a square frame, the same labels on both axes", got=f"shape {frame.shape}")
    return frame.astype(float)


def _from_pairs(result: Result) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Square frames of the pairs of a result; both halves, and ones on the diagonal."""
    pairs = {tuple(PAIR.split(term)): pair for (_, term), pair in read_estimates(result, "correlations").items()}
    strange = [", ".join(pair) for pair in pairs if len(pair) != 2]
    if strange:
        raise InputError("correlations", expected='terms of two variables, such as "x, z"', got=first_five(strange))
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    values, tested = (pd.DataFrame(np.nan, index=names, columns=names) for _ in range(2))
    for (first, second), found in pairs.items():
        for row, column in ((first, second), (second, first)):
            values.loc[row, column], tested.loc[row, column] = found.estimate, found.p_value
    np.fill_diagonal(filled := values.to_numpy(copy=True), 1.0)
    return pd.DataFrame(filled, index=names, columns=names), tested


def _cells(
    diagonal: int, values: np.ndarray, p_values: np.ndarray, style: Style, below: bool
) -> tuple[tuple[Cell, ...], tuple[Cell, ...]]:
    """The correlations of a variable with those before it and itself, and what stands below them; (K,) each."""
    p_values = np.where(np.arange(len(values)) == diagonal, np.nan, p_values)[: diagonal + 1]
    shown: list[Cell] = [
        starred(float(value), style.digits, float(p_value), style.stars)
        for value, p_value in zip(values, p_values, strict=False)
    ]
    beneath: list[Cell] = [
        number(float(p_value), style.digits, parentheses=True, floor=True) if below and p_value == p_value else ""
        for p_value in p_values
    ]
    nothing = [""] * (len(values) - diagonal - 1)
    return (*shown, *nothing), (*beneath, *nothing)


def _notes(style: Style, *, below: bool) -> tuple[str, ...]:
    words = style.words
    under = words.say("{first} in parentheses.", first=words.say("{letter}-values", letter=P)) if below else ""
    return notes.said([under, notes.stars_note(style.stars, words)])
