"""A study file -> `StudyConfig`: frozen, complete with defaults, every value checked for what it
is.

What needs the data (columns, units, years, whether W fits and the models are identified) is checked
in `plan.py`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

from ...options import (
    Alternative,
    Cluster,
    Correction,
    CovType,
    Demean,
    Dynamic,
    FixedEffects,
    GmmWeights,
    Kernel,
    Method,
    Normalise,
    RandomEffects,
    TwoStage,
)
from ..errors import StudyError, did_you_mean
from .records import (
    CalibrationConfig,
    DataConfig,
    ImpactsConfig,
    MapConfig,
    ModelConfig,
    MoranConfig,
    OutputConfig,
    PackageConfig,
    SpilloverConfig,
    StageConfig,
    WeightsConfig,
)
from .sections import Section

BUNDLED = "bev"
CHINA = "china-provinces"
WEIGHT_KINDS = ("queen", "rook", "knearest", "inverse-distance", "file")
MODELS = ("pooled", "fe", "re", "slx", "sar", "sem", "sdm", "sdem", "sac", "gns")
DATA_SUFFIXES = (".csv", ".xlsx", ".xls", ".dta")
TABLE_FORMATS = ("tex", "md", "html", "docx", "xlsx", "csv", "json")
OFFICE_PACKAGES = {
    "docx": ("docx", "python-docx"),
    "xlsx": ("openpyxl", "openpyxl"),
}  # module, and what pip calls it
FIGURE_FORMATS = ("pdf", "png", "svg")
# options of the estimators by what a study file writes for them; "none" stands for None
MODEL_CHOICES: dict[str, Any] = {
    "fixed_effects": FixedEffects,
    "random_effects": RandomEffects,
    "correction": Correction,
    "dynamic": Dynamic,
    "demean": Demean,
    "method": Method,
    "gmm": GmmWeights,
    "two_stage": TwoStage,
    "cov_type": CovType,
    "cluster": Cluster,
    "kernel": Kernel,
}
MODEL_LISTS = ("absorb", "durbin", "endogenous", "instruments")
MODEL_NUMBERS = ("bandwidth", "cutoff_km")
MODEL_FLAGS = ("mundlak", "serial_errors")
SECTIONS = (
    "study",
    "data",
    "weights",
    "model",
    "moran",
    "map",
    "impacts",
    "spillover",
    "calibration",
    "stages",
    "labels",
    "outputs",
    "package",
)


@dataclass(frozen=True)
class StudyConfig:
    """A whole study. `folder` is where relative paths start; it is no part of what is recorded."""

    file: str
    folder: Path
    title: str
    data: DataConfig
    weights: tuple[WeightsConfig, ...]
    model: ModelConfig
    moran: MoranConfig
    map: MapConfig
    impacts: ImpactsConfig
    spillover: SpilloverConfig | None
    calibration: CalibrationConfig
    stages: tuple[StageConfig, ...]
    labels: tuple[tuple[str, str], ...]
    outputs: OutputConfig
    package: PackageConfig

    def as_dict(self) -> dict[str, Any]:
        """The resolved study as plain values, without machine paths."""
        return {key: value for key, value in asdict(self).items() if key != "folder"}

    @property
    def uses_bundled_map(self) -> bool:
        """Whether the map is the one that comes with the package."""
        return bool(self.data.source) or self.data.geometry == CHINA

    def place(self, section: str, key: str) -> str:
        """Where a key stands, for messages."""
        return f"{self.file}: [{section}] {key}".rstrip()


def load_config(path: str | Path) -> StudyConfig:
    """Read and check a study file.

    Parameters
    ----------
    path : str or Path
        A TOML file; paths in it are relative to its folder.

    Raises
    ------
    StudyError
        The file is not there or no TOML, a key is unknown or missing, or a value is not what it has
        to be.
    """
    path = Path(path)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        remedy = "bevdrivers init DIR writes a study file to start from."
        got = error.strerror or "an error"
        raise StudyError(
            str(path), expected="a study file (TOML)", got=got, remedy=remedy
        ) from None
    except UnicodeDecodeError:
        raise StudyError(
            str(path), expected="text in UTF-8", got="other bytes", remedy="Save it as UTF-8."
        ) from None
    except tomllib.TOMLDecodeError as error:
        remedy = 'Texts stand in quotes, lists in brackets: key = ["a", "b"].'
        raise StudyError(str(path), expected="TOML", got=str(error), remedy=remedy) from None
    return parse_config(document, file=path.name, folder=path.resolve().parent)


def parse_config(document: Mapping[str, Any], *, file: str, folder: Path) -> StudyConfig:
    """A study from a document that is already read; see `load_config`."""
    for name in document:
        if name not in SECTIONS:
            remedy = did_you_mean(name, SECTIONS)
            raise StudyError(
                f"{file}: [{name}]",
                expected="a section of a study",
                got="an unknown one",
                remedy=remedy,
            )
    parts = {name: Section.of(file, name, document.get(name, {})) for name in SECTIONS}
    seed = parts["study"].whole("seed", 1, at_least=0)
    config = StudyConfig(
        file=file,
        folder=folder,
        title=parts["study"].text("title") or "Spatial panel study",
        data=_data(parts["data"]),
        weights=_weights(parts["weights"]),
        model=_model(parts["model"]),
        moran=_moran(parts["moran"], seed),
        map=_map(parts["map"]),
        impacts=_impacts(parts["impacts"], seed),
        spillover=_spillover(parts["spillover"]),
        calibration=CalibrationConfig(
            parts["calibration"].whole("replications", 500, at_least=0),
            parts["calibration"].whole("seed", seed, at_least=0),
        ),
        stages=_stages(parts["stages"]),
        labels=_labels(parts["labels"]),
        outputs=_outputs(parts["outputs"]),
        package=_package(parts["package"]),
    )
    for section in parts.values():
        section.done()
    return config


def _data(section: Section) -> DataConfig:
    """Either source = "bev" or a file with its index columns."""
    bundled = section.has("source")
    if bundled == section.has("file"):
        remedy = (
            'Give file = "panel.csv" for your own data, or source = "bev" for the bundled panel.'
        )
        got = "both" if bundled else "neither"
        raise StudyError(
            section.place("file"), expected="either file or source", got=got, remedy=remedy
        )
    source = section.choice("source", [BUNDLED], BUNDLED) if bundled else ""
    file = "" if bundled else section.required("file", "the data file")
    if file and Path(file).suffix.lower() not in DATA_SUFFIXES:
        raise section.error("file", f"a name that ends in one of {list(DATA_SUFFIXES)}", file)
    unit = "province" if bundled else section.required("unit", "the column that names the units")
    time = "year" if bundled else section.required("time", "the column that holds the years")
    if bundled:
        fixed = {"unit", "time", "sheet", "geometry", "geometry_unit"} & set(section.values)
        if fixed:
            key = sorted(fixed)[0]
            raise StudyError(
                section.place(key), expected='no such key with source = "bev"', got="one"
            )
    return DataConfig(
        source=source,
        file=file,
        sheet=section.text("sheet"),
        unit=unit,
        time=time,
        geometry=section.text("geometry"),
        geometry_unit=section.text("geometry_unit"),
        units=section.texts("units"),
        drop_units=section.texts("drop_units", ()) or (),
        years=section.years("years"),
        balance=section.choice("balance", ["none", "units", "periods"], "none"),
    )


def _weights(section: Section) -> tuple[WeightsConfig, ...]:
    """One sub-section a matrix, ``[weights.<name>]``; the first is the main one."""
    if not section.values:
        remedy = 'Add a section [weights.near] with kind = "knearest", for instance.'
        raise StudyError(
            section.place(""), expected="at least one [weights.<name>]", got="none", remedy=remedy
        )
    section.taken.update(section.values)
    return tuple(
        _one_weights(Section.of(section.file, f"weights.{name}", values), name)
        for name, values in section.values.items()
    )


def _one_weights(section: Section, name: str) -> WeightsConfig:
    section.required("kind", f"one of {list(WEIGHT_KINDS)}")
    kind = section.choice("kind", WEIGHT_KINDS, "")
    uses = {
        "knearest": {"k", "points"},
        "inverse-distance": {"power", "cutoff_km", "points"},
        "file": {"file"},
    }.get(kind, set())
    for key in ("k", "power", "cutoff_km", "points", "file"):
        if section.has(key) and key not in uses:
            raise StudyError(
                section.place(key), expected=f'no such key for kind = "{kind}"', got="one"
            )
    config = WeightsConfig(
        name=name,
        kind=kind,
        label=section.text("label"),
        k=section.whole("k", 4, at_least=1),
        power=section.number("power", 1.0, above=0) or 1.0,
        cutoff_km=section.number("cutoff_km", None, above=0),
        points=_points(section),
        file=section.required("file", "a CSV file with the weights")
        if kind == "file"
        else section.text("file"),
        islands=_islands(section, kind),
        normalise=section.choice(
            "normalise", [n for n in get_args(Normalise) if n] + ["none"], "row"
        ),
    )
    section.done()
    return config


def _points(section: Section) -> str | tuple[str, str]:
    expected = '"centroid" or two columns, such as ["lon", "lat"]'
    value = section.take("points", (str, list), expected, "centroid")
    if value == "centroid":
        return "centroid"
    if isinstance(value, list) and len(value) == 2 and all(isinstance(name, str) for name in value):
        return value[0], value[1]
    raise section.error("points", expected, value)


def _islands(section: Section, kind: str) -> str | tuple[tuple[str, tuple[str, ...]], ...]:
    words = ("raise", "keep") if kind == "file" else ("raise", "keep", "nearest")
    expected = f'one of {list(words)}, or a table such as {{ Hainan = ["Guangdong"] }}'
    value = section.take("islands", (str, dict), expected, "raise")
    if isinstance(value, str):
        if value not in words:
            raise section.error("islands", expected, value, did_you_mean(value, words))
        return value
    pairs = {unit: [near] if isinstance(near, str) else near for unit, near in value.items()}
    for near in pairs.values():
        if (
            not isinstance(near, list)
            or not near
            or not all(isinstance(name, str) for name in near)
        ):
            raise section.error("islands", expected, value)
    return tuple((unit, tuple(near)) for unit, near in pairs.items())


def _model(section: Section) -> ModelConfig:
    main = section.choice("main", ["sar", "sem", "sdm", "sdem", "sac", "gns"], "sdm")
    return ModelConfig(
        formula=section.required("formula", 'a formula such as "y ~ x1 + x2"'),
        main=main,
        compare=section.choices("compare", MODELS, ("pooled", "sar", "sem", "sdm")),
        options=tuple(_model_options(section)),
    )


def _model_options(section: Section) -> Iterator[tuple[str, Any]]:
    """The options of the estimators that the section gives; whether they go together, the
    estimators check.
    """
    for name, allowed in MODEL_CHOICES.items():
        words = ["none" if word is None else word for word in get_args(allowed)]
        if section.has(name):
            word = section.choice(name, words, words[0])
            yield name, None if word == "none" else word
    for name in MODEL_LISTS:
        if section.has(name):
            yield name, section.texts(name)
    for name in MODEL_NUMBERS:
        if section.has(name):
            yield name, section.number(name, None, above=0)
    for name in MODEL_FLAGS:
        if section.has(name):
            yield name, section.flag(name, False)
    section.taken.update((*MODEL_CHOICES, *MODEL_LISTS, *MODEL_NUMBERS, *MODEL_FLAGS))


def _moran(section: Section, seed: int) -> MoranConfig:
    return MoranConfig(
        variable=section.text("variable"),
        permutations=section.whole("permutations", 999, at_least=0),
        alternative=section.choice("alternative", get_args(Alternative), "two-sided"),
        seed=section.whole("seed", seed, at_least=0),
    )


def _map(section: Section) -> MapConfig:
    expected = "a list of years, such as [2011, 2020]"
    years = section.take("years", list, expected, None)
    if years is not None and (not years or not all(type(year) is int for year in years)):
        raise section.error("years", expected, years)
    chosen = None if years is None else tuple(years)
    texts = (section.text(key) for key in ("variable", "label", "base", "caption"))
    variable, label, base, caption = texts
    return MapConfig(variable, label, chosen, base, caption)


def _impacts(section: Section, seed: int) -> ImpactsConfig:
    at = tuple(section.table("at").items()) if section.has("at") else None
    section.taken.add("at")
    return ImpactsConfig(
        section.whole("draws", 1000, at_least=0), section.whole("seed", seed, at_least=0), at
    )


def _spillover(section: Section) -> SpilloverConfig | None:
    """A change to map, where the section is there."""
    if not section.values:
        return None
    return SpilloverConfig(
        unit=section.required("unit", "the unit in which a regressor changes"),
        term=section.required("term", "the regressor that changes, as the formula writes it"),
        change=float(section.take("change", (int, float), "a number", 1.0)),
    )


def _stages(section: Section) -> tuple[StageConfig, ...]:
    """Two stages by a split year, or any number of named ranges of years."""
    if section.has("split") and section.has("ranges"):
        raise StudyError(section.place("split"), expected="either split or ranges", got="both")
    names = section.texts("names", ("Stage 1", "Stage 2")) or ()
    split = section.whole("split", 0, at_least=1) if section.has("split") else None
    ranges = section.table("ranges")
    if section.has("names") and (split is None or len(names) != 2):
        raise section.error("names", "two names, with split", list(names))
    found: dict[str, tuple[int | None, int | None]] = {
        name: section.range_of(f"ranges.{name}", years) for name, years in ranges.items()
    }
    if split is not None:
        found = {names[0]: (None, split - 1), names[1]: (split, None)}
    dropped = section.table("drop")
    for name, terms in dropped.items():
        if name not in found:
            raise section.error(
                f"drop.{name}", "the name of a stage", name, did_you_mean(name, found or ["none"])
            )
        if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
            raise section.error(f"drop.{name}", 'a list of terms, such as ["policy"]', terms)
    return tuple(
        StageConfig(name, *years, drop=tuple(dropped.get(name, ())))
        for name, years in found.items()
    )


def _labels(section: Section) -> tuple[tuple[str, str], ...]:
    return tuple((key, section.text(key) or key) for key in section.values)


def _outputs(section: Section) -> OutputConfig:
    tables = section.choices("tables", TABLE_FORMATS, TABLE_FORMATS[:3])
    for suffix, (module, package) in OFFICE_PACKAGES.items():
        if suffix in tables and find_spec(module) is None:
            remedy = (
                "Install it with pip install 'bevdrivers[excel-word]', or leave the format out."
            )
            raise section.error(
                "tables", f"the package {package} for {suffix} files", "none", remedy
            )
    return OutputConfig(
        tables=tables,
        figures=section.choices("figures", FIGURE_FORMATS, ("pdf", "png")),
        digits=section.whole("digits", 3, at_least=0),
    )


def _package(section: Section) -> PackageConfig:
    return PackageConfig(
        authors=section.text("authors") or "",
        statement=section.text("statement") or "",
        licence=section.text("licence") or "",
        share_data=section.flag("share_data", True),
    )
