"""A study whose weights are others in other years: models take them, and what is made for one W is
left out with the reason.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.study import StudyError, check_study, run_study

from .conftest import edit

NEAR = 'kind = "knearest"\nk = 3\npoints = ["lon", "lat"]'
MOVING = 'kind = "economic"\ncolumn = "income"\nperiod = "each"\nlabel = "Income gap"'


def test_a_run_with_weights_by_period(small: Path) -> None:
    edit(small, NEAR, MOVING)
    plan = check_study(small)
    main = plan.first_weights
    assert isinstance(main, bd.PeriodWeights)
    assert main.name == "Income gap"
    for step in ("Collinearity", "Moran's I by year", "Residuals", "Selection path"):
        assert "same weights in all periods, and those of near differ" in plan.left_out[step]
    folder = small.parent / "results"
    run_study(small, folder)
    models = (folder / "tables" / "models.md").read_text(encoding="utf-8")
    assert "weights made of values of the sample" in models
    by_hand = bd.EconomicDistance("income", period="each").fit(plan.panel)
    fit = plan.main.fit(plan.panel, by_hand)
    assert f"{fit.rho:.3f}" in models
    assert "income of each period" in (folder / "report.html").read_text(encoding="utf-8")


def test_flows_of_a_file_by_year(small: Path, small_data: pd.DataFrame) -> None:
    places = sorted(small_data["place"].unique())
    years = sorted(small_data["year"].unique())
    rows = [
        (one, other, 1.0 + (len(places) * i + j + year) % 5, year)
        for i, one in enumerate(places)
        for j, other in enumerate(places)
        for year in years
        if one != other
    ]
    frame = pd.DataFrame(rows, columns=["seat", "branch", "n", "year"])
    frame.to_csv(small.with_name("flows.csv"), index=False)
    keys = 'kind = "flows"\nfile = "flows.csv"\norigin = "seat"\ndestination = "branch"\nflow = "n"'
    edit(small, NEAR, f'{keys}\ntime = "year"')
    W = check_study(small).first_weights
    expected = bd.FromFlows(frame, "seat", "branch", "n", time="year").fit()
    assert isinstance(W, bd.PeriodWeights)
    assert isinstance(expected, bd.PeriodWeights)
    for own, other in zip(W.operators, expected.operators, strict=True):
        np.testing.assert_array_equal(own.toarray(), other.toarray())


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (f"{MOVING}\nyears = [2011]", "years: expected None with period"),
        (f'{MOVING}\nislands = "drop"', "islands"),
        (MOVING.replace("each", "every"), "period"),
    ],
)
def test_what_cannot_be_is_refused_at_its_key(small: Path, keys: str, message: str) -> None:
    edit(small, NEAR, keys)
    with pytest.raises(StudyError, match=message):
        check_study(small)
