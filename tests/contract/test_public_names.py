"""The promises of ``import bevdrivers as bd``: what it offers, that it is documented, and that it
is quick.
"""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import bevdrivers as bd

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
STUB = ast.parse(Path(bd.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
IMPORTS = [node for node in ast.walk(STUB) if isinstance(node, ast.ImportFrom)]
# name -> the room that it comes from, as the stub says
HOMES = {alias.name: node.module for node in IMPORTS if node.module for alias in node.names}
ROOMS = sorted(alias.name for node in IMPORTS if not node.module for alias in node.names)
ALIASES = {"SLX", "SAR", "SEM", "SDM", "SDEM", "SAC", "GNS"}
NAMES = sorted(HOMES.keys() - ALIASES)
HEAVY = [
    "numpy",
    "pandas",
    "scipy",
    "libpysal",
    "geopandas",
    "shapely",
    "matplotlib",
    "formulaic",
    "pandera",
]
HEAVY += ["linearmodels", "statsmodels"]
# parameters that need no line of their own
PLAIN = {"title", "xlabel", "ylabel"}
# to be mended; no name may join them
RESULT_NOT_DESCRIBED: set[str] = set()


@pytest.mark.parametrize("name", NAMES)
def test_name_is_there_and_at_home(name):
    home = import_module(f"bevdrivers.{HOMES[name]}")
    assert getattr(bd, name) is getattr(home, name)


def test_rooms_offer_nothing_that_the_package_hides_by_mistake():
    """A room's `__all__`, where it has one, holds the public names that it is the home of."""
    for name, home in HOMES.items():
        offered = getattr(import_module(f"bevdrivers.{home}"), "__all__", [name])
        assert name in offered, home


def test_abbreviations_are_the_models():
    models = {name: getattr(bd, name) for name in ALIASES}
    assert {name: model.__name__ for name, model in models.items()} == {
        "SLX": "SpatialLagX",
        "SAR": "SpatialLag",
        "SEM": "SpatialError",
        "SDM": "SpatialDurbin",
        "SDEM": "SpatialDurbinError",
        "SAC": "SpatialCombined",
        "GNS": "GeneralNesting",
    }


@pytest.mark.parametrize("room", ROOMS)
def test_room_is_reached_in_a_fresh_session(room):
    assert _run(f"import bevdrivers as bd; print(bd.{room}.__name__)") == f"bevdrivers.{room}"


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="no attribute 'SpatialDurbn'"):
        _ = bd.SpatialDurbn


def test_dir_shows_what_a_study_needs_first_and_the_rooms():
    shown = set(dir(bd))
    assert set(ROOMS) <= shown
    first = shown - set(ROOMS) - {"__version__"}
    assert first <= HOMES.keys()
    assert 45 <= len(first) <= 50


def test_all_lists_every_name_and_room():
    assert set(bd.__all__) == {*HOMES, *ROOMS, "__version__"}


@pytest.mark.parametrize("name", NAMES)
def test_docstring_says_what_goes_in_and_what_comes_out(name):
    thing = getattr(bd, name)
    text = inspect.getdoc(thing) or ""
    assert text, "a summary line"
    if inspect.isclass(thing):
        of_ours = [
            kind.__doc__ or "" for kind in thing.__mro__ if kind.__module__.startswith("bevdrivers")
        ]
        if not issubclass(thing, (BaseException, tuple)):
            assert any(
                _has_section(doc, "Parameters") or _has_section(doc, "Attributes")
                for doc in of_ours
            )
        return
    signature = inspect.signature(thing)
    if signature.parameters:
        assert _has_section(text, "Parameters")
        missing = [
            p
            for p in set(signature.parameters) - PLAIN
            if not re.search(rf"^[\w*, ]*\b{p}\b", text, flags=re.MULTILINE)
        ]
        assert missing == []
    if signature.return_annotation not in (None, "None") and name not in RESULT_NOT_DESCRIBED:
        assert _has_section(text, "Returns")


def _has_section(doc: str, title: str) -> bool:
    return re.search(rf"^\s*{title}\n\s*-{{{len(title)}}}\s*$", doc, flags=re.MULTILINE) is not None


def test_reference_pages_list_the_public_names():
    """`docs/reference/*.md` has one line ``::: bevdrivers.NAME`` for each name, whichever the room
    that it gives.
    """
    pages = sorted(REFERENCE.glob("*.md"))
    assert pages, "docs/reference is empty"
    entries = [
        entry
        for page in pages
        for entry in re.findall(r"^:::\s+bevdrivers\.([\w.]+)", page.read_text("utf-8"), re.M)
    ]
    listed = [entry.rpartition(".")[2] for entry in entries]
    twice = {name for name in listed if listed.count(name) > 1}
    assert (set(NAMES) - set(listed), set(listed) - set(NAMES), twice) == (set(), set(), set()), (
        "names without an entry, entries without a name, names with two entries"
    )


def test_import_loads_no_heavy_package():
    code = f"import sys, bevdrivers; print([name for name in {HEAVY} if name in sys.modules])"
    assert _run(code) == "[]"


def test_import_is_quick():
    """Under half a second on a warm cache; measured at about 4 ms, so that a slow machine passes
    too.
    """
    code = "import time; t = time.perf_counter(); import bevdrivers; print(time.perf_counter() - t)"
    _run(code)
    assert float(_run(code)) < 0.5


def test_help_of_the_command_loads_no_heavy_package():
    code = f"""
import sys
from bevdrivers.cli import main
try:
    main(["--version"])
except SystemExit:
    print([name for name in {HEAVY} if name in sys.modules])
"""
    assert _run(code).splitlines()[-1] == "[]"


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()
