"""Parametric and wild bootstrap of a fit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd

from ..display import Shown
from ..errors import EstimationError, OptionError
from ..models import FitResult
from ..models.interface import COMPONENTS, has_random_effects
from ..numerics.streams import generator
from ..options import (
    BootstrapInterval,
    BootstrapKind,
    Multipliers,
    WildBy,
    check_option,
    real_number,
)
from ..results import TIDY_COLUMNS, Text
from .batch import Batch
from .disturbances import drawn_errors, wild_errors
from .process import Process
from .replication import check_replications, replicate


@dataclass(frozen=True, eq=False)
class _Interval:
    """Equal-tailed intervals of P quantities.

    Attributes
    ----------
    spread : array of shape (P,)
        Standard deviations, or standard errors.
    low, high : arrays of shape (P,)
    below, above : int arrays of shape (P,)
        Draws on either side of zero, for its p-value.
    """

    spread: np.ndarray
    low: np.ndarray
    high: np.ndarray
    below: np.ndarray
    above: np.ndarray


def _tails(level: float) -> list[float]:
    """The two probabilities that an equal-tailed interval lies between."""
    return [(1 - level) / 2, (1 + level) / 2]


@dataclass(frozen=True, eq=False, repr=False)
class BootstrapResult(Shown):
    """Estimates of many outcomes that the fitted model itself has drawn.

    Attributes
    ----------
    fit : FitResult
    kind : {"parametric", "wild"}
    by, multipliers : str or None
        Of the wild bootstrap.
    seed : int or None
    batch : Batch
        The estimates of all draws, as arrays.
    """

    fit: FitResult
    kind: str
    by: str | None
    multipliers: str | None
    seed: int | None
    batch: Batch

    @cached_property
    def _kept(self) -> np.ndarray:
        return ~self.batch.failed

    @property
    def replications(self) -> int:
        """Draws that could be fitted."""
        return int(self._kept.sum())

    @property
    def draws(self) -> pd.DataFrame:
        """Estimates of the parameters, one row a draw, (R, P)."""
        return pd.DataFrame(self.batch.values[self._kept], columns=list(self.fit.terms))

    @property
    def impact_draws(self) -> np.ndarray:
        """Direct, indirect and total impacts, (R, 3, K), terms as in `fit.impacts()`."""
        kept: np.ndarray = self.batch.impacts[self._kept]
        return kept

    @property
    def cov(self) -> pd.DataFrame:
        """Covariance of the draws of the parameters, (P, P)."""
        return self.draws.cov()

    @property
    def std_errors(self) -> pd.Series:
        """Standard deviations of the draws of the parameters."""
        return self.draws.std().rename("std_error")

    @property
    def bias(self) -> pd.Series:
        """Mean of the draws minus the estimate that they were drawn at."""
        return (self.draws.mean() - self.fit.params).rename("bias")

    @property
    def corrected(self) -> pd.Series:
        """Estimates minus their bootstrap bias."""
        return (self.fit.params - self.bias).rename("corrected")

    def conf_int(
        self,
        level: float = 0.95,
        method: BootstrapInterval = "bootstrap-t",
    ) -> pd.DataFrame:
        """Intervals of the parameters: columns lower, upper; methods as in `tidy`."""
        P = len(self.fit.terms)
        frame = self.tidy(level, method).iloc[:P].set_index("term")
        limits = frame[["conf_low", "conf_high"]]
        limits.columns = ["lower", "upper"]
        return limits.rename_axis(None)

    def tidy(self, level: float = 0.95, method: BootstrapInterval = "bootstrap-t") -> pd.DataFrame:
        """Parameters and impacts, a long frame with columns `TIDY_COLUMNS`.

        Parameters
        ----------
        level : float
            Of the equal-tailed intervals.
        method : {"bootstrap-t", "percentile"}
            "bootstrap-t": standard errors of the fit; critical values and p-values from the draws
            of (estimate* - estimate) / std_error*. It corrects for bias, skewness and a standard
            error that is too small in the mean, but needs one that does not move with the estimate:
            not for impacts where rho comes near 1. "percentile": standard deviations and quantiles
            of the draws. It repeats the bias of the estimator; the bounds lie in the parameter's
            range.

        Notes
        -----
        The p-value of zero is the smallest 1 - level at which the interval leaves zero out, and
        never below 2 / (R + 1).
        """
        check_option("method", method, BootstrapInterval)
        real_number("level", level, above=0.0, below=1.0, expected="a number between 0 and 1")
        own = Batch.of(self.fit)
        [point] = own.estimates
        [errors] = own.std_errors
        with np.errstate(divide="ignore", invalid="ignore"):
            if method == "percentile":
                interval = self._percentile(level)
            else:
                interval = self._bootstrap_t(point, errors, level)
            statistic = point / interval.spread
        # the share of draws on the rarer side of zero, twice
        rarer = np.minimum(interval.below, interval.above)
        R = self.replications
        p = np.minimum(1.0, 2 * (rarer + 1) / (R + 1))
        # what the model fixes has no distribution
        fixed = interval.spread == 0
        columns = [
            point,
            interval.spread,
            np.where(fixed, np.nan, statistic),
            np.where(fixed, np.nan, p),
            np.where(fixed, point, interval.low),
            np.where(fixed, point, interval.high),
        ]
        frame = dict(zip(TIDY_COLUMNS, (*self._labels, *columns), strict=True))
        return pd.DataFrame(frame)

    def _percentile(self, level: float) -> _Interval:
        """Standard deviations and quantiles of the draws."""
        drawn = self.batch.estimates[self._kept]
        low, high = np.quantile(drawn, _tails(level), axis=0)
        return _Interval(
            spread=drawn.std(axis=0, ddof=1),
            low=low,
            high=high,
            below=(drawn <= 0).sum(axis=0),
            above=(drawn >= 0).sum(axis=0),
        )

    def _bootstrap_t(
        self,
        point: np.ndarray,
        errors: np.ndarray,
        level: float,
    ) -> _Interval:
        """Standard errors of the fit, and critical values from the draws of t* = (estimate* -
        estimate) / std_error*.
        """
        drawn = self.batch.estimates[self._kept]
        t = (drawn - point) / self.batch.std_errors[self._kept]
        # the upper quantile of t* makes the lower limit
        upper, lower = np.quantile(t, _tails(level), axis=0)
        of_fit = point / errors
        return _Interval(
            spread=errors,
            low=point - lower * errors,
            high=point - upper * errors,
            below=(t <= of_fit).sum(axis=0),
            above=(t >= of_fit).sum(axis=0),
        )

    @property
    def _labels(self) -> tuple[list[str], list[str]]:
        """Terms and components of parameters and impacts."""
        impacts = self.batch.impact_terms
        terms = [*self.fit.terms, *impacts * len(COMPONENTS)]
        of_parameters = self.fit.tidy()["component"]
        of_impacts = np.repeat(COMPONENTS, len(impacts)).tolist()
        return terms, [*of_parameters, *of_impacts]

    def glance(self) -> pd.DataFrame:
        """One row: the fit, and how it was bootstrapped."""
        own = {
            "bootstrap": self.kind,
            "by": self.by,
            "multipliers": self.multipliers,
            "replications": self.replications,
            "failed": int(self.batch.failed.sum()),
            "at_bound": int(self.batch.at_bound.sum()),
            "seed": self.seed,
            "level": 0.95,
        }
        return pd.DataFrame([{**self.fit.described, **own}])

    def summary(self, level: float = 0.95) -> Text:
        """Estimates, bias, standard errors and both intervals of the parameters as text."""
        frame = pd.DataFrame(
            {
                "estimate": self.fit.params,
                "bias": self.bias,
                "s.e.": self.fit.std_errors,
                "boot. s.e.": self.std_errors,
            }
        )
        for method, short in (("bootstrap-t", "t"), ("percentile", "pct")):
            limits = self.conf_int(level, method)  # type: ignore[arg-type]
            frame[f"{short} low"] = limits["lower"]
            frame[f"{short} high"] = limits["upper"]
        row = self.glance().iloc[0]
        how = "parametric, normal errors"
        if self.kind == "wild":
            how = f"wild, {self.multipliers}, by {self.by}"
        lines = [
            f"Bootstrap of {row['model']}: {how}, {row['replications']} replications, seed "
            f"{self.seed}",
            f"{level:.0%} intervals: t, bootstrap-t; pct, percentile",
            frame.to_string(float_format=lambda value: f"{value:.4g}"),
        ]
        if row["failed"] or row["at_bound"]:
            lines.append(
                f"{row['failed']} draws could not be fitted; {row['at_bound']} lie at a bound."
            )
        return Text("\n".join(lines))

    def __repr__(self) -> str:
        return f"BootstrapResult ({self.kind}, {self.replications} replications)"


def bootstrap(
    fit: FitResult,
    replications: int = 999,
    *,
    kind: BootstrapKind = "parametric",
    by: WildBy = None,
    multipliers: Multipliers = None,
    seed: int | None = None,
) -> BootstrapResult:
    """Draw outcomes from a fitted model and fit it to each of them.

    Regressors, fixed effects and W stay; new errors e* go through the reduced form y* = (I - rho
    W)^-1 [Z b + effects + (I - lam M)^-1 e*] at the estimates, and the request of the fit, its
    correction and its covariance too, is estimated again. Of a dynamic model the outcome before the
    first period stays. Where cells are missing, or W differs by period, outcomes are drawn in the
    cells that are there, by the W of their period among the units that are there.

    Parameters
    ----------
    fit : FitResult
    replications : int
        999 makes the levels of 5 % and 1 % exact.
    kind : {"parametric", "wild"}
        "parametric": normal errors of variance sigma2. "wild": the fit's own residuals, scaled to
        mean square sigma2, times random multipliers, so that their variances, and the dependence
        within what shares a multiplier, stay.
    by : {"cell", "unit", "time"}, optional
        Of the wild bootstrap: what shares a multiplier; "unit" by default, against dependence over
        time.
    multipliers : {"rademacher", "mammen"}, optional
        Of the wild bootstrap: random signs (the default), or Mammen's two points.
    seed : int, optional

    Returns
    -------
    BootstrapResult

    Raises
    ------
    OptionError
        The fit has endogenous regressors; a wild bootstrap of random effects, whose residuals are
        not of one kind; or one by period where rho or lam comes from products e_it e_jt within a
        period (maximum likelihood, moments of lam): they would stay those of the sample, and the
        draws would not be centred at the estimates.
    EstimationError
        More than half of the draws cannot be fitted.

    Notes
    -----
    An estimate of rho is nonlinear in the errors, and its bias is of the order of its standard
    error in a short cross-section (Yang, Yu and Liu 2016): of intervals take those of
    "bootstrap-t".

    Only outcomes are drawn. The regressors are the columns of the fit, and what ``scale()``,
    ``poly()`` or ``C()`` learned of the sample is not learned again, not for the outcome either.

    References
    ----------
    Yang, Yu and Liu (2016), Reg. Sci. Urban Econ. 61, 52-72,
    doi:10.1016/j.regsciurbeco.2016.08.003. Mammen (1993), Ann. Statist. 21, 255-285,
    doi:10.1214/aos/1176349025. Cameron, Gelbach and Miller (2008), Rev. Econ. Statist. 90, 414-427,
    doi:10.1162/rest.90.3.414.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> queen = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    >>> fit = bd.SpatialLag("log1p(bev_density) ~ log(gdp_pc)").fit(panel, queen)
    >>> bd.bootstrap(fit, 199, seed=1).replications
    199
    """
    check_option("kind", kind, BootstrapKind)
    check_option("by", by, WildBy)
    check_option("multipliers", multipliers, Multipliers)
    check_replications(replications)
    if kind == "parametric" and (by or multipliers):
        raise OptionError(
            "by",
            expected="by and multipliers with kind='wild' only",
            got=f"kind={kind!r}",
            remedy="Leave by and multipliers out, or choose kind='wild'.",
        )
    rng = generator(seed, "bootstrap")
    process = Process.of(fit)
    if kind == "wild":
        by = by or "unit"
        multipliers = multipliers or "rademacher"
        _check_wild(fit, by)
        draw = partial(wild_errors, process, by, multipliers)
    else:
        draw = partial(drawn_errors, process, "normal")
    own_request = [(fit.estimator, fit.sample)]
    [batch] = replicate(process, draw, own_request, fit.panel, replications, rng)
    failed = batch.failed
    if failed.mean() > 0.5:
        raise EstimationError(
            f"{failed.sum()} of {replications} draws of this model cannot be fitted."
        )
    return BootstrapResult(fit, kind, by, multipliers, seed, batch)


def _check_wild(fit: FitResult, by: str) -> None:
    """Refuse what random multipliers of the residuals do not leave as the model has it."""
    if has_random_effects(fit.estimate):
        raise OptionError(
            "kind",
            expected="'parametric' with random effects",
            got="'wild'",
            remedy="Use 'parametric', or fit with fixed effects.",
        )
    by_moments = fit.method.by_moments
    quadratic = fit.sample.M is not None or (fit.sample.W is not None and not by_moments)
    if by == "time" and quadratic:
        raise OptionError(
            "by",
            expected=(
                "'cell' or 'unit' where rho or lam comes from products of errors of one period"
            ),
            got="'time'",
            remedy="A multiplier common to a period leaves these products as the sample has "
            "them, and the draws would not be centred at the estimates.",
        )
