"""Parts of a panel, and its outliers, as frozen requests: `apply` makes the panel that they ask for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..diagnostics.comparison.groups import groups_of_units
from ..errors import DataError, OptionError, first_five
from ..options import real_number
from ..panel import Panel
from ..panel.panel import listed
from ..panel.terms import read_formula


@dataclass(frozen=True)
class Subsample:
    """A request for a part of a panel: some units, periods or groups, or all but some.

    Parameters
    ----------
    units, drop_units : list of ids, optional
        The units that stay, and those that go.
    periods, drop_periods : list of int, optional
        The periods that stay, and those that go.
    groups, drop_groups : mapping, optional
        Column -> values, of a column that is constant over time: the units of these values stay, or
        go. ``groups={"region": ["east", "central"]}``.

    Raises
    ------
    DataError
        Something that is no list, or no mapping of columns to lists.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> early = bd.Subsample(periods=range(2011, 2016), drop_units=["Beijing", "Shanghai"])
    >>> part = early.apply(bd.load_panel())
    >>> part.n_units, part.periods
    (29, (2011, 2012, 2013, 2014, 2015))
    """

    units: Any = None
    drop_units: Any = None
    periods: Any = None
    drop_periods: Any = None
    groups: Any = None
    drop_groups: Any = None

    def __post_init__(self) -> None:
        for name in ("units", "drop_units", "periods", "drop_periods"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, tuple(listed(name, given)))
        for name in ("groups", "drop_groups"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, _columns_with_values(name, given))

    @classmethod
    def without_each_unit(cls, panel: Panel) -> dict[str, Subsample]:
        """The panel without each of its units in turn, by name."""
        return {f"without {unit}": cls(drop_units=[unit]) for unit in panel.units}

    @classmethod
    def without_each_period(cls, panel: Panel) -> dict[str, Subsample]:
        """The panel without each of its periods in turn, by name."""
        return {f"without {period}": cls(drop_periods=[period]) for period in panel.periods}

    def apply(self, panel: Panel) -> Panel:
        """The part of `panel` that is asked for.

        Raises
        ------
        DataError
            Units, periods, columns or values that the panel does not have; a column that changes
            over time; nothing is left.
        """
        part = panel.select(units=self.units, periods=self._periods_of(panel))
        going = dict.fromkeys(self.drop_units or ())
        for keep, columns in ((True, self.groups), (False, self.drop_groups)):
            for column, values in columns or ():
                going |= dict.fromkeys(_units_of(panel, column, values, others=keep))
        # a unit that `units` leaves out already may belong to a group that goes
        gone = [unit for unit in going if unit in part.units or unit not in panel.units]
        return part.drop_units(*gone) if gone else part

    def _periods_of(self, panel: Panel) -> list[int] | None:
        if self.drop_periods is None:
            return None if self.periods is None else list(self.periods)
        unknown = [period for period in self.drop_periods if period not in panel.periods]
        if unknown:
            raise DataError(
                "drop_periods",
                expected="periods of the panel",
                got=f"unknown ones: {first_five(unknown)}",
                remedy="See panel.periods.",
            )
        first = panel.periods if self.periods is None else self.periods
        return [period for period in first if period not in self.drop_periods]


def _columns_with_values(argument: str, given: Any) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """A mapping of columns to lists of values as a tuple, which can be hashed."""
    pairs = given if isinstance(given, tuple) else None
    if isinstance(given, Mapping):
        pairs = tuple(given.items())
    if pairs is None:
        raise DataError(
            argument,
            expected="a mapping of columns to lists of values",
            got=repr(given),
            remedy=f'Write {argument}={{"region": ["east", "west"]}}.',
        )
    return tuple((column, tuple(listed(column, values))) for column, values in pairs)


def _units_of(
    panel: Panel,
    column: str,
    values: tuple[Any, ...],
    *,
    others: bool,
) -> list[Any]:
    """The units whose group is one of `values`, or those of all other groups."""
    of_unit, names = groups_of_units(panel, column)
    wanted = [str(value) for value in values]
    unknown = [value for value in wanted if value not in names]
    if unknown:
        raise DataError(
            column,
            expected=f"values of the column, of {first_five(names)}",
            got=first_five(unknown),
            remedy="Write the values as the panel has them.",
        )
    inside = np.isin(of_unit.astype(str), wanted)
    found = np.flatnonzero(~inside if others else inside)
    return [panel.units[index] for index in found]


@dataclass(frozen=True)
class Outliers(ABC):
    """What is done about the cells below and above two quantiles of a column.

    Parameters
    ----------
    lower, upper : float
        Shares of all cells of a column, over units and periods: 0.01 and 0.99 are the first and the
        last percentile.
    columns : list of str, optional
        Columns of the panel; by default those of the formula with more than two values, so that
        dummies stay as they are.

    Raises
    ------
    OptionError
        Shares outside 0 to 1, or not in ascending order.
    """

    lower: float = 0.01
    upper: float = 0.99
    columns: Any = None

    def __post_init__(self) -> None:
        lower = real_number("lower", self.lower, 0.0)
        upper = real_number("upper", self.upper, 0.0)
        if not lower < upper <= 1.0:
            raise OptionError(
                "upper",
                expected=f"a share above lower={self.lower!r} and at most 1",
                got=repr(self.upper),
                remedy="Write lower=0.01, upper=0.99 for one per cent at each end.",
            )
        if self.columns is not None:
            object.__setattr__(self, "columns", tuple(listed("columns", self.columns)))

    @abstractmethod
    def apply(self, panel: Panel, formula: str) -> Panel:
        """The panel after the treatment of the columns of a formula.

        Raises
        ------
        DataError
            A column that is missing or not of numbers; nothing is left.
        """

    def _limits(self, panel: Panel, formula: str) -> dict[str, tuple[float, float]]:
        """Column -> the two quantiles of its cells."""
        columns = self.columns
        if columns is None:
            columns = [name for name in read_formula(formula).columns if _varies(panel, name)]
        limits = {}
        for name in columns:
            values = panel[name]
            if values.dtype.kind != "f":
                raise DataError(
                    name,
                    expected="a column of numbers",
                    got="texts",
                    remedy="Name columns of numbers: columns=[...].",
                )
            low, high = np.nanquantile(values, [self.lower, self.upper])
            limits[name] = (float(low), float(high))
        return limits


def _varies(panel: Panel, name: str) -> bool:
    """Whether a column is of numbers, and not a constant or a dummy."""
    values = panel[name]
    return values.dtype.kind == "f" and len(np.unique(values[np.isfinite(values)])) > 2


class Winsorise(Outliers):
    """Cells beyond the quantiles take the value of the quantile.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> drawn_in = bd.Winsorise(0.05, 0.95).apply(panel, "gdp_pc ~ policy")
    >>> print(f"{panel['gdp_pc'].max():.0f} becomes {drawn_in['gdp_pc'].max():.0f}")
    175896 becomes 107092
    """

    def apply(self, panel: Panel, formula: str) -> Panel:
        limits = self._limits(panel, formula)
        drawn_in = {name: np.clip(panel[name], *ends) for name, ends in limits.items()}
        return panel.with_columns(**drawn_in)


class Trim(Outliers):
    """Units with a cell beyond the quantiles are left out, with all their periods, so that the panel
    stays balanced.
    """

    def apply(self, panel: Panel, formula: str) -> Panel:
        beyond = np.zeros(panel.n_units, bool)
        for name, (low, high) in self._limits(panel, formula).items():
            values = panel[name]
            beyond |= ((values < low) | (values > high)).any(axis=0)
        if not beyond.any():
            return panel
        return panel.drop_units(*[panel.units[index] for index in np.flatnonzero(beyond)])
