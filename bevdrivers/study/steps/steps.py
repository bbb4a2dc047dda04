"""The steps of a study: each takes the shared results and gives outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from ...figures import choropleth_years, impacts_plot, moran_scatter_years, spillover_map
from ...panel import Panel
from ...tables import (
    Table,
    descriptive_table,
    impacts_table,
    moran_table,
    regression_table,
    tests_table,
)
from ...tables.language.labels import model_name
from ..request.plan import Plan
from ..results.destination import MANIFEST
from .model_checks import calibration_step, collinearity_step, residuals_step
from .outputs import KINDS, Output, file_names
from .selection import model_words, path_html, path_text, test_groups
from .shared_results import SharedResults

REPORT = "report.html"
SPREADS = {"std_between": "Between", "std_within": "Within"}
SHOWN_BEFORE = (
    "correction",
    "n_units",
    "n_periods",
    "aic",
    "bic",
    "rsquared_within",
    "rsquared_inclusive",
)
TITLES = {"pooled": "Pooled OLS", "fe": "Fixed effects OLS"}


class Step:
    """One step.

    Attributes
    ----------
    title : str
        What is printed when it begins.
    make : function
        From the shared results to outputs.
    names : tuple of str
        All names that its outputs may have.
    """

    def __init__(
        self, title: str, make: Callable[[SharedResults], list[Output]], *names: str
    ) -> None:
        self.title, self.make, self.names = title, make, names


def steps_of(plan: Plan) -> list[Step]:
    """The steps of a plan, in order; those that it leaves out, or has no use for, are not among
    them.
    """
    steps = [
        Step("Descriptive statistics", _descriptive, "descriptive"),
        Step("Collinearity", collinearity_step, "collinearity"),
        Step("Maps", _maps, "maps"),
        Step("Moran's I by year", _moran, "moran"),
        Step("Moran scatter plot", _scatter, "moran_scatter"),
        Step("Selection path", _path, "tests", "selection_path"),
        Step("Models side by side", _models, "models"),
        Step("Impacts", _impacts, "impacts", "impacts_long", "impacts_figure"),
        *([Step("Spillover map", _spillover, "spillover_map")] if plan.config.spillover else []),
        Step("Residuals", residuals_step, "residuals"),
        *(
            [Step("Calibration", calibration_step, "calibration")]
            if plan.config.calibration.replications
            else []
        ),
        *([Step("Stages", _stages, "stages")] if plan.stages else []),
        *([Step("Other weights", _weights, "weights")] if len(plan.weights) > 1 else []),
    ]
    return [step for step in steps if step.title not in plan.left_out]


def possible_files(plan: Plan) -> list[str]:
    """All files that a run of the plan may write, relative to the result folder."""
    names = [name for step in steps_of(plan) for name in step.names]
    outputs = plan.config.outputs
    made = [file for name in names for kind in KINDS for file in file_names(name, kind, outputs)]
    return [*made, REPORT, MANIFEST]


def _captions(shared: SharedResults, name: str, title: str) -> dict[str, Any]:
    return {"labels": shared.plan.labels, "title": title, "label": f"tab:{name}"}


def _digits(shared: SharedResults) -> int:
    return shared.plan.config.outputs.digits


def _word(shared: SharedResults, name: str) -> str:
    return shared.plan.labels.get(name, name)


def _descriptive(shared: SharedResults) -> list[Output]:
    """The outcome and the regressors as the model has them."""
    title, design = "Descriptive statistics", shared.main.sample.design
    named = _captions(shared, "descriptive", title)
    named["labels"] = SPREADS | named["labels"]
    terms = {
        term: design.X[:, :, place]
        for place, term in enumerate(design.terms)
        if term != "Intercept"
    }
    arrays = Panel.from_arrays(
        {design.outcome: design.y, **terms}, units=design.units, periods=design.periods
    )
    table = descriptive_table(arrays.describe().drop(columns="N"), digits=_digits(shared), **named)
    span = (
        f"{design.y.size} observations of {len(design.units)} units, "
        f"{design.periods[0]}–{design.periods[-1]}"
    )
    about = "Between: standard deviation of the units' means; within: around them."
    return [Output("descriptive", title, table.note(f"{span}. {about}"))]


def _maps(shared: SharedResults) -> list[Output]:
    """The map variable in its years, with one legend."""
    plan, panel = shared.plan, shared.plan.panel
    name, years = plan.map_variable, list(plan.map_years)
    values = pd.DataFrame(panel[name], index=list(panel.periods), columns=list(panel.units))
    word = plan.config.map.label or _word(shared, name)
    figure = choropleth_years(
        panel.geometry, values, years, legend_title=word, **_map_style(shared)
    )
    span = " and ".join(map(str, years)) if len(years) < 3 else ", ".join(map(str, years))
    tops = [_extremes(values.T[year], str(year)) for year in years]
    return [
        Output("maps", f"{word}, {span}", figure, alt=f"Maps of {word} in {span}. {' '.join(tops)}")
    ]


def _map_style(shared: SharedResults) -> dict[str, Any]:
    """The study's base map and caption: its own, or the source of the bundled map."""
    source = (
        "Map: Natural Earth; provinces of mainland China"
        if shared.plan.config.uses_bundled_map
        else ""
    )
    return {"base": shared.plan.base, "caption": shared.plan.config.map.caption or source}


