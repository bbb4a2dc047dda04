"""The multiplier matrix of a change in a regressor, at short run, any horizon and long run, with its derivatives.

    y_t = A y_{t-1} + B (x_t beta + W_x x_t theta) + ...,   B = (I - rho W)^-1,   A = B (tau I + eta W)

A change that begins at t and stays has, h periods later, the multiplier D_h = sum_{s=0}^{h} A^s B: D_0 = B is the short
run, the limit ((1 - tau) I - (rho + eta) W)^-1 the long run. What a change of one period alone does h periods later is
D_h - D_{h-1} = A^h B.

Source: Elhorst (2014), Spatial Econometrics, section 4.6, doi:10.1007/978-3-642-40340-8, for short and long run;
Debarsy, Ertur and LeSage (2012), doi:10.1016/j.stamet.2011.02.002, for the path between.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Horizon = int | str


def multiplier(W: np.ndarray, at: Mapping[str, float], horizon: Horizon) -> tuple[np.ndarray, dict[str, np.ndarray]]:
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
    tau, eta, rho = (at.get(name, 0.0) for name in ("tau", "eta", "rho"))
    identity = np.eye(len(W))
    if horizon == "long":
        D = np.linalg.inv((1.0 - tau) * identity - (rho + eta) * W)
        across = D @ W @ D
        return D, {"tau": D @ D, "eta": across, "rho": across}
    B = np.linalg.inv(identity - rho * W)
    drift = tau * identity + eta * W
    D = B
    slopes = {"tau": np.zeros_like(W), "eta": np.zeros_like(W), "rho": B @ W @ B}
    # (I - rho W) D_h = I + (tau I + eta W) D_{h-1}, and the same differentiated
    for _ in range(int(horizon)):
        before, D = D, B @ (identity + drift @ D)
        moved = {"tau": before, "eta": W @ before, "rho": W @ D}
        slopes = {name: B @ (moved[name] + drift @ slopes[name]) for name in slopes}
    return D, slopes
