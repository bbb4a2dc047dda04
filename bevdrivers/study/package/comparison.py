"""Two files of results, the packaged and the new one: whether they say the same, and how they
differ.
"""

from __future__ import annotations

import base64
import io
import json
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

from ...panel.foreign import Limits, checked_entries, refuse_document_type, unpacked
from .contents import HASH

SAME, ROUNDED, NOT_COMPARED, DIFFERENT, MISSING, NEW = (
    "identical",
    "same up to the last digit",
    "not compared",
    "different",
    "missing",
    "new",
)
NUMBER = re.compile(
    r"[-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.(?P<decimals>\d+))?(?P<power>[eE][-+]?\d+)?",
    re.ASCII,
)
# numbers that are printed in full agree when they do to this share: sums in another order move
# later digits
FULL_DIGITS, FULL_SHARE = 12, 1e-9
DATA_URI = re.compile(r"data:([\w/+.-]+);base64,([\w+/=]*)")
PDF_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
# what a PDF says of its own bytes: how long a stream is, and where each part stands
PDF_LENGTH = re.compile(
    rb"/Length (\d+)( 0 R)?(?:(?!endobj|stream).)*" + PDF_STREAM.pattern, re.DOTALL
)
PDF_OFFSETS = re.compile(rb"\nxref\n(\d+) \d+\n((?:\d{10} \d{5} [nf][ \r]\n)+)")
PDF_START = re.compile(rb"\nstartxref\n(\d+)\n")
PDF_OF_BYTES = re.compile(rb"/Length \d+|\n\d{10} (?=\d{5} [nf])|\nstartxref\n\d+")
# a workbook or a document of results; pictures are not in them
OFFICE = Limits(
    entries=1_000,
    total=200 << 20,
    free=50 << 20,
    ratio=100,
)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
# of a manifest: hashes of what is made, whose last bits may move; files are compared as themselves
MADE = ("panel", "weights")
# and what no version may change
FIXED = ("seeds", "inputs")

Outcome = tuple[str, str]


def compare(
    before: Path,
    after: Path,
    differing: Mapping[str, tuple[str, str]],
) -> Outcome:
    """What became of one file, and how it differs.

    Parameters
    ----------
    before, after : Path
        The file in the package, and the new one of the same name.
    differing : mapping
        Package -> (version then, version now), where they differ.

    Returns
    -------
    outcome, detail : str
    """
    size_then, size_now = before.stat().st_size, after.stat().st_size
    if size_then > 2 * size_now + 10_000:
        return DIFFERENT, f"{size_then:,} bytes, now {size_now:,}"
    then, now = before.read_bytes(), after.read_bytes()
    if then == now:
        return SAME, ""
    try:
        return _by_kind(before.name)(then, now, bool(differing))
    except Exception as error:  # whatever a damaged file makes a reader raise
        return DIFFERENT, f"it cannot be read as {before.suffix[1:]}: {error}"[:200]


def _by_kind(name: str) -> Callable[[bytes, bytes, bool], Outcome]:
    if name == "manifest.json":
        return _manifest
    if name == "report.html":
        return _page
    return KINDS.get(Path(name).suffix, _text)


def _text(
    before: bytes,
    after: bytes,
    _: bool,
) -> Outcome:
    return differences(before.decode("utf-8"), after.decode("utf-8"))


def _drawn(differ: bool, outcome: Outcome) -> Outcome:
    """Other versions may draw anew; the same versions draw the same."""
    if outcome[0] != DIFFERENT:
        return outcome
    if differ:
        return NOT_COMPARED, "other versions may draw other bytes: look at both"
    return DIFFERENT, f"{outcome[1]}, though the versions are the same"


def _bitmap(
    _: bytes,
    __: bytes,
    differ: bool,
) -> Outcome:
    return _drawn(differ, (DIFFERENT, "its bytes differ"))


def _svg(
    before: bytes,
    after: bytes,
    differ: bool,
) -> Outcome:
    return _drawn(differ, _text(before, after, differ))


def _pdf(
    before: bytes,
    after: bytes,
    differ: bool,
) -> Outcome:
    return _drawn(differ, differences(_pdf_text(before), _pdf_text(after)))


def _pdf_text(pdf: bytes) -> str:
    """What a PDF draws, decompressed, and what it says besides; without the places of its parts in
    the file, which are true.
    """
    _check_bytes(pdf)
    streams = PDF_STREAM.findall(pdf)
    without_streams = PDF_STREAM.sub(b"", pdf)
    rest = PDF_OF_BYTES.sub(b"(bytes)", without_streams)
    parts = [rest, *map(_inflated, streams)]
    return "\n".join(part.decode("latin-1") for part in parts)


def _check_bytes(pdf: bytes) -> None:
    """Refuse a PDF that is wrong about its own bytes: a viewer goes by what it says of them, and
    would show something else than what is compared.
    """
    _check_lengths(pdf)
    _check_offsets(pdf)


