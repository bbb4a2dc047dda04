"""Random unit effects by maximum likelihood: Baltagi's error components and those of Kapoor, Kelejian and Prucha.

    (I - rho W) y_t - Z_t b = v_t,    "baltagi": v_t = mu + R^-1 e_t,    "kkp": v_t = R^-1 (mu + e_t),    R = I - lam M

with variances s2 of e and phi s2 of mu. Deviations from unit means, and unit means times root T, are independent, and
R v_t has variance s2 I in the first and s2 V in the second, V = I + T phi S with S = R R' ("baltagi") or I ("kkp", and
both without a lag of the error). In place of phi the search moves q = (1 + T phi)^(-1/2) in (0, 1), the share of its
unit mean that quasi-demeaning leaves in a variable: with K = q^2 V = q^2 I + (1 - q^2) S,

    lnL = T (ln|I - rho W| + ln|R|) + N ln q - ln|K| / 2 - NT/2 [ln(2 pi s2) + 1]
    NT s2 = sum of squares within + q^2 x' K^-1 x,    x = R (mean of v) root T

S is exact for any M: nothing supposes that M is symmetric or that its eigenvectors are orthogonal.

Sources: Baltagi, Song and Koh (2003), J. Econometrics 117, 123-150, doi:10.1016/S0304-4076(03)00120-9; Kapoor, Kelejian
and Prucha (2007), J. Econometrics 140, 97-130, doi:10.1016/j.jeconom.2006.09.004; Millo and Piras (2012), J. Stat.
Softw. 47(1), doi:10.18637/jss.v047.i01.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import solve_triangular

from ..errors import IdentificationError
from ..linalg import FactoredSpectrum, Spectrum
from .baseline import least_squares
from .likelihood import Likelihood
from .ml import MlFit, maximise
from .sample import Sample

# The Hessian is a difference of exact gradients at this share of the way to the nearer bound: enough for Newton.
DIFFERENCE = 1e-5
# An optimum whose q is nearer to 1 than this stands for phi = 0, which the pooled fit is exactly.
POOLED = 1e-6


@dataclass(frozen=True, eq=False)
class RandomPart:
    """What random effects add to an estimate.

    Attributes
    ----------
    kind : {"baltagi", "kkp"}
    phi : float
        Variance of the unit effects over that of e.
    pooled_loglik : float
        Log-likelihood of the same model without unit effects.
    unit_effects : array of shape (N,)
        Best linear predictions of the unit effects in y - rho Wy - Z b: mu, or R^-1 mu for "kkp".
    """

    kind: str
    phi: float
    pooled_loglik: float
    unit_effects: np.ndarray


@dataclass(frozen=True, eq=False)
class RandomLikelihood:
    """Concentrated log-likelihood as a function of p = (rho, lam, q), or of those that the model has.

    Attributes
    ----------
    within, between : tuple of two arrays of shape (m, K + 1 or 2)
        Columns [Z, y, Wy] and M times them (zeros without a lag of the error), compressed: deviations from unit means;
        unit means times root T, with N rows where `M` is there.
    M : array of shape (N, N) or None
        Weights of the error where the unit effects stand outside its filter.
    periods, units : int
    spectra : list of Spectrum
        Of the lag of y and of the error, for those that the model has.
    bounds : array of shape (number of parameters, 2)
    """

    within: tuple[np.ndarray, np.ndarray]
    between: tuple[np.ndarray, np.ndarray]
    M: np.ndarray | None
    n_regressors: int
    periods: int
    units: int
    has_rho: bool
    has_lam: bool
    spectra: list[Spectrum | FactoredSpectrum]
    bounds: np.ndarray
    _corners: dict[tuple[float, float], tuple[np.ndarray, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, sample: Sample, kind: str) -> RandomLikelihood:
        T, N = sample.shape
        plain = sample.columns
        lagged = np.zeros_like(plain) if sample.lagged_columns is None else sample.lagged_columns
        means = [np.sqrt(T) * part.mean(axis=0) for part in (plain, lagged)]
        M = sample.M.dense if sample.M is not None and kind == "baltagi" else None
        spectra = [W.spectrum for W in (sample.W, sample.M) if W is not None]
        return cls(
            _compressed(plain - plain.mean(axis=0), lagged - lagged.mean(axis=0)),
            _compressed(*means) if M is None else (means[0], means[1]),
            M,
            sample.n_regressors,
            T,
            N,
            sample.W is not None,
            sample.M is not None,
            spectra,
            np.array([*(spectrum.bounds for spectrum in spectra), (0.0, 1.0)]),
        )

    @property
    def nobs(self) -> int:
        return self.periods * self.units

    def split(self, p: np.ndarray) -> tuple[float, float, float]:
        """(rho, lam, q) of a parameter vector; zero for a lag that the model does not have."""
        return float(p[0]) if self.has_rho else 0.0, float(p[-2]) if self.has_lam else 0.0, float(p[-1])

    def value(self, p: np.ndarray) -> float:
        """Concentrated log-likelihood at p."""
        rho, lam, q = self.split(p)
        if (lam, q) not in self._corners:
            # what the regressors leave of y and Wy, in two rows, serves every rho of the grid
            columns, half_log = self._whitened(lam, q)
            factor: Any = np.linalg.qr(columns, mode="r")
            self._corners[lam, q] = factor[self.n_regressors :, self.n_regressors :], half_log
        corner, half_log = self._corners[lam, q]
        left = corner[:, 0] - rho * corner[:, 1] if self.has_rho else corner[:, 0]
        return self._at(p, float(left @ left), half_log)

    def solve(self, p: np.ndarray) -> tuple[np.ndarray, float]:
        """Coefficients b (K,) and sum of squares at p."""
        rho, lam, q = self.split(p)
        columns, _ = self._whitened(lam, q)
        K = self.n_regressors
        y = columns[:, K] - rho * columns[:, K + 1] if self.has_rho else columns[:, K]
        Q, R = np.linalg.qr(columns[:, :K])
        fitted = Q.T @ y
        e = y - Q @ fitted
        return solve_triangular(R, fitted), float(e @ e)

    def score(self, p: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Value, gradient and Hessian at p, the Hessian by central differences of the exact gradient."""
        step = DIFFERENCE * np.minimum(p - self.bounds[:, 0], self.bounds[:, 1] - p)
        rows = [(self.gradient(p + move) - self.gradient(p - move)) / (2 * move.sum()) for move in np.diag(step)]
        hessian = np.array(rows)
        return self.value(p), self.gradient(p), (hessian + hessian.T) / 2

    def gradient(self, p: np.ndarray) -> np.ndarray:
        """Gradient at p: b and s2 are at their optimum, so only what depends on p directly moves."""
        rho, lam, q = self.split(p)
        b, ssr = self.solve(p)
        tail = [1.0, -rho] if self.has_rho else [1.0]
        combine = np.concatenate([-b, tail])
        (x, mean), (Mv, Mv_mean) = (
            [part @ combine for part in pair] for pair in zip(self.within, self.between, strict=True)
        )
        x, mean = x - lam * Mv, mean - lam * Mv_mean
        of = self._of_unit_means(mean, lam, q)
        slopes, volumes = [], []
        if self.has_rho:
            Wy, Wy_mean = (part[0][:, -1] - lam * part[1][:, -1] for part in (self.within, self.between))
            slopes.append(-2.0 * (x @ Wy + q**2 * (of.solved @ Wy_mean)))
            volumes.append(self.periods * self.spectra[0].derivatives(rho)[0])
        if self.has_lam:
            slopes.append(-2.0 * (x @ Mv + q**2 * (of.solved @ Mv_mean)) + of.form_lam)
            volumes.append(self.periods * self.spectra[-1].derivatives(lam)[0] - of.half_log_lam)
        slopes.append(2.0 * q * (of.solved @ mean) + of.form_q)
        volumes.append(self.units / q - of.half_log_q)
        return np.array(volumes) - self.nobs / (2.0 * ssr) * np.array(slopes)

    def _of_unit_means(self, x: np.ndarray, lam: float, q: float) -> _Slopes:
        """How K moves with lam and q, at the filtered unit means x (N,); it does not where K = I."""
        if self.M is None:
            return _Slopes(x)
        R, L = self._filter_and_root(self.M, lam, q)
        root = solve_triangular(L, np.eye(self.units), lower=True)
        h = root.T @ (root @ x)
        back, root_R, share = R.T @ h, root @ R, 1.0 - q**2
        return _Slopes(
            h,
            form_lam=2.0 * q**2 * share * float((h @ self.M) @ back),
            form_q=-2.0 * q**3 * float(h @ h - back @ back),
            half_log_lam=-share * float(np.sum((root @ self.M) * root_R)),
            half_log_q=q * float(np.sum(root**2) - np.sum(root_R**2)),
        )

    def _filter_and_root(self, M: np.ndarray, lam: float, q: float) -> tuple[np.ndarray, np.ndarray]:
        """R = I - lam M and the lower Cholesky factor of K = q^2 I + (1 - q^2) R R'."""
        eye = np.eye(self.units)
        R = eye - lam * M
        return R, np.linalg.cholesky(q**2 * eye + (1.0 - q**2) * R @ R.T)

    def _whitened(self, lam: float, q: float) -> tuple[np.ndarray, float]:
        """Columns whose squared lengths are the sums of squares at (lam, q), and ln|K| / 2."""
        inner, means = (plain - lam * lagged for plain, lagged in (self.within, self.between))
        if self.M is None:
            return np.concatenate([inner, q * means]), 0.0
        L = self._filter_and_root(self.M, lam, q)[1]
        means = solve_triangular(L, means, lower=True)
        return np.concatenate([inner, q * means]), float(np.log(np.diag(L)).sum())

    def _at(self, p: np.ndarray, ssr: float, half_log: float) -> float:
        volume = sum(spectrum.log_determinant(value) for spectrum, value in zip(self.spectra, p[:-1], strict=True))
        of_means = self.units * np.log(p[-1]) - half_log
        return float(self.periods * volume + of_means - self.nobs / 2 * (np.log(2 * np.pi * ssr / self.nobs) + 1))


