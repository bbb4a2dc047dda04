"""Where is the break between two stages of a panel? The largest Wald statistic and its bootstrap distribution."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import BoundWarning, InputError, OptionError, SampleWarning
from ...models import FitResult
from ...models.joint import cross_covariance, refit
from ...models.requests import check_request, whole
from ...results import TestResult
from .stages import difference, fit_stages

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...numerics.linalg import Resolvent
    from ...numerics.series_log_determinants import SeriesResolvent
    from ...panel import Panel
    from ...weights import SpatialWeights


@dataclass(frozen=True, eq=False, repr=False)
class SplitSearch:
    """Where a panel falls into two stages.

    Attributes
    ----------
    test : TestResult
        The largest Wald statistic over all splits, with its bootstrap p-value.
    split : int
        The first period of the second stage at the largest statistic.
    statistics : Series, by split
        Wald statistic that all coefficients are equal, chi-squared at a split that was fixed beforehand.
    draws : array of shape (R,)
        Largest statistics of the bootstrap panels.
    """

    test: TestResult
    split: int
    statistics: pd.Series
    draws: np.ndarray

    def tidy(self) -> pd.DataFrame:
        """One row: the sup-Wald test."""
        return self.test.tidy()

    def glance(self) -> pd.DataFrame:
        """One row: the split, the largest statistic and its p-value, and the bootstrap's 5 % critical value."""
        row = {"split": self.split, "statistic": self.test.statistic, "p_value": self.test.p_value}
        critical = float(np.quantile(self.draws, 0.95)) if len(self.draws) else np.nan
        return pd.DataFrame([{**row, "critical_value": critical, "draws": len(self.draws)}])

    def __repr__(self) -> str:
        return f"{self.test}\n{self.statistics.to_string(float_format='{:.2f}'.format)}"


def search_split(
    model: Estimator,
    panel: Panel,
    weights: SpatialWeights | None = None,
    *,
    splits: Sequence[int] | None = None,
    shortest: int = 3,
    draws: int = 199,
    seed: int | None = None,
) -> SplitSearch:
    """The split with the largest Wald statistic, and whether it is larger than chance makes it.

    Parameters
    ----------
    model : Estimator
        Static, with fixed effects or none, by maximum likelihood or least squares.
    panel : Panel
    weights : SpatialWeights, optional
        Of y, X and the error.
    splits : list of int, optional
        First periods of the second stage to look at; all that leave `shortest` periods on both sides by default. With
        one, the bootstrap is that of a split fixed beforehand.
    shortest : int
        Fewest periods of a stage, 2 at least.
    draws : int
        Bootstrap panels.
    seed : int, optional

    Returns
    -------
    SplitSearch

    Raises
    ------
    InputError
        Too few periods for two stages.
    OptionError
        A dynamic model, random effects, GMM, or a formula with `lag()`.

    Notes
    -----
    A split that was looked for has no chi-squared statistic. The distribution of the largest one is that of panels made
    from the fit without a break: y* = (I - rho W)^-1 [X b + effects + (I - lam M)^-1 v_i e_i], with the residuals of
    each unit, scaled up for the degrees of freedom, times a sign v_i = 1 or -1 drawn for the unit. That keeps W, X and
    the effects, each unit's variance and its correlation over time; correlation between units other than through W is
    lost. Samples for which the likelihood has its maximum at a bound count like all others.

    References
    ----------
    Andrews (1993), doi:10.2307/2951764, for the sup-Wald test; Hansen (2000), doi:10.1016/S0304-4076(99)00068-8, for
    the bootstrap with the regressors held fixed.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> model = bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc) + log1p(inventions)")
    >>> list(bd.search_split(model, panel, queen, draws=0).statistics.index)
    [2014, 2015, 2016, 2017, 2018]
    """
    check_resampling(model)
    whole("draws", draws)
    able = _splits(panel, whole("shortest", shortest, least=2)) if splits is None else _listed(splits)
    if not able:
        raise InputError("splits", expected="at least one", got="none")
    entire = model.fit(panel, weights)
    if entire.sample.design.lost:
        raise OptionError("model", expected="a formula without lag() for a search", got=repr(model.formula))
    fits = {split: fit_stages(model, panel, split, weights) for split in able}
    statistics = pd.Series({split: _statistic(pair) for split, pair in fits.items()}, name="wald")
    statistics.index.name = "split"
    drawn = np.empty(draws)
    make = Resampler.of(entire)
    rng = np.random.default_rng(seed)
    for r in range(draws):
        y = make.draw(rng)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", BoundWarning)
            warnings.simplefilter("ignore", SampleWarning)
            drawn[r] = max(_statistic(_refitted(pair, y)) for pair in fits.values())
    largest = int(np.argmax(statistics))
    value = float(statistics.iloc[largest])
    p = float((1 + (drawn >= value).sum()) / (1 + draws)) if draws else np.nan
    law = f"bootstrap ({draws})" if draws else "sup-Wald"
    test = TestResult("Sup-Wald", "no break at any split", value, (), p, law=law)
    return SplitSearch(test, int(able[largest]), statistics, drawn)


