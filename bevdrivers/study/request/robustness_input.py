"""What a study varies around its main model, as a grid of specifications, checked on the panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ...errors import InputError
from ...models import Estimator
from ...panel import Panel
from ...robustness import SpecGrid, Specifications, Subsample, Trim, Winsorise
from ...robustness.specifications import check_columns
from ...robustness.subsample import Outliers
from ...weights import SpatialWeights
from ...weights.by_period import PeriodWeights
from ...weights.recipe import Recipe
from ..errors import StudyError, did_you_mean, errors_at
from ..model_kinds import MODELS
from .config import StudyConfig
from .faults import Faults
from .panel_input import years_within
from .records import RobustnessConfig, SampleConfig
from .weights_input import StudyWeights, recipes


def make_grid(
    config: StudyConfig,
    panel: Panel,
    weights: Mapping[str, StudyWeights],
    main: Estimator,
) -> Specifications | None:
    """The specifications of a study, settled and counted; None where it varies nothing.

    Each axis is looked at by itself first, so that its faults stand at its key.

    Raises
    ------
    StudyError
    """
    chosen = config.robustness
    if chosen is None:
        return None
    faults = Faults()
    axes: dict[str, Any] = {}
    for name, read in READERS.items():
        with faults.collected():
            axes[name] = read(Source(config, chosen, panel, weights))
    for name, values in axes.items():
        if name not in MERGED:
            with faults.collected(), _errors_at(config, name):
                SpecGrid(main, **{name: values})
    faults.raise_collected()
    return _checked(config, chosen, panel, main, axes)


@dataclass(frozen=True)
class Source:
    """What the axes are made of."""

    config: StudyConfig
    chosen: RobustnessConfig
    panel: Panel
    weights: Mapping[str, StudyWeights]

    def location(self, key: str) -> str:
        return self.config.location("robustness", key)


def _weights(source: Source) -> dict[str, SpatialWeights | Recipe]:
    """The weights by what tables call them; the main ones are the first.

    A recipe is fitted on each sample, weights from a file are cut to it.
    """
    names = list(source.weights)
    wanted = names if source.chosen.weights is None else source.chosen.weights
    for name in wanted:
        if name not in names:
            raise StudyError(
                source.location("weights"),
                expected="names of sections [weights.NAME]",
                got=repr(name),
                remedy=did_you_mean(name, names),
            )
    chosen = dict.fromkeys([names[0], *wanted])
    fixed = {name: _of_all_periods(source, name) for name in chosen}
    made = recipes(source.config, source.panel, fixed)
    return {W.name: made[name] for name, W in fixed.items()}


def _of_all_periods(source: Source, name: str) -> SpatialWeights:
    """Weights that a grid can vary: those that are one W in all periods."""
    W = source.weights[name]
    if isinstance(W, PeriodWeights):
        raise StudyError(
            source.location("weights"),
            expected="weights that are the same in all periods",
            got=f"{name!r}, which is one W a period",
            remedy=f"Leave it out of the list, and let weights.{name} not come first.",
        )
    return W


def _samples(source: Source) -> dict[str, Subsample]:
    """The parts of the panel by name, those without one unit or one year at the end."""
    panel, chosen = source.panel, source.chosen
    faults = Faults()
    samples = {}
    for one in chosen.samples:
        with faults.collected(), errors_at(source.location(f"samples.{one.name}")):
            samples[one.name] = _sample(source, one)
            samples[one.name].apply(panel)
    faults.raise_collected()
    if "unit" in chosen.leave_one_out:
        samples |= Subsample.without_each_unit(panel)
    if "year" in chosen.leave_one_out:
        samples |= Subsample.without_each_period(panel)
    return samples


def _sample(source: Source, one: SampleConfig) -> Subsample:
    periods = None
    if one.years is not None:
        place = source.location(f"samples.{one.name}.years")
        periods = years_within(source.panel, one.years, place)
    return Subsample(
        units=one.units,
        drop_units=one.drop_units,
        periods=periods,
        drop_periods=one.drop_years,
        groups=dict(one.groups),
        drop_groups=dict(one.drop_groups),
    )


def _outliers(source: Source) -> dict[str, Outliers]:
    """What is done about outliers, by share."""
    treatments: dict[str, Outliers] = {}
    kinds: tuple[tuple[str, type[Outliers], tuple[float, ...]], ...] = (
        ("winsorised", Winsorise, source.chosen.winsorise),
        ("trimmed", Trim, source.chosen.trim),
    )
    for name, kind, shares in kinds:
        for share in shares:
            treatments[f"{name} {100 * share:g} %"] = kind(share, 1 - share)
    return treatments


def _options(source: Source) -> dict[str, dict[str, dict[str, Any]]]:
    """The axes of options, each with its values by label."""
    axes = source.chosen.options
    return {axis: {label: dict(pairs) for label, pairs in values} for axis, values in axes}


def _models(source: Source) -> list[type[Estimator]]:
    return [MODELS[name] for name in source.chosen.models]


# axis of a grid -> what makes its values of the study
READERS: Mapping[str, Callable[[Source], Any]] = {
    "weights": _weights,
    "samples": _samples,
    "outliers": _outliers,
    "models": _models,
    "outcomes": lambda source: source.chosen.outcomes,
    "controls": lambda source: source.chosen.controls,
    "lags": lambda source: source.chosen.lags,
    "options": _options,
}
# axes that several keys make, whose values are right when they are made
MERGED = ("weights", "samples", "outliers")


def _checked(
    config: StudyConfig,
    chosen: RobustnessConfig,
    panel: Panel,
    main: Estimator,
    axes: Mapping[str, Any],
) -> Specifications:
    """The grid of all axes on the panel.

    Raises
    ------
    StudyError
        Columns that the panel does not have, axes of one name, or nothing to look at.
    """
    for key in ("outcomes", "controls"):
        alone = SpecGrid(main, **{key: axes[key]})
        with _errors_at(config, key):
            check_columns(alone, panel)
    with _errors_at(config, "focus"):
        grid = SpecGrid(main, focus=chosen.focus, cross=chosen.cross, **axes)
    if not grid.focus:
        raise StudyError(
            config.location("robustness", "controls"),
            expected="at least one regressor of the formula that is in every specification",
            got="all of them",
            remedy="Leave those whose estimates are looked at out of controls.",
        )
    with _errors_at(config, ""):
        return grid.check(panel)


@contextmanager
def _errors_at(config: StudyConfig, key: str) -> Iterator[None]:
    """Put errors of a grid at a key of the section; axes of one name at the section itself."""
    try:
        yield
    except InputError as error:
        place = "" if error.argument == "SpecGrid" and key == "focus" else key
        location = config.location("robustness", place)
        raise StudyError.at(location, error, remedy=_remedy(error, key)) from error


def _remedy(error: InputError, key: str) -> str | None:
    """The remedy in the words of a study file, where that of the grid is Python."""
    return REMEDIES.get(key) if "=" in error.remedy else None


REMEDIES = {
    "controls": 'Write controls = ["log(x)", "z"], a term each.',
    "outcomes": 'Write outcomes = ["asinh(y)"].',
}
