"""Westerlund's (2007) tests of no cointegration: is there error correction in some units, or in the panel?

    dy_t = a (+ b t) + alpha y_{t-1} + gamma' x_{t-1} + sum_{j=1}^{p} a_j dy_{t-j} + sum_{k=-q}^{p} b_k' dx_{t-k} + e_t

for each unit. Under the null alpha = 0: what y and x are apart does not pull y back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from ...errors import DataError, OptionError
from ...models.interface import RANK_TOLERANCE
from ...options import Deterministics, check_option, whole_number
from ...results import TestGroup, TestResult
from .dickey_fuller import long_run_variance
from .published_moments import WESTERLUND
from .series_test import SeriesTest, check_series

if TYPE_CHECKING:
    from ...panel import Panel

NULL = {
    "Gt": "no error correction in any unit",
    "Ga": "no error correction in any unit",
    "Pt": "no error correction in the panel",
    "Pa": "no error correction in the panel",
}
# bootstrap panels that are worked on together, to bound memory
BATCH = 100
_TERMS = {"none": 0, "constant": 1, "trend": 2}


@dataclass(frozen=True, eq=False)
class Regressions:
    """Error-correction regressions of S units with the same lags and leads.

    Attributes
    ----------
    alpha, t, ssr : arrays of shape (S,)
        Coefficient of y_{t-1}, its t statistic, sum of squared residuals.
    scale : array of shape (S,)
        alpha(1) = omega_u / omega_y: long-run standard deviations of u = sum b dx + e over those of dy.
    product, square : arrays of shape (S,)
        Of dy and y_{t-1}, cleared of all other regressors: their product and the latter's square.
    df : int
        Residual degrees of freedom.
    """

    alpha: np.ndarray
    t: np.ndarray
    ssr: np.ndarray
    scale: np.ndarray
    product: np.ndarray
    square: np.ndarray
    df: int


def regress(y: np.ndarray, x: np.ndarray, lags: int, leads: int, kind: str, bandwidth: int) -> Regressions:
    """Error-correction regressions of the rows of y (S, T) on x (S, T, m)."""
    X, short = _columns(y, x, lags, leads, kind)
    change = np.diff(y, axis=1)
    dy = change[:, lags : change.shape[1] - leads]
    n, K = X.shape[1:]
    Q, R = np.linalg.qr(X)
    diagonal = np.abs(np.diagonal(R, axis1=1, axis2=2))
    singular = int((diagonal <= RANK_TOLERANCE * np.linalg.norm(X, axis=1)).any(axis=1).sum())
    if singular:
        raise DataError(
            "regressors",
            expected="regressors, lags and levels that are no combinations of each other within a unit",
            got=f"{singular} of {len(X)} series where they are",
            remedy="Leave out what repeats the outcome or another regressor.",
        )
    found = np.einsum("snk,sn->sk", Q, dy)
    e = dy - np.einsum("snk,sk->sn", Q, found)
    ssr, corner = np.sum(e**2, axis=1), R[:, -1, -1]
    b = np.linalg.solve(R, found[:, :, None])[:, :, 0]
    # u runs on to the last period: only dx beyond the end, which is no part of what is taken off, is not known there
    without = np.concatenate([_columns(y, x, lags, 0, kind)[0][:, :, :short], y[:, lags:-1, None]], axis=2)
    u = change[:, lags:] - np.einsum("snk,sk->sn", without, b[:, [*range(short), K - 1]])
    centred = change - change.mean(axis=1, keepdims=True) if kind == "trend" else change
    ratio = np.sqrt(long_run_variance(u, bandwidth) / long_run_variance(centred, bandwidth))
    t = found[:, -1] * np.sign(corner) / np.sqrt(ssr / (n - K))
    return Regressions(b[:, -1], t, ssr, ratio, found[:, -1] * corner, corner**2, n - K)


def _columns(y: np.ndarray, x: np.ndarray, lags: int, leads: int, kind: str) -> tuple[np.ndarray, int]:
    """Regressors (S, n, K), the level of y last, and the number of those before the differences of x."""
    S, T = y.shape
    first, last = lags + 1, T - leads
    n = last - first
    parts = [np.broadcast_to(np.column_stack([np.ones(n), np.arange(1.0, n + 1)]), (S, n, 2))[:, :, : _TERMS[kind]]]
    parts.append(x[:, first - 1 : last - 1])
    dy, dx = np.diff(y, axis=1), np.diff(x, axis=1)
    parts += [dy[:, first - 1 - j : last - 1 - j, None] for j in range(1, lags + 1)]
    short = sum(part.shape[2] for part in parts)
    parts += [dx[:, first - 1 - k : last - 1 - k] for k in range(-leads, lags + 1)]
    return np.concatenate([*parts, y[:, first - 1 : last - 1, None]], axis=2), short


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
        p of dy and dx, and q of dx. A range lets each unit choose by AIC; the panel tests Pt and Pa then take the
        means, rounded down.
    bandwidth : int, optional
        Of the Bartlett long-run variances; 4 (T / 100)^(2/9), rounded down, by default.
    draws : int
        Of the bootstrap; 0 for none.
    seed : int, optional
        Of the draws.

    Returns
    -------
    SeriesTest
        ``tests`` has Gt, Ga (rejected: some units are cointegrated), Pt, Pa (the panel is); the statistics are the
        standardised ones, normal when N follows T to infinity and units are independent, and the raw ones are in
        `reason`. With draws the same four by the bootstrap, raw, as "Gt (bootstrap)".

    Raises
    ------
    DataError
        Too few periods for the lags and leads, a series that does not vary, more than six regressors.
    OptionError

    Notes
    -----
    Definitions are those of Stata's xtwest (Persyn and Westerlund 2008), with the residual degrees of freedom as T in
    Ga and Pa. Ranges of lags are compared on one sample, that of the largest, by ln(ssr / n) + 2 K / n. The bootstrap
    draws periods with replacement, the same for all units, from (e, dx) of the regressions under the null: dependence
    between units is kept, dependence over time beyond the lags is not. x is taken as a random walk with increments that
    are independent over time.

    References
    ----------
    Westerlund (2007), doi:10.1111/j.1468-0084.2007.00477.x. Persyn and Westerlund (2008),
    doi:10.1177/1536867X0800800205.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel(2010, 2024, shares=False)
    >>> found = bd.cointegration_test(panel, "urban_share", ["log(gdp_pc)"])
    >>> [test.name for test in found.tests]
    ['Gt', 'Ga', 'Pt', 'Pa']
    """
    names = [regressors] if isinstance(regressors, str) else list(regressors)
    if not 1 <= len(names) <= 6:
        raise DataError("regressors", expected="one to six", got=f"{len(names)}")
    check_option("deterministics", deterministics, Deterministics)
    whole_number("draws", draws)
    ranges = _range("lags", lags), _range("leads", leads)
    y = panel.evaluate(outcome).T
    x = np.stack([panel.evaluate(name).T for name in names], axis=2)
    for name, values in zip([outcome, *names], [y, *np.moveaxis(x, 2, 0)], strict=True):
        check_series(panel, name, values)
    _check_length(y.shape[1], len(names), ranges, deterministics)
    window = int(4 * (y.shape[1] / 100) ** (2 / 9)) if bandwidth is None else whole_number("bandwidth", bandwidth)
    chosen = _select(y, x, ranges, deterministics)
    values, units = _statistics(y, x, chosen, deterministics, window)
    tests = [_standardised(name, value[0], len(y), len(names), deterministics) for name, value in values.items()]
    if draws:
        drawn = _bootstrap(y, x, chosen, deterministics, window, draws, np.random.default_rng(seed))
        tests += [_beside(name, value[0], drawn[name]) for name, value in values.items()]
    index = pd.Index(panel.units, name=panel.unit)
    table = pd.DataFrame({**units, "lags": chosen[:, 0], "leads": chosen[:, 1]}, index=index)
    described = {
        "variable": outcome,
        "regressors": ", ".join(names),
        "test": "westerlund",
        "deterministics": deterministics,
        "lags": str(lags),
        "leads": str(leads),
        "bandwidth": window,
        "n_units": len(y),
        "n_periods": y.shape[1],
        "draws": draws,
        "seed": seed,
    }
    title = f"Westerlund's tests: {outcome} on {', '.join(names)} (deterministic terms: {deterministics})"
    return SeriesTest(TestGroup(title, tuple(tests)), table, None, described)


