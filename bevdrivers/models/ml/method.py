"""Maximum likelihood with fixed effects or none, for models with a lag of y or of the error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from ...errors import BoundWarning, warn
from ...numerics.series_log_determinants import MOMENTS, PROBE_SEED, SeriesSpectrum
from ...panel import Panel
from ...weights import SpatialWeights
from ..covariance import Clustered, CovarianceKind
from ..design.absorb import keeps_groups
from ..design.sample import Sample
from ..design.transforms import Within
from ..dynamic import check_dynamic, warn_if_unstable
from ..estimate import labels, spatial_names
from ..method import Method
from ..options import Options, check_demean, refuse, refuse_correction, refuse_moments
from .bias import elhorst, yu_de_jong_lee
from .covariance import COVARIANCES, MlEstimate, degrees_of_freedom
from .identification import check_rank, check_roles
from .information import residuals, score_terms
from .likelihood import Likelihood
from .maximisation import maximise
from .operators import traces
from .optimum import Point, Search
from .second_order import second_order

# The corrections that transform the data to contrasts, or adjust the score in their place.
BY_CONTRASTS = ("auto", "lee-yu", "second-order", "adjusted-score")


@dataclass(frozen=True)
class MaximumLikelihood(Method[MlEstimate]):
    """Gaussian maximum likelihood, concentrated to rho and lam.

    Attributes
    ----------
    correction : {"auto", "lee-yu", "second-order", "adjusted-score", "elhorst", None}
        What is done about the bias of fixed effects.
    has_effects : bool
        Whether there are fixed effects, by ``fixed_effects`` or ``absorb``.
    centres_rho : bool
        Whether rho is the only spatial parameter of a static model, so that its score can be
        centred.
    dynamic : bool
        Whether y of the period before is a regressor.
    """

    correction: str | None
    has_effects: bool
    centres_rho: bool
    dynamic: bool

    covariances = COVARIANCES
    by_likelihood = True
    has_cluster_types = True

    @classmethod
    def applies(cls, options: Options) -> bool:
        return options.lag_y or options.lag_u

    @classmethod
    def of(cls, options: Options, kind: CovarianceKind) -> Self:
        if options.dynamic is not None:
            check_dynamic(options, kind)
        refuse_moments(options)
        method = cls(
            correction=options.correction,
            has_effects=options.effects is not None or options.absorb is not None,
            centres_rho=options.lag_y and not options.lag_u and options.dynamic is None,
            dynamic=options.dynamic is not None,
        )
        method._check_correction(options)
        check_demean(options)
        if options.before_lag and method.lee_yu:
            refuse(
                "demean",
                "correction=None or 'elhorst' with 'before-lag'",
                f"correction={options.correction!r}",
                "Leave correction or demean out.",
            )
        return method

    def _check_correction(self, options: Options) -> None:
        """Refuse a correction that does not apply to the model, or to its effects."""
        plugs_in = self.centres_rho and options.effects in ("unit", "two-way")
        applies = {
            "lee-yu": self.has_effects,
            "second-order": not self.dynamic,
            "adjusted-score": self.has_effects and self.centres_rho,
            "elhorst": plugs_in,
        }
        if not applies.get(self.correction or "", True):
            refuse_correction(options)

    @property
    def lee_yu(self) -> bool:
        return self.has_effects and self.correction in BY_CONTRASTS

    def adjusts(self, W: SpatialWeights | None, within: Within) -> bool:
        if self.correction == "auto" and self.centres_rho and W is not None:
            # where W links groups whose effects are removed by period, no contrasts exist
            return not keeps_groups(W, within)
        return self.correction == "adjusted-score"

    def estimate(self, sample: Sample) -> MlEstimate:
        likelihood = Likelihood.of(sample)
        check_roles(likelihood)
        point, search = maximum = maximise(likelihood)
        if search.at_bound:
            warn_of_bound(spatial_names(sample), maximum.point.p)
        check_rank(sample, likelihood, point)
        if self.correction == "elhorst":
            point = elhorst(sample, point)
        if self.correction == "second-order" and not search.at_bound:
            point = second_order(sample, likelihood, point)
        if sample.dynamic:
            if self.lee_yu and sample.within.unit:
                point = yu_de_jong_lee(sample, point)
            warn_if_unstable(sample, dict(zip(labels(sample), point.values, strict=True)))
        loglik = search.value
        if sample.contrasts.adjusted:
            # the integral of an adjusted score is no likelihood
            loglik = np.nan
        return MlEstimate(
            values=point.values,
            sigma2=point.sigma2,
            loglik=loglik,
            residuals=residuals(sample, point),
            df_resid=None,
            spatial=spatial_names(sample),
            point=point,
            search=search,
        )

    def degrees_of_freedom(
        self,
        sample: Sample,
        estimate: MlEstimate,
        kind: CovarianceKind,
        contrasts: np.ndarray,
    ) -> np.ndarray | int | None:
        if isinstance(kind, Clustered) and kind.type == "CR2":
            return degrees_of_freedom(sample, estimate.point, kind, contrasts)
        return super().degrees_of_freedom(sample, estimate, kind, contrasts)

    def correction_name(self, sample: Sample) -> str:
        if sample.contrasts.adjusted:
            return "adjusted-score"
        if self.correction == "second-order":
            return "second-order"
        # dummies that neither units nor periods are part of leave nothing to transform
        if self.lee_yu and sample.within.name != "none":
            return "lee-yu"
        if self.correction == "elhorst":
            return "elhorst"
        return "none"

    @property
    def in_short(self) -> str:
        return "maximum likelihood"

    def in_words(self, sample: Sample) -> str:
        if self.dynamic and self.corrected:
            return f"{self.in_short}, bias corrected"
        contrasts = ""
        if self.lee_yu:
            contrasts = ", Lee-Yu transformation"
        by_correction = {
            "adjusted-score": "adjusted score",
            "lee-yu": f"{self.in_short}, Lee-Yu transformation",
            "second-order": f"{self.in_short}{contrasts}, second-order bias correction",
            "elhorst": f"{self.in_short}, Elhorst's correction",
        }
        uncorrected = ""
        if sample.within.takes_constant:
            uncorrected = " without bias correction"
        return by_correction.get(self.correction_name(sample), self.in_short + uncorrected)

    def remarks(
        self,
        sample: Sample,
        estimate: MlEstimate,
        covariance: np.ndarray,
        kind: CovarianceKind,
        panel: Panel,
    ) -> list[str]:
        remarks = []
        if sample.contrasts.adjusted:
            remarks.append(
                "Score of rho centred for the effects, for which W has no transformation: there "
                "is no likelihood."
            )
        if self.correction_name(sample) == "none" and sample.within.time:
            remarks.append(
                "Direct maximum likelihood with time effects is biased in short cross-sections "
                "(rho most): "
                "see correction=."
            )
        remarks += of_search(estimate.search, estimate.spatial)
        probing = _of_probing(sample, estimate.point)
        if probing:
            remarks += [probing, *_of_series(sample, estimate, covariance)]
        return remarks


def of_search(search: Search, names: tuple[str, ...]) -> list[str]:
    """What a reader should know of the search: whether it arrived, and optima that are nearly as
    high.
    """
    remarks = []
    if not search.converged:
        remarks.append(
            f"The search stopped where the gradient is not zero, {search.remaining:.2g} standard "
            "errors from where "
            "Newton's method would go on to."
        )
    for p, value in search.near_ties:
        where = ", ".join(f"{name} = {x:.4f}" for name, x in zip(names, p, strict=True))
        remarks.append(f"Another optimum is nearly as high: {where}, log-likelihood {value:.4f}.")
    return remarks


def warn_of_bound(names: tuple[str, ...], p: np.ndarray) -> None:
    """Warn that rho or lam, p (q,), lies at an end of its range."""
    values = zip(names, p, strict=True)
    where = ", ".join(f"{name} = {value:.6g}" for name, value in values)
    warn(
        f"An estimate lies at the edge of its range ({where}): standard errors do not hold there.",
        BoundWarning,
    )


def _of_probing(sample: Sample, point: Point) -> str:
    """How exact the traces in the information matrix are; empty where they are exact."""
    lag_traces = traces(score_terms(sample, point).operators, sample.contrasts)
    if not lag_traces.vectors:
        return ""
    return (
        f"Traces by probing with {lag_traces.vectors} vectors (seed {PROBE_SEED}): their standard "
        "error is "
        f"{lag_traces.relative_error:.2%}, at most half of it in the standard errors of rho and lam."
    )


def _of_series(
    sample: Sample,
    estimate: MlEstimate,
    covariance: np.ndarray,
) -> list[str]:
    """How exact the log-determinants are that come from series, and what that does to rho and
    lam.
    """
    remarks = []
    for name, W in sample.lags.items():
        if not isinstance(W.spectrum, SeriesSpectrum):
            continue
        spectrum = W.spectrum
        if sample.contrasts.over_units:
            spectrum = spectrum.without_unit
        column = estimate.spatial.index(name) - len(estimate.spatial)
        value, slope, left = spectrum.errors(float(estimate.values[column]))
        # the score moves by periods times the error of the slope, the estimate by its variance
        # times that
        std_error = float(np.sqrt(covariance[column, column]))
        shift = sample.contrasts.periods * slope * std_error
        remarks.append(
            f"ln|I - {name} W| from {MOMENTS} probed traces ({spectrum.vectors} vectors, seed "
            f"{PROBE_SEED}): standard "
            f"error {value:.2g}, terms left out below {left:.1g}; {name} moves by {shift:.2g} of "
            "its standard error."
        )
    return remarks
