"""The package's own words in tables, figures and reports, in the language that was asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter

from ..options import Language, check_option
from .chinese import CHINESE
from .chinese_figures import CHINESE_FIGURES
from .chinese_notes import CHINESE_NOTES
from .chinese_results import CHINESE_RESULTS
from .chinese_study import CHINESE_STUDY
from .symbols import DASH, HARD_SPACE, P


@dataclass(frozen=True)
class Words:
    """A language's words: English sentences are the keys under which the others are found.

    >>> Words("zh").say("Notes:"), Words().say("{count} in parentheses.", count="Standard errors")
    ('注：', 'Standard errors in parentheses.')
    """

    language: Language = "en"

    @classmethod
    def checked(cls, language: Language) -> Words:
        """The words of a language that was checked."""
        check_option("language", language, Language)
        return cls(language)

    def say(self, sentence: str, **parts: object) -> str:
        """The sentence in this language, its parts in their places; names that have no translation
        stay.
        """
        template = sentence
        if self.language != "en":
            template = _TEMPLATES.get(sentence, sentence)
        return template.format(**parts) if parts else template

    def said(self, sentence: str) -> str:
        """A sentence that a result says, in this language: its own translation, that of its pattern
        with the numbers and names in their places, or those of its parts between semicolons.

        One that has no translation stays as it is, whole.

        >>> Words("zh").said("In 3 of 14 periods at 5 %.")
        '14期中有3期在5%水平上显著。'
        """
        if self.language == "en":
            return sentence
        if sentence in _SAID:
            return _SAID[sentence]
        return (
            self._by_pattern(sentence, _PART)
            or self._by_parts(sentence)
            or self._by_pattern(sentence, _PART_WITH_SEMICOLONS)
            or sentence
        )

    def _by_pattern(self, sentence: str, part: str) -> str:
        """The translation of the first pattern that the sentence has; empty where it has none."""
        for pattern, template in _patterns(part):
            found = pattern.fullmatch(sentence)
            if found:
                parts = {name: self._named(text) for name, text in found.groupdict().items()}
                return template.format(**parts)
        return ""

    def _by_parts(self, sentence: str) -> str:
        """The translations of the parts between semicolons; empty where one has none."""
        parts = sentence.split("; ")
        translated = [self.said(part) for part in parts if len(parts) > 1]
        if any(part == said for part, said in zip(parts, translated, strict=False)):
            return ""
        return self.say("; ").join(translated)

    def _named(self, text: str) -> str:
        """A number or names within a sentence; Chinese names with Chinese commas between them."""
        return _BETWEEN_NAMES.sub(r"\1、", self.said(text))

    @property
    def gap(self) -> str:
        """What stands between two sentences."""
        return " " if self.language == "en" else ""

    def listed(self, names: Sequence[str]) -> str:
        """The names with commas between them."""
        return self.say(", ").join(names)

    def columns(self, indices: Sequence[int]) -> str:
        """Columns, counted from 0, by their numbers: "column (2)", "columns (1)–(3) and (5)"."""
        *first, last = [text for run in _runs(indices) for text in _run_texts(run)]
        numbers = last
        if first:
            numbers = self.listed(first) + self.say(" and ") + last
        if len(indices) > 1:
            return self.say("columns\u00a0{listed}", listed=numbers)
        return self.say("column\u00a0{listed}", listed=numbers)

    def by_column(self, phrases: Sequence[str]) -> str:
        """One phrase where all columns agree, else each phrase with its columns; an empty phrase
        says nothing.
        """
        columns_of: dict[str, list[int]] = {}
        for index, phrase in enumerate(phrases):
            if phrase:
                columns_of.setdefault(phrase, []).append(index)
        if len(columns_of) == 1 and all(phrases):
            return phrases[0]
        parts = []
        for phrase, indices in columns_of.items():
            part = self.say(
                "{phrase} in {columns}",
                phrase=phrase,
                columns=self.columns(indices),
            )
            parts.append(part)
        return self.say("; ").join(parts)

    def topic(self, topic: str, text: str) -> str:
        """ "Topic: text."."""
        return self.say("{topic}: {text}.", topic=topic, text=text)

    def sentence(self, topic: str, phrases: Sequence[str]) -> str:
        """ "Topic: phrase.", or nothing where no column has a phrase."""
        text = self.by_column(phrases)
        return self.topic(topic, text) if text else ""

    def stars_note(self, levels: Sequence[float]) -> str:
        """The levels of the stars: "* p < 0.10, ** p < 0.05, *** p < 0.01."."""
        parts = []
        for count, level in enumerate(levels, 1):
            text = f"{'*' * count} {P} < {_level_text(level)}"
            parts.append(text.replace(" ", HARD_SPACE))
        return self.say("{text}.", text=self.listed(parts)) if parts else ""


ENGLISH = Words()
_SAID = CHINESE_RESULTS | CHINESE_NOTES
# what a number or a name may look like
_PART, _PART_WITH_SEMICOLONS = "(?:(?!; ).)+?", ".+?"
# a comma between two Chinese names, which may stand in quotes
_BETWEEN_NAMES = re.compile(r"([\u4e00-\u9fff]['\"]?), (?=['\"]?[\u4e00-\u9fff])")
_TEMPLATES = CHINESE_STUDY | CHINESE_FIGURES | CHINESE


@lru_cache(maxsize=2)
def _patterns(of_part: str) -> list[tuple[re.Pattern[str], str]]:
    """Patterns of the sentences of results that have parts, each with its Chinese template."""
    patterns = []
    for sentence, template in _SAID.items():
        if "{" in sentence:
            patterns.append((_pattern(sentence, of_part), template))
    return patterns


def _pattern(sentence: str, of_part: str) -> re.Pattern[str]:
    """What a sentence looks like with parts such as `of_part` in their places."""
    pieces = []
    for text, part, _, _ in Formatter().parse(sentence):
        pieces.append(re.escape(text))
        if part is not None:
            pieces.append(f"(?P<{part}>{of_part})")
    return re.compile("".join(pieces), re.DOTALL)


def _runs(indices: Sequence[int]) -> list[list[int]]:
    """The indices in runs of neighbours."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and index == runs[-1][-1] + 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _run_texts(run: Sequence[int]) -> list[str]:
    """Neighbours as a range when they are three or more."""
    texts = [f"({index + 1})" for index in run]
    if len(run) > 2:
        return [f"{texts[0]}{DASH}{texts[-1]}"]
    return texts


def _level_text(level: float) -> str:
    """A level with two decimals, or as many as it has."""
    return f"{level:.2f}" if round(level, 2) == level else f"{level:g}"
