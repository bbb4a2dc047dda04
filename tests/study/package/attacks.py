"""Packages as an attacker would make them: each from a good one, by a change to its entries or to
its bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from typing import Any

Entries = dict[str, bytes]
TOP = "study"
HASHES, MANIFEST, README = "hashes.txt", "results/manifest.json", "README.md"
TABLE, PICTURE, REPORT = (
    "results/tables/models.md",
    "results/figures/moran_scatter.svg",
    "results/report.html",
)
CENTRAL, LOCAL, END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"


def zipped(entries: Entries, **more: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    """A zip file of the entries below one folder, and of more entries with headers of their own."""
    made = io.BytesIO()
    with (
        warnings.catch_warnings(),
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, content in entries.items():
            archive.writestr(f"{TOP}/{name}", content)
        for info, content in more.values():
            archive.writestr(info, content)
    return made.getvalue()


def rehashed(entries: Entries) -> Entries:
    """The entries with a list of hashes that agrees with them: what a forger who knows the form
    does.
    """
    lines = [
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in entries.items()
        if name != HASHES
    ]
    return entries | {HASHES: "".join(lines).encode()}


def with_hashes(change: Callable[[bytes], bytes]) -> Callable[[Entries], bytes]:
    """An attack on the list of hashes."""
    return lambda entries: zipped(entries | {HASHES: change(entries[HASHES])})


def with_file(
    name: str, change: Callable[[bytes], bytes], *, hashes: bool = False
) -> Callable[[Entries], bytes]:
    """An attack on one file; with `hashes`, the list of hashes is made to agree."""

    def attack(entries: Entries) -> bytes:
        changed = entries | {name: change(entries.get(name, b""))}
        return zipped(rehashed(changed) if hashes else changed)

    return attack


def with_manifest(change: Callable[[dict[str, Any]], Any]) -> Callable[[Entries], bytes]:
    """An attack on the manifest, whose outputs and hashes are made to agree."""

    def attack(entries: Entries) -> bytes:
        manifest = change(json.loads(entries[MANIFEST]))
        return zipped(rehashed(entries | {MANIFEST: json.dumps(manifest).encode()}))

    return attack


def with_study_file(name: Any) -> Callable[[Entries], bytes]:
    def change(manifest: dict[str, Any]) -> dict[str, Any]:
        return manifest | {"study": manifest["study"] | {"file": name}}

    return with_manifest(change)


def without(name: str, *, hashes: bool = False) -> Callable[[Entries], bytes]:
    def attack(entries: Entries) -> bytes:
        left = {key: content for key, content in entries.items() if key != name}
        return zipped(rehashed(left) if hashes else left)

    return attack


def with_outputs(name: str, change: Callable[[bytes], bytes]) -> Callable[[Entries], bytes]:
    """A result changed by someone who makes the manifest and the list of hashes agree."""

    def attack(entries: Entries) -> bytes:
        changed = change(entries[name])
        manifest = json.loads(entries[MANIFEST])
        manifest["outputs"][name.removeprefix("results/")] = hashlib.sha256(changed).hexdigest()
        text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        return zipped(rehashed(entries | {name: changed, MANIFEST: text.encode()}))

    return attack


def with_other_versions(name: str, change: Callable[[bytes], bytes]) -> Callable[[Entries], bytes]:
    """As `with_outputs`, and the manifest says that another matplotlib drew it."""

    def attack(entries: Entries) -> bytes:
        changed = change(entries[name])
        manifest = json.loads(entries[MANIFEST])
        manifest["outputs"][name.removeprefix("results/")] = hashlib.sha256(changed).hexdigest()
        manifest["versions"]["matplotlib"] = "1.0"
        return zipped(rehashed(entries | {name: changed, MANIFEST: json.dumps(manifest).encode()}))

    return attack


def with_names(*names: str) -> Callable[[Entries], bytes]:
    """Entries under names of the attacker's choice, as they stand, beside the good ones."""

    def attack(entries: Entries) -> bytes:
        infos = {}
        for position, name in enumerate(names):
            info = zipfile.ZipInfo("x")
            info.filename = name  # past the constructor, which mends some names
            infos[f"e{position}"] = (info, b"evil")
        return zipped(entries, **infos)

    return attack


