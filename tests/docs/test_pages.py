"""The documentation's code runs and prints what the pages say; links lead somewhere; every page is in the menu."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .pages import DOCS, ROOT, anchors, blocks, links, run, tidied

PAGES = sorted(DOCS.rglob("*.md"))
NAMES = [str(page.relative_to(DOCS)) for page in PAGES]
WITH_CODE = [name for name in NAMES if any(blocks((DOCS / name).read_text(encoding="utf-8")))]


@pytest.mark.parametrize("name", WITH_CODE)
def test_code_runs_and_prints_what_the_page_says(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict = {"__name__": "page"}
    for block in blocks((DOCS / name).read_text(encoding="utf-8")):
        printed = run(block, namespace, name)
        if block.shown is not None:
            assert tidied(printed) == tidied(block.shown), f"{name}, line {block.line}"


def test_commands_of_the_study_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands that begin a study; `run` has tests of its own."""
    from bevdrivers.cli import main

    monkeypatch.chdir(tmp_path)
    page = (DOCS / "howto" / "study.md").read_text(encoding="utf-8")
    commands = re.findall(r"^bevdrivers (init .*|check .*)$", page, re.MULTILINE)
    assert [main(command.split()) for command in commands] == [0, 0]


@pytest.mark.parametrize("name", NAMES)
def test_internal_links_resolve(name: str) -> None:
    page = DOCS / name
    broken = []
    for target in links(page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        there = (page.parent / path).resolve() if path else page
        found = there.is_file() and (not anchor or anchor in anchors(there.read_text(encoding="utf-8")))
        broken += [] if found else [target]
    assert not broken


def test_every_page_is_in_the_menu() -> None:
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    listed = re.findall(r"([\w/]+\.md)$", menu, re.MULTILINE)
    assert sorted(listed) == sorted(NAMES)
