"""A regression whose errors have unit effects, serial and spatial correlation: likelihood, score and information.

    y_t = X_t b + mu + v_t,   B v_t = w_t,   B = I - lam W,   w_t = psi w_{t-1} + e_t

with variances sigma2_mu of mu and sigma2 of e. Over units in order and periods within,

    Omega = sigma2_mu I (x) J + sigma2 (B'B)^-1 (x) V,    V_ts = psi^|t-s| / (1 - psi^2),    J all ones.

The eigenvectors U of B'B (eigenvalues d_i) turn Omega into N blocks of T x T, sigma2_mu J + sigma2 V / d_i; the slopes
by sigma2, sigma2_mu and psi fall into the same blocks, that by lam is V (x) U' [d (B'B)^-1 / d lam] U. With them

    score_k = (e' Omega^-1 Omega_k Omega^-1 e - tr Omega^-1 Omega_k) / 2,
    I_kl = tr(Omega^-1 Omega_k Omega^-1 Omega_l) / 2

and b, whose cross information is zero, drops out. No matrix is larger than N x N or N x T x T.

Sources: Baltagi, Song and Koh (2003), doi:10.1016/S0304-4076(03)00120-9; with serial correlation Baltagi, Song, Jung
and Koh (2007), doi:10.1016/j.jeconom.2006.09.001. The blocks are ours.
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
# No step goes nearer to a bound than this share of the way.
SHARE = 0.9


@dataclass(frozen=True, eq=False)
class Errors:
    """The errors of one regression at given parameters.

    Attributes
    ----------
    y : array of shape (T, N)
    X : array of shape (T, N, K)
    W : SpatialWeights
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
        slope = U.T @ (W.T @ B + B.T @ W) @ U / np.outer(d, d)
        return d, U, slope

    @cached_property
    def _serial(self) -> tuple[np.ndarray, np.ndarray]:
        """V and its slope by psi, (T, T)."""
        psi, T = float(self.theta[2]), len(self.y)
        apart = np.abs(np.subtract.outer(np.arange(T), np.arange(T)))
        power = np.where(apart == 0, 1.0, psi ** np.maximum(apart, 1)) if psi else (apart == 0).astype(float)
        before = np.where(apart == 0, 0.0, apart * (psi ** np.maximum(apart - 1, 0) if psi else (apart == 1)))
        return power / (1 - psi**2), before / (1 - psi**2) + 2 * psi * power / (1 - psi**2) ** 2

    @cached_property
    def _blocks(self) -> np.ndarray:
        """Omega in the eigenvectors of B'B, (N, T, T)."""
        s2, mu = self.theta[:2]
        return mu + s2 * self._serial[0] / self._eigen[0][:, None, None]

    @cached_property
    def _inverse(self) -> np.ndarray:
        found: np.ndarray = np.linalg.inv(self._blocks)
        return found

    @cached_property
    def _turned(self) -> tuple[np.ndarray, np.ndarray]:
        """y (N, T) and X (N, T, K) in the eigenvectors."""
        U = self._eigen[1]
        return (self.y @ U).T, np.einsum("tjk,ji->itk", self.X, U)

    @cached_property
    def residuals(self) -> np.ndarray:
        """y - X b at the generalised least-squares b, in the eigenvectors, (N, T)."""
        y, X = self._turned
        CX = self._inverse @ X
        b = np.linalg.solve(np.einsum("itk,itl->kl", X, CX), np.einsum("itk,it->k", CX, y))
        return y - X @ b

    @cached_property
    def loglik(self) -> float:
        volume = np.linalg.slogdet(self._blocks)[1].sum()
        square = np.einsum("it,its,is->", self.residuals, self._inverse, self.residuals)
        return float(-0.5 * (volume + square + self.y.size * np.log(2 * np.pi)))

    @cached_property
    def score_and_information(self) -> tuple[np.ndarray, np.ndarray]:
        """Score (4,) and expected information (4, 4) of sigma2, sigma2_mu, psi and lam."""
        (d, _, slope), (V, V_psi), s2 = self._eigen, self._serial, self.theta[0]
        T = len(V)
        J = np.broadcast_to(np.ones((T, T)), self._blocks.shape)
        own = d[:, None, None]
        of_lam = s2 * self._inverse @ V
        parts = [self._inverse @ V / own, self._inverse @ J, s2 * self._inverse @ V_psi / own]
        parts.append(of_lam * np.diag(slope)[:, None, None])
        z = np.einsum("its,is->it", self._inverse, self.residuals)
        squares = [
            np.einsum("it,ts,is,i->", z, V, z, 1 / d),
            np.sum(z.sum(axis=1) ** 2),
            s2 * np.einsum("it,ts,is,i->", z, V_psi, z, 1 / d),
            s2 * np.einsum("it,ij,jt->", z, slope, z @ V),
        ]
        score = np.array([square - np.einsum("itt->", part) for square, part in zip(squares, parts, strict=True)]) / 2
        information = np.array([[np.einsum("its,ist->", a, b) for b in parts] for a in parts])
        flat = of_lam.reshape(len(d), -1), of_lam.transpose(0, 2, 1).reshape(len(d), -1)
        information[3, 3] = np.sum(slope**2 * (flat[0] @ flat[1].T))
        return score, information / 2

    def maximise(self, free: tuple[str, ...]) -> Errors:
        """The errors at the maximum of the likelihood over the parameters `free`, by Fisher scoring with halved steps.

        A sigma2_mu that would turn negative stays at zero.
        """
        low, high = self.W.rho_bounds
        bounds = np.array([(0.0, np.inf), (0.0, np.inf), (-1.0, 1.0), (low, high)])
        at, places = self, [NAMES.index(name) for name in free]
        for _ in range(MAX_STEPS):
            score, information = at.score_and_information
            step = _scoring_step(at.theta, score, information, places)
            if float(step @ information @ step) < STEP_TOLERANCE**2:
                return at
            at = _along(at, step, bounds)
        raise EstimationError(f"The likelihood of {', '.join(free)} has no maximum that scoring could find.")