def with_mode(mode: int, low: int = 0) -> Callable[[Entries], bytes]:
    """An entry of another kind: a link, a device."""

    def attack(entries: Entries) -> bytes:
        info = zipfile.ZipInfo(f"{TOP}/link")
        info.external_attr = mode << 16 | low
        return zipped(entries, link=(info, b"/etc/passwd"))

    return attack


def patched(change: Callable[[bytearray], bytes]) -> Callable[[Entries], bytes]:
    """An attack on the bytes of the archive."""
    return lambda entries: bytes(change(bytearray(zipped(entries))))


def every_header(
    held: bytearray, place_in_central: int, place_in_local: int, form: str, value: int
) -> bytes:
    """Set a field in the first entry's header, in the list at the end and before its content."""
    struct.pack_into(form, held, held.index(CENTRAL) + place_in_central, value)
    struct.pack_into(form, held, held.index(LOCAL) + place_in_local, value)
    return bytes(held)


def encrypted(held: bytearray) -> bytes:
    return every_header(held, 8, 6, "<H", 1)


def shrunk(held: bytearray) -> bytes:
    """The headers of the first entry say that it unpacks to ten bytes."""
    return every_header(held, 24, 22, "<I", 10)


def grown(held: bytearray) -> bytes:
    """The headers of the first entry say that it unpacks to a million bytes."""
    return every_header(held, 24, 22, "<I", 1_000_000)


def overlapping(held: bytearray) -> bytes:
    """The second entry of the list lies where the first does."""
    first = held.index(CENTRAL)
    second = held.index(CENTRAL, first + 4)
    held[second + 42 : second + 46] = held[first + 42 : first + 46]
    return bytes(held)


def renamed_before_content(held: bytearray) -> bytes:
    held[held.index(LOCAL) + 30] ^= 1
    return bytes(held)


def bomb(entries: Entries) -> bytes:
    """120 MB in a tenth of a megabyte."""
    return zipped({"zeros.csv": bytes(120 << 20)})


def many(entries: Entries) -> bytes:
    return zipped({f"{position}.txt": b"" for position in range(10_001)})


def large_mark(held: bytearray) -> bytes:
    """The locator of a Zip64 list of entries before the end."""
    end = held.rindex(END)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, 0, 1)
    length = struct.unpack_from("<I", held, end + 12)[0]
    struct.pack_into("<I", held, end + 12, length + len(locator))
    return bytes(held[:end]) + locator + bytes(held[end:])


def recompressed(method: int) -> Callable[[Entries], bytes]:
    def attack(entries: Entries) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", method) as archive:
            for name, content in entries.items():
                archive.writestr(f"{TOP}/{name}", content)
        return made.getvalue()

    return attack


def nested(entries: Entries) -> bytes:
    return zipped(rehashed(entries | {MANIFEST: b"[" * 200_000}))


def text_of_study(old: bytes, new: bytes) -> Callable[[Entries], bytes]:
    """A study file changed by someone who makes the list of hashes agree."""

    def change(held: bytes) -> bytes:
        assert old in held
        return held.replace(old, new)

    return with_file("study.toml", change, hashes=True)


def first_digit_up(held: bytes) -> bytes:
    """Another number in a table."""
    text = held.decode()
    at = next(k for k in range(text.index("Log likelihood"), len(text)) if text[k].isdigit())
    return f"{text[:at]}{(int(text[at]) + 5) % 10}{text[at + 1 :]}".encode()


def duplicated_key(held: bytes) -> bytes:
    return held.replace(b'"seeds":', b'"seeds": {}, "seeds":', 1)


NO, NOT_CHECKED = ("NOT reproduced.", 1), ("COULD NOT BE CHECKED", 3)
YES_BUT = ("Reproduced, but for what was not compared", 0)
PLAIN = "plain"

