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
    sample: Sample, whiten: Transformation | None = None, apart: tuple[Transformation, ...] = ()
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
    endogenous = {*excluded.endogenous, *(f"W_{name}" for name in excluded.endogenous)}
    own = [k for k, name in enumerate(sample.names) if name not in endogenous]
    exogenous = (sample.columns[:, :, own], [sample.names[k] for k in own])
    others = _candidates(sample, excluded, own)
    if whiten is not None and apart:
        # each transformation gives an instrument of every candidate, the regressors among them
        whole = [exogenous, *others]
        others = [_through(part, *group, named=True) for part in apart for group in whole]
    elif whiten is not None:
        others = [_through(whiten, *group) for group in others]
    if whiten is not None:
        exogenous = _through(whiten, *exogenous)
    names, basis = _independent([exogenous, *others])
    n_exogenous = sum(name in exogenous[1] for name in names)
    columns = tuple(k for k, name in enumerate(sample.names) if name in endogenous)
    labels = tuple(sample.names[k] for k in columns)
    if sample.W is not None:
        columns = (*columns, sample.n_regressors)
        labels = (*labels, f"W_{sample.design.outcome}")
    instruments = Instruments(names, basis, n_exogenous, columns, labels)
    if instruments.surplus < 0:
        expected = (
            f"at least {len(columns)} instruments beside the exogenous regressors, for "
            f"{first_five(labels)}"
        )
        raise IdentificationError(
            "instruments",
            expected=expected,
            got=f"{len(names) - n_exogenous} that are no combination of others",
            remedy=(
                "Name instruments, or use a formula with exogenous regressors whose lags can serve."
            ),
        )
    return instruments


def _through(
    transform: Transformation, values: np.ndarray, names: list[str], *, named: bool = False
) -> Group:
    """Instruments (T, N, L) after a transformation, without those that it takes away."""
    after = transform(values)
    size = np.sqrt(np.sum(after**2, axis=(0, 1)))
    before = np.sqrt(np.sum(values**2, axis=(0, 1)))
    kept = np.flatnonzero(size > RANK_TOLERANCE * before)
    prefix = f"{transform.__name__} of " if named else ""
    return after[:, :, kept], [f"{prefix}{names[k]}" for k in kept]


def _candidates(sample: Sample, excluded: Excluded, own: list[int]) -> list[Group]:
    """Further instruments after Q, with names, in groups."""
    demean = sample.within.demean

    def lagged(W: SpatialWeights, values: np.ndarray) -> np.ndarray:
        return W.lag(demean(values)) if sample.before_lag else demean(W.lag(values))

    groups = [(demean(excluded.values), list(excluded.names))]
    if sample.Wx is not None and set(excluded.endogenous) & set(sample.lagged):
        groups.append(
            (lagged(sample.Wx, excluded.values), [f"W_{name}" for name in excluded.names])
        )
    if sample.W is not None:
        able = [k for k in own if sample.names[k] not in sample.design.never_lagged]
        plain, names = sample.Z[:, :, able], [sample.names[k] for k in able]
        groups.append((lagged(sample.W, plain), [f"W_{name}" for name in names]))
        groups.append((lagged(sample.W, sample.W.lag(plain)), [f"W_W_{name}" for name in names]))
    if sample.M is not None:
        groups.append(
            (lagged(sample.M, sample.Z[:, :, own]), [f"M_{sample.names[k]}" for k in own])
        )
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


def first_stage_tests(instruments: Instruments, columns: np.ndarray, nobs: int) -> TestGroup:
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
    added, m = basis[:, instruments.n_exogenous :], len(instruments.endogenous)
    tests: list[TestResult] = []
    if not m:
        tests.append(
            TestResult.not_applicable("First-stage F", UNEXPLAINED, "no endogenous regressor")
        )
    for column, label in zip(instruments.endogenous, instruments.labels, strict=True):
        x = flat[:, column]
        tests.append(_f_test(f"First-stage F: {label}", x, added, basis, added.shape[1], df))
        others = [other for other in instruments.endogenous if other != column]
        if others:
            X = np.column_stack([basis[:, : instruments.n_exogenous], flat[:, others]])
            b = np.linalg.lstsq(basis.T @ X, basis.T @ x, rcond=None)[0]
            name = f"Sanderson-Windmeijer F: {label}"
            tests.append(_f_test(name, x - X @ b, added, basis, added.shape[1] - m + 1, df))
    return TestGroup("First stage", tuple(tests))


def _f_test(
    name: str, x: np.ndarray, added: np.ndarray, basis: np.ndarray, q: int, df: int
) -> TestResult:
    if df < 1:
        return TestResult.not_applicable(
            name, UNEXPLAINED, "no degrees of freedom left in the first stage"
        )
    explained = float(np.sum((added.T @ x) ** 2))
    left = float(np.sum((x - basis @ (basis.T @ x)) ** 2))
    reason = (
        "below 10: weak instruments, intervals do not hold"
        if explained / q < 10 * left / df
        else ""
    )
    return TestResult.f(name, UNEXPLAINED, explained / q / (left / df), (q, df), reason=reason)


def overidentification_test(
    instruments: Instruments, X: np.ndarray, y: np.ndarray, variance: np.ndarray, *, classical: bool
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
    name, null = "Sargan" if classical else "Hansen J", "the instruments are valid"
    if instruments.surplus == 0:
        return TestResult.not_applicable(
            name, null, "exactly identified: as many instruments as regressors"
        )
    flat = instruments.basis.reshape(y.size, len(instruments.names))
    try:
        root = np.linalg.cholesky(variance)
    except np.linalg.LinAlgError:
        return TestResult.not_applicable(
            name, null, "the variance of the moments is singular: too few clusters"
        )
    ZX, Zy = (np.linalg.solve(root, flat.T @ a) for a in (X.reshape(y.size, -1), y.ravel()))
    g = Zy - ZX @ np.linalg.lstsq(ZX, Zy, rcond=None)[0]
    return TestResult.chi2(name, null, float(g @ g), instruments.surplus)
