"""Sees what code does to the machine while it is watched: files, processes, imports, the network,
code from texts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# events of Python's audit hooks (https://docs.python.org/3/library/audit_events.html) that no
# formula may cause
KINDS = (
    "open",
    "import",
    "exec",
    "compile",
    "subprocess",
    "socket",
    "os",
    "shutil",
    "ctypes",
    "pickle",
    "marshal",
    "urllib",
)

_seen: list[str] | None = None

# formulaic reads the intercept, which it is given as the text 1
INTERCEPT = "compile (b'1', '<unknown>')"


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _seen is not None and event.partition(".")[0] in KINDS:
        text = f"{event} {str(arguments)[:200]}"
        if text != INTERCEPT:
            _seen.append(text)


# a hook cannot be taken away again, so that it is switched
sys.addaudithook(_hook)


@contextmanager
def watched() -> Iterator[list[str]]:
    """The events that happen inside, as they come."""
    global _seen
    seen: list[str] = []
    before, _seen = _seen, seen
    try:
        yield seen
    finally:
        _seen = before
