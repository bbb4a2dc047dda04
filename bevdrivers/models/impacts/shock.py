"""What a change in some units does to every unit, at once and over time, with standard errors.

With d the changes, the source of the change is c = beta d + theta W_x d, and its effect h periods
after it came to stay

    e_h = B (c + (tau I + eta W) e_{h-1}),   e_0 = B c,   B = (I - rho W)^-1,

in the long run ((1 - tau) I - (rho + eta) W)^-1 c. Each derivative costs a solve: e_0 moves by B d
with beta, by B W_x d with theta and by B W e_0 with rho, and so on along the path. No matrix is
inverted.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.polynomial.chebyshev import chebfit, chebpts1, chebval
from scipy import sparse

from ...display import Shown
from ...errors import InputError, OptionError, first_five
from ...ids import positions
from ...numerics.linalg import Pencil
from ...options import check_flag
from ...panel import marginal_change
from ...results import tidy_frame
from ...weights import SpatialWeights
from ..description import described
from ..fitted import Fitted
from ..ml.operators import DENSE_UNITS, MATRIX_UNITS
from .draws import check_draws, check_horizon, draw, spread
from .impacts import how_computed, selector
from .mean_multipliers import NODES
from .mean_response import MeanResponse, Response
from .multipliers import Horizon


@dataclass(frozen=True, eq=False, repr=False)
class Shock(Shown):
    """Effect on every unit of changes of one regressor in some units.

    Attributes
    ----------
    term : str
    changes : dict
        Unit -> change.
    units : Index of length N
    horizons : tuple, length H
        "short", "long", or periods after the change.
    permanent : bool
        Whether the change stays.
    values, errors : arrays of shape (H, N)
    sample_of_draws : array of shape (R, H, N) or None
    rejected : int
        Draws outside the admissible range of rho, or unstable ones of a dynamic model, replaced by
        further ones.
    """

    term: str
    changes: dict[Hashable, float]
    units: pd.Index
    horizons: tuple[Horizon, ...]
    permanent: bool
    values: np.ndarray
    errors: np.ndarray
    described: dict[str, Any]
    df_resid: int | None = None
    sample_of_draws: np.ndarray | None = None
    rejected: int = 0
    seed: int | None = None

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The layout of every tidy frame, indexed by unit and so ready for a map; with several
        horizons by horizon and unit, ``frame.loc[h]`` being that of one.
        """
        tidy = self.tidy().drop(columns="horizon")
        if len(self.horizons) == 1:
            return tidy.set_axis(self.units, axis=0)
        names = ["horizon", self.units.name]
        both = pd.MultiIndex.from_product([self.horizons, self.units], names=names)
        return tidy.set_axis(both, axis=0)

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """Long frame, one row a horizon and unit. Intervals of simulated effects are percentiles of
        the draws.
        """
        H, N = self.values.shape
        units = [str(unit) for unit in self.units]
        frame = tidy_frame(
            units * H,
            ["shock"] * (H * N),
            self.values.ravel(),
            self.errors.ravel(),
            df=self.df_resid,
            level=level,
        )
        if self.sample_of_draws is not None:
            tail = (1 - level) / 2
            low, high = np.quantile(self.sample_of_draws, [tail, 1 - tail], axis=0)
            frame["conf_low"] = low.ravel()
            frame["conf_high"] = high.ravel()
        horizons = np.array(self.horizons, dtype=object)
        return frame.assign(horizon=np.repeat(horizons, N))

    def glance(self) -> pd.DataFrame:
        """One row: what changed, and how its effect was computed."""
        changes = [f"{unit}: {value:g}" for unit, value in self.changes.items()]
        horizons = [str(horizon) for horizon in self.horizons]
        own: dict[str, Any] = {
            "term": self.term,
            "changes": ", ".join(changes),
            "horizon": ", ".join(horizons),
            "permanent": self.permanent,
            **how_computed(self.sample_of_draws),
            "rejected": self.rejected,
            "seed": self.seed,
        }
        return pd.DataFrame([{**self.described, **own}])

    def __repr__(self) -> str:
        row = self.glance().iloc[0]
        return f"Shock of {self.term} ({row['method']}; {row['changes']})\n{self.frame}"


