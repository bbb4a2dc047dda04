"""What a call may come to: an answer, or a refusal of the package that says what to do.

A library's error, a warning of a library, and a call that does not end are neither.
"""

from __future__ import annotations

import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from bevdrivers.errors import BevdriversError, BevdriversWarning, InputError

# No example comes near it: what takes as long hangs.
BUDGET_S = 60


def answer(call: Callable[[], Any]) -> Any:
    """What the call returns, or its refusal, which has been looked at."""
    with _in_time(), warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", BevdriversWarning)
        try:
            return call()
        except BevdriversError as refusal:
            check_refusal(refusal)
            return refusal


def is_refusal(found: Any) -> bool:
    return isinstance(found, BevdriversError)


def check_refusal(refusal: BevdriversError) -> None:
    """It names what is wrong and what to do."""
    text = str(refusal)
    assert text.strip()
    assert "Traceback" not in text
    if isinstance(refusal, InputError):
        assert refusal.argument
        assert refusal.expected
        assert refusal.got
        assert refusal.remedy, f"no remedy: {text}"


@contextmanager
def _in_time() -> Iterator[None]:
    def late(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"no answer after {BUDGET_S} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(BUDGET_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
