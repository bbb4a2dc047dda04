"""What counts as the same result, format by format: nothing passes only because its bytes are hard
to compare.
"""

from __future__ import annotations

import base64
import io
import json
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from bevdrivers.study.package.comparison import (
    DIFFERENT,
    NOT_COMPARED,
    ROUNDED,
    SAME,
    compare,
    differences,
)
from tests.tables.cases import cases

SAME_VERSIONS: dict[str, tuple[str, str]] = {}
OTHER_VERSIONS = {"matplotlib": ("3.8", "3.9")}


def outcome(
    folder: Path, name: str, before: bytes, after: bytes, versions: dict[str, tuple[str, str]]
) -> str:
    for position, content in (("before", before), ("after", after)):
        (folder / position).mkdir(exist_ok=True)
        (folder / position / name).write_bytes(content)
    return compare(folder / "before" / name, folder / "after" / name, versions)[0]


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_another_picture_is_different_under_the_same_versions_and_not_compared_under_others(
    suffix: str, tmp_path: Path
) -> None:
    name = f"a{suffix}"
    assert outcome(tmp_path, name, b"one", b"one", SAME_VERSIONS) == SAME
    assert outcome(tmp_path, name, b"one", b"two", SAME_VERSIONS) == DIFFERENT
    assert outcome(tmp_path, name, b"one", b"two", OTHER_VERSIONS) == NOT_COMPARED


def pdf(text: bytes) -> bytes:
    stream = zlib.compress(text)
    head = b"%%PDF-1.4\n1 0 obj << /Length %d >>\nstream\n" % len(stream)
    body = head + stream + b"\nendstream\nendobj\n"
    return body + b"xref\n0 1\n%010d\n" % len(body)


def test_what_pictures_draw_is_compared_to_the_last_digit(tmp_path: Path) -> None:
    for versions in (SAME_VERSIONS, OTHER_VERSIONS):
        assert (
            outcome(tmp_path, "a.svg", b'<p d="M 1.25 3"/>', b'<p d="M 1.26 3"/>', versions)
            == ROUNDED
        )
        assert outcome(tmp_path, "a.pdf", pdf(b"1.25 3 m"), pdf(b"1.26 3 m"), versions) == ROUNDED
    assert (
        outcome(tmp_path, "a.pdf", pdf(b"1.25 3 m"), pdf(b"1.35 3 m"), SAME_VERSIONS) == DIFFERENT
    )


def drawn() -> bytes:
    """A figure as matplotlib writes it."""
    made = io.BytesIO()
    Figure(figsize=(1, 1)).savefig(made, format="pdf", metadata={"CreationDate": None})
    return made.getvalue()


def with_other_page(held: bytes) -> bytes:
    """Appended, as editors do it: the page anew, with other contents."""
    page = re.search(rb"\n(\d+) 0 obj\n<< /Type /Page /.*?endobj\n", held, re.DOTALL)
    assert page is not None
    anew = re.sub(rb"/Contents \d+", b"/Contents 1", page[0][1:])
    places = b"xref\n%b 1\n%010d 00000 n \n" % (page[1], len(held))
    end = b"trailer\n<< >>\nstartxref\n%d\n%%%%EOF\n" % (len(held) + len(anew))
    return held + anew + places + end


def with_places_exchanged(held: bytes) -> bytes:
    places = re.findall(rb"\n(\d{10}) 00000 n", held)[:2]
    return held.replace(places[0], b"x" * 10).replace(*places[::-1]).replace(b"x" * 10, places[1])


