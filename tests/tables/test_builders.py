"""Tables of impacts, tests, Moran's I and descriptive statistics."""

import numpy as np
import pandas as pd
import pytest

from bevdrivers.errors import InputError
from bevdrivers.results import TestResult
from bevdrivers.tables import descriptive_table, impacts_table, moran_table
from bevdrivers.tables import tests_table as table_of_tests
from bevdrivers.tables.layout import cell_text

from .cases import POOLED, STATISTICS, TWO_WAY
from .results import moran, small


def texts(table):
    return {row.key: [cell_text(cell) for cell in row.cells] for row in table.rows}


def test_impacts_stand_in_three_columns():
    _, spills = small()
    table = impacts_table(spills[1], labels={"R&D_share": "R&D"})
    assert table.headings[-1].texts == ("Direct", "Indirect", "Total")
    assert texts(table)["log(gdp_pc)"] == ["0.400***", "−0.100", "0.300"]
    assert [row.label for row in table.rows] == ["log(gdp_pc)", "R&D"]


def test_several_impacts_are_grouped_and_numbered():
    _, spills = small()
    table = impacts_table([spills[1], spills[1]], titles=["Queen", "Nearest"])
    assert [(span.text, span.width) for span in table.headings[1].spans] == [("(1) Queen", 3), ("(2) Nearest", 3)]
    with pytest.raises(InputError, match="titles"):
        impacts_table([spills[1]], titles=["a", "b"])
    with pytest.raises(InputError, match="NoneType"):
        impacts_table(spills)


def test_tests_stand_side_by_side():
    table = table_of_tests({"Pooled": POOLED, "Two-way": TWO_WAY})
    assert list(texts(table)) == ["LM lag", "LM error", "Unit effects", "Hausman", "LR"]
    assert texts(table)["LM lag"] == ["326.143***", "<0.001", "3.000*", "0.083"]
    assert texts(table)["LR"] == ["", "", "9.000*", "0.061"]
    assert texts(table)["Hausman"] == ["–", "–", "", ""]
    note = " ".join(table.notes).replace("\u00a0", " ")
    assert "χ²(1) (LM lag, LM error); F(30, 380) (Unit effects); χ²(4) (LR)." in note
    assert "Hausman (Pooled): does not apply; the difference is not positive definite." in note


def test_a_group_alone_has_its_title_over_it():
    assert table_of_tests(POOLED).headings[0].texts == ("Pooled", "Pooled")
    assert len(table_of_tests(list(POOLED)).headings) == 1
    assert texts(table_of_tests(POOLED["LM lag"])) == {"LM lag": ["326.143***", "<0.001"]}


def test_tests_that_cannot_be_tabled():
    with pytest.raises(InputError, match="got a str"):
        table_of_tests(["LM"])
    with pytest.raises(InputError, match="at least one test"):
        table_of_tests([])
    with pytest.raises(InputError, match="'LM' twice"):
        table_of_tests([TestResult.chi2("LM", "", 1.0, 1)] * 2)


def test_moran_by_period_and_weights():
    table = moran_table([moran(), moran({"weights": "KNearest"}, shift=0.1)], labels={"bev_density": "density"})
    assert [(span.text, span.width) for span in table.headings[0].spans] == [("(1) Queen", 3), ("(2) KNearest", 3)]
    assert texts(table)["2011"] == ["0.210**", "2.100", "0.036", "0.310***", "3.100", "0.002"]
    assert table.notes[0] == "Moran’s 𝐼 of density."
    assert "𝑝-values: 999 permutations (seed 1), one-sided (greater)." in table.notes


def test_moran_of_two_variables_has_a_block_each():
    table = moran_table([moran(), moran(variable="gdp")])
    assert [section.title for section in table.sections] == ["bev_density", "gdp"]
    assert [cell_text(cell) for cell in table.sections[1].rows[0].cells] == ["", "", "", "0.050", "0.500", "0.617"]


def test_moran_names_other_inference():
    normal = {"inference": "normal", "alternative": "two-sided"}
    assert "𝑝-values: normal approximation, two-sided." in moran_table(moran(normal)).notes


def test_descriptive_statistics():
    before = STATISTICS.copy()
    table = descriptive_table(STATISTICS, labels={"firms": "Firms"}, digits=1)
    assert table.headings[0].texts == ("𝑁", "Mean", "Std.\u00a0dev.", "Min.", "Max.")
    assert texts(table)["firms"] == ["410", "123,456.7", "–", "1.0", "2,000,000.0"]
    assert table.rows[2].label == "Firms"
    pd.testing.assert_frame_equal(STATISTICS, before)


def test_descriptive_statistics_may_hold_texts_and_float_counts():
    frame = pd.DataFrame({"unit": ["yuan", None], "count": [12.0, np.nan]}, index=["a", "b"])
    assert texts(descriptive_table(frame)) == {"a": ["yuan", "12"], "b": ["–", "–"]}
    with pytest.raises(InputError, match="an empty frame"):
        descriptive_table(pd.DataFrame())
    with pytest.raises(InputError, match="got a dict"):
        descriptive_table({})
