"""Instruments: the user's own, and the spatial lags of the exogenous regressors; how strong and how
valid they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...errors import IdentificationError, first_five
from ...results import TestGroup, TestResult
from ...weights import SpatialWeights
from ..design.sample import RANK_TOLERANCE, Excluded, Sample

# A column of zeros is no longer than this.
SMALLEST = 1e-300
UNEXPLAINED = "the excluded instruments do not explain it"


@dataclass(frozen=True, eq=False)
class Instruments:
    """All instruments after Q, exogenous regressors first, without those that are combinations of
    others.

    Attributes
    ----------
    names : tuple of str, length L
    basis : array of shape (T, N, L)
        Orthonormal: column l spans, with those before it, what instrument l adds.
    n_exogenous : int
        Regressors among them: the first ones.
    endogenous : tuple of int
        Columns of the endogenous regressors in (Z, Wy).
    labels : tuple of str
        Their names; Wy as ``W_<outcome>``.
    """

    names: tuple[str, ...]
    basis: np.ndarray
    n_exogenous: int
    endogenous: tuple[int, ...]
    labels: tuple[str, ...]

    @property
    def surplus(self) -> int:
        """Instruments beyond those that identification needs."""
        return len(self.names) - self.n_exogenous - len(self.endogenous)

    def project(self, values: np.ndarray) -> np.ndarray:
        """Fitted values of the first stage, for an array of shape (T, N, P)."""
        T, N, L = self.basis.shape
        flat = self.basis.reshape(T * N, L)
        on_basis = flat.T @ values.reshape(len(flat), values.shape[2])
        projected: np.ndarray = flat @ on_basis
        return projected.reshape(values.shape)


Transformation = Callable[[np.ndarray], np.ndarray]
# instruments (T, N, L) and their names
Group = tuple[np.ndarray, list[str]]


def make_instruments(
    sample: Sample,
    whiten: Transformation | None = None,
    apart: tuple[Transformation, ...] = (),
) -> Instruments:
    """Exogenous regressors Z, the user's instruments, W Z and W W Z where there is a lag of y, M Z
    where of the error.

    The lags of y that instruments stand for are those of E(Wy) = W (I + rho W + ...) Z b (Kelejian
    and Prucha 1998, doi:10.1023/A:1007707430416). Where Z holds the W terms of X, W Z repeats them
    and W W X, W W W X remain. Lags are taken before Q (after it with ``demean="before-lag"``). The
    user's instruments enter as they are, and lagged by the weights of X where an endogenous
    regressor has a W term, which is endogenous too.

    Parameters
    ----------
    whiten : callable, optional
        Of random effects: what all instruments go through.
    apart : tuple of callables
        Transformations that give an instrument each, besides the whitened exogenous regressors.
    """
    excluded = sample.excluded or Excluded.none(sample.shape)
    # an endogenous regressor makes its W term endogenous
    of_endogenous = [f"W_{name}" for name in excluded.endogenous]
    endogenous = {*excluded.endogenous, *of_endogenous}
    own = [k for k, name in enumerate(sample.names) if name not in endogenous]

    exogenous = (sample.columns[:, :, own], [sample.names[k] for k in own])
    others = _candidates(sample, excluded, own)
    if whiten is not None:
        if apart:
            # each transformation gives an instrument of every candidate, the regressors among them
            whole = [exogenous, *others]
            others = [_through(part, *group, named=True) for part in apart for group in whole]
        else:
            others = [_through(whiten, *group) for group in others]
        exogenous = _through(whiten, *exogenous)

    names, basis = _independent([exogenous, *others])
    _, exogenous_names = exogenous
    columns, labels = _endogenous_columns(sample, endogenous)
    instruments = Instruments(
        names=names,
        basis=basis,
        n_exogenous=sum(name in exogenous_names for name in names),
        endogenous=columns,
        labels=labels,
    )
    _check_enough(instruments)
    return instruments


def _endogenous_columns(
    sample: Sample, endogenous: set[str]
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The columns of the endogenous regressors in (Z, Wy), and their labels; Wy is one of them."""
    columns = [k for k, name in enumerate(sample.names) if name in endogenous]
    labels = [sample.names[k] for k in columns]
    if sample.W is not None:
        columns.append(sample.n_regressors)
        labels.append(f"W_{sample.design.outcome}")
    return tuple(columns), tuple(labels)


