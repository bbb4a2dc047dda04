"""Integrals of likelihoods, which overflow and underflow: adaptive quadrature in logs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import logsumexp

# Gauss-Legendre rule of a piece of the range of rho, and how many pieces to begin with
RULE_POINTS = 20
PIECES = 16
# A piece is halved until this changes no more than such a share of the integral.
INTEGRAL_TOLERANCE = 1e-12
MAX_HALVINGS = 60


def integrate_log(f: Callable[[np.ndarray], np.ndarray], low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Adaptive Gauss-Legendre quadrature of exp f, never leaving logs.

    Parameters
    ----------
    f : function of an array (R,)
        Log of the integrand.
    low, high : float

    Returns
    -------
    nodes, masses : arrays of shape (R,)
        Where f was evaluated in the end, and ln(weight) + f there: their `logsumexp` is the log of the integral.
    """
    x, w = np.polynomial.legendre.leggauss(RULE_POINTS)

    def rule(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        half = np.diff(edges, axis=1) / 2
        nodes = edges.mean(axis=1, keepdims=True) + half * x
        return nodes, np.log(half * w) + f(nodes.ravel()).reshape(nodes.shape)

    cuts = np.linspace(low, high, PIECES + 1)
    edges = np.column_stack([cuts[:-1], cuts[1:]])
    nodes, masses = rule(edges)
    done: list[tuple[np.ndarray, np.ndarray]] = []
    for _ in range(MAX_HALVINGS):
        middle = edges.mean(axis=1)
        halves = np.stack([np.column_stack([edges[:, 0], middle]), np.column_stack([middle, edges[:, 1]])], axis=1)
        finer = [part.reshape(len(edges), 2, -1) for part in rule(halves.reshape(-1, 2))]
        total = logsumexp([logsumexp(finer[1]), *(logsumexp(part) for _, part in done)])
        before, after = logsumexp(masses, axis=1), logsumexp(finer[1], axis=(1, 2))
        # a coarse rule can exceed the whole by any factor: far enough off is enough
        change = np.abs(np.exp(np.minimum(before - total, 1.0)) - np.exp(after - total))
        open_ = change > INTEGRAL_TOLERANCE
        done.append((finer[0][~open_].ravel(), finer[1][~open_].ravel()))
        if not open_.any():
            break
        edges = halves[open_].reshape(-1, 2)
        nodes, masses = (part[open_].reshape(len(edges), -1) for part in finer)
    else:
        done.append((nodes.ravel(), masses.ravel()))
    return np.concatenate([part for part, _ in done]), np.concatenate([part for _, part in done])
