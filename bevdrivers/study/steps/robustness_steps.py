"""The main model under many specifications: a table, a curve for each term, and all numbers."""

from __future__ import annotations

import pandas as pd

from ...figures import specification_curve
from ...robustness import GridResult
from ...tables import Table, robustness_table
from ..request.plan import Plan
from .outputs import Output
from .shared_results import SharedResults

# a figure tells so many values of a choice apart
MOST_VALUES = 30
CHECKS, CURVE = "robustness", "robustness_curve"
ESTIMATES, SPECIFICATIONS = "robustness_estimates", "robustness_specifications"


def robustness_names(plan: Plan) -> list[str]:
    """The names of all outputs that the step may have."""
    return [CHECKS, *_curves(plan).values(), ESTIMATES, SPECIFICATIONS]


def _curves(plan: Plan) -> dict[str, str]:
    """Term of the focus -> name of its curve."""
    terms = () if plan.robustness is None else plan.robustness.choices.focus
    return {term: f"{CURVE}_{number}" for number, term in enumerate(terms, start=1)}


def robustness_step(shared: SharedResults) -> list[Output]:
    """What becomes of the main model where other choices are made."""
    result, words = shared.grid_result, shared.words
    outputs = [_checks(shared, result)]
    components = set(result.rows["component"])
    component = "total" if "total" in components else "main"
    if component in components:
        for term, name in _curves(shared.plan).items():
            outputs.append(_curve(shared, result, term, component, name))
    estimates = words.say("Estimates of all specifications")
    specifications = words.say("All specifications, and what became of them")
    return [
        *outputs,
        Output(ESTIMATES, estimates, result.tidy()),
        Output(SPECIFICATIONS, specifications, result.specifications.reset_index()),
    ]


def _checks(shared: SharedResults, result: GridResult) -> Output:
    """The table of robustness checks, or why there is none."""
    words = shared.words
    title = words.say("Robustness checks")
    reason = result.specifications["reason"].iloc[0]
    if reason:
        return Output(CHECKS, title, words.say("No table. {reason}", reason=reason) + "\n")
    table = robustness_table(
        result.departures(),
        digits=shared.digits,
        **shared.captions(CHECKS, title),
    )
    return Output(CHECKS, title, _counted(shared, result, table))


def _counted(shared: SharedResults, result: GridResult, table: Table) -> Table:
    """The table with a note that says how many specifications there are, and of which kind."""
    facts = result.glance().iloc[0]
    note = shared.words.say(
        "Of {all} specifications of the study, {fitted} were fitted, {same} ask for the same "
        "regression as another, {senseless} make no sense and {failed} failed.",
        all=f"{facts['specifications']:,}",
        fitted=f"{facts['fitted']:,}",
        same=f"{facts['same_as_another']:,}",
        senseless=f"{facts['senseless']:,}",
        failed=f"{facts['failed']:,}",
    )
    return table.note(note)


def _curve(
    shared: SharedResults,
    result: GridResult,
    term: str,
    component: str,
    name: str,
) -> Output:
    """The estimates of one term under all specifications, sorted."""
    words = shared.words
    curve = result.curve(term, component)
    label = shared.label(term)
    ylabel = words.say("Total impact of {term}", term=label)
    if component == "main":
        ylabel = words.say("Coefficient of {term}", term=label)
    figure = specification_curve(
        curve,
        choices=_drawn(curve),
        main=0 if 0 in curve.index else None,
        labels=_labels_of_choices(shared),
        ylabel=ylabel,
        language=words.language,
    )
    title = words.say("Specification curve: {term}", term=label)
    return Output(name, title, figure, alt=_in_words(shared, curve, ylabel))


def _drawn(curve: pd.DataFrame) -> list[str]:
    """The choices that differ and that a figure can tell apart."""
    choices = curve.columns.drop(["estimate", "conf_low", "conf_high"])
    return [name for name in choices if 1 < curve[name].nunique() <= MOST_VALUES]


def _labels_of_choices(shared: SharedResults) -> dict[str, str]:
    """What the axes of a grid are called, with the labels of the study."""
    words = shared.words
    names = {
        "weights": words.say("Spatial weights"),
        "model": words.say("Model"),
        "outcome": words.say("Outcome"),
        "lag": words.say("Regressors lagged"),
        "sample": words.say("Sample"),
        "outliers": words.say("Outliers"),
    }
    return names | shared.plan.labels


def _in_words(shared: SharedResults, curve: pd.DataFrame, ylabel: str) -> str:
    """What a curve shows, for those who do not see it."""
    return shared.words.say(
        "{quantity} under {count} specifications: median {median}, {least} to {largest}.",
        quantity=ylabel,
        count=f"{len(curve):,}",
        median=f"{curve['estimate'].median():.3g}",
        least=f"{curve['estimate'].min():.3g}",
        largest=f"{curve['estimate'].max():.3g}",
    )
