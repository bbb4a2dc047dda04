"""What each section of a study file says, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DataConfig:
    """Where the panel comes from; `source` is "bev" or empty, `file` a path as written.

    Tables with one column a year are a file for each variable in `files`, a sheet of `file` for each
    in `sheets`, or columns of `file` for each of `stubs`. `reading` are the options of the files'
    reader that the study gives, by name.
    """

    source: str
    file: str
    sheet: str | None
    unit: str
    time: str
    geometry: str | None
    geometry_unit: str | None
    units: tuple[str, ...] | None
    drop_units: tuple[str, ...]
    years: tuple[int, int] | None
    balance: str
    reading: tuple[tuple[str, Any], ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    sheets: tuple[tuple[str, str], ...] = ()
    stubs: tuple[str, ...] = ()
    separator: str = ""

    @property
    def is_wide(self) -> bool:
        """Whether years are columns, not rows."""
        return bool(self.files or self.sheets or self.stubs)

    @property
    def paths(self) -> tuple[str, ...]:
        """The data files as written, each once; none where the panel is the bundled one."""
        return tuple(dict.fromkeys(filter(None, [self.file, *dict(self.files).values()])))


# parts of a record of data that are recorded only where a study gives them
UNLESS_EMPTY = ("reading", "files", "sheets", "stubs", "separator")


@dataclass(frozen=True)
class WeightsConfig:
    """One spatial weights matrix.

    Attributes
    ----------
    name, kind : str
    label : str or None
    options : tuple of (str, value)
        The keys of its kind with their values; weights inside others are a `WeightsConfig` too.
    islands : str or tuple
        A word for all units without neighbours, or pairs of a unit and its neighbours.
    normalise : str
    """

    name: str
    kind: str
    label: str | None
    options: tuple[tuple[str, Any], ...]
    islands: str | tuple[tuple[str, tuple[str, ...]], ...]
    normalise: str
    least_km: float | None = None

    @property
    def parts(self) -> tuple[WeightsConfig, ...]:
        """These weights, and those inside them."""
        inner = [value for _, value in self.options if isinstance(value, WeightsConfig)]
        return (self, *(part for one in inner for part in one.parts))

    def option(self, key: str) -> Any:
        """The value of a key; None where the kind has none of that name."""
        return dict(self.options).get(key)


@dataclass(frozen=True)
class ModelConfig:
    """The regression: `main` goes through impacts, stages and the other weights, `compare` stand
    side by side.

    `options` are those of the estimators that the file gives, by name, as the estimators take them.
    """

    formula: str
    main: str
    compare: tuple[str, ...]
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class MoranConfig:
    """Moran's I of `variable` (the outcome by default)."""

    variable: str | None
    permutations: int
    alternative: str
    seed: int


@dataclass(frozen=True)
class MapConfig:
    """Maps of `variable` in the years `years` (the first column of the outcome, first and last year
    by default).

    `base` is the file of a map to draw beneath, `caption` what stands below: a source or an
    approval number.
    """

    variable: str | None
    label: str | None
    years: tuple[int, ...] | None
    base: str | None
    caption: str | None


@dataclass(frozen=True)
class ImpactsConfig:
    """Standard errors of impacts: 0 draws for the delta method.

    `at` are the values at which variables that several terms share stand, column by column; None
    without any.
    """

    draws: int
    seed: int
    at: tuple[tuple[str, Any], ...] | None


@dataclass(frozen=True)
class SpilloverConfig:
    """A change of the regressor `term` in one unit, whose effect on all is mapped."""

    unit: str
    term: str
    change: float


@dataclass(frozen=True)
class CalibrationConfig:
    """Simulated samples of the main model's own design, and of each model that the selection path
    can end in; none with 0 replications.
    """

    replications: int
    seed: int
    path_replications: int = 0


@dataclass(frozen=True)
class StageConfig:
    """A run of years (None: as far as the sample goes), and the terms that are left out in it."""

    name: str
    first: int | None
    last: int | None
    drop: tuple[str, ...]


# an option of the model -> its value, as the estimators take it
ModelOptions = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class SampleConfig:
    """A part of the panel by a name of its own: some units, years or groups, or all but some.

    `groups` and `drop_groups` are columns with values of theirs.
    """

    name: str
    units: tuple[str, ...] | None
    drop_units: tuple[str, ...] | None
    years: tuple[int, int] | None
    drop_years: tuple[int, ...] | None
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    drop_groups: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class RobustnessConfig:
    """What is varied around the main model.

    `weights` and `models` are names of the study file, `options` axes of options of the estimators:
    a name -> label -> options that go together. `winsorise` and `trim` are shares at each end.
    """

    focus: tuple[str, ...] | None
    weights: tuple[str, ...] | None
    models: tuple[str, ...]
    outcomes: tuple[str, ...]
    controls: tuple[str, ...]
    lags: tuple[int, ...]
    options: tuple[tuple[str, tuple[tuple[str, ModelOptions], ...]], ...]
    samples: tuple[SampleConfig, ...]
    leave_one_out: tuple[str, ...]
    winsorise: tuple[float, ...]
    trim: tuple[float, ...]
    cross: bool


@dataclass(frozen=True)
class OutputConfig:
    """File formats of tables and figures, and decimals of tables."""

    tables: tuple[str, ...]
    figures: tuple[str, ...]
    digits: int


@dataclass(frozen=True)
class PackageConfig:
    """What a replication package says of its authors and data, and whether it holds the data
    file.
    """

    authors: str
    statement: str
    licence: str
    share_data: bool
