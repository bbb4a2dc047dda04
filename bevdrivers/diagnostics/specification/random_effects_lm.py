"""LM tests for random unit effects, spatial and serial correlation of the error: joint, marginal, conditional."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from ...errors import DataError, EstimationError
from ...esda import ResidualMoran
from ...models import FitResult, NonSpatial, SpatialLagX
from ...models.interface import aligned, in_scope
from ...results import TestGroup, TestResult
from .error_components import NAMES, Errors, start

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights

_SYMBOLS = {"sigma2_mu": "sigma2_mu = 0", "psi": "psi = 0", "lam": "lam = 0"}


def random_effects_lm_tests(
    model: Estimator, panel: Panel, weights: SpatialWeights, *, serial: bool = False
) -> TestGroup:
    """LM tests for random unit effects and a spatial error, or for these two and serial correlation.

    Parameters
    ----------
    model : Estimator
        Its formula is used, and W X where it has it; effects and other lags are not. ``C(period)`` in the formula
        gives time effects.
    panel : Panel
        At least 2 periods, 3 with serial correlation.
    weights : SpatialWeights
        Of the error.
    serial : bool
        False: random unit effects mu outside the spatial filter of the error (Baltagi, Song and Koh 2003). True: beside
        them a first-order autoregression of the rest (Baltagi, Song, Jung and Koh 2007).

    Returns
    -------
    TestGroup. Without serial correlation "LM joint" and its one-sided form "LM-H"; "LM1" (effects) and "LM2" (spatial
    error), each supposing that there is not the other, with their standardised versions "SLM1" and "SLM2"; "LM-mu" and
    "LM-lambda", each while the other is estimated. With it "LM joint" of the three and "LM-lambda", "LM-psi" and
    "LM-mu", each while the other two are estimated.

    Raises
    ------
    InputError, OptionError, WeightsError
        No request, one that the tests cannot read, or no weights.
    DataError
        Too few periods.

    Notes
    -----
    Variances are not negative: tests for effects are one-sided, those for lam and psi two-sided. LM-H takes effects
    and a positive lam as the alternative. The standardised versions have mean 0 and variance 1 exactly under normal
    errors; SLM2 is Moran's I of the least-squares residuals. Each step of the estimates that are held takes the
    eigenvalues of an N x N matrix: quick for hundreds of units, minutes for thousands.

    References
    ----------
    Baltagi, Song and Koh (2003), doi:10.1016/S0304-4076(03)00120-9. Baltagi, Song, Jung and Koh (2007),
    doi:10.1016/j.jeconom.2006.09.001. Standardised: Moulton and Randolph (1989), Econometrica 57, 685-693.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> model = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc) + policy")
    >>> found = bd.random_effects_lm_tests(model, panel, queen)
    >>> found["LM-mu"].rejected
    True
    """
    model = in_scope(model, "LM tests of random effects", drop_random=True)
    W, least = aligned(weights, panel), 3 if serial else 2
    kind = SpatialLagX if model.lag_x else NonSpatial
    base = model.to(kind).replace(fixed_effects=None).fit(panel, W)
    if len(base.sample.y) < least:
        raise DataError("panel", expected=f"at least {least} periods", got=f"{len(base.sample.y)}")
    plain = start(base.sample.y, base.sample.Z, W)
    tests = _with_serial(plain) if serial else _without_serial(plain, base, W)
    title = "Random effects, serial and spatial correlation" if serial else "Random effects and spatial error"
    return TestGroup(f"{title} ({W.name})", tuple(tests))


def _without_serial(plain: Errors, base: FitResult, W: SpatialWeights) -> list[TestResult]:
    effects, error = _root(plain, "sigma2_mu", ("sigma2",)), _root(plain, "lam", ("sigma2",))
    one_sided = max(effects, 0.0) ** 2 + max(error, 0.0) ** 2
    both = "sigma2_mu = 0, lam = 0"
    moran = ResidualMoran().fit(base, W).frame["z_normal"].item()
    return [
        TestResult.chi2("LM joint", both, effects**2 + error**2, 2),
        _mixed("LM-H", both, one_sided),
        _upper("LM1", "sigma2_mu = 0, if lam = 0", effects),
        _upper("SLM1", "sigma2_mu = 0, if lam = 0", _standardised_effects(base)),
        TestResult.normal("LM2", "lam = 0, if sigma2_mu = 0", error),
        TestResult.normal("SLM2", "lam = 0, if sigma2_mu = 0", moran),
        _conditional(plain, "sigma2_mu", ("sigma2", "lam"), "LM-mu"),
        _conditional(plain, "lam", ("sigma2", "sigma2_mu"), "LM-lambda"),
    ]


def _with_serial(plain: Errors) -> list[TestResult]:
    score, information = plain.score_and_information
    joint = float(score @ np.linalg.solve(information, score))
    return [
        TestResult.chi2("LM joint", "sigma2_mu = 0, psi = 0, lam = 0", joint, 3),
        _conditional(plain, "lam", ("sigma2", "sigma2_mu", "psi"), "LM-lambda"),
        _conditional(plain, "psi", ("sigma2", "sigma2_mu", "lam"), "LM-psi"),
        _conditional(plain, "sigma2_mu", ("sigma2", "psi", "lam"), "LM-mu"),
    ]


def _root(at: Errors, tested: str, estimated: tuple[str, ...]) -> float:
    """The score of `tested` over its standard deviation, given that `estimated` are at their maximum."""
    score, information = at.score_and_information
    k, others = NAMES.index(tested), [NAMES.index(name) for name in estimated]
    cross = information[k, others]
    variance = information[k, k] - cross @ np.linalg.solve(information[np.ix_(others, others)], cross)
    return float(score[k] / np.sqrt(variance))


def _conditional(plain: Errors, tested: str, estimated: tuple[str, ...], name: str) -> TestResult:
    shown = [symbol for symbol in estimated if symbol != "sigma2"]
    null = f"{_SYMBOLS[tested]}, {' and '.join(shown)} estimated"
    try:
        at = plain.maximise(estimated)
    except EstimationError as error:
        return TestResult.not_applicable(name, null, str(error))
    # an estimate on its bound is no estimate: what it belongs to counts as absent
    free = tuple(symbol for symbol in estimated if not (symbol == "sigma2_mu" and at.theta[1] == 0.0))
    reason = "" if free == estimated else "sigma2_mu is estimated at 0"
    root = _root(at, tested, free)
    if tested == "sigma2_mu":
        return _upper(name, null, root)
    return TestResult.chi2(name, null, root**2, 1, reason=reason)


def _upper(name: str, null: str, z: float) -> TestResult:
    return TestResult(name, null, z, (), float(special.ndtr(-z)), "one-sided: a variance is not negative")


def _mixed(name: str, null: str, statistic: float) -> TestResult:
    """Chi-squared with 0, 1 and 2 degrees of freedom with probabilities 1/4, 1/2, 1/4."""
    p = special.chdtrc(1, statistic) / 2 + special.chdtrc(2, statistic) / 4 if statistic > 0 else 1.0
    reason = "one-sided: the p-value is that of chi2(0), chi2(1) and chi2(2) in parts 1/4, 1/2, 1/4"
    return TestResult(name, null, statistic, (2,), float(p), reason)


def _standardised_effects(base: FitResult) -> float:
    """e'(J (x) I)e / e'e over its standard deviation, after its mean, for e = M u with normal u.

    d = u'M D M u / u'M u has mean tr(DM) / s and variance 2 (s tr(DMDM) - tr(DM)^2) / (s^2 (s + 2)), s = tr M.
    """
    T, N = base.sample.shape
    X, e = base.sample.columns[:, :, : base.sample.n_regressors], base.estimate.residuals
    s = T * N - X.shape[2]
    sums, flat = X.sum(axis=0), X.reshape(T * N, -1)
    share = np.linalg.solve(flat.T @ flat, sums.T @ sums)
    first = T * N - np.trace(share)
    second = T * (T * N - 2 * np.trace(share)) + np.trace(share @ share)
    d = float(np.sum(e.sum(axis=0) ** 2) / np.sum(e**2))
    variance = 2 * (s * second - first**2) / (s**2 * (s + 2))
    return float((d - first / s) / np.sqrt(variance))
