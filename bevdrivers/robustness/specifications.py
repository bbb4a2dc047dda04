"""From a grid and a panel to specifications: settled, so that what is the same is fitted once, and
checked, so that what makes no sense is listed with the reason.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..display import Shown
from ..errors import BevdriversError, DataError, first_five, suggestion
from ..models import Estimator, FitResult
from ..panel import Panel
from ..panel.terms import (
    INTERCEPT,
    is_category,
    label_of,
    read_expression,
    read_formula,
    read_terms,
    written_term,
)
from ..panel.tree import columns_of
from ..results import Text, installed_versions
from ..weights.given import made_weights
from .axes import Choices, label_of_term
from .identities import hash_of_panel, identity_of_estimate, identity_of_weights

# What becomes of a specification.
TO_FIT, SAME, SENSELESS = "to fit", "same as another", "makes no sense"
# The axes that choose data and W; all others make the request.
OF_DATA = ("sample", "outliers", "weights")
# The packages whose version a result belongs to.
NUMERICAL = ("bevdrivers", "numpy", "scipy", "formulaic")


class Data(NamedTuple):
    """The data of a specification, as places on the axes `OF_DATA`."""

    sample: int
    outliers: int
    weights: int


@dataclass(frozen=True, slots=True)
class Specification:
    """One regression of a grid.

    Attributes
    ----------
    number : int
        Its place in the grid; the base model is 0.
    key : str
        Hash of what it asks for, once all options are settled: equal keys are one regression.
    request : Estimator
    estimate : str
        What the estimate is known by: equal texts on equal data differ in their covariance alone.
    terms : tuple of (str, str)
        The terms of the focus, and what each is called in this regression.
    data : Data
    """

    number: int
    key: str
    request: Estimator
    estimate: str
    terms: tuple[tuple[str, str], ...]
    data: Data


@dataclass(frozen=True, eq=False, repr=False)
class Specifications(Shown):
    """All specifications of a grid on a panel, before any is fitted.

    Attributes
    ----------
    choices : Choices
        The grid.
    panel : Panel
    to_fit : tuple of Specification
        Each regression once, in the order of their numbers.
    same : dict of int to int
        Number -> number of the first specification that asks for the same regression.
    senseless : dict of int to str
        Number -> why it makes no sense.
    """

    choices: Choices
    panel: Panel
    to_fit: tuple[Specification, ...]
    same: dict[int, int]
    senseless: dict[int, str]

    def __len__(self) -> int:
        return len(self.choices)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a specification of the grid: the value of each axis, what becomes of it, and why.

        `status` is "to fit", "same as another" or "makes no sense"; `same_as` is the number of the
        specification that it repeats.
        """
        status = np.full(len(self), TO_FIT, object)
        status[list(self.same)] = SAME
        status[list(self.senseless)] = SENSELESS
        reason = np.full(len(self), "", object)
        reason[list(self.senseless)] = list(self.senseless.values())
        same_as = pd.Series(self.same, dtype="Int64").reindex(range(len(self)))
        labels = self.choices.labels(np.arange(len(self)))
        return labels.assign(status=status, same_as=same_as.array, reason=reason)

    def glance(self) -> pd.DataFrame:
        """One row: how many specifications the grid has, how many are fitted, repeat another, or
        make no sense.
        """
        row = {
            "specifications": len(self),
            "to_fit": len(self.to_fit),
            "same_as_another": len(self.same),
            "senseless": len(self.senseless),
        }
        return pd.DataFrame([row])

    def summary(self) -> Text:
        """The counts, the axes, and each reason why specifications make no sense."""
        counts = (
            f"Grid of {len(self):,} specifications: {len(self.to_fit):,} to fit, "
            f"{len(self.same):,} the same as another, {len(self.senseless):,} that make no sense"
        )
        several = [axis for axis in self.choices.axes if len(axis.values) > 1]
        axes = [f"  {axis.name}: {', '.join(map(str, axis.labels))}" for axis in several]
        reasons = pd.Series(list(self.senseless.values()), dtype=object).value_counts()
        said = [f"  {count:,} times: {reason}" for reason, count in reasons.items()]
        return Text("\n".join([counts, *axes, *said]))

    def _shown_frame(self) -> pd.DataFrame:
        return self.glance()

    def __repr__(self) -> str:
        return str(self.summary())

    def fit(self, number: int) -> FitResult:
        """The regression of one specification by itself, from its number.

        Raises
        ------
        InputError
            There is no such specification, or it makes no sense.
        """
        wanted = self.same.get(number, number)
        for specification in self.to_fit:
            if specification.number == wanted:
                place = Workplace(self.choices, self.panel)
                return specification.request.fit(*place.data_of(specification))
        got = self.senseless.get(number, repr(number))
        raise DataError(
            "number",
            expected="the number of a specification that can be fitted",
            got=got,
            remedy="See the frame of the specifications.",
        )

    @cached_property
    def fingerprint(self) -> dict[str, str]:
        """What results belong to: versions of the packages that make the numbers, the panel and the
        grid, the last two by hash.
        """
        versions = installed_versions()
        keys = "\n".join(one.key for one in self.to_fit)
        return {
            **{name: versions.get(name, "") for name in NUMERICAL},
            "panel": hash_of_panel(self.panel),
            "grid": hashlib.sha256(keys.encode()).hexdigest(),
        }


