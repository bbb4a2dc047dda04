"""The rooms of a study: imports go down, and each room says what it is for."""

from __future__ import annotations

import ast

from ..contract.imports import PACKAGE, all_imports

# from the ground up; what is not listed here stands at the head and knows all of them
ROOMS = ("request", "results", "steps", "report")
GROUND = ("errors", "model_kinds", "names")
LARGEST = 20  # modules in a folder


def _floor(module: str) -> int:
    """How high a module of the study stands, from its path below ``study``."""
    room = module.split("/")[0].removesuffix(".py")
    if room in GROUND:
        return 0
    if room in ROOMS:
        return 1 + ROOMS.index(room)
    # packages run a study again, and so stand above the pipeline
    return 1 + len(ROOMS) + (room == "package")


def test_imports_go_down() -> None:
    """Imports for annotations count too."""
    upward = []
    for imported in all_imports():
        inside = imported.target.removeprefix("bevdrivers.study.")
        if imported.module.startswith("study/") and inside != imported.target:
            module = imported.module.removeprefix("study/")
            if module != "__init__.py" and _floor(inside.replace(".", "/")) > _floor(module):
                upward.append(f"{module} imports {inside}")
    assert upward == []


def test_no_room_is_a_hall_and_each_introduces_itself() -> None:
    for introduction in (PACKAGE / "study").rglob("__init__.py"):
        assert len(list(introduction.parent.glob("*.py"))) <= LARGEST, introduction
        tree = ast.parse(introduction.read_text(encoding="utf-8"))
        words = ast.get_docstring(tree) or ""
        assert "In: " in words, introduction
        assert "Out: " in words, introduction
        assert "Open `" in words, introduction
