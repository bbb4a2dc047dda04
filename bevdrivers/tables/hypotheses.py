"""The table of hypothesis tests: test, statistic with stars, p-value, for several groups side by side."""

# ruff: noqa: PT028 - tests_table makes a table of tests and is none itself
from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import InputError
from ..results import TestGroup, TestResult
from . import notes
from .layout import Cell, Heading, Row, Section, Span, number
from .reading import Style, in_order
from .symbols import HARD_SPACE, P
from .table import Table

Tests = TestResult | TestGroup | Iterable[TestResult]


def tests_table(
    tests: Tests | Mapping[str, Tests],
    *,
    labels: Mapping[str, str] | None = None,
    stars: Iterable[float] | None = (0.10, 0.05, 0.01),
    digits: int = 3,
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
    stars, digits, title, label
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
    style, labels = Style.checked("p_value", stars, digits), dict(labels or {})
    groups = {head: _by_name(group) for head, group in _groups(tests).items()}
    if not any(groups.values()):
        raise InputError("tests", expected="at least one test", got="none")
    names = in_order([list(group) for group in groups.values()])
    rows = tuple(
        Row(name, labels.get(name, name), tuple(cell for g in groups.values() for cell in _cells(g.get(name), style)))
        for name in names
    )
    pair = Heading("Test", tuple(Span(text) for _ in groups for text in ("Statistic", f"{P}-value")))
    heads = Heading("", tuple(Span(head, 2) for head in groups))
    return Table(
        headings=(heads, pair) if any(groups) else (pair,),
        sections=(Section("tests", rows, ruled=True),),
        notes=notes.said([notes.stars_note(style), _distributions(groups, labels), *_reasons(groups, labels)]),
        title=title,
        anchor=label,
    )


tests_table.__test__ = False  # type: ignore[attr-defined]  # the name begins with "test": nothing for pytest


def _groups(tests: Tests | Mapping[str, Tests]) -> dict[str, Tests]:
    if isinstance(tests, Mapping):
        return {str(head): group for head, group in tests.items()}
    return {tests.title if isinstance(tests, TestGroup) else "": tests}


def _by_name(group: Tests) -> dict[str, TestResult]:
    listed = [group] if isinstance(group, TestResult) else list(group)
    found: dict[str, TestResult] = {}
    for test in listed:
        if not isinstance(test, TestResult):
            raise InputError("tests", expected="TestResult objects", got=f"a {type(test).__name__}")
        if test.name in found:
            raise InputError("tests", expected="each test once a group", got=f"{test.name!r} twice")
        found[test.name] = test
    return found


def _cells(test: TestResult | None, style: Style) -> tuple[Cell, Cell]:
    if test is None:
        return "", ""
    statistic = number(test.statistic, style.digits, stars=style.count_stars(test.p_value))
    return statistic, number(test.p_value, style.digits, floor=True)


def _distributions(groups: Mapping[str, Mapping[str, TestResult]], labels: Mapping[str, str]) -> str:
    """Under the null: which distribution, of which tests."""
    listed: dict[str, dict[str, None]] = {}
    for group in groups.values():
        for name, test in group.items():
            if test.applies:
                listed.setdefault(_in_symbols(test.distribution), {})[labels.get(name, name)] = None
    said = "; ".join(f"{distribution} ({', '.join(names)})" for distribution, names in listed.items())
    return f"Distribution under the null hypothesis: {said}." if said else ""


def _in_symbols(distribution: str) -> str:
    """ "chi2(4)" as "χ²(4)"."""
    return distribution.replace("chi2", "χ²").replace(" ", HARD_SPACE)


def _reasons(groups: Mapping[str, Mapping[str, TestResult]], labels: Mapping[str, str]) -> list[str]:
    """What each test says of itself; with its group where not all groups say the same."""
    heads: dict[tuple[str, str], list[str]] = {}
    for head, group in groups.items():
        for name, test in group.items():
            if test.reason:
                said = f"{'' if test.applies else 'does not apply; '}{test.reason.rstrip('.')}."
                heads.setdefault((name, said), []).append(head)
    found = []
    for (name, said), where in heads.items():
        everywhere = len(where) == len(groups)
        which = "" if everywhere else f" ({', '.join(where)})"
        found.append(f"{labels.get(name, name)}{which}: {said}")
    return found
