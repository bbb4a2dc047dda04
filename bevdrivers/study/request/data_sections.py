"""The sections of a study file that name data: ``[data]`` and ``[weights.<name>]``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from ...options import BalanceBy, Normalise
from ..errors import did_you_mean
from .records import DataConfig, WeightsConfig
from .section import Section
from .weights_kinds import FROM_FILE, KEYS_OF_KINDS, KINDS, keys_of

BUNDLED = "bev"
SUFFIXES = (".csv", ".xlsx", ".xls", ".dta")
# what the bundled panel settles by itself
SETTLED = ("geometry", "geometry_unit", "sheet", "time", "unit")


def data_config(section: Section) -> DataConfig:
    """The section ``[data]``: either the bundled panel, or a file with its index columns."""
    if _asks_for_bundled(section):
        source = section.choice("source", [BUNDLED], BUNDLED)
        for key in SETTLED:
            if section.has(key):
                raise section.conflict(key, 'no such key with source = "bev"', "one")
        return _data_config(section, source=source, file="", unit="province", time="year")
    return _data_config(
        section,
        source="",
        file=_data_file(section),
        unit=section.required("unit", "the column that names the units"),
        time=section.required("time", "the column that holds the years"),
    )


def _asks_for_bundled(section: Section) -> bool:
    """Whether the section gives `source`; it has to give that or `file`."""
    bundled = section.has("source")
    if bundled == section.has("file"):
        got = "both" if bundled else "neither"
        remedy = (
            'Give file = "panel.csv" for your own data, or source = "bev" for the bundled panel.'
        )
        raise section.conflict("file", "either file or source", got, remedy)
    return bundled


def _data_file(section: Section) -> str:
    file = section.required("file", "the data file")
    if Path(file).suffix.lower() not in SUFFIXES:
        raise section.error("file", f"a name that ends in one of {list(SUFFIXES)}", file)
    return file


def _data_config(section: Section, *, source: str, file: str, unit: str, time: str) -> DataConfig:
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
        balance=section.choice("balance", ["none", *get_args(BalanceBy)], "none"),
    )


def weights_configs(section: Section) -> tuple[WeightsConfig, ...]:
    """One sub-section a matrix, ``[weights.<name>]``; the first is the main one."""
    if not section.values:
        remedy = 'Add a section [weights.near] with kind = "knearest", for instance.'
        raise section.conflict("", "at least one [weights.<name>]", "none", remedy)
    section.known.update(section.values)
    return tuple(
        _weights_config(Section.of(section.file, f"weights.{name}", values), name)
        for name, values in section.values.items()
    )


def _weights_config(section: Section, name: str) -> WeightsConfig:
    section.required("kind", f"one of {list(KINDS)}")
    kind = section.choice("kind", KINDS, "")
    for key in KEYS_OF_KINDS:
        if section.has(key) and key not in keys_of(kind):
            raise section.conflict(key, f'no such key for kind = "{kind}"', "one")
    config = WeightsConfig(
        name=name,
        kind=kind,
        label=section.text("label"),
        k=section.whole("k", 4, at_least=1),
        power=section.number("power", 1.0, above=0) or 1.0,
        cutoff_km=section.number("cutoff_km", None, above=0),
        least_km=section.number("least_km", None, above=0),
        points=_points(section),
        file=_weights_file(section, kind),
        islands=_islands(section, kind),
        normalise=section.choice("normalise", _words_of_normalise(), "row"),
    )
    section.refuse_unknown_keys()
    return config


def _weights_file(section: Section, kind: str) -> str | None:
    if kind == FROM_FILE:
        return section.required("file", "a file with the weights")
    return section.text("file")


def _words_of_normalise() -> list[str]:
    """The ways of normalising as a study file writes them: "none" stands for None."""
    return [*filter(None, get_args(Normalise)), "none"]


def _points(section: Section) -> str | tuple[str, str]:
    """Where a unit is: the centroid of its polygon, or two columns of longitude and latitude."""
    expected = '"centroid" or two columns, such as ["lon", "lat"]'
    value = section.take("points", (str, list), expected, "centroid")
    if value == "centroid":
        return "centroid"
    if isinstance(value, list) and len(value) == 2 and _all_texts(value):
        return value[0], value[1]
    raise section.error("points", expected, value)


def _islands(section: Section, kind: str) -> str | tuple[tuple[str, tuple[str, ...]], ...]:
    """What becomes of units without neighbours: one word for all, or neighbours for each."""
    words = ["raise", "keep"]
    if kind != FROM_FILE:
        words.append("nearest")
    expected = f'one of {words}, or a table such as {{ Hainan = ["Guangdong"] }}'
    value = section.take("islands", (str, dict), expected, "raise")
    if isinstance(value, dict):
        pairs = {unit: _listed(near) for unit, near in value.items()}
        if not all(_is_list_of_units(near) for near in pairs.values()):
            raise section.error("islands", expected, value)
        return tuple((unit, tuple(near)) for unit, near in pairs.items())
    if value not in words:
        raise section.error("islands", expected, value, did_you_mean(value, words))
    return str(value)


def _listed(near: Any) -> Any:
    """A neighbour alone as a list of one."""
    return [near] if isinstance(near, str) else near


def _is_list_of_units(near: Any) -> bool:
    return isinstance(near, list) and bool(near) and _all_texts(near)


def _all_texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)
