"""The table of robustness checks: the main specification, and a column for each choice that is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ...errors import InputError
from ...options import Language, Parentheses
from ...results import Result
from ..layout import Row, Section
from ..table import Table
from . import notes
from .results import Estimates, in_order, read_estimates, read_facts
from .rows import IMPACTS, column_headings
from .style import Style

NOTE = "Column (1) is the main specification; each other column changes one choice of it."


def robustness_table(
    departures: Result,
    *,
    labels: Mapping[str, str] | None = None,
    parentheses: Parentheses = "std_error",
    stars: Iterable[float] | None = (0.10, 0.05, 0.01),
    digits: int = 3,
    language: Language = "en",
    title: str = "",
    label: str = "",
) -> Table:
    """Direct, indirect and total impacts of the main specification and of those that change one
    choice: other weights, lagged regressors, another outcome, fewer units, winsorised data.

    Parameters
    ----------
    departures : result
        What `GridResult.departures()` returns: its tidy frame says in `axis` and `value` which
        choice a row belongs to.
    labels : mapping, optional
        Term, axis, value or component -> label: ``{"indirect": "Spillover", "weights": "Replace
        W"}``.
    parentheses, stars, digits, language, title, label
        As in `regression_table`.

    Returns
    -------
    Table
        A section a term.

    Raises
    ------
    InputError
        Something without such a frame, or without impacts.
    OptionError
        For an unknown `parentheses` or `language`.
    """
    style = Style.checked(
        parentheses,
        stars=stars,
        digits=digits,
        language=language,
        labels=labels,
    )
    columns = _columns(departures)
    estimates = [read_estimates(column, "departures") for column in columns]
    facts = [read_facts(departures)] * len(columns)
    titles = [style.label(column.value) if column.axis else "" for column in columns]
    return style.table(
        column_headings(_groups(columns, style), titles),
        _sections(estimates, style),
        notes=[
            style.words.say(NOTE),
            notes.parentheses_note(style, estimates, facts),
            style.words.stars_note(style.stars),
        ],
        title=title,
        label=label,
    )


@dataclass(frozen=True, eq=False)
class _Column:
    """A specification: what is changed, to what, and its estimates."""

    axis: str
    value: str
    frame: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        return self.frame

    def glance(self) -> pd.DataFrame:
        return pd.DataFrame([{}])


def _columns(departures: Result) -> list[_Column]:
    """The specifications with impacts, those of one axis beside each other.

    Raises
    ------
    InputError
    """
    frame = departures.tidy() if isinstance(departures, Result) else pd.DataFrame()
    if not {"axis", "value", "component"} <= set(frame.columns):
        raise InputError(
            "departures",
            expected="what GridResult.departures() returns",
            got=type(departures).__name__,
            remedy="Write bd.robustness_table(result.departures()).",
        )
    impacts = frame[frame["component"].isin(IMPACTS)]
    if impacts.empty:
        raise InputError(
            "departures",
            expected="impacts",
            got="coefficients alone",
            remedy="Use terms that share no variable, so that each has an impact of its own.",
        )
    grouped = impacts.groupby(["axis", "value"], sort=False)
    found = [_Column(str(axis), str(value), part) for (axis, value), part in grouped]
    axes = list(dict.fromkeys(column.axis for column in found))
    return sorted(found, key=lambda column: axes.index(column.axis))


def _groups(columns: Sequence[_Column], style: Style) -> dict[str, int]:
    """The headings over the columns: the main specification, then the choices."""
    widths: dict[str, int] = {}
    for column in columns:
        heading = style.words.say("Main")
        if column.axis:
            heading = style.label(column.axis, _AXES.get(column.axis))
        widths[heading] = widths.get(heading, 0) + 1
    return widths


# the axes that every grid may have, in the words of published tables
_AXES = {
    "weights": "Weights",
    "model": "Model",
    "outcome": "Outcome",
    "lag": "Regressors lagged",
    "sample": "Sample",
    "outliers": "Outliers",
}


def _sections(estimates: Sequence[Estimates], style: Style) -> list[Section]:
    """A section a term, with a row an impact."""
    terms = in_order([list(dict.fromkeys(term for _, term in one)) for one in estimates])
    sections = []
    for term in terms:
        rows = tuple(_row(component, term, estimates, style) for component in IMPACTS)
        sections.append(Section(term, rows, title=style.term(term), ruled=True))
    return sections


def _row(
    component: str,
    term: str,
    estimates: Sequence[Estimates],
    style: Style,
) -> Row:
    cells = [of_column.get((component, term)) for of_column in estimates]
    return Row(
        key=component,
        label=style.label(component, component.capitalize()),
        cells=tuple(style.above(cell) for cell in cells),
        below=tuple(style.below(cell) for cell in cells),
    )
