"""The multiplier matrix of a change in a regressor, at short run, any horizon and long run, with
its derivatives.

    y_t = A y_{t-1} + B (x_t beta + W_x x_t theta) + ...,   B = (I - rho W)^-1,   A = B (tau I + eta
    W)

A change that begins at t and stays has, h periods later, the multiplier D_h = sum_{s=0}^{h} A^s B:
D_0 = B is the short run, the limit ((1 - tau) I - (rho + eta) W)^-1 the long run. What a change of
one period alone does h periods later is D_h - D_{h-1} = A^h B.

Source: Elhorst (2014), Spatial Econometrics, section 4.6, doi:10.1007/978-3-642-40340-8, for short
and long run; Debarsy, Ertur and LeSage (2012), doi:10.1016/j.stamet.2011.02.002, for the path
between.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Horizon = int | str


def multiplier(
    W: np.ndarray,
    at: Mapping[str, float],
    horizon: Horizon,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """D at a horizon and its derivatives by tau, eta and rho.

    Parameters
    ----------
    W : array of shape (N, N)
    at : mapping
        tau, eta, rho; absent ones are zero.
    horizon : int or "long"
        0 is the short run.

    Returns
    -------
    D : array of shape (N, N)
    derivatives : dict of arrays of shape (N, N), by "tau", "eta", "rho"
    """
    tau = at.get("tau", 0.0)
    eta = at.get("eta", 0.0)
    rho = at.get("rho", 0.0)
    identity = np.eye(len(W))
    if horizon == "long":
        # D = ((1 - tau) I - (rho + eta) W)^-1, so that dD = D (I dtau + W drho + W deta) D
        D = np.linalg.inv((1.0 - tau) * identity - (rho + eta) * W)
        across = D @ W @ D
        return D, {
            "tau": D @ D,
            "eta": across,
            "rho": across,
        }

    B = np.linalg.inv(identity - rho * W)
    of_before = tau * identity + eta * W
    D = B
    zeros = np.zeros_like(W)
    slopes = {
        "tau": zeros,
        "eta": zeros,
        "rho": B @ W @ B,
    }
    for _ in range(int(horizon)):
        # (I - rho W) D_h = I + (tau I + eta W) D_{h-1}
        before = D
        D = B @ (identity + of_before @ before)
        # the same differentiated
        direct = {
            "tau": before,
            "eta": W @ before,
            "rho": W @ D,
        }
        for name, slope in slopes.items():
            inherited = of_before @ slope
            slopes[name] = B @ (direct[name] + inherited)
    return D, slopes


def power_series(
    at: Mapping[str, Any],
    horizon: Horizon,
    orders: int,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The coefficients d_0, ..., d_q of D = d_0 I + d_1 W + d_2 W^2 + ... and their derivatives by
    tau, eta and rho.

    (I - rho W) D_h = I + (tau I + eta W) D_{h-1} holds power by power; so does the equation of the
    long run.

    Parameters
    ----------
    at : mapping
        tau, eta, rho, numbers or arrays of one shape; absent ones are zero.
    horizon : int or "long"
    orders : int
        q.

    Returns
    -------
    d : array of shape (q + 1, ...)
    derivatives : dict of arrays of that shape, by "tau", "eta", "rho"
    """
    given = [np.asarray(at.get(name, 0.0), float) for name in ("tau", "eta", "rho")]
    tau, eta, rho = np.broadcast_arrays(*given)
    if horizon == "long":
        return _long_run_series(tau, eta, rho, orders)
    zeros = np.zeros((orders + 1, *tau.shape))
    unit = np.zeros_like(zeros)
    unit[0] = 1.0

    def over(right: np.ndarray) -> np.ndarray:
        """The series of B times a series: x_q = right_q + rho x_{q-1}."""
        x = right.copy()
        for k in range(1, orders + 1):
            x[k] += rho * x[k - 1]
        return x

    d = over(unit)
    slopes = {
        "tau": zeros,
        "eta": zeros,
        "rho": over(_next(d)),
    }
    periods = 0 if horizon == "short" else int(horizon)
    for _ in range(periods):
        before = d
        d = over(unit + tau * before + eta * _next(before))
        # the same equation differentiated
        direct = {
            "tau": before,
            "eta": _next(before),
            "rho": _next(d),
        }
        for name, slope in slopes.items():
            slopes[name] = over(direct[name] + tau * slope + eta * _next(slope))
    return d, slopes


def _long_run_series(
    tau: np.ndarray,
    eta: np.ndarray,
    rho: np.ndarray,
    orders: int,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """`power_series` of the long run: d_q = ((rho + eta) / (1 - tau))^q / (1 - tau)."""
    q = np.arange(orders + 1).reshape(-1, *[1] * tau.ndim)
    share = 1.0 - tau
    ratio = (rho + eta) / share
    d = ratio**q / share
    # by rho as by eta: q ratio^(q - 1) / (1 - tau)^2
    power_below = ratio ** np.maximum(q - 1, 0)
    across = q * power_below / share**2
    by_tau = (q + 1) * d / share
    return d, {
        "tau": by_tau,
        "eta": across,
        "rho": across,
    }


def _next(series: np.ndarray) -> np.ndarray:
    """The series times W."""
    zero = np.zeros_like(series[:1])
    return np.concatenate([zero, series[:-1]])
