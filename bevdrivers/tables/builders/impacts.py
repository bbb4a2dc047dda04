"""The table of impacts: direct, indirect and total, side by side or one below the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...language.labels import model_name
from ...language.words import Words
from ...options import Arrangement, Language, Parentheses, check_option
from ...results import Result
from ..layout import Heading, Row, Section
from ..table import Table
from . import methods, notes
from .results import (
    Estimates,
    Facts,
    as_list,
    check_length,
    in_order,
    read_estimates,
    read_facts,
)
from .rows import IMPACTS, column_headings, impact_sections, outcome_heading
from .style import Style


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
        Three columns a model, or one column a model with direct, indirect and total impacts one
        below the other.
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
    style = Style.checked(
        parentheses,
        stars=stars,
        digits=digits,
        language=language,
        labels=labels,
    )
    listed = as_list(impacts, "impacts")
    facts = [read_facts(each) for each in listed]
    estimates = [read_estimates(each, "impacts") for each in listed]
    models = list(titles) if titles is not None else _model_titles(facts, style.words)
    check_length("titles", models, "impacts", len(listed))
    if arrange == "columns":
        outcomes = outcome_heading(facts, style, each=len(IMPACTS))
        headings = [outcomes, *_side_by_side_headings(models, style.words)]
        sections = [_side_by_side(estimates, style)]
    else:
        headings = [outcome_heading(facts, style), *column_headings({}, models)]
        sections = impact_sections(estimates, style)
    return style.table(
        headings,
        sections,
        notes=[
            notes.parentheses_note(style, estimates, facts),
            style.words.stars_note(style.stars),
            notes.impacts_note(style, facts),
            notes.places_note(facts, style.words),
            *methods.model_notes(facts, style.words),
            notes.fixed_note(estimates, style.words),
        ],
        title=title,
        label=label,
    )


def _model_titles(facts: Sequence[Facts], words: Words) -> list[str]:
    """The names of the models; one model under several weights goes by these."""
    models = [str(fact["model"]) for fact in facts]
    weights = [str(fact["weights"]) for fact in facts]
    one_model = len(set(models)) == 1
    several_weights = len(set(weights)) > 1 and all(weights)
    if one_model and several_weights:
        return weights
    return [model_name(model, words) for model in models]


def _side_by_side_headings(
    models: Sequence[str],
    words: Words,
) -> list[Heading]:
    """The models, numbered where there are several, each over its three impacts."""
    texts = list(models)
    if len(models) > 1:
        texts = [f"({number}) {model}" for number, model in enumerate(models, 1)]
    components = [words.say(component.capitalize()) for component in IMPACTS]
    return [
        Heading.of(texts, width=len(IMPACTS)),
        Heading.of(components * len(models)),
    ]


def _side_by_side(estimates: Sequence[Estimates], style: Style) -> Section:
    """A row a term, with three columns a model."""
    terms_by_model = [[term for _, term in of_model] for of_model in estimates]
    rows = []
    for term in in_order(terms_by_model):
        by_column = []
        for of_model in estimates:
            by_column += [of_model.get((component, term)) for component in IMPACTS]
        above = tuple(style.above(estimate) for estimate in by_column)
        below = tuple(style.below(estimate) for estimate in by_column)
        rows.append(Row(term, style.term(term), above, below))
    return Section("impacts", tuple(rows), ruled=True)
