"""All faults of a study file at once: those of one key do not hide those of another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ..errors import StudyError


class SeveralFaults(StudyError):
    """All that is wrong with a study file, as far as it can be told at once; it stands for the
    first.

    Attributes
    ----------
    faults : tuple of StudyError
    """

    def __init__(self, faults: Iterable[StudyError]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(
            first.argument,
            expected=first.expected,
            got=first.got,
            remedy=first.remedy,
        )

    def __str__(self) -> str:
        lines = [f"{len(self.faults)} faults", *map(str, self.faults)]
        return "\n  ".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.faults,))


@dataclass
class Faults:
    """Collects the faults of parts that can be looked at one without another."""

    faults: list[StudyError] = field(default_factory=list)

    def add(self, fault: StudyError) -> None:
        """Keep a fault, unless its place has one: what is wrong there since then follows from it."""
        if fault.argument not in [known.argument for known in self.faults]:
            self.faults.append(fault)

    def forget(self, place: str) -> None:
        """Drop the fault of a place, which another one explains."""
        self.faults = [fault for fault in self.faults if fault.argument != place]

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Keep the fault that is raised inside, and go on."""
        try:
            yield
        except SeveralFaults as several:
            for fault in several.faults:
                self.add(fault)
        except StudyError as fault:
            self.add(fault)

    def raise_collected(self) -> None:
        """Raise what was collected: one fault as it is."""
        if len(self.faults) == 1:
            raise self.faults[0]
        if self.faults:
            raise SeveralFaults(self.faults)
