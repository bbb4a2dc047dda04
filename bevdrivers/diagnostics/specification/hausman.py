"""Hausman's tests: fixed against random unit effects, and least squares against the spatial error
model.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import BoundWarning, IdentificationError, InputError, OptionError
from ...models import FitResult, NonSpatial
from ...models.interface import (
    check_fit,
    has_random_effects,
    in_scope,
    regular_only,
    result_of,
    with_covariance,
)
from ...options import HausmanForm, PValues, check_option
from ...results import TestResult
from ...simulation.batch import Batch, fitter, redrawn
from ..bootstrap_p_values import (
    DRAWS,
    check_p_values,
    outcomes_under,
    quadratic_forms,
    with_drawn_p,
)
from ..fit_or_request import subject_of

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights
    from ...weights.given import GivenWeights

UNCORRELATED = "unit effects are uncorrelated with the regressors"
INDEFINITE = "the difference of the covariances is not positive definite"
ROBUST = "robust, clustered by unit; without spatial lags"


def hausman_test(
    model: Estimator | FitResult,
    panel: Panel | None = None,
    weights: GivenWeights | None = None,
    *,
    form: HausmanForm = "classical",
    p: PValues = "asymptotic",
    draws: int = DRAWS,
    seed: int | None = 0,
) -> TestResult:
    """Hausman's test of random against fixed unit effects, without time effects.

    Parameters
    ----------
    model : Estimator or FitResult
        Its formula is used; its lags are, where weights are given.
        A fit brings its own request, panel and weights.
    panel : Panel, optional
        Left out beside a fit.
    weights : SpatialWeights, recipe, or Graph or W of libpysal, optional
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
    p : {"asymptotic", "bootstrap"}
        Where the p-value comes from: chi-squared or F, which with few units reject a true null too
        often; or statistics of outcomes that the model with random effects draws by maximum
        likelihood, with normal effects and errors.
    draws, seed : int
        Of the bootstrap.

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
    bootstrap = check_p_values(p, draws)
    model, panel, weights = subject_of(model, panel, weights, what="hausman_test()")
    if weights is not None and form == "mundlak":
        raise OptionError(
            "form",
            expected="'classical' with weights",
            got="'mundlak'",
            remedy=(
                "Leave form out; or fit the model with random_effects='baltagi' and mundlak=True, "
                "and pass that fit to bd.mundlak_test."
            ),
        )
    without_random = in_scope(model, "Hausman's test", drop_random=True)
    if weights is not None:
        pair = FixedAndRandom.of(model, panel, weights)
        test = pair.test(UNCORRELATED)
        return with_drawn_p(test, pair.drawn(draws, seed)) if bootstrap else test
    within = with_covariance(without_random.to(NonSpatial), fixed_effects="unit").fit(panel)
    if not within.sample.n_regressors:
        expected = "a regressor that varies within units"
        raise InputError(
            "model",
            expected=expected,
            got=repr(model.formula),
            remedy="Add such a regressor to the formula.",
        )
    test = _classical(within) if form == "classical" else _mundlak(within)
    return with_drawn_p(test, _drawn(within, form, draws, seed)) if bootstrap else test


def _drawn(
    within: FitResult,
    form: HausmanForm,
    draws: int,
    seed: int | None,
) -> np.ndarray:
    """Statistics without spatial lags of outcomes drawn from the model with random effects,
    (draws,).
    """
    request = within.estimator.replace(fixed_effects=None, random_effects="baltagi")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BoundWarning)
        null = request.fit(within.panel)
    statistics = []
    for outcomes in outcomes_under(null, draws, seed):
        for sample in redrawn(within.sample, outcomes):
            fit = result_of(within.estimator, sample, within.panel)
            if form == "mundlak":
                statistics.append(_mundlak(fit).statistic)
            else:
                statistics.append(quadratic_form(*_gap(fit)))
    return np.array(statistics)


def _classical(within: FitResult) -> TestResult:
    """The within estimates against those with random effects, in the difference of their
    covariances.
    """
    test = contrast("Hausman", UNCORRELATED, *_gap(within), "without spatial lags")
    if test.applies:
        return test
    return TestResult.not_applicable(
        "Hausman", UNCORRELATED, f"{test.reason} See the Mundlak form."
    )


def _gap(within: FitResult) -> tuple[np.ndarray, np.ndarray]:
    """The difference of the estimates, (K,), and that of their covariances, (K, K)."""
    b, V = _swamy_arora(within)
    return within.estimate.values - b, within.covariance - V


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


