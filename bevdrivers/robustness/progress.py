"""How far a run is: a line that is written over, and only where somebody looks at it."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self, TextIO

# seconds between two lines
OFTEN = 0.2


class Progress:
    """Counts what is done of a total, with the rate and the time left, on a terminal's stderr.

    In a pipe or a file, and where nobody asks for it, nothing is written.
    """

    def __init__(
        self,
        total: int,
        *,
        asked: bool = True,
        stream: TextIO | None = None,
    ) -> None:
        self.total, self.done = total, 0
        self.stream = sys.stderr if stream is None else stream
        self.shown = asked and self.stream.isatty()
        self.start = self.last = time.monotonic()
        self.width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._write("")

    def add(self, count: int) -> None:
        """So many more are done."""
        self.done += count
        now = time.monotonic()
        if now - self.last >= OFTEN or self.done == self.total:
            self.last = now
            self._write(self.line(now - self.start))

    def line(self, seconds: float) -> str:
        """The line after so many seconds.

        >>> progress = Progress(1000)
        >>> progress.done = 250
        >>> progress.line(5.0)
        '250 of 1,000 specifications, 50 a second, 15 s left'
        """
        rate = self.done / max(seconds, 1e-9)
        left = (self.total - self.done) / max(rate, 1e-9)
        said = f"{left:.0f} s" if left < 120 else f"{left / 60:.0f} min"
        return f"{self.done:,} of {self.total:,} specifications, {rate:.3g} a second, {said} left"

    def _write(self, text: str) -> None:
        if self.shown:
            # what stood there longer is written over, and the next text begins at the left
            self.stream.write("\r" + text.ljust(self.width) + "\r")
            self.stream.flush()
            self.width = len(text)
