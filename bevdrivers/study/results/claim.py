"""A result folder for one run at a time, in order from the start: what dead runs left is finished
and cleared away.

A run works in ``.bevdrivers`` inside the result folder, and so on the same disk, whatever the
folder is: a mount point, the folder of a shell. It makes that folder under a name of its own, with
a record of its process inside, and renames it. A rename onto a folder with files is refused by
every system, so that one run alone gets the name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import StudyError
from .exchange import JOURNAL, WORK, act, settle
from .owner import RECORD, TOKEN, UNDER_WAY, Owner, owner_of

ASIDE = re.compile(re.escape(WORK) + "-" + TOKEN.pattern)
# a run may come and go while another looks
TRIES = 5


@dataclass(frozen=True)
class Claim:
    """A result folder that this process has for itself, and its working folder."""

    target: Path
    owner: Owner

    @property
    def workspace(self) -> Path:
        return self.target / WORK

    @property
    def aside(self) -> Path:
        """The name of the working folder before and after."""
        return self.target / f"{WORK}-{self.owner.token}"

    def check(self) -> None:
        """Refuse to go on where the folder was taken away from below the run."""
        if owner_of(self.workspace) != self.owner:
            raise StudyError(
                str(self.target),
                expected="the folder as this run found it",
                got="one that was removed or taken over in the meantime",
                remedy="This run has changed none of its results. Run again.",
            )


@contextmanager
def claimed(target: Path) -> Iterator[Claim]:
    """The folder `target` for this run alone; it is made where it is missing, and goes again where
    it stays empty.

    Raises
    ------
    StudyError
        Another run that may be alive has the folder, or something else has the name of the working
        folder.
    """
    made = _make_folders(target)
    claim = Claim(target, Owner.this_process())
    UNDER_WAY.add(claim.owner.token)
    try:
        _take(claim)
        try:
            put_in_order(target)
            yield claim
        finally:
            _release(claim)
    finally:
        UNDER_WAY.discard(claim.owner.token)
        for folder in made:
            with suppress(OSError):
                act(folder.rmdir)


def _make_folders(target: Path) -> list[Path]:
    """Make a folder and those above it; which were missing, the innermost first."""
    missing = [folder for folder in (target, *target.parents) if not os.path.lexists(folder)]
    for folder in reversed(missing):
        with suppress(FileExistsError):
            act(folder.mkdir)
    return missing


def _take(claim: Claim) -> None:
    """Give the claim its working folder."""
    target, own_folder = claim.target, claim.aside
    try:
        act(own_folder.mkdir)
        act((own_folder / RECORD).touch)
        act((own_folder / RECORD).write_text, claim.owner.text(), "utf-8")
        for _ in range(TRIES):
            _move_the_dead_aside(target)
            if _renamed(own_folder, claim.workspace):
                return
    except BaseException:
        with suppress(OSError):
            clear(own_folder)
        raise
    clear(own_folder)
    raise StudyError(
        str(target),
        expected="a folder that one run has for itself",
        got="several runs at once",
        remedy="Run them one after another, or give each an --out of its own.",
    )


def _renamed(own_folder: Path, workspace: Path) -> bool:
    """Whether a run's own folder has got the name of the working folder; False where another run
    was quicker.
    """
    try:
        act(own_folder.rename, workspace)
    except OSError:
        if os.path.lexists(workspace):
            return False
        raise
    return True


def _move_the_dead_aside(target: Path) -> None:
    """Free the name of the working folder where its owner is dead."""
    workspace = target / WORK
    if not os.path.lexists(workspace):
        return
    owner = owner_of(workspace)
    if owner is None:
        raise StudyError(
            str(workspace),
            expected="a name that is free for the working folder",
            got="something else of this name",
            remedy="Move it away, or choose another --out.",
        )
    if owner.may_live:
        raise StudyError(
            str(target),
            expected="a folder in which no other run works",
            got=str(owner),
            remedy=(
                "Wait for it, or choose another --out. If it is dead for certain, remove "
                f"{str(workspace)!r}."
            ),
        )
    aside = target / f"{WORK}-{owner.token}"
    with suppress(FileNotFoundError):
        act(workspace.rename, aside)
    if owner_of(aside) not in (owner, None):
        # it was another run's by then
        act(aside.rename, workspace)


def put_in_order(target: Path) -> None:
    """Finish the exchanges of dead runs and clear their folders away; those of others stay as they
    are.
    """
    for folder in sorted(target.iterdir()):
        if not ASIDE.fullmatch(folder.name) or folder.is_symlink() or not folder.is_dir():
            continue
        owner = owner_of(folder)
        if owner is None and not _never_begun(folder):
            continue
        # who gave an exchange up may live on; who is about to claim the folder has no exchange
        if owner is not None and owner.may_live and not os.path.lexists(folder / JOURNAL):
            continue
        settle(folder, target)
        clear(folder)


def _never_begun(folder: Path) -> bool:
    """Whether a run died before its record was written, or after it was removed: nothing there, or
    an empty record.
    """
    inside, record = list(folder.iterdir()), folder / RECORD
    if not inside:
        return True
    return inside == [record] and not record.is_symlink() and record.stat().st_size == 0


def _release(claim: Claim) -> None:
    """Clear the working folder away; what cannot be removed, or waits to be finished, the next run
    takes care of.
    """
    with suppress(OSError):
        if owner_of(claim.workspace) == claim.owner:
            act(claim.workspace.rename, claim.aside)
            if not os.path.lexists(claim.aside / JOURNAL):
                clear(claim.aside)


def clear(folder: Path) -> None:
    """Remove a working folder; its record last, so that it is known for one to its end."""
    if not os.path.lexists(folder):
        return
    for path in sorted(folder.rglob("*"), reverse=True):
        if path == folder / RECORD:
            continue
        is_folder = path.is_dir() and not path.is_symlink()
        act(path.rmdir if is_folder else path.unlink)
    act((folder / RECORD).unlink, True)
    act(folder.rmdir)
