"""The table of impacts: direct, indirect and total side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..options import Parentheses
from ..results import Result
from . import notes
from .labels import model_name, term_label
from .layout import Cell, Heading, Row, Section, Span
from .reading import Estimates, Style, as_list, check_length, in_order, read_estimates, read_facts
from .regression import IMPACTS, outcome_heading
from .table import Table


def impacts_table(
    impacts: Result | Iterable[Result],
    *,
    titles: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    parentheses: Parentheses = "std_error",
    stars: Iterable[float] | None = (0.10, 0.05, 0.01),
    digits: int = 3,
    title: str = "",
    label: str = "",
) -> Table:
    """Direct, indirect and total impacts in columns, of one model or of several under a heading each.

    Parameters
    ----------
    impacts : result or list of results
        What `fit.impacts()` returned.
    titles : list of str, optional
        Headings in place of the models' names.
    labels, parentheses, stars, digits, title, label
        As in `regression_table`.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        When `titles` do not match `impacts` one to one, or something is no result.
    OptionError
        For an unknown `parentheses`.
    """
    listed, style, labels = as_list(impacts, "impacts"), Style.checked(parentheses, stars, digits), dict(labels or {})
    facts, spread = [read_facts(each) for each in listed], [read_estimates(each, "impacts") for each in listed]
    heads = list(titles) if titles is not None else [model_name(str(fact["model"])) for fact in facts]
    check_length("titles", heads, "impacts", len(listed))
    terms = in_order([[term for _, term in found] for found in spread])
    return Table(
        headings=(outcome_heading(facts, labels, each=len(IMPACTS)), _heading(heads), _components(len(heads))),
        sections=(Section("impacts", tuple(_row(term, spread, labels, style) for term in terms), ruled=True),),
        notes=notes.said(
            [
                notes.parentheses_note(style, spread, facts),
                notes.stars_note(style),
                notes.impacts_note(style, facts),
                *(about(facts) for about in notes.ABOUT),
                notes.fixed_note(spread),
            ]
        ),
        title=title,
        anchor=label,
    )


def _heading(heads: Sequence[str]) -> Heading:
    """The models, numbered where there are several."""
    texts = [f"({place}) {head}" for place, head in enumerate(heads, 1)] if len(heads) > 1 else heads
    return Heading("", tuple(Span(text, len(IMPACTS)) for text in texts))


def _components(models: int) -> Heading:
    return Heading("", tuple(Span(name.capitalize()) for _ in range(models) for name in IMPACTS))


def _row(term: str, spread: Sequence[Estimates], labels: Mapping[str, str], style: Style) -> Row:
    found = [each.get((component, term)) for each in spread for component in IMPACTS]
    above: tuple[Cell, ...] = tuple(style.above(each) for each in found)
    return Row(term, term_label(term, labels), above, tuple(style.below(each) for each in found))