def _range(name: str, value: Any) -> tuple[int, int]:
    ends = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else (value, value)
    if len(ends) != 2:
        raise OptionError(name, expected="a number, or the lowest and the highest", got=repr(value))
    low, high = (whole_number(name, end) for end in ends)
    if low > high:
        raise OptionError(name, expected="a number, or the lowest and the highest", got=repr(value))
    return low, high


def _check_length(T: int, m: int, ranges: tuple[tuple[int, int], tuple[int, int]], kind: str) -> None:
    p, q = ranges[0][1], ranges[1][1]
    needed = (p + q + 1) + (_TERMS[kind] + 1 + m + p + m * (p + q + 1)) + 1
    if needed > T:
        raise DataError(
            "panel",
            expected=f"at least {needed} periods for {p} lags, {q} leads and {m} regressors",
            got=f"{T}",
            remedy="Use fewer lags, leads or regressors.",
        )


def _select(y: np.ndarray, x: np.ndarray, ranges: tuple[tuple[int, int], tuple[int, int]], kind: str) -> np.ndarray:
    """Lags and leads of each unit by AIC, (N, 2), on the sample that the largest leave."""
    (low, high), (near, far) = ranges
    able = [(p, q) for p in range(low, high + 1) for q in range(near, far + 1)]
    if len(able) == 1:
        return np.tile(able[0], (len(y), 1))
    scores = []
    for p, q in able:
        # dropping the first high - p and the last far - q periods leaves all candidates the same sample
        cut = slice(high - p, y.shape[1] - (far - q))
        X, _ = _columns(y[:, cut], x[:, cut], p, q, kind)
        change = np.diff(y[:, cut], axis=1)
        dy = change[:, p : change.shape[1] - q]
        Q: Any = np.linalg.qr(X)[0]
        e = dy - np.einsum("snk,sk->sn", Q, np.einsum("snk,sn->sk", Q, dy))
        n, K = X.shape[1:]
        scores.append(np.log(np.mean(e**2, axis=1)) + 2 * K / n)
    return np.array(able)[np.argmin(scores, axis=0)]


