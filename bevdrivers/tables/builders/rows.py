"""Rows and headings that several builders share: estimates under columns of models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...language.symbols import PARAMETERS
from ..layout import Heading, Row, Section, Span, merged
from .results import Estimates, Facts, in_order
from .style import Style

IMPACTS = ("direct", "indirect", "total")
LAST = ("Intercept", *PARAMETERS)  # terms that come after all others


def outcome_heading(
    facts: Sequence[Facts],
    style: Style,
    each: int = 1,
) -> Heading:
    """The line that names the dependent variables; neighbours that share one share the heading."""
    outcomes = [str(fact["outcome"]) for fact in facts]
    texts = [style.label(outcome) for outcome in outcomes]
    return Heading(style.words.say("Dependent variable"), merged(texts, outcomes, each))


def column_headings(
    groups: Mapping[str, int],
    titles: Sequence[str],
) -> tuple[Heading, ...]:
    """The groups, if there are any, over numbered columns with their titles."""
    numbers = [f"({number})" for number in range(1, len(titles) + 1)]
    headings = [Heading.of(numbers), Heading.of(titles)]
    if groups:
        spans = [Span(title, width) for title, width in groups.items()]
        headings.insert(0, Heading("", tuple(spans)))
    return tuple(headings)


def estimate_rows(
    component: str,
    estimates: Sequence[Estimates],
    style: Style,
) -> tuple[Row, ...]:
    """One row a term of a component, over all columns; the intercept comes last, the parameters in
    their order.
    """
    terms = in_order([terms_of(component, of_result) for of_result in estimates])
    terms.sort(key=lambda term: LAST.index(term) if term in LAST else -1)
    return tuple(_estimate_row(component, term, estimates, style) for term in terms)


def terms_of(component: str, estimates: Estimates) -> list[str]:
    """The terms of a component, in their order."""
    return [term for part, term in estimates if part == component]


def components_of(estimates: Sequence[Estimates]) -> list[str]:
    """The components of all results, each once."""
    listed = []
    for of_result in estimates:
        components = dict.fromkeys(component for component, _ in of_result)
        listed.append(list(components))
    return in_order(listed)


def _estimate_row(
    component: str,
    term: str,
    estimates: Sequence[Estimates],
    style: Style,
) -> Row:
    by_column = [of_result.get((component, term)) for of_result in estimates]
    is_lag = component == "wx"
    return Row(
        key=term,
        label=style.lag(term) if is_lag else style.term(term),
        cells=tuple(style.above(estimate) for estimate in by_column),
        below=tuple(style.below(estimate) for estimate in by_column),
        lag_of=term.removeprefix("W_") if is_lag else "",
    )


def impact_sections(
    estimates: Sequence[Estimates],
    style: Style,
) -> list[Section]:
    """Direct, indirect and total impacts, a section each under its title."""
    sections = []
    for component in IMPACTS:
        rows = estimate_rows(component, estimates, style)
        title = style.words.say(f"{component.capitalize()} impacts")
        sections.append(Section(component, rows, title=title, ruled=True))
    return sections
