"""Bayesian comparison of models and weights: log marginal likelihoods, and posterior probabilities
from them.

With n transformed observations, t effective periods, regressors U with a flat prior (the intercept,
where there is one) and Z (K columns, less what U explains of them) with Zellner's,

    beta | sigma2, rho ~ N(0, g sigma2 (Z'Z)^-1),   p(alpha, sigma2) = 1 / sigma2,   rho ~ Beta(a,
    a) over its range,

alpha, beta and sigma2 integrate out of the likelihood in closed form. At a value of rho (or of lam)
there is left

    ln m(rho) = t ln|I - rho W| + ln Gamma(v/2) - (v/2) ln pi - ln|U'U| / 2 - (K/2) ln(1 + g) -
    (v/2) ln S, S = y'M_U y / (1 + g) + y'M_Z y g / (1 + g),   v = n - rank U,

where y stands for y - rho Wy in models with a lag of y, M_U and M_Z leave the residuals from U and
from [U, Z], and U, Z and y are filtered by I - lam W in models with a lag of the error. rho is
integrated out numerically, in logs.

Source: LeSage and Parent (2007), Geographical Analysis 39, 241-267, for the marginal likelihood
with g-priors; LeSage (2014), Spatial Statistics 9, 122-145, doi:10.1016/j.spasta.2014.02.002, for
panels; Fernandez, Ley and Steel (2001), J. Econometrics 100, 381-427,
doi:10.1016/S0304-4076(00)00076-2, for g.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import betaln, gammaln, logsumexp

from ..display import Shown
from ..errors import OptionError
from ..numerics.eigenvalue_log_determinants import Spectrum
from ..numerics.quadrature import integrate_log
from ..options import real_number
from ..panel import Panel
from ..results import TIDY_COLUMNS
from ..weights import SpatialWeights
from ..weights.by_period import PeriodWeights
from ..weights.comparison import named_weights
from ..weights.recipe import Recipe
from .design.preparation import prepare, settled_on
from .design.sample import Sample
from .design.transforms import AnySpectrum, Contrasts
from .estimator import Estimator
from .estimators import (
    NonSpatial,
    SpatialDurbin,
    SpatialDurbinError,
    SpatialError,
    SpatialLag,
    SpatialLagX,
)
from .regularity import regular_request_only

COMPARED = (SpatialLagX, SpatialLag, SpatialDurbin, SpatialError, SpatialDurbinError)


@dataclass(frozen=True, eq=False)
class MarginalLikelihood:
    """ln m(rho) of one model with one W.

    Attributes
    ----------
    plain, lagged : arrays of shape (m, K + 1 or 2)
        Compressed columns [U, Z, y, Wy] and W times them (zeros without a lag of the error).
    n_flat : int
        Columns of U.
    n_regressors : int
        Columns of U and Z.
    nobs, periods : int
        n and t.
    g : float
        Infinite for a flat prior p(beta) = 1.
    spatial : {"rho", "lam", ""}
    spectrum : any spectrum or None
        Of W, as the contrasts have it.
    bounds : (float, float)
        The range of rho or lam.
    """

    plain: np.ndarray
    lagged: np.ndarray
    n_flat: int
    n_regressors: int
    nobs: int
    periods: int
    g: float
    spatial: str = ""
    spectrum: AnySpectrum | None = None
    bounds: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def of(cls, sample: Sample, g: float) -> MarginalLikelihood:
        """Of a static sample with one spatial parameter, or none."""
        columns, factor = sample.columns.shape[2], sample.factor
        within = sample.within
        dims = Contrasts.of(within, *sample.shape, lee_yu=within.unit or within.time)
        common: dict[str, Any] = {
            "plain": factor[:, :columns],
            "lagged": factor[:, columns:] if sample.M is not None else np.zeros_like(factor),
            "n_flat": int("Intercept" in sample.names),
            "n_regressors": sample.n_regressors,
            "nobs": dims.nobs,
            "periods": dims.periods,
            "g": g,
        }
        W = sample.W or sample.M
        if W is None:
            return cls(**common)
        spectrum = W.spectrum.without_unit if dims.over_units else W.spectrum
        name = "rho" if sample.W is not None else "lam"
        return cls(
            spatial=name,
            spectrum=spectrum,
            bounds=W.spectrum.bounds,
            **common,
        )

    def at(self, p: np.ndarray) -> np.ndarray:
        """ln m at values (R,) of rho or lam, (R,); at any one value without either."""
        K, c = self.n_regressors, self.n_flat
        factor = self._factor(p)
        degrees, squares = self._squares(factor)
        diagonal = np.log(np.abs(np.diagonal(factor, axis1=1, axis2=2)))
        if np.isinf(self.g):
            shrinkage = -diagonal[:, :K].sum(axis=1)
        else:
            shrinkage = -diagonal[:, :c].sum(axis=1) - (K - c) / 2 * np.log1p(self.g)
        constant = gammaln(degrees / 2) - degrees / 2 * np.log(np.pi)
        kernel: np.ndarray = self._volume(p) + constant + shrinkage - degrees / 2 * np.log(squares)
        return kernel

    def _squares(self, factor: np.ndarray) -> tuple[int, np.ndarray]:
        """v and S (R,) of the posterior of sigma2, given R of the decomposition (R, m, K + 1)."""
        K, c = self.n_regressors, self.n_flat
        left = np.sum(factor[:, K:, K] ** 2, axis=1)
        if np.isinf(self.g):
            return self.nobs - K, left
        whole = np.sum(factor[:, c:, K] ** 2, axis=1)
        return self.nobs - c, (whole + self.g * left) / (1.0 + self.g)

    def _factor(self, p: np.ndarray) -> np.ndarray:
        """R of the QR decomposition of [U, Z, y] at each value, (R, m, K + 1); y less its lag where
        rho is there.
        """
        K = self.n_regressors
        if self.spatial == "lam":
            filtered = self.plain[:, : K + 1] - p[:, None, None] * self.lagged[:, : K + 1]
            factor: Any = np.linalg.qr(filtered, mode="r")
            return np.asarray(factor)
        repeated = np.repeat(self.plain[None, :, : K + 1], len(p), axis=0)
        if self.spatial == "rho":
            repeated[:, :, K] -= p[:, None] * self.plain[:, K + 1]
        return repeated

    def _volume(self, p: np.ndarray) -> Any:
        if self.spectrum is None:
            return 0.0
        if isinstance(self.spectrum, Spectrum):
            return self.periods * self.spectrum.log_determinant(p)
        return self.periods * np.array([self.spectrum.at(float(value))[0] for value in p])

    def integrate(self, a: float) -> Marginal:
        """ln of the integral of m(rho) times the Beta(a, a) density over the range, with the
        posterior of rho.
        """
        if self.spectrum is None:
            return Marginal(float(self.at(np.zeros(1))[0]), "", np.nan, np.nan)
        nodes, masses = integrate_log(lambda p: self.with_prior(p, a), *self.bounds)
        total = float(logsumexp(masses))
        weights = np.exp(masses - total)
        mean = float(weights @ nodes)
        return Marginal(total, self.spatial, mean, float(np.sqrt(weights @ (nodes - mean) ** 2)))

    def with_prior(self, p: np.ndarray, a: float) -> np.ndarray:
        """ln of m times the Beta(a, a) density at values (R,) of rho or lam, (R,)."""
        low, high = self.bounds
        width = high - low
        share = (p - low) / width
        prior = (a - 1.0) * np.log(share * (1.0 - share)) - betaln(a, a) - np.log(width)
        both: np.ndarray = self.at(p) + prior
        return both

    def coefficients(self, p: np.ndarray) -> Coefficients:
        """Posterior of the coefficients of Z at values (R,) of rho or lam: a multivariate t."""
        K, c = self.n_regressors, self.n_flat
        factor = self._factor(p)
        degrees, squares = self._squares(factor)
        # with R of Z less what U explains of it: least squares R^-1 d, and (Z'M_U Z)^-1 = R^-1 R^-T
        inverse = np.linalg.inv(factor[:, c:K, c:K])
        least_squares = np.einsum("rjk,rk->rj", inverse, factor[:, c:K, K])
        shrink = 1.0 if np.isinf(self.g) else self.g / (1.0 + self.g)
        products = np.einsum("rjk,rlk->rjl", inverse, inverse)
        scales = shrink * (squares / degrees)[:, None, None] * products
        return Coefficients(shrink * least_squares, scales, degrees)


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Multivariate t distributions of the coefficients of Z (K of them) at R values of rho or lam.

    Attributes
    ----------
    means : array of shape (R, K)
    scales : array of shape (R, K, K)
        Of the t: the covariance is degrees / (degrees - 2) times as large.
    degrees : int
    """

    means: np.ndarray
    scales: np.ndarray
    degrees: int


