"""Files that are whole or not there, each written beside its place and renamed; refusals of the
system in words.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from .errors import FileError

# what a refusal of the system asks for
NEEDS = {
    errno.ENOSPC: "room on the disk",
    errno.EDQUOT: "room in this user's share of the disk",
    errno.EFBIG: "a disk and limits that let a file grow to its size",
    errno.EACCES: "permission to use it",
    errno.EPERM: "permission to use it",
    errno.EROFS: "a disk that can be written",
    errno.ENOENT: "a file or folder that is there",
    errno.ENOTDIR: "a folder",
    errno.EISDIR: "a file",
    errno.EEXIST: "a place that is free",
    errno.ENOTEMPTY: "an empty folder",
    errno.ENAMETOOLONG: "a shorter name",
    errno.EPIPE: "a reader of what is printed",
}
UNCHANGED = "What stood there before is unchanged."


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A draft to write to, which takes the place of `path` when the block ends well.

    A reader sees the old file or the new one and nothing between. Each writer has a draft of its
    own. A link is replaced; the file that it leads to stays as it was.

    Parameters
    ----------
    path : path
        Its folders are made where they are missing.

    Yields
    ------
    Path
        Beside `path`, of the same suffix.

    Raises
    ------
    FileError
        The file cannot be written; what stood there before is unchanged.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "notes.txt"
    >>> with replacing(path) as draft:
    ...     _ = draft.write_text("whole", encoding="utf-8")
    >>> path.read_text(encoding="utf-8")
    'whole'
    """
    target = Path(path)
    draft = target.with_name(f".{uuid4().hex}{target.suffix}")
    with refusals_in_words(target, UNCHANGED):
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "a folder of this name")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield draft
            draft.replace(target)
        finally:
            with suppress(OSError):
                draft.unlink()


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> Path:
    """Write a text, in UTF-8 and with its line ends as they are, or bytes, by `replacing`."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    with replacing(path) as draft:
        draft.write_bytes(data)
    return Path(path)


@contextmanager
def refusals_in_words(path: str | os.PathLike[str], intact: str) -> Iterator[None]:
    """Turn what the system refuses inside into a `FileError` about `path`, which says what is
    `intact`.
    """
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        # the draft's name says nothing to the user
        failure = file_error(error, path, intact)
        raise FileError(
            os.fspath(path),
            expected=failure.expected,
            got=failure.got,
            remedy=intact,
        ) from error


def file_error(
    error: OSError,
    path: str | os.PathLike[str],
    intact: str = "",
) -> FileError:
    """A refusal of the system as an error that names the file, the need and what is left intact.

    Parameters
    ----------
    error : OSError
    path : path
        What the error is about where the system does not say which file it refused.
    intact : str
        A sentence on what is left as it was.

    Examples
    --------
    >>> full = OSError(errno.ENOSPC, "No space left on device")
    >>> print(file_error(full, "report.html", "Nothing has changed."))
    report.html: expected room on the disk; got no space left on device. Nothing has changed.
    """
    need = NEEDS.get(error.errno or 0, "a file that can be written")
    named = error.filename if isinstance(error.filename, str) else os.fspath(path)
    return FileError(
        named,
        expected=need,
        got=reason(error),
        remedy=intact,
    )


def reason(error: OSError) -> str:
    """What the system said, without its number: ``no space left on device``."""
    said = error.strerror or str(error) or type(error).__name__
    return said[:1].lower() + said[1:].rstrip(".")
