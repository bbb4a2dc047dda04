"""A regression whose errors have unit effects, serial and spatial correlation: likelihood, score
and information.

    y_t = X_t b + mu + v_t,   B v_t = w_t,   B = I - lam W,   w_t = psi w_{t-1} + e_t

with variances sigma2_mu of mu and sigma2 of e. Over units in order and periods within,

    Omega = sigma2_mu I (x) J + sigma2 (B'B)^-1 (x) V,    V_ts = psi^|t-s| / (1 - psi^2),    J all
    ones.

The eigenvectors U of B'B (eigenvalues d_i) turn Omega into N blocks of T x T, sigma2_mu J + sigma2
V / d_i; the slopes by sigma2, sigma2_mu and psi fall into the same blocks, that by lam is V (x) U'
[d (B'B)^-1 / d lam] U. With them

    score_k = (e' Omega^-1 Omega_k Omega^-1 e - tr Omega^-1 Omega_k) / 2,
    I_kl = tr(Omega^-1 Omega_k Omega^-1 Omega_l) / 2

and b, whose cross information is zero, drops out. No matrix is larger than N x N or N x T x T.

Sources: Baltagi, Song and Koh (2003), doi:10.1016/S0304-4076(03)00120-9; with serial correlation
Baltagi, Song, Jung and Koh (2007), doi:10.1016/j.jeconom.2006.09.001. The blocks are ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ...errors import EstimationError
from ...weights import SpatialWeights

NAMES = ("sigma2", "sigma2_mu", "psi", "lam")
MAX_STEPS = 200
# Scoring stops when its step, in standard errors, is this small.
STEP_TOLERANCE = 1e-8
# A log-likelihood that is lower by no more than this share is the same: rounding.
SAME = 1e-13
# What counts as zero beside one, of 1 - psi^2 and of the eigenvalues of B'B: above rounding.
NEAR = 1e-13
# No step goes nearer to a bound than this share of the way.
SHARE = 0.9


@dataclass(frozen=True, eq=False)
class ErrorComponents:
    """The errors of one regression at given parameters.

    Attributes
    ----------
    y : array of shape (T, N)
        The outcome.
    X : array of shape (T, N, K)
        Regressors.
    W : SpatialWeights
        Of the error.
    theta : array of shape (4,)
        sigma2, sigma2_mu, psi, lam.
    """

    y: np.ndarray
    X: np.ndarray
    W: SpatialWeights
    theta: np.ndarray

    @cached_property
    def _eigen(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """d (N,), U (N, N) and U' [d (B'B)^-1 / d lam] U."""
        W, lam = self.W.dense, float(self.theta[3])
        B = np.eye(len(W)) - lam * W
        d, U = np.linalg.eigh(B.T @ B)
        # d (B'B) / d lam = -(W'B + B'W), and the inverse turns the sign
        change = W.T @ B + B.T @ W
        by_lam = U.T @ change @ U / np.outer(d, d)
        return d, U, by_lam

    @cached_property
    def _serial(self) -> tuple[np.ndarray, np.ndarray]:
        """V and its slope by psi, (T, T)."""
        T, psi = len(self.y), float(self.theta[2])
        periods = np.arange(T)
        distance = np.abs(np.subtract.outer(periods, periods))
        # psi^distance and its derivative distance psi^(distance - 1), with 0^0 = 1
        power = np.power(psi, distance)
        power_by_psi = distance * np.power(psi, np.maximum(distance - 1, 0))
        rest = 1 - psi**2
        return (
            power / rest,
            power_by_psi / rest + 2 * psi * power / rest**2,
        )

    @cached_property
    def regular(self) -> bool:
        """Whether the variance of the errors has an inverse in numbers: steps that go nine tenths of the
        way to a bound come as near to it as numbers do.
        """
        W, (psi, lam) = self.W.dense, self.theta[2:]
        lengths = np.linalg.svd(np.eye(len(W)) - lam * W, compute_uv=False)
        return bool(1.0 - psi**2 > NEAR and lengths[-1] ** 2 > NEAR * lengths[0] ** 2)

    @cached_property
    def _blocks(self) -> np.ndarray:
        """Omega in the eigenvectors of B'B, (N, T, T)."""
        sigma2, sigma2_mu = self.theta[:2]
        d, V = self._eigen[0], self._serial[0]
        blocks: np.ndarray = sigma2_mu + sigma2 * V / d[:, None, None]
        return blocks

    @cached_property
    def _inverse(self) -> np.ndarray:
        """Omega^-1 in the eigenvectors of B'B, (N, T, T)."""
        inverse: np.ndarray = np.linalg.inv(self._blocks)
        return inverse

    @cached_property
    def residuals(self) -> np.ndarray:
        """y - X b at the generalised least-squares b, in the eigenvectors, (N, T)."""
        U = self._eigen[1]
        y = (self.y @ U).T
        X = np.einsum("tjk,ji->itk", self.X, U)
        weighted = self._inverse @ X
        normal_matrix = np.einsum("itk,itl->kl", X, weighted)
        b = np.linalg.solve(normal_matrix, np.einsum("itk,it->k", weighted, y))
        e: np.ndarray = y - X @ b
        return e

    @cached_property
    def loglik(self) -> float:
        """Log-likelihood at the parameters, with b at its maximum; minus infinity so near to a bound
        that the variance of the errors has no inverse in numbers, or some regressors count for
        nothing.
        """
        if not self.regular:
            return -np.inf
        log_determinant = np.linalg.slogdet(self._blocks)[1].sum()
        try:
            e = self.residuals
        except np.linalg.LinAlgError:
            return -np.inf
        square = np.einsum("it,its,is->", e, self._inverse, e)
        constant = self.y.size * np.log(2 * np.pi)
        return float(-0.5 * (log_determinant + square + constant))

    @cached_property
    def score_and_information(self) -> tuple[np.ndarray, np.ndarray]:
        """Score (4,) and expected information (4, 4) of sigma2, sigma2_mu, psi and lam."""
        d, _, by_lam = self._eigen
        V, V_by_psi = self._serial
        sigma2 = self.theta[0]
        d_blocks = d[:, None, None]
        J = np.broadcast_to(np.ones(V.shape), self._blocks.shape)
        # Omega^-1 Omega_k by block. Omega_lam is no block matrix: its diagonal blocks are here, the
        # rest is below.
        lam_block = sigma2 * self._inverse @ V
        products = [
            self._inverse @ V / d_blocks,
            self._inverse @ J,
            sigma2 * self._inverse @ V_by_psi / d_blocks,
            lam_block * np.diag(by_lam)[:, None, None],
        ]
        traces = [np.einsum("itt->", product) for product in products]
        # z'Omega_k z with z = Omega^-1 e
        z = np.einsum("its,is->it", self._inverse, self.residuals)
        squares = [
            np.einsum("it,ts,is,i->", z, V, z, 1 / d),
            np.sum(z.sum(axis=1) ** 2),
            sigma2 * np.einsum("it,ts,is,i->", z, V_by_psi, z, 1 / d),
            sigma2 * np.einsum("it,ij,jt->", z, by_lam, z @ V),
        ]
        score = (np.array(squares) - np.array(traces)) / 2
        information = np.empty((4, 4))
        for k, first in enumerate(products):
            for j, second in enumerate(products):
                information[k, j] = np.einsum("its,ist->", first, second)
        # tr(Omega^-1 Omega_lam Omega^-1 Omega_lam) over all pairs of blocks
        N = len(d)
        rows = lam_block.reshape(N, -1)
        columns = lam_block.transpose(0, 2, 1).reshape(N, -1)
        information[3, 3] = np.sum(by_lam**2 * (rows @ columns.T))
        return score, information / 2

    def maximise(self, free: tuple[str, ...]) -> ErrorComponents:
        """The errors at the maximum of the likelihood over the parameters `free`, by Fisher scoring
        with halved steps.

        A sigma2_mu that would turn negative stays at zero.
        """
        positive = (0.0, np.inf)
        bounds = np.array(
            [
                positive,
                positive,
                (-1.0, 1.0),
                self.W.rho_bounds,
            ]
        )
        columns = [NAMES.index(name) for name in free]
        at = self
        for _ in range(MAX_STEPS):
            if not at.regular:
                break
            try:
                score, information = at.score_and_information
                step = _scoring_step(at.theta, score, information, columns)
            except np.linalg.LinAlgError:
                # the errors vanish, or nothing tells these parameters apart
                break
            if float(step @ information @ step) < STEP_TOLERANCE**2:
                return at
            at = _uphill(at, step, bounds)
        names = ", ".join(free)
        raise EstimationError(
            f"The likelihood of {names} has no maximum that scoring could find. Use more units or "
            "periods, or a formula with fewer regressors."
        )


