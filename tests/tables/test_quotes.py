"""Quotes in a note are right in every format: LaTeX has an opening one, the others keep the letter."""

from __future__ import annotations

import zipfile
from html import unescape
from pathlib import Path

import pytest

from bevdrivers.tables.latex.text import escape_latex

from .cases import cases

NOTE = """See residual_tests(fit, p="bootstrap"), Moran's I and effects 'kkp'."""


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ('p="bootstrap"', "p$=$``bootstrap''"),
        ('"one" and "two"', "``one'' and ``two''"),
        ('a column of 5"', "a column of 5''"),
        ("effects 'kkp'; see", "effects `kkp'; see"),
        ("Moran's I of the units' means", "Moran's I of the units' means"),
        ("“one”, ‘two’ and it’s", "``one'', `two' and it's"),
        ('the "β < 0" of', "the ``$\\beta$ $<$ 0'' of"),
        ('参见"甲"', "参见``甲''"),
    ],
)
def test_quotes_open_and_close_in_latex(text: str, latex: str) -> None:
    assert escape_latex(text) == latex


def test_other_formats_keep_the_quotes(tmp_path: Path) -> None:
    table = cases()["regression"].note(NOTE)
    assert NOTE.replace("_", r"\_") in table.to_markdown()
    assert NOTE in unescape(table.to_html())
    for name, part in (("t.docx", "word/document.xml"), ("t.xlsx", None)):
        file = table.save(tmp_path / name)
        with zipfile.ZipFile(file) as archive:
            parts = [part] if part else archive.namelist()
            text = "".join(
                archive.read(one).decode("utf-8") for one in parts if one.endswith("xml")
            )
        assert NOTE in unescape(text)
