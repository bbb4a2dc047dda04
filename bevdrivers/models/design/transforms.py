"""Removing fixed effects from (T, N, ...) arrays, and how many observations that leaves."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...numerics.contrast_log_determinants import AdjustedSpectrum, QuotientSpectrum
from ...numerics.eigenvalue_log_determinants import Spectrum
from ...numerics.factored_log_determinants import FactoredSpectrum
from ...numerics.linalg import eigenvalues, off_basis
from ...numerics.series_log_determinants import SeriesSpectrum
from ...weights import SpatialWeights

AnySpectrum = Spectrum | FactoredSpectrum | SeriesSpectrum | QuotientSpectrum | AdjustedSpectrum


@dataclass(frozen=True, eq=False)
class Within:
    """The projection Q that removes fixed effects from a balanced panel.

    Attributes
    ----------
    unit, time : bool
        Whether unit effects and time effects are among them.
    terms : tuple of str
        Further effects, as ``absorb=`` names them.
    over_time : array of shape (T, p) or None
        Orthonormal basis of what is removed from each unit's series where that is more than the
        mean: trends.
    over_units : array of shape (N, q) or None
        The same for each period's cross-section: groups of units by period.
    rest : array of shape (T, N, r) or None
        Orthonormal basis of the other dummies, after the effects above.
    """

    unit: bool
    time: bool
    terms: tuple[str, ...] = ()
    over_time: np.ndarray | None = None
    over_units: np.ndarray | None = None
    rest: np.ndarray | None = None

    @classmethod
    def of(cls, effects: str | None) -> Within:
        """From the option ``fixed_effects``: "two-way", "unit", "time" or None."""
        return cls(effects in ("unit", "two-way"), effects in ("time", "two-way"))

    @property
    def name(self) -> str:
        """ "two-way", "unit", "time" or "none"."""
        if self.unit:
            return "two-way" if self.time else "unit"
        return "time" if self.time else "none"

    @property
    def label(self) -> str:
        """All effects in words, for messages."""
        if self.name == "none" and self.terms:
            return str(self.terms[0])
        return " and ".join((self.name, *self.terms))

    @property
    def takes_constant(self) -> bool:
        """Whether the intercept is among what Q removes."""
        return self.unit or self.time or self.rest is not None

    def demean(self, values: np.ndarray) -> np.ndarray:
        """Q applied to an array of shape (T, N) or (T, N, K)."""
        # sums instead of mean(): its checks take longer than the work itself in a small panel
        if self.over_time is not None:
            trends = np.tensordot(self.over_time.T, values, 1)
            values = values - np.tensordot(self.over_time, trends, 1)
        elif self.unit:
            values = values - np.add.reduce(values, axis=0) / values.shape[0]
        if self.over_units is not None:
            groups = np.einsum("iq,ti...->tq...", self.over_units, values)
            values = values - np.einsum("iq,tq...->ti...", self.over_units, groups)
        elif self.time:
            values = values - np.add.reduce(values, axis=1, keepdims=True) / values.shape[1]
        if self.rest is not None:
            dummies = np.tensordot(self.rest, values, ([0, 1], [0, 1]))
            values = values - np.tensordot(self.rest, dummies, ([2], [0]))
        return values

    def removed(self) -> tuple[int, int]:
        """Dimensions that Q takes from each unit's T periods and from each period's N units."""
        of_periods, of_units = int(self.unit), int(self.time)
        if self.over_time is not None:
            of_periods = self.over_time.shape[1]
        if self.over_units is not None:
            of_units = self.over_units.shape[1]
        return of_periods, of_units

    def absorbed(self, T: int, N: int) -> int:
        """Number of linearly independent dummies that Q stands for."""
        p, q = self.removed()
        # p dummies a unit and q a period, of which p q are both
        of_factors = p * N + q * T - p * q
        return of_factors if self.rest is None else of_factors + self.rest.shape[2]

    def rows(self, T: int, N: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the two factors of Q (`rest` apart), over time and over units: the first one
        where all are alike.
        """
        over_time = _rows(T, self.over_time, mean=self.unit)
        return over_time, _rows(N, self.over_units, mean=self.time)

    def shares(self, T: int, N: int) -> tuple[np.ndarray, np.ndarray]:
        """Diagonals of the two factors of Q, (T,) and (N,): what it leaves of the variance of iid
        errors.
        """
        of_time = np.full(T, 1.0 - self.unit / T)
        of_units = np.full(N, 1.0 - self.time / N)
        if self.over_time is not None:
            of_time = 1.0 - np.sum(self.over_time**2, axis=1)
        if self.over_units is not None:
            of_units = 1.0 - np.sum(self.over_units**2, axis=1)
        return of_time, of_units


