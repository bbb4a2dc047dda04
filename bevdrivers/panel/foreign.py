"""Files that strangers wrote, looked at before a library reads them: plain files, archives of sane
size, plain XML.
"""

from __future__ import annotations

import json
import stat
import struct
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ..errors import DataError
from .encodings import BYTES, with_letters

if TYPE_CHECKING:
    import geopandas

# where a reader leaves its notes on the frame that it makes, for the panel
NOTES = "bevdrivers.notes"
CHUNK = 1 << 20  # bytes
LANGUAGE_BYTE = 29  # of a .dbf: where its code page stands
NO_LANGUAGE = (0x00, 0x57)  # none, and "as the system has it", which is another one elsewhere
ZIP_START = b"PK\x03\x04"
ENCRYPTED = 0x1 | 0x40 | 0x2000  # the flags of an entry whose content, or name, is not in the clear
REPARSE_POINT = 0x400  # the attribute of a link on Windows
LOCAL_HEADER = struct.Struct(
    "<4s22xHH"
)  # signature, length of the name, length of what else there is
# what a map file begins with; GDAL goes by contents, and would take other contents for a way to
# other files
MAP_STARTS = {
    ".shp": b"\x00\x00\x27\x0a",
    ".gpkg": b"SQLite format 3\x00",
    ".fgb": b"fgb\x03fgb",
}
MAP_ROOTS = {".gml": "FeatureCollection", ".kml": "kml"}
MAP_JSON = (".geojson", ".json")
MAP_SUFFIXES = (*MAP_JSON, *MAP_STARTS, *MAP_ROOTS)
GEOJSON_TYPES = {
    "FeatureCollection",
    "Feature",
    "GeometryCollection",
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "Topology",
}


@dataclass(frozen=True)
class Limits:
    """How much an archive may hold.

    Attributes
    ----------
    entries : int
        Files and folders.
    total : int
        Bytes, unpacked.
    free : int
        Bytes to which any archive may unpack, however small it is.
    ratio : int
        Beyond `free`: bytes unpacked for each byte of the archive.
    """

    entries: int
    total: int
    free: int
    ratio: int

    def check(
        self,
        name: str,
        entries: int,
        unpacked: int,
        packed: int,
    ) -> None:
        """Refuse an archive that is larger."""
        if entries > self.entries:
            raise DataError(
                name,
                expected=f"at most {self.entries:,} files",
                got=f"{entries:,}",
                remedy=("Save only the sheet or the layer that is needed, as CSV or GeoPackage."),
            )
        most = min(self.total, max(self.free, self.ratio * packed))
        if unpacked > most:
            expected = f"an archive of {packed:,} bytes that unpacks to at most {most:,} bytes"
            raise DataError(
                name,
                expected=expected,
                got=f"{unpacked:,} bytes or more",
                remedy=("Save only the sheet or the layer that is needed, as CSV or GeoPackage."),
            )


# a workbook of a million rows and fifty columns is about 2 GB of XML
WORKBOOK = Limits(
    entries=10_000,
    total=4 << 30,
    free=200 << 20,
    ratio=100,
)


def plain_file(path: str | Path) -> Path:
    """A path that names an existing file of this machine; never an address, a folder or a device.

    Raises
    ------
    DataError
    """
    if not isinstance(path, str | Path):
        remedy = "Read it by pandas and pass the frame to Panel.from_frame(...)."
        raise DataError(
            "path",
            expected="the path of a file",
            got=f"an object of {type(path).__name__}",
            remedy=remedy,
        )
    file = Path(path)
    try:
        kind = file.stat().st_mode
    except (OSError, ValueError) as error:
        got = getattr(error, "strerror", None) or str(error)
        remedy = (
            "Download it first." if "://" in str(path) else "Paths start at the working folder."
        )
        raise DataError(
            str(path),
            expected="a file of this machine",
            got=got,
            remedy=remedy,
        ) from None
    if not stat.S_ISREG(kind):
        raise DataError(
            str(path),
            expected="a file",
            got="a folder" if stat.S_ISDIR(kind) else "a device or a pipe",
            remedy="Name the file itself.",
        )
    return file