def _scoring_step(
    theta: np.ndarray,
    score: np.ndarray,
    information: np.ndarray,
    free: list[int],
) -> np.ndarray:
    """To the maximum of the quadratic that score and information describe, with sigma2_mu >= 0."""
    step = np.zeros(4)
    of_free = information[np.ix_(free, free)]
    step[free] = np.linalg.solve(of_free, score[free])
    if theta[1] + step[1] < 0.0:
        # sigma2_mu goes to zero, and the others to their maximum given that
        others = [k for k in free if k != 1]
        step[1] = -theta[1]
        remaining = score[others] + information[others, 1] * theta[1]
        of_others = information[np.ix_(others, others)]
        step[others] = np.linalg.solve(of_others, remaining)
    return step


def _uphill(
    at: ErrorComponents,
    step: np.ndarray,
    bounds: np.ndarray,
) -> ErrorComponents:
    """A point on the way that is no lower; only sigma2_mu may reach its bound."""
    below, above = at.theta - bounds[:, 0], bounds[:, 1] - at.theta
    to_bound = np.where(step > 0, above, below)
    to_bound[1] = np.inf
    moves = step != 0
    longest = SHARE * to_bound[moves] / np.abs(step[moves])
    step = step * min(1.0, float(np.min(longest, initial=np.inf)))
    while True:
        trial = replace(at, theta=at.theta + step)
        no_lower = trial.loglik >= at.loglik - SAME * abs(at.loglik)
        if no_lower or np.abs(step).max() < SAME:
            return trial
        step = step / 2


def independent_errors(
    y: np.ndarray,
    X: np.ndarray,
    W: SpatialWeights,
) -> ErrorComponents:
    """The least-squares fit, with neither effects nor correlation: y (T, N), X (T, N, K)."""
    flat = X.reshape(y.size, -1)
    v = y.ravel()
    b = np.linalg.lstsq(flat, v, rcond=None)[0]
    e = v - flat @ b
    sigma2 = float(e @ e) / y.size
    return ErrorComponents(y, X, W, np.array([sigma2, 0.0, 0.0, 0.0]))
