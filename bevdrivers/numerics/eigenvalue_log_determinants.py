"""Log-determinants of I - rho W for few units, from the eigenvalues of W.

With the eigenvalues omega_1, ..., omega_N of W,

    ln|I - rho W| = sum_i ln(1 - rho omega_i).

By Jacobi's formula its derivatives by rho are -tr G and -tr GG with G = W (I - rho W)^-1, whose
eigenvalues are omega_i / (1 - rho omega_i).

Source: Ord (1975), Journal of the American Statistical Association 70, 120-126,
doi:10.1080/01621459.1975.10480272.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .linalg import REAL_TOLERANCE, RHO_FLOOR


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
        """The open interval of rho around zero in which I - rho W is regular: (1/omega_min,
        1/omega_max).

        From the real eigenvalues. Without a negative one the lower end is `RHO_FLOOR` over the
        spectral radius; without a positive one the upper end is minus that. Where all are zero, as
        of links that never lead back to where they began, no rho is singular: the ends are those of
        a radius of one.
        """
        radius = float(np.abs(self.values).max(initial=0.0))
        if radius == 0.0:
            return RHO_FLOOR, -RHO_FLOOR

        # 1 - rho omega can only vanish for a real omega
        rounding = REAL_TOLERANCE * radius
        is_real = np.abs(self.values.imag) <= rounding
        real = self.values.real[is_real]
        smallest = float(real.min(initial=0.0))
        largest = float(real.max(initial=0.0))

        low = RHO_FLOOR / radius
        high = -RHO_FLOOR / radius
        if smallest < -rounding:
            low = 1.0 / smallest
        if largest > rounding:
            high = 1.0 / largest
        return low, high

    @cached_property
    def circle(self) -> tuple[float, float] | None:
        """Centre and radius of the circle about a point of the real line on which all eigenvalues
        lie; None where they lie on none, or all are real.

        |omega - b|^2 = s^2 is linear in b and s^2 - b^2: |omega|^2 = 2 b Re omega + (s^2 - b^2).
        """
        if not np.iscomplexobj(self.values):
            return None

        # solve for b and s^2 - b^2
        squares = np.abs(self.values) ** 2
        ones = np.ones(len(squares))
        columns = np.column_stack([2 * self.values.real, ones])
        (centre, rest), _, rank, _ = np.linalg.lstsq(columns, squares, rcond=REAL_TOLERANCE)

        fitted = columns @ [centre, rest]
        misfit = np.abs(squares - fitted).max()
        if rank < 2 or misfit > REAL_TOLERANCE * squares.max():
            return None
        radius = np.sqrt(rest + centre**2)
        return float(centre), float(radius)

    @cached_property
    def without_unit(self) -> Spectrum:
        """The spectrum of W in contrasts over the units: one unit eigenvalue (of the constant
        vector) is left out.
        """
        from_one = np.abs(self.values - 1.0)
        others = np.delete(self.values, np.argmin(from_one))
        return Spectrum(others)

    def log_determinant(self, rho: Any) -> Any:
        """ln|I - rho W| for a scalar rho or an array of them (same shape out)."""
        products = np.multiply.outer(np.asarray(rho), self.values)
        terms = 1.0 - products
        return np.log(np.abs(terms)).sum(axis=-1)

    def at(self, rho: float) -> tuple[float, float, float]:
        """ln|I - rho W| and its first and second derivative by rho."""
        terms = 1.0 - rho * self.values
        log_determinant = np.log(np.abs(terms)).sum()

        # eigenvalues of G; complex ones come in pairs, so that traces are real
        of_g = self.values / terms
        trace_g = of_g.sum().real
        trace_gg = (of_g * of_g).sum().real
        return (
            float(log_determinant),
            -float(trace_g),
            -float(trace_gg),
        )

    def many(self, rho: np.ndarray) -> np.ndarray:
        """`at` for an array of rho (R,), (3, R)."""
        products = np.multiply.outer(rho, self.values)
        terms = 1.0 - products
        log_determinant = np.log(np.abs(terms)).sum(axis=-1)

        of_g = self.values / terms
        trace_g = of_g.sum(axis=-1).real
        trace_gg = (of_g * of_g).sum(axis=-1).real
        return np.stack([log_determinant, -trace_g, -trace_gg])

    def derivatives(self, rho: float) -> tuple[float, float]:
        """First and second derivative of ln|I - rho W| by rho: -tr G and -tr GG with G = W (I - rho
        W)^-1.
        """
        return self.at(rho)[1:]
