"""A result folder that is written inside its working folder and takes its place all together at the
end.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import FileError
from ...files import file_error
from ..errors import Unsettled
from .claim import Claim, claimed
from .destination import (
    Earlier,
    changed_files,
    check_changed,
    check_folder,
    check_part,
    check_study_of,
    check_ways,
    earlier_results,
    left_behind,
)
from .exchange import NEW, WORK, act, exchange
from .folder import names_in


class Draft:
    """Results that are not in their places yet.

    Attributes
    ----------
    folder : Path
        Where to write them.
    removed, kept, replaced : tuple of str
        After the exchange: files of the run before that this one does not make, which were removed,
        or kept because they were changed since; and files that no run made, or that were changed
        since, and were replaced.
    """

    def __init__(self, claim: Claim) -> None:
        self._claim, self._target = claim, claim.target
        self._earlier: Earlier | None = None
        self._replace = False
        self.folder = claim.workspace / NEW
        self.removed: tuple[str, ...] = ()
        self.kept: tuple[str, ...] = ()
        self.replaced: tuple[str, ...] = ()

    def expect(
        self,
        names: Iterable[str],
        *,
        study: tuple[str, str, frozenset[str]],
        replace: bool,
        part: str = "",
    ) -> None:
        """Refuse what the exchange would refuse, before anything is computed.

        Parameters
        ----------
        names : iterable of str
            Files that may come.
        study : file name, title and hashes of the inputs
            Results of an earlier run of the same study are replaced.
        replace : bool
            Replace also files of another study, and files that no run made or that were changed
            since.
        part : str
            What the names of files begin with, where they are of a part of a study that has a folder
            of its own.
        """
        listed = list(names)
        self._earlier, self._replace = earlier_results(self._target), replace
        if not replace:
            check_study_of(self._target, self._earlier, *study)
        if part and not replace:
            check_part(self._target, self._earlier, listed, part)
        self._check(listed)

    def check(self) -> None:
        """Refuse to go on where the folder was taken away from below the run."""
        self._claim.check()

    def exchange(self) -> None:
        """Put all files in their places, or none."""
        names = names_in(self.folder)
        self.check()
        self._check(names)
        removed, kept = left_behind(self._target, names, self._earlier)
        replaced = changed_files(self._target, names, self._earlier)
        exchange(self._claim.workspace, self._target, removed)
        self.removed, self.kept, self.replaced = tuple(removed), tuple(kept), tuple(replaced)

    def _check(self, names: Iterable[str]) -> None:
        listed = list(names)
        check_ways(self._target, listed)
        if not self._replace:
            check_changed(self._target, listed, self._earlier)


@contextmanager
def staged(target: str | Path, inputs: Iterable[Path] = ()) -> Iterator[Draft]:
    """A draft of results, which take their places in `target` all together when the block ends
    well.

    When the block fails, or the process is killed at any point, what was in `target` is as it was,
    or all new, at the latest after the next run into it. Other files of `target` stay as they are.

    Parameters
    ----------
    target : path
        The folder of the results; it is made where it is missing.
    inputs : iterable of Path
        Files that are read; `target` must not hold them.

    Raises
    ------
    StudyError
        `target` is no folder for results, another run works in it, or something is in the way of a
        file.
    FileError
        A file cannot be written; nothing of `target` has changed.
    """
    target = Path(target)
    intact = f"Nothing in {str(target)!r} has changed."
    try:
        check_folder(target, inputs)
        with claimed(target) as claim:
            draft = Draft(claim)
            act(draft.folder.mkdir)
            yield draft
            with uninterrupted():
                draft.exchange()
    except Unsettled:
        raise
    except OSError as error:
        failure = error if isinstance(error, FileError) else file_error(error, target)
        raise FileError(
            _asked_for(failure.argument, target),
            expected=failure.expected,
            got=failure.got,
            remedy=intact,
        ) from error


def _asked_for(path: str, target: Path) -> str:
    """The place of a file that was written to the draft; any other path as it is."""
    drafts = target / WORK / NEW
    if not Path(path).is_relative_to(drafts):
        return path
    return str(target / Path(path).relative_to(drafts))


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C and a termination wait until the block has ended; it takes milliseconds."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals come to the main thread only
        return
    held: list[int] = []
    before: dict[int, Any] = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        if (
            signal.getsignal(number) is not None
        ):  # None: set by another language, which we could not set back
            before[number] = signal.signal(number, lambda came, frame: held.append(came))
    try:
        yield
    finally:
        for set_before, handler in before.items():
            signal.signal(set_before, handler)
        if held:
            signal.raise_signal(held[0])