@pytest.mark.parametrize(
    "change",
    [
        with_other_page,
        with_places_exchanged,
        lambda held: held + b"% more\n",
        lambda held: re.sub(rb"\n(\d+) 0 obj\n(\d+)\nendobj", rb"\n\1 0 obj\n5\nendobj", held),
        lambda held: re.sub(rb"/Length \d+ 0 R", b"/Length 5", held),
        lambda held: re.sub(rb"startxref\n\d+", b"startxref\n9", held),
    ],
)
def test_a_pdf_that_a_viewer_would_show_in_another_way_is_different(
    change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    good = drawn()
    assert change(good) != good
    assert outcome(tmp_path, "a.pdf", change(good), good, SAME_VERSIONS) == DIFFERENT


@pytest.mark.parametrize("suffix", [".docx", ".xlsx"])
@pytest.mark.parametrize("versions", [SAME_VERSIONS, OTHER_VERSIONS])
def test_cells_of_office_files_are_compared(
    suffix: str, versions: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    pytest.importorskip("openpyxl")
    pytest.importorskip("docx")
    table = cases()["regression"]
    good = table.save(tmp_path / f"good{suffix}").read_bytes()
    other = table.label({"log(gdp_pc)": "Another"}).save(tmp_path / f"other{suffix}").read_bytes()
    assert outcome(tmp_path, f"a{suffix}", good, good, versions) == SAME
    assert outcome(tmp_path, f"a{suffix}", other, good, versions) == DIFFERENT
    assert outcome(tmp_path, f"a{suffix}", b"any bytes", good, versions) == DIFFERENT
    assert outcome(tmp_path, f"a{suffix}", good[:-30], good, versions) == DIFFERENT


@pytest.mark.parametrize("suffix", [".docx", ".xlsx"])
@pytest.mark.parametrize("versions", [SAME_VERSIONS, OTHER_VERSIONS])
def test_a_part_that_is_there_twice_is_different(
    suffix: str, versions: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    """A program may show the first, while the last is compared."""
    pytest.importorskip("openpyxl")
    pytest.importorskip("docx")
    good = cases()["regression"].save(tmp_path / f"good{suffix}").read_bytes()
    made = io.BytesIO()
    text = "word/document.xml" if suffix == ".docx" else "xl/worksheets/sheet1.xml"
    with (
        warnings.catch_warnings(),
        zipfile.ZipFile(io.BytesIO(good)) as parts,
        zipfile.ZipFile(made, "w") as archive,
    ):
        warnings.simplefilter("ignore")  # of names that are there twice
        archive.writestr(text, b"<another/>")
        for part in parts.infolist():
            archive.writestr(part, parts.read(part))
    assert outcome(tmp_path, f"a{suffix}", made.getvalue(), good, versions) == DIFFERENT


def test_a_number_in_a_workbook_is_compared(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    path = cases()["regression"].save(tmp_path / "good.xlsx")
    good = path.read_bytes()
    for factor, expected in ((1.01, DIFFERENT), (1 + 1e-12, ROUNDED)):
        book = openpyxl.load_workbook(tmp_path / "good.xlsx")
        book.active["B5"] = 0.512345678901 * factor
        book.save(tmp_path / "other.xlsx")
        book.active["B5"] = 0.512345678901
        book.save(tmp_path / "base.xlsx")
        other, base = (tmp_path / "other.xlsx").read_bytes(), (tmp_path / "base.xlsx").read_bytes()
        assert outcome(tmp_path, "a.xlsx", other, base, OTHER_VERSIONS) == expected
    assert good == path.read_bytes()


def page(words: str, picture: bytes, kind: str = "image/png") -> bytes:
    return (
        f'<p>{words}</p><img src="data:{kind};base64,{base64.b64encode(picture).decode()}">'
    ).encode()


def test_the_report_is_compared_with_the_files_in_it(tmp_path: Path) -> None:
    good = page("rho 0.238", b"one")
    for other, expected in {
        page("rho 0.239", b"one"): ROUNDED,
        page("rho 0.338", b"one"): DIFFERENT,
        page("rho 0.238", b"two"): DIFFERENT,
        page("rho 0.238", b"one", "text/html"): DIFFERENT,
        good + good: DIFFERENT,
    }.items():
        assert outcome(tmp_path, "report.html", other, good, SAME_VERSIONS) == expected
    assert outcome(tmp_path, "report.html", page("x", b"two"), good, OTHER_VERSIONS) == NOT_COMPARED


def test_the_manifest_is_compared_in_what_was_asked_and_read(tmp_path: Path) -> None:
    good = {
        "study": {"title": "a"},
        "seeds": {"a": 1},
        "inputs": {"x": "h"},
        "outputs": {"y": "1"},
        "panel": {"n": 1},
    }

    def verdict_of(differing: dict[str, tuple[str, str]], **change: object) -> str:
        before, after = (json.dumps(one).encode() for one in (good | change, good))
        return outcome(tmp_path, "manifest.json", before, after, differing)

    assert verdict_of(SAME_VERSIONS, outputs={"y": "2"}) == ROUNDED
    assert verdict_of(SAME_VERSIONS, study={"title": "b"}) == DIFFERENT
    assert verdict_of(SAME_VERSIONS, more=1) == DIFFERENT
    assert verdict_of(SAME_VERSIONS, outputs={"y": "1", "z": "1"}) == DIFFERENT
    assert verdict_of(SAME_VERSIONS, weights={"far": {"sha256": "0" * 64}}) == DIFFERENT
    assert verdict_of(SAME_VERSIONS, panel={"n": 1, "sha256": "0.9***"}) == DIFFERENT
    assert verdict_of(OTHER_VERSIONS, inputs={"x": "g"}) == DIFFERENT
    assert verdict_of(OTHER_VERSIONS, study={"title": "b"}) == NOT_COMPARED
    assert verdict_of(OTHER_VERSIONS, study={"title": "b"}, inputs={"x": "g"}) == DIFFERENT
    assert verdict_of(OTHER_VERSIONS, outputs={"y": "2"}, versions={"numpy": "1"}) == ROUNDED
    assert verdict_of(SAME_VERSIONS, versions={"numpy": "1"}) == DIFFERENT


@pytest.mark.parametrize(
    "name", ["a.md", "a.tex", "a.csv", "a.json", "a.txt", "a.xlsx", "a.pdf", "manifest.json", "a"]
)
@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"", b"{", b"[" * 100_000, b"stream\nx\nendstream"]
)
def test_what_cannot_be_read_is_different(name: str, content: bytes, tmp_path: Path) -> None:
    assert outcome(tmp_path, name, content, b'{"a": 1.5}', SAME_VERSIONS) == DIFFERENT


def test_a_file_that_is_much_larger_is_not_read(tmp_path: Path) -> None:
    assert outcome(tmp_path, "a.md", b"1" * 30_000, b"1", SAME_VERSIONS) == DIFFERENT


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("0.1234567890123", "0.12345678901", ROUNDED),
        ("0.1234567890123", "0.12345679", DIFFERENT),
        ("0.5", "0.4999999999999999", ROUNDED),
        ("0.5", "0.4999", DIFFERENT),
        ("1234567890123", "1234567890124", ROUNDED),
        ("1e-17", "-3.123456789012e-17", DIFFERENT),
        ("units 1,2", "units 12", DIFFERENT),
        ("1,234.56", "1,234.57", ROUNDED),
        ("2,.763", "2.763", DIFFERENT),
        ("0.\u0665", "0.5", DIFFERENT),
    ],
)
def test_numbers_in_full_agree_in_nine_digits(before: str, after: str, expected: str) -> None:
    assert differences(before, after)[0] == expected
