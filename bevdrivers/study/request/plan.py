"""`Plan`: a study whose every step is known to be possible, before one of them is computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...errors import BevdriversError, InputError, OptionError
from ...esda import Moran
from ...models import (
    GeneralNesting,
    NonSpatial,
    SpatialCombined,
    SpatialDurbin,
    SpatialDurbinError,
    SpatialError,
    SpatialLag,
    SpatialLagX,
)
from ...panel import Design, Panel, build_design, moves
from ...panel.terms import read_formula
from ...tables.language.labels import STATISTICS
from ...weights import SpatialWeights
from ..errors import StudyError, did_you_mean, placed
from .config import StudyConfig
from .inputs import columns_in, make_weights, read_base, read_panel, years_within
from .records import StageConfig

if TYPE_CHECKING:
    import geopandas

    from ...models.estimator import Estimator

CLASSES: dict[str, type[Estimator]] = {
    "pooled": NonSpatial,
    "fe": NonSpatial,
    "re": NonSpatial,
    "slx": SpatialLagX,
    "sar": SpatialLag,
    "sem": SpatialError,
    "sdm": SpatialDurbin,
    "sdem": SpatialDurbinError,
    "sac": SpatialCombined,
    "gns": GeneralNesting,
}


@dataclass(frozen=True, eq=False)
class Stage:
    """A part of the sample and the model for it."""

    name: str
    panel: Panel
    model: Estimator
    dropped: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.name}, {self.panel.periods[0]}–{self.panel.periods[-1]}"


@dataclass(frozen=True, eq=False)
class Plan:
    """A checked study.

    Attributes
    ----------
    config : StudyConfig
    panel : Panel
    weights : mapping
        By name; the first is the main one.
    models : mapping
        The requests that stand side by side, by their short names.
    main : Estimator
    outcome, terms
        What the formula explains, and its regressors.
    stages : tuple of Stage
    moran : Moran
    map_variable, map_years
        What the maps show; no years where there is no map.
    base : GeoDataFrame or None
        What is drawn beneath the maps.
    left_out : mapping
        Step -> why it is left out.
    """

    config: StudyConfig
    panel: Panel
    weights: Mapping[str, SpatialWeights]
    models: Mapping[str, Estimator]
    main: Estimator
    outcome: str
    terms: tuple[str, ...]
    stages: tuple[Stage, ...]
    moran: Moran
    map_variable: str
    map_years: tuple[int, ...]
    base: geopandas.GeoDataFrame | None
    left_out: Mapping[str, str]

    @property
    def labels(self) -> dict[str, str]:
        """Term, column or statistic -> what is printed."""
        return dict(self.config.labels)

    @property
    def first_weights(self) -> SpatialWeights:
        return next(iter(self.weights.values()))

    def describe(self) -> str:
        """What the study will do, in a few lines."""
        weights = [f"{name}: {W.name}, {W.links.nnz} links" for name, W in self.weights.items()]
        stages = [stage.title for stage in self.stages]
        lines = {
            "Data": repr(self.panel).splitlines()[0],
            "Weights": "; ".join(weights),
            "Formula": self.main.formula,
            "Models": ", ".join(type(model).__name__ for model in self.models.values()),
            "Main model": f"{type(self.main).__name__}, {_effects_words(self.main)}",
            "Stages": "; ".join(stages) or "none",
        }
        lines |= {f"Left out: {step}": reason for step, reason in self.left_out.items()}
        return "\n".join(f"{name}: {text}" for name, text in lines.items())


def _effects_words(model: Estimator) -> str:
    if model.random_effects is not None:
        return f"random effects ({model.random_effects})"
    further = "" if model.absorb is None else f" and {', '.join(model.absorb)}"
    return f"{model.effects or 'no'} fixed effects{further}"


def make_plan(config: StudyConfig) -> Plan:
    """Read the data, make the weights and check every step, without estimating anything.

    Raises
    ------
    StudyError
        Naming file, section and key of what cannot be done.
    """
    with placed(config.place("model", "formula")):
        formula = read_formula(config.model.formula)
    panel = read_panel(config)
    if not formula.has_weights:  # else it needs the weights, and is read with the models below
        with placed(config.place("model", "formula")):
            build_design(panel, config.model.formula)
    weights = _renamed(config, make_weights(config, panel))
    main = _main(config)
    models = {name: _compared(config, name, main) for name in config.model.compare}
    if "durbin" in dict(config.model.options) and not any(
        model.lag_x for model in (main, *models.values())
    ):
        raise StudyError(
            config.place("model", "durbin"),
            expected="a model with lags of X",
            got="none among them",
        )
    first = next(iter(weights.values()))
    for model in models.values():
        _check_model(config, "model", "formula", model, panel, first)
    design = _check_model(config, "model", "formula", main, panel, first)
    for name, W in weights.items():
        _check_model(config, f"weights.{name}", "", main, panel, W)
    stages = tuple(
        _stage(config, stage, panel, main, first, design.terms) for stage in config.stages
    )
    variable, years, no_map = _map(config, panel)
    _check_impacts(config, panel, main, design)
    _check_spillover(config, panel, main, design)
    reasons = {
        "Maps": no_map,
        "Spillover map": no_map if config.spillover else "",
        "Selection path": _no_path(main, panel, weights),
    }
    plan = Plan(
        config=config,
        panel=panel,
        weights=weights,
        models=models,
        main=main,
        outcome=design.outcome,
        terms=design.terms,
        stages=stages,
        moran=_moran(config, panel, weights),
        map_variable=variable,
        map_years=years,
        base=read_base(config),
        left_out={step: reason for step, reason in reasons.items() if reason},
    )
    _check_labels(plan)
    return plan


def _renamed(config: StudyConfig, weights: dict[str, SpatialWeights]) -> dict[str, SpatialWeights]:
    """Weights under their labels, which have to differ: tables name them."""
    labels = {one.name: one.label or weights[one.name].name for one in config.weights}
    for name, label in labels.items():
        if list(labels.values()).count(label) > 1:
            remedy = 'Tell them apart with label = "...".'
            place = config.place(f"weights.{name}", "label")
            raise StudyError(
                place,
                expected="another name in tables for each W",
                got=f"{label!r} twice",
                remedy=remedy,
            )
    return {name: replace(W, name=labels[name], _aligned={}) for name, W in weights.items()}


def _main(config: StudyConfig) -> Estimator:
    """The request of the main model."""
    kind, options = CLASSES[config.model.main], dict(config.model.options)
    if not kind.lag_x:
        options.pop("durbin", None)  # it is for the models beside
    with _option_placed(config):
        return kind(config.model.formula, **options)


def _compared(config: StudyConfig, name: str, main: Estimator) -> Estimator:
    """The main request for another model; "pooled" and "fe" are without random effects, "re" with
    them.
    """
    if name == config.model.main:
        return main
    kind = CLASSES[name]
    with _option_placed(config):
        if kind is not NonSpatial:
            other = main.to(kind)
            return (
                other.replace(durbin=dict(config.model.options).get("durbin"))
                if kind.lag_x
                else other
            )
        if name == "re":
            return _plain(main).replace(
                absorb=None,
                fixed_effects="auto",
                random_effects=main.random_effects or "baltagi",
                mundlak=main.mundlak,
                serial_errors=main.serial_errors,
            )
        return (
            _plain(main).replace(fixed_effects=None, absorb=None)
            if name == "pooled"
            else _plain(main)
        )


def _plain(main: Estimator) -> Estimator:
    """The main request without spatial lags, random effects and autocorrelated errors."""
    return _without_random(main).to(NonSpatial)


def _without_random(main: Estimator) -> Estimator:
    gmm = None if main.gmm == "weights" else main.gmm
    return replace(
        main, random_effects=None, mundlak=False, serial_errors=False, two_stage=None, gmm=gmm
    )


@contextmanager
def _option_placed(config: StudyConfig) -> Iterator[None]:
    """Errors of an option of the estimators, at the key of that name."""
    try:
        yield
    except InputError as error:
        place = config.place("model", error.argument)
        raise StudyError(
            place, expected=error.expected, got=error.got, remedy=error.remedy
        ) from error


def _check_model(
    config: StudyConfig,
    section: str,
    key: str,
    model: Estimator,
    panel: Panel,
    weights: SpatialWeights,
) -> Design:
    """Build the sample of a model, which shows that it is identified and that the weights fit; its
    design.
    """
    with placed(config.place(section, key)):
        return model.check(panel, weights)


def _stage(
    config: StudyConfig,
    stage: StageConfig,
    panel: Panel,
    main: Estimator,
    weights: SpatialWeights,
    terms: tuple[str, ...],
) -> Stage:
    """A stage with its own panel and, where terms are left out, its own formula."""
    key = "split" if None in (stage.first, stage.last) else f"ranges.{stage.name}"
    years = (stage.first or panel.periods[0], stage.last or panel.periods[-1])
    part = panel.select(periods=years_within(panel, years, config.place("stages", key)))
    model = main
    if stage.drop:
        for term in stage.drop:
            if term not in terms:
                place, remedy = (
                    config.place("stages", f"drop.{stage.name}"),
                    did_you_mean(term, terms),
                )
                raise StudyError(
                    place, expected="terms of the formula", got=repr(term), remedy=remedy
                )
        durbin = (
            None
            if main.durbin is None
            else tuple(term for term in main.durbin if term not in stage.drop)
        )
        with placed(config.place("stages", f"drop.{stage.name}")):
            model = main.replace(formula=" - ".join([main.formula, *stage.drop]), durbin=durbin)
    try:
        design = _check_model(config, "stages", f"{key} ({stage.name})", model, part, weights)
    except StudyError as error:
        remedy = (
            f"{error.remedy} A term can be left out of a stage: drop = "
            f'{{ "{stage.name}" = ["..."] }}.'
        ).strip()
        raise StudyError(
            error.argument, expected=error.expected, got=error.got, remedy=remedy
        ) from error
    _check_impacts(config, part, model, design)
    return Stage(stage.name, part, model, stage.drop)


def _map(config: StudyConfig, panel: Panel) -> tuple[str, tuple[int, ...], str]:
    """Variable and years of the maps, and why there is none."""
    chosen = config.map
    outcome = columns_in(config.model.formula, panel)
    variable = chosen.variable or (outcome[0] if outcome else "")
    place = config.place("map", "variable")
    if variable not in panel.columns:
        raise StudyError(
            place,
            expected="a column of the data",
            got=f"no column {variable!r}",
            remedy=did_you_mean(variable, panel.columns),
        )
    if panel.columns[variable].dtype.kind != "f":
        raise StudyError(place, expected="a column of numbers", got=f"texts in {variable!r}")
    years = chosen.years or tuple(dict.fromkeys((panel.periods[0], panel.periods[-1])))
    strange = [year for year in years if year not in panel.periods]
    if strange:
        expected = f"years of the sample, {panel.periods[0]} to {panel.periods[-1]}"
        raise StudyError(config.place("map", "years"), expected=expected, got=str(strange[0]))
    reason = "the data have no map: give geometry in [data]" if panel.geometry is None else ""
    if (
        panel.geometry is not None
        and not panel.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).all()
    ):
        reason = "the map has no polygons"
    return variable, years, reason


def _check_impacts(config: StudyConfig, panel: Panel, model: Estimator, design: Design) -> None:
    """Refuse terms that share variables where the study does not say at which values to take their
    impacts.
    """
    if not (model.lag_y or model.lag_x):
        return
    at = config.impacts.at
    try:
        moves(panel, design, None if at is None else dict(at))
    except OptionError as error:
        remedy = "Give at = {} under [impacts] for the sample means, or at = { column = value }."
        place = config.place("impacts", "at")
        raise StudyError(place, expected=error.expected, got=error.got, remedy=remedy) from error


def _check_spillover(config: StudyConfig, panel: Panel, main: Estimator, design: Design) -> None:
    """Refuse a change in a unit or regressor that is not there, or that reaches nobody else."""
    chosen = config.spillover
    if chosen is None:
        return
    if not (main.lag_y or main.lag_x):
        got = f"{type(main).__name__}, in which nothing spills over"
        raise StudyError(
            config.place("spillover", ""), expected="a main model with a lag of y or of X", got=got
        )
    units, terms = (
        [str(unit) for unit in panel.units],
        [term for term in design.terms if term != "Intercept"],
    )
    for key, value, known in (("unit", chosen.unit, units), ("term", chosen.term, terms)):
        if value not in known:
            remedy = did_you_mean(value, known)
            expected = "a unit of the panel" if key == "unit" else "a regressor of the formula"
            raise StudyError(
                config.place("spillover", key), expected=expected, got=repr(value), remedy=remedy
            )


def _no_path(main: Estimator, panel: Panel, weights: Mapping[str, SpatialWeights]) -> str:
    """Why the selection path, which needs the Durbin model under all kinds of effects, cannot be
    gone.
    """
    if main.dynamic is not None or main.method == "gmm":
        said = f"dynamic = {main.dynamic!r}" if main.dynamic is not None else "method = 'gmm'"
        return f"it compares likelihoods of static models, and the study asks for {said}"
    if main.absorb is not None:
        return (
            "its tests know unit and time effects only, and the study asks for absorb = "
            f"{list(main.absorb)}"
        )
    main = _without_random(main)
    durbin = main.to(SpatialDurbin)
    kinds: tuple[Any, ...] = (None, "unit", "time", "two-way")
    try:
        for W in weights.values():
            for kind in kinds:
                durbin.replace(fixed_effects=kind, correction="auto").check(panel, W)
    except BevdriversError as error:
        return str(error)
    return ""


def _moran(config: StudyConfig, panel: Panel, weights: Mapping[str, SpatialWeights]) -> Moran:
    chosen = config.moran
    variable = chosen.variable or read_formula(config.model.formula).name
    request = Moran(
        variable,
        permutations=chosen.permutations,
        alternative=chosen.alternative,  # type: ignore[arg-type]
        seed=chosen.seed,
    )
    for W in weights.values():
        with placed(config.place("moran", "variable")):
            replace(request, permutations=0).fit(panel, W)
    return request


def _check_labels(plan: Plan) -> None:
    """Refuse a label for something that no table has: a misspelt term would stay unlabelled in
    silence.
    """
    lags = [f"W_{term}" for term in plan.terms if term != "Intercept"]
    known = [plan.outcome, *plan.terms, *lags, *plan.panel.columns]
    known += [plan.moran.variable, "rho", "lam", "sigma2", *STATISTICS]
    for key in plan.labels:
        if key not in known:
            place = plan.config.place("labels", f'"{key}"')
            remedy = did_you_mean(key, dict.fromkeys(known))
            raise StudyError(
                place, expected="a term, a column or a statistic", got="none of them", remedy=remedy
            )