def checked_entries(
    archive: ZipFile,
    name: str,
    limits: Limits,
) -> list[ZipInfo]:
    """The entries of an archive, in the order in which they lie in it, when nothing is odd about
    them.

    Nothing is unpacked. What headers say of sizes is believed here and counted by `unpacked`.

    Raises
    ------
    DataError
        Too much, encrypted, compressed in a rare way, a link or a device, or two entries in the
        same bytes.
    """
    entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    held = sum(entry.compress_size for entry in entries)
    limits.check(name, len(entries), sum(entry.file_size for entry in entries), held)
    for entry in entries:
        if reason := _odd(entry):
            raise DataError(
                name,
                expected="an archive of plain files",
                got=f"{entry.orig_filename!r}, {reason}",
                remedy="Save it anew, without a password, or as CSV.",
            )
    _refuse_overlaps(archive, entries, name)
    return entries


def _odd(entry: ZipInfo) -> str:
    """What is not plain about an entry; empty when nothing is."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.flag_bits & ENCRYPTED:
        return "which is encrypted"
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return f"compressed by method {entry.compress_type} (only 0 and 8 are read)"
    if stat.S_ISLNK(kind) or entry.external_attr & REPARSE_POINT:
        return "which is a link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "which is a device or a pipe"
    if (kind == stat.S_IFDIR) != entry.is_dir() and kind:
        return "which is a file by its name and a folder by its kind, or the reverse"
    if entry.is_dir() and entry.file_size:
        return "a folder with content"
    return ""


def _refuse_overlaps(
    archive: ZipFile,
    entries: list[ZipInfo],
    name: str,
) -> None:
    """Each entry has bytes of its own: entries that share them unpack without end."""
    ends = [*(entry.header_offset for entry in entries), archive.start_dir][1:]
    for entry, end in zip(entries, ends, strict=True):
        if (
            entry.header_offset
            + LOCAL_HEADER.size
            + _tail(archive, entry, name)
            + entry.compress_size
            > end
        ):
            expected = "entries that lie one behind the other"
            raise DataError(
                name,
                expected=expected,
                got=f"{entry.orig_filename!r}, which overlaps the next",
                remedy="The file is damaged: copy or download it again, or save it anew.",
            )


def _tail(
    archive: ZipFile,
    entry: ZipInfo,
    name: str,
) -> int:
    """The bytes between an entry's header and its content."""
    file = archive.fp
    assert file is not None  # an archive that is open has one
    file.seek(entry.header_offset)
    header = file.read(LOCAL_HEADER.size)
    if len(header) < LOCAL_HEADER.size or header[:4] != ZIP_START:
        raise DataError(
            name,
            expected="a header before each entry",
            got=f"none before {entry.orig_filename!r}",
            remedy="The file is damaged: copy or download it again, or save it anew.",
        )
    _, named, extra = LOCAL_HEADER.unpack(header)
    return int(named) + int(extra)


def unpacked(archive: ZipFile, entry: ZipInfo) -> Generator[bytes, None, None]:
    """The content of an entry in pieces, as many bytes as its header says and no more.

    Until it is read to its end or closed, the file of the archive stays open: read it within
    `contextlib.closing` where something may come between.

    Raises
    ------
    BadZipFile
        There are more or fewer, or the checksum is another one.
    """
    count = 0
    with archive.open(entry) as stream:
        while piece := stream.read(CHUNK):
            count += len(piece)
            if count > entry.file_size:
                break
            yield piece
    if count != entry.file_size:
        raise BadZipFile(
            f"{entry.orig_filename!r} holds another number of bytes than its header says"
        )


