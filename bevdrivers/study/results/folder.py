"""The files below a folder: their names and their hashes."""

from __future__ import annotations

import hashlib
from pathlib import Path


def files_in(folder: Path) -> list[Path]:
    """All files below a folder, in the order of their names; the manifest last, so that it vouches
    for the others.
    """
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(files, key=lambda path: (path.name == "manifest.json", path))


def names_in(folder: Path) -> list[str]:
    """The files below a folder as `files_in` has them, relative to it and with ``/``."""
    return [path.relative_to(folder).as_posix() for path in files_in(folder)]


def sha256(path: Path) -> str:
    """Hash of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
