"""What a study asks of its data, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ...errors import BevdriversError, OptionError
from ...esda import Moran
from ...models import Estimator, SpatialDurbin
from ...models.interface import missing_cells
from ...panel import Design, Panel, marginal_changes
from ...panel.terms import read_formula
from ...weights import SpatialWeights
from ...weights.given import is_by_period
from ..errors import StudyError, did_you_mean, errors_at
from .config import StudyConfig
from .faults import Faults
from .model_requests import without_random_effects
from .panel_input import columns_in
from .weights_input import StudyWeights

# steps that are made for complete panels
COMPLETE_ONLY = (
    "Collinearity",
    "Moran's I by year",
    "Moran scatter plot",
    "Residuals",
)
EFFECTS: tuple[Any, ...] = (None, "unit", "time", "two-way")


def check_durbin(config: StudyConfig, models: Iterable[Estimator]) -> None:
    """Refuse a choice of lagged regressors where no model has any."""
    if "durbin" not in dict(config.model.options):
        return
    if not any(model.lag_x for model in models):
        location = config.location("model", "durbin")
        raise StudyError(
            location,
            expected="a model with lags of X",
            got="none among them",
            remedy="Delete the line, or ask for slx, sdm, sdem or gns in main or compare.",
        )


def check_impacts(
    config: StudyConfig,
    panel: Panel,
    model: Estimator,
    design: Design,
) -> None:
    """Refuse terms that share variables where the study does not say at which values to take their
    impacts.
    """
    if not (model.lag_y or model.lag_x):
        return
    at = config.impacts.at
    try:
        marginal_changes(panel, design, None if at is None else dict(at))
    except OptionError as error:
        remedy = "Give at = {} under [impacts] for the sample means, or at = { column = value }."
        raise StudyError.at(config.location("impacts", "at"), error, remedy=remedy) from error


def check_spillover(
    config: StudyConfig,
    panel: Panel,
    main: Estimator,
    design: Design,
) -> None:
    """Refuse a change in a unit or regressor that is not there, or that reaches nobody else."""
    chosen = config.spillover
    if chosen is None:
        return
    if not (main.lag_y or main.lag_x):
        raise StudyError(
            config.location("spillover", ""),
            expected="a main model with a lag of y or of X",
            got=f"{type(main).__name__}, in which nothing spills over",
            remedy='Choose another main model, such as main = "sdm", or delete the section.',
        )
    faults = Faults()
    with faults.collected():
        units = [str(unit) for unit in panel.units]
        _check_known(config, "unit", chosen.unit, units, "a unit of the panel")
    with faults.collected():
        terms = [term for term in design.terms if term != "Intercept"]
        _check_known(config, "term", chosen.term, terms, "a regressor of the formula")
    faults.raise_collected()


def _check_known(
    config: StudyConfig,
    key: str,
    value: str,
    known: list[str],
    expected: str,
) -> None:
    """Refuse a value of the spillover that is not among those that are known."""
    if value not in known:
        location = config.location("spillover", key)
        remedy = did_you_mean(value, known)
        raise StudyError(
            location,
            expected=expected,
            got=repr(value),
            remedy=remedy,
        )


def check_labels(config: StudyConfig, known: Iterable[str]) -> None:
    """Refuse a label for something that no table has: a misspelt term would stay unlabelled in
    silence.
    """
    names = list(known)
    faults = Faults()
    for key, _ in config.labels:
        if key not in names:
            fault = StudyError(
                config.location("labels", f'"{key}"'),
                expected="a term, a column or a statistic",
                got="none of them",
                remedy=did_you_mean(key, dict.fromkeys(names)),
            )
            faults.add(fault)
    faults.raise_collected()


def mapped_variable(config: StudyConfig, panel: Panel) -> str:
    """The column that the maps show: that of the study, or the first of the outcome."""
    outcome = columns_in(config.model.formula, panel)
    variable = config.map.variable or next(iter(outcome), "")
    location = config.location("map", "variable")
    if variable not in panel.columns:
        raise StudyError(
            location,
            expected="a column of the data",
            got=f"no column {variable!r}",
            remedy=did_you_mean(variable, panel.columns),
        )
    if panel.columns[variable].dtype.kind != "f":
        got = f"texts in {variable!r}"
        raise StudyError(
            location,
            expected="a column of numbers",
            got=got,
            remedy="Name a column of numbers.",
        )
    return variable


def mapped_years(config: StudyConfig, panel: Panel) -> tuple[int, ...]:
    """The years of the maps: those of the study, or the first and the last of the sample."""
    first, last = panel.periods[0], panel.periods[-1]
    years = config.map.years or tuple(dict.fromkeys((first, last)))
    unknown = [year for year in years if year not in panel.periods]
    if unknown:
        expected = f"years of the sample, {first} to {last}"
        raise StudyError(
            config.location("map", "years"),
            expected=expected,
            got=str(unknown[0]),
            remedy="Choose among them.",
        )
    return years


def why_no_map(panel: Panel) -> str:
    """Why no maps can be drawn; empty where they can."""
    if panel.geometry is None:
        return "the data have no map: give geometry in [data]"
    if not panel.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        return "the map has no polygons"
    return ""


def why_complete_only(main: Estimator, panel: Panel, weights: Mapping[str, StudyWeights]) -> str:
    """Why steps that are made for complete panels under one W are left out; empty where they are
    not.
    """
    count = missing_cells(main, panel)
    if count:
        return f"it needs a complete panel, and {count} cells are missing"
    moving = [name for name, W in weights.items() if is_by_period(W)]
    if moving:
        return f"it needs the same weights in all periods, and those of {moving[0]} differ"
    return ""


def same_in_all_periods(weights: Mapping[str, StudyWeights]) -> dict[str, SpatialWeights]:
    """Those of the weights that are one W for all periods."""
    return {name: W for name, W in weights.items() if isinstance(W, SpatialWeights)}


def why_no_path(main: Estimator, panel: Panel, weights: Mapping[str, StudyWeights]) -> str:
    """Why the selection path, which needs the Durbin model under all kinds of effects, cannot be
    gone; empty where it can.
    """
    if main.dynamic is not None:
        return _static_only(f"dynamic = {main.dynamic!r}")
    if main.method == "gmm":
        return _static_only("method = 'gmm'")
    if main.absorb is not None:
        return (
            "its tests know unit and time effects only, and the study asks for absorb = "
            f"{list(main.absorb)}"
        )
    durbin = without_random_effects(main).to(SpatialDurbin)
    try:
        for W in weights.values():
            for effects in EFFECTS:
                durbin.replace(fixed_effects=effects, correction="auto").check(panel, W)
    except BevdriversError as error:
        return str(error)
    return ""


def _static_only(asked: str) -> str:
    return f"it compares likelihoods of static models, and the study asks for {asked}"


def moran_request(
    config: StudyConfig,
    panel: Panel,
    weights: Mapping[str, StudyWeights],
    main: Estimator,
) -> Moran:
    """Moran's I as the study asks for it; it can be computed under each of the weights, or is left
    out where cells are missing.
    """
    chosen = config.moran
    request = Moran(
        chosen.variable or read_formula(config.model.formula).name,
        permutations=chosen.permutations,
        alternative=chosen.alternative,  # type: ignore[arg-type]
        seed=chosen.seed,
    )
    if why_complete_only(main, panel, weights):
        return request
    for W in same_in_all_periods(weights).values():
        with errors_at(config.location("moran", "variable")):
            replace(request, permutations=0).fit(panel, W)
    return request
