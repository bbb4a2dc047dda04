"""What the README shows is what the package does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import bevdrivers as bd
from bevdrivers.study import bundled_study

from ..docs.pages import anchors, blocks, links, run, tidied

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_code_runs_and_prints_what_the_page_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    examples = list(blocks(README))
    assert len(examples) == 1
    for block in examples:
        assert tidied(run(block, {"__name__": "readme"}, "README.md")) == tidied(block.shown or "")
    assert (tmp_path / "drivers.tex").is_file()


def test_impacts_table_is_that_of_the_bundled_study(bev, queen):
    shown = re.search(
        r"<!-- impacts table -->\n(.*?)\n<!-- end of impacts table -->", README, flags=re.DOTALL
    )
    assert shown
    study = tomllib.loads(bundled_study().read_text(encoding="utf-8"))
    options = {name: study["model"][name] for name in ("formula", "cov_type")}
    fit = bd.SpatialDurbin(**options).fit(bev, queen)
    impacts = fit.impacts(draws=study["impacts"]["draws"], seed=study["study"]["seed"])
    table = bd.impacts_table(impacts, labels=study["labels"], titles=["Spatial Durbin"])
    assert tidied(shown[1]) == tidied(table.to_markdown())


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "examples/README.md"])
def test_links_lead_somewhere(page):
    here = ROOT / page
    text = here.read_text(encoding="utf-8")
    images = re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", text)
    broken = []
    for target in [*links(text), *images]:
        path, _, anchor = target.partition("#")
        there = here.parent / path
        good = "://" in target or (
            there.exists() and (not anchor or anchor in anchors(there.read_text("utf-8")))
        )
        broken += [] if good else [target]
    assert broken == []


def test_two_commands_are_targets_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^    make (\w+)", README, flags=re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
