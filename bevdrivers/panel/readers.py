"""Files -> frames: CSV in the encodings met in China, and exports of the National Bureau of
Statistics (NBS).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import BevdriversError, DataError, first_five
from .foreign import check_workbook, plain_file
from .provinces import find_province, standardise_provinces

_ENCODINGS = ("utf-8-sig", "gb18030")
_YEAR = re.compile(r"(\d{4})\s*年?")
_NOTES = ("注", "数据来源", "资料来源")
_EMPTY = {"", "—", "-", "–", "..."}


def read_csv(path: str | Path, **read: Any) -> pd.DataFrame:
    """A CSV file as a frame: UTF-8, with or without byte order mark, or else GB 18030 (which covers
    GBK and GB 2312).

    Parameters
    ----------
    path : str or Path
        A file of this machine, no address.
    **read
        Goes to `pandas.read_csv`; an `encoding` given here is the only one that is tried.

    Raises
    ------
    DataError
        There is no such file, its bytes are text in none of the encodings, or it is no table.
    """
    file = plain_file(path)
    encodings = (read.pop("encoding"),) if "encoding" in read else _ENCODINGS
    for encoding in encodings:
        try:
            with _readable(file, "csv"):
                frame: pd.DataFrame = pd.read_csv(file, encoding=encoding, **read)
                return frame
        except UnicodeDecodeError:
            continue
    raise _undecodable(path, encodings)


def read_excel(path: str | Path, **read: Any) -> pd.DataFrame:
    """One sheet of an Excel file as a frame.

    Parameters
    ----------
    path : str or Path
        A file of this machine, no address.
    **read
        Goes to `pandas.read_excel`.

    Raises
    ------
    DataError
        There is no such file, it is none that can be read, or it would unpack to far more than it
        is, or declares a document type in its XML.
    """
    file = plain_file(path)
    check_workbook(file)
    with _readable(file, file.suffix[1:].lower() or "xlsx"):
        frame: pd.DataFrame = pd.read_excel(file, **read)
        return frame


def read_stata(path: str | Path, **read: Any) -> pd.DataFrame:
    """A Stata file (.dta) as a frame.

    Parameters
    ----------
    path : str or Path
        A file of this machine, no address.
    **read
        Goes to `pandas.read_stata`.

    Raises
    ------
    DataError
        There is no such file, or it is none that can be read.
    """
    file = plain_file(path)
    with _readable(file, "dta"):
        frame: pd.DataFrame = pd.read_stata(file, **read)
        return frame


@contextmanager
def _readable(file: Path, kind: str) -> Iterator[None]:
    """Turn the errors of a reader, each of which has its own, into one of ours."""
    try:
        yield
    except (BevdriversError, UnicodeDecodeError):
        raise
    except ImportError as error:
        remedy = "Install it with pip, or save the sheet as CSV."
        raise DataError(
            file.name, expected=f"the package that reads {kind}", got=str(error), remedy=remedy
        ) from error
    except Exception as error:
        raise DataError(
            file.name, expected=f"a file that can be read as {kind}", got=str(error)
        ) from error


def read_nbs(files: Mapping[str, str | Path]) -> pd.DataFrame:
    """Exports of the NBS database 分省年度数据, one file an indicator, as one long frame.

    A file holds, perhaps after some title lines, a row 地区, 2023年, 2022年, ... and one row a
    province; tabs after the commas, lines of notes at the end, an encoding in UTF-8 or GB 18030 and
    an Excel file all come as the site writes them.

    Parameters
    ----------
    files : mapping
        Name of the column to be -> path of the export (.csv, .txt, .xls or .xlsx).

    Returns
    -------
    DataFrame
        Columns `province` (English name), `year` (int), then one float column an indicator in the
        unit of its file; rows by province and year. A cell is NaN where the file has none (or a
        dash), or no such year or province.

    Raises
    ------
    DataError
        No header with years, a name that is no province, a province twice, or a cell that is no
        number.
    """
    if not files:
        raise DataError("files", expected="at least one column and its file", got="none")
    indicators = [_indicator(name, Path(path)) for name, path in files.items()]
    merged = reduce(
        lambda left, right: left.merge(right, on=["province", "year"], how="outer"), indicators
    )
    return merged.sort_values(["province", "year"], ignore_index=True)


def _indicator(name: str, path: Path) -> pd.DataFrame:
    """One export as a long frame: province, year, `name`."""
    rows = [[cell.strip() for cell in row] for row in _rows(path)]
    top = next(
        (place for place, row in enumerate(rows) if len(_years(row)) == len(row) - 1 > 0), None
    )
    if top is None:
        raise DataError(
            str(path),
            expected="a header row such as 地区,2023年,2022年",
            got=f"{len(rows)} rows without one",
        )
    years = _years(rows[top])
    body = [row for row in rows[top + 1 :] if _is_data(row)]
    provinces = standardise_provinces(row[0] for row in body)
    twice = sorted({province for province in provinces if provinces.count(province) > 1})
    if twice:
        raise DataError(
            str(path), expected="one row a province", got=f"more for {first_five(twice)}"
        )
    long_rows = [row[0] for row in body if len(row) > len(years) + 1]
    if long_rows:
        raise DataError(
            str(path),
            expected=f"at most {len(years)} cells a province",
            got=f"more for {long_rows}",
        )
    cells = [
        (province, year, cell)
        for province, row in zip(provinces, body, strict=True)
        for year, cell in zip(years, row[1:] + [""] * len(years), strict=False)
    ]
    return _numbers(pd.DataFrame(cells, columns=["province", "year", name]), name, path)


def _rows(path: Path) -> list[list[str]]:
    """The rows of a text or Excel file, trailing empty cells left out."""
    if path.suffix.lower() in {".xls", ".xlsx"}:
        sheet = read_excel(path, header=None, dtype=str).fillna("")
        rows = sheet.to_numpy().tolist()
    else:
        rows = list(csv.reader(_text(path).splitlines()))
    return [
        row[: max((i + 1 for i, cell in enumerate(row) if cell.strip()), default=0)] for row in rows
    ]


def _text(path: Path) -> str:
    content = plain_file(path).read_bytes()
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _undecodable(path, _ENCODINGS)


def _undecodable(path: str | Path, encodings: tuple[str, ...]) -> DataError:
    return DataError(
        str(path),
        expected=f"text in one of the encodings {list(encodings)}",
        got="bytes that are not",
        remedy="Save the file as UTF-8, or pass encoding=.",
    )


def _years(row: list[str]) -> list[int]:
    """The years that stand after the first cell of a row."""
    matches = [_YEAR.fullmatch(cell) for cell in row[1:]]
    return [int(match[1]) for match in matches if match]


def _is_data(row: list[str]) -> bool:
    """Whether a row below the header is a province's: notes and empty lines are not, a province
    without cells is.
    """
    if not row or row[0].startswith(_NOTES):
        return False
    return find_province(row[0]) is not None or any(row[1:])


def _numbers(long: pd.DataFrame, name: str, path: Path) -> pd.DataFrame:
    cells = long[name].str.replace(",", "").mask(long[name].isin(_EMPTY))
    values = pd.to_numeric(cells, errors="coerce").astype(float)
    wrong = long[values.isna() & cells.notna()]
    if len(wrong):
        listed = list(wrong.itertuples(index=False, name=None))
        raise DataError(
            str(path),
            expected="numbers or empty cells",
            got=f"{len(listed)} (province, year, cell): {first_five(listed)}",
        )
    return long.assign(**{name: values})
