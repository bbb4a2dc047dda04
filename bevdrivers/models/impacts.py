"""Direct, indirect and total impacts, by the delta method or by simulation (LeSage and Pace 2009).

The impact of regressor k is the matrix S_k = (I - rho W)^-1 (I beta_k + W_x theta_k): direct is the mean of its
diagonal, total the mean of its row sums, indirect the difference, for any W. All regressors share four numbers,

    tr(B)/N,  tr(B W_x)/N,  1'B1/N,  1'B W_x 1/N,   B = (I - rho W)^-1,

so that direct = beta tr(B)/N + theta tr(B W_x)/N, and so on. In a dynamic model B is the multiplier of the horizon
(`multipliers.py`).

Source: LeSage and Pace (2009), Introduction to Spatial Econometrics, sections 2.7 and 5.6,
doi:10.1201/9781420064254.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.polynomial.chebyshev import chebfit, chebpts1, chebval

from ..errors import EstimationError, OptionError
from ..linalg import Resolvent
from ..results import tidy_frame
from ..weights import SpatialWeights
from .dynamic import largest_root
from .multipliers import Horizon, multiplier
from .operators import DENSE_UNITS, probed_trace
from .sample import Sample

if TYPE_CHECKING:
    from .result import FitResult

COMPONENTS = ("direct", "indirect", "total")
# Chebyshev nodes for the four numbers over the draws of rho, where each costs a factorisation
NODES = 16


@dataclass(frozen=True, eq=False, repr=False)
class Impacts:
    """Impacts of K regressors.

    Attributes
    ----------
    terms : tuple of str, length K
    values : array of shape (3, K)
        Rows direct, indirect, total.
    errors : array of shape (3, K)
        Standard errors; zero where the model fixes the impact (indirect ones without any lag).
    sample_of_draws : array of shape (R, 3, K) or None
        The draws that were kept.
    rejected : int
        Draws outside the admissible range of rho, or unstable ones of a dynamic model, replaced by further ones.
    horizon : int or str
        "short", "long", or periods after a change that stays.
    """

    terms: tuple[str, ...]
    values: np.ndarray
    errors: np.ndarray
    described: dict[str, Any]
    df_resid: int | None = None
    sample_of_draws: np.ndarray | None = None
    rejected: int = 0
    seed: int | None = None
    horizon: Horizon = "short"

    @property
    def direct(self) -> pd.Series:
        return self._series("direct", self.values)

    @property
    def indirect(self) -> pd.Series:
        return self._series("indirect", self.values)

    @property
    def total(self) -> pd.Series:
        return self._series("total", self.values)

    def std_errors(self, component: str) -> pd.Series:
        """Standard errors of "direct", "indirect" or "total" impacts, by term."""
        return self._series(component, self.errors)

    def _series(self, component: str, values: np.ndarray) -> pd.Series:
        if component not in COMPONENTS:
            raise OptionError("component", expected=f"one of {list(COMPONENTS)}", got=repr(component))
        return pd.Series(values[COMPONENTS.index(component)], index=list(self.terms), name=component)

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """Long frame, one row a term and component. Intervals of simulated impacts are percentiles of the draws."""
        K = len(self.terms)
        frame = tidy_frame(
            self.terms * 3,
            [component for component in COMPONENTS for _ in range(K)],
            self.values.ravel(),
            self.errors.ravel(),
            df=self.df_resid,
            level=level,
        )
        if self.sample_of_draws is not None:
            tail = (1 - level) / 2
            low, high = np.quantile(self.sample_of_draws, [tail, 1 - tail], axis=0)
            frame["conf_low"], frame["conf_high"] = low.ravel(), high.ravel()
        return frame

    def glance(self) -> pd.DataFrame:
        """One row: how the impacts were got, and from what."""
        kept = 0 if self.sample_of_draws is None else len(self.sample_of_draws)
        own: dict[str, Any] = {
            "method": "simulated" if kept else "delta",
            "draws": kept,
            "rejected": self.rejected,
            "seed": self.seed,
            "horizon": self.horizon,
        }
        own |= {"statistic": "z" if self.df_resid is None else "t", "df_resid": self.df_resid, "level": 0.95}
        return pd.DataFrame([{**self.described, **own}])

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Terms x (direct, indirect, total)."""
        return pd.DataFrame(self.values.T, index=list(self.terms), columns=list(COMPONENTS))

    def __repr__(self) -> str:
        return f"Impacts ({self.glance().iloc[0]['method']})\n{self.frame}"


