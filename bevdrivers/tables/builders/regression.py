"""The table of regressions: models side by side, their impacts, and what the note has to say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ...options import Language, Parentheses
from ...results import Result
from ..language.labels import STATISTICS, lag_label, model_name, term_label
from ..language.symbols import DASH, PARAMETERS
from ..language.words import Words
from ..layout import Cell, Heading, Row, Section, Span, enough_digits, merged, number
from ..table import Table
from . import notes
from .reading import (
    Estimates,
    Facts,
    Style,
    as_list,
    check_length,
    in_groups,
    in_order,
    least_squares,
    read_estimates,
    read_facts,
)

IMPACTS = ("direct", "indirect", "total")
CORRECTION_NAMES = {
    "lee-yu": "Lee–Yu",
    "adjusted-score": "Adjusted score",
    "elhorst": "Elhorst",
    "yu-de-jong-lee": "Yu–de Jong–Lee",
    "none": "None",
}
LAST = ("Intercept", *PARAMETERS)
# Which measure of fit means something under which effects: "within" needs unit effects, "between" and "overall" the
# differences between units that those take away, "with effects" some effects.
FITS = {
    "rsquared_within": ("two-way", "unit"),
    "rsquared_inclusive": ("two-way", "unit", "time"),
    "rsquared_between": ("none", "time"),
    "rsquared_overall": ("none", "time"),
    "corr_squared": ("none", "time", "unit", "two-way"),
}


def regression_table(
    fits: Result | Iterable[Result] | Mapping[str, Result | Iterable[Result]],
    impacts: Iterable[Result | None] | None = None,
    *,
    titles: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    parentheses: Parentheses = "std_error",
    stars: Iterable[float] | None = (0.10, 0.05, 0.01),
    digits: int = 3,
    language: Language = "en",
    title: str = "",
    label: str = "",
) -> Table:
    """Models side by side: coefficients, spatial parameters, impacts where they are given, and statistics.

    The note is made from what the results report: what the parentheses hold, the stars, W, the sample, the effects,
    the estimation, the covariance and how the standard errors of impacts were got; where models differ, by column.

    Parameters
    ----------
    fits : list of results, or mapping
        Fitted models, left to right. A mapping goes from a heading to the models that stand under it: regions,
        periods, weights, samples.
    impacts : list of results or None, optional
        Impacts computed from each of the fits, in their order; None for a model without.
    titles : list of str, optional
        Heads of the columns in place of the models' names.
    labels : mapping, optional
        Term -> label, also for the outcome; it serves the spatial lag ("𝑊 × label") and the impacts of the term.
    parentheses : {"std_error", "statistic", "p_value", "conf_int"}
        What stands below an estimate.
    stars : tuple of float, optional
        Levels; an estimate has one star for each that its p-value lies below. None or ``()`` for no stars.
    digits : int
        Decimals.
    language : {"en", "zh"}
        Of the words that the package writes; labels and titles stay as given.
    title, label : str
        Caption, and name for cross-references.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        When `impacts` or `titles` do not match `fits` one to one, or something is no result.
    OptionError
        For an unknown `parentheses`.
    """
    style, labels = Style.checked(parentheses, stars, digits, language), dict(labels or {})
    groups, fitted = in_groups(fits, "fits")
    spills = as_list(impacts, "impacts", gaps=True) if impacts is not None else [None] * len(fitted)
    check_length("impacts", spills, "fits", len(fitted))
    facts = [read_facts(fit) for fit in fitted]
    heads = list(titles) if titles is not None else [model_name(str(fact["model"]), style.words) for fact in facts]
    check_length("titles", heads, "fits", len(fitted))
    estimates = [read_estimates(fit, "fits") for fit in fitted]
    spread: list[Estimates] = [read_estimates(spill, "impacts") if spill is not None else {} for spill in spills]
    sections = [
        *_coefficient_sections(estimates, facts, labels, style),
        *impact_sections(spread, labels, style),
        Section("foot", _foot(facts, labels, style), ruled=True),
    ]
    return Table(
        headings=(outcome_heading(facts, labels, style.words), *column_headings(groups, heads)),
        sections=tuple(section for section in sections if section.rows),
        notes=_notes(style, estimates, facts, spread, [read_facts(s) if s is not None else None for s in spills]),
        title=title,
        anchor=label,
        levels=style.stars,
        language=language,
    )


def outcome_heading(facts: Sequence[Facts], labels: Mapping[str, str], words: Words, each: int = 1) -> Heading:
    """The line that names the dependent variables; neighbours that share one share the heading."""
    outcomes = [str(fact["outcome"]) for fact in facts]
    return Heading(words.say("Dependent variable"), merged([labels.get(y, y) for y in outcomes], outcomes, each))


def column_headings(groups: Mapping[str, int], heads: Sequence[str]) -> tuple[Heading, ...]:
    """The groups, if there are any, over numbered columns with their titles."""
    spans = tuple(Span(head, width) for head, width in groups.items())
    numbered = tuple(Span(f"({place})") for place in range(1, len(heads) + 1))
    return (
        *([Heading("", spans)] if spans else []),
        Heading("", numbered),
        Heading("", tuple(Span(head) for head in heads)),
    )


def estimate_rows(
    component: str, estimates: Sequence[Estimates], labels: Mapping[str, str], style: Style
) -> tuple[Row, ...]:
    """One row a term of a component, over all columns; the intercept comes last, the parameters in their order."""
    terms = in_order([[term for part, term in found if part == component] for found in estimates])
    terms.sort(key=lambda term: LAST.index(term) if term in LAST else -1)
    return tuple(_estimate_row(component, term, estimates, labels, style) for term in terms)


def _estimate_row(
    component: str, term: str, estimates: Sequence[Estimates], labels: Mapping[str, str], style: Style
) -> Row:
    found = [each.get((component, term)) for each in estimates]
    lag_of = term.removeprefix("W_") if component == "wx" else ""
    return Row(
        key=term,
        label=lag_label(term, lag_of, labels) if lag_of else term_label(term, labels),
        cells=tuple(style.above(each) for each in found),
        below=tuple(style.below(each) for each in found),
        lag_of=lag_of,
    )


def _coefficient_sections(
    estimates: Sequence[Estimates], facts: Sequence[Facts], labels: Mapping[str, str], style: Style
) -> list[Section]:
    def rows(component: str) -> tuple[Row, ...]:
        return estimate_rows(component, estimates, labels, style)

    def variances(name: str) -> tuple[Row, ...]:
        return _row(name, term_label(name, labels), facts, lambda fact: _value(fact, name, style.digits))

    parameters = (*rows("dynamic"), *rows("spatial"), *rows("serial"), *variances("phi"), *variances("sigma2"))
    known = ("main", "wx", "dynamic", "spatial", "serial")
    others = [part for part in in_order([[part for part, _ in found] for found in estimates]) if part not in known]
    return [
        Section("main", rows("main"), ruled=True),
        Section("wx", rows("wx")),
        *(Section(part, rows(part), title=style.words.say(part.capitalize())) for part in others),
        Section("spatial", parameters),
    ]


def impact_sections(spread: Sequence[Estimates], labels: Mapping[str, str], style: Style) -> list[Section]:
    """Direct, indirect and total impacts, a section each under its title."""
    return [
        Section(
            name,
            estimate_rows(name, spread, labels, style),
            title=style.words.say(f"{name.capitalize()} impacts"),
            ruled=True,
        )
        for name in IMPACTS
    ]


def _foot(facts: Sequence[Facts], labels: Mapping[str, str], style: Style) -> tuple[Row, ...]:
    words = style.words
    cells: dict[str, Callable[[Facts], Cell]] = {
        "unit_effects": lambda fact: words.say(_unit_effects(fact)),
        "time_effects": lambda fact: words.say(_yes(fact["fixed_effects"] in ("two-way", "time"))),
        **{f"absorb {term}": _absorbs(term, words) for term in in_order([_absorbed(fact) for fact in facts])},
        "correction": lambda fact: words.say(_correction(fact)),
        "weights": lambda fact: str(fact["weights"]),
    }
    counts = dict.fromkeys(("nobs", "n_units", "n_periods"), 0)
    fits = dict.fromkeys(("loglik", "aic", "bic", *FITS), style.digits)
    for name, digits in (counts | fits).items():
        cells[name] = lambda fact, name=name, digits=digits: _value(fact, name, digits)  # type: ignore[misc]
    return tuple(
        row for name, cell in cells.items() for row in _row(name, _foot_label(name, labels, words), facts, cell)
    )


def _foot_label(name: str, labels: Mapping[str, str], words: Words) -> str:
    """The label of a row of the foot; effects of `absorb` are labelled by their term."""
    kind, _, term = name.partition(" ")
    if kind == "absorb":
        return labels.get(term, words.say("{term} effects", term=term))
    return labels.get(name, words.say(STATISTICS[name]))


def _absorbed(fact: Facts) -> list[str]:
    """Effects beyond units and periods."""
    return [] if fact["absorb"] in ("", "none") else str(fact["absorb"]).split(", ")


def _absorbs(term: str, words: Words) -> Callable[[Facts], Cell]:
    return lambda fact: words.say(_yes(term in _absorbed(fact)))


def _unit_effects(fact: Facts) -> str:
    if fact["random_effects"] in ("baltagi", "kkp"):
        return "Random"
    return _yes(fact["fixed_effects"] in ("two-way", "unit"))


def _row(key: str, label: str, facts: Sequence[Facts], cell: Callable[[Facts], Cell]) -> tuple[Row, ...]:
    """A row of the foot, or none where no model has anything to put in it."""
    cells = tuple(cell(fact) for fact in facts)
    return (Row(key, label, cells),) if set(cells) - {"", DASH} else ()


def _value(fact: Facts, name: str, digits: int) -> Cell:
    if str(fact["fixed_effects"]) not in FITS.get(name, (str(fact["fixed_effects"]),)):
        return DASH
    value: Any = fact[name]
    return number(float(value), enough_digits(float(value), digits)) if value != "" else DASH


def _yes(condition: bool) -> str:
    return "Yes" if condition else "No"


def _correction(fact: Facts) -> str:
    """The correction of maximum likelihood; least squares have none to name."""
    kind = str(fact["correction"])
    return DASH if least_squares(fact) and kind == "none" else CORRECTION_NAMES.get(kind, kind)


def _notes(
    style: Style,
    estimates: Sequence[Estimates],
    facts: Sequence[Facts],
    spread: Sequence[Estimates],
    spill_facts: Sequence[Facts | None],
) -> tuple[str, ...]:
    words = style.words
    return notes.said(
        [
            notes.parentheses_note(style, estimates, facts),
            notes.stars_note(style.stars, words),
            *(about(facts, words) for about in notes.ABOUT),
            notes.likelihood_note(facts, words),
            notes.impacts_note(style, spill_facts, beside=True),
            notes.fixed_note([*estimates, *spread], words),
            notes.convergence_note(facts, words),
        ]
    )
