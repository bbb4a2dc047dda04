"""Dynamic models: stability, and the bias that unit effects leave when y of the period before is a regressor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...errors import BoundWarning, OptionError, warn
from ...numerics.eigenvalue_log_determinants import Spectrum
from ...weights import SpatialWeights
from ..design.sample import Sample
from ..estimate import Estimate
from .information import expected_information, invert_information
from .maximisation import MlFit
from .operators import MATRIX_UNITS

# how often the bias is evaluated: at the maximum, then at what it corrects to
EVALUATIONS = 2


def largest_root(spectrum: Spectrum, tau: Any, eta: Any, rho: Any) -> np.ndarray:
    """Largest modulus of the eigenvalues of A = (I - rho W)^-1 (tau I + eta W); below one the model is stable.

    Every eigenvalue omega of W counts, complex ones too: |(tau + eta omega) / (1 - rho omega)|.

    Parameters
    ----------
    spectrum : Spectrum
        Of W.
    tau, eta, rho : float or arrays of one shape

    Returns
    -------
    array of that shape
    """
    tau, eta, rho = (np.asarray(value)[..., None] for value in (tau, eta, rho))
    return np.abs((tau + eta * spectrum.values) / (1.0 - rho * spectrum.values)).max(axis=-1)


def check_size(W: SpatialWeights | None) -> None:
    """Refuse more units than all eigenvalues can be had for: stability and the correction of the bias need them.

    Raises
    ------
    OptionError
    """
    if W is not None and W.n_units > MATRIX_UNITS:
        raise OptionError(
            "dynamic",
            expected=f"None for more than {MATRIX_UNITS} units",
            got=f"{W.n_units} units",
            remedy="Dynamic models need all eigenvalues of W: aggregate the units, or fit the static model.",
        )


def score_bias(sample: Sample, values: Mapping[str, float], sigma2: float) -> np.ndarray:
    """Mean of the score of (b, rho, lam, sigma2) at the true parameters in a dynamic model with unit effects.

    With S = I - rho W, A = S^-1 (tau I + eta W), G = W S^-1, H = M (I - lam M)^-1 and

        C = sum_{h=0}^{T-2} (1 - (h+1)/T) A^h S^-1,

    demeaning over T periods leaves E sum_t (y_{t-1} - mean)' (e_t - mean) = -s2 tr C, and the score has the mean

        tau: -tr C,   eta: -tr WC,   rho: -tr G - tr G (tau I + eta W) C,   lam: -tr H,   sigma2: -n / (2 s2),

    zero for exogenous regressors. Where the units are in contrasts (time effects) n is N - 1 and the traces leave out
    the unit eigenvalue of W; else n is N. Yu, de Jong and Lee (2008; Lee and Yu 2010 with time effects) have the
    limit of C for large T, (I - A)^-1 S^-1. The finite sum is the mean itself, and exists for any A. Without a lag of
    y, A = tau I.

    Returns
    -------
    array of shape (P,): b (K entries), rho, lam, sigma2, the absent ones left out.
    """
    T, N = sample.shape
    units = N - sample.within.time
    omega, mu = (
        np.zeros(units) if W is None else _eigenvalues(W, without_unit=sample.within.time) for W in (sample.W, sample.M)
    )
    tau, eta, rho, lam = (values.get(name, 0.0) for name in ("tau", "eta", "rho", "lam"))
    s, drift = 1.0 - rho * omega, tau + eta * omega
    C = _weighted_sum(drift / s, T) / s
    means = {"tau": C, "eta": omega * C, "rho": omega / s * (1.0 + drift * C), "lam": mu / (1.0 - lam * mu)}
    bias = np.zeros(sample.n_regressors)
    for name in sample.dynamic:
        bias[sample.names.index(name)] = -means[name].sum().real
    spatial = [-means[name].sum().real for name, W in (("rho", sample.W), ("lam", sample.M)) if W is not None]
    return np.concatenate([bias, spatial, [-units / (2.0 * sigma2)]])


def _eigenvalues(W: SpatialWeights, *, without_unit: bool) -> np.ndarray:
    spectrum = W.full_spectrum
    return spectrum.without_unit.values if without_unit else spectrum.values


def _weighted_sum(a: np.ndarray, T: int) -> np.ndarray:
    """sum_{h=0}^{T-2} (1 - (h+1)/T) a^h for each of `a`."""
    total = np.zeros_like(a)
    for h in range(T - 2, -1, -1):
        total = total * a + (1.0 - (h + 1) / T)
    return total


def yu_de_jong_lee(sample: Sample, fit: MlFit) -> MlFit:
    """Maximum-likelihood estimates of a dynamic model with unit effects, corrected for their bias of order 1/T.

        theta_c = theta_hat - B / T,   -B / T = -I^-1 E[score],

    I the expected information and E[score] as in `score_bias`. Yu, de Jong and Lee take both at theta_hat. Its tau is
    too small, and so is B then: both are evaluated once more at the first theta_c (`EVALUATIONS` in all), which is the
    same to the order of the correction. The log-likelihood stays that of the maximum.

    References
    ----------
    Yu, de Jong and Lee (2008), J. Econometrics 146, 118-134, doi:10.1016/j.jeconom.2008.08.002. With time
    effects: Lee and Yu (2010), Econometric Theory 26, 564-597,
    doi:10.1017/S0266466609100099.
    """
    found = np.concatenate([fit.b, fit.p, [fit.sigma2]])
    labels = (*sample.names, *("rho",) * (sample.W is not None), *("lam",) * (sample.M is not None))
    at = fit
    for _ in range(EVALUATIONS):
        values = dict(zip(labels, (*at.b, *at.p), strict=True))
        inverse = invert_information(expected_information(sample, at))
        corrected = found - inverse @ score_bias(sample, values, at.sigma2)
        K = len(fit.b)
        at = replace(fit, b=corrected[:K], p=corrected[K:-1], sigma2=float(corrected[-1]))
    return at


def corrected_least_squares(sample: Sample, found: Estimate) -> Estimate:
    """Least squares with y of the period before and unit effects, corrected for the bias of Nickell (1981).

    The same correction without lags of y and of the error: b + (Z'Z)^-1 s2 tr C, C = sum_h (1 - (h+1)/T) tau^h I, in
    the place of tau, evaluated at the estimate and then at what it corrects to. It is the leading term of Kiviet
    (1995), doi:10.1016/0304-4076(94)01643-E.
    """
    T, N = sample.shape
    K = sample.n_regressors
    flat = sample.columns.reshape(T * N, -1)
    Z, y = flat[:, :K], flat[:, K]
    bread = np.linalg.inv(Z.T @ Z)
    b, e, sigma2 = found.values, found.residuals.ravel(), found.sigma2
    assert found.df_resid is not None
    for _ in range(EVALUATIONS):
        score = sigma2 * score_bias(sample, dict(zip(sample.names, b, strict=True)), sigma2)[:K]
        b = found.values - bread @ score
        e = y - Z @ b
        sigma2 = float(e @ e) / found.df_resid
    return replace(found, values=b, sigma2=sigma2, residuals=e.reshape(T, N))


def root_of(sample: Sample, values: Mapping[str, float]) -> float:
    """Largest root of a sample's model at labelled parameter values; 0 where it is not dynamic."""
    if not sample.dynamic:
        return 0.0
    if sample.W is None:
        return abs(values["tau"])
    tau, eta, rho = (values.get(name, 0.0) for name in ("tau", "eta", "rho"))
    return float(largest_root(sample.W.full_spectrum, tau, eta, rho))


def warn_if_unstable(sample: Sample, values: Mapping[str, float]) -> None:
    """Warn when the estimates describe a process that a shock never leaves."""
    root = root_of(sample, values)
    if root >= 1.0:
        warn(
            f"The dynamic estimates are not stable (largest root {root:.4g}, stable below 1): a change does not die "
            "out, there is no long run, and standard errors do not hold.",
            BoundWarning,
        )
