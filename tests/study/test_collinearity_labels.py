"""Names of lagged regressors in the table of variance inflation factors."""

from __future__ import annotations

from pathlib import Path

from bevdrivers.study import check_study
from bevdrivers.study.steps.check_steps import collinearity_step
from bevdrivers.study.steps.shared_results import SharedResults
from bevdrivers.tables import Table


def test_lags_of_terms_without_a_label_are_named_like_those_with_one(small: Path) -> None:
    output = collinearity_step(SharedResults(check_study(small)))[0]
    assert isinstance(output.content, Table)
    text = output.content.to_markdown()
    assert "*W* × log(income)" in text
    assert "*W* × Innovation" in text
    assert "W\\_log" not in text
