"""The table of the path to a specification: the tests of each step, for one W or several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from ...errors import InputError
from ...options import Language
from ...results import TestGroup, TestResult
from ..layout import Section
from ..table import Table
from .hypotheses import (
    by_name,
    headings_of_tests,
    in_groups_phrase,
    notes_of_tests,
    rows_of_tests,
)
from .style import Style


class PathStep(Protocol):
    """A step: what was asked, the tests that decide, and the decision."""

    @property
    def question(self) -> str: ...

    @property
    def tests(self) -> TestGroup: ...

    @property
    def decision(self) -> str: ...


class Path(Protocol):
    """What `select_model` returns."""

    @property
    def steps(self) -> tuple[PathStep, ...]: ...


def selection_table(
    paths: Path | Mapping[str, Path],
    *,
    steps: Iterable[int] | None = None,
    labels: Mapping[str, str] | None = None,
    stars: Iterable[float] | None = (0.10, 0.05, 0.01),
    digits: int = 3,
    language: Language = "en",
    title: str = "",
    label: str = "",
) -> Table:
    """The tests on the way to a specification, a panel a step; the note has the decisions.

    Parameters
    ----------
    paths : SelectionPath, or mapping
        A mapping goes from a heading, such as the name of W, to the path under it.
    steps : iterable of int, optional
        Which steps, counted from 1; all by default. A table of Moran's I by year often takes the
        place of the first.
    labels : mapping, optional
        Name of a test, or question of a step -> label.
    stars, digits, language, title, label
        As in `regression_table`.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        For something without steps, paths of different questions, or a step that there is not.
    """
    style = Style.checked(
        "p_value",
        stars=stars,
        digits=digits,
        language=language,
        labels=labels,
    )
    named = dict(paths) if isinstance(paths, Mapping) else {"": paths}
    questions = _questions(named)
    chosen = _chosen_steps(steps, len(questions))
    sections: list[Section] = []
    all_tests: dict[str, dict[str, TestResult]] = {heading: {} for heading in named}
    for number in chosen:
        tests = {}
        for heading, path in named.items():
            step = path.steps[number - 1]
            tests[heading] = by_name(step.tests)
        question = style.label(questions[number - 1])
        rows = rows_of_tests(list(tests.values()), style)
        sections.append(Section(f"step {number}", rows, f"{number}. {question}", ruled=True))
        for heading, group in tests.items():
            all_tests[heading] |= group
    return style.table(
        headings_of_tests(list(named), style.words),
        sections,
        notes=[
            *notes_of_tests(all_tests, style),
            *_decision_notes(named, chosen, style),
        ],
        title=title,
        label=label,
    )


def _questions(paths: Mapping[str, Path]) -> list[str]:
    """The questions of the steps, which have to be those of every path."""
    strangers = [type(path).__name__ for path in paths.values() if not hasattr(path, "steps")]
    if strangers or not paths:
        raise InputError(
            "paths",
            expected="what select_model returns",
            got=", ".join(strangers) or "none",
            remedy="Pass what bd.select_model returns.",
        )
    different = {tuple(step.question for step in path.steps) for path in paths.values()}
    if len(different) > 1:
        raise InputError(
            "paths",
            expected="paths of the same questions",
            got=f"{len(different)} different ones",
            remedy="Make a table of each.",
        )
    return list(different.pop())


def _chosen_steps(steps: Iterable[int] | None, n_steps: int) -> list[int]:
    """The numbers of the steps to show, from 1; all by default."""
    available = range(1, n_steps + 1)
    chosen = list(available if steps is None else steps)
    if not chosen or not set(chosen) <= set(available):
        raise InputError(
            "steps",
            expected=f"numbers from 1 to {n_steps}",
            got=repr(chosen),
            remedy="Choose among these numbers, or leave steps out for all.",
        )
    return chosen


def _decision_notes(
    paths: Mapping[str, Path],
    chosen: Sequence[int],
    style: Style,
) -> list[str]:
    """What each step decided; with the headings of the paths where they differ."""
    words = style.words
    sentences = []
    for number in chosen:
        headings_of: dict[str, list[str]] = {}
        for heading, path in paths.items():
            decision = path.steps[number - 1].decision.rstrip(".")
            headings_of.setdefault(decision, []).append(heading)
        phrases = list(headings_of)
        if len(phrases) > 1:
            pairs = headings_of.items()
            phrases = [in_groups_phrase(decision, headings, words) for decision, headings in pairs]
        topic = words.say("Decision {place}", place=number)
        sentences.append(words.topic(topic, words.say("; ").join(phrases)))
    return sentences
