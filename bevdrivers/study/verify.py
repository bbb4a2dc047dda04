"""`bevdrivers verify`: run a replication package again and say, file by file, whether the same came out."""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..results import installed_versions
from .errors import StudyError
from .folder import sha256
from .package import HASHES, RESULTS
from .pipeline import Progress, run_study

SAME, ROUNDED, DRAWN, DIFFERENT, MISSING, NEW = (
    "identical",
    "same up to the last digit",
    "drawn again",
    "different",
    "missing",
    "new",
)
FINE = (SAME, ROUNDED, DRAWN)
# what is made of the tables and figures, or differs with the versions by its nature
NOT_COMPARED = ("manifest.json", "report.html")
PICTURES = (".pdf", ".png", ".svg")
NUMBER = re.compile(r"[-−]?\d[\d,]*(?:\.(?P<decimals>\d+))?(?P<power>[eE][-+]?\d+)?")


@dataclass(frozen=True, eq=False, repr=False)
class Verification:
    """What came out when a package was run again.

    Attributes
    ----------
    frame : DataFrame
        One row a file of the results: ``file``, ``outcome`` ("identical"; "same up to the last digit" where printed
        numbers differ by one unit of their last digit; "drawn again" for pictures, which are compared by their bytes
        alone; "different", "missing", "new"), ``detail``.
    changed : tuple of str
        Files of the package that are not what ``hashes.txt`` says.
    versions : mapping
        Package -> (version then, version now), where they differ.
    """

    frame: pd.DataFrame
    changed: tuple[str, ...]
    versions: dict[str, tuple[str, str]]

    @property
    def reproduced(self) -> bool:
        """Whether the package is whole and every number came out the same, but for rounding of the last digit."""
        return not self.changed and bool(self.frame["outcome"].isin(FINE).all())

    def summary(self) -> str:
        """A line a file, then the verdict."""
        rows = list(self.frame.itertuples(index=False, name=None))
        width = max((len(file) for file, _, _ in rows), default=0)
        lines = [f"{file:<{width}}  {outcome}{f' ({detail})' if detail else ''}" for file, outcome, detail in rows]
        lines += [f"{name}: {then} in the package, {now} here" for name, (then, now) in self.versions.items()]
        lines += [f"Changed since it was packaged: {name}" for name in self.changed]
        return "\n".join([*lines, "Reproduced." if self.reproduced else "NOT reproduced."])

    def __repr__(self) -> str:
        return self.summary()


def verify_package(
    package: str | Path, *, out: str | Path | None = None, progress: Progress | None = None
) -> Verification:
    """Run a replication package again and compare its results.

    Parameters
    ----------
    package : path
        A zip file of `package_study`, or the folder that it was unpacked to.
    out : path, optional
        Where to keep the new results.
    progress : function, optional
        Called with a line of text when a step begins.

    Raises
    ------
    StudyError
        No package, data that it does not hold and that were not put in their place, or a study that cannot be run.
    """
    with _unpacked(Path(package)) as folder, tempfile.TemporaryDirectory() as room:
        changed = _changed(folder)
        manifest = json.loads((folder / RESULTS / "manifest.json").read_text(encoding="utf-8"))
        again = Path(out) if out is not None else Path(room) / RESULTS
        result = run_study(folder / manifest["study"]["file"], again, progress=progress)
        return Verification(_compared(folder / RESULTS, again, set(result.files)), changed, _versions(manifest))


@contextmanager
def _unpacked(package: Path) -> Iterator[Path]:
    """The folder that holds the package's files."""
    if package.is_dir():
        _check(package, package)
        yield package
        return
    if not zipfile.is_zipfile(package):
        got = "another file" if package.is_file() else "no such file"
        raise StudyError(str(package), expected="a replication package (zip file or folder)", got=got)
    with tempfile.TemporaryDirectory() as room, zipfile.ZipFile(package) as archive:
        archive.extractall(room)
        inside = [path for path in Path(room).iterdir() if path.is_dir()]
        folder = inside[0] if len(inside) == 1 else Path(room)
        _check(package, folder)
        yield folder


