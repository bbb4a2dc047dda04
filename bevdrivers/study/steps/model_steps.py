"""The steps that show estimates: models side by side, impacts, stages, and other weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...figures import impacts_plot
from ...language.labels import model_name
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
    "rsquared_within",
    "rsquared_inclusive",
)
# what two of the study's models are called besides the name of their class
HEADINGS = {"pooled": "Pooled OLS", "fe": "Fixed effects OLS"}


def models_step(shared: SharedResults) -> list[Output]:
    """The models side by side, under the main weights."""
    title, fits = "Models side by side", shared.fits
    table = regression_table(
        list(fits.values()),
        titles=_headings(fits),
        digits=shared.digits,
        **shared.captions("models", title),
    )
    calibrates = bool(shared.plan.config.calibration.replications)
    if calibrates and not isinstance(shared.calibration, str):
        main = model_name(type(shared.plan.main).__name__)
        table = table.note(f"{main}: {shared.calibration.note}.")
    return [Output("models", title, table)]


def _headings(fits: Mapping[str, FitResult]) -> list[str]:
    """The heads of columns, from the models' names in the study file."""
    return [
        HEADINGS.get(name) or model_name(type(fit.estimator).__name__) for name, fit in fits.items()
    ]


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
    title = "Direct, indirect and total impacts"
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
        titles=_headings(fits),
        digits=shared.digits,
        **shared.captions(name, title),
    )
    return Output(name, title, table)


def _long_run(shared: SharedResults) -> Output:
    """The impacts of a dynamic main model in the long run; the others are of the short run."""
    impacts = shared.impacts(shared.main, "long")
    fits = {shared.plan.config.model.main: shared.main}
    return _impacts_output(shared, "impacts_long", "Long-run impacts", [impacts], fits)


def _impacts_figure(shared: SharedResults) -> Output:
    impacts = shared.main_impacts
    model = model_words(shared.plan.main)
    outcome = shared.label(shared.main.sample.design.outcome)
    axes = impacts_plot(impacts, labels=shared.plan.labels, xlabel=f"Impact on {outcome}")
    listed = " ".join(
        _impacts_in_words(impacts, term, shared.label(term)) for term in impacts.terms
    )
    alt = f"Impacts with 95 % intervals, {model} model. {listed}"
    return Output("impacts_figure", f"Impacts, {model} model", axes, alt=alt)


def _impacts_in_words(impacts: Any, term: str, label: str) -> str:
    direct, indirect = impacts.direct[term], impacts.indirect[term]
    total = impacts.total[term]
    return f"{label}: direct {direct:.3g}, indirect {indirect:.3g}, total {total:.3g}."


def stages_step(shared: SharedResults) -> list[Output]:
    """The main model over the whole sample and in each stage."""
    periods = shared.plan.panel.periods
    headings, fits = [f"All years, {periods[0]}–{periods[-1]}"], [shared.main]
    for stage, fit in shared.by_stage:
        headings.append(stage.title)
        fits.append(fit)
    title = f"Stages: {model_words(shared.plan.main)} model by years"
    table = _with_impacts(shared, fits, headings, "stages", title)
    for stage, _ in shared.by_stage:
        for term in stage.dropped:
            table = table.note(f"{shared.label(term)} left out in {stage.title}.")
    return [Output("stages", title, table)]


def weights_step(shared: SharedResults) -> list[Output]:
    """The main model under each of the weights."""
    headings = [W.name for W in shared.plan.weights.values()]
    fits = list(shared.by_weights.values())
    title = f"Spatial weights: {model_words(shared.plan.main)} model under each"
    return [Output("weights", title, _with_impacts(shared, fits, headings, "weights", title))]


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
