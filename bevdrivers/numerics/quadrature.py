"""Integrals of likelihoods, which overflow and underflow: adaptive quadrature in logs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import logsumexp

# Gauss-Legendre rule of an interval of rho, and how many intervals to begin with
RULE_POINTS = 20
INTERVALS = 16
# An interval is halved until this changes no more than such a share of the integral.
INTEGRAL_TOLERANCE = 1e-12
MAX_HALVINGS = 60

LogIntegrand = Callable[[np.ndarray], np.ndarray]


def integrate_log(
    f: LogIntegrand,
    low: float,
    high: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Adaptive Gauss-Legendre quadrature of exp f, never leaving logs.

    Each interval is integrated as a whole and as two halves. Where the two differ the halves are
    taken further, else they are done.

    Parameters
    ----------
    f : function of an array (R,)
        Log of the integrand.
    low, high : float

    Returns
    -------
    nodes, masses : arrays of shape (R,)
        Where f was evaluated in the end, and ln(weight) + f there: their `logsumexp` is the log of
        the integral.
    """
    ends = np.linspace(low, high, INTERVALS + 1)
    intervals = np.column_stack([ends[:-1], ends[1:]])
    nodes, masses = _gauss_legendre(f, intervals)

    done_nodes: list[np.ndarray] = []
    done_masses: list[np.ndarray] = []
    for _ in range(MAX_HALVINGS):
        halves = _halved(intervals)
        finer_nodes, finer_masses = _gauss_legendre(f, halves.reshape(-1, 2))
        by_half = (len(intervals), 2, -1)
        finer_nodes = finer_nodes.reshape(by_half)
        finer_masses = finer_masses.reshape(by_half)

        of_done = [logsumexp(part) for part in done_masses if part.size]
        total = logsumexp([logsumexp(finer_masses), *of_done])
        coarse = _are_coarse(masses, finer_masses, total)

        done_nodes.append(finer_nodes[~coarse].ravel())
        done_masses.append(finer_masses[~coarse].ravel())
        if not coarse.any():
            break

        # the halves of the coarse ones are the intervals of the next round
        intervals = halves[coarse].reshape(-1, 2)
        nodes = finer_nodes[coarse].reshape(len(intervals), -1)
        masses = finer_masses[coarse].reshape(len(intervals), -1)
    else:
        done_nodes.append(nodes.ravel())
        done_masses.append(masses.ravel())

    return np.concatenate(done_nodes), np.concatenate(done_masses)


def _are_coarse(
    masses: np.ndarray,
    finer_masses: np.ndarray,
    total: float,
) -> np.ndarray:
    """Which intervals (M,) hold another share of the integral by the rule of the whole (M,
    RULE_POINTS) than by that of the two halves (M, 2, RULE_POINTS).
    """
    log_share = logsumexp(masses, axis=1) - total
    finer_log_share = logsumexp(finer_masses, axis=(1, 2)) - total
    # a coarse rule can exceed the whole by any factor: far enough off is enough
    log_share = np.minimum(log_share, 1.0)
    change = np.abs(np.exp(log_share) - np.exp(finer_log_share))
    return np.asarray(change > INTEGRAL_TOLERANCE)


def _gauss_legendre(f: LogIntegrand, intervals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes in each interval (M, 2) and ln(weight) + f there, each (M, RULE_POINTS)."""
    x, w = np.polynomial.legendre.leggauss(RULE_POINTS)
    # x lies in (-1, 1): each interval is its middle plus or minus half its width
    middle = intervals.mean(axis=1, keepdims=True)
    half = np.diff(intervals, axis=1) / 2
    nodes = middle + half * x
    log_weights = np.log(half * w)
    values = f(nodes.ravel())
    masses = log_weights + values.reshape(nodes.shape)
    return nodes, masses


def _halved(intervals: np.ndarray) -> np.ndarray:
    """The two halves of each interval (M, 2), (M, 2, 2)."""
    low, high = intervals.T
    middle = intervals.mean(axis=1)
    left = np.column_stack([low, middle])
    right = np.column_stack([middle, high])
    return np.stack([left, right], axis=1)
