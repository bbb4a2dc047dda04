"""The table of sensitivities: estimates with the strength of a driver that would overturn them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from ...errors import InputError
from ...language.labels import COMPONENT_NAMES
from ...language.symbols import MINUS, R_SQUARED, STUDENT_T
from ...language.words import Words
from ...options import Language
from ...results import Result
from ..cells import Cell, number
from ..layout import Heading, Row, Section
from ..table import Table
from . import notes
from .results import as_list, read_facts
from .style import Style

COLUMNS = (
    "Estimate",
    "Std. error",
    STUDENT_T,
    f"Partial {R_SQUARED} (%)",
    "Robustness (%)",
    "Of significance (%)",
)
WANTED = {"partial_r2", "robustness_value", "robustness_value_significant"}


def sensitivity_table(
    sensitivities: Result | Iterable[Result],
    *,
    labels: Mapping[str, str] | None = None,
    digits: int = 3,
    language: Language = "en",
    title: str = "",
    label: str = "",
) -> Table:
    """How strong a driver that was left out would have to be to overturn each estimate.

    The note gives the first benchmark of each term beside its last estimate, where there is one:
    the strength of a driver as strong as the benchmark, and the estimate that is left.

    Parameters
    ----------
    sensitivities : result or list of results
        Of `bevdrivers.sensitivity`, one for each term.
    labels : mapping, optional
        Term -> label.
    digits : int
        Decimals of estimates and standard errors; more where all would be zeros.
    language, title, label
        As in `regression_table`.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        Something that is no result of `sensitivity`, or results of several fits.
    """
    style = Style.checked(
        stars=None,
        digits=digits,
        language=language,
        labels=labels,
    )
    listed = as_list(sensitivities, "sensitivities")
    sections, benchmarks = [], []
    for each in listed:
        sections.append(_section(_frame_of(each), style))
        benchmarks += _benchmark(each, style)
    columns = [style.words.say(name) for name in COLUMNS]
    return style.table(
        [Heading.of(columns)],
        sections,
        notes=[*benchmarks, *_explanations(listed, style.words)],
        title=title,
        label=label,
    )


def _frame_of(result: Any) -> pd.DataFrame:
    frame: pd.DataFrame | None = result.tidy() if hasattr(result, "tidy") else None
    if frame is not None and set(frame.columns) >= WANTED:
        return frame
    raise InputError(
        "sensitivities",
        expected="results of sensitivity()",
        got=type(result).__name__,
        remedy='Pass what bd.sensitivity(fit, "x") returns, or a list of them.',
    )


def _section(frame: pd.DataFrame, style: Style) -> Section:
    """The estimates of a term, one a row."""
    term = str(frame["term"].iloc[0])
    rows = []
    for row in frame.to_dict("records"):
        component = str(row["component"])
        name = style.words.say(COMPONENT_NAMES[component])
        rows.append(Row(f"{component} {term}", name, _cells(row, style)))
    return Section(term, tuple(rows), style.term(term), ruled=True)


def _cells(row: Mapping[Any, Any], style: Style) -> tuple[Cell, ...]:
    shares = (row["partial_r2"], row["robustness_value"], row["robustness_value_significant"])
    return (
        style.number(row["estimate"]),
        style.number(row["std_error"]),
        number(row["statistic"], 2),
        *(number(100 * share, 1) for share in shares),
    )


def _explanations(results: list[Any], words: Words) -> list[str]:
    """What the columns are, and the sample."""
    facts = [read_facts(each) for each in results]
    q, level = float(facts[0]["q"]), float(facts[0]["level"])
    return [
        words.say(
            f"Partial {R_SQUARED}: share of what the other regressors leave of the outcome that the "
            "term explains."
        ),
        words.say(
            "Robustness: share of what is left of both the term and the outcome that a driver left "
            "out must explain to take the estimate to {left}; of significance: to make it "
            "insignificant at {level} % (0: it is so as it stands).",
            left=_left_in_words(q, words),
            level=f"{100 * (1 - level):.3g}",
        ),
        words.say(
            "Standard errors are those of least squares, spatial parameters at their estimates."
        ),
        notes.weights_note(facts[:1], words),
        notes.sample_note(facts[:1], words),
    ]


def _left_in_words(q: float, words: Words) -> str:
    if q == 1.0:
        return words.say("zero")
    return words.say("{share} % of itself", share=f"{100 * (1 - q):.3g}")


def _benchmark(result: Any, style: Style) -> list[str]:
    """The first benchmark beside the last estimate."""
    benchmarks = getattr(result, "benchmarks", None)
    if benchmarks is None or benchmarks.empty:
        return []
    last = benchmarks[benchmarks["component"] == benchmarks["component"].iloc[-1]]
    row = last.iloc[0]
    if pd.isna(row["estimate"]):
        return []
    return [
        style.words.say(
            "A driver {times} times as strong as {benchmark} explains at most {term_share} % of "
            "{term} and {outcome_share} % of the outcome, and leaves {estimate} of the last "
            "estimate (s.e. {error}).",
            times=f"{row['times']:g}",
            benchmark=style.term(str(row["benchmark"])),
            term=style.term(str(result.term)),
            term_share=f"{100 * row['r2_term']:.1f}",
            outcome_share=f"{100 * row['r2_outcome']:.1f}",
            estimate=f"{row['estimate']:.3g}".replace("-", MINUS),
            error=f"{row['std_error']:.3g}",
        )
    ]
