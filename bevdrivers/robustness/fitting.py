"""One specification after the other, and what is kept of each: the terms of the focus, or why there
are none.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..errors import BevdriversWarning, OptionError
from ..models import FitResult
from ..models.interface import COMPONENTS, Estimate, Sample, estimate_of, sample_of
from ..panel import Panel
from .axes import Choices
from .specifications import Data, Specification, Workplace

# What is kept of a fit, in the order of the columns of a store: a row a term and component. A
# specification without a fit has one row, with its message.
TEXTS = ("key", "term", "component", "message", "warnings")
NUMBERS = ("estimate", "std_error", "df_resid", "loglik", "sigma2")
COUNTS = ("n_units", "n_periods")
COLUMNS = (*TEXTS, *NUMBERS, *COUNTS)
TYPES: dict[str, Any] = {
    **dict.fromkeys(TEXTS, object),
    **dict.fromkeys(NUMBERS, float),
    **dict.fromkeys(COUNTS, "int64"),
}

# (term, component, estimate, standard error)
Line = tuple[str, str, float, float]


# (term, component, estimate, standard error) where there is no fit
NOTHING = ("", "", np.nan, np.nan)


class Estimated(NamedTuple):
    """An estimate with its sample, what it is known by, and what warned on the way."""

    known: tuple[str, Data]
    panel: Panel
    sample: Sample
    estimate: Estimate
    warned: list[str]


@dataclass(eq=False)
class Work:
    """What a process needs in order to fit specifications: sent to it once.

    Specifications that follow each other share what they can: the part of the panel, the weights,
    and the estimates of several covariances.
    """

    choices: Choices
    panel: Panel
    last: Estimated | None = None

    @cached_property
    def place(self) -> Workplace:
        """Where this process fits them."""
        return Workplace(self.choices, self.panel)

    def fit_all(self, specifications: Iterable[Specification]) -> pd.DataFrame:
        """The rows of several specifications, with columns `COLUMNS`, in their order."""
        rows = [row for one in specifications for row in self._rows(one)]
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype(TYPES)

    def _rows(self, specification: Specification) -> Iterator[tuple[Any, ...]]:
        """The rows of one specification.

        Anything that stops a single fit is its message: a grid of a night must not end with one of
        them. What stops all of them, memory and disk, goes up.
        """
        fit: FitResult | None = None
        lines: list[Line] = []
        warned: list[str] = []
        try:
            fit, warned = self._fit(specification)
            lines, message = _lines(fit, specification.terms)
        except (MemoryError, OSError):
            raise
        except Exception as error:
            message = _said(error)
        facts = _facts(fit)
        texts = (message, "; ".join(dict.fromkeys(warned)))
        for term, component, *numbers in lines or [NOTHING]:
            yield (specification.key, term, component, *texts, *numbers, *facts)

    def _fit(self, specification: Specification) -> tuple[FitResult, list[str]]:
        """The fit of a specification, and what warned."""
        known = (specification.estimate, specification.data)
        if self.last is None or self.last.known != known:
            self.last = self._estimated(specification)
        last = self.last
        with _heard() as warned:
            fit = FitResult.of(specification.request, last.sample, last.panel, last.estimate)
        return fit, [*last.warned, *warned]

    def _estimated(self, specification: Specification) -> Estimated:
        with _heard() as warned:
            panel, weights = self.place.data_of(specification)
            sample = sample_of(specification.request, panel, weights)
            estimate = estimate_of(specification.request, sample)
        known = (specification.estimate, specification.data)
        return Estimated(known, panel, sample, estimate, warned)


@contextmanager
def _heard() -> Iterator[list[str]]:
    """The warnings of the package inside, as texts once it has ended."""
    heard: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", BevdriversWarning)
        yield heard
    heard += [str(one.message) for one in caught]


def _said(error: Exception) -> str:
    """The message of an error; its class where the message alone says little."""
    text = str(error)
    return text if text.count(" ") > 2 else f"{type(error).__name__}: {text}"


def _facts(fit: FitResult | None) -> tuple[float, float, float, int, int]:
    """Degrees of freedom (NaN for the normal distribution), log-likelihood, sigma2, units and
    periods.
    """
    if fit is None:
        return (np.nan, np.nan, np.nan, 0, 0)
    T, N = fit.sample.shape
    df = np.nan if fit.df_resid is None else float(fit.df_resid)
    return (df, fit.loglik, fit.sigma2, N, T)


def _lines(fit: FitResult, terms: Iterable[tuple[str, str]]) -> tuple[list[Line], str]:
    """Coefficients, impacts and spatial parameters of a fit, and why there are no impacts."""
    names = {own: term for term, own in terms}
    places = {label: place for place, label in enumerate(fit.terms)}
    values, errors = fit.values.tolist(), fit.errors.tolist()
    lines: list[Line] = []
    for own, term in names.items():
        for component, label in (("main", own), ("wx", f"W_{own}")):
            if label in places:
                k = places[label]
                lines.append((term, component, values[k], errors[k]))
    for name in fit.estimate.spatial:
        k = places[name]
        lines.append((name, "spatial", values[k], errors[k]))
    try:
        impacts = fit.impacts()
    except OptionError as refusal:
        return lines, str(refusal)
    for k, own in enumerate(impacts.terms):
        if own in names:
            for c, component in enumerate(COMPONENTS):
                value, error = impacts.values[c, k], impacts.errors[c, k]
                lines.append((names[own], component, float(value), float(error)))
    return lines, ""
