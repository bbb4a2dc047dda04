"""M_D, what takes the effects out of the cells: M_D = I - RD (D'R'RD)^- D'R', in the error's filter
R = I - lam M where there is one; and the equations of its squared entries.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve, lapack
from scipy.sparse.linalg import LinearOperator, cg, splu

from ...errors import EstimationError, IdentificationError

# A dummy is spanned by others when less than this share of its squared length is left without them.
SPANNED = 1e-11
# Up to so many cells everything is dense and exact.
EXACT_CELLS = 2000
# (M_D o M_D) counts as singular below this reciprocal condition number.
SINGULAR = 1e-9
# Iterations for its equations stop at this relative error, and count as failed after so many.
SQUARES_TOLERANCE, SQUARES_STEPS = 1e-9, 500


def independent(D: sparse.csr_array) -> tuple[sparse.csr_array, int]:
    """Linearly independent columns of D (n, q), and how many of the first of them meet in no cell.

    The dummies of units, or of whatever has most groups, meet in none: what they leave of the
    others is computed group by group, so that only a system of the others is dense.
    """
    entries = np.diff(D.tocsc().indptr)
    D = sparse.csr_array(D[:, np.flatnonzero(entries)]).astype(float)
    apart = _apart(D)
    first = D[:, apart]
    others = D[:, ~apart]
    if not others.shape[1]:
        return first, first.shape[1]
    squares = others.power(2).sum(axis=0)
    scaled = sparse.csr_array(others @ sparse.diags_array(squares**-0.5))
    shared = (first.T @ scaled).toarray()
    lengths = first.power(2).sum(axis=0)
    of_first = shared.T @ (shared / lengths[:, None])
    left = (scaled.T @ scaled).toarray() - of_first
    _, order, rank, _ = lapack.dpstrf(left, tol=SPANNED)
    kept = np.sort(order[:rank] - 1)
    columns: Any = sparse.hstack([first, others[:, kept]], "csr")
    return sparse.csr_array(columns), first.shape[1]


def _apart(D: sparse.csr_array) -> np.ndarray:
    """Which columns are taken first: the smallest before, each that meets none of those taken."""
    by_column = D.tocsc()
    starts = by_column.indptr
    sizes = np.diff(starts)
    taken = np.zeros(D.shape[1], bool)
    covered = np.zeros(D.shape[0], bool)
    for column in np.argsort(sizes, kind="stable"):
        rows = by_column.indices[starts[column] : starts[column + 1]]
        if covered[rows].any():
            continue
        covered[rows] = True
        taken[column] = True
    return taken


class Projection(Protocol):
    """M_D at one value of lam."""

    @property
    def rank(self) -> int:
        """r, the number of linearly independent dummies."""

    def off(self, values: np.ndarray) -> np.ndarray:
        """M_D times values of shape (n,) or (n, k)."""


@dataclass(frozen=True, eq=False)
class Effects:
    """The dummies of a sample, from which M_D follows at any lam.

    Attributes
    ----------
    columns : sparse array of shape (n, r)
        Linearly independent.
    first : int
        So many of them, the first ones, meet in no cell.
    M : sparse array of shape (n, n) or None
        Weights of the error.
    """

    columns: sparse.csr_array
    first: int
    M: sparse.csr_array | None

    @classmethod
    def of(cls, D: sparse.csr_array, M: sparse.csr_array | None) -> Effects:
        columns, first = independent(D)
        return cls(columns, first, M)

    def at(self, lam: float) -> Projection:
        """M_D at lam."""
        if self.M is None:
            return self._plain
        lag = self.M @ self.columns
        filtered = sparse.csr_array(self.columns - lam * lag)
        if filtered.shape[0] > EXACT_CELLS:
            return Filtered(filtered)
        basis, _ = np.linalg.qr(filtered.toarray())
        return Orthonormal(basis)

    @cached_property
    def _plain(self) -> Orthonormal:
        """M_D without a filter."""
        first = self.columns[:, : self.first]
        squares = first.power(2).sum(axis=0)
        family = sparse.csr_array(first @ sparse.diags_array(squares**-0.5))
        nothing = np.zeros((first.shape[0], 0))
        alone = Orthonormal(nothing, family)
        others = self.columns[:, self.first :].toarray()
        return alone.and_columns(others)


@dataclass(frozen=True, eq=False)
class Orthonormal:
    """I - F F' - V V', F and V orthonormal and at right angles.

    Attributes
    ----------
    V : array of shape (n, r2)
    F : sparse array of shape (n, r1) or None
        With one entry in a row at most.
    """

    V: np.ndarray
    F: sparse.csr_array | None = None

    @property
    def rank(self) -> int:
        rank = int(self.V.shape[1])
        if self.F is not None:
            rank += int(self.F.shape[1])
        return rank

    def off(self, values: np.ndarray) -> np.ndarray:
        if self.F is not None:
            of_family = self.F @ (self.F.T @ values)
            values = values - of_family
        of_others = self.V @ (self.V.T @ values)
        left: np.ndarray = values - of_others
        return left

    def and_columns(self, columns: np.ndarray) -> Orthonormal:
        """The projection that takes further columns (n, k) out, too."""
        left = self.off(self.off(columns))
        basis, _ = np.linalg.qr(left)
        # once more at right angles to the rest, for what rounding left
        basis, _ = np.linalg.qr(self.off(basis))
        V = np.concatenate([self.V, basis], axis=1)
        return replace(self, V=V)

    @cached_property
    def dense(self) -> np.ndarray:
        """The matrix itself, (n, n)."""
        n = len(self.V)
        matrix: np.ndarray = np.eye(n) - self.V @ self.V.T
        if self.F is not None:
            matrix -= (self.F @ self.F.T).toarray()
        return matrix

    @cached_property
    def diagonal(self) -> np.ndarray:
        """Its diagonal, (n,)."""
        diagonal: np.ndarray = 1.0 - np.sum(self.V**2, axis=1)
        if self.F is not None:
            diagonal = diagonal - self.F.power(2).sum(axis=1)
        return diagonal

    def squares(self, x: np.ndarray) -> np.ndarray:
        """(M_D o M_D) x of x (n,), without the matrix: of I - P with P = F F' + V V' these are
        (1 - 2 p) x + (P o P) x, p the diagonal of P.
        """
        V = self.V
        F = self.F
        p = 1.0 - self.diagonal
        products = (V.T * x) @ V
        of_V = np.einsum("ik,kl,il->i", V, products, V, optimize=True)
        total: np.ndarray = (1.0 - 2.0 * p) * x + of_V
        if F is None:
            return total
        square = F.power(2)
        total += square @ (square.T @ x)
        both = F @ (F.T @ (V * x[:, None]))
        total += 2.0 * np.sum(V * both, axis=1)
        return total

    def variances(self, squares: np.ndarray) -> np.ndarray:
        """w with (M_D o M_D) w = squares (n,) or (n, k): from squared residuals unbiased estimates
        of the variances, for E e^_i^2 = sum_j (M_D)_ij^2 w_j. Zero in cells that a dummy of their
        own explains.

        Raises
        ------
        IdentificationError
            The equations are singular.
        """
        if squares.ndim == 2:
            columns = [self.variances(column) for column in squares.T]
            return np.column_stack(columns)
        seen = self.diagonal > SINGULAR
        if len(squares) > EXACT_CELLS:
            return self._by_iteration(squares, seen)
        solution = np.zeros_like(squares)
        solution[seen] = cho_solve(self._squares_factor, squares[seen])
        return solution

    @cached_property
    def _squares_factor(self) -> Any:
        """Cholesky factor of M_D o M_D over the cells that are not explained wholly."""
        seen = self.diagonal > SINGULAR
        matrix = self.dense[np.ix_(seen, seen)] ** 2
        sums = np.abs(matrix).sum(axis=0)
        norm = float(sums.max(initial=0.0))
        try:
            factor, lower = cho_factor(matrix)
        except np.linalg.LinAlgError:
            raise _not_identified() from None
        reciprocal, _ = lapack.dpocon(factor, norm, uplo="U")
        if reciprocal < SINGULAR:
            raise _not_identified()
        return factor, lower

    def _by_iteration(self, squares: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """By conjugate gradients, in units of the diagonal."""
        n = len(squares)
        diagonal = np.where(seen, self.diagonal, 1.0)
        scale = np.where(seen, 1.0 / diagonal, 0.0)

        def product(x: np.ndarray) -> np.ndarray:
            scaled: np.ndarray = scale * self.squares(scale * x.ravel())
            return scaled

        matrix = LinearOperator((n, n), product)
        right = scale * squares
        solution, failed = cg(matrix, right, rtol=SQUARES_TOLERANCE, maxiter=SQUARES_STEPS)
        if failed:
            raise _not_identified()
        variances: np.ndarray = scale * solution
        return variances


def _not_identified() -> IdentificationError:
    return IdentificationError(
        "correction",
        expected="effects that leave each cell's variance something to be seen from, as unit "
        "effects with three periods a unit do, for 'robust-score'",
        got="effects under which squared residuals do not tell the variances apart: with unit "
        "effects those of two periods of a unit are equal",
        remedy='Leave out units with two periods, use other effects, or correction="adjusted-score".',
    )


@dataclass(frozen=True, eq=False)
class Filtered:
    """I - X (X'X)^-1 X' for sparse independent columns X (n, r), by one sparse factor."""

    X: sparse.csr_array

    @property
    def rank(self) -> int:
        return int(self.X.shape[1])

    def off(self, values: np.ndarray) -> np.ndarray:
        if not self.rank:
            return values
        for _ in range(2):  # once more, for what rounding left
            weights = self._factor.solve(self.X.T @ values)
            values = values - self.X @ weights
        return values

    @cached_property
    def _factor(self) -> Any:
        products = sparse.csc_array(self.X.T @ self.X)
        try:
            return splu(products, permc_spec="MMD_AT_PLUS_A")
        except RuntimeError:
            raise EstimationError(
                "The effects cannot be told apart at this lam: the filter I - lam M is singular."
            ) from None
