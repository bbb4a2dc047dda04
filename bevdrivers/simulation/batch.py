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
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from scipy.linalg import solve_triangular

from ..errors import BoundWarning, EstimationError, IdentificationError, SampleWarning
from ..models import Estimator, FitResult
from ..models.interface import (
    AdjustedScore,
    Classical,
    Likelihood,
    QuasiScore,
    Sample,
    changes_alone,
    check_bounded,
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
        variances = np.diagonal(self.covariances, axis1=1, axis2=2)
        errors: np.ndarray = np.sqrt(variances)
        return errors

    @property
    def failed(self) -> np.ndarray:
        """Draws without an estimate or a covariance, bool of shape (R,)."""
        numbers = np.concatenate([self.values, self.errors], axis=1)
        finite = np.isfinite(numbers).all(axis=1)
        failed: np.ndarray = ~finite
        return failed

    def without_failed(self) -> Batch:
        """The draws that have an estimate and a covariance."""
        kept = ~self.failed
        names = ["values", "covariances", "sigma2", "impacts", "impact_errors", "at_bound"]
        arrays: dict[str, Any] = {name: getattr(self, name)[kept] for name in names}
        residuals = None if self.residuals is None else self.residuals[kept]
        return replace(self, residuals=residuals, **arrays)

    @property
    def estimates(self) -> np.ndarray:
        """Parameters, then direct, indirect and total impacts, (R, P + 3 K)."""
        R = len(self.values)
        impacts = self.impacts.reshape(R, -1)
        return np.concatenate([self.values, impacts], axis=1)

    @property
    def std_errors(self) -> np.ndarray:
        """Of `estimates`."""
        R = len(self.values)
        of_impacts = self.impact_errors.reshape(R, -1)
        return np.concatenate([self.errors, of_impacts], axis=1)

    @classmethod
    def of(
        cls,
        fit: FitResult,
        *,
        at_bound: bool = False,
        residuals: bool = False,
    ) -> Batch:
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
        residuals = None
        if shape is not None:
            residuals = np.full((1, *shape), np.nan)
        return cls(
            terms=terms,
            values=np.full((1, P), np.nan),
            covariances=np.full((1, P, P), np.nan),
            sigma2=np.full(1, np.nan),
            impact_terms=impact_terms,
            impacts=impacts,
            impact_errors=impacts,
            at_bound=np.zeros(1, bool),
            residuals=residuals,
        )

    @classmethod
    def joined(cls, parts: list[Batch]) -> Batch:
        """One batch of several."""
        known = [part.df_resid for part in parts if part.df_resid is not None]
        df_resid = known[0] if known else None
        names = ["values", "covariances", "sigma2", "impacts", "impact_errors", "at_bound"]
        if parts[0].residuals is not None:
            names.append("residuals")
        arrays: dict[str, Any] = {}
        for name in names:
            of_parts = [getattr(part, name) for part in parts]
            arrays[name] = np.concatenate(of_parts)
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
    if _fit_together(request, sample):
        return _Together(request, sample, panel, residuals)
    if isinstance(request.method_on(sample.irregular), AdjustedScore):
        return _ByScore(request, sample, panel, residuals)
    return _OneByOne(request, sample, panel, residuals)


def _fit_together(request: Estimator, sample: Sample) -> bool:
    """Whether there is one spatial parameter, by maximum likelihood, with the classical covariance
    and nothing beside it.
    """
    one_parameter = (sample.W is None) != (sample.M is None)
    if sample.irregular or not (request.is_ml and one_parameter):
        return False
    if not isinstance(request.covariance_kind, Classical):
        return False
    if request.random_effects or sample.serial or sample.dynamic:
        return False
    if sample.contrasts.adjusted or request.correction == "second-order":
        return False
    return lags_within(sample)


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
        if not self._bounded:
            optima = optima.without_answers()
        b = regression.coefficients(optima)
        s2 = optima.ssr / regression.profiles.nobs
        self._parts.append((b, optima.p, s2, optima.at_bound))

    @cached_property
    def _bounded(self) -> bool:
        """Whether likelihoods have bounds. With a lag of the error alone that depends on the design,
        so that the sample's own outcome tells, which is known to have errors; with one of y they
        have.
        """
        try:
            check_bounded(Likelihood.of(self.sample))
        except IdentificationError:
            return False
        return True

    def batch(self) -> Batch:
        sample = self.sample
        b, p, s2, at_bound = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        if self.request.correction == "elhorst":
            b, p, s2 = _elhorst(sample, b, p, s2)
        values = np.column_stack([b, p])
        curves = Curves.at(sample, p)
        covariances = curves.covariances(b, s2)[:, :-1, :-1]
        changes = changes_alone(self.panel, sample.design)
        select = selector(sample, changes)
        impacts, impact_errors = _impacts(sample, select, curves, values, covariances)
        return Batch(
            terms=labels(sample),
            values=values,
            covariances=covariances,
            sigma2=s2,
            impact_terms=tuple(change.label for change in changes),
            impacts=impacts,
            impact_errors=impact_errors,
            at_bound=at_bound,
            residuals=self._kept_residuals(b, p),
        )

    def _kept_residuals(self, b: np.ndarray, p: np.ndarray) -> np.ndarray | None:
        """Residuals (R, T, N), where they are asked for."""
        if not self.residuals:
            return None
        outcomes = np.concatenate(self._outcomes, axis=2)
        residuals = _residuals(self.sample, outcomes, b, p)
        return np.moveaxis(residuals, 2, 0)


def _residuals(
    sample: Sample,
    outcomes: np.ndarray,
    b: np.ndarray,
    p: np.ndarray,
) -> np.ndarray:
    """Q (I - lam M) (y - rho Wy - Z b) of outcomes (T, N, R) at b (R, K) and rho or lam (R,)."""
    K = sample.n_regressors
    plain, lag = _after_effects(sample, outcomes)
    Z = sample.columns[:, :, :K]
    plain = plain - Z @ b.T
    if sample.lagged_columns is not None:
        MZ = sample.lagged_columns[:, :, :K]
        lag = lag - MZ @ b.T
    filtered: np.ndarray = plain - p * lag
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
    lag = W.lag(outcomes)
    return plain, sample.within.demean(lag)


def _impacts(
    sample: Sample,
    select: tuple[np.ndarray, np.ndarray],
    curves: Curves,
    values: np.ndarray,
    covariances: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Impacts and their delta-method standard errors, (R, 3, K)."""
    select_beta, select_theta = select
    beta = values @ select_beta.T
    theta = values @ select_theta.T
    R = len(values)
    means = curves.means
    if sample.W is None:
        means = np.broadcast_to(without_lag_of_y(sample.Wx), (R, 4))
    by_draw = means.T[:, :, None]
    impacts = combine(by_draw, beta, theta)
    # by b the impacts are linear, with the multipliers as weights; by rho the multipliers move
    gradient = np.zeros((3, R, *select_beta.shape))
    gradient = gradient + combine(by_draw[..., None], select_beta, select_theta)
    if sample.W is not None:
        rho = sample.n_regressors
        slopes = curves.slopes.T[:, :, None]
        gradient[..., rho] = combine(slopes, beta, theta)
    # g V g' for each draw r, component c and change k
    variance = np.einsum("crkp,rpq,crkq->rck", gradient, covariances, gradient, optimize=True)
    not_negative = np.maximum(variance, 0.0)
    return np.moveaxis(impacts, 1, 0), np.sqrt(not_negative)


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
        K = sample.n_regressors
        R = outcomes.shape[2]
        Z = sample.columns[:, :, :K].reshape(-1, K)
        Q, root = np.linalg.qr(Z)
        plain, lag = _after_effects(sample, outcomes)
        plain = plain.reshape(-1, R)
        lag = lag.reshape(-1, R)
        start = Q.T @ plain
        plain = plain - Q @ start
        if sample.W is not None:
            # the filter leaves the regressors alone: they are partialled out of the lag, too
            of_lag = Q.T @ lag
            lag = lag - Q @ of_lag
            zz = np.zeros((3, 0, 0))
            zy = np.zeros((3, 0, R))
        else:
            of_lag = np.zeros_like(start)
            MQ = _lagged_orthonormal(sample, Q, root)
            lag = lag - MQ @ start
            zz, zy = _filtered_products(Q, MQ, plain, lag)
        # (y - p Wy)'(y - p Wy) = y'y - 2 p y'Wy + p^2 Wy'Wy
        plain_plain = np.einsum("or,or->r", plain, plain)
        plain_lag = np.einsum("or,or->r", plain, lag)
        lag_lag = np.einsum("or,or->r", lag, lag)
        yy = np.stack([plain_plain, -2.0 * plain_lag, lag_lag])
        own = Likelihood.of(sample)
        [spectrum] = own.spectra
        [bounds] = own.bounds
        profiles = Profiles(zz, zy, yy, own.nobs, own.periods, spectrum, tuple(bounds))
        return cls(profiles, root, start, of_lag)

    def coefficients(self, optima: Optima) -> np.ndarray:
        """b of each outcome, (R, K)."""
        orthonormal = self.start - optima.p * self.lagged
        if optima.b.shape[1]:
            orthonormal = orthonormal + optima.b.T
        coefficients = solve_triangular(self.root, orthonormal, check_finite=False)
        transposed: np.ndarray = coefficients.T
        return transposed


def _lagged_orthonormal(
    sample: Sample,
    Q: np.ndarray,
    root: np.ndarray,
) -> np.ndarray:
    """M Q of the orthonormal regressors Q = Z R^-1, from M Z and the triangular R (K, K)."""
    K = sample.n_regressors
    if not K:
        return Q
    assert sample.lagged_columns is not None
    MZ = sample.lagged_columns[:, :, :K].reshape(-1, K)
    transposed = solve_triangular(root, MZ.T, trans="T")
    MQ: np.ndarray = transposed.T
    return MQ


def _filtered_products(
    Q: np.ndarray,
    MQ: np.ndarray,
    y: np.ndarray,
    My: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients in 1, p, p^2 of the products of the regressors (I - p M) Q with themselves,
    (3, K, K), and with the outcomes y - p My, (3, K, R), where Q'Q = I and Q'y = 0.
    """
    K = Q.shape[1]
    R = y.shape[1]
    cross = Q.T @ MQ
    zz = np.stack([np.eye(K), -cross - cross.T, MQ.T @ MQ])
    by_p = -Q.T @ My - MQ.T @ y
    zy = np.stack([np.zeros((K, R)), by_p, MQ.T @ My])
    return zz, zy


def _elhorst(
    sample: Sample,
    b: np.ndarray,
    p: np.ndarray,
    s2: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The correction of Elhorst for R fits; see `models.ml.bias`."""
    T, N = sample.shape
    R, K = b.shape
    if sample.within.time:
        # what time effects do to the score
        slope = np.zeros((R, K + 2))
        slope[:, -2] = 1.0 / (1.0 - p)
        slope[:, -1] = 1.0 / (2.0 * s2)
        curves = Curves.at(sample, p, demean_lag=False)
        information = curves.information(b, s2) / (N * T)
        solved = np.linalg.solve(information, slope[:, :, None])
        shift = solved[:, :, 0] / N
        b = b + shift[:, :-2]
        p = p + shift[:, -2]
        s2 = s2 + shift[:, -1]
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
        sample = self.sample
        names = (*labels(sample), *["psi"] * sample.serial)
        changes = changes_alone(self.panel, sample.design)
        impact_terms = tuple(change.label for change in changes)
        shape = sample.shape if self.residuals else None
        nothing = Batch.empty(names, impact_terms, shape)
        for drawn in redrawn(sample, outcomes):
            self._rows.append(self._one(drawn) or nothing)

    def batch(self) -> Batch:
        return Batch.joined(self._rows)

    def _one(self, drawn: Sample) -> Batch | None:
        """One fit; None where there is no estimate."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("ignore", SampleWarning)
            warnings.simplefilter("always", BoundWarning)
            try:
                fit = self._fitted(drawn)
            except (EstimationError, IdentificationError, np.linalg.LinAlgError):
                return None
        at_bound = any(issubclass(warning.category, BoundWarning) for warning in caught)
        return Batch.of(fit, at_bound=at_bound, residuals=self.residuals)

    def _fitted(self, drawn: Sample) -> FitResult[Any]:
        return result_of(self.request, drawn, self.panel)


@dataclass(frozen=True, eq=False)
class _ByScore(_OneByOne):
    """Fits draw by draw by adjusted scores, which share what does not depend on the outcome: half of
    the time of a fit.
    """

    @cached_property
    def _score(self) -> QuasiScore:
        return self._method.score(self.sample)

    @property
    def _method(self) -> AdjustedScore:
        method = self.request.method_on(self.sample.irregular)
        assert isinstance(method, AdjustedScore)
        return method

    def _fitted(self, drawn: Sample) -> FitResult[Any]:
        score = self._score.on(drawn.y[drawn.there])
        estimate = self._method.estimate_by(score, drawn)
        return FitResult.of(self.request, drawn, self.panel, estimate)


def redrawn(sample: Sample, outcomes: np.ndarray) -> Iterator[Sample]:
    """The sample with each of the outcomes (T, N, R) in place of its own."""
    for y in np.moveaxis(outcomes, 2, 0):
        if not sample.dynamic:
            yield replace(sample, y=y)
            continue
        Z = sample.Z.copy()
        for name in sample.dynamic:
            # the first row is the outcome before the sample, which all draws share
            before = y[:-1]
            if name == "eta":
                assert sample.W is not None
                before = sample.W.lag(before)
            column = sample.names.index(name)
            Z[1:, :, column] = before
        yield replace(sample, y=y, Z=Z)
