"""The information matrix of the maximum-likelihood models, expected and observed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import EstimationError
from ..design.sample import Sample
from .operators import LagOperator, traces
from .optimum import Point


@dataclass(frozen=True, eq=False)
class ScoreTerms:
    """The terms of which score and information are made, at one point; R = I - lam M, all arrays
    after Q.

    Attributes
    ----------
    Z : array of shape (T, N, K)
        Q R Z.
    e : array of shape (T, N)
    lags : tuple of arrays of shape (T, N)
        -de/d rho = Q R W y and -de/d lam = Q M u, for those that the model has.
    operators : tuple of LagOperator
        R G R^-1 with G = W (I - rho W)^-1, and H = M R^-1: the parts of the lags that are linear in
        e.
    means : tuple of arrays of shape (T, N)
        The rest of the lags: what regressors and effects explain of R W y; zero for M u.
    """

    Z: np.ndarray
    e: np.ndarray
    lags: tuple[np.ndarray, ...]
    operators: tuple[LagOperator, ...]
    means: tuple[np.ndarray, ...]


def residuals(sample: Sample, point: Point) -> np.ndarray:
    """e = Q (I - lam M) (y - rho Wy - Z b), (T, N)."""
    rho, lam = _rho_and_lam(sample, point)
    of_lag = []
    if sample.W is not None:
        of_lag.append(-rho)
    # (-b, 1, -rho) for the columns [Z, y, Wy]
    combine = np.concatenate([-point.b, [1.0], of_lag])
    e: np.ndarray = sample.columns @ combine
    if sample.lagged_columns is not None:
        lagged = sample.lagged_columns @ combine
        e = e - lam * lagged
    return e


def _rho_and_lam(sample: Sample, point: Point) -> tuple[float, float]:
    """Zero for the one that the model does not have."""
    rho = lam = 0.0
    if sample.W is not None:
        rho = float(point.p[0])
    if sample.M is not None:
        lam = float(point.p[-1])
    return rho, lam


def score_terms(
    sample: Sample,
    point: Point,
    *,
    demean_lag: bool = True,
) -> ScoreTerms:
    """The terms at a point.

    Parameters
    ----------
    demean_lag : bool
        False takes the explained part of R W y as R G (Z b) of the demeaned Z, not demeaned again:
        the published form, and the one that models demeaned before lagging always take.
    """
    K = sample.n_regressors
    rho, lam = _rho_and_lam(sample, point)
    lagged = sample.lagged_columns
    # Q R of [Z, y, Wy]
    filtered = sample.columns
    if lagged is not None:
        filtered = filtered - lam * lagged
    Z = filtered[:, :, :K]
    explained = Z @ point.b
    e = filtered[:, :, K] - explained

    lags = []
    operators = []
    means = []
    if sample.W is not None:
        Wy = filtered[:, :, K + 1]
        e = e - rho * Wy
        G = LagOperator(sample.W, rho, sample.M, lam)
        lags.append(Wy)
        operators.append(G)
        if sample.before_lag or not demean_lag:
            means.append(G.over_units(explained))
        else:
            # Wy is G (Z b + effects + e): what is left without e is explained
            of_errors = sample.within.demean(G.over_units(e))
            means.append(Wy - of_errors)

    if sample.M is not None and lagged is not None:
        # M u = M y - M Z b - rho M W y
        Mu = lagged[:, :, K] - lagged[:, :, :K] @ point.b
        if sample.W is not None:
            MWy = lagged[:, :, K + 1]
            Mu = Mu - rho * MWy
        lags.append(Mu)
        operators.append(LagOperator(sample.M, lam))
        means.append(np.zeros_like(e))

    return ScoreTerms(
        Z=Z,
        e=e,
        lags=tuple(lags),
        operators=tuple(operators),
        means=tuple(means),
    )


def expected_information(
    sample: Sample,
    point: Point,
    *,
    demean_lag: bool = True,
) -> np.ndarray:
    """Expected information of (b, rho, lam, sigma2) for those that the model has, with all cross
    terms.

    With G = W (I - rho W)^-1, R = I - lam M, H = M R^-1 and the lag of y split into what the
    regressors and effects explain, m = Q(R W y - R G R^-1 e), and the rest,

        I(b, b) = Z'Z / s2,  I(b, rho) = Z'm / s2,  I(rho, rho) = t tr(GG + G'G) + m'm / s2,
        I(rho, lam) = t tr(GH + G'H),  I(rho, s2) = t tr(G) / s2,  I(s2, s2) = n / (2 s2^2)

    where G stands for R G R^-1 and Z for Q R Z. Under Lee and Yu's transformation t, n and every
    trace are those of the contrasts: T - 1 periods, (N - 1)(T - 1) observations, matrices projected
    off the constant.

    Source: LeSage and Pace (2009), section 3.2; Lee and Yu (2010),
    doi:10.1016/j.jeconom.2009.08.001; for the two lags together Anselin (1988), section 6.2.

    Returns
    -------
    array of shape (P, P): b (K entries), rho, lam, sigma2, the absent ones left out.
    """
    terms = score_terms(sample, point, demean_lag=demean_lag)
    dims = sample.contrasts
    s2 = point.sigma2
    K = sample.n_regressors
    spatial = slice(K, K + len(terms.operators))
    P = spatial.stop + 1
    information = np.zeros((P, P))

    # what regressors, and the explained part of the lags, have in common: Z'Z, Z'm and m'm
    explained = _stacked(terms.Z, terms.means)
    information[:-1, :-1] = explained.T @ explained / s2

    # and what the rest of the lags, linear in e, adds: t tr(GG + G'G) and its like
    lag_traces = traces(terms.operators, dims)
    information[spatial, spatial] += dims.periods * lag_traces.second

    by_sigma2 = dims.periods * lag_traces.first / s2
    information[spatial, -1] = by_sigma2
    information[-1, spatial] = by_sigma2
    information[-1, -1] = dims.nobs / (2 * s2**2)
    return information


def _stacked(Z: np.ndarray, others: tuple[np.ndarray, ...]) -> np.ndarray:
    """Regressors (T, N, K) and arrays (T, N) as columns over all observations, (NT, K + q)."""
    T, N, K = Z.shape
    columns = [other.ravel() for other in others]
    return np.column_stack([Z.reshape(T * N, K), *columns])


def slope_beyond_variance(sample: Sample, point: Point) -> np.ndarray:
    """What the slope of the score of (b, rho, lam, sigma2) has beyond its variance, (P, P): zero
    for a likelihood.

    Under the adjusted score t tr(QGPG) in its entry of rho.
    """
    P = len(point.with_sigma2)
    beyond = np.zeros((P, P))
    dims = sample.contrasts
    if dims.adjusted:
        operators = score_terms(sample, point).operators
        lag_traces = traces(operators, dims)
        beyond[-2, -2] = dims.periods * lag_traces.slope_beyond_variance
    return beyond


def observed_information(sample: Sample, point: Point) -> np.ndarray:
    """Minus the Hessian of the log-likelihood by (b, rho, lam, sigma2), or slope of the adjusted
    score, (P, P).
    """
    terms = score_terms(sample, point)
    dims = sample.contrasts
    s2 = point.sigma2
    K = sample.n_regressors
    e = terms.e.ravel()

    # from the sum of squares, with D minus the derivatives of e
    D = _stacked(terms.Z, terms.lags)
    P = D.shape[1] + 1
    information = np.zeros((P, P))
    information[:-1, :-1] = D.T @ D / s2
    by_sigma2 = D.T @ e / s2**2
    information[:-1, -1] = by_sigma2
    information[-1, :-1] = by_sigma2
    ssr = float(e @ e)
    information[-1, -1] = ssr / s2**3 - dims.nobs / (2 * s2**2)

    # from the log-determinants, whose second derivatives are -t tr GG and -t tr HH
    lag_traces = traces(terms.operators, dims)
    for i, square in enumerate(lag_traces.square, start=K):
        information[i, i] += dims.periods * square

    if sample.lagged_columns is not None:
        # e is bilinear in lam and in (b, rho)
        of_b_and_rho = list(range(K))
        if sample.W is not None:
            of_b_and_rho.append(K + 1)
        lagged = sample.lagged_columns.reshape(e.size, -1)
        bilinear = lagged[:, of_b_and_rho].T @ e / s2
        q = len(bilinear)
        information[:q, -2] += bilinear
        information[-2, :q] += bilinear
    return information


def invert_information(information: np.ndarray) -> np.ndarray:
    """The inverse of an information matrix (P, P), scaled first because sigma2 and b differ by
    orders of magnitude.

    Raises
    ------
    EstimationError
        It is not positive definite.
    """
    diagonal = np.diag(information)
    positive = np.where(diagonal > 0, diagonal, np.nan)
    scale = 1.0 / np.sqrt(positive)
    scaled = information * np.outer(scale, scale)
    try:
        factor = np.linalg.cholesky(scaled)
    except np.linalg.LinAlgError:
        factor = np.full((1, 1), np.nan)
    if not np.isfinite(factor).all():
        raise EstimationError(
            "The information matrix is not positive definite at the estimates: these data and "
            "weights do not identify the parameters. Drop nearly collinear regressors, or use a "
            "model with fewer lags."
        )
    root = np.linalg.inv(factor) * scale
    return root.T @ root
