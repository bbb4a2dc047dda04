"""From design and weights to the transformed arrays of one regression, checked for
identification.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...errors import IdentificationError, InputError, OptionError, first_five, suggestion
from ...panel import Design
from ...panel.terms import label_of
from ...weights import SpatialWeights
from ...weights.by_period import PeriodWeights
from .absorb import check_kept
from .irregular import IrregularWithin
from .lagged_outcome import History
from .transforms import Contrasts, Within

# A column is taken as absorbed by the effects, or as a combination of others, when what is left of
# it is below this share of its length: far above rounding (1e-15), far below any variation that
# could be estimated from.
RANK_TOLERANCE = 1e-9
# what is left of a column by rounding alone is below this share
ROUNDING = 1e-13
SUBTRACT = "Subtract a constant first, as in I(x - {level:.3g}): few of its digits say anything."
# A fit is exact when its residuals are below this share of the terms whose sum they are, cell for
# cell before any demeaning: y, the regressors times their coefficients, rho Wy. Rounding of these
# terms leaves 1e-16 to 1e-14, whatever their scales; errors that data have are larger by far, for
# numbers with so few of their digits left to the error are not measured.
EXACT_SHARE = 1e-12
# Solving by instruments costs digits, and so does a part of the errors alone (their unit means):
# there a fit is exact when its residuals are below this share of the outcome. These two are all
# that is called exact, in every model and method.
EXACT_SHARE_BY_INSTRUMENTS = 1e-9
# Numbers beyond this size, or its inverse, have fourth powers that are no numbers.
SMALLEST_SIZE = 1e-70


@dataclass(frozen=True, eq=False)
class Excluded:
    """What the user says of endogeneity.

    Attributes
    ----------
    endogenous : tuple of str
        Regressors of the formula, without their W terms.
    names : tuple of str, length J
        Instruments that are not regressors.
    values : array of shape (T, N, J)
        Before Q.
    """

    endogenous: tuple[str, ...]
    names: tuple[str, ...]
    values: np.ndarray

    @classmethod
    def none(cls, shape: tuple[int, ...]) -> Excluded:
        """No endogenous regressors and no instruments, for a sample of shape (T, N)."""
        return cls((), (), np.zeros((*shape, 0)))


@dataclass(frozen=True, eq=False)
class Sample:
    """The arrays of one regression.

    Attributes
    ----------
    design : Design
    names : tuple of str, length K
        Regressors, then their W terms.
    lagged : tuple of str
        The regressors with a W term.
    y : array of shape (T, N)
    Z : array of shape (T, N, K)
        Regressors as they are, before Q.
    within : Within
    contrasts : Contrasts
    W, M : SpatialWeights or None
        Weights of the lag of y and of the error.
    Wx : SpatialWeights or None
        Weights of the lag of X.
    before_lag : bool
        Demean before lagging, as R splm and Elhorst's routines do: not the likelihood of the model
        with dummies.
    dynamic : tuple of str
        "tau" (y of the period before) and "eta" (its spatial lag), as the model has them: the last
        of the names.
    excluded : Excluded or None
        Endogenous regressors and the user's instruments.
    serial : bool
        Whether the errors follow an autoregression.
    observed : array of shape (T, N) or None
        Which cells are there; None where all are. The arrays are zero in the others. With missing
        cells, or weights by period, `W`, `M` and `Wx` are `PeriodWeights`, which have lags but
        neither a matrix nor a spectrum: what is made for regular samples cannot take them.
    """

    design: Design
    names: tuple[str, ...]
    lagged: tuple[str, ...]
    y: np.ndarray
    Z: np.ndarray
    within: Within
    contrasts: Contrasts
    W: SpatialWeights | None
    M: SpatialWeights | None
    Wx: SpatialWeights | None
    before_lag: bool = False
    dynamic: tuple[str, ...] = ()
    excluded: Excluded | None = None
    serial: bool = False
    observed: np.ndarray | None = None

    @property
    def irregular(self) -> bool:
        """Whether cells are missing, or weights differ by period."""
        return isinstance(self.within, IrregularWithin)

    @property
    def nobs(self) -> int:
        """Number of observations: the cells that are there."""
        return self.y.size if self.observed is None else int(self.observed.sum())

    @property
    def shape(self) -> tuple[int, int]:
        return self.y.shape[0], self.y.shape[1]

    @property
    def there(self) -> np.ndarray:
        """Which cells are there, bool of shape (T, N)."""
        return np.ones(self.shape, bool) if self.observed is None else self.observed

    @property
    def n_regressors(self) -> int:
        return len(self.names)

    @property
    def looks_back(self) -> bool:
        """Whether a period is explained by those before it: y, regressors or errors."""
        return bool(self.dynamic) or self.design.lost > 0 or self.serial

    @property
    def lags(self) -> dict[str, SpatialWeights]:
        """The weights of y by "rho" and of the error by "lam", as the model has them: the spatial
        parameters.
        """
        both = {"rho": self.W, "lam": self.M}
        return {name: W for name, W in both.items() if W is not None}

    @property
    def spatial_ranges(self) -> dict[str, tuple[float, float]]:
        """Where rho, lam and psi may lie, for those that the model has."""
        ranges = {
            name: W.bounds if isinstance(W, PeriodWeights) else W.spectrum.bounds
            for name, W in self.lags.items()
        }
        return {**ranges, "psi": (-1.0, 1.0)} if self.serial else ranges

    @cached_property
    def Wy(self) -> np.ndarray | None:
        """The lag of y before Q, (T, N)."""
        return None if self.W is None else self.W.lag(self.y)

    @cached_property
    def columns(self) -> np.ndarray:
        """Q of [Z, y, Wy] (Wy only with a lag of y), of shape (T, N, K + 1 or 2)."""
        plain = self.within.demean(np.concatenate([self.Z, self.y[:, :, None]], axis=2))
        if self.W is None:
            return plain
        Wy = (
            self.W.lag(plain[:, :, -1])
            if self.before_lag
            else self.within.demean(self.W.lag(self.y))
        )
        return np.concatenate([plain, Wy[:, :, None]], axis=2)

    @cached_property
    def lagged_columns(self) -> np.ndarray | None:
        """Q M of what `columns` is Q of, or None without a lag of the error."""
        if self.M is None:
            return None
        if self.before_lag:
            return self.M.lag(self.columns)
        raw = [self.Z, self.y[:, :, None]] + ([] if self.Wy is None else [self.Wy[:, :, None]])
        return self.within.demean(self.M.lag(np.concatenate(raw, axis=2)))

    @cached_property
    def factor(self) -> np.ndarray:
        """R of the QR decomposition of `columns`, and `lagged_columns` beside them, stacked over
        (T, N).

        All sums of squares and products of the regression, in no more rows than there are columns.
        """
        stacked = self.columns
        if self.lagged_columns is not None:
            stacked = np.concatenate([stacked, self.lagged_columns], axis=2)
        factor: Any = np.linalg.qr(stacked.reshape(-1, stacked.shape[2]), mode="r")
        return np.asarray(factor)


def make_sample(
    design: Design,
    weights: tuple[SpatialWeights | None, SpatialWeights | None, SpatialWeights | None],
    *,
    durbin: tuple[str, ...] | None,
    within: Within,
    lee_yu: bool,
    before_lag: bool,
    history: History | None = None,
    mundlak: bool = False,
    excluded: Excluded | None = None,
    serial: bool = False,
    adjusted: bool = False,
    observed: np.ndarray | None = None,
) -> Sample:
    """The sample of a design with aligned weights (of y, of X, of the error; None where there is no
    such lag).
    """
    W, Wx, M = weights
    T, N = design.y.shape
    keep = [
        k
        for k, name in enumerate(design.terms)
        if not (name == "Intercept" and within.takes_constant)
    ]
    terms, X = tuple(design.terms[k] for k in keep), design.X[:, :, keep]
    lagged = () if Wx is None else _lagged_terms(design, terms, durbin)
    Z = X
    if lagged and Wx is not None:
        Z = np.concatenate([X, Wx.lag(X[:, :, [terms.index(name) for name in lagged]])], axis=2)
    names = (*terms, *(f"W_{name}" for name in lagged))
    dynamic: tuple[str, ...] = ()
    if history is not None:
        dynamic = history.names(names)
        names, Z = (*names, *dynamic), np.concatenate([Z, history.columns(W)], axis=2)
    if mundlak:
        names, Z = _with_unit_means(names, Z)
    if isinstance(within, IrregularWithin):
        contrasts = within.contrasts(lee_yu=lee_yu)
    else:
        contrasts = Contrasts.of(
            within,
            T,
            N,
            lee_yu=lee_yu,
            dynamic=bool(dynamic),
            adjusted=adjusted,
        )
    sample = Sample(
        design,
        names,
        lagged,
        design.y,
        Z,
        within,
        contrasts,
        W,
        M,
        Wx,
        before_lag,
        dynamic,
        excluded,
        serial,
        observed,
    )
    _check_names(sample)
    _check_size(sample)
    _check_rank(sample)
    _check_lag(sample)
    return sample


def _check_names(sample: Sample) -> None:
    """Refuse two parameters of one name: impacts and tests find them by their names."""
    names = [*sample.names, *sample.lags, *["psi"] * sample.serial]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise InputError(
            "formula",
            expected="regressors with names that no other parameter of the model has",
            got=first_five(twice),
            remedy="Rename the columns: panel.with_columns(new=...).",
        )


def _lagged_terms(
    design: Design,
    terms: tuple[str, ...],
    durbin: tuple[str, ...] | None,
) -> tuple[str, ...]:
    """Terms that get a W term: all but intercept and period dummies, or those that `durbin`
    names.
    """
    able = [name for name in terms if name not in design.never_lagged]
    if durbin is None:
        return tuple(able)
    chosen = {name for text in durbin for name in _named(text, design, able)}
    return tuple(name for name in able if name in chosen)


def _named(
    text: str,
    design: Design,
    able: list[str],
) -> list[str]:
    """The terms that a text names: by label, by the factor that they are, or by the only column in
    them.
    """
    given, text = text, text if text in able else label_of(text)
    by_label = [name for name in able if name == text]
    by_factor = [name for name in able if design.factors[name] == (text,)]
    by_column = [name for name in able if design.variables[name] == {text}]
    named = by_label or by_factor or by_column
    if not named:
        expected = f"regressors of the formula, of {first_five(able)}"
        raise OptionError(
            "durbin",
            expected=expected,
            got=repr(given),
            remedy=suggestion(given, able),
        )
    return named


def _with_unit_means(names: tuple[str, ...], Z: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Names and (T, N, K) regressors with the unit means of those that vary over time, where the
    means differ.

    Lagged regressors get their means too (Debarsy 2012, doi:10.1080/17421772.2011.647059); the
    intercept, period dummies and whatever is constant over time have none of their own.
    """
    means = Z.mean(axis=0)
    size = np.abs(Z).max(axis=(0, 1)) * RANK_TOLERANCE
    keep = (np.abs(Z - means).max(axis=(0, 1)) > size) & (np.ptp(means, axis=0) > size)
    added = np.broadcast_to(means[:, keep], (len(Z), *means[:, keep].shape))
    labels = tuple(f"mean_{name}" for name, kept in zip(names, keep, strict=True) if kept)
    if set(labels) & set(names):
        raise OptionError(
            "mundlak",
            expected="a formula without the names of the unit means",
            got=first_five(sorted(set(labels) & set(names))),
            remedy="Rename these columns, or leave mundlak out.",
        )
    return (*names, *labels), np.concatenate([Z, added], axis=2)