class Workplace:
    """A panel and a grid with what neighbouring specifications share: the part of the panel, and the
    weights that are made of it.
    """

    def __init__(self, choices: Choices, panel: Panel) -> None:
        self.panel = panel
        self.values = {axis.name: axis.values for axis in choices.axes}
        self._sample: tuple[int, Panel] | None = None
        self._treated: tuple[Any, Panel] | None = None
        self._weights: dict[int, Any] = {}

    def data_of(self, specification: Specification) -> tuple[Panel, Any]:
        """The panel of a specification, and its weights as `fit` takes them."""
        data = specification.data
        whole = self._part(data.sample)
        weights = self._made(data.weights, whole)
        return self._without_outliers(specification, whole), weights

    def _part(self, sample: int) -> Panel:
        if self._sample is None or self._sample[0] != sample:
            self._sample = (sample, self.values["sample"][sample].apply(self.panel))
            self._weights.clear()
        return self._sample[1]

    def _made(self, place: int, whole: Panel) -> Any:
        """Weights, those of a recipe made of the part of the panel."""
        given = self.values["weights"][place]
        if given is not None and place not in self._weights:
            self._weights[place] = made_weights(given, whole)
        return self._weights.get(place)

    def _without_outliers(self, specification: Specification, whole: Panel) -> Panel:
        treatment = self.values["outliers"][specification.data.outliers]
        if treatment is None:
            return whole
        formula = specification.request.formula
        key = (specification.data[:2], formula)
        if self._treated is None or self._treated[0] != key:
            self._treated = (key, treatment.apply(whole, formula))
        return self._treated[1]


def specifications_of(choices: Choices, panel: Panel) -> Specifications:
    """The specifications of a grid on a panel, settled and checked.

    Raises
    ------
    InputError
        The panel lacks a column that the grid names, or units that a sample names; weights do not
        fit; the base model does not fit to the panel: see `Estimator.check`.
    """
    check_columns(choices, panel)
    _check_base(choices, panel)
    keys = _Keys.of(choices, panel)
    requests = _Requests(choices)
    first: dict[str, int] = {}
    to_fit: list[Specification] = []
    same, senseless = {}, {}
    for number, point in enumerate(choices.points.tolist()):
        made = requests.at(point)
        if isinstance(made, str):
            senseless[number] = made
            continue
        data = requests.data_of(point)
        key = keys.key(made, data)
        if key in first:
            same[number] = first[key]
            continue
        first[key] = number
        one = Specification(number, key, made.request, made.estimate, made.terms, data)
        to_fit.append(one)
    return Specifications(choices, panel, tuple(to_fit), same, senseless)


def check_columns(choices: Choices, panel: Panel) -> None:
    """Refuse columns that the panel does not have."""
    named = set(read_formula(choices.base.formula).columns)
    for _, outcome in choices.outcomes:
        named |= set(columns_of(read_expression(outcome, "outcomes")))
    for text in choices.controls:
        for term in read_terms(text, "controls"):
            named |= {column for factor in term for column in columns_of(factor)}
    known = {*panel.columns, panel.unit, panel.time}
    unknown = sorted(named - known)
    if unknown:
        raise DataError(
            "SpecGrid",
            expected="columns of the panel",
            got=f"unknown ones: {first_five(unknown)}",
            remedy=suggestion(unknown[0], sorted(known)),
        )


def _check_base(choices: Choices, panel: Panel) -> None:
    """Refuse a base model that does not fit to the panel, and samples of what it does not have."""
    values = {axis.name: axis.values for axis in choices.axes}
    for sample in values["sample"]:
        sample.apply(panel)
    choices.base.check(panel, values["weights"][0])


