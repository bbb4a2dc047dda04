"""`Panel`: units x periods, held as (T, N) arrays with the units and the years they belong to."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..display import Shown
from ..errors import DataError, first_five, suggestion
from ..ids import positions, repeated
from ..options import BalanceBy, check_option
from .columns import aligned, column_names, frozen, held, shape_of, spread
from .foreign import NOTES, read_map
from .identifiers import check_ids, sorted_units, unit_labels
from .matching import why_unmatched
from .periods import ascending_years
from .schema import check_frame, check_index_names, with_one_period

if TYPE_CHECKING:
    import geopandas


@dataclass(frozen=True, eq=False, repr=False)
class Panel(Shown):
    """A panel of N units observed in T periods.

    Make one with `from_frame`, `from_csv`, `from_excel`, `from_stata`, `from_wide` or `from_nbs`.
    Units are sorted, periods ascend, so that nothing depends on the order of the rows.

    Attributes
    ----------
    units : tuple, length N
    periods : tuple of int, length T
    unit, time : str
        Names of the two index columns.
    geometry : GeoDataFrame or None
        One row a unit, in the order of `units`, indexed by unit.
    notes : tuple of str
        What was done to the data (units or periods dropped), for the table notes.

    Examples
    --------
    >>> import pandas as pd
    >>> import bevdrivers as bd
    >>> rows = [("b", 2011, 1.0), ("a", 2012, 2.0), ("a", 2011, 3.0), ("b", 2012, 4.0)]
    >>> frame = pd.DataFrame(rows, columns=["id", "year", "x"])
    >>> panel = bd.Panel.from_frame(frame, unit="id", time="year")
    >>> panel["x"]
    array([[3., 1.],
           [2., 4.]])
    """

    units: tuple[Hashable, ...]
    periods: tuple[int, ...]
    unit: str
    time: str
    columns: Mapping[str, np.ndarray]
    present: np.ndarray
    geometry: geopandas.GeoDataFrame | None = None
    notes: tuple[str, ...] = ()
    _cache: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # copies and pickles of an array are writable again: frozen here, where every way of making
        # a panel passes
        held = {name: frozen(values) for name, values in self.columns.items()}
        object.__setattr__(self, "columns", MappingProxyType(held))
        frozen(self.present)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        unit: str,
        time: str,
        geometry: geopandas.GeoDataFrame | None = None,
    ) -> Panel:
        """A panel from a long frame, one row a unit and period, in any order.

        Parameters
        ----------
        frame : DataFrame
            Not changed.
        unit, time : str
            Columns, or levels of the index, with the unit's id (text or number) and the period.
            Ids that look alike are one unit, with a note: letters composed or decomposed,
            full-width or plain, hard blanks, letters without a shape. Periods are whole years;
            dates are read as their years, with a note, where all lie in one month.
        geometry : GeoDataFrame, GeoSeries or path, optional
            Polygons or points of the units, with a column named `unit` or the ids as its index; or
            the file of such a map. It may hold more units than the frame, in any order.

        Raises
        ------
        DataError
            A column is missing, an id or year is empty, a year is no whole number or beyond 9999,
            ids differ by zeros in front alone, a (unit, year) occurs twice, two columns have one
            name, cells are complex, or units have no geometry. Missing cells are no error here:
            they are named when a formula uses them.
        """
        long = check_frame(frame, unit, time)
        units = sorted_units(long.labels)
        periods = tuple(np.unique(long.years).tolist())
        row = np.searchsorted(np.array(periods), long.years)
        col = positions(long.ids, units)
        present = np.zeros((len(periods), len(units)), bool)
        present[row, col] = True
        values = long.frame.drop(columns=[unit, time])
        values = values.loc[:, [str(kind) != "geometry" for kind in values.dtypes]]
        columns = {
            text: spread(values[name], text, row, col, present.shape)
            for name, text in column_names(values.columns, (unit, time)).items()
        }
        located, read = _map_of(geometry, unit, units)
        notes = (*_notes_of(frame), *long.notes, *read)
        return cls(units, periods, unit, time, columns, present, located, notes)

    @classmethod
    def from_cross_section(
        cls,
        frame: pd.DataFrame,
        *,
        unit: str,
        time: str = "period",
        geometry: geopandas.GeoDataFrame | None = None,
    ) -> Panel:
        """A panel of one period from a frame with one row a unit.

        Models on it have no fixed effects unless they are asked for.

        Parameters
        ----------
        frame : DataFrame
            Not changed. A column, or level of the index, that is called as `time` holds the period,
            the same in all rows; without one the period is 1.
        unit : str
            Column, or level of the index, with the unit's id.
        time : str
            What the index of periods is called.
        geometry : GeoDataFrame, GeoSeries or path, optional
            As in `from_frame`.

        Raises
        ------
        DataError
            There are several periods, or as in `from_frame`.
        """
        panel = cls.from_frame(
            with_one_period(frame, time), unit=unit, time=time, geometry=geometry
        )
        if panel.n_periods > 1:
            raise DataError(
                "frame",
                expected="one period, and one row a unit",
                got=f"{panel.n_periods} periods in {time!r}: {first_five(panel.periods)}",
                remedy="Take the rows of one of them, or Panel.from_frame(...) for all.",
            )
        note = "a cross-section: models have no fixed effects unless these are asked for"
        return replace(panel, notes=(*panel.notes, note))

    @classmethod
    def from_arrays(
        cls,
        columns: Mapping[str, np.ndarray],
        *,
        units: Sequence[Hashable],
        periods: Sequence[int],
        unit: str = "unit",
        time: str = "year",
        geometry: geopandas.GeoDataFrame | None = None,
    ) -> Panel:
        """A complete panel from arrays of shape (T, N): periods ascending, units in the order
        given.

        Parameters
        ----------
        columns : mapping
            Name -> array of shape (T, N). Masked cells are missing ones. The rows and columns of a
            frame are matched with periods and units by their labels.
        units : sequence, length N
        periods : sequence of int, length T
        unit, time : str
            Names of the two index columns.
        geometry : GeoDataFrame, GeoSeries or path, optional
            As in `from_frame`.

        Raises
        ------
        DataError
            An array has another shape or is not of real numbers, an id occurs twice, the periods
            are no years or do not ascend, or a column is called as the index.
        """
        check_index_names(unit, time)
        if not isinstance(columns, Mapping):
            got = type(columns).__name__
            raise DataError(
                "columns",
                expected="a mapping from names to arrays",
                got=got,
                remedy='Write {"name": array}.',
            )
        years = ascending_years(periods)
        labels, notes = _given_units(units)
        shape = (len(years), len(labels))
        names = column_names(columns, (unit, time))
        arrays = {
            names[name]: aligned(values, str(name), years, labels)
            for name, values in columns.items()
        }
        wrong = [name for name, values in arrays.items() if shape_of(values) != shape]
        if wrong:
            got = f"{shape_of(arrays[wrong[0]])} for {wrong[0]!r}"
            raise DataError(
                "columns",
                expected=f"arrays of shape (T, N) = {shape}",
                got=got,
                remedy="Put periods into rows and units into columns; a column per array.",
            )
        held_arrays = {name: held(values, name) for name, values in arrays.items()}
        texts = [name for name, values in held_arrays.items() if values.dtype.kind != "f"]
        if texts:
            remedy = "Columns of texts are added by with_columns(...)."
            got = f"others in {first_five(texts)}"
            raise DataError(
                "columns",
                expected="arrays of numbers",
                got=got,
                remedy=remedy,
            )
        located, read = _map_of(geometry, unit, labels)
        present = np.ones(shape, bool)
        return cls(labels, years, unit, time, held_arrays, present, located, notes=(*notes, *read))

    @classmethod
    def from_csv(
        cls,
        path: str | Path,
        *,
        unit: str,
        time: str,
        geometry: Any = None,
        **read: Any,
    ) -> Panel:
        """A panel from a CSV file; `read` goes to `pandas.read_csv`.

        The file is in UTF-8, with or without byte order mark, in GB 18030 where it reads as
        Chinese, or in the `encoding` that is given; what is neither is refused with the encodings
        that it may be in. Any but UTF-8 is noted. Zeros in front of ids stay.
        """
        from .readers import read_csv

        return cls.from_frame(
            read_csv(path, ids=unit, **read),
            unit=unit,
            time=time,
            geometry=geometry,
        )

    @classmethod
    def from_excel(
        cls,
        path: str | Path,
        *,
        unit: str,
        time: str,
        geometry: Any = None,
        **read: Any,
    ) -> Panel:
        """A panel from one sheet of an Excel file; `read` goes to `pandas.read_excel`.

        Zeros in front of ids that are texts stay.
        """
        from .readers import read_excel

        return cls.from_frame(
            read_excel(path, ids=unit, **read),
            unit=unit,
            time=time,
            geometry=geometry,
        )

    @classmethod
    def from_stata(
        cls,
        path: str | Path,
        *,
        unit: str,
        time: str,
        geometry: Any = None,
        **read: Any,
    ) -> Panel:
        """A panel from a Stata .dta file; `read` goes to `pandas.read_stata`.

        Files of Stata 13 and before do not say in which encoding their texts are: it is found as
        that of a CSV file, or is the `encoding` that is given.
        """
        from .readers import read_stata

        return cls.from_frame(
            read_stata(path, **read),
            unit=unit,
            time=time,
            geometry=geometry,
        )

    @classmethod
    def from_nbs(cls, files: Mapping[str, str | Path], *, geometry: Any = None) -> Panel:
        """A panel from exports of the National Bureau of Statistics of China, one file an
        indicator.

        Parameters
        ----------
        files : mapping
            Column name -> file in the export layout (header lines, one row a province, one column a
            year, newest first). Province names may be Chinese (full or short), English, or GB/T
            2260 codes; the panel's units are the English names.
        """
        from .readers import read_nbs

        return cls.from_frame(
            read_nbs(files),
            unit="province",
            time="year",
            geometry=geometry,
        )

    @classmethod
    def from_wide(
        cls,
        tables: Mapping[str, pd.DataFrame | str | Path] | pd.DataFrame | str | Path,
        *,
        unit: str,
        time: str = "year",
        stubs: Sequence[str] | None = None,
        separator: str = "",
        geometry: Any = None,
        **read: Any,
    ) -> Panel:
        """A panel from wide tables, with one row a unit and one column a year.

        Either each variable has a table whose columns are years, as statistical yearbooks print
        them, or one table holds several variables, in columns such as ``gdp2011``. What was done
        stands in `notes`.

        Parameters
        ----------
        tables : mapping, DataFrame or path
            Variable -> its table; or, with `stubs`, one table of them all. A table is a frame or
            the path of a file (.csv, .xlsx, .xls, .dta).
        unit : str
            The column, or level of the index, with the unit's id; each unit stands in one row.
        time : str
            What the years are to be called.
        stubs : sequence of str, optional
            The variables of one table: what the names of their columns begin with. Columns of none
            of them are the same in every year.
        separator : str
            What stands between a stub and its year: "_" in ``gdp_2011``.
        geometry : GeoDataFrame, GeoSeries or path, optional
            As in `from_frame`.
        **read
            Goes to the reader of each file, as in `from_csv`, `from_excel` and `from_stata`.

        Raises
        ------
        DataError
            A column is no year, two are the same year, a unit has two rows, a variable lacks a unit
            or a year that another one has, a stub matches no column, or as `from_frame`.
        OptionError
            A mapping with `stubs`, or one table without.

        Examples
        --------
        >>> import pandas as pd
        >>> import bevdrivers as bd
        >>> gdp = pd.DataFrame({"id": ["b", "a"], "2011": [1.0, 2.0], "2012": [3.0, 4.0]})
        >>> panel = bd.Panel.from_wide({"gdp": gdp}, unit="id")
        >>> panel["gdp"]
        array([[2., 1.],
               [4., 3.]])
        """
        from .wide import (
            WideTable,
            check_layout,
            check_units,
            check_years,
            long_frame,
            tables_by_stub,
        )

        check_layout(tables, stubs)
        if isinstance(tables, Mapping):
            constants = None
            frames = {name: _table(value, unit, read) for name, value in tables.items()}
            parts = [WideTable.of(frame, name, unit) for name, frame in frames.items()]
        else:
            frame = _table(tables, unit, read)
            parts, constants = tables_by_stub(frame, stubs or (), separator, unit, time)
        long = long_frame(parts, unit, time, constants)
        panel = cls.from_frame(
            long,
            unit=unit,
            time=time,
            geometry=geometry,
        )
        check_units(parts, panel.units)
        check_years(parts, panel.periods)
        return panel

    @property
    def n_units(self) -> int:
        return len(self.units)

    @property
    def n_periods(self) -> int:
        return len(self.periods)

    @property
    def frame(self) -> pd.DataFrame:
        """The panel as a new long frame: rows by period, then unit; a missing row is a row of
        missing cells.
        """
        T, N = self.present.shape
        index = {self.unit: list(self.units) * T, self.time: np.repeat(self.periods, N)}
        return pd.DataFrame(index | {name: values.ravel() for name, values in self.columns.items()})

    def __getitem__(self, name: str) -> np.ndarray:
        """The column `name` as an array of shape (T, N), read-only: numbers as float, anything else
        as objects.
        """
        if name in (self.unit, self.time):
            values = (
                np.array(self.units, object)[None, :]
                if name == self.unit
                else np.array(self.periods)[:, None]
            )
            return np.broadcast_to(values, self.present.shape)
        if name not in self.columns:
            raise DataError(
                "column",
                expected=f"one of {first_five(sorted(self.columns))}",
                got=repr(name),
                remedy=suggestion(str(name), sorted(self.columns)),
            )
        return self.columns[name]

    def evaluate(self, expression: str, argument: str = "expression") -> np.ndarray:
        """A formula expression such as ``"log1p(bev_density)"`` as a complete array of shape (T,
        N).

        Errors are about `argument`: the name that the expression has for whoever wrote it.
        """
        from .formula import evaluate

        return evaluate(self, expression, argument)

    def with_columns(self, **new: np.ndarray | Callable[[Panel], np.ndarray]) -> Panel:
        """The panel with columns added or replaced: arrays of shape (T, N), or functions of the
        panel that give one.
        """
        made = {name: value(self) if callable(value) else value for name, value in new.items()}
        made = {
            name: aligned(values, name, self.periods, self.units) for name, values in made.items()
        }
        wrong = [name for name, values in made.items() if shape_of(values) != self.present.shape]
        if wrong:
            shape = shape_of(made[wrong[0]])
            raise DataError(
                wrong[0],
                expected=f"an array of shape (T, N) = {self.present.shape}",
                got=f"shape {shape}",
                remedy=(
                    "Put periods into rows and units into columns, or pass a value that"
                    " is the same for all."
                ),
            )
        index = [name for name in new if name in (self.unit, self.time)]
        if index:
            raise DataError(
                "with_columns",
                expected="columns other than the panel's index",
                got=first_five(index),
                remedy="Give the column another name.",
            )
        added = {name: held(values, name) for name, values in made.items()}
        return replace(self, columns={**self.columns, **added}, _cache={})

    def select(
        self, *, units: Iterable[Hashable] | None = None, periods: Iterable[int] | None = None
    ) -> Panel:
        """The panel of some units and periods (all by default), in the panel's own order."""
        cols = _positions_of("units", self.units if units is None else units, self.units)
        rows = _positions_of("periods", self.periods if periods is None else periods, self.periods)
        return self._cut(np.unique(rows), np.unique(cols))

    def drop_units(self, *units: Hashable) -> Panel:
        """The panel without `units`; the note of it goes into the tables."""
        gone = _positions_of("units", units, self.units)
        kept = np.setdiff1d(np.arange(self.n_units), gone)
        names = ", ".join(str(self.units[index]) for index in gone)
        return self._cut(np.arange(self.n_periods), kept, f"{names} dropped")

    def balance(self, *, drop: BalanceBy, columns: Iterable[str] | None = None) -> Panel:
        """The balanced panel: units, or periods, with a missing row or cell are dropped.

        Parameters
        ----------
        drop : {"units", "periods"}
        columns : iterable of str, optional
            Columns whose cells must be there; all columns by default.

        Returns
        -------
        Panel, with what was dropped in `notes`.

        Raises
        ------
        DataError
            Nothing would be left.
        """
        check_option("drop", drop, BalanceBy)
        names = list(self.columns) if columns is None else listed("columns", columns)
        complete = self.present.copy()
        for name in names:
            complete &= ~pd.isna(self[name])
        axis, labels = (0, self.units) if drop == "units" else (1, self.periods)
        whole = complete.all(axis=axis)
        if whole.all():
            return self
        gone = [labels[index] for index in np.flatnonzero(~whole)]
        if not whole.any():
            other = "periods" if drop == "units" else "units"
            empty = [name for name in names if pd.isna(self[name])[self.present].all()]
            raise DataError(
                "drop",
                expected=f"{drop} without a missing cell",
                got="none",
                remedy=_less_to_drop(other, empty),
            )
        kept = np.flatnonzero(whole)
        kind = drop if len(gone) > 1 else drop.removesuffix("s")
        note = f"{len(gone)} {kind} dropped for missing cells: {', '.join(map(str, gone))}"
        return (
            self._cut(np.arange(self.n_periods), kept, note)
            if drop == "units"
            else self._cut(kept, np.arange(self.n_units), note)
        )

    def describe(self, columns: Iterable[str] | None = None) -> pd.DataFrame:
        """Descriptive statistics of numeric columns or expressions, one row each.

        Columns of the frame: N, mean, std, std_between (of unit means), std_within (around them),
        min, median, max.
        """
        names = (
            [n for n, v in self.columns.items() if v.dtype.kind == "f"]
            if columns is None
            else listed("columns", columns)
        )
        from .formula import check_sizes

        rows = {}
        for name in names:
            values = self._values(name)
            if values.dtype.kind == "f":
                check_sizes((name,), values[:, :, None], "columns")
            rows[name] = _describe(values)
        return pd.DataFrame(rows).T

    def _values(self, name: str) -> np.ndarray:
        return self.columns[name] if name in self.columns else self.evaluate(name, "columns")

    def _cut(
        self,
        rows: np.ndarray,
        cols: np.ndarray,
        note: str = "",
    ) -> Panel:
        if not rows.size or not cols.size:
            raise DataError(
                "panel",
                expected="at least one unit and one period",
                got="none left",
                remedy="Keep at least one of each.",
            )
        grid = np.ix_(rows, cols)
        return replace(
            self,
            units=tuple(self.units[c] for c in cols),
            periods=tuple(self.periods[r] for r in rows),
            columns={name: frozen(values[grid]) for name, values in self.columns.items()},
            present=frozen(self.present[grid]),
            geometry=None if self.geometry is None else self.geometry.iloc[cols],
            notes=(*self.notes, note) if note else self.notes,
            _cache={},
        )

    def __getstate__(self) -> dict[str, Any]:
        return {
            **self.__dict__,
            "columns": dict(self.columns),
            "_cache": {},
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__post_init__()

    def _shown_frame(self) -> pd.DataFrame:
        """What each column holds: observed cells, and of numbers mean, smallest and largest."""
        rows = []
        for name, values in self.columns.items():
            observed = values[self.present & ~pd.isna(values)]
            row = {
                "column": name,
                "observed": observed.size,
                "mean": np.nan,
                "min": np.nan,
            }
            if observed.size and np.issubdtype(values.dtype, np.number):
                row |= {
                    "mean": observed.mean(),
                    "min": observed.min(),
                    "max": observed.max(),
                }
            rows.append(row)
        return pd.DataFrame(rows, columns=["column", "observed", "mean", "min", "max"])

    def __repr__(self) -> str:
        years = f"{self.periods[0]}-{self.periods[-1]}" if self.periods else "no periods"
        missing = int((~self.present).sum())
        gap = f", {missing} rows missing" if missing else ""
        note = "".join(f"\n  {note}" for note in self.notes)
        return (
            f"Panel: {self.n_units} units ({self.unit}) x {self.n_periods} periods ({self.time} "
            f"{years}), "
            f"{len(self.columns)} columns{gap}{note}"
        )


def _table(
    table: Any,
    unit: str,
    read: dict[str, Any],
) -> Any:
    """A table as it is, or from its file."""
    from .readers import read_table

    return read_table(table, ids=unit, **read) if isinstance(table, str | Path) else table


def _notes_of(frame: pd.DataFrame) -> tuple[str, ...]:
    """What the reader of a file noted on the frame that it made."""
    return tuple(frame.attrs.get(NOTES, ()))


def _given_units(units: Sequence[Hashable]) -> tuple[tuple[Hashable, ...], tuple[str, ...]]:
    """Units in the order given, each once, and what was noted of their letters."""
    given = listed("units", units)
    if not given:
        raise DataError(
            "units",
            expected="at least one id",
            got="none",
            remedy="Write the ids of the units.",
        )
    check_ids(given, "units")
    if repeated(given):
        raise DataError(
            "units",
            expected="each id once",
            got=first_five(repeated(given)),
            remedy="Leave the repetitions out.",
        )
    labels, note = unit_labels(given, "units")
    return tuple(labels.values()), (note,) if note else ()


def _map_of(
    geometry: Any,
    unit: str,
    units: tuple[Hashable, ...],
) -> tuple[geopandas.GeoDataFrame | None, tuple[str, ...]]:
    """The map of the units, perhaps from a file, and what its reader noted."""
    if geometry is None:
        return None, ()
    if isinstance(geometry, str | Path):
        geometry = read_map(geometry)
    if type(geometry).__name__ == "GeoSeries":
        geometry = geometry.to_frame("geometry")
    return _locate(geometry, unit, units), _notes_of(geometry)


def _locate(
    geometry: geopandas.GeoDataFrame,
    unit: str,
    units: tuple[Hashable, ...],
) -> geopandas.GeoDataFrame:
    """The rows of `geometry` for `units`, in that order, indexed by unit."""
    if not hasattr(geometry, "geometry"):
        raise DataError(
            "geometry",
            expected="a GeoDataFrame",
            got=type(geometry).__name__,
            remedy='Give the path of a map, or read it: geopandas.read_file("map.gpkg").',
        )
    ids = geometry[unit].tolist() if unit in geometry.columns else geometry.index.tolist()
    if repeated(ids):
        raise DataError(
            "geometry",
            expected="one row a unit",
            got=f"repeated ids {first_five(repeated(ids))}",
            remedy='Join the shapes of a unit first: geometry.dissolve(by="unit").',
        )
    rows = positions(units, ids)
    if (rows < 0).any():
        lost = [units[i] for i in np.flatnonzero(rows < 0)]
        raise DataError(
            "geometry",
            expected=f"a row for every unit, by a column {unit!r} or the index",
            got=f"none for {len(lost)} units: {first_five(lost)}",
            remedy="Rename the ids so that they agree, or leave the units out. "
            + why_unmatched(lost, ids, "map"),
        )
    # the ids stand in the index alone: a column of the same name would make "unit" ambiguous in a
    # merge
    return (
        geometry.iloc[rows]
        .drop(columns=unit, errors="ignore")
        .set_axis(pd.Index(units, name=unit), axis=0)
    )


def listed(argument: str, values: Iterable[Any]) -> list[Any]:
    """The members of a list; a text alone is none, though Python would take its letters."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        remedy = f"Put it into a list: {argument}=[{values!r}]."
        raise DataError(
            argument,
            expected="a list",
            got=repr(values),
            remedy=remedy,
        )
    return list(values)


def _positions_of(
    argument: str,
    wanted: Iterable[Hashable],
    available: Sequence[Hashable],
) -> np.ndarray:
    """Where each of `wanted` stands in `available`; unknown ones are an error."""
    names = listed(argument, wanted)
    lost = [value for value in names if not isinstance(value, Hashable)]
    reasons = ""
    if not lost:
        indices = positions(names, available)
        lost = [value for value, index in zip(names, indices, strict=True) if index < 0]
        reasons = why_unmatched(lost, available, "panel")
    if lost:
        raise DataError(
            argument,
            expected=f"{argument} of the panel",
            got=f"unknown ones: {first_five(lost)}",
            remedy=reasons or "See panel.units and panel.periods.",
        )
    return indices


def _describe(values: np.ndarray) -> dict[str, float]:
    if values.dtype.kind != "f":
        raise DataError(
            "columns",
            expected="numeric columns",
            got="a column of text",
            remedy="Leave it out, or turn it into numbers first.",
        )
    there = np.isfinite(values)
    flat, count = values[there], there.sum(axis=0)
    if flat.size < 2:
        return {"N": flat.size}
    filled = np.where(there, values, 0.0)
    mean = filled.sum(axis=0) / np.where(count, count, 1)
    within = np.where(there, filled - mean, 0.0)
    return {
        "N": flat.size,
        "mean": flat.mean(),
        "std": flat.std(ddof=1),
        "std_between": mean[count > 0].std(ddof=1) if (count > 0).sum() > 1 else np.nan,
        "std_within": float(np.sqrt((within**2).sum() / (flat.size - 1))),
        "min": flat.min(),
        "median": np.median(flat),
        "max": flat.max(),
    }


def _less_to_drop(other: str, empty: list[str]) -> str:
    """What to do when each unit, or each period, has a missing cell."""
    if empty:
        return (
            f"Leave out what is empty everywhere, {first_five(empty)}: name the others as columns=."
        )
    return f'Try drop="{other}", or fewer columns=.'
