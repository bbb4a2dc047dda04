"""The request: options in the constructor, data only in `fit`, a new `FitResult` out."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import InputError, OptionError, WeightsError
from ..options import (
    Cluster,
    Correction,
    CovType,
    Demean,
    Dynamic,
    FixedEffects,
    GmmWeights,
    Kernel,
    Method,
    RandomEffects,
    TwoStage,
    check_option,
)
from ..panel import Design
from ..weights import SpatialWeights
from .absorb import check_absorb, keeps_groups, make_within
from .covariance import CovarianceRequest, covariance
from .dynamic import check_size
from .estimate import Estimate
from .estimation import estimate
from .gmm import check_moments
from .gmm_covariance import gmm_covariance
from .history import History, design_with_history
from .instruments import read_excluded
from .random import check_random
from .random_covariance import random_covariance
from .result import FitResult
from .sample import Excluded, Sample, check_weights, make_sample

if TYPE_CHECKING:
    from ..panel import Panel


@dataclass(frozen=True)
class Estimator:
    """A request for a spatial panel regression; see `estimators` for the models.

    Parameters
    ----------
    formula : str
        For instance ``"log1p(density) ~ log(gdp_pc) + tertiary_share"``. An intercept is implied where no fixed effects
        absorb it. Functions: ``log log1p asinh exp sqrt``, ``lag(x, k)`` within a unit, ``W(x)``, ``C()``.
    durbin : list of str, optional
        Regressors that get a W term, in models with lags of X. All by default, but the intercept and period dummies.
    fixed_effects : {"auto", "two-way", "unit", "time", None}
        "auto" is two-way, or none beside random ones.
    absorb : list of str, optional
        Further fixed effects, in three forms with columns of the panel (its unit and time among them): "a" is an effect
        for each value of a, "a:b" for each pair of values, "a[x]" for each value of a with a slope of x of its own.
        ``"province[year]"``: a linear trend for each unit; ``"region:year"``: an effect for each region and year;
        ``"year[x]"``: effects of a constant x that change by year. Not with random effects or in dynamic models.
    random_effects : {"baltagi", "kkp"}, optional
        Random unit effects mu, uncorrelated with the regressors, by maximum likelihood; least-squares models become
        maximum-likelihood ones. "baltagi": outside the spatial filter of the error, mu + (I - lam W)^-1 e; "kkp"
        (Kapoor, Kelejian and Prucha 2007): inside, (I - lam W)^-1 (mu + e). The same without a lag of the error.
    mundlak : bool
        With random effects: adds the unit means of the regressors as ``mean_<term>``, so that mu may depend on them;
        see `mundlak_test`.
    serial_errors : bool
        Errors that follow a first-order autoregression within each unit, e_t = psi e_{t-1} + innovation, from a
        stationary start (Baltagi, Song, Jung and Koh 2007, doi:10.1016/j.jeconom.2006.09.001), by maximum likelihood;
        beside random effects, or with ``fixed_effects=None``.
    correction : {"auto", "lee-yu", "adjusted-score", "elhorst", None}
        What is done about the bias of maximum likelihood with fixed effects. "auto" is the transformation of Lee and Yu
        (2010) with fixed effects and nothing without them; "adjusted-score" centres the score of rho where W and the
        effects admit no such transformation (Yang 2018), for lag and Durbin models: "auto" takes it with groups by
        period in ``absorb`` that W links; "elhorst" the plug-in correction of Elhorst (2014), for lag
        and Durbin models with unit or two-way effects; None is direct maximum likelihood, which in a short
        cross-section with time effects is badly biased. Does not apply to static least squares. In dynamic models
        "auto" and "lee-yu" are contrasts over the units where there are time effects (Lee and Yu 2010,
        doi:10.1017/S0266466609100099), and the correction of Yu, de Jong and Lee (2008,
        doi:10.1016/j.jeconom.2008.08.002) where there are unit effects.
    dynamic : {None, "time", "space", "both"}
        The outcome of the period before as a regressor, tau y_{t-1} ("time"); in models with a lag of y also its
        spatial lag, eta W y_{t-1} ("space"), or both. Estimation is conditional on the first period, which it uses up.
    method : {"ml", "gmm"}
        "gmm": two-stage least squares for models with a lag of y, generalised moments for lam, instruments for
        endogenous regressors. Consistent under heteroskedasticity, where maximum likelihood of rho and lam is not, and
        without bias from fixed effects; less precise when the errors are iid. There is no likelihood, so no AIC or LR.
        Not for dynamic models or autocorrelated errors.
    gmm : {"initial", "weights", "fullweights", "robust", None}
        Moments of a model with a lag of the error: "robust" (the default) to heteroskedasticity (Kelejian and Prucha
        2010), "initial" those of Kelejian and Prucha (1999) for iid errors, "fullweights" the same with efficient
        weights. With random effects those of Kapoor, Kelejian and Prucha (2007): "fullweights" (the default),
        "weights" by the variances of the two parts alone, "initial".
    two_stage : {"gls", "error-components", "between", None}
        Form of two-stage least squares with random effects: "gls" (the default) with quasi-demeaned instruments,
        "error-components" with their deviations from unit means and their unit means apart (Baltagi and Liu 2011,
        Economics Letters 111, 135-137), "between" of unit means alone.
    endogenous : list of str, optional
        Regressors of the formula that are endogenous, with ``method="gmm"``. Their W terms are endogenous too.
    instruments : list of str, optional
        Columns or expressions that are instruments of them and not regressors; ``"W(z)"`` for a spatial lag.
    demean : {"after-lag", "before-lag"}
        "before-lag" lags the demeaned outcome, W(Qy), as R's splm and Elhorst's routines do, in order to match printed
        tables; it is not the likelihood of the model with dummies, and does not go with the Lee-Yu transformation.
    cov_type : {"classical", "hessian", "qml", "robust", "clustered", "driscoll-kraay", "spatial-hac"}
        "classical": the inverse of the expected information; for least squares s2 (Z'Z)^-1. "hessian": of the observed
        information. "qml": sandwich for iid errors that are not normal. "robust": for heteroskedastic ones.
        "clustered": dependent within units, periods or both. "driscoll-kraay": dependent over units and, with a
        kernel, over time; not in dynamic models. "spatial-hac": dependent within a distance (Conley). Random effects
        and autocorrelated errors take the first two and clusters of units (not "baltagi" beside a lag of the error).
        Under heteroskedasticity the maximum-likelihood estimate of rho itself is inconsistent (Lin and Lee 2010,
        doi:10.1016/j.jeconom.2009.10.035), which no standard error mends.
    cluster : {"unit", "time", "both"}, optional
        Of "clustered"; "unit" by default.
    kernel : {"bartlett", "parzen", "quadratic-spectral", "uniform"}, optional
        Of "driscoll-kraay" (the first three) and "spatial-hac" ("bartlett", "uniform"); "bartlett" by default.
    bandwidth : float, optional
        Of "driscoll-kraay", in periods; 4 (T / 100)^(2/9), rounded down, by default.
    cutoff_km : float, optional
        Of "spatial-hac", between centroids, in km.
    """

    formula: str
    durbin: Any = None
    fixed_effects: FixedEffects = "auto"
    absorb: Any = None
    random_effects: RandomEffects = None
    mundlak: bool = False
    serial_errors: bool = False
    correction: Correction = "auto"
    dynamic: Dynamic = None
    demean: Demean = "after-lag"
    cov_type: CovType = "classical"
    cluster: Cluster = None
    kernel: Kernel = None
    bandwidth: float | None = None
    cutoff_km: float | None = None
    method: Method = "ml"
    gmm: GmmWeights = None
    two_stage: TwoStage = None
    endogenous: Any = None
    instruments: Any = None

    # the three switches that make the model
    lag_y: ClassVar[bool] = False
    lag_x: ClassVar[bool] = False
    lag_u: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for name, allowed in _OPTIONS.items():
            check_option(name, getattr(self, name), allowed)
        self._covariance_request.check(is_ml=self.is_ml)
        self._check_random()
        if self.dynamic is not None:
            self._check_dynamic()
        if self.durbin is not None:
            self._freeze_durbin()
        if self.absorb is not None:
            object.__setattr__(self, "absorb", check_absorb(self))
        self._check_gmm()
        if self.correction == "lee-yu" and not (self.is_ml or self.corrected):
            self._refuse(
                "correction", "a model with a lag of y or of the error", f"least squares ({type(self).__name__})"
            )
        if self.correction == "lee-yu" and self.effects is None and self.absorb is None:
            self._refuse("correction", "fixed effects that it transforms away", "fixed_effects=None")
        if self.correction == "adjusted-score" and not (self._adjusted_applies and self.lee_yu):
            self._refuse("correction", "a lag or Durbin model, not dynamic, with fixed effects", f"{self!r}")
        if self.correction == "elhorst" and not self._elhorst_applies:
            self._refuse("correction", "a lag or Durbin model with unit or two-way effects", f"{self!r}")
        if self.demean == "before-lag" and self.lee_yu:
            self._refuse("demean", "correction=None or 'elhorst' with 'before-lag'", f"correction={self.correction!r}")

    def _check_dynamic(self) -> None:
        if not self.lag_y and self.dynamic != "time":
            self._refuse(
                "dynamic", "'time' in a model without a lag of y", f"{self.dynamic!r} in {type(self).__name__}"
            )
        if self.correction == "elhorst":
            self._refuse("correction", "'auto', 'lee-yu' or None in a dynamic model", repr(self.correction))
        if self.cov_type == "driscoll-kraay":
            raise OptionError(
                "cov_type",
                expected="another covariance in a dynamic model",
                got=repr(self.cov_type),
                remedy="Errors that depend over time make y of the period before endogenous: no covariance mends it.",
            )
        if self.random_effects is not None:
            self._refuse(
                "dynamic", "None beside random effects, which y of the period before contains", repr(self.dynamic)
            )
        if self.serial_errors:
            self._refuse("dynamic", "None beside autocorrelated errors, which y of the period before contains", "both")

    def _check_random(self) -> None:
        for name in ("mundlak", "serial_errors"):
            if not isinstance(getattr(self, name), bool):
                self._refuse(name, "True or False", repr(getattr(self, name)))
        if self.serial_errors:
            self._check_serial()
        if self.random_effects is None:
            if self.mundlak:
                self._refuse("mundlak", "random_effects='baltagi' or 'kkp' beside it", "random_effects=None")
            return
        if self.fixed_effects not in ("auto", None):
            raise OptionError(
                "random_effects",
                expected="no fixed effects beside random ones",
                got=f"fixed_effects={self.fixed_effects!r}",
                remedy="Leave fixed_effects out; C(period) in the formula gives period dummies.",
            )
        if self.demean == "before-lag":
            self._refuse("demean", "'after-lag' with random effects, which nothing is demeaned for", repr(self.demean))
        if self.correction not in ("auto", None):
            self._refuse("correction", "no correction: there are no fixed effects", repr(self.correction))
        self._check_random_covariance()

    def _check_random_covariance(self) -> None:
        """Units must be independent parts of the score; periods never are, for mu links them."""
        if self.cov_type in ("classical", "hessian"):
            return
        if self.cov_type != "clustered" or self.cluster not in (None, "unit"):
            raise OptionError(
                "cov_type",
                expected="'classical', 'hessian' or 'clustered' by unit with random effects or autocorrelated errors",
                got=repr(self.cov_type) + (f" by {self.cluster}" if self.cluster else ""),
                remedy="'clustered' holds for errors that are not normal, of different variances, or dependent over "
                "time in other ways than the model has it.",
            )
        if self.lag_u and self.random_effects == "baltagi":
            raise OptionError(
                "cov_type",
                expected="'classical' or 'hessian' where unit effects stand outside the filter of the error",
                got="'clustered' with random_effects='baltagi'",
                remedy="Use random_effects='kkp': with 'baltagi' the data do not tell the independent parts apart.",
            )

    def _check_serial(self) -> None:
        if self.effects is not None:
            raise OptionError(
                "serial_errors",
                expected="random effects or none",
                got=f"fixed_effects={self.effects!r}",
                remedy="Use random_effects='baltagi' or 'kkp' (perhaps with mundlak=True), or fixed_effects=None. With "
                "fixed effects, cov_type='clustered' allows for serial correlation.",
            )
        if self.demean == "before-lag":
            self._refuse("demean", "'after-lag' with autocorrelated errors", repr(self.demean))
        self._check_random_covariance()

    def _freeze_durbin(self) -> None:
        if not self.lag_x:
            self._refuse("durbin", "a model with lags of X", type(self).__name__)
        if isinstance(self.durbin, str):
            raise OptionError("durbin", expected="a list of regressors", got=repr(self.durbin))
        object.__setattr__(self, "durbin", tuple(self.durbin))

    def _check_gmm(self) -> None:
        for name in ("endogenous", "instruments"):
            given = getattr(self, name)
            if isinstance(given, str) or (given is not None and not len(given)):
                raise OptionError(name, expected="a list of names", got=repr(given))
            if given is not None:
                object.__setattr__(self, name, tuple(given))
        if self.method == "ml":
            for name in ("gmm", "two_stage", "endogenous", "instruments"):
                if getattr(self, name) is not None:
                    self._refuse("method", f"'gmm' with {name}=", "'ml'")
            return
        if self.random_effects is not None:
            self._check_random_gmm()
        for name in ("dynamic", "serial_errors"):
            if getattr(self, name):
                self._refuse("method", f"'ml' with {name}={getattr(self, name)!r}", "'gmm'")
        if (self.endogenous is None) != (self.instruments is None):
            self._refuse("instruments", "endogenous= and instruments= together", f"only one in {self!r}")
        if not (self.lag_y or self.lag_u or self.endogenous):
            self._refuse("method", f"'ml' for {type(self).__name__} without endogenous=", "'gmm'")
        if self.correction not in ("auto", None):
            self._refuse(
                "correction", "'auto' or None with method='gmm', which has no such bias", repr(self.correction)
            )
        if self.gmm is not None and not self.lag_u:
            self._refuse("gmm", "None for a model without a lag of the error", repr(self.gmm))
        if self.random_effects is not None:
            return
        if self.two_stage is not None:
            self._refuse("two_stage", "None without random effects", repr(self.two_stage))
        if self.gmm == "weights":
            self._refuse("gmm", "'initial' without random effects: there is one set of moments to weight", "'weights'")
        if self.moments in ("initial", "fullweights") and self.cov_type != "classical":
            self._refuse("cov_type", f"'classical' with gmm={self.gmm!r}, or gmm='robust'", repr(self.cov_type))
        if self.lag_u and self.demean == "before-lag" and self.effects in ("time", "two-way"):
            self._refuse("demean", "'after-lag' for generalised moments with time effects", "'before-lag'")

    def _check_random_gmm(self) -> None:
        if self.gmm == "robust":
            raise OptionError(
                "gmm",
                expected="'initial', 'weights' or 'fullweights' with random effects",
                got="'robust'",
                remedy="Moments that hold under heteroskedasticity are there with fixed_effects='unit'.",
            )
        if self.lag_u and self.random_effects == "baltagi":
            self._refuse("random_effects", "'kkp' for generalised moments with a lag of the error", "'baltagi'")
        if self.lag_u and self.two_stage == "between":
            self._refuse("two_stage", "'gls' or 'error-components' with a lag of the error", "'between'")

    @property
    def moments(self) -> str | None:
        """The moments of lam, with the default settled; None where there are none."""
        default = "robust" if self.random_effects is None else "fullweights"
        return (self.gmm or default) if self.method == "gmm" and self.lag_u else None

    @staticmethod
    def _refuse(option: str, expected: str, got: str) -> None:
        raise OptionError(option, expected=expected, got=got)

    @property
    def is_ml(self) -> bool:
        """Whether estimation is by maximum likelihood: with a lag of y or of the error, random effects or
        autocorrelated errors, but not by ``method="gmm"``."""
        special = self.random_effects is not None or self.serial_errors
        return (self.lag_y or self.lag_u or special) and self.method == "ml"

    @property
    def _covariance_request(self) -> CovarianceRequest:
        return CovarianceRequest(self.cov_type, self.cluster, self.kernel, self.bandwidth, self.cutoff_km)

    @property
    def effects(self) -> str | None:
        """The fixed effects, with "auto" settled."""
        if self.fixed_effects == "auto":
            return "two-way" if self.random_effects is None else None
        return self.fixed_effects

    @property
    def _elhorst_applies(self) -> bool:
        return self.lag_y and not self.lag_u and self.effects in ("unit", "two-way")

    @property
    def lee_yu(self) -> bool:
        """Whether the Lee-Yu transformation, or the adjusted score in its place, is used, with "auto" settled."""
        some = self.effects is not None or self.absorb is not None
        return self.is_ml and some and self.correction in ("auto", "lee-yu", "adjusted-score")

    @property
    def _adjusted_applies(self) -> bool:
        return self.lag_y and not self.lag_u and self.dynamic is None and self.is_ml

    @property
    def corrected(self) -> bool:
        """Whether something is done about the bias of fixed effects; of least squares only dynamic models have one."""
        wanted = self.correction in ("auto", "lee-yu")
        of_least_squares = self.dynamic is not None and self.effects in ("unit", "two-way") and wanted
        return self.lee_yu or (of_least_squares and not self.is_ml)

    def replace(self, **options: Any) -> Estimator:
        """The same request with other options."""
        known = {f.name for f in fields(self)}
        unknown = sorted(set(options) - known)
        if unknown:
            raise OptionError("replace", expected=f"options of {sorted(known)}", got=repr(unknown))
        return replace(self, **options)

    def to(self, model: type[Estimator]) -> Estimator:
        """The same request for another model; options that do not apply there fall back to their defaults."""
        options = {f.name: getattr(self, f.name) for f in fields(self)}
        if not model.lag_x:
            options["durbin"] = None
        if not model.lag_y and self.dynamic != "time":
            options["dynamic"] = None
        special = self.random_effects is not None or self.serial_errors
        if not (model.lag_y or model.lag_u or special) and self.cov_type in ("hessian", "qml"):
            options["cov_type"] = "classical"
        if not (model.lag_y or model.lag_u) or (
            self.correction in ("elhorst", "adjusted-score") and (model.lag_u or not model.lag_y)
        ):
            options["correction"] = "auto"
        if not model.lag_u:
            options["gmm"] = None
        elif self.two_stage == "between":
            options["two_stage"] = None
        if not (model.lag_y or model.lag_u or self.endogenous):
            options["method"], options["two_stage"] = "ml", None
        if model.lag_u and self.random_effects == "baltagi":
            # without a lag of the error the two kinds are one; these need the other where there is one
            if options["method"] == "gmm":
                options["random_effects"] = "kkp"
            elif self.cov_type == "clustered":
                options["cov_type"], options["cluster"] = "classical", None
        return model(**options)

    def fit(
        self,
        panel: Panel,
        weights: SpatialWeights | None = None,
        *,
        x_weights: SpatialWeights | None = None,
        error_weights: SpatialWeights | None = None,
    ) -> FitResult:
        """Estimate the model.

        Parameters
        ----------
        panel : Panel
            Balanced in the columns that the formula uses.
        weights : SpatialWeights
            Matched with the panel by id. Of y, and of X and the error where they have none of their own.
        x_weights, error_weights : SpatialWeights, optional
            Of X and of the error.

        Raises
        ------
        WeightsError, DataError, IdentificationError, EstimationError
            See the messages: each names what is wrong and the remedy.
        """
        sample = self._kept_sample(panel, weights, x_weights, error_weights)
        return self._result(sample, panel, estimate(sample, self))

    def check(
        self,
        panel: Panel,
        weights: SpatialWeights | None = None,
        *,
        x_weights: SpatialWeights | None = None,
        error_weights: SpatialWeights | None = None,
    ) -> Design:
        """What `fit` checks before it estimates, with the same errors: data, weights, identification.

        Returns
        -------
        Design, the arrays that the formula makes of the panel.
        """
        return self._sample(panel, weights, x_weights, error_weights).design

    def _result(self, sample: Sample, panel: Panel, estimate: Estimate) -> FitResult:
        """The result of an estimate under this request's covariance."""
        of = covariance if estimate.gmm is None else gmm_covariance
        of = of if estimate.random is None or estimate.gmm is not None else random_covariance
        return FitResult(self, sample, panel, estimate, of(sample, estimate, self._covariance_request, panel))

    def _kept_sample(self, panel: Panel, *weights: Any) -> Sample:
        """`_sample`, the last of which stay with a small panel: grids over covariances and repeated fits are faster."""
        if panel.present.size > KEPT_CELLS or any(W is not None and not isinstance(W, SpatialWeights) for W in weights):
            return self._sample(panel, *weights)
        options = tuple(getattr(self, name) for name in self.__dataclass_fields__ if name not in _OF_COVARIANCE)
        key = (type(self), options, weights)
        kept = panel._cache.setdefault("samples", {})
        found = kept.get(key)
        if found is None:
            found = self._sample(panel, *weights)
            # one step each, so that threads may share a panel
            for old in list(kept)[: max(0, len(kept) + 1 - KEPT_SAMPLES)]:
                kept.pop(old, None)
            kept[key] = found
        return found

    def _sample(self, panel: Panel, weights: Any, x_weights: Any, error_weights: Any) -> Sample:
        """Check, align, design, transform."""
        given = {"weights": weights, "x_weights": x_weights, "error_weights": error_weights}
        aligned = {name: _aligned(name, W, panel) for name, W in given.items()}
        of_y, common = aligned["weights"], aligned["weights"]
        of_x, of_u = aligned["x_weights"] or common, aligned["error_weights"] or common
        needs = {"weights": (self.lag_y, of_y), "x_weights": (self.lag_x, of_x), "error_weights": (self.lag_u, of_u)}
        for name, (needed, W) in needs.items():
            if needed and W is None:
                raise WeightsError(
                    "weights", expected=f"spatial weights for {type(self).__name__}", got=f"none for {name}"
                )
            if not needed and name != "weights" and given[name] is not None:
                raise InputError(name, expected=f"no such weights for {type(self).__name__}", got="weights")
        asked = " ".join((self.formula, *(self.instruments or ())))
        lag = None if of_x is None or "W(" not in asked else of_x.lag
        history: History | None = None
        excluded: Excluded | None = None
        if self.dynamic is None:
            design, excluded = read_excluded(panel, self.formula, self.endogenous or (), self.instruments or (), lag)
        else:
            check_size(of_y)
            design, history = design_with_history(panel, self.formula, self.dynamic, lag)
        within = make_within(self.effects, self.absorb, panel, design.periods)
        adjusted = self.correction == "adjusted-score"
        if self.correction == "auto" and self._adjusted_applies and of_y is not None:
            adjusted = not keeps_groups(of_y, within)
        transformed = self.lee_yu and not adjusted
        check_weights(of_y if self.lag_y else None, "weights", within, lee_yu=transformed)
        check_weights(of_u if self.lag_u else None, "error_weights", within, lee_yu=self.lee_yu)
        sample = make_sample(
            design,
            (of_y if self.lag_y else None, of_x if self.lag_x else None, of_u if self.lag_u else None),
            durbin=self.durbin,
            within=within,
            lee_yu=self.lee_yu,
            before_lag=self.demean == "before-lag",
            history=history,
            mundlak=self.mundlak,
            excluded=excluded,
            serial=self.serial_errors,
            adjusted=adjusted,
        )
        if self.random_effects is not None or self.serial_errors:
            check_random(sample, self.random_effects)
        if self.moments is not None:
            check_moments(sample)
        return sample


# so many samples are kept with a panel of at most so many cells
KEPT_SAMPLES, KEPT_CELLS = 16, 10_000
_OF_COVARIANCE = ("cov_type", "cluster", "kernel", "bandwidth", "cutoff_km")
_OPTIONS = {
    "fixed_effects": FixedEffects,
    "random_effects": RandomEffects,
    "correction": Correction,
    "dynamic": Dynamic,
    "demean": Demean,
    "method": Method,
    "gmm": GmmWeights,
    "two_stage": TwoStage,
}


def _aligned(name: str, weights: Any, panel: Panel) -> SpatialWeights | None:
    if weights is None:
        return None
    if not isinstance(weights, SpatialWeights):
        raise WeightsError(
            name,
            expected="SpatialWeights",
            got=type(weights).__name__,
            remedy="Make them with bd.SpatialWeights.from_matrix(matrix, ids=...), from_libpysal(graph) or a recipe.",
        )
    return weights.align(panel.units)
