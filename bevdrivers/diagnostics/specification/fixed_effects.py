"""Are there unit effects, time effects, both? F and likelihood-ratio tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...models import FitResult, NonSpatial
from ...models.interface import in_scope
from ...options import FixedEffects
from ...results import TestGroup, TestResult
from ..fit_or_request import subject_of

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights
    from ...weights.given import GivenWeights

KINDS: tuple[FixedEffects, ...] = (None, "unit", "time", "two-way")
ROUGH = "chi-squared in N - 1 degrees of freedom is rough at fixed T"


class Comparison(NamedTuple):
    """A larger kind of effects against a smaller one."""

    name: str
    null: str
    larger: FixedEffects
    smaller: FixedEffects


UNIT_GIVEN_TIME = Comparison(
    name="Unit effects given time effects",
    null="no unit effects beside time effects",
    larger="two-way",
    smaller="time",
)
TIME_GIVEN_UNIT = Comparison(
    name="Time effects given unit effects",
    null="no time effects beside unit effects",
    larger="two-way",
    smaller="unit",
)
COMPARISONS = (
    Comparison("Unit effects", "no unit effects", "unit", None),
    Comparison("Time effects", "no time effects", "time", None),
    UNIT_GIVEN_TIME,
    TIME_GIVEN_UNIT,
)


def effects_tests(
    model: Estimator | FitResult,
    panel: Panel | None = None,
    weights: GivenWeights | None = None,
) -> TestGroup:
    """F tests (least squares without lags) and LR tests (the model itself, direct maximum
    likelihood) of fixed effects.

    Parameters
    ----------
    model : Estimator or FitResult
        Its formula gives both; its class the model of the LR tests. Its own kind of effects is not
        used. A fit brings its own request, panel and weights.
    panel : Panel, optional
        Left out beside a fit.
    weights : SpatialWeights, recipe, or Graph or W of libpysal, optional
        Needed where the model has a lag.

    Returns
    -------
    TestGroup of an F and an LR test each for unit effects, time effects, and each given the other.

    Notes
    -----
    Likelihoods of Lee-Yu fits with different effects are those of different data, so the LR tests
    are on direct maximum likelihood. Their reference distribution has as many degrees of freedom as
    there are effects: at fixed T that is rough for unit effects. The F tests do not have that
    problem under normal errors without spatial dependence.
    """
    model, panel, weights = subject_of(model, panel, weights)
    model = in_scope(model, "tests of effects", drop_random=True)
    plain = model.to(NonSpatial)
    least_squares = {kind: plain.replace(fixed_effects=kind).fit(panel) for kind in KINDS}
    by_likelihood = lr_tests_of_effects(model, panel, weights, COMPARISONS)
    tests = []
    for comparison, lr in zip(COMPARISONS, by_likelihood, strict=True):
        tests.append(_f_test(comparison, least_squares))
        tests.append(lr)
    title = f"Fixed effects ({type(model).__name__}, direct maximum likelihood)"
    return TestGroup(title, tuple(tests))


def lr_tests_of_effects(
    model: Estimator,
    panel: Panel,
    weights: SpatialWeights | None,
    comparisons: Sequence[Comparison],
) -> list[TestResult]:
    """LR tests by direct maximum likelihood, one a comparison."""
    uncorrected = model.replace(correction=None)
    kinds = {kind for pair in comparisons for kind in (pair.larger, pair.smaller)}
    fits = {kind: uncorrected.replace(fixed_effects=kind).fit(panel, weights) for kind in kinds}
    return [_lr_test(comparison, fits) for comparison in comparisons]


def _f_test(
    comparison: Comparison,
    fits: dict[FixedEffects, FitResult],
) -> TestResult:
    """F test from least-squares fits with each kind of effects."""
    larger, smaller = fits[comparison.larger], fits[comparison.smaller]
    df = int(smaller.df_resid - larger.df_resid)  # type: ignore[operator]
    gain = _ssr(smaller) - _ssr(larger)
    statistic = gain / df / larger.sigma2
    degrees = (df, int(larger.df_resid or 0))
    return TestResult.f(f"F: {comparison.name}", comparison.null, statistic, degrees)


def _lr_test(
    comparison: Comparison,
    fits: dict[FixedEffects, FitResult],
) -> TestResult:
    """Likelihood-ratio test from fits by direct maximum likelihood with each kind of effects."""
    larger, smaller = fits[comparison.larger], fits[comparison.smaller]
    statistic = 2 * (larger.loglik - smaller.loglik)
    df = larger.n_params - smaller.n_params
    reason = ROUGH if comparison.name.startswith("Unit") else ""
    return TestResult.chi2(
        f"LR: {comparison.name}",
        comparison.null,
        statistic,
        df,
        reason=reason,
    )


def _ssr(fit: FitResult) -> float:
    return float(np.sum(fit.estimate.residuals**2))
