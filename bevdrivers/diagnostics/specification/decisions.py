"""What decides on the way to a specification: the kind of effects, where the LM tests point, and
what the Durbin model reduces to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ...models import FitResult, NonSpatial, SpatialDurbin, SpatialError, SpatialLag, SpatialLagX
from ...models.interface import (
    common_factor_obstacle,
    durbin_wald_tests,
    lr_test,
    slx_tests,
)
from ...options import FixedEffects
from ...results import TestGroup, TestResult
from .fixed_effects import TIME_GIVEN_UNIT, UNIT_GIVEN_TIME, lr_tests_of_effects
from .lm import lm_tests

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights

# whether unit effects given time effects, and time effects given unit effects, are rejected to be
# zero
KIND_KEPT: dict[tuple[bool, bool], FixedEffects] = {
    (True, True): "two-way",
    (True, False): "unit",
    (False, True): "time",
    (False, False): None,
}
Direction = Literal["lag", "error", ""]


@dataclass(frozen=True, eq=False)
class Nesting:
    """What the Durbin model reduces to.

    Attributes
    ----------
    kind : type of Estimator
    tests : TestGroup
        LR and Wald tests of the Durbin model against its special cases.
    fits : mapping
        The fits compared, by class name.
    """

    kind: type[Estimator]
    tests: TestGroup
    fits: Mapping[str, FitResult]


def decided(
    model: Estimator,
    panel: Panel,
    weights: SpatialWeights,
) -> Estimator:
    """The request in which `select_model` ends, by the tests that decide alone.

    Parameters
    ----------
    model : Estimator
        Any of maximum likelihood; its own kind of effects is not used.
    panel : Panel
    weights : SpatialWeights
        In the panel's order.
    """
    durbin = model.to(SpatialDurbin)
    deciding = (UNIT_GIVEN_TIME, TIME_GIVEN_UNIT)
    effects = effects_kept(*lr_tests_of_effects(durbin, panel, weights, deciding))
    request = with_effects(durbin, effects)
    tests = lm_tests(request.to(NonSpatial), panel, weights)
    nesting = nesting_of(request, panel, weights, lm_direction(tests))
    return request.to(nesting.kind)


def effects_kept(unit_given_time: TestResult, time_given_unit: TestResult) -> FixedEffects:
    """The kind of effects that the LR tests of each kind given the other keep."""
    return KIND_KEPT[unit_given_time.rejected, time_given_unit.rejected]


def with_effects(durbin: SpatialDurbin, effects: FixedEffects) -> SpatialDurbin:
    """The Durbin model whose special cases are compared."""
    return durbin.replace(fixed_effects=effects, correction="auto")


def lm_direction(tests: TestGroup) -> Direction:
    """The lag that the LM tests point to; empty for none."""
    lag, error = tests["LM lag"].rejected, tests["LM error"].rejected
    if lag and error:
        robust_lag, robust_error = (
            tests["Robust LM lag"],
            tests["Robust LM error"],
        )
        return "lag" if robust_lag.statistic >= robust_error.statistic else "error"
    if lag:
        return "lag"
    return "error" if error else ""


def nesting_of(
    request: Estimator,
    panel: Panel,
    weights: SpatialWeights,
    direction: Direction,
) -> Nesting:
    """LR and Wald tests of the Durbin model against its special cases, and what they leave."""
    classes = (SpatialDurbin, SpatialLag, SpatialError)
    fits = {kind.__name__: request.to(kind).fit(panel, weights) for kind in classes}
    durbin = fits["SpatialDurbin"]
    wald_lag, wald_error = durbin_wald_tests(durbin)
    lr_lag = _lr_test("LR SDM against SAR", "theta = 0", durbin, fits["SpatialLag"])
    common_factor = "theta = -rho beta"
    obstacle = common_factor_obstacle(durbin)
    if obstacle:
        lr_error = TestResult.not_applicable("LR SDM against SEM", common_factor, obstacle)
    else:
        lr_error = _lr_test(
            "LR SDM against SEM",
            common_factor,
            durbin,
            fits["SpatialError"],
        )
    slx = slx_tests(durbin)
    kind = _reduced(
        (lr_lag, wald_lag),
        (lr_error, wald_error),
        slx,
        direction,
    )
    tests = TestGroup(
        "Durbin model against its special cases",
        (lr_lag, wald_lag, lr_error, wald_error, *slx),
    )
    return Nesting(kind, tests, fits)


def _lr_test(
    name: str,
    null: str,
    durbin: FitResult,
    special_case: FitResult,
) -> TestResult:
    """The likelihood-ratio test under the name that studies print."""
    test = lr_test(durbin, special_case)
    return TestResult.chi2(name, null, test.statistic, int(test.df[0]))


def _reduced(
    against_lag: Sequence[TestResult],
    against_error: Sequence[TestResult],
    against_slx: Sequence[TestResult],
    direction: Direction,
) -> type[Estimator]:
    """The kind of model that the tests against lag and error model, that of rho = 0, and the LM
    tests leave.
    """
    error_is_nested = against_error[1].applies
    keeps_lag = not any(test.rejected for test in against_lag)
    keeps_error = error_is_nested and not any(test.rejected for test in against_error)
    rho_is_clear = any(test.rejected for test in against_slx)
    if keeps_lag and direction == "lag":
        return SpatialLag
    if keeps_error and direction == "error":
        return SpatialError
    no_sign_of_error = keeps_error or not (error_is_nested or rho_is_clear)
    if keeps_lag and not direction and no_sign_of_error:
        return NonSpatial
    if not keeps_lag and not rho_is_clear:
        return SpatialLagX
    return SpatialDurbin
