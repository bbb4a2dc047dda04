"""Westerlund's (2007) tests of no cointegration: is there error correction in some units, or in the
panel?
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from ...errors import DataError, OptionError
from ...numerics.streams import generator
from ...options import Deterministics, check_option, whole_number
from ...panel.time_axis import TimeAxis
from ...results import TestGroup, TestResult
from .published_moments import WESTERLUND
from .series_test import SeriesTest, check_varies_by_unit
from .westerlund import (
    Ranges,
    bootstrap_statistics,
    least_periods,
    raw_statistics,
    select_lags_and_leads,
)

if TYPE_CHECKING:
    from ...panel import Panel

NULL = {
    "Gt": "no error correction in any unit",
    "Ga": "no error correction in any unit",
    "Pt": "no error correction in the panel",
    "Pa": "no error correction in the panel",
}
# the published moments are for so many
MOST_REGRESSORS = 6
ONE_OR_TWO = "a number, or the lowest and the highest"


def cointegration_test(
    panel: Panel,
    outcome: str,
    regressors: Sequence[str],
    *,
    deterministics: Deterministics = "constant",
    lags: int | tuple[int, int] = 1,
    leads: int | tuple[int, int] = 0,
    bandwidth: int | None = None,
    draws: int = 0,
    seed: int | None = None,
) -> SeriesTest:
    """Westerlund's four tests of the null hypothesis of no cointegration.

    Parameters
    ----------
    panel : Panel
    outcome : str
        y: a column or an expression.
    regressors : list of str
        x, at most six. They must not be cointegrated among themselves and must not react to y.
    deterministics : {"none", "constant", "trend"}
        "trend" includes the constant.
    lags, leads : int or (int, int)
        p of dy and dx, and q of dx. A range lets each unit choose by AIC; the panel tests Pt and Pa
        then take the means, rounded down.
    bandwidth : int, optional
        Of the Bartlett long-run variances; 4 (T / 100)^(2/9), rounded down, by default.
    draws : int
        Of the bootstrap; 0 for none.
    seed : int, optional
        Of the draws.

    Returns
    -------
    SeriesTest
        ``tests`` has Gt, Ga (rejected: some units are cointegrated), Pt, Pa (the panel is); the
        statistics are the standardised ones, normal when N follows T to infinity and units are
        independent, and the raw ones are in `reason`. With draws the same four by the bootstrap,
        raw, as "Gt (bootstrap)".

    Raises
    ------
    DataError
        Too few periods for the lags and leads, a gap in time, a series that does not vary, more
        than six regressors.
    OptionError

    Notes
    -----
    Definitions are those of Stata's xtwest (Persyn and Westerlund 2008), with the residual degrees
    of freedom as T in Ga and Pa. Ranges of lags are compared on one sample, that of the largest, by
    ln(ssr / n) + 2 K / n. The bootstrap draws periods with replacement, the same for all units,
    from (e, dx) of the regressions under the null: dependence between units is kept, dependence
    over time beyond the lags is not. x is taken as a random walk with increments that are
    independent over time.

    References
    ----------
    Westerlund (2007), doi:10.1111/j.1468-0084.2007.00477.x. Persyn and Westerlund (2008),
    doi:10.1177/1536867X0800800205.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel(2010, 2024, shares=False)
    >>> cointegration = bd.cointegration_test(panel, "urban_share", ["log(gdp_pc)"])
    >>> [test.name for test in cointegration.tests]
    ['Gt', 'Ga', 'Pt', 'Pa']
    """
    names = [regressors] if isinstance(regressors, str) else list(regressors)
    if not 1 <= len(names) <= MOST_REGRESSORS:
        raise DataError(
            "regressors",
            expected="one to six regressors, for which moments are published",
            got=f"{len(names)}",
            remedy="Name one at least." if not names else "Name fewer of them.",
        )
    check_option("deterministics", deterministics, Deterministics)
    whole_number("draws", draws)
    ranges = _range("lags", lags), _range("leads", leads)
    TimeAxis.of(panel.periods, panel.time).check_no_gap("panel")
    y, x = _variables(panel, outcome, names)
    N, T = y.shape
    _check_length(T, len(names), ranges, deterministics)
    if bandwidth is None:
        bandwidth = int(4 * (T / 100) ** (2 / 9))
    whole_number("bandwidth", bandwidth)
    chosen = select_lags_and_leads(y, x, ranges, deterministics)
    request = chosen, deterministics, bandwidth
    statistics, units = raw_statistics(y, x, *request)
    raw = {name: float(values[0]) for name, values in statistics.items()}
    tests = [_standardised(name, raw[name], N, len(names), deterministics) for name in raw]
    if draws:
        drawn = bootstrap_statistics(y, x, *request, draws, generator(seed, "cointegration"))
        tests += [_by_bootstrap(name, raw[name], drawn[name]) for name in raw]
    described = {
        "variable": outcome,
        "regressors": ", ".join(names),
        "test": "westerlund",
        "deterministics": deterministics,
        "lags": str(lags),
        "leads": str(leads),
        "bandwidth": bandwidth,
        "n_units": N,
        "n_periods": T,
        "draws": draws,
        "seed": seed,
    }
    by_unit = pd.DataFrame(
        {
            **units,
            "lags": chosen[:, 0],
            "leads": chosen[:, 1],
        },
        index=pd.Index(panel.units, name=panel.unit),
    )
    title = (
        f"Westerlund's tests: {outcome} on {', '.join(names)} (deterministic terms: "
        f"{deterministics})"
    )
    return SeriesTest(TestGroup(title, tuple(tests)), by_unit, None, described)


def _variables(
    panel: Panel,
    outcome: str,
    regressors: Sequence[str],
) -> tuple[np.ndarray, np.ndarray]:
    """y of shape (N, T) and x of shape (N, T, m), each varying within every unit."""
    y = panel.evaluate(outcome, "outcome").T
    x = np.stack([panel.evaluate(name, "regressors").T for name in regressors], axis=2)
    check_varies_by_unit(panel, outcome, y)
    for k, name in enumerate(regressors):
        check_varies_by_unit(panel, name, x[:, :, k])
    return y, x


def _range(name: str, value: Any) -> tuple[int, int]:
    """The lowest and the highest of a number or a pair."""
    is_pair = isinstance(value, Sequence) and not isinstance(value, str)
    ends = tuple(value) if is_pair else (value, value)
    if len(ends) != 2:
        raise OptionError(
            name,
            expected=ONE_OR_TWO,
            got=repr(value),
            remedy="Write 1, or (0, 2) for the lowest and the highest.",
        )
    low, high = (whole_number(name, end) for end in ends)
    if low > high:
        raise OptionError(
            name,
            expected=ONE_OR_TWO,
            got=repr(value),
            remedy=f"Write the lower number first: ({high}, {low}).",
        )
    return low, high


def _check_length(
    T: int,
    m: int,
    ranges: Ranges,
    deterministics: str,
) -> None:
    """Refuse panels too short for the largest lags and leads with m regressors."""
    needed = least_periods(m, ranges, deterministics)
    if needed <= T:
        return
    (_, lags), (_, leads) = ranges
    raise DataError(
        "panel",
        expected=f"at least {needed} periods for {lags} lags, {leads} leads and {m} regressors",
        got=f"{T}",
        remedy="Use fewer lags, leads or regressors, or a longer panel.",
    )


def _standardised(
    name: str,
    value: float,
    N: int,
    m: int,
    deterministics: str,
) -> TestResult:
    """The raw statistic less its published mean, over its published standard deviation; Pt grows as
    sqrt(N).
    """
    means, variances = WESTERLUND[deterministics][name]
    scale = 1.0 if name == "Pt" else np.sqrt(N)
    excess = scale * value - np.sqrt(N) * means[m - 1]
    z = float(excess / np.sqrt(variances[m - 1]))
    reason = f"{name} = {value:.3f} before standardising"
    return TestResult(name, NULL[name], z, (), float(special.ndtr(z)), reason)


def _by_bootstrap(
    name: str,
    value: float,
    drawn: np.ndarray,
) -> TestResult:
    """The raw statistic beside its bootstrap distribution, `drawn` of shape (draws,)."""
    p = float((1 + (drawn <= value).sum()) / (1 + len(drawn)))
    law = f"bootstrap ({len(drawn)})"
    return TestResult(f"{name} (bootstrap)", NULL[name], value, (), p, law=law)