def _check_size(sample: Sample) -> None:
    """Refuse a sample from which nothing can be estimated: too few units or periods for the effects,
    too few observations, an outcome that does not vary.
    """
    _check_axes(sample)
    _check_observations(sample)
    _check_outcome_size(sample)
    _check_outcome_varies(sample)


def _check_axes(sample: Sample) -> None:
    """Refuse too few units, or as many effects as periods or units."""
    T, N = sample.shape
    N = int(sample.there.any(axis=0).sum())
    if N < 3:
        raise IdentificationError(
            "panel",
            expected="at least 3 units",
            got=str(N),
            remedy="Use a panel with more units.",
        )
    if sample.irregular:
        return  # effects are counted with the observations
    over_time, over_units = sample.within.removed()
    if over_time >= T:
        raise IdentificationError(
            "panel",
            expected=f"at least {over_time + 1} periods for {sample.within.label} effects",
            got=f"T = {T}"
            + (f" after lags took {sample.design.lost}" if sample.design.lost else ""),
            remedy='Use fixed_effects="time" or None.'
            if not sample.within.terms
            else "Leave absorb= out.",
        )
    if over_units >= N:
        raise IdentificationError(
            "absorb",
            expected="groups of several units",
            got=f"{over_units} groups of {N} units in each period",
            remedy="Use coarser groups in absorb=, or effects of the unit instead.",
        )


