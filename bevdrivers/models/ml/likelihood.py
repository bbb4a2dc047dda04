"""The concentrated Gaussian log-likelihood of all spatial models, with a lag of y (rho), of the
error (lam), or both.

    (I - lam M) [(I - rho W) y_t - Z_t b] = effects + e_t

The data enter once, through one QR factor of the transformed columns [Z, y, Wy] and of M times
them: after that a trial value of (rho, lam) costs a least-squares problem with as many rows as
there are columns, however long the panel is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ...numerics.factored_log_determinants import FactoredSpectrum
from ..design.sample import Sample
from ..design.transforms import AnySpectrum


def _rough(spectrum: Any) -> Any:
    if isinstance(spectrum, FactoredSpectrum):
        return spectrum.rough
    return spectrum


@dataclass(frozen=True, eq=False)
class Likelihood:
    """Concentrated log-likelihood as a function of p = (rho, lam), or of the one that the model
    has.

    Attributes
    ----------
    plain, lagged : arrays of shape (m, K + 1 or 2)
        Compressed columns [Z, y, Wy] and M times them (zeros without a lag of the error).
    has_rho, has_lam : bool
    nobs, periods : int
        Effective observations and periods (contrasts under Lee-Yu).
    y_spectrum, u_spectrum : Spectrum or None
    bounds : array of shape (number of parameters, 2)
    """

    plain: np.ndarray
    lagged: np.ndarray
    n_regressors: int
    nobs: int
    periods: int
    y_spectrum: AnySpectrum | None
    u_spectrum: AnySpectrum | None
    bounds: np.ndarray

    @classmethod
    def of(cls, sample: Sample) -> Likelihood:
        dims = sample.contrasts
        C = sample.columns.shape[2]
        plain = sample.factor[:, :C]
        lagged = np.zeros_like(plain)
        if sample.M is not None:
            lagged = sample.factor[:, C:]
        spectra = {name: dims.spectrum(W) for name, W in sample.lags.items()}
        bounds = [W.spectrum.bounds for W in sample.lags.values()]
        return cls(
            plain=plain,
            lagged=lagged,
            n_regressors=sample.n_regressors,
            nobs=dims.nobs,
            periods=dims.periods,
            y_spectrum=spectra.get("rho"),
            u_spectrum=spectra.get("lam"),
            bounds=np.array(bounds),
        )

    @cached_property
    def rough(self) -> Likelihood | None:
        """A stand-in to begin the search with, where log-determinants cost factorisations; None
        where they do not.
        """
        if not any(isinstance(spectrum, FactoredSpectrum) for spectrum in self.spectra):
            return None
        return replace(
            self,
            y_spectrum=_rough(self.y_spectrum),
            u_spectrum=_rough(self.u_spectrum),
        )

    @property
    def has_rho(self) -> bool:
        return self.y_spectrum is not None

    @property
    def has_lam(self) -> bool:
        return self.u_spectrum is not None

    @property
    def has_both_lags(self) -> bool:
        return self.has_rho and self.has_lam

    @cached_property
    def spectra(self) -> list[AnySpectrum]:
        both = (self.y_spectrum, self.u_spectrum)
        return [spectrum for spectrum in both if spectrum is not None]

    @property
    def exact_columns(self) -> tuple[tuple[np.ndarray, np.ndarray], tuple[float, ...]]:
        """See `Maximand`: all of them, and there are no other parameters."""
        return (self.plain, self.lagged), ()

    def with_filter(
        self,
        p: np.ndarray,
        k: int,
        value: float,
        factor: float,
    ) -> np.ndarray:
        """See `Maximand`: sigma2 takes up the factor."""
        moved = p.copy()
        moved[k] = value
        return moved

    def split(self, p: np.ndarray) -> tuple[float, float]:
        """(rho, lam) of a parameter vector; zero for the one that the model does not have."""
        rho = lam = 0.0
        if self.has_rho:
            rho = float(p[0])
        if self.has_lam:
            lam = float(p[-1])
        return rho, lam

    def value(self, p: np.ndarray) -> float:
        """Concentrated log-likelihood at p, with exact log-determinants."""
        rho, lam = self.split(p)
        unexplained = self._unexplained_plain
        if lam:
            unexplained = self._unexplained(lam)
        e = self._less_lag(unexplained, rho)
        ssr = float(e @ e)
        return self.at(p, ssr)

    def values(self, rho: np.ndarray) -> np.ndarray:
        """Concentrated log-likelihood at many rho (R,), for models without a lag of the error."""
        assert self.y_spectrum is not None
        ssr, _, _ = self._parabola(rho)  # type: ignore[arg-type]
        volume = self.y_spectrum.log_determinant(rho)
        values: np.ndarray = self._loglik(volume, ssr)
        return values

    def at(self, p: np.ndarray, ssr: float) -> float:
        """Log-likelihood at p, given the sum of squares there."""
        pairs = zip(self.spectra, p, strict=True)
        volume = sum(spectrum.log_determinant(value) for spectrum, value in pairs)
        return float(self._loglik(volume, ssr))

    def _loglik(self, volume: Any, ssr: Any) -> Any:
        """t ln|I - rho W| + t ln|I - lam M| - n/2 [ln(2 pi s2) + 1] with s2 = ssr / n.

        `volume` is the sum of the log-determinants of one period.
        """
        half_n = self.nobs / 2
        fit = np.log(2 * np.pi * ssr / self.nobs) + 1
        return self.periods * volume - half_n * fit

    def line(self, x: float) -> tuple[float, float, float]:
        """Value, slope and curvature of the concentrated log-likelihood in its one spatial
        parameter.
        """
        if self.has_rho:
            ssr, by_x, by_xx = self._parabola(x)
        else:
            squares, gradient, hessian = self._sum_of_squares(np.array([x]))
            ssr = float(squares)
            by_x = float(gradient[0])
            by_xx = float(hessian[0, 0])

        # of ln(ssr)
        slope = by_x / ssr
        curvature = by_xx / ssr - slope * slope
        fit = math.log(2 * math.pi * ssr / self.nobs) + 1

        volume, volume_by_x, volume_by_xx = self.spectra[0].at(x)
        t = self.periods
        half_n = self.nobs / 2
        return (
            t * volume - half_n * fit,
            t * volume_by_x - half_n * slope,
            t * volume_by_xx - half_n * curvature,
        )

    def score(self, p: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Value, gradient and Hessian of the concentrated log-likelihood at p."""
        if len(self.spectra) == 1:
            value, first, second = self.line(float(p[0]))
            return value, np.array([first]), np.array([[second]])
        volumes = self.volumes(p)
        ssr, gradient, hessian = self.derivatives(p, volumes)
        volume = volumes[:, 0].sum()
        value = self._loglik(volume, float(ssr))
        return float(value), gradient, hessian

    def volumes(self, p: np.ndarray) -> np.ndarray:
        """The log-determinants with their first and second derivatives, a row each, (q, 3)."""
        pairs = zip(self.spectra, p, strict=True)
        return np.array([spectrum.at(float(x)) for spectrum, x in pairs])

    def derivatives(
        self,
        p: np.ndarray,
        volumes: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sum of squares, gradient (q,) and Hessian (q, q) at p, given the log-determinants there.

        With factors of many outcomes, (R, m, C), all three have a leading axis of R.
        """
        q = len(p)
        ssr, by_p, by_pp = self._sum_of_squares(p)
        # of ln(ssr)
        slope = by_p[..., :q] / ssr[..., None]
        products = slope[..., :, None] * slope[..., None, :]
        curvature = by_pp[..., :q, :q] / ssr[..., None, None] - products

        t = self.periods
        half_n = self.nobs / 2
        _, volume_by_p, volume_by_pp = volumes.T
        gradient = t * volume_by_p - half_n * slope
        hessian = np.diag(t * volume_by_pp) - half_n * curvature
        return ssr, gradient, hessian

    def solve(self, p: np.ndarray) -> tuple[np.ndarray, float]:
        """Coefficients b (K,) and sum of squares at p."""
        rho, lam = self.split(p)
        K = self.n_regressors
        if not self.has_lam:
            R = self._triangle[:K, :K]
            projected = self._less_lag(self._triangle[:K, K:], rho)
            b = np.linalg.solve(R, projected)
            ssr, _, _ = self._parabola(rho)
            return b, ssr

        filtered = self.plain - lam * self.lagged
        y = self._less_lag(filtered[:, K:], rho)
        Q, R = np.linalg.qr(filtered[:, :K])
        projected = Q.T @ y
        b = np.linalg.solve(R, projected)
        e = y - Q @ projected
        return b, float(e @ e)

    def root(self, p: np.ndarray) -> np.ndarray:
        """Upper triangular R with R'R the products of the filtered regressors at p, (K, K)."""
        _, lam = self.split(p)
        K = self.n_regressors
        if not self.has_lam:
            return self._triangle[:K, :K]
        filtered = self.plain - lam * self.lagged
        factor: Any = np.linalg.qr(filtered[:, :K], mode="r")
        return np.asarray(factor)

    def _less_lag(self, outcome: np.ndarray, rho: float) -> np.ndarray:
        """y - rho Wy of columns (..., 1 or 2) [y, Wy]; y where the model has no lag of it."""
        y = outcome[..., 0]
        if self.has_rho:
            y = y - rho * outcome[..., 1]
        return y

    def _unexplained(self, lam: float) -> np.ndarray:
        """What the regressors leave of y and Wy at lam, in two rows: e'e is the squared length of
        c_y - rho c_Wy.
        """
        K = self.n_regressors
        filtered = self.plain - lam * self.lagged
        factor: Any = np.linalg.qr(filtered, mode="r")
        return np.asarray(factor)[K:, K:]

    @cached_property
    def _triangle(self) -> np.ndarray:
        """R of `plain`, which serves every trial value where there is no lag of the error."""
        factor: Any = np.linalg.qr(self.plain, mode="r")
        return np.asarray(factor)

    @property
    def _unexplained_plain(self) -> np.ndarray:
        K = self.n_regressors
        return self._triangle[K:, K:]

    @cached_property
    def _moments(self) -> tuple[float, float, float]:
        """Squares and product of what the regressors leave of y and Wy."""
        of_y, of_lag = self._unexplained_plain.T
        yy = float(of_y @ of_y)
        yl = float(of_y @ of_lag)
        ll = float(of_lag @ of_lag)
        return yy, yl, ll

    def _parabola(self, rho: float) -> tuple[float, float, float]:
        """Sum of squares and its derivatives by rho where there is no lag of the error."""
        yy, yl, ll = self._moments
        ssr = yy - 2 * rho * yl + rho * rho * ll
        slope = 2 * (rho * ll - yl)
        curvature = 2 * ll
        return ssr, slope, curvature

    def _sum_of_squares(self, p: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sum of squares at p, its gradient and Hessian by p, b concentrated out."""
        rho, lam = self.split(p)
        K = self.n_regressors
        MZ = self.lagged[..., :K]
        My = self._less_lag(self.lagged[..., K:], rho)
        filtered = self.plain - lam * self.lagged
        y = self._less_lag(filtered[..., K:], rho)

        # the regression at given rho and lam
        Q, R = np.linalg.qr(filtered[..., :K])
        projected = _transposed(Q) @ y[..., None]
        e = y - (Q @ projected)[..., 0]
        b = np.linalg.solve(R, projected)
        e_column = e[..., None]

        # D: derivatives of -e by (rho, lam) at fixed b; X: what b makes of them when it follows,
        # for lam with R^-1' (M Z)'e, because its filter moves the regressors too
        Mu = My - (MZ @ b)[..., 0]
        D = Mu[..., None]
        of_filter = np.linalg.solve(_transposed(R), _transposed(MZ) @ e_column)
        X = _transposed(Q) @ D + of_filter
        if self.has_rho:
            Wy = filtered[..., K + 1, None]
            explained = _transposed(Q) @ Wy
            D = np.concatenate([Wy, D], axis=-1)
            X = np.concatenate([explained, X], axis=-1)

        ssr = np.sum(e * e, axis=-1)
        gradient = -2.0 * (_transposed(D) @ e_column)[..., 0]
        hessian = 2.0 * (_transposed(D) @ D - _transposed(X) @ X)
        if self.has_rho:
            # e is bilinear in rho and lam
            MWy = self.lagged[..., K + 1]
            bilinear = 2.0 * np.sum(e * MWy, axis=-1)
            hessian[..., 0, 1] += bilinear
            hessian[..., 1, 0] += bilinear
        return ssr, gradient, hessian


def _transposed(matrices: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrices, -1, -2)
