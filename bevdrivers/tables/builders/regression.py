"""The table of regressions: models side by side, their impacts, and what the note has to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...language.labels import STATISTICS, model_name
from ...language.symbols import DASH
from ...options import Language, Parentheses, RSquared, check_option
from ...results import Result
from ..cells import Cell, number
from ..layout import Row, Section
from ..table import FOOT, Table
from . import methods, notes
from .results import (
    Estimates,
    Facts,
    as_list,
    check_length,
    in_groups,
    in_order,
    read_estimates,
    read_facts,
)
from .rows import (
    column_headings,
    components_of,
    estimate_rows,
    impact_sections,
    outcome_heading,
)
from .style import Style

# Which measure of fit means something under which effects: "within" needs unit effects, "between"
# and "overall" the differences between units that those take away, "with effects" some effects.
FITS = {
    "rsquared_within": ("two-way", "unit"),
    "rsquared_inclusive": ("two-way", "unit", "time"),
    "rsquared_between": ("none", "time"),
    "rsquared_overall": ("none", "time"),
    "corr_squared": ("none", "time", "unit", "two-way"),
}
COUNTS = ("nobs", "n_units", "n_periods")
LIKELIHOOD = ("loglik", "aic", "bic")
# components of coefficients that have their place; others follow these
COEFFICIENTS = ("main", "wx", "dynamic", "spatial", "serial")


def regression_table(
    fits: Result | Iterable[Result] | Mapping[str, Result | Iterable[Result]],
    impacts: Iterable[Result | None] | None = None,
    *,
    titles: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    parentheses: Parentheses = "std_error",
    stars: Iterable[float] | None = (0.10, 0.05, 0.01),
    digits: int = 3,
    rsquared: RSquared | Iterable[RSquared] | None = "correlation",
    language: Language = "en",
    title: str = "",
    label: str = "",
) -> Table:
    """Models side by side: coefficients, spatial parameters, impacts where they are given, and
    statistics.

    The note is made from what the results report: what the parentheses hold, the stars, W, the
    sample, the effects, the estimation, the covariance and how the standard errors of impacts were
    got; where models differ, by column.

    Parameters
    ----------
    fits : list of results, or mapping
        Fitted models, left to right. A mapping goes from a heading to the models that stand under
        it: regions, periods, weights, samples.
    impacts : list of results or None, optional
        Impacts computed from each of the fits, in their order; None for a model without.
    titles : list of str, optional
        Heads of the columns in place of the models' names.
    labels : mapping, optional
        Term -> label, also for the outcome; it serves the spatial lag ("𝑊 × label") and the impacts
        of the term.
    parentheses : {"std_error", "statistic", "p_value", "conf_int"}
        What stands below an estimate.
    stars : tuple of float, optional
        Levels; an estimate has one star for each that its p-value lies below. None or ``()`` for no
        stars.
    digits : int
        Decimals; more where a standard error would keep less than two digits, and as many for its
        estimate.
    rsquared : {"correlation", "within", "between", "overall", "inclusive"}, list of them, or None
        The kinds of R2 that are shown, as in ``fit.rsquared``; the note says what each is.
        "correlation" alone means the same in every model and under all effects.
    language : {"en", "zh"}
        Of the words that the package writes; labels and titles stay as given.
    title, label : str
        Caption, and name for cross-references.

    Returns
    -------
    Table

    Notes
    -----
    Log-likelihood, AIC and BIC compare where they are of the same data. Columns of levels and of
    contrasts, or of contrasts of other effects, have rows of their own; a column that is alone with
    its data has no criteria, for there is nothing to compare them with.

    Raises
    ------
    InputError
        When `impacts` or `titles` do not match `fits` one to one, or something is no result.
    OptionError
        For an unknown `parentheses` or `rsquared`.
    """
    kinds = _checked_kinds(rsquared)
    style = Style.checked(
        parentheses,
        stars=stars,
        digits=digits,
        language=language,
        labels=labels,
    )
    groups, fitted = in_groups(fits, "fits")
    impacts_of_fits: list[Any] = [None] * len(fitted)
    if impacts is not None:
        impacts_of_fits = as_list(impacts, "impacts", gaps=True)
    check_length("impacts", impacts_of_fits, "fits", len(fitted))
    facts = [read_facts(fit) for fit in fitted]
    if titles is None:
        titles = [model_name(str(fact["model"]), style.words) for fact in facts]
    check_length("titles", titles, "fits", len(fitted))
    estimates = [read_estimates(fit, "fits") for fit in fitted]
    impact_estimates: list[Estimates] = []
    impact_facts: list[Facts | None] = []
    for each in impacts_of_fits:
        impact_estimates.append({} if each is None else read_estimates(each, "impacts"))
        impact_facts.append(None if each is None else read_facts(each))
    return style.table(
        [outcome_heading(facts, style), *column_headings(groups, titles)],
        [
            *_coefficient_sections(estimates, facts, style),
            *impact_sections(impact_estimates, style),
            Section(FOOT, tuple(_foot_rows(facts, kinds, style)), ruled=True),
        ],
        notes=[
            notes.parentheses_note(style, estimates, facts),
            style.words.stars_note(style.stars),
            *methods.model_notes(facts, style.words),
            methods.likelihood_note(facts, style.words),
            methods.rsquared_note(kinds, style.words),
            notes.impacts_note(style, impact_facts, beside=True),
            notes.places_note(impact_facts, style.words),
            notes.fixed_note([*estimates, *impact_estimates], style.words),
            notes.cautions_note(facts, style.words),
            notes.convergence_note(facts, style.words),
        ],
        title=title,
        label=label,
    )


def _coefficient_sections(
    estimates: Sequence[Estimates],
    facts: Sequence[Facts],
    style: Style,
) -> list[Section]:
    """Coefficients, those of spatial lags, further components under their names, and the
    parameters.
    """
    rows = {component: estimate_rows(component, estimates, style) for component in COEFFICIENTS}
    parameters = [*rows["dynamic"], *rows["spatial"], *rows["serial"]]
    for name in ("phi", "sigma2"):
        cells = [_measure(fact, name, style) for fact in facts]
        parameters += _row_if_known(name, style.term(name), cells)
    sections = [
        Section("main", rows["main"], ruled=True),
        Section("wx", rows["wx"]),
    ]
    for component in components_of(estimates):
        if component not in COEFFICIENTS:
            heading = style.words.say(component.capitalize())
            others = estimate_rows(component, estimates, style)
            sections.append(Section(component, others, title=heading))
    sections.append(Section("spatial", tuple(parameters)))
    return sections


def _checked_kinds(rsquared: RSquared | Iterable[RSquared] | None) -> list[str]:
    """The kinds of R2, each once, by their names in the facts."""
    kinds = [rsquared] if isinstance(rsquared, str) else list(rsquared or ())
    for kind in kinds:
        check_option("rsquared", kind, RSquared)
    names = ["corr_squared" if kind == "correlation" else f"rsquared_{kind}" for kind in kinds]
    return [name for name in FITS if name in names]


def _foot_rows(
    facts: Sequence[Facts],
    kinds: Sequence[str],
    style: Style,
) -> list[Row]:
    """Effects, correction, W, counts, likelihoods and the kinds of R2."""
    words = style.words
    rows: list[Row] = []

    def add(name: str, cells: Sequence[Cell]) -> None:
        rows.extend(_row_if_known(name, style.label(name, STATISTICS[name]), cells))

    add("unit_effects", [words.say(_unit_effects(fact)) for fact in facts])
    add("time_effects", [words.say(_time_effects(fact)) for fact in facts])
    rows += _absorbed_rows(facts, style)
    add("correction", [words.say(methods.correction_name(fact)) for fact in facts])
    add("weights", [str(fact["weights"]) for fact in facts])
    for count in COUNTS:
        add(count, [_count(fact, count) for fact in facts])
    rows += _likelihood_rows(facts, style)
    for kind in kinds:
        add(kind, [_measure(fact, kind, style) for fact in facts])
    return rows


def _likelihood_rows(facts: Sequence[Facts], style: Style) -> list[Row]:
    """Log-likelihood, AIC and BIC: rows of their own for columns whose likelihoods are of other
    data, without the criteria of a column that is alone.
    """
    rows: list[Row] = []
    columns = methods.columns_by_likelihood(facts)
    for data, of_data in columns.items():
        alone = len(columns) > 1 and len(of_data) == 1
        for measure in LIKELIHOOD[: 1 if alone else None]:
            label = style.label(measure, STATISTICS[measure])
            if len(columns) > 1:
                suffix = methods.likelihood_phrase(data, style.words)
                label += style.words.say(" ({said})", said=suffix)
            cells: list[Cell] = [DASH] * len(facts)
            for column in of_data:
                cells[column] = _measure(facts[column], measure, style)
            rows += _row_if_known(measure, label, cells)
    return rows


def _absorbed_rows(facts: Sequence[Facts], style: Style) -> list[Row]:
    """A row for each of the effects beyond units and periods."""
    rows = []
    words = style.words
    absorbed = [methods.absorbed_terms(fact) for fact in facts]
    for term in in_order(absorbed):
        label = style.labels.get(term, words.say("{term} effects", term=term))
        cells = [words.say(_yes_or_no(term in of_model)) for of_model in absorbed]
        rows += _row_if_known(f"absorb {term}", label, cells)
    return rows


def _row_if_known(
    key: str,
    label: str,
    cells: Sequence[Cell],
) -> list[Row]:
    """A row of the foot, or none where no model has anything to put in it."""
    if all(cell in ("", DASH) for cell in cells):
        return []
    return [Row(key, label, tuple(cells))]


def _unit_effects(fact: Facts) -> str:
    if methods.has_random_effects(fact):
        return "Random"
    return _yes_or_no(methods.has_unit_effects(fact))


def _time_effects(fact: Facts) -> str:
    return _yes_or_no(methods.has_time_effects(fact))


def _yes_or_no(condition: bool) -> str:
    return "Yes" if condition else "No"


def _count(fact: Facts, name: str) -> Cell:
    return DASH if fact[name] == "" else number(float(fact[name]), 0)


def _measure(
    fact: Facts,
    name: str,
    style: Style,
) -> Cell:
    """A measure of fit or a variance; a dash where it is unknown or means nothing under the
    effects.
    """
    effects = str(fact["fixed_effects"])
    if name in FITS and effects not in FITS[name]:
        return DASH
    value: Any = fact[name]
    return DASH if value == "" else style.number(float(value))
