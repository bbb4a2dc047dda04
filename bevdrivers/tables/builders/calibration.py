"""The table of a calibration: parameters and impacts in rows, measures side by side under their estimators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from ...errors import InputError, OptionError
from ...options import Language
from ...results import Result
from ..language.labels import lag_label, term_label
from ..language.symbols import DASH, W
from ..language.words import Words
from ..layout import Cell, Heading, Row, Section, Span, enough_digits, number
from ..table import Table
from . import notes
from .reading import read_facts
from .regression import CORRECTION_NAMES

MEASURES = {
    "bias": "Bias",
    "rmse": "RMSE",
    "coverage": "Coverage (%)",
    "size": "Size (%)",
    "power": "Power (%)",
}
SHARES = ("coverage", "size", "power")
ESTIMATORS = {**CORRECTION_NAMES, "direct": "Direct ML"}
BLOCKS = {"direct": "Direct impacts", "indirect": "Indirect impacts", "total": "Total impacts"}


def calibration_table(
    calibration: Result,
    *,
    components: Sequence[str] = ("spatial", "direct", "indirect", "total"),
    measures: Sequence[str] = ("bias", "coverage", "size"),
    labels: Mapping[str, str] | None = None,
    digits: int = 3,
    language: Language = "en",
    title: str = "",
    label: str = "",
) -> Table:
    """What the estimator of a fit, and the naive ones, are worth in its own design.

    Parameters
    ----------
    calibration : result
        Of `bevdrivers.calibrate`: its `tidy()` says the estimator and the measure of each row.
    components : sequence of str
        Blocks of rows, of "main", "wx", "dynamic", "spatial", "direct", "indirect", "total"; those that it lacks are
        left out.
    measures : sequence of str
        Columns under each estimator, of "bias", "rmse", "coverage", "size", "power". The last three in percent.
    labels : mapping, optional
        Term or estimator -> label.
    digits : int
        Decimals of bias and RMSE; more where all would be zeros.
    language, title, label
        As in `regression_table`.

    Returns
    -------
    Table

    Raises
    ------
    OptionError
        Measures that are not among those above, or components of which it has none.
    InputError
        `calibration` has no columns ``estimator`` and ``measure`` in its tidy frame.
    """
    words, labels = Words.checked(language), dict(labels or {})
    unknown = [name for name in measures if name not in MEASURES]
    if unknown or not measures:
        raise OptionError("measures", expected=f"some of {list(MEASURES)}", got=repr(list(measures)))
    frame = calibration.tidy()
    if not {"estimator", "measure"} <= set(frame.columns):
        raise InputError("calibration", expected="a result of calibrate()", got=type(calibration).__name__)
    estimators = list(dict.fromkeys(frame["estimator"]))
    figures = frame.set_index(["component", "term", "estimator", "measure"])["estimate"]
    columns = [(estimator, measure) for estimator in estimators for measure in measures]
    sections = tuple(
        Section(part, rows, words.say(BLOCKS[part]) if part in BLOCKS else "", ruled=True)
        for part in components
        if (rows := _rows(part, frame, figures, columns, labels, digits))
    )
    if not sections:
        raise OptionError("components", expected=f"some of {sorted(set(frame['component']))}", got=repr(components))
    names = [labels.get(name) or words.say(ESTIMATORS.get(name, name)) for name in estimators]
    return Table(
        headings=(
            Heading("", tuple(Span(name, len(measures)) for name in names)),
            Heading("", tuple(Span(words.say(MEASURES[measure])) for _, measure in columns)),
        ),
        sections=sections,
        notes=_notes(calibration, words),
        title=title,
        anchor=label,
        language=language,
    )


def _rows(
    part: str,
    frame: pd.DataFrame,
    figures: pd.Series,
    columns: Iterable[tuple[str, str]],
    labels: Mapping[str, str],
    digits: int,
) -> tuple[Row, ...]:
    terms = dict.fromkeys(frame.loc[frame["component"] == part, "term"])
    return tuple(
        Row(
            term, _label(part, term, labels), tuple(_cell(figures, (part, term, *column), digits) for column in columns)
        )
        for term in terms
    )


def _label(part: str, term: str, labels: Mapping[str, str]) -> str:
    return lag_label(term, term.removeprefix("W_"), labels) if part == "wx" else term_label(term, labels)


def _cell(figures: pd.Series, key: tuple[str, ...], digits: int) -> Cell:
    """A figure; a dash where there is none, such as the size under a null that was not simulated."""
    if key not in figures.index:
        return DASH
    value = float(figures[key])
    return number(100 * value, 1) if key[-1] in SHARES else number(value, enough_digits(value, digits))


def _notes(calibration: Any, words: Words) -> tuple[str, ...]:
    fact = read_facts(calibration)
    replications = f"{int(fact['replications']):,}"
    drawn = words.say("{count} replications ({seed})", count=replications, seed=notes.seed_phrase(fact, words))
    return notes.said(
        [
            words.say("Simulated with the estimates, {letter} and regressors of the fit as truth.", letter=W),
            words.say("{topic}: {text}.", topic=words.say("Calibration"), text=drawn),
            words.say("Coverage is that of nominal {level:.0f} % intervals.", level=100 * float(fact["level"])),
            notes.weights_note([fact], words),
            notes.sample_note([fact], words),
        ]
    )
