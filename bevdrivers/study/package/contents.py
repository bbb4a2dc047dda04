"""What a package says of itself, taken as data: its list of hashes and its manifest; and what is
really there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from ..errors import PackageError
from ..names import fault_of_name, fault_of_names
from ..results.folder import sha256

HASHES, RESULTS, CODE = "hashes.txt", "results", "code"
MANIFEST = f"{RESULTS}/manifest.json"
LARGEST = {HASHES: 16 << 20, MANIFEST: 64 << 20}  # bytes
LINE = re.compile(r"(?P<hash>[0-9a-f]{64})  (?P<name>.+)")
HASH = re.compile(r"[0-9a-f]{64}")
DIGITS = 400  # of a number in a manifest; a float has no more than 325


@dataclass(frozen=True)
class Contents:
    """A package on disk.

    Attributes
    ----------
    folder : Path
    listed, found : mapping
        Name -> SHA-256, as `hashes.txt` lists the files and as they are.
    manifest : mapping
        The manifest of the results, checked for its form.
    """

    folder: Path
    listed: Mapping[str, str]
    found: Mapping[str, str]
    manifest: Mapping[str, Any]

    @property
    def study(self) -> Path:
        """The study file."""
        return self.folder / str(self.manifest["study"]["file"])

    @property
    def missing(self) -> tuple[str, ...]:
        """Files of the list that are not there."""
        return tuple(sorted(set(self.listed) - set(self.found)))

    @property
    def withheld(self) -> tuple[str, ...]:
        """The data files that the study does not share, which others put in their places."""
        study = self.manifest["study"]
        package, data = study.get("package"), study.get("data")
        if not isinstance(package, dict) or not isinstance(data, dict):
            return ()
        if package.get("share_data") is not False:
            return ()
        pairs = data.get("files")
        listed = pairs if isinstance(pairs, list) else []
        files = [pair[-1] for pair in listed if isinstance(pair, list) and pair]
        return tuple(str(name) for name in (data.get("file"), *files) if name)

    @property
    def added(self) -> tuple[str, ...]:
        """Files that are not in the list."""
        return tuple(sorted(set(self.found) - set(self.listed) - set(self.withheld)))

    @property
    def changed(self) -> tuple[str, ...]:
        """Files that are not those of the list, or not those that the manifest says the study read
        and wrote.
        """
        outputs = {f"{RESULTS}/{name}": value for name, value in self.manifest["outputs"].items()}
        records = [self.listed, self.manifest["inputs"], outputs]
        changed = []
        for name, value in sorted(self.found.items()):
            if any(record.get(name, value) != value for record in records):
                changed.append(name)
        return tuple(changed)


def read_contents(folder: Path, package: str) -> Contents:
    """What a package holds.

    Parameters
    ----------
    folder : Path
        Where it was unpacked.
    package : str
        What to call it in messages.

    Raises
    ------
    PackageError
        No list of hashes, one that is empty or of another form, or a manifest that is none.
    """
    for name, largest in LARGEST.items():
        if not (folder / name).is_file():
            remedy = "bevdrivers package STUDY.toml --out study.zip makes one."
            raise PackageError(
                package,
                expected="a replication package",
                got=f"no {name} in it",
                remedy=remedy,
            )
        size = (folder / name).stat().st_size
        if size > largest:
            raise PackageError(name, expected=f"at most {largest:,} bytes", got=f"{size:,}")
    manifest = read_manifest((folder / MANIFEST).read_bytes())
    listed = read_hashes((folder / HASHES).read_bytes())
    contents = Contents(folder, listed, hashes_in(folder), manifest)
    if contents.study.name not in contents.found:
        raise PackageError(
            MANIFEST, expected="a study file of the package", got=f"no file {contents.study.name!r}"
        )
    return contents


def hashes_in(folder: Path) -> dict[str, str]:
    """Name -> SHA-256 of every file below a folder but the list of hashes itself."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in paths}
    return {name: sha256(path) for name, path in named.items() if name != HASHES}


