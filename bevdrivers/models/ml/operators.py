"""The two N x N matrices of the score, G and H, dense or as operators, and the traces of their
products.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...errors import OptionError
from ...numerics.linalg import Resolvent
from ...numerics.series_log_determinants import SeriesResolvent, signs
from ...weights import SpatialWeights
from ..design.transforms import Contrasts

# Up to this size traces are exact; beyond, they are probed.
DENSE_UNITS = 400
# Beyond this size no N x N matrix is made on request either (5,000: 200 MB).
MATRIX_UNITS = 5000


@dataclass(frozen=True, eq=False)
class LagOperator:
    """G = W (I - rho W)^-1, in the error's filter R = I - lam M where there is one, R G R^-1; or H
    = M (I - lam M)^-1.

    Attributes
    ----------
    W : SpatialWeights
    value : float
        rho, or lam.
    M : SpatialWeights or None
    lam : float
        Of the filter around G.
    """

    W: SpatialWeights
    value: float
    M: SpatialWeights | None = None
    lam: float = 0.0

    @property
    def is_dense(self) -> bool:
        """Whether products with the whole matrix are cheaper than solves."""
        return isinstance(self.W.operator, np.ndarray)

    @cached_property
    def matrix(self) -> np.ndarray:
        """The matrix itself, (N, N)."""
        N = self.W.n_units
        if N > MATRIX_UNITS:
            raise OptionError(
                "cov_type",
                expected=f"'classical' or 'hessian' for more than {MATRIX_UNITS} units",
                got=f"one that needs {N} x {N} matrices",
                remedy="Use cov_type='classical'.",
            )
        if not self.is_dense:
            return self._apply(np.eye(N))
        product = np.linalg.solve((np.eye(N) - self.value * self.W.dense).T, self.W.dense.T).T
        if self.M is None:
            return product
        R = np.eye(N) - self.lam * self.M.dense
        return np.linalg.solve(R.T, (R @ product).T).T

    def over_units(self, values: np.ndarray) -> np.ndarray:
        """The operator applied to the unit axis of an array of shape (T, N)."""
        return values @ self.matrix.T if self.is_dense else self._apply(values.T).T

    @cached_property
    def _resolvents(self) -> tuple[Resolvent | SeriesResolvent, Resolvent | SeriesResolvent | None]:
        filtered = None if self.M is None else self.M.pencil.at(self.lam)
        return self.W.pencil.at(self.value), filtered

    def _apply(self, columns: np.ndarray) -> np.ndarray:
        """The operator times columns (N, k)."""
        plain, filtered = self._resolvents
        if filtered is None or self.M is None:
            return np.asarray(self.W.operator @ plain.solve(columns))
        product = self.W.operator @ plain.solve(filtered.solve(columns))
        return np.asarray(product - self.lam * (self.M.operator @ product))


@dataclass(frozen=True)
class Traces:
    """Traces of one or two operators A_i in contrasts.

    Attributes
    ----------
    first : array of shape (q,)
        tr A_i.
    square : array of shape (q,)
        tr A_i A_i.
    second : array of shape (q, q)
        tr A_i A_j + tr A_i' A_j.
    slope_beyond_variance : float
        Under the adjusted score what tr QAA has beyond tr QAQA; zero in contrasts, where W keeps to
        what Q leaves.
    relative_error : float
        Largest standard error of a probed entry of `second`, relative to it; 0 where all are exact.
    vectors : int
        Probing vectors, 0 where all are exact.
    """

    first: np.ndarray
    square: np.ndarray
    second: np.ndarray
    slope_beyond_variance: float = 0.0
    relative_error: float = 0.0
    vectors: int = 0


def traces(operators: tuple[LagOperator, ...], dims: Contrasts) -> Traces:
    """The traces that the information matrix needs, exact for up to `DENSE_UNITS` units, probed
    beyond.

    Probing (Hutchinson 1990, doi:10.1080/03610919008812866) with signs z: E z'A'Bz = tr A'B. The
    exact tr AB, from the derivatives of the log-determinant, serves as control: what is probed is
    tr A'B - tr AB, zero for a symmetric W.
    """
    N = max((operator.W.n_units for operator in operators), default=0)
    if dims.adjusted and 0 < N <= DENSE_UNITS:
        return _adjusted_traces(operators[0].matrix, dims)
    if (
        N <= DENSE_UNITS
        and len(operators) == 1
        and not operators[0].is_dense
        and dims.basis is None
    ):
        return _interpolated(operators[0], dims)
    if N <= DENSE_UNITS:
        held = [dims.project(operator.matrix) for operator in operators]
        second = np.array([[np.sum(A * B.T) + np.sum(A * B) for B in held] for A in held])
        return Traces(
            np.array([np.trace(A) for A in held]), np.array([np.sum(A * A.T) for A in held]), second
        )
    spectra = [dims.spectrum(op.W) for op in operators]
    slopes = np.array(
        [spectrum.derivatives(op.value) for spectrum, op in zip(spectra, operators, strict=True)]
    )
    first, square = -slopes[:, 0], -slopes[:, 1]
    z = _centred(signs(N), dims) if dims.adjusted else signs(N)
    count = len(z)
    once = [_centred(op.over_units(z), dims) for op in operators]
    second, errors = np.zeros((len(operators),) * 2), np.zeros((len(operators),) * 2)
    for i, A in enumerate(operators):
        for j in range(i + 1):
            both = np.einsum("ri,ri->r", once[i], once[j])
            again = np.einsum("ri,ri->r", z, _centred(A.over_units(once[j]), dims))
            known = (
                None if dims.adjusted else _product_trace(A, operators[j], first[[i, j]], square[i])
            )
            sample, exact = (both + again, 0.0) if known is None else (both - again, 2 * known)
            second[i, j] = second[j, i] = exact + sample.mean()
            errors[i, j] = sample.std(ddof=1) / np.sqrt(count) / abs(second[i, j])
    slope_beyond_variance = float(
        square[0]
        - np.einsum("ri,ri->", z, _centred(operators[0].over_units(once[0]), dims)) / count
    )
    return Traces(
        first, square, second, slope_beyond_variance * dims.adjusted, float(errors.max()), count
    )


def _adjusted_traces(A: np.ndarray, dims: Contrasts) -> Traces:
    """tr QA, tr QAA, and the traces of QAQ, for one operator."""
    left, both = dims.project(A), dims.both_sides(A)
    square, own = float(np.sum(left * A.T)), float(np.sum(both * both.T))
    second = np.array([[own + float(np.sum(both**2))]])
    return Traces(np.array([np.trace(left)]), np.array([square]), second, square - own)


def _interpolated(operator: LagOperator, dims: Contrasts) -> Traces:
    """The traces of one operator, from what is kept with its W; a filter around G there is none."""
    first, square = (-slope for slope in dims.spectrum(operator.W).derivatives(operator.value))
    cross = operator.W.cross_trace.at(operator.value, over_units=dims.over_units)
    return Traces(np.array([first]), np.array([square]), np.array([[square + cross]]))


def _product_trace(
    A: LagOperator, B: LagOperator, first: np.ndarray, square: float
) -> float | None:
    """tr AB where it follows from known traces: A and B of one W commute, and with values r and l

    tr G(r) G(l) = (tr G(r) - tr G(l)) / (r - l), or tr GG where they are equal.
    """
    if A is B:
        return square
    if A.W is not B.W:
        return None
    gap = A.value - B.value
    return square if abs(gap) < 1e-6 else float(first[0] - first[1]) / gap


def _centred(values: np.ndarray, dims: Contrasts) -> np.ndarray:
    return dims.project(values.T).T


def probed_trace(W: SpatialWeights, Wx: SpatialWeights, rho: float) -> tuple[float, float]:
    """tr B Wx and its derivative tr B W B Wx by rho, B = (I - rho W)^-1, for many units and Wx
    other than W.
    """
    N = W.n_units
    z = signs(N).T
    resolvent = W.pencil.at(rho)
    once = resolvent.solve(Wx.operator @ z)
    twice = resolvent.solve(W.operator @ once)
    return float(np.mean(np.sum(z * once, axis=0))), float(np.mean(np.sum(z * twice, axis=0)))
