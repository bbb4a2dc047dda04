"""Tables of impacts, tests, Moran's I and descriptive statistics."""

import numpy as np
import pandas as pd
import pytest

from bevdrivers.errors import InputError
from bevdrivers.results import TestResult
from bevdrivers.tables import (
    correlation_table,
    descriptive_table,
    estimates_table,
    impacts_table,
    moran_table,
    regression_table,
    selection_table,
    tests_table as table_of_tests,
)
from bevdrivers.tables.cells import cell_text

from .cases import CORRELATIONS, P_VALUES, POOLED, STATISTICS, TWO_WAY
from .results import FACTS, SPILLS, Fake, Path, fit, frame, many, moran, small, spill


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
    assert [(span.text, span.width) for span in table.headings[1].spans] == [
        ("(1) Queen", 3),
        ("(2) Nearest", 3),
    ]
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
    assert "Hausman (Pooled): does not apply. The difference is not positive definite." in note


def test_a_group_alone_has_its_title_in_the_notes():
    alone = table_of_tests(POOLED)
    assert len(alone.headings) == 1
    assert alone.notes[0] == "Pooled."
    assert table_of_tests({"Pooled": POOLED}).headings[0].texts == ("Pooled", "Pooled")
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
    table = moran_table(
        [moran(), moran({"weights": "KNearest"}, shift=0.1)], labels={"bev_density": "density"}
    )
    assert [(span.text, span.width) for span in table.headings[0].spans] == [
        ("(1) Queen", 3),
        ("(2) KNearest", 3),
    ]
    assert texts(table)["2011"] == ["0.210**", "2.100", "0.036", "0.310***", "3.100", "0.002"]
    assert table.notes[0] == "Moran’s 𝐼 of density."
    assert "𝑝-values: 999 permutations (seed 1), one-sided (greater)." in table.notes


def test_moran_of_two_variables_has_a_block_each():
    table = moran_table([moran(), moran(variable="gdp")])
    assert [section.title for section in table.sections] == ["bev_density", "gdp"]
    assert [cell_text(cell) for cell in table.sections[1].rows[0].cells] == [
        "",
        "",
        "",
        "0.050",
        "0.500",
        "0.617",
    ]


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


def test_spreads_between_and_within_units_have_names():
    frame = pd.DataFrame({"std_between": [1.0], "std_within": [2.0]}, index=["x"])
    assert descriptive_table(frame).headings[0].texts == ("Between\u00a0units", "Within\u00a0units")


def test_a_path_has_a_section_a_step():
    table = selection_table({"Queen": Path(), "Nearest": Path(9.0)})
    assert [section.title for section in table.sections] == [
        "1. Is there spatial dependence?",
        "2. Which model?",
    ]
    assert texts(table) == {
        "LM lag": ["31.800***", "<0.001"] * 2,
        "LM error": ["10.400***", "0.001"] * 2,
        "LR: Durbin against lag": ["3.100", "0.376", "12.100***", "0.007"],
    }
    assert table.notes[-2:] == (
        "Decision 1: There is, as a lag.",
        "Decision 2: SpatialLag (Queen); SpatialDurbin (Nearest).",
    )


def test_some_steps_of_one_path():
    table = selection_table(Path(), steps=[2])
    assert list(texts(table)) == ["LR: Durbin against lag"]
    assert len(table.headings) == 1
    assert not any(note.startswith("Decision 1") for note in table.notes)


@pytest.mark.parametrize(
    ("paths", "options", "match"),
    [
        ({}, {}, "got none"),
        ({"a": 1}, {}, "got int"),
        (Path(), {"steps": [3]}, "from 1 to 2"),
        (Path(), {"steps": []}, "steps"),
    ],
)
def test_paths_that_cannot_be_tabled(paths, options, match):
    with pytest.raises(InputError, match=match):
        selection_table(paths, **options)


def test_correlations_stand_below_the_diagonal():
    table = correlation_table(CORRELATIONS, P_VALUES, below=True, labels={"policy": "Policies"})
    shown = [[cell_text(cell) for cell in line] for row in table.rows for line in row.lines]
    assert shown == [
        ["1.000", "", ""],
        ["0.610**", "1.000", ""],
        ["(0.040)", "", ""],
        ["−0.200", "0.050", "1.000"],
        ["(0.450)", "(0.600)", ""],
    ]
    assert table.rows[2].label == "(3) Policies"


def test_correlations_of_a_result_are_those_of_its_pairs():
    pairs = [("log(gdp_pc)", "R&D_share"), ("log(gdp_pc)", "policy"), ("R&D_share", "policy")]
    tidied = frame(within=dict.fromkeys("abc", (0.0, 1.0)))
    tidied["term"] = [", ".join(pair) for pair in pairs]
    tidied["estimate"] = [CORRELATIONS.loc[pair] for pair in pairs]
    tidied["p_value"] = [P_VALUES.loc[pair] for pair in pairs]
    assert correlation_table(Fake(tidied, {}), below=True) == correlation_table(
        CORRELATIONS, P_VALUES, below=True
    )
    tidied["term"] = ["lag(x, 2), z", "z, y", "lag(x, 2), y"]
    assert [row.key for row in correlation_table(Fake(tidied, {})).rows] == ["lag(x, 2)", "z", "y"]
    tidied["term"] = ["x", "z", "y"]
    with pytest.raises(InputError, match="terms of two variables"):
        correlation_table(Fake(tidied, {}))


