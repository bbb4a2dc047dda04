"""Draws of the parameters from their estimated normal distribution, those that describe no process
left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import EstimationError, OptionError
from ...numerics.streams import generator
from ...options import whole_number
from ..dynamic import largest_root
from ..fitted import Fitted
from .multipliers import Horizon

# Interquartile range of the standard normal distribution.
QUARTILES = 1.3489795003921634


def spread(drawn: np.ndarray, horizon: Horizon) -> np.ndarray:
    """Standard errors from draws (R, ...): standard deviations; in the long run the interquartile
    range over that of the standard normal distribution.

    Draws next to a unit root have long-run effects as large as they like: the standard deviation of
    the draws has no limit as R grows, and tells of the largest draw alone.
    """
    if horizon != "long":
        return np.asarray(drawn.std(axis=0, ddof=1))
    low, high = np.quantile(drawn, [0.25, 0.75], axis=0)
    interquartile = high - low
    return np.asarray(interquartile / QUARTILES)


def check_draws(draws: Any) -> None:
    """Refuse what is neither 0 nor a number of draws that has a spread."""
    expected = "0 (delta method) or a number of draws, 2 or more"
    if whole_number("draws", draws, expected=expected) == 1:
        raise OptionError(
            "draws",
            expected=expected,
            got=repr(draws),
            remedy="Write 0, or 1000 for instance.",
        )


def draw(
    fit: Fitted[Any],
    draws: int,
    seed: int | None,
) -> tuple[np.ndarray, int]:
    """Draws (R, P) from the estimated normal with rho, lam and psi inside their ranges, and how
    many were not.

    Of a dynamic model they are stable ones, too.
    """
    rng = generator(seed, "impacts")
    root = _root(fit.covariance)
    P = len(root)
    kept: list[np.ndarray] = []
    seen = 0
    have = 0
    while have < draws:
        # with z standard normal, L z has the covariance L L'
        z = rng.standard_normal((draws, P))
        batch = fit.values + z @ root.T
        inside = _admissible(fit, batch)
        # only what was looked at before enough draws were there counts as rejected
        need = draws - have
        accepted = batch[inside][:need]
        kept.append(accepted)
        have += len(accepted)
        seen += _looked_at(inside, need)
        if seen > 100 * draws:
            raise EstimationError(
                "More than 99 % of the draws lie outside the admissible range of rho: use draws=0."
            )
    return np.concatenate(kept), seen - draws


def _admissible(fit: Fitted[Any], draws: np.ndarray) -> np.ndarray:
    """Which of the draws (R, P) describe a process: rho, lam and psi inside their ranges, and
    stable, (R,).
    """
    inside = np.ones(len(draws), bool)
    for name, (low, high) in fit.sample.spatial_ranges.items():
        drawn = _column(fit, draws, name)
        inside &= low < drawn
        inside &= drawn < high
    if fit.sample.dynamic:
        inside &= _stable(fit, draws)
    return inside


def _looked_at(inside: np.ndarray, need: int) -> int:
    """How many draws it took to find `need` of them inside; all where there are not so many."""
    if inside.sum() < need:
        return len(inside)
    so_far = np.cumsum(inside)
    last = np.flatnonzero(so_far == need)[0]
    return int(last) + 1


def _root(covariance: np.ndarray) -> np.ndarray:
    """L with L L' the covariance (P, P), also where sums over few clusters leave it without full
    rank.
    """
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        # of the correlations, which are of one size: R = V diag(l) V', L = diag(s) V diag(l)^(1/2)
        size = np.sqrt(np.diag(covariance))
        correlation = covariance / np.outer(size, size)
        values, vectors = np.linalg.eigh(correlation)
        not_negative = np.maximum(values, 0.0)
        lengths = np.sqrt(not_negative)
        root: np.ndarray = size[:, None] * vectors * lengths
        return root


def _stable(fit: Fitted[Any], draws: np.ndarray) -> np.ndarray:
    """Which of the draws (R, P) describe a stable process, (R,)."""
    stable: np.ndarray = largest_roots(fit, draws) < 1.0
    return stable


def largest_roots(fit: Fitted[Any], draws: np.ndarray) -> np.ndarray:
    """The largest root of the process of each draw (R, P) of a dynamic model, (R,)."""
    tau = _column(fit, draws, "tau")
    eta = _column(fit, draws, "eta")
    rho = _column(fit, draws, "rho")
    W = fit.sample.W
    if W is None:
        return np.asarray(np.abs(tau))
    return largest_root(W.full_spectrum, tau, eta, rho)


def _column(
    fit: Fitted[Any],
    draws: np.ndarray,
    name: str,
) -> np.ndarray:
    """The draws (R, P) of one parameter, (R,); zeros where the model does not have it."""
    if name not in fit.terms:
        return np.zeros(len(draws))
    return draws[:, fit.terms.index(name)]


def check_horizon(fit: Fitted[Any], horizon: Horizon) -> None:
    """Refuse a horizon that is none, or that the model does not have."""
    if horizon not in ("short", "long"):
        expected = "'short', 'long' or a number of periods from 0"
        whole_number("horizon", horizon, expected=expected)
    if horizon != "short" and not fit.sample.dynamic:
        raise OptionError(
            "horizon",
            expected="'short' for a model that is not dynamic",
            got=repr(horizon),
            remedy='Fit it with dynamic="time", "space" or "both".',
        )
    if horizon == "long" and not fit.stable:
        raise OptionError(
            "horizon",
            expected="'short' or a number of periods for a model that is not stable",
            got=f"'long' with a largest root of {fit.largest_root:.4g}",
            remedy="Use 'short' or a number of periods.",
        )
