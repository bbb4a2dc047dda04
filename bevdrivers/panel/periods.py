"""Periods are whole years: numbers and texts that are years, and dates that come once a year."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError, first_five
from ..ids import clean_text

LAST_YEAR = 9999
ISO_DATE = re.compile(r"\d{4}-\d{1,2}(-\d{1,2})?")
WRITE_YEARS = "Write the year of each row in digits, such as 2011."
FROM_DATES = "Make a column of whole years first, by frame[...].dt.year, if the data are annual."
# what a text that is no year is likely to be -> remedy
TEXTS = (
    (ISO_DATE, FROM_DATES),
    (
        re.compile(r"\d{4}[ -]?[QqMm]\d{1,2}|[QqMm]\d{1,2}[ -]?\d{4}"),
        "Aggregate to years first; quarters and months are no periods of a panel yet.",
    ),
)
# what a number that is no year is likely to be: digits -> kind
OTHER_KINDS = {
    5: "Numbers such as 40544 are days as Excel counts them: store the cells as years.",
    6: "Numbers such as 201103 are months: aggregate to years first.",
    8: "Numbers such as 20110331 are days: aggregate to years first.",
}
# what a year and a digit of numbers such as 20101 are: year and quarter
LIKELY_YEARS, QUARTERS = range(1900, 2101), range(1, 5)


def whole_years(column: pd.Series, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """The periods of a column, as years.

    Parameters
    ----------
    column : Series of shape (rows,)
        Whole numbers, texts such as "2011" and "2011年", or dates that all lie in one month of
        their years, as those of annual data do.
    name : str
        The column's, for messages.

    Returns
    -------
    years : int64 array of shape (rows,)
    notes : tuple of str
        What was read as years though it was none.

    Raises
    ------
    DataError
        Anything else: fractions, months, days, times with a zone, flags.
    """
    values = _plain(column, name)
    if isinstance(values.dtype, pd.PeriodDtype):
        return _years_of_periods(values, name)
    if pd.api.types.is_datetime64_any_dtype(values):
        return _years_of_dates(values, name)
    return _years_of_numbers(values, name), ()


def ascending_years(periods: Iterable[object]) -> tuple[int, ...]:
    """Periods that are given in their order, as years.

    Raises
    ------
    DataError
        They are no years, none, or do not ascend.
    """
    if isinstance(periods, str) or not isinstance(periods, Iterable):
        raise DataError(
            "periods",
            expected="a list of years",
            got=repr(periods),
            remedy="Write for instance [2011, 2012].",
        )
    listed = list(periods)
    if not listed:
        raise DataError(
            "periods",
            expected="at least one year",
            got="none",
            remedy="Write the years that are wanted.",
        )
    years, _ = whole_years(pd.Series(listed), "periods")
    if (np.diff(years) <= 0).any():
        raise DataError(
            "periods",
            expected="ascending years",
            got=first_five(listed),
            remedy="Sort them, each year once.",
        )
    return tuple(years.tolist())


def _plain(column: pd.Series, name: str) -> pd.Series:
    """The column without its categories and types of Arrow; dates among objects as dates."""
    values = column.astype(object) if isinstance(column.dtype, pd.ArrowDtype) else column
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if pd.api.types.is_object_dtype(values):
        values = _of_objects(values, name)
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_complex_dtype(values):
        raise DataError(
            name,
            expected="whole years",
            got=f"{first_five(values)} ({values.dtype})",
            remedy="Turn the column into whole numbers such as 2011 first.",
        )
    return values


def _of_objects(values: pd.Series, name: str) -> pd.Series:
    """Objects that are all of one kind, as a column of that kind: periods, dates, or numbers and
    texts.
    """
    kinds = [kind for kind in (pd.Period, date) if any(isinstance(cell, kind) for cell in values)]
    if not kinds:
        flags = [cell for cell in values if isinstance(cell, bool | np.bool_ | complex)]
        if flags:
            raise DataError(
                name,
                expected="whole years",
                got=first_five(flags),
                remedy="Turn the column into whole numbers such as 2011 first.",
            )
        return values
    if len(kinds) > 1 or not all(isinstance(cell, kinds[0]) for cell in values):
        got = f"dates beside other cells: {first_five(values)}"
        raise DataError(
            name,
            expected="whole years, or dates alone",
            got=got,
            remedy=FROM_DATES,
        )
    try:
        return values.infer_objects() if kinds == [pd.Period] else pd.to_datetime(values)
    except (TypeError, ValueError) as fault:
        raise DataError(
            name,
            expected="dates of one kind",
            got=str(fault),
            remedy="Turn the column into years first: pd.to_datetime(...).dt.year.",
        ) from None


def _years_of_periods(values: pd.Series, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """The years of pandas's periods, which have to be years."""
    dtype: Any = values.dtype
    kind = str(dtype.freq.rule_code)
    if not kind.startswith(("Y", "A")):
        got = f"periods of frequency {kind}: {first_five(values.astype(str))}"
        raise DataError(
            name,
            expected="whole years",
            got=got,
            remedy="Aggregate to years first.",
        )
    return values.dt.year.to_numpy(dtype=np.int64), ()