def _spillover(shared: SharedResults) -> list[Output]:
    """What a change in one unit does to every unit, under the main model."""
    chosen = shared.plan.config.spillover
    assert chosen is not None  # the step is there only with its section
    unit: Any = next(unit for unit in shared.plan.panel.units if str(unit) == chosen.unit)
    shock = shared.main.shock(chosen.term, {unit: chosen.change}, at=shared.at)
    word, outcome = _word(shared, chosen.term), _word(shared, shared.main.sample.design.outcome)
    what = f"{word} {f'{chosen.change:+g}'.replace('-', '−')} in {unit}:"
    title, legend = f"{what} effect on {outcome}", f"{what}\neffect on {outcome}"
    axes = spillover_map(
        shared.plan.panel.geometry, shock, legend_title=legend, **_map_style(shared)
    )
    estimates = shock.frame["estimate"]
    others = _extremes(estimates.drop(index=unit), "the other units")
    alt = f"Map. {title}: {estimates[unit]:.3g} in {unit} itself. {others}"
    return [Output("spillover_map", title, axes, alt=alt)]


def _extremes(values: pd.Series, when: str) -> str:
    """The three largest values, in words."""
    largest = values.dropna().sort_values(ascending=False, kind="stable").head(3)
    listed = ", ".join(f"{unit} {value:.3g}" for unit, value in largest.items())
    return f"Largest in {when}: {listed}."


def _moran(shared: SharedResults) -> list[Output]:
    title = f"Moran's I of {_word(shared, shared.plan.moran.variable)}"
    results = list(shared.moran.values())
    table = moran_table(results, digits=_digits(shared), **_captions(shared, "moran", title))
    return [Output("moran", title, table)]


def _scatter(shared: SharedResults) -> list[Output]:
    """Moran scatter plots of the first and the last year, under the main weights."""
    panel, result = shared.plan.panel, next(iter(shared.moran.values()))
    word = _word(shared, shared.plan.moran.variable)
    places = list(dict.fromkeys((0, panel.n_periods - 1)))
    years = [panel.periods[t] for t in places]
    found = [float(result.frame["I"].iloc[t]) for t in places]
    values, lags = result.scatter
    figure = moran_scatter_years(
        values[places],
        lags[places],
        years,
        labels=[str(u) for u in panel.units],
        titles=[
            f"{year}: Moran's I = {value:.3f}".replace("-", "−")
            for year, value in zip(years, found, strict=True)
        ],
        xlabel=f"{word}, std.",
    )
    said = ", ".join(f"I = {value:.3f} in {year}" for year, value in zip(years, found, strict=True))
    weights = shared.plan.first_weights.name
    alt = f"Moran scatter plots of {word} against its spatial lag ({weights}): {said}."
    return [Output("moran_scatter", f"Moran scatter plots of {word} ({weights})", figure, alt=alt)]


def _path(shared: SharedResults) -> list[Output]:
    """The tests that lead to the specification, for each W, and the path in words."""
    title = "Tests on the way to the specification"
    groups, labels, reasons = test_groups(shared.paths, shared.plan)
    named = _captions(shared, "tests", title)
    named["labels"] = labels | named["labels"]
    table = tests_table(groups, digits=_digits(shared), **named)
    for reason in reasons:
        table = table.note(reason)
    words = path_text(shared.paths, shared.plan)
    shown = path_html(shared.paths, shared.plan)
    return [
        Output("tests", title, table),
        Output("selection_path", "The path to the specification, in words", words, html=shown),
    ]


