"""`FitResult`: the estimates with their labels, and everything that can be derived from them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from ..display import Plotted
from ..errors import EstimationError, OptionError
from ..options import Cluster, ClusterType, CovType, CovTypeAlias, Interval, Kernel, PredictEffects
from ..panel import Panel
from ..results import (
    ForMaketables,
    Provenance,
    TestGroup,
    TestResult,
    Text,
    critical_value,
    fingerprint,
    index_of,
    tidy_frame,
    two_sided_p,
)
from .cautions import Caution, cautions_of
from .comparability import likelihood_data
from .description import described, rsquared
from .design.sample import Sample
from .effects import EffectEstimates, recovered
from .estimate import Estimate
from .fitted import Fitted, R
from .gmm.method import MomentsMethod
from .hypotheses import lr_test, wald_test
from .impacts.impacts import Impacts, impacts
from .impacts.multipliers import Horizon
from .impacts.shock import Shock, impact_matrix, shock
from .intervals import check_interval, limits_of, with_interval
from .prediction import predict
from .random.components import VarianceComponents
from .request import Request
from .summary import summarise

S = TypeVar("S", bound=Request)


@dataclass(frozen=True, eq=False, repr=False)
class FitResult(Fitted[R], ForMaketables, Plotted):
    """A fitted spatial panel regression.

    Attributes
    ----------
    estimator : Estimator
        The request.
    panel : Panel
        The data as given.
    params, std_errors, tstats, pvalues : Series
        By term: regressors, ``W_<term>``, then ``tau``, ``eta``, ``rho``, ``lam`` and ``psi`` where
        the model has them.
    cov : DataFrame of shape (P, P)
        Covariance of `params`, the same labels on both axes.
    sigma2, loglik, aic, bic : float
        Variance of e; log-likelihood, of the contrasts under Lee-Yu; information criteria from it.
        Fits compare by them where ``glance()`` has the same ``likelihood``: the data that it is of.
    resids, fitted_values : DataFrame of shape (T, N), periods x units
        Residuals e after Q; fitted values are the outcome minus them (for models with a lag of the
        error minus u). NaN in cells that are missing.
    terms : tuple of str, length P
        Labels of the parameters. Further numbers stand in this order, as arrays without labels:
        `values` and `errors` of shape (P,), `covariance` of shape (P, P), and ``value(term)``.
    systematic, fixed_part, fitted : array of shape (T, N)
        Z b; what effects and intercept add; rho Wy + Z b + effects.
    method, kind
        The way of estimating and the kind of covariance, as objects.
    """

    _figure = "coefficient_plot"

    @staticmethod
    def of(
        request: S,
        sample: Sample,
        panel: Panel,
        estimate: Estimate,
    ) -> FitResult[S]:
        """The result of an estimate under the request's covariance.

        Raises
        ------
        EstimationError
            The covariance has variances below zero.
        """
        kind = request.covariance_kind
        method = request.method_on(sample.irregular)
        covariance = method.covariance(sample, estimate, kind, panel)
        if not (np.diag(covariance) >= 0.0).all():
            raise EstimationError(
                f"The {request.cov_type!r} covariance has variances below zero: "
                "the sample is too small for it, or hardly identifies the parameters. "
                "Use another cov_type, or a model with fewer lags."
            )
        return FitResult(request, sample, panel, estimate, covariance)

    @cached_property
    def params(self) -> pd.Series:
        return pd.Series(self.values, index=index_of(self.terms), name="parameter")

    @cached_property
    def cov(self) -> pd.DataFrame:
        return pd.DataFrame(
            self.covariance, index=index_of(self.terms), columns=index_of(self.terms)
        )

    @cached_property
    def std_errors(self) -> pd.Series:
        return pd.Series(self.errors, index=index_of(self.terms), name="std_error")

    @property
    def df(self) -> pd.Series:
        """Degrees of freedom of t by term, of `pvalues` and `conf_int`: Satterthwaite's under
        ``cluster_type="CR2"``, else `df_resid`; infinite for the normal distribution.
        """
        degrees = np.inf if self.degrees is None else self.degrees
        return pd.Series(
            degrees,
            index=index_of(self.terms),
            name="df",
            dtype=float,
        )

    @property
    def tstats(self) -> pd.Series:
        """Estimates over standard errors: z statistics for maximum likelihood, t for least
        squares.
        """
        return (self.params / self.std_errors).rename("tstat")

    @property
    def pvalues(self) -> pd.Series:
        return pd.Series(
            two_sided_p(self.tstats.to_numpy(), self.degrees),
            index=index_of(self.terms),
            name="pvalue",
        )

    def conf_int(
        self,
        level: float = 0.95,
        method: Interval = "delta",
        *,
        draws: int = 0,
        seed: int | None = None,
    ) -> pd.DataFrame:
        """Intervals of coverage `level`: columns lower, upper.

        Parameters
        ----------
        level : float
        method : {"delta", "simulated", "percentile", "bootstrap-t", "bca", "profile", "wild"}
            "delta": symmetric, from the standard errors. "simulated": percentiles of draws from the
            estimated normal distribution, of which those outside the range of rho are left out.
            "percentile", "bootstrap-t", "bca": the fit run again on outcomes that it has drawn
            itself, with errors as its covariance supposes them; see `bootstrap`. "profile": what
            likelihood-ratio tests keep. "wild": what a wild cluster bootstrap-t with the null
            hypothesis imposed keeps, under clusters of units or of periods (Cameron, Gelbach and
            Miller 2008; by maximum likelihood the score bootstrap of Kline and Santos 2012). The
            same words as in `impacts`.
        draws : int
            Of "simulated" (1000 by default), "wild" and those that run the fit again (999). "wild"
            takes all sign vectors, each once, where there are no more of them.
        seed : int, optional
            Of the draws.

        Raises
        ------
        OptionError
            The fit does not have such intervals; the message says which it has.
        """
        number = check_interval("method", method, draws)
        if method != "delta":
            limits = limits_of(self, method, number, seed, None)
            lower, upper = (pd.Series(bound, self.params.index) for bound in limits.at(level))
            return pd.DataFrame({"lower": lower, "upper": upper})
        half = critical_value(level, self.degrees) * self.std_errors
        return pd.DataFrame({"lower": self.params - half, "upper": self.params + half})

    def with_cov(
        self,
        cov_type: CovType | CovTypeAlias,
        *,
        cluster: Cluster = None,
        cluster_type: ClusterType = None,
        kernel: Kernel = None,
        bandwidth: float | None = None,
        cutoff_km: float | None = None,
    ) -> FitResult[R]:
        """The same estimates with another covariance, without estimating again; options as in the
        estimator.
        """
        request = self.estimator.replace(
            cov_type=cov_type,
            cluster=cluster,
            cluster_type=cluster_type,
            kernel=kernel,
            bandwidth=bandwidth,
            cutoff_km=cutoff_km,
        )
        return FitResult.of(request, self.sample, self.panel, self.estimate)

    @cached_property
    def variance_components(self) -> VarianceComponents | None:
        """phi, sigma2_mu and sigma2_e of random effects, with standard errors; None without
        them.
        """
        return self.method.variance_components(self.sample, self.estimate, self.kind)

    @property
    def resids(self) -> pd.DataFrame:
        return self._framed(self.estimate.residuals)

    @property
    def fitted_values(self) -> pd.DataFrame:
        """rho Wy + Z b + effects, (T, N)."""
        return self._framed(self.fitted)

    def _framed(self, values: np.ndarray) -> pd.DataFrame:
        rows = pd.Index(self.sample.design.periods, name=self.panel.time)
        if self.sample.observed is not None:
            values = np.where(self.sample.observed, values, np.nan)
        return pd.DataFrame(
            values, index=rows, columns=pd.Index(self.panel.units, name=self.panel.unit)
        )

    @property
    def effects(self) -> EffectEstimates:
        """Recovered fixed effects, whose parts sum to zero, or predicted random ones; the intercept
        is apart.

        ``fit.effects.tidy()`` has their standard errors.
        """
        return recovered(self)

    def predict(
        self,
        panel: Panel | None = None,
        *,
        reduced: bool = True,
        effects: PredictEffects = True,
    ) -> pd.DataFrame:
        """Predictions, periods x units, in the sample or on another panel.

        Another panel is measured as the sample was: ``center()`` and ``scale()`` take the means and
        standard deviations of the sample, ``poly()`` and ``bs()`` its polynomials and knots, and
        ``C()`` its levels and coding.

        Parameters
        ----------
        panel : Panel, optional
            With the regressors of the fit; the sample itself by default. It has all units of the
            fit where the model has a spatial lag of y or X, which takes values of neighbours; else
            some of them are enough. The outcome is needed for the structural form only.
        reduced : bool
            The reduced form (I - rho W)^-1 (Z b + effects), which needs no outcome of the
            neighbours. False: the structural rho Wy + Z b + effects. The error is at its mean of
            zero in both, also where it has a lag.
        effects : bool or "unit"
            True: with the fixed effects and their intercept, or the predicted random effects.
            False: without. "unit": with those of units and the intercept, the time effects at their
            mean of zero, as new periods need it.

        Raises
        ------
        InputError, OptionError, DataError
            Units or cells that are missing; categories that the sample does not have; values beyond
            the knots of ``bs()``; effects of periods that are not in the sample.
        """
        return predict(self, panel, reduced=reduced, effects=effects)

    @cached_property
    def rsquared(self) -> dict[str, float]:
        """Measures of fit.

        within, between, overall
            linearmodels' definitions on the outcome without its own lag: 1 - SSR/TSS of y - rho Wy
            - Z b, after demeaning by unit, of unit means, and of the whole. Structural fit: rho Wy
            counts as explained.
        inclusive
            1 - SSR/TSS with the effects in.
        correlation
            Squared correlation of Qy with the reduced-form Q (I - rho W)^-1 Z b, without effects
            (Elhorst 2014).
        """
        return rsquared(self)

    def impacts(
        self,
        draws: int = 0,
        seed: int | None = None,
        horizon: Horizon = "short",
        at: Mapping[str, Any] | None = None,
        interval: Interval | None = None,
    ) -> Impacts:
        """Direct, indirect and total impacts of each regressor (LeSage and Pace 2009).

        A category has one for each level but its base: of a move from the base to that level.

        Parameters
        ----------
        draws : int
            0: standard errors by the delta method. Else that many draws from the estimated normal
            distribution.
        seed : int, optional
            Of the draws.
        horizon : {"short", "long"} or int
            Of dynamic models: the period of the change, the long run, or so many periods after a
            change that stays (0 is the short run). What a change of one period alone does h periods
            later is the difference of horizons h and h - 1.
        at : mapping, optional
            Where variables are that several terms share, column -> value: with ``x + I(x**2) +
            x:z`` the impact of x is the derivative at these values of x and z, in all units.
            Numbers that are not given stand at their means over the sample (``at={}``: all); a
            category that others are crossed with must be given. Needed where there are such terms.
        interval : str, optional
            One of the methods of `conf_int`, or "fieller" for ``horizon="long"``; without it
            "delta" for 0 draws, else "simulated". Under all others standard errors are those of the
            delta method, bounds and p-values those of the interval. A bound is infinite where the
            sample does not exclude that an impact is without bound ("profile", "fieller").

        Raises
        ------
        OptionError
            An option outside its values, no `at` where terms share variables, or a fit that does
            not have such intervals.
        """
        if interval is None:
            return impacts(
                self,
                draws=draws,
                seed=seed,
                horizon=horizon,
                at=at,
            )
        number = check_interval("interval", interval, draws)
        simulated = number if interval == "simulated" else 0
        found = impacts(
            self,
            draws=simulated,
            seed=seed,
            horizon=horizon,
            at=at,
        )
        if interval in ("delta", "simulated"):
            return found
        return with_interval(found, interval, number, seed)

    def impact_matrix(
        self,
        term: str,
        *,
        horizon: Horizon = "short",
        at: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Effect of a change by one of `term` in each unit on each unit, (N, N); options as in
        `impacts`.

        Row i, column j: what a change in unit j does to unit i. The mean of the diagonal is the
        direct impact, the mean of the row sums the total one. Where cells are missing, or weights
        differ by period, row i is the mean over the periods in which i is there (a change in an
        absent unit does nothing then), and these means weigh units by their numbers of periods.
        """
        return impact_matrix(self, term, horizon, at)

    def shock(
        self,
        term: str,
        changes: Mapping[Hashable, float],
        *,
        horizon: Horizon | Sequence[Horizon] = "short",
        permanent: bool = True,
        draws: int = 0,
        seed: int | None = None,
        at: Mapping[str, Any] | None = None,
    ) -> Shock:
        """Effect on every unit of changes of one regressor in some units.

        Where cells are missing, or weights differ by period, it is the mean of the effects over the
        periods in which a unit is there.

        Parameters
        ----------
        term : str
            A regressor by its label in `params`, without ``W_``; with `at` also a variable that
            several terms share.
        changes : mapping
            Unit -> change of the regressor, in the units of the term: ``{"Guangdong": 0.1}``.
        horizon : "short", "long", int, or a sequence of them
            Of dynamic models, as in `impacts`; several make a path: ``range(6)``, ``[0, 1,
            "long"]``.
        permanent : bool
            Whether the change stays. False: it lasts one period, and the path is the impulse
            response.
        draws, seed
            As in `impacts`: 0 draws for the delta method.
        at : mapping, optional
            As in `impacts`. The effect is then the derivative times the change: right for small
            changes.

        Returns
        -------
        Shock, whose `frame` is indexed by unit, ready for a map of its column ``estimate``.

        Raises
        ------
        InputError
            An unknown term or unit.
        OptionError
            As `impacts`.
        """
        return shock(
            self,
            term,
            changes,
            horizon=horizon,
            permanent=permanent,
            draws=draws,
            seed=seed,
            at=at,
        )

    def wald_test(self, hypothesis: str) -> TestResult:
        """Wald test of linear restrictions such as ``"W_x1 = 0, x1 = x2"``."""
        return wald_test(self, hypothesis)

    @cached_property
    def first_stage(self) -> TestGroup:
        """F tests of the instruments, one for each endogenous regressor (Wy included), for
        ``method="gmm"``.
        """
        return self._by_moments("first_stage").first_stage(self.sample, self.estimate)

    @cached_property
    def overidentification(self) -> TestResult:
        """Sargan's (classical covariance) or Hansen's test of the surplus instruments, for
        ``method="gmm"``.
        """
        method = self._by_moments("overidentification")
        return method.overidentification(self.sample, self.estimate, self.kind, self.panel)

    def _by_moments(self, name: str) -> MomentsMethod[Any]:
        if not isinstance(self.method, MomentsMethod):
            got = f'method="{self.estimator.method}"'
            raise OptionError(
                name,
                expected='a fit with method="gmm"',
                got=got,
                remedy="Fit the model with method='gmm'.",
            )
        return self.method

    def lr_test(self, other: FitResult[Any]) -> TestResult:
        """Likelihood-ratio test of this fit against one that it nests, or that nests it."""
        return lr_test(self, other)

    @cached_property
    def provenance(self) -> Provenance:
        """The request, and hashes of the design and the weights."""
        used = [W for W in (self.sample.W, self.sample.Wx, self.sample.M) if W is not None]
        data = fingerprint(self.sample.y, self.sample.design.X)
        return Provenance(repr(self.estimator), data, used[0].sha256 if used else "")

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """Long frame with columns `TIDY_COLUMNS`; component is "main", "wx", "dynamic", "spatial"
        or "serial".
        """
        kinds = dict.fromkeys((f"W_{name}" for name in self.sample.lagged), "wx")
        kinds |= dict.fromkeys(self.sample.dynamic, "dynamic") | dict.fromkeys(
            self.estimate.spatial, "spatial"
        )
        kinds |= {"psi": "serial"} if self.sample.serial else {}
        components = [kinds.get(term, "main") for term in self.terms]
        return tidy_frame(
            self.terms, components, self.values, self.errors, df=self.degrees, level=level
        )

    def glance(self) -> pd.DataFrame:
        """One row: what was estimated, on what, how, and how well it fits."""
        return pd.DataFrame([{**self.described, **self._fit_measures()}])

    @property
    def described(self) -> dict[str, Any]:
        """What a table note needs: model, effects, correction, covariance, weights, islands,
        sample.
        """
        return described(self)

    def _fit_measures(self) -> dict[str, Any]:
        r2 = self.rsquared
        return {
            "statistic": "z" if self.df_resid is None else "t",
            "df_resid": np.nan if self.df_resid is None else self.df_resid,
            "level": 0.95,
            "likelihood": likelihood_data(self),
            "loglik": self.loglik,
            "aic": self.aic,
            "bic": self.bic,
            "sigma2": self.sigma2,
            **self._components,
            **{
                f"rsquared_{name}": r2[name]
                for name in ("within", "between", "overall", "inclusive")
            },
            "corr_squared": r2["correlation"],
            "converged": self.converged,
            "cautions": "; ".join(dict.fromkeys(caution.name for caution in self.cautions)),
        }

    @property
    def _components(self) -> dict[str, float]:
        components = self.variance_components
        if components is None:
            return {}
        return {"phi": components.phi, "sigma2_mu": components.sigma2_mu}

    @cached_property
    def cautions(self) -> tuple[Caution, ...]:
        """Reasons to be careful with standard errors and intervals, each with its figures and a
        remedy; empty where none is found.

        Computed when they are first asked for. They are: residuals with unequal variances or
        serial correlation, which the covariance supposes away; few clusters, or many parameters
        beside them; rho or lam near the end of its range, or with an interval that says little; a
        second maximum of the likelihood that is nearly as high; spatial lags of regressors that are
        nearly collinear; weights that are made of values in periods of the sample.

        Examples
        --------
        >>> import bevdrivers as bd
        >>> model = bd.NonSpatial("log1p(bev_density) ~ log(gdp_pc) + log1p(inventions)")
        >>> fit = model.fit(bd.load_panel())
        >>> [caution.name for caution in fit.cautions]
        ['unequal variances', 'serial correlation']
        >>> fit.with_cov("clustered").cautions
        ()
        """
        return cautions_of(self)

    def summary(self) -> Text:
        """The fit as text for the screen."""
        return Text(summarise(self))

    def __repr__(self) -> str:
        d = self.described
        how = d["estimation"] if self.method.by_moments else f"correction {d['correction']}"
        likelihood = "" if np.isnan(self.loglik) else f", log-likelihood {self.loglik:.4f}"
        cells = f", {self.nobs} observations" if self.sample.irregular else ""
        return (
            f"FitResult {d['model']}: {d['outcome']}, N = {d['n_units']}, T = {d['n_periods']}{cells}, "
            f"{self.sample.within.label} effects, {how}{likelihood}"
        )
