"""Least squares for the models without a lag of y or of the error."""

from __future__ import annotations

import numpy as np

from .design.sample import Sample
from .estimate import Estimate


def least_squares(sample: Sample) -> Estimate:
    """Ordinary least squares on the transformed arrays, with linearmodels' conventions.

    The variance is the sum of squares over the residual degrees of freedom, which count the effects; inference is by t;
    the log-likelihood is the Gaussian one at the sum of squares over NT.
    """
    T, N = sample.shape
    K = sample.n_regressors
    flat = sample.columns.reshape(T * N, -1)
    Z, y = flat[:, :K], flat[:, K]
    Q, R = np.linalg.qr(Z)
    b = np.linalg.solve(R, Q.T @ y) if K else np.zeros(0)
    e = y - Z @ b
    ssr = float(e @ e)
    df = T * N - K - sample.within.absorbed(T, N)
    return Estimate(
        values=b,
        sigma2=ssr / df,
        loglik=float(-T * N / 2 * (np.log(2 * np.pi * ssr / (T * N)) + 1)),
        residuals=e.reshape(T, N),
        df_resid=df,
    )
