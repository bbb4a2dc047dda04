"""J tests: does a model with other weights predict what this one leaves?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import qr

from ...errors import InputError, OptionError
from ...models import FitResult
from ...models.interface import RANK_TOLERANCE, Sample, effects_in_words, in_scope, sample_of
from ...numerics.linalg import off_basis
from ...options import whole_number
from ...results import TestGroup, TestResult
from ...weights import SpatialWeights

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel


def j_tests(
    model: Estimator,
    panel: Panel,
    weights: Mapping[str, SpatialWeights],
    *,
    draws: int = 0,
    seed: int | None = 0,
) -> TestGroup:
    """J tests of a model with a lag of y between several weights, each against each.

    Parameters
    ----------
    model : Estimator
        `SpatialLag` or `SpatialDurbin`; its formula, ``durbin`` and fixed effects are used, random effects are
        not.
    panel : Panel
    weights : mapping of str to SpatialWeights
        At least two, by name. Row-normalised where there are time effects.
    draws : int
        0: the chi-squared distribution. Else the p-value is the share of so many samples whose statistic is at least as
        large, drawn from the maximum-likelihood fit of the null model with its residuals.
    seed : int, optional
        Of the draws.

    Returns
    -------
    TestGroup of "J <null> against <rival>" for each ordered pair, one degree of freedom each. Weights whose model is
    rejected leave something that others explain. All may be rejected, or none: the test compares nobody's fit.

    Notes
    -----
    The model under the null is augmented by the rival's fitted values, rho_1 W_1 y + Z_1 b_1 at its two-stage least
    squares estimates, and estimated by two-stage least squares with the instruments of both, X, W X, W W X (W W W X for
    Durbin models) for both W; the test is that of the coefficient of the fitted values. Errors are taken as
    independent with one variance.

    References
    ----------
    Kelejian (2008), Letters in Spatial and Resource Sciences 1, 3-11. Bootstrap: Burridge and Fingleton (2010), Spatial
    Economic Analysis 5, 93-119.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> points = ("capital_lon", "capital_lat")
    >>> near, all_of_them = bd.KNearest(4, points=points), bd.InverseDistance(2, points=points)
    >>> rivals = {"4 nearest": near.fit(panel), "1/d2": all_of_them.fit(panel)}
    >>> found = bd.j_tests(bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc) + policy"), panel, rivals)
    >>> [test.name for test in found]
    ['J 4 nearest against 1/d2', 'J 1/d2 against 4 nearest']
    """
    model = in_scope(model, "J tests", drop_random=True)
    if not model.lag_y or model.lag_u:
        expected = "SpatialLag or SpatialDurbin"
        raise OptionError("model", expected=expected, got=type(model).__name__)
    whole_number("draws", draws)
    if not isinstance(weights, Mapping) or len(weights) < 2:
        raise InputError("weights", expected="a mapping of at least two names to weights", got=type(weights).__name__)
    samples = {name: sample_of(model, panel, W) for name, W in weights.items()}
    rng = np.random.default_rng(seed)
    tests: list[TestResult] = []
    for name, null in samples.items():
        redrawn = _redrawn(model.fit(panel, weights[name]), draws, rng) if draws else []
        tests += [_test(name, other, null, rival, redrawn) for other, rival in samples.items() if other != name]
    kind = effects_in_words(next(iter(samples.values())).within)
    return TestGroup(f"J tests across weights ({type(model).__name__}, {kind})", tuple(tests))


def _test(name: str, other: str, null: Sample, rival: Sample, redrawn: list[np.ndarray]) -> TestResult:
    title, hypothesis = f"J {name} against {other}", f"{other} adds nothing to {name}"
    pair = _Pair.of(null, rival)
    statistic = pair.statistic(null.y)
    if not np.isfinite(statistic):
        reason = "The rival's fitted values are a combination of what the model has: are the weights the same?"
        return TestResult.not_applicable(title, hypothesis, reason)
    if not redrawn:
        return TestResult.chi2(title, hypothesis, statistic, 1)
    drawn = np.array([pair.statistic(y) for y in redrawn])
    p = (1 + int(np.sum(drawn >= statistic))) / (len(redrawn) + 1)
    return TestResult(title, hypothesis, statistic, (1,), p, f"p-value from {len(redrawn)} draws")


@dataclass(frozen=True, eq=False)
class _Pair:
    """What does not change with y: regressors after Q and orthonormal instruments, observations in rows.

    Attributes
    ----------
    null, rival : Sample
    Z : tuple of two arrays of shape (TN, K)
    H : tuple of three arrays of shape (TN, L)
        Instruments of the null model, of its rival, and of both.
    """

    null: Sample
    rival: Sample
    Z: tuple[np.ndarray, np.ndarray]
    H: tuple[np.ndarray, np.ndarray, np.ndarray]

    @classmethod
    def of(cls, null: Sample, rival: Sample) -> _Pair:
        size = null.y.size
        Z = tuple(sample.columns[:, :, : sample.n_regressors].reshape(size, -1) for sample in (null, rival))
        own = [_instruments(sample) for sample in (null, rival)]
        return cls(null, rival, (Z[0], Z[1]), (_basis(own[0]), _basis(own[1]), _basis(np.hstack(own))))

    def statistic(self, y: np.ndarray) -> float:
        """Squared t of the rival's fitted values in the augmented model, for y (T, N); NaN if they add nothing."""
        flat = self.null.within.demean(y).ravel()
        lags = [_lag(sample, y) for sample in (self.null, self.rival)]
        X = np.column_stack([self.Z[1], lags[1]])
        predicted = X @ _two_stage(X, flat, self.H[1])
        wide = np.column_stack([self.Z[0], lags[0], predicted])
        fitted = self.H[2] @ (self.H[2].T @ wide)
        left = off_basis(fitted[:, -1], np.linalg.qr(fitted[:, :-1])[0])
        if np.linalg.norm(left) <= RANK_TOLERANCE * np.linalg.norm(predicted):
            return np.nan
        e = flat - wide @ _two_stage(wide, flat, self.H[2])
        T, N = y.shape
        df = flat.size - self.null.within.absorbed(T, N) - wide.shape[1]
        return float(left @ flat) ** 2 / float(left @ left) / (float(e @ e) / df)


