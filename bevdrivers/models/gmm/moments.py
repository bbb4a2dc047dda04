"""Two-stage least squares and generalised moments, for models with lags of y, of the error, or endogenous regressors.

Without a lag of the error: b and rho by two-stage least squares on demeaned arrays. With one:

1. two-stage least squares, residuals u;
2. lam from moments e_t' A_k e_t of e = Q(u - lam M u), quadratic in lam;
3. two-stage least squares of Q(I - lam M) y on Q(I - lam M)(Z, Wy), the spatial Cochrane-Orcutt step;
4. ("robust" only) lam again, from the residuals of step 3 and with efficient weights.

A_k live in the contrasts that Q leaves: with time effects E(e'Me) is not zero but -(T - 1) sigma2, and matrices whose
diagonal is zero get one from demeaning. Both are put right here, so that the moments hold exactly for any T and N.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import BoundWarning, EstimationError, IdentificationError, OptionError, warn
from ..design.sample import RANK_TOLERANCE, Sample
from ..design.transforms import Contrasts
from ..estimate import Estimate
from ..ml.operators import MATRIX_UNITS
from ..sandwich import Scores, independent
from .instruments import Instruments

if TYPE_CHECKING:
    from .random_effects import RandomGmm


@dataclass(frozen=True, eq=False)
class Moments:
    """Quadratic moments of the error and how they are weighted.

    Attributes
    ----------
    matrices : array of shape (q, N, N)
        Symmetric A_k, for errors after Q.
    weight : array of shape (q, q)
        Of the criterion g' weight g, g_k = sum_t e_t' A_k e_t. Its null space takes up sigma2 where the moments have
        it: minimising over sigma2 first is the same.
    """

    matrices: np.ndarray
    weight: np.ndarray

    def values(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Coefficients (q, 3) of g(lam) in 1, lam, lam^2 for e = u - lam v, arrays of shape (T, N)."""
        Au, Av = u @ self.matrices, v @ self.matrices
        return np.stack([np.sum(Au * u, (1, 2)), -2.0 * np.sum(Au * v, (1, 2)), np.sum(Av * v, (1, 2))], axis=1)


@dataclass(frozen=True, eq=False)
class GmmFit:
    """What the covariance and the tests of a GMM fit need beside the estimates.

    Attributes
    ----------
    instruments : Instruments
    moments : Moments or None
        None without a lag of the error.
    filtered : bool
        Whether the residuals that lam came from are those of the filtered regression (else of the plain one).
    random : RandomGmm or None
        Of random effects, which have their own moments.
    """

    instruments: Instruments
    moments: Moments | None = None
    filtered: bool = False
    random: RandomGmm | None = None


def check_moments(sample: Sample) -> None:
    """Refuse more units than the N x N matrices of the moments of lam can be held for.

    Raises
    ------
    OptionError
    """
    N = sample.shape[1]
    if N > MATRIX_UNITS:
        raise OptionError(
            "method",
            expected=f"'ml' for a lag of the error with more than {MATRIX_UNITS} units",
            got=f"'gmm' with {N} units",
            remedy='Use method="ml", or a model without a lag of the error.',
        )


def generalised_moments(sample: Sample, instruments: Instruments, weighting: str | None) -> Estimate:
    """Estimates of (b, rho, lam) for those that the model has; `weighting` of the moments where it has lam."""
    T, N = sample.shape
    if sample.M is None or weighting is None:
        X, y = filtered_columns(sample, 0.0)
        values = two_stage(X, y, instruments)
        return _estimate(sample, values, y - X @ values, GmmFit(instruments))
    b = two_stage(*filtered_columns(sample, 0.0), instruments)
    moments = _robust_moments(sample) if weighting == "robust" else iid_moments(sample, full=False)
    lam = _minimise(sample, moments, b)
    if weighting == "fullweights":
        moments = iid_moments(sample, full=True)
        lam = _minimise(sample, moments, b)
    b = two_stage(*filtered_columns(sample, lam), instruments)
    if weighting == "robust":
        moments = Moments(moments.matrices, _efficient_weight(sample, instruments, moments, b, lam))
        lam = _minimise(sample, moments, b)
    warn_at_bound(sample, lam)
    X, y = filtered_columns(sample, lam)
    values = np.append(b, lam)
    return _estimate(sample, values, y - X @ b, GmmFit(instruments, moments, weighting == "robust"))


