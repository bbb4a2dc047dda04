"""Two-stage least squares and generalised moments with random unit effects.

With Q0 the deviations from unit means, Q1 the unit means, and v_t = mu + e_t inside the filter of the error ("kkp"),

    (I - lam M) (y_t - rho Wy_t - Z_t b) = v_t,    var Q0 v = s2,    var Q1 v = s1 = s2 (1 + T phi)

1. residuals: pooled least squares; with endogenous regressors (Wy among them) two-stage least squares of Q0 and of Q1
   of the data. Without a lag of the error their sums of squares over degrees of freedom are s2 and s1.
2. with one: lam, s2, s1 from e'A_k e, A = (I, M'M, M), of Q0 ("initial": s1 follows) and of Q1, weighted by
   1/((T - 1) s2^2) and 1/s1^2, within each part equally ("weights") or by the inverse of their covariance under normal
   errors ("fullweights").
3. two-stage least squares of (Q0 + q Q1)(I - lam M) of both sides, q = (s2 / s1)^(1/2), which whitens v.

Instruments H of step 3: (Q0 + q Q1) H ("gls"), or Q0 H and Q1 H apart ("error-components"). "between" is step 1 of Q1.

Sources: Kapoor, Kelejian and Prucha (2007), J. Econometrics 140, 97-130, doi:10.1016/j.jeconom.2006.09.004; Mutl and
Pfaffermayr (2011), Econometrics J. 14, 48-76, doi:10.1111/j.1368-423X.2010.00325.x; Baltagi and Liu (2011), Economics
Letters 111, 135-137. The order of the steps is that of splm, doi:10.18637/jss.v047.i01.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import BoundWarning, IdentificationError, warn
from ...results import TestResult
from ..covariance import CovarianceRequest
from ..design.sample import RANK_TOLERANCE, Sample
from ..estimate import Estimate
from ..ml.maximisation import MlFit
from ..random.likelihood import RandomPart, predicted_effects, random_residuals
from ..sandwich import check_clusters
from .instruments import Instruments, Transformation, make_instruments, overidentification_test
from .moments import GmmFit, Moments, filtered_columns, gram, iid_moments, lowest, two_stage, warn_at_bound


def means(values: np.ndarray) -> np.ndarray:
    """Q1: unit means in place of each period."""
    return np.broadcast_to(values.mean(axis=0), values.shape)


def deviations(values: np.ndarray) -> np.ndarray:
    """Q0."""
    return values - values.mean(axis=0)


def quasi(values: np.ndarray, share: float) -> np.ndarray:
    """Q0 + q Q1."""
    return values - (1.0 - share) * values.mean(axis=0)


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
class RandomMoments:
    """What the covariance needs of the moments of lam: lam_hat - lam = sum over parts of e'D e + linear'v.

    Attributes
    ----------
    D : tuple of two arrays of shape (N, N)
        Symmetric; of Q0 v and Q1 v.
    linear : array of shape (T, N)
        What the residuals of step 1 add.
    """

    D: tuple[np.ndarray, np.ndarray]
    linear: np.ndarray


@dataclass(frozen=True, eq=False)
class RandomGmm:
    """What random effects add to a GMM fit.

    Attributes
    ----------
    form : {"gls", "error-components", "between"}
    share : float
        q.
    moments : RandomMoments or None
        With a lag of the error.
    """

    form: str
    share: float
    moments: RandomMoments | None = None

    def columns(self, sample: Sample, lam: float) -> tuple[np.ndarray, np.ndarray]:
        """Regressors (Z, Wy), (T, N, P), and outcome, (T, N), of the last step."""
        return tuple(self.whiten(part) for part in filtered_columns(sample, lam))  # type: ignore[return-value]

    def whiten(self, values: np.ndarray) -> np.ndarray:
        return means(values) if self.form == "between" else quasi(values, self.share)

    def nobs(self, sample: Sample) -> int:
        """Independent observations of the last step."""
        T, N = sample.shape
        return N if self.form == "between" else T * N


def random_effects_moments(sample: Sample, kind: str, form: str, weighting: str | None) -> Estimate:
    """Estimates of (b, rho, lam), for those that the model has."""
    T = len(sample.y)
    first = _first_step(sample)
    lam, moments = 0.0, None
    if weighting is None:
        s2, s1 = (float(np.sum(part.u**2)) / part.df for part in first)
    else:
        lam, (s2, s1), moments = _moments_step(sample, first, weighting)
        warn_at_bound(sample, lam)
    if s1 <= s2 and form != "between":
        warn(
            "The variance of unit means is no larger than that of the deviations calls for: phi = 0, the pooled fit.",
            BoundWarning,
        )
    share = min(1.0, float(np.sqrt(s2 / s1)))
    step = RandomGmm(form, share, moments)
    instruments = _instruments(sample, step)
    X, y = step.columns(sample, lam)
    b = two_stage(X, y, instruments)
    df = step.nobs(sample) - X.shape[2]
    values = b if sample.M is None else np.append(b, lam)
    phi = (share**-2 - 1.0) / T
    K = sample.n_regressors
    at = MlFit(np.append(values[K:], phi), b[:K], s2, np.nan, 0, False)
    effects = predicted_effects(sample, kind, at)
    between = form == "between"
    residuals = y - X @ b if between else random_residuals(sample, at, effects)
    return Estimate(
        values=values,
        sigma2=float(np.sum((y - X @ b) ** 2)) / df,
        loglik=np.nan,
        residuals=residuals,
        df_resid=None,
        spatial=("rho",) * (sample.W is not None) + ("lam",) * (sample.M is not None),
        random=None if between else RandomPart(kind, phi, np.nan, effects),
        gmm=GmmFit(instruments, random=step),
    )


def _instruments(sample: Sample, step: RandomGmm) -> Instruments:
    apart = (deviations, means) if step.form == "error-components" else ()
    return make_instruments(sample, step.whiten, apart)


def _first_step(sample: Sample) -> tuple[_Part, _Part]:
    """Residuals of Q0 and of Q1."""
    T, N = sample.shape
    X, y = filtered_columns(sample, 0.0)
    pooled = make_instruments(sample)
    found = []
    for part, periods in ((deviations, T - 1), (means, 1)):
        if pooled.endogenous:
            b, weights, rank = _two_stage_any_rank(X, y, make_instruments(sample, part).basis, part)
        else:
            b, weights, rank = _two_stage_any_rank(X, y, pooled.basis)
        if N * periods <= rank:
            raise IdentificationError(
                "formula",
                expected="fewer regressors than units for the variance of unit means",
                got=f"{rank} for {N} units",
                remedy="Use fixed effects, or fewer regressors.",
            )
        found.append(_Part(part(y - X @ b), weights, periods, N * periods - rank))
    return found[0], found[1]


def _two_stage_any_rank(
    X: np.ndarray, y: np.ndarray, basis: np.ndarray, part: Transformation | None = None
) -> tuple[np.ndarray, np.ndarray, int]:
    """Two-stage least squares of a part that may take columns of X (T, N, P) away: b, its weights, and the rank."""
    n, P = y.size, X.shape[2]
    before = np.linalg.norm(X.reshape(n, P), axis=0)
    if part is not None:
        X, y = part(X), part(y)
    flat, H = X.reshape(n, P), basis.reshape(n, -1)
    size = np.linalg.norm(flat, axis=0)
    size = np.where(size > RANK_TOLERANCE * before, size, np.inf)
    inverse = np.linalg.pinv(H.T @ (flat / size), rcond=RANK_TOLERANCE)
    weights = H @ inverse.T / size
    return weights.T @ y.ravel(), weights.reshape(X.shape), int(np.linalg.matrix_rank(inverse))


def _moments_step(
    sample: Sample, parts: tuple[_Part, _Part], weighting: str
) -> tuple[float, tuple[float, float], RandomMoments]:
    """lam, (s2, s1), and what the covariance of lam needs."""
    assert sample.M is not None
    N = sample.shape[1]
    moments = iid_moments(sample, full=False)
    c = [moments.values(part.u, sample.M.lag(part.u)) for part in parts]
    lam = lowest(sample, c[0].T @ moments.weight @ c[0])
    periods = [part.periods for part in parts]
    powers = np.array([1.0, lam, lam**2])
    # the first moment is the sum of squares: of Q1 its mean is s1
    s2, s1 = _variance(moments, c[0] @ powers, full=False) / periods[0], float(c[1][0] @ powers) / N
    scales = [1.0, 0.0]
    if weighting != "initial":
        full = weighting == "fullweights"
        moments = iid_moments(sample, full=full)
        scales = [1.0 / (periods[0] * s2**2), 1.0 / s1**2]
        lam = lowest(sample, sum(w * k.T @ moments.weight @ k for w, k in zip(scales, c, strict=True)))
        powers = np.array([1.0, lam, lam**2])
        s2, s1 = (_variance(moments, k @ powers, full=full) / n for k, n in zip(c, periods, strict=True))
    return lam, (s2, s1), _of_lam(sample, parts, moments, scales, c, lam)


def _variance(moments: Moments, g: np.ndarray, *, full: bool) -> float:
    """The variance that minimises the criterion in the moments g (3,) of one vector of errors."""
    trace = np.trace(moments.matrices, axis1=1, axis2=2)
    image = np.linalg.solve(gram(moments.matrices), trace) if full else trace
    return float(image @ g) / float(image @ trace)


def _of_lam(
    sample: Sample,
    parts: tuple[_Part, _Part],
    moments: Moments,
    scales: list[float],
    c: list[np.ndarray],
    lam: float,
) -> RandomMoments:
    """The estimate of lam as a quadratic form in the errors."""
    assert sample.M is not None
    slopes = [k @ np.array([0.0, 1.0, 2.0 * lam]) for k in c]
    images = [w * moments.weight @ slope for w, slope in zip(scales, slopes, strict=True)]
    bend = sum(float(image @ slope) for image, slope in zip(images, slopes, strict=True))
    D = [-np.tensordot(image, moments.matrices, axes=1) / bend for image in images]
    X, _ = filtered_columns(sample, lam)
    linear = np.zeros(sample.shape)
    for part, matrix in zip(parts, D, strict=True):
        e = part.u - lam * sample.M.lag(part.u)
        alpha = -2.0 * np.einsum("tip,ti->p", X, e @ matrix)
        linear = linear + part.weights @ alpha
    # the errors of step 1 are u = (I - lam M)^-1 v
    R = np.eye(sample.shape[1]) - lam * sample.M.dense
    return RandomMoments((D[0], D[1]), np.linalg.solve(R.T, linear.T).T)


def random_gmm_covariance(sample: Sample, estimate: Estimate, request: CovarianceRequest) -> np.ndarray:
    """Covariance of (b, rho, lam), (P, P), for those that the model has.

    "classical": mu and e independent of everything, normal where lam is concerned. "clustered": units independent,
    anything within them; quadratic forms over units in martingale-difference form, as in `covariance`. lam and q count
    in b only at a higher order: instruments are exogenous whatever they are.
    """
    assert estimate.gmm is not None
    step = estimate.gmm.random
    assert step is not None
    T, N = sample.shape
    lam = float(estimate.values[-1]) if sample.M is not None else 0.0
    b = estimate.values[:-1] if sample.M is not None else estimate.values
    X, y = filtered_columns(sample, lam)
    v = y - X @ b
    projected = estimate.gmm.instruments.project(step.whiten(X))
    flat = projected.reshape(T * N, -1)
    # estimates are sums of weights times v
    linear = step.whiten(np.linalg.solve(flat.T @ flat, flat.T).T.reshape(projected.shape))
    if step.moments is not None:
        linear = np.concatenate([linear, step.moments.linear[:, :, None]], axis=2)
    if request.cov_type == "clustered":
        check_clusters("unit", sample.shape)
        return _clustered(linear, v, step.moments) * N / (N - 1)
    s1 = estimate.sigma2 / (1.0 if step.form == "between" else step.share**2)
    found = np.zeros((linear.shape[2], linear.shape[2]))
    for part, variance, periods, place in ((deviations, estimate.sigma2, T - 1, 0), (means, s1, 1, 1)):
        rows = part(linear).reshape(T * N, -1)
        found += variance * rows.T @ rows
        if step.moments is not None:
            found[-1, -1] += 2.0 * variance**2 * periods * np.sum(step.moments.D[place] ** 2)
    return found


def _clustered(linear: np.ndarray, v: np.ndarray, moments: RandomMoments | None) -> np.ndarray:
    """Variance of sums over independent units of linear'v (P,), and of the quadratic form of lam."""
    rows = np.einsum("tip,ti->ip", linear, v)
    across = 0.0
    if moments is not None:
        pairs = sum(D * (e.T @ e) for D, e in zip(moments.D, (deviations(v), means(v)), strict=True))
        own = np.diag(pairs)
        rows[:, -1] += own - own.mean()
        across = 2.0 * float(np.sum(pairs**2) - own @ own)
    found = rows.T @ rows
    found[-1, -1] += across
    return found


def random_overidentification(sample: Sample, estimate: Estimate, request: CovarianceRequest) -> TestResult:
    """Sargan's test with classical covariance, Hansen's with clusters, on the whitened data."""
    assert estimate.gmm is not None
    step, instruments = estimate.gmm.random, estimate.gmm.instruments
    assert step is not None
    lam = float(estimate.values[-1]) if sample.M is not None else 0.0
    b = estimate.values[:-1] if sample.M is not None else estimate.values
    X, y = step.columns(sample, lam)
    e = y - X @ b
    classical = request.cov_type == "classical"
    if classical:
        variance = np.eye(len(instruments.names)) * float(np.sum(e**2)) / step.nobs(sample)
    else:
        rows = np.einsum("til,ti->il", instruments.basis, e)
        variance = rows.T @ rows
    return overidentification_test(instruments, X, y, variance, classical=classical)
