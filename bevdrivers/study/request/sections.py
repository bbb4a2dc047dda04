"""Reading one section of a TOML file: each key with its type, unknown keys refused with the nearest
match.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import StudyError, did_you_mean


@dataclass
class Section:
    """The keys of one section, taken one by one; `done` refuses those that nobody took.

    Attributes
    ----------
    file : str
        Name of the study file, for messages.
    name : str
        For instance ``"model"`` or ``"weights.queen"``.
    values : mapping
        As `tomllib` read them.
    """

    file: str
    name: str
    values: Mapping[str, Any]
    taken: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, file: str, name: str, values: Any) -> Section:
        """The section `name`, which must be a table."""
        if not isinstance(values, Mapping):
            remedy = f"Write a line [{name}] and its keys under it."
            raise StudyError(
                f"{file}: [{name}]", expected="a table", got=repr(values), remedy=remedy
            )
        return cls(file, name, values)

    def place(self, key: str) -> str:
        """Where a key stands: ``study.toml: [model] formula``."""
        return f"{self.file}: [{self.name}] {key}"

    def error(self, key: str, expected: str, got: Any, remedy: str = "") -> StudyError:
        """The error for a key; `got` is shown as Python writes it."""
        return StudyError(self.place(key), expected=expected, got=repr(got), remedy=remedy)

    def has(self, key: str) -> bool:
        return key in self.values

    def take(self, key: str, kind: type | tuple[type, ...], expected: str, default: Any) -> Any:
        """The value of `key`, of type `kind`; `default` when it is not there. True and False are no
        numbers.
        """
        self.taken.add(key)
        if key not in self.values:
            return default
        value = self.values[key]
        allowed = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            raise self.error(key, expected, value)
        return value

    def text(self, key: str, default: str | None = None) -> str | None:
        value = self.take(key, str, "a text in quotes", default)
        if value is not None and not value.strip() and key in self.values:
            raise self.error(
                key, "a text that is not empty", value, "Give one, or delete the line."
            )
        return value

    def required(self, key: str, expected: str) -> str:
        """A text that has to be there."""
        value = self.text(key)
        if value is None:
            raise StudyError(
                self.place(key), expected=expected, got="no such key", remedy=f'Add {key} = "...".'
            )
        return value

    def choice(self, key: str, allowed: Iterable[str], default: str) -> str:
        """One of a few words."""
        names = list(allowed)
        value = self.take(key, str, f"one of {names}", default)
        if value not in names:
            raise self.error(key, f"one of {names}", value, did_you_mean(value, names))
        return value

    def flag(self, key: str, default: bool) -> bool:
        return self.take(key, bool, "true or false", default)

    def whole(self, key: str, default: int, *, at_least: int) -> int:
        """A whole number."""
        expected = f"a whole number, {at_least} or more"
        value = self.take(key, int, expected, default)
        if value < at_least:
            raise self.error(key, expected, value)
        return value

    def number(self, key: str, default: float | None, *, above: float) -> float | None:
        """A number, perhaps absent."""
        expected = f"a number above {above:g}"
        value = self.take(key, (int, float), expected, default)
        if value is not None and not above < value < float("inf"):
            raise self.error(key, expected, value)
        return None if value is None else float(value)

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...] | None:
        """A list of different texts, not empty."""
        expected = 'a list of different texts, such as ["a", "b"]'
        value = self.take(key, list, expected, None)
        if value is None:
            return default
        if (
            not value
            or not all(isinstance(v, str) and v.strip() for v in value)
            or len(set(value)) < len(value)
        ):
            raise self.error(key, expected, value)
        return tuple(value)

    def choices(
        self, key: str, allowed: Iterable[str], default: tuple[str, ...]
    ) -> tuple[str, ...]:
        """A list of words out of a few."""
        names = list(allowed)
        value = self.texts(key, default) or default
        for word in value:
            if word not in names:
                raise self.error(key, f"words among {names}", word, did_you_mean(word, names))
        return value

    def years(self, key: str) -> tuple[int, int] | None:
        """A first and a last year."""
        return (
            None
            if not self.has(key)
            else self.range_of(key, self.take(key, list, "[first year, last year]", None))
        )

    def range_of(self, key: str, value: Any) -> tuple[int, int]:
        """`value` as a first and a last year."""
        whole = (
            isinstance(value, list) and len(value) == 2 and all(type(year) is int for year in value)
        )
        if not whole or value[0] > value[1]:
            raise self.error(key, "[first year, last year], such as [2011, 2015]", value)
        return value[0], value[1]

    def table(self, key: str) -> dict[str, Any]:
        """A mapping written as an inline table or a sub-section."""
        return dict(self.take(key, dict, "a table, such as { name = ... }", {}))

    def done(self) -> None:
        """Refuse keys that nobody took."""
        unknown = [key for key in self.values if key not in self.taken]
        if unknown:
            raise StudyError(
                self.place(unknown[0]),
                expected="a key of this section",
                got="an unknown one",
                remedy=did_you_mean(unknown[0], sorted(self.taken)),
            )
