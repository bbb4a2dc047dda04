"""Dickey-Fuller and Phillips-Perron regressions of many series at once: arrays in, t statistics
out.

    dy_t = a (+ b t) + phi y_{t-1} + sum_{j=1}^{p} c_j dy_{t-j} (+ columns of the cross-section
    means) + e_t

Series are the rows of an array (S, T); S is N units, or N units times the draws of a simulation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Hall (1994): the last lag stays when its t statistic is beyond this, the 5 % point, as in R's plm
HALL_LIMIT = 1.96
# a share of a sum of squares that is rounding
EXACT = 1e-18
DETERMINISTIC_COLUMNS = {
    "none": 0,
    "constant": 1,
    "trend": 2,
}


@dataclass(frozen=True, eq=False)
class AdfFit:
    """Regressions of S series.

    Attributes
    ----------
    t : array of shape (S,)
        t statistic of phi, with the variance over the residual degrees of freedom.
    lags : array of int, shape (S,)
        Lagged differences in each regression.
    ssr : array of shape (S,)
        Sum of squared residuals.
    products, squares : arrays of shape (S,)
        Of dy and y_{t-1}, cleared of all other regressors: their product and the latter's square,
        so that phi = products / squares.
    """

    t: np.ndarray
    lags: np.ndarray
    ssr: np.ndarray
    products: np.ndarray
    squares: np.ndarray


def least_periods(
    lags: int,
    deterministics: str,
    further_columns: int = 0,
) -> int:
    """Periods that a series needs so that one residual degree of freedom is left."""
    return 2 * lags + 3 + DETERMINISTIC_COLUMNS[deterministics] + further_columns


def deterministic_columns(deterministics: str, n: int) -> np.ndarray:
    """Constant and trend of n observations, (n, 0, 1 or 2)."""
    constant = np.ones(n)
    trend = np.arange(1.0, n + 1)
    columns = np.column_stack([constant, trend])
    return columns[:, : DETERMINISTIC_COLUMNS[deterministics]]


def adf_columns(
    y: np.ndarray,
    p: int,
    first: int,
    deterministics: str,
    common: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Outcome and regressors of the Dickey-Fuller regressions of the rows of y.

    Parameters
    ----------
    y : array of shape (S, T)
    p : int
        Lagged differences.
    first : int
        The first period whose difference is explained, counted from 0.
    deterministics : {"none", "constant", "trend"}
    common : array of shape (S, T), optional
        The cross-section mean that belongs to each series: its level and its differences of lags 0
        to p are added.

    Returns
    -------
    dy of shape (S, n) and the regressors of shape (S, n, K), the level y_{t-1} last.
    """
    S, T = y.shape
    n = T - first
    dy = np.diff(y, axis=1)

    def shifted(values: np.ndarray, by: int) -> np.ndarray:
        """From the first period that is explained, so many periods earlier."""
        return values[:, first - 1 - by : T - 1 - by]

    columns = [shifted(dy, j) for j in range(1, p + 1)]
    if common is not None:
        d_common = np.diff(common, axis=1)
        columns += [shifted(d_common, j) for j in range(p + 1)]
        columns.append(shifted(common, 0))
    columns.append(shifted(y, 0))
    fixed = deterministic_columns(deterministics, n)
    fixed = np.broadcast_to(fixed, (S, *fixed.shape))
    varying = np.stack(columns, axis=2)
    X = np.concatenate([fixed, varying], axis=2)
    return dy[:, first - 1 :], X


