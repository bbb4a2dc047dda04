"""Standard errors of recovered fixed effects where cells are missing, or weights differ by period.

Over the n cells that are there, with D the dummies of units and periods, R = I - lam M and r = y - rho
Wy - Z b, the effects d solve D'R'R (r - D d) = 0:

    d = K D'R'R r,   K = (D'R'RD)^-,   u = r - D d,   e = R u.

What the errors themselves leave in d has the covariance sigma2 K. What comes with the other estimates
is B V B', with V their covariance and B the derivatives of d,

    by b: -K D'R'R Z,   by rho: -K D'R'R Wy,   by lam: -K D'(M'e + R'M u).

The two are uncorrelated to first order under symmetric errors, since the scores of the others depend
linearly on what D leaves of e alone. Unit effects and time effects are deviations from their means,
and the intercept is the sum of these means.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from ..weights.by_period import over_cells
from .fitted import Fitted


def errors_of_cells(fit: Fitted[Any]) -> tuple[np.ndarray, np.ndarray, float]:
    """Standard errors of unit effects (N,), time effects (T,) and the intercept; NaN of units and
    periods without a cell, zero of effects that the model does not have.
    """
    there = fit.sample.there
    D = _dummies(fit, there)
    RD = _filtered(fit, D)
    inverse = np.linalg.pinv((RD.T @ RD).toarray(), hermitian=True)
    slopes = inverse @ _products(fit, D, RD)
    covariance = fit.sigma2 * inverse + slopes @ fit.covariance @ slopes.T
    centred = _centring(fit, there)
    variances = np.einsum("kq,qp,kp->k", centred, covariance, centred)
    errors = np.sqrt(np.maximum(variances, 0.0))
    T, N = there.shape
    of_unit, of_time = errors[:N], errors[N : N + T]
    of_unit[~there.any(axis=0)] = np.nan
    of_time[~there.any(axis=1)] = np.nan
    return of_unit, of_time, float(errors[-1])


def _dummies(fit: Fitted[Any], there: np.ndarray) -> sparse.csr_array:
    """Dummies of the units, then of the periods, over the cells that are there, (n, N + T); zero
    columns of effects that the model does not have.
    """
    periods, units = np.nonzero(there)
    T, N = there.shape
    n = len(units)
    within = fit.sample.within
    of_units = sparse.csr_array((np.ones(n), (np.arange(n), units)), shape=(n, N))
    of_periods = sparse.csr_array((np.ones(n), (np.arange(n), periods)), shape=(n, T))
    columns = [of_units * float(within.unit), of_periods * float(within.time)]
    return sparse.csr_array(sparse.hstack(columns, "csr"))


def _filtered(fit: Fitted[Any], values: Any) -> Any:
    """R times values over the cells that are there, (n, k)."""
    M = fit.sample.M
    if M is None:
        return values
    return values - fit.lam * (over_cells(M, fit.sample.shape[0]) @ values)


def _products(fit: Fitted[Any], D: sparse.csr_array, RD: sparse.csr_array) -> np.ndarray:
    """D'R'R Z, D'R'R Wy and D'(M'e + R'M u), as the model has them, (N + T, P)."""
    sample, there = fit.sample, fit.sample.there
    columns = [RD.T @ _filtered(fit, sample.Z[there])]
    if sample.Wy is not None:
        lag = _filtered(fit, sample.Wy[there])
        columns.append((RD.T @ lag)[:, None])
    if sample.M is not None:
        M = over_cells(sample.M, sample.shape[0])
        u = (sample.y - fit.fitted)[there]
        e = _filtered(fit, u)
        by_lam = D.T @ (M.T @ e) + RD.T @ (M @ u)
        columns.append(by_lam[:, None])
    return np.concatenate(columns, axis=1)


def _centring(fit: Fitted[Any], there: np.ndarray) -> np.ndarray:
    """What makes unit effects, time effects and the intercept out of the coefficients of dummies,
    (N + T + 1, N + T).
    """
    T, N = there.shape
    within = fit.sample.within
    has_cells = np.concatenate([there.any(axis=0) * within.unit, there.any(axis=1) * within.time])
    of_units = np.concatenate([np.ones(N), np.zeros(T)]) * has_cells
    of_periods = np.concatenate([np.zeros(N), np.ones(T)]) * has_cells
    mean_of_units = of_units / max(of_units.sum(), 1.0)
    mean_of_periods = of_periods / max(of_periods.sum(), 1.0)
    own = np.diag(has_cells.astype(float))
    means = np.outer(of_units, mean_of_units) + np.outer(of_periods, mean_of_periods)
    return np.vstack([own - means, mean_of_units + mean_of_periods])
