"""Many outcomes on one sample: the same design, weights and request, fitted together.

Models with one spatial parameter by maximum likelihood (SAR, SDM, SEM, SDEM) with the classical
covariance are maximised at once (`profile.py`), and their information, impacts and standard errors
follow from functions of that parameter that belong to the design alone (`curves.py`). Any other
request is fitted draw by draw, by what `Estimator.fit` calls.

Residuals are kept where they are asked for: they are as many numbers as the outcomes.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from scipy.linalg import solve_triangular

from ..errors import BoundWarning, EstimationError, IdentificationError, SampleWarning
from ..models import Estimator, FitResult
from ..models.interface import (
    Classical,
    Likelihood,
    Sample,
    changes_alone,
    combine,
    labels,
    result_of,
    selector,
    without_lag_of_y,
)
from ..panel import Panel
from .curves import Curves, lags_within
from .profile import Optima, Profiles, maximise_all


@dataclass(frozen=True, eq=False)
class Batch:
    """R fits. Rows of draws that could not be fitted are NaN.

    Attributes
    ----------
    terms : tuple of str, length P
    values : array of shape (R, P)
    covariances : array of shape (R, P, P)
    sigma2 : array of shape (R,)
    impact_terms : tuple of str, length K
        Empty where the formula has terms without impacts of their own.
    impacts, impact_errors : arrays of shape (R, 3, K)
        Direct, indirect, total; delta-method standard errors.
    at_bound : bool array of shape (R,)
        An estimate lies at (or, for moments, beyond) the end of its range, or a dynamic fit is not
        stable.
    df_resid : int or None
    residuals : array of shape (R, T, N) or None
        As in `FitResult.resids`; None where they were not asked for.
    """

    terms: tuple[str, ...]
    values: np.ndarray
    covariances: np.ndarray
    sigma2: np.ndarray
    impact_terms: tuple[str, ...]
    impacts: np.ndarray
    impact_errors: np.ndarray
    at_bound: np.ndarray
    df_resid: int | None = None
    residuals: np.ndarray | None = None

    @property
    def errors(self) -> np.ndarray:
        """Standard errors of the parameters, (R, P)."""
        errors: np.ndarray = np.sqrt(np.diagonal(self.covariances, axis1=1, axis2=2))
        return errors

    @property
    def failed(self) -> np.ndarray:
        """Draws without an estimate or a covariance, bool of shape (R,)."""
        numbers = np.concatenate([self.values, self.errors], axis=1)
        failed: np.ndarray = ~np.isfinite(numbers).all(axis=1)
        return failed

    @property
    def estimates(self) -> np.ndarray:
        """Parameters, then direct, indirect and total impacts, (R, P + 3 K)."""
        return np.concatenate([self.values, self.impacts.reshape(len(self.values), -1)], axis=1)

    @property
    def std_errors(self) -> np.ndarray:
        """Of `estimates`."""
        return np.concatenate(
            [self.errors, self.impact_errors.reshape(len(self.values), -1)], axis=1
        )

    @classmethod
    def of(cls, fit: FitResult, *, at_bound: bool = False, residuals: bool = False) -> Batch:
        """A fit as a batch of one."""
        none = np.zeros((1, 3, 0))
        batch = cls(
            terms=fit.terms,
            values=fit.values[None],
            covariances=fit.covariance[None],
            sigma2=np.array([fit.sigma2]),
            impact_terms=(),
            impacts=none,
            impact_errors=none,
            at_bound=np.array([at_bound]),
            df_resid=fit.df_resid,
            residuals=fit.estimate.residuals[None] if residuals else None,
        )
        if not changes_alone(fit.panel, fit.sample.design):
            return batch
        impacts = fit.impacts()
        return replace(
            batch,
            impact_terms=impacts.terms,
            impacts=impacts.values[None],
            impact_errors=impacts.errors[None],
        )

    @classmethod
    def empty(
        cls,
        terms: tuple[str, ...],
        impact_terms: tuple[str, ...],
        shape: tuple[int, int] | None = None,
    ) -> Batch:
        """A draw without an estimate; with residuals of `shape` (T, N) if it is given."""
        P, K = len(terms), len(impact_terms)
        impacts = np.full((1, 3, K), np.nan)
        return cls(
            terms=terms,
            values=np.full((1, P), np.nan),
            covariances=np.full((1, P, P), np.nan),
            sigma2=np.full(1, np.nan),
            impact_terms=impact_terms,
            impacts=impacts,
            impact_errors=impacts,
            at_bound=np.zeros(1, bool),
            residuals=None if shape is None else np.full((1, *shape), np.nan),
        )

    @classmethod
    def joined(cls, parts: list[Batch]) -> Batch:
        """One batch of several."""
        df_resid = next((part.df_resid for part in parts if part.df_resid is not None), None)
        arrays: dict[str, Any] = {}
        names = ["values", "covariances", "sigma2", "impacts", "impact_errors", "at_bound"]
        if parts[0].residuals is not None:
            names.append("residuals")
        for name in names:
            arrays[name] = np.concatenate([getattr(part, name) for part in parts])
        return replace(parts[0], df_resid=df_resid, **arrays)


def fitter(
    request: Estimator,
    sample: Sample,
    panel: Panel,
    *,
    residuals: bool = False,
) -> Fitter:
    """What takes outcomes (T, N, R) of a request, in pieces if there are many, and makes one batch
    of them.

    Parameters
    ----------
    request : Estimator
    sample : Sample
        Of the request: the design, the weights and, for dynamic models, the outcome of the period
        before the first.
    panel : Panel
        For covariances that need the map.
    residuals : bool
        Whether the batch keeps them.
    """
    one = (sample.W is None) != (sample.M is None)
    classical = isinstance(request.covariance_kind, Classical)
    plain = not (request.random_effects or sample.serial or sample.dynamic) and classical
    plain = plain and request.correction != "second-order"
    if request.is_ml and one and plain and not sample.contrasts.adjusted and lags_within(sample):
        return _Together(request, sample, panel, residuals)
    return _OneByOne(request, sample, panel, residuals)


class Fitter(Protocol):
    """See `fitter`."""

    def add(self, outcomes: np.ndarray) -> None: ...

    def batch(self) -> Batch: ...


@dataclass(frozen=True, eq=False)
class _Together:
    """Maximises piece by piece; information and impacts come at the end, so that their curves are
    made once.
    """

    request: Estimator
    sample: Sample
    panel: Panel
    residuals: bool
    _parts: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    _outcomes: list[np.ndarray] = field(default_factory=list)

    def add(self, outcomes: np.ndarray) -> None:
        if self.residuals:
            self._outcomes.append(outcomes)
        regression = _Regression.of(self.sample, outcomes)
        optima = maximise_all(regression.profiles)
        s2 = optima.ssr / regression.profiles.nobs
        self._parts.append((regression.coefficients(optima), optima.p, s2, optima.at_bound))

    def batch(self) -> Batch:
        b, p, s2, at_bound = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        if self.request.correction == "elhorst":
            b, p, s2 = _elhorst(self.sample, b, p, s2)
        curves = Curves.at(self.sample, p)
        covariances = curves.covariances(b, s2)[:, :-1, :-1]
        values, changes = np.column_stack([b, p]), changes_alone(self.panel, self.sample.design)
        impacts, errors = _impacts(
            self.sample, selector(self.sample, changes), curves, values, covariances
        )
        terms = tuple(change.label for change in changes)
        residuals = None
        if self.residuals:
            outcomes = np.concatenate(self._outcomes, axis=2)
            residuals = np.moveaxis(_residuals(self.sample, outcomes, b, p), 2, 0)
        return Batch(
            terms=labels(self.sample),
            values=values,
            covariances=covariances,
            sigma2=s2,
            impact_terms=terms,
            impacts=impacts,
            impact_errors=errors,
            at_bound=at_bound,
            residuals=residuals,
        )


def _residuals(sample: Sample, outcomes: np.ndarray, b: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Q (I - lam M) (y - rho Wy - Z b) of outcomes (T, N, R) at b (R, K) and rho or lam (R,)."""
    K = sample.n_regressors
    plain, lag = _after_effects(sample, outcomes)
    left = plain - sample.columns[:, :, :K] @ b.T
    if sample.lagged_columns is not None:
        lag = lag - sample.lagged_columns[:, :, :K] @ b.T
    filtered: np.ndarray = left - p * lag
    return filtered


