"""Sums over pairs of units, sum_ij w_ij c_ij, in every period: observed, under other orders, and
their moments.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from ..weights.weights import DENSE_UNITS
from .moments import MatrixSums, permutation_moments

# int array (R, N) of orders -> float array (R, T)
Reorder = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class CrossProduct(ABC):
    """A sum over pairs in each of T periods.

    Attributes
    ----------
    W : sparse array of shape (N, N)
    x : array of shape (T, N)
    """

    W: sparse.csr_array
    x: np.ndarray

    @property
    def n(self) -> int:
        units: int = self.x.shape[1]
        return units

    @cached_property
    def links(self) -> MatrixSums:
        return MatrixSums.of_links(self.W)

    @cached_property
    def observed(self) -> np.ndarray:
        """The sum in each period, (T,)."""
        sums: np.ndarray = self.reordered(np.arange(self.n)[None])[0]
        return sums

    @cached_property
    def reordered(self) -> Reorder:
        """The sums after the units' values were put in other orders: (R, N) -> (R, T)."""
        return self._reorder()

    @abstractmethod
    def _reorder(self) -> Reorder: ...

    @abstractmethod
    def moments(self, *, pooled: bool = False) -> tuple[Any, Any]:
        """Mean and variance over all orders, (T,); or of the sum over the periods, (1,), if the
        order is one for all periods.
        """


@dataclass(frozen=True, eq=False)
class ValueProducts(CrossProduct):
    """c_ij = x_i x_j."""

    def _reorder(self) -> Reorder:
        # x'Wx = x'Ux with U the upper triangle of W + W': half the work
        half = operator(sparse.triu(self.W + self.W.T, format="csr"))
        values = by_unit(self.x)

        def sums(order: np.ndarray) -> np.ndarray:
            mixed = values.take(order.T, axis=0)
            totals: np.ndarray = np.einsum("nrt,nrt->rt", mixed, lagged(half, mixed))
            return totals

        return sums

    def moments(self, *, pooled: bool = False) -> tuple[Any, Any]:
        x = stacked(self.x, pooled)
        return permutation_moments(self.n, self.links, MatrixSums.of_products(x, x))


@dataclass(frozen=True, eq=False)
class SquaredDifferences(CrossProduct):
    """c_ij = (x_i - x_j)^2."""

    def _reorder(self) -> Reorder:
        products = ValueProducts(self.W, self._centred).reordered
        values = by_unit(self._centred**2)
        margins = self.W.sum(axis=0) + self.W.sum(axis=1)

        def sums(order: np.ndarray) -> np.ndarray:
            mixed = values.take(order.T, axis=0)
            squares = np.einsum("n,nrt->rt", margins, mixed)
            totals: np.ndarray = squares - 2 * products(order)
            return totals

        return sums

    @cached_property
    def _centred(self) -> np.ndarray:
        centred: np.ndarray = self.x - self.x.mean(axis=1, keepdims=True)
        return centred

    def moments(self, *, pooled: bool = False) -> tuple[Any, Any]:
        return permutation_moments(
            self.n,
            self.links,
            MatrixSums.of_differences(stacked(self._centred, pooled)),
        )


@dataclass(frozen=True, eq=False)
class JointProducts(CrossProduct):
    """c_ij = x_i y_j, where x_i and y_i of a unit move together.

    Attributes
    ----------
    y : array of shape (T, N)
    """

    y: np.ndarray

    def _reorder(self) -> Reorder:
        W = operator(self.W)
        x = by_unit(self.x)
        y = by_unit(self.y)

        def sums(order: np.ndarray) -> np.ndarray:
            totals: np.ndarray = np.einsum(
                "nrt,nrt->rt",
                x.take(order.T, axis=0),
                lagged(W, y.take(order.T, axis=0)),
            )
            return totals

        return sums

    def moments(self, *, pooled: bool = False) -> tuple[Any, Any]:
        sums = MatrixSums.of_products(stacked(self.x, pooled), stacked(self.y, pooled))
        return permutation_moments(self.n, self.links, sums)


@dataclass(frozen=True, eq=False)
class NeighbourProducts(CrossProduct):
    """c_ij = x_i y_j, where x stays in its place and y moves.

    Attributes
    ----------
    y : array of shape (T, N)
    """

    y: np.ndarray

    @cached_property
    def _received(self) -> np.ndarray:
        """W'x: what y_j is multiplied by, (T, N)."""
        received: np.ndarray = (self.W.T @ self.x.T).T
        return received

    def _reorder(self) -> Reorder:
        received = by_unit(self._received)
        y = by_unit(self.y)

        def sums(order: np.ndarray) -> np.ndarray:
            mixed = y.take(order.T, axis=0)
            totals: np.ndarray = np.einsum("nt,nrt->rt", received, mixed)
            return totals

        return sums

    def moments(self, *, pooled: bool = False) -> tuple[Any, Any]:
        u = stacked(self._received, pooled)
        y = stacked(self.y, pooled)
        products = u.sum(axis=2) * y.sum(axis=2)
        mean = products.sum(axis=1) / self.n

        # the variance of sum u_i y_p(i) is u'u y'y / (n - 1), of deviations
        u = u - u.mean(axis=2, keepdims=True)
        y = y - y.mean(axis=2, keepdims=True)
        u_gram = u @ np.swapaxes(u, 1, 2)
        y_gram = y @ np.swapaxes(y, 1, 2)
        grams = u_gram * y_gram
        return mean, grams.sum(axis=(1, 2)) / (self.n - 1)


def operator(W: sparse.csr_array) -> Any:
    """W in the form whose products are faster at its size."""
    return W.toarray() if W.shape[0] <= DENSE_UNITS else sparse.csr_array(W)


def by_unit(values: np.ndarray) -> np.ndarray:
    """(T, N) -> (N, T), contiguous: the history of a unit moves as one piece."""
    return np.ascontiguousarray(values.T)


def lagged(W: Any, mixed: np.ndarray) -> np.ndarray:
    """W applied to the first axis of an array of shape (N, R, T)."""
    lag: np.ndarray = (W @ mixed.reshape(len(mixed), -1)).reshape(mixed.shape)
    return lag


def stacked(values: np.ndarray, pooled: bool) -> np.ndarray:
    """(T, N) as P groups of periods (P, periods in the group, N): one group if pooled, else one a
    period.
    """
    return values[None] if pooled else values[:, None]
