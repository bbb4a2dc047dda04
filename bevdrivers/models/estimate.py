"""`Estimate`: what every way of estimating hands over to the result. Each has a record of its own
that adds to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .design.recovery import effects_of, filtered
from .design.sample import Sample


@dataclass(frozen=True, eq=False)
class Estimate:
    """Numbers without labels.

    Attributes
    ----------
    values : array of shape (P,)
        b (K entries), then rho, lam and psi where the model has them.
    sigma2 : float
        Variance of e.
    loglik : float
        NaN where there is no likelihood.
    residuals : array of shape (T, N)
        e on the original scale after Q.
    df_resid : int or None
        Degrees of freedom of t; None for the normal distribution.
    spatial : tuple of str
        "rho", "lam" and "psi", as the model has them: the names of the last of the values.
    """

    values: np.ndarray
    sigma2: float
    loglik: float
    residuals: np.ndarray
    df_resid: int | None
    spatial: tuple[str, ...]

    # whether the effects are predicted random ones, which need not sum to zero
    predicts_effects: ClassVar[bool] = False

    def parameter(self, name: str) -> float:
        """rho, lam or psi; NaN where the model has none of that name."""
        if name not in self.spatial:
            return np.nan
        return float(self.values[self.spatial.index(name) - len(self.spatial)])

    @property
    def converged(self) -> bool:
        """Whether the estimate is where it should be; one that has a closed form always is."""
        return True

    def left(self, sample: Sample) -> np.ndarray:
        """y - rho Wy - Z b, (T, N): effects and error."""
        left: np.ndarray = sample.y - sample.Z @ self.values[: sample.n_regressors]
        if sample.Wy is not None:
            left = left - self.parameter("rho") * sample.Wy
        return left

    def fixed_part(self, sample: Sample) -> np.ndarray:
        """What the effects add to the outcome, D d of shape (T, N)."""
        lam = self.parameter("lam")
        return effects_of(sample, lam, filtered(sample, lam, self.left(sample)))


@dataclass(frozen=True, eq=False)
class RandomEffectsEstimate(Estimate):
    """An estimate with random unit effects.

    Attributes
    ----------
    effects : {"baltagi", "kkp"} or None
        Where the unit effects stand; None where only the errors are autocorrelated.
    phi : float
        Variance of the unit effects over that of e.
    unit_effects : array of shape (N,)
        Best linear predictions of the unit effects in y - rho Wy - Z b: mu, or R^-1 mu for "kkp".
    """

    effects: str | None
    phi: float
    unit_effects: np.ndarray

    predicts_effects: ClassVar[bool] = True

    def fixed_part(self, sample: Sample) -> np.ndarray:
        """The predicted unit effects in each period, (T, N)."""
        return np.broadcast_to(self.unit_effects, sample.shape)


def spatial_names(sample: Sample) -> tuple[str, ...]:
    """ "rho" and "lam", as the model has them."""
    return tuple(sample.lags)


def labels(sample: Sample) -> tuple[str, ...]:
    """The regressors, then "rho" and "lam" as the model has them."""
    return (*sample.names, *spatial_names(sample))
