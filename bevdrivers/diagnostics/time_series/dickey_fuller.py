"""Dickey-Fuller and Phillips-Perron regressions of many series at once: arrays in, t statistics out.

    dy_t = a (+ b t) + phi y_{t-1} + sum_{j=1}^{p} c_j dy_{t-j} (+ columns of the cross-section means) + e_t

Series are the rows of an array (S, T); S is N units, or N units times the draws of a simulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

# Hall (1994): the last lag stays when its t statistic is beyond this, the 5 % point, as in R's plm
HALL_LIMIT = 1.96
# a share of a sum of squares that is rounding
EXACT = 1e-18


@dataclass(frozen=True, eq=False)
class AdfFit:
    """Regressions of S series.

    Attributes
    ----------
    t : array of shape (S,)
        t statistic of phi, with the variance over the residual degrees of freedom.
    lags : array of int, shape (S,)
    ssr : array of shape (S,)
        Sum of squared residuals.
    products, squares : arrays of shape (S,)
        Of dy and y_{t-1}, cleared of all other regressors: their product and the latter's square, so that
        phi = products / squares.
    """

    t: np.ndarray
    lags: np.ndarray
    ssr: np.ndarray
    products: np.ndarray
    squares: np.ndarray


def least_rows(lags: int, deterministics: str, extra: int = 0) -> int:
    """Periods that a series needs so that one residual degree of freedom is left."""
    return 2 * lags + 3 + _count(deterministics) + extra


def _count(deterministics: str) -> int:
    return {"none": 0, "constant": 1, "trend": 2}[deterministics]


def _deterministic(kind: str, n: int) -> np.ndarray:
    """Constant and trend, (n, 0, 1 or 2)."""
    return np.column_stack([np.ones(n), np.arange(1.0, n + 1)])[:, : _count(kind)]


def _columns(y: np.ndarray, p: int, first: int, kind: str, common: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """dy (S, n) of the periods from `first` on, and its regressors (S, n, K), the level last.

    `common`, (S, T), is the cross-section mean of each series: its level and differences of lags 0 to p are added.
    """
    S, T = y.shape
    n = T - first
    change = np.diff(y, axis=1)
    parts = [np.broadcast_to(_deterministic(kind, n), (S, n, _count(kind)))]
    lagged = [change[:, first - 1 - j : T - 1 - j] for j in range(1, p + 1)]
    if common is not None:
        shift = np.diff(common, axis=1)
        lagged += [shift[:, first - 1 - j : T - 1 - j] for j in range(p + 1)]
        lagged.append(common[:, first - 1 : T - 1])
    parts += [column[:, :, None] for column in [*lagged, y[:, first - 1 : T - 1]]]
    return change[:, first - 1 :], np.concatenate(parts, axis=2)


def _last(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Least squares of y (S, n) on X (S, n, K): t of the last column, ssr, and the last column's product and square.

    t is NaN where the other columns explain y, or the last column, exactly.
    """
    n, K = X.shape[1:]
    Q, R = np.linalg.qr(X)
    found = np.einsum("snk,sn->sk", Q, y)
    e = y - np.einsum("snk,sk->sn", Q, found)
    ssr = np.sum(e**2, axis=1)
    corner = R[:, -1, -1]
    exact = (ssr <= EXACT * np.sum(y**2, axis=1)) | (corner**2 <= EXACT * np.sum(X[:, :, -1] ** 2, axis=1))
    spread = np.sqrt(np.where(exact, np.nan, ssr) / (n - K))
    t = found[:, -1] * np.sign(corner) / spread
    return t, ssr, found[:, -1] * corner, corner**2


def adf(y: np.ndarray, lags: np.ndarray, kind: str, common: np.ndarray | None = None) -> AdfFit:
    """Augmented Dickey-Fuller regressions of the rows of y (S, T) with `lags` (S,)."""
    found = np.empty((4, len(y)))
    for p in np.unique(lags):
        rows = lags == p
        shared = None if common is None else common[rows]
        change, X = _columns(y[rows], int(p), int(p) + 1, kind, shared)
        found[:, rows] = _last(X, change)
    t, ssr, products, squares = found
    return AdfFit(t, lags, ssr, products, squares)


def select_lags(y: np.ndarray, rule: str, most: int, kind: str) -> np.ndarray:
    """Lags (S,) of each series, from 0 to `most`, chosen on the observations that `most` lags leave.

    "aic" and "bic" minimise ln(ssr / n) + K / n times 2 or ln n; "hall" goes down from `most` until the last lag is
    significant at 5 % (Hall 1994, doi:10.1080/07350015.1994.10524568).
    """
    if rule == "hall":
        return _hall(y, most, kind)
    scores = []
    for p in range(most + 1):
        change, X = _columns(y, p, most + 1, kind, None)
        n, K = X.shape[1:]
        scores.append(np.log(_last(X, change)[1] / n) + K / n * (2.0 if rule == "aic" else np.log(n)))
    return np.argmin(scores, axis=0)


def _hall(y: np.ndarray, most: int, kind: str) -> np.ndarray:
    chosen = np.zeros(len(y), int)
    open_ = np.ones(len(y), bool)
    for p in range(most, 0, -1):
        change, X = _columns(y, p, most + 1, kind, None)
        last = _count(kind) + p - 1
        order = [k for k in range(X.shape[2]) if k != last] + [last]
        stays = open_ & (np.abs(_last(X[:, :, order], change)[0]) >= HALL_LIMIT)
        chosen[stays] = p
        open_ &= ~stays
    return chosen


def phillips_perron(y: np.ndarray, bandwidth: int, kind: str) -> np.ndarray:
    """Phillips and Perron's Z_t of the rows of y (S, T), with the Bartlett kernel, (S,).

        Z_t = sqrt(g0 / l2) t - (l2 - g0) / (2 sqrt(l2)) n / sqrt(S),   l2 = g0 + 2 sum_j (1 - j / (q + 1)) g_j

    with g_j the autocovariances of the residuals (over n) and S the level's square, cleared of constant and trend.

    Source: Phillips and Perron (1988), doi:10.1093/biomet/75.2.335; Hamilton (1994), Time Series Analysis, eq. 17.6.12.
    """
    change, X = _columns(y, 0, 1, kind, None)
    n = X.shape[1]
    Q: Any = np.linalg.qr(X)[0]
    e = change - np.einsum("snk,sk->sn", Q, np.einsum("snk,sn->sk", Q, change))
    t, ssr, _, squares = _last(X, change)
    long_run, short = long_run_variance(e, bandwidth), ssr / n
    return np.sqrt(short / long_run) * t - (long_run - short) / (2 * np.sqrt(long_run)) * n / np.sqrt(squares)


def long_run_variance(e: np.ndarray, bandwidth: int) -> np.ndarray:
    """Bartlett long-run variance of the rows of e (S, n), (S,)."""
    n = e.shape[1]
    total = np.sum(e**2, axis=1)
    for j in range(1, min(bandwidth, n - 1) + 1):
        total = total + 2 * (1 - j / (bandwidth + 1)) * np.sum(e[:, j:] * e[:, :-j], axis=1)
    return total / n
