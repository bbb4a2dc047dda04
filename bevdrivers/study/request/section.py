"""One section of a study file: each key taken with its type, unknown keys refused with the nearest
known one. A fault of a key is kept, and the others are read as if the key were not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from functools import wraps
from math import inf
from typing import Any, Concatenate, ParamSpec, TypeVar

from ...panel.matching import did_you_mean as nearest_question
from ..errors import StudyError, did_you_mean
from .faults import Faults

EXPLAINED = "Change the line: bevdrivers init DIR writes a study file that explains each key."
RANGE = "[first year, last year]"
Options = ParamSpec("Options")
Value = TypeVar("Value")
# a section, a key of it and what else is asked -> the value of the key
KeyReader = Callable[Concatenate["Section", str, Options], Value]


def kept(read: KeyReader[Options, Value]) -> KeyReader[Options, Value]:
    """A reader of a key that keeps the fault of its value, and gives what stands without the key."""

    @wraps(read)
    def keeping(
        section: Section,
        key: str,
        /,
        *args: Options.args,
        **options: Options.kwargs,
    ) -> Value:
        try:
            return read(section, key, *args, **options)
        except StudyError as fault:
            section.faults.add(fault)
            return read(section.without(key), key, *args, **options)

    return keeping


@dataclass
class Section:
    """The keys of one section, taken one by one; `refuse_unknown_keys` refuses the others.

    Attributes
    ----------
    file : str
        Name of the study file, for messages.
    name : str
        For instance ``"model"`` or ``"weights.queen"``.
    values : mapping
        As `tomllib` read them.
    known : set of str
        The keys that were asked for so far, whether they are there or not.
    faults : Faults
        Those of its keys, and perhaps of other sections.
    """

    file: str
    name: str
    values: Mapping[str, Any]
    known: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def of(
        cls,
        file: str,
        name: str,
        values: Any,
        faults: Faults,
    ) -> Section:
        """The section `name`, which must be a table."""
        if isinstance(values, Mapping):
            return cls(file, name, values, faults=faults)
        raise StudyError(
            f"{file}: [{name}]",
            expected="a table",
            got=as_toml(values),
            remedy=f"Write a line [{name}] and its keys under it.",
        )

    def location(self, key: str) -> str:
        """Where a key stands: ``study.toml: [model] formula``."""
        return f"{self.file}: [{self.name}] {key}"

    def error(
        self,
        key: str,
        expected: str,
        got: Any,
        remedy: str = EXPLAINED,
    ) -> StudyError:
        """The error for a key; `got` is shown as TOML may write it."""
        return self.conflict(key, expected, as_toml(got), remedy or EXPLAINED)

    def conflict(
        self,
        key: str,
        expected: str,
        got: str,
        remedy: str = EXPLAINED,
    ) -> StudyError:
        """The error for a key that does not go with others, or is missing; `got` is in words."""
        return StudyError(
            self.location(key),
            expected=expected,
            got=got,
            remedy=remedy,
        )

    def reject(
        self,
        key: str,
        expected: str,
        got: Any,
        remedy: str = EXPLAINED,
    ) -> None:
        """Keep the fault that `error` makes, and go on."""
        self.faults.add(self.error(key, expected, got, remedy))

    def refuse(
        self,
        key: str,
        expected: str,
        got: str,
        remedy: str = EXPLAINED,
    ) -> None:
        """Keep the fault that `conflict` makes, and go on."""
        self.faults.add(self.conflict(key, expected, got, remedy))

    def without(self, key: str) -> Section:
        """The section as if a key were not there."""
        return replace(
            self, values={name: self.values[name] for name in self.values if name != key}
        )

    def has(self, key: str) -> bool:
        """Whether the file gives the key, which is a known one from then on."""
        self.known.add(key)
        return key in self.values

    def take(
        self,
        key: str,
        kind: type | tuple[type, ...],
        expected: str,
        default: Any,
    ) -> Any:
        """The value of `key`, of type `kind`; `default` when it is not there.

        True and False are no numbers.
        """
        self.known.add(key)
        if key not in self.values:
            return default
        value = self.values[key]
        allowed = kind if isinstance(kind, tuple) else (kind,)
        unasked_truth = isinstance(value, bool) and bool not in allowed
        if unasked_truth or not isinstance(value, allowed):
            raise self.error(key, expected, value)
        return value

    @kept
    def text(self, key: str) -> str | None:
        """A text that is not blank, perhaps absent."""
        value: str | None = self.take(key, str, "a text in quotes", None)
        if value is not None and not value.strip():
            remedy = "Give one, or delete the line."
            raise self.error(key, "a text that is not empty", value, remedy)
        return value

    def required(self, key: str, expected: str) -> str:
        """A text that has to be there; an empty one stands for it where it is not."""
        value = self.text(key)
        if value is None:
            self.missing.add(key)
            self.refuse(key, expected, "no such key", f'Add {key} = "...".')
        return value or ""

    @kept
    def choice(
        self,
        key: str,
        allowed: Iterable[str],
        default: str,
    ) -> str:
        """One of a few words."""
        words = list(allowed)
        value: str = self.take(key, str, f"one of {words}", default)
        if key in self.values and value not in words:
            raise self.error(key, f"one of {words}", value, did_you_mean(value, words))
        return value

    @kept
    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value: bool = self.take(key, bool, "true or false", default)
        return value

    @kept
    def whole(
        self,
        key: str,
        default: int,
        *,
        at_least: int,
    ) -> int:
        """A whole number."""
        expected = f"a whole number, {at_least} or more"
        value: int = self.take(key, int, expected, default)
        if key in self.values and value < at_least:
            raise self.error(key, expected, value)
        return value

    @kept
    def number(
        self,
        key: str,
        default: float | None,
        *,
        above: float,
    ) -> float | None:
        """A finite number, perhaps absent."""
        expected = "a number" if above == -inf else f"a number above {above:g}"
        value = self.take(key, (int, float), expected, default)
        if value is None:
            return None
        if not above < value < inf:
            raise self.error(key, expected, value)
        return float(value)

    @kept
    def path(self, key: str) -> str | None:
        """A path, perhaps absent; Windows' backslashes are slashes."""
        value = self.text(key)
        return None if value is None else self.as_path(key, value)

    def as_path(self, key: str, value: str) -> str:
        """`value` as a path."""
        if not value.isprintable():
            remedy = r'TOML reads "\t" and the like as signs: write / for \, or single quotes.'
            self.reject(key, "a path without invisible characters", value, remedy)
        return value.replace("\\", "/")

    def required_path(self, key: str, expected: str) -> str:
        """A path that has to be there."""
        self.required(key, expected)
        return self.path(key) or ""

    @kept
    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...] | None:
        """A list of different texts, not empty."""
        expected = 'a list of different texts, such as ["a", "b"]'
        value = self.take(key, list, expected, None)
        if value is None:
            return default
        if not value or not all(_is_text(text) for text in value):
            raise self.error(key, expected, value)
        if len(set(value)) < len(value):
            raise self.error(key, expected, value)
        return tuple(value)

    @kept
    def choices(
        self,
        key: str,
        allowed: Iterable[str],
        default: tuple[str, ...],
    ) -> tuple[str, ...]:
        """A list of words out of a few."""
        words = list(allowed)
        value = self.texts(key) or default
        for word in value:
            if word not in words:
                raise self.error(key, f"words among {words}", word, did_you_mean(word, words))
        return value

    @kept
    def years(self, key: str) -> tuple[int, int] | None:
        """A first and a last year, perhaps absent."""
        if not self.has(key):
            return None
        return self.range_of(key, self.take(key, list, RANGE, None))

    def range_of(self, key: str, value: Any) -> tuple[int, int]:
        """`value` as a first and a last year."""
        if not _is_list_of_years(value) or len(value) != 2 or value[0] > value[1]:
            raise self.error(key, f"{RANGE}, such as [2011, 2015]", value)
        return value[0], value[1]

    @kept
    def some_years(self, key: str) -> tuple[int, ...] | None:
        """A list of years, perhaps absent."""
        expected = "a list of years, such as [2011, 2020]"
        value = self.take(key, list, expected, None)
        if value is None:
            return None
        if not _is_list_of_years(value):
            raise self.error(key, expected, value)
        return tuple(value)

    @kept
    def numbers(
        self,
        key: str,
        expected: str,
        allows: Callable[[Any], bool],
    ) -> tuple[Any, ...]:
        """A list of different numbers, each of which is allowed; empty where it is absent."""
        value = self.take(key, list, expected, [])
        numeric = all(type(one) in (int, float) for one in value)
        if key in self.values and not (value and numeric and all(map(allows, value))):
            raise self.error(key, expected, value)
        if len(set(value)) < len(value):
            raise self.error(key, expected, value)
        return tuple(value)

    @kept
    def table(self, key: str) -> dict[str, Any]:
        """A mapping written as an inline table or a sub-section."""
        return dict(self.take(key, dict, "a table, such as { name = ... }", {}))

    def refuse_unknown_keys(self) -> None:
        """Refuse keys that nobody asked for."""
        unknown = [key for key in self.values if key not in self.known]
        for key in unknown:
            # a slip in a key that has to be there is one fault, not two
            meant = [name for name in sorted(self.missing) if nearest_question(key, [name])]
            for name in meant:
                self.faults.forget(self.location(name))
            remedy = did_you_mean(key, meant or sorted(self.known))
            self.refuse(key, "a key of this section", "an unknown one", remedy)


def as_toml(value: Any) -> str:
    """A value as a study file may write it.

    >>> as_toml([True, "x", 2])
    "[true, 'x', 2]"
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, Mapping):
        pairs = (f"{key} = {as_toml(item)}" for key, item in value.items())
        return f"{{ {', '.join(pairs)} }}"
    return str(value) if isinstance(value, (date, time)) else repr(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_list_of_years(value: Any) -> bool:
    """Whether a value is a list of whole numbers, not empty; True and False are none."""
    return isinstance(value, list) and bool(value) and all(type(year) is int for year in value)