def _check_lengths(pdf: bytes) -> None:
    """Every stream is as long as it says."""
    declared = list(PDF_LENGTH.finditer(pdf))
    if len(declared) != len(PDF_STREAM.findall(pdf)):
        raise ValueError("a stream without its length")
    for stream in declared:
        length, is_reference, content = stream[1], stream[2], stream[3]
        if is_reference:
            # the length is an object of its own, which has to be there once
            values = re.findall(rb"\n%b 0 obj\s+(\d+)\s+endobj" % length, pdf)
            length = values[0] if len(values) == 1 else b"-1"
        if int(length) != len(content):
            raise ValueError("a stream of another length than it says")


def _check_offsets(pdf: bytes) -> None:
    """Every part is where the tables of places say, and so are the tables."""
    for table in PDF_OFFSETS.finditer(pdf):
        first_number, lines = int(table[1]), table[2].splitlines()
        for number, line in enumerate(lines, first_number):
            # ten digits of the place, five of the generation, and n for a part that is in use
            offset, generation, is_in_use = int(line[:10]), int(line[11:16]), line[17:18] == b"n"
            start = b"%d %d obj" % (number, generation)
            if is_in_use and not pdf.startswith(start, offset):
                raise ValueError("a part that is not in its place")
    for pointer in PDF_START.finditer(pdf):
        if not pdf.startswith(b"xref\n", int(pointer[1])):
            raise ValueError("a list of places that is not in its place")


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream, 64 << 20)
    except zlib.error:
        return stream


def _page(
    before: bytes,
    after: bytes,
    differ: bool,
) -> Outcome:
    """The report: its words, and the files that are in it."""
    if differ:
        return NOT_COMPARED, "it names the versions; its tables are compared as files of their own"
    then, now = before.decode("utf-8"), after.decode("utf-8")
    words_then, words_now = (DATA_URI.sub("data:", page) for page in (then, now))
    outcomes = [differences(words_then, words_now)]
    embedded = zip(DATA_URI.findall(then), DATA_URI.findall(now), strict=True)
    for file_then, file_now in embedded:
        if file_then != file_now:
            outcomes.append(_embedded(file_then, file_now))
    return _worst(outcomes)


def _embedded(before: tuple[str, str], after: tuple[str, str]) -> Outcome:
    """Two files in a report, by their media types and base64."""
    media_type = before[0]
    if media_type != after[0]:
        return DIFFERENT, "a file in it is of another kind"
    then, now = (base64.b64decode(coded, validate=True) for _, coded in (before, after))
    if media_type == "application/pdf":
        return _pdf(then, now, False)
    if media_type.startswith("text/") or media_type == "image/svg+xml":
        return _text(then, now, False)
    return DIFFERENT, "the bytes of a file in it"


def _worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that says most: a difference before rounding before none."""
    from_the_worst = (DIFFERENT, NOT_COMPARED, ROUNDED, SAME)
    return min(outcomes, key=lambda outcome: from_the_worst.index(outcome[0]), default=(SAME, ""))


def _manifest(
    before: bytes,
    after: bytes,
    differ: bool,
) -> Outcome:
    """What two manifests say of the study and what it read. Other versions may write other parts;
    seeds and what was read stay what they are.
    """
    then, now = (_said(json.loads(held)) for held in (before, after))
    parts = sorted((set(then) | set(now)) - ({"versions"} if differ else set()))
    odd = [part for part in parts if then.get(part) != now.get(part)]
    if not odd:
        return ROUNDED, "but for versions, and hashes of what was made"
    detail = f"in its parts {', '.join(odd)}"
    if differ and not set(odd) & set(FIXED):
        return NOT_COMPARED, f"{detail}: other versions may write other ones, look at both"
    return DIFFERENT, detail


def _said(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest without the hashes of what was made, whose names stay."""
    made = {part: _without_hashes(manifest.get(part)) for part in MADE}
    return manifest | made | {"outputs": sorted(manifest["outputs"])}


def _without_hashes(value: Any) -> Any:
    """What stands in a part of a manifest, with a word for each hash."""
    if isinstance(value, dict):
        return {key: _without_hashes(entry) for key, entry in value.items()}
    if isinstance(value, str) and HASH.fullmatch(value):
        return "a hash"
    return value


def _office(
    before: bytes,
    after: bytes,
    differ: bool,
) -> Outcome:
    """Word and Excel files: part by part, or between other versions their texts and numbers."""
    then, now = _parts(before), _parts(after)
    if differ:
        outcome, detail = differences(_words(then), _words(now))
        what = detail or "its texts and numbers"
        return outcome, f"{what}; its layout is not compared"
    in_one_alone = sorted(set(then) ^ set(now))
    if in_one_alone:
        return DIFFERENT, f"its parts {', '.join(in_one_alone)}"[:200]
    changed = [name for name in then if then[name] != now[name]]
    return _worst(_text(then[name], now[name], differ) for name in changed)


