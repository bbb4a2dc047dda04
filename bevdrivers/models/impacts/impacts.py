"""Direct, indirect and total impacts, by the delta method or by simulation (LeSage and Pace 2009).

The impact of regressor k is the matrix S_k = (I - rho W)^-1 (I beta_k + W_x theta_k): direct is the
mean of its diagonal, total the mean of its row sums, indirect the difference, for any W. All
regressors share four numbers, the mean multipliers,

    tr(B)/N,  tr(B W_x)/N,  1'B1/N,  1'B W_x 1/N,   B = (I - rho W)^-1,

so that direct = beta tr(B)/N + theta tr(B W_x)/N, and so on. In a dynamic model B is the multiplier
of the horizon (`multipliers.py`).

Source: LeSage and Pace (2009), Introduction to Spatial Econometrics, sections 2.7 and 5.6,
doi:10.1201/9781420064254.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ...display import Plotted, Shown
from ...errors import OptionError, suggestion
from ...options import whole_number
from ...panel import MarginalChange, marginal_changes
from ...results import ForMaketables, Text, index_of, tidy_frame
from ..description import described
from ..design.sample import Sample
from ..fitted import Fitted
from .draws import check_draws, check_horizon, draw, largest_roots, spread
from .limits import Limits
from .mean_multipliers import MeanMultipliers, mean_multipliers
from .multipliers import Horizon
from .orders import by_order
from .summary import impacts_text

COMPONENTS = ("direct", "indirect", "total")
# A draw whose largest root lies above this is next to a unit root: a change has still nine tenths
# of its effect to come after ten periods.
NEXT_TO_UNIT_ROOT = 0.99


@dataclass(frozen=True, eq=False, repr=False)
class Impacts(ForMaketables, Plotted):
    """Impacts of K regressors.

    Attributes
    ----------
    terms : tuple of str, length K
        What changes by one: terms of the formula, or variables that several terms share.
    values : array of shape (3, K)
        Rows direct, indirect, total.
    errors : array of shape (3, K)
        Standard errors; zero where the model fixes the impact (indirect ones without any lag). Of
        simulated long-run impacts the interquartile range of the draws over that of the standard
        normal distribution: draws next to a unit root are as large as they like, and have no
        variance.
    sample_of_draws : array of shape (R, 3, K) or None
        The draws that were kept.
    rejected : int
        Draws outside the admissible range of rho, or unstable ones of a dynamic model, replaced by
        further ones.
    next_to_unit_root : float
        Of simulated long-run impacts: the share of the draws whose largest root lies above 0.99.
    horizon : int or str
        "short", "long", or periods after a change that stays.
    at : mapping
        Column -> value at which variables that several terms share stand.
    interval : str
        "bootstrap-t", "bca" or "profile", with the number of `draws`, where `limits` makes the
        intervals; else empty.
    degrees : array of shape (3 K,) or None
        Degrees of freedom of t of each impact, where they differ; else `df_resid` holds for all.
    """

    _figure = "impacts_plot"

    terms: tuple[str, ...]
    values: np.ndarray
    errors: np.ndarray
    described: dict[str, Any]
    df_resid: int | None = None
    degrees: np.ndarray | None = None
    sample_of_draws: np.ndarray | None = None
    rejected: int = 0
    seed: int | None = None
    horizon: Horizon = "short"
    at: Mapping[str, Any] | None = None
    source: Source | None = None
    interval: str = ""
    draws: int = 0
    limits: Limits | None = None
    next_to_unit_root: float = np.nan

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
            raise OptionError(
                "component",
                expected=f"one of {list(COMPONENTS)}",
                got=repr(component),
                remedy=suggestion(component, COMPONENTS),
            )
        row = values[COMPONENTS.index(component)]
        terms = index_of(self.terms)
        return pd.Series(row, index=terms, name=component)

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """Long frame, one row a term and component. Intervals of simulated impacts are percentiles
        of the draws; those of an `interval` that was asked for come with its p-values.
        """
        K = len(self.terms)
        components = np.repeat(COMPONENTS, K).tolist()
        errors = self.errors.ravel()
        frame = tidy_frame(
            self.terms * 3,
            components,
            self.values.ravel(),
            errors,
            df=self.df_resid if self.degrees is None else self.degrees,
            level=level,
        )
        if self.sample_of_draws is not None:
            tail = (1 - level) / 2
            low, high = np.quantile(self.sample_of_draws, [tail, 1 - tail], axis=0)
            frame["conf_low"] = low.ravel()
            frame["conf_high"] = high.ravel()
        if self.limits is not None:
            low, high = self.limits.at(level)
            frame["conf_low"] = low
            frame["conf_high"] = high
            # what the model fixes has no test
            frame["p_value"] = np.where(errors > 0.0, self.limits.pvalues, np.nan)
        return frame

    def glance(self) -> pd.DataFrame:
        """One row: how the impacts were got, and from what."""
        points = [f"{name} = {_shown(value)}" for name, value in (self.at or {}).items()]
        own: dict[str, Any] = {
            **self._how_computed(),
            "rejected": self.rejected,
            "next_to_unit_root": self.next_to_unit_root,
            "seed": self.seed,
            "horizon": self.horizon,
            "at": ", ".join(points),
            "statistic": "z" if self.df_resid is None else "t",
            "df_resid": self.df_resid,
            "level": 0.95,
        }
        return pd.DataFrame([{**self.described, **own}])

    def with_multipliers(self, multipliers: MeanMultipliers) -> Impacts:
        """The impacts that have other mean multipliers, from the same parameters and draws."""
        if self.limits is not None:
            raise OptionError(
                "orders",
                expected="impacts by the delta method, or simulated ones",
                got=f"interval={self.interval!r}",
                remedy="Use fit.impacts() or fit.impacts(draws=1000).",
            )
        source = self._made_of()
        return replace(self, **source.combined(multipliers))

    def _how_computed(self) -> dict[str, Any]:
        if self.interval:
            return {"method": self.interval, "draws": self.draws}
        return how_computed(self.sample_of_draws)

    def _made_of(self) -> Source:
        if self.source is None:
            raise OptionError(
                "orders",
                expected="impacts from fit.impacts()",
                got="impacts made by hand",
                remedy="Take them of a fit: fit.impacts(...).",
            )
        return self.source

    def orders(self, q: int) -> ImpactOrders:
        """These impacts by order of neighbour, from the same parameters and draws: see
        `ImpactOrders`.

        Parameters
        ----------
        q : int
            The last order that is shown apart: 0 is a unit itself, 1 its neighbours, 2 theirs.

        Raises
        ------
        OptionError
            q is no number from 0, or there are no impacts.
        """
        last = whole_number("q", q, expected="a number of orders from 0")
        if not self.terms:
            raise OptionError(
                "orders",
                expected="impacts of at least one regressor",
                got="a model without any",
                remedy="Add a regressor to the formula.",
            )
        source = self._made_of()
        by = by_order(source.fit, source.multipliers, source.draws, self.horizon, last)
        parts = {}
        for order, multipliers in by.items():
            parts[order] = self.with_multipliers(multipliers)
        return ImpactOrders(self, parts)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Terms x (direct, indirect, total)."""
        terms = index_of(self.terms)
        components = index_of(COMPONENTS)
        return pd.DataFrame(self.values.T, index=terms, columns=components)

    def summary(self, level: float = 0.95) -> Text:
        """The impacts as text for the screen, each with its standard error, interval of coverage
        `level` and p-value.
        """
        frame = self.tidy(level)
        blocks = [(name, frame[frame["component"] == name]) for name in COMPONENTS]
        return Text(impacts_text(self.glance(), blocks, level))

    def __repr__(self) -> str:
        return str(self.summary())


