"""Outcomes drawn again from a fit: its regressors, effects and W stay, residuals change their sign
by unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import EstimationError, OptionError, SampleWarning, warn
from ...models import FitResult
from ...models.interface import check_request

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...numerics.linalg import Resolvent
    from ...numerics.series_log_determinants import SeriesResolvent

# options whose models the bootstrap cannot draw from, and what they are without
PLAIN_OPTIONS = {
    "dynamic": None,
    "random_effects": None,
    "serial_errors": False,
    "method": "ml",
}


def check_resampling(model: Estimator) -> None:
    """Refuse requests whose outcome cannot be drawn again from the residuals with W and X held."""
    check_request(model)
    for name, plain in PLAIN_OPTIONS.items():
        value = getattr(model, name)
        if value != plain:
            expected = f"{plain!r} for a bootstrap of residuals"
            raise OptionError(
                name,
                expected=expected,
                got=repr(value),
                remedy=f"Use model.replace({name}={plain!r}) here.",
            )


def say_failed(failed: int, draws: int) -> None:
    """Warn of draws that could not be fitted, which are left out; refuse if most are.

    Raises
    ------
    EstimationError
    """
    if failed > draws / 2:
        raise EstimationError(f"{failed} of {draws} draws of this model cannot be fitted.")
    if failed:
        warn(
            f"{failed} of {draws} draws could not be fitted: a likelihood has no maximum there. "
            "They are left out.",
            SampleWarning,
        )


@dataclass(frozen=True, eq=False)
class Resampler:
    """Outcomes with the regressors, effects and W of a fit and residuals whose sign is drawn by
    unit.

    Attributes
    ----------
    mean : array of shape (T, N)
        X b + effects.
    e : array of shape (T, N)
        Residuals times sqrt(NT / degrees of freedom).
    of_y, of_u : Resolvent, SeriesResolvent or None
        (I - rho W)^-1 and (I - lam M)^-1.
    """

    mean: np.ndarray
    e: np.ndarray
    of_y: Resolvent | SeriesResolvent | None
    of_u: Resolvent | SeriesResolvent | None

    @classmethod
    def of(cls, fit: FitResult) -> Resampler:
        """What stays the same from draw to draw of a fit."""
        sample = fit.sample
        T, N = sample.shape
        df = T * N - sample.within.absorbed(T, N) - len(fit.terms)
        return cls(
            mean=fit.systematic + fit.fixed_part,
            e=fit.estimate.residuals * np.sqrt(T * N / df),
            of_y=None if sample.W is None else sample.W.pencil.at(fit.rho),
            of_u=None if sample.M is None else sample.M.pencil.at(fit.lam),
        )

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """One outcome, (T, N)."""
        N = self.e.shape[1]
        u = self.e * rng.choice([-1.0, 1.0], size=N)
        if self.of_u is not None:
            u = self.of_u.over_units(u)
        if self.of_y is None:
            outcome: np.ndarray = self.mean + u
            return outcome
        return self.of_y.over_units(self.mean + u)
