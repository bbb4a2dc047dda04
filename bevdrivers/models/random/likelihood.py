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
    _axes_of: dict[float, _Axes] = field(default_factory=dict)
    _left_over: dict[tuple[float, ...], tuple[np.ndarray, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, sample: Sample, effects: str | None) -> RandomLikelihood:
        """`effects` None: without unit effects, q = 1."""
        plain = sample.columns
        lagged = sample.lagged_columns
        if lagged is None:
            lagged = np.zeros_like(plain)
        M = None
        if sample.M is not None and effects == "baltagi":
            M = sample.M.dense
        ranges = sample.spatial_ranges
        if effects is not None:
            ranges["q"] = (0.0, 1.0)
        return cls(
            plain=plain,
            lagged=lagged,
            M=M,
            n_regressors=sample.n_regressors,
            names=tuple(ranges),
            spectra=[W.spectrum for W in sample.lags.values()],
            bounds=np.array(list(ranges.values())),
        )

    def with_filter(
        self,
        p: np.ndarray,
        k: int,
        value: float,
        factor: float,
    ) -> np.ndarray:
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
            across, _ = self.parts(0.0)
            return across, (*psi, 0.0)
        both = np.concatenate([self.plain, self.lagged], axis=2)
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
            if self.M is None:
                means = _compressed(along)
            else:
                C = self.plain.shape[2]
                means = along[:, :C], along[:, C:]
            self._parts[psi] = _compressed(across), means
        return self._parts[psi]

    def value(self, p: np.ndarray) -> float:
        """Concentrated log-likelihood at p."""
        rho, lam, psi, q = self.split(p)
        left_over, half_log = self._left_by_regressors(lam, psi, q)
        e = left_over[:, 0]
        if self.has_rho:
            e = e - rho * left_over[:, 1]
        ssr = float(e @ e)
        return self._at(p, ssr, half_log)

    def _left_by_regressors(
        self,
        lam: float,
        psi: float,
        q: float,
    ) -> tuple[np.ndarray, float]:
        """What the regressors leave of y and Wy, in two rows, and ln|K| / 2: they serve every rho
        of the grid.
        """
        key = lam, psi, q
        if key not in self._left_over:
            columns, half_log = self._whitened(lam, psi, q)
            # below the rows of the regressors in the triangular factor
            factor: Any = np.linalg.qr(columns, mode="r")
            K = self.n_regressors
            left = factor[K:, K:]
            self._left_over[key] = left, half_log
        return self._left_over[key]

    def solve(self, p: np.ndarray) -> tuple[np.ndarray, float]:
        """Coefficients b (K,) and sum of squares at p."""
        rho, lam, psi, q = self.split(p)
        columns, _ = self._whitened(lam, psi, q)
        K = self.n_regressors
        y = columns[:, K]
        if self.has_rho:
            y = y - rho * columns[:, K + 1]
        Q, R = np.linalg.qr(columns[:, :K])
        projected = Q.T @ y
        b = solve_triangular(R, projected)
        e = y - Q @ projected
        return b, float(e @ e)

    def score(self, p: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Value, gradient and Hessian at p, the Hessian by central differences of the exact
        gradient.
        """
        low, high = self.bounds.T
        to_nearer_end = np.minimum(p - low, high - p)
        steps = DIFFERENCE * to_nearer_end
        rows = []
        for displaced in np.diag(steps):
            above = self.gradient(p + displaced)
            below = self.gradient(p - displaced)
            step = displaced.sum()
            rows.append((above - below) / (2 * step))

        differences = np.array(rows)
        hessian = (differences + differences.T) / 2
        return self.value(p), self.gradient(p), hessian

    def gradient(self, p: np.ndarray) -> np.ndarray:
        """Gradient at p: b and s2 are at their optimum, so only what depends on p directly
        moves.
        """
        b, ssr = self.solve(p)
        of_squares = self._slopes_of_squares(p, b)
        of_logs = self._slopes_of_logs(p)
        # d lnL = d (log-determinants) - NT / (2 ssr) d ssr
        per_square = self.nobs / (2.0 * ssr)
        slopes = [of_logs[name] - per_square * of_squares[name] for name in self.names]
        return np.array(slopes)

    def _slopes_of_squares(self, p: np.ndarray, b: np.ndarray) -> dict[str, float]:
        """Slope of the sum of squares, x'x across the direction of the unit effects and q^2 x'K^-1 x
        along it, by each parameter at given b.
        """
        rho, lam, psi, q = self.split(p)
        (across, M_across), (along, M_along) = self.parts(psi)

        # v = y - rho Wy - Z b, Mv, and x = R v, each across and along
        outcomes = [1.0]
        if self.has_rho:
            outcomes = [1.0, -rho]
        combine = np.concatenate([-b, outcomes])
        v = across @ combine
        v_mean = along @ combine
        Mv = M_across @ combine
        Mv_mean = M_along @ combine
        x = v - lam * Mv
        x_mean = v_mean - lam * Mv_mean
        form = self._form_of_means(x_mean, lam, q)
        solved = form.solved

        # dx = -R Wy d rho, and dx = -Mv d lam
        slopes = {"q": 2.0 * q * (solved @ x_mean) + form.by_q}
        if "rho" in self.names:
            RWy = across[:, -1] - lam * M_across[:, -1]
            RWy_mean = along[:, -1] - lam * M_along[:, -1]
            weighted = q**2 * (solved @ RWy_mean)
            slopes["rho"] = -2.0 * (x @ RWy + weighted)
        if "lam" in self.names:
            weighted = q**2 * (solved @ Mv_mean)
            slopes["lam"] = -2.0 * (x @ Mv + weighted) + form.by_lam
        if "psi" in self.names:
            slopes["psi"] = self._squares_by_psi(combine, p, solved)
        return slopes

    def _slopes_of_logs(self, p: np.ndarray) -> dict[str, float]:
        """Slope of the log-likelihood by each parameter at a given sum of squares: that of the
        log-determinants.
        """
        rho, lam, psi, q = self.split(p)
        T = self.periods
        N = self.units
        half_log_by_lam, half_log_by_q = self._half_log_slopes(lam, q)
        slopes = {"q": N / q - half_log_by_q}
        if "rho" in self.names:
            volume_by_rho, _ = self.spectra[0].derivatives(rho)
            slopes["rho"] = T * volume_by_rho
        if "lam" in self.names:
            volume_by_lam, _ = self.spectra[-1].derivatives(lam)
            slopes["lam"] = T * volume_by_lam - half_log_by_lam
        if "psi" in self.names:
            # of N/2 ln(1 - psi^2)
            slopes["psi"] = -N * psi / (1.0 - psi**2)
        return slopes

    def _squares_by_psi(
        self,
        combine: np.ndarray,
        p: np.ndarray,
        solved: np.ndarray,
    ) -> float:
        """Slope by psi of the sum of squares: of all of C R v, less what lies along a, which counts
        q^2 K^-1.
        """
        _, lam, psi, q = self.split(p)
        Rv = (self.plain - lam * self.lagged) @ combine
        _, along = split_time(Rv, psi)
        if self.M is None:
            # K = I: `solved` is the same, compressed
            solved = along
        surplus = q**2 * solved - along
        of_all = slope_of_squares(Rv, psi)
        of_surplus = float(surplus @ slope_along(Rv, psi))
        return of_all + 2.0 * of_surplus

    def _form_of_means(
        self,
        x: np.ndarray,
        lam: float,
        q: float,
    ) -> _Form:
        """q^2 x'K^-1 x at the filtered unit means x (N,); K does not move where it is I."""
        if self.M is None:
            return _Form(x)
        U, size, _ = self._axes(lam)
        share = 1.0 - q**2
        # h = K^-1 x by K = U diag(k) U'
        k = q**2 + share * size
        along = (U.T @ x) / k
        h = U @ along
        # dK / dlam = -(1 - q^2) (M R' + R M') and dK / dq = 2 q (I - R R'); each gives -q^2 h'(dK) h
        hM = h @ self.M
        Rh = h - lam * hM
        form_of_lam = float(hM @ Rh)
        form_of_q = float(along @ ((1.0 - size) * along))
        return _Form(
            solved=h,
            by_lam=2.0 * q**2 * share * form_of_lam,
            by_q=-2.0 * q**3 * form_of_q,
        )

    def _half_log_slopes(self, lam: float, q: float) -> tuple[float, float]:
        """Slopes of ln|K| / 2 by lam and by q, tr K^-1 (dK) / 2."""
        if self.M is None:
            return 0.0, 0.0
        _, size, slope = self._axes(lam)
        share = 1.0 - q**2
        k = q**2 + share * size
        by_lam = -share * float(np.sum(slope / k))
        by_q = q * float(np.sum((1.0 - size) / k))
        return by_lam, by_q

    def _axes(self, lam: float) -> _Axes:
        """R R' by its eigenvectors, which serve every q and psi."""
        assert self.M is not None
        if lam not in self._axes_of:
            if len(self._axes_of) >= AXES_KEPT:
                self._axes_of.clear()
            R = np.eye(self.units) - lam * self.M
            size, U = np.linalg.eigh(R @ R.T)
            # rounding, near an end of the range of lam
            size = np.maximum(size, 0.0)
            # the diagonal of (U'M)(U'R)'
            slope = np.sum((U.T @ self.M) * (U.T @ R), axis=1)
            self._axes_of[lam] = _Axes(U, size, slope)
        return self._axes_of[lam]

    def _whitened(
        self,
        lam: float,
        psi: float,
        q: float,
    ) -> tuple[np.ndarray, float]:
        """Columns whose squared lengths are the sums of squares at (lam, psi, q), and ln|K| / 2."""
        (across, M_across), (along, M_along) = self.parts(psi)
        deviations = across - lam * M_across
        means = along - lam * M_along
        if self.M is None:
            return np.concatenate([deviations, q * means]), 0.0
        # q K^-1/2 of the means, K = U diag(k) U'
        U, size, _ = self._axes(lam)
        k = q**2 + (1.0 - q**2) * size
        root = np.sqrt(k)[:, None]
        weighted = q * (U.T @ means) / root
        half_log = float(np.log(k).sum()) / 2
        return np.concatenate([deviations, weighted]), half_log

    def _at(
        self,
        p: np.ndarray,
        ssr: float,
        half_log: float,
    ) -> float:
        """The log-likelihood at p, given its sum of squares and ln|K| / 2."""
        *_, psi, q = self.split(p)
        # rho and lam come first
        pairs = zip(self.spectra, p, strict=False)
        of_lags = sum(spectrum.log_determinant(value) for spectrum, value in pairs)

        per_unit = np.log(q) + np.log1p(-(psi**2)) / 2
        of_time = self.units * per_unit - half_log
        fit = np.log(2 * np.pi * ssr / self.nobs) + 1
        of_errors = self.nobs / 2 * fit
        return float(self.periods * of_lags + of_time - of_errors)


class _Axes(NamedTuple):
    """R R' = U diag(size) U'.

    Attributes
    ----------
    U : array of shape (N, N)
    size : array of shape (N,)
    slope : array of shape (N,)
        The diagonal of U'M R'U: -1/2 times the derivative of `size` by lam.
    """

    U: np.ndarray
    size: np.ndarray
    slope: np.ndarray


class _Form(NamedTuple):
    """K^-1 x, and the slopes of q^2 x'K^-1 x by lam and q through K."""

    solved: np.ndarray
    by_lam: float = 0.0
    by_q: float = 0.0


def _compressed(columns: np.ndarray) -> Pair:
    """Columns (..., 2C) through one triangular factor, which keeps all lengths and angles; their
    two halves.
    """
    C = columns.shape[-1] // 2
    factor: Any = np.linalg.qr(columns.reshape(-1, 2 * C), mode="r")
    return factor[:, :C], factor[:, C:]


def split(sample: Sample, p: np.ndarray) -> tuple[float, float, float, float]:
    """(rho, lam, psi, phi) of the p of a point; zero for what the model does not have."""
    given = dict(zip(parameters(sample), map(float, p), strict=True))
    return (
        given.get("rho", 0.0),
        given.get("lam", 0.0),
        given.get("psi", 0.0),
        given["phi"],
    )


def parameters(sample: Sample) -> tuple[str, ...]:
    """The names of the p of a point."""
    names = [*sample.lags]
    if sample.serial:
        names.append("psi")
    return (*names, "phi")


def disturbances(
    sample: Sample,
    b: np.ndarray,
    rho: float,
) -> np.ndarray:
    """v = y - Z b - rho Wy, (T, N)."""
    v: np.ndarray = sample.y - sample.Z @ b
    if sample.Wy is not None:
        v = v - rho * sample.Wy
    return v


def error_filter(sample: Sample, lam: float) -> np.ndarray:
    """R = I - lam M, (N, N); I without a lag of the error."""
    eye = np.eye(sample.shape[1])
    if sample.M is None:
        return eye
    R: np.ndarray = eye - lam * sample.M.dense
    return R


def predicted_effects(
    sample: Sample,
    effects: str | None,
    point: Point,
) -> np.ndarray:
    """Best linear predictions of the unit effects in v = y - rho Wy - Z b, (N,).

    (1 - psi) d phi R' V^-1 R times a'C v (root T times the unit means of v where psi = 0) for
    "baltagi"; for "kkp", where mu passes through R^-1, (1 - psi) d phi / (1 + c phi). Source:
    Goldberger (1962), doi:10.2307/2281645.
    """
    T, N = sample.shape
    if effects is None:
        return np.zeros(N)
    rho, lam, psi, phi = split(sample, point.p)
    v = disturbances(sample, point.b, rho)
    _, along = split_time(v, psi)
    c_phi = weight(T, psi) * phi
    share = (1.0 - psi) * length(T, psi) * phi
    if sample.M is None or effects == "kkp":
        return share / (1.0 + c_phi) * along
    R = error_filter(sample, lam)
    V = np.eye(N) + c_phi * R @ R.T
    solved = np.linalg.solve(V, share * R @ along)
    return R.T @ solved


def random_residuals(
    sample: Sample,
    point: Point,
    unit_effects: np.ndarray,
) -> np.ndarray:
    """e = C R (y - rho Wy - Z b - unit effects), (T, N)."""
    rho, lam, psi, _ = split(sample, point.p)
    u = sample.y - sample.Z @ point.b - unit_effects
    if sample.Wy is not None:
        u = u - rho * sample.Wy
    if sample.M is not None:
        u = u - lam * sample.M.lag(u)
    return whiten(u, psi)
