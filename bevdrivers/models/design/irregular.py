"""Removing fixed effects where cells are missing, or where weights differ by period: the same
vocabulary as `Within`, over the cells that are there.

There is no product of a projection over time and one over units here. Effects are families of
dummies, one for each term: a partition of the cells, perhaps with slopes. The family with the most
dummies is removed exactly, group by group; the others leave a small system of normal equations,
solved by its eigenvalues, which tell the rank, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from ...panel import Panel
from .absorb import SPANNED, absorbed_names, check_slope
from .transforms import Contrasts, Within

# Dummies count as spanned by others when the eigenvalue of their normal equations, in units of the
# dummies' own lengths, is below this: far above rounding, far below that of the longest chain of
# units and periods in which each is linked to the next alone.
SPANNED_EIGENVALUE = 1e-11


@dataclass(frozen=True, eq=False)
class Family:
    """The dummies of one term over the n cells that are there.

    Attributes
    ----------
    groups : array of int of shape (n,)
        The group of each cell, from 0.
    slopes : tuple of arrays of shape (n,)
        Variables with a slope in each group, beside the group's mean.
    """

    groups: np.ndarray
    slopes: tuple[np.ndarray, ...] = ()

    @property
    def count(self) -> int:
        """Number of groups."""
        return int(self.groups.max(initial=-1)) + 1

    @cached_property
    def basis(self) -> tuple[np.ndarray, ...]:
        """Variables (n,) each, of length one or zero and at right angles in every group: together
        they span the family's dummies.
        """
        made: list[np.ndarray] = []
        for variable in (np.ones(len(self.groups)), *self.slopes):
            left = variable
            for _ in range(2):  # once more, for what rounding left
                left = self._off(left, made)
            size, before = self._lengths(left), self._lengths(variable)
            some = size > SPANNED * before
            scale = np.divide(1.0, size, out=np.zeros_like(size), where=some)
            made.append(left * scale[self.groups])
        return tuple(made)

    @property
    def rank(self) -> int:
        """Number of linearly independent dummies."""
        return sum(int((self._lengths(q) > 0.5).sum()) for q in self.basis)

    def demean(self, values: np.ndarray) -> np.ndarray:
        """The family's dummies removed from an array of shape (n, k)."""
        return self._off(values, self.basis)

    def _off(self, values: np.ndarray, basis: Sequence[np.ndarray]) -> np.ndarray:
        for q in basis:
            column = q if values.ndim == 1 else q[:, None]
            values = values - column * self._sums(column * values)[self.groups]
        return values

    def _sums(self, values: np.ndarray) -> np.ndarray:
        """Sums of an array of shape (n,) or (n, k) by group."""
        sums: np.ndarray = self._indicator @ values
        return sums

    def _lengths(self, values: np.ndarray) -> np.ndarray:
        """Lengths of a variable (n,) by group."""
        lengths: np.ndarray = np.sqrt(self._sums(values**2))
        return lengths

    @cached_property
    def _indicator(self) -> sparse.csr_array:
        """Groups by cells, (count, n)."""
        n = len(self.groups)
        return sparse.csr_array((np.ones(n), (self.groups, np.arange(n))), shape=(self.count, n))

    @cached_property
    def dummies(self) -> sparse.csr_array:
        """The dummies as columns, the slopes after the means: sparse, of shape (n, q)."""
        plain = self._indicator.T
        columns = [plain, *(plain.multiply(slope[:, None]) for slope in self.slopes)]
        return sparse.csr_array(sparse.hstack(columns, "csr"))


@dataclass(frozen=True, eq=False)
class IrregularWithin(Within):
    """The projection Q that removes fixed effects from the cells that are there.

    Attributes
    ----------
    observed : array of bool of shape (T, N)
    families : tuple of Family
        Of unit, time and further effects, over the cells that are there, ordered by period, then
        unit.
    """

    observed: np.ndarray = field(default_factory=lambda: np.ones((0, 0), bool))
    families: tuple[Family, ...] = ()

    @property
    def takes_constant(self) -> bool:
        """Whether the intercept is among what Q removes."""
        return bool(self.families)

    @cached_property
    def dummies(self) -> sparse.csr_array:
        """All dummies as columns over the n cells, not all of them independent: sparse, of shape
        (n, q).
        """
        if not self.families:
            return sparse.csr_array((int(self.observed.sum()), 0))
        columns = [family.dummies for family in self.families]
        return sparse.csr_array(sparse.hstack(columns, "csr"))

    @cached_property
    def rank(self) -> int:
        """Number of linearly independent dummies."""
        if not self.families:
            return 0
        return self._largest.rank + self._others.rank

    def absorbed(self, T: int, N: int) -> int:
        return self.rank

    def contrasts(self, *, lee_yu: bool) -> Contrasts:
        """The dimensions of a likelihood: all cells, or what the effects leave of them."""
        T, N = self.observed.shape
        n = int(self.observed.sum())
        return Contrasts(T, N, False, cells=n - self.rank if lee_yu else n)

    def demean(self, values: np.ndarray) -> np.ndarray:
        """Q applied to an array of shape (T, N) or (T, N, K); zero in the cells that are not
        there.
        """
        flat = values[self.observed]
        columns = flat.reshape(len(flat), -1)
        left = np.zeros_like(values, dtype=float)
        left[self.observed] = self.over_cells(columns).reshape(flat.shape)
        return left

    def over_cells(self, values: np.ndarray) -> np.ndarray:
        """Q applied to an array of shape (n, k)."""
        if not self.families:
            return values
        for _ in range(2):  # once more, for what rounding left
            values = self._others.demean(self._largest.demean(values))
        return values

    @cached_property
    def _largest(self) -> Family:
        return max(self.families, key=lambda family: family.count * (1 + len(family.slopes)))

    @cached_property
    def _others(self) -> _Rest:
        others = [family.dummies for family in self.families if family is not self._largest]
        return _Rest.of(others, self._largest)

    def removed(self) -> tuple[int, int]:
        raise NotImplementedError("effects with missing cells are no product over time and units")

    def rows(self, T: int, N: int) -> tuple[np.ndarray, np.ndarray]:
        raise NotImplementedError("effects with missing cells are no product over time and units")

    def shares(self, T: int, N: int) -> tuple[np.ndarray, np.ndarray]:
        raise NotImplementedError("effects with missing cells are no product over time and units")


