"""A study file as `StudyConfig`: frozen, complete with defaults, every value checked by itself.

What needs the data (columns, units, years, whether W fits and the models are identified) is checked
in `plan`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import StudyError, did_you_mean
from .analysis_sections import (
    calibration_config,
    impacts_config,
    map_config,
    model_config,
    moran_config,
    spillover_config,
    stage_configs,
)
from .data_sections import data_config, weights_configs
from .output_sections import label_pairs, output_config, package_config
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
from .section import Section

CHINA = "china-provinces"
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
    """A whole study.

    `folder` is where relative paths start; it is no part of what is recorded.
    """

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
        values = {key: value for key, value in asdict(self).items() if key != "folder"}
        if not self.data.reading:
            del values["data"]["reading"]
        return values

    @property
    def uses_bundled_map(self) -> bool:
        """Whether the map is the one that comes with the package."""
        return bool(self.data.source) or self.data.geometry == CHINA

    def location(self, section: str, key: str) -> str:
        """Where a key stands, for messages: ``study.toml: [model] formula``."""
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
    document = _read_toml(path)
    return parse_config(document, file=path.name, folder=path.resolve().parent)


def _read_toml(path: Path) -> dict[str, Any]:
    name = str(path)
    try:
        # Windows' editor begins files with a byte-order mark
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        remedy = "bevdrivers init DIR writes a study file to start from."
        got = error.strerror or "an error"
        fault = StudyError(name, expected="a study file (TOML)", got=got, remedy=remedy)
    except UnicodeDecodeError:
        remedy = "Save it as UTF-8."
        fault = StudyError(name, expected="text in UTF-8", got="other bytes", remedy=remedy)
    except tomllib.TOMLDecodeError as error:
        remedy = 'Texts stand in quotes, lists in brackets: key = ["a", "b"].'
        if any(sign in str(error) for sign in ("Unescaped", "hex value")):
            remedy = "Write paths with / or in single quotes: file = 'data\\panel.csv'."
        fault = StudyError(name, expected="TOML", got=str(error), remedy=remedy)
    raise fault


def parse_config(document: Mapping[str, Any], *, file: str, folder: Path) -> StudyConfig:
    """A study from a document that is already read; see `load_config`."""
    _refuse_unknown_sections(document, file)
    sections = {name: Section.of(file, name, document.get(name, {})) for name in SECTIONS}
    study = sections["study"]
    seed = study.whole("seed", 1, at_least=0)
    config = StudyConfig(
        file=file,
        folder=folder,
        title=study.text("title") or "Spatial panel study",
        data=data_config(sections["data"]),
        weights=weights_configs(sections["weights"]),
        model=model_config(sections["model"]),
        moran=moran_config(sections["moran"], seed),
        map=map_config(sections["map"]),
        impacts=impacts_config(sections["impacts"], seed),
        spillover=spillover_config(sections["spillover"]),
        calibration=calibration_config(sections["calibration"], seed),
        stages=stage_configs(sections["stages"]),
        labels=label_pairs(sections["labels"]),
        outputs=output_config(sections["outputs"]),
        package=package_config(sections["package"]),
    )
    for section in sections.values():
        section.refuse_unknown_keys()
    return config


def _refuse_unknown_sections(document: Mapping[str, Any], file: str) -> None:
    for name in document:
        if name not in SECTIONS:
            raise StudyError(
                f"{file}: [{name}]",
                expected="a section of a study",
                got="an unknown one",
                remedy=did_you_mean(name, SECTIONS),
            )