def _years_of_dates(values: pd.Series, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """The years of dates, all of which have to lie in one month of the year.

    Dates of several months are quarters, months or days; their years alone would make one period
    of different ones.
    """
    zone = getattr(values.dt, "tz", None)
    if zone is not None:
        raise DataError(
            name,
            expected="whole years, or dates without a time zone",
            got=f"times of {zone}: {first_five(values.astype(str))}",
            remedy="Drop the zone, in which a day may belong to another year: "
            "frame[...].dt.tz_localize(None).",
        )
    months = sorted(set(values.dt.month.tolist()))
    days = values.dt.strftime("%Y-%m-%d")
    if len(months) > 1:
        raise DataError(
            name,
            expected="whole years, or dates in one month of each year",
            got=f"dates in {len(months)} months: {first_five(dict.fromkeys(days))}",
            remedy="Aggregate to years first; quarters and months are no periods of a panel yet.",
        )
    note = f"{name}: dates such as {days.iloc[0]} stand for their years"
    return values.dt.year.to_numpy(dtype=np.int64), (note,)


def _years_of_numbers(values: pd.Series, name: str) -> np.ndarray:
    """Numbers and texts as years."""
    numbers = _as_floats(values)
    wrong = ~np.isfinite(numbers) | (numbers != np.round(numbers))
    if wrong.any():
        cells = values.astype(object).to_numpy()[wrong]
        remedy = next((said for form, said in TEXTS if _any_match(form, cells)), WRITE_YEARS)
        named = first_five({repr(cell): cell for cell in cells}.values())
        raise DataError(
            name,
            expected="whole years",
            got=named,
            remedy=remedy,
        )
    far = np.abs(numbers) > LAST_YEAR
    if far.any():
        years = list(dict.fromkeys(int(number) for number in numbers[far]))
        raise DataError(
            name,
            expected=f"whole years, up to {LAST_YEAR}",
            got=first_five(years),
            remedy=_other_kind(years),
        )
    return numbers.astype(np.int64)


def _other_kind(numbers: list[int]) -> str:
    """What numbers that are no years are likely to be, and what to do."""
    if all(number // 10 in LIKELY_YEARS and number % 10 in QUARTERS for number in numbers):
        return "Numbers such as 20101 are quarters: aggregate to years first."
    return OTHER_KINDS.get(len(str(abs(numbers[0]))), WRITE_YEARS)


def _any_match(form: re.Pattern[str], cells: Iterable[object]) -> bool:
    return any(form.match(str(cell)) for cell in cells)


def _as_floats(values: pd.Series) -> np.ndarray:
    """Numbers and texts as floats, NaN for what is none."""
    if not pd.api.types.is_numeric_dtype(values):
        texts = pd.Series([_year_text(cell) for cell in values], dtype=object)
        values = pd.to_numeric(texts, errors="coerce")
    return values.to_numpy(dtype=float, na_value=np.nan)


def _year_text(cell: object) -> object:
    """A cell without the sign that stands behind a year."""
    return clean_text(str(cell)).removesuffix("年")
