"""A fit estimated again and again on data that were made over: what placebo and resampling share."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ..errors import BevdriversError, BevdriversWarning, EstimationError
from ..models import FitResult
from ..models.interface import COMPONENTS, Sample, result_of
from ..numerics.streams import Use, stream
from ..panel import Panel
from ..simulation.batch import Batch
from .workers import in_processes

# (term, component)
Label = tuple[str, str]
# what a draw is made of: the random numbers of its own, or what is left out
Draw = Any
Made = tuple[Sample, Panel]


@dataclass(frozen=True, eq=False)
class Refits:
    """The estimates of R refits.

    Attributes
    ----------
    labels : tuple of (str, str), length Q
        Term and component of each quantity: parameters, then impacts.
    point, errors : arrays of shape (Q,)
        Of the fit itself.
    drawn, drawn_errors : arrays of shape (R, Q)
        Of the refits; NaN where there is none.
    """

    labels: tuple[Label, ...]
    point: np.ndarray
    errors: np.ndarray
    drawn: np.ndarray
    drawn_errors: np.ndarray

    @cached_property
    def kept(self) -> np.ndarray:
        """Which refits have an estimate of every quantity, bool of shape (R,)."""
        whole: np.ndarray = np.isfinite(self.drawn).all(axis=1)
        return whole

    @property
    def failed(self) -> int:
        """How many refits have none."""
        return int((~self.kept).sum())

    def frame(self) -> pd.DataFrame:
        """One row a refit that has an estimate, a column a quantity (term, component)."""
        columns = pd.MultiIndex.from_tuples(self.labels, names=("term", "component"))
        return pd.DataFrame(self.drawn[self.kept], columns=columns)

    @classmethod
    def of(cls, fit: FitResult, batches: Sequence[Batch]) -> Refits:
        """The refits of several batches, in their order.

        Raises
        ------
        EstimationError
            More than half of them have no estimate.
        """
        own, again = Batch.of(fit), Batch.joined(list(batches))
        impacts = own.impact_terms
        terms = [*fit.terms, *impacts * len(COMPONENTS)]
        components = [*fit.tidy()["component"], *np.repeat(COMPONENTS, len(impacts)).tolist()]
        refits = cls(
            labels=tuple(zip(terms, components, strict=True)),
            point=own.estimates[0],
            errors=own.std_errors[0],
            drawn=again.estimates,
            drawn_errors=again.std_errors,
        )
        if refits.failed > len(refits.drawn) / 2:
            raise EstimationError(
                f"{refits.failed} of {len(refits.drawn)} refits of this model have no estimate."
            )
        return refits


@dataclass(frozen=True, eq=False)
class RefitWork:
    """What a process needs in order to fit again: sent to it once.

    Attributes
    ----------
    fit : FitResult
    make : callable
        Fit and draw -> the sample and the panel that are estimated.
    """

    fit: FitResult
    make: Callable[[FitResult, Draw], Made]

    def run(self, draws: Sequence[Draw]) -> list[Batch]:
        """A batch of one for each draw."""
        return [self._one(draw) for draw in draws]

    def _one(self, draw: Draw) -> Batch:
        fit = self.fit
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", BevdriversWarning)
            try:
                sample, panel = self.make(fit, draw)
                return Batch.of(result_of(fit.estimator, sample, panel))
            except (BevdriversError, np.linalg.LinAlgError):
                own = Batch.of(fit)
                return Batch.empty(own.terms, own.impact_terms)


def refitted(
    fit: FitResult,
    make: Callable[[FitResult, Draw], Made],
    draws: Sequence[Draw],
    n_jobs: int,
) -> Refits:
    """The refits of draws, in their order whatever the number of processes."""
    work = RefitWork(fit, make)
    return Refits.of(fit, in_processes(work, RefitWork.run, draws, n_jobs))


def streams(
    seed: int | None,
    use: Use,
    draws: int,
) -> list[np.random.SeedSequence]:
    """A stream of random numbers for each draw, which belongs to the draw and not to a process."""
    return stream(seed, use).spawn(draws)
