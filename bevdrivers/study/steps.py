"""The steps of a study: each takes the shared work and gives pieces of output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from ..figures import choropleth_years, impacts_plot, moran_scatter_years, spillover_map
from ..panel import Panel
from ..tables import Table, descriptive_table, impacts_table, moran_table, regression_table, tests_table
from ..tables.language.labels import model_name
from .destination import MANIFEST
from .model_checks import calibration_step, collinearity_step, residuals_step
from .pieces import KINDS, Piece, file_names
from .plan import Plan
from .selection import model_words, path_html, path_text, test_groups
from .work import Work

REPORT = "report.html"
SPREADS = {"std_between": "Between", "std_within": "Within"}
SHOWN_BEFORE = ("correction", "n_units", "n_periods", "aic", "bic", "rsquared_within", "rsquared_inclusive")
TITLES = {"pooled": "Pooled OLS", "fe": "Fixed effects OLS"}


class Step:
    """One step.

    Attributes
    ----------
    title : str
        What is printed when it begins.
    make : function
        From the shared work to pieces.
    names : tuple of str
        All names that its pieces may have.
    """

    def __init__(self, title: str, make: Callable[[Work], list[Piece]], *names: str) -> None:
        self.title, self.make, self.names = title, make, names


def steps_of(plan: Plan) -> list[Step]:
    """The steps of a plan, in order; those that it leaves out, or has no use for, are not among them."""
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
        *([Step("Calibration", calibration_step, "calibration")] if plan.config.calibration.replications else []),
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


def _captions(work: Work, name: str, title: str) -> dict[str, Any]:
    return {"labels": work.plan.labels, "title": title, "label": f"tab:{name}"}


def _digits(work: Work) -> int:
    return work.plan.config.outputs.digits


def _word(work: Work, name: str) -> str:
    return work.plan.labels.get(name, name)


def _descriptive(work: Work) -> list[Piece]:
    """The outcome and the regressors as the model has them."""
    title, design = "Descriptive statistics", work.main.sample.design
    named = _captions(work, "descriptive", title)
    named["labels"] = SPREADS | named["labels"]
    terms = {term: design.X[:, :, place] for place, term in enumerate(design.terms) if term != "Intercept"}
    arrays = Panel.from_arrays({design.outcome: design.y, **terms}, units=design.units, periods=design.periods)
    table = descriptive_table(arrays.describe().drop(columns="N"), digits=_digits(work), **named)
    span = f"{design.y.size} observations of {len(design.units)} units, {design.periods[0]}–{design.periods[-1]}"
    about = "Between: standard deviation of the units' means; within: around them."
    return [Piece("descriptive", title, table.note(f"{span}. {about}"))]


def _maps(work: Work) -> list[Piece]:
    """The map variable in its years, with one legend."""
    plan, panel = work.plan, work.plan.panel
    name, years = plan.map_variable, list(plan.map_years)
    values = pd.DataFrame(panel[name], index=list(panel.periods), columns=list(panel.units))
    word = plan.config.map.label or _word(work, name)
    figure = choropleth_years(panel.geometry, values, years, legend_title=word, **_map_style(work))
    span = " and ".join(map(str, years)) if len(years) < 3 else ", ".join(map(str, years))
    tops = [_extremes(values.T[year], str(year)) for year in years]
    return [Piece("maps", f"{word}, {span}", figure, alt=f"Maps of {word} in {span}. {' '.join(tops)}")]


def _map_style(work: Work) -> dict[str, Any]:
    """The study's base map and caption: its own, or the source of the bundled map."""
    source = "Map: Natural Earth; provinces of mainland China" if work.plan.config.uses_bundled_map else ""
    return {"base": work.plan.base, "caption": work.plan.config.map.caption or source}


def _spillover(work: Work) -> list[Piece]:
    """What a change in one unit does to every unit, under the main model."""
    chosen = work.plan.config.spillover
    assert chosen is not None  # the step is there only with its section
    unit: Any = next(unit for unit in work.plan.panel.units if str(unit) == chosen.unit)
    shock = work.main.shock(chosen.term, {unit: chosen.change}, at=work.at)
    word, outcome = _word(work, chosen.term), _word(work, work.main.sample.design.outcome)
    what = f"{word} {f'{chosen.change:+g}'.replace('-', '−')} in {unit}:"
    title, legend = f"{what} effect on {outcome}", f"{what}\neffect on {outcome}"
    axes = spillover_map(work.plan.panel.geometry, shock, legend_title=legend, **_map_style(work))
    estimates = shock.frame["estimate"]
    others = _extremes(estimates.drop(index=unit), "the other units")
    alt = f"Map. {title}: {estimates[unit]:.3g} in {unit} itself. {others}"
    return [Piece("spillover_map", title, axes, alt=alt)]


def _extremes(values: pd.Series, when: str) -> str:
    """The three largest values, in words."""
    largest = values.dropna().sort_values(ascending=False, kind="stable").head(3)
    listed = ", ".join(f"{unit} {value:.3g}" for unit, value in largest.items())
    return f"Largest in {when}: {listed}."


def _moran(work: Work) -> list[Piece]:
    title = f"Moran's I of {_word(work, work.plan.moran.variable)}"
    results = list(work.moran.values())
    table = moran_table(results, digits=_digits(work), **_captions(work, "moran", title))
    return [Piece("moran", title, table)]


