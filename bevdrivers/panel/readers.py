"""Files -> frames: CSV in the encodings met in China, and exports of the National Bureau of
Statistics (NBS).
"""

from __future__ import annotations

import bz2
import csv
import gzip
import lzma
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial, reduce
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
from packaging.version import Version

from ..errors import BevdriversError, DataError, OptionError, first_five, suggestion
from .encodings import decoded, note_of, with_letters
from .foreign import NOTES, check_workbook, first_line, plain_file
from .provinces import find_province, standardise_provinces

STATA_START = b"<stata_dta><header><release>"
STATA_OLD = range(102, 116)  # the first byte of a format before 117
STATA_UNICODE = 118
# options of pandas that say where cells are
FORM = (
    *("sep", "delimiter", "quotechar", "quoting", "escapechar", "doublequote"),
    *("skiprows", "comment", "skipinitialspace", "skip_blank_lines", "engine", "sheet_name"),
)
TABLES = (".csv", ".xlsx", ".xls", ".dta")
REMEDIES = {
    "csv": 'Each row has as many cells as the header, divided by the same sign: pass sep=";" if '
    "that is it.",
    "dta": "Save it in Stata again, or export it as CSV. If value labels repeat: "
    "convert_categoricals=False.",
    "xlsx": "Open it in a spreadsheet and save it again, or save the sheet as CSV.",
}
# Before 3.1 pandas rounds the last digit of every third number unless it is asked not to; from then
# on it never does, and warns of the option.
EXACT: dict[str, Any] = {}
if Version(pd.__version__) < Version("3.1"):
    EXACT["float_precision"] = "round_trip"
_YEAR = re.compile(r"(\d{4})\s*年?")
_NOTES = ("注", "数据来源", "资料来源")
_EMPTY = {"", "—", "-", "–", "..."}


def read_csv(
    path: str | Path,
    *,
    encoding: str | None = None,
    ids: str | None = None,
    **read: Any,
) -> pd.DataFrame:
    """A CSV file as a frame: UTF-8, with or without byte order mark, or else GB 18030 (which covers
    GBK and GB 2312) where it reads as Chinese.

    Parameters
    ----------
    path : str or Path
        A file of this machine, no address.
    encoding : str, optional
        The only one that is tried.
    ids : str, optional
        The column of ids, whose zeros in front are kept: "01" is no number.
    **read
        Goes to `pandas.read_csv`.

    Returns
    -------
    DataFrame
        What was found of its encoding is among its `attrs`, for the panel that is made of it.

    Raises
    ------
    DataError
        There is no such file, its letters cannot be told from its bytes, or it is no table: two
        columns of one name, rows longer than the header.
    """
    file = filled_file(path)
    text, used = decoded(_content(file, read.pop("compression", "infer")), file.name, encoding)
    # False: the first cells of rows that are longer than the header are not taken for their names
    options = _with_ids_as_text(read, ids)
    if read.get("engine") != "pyarrow":  # which knows no such option, and refuses such rows
        options = {"index_col": False} | options
    if _by_the_fast_reader(read):
        options = EXACT | options
    with _readable(file, "csv"), warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            frame = pd.read_csv(StringIO(text), **options)
        except pd.errors.ParserWarning:
            raise _longer_rows(file, text) from None
        if not isinstance(frame, pd.DataFrame):
            frame.close()
            raise _no_frame(file, frame)
        head = partial(pd.read_csv, StringIO(text), names=range(_width(frame)), **_form(read))
        _refuse_repeated_names(frame, file, read, head)
    return _noted(_numbers_back(frame, ids), note_of(file.name, used))


def _by_the_fast_reader(read: dict[str, Any]) -> bool:
    """Whether pandas reads with its parser in C; the others are exact and know no such option."""
    slow = {"engine", "skipfooter"} & set(read)
    sign = read.get("sep", read.get("delimiter", ","))
    return not slow and isinstance(sign, str) and len(sign) == 1


