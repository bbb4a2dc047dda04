"""Random unit effects by maximum likelihood: Baltagi's error components and those of Kapoor,
Kelejian and Prucha.

    (I - rho W) y_t - Z_t b = v_t,    "baltagi": v_t = mu + R^-1 e_t,    "kkp": v_t = R^-1 (mu +
    e_t),    R = I - lam M

with variances s2 of e and phi s2 of mu. Deviations from unit means, and unit means times root T,
are independent, and R v_t has variance s2 I in the first and s2 V in the second, V = I + T phi S
with S = R R' ("baltagi") or I ("kkp", and both without a lag of the error). In place of phi the
search moves q = (1 + T phi)^(-1/2) in (0, 1), the share of its unit mean that quasi-demeaning
leaves in a variable: with K = q^2 V = q^2 I + (1 - q^2) S,

    lnL = T (ln|I - rho W| + ln|R|) + N ln q - ln|K| / 2 - NT/2 [ln(2 pi s2) + 1]
    NT s2 = sum of squares within + q^2 x' K^-1 x,    x = R (mean of v) root T

S is exact for any M: R R' is symmetric, and nothing supposes that M is, or that its own
eigenvectors are orthogonal.

With errors that follow an autoregression, psi, the same holds after the transformation of `serial`:
a'C x stands for the unit means times root T, the rest of C x for the deviations, c for T, and lnL
gains N/2 ln(1 - psi^2).

Sources: Baltagi, Song and Koh (2003), J. Econometrics 117, 123-150,
doi:10.1016/S0304-4076(03)00120-9; Kapoor, Kelejian and Prucha (2007), J. Econometrics 140, 97-130,
doi:10.1016/j.jeconom.2006.09.004; Millo and Piras (2012), J. Stat. Softw. 47(1),
doi:10.18637/jss.v047.i01. With psi: Baltagi, Song, Jung and Koh (2007), J. Econometrics 140, 5-51,
doi:10.1016/j.jeconom.2006.09.001.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import solve_triangular

from ...numerics.eigenvalue_log_determinants import Spectrum
from ...numerics.factored_log_determinants import FactoredSpectrum
from ...numerics.series_log_determinants import SeriesSpectrum
from ..design.sample import Sample
from ..ml.optimum import Point
from .serial import length, slope_along, slope_of_squares, split_time, weight, whiten

# Columns [Z, y, Wy], and M times them.
Pair = tuple[np.ndarray, np.ndarray]

# The Hessian is a difference of exact gradients at this share of the way to the nearer bound:
# enough for Newton.
DIFFERENCE = 1e-5
# Of so many values of lam the eigenvectors are kept: those of a grid, and some.
AXES_KEPT = 16


@dataclass(frozen=True, eq=False)
class RandomLikelihood:
    """Concentrated log-likelihood as a function of p = (rho, lam, psi, q), or of those that the
    model has.

    Attributes
    ----------
    plain, lagged : arrays of shape (T, N, K + 1 or 2)
        Columns [Z, y, Wy], and M times them (zeros without a lag of the error).
    M : array of shape (N, N) or None
        Weights of the error where the unit effects stand outside its filter.
    names : tuple of str
        Of the parameters in p.
    spectra : list of Spectrum
        Of the lag of y and of the error, for those that the model has.
    bounds : array of shape (number of parameters, 2)
    """

    plain: np.ndarray
    lagged: np.ndarray
    M: np.ndarray | None
    n_regressors: int
    names: tuple[str, ...]
    spectra: list[Spectrum | FactoredSpectrum | SeriesSpectrum]
    bounds: np.ndarray
    _parts: dict[float, tuple[Pair, Pair]] = field(default_factory=dict)
    _axes_of: dict[float, tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=dict)
    _left_over: dict[tuple[float, ...], tuple[np.ndarray, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, sample: Sample, effects: str | None) -> RandomLikelihood:
        """`effects` None: without unit effects, q = 1."""
        plain = sample.columns
        lagged = np.zeros_like(plain) if sample.lagged_columns is None else sample.lagged_columns
        spectra = [W.spectrum for W in sample.lags.values()]
        bounds = sample.spatial_ranges
        if effects is not None:
            bounds["q"] = (0.0, 1.0)
        M = sample.M.dense if sample.M is not None and effects == "baltagi" else None
        edges = np.array(list(bounds.values()))
        return cls(plain, lagged, M, sample.n_regressors, tuple(bounds), spectra, edges)

    def with_filter(self, p: np.ndarray, k: int, value: float, factor: float) -> np.ndarray:
        """See `Maximand`: sigma2 takes up the factor, and so does the variance of unit effects that
        stand outside the filter of the error.
        """
        moved = p.copy()
        moved[k] = value
        if self.M is not None and self.names[k] == "lam":
            # q^-2 - 1 is T phi
            moved[-1] = ((p[-1] ** -2 - 1.0) / factor + 1.0) ** -0.5
        return moved

    @property
    def periods(self) -> int:
        periods: int = self.plain.shape[0]
        return periods

    @property
    def units(self) -> int:
        units: int = self.plain.shape[1]
        return units

    @property
    def nobs(self) -> int:
        return self.periods * self.units

    @property
    def has_rho(self) -> bool:
        return "rho" in self.names

    @property
    def has_lam(self) -> bool:
        return "lam" in self.names

    @property
    def has_both_lags(self) -> bool:
        return self.has_rho and self.has_lam

    @property
    def exact_columns(self) -> tuple[Pair, tuple[float, ...]]:
        """See `Maximand`: with unit effects the deviations from unit means, as q goes to zero, at
        psi = 0.
        """
        psi = [0.0] * ("psi" in self.names)
        if "q" in self.names:
            return self.parts(0.0)[0], (*psi, 0.0)
        C = self.plain.shape[2]
        both = np.concatenate([self.plain, self.lagged], axis=2).reshape(-1, 2 * C)
        return _compressed(both), tuple(psi)

    def split(self, p: np.ndarray) -> tuple[float, float, float, float]:
        """(rho, lam, psi, q) of a parameter vector; zero for what the model does not have, one for
        q.
        """
        given = dict(zip(self.names, map(float, p), strict=True))
        return (
            given.get("rho", 0.0),
            given.get("lam", 0.0),
            given.get("psi", 0.0),
            given.get("q", 1.0),
        )

    def parts(self, psi: float) -> tuple[Pair, Pair]:
        """What lies across and along the direction of the unit effects, each for the columns and M
        times them.

        Compressed to (m, K + 1 or 2), but for the second where `M` is there, which has N rows.
        """
        if psi not in self._parts:
            both = np.concatenate([self.plain, self.lagged], axis=2)
            across, along = split_time(both, psi)
            C = self.plain.shape[2]
            means = _compressed(along) if self.M is None else (along[:, :C], along[:, C:])
            self._parts[psi] = _compressed(across), means
        return self._parts[psi]

    def value(self, p: np.ndarray) -> float:
        """Concentrated log-likelihood at p."""
        rho, *others = self.split(p)
        key = tuple(others)
        if key not in self._left_over:
            # what the regressors leave of y and Wy, in two rows, serves every rho of the grid
            columns, half_log = self._whitened(*key)
            factor: Any = np.linalg.qr(columns, mode="r")
            self._left_over[key] = factor[self.n_regressors :, self.n_regressors :], half_log
        of_lags, half_log = self._left_over[key]
        left = of_lags[:, 0] - rho * of_lags[:, 1] if self.has_rho else of_lags[:, 0]
        return self._at(p, float(left @ left), half_log)

    def solve(self, p: np.ndarray) -> tuple[np.ndarray, float]:
        """Coefficients b (K,) and sum of squares at p."""
        rho, *others = self.split(p)
        columns, _ = self._whitened(*others)
        K = self.n_regressors
        y = columns[:, K] - rho * columns[:, K + 1] if self.has_rho else columns[:, K]
        Q, R = np.linalg.qr(columns[:, :K])
        fitted = Q.T @ y
        e = y - Q @ fitted
        return solve_triangular(R, fitted), float(e @ e)

    def score(self, p: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Value, gradient and Hessian at p, the Hessian by central differences of the exact
        gradient.
        """
        low, high = self.bounds.T
        steps = DIFFERENCE * np.minimum(p - low, high - p)
        rows = []
        for step in np.diag(steps):
            above, below = self.gradient(p + step), self.gradient(p - step)
            rows.append((above - below) / (2 * step.sum()))
        hessian = np.array(rows)
        return self.value(p), self.gradient(p), (hessian + hessian.T) / 2

    def gradient(self, p: np.ndarray) -> np.ndarray:
        """Gradient at p: b and s2 are at their optimum, so only what depends on p directly
        moves.
        """
        rho, lam, psi, q = self.split(p)
        b, ssr = self.solve(p)
        combine = np.concatenate([-b, [1.0, -rho] if self.has_rho else [1.0]])
        across, along = self.parts(psi)
        (x, mean), (Mv, Mv_mean) = (
            [part @ combine for part in pair] for pair in zip(across, along, strict=True)
        )
        x, mean = x - lam * Mv, mean - lam * Mv_mean
        of = self._of_unit_means(mean, lam, q)
        # by parameter: slope of the sum of squares, and of the rest of the log-likelihood
        slopes: dict[str, tuple[float, float]] = {}
        if "rho" in self.names:
            Wy, Wy_mean = (pair[0][:, -1] - lam * pair[1][:, -1] for pair in (across, along))
            moved = -2.0 * (x @ Wy + q**2 * (of.solved @ Wy_mean))
            slopes["rho"] = moved, self.periods * self.spectra[0].derivatives(rho)[0]
        if "lam" in self.names:
            moved = -2.0 * (x @ Mv + q**2 * (of.solved @ Mv_mean)) + of.form_lam
            slopes["lam"] = (
                moved,
                self.periods * self.spectra[-1].derivatives(lam)[0] - of.half_log_lam,
            )
        if "psi" in self.names:
            moved = self._squares_by_psi(combine, p, of.solved)
            slopes["psi"] = moved, -self.units * psi / (1.0 - psi**2)
        slopes["q"] = 2.0 * q * (of.solved @ mean) + of.form_q, self.units / q - of.half_log_q
        return np.array(
            [slopes[name][1] - self.nobs / (2.0 * ssr) * slopes[name][0] for name in self.names]
        )

    def _squares_by_psi(self, combine: np.ndarray, p: np.ndarray, solved: np.ndarray) -> float:
        """Slope by psi of the sum of squares: of all of C R v, less what lies along a, which counts
        q^2 K^-1.
        """
        _, lam, psi, q = self.split(p)
        v = (self.plain - lam * self.lagged) @ combine
        own = split_time(v, psi)[1]
        left = q**2 * (own if self.M is None else solved) - own
        return slope_of_squares(v, psi) + 2.0 * float(left @ slope_along(v, psi))

    def _of_unit_means(self, x: np.ndarray, lam: float, q: float) -> _Slopes:
        """How K moves with lam and q, at the filtered unit means x (N,); it does not where K =
        I.
        """
        if self.M is None:
            return _Slopes(x)
        axes, size, moved = self._axes(lam)
        share = 1.0 - q**2
        k = q**2 + share * size
        along = (axes.T @ x) / k
        h = axes @ along
        return _Slopes(
            h,
            form_lam=2.0 * q**2 * share * float((h @ self.M) @ (h - lam * (h @ self.M))),
            form_q=-2.0 * q**3 * float(along @ ((1.0 - size) * along)),
            half_log_lam=-share * float(np.sum(moved / k)),
            half_log_q=q * float(np.sum((1.0 - size) / k)),
        )

    def _axes(self, lam: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Eigenvectors U and eigenvalues of R R', which serve every q and psi, and the diagonal of
        U'M R'U.
        """
        assert self.M is not None
        if lam not in self._axes_of:
            if len(self._axes_of) >= AXES_KEPT:
                self._axes_of.clear()
            R = np.eye(self.units) - lam * self.M
            size, axes = np.linalg.eigh(R @ R.T)
            size = np.maximum(size, 0.0)  # rounding, near an end of the range of lam
            self._axes_of[lam] = axes, size, np.sum((axes.T @ self.M) * (axes.T @ R), axis=1)
        return self._axes_of[lam]

    def _whitened(self, lam: float, psi: float, q: float) -> tuple[np.ndarray, float]:
        """Columns whose squared lengths are the sums of squares at (lam, psi, q), and ln|K| / 2."""
        inner, means = (plain - lam * lagged for plain, lagged in self.parts(psi))
        if self.M is None:
            return np.concatenate([inner, q * means]), 0.0
        axes, size, _ = self._axes(lam)
        k = q**2 + (1.0 - q**2) * size
        return np.concatenate([inner, q * (axes.T @ means) / np.sqrt(k)[:, None]]), float(
            np.log(k).sum()
        ) / 2

    def _at(self, p: np.ndarray, ssr: float, half_log: float) -> float:
        volume = sum(
            spectrum.log_determinant(value)
            for spectrum, value in zip(self.spectra, p, strict=False)
        )
        *_, psi, q = self.split(p)
        of_time = self.units * (np.log(q) + np.log1p(-(psi**2)) / 2) - half_log
        return float(
            self.periods * volume
            + of_time
            - self.nobs / 2 * (np.log(2 * np.pi * ssr / self.nobs) + 1)
        )


class _Slopes(NamedTuple):
    """K^-1 x, and the slopes by lam and q, through K, of q^2 x'K^-1 x and of ln|K| / 2."""

    solved: np.ndarray
    form_lam: float = 0.0
    form_q: float = 0.0
    half_log_lam: float = 0.0
    half_log_q: float = 0.0


def _compressed(columns: np.ndarray) -> Pair:
    """Columns (..., 2C) through one triangular factor, which keeps all lengths and angles; their
    two halves.
    """
    C = columns.shape[-1] // 2
    factor: Any = np.linalg.qr(columns.reshape(-1, 2 * C), mode="r")
    return factor[:, :C], factor[:, C:]


def split(sample: Sample, p: np.ndarray) -> tuple[float, float, float, float]:
    """(rho, lam, psi, phi) of the p of a point; zero for what the model does not have."""
    has = (sample.W is not None, sample.M is not None, sample.serial, True)
    values = iter(map(float, p))
    rho, lam, psi, phi = (next(values) if there else 0.0 for there in has)
    return rho, lam, psi, phi


def predicted_effects(sample: Sample, effects: str | None, point: Point) -> np.ndarray:
    """Best linear predictions of the unit effects in v = y - rho Wy - Z b, (N,).

    (1 - psi) d phi R' V^-1 R times a'C v (root T times the unit means of v where psi = 0) for
    "baltagi"; for "kkp", where mu passes through R^-1, (1 - psi) d phi / (1 + c phi). Source:
    Goldberger (1962), doi:10.2307/2281645.
    """
    rho, lam, psi, phi = split(sample, point.p)
    left = sample.y - sample.Z @ point.b - (0.0 if sample.Wy is None else rho * sample.Wy)
    if effects is None:
        return np.zeros(left.shape[1])
    T = len(left)
    along, c = split_time(left, psi)[1], weight(T, psi) * phi
    share = (1.0 - psi) * length(T, psi) * phi
    if sample.M is None or effects == "kkp":
        return share / (1.0 + c) * along
    eye = np.eye(len(along))
    R = eye - lam * sample.M.dense
    return R.T @ np.linalg.solve(eye + c * R @ R.T, share * R @ along)


def random_residuals(sample: Sample, point: Point, unit_effects: np.ndarray) -> np.ndarray:
    """e = C R (y - rho Wy - Z b - unit effects), (T, N)."""
    rho, lam, psi, _ = split(sample, point.p)
    u = sample.y - sample.Z @ point.b - unit_effects
    if sample.Wy is not None:
        u = u - rho * sample.Wy
    if sample.M is not None:
        u = u - lam * sample.M.lag(u)
    return whiten(u, psi)
