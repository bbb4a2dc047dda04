"""The section ``[robustness]`` of a study file: what is varied around the main model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..model_kinds import MODELS
from .analysis_sections import MODEL_CHOICES, model_options, value_of, words_of
from .records import ModelOptions, RobustnessConfig, SampleConfig
from .section import Section

# least squares with the effects of the main model stands among the spatial models
VARIED_MODELS = [name for name in MODELS if name not in ("pooled", "re")]
LEFT_OUT = ("unit", "year")
SHARES = "a list of different shares between 0 and 0.5, such as [0.01, 0.05]"
LAGS = "a list of different whole numbers, 1 or more, such as [1, 2]"

Columns = tuple[tuple[str, tuple[str, ...]], ...]
# an axis -> label -> options that go together
Axes = tuple[tuple[str, tuple[tuple[str, ModelOptions], ...]], ...]


def robustness_config(section: Section) -> RobustnessConfig | None:
    """The section ``[robustness]``; None where it is not there."""
    if not section.values:
        return None
    return RobustnessConfig(
        focus=section.texts("focus"),
        weights=section.texts("weights"),
        models=section.choices("models", VARIED_MODELS, ()),
        outcomes=section.texts("outcomes") or (),
        controls=section.texts("controls") or (),
        lags=section.numbers("lags", LAGS, _is_lag),
        options=_axes_of_options(section),
        samples=tuple(_samples(section)),
        leave_one_out=section.choices("leave_one_out", LEFT_OUT, ()),
        winsorise=section.numbers("winsorise", SHARES, _is_share),
        trim=section.numbers("trim", SHARES, _is_share),
        cross=section.flag("cross", True),
    )


def _is_lag(value: Any) -> bool:
    return type(value) is int and value >= 1


def _is_share(value: Any) -> bool:
    return bool(0 < value < 0.5)


def _axes_of_options(section: Section) -> Axes:
    """The options of the model that are lists of values here, then those that go together."""
    axes = []
    for name, allowed in MODEL_CHOICES.items():
        words = section.choices(name, words_of(allowed), ())
        if words:
            axes.append((name, tuple((word, ((name, value_of(word)),)) for word in words)))
    return (*axes, *_axes_by_label(section))


def _axes_by_label(section: Section) -> Iterator[tuple[str, tuple[tuple[str, ModelOptions], ...]]]:
    """The axes of ``options``: each has values with a label and several options."""
    for axis, values in section.table("options").items():
        if _is_table(section, f"options.{axis}", values):
            yield axis, tuple(_labelled(section, axis, values))


def _labelled(
    section: Section, axis: str, values: Mapping[str, Any]
) -> Iterator[tuple[str, ModelOptions]]:
    """Label -> options of one axis."""
    for label, chosen in values.items():
        place = f"options.{axis}.{label}"
        if _is_table(section, place, chosen):
            part = _part(section, place, chosen)
            yield label, tuple(model_options(part))
            part.refuse_unknown_keys()


def _samples(section: Section) -> Iterator[SampleConfig]:
    """The parts of the panel, by their names."""
    for name, chosen in section.table("samples").items():
        place = f"samples.{name}"
        if _is_table(section, place, chosen):
            part = _part(section, place, chosen)
            yield _sample(name, part)
            part.refuse_unknown_keys()


def _sample(name: str, part: Section) -> SampleConfig:
    return SampleConfig(
        name,
        units=part.texts("units"),
        drop_units=part.texts("drop_units"),
        years=part.years("years"),
        drop_years=part.some_years("drop_years"),
        groups=_columns(part, "groups"),
        drop_groups=_columns(part, "drop_groups"),
    )


def _columns(part: Section, key: str) -> Columns:
    """Columns with some of their values."""
    table = part.table(key)
    columns = _part(part, key, table)
    return tuple((column, columns.texts(column) or ()) for column in table)


def _part(section: Section, place: str, values: Mapping[str, Any]) -> Section:
    """A table within the section, whose faults are those of the section."""
    return Section(section.file, f"{section.name}.{place}", values, faults=section.faults)


def _is_table(section: Section, place: str, value: Any) -> bool:
    """Whether a value is a table with something in it; another one is a fault."""
    if isinstance(value, Mapping) and value:
        return True
    section.reject(place, "a table, such as { name = ... }", value)
    return False