def _splits(panel: Panel, shortest: int) -> list[int]:
    """Periods that leave so many before and from them on."""
    T = len(panel.periods)
    if 2 * shortest > T:
        raise InputError("panel", expected=f"at least {2 * shortest} periods", got=f"{T}")
    return list(panel.periods[shortest : T - shortest + 1])


def _listed(splits: Sequence[int]) -> list[int]:
    if not isinstance(splits, Sequence) or isinstance(splits, str):
        raise InputError("splits", expected="a list of periods", got=repr(splits))
    return list(splits)


def _statistic(pair: Any) -> float:
    d, V, _ = difference(pair, cross_covariance(*pair))
    return float(d @ np.linalg.solve(V, d))


def _refitted(pair: Any, y: np.ndarray) -> tuple[FitResult, FitResult]:
    first, second = pair
    length = len(first.sample.y)
    return refit(first, y[:length]), refit(second, y[length:])


def check_resampling(model: Estimator) -> None:
    """Refuse requests whose outcome cannot be drawn again from the residuals with W and X held."""
    check_request(model)
    for name, plain in (("dynamic", None), ("random_effects", None), ("serial_errors", False), ("method", "ml")):
        value = getattr(model, name)
        if value != plain:
            raise OptionError(name, expected=f"{plain!r} for a bootstrap of residuals", got=repr(value))


@dataclass(frozen=True, eq=False)
class Resampler:
    """Outcomes with the regressors, effects and W of a fit and residuals whose sign is drawn by unit.

    Attributes
    ----------
    mean : array of shape (T, N)
        X b + effects.
    e : array of shape (T, N)
        Residuals times sqrt(NT / degrees of freedom).
    of_y, of_u : Resolvent, SeriesResolvent or None
        (I - rho W)^-1 and (I - lam M)^-1.
    """

    mean: np.ndarray
    e: np.ndarray
    of_y: Resolvent | SeriesResolvent | None
    of_u: Resolvent | SeriesResolvent | None

    @classmethod
    def of(cls, fit: FitResult) -> Resampler:
        sample, (T, N) = fit.sample, fit.sample.shape
        e = fit.estimate.residuals
        left = T * N - sample.within.absorbed(T, N) - len(fit.terms)
        of_y = None if sample.W is None else sample.W.pencil.at(fit.rho)
        of_u = None if sample.M is None else sample.M.pencil.at(fit.lam)
        return cls(fit._systematic + fit.fixed_part, e * np.sqrt(T * N / left), of_y, of_u)

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """One outcome, (T, N)."""
        u = self.e * rng.choice([-1.0, 1.0], size=self.e.shape[1])
        if self.of_u is not None:
            u = self.of_u.over_units(u)
        return self.mean + u if self.of_y is None else self.of_y.over_units(self.mean + u)
