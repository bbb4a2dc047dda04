"""A result folder that is written beside its place and moved there at the end."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import StudyError


@contextmanager
def staged(target: str | Path) -> Iterator[Path]:
    """A new empty folder beside `target`, whose files take their places in `target` when the block ends well.

    Files of `target` are replaced one by one, each whole; others stay. When the block fails nothing of `target` has
    been touched.

    Raises
    ------
    StudyError
        `target` is a file, or cannot be written.
    """
    target = Path(target)
    if target.exists() and not target.is_dir():
        raise StudyError("--out", expected="a folder", got=f"a file, {str(target)!r}", remedy="Choose another name.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        got = error.strerror or str(error)
        raise StudyError("--out", expected="a folder that can be written", got=got) from error
    try:
        yield draft
        for path in files_in(draft):
            place = target / path.relative_to(draft)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def files_in(folder: Path) -> list[Path]:
    """All files below a folder, in the order of their names; the manifest last, so that it vouches for the others."""
    return sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda p: (p.name == "manifest.json", p))


def sha256(path: Path) -> str:
    """Hash of a file, as 64 hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
