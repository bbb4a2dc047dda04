"""`bevdrivers verify`: run a replication package again and say, file by file, whether the same came
out.
"""

from __future__ import annotations

import re
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zipfile import is_zipfile

import pandas as pd

from ...errors import InputError
from ...files import reason
from ...results import Text
from ..errors import PackageError, StudyError
from ..names import plain_text
from ..pipeline import Progress, run_study
from ..request.config import load_config
from ..results import folder
from ..results.manifest import versions_here
from .archive import copy, unpack
from .comparison import MISSING, NEW, NOT_COMPARED, ROUNDED, SAME, compare
from .contents import RESULTS, Contents, digest_of, read_contents
from .package import refuse_places

Verdict = Literal["reproduced", "not reproduced", "could not be checked"]
AGREE = (SAME, ROUNDED)
SHA256 = re.compile(r"[0-9a-fA-F]{64}")
SHOWN = 20  # files of a kind that a summary names


@dataclass(frozen=True, eq=False, repr=False)
class Verification:
    """What came out when a package was run again.

    Attributes
    ----------
    frame : DataFrame
        One row a file of the results: ``file``, ``outcome`` ("identical"; "same up to the last
        digit" where printed numbers differ by one unit of their last digit; "not compared" for
        pictures and the report where other versions drew other bytes; "different", "missing",
        "new"), ``detail``.
    changed : tuple of str
        Files of the package that are not what ``hashes.txt`` or the manifest says.
    versions : mapping
        Package -> (version then, version now), where they differ.
    added, missing : tuple of str
        Files that ``hashes.txt`` does not list, and those that it lists and the package lacks.
    sha256 : str
        Of the zip file; of a folder, of the list of its files' hashes, which is ``hashes.txt`` when
        this is right.
    """

    frame: pd.DataFrame
    changed: tuple[str, ...]
    versions: dict[str, tuple[str, str]]
    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    sha256: str = ""

    @property
    def verdict(self) -> Verdict:
        """Whether the package is whole and everything that was compared came out the same.

        ``could not be checked`` here means that no file of the results could be compared. Where not
        even a run was possible, `verify_package` raises `PackageError`.
        """
        outcomes = self.frame["outcome"]
        if (
            self.changed
            or self.added
            or self.missing
            or not outcomes.isin((*AGREE, NOT_COMPARED)).all()
        ):
            return "not reproduced"
        return "reproduced" if outcomes.isin(AGREE).any() else "could not be checked"

    @property
    def reproduced(self) -> bool:
        """Whether the package is whole and every number came out the same, but for rounding of the
        last digit.
        """
        return self.verdict == "reproduced"

    @property
    def not_compared(self) -> tuple[str, ...]:
        """Files of which nothing is said, since other versions drew them."""
        return tuple(self.frame.loc[self.frame["outcome"] == NOT_COMPARED, "file"])

    def summary(self) -> Text:
        """A line a file, then what differs, then the verdict."""
        rows = list(self.frame.itertuples(index=False, name=None))
        width = max((len(file) for file, _, _ in rows), default=0)
        lines = [
            f"{file:<{width}}  {outcome}{f' ({detail})' if detail else ''}"
            for file, outcome, detail in rows
        ]
        lines += [
            f"{name}: {then} in the package, {now} here"
            for name, (then, now) in self.versions.items()
        ]
        lines += _named("Changed since it was packaged", self.changed)
        lines += _named("Added since it was packaged", self.added)
        lines += _named("Missing from the package", self.missing)
        lines += [f"SHA-256: {self.sha256}"] if self.sha256 else []
        return Text("\n".join(plain_text(line) for line in [*lines, self._last_line()]))

    def _last_line(self) -> str:
        count = len(self.not_compared)
        left = f"{count} of {len(self.frame)} files were not compared"
        if self.verdict == "could not be checked":
            return f"COULD NOT BE CHECKED: {left}."
        if self.verdict == "not reproduced":
            return f"{left}. NOT reproduced." if count else "NOT reproduced."
        return f"Reproduced, but for what was not compared: {left}." if count else "Reproduced."

    def __repr__(self) -> str:
        return self.summary()