def _heads(fits: Mapping[str, Any]) -> list[str]:
    return [
        TITLES.get(name) or model_name(type(fit.estimator).__name__) for name, fit in fits.items()
    ]


def _models(shared: SharedResults) -> list[Output]:
    title, fits = "Models side by side", shared.fits
    table = regression_table(
        list(fits.values()),
        titles=_heads(fits),
        digits=_digits(shared),
        **_captions(shared, "models", title),
    )
    if shared.plan.config.calibration.replications and not isinstance(shared.calibration, str):
        main = model_name(type(shared.plan.main).__name__)
        table = table.note(f"{main}: {shared.calibration.note}.")
    return [Output("models", title, table)]


def _impacts(shared: SharedResults) -> list[Output]:
    """Impacts of the models that have any, in a table; those of the main model in a figure."""
    with_spill = {
        name: fit
        for name, fit in shared.fits.items()
        if fit.estimator.lag_y and fit.estimator != shared.plan.main
    }
    spills = [shared.impacts(fit) for fit in with_spill.values()]
    main = shared.main_impacts
    if main is not None:
        spills.append(main)
        with_spill[shared.plan.config.model.main] = shared.main
    if not spills:
        return []
    title = "Direct, indirect and total impacts"
    named = _captions(shared, "impacts", title)
    outputs = [
        Output(
            "impacts",
            title,
            impacts_table(spills, titles=_heads(with_spill), digits=_digits(shared), **named),
        )
    ]
    if main is None:
        return outputs
    if shared.main.estimator.dynamic is not None and shared.main.stable:
        outputs.append(_long_run(shared))
    model = model_words(shared.plan.main)
    outcome = _word(shared, shared.main.sample.design.outcome)
    axes = impacts_plot(main, labels=shared.plan.labels, xlabel=f"Impact on {outcome}")
    alt = f"Impacts with 95 % intervals, {model} model. {_impacts_in_words(main, shared)}"
    return [*outputs, Output("impacts_figure", f"Impacts, {model} model", axes, alt=alt)]


def _long_run(shared: SharedResults) -> Output:
    """The impacts of a dynamic main model in the long run; the others are of the short run."""
    title, spill = "Long-run impacts", shared.impacts(shared.main, "long")
    heads = _heads({shared.plan.config.model.main: shared.main})
    named = _captions(shared, "impacts_long", title)
    return Output(
        "impacts_long", title, impacts_table([spill], titles=heads, digits=_digits(shared), **named)
    )


def _impacts_in_words(impacts: Any, shared: SharedResults) -> str:
    lines = [
        f"{_word(shared, term)}: direct {impacts.direct[term]:.3g}, indirect "
        f"{impacts.indirect[term]:.3g}, "
        f"total {impacts.total[term]:.3g}."
        for term in impacts.terms
    ]
    return " ".join(lines)


def _stages(shared: SharedResults) -> list[Output]:
    """The main model over the whole sample and in each stage."""
    panel = shared.plan.panel
    fits = [shared.main, *(fit for _, fit in shared.by_stage)]
    heads = [
        f"All years, {panel.periods[0]}–{panel.periods[-1]}",
        *(stage.title for stage, _ in shared.by_stage),
    ]
    title = f"Stages: {model_words(shared.plan.main)} model by years"
    table = _with_impacts(shared, fits, heads, "stages", title)
    for stage, _ in shared.by_stage:
        for term in stage.dropped:
            table = table.note(f"{_word(shared, term)} left out in {stage.title}.")
    return [Output("stages", title, table)]


def _weights(shared: SharedResults) -> list[Output]:
    """The main model under each of the weights."""
    heads = [W.name for W in shared.plan.weights.values()]
    title = f"Spatial weights: {model_words(shared.plan.main)} model under each"
    return [
        Output(
            "weights",
            title,
            _with_impacts(shared, list(shared.by_weights.values()), heads, "weights", title),
        )
    ]


def _with_impacts(
    shared: SharedResults, fits: list[Any], heads: list[str], name: str, title: str
) -> Table:
    """Fits with their impacts; the rows that the table of models has already make room for them."""
    spills = [shared.impacts(fit) for fit in fits]
    named = _captions(shared, name, title)
    table = regression_table(fits, spills, titles=heads, digits=_digits(shared), **named)
    return table.drop([row.key for row in table.rows if row.key in SHOWN_BEFORE])