def _check_observations(sample: Sample) -> None:
    """Refuse a model without anything to estimate, or with as much as there are observations."""
    T, N = sample.shape
    if sample.n_regressors == 0 and sample.W is None and sample.M is None:
        raise IdentificationError(
            "formula",
            expected="a regressor that the effects do not absorb",
            got=(
                f"{sample.design.formula!r} with {sample.within.label} effects: nothing to estimate"
            ),
            remedy="Add a regressor that varies after the effects, or choose other effects.",
        )
    lags = len(sample.lags) + sample.serial
    left = sample.nobs - sample.within.absorbed(T, N) - sample.n_regressors - lags
    if left < 1:
        raise IdentificationError(
            "formula",
            expected="fewer regressors than observations",
            got=(
                f"{sample.n_regressors + lags} regressors and lags and "
                f"{sample.within.absorbed(T, N)} effects for {sample.nobs} observations"
            ),
            remedy="Leave regressors out, choose fewer effects, or use a larger panel.",
        )


def _check_outcome_size(sample: Sample) -> None:
    """Refuse an outcome whose squares a computer cannot hold."""
    largest = float(np.abs(sample.y).max(initial=0.0))
    if 0.0 < largest < SMALLEST_SIZE or largest > 1.0 / SMALLEST_SIZE:
        raise IdentificationError(
            "formula",
            expected="an outcome whose variance can be computed with",
            got=f"{sample.design.outcome!r} of size {largest:.3g}",
            remedy="Measure it in another unit: multiply it by a power of ten.",
        )