def _named(what: str, names: tuple[str, ...]) -> list[str]:
    """A line a file, as many as can be read."""
    more = [f"{what}: {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return [f"{what}: {name}" for name in names[:SHOWN]] + more


def verify_package(
    package: str | Path,
    *,
    out: str | Path | None = None,
    sha256: str | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Run a replication package again and compare its results.

    The package is data: its files are copied to a folder of their own under strict limits, its
    study is run by the `bevdrivers` that is installed, and no code in it is executed.

    Parameters
    ----------
    package : path
        A zip file of `package_study`, or the folder that it was unpacked to.
    out : path, optional
        Where to keep the new results.
    sha256 : str, optional
        The hash that was published of this package. Another package is not opened.
    progress : function, optional
        Called with a line of text when a step begins.

    Raises
    ------
    StudyError
        No such file, or an option that cannot be used.
    PackageError
        The package could not be checked: it is no package, damaged, has names or sizes that are
        refused, lacks data that were not put in their place, has another hash than `sha256`, or its
        study cannot be run.
    """
    package = Path(package)
    _check_options(package, out, sha256)
    with _judged(package), tempfile.TemporaryDirectory() as room:
        digest = _digest_of_file(package, sha256)
        inside = Path(room) / "package"
        inside.mkdir()
        contents = read_contents(_brought(package, inside), package.name)
        if package.is_dir():
            digest = digest_of(contents.found)
            _check_digest(digest, sha256)
        again = Path(out) if out is not None else Path(room) / RESULTS
        made = _run(contents, again, progress)
        versions = _versions(contents.manifest)
        frame = _compared(contents.folder / RESULTS, again, made, versions)
        return Verification(
            frame, contents.changed, versions, contents.added, contents.missing, digest
        )


def _check_options(
    package: Path,
    out: str | Path | None,
    sha256: str | None,
) -> None:
    """What the user can mend before anything is opened."""
    expected = "a replication package (zip file or folder)"
    try:
        kind = package.stat().st_mode
    except OSError as error:
        raise StudyError(
            str(package),
            expected=expected,
            got=reason(error),
            remedy="Paths start at the working folder.",
        ) from error
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        # reading it might never end
        raise PackageError(str(package), expected=expected, got="a device or a pipe")
    if sha256 is not None and not SHA256.fullmatch(sha256):
        raise StudyError(
            "--sha256",
            expected="64 hexadecimal digits",
            got=repr(sha256),
            remedy="Copy it as `bevdrivers package` printed it, or leave it out.",
        )
    if (
        out is not None
        and package.is_dir()
        and Path(out).resolve().is_relative_to(package.resolve())
    ):
        remedy = "New results would count as added to the package."
        raise StudyError(
            "--out",
            expected="a folder outside the package",
            got=repr(str(out)),
            remedy=remedy,
        )


@contextmanager
def _judged(package: Path) -> Iterator[None]:
    """Turn whatever goes wrong inside into a `PackageError`, but for what the user's own `out` is
    to blame for.
    """
    try:
        yield
    except PackageError:
        raise
    except InputError as error:
        if error.argument == "--out":
            raise
        raise PackageError(
            error.argument,
            expected=error.expected,
            got=error.got,
            remedy=error.remedy,
        ) from error
    except Exception as error:
        got = f"{type(error).__name__}: {error}"[:500]
        raise PackageError(
            str(package), expected="a package that can be read and run", got=got
        ) from error


def _digest_of_file(package: Path, published: str | None) -> str:
    """The hash of a zip file, which is the published one if there is one; empty for a folder."""
    if package.is_dir():
        return ""
    if not is_zipfile(package):
        raise PackageError(
            str(package), expected="a replication package (zip file or folder)", got="another file"
        )
    digest = folder.sha256(package)
    _check_digest(digest, published)
    return digest


def _check_digest(digest: str, published: str | None) -> None:
    if published is not None and digest != published.lower():
        remedy = "This is another package than the published one; nothing of it was run."
        raise PackageError(
            "--sha256",
            expected=f"the hash {published.lower()}",
            got=digest,
            remedy=remedy,
        )


def _brought(package: Path, room: Path) -> Path:
    """The folder in `room` that the package's files were brought to."""
    if package.is_dir():
        copy(package, room)
        return room
    unpack(package, room)
    top = list(room.iterdir())
    return top[0] if len(top) == 1 and top[0].is_dir() else room


def _run(
    contents: Contents,
    out: Path,
    progress: Progress | None,
) -> set[str]:
    """Run the study of a package; the names of what it wrote."""
    say = progress or (lambda line: None)
    try:
        config = load_config(contents.study)
        refuse_places(config)
        return set(run_study(config, out, progress=lambda line: say(plain_text(line))).files)
    except InputError as error:
        odd = [*contents.changed, *contents.added, *contents.missing]
        if error.argument == "--out" or not odd:
            raise
        remedy = (
            f"{error.remedy} Changed, added or missing since it was packaged: {', '.join(odd[:5])}."
        ).strip()
        raise PackageError(
            error.argument,
            expected=error.expected,
            got=error.got,
            remedy=remedy,
        ) from error


def _versions(manifest: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """The versions, and the kind of machine, that are not those of the package."""
    then, now = manifest["versions"], versions_here()
    named = sorted(set(then) | set(now))
    pairs = {name: (then.get(name, "not named"), now.get(name, "none")) for name in named}
    return {name: (before, after) for name, (before, after) in pairs.items() if before != after}


def _compared(
    before: Path,
    after: Path,
    made: set[str],
    versions: Mapping[str, tuple[str, str]],
) -> pd.DataFrame:
    listed = {path.relative_to(before).as_posix() for path in before.rglob("*") if path.is_file()}
    rows = []
    for name in sorted(listed | made):
        if name in listed & made:
            rows.append((name, *compare(before / name, after / name, versions)))
        else:
            rows.append((name, NEW if name in made else MISSING, ""))
    return pd.DataFrame(rows, columns=["file", "outcome", "detail"])
