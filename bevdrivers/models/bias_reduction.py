"""Residuals of few clusters, put right for what estimating took from them: CR2 and CR3.

Residuals are smaller than errors, most of all in clusters with much leverage, and a covariance made
of them is too small with few clusters. With e_hat = (I - H) e, and g the rows of a cluster,

    CR2:  (I - H)_gg^-1/2 e_hat_g    of independent errors of one variance the covariance is unbiased
    CR3:  (I - H)_gg^-1 e_hat_g      the estimates without the cluster are b - (X'X)^-1 X_g' CR3_g

take the place of e_hat_g (Bell and McCaffrey 2002, Survey Methodology 28, 169-181). H is the hat
matrix of regressors and dummies together, which Q and X after Q give as I - H = Q - X B X'. Where
dummies of the clusters make a block singular its Moore-Penrose inverse serves (Pustejovsky and
Tipton 2018, J. Bus. Econ. Statist. 36, 672-683, doi:10.1080/07350015.2016.1247004).

For least squares this is exact. For maximum likelihood X has the slopes of e that are not random, Z
and what regressors explain of the lags, and B comes from the information: what a cluster's own
share in estimating b and rho takes from its residuals, to the first order. The products e_i e_j of
different units in the score have a leverage of 1/N^2 each and need nothing beyond that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..numerics.linalg import off_basis
from .design.transforms import Within

# Below this share of the largest, eigenvalues of a block count as zero: far above rounding.
SINGULAR = 1e-10
POWERS = {"CR2": -0.5, "CR3": -1.0}


@dataclass(frozen=True, eq=False)
class Leverage:
    """What estimating leaves of the errors, I - H = Q - X B X', by cluster.

    Attributes
    ----------
    X : array of shape (T, N, P)
        Slopes of the errors by the parameters, after Q.
    B : array of shape (P, P)
        Symmetric; (X'X)^-1 for least squares.
    within : Within
        Q.
    by : {"unit", "time"}
        What the clusters are.
    """

    X: np.ndarray
    B: np.ndarray
    within: Within
    by: str

    def adjusted(self, e: np.ndarray, kind: str) -> np.ndarray:
        """Residuals (T, N) as CR2 or CR3 takes them."""
        adjusted: np.ndarray = np.einsum("gij,gj->gi", self._powers(kind), self.clustered(e))
        return adjusted.T if self.by == "unit" else adjusted

    def satterthwaite(self, contrasts: np.ndarray) -> np.ndarray:
        """Degrees of freedom of t for linear combinations (m, P) under CR2, (m,).

        The variance of a combination is a quadratic form in the residuals, sum_g (p_g' e_hat_g)^2
        with p_g = CR2_g X_g B c. In iid normal errors it has the mean and the variance of a
        multiple of chi2 with (sum of G)^2 / sum of G^2 degrees of freedom, G the eigenvalues of
        the matrix p_g' (I - H)_gh p_h. For maximum likelihood the rest of the variance c'Bc, which
        comes from products of many pairs of units, counts as known.
        """
        roots, X = self._powers("CR2"), self.clustered(self.X)
        inside, across = self.factors
        rest = self.rest
        found = np.empty(len(contrasts))
        for k, contrast in enumerate(contrasts):
            p = np.einsum("gij,gjk,k->gi", roots, X, self.B @ contrast, optimize=True)
            products = p @ inside @ p.T * across
            slopes = np.einsum("gik,gi->gk", X, p)
            products = products - slopes @ self.B @ slopes.T
            if rest is not None:
                of_rest = np.einsum("gir,gi->gr", rest, p)
                products = products - of_rest @ of_rest.T
            along = self.B @ contrast
            of_pairs = contrast @ along - np.sum((X @ along) ** 2)
            squares = np.sum(products**2)
            whole = np.trace(products) + max(of_pairs, 0.0)
            found[k] = whole**2 / squares if squares > 0.0 else np.inf
        return found

    def _powers(self, kind: str) -> np.ndarray:
        """Powers of the clusters' own blocks of I - H, (G, n, n)."""
        X = self.clustered(self.X)
        inside, across = self.factors
        blocks = np.diag(across)[:, None, None] * inside - X @ self.B @ X.transpose(0, 2, 1)
        rest = self.rest
        if rest is not None:
            blocks = blocks - rest @ rest.transpose(0, 2, 1)
        values, vectors = np.linalg.eigh(blocks)
        kept = values > SINGULAR
        powers = np.where(kept, np.where(kept, values, 1.0) ** POWERS[kind], 0.0)
        powered: np.ndarray = (vectors * powers[:, None, :]) @ vectors.transpose(0, 2, 1)
        return powered

    @property
    def factors(self) -> tuple[np.ndarray, np.ndarray]:
        """The two factors of Q (`rest` apart), inside a cluster (n, n) and across them (G, G)."""
        T, N = self.X.shape[:2]
        over_time = _projection(T, self.within.over_time, mean=self.within.unit)
        over_units = _projection(N, self.within.over_units, mean=self.within.time)
        return (over_time, over_units) if self.by == "unit" else (over_units, over_time)

    @property
    def rest(self) -> np.ndarray | None:
        """The basis of the dummies that are in neither factor of Q, (G, n, r)."""
        return None if self.within.rest is None else self.clustered(self.within.rest)

    def clustered(self, values: np.ndarray) -> np.ndarray:
        """(T, N, ...) as (G, n, ...), the clusters first."""
        return values.swapaxes(0, 1) if self.by == "unit" else values


def _projection(
    n: int,
    basis: np.ndarray | None,
    *,
    mean: bool,
) -> np.ndarray:
    """The projection (n, n) off a basis (n, p), or off the mean, or nothing."""
    if basis is not None:
        return off_basis(np.eye(n), basis)
    projection: np.ndarray = np.eye(n) - mean / n
    return projection
