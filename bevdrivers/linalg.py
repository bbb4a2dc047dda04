"""The few linear algebra steps that every spatial model shares: lags of (T, N, ...) arrays, spectra, determinants."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

# Where W has no negative real eigenvalue (a directed ring of odd length), I - rho W is regular for every negative rho
# and the likelihood has no lower end: the search then stops at this multiple of 1 / (spectral radius of W).
RHO_FLOOR = -10.0

# An eigenvalue counts as real when its imaginary part is rounding error beside the spectral radius.
REAL_TOLERANCE = 1e-8


def spatial_lag(W: Any, values: np.ndarray) -> np.ndarray:
    """W applied to the unit axis: (W values)[t, i] = sum_j W[i, j] values[t, j].

    Parameters
    ----------
    W : array or sparse array of shape (N, N)
    values : array of shape (T, N) or (T, N, K)

    Returns
    -------
    array of the shape of `values`
    """
    if isinstance(W, np.ndarray) and values.ndim == 2:
        return values @ W.T
    by_unit = np.moveaxis(values, 1, 0)
    lagged = W @ by_unit.reshape(by_unit.shape[0], -1)
    return np.moveaxis(lagged.reshape(by_unit.shape), 0, 1)


def eigenvalues(W: np.ndarray, links: np.ndarray | None = None) -> np.ndarray:
    """All eigenvalues of W, complex ones kept.

    Parameters
    ----------
    W : array of shape (N, N)
    links : array of shape (N, N), optional
        Non-negative links of which W is a row scaling. When they are symmetric, W is similar to a symmetric matrix and
        the symmetric solver serves.

    Returns
    -------
    array of shape (N,): real and ascending from the symmetric solver, else as they come, complex where any is.
    """
    if links is not None and np.array_equal(links, links.T):
        total, scaled = links.sum(axis=1), W.sum(axis=1)
        root = np.sqrt(np.divide(scaled, total, out=np.zeros_like(total), where=total > 0))
        return np.linalg.eigvalsh(root[:, None] * links * root)
    found = np.linalg.eigvals(W)
    return found.real if np.all(found.imag == 0) else found


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The eigenvalues of W and what follows: bounds of rho, ln|I - rho W| and its derivatives.

    Attributes
    ----------
    values : array of shape (N,), real or complex
    """

    values: np.ndarray

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """The open interval of rho around zero in which I - rho W is regular: (1/omega_min, 1/omega_max).

        From the real eigenvalues. Without a negative one the lower end is `RHO_FLOOR` over the spectral radius;
        without a positive one the upper end is minus that.
        """
        radius = float(np.abs(self.values).max(initial=0.0))
        if radius == 0.0:
            return -np.inf, np.inf
        real = self.values.real[np.abs(self.values.imag) <= REAL_TOLERANCE * radius]
        low, high = float(real.min(initial=0.0)), float(real.max(initial=0.0))
        small = REAL_TOLERANCE * radius
        return (1.0 / low if low < -small else RHO_FLOOR / radius, 1.0 / high if high > small else -RHO_FLOOR / radius)

    @cached_property
    def without_unit(self) -> Spectrum:
        """The spectrum of W in contrasts over the units: one unit eigenvalue (of the constant vector) is left out."""
        return Spectrum(np.delete(self.values, np.argmin(np.abs(self.values - 1.0))))

    def log_determinant(self, rho: Any) -> Any:
        """ln|I - rho W| for a scalar rho or an array of them (same shape out)."""
        terms = 1.0 - np.multiply.outer(np.asarray(rho), self.values)
        return np.log(np.abs(terms)).sum(axis=-1)

    def derivatives(self, rho: float) -> tuple[float, float]:
        """First and second derivative of ln|I - rho W| by rho: -tr G and -tr GG with G = W (I - rho W)^-1."""
        ratio = self.values / (1.0 - rho * self.values)
        return -float(ratio.sum().real), -float((ratio * ratio).sum().real)


def is_row_normalised(W: sparse.csr_array, tolerance: float = 1e-10) -> bool:
    """Whether every row of W sums to one (a zero row of an island does not)."""
    return bool(np.all(np.abs(W.sum(axis=1) - 1.0) <= tolerance))
