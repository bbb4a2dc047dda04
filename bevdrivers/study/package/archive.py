"""A package that a stranger made, brought into a folder of our own: every name plain, every byte
counted.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from ...panel.foreign import CHUNK, Limits, checked_entries, unpacked
from ..errors import PackageError
from ..names import fault_of_name, fault_of_names

MOST = Limits(
    entries=10_000,
    total=2 << 30,
    free=100 << 20,
    ratio=100,
)
END_OF_ARCHIVE = b"PK\x05\x06"
LARGE_ARCHIVE = b"PK\x06\x07"  # the mark of Zip64, which archives within the limits do not need
END_SIZE, LARGE_SIZE = 22, 20  # bytes
LONGEST_LIST = 16 << 20  # bytes of the list of entries at the end of an archive
WHOLE = "a zip file that is whole, with nothing before or behind it"


def unpack(package: Path, folder: Path) -> None:
    """Write the files of a zip file into an empty folder.

    Everything that can be known of them is checked before the first is written; their bytes are
    counted as they come.

    Raises
    ------
    PackageError, DataError, zipfile.BadZipFile
        A name that is not plain or points outside, a link, too much, or a file that is damaged.
    """
    _check_end(package)
    with ZipFile(package) as archive:
        for entry in check_archive(archive, package.name):
            if not entry.is_dir():
                with closing(unpacked(archive, entry)) as pieces:
                    _write(folder / entry.filename, pieces)


def check_archive(archive: ZipFile, name: str) -> list[ZipInfo]:
    """The entries of a package, when it may be unpacked."""
    entries = checked_entries(archive, name, MOST)
    for entry in entries:
        written, read = entry.orig_filename, entry.filename
        if written != read:
            _refuse(name, f"{written!r}, which some programs read as {read!r}")
    # a folder by itself is checked as if it held a file
    as_files = [entry.filename + "-" * entry.is_dir() for entry in entries]
    _refuse(name, fault_of_names(as_files))
    return entries


def _refuse(package: str, fault: str) -> None:
    if fault:
        raise PackageError(
            package, expected="plain files, each by a plain name inside the package", got=fault
        )


def _check_end(package: Path) -> None:
    """The list of entries at the end of the archive is where it says, and short enough to be
    read.
    """
    size = package.stat().st_size
    with package.open("rb") as file:
        file.seek(max(0, size - END_SIZE - LARGE_SIZE))
        end = file.read()
    last = end[-END_SIZE:]
    is_end = len(last) == END_SIZE and last.startswith(END_OF_ARCHIVE)
    if not is_end or end.startswith(LARGE_ARCHIVE):
        raise PackageError(package.name, expected=WHOLE, got="another end")
    # the length of the list of entries and where it starts, as the end of the archive says
    length = int.from_bytes(last[12:16], "little")
    start = int.from_bytes(last[16:20], "little")
    if start + length + END_SIZE != size:
        raise PackageError(
            package.name, expected=WHOLE, got="bytes that belong to no entry, or too few"
        )
    if length > LONGEST_LIST:
        expected = f"a list of entries of at most {LONGEST_LIST:,} bytes"
        raise PackageError(package.name, expected=expected, got=f"{length:,}")


def copy(package: Path, folder: Path) -> None:
    """Copy the files of an unpacked package into an empty folder.

    Raises
    ------
    PackageError, DataError
        A name that is not plain, a link, a device or a pipe, or too much.
    """
    files = {path.relative_to(package).as_posix(): path for path in _files_below(package)}
    sizes = {name: path.stat(follow_symlinks=False).st_size for name, path in files.items()}
    _refuse(package.name, fault_of_names(files))
    MOST.check(package.name, len(files), sum(sizes.values()), packed=MOST.total)
    for name, path in files.items():
        _write(folder / name, _first_bytes(path, sizes[name]))


def _files_below(folder: Path) -> Iterator[Path]:
    """Every file below a folder; links are refused, and not followed."""
    waiting, count = [folder], 0
    while waiting:
        for item in sorted(os.scandir(waiting.pop()), key=lambda item: item.name):
            count += 1
            MOST.check(folder.name, count, unpacked=0, packed=0)
            path = Path(item.path)
            name = path.relative_to(folder).as_posix()
            kind = item.stat(follow_symlinks=False)
            if item.is_symlink() or getattr(kind, "st_reparse_tag", False):
                _refuse(folder.name, f"{name!r}, which is a link")
            if stat.S_ISDIR(kind.st_mode):
                fault = fault_of_name(name)
                _refuse(folder.name, f"{name!r}: {fault}" if fault else "")
                waiting.append(path)
            elif stat.S_ISREG(kind.st_mode):
                yield path
            else:
                _refuse(folder.name, f"{name!r}, which is a device or a pipe")


def _first_bytes(path: Path, size: int) -> Iterator[bytes]:
    """The content of a file in pieces, and no more than its size was when it was counted."""
    with path.open("rb") as file:
        while size > 0 and (piece := file.read(min(CHUNK, size))):
            size -= len(piece)
            yield piece


def _write(target: Path, pieces: Iterator[bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        for piece in pieces:
            file.write(piece)
