"""`init` writes a study that can be checked and run as it stands."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bevdrivers.study import StudyError, check_study, init_study
from bevdrivers.study.template import made_up_data


def test_the_template_passes_the_check(tmp_path: Path) -> None:
    written = init_study(tmp_path / "new")
    assert [path.name for path in written] == ["study.toml", "README.md", "data.csv"]
    plan = check_study(tmp_path / "new" / "study.toml")
    assert (plan.panel.n_units, plan.panel.n_periods, len(plan.stages)) == (30, 10, 2)


def test_the_data_are_the_same_each_time_and_said_to_be_made_up(tmp_path: Path) -> None:
    pd.testing.assert_frame_equal(made_up_data(), made_up_data())
    init_study(tmp_path)
    for name in ("study.toml", "README.md"):
        assert "made-up data" in (tmp_path / name).read_text(encoding="utf-8")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("mine")
    with pytest.raises(StudyError, match=r"got data\.csv in"):
        init_study(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]
