"""Placebo: would adoption in other units have shown the same effect?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import IdentificationError, InputError
from ..numerics.streams import generator
from ..options import whole_number
from ..panel import Panel
from ..results import TestResult
from .adoption import permuted
from .event_study import EventStudy
from .imputation import Imputation


def adoption_placebo(
    study: EventStudy | Imputation,
    panel: Panel,
    weights: Any = None,
    *,
    statistic: Callable[[Any], float] | None = None,
    draws: int = 999,
    seed: int | None = None,
) -> TestResult:
    """Permute the first treatment years over units, and estimate again.

    If the policy does nothing, and the years are as good as random over the units, the estimate is
    one among those of all permutations. With B of them the p-value (1 + #{|s_b| >= |s|}) / (1 + B)
    is exact. Outcome, regressors and W stay where they are.

    Parameters
    ----------
    study : EventStudy or Imputation
    panel : Panel
    weights
        As `study.fit` takes them.
    statistic : function of a result, optional
        What is compared; by default its ``overall``: the mean total impact from event time 0 on,
        or the mean effect in treated cells.
    draws : int
        B.
    seed : int, optional

    Returns
    -------
    TestResult
        Permutations under which the effect is not identified count
        as more extreme, and are told in `reason`.

    Raises
    ------
    InputError
        As `study.fit`.
    """
    if not isinstance(study, (EventStudy, Imputation)):
        raise InputError(
            "study",
            expected="an EventStudy or an Imputation",
            got=type(study).__name__,
            remedy='Write bd.EventStudy(model, first="year").',
        )
    count = whole_number("draws", draws, at_least=1)
    rng = generator(seed, "permuted adoption")
    measure = _overall if statistic is None else statistic

    def at(data: Panel) -> float:
        # the bands are not looked at
        return float(measure(study.fit(data, weights, draws=100, seed=0)))

    observed = at(panel)
    extreme, failed = 0, 0
    for _ in range(count):
        order = rng.permutation(panel.n_units)
        try:
            drawn = at(permuted(panel, study.first, order))
        except IdentificationError:
            failed += 1
            continue
        extreme += abs(drawn) >= abs(observed) * (1.0 - 1e-12)
    p_value = (1 + extreme + failed) / (1 + count)
    reason = f"{failed} permutations are not identified and count as more extreme" if failed else ""
    return TestResult(
        "Placebo adoption",
        "no effect on any unit",
        observed,
        (),
        p_value,
        reason,
        law=f"permutation ({count})",
    )


def _overall(result: Any) -> float:
    return float(np.asarray(result.overall))