def test_correlations_without_p_values_have_no_stars_and_no_note():
    table = correlation_table(CORRELATIONS)
    assert table.notes == ()
    assert not any("*" in text for row in texts(table).values() for text in row)


@pytest.mark.parametrize(
    ("correlations", "p_values", "match"),
    [
        (CORRELATIONS.iloc[:2], None, "square"),
        (CORRELATIONS * 2, None, "between -1 and 1; got 2"),
        (CORRELATIONS, P_VALUES.iloc[:2, :2], "policy"),
    ],
)
def test_correlations_that_cannot_be_tabled(correlations, p_values, match):
    with pytest.raises(InputError, match=match):
        correlation_table(correlations, p_values)


def test_any_results_have_a_section_a_component():
    shares = Fake(
        frame(growth={"entry": (0.4, 0.1)}, level={"entry": (0.1, 0.1)}),
        {"nobs": 434, "ok": True, "f": 1.5},
    )
    table = estimates_table(
        [shares, shares], titles=["2015", "2020"], statistics=["nobs", "ok", "f", "none"]
    )
    assert [section.title for section in table.sections] == ["Growth", "Level", ""]
    assert [[cell_text(cell) for cell in row.cells][0] for row in table.rows] == [
        "0.400***",
        "0.100",
        "434",
        "Yes",
        "1.500",
        "–",
    ]
    assert table.headings[-1].texts == ("2015", "2020")
    assert estimates_table({"A": shares, "B": [shares]}).headings[0].texts == ("A", "B")
    assert estimates_table(shares).headings[-1].texts == ("(1)",)


def test_results_without_errors_have_intervals_or_nothing_below():
    tidied = frame(share={"entry": (0.4, 0.1)}).assign(
        std_error=np.nan, statistic=np.nan, p_value=np.nan
    )
    bounds = estimates_table(Fake(tidied, {"level": 0.9}), parentheses="conf_int")
    assert [cell_text(cell) for line in bounds.rows[0].lines for cell in line] == [
        "0.400",
        "[0.204, 0.596]",
    ]
    assert bounds.notes == ("90% confidence intervals in brackets.",)
    assert estimates_table(Fake(tidied, {})).notes == ()


def test_impacts_in_panels_have_a_column_a_model():
    _, impacts = many(6)
    given = [each for each in impacts if each is not None]
    table = impacts_table(given, arrange="panels", titles=["A", "B", "C"])
    assert [section.title for section in table.sections] == [
        "Direct impacts",
        "Indirect impacts",
        "Total impacts",
    ]
    beside = impacts_table(given)
    first = [cell_text(beside.rows[0].cells[position]) for position in (0, 3, 6)]
    assert [cell_text(cell) for cell in table.sections[0].rows[0].cells] == first
    with pytest.raises(InputError, match="arrange"):
        impacts_table(given, arrange="rows")


def test_impacts_of_one_model_go_by_their_weights():
    rows = {name: {"x": (1.0, 0.5)} for name in ("direct", "indirect", "total")}
    table = impacts_table([spill(**rows), spill(SPILLS | {"weights": "Nearest"}, **rows)])
    assert [span.text for span in table.headings[1].spans] == ["(1) Queen", "(2) Nearest"]


def test_models_in_groups_stand_under_their_headings():
    fits, spills = small()
    table = regression_table({"East": fits, "West": fits[1]}, [*spills, None])
    assert [(span.text, span.width) for span in table.headings[1].spans] == [
        ("East", 2),
        ("West", 1),
    ]
    assert table.headings[2].texts == ("(1)", "(2)", "(3)")
    with pytest.raises(InputError, match="at least one result"):
        regression_table({})


def test_every_parameter_of_a_model_has_its_row():
    known = FACTS | {"phi": 1.5}
    parts = {
        "main": {"x": (1, 1)},
        "serial": {"psi": (0.4, 0.1)},
        "spatial": {"rho": (0.2, 0.1)},
        "cubic": {"x": (2.0, 1.0)},
    }
    table = regression_table(fit(known, dynamic={"eta": (0.1, 1), "tau": (0.3, 1)}, **parts))
    keys = [
        row.key for section in table.sections if section.name == "spatial" for row in section.rows
    ]
    assert keys == ["tau", "eta", "rho", "psi", "phi", "sigma2"]
    assert [section.title for section in table.sections][1] == "Cubic"


def row_labels(table):
    return {row.label for section in table.sections for row in section.rows}


def test_names_in_backticks_are_printed_without_them():
    term = "log(`GDP per head`)"
    model = fit(main={term: (1.0, 0.5), f"`a:b`:{term}": (2.0, 0.5)}, wx={f"W_{term}": (1.0, 0.5)})
    shown = {"log(GDP per head)", "a:b × log(GDP per head)", "𝑊 × log(GDP per head)"}
    assert shown <= row_labels(regression_table(model))
    labelled = regression_table(model, labels={term: "Income", "`a:b`": "Both"})
    assert {"Income", "Both × Income", "𝑊 × Income"} <= row_labels(labelled)
    assert "`" not in regression_table(model).keep([term]).to_html()
