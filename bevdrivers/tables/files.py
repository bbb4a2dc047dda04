"""Files of tables: which suffix is which format."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import OptionError
from ..files import write_whole
from .data import render_csv, render_json
from .html import render_page
from .latex.document import LatexOptions, render_file
from .layout import Layout
from .markdown import render_markdown
from .office.excel import render_excel
from .office.word import render_word

Tables = Sequence[Layout]

WRITERS: dict[str, Callable[[Tables, LatexOptions], str | bytes]] = {
    ".tex": render_file,
    ".docx": lambda tables, _: render_word(tables),
    ".xlsx": lambda tables, _: render_excel(tables),
    ".html": lambda tables, _: render_page(tables),
    ".md": lambda tables, _: "\n".join(map(render_markdown, tables)),
    ".csv": lambda tables, _: render_csv(tables),
    ".json": lambda tables, _: render_json(tables),
}


def write_tables(
    tables: Tables,
    path: str | os.PathLike[str],
    options: LatexOptions,
) -> Path:
    """Write the tables in the format that the suffix names."""
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in WRITERS:
        raise OptionError(
            "path",
            expected=f"a name that ends in one of {list(WRITERS)}",
            got=repr(path.name),
            remedy='Write for instance "table.docx" or "table.tex".',
        )
    content = WRITERS[suffix](tables, options)
    return write_whole(path, content)