def _rows(
    n: int,
    basis: np.ndarray | None,
    *,
    mean: bool,
) -> np.ndarray:
    """Rows of the projection off a basis (n, p), or off the mean: the first one alone where all are
    alike.
    """
    if basis is not None:
        return off_basis(np.eye(n), basis)
    return np.eye(1, n) - mean / n


@dataclass(frozen=True)
class Contrasts:
    """The dimensions in which a likelihood lives.

    Direct maximum likelihood keeps N units and T periods whatever was demeaned. The transformation
    of Lee and Yu (2010, J. Econometrics 154, 165-185, doi:10.1016/j.jeconom.2009.08.001) goes to
    orthonormal contrasts: T - 1 periods when unit effects are removed, N - 1 units when time
    effects are; T - 2 with trends of the units, N - R with effects of R groups by period. With y of
    the period before among the regressors the periods stay T: contrasts over time would mix the
    outcome's past and future.

    The adjusted score has the same dimensions, but no contrasts need exist for it: W may lead out
    of what Q leaves. The score of direct maximum likelihood is centred, e'Q(Wy)/s2 - t tr QG with
    s2 = SSR/n (Yang 2018, J. Econometrics 205, 423-447), and integrated over rho. Where contrasts
    exist it is Lee and Yu's.

    Attributes
    ----------
    periods, units : int
        Effective T and N.
    over_units : bool
        Whether the units are in contrasts, so that W loses its unit eigenvalue.
    basis : array of shape (N, q) or None
        Orthonormal basis of what the contrasts over units leave out where that is more than the
        constant.
    adjusted : bool
        Whether the score is adjusted instead.
    cells : int or None
        Number of dimensions where cells are missing, or weights differ by period: no product of
        periods and units.
    """

    periods: int
    units: int
    over_units: bool
    basis: np.ndarray | None = field(default=None, compare=False)
    adjusted: bool = False
    cells: int | None = None

    @classmethod
    def of(
        cls,
        within: Within,
        T: int,
        N: int,
        *,
        lee_yu: bool,
        dynamic: bool = False,
        adjusted: bool = False,
    ) -> Contrasts:
        if not lee_yu:
            return cls(T, N, False)
        p, q = within.removed()
        periods = T if dynamic else T - p
        return cls(periods, N - q, within.time, within.over_units, adjusted)

    @property
    def nobs(self) -> int:
        return self.periods * self.units if self.cells is None else self.cells

    def project(self, matrix: np.ndarray) -> np.ndarray:
        """An (N, N) matrix as the contrasts see it: with columns off the constant, or the groups,
        where they are over units.

        For matrices that map what is left out into itself (powers and inverses of a row-normalised
        W, the constant) traces of products of the projected matrices equal those of the matrices in
        contrasts. For others: `both_sides`.
        """
        if not self.over_units:
            return matrix
        if self.basis is None:
            projected: np.ndarray = matrix - matrix.mean(axis=0)
            return projected
        return off_basis(matrix, self.basis)

    def both_sides(self, matrix: np.ndarray) -> np.ndarray:
        """Q A Q for an (N, N) matrix A and the projection Q that the contrasts over units stand
        for.
        """
        return self.project(self.project(matrix).T).T

    def spectrum(self, W: SpatialWeights) -> AnySpectrum:
        """The spectrum of W in these contrasts."""
        if not self.over_units:
            return W.spectrum
        if self.adjusted:
            constant = np.full((W.n_units, 1), W.n_units**-0.5)
            basis = constant if self.basis is None else self.basis
            return AdjustedSpectrum(W.spectrum, W.operator, W.pencil, basis)
        if self.basis is None:
            return W.spectrum.without_unit
        if isinstance(W.spectrum, Spectrum):
            # the contrasts themselves: a basis of what the groups leave
            complete = np.linalg.qr(self.basis, mode="complete")[0]
            F = complete[:, self.basis.shape[1] :]
            return Spectrum(eigenvalues(F.T @ (W.operator @ F)))
        # W maps the groups into themselves: its determinant there is divided out
        of_groups = self.basis.T @ (W.operator @ self.basis)
        return QuotientSpectrum(W.spectrum, eigenvalues(of_groups))
