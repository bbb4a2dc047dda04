"""Where factors of I - rho W do not fit in memory: series in polynomials of W, which take products
with W only.

For W with a real spectrum in [-1, 1] (a row scaling of symmetric links) the polynomials are
Chebyshev's, T_k. With r = (1 - sqrt(1 - rho^2)) / rho

    (I - rho W)^-1 = (1 + r^2) / (1 - r^2) [I + 2 sum_k r^k T_k(W)],
    ln|I - rho W| = -N ln(1 + r^2) - 2 sum_k r^k tr T_k(W) / k,

which at rho = 0.9 gain a digit every five terms. Otherwise they are powers, with rho in the place
of r. The traces do not depend on rho: they are probed once with random signs z, E z'T_k(W)z = tr
T_k(W). What is known is not left to chance: tr W, tr W^2 and the unit eigenvalue of a
row-normalised W.

Source: Pace and LeSage (2004), Chebyshev approximation of log-determinants of spatial weight
matrices, doi:10.1016/S0167-9473(02)00321-3; Barry and Pace (1999), Monte Carlo estimates of the log
determinant of large sparse matrices, doi:10.1016/S0024-3795(97)10009-X, for powers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from .linalg import symmetric_form
from .streams import generator

# Degree of the traces: with Chebyshev polynomials r^128 is 1e-8 at rho = 0.99, where powers still
# leave 0.3.
MOMENTS = 128
# Solves stop at this relative error.
SOLVE_TOLERANCE = 1e-12
# Probing uses so many vectors that vectors times units reach this number, and at least FEWEST: with
# 1,000 units the traces are then good to 0.2 % and standard errors to half of that.
PROBES = 64_000
FEWEST = 8
PROBE_SEED = 20100


def signs(N: int) -> np.ndarray:
    """Random signs to probe with, (vectors, N)."""
    rng = generator(PROBE_SEED, "probes of traces")
    vectors = max(FEWEST, math.ceil(PROBES / N))
    return rng.choice([-1.0, 1.0], size=(vectors, N))


@dataclass(frozen=True, eq=False)
class SeriesPencil:
    """I - rho W for many rho, to solve with: what `Pencil` offers, by series.

    Attributes
    ----------
    W : sparse array of shape (N, N)
    radius : float
        A bound of the spectral radius of W.
    chebyshev : bool
        Whether the spectrum of W is real.
    """

    W: sparse.csr_array
    radius: float
    chebyshev: bool

    def at(self, rho: float) -> SeriesResolvent:
        """(I - rho W)^-1, as solves."""
        return SeriesResolvent(self, rho)


@dataclass(frozen=True, eq=False)
class SeriesResolvent:
    """(I - rho W)^-1 as solves along the unit axis, |rho| below one over the radius.

    Attributes
    ----------
    pencil : SeriesPencil
    rho : float
    """

    pencil: SeriesPencil
    rho: float

    def solve(self, right: np.ndarray, *, transposed: bool = False) -> np.ndarray:
        """(I - rho W)^-1, or its transpose, times `right` of shape (N,) or (N, K)."""
        W = self.pencil.W
        if transposed:
            W = W.T
        right = np.asarray(right, float)
        if self.pencil.chebyshev:
            return self._by_chebyshev(W, right)
        return self._by_powers(W, right)

    def _by_powers(self, W: sparse.csr_array, right: np.ndarray) -> np.ndarray:
        """sum_k (rho W)^k b, each term from the one before."""
        ratio = abs(self.rho * self.pencil.radius)
        term = right
        total = term.copy()
        for _ in range(_terms(ratio)):
            term = self.rho * (W @ term)
            total += term
        return total

    def _by_chebyshev(self, W: sparse.csr_array, right: np.ndarray) -> np.ndarray:
        """(1 + r^2) / (1 - r^2) [b + 2 sum_k r^k T_k(W / radius) b]."""
        radius = self.pencil.radius
        r = _chebyshev_ratio(self.rho * radius)
        total = right.copy()
        before = right
        term = right
        weight = 2.0
        for k in range(_terms(abs(r))):
            # T_1 = W and T_k+1 = 2 W T_k - T_k-1, each times b
            if k == 0:
                following = (W @ term) * (1.0 / radius)
            else:
                following = (W @ term) * (2.0 / radius) - before
            before, term = term, following
            weight *= r
            total += weight * term

        scale = (1 + r * r) / (1 - r * r)
        return total * scale

    def over_units(self, values: np.ndarray) -> np.ndarray:
        """(I - rho W)^-1 applied to the unit axis of an array of shape (T, N)."""
        by_unit = np.ascontiguousarray(values.T)
        solved = self.solve(by_unit)
        return np.ascontiguousarray(solved.T)


def _terms(ratio: float) -> int:
    """Terms after which a geometric series leaves less than `SOLVE_TOLERANCE` of its sum."""
    if ratio == 0.0:
        return 0
    # what is left after K terms is ratio^K / (1 - ratio)
    smallest_power = SOLVE_TOLERANCE * (1 - ratio)
    return math.ceil(math.log(smallest_power) / math.log(ratio))


def _chebyshev_ratio(x: float) -> float:
    """r = (1 - sqrt(1 - x^2)) / x, in a form that holds at x = 0."""
    return x / (1 + math.sqrt(1 - x * x))


@dataclass(frozen=True, eq=False)
class SeriesSpectrum:
    """What `Spectrum` offers, by series in probed traces; see the module.

    Attributes
    ----------
    W, links : sparse arrays of shape (N, N)
        Weights, and the links of which they are a row scaling (themselves where they are none).
    radius : float
        A bound of the spectral radius of W.
    row_normalised : bool
    drop_unit : bool
        Whether the unit eigenvalue of a row-normalised W is left out, as in contrasts over the
        units.
    """

    W: sparse.csr_array
    links: sparse.csr_array
    radius: float
    row_normalised: bool
    drop_unit: bool = False

    @property
    def bounds(self) -> tuple[float, float]:
        """The range of rho in which the series converge, inside that in which I - rho W is
        regular.
        """
        return -1.0 / self.radius, 1.0 / self.radius

    @cached_property
    def without_unit(self) -> SeriesSpectrum:
        """The same without the unit eigenvalue; the traces are shared."""
        contrasts = replace(self, drop_unit=True)
        contrasts.__dict__.update(_similar=self._similar, _moments=self._moments)
        return contrasts

    @property
    def pencil(self) -> SeriesPencil:
        """I - rho W, to solve with."""
        return SeriesPencil(self.W, self.radius, self._similar is not None)

    @property
    def vectors(self) -> int:
        """Number of probing vectors."""
        return len(self._moments[0])

    def at(self, rho: float) -> tuple[float, float, float]:
        """ln|I - rho W| and its first and second derivative by rho."""
        means = self._by_vector(rho).mean(axis=1)
        value, first, second = map(float, means)
        if not self.row_normalised or self.drop_unit:
            return value, first, second

        # ln(1 - rho) of the unit eigenvalue, and its derivatives
        gap = 1 - rho
        return (
            value + math.log(gap),
            first - 1 / gap,
            second - 1 / gap**2,
        )

    def derivatives(self, rho: float) -> tuple[float, float]:
        """First and second derivative of ln|I - rho W| by rho: -tr G and -tr GG with G = W (I - rho
        W)^-1.
        """
        return self.at(rho)[1:]

    def log_determinant(self, rho: Any) -> Any:
        """ln|I - rho W| for a scalar rho or an array of them (same shape out)."""
        rho = np.asarray(rho, dtype=float)
        values = [self.at(float(value))[0] for value in rho.ravel()]
        return np.array(values).reshape(rho.shape)

    def errors(self, rho: float) -> tuple[float, float, float]:
        """Standard errors, over the probing vectors, of ln|I - rho W| and of its slope, and a bound
        of the terms of ln|I - rho W| that are left out.
        """
        estimates = self._by_vector(rho)
        vectors = estimates.shape[1]
        value, slope, _ = estimates.std(axis=1, ddof=1) / math.sqrt(vectors)

        # |tr T_k| is at most N: the terms left out are at most those of a geometric series
        ratio = abs(rho) * self.radius
        size = 1.0
        if self._similar is not None:
            ratio = _chebyshev_ratio(ratio)
            size = 2.0
        degree = MOMENTS + 1
        N = self.W.shape[0]
        left_out = size * N * ratio**degree / (degree * (1 - ratio))
        return float(value), float(slope), left_out

    @cached_property
    def _similar(self) -> sparse.csr_array | None:
        """The symmetric matrix that W is similar to; None where there is none."""
        return symmetric_form(self.W, self.links)

    @cached_property
    def _moments(self) -> tuple[np.ndarray, np.ndarray]:
        """z'T_k z of each probing vector, (vectors, MOMENTS + 1), and how far z'Wz and z'WWz
        missed, (2, vectors).

        All of W over its radius, and without the unit eigenvalue of a row-normalised W: its vector
        is taken out of z.
        """
        N = self.W.shape[0]
        z = np.ascontiguousarray(signs(N).T)
        if self.row_normalised:
            unit = self._unit_vector[:, None]
            z = z - unit * (unit.T @ z)

        if self._similar is None:
            S = self.W / self.radius
            moments = _power_moments(S, z)
        else:
            S = self._similar / self.radius
            moments = _chebyshev_moments(S, z)
        # tr T_0 is the number of eigenvalues, which needs no probe
        moments[0] = N - self.row_normalised

        # w and w^2 as the series has them: T_2 = 2 w^2 - T_0
        once = moments[1]
        twice = moments[2]
        if self._similar is not None:
            twice = (moments[2] + moments[0]) / 2
        probed = np.array([once, twice])

        # tr S and tr SS, without the unit eigenvalue where it is taken out
        traces = np.array([S.trace(), (S * S.T).sum()])
        exact = traces - self.row_normalised
        return moments.T, probed - exact[:, None]

    @property
    def _unit_vector(self) -> np.ndarray:
        """The vector of the unit eigenvalue, of length one: the constant, or what it is in the
        symmetric form.
        """
        if self._similar is None:
            N = self.W.shape[0]
            return np.full(N, N**-0.5)
        root = np.sqrt(self.links.sum(axis=1))
        unit: np.ndarray = root / np.linalg.norm(root)
        return unit

    def _by_vector(self, rho: float) -> np.ndarray:
        """The determinant and its derivatives by rho from each probing vector, (3, vectors),
        without the unit one.
        """
        moments, missed = self._moments
        x = rho * self.radius
        if self._similar is None:
            coefficients = _power_coefficients(x)
        else:
            coefficients = _chebyshev_coefficients(x)
        # ln(1 - x w) = -x w - x^2 w^2 / 2 - ...: the first two traces are known
        known = np.array(
            [
                [x, x * x / 2],
                [1.0, x],
                [0.0, 1.0],
            ]
        )
        by_x = coefficients @ moments.T + known @ missed
        # x = rho radius: each derivative by rho brings a factor radius
        scale = self.radius ** np.arange(3.0)
        return np.asarray(by_x * scale[:, None])


def _power_moments(S: sparse.csr_array, z: np.ndarray) -> np.ndarray:
    """z'S^k z of each column of z (N, vectors), k = 1, 2, ...; (MOMENTS + 1, vectors), the first
    row left open.
    """
    moments = np.empty((MOMENTS + 1, z.shape[1]))
    power = z
    for k in range(1, MOMENTS + 1):
        power = S @ power
        moments[k] = _products(z, power)
    return moments


def _chebyshev_moments(S: sparse.csr_array, z: np.ndarray) -> np.ndarray:
    """z'T_k(S)z of each column of z (N, vectors), as `_power_moments`.

    T_2k = 2 T_k T_k - 1 and T_2k+1 = 2 T_k T_k+1 - T_1: a symmetric matrix needs half of the
    products.
    """
    moments = np.empty((MOMENTS + 1, z.shape[1]))
    # T_0 z and T_1 z
    before = z
    now = S @ z
    squares = _products(z, z)
    once = _products(z, now)
    moments[1] = once
    for k in range(1, MOMENTS // 2 + 1):
        # 2 (T_k z)'(T_k z) - z'z
        moments[2 * k] = 2 * _products(now, now) - squares
        following = 2 * (S @ now) - before
        before, now = now, following
        if 2 * k < MOMENTS:
            # 2 (T_k z)'(T_k+1 z) - z'T_1 z
            moments[2 * k + 1] = 2 * _products(before, now) - once
    return moments


def _products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a'b of each pair of columns, (N, vectors) -> (vectors,)."""
    products: np.ndarray = np.einsum("ir,ir->r", a, b)
    return products


