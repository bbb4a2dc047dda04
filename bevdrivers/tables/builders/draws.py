"""The table of a placebo or of a resampling: estimates beside what the draws say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ...errors import InputError
from ...language.labels import COMPONENT_NAMES
from ...language.symbols import P
from ...language.words import Words
from ...options import Language
from ...results import Result, as_sentence
from ..cells import Cell, number
from ..layout import Heading, Row, Section
from ..table import Table
from . import notes
from .results import read_facts
from .style import Style

# the columns of the tidy frame, and their headings
OF_PLACEBO = {
    "estimate": "Estimate",
    "draws_mean": "Mean of draws",
    "draws_low": "Draws, 2.5 %",
    "draws_high": "Draws, 97.5 %",
    "p_value": f"{P}-value",
}
OF_RESAMPLES = {
    "estimate": "Estimate",
    "bias": "Bias",
    "std_error": "Std. error",
    "conf_low": "95 % interval, from",
    "conf_high": "To",
    "p_value": f"{P}-value",
}


def draws_table(
    result: Result,
    *,
    labels: Mapping[str, str] | None = None,
    digits: int = 3,
    language: Language = "en",
    title: str = "",
    label: str = "",
) -> Table:
    """Estimates beside what a placebo or a resampling makes of them.

    Of a placebo: the mean of the draws, the ends of their middle 95 % and the exact p-value. Of a
    resampling: bias, standard error, interval and p-value.

    Parameters
    ----------
    result : Placebo or Resampling
        What `bevdrivers.placebo` or `bevdrivers.resample` returned.
    labels : mapping, optional
        Term -> label.
    digits : int
        Decimals of estimates; more where all would be zeros.
    language, title, label
        As in `regression_table`.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        Something else than such a result.
    """
    style = Style.checked(stars=None, digits=digits, language=language, labels=labels)
    frame = _frame_of(result)
    shown = OF_PLACEBO if "draws_low" in frame else OF_RESAMPLES
    sections = []
    for component, part in frame.groupby("component", sort=False):
        heading = style.words.say(COMPONENT_NAMES[str(component)])
        rows = tuple(_row(row, list(shown), style) for row in part.to_dict("records"))
        sections.append(Section(str(component), rows, heading, ruled=True))
    facts = read_facts(result)
    return style.table(
        [Heading.of([_heading(name, style.words) for name in shown.values()])],
        sections,
        notes=[
            _how(result, facts, style.words),
            notes.weights_note([facts], style.words),
            notes.sample_note([facts], style.words),
        ],
        title=title,
        label=label,
    )


def _frame_of(result: Any) -> pd.DataFrame:
    frame: pd.DataFrame | None = result.tidy() if hasattr(result, "refits") else None
    if frame is None:
        raise InputError(
            "result",
            expected="what placebo() or resample() returned",
            got=type(result).__name__,
            remedy='Pass bd.placebo(fit, "weight-labels"), for instance.',
        )
    return frame


def _heading(name: str, words: Words) -> str:
    if name == f"{P}-value":
        return words.say("{letter}-value", letter=P)
    return words.say(name)


def _row(row: Mapping[Any, Any], columns: list[str], style: Style) -> Row:
    """A quantity; its spatial lag goes by the name of the term."""
    term = str(row["term"])
    name = term.removeprefix("W_") if row["component"] == "wx" else term
    cells = tuple(_cell(column, float(row[column]), style) for column in columns)
    return Row(f"{row['component']} {term}", style.term(name), cells)


def _cell(column: str, value: float, style: Style) -> Cell:
    if column == "p_value":
        return number(value, 3, floor=True)
    return style.number(value)


def _how(result: Any, facts: Mapping[str, Any], words: Words) -> str:
    """What was drawn, and how often."""
    text = "{how}, {count} draws."
    return words.say(text, how=words.said(as_sentence(result.title)), count=f"{facts['draws']:,}")