@dataclass(frozen=True, eq=False, repr=False)
class ImpactOrders(Shown):
    """Impacts by order of neighbour, which sum to the whole.

    Attributes
    ----------
    whole : Impacts
    parts : dict of str to Impacts
        By order: "0", "1", ..., and "beyond".
    """

    whole: Impacts
    parts: dict[str, Impacts]

    @property
    def frame(self) -> pd.DataFrame:
        """Estimates, one row an order and term: columns direct, indirect, total."""
        frames = {order: part.frame for order, part in self.parts.items()}
        return pd.concat(frames, names=["order", "term"])

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """The tidy frames of the orders, with a column ``order`` before."""
        frames = []
        for order, part in self.parts.items():
            frame = part.tidy(level)
            frame.insert(0, "order", order)
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    def glance(self) -> pd.DataFrame:
        """One row: that of the whole, and the last order that is shown apart."""
        last = len(self.parts) - 2
        return self.whole.glance().assign(last_order=last)

    def summary(self, level: float = 0.95) -> Text:
        """The impacts of each order as text for the screen, with standard errors, intervals and
        p-values.
        """
        frame = self.tidy(level)
        by_order_and_component = frame.groupby(["order", "component"], sort=False)
        blocks = []
        for (order, component), part in by_order_and_component:
            blocks.append((f"order {order}, {component}", part))
        title = "Impacts by order of neighbour"
        return Text(impacts_text(self.glance(), blocks, level, title))

    def __repr__(self) -> str:
        return str(self.summary())


