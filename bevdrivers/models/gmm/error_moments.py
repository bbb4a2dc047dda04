"""Moments of the error e_t' A_k e_t, from which lam is estimated, and their minimum.

A_k live in the contrasts that Q leaves: with time effects E(e'Me) is not zero but -(T - 1) sigma2,
and matrices whose diagonal is zero get one from demeaning. Both are put right here, so that the
moments hold exactly for any T and N.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import EstimationError, IdentificationError
from ..design.sample import RANK_TOLERANCE, Sample
from .two_stage import contrasts_of

# Two minima of a criterion are as low as each other when they differ by less than this share of the
# terms of which it is the sum, whatever the scale of the weights: rounding leaves 1e-15.
TIE = 1e-10
# A slope of the moments below this share of the terms of which it is the sum is none.
SLOPE_SHARE = 1e-6


@dataclass(frozen=True, eq=False)
class ErrorMoments:
    """Quadratic moments of the error and how they are weighted.

    Attributes
    ----------
    matrices : array of shape (q, N, N)
        Symmetric A_k, for errors after Q.
    weight : array of shape (q, q)
        Of the criterion g' weight g, g_k = sum_t e_t' A_k e_t. Its null space takes up sigma2 where
        the moments have it: minimising over sigma2 first is the same.
    """

    matrices: np.ndarray
    weight: np.ndarray

    def values(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Coefficients (q, 3) of g(lam) in 1, lam, lam^2 for e = u - lam v, arrays of shape (T,
        N).
        """
        over_all = (1, 2)
        Au = u @ self.matrices
        Av = v @ self.matrices
        # u'Au - 2 lam u'Av + lam^2 v'Av
        constant = np.sum(Au * u, over_all)
        linear = -2.0 * np.sum(Au * v, over_all)
        quadratic = np.sum(Av * v, over_all)
        return np.stack([constant, linear, quadratic], axis=1)


def _inner(sample: Sample, B: np.ndarray) -> np.ndarray:
    """The symmetric part of B as demeaned errors see it."""
    symmetric = (B + B.T) / 2
    return contrasts_of(sample).both_sides(symmetric)


def _error_matrices(sample: Sample) -> list[np.ndarray]:
    """M'M and M in the contrasts that Q leaves, made symmetric."""
    assert sample.M is not None
    M = sample.M.dense
    QM = contrasts_of(sample).project(M)
    return [_inner(sample, QM.T @ QM), _inner(sample, M)]


def iid_moments(sample: Sample, *, full: bool) -> ErrorMoments:
    """The three moments of Kelejian and Prucha (1999), in contrasts: e'e, (Me)'Me and e'Me against
    their expectations.

    Kelejian and Prucha (1999), Int. Econ. Rev. 40, 509-533, doi:10.1111/1468-2354.00027; within
    form: Mutl and Pfaffermayr (2011), Econometrics J. 14, 48-76,
    doi:10.1111/j.1368-423X.2010.00325.x. `full` weights by the inverse of their covariance under
    normal errors (Kapoor, Kelejian and Prucha 2007, doi:10.1016/j.jeconom.2006.09.004).
    """
    _, N = sample.shape
    identity = _inner(sample, np.eye(N))
    matrices = np.array([identity, *_error_matrices(sample)])
    weight = np.eye(3)
    if full:
        weight = inverse_variance(gram(matrices))
    # sigma2 is concentrated out: with the expectations d of the moments (times sigma2) and the
    # weight V, V - V d d'V / d'V d
    d = np.trace(matrices, axis1=1, axis2=2)
    Vd = weight @ d
    concentrated = weight - np.outer(Vd, Vd) / (d @ Vd)
    return ErrorMoments(matrices, concentrated)


def gram(matrices: np.ndarray) -> np.ndarray:
    """Traces of products of symmetric matrices (q, N, N), (q, q): half of the covariance of normal
    quadratic forms.
    """
    products: np.ndarray = np.einsum("kij,lji->kl", matrices, matrices)
    return products


def inverse_variance(variance: np.ndarray) -> np.ndarray:
    """The weight (q, q) that is efficient for moments of this variance (q, q).

    A moment that is a combination of others, or zero, adds nothing to them: its variance is singular
    then, and any of its generalised inverses gives the same criterion. So it is where all units are
    neighbours of each other, in a ring of three for instance.
    """
    size = np.sqrt(np.diag(variance))
    size = np.where(size > 0.0, size, 1.0)
    correlations = variance / np.outer(size, size)
    if np.linalg.eigvalsh(correlations).min() > RANK_TOLERANCE:
        regular: np.ndarray = np.linalg.inv(variance)
        return regular
    inverse: np.ndarray = np.linalg.pinv(correlations, RANK_TOLERANCE, hermitian=True)
    scaled: np.ndarray = inverse / np.outer(size, size)
    return scaled


