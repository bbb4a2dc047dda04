"""The page on the design names files, and they are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
PLACES = (ROOT / "bevdrivers", ROOT)


def test_every_path_leads_somewhere():
    named = set(re.findall(r"`([\w/.]+(?:/|\.py|\.pyi|\.md|\.toml))`", PAGE))
    named.discard("study.toml")  # the user's own
    assert len(named) > 40
    lost = sorted(
        name for name in named if not any((position / name).exists() for position in PLACES)
    )
    assert lost == []


def test_every_room_is_in_the_picture():
    picture = PAGE.partition("```text")[2].partition("```")[0]
    rooms = {
        path.name.removesuffix(".py")
        for path in (ROOT / "bevdrivers").iterdir()
        if path.suffix in ("", ".py") and not path.name.startswith("__")
    }
    assert sorted(room for room in rooms if not re.search(rf"\b{room}\b", picture)) == []
