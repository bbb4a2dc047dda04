"""p-values of a test from the fitted null itself: outcomes are drawn from it, and the test is made
again of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ..models import FitResult
from ..numerics.streams import generator
from ..options import PValues, check_option, whole_number
from ..results import TestResult
from ..simulation.disturbances import drawn_errors
from ..simulation.process import Process
from ..simulation.replication import FEWEST, outcomes_in_pieces

DRAWS = 999


def check_p_values(p: Any, draws: Any) -> bool:
    """Whether p-values are to be bootstrapped; refuses other words, and too few draws."""
    check_option("p", p, PValues)
    whole_number("draws", draws, FEWEST, expected=f"a whole number, at least {FEWEST}")
    return bool(p == "bootstrap")


def outcomes_under(
    null: FitResult,
    draws: int,
    seed: int | None,
) -> Iterator[np.ndarray]:
    """Outcomes (T, N, R) of a fit with new normal errors, in pieces, `draws` in all.

    Regressors, fixed effects and W stay; random unit effects are drawn anew.

    Raises
    ------
    OptionError
        The regressors of the fit depend on its outcome, so that new ones would have to be made.
    """
    process = Process.of(null)
    draw = partial(drawn_errors, process, "normal")
    return outcomes_in_pieces(process, draw, draws, generator(seed, "p-values"))


def with_drawn_p(test: TestResult, drawn: np.ndarray) -> TestResult:
    """The test with the p-value that its statistic has among those of the null.

    Parameters
    ----------
    test : TestResult
        Two-sided where its reference distribution is the normal one, else rejecting for large
        statistics.
    drawn : array of shape (R,)
        Statistics of outcomes drawn under the null; NaN where one could not be computed.

    Returns
    -------
    TestResult. p = (1 + number of draws at least as large) / (R + 1), which is exact where the
    statistic does not depend on what was estimated; two-sided twice the smaller tail, so that the
    statistic need not be centred at zero.
    """
    if not test.applies:
        return test
    kept = drawn[np.isfinite(drawn)]
    lost = len(drawn) - len(kept)
    if lost > len(kept):
        reason = f"{lost} of {len(drawn)} draws have no statistic."
        return TestResult.not_applicable(test.name, test.null, reason)
    above, below = np.sum(kept >= test.statistic), np.sum(kept <= test.statistic)
    two_sided = not test.df
    extreme = min(above, below) if two_sided else above
    p = (1 + int(extreme)) / (1 + len(kept))
    remarks = [test.reason] if test.reason else []
    if lost:
        remarks.append(f"{lost} of {len(drawn)} draws could not be fitted")
    return TestResult(
        test.name,
        test.null,
        test.statistic,
        test.df,
        min(1.0, 2 * p) if two_sided else p,
        "; ".join(remarks),
        law=f"bootstrap ({len(kept)})",
        estimate=test.estimate,
    )


def quadratic_forms(gaps: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """gap' variance^-1 gap of each draw from (R, K) and (R, K, K), (R,); NaN where there is none,
    as of a singular variance.
    """
    statistics = np.full(len(gaps), np.nan)
    usable = np.isfinite(gaps).all(axis=1) & np.isfinite(variances).all(axis=(1, 2))
    usable[usable] = np.linalg.slogdet(variances[usable])[0] != 0.0
    solved = np.linalg.solve(variances[usable], gaps[usable][:, :, None])[:, :, 0]
    statistics[usable] = np.sum(gaps[usable] * solved, axis=1)
    return statistics
