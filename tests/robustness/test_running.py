"""The numbers of a grid are those of single fits, whatever the processes, the order and the store."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pandas as pd
import pytest

import bevdrivers as bd
from bevdrivers.results import TIDY_COLUMNS
from bevdrivers.robustness.progress import Progress

from .grids import FAR, NEAR, grid, panel, varied

NUMBERS = list(TIDY_COLUMNS[2:])
LABELS = {"wx": "W_"}


@pytest.fixture(scope="module")
def whole() -> bd.Panel:
    return panel()


@pytest.fixture(scope="module")
def result(whole) -> bd.GridResult:
    return bd.run_grid(varied(), whole)


def rows_of(result: bd.GridResult, number: int) -> pd.DataFrame:
    frame = result.tidy()
    same = result.checked.same.get(number, number)
    return frame[frame["specification"] == same]


def by_hand(number: int, whole: bd.Panel) -> bd.FitResult:
    """A specification of `varied`, put together without the grid."""
    shape = (2, 2, 2, 1, 2, 2, 2, 3, 2, 2)
    place = np.unravel_index(number, shape)
    sample, outliers, outcome, _, x2_out, z, far, model, unit, robust = map(int, place)
    data = whole.drop_units("u01") if sample else whole
    formula = f"{'exp(y)' if outcome else 'y'} ~ x1{'' if x2_out else ' + x2'}{' + z' if z else ''}"
    if outliers:
        for name in ("y", "x1", *([] if x2_out else ["x2"]), *(["z"] if z else [])):
            low, high = np.quantile(data[name], [0.05, 0.95])
            data = data.with_columns(**{name: np.clip(data[name], low, high)})
    request = [bd.SDM, bd.SAR, bd.NonSpatial][model](
        formula,
        fixed_effects="unit" if unit else "two-way",
        cov_type="robust" if robust else "classical",
    )
    return request.fit(data, FAR if far else NEAR)


@pytest.mark.parametrize("number", [0, 1, 5, 16, 47, 100, 181, 222, 383, 400, 511, 640, 767])
def test_the_numbers_are_those_of_a_single_fit_to_the_last_bit(result, whole, number):
    fit = by_hand(number, whole)
    single = pd.concat([fit.tidy(), fit.impacts().tidy()]).set_index(["term", "component"])
    rows = rows_of(result, number)
    assert {"main", "direct", "indirect", "total"} <= set(rows["component"])
    for row in rows.to_dict("records"):
        label = LABELS.get(row["component"], "") + row["term"]
        alone = single.loc[(label, row["component"])]
        np.testing.assert_array_equal([row[name] for name in NUMBERS], alone[NUMBERS].to_numpy())


def test_a_fit_by_its_number_is_that_fit(result, whole):
    for number in (0, 222, 767):
        np.testing.assert_array_equal(result.fit(number).values, by_hand(number, whole).values)


def test_all_components_are_there(result):
    kept = set(zip(*rows_of(result, 0)[["term", "component"]].to_numpy().T, strict=True))
    impacts = {("x1", "direct"), ("x1", "indirect"), ("x1", "total")}
    assert kept == {("x1", "main"), ("x1", "wx"), ("rho", "spatial")} | impacts


@pytest.mark.slow
def test_processes_change_nothing(result, whole):
    shared = bd.run_grid(varied(), whole, n_jobs=2)
    pd.testing.assert_frame_equal(shared.tidy(), result.tidy(), check_exact=True)
    pd.testing.assert_frame_equal(shared.specifications, result.specifications)


def test_the_order_changes_nothing(result):
    backwards = bd.GridResult.of(result.checked, _with_keys(result).iloc[::-1])
    again = backwards.tidy().sort_values(["specification", "term", "component"], ignore_index=True)
    known = result.tidy().sort_values(["specification", "term", "component"], ignore_index=True)
    pd.testing.assert_frame_equal(again, known, check_exact=True)


def _with_keys(result: bd.GridResult) -> pd.DataFrame:
    keys = {one.number: one.key for one in result.checked.to_fit}
    return result.rows.assign(key=result.rows["specification"].map(keys))


def test_covariances_share_an_estimate_and_keep_their_warnings(whole):
    """The estimate warns once and of all covariances; 12 clusters warn of theirs alone."""
    means = {name: whole[name] - whole[name].mean(axis=0) for name in ("y", "x1", "x2")}
    demeaned = whole.with_columns(**means)
    base = bd.SAR("y ~ x1 + x2", random_effects="kkp")
    one = grid(base, weights=NEAR, options={"cov_type": ["hessian", "clustered"]})
    found = bd.run_grid(one, demeaned).specifications["warnings"]
    for number, cov_type in enumerate(["classical", "hessian", "clustered"]):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            base.replace(cov_type=cov_type).fit(demeaned, NEAR).impacts()
        assert found[number] == "; ".join(dict.fromkeys(str(w.message) for w in caught))
    assert found.str.contains("edge of its range").all()
    assert found.str.contains("12 clusters").tolist() == [False, False, True]


def test_a_failed_specification_is_a_row_with_its_message(whole):
    constant = whole.with_columns(z=np.ones((8, 12)))
    result = bd.run_grid(grid(controls=["z"], focus=["x1"]), constant)
    frame = result.specifications
    assert frame["status"].tolist() == ["fitted", "fitted", "failed", "failed"]
    with pytest.raises(bd.BevdriversError) as caught:
        bd.SDM("y ~ 1 + x1 + x2 + z").fit(constant, NEAR)
    assert frame["reason"][2] == str(caught.value)
    assert set(result.tidy()["specification"]) == {0, 1}


def test_impacts_that_need_a_place_leave_the_coefficients(whole):
    """Two terms of one variable have no impact of their own; the reason is kept."""
    result = bd.run_grid(grid(bd.SDM("y ~ x1 + I(x1**2)"), weights=NEAR), whole)
    assert set(result.tidy()["component"]) == {"main", "wx", "spatial"}
    assert result.specifications["status"].tolist() == ["fitted"]
    assert "at=" in result.specifications["reason"][0]


def test_recipes_are_fitted_on_each_sample_and_weights_are_cut(bev):
    base = bd.SAR("log1p(bev_density) ~ log(gdp_pc)")
    gone = bd.Subsample(drop_units=["Beijing"])
    nearest = bd.KNearest(4)
    result = bd.run_grid(
        bd.SpecGrid(base, weights={"made": nearest.fit(bev), "recipe": nearest}, samples=[gone]),
        bev,
    )
    part = bev.drop_units("Beijing")
    rho = result.tidy().query("component == 'spatial'").set_index("specification")["estimate"]
    assert rho[0] == rho[1] == base.fit(bev, nearest).rho
    assert rho[2] == base.fit(part, nearest.fit(bev)).rho
    assert rho[3] == base.fit(part, nearest).rho
    assert rho[2] != rho[3]


def test_neither_panel_nor_grid_is_changed(whole):
    before = {name: values.copy() for name, values in whole.columns.items()}
    text = repr(varied())
    one = varied()
    bd.run_grid(one, whole)
    assert repr(one) == text
    for name, values in before.items():
        np.testing.assert_array_equal(whole.columns[name], values)


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_jobs": 0},
        {"n_jobs": -2},
        {"n_jobs": 1.5},
        {"shard": (0, 2)},
        {"shard": (3, 2)},
        {"shard": "1/2"},
        {"progress": 1},
    ],
)
def test_options_of_the_run(whole, wrong):
    with pytest.raises(bd.OptionError) as caught:
        bd.run_grid(grid(), whole, **wrong)
    assert caught.value.argument in wrong


def test_something_else_than_a_grid(whole):
    with pytest.raises(bd.InputError, match="SpecGrid"):
        bd.run_grid(bd.SDM("y ~ x1"), whole)


def test_shards_are_the_whole(whole, result):
    one = varied()
    runs = [bd.run_grid(one, whole, shard=(i, 3)) for i in (1, 2, 3)]
    parts = [run.tidy() for run in runs]
    numbers = [set(part["specification"]) for part in parts]
    assert sum(map(len, numbers)) == len(set.union(*numbers)) == len(result.checked.to_fit)
    joined = pd.concat(parts).sort_values("specification", kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(joined, result.tidy(), check_exact=True)
    first = runs[0]
    assert set(first.specifications["status"]) == {"fitted", "same as another", "not run"}
    assert "not run" in first.summary()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_shows_on_a_terminal_and_vanishes():
    terminal = Terminal()
    with Progress(10, stream=terminal) as progress:
        progress.add(10)
    written = terminal.getvalue()
    assert "10 of 10 specifications" in written
    # the last text is blanks over what stood there
    assert written.split("\r")[-2].strip() == ""
    assert written.endswith("\r")


def test_progress_is_silent_in_pipes_and_where_nobody_asks():
    pipe, terminal = io.StringIO(), Terminal()
    for progress in (Progress(10, stream=pipe), Progress(10, asked=False, stream=terminal)):
        with progress:
            progress.add(10)
    assert pipe.getvalue() == terminal.getvalue() == ""