def _statistics(
    y: np.ndarray, x: np.ndarray, chosen: np.ndarray, kind: str, window: int
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The four raw statistics, each (D,), of D panels stacked in y (D N, T) and x (D N, T, m); alpha and t by unit."""
    N = len(chosen)
    S = len(y)
    alpha, t, scaled = np.empty(S), np.empty(S), np.empty(S)
    own = np.tile(chosen, (S // N, 1))
    for p, q in np.unique(chosen, axis=0):
        rows = (own == (p, q)).all(axis=1)
        found = regress(y[rows], x[rows], int(p), int(q), kind, window)
        alpha[rows], t[rows] = found.alpha, found.t
        scaled[rows] = found.df * found.alpha / found.scale
    p, q = chosen.mean(axis=0).astype(int)
    pooled = regress(y, x, int(p), int(q), kind, window)
    product, square = ((v.reshape(-1, N)).sum(axis=1) for v in (pooled.product / pooled.scale, pooled.square))
    spread = (pooled.ssr / pooled.df / pooled.scale**2).reshape(-1, N).mean(axis=1)
    common = product / square
    statistics = {
        "Gt": t.reshape(-1, N).mean(axis=1),
        "Ga": scaled.reshape(-1, N).mean(axis=1),
        "Pt": common / np.sqrt(spread / square),
        "Pa": pooled.df * common,
    }
    return statistics, {"alpha": alpha, "t": t}


def _standardised(name: str, value: float, N: int, m: int, kind: str) -> TestResult:
    mean, variance = (row[m - 1] for row in WESTERLUND[kind][name])
    scale = 1.0 if name == "Pt" else np.sqrt(N)
    z = float((scale * value - np.sqrt(N) * mean) / np.sqrt(variance))
    return TestResult(name, NULL[name], z, (), float(special.ndtr(z)), f"{name} = {value:.3f} before standardising")


def _beside(name: str, value: float, drawn: np.ndarray) -> TestResult:
    p = float((1 + (drawn <= value).sum()) / (1 + len(drawn)))
    return TestResult(f"{name} (bootstrap)", NULL[name], float(value), (), p, law=f"bootstrap ({len(drawn)})")


def _bootstrap(
    y: np.ndarray, x: np.ndarray, chosen: np.ndarray, kind: str, window: int, draws: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """The four statistics of panels made under the null, (draws,) each."""
    found = []
    process = _null_process(y, x, chosen, kind)
    for start in range(0, draws, BATCH):
        R = min(BATCH, draws - start)
        made = [process.draw(y.shape[1], rng) for _ in range(R)]
        ys, xs = (np.concatenate(parts) for parts in zip(*made, strict=True))
        found.append(_statistics(ys, xs, chosen, kind, window)[0])
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}


@dataclass(frozen=True, eq=False)
class _NullProcess:
    """dy = sum a_j dy_{t-j} + sum b_k' dx_{t-k} + e of each unit, with the (e, dx) to draw from.

    Attributes
    ----------
    own : array of shape (N, p)
        a_j, zero beyond a unit's lags.
    cross : array of shape (N, p + q + 1, m)
        b_k for k = -q to p, zero beyond a unit's own.
    e : array of shape (N, n)
    dx : array of shape (N, n, m)
        Centred.
    leads : int
    """

    own: np.ndarray
    cross: np.ndarray
    e: np.ndarray
    dx: np.ndarray
    leads: int

    def draw(self, T: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """One panel of levels, y (N, T) and x (N, T, m); the same periods are drawn for all units."""
        (N, p), n = self.own.shape, self.e.shape[1]
        length = T + p + self.leads + p
        at = rng.integers(n, size=length)
        e, dx = self.e[:, at], self.dx[:, at]
        steps = length - p - self.leads
        u = e[:, p : p + steps].copy()
        for place in range(self.cross.shape[1]):
            k = place - self.leads
            u += np.einsum("ntm,nm->nt", dx[:, p - k : p - k + steps], self.cross[:, place])
        dy = np.zeros((N, steps))
        for t in range(steps):
            dy[:, t] = u[:, t]
            for j in range(1, min(p, t) + 1):
                dy[:, t] += self.own[:, j - 1] * dy[:, t - j]
        return np.cumsum(dy[:, -T:], axis=1), np.cumsum(dx[:, p : p + steps][:, -T:], axis=1)


def _null_process(y: np.ndarray, x: np.ndarray, chosen: np.ndarray, kind: str) -> _NullProcess:
    """Regressions without the levels, by unit, on the sample that the largest lags and leads leave."""
    N, T, m = x.shape
    p, q = (int(v) for v in chosen.max(axis=0))
    n = T - 1 - p - q
    own, cross, e = np.zeros((N, p)), np.zeros((N, p + q + 1, m)), np.empty((N, n))
    dx = np.diff(x, axis=1)
    for i, (lags, leads) in enumerate(chosen):
        X, short = _columns(y[i : i + 1], x[i : i + 1], lags, leads, kind)
        keep = [*range(_TERMS[kind]), *range(_TERMS[kind] + m, X.shape[2] - 1)]
        change = np.diff(y[i])
        rows = slice(p - lags, p - lags + n)
        Z, dy = X[0][:, keep], change[lags : T - 1 - leads]
        b = np.linalg.lstsq(Z, dy, rcond=None)[0]
        left = (dy - Z @ b)[rows]
        e[i] = left - left.mean()
        first = _TERMS[kind]
        own[i, :lags] = b[first : first + lags]
        cross[i, q - leads : q + lags + 1] = b[first + lags :].reshape(-1, m)
    inside = dx[:, p : p + n]
    return _NullProcess(own, cross, e, inside - inside.mean(axis=1, keepdims=True), q)
