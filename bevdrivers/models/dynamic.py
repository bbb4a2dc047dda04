"""Dynamic models: what goes with them, whether they are stable, and the bias that unit effects
leave in their score.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import BoundWarning, OptionError, warn
from ..numerics.eigenvalue_log_determinants import Spectrum
from ..weights import SpatialWeights
from .covariance import CovarianceKind
from .design.sample import Sample
from .ml.operators import MATRIX_UNITS
from .options import Options, refuse

# How often the bias is evaluated: at the estimate, then at what it corrects to.
EVALUATIONS = 2


def check_dynamic(options: Options, kind: CovarianceKind) -> None:
    """Refuse what does not go with y of the period before among the regressors.

    Raises
    ------
    OptionError
    """
    given = repr(options.dynamic)
    if not options.lag_y and options.dynamic != "time":
        refuse(
            "dynamic",
            "'time' in a model without a lag of y",
            f"{given} in {options.model}",
            "Use dynamic='time', or a model with a lag of y such as SpatialLag.",
        )
    if options.correction in ("second-order", "elhorst", "adjusted-score", "robust-score"):
        refuse(
            "correction",
            "'auto', 'lee-yu' or None in a dynamic model",
            repr(options.correction),
            "Leave correction out.",
        )
    if kind.reaches_over_periods:
        refuse(
            "cov_type",
            "another covariance in a dynamic model",
            repr(options.cov_type),
            "Errors that depend over time make y of the period before endogenous: no covariance "
            "mends it.",
        )
    if options.random_effects is not None:
        refuse(
            "dynamic",
            "None beside random effects, which y of the period before contains",
            given,
            "Use fixed effects: leave random_effects out.",
        )
    if options.serial_errors:
        refuse(
            "dynamic",
            "None beside autocorrelated errors, which y of the period before contains",
            given,
            "Leave serial_errors out.",
        )


def check_size(W: SpatialWeights | None) -> None:
    """Refuse more units than all eigenvalues can be had for: stability and the correction of the
    bias need them.

    Raises
    ------
    OptionError
    """
    if W is not None and W.n_units > MATRIX_UNITS:
        raise OptionError(
            "dynamic",
            expected=f"None for more than {MATRIX_UNITS} units",
            got=f"{W.n_units} units",
            remedy=(
                "Dynamic models need all eigenvalues of W: aggregate the units, or fit the "
                "static model."
            ),
        )


def largest_root(
    spectrum: Spectrum,
    tau: Any,
    eta: Any,
    rho: Any,
) -> np.ndarray:
    """Largest modulus of the eigenvalues of A = (I - rho W)^-1 (tau I + eta W); below one the model
    is stable.

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
    omega = spectrum.values
    largest: np.ndarray = np.abs((tau + eta * omega) / (1.0 - rho * omega)).max(axis=-1)
    return largest


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
            f"The dynamic estimates are not stable (largest root {root:.4g}, stable below 1): a "
            "change does not die "
            "out, there is no long run, and standard errors do not hold.",
            BoundWarning,
        )


def score_bias(
    sample: Sample,
    values: Mapping[str, float],
    sigma2: float,
) -> np.ndarray:
    """Mean of the score of (b, rho, lam, sigma2) at the true parameters in a dynamic model with
    unit effects.

    With S = I - rho W, A = S^-1 (tau I + eta W), G = W S^-1, H = M (I - lam M)^-1 and

        C = sum_{h=0}^{T-2} (1 - (h+1)/T) A^h S^-1,

    demeaning over T periods leaves E sum_t (y_{t-1} - mean)' (e_t - mean) = -s2 tr C, and the score
    has the mean

        tau: -tr C,   eta: -tr WC,   rho: -tr G - tr G (tau I + eta W) C,   lam: -tr H,   sigma2: -n
        / (2 s2),

    zero for exogenous regressors. Where the units are in contrasts (time effects) n is N - 1 and
    the traces leave out the unit eigenvalue of W; else n is N. Yu, de Jong and Lee (2008; Lee and
    Yu 2010 with time effects) have the limit of C for large T, (I - A)^-1 S^-1. The finite sum is
    the mean itself, and exists for any A. Without a lag of y, A = tau I.

    Returns
    -------
    array of shape (P,): b (K entries), rho, lam, sigma2, the absent ones left out.
    """
    T, N = sample.shape
    units = N - sample.within.time
    omega = _eigenvalues(sample.W, units, without_unit=sample.within.time)
    mu = _eigenvalues(sample.M, units, without_unit=sample.within.time)
    tau, eta, rho, lam = (values.get(name, 0.0) for name in ("tau", "eta", "rho", "lam"))
    # all matrices are functions of W (or of M), so that their traces are sums over its eigenvalues
    s = 1.0 - rho * omega
    of_before = tau + eta * omega
    C = _weighted_sum(of_before / s, T) / s
    traces = {
        "tau": C,
        "eta": omega * C,
        "rho": omega / s * (1.0 + of_before * C),
        "lam": mu / (1.0 - lam * mu),
    }
    of_regressors = np.zeros(sample.n_regressors)
    for name in sample.dynamic:
        of_regressors[sample.names.index(name)] = -traces[name].sum().real
    of_lags = [-traces[name].sum().real for name in sample.lags]
    return np.concatenate([of_regressors, of_lags, [-units / (2.0 * sigma2)]])


def _eigenvalues(
    W: SpatialWeights | None,
    units: int,
    *,
    without_unit: bool,
) -> np.ndarray:
    """The eigenvalues of W, in contrasts over the units without the unit one; zeros without a
    lag.
    """
    if W is None:
        return np.zeros(units)
    spectrum = W.full_spectrum
    return spectrum.without_unit.values if without_unit else spectrum.values


def _weighted_sum(a: np.ndarray, T: int) -> np.ndarray:
    """sum_{h=0}^{T-2} (1 - (h+1)/T) a^h for each of `a`."""
    total = np.zeros_like(a)
    for h in range(T - 2, -1, -1):
        total = total * a + (1.0 - (h + 1) / T)
    return total
