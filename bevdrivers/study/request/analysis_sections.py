"""The sections of a study file that say what is computed: models, Moran's I, maps, impacts, the
spillover, the calibration and the stages.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any, get_args

from ...options import (
    Alternative,
    Cluster,
    ClusterType,
    Correction,
    CovType,
    Demean,
    Dynamic,
    FixedEffects,
    GmmWeights,
    Kernel,
    Method,
    Missing,
    RandomEffects,
    TwoStage,
)
from ..errors import did_you_mean
from ..model_kinds import MAIN_MODELS, MODELS
from .records import (
    CalibrationConfig,
    ImpactsConfig,
    MapConfig,
    ModelConfig,
    MoranConfig,
    SpilloverConfig,
    StageConfig,
)
from .section import Section

# options of the estimators by what a study file writes for them; "none" stands for None
MODEL_CHOICES: dict[str, Any] = {
    "fixed_effects": FixedEffects,
    "random_effects": RandomEffects,
    "correction": Correction,
    "dynamic": Dynamic,
    "demean": Demean,
    "missing": Missing,
    "method": Method,
    "gmm": GmmWeights,
    "two_stage": TwoStage,
    "cov_type": CovType,
    "cluster": Cluster,
    "cluster_type": ClusterType,
    "kernel": Kernel,
}
MODEL_LISTS = ("absorb", "durbin", "endogenous", "instruments")
MODEL_NUMBERS = ("bandwidth", "cutoff_km")
MODEL_FLAGS = ("mundlak", "serial_errors")

# the first and the last year of a stage; None is as far as the sample goes
Years = tuple[int | None, int | None]


def model_config(section: Section) -> ModelConfig:
    """The section ``[model]``."""
    main = section.choice("main", MAIN_MODELS, "sdm")
    return ModelConfig(
        formula=section.required("formula", 'a formula such as "y ~ x1 + x2"'),
        main=main,
        compare=section.choices("compare", MODELS, ("pooled", "sar", "sem", "sdm")),
        options=tuple(model_options(section)),
    )


def model_options(section: Section) -> Iterator[tuple[str, Any]]:
    """The options of the estimators that the section gives, by name.

    Whether they go together, the estimators check.
    """
    for name, allowed in MODEL_CHOICES.items():
        if section.has(name):
            yield name, _choice_or_none(section, name, allowed)
    for name in MODEL_LISTS:
        if section.has(name):
            yield name, section.texts(name)
    for name in MODEL_NUMBERS:
        if section.has(name):
            yield name, section.number(name, None, above=0)
    for name in MODEL_FLAGS:
        if section.has(name):
            yield name, section.flag(name, False)


def _choice_or_none(section: Section, name: str, allowed: Any) -> str | None:
    words = words_of(allowed)
    return value_of(section.choice(name, words, words[0]))


def words_of(allowed: Any) -> list[str]:
    """The values of an option as a study file writes them: "none" stands for None."""
    return ["none" if word is None else word for word in get_args(allowed)]


def value_of(word: str) -> str | None:
    """What a word of a study file stands for."""
    return None if word == "none" else word


def moran_config(section: Section, seed: int) -> MoranConfig:
    """The section ``[moran]``; `seed` is that of the study."""
    return MoranConfig(
        variable=section.text("variable"),
        permutations=section.whole("permutations", 999, at_least=0),
        alternative=section.choice("alternative", get_args(Alternative), "two-sided"),
        seed=section.whole("seed", seed, at_least=0),
    )


def map_config(section: Section) -> MapConfig:
    """The section ``[map]``."""
    years = section.some_years("years")
    return MapConfig(
        variable=section.text("variable"),
        label=section.text("label"),
        years=years,
        base=section.path("base"),
        caption=section.text("caption"),
    )


def impacts_config(section: Section, seed: int) -> ImpactsConfig:
    """The section ``[impacts]``; `seed` is that of the study."""
    at = None
    if section.has("at"):
        at = tuple(section.table("at").items())
    return ImpactsConfig(
        draws=_draws(section),
        seed=section.whole("seed", seed, at_least=0),
        at=at,
    )


def _draws(section: Section) -> int:
    """Draws of impacts: none, or so many that they have a spread."""
    draws = section.whole("draws", 1000, at_least=0)
    if draws == 1:
        section.reject("draws", "0 (delta method) or a number of draws, 2 or more", draws)
    return draws


def spillover_config(section: Section) -> SpilloverConfig | None:
    """The section ``[spillover]``, a change to map; None where it is not there."""
    if not section.values:
        return None
    return SpilloverConfig(
        unit=section.required("unit", "the unit in which a regressor changes"),
        term=section.required("term", "the regressor that changes, as the formula writes it"),
        change=_change(section),
    )


def _change(section: Section) -> float:
    """By how much the regressor changes; zero changes nothing."""
    change = section.number("change", 1.0, above=-inf)
    if not change:
        section.reject("change", "a number other than 0", change)
    return change or 0.0


def calibration_config(section: Section, seed: int) -> CalibrationConfig:
    """The section ``[calibration]``; `seed` is that of the study."""
    return CalibrationConfig(
        replications=section.whole("replications", 500, at_least=0),
        seed=section.whole("seed", seed, at_least=0),
        path_replications=section.whole("path_replications", 0, at_least=0),
    )


def stage_configs(section: Section) -> tuple[StageConfig, ...]:
    """The section ``[stages]``: two by a split year, or any number of named ranges of years."""
    years = _years_of_stages(section)
    left_out = _terms_left_out(section, years)
    return tuple(
        StageConfig(name, first, last, drop=tuple(left_out.get(name, ())))
        for name, (first, last) in years.items()
    )


def _years_of_stages(section: Section) -> dict[str, Years]:
    """Name of a stage -> its years."""
    if section.has("split") and section.has("ranges"):
        section.refuse("split", "either split or ranges", "both")
    names = section.texts("names", ("Stage 1", "Stage 2")) or ()
    split = None
    if section.has("split"):
        split = section.whole("split", 0, at_least=1)
    ranges = section.table("ranges")
    if section.has("names") and (split is None or len(names) != 2):
        section.reject("names", "two names, with split", list(names))
    stages: dict[str, Years] = {}
    if split is not None:
        stages |= {names[0]: (None, split - 1), names[-1]: (split, None)}
    for name, years in ranges.items():
        stages[name] = (None, None)
        with section.faults.collected():
            stages[name] = section.range_of(f"ranges.{name}", years)
    return stages


def _terms_left_out(section: Section, stages: dict[str, Years]) -> dict[str, list[str]]:
    """Name of a stage -> terms of the formula that it goes without."""
    left_out = {}
    for name, terms in section.table("drop").items():
        if name not in stages:
            remedy = did_you_mean(name, stages or ["none"])
            section.reject(f"drop.{name}", "the name of a stage", name, remedy)
        elif not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
            section.reject(f"drop.{name}", 'a list of terms, such as ["policy"]', terms)
        else:
            left_out[name] = terms
    return left_out
