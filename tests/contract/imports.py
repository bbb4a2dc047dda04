"""What each module of the package imports, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "bevdrivers"


@dataclass(frozen=True)
class Import:
    """One import statement.

    Attributes
    ----------
    module : str
        The importing module as a path in the package, "models/ml.py".
    target : str
        What it imports, in full: "bevdrivers.numerics.linalg", "scipy.special".
    typing_only : bool
        Whether it stands below ``if TYPE_CHECKING``.
    """

    module: str
    target: str
    typing_only: bool

    @property
    def room(self) -> str:
        """The folder or top-level module that imports: "models", "linalg"."""
        return self.module.partition("/")[0].removesuffix(".py")

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.target.split("."))


def all_imports() -> list[Import]:
    """Every import in the package, also those inside functions."""
    return [imported for path in sorted(PACKAGE.rglob("*.py")) for imported in imports_of(path)]


def imports_of(path: Path) -> Iterator[Import]:
    module = path.relative_to(PACKAGE).as_posix()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        for target in _targets(node, ["bevdrivers", *path.relative_to(PACKAGE).parent.parts]):
            yield Import(module, target, id(node) in guarded)


def _targets(node: ast.AST, package: list[str]) -> Iterator[str]:
    """The modules that a statement imports; `package` is the one that it stands in."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = package[: len(package) - node.level + 1] if node.level else []
        stem = ".".join([*base, *([node.module] if node.module else [])])
        # "from . import notes" and "from bevdrivers import models" name modules behind the word
        # import
        yield from [f"{stem}.{alias.name}" for alias in node.names] if _is_package(stem) else [stem]


def _is_package(stem: str) -> bool:
    """Whether names imported from here may be modules of ours: then each is a target of its own."""
    first, *rest = stem.split(".")
    return first == "bevdrivers" and PACKAGE.joinpath(*rest).is_dir()
