"""The package's own words in a table, in the language that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...options import Language, check_option
from .chinese import CHINESE
from .symbols import DASH


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
        """The sentence in this language, its parts in their places; names that have no translation stay."""
        found = sentence if self.language == "en" else CHINESE.get(sentence, sentence)
        return found.format(**parts) if parts else found

    @property
    def gap(self) -> str:
        """What stands between two sentences."""
        return " " if self.language == "en" else ""

    def columns(self, places: Sequence[int]) -> str:
        """Column numbers in words: "column (2)", "columns (1)–(3) and (5)"."""
        runs: list[list[int]] = []
        for place in places:
            if runs and place == runs[-1][-1] + 1:
                runs[-1].append(place)
            else:
                runs.append([place])
        parts = [text for run in runs for text in _run_texts(run)]
        comma, last = self.say(", "), self.say(" and ")
        listed = last.join(filter(None, [comma.join(parts[:-1]), parts[-1]]))
        return self.say("columns\u00a0{listed}" if len(places) > 1 else "column\u00a0{listed}", listed=listed)

    def by_column(self, phrases: Sequence[str]) -> str:
        """One phrase where all columns agree, else each phrase with its columns; an empty phrase says nothing."""
        places: dict[str, list[int]] = {}
        for place, phrase in enumerate(phrases):
            if phrase:
                places.setdefault(phrase, []).append(place)
        if len(places) == 1 and all(phrases):
            return phrases[0]
        return self.say("; ").join(
            self.say("{phrase} in {columns}", phrase=phrase, columns=self.columns(where))
            for phrase, where in places.items()
        )

    def sentence(self, topic: str, phrases: Sequence[str]) -> str:
        """ "Topic: phrase.", or nothing where no column has a phrase."""
        text = self.by_column(phrases)
        return self.say("{topic}: {text}.", topic=topic, text=text) if text else ""


ENGLISH = Words()


def _run_texts(run: Sequence[int]) -> list[str]:
    """Neighbours as a range when they are three or more."""
    texts = [f"({place + 1})" for place in run]
    return [f"{texts[0]}{DASH}{texts[-1]}"] if len(run) > 2 else texts
