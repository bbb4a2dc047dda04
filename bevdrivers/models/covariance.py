"""Covariance of the estimates."""

from __future__ import annotations

import numpy as np

from ..errors import EstimationError
from .ml import MlFit
from .result import Estimate
from .sample import Sample


def spatial_names(sample: Sample) -> tuple[str, ...]:
    """Labels of the spatial parameters of a sample's model, in their order."""
    return ("rho",) * (sample.W is not None) + ("lam",) * (sample.M is not None)


def ml_estimate(sample: Sample, fit: MlFit) -> Estimate:
    """The estimates with their residuals and the inverse of the expected information."""
    K = sample.n_regressors
    covariance = invert_information(expected_information(sample, fit))[:-1, :-1]
    columns = filtered_columns(sample, fit)
    residuals = columns[:, :, K] - columns[:, :, :K] @ fit.b
    if sample.W is not None:
        residuals = residuals - float(fit.p[0]) * columns[:, :, K + 1]
    return Estimate(
        values=np.concatenate([fit.b, fit.p]),
        covariance=covariance,
        sigma2=fit.sigma2,
        loglik=fit.loglik,
        residuals=residuals,
        df_resid=None,
        optimum=fit,
        spatial=spatial_names(sample),
    )


def filtered_columns(sample: Sample, fit: MlFit) -> np.ndarray:
    """Q (I - lam M) of the sample's columns, (T, N, K + 1 or 2)."""
    if sample.lagged_columns is None:
        return sample.columns
    return sample.columns - float(fit.p[-1]) * sample.lagged_columns


def expected_information(sample: Sample, fit: MlFit, *, demean_lag: bool | None = None) -> np.ndarray:
    """Expected information of (b, rho, lam, sigma2) for those that the model has, with all cross terms.

    With G = W (I - rho W)^-1, R = I - lam M, H = M R^-1 and the lag of y split into what the regressors and effects
    explain, m = Q(R W y - R G R^-1 e), and the rest,

        I(b, b) = Z'Z / s2,  I(b, rho) = Z'm / s2,  I(rho, rho) = t tr(GG + G'G) + m'm / s2,
        I(rho, lam) = t tr(GH + G'H),  I(rho, s2) = t tr(G) / s2,  I(s2, s2) = n / (2 s2^2)

    where G stands for R G R^-1 and Z for Q R Z. Under Lee and Yu's transformation t, n and every trace are those of the
    contrasts: T - 1 periods, (N - 1)(T - 1) observations, matrices projected off the constant.

    Source: LeSage and Pace (2009), section 3.2; Lee and Yu (2010), doi:10.1016/j.jeconom.2009.08.001; for
    the two lags together Anselin (1988), section 6.2.

    Parameters
    ----------
    demean_lag : bool, optional
        False takes m as R G (Z b) of the demeaned Z, not demeaned again: the published form for models that are
        demeaned before lagging, for which it is the default.

    Returns
    -------
    array of shape (P, P): b (K entries), rho, lam, sigma2, the absent ones left out.
    """
    K, s2, dims = sample.n_regressors, fit.sigma2, sample.contrasts
    rho = float(fit.p[0]) if sample.W is not None else 0.0
    lam = float(fit.p[-1]) if sample.M is not None else 0.0
    columns = filtered_columns(sample, fit)
    flat = columns.reshape(-1, columns.shape[2])
    Z, operators, means = flat[:, :K], [], []
    if sample.W is not None:
        G = _multiplier_lag(sample, rho, lam)
        operators.append(dims.project(G))
        explained = columns[:, :, :K] @ fit.b
        if sample.before_lag if demean_lag is None else not demean_lag:
            means.append((explained @ G.T).ravel())
        else:
            e = columns[:, :, K] - rho * columns[:, :, K + 1] - explained
            means.append(flat[:, K + 1] - sample.within.demean(e @ G.T).ravel())
    if sample.M is not None:
        H = np.linalg.solve((np.eye(sample.M.n_units) - lam * sample.M.dense).T, sample.M.dense.T).T
        operators.append(dims.project(H))
        means.append(np.zeros(len(flat)))
    P = K + len(operators) + 1
    information = np.zeros((P, P))
    regressors = np.column_stack([Z, *means])
    information[:-1, :-1] = regressors.T @ regressors / s2
    for i, A in enumerate(operators, start=K):
        information[i, -1] = information[-1, i] = dims.periods * np.trace(A) / s2
        for j, B in enumerate(operators, start=K):
            information[i, j] += dims.periods * (np.sum(A * B.T) + np.sum(A * B))
    information[-1, -1] = dims.nobs / (2 * s2**2)
    return information


def _multiplier_lag(sample: Sample, rho: float, lam: float) -> np.ndarray:
    """R G R^-1 with G = W (I - rho W)^-1 and R = I - lam M, (N, N)."""
    assert sample.W is not None
    W = sample.W.dense
    G = np.linalg.solve((np.eye(len(W)) - rho * W).T, W.T).T
    if sample.M is None:
        return G
    R = np.eye(len(W)) - lam * sample.M.dense
    return np.linalg.solve(R.T, (R @ G).T).T


def invert_information(information: np.ndarray) -> np.ndarray:
    """The inverse of an information matrix (P, P), scaled first because sigma2 and b differ by orders of magnitude.

    Raises
    ------
    EstimationError
        It is not positive definite.
    """
    scale = 1.0 / np.sqrt(np.diag(information))
    try:
        factor = np.linalg.cholesky(information * np.outer(scale, scale))
    except np.linalg.LinAlgError:
        raise EstimationError(
            "The information matrix is not positive definite at the estimates: these data and weights do not identify "
            "the parameters. Drop nearly collinear regressors, or use a model with fewer lags."
        ) from None
    root = np.linalg.inv(factor) * scale
    return root.T @ root
