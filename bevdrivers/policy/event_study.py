"""Event study with spillovers: effects before and after adoption, on the treated and around them.

With D_e a dummy of event time e (years since the first treatment; beyond the ends of the window in
one bin each, the reference left out, zero for units never treated) the model is the user's own with
the D_e among its regressors,

    y = rho W y + sum_e (D_e beta_e + W D_e theta_e) + X b + effects + u,

rho and theta where the model has lags of y and X. The direct and indirect impacts of D_e are those
of every regressor (`models/impacts`): what being e years after adoption does to a unit, and what
it does to a unit that its neighbours are. Their joint covariance is by the delta method.

What a regression on D_e means where effects differ between cohorts: Sun and Abraham (2021),
J. Econometrics 225, 175-199, doi:10.1016/j.jeconom.2020.09.006.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..display import Plotted
from ..errors import DataError, InputError, OptionError, first_five
from ..models import Estimator, FitResult
from ..models.interface import (
    COMPONENTS,
    ImpactsAsked,
    MarginalChange,
    check_request,
    impact_gradient,
    impacts_at,
    selector,
)
from ..numerics.streams import generator
from ..options import whole_number
from ..panel import Panel
from ..results import WIDTH, ForMaketables, TestGroup, TestResult, Text, tidy_frame
from .adoption import Adoption
from .paths import EventPath, largest_t, path_lines, paths_frame

STAGGERED = (
    "Adoption is staggered ({cohorts} first years). Where effects differ between cohorts, the "
    "regression compares late adopters with early ones that are treated already, and each "
    "estimate mixes effects of other event times (Sun and Abraham 2021). Compare bd.Imputation."
)
NO_NEVER = (
    "No unit is untreated throughout: a linear path in event time cannot be told from unit and "
    "period effects; the references and the bins at the ends decide it."
)


@dataclass(frozen=True)
class EventStudy:
    """An event study as a request: a model, the column of first treatment years, and a window.

    Parameters
    ----------
    model : Estimator
        Any model of the package. In one with lags of X the event-time dummies get W terms, too, so
        that neighbours' adoption has a path of its own; where ``durbin`` names regressors, the
        dummies join them.
    first : str
        Column with the year of a unit's first treatment, the same in all its rows; empty for units
        that are never treated.
    window : (int, int)
        First and last event time, in years. Earlier and later ones are binned with the ends.
    reference : int or sequence of int
        Event times whose effect is zero by definition. Where no unit is untreated throughout, at
        least two are needed.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> study = bd.EventStudy(bd.SpatialLagX("y ~ x"), first="year", window=(-3, 3))
    >>> study.event_times
    (-3, -2, 0, 1, 2, 3)
    """

    model: Estimator
    first: str
    window: tuple[int, int] = (-4, 5)
    reference: int | Sequence[int] = -1

    def __post_init__(self) -> None:
        check_request(self.model)
        object.__setattr__(self, "window", _checked_window(self.window))
        object.__setattr__(self, "reference", _checked_reference(self.reference, self.window))

    @property
    def references(self) -> tuple[int, ...]:
        """The reference periods, ascending."""
        given: Any = self.reference
        return (given,) if isinstance(given, int) else tuple(given)

    @property
    def event_times(self) -> tuple[int, ...]:
        """The event times that have an effect of their own."""
        low, high = self.window
        return tuple(e for e in range(low, high + 1) if e not in self.references)

    def dummies(self, panel: Panel) -> dict[str, np.ndarray]:
        """Name -> dummy (T, N) of each event time: ``lead_2`` is two years before, ``lag_0`` the
        first year.

        Raises
        ------
        DataError
            First treatment years that cannot be used, or event times that no unit passes through.
        """
        since = Adoption.of(panel, self.first).event_time
        binned = np.clip(since, *self.window)
        made = {_name(e): (binned == e).astype(float) for e in self.event_times}
        empty = [e for e in self.event_times if not made[_name(e)].any()]
        if empty:
            raise DataError(
                "window",
                expected="event times that some unit passes through",
                got=f"none at {first_five(empty)}",
                remedy="Choose a narrower window.",
            )
        return made

    def regression(self, panel: Panel) -> tuple[Estimator, Panel]:
        """The model with the dummies in its formula, and the panel that has them.

        Raises
        ------
        DataError
            As `dummies`, or the panel has columns of their names.
        """
        made = self.dummies(panel)
        taken = [name for name in made if name in panel.columns]
        if taken:
            raise DataError(
                "panel",
                expected="no columns with the names of event times",
                got=first_five(taken),
                remedy="Rename them.",
            )
        formula = " + ".join([self.model.formula, *made])
        model = self.model.replace(formula=formula)
        if model.lag_x and model.durbin is not None:
            model = model.replace(durbin=[*model.durbin, *made])
        return model, panel.with_columns(**made)

    def fit(
        self,
        panel: Panel,
        weights: Any = None,
        *,
        draws: int = 10_000,
        seed: int | None = None,
        x_weights: Any = None,
        error_weights: Any = None,
    ) -> EventStudyResult:
        """Estimate the effects by event time.

        Parameters
        ----------
        panel : Panel
        weights, x_weights, error_weights
            As in `Estimator.fit`.
        draws : int
            Of the simultaneous bands.
        seed : int, optional
            Of the draws.

        Raises
        ------
        InputError
            As `dummies` and `Estimator.fit`.
        """
        count = whole_number("draws", draws, at_least=100)
        rng = generator(seed, "sup-t bands")
        model, with_dummies = self.regression(panel)
        roles = {"x_weights": x_weights, "error_weights": error_weights}
        fit = model.fit(with_dummies, weights, **roles)
        adoption = Adoption.of(panel, self.first)
        effects = _Effects.of(fit, [_name(e) for e in self.event_times])
        paths = []
        for row, component in enumerate(COMPONENTS):
            values, covariance = effects.component(row)
            degrees = effects.degrees(row)
            smallest = None if degrees is None else float(np.min(degrees))
            maxima = largest_t(covariance, smallest, count, rng)
            paths.append(self._path(component, values, covariance, maxima, degrees))
        after = np.array([e >= 0 for e in self.event_times])
        averages = effects.mean_over(after)
        return EventStudyResult(self, fit, adoption, tuple(paths), averages, count, seed)

    def _path(
        self,
        component: str,
        values: np.ndarray,
        covariance: np.ndarray,
        maxima: np.ndarray,
        degrees: np.ndarray | None,
    ) -> EventPath:
        """A path over the whole window, the references among it as zeros."""
        low, high = self.window
        times = tuple(range(low, high + 1))
        own = [times.index(e) for e in self.event_times]
        all_values = np.zeros(len(times))
        all_values[own] = values
        whole = np.zeros((len(times), len(times)))
        whole[np.ix_(own, own)] = covariance
        df = None
        if degrees is not None:
            df = np.full(len(times), degrees.min())
            df[own] = degrees
        terms = tuple(self._term(e) for e in times)
        return EventPath(component, times, terms, all_values, whole, maxima, df)

    def _term(self, event_time: int) -> str:
        """What an event time is called; the ends are bins."""
        low, high = self.window
        if event_time == low:
            return f"{low} and before"
        if event_time == high:
            return f"{high} and after"
        return str(event_time)


@dataclass(frozen=True, eq=False, repr=False)
class EventStudyResult(ForMaketables, Plotted):
    """Effects by event time.

    Attributes
    ----------
    study : EventStudy
        The request.
    fit : FitResult
        The regression, with everything that a fit has.
    adoption : Adoption
        Who was treated when.
    paths : tuple of EventPath
        Direct, indirect and total impacts.
    averages : DataFrame
        Mean impacts from event time 0 on, by component, as rows of a tidy frame.
    draws : int
    seed : int or None
    """

    _figure = "event_plot"

    study: EventStudy
    fit: FitResult[Any]
    adoption: Adoption
    paths: tuple[EventPath, ...]
    averages: pd.DataFrame
    draws: int
    seed: int | None

    @property
    def overall(self) -> float:
        """Mean total impact from event time 0 on."""
        return float(self.averages["estimate"].iloc[-1])

    @property
    def notes(self) -> tuple[str, ...]:
        """What to keep in mind: staggered adoption, and panels without never-treated units."""
        facts = self.adoption.facts
        said = []
        if facts["cohorts"] > 1:
            said.append(STAGGERED.format(cohorts=facts["cohorts"]))
        if not facts["never_treated"]:
            said.append(NO_NEVER)
        return tuple(said)

    @property
    def leads_tests(self) -> TestGroup:
        """Joint Wald tests that nothing happens before adoption: the coefficients of all leads, of
        the units' own and of their neighbours', are zero, and with them all their impacts.
        """
        own = [_name(e) for e in self.study.event_times if e < 0]
        around = [f"W_{name}" for name in own if f"W_{name}" in self.fit.terms]
        tests = [self._zero("Own leads", own)]
        if around:
            tests.append(self._zero("Neighbours' leads", around))
            tests.append(self._zero("All leads", [*own, *around]))
        return TestGroup("Effects before adoption", tuple(tests))

    def _zero(self, name: str, terms: list[str]) -> TestResult:
        null = "zero before adoption"
        if not terms:
            return TestResult.not_applicable(name, null, "the window has no lead to test")
        at = [self.fit.terms.index(term) for term in terms]
        covariance = self.fit.covariance[np.ix_(at, at)]
        return TestResult.wald(name, null, self.fit.values[at], covariance, self.fit.df_resid)

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """One row an event time and component: estimate, interval, and columns event_time,
        band_low and band_high, the simultaneous band over all event times of the component.
        """
        return paths_frame(self.paths, level)

    def glance(self) -> pd.DataFrame:
        """One row: the fit's, adoption, window, reference, bands, and the test of the leads."""
        low, high = self.study.window
        row = {
            **self.fit.described,
            "first": self.study.first,
            **self.adoption.facts,
            "window": f"{low} to {high}",
            "reference": ", ".join(map(str, self.study.references)),
            "draws": self.draws,
            "seed": self.seed,
            "leads_p": self.leads_tests.tests[-1].p_value,
        }
        return pd.DataFrame([row])

    def summary(self, level: float = 0.95) -> Text:
        """The paths, their averages, the tests of the leads, and what to keep in mind."""
        facts = self.glance().iloc[0]
        head = (
            f"Event study, {facts['model']} of {facts['outcome']}: {facts['treated_units']} units "
            f"treated in {facts['cohorts']} different years, {facts['never_treated']} never; "
            f"reference {facts['reference']}"
        )
        bands = f"Intervals of {level:.0%}; bands hold all event times at once (sup-t)."
        average = self.averages[["component", "estimate", "std_error", "p_value"]]
        text = average.to_string(index=False, float_format="{:.4f}".format, na_rep="")
        said = [textwrap.fill(f"Note: {note}", WIDTH) for note in self.notes]
        blocks = [head, path_lines(self.tidy(level)), bands, f"Mean from 0 on\n{text}"]
        return Text("\n\n".join([*blocks, str(self.leads_tests), *said]))

    def _shown_heading(self) -> str:
        return f"Event study of {self.fit.described['outcome']}"

    def __repr__(self) -> str:
        return str(self.summary())