def _estimate(sample: Sample, values: np.ndarray, e: np.ndarray, fit: GmmFit) -> Estimate:
    T, N = sample.shape
    # lam is not a regressor: it costs no degree of freedom
    df = T * N - sample.within.absorbed(T, N) - sample.n_regressors - (sample.W is not None)
    return Estimate(
        values=values,
        sigma2=float(np.sum(e**2)) / df,
        loglik=np.nan,
        residuals=e,
        df_resid=None,
        spatial=("rho",) * (sample.W is not None) + ("lam",) * (sample.M is not None),
        gmm=fit,
    )


def filtered_columns(sample: Sample, lam: float) -> tuple[np.ndarray, np.ndarray]:
    """Q(I - lam M) of the regressors (Z, Wy), (T, N, P), and of the outcome, (T, N)."""
    columns = sample.columns
    if lam != 0.0 and sample.lagged_columns is not None:
        columns = columns - lam * sample.lagged_columns
    return np.delete(columns, sample.n_regressors, axis=2), columns[:, :, sample.n_regressors]


def two_stage(X: np.ndarray, y: np.ndarray, instruments: Instruments) -> np.ndarray:
    """Two-stage least squares of y (T, N) on X (T, N, P).

    Raises
    ------
    IdentificationError
        The instruments explain nothing of a regressor that the others do not.
    """
    P = X.shape[2]
    basis = instruments.basis.reshape(y.size, -1)
    on_X, on_y = basis.T @ X.reshape(y.size, P), basis.T @ y.ravel()
    size = np.linalg.norm(X.reshape(y.size, P), axis=0)
    Q, R = np.linalg.qr(on_X / size)
    if np.abs(np.diag(R)).min(initial=1.0) <= RANK_TOLERANCE:
        raise IdentificationError(
            "instruments",
            expected="instruments that tell the endogenous regressors apart",
            got=f"none that does for {list(instruments.labels)}",
            remedy="Name other instruments.",
        )
    return np.linalg.solve(R, Q.T @ on_y) / size


