"""One rule for the letters of a file of texts: which encoding its bytes are in, or a refusal that
shows how they read in each that they may be in.

UTF-8 is known by its bytes alone: hardly any other text is valid UTF-8. GB 18030 is not: it takes
almost any bytes and makes Han of them, so it is believed only where the Han are those of Chinese
texts. Nothing else is guessed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pandas as pd

from ..errors import DataError

TRIED = ("utf-8-sig", "gb18030")
# what files without a known encoding turn out to be, by how often
CANDIDATES = ("cp1252", "gb18030", "cp1250", "cp1251", "big5", "shift_jis", "euc_kr")
NAMES = {"utf-8-sig": "UTF-8", "gb18030": "GB 18030"}
WIDE_STARTS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# in which each byte is a letter, so that no byte is lost
BYTES = "ISO-8859-1"
LONGEST = 30  # letters of the cell that a message shows
# a cell with a byte beyond ASCII; no encoding of the candidates has a delimiter inside a letter
ODD_CELL = re.compile(rb'[^,;\t\r\n"]*[\x80-\xff][^,;\t\r\n"]*')
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
WORD = re.compile(r"[^\W\d_]+")
LATIN = re.compile(r"[A-Za-z]")
PRIVATE = re.compile(r"[\ue000-\uf8ff]")


def decoded(
    content: bytes,
    name: str,
    encoding: str | None = None,
) -> tuple[str, str]:
    """The text of a file.

    Parameters
    ----------
    content : bytes
    name : str
        The file's, for messages.
    encoding : str, optional
        The only one that is tried.

    Returns
    -------
    text, encoding : str
        The text, and the encoding as Python names it.

    Raises
    ------
    DataError
        No text, or one in an encoding that cannot be told from its bytes.
    """
    used = encoding_of(content, name) if encoding is None else encoding
    try:
        text = content.decode(used)
    except UnicodeDecodeError:
        raise _undecodable(content, name, [used]) from None
    except (LookupError, TypeError):
        raise _unknown(used) from None
    if "\0" in text:
        raise DataError(
            name,
            expected="a file of texts",
            got="a binary one (zero bytes)",
            remedy=("Save it as CSV, or name the file by what it is: .xlsx, .dta, .parquet."),
        )
    return text, used


def encoding_of(content: bytes, name: str) -> str:
    """The encoding of a file of texts: UTF-8, or GB 18030 where it reads as Chinese.

    Raises
    ------
    DataError
        It is in neither, or may as well be in another one.
    """
    for start, wide in WIDE_STARTS:
        if content.startswith(start):
            raise _refusal(name, TRIED, f"bytes that begin as {wide} does", wide)
    if b"\0" in content:
        got = "bytes that are not: a binary file (zero bytes)"
        raise _refusal(name, TRIED, got, "utf-16")
    for encoding in TRIED:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8-sig" or reads_as_chinese(text):
            return encoding
    raise _undecodable(content, name, TRIED)


def reads_as_chinese(text: str) -> bool:
    """Whether a text that was decoded as GB 18030 looks as if it had been written in it.

    It does not where letters are nobody's (private use), where a word mixes Latin letters and Han
    that GB 2312 lacks (``M黱chen``, for ``München``), or where more than half of the Han are not
    among the 3,755 of level 1 of GB 2312, which make up nearly all of any Chinese text.
    """
    if PRIVATE.search(text):
        return False
    if any(_is_mixed(word) for word in WORD.findall(text)):
        return False
    han = HAN.findall(text)
    rare = sum(letter not in level_one() for letter in han)
    return 2 * rare <= len(han)


def _is_mixed(word: str) -> bool:
    """Whether a word has Latin letters and Han that GB 2312 lacks."""
    if word.isascii() or not LATIN.search(word):
        return False
    return any(not letter.encode("gb2312", "ignore") for letter in HAN.findall(word))


@cache
def level_one() -> frozenset[str]:
    """The Han of level 1 of GB 2312: rows 16 to 55 of its table, in common use.

    Source: GB/T 2312-1980, https://en.wikipedia.org/wiki/GB_2312
    """
    rows = range(0xB0, 0xD8)
    cells = range(0xA1, 0xFF)
    pairs = b"".join(bytes((row, cell)) for row in rows for cell in cells)
    return frozenset(pairs.decode("gb2312", "ignore"))


def shown_name(encoding: str) -> str:
    """An encoding as people name it."""
    return NAMES.get(encoding, encoding)


def note_of(name: str, encoding: str) -> tuple[str, ...]:
    """What a panel notes about the letters of its file: nothing where they are UTF-8."""
    if codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii"):
        return ()
    return (f"{name} read as {shown_name(encoding)}",)


def with_letters(
    frame: Any,
    name: str,
    encoding: str | None = None,
) -> tuple[Any, tuple[str, ...]]:
    """A frame whose texts a library read byte by byte (as `BYTES`), with its letters.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        Not changed.
    name : str
        Of its file, for messages.
    encoding : str, optional
        The only one that is tried.

    Returns
    -------
    frame : DataFrame or GeoDataFrame
    notes : tuple of str

    Raises
    ------
    DataError
        Its letters cannot be told from the bytes of all its texts together.
    """
    content = b"\n".join(text.encode(BYTES) for text in dict.fromkeys(_texts_of(frame)))
    _, used = decoded(content, name, encoding)
    if content.isascii():
        return frame, ()

    def letters(value: Any) -> Any:
        return value.encode(BYTES).decode(used) if isinstance(value, str) else value

    lettered = frame.rename(columns=letters)
    for column in lettered.columns[[_holds_texts(kind) for kind in lettered.dtypes]]:
        lettered[column] = _mapped(lettered[column], letters)
    return lettered, note_of(name, used)


def _texts_of(frame: Any) -> Iterator[str]:
    """The texts of a frame: names of columns, cells, categories."""
    yield from (name for name in frame.columns if isinstance(name, str))
    for column, kind in zip(frame.columns, frame.dtypes, strict=True):
        if _holds_texts(kind):
            values = frame[column]
            cells = values.cat.categories if hasattr(values, "cat") else values
            yield from (cell for cell in cells if isinstance(cell, str))


def _holds_texts(kind: Any) -> bool:
    return (
        isinstance(kind, pd.CategoricalDtype)
        or pd.api.types.is_string_dtype(kind)
        or pd.api.types.is_object_dtype(kind)
    )


def _mapped(column: pd.Series, letters: Any) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.rename_categories([letters(name) for name in column.cat.categories])
    return column.map(letters)


def _undecodable(
    content: bytes,
    name: str,
    tried: list[str] | tuple[str, ...],
) -> DataError:
    readings = _readings(content, tried)
    if not readings:
        return _refusal(name, tried, "bytes that are not", "utf-16")
    shown = ", ".join(f"{encoding} ({cell!r})" for encoding, cell in readings)
    return _refusal(name, tried, f"bytes that may be {shown}", readings[0][0])


def _readings(content: bytes, tried: list[str] | tuple[str, ...]) -> list[tuple[str, str]]:
    """(encoding, how the first cell beyond ASCII reads in it), of each in which the file is text.

    Of several in which the cell reads alike, the first.
    """
    odd_cell = ODD_CELL.search(content)
    if odd_cell is None:
        return []
    readings: dict[str, str] = {}
    for encoding in (*CANDIDATES, "utf-8"):
        if encoding in tried and encoding != "gb18030":
            continue
        try:
            content.decode(encoding)
            readings.setdefault(odd_cell[0].decode(encoding).strip()[:LONGEST], encoding)
        except UnicodeDecodeError:
            continue
    return [(encoding, cell) for cell, encoding in readings.items()]


def _refusal(
    name: str,
    tried: list[str] | tuple[str, ...],
    got: str,
    likely: str,
) -> DataError:
    return DataError(
        name,
        expected=f"text in one of the encodings {list(tried)}",
        got=got,
        remedy=f'Save the file as UTF-8, or pass encoding="{likely}", or the one that it is in.',
    )


def _unknown(encoding: object) -> DataError:
    return DataError(
        "encoding",
        expected="the name of an encoding",
        got=repr(encoding),
        remedy='For instance encoding="gb18030", "cp1252" (Western Europe) or "utf-8".',
    )