@dataclass(frozen=True)
class Marginal:
    """A log marginal likelihood, and the posterior mean and standard deviation of rho or lam (NaN
    without).
    """

    log_value: float
    spatial: str
    mean: float
    std: float


@dataclass(frozen=True, eq=False)
class ModelComparison(Shown):
    """Posterior probabilities of models and weights, all equally likely before.

    Attributes
    ----------
    frame : DataFrame
        One row a model and W: model, weights, log_marginal, probability, parameter ("rho", "lam" or
        ""), and its posterior mean and std.
    outcome : str
    fixed_effects : str
    nobs : int
        Observations of the likelihood: contrasts where there are fixed effects.
    g : float
        Of the prior of the coefficients.
    concentration : float
        a of the prior of rho and lam.
    """

    frame: pd.DataFrame
    outcome: str
    fixed_effects: str
    nobs: int
    g: float
    concentration: float

    @property
    def log_marginals(self) -> pd.DataFrame:
        """Models x weights."""
        return self._wide("log_marginal")

    @property
    def probabilities(self) -> pd.DataFrame:
        """Posterior probabilities, models x weights; they sum to one."""
        return self._wide("probability")

    def _wide(self, column: str) -> pd.DataFrame:
        models, weights = (list(dict.fromkeys(self.frame[name])) for name in ("model", "weights"))
        return self.frame.pivot(
            index="model",
            columns="weights",
            values=column,
        ).loc[models, weights]

    @property
    def model_probabilities(self) -> pd.Series:
        """Posterior probability of each model, whichever W."""
        return self.probabilities.sum(axis=1).rename("probability")

    @property
    def weights_probabilities(self) -> pd.Series:
        """Posterior probability of each W, whichever model."""
        return self.probabilities.sum(axis=0).rename("probability")

    def tidy(self) -> pd.DataFrame:
        """Layout of every tidy frame: log marginal likelihood, probability, and rho or lam of each
        model and W, then the probabilities of models and of weights.
        """
        rows: list[dict[str, Any]] = []
        for one in self.frame.itertuples():
            of = {"term": f"{one.model} ~ {one.weights}"}
            rows += [
                of | {"component": name, "estimate": getattr(one, name)}
                for name in ("log_marginal", "probability")
            ]
            if one.parameter:
                rows.append(
                    of
                    | {
                        "component": one.parameter,
                        "estimate": one.mean,
                        "std_error": one.std,
                    }
                )
        for kind, margin in (
            ("model", self.model_probabilities),
            ("weights", self.weights_probabilities),
        ):
            rows += [
                {
                    "term": name,
                    "component": f"{kind}_probability",
                    "estimate": value,
                }
                for name, value in margin.items()
            ]
        return pd.DataFrame(rows, columns=list(TIDY_COLUMNS))

    def glance(self) -> pd.DataFrame:
        """One row: what was compared, under which prior, and what is most probable."""
        best = self.frame.iloc[int(self.frame["probability"].to_numpy().argmax())]
        models, weights = self.probabilities.shape
        row = {
            "outcome": self.outcome,
            "n_models": models,
            "n_weights": weights,
            "fixed_effects": self.fixed_effects,
            "nobs": self.nobs,
            "g": self.g,
            "concentration": self.concentration,
            "model": best["model"],
            "weights": best["weights"],
            "probability": best["probability"],
        }
        return pd.DataFrame([row])

    def __str__(self) -> str:
        head = (
            f"Posterior probabilities, {self.outcome}, {self.fixed_effects} effects, n = "
            f"{self.nobs}, g = {self.g:g}"
        )
        table = self.probabilities.rename_axis(index=None, columns=None)
        if table.shape[1] > 1:
            table = table.assign(**{"any W": self.model_probabilities})
            table.loc["any model"] = [*self.weights_probabilities, 1.0]
        return f"{head}\n{table.round(4).to_string()}"

    __repr__ = __str__


