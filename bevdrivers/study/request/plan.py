"""`Plan`: a study whose every step is known to be possible, before one of them is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...esda import Moran
from ...language.labels import STATISTICS
from ...language.words import Words
from ...models import Estimator
from ...panel import Design, Panel, build_design
from ...panel.missing_cells import observed_cells
from ...panel.terms import read_formula
from ...robustness import Specifications
from ..errors import StudyError, errors_at
from .config import StudyConfig
from .faults import Faults
from .model_requests import compared_request, effects_in_words, main_request
from .panel_input import read_base, read_panel
from .plan_checks import (
    COMPLETE_ONLY,
    check_durbin,
    check_impacts,
    check_labels,
    check_spillover,
    mapped_variable,
    mapped_years,
    moran_request,
    why_complete_only,
    why_no_map,
    why_no_path,
)
from .robustness_input import make_grid
from .stages import Stage, make_stage
from .weights_input import StudyWeights, make_weights

if TYPE_CHECKING:
    import geopandas


@dataclass(frozen=True, eq=False)
class Plan:
    """A checked study: each of its steps can be computed.

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
    robustness : Specifications or None
        What is varied around the main model, settled and counted.
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
    weights: Mapping[str, StudyWeights]
    models: Mapping[str, Estimator]
    main: Estimator
    outcome: str
    terms: tuple[str, ...]
    stages: tuple[Stage, ...]
    robustness: Specifications | None
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
    def words(self) -> Words:
        """The package's own words in the language of the study."""
        return Words(self.config.language)

    @property
    def first_weights(self) -> StudyWeights:
        """The main weights."""
        return next(iter(self.weights.values()))

    def describe(self) -> str:
        """What the study will do, in a few lines."""
        weights = [f"{name}: {W.name}, {W.n_links} links" for name, W in self.weights.items()]
        stages = [stage.title for stage in self.stages]
        lines = {
            "Data": repr(self.panel).splitlines()[0],
            "Weights": "; ".join(weights),
            "Formula": self.main.formula,
            "Models": ", ".join(type(model).__name__ for model in self.models.values()),
            "Main model": f"{type(self.main).__name__}, {effects_in_words(self.main)}",
            "Stages": "; ".join(stages) or "none",
        }
        if self.robustness is not None:
            lines["Robustness"] = str(self.robustness.summary())
        lines |= {f"Left out: {step}": reason for step, reason in self.left_out.items()}
        return "\n".join(f"{name}: {text}" for name, text in lines.items())


def make_plan(config: StudyConfig) -> Plan:
    """Read the data, make the weights and check every step, without estimating anything.

    What can be looked at in spite of a fault is looked at, so that as many as can be told apart are
    found at once.

    Raises
    ------
    StudyError
        Naming file, section and key of what cannot be done.
    """
    panel, base = _inputs(config)
    weights, main, models = _requests(config, panel)
    faults = Faults()
    with faults.collected():
        design = _check_models(config, panel, weights, main, models)
    with faults.collected():
        moran = moran_request(config, panel, weights, main)
    faults.raise_collected()
    stages = _check_parts(config, panel, weights, main, design, moran)
    robustness = make_grid(config, panel, weights, main)
    return Plan(
        config=config,
        panel=panel,
        weights=weights,
        models=models,
        main=main,
        outcome=design.outcome,
        terms=design.terms,
        stages=stages,
        robustness=robustness,
        left_out=_left_out(config, panel, weights, main),
        moran=moran,
        map_variable=mapped_variable(config, panel),
        map_years=mapped_years(config, panel),
        base=base,
    )


def _inputs(config: StudyConfig) -> tuple[Panel, geopandas.GeoDataFrame | None]:
    """The panel and the map beneath the maps, on which all else rests."""
    faults = Faults()
    with faults.collected():
        _check_formula(config)
    with faults.collected():
        base = read_base(config)
    with faults.collected():
        panel = read_panel(config)
    faults.raise_collected()
    return panel, base