@dataclass(frozen=True, eq=False)
class FixedAndRandom:
    """A model with spatial lags, with fixed and with random unit effects, both by maximum
    likelihood.

    Source: Mutl and Pfaffermayr (2011), Econometrics Journal 14, 48-76, by instruments and moments
    there.

    Attributes
    ----------
    within, mixed : FitResult
        With fixed and with random effects.
    """

    within: FitResult
    mixed: FitResult

    @classmethod
    def of(
        cls,
        model: Estimator,
        panel: Panel,
        weights: SpatialWeights,
    ) -> FixedAndRandom:
        """Both fits."""
        if not (model.lag_y or model.lag_u):
            raise OptionError(
                "weights",
                expected="a model with a lag of y or of the error beside weights",
                got=type(model).__name__,
                remedy="Leave weights out, or take another model: model.to(bd.SpatialLag).",
            )
        fixed = with_covariance(
            model,
            serial_errors=False,
            random_effects=None,
            mundlak=False,
            fixed_effects="unit",
        )
        kind = model.random_effects or "kkp"
        random = fixed.replace(
            random_effects=kind,
            fixed_effects=None,
            correction="auto",
        )
        return cls(fixed.fit(panel, weights), random.fit(panel, weights))

    @property
    def compared(self) -> tuple[list[int], list[int]]:
        """Where the compared parameters stand in each fit: all but lam, which belongs to the
        errors, not to what the effects may be correlated with.
        """
        terms = [term for term in self.within.terms if term != "lam"]
        first, second = (
            [fit.terms.index(term) for term in terms] for fit in (self.within, self.mixed)
        )
        return first, second

    def test(self, null: str) -> TestResult:
        """Their contrast."""
        first, second = self.compared
        gap = self.within.values[first] - self.mixed.values[second]
        of_within = self.within.covariance[np.ix_(first, first)]
        of_mixed = self.mixed.covariance[np.ix_(second, second)]
        model = type(self.within.estimator).__name__
        remark = f"{model}, random effects '{self.mixed.estimator.random_effects}'"
        return contrast("Hausman (spatial)", null, gap, of_within - of_mixed, remark)

    def drawn(self, draws: int, seed: int | None) -> np.ndarray:
        """Contrasts of outcomes drawn from the model with random effects, (draws,)."""
        first, second = self.compared
        contrasts = []
        for outcomes in outcomes_under(self.mixed, draws, seed):
            within, mixed = (_batch(fit, outcomes) for fit in (self.within, self.mixed))
            gaps = within.values[:, first] - mixed.values[:, second]
            of_within = within.covariances[:, first][:, :, first]
            of_mixed = mixed.covariances[:, second][:, :, second]
            contrasts.append(quadratic_forms(gaps, of_within - of_mixed))
        return np.concatenate(contrasts)


def _batch(fit: FitResult, outcomes: np.ndarray) -> Batch:
    """The request of a fit, fitted to outcomes (T, N, R)."""
    fits = fitter(fit.estimator, fit.sample, fit.panel)
    fits.add(outcomes)
    return fits.batch()


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
    regular_only(fit, "spatial_hausman_test()")
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
    by_likelihood = fit.method.by_likelihood and not has_random_effects(fit.estimate)
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
        remedy=f"Fit bd.SpatialError({fit.estimator.formula!r}), without further options.",
    )


def _transposed(
    M: SpatialWeights,
    lam: float,
    values: np.ndarray,
) -> np.ndarray:
    """(I - lam M')^-1 of each period of an array of shape (T, N, K)."""
    resolvent = M.pencil.at(float(lam))
    return np.stack([resolvent.solve(period, transposed=True) for period in values])


def quadratic_form(gap: np.ndarray, difference: np.ndarray) -> float:
    """gap' difference^-1 gap, which is negative where the difference is far from definite."""
    return float(gap @ np.linalg.solve(difference, gap))


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
    statistic = quadratic_form(gap, difference)
    if statistic < 0:
        reason = f"The statistic is negative ({statistic:.3f}): {INDEFINITE}."
        return TestResult.not_applicable(name, null, reason)
    remarks = [remark] if remark else []
    if np.linalg.eigvalsh(difference).min() <= 0:
        remarks.append(INDEFINITE)
    return TestResult.chi2(name, null, statistic, len(gap), reason="; ".join(remarks))
