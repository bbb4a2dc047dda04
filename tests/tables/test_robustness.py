"""The table of robustness checks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bevdrivers.errors import InputError
from bevdrivers.results import tidy_frame
from bevdrivers.tables import robustness_table

COMPONENTS = ("direct", "indirect", "total")


class Checks:
    """The main specification, two W and one sample; two terms."""

    def tidy(self) -> pd.DataFrame:
        parts = []
        for k, (axis, value) in enumerate(
            [("", ""), ("weights", "knn"), ("sample", "early"), ("weights", "band")]
        ):
            for term in ("x", "z"):
                numbers = np.array([0.1, 0.2, 0.3]) + k
                frame = tidy_frame([term] * 3, COMPONENTS, numbers, np.array([0.05, 0.2, 0.4]))
                parts.append(frame.assign(axis=axis, value=value))
        rho = tidy_frame(["rho"], ["spatial"], np.array([0.4]), np.array([0.1]))
        return pd.concat([*parts, rho.assign(axis="", value="")], ignore_index=True)

    def glance(self) -> pd.DataFrame:
        return pd.DataFrame([{"model": "SpatialDurbin", "outcome": "y"}])


def test_columns_are_choices_and_rows_are_impacts():
    lines = robustness_table(Checks(), stars=None).to_markdown().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    # the choices of one axis stand beside each other, in the order in which they came
    assert [row[1:] for row in cells if row[0] == "Direct"] == [
        ["0.100", "1.100", "3.100", "2.100"]
    ] * 2
    assert [row[1:] for row in cells if row[0] == "Total"] == [
        ["0.300", "1.300", "3.300", "2.300"]
    ] * 2
    assert ["", "", "knn", "band", "early"] in cells
    text = "\n".join(lines)
    assert "rho" not in text
    assert "Column (1) is the main specification" in text


def test_labels_reach_terms_axes_values_and_components():
    labels = {"x": "Income", "weights": "Replace W", "knn": "4 nearest", "indirect": "Spillover"}
    text = robustness_table(Checks(), labels=labels).to_markdown()
    for words in labels.values():
        assert words in text
    assert "Indirect" not in text


def test_it_speaks_chinese():
    text = robustness_table(Checks(), language="zh").to_markdown()
    for words in ("主设定", "样本", "直接效应", "其余各列只改变其中一项"):
        assert words in text


def test_what_has_no_departures_is_refused():
    with pytest.raises(InputError, match="departures"):
        robustness_table(3)

    class Coefficients(Checks):
        def tidy(self) -> pd.DataFrame:
            return super().tidy().query("component == 'spatial'")

    with pytest.raises(InputError, match="coefficients alone"):
        robustness_table(Coefficients())
