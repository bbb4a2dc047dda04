"""A folder of Parquet files with the rows of specifications, from which a run that was cut off goes
on.

`grid.json` says what the rows belong to; each `part-*.parquet` is written beside its place and
renamed, so that it is whole or not there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import FileError, MissingPackageError
from ..files import refusals_in_words, replacing, write_whole
from .fitting import COLUMNS, COUNTS, NUMBERS, TEXTS, TYPES

# of the form of the files
FORMAT = 1
GRID = "grid.json"
KEPT = "What the store holds already is intact; the same call goes on from there."
IN_WORDS = {"panel": "another panel", "grid": "another grid", "format": "another form"}


@dataclass(frozen=True)
class Store:
    """A folder of results.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    @classmethod
    def open(cls, folder: Any, fingerprint: dict[str, str]) -> Store:
        """The store in a folder, which is made where there is none.

        Raises
        ------
        FileError
            The folder holds results of another grid, panel or version, or other files; it cannot
            be written.
        MissingPackageError
            pyarrow is not installed.
        """
        _pyarrow()
        store = cls(Path(folder))
        belongs = {"format": str(FORMAT), **fingerprint}
        found = store._read_grid()
        if found is None:
            store._check_free()
            write_whole(store.folder / GRID, json.dumps(belongs, indent=1) + "\n")
        elif found != belongs:
            _refuse(store.folder, found, belongs)
        return store

    def _read_grid(self) -> dict[str, Any] | None:
        path = self.folder / GRID
        with refusals_in_words(path, KEPT):
            if not path.exists():
                return None
            text = path.read_bytes()
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise FileError(
                str(path),
                expected="what a run of a grid has written",
                got="another file",
                remedy="Name another folder as store=.",
            )
        return found

    def _check_free(self) -> None:
        """Refuse a folder with files of somebody else."""
        with refusals_in_words(self.folder, KEPT):
            if not self.folder.exists():
                return
            strangers = [path.name for path in sorted(self.folder.iterdir())]
        strangers = [name for name in strangers if not name.startswith(".")]
        if strangers:
            raise FileError(
                str(self.folder),
                expected="an empty folder, or the store of a grid",
                got=f"a folder with {strangers[0]!r} and without {GRID}",
                remedy="Name another folder as store=.",
            )

    def write(self, rows: pd.DataFrame) -> None:
        """Add the rows of some specifications as one file, whole or not at all.

        Raises
        ------
        FileError
        """
        keys = "\n".join(rows["key"].unique())
        name = hashlib.sha256(keys.encode()).hexdigest()[:32]
        _, parquet = _pyarrow()
        with replacing(self.folder / f"part-{name}.parquet") as draft:
            parquet.write_table(_table(rows), draft)

    def keys(self) -> set[str]:
        """The specifications that are done."""
        found: set[str] = set()
        for part in self._parts(["key"]):
            found.update(part["key"].to_pylist())
        return found

    def rows(self) -> pd.DataFrame:
        """All rows, each specification once, with columns `COLUMNS`."""
        arrow, _ = _pyarrow()
        parts = self._parts(list(COLUMNS))
        if not parts:
            return pd.DataFrame(columns=list(COLUMNS)).astype(TYPES)
        frame: pd.DataFrame = arrow.concat_tables(parts).to_pandas().astype(TYPES)
        # two runs that raced on one store may both have done a specification, with the same result
        return frame.drop_duplicates(["key", "term", "component"], ignore_index=True)

    def _parts(self, columns: Iterable[str]) -> list[Any]:
        """The tables of all files; one that cannot be read is named.

        Raises
        ------
        FileError
        """
        arrow, parquet = _pyarrow()
        tables = []
        for path in sorted(self.folder.glob("part-*.parquet")):
            try:
                table = parquet.read_table(path, columns=list(columns), schema=_schema())
            except (arrow.ArrowException, OSError) as error:
                raise FileError(
                    str(path),
                    expected="a part of the store",
                    got=f"a file that cannot be read ({str(error).splitlines()[0]})",
                    remedy="Delete it: the next run does again what it held.",
                ) from error
            tables.append(table)
        return tables


def _pyarrow() -> tuple[Any, Any]:
    """pyarrow and its module for Parquet.

    Raises
    ------
    MissingPackageError
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise MissingPackageError("A store of results", "pyarrow", "store") from None
    return pyarrow, parquet


def _schema() -> Any:
    """The columns of a file and their types; texts repeat and are kept once."""
    arrow, _ = _pyarrow()
    texts = [(name, arrow.string()) for name in TEXTS]
    numbers = [(name, arrow.float64()) for name in NUMBERS]
    return arrow.schema([*texts, *numbers, *((name, arrow.int64()) for name in COUNTS)])


def _table(rows: pd.DataFrame) -> Any:
    arrow, _ = _pyarrow()
    # NaN is a value here, not a missing one: it comes back as it was
    arrays = [arrow.array(rows[name].to_numpy(), from_pandas=False) for name in COLUMNS]
    return arrow.Table.from_arrays(arrays, schema=_schema())


def _refuse(
    folder: Path,
    found: dict[str, Any],
    belongs: dict[str, str],
) -> None:
    """Refuse a store of something else, and say of what."""
    names = [name for name in {**belongs, **found} if found.get(name) != belongs.get(name)]
    # another panel makes other keys, and so another grid
    name = "panel" if "panel" in names else names[0]
    if {*names} <= {"grid", "panel"} or name in IN_WORDS:
        got = f"one of {IN_WORDS[name]}"
    else:
        got = f"one of {name} {found.get(name)}, where {belongs.get(name)} is installed"
    raise FileError(
        str(folder),
        expected="a store of this grid, panel and version",
        got=got,
        remedy="Name another folder as store=; this one is left as it is.",
    )
