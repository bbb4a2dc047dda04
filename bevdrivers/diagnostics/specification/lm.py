"""Lagrange multiplier tests for a lag of y and of the error, in the published and in a corrected
form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from ...errors import OptionError
from ...models import FitResult, NonSpatial, SpatialLagX
from ...models.interface import Sample, aligned, effects_in_words, in_scope
from ...numerics.linalg import off_basis
from ...options import LmAgainst, LmForm, check_option
from ...results import TestGroup, TestResult
from ...weights import SpatialWeights
from ...weights.given import GivenWeights
from ..fit_or_request import subject_of

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel

# a share of the variance of a score that is rounding
NOTHING = 1e-12
SAME_SCORE = (
    "without regressors whose lags differ from them a lag of y and one of the error "
    "have the same score"
)
NO_SCORE = (
    "under these weights and effects e'We is the same for all errors, as under equal weights with "
    "time effects"
)
_NULLS = {
    "LM lag": "rho = 0",
    "Robust LM lag": "rho = 0, lam free",
    "LM error": "lam = 0",
    "Robust LM error": "lam = 0, rho free",
    "LM WX": "theta = 0",
    "LM lag given WX": "rho = 0, theta free",
    "LM WX given lag": "theta = 0, rho free",
    "LM lag and WX": "rho = 0, theta = 0",
    "LM error and WX": "lam = 0, theta = 0",
}


@dataclass(frozen=True, eq=False)
class _Scores:
    """What the tests are made of.

    Attributes
    ----------
    lag, error : float
        Scores of rho and lam at zero, centred.
    trace : float
        Their common variance, given beta and sigma2; zero where they do not vary.
    explained : array of shape (T, N)
        What the regressors leave of the lagged explained part of y, over sigma: its squared length
        is the further variance of the lag's score.
    lagged : array of shape (T, N, L)
        What the regressors leave of W X, over sigma.
    e : array of shape (T, N)
        Residuals over sigma.
    """

    lag: float
    error: float
    trace: float
    explained: np.ndarray
    lagged: np.ndarray
    e: np.ndarray

    def sarar(self) -> dict[str, tuple[float, int]]:
        """The four tests for a lag and an error, each robust one to the other; NaN where the two
        scores are one.
        """
        # The lag's score varies by more than the error's: by what the regressors leave of the
        # lagged explained part.
        further = float(np.sum(self.explained**2))
        J = further + self.trace
        robust_lag = robust_error = np.nan
        if self.trace > 0.0 and further > NOTHING * J:
            robust_lag = (self.lag - self.error) ** 2 / further
            # trace (1 - trace / J) is the variance of the error's score that the lag's leaves
            unexplained = self.error - self.trace / J * self.lag
            robust_error = unexplained**2 / (self.trace * further / J)
        return {
            "LM lag": (self._squared(self.lag, J), 1),
            "Robust LM lag": (robust_lag, 1),
            "LM error": (self._squared(self.error, self.trace), 1),
            "Robust LM error": (robust_error, 1),
        }

    def _squared(self, score: float, variance: float) -> float:
        """score^2 / variance; NaN where nothing of it varies."""
        return score**2 / variance if self.trace > 0.0 else np.nan

    def sdm(self) -> dict[str, tuple[float, int]]:
        """For a lag, for W X, each robust to the other, and both."""
        J = float(np.sum(self.explained**2)) + self.trace
        g, c, V = self._of_lagged()
        L = len(g)
        by_lag = self._squared(self.lag, J)
        by_wx = float(g @ np.linalg.solve(V, g))
        # the score of rho less its regression on that of theta
        slopes = np.linalg.solve(V, c)
        lag_given_wx = float(self.lag - slopes @ g) ** 2 / float(J - slopes @ c)
        return {
            "LM lag": (by_lag, 1),
            "LM lag given WX": (lag_given_wx, 1),
            "LM WX": (by_wx, L),
            "LM WX given lag": (by_wx + lag_given_wx - by_lag, L),
            "LM lag and WX": (by_wx + lag_given_wx, L + 1),
        }

    def sdem(self) -> dict[str, tuple[float, int]]:
        """For an error, for W X and for both: the scores are uncorrelated, so that nothing needs to
        be made robust.
        """
        g, _, V = self._of_lagged()
        L = len(g)
        by_error = self._squared(self.error, self.trace)
        by_wx = float(g @ np.linalg.solve(V, g))
        return {
            "LM error": (by_error, 1),
            "LM WX": (by_wx, L),
            "LM error and WX": (by_error + by_wx, L + 1),
        }

    def _of_lagged(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Score of theta (L,), its covariance with that of rho (L,) and its variance (L, L)."""
        G = self.lagged.reshape(self.e.size, -1)
        score = G.T @ self.e.ravel()
        with_rho = G.T @ self.explained.ravel()
        return score, with_rho, G.T @ G


