"""The mean multipliers of a model, which all regressors share: four numbers, with derivatives and
at draws.

    tr(B)/N,  tr(B W_x)/N,  1'B1/N,  1'B W_x 1/N

with B = (I - rho W)^-1 in the short run and the multiplier of the horizon (`multipliers.py`)
beyond.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.polynomial.chebyshev import chebfit, chebpts1, chebval

from ...weights import SpatialWeights
from ..design.sample import Sample
from ..fitted import Fitted
from ..ml.operators import DENSE_UNITS, probed_trace
from .multipliers import Horizon, multiplier

# Chebyshev nodes for the four numbers over the draws of rho, where each costs a factorisation
NODES = 16


@dataclass(frozen=True, eq=False)
class MeanMultipliers:
    """The four numbers that all changes share, (tr B, tr B W_x, 1'B1, 1'B W_x 1) / N.

    Attributes
    ----------
    value : array of shape (4,)
    slopes : mapping of str to array of shape (4,)
        Derivatives by "tau", "eta" and "rho", as the model has them.
    draws : array of shape (R, 4) or None
        At draws of the parameters.
    """

    value: np.ndarray
    slopes: Mapping[str, np.ndarray]
    draws: np.ndarray | None

    def less(self, other: MeanMultipliers) -> MeanMultipliers:
        """What is left of the numbers, derivatives and draws when those of a part are taken off."""
        slopes = dict(self.slopes)
        for name in slopes.keys() & other.slopes.keys():
            slopes[name] = slopes[name] - other.slopes[name]
        draws = None
        if self.draws is not None and other.draws is not None:
            draws = self.draws - other.draws
        return MeanMultipliers(self.value - other.value, slopes, draws)


def mean_multipliers(
    fit: Fitted[Any], horizon: Horizon, draws: np.ndarray | None
) -> MeanMultipliers:
    """The four numbers of a fit at a horizon, and at draws (R, P) of its parameters."""
    multipliers = multipliers_at(fit.sample, horizon)
    if multipliers is None:
        means = without_lag_of_y(fit.sample.Wx)
        constant = None if draws is None else np.tile(means, (len(draws), 1))
        return MeanMultipliers(means, {}, constant)
    means, slopes = multipliers.at(dict(zip(fit.terms, fit.values, strict=True)))
    at_draws = None if draws is None else multipliers.many(draws, fit.terms)
    return MeanMultipliers(means, slopes, at_draws)


def multipliers_at(
    sample: Sample, horizon: Horizon
) -> _ShortRun | _AtHorizon | _WithoutLagOfY | None:
    """None without a lag of y in space or time. The short run depends on rho alone, also in a
    dynamic model.
    """
    short = horizon in ("short", 0)
    if sample.W is None:
        return None if short else _WithoutLagOfY(sample.Wx, horizon)
    if short:
        return _ShortRun(sample.W, sample.Wx)
    return _AtHorizon(sample.W, sample.Wx, horizon)


@dataclass(frozen=True, eq=False)
class _ShortRun:
    """The four numbers of the short run as a function of rho, with their derivatives.

    Where y and X share W they follow from the log-determinant alone: with G = W B, tr B = N + rho
    tr G, tr B W = tr G, and dG/drho = GG. Row sums of a row-normalised W need no solve: B1 = 1 / (1
    - rho).
    """

    W: SpatialWeights
    Wx: SpatialWeights | None

    def at(self, values: Mapping[str, float]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """(tr B, tr B Wx, 1'B1, 1'B Wx 1) / N, shape (4,), and their derivatives by "rho"."""
        rho = values["rho"]
        both = np.concatenate([self._diagonal(rho), self._sums(rho)], axis=1)
        means, slopes = both / self.W.n_units
        return means, {"rho": slopes}

    def _diagonal(self, rho: float) -> np.ndarray:
        """tr B and tr B Wx, and below them their derivatives, (2, 2)."""
        # tr G and tr GG
        first, second = (-value for value in self.W.spectrum.derivatives(rho))
        traces = np.array(
            [
                [self.W.n_units + rho * first, first],
                [first + rho * second, second],
            ]
        )
        if self.Wx is not None and self.Wx is not self.W:
            traces[:, 1] = self._other_trace(self.Wx, rho)
        return traces

    def _other_trace(self, Wx: SpatialWeights, rho: float) -> tuple[float, float]:
        if self.W.n_units > DENSE_UNITS:
            return probed_trace(self.W, Wx, rho)
        B = np.linalg.inv(np.eye(self.W.n_units) - rho * self.W.dense)
        return float(np.sum(B * Wx.dense.T)), float(np.sum((B @ self.W.dense @ B) * Wx.dense.T))

    def _sums(self, rho: float) -> np.ndarray:
        """1'B1 and 1'B Wx 1, and below them their derivatives, (2, 2)."""
        N = self.W.n_units
        if self.W.row_normalised and (self.Wx is None or self.Wx.row_normalised):
            total = N / (1 - rho)
            slope = total / (1 - rho)
            return np.array([[total, total], [slope, slope]])
        resolvent, ones = self.W.pencil.at(rho), np.ones(N)
        Wx_ones = self.W.operator @ ones if self.Wx is None else self.Wx.operator @ ones
        across = np.column_stack([resolvent.solve(ones), resolvent.solve(Wx_ones)])
        down = self.W.operator.T @ resolvent.solve(ones, transposed=True)
        return np.stack([across.sum(axis=0), down @ across])

    def many(self, draws: np.ndarray, terms: tuple[str, ...]) -> np.ndarray:
        """The four numbers at each of R draws (R, P) of the parameters, (R, 4)."""
        rhos = draws[:, terms.index("rho")]
        from_spectrum = self.W.row_normalised and (self.Wx is None or self.Wx is self.W)
        small = len(rhos) <= NODES or self.W.n_units <= DENSE_UNITS
        if small or from_spectrum:
            return self._each(rhos)
        # smooth functions of rho: through Chebyshev nodes over the range of the draws
        low, high = rhos.min(), rhos.max()
        nodes = chebpts1(NODES)
        values = self._each(low + (high - low) * (nodes + 1) / 2)
        series = chebfit(nodes, values, NODES - 1)
        multipliers: np.ndarray = chebval(2 * (rhos - low) / (high - low) - 1, series).T
        return multipliers

    def _each(self, rhos: np.ndarray) -> np.ndarray:
        return np.array([self.at({"rho": float(rho)})[0] for rho in rhos])


@dataclass(frozen=True, eq=False)
class _AtHorizon:
    """The four numbers of a dynamic model's horizon as a function of rho, tau and eta, from N x N
    matrices.
    """

    W: SpatialWeights
    Wx: SpatialWeights | None
    horizon: Horizon

    def at(self, values: Mapping[str, float]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """(tr D, tr D Wx, 1'D1, 1'D Wx 1) / N, shape (4,), and their derivatives by "tau", "eta",
        "rho".
        """
        D, slopes = multiplier(self.W.dense, values, self.horizon)
        return self._means(D), {name: self._means(slope) for name, slope in slopes.items()}

    def _means(self, D: np.ndarray) -> np.ndarray:
        N, down = len(D), D.sum(axis=0)
        if self.Wx is None:
            return np.array([np.trace(D), 0.0, down.sum(), 0.0]) / N
        Wx = self.Wx.dense
        return np.array([np.trace(D), np.sum(D * Wx.T), down.sum(), down @ Wx.sum(axis=1)]) / N

    def many(self, draws: np.ndarray, terms: tuple[str, ...]) -> np.ndarray:
        """The four numbers at each of R draws (R, P) of the parameters, (R, 4)."""
        return np.array([self.at(dict(zip(terms, draw, strict=True)))[0] for draw in draws])


@dataclass(frozen=True, eq=False)
class _WithoutLagOfY:
    """The four numbers of a horizon of a dynamic model without a lag of y: D = (1 + tau + ... +
    tau^h) I.
    """

    Wx: SpatialWeights | None
    horizon: Horizon

    def at(self, values: Mapping[str, float]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """The four numbers, shape (4,), and their derivatives by "tau"."""
        means, tau = without_lag_of_y(self.Wx), values["tau"]
        if self.horizon == "long":
            return means / (1.0 - tau), {"tau": means / (1.0 - tau) ** 2}
        powers = np.arange(int(self.horizon) + 1)
        slope = np.sum(powers[1:] * tau ** (powers[1:] - 1.0))
        return means * np.sum(tau**powers), {"tau": means * slope}

    def many(self, draws: np.ndarray, terms: tuple[str, ...]) -> np.ndarray:
        """The four numbers at each of R draws (R, P) of the parameters, (R, 4)."""
        return np.array([self.at({"tau": tau})[0] for tau in draws[:, terms.index("tau")]])


def without_lag_of_y(Wx: SpatialWeights | None) -> np.ndarray:
    """The four numbers for B = I."""
    if Wx is None:
        return np.array([1.0, 0.0, 1.0, 0.0])
    return np.array([1.0, Wx.sparse.trace() / Wx.n_units, 1.0, Wx.sparse.sum() / Wx.n_units])
