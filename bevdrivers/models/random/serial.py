"""Errors that follow a first-order autoregression, nu_t = psi nu_{t-1} + e_t, from a stationary
start.

Prais and Winsten's transformation C makes them independent: its first row is root(1 - psi^2) nu_1,
the others nu_t - psi nu_{t-1}. It takes the constant over time to (1 - psi) (alpha, 1, ..., 1),
alpha^2 = (1 + psi)/(1 - psi), so that unit effects stay in one direction a = (alpha, 1, ..., 1)/d
of time, d^2 = alpha^2 + T - 1. With psi = 0, a'x is the mean over time times root T.

Source: Baltagi and Li (1991), J. Econometrics 48, 385-393.
"""

from __future__ import annotations

import numpy as np


def whiten(values: np.ndarray, psi: float) -> np.ndarray:
    """C applied to the first axis of (T, N, ...)."""
    if psi == 0.0:
        return values
    first = np.sqrt(1.0 - psi**2) * values[:1]
    rest = values[1:] - psi * values[:-1]
    return np.concatenate([first, rest])


def whitening(T: int, psi: float) -> np.ndarray:
    """C itself, (T, T)."""
    return whiten(np.eye(T), psi)


def length(T: int, psi: float) -> float:
    """d, the length of (alpha, 1, ..., 1)."""
    alpha_squared = (1.0 + psi) / (1.0 - psi)
    return float(np.sqrt(alpha_squared + T - 1.0))


def direction(T: int, psi: float) -> np.ndarray:
    """a, (T,), of length one."""
    alpha_squared = (1.0 + psi) / (1.0 - psi)
    along = np.ones(T)
    along[0] = np.sqrt(alpha_squared)
    return along / length(T, psi)


def weight(T: int, psi: float) -> float:
    """c = (1 - psi)^2 d^2, with which phi enters the variance of a'C(mu + nu): s2 (1 + c phi). T
    where psi = 0.
    """
    d = length(T, psi)
    return (1.0 - psi) ** 2 * d**2


def split_time(values: np.ndarray, psi: float) -> tuple[np.ndarray, np.ndarray]:
    """C x without its part along a, (T, N, ...), and a'C x, (N, ...)."""
    white = whiten(values, psi)
    a = direction(len(values), psi)
    along = np.tensordot(a, white, axes=1)
    across = white - np.multiply.outer(a, along)
    return across, along


def slope_along(values: np.ndarray, psi: float) -> np.ndarray:
    """Derivative by psi of a'C x = [(1 - psi) sum_t x_t + psi (x_1 + x_T)] / d, (N, ...)."""
    d = length(len(values), psi)
    ends = values[0] + values[-1]
    total = values.sum(axis=0)
    along = ((1.0 - psi) * total + psi * ends) / d
    # by the numerator, then by d, whose square has the derivative 2 / (1 - psi)^2
    of_numerator = (ends - total) / d
    of_length = along / (1.0 - psi) ** 2 / d**2
    slope: np.ndarray = of_numerator - of_length
    return slope


def slope_of_squares(values: np.ndarray, psi: float) -> float:
    """Derivative by psi of the sum of squares of C x, x of shape (T, N)."""
    # |C x|^2 = x_1^2 + x_T^2 + (1 + psi^2) (squares between) - 2 psi (products of neighbours)
    between = np.sum(values[1:-1] ** 2)
    neighbours = np.sum(values[1:] * values[:-1])
    slope = psi * between - neighbours
    return 2.0 * float(slope)


def slope_of_variance(T: int, psi: float) -> np.ndarray:
    """C (dV / dpsi) C' of the covariance V of nu over time, in units of s2, (T, T)."""
    # dC / dpsi
    slope = -np.eye(T, k=-1)
    slope[0, 0] = -psi / np.sqrt(1.0 - psi**2)
    # B = (dC / dpsi) C^-1; from C V C' = I follows C (dV / dpsi) C' = -(B + B')
    C = whitening(T, psi)
    B = np.linalg.solve(C.T, slope.T).T
    return -(B + B.T)
