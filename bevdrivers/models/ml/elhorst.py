"""The plug-in bias correction of Elhorst (2014) for direct maximum likelihood."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..design.sample import Sample
from .information import expected_information
from .maximisation import MlFit


def elhorst(sample: Sample, fit: MlFit) -> MlFit:
    """Direct estimates of a model with a lag of y, corrected after estimation.

    With unit effects sigma2 is multiplied by T / (T - 1). With two-way effects all parameters move first,

        (b, rho, s2) + (1 / N) Sigma^-1 (0, 1 / (1 - rho), 1 / (2 s2)),

    Sigma the expected information per observation, in its published form. The log-likelihood stays that of the maximum.

    References
    ----------
    Elhorst (2014), Spatial Econometrics, section 3.3, doi:10.1007/978-3-642-40340-8, after Lee and Yu (2010).
    """
    T, N = sample.shape
    b, p, s2 = fit.b, fit.p, fit.sigma2
    if sample.within.time:
        slope = np.zeros(len(b) + 2)
        slope[-2:] = 1.0 / (1.0 - p[0]), 1.0 / (2.0 * s2)
        shift = np.linalg.solve(expected_information(sample, fit, demean_lag=False) / (N * T), slope) / N
        b, p, s2 = b + shift[:-2], p + shift[-2:-1], s2 + shift[-1]
    return replace(fit, b=b, p=p, sigma2=s2 * T / (T - 1))