def _parts(office_file: bytes) -> dict[str, bytes]:
    """Name -> content of the parts of a Word or Excel file."""
    with ZipFile(io.BytesIO(office_file)) as archive:
        entries = checked_entries(archive, "an office file", OFFICE)
        parts = {entry.filename: b"".join(unpacked(archive, entry)) for entry in entries}
    if len(parts) < len(entries):
        raise ValueError("a part is there twice")
    for name, content in parts.items():
        if name.endswith((".xml", ".rels")):
            refuse_document_type(iter([content]), name)
    return parts


def _words(parts: Mapping[str, bytes]) -> str:
    """Every text and number of a Word or Excel file, a line each, in order."""
    items = _elements(parts.get("xl/sharedStrings.xml"), f"{SHEET}si")
    shared = ["".join(item.itertext()) for item in items]
    lines: list[str] = []
    for name, content in sorted(parts.items()):
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            lines += [_cell(cell, shared) for cell in _elements(content, f"{SHEET}c")]
        elif name.startswith("word/") and name.endswith(".xml") and "styles" not in name:
            lines += list(ElementTree.fromstring(content).itertext())
    return "\n".join(lines)


def _elements(content: bytes | None, tag: str) -> Iterable[Any]:
    return () if content is None else ElementTree.fromstring(content).iter(tag)


def _cell(cell: Any, shared: list[str]) -> str:
    """ "B3 0.238", of a cell with its own text or the number of a shared one."""
    text = "".join(cell.itertext())
    if cell.get("t") == "s":
        text = shared[int(text)]
    return f"{cell.get('r')} {text}"


KINDS: dict[str, Callable[[bytes, bytes, bool], Outcome]] = {
    ".png": _bitmap,
    ".svg": _svg,
    ".pdf": _pdf,
    ".docx": _office,
    ".xlsx": _office,
}


def differences(before: str, after: str) -> Outcome:
    """How two texts differ: by their printed numbers alone, and by how much, or otherwise.

    Examples
    --------
    >>> differences("rho 0.238 (0.052)", "rho 0.239 (0.052)")
    ('same up to the last digit', '1 of 2 numbers, by one unit of the last digit')
    >>> differences("rho 0.238", "rho 0.250")
    ('different', '1 of 1 numbers; the first: 0.238, now 0.250')
    """
    if before == after:
        return SAME, ""
    if NUMBER.sub("#", before) != NUMBER.sub("#", after):
        return DIFFERENT, "not only in its numbers"
    numbers = list(zip(NUMBER.finditer(before), NUMBER.finditer(after), strict=True))
    moved = [(then, now) for then, now in numbers if then[0] != now[0]]
    counted = f"{len(moved)} of {len(numbers)} numbers"
    for then, now in moved:
        if not _last_digit_only(then, now) and not _beyond_ninth(then, now):
            return DIFFERENT, f"{counted}; the first: {then[0]}, now {now[0]}"
    if all(_last_digit_only(then, now) for then, now in moved):
        return ROUNDED, f"{counted}, by one unit of the last digit"
    return (
        ROUNDED,
        f"{counted}, by one unit of the last digit, or beyond the ninth of those in full",
    )


def _last_digit_only(before: re.Match[str], after: re.Match[str]) -> bool:
    """Whether two printed decimals differ by one unit of their last digit; whole numbers have to be
    equal.
    """
    decimals, decimals_now = before["decimals"], after["decimals"]
    if decimals is None or decimals_now is None:
        return False
    if len(decimals) != len(decimals_now) or before["power"] != after["power"]:
        return False
    last_digit = 10.0 ** -len(decimals)
    return abs(_mantissa(before) - _mantissa(after)) < 1.5 * last_digit


def _mantissa(number: re.Match[str]) -> float:
    """A printed number without its power of ten."""
    return _value(number[0].removesuffix(number["power"] or ""))


def _value(printed: str) -> float:
    """A printed number, perhaps with a minus sign and commas of print."""
    return float(printed.replace("−", "-").replace(",", ""))


def _beyond_ninth(before: re.Match[str], after: re.Match[str]) -> bool:
    """Whether two numbers, one of them printed in full, agree in their first nine digits."""
    if max(_significant(before), _significant(after)) < FULL_DIGITS:
        return False
    then, now = _value(before[0]), _value(after[0])
    return abs(then - now) <= FULL_SHARE * max(abs(then), abs(now))


def _significant(number: re.Match[str]) -> int:
    """How many digits a number has, from the first that is not 0."""
    mantissa = number[0].removesuffix(number["power"] or "")
    return len(re.sub(r"\D", "", mantissa).lstrip("0"))
