"""How much of the fit each group of drivers explains, by stage: Shapley values with bootstrap
intervals.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...display import Plotted
from ...errors import (
    BoundWarning,
    EstimationError,
    IdentificationError,
    InputError,
    OptionError,
    first_five,
    suggestion,
)
from ...models import FitResult
from ...models.interface import COMPONENTS, Likelihood, Sample, maximise
from ...numerics.streams import generator
from ...options import whole_number
from ...results import TIDY_COLUMNS, tidy_frame
from ..fit_or_request import subject_of
from .resampling import Resampler, check_resampling, say_failed
from .stages import fit_stages, stage_label

if TYPE_CHECKING:
    from ...models.estimator import Estimator
    from ...panel import Design, Panel
    from ...weights.given import GivenWeights

# the group of rho and lam
SPATIAL = "spatial dependence"


@dataclass(frozen=True, eq=False, repr=False)
class DriverShares(Plotted):
    """Shapley decomposition of a fit by groups of drivers, for the whole panel or two stages.

    Attributes
    ----------
    contributions : DataFrame, groups x stages
        Shapley values; a column sums to the R2 of its stage.
    shares : DataFrame, groups x stages
        Contributions over the R2; a column sums to one.
    r2 : Series, by stage
        1 - exp(-2 (l - l0) / n): the likelihood-ratio R2 of all groups over the fixed effects
        alone.
    draws : dict of str to array of shape (R, G)
        Bootstrap contributions by stage; empty arrays without draws, NaN in the rows of draws that
        could not be fitted.
    impacts : DataFrame with columns `TIDY_COLUMNS`
        Impacts by stage in standard deviations: of y a standard deviation of x, both after the
        effects are taken out.
    fits : tuple of FitResult
    """

    _figure = "share_plot"

    contributions: pd.DataFrame
    shares: pd.DataFrame
    r2: pd.Series
    draws: dict[str, np.ndarray]
    impacts: pd.DataFrame
    fits: tuple[FitResult, ...]

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """One row a group and stage: contribution and share, the difference of shares between
        stages, impacts.

        Standard errors are standard deviations of the bootstrap draws, intervals their percentiles.
        """
        relative = {}
        for stage, drawn in self.draws.items():
            relative[stage] = drawn / drawn.sum(axis=1, keepdims=True)
        rows = []
        for stage in self.shares.columns:
            contributions, shares = (
                self.contributions[stage],
                self.shares[stage],
            )
            rows += _rows(
                f"contribution {stage}",
                contributions,
                self.draws[stage],
                level,
            )
            rows += _rows(f"share {stage}", shares, relative[stage], level)
        if len(self.shares.columns) == 2:
            first, second = self.shares.columns
            gap = self.shares[second] - self.shares[first]
            drawn_gap = relative[second] - relative[first]
            rows += _rows(f"share {second} less {first}", gap, drawn_gap, level)
        frame = pd.DataFrame(rows).reindex(columns=list(TIDY_COLUMNS))
        frame = frame.astype(self.impacts.dtypes.to_dict())
        return pd.concat([frame, self.impacts], ignore_index=True)

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
                "draws": [len(_fitted(self.draws[stage])) for stage in stages],
            }
        )

    def __repr__(self) -> str:
        return self.shares.to_string(float_format="{:.3f}".format)


def _fitted(drawn: np.ndarray) -> np.ndarray:
    """The draws (R, G) that could be fitted."""
    fitted: np.ndarray = drawn[np.isfinite(drawn).all(axis=1)]
    return fitted


def _rows(
    component: str,
    values: pd.Series,
    drawn: np.ndarray,
    level: float,
) -> list[dict[str, Any]]:
    """Rows of a tidy frame: values by group, with errors and percentile intervals from draws (R,
    G).
    """
    rows: list[dict[str, Any]] = [
        {
            "term": term,
            "component": component,
            "estimate": value,
        }
        for term, value in values.items()
    ]
    drawn = _fitted(drawn)
    if len(drawn) > 1:
        tail = (1 - level) / 2
        low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
        std_errors = drawn.std(axis=0, ddof=1)
        for g, row in enumerate(rows):
            row["std_error"] = std_errors[g]
            row["conf_low"] = low[g]
            row["conf_high"] = high[g]
    return rows


def driver_shares(
    model: Estimator | FitResult,
    panel: Panel | None = None,
    weights: GivenWeights | None = None,
    *,
    groups: Mapping[str, Sequence[str]],
    split: int | None = None,
    draws: int = 0,
    seed: int | None = None,
) -> DriverShares:
    """Shapley shares of groups of drivers in the fit, before and from a year on, and standardised
    impacts.

    Parameters
    ----------
    model : Estimator or FitResult
        Static, with fixed effects or none, by maximum likelihood or least squares.
        A fit brings its own request, panel and weights.
    panel : Panel, optional
        Left out beside a fit.
    weights : SpatialWeights, recipe, or Graph or W of libpysal, optional
        Of y, X and the error.
    groups : mapping
        Name -> regressors, by term or by column: ``{"policy": ["policy"], "market":
        ["log(gdp_pc)"]}``. Each regressor belongs to one group, and its W term goes with it.
        Intercept and period dummies are in every model. The lags of y and of the error, where the
        model has them, are a group of their own, "spatial dependence".
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
    The value of a set S of groups is v(S) = 1 - exp(-2 (l_S - l_0) / n) with l_S the maximised
    log-likelihood of the model with these groups and the fixed effects, l_0 that of the effects
    alone, n the observations of the likelihood (contrasts under Lee-Yu). For least squares it is
    the R2 of the demeaned regression, 1 - SSR_S / SSR_0. A group's contribution is the mean of what
    it adds over all orders in which groups can come in,

        phi_g = sum_{S without g} |S|! (G - |S| - 1)! / G! [v(S with g) - v(S)],

    over all 2^G sets, so that contributions sum to v of all groups. This is the method of Lindeman,
    Merenda and Gold for groups; treating a group as one player gives Owen's value of the group. R2
    grows with every regressor, also of noise: groups with more regressors start ahead, by about one
    over n each.

    The bootstrap holds W, X and the effects and draws the sign of each unit's residuals, see
    `search_split`. Units themselves cannot be drawn: the links between them would be lost. It says
    how far the shares vary with the errors, not with the choice of units.

    References
    ----------
    Shorrocks (2013), doi:10.1007/s10888-011-9214-z. Groemping (2007), doi:10.1198/000313007X188252.
    Magee (1990), doi:10.1080/00031305.1990.10475731, for the likelihood-ratio R2.

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
    model, panel, weights = subject_of(model, panel, weights, what="driver_shares()")
    check_resampling(model)
    whole_number("draws", draws)
    if not isinstance(groups, Mapping):
        raise InputError(
            "groups",
            expected="a mapping of names to regressors",
            got=repr(groups),
            remedy='Write groups={"name": ["x1", "x2"]}.',
        )
    if model.absorb is not None:
        raise OptionError(
            "absorb",
            expected="None, as shares compare likelihoods without absorbed effects",
            got=repr(model.absorb),
            remedy=("Leave absorb out, or put its dummies into the formula: C(region):year."),
        )
    if split is None:
        fits: tuple[FitResult, ...] = (model.fit(panel, weights),)
    else:
        fits = fit_stages(model, panel, split, weights)
    columns = _columns_by_group(fits[0], groups)
    rng = generator(seed, "contributions")
    contributions, r2, drawn, impacts = {}, {}, {}, []
    for fit in fits:
        stage = stage_label(fit)
        contributions[stage], r2[stage] = shapley(fit.sample, list(columns.values()))
        drawn[stage] = _bootstrap(fit, list(columns.values()), draws, rng)
        impacts.append(_standardised_impacts(fit, stage))
    by_stage = pd.DataFrame(contributions, index=list(columns))
    totals = pd.Series(r2, name="r2")
    return DriverShares(
        by_stage,
        by_stage / totals,
        totals,
        drawn,
        pd.concat(impacts, ignore_index=True),
        fits,
    )


