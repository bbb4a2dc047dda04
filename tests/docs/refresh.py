"""Write what the code of the pages prints into the pages: ``python -m tests.docs.refresh [PAGE
...]``.

Only where a page shows output already (a ```text block or an output comment right below the code).
Read the difference before you commit it: the words around the numbers may no longer be true.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path
from typing import Any

from .pages import DOCS, blocks, run, tidied


def refreshed(text: str, name: str) -> str:
    """The page with the output of its code, run in a temporary folder."""
    parts, position = [], 0
    namespace: dict[str, Any] = {"__name__": "page"}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for block in blocks(text):
            printed = run(block, namespace, name)
            if block.shown is not None:
                parts += [
                    text[position : block.start],
                    tidied(printed),
                    "\n" if block.shown.endswith("\n") else "",
                ]
                position = block.end
    return "".join([*parts, text[position:]])


def main(names: list[str]) -> None:
    pages = [Path(name).resolve() for name in names] or sorted(DOCS.rglob("*.md"))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        new = refreshed(text, page.name)
        if new != text:
            page.write_text(new, encoding="utf-8", newline="\n")
            print(f"changed: {page.relative_to(DOCS)}")


if __name__ == "__main__":
    main(sys.argv[1:])
