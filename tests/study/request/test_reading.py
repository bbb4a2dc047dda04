"""How a study says that its data file is read, and what it notes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bevdrivers.study import StudyError, check_study
from bevdrivers.study.report.description import data_html
from bevdrivers.study.request.config import load_config

from ..conftest import edit


def ask(study: Path, *lines: str, file: str = "data.csv") -> None:
    """Give the study these lines in ``[data]``, and this file."""
    edit(study, 'file = "data.csv"', "\n".join([f'file = "{file}"', *lines]))


def test_a_file_of_spreadsheets_in_europe(small: Path, small_data: pd.DataFrame) -> None:
    plain = check_study(small).panel
    renamed = small_data.assign(place=small_data["place"].str.replace("Place", "Plätze"))
    text = renamed.to_csv(index=False, sep=";", decimal=",")
    small.with_name("data.csv").write_bytes(f"Ein Titel\n{text}".encode("cp1252"))
    ask(small, 'sep = ";"', 'decimal = ","', "skiprows = 1", 'encoding = "cp1252"')
    panel = check_study(small).panel
    assert all("Plätze" in str(unit) for unit in panel.units)
    for name, values in plain.columns.items():
        np.testing.assert_allclose(panel[name], values, rtol=1e-12)
    assert panel.notes == ("data.csv read as cp1252",)


def test_what_is_not_asked_for_leaves_no_trace(small: Path) -> None:
    assert "reading" not in load_config(small).as_dict()["data"]
    ask(small, 'encoding = "utf-8"')
    assert load_config(small).as_dict()["data"]["reading"] == (("encoding", "utf-8"),)


def test_zeros_in_front_of_codes_stay(small: Path, small_data: pd.DataFrame) -> None:
    codes = small_data["place"].str.extract(r"(\d+)")[0].str.zfill(3)
    small_data.assign(place=codes).to_csv(small.with_name("data.csv"), index=False)
    assert all(len(str(unit)) == 3 for unit in check_study(small).panel.units)


@pytest.mark.parametrize(
    ("file", "line", "message"),
    [
        ("data.csv", 'sep = ";;"', r"\[data\] sep: expected one letter in quotes; got ';;'"),
        ("data.csv", "decimal = 1", r"\[data\] decimal: expected one letter"),
        ("data.csv", 'na_values = "—"', r"\[data\] na_values: expected a list of texts"),
        ("data.csv", "skiprows = -1", r"\[data\] skiprows: expected a whole number"),
        ("data.csv", 'encoding = "klingon"', r"\[data\] file: expected the name of an encoding"),
        ("data.csv", 'separator = ";"', r"separator: .*Did you mean|separator"),
        ("data.xlsx", 'encoding = "gbk"', r"encoding: expected no such key for a file \.xlsx"),
        ("data.dta", 'decimal = ","', r"decimal: expected no such key for a file \.dta"),
    ],
)
def test_reading_options_that_do_not_fit(small: Path, file: str, line: str, message: str) -> None:
    ask(small, line, file=file)
    with pytest.raises(StudyError, match=message):
        check_study(small)


def test_letters_that_cannot_be_told_name_the_key(small: Path, small_data: pd.DataFrame) -> None:
    renamed = small_data.assign(place=small_data["place"].str.replace("Place", "Plätze"))
    renamed.to_csv(small.with_name("data.csv"), index=False, encoding="cp1252")
    with pytest.raises(StudyError, match=r'\[data\] file: .*cp1252 .*encoding = "cp1252"'):
        check_study(small)


def test_a_column_in_another_case_is_offered(small: Path) -> None:
    edit(small, 'unit = "place"', 'unit = "PLACE"')
    with pytest.raises(StudyError, match=r"\[data\] unit: .*Did you mean 'place'\?"):
        check_study(small)


def test_the_report_prints_names_of_files_as_they_are(
    small: Path, small_data: pd.DataFrame
) -> None:
    renamed = small_data.assign(place=small_data["place"].str.replace("Place", "Plätze"))
    small.with_name("data.csv").write_bytes(renamed.to_csv(index=False).encode("cp1252"))
    ask(small, 'encoding = "cp1252"')
    assert "Notes: data.csv read as cp1252.</p>" in data_html(check_study(small))