def _columns_by_group(
    fit: FitResult,
    groups: Mapping[str, Sequence[str]],
) -> dict[str, tuple[int, ...]]:
    """Group -> its columns of Z; no columns for the group of rho and lam, which comes last."""
    sample, design = fit.sample, fit.sample.design
    variables = [name for name in sample.names if name in design.variables]
    able = [name for name in variables if name not in design.never_lagged]
    taken: set[str] = set()
    columns: dict[str, tuple[int, ...]] = {}
    for group, wanted in groups.items():
        terms = _terms_of_group(group, wanted, able, design)
        twice = [term for term in terms if term in taken]
        if twice:
            got = f"{twice[0]!r} in two, of which {group!r} is one"
            raise InputError(
                "groups",
                expected="each regressor in one group",
                got=got,
                remedy="Leave it in one of them.",
            )
        taken.update(terms)
        names = [
            *terms,
            *(f"W_{term}" for term in terms if term in sample.lagged),
        ]
        columns[group] = tuple(sample.names.index(name) for name in names)
    left_out = [term for term in able if term not in taken]
    if left_out or not groups:
        got = f"none for {first_five(left_out)}"
        raise InputError(
            "groups",
            expected="a group for every regressor",
            got=got,
            remedy="Add these regressors to a group, or make a group of them.",
        )
    if fit.estimate.spatial:
        columns[SPATIAL] = ()
    return columns