def _check_outcome_varies(sample: Sample) -> None:
    """Refuse an outcome of which the effects leave nothing, or next to nothing of its level."""
    level = float(np.abs(sample.y).max(initial=0.0))
    spread = float(np.ptp(sample.columns[:, :, sample.n_regressors][sample.there]))
    if spread > RANK_TOLERANCE * level:
        return
    name = sample.design.outcome
    if spread > ROUNDING * level:
        raise IdentificationError(
            "formula",
            expected=f"an outcome that varies by more than {RANK_TOLERANCE:g} of its level",
            got=f"{name!r}, which varies by {spread / level:.1e} of {level:.3g}",
            remedy=SUBTRACT.format(level=level),
        )
    raise IdentificationError(
        "formula",
        expected="an outcome that varies",
        got=f"no variation of {name!r} left after {sample.within.label} effects",
        remedy="Choose another outcome, or other effects.",
    )


def _check_rank(sample: Sample) -> None:
    """Refuse regressors that the effects absorb or that are combinations of others, by name."""
    K = sample.n_regressors
    if K == 0:
        return
    factor = sample.factor[:, :K]
    size = np.sqrt(np.einsum("mk,mk->k", factor, factor))
    before = np.sqrt(np.einsum("tik,tik->k", sample.Z, sample.Z))
    gone = [
        name
        for name, s, b in zip(sample.names, size, before, strict=True)
        if s <= RANK_TOLERANCE * b
    ]
    if gone:
        _refuse_tiny(sample, gone, size, before)
        raise IdentificationError(
            "formula",
            expected=f"regressors that vary after {sample.within.label} effects",
            got=f"no variation left in {first_five(gone)}",
            remedy=_absorbed_remedy(sample, gone),
        )
    bad = np.flatnonzero(np.abs(np.diag(factor)) <= RANK_TOLERANCE * size)
    if len(bad):
        j = int(bad[0])
        with_others = (
            np.linalg.lstsq(factor[:, :j], factor[:, j], rcond=None)[0] if j else np.zeros(0)
        )
        others = [sample.names[i] for i in np.flatnonzero(np.abs(with_others) > 1e-6)]
        raise IdentificationError(
            "formula",
            expected="regressors that are not collinear",
            got=f"{sample.names[j]!r} is a combination of {first_five(others)}",
            remedy=_collinear_remedy(sample.names[j]),
        )