def robust_moments(sample: Sample) -> ErrorMoments:
    """M'M and M with zero diagonals, whose expectations are zero whatever the variances, weighted
    equally.

    Kelejian and Prucha (2010), J. Econometrics 157, 53-67, doi:10.1016/j.jeconom.2009.10.025.
    """
    hollow = [_without_rounding(_hollow(sample, B), B) for B in _error_matrices(sample)]
    return ErrorMoments(np.array(hollow), np.eye(2))


def _without_rounding(rest: np.ndarray, B: np.ndarray) -> np.ndarray:
    """What is left of B, or zero where it is only rounding: M'M of a directed ring, or of pairs, is
    diagonal.
    """
    if np.linalg.norm(rest) <= RANK_TOLERANCE * np.linalg.norm(B):
        return np.zeros_like(rest)
    return rest


def _hollow(sample: Sample, B: np.ndarray) -> np.ndarray:
    """B less the diagonal matrix D for which the diagonal of Q (B - D) Q is zero.

    Without time effects D is B's diagonal. With them diag(Q D Q) = (1 - 2/N) d + mean(d)/N, solved
    for d; with effects of groups the squared entries of Q times d (singular for a group of two,
    whose diagonal entries are equal).
    """
    c = np.diag(B)
    if not sample.within.time:
        removed = np.diag(c)
    elif sample.within.over_units is not None:
        _, Q = sample.within.rows(*sample.shape)
        d, *_ = np.linalg.lstsq(Q**2, c, rcond=RANK_TOLERANCE)
        removed = Q @ np.diag(d) @ Q
    else:
        # the mean of both sides gives mean(d), and mean(d) gives d
        N = len(c)
        mean_d = c.mean() / (1 - 1 / N)
        d = (c - mean_d / N) / (1 - 2 / N)
        removed = _inner(sample, np.diag(d))
    hollow: np.ndarray = B - removed
    return hollow


def residuals_and_lag(sample: Sample, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Qu and QMu at coefficients b of (Z, Wy), each (T, N)."""
    assert sample.lagged_columns is not None
    # y stands between Z and Wy
    combine = np.insert(-b, sample.n_regressors, 1.0)
    return sample.columns @ combine, sample.lagged_columns @ combine


def check_slope(
    sample: Sample,
    moments: ErrorMoments,
    b: np.ndarray,
    lam: float,
    slope: np.ndarray,
) -> None:
    """Refuse an estimate at which the moments do not move with lam: it has no standard error.

    So it is where a single moment has no root, and the criterion is least where it comes nearest
    to one. `slope` (q,) is that of the moments by lam.

    Raises
    ------
    IdentificationError
    """
    u, Mu = residuals_and_lag(sample, b)
    # the terms of which the slope of g is the sum, by their size
    _, linear, quadratic = np.abs(moments.values(u, Mu)).T
    terms = linear + 2.0 * abs(lam) * quadratic
    size = float(terms @ np.abs(moments.weight) @ terms)
    curvature = float(slope @ moments.weight @ slope)
    if curvature > SLOPE_SHARE**2 * size:
        return
    raise IdentificationError(
        "error_weights",
        expected="moments of the error that move with lam at its estimate",
        got=f"lam = {lam:.6g}, where they do not",
        remedy="Use maximum likelihood, another gmm=, or other weights.",
    )


def lowest(sample: Sample, S: np.ndarray) -> float:
    """The lam in its range that minimises (1, lam, lam^2) S (1, lam, lam^2)'."""
    assert sample.M is not None
    size = float(np.abs(S).max())
    if not size > 0.0:
        raise IdentificationError(
            "error_weights",
            expected="weights under which the moments of the error move with lam",
            got="moments that are zero for every lam",
            remedy="Use other weights, or a model without a lag of the error.",
        )
    S = S / size
    quartic = np.array(
        [
            S[0, 0],
            2 * S[0, 1],
            2 * S[0, 2] + S[1, 1],
            2 * S[1, 2],
            S[2, 2],
        ]
    )
    criterion = np.polynomial.Polynomial(quartic)

    # the minimum lies at an end of the range, or where the slope has a root
    low, high = sample.M.spectrum.bounds
    roots = criterion.deriv().roots()
    rounding = 1e-7 * (1 + np.abs(roots.real))
    real = roots.real[np.abs(roots.imag) < rounding]
    inside = [root for root in real if low < root < high]
    candidates = [lam for lam in (low, high, *inside) if np.isfinite(lam)]
    if not candidates:
        raise EstimationError("The moments of the error have no minimum in lam.")

    # where M is orthogonal, as of a directed ring or of pairs, lam and 1/lam are as good as each
    # other: the one nearer to zero is meant
    values = {lam: float(criterion(lam)) for lam in candidates}
    least = min(values.values())
    terms = np.polynomial.Polynomial(np.abs(quartic))
    tied = [lam for lam in candidates if values[lam] - least <= TIE * terms(abs(lam))]
    return float(min(tied, key=abs))
