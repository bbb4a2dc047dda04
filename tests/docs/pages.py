"""The pages of the documentation as data: their code blocks, what is printed below them, their
links and headings.
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

NOT_RUN = "<!-- not run:"
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHOWN = re.compile(r"\n*```text\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_RENDERED = re.compile(r"\n*<!-- output -->\n(?P<text>.*?)\n<!-- end of output -->", re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A ```python block.

    Attributes
    ----------
    line : int
        Line of the page on which the code begins.
    code : str
    shown : str or None
        What the page says it prints; None where it does not say.
    start, end : int
        Where `shown` stands in the page.
    """

    line: int
    code: str
    shown: str | None
    start: int
    end: int


def blocks(text: str) -> Iterator[Block]:
    """The blocks that run, with the ```text block or the output comment that follows each at
    once.
    """
    for fence in _FENCE.finditer(text):
        before = text[: fence.start()].rstrip()
        if fence[1] != "python" or before.rpartition("\n")[2].startswith(NOT_RUN):
            continue
        after = _SHOWN.match(text, fence.end()) or _RENDERED.match(text, fence.end())
        line = text.count("\n", 0, fence.start()) + 2
        if after is None:
            yield Block(line, fence[2], None, fence.end(), fence.end())
        else:
            yield Block(line, fence[2], after["text"], after.start("text"), after.end("text"))


def run(block: Block, namespace: dict[str, Any], name: str) -> str:
    """Run one block, warnings as errors; what it printed."""
    printed = io.StringIO()
    # empty lines in front, so that a traceback has the page's line numbers
    code = compile("\n" * (block.line - 1) + block.code, name, "exec")
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(code, namespace)
    return printed.getvalue()


def tidied(text: str) -> str:
    """Text without blanks at the ends of lines and empty lines at its ends."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def links(text: str) -> list[str]:
    """Targets of the links of a page, code left out."""
    prose = re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text))
    return _LINK.findall(prose)


def anchors(text: str) -> set[str]:
    """The names under which the headings of a page can be linked: lower case, signs left out,
    hyphens for blanks.
    """
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", text), re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", heading).strip().lower() for heading in headings)
    return {re.sub(r"[-\s]+", "-", heading) for heading in plain}
