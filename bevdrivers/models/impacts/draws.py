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


def check_draws(draws: Any) -> None:
    """Refuse what is neither 0 nor a number of draws that has a spread."""
    expected = "0 (delta method) or a number of draws, 2 or more"
    if whole_number("draws", draws, expected=expected) == 1:
        raise OptionError(
            "draws", expected=expected, got=repr(draws), remedy="Write 0, or 1000 for instance."
        )


def draw(fit: Fitted[Any], draws: int, seed: int | None) -> tuple[np.ndarray, int]:
    """Draws (R, P) from the estimated normal with rho, lam and psi inside their ranges, and how
    many were not.

    Of a dynamic model they are stable ones, too.
    """
    rng = generator(seed, "impacts")
    ranges = fit.sample.spatial_ranges
    root = _root(fit.covariance)
    kept: list[np.ndarray] = []
    seen = have = 0
    while have < draws:
        batch = fit.values + rng.standard_normal((draws, len(root))) @ root.T
        inside = np.ones(draws, bool)
        for name, (low, high) in ranges.items():
            drawn = batch[:, fit.terms.index(name)]
            inside &= (low < drawn) & (drawn < high)
        if fit.sample.dynamic:
            inside &= _stable(fit, batch)
        # only what was looked at before enough draws were there counts as rejected
        need = draws - have
        kept.append(batch[inside][:need])
        have += len(kept[-1])
        seen += _looked_at(inside, need)
        if seen > 100 * draws:
            raise EstimationError(
                "More than 99 % of the draws lie outside the admissible range of rho: use draws=0."
            )
    return np.concatenate(kept), seen - draws


def _looked_at(inside: np.ndarray, need: int) -> int:
    """How many draws it took to find `need` of them inside; all where there are not so many."""
    if inside.sum() < need:
        return len(inside)
    return int(np.flatnonzero(np.cumsum(inside) == need)[0]) + 1


def _root(covariance: np.ndarray) -> np.ndarray:
    """L with L L' the covariance (P, P), also where sums over few clusters leave it without full
    rank.
    """
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        size = np.sqrt(np.diag(covariance))
        values, vectors = np.linalg.eigh(covariance / np.outer(size, size))
        root: np.ndarray = size[:, None] * vectors * np.sqrt(np.maximum(values, 0.0))
        return root


def _stable(fit: Fitted[Any], draws: np.ndarray) -> np.ndarray:
    """Which of the draws (R, P) describe a stable process, (R,)."""
    tau, eta, rho = (
        draws[:, fit.terms.index(name)] if name in fit.terms else np.zeros(len(draws))
        for name in ("tau", "eta", "rho")
    )
    if fit.sample.W is None:
        return np.abs(tau) < 1.0
    return largest_root(fit.sample.W.full_spectrum, tau, eta, rho) < 1.0


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
