"""What tests and simulations take from inside the models: the only module of this room that they
open.

Public classes come from `bevdrivers.models`; these are the internals beside them.

Requests and fits, checked
    `check_request`, `check_fit`, `settled_on`, `missing_cells`, `regular_only`, `regular_request_only`,
    `aligned`, `in_scope`, `with_covariance`, `effects_in_words`,
    `OF_COVARIANCE`.
Samples, and what is made of them again
    `Sample`, `Within`, `Estimate`, `sample_of`, `estimate_of`, `result_of`, `refit`, `labels`,
    `changes_alone`.
Likelihood
    `Likelihood`, `Point`, `maximise` with its tolerances, `expected_information`,
    `invert_information`, `LagOperator`, `traces`.
Adjusted scores
    `AdjustedScore`, `QuasiScore`.
What kind of fit it is
    `by_least_squares`, `has_random_effects`, `pooled_loglik`, `MlEstimate`,
    `Clustered`; else ask ``fit.method``.
Least squares at given rho and lam
    `spatial_least_squares`, `residual_degrees`.
Tests of parameters
    `lr_test`, `slx_tests`, `durbin_wald_tests`, `common_factor_obstacle`, `chi2_at_bound`,
    `cross_covariance`.
Impacts
    `COMPONENTS`, `combine`, `selector`, `multipliers_at`, `without_lag_of_y`, `impacts_jacobian`,
    `ImpactsAsked`, `impacts_at`, `impact_gradient`.
Intervals
    `Limits`, `smaller_tail`, `score_terms`.
Dynamic models
    `PARAMETERS`, `largest_root`, `root_of`.
"""

from __future__ import annotations

from typing import Any, TypeGuard, TypeVar

import numpy as np

from ..errors import InputError, OptionError
from ..options import Cluster, CovType
from ..panel import MarginalChange, Panel
from ..weights import SpatialWeights
from ..weights.given import aligned_weights
from .covariance import Classical, Clustered
from .design.formulas import changes_alone, design_of
from .design.lagged_outcome import PARAMETERS
from .design.preparation import prepare, settled_on
from .design.sample import RANK_TOLERANCE, Sample
from .design.transforms import AnySpectrum, Within
from .dynamic import largest_root, root_of
from .estimate import Estimate, RandomEffectsEstimate, labels
from .estimator import Estimator
from .hypotheses import (
    chi2_at_bound,
    common_factor_obstacle,
    durbin_wald_tests,
    lr_test,
    slx_tests,
)
from .impacts.impacts import COMPONENTS, combine, selector
from .impacts.limits import Limits
from .impacts.many import ImpactsAsked, impact_gradient, impacts_at
from .impacts.mean_multipliers import multipliers_at, without_lag_of_y
from .intervals import Percentiles, smaller_tail
from .joint import cross_covariance, impacts_jacobian, refit
from .least_squares import LeastSquaresEstimate
from .ml.covariance import MlEstimate
from .ml.identification import (
    AT_END,
    SAME_AS_IMAGE,
    SAME_LIKELIHOOD,
    check_bounded,
    circle_of,
    mirrored,
)
from .ml.information import expected_information, invert_information, score_terms
from .ml.likelihood import Likelihood
from .ml.maximisation import EDGE, MAX_STEPS, SHARE_OF_ROOM, STEP_TOLERANCE, TINY, maximise
from .ml.operators import LagOperator, traces
from .ml.optimum import Point
from .options import OF_COVARIANCE
from .quasi_score.method import AdjustedScore
from .quasi_score.score import QuasiScore
from .random.covariance import RandomMlEstimate
from .regularity import missing_cells, regular_only, regular_request_only
from .result import FitResult

