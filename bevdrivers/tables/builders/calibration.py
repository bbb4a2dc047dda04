"""The table of a calibration: parameters and impacts in rows, measures side by side under their
estimators.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import pandas as pd

from ...errors import InputError, OptionError
from ...language.symbols import DASH, W
from ...language.words import Words
from ...options import Language
from ...results import Result
from ..cells import Cell, number
from ..layout import Heading, Row, Section
from ..table import Table
from . import notes
from .methods import CORRECTION_NAMES
from .results import read_facts
from .style import Style

MEASURES = {
    "bias": "Bias",
    "rmse": "RMSE",
    "coverage": "Coverage (%)",
    "size": "Size (%)",
    "power": "Power (%)",
}
SHARES = ("coverage", "size", "power")
ESTIMATORS = {**CORRECTION_NAMES, "direct": "Direct ML"}
BLOCKS = {
    "direct": "Direct impacts",
    "indirect": "Indirect impacts",
    "total": "Total impacts",
}


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
        Blocks of rows, of "main", "wx", "dynamic", "spatial", "direct", "indirect", "total"; those
        that it lacks are left out.
    measures : sequence of str
        Columns under each estimator, of "bias", "rmse", "coverage", "size", "power". The last three
        in percent.
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
    style = Style.checked(
        stars=None,
        digits=digits,
        language=language,
        labels=labels,
    )
    unknown = [name for name in measures if name not in MEASURES]
    if unknown or not measures:
        raise OptionError(
            "measures",
            expected=f"some of {list(MEASURES)}",
            got=repr(list(measures)),
            remedy="Name one or more of these, spelt so.",
        )
    frame = calibration.tidy()
    if not {"estimator", "measure"} <= set(frame.columns):
        raise InputError(
            "calibration",
            expected="a result of calibrate()",
            got=type(calibration).__name__,
            remedy="Pass what bd.calibrate(fit) returns.",
        )
    estimators = list(dict.fromkeys(frame["estimator"]))
    sections = [_section(component, frame, estimators, measures, style) for component in components]
    if not any(section.rows for section in sections):
        raise OptionError(
            "components",
            expected=f"some of {sorted(set(frame['component']))}",
            got=repr(components),
            remedy="Name one or more of these, spelt so.",
        )
    return style.table(
        _headings(estimators, measures, style),
        sections,
        notes=_notes(calibration, style.words),
        title=title,
        label=label,
    )


def _headings(
    estimators: Sequence[str],
    measures: Sequence[str],
    style: Style,
) -> list[Heading]:
    """The estimators, each over its measures."""
    names = []
    for estimator in estimators:
        known = style.words.say(ESTIMATORS.get(estimator, estimator))
        names.append(style.labels.get(estimator) or known)
    measure_names = [style.words.say(MEASURES[measure]) for measure in measures]
    return [
        Heading.of(names, width=len(measures)),
        Heading.of(measure_names * len(estimators)),
    ]


def _section(
    component: str,
    frame: pd.DataFrame,
    estimators: Sequence[str],
    measures: Sequence[str],
    style: Style,
) -> Section:
    """A row for each term of a component; none where the calibration lacks it."""
    of_component = frame[frame["component"] == component]
    figures = of_component.set_index(["term", "estimator", "measure"])["estimate"]
    rows = []
    for term in dict.fromkeys(of_component["term"]):
        label = style.lag(term) if component == "wx" else style.term(term)
        columns = product([term], estimators, measures)
        cells = tuple(_cell(figures, column, style) for column in columns)
        rows.append(Row(term, label, cells))
    heading = style.words.say(BLOCKS[component]) if component in BLOCKS else ""
    return Section(component, tuple(rows), heading, ruled=True)


def _cell(
    figures: pd.Series,
    key: tuple[str, str, str],
    style: Style,
) -> Cell:
    """A figure; a dash where there is none, such as the size under a null that was not
    simulated.
    """
    if key not in figures.index:
        return DASH
    value = float(figures[key])
    _, _, measure = key
    return number(100 * value, 1) if measure in SHARES else style.number(value)


def _notes(calibration: Any, words: Words) -> list[str]:
    """What was simulated, how often, and on which sample."""
    facts = read_facts(calibration)
    drawn = words.say(
        "{count} replications ({seed})",
        count=f"{int(facts['replications']):,}",
        seed=notes.seed_phrase(facts, words),
    )
    return [
        words.say(
            "Simulated with the estimates, {letter} and regressors of the fit as truth.",
            letter=W,
        ),
        words.topic(words.say("Calibration"), drawn),
        words.say(
            "Coverage is that of nominal {level:.0f} % intervals.",
            level=100 * float(facts["level"]),
        ),
        notes.weights_note([facts], words),
        notes.sample_note([facts], words),
    ]
