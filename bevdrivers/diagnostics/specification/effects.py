"""Are there unit effects, time effects, both? F and likelihood-ratio tests; Hausman's test against random effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import InputError, OptionError
from ...models import FitResult, NonSpatial
from ...models.interface import in_scope, with_covariance
from ...options import HausmanForm, check_option
from ...results import TestGroup, TestResult
from .spatial_hausman import contrast, fixed_or_random

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights

# larger kind of effects, smaller kind, what is tested
_PAIRS = (
    ("unit", None, "no unit effects", "Unit effects"),
    ("time", None, "no time effects", "Time effects"),
    ("two-way", "time", "no unit effects beside time effects", "Unit effects given time effects"),
    ("two-way", "unit", "no time effects beside unit effects", "Time effects given unit effects"),
)
UNCORRELATED = "unit effects are uncorrelated with the regressors"
ROBUST = "robust, clustered by unit; without spatial lags"
ROUGH = "chi-squared in N - 1 degrees of freedom is rough at fixed T"


def effects_tests(model: Estimator, panel: Panel, weights: SpatialWeights | None = None) -> TestGroup:
    """F tests (least squares without lags) and LR tests (the model itself, direct maximum likelihood) of fixed effects.

    Parameters
    ----------
    model : Estimator
        Its formula gives both; its class the model of the LR tests. Its own kind of effects is not used.
    panel : Panel
    weights : SpatialWeights, optional
        Needed where the model has a lag.

    Returns
    -------
    TestGroup of an F and an LR test each for unit effects, time effects, and each given the other.

    Notes
    -----
    Likelihoods of Lee-Yu fits with different effects are those of different data, so the LR tests are on direct
    maximum likelihood. Their reference distribution has as many degrees of freedom as there are effects: at fixed T
    that is rough for unit effects. The F tests do not have that problem under normal errors without spatial dependence.
    """
    model = in_scope(model, "tests of effects", drop_random=True)
    kinds: tuple[Any, ...] = (None, "unit", "time", "two-way")
    plain = {kind: model.to(NonSpatial).replace(fixed_effects=kind).fit(panel) for kind in kinds}
    direct = model.replace(correction=None)
    spatial = {kind: direct.replace(fixed_effects=kind).fit(panel, weights) for kind in kinds}
    tests = []
    for large, small, null, name in _PAIRS:
        a, b = plain[large], plain[small]
        ssr = [float(np.sum(fit.estimate.residuals**2)) for fit in (a, b)]
        df = int(b.df_resid - a.df_resid)  # type: ignore[operator]
        tests.append(TestResult.f(f"F: {name}", null, (ssr[1] - ssr[0]) / df / a.sigma2, (df, int(a.df_resid or 0))))
        statistic = 2 * (spatial[large].loglik - spatial[small].loglik)
        q = spatial[large].n_params - spatial[small].n_params
        reason = ROUGH if name.startswith("Unit") else ""
        tests.append(TestResult.chi2(f"LR: {name}", null, statistic, q, reason=reason))
    return TestGroup(f"Fixed effects ({type(model).__name__}, direct maximum likelihood)", tuple(tests))


def hausman_test(
    model: Estimator, panel: Panel, weights: SpatialWeights | None = None, *, form: HausmanForm = "classical"
) -> TestResult:
    """Hausman's test of random against fixed unit effects, without time effects.

    Parameters
    ----------
    model : Estimator
        Its formula is used; its lags are, where weights are given.
    panel : Panel
    weights : SpatialWeights, optional
        With them the contrast is of maximum-likelihood estimates of the model itself (lag of y, of X, of the error),
        of beta, theta and rho; ``random_effects`` of the model says which kind ("kkp" by default).
    form : {"classical", "mundlak"}
        "classical": the contrast of the within and the random-effects estimator (Swamy and Arora 1972) in the
        quadratic form of the difference of their classical covariances. "mundlak": the unit means of the regressors
        are added and tested to be zero, with a covariance clustered by unit; it holds under heteroskedasticity and
        serial correlation and is never negative. In a balanced panel it is the same number as the robust form by an
        auxiliary regression (plm's ``phtest(method="aux")`` with a clustered covariance).

    Returns
    -------
    TestResult, chi-squared with K degrees of freedom, or F(K, N - 1) for "mundlak". The classical difference of
    covariances need not be positive definite in a sample; the reason says so where it is not, and where the statistic
    is negative the test does not apply.

    References
    ----------
    Hausman (1978), doi:10.2307/1913827. Mundlak (1978), doi:10.2307/1913646. Wooldridge (2010), section 10.7.3. With
    spatial lags: Mutl and Pfaffermayr (2011), Econometrics Journal 14, 48-76.
    """
    check_option("form", form, HausmanForm)
    if weights is not None:
        if form == "mundlak":
            raise OptionError(
                "form",
                expected="'classical' with weights",
                got="'mundlak'",
                remedy="Fit with random_effects= and mundlak=True, then mundlak_test(fit).",
            )
        in_scope(model, "Hausman's test", drop_random=True)
        return fixed_or_random(model, panel, weights, UNCORRELATED)
    model = in_scope(model, "Hausman's test", drop_random=True)
    within = with_covariance(model.to(NonSpatial), fixed_effects="unit").fit(panel)
    if not within.sample.n_regressors:
        raise InputError("model", expected="a regressor that varies within units", got=repr(model.formula))
    return _classical_hausman(within) if form == "classical" else _mundlak(within)


def _classical_hausman(within: FitResult) -> TestResult:
    name, null = "Hausman", UNCORRELATED
    b, V = _random_effects(within)
    found = contrast(name, null, within.estimate.values - b, within.covariance - V, "without spatial lags")
    if not found.applies:
        return TestResult.not_applicable(name, null, f"{found.reason} See the Mundlak form.")
    return found


def _mundlak(within: FitResult) -> TestResult:
    """F test of the unit means of the regressors beside the regressors, clustered by unit."""
    sample = within.sample
    (T, N), K = sample.shape, sample.n_regressors
    means = np.broadcast_to(sample.Z.mean(axis=0), sample.Z.shape)
    X = np.concatenate([np.ones((T, N, 1)), sample.Z, means], axis=2)
    flat, y = X.reshape(T * N, -1), sample.y.ravel()
    b = np.linalg.lstsq(flat, y, rcond=None)[0]
    by_unit = np.einsum("tik,ti->ik", X, (y - flat @ b).reshape(T, N))
    bread = np.linalg.inv(flat.T @ flat)
    scale = N / (N - 1) * (T * N - 1) / (T * N - flat.shape[1])
    V = (scale * bread @ by_unit.T @ by_unit @ bread)[-K:, -K:]
    return TestResult.wald("Hausman (Mundlak form)", UNCORRELATED, b[-K:], V, N - 1, reason=ROBUST)


def _random_effects(within: FitResult) -> tuple[np.ndarray, np.ndarray]:
    """Swamy-Arora random-effects estimates of the slopes and their covariance, (K,) and (K, K)."""
    sample = within.sample
    (T, N), K = sample.shape, sample.n_regressors
    X = np.concatenate([np.ones((T, N, 1)), sample.Z], axis=2)
    y = sample.y
    means, y_means = X.mean(axis=0), y.mean(axis=0)
    left = y_means - means @ np.linalg.lstsq(means, y_means, rcond=None)[0]
    between = T * float(left @ left) / (N - K - 1)
    theta = 1.0 - np.sqrt(within.sigma2 / max(between, within.sigma2))
    Z, v = (X - theta * means).reshape(T * N, -1), (y - theta * y_means).ravel()
    b, ssr = np.linalg.lstsq(Z, v, rcond=None)[:2]
    V = float(ssr[0]) / (T * N - K - 1) * np.linalg.inv(Z.T @ Z)
    return b[1:], V[1:, 1:]
