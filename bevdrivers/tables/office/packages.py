"""What Word and Excel files share: the packages that write them, texts that XML can hold, files
without a date.
"""

from __future__ import annotations

import io
import re
from importlib import import_module
from types import ModuleType
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ...errors import MissingPackageError

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_DATES = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")


def office_package(
    module: str,
    package: str,
    task: str,
) -> ModuleType:
    """A package of the extra ``excel-word``, or `MissingPackageError`."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise MissingPackageError(task, package, "excel-word") from error


def clean(text: str) -> str:
    """Text on one line, without the control characters that XML cannot hold."""
    one_line = re.sub(r"[\t\r\n]+", " ", text)
    return _CONTROL.sub("", one_line)


def undated(content: bytes) -> bytes:
    """The same file without the time at which it was made: the same table gives the same bytes."""
    undated_content = io.BytesIO()
    with (
        ZipFile(io.BytesIO(content)) as old,
        ZipFile(undated_content, "w", ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = _DATES.sub(b"", part)
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            new.writestr(entry, part)
    return undated_content.getvalue()
