"""The matrices of the score at one (rho, lam), as products with columns: A = I - rho B, R = I - lam
M, G = R B A^-1 R^-1 and H = M R^-1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy import sparse

from ...numerics.streams import generator
from .projection import EXACT_CELLS
from .stacked import Stacked

# Power series stop when what they leave out is below this share of their sum.
SERIES_TOLERANCE = 1e-10
# In large samples rho and lam stay this share of their range away from where series stop to
# converge.
SERIES_REACH = 0.995
# So many random numbers a sample are drawn to probe traces with, in no fewer vectors than FEWEST.
PROBES, FEWEST = 400_000, 8
PROBE_SEED = 20180


@dataclass(frozen=True, eq=False)
class Weights:
    """Block-diagonal weights over the cells.

    Attributes
    ----------
    matrix : sparse array of shape (n, n)
    period : array of int of shape (n,)
    """

    matrix: sparse.csr_array
    period: np.ndarray

    @property
    def exact(self) -> bool:
        """Whether inverses are made of dense blocks, not of series."""
        return len(self.period) <= EXACT_CELLS

    @cached_property
    def radius(self) -> float:
        """A bound of the spectral radius: the smaller one of the largest sums of rows and
        columns.
        """
        size = abs(self.matrix)
        by_row = size.sum(axis=1).max(initial=0.0)
        by_column = size.sum(axis=0).max(initial=0.0)
        return min(float(by_row), float(by_column))

    @cached_property
    def blocks(self) -> list[tuple[np.ndarray, list[slice]]]:
        """The different blocks, (N_t, N_t), with the cells of the periods that have them."""
        following = self.period[-1] + 1
        changes = np.diff(self.period, append=following)
        ends = np.flatnonzero(changes) + 1
        starts = np.concatenate([[0], ends[:-1]])
        found: dict[bytes, tuple[np.ndarray, list[slice]]] = {}
        for start, end in zip(starts, ends, strict=True):
            block = self.matrix[start:end, start:end].toarray()
            cells = slice(int(start), int(end))
            _, periods = found.setdefault(block.tobytes(), (block, []))
            periods.append(cells)
        return list(found.values())

    def lag(self, values: np.ndarray, *, transposed: bool = False) -> np.ndarray:
        """W, or W', times values of shape (n,) or (n, k)."""
        if not self.exact or values.ndim == 1:
            W = self.matrix.T if transposed else self.matrix
            return np.asarray(W @ values)
        return by_blocks(self.blocks, values, transposed)

    def resolvent(self, value: float) -> Resolvent:
        """(I - value W)^-1."""
        return Resolvent(self, value)


def by_blocks(
    blocks: list[tuple[np.ndarray, list[slice]]],
    values: np.ndarray,
    transposed: bool,
) -> np.ndarray:
    """A block-diagonal matrix, or its transpose, times values of shape (n,) or (n, k)."""
    product = np.empty_like(values, dtype=float)
    for block, periods in blocks:
        matrix = block.T if transposed else block
        for cells in periods:
            product[cells] = matrix @ values[cells]
    return product


@dataclass(frozen=True, eq=False)
class Resolvent:
    """(I - value W)^-1, as products.

    Attributes
    ----------
    weights : Weights
    value : float
    """

    weights: Weights
    value: float

    def solve(self, right: np.ndarray, *, transposed: bool = False) -> np.ndarray:
        """(I - value W)^-1, or its transpose, times right of shape (n,) or (n, k)."""
        if self.weights.exact:
            return by_blocks(self.inverses, right, transposed)
        W = self.weights.matrix.T if transposed else self.weights.matrix
        term = np.asarray(right, float)
        total = term.copy()
        for _ in range(self._terms):
            term = self.value * (W @ term)
            total += term
        return total

    @property
    def _terms(self) -> int:
        ratio = abs(self.value) * self.weights.radius
        if ratio == 0.0:
            return 0
        left_out = SERIES_TOLERANCE * (1.0 - ratio)
        terms = math.log(left_out) / math.log(ratio)
        return math.ceil(terms)

    @cached_property
    def inverses(self) -> list[tuple[np.ndarray, list[slice]]]:
        """The inverses of the different blocks of I - value W."""
        made = []
        for block, periods in self.weights.blocks:
            matrix = np.eye(len(block)) - self.value * block
            made.append((np.linalg.inv(matrix), periods))
        return made


