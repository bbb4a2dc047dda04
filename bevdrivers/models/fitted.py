"""`Fitted`: the numbers of a fit, from which impacts, effects, tests, predictions and the summary
are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic

import numpy as np
from typing_extensions import TypeVar

from ..errors import InputError, first_five
from ..panel import Panel
from .covariance import CovarianceKind
from .design.sample import Sample
from .dynamic import root_of
from .estimate import Estimate
from .method import Method
from .request import Request

# a fit named without its request is one of any request
R = TypeVar("R", bound=Request, covariant=True, default=Any)


@dataclass(frozen=True, eq=False, repr=False)
class Fitted(Generic[R]):
    """Estimates with the sample that they are of and their covariance; `FitResult` adds labels and
    all that is derived.

    Attributes
    ----------
    estimator : Request
    sample : Sample
    panel : Panel
        The data as given.
    estimate : Estimate
    covariance : array of shape (P, P)
        Of the estimate's values.
    """

    estimator: R
    sample: Sample
    panel: Panel
    estimate: Estimate
    covariance: np.ndarray

    @property
    def method(self) -> Method[Any]:
        """The way of estimating."""
        return self.estimator.method_object

    @property
    def kind(self) -> CovarianceKind:
        """The kind of covariance."""
        return self.estimator.covariance_kind

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """Labels of the parameters."""
        return (*self.sample.names, *self.estimate.spatial)

    @property
    def values(self) -> np.ndarray:
        """Estimates in the order of `terms`, (P,)."""
        return self.estimate.values

    @property
    def errors(self) -> np.ndarray:
        """Standard errors in the order of `terms`, (P,)."""
        return np.sqrt(np.diag(self.covariance))

    def value(self, term: str) -> float:
        """The estimate of one term.

        Raises
        ------
        InputError
            The model has no term of that name.
        """
        if term not in self.terms:
            raise InputError(
                "term",
                expected="a term of the model",
                got=repr(term),
                remedy=f"It has {first_five(self.terms)}.",
            )
        return float(self.values[self.terms.index(term)])

    @property
    def df_resid(self) -> int | None:
        """Degrees of freedom of the t distribution; None where inference is by the normal
        distribution. With a ``cluster_type`` one less than there are clusters; see `df`.
        """
        of_groups = self.kind.degrees_of_freedom(self.sample.shape)
        return self.estimate.df_resid if of_groups is None else of_groups

    def df_of(self, contrasts: np.ndarray) -> np.ndarray | int | None:
        """Degrees of freedom of t for linear combinations (m, P) of the values: one for each, or one
        number for all; None where inference is by the normal distribution.
        """
        return self.method.degrees_of_freedom(self.sample, self.estimate, self.kind, contrasts)

    @cached_property
    def degrees(self) -> np.ndarray | int | None:
        """`df_of` of the values themselves."""
        return self.df_of(np.eye(len(self.values)))

    @property
    def sigma2(self) -> float:
        """Variance of e: SSR over (N-1)(T-1), N(T-1) or (N-1)T under Lee-Yu, over NT under direct
        maximum likelihood, over the residual degrees of freedom for least squares and GMM.
        """
        return self.estimate.sigma2

    @property
    def loglik(self) -> float:
        return self.estimate.loglik

    @property
    def rho(self) -> float:
        """Coefficient of Wy; NaN where the model has none."""
        return self.estimate.parameter("rho")

    @property
    def lam(self) -> float:
        """Coefficient of Wu; NaN where the model has none."""
        return self.estimate.parameter("lam")

    @property
    def psi(self) -> float:
        """Autocorrelation of the errors; NaN where the model has none."""
        return self.estimate.parameter("psi")

    @property
    def tau(self) -> float:
        """Coefficient of y of the period before; NaN where the model has none."""
        return self.value("tau") if "tau" in self.terms else np.nan

    @property
    def eta(self) -> float:
        """Coefficient of Wy of the period before; NaN where the model has none."""
        return self.value("eta") if "eta" in self.terms else np.nan

    @cached_property
    def largest_root(self) -> float:
        """Largest modulus of the eigenvalues of (I - rho W)^-1 (tau I + eta W); 0 in a model that
        is not dynamic.
        """
        return root_of(self.sample, dict(zip(self.terms, map(float, self.values), strict=True)))

    @property
    def stable(self) -> bool:
        """Whether a change dies out over time: the largest root lies below one."""
        return self.largest_root < 1.0

    @property
    def nobs(self) -> int:
        return self.sample.y.size

    @property
    def n_params(self) -> int:
        """Free parameters of the likelihood: coefficients, rho, lam, psi, phi, sigma2, and fixed
        effects that no contrast removed.
        """
        T, N = self.sample.shape
        removed = T * N - self.sample.contrasts.nobs
        effects = self.sample.within.absorbed(T, N) - removed
        return len(self.terms) + 1 + effects + (self.estimator.random_effects is not None)

    @property
    def aic(self) -> float:
        """-2 loglik + 2 P. Under Lee-Yu the likelihood is that of the contrasts, also of least squares:
        compare only fits of the same ones.
        """
        return -2.0 * self.loglik + 2.0 * self.n_params

    @property
    def bic(self) -> float:
        """-2 loglik + P ln n, n = NT or, under Lee-Yu, the number of contrasts."""
        return -2.0 * self.loglik + self.n_params * float(np.log(self.sample.contrasts.nobs))

    @property
    def converged(self) -> bool:
        """Whether the maximum of the likelihood was reached: the step that Newton's method would
        still take is shorter than 1e-4 standard errors, parameters at their bounds apart. Estimates
        without a search have a closed form.
        """
        return self.estimate.converged

    @cached_property
    def systematic(self) -> np.ndarray:
        """Z b, (T, N)."""
        systematic: np.ndarray = self.sample.Z @ self.values[: self.sample.n_regressors]
        return systematic

    @cached_property
    def fixed_part(self) -> np.ndarray:
        """What all effects and their intercept add to the outcome, (T, N)."""
        return self.estimate.fixed_part(self.sample)

    @property
    def fitted(self) -> np.ndarray:
        """rho Wy + Z b + effects, (T, N)."""
        fitted: np.ndarray = self.systematic + self.fixed_part
        if self.sample.Wy is not None:
            fitted = fitted + self.rho * self.sample.Wy
        return fitted