def _check(package: Path, folder: Path) -> None:
    for name in (HASHES, f"{RESULTS}/manifest.json"):
        if not (folder / name).is_file():
            remedy = "bevdrivers package STUDY.toml --out study.zip makes one."
            raise StudyError(str(package), expected="a replication package", got=f"no {name} in it", remedy=remedy)


def _changed(folder: Path) -> tuple[str, ...]:
    """Files that are not there or whose hash is another one than when the package was made."""
    lines = (folder / HASHES).read_text(encoding="utf-8").splitlines()
    pairs = [(line[66:], line[:64]) for line in lines]
    return tuple(name for name, found in pairs if not (folder / name).is_file() or sha256(folder / name) != found)


def _versions(manifest: dict[str, dict[str, str]]) -> dict[str, tuple[str, str]]:
    now = installed_versions()
    return {
        name: (then, now.get(name, "none"))
        for name, then in manifest["versions"].items()
        if name in now and now[name] != then
    }


def _compared(before: Path, after: Path, made: set[str]) -> pd.DataFrame:
    listed = {path.relative_to(before).as_posix() for path in before.rglob("*") if path.is_file()}
    rows = []
    for name in sorted((listed | made) - set(NOT_COMPARED)):
        if name in listed & made:
            rows.append((name, *_outcome(before / name, after / name)))
        else:
            rows.append((name, NEW if name in made else MISSING, ""))
    return pd.DataFrame(rows, columns=["file", "outcome", "detail"])


def _outcome(before: Path, after: Path) -> tuple[str, str]:
    """What became of one file, and how it differs."""
    if before.read_bytes() == after.read_bytes():
        return SAME, ""
    if before.suffix in PICTURES:
        return DRAWN, "its bytes differ, as they may with other fonts or another version of matplotlib"
    if before.suffix in (".docx", ".xlsx"):
        return DRAWN, "an archive whose bytes differ; its numbers are those of the other formats"
    return differences(before.read_text(encoding="utf-8"), after.read_text(encoding="utf-8"))


def differences(before: str, after: str) -> tuple[str, str]:
    """How two texts differ: by their printed numbers alone, and by how much, or otherwise.

    Examples
    --------
    >>> differences("rho 0.238 (0.052)", "rho 0.239 (0.052)")
    ('same up to the last digit', '1 of 2 numbers, by one unit of the last digit')
    >>> differences("rho 0.238", "rho 0.250")
    ('different', '1 of 1 numbers; the first: 0.238, now 0.250')
    """
    if NUMBER.sub("#", before) != NUMBER.sub("#", after):
        return DIFFERENT, "not only in its numbers"
    pairs = [(a, b) for a, b in zip(NUMBER.finditer(before), NUMBER.finditer(after), strict=True) if a[0] != b[0]]
    total = sum(1 for _ in NUMBER.finditer(before))
    counted = f"{len(pairs)} of {total} numbers"
    if all(_last_digit_only(a, b) for a, b in pairs):
        return ROUNDED, f"{counted}, by one unit of the last digit"
    first = next((a[0], b[0]) for a, b in pairs if not _last_digit_only(a, b))
    return DIFFERENT, f"{counted}; the first: {first[0]}, now {first[1]}"


def _last_digit_only(before: re.Match[str], after: re.Match[str]) -> bool:
    """Whether two printed decimals differ by one unit of their last digit; whole numbers have to be equal."""
    decimals = before["decimals"]
    if decimals is None or len(decimals) != len(after["decimals"] or "") or before["power"] != after["power"]:
        return False
    return abs(_mantissa(before) - _mantissa(after)) < 1.5 * 10.0 ** -len(decimals)


def _mantissa(found: re.Match[str]) -> float:
    return float(found[0].removesuffix(found["power"] or "").replace("−", "-").replace(",", ""))
