"""`Choices`: what a grid varies, settled into axes whose first value is that of the base model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..errors import OptionError, first_five, suggestion
from ..models import Estimator
from ..models.interface import check_request
from ..options import check_flag, whole_number
from ..panel.terms import (
    INTERCEPT,
    Formula,
    Term,
    is_category,
    label_of,
    read_formula,
    read_terms,
    written_term,
)
from ..weights import SpatialWeights
from ..weights.libpysal_bridge import is_graph
from ..weights.recipe import Recipe
from .subsample import Outliers, Subsample

# (label, value)
Named = tuple[tuple[str, Any], ...]
WHOLE, UNTOUCHED = "all", "none"
# what an axis of options may set
OPTIONS = [field.name for field in fields(Estimator) if field.name != "formula"]


class Axis(NamedTuple):
    """One choice: its name, and its values with their labels, that of the base model first."""

    name: str
    labels: tuple[Any, ...]
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Choices:
    """The base model and what is varied; `SpecGrid` says what each field means."""

    base: Estimator
    weights: Any = None
    models: Any = ()
    outcomes: Any = ()
    controls: Any = ()
    lags: Any = ()
    options: Any = ()
    samples: Any = ()
    outliers: Any = ()
    focus: Any = None
    cross: bool = True

    def __post_init__(self) -> None:
        check_request(self.base)
        check_flag("cross", self.cross)
        settled = {
            "weights": _named_weights(self.weights),
            "models": _classes(self.models),
            "outcomes": _named("outcomes", self.outcomes, str),
            "controls": _terms("controls", self.controls),
            "lags": tuple(whole_number("lags", one, 0) for one in _several("lags", self.lags)),
            "options": _option_values(self.options),
            "samples": _recipes("samples", self.samples, Subsample),
            "outliers": _recipes("outliers", self.outliers, Outliers),
        }
        for name, value in settled.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "focus", self._settled_focus())
        self._check_names()

    @cached_property
    def formula(self) -> Formula:
        """The formula of the base model, read."""
        return read_formula(self.base.formula)

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The axes in the order in which numbers run, the last one fastest.

        What makes a panel and its arrays stands first, so that neighbours share them.
        """
        return (
            _axis("sample", (WHOLE, Subsample()), self.samples),
            _axis("outliers", (UNTOUCHED, None), self.outliers),
            _axis("outcome", (self.formula.left, self.formula.left), self.outcomes),
            _axis("lag", (0, 0), [(k, k) for k in self.lags]),
            *self._control_axes,
            _axis("weights", *self._first_of_weights),
            _axis("model", (self.base.model, type(self.base)), self.models),
            *self._option_axes,
        )

    @property
    def _first_of_weights(self) -> tuple[tuple[str, Any], Named]:
        if not self.weights:
            return ("none", None), ()
        return self.weights[0], self.weights[1:]

    @property
    def _control_axes(self) -> Iterator[Axis]:
        """An axis a control: in or out, as the base model has it first."""
        inside = {label_of_term(term) for term in self.formula.terms}
        for text in self.controls:
            first = label_of(text) in inside
            yield Axis(label_of(text), (first, not first), (first, not first))

    @property
    def _option_axes(self) -> Iterator[Axis]:
        for name, values in self.options:
            first: tuple[str, Any] = ("base", ())
            if name in OPTIONS:
                own = getattr(self.base, name)
                first = (_text_of(name, own), ((name, own),))
            yield _axis(name, first, values)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each axis has."""
        return tuple(len(axis.values) for axis in self.axes)

    def __len__(self) -> int:
        """How many specifications the grid has, before any is settled or checked."""
        if self.cross:
            return math.prod(self.shape)
        return 1 + sum(size - 1 for size in self.shape)

    @cached_property
    def points(self) -> np.ndarray:
        """The place on each axis of each specification, (R, axes); the base model's row is the
        first.
        """
        if self.cross:
            return np.stack(np.unravel_index(np.arange(len(self)), self.shape), axis=1)
        rows = np.zeros((len(self), len(self.shape)), int)
        number = 1
        for axis, size in enumerate(self.shape):
            rows[number : number + size - 1, axis] = np.arange(1, size)
            number += size - 1
        return rows

    def labels(self, numbers: np.ndarray) -> pd.DataFrame:
        """The value of each axis that has several, a row for each of the numbers (R,)."""
        columns = {}
        for place, axis in enumerate(self.axes):
            if len(axis.values) > 1:
                is_text = isinstance(axis.labels[0], str)
                labels = np.array(axis.labels, object if is_text else None)
                columns[axis.name] = labels[self.points[numbers, place]]
        return pd.DataFrame(columns, index=pd.Index(numbers, name="specification"))

    def _settled_focus(self) -> tuple[str, ...]:
        """The terms whose estimates are kept: those given, or all of the base model that are always
        in and numeric.
        """
        optional = {label_of(text) for text in self.controls}
        able = [
            label_of_term(term)
            for term in self.formula.terms
            if term != INTERCEPT and not any(map(is_category, term))
        ]
        able = [label for label in able if label not in optional]
        if self.focus is None:
            return tuple(able)
        wanted = tuple(label_of(text) for text in _several("focus", self.focus))
        unknown = [text for text in wanted if text not in able]
        if unknown or not wanted:
            raise OptionError(
                "focus",
                expected=f"terms that every specification has, of {first_five(able)}",
                got=first_five(unknown) if unknown else "none",
                remedy=suggestion((unknown or [""])[0], able),
            )
        return wanted

    def _check_names(self) -> None:
        """Refuse two axes of one name, whose columns could not be told apart."""
        names = [axis.name for axis in self.axes]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise OptionError(
                "SpecGrid",
                expected="axes of different names",
                got=f"several called {first_five(twice)}",
                remedy="Rename the column of the panel, or list each control and option once.",
            )


def label_of_term(term: Term) -> str:
    """What a design calls a term."""
    return label_of(written_term(term)) if term else "Intercept"


def _axis(
    name: str,
    first: tuple[Any, Any],
    others: Iterable[tuple[Any, Any]],
) -> Axis:
    """An axis with the value of the base model first, and no value twice."""
    pairs = [first]
    for label, value in others:
        if not any(value is known or _same(value, known) for _, known in pairs):
            pairs.append((label, value))
    labels, values = zip(*pairs, strict=True)
    return Axis(name, labels, values)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _several(argument: str, given: Any) -> tuple[Any, ...]:
    """What was given as a list; a text alone is none."""
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise OptionError(
            argument,
            expected="a list",
            got=repr(given),
            remedy=f"Put it into a list: {argument}=[{given!r}].",
        )
    return tuple(given)


def _named(
    argument: str,
    given: Any,
    name_of: Callable[[Any], str],
) -> Named:
    """Values with their labels: those of a mapping, or made of the values themselves."""
    if isinstance(given, Mapping):
        return tuple((str(label), value) for label, value in given.items())
    pairs: dict[str, Any] = {}
    for value in _several(argument, given):
        if _is_pair(value):
            label, value = value
        else:
            label = name_of(value)
        number, free = 1, label
        while free in pairs:
            number += 1
            free = f"{label} ({number})"
        pairs[free] = value
    return tuple(pairs.items())


def _is_pair(value: Any) -> bool:
    """Whether a value carries its label already, as in a grid that is made over."""
    return isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str)


def _named_weights(given: Any) -> Named:
    """Weights and recipes by name; a single one stands for itself."""
    single = isinstance(given, (SpatialWeights, Recipe)) or is_graph(given)
    named = _named("weights", [given] if single else given, lambda one: getattr(one, "name", "W"))
    for label, value in named:
        if not (isinstance(value, (SpatialWeights, Recipe)) or is_graph(value)):
            raise OptionError(
                "weights",
                expected="SpatialWeights, or recipes such as bd.Queen()",
                got=f"{type(value).__name__} for {label!r}",
                remedy='Write weights={"queen": bd.Queen(), "4 nearest": bd.KNearest(4)}.',
            )
    return named


def _classes(given: Any) -> Named:
    """Classes of models by their names."""
    listed = [pair[1] if _is_pair(pair) else pair for pair in _several("models", given)]
    for one in listed:
        if not (isinstance(one, type) and issubclass(one, Estimator) and one is not Estimator):
            raise OptionError(
                "models",
                expected="classes of models such as bd.SpatialLag",
                got=repr(one),
                remedy="Write models=[bd.SpatialLag, bd.SpatialDurbinError], without brackets.",
            )
    return tuple((one.__name__, one) for one in listed)


def _terms(argument: str, given: Any) -> tuple[str, ...]:
    """Terms of a formula, one each."""
    texts = _several(argument, given)
    for text in texts:
        if not isinstance(text, str) or len(read_terms(text, argument)) != 1:
            raise OptionError(
                argument,
                expected="a list of terms, one each",
                got=repr(text),
                remedy=f'Write {argument}=["log(x)", "z"].',
            )
    return texts


def _option_values(given: Any) -> tuple[tuple[str, Named], ...]:
    """Axis -> values of an option of the model, or of several options that go together."""
    pairs = tuple(given.items()) if isinstance(given, Mapping) else _several("options", given)
    return tuple((name, _values_of(name, values)) for name, values in pairs)


def _values_of(name: str, values: Any) -> Named:
    """Label -> the options that a value of the axis sets, as pairs that can be hashed."""
    if isinstance(values, Mapping):
        named = {str(label): tuple(change.items()) for label, change in values.items()}
    elif all(_is_settled(value) for value in values) and len(values):
        named = dict(values)
    elif name in OPTIONS:
        plain = [_plain(value) for value in _several(f"options[{name!r}]", values)]
        named = {_text_of(name, value): ((name, value),) for value in plain}
    else:
        raise OptionError(
            "options",
            expected=f"options of the model, of {OPTIONS}, or a mapping of labels to options",
            got=repr(name),
            remedy=suggestion(name, OPTIONS),
        )
    unknown = [option for change in named.values() for option, _ in change if option not in OPTIONS]
    if unknown:
        raise OptionError(
            f"options[{name!r}]",
            expected=f"options of the model, of {OPTIONS}",
            got=first_five(unknown),
            remedy=suggestion(unknown[0], OPTIONS),
        )
    return tuple(named.items())


def _is_settled(value: Any) -> bool:
    """Whether a value of an axis of options is settled already, as in a grid that is made over."""
    return _is_pair(value) and isinstance(value[1], tuple) and all(map(_is_pair, value[1]))


def _plain(value: Any) -> Any:
    """A value of an option; a list of names as a tuple, which can be hashed."""
    return tuple(value) if isinstance(value, list) else value


def _text_of(name: str, value: Any) -> str:
    """The label of an option's value."""
    if value is None:
        return WHOLE if name == "durbin" else "none"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def _recipes(
    argument: str,
    given: Any,
    kind: type,
) -> Named:
    """Requests of one kind by name."""
    named = _named(argument, given, repr)
    for label, value in named:
        if not isinstance(value, kind):
            raise OptionError(
                argument,
                expected=f"requests such as {_EXAMPLES[argument]}",
                got=f"{type(value).__name__} for {label!r}",
                remedy=f'Write {argument}={{"name": {_EXAMPLES[argument]}}}.',
            )
    return named


_EXAMPLES = {
    "samples": 'bd.Subsample(drop_units=["Beijing"])',
    "outliers": "bd.Winsorise(0.01, 0.99)",
}