def residuals_and_lag(sample: Sample, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Qu and QMu at coefficients b of (Z, Wy), each (T, N)."""
    assert sample.lagged_columns is not None
    step = np.insert(-b, sample.n_regressors, 1.0)
    return sample.columns @ step, sample.lagged_columns @ step


def _inner(sample: Sample, B: np.ndarray) -> np.ndarray:
    """The symmetric part of B as demeaned errors see it."""
    B = (B + B.T) / 2
    return contrasts_of(sample).both_sides(B)


def _error_matrices(sample: Sample) -> list[np.ndarray]:
    """M'M and M in the contrasts that Q leaves, made symmetric."""
    assert sample.M is not None
    M = sample.M.dense
    lag = contrasts_of(sample).project(M)
    return [_inner(sample, lag.T @ lag), _inner(sample, M)]


def iid_moments(sample: Sample, *, full: bool) -> Moments:
    """The three moments of Kelejian and Prucha (1999), in contrasts: e'e, (Me)'Me and e'Me against their expectations.

    Kelejian and Prucha (1999), Int. Econ. Rev. 40, 509-533, doi:10.1111/1468-2354.00027; within form: Mutl and
    Pfaffermayr (2011), Econometrics J. 14, 48-76, doi:10.1111/j.1368-423X.2010.00325.x. `full` weights by the inverse
    of their covariance under normal errors (Kapoor, Kelejian and Prucha 2007, doi:10.1016/j.jeconom.2006.09.004).
    """
    N = sample.shape[1]
    matrices = np.array([_inner(sample, np.eye(N)), *_error_matrices(sample)])
    weight = np.linalg.inv(gram(matrices)) if full else np.eye(3)
    # sigma2 is concentrated out: its direction is the vector of expectations
    trace = np.trace(matrices, axis1=1, axis2=2)
    image = weight @ trace
    return Moments(matrices, weight - np.outer(image, image) / (trace @ image))


def gram(matrices: np.ndarray) -> np.ndarray:
    """Traces of products of symmetric matrices (q, N, N), (q, q): half of the covariance of normal quadratic forms."""
    found: np.ndarray = np.einsum("kij,lji->kl", matrices, matrices)
    return found


def _robust_moments(sample: Sample) -> Moments:
    """M'M and M with zero diagonals, whose expectations are zero whatever the variances, weighted equally.

    Kelejian and Prucha (2010), J. Econometrics 157, 53-67, doi:10.1016/j.jeconom.2009.10.025.
    """
    return Moments(np.array([_hollow(sample, B) for B in _error_matrices(sample)]), np.eye(2))


def _hollow(sample: Sample, B: np.ndarray) -> np.ndarray:
    """B less the diagonal matrix D for which the diagonal of Q (B - D) Q is zero.

    Without time effects D is B's diagonal. With them diag(Q D Q) = (1 - 2/N) d + mean(d)/N, solved for d; with effects
    of groups the squared entries of Q times d (singular for a group of two, whose diagonal entries are equal).
    """
    c = np.diag(B)
    if not sample.within.time:
        return B - np.diag(c)
    N = len(c)
    if sample.within.over_units is not None:
        Q = sample.within.rows(*sample.shape)[1]
        return B - Q @ np.diag(np.linalg.lstsq(Q**2, c, rcond=RANK_TOLERANCE)[0]) @ Q
    mean = c.mean() / (1 - 1 / N)
    return B - _inner(sample, np.diag((c - mean / N) / (1 - 2 / N)))


def _minimise(sample: Sample, moments: Moments, b: np.ndarray) -> float:
    """The lam in its range that minimises g(lam)' weight g(lam), a polynomial of degree four: no search is needed."""
    u, v = residuals_and_lag(sample, b)
    c = moments.values(u, v) / np.sum(u**2)
    return lowest(sample, c.T @ moments.weight @ c)


def lowest(sample: Sample, S: np.ndarray) -> float:
    """The lam in its range that minimises (1, lam, lam^2) S (1, lam, lam^2)'."""
    assert sample.M is not None
    S = S / np.abs(S).max()
    quartic = np.array([S[0, 0], 2 * S[0, 1], 2 * S[0, 2] + S[1, 1], 2 * S[1, 2], S[2, 2]])
    criterion = np.polynomial.Polynomial(quartic)
    low, high = sample.M.spectrum.bounds
    roots = criterion.deriv().roots()
    real = roots.real[np.abs(roots.imag) < 1e-7 * (1 + np.abs(roots.real))]
    inside = [low, high, *(root for root in real if low < root < high)]
    finite = [value for value in inside if np.isfinite(value)]
    if not finite:
        raise EstimationError("The moments of the error have no minimum in lam.")
    return float(min(finite, key=criterion))


def warn_at_bound(sample: Sample, lam: float) -> None:
    assert sample.M is not None
    if lam in sample.M.spectrum.bounds:
        warn(
            f"lam lies at the edge of its range ({lam:.6g}): no minimum of its moments inside; standard errors do "
            "not hold there.",
            BoundWarning,
        )


def influence(sample: Sample, instruments: Instruments, lam: float, *, filtered: bool = True) -> np.ndarray:
    """Weights (T, N, P) with which the errors e enter the estimate of b: b_hat - b = sum_it weights_it e_it.

    `filtered` False: those of the plain regression, whose errors are u = (I - lam M)^-1 e.
    """
    X, _ = filtered_columns(sample, lam if filtered else 0.0)
    P = X.shape[2]
    projected = instruments.project(X)
    flat = projected.reshape(-1, P)
    weights = np.linalg.solve(flat.T @ flat, flat.T).T.reshape(X.shape)
    if filtered or sample.M is None:
        return weights
    R = np.eye(sample.M.n_units) - lam * sample.M.dense
    return sample.within.demean(np.einsum("ji,tjp->tip", np.linalg.inv(R), weights))


def moment_scores(sample: Sample, fit: GmmFit, b: np.ndarray, lam: float) -> tuple[Scores, np.ndarray]:
    """The moments g as contributions of observations, and their slope by lam, (q,).

    g at the estimated b is e'A e + a'e: the linear part is what estimating b adds to the error.
    """
    assert fit.moments is not None
    A = fit.moments.matrices
    u, v = residuals_and_lag(sample, b)
    e = u - lam * v
    Ae = 2.0 * (e @ A)
    X, _ = filtered_columns(sample, lam)
    alpha = -np.einsum("tip,kti->pk", X, Ae)
    a = influence(sample, fit.instruments, lam, filtered=fit.filtered) @ alpha
    quadratic = []
    for k, matrix in enumerate(A):
        S = 2.0 * matrix
        np.fill_diagonal(S, 0.0)
        quadratic.append((k, S))
    return Scores(a * e[:, :, None], e, tuple(quadratic)), -np.sum(Ae * v, axis=(1, 2))


def _efficient_weight(
    sample: Sample, instruments: Instruments, moments: Moments, b: np.ndarray, lam: float
) -> np.ndarray:
    """Inverse of the moments' variance under independent errors of any variances."""
    scores, _ = moment_scores(sample, GmmFit(instruments, moments, filtered=True), b, lam)
    return np.linalg.inv(independent(scores, by_unit=False))


def contrasts_of(sample: Sample) -> Contrasts:
    """The dimensions that Q leaves."""
    return Contrasts.of(sample.within, *sample.shape, lee_yu=True)