def refuse_document_type(pieces: Iterator[bytes], name: str) -> str:
    """Refuse XML that declares a document type: entities that grow without end, or fetch files, are
    declared there.

    Returns
    -------
    str
        The name of the outermost element, without its prefix.

    Raises
    ------
    DataError
        There is one, or this is no XML.
    """
    parser = expat.ParserCreate()
    roots: list[str] = []

    def refuse(*_: object) -> None:
        raise DataError(
            name,
            expected="XML without a document type (DOCTYPE)",
            got="one with it",
            remedy=(
                "Save it anew with the program that it comes from; such "
                "declarations may read other files."
            ),
        )

    def keep_first(element: str, _: object) -> None:
        roots.append(element.rpartition(":")[2])
        parser.StartElementHandler = None

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = keep_first
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise DataError(
            name,
            expected="well-formed XML",
            got=str(error),
            remedy="The file is damaged: copy or download it again, or save it anew.",
        ) from None
    return roots[0]


def check_workbook(path: Path) -> None:
    """Refuse an Excel file (or another one that is an archive of XML) that would harm its reader.

    Raises
    ------
    DataError
        It unpacks to far more than it is, its parts are odd, or declare a document type.
    """
    with path.open("rb") as file:
        if file.read(len(ZIP_START)) != ZIP_START:
            return  # .xls, which holds no XML and is no archive
    try:
        with ZipFile(path) as archive:
            for entry in checked_entries(archive, path.name, WORKBOOK):
                _check_part(archive, entry, f"{path.name}, {entry.filename!r}")
    except DataError:
        raise
    except Exception as error:  # zipfile and zlib have several of their own for damaged files
        raise DataError(
            path.name,
            expected="a workbook that is whole",
            got=str(error),
            remedy="Open it in Excel and save it anew, or as CSV.",
        ) from error


def _check_part(
    archive: ZipFile,
    entry: ZipInfo,
    name: str,
) -> None:
    """Refuse a part of a workbook whose XML declares a document type, or that is not whole."""
    with closing(unpacked(archive, entry)) as pieces:
        if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
            refuse_document_type(pieces, name)
        else:
            for _ in pieces:
                pass


def read_map(path: str | Path) -> geopandas.GeoDataFrame:
    """A map from a file: GeoJSON, Shapefile, GeoPackage, FlatGeobuf, GML or KML.

    GDAL, which reads it, goes by what a file holds, and some contents send it to other files, to
    addresses or to programs. So the content has to be what the ending says.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    DataError
        No file, another format, or content that is not what the ending says.
    """
    import geopandas

    file = plain_file(path)
    _check_map(file)
    try:
        shapes = geopandas.read_file(file.resolve(), **_options(file))
    except Exception as error:  # each driver has errors of its own
        raise DataError(
            file.name,
            expected="a map that can be read",
            got=first_line(error),
            remedy="Open it in QGIS, for instance, and export it as GeoPackage.",
        ) from error
    if not isinstance(shapes, geopandas.GeoDataFrame):
        raise DataError(
            file.name,
            expected="a map",
            got="a table without shapes",
            remedy="Name the file with the shapes: .shp, .gpkg or .geojson.",
        )
    return _with_letters(shapes, file) if _says_no_encoding(file) else shapes


