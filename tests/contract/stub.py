"""The stub by which editors and type checkers see the public names, which load only when asked for.

After a change of the names in ``bevdrivers/__init__.py``: ``python -m tests.contract.stub``.
"""

from __future__ import annotations

from pathlib import Path

import bevdrivers

STUB = Path(bevdrivers.__file__).with_suffix(".pyi")


def stub() -> str:
    """The text that the stub must have."""
    lines = ["# Written by: python -m tests.contract.stub", ""]
    for home in sorted(bevdrivers._HOMES):
        names = sorted(bevdrivers._HOMES[home])
        lines += [f"from .{home} import (", *(f"    {name}," for name in names), ")"]
    lines += ["", "__version__: str", "", "__all__ = ["]
    lines += [*(f'    "{name}",' for name in sorted(bevdrivers.__all__)), "]", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
