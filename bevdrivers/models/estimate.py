"""`Estimate`: what an estimation hands over to the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .ml.maximisation import MlFit

if TYPE_CHECKING:
    from .gmm.moments import GmmFit
    from .random.likelihood import RandomPart


@dataclass(frozen=True, eq=False)
class Estimate:
    """What an estimation hands over: numbers without labels.

    Attributes
    ----------
    values : array of shape (P,)
        b (K entries), then rho, lam and psi where the model has them.
    sigma2, loglik : float
    residuals : array of shape (T, N)
        e on the original scale after Q.
    df_resid : int or None
        Degrees of freedom of t; None for the normal distribution.
    optimum : MlFit or None
    spatial : tuple of str
        "rho", "lam" and "psi", as the model has them: the last of the values.
    random : RandomPart or None
        Of random effects or autocorrelated errors.
    gmm : GmmFit or None
        Instruments and moments, for ``method="gmm"``.
    """

    values: np.ndarray
    sigma2: float
    loglik: float
    residuals: np.ndarray
    df_resid: int | None
    optimum: MlFit | None = None
    spatial: tuple[str, ...] = ()
    random: RandomPart | None = None
    gmm: GmmFit | None = None
