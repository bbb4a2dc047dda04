"""The sections of a study file that name data: ``[data]`` and ``[weights.<name>]``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from ...options import BalanceBy, Normalise
from ...panel.readers import TABLES
from ..errors import did_you_mean
from .reading_options import FILES, reading_options
from .records import DataConfig, WeightsConfig
from .section import Section, kept
from .weights_kinds import FROM_FILE, KEYS_OF_KINDS, KINDS

BUNDLED = "bev"
# what the bundled panel settles by itself
SETTLED = (
    *("geometry", "geometry_unit", "sheet", "time", "unit"),
    *("sheets", "stubs", "separator", *FILES),
)
# where the years of a variable are columns: in a file, a sheet, or among others of one file
WIDE = ("files", "sheets", "stubs")
ONE_LAYOUT = "Each says in a way of its own where the columns of the years are."


def data_config(section: Section) -> DataConfig:
    """The section ``[data]``: either the bundled panel, or files with their index columns."""
    given = [key for key in ("source", "file", "files") if section.has(key)]
    if given == ["source"]:
        return _bundled_data(section)
    if given in (["file"], ["files"]):
        return _own_data(section)
    _refuse_sources(section, given)
    for key in SETTLED:
        section.has(key)
    return _data_config(section, unit="", time="")


def _bundled_data(section: Section) -> DataConfig:
    source = section.choice("source", [BUNDLED], BUNDLED)
    for key in SETTLED:
        if section.has(key):
            section.refuse(key, 'no such key with source = "bev"', "one")
    return _data_config(
        section,
        source=source,
        unit="province",
        time="year",
    )


def _own_data(section: Section) -> DataConfig:
    wide = _wide_layout(section)
    file = "" if section.has("files") else _data_file(section)
    paths = (file, *dict(wide.get("files", ())).values())
    data = _data_config(
        section,
        file=file,
        unit=section.required("unit", "the column that names the units"),
        time=_time(section, bool(wide)),
        reading=reading_options(section, tuple(filter(None, paths))),
    )
    return replace(data, **wide)


def _refuse_sources(section: Section, given: list[str]) -> None:
    """Refuse no data, and data of several kinds."""
    remedy = (
        'Give file = "panel.csv" for your own data, files = { gdp = "gdp.csv" } for a table of each '
        'variable with one column a year, or source = "bev" for the bundled panel.'
    )
    if {"file", "files"} <= set(given):
        section.refuse("files", "either file or files", "both", remedy)
    else:
        got = "both" if given else "neither"
        section.refuse("file", "either file or source", got, remedy)


def _time(section: Section, is_wide: bool) -> str:
    """The column of the years, or what they are to be called where they are columns."""
    if is_wide:
        return section.text("time") or "year"
    return section.required("time", "the column that holds the years")


def _wide_layout(section: Section) -> dict[str, Any]:
    """The keys that say where the columns of each variable's years are; empty for a long file."""
    given = [key for key in WIDE if section.has(key)]
    if len(given) > 1:
        section.refuse(given[1], f"one of {list(WIDE)}", " and ".join(given), ONE_LAYOUT)
    separator = _separator(section, "separator")
    if section.has("separator") and given != ["stubs"]:
        section.refuse("separator", "no such key without stubs", "one")
    if section.has("sheet") and given == ["sheets"]:
        section.refuse("sheet", "no such key beside sheets", "one")
    first = given[0] if given else ""
    if first == "stubs":
        return {"stubs": section.texts("stubs"), "separator": separator}
    if first == "sheets":
        return {"sheets": _texts_by_variable(section, "sheets", "a sheet")}
    if first == "files":
        pairs = _texts_by_variable(section, "files", "a file")
        return {"files": tuple((name, _wide_file(section, name, file)) for name, file in pairs)}
    return {}


@kept
def _separator(section: Section, key: str) -> str:
    """What stands between a stub and its year, perhaps nothing."""
    value: str = section.take(key, str, "a text in quotes", "")
    return value


@kept
def _texts_by_variable(
    section: Section,
    key: str,
    what: str,
) -> tuple[tuple[str, str], ...]:
    """A table from variables to texts, not empty."""
    expected = f'{what} for each variable, such as {{ gdp = "..." }}'
    if not section.has(key):
        return ()
    pairs = section.take(key, dict, expected, {})
    if not pairs or not _all_texts([*pairs.values()]) or not all([*pairs, *pairs.values()]):
        raise section.error(key, expected, pairs)
    return tuple(pairs.items())