def how_computed(sample_of_draws: np.ndarray | None) -> dict[str, Any]:
    """Method and number of draws, for a one-row frame."""
    if sample_of_draws is None:
        return {"method": "delta", "draws": 0}
    return {"method": "simulated", "draws": len(sample_of_draws)}


def _shown(value: Any) -> str:
    """A value of `at` as text."""
    if value is None:
        return "any"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


@dataclass(frozen=True, eq=False)
class Source:
    """What impacts are made of.

    Attributes
    ----------
    fit : Fitted
    select : (array, array) of shape (K, P)
        What makes beta and theta of each change out of the parameters.
    draws : array of shape (R, P) or None
        Draws of the parameters.
    multipliers : MeanMultipliers
    """

    fit: Fitted[Any]
    select: tuple[np.ndarray, np.ndarray]
    draws: np.ndarray | None
    multipliers: MeanMultipliers
    horizon: Horizon = "short"

    @property
    def next_to_unit_root(self) -> float:
        """Share of long-run draws next to a unit root; NaN of others."""
        if self.draws is None or self.horizon != "long":
            return np.nan
        roots = largest_roots(self.fit, self.draws)
        return float(np.mean(roots > NEXT_TO_UNIT_ROOT))

    def combined(self, multipliers: MeanMultipliers) -> dict[str, Any]:
        """Values, standard errors, degrees of freedom and draws of the impacts that have these four
        multipliers.
        """
        select_beta, select_theta = self.select
        point = self.fit.values
        beta = select_beta @ point
        theta = select_theta @ point
        values = combine(multipliers.value, beta, theta)
        if multipliers.draws is None or self.draws is None:
            errors = _delta_errors(self.fit, self.select, multipliers.value, multipliers.slopes)
            return {
                "values": values,
                "errors": errors,
                "df_resid": self.fit.df_resid,
                "degrees": self._degrees(multipliers),
            }
        # the same of each draw: multipliers (4, R, 1) with beta and theta (R, K)
        means = multipliers.draws.T[:, :, None]
        beta = self.draws @ select_beta.T
        theta = self.draws @ select_theta.T
        by_component = combine(means, beta, theta)
        drawn = np.moveaxis(by_component, 1, 0)
        return {
            "values": values,
            "errors": spread(drawn, self.horizon),
            "sample_of_draws": drawn,
        }

    def _degrees(self, multipliers: MeanMultipliers) -> np.ndarray | None:
        """Degrees of freedom of t of each impact (3 K,), where they differ."""
        values = self.fit.values
        gradient = gradient_at(
            values,
            self.fit.terms,
            self.select,
            multipliers.value,
            multipliers.slopes,
        )
        contrasts = gradient.reshape(-1, len(values))
        degrees = self.fit.df_of(contrasts)
        return degrees if isinstance(degrees, np.ndarray) else None


