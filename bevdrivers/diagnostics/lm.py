"""Lagrange multiplier tests for a lag of y and of the error, in the published and in a corrected form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from ..models import NonSpatial, SpatialLagX
from ..models.result import FitResult
from ..options import LmForm, check_option
from ..results import TestGroup, TestResult
from ..weights import SpatialWeights
from .scope import in_scope

if TYPE_CHECKING:
    from ..models.estimator import Estimator
    from ..panel import Panel

NAMES = ("LM lag", "Robust LM lag", "LM error", "Robust LM error")


@dataclass(frozen=True)
class _Scores:
    """What the four tests are made of.

    Attributes
    ----------
    lag, error : float
        Scores of rho and lam at zero, centred.
    trace : float
        Their common variance, given beta and sigma2.
    drift : float
        The further variance of the lag's score, from what the regressors explain of Wy.
    """

    lag: float
    error: float
    trace: float
    drift: float

    def statistics(self) -> dict[str, float]:
        J = self.drift + self.trace
        return {
            "LM lag": self.lag**2 / J,
            "Robust LM lag": (self.lag - self.error) ** 2 / self.drift,
            "LM error": self.error**2 / self.trace,
            "Robust LM error": (self.error - self.trace / J * self.lag) ** 2 / (self.trace * (1 - self.trace / J)),
        }


def lm_tests(model: Estimator, panel: Panel, weights: SpatialWeights, *, form: LmForm = "corrected") -> TestGroup:
    """LM and robust LM tests for a spatial lag and a spatial error, on the residuals of the model without them.

    Parameters
    ----------
    model : Estimator
        Its formula and fixed effects are used; its lags are not, but that `SpatialLagX` keeps W X as regressors.
    panel : Panel
        Balanced in the columns of the formula.
    weights : SpatialWeights
        Matched with the panel by id.
    form : {"corrected", "published"}
        "published": Anselin, Le Gallo and Jayet (2008) and Elhorst (2014) on demeaned data, as printed everywhere.
        After time demeaning the score e'We is centred at -(T-1) sigma2, not at zero, so that it rejects a true null
        far too often in a short cross-section. "corrected": the same tests in the orthonormal contrasts of Lee and Yu
        (2010), where they are centred and scaled rightly. Without fixed effects the two agree.

    Returns
    -------
    TestGroup of "LM lag", "Robust LM lag", "LM error", "Robust LM error", each chi-squared with one degree.

    Notes
    -----
    In both forms LM lag + robust LM error = LM error + robust LM lag, exactly.

    References
    ----------
    Anselin, Le Gallo and Jayet (2008), doi:10.1007/978-3-540-75892-1_19. Elhorst (2014), section 3.4,
    doi:10.1007/978-3-642-40340-8. Debarsy and Ertur (2010), doi:10.1016/j.regsciurbeco.2010.03.003.
    """
    check_option("form", form, LmForm)
    model = in_scope(model, "LM tests")
    kind = SpatialLagX if isinstance(model, SpatialLagX) else NonSpatial
    base = model.to(kind).fit(panel, weights)
    W = weights.align(panel.units)
    statistics = (_corrected(base, W) if form == "corrected" else _published(base, W)).statistics()
    nulls = {"LM lag": "rho = 0", "LM error": "lam = 0", "Robust LM lag": "rho = 0, lam free"}
    nulls["Robust LM error"] = "lam = 0, rho free"
    tests = [TestResult.chi2(name, nulls[name], statistics[name], 1) for name in NAMES]
    return TestGroup(f"LM tests ({form} form, {base.sample.within.name} effects, {W.name})", tuple(tests))


def _published(base: FitResult, W: SpatialWeights) -> _Scores:
    """On demeaned data as if they were the data, W applied after demeaning."""
    sample, K = base.sample, base.sample.n_regressors
    T, N = sample.shape
    e, y = base.estimate.residuals, sample.columns[:, :, K]
    s2 = float(np.sum(e * e)) / (T * N)
    explained = sample.columns[:, :, :K] @ base.estimate.values
    link = W.sparse
    trace = T * float((link.multiply(link.T)).sum() + (link.multiply(link)).sum())
    drift = _left_over(base, W.lag(explained)) / s2
    return _Scores(float(np.sum(e * W.lag(y))) / s2, float(np.sum(e * W.lag(e))) / s2, trace, drift)


def _corrected(base: FitResult, W: SpatialWeights) -> _Scores:
    """In contrasts: n observations, W projected off the removed effects, scores centred at their mean.

    For QWQ with n = periods x units in contrasts, E[e'We]/s2 = t tr(QW); the information of rho and lam given sigma2
    loses 2 t^2 tr(QW)^2 / n. `drift` takes the whole explained part of y, effects included, so that W need not be
    row-normalised.
    """
    sample = base.sample
    T, N = sample.shape
    within = sample.within
    t, units = T - within.unit, N - within.time
    e, y = base.estimate.residuals, sample.y
    s2 = float(np.sum(e * e)) / (t * units)
    first, second = _projected_traces(W.sparse, centred=within.time)
    centre = t * first
    trace = t * second - 2.0 * centre**2 / (t * units)
    drift = _left_over(base, within.demean(W.lag(y - e))) / s2
    lag, error = float(np.sum(e * W.lag(y))) / s2 - centre, float(np.sum(e * W.lag(e))) / s2 - centre
    return _Scores(lag, error, trace, drift)


def _projected_traces(W: sparse.csr_array, *, centred: bool) -> tuple[float, float]:
    """tr(A) and tr(AA + A'A) for A = QWQ, Q the projection off the constant (or the identity)."""
    square, gram = float((W.multiply(W.T)).sum()), float((W.multiply(W)).sum())
    if not centred:
        return float(W.trace()), square + gram
    N = W.shape[0]
    rows, columns = W.sum(axis=1), W.sum(axis=0)
    total = float(rows.sum())
    square += -2.0 / N * float(columns @ rows) + (total / N) ** 2
    gram += -float(rows @ rows + columns @ columns) / N + (total / N) ** 2
    return float(W.trace()) - total / N, square + gram


def _left_over(base: FitResult, values: np.ndarray) -> float:
    """Squared length of what the regressors leave of an array of shape (T, N)."""
    K = base.sample.n_regressors
    flat = values.ravel()
    if K:
        Q = np.linalg.qr(base.sample.columns[:, :, :K].reshape(-1, K))[0]
        flat = flat - Q @ (Q.T @ flat)
    return float(flat @ flat)
