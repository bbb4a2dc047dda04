"""The table of a calibration shows the figures that the simulation found."""

from __future__ import annotations

import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.language.chinese import CHINESE
from bevdrivers.tables.builders import calibration
from bevdrivers.tables.cells import Number


@pytest.fixture(scope="module")
def calibrated() -> bd.Calibration:
    panel = bd.load_panel()
    W = bd.Queen(islands={"Hainan": ["Guangdong"]}).fit(panel)
    fit = bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + tertiary_share").fit(panel, W)
    return bd.calibrate(fit, replications=20, seed=1)


def test_each_cell_is_a_figure_of_the_calibration(calibrated: bd.Calibration) -> None:
    measures = ("bias", "rmse", "coverage", "size", "power")
    table = bd.calibration_table(
        calibrated, components=("main", "wx", "spatial", "total"), measures=measures
    )
    frame = calibrated.frame.set_index(["component", "term", "estimator"])
    estimators = list(dict.fromkeys(calibrated.frame["estimator"]))
    assert [span.text for span in table.headings[0].spans] == ["Lee–Yu", "Direct ML", "Elhorst"]
    for section in table.sections:
        for row in section.rows:
            cells = iter(row.cells)
            for estimator in estimators:
                for measure in measures:
                    cell, truth = (
                        next(cells),
                        frame.loc[(section.name, row.key, estimator), measure],
                    )
                    if pd.isna(truth):
                        assert cell == "–"
                        continue
                    assert isinstance(cell, Number)
                    assert cell.value == pytest.approx(
                        truth * (1 if measure in ("bias", "rmse") else 100), rel=1e-12
                    )


def test_the_note_says_how_it_was_simulated(calibrated: bd.Calibration) -> None:
    note = " ".join(bd.calibration_table(calibrated).notes)
    assert "20 replications (seed 1)" in note
    assert "nominal 95 % intervals" in note
    assert "Hainan joined to Guangdong" in note


def test_words_have_their_chinese(calibrated: bd.Calibration) -> None:
    assert set(calibration.MEASURES.values()) - {"RMSE"} <= set(CHINESE)
    table = bd.calibration_table(calibrated, language="zh", labels={"lee-yu": "李-虞"})
    assert table.headings[0].spans[0].text == "李-虞"
    assert table.headings[1].spans[0].text == "偏误"


def test_refusals(calibrated: bd.Calibration) -> None:
    with pytest.raises(bd.OptionError, match="measures: expected some of"):
        bd.calibration_table(calibrated, measures=["mse"])
    with pytest.raises(bd.OptionError, match="components: expected some of"):
        bd.calibration_table(calibrated, components=["dynamic"])
    with pytest.raises(bd.InputError, match=r"calibration: expected a result of calibrate\(\)"):
        bd.calibration_table(calibrated.fit)
