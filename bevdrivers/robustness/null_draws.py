"""Many outcomes of one specification under the null that the focal term has no effect, fitted again.

The null takes the column of the term and its spatial lag out of the sample; everything else, fixed
effects and W among it, stays. The process that is left is estimated, its residuals are multiplied by
random signs, y* = (I - rho W)^-1 [Z b + effects + (I - lam M)^-1 s e], and the whole specification is
fitted to y*. Specifications share the signs by unit and period, so that their draws depend on each
other as their estimates do.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..errors import BevdriversError, BevdriversWarning, OptionError
from ..models import Estimator, FitResult
from ..models.interface import (
    COMPONENTS,
    Sample,
    estimate_of,
    has_random_effects,
    regular_only,
    sample_of,
    with_covariance,
)
from ..options import SignsBy
from ..panel import Panel
from ..simulation.batch import Batch, fitter
from ..simulation.process import Process
from ..simulation.replication import PIECE
from .axes import Choices
from .specifications import Specification, Workplace


class Drawn(NamedTuple):
    """What one specification says under the null.

    Attributes
    ----------
    number : int
        Of the specification.
    estimates, errors : arrays of shape (R,)
        Of the component, in each draw; NaN in draws that could not be fitted.
    reason : str
        Why nothing could be drawn; empty otherwise.
    """

    number: int
    estimates: np.ndarray
    errors: np.ndarray
    reason: str


@dataclass(frozen=True, eq=False)
class Signs:
    """Random signs of the units, or of the cells, of a panel: the same for every specification.

    Attributes
    ----------
    panel : Panel
        The whole panel, of which specifications may have a part.
    by : {"unit", "cell"}
    draws : int
    stream : SeedSequence
    """

    panel: Panel
    by: SignsBy
    draws: int
    stream: np.random.SeedSequence

    def pieces(self, part: Panel, periods: int) -> Iterator[np.ndarray]:
        """Signs (R, 1 or T, N) of the units of a part of the panel and of its last periods, in
        pieces that memory holds, R in all of them together the draws.
        """
        units = [self.panel.units.index(unit) for unit in part.units]
        years = [self.panel.periods.index(period) for period in part.periods[-periods:]]
        rows = 1 if self.by == "unit" else self.panel.n_periods
        at = [0] if self.by == "unit" else years
        shape = (rows, self.panel.n_units)
        size = max(1, PIECE // (self.panel.n_periods * self.panel.n_units))
        rng = np.random.default_rng(self.stream)
        for done in range(0, self.draws, size):
            uniform = rng.random((min(size, self.draws - done), *shape))
            signs = np.where(uniform < 0.5, -1.0, 1.0)
            yield signs[:, at][:, :, units]


@dataclass(eq=False)
class NullWork:
    """What a process needs in order to draw specifications under the null: sent to it once."""

    choices: Choices
    panel: Panel
    signs: Signs
    term: str
    component: str

    @cached_property
    def place(self) -> Workplace:
        """Where this process finds the data of a specification."""
        return Workplace(self.choices, self.panel)

    def draw_all(self, specifications: Iterable[Specification]) -> list[Drawn]:
        """The draws of several specifications, in their order."""
        return [self._draw(one) for one in specifications]

    def _draw(self, specification: Specification) -> Drawn:
        """The draws of one; what the package refuses is its reason."""
        own = dict(specification.terms)[self.term]
        with warnings.catch_warnings():
            # the grid has heard these warnings already
            warnings.simplefilter("ignore", BevdriversWarning)
            try:
                panel, weights = self.place.data_of(specification)
                sample = sample_of(specification.request, panel, weights)
                batch = null_batch(specification.request, sample, panel, own, self.signs)
            except BevdriversError as refusal:
                none = np.full(self.signs.draws, np.nan)
                return Drawn(specification.number, none, none, str(refusal))
        estimates, errors = component_of(batch, own, self.component)
        return Drawn(specification.number, estimates, errors, "")


def null_batch(
    request: Estimator,
    sample: Sample,
    panel: Panel,
    term: str,
    signs: Signs,
) -> Batch:
    """The fits of a specification to outcomes drawn without the term.

    Raises
    ------
    BevdriversError
        There is no equation to draw from, or it cannot be estimated.
    """
    process = null_process(request, sample, panel, term)
    fits = fitter(request, sample, panel)
    # no number of the process is random beside the signs
    unused = np.random.default_rng(0)
    for part in signs.pieces(panel, len(sample.y)):
        errors = process.residuals[:, :, None] * np.moveaxis(part, 0, 2)
        fits.add(process.outcomes(errors, unused))
    return fits.batch()


def null_process(
    request: Estimator,
    sample: Sample,
    panel: Panel,
    term: str,
) -> Process:
    """The process of a specification without a term and its spatial lag, estimated."""
    plain = with_covariance(request)
    restricted = without_term(sample, term)
    fit = FitResult.of(plain, restricted, panel, estimate_of(plain, restricted))
    regular_only(fit, "curve_test()")
    if has_random_effects(fit.estimate):
        raise OptionError(
            "fixed_effects",
            expected="fixed effects, or none",
            got="random effects, whose residuals are not of one kind for signs to multiply",
            remedy="Leave random effects out of the grid.",
        )
    return Process.of(fit)


def without_term(sample: Sample, term: str) -> Sample:
    """The sample without the columns of a term and of its spatial lag: the same cells, effects and
    weights.
    """
    gone = (term, f"W_{term}")
    keep = [k for k, name in enumerate(sample.names) if name not in gone]
    return replace(
        sample,
        names=tuple(sample.names[k] for k in keep),
        lagged=tuple(name for name in sample.lagged if name != term),
        Z=sample.Z[:, :, keep],
    )


def component_of(
    batch: Batch,
    term: str,
    component: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Estimates and standard errors (R,) of a coefficient or impact of a term."""
    if component in COMPONENTS:
        place = COMPONENTS.index(component), batch.impact_terms.index(term)
        return batch.impacts[:, *place], batch.impact_errors[:, *place]
    k = batch.terms.index({"main": term, "wx": f"W_{term}"}[component])
    return batch.values[:, k], batch.errors[:, k]