def compare_models(
    model: Estimator,
    panel: Panel,
    weights: SpatialWeights | Sequence[SpatialWeights] | Mapping[str, SpatialWeights],
    *,
    models: Sequence[type[Estimator]] = COMPARED,
    g: float | None = None,
    concentration: float = 1.0,
) -> ModelComparison:
    """Compare models and weights by posterior probability (LeSage and Parent 2007; LeSage 2014).

    Fixed effects are removed by the contrasts of Lee and Yu, so that all models are of the same
    transformed data, whose likelihood is a proper one. Each W serves all lags of its model. The
    probabilities are those among what is compared: one of them is large even where all models are
    poor.

    Parameters
    ----------
    model : Estimator
        The request whose formula, effects and ``durbin`` all share; its own kind does not matter.
    panel : Panel
    weights : SpatialWeights, or a sequence or a mapping of name to SpatialWeights
    models : sequence of estimator classes
        Of `SpatialLagX`, `SpatialLag`, `SpatialDurbin`, `SpatialError`, `SpatialDurbinError` (the
        default) and `NonSpatial`.
    g : float, optional
        Scale of the prior of the coefficients, beta | sigma2 ~ N(0, g sigma2 (Z'Z)^-1), the same
        for all; max(n, K^2) by default, K the largest number of regressors (Fernandez, Ley and
        Steel 2001). Infinity is a flat prior, as in LeSage (2014), which can compare models with
        equally many regressors only.
    concentration : float
        a of the prior Beta(a, a) of rho and lam, stretched over (1/omega_min, 1/omega_max); 1, the
        default, is uniform.

    Returns
    -------
    ModelComparison

    Raises
    ------
    OptionError
        Another model, random effects, autocorrelated errors, a dynamic model or GMM, or a g or
        concentration that is no prior.
    WeightsError, DataError, IdentificationError
        As `fit`.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> several = [bd.Queen(islands="nearest").fit(panel), bd.KNearest(4).fit(panel)]
    >>> model = bd.SpatialDurbin("log1p(bev_density) ~ log1p(inventions)")
    >>> comparison = bd.compare_models(model, panel, several)
    >>> comparison.glance()[["model", "weights"]]
               model weights
    0  SpatialDurbin   Queen
    """
    check_compared(model, models, g, concentration)
    named = weights_by_name(weights)
    regular_request_only(model, panel, *named.values(), what="compare_models()")
    model = settled_on(model, panel)
    requests = {kind.__name__: model.to(kind) for kind in models}
    pairs = [(name, label) for name in requests for label in named]
    samples = [
        prepare(requests[name], requests[name].method_on, panel, named[label])
        for name, label in pairs
    ]
    likelihoods = [MarginalLikelihood.of(sample, 1.0) for sample in samples]
    nobs = likelihoods[0].nobs
    sizes = [one.n_regressors - one.n_flat for one in likelihoods]
    scale = float(max(nobs, max(sizes) ** 2)) if g is None else float(g)
    if np.isinf(scale) and len(set(sizes)) > 1:
        counts = dict(zip((name for name, _ in pairs), sizes, strict=True))
        raise OptionError(
            "g",
            expected="a finite number for models with different numbers of regressors",
            got=f"a flat prior, with {counts}",
            remedy="Under a flat prior their odds depend on the units of measurement. Leave g "
            "out, or compare "
            "models=[SpatialDurbin, SpatialDurbinError, SpatialLagX].",
        )
    results = [replace(one, g=scale).integrate(concentration) for one in likelihoods]
    frame = pd.DataFrame(pairs, columns=["model", "weights"])
    frame["log_marginal"] = [one.log_value for one in results]
    frame["probability"] = np.exp(frame["log_marginal"] - logsumexp(frame["log_marginal"]))
    frame["parameter"] = [one.spatial for one in results]
    frame["mean"], frame["std"] = [one.mean for one in results], [one.std for one in results]
    return ModelComparison(
        frame, samples[0].design.outcome, model.effects or "none", nobs, scale, float(concentration)
    )


