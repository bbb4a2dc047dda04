"""Intervals of parameters and impacts: the words for them, and which fits have which.

    delta          symmetric, from the covariance of the estimates
    simulated      percentiles of draws from the estimated normal distribution
    percentile     the fit run again: percentiles of estimate*
    bootstrap-t    the fit run again: percentiles of (estimate* - estimate) / std_error*
    bca            the fit run again: percentiles of estimate*, corrected for bias and acceleration
    profile        the values that a likelihood-ratio test keeps
    fieller        of long-run impacts: the values that a Wald test without division keeps
    wild           of clustered covariances: the values that a wild cluster bootstrap-t keeps

The first two and the last two need nothing but the fit. The likelihood-ratio test is inverted in
`ml.inversion`. The bootstrap runs the fit again, which the room above this one does: it is opened
by its name here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, cast

import numpy as np
from scipy import special

from ..errors import OptionError
from ..options import Interval, check_option, whole_number
from ..results import critical_value
from .covariance import Clustered
from .fitted import Fitted
from .impacts.draws import draw
from .impacts.fieller import Fieller, check_long_run
from .impacts.impacts import Impacts
from .impacts.limits import Limits
from .impacts.many import ImpactsAsked, impact_gradient, impacts_at
from .impacts.mean_multipliers import multipliers_at, without_lag_of_y
from .least_squares import wild_scores as least_squares_wild_scores
from .ml.covariance import MlEstimate, wild_scores
from .ml.inversion import Inversion
from .ml.likelihood import Likelihood
from .regularity import regular_only
from .wild import wild_clusters

# How many draws are taken where the user does not say: 999 make the levels of 5 % and 1 % exact.
DRAWS = {"simulated": 1000, "percentile": 999, "bootstrap-t": 999, "bca": 999, "wild": 999}
RESAMPLING = "bevdrivers.simulation.intervals"


# (fit, method, draws, seed, impacts or None for the parameters) -> intervals
Resample = Callable[[Any, str, int, int | None, ImpactsAsked | None], Limits]


def check_interval(name: str, method: Any, draws: Any) -> int:
    """The number of draws of a kind of interval, 0 where it takes none.

    Parameters
    ----------
    name : str
        Of the argument that says which interval.
    method : object
        What the user gave for it.
    draws : object
        What the user gave; 0 for the number of the method.

    Raises
    ------
    OptionError
    """
    check_option(name, method, Interval)
    given = whole_number("draws", draws, expected="0 or a number of draws")
    if method not in DRAWS:
        if given:
            raise OptionError(
                "draws",
                expected=f"0 with {name}={method!r}, which draws nothing",
                got=repr(draws),
                remedy=f"Leave draws out, or take {name}='simulated' or 'bootstrap-t'.",
            )
        return 0
    if given == 1:
        raise OptionError(
            "draws",
            expected="0 or a number of draws, 2 or more",
            got="1",
            remedy="Take some hundred: draws=999.",
        )
    return given or DRAWS[method]


def limits_of(
    fit: Fitted[Any], method: str, draws: int, seed: int | None, asked: ImpactsAsked | None
) -> Limits:
    """Intervals of the impacts that are asked for, in the order direct, indirect, total of all
    changes (3 K,), or of the parameters (P,).

    Raises
    ------
    OptionError
        The fit does not have that kind of interval.
    """
    if method == "profile":
        return Profiled(fit, asked)
    if method == "fieller":
        check_long_run(asked)
        assert asked is not None
        return Fieller.of(fit.sample, asked, fit.terms, fit.values, fit.covariance, fit.df_resid)
    if method == "wild":
        return _wild(fit, draws, seed, asked)
    if method == "simulated":
        drawn, _ = draw(fit, draws, seed)
        return Percentiles(drawn)
    resample = cast(Resample, import_module(RESAMPLING).resampled_limits)
    return resample(fit, method, draws, seed, asked)


def with_interval(impacts: Impacts, method: str, draws: int, seed: int | None) -> Impacts:
    """Impacts by the delta method with intervals of another kind."""
    source = impacts.source
    assert source is not None
    asked = ImpactsAsked(source.select, impacts.horizon)
    limits = limits_of(source.fit, method, draws, seed, asked)
    return replace(
        impacts, interval=method, draws=draws, seed=seed if draws else None, limits=limits
    )


def _wild(fit: Fitted[Any], draws: int, seed: int | None, asked: ImpactsAsked | None) -> Limits:
    """What wild cluster bootstrap tests keep.

    Raises
    ------
    OptionError
        The covariance is not clustered in one way, or the fit has no scores of its own.
    """
    kind, sample, estimate = fit.kind, fit.sample, fit.estimate
    if not (isinstance(kind, Clustered) and kind.by != "both" and fit.method.has_cluster_types):
        raise OptionError(
            "wild",
            expected="maximum likelihood without random effects, or least squares, with "
            "cov_type='clustered' by unit or by time",
            got=f"{fit.method.in_short}, cov_type={kind.name!r}",
            remedy="Use fit.with_cov('clustered'), or 'delta'.",
        )
    P = len(fit.values)
    if asked is None:
        estimates, contrasts = fit.values, np.eye(P)
    else:
        impacts = impacts_at(sample, asked, fit.terms, fit.values[None], fit.covariance[None])
        estimates = impacts[0][0]
        contrasts = impact_gradient(sample, asked, fit.terms, fit.values)
    if isinstance(estimate, MlEstimate):
        scores = wild_scores(sample, estimate.point, kind.by)
        # the score has sigma2 as its last parameter
        contrasts = np.column_stack([contrasts, np.zeros(len(contrasts))])
    else:
        scores = least_squares_wild_scores(sample, estimate, kind.by)
    return wild_clusters(scores, estimates, contrasts, draws, seed)


@dataclass(frozen=True, eq=False)
class Percentiles:
    """Equal-tailed percentiles of draws (R, m) of the quantities themselves."""

    drawn: np.ndarray

    def at(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        critical_value(level)
        low, high = np.quantile(self.drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return low, high

    @property
    def pvalues(self) -> np.ndarray:
        below, above = (self.drawn <= 0.0).sum(axis=0), (self.drawn >= 0.0).sum(axis=0)
        return smaller_tail(below, above, len(self.drawn))


def smaller_tail(below: np.ndarray, above: np.ndarray, draws: int) -> np.ndarray:
    """Two-sided p-values of zero from the numbers of draws on either side of it, never zero."""
    p: np.ndarray = np.minimum(1.0, 2.0 * (np.minimum(below, above) + 1) / (draws + 1))
    return p


@dataclass(frozen=True, eq=False)
class Profiled:
    """What likelihood-ratio tests keep."""

    fit: Fitted[Any]
    asked: ImpactsAsked | None

    def __post_init__(self) -> None:
        check_profile(self.fit)

    def at(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        inversion = self._inversion(critical_value(level) ** 2)
        low, high = inversion.limits(self._rows)
        if self.asked is None:
            ends = inversion.region()
            low, high = (np.append(b, end) for b, end in zip((low, high), ends, strict=True))
        return low, high

    @property
    def pvalues(self) -> np.ndarray:
        inversion = self._inversion(0.0)
        ratios = inversion.ratios(self._rows)
        if self.asked is None:
            ratios = np.append(ratios, inversion.ratio_at(0.0))
        p: np.ndarray = special.chdtrc(1.0, ratios)
        return p

    def _inversion(self, critical: float) -> Inversion:
        sample, estimate = self.fit.sample, self.fit.estimate
        assert isinstance(estimate, MlEstimate)
        likelihood, p = Likelihood.of(sample), estimate.point.p
        # as the tests compute it, so that at the smallest levels rounding does not leave p out
        top = likelihood.value(p)
        return Inversion(likelihood, top, float(p[0]), critical)

    def _rows(self, p: float) -> np.ndarray:
        """r(p) of the coefficients, or of the impacts."""
        sample = self.fit.sample
        K = sample.n_regressors
        if self.asked is None:
            return np.eye(K)
        multipliers = multipliers_at(sample, self.asked.horizon)
        if multipliers is None or p == 0.0:
            means = without_lag_of_y(sample.Wx)
        else:
            means = multipliers.at({"rho": p})[0]
        beta, theta = self.asked.select
        direct = means[0] * beta + means[1] * theta
        total = means[2] * beta + means[3] * theta
        return np.concatenate([direct, total - direct, total])[:, :K]


def check_profile(fit: Fitted[Any]) -> None:
    """Refuse fits whose estimates are not the maximum of a likelihood in one spatial parameter, or
    whose errors are not taken to be iid normal.

    Raises
    ------
    OptionError
    """
    regular_only(fit, "intervals by profile")
    other = "Use 'bootstrap-t', or 'delta'."
    estimate, sample = fit.estimate, fit.sample
    obstacle, remedy = "", other
    if fit.estimator.random_effects is not None or sample.serial:
        obstacle = "random effects or autocorrelated errors, which have parameters of their own"
    elif fit.method.by_moments:
        obstacle = "method='gmm', which has no likelihood"
    elif not isinstance(estimate, MlEstimate):
        obstacle = "least squares"
        remedy = "Use 'delta', whose t intervals are the exact inversion of the test."
    elif sample.dynamic:
        obstacle = f"dynamic={fit.estimator.dynamic!r}, whose estimates are corrected for bias"
    elif sample.contrasts.adjusted or fit.method.correction_name(sample) in (
        "elhorst",
        "second-order",
    ):
        name = fit.method.correction_name(sample)
        obstacle = f"correction={name!r}, whose estimates do not maximise a likelihood"
        remedy = "Use correction='lee-yu', or 'bootstrap-t'."
    elif sample.W is not None and sample.M is not None:
        obstacle = "a model with both rho and lam"
    elif not fit.kind.supposes_iid:
        obstacle = f"cov_type={fit.kind.name!r}: a likelihood ratio holds for iid errors alone"
        remedy = "Use fit.with_cov('classical'), or 'bootstrap-t', which keeps the covariance."
    if obstacle:
        raise OptionError(
            "profile",
            expected="static maximum likelihood with one of rho and lam and iid errors",
            got=obstacle,
            remedy=remedy,
        )