def _check_enough(instruments: Instruments) -> None:
    """Refuse fewer excluded instruments than endogenous regressors.

    Raises
    ------
    IdentificationError
    """
    if instruments.surplus >= 0:
        return
    needed = len(instruments.endogenous)
    excluded = len(instruments.names) - instruments.n_exogenous
    raise IdentificationError(
        "instruments",
        expected=f"at least {needed} instruments beside the exogenous regressors, for "
        f"{first_five(instruments.labels)}",
        got=f"{excluded} that are no combination of others",
        remedy="Name instruments, or use a formula with exogenous regressors whose lags can serve.",
    )


def _through(
    transform: Transformation,
    values: np.ndarray,
    names: list[str],
    *,
    named: bool = False,
) -> Group:
    """Instruments (T, N, L) after a transformation, without those that it takes away."""
    after = transform(values)
    size = np.sqrt(np.sum(after**2, axis=(0, 1)))
    before = np.sqrt(np.sum(values**2, axis=(0, 1)))
    kept = np.flatnonzero(size > RANK_TOLERANCE * before)
    prefix = ""
    if named:
        prefix = f"{transform.__name__} of "
    return after[:, :, kept], [f"{prefix}{names[k]}" for k in kept]


def _candidates(
    sample: Sample,
    excluded: Excluded,
    own: list[int],
) -> list[Group]:
    """Further instruments after Q, with names, in groups."""
    demean = sample.within.demean

    def lagged(W: SpatialWeights, values: np.ndarray) -> np.ndarray:
        if sample.before_lag:
            return W.lag(demean(values))
        return demean(W.lag(values))

    groups = [(demean(excluded.values), list(excluded.names))]
    if sample.Wx is not None and set(excluded.endogenous) & set(sample.lagged):
        W_names = [f"W_{name}" for name in excluded.names]
        groups.append((lagged(sample.Wx, excluded.values), W_names))
    if sample.W is not None:
        able = [k for k in own if sample.names[k] not in sample.design.never_lagged]
        Z = sample.Z[:, :, able]
        WZ = sample.W.lag(Z)
        W_names = [f"W_{sample.names[k]}" for k in able]
        WW_names = [f"W_W_{sample.names[k]}" for k in able]
        groups.append((lagged(sample.W, Z), W_names))
        groups.append((lagged(sample.W, WZ), WW_names))
    if sample.M is not None:
        M_names = [f"M_{sample.names[k]}" for k in own]
        groups.append((lagged(sample.M, sample.Z[:, :, own]), M_names))
    return groups


def _independent(groups: list[Group]) -> tuple[tuple[str, ...], np.ndarray]:
    """Columns that are not combinations of earlier ones, made orthonormal (Gram-Schmidt, twice for
    accuracy).
    """
    columns = np.concatenate([values for values, _ in groups], axis=2)
    names = [name for _, group in groups for name in group]
    T, N, _ = columns.shape
    kept: list[str] = []
    basis = np.zeros((T * N, 0))
    for name, column in zip(names, np.moveaxis(columns, 2, 0), strict=True):
        rest = column.ravel()
        size = float(np.linalg.norm(rest))
        for _ in range(2):
            rest = rest - basis @ (basis.T @ rest)
        left = float(np.linalg.norm(rest))
        if left > RANK_TOLERANCE * max(size, SMALLEST):
            basis = np.column_stack([basis, rest / left])
            kept.append(name)
    return tuple(kept), basis.reshape(T, N, len(kept))


