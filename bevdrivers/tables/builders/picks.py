"""The table of what the selection path picks: the truth in rows, the model picked in columns."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import InputError
from ...language.labels import model_name
from ...language.words import Words
from ...options import Language
from ...results import MODEL_TITLES, Result
from ..cells import number
from ..layout import Heading, Row, Section
from ..table import Table
from . import notes
from .results import Estimates, Facts, read_estimates, read_facts
from .style import Style


def picks_table(
    calibration: Result,
    *,
    labels: Mapping[str, str] | None = None,
    digits: int = 1,
    language: Language = "en",
    title: str = "",
    label: str = "",
) -> Table:
    """How often the selection path picks each model, in percent, where each is the truth.

    Parameters
    ----------
    calibration : result
        Of ``bevdrivers.calibrate(path)``: in its `tidy()` a term is the model picked, a component
        the truth.
    labels : mapping, optional
        Model, by the name of its class -> label.
    digits : int
        Decimals of the percentages.
    language, title, label
        As in `regression_table`.

    Returns
    -------
    Table
        A row a truth, a column a model picked; Monte Carlo standard errors in parentheses.

    Raises
    ------
    InputError
        `calibration` is not that of a path.
    """
    style = Style.checked(
        stars=None,
        digits=digits,
        language=language,
        labels=labels,
    )
    shares = read_estimates(calibration, "calibration")
    models = list(dict.fromkeys(term for _, term in shares))
    truths = list(dict.fromkeys(truth for truth, _ in shares))
    if models != truths or not set(models) <= set(MODEL_TITLES):
        raise InputError(
            "calibration",
            expected="the calibration of a selection path",
            got=type(calibration).__name__,
            remedy="Pass what bd.calibrate(path) returns, with path of bd.select_model.",
        )
    facts = read_facts(calibration)
    names = [style.labels.get(model) or model_name(model, style.words) for model in models]
    rows = tuple(
        _row(truth, name, models, shares, style) for truth, name in zip(models, names, strict=True)
    )
    return style.table(
        [
            Heading.of([style.words.say("Picked by the selection path (%)")], width=len(models)),
            Heading.of(names, label=style.words.say("Truth")),
        ],
        [Section("picks", rows, ruled=True)],
        notes=_notes(facts, style.words),
        title=title,
        label=label,
    )


def _row(
    truth: str,
    name: str,
    models: list[str],
    shares: Estimates,
    style: Style,
) -> Row:
    """The percentages under one truth, with their standard errors below."""
    found = [shares[truth, model] for model in models]
    return Row(
        truth,
        name,
        cells=tuple(number(100 * share.estimate, style.digits) for share in found),
        below=tuple(
            number(100 * share.std_error, style.digits, parentheses=True) for share in found
        ),
    )


def _notes(facts: Facts, words: Words) -> list[str]:
    """What was simulated, how often, and on which sample."""
    drawn = words.say(
        "{count} replications of each truth ({seed})",
        count=f"{int(facts['replications']):,}",
        seed=notes.seed_phrase(facts, words),
    )
    return [
        words.say("Each model is simulated at its estimates on this sample."),
        words.say("Monte Carlo standard errors in parentheses."),
        words.topic(words.say("Calibration"), drawn),
        notes.weights_note([facts], words),
        notes.sample_note([facts], words),
    ]
