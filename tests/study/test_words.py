"""What readers and weights say of Python is said of study files there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bevdrivers as bd
from bevdrivers.study.errors import as_keys

PACKAGE = Path(bd.__file__).parent
PYTHON = re.compile(r"\b(panel|geometry)\.[a-z_]+\(|\bframe(\[|\.[a-z_])")
# of frames and matrices that no study hands over
FOR_PYTHON = ("frame.pivot", "frame[name]")


def _texts() -> Iterator[str]:
    """Whole texts of the rooms that studies read with, but for docstrings; X stands for values."""
    for room in ("panel", "weights"):
        for path in sorted((PACKAGE / room).glob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            parts = {
                id(part)
                for node in ast.walk(tree)
                if isinstance(node, ast.JoinedStr | ast.Expr)
                for part in ast.walk(node)
                if part is not node and not isinstance(part, ast.JoinedStr)
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.JoinedStr):
                    values = [getattr(value, "value", None) for value in node.values]
                    yield "".join(v if isinstance(v, str) else "['X']" for v in values)
                elif id(node) not in parts and isinstance(node, ast.Constant):
                    yield str(node.value)


PYTHONS = sorted({text for text in _texts() if " " in text and PYTHON.search(text)})


def test_there_are_texts_of_python():
    assert len(PYTHONS) > 10


@pytest.mark.parametrize("text", PYTHONS)
def test_no_python_is_left_in_a_study(text: str) -> None:
    if not any(known in text for known in FOR_PYTHON):
        assert not PYTHON.search(as_keys(text))
