"""``absorb=``: trends of units, groups by period and other dummies that the projection Q removes.

Effects that act over time only (a trend for each unit) or over units only (an effect for each group
and period) keep Q a product of a projection over time and one over units, so that orthonormal
contrasts exist. All other dummies are removed too, but count as regressors that are not shown.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.linalg import qr

from ...errors import DataError, InputError, OptionError, first_five
from ...numerics.linalg import off_basis
from ...panel import Panel
from ...weights import SpatialWeights
from ..options import Options
from .transforms import Within

# A dummy counts as spanned by others when what they leave of it is below this share of its length.
SPANNED = 1e-9
# A lag counts as spanned by the effects when what they leave of it is below this share of its
# length.
KEPT = 1e-9


def check_absorb(options: Options) -> tuple[str, ...]:
    """The terms of ``absorb=`` as a tuple, checked against the other options.

    Raises
    ------
    OptionError
    """
    given = options.absorb
    listed = tuple(given) if isinstance(given, Collection) and not isinstance(given, str) else ()
    if not listed or not all(isinstance(text, str) and text.strip() for text in listed):
        raise OptionError(
            "absorb",
            expected="a list of effects such as ['unit[year]']",
            got=repr(given),
            remedy='Write absorb=["unit[year]"], with square brackets around the list.',
        )
    if options.random_effects is not None:
        raise OptionError(
            "absorb",
            expected="None beside random effects",
            got=repr(given),
            remedy=(
                "Leave random_effects out, or put dummies and trends into the formula: "
                "C(region):year."
            ),
        )
    if options.dynamic is not None:
        raise OptionError(
            "absorb",
            expected=(
                "None in a dynamic model, whose bias correction knows unit and time effects only"
            ),
            got=repr(given),
            remedy="Leave dynamic out, or put dummies and trends into the formula: C(region):year.",
        )
    if options.serial_errors:
        raise OptionError(
            "absorb",
            expected="None beside serial_errors=True",
            got=repr(given),
            remedy=(
                "Leave serial_errors out, or put dummies and trends into the "
                "formula: C(region):year."
            ),
        )
    able = {
        "correction": ("auto", "lee-yu", "second-order", "adjusted-score", "robust-score", None),
        "demean": ("after-lag",),
    }
    for name, values in able.items():
        value = getattr(options, name)
        if value not in values:
            expected = f"one of {list(values)} with absorb="
            raise OptionError(
                name,
                expected=expected,
                got=repr(value),
                remedy=f"Leave {name} out.",
            )
    return listed


def make_within(
    effects: str | None,
    absorb: tuple[str, ...] | None,
    panel: Panel,
    periods: tuple[int, ...],
) -> Within:
    """The projection off the fixed effects and the further effects of ``absorb=`` on the periods of
    a design.

    Raises
    ------
    OptionError, DataError
        A term cannot be read, or its columns have missing cells.
    """
    within = Within.of(effects)
    if not absorb:
        return within
    parts = [_read(text.strip(), panel, len(periods)) for text in absorb]
    within = replace(
        within,
        unit=within.unit or any(part.over_time is not None for part in parts),
        time=within.time or any(part.over_units is not None for part in parts),
        terms=tuple(text.strip() for text in absorb),
        over_time=_basis([part.over_time for part in parts]),
        over_units=_basis([part.over_units for part in parts]),
    )
    rest = [within.demean(part.rest) for part in parts if part.rest is not None]
    if not rest:
        return within
    size = np.concatenate(
        [np.linalg.norm(part.rest, axis=(0, 1)) for part in parts if part.rest is not None]
    )
    flat = np.concatenate(rest, axis=2).reshape(-1, len(size))
    basis = _orthonormal(flat, size)
    return replace(within, rest=basis.reshape(*rest[0].shape[:2], -1)) if basis.shape[1] else within


# a name of a column, in backticks where it holds a sign of terms
_NAME = r"(\s*`[^`]+`\s*|[^:\[\]`]+)"
_TERM = re.compile(rf"{_NAME}(?::{_NAME})?(?:\[{_NAME}\])?")


@dataclass(frozen=True, eq=False)
class _Part:
    """The columns of one term: over time (T, k), over units (N, k), or over both (T, N, k)."""

    over_time: np.ndarray | None = None
    over_units: np.ndarray | None = None
    rest: np.ndarray | None = None


def _read(
    text: str,
    panel: Panel,
    T: int,
) -> _Part:
    """The columns of ``a``, ``a:b`` or ``a[x]``: over one axis where the other is a category of its
    own.
    """
    categories, slope = absorbed_names(text)
    x = None if slope is None else _numbers(slope, panel, T)
    for index, axis in ((panel.unit, 1), (panel.time, 0)):
        if index not in categories:
            continue
        others = [_codes(name, panel, T) for name in categories if name != index]
        columns = _with_slope(_dummies(others) if others else np.ones((T, panel.n_units, 1)), x)
        if not np.ptp(columns, axis=axis).any():
            return _Part(over_time=columns[:, 0]) if axis == 1 else _Part(over_units=columns[0])
    return _Part(rest=_with_slope(_dummies([_codes(name, panel, T) for name in categories]), x))


def absorbed_names(text: str) -> tuple[list[str], str | None]:
    """The categories (one or two) and the slope's variable of a term of ``absorb=``.

    Raises
    ------
    OptionError
        The term cannot be read.
    """
    read = _TERM.fullmatch(text)
    names = [name and name.strip() for name in read.groups()] if read else []
    if read is None or "" in names or None not in names[1:]:
        raise OptionError(
            "absorb",
            expected="'a', 'a:b' or 'a[x]' with columns of the panel",
            got=repr(text),
            remedy=(
                "Write 'region:year' for dummies of both together, 'unit[year]' for trends by unit."
            ),
        )
    first, second, slope = (name and name.strip("`") for name in names)
    return [name for name in (first, second) if name], slope


def _codes(
    name: str,
    panel: Panel,
    T: int,
) -> np.ndarray:
    """Categories of a column as numbers from 0, (T, N)."""
    values = panel[name][-T:]
    _check_present(name, pd.isna(values), panel, T)
    return pd.factorize(values.ravel())[0].reshape(values.shape)


def _numbers(
    name: str,
    panel: Panel,
    T: int,
) -> np.ndarray:
    """A numeric column less its mean, (T, N)."""
    values = panel[name][-T:]
    check_slope(name, values)
    _check_present(name, ~np.isfinite(values), panel, T)
    centred: np.ndarray = values - np.mean(values)
    return centred


def check_slope(name: str, values: np.ndarray) -> None:
    """Refuse a slope of something else than numbers."""
    if values.dtype == object:
        raise OptionError(
            "absorb",
            expected="numbers within the brackets",
            got=repr(name),
            remedy=(
                "Put the categories before the brackets and a column of numbers "
                "within: 'unit[year]'."
            ),
        )


def _check_present(
    name: str,
    absent: np.ndarray,
    panel: Panel,
    T: int,
) -> None:
    if absent.any():
        cells = [(panel.units[n], panel.periods[-T:][t]) for t, n in np.argwhere(absent)]
        raise DataError(
            name,
            expected="a value in every cell for absorb=",
            got=f"{len(cells)} missing: {first_five(cells)}",
            remedy="Fill these cells, or leave the units out: panel.drop_units(...).",
        )


def _dummies(codes: list[np.ndarray]) -> np.ndarray:
    """A column for each value, or each pair of values that occurs, (T, N, k)."""
    crossed = codes[0] if len(codes) == 1 else codes[0] * (codes[1].max() + 1) + codes[1]
    categories = np.unique(crossed)
    dummies: np.ndarray = (crossed[:, :, None] == categories).astype(float)
    return dummies


def _with_slope(columns: np.ndarray, x: np.ndarray | None) -> np.ndarray:
    return columns if x is None else np.concatenate([columns, columns * x[:, :, None]], axis=2)


def _basis(parts: list[np.ndarray | None]) -> np.ndarray | None:
    """Orthonormal basis (n, p) of the constant and all columns (n, k); None where that is the
    constant alone.
    """
    given = [part for part in parts if part is not None]
    if not given:
        return None
    columns = np.concatenate(given, axis=1)
    size = np.linalg.norm(columns, axis=0)
    others = _orthonormal(columns - columns.mean(axis=0), size)
    n = len(columns)
    return np.column_stack([np.full(n, n**-0.5), others]) if others.shape[1] else None


def _orthonormal(columns: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Orthonormal basis of columns (n, k) of which something is left, beside their `size`
    before.
    """
    left = np.linalg.norm(columns, axis=0)
    some = left > SPANNED * size
    if not some.any():
        return np.zeros((len(columns), 0))
    Q, R, _ = qr(columns[:, some] / left[some], mode="economic", pivoting=True)
    basis: np.ndarray = Q[:, np.abs(np.diag(R)) > SPANNED]
    return basis


