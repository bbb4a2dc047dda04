"""Score and information of the models with random effects or autocorrelated errors.

y is normal. Deviations of y from unit means (T - 1 independent ones a unit) and unit means times
root T are two independent blocks; in each, y_t has mean (I - rho W)^-1 Z_t b and variance Sigma.
With P Sigma P' = I, w = P (y - mean), D_i = P (d Sigma / d i) P' and m_i = P (d mean / d i), each
block gives

    score_i = (sum_t w_t' D_i w_t - n tr D_i) / 2 + sum_t w_t' m_it,    I_ij = n/2 tr D_i D_j +
    sum_t m_it' m_jt

for every pair of parameters, n = T - 1 and 1: no cross term is left out. With autocorrelated errors
the blocks are what lies across and along the direction of the unit effects (`serial`). Only psi
turns that direction: its D has a part between the blocks. With E = C (dV / d psi) C' over time,
a'Ea and Ea - a (a'Ea) say how much of it lies where.

Source: Magnus (1978), J. Econometrics 7, 281-312, doi:10.1016/0304-4076(78)90056-8, for the
information of a normal model whose mean and variance depend on parameters; the matrices D_i are
ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..design.sample import Sample
from .likelihood import split
from .serial import direction, slope_of_variance, split_time, weight


@dataclass(frozen=True, eq=False)
class Block:
    """One of the two blocks, whitened.

    Attributes
    ----------
    n : int
        Independent vectors of N.
    w : array of shape (t, N)
    means : array of shape (t, N, K + 1 or K)
        m_i of b and, with a lag of y, rho.
    D : list of arrays of shape (N, N)
        D_i of rho, lam (those that the model has), phi, sigma2.
    root : array of shape (N, N)
        P, up to 1 / sigma and the filters.
    """

    n: int
    w: np.ndarray
    means: np.ndarray
    D: list[np.ndarray]
    root: np.ndarray


def score_and_information(
    sample: Sample, effects: str | None, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Score (P,) and expected information (P, P) at `values` = (b, rho, lam, psi, phi, sigma2),
    without absent ones.
    """
    K, P = sample.n_regressors, len(values)
    score, information = np.zeros(P), np.zeros((P, P))
    blocks = blocks_of(sample, effects, values)
    # the parameters of the variance, but for psi, which comes before phi and sigma2
    columns = [column for column in range(K, P) if not (sample.serial and column == P - 3)]
    for block in blocks:
        k = block.means.shape[2]
        flat = block.means.reshape(-1, k)
        score[:k] += flat.T @ block.w.ravel()
        information[:k, :k] += flat.T @ flat
        for i, D in zip(columns, block.D, strict=True):
            score[i] += (np.sum((block.w @ D) * block.w) - block.n * np.trace(D)) / 2
            for j, other in zip(columns, block.D, strict=True):
                information[i, j] += block.n / 2 * np.sum(D * other)
    if sample.serial:
        _add_psi(sample, float(values[-3]), blocks, columns, score, information)
    return score, information


def _add_psi(
    sample: Sample,
    psi: float,
    blocks: tuple[Block, Block],
    columns: list[int],
    score: np.ndarray,
    information: np.ndarray,
) -> None:
    """The entries of psi, which has the place before phi and sigma2."""
    T, N = sample.shape
    E, a = slope_of_variance(T, psi), direction(T, psi)
    deviations, unit_means = blocks
    image = E @ a
    along = float(a @ image)
    # P P' of the second block is V^-1
    inverse = unit_means.root @ unit_means.root.T
    z = deviations.w + np.outer(a, unit_means.root.T @ unit_means.w[0])
    psi_column = len(score) - 3
    rest = float(np.trace(E)) - along
    score[psi_column] = (float(np.sum(z * (E @ z))) - N * rest - along * np.trace(inverse)) / 2
    across = float(np.sum(E**2)) - 2.0 * float(image @ image) + along**2
    turning = float(image @ image) - along**2
    square = N * across + 2.0 * turning * np.trace(inverse) + along**2 * np.sum(inverse**2)
    information[psi_column, psi_column] = square / 2
    for i, first, second in zip(columns, deviations.D, unit_means.D, strict=True):
        cross = rest * np.trace(first) + along * np.sum(inverse * second)
        information[psi_column, i] = information[i, psi_column] = cross / 2


def blocks_of(sample: Sample, effects: str | None, values: np.ndarray) -> tuple[Block, Block]:
    """Deviations from unit means, and unit means times root T."""
    T, N = sample.shape
    K = sample.n_regressors
    b, (rho, lam, psi, phi), s2 = values[:K], split(sample, values[K:-1]), float(values[-1])
    eye = np.eye(N)
    R = eye - lam * (0.0 if sample.M is None else sample.M.dense)
    columns = sample.Z @ b
    v = sample.y - columns - (0.0 if sample.Wy is None else rho * sample.Wy)
    parts = [v[:, :, None], sample.Z]
    if sample.W is not None:
        G = np.linalg.solve((eye - rho * sample.W.dense).T, sample.W.dense.T).T
        parts.append((columns @ G.T)[:, :, None])
    filtered = R @ np.concatenate(parts, axis=2) / np.sqrt(s2)
    S = R @ R.T if effects == "baltagi" else eye
    c = weight(T, psi)
    V = eye + c * phi * S
    root = np.linalg.inv(np.linalg.cholesky(V))
    across, along = split_time(filtered, psi)
    means = (root @ along)[None]
    derivatives = _variance_derivatives(sample, effects, (rho, lam), V)
    of_deviations = [*(first for first, _ in derivatives), np.zeros((N, N)), eye / s2]
    of_means = [
        *(root @ second @ root.T for _, second in derivatives),
        c * root @ S @ root.T,
        eye / s2,
    ]
    return (
        Block(T - 1, across[:, :, 0], across[:, :, 1:], of_deviations, eye),
        Block(1, means[:, :, 0], means[:, :, 1:], of_means, root),
    )


def _variance_derivatives(
    sample: Sample, effects: str | None, at: tuple[float, float], V: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """R A (d Sigma) A'R' / sigma2 by rho and lam, for those that the model has, in the two blocks;
    A = I - rho W.
    """
    (rho, lam), eye = at, np.eye(len(V))
    derivatives = []
    R = eye if sample.M is None else eye - lam * sample.M.dense
    if sample.W is not None:
        W = sample.W.dense
        B = R @ np.linalg.solve((R @ (eye - rho * W)).T, W.T).T
        derivatives.append((B + B.T, B @ V + V @ B.T))
    if sample.M is not None:
        H = np.linalg.solve(R.T, sample.M.dense.T).T
        # outside the filter mu does not move with lam
        HV = H if effects == "baltagi" else H @ V
        derivatives.append((H + H.T, HV + HV.T))
    return derivatives
