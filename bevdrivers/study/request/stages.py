"""The stages of a study: parts of the sample, each with a model of its own."""

from __future__ import annotations

from dataclasses import dataclass

from ...models import Estimator
from ...models.interface import with_effects_of_whole
from ...panel import Panel
from ..errors import StudyError, did_you_mean, errors_at
from .config import StudyConfig
from .panel_input import years_within
from .plan_checks import check_impacts
from .records import StageConfig
from .weights_input import StudyWeights


@dataclass(frozen=True, eq=False)
class Stage:
    """A part of the sample and the model for it."""

    name: str
    panel: Panel
    model: Estimator
    dropped: tuple[str, ...]

    @property
    def title(self) -> str:
        """The name with the first and the last year."""
        return f"{self.name}, {self.panel.periods[0]}–{self.panel.periods[-1]}"


def make_stage(
    config: StudyConfig,
    wanted: StageConfig,
    panel: Panel,
    main: Estimator,
    weights: StudyWeights,
    terms: tuple[str, ...],
) -> Stage:
    """A stage with its own panel and, where terms are left out, its own formula.

    Parameters
    ----------
    config : StudyConfig
    wanted : StageConfig
    panel : Panel
        The whole sample.
    main : Estimator
        The main model of the study.
    weights : StudyWeights
        The main weights.
    terms : tuple of str
        Those of the main model.

    Raises
    ------
    StudyError
        The stage has years or terms that are not there, or too little in it to estimate the model.
    """
    key = f"ranges.{wanted.name}"
    if None in (wanted.first, wanted.last):
        key = "split"
    years = (wanted.first or panel.periods[0], wanted.last or panel.periods[-1])
    part = panel.select(periods=years_within(panel, years, config.location("stages", key)))
    model = with_effects_of_whole(_model_of_stage(config, wanted, main, terms), part)
    try:
        with errors_at(config.location("stages", f"{key} ({wanted.name})")):
            design = model.check(part, weights)
    except StudyError as error:
        hint = f'A term can be left out of a stage: drop = {{ "{wanted.name}" = ["..."] }}.'
        remedy = f"{error.remedy} {hint}".strip()
        raise StudyError.at(error.argument, error, remedy=remedy) from error
    check_impacts(config, part, model, design)
    return Stage(wanted.name, part, model, wanted.drop)


def _model_of_stage(
    config: StudyConfig,
    wanted: StageConfig,
    main: Estimator,
    terms: tuple[str, ...],
) -> Estimator:
    """The main model without the terms that the stage drops."""
    if not wanted.drop:
        return main
    location = config.location("stages", f"drop.{wanted.name}")
    for term in wanted.drop:
        if term not in terms:
            remedy = did_you_mean(term, terms)
            expected = "terms of the formula"
            raise StudyError(
                location,
                expected=expected,
                got=repr(term),
                remedy=remedy,
            )
    durbin = main.durbin
    if durbin is not None:
        durbin = tuple(term for term in durbin if term not in wanted.drop)
    with errors_at(location):
        return main.replace(formula=" - ".join([main.formula, *wanted.drop]), durbin=durbin)
