"""The adjusted quasi scores of b, rho, lam and the variance, and their slopes.

Over the n cells that are there, with A = I - rho B, R = I - lam M, M_D what takes the effects out
in the error's filter, e = M_D R (A y - Z b), G = R B A^-1 R^-1 and H = M R^-1,

    b:       Z'R'e
    rho:     (R B y)'e - sum_i w_i (M_D G)_ii
    lam:     e'H e - sum_i w_i (M_D H M_D)_ii
    sigma2:  e'e - (n - r) sigma2

The sums are the expectations of what stands before them for independent errors of variances w. With
one variance, w = sigma2, they are sigma2 tr(M_D G) and sigma2 tr(M_D H). Under variances of any
form w solves (M_D o M_D) w = e o e, entry by entry: E e_i^2 = sum_j (M_D)_ij^2 w_j. Then each
equation has expectation zero at the truth whatever the variances, for any n, N and T.

Sources: Yang (2018), J. Econometrics 205, 423-447, for the adjustment; Liu and Yang (2020), Japanese
J. Statist. Data Sci. 3, 257-311, doi:10.1007/s42081-020-00075-y, for unequal variances; Meng (2022),
https://ink.library.smu.edu.sg/etd_coll/425, chapter 1, for panels with missing units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from ...errors import OptionError
from .operators import Operators, Weights, probes
from .projection import EXACT_CELLS, Effects, Orthonormal, Projection
from .stacked import Stacked

# Of so many values of rho and lam the expectations are kept: those of the grid that every search of
# small samples begins with, and some more.
KEPT = 32


@dataclass(frozen=True, eq=False)
class Frame:
    """What the scores of all outcomes on one sample share.

    Attributes
    ----------
    data : Stacked
        Of its outcome nothing is used.
    """

    data: Stacked
    _diagonals: dict[tuple[str, bytes], np.ndarray] = field(default_factory=dict)

    @cached_property
    def B(self) -> Weights | None:
        """Weights of y."""
        if self.data.B is None:
            return None
        return Weights(self.data.B, self.data.period)

    @cached_property
    def M(self) -> Weights | None:
        """Weights of the error."""
        if self.data.M is None:
            return None
        return Weights(self.data.M, self.data.period)

    @cached_property
    def effects(self) -> Effects:
        return Effects.of(self.data.D, self.data.M)

    def diagonal(
        self,
        name: str,
        p: np.ndarray,
        make: Callable[[], np.ndarray],
    ) -> np.ndarray:
        """The diagonal of that name at p, (n,), made where it is not known."""
        key = (name, p.tobytes())
        known = self._diagonals.get(key)
        if known is not None:
            return known
        made = make()
        if len(self._diagonals) < KEPT:
            self._diagonals[key] = made
        return made


@dataclass(frozen=True, eq=False)
class QuasiScore:
    """The adjusted score of a sample as a function of p = (rho, lam), or of the one that the model
    has.

    Attributes
    ----------
    data : Stacked
    robust : bool
        Whether the errors may have variances of any form.
    frame : Frame
        That of `data`.
    """

    data: Stacked
    robust: bool
    frame: Frame

    @classmethod
    def of(cls, data: Stacked, robust: bool) -> QuasiScore:
        """The score of a sample whose frame is not known."""
        return cls(data, robust, Frame(data))

    def on(self, y: np.ndarray) -> QuasiScore:
        """The score of another outcome (n,) on the same sample."""
        return replace(self, data=replace(self.data, y=y))

    def at(self, p: np.ndarray) -> State:
        """The equations at p, b and sigma2 concentrated out."""
        return State(self, np.asarray(p, float))

    @property
    def B(self) -> Weights | None:
        """Weights of y."""
        return self.frame.B

    @property
    def M(self) -> Weights | None:
        """Weights of the error."""
        return self.frame.M

    @property
    def effects(self) -> Effects:
        """The dummies."""
        return self.frame.effects

    @property
    def z(self) -> np.ndarray:
        """What traces are taken with; see `probes`."""
        return probes(self.data.n)

    @cached_property
    def columns(self) -> np.ndarray:
        """Z, y and By, those that the model has, (n, K + 1 or 2)."""
        y = self.data.y
        raw = [self.data.Z, y[:, None]]
        if self.B is not None:
            lag = self.B.lag(y)
            raw.append(lag[:, None])
        return np.concatenate(raw, axis=1)

    def check_size(self) -> None:
        """Refuse a sample whose squared projections would not fit.

        Without a lag of the error M_D is one sparse family of dummies and a few columns, of which
        products with M_D o M_D follow. In the filter R = I - lam M it has no such form: its n x n
        entries are needed, at every lam, and their derivative by lam.

        Raises
        ------
        OptionError
        """
        if not self.robust or self.M is None or self.data.n <= EXACT_CELLS:
            return
        raise OptionError(
            "correction",
            expected=f"'adjusted-score' with a lag of the error in more than {EXACT_CELLS} "
            "observations",
            got=f"'robust-score' in {self.data.n}, for which all squares of a matrix of "
            f"{self.data.n} x {self.data.n} that changes with lam would be needed",
            remedy='Use correction="adjusted-score", or a model without a lag of the error.',
        )


@dataclass(frozen=True, eq=False)
class State:
    """The equations at one p.

    Attributes
    ----------
    of : QuasiScore
    p : array of shape (q,)
    """

    of: QuasiScore
    p: np.ndarray

    @property
    def K(self) -> int:
        """Number of regressors."""
        return self.of.data.n_regressors

    @cached_property
    def operators(self) -> Operators:
        rho, lam = self.of.data.split(self.p)
        return Operators(self.of.B, self.of.M, rho, lam)

    @cached_property
    def projection(self) -> Projection:
        return self.of.effects.at(self.operators.lam)

    @cached_property
    def filtered(self) -> np.ndarray:
        """R of [Z, y, By], (n, K + 1 or 2)."""
        return self.operators.filter(self.of.columns)

    @cached_property
    def left(self) -> np.ndarray:
        """M_D R of [Z, y, By]."""
        return self.projection.off(self.filtered)

    @cached_property
    def b(self) -> np.ndarray:
        """Coefficients, (K,)."""
        regressors = self.left[:, : self.K]
        b: np.ndarray = np.linalg.lstsq(regressors, self._of_outcome, rcond=None)[0]
        return b

    @property
    def _of_outcome(self) -> np.ndarray:
        """M_D R A y."""
        left: np.ndarray = self.left[:, self.K]
        if self.of.B is not None:
            left = left - self.operators.rho * self.left[:, -1]
        return left

    @cached_property
    def e(self) -> np.ndarray:
        """Residuals, (n,)."""
        explained = self.left[:, : self.K] @ self.b
        e: np.ndarray = self._of_outcome - explained
        return e

    @property
    def effects(self) -> np.ndarray:
        """What the effects add to the outcome, (n,): A y - Z b less the error R^-1 e."""
        columns = self.of.columns
        explained = self.of.data.Z @ self.b
        left = columns[:, self.K] - explained
        if self.of.B is not None:
            left = left - self.operators.rho * columns[:, -1]
        effects: np.ndarray = left - self.operators.unfilter(self.e)
        return effects

    @property
    def degrees(self) -> int:
        """n - r."""
        return self.of.data.n - self.projection.rank

    @cached_property
    def sigma2(self) -> float:
        """e'e / (n - r)."""
        squares = float(self.e @ self.e)
        return squares / self.degrees

    @cached_property
    def variances(self) -> np.ndarray:
        """w, (n,): sigma2 in each cell, or what the squared residuals say of it."""
        if not self.of.robust:
            return np.full(self.of.data.n, self.sigma2)
        return self.orthonormal.variances(self.e**2)

    @property
    def orthonormal(self) -> Orthonormal:
        """The projection in the form that has squared entries.

        Raises
        ------
        OptionError
            The sample is too large for it.
        """
        self.of.check_size()
        assert isinstance(self.projection, Orthonormal)
        return self.projection

    # the diagonals whose weighted sums are the expectations; each (n,)

    @cached_property
    def Gz(self) -> np.ndarray:
        return self.operators.G(self.of.z)

    @cached_property
    def GMz(self) -> np.ndarray:
        """G M_D z."""
        return self.operators.G(self.Mz)

    @cached_property
    def back_G(self) -> np.ndarray:
        """G'M_D z."""
        return self.operators.G(self.Mz, transposed=True)

    @cached_property
    def back_H(self) -> np.ndarray:
        """H'M_D z."""
        return self.operators.H(self.Mz, transposed=True)

    @cached_property
    def Hz(self) -> np.ndarray:
        return self.operators.H(self.of.z)

    @cached_property
    def Mz(self) -> np.ndarray:
        """M_D z."""
        return self.projection.off(self.of.z)

    def diagonal(self, product: np.ndarray) -> np.ndarray:
        """The diagonal of a matrix C from C z, (n,): exact, or an estimate that is good in weighted
        sums.
        """
        diagonal: np.ndarray = np.einsum("ik,ik->i", self.of.z, product)
        return diagonal

    @cached_property
    def of_rho(self) -> np.ndarray:
        """(M_D G)_ii."""

        def make() -> np.ndarray:
            return self.diagonal(self.projection.off(self.Gz))

        return self.of.frame.diagonal("rho", self.p, make)

    @cached_property
    def HMz(self) -> np.ndarray:
        """H M_D z."""
        return self.operators.H(self.Mz)

    @cached_property
    def of_lam(self) -> np.ndarray:
        """(M_D H M_D)_ii."""

        def make() -> np.ndarray:
            return self.diagonal(self.projection.off(self.HMz))

        return self.of.frame.diagonal("lam", self.p, make)

    def value(self) -> np.ndarray:
        """The equations of p in units of sigma2, (q,): under one variance the score of direct
        maximum likelihood less its expectation.
        """
        e = self.e
        w = self.variances
        values = []
        if self.of.B is not None:
            product = self.filtered[:, -1] @ e
            values.append(product - w @ self.of_rho)
        if self.of.M is not None:
            product = e @ self.operators.H(e)
            values.append(product - w @ self.of_lam)
        return np.array(values) / self.sigma2

    def probing_errors(self) -> np.ndarray:
        """Standard errors of `value` from probing, (q,); zero where traces are exact.

        Of rho without a lag of the error the first two powers of B are exact; see `moments`.
        """
        w = self.variances / self.sigma2
        errors = []
        if self.of.B is not None:
            probed = self.Gz
            if self.of.M is None:
                lag = self.of.B.lag(self.of.z)
                twice = self.of.B.lag(lag)
                probed = probed - lag - self.operators.rho * twice
            errors.append(self._spread(w, self.projection.off(probed)))
        if self.of.M is not None:
            errors.append(self._spread(w, self.projection.off(self.HMz)))
        return np.array(errors)

    def _spread(self, w: np.ndarray, product: np.ndarray) -> float:
        """The standard error of sum_i w_i c_ii from C z, by the spread over the vectors."""
        z = self.of.z
        vectors = z.shape[1]
        if self.of.data.n <= EXACT_CELLS:
            return 0.0
        each = vectors * np.einsum("i,ik,ik->k", w, z, product)
        spread = float(each.std(ddof=1))
        return spread / float(np.sqrt(vectors))

    def slope(self) -> np.ndarray:
        """Derivatives of `value` by p, (q, q), b and sigma2 following p."""
        whole = self.jacobian()
        last = len(whole) - 1
        inner = [*range(self.K), last]
        outer = list(range(self.K, last))
        own = whole[np.ix_(inner, inner)]
        by_outer = whole[np.ix_(inner, outer)]
        followed = np.linalg.solve(own, by_outer)
        through = whole[np.ix_(outer, inner)] @ followed
        slope = whole[np.ix_(outer, outer)] - through
        # the variance in whose units the equations are moves, too: d sigma2 = -followed
        of_unit = np.outer(self.value(), followed[-1])
        moved: np.ndarray = slope + of_unit
        return moved / self.sigma2

    def jacobian(self) -> np.ndarray:
        """Derivatives of the equations of (b, rho, lam, sigma2), a row each, (P, P)."""
        e = self.e
        K = self.K
        of_e = self.slopes_of_e
        P = K + len(self.p) + 1
        J = np.zeros((P, P))
        J[:K, :-1] = self.filtered[:, :K].T @ of_e
        J[-1, :-1] = 2.0 * e @ of_e
        J[-1, -1] = -self.degrees
        w = self.variances
        of_w = self._slopes_of_variances
        for row, (diagonal, slopes) in enumerate(self._expectations, start=K):
            J[row] -= diagonal @ of_w
            J[row, K:-1] -= w @ slopes
        if self.of.B is not None:
            J[K, :-1] += self.filtered[:, -1] @ of_e
        if self.of.M is not None:
            He = self.operators.H(e)
            back = self.operators.H(e, transposed=True)
            J[-2, :-1] += (He + back) @ of_e
            J[-2, -2] += e @ self.operators.H(He)
            # R itself moves in Z'R'e and in (R B y)'e
            lagged = self.of.M.lag(self.of.columns)
            J[:K, -2] -= lagged[:, :K].T @ e
            if self.of.B is not None:
                J[K, -2] -= lagged[:, -1] @ e
        return J

    @cached_property
    def slopes_of_e(self) -> np.ndarray:
        """Derivatives of e by b, rho and lam, (n, K + q).

        M_D moves with lam by M_D H P + P H'M_D, P = I - M_D.
        """
        columns = [-self.left[:, : self.K]]
        if self.of.B is not None:
            columns.append(-self.left[:, -1:])
        if self.of.M is not None:
            off = self.projection.off
            He = self.operators.H(self.e)
            back = self.operators.H(self.e, transposed=True)
            by_lam = back - off(back) - off(He)
            columns.append(by_lam[:, None])
        return np.concatenate(columns, axis=1)

    @property
    def _slopes_of_variances(self) -> np.ndarray:
        """Derivatives of w by all parameters, (n, P)."""
        of_e = self.slopes_of_e
        n, last = of_e.shape
        slopes = np.zeros((n, last + 1))
        if not self.of.robust:
            slopes[:, -1] = 1.0
            return slopes
        right = 2.0 * self.e[:, None] * of_e
        if self.of.M is not None:
            # (M_D o M_D) moves with lam by 2 M_D o (M_D)'
            moved = self._moved(np.eye(n))
            both = self.orthonormal.dense * moved
            right[:, -1] -= 2.0 * both @ self.variances
        slopes[:, :-1] = self.orthonormal.variances(right)
        return slopes

    def _removed(self, values: np.ndarray) -> np.ndarray:
        """P times values."""
        removed: np.ndarray = values - self.projection.off(values)
        return removed

    def _moved(self, values: np.ndarray) -> np.ndarray:
        """The derivative of M_D by lam, times values."""
        ops = self.operators
        off = self.projection.off
        of_left = ops.H(off(values), transposed=True)
        back = self._removed(of_left)
        of_removed = ops.H(self._removed(values))
        moved: np.ndarray = off(of_removed) + back
        return moved

    @property
    def _expectations(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Of rho and of lam: the diagonal whose weighted sum is the expectation, (n,), and its
        derivatives by p, (n, q).
        """
        found = []
        if self.of.B is not None:
            slopes = np.column_stack(self._slopes_of_rho)
            found.append((self.of_rho, slopes))
        if self.of.M is not None:
            slopes = np.zeros((self.of.data.n, len(self.p)))
            slopes[:, -1] = self._slope_of_lam
            found.append((self.of_lam, slopes))
        return found

    @property
    def _slopes_of_rho(self) -> list[np.ndarray]:
        """Derivatives of (M_D G)_ii: G moves by G G with rho, by G H - H G with lam."""
        ops = self.operators
        off = self.projection.off
        of_G = off(ops.G(self.Gz))
        slopes = [self.diagonal(of_G)]
        if self.of.M is not None:
            commutator = ops.G(self.Hz) - ops.H(self.Gz)
            moved = self._moved(self.Gz) + off(commutator)
            slopes.append(self.diagonal(moved))
        return slopes

    @property
    def _slope_of_lam(self) -> np.ndarray:
        """The derivative of (M_D H M_D)_ii by lam, with which H moves by H H."""
        ops = self.operators
        off = self.projection.off
        of_H = off(ops.H(self.HMz))
        of_moved = ops.H(self._moved(self.of.z))
        moved = self._moved(self.HMz) + of_H + off(of_moved)
        return self.diagonal(moved)