@dataclass(frozen=True, eq=False)
class Operators:
    """G and H at one (rho, lam).

    Attributes
    ----------
    B, M : Weights or None
        Of y and of the error.
    rho, lam : float
    """

    B: Weights | None
    M: Weights | None
    rho: float
    lam: float

    def filter(self, values: np.ndarray) -> np.ndarray:
        """R times values of shape (n,) or (n, k)."""
        if self.M is None:
            return values
        filtered: np.ndarray = values - self.lam * self.M.lag(values)
        return filtered

    def G(self, values: np.ndarray, *, transposed: bool = False) -> np.ndarray:
        """G, or G', times values of shape (n,) or (n, k)."""
        assert self.B is not None
        if transposed:
            filtered = self._filter_transposed(values)
            lag = self.B.lag(filtered, transposed=True)
            solved = self._of_y.solve(lag, transposed=True)
            return self.unfilter(solved, transposed=True)
        errors = self.unfilter(values)
        lag = self.B.lag(self._of_y.solve(errors))
        return self.filter(lag)

    def H(self, values: np.ndarray, *, transposed: bool = False) -> np.ndarray:
        """H, or H', times values of shape (n,) or (n, k)."""
        assert self.M is not None
        if transposed:
            lag = self.M.lag(values, transposed=True)
            return self.unfilter(lag, transposed=True)
        return self.M.lag(self.unfilter(values))

    def _filter_transposed(self, values: np.ndarray) -> np.ndarray:
        if self.M is None:
            return values
        lag = self.M.lag(values, transposed=True)
        return values - self.lam * lag

    def unfilter(self, values: np.ndarray, *, transposed: bool = False) -> np.ndarray:
        """R^-1, or its transpose, times values."""
        if self.M is None:
            return values
        return self._of_error.solve(values, transposed=transposed)

    def outcome(self, values: np.ndarray) -> np.ndarray:
        """A^-1 times values."""
        if self.B is None:
            return values
        return self._of_y.solve(values)

    @cached_property
    def _of_y(self) -> Resolvent:
        assert self.B is not None
        return self.B.resolvent(self.rho)

    @cached_property
    def _of_error(self) -> Resolvent:
        assert self.M is not None
        return self.M.resolvent(self.lam)


def probes(n: int) -> np.ndarray:
    """What traces are taken with, columns z (n, k) with E zz' = I, divided by k^(1/2): the unit
    vectors, which make them exact, up to `EXACT_CELLS` cells, and random signs beyond.

    Hutchinson (1990), doi:10.1080/03610919008812866.
    """
    if n <= EXACT_CELLS:
        return _unit_vectors(n)
    return _signs(n, max(FEWEST, math.ceil(PROBES / n)))


@lru_cache(maxsize=1)
def _unit_vectors(n: int) -> np.ndarray:
    z = np.eye(n)
    z.setflags(write=False)
    return z


@lru_cache(maxsize=1)
def _signs(n: int, vectors: int) -> np.ndarray:
    """Random signs over k^(1/2), (n, k)."""
    rng = generator(PROBE_SEED, "probes of adjusted scores")
    signs = rng.choice([-1.0, 1.0], size=(vectors, n))
    z = np.ascontiguousarray(signs.T) / math.sqrt(vectors)
    z.setflags(write=False)
    return z


def usable_bounds(data: Stacked) -> np.ndarray:
    """The ranges that are searched: in large samples inside those in which series converge."""
    if data.n <= EXACT_CELLS:
        return data.bounds
    matrices = [W for W in (data.B, data.M) if W is not None]
    radii = [Weights(W, data.period).radius for W in matrices]
    reach = SERIES_REACH / np.array(radii)
    low = np.maximum(data.bounds[:, 0], -reach)
    high = np.minimum(data.bounds[:, 1], reach)
    return np.column_stack([low, high])