def _requests(
    config: StudyConfig, panel: Panel
) -> tuple[dict[str, StudyWeights], Estimator, dict[str, Estimator]]:
    """Weights, the main model and those beside it, each possible by itself with this panel."""
    faults = Faults()
    with faults.collected():
        weights = _under_labels(config, make_weights(config, panel))
    with faults.collected():
        main = main_request(config)
        models = {name: compared_request(config, name, main) for name in config.model.compare}
        check_durbin(config, (main, *models.values()))
        _check_design(config, panel)
    with faults.collected():
        mapped_variable(config, panel)
    with faults.collected():
        mapped_years(config, panel)
    faults.raise_collected()
    return weights, main, models


def _check_parts(
    config: StudyConfig,
    panel: Panel,
    weights: Mapping[str, StudyWeights],
    main: Estimator,
    design: Design,
    moran: Moran,
) -> tuple[Stage, ...]:
    """Check what hangs on the main model; its stages."""
    faults = Faults()
    first = next(iter(weights.values()))
    stages = []
    for wanted in config.stages:
        with faults.collected():
            stages.append(make_stage(config, wanted, panel, main, first, design.terms))
    with faults.collected():
        check_impacts(config, panel, main, design)
    with faults.collected():
        check_spillover(config, panel, main, design)
    with faults.collected():
        check_labels(config, _names_in_tables(panel, design, moran))
    faults.raise_collected()
    return tuple(stages)


def _check_formula(config: StudyConfig) -> None:
    """Read the formula before any other file than the study is opened."""
    with errors_at(config.location("model", "formula")):
        read_formula(config.model.formula)


def _check_design(config: StudyConfig, panel: Panel) -> None:
    """Evaluate the formula on the data, unless it needs weights: then the models do that later."""
    with errors_at(config.location("model", "formula")):
        if not read_formula(config.model.formula).has_weights:
            observed = observed_cells(panel, config.model.formula)
            build_design(panel, config.model.formula, observed=observed)


def _under_labels(
    config: StudyConfig,
    weights: Mapping[str, StudyWeights],
) -> dict[str, StudyWeights]:
    """Weights under their labels, which have to differ: tables name them."""
    words = Words(config.language)
    labels = {one.name: one.label or words.said(weights[one.name].name) for one in config.weights}
    for name, label in labels.items():
        if list(labels.values()).count(label) > 1:
            raise StudyError(
                config.location(f"weights.{name}", "label"),
                expected="another name in tables for each W",
                got=f"{label!r} twice",
                remedy='Tell them apart with label = "...".',
            )
    return {name: W.renamed(labels[name]) for name, W in weights.items()}


def _check_models(
    config: StudyConfig,
    panel: Panel,
    weights: Mapping[str, StudyWeights],
    main: Estimator,
    models: Mapping[str, Estimator],
) -> Design:
    """Check all models under the main weights, and the main model under each; its design."""
    first = next(iter(weights.values()))
    with errors_at(config.location("model", "formula")):
        for model in models.values():
            model.check(panel, first)
        design = main.check(panel, first)
    faults = Faults()
    for name, W in weights.items():
        with faults.collected(), errors_at(config.location(f"weights.{name}", "")):
            main.check(panel, W)
    faults.raise_collected()
    return design


def _left_out(
    config: StudyConfig,
    panel: Panel,
    weights: Mapping[str, StudyWeights],
    main: Estimator,
) -> dict[str, str]:
    """Title of a step -> why it is left out."""
    no_map = why_no_map(panel)
    incomplete = why_complete_only(main, panel, weights)
    reasons = dict.fromkeys(COMPLETE_ONLY, incomplete) | {
        "Maps": no_map,
        "Spillover map": (no_map or incomplete) if config.spillover else "",
        "Calibration": incomplete if config.calibration.replications else "",
        "Selection path": incomplete or why_no_path(main, panel, weights),
    }
    return {step: reason for step, reason in reasons.items() if reason}


def _names_in_tables(
    panel: Panel,
    design: Design,
    moran: Moran,
) -> list[str]:
    """Everything that a table of the study may show and a label can name."""
    lags = [f"W_{term}" for term in design.terms if term != "Intercept"]
    names = [design.outcome, *design.terms, *lags, *panel.columns]
    return [*names, moran.variable, "rho", "lam", "sigma2", *STATISTICS]
