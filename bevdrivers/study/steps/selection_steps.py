"""The steps that show how the tests lead to the specification, and how often they find the true
one.
"""

from __future__ import annotations

from ...figures import picks_plot
from ...tables import picks_table, tests_table
from ..request.plan import Plan
from .outputs import Output
from .selection import groups_of_tests, path_html, path_text
from .shared_results import SharedResults


def selection_step(shared: SharedResults) -> list[Output]:
    """The tests that lead to the specification, for each W, and the path in words."""
    words = shared.words
    title = words.say("Tests on the way to the specification")
    groups, labels, reasons = groups_of_tests(shared.paths, shared.plan)
    options = shared.captions("tests", title)
    options["labels"] = labels | options["labels"]
    table = tests_table(groups, digits=shared.digits, **options)
    for reason in reasons:
        table = table.note(reason)
    if calibrates_path(shared.plan) and not isinstance(shared.path_calibration, str):
        main = shared.plan.first_weights.name
        table = table.note(words.topic(main, words.said(shared.path_calibration.note)))
    text = path_text(shared.paths, shared.plan)
    shown = path_html(shared.paths, shared.plan)
    in_words = words.say("The path to the specification, in words")
    return [
        Output("tests", title, table),
        Output("selection_path", in_words, text, html=shown),
    ]


def calibrates_path(plan: Plan) -> bool:
    """Whether the selection path is simulated: it was asked for, and there is a path."""
    asked = bool(plan.config.calibration.path_replications)
    return asked and "Selection path" not in plan.left_out


def path_calibration_step(shared: SharedResults) -> list[Output]:
    """What the selection path picks where each model is the truth, in a table and a figure."""
    words = shared.words
    title = words.say("Models picked by the selection path where each is the truth")
    found = shared.path_calibration
    if isinstance(found, str):
        refused = words.say("Not calibrated. {reason}", reason=found)
        return [Output("picks", title, refused + "\n")]
    table = picks_table(found, **shared.captions("picks", title))
    axes = picks_plot(found, language=words.language)
    note = words.said(found.note)
    alt = note[:1].upper() + note[1:]
    return [
        Output("picks", title, table),
        Output("picks_figure", title, axes, alt=alt),
    ]
