"""Westerlund's error-correction regressions, statistics and bootstrap, from arrays alone.

    dy_t = a (+ b t) + alpha y_{t-1} + gamma' x_{t-1} + sum_{j=1}^{p} a_j dy_{t-j} + sum_{k=-q}^{p}
    b_k' dx_{t-k} + e_t

for each unit. Under the null alpha = 0: what y and x are apart does not pull y back.

Source: Westerlund (2007), doi:10.1111/j.1468-0084.2007.00477.x; definitions as in Stata's xtwest
(Persyn and Westerlund 2008, doi:10.1177/1536867X0800800205).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from ...errors import DataError
from ...models.interface import RANK_TOLERANCE
from .dickey_fuller import (
    DETERMINISTIC_COLUMNS,
    deterministic_columns,
    long_run_variance,
    projected,
)

# bootstrap panels that are worked on together, to bound memory
BATCH = 100
# the lowest and the highest number of lags, and of leads
Ranges = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Regressions:
    """Error-correction regressions of S units with the same lags and leads.

    Attributes
    ----------
    alpha, t, ssr : arrays of shape (S,)
        Coefficient of y_{t-1}, its t statistic, sum of squared residuals.
    scale : array of shape (S,)
        alpha(1) = omega_u / omega_y: long-run standard deviations of u = sum b dx + e over those of
        dy.
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


def regress(
    y: np.ndarray,
    x: np.ndarray,
    lags: int,
    leads: int,
    deterministics: str,
    bandwidth: int,
) -> Regressions:
    """Error-correction regressions of the rows of y (S, T) on x (S, T, m)."""
    X, before_dx = _columns(y, x, lags, leads, deterministics)
    dy = np.diff(y, axis=1)
    explained = dy[:, lags : dy.shape[1] - leads]
    n, K = X.shape[1:]
    coordinates, e, R = projected(X, explained)
    _check_rank(X, R)
    b = np.linalg.solve(R, coordinates[:, :, None])[:, :, 0]
    ssr = np.sum(e**2, axis=1)

    # u = dy less all but the terms in dx. It runs on to the last period: only dx beyond the end,
    # which is no part of what is taken off, is not known there.
    to_the_end, _ = _columns(y, x, lags, 0, deterministics)
    level = y[:, lags:-1, None]
    taken_off = np.concatenate([to_the_end[:, :, :before_dx], level], axis=2)
    coefficients = b[:, [*range(before_dx), K - 1]]
    u = dy[:, lags:] - np.einsum("snk,sk->sn", taken_off, coefficients)

    # alpha(1) = omega_u / omega_y
    centred = dy
    if deterministics == "trend":
        centred = dy - dy.mean(axis=1, keepdims=True)
    omega_u = long_run_variance(u, bandwidth)
    omega_y = long_run_variance(centred, bandwidth)

    # The last diagonal element of R is the length of y_{t-1}, cleared of the other columns, up to
    # its sign.
    cleared = R[:, -1, -1]
    s = np.sqrt(ssr / (n - K))
    return Regressions(
        alpha=b[:, -1],
        t=coordinates[:, -1] * np.sign(cleared) / s,
        ssr=ssr,
        scale=np.sqrt(omega_u / omega_y),
        product=coordinates[:, -1] * cleared,
        square=cleared**2,
        df=n - K,
    )


def _check_rank(X: np.ndarray, R: np.ndarray) -> None:
    """Refuse regressors X (S, n, K), with triangles R (S, K, K), that are combinations of each
    other in a unit.
    """
    lengths = np.linalg.norm(X, axis=1)
    cleared = np.abs(np.diagonal(R, axis1=1, axis2=2))
    singular = (cleared <= RANK_TOLERANCE * lengths).any(axis=1)
    if not singular.any():
        return
    raise DataError(
        "regressors",
        expected="regressors, lags and levels that are no combinations of each other within a unit",
        got=f"{int(singular.sum())} of {len(X)} series where they are",
        remedy="Leave out what repeats the outcome or another regressor.",
    )


def _columns(
    y: np.ndarray,
    x: np.ndarray,
    lags: int,
    leads: int,
    deterministics: str,
) -> tuple[np.ndarray, int]:
    """Regressors (S, n, K), the level of y last, and the number of those that stand before the
    differences of x.
    """
    S, T = y.shape
    first, last = lags + 1, T - leads
    fixed = deterministic_columns(deterministics, last - first)
    dy = np.diff(y, axis=1)[:, :, None]
    dx = np.diff(x, axis=1)

    def shifted(values: np.ndarray, by: int) -> np.ndarray:
        """The periods that are explained, so many periods earlier."""
        return values[:, first - 1 - by : last - 1 - by]

    before_dx = [
        np.broadcast_to(fixed, (S, *fixed.shape)),
        shifted(x, 0),
        *(shifted(dy, j) for j in range(1, lags + 1)),
    ]
    of_dx = [shifted(dx, k) for k in range(-leads, lags + 1)]
    level = shifted(y, 0)[:, :, None]
    columns = np.concatenate([*before_dx, *of_dx, level], axis=2)
    return columns, sum(part.shape[2] for part in before_dx)