def read_excel(
    path: str | Path,
    *,
    ids: str | None = None,
    **read: Any,
) -> pd.DataFrame:
    """One sheet of an Excel file as a frame.

    Parameters
    ----------
    path : str or Path
        A file of this machine, no address.
    ids : str, optional
        The column of ids, whose zeros in front are kept: "01" is no number.
    **read
        Goes to `pandas.read_excel`.

    Raises
    ------
    DataError
        There is no such file or sheet, it is none that can be read, two columns have one name, or
        it would unpack to far more than it is, or declares a document type in its XML.
    """
    file = filled_file(path)
    check_workbook(file)
    kind = file.suffix[1:].lower() or "xlsx"
    with _readable(file, kind), pd.ExcelFile(file) as book:
        _check_sheet(book, read.get("sheet_name", 0))
        frame = pd.read_excel(book, **_with_ids_as_text(read, ids))
        head = partial(pd.read_excel, book, **_form(read))
        _refuse_repeated_names(frame, file, read, head)
    return _numbers_back(frame, ids)


def read_stata(
    path: str | Path,
    *,
    encoding: str | None = None,
    **read: Any,
) -> pd.DataFrame:
    """A Stata file (.dta) as a frame.

    Files of Stata 13 and before do not say in which encoding their texts are: it is found as that
    of a CSV file.

    Parameters
    ----------
    path : str or Path
        A file of this machine, no address.
    encoding : str, optional
        Of a file of Stata 13 or before: the only one that is tried.
    **read
        Goes to `pandas.read_stata`.

    Raises
    ------
    DataError
        There is no such file, it is none that can be read, or its letters cannot be told from its
        bytes.
    """
    file = filled_file(path)
    version = _stata_version(file)
    with _readable(file, "dta"), warnings.catch_warnings():
        # its own reading of texts that are not UTF-8, which is no better than a guess
        warnings.simplefilter("error", UnicodeWarning)
        frame = pd.read_stata(file, **read)
        if not isinstance(frame, pd.DataFrame):
            frame.close()
            raise _no_frame(file, frame)
    if version >= STATA_UNICODE:
        return frame
    lettered, notes = with_letters(frame, file.name, encoding)
    return _noted(lettered, notes)


