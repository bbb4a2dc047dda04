"""LM tests for random unit effects, spatial and serial correlation of the error: joint, marginal,
conditional.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from ...errors import DataError, EstimationError
from ...esda import ResidualMoran
from ...models import FitResult, NonSpatial, SpatialLagX
from ...models.interface import aligned, in_scope
from ...options import check_flag
from ...panel.time_axis import TimeAxis
from ...results import TestGroup, TestResult
from ..fit_or_request import subject_of
from .error_components import NAMES, ErrorComponents, independent_errors

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights
    from ...weights.given import GivenWeights

_SYMBOLS = {
    "sigma2_mu": "sigma2_mu = 0",
    "psi": "psi = 0",
    "lam": "lam = 0",
}


def random_effects_lm_tests(
    model: Estimator | FitResult,
    panel: Panel | None = None,
    weights: GivenWeights | None = None,
    *,
    serial: bool = False,
) -> TestGroup:
    """LM tests for random unit effects and a spatial error, or for these two and serial
    correlation.

    Parameters
    ----------
    model : Estimator or FitResult
        Its formula is used, and W X where it has it; effects and other lags are not. ``C(period)``
        in the formula gives time effects. A fit brings its own request, panel and weights.
    panel : Panel, optional
        Left out beside a fit.
        At least 2 periods, 3 with serial correlation.
    weights : SpatialWeights, recipe, or Graph or W of libpysal, optional
        Of the error. Left out beside a fit that has its own.
    serial : bool
        False: random unit effects mu outside the spatial filter of the error (Baltagi, Song and Koh
        2003). True: beside them a first-order autoregression of the rest (Baltagi, Song, Jung and
        Koh 2007).

    Returns
    -------
    TestGroup. Without serial correlation "LM joint" and its one-sided form "LM-H"; "LM1" (effects)
    and "LM2" (spatial error), each supposing that there is not the other, with their standardised
    versions "SLM1" and "SLM2"; "LM-mu" and "LM-lambda", each while the other is estimated. With it
    "LM joint" of the three and "LM-lambda", "LM-psi" and "LM-mu", each while the other two are
    estimated.

    Raises
    ------
    InputError, OptionError, WeightsError
        No request, one that the tests cannot read, or no weights.
    DataError
        Too few periods; with serial correlation also a gap in time.

    Notes
    -----
    Variances are not negative: tests for effects are one-sided, those for lam and psi two-sided.
    LM-H takes effects and a positive lam as the alternative. The standardised versions have mean 0
    and variance 1 exactly under normal errors; SLM2 is Moran's I of the least-squares residuals.
    Each step of the estimates that are held takes the eigenvalues of an N x N matrix: quick for
    hundreds of units, minutes for thousands.

    References
    ----------
    Baltagi, Song and Koh (2003), doi:10.1016/S0304-4076(03)00120-9. Baltagi, Song, Jung and Koh
    (2007), doi:10.1016/j.jeconom.2006.09.001. Standardised: Moulton and Randolph (1989),
    Econometrica 57, 685-693.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> model = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc) + policy")
    >>> tests = bd.random_effects_lm_tests(model, panel, queen)
    >>> tests["LM-mu"].rejected
    True
    """
    check_flag("serial", serial)
    model, panel, weights = subject_of(model, panel, weights, what="random_effects_lm_tests()")
    model = in_scope(model, "LM tests of random effects", drop_random=True)
    W = aligned(weights, panel)
    kind = SpatialLagX if model.lag_x else NonSpatial
    pooled = model.to(kind).replace(fixed_effects=None).fit(panel, W)
    T = len(pooled.sample.y)
    least = 3 if serial else 2
    if least > T:
        raise DataError(
            "panel",
            expected=f"at least {least} periods",
            got=f"{T}",
            remedy="Leave serial out, or use a longer panel." if T == 2 else "Use a longer panel.",
        )
    independent = independent_errors(pooled.sample.y, pooled.sample.Z, W)
    if serial:
        TimeAxis.of(pooled.sample.design.periods, panel.time).check_no_gap("serial")
        title = "Random effects, serial and spatial correlation"
        tests = _with_serial(independent)
    else:
        title = "Random effects and spatial error"
        tests = _without_serial(independent, pooled, W)
    return TestGroup(f"{title} ({W.name})", tuple(tests))


def _without_serial(
    independent: ErrorComponents,
    pooled: FitResult,
    W: SpatialWeights,
) -> list[TestResult]:
    """Baltagi, Song and Koh's tests from least squares and from the restricted estimates."""
    effects = _standardised_score(independent, "sigma2_mu", ("sigma2",))
    error = _standardised_score(independent, "lam", ("sigma2",))
    # At independent errors the two scores are uncorrelated: the joint statistics are sums of
    # squares.
    two_sided = effects**2 + error**2
    one_sided = max(effects, 0.0) ** 2 + max(error, 0.0) ** 2
    moran = ResidualMoran().fit(pooled, W).frame["z_normal"].item()
    return [
        TestResult.chi2("LM joint", "sigma2_mu = 0, lam = 0", two_sided, 2),
        _mixed("LM-H", "sigma2_mu = 0, lam = 0", one_sided),
        _one_sided("LM1", "sigma2_mu = 0, if lam = 0", effects),
        _one_sided(
            "SLM1",
            "sigma2_mu = 0, if lam = 0",
            _exactly_standardised_effects(pooled),
        ),
        TestResult.normal("LM2", "lam = 0, if sigma2_mu = 0", error),
        TestResult.normal("SLM2", "lam = 0, if sigma2_mu = 0", moran),
        _conditional(independent, "sigma2_mu", ("sigma2", "lam"), "LM-mu"),
        _conditional(independent, "lam", ("sigma2", "sigma2_mu"), "LM-lambda"),
    ]