def lm_tests(
    model: Estimator | FitResult,
    panel: Panel | None = None,
    weights: GivenWeights | None = None,
    *,
    form: LmForm = "corrected",
    against: LmAgainst = "sarar",
) -> TestGroup:
    """LM (Rao score) tests of the model without spatial lags, on its residuals alone.

    Parameters
    ----------
    model : Estimator or FitResult
        Its formula, fixed effects and ``durbin`` are used; its lags are not, but that `SpatialLagX`
        keeps W X as regressors (against "sarar" only). A fit brings its own request, panel and
        weights.
    panel : Panel, optional
        Left out beside a fit.
        Balanced in the columns of the formula.
    weights : SpatialWeights, recipe, or Graph or W of libpysal, optional
        Matched with the panel by id. Left out beside a fit that has its own.
    form : {"corrected", "published"}
        "published": Anselin, Le Gallo and Jayet (2008) and Elhorst (2014) on demeaned data, as
        printed everywhere. After time demeaning the score e'We is centred at -(T-1) sigma2, not at
        zero, so that it rejects a true null far too often in a short cross-section. "corrected":
        the same tests in the orthonormal contrasts of Lee and Yu (2010), where they are centred and
        scaled rightly. Without fixed effects the two agree.
    against : {"sarar", "sdm", "sdem"}
        "sarar": a lag of y and of the error, each also robust to the other. "sdm": a lag of y and W
        X, each also robust to the other, and both; "sdem": a lag of the error and W X, and both
        (Koley and Bera 2024).

    Returns
    -------
    TestGroup of chi-squared tests. "sarar": "LM lag", "Robust LM lag", "LM error", "Robust LM
    error". "sdm": "LM lag", "LM lag given WX", "LM WX", "LM WX given lag", "LM lag and WX". "sdem":
    "LM error", "LM WX", "LM error and WX".

    Raises
    ------
    InputError, WeightsError
        No request, or no weights.
    OptionError, IdentificationError
        Against "sdm" and "sdem": no regressor can be lagged, or its lag adds nothing.

    Notes
    -----
    In both forms LM lag + robust LM error = LM error + robust LM lag, and LM lag and WX = LM lag +
    LM WX given lag = LM WX + LM lag given WX, exactly. Where W X holds the lags of all regressors
    and W is row-normalised, LM lag given WX is LM error: beside W X the residuals tell a lag of y
    from one of the error no more.

    See Also
    --------
    conditional_lm_tests : each lag while the other is estimated.

    References
    ----------
    Anselin, Le Gallo and Jayet (2008), doi:10.1007/978-3-540-75892-1_19. Elhorst (2014), section
    3.4, doi:10.1007/978-3-642-40340-8. Debarsy and Ertur (2010),
    doi:10.1016/j.regsciurbeco.2010.03.003: their marginal tests for unit effects are the corrected
    form. Koley and Bera (2024), doi:10.1080/17421772.2023.2256810.
    """
    check_option("form", form, LmForm)
    check_option("against", against, LmAgainst)
    model, panel, weights = subject_of(model, panel, weights, what="lm_tests()")
    model = in_scope(model, "LM tests")
    W = aligned(weights, panel)
    base, wide = _fits(model, panel, W, against)
    scores_of = _corrected if form == "corrected" else _published
    scores = scores_of(base, W, wide)
    statistics: dict[str, tuple[float, int]] = getattr(scores, against)()
    tests = []
    for name, (statistic, df) in statistics.items():
        if np.isfinite(statistic):
            tests.append(TestResult.chi2(name, _NULLS[name], statistic, df))
        else:
            reason = SAME_SCORE if scores.trace > 0.0 else NO_SCORE
            tests.append(TestResult.not_applicable(name, _NULLS[name], reason))
    alternative = "" if against == "sarar" else f" against {against.upper()}"
    title = f"LM tests{alternative} ({form} form, {effects_in_words(base.sample.within)}, {W.name})"
    return TestGroup(title, tuple(tests))


