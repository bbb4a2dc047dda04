"""How a data file of a study is read: keys of ``[data]`` that go to the reader of the file, under the
names that they have in Python.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .section import Section, kept

CSV, EXCEL, STATA = (".csv",), (".xlsx", ".xls"), (".dta",)
# key -> the endings of files that it is for
FILES = {
    "encoding": (*CSV, *STATA),
    "sep": CSV,
    "decimal": (*CSV, *EXCEL),
    "thousands": (*CSV, *EXCEL),
    "na_values": (*CSV, *EXCEL),
    "keep_default_na": (*CSV, *EXCEL),
    "skiprows": (*CSV, *EXCEL),
}


def reading_options(section: Section, files: Iterable[str]) -> tuple[tuple[str, Any], ...]:
    """The keys that are there, with their values, in the order of `FILES`; they go for all files.

    Raises
    ------
    StudyError
        A value of another kind, or a key that is not for files of one of these endings.
    """
    values = {
        "encoding": section.text("encoding"),
        "sep": _letter(section, "sep"),
        "decimal": _letter(section, "decimal"),
        "thousands": _letter(section, "thousands"),
        "na_values": _texts(section, "na_values"),
        "keep_default_na": section.flag("keep_default_na", True),
        "skiprows": section.whole("skiprows", 0, at_least=0),
    }
    suffixes = [Path(file).suffix.lower() for file in files]
    given = [key for key in FILES if section.has(key)]
    for key in given:
        for suffix in suffixes:
            if suffix not in FILES[key]:
                expected = f"no such key for a file {suffix}"
                section.refuse(key, expected, "one", f"It is for {list(FILES[key])}.")
    return tuple((key, values[key]) for key in given)


@kept
def _letter(section: Section, key: str) -> str | None:
    """One letter, perhaps a blank or a tab."""
    value: str | None = section.take(key, str, "one letter in quotes", None)
    if value is not None and len(value) != 1:
        raise section.error(key, "one letter in quotes", value)
    return value


@kept
def _texts(section: Section, key: str) -> list[str] | None:
    """A list of texts."""
    expected = 'a list of texts, such as ["—", "n.a."]'
    value: list[Any] | None = section.take(key, list, expected, None)
    if value is not None and not all(isinstance(text, str) for text in value):
        raise section.error(key, expected, value)
    return value
