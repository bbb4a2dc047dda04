"""The table of hypothesis tests: test, statistic with stars, p-value, for several groups side by side."""

# ruff: noqa: PT028 - tests_table makes a table of tests and is none itself
from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...errors import InputError
from ...options import Language
from ...results import TestGroup, TestResult
from ..language.symbols import HARD_SPACE, P
from ..language.words import Words
from ..layout import Cell, Heading, Row, Section, Span, number, starred
from ..table import Table
from . import notes
from .reading import Style, in_order

Tests = TestResult | TestGroup | Iterable[TestResult]
Groups = Mapping[str, Mapping[str, TestResult]]


def tests_table(
    tests: Tests | Mapping[str, Tests],
    *,
    labels: Mapping[str, str] | None = None,
    stars: Iterable[float] | None = (0.10, 0.05, 0.01),
    digits: int = 3,
    language: Language = "en",
    title: str = "",
    label: str = "",
) -> Table:
    """Tests in rows; the statistic with its stars and the p-value in columns, one pair a group.

    Parameters
    ----------
    tests : TestGroup, iterable of TestResult, or mapping
        A mapping goes from a heading to the tests under it; a test that a group lacks leaves its cells empty.
    labels : mapping, optional
        Name of a test -> label.
    stars, digits, language, title, label
        As in `regression_table`.

    Returns
    -------
    Table
        The note gives each test's distribution under the null, and the reason where a test does not apply.

    Raises
    ------
    InputError
        For something that is no test, or a name that occurs twice in a group.
    """
    style, labels = Style.checked("p_value", stars, digits, language), dict(labels or {})
    words = style.words
    groups = {head: by_name(group) for head, group in _groups(tests).items()}
    if not any(groups.values()):
        raise InputError("tests", expected="at least one test", got="none")
    names = in_order([list(group) for group in groups.values()])
    rows = tuple(
        Row(
            name,
            labels.get(name, name),
            tuple(cell for g in groups.values() for cell in statistic_cells(g.get(name), style)),
        )
        for name in names
    )
    pair = Heading(words.say("Test"), tuple(Span(text) for _ in groups for text in pair_of_heads(words)))
    heads = Heading("", tuple(Span(head, 2) for head in groups))
    return Table(
        headings=(heads, pair) if any(groups) else (pair,),
        sections=(Section("tests", rows, ruled=True),),
        notes=notes_of_tests(groups, labels, style),
        title=title,
        anchor=label,
        levels=style.stars,
        language=language,
    )


tests_table.__test__ = False  # type: ignore[attr-defined]  # the name begins with "test": nothing for pytest


def _groups(tests: Tests | Mapping[str, Tests]) -> dict[str, Tests]:
    if isinstance(tests, Mapping):
        return {str(head): group for head, group in tests.items()}
    return {tests.title if isinstance(tests, TestGroup) else "": tests}


def by_name(group: Tests) -> dict[str, TestResult]:
    """The tests of a group by their names, which have to differ."""
    listed = [group] if isinstance(group, TestResult) else list(group)
    found: dict[str, TestResult] = {}
    for test in listed:
        if not isinstance(test, TestResult):
            raise InputError("tests", expected="TestResult objects", got=f"a {type(test).__name__}")
        if test.name in found:
            raise InputError("tests", expected="each test once a group", got=f"{test.name!r} twice")
        found[test.name] = test
    return found


def pair_of_heads(words: Words) -> tuple[str, str]:
    """The heads of a statistic and its p-value."""
    return words.say("Statistic"), words.say("{letter}-value", letter=P)


def statistic_cells(test: TestResult | None, style: Style) -> tuple[Cell, Cell]:
    """A test's statistic with its stars, and its p-value; nothing for None."""
    if test is None:
        return "", ""
    statistic = starred(test.statistic, style.digits, test.p_value, style.stars)
    return statistic, number(test.p_value, style.digits, floor=True)


def notes_of_tests(groups: Groups, labels: Mapping[str, str], style: Style) -> tuple[str, ...]:
    """The levels of the stars, the distributions, and what the tests say of themselves."""
    words = style.words
    return notes.said(
        [
            notes.stars_note(style.stars, words),
            _distributions(groups, labels, words),
            *_reasons(groups, labels, words),
        ]
    )


def _distributions(groups: Groups, labels: Mapping[str, str], words: Words) -> str:
    """Under the null: which distribution, of which tests."""
    listed: dict[str, dict[str, None]] = {}
    for group in groups.values():
        for name, test in group.items():
            if test.applies:
                listed.setdefault(_in_symbols(test.distribution), {})[labels.get(name, name)] = None
    said = [
        words.say("{distribution} ({names})", distribution=distribution, names=words.say(", ").join(names))
        for distribution, names in listed.items()
    ]
    if not said:
        return ""
    topic = words.say("Distribution under the null hypothesis")
    return words.say("{topic}: {text}.", topic=topic, text=words.say("; ").join(said))


def _in_symbols(distribution: str) -> str:
    """ "chi2(4)" as "χ²(4)"."""
    return distribution.replace("chi2", "χ²").replace(" ", HARD_SPACE)


def _reasons(groups: Groups, labels: Mapping[str, str], words: Words) -> list[str]:
    """What each test says of itself; with its group where not all groups say the same."""
    heads: dict[tuple[str, str], list[str]] = {}
    for head, group in groups.items():
        for name, test in group.items():
            if test.reason:
                reason = test.reason.rstrip(".")
                said = reason if test.applies else words.say("does not apply; {reason}", reason=reason)
                heads.setdefault((name, said), []).append(head)
    found = []
    for (name, said), where in heads.items():
        topic = labels.get(name, name)
        if len(where) < len(groups):
            topic = words.say("{test} ({groups})", test=topic, groups=words.say(", ").join(where))
        found.append(words.say("{topic}: {text}.", topic=topic, text=said))
    return found
