"""The bias of order 1/n that is left in rho and lam, from a stochastic expansion.

Maximum likelihood solves psi(p) = 0, psi the slope of the concentrated log-likelihood. Expanded
about the truth, with H the curvature of that likelihood and Omega = -E[H]^-1,

    p_hat - p = Omega psi + Omega (H - E[H]) Omega psi + (1/2) Omega E[dH] (Omega psi)(Omega psi)' + ...

and the mean of the right-hand side is the bias to second order. Each mean is taken over outcomes
that the fit itself draws, with independent normal errors. No draw is fitted: psi and H are needed
at one point alone.

The mean of psi is the small difference of large numbers. The score of the whole likelihood has the
mean zero at the parameters that made the draws, and psi is that score but for terms of the order
that is looked for: the intercept of a regression of psi on it is the mean with little of the noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ...numerics.linalg import Resolvent
from ...numerics.series_log_determinants import SeriesResolvent
from ...numerics.streams import generator
from ..design.sample import Sample
from .information import residuals
from .likelihood import Likelihood
from .optimum import Point

DRAWS = 500
SEED = 0
# The bias at the estimates is that of a process whose rho is itself biased: it is evaluated once
# more at the corrected ones.
EVALUATIONS = 2
# No correction moves an estimate over more than this share of its way to the end of its range.
SHARE_OF_ROOM = 0.5
# Steps of numerical derivatives, as a share of the range of a parameter.
STEP = 1e-4
# Cells of outcomes that are drawn at once.
CELLS_AT_ONCE = 2_000_000


def second_order(
    sample: Sample,
    likelihood: Likelihood,
    point: Point,
) -> Point:
    """The estimates less the second-order bias of rho and lam, with b and sigma2 as the likelihood
    has them there.

    References
    ----------
    Yang (2015), J. Econometrics 186, 178-200; for spatial panels with fixed effects Yang, Yu and
    Liu (2016), Regional Science and Urban Economics 61, 52-72.
    """
    corrected = point
    for _ in range(EVALUATIONS):
        shift = -bias(sample, likelihood, corrected)
        kept = kept_inside(shift, point.p, likelihood.bounds)
        p = point.p + kept
        b, ssr = likelihood.solve(p)
        corrected = Point(b, p, ssr / likelihood.nobs)
    return corrected


def bias(
    sample: Sample,
    likelihood: Likelihood,
    point: Point,
    draws: int = DRAWS,
) -> np.ndarray:
    """The second-order bias of rho and lam where `point` is the truth, (q,)."""
    return expanded(_derivatives(sample, likelihood, point, draws))


def expanded(derivatives: Derivatives) -> np.ndarray:
    """The bias that follows from derivatives at the truth, (q,)."""
    slopes, curvatures, thirds, scores = derivatives
    draws = len(slopes)
    mean_curvature = curvatures.mean(axis=0)
    omega = -np.linalg.inv(mean_curvature)
    # Omega psi
    first_order = slopes @ omega.T

    # E[psi], by the intercept of its regression on scores of mean zero
    ones = np.ones(draws)
    controls = np.column_stack([ones, scores])
    coefficients, *_ = np.linalg.lstsq(controls, slopes, rcond=None)
    mean_slope = coefficients[0]

    # E[(H - E[H]) Omega psi]
    around = curvatures - mean_curvature
    mean_of_products = np.einsum("rij,rj->i", around, first_order) / draws

    # (1/2) E[dH] E[(Omega psi)(Omega psi)']
    spread = first_order.T @ first_order / draws
    mean_of_squares = np.einsum("ijk,jk->i", thirds, spread) / 2

    of_all_three = mean_slope + mean_of_products + mean_of_squares
    total: np.ndarray = omega @ of_all_three
    return total


def kept_inside(shift: np.ndarray, p: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """The shift, shortened where it would come too near to the end of a range, (q,)."""
    low, high = bounds.T
    room = np.where(shift > 0, high - p, p - low)
    longest = SHARE_OF_ROOM * room
    shortened = np.clip(shift, -longest, longest)
    return np.asarray(shortened)


class Derivatives(NamedTuple):
    """Of the concentrated log-likelihoods of R draws, at the parameters that made them.

    Attributes
    ----------
    slopes : array of shape (R, q)
    curvatures : array of shape (R, q, q)
    thirds : array of shape (q, q, q)
        The mean over draws; the last axis is the parameter by which a curvature is differentiated.
    scores : array of shape (R, K + q + 1)
        The slopes of the whole likelihood by b, p and sigma2, whose means are zero.
    """

    slopes: np.ndarray
    curvatures: np.ndarray
    thirds: np.ndarray
    scores: np.ndarray


def _derivatives(sample: Sample, likelihood: Likelihood, point: Point, draws: int) -> Derivatives:
    p = point.p
    low, high = likelihood.bounds.T
    to_nearer_end = np.minimum(high - p, p - low)
    steps = np.minimum(STEP * (high - low), 0.5 * to_nearer_end)
    volumes = likelihood.volumes(p)

    slopes = []
    curvatures = []
    thirds = []
    scores = []
    for drawn in _drawn_likelihoods(sample, likelihood, point, draws):
        _, gradient, hessian = drawn.derivatives(p, volumes)
        slopes.append(gradient)
        curvatures.append(hessian)
        thirds.append(_third_derivatives(drawn, p, steps))
        scores.append(_scores(drawn, point))
    return Derivatives(
        slopes=np.concatenate(slopes),
        curvatures=np.concatenate(curvatures),
        thirds=np.concatenate(thirds).mean(axis=0),
        scores=np.concatenate(scores),
    )


def _third_derivatives(
    likelihood: Likelihood,
    p: np.ndarray,
    steps: np.ndarray,
) -> np.ndarray:
    """Curvatures differentiated by each parameter, the last axis, (R, q, q, q)."""
    by_parameter = []
    for displaced in np.diag(steps):
        above = _curvatures(likelihood, p + displaced)
        below = _curvatures(likelihood, p - displaced)
        step = displaced.sum()
        by_parameter.append((above - below) / (2 * step))
    return np.stack(by_parameter, axis=-1)


def _curvatures(likelihood: Likelihood, p: np.ndarray) -> np.ndarray:
    """Of the concentrated log-likelihoods at p, (R, q, q)."""
    volumes = likelihood.volumes(p)
    _, _, hessian = likelihood.derivatives(p, volumes)
    return hessian


def _scores(likelihood: Likelihood, point: Point) -> np.ndarray:
    """Slopes of the whole likelihoods at a point by b, p and sigma2, (R, K + q + 1)."""
    K = likelihood.n_regressors
    s2 = point.sigma2
    rho, lam = likelihood.split(point.p)
    # (-b, 1, -rho) for the columns [Z, y, Wy]
    of_lag = []
    if likelihood.has_rho:
        of_lag.append(-rho)
    combine = np.concatenate([-point.b, [1.0], of_lag])
    filtered = likelihood.plain - lam * likelihood.lagged
    e = filtered @ combine

    # -de/dp: Wy for rho, M u for lam
    lags = []
    if likelihood.has_rho:
        lags.append(filtered[..., K + 1])
    if likelihood.has_lam:
        lags.append(likelihood.lagged @ combine)

    Z = filtered[..., :K]
    by_b = np.einsum("rmk,rm->rk", Z, e) / s2

    products = [np.sum(lag * e, axis=1) for lag in lags]
    volume_by_p = likelihood.volumes(point.p)[:, 1]
    by_p = np.stack(products, axis=1) / s2 + likelihood.periods * volume_by_p

    squares = np.sum(e * e, axis=1)
    by_sigma2 = (squares / s2 - likelihood.nobs) / (2 * s2)
    return np.column_stack([by_b, by_p, by_sigma2])


def _drawn_likelihoods(
    sample: Sample,
    likelihood: Likelihood,
    point: Point,
    draws: int,
) -> Iterator[Likelihood]:
    """The likelihoods of outcomes that a point draws, in pieces: their factors are (R, m, C)."""
    rng = generator(SEED, "second-order bias")
    K = sample.n_regressors
    cells = sample.y.size
    # the regressors and their lags by M, which all draws share
    shared = sample.columns[:, :, :K].reshape(cells, K)
    if sample.lagged_columns is not None:
        lagged = sample.lagged_columns[:, :, :K].reshape(cells, K)
        shared = np.column_stack([shared, lagged])
    basis, coordinates = np.linalg.qr(shared)

    at_once = max(1, CELLS_AT_ONCE // cells)
    for first in range(0, draws, at_once):
        R = min(at_once, draws - first)
        outcomes = _outcomes(sample, point, rng, R)
        # y and Wy, then the lags of both by M: (cells, c) for each draw
        columns = np.stack(_after_effects(sample, outcomes), axis=-1)
        columns = np.moveaxis(columns, 2, 0).reshape(R, cells, -1)
        explained = basis.T @ columns
        # what is left is as large as the draws: it is not kept
        factor: Any = np.linalg.qr(columns - basis @ explained, mode="r")
        own = np.concatenate([explained, factor], axis=1)
        yield _compressed(likelihood, coordinates, own)


def _compressed(
    likelihood: Likelihood,
    shared: np.ndarray,
    own: np.ndarray,
) -> Likelihood:
    """The likelihoods of R draws.

    Parameters
    ----------
    shared : array of shape (k, k)
        The regressors, and their lags by M, in coordinates of their basis.
    own : array of shape (R, k + c, c)
        The outcomes and their lags in the same coordinates, then what the basis leaves of them.
    """
    R, rows, c = own.shape
    K = likelihood.n_regressors
    regressors = np.zeros((R, rows, shared.shape[1]))
    regressors[:, : len(shared)] = shared
    if not likelihood.has_lam:
        plain = np.concatenate([regressors, own], axis=2)
        lagged = np.zeros_like(plain)
        return replace(likelihood, plain=plain, lagged=lagged)

    Z, MZ = np.split(regressors, [K], axis=2)
    # the first half of the outcomes is y and Wy, the second the lags of both by M
    outcomes, lagged_outcomes = np.split(own, [c // 2], axis=2)
    plain = np.concatenate([Z, outcomes], axis=2)
    lagged = np.concatenate([MZ, lagged_outcomes], axis=2)
    return replace(likelihood, plain=plain, lagged=lagged)


def _outcomes(
    sample: Sample,
    point: Point,
    rng: np.random.Generator,
    draws: int,
) -> np.ndarray:
    """Outcomes of the process at a point, (T, N, R)."""
    sd = np.sqrt(point.sigma2)
    errors = rng.standard_normal((draws, *sample.shape)) * sd
    in_order = np.moveaxis(errors[:, :, _ranks(sample)], 0, 2)
    effects = _effects(sample, point)
    explained = sample.Z @ point.b

    # y = (I - rho W)^-1 [Z b + (I - lam M)^-1 (effects + e)]
    y: np.ndarray = in_order + effects[:, :, None]
    if sample.M is not None:
        lam = float(point.p[-1])
        y = _over_units(sample.M.pencil.at(lam), y)
    y = y + explained[:, :, None]
    if sample.W is not None:
        rho = float(point.p[0])
        y = _over_units(sample.W.pencil.at(rho), y)
    return y


def _effects(sample: Sample, point: Point) -> np.ndarray:
    """What the effects add to the errors, (T, N)."""
    with_effects = sample.y - sample.Z @ point.b
    if sample.Wy is not None:
        rho = float(point.p[0])
        with_effects = with_effects - rho * sample.Wy
    if sample.M is not None:
        lam = float(point.p[-1])
        with_effects = with_effects - lam * sample.M.lag(with_effects)
    e = residuals(sample, point)
    return np.asarray(with_effects - e)


def _ranks(sample: Sample) -> np.ndarray:
    """The place of each unit in an order that does not depend on names: by its first demeaned
    outcome. Units in another order then draw the same errors.
    """
    outcome = sample.columns[0, :, sample.n_regressors]
    order = np.argsort(outcome)
    return np.asarray(np.argsort(order))


def _over_units(resolvent: Resolvent | SeriesResolvent, values: np.ndarray) -> np.ndarray:
    """The resolvent applied to the unit axis of (T, N, R)."""
    T, N, R = values.shape
    by_unit = np.ascontiguousarray(np.moveaxis(values, 1, 0))
    solved = resolvent.solve(by_unit.reshape(N, T * R))
    return np.moveaxis(solved.reshape(N, T, R), 0, 1)


def _after_effects(sample: Sample, outcomes: np.ndarray) -> list[np.ndarray]:
    """Q y and Q Wy, then Q M of both, for the lags that the model has, each (T, N, R)."""
    raw = [outcomes]
    if sample.W is not None:
        raw.append(sample.W.lag(outcomes))
    if sample.M is not None:
        raw += [sample.M.lag(each) for each in raw]
    return [sample.within.demean(each) for each in raw]