@dataclass(frozen=True, eq=False)
class _Multipliers:
    """The four numbers of the short run as a function of rho, with their derivatives.

    Where y and X share W they follow from the log-determinant alone: with G = W B, tr B = N + rho tr G, tr B W = tr G,
    and dG/drho = GG. Row sums of a row-normalised W need no solve: B1 = 1 / (1 - rho).
    """

    W: SpatialWeights
    Wx: SpatialWeights | None

    def at(self, values: Mapping[str, float]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """(tr B, tr B Wx, 1'B1, 1'B Wx 1) / N, shape (4,), and their derivatives by "rho"."""
        rho = values["rho"]
        diagonal, sums = self._diagonal(rho), self._sums(rho)
        found = np.concatenate([diagonal, sums], axis=1) / self.W.n_units
        return found[0], {"rho": found[1]}

    def _diagonal(self, rho: float) -> np.ndarray:
        """tr B and tr B Wx, and below them their derivatives, (2, 2)."""
        first, second = (-value for value in self.W.spectrum.derivatives(rho))
        found = np.array([[self.W.n_units + rho * first, first], [first + rho * second, second]])
        if self.Wx is not None and self.Wx is not self.W:
            found[:, 1] = self._other_trace(self.Wx, rho)
        return found

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
            return np.array([[total, total], [total / (1 - rho), total / (1 - rho)]])
        resolvent, ones = Resolvent(self.W.operator, rho), np.ones(N)
        Wx_ones = self.W.operator @ ones if self.Wx is None else self.Wx.operator @ ones
        across = np.column_stack([resolvent.solve(ones), resolvent.solve(Wx_ones)])
        down = self.W.operator.T @ resolvent.solve(ones, transposed=True)
        return np.stack([across.sum(axis=0), down @ across])

    def many(self, draws: np.ndarray, terms: tuple[str, ...]) -> np.ndarray:
        """The four numbers at each of R draws (R, P) of the parameters, (R, 4)."""
        rhos = draws[:, terms.index("rho")]
        from_spectrum = self.W.row_normalised and (self.Wx is None or self.Wx is self.W)
        if len(rhos) <= NODES or self.W.n_units <= DENSE_UNITS or from_spectrum:
            return self._each(rhos)
        # smooth functions of rho: through Chebyshev nodes over the range of the draws
        low, high = rhos.min(), rhos.max()
        nodes = chebpts1(NODES)
        values = self._each(low + (high - low) * (nodes + 1) / 2)
        return chebval(2 * (rhos - low) / (high - low) - 1, chebfit(nodes, values, NODES - 1)).T

    def _each(self, rhos: np.ndarray) -> np.ndarray:
        return np.array([self.at({"rho": float(rho)})[0] for rho in rhos])


@dataclass(frozen=True, eq=False)
class _HorizonMultipliers:
    """The four numbers of a dynamic model's horizon as a function of rho, tau and eta, from N x N matrices."""

    W: SpatialWeights
    Wx: SpatialWeights | None
    horizon: Horizon

    def at(self, values: Mapping[str, float]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """(tr D, tr D Wx, 1'D1, 1'D Wx 1) / N, shape (4,), and their derivatives by "tau", "eta", "rho"."""
        D, slopes = multiplier(self.W.dense, values, self.horizon)
        return self._four(D), {name: self._four(slope) for name, slope in slopes.items()}

    def _four(self, D: np.ndarray) -> np.ndarray:
        N, down = len(D), D.sum(axis=0)
        if self.Wx is None:
            return np.array([np.trace(D), 0.0, down.sum(), 0.0]) / N
        Wx = self.Wx.dense
        return np.array([np.trace(D), np.sum(D * Wx.T), down.sum(), down @ Wx.sum(axis=1)]) / N

    def many(self, draws: np.ndarray, terms: tuple[str, ...]) -> np.ndarray:
        """The four numbers at each of R draws (R, P) of the parameters, (R, 4)."""
        return np.array([self.at(dict(zip(terms, draw, strict=True)))[0] for draw in draws])


@dataclass(frozen=True, eq=False)
class _OwnMultipliers:
    """The four numbers of a horizon of a dynamic model without a lag of y: D = (1 + tau + ... + tau^h) I."""

    Wx: SpatialWeights | None
    horizon: Horizon

    def at(self, values: Mapping[str, float]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """The four numbers, shape (4,), and their derivatives by "tau"."""
        four, tau = _without_lag_of_y(self.Wx), values["tau"]
        if self.horizon == "long":
            return four / (1.0 - tau), {"tau": four / (1.0 - tau) ** 2}
        powers = np.arange(int(self.horizon) + 1)
        slope = np.sum(powers[1:] * tau ** (powers[1:] - 1.0))
        return four * np.sum(tau**powers), {"tau": four * slope}

    def many(self, draws: np.ndarray, terms: tuple[str, ...]) -> np.ndarray:
        """The four numbers at each of R draws (R, P) of the parameters, (R, 4)."""
        return np.array([self.at({"tau": tau})[0] for tau in draws[:, terms.index("tau")]])


def _without_lag_of_y(Wx: SpatialWeights | None) -> np.ndarray:
    """The four numbers for B = I."""
    if Wx is None:
        return np.array([1.0, 0.0, 1.0, 0.0])
    return np.array([1.0, Wx.sparse.trace() / Wx.n_units, 1.0, Wx.sparse.sum() / Wx.n_units])


def impacts(fit: FitResult, *, draws: int = 0, seed: int | None = None, horizon: Horizon = "short") -> Impacts:
    """Impacts of a fit; see `FitResult.impacts`.

    Raises
    ------
    OptionError
        The formula has interactions, powers or categories, whose terms have no impact of their own, draws < 0, or
        another horizon than "short" for a model that is not dynamic, or "long" for one that is not stable.
    EstimationError
        Nearly all draws of rho fall outside its range.
    """
    if not isinstance(draws, (int, np.integer)) or draws < 0:
        raise OptionError("draws", expected="0 (delta method) or a number of draws", got=repr(draws))
    _check_horizon(fit, horizon)
    sample = fit.sample
    terms = _plain_terms(sample)
    select = _selector(sample, terms, len(fit.terms))
    point = fit.estimate.values
    multipliers = _multipliers(sample, horizon)
    slopes: dict[str, np.ndarray] = {}
    if multipliers is None:
        four = _without_lag_of_y(sample.Wx)
    else:
        four, slopes = multipliers.at(dict(zip(fit.terms, point, strict=True)))
    values = _combine(four, point @ select[0].T, point @ select[1].T)
    common: dict[str, Any] = {"terms": terms, "values": values, "described": fit.described, "horizon": horizon}
    if draws == 0:
        errors = _delta_errors(fit, select, four, slopes)
        return Impacts(errors=errors, df_resid=fit.df_resid, **common)
    kept, rejected = _draw(fit, int(draws), seed)
    many = np.tile(four, (len(kept), 1)) if multipliers is None else multipliers.many(kept, fit.terms)
    drawn = np.moveaxis(_combine(many.T[:, :, None], kept @ select[0].T, kept @ select[1].T), 1, 0)
    return Impacts(errors=drawn.std(axis=0, ddof=1), sample_of_draws=drawn, rejected=rejected, seed=seed, **common)


def _multipliers(sample: Sample, horizon: Horizon) -> _Multipliers | _HorizonMultipliers | _OwnMultipliers | None:
    """None without a lag of y in space or time. The short run depends on rho alone, also in a dynamic model."""
    short = horizon in ("short", 0)
    if sample.W is None:
        return None if short else _OwnMultipliers(sample.Wx, horizon)
    if short:
        return _Multipliers(sample.W, sample.Wx)
    return _HorizonMultipliers(sample.W, sample.Wx, horizon)


def _combine(four: np.ndarray, beta: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Rows direct, indirect, total from the four numbers."""
    direct = four[0] * beta + four[1] * theta
    total = four[2] * beta + four[3] * theta
    return np.stack([direct, total - direct, total])


def _plain_terms(sample: Sample) -> tuple[str, ...]:
    """The regressors, without the intercept and period dummies; refuse where several terms share a variable."""
    design = sample.design
    terms = [name for name in sample.names if name in design.variables and name not in design.never_lagged]
    for name in terms:
        others = [other for other in terms if other != name and design.variables[other] & design.variables[name]]
        shared = [other for other in others if not (_is_lag(other) or _is_lag(name))]
        if shared:
            raise OptionError(
                "formula",
                expected="one term a variable for impacts",
                got=f"{[name, *shared]}",
                remedy="An interaction, power or category has no impact of its own; combine the coefficients of "
                "fit.params by hand, or fit the model without it.",
            )
    return tuple(terms)


def _is_lag(term: str) -> bool:
    return term.startswith("lag(")


def _selector(sample: Sample, terms: tuple[str, ...], P: int) -> tuple[np.ndarray, np.ndarray]:
    """Matrices (K, P) that pick beta and theta of each term out of the parameter vector (zero rows where none)."""
    beta, theta = np.zeros((len(terms), P)), np.zeros((len(terms), P))
    for k, name in enumerate(terms):
        beta[k, sample.names.index(name)] = 1.0
        if name in sample.lagged:
            theta[k, sample.names.index(f"W_{name}")] = 1.0
    return beta, theta


def _delta_errors(
    fit: FitResult, select: tuple[np.ndarray, np.ndarray], four: np.ndarray, slopes: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Standard errors (3, K) from the gradient of the impacts by the parameters."""
    beta, theta = select
    gradient = _combine(four, beta, theta)
    values = fit.estimate.values
    for name, slope in slopes.items():
        if name in fit.terms:
            gradient[:, :, fit.terms.index(name)] = _combine(slope, beta @ values, theta @ values)
    variance = np.einsum("ckp,pq,ckq->ck", gradient, fit.covariance, gradient)
    return np.sqrt(np.maximum(variance, 0.0))


def _draw(fit: FitResult, draws: int, seed: int | None) -> tuple[np.ndarray, int]:
    """Draws (R, P) from the estimated normal with rho, lam and psi inside their ranges, and how many were not.

    Of a dynamic model they are stable ones, too.
    """
    rng = np.random.default_rng(seed)
    weights = {"rho": fit.sample.W, "lam": fit.sample.M}
    ranges = {name: W.spectrum.bounds for name, W in weights.items() if W is not None}
    ranges |= {"psi": (-1.0, 1.0)} if fit.sample.serial else {}
    root = np.linalg.cholesky(fit.covariance)
    kept: list[np.ndarray] = []
    seen = have = 0
    while have < draws:
        batch = fit.estimate.values + rng.standard_normal((draws, len(root))) @ root.T
        inside = np.ones(draws, bool)
        for name, (low, high) in ranges.items():
            drawn = batch[:, fit.terms.index(name)]
            inside &= (low < drawn) & (drawn < high)
        if fit.sample.dynamic:
            inside &= _stable(fit, batch)
        # only what was looked at before enough draws were there counts as rejected
        need = draws - have
        upto = int(np.flatnonzero(np.cumsum(inside) == need)[0]) + 1 if inside.sum() >= need else draws
        kept.append(batch[inside][:need])
        have += len(kept[-1])
        seen += upto
        if seen > 100 * draws:
            raise EstimationError("More than 99 % of the draws lie outside the admissible range of rho: use draws=0.")
    return np.concatenate(kept), seen - draws


def _stable(fit: FitResult, draws: np.ndarray) -> np.ndarray:
    """Which of the draws (R, P) describe a stable process, (R,)."""
    of = {name: draws[:, fit.terms.index(name)] if name in fit.terms else 0.0 for name in ("tau", "eta", "rho")}
    if fit.sample.W is None:
        return np.abs(np.asarray(of["tau"])) < 1.0
    return largest_root(fit.sample.W.full_spectrum, of["tau"], of["eta"], of["rho"]) < 1.0


def _check_horizon(fit: FitResult, horizon: Horizon) -> None:
    number = isinstance(horizon, (int, np.integer)) and not isinstance(horizon, bool) and horizon >= 0
    if not number and horizon not in ("short", "long"):
        raise OptionError("horizon", expected="'short', 'long' or a number of periods from 0", got=repr(horizon))
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
        )