def first_line(error: BaseException) -> str:
    """What a library says of a file, in one line."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(". ") if lines else type(error).__name__


def _options(file: Path) -> dict[str, str]:
    """What GDAL is told: of GML no schema is fetched and nothing is written beside the map; texts
    without a known encoding come as their bytes.
    """
    if file.suffix.lower() == ".gml":
        return {"DOWNLOAD_SCHEMA": "NO", "WRITE_GFS": "NO"}
    return {"encoding": BYTES} if _says_no_encoding(file) else {}


def _says_no_encoding(file: Path) -> bool:
    """Whether the texts of a map are in an encoding that nothing tells: of a Shapefile neither a
    file .cpg beside it nor the language byte of its .dbf.
    """
    if file.suffix.lower() != ".shp":
        return False
    stems = [file.with_suffix(suffix) for suffix in (".cpg", ".CPG")]
    tables = [file.with_suffix(suffix) for suffix in (".dbf", ".DBF")]
    table = next((path for path in tables if path.is_file()), None)
    if table is None or any(path.is_file() for path in stems):
        return False
    with table.open("rb") as content:
        header = content.read(LANGUAGE_BYTE + 1)
    return len(header) > LANGUAGE_BYTE and header[LANGUAGE_BYTE] in NO_LANGUAGE


def _with_letters(shapes: geopandas.GeoDataFrame, file: Path) -> geopandas.GeoDataFrame:
    """A map whose texts came as bytes, with its letters."""
    try:
        table, notes = with_letters(shapes, file.with_suffix(".dbf").name)
    except DataError as error:
        remedy = (
            f"Write the name of its encoding, such as GBK or UTF-8, into a file "
            f"{file.with_suffix('.cpg').name} beside it."
        )
        raise DataError(
            error.argument,
            expected=error.expected,
            got=error.got,
            remedy=remedy,
        ) from None
    table.attrs[NOTES] = notes
    return table


def _check_map(file: Path) -> None:
    """Refuse a map whose content is not what its ending says."""
    kind = file.suffix.lower()
    if kind not in MAP_SUFFIXES:
        remedy = "Unpack an archive first; save other formats as GeoJSON or GeoPackage."
        expected = f"a map with one of the endings {list(MAP_SUFFIXES)}"
        raise DataError(
            file.name,
            expected=expected,
            got=repr(file.suffix),
            remedy=remedy,
        )
    if kind in MAP_JSON:
        _check_geojson(file)
        return
    with file.open("rb") as content:
        if kind in MAP_STARTS:
            start = MAP_STARTS[kind]
            if content.read(len(start)) != start:
                raise DataError(
                    file.name,
                    expected=f"the content of a {kind} file",
                    got="another one",
                    remedy="Give the file the ending of what it holds, or save it anew.",
                )
            return
        root = refuse_document_type(_pieces(content), file.name)
    if root != MAP_ROOTS[kind]:
        raise DataError(
            file.name,
            expected=f"the element <{MAP_ROOTS[kind]}> around all",
            got=f"<{root}>",
            remedy="Give the file the ending of what it holds, or save it anew.",
        )


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    while piece := content.read(CHUNK):
        yield piece


def _check_geojson(file: Path) -> None:
    try:
        document = json.loads(file.read_bytes(), object_pairs_hook=_geojson_object)
    except DataError as error:
        raise DataError(
            file.name,
            expected=error.expected,
            got=error.got,
            remedy=error.remedy,
        ) from None
    except (ValueError, RecursionError) as error:
        raise DataError(
            file.name,
            expected="GeoJSON",
            got=str(error),
            remedy="The file is damaged: copy or download it again, or save it anew.",
        ) from None
    if not isinstance(document, dict):
        raise DataError(
            file.name,
            expected="GeoJSON",
            got="JSON that is no object",
            remedy="Save it anew as GeoJSON, with a FeatureCollection around all.",
        )
    kind = document.get("type")
    if not isinstance(kind, str) or kind not in GEOJSON_TYPES or isinstance(document, _Repeated):
        raise DataError(
            file.name,
            expected="GeoJSON, such as a FeatureCollection",
            got=f"type {kind!r}",
            remedy="Save it anew as GeoJSON, with a FeatureCollection around all.",
        )


class _Repeated(dict[str, Any]):
    """An object of JSON with a key more than once, but for case: which one is meant depends on who
    reads.
    """


def _geojson_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of GeoJSON; a coordinate system in it has to be named, since GDAL fetches those
    that are linked.
    """
    keys = [key.lower() for key, _ in pairs]
    systems = [value for key, value in pairs if key.lower() == "crs"]
    if len(systems) > 1 or not all(_is_named(value) for value in systems):
        expected, remedy = "a coordinate system by its name", "An EPSG code says the same."
        raise DataError(
            "crs",
            expected=expected,
            got="a link to one, or several",
            remedy=remedy,
        )
    return _Repeated(pairs) if len(set(keys)) < len(keys) else dict(pairs)


def _is_named(system: Any) -> bool:
    if not isinstance(system, dict):
        return True  # a column that is called crs, or none
    kinds = [str(value).lower() for key, value in system.items() if key.lower() == "type"]
    return not isinstance(system, _Repeated) and all(kind in ("name", "epsg") for kind in kinds)