def impacts(
    fit: Fitted[Any],
    *,
    draws: int = 0,
    seed: int | None = None,
    horizon: Horizon = "short",
    at: Mapping[str, Any] | None = None,
) -> Impacts:
    """Impacts of a fit; see `FitResult.impacts`.

    Raises
    ------
    OptionError
        Terms of the formula share variables and `at` does not say where; draws < 0; another horizon
        than "short" for a model that is not dynamic, or "long" for one that is not stable.
    EstimationError
        Nearly all draws of rho fall outside its range.
    """
    check_draws(draws)
    check_horizon(fit, horizon)
    sample = fit.sample
    changes, where = marginal_changes(fit.panel, sample.design, at)
    select = selector(sample, changes)
    kept: np.ndarray | None = None
    rejected = 0
    if draws:
        kept, rejected = draw(fit, int(draws), seed)
    multipliers = mean_multipliers(fit, horizon, kept)
    source = Source(fit, select, kept, multipliers, horizon)
    return Impacts(
        terms=tuple(change.label for change in changes),
        **source.combined(multipliers),
        described=described(fit),
        rejected=rejected,
        seed=seed if draws else None,
        horizon=horizon,
        at=where,
        source=source,
        next_to_unit_root=source.next_to_unit_root,
    )


def combine(
    means: np.ndarray,
    beta: np.ndarray,
    theta: np.ndarray,
) -> np.ndarray:
    """Rows direct, indirect, total from the mean multipliers."""
    direct = means[0] * beta + means[1] * theta
    total = means[2] * beta + means[3] * theta
    return np.stack([direct, total - direct, total])


def selector(sample: Sample, changes: Sequence[MarginalChange]) -> tuple[np.ndarray, np.ndarray]:
    """Matrices (K, P) that make beta and theta of each change out of the parameter vector (zero
    rows where none).
    """
    has_rho = sample.W is not None
    has_lam = sample.M is not None
    P = sample.n_regressors + has_rho + has_lam + sample.serial
    K = len(changes)
    beta = np.zeros((K, P))
    theta = np.zeros((K, P))
    for k, change in enumerate(changes):
        for name, weight in change.weights.items():
            own = sample.names.index(name)
            beta[k, own] = weight
            if name in sample.lagged:
                lagged = sample.names.index(f"W_{name}")
                theta[k, lagged] = weight
    return beta, theta


def _delta_errors(
    fit: Fitted[Any],
    select: tuple[np.ndarray, np.ndarray],
    means: np.ndarray,
    slopes: Mapping[str, np.ndarray],
) -> np.ndarray:
    """Standard errors (3, K) from the gradient of the impacts by the parameters."""
    gradient = gradient_at(fit.values, fit.terms, select, means, slopes)
    return errors_along(gradient, fit.covariance)


def gradient_at(
    values: np.ndarray,
    terms: tuple[str, ...],
    select: tuple[np.ndarray, np.ndarray],
    means: np.ndarray,
    slopes: Mapping[str, np.ndarray],
) -> np.ndarray:
    """Derivatives (3, K, P) of the impacts by the parameters, at values (P,) with these four
    multipliers.
    """
    select_beta, select_theta = select
    # by b the impacts are linear, with the multipliers as weights
    gradient = combine(means, select_beta, select_theta)
    # by rho, tau and eta the multipliers move
    beta = select_beta @ values
    theta = select_theta @ values
    for name, slope in slopes.items():
        if name in terms:
            column = terms.index(name)
            gradient[:, :, column] = combine(slope, beta, theta)
    return gradient


def errors_along(gradient: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Standard errors (3, K) by the delta method, given derivatives (3, K, P)."""
    # g V g' for each component c and change k
    variance = np.einsum("ckp,pq,ckq->ck", gradient, covariance, gradient)
    not_negative = np.maximum(variance, 0.0)
    errors: np.ndarray = np.sqrt(not_negative)
    return errors