def _data_file(section: Section) -> str:
    return _with_ending(section, "file", section.required_path("file", "the data file"))


def _wide_file(
    section: Section,
    name: str,
    file: str,
) -> str:
    key = f"files.{name}"
    return _with_ending(section, key, section.as_path(key, file))


def _with_ending(
    section: Section,
    key: str,
    file: str,
) -> str:
    if Path(file).suffix.lower() not in TABLES:
        section.reject(key, f"a name that ends in one of {list(TABLES)}", file)
    return file


def _data_config(
    section: Section,
    *,
    unit: str,
    time: str,
    source: str = "",
    file: str = "",
    reading: tuple[tuple[str, Any], ...] = (),
) -> DataConfig:
    return DataConfig(
        source=source,
        file=file,
        sheet=section.text("sheet"),
        unit=unit,
        time=time,
        geometry=section.path("geometry"),
        geometry_unit=section.text("geometry_unit"),
        units=section.texts("units"),
        drop_units=section.texts("drop_units", ()) or (),
        years=section.years("years"),
        balance=section.choice("balance", ["none", *get_args(BalanceBy)], "none"),
        reading=reading,
    )


def weights_configs(section: Section) -> tuple[WeightsConfig, ...]:
    """One sub-section a matrix, ``[weights.<name>]``; the first is the main one."""
    if not section.values:
        remedy = 'Add a section [weights.near] with kind = "knearest", for instance.'
        section.refuse("", "at least one [weights.<name>]", "none", remedy)
    section.known.update(section.values)
    made = []
    for name, values in section.values.items():
        with section.faults.collected():
            part = Section.of(section.file, f"weights.{name}", values, section.faults)
            label = part.text("label")
            made.append(replace(_weights(part, name), label=label))
    return tuple(made)


def _weights(section: Section, name: str) -> WeightsConfig:
    """Weights without a label of their own: those of a section, or those inside others."""
    normalise = section.choice("normalise", _words_of_normalise(), "row")
    word = section.required("kind", f"one of {list(KINDS)}")
    if word not in KINDS:
        # what else may stand here depends on it
        raise section.error("kind", f"one of {list(KINDS)}", word, did_you_mean(word, KINDS))
    for key in KEYS_OF_KINDS:
        if section.has(key) and key not in KINDS[word].keys:
            section.refuse(key, f'no such key for kind = "{word}"', "one")
    config = WeightsConfig(
        name=name,
        kind=word,
        label=None,
        options=tuple((key, _option(section, word, key)) for key in KINDS[word].keys),
        islands=_islands(section, "islands", word),
        normalise=normalise,
    )
    section.refuse_unknown_keys()
    return config


def _option(
    section: Section,
    word: str,
    key: str,
) -> Any:
    """The value of one key of a kind of weights, or what its recipe takes without it."""
    value = KINDS[word].keys[key](section, key)
    if isinstance(value, Section):
        with section.faults.collected():
            return _weights(value, key)
    return KINDS[word].default(key) if value is None else value


def _words_of_normalise() -> list[str]:
    """The ways of normalising as a study file writes them: "none" stands for None."""
    return [*filter(None, get_args(Normalise)), "none"]


@kept
def _islands(
    section: Section,
    key: str,
    kind: str,
) -> str | tuple[tuple[str, tuple[str, ...]], ...]:
    """What becomes of units without neighbours: one word for all, or neighbours for each."""
    words = ["raise", "keep"]
    if kind != FROM_FILE:
        words.append("nearest")
    expected = f'one of {words}, or a table such as {{ Hainan = ["Guangdong"] }}'
    value = section.take(key, (str, dict), expected, "raise")
    if isinstance(value, dict):
        pairs = {unit: _listed(near) for unit, near in value.items()}
        if not all(_is_list_of_units(near) for near in pairs.values()):
            raise section.error(key, expected, value)
        return tuple((unit, tuple(near)) for unit, near in pairs.items())
    if value not in words:
        raise section.error(key, expected, value, did_you_mean(value, words))
    return str(value)


def _listed(near: Any) -> Any:
    """A neighbour alone as a list of one."""
    return [near] if isinstance(near, str) else near


def _is_list_of_units(near: Any) -> bool:
    return isinstance(near, list) and bool(near) and _all_texts(near)


def _all_texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)
