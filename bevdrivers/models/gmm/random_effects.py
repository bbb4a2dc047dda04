"""Two-stage least squares and generalised moments with random unit effects.

With Q0 the deviations from unit means, Q1 the unit means, and v_t = mu + e_t inside the filter of
the error ("kkp"),

    (I - lam M) (y_t - rho Wy_t - Z_t b) = v_t,    var Q0 v = s2,    var Q1 v = s1 = s2 (1 + T phi)

1. residuals: pooled least squares; with endogenous regressors (Wy among them) two-stage least
   squares of Q0 and of Q1 of the data. Without a lag of the error their sums of squares over
   degrees of freedom are s2 and s1.
2. with one: lam, s2, s1 from e'A_k e, A = (I, M'M, M), of Q0 ("initial": s1 follows) and of Q1,
   weighted by 1/((T - 1) s2^2) and 1/s1^2, within each part equally ("weights") or by the inverse
   of their covariance under normal errors ("fullweights").
3. two-stage least squares of (Q0 + q Q1)(I - lam M) of both sides, q = (s2 / s1)^(1/2), which
   whitens v.

Instruments H of step 3: (Q0 + q Q1) H ("gls"), or Q0 H and Q1 H apart ("error-components").
"between" is step 1 of Q1.

Sources: Kapoor, Kelejian and Prucha (2007), J. Econometrics 140, 97-130,
doi:10.1016/j.jeconom.2006.09.004; Mutl and Pfaffermayr (2011), Econometrics J. 14, 48-76,
doi:10.1111/j.1368-423X.2010.00325.x; Baltagi and Liu (2011), Economics Letters 111, 135-137. The
order of the steps is that of splm, doi:10.18637/jss.v047.i01.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ...errors import BoundWarning, EstimationError, IdentificationError, warn
from ...panel import Panel
from ...results import TestGroup, TestResult
from ..covariance import Classical, CovarianceKind
from ..design.sample import RANK_TOLERANCE, Sample
from ..estimate import Estimate, RandomEffectsEstimate, spatial_names
from ..least_squares import check_covariance
from ..ml.optimum import Point
from ..options import Options, refuse
from ..random.components import VarianceComponents
from ..random.likelihood import predicted_effects, random_residuals
from ..random.method import check_covariance as check_random_covariance, check_no_fixed_effects
from ..sandwich import check_clusters
from .error_moments import ErrorMoments, gram, iid_moments, inverse_variance, lowest
from .instruments import (
    Instruments,
    Transformation,
    first_stage_tests,
    make_instruments,
    overidentification_test,
)
from .method import (
    MomentsMethod,
    check_moments,
    check_residuals,
    coefficients,
    warn_at_bound,
    warn_outside,
)
from .two_stage import check_filtered, filtered_columns, inverse_rows, two_stage


def means(values: np.ndarray) -> np.ndarray:
    """Q1: unit means in place of each period."""
    return np.broadcast_to(values.mean(axis=0), values.shape)


def deviations(values: np.ndarray) -> np.ndarray:
    """Q0."""
    away: np.ndarray = values - values.mean(axis=0)
    return away


def quasi(values: np.ndarray, share: float) -> np.ndarray:
    """Q0 + q Q1."""
    quasi: np.ndarray = values - (1.0 - share) * values.mean(axis=0)
    return quasi


@dataclass(frozen=True, eq=False)
class _Part:
    """Residuals of one of the two parts, Q0 or Q1, by an estimate of its own.

    Attributes
    ----------
    u : array of shape (T, N)
    weights : array of shape (T, N, P)
        With which errors enter that estimate of the coefficients of (Z, Wy).
    periods : int
        T - 1 or 1: independent vectors of N.
    df : int
        Degrees of freedom.
    """

    u: np.ndarray
    weights: np.ndarray
    periods: int
    df: int


@dataclass(frozen=True, eq=False)
class QuadraticForm:
    """The error of lam: lam_hat - lam = sum over the two parts of e'D e + linear'v.

    Attributes
    ----------
    D : tuple of two arrays of shape (N, N)
        Symmetric; of Q0 v and Q1 v.
    linear : array of shape (T, N)
        What the residuals of step 1 add.
    """

    D: tuple[np.ndarray, np.ndarray]
    linear: np.ndarray


@dataclass(frozen=True)
class LastStep:
    """What the last step does to all variables: it whitens v, or takes unit means.

    Attributes
    ----------
    form : {"gls", "error-components", "between"}
    share : float
        q.
    """

    form: str
    share: float

    def columns(self, sample: Sample, lam: float) -> tuple[np.ndarray, np.ndarray]:
        """Regressors (Z, Wy), (T, N, P), and outcome, (T, N)."""
        X, y = filtered_columns(sample, lam)
        return self.whiten(X), self.whiten(y)

    def whiten(self, values: np.ndarray) -> np.ndarray:
        if self.form == "between":
            return means(values)
        return quasi(values, self.share)

    def instruments(self, sample: Sample) -> Instruments:
        apart: tuple[Transformation, ...] = ()
        if self.form == "error-components":
            apart = (deviations, means)
        return make_instruments(sample, self.whiten, apart)

    def nobs(self, sample: Sample) -> int:
        """Independent observations."""
        T, N = sample.shape
        if self.form == "between":
            return N
        return T * N


@dataclass(frozen=True, eq=False)
class RandomMomentsEstimate(RandomEffectsEstimate):
    """Estimates of (b, rho, lam) with random effects.

    Attributes
    ----------
    instruments : Instruments
        Of the last step.
    step : LastStep
    of_lam : QuadraticForm or None
        With a lag of the error.
    """

    instruments: Instruments
    step: LastStep
    of_lam: QuadraticForm | None


@dataclass(frozen=True, eq=False)
class BetweenEstimate(Estimate):
    """Estimates of (b, rho) from unit means, which know no unit effects; attributes as above."""

    instruments: Instruments
    step: LastStep
    of_lam: QuadraticForm | None = None


AnyEstimate = RandomMomentsEstimate | BetweenEstimate

# Covariances of (b, rho, lam), (P, P), for those that the model has. lam and q count in b only at a
# higher order: instruments are exogenous whatever they are.


def of_components(
    sample: Sample,
    estimate: AnyEstimate,
    kind: CovarianceKind,
    panel: Panel,
) -> np.ndarray:
    """mu and e independent of everything, normal where lam is concerned."""
    T, N = sample.shape
    linear, _ = linearised(sample, estimate)
    P = linear.shape[2]
    of_lam = estimate.of_lam
    s2 = estimate.sigma2
    s1 = s2
    if estimate.step.form != "between":
        s1 = s2 / estimate.step.share**2

    covariance = np.zeros((P, P))
    parts = ((deviations, s2, T - 1), (means, s1, 1))
    for k, (part, variance, periods) in enumerate(parts):
        rows = part(linear).reshape(T * N, P)
        covariance += variance * rows.T @ rows
        if of_lam is not None:
            # the variance of a normal quadratic form, 2 tr D D
            trace = np.sum(of_lam.D[k] ** 2)
            covariance[-1, -1] += 2.0 * variance**2 * periods * trace
    return covariance


def of_clustered_units(
    sample: Sample,
    estimate: AnyEstimate,
    kind: CovarianceKind,
    panel: Panel,
) -> np.ndarray:
    """Units independent, anything within them; quadratic forms over units in martingale-difference
    form.
    """
    linear, v = linearised(sample, estimate)
    check_clusters("unit", sample.shape)
    _, N = sample.shape
    return _clustered(linear, v, estimate.of_lam) * N / (N - 1)


COVARIANCES = {"classical": of_components, "clustered": of_clustered_units}


@dataclass(frozen=True)
class RandomEffectsMoments(MomentsMethod[AnyEstimate]):
    """Two-stage least squares with random unit effects, and moments of lam where the model has a
    lag of the error.

    Attributes
    ----------
    effects : {"baltagi", "kkp"}
        Where the random unit effects stand.
    form : {"gls", "error-components", "between"}
        Of two-stage least squares.
    moments : {"initial", "weights", "fullweights"} or None
        None without a lag of the error.
    """

    effects: str
    form: str
    moments: str | None

    covariances = COVARIANCES

    @classmethod
    def applies(cls, options: Options) -> bool:
        return options.method == "gmm" and options.random_effects is not None

    @classmethod
    def of(cls, options: Options, kind: CovarianceKind) -> Self:
        if kind.name in ("hessian", "qml"):
            check_covariance(kind, cls.covariances)
        check_no_fixed_effects(options)
        check_random_covariance(options, kind)
        if options.gmm == "robust":
            refuse(
                "gmm",
                "'initial', 'weights' or 'fullweights' with random effects",
                "'robust'",
                "Moments that hold under heteroskedasticity are there with fixed_effects='unit'.",
            )
        if options.lag_u and options.random_effects == "baltagi":
            refuse(
                "random_effects",
                "'kkp' for generalised moments with a lag of the error",
                "'baltagi'",
                "Use random_effects='kkp'.",
            )
        if options.lag_u and options.two_stage == "between":
            refuse(
                "two_stage",
                "'gls' or 'error-components' with a lag of the error",
                "'between'",
                "Use two_stage='gls'.",
            )
        check_moments(options, kind)
        moments = None
        if options.lag_u:
            moments = options.gmm or "fullweights"
        return cls(
            effects=options.random_effects or "",
            form=options.two_stage or "gls",
            moments=moments,
        )

    @property
    def two_stage_form(self) -> str:
        return self.form

    def estimate(self, sample: Sample) -> AnyEstimate:
        # 1. residuals of Q0 and Q1
        parts = _first_step(sample)

        # 2. lam and the two variances
        if self.moments is None:
            lam, of_lam = 0.0, None
            s2, s1 = [float(np.sum(part.u**2)) / part.df for part in parts]
        else:
            lam, (s2, s1), of_lam = _moments_step(sample, parts, self.moments)
            warn_at_bound(sample, lam)
        if s1 <= s2 and self.form != "between":
            warn(
                "The variance of unit means is no larger than that of the deviations calls for: "
                "phi = 0, the pooled fit.",
                BoundWarning,
            )

        # 3. the whitened regression
        q = float(np.sqrt(s2 / s1))
        step = LastStep(self.form, min(1.0, q))
        estimate = self._last_step(sample, step, lam, s2, of_lam)
        warn_outside(sample, estimate)
        return estimate

    def _last_step(
        self,
        sample: Sample,
        step: LastStep,
        lam: float,
        s2: float,
        of_lam: QuadraticForm | None,
    ) -> AnyEstimate:
        instruments = step.instruments(sample)
        X, y = step.columns(sample, lam)
        b = two_stage(X, y, instruments)
        e = y - X @ b
        df = step.nobs(sample) - X.shape[2]
        values = b
        if sample.M is not None:
            values = np.append(b, lam)
        common: dict[str, Any] = {
            "values": values,
            "sigma2": float(np.sum(e**2)) / df,
            "loglik": np.nan,
            "df_resid": None,
            "spatial": spatial_names(sample),
            "instruments": instruments,
            "step": step,
        }
        if step.form == "between":
            return BetweenEstimate(residuals=e, **common)
        # q = (1 + T phi)^(-1/2)
        T, _ = sample.shape
        phi = (step.share**-2 - 1.0) / T
        K = sample.n_regressors
        point = Point(b=b[:K], p=np.append(values[K:], phi), sigma2=s2)
        unit_effects = predicted_effects(sample, self.effects, point)
        return RandomMomentsEstimate(
            residuals=random_residuals(sample, point, unit_effects),
            effects=self.effects,
            phi=phi,
            unit_effects=unit_effects,
            of_lam=of_lam,
            **common,
        )

    def first_stage(self, sample: Sample, estimate: AnyEstimate) -> TestGroup:
        step = estimate.step
        columns, _ = step.columns(sample, 0.0)
        return first_stage_tests(estimate.instruments, columns, step.nobs(sample))

    def overidentification(
        self,
        sample: Sample,
        estimate: AnyEstimate,
        kind: CovarianceKind,
        panel: Panel,
    ) -> TestResult:
        """Sargan's test with classical covariance, Hansen's with clusters, on the whitened data."""
        step, instruments = estimate.step, estimate.instruments
        lam, b = coefficients(sample, estimate)
        X, y = step.columns(sample, lam)
        e = y - X @ b
        classical = isinstance(kind, Classical)
        if classical:
            L = len(instruments.names)
            variance = np.eye(L) * float(np.sum(e**2)) / step.nobs(sample)
        else:
            by_unit = np.einsum("til,ti->il", instruments.basis, e)
            variance = by_unit.T @ by_unit
        return overidentification_test(instruments, X, y, variance, classical=classical)

    def variance_components(
        self,
        sample: Sample,
        estimate: AnyEstimate,
        kind: CovarianceKind,
    ) -> VarianceComponents | None:
        if isinstance(estimate, BetweenEstimate):
            return None
        # the moments take the variances as given
        unknown = np.full((2, 2), np.nan)
        return VarianceComponents.of(estimate.phi, estimate.sigma2, unknown)


def _first_step(sample: Sample) -> tuple[_Part, _Part]:
    """Residuals of Q0 and of Q1."""
    T, N = sample.shape
    X, y = filtered_columns(sample, 0.0)
    pooled = make_instruments(sample)
    parts = []
    for part, periods in ((deviations, T - 1), (means, 1)):
        if pooled.endogenous:
            of_part = make_instruments(sample, part)
            b, weights, rank = _two_stage_any_rank(X, y, of_part.basis, part)
        else:
            b, weights, rank = _two_stage_any_rank(X, y, pooled.basis)
        if N * periods <= rank:
            raise IdentificationError(
                "formula",
                expected="fewer regressors than units for the variance of unit means",
                got=f"{rank} for {N} units",
                remedy="Use fixed effects, or fewer regressors.",
            )
        u = part(y - X @ b)
        check_residuals(sample, u)
        parts.append(_Part(u, weights, periods, df=N * periods - rank))
    return parts[0], parts[1]


def _two_stage_any_rank(
    X: np.ndarray,
    y: np.ndarray,
    basis: np.ndarray,
    part: Transformation | None = None,
) -> tuple[np.ndarray, np.ndarray, int]:
    """Two-stage least squares of a part that may take columns of X (T, N, P) away: b, its weights,
    and the rank.
    """
    n, P = y.size, X.shape[2]
    before = np.linalg.norm(X.reshape(n, P), axis=0)
    if part is not None:
        X = part(X)
        y = part(y)
    flat = X.reshape(n, P)
    H = basis.reshape(n, -1)

    # columns of length one; of those that the part takes away nothing is left
    after = np.linalg.norm(flat, axis=0)
    size = np.where(after > RANK_TOLERANCE * before, after, np.inf)
    inverse = np.linalg.pinv(H.T @ (flat / size), rcond=RANK_TOLERANCE)
    weights = H @ inverse.T / size
    b = weights.T @ y.ravel()
    rank = int(np.linalg.matrix_rank(inverse))
    return b, weights.reshape(X.shape), rank


def _moments_step(
    sample: Sample,
    parts: tuple[_Part, _Part],
    weighting: str,
) -> tuple[float, tuple[float, float], QuadraticForm]:
    """lam, (s2, s1), and what the covariance of lam needs."""
    assert sample.M is not None
    _, N = sample.shape
    of_deviations, of_means = parts
    # the moments of both parts as polynomials in lam
    moments = iid_moments(sample, full=False)
    c0 = moments.values(of_deviations.u, sample.M.lag(of_deviations.u))
    c1 = moments.values(of_means.u, sample.M.lag(of_means.u))

    # "initial": from Q0 alone; the first moment of Q1 is a sum of squares, whose mean is s1
    lam = lowest(sample, c0.T @ moments.weight @ c0)
    powers = np.array([1.0, lam, lam**2])
    s2 = _variance(moments, c0 @ powers, full=False) / of_deviations.periods
    s1 = float(c1[0] @ powers) / N
    scales = [1.0, 0.0]
    _check_variances(s2, s1)

    # the others: from both parts, each by the inverse of its variance
    if weighting != "initial":
        full = weighting == "fullweights"
        moments = iid_moments(sample, full=full)
        scale_0 = 1.0 / (of_deviations.periods * s2**2)
        scale_1 = 1.0 / s1**2
        scales = [scale_0, scale_1]
        criterion_0 = scale_0 * c0.T @ moments.weight @ c0
        criterion_1 = scale_1 * c1.T @ moments.weight @ c1
        lam = lowest(sample, criterion_0 + criterion_1)
        powers = np.array([1.0, lam, lam**2])
        s2 = _variance(moments, c0 @ powers, full=full) / of_deviations.periods
        s1 = _variance(moments, c1 @ powers, full=full) / of_means.periods
        _check_variances(s2, s1)
    check_filtered(sample, lam)
    of_lam = _of_lam(sample, parts, moments, scales, [c0, c1], lam)
    return lam, (s2, s1), of_lam


def _check_variances(s2: float, s1: float) -> None:
    """Refuse variances that are none: moments do not keep them above zero."""
    if not (s2 > 0.0 and s1 > 0.0):
        raise EstimationError(
            "The moments give variances that are not above zero: "
            f"{s2:.3g} of deviations from unit means, {s1:.3g} of unit means. "
            'The sample is too small for them: use method="ml", or fewer regressors.'
        )


def _variance(
    moments: ErrorMoments,
    g: np.ndarray,
    *,
    full: bool,
) -> float:
    """The variance that minimises the criterion in the moments g (3,) of one vector of errors:
    d'V g / d'V d with their expectations d, times the variance, and the weight V.
    """
    d = np.trace(moments.matrices, axis1=1, axis2=2)
    Vd = d
    if full:
        Vd = inverse_variance(gram(moments.matrices)) @ d
    return float(Vd @ g) / float(Vd @ d)


def _of_lam(
    sample: Sample,
    parts: tuple[_Part, _Part],
    moments: ErrorMoments,
    scales: list[float],
    c: list[np.ndarray],
    lam: float,
) -> QuadraticForm:
    """The estimate of lam as a quadratic form in the errors."""
    assert sample.M is not None
    _, N = sample.shape
    # lam_hat - lam = -(sum J'VJ)^-1 sum J'V g over the two parts, slope J and weight V
    by_lam = np.array([0.0, 1.0, 2.0 * lam])
    VJ = []
    curvature = 0.0
    for scale, polynomials in zip(scales, c, strict=True):
        J = polynomials @ by_lam
        VJ.append(scale * moments.weight @ J)
        curvature += float(VJ[-1] @ J)
    # g_k = e'A_k e
    D = [-np.tensordot(weights, moments.matrices, axes=1) / curvature for weights in VJ]

    # e'D e moves with the error of the b of step 1
    X, _ = filtered_columns(sample, lam)
    linear = np.zeros(sample.shape)
    for part, matrix in zip(parts, D, strict=True):
        e = part.u - lam * sample.M.lag(part.u)
        by_b = -2.0 * np.einsum("tip,ti->p", X, e @ matrix)
        linear = linear + part.weights @ by_b

    # whose errors are u = (I - lam M)^-1 v
    R = np.eye(N) - lam * sample.M.dense
    return QuadraticForm((D[0], D[1]), np.linalg.solve(R.T, linear.T).T)


def linearised(sample: Sample, estimate: AnyEstimate) -> tuple[np.ndarray, np.ndarray]:
    """Weights (T, N, P) with which v enters the estimates, those of lam by their linear part, and v
    itself (T, N).
    """
    lam, b = coefficients(sample, estimate)
    X, y = filtered_columns(sample, lam)
    v = y - X @ b
    step = estimate.step
    instruments = estimate.instruments
    projected = instruments.project(step.whiten(X))
    of_whitened = inverse_rows(projected, list(instruments.labels))
    # the whitening is symmetric: what it does to v is done to the weights
    linear = step.whiten(of_whitened)
    if estimate.of_lam is not None:
        linear = np.concatenate([linear, estimate.of_lam.linear[:, :, None]], axis=2)
    return linear, v


def _clustered(
    linear: np.ndarray,
    v: np.ndarray,
    of_lam: QuadraticForm | None,
) -> np.ndarray:
    """Variance of sums over independent units of linear'v (P,), and of the quadratic form of
    lam.
    """
    by_unit = np.einsum("tip,ti->ip", linear, v)
    across = 0.0
    if of_lam is not None:
        # the terms of e'De by pairs of units: a unit with itself, and two units
        D0, D1 = of_lam.D
        e0 = deviations(v)
        e1 = means(v)
        pairs = D0 * (e0.T @ e0) + D1 * (e1.T @ e1)
        own = np.diag(pairs)
        by_unit[:, -1] += own - own.mean()
        across = 2.0 * float(np.sum(pairs**2) - own @ own)
    variance: np.ndarray = by_unit.T @ by_unit
    variance[-1, -1] += across
    return variance