def _with_serial(independent: ErrorComponents) -> list[TestResult]:
    """Baltagi, Song, Jung and Koh's tests."""
    score, information = independent.score_and_information
    joint = float(score @ np.linalg.solve(information, score))
    return [
        TestResult.chi2("LM joint", "sigma2_mu = 0, psi = 0, lam = 0", joint, 3),
        _conditional(
            independent,
            "lam",
            ("sigma2", "sigma2_mu", "psi"),
            "LM-lambda",
        ),
        _conditional(independent, "psi", ("sigma2", "sigma2_mu", "lam"), "LM-psi"),
        _conditional(independent, "sigma2_mu", ("sigma2", "psi", "lam"), "LM-mu"),
    ]


def _standardised_score(
    at: ErrorComponents,
    tested: str,
    estimated: tuple[str, ...],
) -> float:
    """The score of `tested` over its standard deviation, given that `estimated` are at their
    maximum.
    """
    score, information = at.score_and_information
    k = NAMES.index(tested)
    others = [NAMES.index(name) for name in estimated]
    cross = information[k, others]
    # estimating the others takes their share of the score's variance
    explained = cross @ np.linalg.solve(information[np.ix_(others, others)], cross)
    return float(score[k] / np.sqrt(information[k, k] - explained))


def _conditional(
    independent: ErrorComponents,
    tested: str,
    estimated: tuple[str, ...],
    name: str,
) -> TestResult:
    """LM test of one parameter while the others are estimated by maximum likelihood."""
    shown = [symbol for symbol in estimated if symbol != "sigma2"]
    null = f"{_SYMBOLS[tested]}, {' and '.join(shown)} estimated"
    try:
        restricted = independent.maximise(estimated)
    except EstimationError as error:
        return TestResult.not_applicable(name, null, str(error))
    # an estimate on its bound is no estimate: what it belongs to counts as absent
    inside = estimated
    reason = ""
    if "sigma2_mu" in estimated and restricted.theta[1] == 0.0:
        inside = tuple(symbol for symbol in estimated if symbol != "sigma2_mu")
        reason = "sigma2_mu is estimated at 0"
    z = _standardised_score(restricted, tested, inside)
    if tested == "sigma2_mu":
        return _one_sided(name, null, z)
    return TestResult.chi2(name, null, z**2, 1, reason=reason)


def _one_sided(
    name: str,
    null: str,
    z: float,
) -> TestResult:
    p = float(special.ndtr(-z))
    return TestResult(name, null, z, (), p, "one-sided: a variance is not negative")


def _mixed(
    name: str,
    null: str,
    statistic: float,
) -> TestResult:
    """Chi-squared with 0, 1 and 2 degrees of freedom with probabilities 1/4, 1/2, 1/4."""
    p = 1.0
    if statistic > 0:
        p = special.chdtrc(1, statistic) / 2 + special.chdtrc(2, statistic) / 4
    reason = "one-sided: the p-value is that of chi2(0), chi2(1) and chi2(2) in parts 1/4, 1/2, 1/4"
    return TestResult(name, null, statistic, (2,), float(p), reason)


def _exactly_standardised_effects(pooled: FitResult) -> float:
    """d = e'(J (x) I)e / e'e less its mean, over its standard deviation, for e = M u with normal u.

    d = u'M D M u / u'M u has mean tr(DM) / s and variance 2 (s tr(DMDM) - tr(DM)^2) / (s^2 (s +
    2)), s = tr M.
    """
    sample = pooled.sample
    T, N = sample.shape
    X, e = (
        sample.columns[:, :, : sample.n_regressors],
        pooled.estimate.residuals,
    )
    flat = X.reshape(T * N, -1)
    s = T * N - X.shape[2]
    # M = I - X (X'X)^-1 X', and D sums over the periods of a unit: DX is made of the sums of X
    sums = X.sum(axis=0)
    H = np.linalg.solve(flat.T @ flat, sums.T @ sums)
    trace_dm = T * N - np.trace(H)
    trace_dmdm = T * (T * N - 2 * np.trace(H)) + np.trace(H @ H)
    sums_of_e = e.sum(axis=0)
    d = float(np.sum(sums_of_e**2) / np.sum(e**2))
    variance = 2 * (s * trace_dmdm - trace_dm**2) / (s**2 * (s + 2))
    return float((d - trace_dm / s) / np.sqrt(variance))
