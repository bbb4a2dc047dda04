"""Two-stage least squares of demeaned, and perhaps spatially filtered, arrays."""

from __future__ import annotations

import numpy as np

from ...errors import IdentificationError, first_five
from ..design.sample import RANK_TOLERANCE, Sample
from ..design.transforms import Contrasts
from .instruments import Instruments


def filtered_columns(sample: Sample, lam: float) -> tuple[np.ndarray, np.ndarray]:
    """Q(I - lam M) of the regressors (Z, Wy), (T, N, P), and of the outcome, (T, N)."""
    columns = sample.columns
    if lam != 0.0 and sample.lagged_columns is not None:
        columns = columns - lam * sample.lagged_columns
    # [Z, y, Wy]
    K = sample.n_regressors
    X = np.delete(columns, K, axis=2)
    y = columns[:, :, K]
    return X, y


def check_filtered(sample: Sample, lam: float) -> None:
    """Refuse a lam whose filter I - lam M takes out a regressor but for rounding: at one, M
    row-normalised, it takes out the intercept and all that is constant over units.

    Raises
    ------
    IdentificationError
    """
    plain, _ = filtered_columns(sample, 0.0)
    filtered, _ = filtered_columns(sample, lam)
    before = _sizes(plain)
    after = np.linalg.norm(filtered, axis=(0, 1))
    gone = np.flatnonzero(after <= RANK_TOLERANCE * before)
    if not len(gone):
        return
    names = (*sample.names, "W y")
    raise IdentificationError(
        "formula",
        expected="regressors that are left by the filter of the error's lag",
        got=f"lam = {lam:.6g}, which takes out {first_five([names[k] for k in gone])}",
        remedy="Leave them out, use fixed effects, another gmm=, or maximum likelihood.",
    )


def two_stage(
    X: np.ndarray,
    y: np.ndarray,
    instruments: Instruments,
) -> np.ndarray:
    """Two-stage least squares of y (T, N) on X (T, N, P).

    Raises
    ------
    IdentificationError
        The instruments explain nothing of a regressor that the others do not.
    """
    n = y.size
    P = X.shape[2]
    # in coordinates of the instruments the second stage is least squares
    basis = instruments.basis.reshape(n, len(instruments.names))
    X_on_basis = basis.T @ X.reshape(n, P)
    y_on_basis = basis.T @ y.ravel()

    # columns of length one, so that the rank does not depend on units
    size = _sizes(X)
    Q, R = np.linalg.qr(X_on_basis / size)
    _check_rank(R, list(instruments.labels))
    scaled: np.ndarray = np.linalg.solve(R, Q.T @ y_on_basis)
    coefficients: np.ndarray = scaled / size
    return coefficients


def _sizes(X: np.ndarray) -> np.ndarray:
    """Lengths of columns (T, N, P); 1 for one that is zero, which has no rank in any unit."""
    T, N, P = X.shape
    size = np.linalg.norm(X.reshape(T * N, P), axis=0)
    return np.where(size > 0.0, size, 1.0)


def _check_rank(R: np.ndarray, labels: list[str]) -> None:
    """Refuse a triangular factor of columns of length one that has not full rank."""
    if np.abs(np.diag(R)).min(initial=1.0) <= RANK_TOLERANCE:
        raise IdentificationError(
            "instruments",
            expected="instruments that tell the endogenous regressors apart",
            got=f"none that does for {labels or 'the regressors after the spatial filter'}",
            remedy="Name other instruments, or leave regressors out.",
        )


def influence(
    sample: Sample,
    instruments: Instruments,
    lam: float,
    *,
    filtered: bool = True,
) -> np.ndarray:
    """Weights (T, N, P) with which the errors e enter the estimate of b: b_hat - b = sum_it
    weights_it e_it.

    `filtered` False: those of the plain regression, whose errors are u = (I - lam M)^-1 e.
    """
    of_step = 0.0
    if filtered:
        of_step = lam
    X, _ = filtered_columns(sample, of_step)
    projected = instruments.project(X)
    weights = inverse_rows(projected, list(instruments.labels))
    if filtered or sample.M is None:
        return weights
    R = np.eye(sample.M.n_units) - lam * sample.M.dense
    if not np.linalg.cond(R) < 1.0 / RANK_TOLERANCE:
        raise IdentificationError(
            "gmm",
            expected="a lam at which I - lam M has an inverse, for the covariance",
            got=f"lam = {lam:.6g}, the end of its range",
            remedy="Use gmm='robust', or maximum likelihood.",
        )
    of_e = np.einsum("ji,tjp->tip", np.linalg.inv(R), weights)
    return sample.within.demean(of_e)


def inverse_rows(X: np.ndarray, labels: list[str]) -> np.ndarray:
    """X (X'X)^-1 of projected regressors (T, N, P): the weights of observations in their least
    squares.

    `labels` are those of the endogenous regressors, for the message where they have not full rank.
    """
    T, N, P = X.shape
    size = _sizes(X)
    Q, R = np.linalg.qr((X / size).reshape(T * N, P))
    _check_rank(R, labels)
    weights: np.ndarray = np.linalg.solve(R, Q.T).T
    of_columns: np.ndarray = weights.reshape(X.shape) / size
    return of_columns


def contrasts_of(sample: Sample) -> Contrasts:
    """The dimensions that Q leaves, whatever is done about its bias."""
    return Contrasts.of(sample.within, *sample.shape, lee_yu=True)