def first_stage_tests(
    instruments: Instruments,
    columns: np.ndarray,
    nobs: int,
) -> TestGroup:
    """F tests of the excluded instruments, one for each endogenous regressor, under
    homoskedasticity.

    With several endogenous regressors the F of each says little: they may all rest on one
    instrument. The conditional F of Sanderson and Windmeijer (2016, J. Econometrics 190, 212-221,
    doi:10.1016/j.jeconom.2015.06.004) is of what the others leave of it.

    Parameters
    ----------
    columns : array of shape (T, N, P)
        The regressors (Z, Wy) after Q.
    nobs : int
        Observations less the effects that Q stands for.
    """
    df = nobs - len(instruments.names)
    T, N, P = columns.shape
    flat = columns.reshape(T * N, P)
    basis = instruments.basis.reshape(T * N, len(instruments.names))
    exogenous = basis[:, : instruments.n_exogenous]
    excluded = basis[:, instruments.n_exogenous :]
    q = excluded.shape[1]
    m = len(instruments.endogenous)
    if not m:
        reason = "no endogenous regressor"
        none = TestResult.not_applicable("First-stage F", UNEXPLAINED, reason)
        return TestGroup("First stage", (none,))

    tests = []
    for column, label in zip(instruments.endogenous, instruments.labels, strict=True):
        x = flat[:, column]
        tests.append(_f_test(f"First-stage F: {label}", x, excluded, basis, q, df))
        others = [other for other in instruments.endogenous if other != column]
        if others:
            # what the other endogenous regressors leave of x, by two-stage least squares
            X = np.column_stack([exogenous, flat[:, others]])
            b, *_ = np.linalg.lstsq(basis.T @ X, basis.T @ x, rcond=None)
            name = f"Sanderson-Windmeijer F: {label}"
            tests.append(_f_test(name, x - X @ b, excluded, basis, q - m + 1, df))
    return TestGroup("First stage", tuple(tests))


def _f_test(
    name: str,
    x: np.ndarray,
    excluded: np.ndarray,
    basis: np.ndarray,
    q: int,
    df: int,
) -> TestResult:
    """F = (explained / q) / (left / df), of what the excluded instruments explain of x (NT,) and
    what all of them leave of it.
    """
    if df < 1:
        return TestResult.not_applicable(
            name, UNEXPLAINED, "no degrees of freedom left in the first stage"
        )
    unexplained = x - basis @ (basis.T @ x)
    explained = float(np.sum((excluded.T @ x) ** 2))
    left = float(np.sum(unexplained**2))
    reason = ""
    if explained / q < 10 * left / df:
        reason = "below 10: weak instruments, intervals do not hold"
    return TestResult.f(name, UNEXPLAINED, explained / q / (left / df), (q, df), reason=reason)


def overidentification_test(
    instruments: Instruments,
    X: np.ndarray,
    y: np.ndarray,
    variance: np.ndarray,
    *,
    classical: bool,
) -> TestResult:
    """Sargan's test, or Hansen's: the smallest of g' V^-1 g with g the products of instruments and
    residuals.

    Parameters
    ----------
    X, y : arrays of shape (T, N, P), (T, N)
        Regressors and outcome after Q (and after the spatial filter where the model has a lag of
        the error).
    variance : array of shape (L, L)
        Estimated variance V of g, for the orthonormal instruments.
    classical : bool
        Whether V is that of homoskedastic errors (Sargan 1958) or another (Hansen 1982,
        doi:10.2307/1912775).
    """
    name = "Hansen J"
    if classical:
        name = "Sargan"
    null = "the instruments are valid"
    if instruments.surplus == 0:
        return TestResult.not_applicable(
            name, null, "exactly identified: as many instruments as regressors"
        )
    n = y.size
    H = instruments.basis.reshape(n, len(instruments.names))
    try:
        root = np.linalg.cholesky(variance)
    except np.linalg.LinAlgError:
        return TestResult.not_applicable(
            name, null, "the variance of the moments is singular: too few clusters"
        )
    # with V = L L' the least g'V^-1 g is the sum of squares that L^-1 H'X leaves of L^-1 H'y
    HX = np.linalg.solve(root, H.T @ X.reshape(n, -1))
    Hy = np.linalg.solve(root, H.T @ y.ravel())
    b, *_ = np.linalg.lstsq(HX, Hy, rcond=None)
    g = Hy - HX @ b
    return TestResult.chi2(name, null, float(g @ g), instruments.surplus)