def shock(
    fit: Fitted[Any],
    term: str,
    changes: Mapping[Hashable, float],
    *,
    horizon: Horizon | Sequence[Horizon],
    permanent: bool,
    draws: int,
    seed: int | None,
    at: Mapping[str, Any] | None,
) -> Shock:
    """Effect on every unit of given changes of one regressor in some units; see
    `FitResult.shock`.
    """
    check_draws(draws)
    check_flag("permanent", permanent)
    horizons = _horizons(fit, horizon, permanent)
    beta, theta = _selected(fit, term, at)
    d = _changes(fit, changes)
    response = _response_of(fit, (beta, theta), d, horizons, permanent)
    common: dict[str, Any] = {
        "term": term,
        "changes": dict(changes),
        "units": pd.Index(fit.panel.units, name=fit.panel.unit),
        "horizons": horizons,
        "permanent": permanent,
        "described": described(fit),
    }
    values, gradient = response.with_gradient(fit.values)
    if not draws:
        # g V g' for each horizon h and unit i
        variance = np.einsum("hip,pq,hiq->hi", gradient, fit.covariance, gradient)
        not_negative = np.maximum(variance, 0.0)
        errors = np.sqrt(not_negative)
        return Shock(
            values=values,
            errors=errors,
            df_resid=fit.df_resid,
            **common,
        )
    kept, rejected = draw(fit, int(draws), seed)
    drawn = response.many(kept)
    return Shock(
        values=values,
        errors=np.stack([spread(drawn[:, h], at_h) for h, at_h in enumerate(horizons)]),
        sample_of_draws=drawn,
        rejected=rejected,
        seed=seed,
        **common,
    )


def impact_matrix(
    fit: Fitted[Any],
    term: str,
    horizon: Horizon,
    at: Mapping[str, Any] | None,
) -> pd.DataFrame:
    """The matrix S of one regressor; see `FitResult.impact_matrix`."""
    units = fit.panel.units
    if len(units) > MATRIX_UNITS:
        raise OptionError(
            "term",
            expected=f"at most {MATRIX_UNITS} units for the whole matrix",
            got=f"{len(units)}",
            remedy="Use shock() for the effects of changes in some units.",
        )
    horizons = _horizons(fit, horizon, True)
    beta, theta = _selected(fit, term, at)
    # a change of one in each unit: the columns of the matrix
    identity = np.eye(len(units))
    response = _response_of(fit, (beta, theta), identity, horizons, True)
    [matrix] = response.values(fit.values)
    index = pd.Index(units, name=fit.panel.unit)
    return pd.DataFrame(matrix, index=index, columns=index)


def _changes(fit: Fitted[Any], changes: Mapping[Hashable, float]) -> np.ndarray:
    """Changes by unit as a column (N, 1)."""
    units = fit.panel.units
    if not isinstance(changes, Mapping):
        expected = "a mapping such as {unit: 0.1}"
        raise InputError(
            "changes",
            expected=expected,
            got=type(changes).__name__,
            remedy='Write changes={"unit": 0.1}.',
        )
    rows = positions(list(changes), units)
    unknown = [name for name, row in zip(changes, rows, strict=True) if row < 0]
    if unknown or not changes:
        got = f"unknown {first_five(unknown)}" if unknown else "none"
        raise InputError(
            "changes",
            expected="units of the panel with a change each",
            got=got,
            remedy="Name units as panel.units has them.",
        )
    wrong = [(unit, value) for unit, value in changes.items() if not _is_number(value)]
    if wrong:
        raise InputError(
            "changes",
            expected="finite numbers",
            got=first_five(wrong),
            remedy="Write each change as a number.",
        )
    column = np.zeros((len(units), 1))
    column[rows, 0] = [float(value) for value in changes.values()]
    return column


def _is_number(value: Any) -> bool:
    kinds = (int, float, np.integer, np.floating)
    return isinstance(value, kinds) and bool(np.isfinite(value))


def _horizons(
    fit: Fitted[Any],
    horizon: Horizon | Sequence[Horizon],
    permanent: bool,
) -> tuple[Horizon, ...]:
    """The horizons as a tuple, each of them checked."""
    if isinstance(horizon, Iterable) and not isinstance(horizon, str):
        horizons = tuple(horizon)
    else:
        horizons = (horizon,)
    if not horizons or len(set(horizons)) < len(horizons):
        expected = "one horizon or several different ones"
        raise OptionError(
            "horizon",
            expected=expected,
            got=repr(horizon),
            remedy="Write for instance 'short', 5 or [0, 1, 5].",
        )
    for one in horizons:
        check_horizon(fit, one)
    if not permanent and "long" in horizons:
        expected = "periods for a change that does not stay"
        raise OptionError(
            "horizon",
            expected=expected,
            got="'long', when it is gone",
            remedy=("Write a number of periods, or permanent=True for a change that stays."),
        )
    return horizons


