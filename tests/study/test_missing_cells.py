"""A study whose data have missing cells: models go without them, and what needs a complete panel is
left out with the reason.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bevdrivers.study import StudyError, check_study, run_study

from .conftest import edit

MODELS = 'compare = ["pooled", "sar", "sdm"]'


@pytest.fixture
def incomplete(small: Path, small_data: pd.DataFrame) -> Path:
    """The small study, three cells and one row missing."""
    frame = small_data.assign(innovation=small_data["innovation"].mask(small_data.index < 3))
    frame.drop(index=20).to_csv(small.with_name("data.csv"), index=False)
    return small


def test_what_is_left_out_says_why(incomplete: Path) -> None:
    plan = check_study(incomplete)
    left_out = ["Collinearity", "Moran's I by year", "Moran scatter plot", "Residuals"]
    for step in (*left_out, "Calibration", "Selection path"):
        assert "complete panel, and 4 cells are missing" in plan.left_out[step], step
    assert "4 cells are missing" in plan.describe()


def test_a_run_has_the_fits_of_the_cells_that_are_there(incomplete: Path) -> None:
    folder = incomplete.parent / "results"
    run_study(incomplete, folder)
    models = (folder / "tables" / "models.md").read_text(encoding="utf-8")
    plan = check_study(incomplete)
    fit = plan.main.fit(plan.panel, plan.first_weights)
    assert fit.nobs == 12 * 6 - 4
    assert f"| {fit.nobs} |" in models.replace("  ", "")
    assert "Missing cells: 4, so that a unit has 3 to 6 periods" in models
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert f"{fit.nobs} observations" in report
    descriptive = (folder / "tables" / "descriptive.md").read_text(encoding="utf-8")
    assert f"{fit.nobs} observations of 12 units" in descriptive
    there = plan.panel["innovation"][fit.sample.there]
    assert f"{there.mean():.3f}" in descriptive


@pytest.mark.parametrize(
    ("model", "named"),
    [
        ('main = "sar"\ncompare = ["pooled"]\nmethod = "gmm"', "method='gmm'"),
        ('main = "sar"\ncompare = ["pooled"]\ndynamic = "time"', "dynamic='time'"),
        ('main = "sar"\ncompare = ["re"]\nrandom_effects = "kkp"', "random_effects='kkp'"),
    ],
)
def test_what_needs_every_cell_says_so_in_the_words_of_the_file(
    incomplete: Path, model: str, named: str
) -> None:
    edit(incomplete, MODELS, model)
    with pytest.raises(StudyError) as caught:
        check_study(incomplete)
    said = str(caught.value)
    assert named.split("=")[0] in said
    assert "4 missing (unit, period, column)" not in said  # four cells in a row count by column
    assert 'balance = "units" or "periods" in [data]' in said
    assert "panel.balance" not in said


def test_balance_drops_them_as_before(incomplete: Path) -> None:
    edit(incomplete, 'time = "year"', 'time = "year"\nbalance = "units"')
    plan = check_study(incomplete)
    assert plan.panel.n_units == 10
    assert "Collinearity" not in plan.left_out


def test_links_may_keep_their_weights(incomplete: Path) -> None:
    edit(incomplete, MODELS, f'{MODELS}\nmissing = "keep-weights"')
    assert check_study(incomplete).main.missing == "keep-weights"