def _refuse_tiny(
    sample: Sample,
    gone: list[str],
    size: np.ndarray,
    before: np.ndarray,
) -> None:
    """Refuse regressors that do vary, but by so little of their level that too few digits are left
    of it.

    Parameters
    ----------
    gone : list of str
        Regressors that count as absorbed.
    size, before : arrays of shape (K,)
        Length of all regressors after and before the effects are taken out.
    """
    rows = [sample.names.index(name) for name in gone]
    tiny = [sample.names[k] for k in rows if size[k] > ROUNDING * before[k]]
    if not tiny:
        return
    k = sample.names.index(tiny[0])
    level = before[k] / np.sqrt(sample.nobs)
    raise IdentificationError(
        "formula",
        expected=f"regressors that vary by more than {RANK_TOLERANCE:g} of their level",
        got=f"{first_five(tiny)}; {tiny[0]!r} varies by {size[k] / before[k]:.1e} of {level:.3g}",
        remedy=SUBTRACT.format(level=level),
    )


def check_errors(sample: Sample, *, random_effects: bool) -> None:
    """Refuse an outcome that the regressors and the lag of y explain exactly once effects are
    removed, random ones too: there are no errors then, and all statistics are rounding.

    With a lag of the error I - lam M is regular, so that its residuals vanish where those without
    it do.

    Raises
    ------
    IdentificationError
    """
    K = sample.n_regressors
    factor = sample.factor
    if random_effects:
        columns = Within.of("unit").demean(sample.columns)
        of_deviations: Any = np.linalg.qr(columns.reshape(sample.y.size, -1), mode="r")
        factor = of_deviations
    # lengths before anything is demeaned, by which all are measured
    of_y = float(np.linalg.norm(sample.y))
    sizes = np.sqrt(np.einsum("tik,tik->k", sample.Z, sample.Z))
    explaining = factor[:, :K]
    if sample.Wy is not None:
        sizes = np.append(sizes, np.linalg.norm(sample.Wy))
        explaining = np.column_stack([explaining, factor[:, K + 1]])
    explaining = explaining / np.where(sizes > 0, sizes, 1.0)
    shares = np.linalg.lstsq(explaining, factor[:, K] / of_y, rcond=None)[0]
    left = np.linalg.norm(factor[:, K] / of_y - explaining @ shares)
    if left > EXACT_SHARE * (1.0 + np.abs(shares).sum()):
        return
    if sample.W is not None and sizes[-1] > 0:
        low, high = sample.spatial_ranges["rho"]
        rho = shares[-1] * of_y / sizes[-1]
        # any other rho leaves errors
        if not low * (1 + EXACT_SHARE) <= rho <= high * (1 + EXACT_SHARE):
            return
    outcome = sample.design.outcome
    by_lag = " with the lag of y" if sample.W is not None else ""
    raise IdentificationError(
        "formula",
        expected="an outcome with errors",
        got=f"{outcome!r}, which regressors and effects{by_lag} explain exactly",
        remedy=(
            "An identity has no standard errors: drop the regressors that the outcome is made of, "
            "or add observations."
        ),
    )


