"""Names of files that others wrote, in packages, manifests and journals: a name is plain when it is
relative and means one and the same file on every system.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

LONGEST_PART, LONGEST_NAME = 255, 1024  # bytes in UTF-8; the first is what file systems hold
# as Windows reads them, with any ending: NUL.txt is the device too
DEVICES = re.compile(
    r"(CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³]|CONIN\$|CONOUT\$|CLOCK\$)", re.IGNORECASE
)
NOT_IN_NAMES = '<>"|?*'
# controls, marks that change the direction of text, halves of characters, separators of lines
INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")


def fault_of_name(name: str) -> str:
    """Why a name is no plain relative one; empty when it is.

    >>> fault_of_name("results/tables/models.tex")
    ''
    >>> fault_of_name("../data.csv"), fault_of_name("aux.txt")
    ("it has a part '..'", "'aux.txt' is a device on Windows")
    """
    if any(unicodedata.category(sign) in INVISIBLE for sign in name):
        return "it has control or invisible characters"
    if "\\" in name:
        return "it has a backslash"
    if name.startswith("/"):
        return "it is absolute"
    if ":" in name:
        return "it has a colon (a drive, or a stream of a file)"
    if len(name.encode()) > LONGEST_NAME:
        return f"it is longer than {LONGEST_NAME} bytes"
    return next((fault for part in name.split("/") if (fault := _fault_of_part(part))), "")


def is_plain(name: object) -> bool:
    """Whether a value, as manifests and journals hold it, is a plain name of a file.

    >>> is_plain("tables/models.tex"), is_plain("../models.tex"), is_plain(3)
    (True, False, False)
    """
    return isinstance(name, str) and not fault_of_name(name)


def _fault_of_part(part: str) -> str:
    if part in ("", ".", ".."):
        return f"it has a part {part!r}"
    if part[-1] in ". ":
        return f"{part!r} ends in a dot or a blank"
    if any(sign in NOT_IN_NAMES for sign in part):
        return f"{part!r} has one of the signs {NOT_IN_NAMES}"
    if DEVICES.fullmatch(part.partition(".")[0].rstrip(" ")):
        return f"{part!r} is a device on Windows"
    if len(part.encode()) > LONGEST_PART:
        return f"a part is longer than {LONGEST_PART} bytes"
    return ""


def fault_of_names(names: Iterable[str]) -> str:
    """Why names of files cannot stand together, or one of them not alone; empty when they can.

    >>> fault_of_names(["Data.csv", "data.csv"])
    "'data.csv' and 'Data.csv' are one name on some systems"
    >>> fault_of_names(["data", "data/a.csv"])
    "'data' is both a file and a folder"
    """
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for name in names:
        if fault := fault_of_name(name):
            return f"{name!r}: {fault}"
        if files.get(_key(name)) == name:
            return f"{name!r} is there twice"
        for folder in _folders_of(name):
            if folders.setdefault(_key(folder), folder) != folder:
                return f"{folder!r} and {folders[_key(folder)]!r} are one name on some systems"
        if files.setdefault(_key(name), name) != name:
            return f"{name!r} and {files[_key(name)]!r} are one name on some systems"
    both = sorted(set(files) & set(folders))
    return f"{folders[both[0]]!r} is both a file and a folder" if both else ""


def _folders_of(name: str) -> list[str]:
    return [parent.as_posix() for parent in PurePosixPath(name).parents][:-1]


def _key(name: str) -> str:
    """What names have in common that differ in case or in the form of their letters."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def plain_text(text: str) -> str:
    r"""A text of a stranger as one line that a terminal only shows: controls are written out.

    >>> plain_text("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return "".join(
        sign.encode("unicode_escape").decode() if unicodedata.category(sign) in INVISIBLE else sign
        for sign in text
    )
