"""Files of strangers: what would fetch, grow without end or point elsewhere is refused, by one of
our errors.
"""

from __future__ import annotations

import json
import os
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.errors import DataError, WeightsError
from bevdrivers.panel import read_csv, read_excel, read_nbs, read_stata
from bevdrivers.panel.foreign import check_workbook, read_map

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]]}
MAP = {
    "type": "FeatureCollection",
    "features": [{"type": "Feature", "properties": {"place": "a"}, "geometry": SQUARE}],
}
ENTITIES = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
KML = (
    '{}<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>a</name><Point><coordinates>1,2'
    "</coordinates></Point></Placemark></Document></kml>"
)
GML = (
    '{0}<ogr:FeatureCollection xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:ogr="http://ogr.maptools.org/" '
    'xmlns:gml="http://www.opengis.net/gml" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://ogr.maptools.org/ {1}">'
    '<gml:featureMember><ogr:a fid="a.0"><ogr:geometryProperty><gml:Point '
    'srsName="EPSG:4326"><gml:coordinates>1,2'
    "</gml:coordinates></gml:Point></ogr:geometryProperty><ogr:place "
    'xlink:href="{1}">a</ogr:place></ogr:a>'
    '</gml:featureMember><gml:featureMember xlink:href="{1}#a"/>'
    "</ogr:FeatureCollection>"
)


class Asked(BaseHTTPRequestHandler):
    """A server that notes what it was asked for."""

    paths: list[str] = []

    def do_GET(self) -> None:
        self.paths.append(self.path)
        self.send_response(404)
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server of this machine, which must not be asked for anything."""
    Asked.paths.clear()
    with HTTPServer(("127.0.0.1", 0), Asked) as here:
        thread = threading.Thread(target=here.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{here.server_port}"
        here.shutdown()
        thread.join()
    assert Asked.paths == []


@pytest.mark.parametrize(
    "read",
    [
        read_csv,
        read_excel,
        read_stata,
        read_map,
        lambda path: read_nbs({"x": path}),
        lambda path: bd.Panel.from_csv(path, unit="a", time="b"),
        lambda path: bd.Panel.from_excel(path, unit="a", time="b"),
        lambda path: bd.Panel.from_stata(path, unit="a", time="b"),
        lambda path: bd.Panel.from_nbs({"x": path}),
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        "{}/a.csv",
        "/vsicurl/{}/a.geojson",
        "/vsizip//tmp/a.zip/a.shp",
        "PG:host=127.0.0.1",
        "s3://a/b.csv",
        "{}",
    ],
)
def test_no_reader_goes_to_an_address(read, form: str, server: str) -> None:
    with pytest.raises(DataError, match="a file of this machine"):
        read(form.format(server))


@pytest.mark.parametrize("suffix", [".gal", ".gwt", ".csv", ".txt", ".xlsx", ".dta", ".mat"])
def test_no_reader_of_weights_goes_to_an_address(suffix: str, server: str) -> None:
    with pytest.raises(WeightsError, match="expected a file"):
        bd.FromFile(f"{server}/w{suffix}").fit()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_and_a_folder_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(DataError, match="a device or a pipe"):
        read_csv(tmp_path / "a.csv")
    with pytest.raises(DataError, match="a folder"):
        read_csv(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"PK\x03\x04broken", b"<html>"])
@pytest.mark.parametrize("read", [read_excel, read_stata])
def test_what_is_no_table_is_one_of_our_errors(read, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(DataError, match="expected"):
        read(path)


def workbook(path: Path) -> Path:
    pd.DataFrame({"a": ["x"], "b": [1.5]}).to_excel(path, index=False)
    return path


def replaced(path: Path, part: str, change) -> Path:
    """A workbook with one part changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("head", [ENTITIES, OUTSIDE])
@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "[Content_Types].xml"]
)
def test_a_workbook_with_a_document_type_is_refused(head: str, part: str, tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    path = workbook(tmp_path / "a.xlsx")
    assert read_excel(path).shape == (1, 2)
    replaced(
        path,
        part,
        lambda held: (
            head.encode() + held.partition(b"?>")[2] if b"?>" in held else head.encode() + held
        ),
    )
    with pytest.raises(DataError, match="DOCTYPE"):
        read_excel(path)
    with pytest.raises(WeightsError, match="DOCTYPE"):
        bd.FromFile(path).fit()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are not listed here")
def test_a_workbook_that_is_refused_is_closed_again(tmp_path: Path) -> None:
    """Also while the error is at hand, and with it all that its traceback holds."""
    pytest.importorskip("openpyxl")
    path = workbook(tmp_path / "a.xlsx")
    replaced(path, "xl/workbook.xml", lambda _: ENTITIES.encode())
    with pytest.raises(DataError, match="DOCTYPE") as caught:
        read_excel(path)
    open_files = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
    assert str(path.resolve()) not in open_files
    assert caught.value.argument.startswith("a.xlsx")


def test_a_document_type_in_another_encoding_is_seen(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    text = ENTITIES.replace("?>", ' encoding="utf-16"?>') + "<x/>"
    path = replaced(workbook(tmp_path / "a.xlsx"), "xl/styles.xml", lambda _: text.encode("utf-16"))
    with pytest.raises(DataError, match="DOCTYPE"):
        read_excel(path)


def test_a_workbook_that_unpacks_to_far_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (210 << 20))
    with pytest.raises(DataError, match="unpacks to at most"):
        check_workbook(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.geojson").write_text(json.dumps(MAP), encoding="utf-8")
    return tmp_path


def test_maps_are_read_as_they_are(folder: Path) -> None:
    shapes = read_map(folder / "a.geojson")
    assert shapes["place"].tolist() == ["a"]
    for suffix, driver in {".shp": "ESRI Shapefile", ".gpkg": "GPKG", ".fgb": "FlatGeobuf"}.items():
        shapes.to_file(folder / f"b{suffix}", driver=driver)
        assert read_map(folder / f"b{suffix}")["place"].tolist() == ["a"]
    (folder / "c.kml").write_text(KML.format(""), encoding="utf-8")
    assert read_map(folder / "c.kml").geometry.x.tolist() == [1.0]


def test_gml_fetches_no_schema_and_writes_nothing_beside_it(folder: Path, server: str) -> None:
    (folder / "c.gml").write_text(GML.format("", f"{server}/schema.xsd"), encoding="utf-8")
    before = sorted(folder.iterdir())
    assert read_map(folder / "c.gml")["place"].tolist() == ["a"]
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    "suffix", [".geojson", ".json", ".gml", ".kml", ".shp", ".gpkg", ".vrt", ".zip", ".csv"]
)
def test_what_sends_gdal_to_other_files_is_refused(suffix: str, folder: Path, server: str) -> None:
    """GDAL takes this content for its virtual format whatever the file is called."""
    text = (
        "<OGRVRTDataSource><OGRVRTLayer "
        f'name="a"><SrcDataSource>{folder}/a.geojson</SrcDataSource></OGRVRTLayer>'
        "</OGRVRTDataSource>"
    )
    path = folder / f"b{suffix}"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="expected"):
        read_map(path)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline"},
        {"type": "Feature Service"},
        {"type": ["Feature"]},
        {},
    ],
)
def test_json_of_another_kind_is_no_map(document: object, folder: Path) -> None:
    (folder / "b.geojson").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(DataError, match="GeoJSON"):
        read_map(folder / "b.geojson")


