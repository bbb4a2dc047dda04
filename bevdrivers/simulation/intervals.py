"""Bootstrap intervals of a fit's parameters and impacts, at any horizon and place.

Errors are drawn as the fit's covariance supposes them: normal ones under "classical" and "hessian",
the residuals with random signs by cell under "qml" and "robust", by unit under clusters of units.
The draws are those of `bootstrap` with the same seed.

percentile
    Quantiles of theta*.
bootstrap-t
    theta - se q, with the quantiles q of (theta* - theta) / se*, each draw with its own standard
    error.
bca
    Quantiles of theta* at the levels

        Phi(z0 + (z0 + z) / (1 - a (z0 + z))),

    z the normal quantile, z0 that of the share of draws below theta (bias), a a sixth of the
    skewness of the score in the direction of the quantity (acceleration: how fast its standard
    error moves with it). The skewness is that of the model itself: the
    score in a direction is e'Be + c'e in normal errors, with the cumulants

        k2 = 2 s2^2 tr BB + s2 c'c,    k3 = 8 s2^3 tr BBB + 6 s2^2 c'Bc.

Efron (1987), J. Am. Statist. Assoc. 82, 171-185, doi:10.1080/01621459.1987.10478410. Cameron,
Gelbach and Miller (2008), Rev. Econ. Statist. 90, 414-427, doi:10.1162/rest.90.3.414, for signs by
cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from ..errors import OptionError
from ..models import FitResult
from ..models.interface import (
    Clustered,
    ImpactsAsked,
    Limits,
    MlEstimate,
    Percentiles,
    by_least_squares,
    changes_alone,
    expected_information,
    impact_gradient,
    impacts_at,
    invert_information,
    regular_only,
    score_terms,
    selector,
    smaller_tail,
)
from ..results import critical_value
from .batch import Batch
from .bootstrap import bootstrap

# kind of covariance -> how errors are drawn that it holds for
ERRORS: dict[str, dict[str, str]] = {
    "classical": {"kind": "parametric"},
    "hessian": {"kind": "parametric"},
    "qml": {"kind": "wild", "by": "cell"},
    "robust": {"kind": "wild", "by": "cell"},
    "clustered": {"kind": "wild", "by": "unit"},
}


def resampled_limits(
    fit: FitResult,
    method: str,
    draws: int,
    seed: int | None,
    asked: ImpactsAsked | None,
) -> Limits:
    """Bootstrap intervals of a fit's impacts (3 K,), or of its parameters (P,).

    Parameters
    ----------
    fit : FitResult
    method : {"percentile", "bootstrap-t", "bca"}
    draws : int
    seed : int or None
        Of `bootstrap`.
    asked : ImpactsAsked or None
        None for the parameters.

    Raises
    ------
    OptionError
        A covariance that no draws hold for, or a fit that the method does not have.
    EstimationError
        More than half of the draws cannot be fitted.
    """
    regular_only(fit, f"intervals by {method!r}")
    if method == "bca":
        _check_bca(fit)
    return Resampled.of(fit, draws, seed, method).limits(method, asked)


@dataclass(frozen=True, eq=False)
class Resampled:
    """A fit run again, of which any kind of interval can be made.

    Attributes
    ----------
    fit : FitResult
    batch : Batch
        Of the draws that could be fitted.
    """

    fit: FitResult
    batch: Batch

    @classmethod
    def of(
        cls,
        fit: FitResult,
        draws: int,
        seed: int | None,
        method: str,
    ) -> Resampled:
        errors = _errors_for(fit, method)
        batch = bootstrap(fit, draws, seed=seed, **errors).batch  # type: ignore[arg-type]
        return cls(fit, batch.without_failed())

    def limits(self, method: str, asked: ImpactsAsked | None) -> Limits:
        """See `resampled_limits`."""
        point, errors = self._own(asked)
        drawn, drawn_errors = self._drawn(asked)
        if method == "percentile":
            return Percentiles(drawn)
        if method == "bca":
            return Bca(point, drawn, _acceleration(self.fit, asked))
        return BootstrapT(point, errors, drawn, drawn_errors)

    def _own(self, asked: ImpactsAsked | None) -> tuple[np.ndarray, np.ndarray]:
        """Estimates and standard errors of the fit, (m,) each."""
        fit = self.fit
        if asked is None:
            return fit.values, fit.errors
        impacts, errors = impacts_at(
            fit.sample, asked, fit.terms, fit.values[None], fit.covariance[None]
        )
        return impacts[0], errors[0]

    def _drawn(self, asked: ImpactsAsked | None) -> tuple[np.ndarray, np.ndarray]:
        """Those of the draws, (R, m) each."""
        fit, batch = self.fit, self.batch
        if asked is None:
            return batch.values, batch.errors
        plain = selector(fit.sample, changes_alone(fit.panel, fit.sample.design))
        same = [np.array_equal(a, b) for a, b in zip(asked.select, plain, strict=True)]
        if asked.horizon in ("short", 0) and all(same) and batch.impact_terms:
            # the batch has these
            R = len(batch.values)
            return batch.impacts.reshape(R, -1), batch.impact_errors.reshape(R, -1)
        return impacts_at(fit.sample, asked, fit.terms, batch.values, batch.covariances)


@dataclass(frozen=True, eq=False)
class BootstrapT:
    """Studentised intervals of m quantities.

    Attributes
    ----------
    point, errors : arrays of shape (m,)
    drawn, drawn_errors : arrays of shape (R, m)
    """

    point: np.ndarray
    errors: np.ndarray
    drawn: np.ndarray
    drawn_errors: np.ndarray

    @property
    def _t(self) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            t: np.ndarray = (self.drawn - self.point) / self.drawn_errors
        return t

    def at(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        critical_value(level)
        upper, lower = np.quantile(self._t, [(1 - level) / 2, (1 + level) / 2], axis=0)
        low, high = self.point - lower * self.errors, self.point - upper * self.errors
        # what the model fixes has no distribution
        fixed = self.errors == 0.0
        return np.where(fixed, self.point, low), np.where(fixed, self.point, high)

    @property
    def pvalues(self) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            own = self.point / self.errors
        below, above = (self._t <= own).sum(axis=0), (self._t >= own).sum(axis=0)
        p = smaller_tail(below, above, len(self.drawn))
        return np.where(self.errors == 0.0, np.nan, p)


@dataclass(frozen=True, eq=False)
class Bca:
    """Bias-corrected and accelerated percentiles of m quantities.

    Attributes
    ----------
    point : array of shape (m,)
    drawn : array of shape (R, m)
    acceleration : array of shape (m,)
    """

    point: np.ndarray
    drawn: np.ndarray
    acceleration: np.ndarray

    @property
    def _bias(self) -> np.ndarray:
        """z0 (m,), from a share that is never 0 or 1; draws that equal the estimate count half."""
        return np.asarray(special.ndtri(self._share_below(self.point)))

    def _share_below(self, values: np.ndarray) -> np.ndarray:
        R = len(self.drawn)
        below = (self.drawn < values).sum(axis=0) + 0.5 * (self.drawn == values).sum(axis=0)
        share: np.ndarray = np.clip(below, 0.5, R - 0.5) / R
        return share

    def at(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        critical = critical_value(level)
        low, high = (self._quantiles(side * critical) for side in (-1.0, 1.0))
        return low, high

    def _quantiles(self, z: float) -> np.ndarray:
        moved = self._bias + z
        slowed = 1.0 - self.acceleration * moved
        with np.errstate(divide="ignore"):
            # towards zero the level goes to its end, and beyond there is no other
            far = np.where(slowed > 0.0, moved / slowed, np.copysign(np.inf, moved))
        shares = special.ndtr(self._bias + far)
        pairs = zip(self.drawn.T, shares, strict=True)
        return np.array([np.quantile(column, share) for column, share in pairs])

    @property
    def pvalues(self) -> np.ndarray:
        u = special.ndtri(self._share_below(np.zeros_like(self.point))) - self._bias
        slowed = 1.0 + self.acceleration * u
        with np.errstate(divide="ignore"):
            # levels that no z comes to leave zero out at every level
            z = np.where(slowed > 0.0, u / slowed, np.copysign(np.inf, u)) - self._bias
        p: np.ndarray = 2.0 * special.ndtr(-np.abs(z))
        fixed = (self.drawn == self.point).all(axis=0)
        return np.where(fixed, np.nan, p)


def _errors_for(fit: FitResult, method: str) -> dict[str, str]:
    """How to draw errors that the fit's covariance holds for."""
    kind = fit.kind
    known = not isinstance(kind, Clustered) or kind.by == "unit"
    if kind.name in ERRORS and known:
        return ERRORS[kind.name]
    got = f"cov_type={kind.name!r}"
    if isinstance(kind, Clustered):
        got += f", cluster={kind.by!r}"
    raise OptionError(
        method,
        expected="a covariance whose errors can be drawn: independent over units",
        got=got,
        remedy="Use fit.with_cov('clustered'), which draws signs by unit, or 'delta'.",
    )


