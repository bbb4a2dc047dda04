"""What a search for the maximum of a likelihood takes, and where it came to: the point, and how the
search went.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from ..design.transforms import AnySpectrum

# Two optima closer than this in log-likelihood are a near tie: a likelihood ratio of 1.2 tells
# nothing apart.
NEAR_TIE = 0.2
# A search has converged when the step that Newton's method would still take is shorter than this,
# in units of the standard errors of the parameters that were searched for: far below anything that
# is reported.
REMAINING_STEP = 1e-4


class Maximand(Protocol):
    """A concentrated log-likelihood to be maximised: see `Likelihood` and `RandomLikelihood`."""

    @property
    def bounds(self) -> np.ndarray: ...

    @property
    def nobs(self) -> int: ...

    @property
    def n_regressors(self) -> int: ...

    @property
    def has_rho(self) -> bool: ...

    @property
    def has_lam(self) -> bool: ...

    @property
    def has_both_lags(self) -> bool: ...

    @property
    def spectra(self) -> Sequence[AnySpectrum]: ...

    @property
    def exact_columns(self) -> tuple[tuple[np.ndarray, np.ndarray], tuple[float, ...]]:
        """Columns [Z, y, Wy], and M times them, that a fit without errors would have to explain,
        and the values of all parameters but rho and lam at which that is enough.
        """
        ...

    def with_filter(
        self,
        p: np.ndarray,
        k: int,
        value: float,
        factor: float,
    ) -> np.ndarray:
        """p with another value of its k-th parameter, rho or lam, at which the products of its
        filter, R'R, are `factor` times what they were.
        """
        ...

    def value(self, p: np.ndarray) -> float: ...

    def score(self, p: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]: ...

    def solve(self, p: np.ndarray) -> tuple[np.ndarray, float]: ...


@dataclass(frozen=True, eq=False)
class Point:
    """A value of the parameters of a likelihood.

    Attributes
    ----------
    b : array of shape (K,)
        Coefficients of the regressors.
    p : array of shape (q,)
        rho, lam, psi and phi, those that the model has.
    sigma2 : float
    """

    b: np.ndarray
    p: np.ndarray
    sigma2: float

    @property
    def values(self) -> np.ndarray:
        """b, then p, (K + q,)."""
        return np.concatenate([self.b, self.p])

    @property
    def with_sigma2(self) -> np.ndarray:
        """b, p and sigma2, (K + q + 1,)."""
        return np.concatenate([self.b, self.p, [self.sigma2]])

    @classmethod
    def split(cls, values: np.ndarray, K: int) -> Point:
        """The point of a vector (K + q + 1,) of b, p and sigma2."""
        return cls(values[:K], values[K:-1], float(values[-1]))


class Optimum(NamedTuple):
    """A local maximum.

    Attributes
    ----------
    p : array of shape (q,)
    value : float
        Log-likelihood.
    """

    p: np.ndarray
    value: float


@dataclass(frozen=True, eq=False)
class Search:
    """How the search for a maximum went.

    Attributes
    ----------
    value : float
        The log-likelihood at the maximum, or what stands for it where the score is adjusted.
    steps : int
        Newton steps of the climb that ended there; 0 where nothing had to be searched for.
    remaining : float
        Length of the step that Newton's method would still take, (g' |H|^-1 g)^(1/2) with gradient
        g and Hessian H: how far the maximum is, in standard errors. Parameters that are pressed
        against their bounds are left out.
    at_bound : bool
        Whether an estimate lies at the edge of its range.
    rivals : tuple of Optimum
        Other local maxima.
    """

    value: float
    steps: int = 0
    remaining: float = 0.0
    at_bound: bool = False
    rivals: tuple[Optimum, ...] = ()

    @property
    def converged(self) -> bool:
        """Whether the gradient is zero where the search ended, as far as any standard error can
        tell.
        """
        return self.remaining < REMAINING_STEP

    @property
    def near_ties(self) -> tuple[Optimum, ...]:
        """Rivals that are nearly as high as the maximum."""
        return tuple(rival for rival in self.rivals if self.value - rival.value < NEAR_TIE)


class Maximum(NamedTuple):
    """What a search found, and how."""

    point: Point
    search: Search
