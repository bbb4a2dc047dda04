"""The table of hypothesis tests: test, statistic with stars, p-value, for several groups side by
side.
"""

# ruff: noqa: PT028 - tests_table makes a table of tests and is none itself
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...errors import InputError
from ...language.symbols import HARD_SPACE, P
from ...language.words import Words
from ...options import Language
from ...results import TestGroup, TestResult, as_sentence
from ..cells import Cell, number, starred
from ..layout import Heading, Row, Section
from ..table import Table
from .results import in_order
from .style import Style

Tests = TestResult | TestGroup | Iterable[TestResult]
TestsByName = Mapping[str, TestResult]


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
        A mapping goes from a heading to the tests under it; a test that a group lacks leaves its
        cells empty.
    labels : mapping, optional
        Name of a test -> label.
    stars, digits, language, title, label
        As in `regression_table`.

    Returns
    -------
    Table
        The note gives each test's distribution under the null, and the reason where a test does not
        apply.

    Raises
    ------
    InputError
        For something that is no test, or a name that occurs twice in a group.
    """
    style = Style.checked(
        "p_value",
        stars=stars,
        digits=digits,
        language=language,
        labels=labels,
    )
    title_of_group = tests.title if isinstance(tests, TestGroup) else ""
    groups = {heading: by_name(group) for heading, group in _groups(tests).items()}
    if not any(groups.values()):
        raise InputError(
            "tests",
            expected="at least one test",
            got="none",
            remedy="Pass one test or more.",
        )
    rows = rows_of_tests(list(groups.values()), style)
    return style.table(
        headings_of_tests(list(groups), style.words),
        [Section("tests", rows, ruled=True)],
        notes=[_title_note(title_of_group, style.words), *notes_of_tests(groups, style)],
        title=title,
        label=label,
    )


tests_table.__test__ = False  # type: ignore[attr-defined]  # the name begins with "test": nothing for pytest


def _groups(tests: Tests | Mapping[str, Tests]) -> dict[str, Tests]:
    """The tests by their headings; a group alone has none over its two narrow columns."""
    if isinstance(tests, Mapping):
        return {str(heading): group for heading, group in tests.items()}
    return {"": tests}


def _title_note(title: str, words: Words) -> str:
    """The title of a group alone as a sentence."""
    return words.say("{text}.", text=words.said(title)) if title else ""


def by_name(group: Tests) -> dict[str, TestResult]:
    """The tests of a group by their names, which have to differ."""
    listed = [group] if isinstance(group, TestResult) else list(group)
    named: dict[str, TestResult] = {}
    for test in listed:
        if not isinstance(test, TestResult):
            raise InputError(
                "tests",
                expected="TestResult objects",
                got=f"a {type(test).__name__}",
                remedy="Pass what a test of this package returns.",
            )
        if test.name in named:
            raise InputError(
                "tests",
                expected="each test once a group",
                got=f"{test.name!r} twice",
                remedy="Put the second one into a group of its own.",
            )
        named[test.name] = test
    return named


def headings_of_tests(groups: Sequence[str], words: Words) -> list[Heading]:
    """The groups, if they have names, each over a statistic and its p-value."""
    pair = [words.say("Statistic"), words.say("{letter}-value", letter=P)]
    heading = Heading.of(pair * len(groups), label=words.say("Test"))
    if not any(groups):
        return [heading]
    return [Heading.of(groups, width=2), heading]


def rows_of_tests(
    groups: Sequence[TestsByName],
    style: Style,
) -> tuple[Row, ...]:
    """A row for each test, with a statistic and a p-value for each group."""
    rows = []
    for name in in_order([list(group) for group in groups]):
        cells: list[Cell] = []
        for group in groups:
            cells += _cells(group.get(name), style)
        rows.append(Row(name, _name(name, style), tuple(cells)))
    return tuple(rows)


def _name(name: str, style: Style) -> str:
    """The user's label of a test, else its name in the language of the table."""
    return style.label(name) if name in style.labels else style.words.said(name)


def _cells(test: TestResult | None, style: Style) -> tuple[Cell, Cell]:
    """A test's statistic with its stars, and its p-value; nothing for None."""
    if test is None:
        return "", ""
    statistic = starred(test.statistic, style.digits, test.p_value, style.stars)
    return statistic, number(test.p_value, style.digits, floor=True)


def notes_of_tests(
    groups: Mapping[str, TestsByName],
    style: Style,
) -> list[str]:
    """The levels of the stars, the distributions, and what the tests say of themselves."""
    return [
        style.words.stars_note(style.stars),
        _distributions(groups, style),
        *_reasons(groups, style),
    ]


def _distributions(groups: Mapping[str, TestsByName], style: Style) -> str:
    """Under the null: which distribution, of which tests."""
    words = style.words
    tests_of: dict[str, dict[str, None]] = {}
    for group in groups.values():
        for name, test in group.items():
            if test.applies:
                tests = tests_of.setdefault(_in_symbols(test.distribution), {})
                tests[_name(name, style)] = None
    phrases = []
    for distribution, names in tests_of.items():
        phrase = words.say(
            "{distribution} ({names})",
            distribution=distribution,
            names=words.listed(list(names)),
        )
        phrases.append(phrase)
    if not phrases:
        return ""
    topic = words.say("Distribution under the null hypothesis")
    return words.topic(topic, words.say("; ").join(phrases))


def _in_symbols(distribution: str) -> str:
    """ "chi2(4)" as "χ²(4)"."""
    return distribution.replace("chi2", "χ²").replace(" ", HARD_SPACE)


def _reasons(groups: Mapping[str, TestsByName], style: Style) -> list[str]:
    """What each test says of itself; with its group where not all groups say the same."""
    words = style.words
    headings_of: dict[tuple[str, str], list[str]] = {}
    for heading, group in groups.items():
        for name, test in group.items():
            if test.reason:
                phrase = _reason_phrase(test, words)
                headings_of.setdefault((name, phrase), []).append(heading)
    sentences = []
    for (name, phrase), headings in headings_of.items():
        topic = _name(name, style)
        if len(headings) < len(groups):
            topic = in_groups_phrase(topic, headings, words)
        sentences.append(words.topic(topic, phrase))
    return sentences


def _reason_phrase(test: TestResult, words: Words) -> str:
    reason = test.reason.rstrip(".")
    if test.applies:
        return words.said(reason)
    return words.say("does not apply. {reason}", reason=as_sentence(words.said(reason)))


def in_groups_phrase(
    text: str,
    groups: Sequence[str],
    words: Words,
) -> str:
    """A text with the groups of which it is said."""
    return words.say("{test} ({groups})", test=text, groups=words.listed(groups))
