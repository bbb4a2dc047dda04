"""The step that shows how the tests lead to the specification."""

from __future__ import annotations

from ...tables import tests_table
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
    text = path_text(shared.paths, shared.plan)
    shown = path_html(shared.paths, shared.plan)
    in_words = words.say("The path to the specification, in words")
    return [
        Output("tests", title, table),
        Output("selection_path", in_words, text, html=shown),
    ]