def check_kept(
    W: SpatialWeights,
    argument: str,
    within: Within,
    *,
    lee_yu: bool,
) -> None:
    """Refuse a lag that does not map the effects of ``absorb=`` into themselves where the model
    needs that.

    The transformation of Lee and Yu needs it of effects of groups by period and of the lags of y
    and of the error; a lag of the error needs it of all effects, for (I - lam M) acts on them too.

    Raises
    ------
    InputError
    """
    of_error = argument == "error_weights"
    if not (of_error or lee_yu):
        return
    lost = not keeps_groups(W, within)
    if of_error and within.rest is not None:
        lag = W.lag(within.rest)
        lost = lost or _remains(within.demean(lag), lag)
    if not lost:
        return
    if of_error:
        need = "a lag of the error that maps the absorbed effects into themselves"
        remedy = (
            "Use a model without a lag of the error, or weights without links across the groups."
        )
    else:
        need = (
            "weights that map the effects of groups by period into themselves for the Lee-Yu "
            "transformation"
        )
        remedy = (
            'Use correction="adjusted-score" (what "auto" takes in lag and Durbin models), '
            'or method="gmm".'
        )
    raise InputError(
        argument,
        expected=need,
        got=f"{W.name!r} with absorb={list(within.terms)}",
        remedy=remedy,
    )


def keeps_groups(W: SpatialWeights, within: Within) -> bool:
    """Whether W maps effects of groups by period into themselves: so where it links no units across
    the groups.
    """
    if within.over_units is None:
        return True
    lag = W.operator @ within.over_units
    return not _remains(off_basis(lag, within.over_units), lag)


def _remains(left: np.ndarray, lag: np.ndarray) -> bool:
    return bool(np.linalg.norm(left) > KEPT * np.linalg.norm(lag))