def _absorbed_remedy(sample: Sample, gone: list[str]) -> str:
    if all(name.startswith("W_") for name in gone):
        return "Leave their lags out with durbin=[...], or drop them from the formula."
    within, reasons = sample.within, []
    if within.unit:
        reasons.append("constant over time within each unit")
    if within.time:
        reasons.append("equal for all units in each period")
    if within.terms:
        reasons.append(f"explained by absorb={list(within.terms)}")
    return f"They are {' or '.join(reasons) or 'zero'}: drop them, or choose other effects."


def _collinear_remedy(name: str) -> str:
    if name.startswith("W_"):
        return (
            "Under these weights the lag adds nothing (a series that is equal for all units is "
            "its own lag; equal weights with time effects give W x proportional to x): leave "
            f"{name[2:]!r} out of durbin=, or change W."
        )
    return "Drop one of them."


def _check_lag(sample: Sample) -> None:
    """Refuse weights under which the likelihood is flat: Q(Wy) or Q(Mu) proportional to what it is
    the lag of.
    """
    weights = [W for W in (sample.W, sample.M) if W is not None]
    N = sample.shape[1]
    # one block of equal weights has all links there can be: sparse weights cannot be flat
    blocks = sample.within.over_units is not None
    if not sample.within.time:
        return
    sparse = not sample.irregular and all(W.links.nnz < N * (N - 1) // 2 for W in weights)
    if sparse and not blocks:
        return
    K = sample.n_regressors
    pairs: list[tuple[str, Any, Any]] = []
    if sample.W is not None:
        pairs.append(("weights", sample.columns[:, :, K], sample.columns[:, :, K + 1]))
    if sample.M is not None and sample.lagged_columns is not None:
        pairs.append(
            ("error_weights", sample.columns[:, :, : K + 1], sample.lagged_columns[:, :, : K + 1])
        )
    for argument, plain, lag in pairs:
        a, b = plain.ravel(), lag.ravel()
        left = b - a * (a @ b) / (a @ a)
        if np.linalg.norm(left) <= RANK_TOLERANCE * np.linalg.norm(b):
            raise IdentificationError(
                argument,
                expected="weights that tell neighbours from the rest",
                got="a lag proportional to the variable itself once the time effects are removed "
                "(equal weights, or "
                "one block of units): the likelihood is flat",
                remedy='Use other weights, or fixed_effects="unit"'
                + (" without absorb=." if blocks else "."),
            )


def check_weights(
    W: SpatialWeights | None,
    argument: str,
    within: Within,
    *,
    lee_yu: bool,
) -> None:
    """Refuse weights of y or of the error whose lag does not keep the effects in their space where
    that is needed.
    """
    if W is None:
        return
    if within.terms:
        check_kept(W, argument, within, lee_yu=lee_yu)
    # effects of groups by period hold the time effects, and were looked at there
    if not within.time or within.over_units is not None or W.row_normalised:
        return
    if not (lee_yu or argument == "error_weights"):
        return
    why = (
        "a kept island"
        if any("kept" in text for text in W.islands)
        else f"normalise={W.normalise!r}"
    )
    raise InputError(
        argument,
        expected="rows that sum to one: with time effects the "
        + ("Lee-Yu transformation" if lee_yu else "error lag")
        + " needs it",
        got=f"weights with {why}",
        remedy='Use normalise="row" (join islands), or fixed_effects="unit"'
        + (
            ', or correction="adjusted-score" in a model without a lag of the error.'
            if argument == "weights"
            else "."
        ),
    )
