"""Draws the images of the how-to of figures again: `python docs/images/make.py`.

Runs the code of the page in a temporary folder and takes the PNG files that it writes, in fewer
colours.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from tests.docs.pages import blocks, run

    page = ROOT / "docs" / "howto" / "figures.md"
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        namespace = {"__name__": "page"}
        for block in blocks(page.read_text(encoding="utf-8")):
            run(block, namespace, page.name)
        for image in Path(folder).glob("*.png"):
            # 64 colours are enough for the look of a figure, and a quarter of the bytes
            Image.open(image).convert("RGB").quantize(64).save(HERE / image.name, optimize=True)


if __name__ == "__main__":
    main()