def _after_effects(sample: Sample, outcomes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and the lags that the one W or M of the sample makes of them, both after Q, (T, N,
    R).
    """
    W = sample.W if sample.W is not None else sample.M
    assert W is not None
    plain = sample.within.demean(outcomes)
    if sample.before_lag:
        return plain, W.lag(plain)
    return plain, sample.within.demean(W.lag(outcomes))


def _impacts(
    sample: Sample,
    select: tuple[np.ndarray, np.ndarray],
    curves: Curves,
    values: np.ndarray,
    covariances: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Impacts and their delta-method standard errors, (R, 3, K)."""
    beta, theta = select
    own, lagged = values @ beta.T, values @ theta.T
    means = curves.means
    if sample.W is None:
        means = np.broadcast_to(without_lag_of_y(sample.Wx), (len(values), 4))
    by_draw = means.T[:, :, None]
    gradient = np.zeros((3, len(values), *beta.shape))
    gradient = gradient + combine(by_draw[..., None], beta, theta)
    if sample.W is not None:
        gradient[..., sample.n_regressors] = combine(curves.slopes.T[:, :, None], own, lagged)
    variance = np.einsum("crkp,rpq,crkq->rck", gradient, covariances, gradient, optimize=True)
    impacts = np.moveaxis(combine(by_draw, own, lagged), 1, 0)
    return impacts, np.sqrt(np.maximum(variance, 0.0))


@dataclass(frozen=True, eq=False)
class _Regression:
    """R outcomes regressed on one design.

    Attributes
    ----------
    profiles : Profiles
        In regressors that are orthonormal at p = 0, and outcomes that these have left.
    root : array of shape (K, K)
        Upper triangular: regressors = orthonormal ones times root.
    start, lagged : arrays of shape (K, R)
        Coefficients of the outcomes on the orthonormal regressors, and of their lags (zeros without
        a lag of y).
    """

    profiles: Profiles
    root: np.ndarray
    start: np.ndarray
    lagged: np.ndarray

    @classmethod
    def of(cls, sample: Sample, outcomes: np.ndarray) -> _Regression:
        K, R = sample.n_regressors, outcomes.shape[2]
        Z = sample.columns[:, :, :K].reshape(-1, K)
        Q, root = np.linalg.qr(Z)
        plain, lag = (each.reshape(-1, R) for each in _after_effects(sample, outcomes))
        start = Q.T @ plain
        plain = plain - Q @ start
        if sample.W is not None:
            of_lag = Q.T @ lag
            lag = lag - Q @ of_lag
            zz, zy = np.zeros((3, 0, 0)), np.zeros((3, 0, R))
        else:
            assert sample.lagged_columns is not None
            of_lag = np.zeros_like(start)
            MQ = (
                solve_triangular(
                    root, sample.lagged_columns[:, :, :K].reshape(-1, K).T, trans="T"
                ).T
                if K
                else Q
            )
            lag = lag - MQ @ start
            cross = Q.T @ MQ
            zz = np.stack([np.eye(K), -cross - cross.T, MQ.T @ MQ])
            zy = np.stack([np.zeros((K, R)), -Q.T @ lag - MQ.T @ plain, MQ.T @ lag])
        products = [
            np.einsum("or,or->r", a, c) for a, c in ((plain, plain), (plain, lag), (lag, lag))
        ]
        yy = np.stack([products[0], -2.0 * products[1], products[2]])
        own = Likelihood.of(sample)
        profiles = Profiles(zz, zy, yy, own.nobs, own.periods, own.spectra[0], tuple(own.bounds[0]))
        return cls(profiles, root, start, of_lag)

    def coefficients(self, optima: Optima) -> np.ndarray:
        """b of each outcome, (R, K)."""
        orthonormal = self.start - optima.p * self.lagged
        if optima.b.shape[1]:
            orthonormal = orthonormal + optima.b.T
        coefficients: np.ndarray = solve_triangular(self.root, orthonormal, check_finite=False).T
        return coefficients


def _elhorst(
    sample: Sample, b: np.ndarray, p: np.ndarray, s2: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The correction of Elhorst for R fits; see `models.ml.bias`."""
    T, N = sample.shape
    if sample.within.time:
        slope = np.zeros((len(p), b.shape[1] + 2))
        slope[:, -2], slope[:, -1] = 1.0 / (1.0 - p), 1.0 / (2.0 * s2)
        information = Curves.at(sample, p, demean_lag=False).information(b, s2) / (N * T)
        shift = np.linalg.solve(information, slope[:, :, None])[:, :, 0] / N
        b, p, s2 = b + shift[:, :-2], p + shift[:, -2], s2 + shift[:, -1]
    return b, p, s2 * T / (T - 1)


@dataclass(frozen=True, eq=False)
class _OneByOne:
    """Fits draw by draw."""

    request: Estimator
    sample: Sample
    panel: Panel
    residuals: bool
    _rows: list[Batch] = field(default_factory=list)

    def add(self, outcomes: np.ndarray) -> None:
        names = (*labels(self.sample), *["psi"] * self.sample.serial)
        changes = tuple(change.label for change in changes_alone(self.panel, self.sample.design))
        nothing = Batch.empty(names, changes, self.sample.shape if self.residuals else None)
        for drawn in redrawn(self.sample, outcomes):
            fitted = _one(self.request, drawn, self.panel, self.residuals)
            self._rows.append(fitted or nothing)

    def batch(self) -> Batch:
        return Batch.joined(self._rows)


def _one(request: Estimator, sample: Sample, panel: Panel, residuals: bool) -> Batch | None:
    """One fit; None where there is no estimate."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore", SampleWarning)
        warnings.simplefilter("always", BoundWarning)
        try:
            fit = result_of(request, sample, panel)
        except (EstimationError, IdentificationError, np.linalg.LinAlgError):
            return None
    at_bound = any(issubclass(warning.category, BoundWarning) for warning in caught)
    return Batch.of(fit, at_bound=at_bound, residuals=residuals)


def redrawn(sample: Sample, outcomes: np.ndarray) -> Iterator[Sample]:
    """The sample with each of the outcomes (T, N, R) in place of its own."""
    for y in np.moveaxis(outcomes, 2, 0):
        if not sample.dynamic:
            yield replace(sample, y=y)
            continue
        Z = sample.Z.copy()
        for name in sample.dynamic:
            # the first row is the outcome before the sample, which all draws share
            before = y[:-1] if name == "tau" else sample.W.lag(y[:-1])  # type: ignore[union-attr]
            Z[1:, :, sample.names.index(name)] = before
        yield replace(sample, y=y, Z=Z)
