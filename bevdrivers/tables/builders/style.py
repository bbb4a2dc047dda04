"""How estimates are shown: what stands below them, stars, decimals, labels, language; and the table
made of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...errors import InputError
from ...language.labels import lag_label, plain_name, term_label
from ...language.words import Words
from ...options import Language, Parentheses, check_option
from ..cells import (
    Cell,
    Interval,
    as_power,
    checked_levels,
    count_stars,
    enough_digits,
    is_beyond_decimals,
    number,
    starred,
    useful_digits,
)
from ..layout import Heading, Section
from ..table import Table
from .results import Estimate


@dataclass(frozen=True)
class Style:
    """The options that all builders share.

    Attributes
    ----------
    parentheses : {"std_error", "statistic", "p_value", "conf_int"}
        What stands below an estimate.
    stars : tuple of float
        Levels, from the weakest to the strongest.
    digits : int
        Decimals.
    words : Words
        Of the language.
    labels : mapping
        The user's own, by term, statistic, outcome or test.
    """

    parentheses: Parentheses = "std_error"
    stars: tuple[float, ...] = (0.10, 0.05, 0.01)
    digits: int = 3
    words: Words = Words()
    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def checked(
        cls,
        parentheses: Parentheses = "std_error",
        *,
        stars: Iterable[float] | None,
        digits: int,
        language: Language,
        labels: Mapping[str, str] | None,
    ) -> Style:
        """A style of options that were checked; the levels go from the weakest to the strongest."""
        check_option("parentheses", parentheses, Parentheses)
        if not isinstance(digits, int) or isinstance(digits, bool) or digits < 0:
            raise InputError(
                "digits",
                expected="a number of decimals, 0 or more",
                got=repr(digits),
                remedy="Write digits=3, for instance.",
            )
        levels = checked_levels(stars)
        given = dict(labels or {})
        bare = {_without_backticks(name): label for name, label in given.items()}
        return cls(parentheses, levels, digits, Words.checked(language), bare | given)

    def label(self, name: str, words: str | None = None) -> str:
        """The user's label of a name, else the package's words for it, else the name."""
        if name in self.labels:
            return self.labels[name]
        return plain_name(name) if words is None else self.words.say(words)

    def term(self, term: str) -> str:
        """The label of a term."""
        return term_label(term, self.labels)

    def lag(self, term: str) -> str:
        """The label of a spatially lagged term, such as ``W_x``."""
        return lag_label(term, term.removeprefix("W_"), self.labels)

    def number(self, value: float) -> Cell:
        """A number with the decimals of the table, more where they would all be zeros."""
        return number(value, enough_digits(value, self.digits))

    def above(self, estimate: Estimate | None) -> Cell:
        """The estimate with its stars; nothing where the model has no such term."""
        if estimate is None:
            return ""
        decimals = self._decimals(estimate)
        if is_beyond_decimals(decimals):
            stars = count_stars(estimate.p_value, self.stars)
            return as_power(estimate.estimate, decimals) + "*" * stars
        return starred(
            estimate.estimate,
            decimals,
            estimate.p_value,
            self.stars,
        )

    def below(self, estimate: Estimate | None) -> Cell:
        """What stands under the estimate; nothing where the model fixes it."""
        if estimate is None or estimate.is_fixed:
            return ""
        if self.parentheses == "conf_int":
            return self._interval(estimate)
        value: float = getattr(estimate, self.parentheses)
        if math.isnan(value):
            return ""
        decimals = self._decimals(estimate) if self.parentheses == "std_error" else self.digits
        if is_beyond_decimals(decimals):
            return f"({as_power(value, decimals)})"
        return number(
            value,
            decimals,
            parentheses=True,
            floor=self.parentheses == "p_value",
        )

    def _interval(self, estimate: Estimate) -> Cell:
        """The interval in brackets; nothing where a bound is missing."""
        low, high = estimate.conf_low, estimate.conf_high
        if math.isnan(low) or math.isnan(high):
            return ""
        decimals = self._decimals(estimate)
        if is_beyond_decimals(decimals):
            return f"[{as_power(low, decimals)}, {as_power(high, decimals)}]"
        return Interval(low, high, decimals)

    def _decimals(self, estimate: Estimate) -> int:
        """Decimals of an estimate and its standard error alike: more where the standard error would
        keep less than two digits.
        """
        if estimate.std_error > 0:
            return useful_digits(estimate.std_error, self.digits)
        return enough_digits(estimate.estimate, self.digits)

    def table(
        self,
        headings: Iterable[Heading],
        sections: Iterable[Section],
        *,
        notes: Sequence[str] = (),
        title: str,
        label: str,
    ) -> Table:
        """A table of the sections that have rows, with the notes that say something."""
        return Table(
            headings=tuple(headings),
            sections=tuple(section for section in sections if section.rows),
            notes=tuple(note for note in notes if note),
            title=title,
            anchor=label,
            levels=self.stars,
            language=self.words.language,
        )


def _without_backticks(name: str) -> str:
    """The name of a column that is written as formulas need it where it holds other signs."""
    inner = name[1:-1]
    quoted = bool(inner) and name == f"`{inner}`" and "`" not in inner
    return inner if quoted else name
