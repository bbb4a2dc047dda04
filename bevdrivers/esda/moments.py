"""Exact mean and variance of sum_ij w_ij c_ij over all orders of the units, and of local sums with
one unit fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse


@dataclass(frozen=True)
class MatrixSums:
    """What the moments need of an N x N matrix A with a zero diagonal (weights, or what is compared
    between units).

    Attributes
    ----------
    total : float or array of shape (P,)
        sum_ij a_ij: S0 of the weights.
    squares, mutual : the same
        sum_ij a_ij^2 and sum_ij a_ij a_ji.
    rows, columns, through : the same
        Sums over i of the squared row sum, the squared column sum, and the row sum times the column
        sum.
    """

    total: Any
    squares: Any
    mutual: Any
    rows: Any
    columns: Any
    through: Any

    @classmethod
    def of_links(cls, W: sparse.csr_array) -> MatrixSums:
        """Of weights."""
        row = W.sum(axis=1)
        column = W.sum(axis=0)
        squares = W.multiply(W).sum()
        mutual = W.multiply(W.T).sum()
        return cls(
            *map(
                float,
                (
                    W.sum(),
                    squares,
                    mutual,
                    row @ row,
                    column @ column,
                    row @ column,
                ),
            )
        )

    @classmethod
    def of_products(cls, x: np.ndarray, y: np.ndarray) -> MatrixSums:
        """Of c_ij = sum_t x_ti y_tj for i != j, for arrays of shape (P, T, N): P matrices."""
        own = (x * y).sum(axis=1)
        diagonal = (own**2).sum(axis=1)
        # T x T products of the periods: sum_ij c_ij^2 = sum_ts (x_t'x_s)(y_t'y_s), diagonal and all
        x_turned = np.swapaxes(x, 1, 2)
        y_turned = np.swapaxes(y, 1, 2)
        xx = x @ x_turned
        yy = y @ y_turned
        xy = x @ y_turned
        row = (x * y.sum(axis=2, keepdims=True)).sum(axis=1) - own
        column = (y * x.sum(axis=2, keepdims=True)).sum(axis=1) - own
        return cls(
            total=row.sum(axis=1),
            squares=(xx * yy).sum(axis=(1, 2)) - diagonal,
            mutual=(xy * np.swapaxes(xy, 1, 2)).sum(axis=(1, 2)) - diagonal,
            rows=(row**2).sum(axis=1),
            columns=(column**2).sum(axis=1),
            through=(row * column).sum(axis=1),
        )

    @classmethod
    def of_differences(cls, z: np.ndarray) -> MatrixSums:
        """Of c_ij = sum_t (z_ti - z_tj)^2, for arrays of shape (P, T, N) whose rows sum to zero: P
        matrices.
        """
        n = z.shape[2]
        # c_ij = own_i + own_j - 2 sum_t z_ti z_tj, where the last term sums to zero over i and over
        # j
        own = (z**2).sum(axis=1)
        total = own.sum(axis=1)
        gram = z @ np.swapaxes(z, 1, 2)
        of_own = 2 * n * (own**2).sum(axis=1)
        of_gram = 4 * (gram**2).sum(axis=(1, 2))
        squares = of_own + 2 * total**2 + of_gram
        row = n * own + total[:, None]
        rows = (row**2).sum(axis=1)
        return cls(2 * n * total, squares, squares, rows, rows, rows)

    @property
    def s1(self) -> Any:
        """S1 of Cliff and Ord: sum_ij (a_ij + a_ji)^2 / 2."""
        return self.squares + self.mutual

    @property
    def s2(self) -> Any:
        """S2 of Cliff and Ord: sum over i of the squared row sum plus column sum."""
        return self.rows + self.columns + 2 * self.through


def permutation_moments(
    n: int,
    a: MatrixSums,
    b: MatrixSums,
) -> tuple[Any, Any]:
    """Mean and variance of sum_ij a_ij b_p(i)p(j) over all n! orders p (Hubert's Gamma, matrices of
    any symmetry).

    E[Gamma^2] is a sum over the ways in which two pairs (i, j) and (k, l) can share units: both,
    both reversed, the first, the second, one's first the other's second (twice), none.

    References
    ----------
    Cliff and Ord (1981), Spatial Processes, section 2.3. Hubert, Golledge and Costanzo (1981),
    Geographical Analysis 13, 224-233.
    """
    two = n * (n - 1.0)
    three = n * (n - 1.0) * (n - 2.0)
    four = three * (n - 3.0)
    # each sum over pairs of pairs, less those of its pairs that share more
    shared = [
        (a.squares * b.squares + a.mutual * b.mutual) / two,
        (a.rows - a.squares) * (b.rows - b.squares) / three,
        (a.columns - a.squares) * (b.columns - b.squares) / three,
        2 * (a.through - a.mutual) * (b.through - b.mutual) / three,
        _apart(a) * _apart(b) / four,
    ]
    mean = a.total * b.total / two
    return mean, sum(shared) - mean**2


def _apart(a: MatrixSums) -> Any:
    """The sum of a_ij a_kl over pairs without a common unit."""
    return a.total**2 - a.rows - a.columns - 2 * a.through + a.squares + a.mutual


def conditional_moments(
    W: sparse.csr_array,
    mean: np.ndarray,
    variance: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of sum_j w_ij v_j over the orders of the other N - 1 values, unit i fixed.

    Parameters
    ----------
    W : sparse array of shape (N, N), zero diagonal
    mean, variance : array of shape (T, N)
        Of the values of the others (variance divided by N - 1).

    Returns
    -------
    two arrays of shape (T, N)

    References
    ----------
    Sokal, Oden and Thomson (1998), Geographical Analysis 30, 331-354,
    doi:10.1111/j.1538-4632.1998.tb00406.x. Ord and Getis (1995), Geographical Analysis 27, 286-306,
    doi:10.1111/j.1538-4632.1995.tb00912.x.
    """
    n = W.shape[0]
    total = W.sum(axis=1)
    squares = W.multiply(W).sum(axis=1)
    # a unit joined to all others with one weight has no variance, whatever the last digits say
    spread = np.maximum((n - 1) * squares - total**2, 0.0)
    spread[spread < 1e-12 * total**2] = 0.0
    return total * mean, np.maximum(variance, 0.0) * spread / (n - 2)
