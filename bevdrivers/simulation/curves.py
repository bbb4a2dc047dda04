"""What the information matrix and the impacts need besides the estimates, as functions of the one
spatial parameter.

With G = W (I - rho W)^-1 and Q the projection that removes the effects, the lag of y has the
explained part m = Q G Z b wherever Q W Q = Q W, for then Q G Q = Q G, and nothing of the outcome is
left in m but b. It holds for weights with constant row sums, and for any without time effects. Then

    I(b, rho) = Z'QGZ b / s2,    I(rho, rho) = t tr(GG + G'G) + b'Z'G'QGZ b / s2,

and traces, K x K products and the numbers that impacts share are smooth functions of rho that any
number of fits on one design can have from the same few exact values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.polynomial.chebyshev import chebfit, chebpts1, chebval

from ..models.interface import LagOperator, Sample, multipliers_at, traces
from ..numerics.streams import generator

# Interpolation at this many nodes first, doubled until the last coefficients are this small beside
# the largest.
FIRST_NODES = 32
LAST_COEFFICIENTS = 1e-12
# In u, where rho = middle + half tanh(u), values farther than this from the median are computed
# exactly instead: near an end of the range the functions grow without bound, and would drown the
# others.
REACH = 2.5
# Of a lag of standard normal numbers.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Curves:
    """The functions at each of R values of the spatial parameter.

    Attributes
    ----------
    sample : Sample
    p : array of shape (R,)
    traces : array of shape (R, 2)
        tr A and tr AA + tr A'A in contrasts, A = G or M (I - lam M)^-1.
    cross, square : arrays of shape (R, K, K)
        Z'QGZ and Z'G'QGZ; zero without a lag of y.
    means, slopes : arrays of shape (R, 4)
        The mean multipliers that impacts share and their derivatives by rho; zero without a lag of
        y.
    """

    sample: Sample
    p: np.ndarray
    traces: np.ndarray
    cross: np.ndarray
    square: np.ndarray
    means: np.ndarray
    slopes: np.ndarray

    @classmethod
    def at(
        cls,
        sample: Sample,
        p: np.ndarray,
        *,
        demean_lag: bool = True,
    ) -> Curves:
        """At p (R,), NaN where p is; `demean_lag` as in `models.ml.information.score_terms`."""
        K = sample.n_regressors
        if sample.W is None:
            of_error = partial(_error_numbers, sample)
            numbers = _interpolated(of_error, p, _bounds(sample))
            rest = np.zeros((len(p), 2 * K * K + 8))
            numbers = np.concatenate([numbers, rest], axis=1)
        else:
            of_lag = partial(_lag_numbers, sample, demean_lag)
            numbers = _interpolated(of_lag, p, _bounds(sample))
        parts = np.split(numbers, np.cumsum([2, K * K, K * K, 4]), axis=1)
        of_traces, cross, square, means, slopes = parts
        return cls(
            sample=sample,
            p=p,
            traces=of_traces,
            cross=cross.reshape(-1, K, K),
            square=square.reshape(-1, K, K),
            means=means,
            slopes=slopes,
        )

    def information(self, b: np.ndarray, s2: np.ndarray) -> np.ndarray:
        """Expected information of (b, rho or lam, sigma2) at b (R, K) and sigma2 (R,), (R, K + 2, K
        + 2).
        """
        R, K = b.shape
        dims = self.sample.contrasts
        information = np.zeros((R, K + 2, K + 2))
        tr_G, tr_products = self.traces.T

        # of b: Z'Z / s2, and with rho Z'QGZ b / s2
        information[:, :K, :K] = self._regressors() / s2[:, None, None]
        with_lag = np.einsum("rkl,rl->rk", self.cross, b) / s2[:, None]
        information[:, :K, K] = with_lag
        information[:, K, :K] = with_lag

        # of rho: t tr(GG + G'G) + b'Z'G'QGZ b / s2
        explained = np.einsum("rk,rkl,rl->r", b, self.square, b)
        information[:, K, K] = dims.periods * tr_products + explained / s2

        # of sigma2: t tr(G) / s2 and n / (2 s2^2)
        with_sigma2 = dims.periods * tr_G / s2
        information[:, K, -1] = with_sigma2
        information[:, -1, K] = with_sigma2
        information[:, -1, -1] = dims.nobs / (2 * s2**2)
        return information

    def covariances(self, b: np.ndarray, s2: np.ndarray) -> np.ndarray:
        """Inverses of `information`; NaN where it is not positive definite."""
        information = self.information(b, s2)
        diagonal = np.diagonal(information, axis1=1, axis2=2)
        with np.errstate(invalid="ignore"):
            scale = 1.0 / np.sqrt(diagonal)
        both = scale[:, :, None] * scale[:, None, :]
        finite = np.isfinite(information).all(axis=(1, 2))
        good = finite & np.isfinite(scale).all(axis=1)

        # the identity stands in for what has no inverse
        identity = np.eye(information.shape[1])
        scaled = np.where(good[:, None, None], information * both, identity)
        smallest = np.linalg.eigvalsh(scaled)[:, 0]
        good &= smallest > 0
        is_good = good[:, None, None]
        positive = np.where(is_good, scaled, identity)
        inverse = np.linalg.inv(positive)
        return np.where(is_good, inverse * both, np.nan)

    def _regressors(self) -> np.ndarray:
        """Z'Z of the filtered regressors: (K, K), or (R, K, K) with a lag of the error."""
        K = self.sample.n_regressors
        plain = self.sample.columns[:, :, :K].reshape(-1, K)
        if self.sample.lagged_columns is None:
            return np.asarray(plain.T @ plain)
        lagged = self.sample.lagged_columns[:, :, :K].reshape(-1, K)
        lam = self.p[:, None, None]
        # (Z - lam MZ)'(Z - lam MZ)
        cross = plain.T @ lagged
        products: np.ndarray = plain.T @ plain - lam * (cross + cross.T)
        products += lam**2 * (lagged.T @ lagged)
        return products


