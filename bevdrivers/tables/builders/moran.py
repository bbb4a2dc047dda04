"""The table of Moran's I: periods in rows, spatial weights side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...language.symbols import MORAN_I, P, W, Z
from ...language.words import Words
from ...options import Language
from ...results import Result
from ..cells import Cell, number, number_text
from ..layout import Heading, Row, Section
from ..table import Table
from . import notes
from .results import (
    Estimate,
    Estimates,
    Facts,
    as_list,
    check_length,
    in_order,
    read_estimates,
    read_facts,
)
from .rows import components_of, terms_of
from .style import Style

COLUMNS = (MORAN_I, Z, P)
TAILS = {
    "two-sided": "two-sided",
    "greater": "one-sided (greater)",
    "less": "one-sided (less)",
}
APPROXIMATIONS = {
    "normal": "normal approximation",
    "randomisation": "normal approximation under randomisation",
}


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
    style = Style.checked(
        "p_value",
        stars=stars,
        digits=digits,
        language=language,
        labels=labels,
    )
    listed = as_list(results, "results")
    facts = [read_facts(each) for each in listed]
    estimates = [read_estimates(each, "results") for each in listed]
    weights = list(titles) if titles is not None else _weights_titles(facts)
    check_length("titles", weights, "results", len(listed))
    variables = components_of(estimates)
    headings = [
        Heading.of(weights, width=len(COLUMNS)),
        Heading.of(COLUMNS * len(listed), label=style.words.say("Period")),
    ]
    sections = []
    for variable in variables:
        heading = style.term(variable) if len(variables) > 1 else ""
        rows = _rows(variable, estimates, style)
        sections.append(Section(variable, rows, heading, ruled=True))
    return style.table(
        headings,
        sections,
        notes=_notes(facts, [style.term(variable) for variable in variables], style),
        title=title,
        label=label,
    )


def _weights_titles(facts: Sequence[Facts]) -> list[str]:
    """The names of W, numbered where one occurs twice and the note must tell them apart."""
    names = [str(fact["weights"] or W) for fact in facts]
    if len(names) == 1:
        return names
    return [f"({position}) {name}" for position, name in enumerate(names, 1)]


def _rows(
    variable: str,
    estimates: Sequence[Estimates],
    style: Style,
) -> tuple[Row, ...]:
    """A row for each period of a variable."""
    periods = in_order([terms_of(variable, of_weights) for of_weights in estimates])
    rows = []
    for period in periods:
        cells: list[Cell] = []
        for of_weights in estimates:
            cells += _cells(of_weights.get((variable, period)), style)
        rows.append(Row(period, period, tuple(cells)))
    return tuple(rows)


def _cells(moran: Estimate | None, style: Style) -> tuple[Cell, Cell, Cell]:
    """I with its stars, z and the p-value; nothing for None."""
    if moran is None:
        return "", "", ""
    z = number(moran.statistic, style.digits)
    p_value = number(moran.p_value, style.digits, floor=True)
    return style.above(moran), z, p_value


def _notes(
    facts: Sequence[Facts],
    variables: Sequence[str],
    style: Style,
) -> list[str]:
    """Of what, the stars, how the p-values were got, the expectation of I, W and the sample."""
    words = style.words
    return [
        words.say(
            "Moran’s {letter} of {variables}.",
            letter=MORAN_I,
            variables=words.listed(variables),
        ),
        words.stars_note(style.stars),
        words.sentence(
            words.say("{letter}-values", letter=P),
            [_inference_phrase(fact, words) for fact in facts],
        ),
        words.sentence(
            words.say("Expected {letter} under the null hypothesis", letter=MORAN_I),
            [_expected_text(fact, style) for fact in facts],
        ),
        notes.weights_note(facts, words),
        notes.sample_note(facts, words),
    ]


def _inference_phrase(fact: Facts, words: Words) -> str:
    """Permutations or an approximation, and the tail."""
    alternative = str(fact["alternative"])
    tail = words.say(TAILS.get(alternative, alternative))
    inference = str(fact["inference"])
    if inference == "permutation":
        return words.say(
            "{count} permutations ({seed}), {tail}",
            count=f"{int(fact['permutations']):,}",
            seed=notes.seed_phrase(fact, words),
            tail=tail,
        )
    kind = words.say(APPROXIMATIONS.get(inference, inference))
    return words.say("{kind}, {tail}", kind=kind, tail=tail)


def _expected_text(fact: Facts, style: Style) -> str:
    if fact["expected"] == "":
        return ""
    return number_text(float(fact["expected"]), style.digits)
