"""Results take the places of earlier ones all together: a journal says what moves, so that another
run can finish it.

The new files stand below ``new/`` of a working folder. Once the journal is written, each earlier
file moves to ``old/`` and each new one to its place. Where the files stand tells how far that went,
so that the exchange can be taken up at any point, forward or back. Without a journal the results
are whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ...files import reason
from ..errors import StudyError, Unsettled
from ..names import is_plain
from .folder import names_in, sha256

WORK = ".bevdrivers"
NEW, OLD, JOURNAL = "new", "old", "journal.json"


def act(operation: Callable[..., Any], *values: Any) -> None:
    """Change one thing of a result folder. All changes go through here: tests stop the program
    after each of them.
    """
    operation(*values)


@dataclass(frozen=True)
class Journal:
    """What an exchange moves; names are relative to the result folder, with ``/``.

    Attributes
    ----------
    new : list of str
        Files that come, the manifest last.
    old : dict
        Name -> hash of the files that go: those that new ones replace, and those that are not made
        any more.
    folders : list of str
        Folders that were not there before.
    """

    new: list[str]
    old: dict[str, str]
    folders: list[str]


def exchange(
    workspace: Path,
    target: Path,
    stale: Sequence[str],
) -> None:
    """Put the files below ``new/`` of a working folder into their places in `target`, and take
    `stale` away.

    Raises
    ------
    OSError, StudyError
        A file cannot be moved; all are as they were before.
    Unsettled
        They could not be moved back, either; `settle` tries again.
    """
    _write_journal(_planned(workspace, target, stale), workspace)
    settle(workspace, target)


def _planned(
    workspace: Path,
    target: Path,
    stale: Sequence[str],
) -> Journal:
    """What has to move, as the folders stand before anything does."""
    new = names_in(workspace / NEW)
    replaced = [name for name in new if os.path.lexists(target / name)]
    folders = sorted(_all_parents(new))
    missing = [folder for folder in folders if not os.path.lexists(target / folder)]
    old = {name: sha256(target / name) for name in (*replaced, *stale)}
    return Journal(new, old, missing)


def _write_journal(journal: Journal, workspace: Path) -> None:
    draft = workspace / f"{JOURNAL}.draft"
    act(draft.touch)
    act(draft.write_text, json.dumps(asdict(journal)), "utf-8")
    act(draft.rename, workspace / JOURNAL)


def settle(workspace: Path, target: Path) -> None:
    """Take an exchange to its end, or back to its beginning where it cannot be ended; nothing where
    there is none.
    """
    if not os.path.lexists(workspace / JOURNAL):
        return
    journal = read_journal(workspace / JOURNAL)
    for folder in (workspace / OLD, workspace / NEW):
        if folder.is_symlink():
            raise _changed_since(folder, "a link that has come since")
    try:
        _forward(journal, workspace, target)
    except (OSError, StudyError) as error:
        _back_or_unsettled(journal, workspace, target, error)
        raise
    # a journal that stays says what is so already
    with suppress(OSError):
        act((workspace / JOURNAL).unlink)


NO_JOURNAL = "Move the results to another place, or choose another --out."


def read_journal(path: Path) -> Journal:
    """A journal, whose names have to stay below the result folder."""
    try:
        journal = Journal(**json.loads(path.read_text(encoding="utf-8")))
        names = [*journal.new, *journal.old, *journal.folders]
    except (OSError, ValueError, TypeError) as error:
        raise StudyError(
            str(path),
            expected="a journal of this program",
            got=str(error),
            remedy=NO_JOURNAL,
        ) from error
    well_formed = isinstance(journal.new, list) and isinstance(journal.old, dict)
    if not well_formed or not all(is_plain(name) for name in names):
        raise StudyError(
            str(path),
            expected="names of files below the folder",
            got="others",
            remedy=NO_JOURNAL,
        )
    return journal


def _forward(
    journal: Journal,
    workspace: Path,
    target: Path,
) -> None:
    """Each earlier file to ``old/``, each new one to its place."""
    old, new = workspace / OLD, workspace / NEW
    for folder in (old, new):
        _make_folder(folder)
    for name in journal.folders:
        _make_folder(target / name)
    for name in journal.old:
        if name not in journal.new:
            _take_away(name, journal, target, old)
    for name in journal.new:
        if os.path.lexists(new / name):
            _take_away(name, journal, target, old)
            _move(name, new, target)
    for folder_name in _all_parents(journal.old):
        _drop_if_empty(target / folder_name)


def _back(
    journal: Journal,
    workspace: Path,
    target: Path,
) -> None:
    """Each new file to ``new/``, each earlier one to its place."""
    for name in reversed(journal.new):
        if not os.path.lexists(workspace / NEW / name):
            _move(name, target, workspace / NEW)
    for name in reversed(journal.old):
        if os.path.lexists(workspace / OLD / name):
            _move(name, workspace / OLD, target)
    for folder in reversed(journal.folders):
        _drop_if_empty(target / folder)


def _back_or_unsettled(
    journal: Journal,
    workspace: Path,
    target: Path,
    cause: OSError | StudyError,
) -> None:
    """All files back to where they were, or `Unsettled` where one of them cannot be moved."""
    try:
        _back(journal, workspace, target)
        act((workspace / JOURNAL).unlink)
    except (OSError, StudyError) as error:
        raise Unsettled(
            str(target),
            expected="results that can be exchanged as one",
            got=reason(error) if isinstance(error, OSError) else str(error),
            remedy=(
                "Old and new files may be mixed there until the next run finishes this. None "
                f"is lost: those that are not in their places are in {WORK}* there."
            ),
        ) from cause


def _take_away(
    name: str,
    journal: Journal,
    target: Path,
    old: Path,
) -> None:
    """An earlier file to ``old/``, unless it is there already or none is to go.

    What is in ``old/`` is cleared away in the end, so the file has to be the one that the journal
    means.
    """
    if name not in journal.old or os.path.lexists(old / name):
        return
    path = target / name
    is_plain_file = path.is_file() and not path.is_symlink()
    is_meant = is_plain_file and sha256(path) == journal.old[name]
    if os.path.lexists(path) and not is_meant:
        raise _changed_since(path, "something else, or a file that was changed since")
    _move(name, target, old)


def _move(
    name: str,
    source: Path,
    destination: Path,
) -> None:
    """Rename a file, where there is one, from one folder to another, where no other has its
    name.
    """
    if not os.path.lexists(source / name):
        return
    outermost_first = list(_parents(name))[::-1]
    for parent in outermost_first:
        if (source / parent).is_symlink():
            raise _changed_since(source / parent, "a link that has come since")
    for parent in outermost_first:
        _make_folder(destination / parent)
    if os.path.lexists(destination / name):
        raise _changed_since(destination / name, "a file that has come since")
    act((source / name).rename, destination / name)


def _changed_since(path: Path, got: str) -> StudyError:
    expected = "what stood there when the results were to be exchanged"
    return StudyError(
        str(path),
        expected=expected,
        got=got,
        remedy="Move it away and run again.",
    )


def _make_folder(folder: Path) -> None:
    if folder.is_symlink():
        raise _changed_since(folder, "a link that has come since")
    if not folder.is_dir():
        act(folder.mkdir)


def _drop_if_empty(folder: Path) -> None:
    if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
        act(folder.rmdir)


def _parents(name: str) -> Iterator[str]:
    """The folders of a name, the innermost first, without the one that it starts from."""
    return (parent.as_posix() for parent in PurePosixPath(name).parents[:-1])


def _all_parents(names: Iterable[str]) -> set[str]:
    """The folders of several names."""
    return {parent for name in names for parent in _parents(name)}
