"""Panel unit root statistics from arrays: Levin-Lin-Chu, Im-Pesaran-Shin, Fisher combinations,
CIPS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from ...numerics.streams import generator
from ...results import TestResult
from . import published_moments as tables
from .dickey_fuller import AdfFit, adf, long_run_variance, phillips_perron, select_lags

NULL = "every unit's series has a unit root"
# draws of a simulated reference distribution that are worked on together, to bound memory
BATCH = 200
TOO_SHORT = (
    "the published table begins at {first} effective periods and there are {periods:g}: use draws="
)
# statistics that are large, not small, where the null is false
UPPER_TAIL = ("Fisher P", "Fisher modified P")
_STATSMODELS_CODES = {
    "none": "n",
    "constant": "c",
    "trend": "ct",
}
# above these t statistics MacKinnon's polynomials do not hold, and the p-value would be 1
_LARGEST_T = {
    "none": np.inf,
    "constant": 2.74,
    "trend": 0.70,
}
# p-values are kept this far off 0 and 1, where their logarithm and their logit are finite
_LEAST_P = 1e-16


@dataclass(frozen=True)
class UnitRootRequest:
    """What is asked of a panel unit root test, checked.

    Attributes
    ----------
    test, deterministics : str
    lags : int or str
        Of the regressions, or the rule that chooses them.
    most_lags : int
        Most lags of a rule.
    bandwidth : int
        Of the long-run variances.
    truncated, demean : bool
    """

    test: str
    deterministics: str
    lags: Any
    most_lags: int
    bandwidth: int
    truncated: bool
    demean: bool


def panel_statistics(
    panels: np.ndarray,
    request: UnitRootRequest,
) -> tuple[dict[str, np.ndarray], AdfFit]:
    """Panel statistics of D panels (D, N, T), each (D,), and the regressions of all their
    series.
    """
    D, N, T = panels.shape
    if request.demean:
        panels = panels - panels.mean(axis=1, keepdims=True)
    y = panels.reshape(D * N, T)
    if request.test == "fisher-pp":
        fit = _phillips_perron(y, request)
        return _fisher(fit.t.reshape(D, N), request.deterministics), fit
    lags = _lags(y, request)
    if request.test == "cips":
        return _cips(panels, lags, request)
    fit = adf(y, lags, request.deterministics)
    t = fit.t.reshape(D, N)
    if request.test == "llc":
        return {"LLC adjusted t": _levin_lin_chu(y, fit, (D, N), request)}, fit
    if request.test == "ips":
        z = _w_t_bar(t, lags.reshape(D, N), T, request.deterministics)
        return {"IPS W-t-bar": z, "IPS t-bar": t.mean(axis=1)}, fit
    return _fisher(t, request.deterministics), fit


def _lags(y: np.ndarray, request: UnitRootRequest) -> np.ndarray:
    """Lags of each row of y, (S,): those asked for, or those that the rule chooses."""
    if not isinstance(request.lags, str):
        return np.full(len(y), request.lags)
    return select_lags(y, request.lags, request.most_lags, request.deterministics)


def _phillips_perron(y: np.ndarray, request: UnitRootRequest) -> AdfFit:
    """Z_t of the rows of y in the place of t, the bandwidth in the place of the lags, and no sums
    of squares.
    """
    t = phillips_perron(y, request.bandwidth, request.deterministics)
    bandwidths = np.full(len(t), request.bandwidth)
    none = np.full(len(t), np.nan)
    return AdfFit(t, bandwidths, none, none, none)


def _cips(
    panels: np.ndarray,
    lags: np.ndarray,
    request: UnitRootRequest,
) -> tuple[dict[str, np.ndarray], AdfFit]:
    """Pesaran's CIPS: the mean t of regressions that hold the cross-section mean, with one number
    of lags a panel.
    """
    D, N, T = panels.shape
    mean_lags = lags.reshape(D, N).mean(axis=1)
    shared_lags = np.rint(mean_lags).astype(int)
    common = np.repeat(panels.mean(axis=1), N, axis=0)
    y = panels.reshape(D * N, T)
    fit = adf(y, np.repeat(shared_lags, N), request.deterministics, common)
    t = fit.t
    if request.truncated:
        t = np.clip(t, *tables.CIPS_BOUNDS[request.deterministics])
    return {"CIPS": t.reshape(D, N).mean(axis=1)}, fit


def _w_t_bar(
    t: np.ndarray,
    lags: np.ndarray,
    T: int,
    deterministics: str,
) -> np.ndarray:
    """W-t-bar of Im, Pesaran and Shin of each panel, (D,); NaN outside the table.

    W = sqrt(N) (mean t - mean E[t]) / sqrt(mean Var[t])
    """
    periods = (T - lags - 1).ravel()
    mean, variance = tables.im_pesaran_shin(periods, lags.ravel(), deterministics)
    excess = (t - mean.reshape(t.shape)).mean(axis=1)
    spread = variance.reshape(t.shape).mean(axis=1)
    statistic: np.ndarray = np.sqrt(t.shape[1]) * excess / np.sqrt(spread)
    return statistic


def _levin_lin_chu(
    y: np.ndarray,
    fit: AdfFit,
    shape: tuple[int, int],
    request: UnitRootRequest,
) -> np.ndarray:
    """Adjusted t statistic of each of D panels, (D,).

    Source: Levin, Lin and Chu (2002), section 3, doi:10.1016/S0304-4076(01)00098-7.
    """
    D, N = shape
    T = y.shape[1]
    variance = fit.ssr / (T - fit.lags - 1)

    # S_N: the mean over units of the ratio of long-run to short-run standard deviations
    changes = _detrended_changes(y, request.deterministics)
    ratios = np.sqrt(long_run_variance(changes, request.bandwidth) / variance)
    ratio = ratios.reshape(D, N).mean(axis=1)

    # The pooled regression of normalised dy on normalised y_{t-1}, both cleared of the other
    # regressors of the unit.
    product = _sum_over_units(fit.products / variance, shape)
    square = _sum_over_units(fit.squares / variance, shape)
    # what is explained and what is left of dy, cleared of the other regressors
    explained = fit.products**2 / fit.squares
    total = _sum_over_units((fit.ssr + explained) / variance, shape)
    delta = product / square
    mean_lags = fit.lags.reshape(D, N).mean(axis=1)
    periods = T - mean_lags - 1
    s2 = (total - delta * product) / (N * periods)
    std_error = np.sqrt(s2 / square)

    # Under the null t has neither mean 0 nor variance 1: mu* and sigma* of table 2 put it right.
    adjustments = [tables.levin_lin_chu(p, request.deterministics) for p in periods]
    mean, deviation = np.array(adjustments).T
    shift = N * periods * ratio / s2 * std_error * mean
    statistic: np.ndarray = (delta / std_error - shift) / deviation
    return statistic


def _detrended_changes(y: np.ndarray, deterministics: str) -> np.ndarray:
    """Differences of the rows of y (S, T) without their mean, and without their trend, (S, T -
    1).
    """
    changes = np.diff(y, axis=1)
    if deterministics != "none":
        changes = changes - changes.mean(axis=1, keepdims=True)
    if deterministics == "trend":
        n = changes.shape[1]
        clock = np.arange(n) - (n - 1) / 2
        slopes = changes @ clock / (clock @ clock)
        changes = changes - slopes[:, None] * clock
    return changes


def _sum_over_units(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    total: np.ndarray = values.reshape(shape).sum(axis=1)
    return total


def _fisher(t: np.ndarray, deterministics: str) -> dict[str, np.ndarray]:
    """Combinations of the p-values of t statistics (D, N), each (D,).

    Maddala and Wu's P, and Choi's modified P, inverse normal Z and logit L*.
    """
    p = mackinnon_p(t, deterministics)
    N = t.shape[1]
    # under the null each -2 ln p is chi-squared of 2, with variance 4
    minus_two_logs = -2 * np.log(p).sum(axis=1)
    # The logit sum has variance pi^2 N / 3, and its t distribution 5 N + 4 degrees of freedom.
    logit_scale = 3 * (5 * N + 4) / (np.pi**2 * N * (5 * N + 2))
    logits = np.log(p / (1 - p)).sum(axis=1)
    return {
        "Fisher P": minus_two_logs,
        "Fisher modified P": (minus_two_logs - 2 * N) / (2 * np.sqrt(N)),
        "Fisher inverse normal Z": special.ndtri(p).sum(axis=1) / np.sqrt(N),
        "Fisher logit L*": np.sqrt(logit_scale) * logits,
    }


def mackinnon_p(t: np.ndarray, deterministics: str) -> np.ndarray:
    """Asymptotic p-values of Dickey-Fuller t statistics, any shape, by MacKinnon's (1994)
    polynomials.
    """
    from statsmodels.tsa.adfvalues import mackinnonp

    code = _STATSMODELS_CODES[deterministics]
    inside = np.minimum(t.ravel(), _LARGEST_T[deterministics])
    p = np.array([mackinnonp(float(value), regression=code) for value in inside])
    within: np.ndarray = np.clip(p.reshape(t.shape), _LEAST_P, 1 - _LEAST_P)
    return within


def by_published_distribution(
    name: str,
    value: float,
    fit: AdfFit,
    shape: tuple[int, int],
    request: UnitRootRequest,
) -> TestResult:
    """The panel statistic beside its asymptotic distribution or table; `shape` is (N, T)."""
    N, T = shape
    if name == "CIPS":
        return _by_table_of_cips(value, N, T - int(fit.lags[0]) - 1, request)
    if name == "Fisher P":
        return TestResult.chi2(name, NULL, value, 2 * N)
    if name == "Fisher modified P":
        return TestResult(name, NULL, value, (), float(special.ndtr(-value)))
    if name == "Fisher logit L*":
        df = 5 * N + 4
        p = float(special.stdtr(df, value))
        return TestResult(name, NULL, value, (df,), p, law=f"t({df})")
    if name == "LLC adjusted t":
        mean_periods = float(T - fit.lags.mean() - 1)
        if mean_periods < tables.LLC_PERIODS[0]:
            return _too_short(name, tables.LLC_PERIODS[0], mean_periods)
    if name == "IPS W-t-bar" and not np.isfinite(value):
        shortest = float(np.min(T - fit.lags - 1))
        return _too_short(name, tables.IPS_PERIODS[0], shortest)
    return TestResult(name, NULL, value, (), float(special.ndtr(value)))


def _by_table_of_cips(
    value: float,
    N: int,
    periods: int,
    request: UnitRootRequest,
) -> TestResult:
    """CIPS beside its critical values: the p-value is interpolated between 1 and 10 %, and cut off
    there.
    """
    if periods < tables.CIPS_SIZES[0]:
        return _too_short("CIPS", tables.CIPS_SIZES[0], periods)
    critical = tables.cips(N, periods, request.deterministics, truncated=request.truncated)
    p = float(np.interp(value, critical, tables.CIPS_LEVELS))
    reason = ""
    if value < critical[0]:
        reason = "p-value below 0.01"
    elif value > critical[-1]:
        reason = "p-value above 0.10"
    return TestResult("CIPS", NULL, value, (), p, reason, law="Pesaran (2007)")


def _too_short(
    name: str,
    first: int,
    periods: float,
) -> TestResult:
    return TestResult.not_applicable(name, NULL, TOO_SHORT.format(first=first, periods=periods))


def simulated_statistics(
    shape: tuple[int, int],
    request: UnitRootRequest,
    draws: int,
    seed: int | None,
) -> dict[str, np.ndarray]:
    """Statistics of panels of independent Gaussian random walks of `shape` (N, T), (draws,)
    each.
    """
    rng = generator(seed, "unit roots")
    batches: list[dict[str, np.ndarray]] = []
    for start in range(0, draws, BATCH):
        count = min(BATCH, draws - start)
        walks = np.cumsum(rng.standard_normal((count, *shape)), axis=2)
        batches.append(panel_statistics(walks, request)[0])
    drawn = {}
    for name in batches[0]:
        drawn[name] = np.concatenate([batch[name] for batch in batches])
    return drawn


def by_simulation(
    name: str,
    value: float,
    drawn: np.ndarray,
) -> TestResult:
    """The panel statistic beside its simulated distribution, `drawn` of shape (draws,)."""
    as_extreme = drawn <= value
    if name in UPPER_TAIL:
        as_extreme = drawn >= value
    p = float((1 + as_extreme.sum()) / (1 + len(drawn)))
    return TestResult(name, NULL, value, (), p, law=f"simulated ({len(drawn)})")