class _Settled(NamedTuple):
    """A request with what it is known by, and what the terms of the focus are called in it."""

    request: Estimator
    estimate: str
    has_weights: bool
    terms: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Keys:
    """Hashes of specifications: of the data and the version, of the request, of the part and W."""

    start: Any
    focus: str
    of_data: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, choices: Choices, panel: Panel) -> _Keys:
        values = {axis.name: axis.values for axis in choices.axes}
        weights = [identity_of_weights(one, panel) for one in values["weights"]]
        parts = [tuple(map(repr, values[name])) for name in OF_DATA[:2]]
        versions = installed_versions()
        belongs = [versions.get(name, "") for name in NUMERICAL]
        start = hashlib.sha256("\n".join([*belongs, hash_of_panel(panel)]).encode())
        return cls(start, repr(choices.focus), (*parts, tuple(weights)))

    def key(self, made: _Settled, data: Data) -> str:
        """The hash of a specification. W is no part of it where the model does not use it."""
        digest = self.start.copy()
        sample, outliers, weights = (of[k] for of, k in zip(self.of_data, data, strict=True))
        used = weights if made.has_weights else ""
        covariance = repr(made.request.covariance_kind)
        texts = (made.estimate, covariance, self.focus, sample, outliers, used)
        digest.update("\n".join(texts).encode())
        return str(digest.hexdigest())


class _Requests:
    """The requests of a grid, each made once, for samples and weights share them."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.names = [axis.name for axis in choices.axes]
        self.of_data = [self.names.index(name) for name in OF_DATA]
        self.own = [place for place in range(len(self.names)) if place not in self.of_data]
        self.made: dict[tuple[int, ...], _Settled | str] = {}
        self.bases: dict[type[Estimator], Estimator] = {}

    def data_of(self, point: list[int]) -> Data:
        """The places of a point on the axes of the data."""
        return Data(*[point[place] for place in self.of_data])

    def at(self, point: list[int]) -> _Settled | str:
        """The request at a point of the grid, or why there is none."""
        places = tuple([point[place] for place in self.own])
        if places not in self.made:
            self.made[places] = self._make(places)
        return self.made[places]

    def _of_model(self, model: type[Estimator]) -> Estimator:
        """The base model made over for another one, once for each."""
        if model not in self.bases:
            self.bases[model] = self.choices.base.to(model)
        return self.bases[model]

    def _make(self, places: tuple[int, ...]) -> _Settled | str:
        axes = [self.choices.axes[place] for place in self.own]
        values = {axis.name: axis.values[k] for axis, k in zip(axes, places, strict=True)}
        try:
            if not any(places):
                base, focus = self.choices.base, self.choices.focus
                return _settled(base, tuple((term, term) for term in focus))
            return _varied(self.choices, self._of_model(values["model"]), values)
        except BevdriversError as error:
            return str(error)


def _varied(
    choices: Choices,
    base: Estimator,
    values: dict[str, Any],
) -> _Settled:
    """The request with these values of the axes, from the base model made over for its model.

    Raises
    ------
    InputError
        Options or terms that do not go together.
    """
    texts = _terms(choices, values)
    intercept = "1" if INTERCEPT in choices.formula.terms else "0"
    formula = f"{values['outcome']} ~ {' + '.join([intercept, *texts.values()])}"
    changes = {}
    for name, _ in choices.options:
        changes.update(values[name])
    request = base.replace(formula=formula, **changes)
    return _settled(request, tuple((term, label_of(texts[term])) for term in choices.focus))


def _settled(request: Estimator, terms: tuple[tuple[str, str], ...]) -> _Settled:
    _check_durbin(request)
    looks_around = request.lag_y or request.lag_x or request.lag_u
    formulas = [request.formula, *(f"y ~ {text}" for text in request.instruments or ())]
    names_weights = any(read_formula(formula).has_weights for formula in formulas)
    return _Settled(
        request,
        identity_of_estimate(request),
        looks_around or names_weights,
        terms,
    )


def _terms(choices: Choices, values: dict[str, Any]) -> dict[str, str]:
    """Label -> text of the terms of a specification: those of the base model, without the controls
    that are out, then those that are in beside them.
    """
    inside = {label_of(text): values[label_of(text)] for text in choices.controls}
    texts: dict[str, str] = {}
    for term in choices.formula.terms:
        label = label_of_term(term)
        if term != INTERCEPT and inside.get(label, True):
            categorical = any(map(is_category, term))
            texts[label] = _lagged(written_term(term), 0 if categorical else values["lag"])
    for text in choices.controls:
        label = label_of(text)
        if inside[label] and label not in texts:
            texts[label] = _lagged(text, values["lag"])
    return texts


def _lagged(text: str, periods: int) -> str:
    """A term of some periods before."""
    return f"lag({text}, {periods})" if periods else text


def _check_durbin(request: Estimator) -> None:
    """Refuse W terms of regressors that are out of the formula."""
    terms = read_formula(request.formula).terms
    if request.durbin is None or any(is_category(factor) for term in terms for factor in term):
        return
    labels = [label_of_term(term) for term in terms]
    unknown = [text for text in request.durbin if label_of(text) not in labels]
    if unknown:
        raise DataError(
            "durbin",
            expected="regressors of the formula",
            got=first_five(unknown),
            remedy="A control that is out has no W term either.",
        )
