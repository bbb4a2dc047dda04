"""The section ``[robustness]``: the study's numbers are those of the same grid made in Python."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.study import (
    StudyError,
    check_study,
    fill_store,
    run_robustness,
    run_study,
)

from .conftest import edit

VARIED = """
[robustness]
focus = ["log(income)"]
weights = ["far"]
models = ["sar"]
controls = ["innovation"]
fixed_effects = ["unit"]
samples = { early = { years = [2011, 2014] } }
winsorise = [0.05]
[stages]
"""


@pytest.fixture
def varied(small: Path) -> Path:
    """The small study with a section on robustness: 64 combinations."""
    return edit(small, "[stages]", VARIED)


def grid_of(path: Path) -> tuple[bd.SpecGrid, bd.Panel]:
    """The same by hand."""
    frame = pd.read_csv(path.parent / "data.csv")
    panel = bd.Panel.from_frame(frame, unit="place", time="year")
    grid = bd.SpecGrid(
        bd.SpatialDurbin("log(output) ~ log(income) + innovation"),
        weights={
            "3 nearest": bd.KNearest(3, points=("lon", "lat")),
            "5 nearest": bd.KNearest(5, points=("lon", "lat")),
        },
        models=[bd.SpatialLag],
        controls=["innovation"],
        options={"fixed_effects": ["unit"]},
        samples={"early": bd.Subsample(periods=range(2011, 2015))},
        outliers={"winsorised 5 %": bd.Winsorise(0.05, 0.95)},
        focus=["log(income)"],
    )
    return grid, panel


def csv_of(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "frames" / f"{name}.csv", keep_default_na=False, na_values=[""])


def test_check_counts_the_specifications_and_computes_nothing(varied: Path) -> None:
    grid, panel = grid_of(varied)
    said = check_study(varied).describe()
    assert str(grid.check(panel).summary()).splitlines()[0] in said
    assert "Grid of 64 specifications" in said


def test_specifications_without_sense_are_listed_with_the_reason(varied: Path) -> None:
    edit(varied, 'models = ["sar"]', 'options = { lags = { "of income" = { durbin = ["z"] } } }')
    assert "32 that make no sense" in check_study(varied).describe()
    assert "expected regressors of the formula" in check_study(varied).describe()


def test_the_numbers_are_those_of_the_grid_in_python(varied: Path, tmp_path: Path) -> None:
    result = run_robustness(varied, tmp_path / "out")
    grid, panel = grid_of(varied)
    known = bd.run_grid(grid, panel)
    found = csv_of(result.folder, "robustness_estimates")
    expected = pd.read_csv(io.StringIO(known.tidy().to_csv(index=False)), keep_default_na=False)
    assert list(found.columns) == list(expected.columns)
    for name in ("estimate", "std_error", "p_value"):
        given = pd.to_numeric(found[name])
        assert (given.dropna() == pd.to_numeric(expected[name]).dropna()).all()
    assert found["weights"].unique().tolist() == ["3 nearest", "5 nearest"]
    whole = csv_of(result.folder, "robustness_specifications")
    assert len(whole) == len(grid) == 64
    assert whole["status"].value_counts().to_dict() == (
        known.specifications["status"].value_counts().to_dict()
    )
    table = (result.folder / "tables" / "robustness.md").read_text(encoding="utf-8")
    assert "Of 64 specifications of the study" in table
    assert {name for name in result.files if name.startswith("figures")} == {
        "figures/robustness_curve_1.svg"
    }
    page = result.report.read_text(encoding="utf-8")
    assert 'href="frames/robustness_estimates.csv"' in page


def test_a_whole_run_holds_the_same_files(varied: Path, tmp_path: Path) -> None:
    alone = run_robustness(varied, tmp_path / "alone")
    whole = run_study(varied, tmp_path / "whole")
    own = [name for name in alone.files if "robustness" in name]
    assert len(own) == 6
    for name in own:
        assert (alone.folder / name).read_bytes() == (whole.folder / name).read_bytes()
    manifest = json.loads((whole.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["study"]["robustness"]["controls"] == ["innovation"]


def test_a_part_does_not_take_the_place_of_the_whole(varied: Path, tmp_path: Path) -> None:
    """Results of the whole study stay; those of the section alone may be made again."""
    out = tmp_path / "results"
    whole = run_study(varied, out)
    before = {name: (out / name).read_bytes() for name in whole.files}
    with pytest.raises(StudyError, match="other results of this study") as refused:
        run_robustness(varied, out)
    assert "results/robustness" in str(refused.value)
    assert {name: (out / name).read_bytes() for name in whole.files} == before
    alone = run_robustness(varied, out / "robustness")
    edit(varied, "winsorise = [0.05]", "")
    again = run_robustness(varied, out / "robustness")
    assert again.files == alone.files
    asked = run_robustness(varied, out, replace=True)
    assert asked.removed


@pytest.mark.filterwarnings("ignore::bevdrivers.errors.FontWarning")
def test_a_chinese_study_says_it_in_chinese(varied: Path, tmp_path: Path) -> None:
    edit(varied, "seed = 7", 'seed = 7\nlanguage = "zh"')
    result = run_robustness(varied, tmp_path / "out")
    page = result.report.read_text(encoding="utf-8")
    for text in ("稳健性检验", "设定曲线", "研究共有64种模型设定", "行，"):
        assert text in page
    assert "specifications" not in page.partition("<main")[2].replace(
        "robustness_specifications", ""
    )


def test_parts_in_a_store_are_the_whole(varied: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    counts = [fill_store(varied, store, (i, 3)) for i in (1, 2, 3)]
    assert counts == sorted(counts)
    assert counts[-1] == len(check_study(varied).robustness.to_fit)  # type: ignore[union-attr]
    gathered = run_robustness(varied, tmp_path / "gathered", store=store)
    alone = run_robustness(varied, tmp_path / "alone")
    for name in alone.files:
        assert (gathered.folder / name).read_bytes() == (alone.folder / name).read_bytes()


def test_a_store_of_another_study_is_refused_before_anything_is_computed(
    varied: Path, tmp_path: Path
) -> None:
    fill_store(varied, tmp_path / "store", (1, 3))
    edit(varied, "winsorise = [0.05]", "winsorise = [0.1]")
    with pytest.raises(bd.FileError, match="another grid"):
        run_study(varied, tmp_path / "out", store=tmp_path / "store")
    assert not list((tmp_path / "out").glob("*"))


def test_a_study_without_the_section_has_no_such_step(small: Path, tmp_path: Path) -> None:
    plan = check_study(small)
    assert plan.robustness is None
    assert "robustness" not in plan.config.as_dict()
    assert "Robustness" not in plan.describe()
    with pytest.raises(StudyError, match=r"\[robustness\]: expected a section.*Add \[robustness\]"):
        run_robustness(small, tmp_path / "out")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('weights = ["far"]', 'weights = ["fra"]', "weights: .*Did you mean 'far'"),
        ('["log(income)"]', '["log(incom)"]', "focus"),
        ('controls = ["innovation"]', 'controls = ["inovation"]', "controls: .*'inovation'"),
        ('controls = ["innovation"]', 'controls = ["a + b"]', "controls: "),
        ('controls = ["innovation"]', 'controls = ["log(income)"]', "focus: "),
        ('models = ["sar"]', 'outcomes = ["asinh(outpt)"]', "outcomes: .*'outpt'"),
        ('models = ["sar"]', 'outcomes = ["open(1)"]', "outcomes: "),
        ("years = [2011, 2014]", "years = [2010, 2014]", r"samples\.early\.years"),
        ("years = [2011, 2014]", 'units = ["Nowhere"]', r"samples\.early: .*Nowhere"),
        ("years = [2011, 2014]", 'groups = { regio = ["a"] }', r"samples\.early: .*regio"),
    ],
)
def test_what_does_not_fit_to_the_data_is_named_with_its_key(
    varied: Path, old: str, new: str, place: str
) -> None:
    edit(varied, old, new)
    with pytest.raises(StudyError, match=rf"study\.toml: \[robustness\] {place}") as caught:
        check_study(varied)
    assert "bd." not in str(caught.value)


def test_all_regressors_as_controls_leave_nothing_to_look_at(varied: Path) -> None:
    edit(varied, 'focus = ["log(income)"]\n', "")
    edit(varied, 'controls = ["innovation"]', 'controls = ["innovation", "log(income)"]')
    with pytest.raises(StudyError, match=r"\[robustness\] controls: expected at least one"):
        check_study(varied)


def test_processes_that_do_not_exist(varied: Path, tmp_path: Path) -> None:
    with pytest.raises(bd.OptionError, match="n_jobs"):
        run_study(varied, tmp_path / "out", n_jobs=0)


def test_weights_by_period_are_no_choice_of_a_grid(varied: Path) -> None:
    """A grid fits weights on each of its samples, and has one W for all periods."""
    moving = '[weights.far]\nkind = "economic"\ncolumn = "income"\nperiod = "each"\n'
    text = varied.read_text(encoding="utf-8")
    before, _, after = text.partition("[weights.far]\n")
    _, _, rest = after.partition("\n[")
    varied.write_text(f"{before}{moving}\n[{rest}", encoding="utf-8")
    with pytest.raises(StudyError, match=r"'far', which is one W a period") as error:
        check_study(varied)
    assert "robustness" in str(error.value)