@pytest.mark.parametrize(
    "crs",
    [
        '"crs": {"type": "link", "properties": {"href": "URL"}}',
        '"crs": {"type": "url", "properties": {"url": "URL"}}',
        '"CRS": {"TYPE": "LINK", "properties": {"href": "URL"}}',
        '"crs": {"type": "name", "Type": "link", "properties": {"href": "URL", "name": '
        '"EPSG:4326"}}',
        '"crs": {"type": "link", "type": "name", "properties": {"href": "URL"}}',
        '"crs": {"type": "link", "properties": {"href": "URL"}}, "crs": {"type": "name"}',
    ],
)
@pytest.mark.parametrize("at", ['"type": "FeatureCollection"', '"type": "Polygon"'])
def test_a_coordinate_system_at_an_address_is_refused(
    crs: str, at: str, folder: Path, server: str
) -> None:
    text = json.dumps(MAP).replace(at, f"{at}, {crs.replace('URL', server)}")
    (folder / "b.geojson").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"b\.geojson: expected a coordinate system by its name"):
        read_map(folder / "b.geojson")


def test_a_named_coordinate_system_is_read(folder: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    (folder / "b.geojson").write_text(json.dumps(MAP | {"crs": crs}), encoding="utf-8")
    assert read_map(folder / "b.geojson").crs.to_epsg() == 3857


@pytest.mark.parametrize("head", [ENTITIES, OUTSIDE])
def test_a_map_with_a_document_type_is_refused(head: str, folder: Path) -> None:
    (folder / "b.kml").write_text(KML.format(head), encoding="utf-8")
    (folder / "b.gml").write_text(GML.format(head, "a.xsd"), encoding="utf-8")
    for suffix in ("kml", "gml"):
        with pytest.raises(DataError, match="DOCTYPE"):
            read_map(folder / f"b.{suffix}")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("w.gwt", b""),
        ("w.gal", b""),
        ("w.csv", b""),
        ("w.txt", b"\xff\xfe\x00"),
        ("w.csv", b"\xff\xfe\x00\xd8"),
        ("w.mat", b""),
        ("w.mat", b"MATLAB 5.0" + bytes(200)),
        ("w.dta", b"<stata_dta>"),
        ("w.xlsx", b"PK\x03\x04"),
        ("w.txt", b"list(1:200000000)"),
        ("w.txt", b"list(2L, 5L)"),
        ("w.txt", b"structure(list(2L, 1L), region.id = c(1:200000000))"),
        ("w.gal", b"0 2 x id\na 99999999999999999999\n"),
    ],
)
def test_weights_files_that_are_none_are_our_errors(
    name: str, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match="path: expected"):
        bd.FromFile(tmp_path / name).fit()


HOSTILE = ("=1+1", "+a", "-a", "@a", "\ta", "'=1", "-5", "Place")


def test_ids_that_begin_like_formulas_are_texts_in_csv_and_come_back(tmp_path: Path) -> None:
    N = len(HOSTILE)
    links = np.roll(np.eye(N), 1, axis=1)
    weights = bd.SpatialWeights.from_matrix(links, ids=HOSTILE, normalise=None)
    path = weights.to_csv(tmp_path / "w.csv")
    cells = path.read_text(encoding="utf-8").replace('"', "").replace("\n", ",").split(",")
    assert not [
        cell for cell in cells if cell[:1] in ("=", "+", "@", "\t", "\r") or cell.startswith("-a")
    ]
    again = bd.FromFile(path, normalise=None).fit()
    assert {str(name).strip() for name in again.ids} == {name.strip() for name in HOSTILE}
    np.testing.assert_array_equal(again.align(weights.ids).sparse.toarray(), links)


def test_an_open_file_is_refused_with_its_remedy() -> None:
    with pytest.raises(
        DataError, match=r"the path of a file; got an object of BytesIO.*from_frame"
    ):
        bd.Panel.from_csv(BytesIO(b"a,b"), unit="a", time="b")
