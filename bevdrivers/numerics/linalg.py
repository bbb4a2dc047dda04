"""The few linear algebra steps that every spatial model shares: lags of (T, N, ...) arrays,
eigenvalues, solves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg import lapack, lu_factor, lu_solve
from scipy.sparse import csgraph
from scipy.sparse.linalg import splu

# Where W has no negative real eigenvalue (a directed ring of odd length), I - rho W is regular for
# every negative rho and the likelihood has no lower end: the search then stops at this multiple of
# 1 / (spectral radius of W).
RHO_FLOOR = -10.0

# An eigenvalue counts as real when its imaginary part is rounding error beside the spectral radius.
REAL_TOLERANCE = 1e-8

# Eigenvalues nearer to each other than this share of the spectral radius may be one that is
# multiple: rounding leaves 1e-4 between four of them.
CLOSE_EIGENVALUES = 3e-4
# LAPACK's estimate of the norm of an inverse is a lower bound; beyond this factor it is not trusted.
UNDERESTIMATED = 100.0


def spatial_lag(W: Any, values: np.ndarray) -> np.ndarray:
    """W applied to the unit axis: (W values)[t, i] = sum_j W[i, j] values[t, j].

    Parameters
    ----------
    W : array or sparse array of shape (N, N)
    values : array of shape (T, N) or (T, N, K)

    Returns
    -------
    array of the shape of `values`
    """
    if isinstance(W, np.ndarray) and values.ndim == 2:
        return values @ W.T

    # one product with W for all periods and columns: the units come first, the rest is flattened
    by_unit = np.moveaxis(values, 1, 0)
    N = by_unit.shape[0]
    flat = by_unit.reshape(N, -1)
    lagged = (W @ flat).reshape(by_unit.shape)
    return np.moveaxis(lagged, 0, 1)


def off_basis(values: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """The columns of `values` (n, k) less their projection on the orthonormal columns of `basis`
    (n, q).
    """
    coordinates = basis.T @ values
    rest: np.ndarray = values - basis @ coordinates
    return rest


def eigenvalues(W: np.ndarray, links: np.ndarray | None = None) -> np.ndarray:
    """All eigenvalues of W, complex ones kept, those that are zero but for rounding as exact zeros.

    Parameters
    ----------
    W : array of shape (N, N)
    links : array of shape (N, N), optional
        Non-negative links of which W is a row scaling. When they are symmetric, W is similar to a
        symmetric matrix and the symmetric solver serves.

    Returns
    -------
    array of shape (N,): real and ascending from the symmetric solver, else as they come, complex
    where any is.
    """
    if links is not None and np.array_equal(links, links.T):
        return _of_symmetric_form(W, links)

    # where links lead one way only from group to group W is block triangular, up to the order of
    # the units: taken as one matrix, equal eigenvalues of two groups would disturb each other
    _, group = csgraph.connected_components(W, directed=True, connection="strong")
    groups = group.max(initial=-1) + 1
    of_blocks = []
    for k in range(groups):
        units = np.flatnonzero(group == k)
        block = W[np.ix_(units, units)]
        of_blocks.append(_of_block(block))

    values = np.concatenate(of_blocks)
    if np.all(values.imag == 0):
        return values.real
    return values


def _of_symmetric_form(W: np.ndarray, links: np.ndarray) -> np.ndarray:
    """All eigenvalues of a row scaling of symmetric links, ascending.

    W = D L with L symmetric and D diagonal is similar to D^1/2 L D^1/2 (Ord 1975, appendix A).
    """
    root = _root_of_scale(links.sum(axis=1), W.sum(axis=1))
    similar = root[:, None] * links * root
    values = np.linalg.eigvalsh(similar)

    sizes = np.abs(values)
    rounding = len(values) * np.finfo(float).eps * sizes.max(initial=0.0)
    return np.where(sizes <= rounding, 0.0, values)


def _of_block(W: np.ndarray) -> np.ndarray:
    """All eigenvalues of a square block, multiple real ones to full precision.

    One of multiplicity k without as many eigenvectors comes out of the general solver as k values
    on a circle of radius eps^(1/k) about it, a hundred-thousandth for k = 3, some of them complex:
    a zero is none, and bounds of rho move with the order of the units. The mean of the k is good to
    rounding, so each suspected one is looked for by ranks and taken out.
    """
    size = float(np.linalg.norm(W))
    rounding = 10 * len(W) * np.finfo(float).eps * size

    # zeros first, then what may be multiple beside them
    left = _without(W, 0.0, rounding)
    zeros = np.zeros(len(W) - len(left))
    simple = np.linalg.eigvals(left)
    suspected = _means_of_close(simple)
    if not suspected:
        return np.concatenate([zeros, simple])

    multiple = []
    for value in suspected:
        rest = _without(left, value, rounding)
        multiplicity = len(left) - len(rest)
        multiple.append(np.full(multiplicity, value))
        left = rest
    simple = np.linalg.eigvals(left)
    return np.concatenate([zeros, *multiple, simple])


def _means_of_close(values: np.ndarray) -> list[float]:
    """Means of the groups of eigenvalues that lie together on, or beside, the real line."""
    radius = float(np.abs(values).max(initial=0.0))
    apart = CLOSE_EIGENVALUES * radius
    beside_real_line = np.abs(values.imag) <= apart
    real = np.sort(values.real[beside_real_line])

    gaps = np.flatnonzero(np.diff(real) > apart)
    groups = np.split(real, gaps + 1)
    return [float(group.mean()) for group in groups if len(group) > 1]


def _without(
    W: np.ndarray,
    value: float,
    rounding: float,
) -> np.ndarray:
    """What is left of a square W without an eigenvalue, with all its multiplicity; W itself where it
    is none.

    With V the right singular vectors of S = W - value I, V'SV is block triangular and zero on the
    null space of S; and so again of the block that is left.

    Source: the staircase of Golub and Wilkinson (1976), SIAM Review 18, 578-619.
    """
    left = W - value * np.eye(len(W))
    while len(left) and not _is_regular(left, rounding):
        _, singular_values, right = np.linalg.svd(left)
        rank = int(np.count_nonzero(singular_values > rounding))
        if rank == len(left):
            break
        # off the null space, whose right singular vectors come last
        V = right[:rank]
        left = V @ left @ V.T
    return left + value * np.eye(len(left))


def _is_regular(S: np.ndarray, rounding: float) -> bool:
    """Whether a square S has no singular value below `rounding`, as far as an estimate can tell;
    False where only the singular values can.

    The smallest one is at least 1 / (N^(1/2) |S^-1|), in the 1-norm, which LAPACK estimates from
    factors of S at a small part of the cost of a singular value decomposition (Higham 1989,
    doi:10.1145/63522.214391).
    """
    size = float(np.linalg.norm(S, 1))
    factors, _, singular = lapack.dgetrf(S)
    if singular:
        return False

    # 1 / (|S| |S^-1|)
    estimate, _ = lapack.dgecon(factors, size)
    reciprocal = float(estimate)
    smallest = reciprocal * size / np.sqrt(len(S))
    return bool(smallest > UNDERESTIMATED * rounding)


def symmetric_form(W: sparse.csr_array, links: sparse.csr_array) -> sparse.csr_array | None:
    """The symmetric matrix that W is similar to when it is a row scaling of symmetric links; else
    None.
    """
    asymmetric = links != links.T
    if asymmetric.nnz:
        return None
    root = _root_of_scale(links.sum(axis=1), W.sum(axis=1))
    scale = sparse.diags_array(root)
    similar = scale @ links @ scale
    return sparse.csr_array(similar)


def _root_of_scale(total: np.ndarray, scaled: np.ndarray) -> np.ndarray:
    """The root of the factor that turned row sums `total` into `scaled`, each (N,); 0 for a row of
    zeros.
    """
    zeros = np.zeros_like(total)
    factor = np.divide(scaled, total, out=zeros, where=total > 0)
    root: np.ndarray = np.sqrt(factor)
    return root


def is_row_normalised(W: sparse.csr_array, tolerance: float = 1e-10) -> bool:
    """Whether every row of W sums to one (a zero row of an island does not)."""
    from_one = np.abs(W.sum(axis=1) - 1.0)
    return bool(np.all(from_one <= tolerance))


@dataclass(frozen=True, eq=False)
class Pencil:
    """I - rho W for many rho. What they share, the sparsity pattern in an order that keeps the fill
    low, is found once.

    Attributes
    ----------
    W : array or sparse array of shape (N, N)
    """

    W: Any

    def at(self, rho: float) -> Resolvent:
        """(I - rho W)^-1, as solves."""
        return Resolvent(self, rho)

    def dense(self, rho: float) -> np.ndarray:
        """I - rho W as an array, (N, N)."""
        W = self.W
        if not isinstance(W, np.ndarray):
            W = W.toarray()
        system: np.ndarray = np.eye(len(W)) - rho * W
        return system

    @cached_property
    def order(self) -> np.ndarray:
        """Order of the units (N,) in which a sparse W is eliminated: minimum degree."""
        # any diagonal that dominates will do: the order follows from the pattern alone
        row_sums = abs(self.W).sum(axis=1)
        largest_row = float(row_sums.max(initial=0.0))
        heavy = 1.0 + 2.0 * largest_row
        diagonal = heavy * sparse.eye_array(self.W.shape[0], format="csc")
        dominant = sparse.csc_array(diagonal - self.W)

        factors = _sparse_lu(dominant, "MMD_AT_PLUS_A")
        return np.argsort(factors.perm_c)

    @cached_property
    def _pattern(self) -> sparse.csc_array:
        """W in that order as the real part and the identity as the imaginary part of one sparse
        array.

        So I - rho W for a new rho is one line over the stored numbers, without a new merge of two
        patterns.
        """
        order = self.order
        ordered = sparse.csc_array(self.W)[order][:, order]
        identity = sparse.eye_array(len(order), format="csc")
        both = sparse.csc_array(ordered + 1j * identity)
        both.sort_indices()
        return both

    def factor(self, rho: float) -> Any:
        """LU factors of I - rho W: SciPy's pair for a dense W, a SuperLU object in `order` for a
        sparse one.
        """
        if isinstance(self.W, np.ndarray):
            return lu_factor(self.dense(rho))
        # the imaginary part is I, the real one W
        both = self._pattern
        numbers = both.data.imag - rho * both.data.real
        stored = (numbers, both.indices, both.indptr)
        matrix = sparse.csc_array(stored, shape=both.shape)
        return _sparse_lu(matrix, "NATURAL")


def _sparse_lu(matrix: sparse.csc_array, order: str) -> Any:
    # I - rho W is diagonally dominant for row-normalised W and |rho| < 1: symmetric mode keeps the
    # fill low. Few units share their neighbours, so that panels of several columns only cost time
    # (half of it at 100,000 units).
    return splu(
        matrix,
        permc_spec=order,
        diag_pivot_thresh=0.001,
        panel_size=1,
        relax=1,
        options={"SymmetricMode": True},
    )


@dataclass(frozen=True, eq=False)
class Resolvent:
    """I - rho W factorised once, for solves along the unit axis.

    Attributes
    ----------
    W : Pencil, or array or sparse array of shape (N, N)
        A `Pencil` where there are several rho.
    rho : float
    """

    W: Any
    rho: float

    @cached_property
    def pencil(self) -> Pencil:
        if isinstance(self.W, Pencil):
            return self.W
        return Pencil(self.W)

    @cached_property
    def _factor(self) -> Any:
        return self.pencil.factor(self.rho)

    @property
    def _is_dense(self) -> bool:
        return isinstance(self.pencil.W, np.ndarray)

    def solve(self, right: np.ndarray, *, transposed: bool = False) -> np.ndarray:
        """(I - rho W)^-1, or its transpose, times `right` of shape (N,) or (N, K)."""
        if self._is_dense:
            solution: np.ndarray = lu_solve(self._factor, right, trans=int(transposed))
            return solution

        # the factors are those of the units in the order of elimination
        order = self.pencil.order
        ordered = np.asarray(right, float)[order]
        which = "T" if transposed else "N"
        solved = np.empty(np.shape(right))
        solved[order] = self._factor.solve(ordered, trans=which)
        return solved

    def over_units(self, values: np.ndarray) -> np.ndarray:
        """(I - rho W)^-1 applied to the unit axis of an array of shape (T, N)."""
        by_unit = np.ascontiguousarray(values.T)
        solved = self.solve(by_unit)
        return np.ascontiguousarray(solved.T)

    @property
    def log_determinant(self) -> float:
        """ln|I - rho W|: the sum of the logs of the diagonal of the upper factor (that of the lower
        one is 1).
        """
        if self._is_dense:
            diagonal = np.diag(self._factor[0])
        else:
            diagonal = self._factor.U.diagonal()
        logs = np.log(np.abs(diagonal))
        return float(logs.sum())
