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
from ...weights.by_period import PeriodWeights
from ..design.sample import Sample
from ..fitted import Fitted
from ..ml.operators import DENSE_UNITS, probed_trace
from .multipliers import Horizon, multiplier

# Weights of a lag, and those of one period of them; None without the lag.
Role = SpatialWeights | PeriodWeights | None
Part = SpatialWeights | None

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
        value = self.value - other.value
        slopes = dict(self.slopes)
        for name in slopes.keys() & other.slopes.keys():
            slopes[name] = slopes[name] - other.slopes[name]
        draws = None
        if self.draws is not None and other.draws is not None:
            draws = self.draws - other.draws
        return MeanMultipliers(value, slopes, draws)


def mean_multipliers(
    fit: Fitted[Any],
    horizon: Horizon,
    draws: np.ndarray | None,
) -> MeanMultipliers:
    """The four numbers of a fit at a horizon, and at draws (R, P) of its parameters."""
    multipliers = multipliers_at(fit.sample, horizon)
    if multipliers is None:
        means = without_lag_of_y(fit.sample.Wx)
        if draws is None:
            return MeanMultipliers(means, {}, None)
        constant = np.tile(means, (len(draws), 1))
        return MeanMultipliers(means, {}, constant)
    parameters = dict(zip(fit.terms, fit.values, strict=True))
    means, slopes = multipliers.at(parameters)
    of_draws = None
    if draws is not None:
        of_draws = multipliers.many(draws, fit.terms)
    return MeanMultipliers(means, slopes, of_draws)


def multipliers_at(
    sample: Sample, horizon: Horizon
) -> _ShortRun | _OverPeriods | _AtHorizon | _WithoutLagOfY | None:
    """None without a lag of y in space or time. The short run depends on rho alone, also in a
    dynamic model.
    """
    W = sample.W
    Wx = sample.Wx
    is_short = horizon in ("short", 0)
    if isinstance(W, PeriodWeights):
        return _OverPeriods.of(W, Wx)
    if W is None:
        return None if is_short else _WithoutLagOfY(Wx, horizon)
    if is_short:
        return _ShortRun(W, Wx)
    return _AtHorizon(W, Wx, horizon)


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
        diagonal = self._diagonal(rho)
        sums = self._sums(rho)
        both = np.concatenate([diagonal, sums], axis=1)
        means, slopes = both / self.W.n_units
        return means, {"rho": slopes}

    def _diagonal(self, rho: float) -> np.ndarray:
        """tr B and tr B Wx, and below them their derivatives, (2, 2)."""
        N = self.W.n_units
        # the log-determinant ln|I - rho W| has the derivatives -tr G and -tr GG
        by_rho, by_rho_twice = self.W.spectrum.derivatives(rho)
        tr_G = -by_rho
        tr_GG = -by_rho_twice
        values = [N + rho * tr_G, tr_G]
        slopes = [tr_G + rho * tr_GG, tr_GG]
        traces = np.array([values, slopes])
        if self.Wx is not None and self.Wx is not self.W:
            traces[:, 1] = self._other_trace(self.Wx, rho)
        return traces

    def _other_trace(self, Wx: SpatialWeights, rho: float) -> tuple[float, float]:
        """tr B Wx of another W for X, and its derivative tr BWB Wx."""
        N = self.W.n_units
        if N > DENSE_UNITS:
            return probed_trace(self.W, Wx, rho)
        W = self.W.dense
        B = np.linalg.inv(np.eye(N) - rho * W)
        BWB = B @ W @ B
        # tr A C is the sum of the products of A and C'
        transposed = Wx.dense.T
        trace = np.sum(B * transposed)
        slope = np.sum(BWB * transposed)
        return float(trace), float(slope)

    def _sums(self, rho: float) -> np.ndarray:
        """1'B1 and 1'B Wx 1, and below them their derivatives, (2, 2)."""
        N = self.W.n_units
        if self.W.row_normalised and (self.Wx is None or self.Wx.row_normalised):
            # W1 = 1, so that B1 = 1 / (1 - rho)
            total = N / (1 - rho)
            slope = total / (1 - rho)
            return np.array([[total, total], [slope, slope]])
        W = self.W.operator
        Wx = W if self.Wx is None else self.Wx.operator
        B = self.W.pencil.at(rho)
        ones = np.ones(N)
        B_ones = B.solve(ones)
        B_Wx_ones = B.solve(Wx @ ones)
        across = np.column_stack([B_ones, B_Wx_ones])
        sums = across.sum(axis=0)

        # dB/drho = BWB: the slopes are 1'BW times B1 and B Wx 1
        ones_B = B.solve(ones, transposed=True)
        ones_BW = W.T @ ones_B
        slopes = ones_BW @ across
        return np.stack([sums, slopes])

    def many(self, draws: np.ndarray, terms: tuple[str, ...]) -> np.ndarray:
        """The four numbers at each of R draws (R, P) of the parameters, (R, 4)."""
        rhos = draws[:, terms.index("rho")]
        shared = self.Wx is None or self.Wx is self.W
        from_spectrum = self.W.row_normalised and shared
        small = len(rhos) <= NODES or self.W.n_units <= DENSE_UNITS
        if small or from_spectrum:
            return self._each(rhos)
        # smooth functions of rho: through Chebyshev nodes over the range of the draws
        low = rhos.min()
        high = rhos.max()
        width = high - low
        nodes = chebpts1(NODES)
        rho_at_nodes = low + width * (nodes + 1) / 2
        at_nodes = self._each(rho_at_nodes)
        series = chebfit(nodes, at_nodes, NODES - 1)

        on_unit_range = 2 * (rhos - low) / width - 1
        multipliers: np.ndarray = chebval(on_unit_range, series)
        return multipliers.T

    def _each(self, rhos: np.ndarray) -> np.ndarray:
        """The four numbers at each rho (R,), one after the other, (R, 4)."""
        rows = []
        for rho in rhos:
            means, _ = self.at({"rho": float(rho)})
            rows.append(means)
        return np.array(rows)