__all__ = [
    "AT_END",
    "SAME_AS_IMAGE",
    "SAME_LIKELIHOOD",
    "check_bounded",
    "circle_of",
    "mirrored",
    "COMPONENTS",
    "EDGE",
    "MAX_STEPS",
    "OF_COVARIANCE",
    "PARAMETERS",
    "RANK_TOLERANCE",
    "SHARE_OF_ROOM",
    "STEP_TOLERANCE",
    "TINY",
    "AdjustedScore",
    "AnySpectrum",
    "Classical",
    "Clustered",
    "Estimate",
    "ImpactsAsked",
    "LagOperator",
    "Likelihood",
    "Limits",
    "MarginalChange",
    "MlEstimate",
    "Percentiles",
    "Point",
    "QuasiScore",
    "Sample",
    "Within",
    "aligned",
    "by_least_squares",
    "changes_alone",
    "check_fit",
    "check_request",
    "chi2_at_bound",
    "combine",
    "common_factor_obstacle",
    "cross_covariance",
    "design_of",
    "durbin_wald_tests",
    "effects_in_words",
    "estimate_of",
    "expected_information",
    "has_random_effects",
    "impact_gradient",
    "impacts_at",
    "impacts_jacobian",
    "in_scope",
    "invert_information",
    "labels",
    "largest_root",
    "lr_test",
    "maximise",
    "missing_cells",
    "multipliers_at",
    "pooled_loglik",
    "refit",
    "regular_only",
    "settled_on",
    "regular_request_only",
    "result_of",
    "root_of",
    "residual_degrees",
    "sample_of",
    "score_terms",
    "selector",
    "slx_tests",
    "smaller_tail",
    "spatial_least_squares",
    "traces",
    "with_covariance",
    "without_lag_of_y",
]

E = TypeVar("E", bound=Estimator)


def check_request(model: Any) -> None:
    """Refuse what is no estimator."""
    if not isinstance(model, Estimator):
        remedy = "Use its request, fit.estimator." if isinstance(model, FitResult) else ""
        got = type(model).__name__
        raise InputError(
            "model",
            expected="a request such as SpatialDurbin('y ~ x')",
            got=got,
            remedy=remedy,
        )


def check_fit(fit: Any) -> None:
    """Refuse what is no fit."""
    if not isinstance(fit, FitResult):
        remedy = "Use model.fit(panel, weights)." if isinstance(fit, Estimator) else ""
        raise InputError(
            "fit",
            expected="what model.fit(...) returns",
            got=type(fit).__name__,
            remedy=remedy,
        )


def aligned(weights: Any, panel: Panel) -> SpatialWeights:
    """The weights in the order of the panel's units."""
    return aligned_weights(weights, panel)


def with_covariance(
    model: E,
    cov_type: CovType = "classical",
    cluster: Cluster = None,
    **more: Any,
) -> E:
    """The request with another covariance, and perhaps other options, whatever its own covariance
    needs.
    """
    unset = ("cluster_type", "kernel", "bandwidth", "cutoff_km")
    options = {**dict.fromkeys(unset), **more}
    return model.replace(cov_type=cov_type, cluster=cluster, **options)


def effects_in_words(within: Within) -> str:
    """ "two-way effects", "no effects", for titles."""
    return f"{'no' if within.name == 'none' else within.name} effects"


def sample_of(
    model: Estimator,
    panel: Panel,
    weights: SpatialWeights | None,
    x_weights: SpatialWeights | None = None,
    error_weights: SpatialWeights | None = None,
) -> Sample:
    """The sample that `Estimator.fit` would estimate from, with its errors."""
    return prepare(model, model.method_on, panel, weights, x_weights, error_weights)


def with_effects_of_whole(model: E, part: Panel) -> E:
    """A request for a part of a panel, with the fixed effects that it has on the whole: of a part of
    one period "auto" alone would ask for none.
    """
    if part.n_periods > 1 or model.fixed_effects != "auto":
        return model
    return model.replace(fixed_effects=model.effects)


def estimate_of(model: Estimator, sample: Sample) -> Estimate:
    """The estimates of a request on a sample."""
    estimate: Estimate = model.method_on(sample.irregular).estimate(sample)
    return estimate


def result_of(
    model: Estimator,
    sample: Sample,
    panel: Panel,
) -> FitResult[Any]:
    """The fit of a request on a sample; `panel` is for covariances that need its map."""
    return FitResult.of(model, sample, panel, estimate_of(model, sample))


