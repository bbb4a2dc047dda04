"""The request: options in the constructor, data only in `fit`, a new `FitResult` out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeVar

from ..panel import Design, Panel
from ..weights.given import GivenWeights
from .conversion import options_for
from .design.preparation import kept_sample, prepare, settled_on
from .request import Request
from .result import FitResult

E = TypeVar("E", bound="Estimator")


@dataclass(frozen=True)
class Estimator(Request):
    """A request for a spatial panel regression; see `estimators` for the models.

    Parameters
    ----------
    formula : str
        For instance ``"log1p(density) ~ log(gdp_pc) + tertiary_share"``. An intercept is implied
        where no fixed effects absorb it. Functions: ``log log1p asinh exp sqrt abs I``, ``lag(x,
        k)`` within a unit, ``W(x)``, ``C()``, ``center scale poly bs``; nothing in it is run as
        Python.
    durbin : list of str, optional
        Regressors that get a W term, in models with lags of X. All by default, but the intercept
        and period dummies.
    fixed_effects : {"auto", "two-way", "unit", "time", None}
        "auto" is two-way, or none beside random ones and on a panel of one period.
    absorb : list of str, optional
        Further fixed effects, in three forms with columns of the panel (its unit and time among
        them): "a" is an effect for each value of a, "a:b" for each pair of values, "a[x]" for each
        value of a with a slope of x of its own. ``"province[year]"``: a linear trend for each unit;
        ``"region:year"``: an effect for each region and year; ``"year[x]"``: effects of a constant
        x that change by year. Not with random effects or in dynamic models.
    random_effects : {"baltagi", "kkp"}, optional
        Random unit effects mu, uncorrelated with the regressors, by maximum likelihood;
        least-squares models become maximum-likelihood ones. "baltagi": outside the spatial filter
        of the error, mu + (I - lam W)^-1 e; "kkp" (Kapoor, Kelejian and Prucha 2007): inside, (I -
        lam W)^-1 (mu + e). The same without a lag of the error.
    mundlak : bool
        With random effects: adds the unit means of the regressors as ``mean_<term>``, so that mu
        may depend on them; see `mundlak_test`.
    serial_errors : bool
        Errors that follow a first-order autoregression within each unit, e_t = psi e_{t-1} +
        innovation, from a stationary start (Baltagi, Song, Jung and Koh 2007,
        doi:10.1016/j.jeconom.2006.09.001), by maximum likelihood; beside random effects, or with
        ``fixed_effects=None``.
    correction : {"auto", "lee-yu", "second-order", "adjusted-score", "robust-score", "elhorst", None}
        What is done about the bias of maximum likelihood with fixed effects. "auto" is the
        transformation of Lee and Yu (2010) with fixed effects and nothing without them;
        "second-order" takes from rho and lam what bias is left after it, which is large where W has
        many links (Yang, Yu and Liu 2016, doi:10.1016/j.regsciurbeco.2016.08.003), in static models
        with or without fixed effects, and from adjusted scores with missing cells or weights by
        period in up to 2,000 observations;
        "adjusted-score" centres the score of rho where W and the effects admit no such
        transformation (Yang 2018), for lag and Durbin models: "auto" takes it with groups by period
        in ``absorb`` that W links; "robust-score" centres the scores of rho and lam for the effects
        and for errors of unequal variances, under which maximum likelihood misses them (Liu and
        Yang 2020, doi:10.1007/s42081-020-00075-y), in static models, with ``cov_type="robust"`` or
        clusters of units; "elhorst" the plug-in correction of Elhorst (2014), for lag and
        Durbin models with unit or two-way effects; None is direct maximum likelihood, which in a
        short cross-section with time effects is badly biased. Static least squares have no such
        bias: of them it changes the log-likelihood alone, which under "auto" is that of the same
        contrasts as in the spatial models, and under None that of all observations. In dynamic
        models "auto" and "lee-yu" are contrasts over the units where there are time effects (Lee
        and Yu 2010, doi:10.1017/S0266466609100099), and the correction of Yu, de Jong and Lee
        (2008, doi:10.1016/j.jeconom.2008.08.002) where there are unit effects.
    dynamic : {None, "time", "space", "both"}
        The outcome of the period before as a regressor, tau y_{t-1} ("time"); in models with a lag
        of y also its spatial lag, eta W y_{t-1} ("space"), or both. Estimation is conditional on
        the first period, which it uses up.
    method : {"ml", "gmm"}
        "gmm": two-stage least squares for models with a lag of y, generalised moments for lam,
        instruments for endogenous regressors. Consistent under heteroskedasticity, where maximum
        likelihood of rho and lam is not, and without bias from fixed effects; less precise when the
        errors are iid. There is no likelihood, so no AIC or LR. Not for dynamic models or
        autocorrelated errors.
    gmm : {"initial", "weights", "fullweights", "robust", None}
        Moments of a model with a lag of the error: "robust" (the default) to heteroskedasticity
        (Kelejian and Prucha 2010), "initial" those of Kelejian and Prucha (1999) for iid errors,
        "fullweights" the same with efficient weights. With random effects those of Kapoor, Kelejian
        and Prucha (2007): "fullweights" (the default), "weights" by the variances of the two parts
        alone, "initial".
    two_stage : {"gls", "error-components", "between", None}
        Form of two-stage least squares with random effects: "gls" (the default) with quasi-demeaned
        instruments, "error-components" with their deviations from unit means and their unit means
        apart (Baltagi and Liu 2011, Economics Letters 111, 135-137), "between" of unit means alone.
    endogenous : list of str, optional
        Regressors of the formula that are endogenous, with ``method="gmm"``. Their W terms are
        endogenous too.
    instruments : list of str, optional
        Columns or expressions that are instruments of them and not regressors; ``"W(z)"`` for a
        spatial lag.
    demean : {"after-lag", "before-lag"}
        "before-lag" lags the demeaned outcome, W(Qy), as R's splm and Elhorst's routines do, in
        order to match printed tables; it is not the likelihood of the model with dummies, and does
        not go with the Lee-Yu transformation. Only where there are fixed effects and a lag of y or
        of the error.
    missing : {"cut", "keep-weights"}
        What becomes of links to units that are not there in a period. "cut": the raw links among
        those that are there are normalised again. "keep-weights": the others keep their weights, so
        that a missing neighbour counts as a zero.
    cov_type : str
        "classical", "hessian", "qml", "robust", "clustered", "driscoll-kraay" or "spatial-hac".
        "classical" (also "unadjusted" or "nonrobust"): the inverse of the expected information; for
        least squares s2 (Z'Z)^-1. "hessian": of the observed information. "qml": sandwich for iid
        errors that are not normal. "robust": for heteroskedastic ones. "clustered": dependent
        within units, periods or both. "driscoll-kraay": dependent over units and, with a kernel,
        over time; not in dynamic models. "spatial-hac": dependent within a distance (Conley).
        Random effects and autocorrelated errors take the first two and clusters of units (not
        "baltagi" beside a lag of the error). Under heteroskedasticity the maximum-likelihood
        estimate of rho itself is inconsistent (Lin and Lee 2010,
        doi:10.1016/j.jeconom.2009.10.035), which no standard error mends.
    cluster : {"unit", "time", "both"}, optional
        Of "clustered"; "unit" by default.
    cluster_type : {"CR1", "CR2", "CR3"}, optional
        Of "clustered", for few clusters, by maximum likelihood or least squares: t with a degree of
        freedom less than there are clusters. "CR1": the same sums. "CR2": residuals are put right
        for what estimating took from them (Bell and McCaffrey 2002), with Satterthwaite's degrees
        of freedom; of one way of clustering. "CR3": more so, the jackknife that
        leaves out a cluster at a time.
    kernel : {"bartlett", "parzen", "quadratic-spectral", "uniform"}, optional
        Of "driscoll-kraay" (the first three) and "spatial-hac" ("bartlett", "uniform"); "bartlett"
        by default.
    bandwidth : float, optional
        Of "driscoll-kraay", in periods; 4 (T / 100)^(2/9), rounded down, by default.
    cutoff_km : float, optional
        Of "spatial-hac", between centroids, in km.
    """

    def to(self, model: type[E]) -> E:
        """The same request for another model; options that do not apply there fall back to their
        defaults.
        """
        return model(**options_for(self, model))

    def fit(
        self,
        panel: Panel,
        weights: GivenWeights | None = None,
        *,
        x_weights: GivenWeights | None = None,
        error_weights: GivenWeights | None = None,
    ) -> FitResult[Self]:
        """Estimate the model.

        Parameters
        ----------
        panel : Panel
            Cells that are missing in the columns of the formula are left out; GMM, random effects,
            autocorrelated errors and dynamic models need all of them.
        weights : SpatialWeights, recipe, Graph or W of libpysal, or mapping of periods to such
            Matched with the panel by id. A recipe is fitted on the panel, a graph is converted and
            normalised by rows. Of y, and of X and the error where they have none of their
            own.
        x_weights, error_weights : as `weights`, optional
            Of X and of the error.

        Raises
        ------
        WeightsError, DataError, IdentificationError, EstimationError
            See the messages: each names what is wrong and the remedy.
        """
        given = (weights, x_weights, error_weights)
        request = settled_on(self, panel)
        sample = kept_sample(request, request.method_on, panel, *given)
        method = request.method_on(sample.irregular)
        return FitResult.of(request, sample, panel, method.estimate(sample))

    def check(
        self,
        panel: Panel,
        weights: GivenWeights | None = None,
        *,
        x_weights: GivenWeights | None = None,
        error_weights: GivenWeights | None = None,
    ) -> Design:
        """What `fit` checks before it estimates, with the same errors: data, weights,
        identification.

        Returns
        -------
        Design, the arrays that the formula makes of the panel.
        """
        request = settled_on(self, panel)
        given = (weights, x_weights, error_weights)
        return prepare(request, request.method_on, panel, *given).design