def _power_coefficients(x: float) -> np.ndarray:
    """ln(1 - x w) and its first two derivatives by x as series in w^k, (3, MOMENTS + 1).

    ln(1 - x w) = -sum_k x^k w^k / k.
    """
    k = np.arange(1, MOMENTS + 1)
    from_two = k[1:]
    rows = np.zeros((3, MOMENTS + 1))
    rows[0, 1:] = -(x**k) / k
    rows[1, 1:] = -(x ** (k - 1))
    rows[2, 2:] = -(from_two - 1) * x ** (from_two - 2)
    return rows


def _chebyshev_coefficients(x: float) -> np.ndarray:
    """ln(1 - x w) and its first two derivatives by x as series in T_k(w), (3, MOMENTS + 1).

    With x = 2 r / (1 + r^2) the series is simple in r: ln(1 - x w) = -ln(1 + r^2) - 2 sum_k r^k
    T_k(w) / k, twice that of powers but for the constant.
    """
    r = _chebyshev_ratio(x)
    square = 1 + r * r
    by_r = 2 * _power_coefficients(r)
    by_r[:, 0] = (
        -math.log(square),
        -2 * r / square,
        -2 * (1 - r * r) / square**2,
    )
    # the chain rule: dr/dx and d2r/dx2 of the inverse of x(r)
    slope = square**2 / (2 * (1 - r * r))
    curvature = slope * r * square * (3 - r * r) / (1 - r * r) ** 2
    value, first, second = by_r
    by_x = first * slope
    by_xx = second * slope**2 + first * curvature
    return np.stack([value, by_x, by_xx])


