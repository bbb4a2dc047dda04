"""Resampling of a fit: units or periods drawn again, or left out one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from ..display import Plotted
from ..errors import OptionError
from ..models import FitResult
from ..models.interface import check_fit, regular_only
from ..options import ResampleKind, check_option, whole_number
from ..results import TIDY_COLUMNS, Text, critical_value, two_sided_p
from ..simulation.replication import check_replications
from .placebo_draws import sample_again
from .refits import Draw, Made, Refits, refitted, streams
from .workers import checked_jobs

TITLES = {
    "pairs": "pairs bootstrap over units",
    "blocks": "bootstrap of blocks of {block} periods",
    "jackknife": "jackknife over units",
}


@dataclass(frozen=True, eq=False, repr=False)
class Resampling(Plotted):
    """Estimates of a fit on resampled units or periods.

    Attributes
    ----------
    fit : FitResult
    kind : {"pairs", "blocks", "jackknife"}
    block : int or None
        Periods in a block.
    seed : int or None
    refits : Refits
        The estimates of all resamples, as arrays.
    """

    _figure = "draws_plot"

    fit: FitResult
    kind: str
    block: int | None
    seed: int | None
    refits: Refits

    @property
    def title(self) -> str:
        """How it was resampled, in words."""
        return TITLES[self.kind].format(block=self.block)

    @property
    def draws(self) -> pd.DataFrame:
        """Estimates of all resamples, a row each, columns (term, component)."""
        return self.refits.frame()

    @property
    def _drawn(self) -> np.ndarray:
        drawn: np.ndarray = self.refits.drawn[self.refits.kept]
        return drawn

    @property
    def bias(self) -> np.ndarray:
        """Of each quantity, (Q,): the mean of the draws less the estimate; of the jackknife (N - 1)
        times that.
        """
        factor = len(self._drawn) - 1 if self.kind == "jackknife" else 1
        bias: np.ndarray = factor * (self._drawn.mean(axis=0) - self.refits.point)
        return bias

    @property
    def std_errors(self) -> np.ndarray:
        """Of each quantity, (Q,): standard deviations of the draws; of the jackknife
        sqrt((N - 1) / N sum (estimate_i - mean)^2).
        """
        N = len(self._drawn)
        if self.kind == "jackknife":
            errors: np.ndarray = np.sqrt(N - 1) * self._drawn.std(axis=0)
            return errors
        spread: np.ndarray = self._drawn.std(axis=0, ddof=1)
        return spread

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """Parameters and impacts in the layout of every tidy frame, with the columns `draws_mean`
        and `bias`.

        Standard errors are those of the resamples; intervals of a bootstrap are quantiles of its
        draws, those of the jackknife estimate and standard error with t of N - 1. The p-values go
        with the standard errors (normal, or t).
        """
        point, errors = self.refits.point, self.std_errors
        df = len(self._drawn) - 1 if self.kind == "jackknife" else None
        half = critical_value(level, df) * errors
        low, high = point - half, point + half
        if df is None:
            low, high = np.quantile(self._drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = np.where(self.refits.errors == 0, np.nan, point / errors)
        terms, components = zip(*self.refits.labels, strict=True)
        numbers = (point, errors, statistic, two_sided_p(statistic, df), low, high)
        frame = pd.DataFrame(dict(zip(TIDY_COLUMNS, (terms, components, *numbers), strict=True)))
        return frame.assign(draws_mean=self._drawn.mean(axis=0), bias=self.bias)

    def glance(self) -> pd.DataFrame:
        """One row: the fit, and how it was resampled."""
        own = {
            "resampling": self.kind,
            "block": self.block,
            "draws": len(self._drawn),
            "failed": self.refits.failed,
            "seed": self.seed,
        }
        return pd.DataFrame([{**self.fit.described, **own}])

    def summary(self) -> Text:
        """Estimates, bias, standard errors and intervals as text."""
        row = self.glance().iloc[0]
        head = f"{row['model']} of {row['outcome']}: {self.title}, {row['draws']} refits"
        if self.kind != "jackknife":
            head += f", seed {self.seed}"
        frame = self.tidy()
        frame.insert(4, "s.e. of fit", self.refits.errors)
        shown = frame[
            [
                *("term", "component", "estimate", "bias", "s.e. of fit", "std_error"),
                *("conf_low", "conf_high"),
            ]
        ]
        lines = [head, shown.to_string(index=False, float_format="{:.4g}".format)]
        if row["failed"]:
            lines.append(f"Resamples that could not be fitted: {row['failed']}.")
        return Text("\n".join(lines))

    def __repr__(self) -> str:
        return str(self.summary())


def resample(
    fit: FitResult,
    kind: ResampleKind,
    *,
    draws: int = 999,
    block: int | None = None,
    seed: int | None = None,
    n_jobs: int = 1,
) -> Resampling:
    """Standard errors and intervals from units or periods that are drawn again, or left out.

    Parameters
    ----------
    fit : FitResult
    kind : {"pairs", "blocks", "jackknife"}
        "pairs": N units with replacement, each with its whole path of outcome, regressors and their
        spatial lags, which stay those of the data. "blocks": runs of periods with replacement, W
        and all units as they are. "jackknife": each unit left out once; W is cut on its raw links
        and normalised again.
    draws : int
        Of the two bootstraps.
    block : int, optional
        Periods in a run of "blocks", which goes on at the first period after the last; the cube
        root of T, rounded, by default.
    seed : int, optional
        The draws belong to it whatever the number of processes.
    n_jobs : int
        Processes that share the refits; -1 for one a core.

    Returns
    -------
    Resampling

    Raises
    ------
    OptionError
        "pairs" of a model with a lag of y or of the error: units drawn twice or not at all leave no
        W of which rho or lam could be estimated. "pairs" or "blocks" of dynamic models,
        autocorrelated errors, ``absorb=`` or instruments. Missing cells or weights by period.
    EstimationError
        More than half of the refits have no estimate.

    Notes
    -----
    For a wild cluster bootstrap use ``fit.conf_int(method="wild")`` of a fit with clustered standard
    errors, which imposes the null, or ``bootstrap(fit, kind="wild")``, which draws outcomes.

    A unit without which another one has no neighbour left has no jackknife refit; it is counted as
    failed, and N is the number of the others.

    References
    ----------
    Pairs: Cameron, Gelbach and Miller (2008), Rev. Econ. Statist. 90, 414-427,
    doi:10.1162/rest.90.3.414.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> fit = bd.NonSpatial("log1p(bev_density) ~ log1p(inventions)").fit(panel)
    >>> left_out = bd.resample(fit, "jackknife")
    >>> left_out.draws.shape
    (31, 4)
    """
    check_fit(fit)
    check_option("kind", kind, ResampleKind)
    check_replications(draws)
    regular_only(fit, "resample()")
    n_jobs = checked_jobs(n_jobs)
    _check_block(kind, block)
    if kind == "jackknife":
        made = refitted(fit, _without_unit, list(fit.panel.units), n_jobs)
        return Resampling(fit, kind, None, None, made)
    _check_drawable(fit, kind)
    T, _ = fit.sample.shape
    if kind == "pairs":
        made = refitted(fit, _units_drawn, streams(seed, "resampling", draws), n_jobs)
        return Resampling(fit, kind, None, seed, made)
    length = max(1, round(T ** (1 / 3))) if block is None else block
    if length > T:
        raise OptionError(
            "block",
            expected=f"at most the {T} periods of the fit",
            got=repr(block),
            remedy="Choose shorter blocks.",
        )
    draw = partial(_periods_drawn, block=length)
    made = refitted(fit, draw, streams(seed, "resampling", draws), n_jobs)
    return Resampling(fit, kind, length, seed, made)


def _without_unit(fit: FitResult, unit: Draw) -> Made:
    """The panel without a unit."""
    panel = fit.panel.drop_units(unit)
    return sample_again(fit, panel), panel


def _units_drawn(fit: FitResult, draw: Draw) -> Made:
    """Units with replacement."""
    sample = fit.sample
    N = sample.shape[1]
    units = np.random.default_rng(draw).integers(N, size=N)
    return replace(sample, y=sample.y[:, units], Z=sample.Z[:, units]), fit.panel


def _periods_drawn(
    fit: FitResult,
    draw: Draw,
    block: int,
) -> Made:
    """Runs of periods with replacement, T periods in all."""
    sample = fit.sample
    T = len(sample.y)
    starts = np.random.default_rng(draw).integers(T, size=-(-T // block))
    periods = (starts[:, None] + np.arange(block)).ravel()[:T] % T
    return replace(sample, y=sample.y[periods], Z=sample.Z[periods]), fit.panel


def _check_block(kind: str, block: int | None) -> None:
    if block is None:
        return
    whole_number("block", block, 1)
    if kind != "blocks":
        raise OptionError(
            "block",
            expected="a number of periods with kind='blocks' only",
            got=f"{block} with kind={kind!r}",
            remedy="Leave block out.",
        )


def _check_drawable(fit: FitResult, kind: str) -> None:
    """Refuse what units or periods drawn with replacement do not leave as the model has it."""
    sample = fit.sample
    if kind == "pairs" and sample.lags:
        raise OptionError(
            "kind",
            expected="'pairs' without a lag of y or of the error",
            got=f"{fit.estimator.model} with {' and '.join(sample.lags)}",
            remedy="Units drawn twice or not at all leave no W to estimate these from: take 'blocks', "
            "'jackknife', or bd.bootstrap(fit, kind='wild').",
        )
    asked = fit.estimator
    odd = {
        "dynamic=": bool(sample.dynamic),
        "autocorrelated errors": sample.serial,
        "absorb=": asked.absorb is not None,
        "endogenous=": bool(asked.endogenous),
    }
    found = [name for name, there in odd.items() if there]
    if found:
        raise OptionError(
            "fit",
            expected=f"a static model with plain effects for {kind!r}",
            got=", ".join(found),
            remedy="Take 'jackknife', which fits the request again without each unit.",
        )
