"""The documentation's code runs and prints what the pages say; links lead somewhere; every page is
in the menu.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .pages import DOCS, ROOT, anchors, blocks, links, run, tidied

PAGES = sorted(DOCS.rglob("*.md"))
NAMES = [str(page.relative_to(DOCS)) for page in PAGES]
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
# pages whose code takes more than five seconds
LONG = ("howto/bootstrap.md",)
WITH_CODE = [
    pytest.param(name, marks=pytest.mark.slow) if name in LONG else name
    for name in NAMES
    if any(blocks((DOCS / name).read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("name", WITH_CODE)
def test_code_runs_and_prints_what_the_page_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
        resolves = there.is_file() and (
            not anchor or anchor in anchors(there.read_text(encoding="utf-8"))
        )
        broken += [] if resolves else [target]
    assert not broken


def test_images_are_there_small_and_described() -> None:
    """80 kB an image keep a page quick; the text in its place is for readers who do not see it."""
    shown = [
        (page, *match)
        for page in PAGES
        for match in _IMAGE.findall(page.read_text(encoding="utf-8"))
    ]
    files = {(page.parent / path).resolve() for page, _, path in shown}
    assert {
        path.name for path in files if not path.is_file() or path.stat().st_size > 80_000
    } == set()
    assert [path for _, words, path in shown if len(words) < 20] == []
    assert files == set((DOCS / "images").glob("*.png"))


def test_every_page_is_in_the_menu() -> None:
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    listed = re.findall(r"([\w/]+\.md)$", menu, re.MULTILINE)
    assert sorted(listed) == sorted(NAMES)
