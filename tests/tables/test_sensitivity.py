"""The table of sensitivities shows what the results hold."""

from __future__ import annotations

import pytest

import bevdrivers as bd
from bevdrivers.language.chinese import CHINESE
from bevdrivers.language.labels import COMPONENT_NAMES
from bevdrivers.tables.builders import sensitivity
from bevdrivers.tables.cells import Number


@pytest.fixture(scope="module")
def found(bev, queen) -> list[bd.Sensitivity]:
    fit = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + policy + tertiary_share").fit(
        bev, queen
    )
    return [
        bd.sensitivity(fit, "policy", benchmarks=["tertiary_share"], q=0.5),
        bd.sensitivity(fit, "tertiary_share", q=0.5),
    ]


def test_each_cell_is_a_figure_of_the_result(found: list[bd.Sensitivity]) -> None:
    table = bd.sensitivity_table(found)
    assert [section.name for section in table.sections] == ["policy", "tertiary_share"]
    for section, result in zip(table.sections, found, strict=True):
        for row, (component, values) in zip(section.rows, result.frame.iterrows(), strict=True):
            assert row.key == f"{component} {result.term}"
            shares = ["partial_r2", "robustness_value", "robustness_value_significant"]
            expected = [values["estimate"], values["std_error"], values["statistic"]]
            expected += [100 * values[name] for name in shares]
            for cell, value in zip(row.cells, expected, strict=True):
                assert isinstance(cell, Number)
                assert cell.value == pytest.approx(value, rel=1e-12)


def test_the_note_has_the_first_benchmark_and_the_question(found: list[bd.Sensitivity]) -> None:
    note = " ".join(bd.sensitivity_table(found).notes)
    row = found[0].benchmarks[found[0].benchmarks["component"] == "total"].iloc[0]
    assert "1 times as strong as tertiary_share" in note
    assert f"{100 * row['r2_term']:.1f} % of policy" in note
    assert "to take the estimate to 50 % of itself" in note
    assert "Hainan joined to Guangdong" in note


def test_words_have_their_chinese(found: list[bd.Sensitivity]) -> None:
    words = {*COMPONENT_NAMES.values(), *sensitivity.COLUMNS} - {"\U0001d461"}
    assert words <= set(CHINESE)
    table = bd.sensitivity_table(found, language="zh")
    assert table.sections[0].rows[0].label == "系数"


def test_other_results_are_refused(found: list[bd.Sensitivity], bev, queen) -> None:
    fit = bd.SpatialLag("log1p(bev_density) ~ policy").fit(bev, queen)
    with pytest.raises(bd.InputError, match="results of sensitivity"):
        bd.sensitivity_table(fit)
