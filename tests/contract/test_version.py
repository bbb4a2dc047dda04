"""One version, wherever it is written, and a citation file that tools can read."""

from __future__ import annotations

import re
from configparser import ConfigParser
from importlib.metadata import version
from pathlib import Path

import yaml

import bevdrivers as bd

ROOT = Path(__file__).parents[2]


def citation() -> dict:
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def test_one_version():
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    assert setup["metadata"]["version"] == bd.__version__
    assert citation()["version"] == bd.__version__
    assert version("bevdrivers") == bd.__version__, "install the checkout again"


def test_changelog_names_the_version():
    text = (ROOT / "docs" / "changelog.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[?v?(\d[\w.]*)", text, flags=re.MULTILINE)
    assert headings[:1] == [bd.__version__]


def test_citation_file_has_what_format_1_2_0_requires():
    cff = citation()
    assert cff["cff-version"] == "1.2.0"
    assert cff["message"]
    assert cff["title"] == "bevdrivers"
    assert cff["authors"] == [{"name": "The bevdrivers developers"}]
    assert cff["license"] == "BSD-3-Clause"
    for reference in cff["references"]:
        assert {"type", "title", "authors", "year"} <= set(reference)
        assert all({"name", "family-names"} & set(author) for author in reference["authors"])
