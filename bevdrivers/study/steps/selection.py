"""The selection path as groups of tests for a table, as text and as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from ...tables.language.labels import model_name

if TYPE_CHECKING:
    from ...diagnostics import SelectionPath
    from ...results import TestResult
    from ..request.plan import Plan


Groups = dict[str, list["TestResult"]]


def test_groups(
    paths: Mapping[str, SelectionPath], plan: Plan
) -> tuple[Groups, dict[str, str], list[str]]:
    """The tests of each path under the name of its weights, their labels, and what there is to say
    of them.

    Moran's I has a table of its own. What the tests say of themselves is said once, not for each W.
    """
    groups: Groups = {}
    reasons: dict[str, dict[str, None]] = {}
    for name, path in paths.items():
        found = _tests(path)
        for test in found:
            if test.reason:
                text = test.reason if test.applies else f"does not apply. {test.reason}"
                reasons.setdefault(text.rstrip("."), {})[short(test.name)] = None
        groups[plan.weights[name].name] = [replace(test, reason="") for test in found]
    labels = {test.name: short(test.name) for group in groups.values() for test in group}
    return groups, labels, [f"{', '.join(names)}: {reason}." for reason, names in reasons.items()]


test_groups.__test__ = False  # type: ignore[attr-defined]  # the name begins with "test": nothing for pytest


def _tests(path: SelectionPath) -> list[TestResult]:
    """All tests but Moran's I; the published LM forms stand after the corrected ones."""
    found: list[TestResult] = []
    for step in path.steps[1:]:
        found += list(step.tests)
        if step.beside is not None:
            found += [replace(test, name=f"{test.name} (published)") for test in step.beside]
    return found


def short(name: str) -> str:
    """A test's name as tables have room for it.

    >>> short("LR: Unit effects given time effects")
    'LR: Unit | time effects'
    """
    return name.replace(" effects given ", " | ")


def path_text(paths: Mapping[str, SelectionPath], plan: Plan) -> str:
    """The whole path under each of the weights, as text."""
    parts = []
    for name, path in paths.items():
        head = f"Weights: {plan.weights[name].name}"
        parts.append(f"{head}\n{'=' * len(head)}\n{path.summary()}\n")
    return "\n".join([*parts, f"{ending(paths, plan)}\n"])


def ending(paths: Mapping[str, SelectionPath], plan: Plan) -> str:
    """Where the paths end, and what the study goes on with."""
    ends: dict[str, list[str]] = {}
    for name, path in paths.items():
        ends.setdefault(_request(path.chosen), []).append(plan.weights[name].name)
    said = "; ".join(f"{request} ({', '.join(names)})" for request, names in ends.items())
    return f"The path ends in {said}. The study file asks for {_request(plan.main)}."


def _request(model: object) -> str:
    effects = getattr(model, "effects", None) or "no"
    return f"the {model_words(model)} model with {effects} effects"


def model_words(model: object) -> str:
    """The model's name within a sentence: "spatial Durbin"."""
    name = model_name(type(model).__name__)
    return name[0].lower() + name[1:]


def path_html(paths: Mapping[str, SelectionPath], plan: Plan) -> str:
    """The path under the main weights as a list of questions and decisions; tests stand behind a
    fold.
    """
    main = next(iter(paths.values()))
    items = []
    for step in main.steps:
        tests = "".join(
            f"<li>{escape(str(test))}</li>" for test in (*step.tests, *(step.beside or ()))
        )
        items.append(
            f"<li><p><strong>{escape(step.question)}</strong></p>"
            f"<p>Decision: {escape(step.decision)}</p>"
            f"<p>Rule: {escape(step.rule)}</p><p>What would change it: {escape(step.otherwise)}</p>"
            f"<details><summary>Tests</summary><ul>{tests}</ul></details></li>"
        )
    cautions = "".join(f"<li>{escape(text)}</li>" for text in main.cautions)
    misled = f"<p>Where popular rules mislead here:</p>\n<ul>{cautions}</ul>\n" if cautions else ""
    return f'<ol class="path">{"".join(items)}</ol>\n{misled}<p>{escape(ending(paths, plan))}</p>'
