"""Where is the break between two stages of a panel? The largest Wald statistic and its bootstrap
distribution.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...display import Shown
from ...errors import (
    BoundWarning,
    EstimationError,
    IdentificationError,
    InputError,
    OptionError,
    SampleWarning,
)
from ...models import FitResult
from ...models.interface import cross_covariance, refit
from ...numerics.streams import generator
from ...options import whole_number
from ...results import TestResult
from ..fit_or_request import subject_of
from .resampling import Resampler, check_resampling, say_failed
from .stages import StagePair, difference, fit_stages

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights.given import GivenWeights


@dataclass(frozen=True, eq=False, repr=False)
class SplitSearch(Shown):
    """Where a panel falls into two stages.

    Attributes
    ----------
    test : TestResult
        The largest Wald statistic over all splits, with its bootstrap p-value.
    split : int
        The first period of the second stage at the largest statistic.
    statistics : Series, by split
        Wald statistic that all coefficients are equal, chi-squared at a split that was fixed
        beforehand.
    draws : array of shape (R,)
        Largest statistics of the bootstrap panels that could be fitted.
    """

    test: TestResult
    split: int
    statistics: pd.Series
    draws: np.ndarray

    def tidy(self) -> pd.DataFrame:
        """One row: the sup-Wald test."""
        return self.test.tidy()

    def glance(self) -> pd.DataFrame:
        """One row: the split, the largest statistic and its p-value, and the bootstrap's 5 %
        critical value.
        """
        row = {
            "split": self.split,
            "statistic": self.test.statistic,
            "p_value": self.test.p_value,
        }
        critical = float(np.quantile(self.draws, 0.95)) if len(self.draws) else np.nan
        return pd.DataFrame(
            [
                {
                    **row,
                    "critical_value": critical,
                    "draws": len(self.draws),
                }
            ]
        )

    def __repr__(self) -> str:
        return f"{self.test}\n{self.statistics.to_string(float_format='{:.2f}'.format)}"


def search_split(
    model: Estimator | FitResult,
    panel: Panel | None = None,
    weights: GivenWeights | None = None,
    *,
    splits: Sequence[int] | None = None,
    shortest: int = 3,
    draws: int = 199,
    seed: int | None = None,
) -> SplitSearch:
    """The split with the largest Wald statistic, and whether it is larger than chance makes it.

    Parameters
    ----------
    model : Estimator or FitResult
        Static, with fixed effects or none, by maximum likelihood or least squares.
        A fit brings its own request, panel and weights.
    panel : Panel, optional
        Left out beside a fit.
    weights : SpatialWeights, recipe, or Graph or W of libpysal, optional
        Of y, X and the error.
    splits : list of int, optional
        First periods of the second stage to look at; all that leave `shortest` periods on both
        sides by default. With one, the bootstrap is that of a split fixed beforehand.
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
    EstimationError
        More than half of the bootstrap panels cannot be fitted.

    Notes
    -----
    A split that was looked for has no chi-squared statistic. The distribution of the largest one is
    that of panels made from the fit without a break: y* = (I - rho W)^-1 [X b + effects + (I - lam
    M)^-1 v_i e_i], with the residuals of each unit, scaled up for the degrees of freedom, times a
    sign v_i = 1 or -1 drawn for the unit. That keeps W, X and the effects, each unit's variance and
    its correlation over time; correlation between units other than through W is lost. Samples for
    which the likelihood has its maximum at a bound count like all others.

    The two sides of a split measure ``center()``, ``scale()``, ``poly()`` and ``bs()`` by their own
    periods, as in `compare_stages`.

    References
    ----------
    Andrews (1993), doi:10.2307/2951764, for the sup-Wald test; Hansen (2000),
    doi:10.1016/S0304-4076(99)00068-8, for the bootstrap with the regressors held fixed.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> model = bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc) + log1p(inventions)")
    >>> list(bd.search_split(model, panel, queen, draws=0).statistics.index)
    [2014, 2015, 2016, 2017, 2018]
    """
    model, panel, weights = subject_of(model, panel, weights, what="search_split()")
    check_resampling(model)
    whole_number("draws", draws)
    if splits is None:
        candidates = _splits(panel, whole_number("shortest", shortest, at_least=2))
    else:
        candidates = _listed(splits)
    if not candidates:
        raise InputError(
            "splits",
            expected="at least one period",
            got="an empty list",
            remedy="Name the periods to try, or leave splits out for all of them.",
        )
    whole_panel = model.fit(panel, weights)
    if whole_panel.sample.design.lost:
        expected = "a formula without lag() for a search"
        raise OptionError(
            "model",
            expected=expected,
            got=repr(model.formula),
            remedy=("Put the lag into the panel as a column, and name that column in the formula."),
        )
    pairs = {split: fit_stages(model, panel, split, weights) for split in candidates}
    statistics = pd.Series(
        [_wald(pair) for pair in pairs.values()],
        index=pd.Index(pairs, name="split"),
        name="wald",
    )
    drawn = _largest_by_chance(whole_panel, list(pairs.values()), draws, seed)
    test = _sup_wald(float(statistics.max()), drawn)
    split = candidates[int(np.argmax(statistics))]
    return SplitSearch(test, int(split), statistics, drawn)


def _splits(panel: Panel, shortest: int) -> list[int]:
    """Periods that leave so many before and from them on."""
    T = len(panel.periods)
    if 2 * shortest > T:
        raise InputError(
            "panel",
            expected=f"at least {2 * shortest} periods",
            got=f"{T}",
            remedy="Use a longer panel, or a smaller shortest=.",
        )
    return list(panel.periods[shortest : T - shortest + 1])


def _listed(splits: Sequence[int]) -> list[int]:
    if not isinstance(splits, Sequence) or isinstance(splits, str):
        raise InputError(
            "splits",
            expected="a list of periods",
            got=repr(splits),
            remedy="Write splits=[2014, 2015], for instance, or leave it out for all periods.",
        )
    return list(splits)


def _largest_by_chance(
    fit: FitResult,
    pairs: list[StagePair],
    draws: int,
    seed: int | None,
) -> np.ndarray:
    """Largest Wald statistics over the splits of panels without a break, one a draw that could be
    fitted at every split.
    """
    resampler = Resampler.of(fit)
    rng = generator(seed, "sup-Wald")
    largest = []
    for _ in range(draws):
        y = resampler.draw(rng)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", BoundWarning)
            warnings.simplefilter("ignore", SampleWarning)
            with suppress(EstimationError, IdentificationError, np.linalg.LinAlgError):
                largest.append(max(_wald(_refitted(pair, y)) for pair in pairs))
    say_failed(draws - len(largest), draws)
    return np.array(largest)


def _sup_wald(value: float, drawn: np.ndarray) -> TestResult:
    """The largest statistic beside those of the bootstrap; without draws it has no p-value."""
    draws = len(drawn)
    null = "no break at any split"
    if not draws:
        return TestResult("Sup-Wald", null, value, (), np.nan, law="sup-Wald")
    p = float((1 + (drawn >= value).sum()) / (1 + draws))
    return TestResult("Sup-Wald", null, value, (), p, law=f"bootstrap ({draws})")


def _wald(pair: StagePair) -> float:
    """Wald statistic that all coefficients of the two stages are equal."""
    gap, V, _ = difference(pair, cross_covariance(*pair))
    return float(gap @ np.linalg.solve(V, gap))


def _refitted(pair: StagePair, y: np.ndarray) -> StagePair:
    """The two stages with another outcome, y (T, N) of the whole panel."""
    first, second = pair
    length = len(first.sample.y)
    return refit(first, y[:length]), refit(second, y[length:])
