"""The outputs of a study: tables, figures and texts, each with a name, a title and its files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from ...cells import csv_text
from ...figures import save_figure
from ...files import write_whole
from ...tables import Table
from ..request.records import OutputConfig

# each has a folder of its name
KINDS = ("table", "figure", "text", "frame")


@dataclass(frozen=True, eq=False)
class Output:
    """One table, figure, text or frame of numbers.

    Attributes
    ----------
    name : str
        Stem of the files' names and anchor in the report.
    title : str
    content : Table, matplotlib Figure or Axes, str or DataFrame
    alt : str
        What a figure shows, for those who do not see it.
    html : str
        A text in the form in which the report shows it.
    files : tuple of str
        Paths relative to the result folder, once saved.
    step : str
        Title of the step that made it, once saved.
    """

    name: str
    title: str
    content: Any
    alt: str = ""
    html: str = ""
    files: tuple[str, ...] = ()
    step: str = ""

    @property
    def kind(self) -> str:
        if isinstance(self.content, Table):
            return "table"
        if isinstance(self.content, pd.DataFrame):
            return "frame"
        return "text" if isinstance(self.content, str) else "figure"

    def save(self, folder: Path, outputs: OutputConfig) -> Output:
        """Write the files of the output; the same output with their paths."""
        names = file_names(self.name, self.kind, outputs)
        for path in (folder / name for name in names):
            if self.kind == "table":
                self.content.save(path)
            elif self.kind == "figure":
                save_figure(self.content, path)
            elif self.kind == "frame":
                write_whole(path, csv_text(self.content))
            else:
                write_whole(path, self.content)
        return replace(self, files=names)


def file_names(
    name: str,
    kind: str,
    outputs: OutputConfig,
) -> tuple[str, ...]:
    """The files of a table, figure, text or frame, relative to the result folder: one a format."""
    formats = {
        "table": outputs.tables,
        "figure": outputs.figures,
        "text": ("txt",),
        "frame": ("csv",),
    }
    return tuple(f"{kind}s/{name}.{suffix}" for suffix in formats[kind])
