"""The form of a row of the catalogue, and the check that each row goes through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Case:
    """Bad input, and the message that it has to get.

    Attributes
    ----------
    name : str
        What is bad, in a few words; the name of the test.
    make : callable
        Makes the bad input, in the empty folder that it is given, and hands it to the package.
    error : type
        The class of the error, exactly: never one of a library.
    says : tuple of str
        Texts that the message must hold: the argument, what came, the remedy.
    """

    name: str
    make: Callable[[Path], Any]
    error: type[Exception]
    says: tuple[str, ...]

    def check(self, folder: Path) -> None:
        """The input is refused by the error of this row, whose message holds its texts."""
        with pytest.raises(self.error) as refusal:
            self.make(folder)
        assert type(refusal.value) is self.error
        message = str(refusal.value)
        lacking = [text for text in self.says if text not in message]
        assert not lacking, f"the message lacks {lacking}: {message}"


def rows(cases: list[Case]) -> pytest.MarkDecorator:
    """The decorator of a test that goes through all rows of a table, each under its name."""
    names = [case.name for case in cases]
    assert len(set(names)) == len(names), "two rows have one name"
    return pytest.mark.parametrize("case", cases, ids=names)
