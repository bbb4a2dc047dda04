"""The table of impacts: direct, indirect and total, side by side or one below the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...options import Arrangement, Language, Parentheses, check_option
from ...results import Result
from ..language.labels import model_name, term_label
from ..language.words import Words
from ..layout import Cell, Heading, Row, Section, Span
from ..table import Table
from . import notes
from .reading import Estimates, Facts, Style, as_list, check_length, in_order, read_estimates, read_facts
from .regression import IMPACTS, column_headings, impact_sections, outcome_heading


def impacts_table(
    impacts: Result | Iterable[Result],
    *,
    arrange: Arrangement = "columns",
    titles: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    parentheses: Parentheses = "std_error",
    stars: Iterable[float] | None = (0.10, 0.05, 0.01),
    digits: int = 3,
    language: Language = "en",
    title: str = "",
    label: str = "",
) -> Table:
    """Direct, indirect and total impacts of one model or of several: other models, other weights.

    Parameters
    ----------
    impacts : result or list of results
        What `fit.impacts()` returned.
    arrange : {"columns", "panels"}
        Three columns a model, or one column a model with direct, indirect and total impacts one below the other.
    titles : list of str, optional
        Headings in place of the models' names, or of the weights' where only these differ.
    labels, parentheses, stars, digits, language, title, label
        As in `regression_table`.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        When `titles` do not match `impacts` one to one, or something is no result.
    OptionError
        For an unknown `parentheses`, `arrange` or `language`.
    """
    check_option("arrange", arrange, Arrangement)
    style, labels = Style.checked(parentheses, stars, digits, language), dict(labels or {})
    listed = as_list(impacts, "impacts")
    facts, spread = [read_facts(each) for each in listed], [read_estimates(each, "impacts") for each in listed]
    heads = list(titles) if titles is not None else _heads(facts, style.words)
    check_length("titles", heads, "impacts", len(listed))
    headings: tuple[Heading, ...]
    if arrange == "columns":
        outcomes = outcome_heading(facts, labels, style.words, each=len(IMPACTS))
        headings = (outcomes, _heading(heads), _components(len(heads), style.words))
        terms = in_order([[term for _, term in found] for found in spread])
        sections = [Section("impacts", tuple(_row(term, spread, labels, style) for term in terms), ruled=True)]
    else:
        headings = (outcome_heading(facts, labels, style.words), *column_headings({}, heads))
        sections = impact_sections(spread, labels, style)
    return Table(
        headings=headings,
        sections=tuple(section for section in sections if section.rows),
        notes=_notes(style, spread, facts),
        title=title,
        anchor=label,
        levels=style.stars,
        language=language,
    )


def _heads(facts: Sequence[Facts], words: Words) -> list[str]:
    """The models; one model under several weights goes by these."""
    models, weights = [str(fact["model"]) for fact in facts], [str(fact["weights"]) for fact in facts]
    if len(set(models)) == 1 and len(set(weights)) > 1 and all(weights):
        return weights
    return [model_name(model, words) for model in models]


def _heading(heads: Sequence[str]) -> Heading:
    """The models, numbered where there are several."""
    texts = [f"({place}) {head}" for place, head in enumerate(heads, 1)] if len(heads) > 1 else heads
    return Heading("", tuple(Span(text, len(IMPACTS)) for text in texts))


def _components(models: int, words: Words) -> Heading:
    return Heading("", tuple(Span(words.say(name.capitalize())) for _ in range(models) for name in IMPACTS))


def _row(term: str, spread: Sequence[Estimates], labels: Mapping[str, str], style: Style) -> Row:
    found = [each.get((component, term)) for each in spread for component in IMPACTS]
    above: tuple[Cell, ...] = tuple(style.above(each) for each in found)
    return Row(term, term_label(term, labels), above, tuple(style.below(each) for each in found))


def _notes(style: Style, spread: Sequence[Estimates], facts: Sequence[Facts]) -> tuple[str, ...]:
    return notes.said(
        [
            notes.parentheses_note(style, spread, facts),
            notes.stars_note(style.stars, style.words),
            notes.impacts_note(style, facts),
            *(about(facts, style.words) for about in notes.ABOUT),
            notes.fixed_note(spread, style.words),
        ]
    )