def projected(
    X: np.ndarray,
    y: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least squares of y (S, n) on X (S, n, K) by the QR decomposition.

    Returns
    -------
    Q'y of shape (S, K), the residuals of shape (S, n), and the triangles R of shape (S, K, K).
    """
    Q, R = np.linalg.qr(X)
    coordinates = np.einsum("snk,sn->sk", Q, y)
    residuals = y - np.einsum("snk,sk->sn", Q, coordinates)
    return coordinates, residuals, R


def _of_last_column(
    X: np.ndarray,
    y: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Least squares of y (S, n) on X (S, n, K), seen from the last column x of X.

    Returns
    -------
    t statistic of x, sum of squared residuals, and of y and x cleared of the other columns: their
    product, and the square of x. All have shape (S,). t is NaN where the other columns explain y,
    or x, exactly.
    """
    n, K = X.shape[1:]
    coordinates, residuals, R = projected(X, y)
    ssr = np.sum(residuals**2, axis=1)
    # The last diagonal element of R is the length of x, cleared of the other columns, up to its
    # sign.
    cleared = R[:, -1, -1]
    squares = cleared**2
    products = coordinates[:, -1] * cleared
    y_is_explained = ssr <= EXACT * np.sum(y**2, axis=1)
    x = X[:, :, -1]
    x_is_explained = squares <= EXACT * np.sum(x**2, axis=1)
    free_ssr = np.where(y_is_explained | x_is_explained, np.nan, ssr)
    s = np.sqrt(free_ssr / (n - K))
    t = coordinates[:, -1] * np.sign(cleared) / s
    return t, ssr, products, squares


def adf(
    y: np.ndarray,
    lags: np.ndarray,
    deterministics: str,
    common: np.ndarray | None = None,
) -> AdfFit:
    """Augmented Dickey-Fuller regressions of the rows of y (S, T) with `lags` (S,); `common` as in
    `adf_columns`.
    """
    t, ssr, products, squares = np.empty((4, len(y)))
    for p in np.unique(lags):
        rows = lags == p
        shared = None
        if common is not None:
            shared = common[rows]
        dy, X = adf_columns(y[rows], int(p), int(p) + 1, deterministics, shared)
        t[rows], ssr[rows], products[rows], squares[rows] = _of_last_column(X, dy)
    return AdfFit(t, lags, ssr, products, squares)


def select_lags(
    y: np.ndarray,
    rule: str,
    most: int,
    deterministics: str,
) -> np.ndarray:
    """Lags (S,) of each series, from 0 to `most`, chosen on the observations that `most` lags
    leave.

    "aic" and "bic" minimise ln(ssr / n) + K / n times 2 or ln n; "hall" goes down from `most` until
    the last lag is significant at 5 % (Hall 1994, doi:10.1080/07350015.1994.10524568).
    """
    if rule == "hall":
        return _hall(y, most, deterministics)
    criteria = []
    for p in range(most + 1):
        dy, X = adf_columns(y, p, most + 1, deterministics)
        n, K = X.shape[1:]
        _, ssr, _, _ = _of_last_column(X, dy)
        penalty = 2.0
        if rule == "bic":
            penalty = np.log(n)
        with np.errstate(divide="ignore"):  # an exact fit, which is refused by its reader
            criteria.append(np.log(ssr / n) + K / n * penalty)
    selected: np.ndarray = np.argmin(criteria, axis=0)
    return selected


def _hall(
    y: np.ndarray,
    most: int,
    deterministics: str,
) -> np.ndarray:
    chosen = np.zeros(len(y), int)
    undecided = np.ones(len(y), bool)
    for p in range(most, 0, -1):
        dy, X = adf_columns(y, p, most + 1, deterministics)
        # The longest lag is put last, where its t statistic is read off.
        longest = DETERMINISTIC_COLUMNS[deterministics] + p - 1
        others = [k for k in range(X.shape[2]) if k != longest]
        t, _, _, _ = _of_last_column(X[:, :, [*others, longest]], dy)
        stays = undecided & (np.abs(t) >= HALL_LIMIT)
        chosen[stays] = p
        undecided &= ~stays
    return chosen


def phillips_perron(
    y: np.ndarray,
    bandwidth: int,
    deterministics: str,
) -> np.ndarray:
    """Phillips and Perron's Z_t of the rows of y (S, T), with the Bartlett kernel, (S,).

        Z_t = sqrt(g0 / l2) t - (l2 - g0) / (2 sqrt(l2)) n / sqrt(S),   l2 = g0 + 2 sum_j (1 - j /
        (q + 1)) g_j

    with g_j the autocovariances of the residuals (over n) and S the level's square, cleared of
    constant and trend.

    Source: Phillips and Perron (1988), doi:10.1093/biomet/75.2.335; Hamilton (1994), Time Series
    Analysis, eq. 17.6.12.
    """
    dy, X = adf_columns(y, 0, 1, deterministics)
    n = X.shape[1]
    _, residuals, _ = projected(X, dy)
    t, ssr, _, squares = _of_last_column(X, dy)
    g0 = ssr / n
    l2 = long_run_variance(residuals, bandwidth)
    excess = (l2 - g0) / (2 * np.sqrt(l2))
    correction = excess * n / np.sqrt(squares)
    corrected: np.ndarray = np.sqrt(g0 / l2) * t - correction
    return corrected


def long_run_variance(e: np.ndarray, bandwidth: int) -> np.ndarray:
    """Bartlett long-run variance of the rows of e (S, n), (S,)."""
    n = e.shape[1]
    total = np.sum(e**2, axis=1)
    for j in range(1, min(bandwidth, n - 1) + 1):
        weight = 1 - j / (bandwidth + 1)
        products = e[:, j:] * e[:, :-j]
        total = total + 2 * weight * np.sum(products, axis=1)
    variance: np.ndarray = total / n
    return variance
