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
from .likelihood import disturbances, error_filter, split
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
    sample: Sample,
    effects: str | None,
    values: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Score (P,) and expected information (P, P) at `values` = (b, rho, lam, psi, phi, sigma2),
    without absent ones.
    """
    K = sample.n_regressors
    P = len(values)
    # the parameters of the variance, but for psi, which comes before phi and sigma2
    columns = list(range(K, P))
    if sample.serial:
        columns.remove(P - 3)

    score = np.zeros(P)
    information = np.zeros((P, P))
    blocks = blocks_of(sample, effects, values)
    for block in blocks:
        _add_block(block, columns, score, information)
    if sample.serial:
        psi = float(values[-3])
        _add_psi(sample, psi, blocks, columns, score, information)
    return score, information


def _add_block(
    block: Block,
    columns: list[int],
    score: np.ndarray,
    information: np.ndarray,
) -> None:
    """What one block adds to the entries of all parameters but psi."""
    # by the mean: sum_t m_it' w_t and sum_t m_it' m_jt
    k = block.means.shape[2]
    m = block.means.reshape(-1, k)
    score[:k] += m.T @ block.w.ravel()
    information[:k, :k] += m.T @ m

    # by the variance: (sum_t w_t' D_i w_t - n tr D_i) / 2 and n/2 tr D_i D_j
    derivatives = list(zip(columns, block.D, strict=True))
    for i, D_i in derivatives:
        form = np.sum((block.w @ D_i) * block.w)
        mean = block.n * np.trace(D_i)
        score[i] += (form - mean) / 2
        for j, D_j in derivatives:
            trace = np.sum(D_i * D_j)
            information[i, j] += block.n / 2 * trace


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
    deviations, unit_means = blocks
    psi_column = len(score) - 3

    # how much of E lies along a, and how much of its trace does not
    E = slope_of_variance(T, psi)
    a = direction(T, psi)
    Ea = E @ a
    along = float(a @ Ea)
    across = float(np.trace(E)) - along

    # psi moves the variance of e in the second block too, by a'Ea I: its D there is a'Ea P P'
    root = unit_means.root
    PP = root @ root.T
    trace_PP = np.trace(PP)
    z = deviations.w + np.outer(a, root.T @ unit_means.w[0])
    form = float(np.sum(z * (E @ z)))
    score[psi_column] = (form - N * across - along * trace_PP) / 2

    # tr D D: of the first block, between the blocks (twice), of the second
    E_squared = float(np.sum(E**2))
    Ea_squared = float(Ea @ Ea)
    within_across = E_squared - 2.0 * Ea_squared + along**2
    between = Ea_squared - along**2
    of_first = N * within_across
    of_both = 2.0 * between * trace_PP
    of_second = along**2 * np.sum(PP**2)
    information[psi_column, psi_column] = (of_first + of_both + of_second) / 2

    for i, first, second in zip(columns, deviations.D, unit_means.D, strict=True):
        trace = across * np.trace(first) + along * np.sum(PP * second)
        information[psi_column, i] = trace / 2
        information[i, psi_column] = trace / 2


def blocks_of(
    sample: Sample,
    effects: str | None,
    values: np.ndarray,
) -> tuple[Block, Block]:
    """Deviations from unit means, and unit means times root T."""
    T, N = sample.shape
    K = sample.n_regressors
    b = values[:K]
    rho, lam, psi, phi = split(sample, values[K:-1])
    s2 = float(values[-1])
    eye = np.eye(N)
    R = error_filter(sample, lam)

    # R (v, Z, G Z b) / sigma: the errors, and what b and rho move of the mean
    v = disturbances(sample, b, rho)
    parts = [v[:, :, None], sample.Z]
    if sample.W is not None:
        # G = W (I - rho W)^-1
        W = sample.W.dense
        A = eye - rho * W
        G = np.linalg.solve(A.T, W.T).T
        fitted = sample.Z @ b
        lagged = fitted @ G.T
        parts.append(lagged[:, :, None])
    columns = np.concatenate(parts, axis=2)
    filtered = R @ columns / np.sqrt(s2)
    across, along = split_time(filtered, psi)

    # the variance of the unit means, V = I + c phi S, and its P
    S = eye
    if effects == "baltagi":
        S = R @ R.T
    c = weight(T, psi)
    V = eye + c * phi * S
    root = np.linalg.inv(np.linalg.cholesky(V))
    means = (root @ along)[None]

    # D of rho, lam, phi, sigma2; deviations are free of mu, and so of phi
    by_rho_and_lam = _variance_derivatives(sample, effects, (rho, lam), V)
    by_sigma2 = eye / s2
    of_deviations = [first for first, _ in by_rho_and_lam]
    of_deviations += [np.zeros((N, N)), by_sigma2]
    of_means = [root @ second @ root.T for _, second in by_rho_and_lam]
    of_means += [c * root @ S @ root.T, by_sigma2]

    deviations = Block(
        n=T - 1,
        w=across[:, :, 0],
        means=across[:, :, 1:],
        D=of_deviations,
        root=eye,
    )
    unit_means = Block(
        n=1,
        w=means[:, :, 0],
        means=means[:, :, 1:],
        D=of_means,
        root=root,
    )
    return deviations, unit_means


def _variance_derivatives(
    sample: Sample,
    effects: str | None,
    at: tuple[float, float],
    V: np.ndarray,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """R A (d Sigma) A'R' / sigma2 by rho and lam, for those that the model has, in the two blocks;
    A = I - rho W.
    """
    rho, lam = at
    eye = np.eye(len(V))
    R = error_filter(sample, lam)
    derivatives = []
    if sample.W is not None:
        # B = R W A^-1 R^-1
        W = sample.W.dense
        A = eye - rho * W
        RA = R @ A
        B = R @ np.linalg.solve(RA.T, W.T).T
        in_deviations = B + B.T
        in_means = B @ V + V @ B.T
        derivatives.append((in_deviations, in_means))
    if sample.M is not None:
        # H = M R^-1; outside the filter mu does not move with lam
        M = sample.M.dense
        H = np.linalg.solve(R.T, M.T).T
        HV = H
        if effects != "baltagi":
            HV = H @ V
        in_deviations = H + H.T
        in_means = HV + HV.T
        derivatives.append((in_deviations, in_means))
    return derivatives