def read_table(
    path: str | Path,
    *,
    ids: str | None = None,
    **read: Any,
) -> pd.DataFrame:
    """A CSV, Excel or Stata file as a frame, by the ending of its name; `read` goes to its reader.

    Raises
    ------
    DataError
        The file has another ending, or as its reader.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in TABLES:
        expected = f"a name that ends in one of {list(TABLES)}"
        raise DataError(
            "path",
            expected=expected,
            got=repr(str(path)),
            remedy="Save the table in one of these forms.",
        )
    if suffix == ".dta":
        return read_stata(path, **read)
    return (read_csv if suffix == ".csv" else read_excel)(path, ids=ids, **read)


def _stata_version(file: Path) -> int:
    """The format of a Stata file, by its first bytes: 118 and later hold UTF-8."""
    with file.open("rb") as content:
        start = content.read(len(STATA_START) + 3)
    if start.startswith(STATA_START) and start[-3:].isdigit():
        return int(start[-3:])
    if start[0] in STATA_OLD:
        return start[0]
    remedy = "Save it in Stata again, or export it as CSV."
    expected, got = "a file that can be read as dta", "one of another kind"
    raise DataError(
        file.name,
        expected=expected,
        got=got,
        remedy=remedy,
    )


def filled_file(path: str | Path) -> Path:
    """A `plain_file` that holds something."""
    file = plain_file(path)
    if not file.stat().st_size:
        raise DataError(
            file.name,
            expected="a file with content",
            got="an empty one",
            remedy="Was it saved, or downloaded, to its end?",
        )
    return file


def _content(file: Path, compression: Any) -> bytes:
    """The bytes of a text file, unpacked where it is compressed."""
    kind = file.suffix.lower() if compression == "infer" else f".{compression}"
    opener: Any = {
        ".gz": gzip.open,
        ".gzip": gzip.open,
        ".bz2": bz2.open,
        ".xz": lzma.open,
    }.get(kind, Path.open)
    try:
        with opener(file, "rb") as content:
            unpacked: bytes = content.read()
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise DataError(
            file.name,
            expected=f"a file {kind} that is whole",
            got=first_line(error),
            remedy="Open it in its program and save it anew, or as CSV.",
        ) from error
    return unpacked


def _with_ids_as_text(read: dict[str, Any], ids: str | None) -> dict[str, Any]:
    """The options of a reader, by which ids come as they are written; a type that the user gives
    stands.
    """
    kinds = read.get("dtype")
    if ids is None or not (kinds is None or isinstance(kinds, dict)):
        return read
    return {**read, "dtype": {ids: str, **(kinds or {})}}


def _numbers_back(frame: pd.DataFrame, ids: str | None) -> pd.DataFrame:
    """Ids that were read as texts as the numbers that they are, unless zeros in front would be
    lost.
    """
    if ids not in frame.columns or not pd.api.types.is_string_dtype(frame[ids]):
        return frame
    if frame[ids].str.match(r"\s*0\d", na=False).any():
        return frame
    try:
        return frame.assign(**{str(ids): pd.to_numeric(frame[ids])})
    except ValueError:
        return frame


def _longer_rows(file: Path, text: str) -> DataError:
    rows = [line for line in text.splitlines() if line.strip()]
    return DataError(
        file.name,
        expected="as many cells in each row as in the header",
        got=f"more of them, such as {rows[-1][:60]!r}",
        remedy="Give each column a name in the header, or take the surplus cells away; a number "
        "with commas stands in quotes.",
    )


def _refuse_repeated_names(
    frame: pd.DataFrame,
    file: Path,
    read: dict[str, Any],
    head: Callable[..., Any],
) -> None:
    """Refuse a table in which two columns have one name: pandas calls the second x.1.

    Parameters
    ----------
    frame : DataFrame
        As pandas made it.
    head : callable
        Reads the first rows of the file again, without names.
    """
    header = read.get("header", 0)
    header = 0 if header == "infer" else header
    numbered = [str(name) for name in frame.columns if _base(name) in frame.columns]
    if not numbered or "names" in read or not isinstance(header, int):
        return
    rows = head(header=None, nrows=header + 1, dtype=str)
    names = rows.iloc[-1].dropna().tolist()
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise DataError(
            file.name,
            expected="each column name once",
            got=f"more than once: {first_five(twice)}",
            remedy="Rename or delete columns in the file.",
        )


def _form(read: dict[str, Any]) -> dict[str, Any]:
    """Those options of a reader that say where cells are."""
    return {name: value for name, value in read.items() if name in FORM}


def _width(frame: pd.DataFrame) -> int:
    """How many cells a row of the file has at most."""
    return frame.shape[1] + frame.index.nlevels


def _base(name: Any) -> str | None:
    """Of a name such as x.1, what stands before its number."""
    head, dot, number = str(name).rpartition(".")
    return head if dot and number.isdecimal() else None


def _check_sheet(book: pd.ExcelFile, sheet: Any) -> None:
    """Refuse several sheets, and one that is not there."""
    known = book.sheet_names
    if isinstance(sheet, bool) or not isinstance(sheet, str | int):
        remedy = f"Name one of {first_five(known)}."
        raise OptionError(
            "sheet_name",
            expected="one sheet",
            got=repr(sheet),
            remedy=remedy,
        )
    if isinstance(sheet, str) and sheet in known:
        return
    if isinstance(sheet, int) and 0 <= sheet < len(known):
        return
    raise DataError(
        "sheet_name",
        expected=f"a sheet of the file: {first_five(known)}",
        got=repr(sheet),
        remedy=suggestion(str(sheet), known),
    )


def _no_frame(file: Path, made: Any) -> OptionError:
    remedy = "Leave chunksize and iterator out."
    return OptionError(
        file.name,
        expected="one table",
        got=type(made).__name__,
        remedy=remedy,
    )


def _noted(frame: pd.DataFrame, notes: Iterable[str]) -> pd.DataFrame:
    """The frame with notes for the panel that is made of it."""
    frame.attrs[NOTES] = (*frame.attrs.get(NOTES, ()), *notes)
    return frame


@contextmanager
def _readable(file: Path, kind: str) -> Iterator[None]:
    """Turn the errors of a reader, each of which has its own, into one of ours."""
    try:
        yield
    except BevdriversError:
        raise
    except ImportError as error:
        remedy = "Install it with pip, or save the sheet as CSV."
        raise DataError(
            file.name,
            expected=f"the package that reads {kind}",
            got=str(error),
            remedy=remedy,
        ) from error
    except Exception as error:
        if "keyword argument" in str(error):
            remedy = "The documentation of pandas lists them."
            got = first_line(error)
            raise OptionError(
                "read",
                expected=f"options of pandas's reader of {kind}",
                got=got,
                remedy=remedy,
            ) from None
        raise DataError(
            file.name,
            expected=f"a file that can be read as {kind}",
            got=first_line(error),
            remedy=REMEDIES.get(kind, REMEDIES["xlsx"]),
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
        raise DataError(
            "files",
            expected="at least one column and its file",
            got="none",
            remedy='Write {"gdp": "gdp.csv"}.',
        )
    indicators = [_indicator(name, Path(path)) for name, path in files.items()]
    merged = reduce(
        lambda left, right: left.merge(right, on=["province", "year"], how="outer"), indicators
    )
    notes = [note for one in indicators for note in one.attrs.get(NOTES, ())]
    table = merged.sort_values(["province", "year"], ignore_index=True)
    table.attrs[NOTES] = tuple(dict.fromkeys(notes))
    return table


def _indicator(name: str, path: Path) -> pd.DataFrame:
    """One export as a long frame: province, year, `name`."""
    cells_of_file, notes = _rows(path)
    rows = [[cell.strip() for cell in row] for row in cells_of_file]
    top = next(
        (number for number, row in enumerate(rows) if len(_years(row)) == len(row) - 1 > 0), None
    )
    if top is None:
        raise DataError(
            str(path),
            expected="a header row such as 地区,2023年,2022年",
            got=f"{len(rows)} rows without one",
            remedy=("Download the table as CSV again, and leave its header row as it is."),
        )
    years = _years(rows[top])
    body = [row for row in rows[top + 1 :] if _is_data(row)]
    provinces = standardise_provinces(row[0] for row in body)
    twice = sorted({province for province in provinces if provinces.count(province) > 1})
    if twice:
        raise DataError(
            str(path),
            expected="one row a province",
            got=f"more for {first_five(twice)}",
            remedy="Leave the repeated rows out of the file.",
        )
    long_rows = [row[0] for row in body if len(row) > len(years) + 1]
    if long_rows:
        raise DataError(
            str(path),
            expected=f"at most {len(years)} cells a province",
            got=f"more for {long_rows}",
            remedy=(
                "Give each cell a year in the header row, or take out the "
                "separators that divide a number."
            ),
        )
    cells = [
        (province, year, cell)
        for province, row in zip(provinces, body, strict=True)
        for year, cell in zip(years, row[1:] + [""] * len(years), strict=False)
    ]
    long = pd.DataFrame(cells, columns=["province", "year", name])
    return _noted(_numbers(long, name, path), notes)


def _rows(path: Path) -> tuple[list[list[str]], tuple[str, ...]]:
    """The rows of a text or Excel file, trailing empty cells left out; and a note on its
    letters.
    """
    notes: tuple[str, ...] = ()
    if path.suffix.lower() in {".xls", ".xlsx"}:
        sheet = read_excel(path, header=None, dtype=str).fillna("")
        rows = sheet.to_numpy().tolist()
    else:
        text, used = decoded(filled_file(path).read_bytes(), path.name)
        rows = list(csv.reader(text.splitlines()))
        notes = note_of(path.name, used)
    return [_without_end(row) for row in rows], notes


def _without_end(row: list[str]) -> list[str]:
    """A row up to its last cell that is not empty."""
    filled = [position for position, cell in enumerate(row) if cell.strip()]
    return row[: filled[-1] + 1] if filled else []


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


def _numbers(
    long: pd.DataFrame,
    name: str,
    path: Path,
) -> pd.DataFrame:
    cells = long[name].str.replace(",", "").mask(long[name].isin(_EMPTY))
    values = pd.to_numeric(cells, errors="coerce").astype(float)
    wrong = long[values.isna() & cells.notna()]
    if len(wrong):
        listed = list(wrong.itertuples(index=False, name=None))
        raise DataError(
            str(path),
            expected="numbers or empty cells",
            got=f"{len(listed)} (province, year, cell): {first_five(listed)}",
            remedy="Correct these cells in the file, or empty them.",
        )
    return long.assign(**{name: values})
