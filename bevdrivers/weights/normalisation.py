"""Scalings of raw links: row, spectral, min-max; and the range of rho of large sparse weights."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import eigs, eigsh

from ..errors import WeightsError
from ..linalg import eigenvalues

# Up to this size all eigenvalues of a dense matrix take about a second; above, the extreme ones come from Krylov steps.
DENSE_EIGENVALUES = 1000

# Relative error of the spectral radius of larger ones.
KRYLOV = 1e-6


def normalised(links: sparse.csr_array, how: str | None) -> sparse.csr_array:
    """Raw links, (N, N), scaled.

    Parameters
    ----------
    links : sparse array of shape (N, N)
    how : {"row", "spectral", "min-max", None}
        Row: w_ij / sum_j w_ij. Spectral: W / (largest absolute eigenvalue of W). Min-max: W / min(largest row sum,
        largest column sum), which bounds the spectral radius (Kelejian and Prucha 2010, section 2.2).
    """
    if how == "row":
        total = links.sum(axis=1)
        scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
        return sparse.csr_array(links.multiply(scale[:, None]))
    if how == "spectral":
        return sparse.csr_array(links / _positive(spectral_radius(links), "spectral"))
    if how == "min-max":
        bound = min(links.sum(axis=1).max(initial=0.0), links.sum(axis=0).max(initial=0.0))
        return sparse.csr_array(links / _positive(float(bound), "min-max"))
    return links


def _positive(scale: float, how: str) -> float:
    if scale > 0:
        return scale
    raise WeightsError(
        "normalise",
        expected=f"links with a {'spectral radius' if how == 'spectral' else 'largest row and column sum'} above 0",
        got="0: no links, or links that never lead back to where they began",
        remedy="Use normalise='row' or None.",
    )


def is_symmetric(links: sparse.csr_array) -> bool:
    """Whether each link has the same weight in both directions."""
    return bool((links != links.T).nnz == 0)


def spectral_radius(links: sparse.csr_array) -> float:
    """The largest absolute eigenvalue of non-negative links; it is an eigenvalue itself (Perron and Frobenius)."""
    N = links.shape[0]
    if _leads_nowhere(links):
        return 0.0
    if N <= DENSE_EIGENVALUES:
        return float(np.abs(eigenvalues(links.toarray(), links.toarray())).max(initial=0.0))
    if is_symmetric(links):
        return float(eigsh(links, k=1, which="LA", v0=_start(N), tol=KRYLOV, return_eigenvectors=False)[0])
    return float(np.abs(eigs(links, k=1, which="LR", v0=_start(N), tol=KRYLOV, return_eigenvectors=False)).max())


def _leads_nowhere(links: sparse.csr_array) -> bool:
    """Whether no path leads back to where it began: then every eigenvalue is zero."""
    return bool(csgraph.connected_components(links, connection="strong", return_labels=False) == links.shape[0])


def safe_extremes(links: sparse.csr_array, W: sparse.csr_array, how: str | None) -> tuple[float, float]:
    """Bounds of the real eigenvalues of a large sparse W that scales `links`, without a dense matrix.

    Returns
    -------
    low, high : float
        Every rho in (1/low, 1/high) is admissible. High is the spectral radius. Low is the smallest eigenvalue less 1 %
        where links are symmetric, and minus the spectral radius where they are not.
    """
    N = links.shape[0]
    radius = 1.0 if how in ("row", "spectral") else spectral_radius(W)
    if not is_symmetric(links):
        return -radius, radius
    root = np.sqrt(_row_scale(links))
    similar = sparse.csr_array(links.multiply(root[:, None]).multiply(root[None, :])) if how == "row" else W
    low = float(eigsh(similar, k=1, which="SA", v0=_start(N), tol=0.005, return_eigenvectors=False)[0])
    return max(1.01 * low, -radius), radius


def _start(N: int) -> np.ndarray:
    # the same each time; positive, for the Perron vector, and of no symmetry of the map, for the others
    return np.random.default_rng(0).uniform(0.5, 1.5, size=N)


def _row_scale(links: sparse.csr_array) -> np.ndarray:
    total = links.sum(axis=1)
    return np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
