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
    return spectrum.rough if isinstance(spectrum, FactoredSpectrum) else spectrum


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
        C = sample.columns.shape[2]
        factor = sample.factor
        lagged = factor[:, C:] if sample.M is not None else np.zeros_like(factor)
        dims = sample.contrasts
        bounds = np.array([W.spectrum.bounds for W in (sample.W, sample.M) if W is not None])
        of_y, of_u = (None if W is None else dims.spectrum(W) for W in (sample.W, sample.M))
        return cls(
            factor[:, :C], lagged, sample.n_regressors, dims.nobs, dims.periods, of_y, of_u, bounds
        )

    @cached_property
    def rough(self) -> Likelihood | None:
        """A stand-in to begin the search with, where log-determinants cost factorisations; None
        where they do not.
        """
        if not any(isinstance(spectrum, FactoredSpectrum) for spectrum in self.spectra):
            return None
        return replace(self, y_spectrum=_rough(self.y_spectrum), u_spectrum=_rough(self.u_spectrum))

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
        return [spectrum for spectrum in (self.y_spectrum, self.u_spectrum) if spectrum is not None]

    @property
    def exact_columns(self) -> tuple[tuple[np.ndarray, np.ndarray], tuple[float, ...]]:
        """See `Maximand`: all of them, and there are no other parameters."""
        return (self.plain, self.lagged), ()

    def with_filter(self, p: np.ndarray, k: int, value: float, factor: float) -> np.ndarray:
        """See `Maximand`: sigma2 takes up the factor."""
        moved = p.copy()
        moved[k] = value
        return moved

    def split(self, p: np.ndarray) -> tuple[float, float]:
        """(rho, lam) of a parameter vector; zero for the one that the model does not have."""
        rho = float(p[0]) if self.has_rho else 0.0
        return rho, float(p[-1]) if self.has_lam else 0.0

    def value(self, p: np.ndarray) -> float:
        """Concentrated log-likelihood at p, with exact log-determinants."""
        rho, lam = self.split(p)
        unexplained = self._unexplained(lam) if lam else self._unexplained_plain
        e = unexplained[:, 0] - rho * unexplained[:, 1] if self.has_rho else unexplained[:, 0]
        return self.at(p, float(e @ e))

    def values(self, rho: np.ndarray) -> np.ndarray:
        """Concentrated log-likelihood at many rho (R,), for models without a lag of the error."""
        assert self.y_spectrum is not None
        ssr = self._parabola(rho)[0]  # type: ignore[arg-type]
        volume = self.y_spectrum.log_determinant(rho)
        fit = np.log(2 * np.pi * ssr / self.nobs) + 1
        values: np.ndarray = self.periods * volume - self.nobs / 2 * fit
        return values

    def at(self, p: np.ndarray, ssr: float) -> float:
        """Log-likelihood at p, given the sum of squares there."""
        pairs = zip(self.spectra, p, strict=True)
        volume = sum(spectrum.log_determinant(value) for spectrum, value in pairs)
        fit = np.log(2 * np.pi * ssr / self.nobs) + 1
        return float(self.periods * volume - self.nobs / 2 * fit)

    def line(self, x: float) -> tuple[float, float, float]:
        """Value, slope and curvature of the concentrated log-likelihood in its one spatial
        parameter.
        """
        if self.has_rho:
            ssr, by_x, by_xx = self._parabola(x)
        else:
            squares, gradient, hessian = self._sum_of_squares(np.array([x]))
            ssr, by_x, by_xx = float(squares), float(gradient[0]), float(hessian[0, 0])
        volume, first, second = self.spectra[0].at(x)
        slope = by_x / ssr
        value = self.periods * volume - self.nobs / 2 * (
            math.log(2 * math.pi * ssr / self.nobs) + 1
        )
        return (
            value,
            self.periods * first - self.nobs / 2 * slope,
            self.periods * second - self.nobs / 2 * (by_xx / ssr - slope * slope),
        )

    def score(self, p: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Value, gradient and Hessian of the concentrated log-likelihood at p."""
        if len(self.spectra) == 1:
            value, first, second = self.line(float(p[0]))
            return value, np.array([first]), np.array([[second]])
        volumes = self.volumes(p)
        ssr, gradient, hessian = self.derivatives(p, volumes)
        fit = np.log(2 * np.pi * float(ssr) / self.nobs) + 1
        value = self.periods * volumes[:, 0].sum() - self.nobs / 2 * fit
        return float(value), gradient, hessian

    def volumes(self, p: np.ndarray) -> np.ndarray:
        """The log-determinants with their first and second derivatives, a row each, (q, 3)."""
        pairs = zip(self.spectra, p, strict=True)
        return np.array([spectrum.at(float(x)) for spectrum, x in pairs])

    def derivatives(
        self, p: np.ndarray, volumes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sum of squares, gradient (q,) and Hessian (q, q) at p, given the log-determinants there.

        With factors of many outcomes, (R, m, C), all three have a leading axis of R.
        """
        q = len(p)
        ssr, of_ssr, second_of_ssr = self._sum_of_squares(p)
        slope = of_ssr[..., :q] / ssr[..., None]
        products = slope[..., :, None] * slope[..., None, :]
        curvature = second_of_ssr[..., :q, :q] / ssr[..., None, None] - products
        gradient = self.periods * volumes[:, 1] - self.nobs / 2 * slope
        hessian = np.diag(self.periods * volumes[:, 2]) - self.nobs / 2 * curvature
        return ssr, gradient, hessian

    def solve(self, p: np.ndarray) -> tuple[np.ndarray, float]:
        """Coefficients b (K,) and sum of squares at p."""
        rho, lam = self.split(p)
        K = self.n_regressors
        if not self.has_lam:
            triangle = self._triangle[:K]
            left = triangle[:, K] - rho * triangle[:, K + 1]
            return np.linalg.solve(triangle[:, :K], left), self._parabola(rho)[0]
        filtered = self.plain - lam * self.lagged
        y = filtered[:, K] - rho * filtered[:, K + 1] if self.has_rho else filtered[:, K]
        Q, R = np.linalg.qr(filtered[:, :K])
        fitted = Q.T @ y
        e = y - Q @ fitted
        return np.linalg.solve(R, fitted), float(e @ e)

    def root(self, p: np.ndarray) -> np.ndarray:
        """Upper triangular R with R'R the products of the filtered regressors at p, (K, K)."""
        lam = self.split(p)[1]
        K = self.n_regressors
        if not self.has_lam:
            return self._triangle[:K, :K]
        factor: Any = np.linalg.qr((self.plain - lam * self.lagged)[:, :K], mode="r")
        return np.asarray(factor)

    def _unexplained(self, lam: float) -> np.ndarray:
        """What the regressors leave of y and Wy at lam, in two rows: e'e is the squared length of
        c_y - rho c_Wy.
        """
        factor: Any = np.linalg.qr(self.plain - lam * self.lagged, mode="r")
        return np.asarray(factor)[self.n_regressors :, self.n_regressors :]

    @cached_property
    def _triangle(self) -> np.ndarray:
        """R of `plain`, which serves every trial value where there is no lag of the error."""
        factor: Any = np.linalg.qr(self.plain, mode="r")
        return np.asarray(factor)

    @property
    def _unexplained_plain(self) -> np.ndarray:
        return self._triangle[self.n_regressors :, self.n_regressors :]

    @cached_property
    def _moments(self) -> tuple[float, float, float]:
        """Squares and product of what the regressors leave of y and Wy."""
        of_y, of_lag = self._unexplained_plain.T
        return float(of_y @ of_y), float(of_y @ of_lag), float(of_lag @ of_lag)

    def _parabola(self, rho: float) -> tuple[float, float, float]:
        """Sum of squares and its derivatives by rho where there is no lag of the error."""
        yy, yl, ll = self._moments
        return yy - 2 * rho * yl + rho * rho * ll, 2 * (rho * ll - yl), 2 * ll

    def _sum_of_squares(self, p: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sum of squares at p, its gradient and Hessian by p, b concentrated out."""
        rho, lam = self.split(p)
        K = self.n_regressors
        filtered = self.plain - lam * self.lagged
        Q, R = np.linalg.qr(filtered[..., :K])
        y, y_lag = filtered[..., K], self.lagged[..., K]
        if self.has_rho:
            y = y - rho * filtered[..., K + 1]
            y_lag = y_lag - rho * self.lagged[..., K + 1]
        fitted = _transposed(Q) @ y[..., None]
        e = y - (Q @ fitted)[..., 0]
        b = np.linalg.solve(R, fitted)

        # derivatives of -e by (rho, lam) at fixed b, and what b makes of them when it follows
        Mu = y_lag - (self.lagged[..., :K] @ b)[..., 0]
        D, of_residuals = Mu[..., None], _transposed(self.lagged[..., :K]) @ e[..., None]
        X = _transposed(Q) @ D + np.linalg.solve(_transposed(R), of_residuals)
        if self.has_rho:
            Wy = filtered[..., K + 1, None]
            D = np.concatenate([Wy, D], axis=-1)
            X = np.concatenate([_transposed(Q) @ Wy, X], axis=-1)
        hessian = 2.0 * (_transposed(D) @ D - _transposed(X) @ X)
        if self.has_rho:
            # e is bilinear in rho and lam
            bilinear = 2.0 * np.sum(e * self.lagged[..., K + 1], axis=-1)
            hessian[..., 0, 1] += bilinear
            hessian[..., 1, 0] += bilinear
        gradient = -2.0 * (_transposed(D) @ e[..., None])[..., 0]
        return np.sum(e * e, axis=-1), gradient, hessian


def _transposed(matrices: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrices, -1, -2)
