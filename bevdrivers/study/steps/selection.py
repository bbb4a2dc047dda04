"""The selection path as groups of tests for a table, as text and as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from html import escape

import numpy as np

from ...diagnostics import SelectionPath
from ...language.labels import model_name
from ...language.symbols import display_width
from ...language.words import ENGLISH, Words
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
        labels |= {test.name: plan.words.said(short(test.name)) for test in group}
    listed = [test for group in tests.values() for test in group]
    return groups, labels, _reasons(listed, plan.words)


def _tests(path: SelectionPath) -> list[TestResult]:
    """All tests but Moran's I; the published LM forms stand after the corrected ones."""
    tests: list[TestResult] = []
    for step in path.steps[1:]:
        tests += step.tests
        for test in step.beside or ():
            tests.append(replace(test, name=f"{test.name} (published)"))
    return tests


def _reasons(tests: Iterable[TestResult], words: Words) -> list[str]:
    """Each reason once, behind the names of the tests that give it."""
    # dictionaries without values keep the names in order, each once
    names: dict[str, dict[str, None]] = {}
    for test in tests:
        if test.reason:
            reason = words.said(test.reason.rstrip("."))
            if not test.applies:
                reason = words.say("does not apply. {reason}", reason=reason)
            name = words.said(short(test.name))
            names.setdefault(reason, {})[name] = None

    sentences = []
    for reason, of_tests in names.items():
        topic = words.listed(list(of_tests))
        sentences.append(words.topic(topic, reason))
    return sentences


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
        heading = plan.words.say("Weights: {name}", name=plan.weights[name].name)
        underline = "=" * display_width(heading)
        summary = _summary(path, plan.words)
        parts.append(f"{heading}\n{underline}\n{summary}\n")
    parts.append(f"{ending(paths, plan)}\n")
    return "\n".join(parts)


def _summary(path: SelectionPath, words: Words) -> str:
    """The path as it says itself, or the same line by line in another language."""
    if words == ENGLISH:
        return path.summary()
    lines = []
    for number, step in enumerate(path.steps, start=1):
        lines.append(f"{number}. {words.said(step.question)}")
        lines += [f"     {_test_in_words(test, words)}" for test in step.tests]
        if step.beside is not None:
            title = words.said(step.beside.title)
            beside = words.say("Beside, deciding nothing: {title}", title=title)
            lines.append(f"   {beside}")
            lines += [f"     {_test_in_words(test, words)}" for test in step.beside]

        rule = words.say("Rule: {text}", text=words.said(step.rule))
        decision = words.say("Decision: {text}", text=words.said(step.decision))
        otherwise = words.say("Otherwise: {text}", text=words.said(step.otherwise))
        lines += [f"   {text}" for text in (rule, decision, otherwise)]

    if path.cautions:
        lines.append(words.say("Where popular rules mislead here:"))
    lines += [f"   - {words.said(text)}" for text in path.cautions]
    return "\n".join(lines)


def _test_in_words(test: TestResult, words: Words) -> str:
    """A test with its numbers, null hypothesis, verdict and reason."""
    if words == ENGLISH:
        return str(test)
    name, reason = words.said(test.name), words.said(test.reason.rstrip("."))
    if not test.applies:
        return words.say("{name}: does not apply. {reason}", name=name, reason=reason)
    verdict = "{numbers}; H0 ({null}) not rejected at {level}"
    if test.rejected:
        verdict = "{numbers}; H0 ({null}) rejected at {level}"
    said = words.say(
        verdict,
        numbers=_numbers_in_words(test, words),
        null=words.said(test.null),
        level=f"{test.level:.0%}",
    )
    return f"{said}{words.say('; ')}{reason}" if reason else said


def _numbers_in_words(test: TestResult, words: Words) -> str:
    """The name with the statistic under its law, or the estimate with its z, and the p-value."""
    numbers = [f"{test.distribution} = {test.statistic:.4g}"]
    if np.isfinite(test.estimate):
        numbers = [f"{test.estimate:.4g}", f"z = {test.statistic:.4g}"]
    elif test.law:
        numbers = [f"{test.statistic:.4g}"]
    numbers.append(f"p = {test.p_value:.4g}")
    if test.law:
        numbers.append(words.said(test.law))
    return words.say(
        "{name}: {numbers}",
        name=words.said(test.name),
        numbers=words.listed(numbers),
    )


def ending(paths: Mapping[str, SelectionPath], plan: Plan) -> str:
    """Where the paths end, and what the study goes on with."""
    words = plan.words
    weights_by_end: dict[str, list[str]] = {}
    for name, path in paths.items():
        end = _request_in_words(path.chosen, words)
        weights_by_end.setdefault(end, []).append(plan.weights[name].name)
    ends = []
    for end, names in weights_by_end.items():
        listed = words.listed(names)
        ends.append(words.say("{end} ({names})", end=end, names=listed))
    return words.say(
        "The path ends in {ends}. The study file asks for {asked}.",
        ends=words.say("; ").join(ends),
        asked=_request_in_words(plan.main, words),
    )


def _request_in_words(model: object, words: Words) -> str:
    named = model_words(model, words)
    effects = getattr(model, "effects", None)
    if not effects:
        return words.say("the {model} model with no effects", model=named)
    return words.say(
        "the {model} model with {effects} effects",
        model=named,
        effects=words.said(effects),
    )


def model_words(model: object, words: Words) -> str:
    """The model's name within a sentence: "spatial Durbin"."""
    name = model_name(type(model).__name__, words)
    return name[0].lower() + name[1:]


def path_html(paths: Mapping[str, SelectionPath], plan: Plan) -> str:
    """The path under the main weights as a list of questions and decisions; tests stand behind a
    fold.
    """
    words = plan.words
    main = next(iter(paths.values()))
    items = []
    for step in main.steps:
        tests = [_test_in_words(test, words) for test in (*step.tests, *(step.beside or ()))]
        decision = words.say("Decision: {text}", text=words.said(step.decision))
        rule = words.say("Rule: {text}", text=words.said(step.rule))
        otherwise = words.say("What would change it: {text}", text=words.said(step.otherwise))
        items.append(
            f"<li><p><strong>{escape(words.said(step.question))}</strong></p>"
            f"<p>{escape(decision)}</p>"
            f"<p>{escape(rule)}</p><p>{escape(otherwise)}</p>"
            f"<details><summary>{words.say('Tests')}</summary>"
            f"<ul>{_list_items(tests)}</ul></details></li>"
        )
    end = f"<p>{escape(ending(paths, plan))}</p>"
    return f'<ol class="path">{"".join(items)}</ol>\n{_cautions_html(main, words)}{end}'


def _cautions_html(path: SelectionPath, words: Words) -> str:
    cautions = _list_items(map(words.said, path.cautions))
    if not cautions:
        return ""
    return f"<p>{words.say('Where popular rules mislead here:')}</p>\n<ul>{cautions}</ul>\n"


def _list_items(values: Iterable[object]) -> str:
    return "".join(f"<li>{escape(str(value))}</li>" for value in values)
