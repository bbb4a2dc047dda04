"""Small unbalanced samples that the tests of adjusted scores share, with their matrices as they are
written on paper.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from bevdrivers.models.quasi_score.stacked import Stacked

BOTH = np.array([0.3, -0.25])


def weights(there: np.ndarray, rng: np.random.Generator, *, row: bool) -> sparse.csr_array:
    """Others in each period, among the units that are there; rows of one sum or of different ones."""
    blocks = []
    for period in there:
        links = rng.uniform(size=(period.sum(),) * 2)
        np.fill_diagonal(links, 0.0)
        sums = links.sum(axis=1, keepdims=True) if row else links.sum(axis=1).max()
        blocks.append(sparse.csr_array(links / sums))
    return sparse.csr_array(sparse.block_diag(blocks, "csr"))


def indicator(groups: np.ndarray) -> np.ndarray:
    return (groups[:, None] == np.unique(groups)).astype(float)


def unbalanced(
    effects: str | None = "two-way",
    lags: str = "both",
    *,
    N: int = 7,
    T: int = 6,
    K: int = 2,
    missing: float = 0.15,
    row: bool = False,
    seed: int = 0,
) -> Stacked:
    """A panel with missing cells and other weights in each period; the outcome is noise."""
    rng = np.random.default_rng(seed)
    there = rng.uniform(size=(T, N)) >= missing
    there[:4] = True  # four periods a unit
    period, unit = np.nonzero(there)
    n = len(unit)
    columns = [np.zeros((n, 0))]
    if effects in ("unit", "two-way"):
        columns.append(indicator(unit))
    if effects in ("time", "two-way"):
        columns.append(indicator(period))
    Z = rng.standard_normal((n, K))
    return Stacked(
        y=Z.sum(axis=1) + rng.standard_normal(n),
        Z=Z,
        B=weights(there, rng, row=row) if lags in ("y", "both") else None,
        M=weights(there, rng, row=row) if lags in ("error", "both") else None,
        D=sparse.csr_array(np.hstack(columns)),
        unit=unit,
        period=period,
        bounds=np.array([[-1.0, 1.0]] * (1 + (lags == "both"))),
    )


class Paper:
    """A, R, M_D, G and H of a sample at p, dense."""

    def __init__(self, data: Stacked, p: np.ndarray) -> None:
        identity = np.eye(data.n)
        zero = np.zeros((data.n, data.n))
        self.rho, self.lam = data.split(p)
        self.B = zero if data.B is None else data.B.toarray()
        self.M = zero if data.M is None else data.M.toarray()
        self.A = identity - self.rho * self.B
        self.R = identity - self.lam * self.M
        dummies = self.R @ data.D.toarray()
        self.Q = identity - dummies @ np.linalg.pinv(dummies)
        self.G = self.R @ self.B @ np.linalg.inv(self.A) @ np.linalg.inv(self.R)
        self.H = self.M @ np.linalg.inv(self.R)

    def outcome(self, mean: np.ndarray, e: np.ndarray) -> np.ndarray:
        """y of what regressors and effects add and of the errors."""
        return np.linalg.solve(self.A, mean + np.linalg.solve(self.R, e))
