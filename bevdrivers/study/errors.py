"""Errors of a study: they name the file, the section and the key, whatever room the fault was found
in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Self

from ..errors import BevdriversError, FileError, InputError
from ..models.options import Options
from ..panel.matching import did_you_mean as nearest_question

LISTED = 12
# What Python's options are in a study file; other code of Python is none of its keys.
OPTIONS = "|".join(field.name for field in fields(Options))
# options that read files, which are keys of the same names
READING = "encoding|sep|decimal|thousands|na_values|skiprows|sheet"
AS_KEYS: tuple[tuple[str, str], ...] = (
    (rf"\b({OPTIONS})=None\b", r"\1 = 'none'"),
    (rf"\b({OPTIONS})=True\b", r"\1 = true"),
    (rf"\b({OPTIONS})=False\b", r"\1 = false"),
    (rf"\b({OPTIONS})=(?=['\"\[])", r"\1 = "),
    (r"panel\.select\(periods=\.\.\.\)", "years in [data]"),
    (r"panel\.select\(units=\.\.\.\)", "units in [data]"),
    (r"panel\.drop_units\(.*?\)", "drop_units in [data]"),
    (r"panel\.balance\(drop=(\"\w+\").*?\) or drop=(\"\w+\")", r"balance = \1 or \2 in [data]"),
    (r"panel\.with_columns\(.*?\)", "a further column of the data file"),
    (r"bd\.Panel\.from_frame\(\.\.\., geometry=\.\.\.\)", "geometry in [data]"),
    (r"geometry= to Panel\.from_frame\(\)", "geometry in [data]"),
    # what Python would do with the frame is done in its file
    (r"(pandas\.to_numeric\()?frame\[\.\.\.\][\w.()\"%]*[\w)]", "in the file"),
    (r", frame\.columns = \[.*?\],", " in the file"),
    (r"take one with frame\.droplevel\(0, axis=1\)", "keep one row of names"),
    (r"(?<!panel\.)frame\.\w+\((\[.*?\]|[^()]*)\)", "in the file"),
    (r"geometry\.\w+\([^()]*\)", "in the file of the map"),
    (r", which bd\.standardise_provinces\(\) writes in one way", ""),
    (rf"\b({READING})=(?=['\"\[])", r"\1 = "),
    (rf"\b({READING}|years|ids|columns|islands)=(?=[ ,.;])", r"\1"),
    (r"FromFile\(path, ids=\[\.\.\.\]\)", "ids = [...]"),
)


class StudyError(InputError):
    """A study file, or something that it names, that cannot be used."""

    @classmethod
    def at(
        cls,
        location: str,
        error: InputError,
        *,
        remedy: str | None = None,
    ) -> Self:
        """What another error says, said of a place in the study file and in its language."""
        return cls(
            location,
            expected=as_keys(error.expected),
            got=as_keys(error.got),
            remedy=as_keys(remedy or error.remedy),
        )


class PackageError(StudyError):
    """A replication package that could not be checked: neither reproduced nor not reproduced."""

    verdict = "could not be checked"
    usual_remedy = "Get the package again from where it was published, or ask its author."


class Unsettled(FileError):
    """An exchange of results that could be taken neither forward nor back; its journal stands."""


@contextmanager
def errors_at(location: str) -> Iterator[None]:
    """Turn errors of the package that are raised inside into a `StudyError` that begins with
    `location`.

    Examples
    --------
    >>> with errors_at("study.toml: [model] formula"):
    ...     raise InputError("formula", expected="an outcome", got="''")
    Traceback (most recent call last):
    bevdrivers.study.errors.StudyError: study.toml: [model] formula: expected an outcome; got ''.
    """
    try:
        yield
    except (StudyError, FileError):
        # they name what they are about
        raise
    except InputError as error:
        raise StudyError.at(location, error) from error
    except BevdriversError as error:
        expected = "a model that can be estimated"
        raise StudyError(
            location,
            expected=expected,
            got=str(error),
            remedy="Try a model with fewer parameters, or more units or periods.",
        ) from error


def as_keys(text: str) -> str:
    """A message of the Python surface in the words of a study file.

    >>> as_keys("Use fixed_effects=None, or panel.select(periods=...).")
    "Use fixed_effects = 'none', or years in [data]."
    """
    for python, key in AS_KEYS:
        text = re.sub(python, key, text)
    return text


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The nearest of `known` as a question, or the first of them when none is near."""
    names = [str(value) for value in known]
    near = nearest_question(name, names)
    if near:
        return near
    more = ", ..." if len(names) > LISTED else ""
    return f"There are: {', '.join(names[:LISTED])}{more}."
