"""Intervals of long-run impacts that know that the long run may not be identified.

A long-run impact s grows without bound where the process comes to a unit root, as 1/d does with

    d = 1 - tau - (rho + eta) omega,

omega the largest eigenvalue of W (1 for a row-normalised one; d = 1 - tau without W). Symmetric
intervals around s suppose that this does not matter. The product h = s d
has a limit there, and d is linear in the parameters. So the hypothesis that s is c is the
hypothesis that h - c d is zero, and its Wald test keeps the c with

    (h - c d)^2 <= z^2 (V_hh - 2 c V_hd + c^2 V_dd),

V the covariance of (h, d) by the delta method: for an impact that is a ratio of linear functions,
as the total one under a row-normalised W, Fieller's interval. Where d is not significantly above
zero at this level, no upper bound of |s| can be had from the sample, and the interval says so:
bounds are infinite. Of the two rays that are then left, the one of stable processes, d > 0, is the
interval.

Fieller (1954), J. R. Stat. Soc. B 16, 175-185, doi:10.1111/j.2517-6161.1954.tb00159.x.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import OptionError
from ...results import critical_value, two_sided_p
from ..design.sample import Sample
from .many import ImpactsAsked, impact_gradient, impacts_at


@dataclass(frozen=True, eq=False)
class Fieller:
    """Intervals of m ratios h/d.

    Attributes
    ----------
    h : array of shape (m,)
    d : float
        Above zero.
    of_h, across : arrays of shape (m,)
        Variances of h, and covariances of h and d.
    of_d : float
        Variance of d.
    df : int or None
        Degrees of freedom of t; None for the normal distribution.
    """

    h: np.ndarray
    d: float
    of_h: np.ndarray
    of_d: float
    across: np.ndarray
    df: int | None = None

    @classmethod
    def of(
        cls,
        sample: Sample,
        asked: ImpactsAsked,
        terms: tuple[str, ...],
        values: np.ndarray,
        covariance: np.ndarray,
        df: int | None,
    ) -> Fieller:
        """Of long-run impacts at values (P,) with covariance (P, P)."""
        check_long_run(asked)
        all_impacts, _ = impacts_at(sample, asked, terms, values[None], covariance[None])
        impacts = all_impacts[0]
        slopes = _slopes(sample, terms)
        d = 1.0 + float(slopes @ values)

        # the derivatives of the product h = s d, and its covariances
        gradient = d * impact_gradient(sample, asked, terms, values)
        gradient = gradient + np.multiply.outer(impacts, slopes)
        along = gradient @ covariance
        return cls(
            h=impacts * d,
            d=d,
            of_h=np.einsum("mp,mp->m", along, gradient),
            of_d=float(slopes @ covariance @ slopes),
            across=along @ slopes,
            df=df,
        )

    def at(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        """The lower and upper bounds, (m,) each."""
        z2 = critical_value(level, self.df) ** 2
        # (h - c d)^2 <= z^2 (V_hh - 2 c V_hd + c^2 V_dd), that is a c^2 - 2 b c + k <= 0
        a = self.d**2 - z2 * self.of_d
        b = self.h * self.d - z2 * self.across
        k = self.h**2 - z2 * self.of_h
        discriminant = np.maximum(b * b - a * k, 0.0)
        root = np.sqrt(discriminant)
        if a > 0.0:
            low = (b - root) / a
            high = (b + root) / a
            return low, high

        # d may be zero: all c are kept if h may be, too; else the roots lie on either side of zero
        # and those c are kept that are beyond the root on the side of h, whichever is the nearer
        sum_of_both = b + np.copysign(root, b)
        with np.errstate(divide="ignore", invalid="ignore"):
            # neither is a difference of near numbers, and one does without a, which may be zero
            one = k / sum_of_both
            other = sum_of_both / a
        h_differs = k > 0.0
        is_above = h_differs & (self.h > 0.0)
        is_below = h_differs & (self.h < 0.0)
        low = np.where(is_above, np.where(sum_of_both > 0.0, one, other), -np.inf)
        high = np.where(is_below, np.where(sum_of_both > 0.0, other, one), np.inf)
        return low, high

    @property
    def pvalues(self) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = self.h / np.sqrt(self.of_h)
            return two_sided_p(statistic, self.df)


def check_long_run(asked: ImpactsAsked | None) -> None:
    """Refuse what is no long-run impact.

    Raises
    ------
    OptionError
    """
    if asked is None or asked.horizon != "long":
        got = "parameters"
        if asked is not None:
            got = f"horizon={asked.horizon!r}"
        raise OptionError(
            "fieller",
            expected="impacts with horizon='long'",
            got=got,
            remedy="Use 'bootstrap-t' or 'percentile'.",
        )


def _slopes(sample: Sample, terms: tuple[str, ...]) -> np.ndarray:
    """Derivatives of d by the parameters, (P,)."""
    omega = 0.0
    if sample.W is not None:
        _, high = sample.W.spectrum.bounds
        omega = 1.0 / high
    by_name = {
        "tau": -1.0,
        "rho": -omega,
        "eta": -omega,
    }
    return np.array([by_name.get(term, 0.0) for term in terms])