def least_periods(
    m: int,
    ranges: Ranges,
    deterministics: str,
) -> int:
    """Periods that the largest lags p and leads q of the ranges need with m regressors."""
    (_, p), (_, q) = ranges
    levels = 1 + m
    differences = p + m * (p + q + 1)
    regressors = DETERMINISTIC_COLUMNS[deterministics] + levels + differences
    # the periods that differences, lags and leads cost, and one residual degree of freedom
    return (p + q + 1) + regressors + 1


def select_lags_and_leads(
    y: np.ndarray,
    x: np.ndarray,
    ranges: Ranges,
    deterministics: str,
) -> np.ndarray:
    """Lags and leads of each unit by AIC, (N, 2), on the sample that the largest of them leave."""
    (low, most_lags), (near, most_leads) = ranges
    candidates = list(
        product(
            range(low, most_lags + 1),
            range(near, most_leads + 1),
        )
    )
    if len(candidates) == 1:
        return np.tile(candidates[0], (len(y), 1))
    criteria = []
    for p, q in candidates:
        # dropping the first most_lags - p and the last most_leads - q periods leaves all candidates
        # the same sample
        first, last = most_lags - p, y.shape[1] - (most_leads - q)
        kept = slice(first, last)
        kept_y, kept_x = y[:, kept], x[:, kept]
        X, _ = _columns(kept_y, kept_x, p, q, deterministics)
        dy = np.diff(kept_y, axis=1)
        explained = dy[:, p : dy.shape[1] - q]
        e = projected(X, explained)[1]
        n, K = X.shape[1:]
        variance = np.mean(e**2, axis=1)
        criteria.append(np.log(variance) + 2 * K / n)
    selected: np.ndarray = np.array(candidates)[np.argmin(criteria, axis=0)]
    return selected