def _scoring_step(theta: np.ndarray, score: np.ndarray, information: np.ndarray, places: list[int]) -> np.ndarray:
    """To the maximum of the quadratic that score and information describe, with sigma2_mu >= 0."""
    step = np.zeros(4)
    step[places] = np.linalg.solve(information[np.ix_(places, places)], score[places])
    if theta[1] + step[1] < 0.0:
        others = [k for k in places if k != 1]
        left = score[others] + information[others, 1] * theta[1]
        step[1] = -theta[1]
        step[others] = np.linalg.solve(information[np.ix_(others, others)], left)
    return step


def _along(at: Errors, step: np.ndarray, bounds: np.ndarray) -> Errors:
    """A point on the way that is no lower; only sigma2_mu may reach its bound."""
    room = np.where(step > 0, bounds[:, 1] - at.theta, at.theta - bounds[:, 0])
    room[1] = np.inf
    step = step * min(1.0, float(np.min(SHARE * room[step != 0] / np.abs(step[step != 0]), initial=np.inf)))
    while True:
        trial = replace(at, theta=at.theta + step)
        if trial.loglik >= at.loglik - SAME * abs(at.loglik) or np.abs(step).max() < SAME:
            return trial
        step = step / 2


def start(y: np.ndarray, X: np.ndarray, W: SpatialWeights) -> Errors:
    """Independent errors: the least-squares fit."""
    flat = X.reshape(y.size, -1)
    e = y.ravel() - flat @ np.linalg.lstsq(flat, y.ravel(), rcond=None)[0]
    return Errors(y, X, W, np.array([float(e @ e) / y.size, 0.0, 0.0, 0.0]))