def weights_by_name(weights: Any) -> dict[str, Any]:
    """One or several weights by the names that they are compared under.

    Raises
    ------
    OptionError
        There are none.
    """
    if isinstance(weights, SpatialWeights | PeriodWeights | Recipe):
        weights = [weights]
    named = dict(weights) if isinstance(weights, Mapping) else named_weights(weights)
    if not named:
        raise OptionError(
            "weights",
            expected="one or more SpatialWeights",
            got="none",
            remedy="Pass W, or a list or mapping of several.",
        )
    return named


def check_compared(
    model: Estimator, models: Sequence[type[Estimator]], g: float | None, concentration: float
) -> None:
    """Refuse models without a marginal likelihood here, and numbers that are no prior."""
    wrong = {
        "random_effects": model.random_effects is not None,
        "serial_errors": model.serial_errors,
        "dynamic": model.dynamic is not None,
        "method": model.method != "ml",
        "demean": model.demean != "after-lag",
        "correction": model.correction not in ("auto", "lee-yu"),
        "absorb": model.absorb is not None,
    }
    for option in (name for name, is_wrong in wrong.items() if is_wrong):
        raise OptionError(
            option,
            expected=(
                "a static model with fixed effects or none, method='ml', and the contrasts "
                "of Lee and Yu"
            ),
            got=repr(getattr(model, option)),
            remedy="Leave this option out of the model.",
        )
    able = (*COMPARED, NonSpatial)
    if isinstance(models, type) or not isinstance(models, Iterable):
        raise OptionError(
            "models",
            expected="a sequence of estimator classes",
            got=repr(models),
            remedy="Write for instance [bd.SpatialLag, bd.SpatialDurbin].",
        )
    if not models or len(set(models)) < len(models) or not set(models) <= set(able):
        got = [getattr(kind, "__name__", repr(kind)) for kind in models]
        raise OptionError(
            "models",
            expected=f"some of {[kind.__name__ for kind in able]}, once each",
            got=f"{got}",
            remedy="Name each class once, or leave models out for all.",
        )
    # infinity is a flat prior
    if g is not None and g != np.inf:
        real_number("g", g, above=0.0, expected="a number above 0")
    if not 1.0 <= concentration < np.inf:
        raise OptionError(
            "concentration",
            expected="a number from 1",
            got=repr(concentration),
            remedy="Write 1 for equal counts of all models.",
        )
