"""J tests: does a model with other weights predict what this one leaves?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import qr

from ...errors import InputError, OptionError
from ...models import FitResult
from ...models.interface import (
    RANK_TOLERANCE,
    Sample,
    effects_in_words,
    in_scope,
    regular_request_only,
    sample_of,
)
from ...numerics.linalg import off_basis
from ...numerics.streams import generator
from ...options import whole_number
from ...results import TestGroup, TestResult
from ...weights import SpatialWeights
from ..fit_or_request import subject_of

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel

# what a fit's own weights are called where they have no name
OWN = "its own"


def j_tests(
    model: Estimator | FitResult,
    panel: Panel | None = None,
    weights: Mapping[str, SpatialWeights] | None = None,
    *,
    draws: int = 0,
    seed: int | None = 0,
) -> TestGroup:
    """J tests of a model with a lag of y between several weights, each against each.

    Parameters
    ----------
    model : Estimator or FitResult
        `SpatialLag` or `SpatialDurbin`; its formula, ``durbin`` and fixed effects are used, random
        effects are not. A fit brings its own request, panel and weights.
    panel : Panel, optional
        Left out beside a fit.
    weights : mapping of str to SpatialWeights
        At least two, by name; beside a fit those that rival its own, which takes part under its own
        name. Row-normalised where there are time effects.
    draws : int
        0: the chi-squared distribution. Else the p-value is the share of so many samples whose
        statistic is at least as large, drawn from the maximum-likelihood fit of the null model with
        its residuals.
    seed : int, optional
        Of the draws.

    Returns
    -------
    TestGroup of "J <null> against <rival>" for each ordered pair, one degree of freedom each.
    Weights whose model is rejected leave something that others explain. All may be rejected, or
    none: the test compares nobody's fit.

    Notes
    -----
    The model under the null is augmented by the rival's fitted values, rho_1 W_1 y + Z_1 b_1 at its
    two-stage least squares estimates, and estimated by two-stage least squares with the instruments
    of both, X, W X, W W X (W W W X for Durbin models) for both W; the test is that of the
    coefficient of the fitted values. Errors are taken as independent with one variance.

    References
    ----------
    Kelejian (2008), Letters in Spatial and Resource Sciences 1, 3-11. Bootstrap: Burridge and
    Fingleton (2010), Spatial Economic Analysis 5, 93-119.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> points = ("capital_lon", "capital_lat")
    >>> near, all_of_them = bd.KNearest(4, points=points), bd.InverseDistance(2, points=points)
    >>> rivals = {"4 nearest": near.fit(panel), "1/d2": all_of_them.fit(panel)}
    >>> tests = bd.j_tests(bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc) + policy"), panel, rivals)
    >>> [test.name for test in tests]
    ['J 4 nearest against 1/d2', 'J 1/d2 against 4 nearest']
    """
    model, panel, weights = _rivals(model, panel, weights)
    model = in_scope(model, "J tests", drop_random=True)
    if not model.lag_y or model.lag_u:
        expected = "SpatialLag or SpatialDurbin"
        raise OptionError(
            "model",
            expected=expected,
            got=type(model).__name__,
            remedy="Turn it into one: model.to(bd.SpatialLag).",
        )
    whole_number("draws", draws)
    regular_request_only(model, panel, *weights.values(), what="j_tests()")
    samples = {name: sample_of(model, panel, W) for name, W in weights.items()}
    rng = generator(seed, "J tests")
    tests: list[TestResult] = []
    for name, null in samples.items():
        redrawn = _redrawn(model.fit(panel, weights[name]), draws, rng) if draws else []
        for other, rival in samples.items():
            if other != name:
                tests.append(_test(name, other, null, rival, redrawn))
    effects = effects_in_words(next(iter(samples.values())).within)
    title = f"J tests across weights ({type(model).__name__}, {effects})"
    return TestGroup(title, tuple(tests))


def _rivals(
    model: Estimator | FitResult,
    panel: Panel | None,
    weights: Mapping[str, SpatialWeights] | None,
) -> tuple[Estimator, Panel, dict[str, SpatialWeights]]:
    """The request, the panel and at least two weights by name; a fit's own W is one of them, under
    its own name.
    """
    model, panel, own = subject_of(model, panel, None, what="j_tests()")
    named = dict(weights) if isinstance(weights, Mapping) else {}
    expected = "a mapping of at least two names to weights"
    if own is not None:
        expected = "a mapping of names to the weights that rival the fit's own"
        own_name = own.name or OWN
        if own_name in named:
            raise InputError(
                "weights",
                expected=f"names other than {own_name!r}, that of the fit's own weights",
                got=f"{list(named)}",
                remedy="Give the rival another name, or leave it out if it is the same W.",
            )
        named = {own_name: own, **named}
    if not isinstance(weights, Mapping) or len(named) < 2:
        raise InputError(
            "weights",
            expected=expected,
            got=f"{list(weights)}" if isinstance(weights, Mapping) else type(weights).__name__,
            remedy='Write weights={"queen": W1, "distance": W2}, for instance.',
        )
    return model, panel, named


def _test(
    name: str,
    other: str,
    null: Sample,
    rival: Sample,
    redrawn: list[np.ndarray],
) -> TestResult:
    """The weights called `name` against those called `other`, beside chi-squared or the redrawn
    outcomes.
    """
    title = f"J {name} against {other}"
    hypothesis = f"{other} adds nothing to {name}"
    pair = _Pair.of(null, rival)
    statistic = pair.statistic(null.y)
    if not np.isfinite(statistic):
        reason = (
            "The rival's fitted values are a combination of what the model has: are the "
            "weights the same?"
        )
        return TestResult.not_applicable(title, hypothesis, reason)
    if not redrawn:
        return TestResult.chi2(title, hypothesis, statistic, 1)
    drawn = np.array([pair.statistic(y) for y in redrawn])
    as_large = int(np.sum(drawn >= statistic))
    p = (1 + as_large) / (len(redrawn) + 1)
    reason = f"p-value from {len(redrawn)} draws"
    return TestResult(title, hypothesis, statistic, (1,), p, reason)


@dataclass(frozen=True, eq=False)
class _Pair:
    """What does not change with y: regressors after Q and orthonormal instruments, observations in
    rows.

    Attributes
    ----------
    null, rival : Sample
    Z_null, Z_rival : arrays of shape (TN, K)
        Regressors after Q.
    H_rival, H_both : arrays of shape (TN, L)
        Orthonormal instruments of the rival, and of both models.
    """

    null: Sample
    rival: Sample
    Z_null: np.ndarray
    Z_rival: np.ndarray
    H_rival: np.ndarray
    H_both: np.ndarray

    @classmethod
    def of(cls, null: Sample, rival: Sample) -> _Pair:
        """From the samples of two models that differ in W."""
        of_null, of_rival = _instruments(null), _instruments(rival)
        return cls(
            null,
            rival,
            Z_null=_regressors(null),
            Z_rival=_regressors(rival),
            H_rival=_basis(of_rival),
            H_both=_basis(np.hstack([of_null, of_rival])),
        )

    def statistic(self, y: np.ndarray) -> float:
        """Squared t of the rival's fitted values in the augmented model, for y (T, N); NaN if they
        add nothing.
        """
        T, N = y.shape
        v = self.null.within.demean(y).ravel()
        rival = np.column_stack([self.Z_rival, _lag(self.rival, y)])
        predicted = rival @ _two_stage(rival, v, self.H_rival)
        augmented = np.column_stack([self.Z_null, _lag(self.null, y), predicted])
        # Of the second stage: what the rival's fitted values have beyond the other columns gives
        # their coefficient.
        projected = self.H_both @ (self.H_both.T @ augmented)
        others = np.linalg.qr(projected[:, :-1])[0]
        beyond = off_basis(projected[:, -1], others)
        if np.linalg.norm(beyond) <= RANK_TOLERANCE * np.linalg.norm(predicted):
            return np.nan
        e = v - augmented @ _two_stage(augmented, v, self.H_both)
        absorbed = self.null.within.absorbed(T, N)
        df = v.size - absorbed - augmented.shape[1]
        s2 = float(e @ e) / df
        statistic: float = float(beyond @ v) ** 2 / float(beyond @ beyond) / s2
        return statistic


def _regressors(sample: Sample) -> np.ndarray:
    """Z after Q, (TN, K)."""
    Z: np.ndarray = sample.columns[:, :, : sample.n_regressors]
    return Z.reshape(sample.y.size, -1)


def _lag(sample: Sample, y: np.ndarray) -> np.ndarray:
    """Wy after Q, (TN,)."""
    assert sample.W is not None
    lagged: np.ndarray = sample.within.demean(sample.W.lag(y)).ravel()
    return lagged


def _instruments(sample: Sample) -> np.ndarray:
    """Q of Z, W Z and W W Z, period dummies and intercept not lagged, (TN, L)."""
    assert sample.W is not None
    never_lagged = sample.design.never_lagged
    able = [k for k, name in enumerate(sample.names) if name not in never_lagged]
    once = sample.W.lag(sample.Z[:, :, able])
    twice = sample.W.lag(once)
    demean = sample.within.demean
    lags = np.concatenate([demean(once), demean(twice)], axis=2)
    return np.hstack([_regressors(sample), lags.reshape(sample.y.size, -1)])


def _basis(columns: np.ndarray) -> np.ndarray:
    """Orthonormal basis of the columns."""
    scaled = columns / np.maximum(np.linalg.norm(columns, axis=0), 1e-300)
    Q, R, _ = qr(scaled, mode="economic", pivoting=True)
    basis: np.ndarray = Q[:, np.abs(np.diag(R)) > RANK_TOLERANCE]
    return basis


def _two_stage(
    X: np.ndarray,
    y: np.ndarray,
    H: np.ndarray,
) -> np.ndarray:
    """Two-stage least squares of y on X with orthonormal instruments H, observations in rows."""
    b: np.ndarray = np.linalg.lstsq(H.T @ X, H.T @ y, rcond=None)[0]
    return b


def _redrawn(
    fit: FitResult,
    draws: int,
    rng: np.random.Generator,
) -> list[np.ndarray]:
    """Outcomes (T, N) of the fitted null model with residuals drawn with replacement.

    Residuals are scaled up for the degrees of freedom that effects and regressors took.
    """
    sample = fit.sample
    assert sample.W is not None
    e = fit.estimate.residuals
    e = (e - e.mean()) * np.sqrt(fit.sigma2 / np.var(e))
    mean = fit.systematic + fit.fixed_part
    resolvent = sample.W.pencil.at(fit.rho)
    outcomes = []
    for _ in range(draws):
        drawn = rng.choice(e.ravel(), e.shape)
        outcomes.append(resolvent.over_units(mean + drawn))
    return outcomes