def _check_bca(fit: FitResult) -> None:
    obstacle = ""
    if not (isinstance(fit.estimate, MlEstimate) or by_least_squares(fit)):
        obstacle = "moments or random effects, of which no acceleration is known"
    elif fit.sample.dynamic:
        obstacle = f"dynamic={fit.estimator.dynamic!r}, whose regressors are drawn, too"
    elif not fit.kind.supposes_iid and not by_least_squares(fit):
        obstacle = f"cov_type={fit.kind.name!r}, whose errors are not normal"
    if obstacle:
        raise OptionError(
            "bca",
            expected="a static fit by maximum likelihood or least squares with iid errors",
            got=obstacle,
            remedy="Use 'bootstrap-t'.",
        )


def _acceleration(fit: FitResult, asked: ImpactsAsked | None) -> np.ndarray:
    """A sixth of the skewness of the score in the direction of each quantity, (m,)."""
    sample, estimate, P = fit.sample, fit.estimate, len(fit.values)
    gradient = np.eye(P) if asked is None else impact_gradient(sample, asked, fit.terms, fit.values)
    if not isinstance(estimate, MlEstimate):
        # the score of least squares is linear in normal errors
        return np.zeros(len(gradient))
    point = estimate.point
    inverse = invert_information(expected_information(sample, point))
    directions = gradient @ inverse[:P]
    terms, dims, s2 = score_terms(sample, point), sample.contrasts, point.sigma2
    K = sample.n_regressors
    symmetric = [dims.both_sides(operator.matrix) for operator in terms.operators]
    symmetric = [(A + A.T) / (2.0 * s2) for A in symmetric]
    of_sigma2 = dims.both_sides(np.eye(sample.shape[1])) / (2.0 * s2**2)
    accelerations = []
    for direction in directions:
        B = direction[-1] * of_sigma2
        c = terms.Z @ direction[:K]
        for weight, A, mean in zip(direction[K:-1], symmetric, terms.means, strict=True):
            B = B + weight * A
            c = c + weight * mean
        c = c / s2
        BB, Bc = B @ B, c @ B
        second = 2.0 * s2**2 * dims.periods * np.trace(BB) + s2 * np.sum(c * c)
        third = 8.0 * s2**3 * dims.periods * np.sum(BB * B) + 6.0 * s2**2 * np.sum(c * Bc)
        accelerations.append(third / second**1.5 / 6.0 if second > 0.0 else 0.0)
    return np.array(accelerations)