def _scatter(work: Work) -> list[Piece]:
    """Moran scatter plots of the first and the last year, under the main weights."""
    panel, result = work.plan.panel, next(iter(work.moran.values()))
    word = _word(work, work.plan.moran.variable)
    places = list(dict.fromkeys((0, panel.n_periods - 1)))
    years = [panel.periods[t] for t in places]
    found = [float(result.frame["I"].iloc[t]) for t in places]
    values, lags = result.scatter
    figure = moran_scatter_years(
        values[places],
        lags[places],
        years,
        labels=[str(u) for u in panel.units],
        titles=[f"{year}: Moran's I = {value:.3f}".replace("-", "−") for year, value in zip(years, found, strict=True)],
        xlabel=f"{word}, std.",
    )
    said = ", ".join(f"I = {value:.3f} in {year}" for year, value in zip(years, found, strict=True))
    weights = work.plan.first_weights.name
    alt = f"Moran scatter plots of {word} against its spatial lag ({weights}): {said}."
    return [Piece("moran_scatter", f"Moran scatter plots of {word} ({weights})", figure, alt=alt)]


def _path(work: Work) -> list[Piece]:
    """The tests that lead to the specification, for each W, and the path in words."""
    title = "Tests on the way to the specification"
    groups, labels, reasons = test_groups(work.paths, work.plan)
    named = _captions(work, "tests", title)
    named["labels"] = labels | named["labels"]
    table = tests_table(groups, digits=_digits(work), **named)
    for reason in reasons:
        table = table.note(reason)
    words = path_text(work.paths, work.plan)
    shown = path_html(work.paths, work.plan)
    return [
        Piece("tests", title, table),
        Piece("selection_path", "The path to the specification, in words", words, html=shown),
    ]


def _heads(fits: Mapping[str, Any]) -> list[str]:
    return [TITLES.get(name) or model_name(type(fit.estimator).__name__) for name, fit in fits.items()]


def _models(work: Work) -> list[Piece]:
    title, fits = "Models side by side", work.fits
    table = regression_table(
        list(fits.values()), titles=_heads(fits), digits=_digits(work), **_captions(work, "models", title)
    )
    if work.plan.config.calibration.replications and not isinstance(work.calibration, str):
        main = model_name(type(work.plan.main).__name__)
        table = table.note(f"{main}: {work.calibration.note}.")
    return [Piece("models", title, table)]


def _impacts(work: Work) -> list[Piece]:
    """Impacts of the models that have any, in a table; those of the main model in a figure."""
    with_spill = {
        name: fit for name, fit in work.fits.items() if fit.estimator.lag_y and fit.estimator != work.plan.main
    }
    spills = [work.impacts(fit) for fit in with_spill.values()]
    main = work.main_impacts
    if main is not None:
        spills.append(main)
        with_spill[work.plan.config.model.main] = work.main
    if not spills:
        return []
    title = "Direct, indirect and total impacts"
    named = _captions(work, "impacts", title)
    pieces = [Piece("impacts", title, impacts_table(spills, titles=_heads(with_spill), digits=_digits(work), **named))]
    if main is None:
        return pieces
    if work.main.estimator.dynamic is not None and work.main.stable:
        pieces.append(_long_run(work))
    model = model_words(work.plan.main)
    outcome = _word(work, work.main.sample.design.outcome)
    axes = impacts_plot(main, labels=work.plan.labels, xlabel=f"Impact on {outcome}")
    alt = f"Impacts with 95 % intervals, {model} model. {_impacts_in_words(main, work)}"
    return [*pieces, Piece("impacts_figure", f"Impacts, {model} model", axes, alt=alt)]


def _long_run(work: Work) -> Piece:
    """The impacts of a dynamic main model in the long run; the others are of the short run."""
    title, spill = "Long-run impacts", work.impacts(work.main, "long")
    heads = _heads({work.plan.config.model.main: work.main})
    named = _captions(work, "impacts_long", title)
    return Piece("impacts_long", title, impacts_table([spill], titles=heads, digits=_digits(work), **named))


def _impacts_in_words(impacts: Any, work: Work) -> str:
    lines = [
        f"{_word(work, term)}: direct {impacts.direct[term]:.3g}, indirect {impacts.indirect[term]:.3g}, "
        f"total {impacts.total[term]:.3g}."
        for term in impacts.terms
    ]
    return " ".join(lines)


def _stages(work: Work) -> list[Piece]:
    """The main model over the whole sample and in each stage."""
    panel = work.plan.panel
    fits = [work.main, *(fit for _, fit in work.by_stage)]
    heads = [f"All years, {panel.periods[0]}–{panel.periods[-1]}", *(stage.title for stage, _ in work.by_stage)]
    title = f"Stages: {model_words(work.plan.main)} model by years"
    table = _with_impacts(work, fits, heads, "stages", title)
    for stage, _ in work.by_stage:
        for term in stage.dropped:
            table = table.note(f"{_word(work, term)} left out in {stage.title}.")
    return [Piece("stages", title, table)]


def _weights(work: Work) -> list[Piece]:
    """The main model under each of the weights."""
    heads = [W.name for W in work.plan.weights.values()]
    title = f"Spatial weights: {model_words(work.plan.main)} model under each"
    return [Piece("weights", title, _with_impacts(work, list(work.by_weights.values()), heads, "weights", title))]


def _with_impacts(work: Work, fits: list[Any], heads: list[str], name: str, title: str) -> Table:
    """Fits with their impacts; the rows that the table of models has already make room for them."""
    spills = [work.impacts(fit) for fit in fits]
    named = _captions(work, name, title)
    table = regression_table(fits, spills, titles=heads, digits=_digits(work), **named)
    return table.drop([row.key for row in table.rows if row.key in SHOWN_BEFORE])