def parts_with_shares(W: Role, Wx: Role) -> list[tuple[Part, Part, float]]:
    """The weights of y and of X of the periods that differ, each pair with its share of all
    observations; weights that are the same in all periods are one pair.
    """
    by_period = [one for one in (W, Wx) if isinstance(one, PeriodWeights)]
    if not by_period:
        assert not isinstance(W, PeriodWeights)
        assert not isinstance(Wx, PeriodWeights)
        return [(W, Wx, 1.0)]
    nothing: tuple[Part, ...] = (None,) * by_period[0].n_periods
    of_y = W.parts if isinstance(W, PeriodWeights) else nothing
    of_x = Wx.parts if isinstance(Wx, PeriodWeights) else nothing
    counts: dict[tuple[int, int], int] = {}
    pairs: dict[tuple[int, int], tuple[Part, Part]] = {}
    for own, lagged, part in zip(of_y, of_x, by_period[0].parts, strict=True):
        key = (id(own), id(lagged))
        counts[key] = counts.get(key, 0) + part.n_units
        pairs[key] = own, lagged
    total = sum(counts.values())
    return [(*pairs[key], counts[key] / total) for key in pairs if counts[key]]


@dataclass(frozen=True, eq=False)
class _OverPeriods:
    """The four numbers as means over all observations, each period under its own weights.

    Attributes
    ----------
    parts : tuple of _ShortRun
        Of the periods whose weights differ.
    shares : array
        Of the observations that are in each part.
    """

    parts: tuple[_ShortRun, ...]
    shares: np.ndarray

    @classmethod
    def of(cls, W: PeriodWeights, Wx: Any) -> _OverPeriods:
        """Of weights of y and of X, the latter by period, too, or None."""
        parts = []
        shares = []
        for own, lagged, share in parts_with_shares(W, Wx):
            assert own is not None
            parts.append(_ShortRun(own, lagged))
            shares.append(share)
        return cls(tuple(parts), np.array(shares))

    def at(self, values: Mapping[str, float]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """The four numbers, shape (4,), and their derivatives by "rho"."""
        means_by_part = []
        slopes_by_part = []
        for part in self.parts:
            means, slopes = part.at(values)
            means_by_part.append(means)
            slopes_by_part.append(slopes["rho"])
        mean = self.shares @ np.array(means_by_part)
        mean_slope = self.shares @ np.array(slopes_by_part)
        return mean, {"rho": mean_slope}

    def many(self, draws: np.ndarray, terms: tuple[str, ...]) -> np.ndarray:
        """The four numbers at each of R draws (R, P) of the parameters, (R, 4)."""
        by_part = np.array([part.many(draws, terms) for part in self.parts])
        means: np.ndarray = np.einsum("p,prm->rm", self.shares, by_part)
        return means


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
        of_slopes = {name: self._means(slope) for name, slope in slopes.items()}
        return self._means(D), of_slopes

    def _means(self, D: np.ndarray) -> np.ndarray:
        """(tr D, tr D Wx, 1'D1, 1'D Wx 1) / N, (4,); those with Wx are zero where X has no lag."""
        N = len(D)
        trace = np.trace(D)
        ones_D = D.sum(axis=0)
        total = ones_D.sum()
        if self.Wx is None:
            return np.array([trace, 0.0, total, 0.0]) / N

        Wx = self.Wx.dense
        trace_lagged = np.sum(D * Wx.T)
        total_lagged = ones_D @ Wx.sum(axis=1)
        return np.array([trace, trace_lagged, total, total_lagged]) / N

    def many(self, draws: np.ndarray, terms: tuple[str, ...]) -> np.ndarray:
        """The four numbers at each of R draws (R, P) of the parameters, (R, 4)."""
        rows = []
        for draw in draws:
            parameters = dict(zip(terms, draw, strict=True))
            means, _ = self.at(parameters)
            rows.append(means)
        return np.array(rows)


@dataclass(frozen=True, eq=False)
class _WithoutLagOfY:
    """The four numbers of a horizon of a dynamic model without a lag of y: D = (1 + tau + ... +
    tau^h) I.
    """

    Wx: SpatialWeights | None
    horizon: Horizon

    def at(self, values: Mapping[str, float]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """The four numbers, shape (4,), and their derivatives by "tau"."""
        means = without_lag_of_y(self.Wx)
        tau = values["tau"]
        if self.horizon == "long":
            # 1 + tau + tau^2 + ... = 1 / (1 - tau)
            share = 1.0 - tau
            return means / share, {"tau": means / share**2}

        powers = np.arange(int(self.horizon) + 1)
        series = np.sum(tau**powers)
        # d tau^h / d tau = h tau^(h - 1)
        positive = powers[1:]
        slope = np.sum(positive * tau ** (positive - 1.0))
        return means * series, {"tau": means * slope}

    def many(self, draws: np.ndarray, terms: tuple[str, ...]) -> np.ndarray:
        """The four numbers at each of R draws (R, P) of the parameters, (R, 4)."""
        rows = []
        for tau in draws[:, terms.index("tau")]:
            means, _ = self.at({"tau": tau})
            rows.append(means)
        return np.array(rows)


def without_lag_of_y(Wx: SpatialWeights | None) -> np.ndarray:
    """The four numbers for B = I."""
    if Wx is None:
        return np.array([1.0, 0.0, 1.0, 0.0])
    # of weights by period: over all observations
    if isinstance(Wx, PeriodWeights):
        matrix = Wx.over_cells
    else:
        matrix = Wx.sparse
    N = matrix.shape[0]
    mean_diagonal = matrix.trace() / N
    mean_row_sum = matrix.sum() / N
    return np.array([1.0, mean_diagonal, 1.0, mean_row_sum])
