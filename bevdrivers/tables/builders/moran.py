"""The table of Moran's I: periods in rows, spatial weights side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...options import Language
from ...results import Result
from ..language.labels import term_label
from ..language.symbols import MORAN_I, P, W, Z
from ..language.words import Words
from ..layout import Cell, Heading, Row, Section, Span, number, number_text
from ..table import Table
from . import notes
from .reading import Estimates, Facts, Style, as_list, check_length, in_order, read_estimates, read_facts

TAILS = {"two-sided": "two-sided", "greater": "one-sided (greater)", "less": "one-sided (less)"}


def moran_table(
    results: Result | Iterable[Result],
    *,
    titles: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    stars: Iterable[float] | None = (0.10, 0.05, 0.01),
    digits: int = 3,
    language: Language = "en",
    title: str = "",
    label: str = "",
) -> Table:
    """Moran's I by period with its z and p-value, for one or more spatial weights side by side.

    Parameters
    ----------
    results : result or list of results
        One for each W; results of several variables give a block of rows each.
    titles : list of str, optional
        Headings in place of the names of the weights.
    labels : mapping, optional
        Variable -> label.
    stars, digits, language, title, label
        As in `regression_table`; the stars stand at I.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        When `titles` do not match `results` one to one, or something is no result.
    """
    style, labels = Style.checked("p_value", stars, digits, language), dict(labels or {})
    listed = as_list(results, "results")
    facts, found = [read_facts(each) for each in listed], [read_estimates(each, "results") for each in listed]
    heads = list(titles) if titles is not None else _heads(facts, labels)
    check_length("titles", heads, "results", len(listed))
    variables = in_order([list(dict.fromkeys(variable for variable, _ in each)) for each in found])
    return Table(
        headings=(
            Heading("", tuple(Span(head, 3) for head in heads)),
            Heading(style.words.say("Period"), tuple(Span(text) for _ in listed for text in (MORAN_I, Z, P))),
        ),
        sections=tuple(_section(variable, found, labels, style, alone=len(variables) == 1) for variable in variables),
        notes=_notes(style, facts, [term_label(variable, labels) for variable in variables]),
        title=title,
        anchor=label,
        levels=style.stars,
        language=language,
    )


def _heads(facts: Sequence[Facts], labels: Mapping[str, str]) -> list[str]:
    """The names of W, numbered where one occurs twice and the note must tell them apart."""
    names = [str(fact["weights"] or W) for fact in facts]
    return [f"({place}) {name}" for place, name in enumerate(names, 1)] if len(names) > 1 else names


def _section(
    variable: str, found: Sequence[Estimates], labels: Mapping[str, str], style: Style, *, alone: bool
) -> Section:
    periods = in_order([[period for name, period in each if name == variable] for each in found])
    rows = tuple(
        Row(period, period, tuple(cell for each in found for cell in _cells(each, variable, period, style)))
        for period in periods
    )
    return Section(variable, rows, title="" if alone else term_label(variable, labels), ruled=True)


def _cells(found: Estimates, variable: str, period: str, style: Style) -> tuple[Cell, Cell, Cell]:
    one = found.get((variable, period))
    if one is None:
        return "", "", ""
    return style.above(one), number(one.statistic, style.digits), number(one.p_value, style.digits, floor=True)


def _notes(style: Style, facts: Sequence[Facts], variables: Sequence[str]) -> tuple[str, ...]:
    words = style.words
    expected = words.say("Expected {letter} under the null hypothesis", letter=MORAN_I)
    return notes.said(
        [
            words.say("Moran’s {letter} of {variables}.", letter=MORAN_I, variables=words.say(", ").join(variables)),
            notes.stars_note(style.stars, words),
            words.sentence(words.say("{letter}-values", letter=P), [_inference_phrase(fact, words) for fact in facts]),
            words.sentence(expected, [_expected(fact, style) for fact in facts]),
            notes.weights_note(facts, words),
            notes.sample_note(facts, words),
        ]
    )


def _inference_phrase(fact: Facts, words: Words) -> str:
    tail = words.say(TAILS.get(str(fact["alternative"]), str(fact["alternative"])))
    if fact["inference"] == "permutation":
        count, seed = f"{int(fact['permutations']):,}", notes.seed_phrase(fact, words)
        return words.say("{count} permutations ({seed}), {tail}", count=count, seed=seed, tail=tail)
    kind = {"normal": "normal approximation", "randomisation": "normal approximation under randomisation"}
    found = kind.get(str(fact["inference"]), str(fact["inference"]))
    return words.say("{kind}, {tail}", kind=words.say(found), tail=tail)


def _expected(fact: Facts, style: Style) -> str:
    return number_text(float(fact["expected"]), style.digits) if fact["expected"] != "" else ""