class _Slopes(NamedTuple):
    """K^-1 x, and the slopes by lam and q, through K, of q^2 x'K^-1 x and of ln|K| / 2."""

    solved: np.ndarray
    form_lam: float = 0.0
    form_q: float = 0.0
    half_log_lam: float = 0.0
    half_log_q: float = 0.0


def _compressed(plain: np.ndarray, lagged: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both sets of columns (..., C) through one triangular factor, which keeps all their lengths and angles."""
    C = plain.shape[-1]
    stacked = np.concatenate([plain, lagged], axis=-1).reshape(-1, 2 * C)
    factor: Any = np.linalg.qr(stacked, mode="r")
    return factor[:, :C], factor[:, C:]


def check_random(sample: Sample) -> None:
    """Refuse a panel of one period, where unit effects and e are one."""
    if len(sample.y) < 2:
        raise IdentificationError(
            "panel", expected="at least 2 periods for random effects", got="T = 1", remedy="Use random_effects=None."
        )


def random_effects_ml(sample: Sample, kind: str) -> tuple[MlFit, RandomPart]:
    """The maximum over (rho, lam, phi), with phi >= 0.

    The pooled fit is one of the candidates: where no optimum with phi > 0 is higher, it is the answer, with phi = 0.

    Returns
    -------
    MlFit, whose p is (rho, lam, phi), absent lags left out; RandomPart.
    """
    T = len(sample.y)
    pooled = _pooled(sample)
    found = maximise(RandomLikelihood.of(sample, kind))
    peaks = [(found.p, found.loglik), *found.others]
    if found.loglik > pooled.loglik:
        best, others = found, peaks[1:]
        p = _with_phi(found.p, T)
    else:
        best, others = pooled, [peak for peak in peaks if peak[0][-1] < 1.0 - POOLED]
        p = np.append(pooled.p, 0.0)
    rivals = tuple((_with_phi(q, T), value) for q, value in others)
    fit = MlFit(p, best.b, best.sigma2, best.loglik, best.steps, best.at_bound or best is pooled, rivals)
    return fit, RandomPart(kind, float(p[-1]), pooled.loglik, predicted_effects(sample, kind, fit))


def _pooled(sample: Sample) -> MlFit:
    """The maximum without unit effects."""
    if sample.W is not None or sample.M is not None:
        return maximise(Likelihood.of(sample))
    plain = least_squares(sample)
    sigma2 = float(np.mean(plain.residuals**2))
    return MlFit(np.zeros(0), plain.values, sigma2, plain.loglik, 0, False)


def _with_phi(p: np.ndarray, T: int) -> np.ndarray:
    """(rho, lam, phi) from (rho, lam, q)."""
    return np.append(p[:-1], (p[-1] ** -2 - 1.0) / T)


def split(sample: Sample, p: np.ndarray) -> tuple[float, float, float]:
    """(rho, lam, phi) of the p of a fit; zero for a lag that the model does not have."""
    return (
        float(p[0]) if sample.W is not None else 0.0,
        float(p[-2]) if sample.M is not None else 0.0,
        float(p[-1]),
    )


def predicted_effects(sample: Sample, kind: str, fit: MlFit) -> np.ndarray:
    """Best linear predictions of the unit effects in v = y - rho Wy - Z b, (N,).

    T phi R' V^-1 R times the unit means of v for "baltagi"; for "kkp", where mu passes through R^-1, their share
    T phi / (1 + T phi). Source: Goldberger (1962), doi:10.2307/2281645.
    """
    rho, lam, phi = split(sample, fit.p)
    left = sample.y - sample.Z @ fit.b - (0.0 if sample.Wy is None else rho * sample.Wy)
    mean, c = left.mean(axis=0), len(left) * phi
    if sample.M is None or kind == "kkp":
        return c / (1.0 + c) * mean
    eye = np.eye(len(mean))
    R = eye - lam * sample.M.dense
    return R.T @ np.linalg.solve(eye + c * R @ R.T, c * R @ mean)


def random_residuals(sample: Sample, fit: MlFit, effects: np.ndarray) -> np.ndarray:
    """e = R (y - rho Wy - Z b - unit effects), (T, N)."""
    rho, lam, _ = split(sample, fit.p)
    u = sample.y - sample.Z @ fit.b - effects - (0.0 if sample.Wy is None else rho * sample.Wy)
    return u if sample.M is None else u - lam * sample.M.lag(u)
