"""The table of the path to a specification: the tests of each step, for one W or several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Protocol

from ...errors import InputError
from ...options import Language
from ...results import TestGroup, TestResult
from ..layout import Heading, Row, Section, Span
from ..table import Table
from . import notes
from .hypotheses import by_name, notes_of_tests, pair_of_heads, statistic_cells
from .reading import Style, in_order


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
        Which steps, counted from 1; all by default. A table of Moran's I by year often takes the place of the first.
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
    style, labels = Style.checked("p_value", stars, digits, language), dict(labels or {})
    named = dict(paths) if isinstance(paths, Mapping) else {"": paths}
    asked = _questions(named)
    chosen = list(range(1, len(asked) + 1)) if steps is None else list(steps)
    if not chosen or not set(chosen) <= set(range(1, len(asked) + 1)):
        raise InputError("steps", expected=f"numbers from 1 to {len(asked)}", got=repr(chosen))
    sections: list[Section] = []
    groups: dict[str, dict[str, TestResult]] = {head: {} for head in named}
    for place in chosen:
        found = {head: by_name(path.steps[place - 1].tests) for head, path in named.items()}
        names = in_order([list(group) for group in found.values()])
        rows = tuple(_row(name, list(found.values()), labels, style) for name in names)
        question = asked[place - 1]
        sections.append(Section(f"step {place}", rows, f"{place}. {labels.get(question, question)}", ruled=True))
        for head, group in found.items():
            groups[head] |= group
    words = style.words
    pair = Heading(words.say("Test"), tuple(Span(text) for _ in named for text in pair_of_heads(words)))
    heads = Heading("", tuple(Span(head, 2) for head in named))
    return Table(
        headings=(heads, pair) if any(named) else (pair,),
        sections=tuple(section for section in sections if section.rows),
        notes=(*notes_of_tests(groups, labels, style), *_decisions(named, chosen, style)),
        title=title,
        anchor=label,
        levels=style.stars,
        language=language,
    )


def _row(name: str, groups: list[dict[str, TestResult]], labels: Mapping[str, str], style: Style) -> Row:
    """A test under each of the paths."""
    cells = chain.from_iterable(statistic_cells(group.get(name), style) for group in groups)
    return Row(name, labels.get(name, name), tuple(cells))


def _questions(paths: Mapping[str, Path]) -> list[str]:
    """The questions of the steps, which have to be those of every path."""
    strangers = [type(path).__name__ for path in paths.values() if not hasattr(path, "steps")]
    if strangers or not paths:
        raise InputError("paths", expected="what select_model returns", got=", ".join(strangers) or "none")
    asked = {tuple(step.question for step in path.steps) for path in paths.values()}
    if len(asked) > 1:
        raise InputError("paths", expected="paths of the same questions", got=f"{len(asked)} different ones")
    return list(asked.pop())


def _decisions(paths: Mapping[str, Path], chosen: Iterable[int], style: Style) -> tuple[str, ...]:
    """What each step decided; with the heads of the paths where they differ."""
    words = style.words
    said = []
    for place in chosen:
        heads: dict[str, list[str]] = {}
        for head, path in paths.items():
            heads.setdefault(path.steps[place - 1].decision.rstrip("."), []).append(head)
        parts = [
            text if len(heads) == 1 else words.say("{test} ({groups})", test=text, groups=words.say(", ").join(where))
            for text, where in heads.items()
        ]
        topic = words.say("Decision {place}", place=place)
        said.append(words.say("{topic}: {text}.", topic=topic, text=words.say("; ").join(parts)))
    return notes.said(said)
