"""The selection path as groups of tests for a table, as text and as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from html import escape

from ...diagnostics import SelectionPath
from ...language.labels import model_name
from ...results import TestResult
from ..request.plan import Plan

Groups = dict[str, list[TestResult]]


def groups_of_tests(
    paths: Mapping[str, SelectionPath],
    plan: Plan,
) -> tuple[Groups, dict[str, str], list[str]]:
    """The tests of each path for a table.

    Moran's I has a table of its own. What the tests say of themselves is said once, not for each W.

    Returns
    -------
    groups : dict
        Name of the weights -> tests, without their reasons.
    labels : dict
        Name of a test -> what the table prints.
    reasons : list of str
        What the tests say of themselves.
    """
    tests = {plan.weights[name].name: _tests(path) for name, path in paths.items()}
    groups: Groups = {}
    labels: dict[str, str] = {}
    for weights, group in tests.items():
        groups[weights] = [replace(test, reason="") for test in group]
        labels |= {test.name: short(test.name) for test in group}
    return groups, labels, _reasons(test for group in tests.values() for test in group)


def _tests(path: SelectionPath) -> list[TestResult]:
    """All tests but Moran's I; the published LM forms stand after the corrected ones."""
    tests: list[TestResult] = []
    for step in path.steps[1:]:
        tests += step.tests
        for test in step.beside or ():
            tests.append(replace(test, name=f"{test.name} (published)"))
    return tests


def _reasons(tests: Iterable[TestResult]) -> list[str]:
    """Each reason once, behind the names of the tests that give it."""
    # dictionaries without values keep the names in order, each once
    names: dict[str, dict[str, None]] = {}
    for test in tests:
        if test.reason:
            reason = test.reason if test.applies else f"does not apply. {test.reason}"
            names.setdefault(reason.rstrip("."), {})[short(test.name)] = None
    return [f"{', '.join(of_tests)}: {reason}." for reason, of_tests in names.items()]


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
        heading = f"Weights: {plan.weights[name].name}"
        underline = "=" * len(heading)
        parts.append(f"{heading}\n{underline}\n{path.summary()}\n")
    parts.append(f"{ending(paths, plan)}\n")
    return "\n".join(parts)


def ending(paths: Mapping[str, SelectionPath], plan: Plan) -> str:
    """Where the paths end, and what the study goes on with."""
    weights_by_end: dict[str, list[str]] = {}
    for name, path in paths.items():
        end = _request_in_words(path.chosen)
        weights_by_end.setdefault(end, []).append(plan.weights[name].name)
    ends = "; ".join(f"{end} ({', '.join(names)})" for end, names in weights_by_end.items())
    return f"The path ends in {ends}. The study file asks for {_request_in_words(plan.main)}."


def _request_in_words(model: object) -> str:
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
        tests = _list_items((*step.tests, *(step.beside or ())))
        items.append(
            f"<li><p><strong>{escape(step.question)}</strong></p>"
            f"<p>Decision: {escape(step.decision)}</p>"
            f"<p>Rule: {escape(step.rule)}</p><p>What would change it: {escape(step.otherwise)}</p>"
            f"<details><summary>Tests</summary><ul>{tests}</ul></details></li>"
        )
    end = f"<p>{escape(ending(paths, plan))}</p>"
    return f'<ol class="path">{"".join(items)}</ol>\n{_cautions_html(main)}{end}'


def _cautions_html(path: SelectionPath) -> str:
    cautions = _list_items(path.cautions)
    if not cautions:
        return ""
    return f"<p>Where popular rules mislead here:</p>\n<ul>{cautions}</ul>\n"


def _list_items(values: Iterable[object]) -> str:
    return "".join(f"<li>{escape(str(value))}</li>" for value in values)
