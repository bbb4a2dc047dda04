"""Hausman's tests: fixed against random unit effects, and least squares against the spatial error
model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import IdentificationError, InputError, OptionError
from ...models import FitResult, NonSpatial
from ...models.interface import check_fit, has_random_effects, in_scope, with_covariance
from ...options import HausmanForm, check_option
from ...results import TestResult
from ..fit_or_request import subject_of

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights

UNCORRELATED = "unit effects are uncorrelated with the regressors"
INDEFINITE = "the difference of the covariances is not positive definite"
ROBUST = "robust, clustered by unit; without spatial lags"


def hausman_test(
    model: Estimator | FitResult,
    panel: Panel | None = None,
    weights: SpatialWeights | None = None,
    *,
    form: HausmanForm = "classical",
) -> TestResult:
    """Hausman's test of random against fixed unit effects, without time effects.

    Parameters
    ----------
    model : Estimator or FitResult
        Its formula is used; its lags are, where weights are given.
        A fit brings its own request, panel and weights.
    panel : Panel, optional
        Left out beside a fit.
    weights : SpatialWeights, optional
        With them the contrast is of maximum-likelihood estimates of the model itself (lag of y, of
        X, of the error), of beta, theta and rho; ``random_effects`` of the model says which kind
        ("kkp" by default).
    form : {"classical", "mundlak"}
        "classical": the contrast of the within and the random-effects estimator (Swamy and Arora
        1972) in the quadratic form of the difference of their classical covariances. "mundlak": the
        unit means of the regressors are added and tested to be zero, with a covariance clustered by
        unit; it holds under heteroskedasticity and serial correlation and is never negative. In a
        balanced panel it is the same number as the robust form by an auxiliary regression (plm's
        ``phtest(method="aux")`` with a clustered covariance).

    Returns
    -------
    TestResult, chi-squared with K degrees of freedom, or F(K, N - 1) for "mundlak". The classical
    difference of covariances need not be positive definite in a sample; the reason says so where it
    is not, and where the statistic is negative the test does not apply.

    References
    ----------
    Hausman (1978), doi:10.2307/1913827. Mundlak (1978), doi:10.2307/1913646. Wooldridge (2010),
    section 10.7.3. With spatial lags: Mutl and Pfaffermayr (2011), Econometrics Journal 14, 48-76.
    """
    check_option("form", form, HausmanForm)
    model, panel, weights = subject_of(model, panel, weights)
    if weights is not None and form == "mundlak":
        raise OptionError(
            "form",
            expected="'classical' with weights",
            got="'mundlak'",
            remedy="Fit with random_effects= and mundlak=True, then mundlak_test(fit).",
        )
    without_random = in_scope(model, "Hausman's test", drop_random=True)
    if weights is not None:
        return fixed_or_random(model, panel, weights, UNCORRELATED)
    within = with_covariance(without_random.to(NonSpatial), fixed_effects="unit").fit(panel)
    if not within.sample.n_regressors:
        expected = "a regressor that varies within units"
        raise InputError(
            "model", expected=expected, got=repr(model.formula), remedy="Add one to the formula."
        )
    return _classical(within) if form == "classical" else _mundlak(within)


def _classical(within: FitResult) -> TestResult:
    """The within estimates against those with random effects, in the difference of their
    covariances.
    """
    b, V = _swamy_arora(within)
    gap = within.estimate.values - b
    test = contrast(
        "Hausman",
        UNCORRELATED,
        gap,
        within.covariance - V,
        "without spatial lags",
    )
    if test.applies:
        return test
    return TestResult.not_applicable(
        "Hausman", UNCORRELATED, f"{test.reason} See the Mundlak form."
    )


def _mundlak(within: FitResult) -> TestResult:
    """F test of the unit means of the regressors beside the regressors, clustered by unit."""
    sample = within.sample
    T, N = sample.shape
    K = sample.n_regressors
    means = np.broadcast_to(sample.Z.mean(axis=0), sample.Z.shape)
    intercept = np.ones((T, N, 1))
    X = np.concatenate([intercept, sample.Z, means], axis=2)
    flat, y = X.reshape(T * N, -1), sample.y.ravel()
    b = np.linalg.lstsq(flat, y, rcond=None)[0]
    residuals = (y - flat @ b).reshape(T, N)
    scores_by_unit = np.einsum("tik,ti->ik", X, residuals)
    bread = np.linalg.inv(flat.T @ flat)
    # the small-sample factor of N clusters
    n, P = flat.shape
    scale = N / (N - 1) * (n - 1) / (n - P)
    V = scale * bread @ scores_by_unit.T @ scores_by_unit @ bread
    of_means = slice(-K, None)
    name = "Hausman (Mundlak form)"
    return TestResult.wald(
        name,
        UNCORRELATED,
        b[of_means],
        V[of_means, of_means],
        N - 1,
        reason=ROBUST,
    )


def _check_units(N: int, K: int) -> None:
    """Refuse fewer units than the regression of their means needs."""
    if N <= K + 1:
        raise IdentificationError(
            "panel",
            expected=f"at least {K + 2} units for the means of {K} regressors",
            got=str(N),
            remedy="Use more units, or fewer regressors.",
        )


def _swamy_arora(within: FitResult) -> tuple[np.ndarray, np.ndarray]:
    """Swamy-Arora random-effects estimates of the slopes and their covariance, (K,) and (K, K)."""
    sample = within.sample
    T, N = sample.shape
    K = sample.n_regressors
    intercept = np.ones((T, N, 1))
    X = np.concatenate([intercept, sample.Z], axis=2)
    y = sample.y
    X_means, y_means = X.mean(axis=0), y.mean(axis=0)
    b_between = np.linalg.lstsq(X_means, y_means, rcond=None)[0]
    e = y_means - X_means @ b_between
    _check_units(N, K)
    # the variance between units is T sigma2_mu + sigma2_e, and no smaller than that within
    between = T * float(e @ e) / (N - K - 1)
    between = max(between, within.sigma2)
    theta = 1.0 - np.sqrt(within.sigma2 / between)
    # generalised least squares is least squares of what theta of the unit means is taken off
    Z = (X - theta * X_means).reshape(T * N, -1)
    v = (y - theta * y_means).ravel()
    b, ssr = np.linalg.lstsq(Z, v, rcond=None)[:2]
    s2 = float(ssr[0]) / (T * N - K - 1)
    V = s2 * np.linalg.inv(Z.T @ Z)
    return b[1:], V[1:, 1:]


def fixed_or_random(
    model: Estimator,
    panel: Panel,
    weights: SpatialWeights,
    null: str,
) -> TestResult:
    """The contrast of fixed and random unit effects in a model with spatial lags, both by maximum
    likelihood.

    Source: Mutl and Pfaffermayr (2011), Econometrics Journal 14, 48-76, by instruments and moments
    there.
    """
    if not (model.lag_y or model.lag_u):
        raise OptionError(
            "weights",
            expected="a model with a lag of y or of the error beside weights",
            got=type(model).__name__,
            remedy="Leave the weights out.",
        )
    kind = model.random_effects or "kkp"
    fixed = with_covariance(
        model,
        serial_errors=False,
        random_effects=None,
        mundlak=False,
        fixed_effects="unit",
    )
    random = fixed.replace(random_effects=kind, fixed_effects=None, correction="auto")
    within, mixed = fixed.fit(panel, weights), random.fit(panel, weights)
    # lam belongs to the errors, not to what the effects may be correlated with
    terms = [term for term in within.terms if term != "lam"]
    gap = (within.params[terms] - mixed.params[terms]).to_numpy()
    difference = within.cov.loc[terms, terms] - mixed.cov.loc[terms, terms]
    remark = f"{type(model).__name__}, random effects '{kind}'"
    return contrast("Hausman (spatial)", null, gap, difference.to_numpy(), remark)


def spatial_hausman_test(fit: FitResult) -> TestResult:
    """Do least squares and the error model estimate the same coefficients?

    Parameters
    ----------
    fit : FitResult
        Of `SpatialError` or `SpatialDurbinError` by maximum likelihood, without random effects.

    Returns
    -------
    TestResult, chi-squared with K degrees of freedom. Under the error model both are consistent,
    and differ by chance only; a rejection says that the error model is not the right one (a lag of
    y or of X is missing, say), not which is.

    Notes
    -----
    d' (V_0 - V)^-1 d with d the difference of the estimates, V the covariance in the error model,
    and V_0 = s2 (Z'Z)^-1 Z' (R'R)^-1 Z (Z'Z)^-1 that of least squares under the error model, Z
    after Q and R = I - lam M.

    Raises
    ------
    InputError

    References
    ----------
    Pace and LeSage (2008), Economics Letters 101, 282-284.
    """
    check_fit(fit)
    _check_error_model(fit)
    sample = fit.sample
    assert sample.M is not None
    assert sample.lagged_columns is not None
    K = sample.n_regressors
    Z, y = sample.columns[:, :, :K], sample.columns[:, :, K]
    flat = Z.reshape(-1, K)
    bread = np.linalg.inv(flat.T @ flat)
    by_least_squares = bread @ (flat.T @ y.ravel())
    gap = by_least_squares - fit.estimate.values[:K]
    # V_0 = s2 (Z'Z)^-1 G'G (Z'Z)^-1 with G = Q (R')^-1 Z
    spread_back = _transposed(sample.M, fit.lam, Z)
    G = sample.within.demean(spread_back).reshape(-1, K)
    of_least_squares = fit.sigma2 * bread @ G.T @ G @ bread
    # V = s2 (Z'R'RZ)^-1
    columns = sample.columns - fit.lam * sample.lagged_columns
    filtered = columns[:, :, :K].reshape(-1, K)
    of_error_model = fit.sigma2 * np.linalg.inv(filtered.T @ filtered)
    null = "least squares and the error model agree"
    return contrast("Spatial Hausman", null, gap, of_least_squares - of_error_model)


def _check_error_model(fit: FitResult) -> None:
    """Refuse all but static error models by maximum likelihood, without random effects."""
    sample = fit.sample
    lag_of_error_alone = sample.W is None and sample.M is not None
    by_likelihood = not fit.method.by_moments and not has_random_effects(fit.estimate)
    in_contrasts = sample.lagged_columns is not None and not sample.before_lag
    if lag_of_error_alone and by_likelihood and in_contrasts and not sample.within.terms:
        return
    raise InputError(
        "fit",
        expected=(
            "a fit of SpatialError or SpatialDurbinError by maximum likelihood, no random "
            "effects, no absorb="
        ),
        got=repr(fit),
        remedy="Fit the same formula with fit.estimator.to(bd.SpatialError).",
    )


def _transposed(
    M: SpatialWeights,
    lam: float,
    values: np.ndarray,
) -> np.ndarray:
    """(I - lam M')^-1 of each period of an array of shape (T, N, K)."""
    resolvent = M.pencil.at(float(lam))
    return np.stack([resolvent.solve(period, transposed=True) for period in values])


def contrast(
    name: str,
    null: str,
    gap: np.ndarray,
    difference: np.ndarray,
    remark: str = "",
) -> TestResult:
    """gap' difference^-1 gap of estimates (K,) and covariances (K, K); the reason says where it is
    not definite.
    """
    statistic = float(gap @ np.linalg.solve(difference, gap))
    if statistic < 0:
        reason = f"The statistic is negative ({statistic:.3f}): {INDEFINITE}."
        return TestResult.not_applicable(name, null, reason)
    remarks = [remark] if remark else []
    if np.linalg.eigvalsh(difference).min() <= 0:
        remarks.append(INDEFINITE)
    return TestResult.chi2(name, null, statistic, len(gap), reason="; ".join(remarks))