def _terms_of_group(
    group: str,
    wanted: str | Sequence[str],
    able: list[str],
    design: Design,
) -> list[str]:
    """The terms that a group asks for, by the name of a term or by that of the one column it is
    made from.
    """
    terms: list[str] = []
    for name in [wanted] if isinstance(wanted, str) else wanted:
        by_term = [term for term in able if term == name]
        by_column = [term for term in able if design.variables[term] == {name}]
        matches = by_term or by_column
        if not matches:
            raise InputError(
                "groups",
                expected=f"terms of the formula, of {first_five(able)}, or columns they are made of",
                got=f"{name!r} in {group!r}",
                remedy=suggestion(name, able),
            )
        terms += [term for term in matches if term not in terms]
    return terms


def shapley(
    sample: Sample,
    columns_by_group: Sequence[tuple[int, ...]],
) -> tuple[np.ndarray, float]:
    """Contributions (G,) of groups of columns to the R2 of all, and that R2.

    The contribution of a group is what it adds to the R2 of a coalition of the others, averaged
    with the weights s! (G - s - 1)! / G! of the coalitions of s groups: the mean over all orders in
    which the groups may enter.

    Parameters
    ----------
    sample : Sample
    columns_by_group : list of tuples of int
        Columns of each group; an empty tuple is the group of rho and lam.
    """
    G = len(columns_by_group)
    r2 = _r2_by_coalition(sample, columns_by_group)
    contributions = np.zeros(G)
    for coalition, value in r2.items():
        s = len(coalition)
        if s == G:
            continue
        weight = factorial(s) * factorial(G - s - 1) / factorial(G)
        for g in set(range(G)) - set(coalition):
            joined = tuple(sorted((*coalition, g)))
            contributions[g] += weight * (r2[joined] - value)
    return contributions, float(r2[tuple(range(G))])


def _r2_by_coalition(
    sample: Sample,
    columns_by_group: Sequence[tuple[int, ...]],
) -> dict[tuple[int, ...], float]:
    """R2 = 1 - exp(-2 (l - l0) / n) of every set of groups, l0 the log-likelihood without any of
    them.
    """
    G = len(columns_by_group)
    grouped = {k for columns in columns_by_group for k in columns}
    always = [k for k in range(sample.n_regressors) if k not in grouped]
    no_lag = sample.W is None and sample.M is None
    likelihood = None if no_lag else Likelihood.of(sample)
    n = sample.contrasts.nobs
    loglik = {}
    for size in range(G + 1):
        for coalition in combinations(range(G), size):
            members = [columns_by_group[g] for g in coalition]
            columns = sorted([*always, *(k for own in members for k in own)])
            with_lags = any(not own for own in members)
            loglik[coalition] = _loglik(sample, likelihood if with_lags else None, columns)
    base = loglik[()]
    r2 = {}
    for coalition, level in loglik.items():
        r2[coalition] = -np.expm1(-2 * (level - base) / n)
    return r2


def _loglik(
    sample: Sample,
    likelihood: Likelihood | None,
    columns: list[int],
) -> float:
    """Maximised log-likelihood with some of the regressors, up to a constant that all sets share.

    Without a likelihood rho and lam are zero, and least squares maximises it.
    """
    K = sample.n_regressors
    if likelihood is None:
        n = sample.contrasts.nobs
        X, y = sample.factor[:, columns], sample.factor[:, K]
        e = y
        if columns:
            b = np.linalg.lstsq(X, y, rcond=None)[0]
            e = y - X @ b
        variance = (e @ e) / n
        return float(-n / 2 * (np.log(2 * np.pi * variance) + 1))
    # beside the regressors the outcome stays
    kept = [*columns, *range(K, likelihood.plain.shape[1])]
    restricted = replace(
        likelihood,
        plain=likelihood.plain[:, kept],
        lagged=likelihood.lagged[:, kept],
        n_regressors=len(columns),
    )
    return maximise(restricted).search.value


def _bootstrap(
    fit: FitResult,
    columns_by_group: list[tuple[int, ...]],
    draws: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Contributions of the groups in bootstrap panels, (draws, G); NaN where a likelihood has no
    maximum, which is said.
    """
    resampler = Resampler.of(fit)
    contributions = np.full((draws, len(columns_by_group)), np.nan)
    for r in range(draws):
        drawn = replace(fit.sample, y=resampler.draw(rng))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", BoundWarning)
            with suppress(EstimationError, IdentificationError):
                contributions[r] = shapley(drawn, columns_by_group)[0]
    say_failed(draws - len(_fitted(contributions)), draws)
    return contributions


def _standardised_impacts(fit: FitResult, stage: str) -> pd.DataFrame:
    """Impacts times sd(x) / sd(y), both after the effects are taken out."""
    sample = fit.sample
    impacts = fit.impacts()
    terms = impacts.terms
    spread = sample.columns.std(axis=(0, 1))
    of_x = np.array([spread[sample.names.index(term)] for term in terms])
    scale = of_x / spread[sample.n_regressors]
    components = [f"standardised {component} {stage}" for component in COMPONENTS for _ in terms]
    return tidy_frame(
        terms * len(COMPONENTS),
        components,
        (impacts.values * scale).ravel(),
        (impacts.errors * scale).ravel(),
        df=fit.df_resid,
    )