def raw_statistics(
    y: np.ndarray,
    x: np.ndarray,
    chosen: np.ndarray,
    deterministics: str,
    bandwidth: int,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Gt, Ga, Pt and Pa of D panels at once, before they are standardised.

    Parameters
    ----------
    y, x : arrays of shape (D N, T) and (D N, T, m)
        The panels one after another.
    chosen : array of int, shape (N, 2)
        Lags and leads of each unit.
    deterministics : {"none", "constant", "trend"}
    bandwidth : int

    Returns
    -------
    The four statistics, each (D,), and alpha and t of each unit's regression, each (D N,).
    """
    N = len(chosen)
    alpha, t, df_alpha = _by_unit(y, x, chosen, deterministics, bandwidth)

    # The panel tests share alpha: dy and y_{t-1}, cleared of the rest by the mean lags and leads,
    # are pooled.
    p, q = chosen.mean(axis=0).astype(int)
    pooled = regress(y, x, int(p), int(q), deterministics, bandwidth)
    scaled = pooled.product / pooled.scale
    product = scaled.reshape(-1, N).sum(axis=1)
    square = pooled.square.reshape(-1, N).sum(axis=1)
    variances = pooled.ssr / pooled.df / pooled.scale**2
    variance = variances.reshape(-1, N).mean(axis=1)
    common_alpha = product / square

    statistics = {
        "Gt": t.reshape(-1, N).mean(axis=1),
        "Ga": df_alpha.reshape(-1, N).mean(axis=1),
        "Pt": common_alpha / np.sqrt(variance / square),
        "Pa": pooled.df * common_alpha,
    }
    return statistics, {"alpha": alpha, "t": t}


def _by_unit(
    y: np.ndarray,
    x: np.ndarray,
    chosen: np.ndarray,
    deterministics: str,
    bandwidth: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """alpha, its t, and df alpha / alpha(1), of each unit's own regression, each (D N,)."""
    S = len(y)
    alpha, t, df_alpha = np.empty((3, S))
    by_series = np.tile(chosen, (S // len(chosen), 1))
    for p, q in np.unique(chosen, axis=0):
        rows = (by_series == (p, q)).all(axis=1)
        fit = regress(
            y[rows],
            x[rows],
            int(p),
            int(q),
            deterministics,
            bandwidth,
        )
        alpha[rows] = fit.alpha
        t[rows] = fit.t
        df_alpha[rows] = fit.df * fit.alpha / fit.scale
    return alpha, t, df_alpha


def bootstrap_statistics(
    y: np.ndarray,
    x: np.ndarray,
    chosen: np.ndarray,
    deterministics: str,
    bandwidth: int,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """The four statistics of panels made under the null, (draws,) each; arrays as in
    `raw_statistics` with D = 1.
    """
    process = null_process(y, x, chosen, deterministics)
    T = y.shape[1]
    batches = []
    for start in range(0, draws, BATCH):
        count = min(BATCH, draws - start)
        made = [process.draw(T, rng) for _ in range(count)]
        ys = np.concatenate([panel[0] for panel in made])
        xs = np.concatenate([panel[1] for panel in made])
        batches.append(raw_statistics(ys, xs, chosen, deterministics, bandwidth)[0])
    drawn = {}
    for name in batches[0]:
        drawn[name] = np.concatenate([batch[name] for batch in batches])
    return drawn


@dataclass(frozen=True, eq=False)
class NullProcess:
    """dy = sum a_j dy_{t-j} + sum b_k' dx_{t-k} + e of each unit, with the (e, dx) to draw from.

    Attributes
    ----------
    own : array of shape (N, p)
        a_j, zero beyond a unit's lags.
    cross : array of shape (N, p + q + 1, m)
        b_k for k = -q to p, zero beyond a unit's own.
    e : array of shape (N, n)
        Residuals, centred.
    dx : array of shape (N, n, m)
        Centred.
    leads : int
        q.
    """

    own: np.ndarray
    cross: np.ndarray
    e: np.ndarray
    dx: np.ndarray
    leads: int

    def draw(
        self,
        T: int,
        rng: np.random.Generator,
    ) -> tuple[np.ndarray, np.ndarray]:
        """One panel of levels, y (N, T) and x (N, T, m); the same periods are drawn for all
        units.
        """
        N, p = self.own.shape
        steps = T + p
        n = self.e.shape[1]
        drawn = rng.integers(n, size=steps + p + self.leads)
        e = self.e[:, drawn]
        dx = self.dx[:, drawn]

        # u_t = e_t + sum_k b_k' dx_{t-k}
        u = e[:, p : p + steps].copy()
        for position in range(self.cross.shape[1]):
            k = position - self.leads
            shifted = dx[:, p - k : p - k + steps]
            u += np.einsum("ntm,nm->nt", shifted, self.cross[:, position])

        # dy_t = sum_j a_j dy_{t-j} + u_t
        dy = np.zeros((N, steps))
        for t in range(steps):
            dy[:, t] = u[:, t]
            for j in range(1, min(p, t) + 1):
                dy[:, t] += self.own[:, j - 1] * dy[:, t - j]

        # the first p steps only start the recursion
        dx = dx[:, p : p + steps]
        x = np.cumsum(dx[:, -T:], axis=1)
        y = np.cumsum(dy[:, -T:], axis=1)
        return y, x


def null_process(
    y: np.ndarray,
    x: np.ndarray,
    chosen: np.ndarray,
    deterministics: str,
) -> NullProcess:
    """Regressions without the levels, by unit, on the sample that the largest lags and leads
    leave.
    """
    N, T, m = x.shape
    p, q = (int(largest) for largest in chosen.max(axis=0))
    n = T - 1 - p - q
    own = np.zeros((N, p))
    cross = np.zeros((N, p + q + 1, m))
    e = np.empty((N, n))
    for i, (lags, leads) in enumerate(chosen):
        own_y = y[i : i + 1]
        own_x = x[i : i + 1]
        b, residuals = _without_levels(own_y, own_x, lags, leads, deterministics)

        # a unit with fewer lags than others has residuals before the sample of all begins
        early = p - lags
        shared = residuals[early : early + n]
        e[i] = shared - shared.mean()

        # a_1 to a_p, then b_-q to b_p; what the unit does not have stays zero
        of_dy = b[:lags]
        of_dx = b[lags:]
        own[i, :lags] = of_dy
        cross[i, q - leads : q + lags + 1] = of_dx.reshape(-1, m)

    dx = np.diff(x, axis=1)[:, p : p + n]
    centred = dx - dx.mean(axis=1, keepdims=True)
    return NullProcess(own, cross, e, centred, q)


def _without_levels(
    y: np.ndarray,
    x: np.ndarray,
    lags: int,
    leads: int,
    deterministics: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of the differences and residuals of one unit's regression, y (1, T) and x (1, T,
    m).
    """
    T, m = x.shape[1:]
    fixed = DETERMINISTIC_COLUMNS[deterministics]
    X = _columns(y, x, lags, leads, deterministics)[0][0]
    # the levels of x follow the deterministic terms, that of y is last
    last = X.shape[1] - 1
    Z = X[:, [*range(fixed), *range(fixed + m, last)]]
    dy = np.diff(y[0])[lags : T - 1 - leads]
    b = np.linalg.lstsq(Z, dy, rcond=None)[0]
    return b[fixed:], dy - Z @ b