def by_least_squares(fit: FitResult[Any]) -> bool:
    """Whether a fit is by least squares: neither by a likelihood with more parameters nor by
    moments.
    """
    return isinstance(fit.estimate, LeastSquaresEstimate)


def has_random_effects(estimate: Estimate) -> TypeGuard[RandomEffectsEstimate]:
    """Whether an estimate has predicted unit effects; also where only the errors are
    autocorrelated.
    """
    return isinstance(estimate, RandomEffectsEstimate)


def spatial_least_squares(
    sample: Sample,
    rho: float,
    lam: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Q R Z and Q R (y - rho Wy) in fewer rows, (m, K) and (m,): their lengths and products are
    those of the regression that has the model's coefficients at given rho and lam.

    Parameters
    ----------
    rho, lam : float
        NaN where the model has none.
    """
    K = sample.n_regressors
    n_columns = sample.columns.shape[2]
    filtered = sample.factor[:, :n_columns]
    if sample.M is not None:
        filtered = filtered - lam * sample.factor[:, n_columns:]
    y = filtered[:, K]
    if sample.W is not None:
        y = y - rho * filtered[:, K + 1]
    return filtered[:, :K], y


def residual_degrees(sample: Sample) -> int:
    """Observations less effects less regressors."""
    T, N = sample.shape
    return T * N - sample.within.absorbed(T, N) - sample.n_regressors


def pooled_loglik(fit: FitResult[Any]) -> float | None:
    """Log-likelihood without unit effects of a fit with random ones by maximum likelihood; None for
    all others.
    """
    estimate = fit.estimate
    if isinstance(estimate, RandomMlEstimate) and estimate.effects is not None:
        return estimate.pooled_loglik
    return None


def in_scope(
    model: E,
    purpose: str,
    *,
    drop_random: bool = False,
) -> E:
    """The request as tests that start from least squares, or compare likelihoods, read it.

    Parameters
    ----------
    model : Estimator
    purpose : str
        What the tests are, for the messages.
    drop_random : bool
        For tests that fit with several kinds of fixed effects: random ones are left out instead of
        refused, and autocorrelated errors with them.

    Raises
    ------
    InputError
        It is no request.
    OptionError
        The model is dynamic (these tests have no y of the period before), is estimated by moments,
        which have no likelihood to compare, has effects beyond units and periods (absorb=), or
        random effects or autocorrelated errors that the test cannot leave out.
    """
    check_request(model)
    if model.dynamic is not None:
        raise OptionError(
            "model",
            expected=f"a model that is not dynamic for {purpose}",
            got=f"dynamic={model.dynamic!r}",
            remedy=(
                "Use model.replace(dynamic=None); for dynamic models see fit.wald_test() and "
                "fit.lr_test()."
            ),
        )
    if model.method == "gmm":
        raise OptionError(
            "model",
            expected=f"method='ml' for {purpose}",
            got="method='gmm'",
            remedy="Use model.replace(method='ml', gmm=None, endogenous=None, instruments=None).",
        )
    if model.absorb is not None:
        raise OptionError(
            "model",
            expected=f"unit and time effects alone for {purpose}",
            got=f"absorb={list(model.absorb)}",
            remedy=(
                "Use model.replace(absorb=None); kinds of effects compare by fit.lr_test() "
                "with correction=None."
            ),
        )
    if model.random_effects is None and not model.serial_errors:
        return model
    if not drop_random:
        serial = ", serial_errors=False" if model.serial_errors else ""
        raise OptionError(
            "model",
            expected=(
                f"fixed effects or none, and errors that are not autocorrelated, for {purpose}"
            ),
            got=f"random_effects={model.random_effects!r}, serial_errors={model.serial_errors}",
            remedy=f"Use model.replace(random_effects=None, mundlak=False{serial}).",
        )
    return model.replace(
        random_effects=None,
        mundlak=False,
        serial_errors=False,
    )
