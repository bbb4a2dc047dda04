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
        # X A = B is A'X' = B'
        W = self.W.dense
        A = np.eye(N) - self.value * W
        G = np.linalg.solve(A.T, W.T).T
        if self.M is None:
            return G
        # R G R^-1
        R = np.eye(N) - self.lam * self.M.dense
        RG = R @ G
        return np.linalg.solve(R.T, RG.T).T

    def over_units(self, values: np.ndarray) -> np.ndarray:
        """The operator applied to the unit axis of an array of shape (T, N)."""
        if self.is_dense:
            return np.asarray(values @ self.matrix.T)
        return self._apply(values.T).T

    @cached_property
    def _resolvent(self) -> Resolvent | SeriesResolvent:
        """(I - rho W)^-1, or (I - lam M)^-1 of H."""
        return self.W.pencil.at(self.value)

    @cached_property
    def _filter_resolvent(self) -> Resolvent | SeriesResolvent:
        """R^-1 of the filter around G."""
        assert self.M is not None
        return self.M.pencil.at(self.lam)

    def _apply(self, columns: np.ndarray) -> np.ndarray:
        """The operator times columns (N, k)."""
        W = self.W.operator
        if self.M is None:
            solved = self._resolvent.solve(columns)
            return np.asarray(W @ solved)

        # R^-1, then G, then R
        unfiltered = self._filter_resolvent.solve(columns)
        solved = self._resolvent.solve(unfiltered)
        lagged = W @ solved
        filtered = lagged - self.lam * (self.M.operator @ lagged)
        return np.asarray(filtered)


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
    if not operators:
        nothing = np.zeros(0)
        return Traces(nothing, nothing, np.zeros((0, 0)))
    N = max(operator.W.n_units for operator in operators)
    if N > DENSE_UNITS:
        return _probed_traces(operators, dims)
    if dims.adjusted:
        return _adjusted_traces(operators[0].matrix, dims)
    alone = len(operators) == 1
    if alone and dims.basis is None and not operators[0].is_dense:
        return _interpolated_traces(operators[0], dims)
    matrices = [dims.project(operator.matrix) for operator in operators]
    return _dense_traces(matrices)


def _dense_traces(matrices: list[np.ndarray]) -> Traces:
    """The traces of operators whose matrices are made."""
    q = len(matrices)
    second = np.empty((q, q))
    for i, A in enumerate(matrices):
        for j, B in enumerate(matrices):
            # tr AB + tr A'B
            second[i, j] = np.sum(A * B.T) + np.sum(A * B)
    return Traces(
        first=np.array([np.trace(A) for A in matrices]),
        square=np.array([np.sum(A * A.T) for A in matrices]),
        second=second,
    )


def _adjusted_traces(A: np.ndarray, dims: Contrasts) -> Traces:
    """tr QA, tr QAA, and the traces of QAQ, for one operator."""
    QA = dims.project(A)
    QAQ = dims.both_sides(A)
    square = float(np.sum(QA * A.T))
    square_in_contrasts = float(np.sum(QAQ * QAQ.T))
    cross = float(np.sum(QAQ**2))
    return Traces(
        first=np.array([np.trace(QA)]),
        square=np.array([square]),
        second=np.array([[square_in_contrasts + cross]]),
        slope_beyond_variance=square - square_in_contrasts,
    )


def _interpolated_traces(operator: LagOperator, dims: Contrasts) -> Traces:
    """The traces of one operator, from what is kept with its W; a filter around G there is none."""
    W = operator.W
    value = operator.value
    # d ln|I - x W| / dx = -tr G, and once more -tr GG
    slope, curvature = dims.spectrum(W).derivatives(value)
    first = -slope
    square = -curvature
    cross = W.cross_trace.at(value, over_units=dims.over_units)
    return Traces(
        first=np.array([first]),
        square=np.array([square]),
        second=np.array([[square + cross]]),
    )


def _probed_traces(operators: tuple[LagOperator, ...], dims: Contrasts) -> Traces:
    """The traces for many units: tr A and tr AA from the log-determinants, the rest by probing."""
    derivatives = [dims.spectrum(A.W).derivatives(A.value) for A in operators]
    first, square = -np.array(derivatives).T

    z = signs(operators[0].W.n_units)
    if dims.adjusted:
        z = _centred(z, dims)
    count = len(z)
    images = [_centred(A.over_units(z), dims) for A in operators]
    q = len(operators)
    second = np.zeros((q, q))
    errors = np.zeros((q, q))
    for i, A in enumerate(operators):
        for j, B in enumerate(operators[: i + 1]):
            # z'A'Bz and z'ABz, a vector each
            transposed = np.einsum("ri,ri->r", images[i], images[j])
            image_of_image = _centred(A.over_units(images[j]), dims)
            plain = np.einsum("ri,ri->r", z, image_of_image)
            known = None
            if not dims.adjusted:
                known = _product_trace(A, B, first[[i, j]], square[i])
            if known is None:
                exact = 0.0
                probed = transposed + plain
            else:
                exact = 2 * known
                probed = transposed - plain
            second[i, j] = exact + probed.mean()
            second[j, i] = second[i, j]
            standard_error = probed.std(ddof=1) / np.sqrt(count)
            errors[i, j] = standard_error / abs(second[i, j])

    slope_beyond_variance = 0.0
    if dims.adjusted:
        twice = _centred(operators[0].over_units(images[0]), dims)
        square_in_contrasts = np.einsum("ri,ri->", z, twice) / count
        slope_beyond_variance = float(square[0] - square_in_contrasts)
    return Traces(
        first=first,
        square=square,
        second=second,
        slope_beyond_variance=slope_beyond_variance,
        relative_error=float(errors.max()),
        vectors=count,
    )


def _product_trace(
    A: LagOperator,
    B: LagOperator,
    first: np.ndarray,
    square: float,
) -> float | None:
    """tr AB where it follows from known traces: A and B of one W commute, and with values r and l

    tr G(r) G(l) = (tr G(r) - tr G(l)) / (r - l), or tr GG where they are equal.
    """
    if A is B:
        return square
    if A.W is not B.W:
        return None
    gap = A.value - B.value
    if abs(gap) < 1e-6:
        return square
    difference = float(first[0] - first[1])
    return difference / gap


def _centred(values: np.ndarray, dims: Contrasts) -> np.ndarray:
    return dims.project(values.T).T


def probed_trace(
    W: SpatialWeights,
    Wx: SpatialWeights,
    rho: float,
) -> tuple[float, float]:
    """tr B Wx and its derivative tr B W B Wx by rho, B = (I - rho W)^-1, for many units and Wx
    other than W.
    """
    z = signs(W.n_units).T
    B = W.pencil.at(rho)
    BWx_z = B.solve(Wx.operator @ z)
    BWBWx_z = B.solve(W.operator @ BWx_z)

    # z'Az of each vector, and their means
    probed = np.sum(z * BWx_z, axis=0)
    probed_slope = np.sum(z * BWBWx_z, axis=0)
    trace = np.mean(probed)
    slope = np.mean(probed_slope)
    return float(trace), float(slope)
