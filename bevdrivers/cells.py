"""Texts as cells of a CSV file: what a spreadsheet would take for a formula is marked as text."""

from __future__ import annotations

import csv
import re
from typing import Any

import pandas as pd

# "'" marks a text; a text that already begins so gets one more, so that reading back is exact
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_MARKED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(\d[\d,]*\.?\d*|\.\d+)([eE][+-]?\d+)?%?")


def text_cell(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula; numbers, and texts that are numbers, stay as
    they are.

    Spreadsheets compute a cell of a CSV file that begins with ``=``, ``+``, ``-`` or ``@``, and
    strip tabs and line breaks before they look. An apostrophe in front makes it a text.

    >>> text_cell("=1+1"), text_cell("-0.25"), text_cell("income"), text_cell(-2)
    ("'=1+1", '-0.25', 'income', -2)

    Source: OWASP, CSV Injection, https://owasp.org/www-community/attacks/CSV_Injection
    """
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}" if _FORMULA.match(value) else value


def original_text(value: Any) -> Any:
    """The text of which `text_cell` made this cell.

    >>> original_text("'=1+1"), original_text("'tis")
    ('=1+1', "'tis")
    """
    return value[1:] if isinstance(value, str) and _MARKED.match(value) else value


def csv_text(frame: pd.DataFrame) -> str:
    """A frame as comma-separated values without its index, each text a `text_cell`."""
    held = frame.map(text_cell)
    # some versions of Python leave a carriage return bare, which spreadsheets take for the end of a
    # row
    broken = held.map(lambda value: isinstance(value, str) and "\r" in value).to_numpy().any()
    return held.to_csv(
        index=False,
        lineterminator="\n",
        quoting=csv.QUOTE_NONNUMERIC if broken else csv.QUOTE_MINIMAL,
    )
