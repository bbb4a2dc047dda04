"""The steps that show estimates: models side by side, impacts, stages, and other weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...figures import impacts_plot
from ...language.labels import model_name
from ...language.words import Words
from ...models import FitResult
from ...tables import Table, impacts_table, regression_table
from .outputs import Output
from .selection import model_words
from .shared_results import SharedResults

# rows that the table of models has already, and that make room for impacts in later tables
SHOWN_BEFORE = (
    "correction",
    "n_units",
    "n_periods",
    "aic",
    "bic",
)
# what two of the study's models are called besides the name of their class
HEADINGS = {"pooled": "Pooled OLS", "fe": "Fixed effects OLS"}


def models_step(shared: SharedResults) -> list[Output]:
    """The models side by side, under the main weights."""
    words = shared.words
    fits = shared.fits
    title = words.say("Models side by side")
    table = regression_table(
        list(fits.values()),
        titles=_headings(fits, shared.words),
        digits=shared.digits,
        **shared.captions("models", title),
    )
    calibrates = bool(shared.plan.config.calibration.replications)
    if calibrates and not isinstance(shared.calibration, str):
        main = model_name(type(shared.plan.main).__name__, words)
        table = table.note(words.topic(main, words.said(shared.calibration.note)))
    return [Output("models", title, table)]


def _headings(fits: Mapping[str, FitResult], words: Words) -> list[str]:
    """The heads of columns, from the models' names in the study file."""
    headings = []
    for name, fit in fits.items():
        if name in HEADINGS:
            headings.append(words.say(HEADINGS[name]))
        else:
            headings.append(model_name(type(fit.estimator).__name__, words))
    return headings


def impacts_step(shared: SharedResults) -> list[Output]:
    """Impacts of the models that have any, in a table; those of the main model in a figure."""
    fits = _fits_beside_main(shared)
    impacts = [shared.impacts(fit) for fit in fits.values()]
    main = shared.main_impacts
    if main is not None:
        fits[shared.plan.config.model.main] = shared.main
        impacts.append(main)
    if not impacts:
        return []
    title = shared.words.say("Direct, indirect and total impacts")
    outputs = [_impacts_output(shared, "impacts", title, impacts, fits)]
    if main is None:
        return outputs
    if shared.main.estimator.dynamic is not None and shared.main.stable:
        outputs.append(_long_run(shared))
    return [*outputs, _impacts_figure(shared)]


def _fits_beside_main(shared: SharedResults) -> dict[str, FitResult]:
    """The models besides the main one in which a change comes back from the neighbours."""
    return {
        name: fit
        for name, fit in shared.fits.items()
        if fit.estimator.lag_y and fit.estimator != shared.plan.main
    }


def _impacts_output(
    shared: SharedResults,
    name: str,
    title: str,
    impacts: list[Any],
    fits: Mapping[str, FitResult],
) -> Output:
    table = impacts_table(
        impacts,
        titles=_headings(fits, shared.words),
        digits=shared.digits,
        **shared.captions(name, title),
    )
    return Output(name, title, table)


def _long_run(shared: SharedResults) -> Output:
    """The impacts of a dynamic main model in the long run; the others are of the short run."""
    impacts = shared.impacts(shared.main, "long")
    fits = {shared.plan.config.model.main: shared.main}
    title = shared.words.say("Long-run impacts")
    return _impacts_output(shared, "impacts_long", title, [impacts], fits)


def _impacts_figure(shared: SharedResults) -> Output:
    impacts = shared.main_impacts
    words = shared.words
    model = model_words(shared.plan.main, words)
    outcome = shared.label(shared.main.sample.design.outcome)
    axes = impacts_plot(
        impacts,
        labels=shared.plan.labels,
        xlabel=words.say("Impact on {outcome}", outcome=outcome),
        language=words.language,
    )
    listed = words.gap.join(
        _impacts_in_words(impacts, term, shared.label(term), words) for term in impacts.terms
    )
    alt = words.say(
        "Impacts with 95 % intervals, {model} model. {listed}",
        model=model,
        listed=listed,
    )
    title = words.say("Impacts, {model} model", model=model)
    return Output("impacts_figure", title, axes, alt=alt)


def _impacts_in_words(
    impacts: Any,
    term: str,
    label: str,
    words: Words,
) -> str:
    return words.say(
        "{label}: direct {direct}, indirect {indirect}, total {total}.",
        label=label,
        direct=f"{impacts.direct[term]:.3g}",
        indirect=f"{impacts.indirect[term]:.3g}",
        total=f"{impacts.total[term]:.3g}",
    )


def stages_step(shared: SharedResults) -> list[Output]:
    """The main model over the whole sample and in each stage."""
    words = shared.words
    periods = shared.plan.panel.periods
    whole = words.say("All years, {first}–{last}", first=periods[0], last=periods[-1])
    headings = [whole]
    fits = [shared.main]
    for stage, fit in shared.by_stage:
        headings.append(words.said(stage.title))
        fits.append(fit)
    model = model_words(shared.plan.main, words)
    title = words.say("Stages: {model} model by years", model=model)
    table = _with_impacts(shared, fits, headings, "stages", title)
    for stage, _ in shared.by_stage:
        for term in stage.dropped:
            note = words.say(
                "{term} left out in {stage}.",
                term=shared.label(term),
                stage=words.said(stage.title),
            )
            table = table.note(note)
    return [Output("stages", title, table)]


def weights_step(shared: SharedResults) -> list[Output]:
    """The main model under each of the weights."""
    headings = [W.name for W in shared.plan.weights.values()]
    fits = list(shared.by_weights.values())
    words = shared.words
    model = model_words(shared.plan.main, words)
    title = words.say("Spatial weights: {model} model under each", model=model)
    table = _with_impacts(shared, fits, headings, "weights", title)
    return [Output("weights", title, table)]


def _with_impacts(
    shared: SharedResults,
    fits: list[FitResult],
    headings: list[str],
    name: str,
    title: str,
) -> Table:
    """Fits with their impacts; the rows that the table of models has already make room for them."""
    impacts = [shared.impacts(fit) for fit in fits]
    table = regression_table(
        fits,
        impacts,
        titles=headings,
        digits=shared.digits,
        **shared.captions(name, title),
    )
    return table.drop([row.key for row in table.rows if row.key in SHOWN_BEFORE])
