"""Where the bundled files are, and what `datapackage.json` says of them."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import DataError
from ..panel.readers import EXACT


def data_path(name: str) -> Path:
    """Path of the bundled file `name`: in the installed package, or else in the checkout's ``data``
    folder.

    Raises
    ------
    DataError
        There is no such file.
    """
    package = Path(str(files("bevdrivers")))
    for folder in (package / "data", package.parent / "data"):
        if (folder / name).is_file():
            return folder / name
    raise DataError(
        "name",
        expected="a file of the bundled data",
        got=repr(name),
        remedy="Install the package again.",
    )


def read_bundled(name: str, **read: Any) -> pd.DataFrame:
    """The bundled CSV file `name` as a frame, its numbers to their last digit."""
    frame: pd.DataFrame = pd.read_csv(data_path(name), **EXACT, **read)
    return frame


def data_catalogue() -> dict[str, Any]:
    """The data package's descriptor (Frictionless): title, sources, licence, hash and columns of
    each bundled file.
    """
    text = data_path("datapackage.json").read_text(encoding="utf-8")
    catalogue: dict[str, Any] = json.loads(text)
    return catalogue