def expected_fill(W: sparse.csr_array) -> float:
    """About how many entries the sparse factors of I - rho W have, without factorising.

    From the width s of the graph at its middle, counted in steps from its edge: the units of one
    step separate those before from those after, and the factors hold a full block of them.
    Separators of halves, quarters and so on make it 5 s^2 log2(N / s): for neighbours in the plane
    (6 to 60 links, 3,000 to 400,000 units) 0.8 to 3 times the truth.
    """
    graph = sparse.csr_array(W + W.T)
    N = graph.shape[0]
    _, labels = csgraph.connected_components(graph, directed=False)
    largest = np.bincount(labels).argmax()
    start = int(np.argmax(labels == largest))

    # the last unit reached from anywhere lies at an edge
    from_start = _levels(graph, start)
    edge = int(from_start[-1][0])
    from_edge = _levels(graph, edge)
    reached = np.cumsum([len(level) for level in from_edge])
    middle = int(np.searchsorted(reached, reached[-1] / 2))
    width = len(from_edge[middle])

    halvings = max(1.0, math.log2(N / width))
    return 5.0 * width**2 * halvings


def _levels(graph: sparse.csr_array, start: int) -> list[np.ndarray]:
    """The units at 0, 1, 2, ... steps from `start`."""
    seen = np.zeros(graph.shape[0], bool)
    seen[start] = True
    levels = [np.array([start])]
    while True:
        neighbours = graph[levels[-1]].indices
        unseen = ~seen[neighbours]
        new = np.unique(neighbours[unseen])
        if not len(new):
            return levels
        seen[new] = True
        levels.append(new)
