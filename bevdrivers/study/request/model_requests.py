"""The models that a study asks for, as requests of the estimators."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ...errors import InputError
from ...models import Estimator, NonSpatial
from ..errors import StudyError
from ..model_kinds import MODELS
from .config import StudyConfig


def main_request(config: StudyConfig) -> Estimator:
    """The request of the main model."""
    kind = MODELS[config.model.main]
    options = dict(config.model.options)
    if not kind.lag_x:
        options.pop("durbin", None)  # it is for the models beside
    with _errors_at_options(config):
        return kind(config.model.formula, **options)


def compared_request(
    config: StudyConfig,
    name: str,
    main: Estimator,
) -> Estimator:
    """The main request for another model, by its name in the study file.

    "pooled" and "fe" are without random effects, "re" is with them.
    """
    if name == config.model.main:
        return main
    kind = MODELS[name]
    with _errors_at_options(config):
        if kind is NonSpatial:
            return _least_squares(name, main)
        other = main.to(kind)
        if not kind.lag_x:
            return other
        return other.replace(durbin=dict(config.model.options).get("durbin"))


def _least_squares(name: str, main: Estimator) -> Estimator:
    plain = without_random_effects(main).to(NonSpatial)
    if name == "pooled":
        return plain.replace(fixed_effects=None, absorb=None)
    if name == "fe":
        return plain
    return plain.replace(
        absorb=None,
        fixed_effects="auto",
        random_effects=main.random_effects or "baltagi",
        mundlak=main.mundlak,
        serial_errors=main.serial_errors,
    )


def without_random_effects(main: Estimator) -> Estimator:
    """The main request without random effects and autocorrelated errors."""
    return replace(
        main,
        random_effects=None,
        mundlak=False,
        serial_errors=False,
        two_stage=None,
        gmm=None if main.gmm == "weights" else main.gmm,
    )


@contextmanager
def _errors_at_options(config: StudyConfig) -> Iterator[None]:
    """Turn errors of an option of the estimators into errors at the key of that name."""
    try:
        yield
    except InputError as error:
        location = config.location("model", error.argument)
        raise StudyError.at(location, error) from error


def effects_in_words(model: Estimator) -> str:
    """Which effects a request asks for: "two-way fixed effects"."""
    if model.random_effects is not None:
        return f"random effects ({model.random_effects})"
    fixed = f"{model.effects or 'no'} fixed effects"
    if model.absorb is None:
        return fixed
    return f"{fixed} and {', '.join(model.absorb)}"
