"""A study file as `StudyConfig`: frozen, complete with defaults, every value checked by itself.

What needs the data (columns, units, years, whether W fits and the models are identified) is checked
in `plan`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast, get_args

from ...language.words import ENGLISH, Words
from ...options import Language
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
from .faults import Faults
from .output_sections import label_pairs, output_config, package_config
from .records import (
    UNLESS_EMPTY,
    CalibrationConfig,
    DataConfig,
    ImpactsConfig,
    MapConfig,
    ModelConfig,
    MoranConfig,
    OutputConfig,
    PackageConfig,
    RobustnessConfig,
    SpilloverConfig,
    StageConfig,
    WeightsConfig,
)
from .robustness_section import robustness_config
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
    "robustness",
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
    robustness: RobustnessConfig | None
    labels: tuple[tuple[str, str], ...]
    outputs: OutputConfig
    package: PackageConfig
    language: Language = "en"

    def as_dict(self) -> dict[str, Any]:
        """The resolved study as plain values, without machine paths."""
        values = {key: value for key, value in asdict(self).items() if key != "folder"}
        if self.language == "en":
            del values["language"]
        for key in UNLESS_EMPTY:
            if not values["data"][key]:
                del values["data"][key]
        if not self.calibration.path_replications:
            del values["calibration"]["path_replications"]
        if self.robustness is None:
            del values["robustness"]
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
        return tomllib.loads(path.read_text(encoding="utf-8").removeprefix("\ufeff"))
    except OSError as error:
        remedy = "bevdrivers init DIR writes a study file to start from."
        got = error.strerror or "an error"
        fault = StudyError(
            name,
            expected="a study file (TOML)",
            got=got,
            remedy=remedy,
        )
    except UnicodeDecodeError:
        remedy = "Save it as UTF-8."
        fault = StudyError(
            name,
            expected="text in UTF-8",
            got="other bytes",
            remedy=remedy,
        )
    except tomllib.TOMLDecodeError as error:
        remedy = 'Texts stand in quotes, lists in brackets: key = ["a", "b"].'
        if any(sign in str(error) for sign in ("Unescaped", "hex value")):
            remedy = "Write paths with / or in single quotes: file = 'data\\panel.csv'."
        fault = StudyError(
            name,
            expected="TOML",
            got=str(error),
            remedy=remedy,
        )
    raise fault


def parse_config(
    document: Mapping[str, Any],
    *,
    file: str,
    folder: Path,
) -> StudyConfig:
    """A study from a document that is already read; see `load_config`.

    Each section and key is read whatever the others say, so that all faults are found at once.
    """
    faults = Faults()
    for name in document:
        with faults.collected():
            _check_section_name(name, file)
    study = Section(file, "study", {}, faults=faults)
    seed = 1
    words = ENGLISH
    with faults.collected():
        study = Section.of(file, "study", document.get("study", {}), faults)
        seed = study.whole("seed", seed, at_least=0)
        language = cast(Language, study.choice("language", get_args(Language), "en"))
        words = Words.checked(language)
    parts: dict[str, Any] = {}
    for name, read in _readers(seed, words).items():
        with faults.collected():
            section = study
            if name != "study":
                section = Section.of(file, name, document.get(name, {}), faults)
            parts[name] = read(section)
            section.refuse_unknown_keys()
    faults.raise_collected()
    title = parts.pop("study")
    return StudyConfig(
        file=file,
        folder=folder,
        title=title,
        language=words.language,
        **parts,
    )


def _readers(seed: int, words: Words) -> dict[str, Callable[[Section], Any]]:
    """Section -> what reads it; `seed` and `words` are those of the study."""
    return {
        "study": lambda section: section.text("title") or words.say("Spatial panel study"),
        "data": data_config,
        "weights": weights_configs,
        "model": model_config,
        "moran": lambda section: moran_config(section, seed),
        "map": map_config,
        "impacts": lambda section: impacts_config(section, seed),
        "spillover": spillover_config,
        "calibration": lambda section: calibration_config(section, seed),
        "stages": stage_configs,
        "robustness": robustness_config,
        "labels": label_pairs,
        "outputs": output_config,
        "package": package_config,
    }


def _check_section_name(name: str, file: str) -> None:
    if name not in SECTIONS:
        raise StudyError(
            f"{file}: [{name}]",
            expected="a section of a study",
            got="an unknown one",
            remedy=did_you_mean(name, SECTIONS),
        )
