"""Least squares for the models without a lag of y or of the error."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from ..panel import Panel
from .bias_reduction import Leverage
from .covariance import Clustered, CovarianceKind, Sandwich, counted_effects
from .design.sample import Sample
from .dynamic import EVALUATIONS, check_dynamic, score_bias, warn_if_unstable
from .estimate import Estimate
from .method import Method
from .options import Options, check_demean, refuse, refuse_correction, refuse_moments
from .sandwich import Scores
from .wild import ClusterScores


@dataclass(frozen=True, eq=False)
class LeastSquaresEstimate(Estimate):
    """Least-squares estimates of b, (K,); inference is by t."""

    df_resid: int


def check_covariance(kind: CovarianceKind, able: Any) -> None:
    """Refuse a covariance that is made of a likelihood where there is none."""
    if kind.name not in able:
        refuse(
            "cov_type",
            "another covariance for least squares and GMM",
            repr(kind.name),
            "Use cov_type='robust', for instance.",
        )


def least_squares(sample: Sample) -> LeastSquaresEstimate:
    """Ordinary least squares on the transformed arrays, with linearmodels' conventions.

    The variance is the sum of squares over the residual degrees of freedom, which count the
    effects; inference is by t. The log-likelihood is the Gaussian one at the sum of squares over n:
    NT, or the number of contrasts where the sample is in them. A model with a lag of y or of the
    error has the same one at rho = lam = 0.
    """
    T, N = sample.shape
    Z, y = _flat(sample)
    K = Z.shape[1]
    Q, R = np.linalg.qr(Z)
    b = np.linalg.solve(R, Q.T @ y) if K else np.zeros(0)
    e = y - Z @ b
    ssr = float(e @ e)
    df = sample.nobs - K - sample.within.absorbed(T, N)
    n = sample.contrasts.nobs
    return LeastSquaresEstimate(
        values=b,
        sigma2=ssr / df,
        loglik=float(-n / 2 * (np.log(2 * np.pi * ssr / n) + 1)),
        residuals=e.reshape(T, N),
        df_resid=df,
        spatial=(),
    )


def corrected_least_squares(sample: Sample, estimate: LeastSquaresEstimate) -> LeastSquaresEstimate:
    """Least squares with y of the period before and unit effects, corrected for the bias of Nickell
    (1981).

    The correction of Yu, de Jong and Lee without lags of y and of the error: b + (Z'Z)^-1 s2 tr C,
    C = sum_h (1 - (h+1)/T) tau^h I, in the place of tau, evaluated at the estimate and then at what
    it corrects to. It is the leading term of Kiviet (1995), doi:10.1016/0304-4076(94)01643-E.
    """
    Z, y = _flat(sample)
    K = Z.shape[1]
    bread = np.linalg.inv(Z.T @ Z)
    b, e, sigma2 = estimate.values, estimate.residuals.ravel(), estimate.sigma2
    for _ in range(EVALUATIONS):
        values = dict(zip(sample.names, b, strict=True))
        score = sigma2 * score_bias(sample, values, sigma2)[:K]
        b = estimate.values - bread @ score
        e = y - Z @ b
        sigma2 = float(e @ e) / estimate.df_resid
    return replace(
        estimate,
        values=b,
        sigma2=sigma2,
        residuals=e.reshape(sample.shape),
    )


def _flat(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Regressors (TN, K) and outcome (TN,) after Q."""
    T, N = sample.shape
    K = sample.n_regressors
    flat = sample.columns.reshape(T * N, -1)
    return flat[:, :K], flat[:, K]


def inverse_of_products(sample: Sample) -> np.ndarray:
    """(Z'Z)^-1 of the regressors after Q, (K, K)."""
    Z, _ = _flat(sample)
    R: Any = np.linalg.qr(Z, mode="r")
    root = np.linalg.inv(R)
    return root @ root.T


def leverage(sample: Sample, by: str) -> Leverage:
    """What least squares takes from the errors of clusters by unit or by time."""
    Z = sample.columns[:, :, : sample.n_regressors]
    return Leverage(Z, inverse_of_products(sample), sample.within, by)


def scores(
    sample: Sample,
    estimate: Estimate,
    kind: CovarianceKind,
) -> Scores:
    """The products of regressors and residuals, as the kind of covariance takes these."""
    e = estimate.residuals
    if isinstance(kind, Clustered) and kind.type is not None and kind.reduces_bias:
        e = leverage(sample, kind.by).adjusted(e, kind.type)
    Z = sample.columns[:, :, : sample.n_regressors]
    return Scores(Z * e[:, :, None], e, ())


def wild_scores(
    sample: Sample,
    estimate: Estimate,
    by: str,
) -> ClusterScores:
    """The score by cluster, for the wild cluster bootstrap."""
    plain = scores(sample, estimate, Clustered(by))
    return ClusterScores.of(plain, inverse_of_products(sample), leverage(sample, by), 1.0)


def degrees_scale(sample: Sample, kind: CovarianceKind) -> float:
    """Observations over the residual degrees of freedom, which count the effects unless they are the
    clusters; of CR2 and CR3 their own factor.
    """
    if isinstance(kind, Clustered) and kind.reduces_bias:
        return kind.scale(sample.shape)
    n = sample.nobs
    return n / (n - sample.n_regressors - counted_effects(sample, kind))


def _classical(
    sample: Sample,
    estimate: LeastSquaresEstimate,
    kind: CovarianceKind,
    panel: Panel,
) -> np.ndarray:
    return estimate.sigma2 * inverse_of_products(sample)


def _sandwich(
    sample: Sample,
    estimate: LeastSquaresEstimate,
    kind: Sandwich,
    panel: Panel,
) -> np.ndarray:
    bread = inverse_of_products(sample)
    middle = kind.variance(scores(sample, estimate, kind), panel) * degrees_scale(sample, kind)
    covariance: np.ndarray = bread @ middle @ bread
    return covariance


COVARIANCES = {
    "classical": _classical,
    "robust": _sandwich,
    "clustered": _sandwich,
    "driscoll-kraay": _sandwich,
    "spatial-hac": _sandwich,
}


@dataclass(frozen=True)
class LeastSquares(Method[LeastSquaresEstimate]):
    """Ordinary least squares on the transformed arrays.

    Attributes
    ----------
    corrects_bias : bool
        Whether the bias of unit effects in a dynamic model is corrected.
    in_contrasts : bool
        Whether the log-likelihood is that of Lee and Yu's contrasts, in which models with a lag of
        y or of the error are estimated under the same ``correction``. The estimates and their
        covariance are the same in both.
    """

    corrects_bias: bool
    in_contrasts: bool

    covariances = COVARIANCES
    has_cluster_types = True

    @classmethod
    def applies(cls, options: Options) -> bool:
        return not (options.lag_y or options.lag_u)

    @classmethod
    def of(cls, options: Options, kind: CovarianceKind) -> Self:
        check_covariance(kind, cls.covariances)
        if options.dynamic is not None:
            check_dynamic(options, kind)
        refuse_moments(options)
        has_bias = options.dynamic is not None and options.effects in ("unit", "two-way")
        corrects = has_bias and options.correction in ("auto", "lee-yu")
        if options.correction == "lee-yu" and not corrects:
            got = f"least squares ({options.model})"
            refuse(
                "correction",
                "a model with a lag of y or of the error",
                got,
                "Leave correction out.",
            )
        if options.correction in ("second-order", "adjusted-score", "robust-score", "elhorst"):
            refuse_correction(options)
        check_demean(options)
        has_effects = options.effects is not None or options.absorb is not None
        return cls(corrects, has_effects and options.correction is not None)

    def estimate(self, sample: Sample) -> LeastSquaresEstimate:
        estimate = least_squares(sample)
        if not sample.dynamic:
            return estimate
        if self.corrects_bias:
            estimate = corrected_least_squares(sample, estimate)
        warn_if_unstable(sample, dict(zip(sample.names, estimate.values, strict=True)))
        return estimate

    def degrees_of_freedom(
        self,
        sample: Sample,
        estimate: LeastSquaresEstimate,
        kind: CovarianceKind,
        contrasts: np.ndarray,
    ) -> np.ndarray | int | None:
        if isinstance(kind, Clustered) and kind.type == "CR2":
            return leverage(sample, kind.by).satterthwaite(contrasts)
        return super().degrees_of_freedom(sample, estimate, kind, contrasts)

    @property
    def lee_yu(self) -> bool:
        return self.in_contrasts

    @property
    def corrected(self) -> bool:
        return self.corrects_bias

    def correction_name(self, sample: Sample) -> str:
        return "yu-de-jong-lee" if self.corrects_bias else "none"

    @property
    def in_short(self) -> str:
        return "least squares"

    def in_words(self, sample: Sample) -> str:
        return self.in_short + (", bias corrected" if self.corrects_bias else "")
