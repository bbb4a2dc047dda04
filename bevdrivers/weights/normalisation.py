"""Scalings of raw links: row, spectral, min-max."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.linalg import eig
from scipy.sparse import csgraph
from scipy.sparse.linalg import eigs, eigsh

from ..errors import WeightsError
from ..numerics.linalg import eigenvalues
from ..numerics.streams import generator

# Up to this size all eigenvalues take about a second; above, the largest one comes from Krylov
# steps.
DENSE_EIGENVALUES = 1000

# Above this share of the largest eigenvalue none is taken for zero. Of an eigenvalue that is zero k
# times with one vector, rounding leaves about the k-th root of 1e-16: 0.01 for k = 8.
SMALL = 0.02

# Relative error of the spectral radius of larger ones.
KRYLOV = 1e-6


def normalised(links: sparse.csr_array, how: str | None) -> sparse.csr_array:
    """Raw links, (N, N), scaled.

    Parameters
    ----------
    links : sparse array of shape (N, N)
    how : {"row", "spectral", "min-max", None}
        Row: w_ij / sum_j w_ij. Spectral: W / (largest absolute eigenvalue of W). Min-max: W /
        min(largest row sum, largest column sum), which bounds the spectral radius (Kelejian and
        Prucha 2010, section 2.2).
    """
    if how == "row":
        total = links.sum(axis=1)
        scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
        scaled = links.copy()
        scaled.data = links.data * np.repeat(scale, np.diff(links.indptr))
        return scaled
    if how == "spectral":
        return sparse.csr_array(links / _positive(spectral_radius(links), "spectral"))
    if how == "min-max":
        bound = min(
            links.sum(axis=1).max(initial=0.0),
            links.sum(axis=0).max(initial=0.0),
        )
        return sparse.csr_array(links / _positive(float(bound), "min-max"))
    return links


def _positive(scale: float, how: str) -> float:
    if scale > 0:
        return scale
    size = "spectral radius" if how == "spectral" else "largest row and column sum"
    raise WeightsError(
        "normalise",
        expected=f"links with a {size} above 0",
        got="0: no links, or links that never lead back to where they began",
        remedy="Use normalise='row' or None.",
    )


def is_symmetric(links: sparse.csr_array) -> bool:
    """Whether each link has the same weight in both directions."""
    return bool((links != links.T).nnz == 0)


def spectral_radius(links: sparse.csr_array) -> float:
    """The largest absolute eigenvalue of non-negative links; it is an eigenvalue itself (Perron and
    Frobenius).
    """
    N = links.shape[0]
    if _leads_nowhere(links):
        return 0.0
    if N <= DENSE_EIGENVALUES:
        return float(np.abs(eigenvalues(links.toarray(), links.toarray())).max(initial=0.0))
    if is_symmetric(links):
        return float(
            eigsh(
                links,
                k=1,
                which="LA",
                v0=_start(N),
                tol=KRYLOV,
                return_eigenvectors=False,
            )[0]
        )
    return float(
        np.abs(
            eigs(
                links,
                k=1,
                which="LR",
                v0=_start(N),
                tol=KRYLOV,
                return_eigenvectors=False,
            )
        ).max()
    )


def all_eigenvalues(W: sparse.csr_array, links: sparse.csr_array) -> np.ndarray:
    """All eigenvalues of W, real or complex, (N,); those that are zero but for rounding are zero.

    Where no path leads from a unit back to itself, its eigenvalue is zero. Others come from one
    group of units at a time whose members reach each other, since W is block triangular in the
    order of these groups.

    Parameters
    ----------
    W : sparse array of shape (N, N)
    links : sparse array of shape (N, N)
        Of which W is a row scaling.
    """
    if is_symmetric(links):
        return eigenvalues(W.toarray(), links.toarray())
    _, group = csgraph.connected_components(links, connection="strong")
    values = np.zeros(W.shape[0], dtype=complex)
    for number in np.flatnonzero(np.bincount(group) > 1):
        members = np.flatnonzero(group == number)
        values[members] = _of_group(W[members][:, members].toarray())
    return values.real if (values.imag == 0).all() else values


def _of_group(W: np.ndarray) -> np.ndarray:
    """Eigenvalues of a group; those within their own rounding error of zero are zero.

    The error of an eigenvalue is that of the matrix over the cosine between its left and its right
    eigenvector. Where zero is an eigenvalue several times and lacks vectors, rounding makes it some
    small numbers with cosines near zero, of either sign by the order of the rows.

    Source: Golub, G. H. and Van Loan, C. F. (2013). Matrix Computations, 4th edition, section
    7.2.2.
    """
    values = eigenvalues(W)
    size = np.abs(values)
    if size.min() > SMALL * size.max():
        return values
    values, left, right = eig(W, left=True, right=True)
    size = np.abs(values)
    cosine = np.abs(np.sum(left.conj() * right, axis=0))
    rounding = len(W) * np.finfo(float).eps * size.max()
    zero = (size <= SMALL * size.max()) & (size * cosine <= rounding)
    return np.where(zero, 0.0, values)


def _leads_nowhere(links: sparse.csr_array) -> bool:
    """Whether no path leads back to where it began: then every eigenvalue is zero."""
    return bool(
        csgraph.connected_components(links, connection="strong", return_labels=False)
        == links.shape[0]
    )


def _start(N: int) -> np.ndarray:
    # the same each time; positive, for the Perron vector, and of no symmetry of the map, for the
    # others
    return generator(0, "starts of eigenvalues").uniform(0.5, 1.5, size=N)