def hash_list(hashes: Mapping[str, str]) -> str:
    """The text of a list of hashes, as `sha256sum` writes and reads it."""
    return "".join(f"{value}  {name}\n" for name, value in sorted(hashes.items()))


def digest_of(hashes: Mapping[str, str]) -> str:
    """One hash over all files of a folder: that of its `hashes.txt`, when this is right."""
    return hashlib.sha256(hash_list(hashes).encode()).hexdigest()


def read_hashes(content: bytes) -> dict[str, str]:
    """Name -> SHA-256 from a list of hashes.

    Raises
    ------
    PackageError
        It is empty, no text, or has a line of another form, a name twice, or one that is not plain.
    """
    text = _text(content, HASHES)
    lines = text.removesuffix("\n").split("\n")
    pairs = [(line, LINE.fullmatch(line)) for line in lines]
    wrong = [line for line, match in pairs if match is None]
    if not text or wrong:
        got = f"{wrong[0][:80]!r}" if text else "an empty file"
        raise PackageError(HASHES, expected="lines of a SHA-256, two blanks and a name", got=got)
    named = [(match["name"], match["hash"]) for _, match in pairs if match]
    if fault := fault_of_names(name for name, _ in named):
        raise PackageError(HASHES, expected="plain names of files, each once", got=fault)
    hashes = dict(named)
    if HASHES in hashes:
        raise PackageError(HASHES, expected="hashes of the other files", got="one of itself")
    return hashes


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise PackageError(name, expected="text in UTF-8", got="other bytes") from None


def read_manifest(content: bytes) -> dict[str, Any]:
    """A manifest from its JSON; nothing in it is believed but its form.

    Raises
    ------
    PackageError
        It is no JSON, has a key twice or a number that is none, lacks a part, or names a file that
        is not plain.
    """
    try:
        document = json.loads(
            _text(content, MANIFEST),
            object_pairs_hook=_unique,
            parse_constant=_no_number,
            parse_int=_whole,
        )
    except PackageError:
        raise
    except (ValueError, RecursionError) as error:
        raise PackageError(MANIFEST, expected="JSON", got=str(error)) from None
    if not isinstance(document, dict):
        raise PackageError(
            MANIFEST, expected="an object with the parts of a manifest", got=type(document).__name__
        )
    for part in ("study", "versions", "inputs", "outputs"):
        value = document.get(part)
        if not isinstance(value, dict):
            got = type(value).__name__
            raise PackageError(f"{MANIFEST}: {part}", expected="an object", got=got)
    _check_texts(document)
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    once = dict(pairs)
    if len(once) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise PackageError(MANIFEST, expected="each key once", got=f"{twice!r} twice")
    return once


def _no_number(text: str) -> NoReturn:
    raise PackageError(MANIFEST, expected="numbers", got=text)


def _whole(text: str) -> int:
    if len(text) > DIGITS:
        raise PackageError(
            MANIFEST, expected=f"numbers of at most {DIGITS} digits", got=f"one of {len(text)}"
        )
    return int(text)


def _check_texts(manifest: dict[str, Any]) -> None:
    """The study's file and all versions, names and hashes are texts of their kind."""
    study = manifest["study"].get("file")
    if not isinstance(study, str) or "/" in study or fault_of_name(study):
        expected = "the plain name of a file beside README.md"
        raise PackageError(f"{MANIFEST}: study.file", expected=expected, got=repr(study)[:200])
    versions = manifest["versions"]
    if not all(isinstance(number, str) for number in versions.values()):
        raise PackageError(f"{MANIFEST}: versions", expected="texts", got=repr(versions)[:200])
    for part in ("inputs", "outputs"):
        wrong = [value for value in manifest[part].values() if not _is_hash(value)]
        if wrong:
            got = repr(wrong[0])[:200]
            raise PackageError(f"{MANIFEST}: {part}", expected="SHA-256 hashes", got=got)
        if fault := fault_of_names(manifest[part]):
            raise PackageError(f"{MANIFEST}: {part}", expected="plain names of files", got=fault)


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and HASH.fullmatch(value) is not None