def _fits(
    model: Estimator,
    panel: Panel,
    W: SpatialWeights,
    against: LmAgainst,
) -> tuple[FitResult, Sample | None]:
    """The least-squares fit that is tested, and the sample that holds W X where W X is tested
    for.
    """
    if against == "sarar":
        kind = SpatialLagX if isinstance(model, SpatialLagX) else NonSpatial
        return model.to(kind).fit(panel, W), None
    wide = model.to(SpatialLagX).fit(panel, W).sample
    if not wide.lagged:
        expected = "regressors that can be lagged in space"
        raise OptionError(
            "model",
            expected=expected,
            got=model.formula,
            remedy=(
                "Use against='sarar', which needs no lag of X, or add a regressor "
                "that varies over the units."
            ),
        )
    return model.to(NonSpatial).fit(panel), wide


def _published(
    base: FitResult,
    W: SpatialWeights,
    wide: Sample | None,
) -> _Scores:
    """On demeaned data as if they were the data, W applied after demeaning."""
    sample, K = base.sample, base.sample.n_regressors
    T, N = sample.shape
    X, y = sample.columns[:, :, :K], sample.columns[:, :, K]
    e = base.estimate.residuals
    s2 = float(np.sum(e * e)) / (T * N)
    square = W.sparse.multiply(W.sparse.T).sum()
    gram = W.sparse.multiply(W.sparse).sum()
    able = [] if wide is None else [sample.names.index(name) for name in wide.lagged]
    explained = W.lag(X @ base.estimate.values)
    lagged = W.lag(X[:, :, able])
    return _Scores(
        lag=float(np.sum(e * W.lag(y))) / s2,
        error=float(np.sum(e * W.lag(e))) / s2,
        trace=T * float(square + gram),
        explained=_left_over(base, explained) / np.sqrt(s2),
        lagged=_left_over(base, lagged) / np.sqrt(s2),
        e=e / np.sqrt(s2),
    )


def _corrected(
    base: FitResult,
    W: SpatialWeights,
    wide: Sample | None,
) -> _Scores:
    """In contrasts: n observations, W projected off the removed effects, scores centred at their
    mean.

    For QWQ with n = periods x units in contrasts, E[e'We]/s2 = t tr(QW); the information of rho and
    lam given sigma2 loses 2 t^2 tr(QW)^2 / n. `explained` takes the whole explained part of y,
    effects included, so that W need not be row-normalised.
    """
    sample, within = base.sample, base.sample.within
    T, N = sample.shape
    t, units = T - within.unit, N - within.time
    e, y = base.estimate.residuals, sample.y
    s2 = float(np.sum(e * e)) / (t * units)
    trace, trace_of_squares = _projected_traces(W.sparse, centred=within.time)
    mean = t * trace
    whole = t * trace_of_squares
    variance = whole - 2.0 * mean**2 / (t * units)
    if variance <= NOTHING * whole:
        variance = 0.0
    explained = within.demean(W.lag(y - e))
    lagged = np.zeros((T, N, 0))
    if wide is not None:
        lagged = wide.columns[:, :, sample.n_regressors : wide.n_regressors]
    return _Scores(
        lag=float(np.sum(e * W.lag(y))) / s2 - mean,
        error=float(np.sum(e * W.lag(e))) / s2 - mean,
        trace=variance,
        explained=_left_over(base, explained) / np.sqrt(s2),
        lagged=_left_over(base, lagged) / np.sqrt(s2),
        e=e / np.sqrt(s2),
    )


def _projected_traces(
    W: sparse.csr_array,
    *,
    centred: bool,
) -> tuple[float, float]:
    """tr(A) and tr(AA + A'A) for A = QWQ, Q the projection off the constant (or the identity)."""
    trace = float(W.trace())
    square = float((W.multiply(W.T)).sum())
    gram = float((W.multiply(W)).sum())
    if not centred:
        return trace, square + gram
    # Q = I - 11'/N takes off products of the row and column sums and adds the square of their
    # total.
    N = W.shape[0]
    rows, columns = W.sum(axis=1), W.sum(axis=0)
    mean = float(rows.sum()) / N
    square += -2.0 / N * float(columns @ rows) + mean**2
    gram += -float(rows @ rows + columns @ columns) / N + mean**2
    return trace - mean, square + gram


def _left_over(base: FitResult, values: np.ndarray) -> np.ndarray:
    """What the regressors leave of an array of shape (T, N) or (T, N, L)."""
    K = base.sample.n_regressors
    flat = values.reshape(base.sample.y.size, -1)
    if K:
        X = base.sample.columns[:, :, :K].reshape(-1, K)
        flat = off_basis(flat, np.linalg.qr(X)[0])
    return flat.reshape(values.shape)