# name -> attack, (verdict, exit code), a text of the message
ATTACKS: dict[str, tuple[Callable[[Entries], bytes], tuple[str, int], str]] = {
    # the list of hashes
    "hashes emptied": (with_hashes(lambda _: b""), NOT_CHECKED, "an empty file"),
    "hashes emptied, README changed": (
        lambda entries: zipped(entries | {HASHES: b"", README: b"another"}),
        NOT_CHECKED,
        "an empty file",
    ),
    "hashes of one blank line": (with_hashes(lambda _: b"\n"), NOT_CHECKED, "lines of a SHA-256"),
    "hashes without README": (
        with_hashes(lambda held: b"".join(x for x in held.splitlines(True) if b"README" not in x)),
        NO,
        "Added since it was packaged: README.md",
    ),
    "hashes without the data": (
        with_hashes(
            lambda held: b"".join(x for x in held.splitlines(True) if b"  data.csv" not in x)
        ),
        NO,
        "Added since it was packaged: data.csv",
    ),
    "hashes with a line twice": (
        with_hashes(lambda held: held + held.splitlines(True)[0]),
        NOT_CHECKED,
        "is there twice",
    ),
    "hashes with a line cut": (
        with_hashes(lambda held: held[:40]),
        NOT_CHECKED,
        "lines of a SHA-256",
    ),
    "hashes in capitals": (
        with_hashes(lambda held: held.upper()),
        NOT_CHECKED,
        "lines of a SHA-256",
    ),
    "hashes in bytes": (with_hashes(lambda _: b"\xff\x00\xfe"), NOT_CHECKED, "text in UTF-8"),
    "hashes with ends of lines of Windows": (
        with_hashes(lambda held: held.replace(b"\n", b"\r\n")),
        NOT_CHECKED,
        "control or invisible",
    ),
    "hashes of themselves": (
        with_hashes(lambda held: held + b"0" * 64 + b"  hashes.txt\n"),
        NOT_CHECKED,
        "of the other files",
    ),
    "hashes of a file outside": (
        with_hashes(lambda held: held + b"0" * 64 + b"  ../../etc/passwd\n"),
        NOT_CHECKED,
        "a part '..'",
    ),
    "hashes of an absolute file": (
        with_hashes(lambda held: held + b"0" * 64 + b"  /etc/passwd\n"),
        NOT_CHECKED,
        "absolute",
    ),
    "hashes left out": (without(HASHES), NOT_CHECKED, "no hashes.txt in it"),
    # the files
    "README changed": (
        with_file(README, lambda _: b"another"),
        NO,
        "Changed since it was packaged: README.md",
    ),
    "code changed": (
        with_file("code/bevdrivers/cli.py", lambda _: b"raise SystemExit(0)"),
        NO,
        "Changed since it was packaged: code/bevdrivers/cli.py",
    ),
    "README missing": (without(README), NO, "Missing from the package: README.md"),
    "a file added": (
        with_file("extra.txt", lambda _: b"more"),
        NO,
        "Added since it was packaged: extra.txt",
    ),
    "bytecode added": (
        with_file("code/bevdrivers/__pycache__/cli.cpython-311.pyc", lambda _: b"code"),
        NO,
        "__pycache__",
    ),
    "the study file missing": (without("study.toml"), NOT_CHECKED, "no file 'study.toml'"),
    "the data missing": (
        without("data.csv"),
        NOT_CHECKED,
        "Changed, added or missing since it was packaged: data.csv",
    ),
    # the manifest
    "manifest cut": (
        with_file(MANIFEST, lambda held: held[:100], hashes=True),
        NOT_CHECKED,
        "expected JSON",
    ),
    "manifest a list": (with_manifest(lambda _: []), NOT_CHECKED, "expected an object"),
    "manifest empty": (
        with_file(MANIFEST, lambda _: b"", hashes=True),
        NOT_CHECKED,
        "expected JSON",
    ),
    "manifest an empty object": (
        with_manifest(lambda _: {}),
        NOT_CHECKED,
        "study: expected an object",
    ),
    "manifest in bytes": (
        with_file(MANIFEST, lambda _: b"\xff", hashes=True),
        NOT_CHECKED,
        "text in UTF-8",
    ),
    "manifest left out": (
        without(MANIFEST, hashes=True),
        NOT_CHECKED,
        "no results/manifest.json in it",
    ),
    "manifest with NaN": (
        with_manifest(lambda held: held | {"seeds": float("nan")}),
        NOT_CHECKED,
        "expected numbers; got NaN",
    ),
    "manifest with a key twice": (
        with_file(MANIFEST, duplicated_key, hashes=True),
        NOT_CHECKED,
        "'seeds' twice",
    ),
    "manifest with a number of 5,000 digits": (
        with_file(
            MANIFEST,
            lambda held: held.replace(b"{", b'{"n": ' + b"9" * 5000 + b",", 1),
            hashes=True,
        ),
        NOT_CHECKED,
        "digits",
    ),
    "manifest nested too deeply": (nested, NOT_CHECKED, "expected JSON"),
    "manifest with versions that are numbers": (
        with_manifest(lambda held: held | {"versions": {"numpy": 2}}),
        NOT_CHECKED,
        "versions: expected texts",
    ),
    "manifest with hashes that are none": (
        with_manifest(lambda held: held | {"inputs": {"data.csv": "yes"}}),
        NOT_CHECKED,
        "SHA-256",
    ),
    "manifest with an output outside": (
        with_manifest(lambda held: held | {"outputs": {"../x": "0" * 64}}),
        NOT_CHECKED,
        "a part '..'",
    ),
    "manifest of another seed": (
        with_manifest(lambda held: held | {"seeds": {}}),
        NO,
        "in its parts seeds",
    ),
    "study file absolute": (
        with_study_file("/etc/passwd"),
        NOT_CHECKED,
        "plain name of a file beside README.md",
    ),
    "study file above": (
        with_study_file("../study.toml"),
        NOT_CHECKED,
        "plain name of a file beside README.md",
    ),
    "study file on a drive": (
        with_study_file("C:\\study.toml"),
        NOT_CHECKED,
        "plain name of a file",
    ),
    "study file a number": (with_study_file(1), NOT_CHECKED, "plain name of a file"),
    "study file a folder": (with_study_file("code"), NOT_CHECKED, "no file 'code'"),
    "study file below": (
        with_study_file("code/bevdrivers/study/bev.toml"),
        NOT_CHECKED,
        "plain name of a file",
    ),
    # names
    "name above": (with_names("../evil"), NOT_CHECKED, "a part '..'"),
    "name above, deeper": (with_names(f"{TOP}/a/../../../evil"), NOT_CHECKED, "a part '..'"),
    "name absolute": (with_names("/tmp/evil"), NOT_CHECKED, "absolute"),
    "name of a share": (with_names("//server/share/evil"), NOT_CHECKED, "absolute"),
    "name on a drive": (with_names("C:/evil"), NOT_CHECKED, "colon"),
    "name with backslashes": (with_names("..\\evil"), NOT_CHECKED, "backslash"),
    "name of a share, with backslashes": (
        with_names("\\\\server\\share\\evil"),
        NOT_CHECKED,
        "backslash",
    ),
    "name of a stream": (with_names(f"{TOP}/README.md:evil"), NOT_CHECKED, "colon"),
    "name of a device": (with_names(f"{TOP}/CON"), NOT_CHECKED, "is a device"),
    "name of a device with an ending": (with_names(f"{TOP}/aux.txt"), NOT_CHECKED, "is a device"),
    "name of a device with a blank": (with_names(f"{TOP}/nul .txt"), NOT_CHECKED, "is a device"),
    "name with a dot at the end": (with_names(f"{TOP}/README.md."), NOT_CHECKED, "ends in a dot"),
    "name with a blank at the end": (
        with_names(f"{TOP}/README.md "),
        NOT_CHECKED,
        "ends in a dot or a blank",
    ),
    "name with a control": (with_names(f"{TOP}/a\x1b[2J"), NOT_CHECKED, "control or invisible"),
    "name with another direction": (
        with_names(f"{TOP}/\u202egnp.exe"),
        NOT_CHECKED,
        "control or invisible",
    ),
    "name with a NUL": (with_names(f"{TOP}/a\x00.txt"), NOT_CHECKED, "which some programs read as"),
    "name with a wildcard": (with_names(f"{TOP}/a*"), NOT_CHECKED, "one of the signs"),
    "name with a long part": (with_names(f"{TOP}/{'a' * 256}"), NOT_CHECKED, "longer than 255"),
    "name that is long": (with_names("a/" * 600 + "b"), NOT_CHECKED, "longer than 1024"),
    "name twice": (with_names(f"{TOP}/x.txt", f"{TOP}/x.txt"), NOT_CHECKED, "is there twice"),
    "name in other case": (with_names(f"{TOP}/readme.MD"), NOT_CHECKED, "one name on some systems"),
    "folder in other case": (
        with_names(f"{TOP}/CODE/x.txt"),
        NOT_CHECKED,
        "one name on some systems",
    ),
    "name in another form": (
        with_names(f"{TOP}/é", f"{TOP}/e\u0301"),
        NOT_CHECKED,
        "one name on some systems",
    ),
    "name of a file and a folder": (
        with_names(f"{TOP}/README.md/x"),
        NOT_CHECKED,
        "both a file and a folder",
    ),
    "name without a part": (with_names(f"{TOP}//x"), NOT_CHECKED, "a part ''"),
    "a file beside the folder": (with_names("beside.txt"), NOT_CHECKED, "no hashes.txt in it"),
    # kinds of entries
    "a link": (with_mode(stat.S_IFLNK | 0o777), NOT_CHECKED, "which is a link"),
    "a link of Windows": (with_mode(0, 0x400), NOT_CHECKED, "which is a link"),
    "a device": (with_mode(stat.S_IFCHR | 0o666), NOT_CHECKED, "a device or a pipe"),
    "a pipe": (with_mode(stat.S_IFIFO | 0o666), NOT_CHECKED, "a device or a pipe"),
    "a folder that has a file's name": (
        with_mode(stat.S_IFDIR | 0o755),
        NOT_CHECKED,
        "a folder by its kind",
    ),
    # the archive
    "much from little": (bomb, NOT_CHECKED, "unpacks to at most"),
    "many files": (many, NOT_CHECKED, "at most 10,000 files"),
    "headers that say less": (patched(shrunk), NOT_CHECKED, "Bad CRC-32"),
    "headers that say more": (patched(grown), NOT_CHECKED, "package"),
    "entries in the same bytes": (patched(overlapping), NOT_CHECKED, "which overlaps the next"),
    "another name before the content": (patched(renamed_before_content), NOT_CHECKED, "differ"),
    "encrypted": (patched(encrypted), NOT_CHECKED, "which is encrypted"),
    "compressed by bzip2": (
        recompressed(zipfile.ZIP_BZIP2),
        NOT_CHECKED,
        "compressed by method 12",
    ),
    "compressed by LZMA": (recompressed(zipfile.ZIP_LZMA), NOT_CHECKED, "compressed by method 14"),
    "bytes before": (
        patched(lambda held: b"#!/bin/sh\n" + bytes(held)),
        NOT_CHECKED,
        "belong to no entry",
    ),
    "bytes behind": (
        patched(lambda held: bytes(held) + b"more"),
        NOT_CHECKED,
        "nothing before or behind",
    ),
    "the mark of a large archive": (patched(large_mark), NOT_CHECKED, "another end"),
    "cut in half": (patched(lambda held: held[: len(held) // 2]), NOT_CHECKED, "another file"),
    "no archive": (lambda _: b"text", NOT_CHECKED, "another file"),
    "an empty file": (lambda _: b"", NOT_CHECKED, "another file"),
    "an empty archive": (lambda _: zipped({}), NOT_CHECKED, "no hashes.txt in it"),
    # results, with lists that agree
    "a number changed": (with_outputs(TABLE, first_digit_up), NO, "different (1 of"),
    "a picture exchanged": (
        with_outputs(PICTURE, lambda _: b"<svg>another</svg>"),
        NO,
        "versions are the same",
    ),
    "a picture exchanged, and the versions": (
        with_other_versions(PICTURE, lambda _: b"<svg>another</svg>"),
        YES_BUT,
        "what was not compared: 1 of",
    ),
    "the report exchanged": (with_outputs(REPORT, lambda _: b"<p>We find more."), NO, "different"),
    "a result left out": (without(TABLE, hashes=True), NO, "new"),
    "a result added": (
        with_file("results/tables/more.md", lambda _: b"0.99***", hashes=True),
        NO,
        "missing",
    ),
    # the study, with lists that agree
    "no study": (
        with_file("study.toml", lambda _: b"\x00", hashes=True),
        NOT_CHECKED,
        "expected TOML",
    ),
    "data absolute": (
        text_of_study(b'"data.csv"', b'"/etc/passwd.csv"'),
        NOT_CHECKED,
        "below the folder of the study",
    ),
    "data above": (
        text_of_study(b'"data.csv"', b'"../../data.csv"'),
        NOT_CHECKED,
        "below the folder of the study",
    ),
    "data at an address": (
        text_of_study(b'"data.csv"', b'"http://127.0.0.1:9/data.csv"'),
        NOT_CHECKED,
        "it has a colon",
    ),
    "a map at an address": (
        text_of_study(
            b'time = "year"', b'time = "year"\ngeometry = "/vsicurl/http://127.0.0.1:9/a.geojson"'
        ),
        NOT_CHECKED,
        "below the folder of the study",
    ),
    "a map by a connection": (
        text_of_study(b'time = "year"', b'time = "year"\ngeometry = "PG:host=127.0.0.1"'),
        NOT_CHECKED,
        "it has a colon",
    ),
}
