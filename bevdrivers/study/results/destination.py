"""Where results may go: no folder that holds the inputs, no place that is taken, no file that is
not a result.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ...errors import first_five
from ..errors import StudyError
from ..names import is_plain
from .folder import sha256

MANIFEST = "manifest.json"
LARGEST = 64 * 2**20


def check_folder(out: Path, inputs: Iterable[Path] = ()) -> None:
    """Refuse a folder for results that is a root, a home folder or above one, or that holds an
    input.

    Raises
    ------
    StudyError
        Naming `out` and what stands in it.
    """
    if os.path.lexists(out) and not out.is_dir():
        what = what_is(out)
        raise StudyError(
            "--out",
            expected="a folder",
            got=f"{what}, {str(out)!r}",
            remedy="Choose another name.",
        )
    whole = out.resolve()
    if whole == Path(whole.anchor):
        raise _refused(out, "the root of a disk")
    if _holds(whole, Path(os.path.expanduser("~"))):
        raise _refused(out, "a home folder, or one above it")
    for path in inputs:
        if _holds(whole, path):
            raise _refused(out, f"the folder that holds {path.name!r}, which the study reads")


def _holds(folder: Path, path: Path) -> bool:
    """Whether `path` is `folder` or below it, under whatever names."""
    whole = path.resolve()
    above = (whole, *whole.parents)
    return folder in above or any(_same(folder, one) for one in above)


def _same(folder: Path, other: Path) -> bool:
    try:
        return folder.samefile(other)
    except OSError:
        return False


def _refused(out: Path, got: str) -> StudyError:
    expected = "a folder for the results alone"
    return StudyError(
        "--out",
        expected=expected,
        got=f"{str(out)!r}: {got}",
        remedy="Choose another, such as results.",
    )


def what_is(path: Path) -> str:
    """What stands at a path, in words."""
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return f"a link to {os.readlink(path)!r}"
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a file" if stat.S_ISREG(mode) else "a device, pipe or socket"


def check_ways(target: Path, names: Iterable[str]) -> None:
    """Refuse what stands in the way of a file, or of a folder above it: links are never followed
    nor replaced.

    Raises
    ------
    StudyError
        Naming what is in the way.
    """
    for name in names:
        for parent in reversed(PurePosixPath(name).parents[:-1]):
            _check_way(target / parent, "a folder")
        _check_way(target / name, "a file")


def _check_way(path: Path, expected: str) -> None:
    if os.path.lexists(path) and what_is(path) != expected:
        remedy = "Nothing has changed. Move it away, or choose another --out."
        raise StudyError(
            str(path),
            expected=f"{expected} or nothing",
            got=what_is(path),
            remedy=remedy,
        )


@dataclass(frozen=True)
class Earlier:
    """The results that stand in a folder, by their manifest.

    Attributes
    ----------
    file, title : str
        Of the study.
    inputs : frozenset of str
        Hashes of the files that it read.
    outputs : dict
        Name -> hash of the files that it made, the manifest apart.
    """

    file: str
    title: str
    inputs: frozenset[str]
    outputs: dict[str, str]

    def is_of(
        self,
        file: str,
        title: str,
        inputs: frozenset[str],
    ) -> bool:
        """Whether they are of this study: its file has that name, and its title or an input is the
        same.
        """
        return self.file == file and (self.title == title or bool(self.inputs & inputs))

    def wrote(self, target: Path, name: str) -> bool:
        """Whether a file still is what the earlier run wrote."""
        if name == MANIFEST:
            return True
        return name in self.outputs and sha256(target / name) == self.outputs[name]


def earlier_results(target: Path) -> Earlier | None:
    """The results in a folder; None where no manifest of this program stands there."""
    path = target / MANIFEST
    if not os.path.lexists(path) or what_is(path) != "a file" or path.stat().st_size > LARGEST:
        return None
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        study, inputs, outputs = manifest["study"], manifest["inputs"], manifest["outputs"]
        texts = [study["file"], study["title"], *inputs.values(), *outputs.values()]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not all(isinstance(text, str) for text in texts):
        return None
    return Earlier(study["file"], study["title"], frozenset(inputs.values()), outputs)


def changed_files(
    target: Path,
    names: Iterable[str],
    earlier: Earlier | None,
) -> list[str]:
    """Those of `names` that stand in the folder and are not what an earlier run wrote."""
    there = [name for name in names if os.path.lexists(target / name)]
    return [name for name in there if earlier is None or not earlier.wrote(target, name)]


def check_changed(
    target: Path,
    names: Iterable[str],
    earlier: Earlier | None,
) -> None:
    """Refuse to replace files that the user wrote or changed.

    Raises
    ------
    StudyError
        Naming them.
    """
    changed = changed_files(target, names, earlier)
    if changed:
        raise StudyError(
            str(target),
            expected="results as an earlier run left them",
            got=f"files that were changed since, or that no run made: {first_five(changed)}",
            remedy=(
                "Nothing has changed. Move them away, or ask for their replacement by "
                "--replace (replace=True)."
            ),
        )


def check_study_of(
    target: Path,
    earlier: Earlier | None,
    file: str,
    title: str,
    inputs: frozenset[str],
) -> None:
    """Refuse a folder with the results of another study.

    Raises
    ------
    StudyError
        Naming that study.
    """
    if earlier is None or earlier.is_of(file, title, inputs):
        return
    raise StudyError(
        str(target),
        expected=f"a folder without results, or with those of this study, {title!r} ({file})",
        got=f"results of another study, {earlier.title!r} ({earlier.file})",
        remedy=(
            "Nothing has changed. Choose another --out, or ask for their removal by --replace "
            "(replace=True)."
        ),
    )


def check_part(
    target: Path,
    earlier: Earlier | None,
    names: Iterable[str],
    stem: str,
) -> None:
    """Refuse to take the place of the results of a whole study by those of a part of it, whose files
    have names that begin with `stem`.

    Raises
    ------
    StudyError
        Naming files that would be removed.
    """
    if earlier is None:
        return
    own = set(names)
    others = [
        name
        for name in earlier.outputs
        if name not in own and not PurePosixPath(name).name.startswith(stem)
    ]
    if others:
        raise StudyError(
            str(target),
            expected=f"a folder without results, or with those of {stem} alone",
            got=f"other results of this study: {first_five(others)}",
            remedy=(
                "Nothing has changed. Choose another --out, such as results/robustness, or ask for "
                "their removal by --replace (replace=True)."
            ),
        )


def left_behind(
    target: Path,
    names: Sequence[str],
    earlier: Earlier | None,
) -> tuple[list[str], list[str]]:
    """Files of the earlier run that the new one does not make: those to remove, and those that were
    changed since.
    """
    listed = [
        name
        for name in (earlier.outputs if earlier else ())
        if name not in names and is_plain(name)
    ]
    there = sorted(name for name in listed if _plain_file(target, name))
    changed = changed_files(target, there, earlier)
    return [name for name in there if name not in changed], changed


def _plain_file(target: Path, name: str) -> bool:
    """Whether a name leads to a file through no link."""
    try:
        check_ways(target, [name])
    except StudyError:
        return False
    return os.path.lexists(target / name)
