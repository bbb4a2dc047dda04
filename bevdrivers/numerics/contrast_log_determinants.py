"""Log-determinants of I - rho W in what further fixed effects leave of the units.

Unit effects that are absorbed beyond the constant (regions, trends) leave the units in contrasts Q
= I - PP', P an orthonormal basis of what is removed. The likelihood then needs tr Q ln(I - rho W)
in the place of ln|I - rho W|.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.polynomial.legendre import leggauss

from .eigenvalue_log_determinants import Spectrum
from .factored_log_determinants import FactoredSpectrum
from .series_log_determinants import SeriesSpectrum


@dataclass(frozen=True, eq=False)
class QuotientSpectrum:
    """A log-determinant less some eigenvalues: of W in contrasts that leave out more than the
    constant.

    Where W maps the removed subspace into itself, |I - rho W| is the product of the determinants on
    that subspace and on the contrasts, so that the logs subtract.

    Attributes
    ----------
    whole : FactoredSpectrum or SeriesSpectrum
    removed : array of shape (q,), real or complex
        The eigenvalues of W on the subspace that is left out.
    """

    whole: FactoredSpectrum | SeriesSpectrum
    removed: np.ndarray

    @cached_property
    def _part(self) -> Spectrum:
        return Spectrum(self.removed)

    @property
    def bounds(self) -> tuple[float, float]:
        return self.whole.bounds

    def log_determinant(self, rho: Any) -> Any:
        """ln|I - rho W| in contrasts, for a scalar rho or an array of them."""
        whole = self.whole.log_determinant(rho)
        removed = self._part.log_determinant(rho)
        return whole - removed

    def at(self, rho: float) -> tuple[float, float, float]:
        """The same with its first and second derivative by rho."""
        value, first, second = self.whole.at(rho)
        removed_value, removed_first, removed_second = self._part.at(rho)
        return (
            value - removed_value,
            first - removed_first,
            second - removed_second,
        )

    def derivatives(self, rho: float) -> tuple[float, float]:
        """First and second derivative by rho: minus the traces of G and GG in contrasts."""
        return self.at(rho)[1:]


# Gauss-Legendre nodes of the integral below. In u, where rho = middle + half tanh(u), the integrand
# has no singularity nearer than pi/2 to the real line: 32 nodes leave less than 1e-9 up to 1e-6 of
# the range's width from its ends.
QUADRATURE = leggauss(32)


@dataclass(frozen=True, eq=False)
class AdjustedSpectrum:
    """tr Q ln(I - rho W) for a projection Q = I - PP' that W need not commute with, and its
    derivatives by rho.

    The derivatives are -tr QG and -tr QGG with G = W (I - rho W)^-1. Where W maps the columns of P
    into their own span it is the log-determinant in contrasts: that of `Spectrum.without_unit` for
    the constant.

    Attributes
    ----------
    whole : Spectrum, FactoredSpectrum or SeriesSpectrum
        Of W.
    W : array or sparse array of shape (N, N)
    pencil : Pencil
        I - rho W.
    basis : array of shape (N, q)
        P, orthonormal.
    """

    whole: Spectrum | FactoredSpectrum | SeriesSpectrum
    W: Any
    pencil: Any
    basis: np.ndarray
    _known: dict[float, float] = field(default_factory=dict)

    @property
    def bounds(self) -> tuple[float, float]:
        return self.whole.bounds

    def log_determinant(self, rho: Any) -> Any:
        """tr Q ln(I - rho W) for a scalar rho or an array of them (same shape out)."""
        rho = np.asarray(rho, dtype=float)
        whole = self.whole.log_determinant(rho)
        removed = np.array([self._removed(float(value)) for value in rho.ravel()])
        return whole - removed.reshape(rho.shape)

    def at(self, rho: float) -> tuple[float, float, float]:
        """tr Q ln(I - rho W) and its first and second derivative by rho."""
        # tr QA = tr A - tr P'AP
        value, first, second = self.whole.at(rho)
        removed = self._removed(rho)
        removed_trace_g, removed_trace_gg = self._removed_traces(rho)
        return (
            value - removed,
            first + removed_trace_g,
            second + removed_trace_gg,
        )

    def derivatives(self, rho: float) -> tuple[float, float]:
        """-tr QG and -tr QGG."""
        return self.at(rho)[1:]

    def _removed_traces(self, rho: float) -> tuple[float, float]:
        """tr P'GP and tr P'GGP."""
        P = self.basis
        resolvent = self.pencil.at(rho)
        GP = self.W @ resolvent.solve(P)
        GGP = self.W @ resolvent.solve(GP)

        # tr P'A is the sum of P times A, cell by cell
        trace_g = np.sum(P * GP)
        trace_gg = np.sum(P * GGP)
        return float(trace_g), float(trace_gg)

    def _removed_trace_at(self, rhos: np.ndarray) -> np.ndarray:
        """tr P'GP at each of several rho (R,), (R,)."""
        solved = self._solved_at(rhos)
        # tr P'W (I - rho W)^-1 P = sum of (W'P) times (I - rho W)^-1 P, cell by cell
        back = self.W.T @ self.basis
        traces: np.ndarray = np.einsum("iq,riq->r", back, solved)
        return traces

    def _solved_at(self, rhos: np.ndarray) -> np.ndarray:
        """(I - rho W)^-1 P at each of several rho (R,), (R, N, q)."""
        if isinstance(self.W, np.ndarray):
            identity = np.eye(len(self.W))
            systems = identity - rhos[:, None, None] * self.W
            return np.linalg.solve(systems, self.basis)

        solved = []
        for rho in rhos:
            resolvent = self.pencil.at(float(rho))
            solved.append(resolvent.solve(self.basis))
        return np.array(solved)

    def _removed(self, rho: float) -> float:
        """tr P' ln(I - rho W) P, kept for each rho that was asked for."""
        if rho not in self._known:
            self._known[rho] = self._integral(rho)
        return self._known[rho]

    def _integral(self, rho: float) -> float:
        """tr P' ln(I - rho W) P, which is zero at rho = 0: minus the integral of tr P'GP from 0 to
        rho.
        """
        low, high = self.bounds
        middle = (low + high) / 2
        half = (high - low) / 2

        # substitute rho = middle + half tanh(u), d rho = half (1 - tanh(u)^2) du
        start = np.arctanh(-middle / half)
        stop = np.arctanh((rho - middle) / half)
        width = stop - start

        # the nodes lie in (-1, 1): take them to (start, stop)
        nodes, weights = QUADRATURE
        u = start + (nodes + 1) / 2 * width
        tanh = np.tanh(u)
        rhos = middle + half * tanh

        traces = self._removed_trace_at(rhos)
        integrand = weights * traces * half * (1 - tanh**2)
        integral = width / 2 * np.sum(integrand)
        return -float(integral)
