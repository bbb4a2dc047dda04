"""How much of the fit each group of drivers explains, by stage: Shapley values with bootstrap intervals."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import BoundWarning, InputError, OptionError, first_five
from ...models import FitResult
from ...models.interface import Likelihood, Sample, maximise
from ...options import whole_number
from ...results import TIDY_COLUMNS, tidy_frame
from .breaks import Resampler, check_resampling
from .stages import fit_stages

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Panel
    from ...weights import SpatialWeights

# the group of rho and lam
SPATIAL = "spatial dependence"


@dataclass(frozen=True, eq=False, repr=False)
class DriverShares:
    """Shapley decomposition of a fit by groups of drivers, for the whole panel or two stages.

    Attributes
    ----------
    contributions : DataFrame, groups x stages
        Shapley values; a column sums to the R2 of its stage.
    shares : DataFrame, groups x stages
        Contributions over the R2; a column sums to one.
    r2 : Series, by stage
        1 - exp(-2 (l - l0) / n): the likelihood-ratio R2 of all groups over the fixed effects alone.
    draws : dict of str to array of shape (R, G)
        Bootstrap contributions by stage; empty arrays without draws.
    impacts : DataFrame with columns `TIDY_COLUMNS`
        Impacts by stage in standard deviations: of y a standard deviation of x, both after the effects are taken out.
    fits : tuple of FitResult
    """

    contributions: pd.DataFrame
    shares: pd.DataFrame
    r2: pd.Series
    draws: dict[str, np.ndarray]
    impacts: pd.DataFrame
    fits: tuple[FitResult, ...]

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """One row a group and stage: contribution and share, the difference of shares between stages, impacts.

        Standard errors are standard deviations of the bootstrap draws, intervals their percentiles.
        """
        rows = []
        relative = {stage: drawn / drawn.sum(axis=1, keepdims=True) for stage, drawn in self.draws.items()}
        for stage in self.shares.columns:
            for kind, table, drawn in (
                ("contribution", self.contributions, self.draws),
                ("share", self.shares, relative),
            ):
                rows += _rows(f"{kind} {stage}", table[stage], drawn[stage], level)
        if len(self.shares.columns) == 2:
            first, second = self.shares.columns
            gap = self.shares[second] - self.shares[first]
            rows += _rows(f"share {second} less {first}", gap, relative[second] - relative[first], level)
        frame = pd.DataFrame(rows).reindex(columns=list(TIDY_COLUMNS))
        return pd.concat([frame.astype(self.impacts.dtypes.to_dict()), self.impacts], ignore_index=True)

    def glance(self) -> pd.DataFrame:
        """One row a stage: R2, the largest group and its share, draws."""
        stages = list(self.shares.columns)
        largest = [str(self.shares[stage].idxmax()) for stage in stages]
        return pd.DataFrame(
            {
                "stage": stages,
                "r2": self.r2.to_numpy(),
                "largest": largest,
                "share": [float(self.shares[stage].max()) for stage in stages],
                "draws": [len(self.draws[stage]) for stage in stages],
            }
        )

    def __repr__(self) -> str:
        return self.shares.to_string(float_format="{:.3f}".format)


def _rows(component: str, values: pd.Series, drawn: np.ndarray, level: float) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"term": term, "component": component, "estimate": value} for term, value in values.items()
    ]
    if len(drawn) > 1:
        tail = (1 - level) / 2
        low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
        for row, error, a, b in zip(rows, drawn.std(axis=0, ddof=1), low, high, strict=True):
            row |= {"std_error": error, "conf_low": a, "conf_high": b}
    return rows


def driver_shares(
    model: Estimator,
    panel: Panel,
    weights: SpatialWeights | None = None,
    *,
    groups: Mapping[str, Sequence[str]],
    split: int | None = None,
    draws: int = 0,
    seed: int | None = None,
) -> DriverShares:
    """Shapley shares of groups of drivers in the fit, before and from a year on, and standardised impacts.

    Parameters
    ----------
    model : Estimator
        Static, with fixed effects or none, by maximum likelihood or least squares.
    panel : Panel
    weights : SpatialWeights, optional
        Of y, X and the error.
    groups : mapping
        Name -> regressors, by term or by column: ``{"policy": ["policy"], "market": ["log(gdp_pc)"]}``. Each regressor
        belongs to one group, and its W term goes with it. Intercept and period dummies are in every model. The lags of
        y and of the error, where the model has them, are a group of their own, "spatial dependence".
    split : int, optional
        The first period of the second stage; without it the panel is one stage.
    draws : int
        Bootstrap panels of each stage.
    seed : int, optional

    Returns
    -------
    DriverShares

    Raises
    ------
    InputError
        A regressor in no group or in two, or a name that is no regressor.
    OptionError
        A dynamic model, random effects, GMM, or ``absorb=``.

    Notes
    -----
    The value of a set S of groups is v(S) = 1 - exp(-2 (l_S - l_0) / n) with l_S the maximised log-likelihood of the
    model with these groups and the fixed effects, l_0 that of the effects alone, n the observations of the likelihood
    (contrasts under Lee-Yu). For least squares it is the R2 of the demeaned regression, 1 - SSR_S / SSR_0. A group's
    contribution is the mean of what it adds over all orders in which groups can come in,

        phi_g = sum_{S without g} |S|! (G - |S| - 1)! / G! [v(S with g) - v(S)],

    over all 2^G sets, so that contributions sum to v of all groups. This is the method of Lindeman, Merenda and Gold
    for groups; treating a group as one player gives Owen's value of the group. R2 grows with every regressor, also of
    noise: groups with more regressors start ahead, by about one over n each.

    The bootstrap holds W, X and the effects and draws the sign of each unit's residuals, see `search_split`. Units
    themselves cannot be drawn: the links between them would be lost. It says how far the shares vary with the errors,
    not with the choice of units.

    References
    ----------
    Shorrocks (2013), doi:10.1007/s10888-011-9214-z. Groemping (2007), doi:10.1198/000313007X188252. Magee (1990),
    doi:10.1080/00031305.1990.10475731, for the likelihood-ratio R2.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> model = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc) + log1p(inventions) + science_share")
    >>> groups = {"market": ["gdp_pc"], "technology": ["inventions", "science_share"]}
    >>> bd.driver_shares(model, bd.load_panel(), groups=groups).shares.round(2)
                2011-2020
    market           0.03
    technology       0.97
    """
    check_resampling(model)
    whole_number("draws", draws)
    if not isinstance(groups, Mapping):
        raise InputError("groups", expected="a mapping of names to regressors", got=repr(groups))
    if model.absorb is not None:
        raise OptionError("absorb", expected="None for shares, which plain likelihoods give", got=repr(model.absorb))
    fits = (model.fit(panel, weights),) if split is None else fit_stages(model, panel, split, weights)
    members = _members(fits[0], groups)
    rng = np.random.default_rng(seed)
    values, totals, drawn, impacts = {}, {}, {}, []
    for fit in fits:
        stage = f"{fit.sample.design.periods[0]}-{fit.sample.design.periods[-1]}"
        values[stage], totals[stage] = shapley(fit.sample, list(members.values()))
        drawn[stage] = _bootstrap(fit, list(members.values()), draws, rng)
        impacts.append(_standardised(fit, stage))
    contributions = pd.DataFrame(values, index=list(members))
    r2 = pd.Series(totals, name="r2")
    return DriverShares(contributions, contributions / r2, r2, drawn, pd.concat(impacts, ignore_index=True), fits)


def _members(fit: FitResult, groups: Mapping[str, Sequence[str]]) -> dict[str, tuple[int, ...]]:
    """Group -> its columns of Z; no columns for the group of rho and lam, which comes last."""
    sample, design = fit.sample, fit.sample.design
    free = [name for name in sample.names if name in design.variables and name not in design.never_lagged]
    place: dict[str, str] = {}
    found: dict[str, tuple[int, ...]] = {}
    for group, wanted in groups.items():
        terms: list[str] = []
        for name in [wanted] if isinstance(wanted, str) else wanted:
            hits = [term for term in free if term == name] or [t for t in free if design.variables[t] == {name}]
            if not hits:
                raise InputError("groups", expected=f"regressors, of {first_five(free)}", got=f"{name!r} in {group!r}")
            terms += [term for term in hits if term not in terms]
        twice = [term for term in terms if term in place]
        if twice:
            raise InputError("groups", expected="each regressor in one group", got=f"{twice[0]!r} in two")
        place |= dict.fromkeys(terms, group)
        names = [*terms, *(f"W_{term}" for term in terms if term in sample.lagged)]
        found[group] = tuple(sample.names.index(name) for name in names)
    left = [term for term in free if term not in place]
    if left or not groups:
        raise InputError("groups", expected="a group for every regressor", got=f"none for {first_five(left)}")
    if fit.estimate.spatial:
        found[SPATIAL] = ()
    return found


def shapley(sample: Sample, members: Sequence[tuple[int, ...]]) -> tuple[np.ndarray, float]:
    """Contributions (G,) of groups of columns to the R2 of all, and that R2.

    Parameters
    ----------
    sample : Sample
    members : list of tuples of int
        Columns of each group; an empty tuple is the group of rho and lam.
    """
    G = len(members)
    always = [k for k in range(sample.n_regressors) if not any(k in group for group in members)]
    likelihood = None if sample.W is None and sample.M is None else Likelihood.of(sample)
    n = sample.contrasts.nobs
    levels = {}
    for size in range(G + 1):
        for chosen in combinations(range(G), size):
            columns = sorted([*always, *(k for g in chosen for k in members[g])])
            spatial = likelihood is not None and any(not members[g] for g in chosen)
            levels[chosen] = _loglik(sample, likelihood if spatial else None, columns)
    worth = {chosen: -np.expm1(-2 * (level - levels[()]) / n) for chosen, level in levels.items()}
    values = np.zeros(G)
    for chosen, value in worth.items():
        weight = factorial(len(chosen)) * factorial(G - len(chosen) - 1) / factorial(G) if len(chosen) < G else 0.0
        for g in set(range(G)) - set(chosen):
            values[g] += weight * (worth[tuple(sorted((*chosen, g)))] - value)
    return values, float(worth[tuple(range(G))])


def _loglik(sample: Sample, likelihood: Likelihood | None, columns: list[int]) -> float:
    """Maximised log-likelihood with some of the regressors, up to a constant that all sets share."""
    K, n = sample.n_regressors, sample.contrasts.nobs
    if likelihood is None:
        factor = sample.factor
        y = factor[:, K]
        left = y - factor[:, columns] @ np.linalg.lstsq(factor[:, columns], y, rcond=None)[0] if columns else y
        return float(-n / 2 * (np.log(2 * np.pi * (left @ left) / n) + 1))
    keep = [*columns, *range(K, likelihood.plain.shape[1])]
    part = replace(
        likelihood, plain=likelihood.plain[:, keep], lagged=likelihood.lagged[:, keep], n_regressors=len(columns)
    )
    return maximise(part).search.value


def _bootstrap(fit: FitResult, members: list[tuple[int, ...]], draws: int, rng: np.random.Generator) -> np.ndarray:
    make = Resampler.of(fit)
    found = np.empty((draws, len(members)))
    for r in range(draws):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", BoundWarning)
            found[r] = shapley(replace(fit.sample, y=make.draw(rng)), members)[0]
    return found


def _standardised(fit: FitResult, stage: str) -> pd.DataFrame:
    """Impacts times sd(x) / sd(y), both after the effects are taken out."""
    sample = fit.sample
    impacts = fit.impacts()
    spread = sample.columns.std(axis=(0, 1))
    scale = np.array([spread[sample.names.index(term)] for term in impacts.terms]) / spread[sample.n_regressors]
    K = len(impacts.terms)
    return tidy_frame(
        impacts.terms * 3,
        [f"standardised {name} {stage}" for name in ("direct", "indirect", "total") for _ in range(K)],
        (impacts.values * scale).ravel(),
        (impacts.errors * scale).ravel(),
        df=fit.df_resid,
    )