def lags_within(sample: Sample) -> bool:
    """Whether Q W Q = Q W for the effects and the W of y, seen from one random array; true without
    a lag of y.
    """
    if sample.W is None or sample.before_lag:
        return True
    x = generator(0, "probes of lags").standard_normal(sample.shape)
    W = sample.W.lag
    Q = sample.within.demean
    QWQ_x = Q(W(Q(x)))
    QW_x = Q(W(x))
    return bool(np.allclose(QWQ_x, QW_x, atol=ROUNDING))


def _bounds(sample: Sample) -> tuple[float, float]:
    """The range of the one spatial parameter."""
    [W] = sample.lags.values()
    return W.spectrum.bounds


def _error_numbers(sample: Sample, lam: float) -> np.ndarray:
    """`traces` at lam, (2,)."""
    assert sample.M is not None
    A = LagOperator(sample.M, lam)
    lag_traces = traces((A,), sample.contrasts)
    return np.array([lag_traces.first[0], lag_traces.second[0, 0]])


def _lag_numbers(
    sample: Sample,
    demean_lag: bool,
    rho: float,
) -> np.ndarray:
    """`traces`, `cross`, `square`, `means` and `slopes` at rho, one after the other."""
    assert sample.W is not None
    T, N = sample.shape
    K = sample.n_regressors
    G = LagOperator(sample.W, rho)
    lag_traces = traces((G,), sample.contrasts)
    of_traces = np.array([lag_traces.first[0], lag_traces.second[0, 0]])

    # G Z, one row a regressor and period
    Z = sample.columns[:, :, :K]
    by_row = np.moveaxis(Z, 2, 0).reshape(K * T, N)
    G_by_row = G.over_units(by_row).reshape(K, T, N)
    GZ = np.moveaxis(G_by_row, 0, 2)
    if demean_lag and not sample.before_lag:
        GZ = sample.within.demean(GZ)
    flat = Z.reshape(-1, K)
    G_flat = GZ.reshape(-1, K)
    cross = flat.T @ G_flat
    square = G_flat.T @ G_flat

    multipliers = multipliers_at(sample, "short")
    assert multipliers is not None
    means, slopes = multipliers.at({"rho": rho})
    parts = [of_traces, cross.ravel(), square.ravel(), means, slopes["rho"]]
    return np.concatenate(parts)


def _interpolated(
    function: Callable[[float], np.ndarray],
    p: np.ndarray,
    bounds: tuple[float, float],
) -> np.ndarray:
    """function(p) for an array of p (R,), (R, m), from exact values at few nodes where R is
    large.
    """
    low, high = bounds
    middle = (low + high) / 2
    half = (high - low) / 2
    share = (p - middle) / half
    usable = np.flatnonzero(np.abs(share) < 1.0)
    u = np.arctanh(share[usable])
    near = np.zeros(0, bool)
    if len(u):
        near = np.abs(u - np.median(u)) <= REACH
    inside = usable[near]
    width = len(function(middle))
    interpolated = np.full((len(p), width), np.nan)
    for r in usable[~near]:
        interpolated[r] = function(float(p[r]))

    def in_u(v: float) -> np.ndarray:
        """The function at rho = middle + half tanh(v)."""
        return function(float(middle + half * np.tanh(v)))

    smooth = _chebyshev(in_u, u[near])
    if smooth is not None:
        interpolated[inside] = smooth
        return interpolated
    for r in inside:
        interpolated[r] = function(float(p[r]))
    return interpolated


def _chebyshev(function: Callable[[float], np.ndarray], u: np.ndarray) -> np.ndarray | None:
    """function(u) for an array of u (n,), (n, m), through Chebyshev nodes over its range, doubled
    until the series ends in coefficients that are nothing beside its largest; None where that
    takes as many nodes as there are values.
    """
    nodes = FIRST_NODES
    while nodes < len(u):
        x = chebpts1(nodes)
        low = u.min()
        high = u.max()
        u_at_nodes = low + (high - low) * (x + 1) / 2
        values = np.array([function(v) for v in u_at_nodes])
        series = chebfit(x, values, nodes - 1)
        size = np.abs(series)
        if np.all(size[-2:] <= LAST_COEFFICIENTS * size.max(axis=0)):
            on_unit_range = 2 * (u - low) / (high - low) - 1
            interpolated: np.ndarray = chebval(on_unit_range, series).T
            return interpolated
        nodes *= 2
    return None