def _lag(sample: Sample, y: np.ndarray) -> np.ndarray:
    assert sample.W is not None
    lagged: np.ndarray = sample.within.demean(sample.W.lag(y)).ravel()
    return lagged


def _instruments(sample: Sample) -> np.ndarray:
    """Q of Z, W Z and W W Z, period dummies and intercept not lagged, (TN, L)."""
    assert sample.W is not None
    able = [k for k, name in enumerate(sample.names) if name not in sample.design.never_lagged]
    once = sample.W.lag(sample.Z[:, :, able])
    parts = [sample.columns[:, :, : sample.n_regressors], *map(sample.within.demean, (once, sample.W.lag(once)))]
    return np.concatenate(parts, axis=2).reshape(sample.y.size, -1)


def _basis(columns: np.ndarray) -> np.ndarray:
    """Orthonormal basis of the columns."""
    scaled = columns / np.maximum(np.linalg.norm(columns, axis=0), 1e-300)
    Q, R, _ = qr(scaled, mode="economic", pivoting=True)
    basis: np.ndarray = Q[:, np.abs(np.diag(R)) > RANK_TOLERANCE]
    return basis


def _two_stage(X: np.ndarray, y: np.ndarray, H: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.linalg.lstsq(H.T @ X, H.T @ y, rcond=None)[0]
    return found


def _redrawn(fit: FitResult, draws: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Outcomes (T, N) of the fitted null model with residuals drawn with replacement.

    Residuals are scaled up for the degrees of freedom that effects and regressors took.
    """
    sample = fit.sample
    assert sample.W is not None
    e = fit.estimate.residuals
    e = (e - e.mean()) * np.sqrt(fit.sigma2 / np.var(e))
    mean = fit.systematic + fit.fixed_part
    resolvent = sample.W.pencil.at(fit.rho)
    return [resolvent.over_units(mean + rng.choice(e.ravel(), e.shape)) for _ in range(draws)]