def _selected(
    fit: Fitted[Any],
    term: str,
    at: Mapping[str, Any] | None,
) -> tuple[np.ndarray, np.ndarray]:
    """What makes beta and theta of a term out of the parameters, (P,) each."""
    change = marginal_change(fit.panel, fit.sample.design, term, at)
    [beta], [theta] = selector(fit.sample, [change])
    return beta, theta


def _response_of(
    fit: Fitted[Any],
    selected: tuple[np.ndarray, np.ndarray],
    d: np.ndarray,
    horizons: tuple[Horizon, ...],
    permanent: bool,
) -> Response:
    """The effects of changes d (N, m) of a term by what is `_selected`: means over the periods of an
    irregular sample.
    """

    def make(W: SpatialWeights | None, Wx: SpatialWeights | None, d: np.ndarray) -> _Response:
        return _Response(fit.terms, W, Wx, *selected, d, horizons, permanent)

    sample = fit.sample
    if sample.irregular:
        return MeanResponse.of(sample, d, make)
    return make(sample.W, sample.Wx, d)


@dataclass(frozen=True, eq=False)
class _Response:
    """The effects of changes d (N, m) as a function of the parameters.

    Attributes
    ----------
    terms : tuple of str, length P
        The parameters.
    W, Wx : SpatialWeights or None
        Of y and of X.
    beta, theta : arrays of shape (P,)
        What makes beta and theta of the regressor out of the parameters.
    d : array of shape (N, m)
    horizons : tuple, length H
    permanent : bool
        Whether the changes stay.
    """

    terms: tuple[str, ...]
    W: SpatialWeights | None
    Wx: SpatialWeights | None
    beta: np.ndarray
    theta: np.ndarray
    d: np.ndarray
    horizons: tuple[Horizon, ...]
    permanent: bool

    @cached_property
    def lagged(self) -> np.ndarray:
        """W_x d, (N, m)."""
        if self.Wx is None:
            return np.zeros_like(self.d)
        lagged: np.ndarray = self.Wx.operator @ self.d
        return lagged

    @cached_property
    def _operator(self) -> Any:
        """W, (N, N); without a lag of y one that links nobody."""
        if self.W is None:
            N = len(self.d)
            return sparse.csr_array((N, N))
        return self.W.operator

    @cached_property
    def _pencil(self) -> Any:
        return Pencil(self._operator) if self.W is None else self.W.pencil

    @cached_property
    def _columns(self) -> dict[str, int]:
        """Where tau, eta and rho stand among the parameters, those that the model has."""
        found = [name for name in ("tau", "eta", "rho") if name in self.terms]
        return {name: self.terms.index(name) for name in found}

    def _lags(self, point: np.ndarray) -> tuple[float, float, float]:
        """tau, eta and rho at parameters (P,); zero for what the model does not have."""
        lags = {
            "tau": 0.0,
            "eta": 0.0,
            "rho": 0.0,
        }
        for name, column in self._columns.items():
            lags[name] = float(point[column])
        return lags["tau"], lags["eta"], lags["rho"]

    def values(self, point: np.ndarray) -> np.ndarray:
        """Effects (H, N, m) at parameters (P,)."""
        tau, eta, rho = self._lags(point)
        W = self._operator
        beta = self.beta @ point
        theta = self.theta @ point
        source = beta * self.d + theta * self.lagged
        path: dict[Horizon, np.ndarray] = {}
        if self.last >= 0:
            resolvent = self._pencil.at(rho)
            of_before: np.ndarray | float = 0.0
            for h in range(self.last + 1):
                # e_h = B (c + (tau I + eta W) e_{h-1})
                effect = resolvent.solve(source + of_before)
                path[h] = effect
                of_before = tau * effect + eta * (W @ effect)
        if "long" in self.horizons:
            # ((1 - tau) I - (rho + eta) W)^-1 c
            share = 1.0 - tau
            resolvent = self._pencil.at((rho + eta) / share)
            path["long"] = resolvent.solve(source / share)
        return self._chosen(path)

    def with_gradient(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Effects (H, N) of one column of changes, and their gradient (H, N, P)."""
        d = self.d[:, 0]
        lagged = self.lagged[:, 0]
        beta = self.beta @ point
        theta = self.theta @ point
        # c = beta d + theta W_x d, and its gradient by the parameters
        source = beta * d + theta * lagged
        of_source = np.outer(d, self.beta) + np.outer(lagged, self.theta)
        effects: dict[Horizon, np.ndarray] = {}
        gradients: dict[Horizon, np.ndarray] = {}
        for h, effect, gradient in self._path(point, source, of_source):
            effects[h] = effect
            gradients[h] = gradient
        if "long" in self.horizons:
            effect, gradient = self._long_run(point, source, of_source)
            effects["long"] = effect
            gradients["long"] = gradient
        return self._chosen(effects), self._chosen(gradients)

    def _path(
        self,
        point: np.ndarray,
        source: np.ndarray,
        of_source: np.ndarray,
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """h, e_h (N,) and its gradient (N, P), from h = 0 to the last period that is asked for."""
        if self.last < 0:
            return
        tau, eta, rho = self._lags(point)
        W = self._operator
        resolvent = self._pencil.at(rho)
        effect = np.zeros_like(source)
        gradient = np.zeros_like(of_source)
        for h in range(self.last + 1):
            # (I - rho W) e_h = c + (tau I + eta W) e_{h-1}
            before = effect
            W_before = W @ before
            effect = resolvent.solve(source + tau * before + eta * W_before)
            # the same equation differentiated, with the effect itself as derivative by tau, eta
            # and rho
            inherited = tau * gradient + eta * (W @ gradient)
            own = self._added(
                of_source,
                tau=before,
                eta=W_before,
                rho=W @ effect,
            )
            gradient = resolvent.solve(own + inherited)
            yield h, effect, gradient

    def _long_run(
        self,
        point: np.ndarray,
        source: np.ndarray,
        of_source: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The effect of the long run (N,), ((1 - tau) I - (rho + eta) W)^-1 c, and its gradient
        (N, P).
        """
        tau, eta, rho = self._lags(point)
        share = 1.0 - tau
        resolvent = self._pencil.at((rho + eta) / share)
        effect = resolvent.solve(source / share)
        W_effect = self._operator @ effect
        own = self._added(
            of_source,
            tau=effect,
            eta=W_effect,
            rho=W_effect,
        )
        return effect, resolvent.solve(own / share)

    def _added(self, of_source: np.ndarray, **by: np.ndarray) -> np.ndarray:
        """The gradient of the source (N, P), with columns (N,) added for tau, eta and rho."""
        total = of_source.copy()
        for name, column in self._columns.items():
            total[:, column] += by[name]
        return total

    @cached_property
    def last(self) -> int:
        """The last period of the path; -1 where only the long run is asked for."""
        periods = [_period(h) for h in self.horizons if h != "long"]
        return max(periods, default=-1)

    def _chosen(self, path: Mapping[Any, np.ndarray]) -> np.ndarray:
        """The horizons out of the path of a permanent change, (H, ...)."""
        effects = [self._effect_at(path, h) for h in self.horizons]
        return np.stack(effects)

    def _effect_at(self, path: Mapping[Any, np.ndarray], h: Horizon) -> np.ndarray:
        """The effect at one horizon, of a change that stays or is gone after one period."""
        if h == "long":
            return path["long"]
        period = _period(h)
        if self.permanent or period == 0:
            return path[period]
        # D_h - D_{h-1} = A^h B
        change: np.ndarray = path[period] - path[period - 1]
        return change

    def many(self, draws: np.ndarray) -> np.ndarray:
        """Effects of one column of changes at draws (R, P), (R, H, N)."""
        W = self.W
        few = len(draws) <= NODES
        dynamic = "tau" in self.terms or "eta" in self.terms
        if W is None or W.n_units <= DENSE_UNITS or few or dynamic:
            return np.stack([self.values(point)[:, :, 0] for point in draws])
        # the effect is beta B d + theta B W_x d
        responses = self._interpolated(W, draws[:, self._columns["rho"]])
        beta = draws @ self.beta
        theta = draws @ self.theta
        sizes = np.stack([beta, theta], axis=1)
        effects: np.ndarray = np.einsum("rnk,rk->rn", responses, sizes)
        return effects[:, None]

    def _interpolated(self, W: SpatialWeights, rhos: np.ndarray) -> np.ndarray:
        """B d and B W_x d at each rho (R,), (R, N, 2): smooth in rho, and so through Chebyshev
        nodes over the range of the draws.
        """
        low = rhos.min()
        high = rhos.max()
        width = high - low
        nodes = chebpts1(NODES)
        both = np.concatenate([self.d, self.lagged], axis=1)
        solved = []
        for x in nodes:
            rho = low + width * (x + 1) / 2
            resolvent = W.pencil.at(rho)
            solved.append(resolvent.solve(both))
        at_nodes = np.reshape(solved, (NODES, -1))
        series = chebfit(nodes, at_nodes, NODES - 1)

        on_unit_range = 2 * (rhos - low) / width - 1
        responses: np.ndarray = chebval(on_unit_range, series).T
        return responses.reshape(len(rhos), -1, 2)


def _period(horizon: Horizon) -> int:
    """Periods after the change; the short run is its own period."""
    return 0 if horizon == "short" else int(horizon)