@dataclass(frozen=True, eq=False)
class _Rest:
    """Dummies beside a family that is removed exactly.

    Attributes
    ----------
    dummies : sparse array of shape (n, q)
        Scaled to length one.
    first : Family
        What is removed before.
    roots : array of shape (q, r)
        Of what the first family leaves of them, these combinations are orthonormal.
    """

    dummies: sparse.csr_array
    first: Family
    roots: np.ndarray

    @classmethod
    def of(cls, others: Sequence[sparse.csr_array], first: Family) -> _Rest:
        if not others:
            n = len(first.groups)
            return cls(sparse.csr_array((n, 0)), first, np.zeros((0, 0)))
        dummies = sparse.csr_array(sparse.hstack(others, "csr"))
        lengths = np.sqrt(dummies.power(2).sum(axis=0))
        scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        dummies = sparse.csr_array(dummies @ sparse.diags_array(scale))
        values, vectors = np.linalg.eigh(_left_products(dummies, first))
        some = values > SPANNED_EIGENVALUE
        return cls(dummies, first, vectors[:, some] / np.sqrt(values[some]))

    @property
    def rank(self) -> int:
        return int(self.roots.shape[1])

    def demean(self, values: np.ndarray) -> np.ndarray:
        """What is left of values (n, k) that the first family was removed from."""
        if not self.rank:
            return values
        weights = self.roots @ (self.roots.T @ (self.dummies.T @ values))
        left: np.ndarray = values - self.first.demean(self.dummies @ weights)
        return left


def _left_products(dummies: sparse.csr_array, first: Family) -> np.ndarray:
    """D'QD of dummies D (n, q) and the projection Q off a family, (q, q)."""
    products: np.ndarray = (dummies.T @ dummies).toarray()
    for q in first.basis:
        by_group = first._indicator @ dummies.multiply(q[:, None])
        products -= (by_group.T @ by_group).toarray()
    return products


def irregular_within(
    effects: str | None,
    absorb: tuple[str, ...] | None,
    panel: Panel,
    observed: np.ndarray,
) -> IrregularWithin:
    """The projection off the fixed effects and those of ``absorb=`` on the cells that are there.

    Parameters
    ----------
    effects : {"two-way", "unit", "time", None}
    absorb : tuple of str or None
    panel : Panel
    observed : array of bool of shape (T, N)
        On the last T periods of the panel.

    Raises
    ------
    OptionError
        A term cannot be read.
    """
    names: list[tuple[list[str], str | None]] = []
    names += [([panel.unit], None)] * (effects in ("unit", "two-way"))
    names += [([panel.time], None)] * (effects in ("time", "two-way"))
    names += [absorbed_names(text.strip()) for text in absorb or ()]
    families: list[Family] = []
    for categories, slope in names:
        made = _family(panel, observed, categories, slope)
        families = _joined(families, made)
    return IrregularWithin(
        _spans(families, panel, observed, panel.unit),
        _spans(families, panel, observed, panel.time),
        tuple(text.strip() for text in absorb or ()),
        observed=observed,
        families=tuple(families),
    )


def _family(
    panel: Panel,
    observed: np.ndarray,
    categories: Sequence[str],
    slope: str | None,
) -> Family:
    codes = [pd.factorize(_cells(panel, observed, name))[0] for name in categories]
    groups = codes[0]
    if len(codes) == 2:
        groups = pd.factorize(codes[0] * (codes[1].max(initial=0) + 1) + codes[1])[0]
    if slope is None:
        return Family(groups)
    check_slope(slope, panel[slope])
    x = _cells(panel, observed, slope).astype(float)
    return Family(groups, (x - x.mean(),))


def _spans(
    families: Sequence[Family],
    panel: Panel,
    observed: np.ndarray,
    name: str,
) -> bool:
    """Whether the dummies of a column are among those of the families: each group of one of them
    lies within one value.
    """
    codes = pd.factorize(_cells(panel, observed, name))[0]
    size = int(codes.max(initial=0)) + 1
    return any(len(np.unique(family.groups * size + codes)) == family.count for family in families)


def _cells(
    panel: Panel,
    observed: np.ndarray,
    name: str,
) -> np.ndarray:
    """The cells of a column that are there, (n,)."""
    cells: np.ndarray = panel[name][-len(observed) :][observed]
    return cells


def absorbed_columns(absorb: tuple[str, ...] | None, panel: Panel) -> tuple[str, ...]:
    """The columns that the terms of ``absorb=`` name, its unit and time apart."""
    named: list[str] = []
    for text in absorb or ():
        categories, slope = absorbed_names(text.strip())
        named += [*categories, *([slope] if slope else [])]
    return tuple(name for name in named if name not in (panel.unit, panel.time))


def _joined(families: list[Family], new: Family) -> list[Family]:
    """Families with one more, which joins the one that has the same groups."""
    for place, known in enumerate(families):
        if np.array_equal(known.groups, new.groups):
            both = Family(known.groups, (*known.slopes, *new.slopes))
            return [*families[:place], both, *families[place + 1 :]]
    return [*families, new]