def _name(event_time: int) -> str:
    return f"lead_{-event_time}" if event_time < 0 else f"lag_{event_time}"


@dataclass(frozen=True, eq=False)
class _Effects:
    """Impacts of the E event-time dummies, (3, E), and their derivatives by the parameters, (3, E,
    P).
    """

    fit: FitResult[Any]
    values: np.ndarray
    gradient: np.ndarray

    @classmethod
    def of(cls, fit: FitResult[Any], names: list[str]) -> _Effects:
        """Of the dummies alone, whatever else the formula has."""
        changes = [MarginalChange(name, {name: 1.0}) for name in names]
        asked = ImpactsAsked(selector(fit.sample, changes), "short")
        point, covariance = fit.values[None], fit.covariance[None]
        values, _ = impacts_at(fit.sample, asked, fit.terms, point, covariance)
        gradient = impact_gradient(fit.sample, asked, fit.terms, fit.values)
        shape = (len(COMPONENTS), len(names))
        return cls(fit, values.reshape(shape), gradient.reshape(*shape, -1))

    def component(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Values (E,) of direct, indirect or total impacts, and their covariance (E, E)."""
        gradient = self.gradient[row]
        covariance: np.ndarray = gradient @ self.fit.covariance @ gradient.T
        return self.values[row], covariance

    def degrees(self, row: int) -> np.ndarray | None:
        """Degrees of freedom of t of each event time (E,); None for the normal distribution."""
        gradient = self.gradient[row]
        if self.fit.df_resid is None:
            return None
        degrees = np.full(len(gradient), float(self.fit.df_resid))
        # what the model fixes has no test, and no degrees of its own
        tested = gradient.any(axis=1)
        if tested.any():
            degrees[tested] = self.fit.df_of(gradient[tested])
        return degrees

    def mean_over(self, chosen: np.ndarray) -> pd.DataFrame:
        """Means over the chosen event times (E,) of each component, as a tidy frame."""
        share = chosen / chosen.sum()
        along = np.einsum("e,cep->cp", share, self.gradient)
        variance = np.einsum("cp,pq,cq->c", along, self.fit.covariance, along)
        errors = np.sqrt(np.maximum(variance, 0.0))
        names = ["mean from 0 on"] * len(COMPONENTS)
        means = self.values @ share
        df = self.fit.df_of(along)
        return tidy_frame(names, COMPONENTS, means, errors, df=df)


def _checked_window(window: Any) -> tuple[int, int]:
    """The window as two whole numbers around zero."""
    try:
        low, high = (int(end) for end in window if not isinstance(end, bool) and int(end) == end)
    except (TypeError, ValueError):
        low, high = 1, 0
    if not low < 0 <= high:
        raise OptionError(
            "window",
            expected="two whole numbers, the first below 0 and the second 0 or more",
            got=repr(window),
            remedy="Write (-4, 5) for four years before to five years after.",
        )
    return low, high


def _checked_reference(reference: Any, window: tuple[int, int]) -> int | tuple[int, ...]:
    """The reference periods, all in the window, with something left beside them."""
    given = reference if isinstance(reference, (list, tuple)) else [reference]
    low, high = window
    inside = range(low, high + 1)
    whole = all(isinstance(e, (int, np.integer)) and not isinstance(e, bool) for e in given)
    left = whole and any(e >= 0 for e in inside if e not in given)
    if not given or not left or not all(e in inside for e in given):
        raise InputError(
            "reference",
            expected=f"event times from {low} to {high}, with others from 0 on left to estimate",
            got=repr(reference),
            remedy="Write -1 for the year before adoption.",
        )
    ordered = tuple(sorted({int(e) for e in given}))
    return ordered[0] if len(ordered) == 1 else ordered
