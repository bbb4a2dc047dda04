"""Scalings of raw links: row, spectral, min-max."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import eigs, eigsh

from ..errors import WeightsError
from ..numerics.linalg import eigenvalues
from ..numerics.streams import generator

# Up to this size all eigenvalues take about a second; above, the largest one comes from Krylov
# steps.
DENSE_EIGENVALUES = 1000

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
